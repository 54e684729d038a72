"""Laws of a plan, whatever the town."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from amiral.cores.walk import (
    BadParameter,
    Doors,
    Mode,
    Parameters,
    Plan,
    Problem,
    Reason,
    Stop,
    WayKind,
    feature_collection,
    minutes_per_door,
    plan,
    report,
)

from .builders import doors_at, grid, grid_doors, streets_of

GEOD = Geod(ellps="WGS84")
QUICK = Stop(trials_per_door=5)

coordinates = st.integers(-900, 900).map(float)
towns = st.lists(st.tuples(coordinates, coordinates), min_size=0, max_size=60)


def planned(
    problem: Problem, *, minutes: float = 30, seed: int = 0, stop: Stop = QUICK, **more: object
) -> Plan:
    parameters = Parameters(minutes=minutes, **more)  # type: ignore[arg-type]  # any parameter, by name
    return plan(problem=problem, parameters=parameters, seed=seed, stop=stop)


def assert_lawful(problem: Problem, answer: Plan) -> None:
    """Every door once, metres as drawn, minutes as defined, a bound that holds."""
    placed = [door for turf in answer.turfs for door in turf.doors]
    assert sorted(placed + [one.door for one in answer.unreachable]) == list(range(len(problem.doors)))
    assert [turf.number for turf in answer.turfs] == list(range(1, len(answer.turfs) + 1))
    at_doors = minutes_per_door(doors=problem.doors, parameters=answer.parameters)
    for turf in answer.turfs:
        drawn = GEOD.line_length(turf.line[:, 0], turf.line[:, 1])
        assert turf.metres == pytest.approx(drawn, abs=0.02, rel=1e-6)
        assert np.round(turf.line, 7).tolist() == turf.line.tolist()
        assert len(turf.line) >= 2
        assert turf.connected
        assert turf.bound_m <= turf.metres * 1.0005 + 0.05  # lines are rounded to a centimetre
        least = turf.metres / answer.parameters.speed_m_per_min + at_doors[list(turf.doors)].sum()
        assert turf.minutes >= least - 0.01
        if not turf.straight:
            assert turf.minutes == pytest.approx(least + (turf.crossing_s + turf.climb_s) / 60, abs=0.01)
    assert answer.bound_m <= answer.metres * 1.0005 + 0.05


@settings(max_examples=40, deadline=None)
@given(points=towns, seed=st.integers(0, 2**31))
def test_laws_by_straight_lines(points: list[tuple[float, float]], seed: int) -> None:
    problem = Problem(doors=doors_at(points))
    answer = planned(problem, seed=seed)
    assert_lawful(problem, answer)
    assert answer.mode == Mode.STRAIGHT


@settings(max_examples=40, deadline=None)
@given(points=towns, seed=st.integers(0, 2**31), kind=st.sampled_from(list(WayKind)))
def test_laws_on_streets(points: list[tuple[float, float]], seed: int, kind: WayKind) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(5, kind=kind))
    assert_lawful(problem, planned(problem, seed=seed))


@settings(max_examples=25, deadline=None)
@given(
    ways=st.lists(
        st.tuples(
            st.sampled_from(list(WayKind)),
            st.sampled_from(["Rue Haute", "Rue Basse", ""]),
            st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=5),
        ),
        max_size=12,
    ),
    points=st.lists(st.tuples(st.integers(-200, 800), st.integers(-200, 800)), min_size=1, max_size=30),
)
def test_laws_on_any_drawing(
    ways: list[tuple[WayKind, str, list[tuple[int, int]]]], points: list[tuple[int, int]]
) -> None:
    """Ways drawn twice, of one node, closed, crossing themselves, in pieces."""
    streets = streets_of([(kind, name, [(100.0 * x, 100.0 * y) for x, y in way]) for kind, name, way in ways])
    problem = Problem(doors=doors_at([(float(x), float(y)) for x, y in points]), streets=streets)
    assert_lawful(problem, planned(problem))


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(40)), on_streets=st.booleans())
def test_the_order_of_the_file_does_not_matter(order: list[int], on_streets: bool) -> None:
    rng = np.random.default_rng(1)
    points = [(float(x), float(y)) for x, y in rng.uniform(0, 400, (40, 2))]
    ids = [f"d{i}" for i in range(40)]
    streets = grid(5) if on_streets else None
    straight = Problem(doors=doors_at(points, ids=ids), streets=streets)
    other = doors_at([points[i] for i in order], ids=[ids[i] for i in order])
    shuffled = Problem(doors=replace(other, numbers=np.array(order) + 1), streets=streets)
    assert _walks(straight, planned(straight)) == _walks(shuffled, planned(shuffled))


def _walks(problem: Problem, answer: Plan) -> list[list[str]]:
    return [[problem.doors.ids[door] for door in turf.doors] for turf in answer.turfs]


def test_same_seed_same_bytes() -> None:
    problem = Problem(doors=grid_doors(4), streets=grid(4))
    first, second = planned(problem, seed=7), planned(problem, seed=7)
    texts = [json.dumps(feature_collection(problem=problem, plan=answer)) for answer in (first, second)]
    assert texts[0] == texts[1]
    assert report(problem=problem, plan=first) == report(problem=problem, plan=second)


def test_turfs_are_balanced_connected_and_near_the_bound() -> None:
    problem = Problem(doors=grid_doors(6), streets=grid(6))
    answer = planned(problem, minutes=60, stop=Stop(trials_per_door=100))
    figures = report(problem=problem, plan=answer)
    assert figures["within_10_percent"] == 1.0
    assert figures["balance_cv"] < 0.05
    assert figures["connected"] == figures["turfs"]
    assert 1.0 <= figures["ratio_to_bound"] < 1.25


def test_more_work_is_not_longer() -> None:
    problem = Problem(doors=grid_doors(5), streets=grid(5))
    quick, slow = (planned(problem, minutes=60, stop=Stop(trials_per_door=n)) for n in (0, 200))
    assert slow.metres < quick.metres


@pytest.mark.parametrize("count", [0, 1, 2, 3])
@pytest.mark.parametrize("on_streets", [False, True])
def test_very_few_addresses(count: int, on_streets: bool) -> None:
    problem = Problem(
        doors=doors_at([(10.0 * i, 5.0) for i in range(count)]), streets=grid(3) if on_streets else None
    )
    answer = planned(problem)
    assert_lawful(problem, answer)
    assert len(answer.turfs) == min(count, 1)
    assert report(problem=problem, plan=answer)["doors"] == count


@pytest.mark.parametrize("on_streets", [False, True])
def test_a_tower_of_addresses_at_one_point_is_shared_out(on_streets: bool) -> None:
    problem = Problem(doors=doors_at([(12.0, 9.0)] * 120), streets=grid(3) if on_streets else None)
    answer = planned(problem, minutes=30)
    assert_lawful(problem, answer)
    assert len(answer.turfs) == 7
    assert answer.metres == 0


def test_as_many_turfs_as_come_nearest_to_the_asked_minutes() -> None:
    """525 minutes at one point: four turfs of 131 are nearer to 120 than five of 105."""
    answer = planned(Problem(doors=doors_at([(1.0, 1.0)] * 300)), minutes=120)
    assert len(answer.turfs) == 4
    assert all(abs(turf.minutes - 120) <= 15 for turf in answer.turfs)


@pytest.mark.parametrize("minutes", [5, 20])
def test_far_doors_make_no_turf_oversized(minutes: int) -> None:
    """A quarter and five doors a kilometre away: a turf is too long only where a single leg is."""
    rng = np.random.default_rng(0)
    points = [(float(x), float(y)) for x, y in rng.uniform(0, 300, (30, 2))]
    far = [(1200.0, 0.0), (0.0, 1500.0), (1900.0, 1900.0), (-900.0, 100.0), (-950.0, 120.0)]
    problem = Problem(doors=doors_at(points + far))
    answer = planned(problem, minutes=minutes, stop=Stop())
    assert_lawful(problem, answer)
    for turf in answer.turfs:
        legs = GEOD.line_lengths(turf.line[:, 0], turf.line[:, 1])
        longest = max(legs, default=0.0)
        assert turf.minutes <= 1.25 * minutes or turf.minutes - longest / 75 <= minutes


def test_one_address_longer_than_a_turf_stands_alone_or_nearly() -> None:
    dwellings = [1] * 20 + [400] + [1] * 20
    problem = Problem(doors=doors_at([(15.0 * i, 0.0) for i in range(41)], dwellings=dwellings))
    answer = planned(problem, minutes=60)
    assert_lawful(problem, answer)


def test_an_address_without_position_is_named() -> None:
    doors = doors_at([(0, 0), (10, 0), (20, 0)])
    lon = doors.lon.copy()
    lon[1] = np.nan
    problem = Problem(doors=replace(doors, lon=lon))
    answer = planned(problem)
    assert_lawful(problem, answer)
    assert [(one.door, one.reason) for one in answer.unreachable] == [(1, Reason.NO_POSITION)]
    named = report(problem=problem, plan=answer)["unreachable"]
    assert named[0]["id"] == "d1"
    assert named[0]["reason"] == "no_position"


def test_far_doors_are_named_and_served() -> None:
    points = [(50.0, 5.0), (150.0, 5.0), (100.0, -400.0), (100.0, -4000.0)]
    problem = Problem(doors=doors_at(points), streets=grid(3))
    answer = planned(problem)
    assert_lawful(problem, answer)
    assert answer.mode == Mode.MIXED
    assert {one.door: round(one.distance_m or 0, -1) for one in answer.far} == {2: 400, 3: 4000}
    assert any("straight lines" in note for note in report(problem=problem, plan=answer)["notes"])


def test_parts_without_a_way_between_are_served_apart() -> None:
    """A river without a bridge: 40 m as the crow flies, yet no turf on both banks."""
    banks = [
        (WayKind.RESIDENTIAL, "Quai Nord", [(0.0, 40.0), (500.0, 40.0), (500.0, 400.0)]),
        (WayKind.RESIDENTIAL, "Quai Sud", [(0.0, 0.0), (500.0, 0.0), (500.0, -400.0)]),
    ]
    north = [(20.0 * i, 45.0) for i in range(20)]
    south = [(20.0 * i, -5.0) for i in range(20)]
    problem = Problem(
        doors=doors_at(north + south, streets=["Quai Nord"] * 20 + ["Quai Sud"] * 20),
        streets=streets_of(banks),
    )
    answer = planned(problem, minutes=120)
    assert_lawful(problem, answer)
    assert sorted(sorted(turf.doors) for turf in answer.turfs) == [list(range(20)), list(range(20, 40))]


def test_a_busy_street_is_walked_side_by_side_and_a_small_one_is_not_dearer() -> None:
    """40 doors face to face: along a boulevard one crosses once, not forty times."""
    points = [(25.0 * i, side) for i in range(20) for side in (-12.0, 12.0)]
    boulevard = streets_of([(WayKind.PRIMARY, "Boulevard", [(-50.0, 0.0), (600.0, 0.0)])])
    problem = Problem(doors=doors_at(points, streets=["Boulevard"] * 40), streets=boulevard)
    answer = planned(problem, minutes=120, stop=Stop(trials_per_door=50))
    (turf,) = answer.turfs
    sides = [points[door][1] > 0 for door in turf.doors]
    assert sum(a != b for a, b in pairwise(sides)) == 1
    assert turf.crossing_s <= 25.1


def test_a_door_stands_on_the_street_of_its_name() -> None:
    """A corner house nearer to the other street is entered from its own."""
    ways = [
        (WayKind.RESIDENTIAL, "Rue Haute", [(0.0, 0.0), (200.0, 0.0)]),
        (WayKind.RESIDENTIAL, "Rue Basse", [(200.0, 0.0), (200.0, 200.0)]),
    ]
    doors = doors_at([(190.0, 20.0), (100.0, 5.0)], streets=["RUE HAUTE", "Rue Haute"])
    problem = Problem(doors=doors, streets=streets_of(ways))
    (turf,) = planned(problem).turfs
    assert turf.metres == pytest.approx(20 + 90 + 5, abs=1)


def test_no_door_opens_on_a_bridge() -> None:
    ways = [
        (WayKind.RESIDENTIAL, "Pont", [(0.0, 10.0), (100.0, 10.0)]),
        (WayKind.RESIDENTIAL, "Quai", [(0.0, 10.0), (0.0, -30.0), (100.0, -30.0)]),
    ]
    doors = doors_at([(50.0, 5.0), (80.0, 5.0)], streets=["", ""])
    problem = Problem(doors=doors, streets=streets_of(ways, unaddressable=[0]))
    (turf,) = planned(problem).turfs
    assert turf.metres == pytest.approx(35 + 30 + 35, abs=1)


def test_closed_walks_return_and_start_turns_the_walk() -> None:
    doors = doors_at([(20.0 * i, 4.0) for i in range(10)])
    problem = Problem(doors=doors)
    (there,) = planned(problem, minutes=60).turfs
    (and_back,) = planned(problem, minutes=60, closed=True).turfs
    assert and_back.metres == pytest.approx(2 * there.metres, rel=1e-3)
    for end in (0, 9):
        start = (float(doors.lon[end]), float(doors.lat[end]))
        (turf,) = planned(problem, minutes=60, start=start).turfs
        assert turf.doors[0] == end


def test_progress_rises_to_the_end_and_may_interrupt() -> None:
    problem = Problem(doors=grid_doors(4), streets=grid(4))
    seen: list[tuple[int, int]] = []
    plan(
        problem=problem,
        parameters=Parameters(minutes=30),
        stop=QUICK,
        progress=lambda d, t: seen.append((d, t)),
    )
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]

    def stop_there(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(problem=problem, parameters=Parameters(), stop=QUICK, progress=stop_there)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"minutes": float("nan")},
        {"team_size": 0},
        {"speed_m_per_min": -1},
        {"minutes_per_dwelling": 0, "minutes_per_address": 0},
        {"start": (200.0, 0.0)},
        {"crossing_s": {}},
    ],
)
def test_parameters_refuse_nonsense(wrong: dict[str, object]) -> None:
    with pytest.raises(BadParameter):
        Parameters(**wrong)  # type: ignore[arg-type]  # nonsense is the point


def test_doors_refuse_double_ids_and_torn_columns() -> None:
    with pytest.raises(ValueError, match="same id"):
        doors_at([(0, 0), (1, 1)], ids=["a", "a"])
    whole = doors_at([(0, 0), (1, 1)])
    with pytest.raises(ValueError, match="length"):
        Doors(**{**vars(whole), "lat": whole.lat[:1]})


def test_a_larger_team_takes_more_doors() -> None:
    problem = Problem(doors=grid_doors(5), streets=grid(5))
    pairs, fours = (planned(problem, minutes=60, team_size=size) for size in (2, 4))
    assert len(fours.turfs) < len(pairs.turfs)


def test_workers_do_not_change_the_plan() -> None:
    problem = Problem(doors=grid_doors(12), streets=grid(12))
    parameters, stop = Parameters(minutes=60), Stop(trials_per_door=2)
    alone, three = (plan(problem=problem, parameters=parameters, stop=stop, workers=n) for n in (1, 3))
    assert len(problem.doors) > 1400  # more than one group
    assert_lawful(problem, three)
    assert [turf.doors for turf in alone.turfs] == [turf.doors for turf in three.turfs]


def test_workers_stop_when_the_plan_is_given_up() -> None:
    problem = Problem(doors=grid_doors(12), streets=grid(12))

    def stop_there(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(
            problem=problem, parameters=Parameters(minutes=60), stop=Stop(trials_per_door=200), workers=2,
            progress=stop_there,
        )  # fmt: skip
