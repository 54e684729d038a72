"""Maps: what a page hands to ``kit/map.html``, and their drawing as an inline SVG.

Geometry is GeoJSON in degrees, longitude first (RFC 7946). The SVG needs no JavaScript; ``map.js`` reads the
very same drawing back into a map to move and zoom, so that no page carries its geometry twice.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""
Position = Sequence[float]
"""Longitude and latitude in degrees."""
Units = tuple[int, int]
"""A place on the sheet, in units of the view box, from its upper left corner."""

SHEET_WIDTH = 8000
"""Units across the sheet: a quarter of a metre for a sheet of two kilometres."""
SHEET_RATIOS = (0.5, 1.1)
"""Least and greatest height of the sheet for a width of one."""
MARGIN = 0.05
SMALLEST_SIDE_M = 300
EARTH_RADIUS_M = 6_378_137.0
"""Radius of the sphere of Web Mercator (EPSG:3857), which Leaflet uses too."""
MERGE_ABOVE = 1500
"""A layer of more features than this is drawn as a few long paths: no label, no link."""
POSITIONS_PER_LAYER = 40_000
"""A layer is cut after so many positions, and the page says so."""
WORDS_AT_MOST = 200


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing on a map: a GeoJSON geometry with its words and its link."""

    geometry: Mapping[str, Any]
    label: str = ""
    href: str = ""
    css_class: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Features drawn alike; earlier layers lie below. The name appears in the legend."""

    name: str
    features: tuple[Feature, ...]
    css_class: str


@dataclass(frozen=True, kw_only=True)
class MapView:
    """A whole map. Without ``bounds`` it shows everything that it holds."""

    title: str
    layers: tuple[Layer, ...]
    attribution: str = ""
    bounds: Bounds | None = None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The paper: ``units = (mercator - origin) * scale``, downwards."""

    west_m: float
    north_m: float
    scale: float
    height: int

    def place(self, position: Position) -> Units:
        """Where a position in degrees falls on the sheet."""
        x, y = _mercator(position[0], position[1])
        return round((x - self.west_m) * self.scale), round((self.north_m - y) * self.scale)


@dataclass(kw_only=True)
class Drawing:
    """What the template shows of a map."""

    sheet: Sheet
    body: SafeString
    legend: list[tuple[str, str, str]]
    words: list[Feature]
    left_out: int
    has_links: bool


@dataclass(kw_only=True)
class _Shapes:
    """Positions of one geometry by the way they are drawn."""

    points: list[Position] = field(default_factory=list)
    lines: list[Sequence[Position]] = field(default_factory=list)
    rings: list[Sequence[Position]] = field(default_factory=list)


def draw(view: MapView) -> Drawing | None:
    """The drawing of a map; ``None`` when there is nothing to show. Linear in the number of positions."""
    bounds = view.bounds or _extent(view)
    if bounds is None:
        return None
    sheet = sheet_for(bounds)
    kept = [(layer, _within_budget(layer)) for layer in view.layers]
    features = [feature for _, shown in kept for feature in shown]
    return Drawing(
        sheet=sheet,
        body=_join(_draw_layer(layer, shown, sheet) for layer, shown in kept),
        legend=[_legend_of(layer, shown) for layer, shown in kept if shown and layer.name],
        words=[feature for feature in features if feature.label and feature.href][:WORDS_AT_MOST],
        left_out=sum(len(layer.features) - len(shown) for layer, shown in kept),
        has_links=any(feature.href for feature in features),
    )


def sheet_for(bounds: Bounds) -> Sheet:
    """A sheet that holds ``bounds`` with a margin, neither a ribbon nor a tower."""
    (west, south), (east, north) = _mercator(bounds[0], bounds[1]), _mercator(bounds[2], bounds[3])
    width = max(east - west, SMALLEST_SIDE_M) * (1 + 2 * MARGIN)
    height = max(north - south, SMALLEST_SIDE_M) * (1 + 2 * MARGIN)
    width = max(width, height / SHEET_RATIOS[1])
    height = max(height, width * SHEET_RATIOS[0])
    scale = SHEET_WIDTH / width
    return Sheet(
        west_m=(west + east - width) / 2,
        north_m=(north + south + height) / 2,
        scale=scale,
        height=round(height * scale),
    )


