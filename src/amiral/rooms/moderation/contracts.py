"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

EXPLANATION_MAX_CHARACTERS = 2000
REASON_MAX_CHARACTERS = 2000


class SubjectKind(StrEnum):
    """What can be reported."""

    POST = "post"
    COMMENT = "comment"


class Grounds(StrEnum):
    """Why something is reported."""

    ILLEGAL = "illegal"
    INSULT = "insult"
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
"""A decision is final here; an appeal will be another report's business."""


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
