"""Carrying jobs out: take one, hold its lease, do it, write how it ended."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from traceback import format_exception
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import translation
from django_tasks.base import Task, TaskContext, TaskResultStatus
from django_tasks.signals import task_finished, task_started
from django_tasks.utils import normalize_json

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ids import new_secret
from amiral.kit.models import Job
from amiral.kit.tasks import broker, leases
from amiral.kit.tasks.backend import result_of, task_of
from amiral.kit.tasks.effects import LeaseLost, running
from amiral.kit.tasks.heartbeat import renewed

logger = logging.getLogger(__name__)
PROBLEM_CHARACTERS = 6000
AFTER_TROUBLE_S = 2.0


def new_name() -> str:
    """A worker's name: machine, process, chance (a process number comes back after a restart)."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{new_secret(bytes_of_chance=6)}"


def start(*, queues: dict[str, int], interval_s: float, over: Event) -> list[Thread]:
    """So many threads for each queue; they end with the job in hand once ``over`` is set."""
    threads = [
        Thread(target=loop, args=(queue, interval_s, over), name=f"{queue} {number}", daemon=True)
        for queue, count in queues.items()
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads


def loop(queue: str, interval_s: float, over: Event) -> None:
    """Does what is due in the queue, looks again after ``interval_s``; no failure of the database ends it."""
    worker = new_name()
    wait = broker.waiting(queue=queue, interval_s=interval_s, over=over)
    while not over.is_set():
        try:
            if not work_one(queue=queue, worker=worker, over=over):
                close_old_connections()
                wait()
        except DatabaseError:
            logger.exception("The database did not answer; queue %s is looked at again.", queue)
            close_old_connections()
            over.wait(AFTER_TROUBLE_S)
    connection.close()


def work_one(*, queue: str, worker: str, over: Event | None = None) -> bool:
    """Takes one job that is due and carries it out; ``False`` when none was. Three writes of its own."""
    job = leases.claim(queue=queue, worker=worker, at=now())
    if job is None:
        return False
    if over is not None and over.is_set():
        leases.give_back(job_id=job.pk, token=job.token, at=now())
    else:
        carry_out(job)
    return True


def carry_out(job: Job) -> None:
    """Does a job that is held, and writes how it ended if it is still held then."""
    try:
        with _held(job):
            value = _perform(job)
        ours = leases.finish(job_id=job.pk, token=job.token, at=now(), result=value)
    except LeaseLost:
        ours = False
    except (Exception, SystemExit) as trouble:
        ours = _failed(job, trouble)
    if not ours:
        logger.warning("Job %s (%s) was taken over by another worker meanwhile.", job.pk, job.task_path)


def _perform(job: Job) -> Any:
    """Calls the function, in the words of the ``django.tasks`` interface."""
    task = task_of(job)
    result = result_of(job, task)
    sender = type(task.get_backend())
    task_started.send(sender, task_result=result)
    with translation.override(settings.LANGUAGE_CODE):
        value = normalize_json(_call(task, TaskContext(task_result=result), job))
    object.__setattr__(result, "status", TaskResultStatus.SUCCESSFUL)
    task_finished.send(sender, task_result=result)
    return value


def _call(task: Task[..., Any], context: TaskContext, job: Job) -> Any:
    first = [context] if task.takes_context else []
    return task.call(*first, *job.arguments["args"], **job.arguments["kwargs"])


@contextmanager
def _held(job: Job) -> Iterator[None]:
    """The job is this thread's, and its lease is renewed three times before it would end."""
    every_s = leases.lease().total_seconds() / 3
    token = running.set(job)
    try:
        with renewed(lambda: _renew(job), every_s=every_s, name=f"job {job.pk}"):
            yield
    finally:
        running.reset(token)


def _renew(job: Job) -> None:
    leases.renew(job_id=job.pk, token=job.token, at=now())


def _failed(job: Job, trouble: BaseException) -> bool:
    final = isinstance(trouble, Refused) and trouble.final
    problem = _report_of(trouble)
    logger.warning("Job %s (%s) failed, attempt %s.", job.pk, job.task_path, job.attempts, exc_info=trouble)
    return leases.fail(job=job, at=now(), problem=problem, final=final)


def _report_of(trouble: BaseException) -> str:
    """A refusal's sentence; of anything else the whole report, cut in the middle if it is endless."""
    if isinstance(trouble, Refused):
        return str(trouble)
    whole = "".join(format_exception(trouble))
    if len(whole) <= PROBLEM_CHARACTERS:
        return whole
    half = PROBLEM_CHARACTERS // 2
    return f"{whole[:half]}\n…\n{whole[-half:]}"
