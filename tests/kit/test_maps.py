"""Maps: the drawing keeps every place, and the page says nothing that was not meant as words."""

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from amiral.kit import maps
from amiral.kit.maps import Feature, Layer, MapView

LONGITUDES = st.floats(-5, 9)
LATITUDES = st.floats(42, 51)
POSITIONS = st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=2, max_size=30)


def point(longitude: float, latitude: float, **words: str) -> Feature:
    return Feature(geometry={"type": "Point", "coordinates": [longitude, latitude]}, **words)


def line(positions: list[tuple[float, float]], **words: str) -> Feature:
    return Feature(geometry={"type": "LineString", "coordinates": positions}, **words)


def view(*features: Feature, css_class: str = "map-street", **more: Any) -> MapView:
    return MapView(
        title="Une carte", layers=(Layer(name="Rues", features=features, css_class=css_class),), **more
    )


def drawn(view: MapView) -> maps.Drawing:
    drawing = maps.draw(view)
    assert drawing is not None
    return drawing


def read_back(d: str) -> list[list[maps.Units]]:
    """The paths of a stroke, by the same grammar as ``map.js``."""
    paths = []
    for part in d.split("M")[1:]:
        x, y, *steps = map(int, re.findall(r"-?\d+", part.split("h")[0]))
        path = [(x, y)]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            path.append((x, y))
        paths.append(path)
    return paths


@given(positions=POSITIONS)
def test_every_position_falls_on_the_sheet_and_the_path_is_not_bent(
    positions: list[tuple[float, float]],
) -> None:
    drawing = drawn(view(line(positions)))
    (stroke,) = drawing.strokes
    places = [drawing.sheet.place(position) for position in positions]
    assert all(0 <= x <= maps.SHEET_WIDTH and 0 <= y <= drawing.sheet.height for x, y in places)
    kept = [place for index, place in enumerate(places) if index == 0 or place != places[index - 1]]
    assert read_back(stroke.d) == [kept]


@given(positions=POSITIONS)
def test_the_sheet_is_neither_a_ribbon_nor_a_tower(positions: list[tuple[float, float]]) -> None:
    ratio = drawn(view(line(positions))).sheet.height / maps.SHEET_WIDTH
    assert maps.SHEET_RATIOS[0] - 0.001 <= ratio <= maps.SHEET_RATIOS[1] + 0.001


def test_north_is_up_and_east_is_right() -> None:
    sheet = drawn(view(line([(4.80, 46.30), (4.90, 46.40)]))).sheet
    (west, south), (east, north) = sheet.place((4.80, 46.30)), sheet.place((4.90, 46.40))
    assert west < east
    assert north < south


def test_plain_features_of_a_class_make_one_path() -> None:
    features = [point(4.8 + index / 1000, 46.3, css_class=f"hue-{index % 2}") for index in range(100)]
    strokes = drawn(view(*features, css_class="map-door")).strokes
    assert [stroke.classes for stroke in strokes] == ["map-door hue-0", "map-door hue-1"]
    assert [len(read_back(stroke.d)) for stroke in strokes] == [50, 50]


def test_a_layer_of_very_many_features_gives_up_its_words() -> None:
    features = [
        point(4.8 + index / 1e5, 46.3, label=f"{index} rue Basse") for index in range(maps.MERGE_ABOVE + 1)
    ]
    (stroke,) = drawn(view(*features)).strokes
    assert stroke.label == ""
    assert len(read_back(stroke.d)) == maps.MERGE_ABOVE + 1


def test_a_layer_too_heavy_is_cut_and_the_page_says_so() -> None:
    long = [(4.8 + index / 1e5, 46.3) for index in range(1000)]
    too_many = view(*(line(long) for _ in range(50)))
    assert drawn(too_many).left_out == 10
    assert "10 éléments ne sont pas dessinés" in render_to_string("kit/map.html", {"map": too_many})


