"""The law of silence over every clock of France and the ballots since 2002."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.silence import (
    GROUNDS,
    LANDS,
    PARIS,
    Conduct,
    Poll,
    Round,
    forbidden_during,
    free_from,
    instant,
    polls_of,
    results_hidden_until,
    silence,
    windows,
)

ZONES = sorted({PARIS, *(zone for land in LANDS for zone in land.zones)})
METROPOLITAN = ["71", "75", "2A"]
EVERYWHERE = [*METROPOLITAN, *(land.departement for land in LANDS)]
SUNDAYS = {
    "presidential": "2002-04-21 2002-05-05 2007-04-22 2007-05-06 2012-04-22 2012-05-06 2017-04-23 2017-05-07"
    " 2022-04-10 2022-04-24",
    "legislative": "2002-06-09 2002-06-16 2007-06-10 2007-06-17 2012-06-10 2012-06-17 2017-06-11 2017-06-18"
    " 2022-06-12 2022-06-19 2024-06-30 2024-07-07",
    "european": "2004-06-13 2009-06-07 2014-05-25 2019-05-26 2024-06-09",
    "referendum": "2005-05-29",
    "regional": "2004-03-21 2004-03-28 2010-03-14 2010-03-21 2015-12-06 2015-12-13 2021-06-20 2021-06-27",
    "municipal": "2008-03-09 2008-03-16 2014-03-23 2014-03-30 2020-03-15 2020-06-28 2026-03-15 2026-03-22",
    "departmental": "2011-03-20 2011-03-27 2015-03-22 2015-03-29 2021-06-20 2021-06-27",
}
NATIONAL = {"presidential", "legislative", "european", "referendum"}
BALLOTS = [(kind, date.fromisoformat(day)) for kind, days in SUNDAYS.items() for day in days.split()]


def the_round(kind: str, day: date, areas: list[str] = EVERYWHERE) -> Round:
    national = kind in NATIONAL and day.year >= 2007
    return Round(
        name=f"{kind} {day}",
        polls=polls_of(areas=areas, day=day, closes=time(20), national=national),
    )


ballots = st.sampled_from(BALLOTS).map(lambda ballot: the_round(*ballot))
areas = st.sampled_from(EVERYWHERE)
hours = st.floats(-120, 120).map(lambda hours: timedelta(hours=hours))
forbidden = st.sampled_from(sorted(GROUNDS))


@pytest.mark.parametrize(("kind", "day"), BALLOTS)
def test_they_were_sundays(kind: str, day: date) -> None:
    assert day.weekday() == 6


@given(ballots, areas)
def test_silence_begins_with_the_eve_of_the_place_and_ends_with_the_last_station(
    round_: Round, area: str
) -> None:
    last = max(poll.closed_at for poll in round_.polls)
    mine = [poll for poll in round_.polls if poll.area == area]
    for window, poll in zip(
        windows([round_], [area]), sorted(mine, key=lambda poll: poll.quiet_from), strict=True
    ):
        local = window.start.astimezone(ZoneInfo(poll.zone))
        assert (local.date(), local.time()) == (poll.day - timedelta(days=1), time(0))
        assert window.end == last
        assert timedelta(hours=44) - timedelta(hours=1) <= window.end - window.start <= timedelta(hours=84)


@given(ballots, areas, hours, forbidden)
def test_forbidden_exactly_inside_the_window(
    round_: Round, area: str, shift: timedelta, conduct: Conduct
) -> None:
    start = min(poll.quiet_from for poll in round_.polls if poll.area == area)
    at = start + shift
    found = silence([round_], areas=[area], at=at, conduct=conduct)
    assert (found is not None) == (start <= at < round_.closed_at)
    free = free_from([round_], areas=[area], at=at, conduct=conduct)
    assert free == (round_.closed_at if found else at)


@given(ballots, areas, hours, st.sampled_from(sorted(set(Conduct) - GROUNDS.keys())))
def test_what_is_allowed_goes_out(round_: Round, area: str, shift: timedelta, conduct: Conduct) -> None:
    at = round_.closed_at + shift
    assert silence([round_], areas=[area], at=at, conduct=conduct) is None
    assert free_from([round_], areas=[area], at=at, conduct=conduct) == at


@given(ballots, st.lists(areas, min_size=1, unique=True), areas, hours, forbidden)
def test_more_people_never_shorten_a_silence(
    round_: Round, some: list[str], more: str, shift: timedelta, conduct: Conduct
) -> None:
    at = round_.closed_at + shift
    if silence([round_], areas=some, at=at, conduct=conduct):
        assert silence([round_], areas=[*some, more], at=at, conduct=conduct)


@given(ballots, areas, hours, st.floats(0, 30), forbidden)
def test_something_that_lasts_is_forbidden_when_any_moment_of_it_is(
    round_: Round, area: str, shift: timedelta, lasts: float, conduct: Conduct
) -> None:
    start = round_.closed_at + shift
    end = start + timedelta(hours=lasts)
    moments = [start + (end - start) * i / 40 for i in range(40)]
    quiet = any(silence([round_], areas=[area], at=moment, conduct=conduct) for moment in moments)
    found = forbidden_during([round_], areas=[area], start=start, end=end, conduct=conduct)
    assert found or not quiet
    if found:
        assert start < found.end
        assert found.start <= max(start, end)


@given(st.lists(ballots, max_size=3), areas, hours, forbidden)
def test_when_it_is_free_nothing_forbids(
    rounds: list[Round], area: str, shift: timedelta, conduct: Conduct
) -> None:
    at = datetime(2017, 4, 22, tzinfo=UTC) + shift
    free = free_from(rounds, areas=[area], at=at, conduct=conduct)
    assert silence(rounds, areas=[area], at=free, conduct=conduct) is None
    assert free >= at


def test_the_second_round_of_2017_place_by_place() -> None:
    """Polynesia voted on Saturday: silence from Friday there; everybody until 20:00 in Paris on Sunday."""
    round_ = the_round("presidential", date(2017, 5, 7))
    starts = {window.area: window.start for window in reversed(windows([round_], EVERYWHERE))}
    assert starts["75"] == datetime(2017, 5, 5, 22, tzinfo=UTC)
    assert starts["974"] == datetime(2017, 5, 5, 20, tzinfo=UTC)
    assert starts["988"] == datetime(2017, 5, 5, 13, tzinfo=UTC)
    assert starts["971"] == datetime(2017, 5, 5, 4, tzinfo=UTC)
    assert starts["987"] == datetime(2017, 5, 5, 9, tzinfo=UTC)  # Gambier, the first of its three clocks
    assert {window.end for window in windows([round_], EVERYWHERE)} == {datetime(2017, 5, 7, 18, tzinfo=UTC)}


def test_a_municipal_ballot_concerns_its_own_area_and_a_change_of_hour_makes_the_day_shorter() -> None:
    """On 30 March 2014 the clocks of metropolitan France went forward; Réunion's did not."""
    round_ = the_round("municipal", date(2014, 3, 30), ["75"])
    (window,) = windows([round_], ["75"])
    assert window.end - window.start == timedelta(hours=43)
    assert not windows([round_], ["974"])
    (there,) = windows([the_round("municipal", date(2014, 3, 30), ["974"])], ["974"])
    assert there.end - there.start == timedelta(hours=44)


