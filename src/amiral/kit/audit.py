"""Writing the audit trail."""

from typing import Any
from uuid import UUID

from amiral.kit.models import AuditLine


def record(*, actor_id: UUID | None, verb: str, subject_kind: str, subject_id: object, **detail: Any) -> None:
    """Adds one line in the running transaction. ``detail`` must hold no personal data beyond ids."""
    AuditLine.objects.create(
        actor_id=actor_id, verb=verb, subject_kind=subject_kind, subject_id=str(subject_id), detail=detail
    )
