"""The clock and the measure of the right of reply."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.reply import (
    BY_MACHINE,
    NEXT,
    RULES,
    Ground,
    Regime,
    Step,
    due,
    is_late,
    lines_of,
    may_ask_until,
    most_lines,
    objections,
    rules_on,
    shown_until,
)

ZONES = [
    "Europe/Paris",
    "America/Miquelon",
    "America/Cayenne",
    "Indian/Reunion",
    "Pacific/Tahiti",
    "Pacific/Noumea",
]
instants = st.datetimes(datetime(2008, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)
texts = st.lists(st.text(st.characters(whitelist_categories=["L", "Zs"]), max_size=200), max_size=8).map(
    "\n".join
)
ONLINE, PAPER = rules_on(date(2026, 3, 1), Regime.ONLINE), rules_on(date(2026, 3, 1), Regime.PERIODICAL)


@given(instants, zones)
def test_three_days_are_never_more_than_three_days_however_they_are_read(at: datetime, zone: str) -> None:
    last = due(at, ONLINE, zone=zone, electoral=False)
    assert timedelta(hours=71) <= last - at <= timedelta(hours=72)
    local = last.astimezone(ZoneInfo(zone))
    assert local.date() <= at.astimezone(ZoneInfo(zone)).date() + timedelta(days=3)


@given(instants, zones)
def test_in_an_electoral_period_a_day_is_twenty_four_hours(at: datetime, zone: str) -> None:
    assert due(at, ONLINE, zone=zone, electoral=True) - at == timedelta(hours=24)


@given(instants, st.integers(0, 10**7), zones)
def test_who_asks_later_is_not_owed_an_answer_sooner(at: datetime, later: int, zone: str) -> None:
    after = at + timedelta(seconds=later)
    assert due(after, ONLINE, zone=zone, electoral=False) >= due(at, ONLINE, zone=zone, electoral=False)
    assert may_ask_until(after, ONLINE, zone=zone) >= may_ask_until(at, ONLINE, zone=zone)


@given(instants, zones)
def test_asking_is_open_to_the_end_of_the_last_local_day(at: datetime, zone: str) -> None:
    end = may_ask_until(at, ONLINE, zone=zone)
    local = (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    assert local.strftime("%H:%M:%S") == "23:59:59"
    assert timedelta(days=89) < end - at <= timedelta(days=94)


@pytest.mark.parametrize(
    ("published", "end"),
    [
        ("2026-11-30T12:00:00", "2027-02-28T23:00:00"),
        ("2027-11-30T12:00:00", "2028-02-29T23:00:00"),
        ("2026-01-31T23:30:00", "2026-05-01T22:00:00"),  # already 1 February in Paris
        ("2026-12-31T22:59:00", "2027-03-31T22:00:00"),
    ],
)
def test_months_end_where_the_calendar_says(published: str, end: str) -> None:
    at = datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert may_ask_until(at, ONLINE, zone="Europe/Paris").isoformat() == f"{end}+00:00"


def test_the_nights_on_which_clocks_change() -> None:
    """Received on Friday 27 March 2026 at 12:00 in Paris; Sunday skips an hour: due on Monday at 12:00."""
    at = datetime(2026, 3, 27, 11, tzinfo=UTC)
    assert due(at, ONLINE, zone="Europe/Paris", electoral=False) == datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert due(at, ONLINE, zone="Indian/Reunion", electoral=False) == datetime(2026, 3, 30, 11, tzinfo=UTC)
    autumn = datetime(2026, 10, 23, 10, tzinfo=UTC)
    assert due(autumn, ONLINE, zone="Europe/Paris", electoral=False) == datetime(2026, 10, 26, 10, tzinfo=UTC)


@given(texts, texts)
def test_a_reply_may_be_as_long_as_the_text_within_the_law(one: str, reply: str) -> None:
    for rule in RULES:
        most = most_lines(one, rule)
        assert rule.least_lines <= most <= rule.most_lines or most == lines_of(one, rule.line)
        found = objections(
            original=one,
            reply=reply,
            published_at=datetime(2026, 1, 1, tzinfo=UTC),
            received_at=datetime(2026, 1, 2, tzinfo=UTC),
            rules=rule,
            zone="Europe/Paris",
        )
        assert (Ground.TOO_LONG in found) == (lines_of(reply, rule.line) > most)
        assert set(found) <= BY_MACHINE


def test_lines_and_limits() -> None:
    assert lines_of("", 75) == 0
    assert lines_of("a" * 75, 75) == 1
    assert lines_of("a" * 76 + "\n\nb", 75) == 4
    assert most_lines("short", PAPER) == 50
    assert most_lines("short", ONLINE) == 1
    assert most_lines("x\n" * 500, ONLINE) == most_lines("x\n" * 500, PAPER) == 200


def test_a_request_is_late_after_the_last_day() -> None:
    given_ = {"original": "a", "reply": "b", "rules": ONLINE, "zone": "Europe/Paris"}
    published = datetime(2026, 1, 10, 12, tzinfo=UTC)
    last = datetime(2026, 4, 10, 21, 59, tzinfo=UTC)
    assert objections(**given_, published_at=published, received_at=last) == ()
    assert objections(**given_, published_at=published, received_at=last + timedelta(minutes=1)) == (
        Ground.LATE,
    )


@given(
    instants,
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.timedeltas(timedelta(0), timedelta(days=90)),
)
def test_a_reply_stands_as_long_as_its_text_and_at_least_a_day(
    start: datetime, stood: timedelta, after: timedelta
) -> None:
    gone, reply = start + stood, start + after
    until = shown_until(reply_from=reply, original_from=start, original_until=gone, rules=ONLINE)
    assert until is not None
    assert until - reply >= max(timedelta(days=1), stood)
    assert until >= gone
    assert shown_until(reply_from=reply, original_from=start, original_until=None, rules=ONLINE) is None


def test_rules_are_those_of_the_day() -> None:
    assert rules_on(date(2024, 5, 20), Regime.ONLINE).name == "online-2007"
    assert rules_on(date(2024, 5, 21), Regime.ONLINE).name == "online-2024"
    with pytest.raises(LookupError):
        rules_on(date(1999, 1, 1), Regime.ONLINE)
    assert all(rule.sources for rule in RULES)


def test_every_step_leads_somewhere_or_is_an_end() -> None:
    reached, seen = {Step.RECEIVED}, set()
    while reached - seen:
        step = (reached - seen).pop()
        seen.add(step)
        reached |= NEXT[step]
    assert seen == set(Step) == set(NEXT)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for step in Step:
        waits = bool(NEXT[step]) and step is not Step.REFUSED
        assert is_late(step=step, at=now, due_at=now - timedelta(seconds=1)) == waits
        assert not is_late(step=step, at=now, due_at=now)
