"""Names along streets, numbers apart, a scale: laws of what a map on paper shows."""

from itertools import combinations
from math import hypot

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit import pdf
from amiral.kit.maps import Feature, MapView, draw, sheet_for
from amiral.rooms.field.web.cartography import _area, bar_length_m, place_names
from amiral.rooms.field.web.plan_maps import plan_arrows
from amiral.rooms.field.web.plan_paper import apart
from amiral.rooms.field.web.street_names import LETTER, LINE, names_layer
from amiral.rooms.territory.contracts import StreetLine
from tests.rooms.field.conftest import street

FRAME = (0.0, 0.0, 500.0, 500.0)
ONTO = pdf.Projection(west=0, south=0, points_per_degree_east=1, points_per_degree_north=1, x=0, y=0)


def named(*streets: StreetLine, size: float = 6.0) -> list[tuple[str, float]]:
    return [
        (name.text, round(name.angle))
        for name in place_names(streets=streets, onto=ONTO, frame=FRAME, size=size)
    ]


def test_names_on_screen_cover_neither_each_other_nor_a_number() -> None:
    bounds = (2.0, 48.0, 2.004, 48.003)
    streets = [street(f"Rue {i}", (2.0, 48.0 + i / 5000), (2.004, 48.0 + i / 5000)) for i in range(1, 14)]
    door = Feature(geometry={"type": "Point", "coordinates": [2.002, 48.0 + 5 / 5000]}, number="7")
    layer = names_layer(streets, bounds, [door])
    sheet = sheet_for(bounds)
    places = [sheet.place(one.geometry["coordinates"]) for one in (*layer.features, door)]
    assert 3 <= len(layer.features) <= 10
    assert layer.features[0].number in {f"Rue {i}" for i in range(3, 8)}
    assert all(abs(a[1] - b[1]) >= LINE or abs(a[0] - b[0]) >= LETTER for a, b in combinations(places, 2))
    drawing = draw(MapView(title="Rues", layers=(layer,), bounds=bounds))
    assert drawing is not None
    assert not drawing.strokes
    assert {one.classes for one in drawing.numbers} == {"map-name"}


def test_a_name_follows_its_street_and_is_never_upside_down() -> None:
    assert named(street("Rue Haute", (10, 10), (200, 10))) == [("Rue Haute", 0)]
    assert named(street("Rue Haute", (200, 10), (10, 10))) == [("Rue Haute", 0)]
    assert named(street("Rue Raide", (10, 200), (10, 10))) == [("Rue Raide", 90)]
    assert named(street("Rue en biais", (200, 10), (10, 200))) == [("Rue en biais", -45)]


def test_ways_of_one_name_are_put_together() -> None:
    parts = [street("Avenue de la République", (x, 50), (x + 30, 50)) for x in range(0, 300, 30)]
    assert named(*parts) == [("Avenue de la République", 0)]


def test_a_name_that_does_not_fit_is_left_out() -> None:
    assert named(street("Rue de la Très Longue Histoire", (10, 10), (40, 10))) == []
    assert named(street("", (10, 10), (400, 10))) == []
    assert named(street("Rue courbe", (10, 10), (22, 10), (22, 22), (10, 22), (10, 14))) == []


points = st.tuples(st.floats(0, 500), st.floats(0, 500))


@settings(max_examples=40, deadline=None)
@given(ends=st.lists(st.tuples(points, points), max_size=25))
def test_no_name_lies_over_another_or_outside(
    ends: list[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    streets = [street(f"Rue numéro {i}", a, b) for i, (a, b) in enumerate(ends)]
    names = place_names(streets=streets, onto=ONTO, frame=FRAME, size=6.0, taken=[(0, 0, 60, 60)])
    areas = [_area(name, pdf.text_width(name.text, font=pdf.SANS, size=6.0) + 2) for name in names]
    assert all(-90 < name.angle <= 90 for name in names)
    for one, other in combinations([*areas, shapely.box(0, 0, 60, 60)], 2):
        assert not one.intersects(other)
    assert all(shapely.box(*FRAME).contains(area) for area in areas)


@given(places=st.dictionaries(st.integers(1, 40), points, max_size=12))
def test_numbers_are_moved_apart(places: dict[int, tuple[float, float]]) -> None:
    out = apart(places, size=9.0, frame=FRAME)
    assert out.keys() == places.keys()
    least = 2 * 9.0 * 0.95
    for (ax, ay), (bx, by) in combinations(out.values(), 2):
        assert abs(ax - bx) >= least or abs(ay - by) >= least


@given(st.floats(0.01, 5))
def test_the_bar_is_round_and_fits(points_per_m: float) -> None:
    length = bar_length_m(points_per_m=points_per_m, most=120.0)
    assert length in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
    assert length * points_per_m <= 120 or length == 10


def test_every_walk_has_an_arrow_in_its_direction() -> None:
    east = plan_arrows([(4.0, 46.0), (4.001, 46.0)], 10.0)
    assert len(east) == 1
    (tip, *base) = east[0]
    assert tip[0] > max(corner[0] for corner in base)
    assert plan_arrows([(4.0, 46.0), (4.0, 46.0)], 10.0) == []
    around = plan_arrows([(4.0, 46.0), (4.001, 46.0), (4.001, 46.001), (4.0, 46.001)], 10.0)
    assert len(around) == 3
    assert all(hypot(arrow[0][0] - 4.0005, arrow[0][1] - 46.0005) < 0.001 for arrow in around)
