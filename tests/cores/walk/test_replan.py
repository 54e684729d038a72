"""Laws of planning again: what is held stays, every door once, few doors move."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import (
    EFFORTS,
    BadTurfs,
    Parameters,
    Plan,
    Problem,
    Stop,
    changes,
    plan,
    replan,
)
from amiral.cores.walk.subset import doors_of
from amiral.kit.readers import problem_from, read_addresses, read_streets

from .builders import doors_at, grid, grid_doors

QUICK = Stop(trials_per_door=5)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
coordinates = st.integers(-900, 900).map(float)
towns = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=60, unique=True)


def planned(problem: Problem, minutes: float = 30) -> list[tuple[int, ...]]:
    answer = plan(problem=problem, parameters=Parameters(minutes=minutes), stop=QUICK)
    return [turf.doors for turf in answer.turfs]


def again(problem: Problem, previous: list[tuple[int, ...]], **more: object) -> Plan:
    values: dict[str, object] = {"parameters": Parameters(minutes=30), "stop": QUICK}
    return replan(problem=problem, previous=previous, **(values | more))  # type: ignore[arg-type]  # by name


@settings(max_examples=30, deadline=None)
@given(points=towns, data=st.data(), on_streets=st.booleans())
def test_what_is_held_stays_and_every_open_door_stands_once(
    points: list[tuple[float, float]], data: st.DataObject, on_streets: bool
) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(5) if on_streets else None)
    n = len(points)
    known = sorted(data.draw(st.sets(st.integers(0, n - 1))))
    first = Problem(doors=doors_of(problem.doors, np.array(known, np.int64)), streets=problem.streets)
    previous = [tuple(known[d] for d in turf) for turf in planned(first)] if known else []
    kept = data.draw(st.sets(st.integers(0, len(previous) - 1))) if previous else set()
    done = data.draw(st.sets(st.integers(0, n - 1)))
    answer = again(problem, previous, kept=kept, done=done)
    by_number = {turf.number: turf.doors for turf in answer.turfs}
    held = {d for number in kept for d in previous[number]}
    for number in kept:
        assert by_number[number + 1] == previous[number]
    placed = [d for turf in answer.turfs for d in turf.doors]
    assert sorted(placed) == sorted(held | (set(range(n)) - done))
    for turf in answer.turfs:
        assert turf.connected or (turf.number <= len(previous) and turf.doors == previous[turf.number - 1])
    other = again(problem, previous, kept=kept, done=done)
    assert [turf.doors for turf in other.turfs] == [turf.doors for turf in answer.turfs]
    difference = changes(previous=previous, plan=answer)
    assert set(difference.left) == {d for turf in previous for d in turf} & done - held
    assert not set(difference.moved) & held
    assert {number + 1 for number in kept if previous[number]} <= set(difference.unchanged)


@settings(max_examples=25, deadline=None)
@given(points=towns, on_streets=st.booleans())
def test_nothing_new_changes_nothing(points: list[tuple[float, float]], on_streets: bool) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(5) if on_streets else None)
    previous = planned(problem)
    answer = again(problem, previous)
    half = sum(abs(turf.minutes / 30 - 1) > 0.2 for turf in answer.turfs)
    if half == 0:
        assert [turf.doors for turf in answer.turfs] == previous


def town() -> tuple[Problem, list[tuple[int, ...]]]:
    """A grid whose doors stand a little aside: no two ways are of one length."""
    doors = grid_doors(6)
    aside = np.random.default_rng(3).uniform(-2e-5, 2e-5, (2, len(doors)))
    problem = Problem(
        doors=replace(doors, lon=doors.lon + aside[0], lat=doors.lat + aside[1]), streets=grid(6)
    )
    return problem, planned(problem, 60)


def test_a_door_more_changes_its_turf_and_perhaps_a_neighbour() -> None:
    problem, _ = town()
    for x in range(0, len(problem.doors), 23):
        rest = np.delete(np.arange(len(problem.doors)), x)
        first = Problem(doors=doors_of(problem.doors, rest), streets=problem.streets)
        previous = [tuple(int(rest[d]) for d in turf) for turf in planned(first, 60)]
        answer = again(problem, previous, parameters=Parameters(minutes=60))
        difference = changes(previous=previous, plan=answer)
        assert difference.entered == (x,)
        assert len(difference.changed) + len(difference.made) + len(difference.gone) <= 2


def test_a_team_more_takes_from_its_neighbours_alone() -> None:
    problem, previous = town()
    answer = again(problem, previous, parameters=Parameters(minutes=60), more=1)
    difference = changes(previous=previous, plan=answer)
    assert difference.made == (len(previous) + 1,)
    assert len(difference.changed) <= 3
    assert len(answer.turfs) == len(previous) + 1


def test_turfs_cut_short_for_the_longest_walk_stay_and_no_walk_grows_beyond_it() -> None:
    problem, _ = town()
    short = Parameters(minutes=60, max_walk_m=400)
    previous = [turf.doors for turf in plan(problem=problem, parameters=short, stop=QUICK).turfs]
    assert [turf.doors for turf in again(problem, previous, parameters=short).turfs] == previous
    done = {d for turf in previous[::2] for d in turf[:6]}
    for more in ({"done": done}, {"more": 1}, {"kept": [0, 3], "done": done}):
        answer = again(problem, previous, parameters=short, **more)
        assert max(turf.metres for turf in answer.turfs) <= 400
    rest = np.delete(np.arange(len(problem.doors)), 57)
    first = Problem(doors=doors_of(problem.doors, rest), streets=problem.streets)
    cut = plan(problem=first, parameters=short, stop=QUICK).turfs
    before = [tuple(int(rest[d]) for d in turf.doors) for turf in cut]
    difference = changes(previous=before, plan=again(problem, before, parameters=short))
    assert len(difference.changed) + len(difference.made) + len(difference.gone) <= 2


def test_what_is_done_makes_fewer_turfs_of_the_asked_length() -> None:
    problem, previous = town()
    done = {d for turf in previous[:4] for d in turf[: len(turf) // 2]}
    answer = again(problem, previous, parameters=Parameters(minutes=60), done=done)
    assert len(answer.turfs) < len(previous)
    assert np.mean([abs(turf.minutes / 60 - 1) <= 0.25 for turf in answer.turfs]) >= 0.9
    moved = changes(previous=previous, plan=answer)
    assert len(moved.unchanged) >= len(previous) - 10


def test_other_minutes_cut_what_is_free_anew() -> None:
    problem, previous = town()
    answer = again(problem, previous, parameters=Parameters(minutes=30), kept=[0])
    assert answer.turfs[0].doors == previous[0]
    rest = [turf.minutes for turf in answer.turfs[1:]]
    assert np.mean([abs(minutes / 30 - 1) <= 0.25 for minutes in rest]) >= 0.8


def test_progress_is_told_and_may_interrupt() -> None:
    problem, previous = town()
    told = list[int]()
    again(problem, previous, progress=lambda done, total: told.append(done))
    assert told == sorted(told)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(problem, previous, progress=stop)


@pytest.mark.parametrize(
    ("previous", "kept"), [([(0, 1), (1,)], ()), ([(0, 99)], ()), ([(-1,)], ()), ([(0,)], (1,))]
)
def test_turfs_that_make_no_sense_are_refused(previous: list[tuple[int, ...]], kept: tuple[int, ...]) -> None:
    with pytest.raises(BadTurfs):
        again(Problem(doors=doors_at([(0, 0), (10, 0)])), previous, kept=kept)


def test_a_first_plan_has_no_previous_turf() -> None:
    problem, _ = town()
    answer = again(problem, [], parameters=Parameters(minutes=60))
    assert sum(len(turf.doors) for turf in answer.turfs) == len(problem.doors)


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real files is not beside the checkout")
def test_helsinki_stays_nearly_as_it_was() -> None:
    path = DATA / "osm" / "helsinki-centre-2019.osm.pbf"
    problem = problem_from(addresses=read_addresses(path).rows, streets=read_streets(path))
    rest = np.delete(np.arange(len(problem.doors)), 700)
    first = Problem(doors=doors_of(problem.doors, rest), streets=problem.streets)
    parameters = Parameters()
    previous = [
        tuple(int(rest[d]) for d in turf.doors)
        for turf in plan(problem=first, parameters=parameters, stop=EFFORTS["quick"]).turfs
    ]
    answer = replan(problem=problem, parameters=parameters, previous=previous)
    difference = changes(previous=previous, plan=answer)
    assert len(difference.changed) <= 2
