"""A file is shown before it is imported; doubtful positions are shown before they are used."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.errors import Refused
from amiral.kit.maps import Feature, Layer, MapView
from amiral.kit.ratelimit import limited
from amiral.kit.readers.crs import SYSTEMS
from amiral.kit.readers.plan import ENCODINGS, Plan
from amiral.kit.requests import me
from amiral.rooms.territory import queries
from amiral.rooms.territory.access import access_file_by_id, access_imports, may_change
from amiral.rooms.territory.actions import (
    accept_positions,
    correct,
    drop_pending,
    import_pending,
    look,
)
from amiral.rooms.territory.contracts import FileKind, ImportPreview, ReferenceFileCard
from amiral.rooms.territory.models import PendingImport
from amiral.rooms.territory.queries import flags
from amiral.rooms.territory.web.previews_forms import DescribeForm, ReadingForm

FLAGGED_PER_PAGE = 50
POINTS_SHOWN = 3_000
SALT = "territory.preview"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="preview-import", limit=120, window_s=3600, methods=("GET", "HEAD", "POST"))
def preview(request: HttpRequest, pending_id: UUID) -> HttpResponse:
    """A file as it would be understood: import it, or correct how it is read and look again."""
    try:
        waiting, plan, shown = look(person_id=me(request), pending_id=pending_id)
    except Refused as refusal:  # the file is gone
        messages.error(request, str(refusal))
        return redirect("territory:files")
    form = _form(request, waiting, plan)
    if request.method == "POST" and form.is_valid():
        return _decided(request, waiting, plan, form)
    return _page(request, waiting, plan, shown, form)


def _form(request: HttpRequest, waiting: PendingImport, plan: Plan | None) -> DescribeForm:
    kind = FileKind(waiting.kind)
    said = {"name": waiting.name, "attribution": waiting.attribution, "category": waiting.category}
    data = request.POST if request.method == "POST" else None
    if plan is None:
        return DescribeForm(data, kind=kind, initial=said)
    return ReadingForm(data, kind=kind, plan=plan, initial=said | ReadingForm.values_of(plan))


def _decided(
    request: HttpRequest, waiting: PendingImport, plan: Plan | None, form: DescribeForm
) -> HttpResponse:
    """Imports what was shown; anything corrected meanwhile is shown first."""
    wanted = form.wanted if isinstance(form, ReadingForm) else form.cleaned_data
    try:
        corrected = correct(by_id=me(request), pending_id=waiting.pk, wanted=wanted, shown=plan)
        if request.POST.get("do") == "import" and not _differs(request, corrected):
            return redirect("run", run_id=_import(request, waiting, corrected))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("territory:preview", waiting.pk)
    if request.POST.get("do") == "import":
        messages.warning(request, _("The file is now read in another way: look at it again, then import it."))
    return redirect("territory:preview", waiting.pk)


def _import(request: HttpRequest, waiting: PendingImport, plan: Plan | None) -> UUID:
    return import_pending(
        by_id=me(request),
        pending_id=waiting.pk,
        plan=plan,
        language=get_language() or settings.LANGUAGE_CODE,
    )


def _differs(request: HttpRequest, plan: Plan | None) -> bool:
    """Whether the form asks for another reading than the one that was on the page."""
    return request.POST.get("seen", "") != _seal(plan)


def _seal(plan: Plan | None) -> str:
    return signing.Signer(salt=SALT).signature(repr(plan.as_json()) if plan else "")


def _page(
    request: HttpRequest, waiting: PendingImport, plan: Plan | None, shown: ImportPreview, form: DescribeForm
) -> HttpResponse:
    context = {
        "waiting": waiting,
        "is_places": waiting.kind == FileKind.PLACES,
        "shown": shown,
        "form": form,
        "seen": _seal(plan),
        "map": _preview_map(waiting, shown),
        "flagged": sum(count for _code, _words, count in shown.flags),
        "encoding": ENCODINGS.get(plan.encoding, plan.encoding) if plan else "",
        "system": SYSTEMS.get(plan.epsg, "") if plan else "",
        "separator": plan.separator if plan else "",
    }
    status = 422 if form.errors else 200
    return render(request, "territory/preview.html", context, status=status)


def _preview_map(waiting: PendingImport, shown: ImportPreview) -> MapView | None:
    if not (shown.points or shown.doubtful_points):
        return None
    return MapView(
        title=_("Positions as they were understood"),
        layers=_point_layers(shown.points, shown.doubtful_points),
        attribution=waiting.attribution or waiting.name,
    )


def _point_layers(
    good: tuple[tuple[float, float], ...], doubtful: tuple[tuple[float, float], ...]
) -> tuple[Layer, ...]:
    named = ((_("Beyond doubt"), good, "map-door"), (_("Doubtful"), doubtful, "map-place"))
    return tuple(
        Layer(
            name=name,
            features=(Feature(geometry={"type": "MultiPoint", "coordinates": [list(at) for at in points]}),),
            css_class=css_class,
        )
        for name, points, css_class in named
        if points
    )


@require_POST
@login_required
@limited(scope="preview-import", limit=120, window_s=3600)
def drop(request: HttpRequest, pending_id: UUID) -> HttpResponse:
    """Deletes a file that waits."""
    drop_pending(by_id=me(request), pending_id=pending_id)
    messages.success(request, _("The file was deleted; nothing of it was imported."))
    return redirect("territory:files")


@require_safe
@login_required
def flagged(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The addresses of a file whose position is doubtful, by reason, with a map."""
    row = access_file_by_id(person_id=me(request), file_id=file_id)
    card = queries.file_card(row)
    every = flags.flagged(kind=card.kind, file_id=file_id)
    code = request.GET.get("raison", "")
    chosen = tuple(one for one in every if not code or one.code == code)
    page = Paginator(chosen, FLAGGED_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "card": card,
        "code": code,
        "reasons": flags.reasons(every),
        "count": len(every),
        "accepted": sum(one.accepted for one in every),
        "page": page,
        "map": _flagged_map(card, tuple((one.lon, one.lat) for one in chosen)),
        "may_accept": may_change(person_id=me(request), row=row),
    }
    return render(request, "territory/flagged.html", context)


