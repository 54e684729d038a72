"""Public figures of stations and communes, as the score takes them; nothing else ever enters it.

All of it comes through the door of the territory room: imported results, contours, legal population. A
contract of imports (pyproject.toml) keeps persons, groups, shifts, and this room's doors and visits out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from amiral.cores import priorities
from amiral.cores.geography import surfaces
from amiral.cores.priorities import Ballot, Floats, Places, Scores
from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import (
    ChoiceCard,
    ElectionCard,
    FileKind,
    PlaceResult,
    TerritoryCard,
    TerritoryKind,
)

OWN_GROUP = 4
"""Stations that a commune needs for its own mean; those of smaller ones are drawn to their département's."""
FINE = (TerritoryKind.BUREAU_DE_VOTE, TerritoryKind.COMMUNE)
SQUARE_METRES = 10_000
"""In a hectare."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the figures of one ballot come from, in one territory."""

    election: ElectionCard
    territory_name: str
    level: TerritoryKind
    lines: int
    flagged: int
    attribution: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """n places by id, those compared first, then communes and arrondissements as wholes; what they stand on.

    ``scope``: the territories whose places are compared with each other.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    registered: Floats
    scope: tuple[TerritoryCard, ...]
    compared: int
    stations: bool
    scores: Scores
    sources: tuple[Source, ...]

    @property
    def place(self) -> dict[str, int]:
        """The position of each id."""
        return {one: at for at, one in enumerate(self.ids)}


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A place of the table: the ballot, and the older one where it has the place too."""

    id: str
    name: str
    figures: tuple[float, float, float, float, float]


def ballots() -> tuple[ElectionCard, ...]:
    """The elections of which results are imported, the newest first. One query."""
    return territory.elections()


def lists_of(*, territory_ids: Iterable[str], election_id: UUID) -> tuple[ChoiceCard, ...]:
    """Who could be voted for there, most votes first; empty where nothing is known by station or commune."""
    found: dict[str, ChoiceCard] = {}
    for territory_id in territory_ids:
        for one in territory.results_of(territory_id=territory_id, election_id=election_id):
            if one.level in FINE:
                found |= {
                    line.choice.key: line.choice for line in one.choices if line.choice.key not in found
                }
    return tuple(found.values())


