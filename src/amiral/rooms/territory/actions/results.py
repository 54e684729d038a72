"""Importing results of ballots: read all, make the bureaux exist, write columns, switch in one transaction.

A line whose figures disagree is kept and flagged, so that totals stay those of the file; a line that cannot
be read is left out. Both are listed. Doing an import again replaces it as a whole; readers see the old file
or the new one.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.kit.readers import LineProblem, UnreadableFile
from amiral.kit.readers.results import (
    CONTRADICTIONS,
    Candidate,
    ResultLine,
    ResultsReading,
    ResultTotals,
    read_results,
    totals_of,
)
from amiral.kit.readers.results_names import day_of, recognise
from amiral.kit.readers.results_places import ABROAD, PlaceCodes
from amiral.rooms.territory import store
from amiral.rooms.territory.access import (
    COUNTRY_ID,
    INSIDE,
    OutsideTerritory,
    access_imports,
    check_territory,
    held_territories,
    outside_words,
    share_inside,
)
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.imports import uploads_dir
from amiral.rooms.territory.contracts import (
    BadLineCard,
    ElectionCard,
    ElectionKind,
    FileKind,
    NewElection,
    NewTerritory,
    Report,
    ResultFigures,
    ResultsImport,
    TerritoryKind,
)
from amiral.rooms.territory.models import (
    BadLine,
    Candidacy,
    Election,
    FormerCode,
    ReferenceFile,
    ResultSet,
    Territory,
    TerritorySuccession,
)
from amiral.rooms.territory.normalise import normalise
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries import bad_line_card
from amiral.rooms.territory.queries.results import election_card

PARIS = ZoneInfo("Europe/Paris")
LAST_CLOSING = time(20)
"""When the last polling stations of metropolitan France close (article R. 41 of the Electoral Code)."""
SOURCE = "Ministère de l’Intérieur"
CIRCONSCRIPTIONS_SINCE = date(2012, 6, 1)
CANTONS_SINCE = date(2015, 3, 1)
"""Before these days the same codes meant other places."""
STATIONS_AT_ONCE = 2_000
FEW_DEPARTEMENTS = 3
BATCH = 2_000
FIRST = 10
MOST_CANDIDACIES = 300_000
PREVIEW_ROWS = 8
PREVIEW_CHOICES = 40


class BeforeClosing(Refused):
    """The last polling station has not closed (article L. 52-2 of the Electoral Code)."""


class TooManyCandidates(Refused):
    """A table whose columns were taken for candidates and are none."""


class NoElection(Refused):
    """Which ballot a file is about was neither told nor recognised."""


def refuse_before_closing(*, day: date, at: datetime) -> None:
    """Raises ``BeforeClosing`` before 20:00 in Paris on the day of the ballot (article L. 52-2)."""
    if at < datetime.combine(day, LAST_CLOSING, tzinfo=PARIS):
        raise BeforeClosing(
            _(
                "No result, even partial, may be published before the last polling station of metropolitan "
                "France has closed (article L. 52-2 of the Electoral Code): import this file from 8 p.m., "
                "Paris time, on the day of the ballot."
            )
        )


def ballot_of(
    *, file_name: str, kind: str = "", day: date | None = None, round: int = 0, name: str = ""
) -> NewElection:
    """The ballot of a file: what was told, and for the rest what its name says. Raises ``NoElection``."""
    guess = recognise(file_name)
    number = round or guess.round
    told = kind or guess.kind
    when = day or guess.date or day_of(told, guess.year, number)
    if told not in set(ElectionKind) or not number or when is None:
        raise NoElection(
            _(
                "The name of the file does not say which ballot it is about: give its kind (%(kinds)s), "
                "its round (1 or 2) and its day (as 2017-04-23)."
            )
            % {"kinds": ", ".join(ElectionKind)}
        )
    return NewElection(kind=ElectionKind(told), date=when, round=number, name=name)


# Preview ----------------------------------------------------------------------------------------------


def preview_results_file(
    *, path: Path, file_name: str = "", sheet: str = "", commune: str = "", report: Report | None = None
) -> dict[str, Any]:
    """What a file of results holds, as plain values for a page; nothing is written.

    Raises ``FileRefused``.
    """
    reading = _reading(path, file_name, sheet=sheet, commune=commune, report=report)
    guess = reading.guess
    today = _today({line.place.commune for line in reading.lines})
    problems = (*reading.left_out, *reading.contradictions)
    by_round = {
        one: _plain_totals(totals_of([line for line in reading.lines if line.round == one]), reading)
        for one in reading.rounds
    }
    return {
        "file_name": file_name or path.name,
        "kind": guess.kind,
        "year": guess.year,
        "round": guess.round or (reading.rounds[0] if len(reading.rounds) == 1 else 0),
        "date": guess.date.isoformat() if guess.date else "",
        "layout": reading.layout,
        "level": reading.level,
        "sheet": reading.sheet,
        "sheets": list(reading.sheets),
        "rounds": list(reading.rounds),
        "rows": len(reading.lines),
        "left_out": len(reading.left_out),
        "flagged": len({one.line for one in reading.contradictions}),
        "skipped_totals": reading.skipped_totals,
        "unknown": sorted({one for one in today if not today[one] and not one.startswith(ABROAD)})[:20],
        "totals": _plain_totals(reading.totals(), reading),
        "totals_by_round": {str(one): told for one, told in by_round.items()},
        "first": [_plain_line(line) for line in reading.lines[:PREVIEW_ROWS]],
        "problems": [
            {"line": one.line, "code": one.code, "params": dict(one.params)} for one in problems[:20]
        ],
    }


def _reading(
    path: Path,
    file_name: str,
    *,
    sheet: str = "",
    commune: str = "",
    kind: str = "",
    round: int = 0,
    report: Report | None = None,
) -> ResultsReading:
    try:
        return read_results(
            path, name=file_name, sheet=sheet, commune=commune, kind=kind, round=round, progress=report
        )
    except UnreadableFile as error:
        raise FileRefused(error) from error


def _plain_totals(totals: ResultTotals, reading: ResultsReading) -> dict[str, Any]:
    votes: Counter[str] = Counter()
    for number, count in totals.votes.items():
        votes[_label(reading.candidates[number])] += count
    return {
        "lines": totals.lines,
        "figures": {name: getattr(totals, name) for name in store.RESULT_FIGURES},
        "votes": [[label, count] for label, count in votes.most_common(PREVIEW_CHOICES)],
    }


def _plain_line(line: ResultLine) -> dict[str, Any]:
    place = line.place
    code = place.station or place.commune or place.canton or place.circonscription or place.departement
    return {
        "code": code,
        "name": line.name,
        "registered": line.registered,
        "voters": line.voters,
        "expressed": line.expressed,
        "votes": sum(line.votes),
    }


# Import -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Import:
    """A file that was read to its end, and what its importer said of it."""

    reading: ResultsReading
    election: Election
    name: str
    attribution: str
    sha256: str
    by_id: UUID | None
    at: datetime


def import_results_file(
    *,
    path: Path,
    election: NewElection,
    file_name: str = "",
    sheet: str = "",
    commune: str = "",
    attribution: str = "",
    imported_by_id: UUID | None = None,
    report: Report | None = None,
    at: datetime | None = None,
) -> ResultsImport:
    """Imports the results of one round, in place of those of the same file or of the same places.

    ``report`` may raise to stop: no result is changed then (bureaux that were made stay: no harm).
    Raises ``BeforeClosing``, ``FileRefused``, and ``OutsideTerritory`` for a file that is not of the
    importer's territory (nobody as importer: the command).
    """
    moment = at or now()
    refuse_before_closing(day=election.date, at=moment)
    reading = _reading(
        path,
        file_name or path.name,
        sheet=sheet,
        commune=commune,
        kind=election.kind,
        round=election.round,
        report=report,
    )
    if len(reading.candidates) > MOST_CANDIDACIES:
        raise TooManyCandidates(
            _("The file holds more than %(most)d candidates: its columns were not understood.")
            % {"most": MOST_CANDIDACIES}
        )
    check_places(person_id=imported_by_id, reading=reading)
    done = _Import(
        reading=reading,
        election=_election(election),
        name=_file_name(election, file_name or path.name, sheet, reading),
        attribution=(attribution.strip() or SOURCE)[:200],
        sha256=_sha256(path),
        by_id=imported_by_id,
        at=moment,
    )
    return _put(done, report or _silent)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _silent(done: int, total: int) -> None:
    """For callers that watch nothing."""


def _election(told: NewElection) -> Election:
    row, created = Election.objects.get_or_create(
        kind=told.kind, date=told.date, round=told.round, defaults={"name": told.name.strip()[:120]}
    )
    if told.name.strip() and not created and row.name != told.name.strip()[:120]:
        row.name = told.name.strip()[:120]
        row.save(update_fields=["name"])
    return row


def _file_name(told: NewElection, file_name: str, sheet: str, reading: ResultsReading) -> str:
    """The name under which a second import replaces the first: one round, one level, one département."""
    own = f"{file_name} [{sheet}]" if sheet else file_name
    departements = sorted({line.place.departement for line in reading.lines} - {""})
    where = "+".join(departements) if 0 < len(departements) <= FEW_DEPARTEMENTS else "FR"
    return f"{told.kind} {told.date} ({told.round}) {reading.level} {where} {own}"[:120]


def check_places(*, person_id: UUID | None, reading: ResultsReading) -> None:
    """Raises ``OutsideTerritory`` unless nearly all lines lie where the person may import."""
    if person_id is None:
        return
    if reading.level in (TerritoryKind.BUREAU_DE_VOTE, TerritoryKind.COMMUNE):
        codes = Counter(line.place.commune for line in reading.lines)
        check_territory(person_id=person_id, codes=codes)
        return
    held = held_territories(person_id=person_id)
    mine = sum(1 for line in reading.lines if f"departement:{line.place.departement}" in held)
    share = mine / len(reading.lines)
    if COUNTRY_ID not in held and share < INSIDE:
        raise OutsideTerritory(outside_words(share))


def _put(done: _Import, report: Report) -> ResultsImport:
    lines, stations, unknown = _columns(done)
    _ensure_stations([*_constituencies(done), *stations], done.at, report)
    file_id = new_id()
    target = store.path_of(kind=FileKind.RESULTS, file_id=file_id)
    try:
        store.write_results(path=target, lines=lines)
        replaced = _switch(file_id, done, lines)
    except BaseException:  # Ctrl-C must leave nothing either
        target.unlink(missing_ok=True)
        raise
    return _result(file_id, done, replaced=bool(replaced), unknown=unknown, stations=len(stations))


# Places -----------------------------------------------------------------------------------------------


def _today(communes: set[str]) -> dict[str, str]:
    """Code of a commune on the day of the ballot to the id of today's, empty where nobody knows it."""
    codes = sorted(communes - {""})
    found = dict.fromkeys(codes, "")
    for at in range(0, len(codes), BATCH):
        part = codes[at : at + BATCH]
        moved = TerritorySuccession.objects.filter(old_code__in=part, new__retired_at=None)
        found |= {
            old: new
            for old, new in moved.values_list("old_code", "new_id")
            if new and new.startswith("commune:")
        }
        former = FormerCode.objects.filter(code__in=part)
        found |= dict(former.values_list("code", "commune_id"))
        same = Territory.objects.filter(kind=TerritoryKind.COMMUNE, code__in=part, retired_at=None)
        found |= dict(same.values_list("code", "id"))
    return found


