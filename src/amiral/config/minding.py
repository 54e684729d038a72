"""What the worker looks after every few seconds, beside the queue."""

import logging
from collections.abc import Callable
from threading import Thread
from time import monotonic

from django.db import connections

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.rooms.field.api import close_periods, end_leases, watch_safety
from amiral.rooms.mobilisation.api import remind_due, settle_due
from amiral.rooms.network.api import look_after as look_after_network
from amiral.rooms.outreach.api import deliver_due, read_mailbox

EVERY_S = 5.0
READ_EVERY_S = 60.0
log = logging.getLogger(__name__)


class Beside:
    """Work that waits for servers of others, which may think for minutes: one round of it at a time, in a
    thread of its own, so that a call for help does not wait with it."""

    def __init__(self, name: str, work: Callable[[], object], *, every_s: float = 0.0) -> None:
        self._name, self._work, self._every_s = name, work, every_s
        self._thread: Thread | None = None
        self._next_at = float("-inf")

    def go(self, *, beside: bool) -> None:
        """Begins the next round unless one is under way or it is too early; here, if not ``beside``."""
        if (self._thread and self._thread.is_alive()) or monotonic() < self._next_at:
            return
        self._next_at = monotonic() + self._every_s
        if beside:
            self._thread = Thread(target=self._round, daemon=True, name=self._name)
            self._thread.start()
        else:
            self._try()

    def _round(self) -> None:
        try:
            self._try()
        finally:
            connections.close_all()

    def _try(self) -> None:
        try:
            self._work()
        except Exception:
            log.exception("A round of %s failed; the next one follows.", self._name)


OUTBOX = Beside("outbox", lambda: deliver_due(at=now(), limit=200))
MAILBOX = Beside("mailbox", lambda: read_mailbox(at=now()), every_s=READ_EVERY_S)


def once(*, beside: bool = False) -> None:
    """One round: who needs help, abandoned runs, messages that are due, leases that ran out, what is daily.

    A failure is logged, never fatal. ``beside``: mail in threads of its own, as the worker wants it.
    """
    _watch_teams()
    OUTBOX.go(beside=beside)
    MAILBOX.go(beside=beside)
    try:
        for run_id in runs.abandoned():
            runs.wake(run_id)
        close_periods(at=now())
        end_leases(at=now())
        settle_due(at=now())
        remind_due(at=now())
        look_after_network(at=now())
        runs.start_daily(kind="purge")
        runs.start_daily(kind="watch-requests")
        runs.start_daily(kind="find-duplicates")
        runs.start_daily(kind="verify-segments")
        runs.start_daily(kind="check-log")
    except Exception:
        log.exception("The worker's round failed; the next one follows in %s seconds.", EVERY_S)


def _watch_teams() -> None:
    """First, and apart: no other failure may keep a call for help from being passed on, nor the other way."""
    try:
        watch_safety(at=now())
    except Exception:
        log.exception("Nobody was told of teams in need; the next round follows in %s seconds.", EVERY_S)
