"""Laws of mended areas and of areas beside one another."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from amiral.cores.geography import BROKEN, MENDED, gaps, overlaps, shape_of, shares, simplified, surfaces

CORNERS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9)
SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]


def ring(places: list[tuple[float, float]]) -> np.ndarray:
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def codes(*polygons: list[list[tuple[float, float]]]) -> list[str]:
    return [flaw.code for flaw in shape_of([[ring(one) for one in rings] for rings in polygons]).flaws]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CORNERS, min_size=1, max_size=2), min_size=1, max_size=3))
def test_an_area_is_valid_or_its_flaws_are_named(polygons: list[list[list[tuple[int, int]]]]) -> None:
    shape = shape_of([[ring([*one, one[0]]) for one in rings] for rings in polygons])
    assert {flaw.code for flaw in shape.flaws} <= {*MENDED, *BROKEN}
    broken = [flaw for flaw in shape.flaws if flaw.code in BROKEN]
    assert (shape.area is None) == bool(broken)
    if shape.area is not None:
        assert shapely.is_valid(shape.area)
        assert shape.area.area > 0
        assert shape.area.geom_type in {"Polygon", "MultiPolygon"}


@settings(max_examples=200, deadline=None)
@given(CORNERS)
def test_a_good_ring_is_not_changed(corners: list[tuple[int, int]]) -> None:
    hull = shapely.MultiPoint(corners).convex_hull
    if isinstance(hull, Polygon):
        good = shapely.orient_polygons(hull)
        shape = shape_of([[shapely.get_coordinates(good)]])
        assert shape.area.equals_exact(good)
        assert not shape.flaws


def test_what_is_sure_is_mended() -> None:
    assert codes([SQUARE[:-1]]) == ["ring_closed"]
    assert codes([SQUARE[::-1]]) == ["ring_turned"]
    touching = [(0, 0), (4, 0), (2, 2), (4, 4), (0, 4), (2, 2), (0, 0)]
    assert codes([touching]) == ["ring_touching"]
    beside = [(x + 4.0, y) for x, y in SQUARE]
    assert codes([SQUARE], [beside]) == ["parts_joined"]
    loop = [(0, 0), (4, 0), (4, 4), (1e-4, 4), (0, 4.0001), (0, 4), (1e-4, 4.0001), (0, 0)]
    assert codes([loop]) == ["small_loop"]
    hole = [(1, 1), (1, 2), (2, 2), (2, 1), (1, 1)]
    assert codes([SQUARE, hole]) == []
    assert codes([SQUARE, hole[::-1]]) == ["ring_turned"]


@pytest.mark.parametrize(
    ("polygons", "code"),
    [
        ([[[(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)]]], "ring_crossing"),
        ([[[(0, 0), (4, 0), (0, 0)]]], "ring_short"),
        ([[[]]], "ring_short"),
        ([[SQUARE, [(6, 6), (6, 7), (7, 7), (6, 6)]]], "hole_outside"),
        (
            [[SQUARE, [(1, 1), (1, 3), (3, 3), (3, 1), (1, 1)], [(2, 2), (2, 2.5), (2.5, 2.5), (2, 2)]]],
            "holes_nested",
        ),
        ([[SQUARE], [[(1, 1), (2, 1), (2, 2), (1, 1)]]], "parts_nested"),
        ([[SQUARE], [[(x + 2, y + 2) for x, y in SQUARE]]], "parts_overlap"),
    ],
)
def test_what_is_not_sure_is_named(polygons: list, code: str) -> None:
    shape = shape_of([[ring(one) for one in rings] for rings in polygons])
    assert shape.area is None
    assert code in [flaw.code for flaw in shape.flaws]


def test_a_crossing_has_its_place() -> None:
    *_turned, flaw = shape_of([[ring([(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)])]]).flaws
    assert (flaw.x, flaw.y) == (2.0, 2.0)


def areas(*given: object) -> np.ndarray:
    made = np.empty(len(given), dtype=object)
    made[:] = given
    return made


def test_surfaces_are_those_of_the_ground() -> None:
    (degree,) = surfaces([box(2, 46, 3, 47)])
    assert degree == pytest.approx(8_520_000_000, rel=0.005)  # of the ellipsoid: 8 515 km²


def test_overlaps_and_gaps_are_measured() -> None:
    first, second = box(0, 46, 1, 47), box(0.9, 46, 2, 47)
    (over,) = overlaps(areas(first, second, box(5, 46, 6, 47)))
    assert (over.first, over.second) == (0, 1)
    assert over.square_metres == pytest.approx(surfaces([box(0.9, 46, 1, 47)])[0])
    assert box(0.9, 46, 1, 47).contains(shapely.Point(over.lon, over.lat))
    assert overlaps(areas(first, box(1, 46, 2, 47))) == ()
    (gap,) = gaps(areas(box(0, 46, 3, 47).difference(box(1, 46.4, 2, 46.6))))
    assert gap.square_metres == pytest.approx(surfaces([box(1, 46.4, 2, 46.6)])[0], rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.001, 0.999))
def test_shares_of_a_partition_add_up(cut: float) -> None:
    children = areas(*(box(i / 4, 46, (i + 1) / 4, 47) for i in range(4)))
    parents = areas(box(0, 46, cut, 47), box(cut, 46, 1, 47))
    found = shares(children, parents, ribbon_m=1e-6)
    for child in range(4):
        mine = found.child == child
        assert found.share[mine].sum() == pytest.approx(1, abs=0.01)
        assert found.exact[mine].sum() <= 1


def test_a_ribbon_is_the_drawing_and_a_part_is_a_part() -> None:
    commune = box(4.0, 46.0, 4.05, 46.05)
    coarse = areas(box(3.9, 45.9, 4.048, 46.1), box(4.048, 45.9, 4.2, 46.1))
    found = shares(areas(commune), coarse)
    assert found.exact.tolist() == [True]
    assert found.parent.tolist() == [0]
    split = areas(box(3.9, 45.9, 4.04, 46.1), box(4.04, 45.9, 4.2, 46.1))
    found = shares(areas(commune), split)
    assert found.exact.tolist() == [False, False]
    assert found.share == pytest.approx([0.8, 0.2], abs=0.001)


def test_maps_keep_common_borders() -> None:
    wiggle = [(x / 200, 46.5 + 0.02 * np.sin(x)) for x in range(201)]
    low = Polygon([*wiggle, (1, 46), (0, 46)])
    high = Polygon([*wiggle, (1, 47), (0, 47)])
    drawn = simplified(areas(low, high, None), positions_each=20)
    assert shapely.get_num_coordinates(drawn[:2]).sum() < shapely.get_num_coordinates(areas(low, high)).sum()
    assert drawn[0].intersection(drawn[1]).area == pytest.approx(0, abs=1e-12)
    assert shapely.union_all(drawn[:2]).area == pytest.approx(1, rel=1e-6)
    assert drawn[2] is None
    assert simplified(areas(affinity.scale(low, 1, 1)))[0].is_valid