def test_results_wait_for_the_last_metropolitan_station() -> None:
    polls = (
        Poll(area="75", zone=PARIS, day=date(2022, 4, 24), closes=time(20)),
        Poll(area="71", zone=PARIS, day=date(2022, 4, 24), closes=time(19)),
        Poll(area="99", zone="America/Los_Angeles", day=date(2022, 4, 24), closes=time(20)),
    )
    round_ = Round(name="t", polls=polls)
    assert results_hidden_until(round_, metropolitan=METROPOLITAN) == polls[0].closed_at
    assert results_hidden_until(round_, metropolitan=[]) == polls[2].closed_at == round_.closed_at


@given(
    st.sampled_from([*ZONES, "America/Havana", "Asia/Beirut"]), st.dates(date(2002, 1, 1), date(2037, 1, 1))
)
def test_an_instant_is_read_on_the_local_clock(zone: str, day: date) -> None:
    """Where midnight is skipped (Havana, Beirut) silence may begin an hour early, never late."""
    start = instant(day, time(0), zone)
    local = start.astimezone(ZoneInfo(zone))
    assert local.date() == day or local + timedelta(hours=1) >= datetime.combine(
        day, time(0), tzinfo=ZoneInfo(zone)
    )
    assert (start + timedelta(hours=1)).astimezone(ZoneInfo(zone)).date() == day
    assert instant(day, time(20), zone, latest=True) >= instant(day, time(20), zone)


def test_a_round_needs_a_poll() -> None:
    with pytest.raises(ValueError, match="no poll"):
        Round(name="empty", polls=())
