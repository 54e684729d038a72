"""Pages of the field: access, one query or action, a template."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field import actions
from amiral.rooms.field.access import (
    abilities,
    access_assignment_by_id,
    access_assignment_by_token,
    access_canvass_by_id,
    access_turf_by_number,
)
from amiral.rooms.field.actions.printing import keep_pages
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Assignment
from amiral.rooms.field.queries import choosing, deciding, pages, phones, plans, walking
from amiral.rooms.field.web import drawing, numbers, paper, plan_maps
from amiral.rooms.field.web.forms import AssignForm, CanvassForm, PlanForm, VisitForm
from amiral.rooms.field.web.lease_views import LeaseForm
from amiral.rooms.field.web.safety_callers import safety_panel
from amiral.rooms.people.contracts import Feature

REFRESH_S = "3"
"""How often a canvass that is being planned asks for news, without JavaScript."""


@require_safe
@login_required
def canvasses(request: HttpRequest) -> HttpResponse:
    """The canvasses of the groups whose field or coverage is the person's."""
    page = pages.canvasses_page(person_id=me(request), number=request.GET.get("page", 1))
    return render(request, "field/canvasses.html", {"list": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="new-canvass", limit=20, window_s=600)
def new_canvass(request: HttpRequest) -> HttpResponse:
    """Choose an address file, then what of it; the turfs are cut in the background."""
    groups = choosing.managed_groups(person_id=me(request))
    if not groups:
        raise NotFound
    files = choosing.address_files()
    file_id = _uuid(request.GET.get("fichier")) or (files[0].id if len(files) == 1 else None)
    if file_id is None:
        return render(request, "field/choose_file.html", {"files": files})
    choices = choosing.file_choices(files=files, file_id=file_id)
    form = CanvassForm(request.POST or None, groups=groups, choices=choices, initial=_first_values(request))
    if form.is_valid():
        try:
            return _created(me(request), form)
        except actions.PlaceTooFar as far:
            form.add_error(far.field, str(far))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    address = f"{reverse('field:new_canvass')}?fichier={file_id}"
    context = {"form": form, "choices": choices, "map": drawing.boxes_map(choices, address), "files": files}
    return render(request, "field/new_canvass.html", context)


def _uuid(text: str | None) -> UUID | None:
    """The id in a query string; an unreadable one is a missing page."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def _first_values(request: HttpRequest) -> dict[str, Any]:
    box, commune = request.GET.get("bornes", "")[:120], request.GET.get("commune", "")[:5]
    whole = CanvassForm.COMMUNE if commune else CanvassForm.WHOLE
    return {
        "group": request.GET.get("groupe", "")[:36],
        "kind": CanvassKind.DOOR_TO_DOOR.value,
        "area": CanvassForm.BOX if box else whole,
        "commune_code": commune,
        "bounds": box,
    }


def _created(person_id: UUID, form: CanvassForm) -> HttpResponse:
    """To the canvass, or, for each commune one, to the run that makes them."""
    values = form.cleaned_data
    common: dict[str, Any] = {
        "by_id": person_id,
        "group_id": values["group"],
        "name": values["name"],
        "kind": CanvassKind(values["kind"]),
        "file_id": form.choices.file.id,
        "minutes": values["minutes"],
        "seed": values["seed"],
        "bag": values["bag"],
    }
    if values["area"] == form.EACH:
        return redirect("run", actions.start_series(**common))
    canvass_id = actions.create_canvass(**common, **form.area_chosen, limits=form.limits)
    actions.start_planning(by_id=person_id, canvass_id=canvass_id)
    return redirect("field:canvass", canvass_id)


@require_safe
@login_required
def canvass(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The turfs on a map and in a table, the report, the progress of a planning."""
    row = access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    actions.end_leases(at=now(), canvass_id=canvass_id)
    drawn = plans.drawn_plan(canvass=row)
    page = pages.canvass_page(canvass=row, in_use=any(turf.in_use for turf in drawn.turfs))
    context = {
        "page": page,
        "can": abilities(person_id=me(request), group_id=row.group_id),
        "map": plan_maps.plan_map(
            drawn, is_rounds=page.is_rounds, start=page.limits.start, end=page.limits.end
        ),
        "table": plans.page_of(drawn.turfs, request.GET.get("page", 1)),
        "form": PlanForm.again(minutes=page.minutes, seed=page.seed, bag=page.bag, is_rounds=page.is_rounds),
        "still": phones.still_words(canvass_id=canvass_id),
        "waiting": deciding.count_waiting(canvass_id=canvass_id),
        "run_is_mine": page.run is not None and page.run.started_by_id == me(request),
    }
    response = render(request, "field/canvass.html", context)
    if page.is_planning:
        response["Refresh"] = REFRESH_S
    return response


@require_POST
@login_required
@limited(scope="plan-canvass", limit=20, window_s=600)
def plan(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Cuts the turfs (again), as a run."""
    access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    form = PlanForm(request.POST)
    if form.is_valid():
        _try(request, actions.start_planning, canvass_id=canvass_id, **form.cleaned_data)
    else:
        messages.error(request, _first_error(form))
    return redirect("field:canvass", canvass_id)


def _first_error(form: PlanForm | AssignForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _try(request: HttpRequest, action: Any, **arguments: Any) -> None:
    """Does it, or says on the next page why not."""
    try:
        action(by_id=me(request), **arguments)
    except Refused as refusal:
        messages.error(request, str(refusal))


@require_safe
@login_required
def turf(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """One turf: the walk, its doors, the team that holds it."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    actions.end_leases(at=now(), canvass_id=canvass_id)
    page = pages.turf_page(turf=row, person_id=me(request), at=now())
    can = abilities(person_id=me(request), group_id=row.canvass.group_id)
    context = {"page": page, "map": drawing.turf_map(page), "form": AssignForm(shifts=page.shifts)}
    lease_form = LeaseForm.of(page.lease.until) if page.lease else None
    more = {"can": can, "lease_form": lease_form, "still": phones.still_words_of_turf(turf_id=row.pk)}
    return render(request, "field/turf.html", {**context, **more})


@require_POST
@login_required
@limited(scope="assign-turf", limit=120, window_s=600)
def assign(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Gives the turf to a shift's team."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    moment = now()
    form = AssignForm(request.POST, shifts=pages.shifts_to_choose(person_id=me(request), at=moment))
    if form.is_valid():
        _try(request, actions.assign_turf, turf_id=row.pk, shift_id=form.cleaned_data["shift"], at=moment)
    else:
        messages.error(request, _("Choose one of the shifts in the list."))
    return redirect("field:turf", canvass_id, number)


@require_POST
@login_required
@limited(scope="assign-turf", limit=120, window_s=600)
def take_back(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Takes the turf back from its team."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    actions.take_back(by_id=me(request), turf_id=row.pk, at=now())
    messages.success(request, _("The turf is free again; what was recorded stays."))
    return redirect("field:turf", canvass_id, number)


@require_safe
@numbers.signed_in_or_number
@never_cache
@gzip_page
def walk_list(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The doors in walking order, one form each. Packed: sixty forms repeat themselves."""
    return _walk_list(request, _walk(request, assignment_id))


def _walk(request: HttpRequest, assignment_id: UUID) -> walking.WalkList:
    moment = now()
    return walking.walk_list(assignment=_list(request, assignment_id, moment), at=moment)


def _list(request: HttpRequest, assignment_id: UUID, at: datetime) -> Assignment:
    """For its team and its leaders, else for the browser in which its number was typed."""
    if request.user.is_authenticated:
        with suppress(NotFound):
            return access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=at)
    return numbers.remembered_list(request, assignment_id=assignment_id, at=at)


def _is_by_number(request: HttpRequest, assignment_id: UUID) -> bool:
    """Whether the number alone opens the list to this browser: then it sees the list, not its team."""
    if not numbers.may_ask(request, assignment_id):
        return False
    if request.user.is_authenticated:
        with suppress(NotFound):
            access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=now())
            return False
    return True


def _walk_list(request: HttpRequest, walk: walking.WalkList, **more: Any) -> HttpResponse:
    by_number = _is_by_number(request, walk.assignment_id)
    context = {
        "walk": walk,
        "points": walking.points_of(walk=walk, language=get_language() or "fr"),
        "by_number": by_number,
        "still": "" if by_number else phones.still_words(shift_id=walk.shift.id),
        "safety": safety_panel(request, shift=walk.shift, at=now()),
    }
    status = 409 if "refusal" in more else 200
    return render(request, "field/walk_list.html", {**context, **more}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@numbers.signed_in_or_number
@limited(scope="visit", limit=240, window_s=60)
@gzip_page
def visit(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One tap at a door, then on to the next one. Whoever had to sign in again comes here by GET."""
    walk = _walk(request, assignment_id)
    if request.method != "POST":
        return redirect(walk.url)
    form = VisitForm(request.POST)
    if not form.is_valid():
        return _walk_list(request, walk, refusal=_not_understood(form))
    try:
        _record(request, assignment_id, form.cleaned_data)
    except Refused as refusal:
        return _walk_list(
            request, walk, refusal=str(refusal), refused_anchor=_anchor_of(walk, form.cleaned_data["door"])
        )
    return redirect(f"{walk.url}#{_anchor_after(walk, form.cleaned_data)}")


def _not_understood(form: VisitForm) -> str:
    if form.non_field_errors():
        return _("Nothing was recorded: give the floor and the number of the dwelling, or neither.")
    return _("Nothing was recorded: use one of the buttons of a door.")


def _anchor_of(walk: walking.WalkList, door_id: UUID) -> str:
    return next((door.anchor for door in walk.doors if door.id == door_id), "")


def _record(request: HttpRequest, assignment_id: UUID, values: dict[str, Any]) -> None:
    """In the name of who is signed in and may, else of nobody, with the number that was typed in."""
    moment = now()
    visit: dict[str, Any] = {
        "door_id": values["door"],
        "visit_id": values["visit"],
        "outcome": values["outcome"],
        "supersedes_id": values["supersedes"],
        "unit": values["unit"],
        "received_at": moment,
    }
    if request.user.is_authenticated:
        try:
            actions.record_visit(by_id=me(request), assignment_id=assignment_id, **visit)
            return
        except NotFound:
            if not numbers.may_ask(request, assignment_id):
                raise
    row = numbers.remembered_list(request, assignment_id=assignment_id, at=moment)
    actions.record_visit_by_number(assignment_id=assignment_id, number=row.list_number, **visit)


def _anchor_after(walk: walking.WalkList, values: dict[str, Any]) -> str:
    """A correction stays at its door, and so does who has dwellings left there; else a visit leads to the
    next door that is not done."""
    door = next(one for one in walk.doors if one.id == values["door"])
    is_repeat = door.last_visit_id == values["visit"]
    if values["supersedes"] or (door.is_done and not is_repeat):
        return door.anchor
    if values["unit"] and not door.is_done_with(values["unit"]):
        return door.anchor
    following = walk.next_after(door.position)
    return following.anchor if following and following.id != door.id else "fin"


@require_safe
@numbers.signed_in_or_number
def walk_list_map(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The walk on a map, apart, so that the list stays light."""
    walk = _walk(request, assignment_id)
    return render(request, "field/walk_list_map.html", {"walk": walk, "map": drawing.walk_list_map(walk)})


@require_safe
@login_required
def walk_list_pdf(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The same list to print."""
    moment = now()
    row = access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=moment)
    walk = walking.walk_list(assignment=row, at=moment)
    link = settings.PUBLIC_URL + reverse("field:by_token", args=[walk.token])
    sheets = [sheet for sheet, _rows in paper.sheets(walk)]
    keep_pages(assignment_id=assignment_id, sheets=sheets, at=now())
    content = paper.walk_list_pdf(
        walk=walk, link=link, pages_link=f"{settings.PUBLIC_URL}/f/", language=get_language() or "fr"
    )
    headers = {"Content-Disposition": f'inline; filename="{paper.file_name(walk)}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
def by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Where the QR code on paper leads; it opens nothing that the person may not see anyway.

    Who is not signed in may have no account: the list number stands on the same paper.
    """
    if not request.user.is_authenticated:
        return redirect(f"{reverse('field:list_number')}?{urlencode({'feuille': token})}")
    row = access_assignment_by_token(person_id=me(request), token=token, at=now())
    return redirect("field:walk_list", row.pk)
