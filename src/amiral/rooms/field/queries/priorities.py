"""What comes first: turfs by the public figures of the stations they lie in, places by their own.

Doors give a position, an INSEE code and a number of dwellings, all from the public address file. What was
said or found at a door is never read here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.cores import priorities
from amiral.cores.priorities import FULL, PRESETS, Gathered, Ints, Part, Preset
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.field.models import Canvass, Door, Priority, Turf
from amiral.rooms.field.queries import statistics
from amiral.rooms.field.queries.statistics import Figures, Source
from amiral.rooms.network import api as network
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import (
    FileKind,
    ReferenceFileCard,
    TerritoryCard,
    TerritoryKind,
)

PART_LABELS: dict[Part, Promise] = {
    Part.RESERVE: _("Votes in reserve"),
    Part.INTERMITTENCE: _("Intermittent voters"),
    Part.ABSTENTION: _("Abstention"),
    Part.SUPPORT: _("Votes for our lists"),
    Part.CHANGE: _("Ground gained"),
    Part.UNDECIDED: _("Voters to convince"),
    Part.VOLATILITY: _("Volatility"),
    Part.DENSITY: _("Density"),
    Part.SIZE: _("Registered voters"),
    Part.POPULATION: _("Population"),
}

LEVEL_LABELS: tuple[Promise, ...] = (
    pgettext_lazy("priority of a place", "5: last fifth"),
    pgettext_lazy("priority of a place", "4: fourth fifth"),
    pgettext_lazy("priority of a place", "3: middle fifth"),
    pgettext_lazy("priority of a place", "2: second fifth"),
    pgettext_lazy("priority of a place", "1: first fifth"),
)
"""By level, 0 (last) to 4 (first)."""

PRESET_LABELS: dict[Preset, Promise] = {
    Preset.MOBILISE: _("Mobilise abstainers"),
    Preset.CONVINCE: _("Convince the undecided"),
    Preset.STRENGTHEN: _("Strengthen where we are strong"),
}


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """One part of a score: tenths of points of so many; ``known`` is the share that stands on own figures."""

    label: str | Promise
    points: int
    most: int
    known: float

    @property
    def value(self) -> float:
        return self.points / 10

    @property
    def out_of(self) -> float:
        return self.most / 10

    @property
    def bar(self) -> str:
        """Width of the bar, 0 to 100."""
        return f"{100 * self.points / self.most:.1f}" if self.most else "0"

    @property
    def is_estimated(self) -> bool:
        """Some of it is the middle of all places, because the figures of its own are not known."""
        return self.known < 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """A turf or a place in its order. ``rank`` and ``level`` are 0 and -1 without a score."""

    rank: int
    level: int
    tenths: int
    parts: tuple[PartLine, ...]

    @property
    def total(self) -> float:
        return self.tenths / 10

    @property
    def has_score(self) -> bool:
        return self.rank > 0

    @property
    def level_label(self) -> str | Promise:
        return LEVEL_LABELS[self.level] if self.has_score else ""

    @property
    def bar(self) -> str:
        return f"{100 * self.tenths / FULL:.1f}"

    @property
    def columns(self) -> int:
        """Columns of a table that score, class and parts take."""
        return 2 + len(self.parts)


@dataclass(frozen=True, kw_only=True)
class TurfScore(Line):
    """A turf with its score; the shares of its dwellings by what they were scored from add up to 1."""

    number: int
    doors: int
    dwellings: int
    by_station: float
    by_commune: float

    @property
    def without_percent(self) -> int:
        """The share of dwellings that no figure tells of, in whole percents; above 0 never written as 0."""
        return _percents(self.by_station, self.by_commune)[2]


@dataclass(frozen=True, kw_only=True)
class TurfScores:
    """The turfs of a canvass, first things first; those without a score last, by number."""

    lines: tuple[TurfScore, ...]
    figures: Figures
    by_station: float
    by_commune: float

    @property
    def by_station_percent(self) -> int:
        return _percents(self.by_station, self.by_commune)[0]

    @property
    def by_commune_percent(self) -> int:
        return _percents(self.by_station, self.by_commune)[1]

    @property
    def without_percent(self) -> int:
        return _percents(self.by_station, self.by_commune)[2]


def _percents(by_station: float, by_commune: float) -> tuple[int, int, int]:
    """Whole percents that add up to 100: stations, communes, nothing; what is there is never written as 0."""
    without = 1 - by_station - by_commune
    nothing = 0 if without < 1e-9 else max(1, round(100 * without))
    communes = 0 if by_commune < 1e-9 else max(1, round(100 * by_commune))
    return 100 - nothing - communes, communes, nothing


def choice_of(*, canvass_id: UUID) -> PriorityChoice | None:
    """What the canvass is scored by; ``None`` until somebody has chosen. One query."""
    row = Priority.objects.filter(pk=canvass_id).first()
    if row is None:
        return None
    known = {part.value for part in Part}
    return PriorityChoice(
        election_id=row.election_id,
        lists=tuple(row.lists),
        reach=tuple(row.reach),
        before_id=row.before_id,
        before_lists=tuple(row.before_lists),
        before_reach=tuple(row.before_reach),
        weights={Part(name): int(weight) for name, weight in row.weights.items() if name in known},
    )


def preset_of(weights: Mapping[Part, int]) -> Preset | None:
    """The preset with exactly these weights."""
    told = {part: weight for part, weight in weights.items() if weight}
    return next((preset for preset, one in PRESETS.items() if dict(one) == told), None)


def turf_scores(*, canvass_id: UUID, choice: PriorityChoice) -> TurfScores | None:
    """The turfs in the order in which they should be done; ``None`` where no public figure speaks of them.

    One query for the turfs, one for the doors, and what the territory room needs; nothing per turf. Raises
    ``NothingCounts`` where no figure serves the weights, ``NotFound`` where the ballot was taken away.
    """
    doors = _doors(canvass_id)
    scope = statistics.scope_of(commune_codes=set(doors.communes))
    figures = statistics.figures_of(scope=scope, choice=choice, stations=True, wholes=True)
    if figures is None:
        return None
    place, is_station = _located(doors, figures)
    found = priorities.gathered(
        of=figures.scores,
        place=place,
        dwellings=doors.dwellings,
        area=doors.turf,
        areas=len(doors.numbers),
    )
    # A place without any figure (nobody registered) is no place to be scored from.
    told = is_station & figures.scores.counted[place]
    station = np.zeros(len(doors.numbers), dtype=np.int64)
    np.add.at(station, doors.turf[told], np.maximum(doors.dwellings[told], 1))
    return _turf_scores(doors, figures, found, station)


@dataclass(frozen=True, kw_only=True)
class _Doors:
    """The doors of a canvass as columns; ``turf`` is the position of each door's turf in ``numbers``."""

    numbers: tuple[int, ...]
    turf: Ints
    lon: priorities.Floats
    lat: priorities.Floats
    communes: tuple[str, ...]
    dwellings: Ints


