"""Jobs for tests: module-level functions, as the interface asks."""

from django.core.cache import cache
from django_tasks import TaskContext

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.kit.tasks import once, task


class ForEver(Refused):
    """A refusal that no repeat can change."""

    final = True


@task
def note(name: str) -> str:
    """Writes one audit line, once."""
    with once(f"note:{name}") as first:
        if first:
            audit.record(actor_id=None, verb="noted", subject_kind="essai", subject_id=name)
    return name


@task
def break_down(times: int) -> str:
    """Fails so many times, then does not."""
    count = cache.get("broken", 0) + 1
    cache.set("broken", count)
    if count <= times:
        raise ZeroDivisionError(f"attempt {count}")
    return "whole"


@task
def refuse() -> None:
    """Will never be possible."""
    raise ForEver("There is nothing to do.")


@task(takes_context=True)
def count_attempts(context: TaskContext) -> int:
    """Says which attempt this is."""
    return context.attempt


@task
async def wait_for_it(value: int) -> int:
    """A coroutine."""
    return value + 1
