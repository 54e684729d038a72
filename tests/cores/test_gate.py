"""The gate: one order, nothing forbidden inside a silence, nothing allowed lost, on every clock of France."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.gate import SEND, Code, Decision, Facts, QuietHours, Rules, decide, zone_of
from amiral.cores.silence import GROUNDS, LANDS, PARIS, Conduct, Window, windows
from tests.cores.test_silence import BALLOTS, EVERYWHERE, ZONES, the_round

NIGHT = QuietHours(start=time(21), end=time(8))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30, 59]))
hours = st.builds(lambda a, b: (a, b), clocks, clocks).filter(lambda two: two[0] != two[1])
quiet = st.one_of(st.none(), hours.map(lambda two: QuietHours(start=two[0], end=two[1])))
moments = st.floats(0, 35 * 366).map(lambda days: datetime(2002, 1, 1, tzinfo=UTC) + timedelta(days=days))
rules = st.builds(Rules, quiet=quiet, cap=st.integers(0, 5))
flags = st.booleans()
facts = st.builds(
    Facts,
    conduct=st.sampled_from(Conduct),
    asked=flags,
    by_email=flags,
    suppressed=flags,
    reachable=flags,
    agreed=flags,
    wanted=flags,
    zone=st.sampled_from(ZONES),
    counted=flags,
    sent_this_week=st.integers(0, 7),
)


def window_around(at: datetime) -> Window:
    return Window(start=at - timedelta(hours=1), end=at + timedelta(hours=1), round="r", area="71")


@given(facts, moments, rules, flags)
def test_the_first_objection_in_the_order_decides(
    known: Facts, at: datetime, given_rules: Rules, silent: bool
) -> None:
    silences = (window_around(at),) if silent else ()
    known = Facts(**{name: getattr(known, name) for name in Facts.__slots__} | {"silences": silences})
    bound = not known.asked
    late = given_rules.quiet and at.astimezone(ZoneInfo(known.zone)).time() in given_rules.quiet
    objections = [
        (Code.SUPPRESSED, known.suppressed and (bound or not known.by_email)),
        (Code.NO_CHANNEL, not known.reachable),
        (Code.NO_CONSENT, bound and not known.agreed),
        (Code.NO_LONGER_WANTED, not known.wanted),
        (Code.SILENCE, silent and known.conduct in GROUNDS),
        (Code.QUIET_HOURS, bound and late),
        (
            Code.WEEKLY_CAP,
            bound and known.counted and 0 < given_rules.cap <= known.sent_this_week,
        ),
    ]
    first = next((code for code, holds in objections if holds), None)
    verdict = decide(known, at=at, rules=given_rules)
    assert verdict.code == first
    waits = first is Code.QUIET_HOURS
    assert verdict.decision == (Decision.SEND if not first else Decision.WAIT if waits else Decision.HOLD)
    assert (verdict.until is not None) == waits


@given(hours, moments, st.sampled_from(ZONES))
def test_what_waits_leaves_at_the_end_of_the_quiet_hours_and_not_a_day_later(
    two: tuple[time, time], at: datetime, zone: str
) -> None:
    night = QuietHours(start=two[0], end=two[1])
    until = night.end_after(at, zone=zone)
    if until is None:
        assert at.astimezone(ZoneInfo(zone)).time() not in night
        return
    assert at < until <= at + timedelta(hours=25)
    # A clock that springs forward over the end may land inside again for a moment; never for long.
    again = night.end_after(until, zone=zone)
    assert again is None or until < again <= until + timedelta(hours=25)


def test_the_night_is_that_of_the_person() -> None:
    at = datetime(2027, 3, 3, 22, tzinfo=UTC)
    assert NIGHT.end_after(at, zone=PARIS) == datetime(2027, 3, 4, 7, tzinfo=UTC)
    assert NIGHT.end_after(at, zone="America/Martinique") is None
    assert NIGHT.end_after(datetime(2027, 3, 4, 6, 59, tzinfo=UTC), zone=PARIS) == datetime(
        2027, 3, 4, 7, tzinfo=UTC
    )
    assert NIGHT.end_after(datetime(2027, 3, 4, 7, tzinfo=UTC), zone=PARIS) is None
    assert zone_of("971") == "America/Guadeloupe"
    assert zone_of("71") == PARIS
    assert {zone_of(land.departement) for land in LANDS} <= set(ZONES)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="two times"):
        QuietHours(start=time(8), end=time(8))
    for bad in ({"cap": -1}, {"margin": timedelta(seconds=-1)}):
        with pytest.raises(ValueError, match="negative"):
            Rules(**bad)  # type: ignore[arg-type]  # two shapes in one loop
    assert "noon" not in NIGHT


# A week of traffic around every ballot since 2002 -----------------------------------------------------


@pytest.mark.parametrize(("kind", "day"), BALLOTS)
def test_a_week_around_each_ballot(kind: str, day: date) -> None:
    """On every clock, every two hours and around both ends: nothing forbidden, nothing allowed lost."""
    round_ = the_round(kind, day)
    given_rules = Rules()
    for area in EVERYWHERE:
        silences = windows([round_], [area])
        start, end = min(one.start for one in silences), max(one.end for one in silences)
        around = [end - timedelta(hours=2 * step) for step in range(-20, 64)]
        second = timedelta(seconds=1)
        edges = [start - given_rules.margin - second, start - given_rules.margin, start, end - second, end]
        for at in around + edges:
            inside = start - given_rules.margin <= at < end
            for conduct in Conduct:
                known = Facts(conduct=conduct, silences=silences, agreed=True, counted=False)
                verdict = decide(known, at=at, rules=given_rules)
                if inside and conduct in GROUNDS:
                    assert (verdict.decision, verdict.code) == (Decision.HOLD, Code.SILENCE)
                    assert verdict.silence in silences
                else:
                    assert verdict == SEND


@settings(max_examples=60)
@given(
    st.sampled_from(BALLOTS),
    st.sampled_from(EVERYWHERE),
    st.floats(-90, 30),
    st.sampled_from(sorted(Conduct)),
    quiet,
)
def test_whatever_waits_for_the_morning_is_asked_again_of_the_law(
    ballot: tuple[str, date], area: str, before_h: float, conduct: Conduct, night: QuietHours | None
) -> None:
    """A message asked until it leaves or is held: outside silence, or of an allowed kind."""
    round_ = the_round(*ballot)
    silences = windows([round_], [area])
    at = round_.closed_at + timedelta(hours=before_h)
    known = Facts(conduct=conduct, silences=silences, agreed=True, zone=round_.polls[0].zone)
    for _ask in range(4):
        verdict = decide(known, at=at, rules=Rules(quiet=night))
        if verdict.until is None:
            break
        assert verdict.until > at
        at = verdict.until
    silent = any(at in one for one in silences)
    if verdict.decision is Decision.SEND:
        assert conduct not in GROUNDS or not silent
    else:
        assert verdict.code is Code.SILENCE
        assert conduct in GROUNDS