def test_a_large_map_stays_light() -> None:
    """5,000 doors and 3,000 streets of ten points: under half a megabyte, most of it digits."""
    doors = Layer(
        name="Portes",
        css_class="map-door",
        features=tuple(
            point(4.8 + i % 100 / 5e3, 46.3 + i // 100 / 5e3, label=f"{i} rue Basse") for i in range(5000)
        ),
    )
    streets = Layer(
        name="Rues",
        css_class="map-street",
        features=tuple(
            line([(4.8 + (i % 60 + s / 10) / 3e3, 46.3 + i // 60 / 5e3) for s in range(10)])
            for i in range(3000)
        ),
    )
    page = render_to_string("kit/map.html", {"map": MapView(title="Grand", layers=(streets, doors))})
    assert len(page.encode()) < 500_000


def test_numbers_stand_in_the_middle_of_an_area() -> None:
    square = {
        "type": "Polygon",
        "coordinates": [[[4.80, 46.30], [4.82, 46.30], [4.82, 46.32], [4.80, 46.32], [4.80, 46.30]]],
    }
    drawing = drawn(view(Feature(geometry=square, number="7")))
    (number,) = drawing.numbers
    x, y = drawing.sheet.place((4.81, 46.31))
    assert abs(number.x - x) < 20
    assert abs(number.y - y) < 20


def test_numbers_that_find_no_room_stay_in_the_page_for_those_who_zoom() -> None:
    """Two hundred doors on one spot: one number is drawn, none is lost, and the page says why."""
    crowd = view(*(point(4.8, 46.3, number=str(n)) for n in range(1, 201)), css_class="map-door")
    drawing = drawn(crowd)
    assert [one.classes for one in drawing.numbers].count("") == 1
    assert [one.classes for one in drawing.numbers].count("map-close") == 199
    assert {one.text for one in drawing.numbers} == {str(n) for n in range(1, 201)}
    assert (drawing.unwritten, drawing.unwritten_wide) == (199, 199)
    words = "Certains numéros n’ont pas de place sur la carte"
    assert words in render_to_string("kit/map.html", {"map": crowd})
    assert words not in render_to_string("kit/map.html", {"map": view(point(4.8, 46.3, number="1"))})


def test_a_number_may_stand_elsewhere_on_a_telephone() -> None:
    """Four short walks side by side: room for all on a wide window, for some of them on a telephone."""
    walks = [
        line([(4.8 + i / 5000, 46.3), (4.8 + i / 5000, 46.3005)], number=str(100 + i)) for i in range(12)
    ]
    drawing = drawn(view(*walks, css_class="map-turf"))
    assert drawing.unwritten_wide == 0
    for text in (str(100 + i) for i in range(12)):
        classes = [one.classes for one in drawing.numbers if one.text == text]
        assert classes in ([""], ["map-wide", "map-narrow"], ["map-wide", "map-narrow map-close"])
    assert {one.classes for one in drawing.numbers} > {"map-wide"}


@pytest.mark.parametrize(
    ("geometry", "kinds"),
    [
        ({"type": "MultiPoint", "coordinates": [[4.8, 46.3], [4.9, 46.4]]}, ["point"]),
        ({"type": "MultiLineString", "coordinates": [[[4.8, 46.3], [4.9, 46.4]]]}, ["line"]),
        (
            {"type": "MultiPolygon", "coordinates": [[[[4.8, 46.3], [4.9, 46.4], [4.8, 46.4], [4.8, 46.3]]]]},
            ["area"],
        ),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [4.8, 46.3]},
                    {"type": "LineString", "coordinates": [[4.8, 46.3], [4.9, 46.4]]},
                ],
            },
            ["line", "point"],
        ),
    ],
)
def test_every_kind_of_geometry_is_drawn(geometry: dict[str, Any], kinds: list[str]) -> None:
    assert [stroke.kind for stroke in drawn(view(Feature(geometry=geometry))).strokes] == kinds


def test_an_unknown_geometry_is_refused() -> None:
    with pytest.raises(ValueError, match="Circle"):
        maps.draw(view(Feature(geometry={"type": "Circle", "coordinates": [4.8, 46.3]})))


def test_an_empty_map_says_so() -> None:
    assert maps.draw(MapView(title="Rien", layers=())) is None
    assert "Il n’y a encore rien à dessiner." in render_to_string(
        "kit/map.html", {"map": MapView(title="Rien", layers=())}
    )


def test_words_are_escaped_and_no_style_is_inline() -> None:
    words = '<script>alert("x")</script>'
    page = render_to_string(
        "kit/map.html",
        {"map": view(point(4.8, 46.3, label=words, href='/a"b/', number="<1>"), attribution=words)},
    )
    assert "<script>alert" not in page
    assert 'href="/a&quot;b/"' in page
    assert "&lt;1&gt;" in page
    assert "style=" not in page


def test_a_map_with_links_is_no_picture() -> None:
    """``role=img`` would hide the links from those who listen to the page."""
    plain = render_to_string("kit/map.html", {"map": view(point(4.8, 46.3))})
    linked = render_to_string(
        "kit/map.html", {"map": view(point(4.8, 46.3, label="Mâcon", href="/groupes/macon/"))}
    )
    assert 'role="img"' in plain
    assert 'role="group"' in linked
    assert linked.count('href="/groupes/macon/"') == 2, "on the map, and in its words"


def test_the_legend_draws_a_sign_as_it_is_on_the_map() -> None:
    diamond = [[0, 1], [1, 0], [0, -1], [-1, 0], [0, 1]]
    arrow = [[0, 1], [1, -1], [-1, -1], [0, 1]]
    shapes = [[diamond], [arrow], [[[i, i * i] for i in range(9)]]]
    layers = tuple(
        Layer(
            name=str(i),
            features=(Feature(geometry={"type": "Polygon", "coordinates": rings}),),
            css_class="x",
        )
        for i, rings in enumerate(shapes)
    )
    first, second, large = drawn(MapView(title="Signes", layers=layers)).legend
    assert first.d == "M14.0 3.5L20.5 10.0L14.0 16.5L7.5 10.0z"
    assert second.d.startswith("M14.0 3.5L20.5 16.5")
    assert large.d == "M5 4h18v12h-18z"
