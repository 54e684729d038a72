"""The doors of a canvass and the places they lie in: building, turf, bureau de vote, commune, département."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from uuid import UUID

import numpy as np
import numpy.typing as npt

from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import PACES, CanvassKind
from amiral.rooms.field.models import Canvass, Door, Turf
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryKind

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KEPT_S = 300.0
"""A board is read again after so long, even when the plan is the same: contours may have been imported."""

MOST_BOARDS = 8
"""So many canvasses are held in memory; the least recently used one goes first."""

MAINLY = 2 / 3
"""An objection has no door: it counts for a bureau or a commune that holds so much of its turf's doors."""


class Level(StrEnum):
    """How finely a canvass is looked at, the largest place first."""

    CANVASS = "canvass"
    DEPARTEMENT = "departement"
    COMMUNE = "commune"
    BUREAU = "bureau-de-vote"
    TURF = "turf"
    BUILDING = "building"


@dataclass(frozen=True, kw_only=True, slots=True)
class TurfRow:
    """What the coverage asks of a turf; its walk is read only for maps."""

    id: UUID
    number: int
    metres: float
    team_size: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """All doors of a canvass by columns, in the order of turfs and walks.

    ``keys[level][at[level][i]]`` names the place of door ``i``; ``at`` is -1 where nothing is known (a door
    outside all contours). A building is a door. ``minutes``: what its team spends at a door, walking not
    counted, before anything was learned.
    """

    canvass_id: UUID
    kind: CanvassKind
    doors: tuple[UUID, ...]
    index: Mapping[UUID, int]
    labels: tuple[str, ...]
    longitude: Floats
    latitude: Floats
    dwellings: Ints
    minutes: Floats
    turfs: tuple[TurfRow, ...]
    keys: Mapping[Level, tuple[str, ...]]
    at: Mapping[Level, Ints]
    _main: dict[Level, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.doors)

    def place(self, level: Level, key: str) -> Ints:
        """Positions of the doors of a place. Raises ``NotFound`` for one that is not in the canvass."""
        try:
            return np.flatnonzero(self.at[level] == self.keys[level].index(key))
        except ValueError:
            raise NotFound from None

    def turf_of(self, door: int) -> TurfRow:
        return self.turfs[int(self.at[Level.TURF][door])]

    def main_places(self, level: Level) -> Ints:
        """For each turf the place of that level that holds ``MAINLY`` all of its doors; -1 for none."""
        if level not in self._main:
            self._main[level] = self._main_places(level)
        return self._main[level]

    def _main_places(self, level: Level) -> Ints:
        out = np.full(len(self.turfs), -1, dtype=np.int64)
        turf, places = self.at[Level.TURF], self.at[level]
        for number in range(len(self.turfs)):
            inside = places[turf == number]
            known = inside[inside >= 0]
            counts = np.bincount(known) if len(known) else np.zeros(1, dtype=np.int64)
            if counts.max() >= MAINLY * max(1, len(inside)):
                out[number] = int(counts.argmax())
        return out


_boards: dict[UUID, tuple[tuple[object, ...], float, Board]] = {}
_lock = Lock()


def board(*, canvass: Canvass, at_s: float) -> Board:
    """The board of a canvass; four queries when the plan changed or ``KEPT_S`` passed, else none.

    ``at_s``: seconds of this moment, for the age of what is kept.
    """
    version = (canvass.plan_version, canvass.planned_at)
    kept = _boards.get(canvass.pk)
    if kept and kept[0] == version and 0 <= at_s - kept[1] < KEPT_S:
        return kept[2]
    made = read_board(canvass=canvass)
    with _lock:
        _boards.pop(canvass.pk, None)
        _boards[canvass.pk] = (version, at_s, made)
        while len(_boards) > MOST_BOARDS:
            _boards.pop(next(iter(_boards)))
    return made


_DOOR = ("pk", "turf_id", "label", "commune_code", "longitude", "latitude", "dwellings")


def _turfs_of(canvass: Canvass) -> tuple[TurfRow, ...]:
    rows = Turf.objects.filter(canvass=canvass).order_by("number")
    fields = ("pk", "number", "metres", "team_size")
    return tuple(
        TurfRow(id=id_, number=number, metres=metres, team_size=size)
        for id_, number, metres, size in rows.values_list(*fields)
    )


