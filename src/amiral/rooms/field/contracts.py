"""What crosses the door of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from amiral.cores.outcomes import Outcome, Tally
from amiral.cores.priorities import Part, Preset
from amiral.cores.sync import Answer

__all__ = [
    "MINUTES_DEFAULT",
    "MINUTES_LEAST",
    "MINUTES_MOST",
    "PACES",
    "AssignmentCard",
    "Bounds",
    "CanvassCard",
    "CanvassKind",
    "CautionCode",
    "Coverage",
    "CoverageLine",
    "Edit",
    "EditKind",
    "Enrolment",
    "Outcome",
    "Pace",
    "Part",
    "Preset",
    "PriorityChoice",
    "Ranges",
    "Side",
    "SyncAnswer",
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
"""How long a visit remembers which volunteer recorded it, and who of a team went out with whom."""

OUT_FROM, OUT_UNTIL = timedelta(hours=2), timedelta(hours=12)
"""So long before its shift begins, and after it ends, may somebody of a team say that he goes out."""

BACK_BY, LEADER_AFTER = timedelta(minutes=30), timedelta(minutes=15)
"""So long after the end of the shift who has not said that he is back is reminded; then his leader is."""

ANSWER_WITHIN = timedelta(minutes=5)
"""So long do leaders have to answer a call for help before the next ones are told."""

HELP_STEPS = 12
"""Rounds of messages about one call: an hour, when nobody answers."""

HELP_UNTIL = timedelta(hours=24)
"""So long after the end of its shift may somebody of a team still call for help."""

CAUTION_MONTHS, CAUTION_MONTHS_MOST = 12, 24
"""How long an address is flagged."""

SHORT_CODE = 8
"""Letters of a printed page's code that are enough to type: one of 2^40."""

TAKEN_BACK_READABLE = timedelta(days=7)
"""How long a team may still send visits of a turf that was taken back; what was done counts."""


PHONES_AT_MOST = 60
"""Phones of one team that are not revoked."""

LEASE_MARGIN = timedelta(hours=3)
"""How long after the end of its shift a team keeps its turf, unless the leader says otherwise."""

LEASE_AT_MOST = timedelta(days=14)
"""So long after the end of its shift, at most, may a team keep its turf."""


BAG_LEAST, BAG_DEFAULT, BAG_MOST = 10, 250, 5000
"""How many leaflets one round of a leaflet drop by street side may take."""


class CanvassKind(StrEnum):
    """What the teams do at each door. The first two as the kinds of actions of the mobilisation room; in
    leaflet rounds a turf is a round and its "doors" are sides of streets, with their letter boxes."""

    DOOR_TO_DOOR = "door-to-door"
    LEAFLET_DROP = "leaflet-drop"
    LEAFLET_ROUNDS = "leaflet-rounds"


class CautionCode(StrEnum):
    """What to mind at an address: the place, or something that happened there. Never who lives there."""

    DOG = "dog"
    AGGRESSION = "aggression"
    BUILDING = "building"
    ACCESS = "access"
    LIGHT = "light"
    TRAFFIC = "traffic"


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

    @property
    def is_rounds(self) -> bool:
        """Whether its doors are sides of streets."""
        return self.kind == CanvassKind.LEAFLET_ROUNDS


@dataclass(frozen=True, kw_only=True)
class AssignmentCard:
    """A turf leased to a shift's team; ``token`` is what the QR code on paper holds, ``list_number`` what
    is typed in instead of an account."""

    id: UUID
    turf_id: UUID
    shift_id: UUID
    token: str
    created_at: datetime
    ended_at: datetime | None
    url: str
    until: datetime
    list_number: str
    list_letters: str

    @property
    def number_words(self) -> str:
        """The list number as it is read aloud, with its letters: 1234 5678 BCDF."""
        return f"{self.list_number[:4]} {self.list_number[4:]} {self.list_letters}"


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


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody of a shift's team who speaks for himself: a person, or a phone that joined without an account.

    Exactly one of the two ids is there.
    """

    shift_id: UUID
    person_id: UUID | None = None
    device_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.device_id is None):
            raise ValueError("a caller is a person or a phone")

    @property
    def key(self) -> str:
        """One text for each."""
        return str(self.person_id or self.device_id)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody chose to tell with a gesture: his phone's clock, a turf's and a door's number."""

    phone_at: datetime | None = None
    turf_number: int | None = None
    door_number: int | None = None


NOTHING_TOLD = Told()


Ranges = tuple[tuple[int, int], ...]
"""Numbers of a device's events, as first and last, both included."""


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a phone is given once: ``key`` (32 bytes) seals its events, ``token`` opens the exchange."""

    device_id: UUID
    key: bytes = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SyncAnswer:
    """What a phone is answered. ``answers`` by the event's id, or by ``#`` and its place in the list where
    the id cannot be read; ``news``: sealed events that the phone has not; ``more``: there are others;
    ``sees``: whether it is still told of its team."""

    answers: Mapping[str, Answer]
    news: tuple[dict[str, Any], ...]
    lam: int
    more: bool = False
    revoked: bool = False
    sees: bool = False
