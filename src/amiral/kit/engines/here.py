"""The engine that is none: one piece after the other, in the calling process."""

from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Any, Self

from .contracts import Outcome, Task, attempted


class Here:
    """See ``Engine``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def outcomes(
        self, function: Callable[[Any], Any], tasks: Iterable[Task]
    ) -> Generator[Outcome, None, None]:
        """In the order of the tasks."""
        for task in tasks:
            yield attempted(function, task)
