"""Figures of turfs cut by hand: the plan's own where nothing changed, lawful where something did."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import BadTurfs, Mode, Parameters, Plan, Problem, Stop, Turf, WayKind, evaluate, plan

from .builders import doors_at, grid, grid_doors, streets_of

PARAMETERS = Parameters(minutes=30)


def town(*, streets: bool) -> Problem:
    return Problem(doors=grid_doors(4), streets=grid(4) if streets else None)


def planned(problem: Problem, parameters: Parameters = PARAMETERS) -> Plan:
    return plan(problem=problem, parameters=parameters, seed=3, stop=Stop(trials_per_door=10))


def assert_same(one: Turf, other: Turf) -> None:
    for field in fields(Turf):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "line":
            assert a.tolist() == b.tolist()
        elif isinstance(a, float):
            assert a == pytest.approx(b, rel=1e-12), field.name
        else:
            assert a == b, field.name


@pytest.mark.parametrize("streets", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_the_turfs_of_a_plan_give_its_figures(streets: bool, closed: bool) -> None:
    problem, parameters = town(streets=streets), replace(PARAMETERS, closed=closed)
    first = planned(problem, parameters)
    again = evaluate(problem=problem, parameters=parameters, turfs=[turf.doors for turf in first.turfs])
    assert len(first.turfs) > 2
    for one, other in zip(first.turfs, again.turfs, strict=True):
        assert_same(one, other)
    assert again.bound_m == first.bound_m
    assert (again.mode, again.far, again.unreachable) == (first.mode, first.far, first.unreachable)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), streets=st.booleans(), reorder=st.booleans())
def test_any_cut_is_measured_and_no_door_is_lost(data: st.DataObject, streets: bool, reorder: bool) -> None:
    problem = town(streets=streets)
    n = len(problem.doors)
    order = data.draw(st.permutations(range(n)))
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=4)))
    given_turfs = [order[a:b] for a, b in zip([0, *cuts], [*cuts, n], strict=True)]
    answer = evaluate(problem=problem, parameters=PARAMETERS, turfs=given_turfs, reorder=reorder)
    assert [turf.number for turf in answer.turfs] == [i for i, turf in enumerate(given_turfs, 1) if turf]
    for turf in answer.turfs:
        asked = given_turfs[turf.number - 1]
        assert sorted(turf.doors) == sorted(asked)
        assert reorder or list(turf.doors) == asked
        assert turf.bound_m <= turf.metres * 1.0005 + 0.05
        assert turf.minutes >= turf.metres / PARAMETERS.speed_m_per_min
    assert sum(turf.metres for turf in answer.turfs) * 1.0005 + 0.05 >= answer.bound_m


def test_an_order_found_anew_does_not_depend_on_the_given_one() -> None:
    problem = town(streets=True)
    doors = list(range(30))
    rng = np.random.default_rng(4)
    found = []
    for _ in range(3):
        rng.shuffle(doors)
        found.append(
            evaluate(problem=problem, parameters=PARAMETERS, turfs=[doors], reorder=True, seed=7).turfs[0]
        )
    assert_same(found[0], found[1])
    assert_same(found[0], found[2])
    kept = evaluate(problem=problem, parameters=PARAMETERS, turfs=[doors]).turfs[0]
    assert found[0].metres < kept.metres


def test_reversing_keeps_the_metres() -> None:
    problem = town(streets=True)
    there, back = (
        evaluate(problem=problem, parameters=PARAMETERS, turfs=[doors]).turfs[0]
        for doors in (list(range(20)), list(range(20))[::-1])
    )
    assert back.metres == pytest.approx(there.metres, abs=0.01)
    assert back.minutes == pytest.approx(there.minutes)
    assert back.doors == there.doors[::-1]


def islands() -> Problem:
    """Two streets that do not touch, 600 m apart."""
    streets = streets_of(
        [
            (WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (500, 0)]),
            (WayKind.RESIDENTIAL, "Rue Basse", [(0, 600), (500, 600)]),
        ]
    )
    points = [(x, y) for y in (10, 610) for x in range(0, 500, 50)]
    return Problem(doors=doors_at(points, streets=["Rue Haute"] * 10 + ["Rue Basse"] * 10), streets=streets)


@pytest.mark.parametrize("reorder", [True, False])
def test_a_turf_in_pieces_is_walked_and_said(reorder: bool) -> None:
    problem = islands()
    answer = evaluate(problem=problem, parameters=PARAMETERS, turfs=[list(range(20))], reorder=reorder)
    turf = answer.turfs[0]
    assert not turf.connected
    assert turf.straight
    assert answer.bound_m == 0.0
    assert sorted(turf.doors) == list(range(20))
    # The two streets, the way in and out of each door, and the gap between the streets once.
    assert 2 * 450 + 600 < turf.metres < 2 * (450 + 10 * 20) + 780
    assert turf.bound_m <= turf.metres
    apart = evaluate(
        problem=problem, parameters=PARAMETERS, turfs=[list(range(10)), list(range(10, 20))], reorder=reorder
    )
    assert all(one.connected and not one.straight for one in apart.turfs)
    assert apart.mode is Mode.NETWORK
    assert apart.metres < turf.metres


def test_doors_may_be_left_out_and_gaps_are_seen_all_the_same() -> None:
    """The doors between two ends of a street are neighbours of both: without them the turf is torn."""
    streets = streets_of([(WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (1000, 0)])])
    doors = doors_at([(x, 8) for x in range(0, 1000, 50)])
    answer = evaluate(
        problem=Problem(doors=doors, streets=streets),
        parameters=PARAMETERS,
        turfs=[[0, 1, 18, 19], [5, 6], []],
    )
    assert [turf.connected for turf in answer.turfs] == [False, True]
    assert answer.bound_m == 0.0
    assert answer.door_count == 6


@pytest.mark.parametrize("turfs", [[[0, 0]], [[0], [0]], [[-1]], [[3]], [[2]]])
def test_turfs_that_are_none_are_refused(turfs: list[list[int]]) -> None:
    doors = doors_at([(0, 0), (10, 0), (20, 0)])
    doors = replace(doors, lon=np.array([*doors.lon[:2], np.nan]))
    with pytest.raises(BadTurfs):
        evaluate(problem=Problem(doors=doors), parameters=PARAMETERS, turfs=turfs)


def test_no_turf_is_a_plan_too() -> None:
    empty = Problem(doors=doors_at([]))
    assert evaluate(problem=empty, parameters=PARAMETERS, turfs=[]).turfs == ()
    assert evaluate(problem=town(streets=True), parameters=PARAMETERS, turfs=[[]]).turfs == ()
