"""Making the database forget what was deleted, down to the bytes of its file.

``secure_delete`` (set for every connection) writes zeros over deleted content, but SQLite moves rows between
pages and leaves a few old copies in half-empty ones (8 of 8,100 in our measurement); older pages also wait in
the write-ahead log. Only writing the file anew leaves nothing.
"""

import logging
from pathlib import Path
from time import sleep

from django.db import OperationalError, connection, transaction

from amiral.kit import runs

log = logging.getLogger(__name__)
AT_ONCE_BYTES = 64 * 1024 * 1024
"""Up to this size the file is written anew within the request (some tenths of a second); else by a run."""
TRIES, BETWEEN_TRIES_S = 90, 10
"""A quarter of an hour: longer than any page or download reads."""


def wipe() -> bool:
    """Writes the database anew without what was deleted. ``False``: somebody was reading; try again.

    PostgreSQL gives the space of dead rows back for reuse (``VACUUM``); see docs/erasure.md for its files.
    """
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        try:
            cursor.execute("VACUUM")
            if connection.vendor != "sqlite":
                return True
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]
        except OperationalError:
            log.warning("The database was busy: what was deleted is wiped by the next daily purge.")
            return False


def wipe_soon() -> None:
    """After the transaction: at once when the file is small, else by a run."""
    transaction.on_commit(_wipe_soon)


def _wipe_soon() -> None:
    if connection.in_atomic_block:
        return
    if not (_is_small() and wipe()):
        runs.start(kind="wipe", arguments={}, started_by_id=None)


def _is_small() -> bool:
    if connection.vendor != "sqlite":
        return False
    path = Path(str(connection.settings_dict["NAME"]))
    return path.exists() and path.stat().st_size <= AT_ONCE_BYTES


def wipe_run(report: runs.Reporter) -> dict[str, bool]:
    """The run ``wipe``: tried again while somebody reads, for the log keeps every old page until then.

    Raises ``OperationalError`` when it never succeeds, so that the run shows as failed.
    """
    for number in range(TRIES):
        report(number, TRIES)
        if wipe():
            return {"done": True}
        sleep(BETWEEN_TRIES_S)
    raise OperationalError("The database was read all the time: what was deleted still lies in its log.")
