"""The whole plan to print: a map, lying where the town is wide, then the table of the turfs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from amiral.kit import pdf
from amiral.rooms.field.queries.plans import DrawnPlan, PlanTurf
from amiral.rooms.field.web.cartography import (
    Frame,
    draw_names,
    draw_north,
    draw_scale,
    draw_streets,
    place_names,
)
from amiral.rooms.field.web.drawing import HUES
from amiral.rooms.field.web.plan_maps import DASHES, across_m, lighter, plan_arrows
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine

MARGIN = 12 * mm
FOOT = 7 * mm
HEAD = 20 * mm
TABLE_HEAD = 11 * mm
ROW = 9.5 * mm
STREETS_AT_MOST = 4000
INSIDE = 7 * mm
INKS = (
    "#0e7490", "#c2410c", "#6d28d9", "#4d7c0f", "#be185d", "#1d4ed8",
    "#a16207", "#0f766e", "#b91c1c", "#4338ca", "#15803d", "#a21caf",
)  # fmt: skip
"""The colours of ``map.css`` on light paper, ``HUES`` of them."""
DASH_PATTERNS: tuple[tuple[float, ...], ...] = ((), (6, 2.5), (1.5, 2.2), (7, 2, 1.5, 2))
GREY = 0.35


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page in points: A4, upright or lying."""

    width: float = pdf.PAGE_WIDTH
    height: float = pdf.PAGE_HEIGHT

    @property
    def content(self) -> float:
        """How wide what stands between the margins is."""
        return self.width - 2 * MARGIN

    @property
    def map(self) -> Frame:
        """Where the map stands, between the title and the legend."""
        bottom = MARGIN + FOOT + 6 * mm
        return MARGIN, bottom, MARGIN + self.content, self.height - MARGIN - 16 * mm


