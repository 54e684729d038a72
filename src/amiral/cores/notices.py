"""The clock of a notice: by when somebody must have looked at what is said to be unlawful.

Who publishes a page answers for others' words once he knows of them and does not act promptly (ECHR, Grand
Chamber, 15 May 2023, Sanchez v. France, n° 45581/15; French law n° 82-652, art. 93-3). No text says how many
hours "promptly" are: two hours by day are the campaign's own promise, and nights are counted as nobody's.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

TARGET = timedelta(hours=2)
DAY_FROM, DAY_TO = time(8), time(22)
SOON = timedelta(minutes=30)


class Urgency(StrEnum):
    """How an open notice stands to its deadline."""

    FINE = "fine"
    SOON = "soon"
    LATE = "late"


def due(
    received_at: datetime,
    *,
    zone: str,
    target: timedelta = TARGET,
    day_from: time = DAY_FROM,
    day_to: time = DAY_TO,
) -> datetime:
    """When ``target`` has run between ``day_from`` and ``day_to`` on the clock of ``zone``: UTC.

    Hours are hours also where the clock is changed.
    """
    at, left, tz = received_at.astimezone(UTC), target, ZoneInfo(zone)
    day = at.astimezone(tz).date()
    while True:
        opens, closes = _instant(day, day_from, tz), _instant(day, day_to, tz)
        begins = max(at, opens)
        if begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta(0))
        day += timedelta(days=1)


def urgency(*, due_at: datetime, at: datetime) -> Urgency:
    """Late from the deadline on, soon in the half hour before it."""
    if at >= due_at:
        return Urgency.LATE
    return Urgency.SOON if due_at - at <= SOON else Urgency.FINE


def _instant(day: date, clock: time, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=tz).astimezone(UTC)
