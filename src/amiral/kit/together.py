"""Small writes of many threads in one transaction: each is answered after it has been committed.

A commit that survives a cut of power waits for the disk, however little it writes. Threads that come while
one of them writes wait, and the next of them writes for all. No thread of its own, no queue that outlives a
process, no delay on purpose: somebody who comes alone writes at once.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Lock
from typing import Generic, TypeVar

MOST = 128
"""Written at once; bounds the time that the first of them waits."""
Asked = TypeVar("Asked")
Got = TypeVar("Got")


class _Ticket(Generic[Asked, Got]):
    """What one thread wants written, and what became of it: one outcome, none when it has to write alone."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.called = Event()
        self.ended = False
        self.outcomes: Sequence[Got | Exception] = ()

    def end(self, *outcomes: Got | Exception) -> None:
        self.ended, self.outcomes = True, outcomes
        self.called.set()


class Together(Generic[Asked, Got]):
    """``write`` gets what several threads asked for, in the order they came, and answers for each its result
    or the exception that it shall see. It must have committed when it returns. It runs in a thread of one
    of those who asked, hence on that thread's connection to the database; never call it in a transaction.
    """

    def __init__(
        self, write: Callable[[Sequence[Asked]], Sequence[Got | Exception]], most: int = MOST
    ) -> None:
        self._write, self._most = write, most
        self._guard = Lock()
        self._waiting: list[_Ticket[Asked, Got]] = []
        self._busy = False

    def __call__(self, asked: Asked) -> Got:
        """Returns, or raises, once what was asked for is committed or refused."""
        ticket = _Ticket[Asked, Got](asked)
        if not self._is_first(ticket):
            ticket.called.wait()
        if not ticket.ended:
            self._lead()
        (outcome,) = ticket.outcomes or self._write([asked])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _is_first(self, ticket: _Ticket[Asked, Got]) -> bool:
        """Queues; whether nobody is writing, so that the caller does."""
        with self._guard:
            self._waiting.append(ticket)
            first, self._busy = not self._busy, True
            return first

    def _lead(self) -> None:
        """Writes for everybody who waits, the caller among them, then hands over to who came meanwhile."""
        with self._guard:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        outcomes: Sequence[Sequence[Got | Exception]] = [()] * len(batch)
        try:
            # What breaks the transaction takes nobody with it: each writes alone and sees his own problem.
            with suppress(Exception):
                outcomes = [[one] for one in self._write([ticket.asked for ticket in batch])]
        finally:
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.end(*outcome)
            self._hand_over()

    def _hand_over(self) -> None:
        with self._guard:
            self._busy = bool(self._waiting)
            following = self._waiting[0] if self._waiting else None
        if following is not None:
            following.called.set()
