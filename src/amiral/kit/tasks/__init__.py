"""Work in the background that survives the death of its worker: ``defer`` it, do its effects ``once``.

    from amiral.kit.tasks import defer, once, task

    @task
    def thank(sign_up_id: str) -> None:
        with once(f"thank:{sign_up_id}") as first:
            if first:
                ...

    defer(thank, key=sign_up_id, sign_up_id=sign_up_id)

See docs/tasks.md for what is guaranteed, and docs/decisions/0007-tasks.md for why it is built so.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django_tasks import default_task_backend, task
from django_tasks.base import Task

from amiral.kit.tasks.effects import LeaseLost, once

__all__ = ["LeaseLost", "defer", "once", "task"]


def defer(
    function: Task[..., Any],
    *,
    key: str,
    run_after: datetime | None = None,
    priority: int = 0,
    **arguments: Any,
) -> UUID:
    """Writes the job in the caller's transaction; returns its id.

    ``key`` names this piece of work among those of the function: a repeat changes nothing, not even after
    the job is done (until its row is purged, fourteen days later). ``arguments`` are JSON: ids as text, never
    a name or an address. ``priority`` from -100 to 100, the higher the sooner. One write.
    """
    chosen = function.using(run_after=run_after, priority=priority or function.priority)
    result: UUID = default_task_backend.enqueue_once(chosen, key, arguments)  # type: ignore[attr-defined]  # ours
    return result