def _columns(done: _Import) -> tuple[store.ResultLines, list[NewTerritory], int]:
    """The lines as columns, the bureaux that must exist, and how many lines lie in no place of today."""
    lines = done.reading.lines
    today = _today({line.place.commune for line in lines})
    places = [_place_ids(line.place, done.reading.level, today) for line in lines]
    numbers = np.array(_numbers(done), dtype=np.int64)
    used = np.array([one for line in lines for one in line.candidates], dtype=np.int64)
    wrong = {problem.line for problem in done.reading.contradictions}
    columns = store.ResultLines(
        line=np.array([line.line for line in lines], dtype=np.int64),
        places={name: tuple(one[name] for one in places) for name in store.RESULT_PLACES},
        unit=tuple(_unit(line.place) for line in lines),
        name=tuple(line.name for line in lines),
        flagged=np.array([line.line in wrong for line in lines], dtype=np.bool_),
        figures=np.array([_figures(line) for line in lines], dtype=np.int64),
        start=store.starts_of(np.array([len(line.votes) for line in lines], dtype=np.int64)),
        candidates=numbers[used] if len(used) else used,
        votes=np.array([one for line in lines for one in line.votes], dtype=np.int64),
    )
    unknown = sum(
        1
        for line, ids in zip(lines, places, strict=True)
        if line.place.commune and not ids["commune_id"] and line.place.departement != ABROAD
    )
    return columns, _stations(done, lines, places), unknown


