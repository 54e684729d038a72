"""What a plan is: turfs with their walks, and the addresses that could not be served."""

from dataclasses import dataclass
from enum import StrEnum

from .parameters import Parameters
from .problem import Floats
from .stopping import Stop

DECIMALS = 7  # of a degree in lines and stops: about a centimetre


class Mode(StrEnum):
    """On what the distances were measured."""

    NETWORK = "network"
    STRAIGHT = "straight"
    MIXED = "mixed"


class Reason(StrEnum):
    """Why an address is in no turf."""

    NO_POSITION = "no_position"


REASONS: dict[Reason, str] = {
    Reason.NO_POSITION: "The address has no usable position; give its longitude and latitude.",
}
"""One English sentence per reason (a msgid for translators)."""


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """Door ``door`` (an index of ``Problem.doors``) is in no turf, for ``reason``."""

    door: int
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class FarDoor:
    """Door ``door`` is served, but its nearest way is ``distance_m`` away (None: no streets were near)."""

    door: int
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class Turf:
    """One walk. ``doors`` are indices of ``Problem.doors`` in walking order.

    ``line`` has shape (p, 2), longitude and latitude rounded to 7 decimals, from the first door to the last
    (or back to the first, if closed); ``metres`` is its geodesic length. ``minutes`` counts walk, crossings
    and time at the doors; ``climb_s`` is what steps and slopes add. ``bound_m``: no order of the same doors
    can be walked in fewer metres.
    """

    number: int
    doors: tuple[int, ...]
    metres: float
    minutes: float
    crossing_s: float
    line: Floats
    bound_m: float
    straight: bool
    connected: bool
    climb_s: float = 0.0
    approach_m: float = 0.0  # of ``metres``: from the start to the first door, from the last to the end
    team_size: int = 2  # persons for whom the minutes are counted
    short: bool = False  # cut smaller than asked, for the sake of ``Parameters.max_walk_m``
    cut_off: bool = False  # much smaller than asked: only turfs that are kept lie around it (``replan``)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The answer, and what it was made from. ``bound_m``: no plan of as many turfs walks fewer metres."""

    turfs: tuple[Turf, ...]
    unreachable: tuple[Unreachable, ...]
    far: tuple[FarDoor, ...]
    mode: Mode
    bound_m: float
    seed: int
    parameters: Parameters
    stop: Stop

    @property
    def door_count(self) -> int:
        """Addresses that stand in a turf."""
        return sum(len(turf.doors) for turf in self.turfs)

    @property
    def metres(self) -> float:
        """Metres walked inside all turfs."""
        return sum(turf.metres for turf in self.turfs)

    @property
    def balance_cv(self) -> float:
        """Standard deviation of the turfs' minutes over their mean (population formula; 0 for none)."""
        if not self.turfs:
            return 0.0
        minutes = [turf.minutes for turf in self.turfs]
        mean = sum(minutes) / len(minutes)
        spread: float = (sum((m - mean) ** 2 for m in minutes) / len(minutes)) ** 0.5
        return spread / mean
