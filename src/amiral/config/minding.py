"""What the worker looks after every few seconds, beside the queue."""

import logging

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.rooms.outreach.api import deliver_due

EVERY_S = 5.0
log = logging.getLogger(__name__)


def once() -> None:
    """One round: abandoned runs, messages that are due, the daily purge. A failure is logged, never fatal."""
    try:
        for run_id in runs.abandoned():
            runs.wake(run_id)
        deliver_due(at=now(), limit=200)
        runs.start_daily(kind="purge")
        runs.start_daily(kind="watch-requests")
        runs.start_daily(kind="find-duplicates")
        runs.start_daily(kind="verify-segments")
    except Exception:
        log.exception("The worker's round failed; the next one follows in %s seconds.", EVERY_S)