def _figures(line: ResultLine) -> list[int]:
    told = [getattr(line, name) for name in store.RESULT_FIGURES]
    return [store.UNKNOWN_FIGURE if one is None else one for one in told]


def _unit(place: PlaceCodes) -> str:
    told = (place.commune, place.canton, place.circonscription, place.departement, place.region)
    return next((code for code in told if code), "FR")


def _place_ids(place: PlaceCodes, level: str, today: Mapping[str, str]) -> dict[str, str]:
    commune = today.get(place.commune, "")
    ids = {
        "commune_id": commune,
        "arrondissement_id": _id(TerritoryKind.ARRONDISSEMENT_MUNICIPAL, place.arrondissement),
        "canton_id": _id(TerritoryKind.CANTON, place.canton),
        "circonscription_id": _id(TerritoryKind.CIRCONSCRIPTION, place.circonscription),
        "departement_id": _id(TerritoryKind.DEPARTEMENT, place.departement),
        "region_id": _id(TerritoryKind.REGION, place.region),
    }
    own = {
        TerritoryKind.BUREAU_DE_VOTE: _id(TerritoryKind.BUREAU_DE_VOTE, place.station),
        TerritoryKind.COMMUNE: ids["arrondissement_id"] or commune,
        TerritoryKind.CANTON: ids["canton_id"],
        TerritoryKind.CIRCONSCRIPTION: ids["circonscription_id"],
        TerritoryKind.DEPARTEMENT: ids["departement_id"],
        TerritoryKind.REGION: ids["region_id"],
        TerritoryKind.COUNTRY: "pays:FR",
    }[TerritoryKind(level)]
    return ids | {"territory_id": own or next((one for one in ids.values() if one), "")}


