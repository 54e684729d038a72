"""Hints that a walker can follow: left is left, and metres are those of the line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import Doors, Parameters, Problem, WayKind, evaluate
from amiral.cores.walk.hints import Hand, Hint, Turning, hints

from .builders import doors_at, grid, grid_doors, streets_of


def told(doors: Doors, order: list[int], streets: object) -> tuple[Hint, ...]:
    problem = Problem(doors=doors, streets=streets)  # type: ignore[arg-type]  # Streets or None
    turf = evaluate(problem=problem, parameters=Parameters(minutes=60), turfs=[order]).turfs[0]
    lon, lat = doors.lon[order], doors.lat[order]
    return hints(line=turf.line, lon=lon.tolist(), lat=lat.tolist())


CROSS = streets_of(
    [
        (WayKind.RESIDENTIAL, "Rue Haute", [(-200, 0), (0, 0), (200, 0)]),
        (WayKind.RESIDENTIAL, "Rue Raide", [(0, -200), (0, 0), (0, 200)]),
    ]
)


@pytest.mark.parametrize(
    ("door", "name", "turning", "hand"),
    [
        ((8, 60), "Rue Raide", Turning.LEFT, Hand.RIGHT),
        ((-8, 60), "Rue Raide", Turning.LEFT, Hand.LEFT),
        ((8, -60), "Rue Raide", Turning.RIGHT, Hand.LEFT),
        ((-8, -60), "Rue Raide", Turning.RIGHT, Hand.RIGHT),
        ((60, 8), "Rue Haute", Turning.STRAIGHT, Hand.LEFT),
        ((60, -8), "Rue Haute", Turning.STRAIGHT, Hand.RIGHT),
        ((-150, 8), "Rue Haute", Turning.BACK, Hand.RIGHT),
    ],
)
def test_at_a_crossing_walking_east(
    door: tuple[float, float], name: str, turning: Turning, hand: Hand
) -> None:
    """Two doors on the south side of Rue Haute, walked eastwards, then another one."""
    doors = doors_at([(-120, -8), (-80, -8), door], streets=["Rue Haute", "Rue Haute", name])
    first, second, third = told(doors, [0, 1, 2], CROSS)
    assert (first.turning, first.hand) == (Turning.START, Hand.RIGHT)
    assert (second.turning, second.hand) == (Turning.STRAIGHT, Hand.RIGHT)
    assert second.metres == pytest.approx(40 + 16, abs=1)
    assert (third.turning, third.hand) == (turning, hand)


def test_the_first_door_is_on_the_hand_where_one_sets_out() -> None:
    doors = doors_at([(-80, 8), (-120, 8)], streets=["Rue Haute"] * 2)
    assert told(doors, [0, 1], CROSS)[0].hand == Hand.RIGHT
    assert told(doors, [1, 0], CROSS)[0].hand == Hand.LEFT


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(len(grid_doors(3)))), count=st.integers(1, 30), streets=st.booleans())
def test_metres_add_up_to_the_line(order: list[int], count: int, streets: bool) -> None:
    doors, some = grid_doors(3), order[:count]
    problem = Problem(doors=doors, streets=grid(3) if streets else None)
    turf = evaluate(problem=problem, parameters=Parameters(minutes=60), turfs=[some]).turfs[0]
    found = hints(line=turf.line, lon=doors.lon[some].tolist(), lat=doors.lat[some].tolist())
    assert len(found) == count
    assert sum(one.metres for one in found) == pytest.approx(turf.metres, abs=0.5, rel=1e-3)
    assert found[0].turning == Turning.START
    assert all(0 <= one.bearing < 360 for one in found)


def test_as_the_crow_flies() -> None:
    doors = doors_at([(0, 0), (100, 0), (100, 100), (0, 0)])
    bearings = [round(one.bearing) % 360 for one in told(doors, [0, 1, 2, 3], None)]
    assert bearings[1:3] == [90, 0]
    assert bearings[3] == pytest.approx(225, abs=1)


def test_doors_that_the_line_does_not_pass_and_none_at_all() -> None:
    line = np.array([[4.0, 46.0], [4.001, 46.0]])
    assert [one.metres for one in hints(line=line, lon=[5.0, 6.0], lat=[46.0, 46.0])] == [0.0, 0.0]
    assert hints(line=line, lon=[], lat=[]) == ()
