"""What the worker does for this room."""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event

from django.db import close_old_connections

from amiral.kit.clock import now
from amiral.rooms.outreach import actions, api, changes
from amiral.rooms.outreach.actions import mailing_sending, mailing_texts, returning, texting
from amiral.rooms.outreach.queries.sms_text import has_gateway

log = logging.getLogger(__name__)


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Lets due messages leave; returns how many were sent. Safe to run in several workers at once."""
    return actions.deliver_due(at=at, limit=limit)


def take_mail(data: bytes, *, at: datetime) -> str:
    """One message that came back, as a mail server pipes it; what was made of it."""
    return returning.take(data, at=at).value


def read_mailbox(*, at: datetime) -> dict[str, int]:
    """All that is unread where letters come back; how many of what. Nothing without the setting.

    Raises ``BadUrl``, ``Unreadable``.
    """
    return api.read_mailbox(at=at)


def verify_segments(*, report: Callable[[int, int], None]) -> dict[str, int]:
    """The daily run ``verify-segments``: every process that counts compares its index with the database."""
    changes.note(what=changes.VERIFY, keys=[""])
    report(1, 1)
    return {}


IDLE_S = 0.25
"""Between two looks of a process that found nothing to send."""


def send_mailings(*, stop: Event) -> None:
    """Sends letters of mailings until ``stop`` is set: the loop of one process. A failure is logged.

    Raises ``Unsettled`` when the database takes nothing: the process ends, and another reads its journal.
    """
    sender = mailing_sending.Sender()
    sender.stop = stop
    try:
        while not stop.is_set():
            if _turn(sender) is None:
                stop.wait(IDLE_S)
    except BaseException:
        sender.abandon()
        raise
    sender.close()


def _turn(sender: mailing_sending.Sender) -> int | None:
    close_old_connections()
    try:
        left = sender.turn(at=now())
        return left if left is not None or has_gateway() else _texts_without_gateway()
    except mailing_sending.Unsettled:
        raise
    except Exception:
        log.exception("A turn of sending failed; the next one follows.")
        return None


def _texts_without_gateway() -> int | None:
    """The demonstration keeps SMS on a page: no line is held for them."""
    return mailing_texts.send_due(at=now(), pause=lambda **_said: True) or None


def hold_sms_line(*, stop: Event) -> None:
    """The loop of the process that holds the line to the SMS gateway."""
    texting.hold_line(stop=stop, work=mailing_texts.send_due)


def tend_mailings() -> None:
    """Begins, takes up and ends mailings, once. A failure is logged."""
    close_old_connections()
    try:
        mailing_sending.tend(at=now())
    except Exception:
        log.exception("Looking after mailings failed; the next look follows.")
