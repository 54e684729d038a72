"""Metres: right, and to the bit the same on every processor."""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from amiral.cores.walk.geo import RADIAN, directions, flat, lengths, logarithm, metres_between, sine

latitudes = st.floats(-85, 85)


@settings(deadline=None)
@given(latitudes)
@example(0.0)
@example(85.0)
def test_the_sine_is_the_sine(latitude: float) -> None:
    assert math.isclose(
        sine(latitude * RADIAN), math.sin(math.radians(latitude)), rel_tol=1e-14, abs_tol=1e-16
    )


@settings(deadline=None)
@given(st.floats(1e-6, 1e6))
@example(1.0)
@example(0.7071067811865476)
def test_the_logarithm_is_the_logarithm(x: float) -> None:
    assert math.isclose(logarithm(x), math.log(x), rel_tol=1e-14, abs_tol=1e-15)


@settings(deadline=None)
@given(st.floats(-179, 179), latitudes, st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_metres_are_those_of_the_ellipsoid(lon: float, lat: float, east: float, north: float) -> None:
    there = (lon + east, max(-85.0, min(85.0, lat + north)))
    exact = Geod(ellps="WGS84").line_length([lon, there[0]], [lat, there[1]])
    found = metres_between(lon, lat, *there)
    assert math.isclose(found, exact, rel_tol=1e-5 if abs(lat) > 80 else 1e-6, abs_tol=1e-3)
    assert lengths(np.array([lon, there[0]]), np.array([lat, there[1]])).tolist() == [found]


def test_the_map_is_true_at_its_middle_and_keeps_right_angles() -> None:
    lon, lat = np.array([4.83, 4.831, 4.83]), np.array([46.3, 46.3, 46.301])
    points = flat(lon, lat, 46.3)
    for x in (1, 2):
        metres = metres_between(lon[0], lat[0], lon[x], lat[x])
        assert math.isclose(float(np.hypot(*(points[x] - points[0]))), metres, rel_tol=2e-4)
    assert abs(float((points[1] - points[0]) @ (points[2] - points[0]))) < 1e-3


@settings(deadline=None)
@given(latitudes, st.floats(1e-6, 1e6))
def test_compiled_code_gives_the_bits_of_plain_arithmetic(latitude: float, x: float) -> None:
    """No fused or reordered sums: Python's own floats are those of IEEE 754."""
    assert sine(latitude * RADIAN).hex() == sine.py_func(latitude * RADIAN).hex()
    assert logarithm(x).hex() == logarithm.py_func(x).hex()


def test_these_bits_are_those_of_every_machine() -> None:
    assert metres_between(4.83, 46.3, 4.84, 46.31).hex() == "0x1.521b4b3238b0ap+10"
    point = flat(np.array([4.83]), np.array([46.3]), 46.3)[0]
    assert [x.hex() for x in point.tolist()] == ["0x1.6b66210bd058ep+18", "0x1.e9cf4633b8839p+21"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=2, max_size=2), latitudes)
def test_directions_grow_with_the_angle(points: list[tuple[float, float]], latitude: float) -> None:
    east, north = np.array(points).T
    found = directions(east, north, np.full(2, latitude))
    angles = np.arctan2(north, east * np.cos(np.radians(latitude)))
    if np.hypot(east, north).min() > 1e-6 and abs(angles[0] - angles[1]) > 1e-6:
        assert (found[0] < found[1]) == (angles[0] < angles[1])
    assert ((found >= 0) & (found <= 4)).all()
