"""Laws of a tour: within the minutes, from here, past doors that are open."""

import json
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from amiral.cores.walk import (
    BadParameter,
    Parameters,
    Problem,
    Tour,
    minutes_per_door,
    tour,
    tour_feature,
    tour_report,
)
from amiral.cores.walk.pack import packed
from amiral.cores.walk.subset import doors_of, streets_in, with_points
from amiral.kit.readers import problem_from, read_addresses

from .builders import EAST, LAT, LON, NORTH, doors_at, grid, grid_doors

GEOD = Geod(ellps="WGS84")
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
coordinates = st.integers(-900, 900).map(float)
towns = st.lists(st.tuples(coordinates, coordinates), min_size=0, max_size=40)


def at(x: float, y: float) -> tuple[float, float]:
    """A place in metres east and north of the middle of town."""
    return LON + x * EAST, LAT + y * NORTH


def toured(problem: Problem, **more: object) -> Tour:
    asked: dict[str, object] = {"here": at(0, 0), "minutes": 45, "people": 4, "trials": 60}
    return tour(problem=problem, parameters=Parameters(), **(asked | more))  # type: ignore[arg-type]  # by name


def assert_lawful(problem: Problem, answer: Tour, *, people: int = 4, minutes: float = 45) -> None:
    """From here, each door once, minutes by the documented formula and within what was asked."""
    parameters = Parameters(team_size=people)
    assert len(set(answer.doors)) == len(answer.doors)
    assert answer.minutes <= minutes + 1e-6
    assert answer.line[0].tolist() == np.round(answer.here, 7).tolist()
    if answer.back:
        assert answer.line[-1].tolist() == answer.line[0].tolist()
    drawn = GEOD.line_length(answer.line[:, 0], answer.line[:, 1])
    assert answer.metres == pytest.approx(drawn, abs=0.02, rel=1e-6)
    at_doors = minutes_per_door(doors=problem.doors, parameters=parameters)[list(answer.doors)].sum()
    least = answer.metres / parameters.speed_m_per_min + at_doors
    assert answer.minutes >= least - 0.01
    if not answer.straight:
        assert answer.minutes == pytest.approx(least + answer.crossing_s / 60, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(points=towns, here=st.tuples(coordinates, coordinates), back=st.booleans(), seed=st.integers(0, 2**31))
def test_laws_by_straight_lines(
    points: list[tuple[float, float]], here: tuple[float, float], back: bool, seed: int
) -> None:
    problem = Problem(doors=doors_at(points))
    answer = toured(problem, here=at(*here), back=back, seed=seed)
    assert_lawful(problem, answer)
    assert answer.straight


@settings(max_examples=40, deadline=None)
@given(
    points=towns,
    here=st.tuples(coordinates, coordinates),
    back=st.booleans(),
    people=st.integers(1, 6),
    minutes=st.integers(5, 90),
)
def test_laws_on_streets(
    points: list[tuple[float, float]], here: tuple[float, float], back: bool, people: int, minutes: int
) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(5))
    answer = toured(problem, here=at(*here), back=back, people=people, minutes=minutes)
    assert_lawful(problem, answer, people=people, minutes=minutes)


@settings(max_examples=25, deadline=None)
@given(points=towns, data=st.data())
def test_done_doors_are_passed_by(points: list[tuple[float, float]], data: st.DataObject) -> None:
    problem = Problem(doors=doors_at(points))
    done = data.draw(st.sets(st.integers(0, max(0, len(points) - 1)))) if points else set()
    answer = toured(problem, done=done)
    assert not set(answer.doors) & done


@settings(max_examples=25, deadline=None)
@given(points=towns, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(points: list[tuple[float, float]], shuffled: object) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(4))
    order = np.arange(len(points))
    shuffled.shuffle(order)  # type: ignore[attr-defined]  # random.Random
    other = replace(problem, doors=doors_of(problem.doors, order))
    one, two = toured(problem), toured(other)
    assert [problem.doors.ids[d] for d in one.doors] == [other.doors.ids[d] for d in two.doors]
    assert one.line.tolist() == two.line.tolist()


def test_it_is_as_good_as_trying_everything() -> None:
    """Seven doors, all orders of all subsets."""
    state = np.random.default_rng(5)
    for seed in range(12):
        points = state.uniform(0, 400_000, (9, 2))
        M = np.rint(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))).astype(np.int32)
        service, value = state.integers(30_000, 90_000, 7), state.integers(1, 9, 7)
        budget = 900_000
        best = 0
        for size in range(8):
            for doors in permutations(range(7), size):
                way = [7, *doors, 8]
                spent = sum(int(M[a, b]) for a, b in pairwise(way))
                if spent + int(service[list(doors)].sum()) <= budget:
                    best = max(best, int(value[list(doors)].sum()))
        found = packed(M=M, service=service, value=value, budget=budget, trials=300, seed=seed)
        assert int(value[found].sum()) == best


