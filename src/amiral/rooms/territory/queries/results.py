"""Reads of election results: exact sums of imported lines, at every level of the graph.

Several files may tell of one election: by bureau for a département, by département for the whole country. For
each level the newest file answers for the communes it names; of the levels, the finest one that counts
(nearly) all the registered voters which another one counts is shown, and named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.utils.translation import gettext as _

from amiral.kit.columnar import Condition, In, Unknown
from amiral.kit.errors import NotFound
from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import (
    ChoiceCard,
    ChoiceResult,
    ElectionCard,
    ElectionKind,
    Evolution,
    FileKind,
    Ints,
    LevelCount,
    PlaceResult,
    ResultFigures,
    ResultSetCard,
    TerritoryCard,
    TerritoryKind,
    TerritoryResults,
)
from amiral.rooms.territory.models import (
    Candidacy,
    Election,
    ReferenceFile,
    ResultSet,
    Territory,
    TerritoryClosure,
    TerritoryLink,
)
from amiral.rooms.territory.queries import file_card, territories, territory

LEVELS = (
    TerritoryKind.BUREAU_DE_VOTE,
    TerritoryKind.COMMUNE,
    TerritoryKind.CANTON,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.REGION,
    TerritoryKind.COUNTRY,
)
"""From the finest to the coarsest."""
ENOUGH = 0.995
"""A finer level is shown when it counts this part of the registered voters of the fullest one."""
LOCAL = frozenset({ElectionKind.LEGISLATIVES, ElectionKind.DEPARTEMENTALES, ElectionKind.MUNICIPALES})
"""Kinds in which not everybody stands everywhere: who has no vote at a place did not stand there."""
REMEMBERED_S = 300
REMEMBERED_LINES = 5_000
"""Sums of more lines than this are remembered for a while."""

_EXACT: dict[TerritoryKind, str] = {
    TerritoryKind.DEPARTEMENT: "departement_id",
    TerritoryKind.COMMUNE: "commune_id",
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL: "arrondissement_id",
    TerritoryKind.BUREAU_DE_VOTE: "territory_id",
}
_COLUMN: dict[TerritoryKind, str] = {
    TerritoryKind.CANTON: "canton_id",
    TerritoryKind.CIRCONSCRIPTION: "circonscription_id",
}
_VILLAGES = frozenset({TerritoryKind.COMMUNE_DELEGUEE, TerritoryKind.COMMUNE_ASSOCIEE})


def election_label(*, kind: str, day: date, round: int, name: str = "") -> str:
    """The name of a ballot in the language of the reader: ``Présidentielle 2017, 1er tour``."""
    what = name or f"{kind_label(kind)} {day.year}"
    if kind in {ElectionKind.EUROPEENNES, ElectionKind.REFERENDUM} and round == 1:
        return what
    return (_("%(ballot)s, first round") if round == 1 else _("%(ballot)s, second round")) % {"ballot": what}


def kind_label(kind: str) -> str:
    """What a ballot elects, in words."""
    return {
        ElectionKind.PRESIDENTIELLE: _("Presidential election"),
        ElectionKind.LEGISLATIVES: _("Legislative elections"),
        ElectionKind.EUROPEENNES: _("European election"),
        ElectionKind.MUNICIPALES: _("Municipal elections"),
        ElectionKind.REGIONALES: _("Regional elections"),
        ElectionKind.DEPARTEMENTALES: _("Departmental elections"),
        ElectionKind.REFERENDUM: _("Referendum"),
        ElectionKind.PRIMAIRE: _("Primary"),
        ElectionKind.OTHER: _("Ballot"),
    }[ElectionKind(kind)]


def election_card(row: Election) -> ElectionCard:
    """A row as it may cross the door."""
    return ElectionCard(
        id=row.pk,
        kind=ElectionKind(row.kind),
        date=row.date,
        round=row.round,
        name=row.name,
        label=election_label(kind=row.kind, day=row.date, round=row.round, name=row.name),
    )


def elections() -> tuple[ElectionCard, ...]:
    """Elections of which results are live, the newest first. One query."""
    live = Election.objects.filter(files__file__state=ReferenceFile.State.LIVE).distinct()
    return tuple(map(election_card, live))


def election(*, election_id: UUID) -> ElectionCard:
    """One election; ``NotFound`` where nobody has it."""
    row = Election.objects.filter(pk=election_id).first()
    if row is None:
        raise NotFound
    return election_card(row)


def result_sets() -> tuple[ResultSetCard, ...]:
    """The live files of results, by election, newest first. Two queries."""
    live = ResultSet.objects.filter(file__state=ReferenceFile.State.LIVE).select_related("file", "election")
    rows = live.order_by("-election__date", "-election__round", "level", "file__name")
    return tuple(map(result_set_card, rows))


def result_set(*, file_id: UUID) -> ResultSetCard:
    """One live file of results. Raises ``NotFound``."""
    live = ResultSet.objects.filter(file__state=ReferenceFile.State.LIVE).select_related("file", "election")
    row = live.filter(pk=file_id).first()
    if row is None:
        raise NotFound
    return result_set_card(row)


def result_set_card(row: ResultSet) -> ResultSetCard:
    """A file of results with the totals that its import reported."""
    figures = row.totals["figures"]
    return ResultSetCard(
        file=file_card(row.file),
        election=election_card(row.election),
        level=TerritoryKind(row.level),
        flagged=row.flagged,
        figures=ResultFigures(**{name: figures.get(name) for name in store.RESULT_FIGURES}),
        votes=tuple((str(label), int(votes)) for label, votes in row.totals["votes"]),
    )


# Choosing lines ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """How the lines of a territory are told from the others: what to read, then which of it to keep."""

    card: TerritoryCard
    where: tuple[Condition, ...]
    inside: frozenset[str]
    shared: frozenset[str]


def _scope(card: TerritoryCard) -> _Scope:
    if card.kind is TerritoryKind.COUNTRY:
        return _Scope(card=card, where=(), inside=frozenset(), shared=frozenset())
    if card.kind in _EXACT:
        condition = In(column=_EXACT[card.kind], values=(card.id,))
        return _Scope(card=card, where=(condition,), inside=frozenset(), shared=frozenset())
    if card.kind in _VILLAGES:
        unit = In(column="unit", values=(card.code,))
        return _Scope(card=card, where=(unit,), inside=frozenset(), shared=frozenset())
    inside = frozenset(
        TerritoryClosure.objects.filter(ancestor_id=card.id).values_list("descendant_id", flat=True)
    )
    shared = frozenset(
        TerritoryLink.objects.filter(
            parent_id=card.id, exact=False, valid_to=None, child__kind=TerritoryKind.COMMUNE
        ).values_list("child_id", flat=True)
    )
    return _Scope(card=card, where=_departements(card, inside | shared), inside=inside, shared=shared)


def _departements(card: TerritoryCard, inside: Iterable[str]) -> tuple[Condition, ...]:
    """Reads only the départements that a place touches; lines of regions have none and are read always."""
    codes = {card.departement_code} if card.departement_code else set()
    if card.code.startswith("99-"):
        codes = {"99"}
    communes = [one for one in inside if one.startswith("commune:")]
    for at in range(0, len(communes), 5_000):
        codes |= set(
            Territory.objects.filter(pk__in=communes[at : at + 5_000]).values_list(
                "departement_code", flat=True
            )
        )
    codes.discard("")
    values = ("", *(f"departement:{code}" for code in sorted(codes)))
    return (In(column="departement_id", values=values),) if codes else ()


def _kept(lines: store.ResultLines, scope: _Scope) -> store.ResultLines:
    """The lines of the place among those that were read."""
    card, places = scope.card, lines.places
    if card.kind is TerritoryKind.COUNTRY or card.kind in _EXACT:
        return lines
    if card.kind in _VILLAGES:
        # A village that gave its code to the commune that took it in cannot be told from it.
        keep = [commune != f"commune:{card.code}" for commune in places["commune_id"]]
        return lines.take(np.flatnonzero(keep))
    own = places[_COLUMN[card.kind]] if card.kind in _COLUMN else ("",) * len(lines)
    columns = [places[name] for name in store.RESULT_PLACES]
    keep = [
        told == card.id if told else any(column[i] in scope.inside for column in columns)
        for i, told in enumerate(own)
    ]
    return lines.take(np.flatnonzero(keep))


def _is_whole(lines: store.ResultLines, scope: _Scope) -> bool:
    """Whether every commune that the place shares with others has lines that tell which part is whose."""
    return scope.shared <= set(lines.places["commune_id"])


def _lines_by_level(scope: _Scope, sets: Sequence[ResultSet]) -> dict[TerritoryKind, store.ResultLines]:
    found: dict[TerritoryKind, store.ResultLines] = {}
    for level in LEVELS:
        files = [one for one in sets if one.level == level]
        parts = [part for one in files if (part := _read(one, scope)) is not None]
        if not parts:
            continue
        lines = _kept(_newest(parts), scope)
        if len(lines) and _is_whole(lines, scope):
            found[level] = lines
    return found


def _read(one: ResultSet, scope: _Scope) -> store.ResultLines | None:
    try:
        return store.read_results(
            path=store.path_of(kind=FileKind.RESULTS, file_id=one.pk), where=scope.where
        )
    except Unknown:  # replaced between the two lines
        return None


def _newest(parts: Sequence[store.ResultLines]) -> store.ResultLines:
    """All lines, but of a unit that several files name only those of the first (newest) file."""
    kept: list[store.ResultLines] = []
    claimed: set[str] = set()
    for part in parts:
        free = np.flatnonzero([unit not in claimed for unit in part.unit])
        kept.append(part if len(free) == len(part) else part.take(free))
        claimed |= set(part.unit)
    return kept[0] if len(kept) == 1 else store.joined_results(kept)


def _live_sets(election_id: UUID) -> list[ResultSet]:
    live = ResultSet.objects.filter(election_id=election_id, file__state=ReferenceFile.State.LIVE)
    return list(live.select_related("file", "election").order_by("-file__created_at", "-pk"))


def _weight(lines: store.ResultLines) -> int:
    """Registered voters; votes where the source does not tell them."""
    registered = lines.figures[:, 0]
    return int(registered.sum()) if (registered >= 0).all() else int(lines.votes.sum())


def _best(found: dict[TerritoryKind, store.ResultLines]) -> TerritoryKind:
    """The finest level that counts nearly as many as the fullest; ``found`` is from the finest on."""
    most = max(map(_weight, found.values()))
    return next(level for level, lines in found.items() if _weight(lines) >= ENOUGH * most)


# Adding up --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Sums of lines in groups: ``figures`` g × 6, ``votes`` g × c for the candidacies ``numbers``."""

    figures: Ints
    numbers: Ints
    votes: Ints
    lines: Ints
    flagged: Ints
    units: tuple[tuple[str, ...], ...]


