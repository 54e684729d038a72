"""Long work: start it, watch it, stop it, take it up again after a kill.

A kind of run is a function registered by dotted path in ``settings.AMIRAL_RUNS``; it receives a ``Reporter``
and the run's arguments, and must be written so that doing it again from the start is harmless.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.module_loading import import_string
from django_tasks import task

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import Run
from amiral.kit.tasks.heartbeat import renewed

logger = logging.getLogger(__name__)

DAY = timedelta(hours=24)
LEASE = timedelta(seconds=60)
"""How long a worker that says nothing keeps its run."""


class Stopped(Exception):
    """Raised inside the work when somebody asked to stop it."""


class Reporter:
    """What a running piece of work holds: it reports progress, which renews the lease."""

    def __init__(self, run_id: UUID, *, every: timedelta = timedelta(seconds=0.5)) -> None:
        self.run_id = run_id
        self._every = every
        self._next_at = now()

    def __call__(self, done: int, total: int) -> None:
        """Writes progress at most twice a second; raises ``Stopped`` when a stop was asked."""
        moment = now()
        if moment < self._next_at and done < total:
            return
        self._next_at = moment + self._every
        Run.objects.filter(pk=self.run_id).update(done=done, total=total, lease_until=moment + LEASE)
        if Run.objects.filter(pk=self.run_id, stop_asked=True).exists():
            raise Stopped


def start(*, kind: str, arguments: dict[str, Any], started_by_id: UUID | None) -> UUID:
    """Creates the run and wakes a worker once the transaction is committed."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    run = Run.objects.create(kind=kind, arguments=arguments, started_by_id=started_by_id, language=language)
    transaction.on_commit(lambda: wake(run.pk))
    return run.pk


def start_daily(*, kind: str) -> None:
    """Starts a run without arguments unless one of its kind began in the last 24 hours."""
    if not Run.objects.filter(kind=kind, created_at__gt=now() - DAY).exists():
        start(kind=kind, arguments={}, started_by_id=None)


def wake(run_id: UUID) -> None:
    """Puts the run in the queue (again); harmless if a worker has it already."""
    Run.objects.filter(pk=run_id, state=Run.State.WAITING).update(lease_until=now() + LEASE)
    work.enqueue(run_id=str(run_id))


def stop(*, run_id: UUID) -> None:
    """Asks the worker to stop at its next report; a waiting run is stopped at once."""
    Run.objects.filter(pk=run_id, state=Run.State.WAITING).update(state=Run.State.STOPPED, ended_at=now())
    Run.objects.filter(pk=run_id, state=Run.State.RUNNING).update(stop_asked=True)


def resume(*, run_id: UUID) -> None:
    """Takes up a stopped or failed run again."""
    ended = Run.objects.filter(pk=run_id, state__in=[Run.State.STOPPED, Run.State.FAILED])
    if ended.update(state=Run.State.WAITING, stop_asked=False, problem="", ended_at=None, lease_until=None):
        transaction.on_commit(lambda: wake(run_id))


def run_by_id(*, run_id: UUID) -> Run:
    """The run, or ``NotFound``. The caller has checked the right to see it."""
    try:
        return Run.objects.get(pk=run_id)
    except Run.DoesNotExist:
        raise NotFound from None


def take(*, run_id: UUID) -> Run | None:
    """Claims the run by one conditional write: ``None`` if it is over or another worker holds it."""
    moment = now()
    free = Q(state=Run.State.WAITING) | Q(state=Run.State.RUNNING, lease_until__lt=moment)
    claimed = Run.objects.filter(free, pk=run_id).update(
        state=Run.State.RUNNING, lease_until=moment + LEASE, done=0, stop_asked=False
    )
    return Run.objects.get(pk=run_id) if claimed else None


def abandoned() -> list[UUID]:
    """Runs whose worker died, or that were put in the queue and taken by nobody within a lease."""
    over = Q(lease_until__lt=now()) | Q(lease_until=None, created_at__lt=now() - LEASE)
    return list(
        Run.objects.filter(over, state__in=[Run.State.WAITING, Run.State.RUNNING]).values_list(
            "pk", flat=True
        )
    )


def give_way(*, run_id: UUID) -> None:
    """Between two pieces of a run of hours: does the work that waits meanwhile, oldest first.

    Else it would wait for the end of the whole. Runs of the same kind keep waiting: they are as long.
    """
    waiting = Run.objects.filter(state=Run.State.WAITING)
    others = waiting.exclude(kind__in=Run.objects.filter(pk=run_id).values("kind"))
    for other in list(others.order_by("created_at", "pk").values_list("pk", flat=True)):
        try:
            carry_out(other)
        except Exception:
            logger.exception("A run failed that another one gave way to: %s", other)


def carry_out(run_id: UUID) -> None:
    """Does the work of a run in this process, and writes how it ended."""
    run = take(run_id=run_id)
    if run is None:
        return
    function: Callable[..., dict[str, Any]] = import_string(settings.AMIRAL_RUNS[run.kind])
    try:
        with translation.override(run.language), _held(run.pk):
            result = function(report=Reporter(run.pk), **run.arguments)
    except Stopped:
        _end(run.pk, state=Run.State.STOPPED)
    except Refused as refusal:
        with translation.override(run.language):
            result = {"final": True} if refusal.final else {}
            _end(run.pk, state=Run.State.FAILED, problem=str(refusal), result=result)
    except Exception:
        _end(run.pk, state=Run.State.FAILED, problem="")
        raise
    else:
        _end(run.pk, state=Run.State.DONE, result=result)


def _held(run_id: UUID) -> AbstractContextManager[None]:
    """Renews the lease from a thread, so that a long step without a report keeps its run."""

    def renew() -> None:
        Run.objects.filter(pk=run_id, state=Run.State.RUNNING).update(lease_until=now() + LEASE)

    return renewed(renew, every_s=LEASE.total_seconds() / 3, name=f"run {run_id}")


def _end(run_id: UUID, *, state: Run.State, problem: str = "", result: dict[str, Any] | None = None) -> None:
    Run.objects.filter(pk=run_id).update(
        state=state, problem=problem, result=result or {}, ended_at=now(), lease_until=None
    )


@task(queue_name="runs")
def work(run_id: str) -> None:
    """The queue's entry: one run. It is never tried again by itself: its page says how it ended."""
    try:
        carry_out(UUID(run_id))
    except Exception:
        logger.exception("A run failed: %s", run_id)
