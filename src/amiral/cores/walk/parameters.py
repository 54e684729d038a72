"""What a turf should be and what a walk costs: numbers with units, refused when they make no sense."""

from dataclasses import dataclass, field, fields
from math import isfinite

import numpy as np

from .problem import Doors, Floats, WayKind

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
    volunteers knock two by two; a team of four opens two doors of a stairwell at once but walks no faster.
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
    start: tuple[float, float] | None = None  # lon, lat: a walk begins at its end nearer to this point
    closed: bool = False  # walk back to the first door
    crossing_s: dict[WayKind, float] = field(default_factory=lambda: dict(CROSSING_S))

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            _check(name, float(getattr(self, name)), least, most)
        if self.minutes_per_dwelling + self.minutes_per_address <= 0:
            raise BadParameter("A door that takes no time cannot be shared out: give minutes per dwelling.")
        if set(self.crossing_s) != set(WayKind) or min(self.crossing_s.values()) < 0:
            raise BadParameter("crossing_s needs one number of seconds, 0 or more, for each kind of way.")
        if self.start is not None:
            _check("start longitude", self.start[0], -180, 180)
            _check("start latitude", self.start[1], -90, 90)

    def as_dict(self) -> dict[str, object]:
        """All values, ready for JSON."""
        values: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        values["crossing_s"] = {kind.name.lower(): s for kind, s in self.crossing_s.items()}
        values["start"] = None if self.start is None else list(self.start)
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
}


def _check(name: str, value: float, least: float, most: float) -> None:
    if not (isfinite(value) and least <= value <= most):
        raise BadParameter(f"{name} must lie between {least:g} and {most:g}; it is {value:g}.")


def minutes_per_door(*, doors: Doors, parameters: Parameters) -> Floats:
    """Minutes spent at each address, walking not included; shape (n,)."""
    pairs = max(1, parameters.team_size // 2)
    dwellings = np.where(doors.dwellings > 0, doors.dwellings, parameters.dwellings_per_address)
    at_doors: Floats = parameters.minutes_per_address + parameters.minutes_per_dwelling * dwellings / pairs
    return at_doors
