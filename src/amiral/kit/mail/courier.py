"""Letters that somebody waits for leave at once, beside the page that asked for them.

A mail server that answers slowly must not hold the pages of a sign-up storm. The letter stands in the
database already: whatever this process does not get to, the worker takes up. Only processes that serve pages
open it; everywhere else the work is done where it is asked for.
"""

import atexit
import logging
import queue
import threading
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

THREADS: Final = 2
MOST_WAITING: Final = 1000
LAST_WORDS_S: Final = 10.0


class Courier:
    """Does ``work`` with ids, in threads of its own once it is open."""

    def __init__(self) -> None:
        self._open = False
        self._waiting: queue.Queue[tuple[Callable[[UUID], object], UUID] | None] = queue.Queue(MOST_WAITING)
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """From now on nobody waits; on leaving, what is under way gets some seconds."""
        self._open = True
        self._threads = [
            threading.Thread(target=self._run, daemon=True, name=f"courier-{number}")
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Takes nothing more and waits a little for what is under way; harmless twice."""
        self._open = False
        for _thread in self._threads:
            try:
                self._waiting.put_nowait(None)
            except queue.Full:
                break
        for thread in self._threads:
            thread.join(LAST_WORDS_S / THREADS)
        self._threads = []

    def bring(self, work: Callable[[UUID], object], id_: UUID) -> None:
        """At once, or beside the caller; too much at once is left to the worker."""
        if not self._open:
            work(id_)
            return
        try:
            self._waiting.put_nowait((work, id_))
        except queue.Full:
            log.warning("Too many letters wait: the worker takes the next ones.")

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            close_old_connections()
            try:
                task[0](task[1])
            except Exception:
                log.exception("A letter could not be brought; the worker will.")
            close_old_connections()
        connections.close_all()


COURIER = Courier()
