"""What a leaflet round should be and how time passes in it: numbers with units."""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from math import isfinite

from amiral.cores.sentences import Sentence
from amiral.cores.walk.parameters import CROSSING_S, BadParameter, check_point, out_of_range
from amiral.cores.walk.problem import WayKind

ZIGZAG = frozenset({WayKind.FOOT, WayKind.STEPS, WayKind.SERVICE, WayKind.RESIDENTIAL})
"""Kinds of way narrow and quiet enough to serve both sides in one pass."""

ESTIMATED_SHARE: dict[WayKind, float] = {
    WayKind.FOOT: 0.5,  # named ones only: pedestrian streets of an old town, promenades
    WayKind.STEPS: 0.0,
    WayKind.SERVICE: 0.0,
    WayKind.RESIDENTIAL: 1.0,
    WayKind.TERTIARY: 1.0,
    WayKind.SECONDARY: 2 / 3,
    WayKind.PRIMARY: 1 / 3,
}
"""Letter boxes on a side without known addresses: this share of ``boxes_per_100m``. Estimates."""


class Estimate(StrEnum):
    """Which sides without any known address get an estimated number of letter boxes."""

    AUTO = "auto"  # all of them where addresses are known along less than ``KNOWN_SHARE`` of the streets
    MISSING = "missing"  # all of them
    NEVER = "never"  # none: such sides are not walked


KNOWN_SHARE = 0.3


@dataclass(frozen=True, kw_only=True)
class RoundParameters:
    """Size of the bag, minutes, and the pace of one volunteer.

    Minutes of a round = metres / ``speed_m_per_min`` + crossings + ``seconds_per_address`` (gate, path, back)
    + ``seconds_per_box`` + ``seconds_per_zigzag`` for every change of side in a street served in one pass,
    and the way to a door and back beyond the first ``FREE_ACCESS_M`` metres.
    """

    bag: int = 250  # leaflets that a volunteer carries
    minutes: float = 120.0
    seconds_per_address: float = 12.0
    seconds_per_box: float = 3.0
    seconds_per_zigzag: float = 6.0
    boxes_per_address: int = 1  # where the data do not tell the dwellings
    boxes_per_100m: float = 6.0  # of one side, estimated where no address is known
    estimate: Estimate = Estimate.AUTO
    speed_m_per_min: float = 75.0  # 4.5 km/h
    max_access_m: float = 120.0  # farther from any way than this, a door is named "far"
    max_straight_m: float = 1500.0  # farther than this, it is in no round
    whole_sides: bool = False  # walk every metre of a side, not only from its first to its last box
    closed: bool = False  # walk back to where the round began
    start: tuple[float, float] | None = None  # lon, lat: a round begins at its end nearer to this point
    zigzag: frozenset[WayKind] = ZIGZAG
    crossing_s: dict[WayKind, float] = field(default_factory=lambda: dict(CROSSING_S))

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            _check(name, float(getattr(self, name)), least, most)
        if set(self.crossing_s) != set(WayKind) or min(self.crossing_s.values()) < 0:
            raise BadParameter(
                Sentence("crossing_s needs one number of seconds, 0 or more, for each kind of way.")
            )
        if self.start is not None:
            check_point("start", self.start)

    def as_dict(self) -> dict[str, object]:
        """All values, ready for JSON."""
        values: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        values["crossing_s"] = {kind.name.lower(): s for kind, s in self.crossing_s.items()}
        values["zigzag"] = [kind.name.lower() for kind in sorted(self.zigzag)]
        values["estimate"] = str(self.estimate)
        values["start"] = None if self.start is None else list(self.start)
        return values


FREE_ACCESS_M = 10.0

_RANGES: dict[str, tuple[float, float]] = {
    "bag": (1, 100_000),
    "minutes": (5, 1440),
    "seconds_per_address": (0, 600),
    "seconds_per_box": (0, 600),
    "seconds_per_zigzag": (0, 600),
    "boxes_per_address": (1, 1000),
    "boxes_per_100m": (0.1, 1000),
    "speed_m_per_min": (10, 200),
    "max_access_m": (1, 5000),
    "max_straight_m": (1, 50_000),
}


def _check(name: str, value: float, least: float, most: float) -> None:
    if not (isfinite(value) and least <= value <= most):
        raise BadParameter(out_of_range(name, value, least, most))
