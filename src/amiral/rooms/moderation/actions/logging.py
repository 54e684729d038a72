"""Writing the public log: each entry follows the last one, whoever writes at the same moment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from amiral.cores import chain
from amiral.rooms.moderation.models import LogLine
from amiral.rooms.moderation.queries.log import entry_of

ATTEMPTS = 100


class LogBusy(RuntimeError):
    """So many wrote at once that this one never came to write."""


def append(*, body: Mapping[str, Any], at: datetime, about: UUID | None = None) -> LogLine:
    """Adds one entry in the running transaction; call it last, for others wait until it is over.

    ``body``: text, whole numbers and booleans, nothing about a person. The unique ``number`` and ``before``
    decide between two at once: on PostgreSQL the second waits, is refused and follows the first; SQLite
    lets one transaction write at a time.
    """
    for _attempt in range(ATTEMPTS):
        last = LogLine.objects.order_by("-number").first()
        entry = _next(last, body, at)
        try:
            with transaction.atomic():
                return LogLine.objects.create(
                    number=entry.number,
                    at=entry.at,
                    about=about,
                    body=dict(entry.body),
                    before=entry.before,
                    hash=entry.hash,
                )
        except IntegrityError:
            continue
    raise LogBusy


def _next(last: LogLine | None, body: Mapping[str, Any], at: datetime) -> chain.Entry:
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if last is None:
        return chain.append(None, body=body, at=text)
    # Two clocks may differ by a moment; a log never goes back.
    return chain.append(entry_of(last), body=body, at=max(text, last.at))