def _id(kind: TerritoryKind, code: str) -> str:
    return f"{kind}:{code}" if code else ""


def _stations(
    done: _Import, lines: Sequence[ResultLine], places: Sequence[Mapping[str, str]]
) -> list[NewTerritory]:
    """The bureaux of the file as territories, in today's commune and, if theirs is still drawn, the rest."""
    if done.reading.level != TerritoryKind.BUREAU_DE_VOTE:
        return []
    newer = _told_by_newer(done.election)
    found: dict[str, NewTerritory] = {}
    for line, ids in zip(lines, places, strict=True):
        place = line.place
        if not place.bureau:
            continue
        found[place.station] = NewTerritory(
            kind=TerritoryKind.BUREAU_DE_VOTE,
            code=place.station[:20],
            name=_station_name(line)[:120],
            departement_code=place.departement[:3],
            parents=tuple(_parents(place, ids, done.election.date, newer)),
        )
    return list(found.values())


def _constituencies(done: _Import) -> list[NewTerritory]:
    """Constituencies that the file names and nobody has brought yet."""
    if done.election.date < CIRCONSCRIPTIONS_SINCE:
        return []
    told = {line.place.circonscription: line.place.departement for line in done.reading.lines}
    told.pop("", None)
    known = set(
        Territory.objects.filter(kind=TerritoryKind.CIRCONSCRIPTION, code__in=list(told)).values_list(
            "code", flat=True
        )
    )
    names = dict(Territory.objects.filter(kind=TerritoryKind.DEPARTEMENT).values_list("code", "name"))
    return [
        NewTerritory(
            kind=TerritoryKind.CIRCONSCRIPTION,
            code=code,
            name=_constituency_name(names.get(departement, departement), code)[:120],
            departement_code=departement[:3] if departement in names else "",
            parents=(f"departement:{departement}",),
        )
        for code, departement in sorted(told.items())
        if code not in known
    ]


def _constituency_name(departement: str, code: str) -> str:
    rank = int(code[-2:])
    return f"{departement}, {rank}{'ʳᵉ' if rank == 1 else 'ᵉ'} circonscription"


def _station_name(line: ResultLine) -> str:
    place = line.place
    number = place.bureau.lstrip("0") or place.bureau
    town = line.name or place.commune
    if place.arrondissement:
        rank = int(place.arrondissement[-2:]) - (80 if place.commune == "69123" else 0)
        town = f"{town} {rank}ᵉ" if rank > 1 else f"{town} 1ᵉʳ"
    return f"{town}, bureau {number}"


