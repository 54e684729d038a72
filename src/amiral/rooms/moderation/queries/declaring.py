"""Statements of reasons in the field names of the EU Transparency Database (its API, versions 1 and 2)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from amiral.cores.canonical import canonical
from amiral.rooms.moderation.access import access_reports
from amiral.rooms.moderation.contracts import DecisionGround
from amiral.rooms.moderation.models import Decision, Report

EVERYWHERE = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
"""What is hidden is hidden for everybody: the whole European Economic Area."""


def declarations(*, person_id: UUID) -> Iterator[bytes]:
    """The restrictions over a moderator's territories, one JSON object a line, oldest first."""
    mine = access_reports(person_id=person_id).values("pk")
    restrictions = Decision.objects.filter(hidden=True, report__in=mine).select_related("report")
    for row in restrictions.order_by("decided_at", "pk").iterator(chunk_size=500):
        yield canonical(declaration(decision=row)) + b"\n"


def declaration(*, decision: Decision) -> dict[str, Any]:
    """One restriction. Nothing about a person is added; the texts are the moderator's, who was asked to name
    nobody."""
    return {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": decision.ground,
        **_ground(decision),
        "decision_facts": decision.facts,
        "category": decision.category,
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": _day(said_at(decision.report)),
        "source_type": "SOURCE_ARTICLE_16",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "territorial_scope": list(EVERYWHERE),
        "application_date": _day(decision.decided_at),
        "puid": str(decision.pk),
    }


def said_at(report: Report) -> datetime:
    """When the text was written: ids of this system begin with their moment (UUIDv7, RFC 9562)."""
    if report.subject_id.version != 7:
        return report.created_at
    written = datetime.fromtimestamp((report.subject_id.int >> 80) / 1000, tz=UTC)
    return min(written, report.created_at)


def _ground(decision: Decision) -> dict[str, str]:
    """The two families of grounds have fields of their own."""
    if decision.ground == DecisionGround.ILLEGAL:
        return {
            "illegal_content_legal_ground": decision.rule,
            "illegal_content_explanation": decision.explanation,
        }
    return {
        "incompatible_content_ground": decision.rule,
        "incompatible_content_explanation": decision.explanation,
        "incompatible_content_illegal": "No",
    }


def _day(at: datetime) -> str:
    return localdate(at).isoformat()
