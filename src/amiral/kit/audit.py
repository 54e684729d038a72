"""Writing the audit trail."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from amiral.kit.models import AuditLine, Run


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The log lines of a person's acts and of acts on his data, and his long runs (port ``export_person``).

    Who else acted is not said: what others saw of him stands in the receipts of disclosures.
    """
    about = AuditLine.objects.filter(Q(actor_id=person_id) | Q(subject_id=str(person_id))).order_by(
        "at", "pk"
    )
    lines = [
        {
            "table": "audit_line",
            "at": line.at.isoformat(),
            "verb": line.verb,
            "subject_kind": line.subject_kind,
            "by_you": line.actor_id == person_id,
        }
        for line in about
    ]
    runs = [
        {"table": "run", "at": run.created_at.isoformat(), "kind": run.kind, "state": run.state}
        for run in Run.objects.filter(started_by_id=person_id).order_by("created_at", "pk")
    ]
    return {"kit": [*lines, *runs]}


def record(*, actor_id: UUID | None, verb: str, subject_kind: str, subject_id: object, **detail: Any) -> None:
    """Adds one line in the running transaction. ``detail`` must hold no personal data beyond ids."""
    AuditLine.objects.create(
        actor_id=actor_id, verb=verb, subject_kind=subject_kind, subject_id=str(subject_id), detail=detail
    )