def _sums(lines: store.ResultLines, group: Ints, groups: int) -> _Sums:
    figures = np.zeros((groups, len(store.RESULT_FIGURES)), dtype=np.int64)
    np.add.at(figures, group, np.maximum(lines.figures, 0))
    unknown = np.zeros_like(figures)
    np.add.at(unknown, group, lines.figures < 0)
    figures[unknown > 0] = store.UNKNOWN_FIGURE
    numbers, at = np.unique(lines.candidates, return_inverse=True)
    votes = np.zeros((groups, len(numbers)), dtype=np.int64)
    np.add.at(votes, (np.repeat(group, np.diff(lines.start)), at), lines.votes)
    told: list[dict[str, str]] = [{} for _group in range(groups)]
    for place, unit, name in zip(group.tolist(), lines.unit, lines.name, strict=True):
        told[place].setdefault(unit, name or unit)
    return _Sums(
        figures=figures,
        numbers=numbers,
        votes=votes,
        lines=np.bincount(group, minlength=groups),
        flagged=np.bincount(group, weights=lines.flagged, minlength=groups).astype(np.int64),
        units=tuple(tuple(sorted(names.values())) for names in told),
    )


def _figures(row: Ints) -> ResultFigures:
    told = dict(zip(store.RESULT_FIGURES, row.tolist(), strict=True))
    return ResultFigures(**{name: None if count < 0 else count for name, count in told.items()})


