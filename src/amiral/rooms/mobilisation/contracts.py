"""What crosses the door of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from amiral.cores import reminders, seats
from amiral.cores.silence import Conduct
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
    LEAFLETING = "leafleting"
    LEAFLET_DROP = "leaflet-drop"
    BILL_POSTING = "bill-posting"
    MARKET = "market"
    PHONE = "phone"
    PUBLIC_MEETING = "public-meeting"
    TRAINING = "training"
    ONLINE = "online"
    OTHER = "other"


PLACELESS = frozenset({Kind.PHONE, Kind.ONLINE})
"""Kinds that one does from home: they may have a meeting point, but need none."""

ACCOMPANIED = frozenset(
    {Kind.DOOR_TO_DOOR, Kind.LEAFLETING, Kind.LEAFLET_DROP, Kind.BILL_POSTING, Kind.MARKET}
)
"""Kinds at which somebody who comes for the first time should not stand alone among strangers."""

CONDUCTS: dict[Kind, Conduct] = {
    Kind.DOOR_TO_DOOR: Conduct.DOORS,
    Kind.LEAFLETING: Conduct.DOCUMENTS,
    Kind.LEAFLET_DROP: Conduct.DOCUMENTS,
    Kind.BILL_POSTING: Conduct.DOCUMENTS,
    Kind.MARKET: Conduct.DOCUMENTS,
    Kind.PHONE: Conduct.CALLS,
    Kind.PUBLIC_MEETING: Conduct.MEETING,
    Kind.TRAINING: Conduct.TRAINING,
    Kind.ONLINE: Conduct.PUBLICATION,
    Kind.OTHER: Conduct.DOCUMENTS,
}
"""What the law on the eve of a ballot calls each kind. Of "other" nothing is known, so the stricter
reading holds; what stays among volunteers is a training."""


class State(StrEnum):
    """Of an action, and of each of its shifts."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"


class CoState(StrEnum):
    """Of an invitation to hold an action together."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"


Step = reminders.Step
"""What is sent around a shift, in the order of time."""


SignUpState = seats.State
"""Of a person's place in a shift."""
Role = seats.Role
"""What somebody comes as."""
COMING = (SignUpState.CONFIRMED, SignUpState.ATTENDED)
"""Who comes; and afterwards, who came as far as anybody said."""
LIVE = frozenset({SignUpState.REQUESTED, SignUpState.WAITING, *seats.HOLDS})
"""States in which somebody still has, awaits or may be given a place."""
OFFER_MINUTES = 12 * 60
"""How long an offer stands unless the leader says otherwise, or a quarter of the time left is shorter."""
MOST_PARTY = 10


