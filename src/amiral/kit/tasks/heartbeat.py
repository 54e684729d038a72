"""Renewing a lease beside the work, so that a long step keeps it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)


@contextmanager
def renewed(renew: Callable[[], object], *, every_s: float, name: str) -> Iterator[None]:
    """Calls ``renew`` from a thread until the block ends; a database that is busy is asked again."""
    over = Event()

    def beat() -> None:
        while not over.wait(every_s):
            try:
                renew()
            except DatabaseError:  # there is time for another try before the lease ends
                logger.warning("The lease of %s could not be renewed; it is tried again.", name)
            finally:
                connection.close()

    thread = Thread(target=beat, daemon=True, name=f"lease {name}")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
