"""The clock of a notice: two hours by day, on any clock, over changes of hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.notices import DAY_FROM, DAY_TO, TARGET, Urgency, due, urgency

ZONES = st.sampled_from(["Europe/Paris", "America/Miquelon", "Indian/Reunion", "Pacific/Noumea"])
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(instants, ZONES)
def test_a_deadline_falls_by_day_and_not_too_late(at: datetime, zone: str) -> None:
    last = due(at, zone=zone)
    assert DAY_FROM <= last.astimezone(ZoneInfo(zone)).time() <= DAY_TO
    assert TARGET <= last - at <= timedelta(hours=13)


@given(instants, st.integers(0, 10**6), ZONES)
def test_a_later_notice_is_not_due_sooner(at: datetime, later_s: int, zone: str) -> None:
    assert due(at + timedelta(seconds=later_s), zone=zone) >= due(at, zone=zone)


@pytest.mark.parametrize(
    ("received", "wanted"),
    [
        ("2027-03-03T11:00:00+00:00", "2027-03-03T13:00:00+00:00"),
        ("2027-03-03T20:00:00+00:00", "2027-03-04T08:00:00+00:00"),  # 21 h in Paris: one hour, then 8 to 9
        ("2027-03-03T22:59:00+00:00", "2027-03-04T09:00:00+00:00"),  # 23:59: the morning, two hours
        ("2027-03-27T22:30:00+00:00", "2027-03-28T08:00:00+00:00"),  # the night of the change of hour
    ],
)
def test_nights_are_nobodys(received: str, wanted: str) -> None:
    found = due(datetime.fromisoformat(received), zone="Europe/Paris")
    assert found == datetime.fromisoformat(wanted)


def test_words_follow_the_deadline() -> None:
    at = datetime(2027, 3, 3, 12, tzinfo=UTC)
    assert urgency(due_at=at, at=at) is Urgency.LATE
    assert urgency(due_at=at + timedelta(minutes=30), at=at) is Urgency.SOON
    assert urgency(due_at=at + timedelta(minutes=31), at=at) is Urgency.FINE
