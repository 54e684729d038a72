"""Pages of election results: for everybody what was voted, for importers the files it comes from."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import clock
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.territory import queries
from amiral.rooms.territory.access import access_imports, access_reading_by_id
from amiral.rooms.territory.actions.results import (
    look_again,
    may_remove_file,
    problem_card,
    remove_results,
    start_reading,
    start_results_import,
)
from amiral.rooms.territory.contracts import (
    ElectionCard,
    ElectionKind,
    Evolution,
    NewElection,
    PlaceResult,
    ResultFigures,
    TerritoryKind,
    TerritoryResults,
)
from amiral.rooms.territory.problems import sentence
from amiral.rooms.territory.queries import results as found
from amiral.rooms.territory.queries.holding import why_held
from amiral.rooms.territory.web.forms import RemoveForm
from amiral.rooms.territory.web.results_forms import BallotForm, ResultsUploadForm, SheetForm
from amiral.rooms.territory.web.results_maps import Shown, map_of, options, percent, shown_of
from amiral.rooms.territory.web.sizes import size_words
from amiral.rooms.territory.web.uploading import receive_upload, refuse_size

PLACES_PER_PAGE = 100
PROBLEMS_PER_PAGE = 50
CHOICES_SHOWN = 60


def _person_id(request: HttpRequest) -> UUID:
    person_id = request.user.pk
    assert person_id is not None
    return person_id


# What was voted: for everybody ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table: a name, votes, their parts in words, the length of the bar."""

    name: str
    nuance: str
    votes: int
    of_registered: str
    of_expressed: str
    bar: str
    joined: int = 1
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One election on the page of a territory."""

    results: TerritoryResults
    turnout: str
    first: str


def at_a_glance(*, territory_id: str) -> list[Glance]:
    """The elections of which results are known there, for the page of the territory."""
    return [
        Glance(
            results=one,
            turnout=_percent(found.share(one.figures.voters, one.figures.registered)),
            first=f"{one.choices[0].choice.label} ({_percent(one.choices[0].of_expressed)})"
            if one.choices
            else "–",
        )
        for one in found.results_of(territory_id=territory_id)
        if not why_held(day=one.election.date, at=clock.now())
    ]


@require_safe
@limited(scope="results", limit=240, window_s=60, methods=("GET", "HEAD"))
def results_page(request: HttpRequest, territory_id: str, election_id: UUID) -> HttpResponse:
    """Results of one election at one territory: figures, choices, map, parts; before the close, why not."""
    election = found.election(election_id=election_id)
    why = why_held(day=election.date, at=clock.now())
    if why:
        told = {"election": election, "why": why, "territory_id": territory_id}
        return render(request, "territory/results_held.html", told)
    results = _one(territory_id, election_id)
    shown = shown_of(results=results, key=request.GET.get("voir", ""))
    places = found.places_of(territory_id=territory_id, election_id=election_id)
    pages = Paginator(places.rows if places and len(places.rows) > 1 else (), PLACES_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "results": results,
        "level": level_label(results.level),
        "levels": [(level_label(one.level), one) for one in results.levels if one.level != results.level],
        "figures": figure_rows(results.figures),
        "rows": [_row(one) for one in results.choices[:CHOICES_SHOWN]],
        "more": max(0, len(results.choices) - CHOICES_SHOWN),
        "shown": shown,
        "options": options(results=results),
        "map": map_of(results=results, shown=shown),
        "page": page,
        "parts": [_part(row, shown, places, results) for row in page] if places else [],
        "others": [one for one in found.elections() if one.id != election_id and not _is_held(one)],
        "evolution": _evolution(results, request.GET.get("comparer", "")),
    }
    return render(request, "territory/results.html", context)


def _is_held(one: ElectionCard) -> bool:
    return bool(why_held(day=one.date, at=clock.now()))


def _one(territory_id: str, election_id: UUID) -> TerritoryResults:
    if why_held(day=found.election(election_id=election_id).date, at=clock.now()):
        raise NotFound
    results = found.results_of(territory_id=territory_id, election_id=election_id)
    if not results:
        raise NotFound
    return results[0]


def level_label(level: TerritoryKind) -> str:
    """What the lines that were added up are, in words."""
    return {
        TerritoryKind.BUREAU_DE_VOTE: _("polling stations"),
        TerritoryKind.COMMUNE: _("communes"),
        TerritoryKind.CANTON: _("cantons"),
        TerritoryKind.CIRCONSCRIPTION: _("constituencies"),
        TerritoryKind.DEPARTEMENT: _("départements"),
        TerritoryKind.REGION: _("regions"),
        TerritoryKind.COUNTRY: _("the whole country"),
    }[level]


def figure_rows(figures: ResultFigures) -> list[tuple[str, int | None, str, str]]:
    """(name, figure, part of the registered, part of the voters), in the order of an official statement."""
    told = (
        (_("Registered"), figures.registered, False),
        (_("Abstentions"), figures.abstentions, False),
        (_("People who voted"), figures.voters, False),
        (_("Blank"), figures.blanks, True),
        (_("Null"), figures.nulls, True),
        (_("Blank and null"), figures.blank_null, True),
        (_("Expressed"), figures.expressed, True),
    )
    skipped = _("Blank and null") if figures.blanks is not None and figures.nulls is not None else None
    return [
        (
            name,
            count,
            _percent(found.share(count, figures.registered)),
            _percent(found.share(count, figures.voters)) if voted else "",
        )
        for name, count, voted in told
        if count is not None and name != skipped
    ]


def _percent(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _row(one: Any) -> Row:
    return Row(
        name=one.choice.label,
        nuance="" if one.choice.nuance == one.choice.label else one.choice.nuance,
        votes=one.votes,
        of_registered=_percent(one.of_registered),
        of_expressed=_percent(one.of_expressed),
        bar=f"{100 * (one.of_expressed or 0):.1f}",
        joined=one.choice.joined,
    )


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the territory: its turnout and what is shown of it."""

    name: str
    territory_id: str
    registered: int | None
    turnout: str
    shown: str
    merged: tuple[str, ...]
    flagged: int


