"""Repeated dates: days by an RRULE (RFC 5545), hours on the clocks of the place.

The rule speaks of days; each occurrence keeps its *local* hour when the clocks change, so two occurrences a
week apart may lie 167 or 169 hours apart. Reading and walking the rule is python-dateutil's; this file says
which rules a campaign may use, and what "this one" and "this one and those that follow" mean.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]  # ships no types

MOST = 60
"""Occurrences of one series: a year of weeks and some."""


class Every(StrEnum):
    """How often."""

    WEEK = "week"
    TWO_WEEKS = "two-weeks"
    MONTH_DAY = "month-day"
    DAY = "day"


class BadRule(ValueError):
    """The rule cannot be read, names hours, or never ends."""


class TooMany(BadRule):
    """More occurrences than a series may have."""


class Nothing(BadRule):
    """No day is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """``rule``: an RRULE without the property's name; ``exceptions``: days left out (EXDATE)."""

    rule: str
    starts_on: date
    exceptions: frozenset[date] = frozenset()


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def rule_of(*, every: Every, starts_on: date, until: date) -> str:
    """The RRULE of a form. By the month: the same weekday of the same week (the second Saturday); the fifth
    is the last, which every month has."""
    ends = f"UNTIL={until:%Y%m%d}"
    if every is Every.MONTH_DAY:
        nth = (starts_on.day - 1) // 7 + 1
        return f"FREQ=MONTHLY;BYDAY={nth if nth < 5 else -1}{WEEKDAYS[starts_on.weekday()]};{ends}"
    if every is Every.DAY:
        return f"FREQ=DAILY;{ends}"
    interval = ";INTERVAL=2" if every is Every.TWO_WEEKS else ""
    return f"FREQ=WEEKLY{interval};{ends}"


def days(series: Series) -> tuple[date, ...]:
    """Every day of the series in order, without the exceptions. Raises ``BadRule``, ``TooMany``,
    ``Nothing``."""
    found: list[date] = []
    for moment in _walk(series):
        if len(found) > MOST:
            break
        if moment.date() not in series.exceptions:
            found.append(moment.date())
    if len(found) > MOST:
        raise TooMany
    if not found:
        raise Nothing
    return tuple(found)


def _walk(series: Series) -> Iterable[datetime]:
    """The rule's days. Floating times at midnight: no zone has a say in which days they are."""
    start = datetime.combine(series.starts_on, time())
    try:
        walked = rrulestr(series.rule, dtstart=start)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRule(str(error)) from error
    if not isinstance(walked, rrule):
        raise BadRule("one rule and nothing else")
    finite = "UNTIL=" in series.rule or "COUNT=" in series.rule
    if not finite or any(name in series.rule for name in ("BYHOUR", "BYMINUTE", "BYSECOND", "SECONDLY")):
        raise BadRule("days only, with an end")
    if any(name in series.rule for name in ("HOURLY", "MINUTELY")):
        raise BadRule("days only, with an end")
    found: Iterable[datetime] = walked
    return found


def shifted(
    *, starts_at: datetime, ends_at: datetime, zone: tzinfo, by: timedelta
) -> tuple[datetime, datetime]:
    """The same local hours, whole days later (or earlier). An hour that the clocks skip that night is the one
    after; the length in real time may then differ by an hour."""
    return _moved(starts_at, zone, by), _moved(ends_at, zone, by)


def _moved(moment: datetime, zone: tzinfo, by: timedelta) -> datetime:
    local = moment.astimezone(zone).replace(tzinfo=None) + timedelta(days=by.days)
    return local.replace(tzinfo=zone).astimezone(UTC)


def cut(series: Series, *, before: date) -> tuple[Series | None, Series | None]:
    """The series in two: the days before ``before``, and those from it on; None for an empty part.

    "This one and those that follow" changes the second and leaves the first as it was."""
    all_days = days(series)
    earlier = [day for day in all_days if day < before]
    later = [day for day in all_days if day >= before]
    return _part(series, earlier), _part(series, later)


def _part(series: Series, wanted: list[date]) -> Series | None:
    if not wanted:
        return None
    last = wanted[-1]
    rule = ";".join(part for part in series.rule.split(";") if not part.startswith(("UNTIL=", "COUNT=")))
    part = Series(rule=f"{rule};UNTIL={last:%Y%m%d}", starts_on=series.starts_on)
    # Every other week counts from the first day: the part keeps that start and leaves the rest out.
    kept = set(wanted)
    left_out = frozenset(moment.date() for moment in _walk(part) if moment.date() not in kept)
    return replace(part, exceptions=left_out)
