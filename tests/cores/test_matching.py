"""Laws of "I have two hours": need comes first, nothing out of reach, the same answer every time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.matching import Offer, Reason, Wish, distance_m, fits, ranked

TEN = datetime(2027, 3, 6, 10, tzinfo=UTC)
WISH = Wish(since=TEN, until=TEN + timedelta(hours=2), lon=4.83, lat=46.31, metres=10_000)


def offer(key: str = "a", **fields: object) -> Offer:
    values: dict[str, object] = {
        "key": key,
        "starts_at": TEN,
        "ends_at": TEN + timedelta(hours=2),
        "left": 3,
        "needed": 4,
        "coming": 1,
        "lon": 4.83,
        "lat": 46.31,
    }
    return Offer(**(values | fields))  # type: ignore[arg-type]  # fields of an offer


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    def one(number: int) -> Offer:
        starts_at = TEN + timedelta(minutes=draw(st.integers(-120, 240)))
        located = draw(st.booleans())
        return offer(
            str(number),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=draw(st.integers(15, 300))),
            left=draw(st.integers(0, 5)),
            needed=draw(st.integers(0, 6)),
            coming=draw(st.integers(0, 6)),
            lon=draw(st.floats(4.5, 5.2)) if located else None,
            lat=draw(st.floats(46.0, 46.6)) if located else None,
            metres=draw(st.none() | st.floats(0, 30_000)),
            from_home=draw(st.booleans()),
            lacking=draw(st.dictionaries(st.sampled_from(["lead", "driver"]), st.integers(0, 2))),
            experienced=draw(st.integers(0, 3)),
        )

    return [one(number) for number in range(draw(st.integers(0, 8)))]


wishes = st.builds(
    replace,
    st.just(WISH),
    newcomer=st.booleans(),
    roles=st.frozensets(st.sampled_from(["lead", "driver"])),
    metres=st.floats(500, 50_000),
)


@given(wishes, offers())
def test_exactly_those_that_fit_are_proposed(wish: Wish, some: list[Offer]) -> None:
    found = ranked(wish, some)
    assert {match.key for match in found} == {one.key for one in some if fits(wish, one)}
    by_key = {one.key: one for one in some}
    for match in found:
        one = by_key[match.key]
        assert one.left > 0
        assert one.starts_at >= wish.since
        assert one.from_home or match.metres is None or match.metres <= wish.metres
        assert (Reason.BELOW_NEEDED in match.reasons) == (match.missing > 0)
        assert match.reasons


@given(wishes, offers(), st.randoms())
def test_the_order_is_a_matter_of_the_offers_alone(wish: Wish, some: list[Offer], chance: object) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert ranked(wish, some) == ranked(wish, shuffled)


@given(wishes, offers())
def test_scores_never_rise_down_the_list(wish: Wish, some: list[Offer]) -> None:
    scores = [match.score for match in ranked(wish, some)]
    assert scores == sorted(scores, reverse=True)


@given(wishes, offers())
def test_one_more_who_comes_never_moves_a_shift_up(wish: Wish, some: list[Offer]) -> None:
    for one in some:
        helped = replace(one, coming=one.coming + 1)
        scores = (
            [match.score for match in ranked(wish, [one])],
            [match.score for match in ranked(wish, [helped])],
        )
        assert scores[1] <= scores[0]


@given(wishes, offers())
def test_going_further_loses_nothing(wish: Wish, some: list[Offer]) -> None:
    further = replace(wish, metres=wish.metres * 2)
    assert {match.key for match in ranked(wish, some)} <= {match.key for match in ranked(further, some)}


def test_need_beats_nearness() -> None:
    near_and_full_enough = offer("near", needed=1, coming=3)
    far_and_lacking = offer("far", lon=4.93, needed=4, coming=1)
    assert [match.key for match in ranked(WISH, [near_and_full_enough, far_and_lacking])] == ["far", "near"]


def test_a_driver_is_sent_where_one_lacks_and_a_newcomer_where_somebody_knows() -> None:
    driver = replace(WISH, roles=frozenset({"driver"}))
    with_need = offer("b", lacking={"driver": 1})
    assert [match.key for match in ranked(driver, [offer("a"), with_need])] == ["b", "a"]
    assert ranked(driver, [with_need])[0].role == "driver"
    newcomer = replace(WISH, newcomer=True)
    found = ranked(newcomer, [offer("a"), offer("b", experienced=2)])
    assert [match.key for match in found] == ["b", "a"]
    assert Reason.ACCOMPANIED in found[0].reasons


def test_nobody_joins_a_team_that_has_left() -> None:
    assert not fits(WISH, offer(starts_at=TEN - timedelta(minutes=1)))
    assert fits(WISH, offer(ends_at=TEN + timedelta(hours=5)))
    assert not fits(WISH, offer(starts_at=TEN + timedelta(minutes=90), ends_at=TEN + timedelta(hours=4)))


@pytest.mark.parametrize("bad", [{"until": TEN}, {"lon": None}, {"metres": 0}])
def test_nonsense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(WISH, **bad)  # type: ignore[arg-type]  # that is the point


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(-180, 180), st.floats(-85, 85))
def test_distance_is_a_distance(lon: float, lat: float, other_lon: float, other_lat: float) -> None:
    there, back = distance_m(lon, lat, other_lon, other_lat), distance_m(other_lon, other_lat, lon, lat)
    assert there == pytest.approx(back)
    assert 0 <= there <= 20_016_000
