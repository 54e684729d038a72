"""Forgetting in time: everywhere once a day; here what belongs to no room (audit trail, runs, sessions)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from amiral.kit import ports, storage
from amiral.kit.clock import now
from amiral.kit.models import AuditLine, Effect, Job, Run

AUDIT_KEPT = timedelta(days=365)
RUN_KEPT = timedelta(days=92)
JOB_KEPT = timedelta(days=14)
EFFECT_KEPT = timedelta(days=92)


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time (port ``purge``); table name to number of rows."""
    gone = {
        "kit.AuditLine": AuditLine.objects.filter(at__lt=at - AUDIT_KEPT),
        "kit.Run": Run.objects.filter(ended_at__lt=at - RUN_KEPT),
        "sessions.Session": Session.objects.filter(expire_date__lt=at),
        "kit.Job": Job.objects.filter(ended_at__lt=at - JOB_KEPT),
        "kit.Effect": Effect.objects.filter(at__lt=at - EFFECT_KEPT),
    }
    return {table: rows.delete()[0] for table, rows in gone.items()}


def purge_everywhere(*, report: Callable[[int, int], None]) -> dict[str, int]:
    """The daily run ``purge``: calls the port of that name in every room; table to number of rows."""
    at = now()
    purges = ports.implementations("purge")
    gone: dict[str, int] = {}
    for number, purge_room in enumerate(purges):
        report(number, len(purges))
        gone |= purge_room(at=at)
    storage.wipe()
    return gone
