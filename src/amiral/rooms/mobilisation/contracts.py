"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from amiral.kit.contracts import Link
from amiral.kit.maps import MapView
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people.contracts import Ability
from amiral.rooms.talking_points.contracts import PointCard
from amiral.rooms.territory.contracts import PlaceCard, TerritoryCard

LONGEST_SHIFT = timedelta(hours=12)
"""Longer is a slip of the keyboard (14:00 to 12:00), not a shift."""


class Kind(StrEnum):
    """What the volunteers do."""

    DOOR_TO_DOOR = "door-to-door"
    LEAFLET_DROP = "leaflet-drop"


class State(StrEnum):
    """Of an action, and of each of its shifts."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SignUpState(StrEnum):
    """Of a person's place in a shift."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class ShiftCard:
    """A stretch of time, in UTC, with its places."""

    id: UUID
    action_id: UUID
    action_title: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    needed: int
    taken: int
    state: State = State.PUBLISHED

    @property
    def places_left(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def missing(self) -> int:
        """How many more are needed for the shift to make sense."""
        return max(0, self.needed - self.taken)

    @property
    def is_cancelled(self) -> bool:
        return self.state == State.CANCELLED


@dataclass(frozen=True, kw_only=True)
class ActionCard:
    """An action with all its shifts, in the order of time. Coordinates are degrees, WGS 84."""

    id: UUID
    kind: Kind
    title: str
    description: str
    group: GroupCard
    commune_id: str
    place: str
    longitude: float | None
    latitude: float | None
    state: State
    url: str
    talking_point_ids: tuple[UUID, ...]
    shifts: tuple[ShiftCard, ...]

    @property
    def is_cancelled(self) -> bool:
        return self.state == State.CANCELLED


@dataclass(frozen=True, kw_only=True)
class ActionDraft:
    """What a leader says of an action, apart from its group and its shifts."""

    kind: Kind
    title: str
    place: str
    commune_id: str
    description: str = ""
    longitude: float | None = None
    latitude: float | None = None
    talking_point_ids: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("a longitude goes with a latitude")
        if not self.title.strip() or not self.place.strip():
            raise ValueError("an action has a title and a place")
        # Both go into the subject of messages, where a line break would begin another header.
        if any(ord(character) < 32 for character in self.title + self.place):
            raise ValueError("a title and a place are one line each")


@dataclass(frozen=True, kw_only=True)
class ShiftDraft:
    """A shift as a leader asks for it; both times are aware."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    needed: int = 0

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("the times of a shift are aware")
        # Subtracting two times of one zone counts wall-clock hours: ten minutes before the clocks change
        # are not ten minutes. Timestamps count real ones.
        if not 0 < self.ends_at.timestamp() - self.starts_at.timestamp() <= LONGEST_SHIFT.total_seconds():
            raise ValueError("a shift ends after it starts, within twelve hours")
        if not 0 <= self.needed <= self.capacity or self.capacity < 1:
            raise ValueError("a shift has at least one place, and needs no more people than places")


@dataclass(frozen=True, kw_only=True)
class ActionLine:
    """An action in a list: what it is, where, and the shifts that are still to come."""

    card: ActionCard
    kind_label: str
    commune: str
    ahead: tuple[ShiftCard, ...]

    @property
    def places_left(self) -> int:
        return sum(shift.places_left for shift in self.ahead)

    @property
    def missing(self) -> int:
        return sum(shift.missing for shift in self.ahead)


@dataclass(frozen=True, kw_only=True)
class PlaceSought:
    """What a typed place came to: one commune, or several to choose from, or nothing."""

    text: str
    commune: TerritoryCard | None = None
    choices: tuple[TerritoryCard, ...] = ()

    @property
    def is_unknown(self) -> bool:
        return bool(self.text) and self.commune is None and not self.choices


@dataclass(frozen=True, kw_only=True)
class ShiftView:
    """A shift as one reader sees it on the action's page; ``team`` is empty but for those who manage it."""

    card: ShiftCard
    is_mine: bool
    is_over: bool
    has_begun: bool
    team: tuple[str, ...]
    links: tuple[Link, ...]
    shows_phone: bool = False

    @property
    def can_sign_up(self) -> bool:
        return not (self.is_mine or self.has_begun or self.card.is_cancelled) and self.card.places_left > 0

    @property
    def can_cancel(self) -> bool:
        return self.is_mine and not self.has_begun and not self.card.is_cancelled


@dataclass(frozen=True, kw_only=True)
class ActionPage:
    """The page of an action. ``points`` and ``may_manage`` depend on the reader."""

    card: ActionCard
    kind_label: str
    commune: str
    description_html: str
    shifts: tuple[ShiftView, ...]
    points: tuple[PointCard, ...]
    may_manage: bool
    map: MapView | None
    has_phone: bool = False
    can: frozenset[Ability] = frozenset()


@dataclass(frozen=True, kw_only=True)
class MySignUp:
    """One of the reader's own places."""

    shift: ShiftCard
    url: str
    place: str
    state: SignUpState
    links: tuple[Link, ...] = ()

    @property
    def is_off(self) -> bool:
        return self.state == SignUpState.CANCELLED or self.shift.is_cancelled


@dataclass(frozen=True, kw_only=True)
class MyAgenda:
    """The reader's own places: those ahead, soonest first; those behind, newest first."""

    ahead: tuple[MySignUp, ...]
    behind: tuple[MySignUp, ...]


@dataclass(frozen=True, kw_only=True)
class Centre:
    """The middle of an imported file of addresses, in degrees: a first guess for a meeting point."""

    id: UUID
    name: str
    longitude: float
    latitude: float


@dataclass(frozen=True, kw_only=True)
class FormChoices:
    """What a leader may choose from."""

    groups: tuple[GroupCard, ...]
    points: tuple[PointCard, ...]
    centres: tuple[Centre, ...]
    places: tuple[PlaceCard, ...] = ()