def _choices(election_id: UUID, kind: str, numbers: Ints) -> tuple[tuple[ChoiceCard, ...], Ints, bool]:
    """(choices, which of them each candidacy belongs to, whether nuances join candidates of many places)."""
    rows = {
        one.number: one
        for at in range(0, len(numbers), 5_000)
        for one in Candidacy.objects.filter(
            election_id=election_id, number__in=numbers[at : at + 5_000].tolist()
        )
    }
    known = [rows[number] for number in numbers.tolist()]
    joined = len({one.scope for one in known}) > 1 and all(one.nuance for one in known)
    names = [one.nuance if joined else one.key for one in known]
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    first = dict(zip(reversed(names), reversed(known), strict=True))
    cards = tuple(
        ChoiceCard(
            key=f"nuance {name}"[:300].lower() if joined else name,
            label=name if joined else first[name].label,
            nuance=first[name].nuance,
            joined=names.count(name) if joined else 1,
        )
        for name in order
    )
    return cards, np.array([order[name] for name in names], dtype=np.int64), joined


def _by_choice(votes: Ints, choice: Ints, choices: int) -> Ints:
    """Columns of candidacies added into columns of choices."""
    joined = np.zeros((len(votes), choices), dtype=np.int64)
    np.add.at(joined.T, choice, votes.T)
    return joined