def _told_by_newer(election: Election) -> set[str]:
    """Kinds of places in which files of newer ballots have put the bureaux already."""
    newer = ResultSet.objects.filter(
        election__date__gt=election.date,
        level=TerritoryKind.BUREAU_DE_VOTE,
        file__state=ReferenceFile.State.LIVE,
    )
    return {kind for totals in newer.values_list("totals", flat=True) for kind in totals.get("tells", ())}


def _tells(lines: Sequence[ResultLine]) -> list[str]:
    """Kinds of places that the lines name beside their commune."""
    kinds = (TerritoryKind.CIRCONSCRIPTION, TerritoryKind.CANTON)
    return [kind for kind in kinds if any(getattr(line.place, kind) for line in lines)]


def _parents(place: PlaceCodes, ids: Mapping[str, str], day: date, newer: set[str]) -> Iterator[str]:
    within = ids["arrondissement_id"] or ids["commune_id"]
    if within:
        yield within
    for kind, since in (
        (TerritoryKind.CIRCONSCRIPTION, CIRCONSCRIPTIONS_SINCE),
        (TerritoryKind.CANTON, CANTONS_SINCE),
    ):
        if kind not in newer and day >= since and ids[f"{kind}_id"]:
            yield ids[f"{kind}_id"]
    if not within and place.departement:
        yield ids["departement_id"]


def _ensure_stations(stations: Sequence[NewTerritory], at: datetime, report: Report) -> None:
    for begin in range(0, len(stations), STATIONS_AT_ONCE):
        report(begin, len(stations))
        ensure_territories(rows=stations[begin : begin + STATIONS_AT_ONCE], at=at)
    if stations:
        report(len(stations), len(stations))


# Candidates -------------------------------------------------------------------------------------------


def _label(one: Candidate) -> str:
    person = f"{one.given_name} {one.family_name}".strip()
    told = (one.list_title, one.list_long, one.pair, person, one.head, one.nuance)
    return (next((text for text in told if text), "") or one.panel)[:250]


def _key(one: Candidate) -> str:
    """What tells a candidate from others; the family name alone where everybody stands everywhere."""
    name = one.family_name if not one.scope else f"{one.family_name} {one.given_name}"
    told = (one.list_title or one.list_long, one.pair, name.strip(), one.head)
    base = next((normalise(text) for text in told if normalise(text)), "")
    return f"{one.scope} {base or f'nuance {one.nuance.lower()}'}".strip()[:250]


def _keys(reading: ResultsReading) -> list[str]:
    """A key for each candidate; two that stand on one line are never one, whatever their names."""
    keys = [_key(one) for one in reading.candidates]
    twice: set[str] = set()
    for used in {line.candidates for line in reading.lines}:
        counts = Counter(keys[number] for number in used)
        twice |= {key for key, count in counts.items() if count > 1}
    return [
        f"{key} {_more(reading.candidates[i])}"[:300] if key in twice else key for i, key in enumerate(keys)
    ]


def _more(one: Candidate) -> str:
    told = (one.given_name, one.nuance, one.head, one.list_long, one.panel)
    return " ".join(normalise(text) for text in told if text)


def _numbers(done: _Import) -> list[int]:
    """The number of each candidate of the file within its election; new ones are added."""
    keys = _keys(done.reading)
    with transaction.atomic():
        Election.objects.select_for_update().get(pk=done.election.pk)
        known = dict(Candidacy.objects.filter(election=done.election).values_list("key", "number"))
        last = Candidacy.objects.filter(election=done.election).aggregate(last=Max("number"))["last"]
        following = (last or 0) + 1
        fresh: dict[str, Candidacy] = {}
        for key, one in zip(keys, done.reading.candidates, strict=True):
            if key in known or key in fresh:
                continue
            fresh[key] = Candidacy(
                election=done.election,
                number=following + len(fresh),
                key=key,
                scope=one.scope[:10],
                label=_label(one),
                nuance=one.nuance[:60],
            )
        Candidacy.objects.bulk_create(fresh.values(), batch_size=BATCH)
        _better_labels(done, keys, known)
    known |= {key: one.number for key, one in fresh.items()}
    return [known[key] for key in keys]


