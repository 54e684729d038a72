"""What a turf should be and what a walk costs: numbers with units, refused when they make no sense."""

from dataclasses import dataclass, field, fields
from math import isfinite

import numpy as np

from amiral.cores.sentences import Sentence

from .problem import Bools, Doors, Floats, Ints, WayKind

CROSSING_S: dict[WayKind, float] = {
    WayKind.FOOT: 0.0,
    WayKind.STEPS: 0.0,
    WayKind.SERVICE: 0.0,
    WayKind.RESIDENTIAL: 0.0,
    WayKind.TERTIARY: 8.0,
    WayKind.SECONDARY: 15.0,
    WayKind.PRIMARY: 25.0,
}
"""Seconds lost by crossing a street of each kind, besides the metres walked across it. Estimates (waiting
for a gap or a light); a small street is crossed without waiting."""


class BadParameter(ValueError):
    """A parameter that no plan can be made with; the sentence names it and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How long a turf lasts and how time passes in it.

    A turf's minutes = walked metres / ``speed_m_per_min`` + crossings + for every address
    ``minutes_per_address`` + ``minutes_per_dwelling`` x dwellings / pairs, pairs = max(1, team_size // 2):
    volunteers knock two by two; a team of four opens two doors of a stairwell at once but walks no faster;
    and ``minutes_per_floor`` x floors, or ``minutes_per_lift`` where there is one and it is faster.

    A metre of steps takes as long as ``steps_factor`` metres of street. Where heights are known, a metre on a
    slope takes longer too (see ``slope_factor``). At a marked crossing the price of crossing is
    ``marked_crossing`` of what it is elsewhere, at a refuge ``island_crossing``; at lights it is
    ``signal_wait_s``, if that is less.
    """

    minutes: float = 120.0  # asked length of a turf
    team_size: int = 2
    minutes_per_dwelling: float = 1.5  # knock, wait, speak: average over all outcomes
    minutes_per_address: float = 0.25  # entry, notes
    dwellings_per_address: float = 1.0  # where the data do not say
    speed_m_per_min: float = 75.0  # 4.5 km/h
    max_access_m: float = 120.0  # farther from any way than this, a door is named "far"
    max_straight_m: float = 1500.0  # farther than this, it is served by straight lines, apart
    max_gap_m: float = 2000.0  # doors farther apart than this are never put in one straight-line turf
    detour: float = 1.3  # walked time over straight line between doors of different streets
    start: tuple[float, float] | None = None  # lon, lat: every walk begins here (station, meeting point)
    end: tuple[float, float] | None = None  # lon, lat: every walk ends here; with ``closed``: the start
    closed: bool = False  # walk back to the start, or to the first door
    max_walk_m: float | None = None  # a turf whose line is longer is cut smaller
    sizes: tuple[int, ...] = ()  # persons in each team; turfs take them in turn. None: ``team_size`` for all
    minutes_per_floor: float = 0.4  # up and down one floor of stairs
    minutes_per_lift: float = 0.75  # wait for it, ride
    steps_factor: float = 2.0  # a metre of steps over a metre of street
    marked_crossing: float = 0.5  # of the seconds at an unmarked place: drivers give way, most of them
    island_crossing: float = 0.6  # of the same: one direction at a time
    signal_wait_s: float = 18.0  # mean wait for the green of those on foot
    other_name_m: float = 25.0  # a door meets the nearest way; so much nearer must one of another name be,
    no_name_m: float = 10.0  # one without a name (a sidewalk drawn apart),
    fragment_m: float = 40.0  # one of a fragment that leads nowhere,
    obstacle_m: float = 300.0  # and one beyond a river or a railway
    fragment_under_m: float = 400.0  # a fragment shorter than this leads nowhere
    crossing_s: dict[WayKind, float] = field(default_factory=lambda: dict(CROSSING_S))

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            _check(name, float(getattr(self, name)), least, most)
        if self.minutes_per_dwelling + self.minutes_per_address <= 0:
            raise BadParameter(
                Sentence("A door that takes no time cannot be shared out: give minutes per dwelling.")
            )
        if set(self.crossing_s) != set(WayKind):
            raise BadParameter(Sentence("crossing_s needs one number of seconds for each kind of way."))
        for kind, seconds in self.crossing_s.items():
            _check(f"crossing_s {kind.name.lower()}", seconds, 0, 3600)
        for name, point in (("start", self.start), ("end", self.end)):
            if point is not None:
                check_point(name, point)
        if self.max_walk_m is not None:
            _check("max_walk_m", self.max_walk_m, 100, 100_000)
        for size in self.sizes:
            _check("sizes", size, 1, 50)

    def as_dict(self) -> dict[str, object]:
        """All values, ready for JSON."""
        values: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        values["crossing_s"] = {kind.name.lower(): s for kind, s in self.crossing_s.items()}
        values["start"] = None if self.start is None else list(self.start)
        values["end"] = None if self.end is None else list(self.end)
        values["sizes"] = list(self.sizes)
        return values