# Answers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What is remembered of a place: the level shown and its sums, and what the other levels give."""

    level: TerritoryKind
    sums: _Sums
    levels: tuple[LevelCount, ...]


def _measured(card: TerritoryCard, election_id: UUID, sets: Sequence[ResultSet]) -> _Measured | None:
    stamp = "-".join(str(one.pk) for one in sets)[-120:]
    key = f"results:{election_id}:{stamp}:{card.id}".replace(" ", "_")
    remembered: _Measured | None = cache.get(key)
    if remembered is not None:
        return remembered
    found = _lines_by_level(_scope(card), sets)
    if not found:
        return None
    level = _best(found)
    lines = found[level]
    told = tuple(
        LevelCount(level=one, lines=len(part), registered=_registered(part)) for one, part in found.items()
    )
    group = np.zeros(len(lines), dtype=np.int64)
    measured = _Measured(level=level, sums=_sums(lines, group, 1), levels=told)
    if sum(map(len, found.values())) > REMEMBERED_LINES:
        cache.set(key, measured, REMEMBERED_S)
    return measured


def _registered(lines: store.ResultLines) -> int | None:
    registered = lines.figures[:, 0]
    return int(registered.sum()) if (registered >= 0).all() else None


def results_of(*, territory_id: str, election_id: UUID | None = None) -> tuple[TerritoryResults, ...]:
    """Results at a territory: of one election, or of all that have any there, the newest first.

    Every figure is the exact sum of the lines of the level named. Empty where nothing was imported of it.
    Raises ``NotFound`` for an unknown territory. A few queries and reads of columns per election.
    """
    card = territory(territory_id=territory_id)
    wanted = elections() if election_id is None else (election(election_id=election_id),)
    return tuple(found for one in wanted if (found := _results(card, one)) is not None)


def _results(card: TerritoryCard, ballot: ElectionCard) -> TerritoryResults | None:
    sets = _live_sets(ballot.id)
    measured = _measured(card, ballot.id, sets)
    if measured is None:
        return None
    sums = measured.sums
    cards, choice, joined = _choices(ballot.id, ballot.kind, sums.numbers)
    figures = _figures(sums.figures[0])
    votes = _by_choice(sums.votes, choice, len(cards))[0].tolist()
    shown = [
        _choice_result(one, count, figures)
        for one, count in zip(cards, votes, strict=True)
        if count or ballot.kind not in LOCAL
    ]
    sources = [one.file.attribution for one in sets if one.level == measured.level]
    return TerritoryResults(
        election=ballot,
        territory=card,
        level=measured.level,
        lines=int(sums.lines[0]),
        flagged=int(sums.flagged[0]),
        merged=sums.units[0] if card.kind is TerritoryKind.COMMUNE and len(sums.units[0]) > 1 else (),
        figures=figures,
        choices=tuple(sorted(shown, key=lambda one: (-one.votes, one.choice.label))),
        by_nuance=joined,
        levels=measured.levels,
        attribution=", ".join(dict.fromkeys(filter(None, sources))),
    )


def _choice_result(card: ChoiceCard, votes: int, figures: ResultFigures) -> ChoiceResult:
    return ChoiceResult(
        choice=card,
        votes=votes,
        of_registered=share(votes, figures.registered),
        of_expressed=share(votes, figures.expressed),
    )


def share(part: int | None, whole: int | None) -> float | None:
    """A part of a whole, 0 to 1; ``None`` where one is not known or the whole is nobody."""
    return None if part is None or not whole else part / whole


def evolution(*, now: TerritoryResults, before: TerritoryResults) -> Evolution:
    """The choices of both, matched by their name, in the order of ``now``."""
    first = {one.choice.key: one for one in before.choices}
    here = {one.choice.key for one in now.choices}
    both = [(one.choice, one.votes, _votes(first.get(one.choice.key))) for one in now.choices]
    gone = [(one.choice, None, one.votes) for one in before.choices if one.choice.key not in here]
    return Evolution(now=now, before=before, choices=(*both, *gone))


