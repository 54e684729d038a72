"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from amiral.cores.silence import Conduct
from amiral.kit.errors import Refused

SERVICE = "service"
"""The purpose of a message that the person himself asked for: it needs no consent and leaves at once."""


class Channel(StrEnum):
    """By which way a person is reached, as ``people.contracts.Way`` names them. Nobody is ever called by a
    machine: no message leaves by telephone."""

    EMAIL = "email"
    PHONE = "phone"
    PUSH = "push"
    SMS = "sms"


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
    channel: Channel
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


class Unreachable(StrEnum):
    """Why somebody of a segment may not be written to; the first that holds, in this order."""

    REFUSED = "refused"
    INDIRECT = "indirect"
    NO_CONSENT = "no-consent"
    NO_ADDRESS = "no-address"
    UNVERIFIED = "unverified"
    RETURNED = "returned"


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
    sms: Reach
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
    channel: Channel = Channel.EMAIL


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


class NotCarried(Exception):
    """A carrier (ports ``carry_push``, ``carry_sms``) did not take a message: ``for_ever``, or not yet.

    Any other exception means that nobody knows whether it left; it is then never sent again.
    """

    def __init__(self, reason: str, *, for_ever: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_ever = for_ever


class InDoubt(Exception):
    """Nobody knows whether the gateway took a text: the line broke before it said so. Never sent again."""

    reason = "in-doubt"


@dataclass(frozen=True, kw_only=True)
class DeviceCard:
    """A device of one's own that takes notifications."""

    id: UUID
    name: str
    since: datetime
    used_at: datetime


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One message to one person as the gate sees it, before anything is looked up.

    ``address``: e-mail address or number, empty where the channel finds it. ``conduct``: ``None`` stands for
    what the purpose says. ``territory_ids``: whom it speaks to; empty: where the person is. ``still``:
    ``<kind>:<uuid>`` for the port ``still_wanted``. ``answer``: a direct answer, which the weekly cap leaves
    alone. ``message_id``: the row of the outbox that holds it, if one does. ``urgent``: somebody sits in
    front of a page and waits for it.
    """

    person_id: UUID | None
    address: str
    purpose: str
    channel: Channel = Channel.EMAIL
    conduct: Conduct | None = None
    territory_ids: tuple[str, ...] = ()
    still: str = ""
    answer: bool = False
    message_id: UUID | None = None
    urgent: bool = False


@dataclass(frozen=True, kw_only=True)
class SilenceCard:
    """An electoral silence that forbids something. ``sentence``: translated, says what and until when."""

    round_name: str
    starts_at: datetime
    ends_at: datetime
    article: str
    sentence: str


class FreePhone(Refused):
    """A number free of charge may not be made public before a ballot; the sentence names the article."""


class Silenced(Refused):
    """The law forbids it now, or then; the sentence names the round, the article and the hours."""


@dataclass(frozen=True, kw_only=True)
class SilenceBanner:
    """What a page tells somebody whom a silence concerns; ``lasts``: it has begun."""

    sentence: str
    lasts: bool
    url: str


class BallotKind(StrEnum):
    """What is voted on. Those of ``NATIONAL_KINDS`` are held on Saturday in some lands overseas."""

    PRESIDENTIAL = "presidential"
    LEGISLATIVE = "legislative"
    EUROPEAN = "european"
    REFERENDUM = "referendum"
    REGIONAL = "regional"
    DEPARTMENTAL = "departmental"
    MUNICIPAL = "municipal"
    OTHER = "other"


NATIONAL_KINDS = frozenset(
    {BallotKind.PRESIDENTIAL, BallotKind.LEGISLATIVE, BallotKind.EUROPEAN, BallotKind.REFERENDUM}
)


@dataclass(frozen=True, kw_only=True)
class BallotDraft:
    """A ballot as it is entered. ``places``: codes, names or ids, one each; none: all of France. ``sundays``:
    of one round or two; ``closes``: when the last stations close, on the clock of each place."""

    name: str
    kind: BallotKind
    places: tuple[str, ...]
    sundays: tuple[date, ...]
    closes: time


@dataclass(frozen=True, kw_only=True)
class PollDraft:
    """The vote of a round in one territory on one clock."""

    territory_id: str
    zone: str
    day: date
    closes: time


@dataclass(frozen=True, kw_only=True)
class PollCard:
    """The vote in one place, and its silence."""

    id: UUID
    territory_id: str
    territory_name: str
    zone: str
    day: date
    closes: time
    quiet_from: datetime


@dataclass(frozen=True, kw_only=True)
class SilenceRow:
    """The places of a round that fall silent at the same moment on the same clock. ``start`` and ``length``
    are thousandths of the whole silence of the round, for the drawing."""

    zone: str
    day: date
    places: tuple[str, ...]
    more: int
    starts_at: datetime
    local_start: str
    local_end: str
    start: int
    length: int


@dataclass(frozen=True, kw_only=True)
class RoundCard:
    """One round with its silence as a whole, and by place."""

    id: UUID
    number: int
    name: str
    sunday: date
    quiet_from: datetime
    quiet_until: datetime
    rows: tuple[SilenceRow, ...] = ()
    polls: tuple[PollCard, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BallotCard:
    """A ballot with its rounds."""

    id: UUID
    name: str
    kind: BallotKind
    kind_name: str
    national: bool
    rounds: tuple[RoundCard, ...]


class MailingState(StrEnum):
    """Where a mailing stands; see ``MAILING_TRANSITIONS``."""

    DRAFT = "draft"
    TEST = "test"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


MAILING_TRANSITIONS: dict[MailingState, frozenset[MailingState]] = {
    MailingState.DRAFT: frozenset({MailingState.TEST, MailingState.CANCELLED}),
    # A text that is changed was not read by anybody in a letter box: it is a draft again.
    MailingState.TEST: frozenset({MailingState.DRAFT, MailingState.SCHEDULED, MailingState.CANCELLED}),
    MailingState.SCHEDULED: frozenset({MailingState.TEST, MailingState.RUNNING, MailingState.CANCELLED}),
    MailingState.RUNNING: frozenset({MailingState.PAUSED, MailingState.DONE, MailingState.CANCELLED}),
    MailingState.PAUSED: frozenset({MailingState.RUNNING, MailingState.CANCELLED}),
    MailingState.DONE: frozenset(),
    MailingState.CANCELLED: frozenset(),
}


class RecipientState(StrEnum):
    """What became of one letter of a mailing."""

    WAITING = "waiting"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


class Returned(StrEnum):
    """What came back from a recipient of a mailing; each counts once."""

    BOUNCE = "bounced"
    COMPLAINT = "complained"
    UNSUBSCRIBED = "unsubscribed"
    REPLY = "replied"
    SIGN_UP = "signed_up"


@dataclass(frozen=True, kw_only=True)
class MailingTexts:
    """Subject and body in one language; bodies in Markdown with fields such as ``{prenom}``."""

    subject: str = ""
    body: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is written in this language."""
        return not (self.subject.strip() or self.body.strip())


@dataclass(frozen=True, kw_only=True)
class MailingDraft:
    """What is written down of a mailing. ``intended``: what the register of targeting keeps."""

    name: str
    segment_id: UUID
    intended: IntendedUse
    sender_name: str
    french: MailingTexts
    english: MailingTexts


@dataclass(frozen=True, kw_only=True)
class MailingCard:
    """A mailing in a list and at the top of its page."""

    id: UUID
    code: str
    name: str
    state: MailingState
    territory_id: str
    territory_name: str
    segment_id: UUID | None
    segment_name: str
    owner_name: str
    channel: Channel
    purpose: str
    why: str
    starts_on: date | None
    ends_on: date | None
    cost_cents: int | None
    sender_name: str
    french: MailingTexts
    english: MailingTexts
    version: int
    per_minute: int
    scheduled_for: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    changed_at: datetime
    filled: bool
    trouble: str


@dataclass(frozen=True, kw_only=True)
class MailingCounts:
    """What a mailing amounts to now. Reasons are codes with their numbers; ``until``: when the first of those
    that wait for a moment may leave. ``parts``: SMS that the gateway took; ``delivered``: arrived of them."""

    sent: int = 0
    waiting: int = 0
    postponed: tuple[tuple[str, int], ...] = ()
    held: tuple[tuple[str, int], ...] = ()
    failed: tuple[tuple[str, int], ...] = ()
    returned: tuple[tuple[Returned, int], ...] = ()
    until: datetime | None = None
    parts: int = 0
    delivered: int = 0

    @property
    def total(self) -> int:
        """All recipients, whatever became of them."""
        return self.sent + self.waiting + sum(number for _why, number in (*self.held, *self.failed))


@dataclass(frozen=True, kw_only=True)
class Lint:
    """Something that keeps a mailing from leaving, or (not ``stops``) should be looked at; translated."""

    sentence: str
    stops: bool = True


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A letter as somebody gets it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class SendingCard:
    """What became of the messages of one subject and day, as numbers. ``reasons``: sentence and number.

    ``until``: when the last of those that wait may leave.
    """

    subject: str
    at: datetime
    total: int
    sent: int
    waiting: int
    until: datetime | None
    held: int
    failed: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class ReceivedCard:
    """A message to the reader himself, and why it did not leave, or not yet."""

    subject: str
    channel: str
    at: datetime
    state: str
    until: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class UnsubscribeCard:
    """What one click ends."""

    purpose: str
    purpose_name: str
