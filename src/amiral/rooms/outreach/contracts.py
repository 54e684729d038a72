"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

SERVICE = "service"
"""The purpose of a message that the person himself asked for: it needs no consent and leaves at once."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A text file that goes with a message, such as a calendar entry."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a letter: a link when ``href`` is not empty."""

    text: str
    href: str


@dataclass(frozen=True, kw_only=True)
class LetterCard:
    """A letter of the demonstration's mailbox."""

    id: UUID
    to_address: str
    subject: str
    at: datetime
    pieces: tuple[Piece, ...]


class How(StrEnum):
    """How the parts of a group count together."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at-least"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One criterion, filled in. ``criterion`` names one that a room offers (port ``segment_criteria``).

    ``values`` are ids of territories or values of a list, of which one is enough; ``times`` at least.
    """

    criterion: str
    values: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    times: int = 1
    negated: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Several criteria or groups: all, any, or ``k`` at least."""

    how: How = How.ALL
    parts: "tuple[Clause | Group, ...]" = ()
    k: int = 2
    negated: bool = False


Node = Clause | Group
DEEPEST = 4
MOST_NODES = 60


class Channel(StrEnum):
    """By which way a segment is written to."""

    EMAIL = "email"
    PHONE = "phone"


class Unreachable(StrEnum):
    """Why somebody of a segment may not be written to; the first that holds, in this order."""

    REFUSED = "refused"
    INDIRECT = "indirect"
    NO_CONSENT = "no-consent"
    NO_ADDRESS = "no-address"
    UNVERIFIED = "unverified"
    RETURNED = "returned"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How many are reachable by one channel, and for each reason how many are not: they add up to all."""

    channel: Channel
    reachable: int
    reasons: tuple[tuple[Unreachable, int], ...]


@dataclass(frozen=True, kw_only=True)
class PartFigures:
    """What one part of a segment does: in words, how many meet it, how many it alone removes."""

    words: str
    meeting: int
    removes: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a segment amounts to at this moment. With ``exact`` false the numbers are only shown in tens."""

    sentence: str
    found: int
    scope: int
    parts: tuple[PartFigures, ...]
    email: Reach
    phone: Reach
    exact: bool


@dataclass(frozen=True, kw_only=True)
class SegmentCard:
    """A segment in a list or on its page."""

    id: UUID
    name: str
    owner_name: str
    territory_id: str
    territory_name: str
    version: int
    tree: Group
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class SegmentDraft:
    """What is written down of a segment."""

    name: str
    territory_id: str
    tree: Group


@dataclass(frozen=True, kw_only=True)
class IntendedUse:
    """What somebody says before he uses a segment; kept in the register. ``cost_cents``: euros, if known."""

    why: str
    purpose: str
    starts_on: date
    ends_on: date
    cost_cents: int | None = None


@dataclass(frozen=True, kw_only=True)
class UseCard:
    """A line of the register of targeting; its numbers in words, as its reader may know them."""

    id: UUID
    segment_name: str
    segment_version: int
    territory_name: str
    used_by: str
    used_at: datetime
    why: str
    purpose: str
    starts_on: date
    ends_on: date
    cost_cents: int | None
    criteria: str
    found: str
    reachable: str
