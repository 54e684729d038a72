"""Results before the close and free numbers, over every clock of France and the ballots since 2002."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.ballot_rules import (
    free_phone_ban,
    free_phone_forbidden,
    free_phone_in,
    months_before,
    results_ban,
    results_held,
)
from amiral.cores.silence import PARIS, Poll, Round
from tests.cores.test_silence import BALLOTS, EVERYWHERE, METROPOLITAN, areas, ballots, the_round

minutes = st.integers(-200_000, 3_000).map(lambda number: timedelta(minutes=number))


@settings(max_examples=40)
@given(ballots, areas, minutes)
def test_results_wait_exactly_until_the_last_metropolitan_station(
    round_: Round, area: str, shift: timedelta
) -> None:
    close = max(poll.closed_at for poll in round_.polls if poll.area in METROPOLITAN)
    begins = min(datetime.combine(poll.day, time(0), ZoneInfo(poll.zone)) for poll in round_.polls)
    at = close + shift
    assert (results_held([round_], areas=[area], at=at) is not None) == (begins <= at < close)
    assert results_held([round_], areas=["99"], at=at) is None


@pytest.mark.parametrize(("kind", "day"), BALLOTS)
def test_at_twenty_oclock_in_paris_and_never_before(kind: str, day: date) -> None:
    """Also for Guadeloupe, which voted the day before, and for Réunion, which closed hours ago."""
    round_ = the_round(kind, day)
    close = datetime.combine(day, time(20), ZoneInfo(PARIS))
    for area in EVERYWHERE:
        assert results_held([round_], areas=[area], at=close - timedelta(seconds=1))
        assert results_held([round_], areas=[area], at=close) is None


def test_where_nothing_metropolitan_votes_the_last_station_there_counts() -> None:
    round_ = the_round("municipal", date(2014, 3, 30), ["974"])
    assert results_ban(round_).end == round_.closed_at


@settings(max_examples=40)
@given(ballots, areas, minutes)
def test_free_numbers_stop_three_months_before_the_first_of_the_month(
    round_: Round, area: str, shift: timedelta
) -> None:
    first = min(poll.day for poll in round_.polls)
    at = round_.closed_at + shift
    local = {at.astimezone(ZoneInfo(poll.zone)).date() for poll in round_.polls}
    ban = free_phone_forbidden([round_], areas=[area], at=at)
    begins = months_before(first, 3)
    assert (begins.day, (first.year * 12 + first.month) - (begins.year * 12 + begins.month)) == (1, 3)
    if ban:
        assert max(local) >= begins
        assert at < round_.closed_at
    elif at < round_.closed_at:
        assert max(local) <= begins
    assert free_phone_forbidden([round_], areas=["99"], at=at) is None


@settings(max_examples=40)
@given(st.lists(ballots, min_size=1, max_size=3), areas, minutes)
def test_more_rounds_never_allow_more(rounds: list[Round], area: str, shift: timedelta) -> None:
    at = rounds[0].closed_at + shift
    for rule in (results_held, free_phone_forbidden):
        if rule(rounds[:1], areas=[area], at=at):
            assert rule(rounds, areas=[area], at=at)


def test_the_presidential_ballot_of_2022_forbade_from_the_first_of_january() -> None:
    ban = free_phone_ban(the_round("presidential", date(2022, 4, 10), METROPOLITAN))
    assert ban.start == datetime(2021, 12, 31, 23, tzinfo=UTC)  # midnight in Paris
    assert ban.end == datetime(2022, 4, 10, 18, tzinfo=UTC)


def test_a_ballot_of_january_reaches_into_the_year_before() -> None:
    poll = Poll(area="75", zone=PARIS, day=date(2027, 1, 31), closes=time(18))
    assert free_phone_ban(Round(name="t", polls=(poll,))).start == datetime(2026, 9, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "0800 123 456", "0805123456", "08 05 12 34 56", "08.00.12.34.56", "+33 800 12 34 56",
        "+33 (0)805 123 456", "0033 800 123 456", "0 800 12 34 56", "0800-123-456",
        "0800\u00a0123\u202f456", "+33805123456",
    ],
)  # fmt: skip
def test_free_numbers_are_seen_however_they_are_written(written: str) -> None:
    assert free_phone_in(f"Appelez le {written}, c’est gratuit.") == written
    assert free_phone_in(f"**{written}**")


@pytest.mark.parametrize(
    "text",
    ["", "06 12 34 56 78", "0806 123 456", "0892 70 12 39", "Réunion à 08 h 00, salle 123 456", "10800123456",
     "0800 12", "08001234567", "+41 800 123 456", "https://exemple.fr/10800123456/"],
)  # fmt: skip
def test_other_numbers_are_left_alone(text: str) -> None:
    assert free_phone_in(text) == ""
