"""Laws of the index: for every point the answer of the slow way, whatever the areas."""

import json
from fractions import Fraction
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, affinity, box

from amiral.cores.geography import area_index
from amiral.cores.geography.predicates import side

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

GRID = st.integers(-6, 6).map(float)
DEGREES = st.floats(-6, 6, allow_nan=False).map(lambda x: round(x, 6))
COORDINATES = GRID | DEGREES | st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 2.0000000000000004, 1.9999999999999998])
PLACES = st.tuples(COORDINATES, COORDINATES)


def slowly(areas: list[Any], lon: list[float], lat: list[float]) -> list[int]:
    """The first area that covers each point, area by area and point by point."""
    points = [
        None if not np.isfinite([x, y]).all() else shapely.Point(x, y) for x, y in zip(lon, lat, strict=True)
    ]
    return [
        next((i for i, area in enumerate(areas) if area is not None and p is not None and area.covers(p)), -1)
        for p in points
    ]


def exactly(areas: list[Any], lon: float, lat: float) -> int:
    """The first area that covers a point, in exact fractions."""
    x, y = Fraction(lon), Fraction(lat)
    for place, area in enumerate(areas):
        if any(_holds(part, x, y) for part in shapely.get_parts(area).tolist() if part is not None):
            return place
    return -1


def _holds(part: Polygon, x: Fraction, y: Fraction) -> bool:
    inside = False
    for ring in shapely.get_rings(part):
        corners = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring).tolist()]
        for (ax, ay), (bx, by) in pairwise(corners):
            turn = (ax - x) * (by - y) - (ay - y) * (bx - x)
            if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return True
            if (ay > y) != (by > y) and (turn > 0) == (by > ay):
                inside = not inside
    return inside


def pieces(geometry: Any) -> list[Polygon]:
    """The polygons of anything."""
    parts = shapely.get_parts(shapely.make_valid(geometry))
    flat = [one for part in parts for one in shapely.get_parts(part)]
    return [one for one in flat if isinstance(one, Polygon) and one.area > 0 and one.is_valid]


@st.composite
def areas_(draw: st.DrawFn) -> Any:
    """Polygons and multipolygons of any shape: with holes, in several parts, as slivers; None; empty ones."""
    kind = draw(st.sampled_from(["any", "box", "ring", "sliver", "many", "none", "empty"]))
    if kind == "none":
        return None
    if kind == "empty":
        return draw(st.sampled_from([Polygon(), MultiPolygon()]))
    if kind == "sliver":
        (x, y), (u, v) = draw(PLACES), draw(PLACES)
        made = pieces(Polygon([(x, y), (u, v), (u, v + 1e-12), (x, y + 1e-12)]))
        return made[0] if made else None
    if kind in {"box", "ring"}:
        x, y = draw(st.tuples(GRID, GRID))
        shell = box(x, y, x + draw(st.integers(1, 5)), y + draw(st.integers(1, 5)))
        hole = affinity.scale(shell, 0.5, 0.5)
        return shell.difference(hole) if kind == "ring" else shell
    corners = draw(st.lists(PLACES, min_size=3, max_size=12))
    made = pieces(Polygon(corners))
    if not made:
        return None
    whole = shapely.union_all(made)
    if kind == "many" and isinstance(whole, Polygon):
        whole = MultiPolygon([whole])
    return whole if whole.geom_type in {"Polygon", "MultiPolygon"} else made[0]


def near(areas: list[Any]) -> tuple[list[float], list[float]]:
    """Corners, middles of edges, and their neighbours by one rounding: the points that are hard."""
    corners = shapely.get_coordinates(np.array(areas, dtype=object))
    middles = (corners[1:] + corners[:-1]) / 2
    exact = np.vstack([corners, middles, np.zeros((0, 2))])
    every = np.vstack([exact, np.nextafter(exact, inf), np.nextafter(exact, -inf)])
    every[np.abs(every) < 1e-140] = (
        0.0  # beside zero the neighbour is too small for exact signs, and for GEOS
    )
    return every[:, 0].tolist(), every[:, 1].tolist()


@settings(max_examples=400, deadline=None)
@given(st.lists(areas_(), max_size=6), st.lists(PLACES, max_size=20))
def test_every_point_is_answered_as_by_the_slow_way(
    areas: list[Any], points: list[tuple[float, float]]
) -> None:
    lon, lat = near(areas)
    lon, lat = lon + [x for x, _ in points], lat + [y for _, y in points]
    found, expected = area_index(areas).locate(lon, lat).tolist(), slowly(areas, lon, lat)
    for place in np.flatnonzero(np.array(found) != np.array(expected)).tolist():
        # GEOS rounds products to 106 bits and takes some neighbours of a border for the border itself.
        expected[place] = exactly(areas, lon[place], lat[place])
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(PLACES, PLACES, PLACES, st.sampled_from([1.0, 3.0, 1e-9, 1e6, 0.1]))
def test_a_side_is_exact(
    a: tuple[float, float], b: tuple[float, float], p: tuple[float, float], size: float
) -> None:
    ax, ay, bx, by, px, py = (float(one) * size for one in (*a, *b, *p))
    for qx, qy in [
        (px, py),
        ((ax + bx) / 2, (ay + by) / 2),
        (float(np.nextafter(px, inf)) if px else 1e-140, py),
    ]:
        f = [Fraction(one) for one in (ax, ay, bx, by, qx, qy)]
        exact = (f[0] - f[4]) * (f[3] - f[5]) - (f[1] - f[5]) * (f[2] - f[4])
        assert side(ax, ay, bx, by, qx, qy) == (exact > 0) - (exact < 0)


