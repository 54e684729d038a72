"""Series keep their local hours; a series cut in two is the same days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.recurrence import (
    MOST,
    BadRule,
    Every,
    Nothing,
    Series,
    TooMany,
    cut,
    days,
    rule_of,
    shifted,
)

PARIS = ZoneInfo("Europe/Paris")
first_days = st.dates(min_value=date(2027, 1, 1), max_value=date(2028, 1, 1))


@st.composite
def series(draw: st.DrawFn) -> Series:
    start = draw(first_days)
    every = draw(st.sampled_from([Every.WEEK, Every.TWO_WEEKS, Every.MONTH_DAY, Every.DAY]))
    until = start + timedelta(
        days=draw(st.integers(min_value=0, max_value=50 if every is Every.DAY else 400))
    )
    some = draw(st.frozensets(st.integers(min_value=1, max_value=60), max_size=4))
    rule = rule_of(every=every, starts_on=start, until=until)
    return Series(rule=rule, starts_on=start, exceptions=frozenset(start + timedelta(days=n) for n in some))


@given(series())
def test_days_are_in_order_within_the_rule_and_without_exceptions(one: Series) -> None:
    found = days(one)
    assert list(found) == sorted(set(found))
    assert found[0] == one.starts_on
    assert not set(found) & one.exceptions
    assert {day.weekday() for day in found} == {one.starts_on.weekday()} or "DAILY" in one.rule
    if "WEEKLY" in one.rule:
        step = 14 if "INTERVAL=2" in one.rule else 7
        assert all((day - one.starts_on).days % step == 0 for day in found)
    if "MONTHLY" in one.rule:
        assert len({(day.year, day.month) for day in found}) == len(found)


@given(series(), st.integers(min_value=-5, max_value=420))
def test_cutting_loses_no_day_and_adds_none(one: Series, where: int) -> None:
    before = one.starts_on + timedelta(days=where)
    earlier, later = (days(part) if part else () for part in cut(one, before=before))
    assert earlier + later == days(one)
    assert all(day < before for day in earlier)
    assert all(day >= before for day in later)


@given(
    first_days, st.times(), st.integers(min_value=0, max_value=60), st.integers(min_value=15, max_value=700)
)
def test_local_hours_stay_when_the_clocks_change(day: date, hour: time, weeks: int, minutes: int) -> None:
    hour = hour.replace(hour=max(4, hour.hour), second=0, microsecond=0)  # hours that no night skips
    start = datetime.combine(day, hour, tzinfo=PARIS).astimezone(UTC)
    end = start + timedelta(minutes=minutes)
    moved_start, moved_end = shifted(starts_at=start, ends_at=end, zone=PARIS, by=timedelta(weeks=weeks))
    assert moved_start.astimezone(PARIS).time() == hour
    assert (moved_start.astimezone(PARIS).date() - day).days == 7 * weeks
    assert moved_start < moved_end


def test_a_week_over_the_change_is_an_hour_short() -> None:
    start = datetime(2027, 3, 27, 14, tzinfo=PARIS).astimezone(UTC)
    moved, _end = shifted(
        starts_at=start, ends_at=start + timedelta(hours=2), zone=PARIS, by=timedelta(days=7)
    )
    assert moved - start == timedelta(hours=167)


def test_the_fifth_saturday_is_the_last() -> None:
    rule = rule_of(every=Every.MONTH_DAY, starts_on=date(2027, 1, 30), until=date(2027, 4, 30))
    assert days(Series(rule=rule, starts_on=date(2027, 1, 30))) == (
        date(2027, 1, 30),
        date(2027, 2, 27),
        date(2027, 3, 27),
        date(2027, 4, 24),
    )


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=WEEKLY",
        "FREQ=HOURLY;COUNT=3",
        "FREQ=DAILY;BYHOUR=3;COUNT=2",
        "nonsense",
        "FREQ=WEEKLY;UNTIL=x",
    ],
)
def test_bad_rules_are_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        days(Series(rule=rule, starts_on=date(2027, 3, 6)))


def test_too_many_and_none() -> None:
    start = date(2027, 3, 6)
    with pytest.raises(TooMany):
        days(Series(rule=f"FREQ=DAILY;COUNT={MOST + 1}", starts_on=start))
    assert len(days(Series(rule=f"FREQ=DAILY;COUNT={MOST}", starts_on=start))) == MOST
    with pytest.raises(Nothing):
        days(Series(rule="FREQ=DAILY;COUNT=1", starts_on=start, exceptions=frozenset({start})))
