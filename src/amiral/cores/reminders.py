"""When people are written to around a shift, by the clocks of the place where it is held.

Pure: instants are aware and in UTC, days and hours are those of ``zone``. A step has a time to begin and a
time after which it is too late; who was asleep in between sends nothing rather than something stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

DAY = timedelta(days=1)
EVE_HOUR, MORNING_HOUR, EARLIEST_HOUR = time(18), time(8), time(6)
BEFORE_START = timedelta(hours=2)
"""The morning's letter comes at eight, or two hours before the start if that is sooner; never before six."""
AFTER_END, LATEST_HOUR, NEXT_MORNING = timedelta(hours=1), time(21), time(9)
"""Thanks come an hour after the end; the next morning when that would be after nine in the evening."""
REPORT_HOUR = time(10)


class Step(StrEnum):
    """What is sent around a shift, in the order of time."""

    EVE = "eve"
    MORNING = "morning"
    AFTER = "after"
    REPORT = "report"
    REPORT_AGAIN = "again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From ``opens_at`` on, and before ``closes_at``."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


def instant(day: date, hour: time, zone: tzinfo) -> datetime:
    """A local hour in UTC. An hour that comes twice is its first; one that the clocks skip, as the clock
    before the change would have shown it."""
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def spans(*, starts_at: datetime, ends_at: datetime, zone: tzinfo) -> Mapping[Step, Span]:
    """The time of each step. A shift that begins before eight has no morning left to write in: its eve
    must do, unless two hours before it are after six."""
    first, last = starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date()
    midnight = instant(first, time(0), zone)
    morning = min(instant(first, MORNING_HOUR, zone), starts_at - BEFORE_START)
    morning = max(morning, instant(first, EARLIEST_HOUR, zone))
    found = {
        Step.EVE: Span(opens_at=instant(first - DAY, EVE_HOUR, zone), closes_at=min(midnight, starts_at)),
        Step.MORNING: Span(opens_at=min(morning, starts_at), closes_at=starts_at),
        Step.AFTER: Span(opens_at=_thanks(ends_at, zone), closes_at=ends_at + 3 * DAY),
    }
    for step, days, late in ((Step.REPORT, 1, 3), (Step.REPORT_AGAIN, 4, 4)):
        opens = instant(last + days * DAY, REPORT_HOUR, zone)
        found[step] = Span(opens_at=opens, closes_at=opens + late * DAY)
    return found


def _thanks(ends_at: datetime, zone: tzinfo) -> datetime:
    soon = ends_at + AFTER_END
    local = soon.astimezone(zone)
    if EARLIEST_HOUR <= local.time() < LATEST_HOUR:
        return soon
    day = local.date() if local.time() < EARLIEST_HOUR else local.date() + DAY
    return instant(day, NEXT_MORNING, zone)
