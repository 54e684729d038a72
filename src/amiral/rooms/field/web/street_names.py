"""Names of streets on the map of a walk, where they cover neither each other nor the numbers of doors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import shapely
import shapely.geometry

from amiral.kit.maps import NAME, Bounds, Feature, Layer, Sheet, Units, sheet_for
from amiral.rooms.territory.contracts import StreetLine

NAMES_AT_MOST = 10
BESIDE = 0.0004
"""Degrees from the points within which a street is one of those that are walked."""
LETTER, LINE = 180, 560
"""Units of the sheet that a letter is wide and a name high on a telephone, where they are largest."""
ALONG = (0.5, 0.35, 0.65, 0.2, 0.8)
"""Where along a street its name is tried."""

Box = tuple[float, float, float, float]


def names_layer(streets: Iterable[StreetLine], bounds: Bounds, points: Iterable[Feature]) -> Layer:
    """Names of the streets inside ``bounds`` that find a free place beside the ``points``: those along which
    the points lie first, then the longest."""
    sheet, points = sheet_for(bounds), tuple(points)
    doors = shapely.union_all([shapely.geometry.shape(point.geometry) for point in points])
    taken = [box for point in points for box in _number_box(point, sheet)]
    features: list[Feature] = []
    for name, line in sorted(_longest(streets, bounds), key=lambda item: item[1].distance(doors) > BESIDE):
        found = next((one for one in _tries(name, line, sheet) if _is_free(one[1], taken, sheet)), None)
        if found is not None and len(features) < NAMES_AT_MOST:
            taken.append(found[1])
            features.append(found[0])
    return Layer(name="", features=tuple(features), css_class=NAME)


def _longest(streets: Iterable[StreetLine], bounds: Bounds) -> list[tuple[str, shapely.LineString]]:
    """For each name its longest piece inside the box, the longest first."""
    parts: dict[str, list[shapely.LineString]] = defaultdict(list)
    for street in streets:
        coordinates = street.geometry["coordinates"]
        if street.name and isinstance(coordinates, list) and len(coordinates) > 1:
            parts[street.name].append(shapely.LineString([point[:2] for point in coordinates]))
    box, longest = shapely.box(*bounds), []
    for name, lines in parts.items():
        inside = shapely.intersection(shapely.union_all(lines), box)
        merged = shapely.line_merge(inside) if inside.geom_type == "MultiLineString" else inside
        pieces = [one for one in shapely.get_parts(merged) if one.geom_type == "LineString" and one.length]
        if pieces:
            longest.append((name, max(pieces, key=lambda one: (one.length, one.wkt))))
    return sorted(longest, key=lambda item: (-item[1].length, item[0]))


def _tries(name: str, line: shapely.LineString, sheet: Sheet) -> Iterator[tuple[Feature, Box]]:
    for share in ALONG:
        point = line.interpolate(share, normalized=True)
        geometry = {"type": "Point", "coordinates": [point.x, point.y]}
        yield (
            Feature(geometry=geometry, number=name),
            _box(sheet.place((point.x, point.y)), LETTER * len(name)),
        )


def _number_box(point: Feature, sheet: Sheet) -> Iterator[Box]:
    if point.number and point.geometry["type"] == "Point":
        yield _box(sheet.place(point.geometry["coordinates"]), LETTER * 2)


def _box(place: Units, width: float) -> Box:
    return place[0] - width / 2, place[1] - LINE / 2, place[0] + width / 2, place[1] + LINE / 2


def _is_free(box: Box, taken: Iterable[Box], sheet: Sheet) -> bool:
    """Inside the sheet, and over nothing that stands there."""
    west, top, east, bottom = box
    if west < 0 or top < 0 or east > sheet.width or bottom > sheet.height:
        return False
    return all(east <= a or c <= west or bottom <= b or d <= top for a, b, c, d in taken)