def _mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Web Mercator, in metres at the equator."""
    bounded = max(-85.0, min(85.0, latitude))
    y = math.log(math.tan(math.pi / 4 + math.radians(bounded) / 2))
    return EARTH_RADIUS_M * math.radians(longitude), EARTH_RADIUS_M * y


def _shapes(geometry: Mapping[str, Any]) -> _Shapes:
    """The parts of any GeoJSON geometry. Raises ``ValueError`` for an unknown type."""
    kind: str = geometry["type"]
    if kind == "GeometryCollection":
        return _together(_shapes(part) for part in geometry["geometries"])
    coordinates = geometry["coordinates"]
    parts = coordinates if kind.startswith("Multi") else [coordinates]
    match kind.removeprefix("Multi"):
        case "Point":
            return _Shapes(points=list(parts))
        case "LineString":
            return _Shapes(lines=list(parts))
        case "Polygon":
            return _Shapes(rings=[ring for polygon in parts for ring in polygon])
        case _:
            raise ValueError(kind)


def _together(many: Iterable[_Shapes]) -> _Shapes:
    whole = _Shapes()
    for shapes in many:
        whole.points += shapes.points
        whole.lines += shapes.lines
        whole.rings += shapes.rings
    return whole


def _positions(geometry: Mapping[str, Any]) -> Iterator[Position]:
    shapes = _shapes(geometry)
    yield from shapes.points
    for path in (*shapes.lines, *shapes.rings):
        yield from path


def _extent(view: MapView) -> Bounds | None:
    """The box around every position, or ``None`` without any."""
    positions = [
        p for layer in view.layers for feature in layer.features for p in _positions(feature.geometry)
    ]
    if not positions:
        return None
    longitudes, latitudes = [p[0] for p in positions], [p[1] for p in positions]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _within_budget(layer: Layer) -> tuple[Feature, ...]:
    """The first features of the layer, as many as keep the page light."""
    count = 0
    for index, feature in enumerate(layer.features):
        count += sum(1 for _ in _positions(feature.geometry))
        if count > POSITIONS_PER_LAYER:
            return layer.features[:index]
    return layer.features


def _draw_layer(layer: Layer, features: tuple[Feature, ...], sheet: Sheet) -> SafeString:
    """One group: nameless features merged by class, then the others one by one, then the numbers."""
    merge_all = len(features) > MERGE_ABOVE
    alone = [] if merge_all else [f for f in features if f.label or f.href or f.number]
    merged = features if merge_all else tuple(f for f in features if not (f.label or f.href or f.number))
    return format_html(
        '<g class="map-layer">{}{}{}</g>',
        _draw_merged(layer, merged, sheet),
        _join(_draw_feature(layer, feature, sheet) for feature in alone),
        _join(_draw_number(feature, sheet) for feature in alone if feature.number),
    )


def _draw_merged(layer: Layer, features: Iterable[Feature], sheet: Sheet) -> SafeString:
    """One path per class and way of drawing."""
    by_class: dict[str, list[_Shapes]] = {}
    for feature in features:
        by_class.setdefault(feature.css_class, []).append(_shapes(feature.geometry))
    drawn = (
        _draw_shapes(_together(many), _classes(layer, name), sheet, SafeString(""))
        for name, many in by_class.items()
    )
    return _join(drawn)


def _join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _draw_feature(layer: Layer, feature: Feature, sheet: Sheet) -> SafeString:
    title = format_html("<title>{}</title>", feature.label) if feature.label else SafeString("")
    drawn = _draw_shapes(_shapes(feature.geometry), _classes(layer, feature.css_class), sheet, title)
    if not feature.href:
        return drawn
    return format_html(
        '<a href="{}" aria-label="{}">{}</a>', feature.href, feature.label or feature.number, drawn
    )


def _draw_shapes(shapes: _Shapes, classes: str, sheet: Sheet, title: SafeString) -> SafeString:
    paths = (
        ("area", "".join(_outline(ring, sheet, closed=True) for ring in shapes.rings)),
        ("line", "".join(_outline(line, sheet, closed=False) for line in shapes.lines)),
        ("point", "".join("M{} {}h0".format(*sheet.place(point)) for point in shapes.points)),
    )
    return format_html_join(
        "",
        '<path class="{} shape-{}" d="{}">{}</path>',
        ((classes, kind, d, title) for kind, d in paths if d),
    )


def _draw_number(feature: Feature, sheet: Sheet) -> SafeString:
    x, y = _middle([sheet.place(position) for position in _positions(feature.geometry)])
    return format_html('<text x="{}" y="{}">{}</text>', x, y, feature.number)


def _middle(places: Sequence[Units]) -> Units:
    """The place nearest to the mean of all: on the thing itself, even when it is bent."""
    x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
    return min(places, key=lambda place: (place[0] - x) ** 2 + (place[1] - y) ** 2)


def _outline(path: Sequence[Position], sheet: Sheet, *, closed: bool) -> str:
    """``M x y l dx dy …`` in whole units; a step of no length is left out."""
    (x, y), *rest = [sheet.place(position) for position in path]
    text = [f"M{x} {y}l"]
    for next_x, next_y in rest:
        if (next_x, next_y) != (x, y):
            text.append(f"{next_x - x} {next_y - y} ")
            x, y = next_x, next_y
    if len(text) == 1:
        text[0] = text[0].removesuffix("l") + "h0"
    return "".join(text).rstrip() + ("z" if closed else "")


def _classes(layer: Layer, own: str) -> str:
    return f"{layer.css_class} {own}".strip()


def _legend_of(layer: Layer, features: Sequence[Feature]) -> tuple[str, str, str]:
    """Name, classes and way of drawing of a layer, for its swatch."""
    shapes = _shapes(features[0].geometry)
    kind = "area" if shapes.rings else "line" if shapes.lines else "point"
    return layer.name, _classes(layer, features[0].css_class), kind
