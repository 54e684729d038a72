"""Paper: fonts that hold every letter of French, QR codes as vectors, maps to scale, numbered pages.

Lengths are points of 1/72 inch, from the lower left corner, as in ReportLab.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import cos, radians

import segno
from django.conf import settings
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SANS, BOLD = "DejaVuSans", "DejaVuSans-Bold"
PAGE_WIDTH, PAGE_HEIGHT = A4
QR_QUIET_MODULES = 4
"""Empty border of a QR code, in modules (ISO/IEC 18004)."""

DrawPage = Callable[[Canvas, int, int], None]
"""Draws the page ``number`` of ``total``, counted from 1."""


@cache
def register_fonts() -> None:
    """Makes ``SANS`` and ``BOLD`` known; only the letters that are used go into a document."""
    folder = settings.FRONT_DIR / "dejavu-fonts-ttf" / "ttf"
    for name in (SANS, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def document(
    *,
    title: str,
    author: str,
    language: str,
    total: int,
    draw_page: DrawPage,
    size: tuple[float, float] = A4,
) -> bytes:
    """A PDF of ``total`` pages, A4 unless said otherwise. The same content gives the same bytes: no date, no
    random id."""
    register_fonts()
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=size, invariant=1, pageCompression=1, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setCreator("Amiral")
    canvas.setSubject(title)
    for number in range(1, total + 1):
        draw_page(canvas, number, total)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def text_width(text: str, *, font: str, size: float) -> float:
    """How wide the text runs."""
    register_fonts()
    return pdfmetrics.stringWidth(text, font, size)


def fitted(text: str, *, font: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis if it would run wider than ``width``."""
    if text_width(text, font=font, size=size) <= width:
        return text
    kept = len(text)
    while kept and text_width(f"{text[:kept].rstrip()}…", font=font, size=size) > width:
        kept -= 1
    return f"{text[:kept].rstrip()}…"


def wrapped(text: str, *, font: str, size: float, width: float, most: int | None = None) -> list[str]:
    """The text in lines no wider than ``width``, broken at spaces; a word that is too long is cut.

    Of more than ``most`` lines the last one that stays takes what is left of the text, and is cut.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, font=font, size=size) <= width:
            lines[-1] = longer
        else:
            lines.append(fitted(word, font=font, size=size, width=width))
    if most and len(lines) > most:
        last = fitted(" ".join(lines[most - 1 :]), font=font, size=size, width=width)
        return [*lines[: most - 1], last]
    return lines


def draw_qr(canvas: Canvas, text: str, *, x: float, y: float, side: float) -> None:
    """A QR code of side ``side`` (its quiet border included) whose lower left corner is at ``x``, ``y``."""
    rows = list(segno.make_qr(text, error="m").matrix)
    module = side / (len(rows) + 2 * QR_QUIET_MODULES)
    quiet = QR_QUIET_MODULES * module
    _draw_modules(canvas, rows, x + quiet, y + quiet, module)


def draw_qr_symbol(canvas: Canvas, text: str, *, x: float, y: float, side: float) -> None:
    """The same without its quiet border, so that its corners stand where they are wanted: the caller leaves
    four modules white around it."""
    rows = list(segno.make_qr(text, error="m").matrix)
    _draw_modules(canvas, rows, x, y, side / len(rows))


def _draw_modules(canvas: Canvas, rows: Sequence[Iterable[int]], x: float, y: float, module: float) -> None:
    path = canvas.beginPath()
    for row, start, length in _runs(rows):
        bottom = y + (len(rows) - row - 1) * module
        path.rect(x + start * module, bottom, length * module, module)
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _runs(rows: Iterable[Iterable[int]]) -> Iterable[tuple[int, int, int]]:
    """Dark modules side by side as (row, first column, length): one rectangle leaves no hairline."""
    for row, modules in enumerate(rows):
        start = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield row, start, column - start
                start = None


@dataclass(frozen=True, kw_only=True)
class Projection:
    """Degrees to points on the page: north up, one scale in both directions."""

    west: float
    south: float
    points_per_degree_east: float
    points_per_degree_north: float
    x: float
    y: float

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Where a position falls on the page."""
        return (
            self.x + (longitude - self.west) * self.points_per_degree_east,
            self.y + (latitude - self.south) * self.points_per_degree_north,
        )

    def shown(self, frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """The degrees (west, south, east, north) that a frame (left, bottom, right, top) shows."""
        left, bottom, right, top = frame
        return (
            self.west + (left - self.x) / self.points_per_degree_east,
            self.south + (bottom - self.y) / self.points_per_degree_north,
            self.west + (right - self.x) / self.points_per_degree_east,
            self.south + (top - self.y) / self.points_per_degree_north,
        )


def projection(
    *, bounds: tuple[float, float, float, float], x: float, y: float, width: float, height: float
) -> Projection:
    """A projection that fits ``bounds`` (west, south, east, north) into a frame, centred.

    The plane is equirectangular at the middle latitude: right for a quarter, wrong for a country.
    """
    west, south, east, north = bounds
    shrink = cos(radians((south + north) / 2))
    across, up = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
    scale = min(width / across, height / up)
    return Projection(
        west=west,
        south=south,
        points_per_degree_east=scale * shrink,
        points_per_degree_north=scale,
        x=x + (width - (east - west) * shrink * scale) / 2,
        y=y + (height - (north - south) * scale) / 2,
    )


def draw_line(canvas: Canvas, points: Iterable[tuple[float, float]]) -> None:
    """A line through points of the page, with the canvas' present pen."""
    path = canvas.beginPath()
    for i, (x, y) in enumerate(points):
        if i:
            path.lineTo(x, y)
        else:
            path.moveTo(x, y)
    canvas.drawPath(path, stroke=1, fill=0)
