"""Reminders keep to the clocks of the place, whatever those do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.reminders import EARLIEST_HOUR, Span, Step, spans

PARIS = ZoneInfo("Europe/Paris")
ZONES = ["Europe/Paris", "Pacific/Tahiti", "Pacific/Noumea", "America/Miquelon", "Indian/Reunion"]
starts = st.integers(min_value=0, max_value=366 * 24 * 60).map(
    lambda minute: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
minutes = st.integers(min_value=15, max_value=12 * 60)
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(starts, minutes, zones)
def test_laws(starts_at: datetime, length: int, zone: ZoneInfo) -> None:
    ends_at = starts_at + timedelta(minutes=length)
    found = spans(starts_at=starts_at, ends_at=ends_at, zone=zone)
    assert set(found) == set(Step)
    day = starts_at.astimezone(zone).date()
    eve = found[Step.EVE].opens_at.astimezone(zone)
    assert (eve.date(), eve.time()) == (day - timedelta(days=1), time(18))
    assert found[Step.EVE].closes_at.astimezone(zone).date() <= day
    morning = found[Step.MORNING]
    assert morning.closes_at == starts_at
    if morning.opens_at < starts_at:
        assert morning.opens_at.astimezone(zone).time() >= EARLIEST_HOUR
        assert morning.opens_at.astimezone(zone).date() == day
    assert ends_at < found[Step.AFTER].opens_at < found[Step.AFTER].closes_at
    assert EARLIEST_HOUR <= found[Step.AFTER].opens_at.astimezone(zone).time() < time(21, 1)
    assert found[Step.REPORT].closes_at <= found[Step.REPORT_AGAIN].opens_at
    assert found[Step.REPORT].opens_at.astimezone(zone).time() == time(10)


@given(starts, minutes, zones, st.integers(min_value=-600, max_value=600))
def test_nobody_is_reminded_of_today_tomorrow(
    starts_at: datetime, length: int, zone: ZoneInfo, off: int
) -> None:
    """At no moment are the evening before and the morning both due."""
    found = spans(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=length), zone=zone)
    at = starts_at + timedelta(minutes=off)
    assert not (found[Step.EVE].holds(at) and found[Step.MORNING].holds(at))


@pytest.mark.parametrize(
    ("day", "eve", "morning"),
    [
        (date(2027, 3, 28), "2027-03-27T17:00", "2027-03-28T06:00"),  # the clocks go forward that night
        (date(2027, 10, 31), "2027-10-30T16:00", "2027-10-31T07:00"),  # and back
    ],
)
def test_around_a_change_of_clocks(day: date, eve: str, morning: str) -> None:
    start = datetime.combine(day, time(14), tzinfo=PARIS).astimezone(UTC)
    found = spans(starts_at=start, ends_at=start + timedelta(hours=2), zone=PARIS)
    assert f"{found[Step.EVE].opens_at:%Y-%m-%dT%H:%M}" == eve
    assert f"{found[Step.MORNING].opens_at:%Y-%m-%dT%H:%M}" == morning


def test_an_early_market_and_a_late_meeting() -> None:
    market = datetime(2027, 3, 6, 7, tzinfo=PARIS).astimezone(UTC)
    found = spans(starts_at=market, ends_at=market + timedelta(hours=2), zone=PARIS)
    assert found[Step.MORNING] == Span(opens_at=datetime(2027, 3, 6, 5, tzinfo=UTC), closes_at=market)
    late = datetime(2027, 3, 6, 21, tzinfo=PARIS).astimezone(UTC)
    after = spans(starts_at=late, ends_at=late + timedelta(hours=2), zone=PARIS)[Step.AFTER]
    assert after.opens_at == datetime(2027, 3, 7, 8, tzinfo=UTC)