def _doors(canvass_id: UUID) -> _Doors:
    turfs = dict(Turf.objects.filter(canvass=canvass_id).order_by("number").values_list("pk", "number"))
    at = {turf_id: position for position, turf_id in enumerate(turfs)}
    wanted = ("turf_id", "longitude", "latitude", "commune_code", "dwellings")
    rows = list(Door.objects.filter(turf__in=turfs).order_by("turf", "position").values_list(*wanted))
    lon = np.array([row[1] for row in rows], dtype=np.float64)
    lat = np.array([row[2] for row in rows], dtype=np.float64)
    return _Doors(
        numbers=tuple(turfs.values()),
        turf=np.array([at[row[0]] for row in rows], dtype=np.int64),
        lon=lon,
        lat=lat,
        communes=_communes(tuple(row[3] for row in rows), lon, lat),
        dwellings=np.array([row[4] for row in rows], dtype=np.int64),
    )


def _communes(told: tuple[str, ...], lon: priorities.Floats, lat: priorities.Floats) -> tuple[str, ...]:
    """The INSEE codes; where the address file has none (OpenStreetMap), that of the commune around."""
    if all(told):
        return told
    found = territory.locate(lon=lon, lat=lat, kind=TerritoryKind.COMMUNE).ids()
    return tuple(code or one.partition(":")[2] for code, one in zip(told, found, strict=True))


def scope_of_canvass(*, canvass: Canvass) -> tuple[TerritoryCard, ...]:
    """The départements of a canvass: of its doors; before the turfs are cut, of its commune or file."""
    codes = set(_doors(canvass.pk).communes) or {canvass.commune_code} - {""}
    for file in () if codes else territory.reference_files(kind=FileKind.ADDRESSES):
        codes |= set(file.commune_codes) if file.id == canvass.address_file_id else set()
    return statistics.scope_of(commune_codes=codes)


def _located(doors: _Doors, figures: Figures) -> tuple[Ints, priorities.Bools]:
    """The place of each door (-1 for none), and whether it is its station: by contours, else its commune."""
    place = figures.place
    stations = territory.locate(lon=doors.lon, lat=doors.lat, kind=TerritoryKind.BUREAU_DE_VOTE).ids()
    by_station = np.array([place.get(one, -1) for one in stations], dtype=np.int64)
    by_commune = np.array([_commune(code, place) for code in doors.communes], dtype=np.int64)
    # A commune with one station is that station.
    single = statistics.single_communes(place_ids=figures.ids[: figures.compared])
    is_single = np.array([f"{TerritoryKind.COMMUNE}:{code}" in single for code in doors.communes], dtype=bool)
    is_station = (by_station >= 0) | (is_single & (by_commune >= 0))
    return np.where(by_station >= 0, by_station, by_commune), is_station