def _votes(one: ChoiceResult | None) -> int | None:
    return None if one is None else one.votes


@dataclass(frozen=True, kw_only=True)
class Places:
    """The parts of a territory, one row each; ``votes`` of a row are in the order of ``choices``."""

    level: TerritoryKind
    choices: tuple[ChoiceCard, ...]
    rows: tuple[PlaceResult, ...]


def places_of(*, territory_id: str, election_id: UUID, stations: bool = False) -> Places | None:
    """Results of the parts of a territory: départements of a country, communes of a département, bureaux.

    ``stations`` asks for the bureaux whatever the territory. ``None`` where there is nothing.
    """
    card = territory(territory_id=territory_id)
    ballot = election(election_id=election_id)
    found = _lines_by_level(_scope(card), _live_sets(election_id))
    if not found:
        return None
    level = _best(found)
    lines = found[level]
    keys = _part_keys(card, level, lines, stations)
    names = tuple(dict.fromkeys(keys))
    at = {key: place for place, key in enumerate(names)}
    sums = _sums(lines, np.array([at[key] for key in keys], dtype=np.int64), len(names))
    cards, choice, _joined = _choices(election_id, ballot.kind, sums.numbers)
    votes = _by_choice(sums.votes, choice, len(cards))
    order = np.argsort(-votes.sum(axis=0), kind="stable")
    rows = _place_rows(names, sums, votes[:, order])
    return Places(level=level, choices=tuple(cards[i] for i in order.tolist()), rows=rows)


def _part_keys(
    card: TerritoryCard, level: TerritoryKind, lines: store.ResultLines, stations: bool
) -> list[str]:
    """The part that each line belongs to: an id, else the name that its file gave it."""
    town = card.kind in (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL, *_VILLAGES)
    fine = level in (TerritoryKind.BUREAU_DE_VOTE, TerritoryKind.COMMUNE)
    column = "commune_id" if fine and not town and not stations else "territory_id"
    if card.kind in (TerritoryKind.COUNTRY, TerritoryKind.REGION) and level is not TerritoryKind.REGION:
        column = "departement_id"
    own = lines.places[column]
    return [key or f"?{unit} {name}" for key, unit, name in zip(own, lines.unit, lines.name, strict=True)]


def _place_rows(names: Sequence[str], sums: _Sums, votes: Ints) -> tuple[PlaceResult, ...]:
    known = _names(names)
    rows = [
        PlaceResult(
            territory_id=key if key in known else "",
            name=known.get(key) or _bare_name(key, sums.units[i]),
            figures=_figures(sums.figures[i]),
            votes=tuple(votes[i].tolist()),
            lines=int(sums.lines[i]),
            flagged=int(sums.flagged[i]),
            merged=sums.units[i] if key.startswith("commune:") and len(sums.units[i]) > 1 else (),
        )
        for i, key in enumerate(names)
    ]
    return tuple(sorted(rows, key=_by_number_or_name))


def _by_number_or_name(row: PlaceResult) -> tuple[str, str]:
    """Bureaux by their code, so that the second stands before the tenth; other places by name."""
    is_station = row.territory_id.startswith(f"{TerritoryKind.BUREAU_DE_VOTE}:")
    return ("" if is_station else row.name, row.territory_id)


def _names(ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at in range(0, len(ids), 5_000):
        cards = territories(territory_ids=ids[at : at + 5_000])
        found |= {key: card.name for key, card in cards.items()}
    return found


def _bare_name(key: str, units: Sequence[str]) -> str:
    codes = {"99": _("French abroad"), "ZX": _("Saint-Martin and Saint-Barthélemy")}
    told = codes.get(key.rpartition(":")[2], units[0] if units else "")
    return told or key.removeprefix("?").rpartition(":")[2]


def single_station_communes(*, places: Places) -> dict[str, str]:
    """Bureau to commune, for communes that have one bureau: its contour is the commune's."""
    ids = [row.territory_id for row in places.rows if row.territory_id]
    communes: dict[str, list[str]] = {}
    for at in range(0, len(ids), 5_000):
        pairs = TerritoryClosure.objects.filter(
            descendant_id__in=ids[at : at + 5_000], ancestor__kind=TerritoryKind.COMMUNE
        )
        for station, commune in pairs.values_list("descendant_id", "ancestor_id"):
            communes.setdefault(commune, []).append(station)
    return {stations[0]: commune for commune, stations in communes.items() if len(stations) == 1}
