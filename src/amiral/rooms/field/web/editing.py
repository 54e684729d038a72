"""Pages on which a plan is drawn, compared, changed by hand and taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field import actions
from amiral.rooms.field.access import access_canvass_by_id, access_turf_by_number
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass
from amiral.rooms.field.queries import plans, versions
from amiral.rooms.field.web import plan_maps, plan_paper
from amiral.rooms.field.web.edit_forms import EditForm, Forms, plan_forms, turf_forms
from amiral.rooms.people.contracts import Feature

KEEP = "garder"
"""The name of the button that saves; without it the change is only shown."""


def _canvass(request: HttpRequest, canvass_id: UUID) -> Canvass:
    """The canvass, for those who manage its field, once it is planned."""
    row = access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    if not row.planned_at:
        raise NotFound
    actions.end_leases(at=now(), canvass_id=row.pk)
    return row


@require_safe
@login_required
def plan_pdf(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The whole plan to print: a page with the map, then the table."""
    row = _canvass(request, canvass_id)
    content = plan_paper.plan_pdf(
        canvass=row.name,
        minutes=row.minutes,
        bag=row.bag if row.kind == CanvassKind.LEAFLET_ROUNDS else 0,
        drawn=plans.drawn_plan(canvass=row, all_doors=True),
        streets=plans.streets_of_turfs(canvass_id=row.pk),
        language=get_language() or "fr",
    )
    headers = {"Content-Disposition": f'inline; filename="{plan_paper.plan_file_name(row.name)}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
@login_required
def plan_versions(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """What the plan was, newest first."""
    page = versions.versions_page(canvass=_canvass(request, canvass_id), number=request.GET.get("page", 1))
    return render(request, "field/versions.html", {"list": page})


@require_safe
@login_required
def compare(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Two versions side by side: figures, doors that moved, turfs that changed."""
    row = _canvass(request, canvass_id)
    page = versions.compare_page(
        canvass=row,
        before=_version(request.GET.get("avant")),
        after=_version(request.GET.get("apres")),
    )
    return render(request, "field/compare.html", {"page": page, "map": plan_maps.moved_map(page)})


def _version(text: str | None) -> int | None:
    """The number of a version in a query string; an unreadable one is a missing page."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound
    return int(text)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="edit-plan", limit=240, window_s=600)
def edit_plan(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Move a street or what lies in a boundary, merge, split: first shown, then kept."""
    row = _canvass(request, canvass_id)
    page = plans.edit_page(canvass=row)
    forms = plan_forms(page, _data(request, page.version))
    answer = _carried_out(request, row, forms, cancel=reverse("field:edit_plan", args=[row.pk]))
    if answer is not None:
        return answer
    context = {"page": page, "forms": forms, "map": plan_maps.plan_map(page.drawn, turf_links=False)}
    return render(request, "field/edit_plan.html", {**context, **_told(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="edit-plan", limit=240, window_s=600)
def edit_turf(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Move doors of one turf, turn its walk, choose where it begins: first shown, then kept."""
    turf = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    actions.end_leases(at=now(), canvass_id=canvass_id)
    page = plans.edit_turf_page(turf=turf)
    forms = turf_forms(page, _data(request, page.version))
    cancel = reverse("field:edit_turf", args=[canvass_id, number])
    answer = _carried_out(request, turf.canvass, forms, cancel=cancel)
    if answer is not None:
        return answer
    context = {"page": page, "forms": forms, "map": plan_maps.turf_in_plan_map(page)}
    return render(request, "field/edit_turf.html", {**context, **_told(request)})


def _data(request: HttpRequest, current: int) -> QueryDict | None:
    """What was sent. The version that was seen is kept apart: forms drawn again carry the present one."""
    if request.method != "POST":
        return None
    data = request.POST.copy()
    request.seen_version = data.get("version", "")  # type: ignore[attr-defined]  # read again in _seen
    data["version"] = str(current)
    return data


def _seen(request: HttpRequest) -> int:
    text: str = getattr(request, "seen_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _carried_out(request: HttpRequest, row: Canvass, forms: Forms, *, cancel: str) -> HttpResponse | None:
    """The preview, or the way to what was done; ``None`` when the page with its forms is due."""
    form = next((one for one in forms.values() if one.is_bound), None)
    if form is None or not form.is_valid():
        return None
    try:
        return _kept(request, row, form) if KEEP in request.POST else _shown(request, row, form, cancel)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        request.refusal = refusal  # type: ignore[attr-defined]  # read again in _told
        return None


def _shown(request: HttpRequest, row: Canvass, form: EditForm, cancel: str) -> HttpResponse:
    draft = actions.preview_edit(
        by_id=me(request), canvass_id=row.pk, edit=form.edit(), version=_seen(request)
    )
    return _preview(request, row, draft, hidden=form.hidden_values(), cancel=cancel)


def _preview(
    request: HttpRequest, row: Canvass, draft: actions.Draft, *, hidden: list[tuple[str, str]], cancel: str
) -> HttpResponse:
    context = {
        "canvass": row,
        "draft": draft,
        "figures": versions.figure_lines(draft.figures_before, draft.figures_after),
        "map": plan_maps.draft_map(draft),
        "hidden": [*hidden, ("version", str(row.plan_version))],
        "keep": KEEP,
        "cancel": cancel,
    }
    return render(request, "field/edit_preview.html", context)


def _kept(request: HttpRequest, row: Canvass, form: EditForm) -> HttpResponse:
    number = actions.edit_plan(
        by_id=me(request), canvass_id=row.pk, edit=form.edit(), version=_seen(request), at=now()
    )
    return _to_comparison(request, row, number)


def _to_comparison(request: HttpRequest, row: Canvass, number: int) -> HttpResponse:
    messages.success(request, _("The plan is changed. This page shows what was before and what is now."))
    return redirect(f"{reverse('field:compare', args=[row.pk])}?avant={number - 1}&apres={number}")


def _told(request: HttpRequest) -> dict[str, Any]:
    """When another leader was quicker: where to see what he changed."""
    refusal = getattr(request, "refusal", None)
    if not isinstance(refusal, actions.PlanChanged) or refusal.since < 1:
        return {}
    return {"since": refusal.since, "now": refusal.now}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="edit-plan", limit=240, window_s=600)
def return_plan(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """What going back to a version would change; then doing it."""
    row = _canvass(request, canvass_id)
    try:
        return (
            _gone_back(request, row, number) if request.method == "POST" else _way_back(request, row, number)
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("field:plan_versions", row.pk)


def _way_back(request: HttpRequest, row: Canvass, number: int) -> HttpResponse:
    draft = actions.preview_return(
        by_id=me(request), canvass_id=row.pk, number=number, version=row.plan_version
    )
    return _preview(request, row, draft, hidden=[], cancel=reverse("field:plan_versions", args=[row.pk]))


def _gone_back(request: HttpRequest, row: Canvass, number: int) -> HttpResponse:
    seen = _version(request.POST.get("version"))
    made = actions.return_to(
        by_id=me(request),
        canvass_id=row.pk,
        number=number,
        version=-1 if seen is None else seen,
        at=now(),
    )
    return _to_comparison(request, row, made)