_RANGES: dict[str, tuple[float, float]] = {
    "minutes": (5, 1440),
    "team_size": (1, 50),
    "minutes_per_dwelling": (0, 60),
    "minutes_per_address": (0, 60),
    "dwellings_per_address": (0.1, 1000),
    "speed_m_per_min": (10, 200),
    "max_access_m": (1, 5000),
    "max_straight_m": (1, 50_000),
    "max_gap_m": (10, 50_000),
    "detour": (1, 5),
    "minutes_per_floor": (0, 10),
    "minutes_per_lift": (0, 30),
    "steps_factor": (1, 10),
    "marked_crossing": (0, 1),
    "island_crossing": (0, 1),
    "signal_wait_s": (0, 300),
    "other_name_m": (0, 1000),
    "no_name_m": (0, 1000),
    "fragment_m": (0, 1000),
    "obstacle_m": (0, 5000),
    "fragment_under_m": (0, 100_000),
}


def _check(name: str, value: float, least: float, most: float) -> None:
    if not (isfinite(value) and least <= value <= most):
        raise BadParameter(out_of_range(name, value, least, most))


def check_point(name: str, point: tuple[float, float]) -> None:
    """Raises ``BadParameter`` unless it is a longitude and a latitude."""
    _check(Sentence("%(name)s longitude", name=name), point[0], -180, 180)
    _check(Sentence("%(name)s latitude", name=name), point[1], -90, 90)


def out_of_range(name: str, value: float, least: float, most: float) -> Sentence:
    """What to say of a number that makes no sense."""
    return Sentence(
        "%(name)s must lie between %(least)s and %(most)s; it is %(value)s.",
        name=name,
        least=f"{least:g}",
        most=f"{most:g}",
        value=f"{value:g}",
    )


def minutes_per_door(*, doors: Doors, parameters: Parameters) -> Floats:
    """Minutes spent at each address, walking not included; shape (n,)."""
    pairs = max(1, parameters.team_size // 2)
    dwellings = np.where(doors.dwellings > 0, doors.dwellings, parameters.dwellings_per_address)
    at_doors: Floats = parameters.minutes_per_address + parameters.minutes_per_dwelling * dwellings / pairs
    if doors.floors is not None:
        at_doors = at_doors + _climbing(doors.floors, doors.lift, parameters)
    if doors.minutes is not None:
        at_doors = np.where(np.isnan(doors.minutes), at_doors, doors.minutes)
    return at_doors


def _climbing(floors: Ints, lift: Bools | None, parameters: Parameters) -> Floats:
    """Minutes lost between the floors of each address."""
    stairs: Floats = parameters.minutes_per_floor * floors.astype(float)
    if lift is None:
        return stairs
    ride: Floats = np.where(lift, np.minimum(stairs, parameters.minutes_per_lift), stairs)
    return ride
