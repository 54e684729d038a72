"""Doing independent pieces of work side by side: threads, since the inner loops release the GIL.

The pieces and their results do not depend on how many there are at work, nor on who finishes first.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Interrupted(Exception):
    """The plan was given up while this piece was at work."""


class Crew:
    """``workers`` threads, or the calling one alone; to be used in a ``with`` block."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._given_up = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._given_up.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results in the order of the items, each as soon as it and those before it are there."""
        return map(function, items) if self._pool is None else self._pool.map(function, items)

    def beat(self) -> None:
        """To be called now and then by long work; ends it once the plan was given up."""
        if self._given_up.is_set():
            raise Interrupted
