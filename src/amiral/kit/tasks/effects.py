"""Effects that are not doubled, whoever dies when: ``once``."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from amiral.kit.clock import now
from amiral.kit.models import Effect, Job
from amiral.kit.tasks import leases

running: ContextVar[Job | None] = ContextVar("running", default=None)
"""The job that this thread is carrying out."""


class LeaseLost(Exception):
    """Somebody else has the job meanwhile: this worker was silent for longer than its lease."""


@contextmanager
def once(key: str) -> Iterator[bool]:
    """A transaction that says ``True`` to the first who brings the key to its end, ``False`` ever after.

    Effects in the database that are written inside happen exactly once, even if the worker is killed at any
    moment and the job is run again, or if two workers run it at the same time: the key, the effects and the
    proof that the lease still holds stand in one transaction. Raises ``LeaseLost`` when it does not. Keys are
    kept three months and hold ids only. Two writes more than the effect itself.
    """
    with transaction.atomic():
        _check_lease()
        yield _is_first(key)


def _check_lease() -> None:
    """Locks the job's row until commit, so that nobody can take the job between this look and the effect."""
    job = running.get()
    if job is not None and not leases.renew(job_id=job.pk, token=job.token, at=now()):
        raise LeaseLost(f"{job.task_path} {job.pk}")


def _is_first(key: str) -> bool:
    """Waits, on PostgreSQL, for whoever is writing the same key in this moment."""
    table = connection.ops.quote_name(Effect._meta.db_table)
    at = connection.ops.adapt_datetimefield_value(now())
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (key, at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [key, at])  # noqa: S608  # the table's own name
        return bool(cursor.rowcount)