def _part(row: PlaceResult, shown: Shown, places: Any, results: TerritoryResults) -> Part:
    return Part(
        name=row.name,
        territory_id=row.territory_id,
        registered=row.figures.registered,
        turnout=_percent(found.share(row.figures.voters, row.figures.registered)),
        shown=_percent(shown.part(row, places)),
        merged=row.merged,
        flagged=row.flagged,
    )


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure of two elections, as parts in words, and the difference in points."""

    name: str
    before: str
    now: str
    points: str


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a page shows of an evolution."""

    before: TerritoryResults
    rows: list[Change]


def _evolution(results: TerritoryResults, asked: str) -> Compared | None:
    try:
        other = UUID(asked)
    except ValueError:
        return None
    before = found.results_of(territory_id=results.territory.id, election_id=other)
    if not before or why_held(day=before[0].election.date, at=clock.now()):
        return None
    both = found.evolution(now=results, before=before[0])
    return Compared(before=before[0], rows=[*_turnout_changes(both), *_choice_changes(both)])


def _turnout_changes(both: Evolution) -> Iterator[Change]:
    for name, part, whole in (
        (_("Turnout"), "voters", "registered"),
        (_("Blank and null, of the voters"), "blank_null", "voters"),
    ):
        shares = [
            found.share(getattr(one.figures, part), getattr(one.figures, whole))
            for one in (both.before, both.now)
        ]
        yield _change(name, *shares)


def _choice_changes(both: Evolution) -> Iterator[Change]:
    for choice, now, before in both.choices[:CHOICES_SHOWN]:
        yield _change(
            choice.label,
            found.share(before, both.before.figures.expressed),
            found.share(now, both.now.figures.expressed),
        )


def _change(name: str, before: float | None, now: float | None) -> Change:
    points = "–" if before is None or now is None else f"{100 * (now - before):+.2f}"
    return Change(name=name, before=_percent(before), now=_percent(now), points=_signed(points))


def _signed(points: str) -> str:
    """A typographic minus, and the comma of the language."""
    mark = percent(0.5)[2]
    return points.replace("-", "−").replace(".", mark)


