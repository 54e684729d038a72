"""What crosses the door of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from amiral.cores.outcomes import Outcome, Tally
from amiral.cores.priorities import Part, Preset

__all__ = [
    "MINUTES_DEFAULT",
    "MINUTES_LEAST",
    "MINUTES_MOST",
    "PACES",
    "AssignmentCard",
    "Bounds",
    "CanvassCard",
    "CanvassKind",
    "Coverage",
    "CoverageLine",
    "Edit",
    "EditKind",
    "Outcome",
    "Pace",
    "Part",
    "Preset",
    "PriorityChoice",
    "Side",
    "Tally",
    "TourAsked",
    "TurfCard",
    "VersionKind",
    "WalkLimits",
]

Bounds = tuple[float, float, float, float]
"""West, south, east, north: WGS84 degrees."""

MINUTES_LEAST, MINUTES_DEFAULT, MINUTES_MOST = 15, 120, 480
"""How long a turf may be asked to last."""

MOST_ADDRESSES = 50_000
"""Above this a canvass is refused: nobody walks it in one campaign, and its plan would hold the worker."""

TOURS_AT_MOST = 5
"""Tours with doors still to be done that the team of a shift may hold at once."""

TOUR_FROM = timedelta(hours=2)
"""So long before its shift begins may a team take a tour."""

TEAM_MOST, TEAMS_MOST = 50, 50
"""Persons in a team; teams that are told by their sizes."""

WISH_LASTS = timedelta(days=730)
"""How long "do not come back" binds an address."""

NAME_KEPT = timedelta(days=30)
"""How long a visit remembers which volunteer recorded it."""

TAKEN_BACK_READABLE = timedelta(days=7)
"""How long a team may still send visits of a turf that was taken back; what was done counts."""


BAG_LEAST, BAG_DEFAULT, BAG_MOST = 10, 250, 5000
"""How many leaflets one round of a leaflet drop by street side may take."""


class CanvassKind(StrEnum):
    """What the teams do at each door. The first two as the kinds of actions of the mobilisation room; in
    leaflet rounds a turf is a round and its "doors" are sides of streets, with their letter boxes."""

    DOOR_TO_DOOR = "door-to-door"
    LEAFLET_DROP = "leaflet-drop"
    LEAFLET_ROUNDS = "leaflet-rounds"


class VersionKind(StrEnum):
    """How a version of a plan came to be."""

    PLAN = "plan"
    REPLAN = "replan"
    EDIT = "edit"
    RETURN = "return"
    TOUR = "tour"


class EditKind(StrEnum):
    """What a leader does to a plan by hand."""

    DOORS = "doors"
    STREET = "street"
    BOUNDARY = "boundary"
    MERGE = "merge"
    SPLIT = "split"
    REVERSE = "reverse"
    FIRST = "first"
    PLACE = "place"


class Side(StrEnum):
    """A side of a street, by its numbers."""

    BOTH = "both"
    ODD = "odd"
    EVEN = "even"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change of a plan by hand; what its kind does not ask for is left as it is.

    ``turf`` is the number of the turf that is changed, or whose doors move (none: whichever they stand in);
    ``target`` that of the turf they move to (none: a new one). ``corners``: longitude, latitude in degrees.
    """

    kind: EditKind
    turf: int | None = None
    target: int | None = None
    doors: tuple[UUID, ...] = ()
    street: str = ""
    commune_code: str = ""
    side: Side = Side.BOTH
    first_number: int | None = None
    last_number: int | None = None
    corners: tuple[tuple[float, float], ...] = ()
    position: int | None = None


@dataclass(frozen=True, kw_only=True)
class WalkLimits:
    """Where each walk of a canvass begins and ends (longitude, latitude), and how many metres it may have.

    ``team_sizes``: persons in each team, when not all are of two.
    """

    start: tuple[float, float] | None = None
    end: tuple[float, float] | None = None
    max_walk_m: int | None = None
    team_sizes: tuple[int, ...] = ()