def _commune(code: str, place: Mapping[str, int]) -> int:
    kinds = (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
    return next((place[one] for kind in kinds if (one := f"{kind}:{code}") in place), -1)


def _turf_scores(doors: _Doors, figures: Figures, found: Gathered, station: Ints) -> TurfScores:
    counts = np.bincount(doors.turf, minlength=len(doors.numbers))
    ranks = _ranks(found.total, found.counted, doors.numbers)
    levels = priorities.levels(total=found.total, counted=found.counted)
    lines = [
        TurfScore(
            rank=ranks[i],
            level=int(levels[i]),
            tenths=int(found.total[i]),
            parts=_parts(figures, found.points[i], found.known[i] / max(1, int(found.with_score[i]))),
            number=number,
            doors=int(counts[i]),
            dwellings=int(found.dwellings[i]),
            by_station=float(station[i]) / max(1, int(found.dwellings[i])),
            by_commune=float(found.with_score[i] - station[i]) / max(1, int(found.dwellings[i])),
        )
        for i, number in enumerate(doors.numbers)
    ]
    whole = max(1, int(found.dwellings.sum()))
    return TurfScores(
        lines=tuple(sorted(lines, key=lambda line: (not line.rank, line.rank, line.number))),
        figures=figures,
        by_station=float(station.sum()) / whole,
        by_commune=float(found.with_score.sum() - station.sum()) / whole,
    )


def _ranks(total: Ints, counted: priorities.Bools, tie: Sequence[int]) -> list[int]:
    """1 for the highest score; equal scores in the order of ``tie``; 0 without a score."""
    order = sorted(np.flatnonzero(counted).tolist(), key=lambda i: (-int(total[i]), tie[i]))
    ranks = [0] * len(total)
    for rank, i in enumerate(order, start=1):
        ranks[i] = rank
    return ranks


def _parts(
    figures: Figures, points: Ints, known: priorities.Floats | priorities.Bools
) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(
            label=PART_LABELS[part],
            points=int(points[at]),
            most=int(figures.scores.most[at]),
            known=float(known[at]),
        )
        for at, part in enumerate(figures.scores.parts)
    )


# Where to start ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PlaceScore(Line):
    """A station or a commune with its score, and where a canvass of it would be planned."""

    id: str
    name: str
    registered: int | None


@dataclass(frozen=True, kw_only=True)
class PlaceScores:
    """The stations or communes of a territory, first things first."""

    lines: tuple[PlaceScore, ...]
    figures: Figures

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.figures.sources


def place_scores(*, scope: TerritoryCard, choice: PriorityChoice, stations: bool) -> PlaceScores | None:
    """The stations, or communes, of a territory in their order; ``None`` without figures by place."""
    figures = statistics.figures_of(scope=(scope,), choice=choice, stations=stations)
    if figures is None:
        return None
    scores = figures.scores
    ranks = _ranks(scores.total, scores.counted, range(len(figures.ids)))
    levels = priorities.levels(total=scores.total, counted=scores.counted)
    lines = [
        PlaceScore(
            rank=ranks[i],
            level=int(levels[i]),
            tenths=int(scores.total[i]),
            parts=_parts(figures, scores.points[i], scores.known[i]),
            id=place_id,
            name=figures.names[i],
            registered=int(figures.registered[i]) if np.isfinite(figures.registered[i]) else None,
        )
        for i, place_id in enumerate(figures.ids)
    ]
    return PlaceScores(
        lines=tuple(sorted(lines, key=lambda line: (not line.rank, line.rank))), figures=figures
    )


def start_scopes(*, person_id: UUID) -> tuple[TerritoryCard, ...]:
    """The territories of the groups whose field the person manages, and their départements; in order."""
    groups = network.groups_led(person_id=person_id, feature=Feature.MANAGE_FIELD)
    ids = {group.territory_id for group in groups}
    ids |= {f"{TerritoryKind.DEPARTEMENT}:{group.departement_code}" for group in groups}
    cards = territory.territories(territory_ids=ids).values()
    kept = [card for card in cards if card.kind in (TerritoryKind.DEPARTEMENT, TerritoryKind.COMMUNE)]
    return tuple(sorted(kept, key=lambda card: (card.departement_code or card.code, card.kind, card.name)))


def plan_urls(*, place_ids: Sequence[str]) -> dict[str, str]:
    """Where to plan a canvass of each place, if an address file holds its commune. Three queries."""
    files = territory.reference_files(kind=FileKind.ADDRESSES)
    outlines = territory.contours(
        territory_ids=[one for one in place_ids if statistics.commune_code(one)], detailed=False
    )
    urls = {}
    for place_id in place_ids:
        code = statistics.commune_code(place_id) or place_id.partition(":")[2]
        if file := _file_of(code, files):
            where = _box_text(outlines[place_id]) if place_id in outlines else f"commune={code}"
            urls[place_id] = f"{reverse('field:new_canvass')}?fichier={file.id}&{where}"
    return urls


def _file_of(code: str, files: Sequence[ReferenceFileCard]) -> ReferenceFileCard | None:
    """The file with most addresses of a commune."""
    holding = [file for file in files if file.commune_codes.get(code)]
    return max(holding, key=lambda file: file.commune_codes[code], default=None)


def _box_text(geometry: Mapping[str, object]) -> str:
    west, south, east, north = shapely.geometry.shape(geometry).bounds
    return f"bornes={west:.5f},{south:.5f},{east:.5f},{north:.5f}"
