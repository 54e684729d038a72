"""The problem of a walking plan: doors, and the streets between them. Immutable; no algorithm here."""

import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class WayKind(IntEnum):
    """What a way is for somebody on foot; decides what crossing it costs (see ``Parameters``)."""

    FOOT = 0  # footway, path, pedestrian street, track, cycleway
    STEPS = 1
    SERVICE = 2  # driveway, alley, parking aisle
    RESIDENTIAL = 3  # residential, living street, unclassified
    TERTIARY = 4
    SECONDARY = 5
    PRIMARY = 6  # primary and trunk with a sidewalk


class NodeMark(IntFlag):
    """What stands at a node of the ways."""

    BLOCKED = 1  # nobody passes: a locked gate, a wall; doors on both sides are reached each from its own
    CROSSING = 2  # a marked crossing of the street
    SIGNALS = 4  # lights for people on foot
    ISLAND = 8  # a refuge in the middle


class Origin(IntEnum):
    """Where a number of dwellings comes from."""

    UNKNOWN = 0
    TOLD = 1  # by the file of addresses or by OpenStreetMap
    ESTIMATED = 2  # from the building
    CORRECTED = 3  # by those who were at the door


@dataclass(frozen=True, kw_only=True)
class Doors:
    """Addresses to visit, one position per address; all sequences have the same length n.

    ``lon`` and ``lat`` are WGS84 degrees; NaN means "position unknown" and makes the address unreachable.
    ``dwellings`` counts the homes behind the door; 0 means unknown. ``ids`` are the caller's and are unique.

    May be left out: ``floors`` above the ground floor (0: none, or unknown), ``lift``: whether there is one,
    ``minutes`` at the door, which take the place of the estimate (NaN: estimate), ``origins`` of
    ``dwellings`` (values of ``Origin``; left out: told where there are any).
    """

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    numbers: Ints
    suffixes: tuple[str, ...]
    streets: tuple[str, ...]
    dwellings: Ints
    floors: Ints | None = None
    lift: Bools | None = None
    minutes: Floats | None = None
    origins: Ints | None = None

    def __post_init__(self) -> None:
        sizes = {
            len(part)
            for part in (
                self.ids,
                self.lon,
                self.lat,
                self.numbers,
                self.suffixes,
                self.streets,
                self.dwellings,
                self.floors,
                self.lift,
                self.minutes,
                self.origins,
            )
            if part is not None
        }
        if len(sizes) != 1:
            raise ValueError(f"The columns of the doors differ in length: {sorted(sizes)}.")
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("Two doors have the same id.")
        if len(self.dwellings) and int(self.dwellings.min()) < 0:
            raise ValueError("A door has a negative number of dwellings.")
        if self.floors is not None and len(self.floors) and int(self.floors.min()) < 0:
            raise ValueError("A door has a negative number of floors.")
        if self.minutes is not None and bool((self.minutes < 0).any() or np.isinf(self.minutes).any()):
            raise ValueError("The minutes at a door are 0 or more, or NaN.")

    def __len__(self) -> int:
        return len(self.ids)

    def label(self, i: int) -> str:
        """The address as a person writes it: ``12 bis Rue de Lappe``, ``12/3 Dlouhá``, ``12号 中山路``."""
        number = str(self.numbers[i]) if self.numbers[i] > 0 else ""
        suffix = self.suffixes[i]
        joined = number + suffix if suffix and _clings(suffix[0]) else f"{number} {suffix}".strip()
        return " ".join(part for part in (joined, self.streets[i]) if part)


def _clings(first: str) -> bool:
    """Whether a suffix that begins so stands next to its number: signs do, and scripts without blanks."""
    return not first.isalnum() or unicodedata.category(first) == "Lo"


@dataclass(frozen=True, kw_only=True)
class Obstacles:
    """Lines that nobody crosses on foot (rivers, railways, walls), as polylines of their own points.

    Line ``x`` is ``lon[start[x]:start[x + 1]]``. No door is led to its way across one, if there is another.
    """

    lon: Floats
    lat: Floats
    start: Ints

    def __len__(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True, kw_only=True)
class Streets:
    """Walkable ways as polylines over shared nodes; way ``w``: ``way_nodes[way_start[w]:way_start[w + 1]]``.

    ``node_lon``/``node_lat`` are WGS84 degrees; two ways meet where they share a node. ``way_addressable`` is
    False where no door can open (tunnel, bridge); such a way may still be walked.

    May be left out: ``node_height`` in metres (NaN: unknown), ``node_marks`` (values of ``NodeMark``, added
    up), ``obstacles``, ``within``: the box (west, south, east, north) outside of which ways were left out.
    """

    node_lon: Floats
    node_lat: Floats
    way_start: Ints
    way_nodes: Ints
    way_kind: Ints
    way_names: tuple[str, ...]
    way_addressable: Bools
    node_height: Floats | None = None
    node_marks: Ints | None = None
    obstacles: Obstacles | None = None
    within: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        ways = len(self.way_names)
        for column in (self.node_lat, self.node_height, self.node_marks):
            if column is not None and len(column) != len(self.node_lon):
                raise ValueError("The columns of the nodes differ in length.")
        if len(self.way_start) != ways + 1 or len(self.way_kind) != ways or len(self.way_addressable) != ways:
            raise ValueError("The columns of the ways differ in length.")
        if len(self.way_nodes) and not 0 <= int(self.way_nodes.min()) <= int(self.way_nodes.max()) < len(
            self.node_lon
        ):
            raise ValueError("A way uses a node that does not exist.")

    def __len__(self) -> int:
        return len(self.way_names)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is to be planned. Without ``streets`` the plan is made by straight lines."""

    doors: Doors
    streets: Streets | None = field(default=None)