def scope_of(*, commune_codes: Iterable[str]) -> tuple[TerritoryCard, ...]:
    """The départements in which places with these INSEE codes lie, in order. Two queries."""
    kinds = (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
    ids = [f"{kind}:{code}" for code in commune_codes if code for kind in kinds]
    codes = {card.departement_code for card in territory.territories(territory_ids=ids).values()}
    cards = territory.territories(
        territory_ids=[f"{TerritoryKind.DEPARTEMENT}:{code}" for code in codes if code]
    )
    return tuple(sorted(cards.values(), key=lambda card: card.code))


def figures_of(
    *, scope: Sequence[TerritoryCard], choice: PriorityChoice, stations: bool, wholes: bool = False
) -> Figures | None:
    """The score of every place of the scope: of its stations, or of its communes.

    ``wholes``: communes and arrondissements besides, measured by the same rule, for doors whose station is
    not known. ``None`` where no results by station or commune are imported. Raises ``NothingCounts`` for
    weights that no figure serves, ``NotFound`` for a ballot that is gone.
    """
    rows = _rows(scope, choice.election_id, choice.lists, choice.reach, stations=stations)
    if not rows:
        return None
    names = {row.id: row.name for row in rows}
    now = {row.id: row.figures for row in rows}
    before = _before(scope, choice, stations=stations)
    compared = len(now)
    if wholes and stations:
        now |= _wholes(scope, choice.election_id, choice.lists, choice.reach, now)
        if choice.before_id:
            before |= _wholes(scope, choice.before_id, choice.before_lists, choice.before_reach, before)
    ids = tuple(now)
    places = _places(ids, compared, now, before if choice.before_id else None, choice)
    measured = priorities.measures(places=places)
    scale = priorities.scale_of(measured=measured, compared=places.compared)
    return Figures(
        ids=ids,
        names=tuple(names.get(one, "") for one in ids),
        registered=places.ballot.registered,
        scope=tuple(scope),
        compared=compared,
        stations=any(one.startswith(f"{TerritoryKind.BUREAU_DE_VOTE}:") for one in ids[:compared]),
        scores=priorities.scores(measured=measured, scale=scale, weights=choice.weights),
        sources=_sources(scope, choice),
    )


Counts = tuple[float, float, float, float, float]
"""Registered, voters, expressed, votes of own lists, votes of lists within reach; NaN is not known."""


def _rows(
    scope: Sequence[TerritoryCard],
    election_id: UUID,
    lists: Sequence[str],
    reach: Sequence[str],
    *,
    stations: bool,
) -> list[_Row]:
    rows = []
    for card in scope:
        found = territory.places_of(territory_id=card.id, election_id=election_id, stations=stations)
        if found is None or found.level not in FINE:
            continue
        own, near = _columns(found.choices, lists), _columns(found.choices, reach)
        rows += [
            _Row(id=row.territory_id, name=row.name, figures=_counts(row, own, near))
            for row in found.rows
            if row.territory_id
        ]
    return rows


def _columns(choices: Sequence[ChoiceCard], keys: Sequence[str]) -> list[int] | None:
    """The columns of votes of the lists; ``None`` where lists were chosen that nobody could vote for here."""
    found = [at for at, choice in enumerate(choices) if choice.key in set(keys)]
    return found if found or not keys else None


def _counts(row: PlaceResult, own: list[int] | None, near: list[int] | None) -> Counts:
    figures = row.figures
    told = (figures.registered, figures.voters, figures.expressed)
    registered, voters, expressed = (float("nan") if one is None else float(one) for one in told)
    support = float(sum(row.votes[at] for at in own)) if own else float("nan")
    reach = float("nan") if near is None else float(sum(row.votes[at] for at in near))
    return registered, voters, expressed, support, reach


def _before(scope: Sequence[TerritoryCard], choice: PriorityChoice, *, stations: bool) -> dict[str, Counts]:
    if choice.before_id is None:
        return {}
    rows = _rows(scope, choice.before_id, choice.before_lists, choice.before_reach, stations=stations)
    return {row.id: row.figures for row in rows}


def _wholes(
    scope: Sequence[TerritoryCard],
    election_id: UUID,
    lists: Sequence[str],
    reach: Sequence[str],
    stations: Mapping[str, Counts],
) -> dict[str, Counts]:
    """Communes by their own lines, arrondissements of Paris, Lyon and Marseille as sums of their stations."""
    rows = _rows(scope, election_id, lists, reach, stations=False)
    known = {row.id: row.figures for row in rows if row.id not in stations}
    sums: dict[str, list[Counts]] = {}
    for one, counts in stations.items():
        sums.setdefault(commune_code(one), []).append(counts)
    return known | {
        f"{TerritoryKind.ARRONDISSEMENT_MUNICIPAL}:{code}": _sum(parts)
        for code, parts in sums.items()
        if code and f"{TerritoryKind.COMMUNE}:{code}" not in known
    }


def _sum(parts: Sequence[Counts]) -> Counts:
    one, two, three, four, five = np.array(parts, dtype=np.float64).sum(axis=0).tolist()
    return one, two, three, four, five


def commune_code(place_id: str) -> str:
    """``71076`` of ``bureau-de-vote:71076_0012``; of other places nothing."""
    kind, _colon, code = place_id.partition(":")
    return code.partition("_")[0] if kind == TerritoryKind.BUREAU_DE_VOTE else ""


def _places(
    ids: Sequence[str],
    compared: int,
    now: Mapping[str, Counts],
    before: Mapping[str, Counts] | None,
    choice: PriorityChoice,
) -> Places:
    return Places(
        group=_groups(ids),
        compared=np.arange(len(ids)) < compared,
        ballot=_ballot(ids, now),
        before=None if before is None else _ballot(ids, before),
        hectares=_hectares(ids, now) if choice.weights.get(priorities.Part.DENSITY) else _unknown(ids),
        population=_population(ids),
    )


def _ballot(ids: Sequence[str], counts: Mapping[str, Counts]) -> Ballot:
    unknown = (float("nan"),) * 5
    columns = np.array([counts.get(one, unknown) for one in ids], dtype=np.float64).T
    return Ballot(
        registered=columns[0],
        voters=columns[1],
        expressed=columns[2],
        support=columns[3],
        reach=columns[4],
    )


def _groups(ids: Sequence[str]) -> priorities.Ints:
    """The commune of a station where it has ``OWN_GROUP`` of them, else all the other places together."""
    codes = [commune_code(one) for one in ids]
    own = sorted(code for code, count in Counter(codes).items() if code and count >= OWN_GROUP)
    number = {code: at for at, code in enumerate(own, start=1)}
    return np.array([number.get(code, 0) for code in codes], dtype=np.int64)


def _single_stations(ids: Sequence[str]) -> dict[str, str]:
    """The commune of a station that is its only one: surface and population are the commune's."""
    count = Counter(commune_code(one) for one in ids)
    return {
        one: f"{TerritoryKind.COMMUNE}:{code}"
        for one in ids
        if (code := commune_code(one)) and count[code] == 1
    }


def single_communes(*, place_ids: Sequence[str]) -> frozenset[str]:
    """The communes that have one station, or whose own line is the place that is compared."""
    whole = (one for one in place_ids if one.startswith(f"{TerritoryKind.COMMUNE}:"))
    return frozenset((*_single_stations(place_ids).values(), *whole))


def outlines_of(*, place_ids: Sequence[str], detailed: bool = False) -> dict[str, dict[str, object]]:
    """The contour of each place that has one; of the only station of a commune, the commune's."""
    single = _single_stations(place_ids)
    found = territory.contours(territory_ids=place_ids, detailed=detailed)
    others = territory.contours(
        territory_ids=[single[one] for one in single if one not in found], detailed=detailed
    )
    return found | {
        one: others[commune] for one, commune in single.items() if one not in found and commune in others
    }


def outline_sources() -> tuple[str, ...]:
    """Who drew the contours that are in use. One query."""
    files = territory.reference_files(kind=FileKind.CONTOURS)
    return tuple(dict.fromkeys(file.attribution for file in files if file.attribution))


def _unknown(ids: Sequence[str]) -> Floats:
    return np.full(len(ids), np.nan)


def _hectares(ids: Sequence[str], now: Mapping[str, Counts]) -> Floats:
    """Of a station without a contour: its part of the commune's by registered voters, so the same density."""
    stations = {one: f"{TerritoryKind.COMMUNE}:{code}" for one in ids if (code := commune_code(one))}
    outlines = territory.contours(territory_ids=[*ids, *dict.fromkeys(stations.values())])
    shapes = [shapely.geometry.shape(outline) for outline in outlines.values()]
    areas = dict(zip(outlines, (surfaces(shapes) / SQUARE_METRES).tolist(), strict=True)) if shapes else {}
    people: dict[str, float] = defaultdict(float)
    for one, commune in stations.items():
        people[commune] += now[one][0]
    return np.array([_area(one, areas, stations.get(one, ""), now[one][0], people) for one in ids])


def _area(
    place_id: str, areas: Mapping[str, float], commune: str, registered: float, people: Mapping[str, float]
) -> float:
    if place_id in areas or commune not in areas or not people[commune] > 0:
        return areas.get(place_id, float("nan"))
    return areas[commune] * registered / people[commune]


def _population(ids: Sequence[str]) -> Floats:
    """The legal population; of a station only where it is its commune's only one."""
    single = _single_stations(ids)
    cards = territory.territories(territory_ids=[single.get(one, one) for one in ids])
    told = [cards.get(single.get(one, one)) for one in ids]
    return np.array([float((card and card.population) or "nan") for card in told], dtype=np.float64)


def _sources(scope: Sequence[TerritoryCard], choice: PriorityChoice) -> tuple[Source, ...]:
    """One line for each ballot and territory of the scope."""
    wanted = [one for one in (choice.election_id, choice.before_id) if one]
    return tuple(
        Source(
            election=one.election,
            territory_name=card.name,
            level=one.level,
            lines=one.lines,
            flagged=one.flagged,
            attribution=one.attribution,
        )
        for election_id in wanted
        for card in scope
        for one in territory.results_of(territory_id=card.id, election_id=election_id)
    )


def election(*, election_id: UUID) -> ElectionCard:
    """One ballot with live results; ``NotFound`` once its last file is gone."""
    for one in ballots():
        if one.id == election_id:
            return one
    raise NotFound
