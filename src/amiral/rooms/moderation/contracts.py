"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from amiral.cores.notices import Urgency

EXPLANATION_MAX_CHARACTERS = 2000
REASON_MAX_CHARACTERS = 2000
FACTS_MAX_CHARACTERS = 5000
RULE_MAX_CHARACTERS = 500
SEAL_REASON_MAX_CHARACTERS = 500


class SubjectKind(StrEnum):
    """What can be reported."""

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    TALKING_POINT = "talking-point"
    ACTION = "action"
    CONTRIBUTION = "contribution"
    ARGUMENT = "argument"
    OUTSIDE = "outside"
    """An answer from another network, shown under a public announcement."""


class Grounds(StrEnum):
    """Why something is reported."""

    ILLEGAL = "illegal"
    INSULT = "insult"
    FRAUD = "fraud"
    PHISHING = "phishing"
    MINORS = "minors"
    PERSONAL_DATA = "personal-data"
    OFF_TOPIC = "off-topic"
    OTHER = "other"


class ReportState(StrEnum):
    """Where a report is."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


TRANSITIONS: dict[ReportState, frozenset[ReportState]] = {
    ReportState.OPEN: frozenset({ReportState.UPHELD, ReportState.REJECTED}),
    ReportState.UPHELD: frozenset(),
    ReportState.REJECTED: frozenset(),
}
"""A decision is final for who took it: on appeal another moderator decides (``AppealView``)."""


class DecisionGround(StrEnum):
    """On what a restriction rests, in the words of the EU Transparency Database (DSA art. 17(3)(d), (e))."""

    ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class Category(StrEnum):
    """Categories of the EU Transparency Database, those that can occur where people write words."""

    SPEECH = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
    CYBER_VIOLENCE = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    CYBER_VIOLENCE_WOMEN = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
    PRIVACY = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
    VIOLENCE = "STATEMENT_CATEGORY_VIOLENCE"
    ELECTIONS = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    PUBLIC_SECURITY = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"
    SELF_HARM = "STATEMENT_CATEGORY_SELF_HARM"
    COPYRIGHT = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


CATEGORY_OF: dict[Grounds, Category] = {
    Grounds.ILLEGAL: Category.SPEECH,
    Grounds.INSULT: Category.CYBER_VIOLENCE,
    Grounds.FRAUD: Category.SCAMS,
    Grounds.PHISHING: Category.SCAMS,
    Grounds.MINORS: Category.MINORS,
    Grounds.PERSONAL_DATA: Category.PRIVACY,
    Grounds.OFF_TOPIC: Category.OTHER,
    Grounds.OTHER: Category.OTHER,
}
"""What the form proposes; the moderator chooses."""

AGAINST_THE_LAW = frozenset({Grounds.ILLEGAL, Grounds.FRAUD, Grounds.PHISHING, Grounds.MINORS})
"""Grounds of a notice for which the form proposes the law, not the charter."""

LONG_KEPT = frozenset({Category.SCAMS, Category.MINORS, Category.VIOLENCE, Category.PUBLIC_SECURITY})
"""Offences that are prosecuted for six years; those of the press law for three months to one year."""


class ScrubGround(StrEnum):
    """Why an original is destroyed before its day, and the words about it emptied."""

    COURT_ORDER = "court-order"
    ERASURE = "erasure-request"
    MISTAKE = "mistake"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What DSA art. 17 asks beside what the machine knows: the ground, the rule (article of the law or of
    the charter), why it applies, the facts, the category."""

    ground: DecisionGround
    rule: str
    explanation: str
    facts: str
    category: Category


@dataclass(frozen=True, kw_only=True)
class ClockLine:
    """One open notice on the board. ``word`` and ``shape`` say the urgency without a colour."""

    url: str
    what: str
    grounds_label: str
    territory_name: str
    created_at: datetime
    age: str
    due_at: datetime
    urgency: Urgency
    word: str
    shape: str
    looked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Delays:
    """Medians over the decisions of the last days, in words, empty without any; never by moderator."""

    decisions: int
    appeals: int
    first_look: str
    decision: str
    appeal: str
    in_time: int


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One line of the public log as the page shows it. ``appeal`` is what a later entry says of it."""

    number: int
    at: datetime
    what: str
    ground: str
    delay: str
    automated: str
    appeal: str
    scrubbed_by: int | None
    sealed: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class SealView:
    """The sealed original of a decision, for administrators. ``words`` only while it is open."""

    id: UUID
    digest: str
    sealed_at: datetime
    keep_until: datetime
    destroyed_at: datetime | None
    opening_id: UUID | None
    asked_by: str
    asked_by_me: bool
    reason: str
    open_until: datetime | None
    words: str
    author: str


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """A report as a moderator reads it. Labels are translated; ``decided_by`` is empty while it is open."""

    id: UUID
    subject_kind: SubjectKind
    subject_label: str
    excerpt: str
    author_name: str
    reporter_name: str
    territory_name: str
    grounds: Grounds
    grounds_label: str
    explanation: str
    state: ReportState
    state_label: str
    created_at: datetime
    decided_by: str
    decision_reason: str
    decided_at: datetime | None
    same_subject: int
    url: str


@dataclass(frozen=True, kw_only=True)
class StatementView:
    """The statement of reasons in force, for moderators; ``ground`` and ``category`` are translated words."""

    ground: str
    rule: str
    category: str
    facts: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """Why words that no account stands behind are hidden, for the room that knows who wrote them.

    ``appeal`` is empty before there is one, else a translated word; ``answer``: why it was refused.
    """

    reason: str
    statement: StatementView
    appeal: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class AppealView:
    """Somebody disagrees with a decision; ``outcome`` is a translated word, empty while it is open."""

    id: UUID
    report: ReportView
    appellant_name: str
    words: str
    created_at: datetime
    outcome: str
    decided_by: str
    decision_reason: str
    decided_at: datetime | None
    url: str
