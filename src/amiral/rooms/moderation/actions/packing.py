"""Handing a pack of evidence out leaves a trace."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.kit.audit import record
from amiral.rooms.moderation.models import Report
from amiral.rooms.moderation.queries.packing import pack


@transaction.atomic
def packed(*, report: Report, by_id: UUID, at: datetime) -> bytes:
    """The zip of ``queries.packing.pack``; who took it stands in the audit trail."""
    record(actor_id=by_id, verb="evidence-pack", subject_kind="report", subject_id=report.pk)
    return pack(report=report, person_id=by_id, at=at)
