"""What may cross the door of the debate. No Django."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from amiral.cores.phases import Phase

STATEMENT_MAX_CHARACTERS = 140
DETAILS_MAX_CHARACTERS = 4000
ARGUMENT_MAX_CHARACTERS = 600
SOURCES_MAX = 5
PROMISED = 10
"""Statements of each of the two lists that get a written answer, unless more or fewer are promised."""
LEAST_PEOPLE = 5
"""Nothing is published of fewer."""
LOT_LEAST, LOT_MOST = 30, 1000
"""How many members may be drawn by lot: a marked voice must be one of many."""


class Identity(StrEnum):
    """Whose voice counts."""

    SESSION = "session"  # anybody with this page open
    MEMBER = "member"  # a confirmed e-mail address, or a paper code
    PHONE = "phone"  # a member who has shown that a telephone number is his, one voice per number
    CODE = "code"  # only paper codes handed out by volunteers


class StatementKind(StrEnum):
    """Where a statement comes from, or what it is."""

    STATEMENT = "statement"
    SEED = "seed"
    PROPOSAL = "proposal"
    AMENDMENT = "amendment"
    REMARK = "remark"


class StatementState(StrEnum):
    """What others see of it."""

    PENDING = "pending"
    SHOWN = "shown"
    HIDDEN = "hidden"
    SUPERSEDED = "superseded"


class Side(StrEnum):
    """Of an argument."""

    FOR = "for"
    AGAINST = "against"


class Choice(StrEnum):
    """What somebody answers to a statement."""

    AGREE = "agree"
    DISAGREE = "disagree"
    SKIP = "pass"


VALUES: dict[Choice, int] = {Choice.AGREE: 1, Choice.DISAGREE: -1, Choice.SKIP: 0}
"""As ``amiral.cores.opinion`` counts them."""


class Outcome(StrEnum):
    """What becomes of a statement."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"
    STUDIED = "under-study"


class Promise(StrEnum):
    """Why a statement is owed an answer."""

    CONSENSUS = "consensus"
    DIVISIVE = "divisive"


@dataclass(frozen=True, kw_only=True)
class SourceTyped:
    """What proves an argument: the address and a note are needed; the archived text is what stood there."""

    url: str
    note: str
    consulted_on: date
    archived_text: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultationDraft:
    """What whoever asks must say before anything opens."""

    question: str
    framing: str
    sources: str
    decider: str
    answers_due_on: date
    territory_id: str = "pays:FR"
    promised: int = PROMISED
    identity: Identity = Identity.MEMBER
    overlap: bool = True
    premoderated: bool = True
    results_while_voting: bool = False


@dataclass(frozen=True, kw_only=True)
class ConsultationCard:
    """A consultation as lists show it."""

    id: UUID
    question: str
    phase: Phase
    phase_label: str
    territory_name: str
    answers_due_on: date
    days_left: int
    owed: int
    overdue: bool
    url: str


REPLY_TEXT_MAX_CHARACTERS = 20_000
REPLY_PASSAGES_MAX_CHARACTERS = 5_000


class ReplyCapacity(StrEnum):
    """In whose name somebody asks for a reply."""

    MYSELF = "myself"
    REPRESENTATIVE = "representative"


class ReplyProof(StrEnum):
    """How somebody will prove who he is; the paper itself is never uploaded."""

    IDENTITY_PAPER = "identity-paper"
    OFFICIAL_ADDRESS = "official-address"
    LETTER = "letter"
    COUNSEL = "counsel"


@dataclass(frozen=True, kw_only=True)
class ReplyDraft:
    """A request as it was typed, checked. ``page``: a path of this site; ``page_on``: if it was given."""

    page: str
    page_on: date | None
    name: str
    capacity: ReplyCapacity
    email: str
    proof: ReplyProof
    proof_words: str
    passages: str
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class ReplyFrame:
    """What the rules of a day say of a page: how long a reply may be, until when, within what time."""

    page: str
    title: str
    rules: str
    sources: tuple[str, ...]
    line: int
    most_lines: int
    answer_hours: int
    target_hours: int
    electoral: bool


@dataclass(frozen=True, kw_only=True)
class ReplyCase:
    """A case as the board, its page and its follow-up show it. ``left``: time to the target, in words."""

    id: UUID
    reference: str
    page: str
    page_title: str
    page_from: datetime | None
    name: str
    capacity: str
    email: str
    proof: str
    proof_words: str
    passages: str
    text: str
    lines: int
    most_lines: int
    rules: str
    step: str
    step_label: str
    received_at: datetime
    target_at: datetime
    due_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    electoral: bool
    left: str
    urgency: str
    shape: str
    ground: str
    answer: str
    objections: tuple[str, ...]
    next_steps: frozenset[str]
    rejoinder: bool
    reply_id: UUID | None
    moves: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, kw_only=True)
class ReplyView:
    """A published reply, under its page and on its own."""

    id: UUID
    page: str
    page_title: str
    name: str
    text: str
    published_at: datetime
    digest: str
