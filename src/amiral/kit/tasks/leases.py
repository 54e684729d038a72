"""The table of jobs: every change of it is one conditional write, decided by state and token.

Nothing here reads the clock or runs a job, so that every interleaving can be played in a test. The same code
serves both engines: on SQLite the whole claim is one ``BEGIN IMMEDIATE``, on PostgreSQL the row that another
worker is looking at is skipped (``SKIP LOCKED``).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from amiral.kit.models import Job

BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 7200, 21_600))
"""How long a job that failed waits for the next attempt; then it has failed for good (after nine hours)."""
ATTEMPTS = len(BACK_OFF) + 1
DIED = "The worker died each time it tried."
NAMESPACE = UUID("5a0f3f5e-8f0b-5f0e-9a55-6d6b7d6a6f62")
"""Of the ids that are made from keys; changing it would make every waiting job repeatable."""


def lease() -> timedelta:
    """How long a worker that says nothing keeps its job."""
    return timedelta(seconds=settings.AMIRAL_TASKS_LEASE_S)


def id_of(*, task_path: str, key: str) -> UUID:
    """The id that a key makes: the primary key itself refuses the repeat."""
    return uuid5(NAMESPACE, f"{task_path}\n{key}")


def put(*, job: Job) -> None:
    """Adds the job in the running transaction, unless one of its id is there. One write."""
    Job.objects.bulk_create([job], ignore_conflicts=True)


def claim(*, queue: str, worker: str, at: datetime) -> Job | None:
    """Takes the most urgent job that is due, under a new token; ``None`` when there is none.

    A job whose worker died counts the attempt, so that one which kills its worker ends as failed. The look
    before the transaction keeps idle workers on SQLite from asking for the write lock four times a second.
    """
    due = Job.objects.filter(queue=queue, due_at__lte=at).order_by("-priority", "due_at")
    if not due.exists():
        return None
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        if job.attempts >= ATTEMPTS:
            _bury(job, at=at)
            return claim(queue=queue, worker=worker, at=at)
        _take(job, worker=worker, at=at)
    return job


def _take(job: Job, *, worker: str, at: datetime) -> None:
    job.state, job.worker, job.due_at = Job.State.RUNNING, worker, at + lease()
    job.token += 1
    job.attempts += 1
    job.started_at = at
    job.save(update_fields=["state", "worker", "due_at", "token", "attempts", "started_at"])


def _bury(job: Job, *, at: datetime) -> None:
    job.state, job.due_at, job.ended_at = Job.State.FAILED, None, at
    job.problem = job.problem or DIED
    job.save(update_fields=["state", "due_at", "ended_at", "problem"])


def held(*, job_id: UUID, token: int) -> QuerySet[Job]:
    """The job while it is held under this token; nothing once somebody else has it or it is over."""
    return Job.objects.filter(pk=job_id, token=token, state=Job.State.RUNNING)


def renew(*, job_id: UUID, token: int, at: datetime) -> bool:
    """Moves the end of the lease; ``False`` when the job is no longer ours. Locks the row until commit."""
    return bool(held(job_id=job_id, token=token).update(due_at=at + lease()))


def finish(*, job_id: UUID, token: int, at: datetime, result: Any = None) -> bool:
    """The job is done; ``False`` when it was no longer ours, and nothing is written."""
    done = held(job_id=job_id, token=token).update(
        state=Job.State.DONE, due_at=None, ended_at=at, result=result, problem=""
    )
    return bool(done)


def fail(*, job: Job, at: datetime, problem: str, final: bool = False) -> bool:
    """The job waits for the next attempt, or has failed for good. ``False``: it was no longer ours."""
    ours = held(job_id=job.pk, token=job.token)
    if final or job.attempts >= ATTEMPTS:
        return bool(ours.update(state=Job.State.FAILED, due_at=None, ended_at=at, problem=problem))
    pause = BACK_OFF[job.attempts - 1]
    return bool(ours.update(state=Job.State.WAITING, due_at=at + pause, problem=problem))


def give_back(*, job_id: UUID, token: int, at: datetime) -> bool:
    """The worker stops before it began: whoever is next takes the job at once, and no attempt is counted."""
    ours = held(job_id=job_id, token=token)
    return bool(ours.update(state=Job.State.WAITING, due_at=at, attempts=F("attempts") - 1))


def retry(*, job_id: UUID, at: datetime) -> bool:
    """Begins the attempts of a failed job anew, or ends a pause; ``False``: it neither failed nor waits.

    The token stays: a worker of before, if it still lives, is not believed again.
    """
    idle = Job.objects.filter(pk=job_id, state__in=[Job.State.FAILED, Job.State.WAITING])
    return bool(idle.update(state=Job.State.WAITING, due_at=at, ended_at=None, attempts=0))


def discard(*, job_id: UUID, at: datetime) -> bool:
    """Nobody will do it; its key stays taken. ``False``: it is running or over."""
    idle = Job.objects.filter(pk=job_id, state__in=[Job.State.FAILED, Job.State.WAITING])
    return bool(idle.update(state=Job.State.DISCARDED, due_at=None, ended_at=at))