def test_weights_say_where_to_go() -> None:
    problem = Problem(doors=grid_doors(6), streets=grid(6))
    east = np.where(problem.doors.lon > LON + 300 * EAST, 5.0, 1.0)
    plain, drawn = toured(problem, here=at(250, 250)), toured(problem, here=at(250, 250), values=east)
    assert east[list(drawn.doors)].sum() > east[list(plain.doors)].sum()
    nowhere = np.zeros(len(problem.doors))
    assert toured(problem, values=nowhere).doors == ()
    with pytest.raises(BadParameter):
        toured(problem, values=nowhere[1:])


def test_a_walk_of_a_day_does_not_take_a_day() -> None:
    problem = Problem(doors=grid_doors(5), streets=grid(5))
    answer = toured(problem, minutes=1440, people=4, trials=10**15)
    assert len(answer.doors) == len(problem.doors)
    assert_lawful(problem, answer, minutes=1440)


def test_a_tower_counts_its_dwellings() -> None:
    problem = Problem(doors=doors_at([(50, 0), (60, 0), (-60, 0)], dwellings=[1, 1, 20]))
    assert toured(problem, minutes=30, people=4).doors == (2, 0) or 2 in toured(problem, minutes=30).doors


def test_more_people_do_more_doors_and_a_way_back_costs() -> None:
    problem = Problem(doors=grid_doors(8), streets=grid(8))
    counts = [len(toured(problem, people=people).doors) for people in (2, 4, 6)]
    assert counts == sorted(counts)
    assert counts[0] < counts[2]
    assert len(toured(problem, back=False).doors) >= len(toured(problem, back=True).doors)


def test_an_end_may_lie_elsewhere() -> None:
    problem = Problem(doors=grid_doors(6), streets=grid(6))
    end = at(450, 420)
    answer = tour(
        problem=problem,
        parameters=Parameters(end=end),
        here=at(20, 20),
        minutes=45,
        people=4,
        back=False,
        trials=60,
    )
    assert answer.line[-1].tolist() == np.round(end, 7).tolist()
    assert answer.minutes <= 45
    assert answer.doors


def test_here_may_be_anywhere() -> None:
    problem = Problem(doors=grid_doors(4), streets=grid(4))
    far = toured(problem, here=at(20_000, 0))
    assert far.doors == ()
    assert far.metres == 0
    beside = toured(problem, here=at(-1200, 150))
    assert beside.minutes <= 45
    with pytest.raises(BadParameter):
        toured(problem, here=(200.0, 0.0))
    with pytest.raises(BadParameter):
        toured(problem, people=0)


def test_islands_and_gaps_are_no_obstacle() -> None:
    """Here is at a fragment of street with no door: straight lines, and it is said."""
    streets, doors = grid(3), doors_at([(1500, 0), (1510, 0)])
    answer = toured(Problem(doors=doors, streets=streets), here=at(100, 100))
    assert set(answer.doors) <= {0, 1}
    assert answer.minutes <= 45


def test_feature_and_figures() -> None:
    problem = Problem(doors=grid_doors(4), streets=grid(4))
    answer = toured(problem)
    feature = tour_feature(problem=problem, tour=answer)
    assert json.loads(json.dumps(feature)) == feature
    assert [stop["id"] for stop in feature["properties"]["stops"]] == [
        problem.doors.ids[d] for d in answer.doors
    ]
    assert tour_report(tour=answer)["doors"] == len(answer.doors)
    assert sum(stop["dwellings"] for stop in feature["properties"]["stops"]) == answer.value


def test_parts_of_a_problem() -> None:
    doors, streets = grid_doors(4), grid(4)
    some = doors_of(doors, np.array([3, 1]))
    assert some.ids == (doors.ids[3], doors.ids[1])
    wide = with_points(some, [at(1, 2)])
    assert len(wide) == 3
    assert wide.lon[2] == at(1, 2)[0]
    west = streets_in(streets, (LON - 10 * EAST, LAT - 10 * NORTH, LON + 50 * EAST, LAT + 400 * NORTH))
    assert west is not None
    assert 0 < len(west) < len(streets)
    assert streets_in(streets, (0.0, 0.0, 1.0, 1.0)) is None


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real files is not beside the checkout")
def test_paris_from_the_middle() -> None:
    rows = read_addresses(DATA / "paris-faubourg-saint-antoine" / "ban_adresses.csv").rows
    problem = problem_from(addresses=rows)
    here = (float(np.median(rows.lon)), float(np.median(rows.lat)))
    answer = tour(problem=problem, parameters=Parameters(), here=here, minutes=45, people=4)
    assert_lawful(problem, answer)
    assert len(answer.doors) >= 35