def _flagged_map(card: ReferenceFileCard, doubtful: tuple[tuple[float, float], ...]) -> MapView | None:
    if not doubtful:
        return None
    step = max(1, -(-len(doubtful) // POINTS_SHOWN))
    good = flags.positions_of_file(kind=card.kind, file_id=card.id, limit=POINTS_SHOWN)
    return MapView(
        title=_("Doubtful positions of %(name)s") % {"name": card.name},
        layers=_point_layers(good, doubtful[::step]),
        attribution=card.attribution or card.name,
    )


@require_POST
@login_required
@limited(scope="accept-positions", limit=120, window_s=3600)
def accept(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Accepts positions, or doubts them again: the ones that are ticked, or all of one reason."""
    access_imports(person_id=me(request))
    accepted = request.POST.get("do") != "doubt"
    code = request.POST.get("code", "") if request.POST.get("do") == "accept-all" else ""
    count = accept_positions(
        by_id=me(request),
        file_id=file_id,
        address_ids=request.POST.getlist("address"),
        code=code,
        accepted=accepted,
    )
    messages.success(request, _said(count, accepted))
    query = f"?raison={request.POST.get('code', '')}" if request.POST.get("code", "").isidentifier() else ""
    return redirect(reverse("territory:flagged", args=[file_id]) + query)


def _said(count: int, accepted: bool) -> str:
    if accepted:
        return ngettext("%(count)d position accepted.", "%(count)d positions accepted.", count) % {
            "count": count
        }
    return ngettext(
        "%(count)d position is no longer used.", "%(count)d positions are no longer used.", count
    ) % {"count": count}
