"""A start, an end, a longest walk, teams of several sizes: counted, drawn, and kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from amiral.cores.walk import (
    BadParameter,
    Parameters,
    Plan,
    Problem,
    Stop,
    evaluate,
    minutes_per_door,
    plan,
    replan,
    report,
)

from .builders import EAST, LAT, LON, NORTH, doors_at, grid, grid_doors

GEOD = Geod(ellps="WGS84")
coordinates = st.integers(-900, 900).map(float)
places = st.tuples(coordinates, coordinates)


def at(x: float, y: float) -> tuple[float, float]:
    return LON + x * EAST, LAT + y * NORTH


def planned(problem: Problem, *, minutes: float = 45, **more: object) -> Plan:
    parameters = Parameters(minutes=minutes, **more)  # type: ignore[arg-type]  # any parameter, by name
    return plan(problem=problem, parameters=parameters, stop=Stop(trials_per_door=5))


def town(size: int = 6) -> Problem:
    return Problem(doors=grid_doors(size), streets=grid(size))


@settings(max_examples=30, deadline=None)
@given(
    points=st.lists(places, min_size=1, max_size=40),
    start=st.none() | places,
    end=st.none() | places,
    on_streets=st.booleans(),
    closed=st.booleans(),
)
def test_walks_begin_and_end_where_asked_and_every_metre_counts(
    points: list[tuple[float, float]],
    start: tuple[float, float] | None,
    end: tuple[float, float] | None,
    on_streets: bool,
    closed: bool,
) -> None:
    problem = Problem(doors=doors_at(points), streets=grid(5) if on_streets else None)
    begin, finish = (None if one is None else at(*one) for one in (start, end))
    answer = planned(problem, start=begin, end=finish, closed=closed)
    assert sorted(d for turf in answer.turfs for d in turf.doors) == list(range(len(points)))
    last = begin if closed and begin is not None else finish
    at_doors = minutes_per_door(doors=problem.doors, parameters=answer.parameters)
    for turf in answer.turfs:
        if begin is not None:
            assert turf.line[0].tolist() == np.round(begin, 7).tolist()
        if last is not None:
            assert turf.line[-1].tolist() == np.round(last, 7).tolist()
        drawn = GEOD.line_length(turf.line[:, 0], turf.line[:, 1])
        assert turf.metres == pytest.approx(drawn, abs=0.02, rel=1e-6)
        least = turf.metres / 75 + at_doors[list(turf.doors)].sum()
        assert turf.minutes >= least - 0.01
        assert turf.bound_m <= (turf.metres - turf.approach_m) * 1.0005 + 0.1
        assert turf.connected
    again = evaluate(problem=problem, parameters=answer.parameters, turfs=[t.doors for t in answer.turfs])
    assert [t.minutes for t in again.turfs] == pytest.approx([t.minutes for t in answer.turfs])


def test_turfs_far_from_the_station_have_fewer_doors() -> None:
    problem = town(8)
    answer = planned(problem, minutes=60, start=at(0, 0), closed=True)
    away = [turf.approach_m for turf in answer.turfs]
    doors = [len(turf.doors) for turf in answer.turfs]
    assert np.corrcoef(away, doors)[0, 1] < -0.5
    assert np.mean([abs(turf.minutes / 60 - 1) <= 0.15 for turf in answer.turfs]) >= 0.9
    assert report(problem=problem, plan=answer)["approach_metres"] > 0


def test_nobody_walks_farther_than_allowed() -> None:
    problem = town()
    free = planned(problem, minutes=120)
    most = 700.0
    answer = planned(problem, minutes=120, max_walk_m=most)
    assert max(turf.metres for turf in free.turfs) > most
    assert max(turf.metres for turf in answer.turfs) <= most
    assert any(turf.short for turf in answer.turfs)
    assert all(turf.connected for turf in answer.turfs)
    assert sorted(d for turf in answer.turfs for d in turf.doors) == list(range(len(problem.doors)))
    assert any("700 m" in note for note in report(problem=problem, plan=answer)["notes"])


def test_a_walk_that_cannot_be_short_enough_is_said() -> None:
    problem = Problem(doors=doors_at([(0, 0), (900, 0)]))
    answer = planned(problem, max_walk_m=100, start=at(-800, 0))
    assert any("all the same" in note for note in report(problem=problem, plan=answer)["notes"])


def test_what_no_cut_makes_short_enough_is_not_cut_to_single_doors() -> None:
    problem = Problem(doors=doors_at([(10.0 * x, 10.0 * y) for x in range(10) for y in range(5)]))
    usual = planned(problem, start=at(-900, 0), closed=True)
    answer = planned(problem, max_walk_m=1000, start=at(-900, 0), closed=True)
    assert len(answer.turfs) == len(usual.turfs)
    assert any("all the same" in note for note in report(problem=problem, plan=answer)["notes"])


def test_a_team_of_four_does_more_in_the_same_minutes() -> None:
    problem = town(8)
    answer = planned(problem, minutes=60, sizes=(2, 2, 4))
    by_size = {size: [t for t in answer.turfs if t.team_size == size] for size in (2, 4)}
    assert all(by_size.values())
    doors = {size: np.mean([len(t.doors) for t in turfs]) for size, turfs in by_size.items()}
    assert doors[4] > 1.25 * doors[2]
    minutes = {size: np.mean([t.minutes for t in turfs]) for size, turfs in by_size.items()}
    assert abs(minutes[4] - minutes[2]) < 0.1 * 60
    assert len(by_size[2]) == pytest.approx(2 * len(by_size[4]), abs=3)
    assert all(turf.connected for turf in answer.turfs)
    for turf in answer.turfs:
        parameters = Parameters(team_size=turf.team_size)
        at_doors = minutes_per_door(doors=problem.doors, parameters=parameters)[list(turf.doors)].sum()
        assert turf.minutes == pytest.approx(turf.metres / 75 + at_doors + turf.crossing_s / 60, abs=0.01)


def test_planning_again_counts_the_way_there() -> None:
    problem = town()
    parameters = Parameters(minutes=45, start=at(0, 0), end=at(0, 0))
    first = plan(problem=problem, parameters=parameters, stop=Stop(trials_per_door=5))
    previous = [turf.doors for turf in first.turfs]
    again = replan(problem=problem, parameters=parameters, previous=previous, done=previous[0][:10])
    for turf in again.turfs:
        assert turf.line[0].tolist() == turf.line[-1].tolist() == np.round(at(0, 0), 7).tolist()


@pytest.mark.parametrize(
    "wrong", [{"end": (200.0, 0.0)}, {"max_walk_m": 5.0}, {"sizes": (0,)}, {"sizes": (2, 99)}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadParameter):
        Parameters(**wrong)  # type: ignore[arg-type]  # any parameter, by name