NO_LIMITS = WalkLimits()


@dataclass(frozen=True, kw_only=True)
class TourAsked:
    """A tour for ``people`` who stand at a place (degrees) and have ``minutes``; ``back``: to that place.

    ``again``: also past doors where nobody opened, or where it was said to come back (``TO_DO_AGAIN``).
    """

    longitude: float
    latitude: float
    minutes: int
    people: int
    back: bool = True
    again: bool = False


TO_DO_AGAIN = (Outcome.NOBODY, Outcome.COME_BACK)
"""Last outcomes after which a tour may pass a door once more."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Minutes that a team of two spends at an address and at each of its dwellings, walking not counted."""

    minutes_per_address: float
    minutes_per_dwelling: float


PACES: dict[CanvassKind, Pace] = {
    CanvassKind.DOOR_TO_DOOR: Pace(minutes_per_address=0.25, minutes_per_dwelling=1.5),
    CanvassKind.LEAFLET_DROP: Pace(minutes_per_address=0.2, minutes_per_dwelling=0.05),
    CanvassKind.LEAFLET_ROUNDS: Pace(minutes_per_address=0.2, minutes_per_dwelling=0.05),
}
"""Estimates: a knock, a wait and a word; or a leaflet into each box of a row of letter boxes."""

SIDE_OUTCOMES = (Outcome.LEAFLET_LEFT, Outcome.COME_BACK, Outcome.REFUSED)
"""What may be recorded of a side of a street: done, partly, impossible. Nobody is met or asked there."""


@dataclass(frozen=True, kw_only=True)
class CanvassCard:
    """A quarter to be walked. ``planned_at`` is empty until its turfs are cut."""

    id: UUID
    name: str
    kind: CanvassKind
    group_id: UUID
    group_name: str
    minutes: int
    planned_at: datetime | None
    turfs: int
    doors: int
    url: str


@dataclass(frozen=True, kw_only=True)
class AssignmentCard:
    """A turf in the hands of a shift's team; ``token`` is what the QR code on paper holds."""

    id: UUID
    turf_id: UUID
    shift_id: UUID
    token: str
    created_at: datetime
    ended_at: datetime | None
    url: str


@dataclass(frozen=True, kw_only=True)
class TurfCard:
    """The doors that one team does in one go. ``door_ids`` stand in walking order."""

    id: UUID
    canvass_id: UUID
    number: int
    minutes: float
    metres: float
    door_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class CoverageLine:
    """The figures of a turf or of a commune; ``label`` is ready to be read."""

    key: str
    label: str
    tally: Tally

    @property
    def by_outcome(self) -> tuple[int, ...]:
        """Doors by what was recorded last, in the order of ``Outcome``."""
        return tuple(self.tally.by_last.get(outcome, 0) for outcome in Outcome)

    @property
    def by_side_outcome(self) -> tuple[int, ...]:
        """Sides of streets by what was recorded last, in the order of ``SIDE_OUTCOMES``."""
        return tuple(self.tally.by_last.get(outcome, 0) for outcome in SIDE_OUTCOMES)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What was done in a canvass. Counts of doors only: nobody can see who walked where."""

    canvass_id: UUID
    total: Tally
    turfs: tuple[CoverageLine, ...]
    communes: tuple[CoverageLine, ...]
    states: Mapping[UUID, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PriorityChoice:
    """What the score of places is made of: ballots, lists by their keys, and a weight by part, -3 to 3.

    ``lists`` are the campaign's own; ``reach`` those whose voters it hopes to win. Both are told again for
    the older ballot, where other lists stood. Nothing here, and nothing it leads to, is about a person.
    """

    election_id: UUID
    lists: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    before_id: UUID | None = None
    before_lists: tuple[str, ...] = ()
    before_reach: tuple[str, ...] = ()
    weights: Mapping[Part, int] = field(default_factory=dict)
