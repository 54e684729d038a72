"""What an administrator decides about a job: try it again, or let it be."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import Job
from amiral.kit.tasks import leases


class NotIdle(Refused):
    """The job is being done, or is over."""

    def __init__(self) -> None:
        super().__init__(_("This job is being done or is over meanwhile. Look at the list again."))


@transaction.atomic
def retry(*, by_id: UUID, job_id: UUID, at: datetime) -> None:
    """A failed job begins its attempts anew, at once. Raises ``NotFound``, ``NotIdle``."""
    _decide(by_id=by_id, job_id=job_id, verb="retry-job", done=leases.retry(job_id=job_id, at=at))


@transaction.atomic
def discard(*, by_id: UUID, job_id: UUID, at: datetime) -> None:
    """Nobody will do the job, not even if it is asked for again. Raises ``NotFound``, ``NotIdle``."""
    _decide(by_id=by_id, job_id=job_id, verb="discard-job", done=leases.discard(job_id=job_id, at=at))


@transaction.atomic
def retry_all(*, by_id: UUID, at: datetime) -> int:
    """Every failed job begins anew (after a broken disk, a mail server that was gone); how many."""
    failed = list(Job.objects.filter(state=Job.State.FAILED).values_list("pk", flat=True))
    count = sum(leases.retry(job_id=job_id, at=at) for job_id in failed)
    audit.record(actor_id=by_id, verb="retry-jobs", subject_kind="job", subject_id="", count=count)
    return count


def _decide(*, by_id: UUID, job_id: UUID, verb: str, done: bool) -> None:
    if not Job.objects.filter(pk=job_id).exists():
        raise NotFound
    if not done:
        raise NotIdle
    audit.record(actor_id=by_id, verb=verb, subject_kind="job", subject_id=job_id)
