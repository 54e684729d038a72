"""What a map on paper needs to be walked by: names along the streets, north, a scale.

Where a name goes is decided by pure functions on points of the page; drawing comes after.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, radians, sin

import shapely
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from amiral.kit import pdf
from amiral.rooms.field.web.drawing import METRES_PER_DEGREE
from amiral.rooms.territory.contracts import StreetLine

Frame = tuple[float, float, float, float]
"""Left, bottom, right, top, in points of the page."""

STRAIGHT = 0.96
"""Least chord over arc of the stretch of street under a name: text does not bend."""
STEP = 9.0
"""Points between places that are tried along a street."""
NAMES_AT_MOST = 120
PALE, STREET_WIDTH = 0.82, 2.2
HALO, NAME_GREY = 1.6, 0.15
BAR_LENGTHS_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, kw_only=True)
class Name:
    """A street's name where it is written: middle, degrees from the horizontal, anticlockwise."""

    text: str
    x: float
    y: float
    angle: float
    size: float


def place_names(
    *,
    streets: Iterable[StreetLine],
    onto: pdf.Projection,
    frame: Frame,
    size: float,
    taken: Sequence[Frame] = (),
) -> list[Name]:
    """Where the names of the streets fit, the longest streets first; none over another or over ``taken``."""
    box = shapely.box(*frame)
    lines = [(text, line) for text, line in _named(streets, onto, box) if line.length > 0]
    lines.sort(key=lambda item: (-item[1].length, item[0]))
    used = [shapely.box(*one) for one in taken]
    placed: list[Name] = []
    for text, line in lines:
        if len(placed) == NAMES_AT_MOST:
            break
        found = _place(text, line, size, box, used)
        if found:
            placed.append(found[0])
            used.append(found[1])
    return placed


def _named(
    streets: Iterable[StreetLine], onto: pdf.Projection, box: shapely.Polygon
) -> Iterable[tuple[str, shapely.LineString]]:
    """For each name its longest piece inside the frame, ways of one name put together."""
    parts: dict[str, list[shapely.LineString]] = defaultdict(list)
    for street in streets:
        coordinates = street.geometry["coordinates"]
        if street.name and isinstance(coordinates, list) and len(coordinates) > 1:
            parts[street.name].append(shapely.LineString([onto.place(p[0], p[1]) for p in coordinates]))
    for name, lines in parts.items():
        inside = shapely.intersection(shapely.union_all(lines), box)
        merged = shapely.line_merge(inside) if inside.geom_type == "MultiLineString" else inside
        pieces = [one for one in shapely.get_parts(merged) if one.geom_type == "LineString"]
        if pieces:
            yield name, max(pieces, key=lambda one: one.length)