def test_a_common_border_belongs_to_the_first() -> None:
    areas = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 2, 2)]
    lon, lat = [1.0, 1.0, 0.5, 1.5, 2.0], [0.5, 1.0, 1.0, 1.0, 1.0]
    assert area_index(areas).locate(lon, lat).tolist() == [0, 0, 0, 1, 1]
    assert area_index(areas[::-1]).locate(lon, lat).tolist() == [1, 0, 0, 0, 0]


def test_areas_that_overlap_answer_the_first() -> None:
    small, large = box(0.4, 0.4, 0.6, 0.6), box(0, 0, 1, 1)
    assert area_index([small, large]).locate([0.5, 0.1], [0.5, 0.1]).tolist() == [0, 1]
    assert area_index([large, small]).locate([0.5, 0.1], [0.5, 0.1]).tolist() == [0, 0]


def test_a_hole_holds_nothing_but_its_border() -> None:
    ring = box(0, 0, 4, 4).difference(box(1, 1, 3, 3))
    assert area_index([ring]).locate([2, 1, 1, 0.5], [2, 1, 2, 0.5]).tolist() == [-1, 0, 0, 0]
    assert area_index([ring, box(1.5, 1.5, 2.5, 2.5)]).locate([2.0], [2.0]).tolist() == [1]


def test_what_is_no_place_lies_nowhere() -> None:
    index = area_index([box(0, 0, 1, 1)])
    assert index.locate([nan, 0.5, inf, -inf, 0.5], [0.5, nan, 0.5, 0.5, 0.5]).tolist() == [-1, -1, -1, -1, 0]


@pytest.mark.parametrize("areas", [[], [None], [Polygon()], [None, MultiPolygon()]])
def test_nothing_holds_nothing(areas: list[Any]) -> None:
    assert area_index(areas).locate([0.0, nan], [0.0, 0.0]).tolist() == [-1, -1]
    assert area_index(areas).locate([], []).tolist() == []


def test_what_is_no_area_is_refused() -> None:
    with pytest.raises(ValueError, match="polygons"):
        area_index([shapely.Point(0, 0)])
    with pytest.raises(ValueError, match="finite"):
        area_index([Polygon([(0, 0), (1, inf), (1, 1)])])
    with pytest.raises(ValueError, match="many"):
        area_index([box(0, 0, 1, 1)]).locate([1.0], [])


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_threads_change_nothing(workers: int) -> None:
    areas = [affinity.rotate(box(i, j, i + 1, j + 1), 45) for i in range(9) for j in range(9)]
    chance = np.random.default_rng(1)
    lon, lat = chance.uniform(-1, 10, 200_000), chance.uniform(-1, 10, 200_000)
    index = area_index(areas)
    assert np.array_equal(index.locate(lon, lat, workers=workers), index.locate(lon, lat, workers=1))
    assert index.nbytes > 0


@pytest.mark.parametrize("size", [1e-7, 1.0, 40.0])
def test_far_apart_and_tiny(size: float) -> None:
    """Territories overseas: a small index over a large world."""
    areas = [
        affinity.translate(shapely.Point(0, 0).buffer(size), x, y)
        for x, y in [(0, 46), (-61, 14), (165, -22)]
    ]
    lon, lat = near(areas)
    assert area_index(areas).locate(lon, lat).tolist() == slowly(areas, lon, lat)
    assert area_index(areas).nbytes < 200_000_000


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        "paris-faubourg-saint-antoine/secteurs-des-bureaux-de-vote.geojson",
        "saone-et-loire-71/contours-2018/communes-71-saone-et-loire.geojson",
    ],
)
def test_real_contours(name: str) -> None:
    if not SHARED.exists():
        pytest.skip("real files are not at ../shared/data")
    features = json.loads((SHARED / name).read_text("utf-8"))["features"]
    areas = np.array([shapely.geometry.shape(one["geometry"]) for one in features], dtype=object)
    chance = np.random.default_rng(2)
    west, south, east, north = shapely.total_bounds(areas)
    points = np.column_stack([chance.uniform(west, east, 5_000), chance.uniform(south, north, 5_000)])
    corners = shapely.get_coordinates(areas)[::7]
    points = np.vstack([points, corners, (corners[1:] + corners[:-1]) / 2])
    point, area = shapely.STRtree(areas).query(shapely.points(points), predicate="covered_by")
    expected = np.full(len(points), len(areas))
    np.minimum.at(expected, point, area)
    expected[expected == len(areas)] = -1
    assert np.array_equal(area_index(areas).locate(points[:, 0], points[:, 1]), expected)
