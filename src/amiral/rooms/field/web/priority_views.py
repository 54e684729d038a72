"""Pages of priorities: what comes first in a canvass, where to start in a territory, how it is computed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.cores.priorities import NothingCounts
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions import priorities as verbs
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.field.models import Canvass
from amiral.rooms.field.queries import pages, priorities, statistics
from amiral.rooms.field.queries.priorities import PART_LABELS
from amiral.rooms.field.web import priority_exports, priority_maps
from amiral.rooms.field.web.priority_forms import (
    PART_LIMITS,
    PART_WORDS,
    BallotsForm,
    ChoiceForm,
    FirstTurfsForm,
    StartForm,
    first_values,
    preset_words,
)
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory.contracts import ElectionCard, TerritoryCard

PER_PAGE = 50
computing = limited(scope="priorities", limit=120, window_s=60, methods=("GET", "HEAD"))
changing = limited(scope="priorities-change", limit=60, window_s=600)


def _canvass(request: HttpRequest, canvass_id: UUID) -> Canvass:
    return access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)


# A canvass --------------------------------------------------------------------------------------------


@require_safe
@login_required
@computing
def canvass(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The turfs in the order in which they should be done, with the parts of their scores."""
    return _canvass_page(request, _canvass(request, canvass_id))


def _canvass_page(
    request: HttpRequest, row: Canvass, form: FirstTurfsForm | None = None, status: int = 200
) -> HttpResponse:
    page = pages.canvass_page(canvass=row)
    choice = priorities.choice_of(canvass_id=row.pk)
    found, problem = _scored(row, choice)
    shifts = pages.shifts_to_choose(person_id=me(request), at=now())
    turfs = {turf.number: turf for turf in page.turfs}
    context = {
        "page": page,
        "found": found,
        "problem": problem,
        "chosen": choice is not None,
        "lines": [(line, turfs[line.number]) for line in found.lines] if found else [],
        "map": priority_maps.turfs_map(page=page, found=found) if found else None,
        "levels": priorities.LEVEL_LABELS[::-1],
        "free": any(turf.shift is None for turf in page.turfs),
        "form": form or FirstTurfsForm(shifts=shifts),
        "shifts": shifts,
    }
    return render(request, "field/priorities.html", context, status=status)


def _scored(row: Canvass, choice: PriorityChoice | None) -> tuple[priorities.TurfScores | None, str]:
    """The scores, or why there are none."""
    if choice is None or row.planned_at is None:
        return None, ""
    try:
        found = priorities.turf_scores(canvass_id=row.pk, choice=choice)
    except NothingCounts:
        return None, _("Nothing of what was to count is known here: choose lists, ballots or other weights.")
    except NotFound:
        return None, _("The results of a chosen ballot are no longer there: choose again.")
    if found is None or not any(line.has_score for line in found.lines):
        return None, _("No imported result speaks of the places where these doors are.")
    return found, ""