def _better_labels(done: _Import, keys: Sequence[str], known: Mapping[str, int]) -> None:
    """A later file may tell more of a candidate: the given name, the nuance."""
    told = {key: one for key, one in zip(keys, done.reading.candidates, strict=True) if key in known}
    changed = []
    for part in _parts(list(told)):
        for row in Candidacy.objects.filter(election=done.election, key__in=part):
            one = told[row.key]
            label, nuance = _label(one), one.nuance[:60]
            if len(label) > len(row.label) or (nuance and not row.nuance):
                row.label = max(label, row.label, key=len)
                row.nuance = nuance or row.nuance
                changed.append(row)
    Candidacy.objects.bulk_update(changed, ["label", "nuance"], batch_size=500)


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(keys), BATCH):
        yield keys[at : at + BATCH]


# Switch -----------------------------------------------------------------------------------------------


def _switch(file_id: UUID, done: _Import, lines: store.ResultLines) -> list[UUID]:
    """Makes the file live; two imports of one name at the same moment: the second replaces the first."""
    try:
        return _switch_once(file_id, done, lines)
    except IntegrityError:
        return _switch_once(file_id, done, lines)


@transaction.atomic
def _switch_once(file_id: UUID, done: _Import, lines: store.ResultLines) -> list[UUID]:
    units = dict(Counter(lines.unit))
    replaced = _replace(done, set(units))
    ReferenceFile.objects.create(
        id=file_id,
        kind=FileKind.RESULTS,
        name=done.name,
        attribution=done.attribution,
        sha256=done.sha256,
        rows=len(lines),
        bad_rows=len(done.reading.left_out),
        commune_codes=units,
        imported_by_id=done.by_id,
        created_at=done.at,
    )
    ResultSet.objects.create(
        file_id=file_id,
        election=done.election,
        level=done.reading.level,
        flagged=int(lines.flagged.sum()),
        totals=_plain_totals(done.reading.totals(), done.reading) | {"tells": _tells(done.reading.lines)},
    )
    problems = (*done.reading.left_out, *done.reading.contradictions)
    BadLine.objects.bulk_create(_bad_lines(file_id, problems), batch_size=BATCH)
    audit.record(
        actor_id=done.by_id,
        verb="import-results",
        subject_kind="reference-file",
        subject_id=file_id,
        name=done.name,
        sha256=done.sha256,
        rows=len(lines),
    )
    transaction.on_commit(lambda: _remove_columns(replaced))
    return replaced


def _replace(done: _Import, units: set[str]) -> list[UUID]:
    """The file of the same name, and those of the same election of which nothing would show any more."""
    live = ReferenceFile.objects.filter(kind=FileKind.RESULTS, state=ReferenceFile.State.LIVE)
    replaced = set(live.filter(name=done.name).values_list("pk", flat=True))
    others = live.filter(results__election=done.election, results__level=done.reading.level)
    replaced |= {pk for pk, codes in others.values_list("pk", "commune_codes") if set(codes) <= units}
    live.filter(pk__in=replaced).update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id__in=replaced).delete()
    return sorted(replaced)


def _remove_columns(file_ids: Sequence[UUID]) -> None:
    for file_id in file_ids:
        store.path_of(kind=FileKind.RESULTS, file_id=file_id).unlink(missing_ok=True)


def _bad_lines(file_id: UUID, problems: Sequence[LineProblem]) -> Iterator[BadLine]:
    for problem in problems:
        yield BadLine(
            file_id=file_id, line_number=problem.line, code=problem.code, params=dict(problem.params)
        )


def _result(file_id: UUID, done: _Import, *, replaced: bool, unknown: int, stations: int) -> ResultsImport:
    totals = _plain_totals(done.reading.totals(), done.reading)
    problems = (*done.reading.left_out, *done.reading.contradictions)[:FIRST]
    return ResultsImport(
        file_id=file_id,
        election=election_card(done.election),
        name=done.name,
        level=TerritoryKind(done.reading.level),
        rows=len(done.reading.lines),
        left_out=len(done.reading.left_out),
        flagged=len({one.line for one in done.reading.contradictions}),
        replaced=replaced,
        figures=ResultFigures(**totals["figures"]),
        votes=tuple((label, count) for label, count in totals["votes"]),
        unknown_places=unknown,
        stations=stations,
        first_problems=tuple(map(problem_card, _bad_lines(file_id, problems))),
    )


