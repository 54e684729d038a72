"""Laws of whatever plans walks, over small towns that nobody would draw: what is promised is counted anew.

Doors at one place, without a position, on islands, twenty kilometres away; streets in a grid, in two grids
that do not touch, scattered, none. No input raises anything but the errors that are named.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from amiral.cores.walk import (
    BadParameter,
    Doors,
    Parameters,
    Plan,
    Problem,
    Stop,
    Streets,
    Turf,
    WayKind,
    evaluate,
    halves,
    plan,
    replan,
    tour,
)
from amiral.cores.walk.subset import doors_of

from .builders import EAST, LAT, LON, NORTH, doors_at, grid, streets_of

GEOD = Geod(ellps="WGS84")
QUICK = Stop(trials_per_door=3)
AWAY = 20_000.0

near = st.integers(-60, 460).map(float)
close = st.tuples(near, near)
spots = st.one_of(
    close, close, close, st.sampled_from([(50.0, 8.0), (5000.0, 8.0), (5020.0, 8.0), (AWAY, 0.0)])
)


@st.composite
def ways(draw: st.DrawFn) -> Streets | None:
    """No streets, a grid, two grids that do not touch, or lines thrown on a table."""
    match draw(st.sampled_from(["none", "grid", "apart", "any"])):
        case "none":
            return None
        case "grid":
            return grid(4, kind=draw(st.sampled_from(list(WayKind))))
        case "apart":
            lines = [
                ((0.0, 0.0), (0.0, 400.0)),
                ((200.0, 0.0), (200.0, 400.0)),
                ((200.0, 200.0), (400.0, 200.0)),
            ]
            return streets_of([(WayKind.RESIDENTIAL, f"Rue {i}", line) for i, line in enumerate(lines)])
    corner = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda at: (100.0 * at[0], 100.0 * at[1]))
    way = st.tuples(
        st.sampled_from(list(WayKind)),
        st.sampled_from(["Rue 0", "Rue 1", ""]),
        st.lists(corner, min_size=1, max_size=4),
    )
    return streets_of(draw(st.lists(way, max_size=8)))


@st.composite
def towns(draw: st.DrawFn, *, least: int = 0, most: int = 40) -> Problem:
    """Doors of any kind, and streets or none."""
    points = draw(st.lists(spots, min_size=least, max_size=most))
    n = len(points)
    doors = doors_at(
        points,
        streets=[draw(st.sampled_from(["Rue 0", "Rue 1", ""])) for _ in points],
        dwellings=draw(st.lists(st.sampled_from([0, 1, 1, 2, 40]), min_size=n, max_size=n)),
    )
    lost = draw(st.sets(st.integers(0, max(0, n - 1)), max_size=2)) if n and draw(st.booleans()) else set()
    doors = replace(doors, lon=np.where([i in lost for i in range(n)], np.nan, doors.lon).astype(float))
    if draw(st.booleans()):
        floors = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), np.int64)
        told = np.array(draw(st.lists(st.sampled_from([np.nan, 0.0, 7.5]), min_size=n, max_size=n)), float)
        doors = replace(doors, floors=floors, lift=floors > 4, minutes=told)
    return Problem(doors=doors, streets=draw(ways()))


places = st.none() | st.sampled_from([(0.0, 0.0), (210.0, 190.0), (600.0, 600.0), (5000.0, 0.0)]).map(
    lambda at: (LON + at[0] * EAST, LAT + at[1] * NORTH)
)
limits = st.builds(
    Parameters,
    minutes=st.sampled_from([5.0, 20.0, 60.0, 1440.0]),
    team_size=st.sampled_from([1, 2, 5]),
    start=places,
    end=places,
    closed=st.booleans(),
    max_walk_m=st.sampled_from([None, 100.0, 300.0, 1500.0]),
    sizes=st.sampled_from([(), (), (2, 2, 4), (3, 1)]),
    speed_m_per_min=st.sampled_from([75.0, 40.0]),
)


def minutes_at(doors: Doors, parameters: Parameters, size: int, d: int) -> float:
    """Minutes at a door, as docs/walking.md has it."""
    if doors.minutes is not None and not np.isnan(doors.minutes[d]):
        return float(doors.minutes[d])
    homes = int(doors.dwellings[d]) or parameters.dwellings_per_address
    up = 0.0
    if doors.floors is not None and doors.lift is not None:
        up = parameters.minutes_per_floor * int(doors.floors[d])
        up = min(up, parameters.minutes_per_lift) if doors.lift[d] else up
    return parameters.minutes_per_address + parameters.minutes_per_dwelling * homes / max(1, size // 2) + up


def metres_of(line: np.ndarray) -> float:
    return float(GEOD.line_length(line[:, 0], line[:, 1]))


def assert_turf(problem: Problem, parameters: Parameters, turf: Turf) -> None:
    """Metres as drawn; minutes of the walk (straight ones up to 1.3 times as long) and of the doors."""
    assert turf.metres == pytest.approx(metres_of(turf.line), abs=0.02, rel=1e-6)
    assert np.array_equal(np.round(turf.line, 7), turf.line)
    at_doors = sum(minutes_at(problem.doors, parameters, turf.team_size, d) for d in turf.doors)
    extra = (turf.crossing_s + turf.climb_s) / 60
    walked = turf.minutes - at_doors - extra
    slack = 0.02 + 0.001 * len(turf.line)
    least = turf.metres / parameters.speed_m_per_min
    longest = parameters.detour * least
    assert least - slack <= walked <= longest + slack
    is_plain = parameters.start is None and parameters.end is None
    if not turf.straight and is_plain:
        assert walked == pytest.approx(least, abs=slack)
    if turf.straight and turf.connected and is_plain:
        assert walked == pytest.approx(straight_minutes(problem.doors, parameters, turf), abs=slack)
    assert turf.bound_m <= turf.metres * 1.0001 + 0.1


def straight_minutes(doors: Doors, parameters: Parameters, turf: Turf) -> float:
    """A walk between doors of different streets takes 1.3 times its metres."""
    order = [*turf.doors, turf.doors[0]] if parameters.closed else list(turf.doors)
    total = 0.0
    for a, b in pairwise(order):
        metres = float(GEOD.inv(doors.lon[a], doors.lat[a], doors.lon[b], doors.lat[b])[2])
        same = doors.streets[a] == doors.streets[b] != ""
        total += metres * (1.0 if same else parameters.detour)
    return total / parameters.speed_m_per_min


def assert_plan(
    problem: Problem, parameters: Parameters, answer: Plan, *, without: set[int] = frozenset()
) -> None:  # type: ignore[assignment]  # read only
    lost = {d for d in range(len(problem.doors)) if np.isnan(problem.doors.lon[d])}
    placed = [d for turf in answer.turfs for d in turf.doors]
    assert sorted(placed) == sorted(set(range(len(problem.doors))) - lost - without)
    assert {one.door for one in answer.unreachable} == lost
    for turf in answer.turfs:
        assert_turf(problem, parameters, turf)
    assert answer.bound_m <= answer.metres * 1.0001 + 0.1


def is_too_long(parameters: Parameters, turf: Turf) -> bool:
    """Longer than anybody should walk, though it might be cut: the way to a meeting point cannot."""
    limit = parameters.max_walk_m
    if limit is None or parameters.start or parameters.end:
        return False
    return turf.metres > limit and len(turf.doors) > 1


def drawn_by(answer: Plan) -> list[Any]:
    return [(t.number, t.doors, t.metres, t.minutes, t.line.tolist()) for t in answer.turfs]


def named_by(problem: Problem, answer: Plan) -> list[Any]:
    ids = problem.doors.ids
    return [(t.number, [ids[d] for d in t.doors], t.metres, t.minutes) for t in answer.turfs]


@settings(max_examples=30, deadline=None)
@given(problem=towns(), parameters=limits, seed=st.integers(0, 3), random=st.randoms(use_true_random=False))
def test_plans(problem: Problem, parameters: Parameters, seed: int, random: Any) -> None:
    answer = plan(problem=problem, parameters=parameters, seed=seed, stop=QUICK)
    assert_plan(problem, parameters, answer)
    assert all(turf.connected for turf in answer.turfs)
    assert not any(is_too_long(parameters, turf) for turf in answer.turfs)
    assert [turf.number for turf in answer.turfs] == list(range(1, len(answer.turfs) + 1))
    assert {turf.team_size for turf in answer.turfs} <= (set(parameters.sizes) or {parameters.team_size})
    other = plan(problem=problem, parameters=parameters, seed=seed, stop=QUICK, workers=3)
    assert drawn_by(other) == drawn_by(answer)
    order = list(range(len(problem.doors)))
    random.shuffle(order)
    shuffled = Problem(doors=doors_of(problem.doors, np.array(order, np.int64)), streets=problem.streets)
    again = plan(problem=shuffled, parameters=parameters, seed=seed, stop=QUICK)
    assert named_by(shuffled, again) == named_by(problem, answer)


@settings(max_examples=30, deadline=None)
@given(problem=towns(), parameters=limits, data=st.data())
def test_planning_again(problem: Problem, parameters: Parameters, data: st.DataObject) -> None:
    parameters = replace(parameters, sizes=())
    n = len(problem.doors)
    doors = st.sets(st.integers(0, n - 1)) if n else st.just(set[int]())
    known = np.array(sorted(data.draw(doors)), np.int64)
    first = Problem(doors=doors_of(problem.doors, known), streets=problem.streets)
    cut = plan(problem=first, parameters=parameters, stop=QUICK)
    previous = [tuple(int(known[d]) for d in turf.doors) for turf in cut.turfs]
    kept = data.draw(st.sets(st.integers(0, len(previous) - 1))) if previous else set()
    done = data.draw(doors)
    values: dict[str, Any] = {"parameters": parameters, "kept": kept, "stop": QUICK}
    values["more"] = data.draw(st.integers(0, 2))
    answer = replan(problem=problem, previous=previous, done=done, **values)
    held = {d for number in kept for d in previous[number]}
    assert_plan(problem, parameters, answer, without=done - held)
    by_number = {turf.number: turf.doors for turf in answer.turfs}
    for number in kept:
        assert by_number[number + 1] == previous[number]
    for turf in answer.turfs:
        before = previous[turf.number - 1] if turf.number <= len(previous) else ()
        assert turf.doors == before or turf.connected
        assert set(turf.doors) == set(before) or not is_too_long(parameters, turf)
    same = replan(problem=problem, previous=previous, done=sorted(done, reverse=True), **values)
    assert drawn_by(same) == drawn_by(answer)


@settings(max_examples=30, deadline=None)
@given(problem=towns(), parameters=limits, data=st.data())
def test_tours(problem: Problem, parameters: Parameters, data: st.DataObject) -> None:
    n = len(problem.doors)
    done = data.draw(st.sets(st.integers(0, n - 1))) if n else set()
    east, north = data.draw(
        st.sampled_from([(0.0, 0.0), (50.0, 8.0), (210.0, 190.0), (5000.0, 0.0), (30_000.0, 0.0)])
    )
    values = data.draw(st.none() | st.lists(st.sampled_from([-1.0, 0.0, 0.5, 3.0]), min_size=n, max_size=n))
    asked: dict[str, Any] = {
        "here": (LON + east * EAST, LAT + north * NORTH),
        "minutes": data.draw(st.sampled_from([5.0, 15.0, 60.0])),
        "people": data.draw(st.sampled_from([1, 2, 4])),
        "back": data.draw(st.booleans()),
        "trials": 40,
    }
    try:
        found = tour(problem=problem, parameters=parameters, done=done, values=values, **asked)
    except BadParameter:
        return
    assert len(set(found.doors)) == len(found.doors)
    allowed = {d for d in range(n) if d not in done and not np.isnan(problem.doors.lon[d])}
    assert set(found.doors) <= {d for d in allowed if values is None or values[d] > 0}
    assert found.minutes <= asked["minutes"] + 1e-6
    assert found.metres == pytest.approx(metres_of(found.line), abs=0.02, rel=1e-6)
    at_doors = sum(minutes_at(problem.doors, parameters, asked["people"], d) for d in found.doors)
    least = found.metres / parameters.speed_m_per_min + at_doors + found.crossing_s / 60
    assert least - 0.05 <= found.minutes
    order = np.array(sorted(range(n), key=lambda d: (d * 7919) % 104729), np.int64)
    place = {int(d): i for i, d in enumerate(order)}
    shuffled = Problem(doors=doors_of(problem.doors, order), streets=problem.streets)
    again = tour(
        problem=shuffled,
        parameters=parameters,
        done={place[d] for d in done},
        values=None if values is None else [values[d] for d in order],
        **asked,
    )
    assert [shuffled.doors.ids[d] for d in again.doors] == [problem.doors.ids[d] for d in found.doors]
    assert (again.metres, again.minutes) == (found.metres, found.minutes)


@settings(max_examples=25, deadline=None)
@given(problem=towns(), parameters=limits, data=st.data())
def test_turfs_of_anybody_are_measured(problem: Problem, parameters: Parameters, data: st.DataObject) -> None:
    good = [d for d in range(len(problem.doors)) if not np.isnan(problem.doors.lon[d])]
    order = data.draw(st.permutations(good))
    ends = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    turfs: Sequence[Sequence[int]] = [order[a:b] for a, b in pairwise([0, *ends, len(order)])]
    for reorder in (False, True):
        answer = evaluate(problem=problem, parameters=parameters, turfs=turfs, reorder=reorder)
        assert_plan(problem, parameters, answer)
        for turf in answer.turfs:
            given_ = turfs[turf.number - 1]
            assert (set(turf.doors) == set(given_)) if reorder else (list(turf.doors) == list(given_))
    for doors in turfs:
        if len(doors) > 1:
            first, second = halves(problem=problem, parameters=parameters, doors=doors)
            assert first
            assert second
            assert sorted([*first, *second]) == sorted(doors)