UPRIGHT = Sheet()
LYING = Sheet(width=pdf.PAGE_HEIGHT, height=pdf.PAGE_WIDTH)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table: its right edge for numbers, its left edge for words."""

    title: str
    x: float
    is_number: bool = True
    width: float = 0.0


def plan_file_name(canvass: str) -> str:
    """A name for the file, without a space or an accent."""
    return f"{slugify(canvass) or 'plan'}-plan.pdf"


def rows_per_page() -> int:
    """How many turfs fit on a page of the table."""
    return int((pdf.PAGE_HEIGHT - 2 * MARGIN - HEAD - TABLE_HEAD - FOOT) // ROW)


def plan_pdf(
    *,
    canvass: str,
    minutes: int,
    drawn: DrawnPlan,
    streets: Mapping[int, Sequence[str]],
    language: str,
    bag: int = 0,
) -> bytes:
    """The whole document; ``streets`` names those of each turf. The same plan gives the same bytes.

    With a ``bag`` (leaflets), the turfs are leaflet rounds and their doors sides of streets.
    """
    size = rows_per_page()
    pages = [drawn.turfs[i : i + size] for i in range(0, len(drawn.turfs), size)]

    first = map_sheet(drawn.bounds)

    def draw_page(canvas: Canvas, number: int, total: int) -> None:
        sheet = first if number == 1 else UPRIGHT
        canvas.setPageSize((sheet.width, sheet.height))
        _draw_title(canvas, canvass, _figures(drawn, minutes, bag), sheet)
        _draw_foot(canvas, number, total, drawn.attribution, sheet)
        if number == 1:
            _draw_map(canvas, drawn, _legend(is_rounds=bag > 0), sheet)
        else:
            _draw_table(canvas, pages[number - 2], streets, is_rounds=bag > 0)

    return pdf.document(
        title=_("Plan: %(canvass)s") % {"canvass": canvass},
        author=settings.CAMPAIGN_NAME,
        language=language,
        total=len(pages) + 1,
        draw_page=draw_page,
    )


def map_sheet(bounds: Frame | None) -> Sheet:
    """The sheet on which a map of these degrees (west, south, east, north) comes out larger."""
    if bounds is None:
        return UPRIGHT
    return max(UPRIGHT, LYING, key=lambda sheet: _onto(bounds, sheet).points_per_degree_north)


def _onto(bounds: Frame, sheet: Sheet) -> pdf.Projection:
    west, south, east, north = sheet.map
    return pdf.projection(
        bounds=bounds,
        x=west + INSIDE,
        y=south + INSIDE,
        width=east - west - 2 * INSIDE,
        height=north - south - 2 * INSIDE,
    )


def _figures(drawn: DrawnPlan, minutes: int, bag: int) -> str:
    turfs, doors = len(drawn.turfs), sum(turf.doors for turf in drawn.turfs)
    if bag:
        cut = ngettext("%(count)d round", "%(count)d rounds", turfs) % {"count": turfs}
        sides = ngettext("%(count)d side of a street", "%(count)d sides of streets", doors)
        asked = _("%(bag)d leaflets at most per round") % {"bag": bag}
        return ", ".join((cut, sides % {"count": doors}, asked))
    cut = ngettext("%(count)d turf", "%(count)d turfs", turfs) % {"count": turfs}
    of = ngettext("%(count)d door", "%(count)d doors", doors) % {"count": doors}
    return ", ".join((cut, of, _("%(minutes)d minutes asked per turf") % {"minutes": minutes}))


def _draw_title(canvas: Canvas, canvass: str, words: str, sheet: Sheet) -> None:
    top = sheet.height - MARGIN
    canvas.setFillGray(0)
    canvas.setFont(pdf.BOLD, 16)
    title = pdf.fitted(canvass, font=pdf.BOLD, size=16, width=sheet.content)
    canvas.drawString(MARGIN, top - 6 * mm, title)
    canvas.setFont(pdf.SANS, 10)
    canvas.drawString(MARGIN, top - 12 * mm, words)


def _draw_foot(canvas: Canvas, number: int, total: int, attribution: str, sheet: Sheet) -> None:
    page = _("Page %(number)d of %(total)d") % {"number": number, "total": total}
    width = sheet.content - 30 * mm
    canvas.setFillGray(GREY)
    canvas.setFont(pdf.SANS, 7)
    canvas.drawString(MARGIN, MARGIN, pdf.fitted(attribution, font=pdf.SANS, size=7, width=width))
    canvas.setFont(pdf.BOLD, 9)
    canvas.drawRightString(MARGIN + sheet.content, MARGIN, page)
    canvas.setFillGray(0)


def _draw_map(canvas: Canvas, drawn: DrawnPlan, legend: str, sheet: Sheet) -> None:
    if drawn.bounds is None:
        return
    frame, onto = sheet.map, _onto(drawn.bounds, sheet)
    streets = territory.street_lines(bounds=onto.shown(frame), limit=STREETS_AT_MOST)
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(frame[0], frame[1], frame[2] - frame[0], frame[3] - frame[1])
    canvas.clipPath(path, stroke=1, fill=0)
    _draw_contents(canvas, onto, drawn, streets, frame)
    canvas.restoreState()
    canvas.setFont(pdf.SANS, 8)
    canvas.setFillGray(GREY)
    canvas.drawString(MARGIN, MARGIN + FOOT, legend)


def _legend(*, is_rounds: bool) -> str:
    if is_rounds:
        return _("Each round has its number, its colour and its dashes. ◆ begins, ■ ends, ▲ direction.")
    return _("Each turf has its number, its colour and its dashes. ◆ first door, ■ last door, ▲ direction.")


def _draw_contents(
    canvas: Canvas, onto: pdf.Projection, drawn: DrawnPlan, streets: list[StreetLine], frame: Frame
) -> None:
    assert drawn.bounds is not None
    places = {turf.number: _number_place(turf, onto) for turf in drawn.turfs}
    size = number_size(len(drawn.turfs))
    spread = apart(places, size=size, frame=frame)
    corner = (frame[2] - 14 * mm, frame[3] - 16 * mm, frame[2], frame[3])
    taken = [corner, *(_box(place, size) for place in spread.values())]
    draw_streets(canvas, onto, streets, width=1.6)
    for turf in drawn.turfs:
        _draw_turf(canvas, onto, turf, drawn)
    draw_names(canvas, place_names(streets=streets, onto=onto, frame=frame, size=5.8, taken=taken))
    for number, (x, y) in spread.items():
        _draw_number(canvas, places[number], x, y, str(number), size)
    draw_north(canvas, x=frame[2] - 7 * mm, y=frame[3] - 8 * mm)
    draw_scale(canvas, onto, x=frame[0] + 4 * mm, y=frame[1] + 4 * mm, most=(frame[2] - frame[0]) / 4)


def number_size(turfs: int) -> float:
    """How large the numbers are: small where they are many, never too small to be read."""
    return 11.0 if turfs <= 40 else 9.0 if turfs <= 120 else 7.0


def _number_place(turf: PlanTurf, onto: pdf.Projection) -> tuple[float, float]:
    """A point of the walk near its middle."""
    points = [onto.place(point[0], point[1]) for point in turf.walk["coordinates"]]
    x, y = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    return min(points, key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2)


def _half(number_size_: float) -> float:
    return number_size_ * 0.95


def _box(place: tuple[float, float], size: float) -> Frame:
    half = _half(size)
    return place[0] - half, place[1] - half, place[0] + half, place[1] + half


def apart(
    places: Mapping[int, tuple[float, float]], *, size: float, frame: Frame
) -> dict[int, tuple[float, float]]:
    """The same places moved as little as tried so that no two numbers lie over one another."""
    done: dict[int, tuple[float, float]] = {}
    least = 2 * _half(size)
    for number, (x, y) in sorted(places.items()):
        done[number] = next(
            (
                place
                for place in _around_place(x, y, least)
                if _is_inside(place, frame, least / 2)
                and all(abs(place[0] - a) >= least or abs(place[1] - b) >= least for a, b in done.values())
            ),
            (x, y),
        )
    return done


def _around_place(x: float, y: float, step: float) -> Iterable[tuple[float, float]]:
    """The place itself, then rings around it."""
    yield x, y
    for ring in range(1, 7):
        for dx in range(-ring, ring + 1):
            for dy in range(-ring, ring + 1):
                if max(abs(dx), abs(dy)) == ring:
                    yield x + dx * step / 2, y + dy * step / 2


def _is_inside(place: tuple[float, float], frame: Frame, margin: float) -> bool:
    x, y = place
    return frame[0] + margin <= x <= frame[2] - margin and frame[1] + margin <= y <= frame[3] - margin


def _draw_turf(canvas: Canvas, onto: pdf.Projection, turf: PlanTurf, drawn: DrawnPlan) -> None:
    assert drawn.bounds is not None
    ink = HexColor(INKS[turf.number % HUES])
    canvas.setStrokeColor(ink)
    canvas.setFillColor(ink)
    canvas.setLineWidth(1.3)
    canvas.setLineCap(0)
    canvas.setLineJoin(1)
    canvas.setDash(list(DASH_PATTERNS[turf.number % DASHES]))
    line = lighter(turf.walk, drawn.bounds)["coordinates"]
    pdf.draw_line(canvas, (onto.place(point[0], point[1]) for point in line))
    canvas.setDash([])
    for arrow in plan_arrows(turf.walk["coordinates"], max(across_m(drawn.bounds) / 110, 4.0)):
        _fill(canvas, [onto.place(*corner) for corner in arrow])
    canvas.setFillGray(0)
    (x0, y0), (x1, y1) = (onto.place(*turf.walk["coordinates"][end][:2]) for end in (0, -1))
    _fill(canvas, [(x0, y0 + 3), (x0 + 3, y0), (x0, y0 - 3), (x0 - 3, y0)])
    _fill(canvas, [(x1 - 2, y1 - 2), (x1 + 2, y1 - 2), (x1 + 2, y1 + 2), (x1 - 2, y1 + 2)])


def _fill(canvas: Canvas, corners: Sequence[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_number(
    canvas: Canvas, place: tuple[float, float], x: float, y: float, number: str, size: float
) -> None:
    """A white disc with the number; a line to its walk where it had to move."""
    ink = HexColor(INKS[int(number) % HUES])
    canvas.setStrokeColor(ink)
    canvas.setLineWidth(0.8)
    if place != (x, y):
        canvas.line(*place, x, y)
    canvas.setFillGray(1)
    canvas.circle(x, y, _half(size) * (1 if len(number) < 3 else 1.2), stroke=1, fill=1)
    canvas.setFillGray(0)
    canvas.setFont(pdf.BOLD, size if len(number) < 3 else size * 0.85)
    canvas.drawCentredString(x, y - size * 0.35, number)


def _columns(*, is_rounds: bool) -> tuple[Column, ...]:
    left = MARGIN
    people = () if is_rounds else (Column(title=_("People"), x=left + 98.5 * mm),)
    words = left if is_rounds else left + 20 * mm
    return (
        Column(title=pgettext("of leaflets", "Round") if is_rounds else _("Turf"), x=left + 14 * mm),
        Column(title=_("Sides") if is_rounds else _("Doors"), x=left + 27 * mm),
        Column(title=_("Leaflets") if is_rounds else _("Dwellings"), x=left + 47 * mm),
        Column(title=_("Minutes"), x=left + 62 * mm),
        Column(title=_("Metres"), x=left + 78 * mm),
        *people,
        Column(title=_("Connected"), x=words + 81 * mm, is_number=False, width=21 * mm),
        Column(title=_("State"), x=words + 103.5 * mm, is_number=False, width=24 * mm),
        Column(
            title=_("Streets"),
            x=words + 129 * mm,
            is_number=False,
            width=MARGIN + UPRIGHT.content - words - 129 * mm,
        ),
    )


def _draw_table(
    canvas: Canvas, turfs: Sequence[PlanTurf], streets: Mapping[int, Sequence[str]], *, is_rounds: bool
) -> None:
    y = pdf.PAGE_HEIGHT - MARGIN - HEAD
    columns = _columns(is_rounds=is_rounds)
    canvas.setFillGray(0)
    for column in columns:
        canvas.setFont(pdf.BOLD, 8.5)
        (canvas.drawRightString if column.is_number else canvas.drawString)(
            column.x, y - TABLE_HEAD + 3 * mm, column.title
        )
    y -= TABLE_HEAD
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, y + 1 * mm, MARGIN + UPRIGHT.content, y + 1 * mm)
    for turf in turfs:
        y -= ROW
        _draw_row(canvas, columns, turf_cells(turf, streets.get(turf.number, ()), is_rounds=is_rounds), y)


def turf_cells(turf: PlanTurf, streets: Sequence[str], *, is_rounds: bool = False) -> tuple[str, ...]:
    """A line of the table, in the order of its columns."""
    connected = _("yes") if turf.connected else pgettext("connected", "no")
    return (
        str(turf.number),
        str(turf.doors),
        str(turf.dwellings),
        str(turf.minutes),
        str(turf.metres),
        *(() if is_rounds else (str(turf.team_size),)),
        _("%(connected)s (straight)") % {"connected": connected} if turf.straight else connected,
        str(turf.state_words),
        ", ".join(streets),
    )


def _draw_row(canvas: Canvas, columns: Sequence[Column], cells: Sequence[str], y: float) -> None:
    for column, text in zip(columns, cells, strict=True):
        if column.is_number:
            canvas.setFont(pdf.BOLD if column is columns[0] else pdf.SANS, 10)
            canvas.drawRightString(column.x, y + 3.6 * mm, text)
            continue
        lines = pdf.wrapped(text, font=pdf.SANS, size=7.5, width=column.width, most=2)
        canvas.setFont(pdf.SANS, 7.5)
        for i, line in enumerate(lines):
            canvas.drawString(column.x, y + (5.2 if len(lines) > 1 else 3.6) * mm - i * 9, line)
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0.8)
    canvas.line(MARGIN, y + 1 * mm, MARGIN + UPRIGHT.content, y + 1 * mm)
