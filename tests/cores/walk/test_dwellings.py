"""How many homes a building holds, and what a home takes by what happened before."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.walk import BadParameter, Origin, Parameters, minutes_per_door
from amiral.cores.walk.dwellings import DwellingRule, homes_in, shared
from amiral.cores.walk.history import MINUTES, SHARES, Prior, Seen, pace_factors, timings

from .builders import doors_at

RULE = DwellingRule()


def one(kind: str, area: float, levels: int = 0, flats: int = 0) -> tuple[int, int, bool, int]:
    """(homes, floors, lift, origin) of one building."""
    found = homes_in(
        kinds=(kind,), area_m2=np.array([area]), levels=np.array([levels]), flats=np.array([flats]), rule=RULE
    )
    return int(found.dwellings[0]), int(found.floors[0]), bool(found.lift[0]), int(found.origins[0])


@pytest.mark.parametrize(
    ("kind", "area", "levels", "flats", "expected"),
    [
        ("apartments", 320, 6, 0, (24, 5, True, Origin.ESTIMATED)),
        ("apartments", 320, 0, 0, (16, 3, False, Origin.ESTIMATED)),
        ("apartments", 30, 1, 0, (2, 0, False, Origin.ESTIMATED)),
        ("apartments", 320, 6, 40, (40, 5, True, Origin.TOLD)),
        ("house", 120, 2, 0, (1, 0, False, Origin.ESTIMATED)),
        ("detached", 400, 3, 0, (1, 0, False, Origin.ESTIMATED)),
        ("yes", 90, 0, 0, (1, 0, False, Origin.ESTIMATED)),
        ("yes", 90, 2, 0, (1, 0, False, Origin.ESTIMATED)),
        ("yes", 100, 5, 0, (5, 4, False, Origin.ESTIMATED)),
        ("yes", 400, 0, 0, (15, 2, False, Origin.ESTIMATED)),
        ("yes", 4000, 6, 0, (0, 0, False, Origin.UNKNOWN)),
        ("church", 600, 0, 0, (0, 0, False, Origin.UNKNOWN)),
        ("garage", 20, 1, 0, (0, 0, False, Origin.UNKNOWN)),
        ("office", 800, 8, 3, (3, 7, True, Origin.TOLD)),
    ],
)
def test_homes_of_a_building(
    kind: str, area: float, levels: int, flats: int, expected: tuple[int, int, bool, int]
) -> None:
    assert one(kind, area, levels, flats) == expected


@given(area=st.floats(10, 1400), levels=st.integers(1, 30), more=st.floats(1, 3))
def test_a_larger_block_never_holds_fewer_homes(area: float, levels: int, more: float) -> None:
    assert one("apartments", area * more, levels)[0] >= one("apartments", area, levels)[0] >= 2


@given(
    building=st.lists(st.integers(-1, 2), min_size=1, max_size=20),
    told=st.lists(st.integers(0, 3), min_size=20, max_size=20),
)
def test_homes_are_shared_among_the_addresses_of_a_building(building: list[int], told: list[int]) -> None:
    homes = homes_in(
        kinds=("apartments", "church", "house"), area_m2=np.array([320.0, 500.0, 80.0]),
        levels=np.array([6, 0, 2]), flats=np.zeros(3, np.int64), rule=RULE,
    )  # fmt: skip
    known = np.array(told[: len(building)])
    found = shared(homes=homes, building=np.array(building), told=known)
    block = [int(d) for d, b, t in zip(found.dwellings, building, known, strict=True) if b == 0 and t == 0]
    assert all(share == max(1, round(24 / building.count(0))) for share in block)
    assert (found.dwellings[known > 0] == known[known > 0]).all()
    assert (found.origins[known > 0] == Origin.TOLD).all()
    assert ((found.dwellings > 0) == (found.origins > 0)).all()
    corrected = found.corrected(np.where(np.array(building) == 0, 7, 0))
    assert all(corrected.dwellings[np.array(building) == 0] == 7)
    assert all(corrected.origins[np.array(building) == 0] == Origin.CORRECTED)


def test_numbers_of_the_rule_make_sense() -> None:
    with pytest.raises(BadParameter, match="m2_per_flat"):
        DwellingRule(m2_per_flat=0)
    assert set(RULE.as_dict()) >= {"m2_per_flat", "near_m"}


def test_floors_cost_minutes_unless_a_lift_is_faster() -> None:
    doors = replace(
        doors_at([(0, 0), (10, 0), (20, 0)]), floors=np.array([0, 4, 4]), lift=np.array([False, False, True])
    )
    flat, stairs, lift = minutes_per_door(doors=doors, parameters=Parameters())
    assert stairs - flat == pytest.approx(4 * 0.4)
    assert lift - flat == pytest.approx(0.75)


def test_minutes_that_are_given_replace_the_estimate() -> None:
    doors = replace(doors_at([(0, 0), (10, 0)]), minutes=np.array([np.nan, 12.5]))
    assert minutes_per_door(doors=doors, parameters=Parameters()).tolist() == [1.75, 12.5]
    with pytest.raises(ValueError, match="minutes at a door"):
        replace(doors, minutes=np.array([-1.0, 0.0]))
    with pytest.raises(ValueError, match="negative number of floors"):
        replace(doors, floors=np.array([-1, 0]))


def test_without_a_visit_all_is_as_believed() -> None:
    assert pace_factors(seen=[]) == {"": 1.0}
    assert sum(SHARES.values()) == pytest.approx(1)
    assert Prior().mean == pytest.approx(1.5, abs=0.01)


visits = st.builds(
    Seen,
    groups=st.sampled_from([(), ("a",), ("a", "a1"), ("b",)]),
    outcome=st.sampled_from([*MINUTES, "unknown"]),
    minutes=st.one_of(st.just(float("nan")), st.floats(0, 30)),
)


@given(seen=st.lists(visits, max_size=40), order=st.randoms(use_true_random=False))
def test_the_order_of_visits_does_not_matter_and_factors_are_sane(seen: list[Seen], order: object) -> None:
    shuffled = list(seen)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    factors = pace_factors(seen=seen)
    assert factors == pace_factors(seen=shuffled)
    assert all(0.2 < factor < 15 for factor in factors.values())


def test_few_visits_say_little_and_many_say_it_all() -> None:
    def factor(count: int) -> float:
        return pace_factors(seen=[Seen(groups=("x",), outcome="talked")] * count)["x"]

    known = [1.0, *(factor(count) for count in (1, 10, 100, 10_000))]
    assert known == sorted(known)
    assert known[1] < 1.1
    assert known[-1] == pytest.approx(MINUTES["talked"] / Prior().mean, rel=0.02)


def test_timings_of_conversations_are_learned_and_pauses_are_not() -> None:
    timed = [Seen(groups=(), outcome="talked", minutes=9.0)] * 200
    pauses = [Seen(groups=(), outcome="nobody", minutes=45.0)] * 200
    usual = [Seen(groups=(), outcome="talked")] * 200
    assert pace_factors(seen=timed)[""] > 1.5 * pace_factors(seen=usual)[""]
    assert pace_factors(seen=pauses)[""] < 1


def test_minutes_at_a_door_are_those_between_two_notes_less_the_walk() -> None:
    spent = timings(at_minutes=[0.0, 3.0, 3.1, 10.0], walked_minutes=[0.0, 1.0, 0.5, 0.5])
    assert np.isnan(spent[0])
    assert spent[1] == pytest.approx(2.0)
    assert np.isnan(spent[2])
    assert spent[3] == pytest.approx(6.4)
    assert timings(at_minutes=[], walked_minutes=[]) == []