def problem_card(row: BadLine) -> BadLineCard:
    """A line and what is wrong with it; whether it was kept all the same is part of the sentence."""
    card = bad_line_card(row)
    if row.code not in CONTRADICTIONS:
        return card
    kept = _("%(problem)s Kept as it is.") % {"problem": card.reason}
    return BadLineCard(place=card.place, reason=kept)


# From the page ----------------------------------------------------------------------------------------


def start_reading(*, by_id: UUID, uploaded: Path, file_name: str, commune: str, language: str) -> UUID:
    """Keeps an uploaded file and starts the run that looks into it; answers the run's id.

    ``uploaded`` is moved away. Raises ``NotFound`` for people who may not import.
    """
    access_imports(person_id=by_id)
    kept = uploads_dir() / str(new_id())
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(uploaded, kept)
    return _start(
        "read-results",
        by_id,
        {
            "path": str(kept),
            "file_name": file_name[:200],
            "commune": commune,
            "sheet": "",
            "language": language,
        },
    )


def look_again(*, by_id: UUID, run_id: UUID, sheet: str) -> UUID:
    """Looks into another sheet of the same uploaded file. Raises ``NotFound``."""
    access_imports(person_id=by_id)
    arguments = dict(runs.run_by_id(run_id=run_id).arguments)
    return _start("read-results", by_id, arguments | {"sheet": sheet})


def start_results_import(
    *, by_id: UUID, run_id: UUID, election: NewElection, attribution: str, language: str
) -> UUID:
    """Starts the import of a file that was looked into by ``run_id``; answers the run's id.

    Raises ``NotFound`` and ``BeforeClosing``.
    """
    access_imports(person_id=by_id)
    refuse_before_closing(day=election.date, at=now())
    read = runs.run_by_id(run_id=run_id).arguments
    return _start(
        "import-results",
        by_id,
        {
            **{name: read[name] for name in ("path", "file_name", "commune", "sheet")},
            "kind": election.kind.value,
            "date": election.date.isoformat(),
            "round": election.round,
            "election_name": election.name,
            "attribution": attribution,
            "imported_by_id": str(by_id),
            "language": language,
        },
    )


def _start(kind: str, by_id: UUID, arguments: dict[str, Any]) -> UUID:
    with transaction.atomic():
        run_id = runs.start(kind=kind, arguments=arguments, started_by_id=by_id)
        audit.record(
            actor_id=by_id,
            verb="start-import",
            subject_kind="run",
            subject_id=run_id,
            kind=kind,
            name=arguments["file_name"],
        )
    return run_id


def forget_empty_elections() -> None:
    """Elections of which no results are left go, with their candidates."""
    live = ResultSet.objects.filter(file__state=ReferenceFile.State.LIVE).values("election_id")
    Election.objects.exclude(pk__in=live).delete()


@transaction.atomic
def remove_results(*, by_id: UUID, file_id: UUID) -> ElectionCard:
    """Takes a file of results out of use; its election goes with its last one.

    Raises ``NotFound`` for people who may not, as for a file that is gone.
    """
    access_imports(person_id=by_id)
    row = _live(file_id)
    if not may_remove(person_id=by_id, file=row.file):
        raise NotFound
    card = election_card(row.election)
    ReferenceFile.objects.filter(pk=file_id).update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id=file_id).delete()
    audit.record(
        actor_id=by_id,
        verb="remove-file",
        subject_kind="reference-file",
        subject_id=file_id,
        name=row.file.name,
    )
    forget_empty_elections()
    transaction.on_commit(lambda: _remove_columns([file_id]))
    return card


def may_remove_file(*, person_id: UUID, file_id: UUID) -> bool:
    """Whether the person may take this file out of use. Raises ``NotFound``."""
    return may_remove(person_id=person_id, file=_live(file_id).file)


def may_remove(*, person_id: UUID, file: ReferenceFile) -> bool:
    """Whether the person brought the file, or it is of the person's territory."""
    if file.imported_by_id == person_id:
        return True
    return share_inside(person_id=person_id, codes=file.commune_codes) >= INSIDE


def _live(file_id: UUID) -> ResultSet:
    live = ResultSet.objects.filter(file__state=ReferenceFile.State.LIVE).select_related("file", "election")
    row = live.filter(pk=file_id).first()
    if row is None:
        raise NotFound
    return row
