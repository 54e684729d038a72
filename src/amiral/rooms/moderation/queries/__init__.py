"""Reads that return dataclasses ready for a page. The caller has asked ``access`` before."""

from amiral.rooms.moderation.queries.log import statement_view
from amiral.rooms.moderation.queries.reports import (
    appeal_view,
    appeals,
    decided_appeals,
    grounds_choices,
    grounds_label,
    kept_of,
    open_count,
    own_appeal,
    report_view,
    reports,
    state_label,
    subject_label,
)
from amiral.rooms.moderation.queries.seals import seal_of_report

__all__ = [
    "appeal_view",
    "appeals",
    "decided_appeals",
    "grounds_choices",
    "grounds_label",
    "kept_of",
    "open_count",
    "own_appeal",
    "report_view",
    "reports",
    "seal_of_report",
    "state_label",
    "statement_view",
    "subject_label",
]