def _place(
    text: str, line: shapely.LineString, size: float, box: shapely.Polygon, used: Sequence[shapely.Polygon]
) -> tuple[Name, shapely.Polygon] | None:
    """The straight stretch nearest to the middle of the street that holds the name and is free."""
    width = pdf.text_width(text, font=pdf.SANS, size=size) + 2
    if line.length < width * STRAIGHT:
        return None
    count = int((line.length - width) // STEP) + 1
    starts = sorted((i * STEP for i in range(count)), key=lambda s: abs(s + width / 2 - line.length / 2))
    for start in starts:
        a, b = line.interpolate(start), line.interpolate(min(start + width, line.length))
        if a.distance(b) < STRAIGHT * min(width, line.length):
            continue
        name = _between(text, a, b, size)
        area = _area(name, width)
        if box.contains(area) and not any(area.intersects(other) for other in used):
            return name, area
    return None


def _between(text: str, a: shapely.Point, b: shapely.Point, size: float) -> Name:
    """Text from a to b, turned so that nobody reads it upside down."""
    angle = degrees(atan2(b.y - a.y, b.x - a.x))
    upright = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
    return Name(text=text, x=(a.x + b.x) / 2, y=(a.y + b.y) / 2, angle=upright, size=size)


def _area(name: Name, width: float) -> shapely.Polygon:
    """The rectangle that the text covers."""
    ux, uy = cos(radians(name.angle)), sin(radians(name.angle))
    half_w, half_h = width / 2, name.size * 0.6
    corners = [(half_w, half_h), (half_w, -half_h), (-half_w, -half_h), (-half_w, half_h)]
    return shapely.Polygon([(name.x + a * ux - b * uy, name.y + a * uy + b * ux) for a, b in corners])


def draw_streets(
    canvas: Canvas, onto: pdf.Projection, streets: Iterable[StreetLine], *, width: float = STREET_WIDTH
) -> None:
    """The streets as pale bands."""
    canvas.setStrokeGray(PALE)
    canvas.setLineWidth(width)
    canvas.setLineCap(1)
    for street in streets:
        coordinates = street.geometry["coordinates"]
        assert isinstance(coordinates, list)
        pdf.draw_line(canvas, (onto.place(point[0], point[1]) for point in coordinates))


def draw_names(canvas: Canvas, names: Iterable[Name]) -> None:
    """Each name along its street, on a white edge."""
    for name in names:
        canvas.saveState()
        canvas.translate(name.x, name.y)
        canvas.rotate(name.angle)
        width = pdf.text_width(name.text, font=pdf.SANS, size=name.size)
        draw_haloed(canvas, name.text, -width / 2, -name.size * 0.35, size=name.size, font=pdf.SANS)
        canvas.restoreState()


def draw_haloed(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    font: str = pdf.BOLD,
    grey: float = NAME_GREY,
) -> None:
    """Text with a white edge, readable over lines."""
    canvas.setLineWidth(HALO)
    canvas.setLineJoin(1)
    canvas.setStrokeGray(1)
    canvas.setFillGray(grey)
    # One text object: ReportLab thinks that each begins in mode 0, but the mode of a PDF page outlives it.
    line = canvas.beginText(x, y)
    line.setFont(font, size)
    line.setTextRenderMode(1)
    line.textOut(text)
    line.setTextOrigin(x, y)
    line.setTextRenderMode(0)
    line.textOut(text)
    canvas.drawText(line)


def draw_north(canvas: Canvas, *, x: float, y: float) -> None:
    """An arrow to the north whose middle is at ``x``, ``y``: all our maps have north on top."""
    canvas.saveState()
    canvas.setStrokeGray(1)
    canvas.setFillGray(0)
    canvas.setLineWidth(1)
    path = canvas.beginPath()
    path.moveTo(x, y + 5 * mm)
    path.lineTo(x + 2.2 * mm, y - 2 * mm)
    path.lineTo(x, y - 0.6 * mm)
    path.lineTo(x - 2.2 * mm, y - 2 * mm)
    path.close()
    canvas.drawPath(path, stroke=1, fill=1)
    width = pdf.text_width("N", font=pdf.BOLD, size=9)
    draw_haloed(canvas, "N", x - width / 2, y - 5.4 * mm, size=9, grey=0)
    canvas.restoreState()


def bar_length_m(*, points_per_m: float, most: float) -> int:
    """The longest round length whose bar is not longer than ``most`` points."""
    fitting = [length for length in BAR_LENGTHS_M if length * points_per_m <= most]
    return fitting[-1] if fitting else BAR_LENGTHS_M[0]


def draw_scale(canvas: Canvas, onto: pdf.Projection, *, x: float, y: float, most: float) -> None:
    """A bar with its length in metres, from ``x``, ``y`` to the right."""
    points_per_m = onto.points_per_degree_north / METRES_PER_DEGREE
    length_m = bar_length_m(points_per_m=points_per_m, most=most)
    length = length_m * points_per_m
    canvas.saveState()
    canvas.setFillGray(1)
    canvas.rect(x - 3, y - 4, length + 44, 13, stroke=0, fill=1)
    canvas.setStrokeGray(0)
    canvas.setLineCap(0)
    canvas.setLineWidth(1.2)
    canvas.line(x, y, x + length, y)
    for end in (x, x + length / 2, x + length):
        canvas.line(end, y - 2, end, y + 2)
    canvas.setFillGray(0)
    canvas.setFont(pdf.SANS, 8)
    canvas.drawString(x + length + 4, y - 2.8, f"{length_m} m")
    canvas.restoreState()
