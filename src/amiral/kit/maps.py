"""Maps: what a page hands to ``kit/map.html``, and how it falls on a sheet of paper.

Geometry is GeoJSON in degrees, longitude first (RFC 7946). The server draws an inline SVG, which needs no
JavaScript; ``map.js`` reads the very same drawing back into a map to move and zoom, so that no page carries
its geometry twice. No Django here: contracts of rooms may hold these classes.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amiral.kit import lettering

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
NAME = "map-name"
"""The class of a layer whose features are names written at points, and nothing drawn."""
CLOSE = "map-close"
"""The class of a number that finds no room in the drawing, and is written when one looks closer."""
TRIES, STEP = 40, 100
"""How many places of a line are tried for its number, and how many units lie between two of them."""
SIGN_POSITIONS = 5
"""A ring of so few positions is a sign, which the legend draws as it is."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing on a map: a GeoJSON geometry with its words and its link."""

    geometry: Mapping[str, Any]
    label: str = ""
    href: str = ""
    css_class: str = ""
    number: str = ""

    @property
    def is_plain(self) -> bool:
        """Without a word: may be drawn in one stroke with others."""
        return not (self.label or self.href or self.number)


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
    """The paper: ``units = (Mercator metres - corner) × scale``, downwards."""

    west_m: float
    north_m: float
    scale: float
    height: int
    width: int = SHEET_WIDTH

    def place(self, position: Position) -> Units:
        """Where a position in degrees falls on the sheet."""
        x, y = _mercator(position[0], position[1])
        return round((x - self.west_m) * self.scale), round((self.north_m - y) * self.scale)


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One path of the drawing, in units. ``kind`` is area, line or point; ``d`` is as ``map.js`` reads it."""

    classes: str
    kind: str
    d: str
    label: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Number:
    """A figure written on the map, at a place in units; its classes say on which windows (``map.css``)."""

    x: int
    y: int
    text: str
    classes: str = ""


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """A line of the legend; ``d`` is a sign of that look in a box of 28 by 20."""

    name: str
    classes: str
    kind: str
    d: str


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A map laid out on its sheet; numbers lie on top of everything.

    ``classes`` tell the sizes of the numbers; ``unwritten`` counts those that find no room on a telephone,
    ``unwritten_wide`` those of a wide window.
    """

    sheet: Sheet
    strokes: tuple[Stroke, ...]
    numbers: tuple[Number, ...]
    legend: tuple[Swatch, ...]
    words: tuple[Feature, ...]
    left_out: int
    classes: str = ""
    unwritten: int = 0
    unwritten_wide: int = 0

    @property
    def has_links(self) -> bool:
        return any(stroke.href for stroke in self.strokes)