@require_safe
@login_required
@computing
def canvass_csv(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The scores with their parts as a file for a spreadsheet."""
    row = _canvass(request, canvass_id)
    found, _problem = _scored(row, priorities.choice_of(canvass_id=row.pk))
    if found is None:
        raise NotFound
    return _csv(priority_exports.turfs_csv(found), f"priorites-{canvass_id}")


def _csv(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@changing
def settings(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Which ballots, then which lists and weights."""
    row = _canvass(request, canvass_id)
    kept = priorities.choice_of(canvass_id=row.pk)
    scope = priorities.scope_of_canvass(canvass=row)
    listed = statistics.ballots()
    ballots = _ballots_form(request.GET or None, listed, kept)
    chosen = _ballots_chosen(ballots, listed, kept)
    sent = request.POST if request.method == "POST" else None
    form = _choice_form(sent, chosen, scope, kept) if chosen else None
    if form is not None and form.is_valid():
        try:
            verbs.set_priorities(by_id=me(request), canvass_id=canvass_id, choice=form.choice, at=now())
            return redirect("field:priorities", canvass_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"page": pages.canvass_page(canvass=row), "ballots": ballots, "form": form, "listed": listed}
    return render(request, "field/priority_settings.html", context | {"scope": scope})


def _ballots_form(
    data: QueryDict | None, listed: tuple[ElectionCard, ...], kept: PriorityChoice | None
) -> BallotsForm:
    initial = {"scrutin": str(kept.election_id), "avant": str(kept.before_id or "")} if kept else {}
    return BallotsForm(data, ballots=listed, initial=initial)


Ballots = tuple[ElectionCard, ElectionCard | None]


def _ballots_chosen(
    form: BallotsForm, listed: tuple[ElectionCard, ...], kept: PriorityChoice | None
) -> Ballots | None:
    """The ballots asked for, else those kept; ``None`` while nothing is chosen."""
    known = {one.id: one for one in listed}
    if form.is_bound:
        if not form.is_valid():
            return None
        ballot, before = form.cleaned_data["scrutin"], form.cleaned_data["avant"]
    elif kept is not None:
        ballot, before = kept.election_id, kept.before_id
    else:
        return None
    if ballot not in known:
        return None
    older = known.get(before) if before else None
    if older and (older.id == ballot or older.date > known[ballot].date):
        form.add_error("avant", str(verbs.NotOlder())) if form.is_bound else None
        return None
    return known[ballot], older


def _choice_form(
    data: QueryDict | None,
    ballots: Ballots,
    scope: tuple[TerritoryCard, ...],
    kept: PriorityChoice | None,
) -> ChoiceForm:
    ids = [card.id for card in scope]
    ballot, before = ballots
    return ChoiceForm(
        data,
        ballot=ballot,
        before=before,
        lists=statistics.lists_of(territory_ids=ids, election_id=ballot.id),
        before_lists=statistics.lists_of(territory_ids=ids, election_id=before.id) if before else (),
        initial=first_values(kept),
    )


@require_POST
@login_required
@changing
def assign_first(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Gives the first free turfs to a shift's team."""
    row = _canvass(request, canvass_id)
    moment = now()
    form = FirstTurfsForm(request.POST, shifts=pages.shifts_to_choose(person_id=me(request), at=moment))
    if not form.is_valid():
        return _canvass_page(request, row, form, status=422)
    try:
        given = verbs.assign_first(
            by_id=me(request),
            canvass_id=canvass_id,
            shift_id=form.cleaned_data["shift"],
            count=form.cleaned_data["count"],
            at=moment,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _canvass_page(request, row, form, status=409)
    numbers = ", ".join(str(number) for number in given)
    words = ngettext("Turf %(numbers)s is given.", "Turfs %(numbers)s are given.", len(given))
    messages.success(request, words % {"numbers": numbers})
    return redirect("field:priorities", canvass_id)


# A territory ------------------------------------------------------------------------------------------


@require_safe
@login_required
@computing
def start(request: HttpRequest) -> HttpResponse:
    """Stations or communes of a territory by score, each with a link to plan a canvass there."""
    scopes = _scopes(request)
    asked = _asked(request, scopes)
    context: dict[str, Any] = {"ballots": asked["ballots"], "form": asked["form"], "kept": asked["kept"]}
    found = asked["found"]
    if found is not None:
        page = Paginator(found.lines, PER_PAGE).get_page(request.GET.get("page"))
        urls = priorities.plan_urls(place_ids=[line.id for line in page])
        query = request.GET.copy()
        query.pop("page", None)
        context |= {
            "found": found,
            "page": page,
            "query": query.urlencode(),
            "lines": [(line, urls.get(line.id, "")) for line in page],
            "map": priority_maps.places_map(found),
            "levels": priorities.LEVEL_LABELS[::-1],
        }
    context["problem"] = asked["problem"]
    return render(request, "field/where_to_start.html", context)


def _scopes(request: HttpRequest) -> tuple[TerritoryCard, ...]:
    """Whoever manages no field has no such page; another's territory answers as if it did not exist."""
    scopes = priorities.start_scopes(person_id=me(request))
    wanted = request.GET.get("territoire")
    if not scopes or (wanted and wanted not in {one.id for one in scopes}):
        raise NotFound
    return scopes


def _asked(request: HttpRequest, scopes: tuple[TerritoryCard, ...]) -> dict[str, Any]:
    """The two forms, and the scores once both are filled in."""
    listed = statistics.ballots()
    ballots = StartForm(request.GET if "scrutin" in request.GET else None, ballots=listed, scopes=scopes)
    answer: dict[str, Any] = {"ballots": ballots, "form": None, "found": None, "problem": "", "kept": []}
    chosen = _ballots_chosen(ballots, listed, None)
    if chosen is None:
        return answer
    values = ballots.cleaned_data
    scope = next(one for one in scopes if one.id == values["territoire"])
    data = request.GET if "preset" in request.GET else None
    form = _choice_form(data, chosen, (scope,), None)
    answer["form"] = form
    answer["kept"] = [(name, ballots.data.get(name, "")) for name in ballots.fields]
    if not form.fields.get("lists"):
        answer["problem"] = _("No results of this ballot are imported there, by station or commune.")
    elif form.is_valid():
        answer |= _places(scope, form, stations=values["par"] != "communes")
    return answer


def _places(scope: TerritoryCard, form: ChoiceForm, *, stations: bool) -> dict[str, Any]:
    try:
        return {"found": priorities.place_scores(scope=scope, choice=form.choice, stations=stations)}
    except NothingCounts:
        form.add_error("preset", _("Nothing of what was to count is known here: tick lists or choose again."))
        return {}


@require_safe
@login_required
@computing
def start_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file for a spreadsheet, all places."""
    found = _asked(request, _scopes(request))["found"]
    if found is None:
        raise NotFound
    return _csv(priority_exports.places_csv(found), "ou-commencer")


@require_safe
@login_required
def method(request: HttpRequest) -> HttpResponse:
    """How a score is computed, what it says and what it does not."""
    parts = [(PART_LABELS[part], PART_WORDS[part], PART_LIMITS[part]) for part in PART_LABELS]
    return render(request, "field/priority_method.html", {"parts": parts, "presets": preset_words()})
