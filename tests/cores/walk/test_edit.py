"""Turfs changed by hand: no door is lost, and what was asked is what happens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import (
    BadBoundary,
    BadTurfs,
    Parameters,
    Problem,
    WayKind,
    begun_at,
    evaluate,
    halves,
    inside,
    merged,
    moved,
    nearest_turf,
    placed,
)

from .builders import doors_at, grid, grid_doors, streets_of

PARAMETERS = Parameters(minutes=30)
TOWN = Problem(doors=grid_doors(4), streets=grid(4))
PLAIN = Problem(doors=grid_doors(4))


@st.composite
def cuts(draw: st.DrawFn) -> dict[int, tuple[int, ...]]:
    order = draw(st.permutations(range(20)))
    ends = sorted(draw(st.lists(st.integers(0, 20), max_size=3)))
    pieces = [order[a:b] for a, b in zip([0, *ends], [*ends, 20], strict=True)]
    return {number: tuple(piece) for number, piece in enumerate(pieces, 1) if piece}


@given(turfs=cuts(), doors=st.sets(st.integers(0, 19), min_size=1), target=st.integers(1, 6))
def test_moving_loses_no_door(turfs: dict[int, tuple[int, ...]], doors: set[int], target: int) -> None:
    out = moved(turfs=turfs, doors=doors, target=target)
    assert sorted(d for order in out.values() for d in order) == list(range(20))
    assert doors <= set(out[target])
    assert all(out.values())
    for number, order in out.items():
        if number != target:
            assert list(order) == [d for d in turfs[number] if d not in doors]


@given(turfs=cuts())
def test_merging_keeps_the_number(turfs: dict[int, tuple[int, ...]]) -> None:
    if len(turfs) < 2:
        return
    a, b = sorted(turfs)[:2]
    out = merged(turfs=turfs, kept=b, absorbed=a)
    assert a not in out
    assert set(out[b]) == set(turfs[a]) | set(turfs[b])


@given(order=st.permutations(range(8)), door=st.integers(0, 7), position=st.integers(-2, 12))
def test_a_door_is_placed(order: list[int], door: int, position: int) -> None:
    out = placed(order=order, door=door, position=position)
    assert sorted(out) == list(range(8))
    assert out.index(door) == max(0, min(7, position - 1))
    assert [d for d in out if d != door] == [d for d in order if d != door]


@settings(max_examples=20, deadline=None)
@given(
    doors=st.lists(st.integers(0, len(TOWN.doors) - 1), min_size=2, max_size=40, unique=True),
    streets=st.booleans(),
)
def test_two_halves_hold_the_turf(doors: list[int], streets: bool) -> None:
    problem = TOWN if streets else PLAIN
    first, second = halves(problem=problem, parameters=PARAMETERS, doors=doors)
    assert sorted(first + second) == sorted(doors)
    assert first
    assert second
    assert doors[0] in first
    assert halves(problem=problem, parameters=PARAMETERS, doors=[doors[0], *sorted(doors[1:])]) == (
        first,
        second,
    )


@pytest.mark.parametrize("problem", [TOWN, PLAIN])
def test_halves_of_a_connected_turf_are_connected_and_fair(problem: Problem) -> None:
    everything = list(range(len(problem.doors)))
    pair = halves(problem=problem, parameters=PARAMETERS, doors=everything)
    measured = evaluate(problem=problem, parameters=PARAMETERS, turfs=pair, reorder=True)
    assert all(turf.connected for turf in measured.turfs)
    shorter, longer = sorted(turf.minutes for turf in measured.turfs)
    assert longer <= 1.25 * shorter


def test_a_turf_in_pieces_falls_apart_there() -> None:
    streets = streets_of(
        [
            (WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (500, 0)]),
            (WayKind.RESIDENTIAL, "Rue Basse", [(0, 600), (500, 600)]),
        ]
    )
    doors = doors_at([(x, 8) for x in range(0, 500, 100)] + [(x, 608) for x in range(0, 200, 100)])
    problem = Problem(doors=doors, streets=streets)
    assert halves(problem=problem, parameters=PARAMETERS, doors=range(7)) == ((0, 1, 2, 3, 4), (5, 6))


def test_one_door_cannot_be_split() -> None:
    with pytest.raises(BadTurfs):
        halves(problem=TOWN, parameters=PARAMETERS, doors=[3])


@settings(max_examples=20, deadline=None)
@given(
    doors=st.lists(st.integers(0, len(TOWN.doors) - 1), min_size=1, max_size=30, unique=True),
    streets=st.booleans(),
    closed=st.booleans(),
)
def test_the_walk_begins_where_one_says(doors: list[int], streets: bool, closed: bool) -> None:
    problem = TOWN if streets else PLAIN
    order = begun_at(
        problem=problem, parameters=Parameters(minutes=30, closed=closed), doors=doors, first=doors[0]
    )
    assert order[0] == doors[0]
    assert sorted(order) == sorted(doors)


def test_a_chosen_beginning_costs_little() -> None:
    free = evaluate(problem=TOWN, parameters=PARAMETERS, turfs=[range(40)], reorder=True).turfs[0]
    order = begun_at(problem=TOWN, parameters=PARAMETERS, doors=free.doors, first=free.doors[0])
    bound = evaluate(problem=TOWN, parameters=PARAMETERS, turfs=[order]).turfs[0]
    assert bound.metres <= free.metres * 1.02
    with pytest.raises(BadTurfs):
        begun_at(problem=TOWN, parameters=PARAMETERS, doors=[1, 2], first=3)


def test_a_boundary_takes_what_lies_in_it() -> None:
    lon, lat = np.array([0.5, 1.0, 1.5]), np.array([0.5, 1.0, 0.5])
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    assert inside(lon=lon, lat=lat, corners=square).tolist() == [True, True, False]
    assert inside(lon=lon, lat=lat, corners=[*square, square[0]]).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "corners",
    [
        [],
        [(0.0, 0.0), (1.0, 1.0)],
        [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)],
        [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)],
        [(0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.0, 1.0)],
    ],
)
def test_a_boundary_that_is_none_is_refused(corners: list[tuple[float, float]]) -> None:
    with pytest.raises(BadBoundary):
        inside(lon=np.zeros(1), lat=np.zeros(1), corners=corners)


def test_the_nearest_turf() -> None:
    problem = Problem(doors=doors_at([(0, 0), (100, 0), (60, 0)]))
    assert nearest_turf(problem=problem, turfs={4: (0,), 7: (1,)}, door=2) == 7
    assert nearest_turf(problem=problem, turfs={4: (1,), 7: (1,)}, door=2) == 4
