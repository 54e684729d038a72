"""Connections that are kept for the next letter: opening one costs more than ten letters."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Final

from amiral.kit.mail.pacing import UNPACED, Pace
from amiral.kit.mail.session import Envelope, Fate, Outcome, Server, Session, Unreachable

IDLE_S: Final = 30.0
"""How long an unused connection is kept; servers hang up after a few minutes."""
BROKEN_IN_A_ROW: Final = 3
"""After so many lines that broke without one message taken, the server counts as unreachable."""


class Pool:
    """Lends a connection to one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[tuple[Server, int], list[tuple[Session, float]]] = defaultdict(list)

    @contextmanager
    def session(self, server: Server) -> Iterator[Session]:
        """An open session; goes back when it is still of use. Raises ``Unreachable``."""
        session = self._lent(server) or _opened(server)
        try:
            yield session
        finally:
            self._take_back(session)

    def exchange(
        self,
        server: Server,
        batch: Iterable[Envelope],
        *,
        pace: Pace = UNPACED,
        before: Callable[[Envelope], None] = lambda _envelope: None,
    ) -> Iterator[tuple[Envelope, Outcome]]:
        """As ``Session.exchange``, going on over a new line when one breaks. Raises ``Unreachable``."""
        rest, broken = iter(batch), 0
        while (first := next(rest, None)) is not None:
            if broken >= BROKEN_IN_A_ROW:
                raise Unreachable("cut")
            with self.session(server) as session:
                taken = False
                for envelope, outcome in session.exchange(chain([first], rest), pace=pace, before=before):
                    taken = taken or outcome.fate is Fate.TAKEN
                    yield envelope, outcome
            broken = 0 if taken else broken + 1

    def close(self) -> None:
        """Ends every connection that lies idle."""
        with self._lock:
            idle = [session for kept in self._idle.values() for session, _since in kept]
            self._idle.clear()
        for session in idle:
            session.close()

    def _lent(self, server: Server) -> Session | None:
        while True:
            with self._lock:
                kept = self._idle[_key(server)]
                session, since = kept.pop() if kept else (None, 0.0)
            if session is None:
                return None
            if time.monotonic() - since < IDLE_S and session.answers():
                return session
            session.close()

    def _take_back(self, session: Session) -> None:
        if not session.alive:
            session.close()
            return
        with self._lock:
            self._idle[_key(session.server)].append((session, time.monotonic()))


def _key(server: Server) -> tuple[Server, int]:
    # A process that was forked must not speak over its parent's line.
    return server, os.getpid()


def _opened(server: Server) -> Session:
    session = Session(server)
    session.open()
    return session


POOL = Pool()
