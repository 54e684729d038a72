"""One transaction after the other, in the order they came, where the database has one writer.

SQLite lets whoever asks at the right moment write: of threads that wait for each other, one that is unlucky
waits ten times as long as the others. Threads of one process therefore queue before the database; processes
still meet there.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from django.db import connection


class Turns:
    """A lock that is handed on in the order it was asked for. Not to be entered twice by one thread."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._busy = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for everybody who came before."""
        mine = Event()
        with self._guard:
            if self._busy:
                self._waiting.append(mine)
            else:
                self._busy = True
                mine.set()
        try:
            mine.wait()
            yield
        finally:
            self._next(mine)

    def _next(self, mine: Event) -> None:
        with self._guard:
            if not mine.is_set():  # interrupted while it waited
                self._waiting.remove(mine)
            elif self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False


_WRITERS = Turns()


@contextmanager
def in_turn() -> Iterator[None]:
    """Around a transaction that writes. Does nothing inside of another, nor where writers need not queue."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _WRITERS.turn():
        yield
