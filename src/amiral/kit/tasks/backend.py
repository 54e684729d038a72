"""The ``django.tasks`` face of the table of jobs."""

from typing import Any
from uuid import UUID

from django.core import checks
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import normalize_json

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.kit.models import Job
from amiral.kit.tasks import broker, leases

STATUS = {
    Job.State.WAITING: TaskResultStatus.READY,
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.DONE: TaskResultStatus.SUCCESSFUL,
    Job.State.FAILED: TaskResultStatus.FAILED,
    Job.State.DISCARDED: TaskResultStatus.FAILED,
}


class LeasedBackend(BaseTaskBackend):
    """Jobs are rows of the same database, written in the transaction of whoever asks for them."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """What ``task.enqueue(…)`` calls: a job without a key."""
        job = self._put(task, new_id(), "", list(args), kwargs)
        result = result_of(job, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def enqueue_once(self, task: Task[Any, Any], key: str, kwargs: dict[str, Any]) -> UUID:
        """What ``defer`` calls: a job that a repeat of the key does not add again."""
        id_ = leases.id_of(task_path=task.module_path, key=key)
        return self._put(task, id_, key, [], kwargs).pk

    def _put(self, task: Task[Any, Any], id_: UUID, key: str, args: list[Any], kwargs: dict[str, Any]) -> Job:
        self.validate_task(task)
        at = now()
        job = Job(
            id=id_,
            key=key,
            task_path=task.module_path,
            queue=task.queue_name,
            arguments=normalize_json({"args": args, "kwargs": kwargs}),
            priority=task.priority,
            created_at=at,
            due_at=task.run_after or at,
        )
        leases.put(job=job)
        broker.call(job=job, at=at)
        return job

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """A broker that is set needs the library that speaks to it."""
        if not broker.is_missing():
            return []
        return [
            checks.Error(
                "AMIRAL_TASKS_BROKER is set, and kombu is not installed.",
                hint="Install requirements/broker.lock, or unset AMIRAL_TASKS_BROKER.",
                id="amiral.E010",
            )
        ]

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """How far a job is, by its id."""
        try:
            job = Job.objects.get(pk=UUID(result_id))
        except (Job.DoesNotExist, ValueError):
            raise TaskResultDoesNotExist(result_id) from None
        return result_of(job, task_of(job))


def task_of(job: Job) -> Task[Any, Any]:
    """The function of a job. Raises ``ImportError`` when the code no longer has it."""
    task = import_string(job.task_path)
    if not isinstance(task, Task):
        raise ImportError(f"{job.task_path} is not a task.")
    return task


def result_of(job: Job, task: Task[Any, Any]) -> TaskResult[Any]:
    """The job in the words of the interface."""
    failed = job.state == Job.State.FAILED
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=STATUS[Job.State(job.state)],
        enqueued_at=job.created_at,
        started_at=job.started_at,
        last_attempted_at=job.started_at,
        finished_at=job.ended_at,
        args=job.arguments["args"],
        kwargs=job.arguments["kwargs"],
        backend=task.backend,
        errors=[TaskError(exception_class_path="", traceback=job.problem)] if failed else [],
        worker_ids=[job.worker] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result