@require_safe
@limited(scope="results-csv", limit=60, window_s=60, methods=("GET", "HEAD"))
def results_csv(request: HttpRequest, territory_id: str, election_id: UUID) -> HttpResponse:
    """All parts of the territory with all choices, as a table to open in a spreadsheet."""
    results = _one(territory_id, election_id)
    response = HttpResponse(_csv(results), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="resultats.csv"'
    return response


class _Echo:
    """A file that hands each written line back."""

    def write(self, text: str) -> str:
        return text


def _csv(results: TerritoryResults) -> Iterator[str]:
    wide = results.territory.kind in (TerritoryKind.COUNTRY, TerritoryKind.REGION)
    places = found.places_of(
        territory_id=results.territory.id,
        election_id=results.election.id,
        stations=not wide and results.level is TerritoryKind.BUREAU_DE_VOTE,
    )
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"  # without it, spreadsheets take UTF-8 for something else
    if places is None:
        return
    figures = ("registered", "abstentions", "voters", "blanks", "nulls", "blank_null", "expressed")
    names = (
        _("Registered"),
        _("Abstentions"),
        _("People who voted"),
        _("Blank"),
        _("Null"),
        _("Blank and null"),
        _("Expressed"),
    )
    yield writer.writerow([_("Code"), _("Place"), *names, *(_harmless(one.label) for one in places.choices)])
    for row in places.rows:
        code = row.territory_id.partition(":")[2]
        counts = [getattr(row.figures, name) for name in figures]
        yield writer.writerow(
            [code, _harmless(row.name), *("" if one is None else one for one in counts), *row.votes]
        )


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


# Files: for those who import --------------------------------------------------------------------------


@require_safe
@login_required
def files(request: HttpRequest) -> HttpResponse:
    """The files of results in use, and the form to import another."""
    access_imports(person_id=_person_id(request))
    return _files_page(request, ResultsUploadForm())


def _files_page(request: HttpRequest, form: ResultsUploadForm, status: int = 200) -> HttpResponse:
    sets = [(one, level_label(one.level)) for one in found.result_sets()]
    context = {"sets": sets, "form": form, "most": size_words(settings.MAX_UPLOAD_BYTES)}
    return render(request, "territory/results_files.html", context, status=status)


@csrf_exempt  # the check reads the body: it is made in ``receive_upload``, after the size was looked at
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def upload(request: HttpRequest) -> HttpResponse:
    """Receives a file and starts the run that looks into it. One announced too large is refused unread."""
    access_imports(person_id=_person_id(request))
    if request.method != "POST":  # the address of a refused upload, opened again
        return redirect("territory:results_files")
    return receive_upload(
        request, read=_receive, too_large=partial(_too_large, request), most=settings.MAX_UPLOAD_BYTES
    )


def _too_large(request: HttpRequest, announced: int) -> HttpResponse:
    text = _(
        "The file was refused before it was sent: it has %(size)s, and this page takes %(most)s at most. "
        "Pack it with gzip, or import it on the server with the command amiral territory."
    )
    form = ResultsUploadForm(QueryDict())
    refuse_size(form, text, announced)
    return _files_page(request, form, status=413)


def _receive(request: HttpRequest) -> HttpResponse:
    form = ResultsUploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _files_page(request, form, status=422)
    run_id = start_reading(
        by_id=_person_id(request),
        uploaded=form.uploaded,
        file_name=form.file_name,
        commune=form.cleaned_data["commune"],
        language=_language(),
    )
    return redirect("run", run_id=run_id)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def preview(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What an uploaded file holds; which ballot it is about is confirmed before anything is written."""
    told = access_reading_by_id(person_id=_person_id(request), run_id=run_id)
    if request.method != "POST":
        initial = {name: told[name] for name in ("kind", "date", "round") if told[name]}
        return _preview_page(request, run_id, told, BallotForm(initial=initial, rounds=told["rounds"]))
    form = BallotForm(request.POST, rounds=told["rounds"])
    if not form.is_valid():
        return _preview_page(request, run_id, told, form, status=422)
    try:
        run = start_results_import(
            by_id=_person_id(request),
            run_id=run_id,
            election=_ballot(form),
            attribution=form.cleaned_data["attribution"],
            language=_language(),
        )
    except Refused as refusal:
        form.add_error("date", str(refusal))
        return _preview_page(request, run_id, told, form, status=422)
    return redirect("run", run_id=run)


def _ballot(form: BallotForm) -> NewElection:
    data = form.cleaned_data
    return NewElection(
        kind=ElectionKind(data["kind"]), date=data["date"], round=data["round"], name=data["name"]
    )


def _preview_page(
    request: HttpRequest, run_id: UUID, told: dict[str, Any], form: BallotForm, status: int = 200
) -> HttpResponse:
    totals = list(told["totals_by_round"].items()) if len(told["rounds"]) > 1 else [("", told["totals"])]
    context = {
        "run_id": run_id,
        "told": told,
        "form": form,
        "level": level_label(TerritoryKind(told["level"])),
        "asked": [name for name in ("kind", "date", "round") if not told[name]],
        "totals": [
            (number, figure_rows(ResultFigures(**one["figures"])), one["votes"]) for number, one in totals
        ],
        "problems": [(one["line"], sentence(one["code"], one["params"])) for one in told["problems"]],
        "sheets": SheetForm(sheets=told["sheets"], initial={"sheet": told["sheet"]})
        if len(told["sheets"]) > 1
        else None,
    }
    return render(request, "territory/results_preview.html", context, status=status)


@require_POST
@login_required
@limited(scope="import", limit=30, window_s=3600)
def other_sheet(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Looks into another table of the same spreadsheet."""
    told = access_reading_by_id(person_id=_person_id(request), run_id=run_id)
    form = SheetForm(request.POST, sheets=told["sheets"])
    if not form.is_valid():
        return redirect("territory:results_preview", run_id=run_id)
    run = look_again(by_id=_person_id(request), run_id=run_id, sheet=form.cleaned_data["sheet"])
    return redirect("run", run_id=run)


@require_safe
@login_required
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One file of results: its totals, and the lines that were left out or contradict themselves."""
    access_imports(person_id=_person_id(request))
    return _file_page(request, file_id, RemoveForm())


def _file_page(request: HttpRequest, file_id: UUID, form: RemoveForm, status: int = 200) -> HttpResponse:
    card = found.result_set(file_id=file_id)
    may = may_remove_file(person_id=_person_id(request), file_id=file_id)
    page = Paginator(queries.bad_lines(file_id=file_id), PROBLEMS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "card": card,
        "level": level_label(card.level),
        "figures": figure_rows(card.figures),
        "page": page,
        "lines": [problem_card(row) for row in page],
        "form": form if may else None,
    }
    return render(request, "territory/results_file.html", context, status=status)


@require_POST
@login_required
@limited(scope="import", limit=30, window_s=3600)
def remove(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Takes a file of results out of use."""
    access_imports(person_id=_person_id(request))
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _file_page(request, file_id, form, status=422)
    remove_results(by_id=_person_id(request), file_id=file_id)
    return redirect("territory:results_files")