def read_board(*, canvass: Canvass) -> Board:
    """The same, read now. Four queries, and those that locate the doors among bureaux."""
    turfs = _turfs_of(canvass)
    rows = list(
        Door.objects.filter(turf__canvass=canvass).order_by("turf__number", "position").values_list(*_DOOR)
    )
    ids, turf_ids, labels, communes, lon, lat, dwellings = zip(*rows, strict=True) if rows else [()] * 7
    place_of_turf = {turf.id: place for place, turf in enumerate(turfs)}
    homes = np.maximum(1, np.array(dwellings, dtype=np.int64))
    of_turf = np.array([place_of_turf[one] for one in turf_ids], dtype=np.int64)
    longitude, latitude = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    keys, at = _places(communes, longitude, latitude)
    own_keys, own_at = _own_places(turfs, ids, of_turf)
    return Board(
        canvass_id=canvass.pk,
        kind=CanvassKind(canvass.kind),
        doors=tuple(ids),
        index={id_: place for place, id_ in enumerate(ids)},
        labels=tuple(labels),
        longitude=longitude,
        latitude=latitude,
        dwellings=homes,
        minutes=_minutes(canvass, homes, np.array([turfs[one].team_size for one in of_turf], dtype=np.int64)),
        turfs=turfs,
        keys=keys | own_keys,
        at=at | own_at,
    )


def _own_places(
    turfs: Sequence[TurfRow], doors: Sequence[UUID], of_turf: Ints
) -> tuple[dict[Level, tuple[str, ...]], dict[Level, Ints]]:
    """The levels that the canvass itself makes: the whole, its turfs, its buildings."""
    keys = {
        Level.CANVASS: ("",),
        Level.TURF: tuple(str(turf.number) for turf in turfs),
        Level.BUILDING: tuple(str(one) for one in doors),
    }
    return keys, {
        Level.CANVASS: np.zeros(len(doors), dtype=np.int64),
        Level.TURF: of_turf,
        Level.BUILDING: np.arange(len(doors), dtype=np.int64),
    }


def _minutes(canvass: Canvass, homes: Ints, team_size: Ints) -> Floats:
    """A pair takes a door at a time, as in ``amiral.cores.walk.Parameters``."""
    pace = PACES[CanvassKind(canvass.kind)]
    pairs = np.maximum(1, team_size // 2)
    return np.asarray(pace.minutes_per_address + pace.minutes_per_dwelling * homes / pairs, dtype=np.float64)


def _places(
    communes: Iterable[str], longitude: Floats, latitude: Floats
) -> tuple[dict[Level, tuple[str, ...]], dict[Level, Ints]]:
    commune_keys, commune_at = _factorised(communes)
    departement_keys, of_commune = _factorised(departements_of(commune_keys).values())
    located = territory.locate(lon=longitude, lat=latitude, kind=TerritoryKind.BUREAU_DE_VOTE)
    bureau_keys, bureau_at = _factorised(located.ids())
    known = commune_at >= 0
    departement_at = np.full(len(commune_at), -1, dtype=np.int64)
    departement_at[known] = of_commune[commune_at[known]]
    return (
        {Level.COMMUNE: commune_keys, Level.DEPARTEMENT: departement_keys, Level.BUREAU: bureau_keys},
        {Level.COMMUNE: commune_at, Level.DEPARTEMENT: departement_at, Level.BUREAU: bureau_at},
    )


def _factorised(values: Iterable[str]) -> tuple[tuple[str, ...], Ints]:
    """(names in order, place of each value among them); an empty value is -1."""
    column = list(values)
    names = tuple(sorted({one for one in column if one}))
    place = {name: at for at, name in enumerate(names)}
    return names, np.array([place.get(one, -1) for one in column], dtype=np.int64)


def departements_of(commune_codes: Iterable[str]) -> dict[str, str]:
    """The code of the département of each INSEE code; empty where the code is nobody's. One query."""
    codes = list(commune_codes)
    kinds = (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
    cards = territory.territories(territory_ids=[f"{kind}:{code}" for kind in kinds for code in codes])
    known = {card.code: card.departement_code for card in cards.values()}
    return {code: known.get(code, "") for code in codes}