@dataclass(frozen=True, kw_only=True)
class _Shapes:
    """Positions of geometries by the way they are drawn."""

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
    wanted = [_wanted(one, sheet, layer) for layer, shown in reversed(kept) for one in shown if one.number]
    written = lettering.write(wanted, width=sheet.width, height=sheet.height)
    return Drawing(
        sheet=sheet,
        strokes=tuple(
            stroke
            for layer, shown in kept
            if layer.css_class != NAME
            for stroke in _draw_layer(layer, shown, sheet)
        ),
        numbers=tuple(
            number
            for one, wide, narrow in zip(wanted, written.wide, written.narrow, strict=True)
            for number in _numbers(one, wide, narrow)
        ),
        legend=tuple(_swatch(layer, shown[0]) for layer, shown in kept if shown and layer.name),
        words=tuple(feature for feature in features if feature.label and feature.href)[:WORDS_AT_MOST],
        left_out=sum(len(layer.features) - len(shown) for layer, shown in kept),
        classes=" map--fine" * written.is_wide_small + " map--small" * written.is_narrow_small,
        unwritten=written.narrow.count(None),
        unwritten_wide=written.wide.count(None),
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
        return _together(geometry["geometries"])
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


def _together(geometries: Iterable[Mapping[str, Any]]) -> _Shapes:
    whole = _Shapes()
    for shapes in map(_shapes, geometries):
        whole.points.extend(shapes.points)
        whole.lines.extend(shapes.lines)
        whole.rings.extend(shapes.rings)
    return whole


def _positions(geometry: Mapping[str, Any]) -> Iterator[Position]:
    shapes = _shapes(geometry)
    yield from shapes.points
    for path in (*shapes.lines, *shapes.rings):
        yield from path


def _extent(view: MapView) -> Bounds | None:
    """The box around every position, or ``None`` without any."""
    everything = (feature.geometry for layer in view.layers for feature in layer.features)
    positions = [position for geometry in everything for position in _positions(geometry)]
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


def _draw_layer(layer: Layer, features: tuple[Feature, ...], sheet: Sheet) -> Iterator[Stroke]:
    """Plain features in one stroke per class, then the others one by one."""
    merge_all = len(features) > MERGE_ABOVE
    merged: dict[str, list[Mapping[str, Any]]] = {}
    for feature in features:
        if merge_all or feature.is_plain:
            merged.setdefault(feature.css_class, []).append(feature.geometry)
    for name, geometries in merged.items():
        yield from _strokes(_together(geometries), sheet, classes=_classes(layer, name))
    for feature in features:
        if not (merge_all or feature.is_plain):
            yield from _strokes(
                _shapes(feature.geometry),
                sheet,
                classes=_classes(layer, feature.css_class),
                label=feature.label or feature.number,
                href=feature.href,
            )


def _strokes(shapes: _Shapes, sheet: Sheet, **words: str) -> Iterator[Stroke]:
    """One path for each way of drawing that the shapes need."""
    paths = (
        ("area", "".join(_outline(ring, sheet) + "z" for ring in shapes.rings)),
        ("line", "".join(_outline(line, sheet) for line in shapes.lines)),
        ("point", "".join("M{} {}h0".format(*sheet.place(point)) for point in shapes.points)),
    )
    return (Stroke(kind=kind, d=d, **words) for kind, d in paths if d)


def _outline(path: Sequence[Position], sheet: Sheet) -> str:
    """``Mx yldx dy dx dy …`` in whole units; steps of no length are left out, and a dot is ``Mx yh0``."""
    places = [sheet.place(position) for position in path]
    steps = [(x - x0, y - y0) for (x0, y0), (x, y) in itertools.pairwise(places)]
    rest = " ".join(f"{dx} {dy}" for dx, dy in steps if dx or dy)
    return f"M{places[0][0]} {places[0][1]}" + (f"l{rest}" if rest else "h0")


def _wanted(feature: Feature, sheet: Sheet, layer: Layer) -> lettering.Wanted:
    """A number on its own thing: the middle of the largest area, somewhere on a line, a point."""
    shapes = _shapes(feature.geometry)
    largest = max(shapes.rings, key=lambda ring: _area(_places(ring, sheet))[0], default=None)
    if largest:
        x, y = _area(_places(largest, sheet))[1]
        places = [(round(x), round(y))]
    else:
        places = _middle_first(_places(_positions(feature.geometry), sheet), is_line=bool(shapes.lines))
    return lettering.Wanted(text=feature.number, places=places, is_name=layer.css_class == NAME)


def _numbers(one: lettering.Wanted, wide: Units | None, narrow: Units | None) -> Iterator[Number]:
    """One figure where it stands at the same place on every window, else one for each width."""
    if one.is_name or wide == narrow:
        yield _number(one, wide, NAME if one.is_name else "")
    else:
        yield _number(one, wide, "map-wide")
        yield _number(one, narrow, "map-narrow")


def _number(one: lettering.Wanted, place: Units | None, classes: str) -> Number:
    x, y = place or one.places[0]
    return Number(x=x, y=y, text=one.text, classes=classes if place else f"{classes} {CLOSE}".strip())


def _places(positions: Iterable[Position], sheet: Sheet) -> list[Units]:
    return [sheet.place(position) for position in positions]


def _area(ring: Sequence[Units]) -> tuple[float, tuple[float, float]]:
    """Surface and centre of gravity of a closed ring (shoelace formula)."""
    pairs = list(itertools.pairwise(ring))
    crosses = [x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs]
    twice = sum(crosses)
    if not twice:
        return 0.0, ring[0]
    x = sum((x0 + x1) * cross for ((x0, _), (x1, _)), cross in zip(pairs, crosses, strict=True))
    y = sum((y0 + y1) * cross for ((_, y0), (_, y1)), cross in zip(pairs, crosses, strict=True))
    return abs(twice) / 2, (x / (3 * twice), y / (3 * twice))


def _middle_first(places: Sequence[Units], *, is_line: bool) -> list[Units]:
    """The place nearest to the mean of all, on the line itself even when it is bent; then a line's others."""
    x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
    tried = [*places, *_between(places)] if is_line else places
    ordered = sorted(set(tried), key=lambda place: ((place[0] - x) ** 2 + (place[1] - y) ** 2, place))
    step = -(-len(ordered) // TRIES)
    return ordered[::step] if is_line else ordered[:1]


def _between(places: Sequence[Units]) -> Iterator[Units]:
    """Places on the long steps of a line."""
    for (x0, y0), (x1, y1) in itertools.pairwise(places):
        parts = int(max(abs(x1 - x0), abs(y1 - y0)) // STEP) + 1
        for part in range(1, parts):
            yield round(x0 + (x1 - x0) * part / parts), round(y0 + (y1 - y0) * part / parts)


def _classes(layer: Layer, own: str) -> str:
    return f"{layer.css_class} {own}".strip()


def _swatch(layer: Layer, first: Feature) -> Swatch:
    shapes = _shapes(first.geometry)
    kind = "area" if shapes.rings else "line" if shapes.lines else "point"
    return Swatch(name=layer.name, classes=_classes(layer, first.css_class), kind=kind, d=_sign(shapes, kind))


def _sign(shapes: _Shapes, kind: str) -> str:
    """What the legend draws: a sign of few corners (an arrow head, a diamond) as it is on the map."""
    if kind != "area":
        return "M5 10h18" if kind == "line" else "M14 10h0"
    ring = shapes.rings[0]
    if len(ring) > SIGN_POSITIONS:
        return "M5 4h18v12h-18z"
    places = [_mercator(x, y) for x, y, *_ in ring[:-1]]
    xs, ys = zip(*places, strict=True)
    unit = 13 / (max(max(xs) - min(xs), max(ys) - min(ys)) or 1)
    corners = (
        f"{14 + (x - (max(xs) + min(xs)) / 2) * unit:.1f} {10 - (y - (max(ys) + min(ys)) / 2) * unit:.1f}"
        for x, y in places
    )
    return f"M{'L'.join(corners)}z"
