"""What leaflet rounds are: rounds with the lines of their list, and what could not be served."""

from dataclasses import dataclass
from enum import StrEnum

from amiral.cores.walk.problem import Floats
from amiral.cores.walk.stopping import Stop

from .parameters import RoundParameters


class Side(StrEnum):
    """Of a street, as seen by somebody who walks along it."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Parity(StrEnum):
    """What the house numbers of a side have in common."""

    ODD = "odd"
    EVEN = "even"
    MIXED = "mixed"
    NONE = "none"  # no number is known


class Turn(StrEnum):
    """How one goes on from where one has come to."""

    BEGIN = "begin"
    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    BACK = "back"
    CROSS = "cross"  # to the other side of the same street


class LeftOut(StrEnum):
    """Why an address is in no round."""

    NO_POSITION = "no_position"
    TOO_FAR = "too_far"


LEFT_OUT: dict[LeftOut, str] = {
    LeftOut.NO_POSITION: "The address has no usable position; give its longitude and latitude.",
    LeftOut.TOO_FAR: "No street is near the address: leaflet rounds follow streets.",
}
"""One English sentence per reason (a msgid for translators)."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A side of a piece of street that must be walked once with leaflets, or both sides in one pass.

    ``line`` has shape (p, 2), degrees. ``left`` and ``right`` are of the direction of ``line``. ``doors`` are
    indices of ``Problem.doors`` in that direction. A building with more boxes than a bag makes several pieces
    of the same side: ``part`` of ``parts``.
    """

    street: str
    side: Side
    line: Floats
    length_m: float
    boxes: int
    addresses: int
    estimated: bool
    doors: tuple[int, ...]
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, kw_only=True)
class Walked:
    """Piece ``piece`` (an index of ``Rounds.pieces``), along its line or against it."""

    piece: int
    backwards: bool


@dataclass(frozen=True, kw_only=True)
class Way:
    """Some metres along a street without leaflets; ``turn``: how one sets out on them."""

    street: str
    metres: float
    turn: Turn


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the list: how to get there, then one side of a street from its first box to its last one.

    ``first`` and ``last`` are the house numbers met first and last (empty: none known). ``begins_at`` and
    ``ends_at`` name a street that this one meets next, there or beyond. ``line`` is walked with leaflets,
    ``way`` before it, and ``turn`` is done between the two: what comes first in the walk stands first.
    ``way_m``: metres to get there; as few as a junction is wide are in no ``way``.
    """

    turn: Turn
    way: tuple[Way, ...]
    crosses: bool
    street: str
    side: Side
    parity: Parity
    first: str
    last: str
    begins_at: str
    ends_at: str
    boxes: int
    addresses: int
    estimated: bool
    metres: float
    doors: tuple[int, ...]
    walked: tuple[Walked, ...]
    line: Floats
    way_m: float = 0.0
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, kw_only=True)
class Round:
    """One bag. ``line`` (p, 2) is the whole walk in degrees, rounded to 7 decimals; ``metres`` its length."""

    number: int
    steps: tuple[Step, ...]
    boxes: int
    addresses: int
    metres: float
    served_m: float
    minutes: float
    crossing_s: float
    line: Floats
    connected: bool

    @property
    def empty_m(self) -> float:
        """Metres walked without leaflets."""
        return max(0.0, self.metres - self.served_m)


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """Door ``door`` (an index of ``Problem.doors``) is in no round, for ``reason``."""

    door: int
    reason: LeftOut


@dataclass(frozen=True, kw_only=True)
class Far:
    """Door ``door`` is served, but its nearest way is ``distance_m`` away."""

    door: int
    distance_m: float


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """The answer, and what it was made from.

    ``bound_m``: no rounds of this number that serve the same pieces walk fewer metres. ``merged`` addresses
    repeat another one (same street, number and side). ``apart_m``: streets left out because they hang on
    nothing (less than 400 m of ways, no known address).
    """

    rounds: tuple[Round, ...]
    pieces: tuple[Piece, ...]
    unserved: tuple[Unserved, ...]
    far: tuple[Far, ...]
    merged: int
    apart_m: float
    bound_m: float
    seed: int
    parameters: RoundParameters
    stop: Stop

    @property
    def boxes(self) -> int:
        """Leaflets that all rounds need."""
        return sum(one.boxes for one in self.rounds)

    @property
    def estimated_boxes(self) -> int:
        """Those counted by the length of streets, not by addresses."""
        return sum(one.boxes for one in self.pieces if one.estimated)

    @property
    def metres(self) -> float:
        """Metres of all rounds."""
        return sum(one.metres for one in self.rounds)

    @property
    def empty_m(self) -> float:
        """Metres without leaflets of all rounds."""
        return sum(one.empty_m for one in self.rounds)