@dataclass(frozen=True, kw_only=True)
class ShiftRules:
    """Who may come to a shift, and how; see ``cores.seats.Rules``. Without any: whoever comes first.

    ``least``: places kept for a role until ``kept_until`` (None: the start); ``most``: places that a role may
    hold; ``newcomers_each``: newcomers that one experienced person may take along (None: no rule).
    ``closes_at``: when signing up ends (None: at the start).
    """

    approval: bool = False
    offer_minutes: int = OFFER_MINUTES
    closes_at: datetime | None = None
    least: Mapping[Role, int] = field(default_factory=dict)
    most: Mapping[Role, int] = field(default_factory=dict)
    kept_until: datetime | None = None
    newcomers_each: int | None = None

    def __post_init__(self) -> None:
        if self.offer_minutes < 1 or min([*self.least.values(), *self.most.values()], default=0) < 0:
            raise ValueError("an offer lasts at least a minute, and a number of places is not negative")
        if self.newcomers_each is not None and self.newcomers_each < 1:
            raise ValueError("whoever takes newcomers along takes at least one")
        if any(when and when.tzinfo is None for when in (self.closes_at, self.kept_until)):
            raise ValueError("the times of a shift are aware")
        if any(self.most.get(role, least) < least for role, least in self.least.items()):
            raise ValueError("no more places are kept for a role than it may hold")

    def moved(self, by: timedelta) -> "ShiftRules":
        """The same for a shift that starts so much later."""
        return replace(
            self,
            closes_at=self.closes_at and self.closes_at + by,
            kept_until=self.kept_until and self.kept_until + by,
        )

    @property
    def asks_role(self) -> bool:
        """Whether it matters what somebody comes as."""
        return bool(self.least or self.most or self.newcomers_each is not None)


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
    zone: str = "Europe/Paris"
    """Name of the clocks of its place, in the IANA database: days and hours are shown by them."""
    offered: int = 0
    waiting: int = 0
    rules: ShiftRules = ShiftRules()

    @property
    def coming(self) -> int:
        """Places that are held by more than an offer."""
        return self.taken - self.offered

    @property
    def places_left(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def missing(self) -> int:
        """How many more are needed for the shift to make sense."""
        return max(0, self.needed - self.coming)

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
    link: str = ""
    """Of an online action: never for a page that everybody reads."""
    zone: str = ""
    """Name of the clocks of its place, in the IANA database."""

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
    link: str = ""
    """Where an online action is held; only those who come read it."""

    def __post_init__(self) -> None:
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("a longitude goes with a latitude")
        if not self.title.strip() or not (self.place.strip() or self.kind in PLACELESS):
            raise ValueError("an action has a title and, unless it is done from home, a place")
        if self.link and not self.link.startswith(("https://", "http://")):
            raise ValueError("a link is an address of the web")
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
    rules: ShiftRules | None = None
    """None: a new shift has none, and one that is changed keeps those it has."""

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("the times of a shift are aware")
        # Subtracting two times of one zone counts wall-clock hours: ten minutes before the clocks change
        # are not ten minutes. Timestamps count real ones.
        if not 0 < self.ends_at.timestamp() - self.starts_at.timestamp() <= LONGEST_SHIFT.total_seconds():
            raise ValueError("a shift ends after it starts, within twelve hours")
        if not 0 <= self.needed <= self.capacity or self.capacity < 1:
            raise ValueError("a shift has at least one place, and needs no more people than places")
        if self.rules is not None and sum(self.rules.least.values()) > self.capacity:
            raise ValueError("no more places are kept for roles than the shift has")


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
class MyPlace:
    """Somebody's own sign-up. ``position``: how many wait before him, himself included; 0 unless he waits."""

    sign_up_id: UUID
    shift: ShiftCard
    place: str
    state: SignUpState
    role: Role
    party: int
    until: datetime | None
    position: int
    has_begun: bool

    @property
    def is_off(self) -> bool:
        """The shift does not take place."""
        return self.shift.is_cancelled

    @property
    def is_coming(self) -> bool:
        return self.state in COMING

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def can_answer(self) -> bool:
        """Whether an offer can be taken or declined."""
        return self.state == SignUpState.OFFERED and not (self.has_begun or self.is_off)

    @property
    def can_cancel(self) -> bool:
        given = {SignUpState.REQUESTED, SignUpState.WAITING, SignUpState.CONFIRMED}
        return self.state in given and not (self.has_begun or self.is_off)


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
    mine: MyPlace | None = None
    is_closed: bool = False
    asking: int = 0
    """How many ask for a place; for those who manage it."""

    @property
    def can_sign_up(self) -> bool:
        return not (self.mine or self.is_closed or self.has_begun or self.card.is_cancelled)

    @property
    def can_cancel(self) -> bool:
        return self.mine is not None and self.mine.can_cancel


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A question to a group that the reader leads: to hold an action together."""

    id: UUID
    title: str
    url: str
    host: GroupCard
    group: GroupCard


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
    link: str = ""
    """Of an online action, for those who come and those who manage it; empty for everybody else."""
    together: tuple[GroupCard, ...] = ()
    """The other groups that hold it."""
    asked: "tuple[Invitation, ...]" = ()
    """Questions to groups that the reader leads."""
    may_report: bool = False

    @property
    def organisers(self) -> tuple[GroupCard, ...]:
        """The groups that hold it, as far as this reader may know that they exist."""
        return tuple(one for one in (self.card.group, *self.together) if one.public_name or self.may_manage)


@dataclass(frozen=True, kw_only=True)
class MySignUp:
    """One of the reader's own places."""

    shift: ShiftCard
    url: str
    place: str
    state: SignUpState
    place_now: MyPlace
    links: tuple[Link, ...] = ()

    @property
    def is_off(self) -> bool:
        """Whether there is nothing to go to, nor to wait for."""
        return not self.place_now.is_live or self.shift.is_cancelled


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


REPORTED = ("people", "doors", "conversations", "leaflets", "posters", "newcomers")
"""What can be counted in a report: names of its numbers."""


@dataclass(frozen=True, kw_only=True)
class ReportDraft:
    """What a leader says. ``numbers``: by the names of ``REPORTED``; None where nothing was counted."""

    numbers: Mapping[str, int | None]
    words: str = ""
    pictures: Sequence[tuple[bytes, str]] = ()
    """The bytes of each file as it came, and what is seen on it."""
