"""Hints that a walker can follow: left is left, and metres are those of the line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import Doors, Parameters, Problem, WayKind, evaluate
from amiral.cores.walk.headings import corners, heading, without_spikes
from amiral.cores.walk.hints import Hand, Hint, Turning, hints

from .builders import EAST, LAT, LON, NORTH, doors_at, grid, grid_doors, streets_of


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


def line_of(*points: tuple[float, float]) -> tuple[np.ndarray, list[float], list[float]]:
    """A line through points in metres, and the place of its doors: those that stand off the street."""
    at = np.round(np.array(points) * [EAST, NORTH] + [LON, LAT], 7)
    doors = [k for k, (_, north) in enumerate(points) if north % 10 == 8]
    return at, at[doors, 0].tolist(), at[doors, 1].tolist()


@pytest.mark.parametrize("past", [1.0, 3.0, 6.0, 11.0])
@pytest.mark.parametrize(
    ("up", "turning", "hand"), [(1, Turning.LEFT, Hand.RIGHT), (-1, Turning.RIGHT, Hand.LEFT)]
)
def test_a_door_just_behind_the_corner(past: float, up: int, turning: Turning, hand: Hand) -> None:
    """However few metres behind it: one turns, and the door is on the hand of the new street."""
    doors = doors_at(
        [(-120, -8), (-80, -8), (8, up * past), (8, up * 60)], streets=["Rue Haute"] * 2 + ["Rue Raide"] * 2
    )
    _first, _second, third, fourth = told(doors, [0, 1, 2, 3], CROSS)
    assert (third.turning, third.hand, third.back) == (turning, hand, False)
    assert (fourth.turning, fourth.hand) == (Turning.STRAIGHT, hand)


def test_turning_round_before_the_corner() -> None:
    """Walking east, past the corner: back, then into the street that goes off to the north."""
    doors = doors_at([(30, -8), (60, -8), (8, 60), (8, 90)], streets=["Rue Haute"] * 2 + ["Rue Raide"] * 2)
    _first, second, third, fourth = told(doors, [0, 1, 2, 3], CROSS)
    assert (second.turning, second.back) == (Turning.STRAIGHT, False)
    assert (third.turning, third.back, third.hand) == (Turning.RIGHT, True, Hand.RIGHT)
    assert (fourth.turning, fourth.back) == (Turning.STRAIGHT, False)


def test_a_few_metres_forth_and_back_to_cross_are_not_turning_round() -> None:
    """From the north side at 90 to the south side at 95, by the crossing at 100."""
    line = [
        (50, 8),
        (50, 0),
        (90, 0),
        (90, 8),
        (90, 0),
        (100 - 4, 0),
        (95, 0),
        (95, -2),
        (95, 0),
        (150, 0),
        (150, 8),
    ]
    at, lon, lat = line_of(*line)
    found = hints(line=at, lon=lon, lat=lat)
    assert [(one.turning, one.hand) for one in found] == [
        (Turning.START, Hand.LEFT),
        (Turning.STRAIGHT, Hand.LEFT),
        (Turning.STRAIGHT, Hand.RIGHT),
        (Turning.STRAIGHT, Hand.LEFT),
    ]


@pytest.mark.parametrize(
    ("corner", "turning"),
    [
        ([(100, 0), (104, 4)], Turning.LEFT),  # a chamfer
        ([(98, 0), (101, 1), (103, 3), (104, 6)], Turning.LEFT),  # round
        ([(100, 0), (100, 5), (104, 5)], Turning.LEFT),  # a jog, then the corner
        ([(100, 0), (100, -6), (104, -6)], Turning.LEFT),  # the other way round
    ],
)
def test_a_corner_drawn_with_several_points(corner: list[tuple[float, float]], turning: Turning) -> None:
    line = [(20, 8), (20, 0), (60, 0), (60, 8), (60, 0), *corner, (104, 60), (112, 58)]
    at, lon, lat = line_of(*line)
    assert hints(line=at, lon=lon, lat=lat)[2].turning == turning


@pytest.mark.parametrize("up", [-6, 6])
def test_a_street_that_goes_on_some_metres_aside_is_straight_on(up: int) -> None:
    line = [(20, 8), (20, 0), (60, 0), (60, 8), (60, 0), (100, 0), (100, up), (150, up), (150, up + 12)]
    at, lon, lat = line_of(*line)
    found = hints(line=at, lon=[*lon[:2], float(at[-1, 0])], lat=[*lat[:2], float(at[-1, 1])])
    assert (found[2].turning, found[2].hand) == (Turning.STRAIGHT, Hand.LEFT)


def test_two_doors_that_face_each_other_at_the_beginning() -> None:
    """The direction is that of the first step."""
    doors = doors_at([(-120, 8), (-120, -8), (-60, 8)], streets=["Rue Haute"] * 3)
    assert [one.hand for one in told(doors, [0, 1, 2], CROSS)] == [Hand.LEFT, Hand.RIGHT, Hand.LEFT]


def test_a_walk_that_starts_elsewhere_comes_to_its_first_door() -> None:
    """From a station in the west, back to the west after the first door."""
    line = [(-200, 0), (-120, 0), (-120, 8), (-120, 0), (-160, 0), (-160, 8)]
    at, lon, lat = line_of(*line)
    first, second = hints(line=at, lon=lon, lat=lat)
    assert (first.turning, first.hand) == (Turning.START, Hand.LEFT)
    assert (second.turning, second.hand) == (Turning.BACK, Hand.RIGHT)


def test_directions_need_some_metres() -> None:
    assert heading(np.zeros((0, 2))) is None
    assert heading(np.array([[0.0, 0.0], [0.3, 0.0]])) is None
    assert heading(np.array([[0.0, 0.0], [0.0, 4.0]])) == pytest.approx(90)
    assert heading(np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 60.0]]), 12) == pytest.approx(45)
    assert without_spikes(np.zeros((1, 2))).tolist() == [[0.0, 0.0]]


@given(
    points=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1, max_size=12),
)
def test_the_same_corners_mirrored(points: list[tuple[int, int]]) -> None:
    """In a mirror left is right; walked backwards the ends stay where they are."""
    way = np.array(points, float)
    mirrored = corners(way * [1, -1])
    for one, other in zip(corners(way), mirrored, strict=True):
        assert (one.first, one.last) == (other.first, other.last)
        assert abs(one.bend) == pytest.approx(abs(other.bend), abs=1e-6)
    short = without_spikes(way)
    assert short[0].tolist() == way[0].tolist()
    assert short[-1].tolist() == way[-1].tolist()
