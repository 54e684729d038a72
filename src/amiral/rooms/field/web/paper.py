"""The walk list to print: a first page with the map, then the doors with six boxes each.

Boxes, corner squares and the QR code of a list page stand where ``amiral.cores.marks`` says, which reads
them back from a photograph (docs/field-paper.md).

The map of a first page cannot hold a number for each of 500 doors; then only some are numbered, and the
order is in the list. What is drawn is decided by pure functions (``paginate``), drawing comes after.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from amiral.cores.marks import ROWS, Layout, layout
from amiral.kit import pdf
from amiral.rooms.field.contracts import SHORT_CODE
from amiral.rooms.field.queries.legs import Leg, boxes_words
from amiral.rooms.field.queries.printing import Sheet, sheet_of
from amiral.rooms.field.queries.walking import DoorLine, WalkList
from amiral.rooms.field.web.cartography import (
    Frame,
    draw_names,
    draw_north,
    draw_scale,
    draw_streets,
    place_names,
)
from amiral.rooms.field.web.drawing import arrows_along, grown, roomy, start_apart
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine

MARGIN = 12 * mm
CONTENT = pdf.PAGE_WIDTH - 2 * MARGIN
HEADER = 21 * mm
FOOTER = 13 * mm
HEADINGS = 15 * mm
LABEL_X = MARGIN + 11 * mm
QR_FIRST = 30 * mm
BESIDE_QR = 24 * mm
"""Kept free at the right of the head of a list page."""
NUMBERS_AT_MOST = 90
"""Doors that the map numbers one by one."""
NUMBER, SMALL_NUMBER, MANY_NUMBERS = 9.0, 6.5, 45
"""Points of the numbers of doors on the map, and above how many of them they are small."""
STREET_NAME = 8.5
WAYS = (7.5, 7.0, 6.5)
"""Points of the way to a side of a street, as its words are few or many."""
END_SIDE = 8.0
"""Points across the signs on the first and the last door."""
STREETS_AT_MOST = 2500
GREY, PALE = 0.35, 0.8


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the list: a street's name, or a door. ``way``: how to get there, where it must be told."""

    street: str = ""
    way: str = ""
    door: DoorLine | None = None


@dataclass(frozen=True, kw_only=True)
class Number:
    """The number of a door on the map, over a point of the page."""

    x: float
    y: float
    text: str
    size: float

    @property
    def box(self) -> Frame:
        """What it covers: left, bottom, right, top."""
        half = pdf.text_width(self.text, font=pdf.BOLD, size=self.size) / 2 + 0.6
        return self.x - half, self.y + 1.6, self.x + half, self.y + 1.6 + self.size * 0.8


def rows_of(walk: WalkList) -> Iterator[Row]:
    """Streets and doors in walking order."""
    for street in walk.streets:
        name = street.street or _("Without a street name")
        side = f" ({street.side_words})" if street.side_words else ""
        yield Row(street=f"{name}{side}", way=street.way_words)
        for number, door in enumerate(street.doors):
            turns = number > 0 and door.guide is not None and door.guide.is_turn
            yield Row(door=door, way=door.guide.way_words if turns and door.guide else "")


def paginate(rows: Iterable[Row], *, per_page: int) -> list[list[Row]]:
    """Rows cut into pages; a street's name never stands alone at the foot, and is repeated overleaf."""
    pages: list[list[Row]] = [[]]
    street: Row | None = None
    for row in rows:
        room = per_page - len(pages[-1])
        if room < (1 if row.door else 2):
            pages.append([street] if row.door and street else [])
        pages[-1].append(row)
        street = street if row.door else row
    return pages


def sheets(walk: WalkList) -> list[tuple[Sheet, list[Row]]]:
    """The pages of doors: what reading them back needs to know, and what is drawn on them."""
    pages = paginate(rows_of(walk), per_page=ROWS)
    return [
        (sheet_of(walk=walk, number=number, doors=[row.door for row in rows]), rows)
        for number, rows in enumerate(pages, start=2)
    ]


def file_name(walk: WalkList) -> str:
    """A name for the file, without a space or an accent."""
    return f"{slugify(walk.canvass_name) or 'tournee'}-{walk.turf_number}.pdf"


def walk_list_pdf(*, walk: WalkList, link: str, pages_link: str, language: str) -> bytes:
    """The whole document; ``link`` is what the QR code on the first page holds, ``pages_link`` what stands
    before the page's code in those of the others."""
    pages = sheets(walk)
    around = grown(roomy(walk.bounds), share=0.5)
    streets = territory.street_lines(bounds=around, limit=STREETS_AT_MOST)

    def draw_page(canvas: Canvas, number: int, total: int) -> None:
        _draw_foot(canvas, walk, number, total)
        if number == 1:
            _draw_first(canvas, walk, link, streets)
        else:
            sheet, rows = pages[number - 2]
            _draw_list(canvas, walk, f"{pages_link}{sheet.code}/", rows)
            _draw_page_code(canvas, sheet.code)

    return pdf.document(
        title=_title(walk),
        author=settings.CAMPAIGN_NAME,
        language=language,
        total=len(pages) + 1,
        draw_page=draw_page,
    )


def list_pages_pdf(*, walk: WalkList, pages_link: str, language: str) -> bytes:
    """The pages of doors alone, without the first one and its map: nothing is asked of the database."""
    pages = sheets(walk)

    def draw_page(canvas: Canvas, number: int, total: int) -> None:
        sheet, rows = pages[number - 1]
        _draw_foot(canvas, walk, number + 1, total + 1)
        _draw_list(canvas, walk, f"{pages_link}{sheet.code}/", rows)
        _draw_page_code(canvas, sheet.code)

    return pdf.document(
        title=_title(walk),
        author=settings.CAMPAIGN_NAME,
        language=language,
        total=len(pages),
        draw_page=draw_page,
    )


def _title(walk: WalkList) -> str:
    named = {"number": walk.turf_number, "canvass": walk.canvass_name}
    if walk.is_rounds:
        return _("Round %(number)s, %(canvass)s") % named
    return _("Turf %(number)d, %(canvass)s") % named


def _when(walk: WalkList) -> str:
    starts, ends = timezone.localtime(walk.shift.starts_at), timezone.localtime(walk.shift.ends_at)
    hours = (date_format(moment, "TIME_FORMAT") for moment in (starts, ends))
    return f"{date_format(starts, 'l j F Y')}, {'–'.join(hours)}"


def _figures(walk: WalkList) -> str:
    doors = ngettext("%(count)d door", "%(count)d doors", len(walk.doors)) % {"count": len(walk.doors)}
    if walk.is_rounds:
        doors = _leaflets(walk)
    rest = _("about %(minutes)d minutes, %(metres)d metres") % {
        "minutes": walk.minutes,
        "metres": walk.metres,
    }
    if walk.is_rounds:
        return f"{doors}, {rest}"
    people = ngettext("for %(count)d person", "for %(count)d people", walk.team_size)
    return f"{doors}, {rest}, {people % {'count': walk.team_size}}"


def _leaflets(walk: WalkList) -> str:
    bag = ngettext("%(count)d leaflet", "%(count)d leaflets", walk.boxes) % {"count": walk.boxes}
    sides = ngettext("%(count)d side of a street", "%(count)d sides of streets", len(walk.doors))
    return f"{bag}, {sides % {'count': len(walk.doors)}}"


def _notice(walk: WalkList) -> str:
    if walk.is_rounds:
        return _(
            "Tick what was done, nothing else: never write a name or anything about those who live there."
        )
    return _(
        "Tick what happened at the door, nothing else: never write a name, an opinion or anything about"
        " the people who live there. “Do not come back” is kept for the address, for two years."
    )


def _text(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    font: str = pdf.SANS,
    width: float = CONTENT,
) -> None:
    canvas.setFont(font, size)
    canvas.drawString(x, y, pdf.fitted(text, font=font, size=size, width=width))


def _heading(canvas: Canvas, text: str, x: float, y: float, *, width: float) -> None:
    """One line as large as fits, so that the name of a quarter is seldom cut."""
    text, size = _that_fits((text,), sizes=range(20, 12, -1), font=pdf.BOLD, width=width)
    _text(canvas, text, x, y, size=size, font=pdf.BOLD, width=width)


def _line(canvas: Canvas, text: str, x: float, y: float, *, width: float) -> None:
    """The same of plain text; where it would be cut all the same, two small lines in the room of one."""
    text, size = _that_fits((text,), sizes=range(11, 8, -1), width=width)
    lines = [text]
    if pdf.text_width(text, font=pdf.SANS, size=size) > width:
        size = 8
        lines = pdf.wrapped(text, font=pdf.SANS, size=size, width=width, most=2)
    for row, line in enumerate(lines):
        _text(canvas, line, x, y - (row - 0.45 * (len(lines) - 1)) * 3.1 * mm, size=size, width=width)


def _that_fits(
    texts: Sequence[str], *, sizes: Sequence[float], width: float, font: str = pdf.SANS
) -> tuple[str, float]:
    """The first text in the largest size that fits, else the next one; the last one is cut to the width."""
    for text in texts:
        for size in sizes:
            if pdf.text_width(text, font=font, size=size) <= width:
                return text, size
    return texts[-1], sizes[-1]


def _paragraph(canvas: Canvas, text: str, x: float, y: float, *, size: float, width: float) -> float:
    """Draws the text in lines and answers the height below the last one."""
    for line in pdf.wrapped(text, font=pdf.SANS, size=size, width=width):
        _text(canvas, line, x, y, size=size, width=width)
        y -= size * 1.35
    return y


def _draw_foot(canvas: Canvas, walk: WalkList, number: int, total: int) -> None:
    page = _("Page %(number)d of %(total)d") % {"number": number, "total": total}
    canvas.setFillGray(GREY)
    _paragraph(canvas, _notice(walk), MARGIN, MARGIN + 10, size=7.5, width=CONTENT - 36 * mm)
    canvas.setFont(pdf.BOLD, 9)
    canvas.drawRightString(MARGIN + CONTENT - 4 * mm, MARGIN, page)
    canvas.setFillGray(0)


def _draw_first(canvas: Canvas, walk: WalkList, link: str, streets: list[StreetLine]) -> None:
    top = pdf.PAGE_HEIGHT - MARGIN
    width = CONTENT - QR_FIRST - 4 * mm
    pdf.draw_qr(canvas, link, x=MARGIN + CONTENT - QR_FIRST, y=top - QR_FIRST, side=QR_FIRST)
    _heading(canvas, _title(walk), MARGIN, top - 7 * mm, width=width)
    _draw_short(
        canvas, "" if walk.ended_at else walk.number_words, MARGIN + CONTENT - QR_FIRST / 2, top - QR_FIRST
    )
    lines = (walk.action.title, _when(walk), walk.action.place, _figures(walk), _number(walk, link))
    for i, line in enumerate(lines):
        _line(canvas, line, MARGIN, top - 14.5 * mm - i * 5.6 * mm, width=width)
    bottom = MARGIN + FOOTER
    legend = _paragraph(canvas, _how_to(walk), MARGIN, top - 42 * mm, size=9.5, width=CONTENT)
    _draw_map(canvas, walk, streets, y=bottom, height=legend - 2 * mm - bottom)


def _draw_short(canvas: Canvas, words: str, middle: float, y: float) -> None:
    """What may be typed instead of scanning the code above it."""
    canvas.setFillGray(0)
    canvas.setFont(pdf.BOLD, 8.5)
    canvas.drawCentredString(middle, y - 3.2 * mm, words)


def _number(walk: WalkList, link: str) -> str:
    """For those of the team who have no account: where to type what. ``link`` tells the site."""
    if walk.ended_at:
        return ""
    site = urlsplit(link).netloc
    words = _("Without an account: number %(number)s at %(page)s")
    return words % {"number": walk.number_words, "page": f"{site}{reverse('field:list_number')}"}


def _how_to(walk: WalkList) -> str:
    if walk.is_rounds:
        return _(
            "One line per side of a street, in walking order: the small line tells the way there."
            " Tick one box (to take a tick back, blacken its box and tick another), then photograph the"
            " pages; or scan the code and report on the phone. On the map the sides to do are thick; the walk"
            " begins at ◆ and ends at ■."
        )
    words = _(
        "One line per door, in walking order (◂ on your left, ▸ on your right): tick one box; to take a tick"
        " back, blacken its box and tick another. Then photograph the pages, each whole and flat; or scan the"
        " code and report on the phone. On the map: ◆ first door, ■ last door."
    )
    start = _("○ is where the walk starts.")
    return f"{words} {start}" if _start(walk) else words


def _start(walk: WalkList) -> tuple[float, float] | None:
    """Where a walk begins that does not begin at its first door."""
    first = walk.doors[0]
    return None if walk.is_rounds else start_apart(walk.walk, (first.longitude, first.latitude))


def _draw_map(canvas: Canvas, walk: WalkList, streets: list[StreetLine], *, y: float, height: float) -> None:
    inside = 6 * mm
    onto = pdf.projection(
        bounds=roomy(walk.bounds),
        x=MARGIN + inside,
        y=y + inside,
        width=CONTENT - 2 * inside,
        height=height - 2 * inside,
    )
    canvas.saveState()
    frame = canvas.beginPath()
    frame.rect(MARGIN, y, CONTENT, height)
    canvas.clipPath(frame, stroke=1, fill=0)
    draw_streets(canvas, onto, streets)
    _draw_walk(canvas, onto, walk)
    _draw_sides(canvas, onto, walk.doors)
    numbers = numbers_on(onto, walk)
    _draw_signs(canvas, onto, walk, streets, numbers, (MARGIN, y, MARGIN + CONTENT, y + height))
    _draw_start(canvas, onto, _start(walk))
    _draw_doors(canvas, onto, walk, numbers)
    _draw_attribution(canvas, walk.attribution, y)
    canvas.restoreState()


def _draw_signs(
    canvas: Canvas,
    onto: pdf.Projection,
    walk: WalkList,
    streets: list[StreetLine],
    numbers: Sequence[Number],
    frame: Frame,
) -> None:
    """Names of the streets beside the numbers of the doors, north, and a scale."""
    right, top = frame[2], frame[3]
    taken = [(right - 14 * mm, top - 16 * mm, right, top), (frame[0], frame[1], right, frame[1] + 10 * mm)]
    taken += [number.box for number in numbers]
    for door in _numbered(walk.doors):
        x, y = onto.place(door.longitude, door.latitude)
        taken.append((x - 2, y - 2, x + 2, y + 2))
    taken += [(x - 6, y - 6, x + 6, y + 6) for x, y in _signs(onto, walk)]
    draw_names(canvas, place_names(streets=streets, onto=onto, frame=frame, size=STREET_NAME, taken=taken))
    draw_north(canvas, x=right - 7 * mm, y=top - 8 * mm)
    draw_scale(canvas, onto, x=frame[0] + 4 * mm, y=frame[1] + 6.5 * mm, most=CONTENT / 4)


def _draw_walk(canvas: Canvas, onto: pdf.Projection, walk: WalkList) -> None:
    canvas.setStrokeGray(GREY)
    canvas.setFillGray(GREY)
    canvas.setLineWidth(1.1)
    canvas.setLineJoin(1)
    pdf.draw_line(canvas, (onto.place(*point) for point in walk.walk))
    for head in arrows_along(walk.walk, roomy(walk.bounds)):
        path = canvas.beginPath()
        path.moveTo(*onto.place(*head[0]))
        for corner in head[1:]:
            path.lineTo(*onto.place(*corner))
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)


def _draw_sides(canvas: Canvas, onto: pdf.Projection, doors: tuple[DoorLine, ...]) -> None:
    """What is done with leaflets, thick beside the thin line of the walk."""
    canvas.setStrokeGray(0)
    canvas.setLineWidth(2.0)
    for door in doors:
        if door.leg is not None:
            pdf.draw_line(canvas, (onto.place(*point) for point in door.leg.line))


def _numbered(doors: tuple[DoorLine, ...]) -> list[DoorLine]:
    """The doors that carry their number on the map: all, or the first, the last and some between."""
    step = -(-len(doors) // NUMBERS_AT_MOST)
    ends = {1, len(doors)}
    return [door for door in doors if door.position in ends or door.position % step == 0]


def _draw_doors(canvas: Canvas, onto: pdf.Projection, walk: WalkList, numbers: Sequence[Number]) -> None:
    canvas.setFillGray(0)
    for door in walk.doors:
        canvas.circle(*onto.place(door.longitude, door.latitude), 1.1, stroke=0, fill=1)
    for (x, y), is_first in zip(_signs(onto, walk), (True, False), strict=True):
        _draw_end(canvas, x, y, is_first=is_first)
    for number in numbers:
        _draw_number(canvas, number)


def numbers_on(onto: pdf.Projection, walk: WalkList) -> list[Number]:
    """The numbers of the doors, each where it stands on the page."""
    doors = walk.doors
    numbered = _numbered(doors)
    size = NUMBER if len(numbered) <= MANY_NUMBERS else SMALL_NUMBER
    signs = _signs(onto, walk) if walk.is_rounds else ()
    free = _free_places([onto.place(door.longitude, door.latitude) for door in doors], size=size, signs=signs)
    numbers = []
    for door in numbered:
        lift = END_SIDE / 2 if door.position in {1, len(doors)} and not walk.is_rounds else 0.0
        x, y = free(*onto.place(door.longitude, door.latitude), lift)
        numbers.append(Number(x=x, y=y, text=str(door.position), size=size))
    return numbers


def _ends(walk: WalkList) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where ◆ and ■ stand: at the first and the last door; of rounds where the walk begins and ends."""
    if walk.is_rounds:
        return walk.walk[0], walk.walk[-1]
    first, last = walk.doors[0], walk.doors[-1]
    return (first.longitude, first.latitude), (last.longitude, last.latitude)


def _signs(onto: pdf.Projection, walk: WalkList) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middles of ◆ and ■ on the page."""
    first, last = (onto.place(*place) for place in _ends(walk))
    return _apart(first, last) if walk.is_rounds else (first, last)


def _apart(a: tuple[float, float], b: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Both places, or side by side where their signs would cover each other: in a round walk."""
    if hypot(b[0] - a[0], b[1] - a[1]) >= END_SIDE:
        return a, b
    x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    return (x - 0.6 * END_SIDE, y), (x + 0.6 * END_SIDE, y)


def _free_places(
    points: list[tuple[float, float]], *, size: float, signs: Sequence[tuple[float, float]] = ()
) -> Callable[[float, float, float], tuple[float, float]]:
    """Where to write a number: above its point (``lift`` higher where a sign stands on it), or on another
    side of it where others are in the way. ``signs`` are those that stand apart from the points: no number
    is written over one.
    """
    taken, unit = list(points), size / SMALL_NUMBER

    def is_clear(middle: tuple[float, float]) -> bool:
        half = END_SIDE / 2
        across, up = size * 0.9 + half, size * 0.5 + half
        return all(abs(middle[0] - c) >= across or abs(middle[1] - d) >= up for c, d in signs)

    def place(x: float, y: float, lift: float) -> tuple[float, float]:
        tries = [(0, lift), (9, -4), (-9, -4), (0, -10 - lift), (9, 3), (-9, 3)]
        if signs:
            tries += [(0, 8), (0, -16), (14, 0), (-14, 0), (20, 0), (-20, 0)]
        clear = None
        for across, up in tries:
            a, b = x + across * unit, y + up * unit
            middle = (a, b + 4.5 * unit)
            if not is_clear(middle):
                continue
            clear = clear or (a, b)
            others = (one for one in taken if one != (x, y))
            if all(abs(middle[0] - c) > 8 * unit or abs(middle[1] - d) > 6 * unit for c, d in others):
                taken.append(middle)
                return a, b
        return clear or (x, y + lift)

    return place


def _draw_start(canvas: Canvas, onto: pdf.Projection, start: tuple[float, float] | None) -> None:
    """A ring where the walk starts, away from its first door."""
    if start is None:
        return
    canvas.setFillGray(1)
    canvas.setStrokeGray(0)
    canvas.setLineWidth(1.6)
    canvas.circle(*onto.place(*start), 4.5, stroke=1, fill=1)


def _draw_end(canvas: Canvas, x: float, y: float, *, is_first: bool) -> None:
    """A diamond at the first door, a square at the last, as on the map of the whole plan."""
    corners = (
        [(x, y + 4), (x + 4, y), (x, y - 4), (x - 4, y)]
        if is_first
        else [(x - 3, y - 3), (x + 3, y - 3), (x + 3, y + 3), (x - 3, y + 3)]
    )
    path = canvas.beginPath()
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.close()
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_number(canvas: Canvas, number: Number) -> None:
    """The number above its point, on white so that a line below does not strike it out."""
    left, bottom, right, top = number.box
    canvas.setFillGray(1)
    canvas.rect(left, bottom, right - left, top - bottom, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont(pdf.BOLD, number.size)
    canvas.drawCentredString(number.x, number.y + 2.2, number.text)


def _draw_attribution(canvas: Canvas, attribution: str, y: float) -> None:
    if attribution:
        canvas.setFillGray(GREY)
        _text(canvas, attribution, MARGIN + 2 * mm, y + 2 * mm, size=6.5, width=CONTENT - 4 * mm)


def _draw_page_code(canvas: Canvas, code: str) -> None:
    """The code in letters, above the number of the page, for when the QR code is stained."""
    canvas.setFillGray(GREY)
    canvas.setFont(pdf.SANS, 6.5)
    words = "-".join(code[i : i + 4] for i in range(0, len(code), 4))
    canvas.drawRightString(MARGIN + CONTENT - 4 * mm, MARGIN + 12, words)
    canvas.setFillGray(0)


def _draw_sheet(canvas: Canvas, sheet: Layout, link: str) -> None:
    """What a camera finds the page by: a square in each corner, and the page's code."""
    half = sheet.mark_side / 2
    canvas.setFillGray(0)
    for x, y in sheet.marks:
        canvas.rect(*_place(x - half, y + half), 2 * half * mm, 2 * half * mm, stroke=0, fill=1)
    x, y = _place(sheet.qr.x, sheet.qr.y + sheet.qr.side)
    pdf.draw_qr_symbol(canvas, link, x=x, y=y, side=sheet.qr.side * mm)


def _place(x: float, y: float) -> tuple[float, float]:
    """Millimetres from the upper left corner to points from the lower left one."""
    return x * mm, pdf.PAGE_HEIGHT - y * mm


def _draw_list(canvas: Canvas, walk: WalkList, link: str, rows: list[Row]) -> None:
    top = pdf.PAGE_HEIGHT - MARGIN
    sheet = layout(columns=len(walk.outcomes))
    _draw_sheet(canvas, sheet, link)
    width = CONTENT - BESIDE_QR
    _text(canvas, _title(walk), MARGIN, top - 6 * mm, size=13, font=pdf.BOLD, width=width)
    where = pdf.wrapped(f"{_when(walk)} · {walk.action.place}", font=pdf.SANS, size=8.5, width=width, most=2)
    for i, line in enumerate(where):
        _text(canvas, line, MARGIN, top - (11 + 4 * i) * mm, size=8.5, width=width)
    _text(canvas, _typed(link), MARGIN, top - (12 + 3.5 * len(where)) * mm, size=8, width=width)
    y = top - HEADER
    _draw_headings(canvas, walk, sheet, y)
    for number, row in enumerate(rows):
        _draw_row(canvas, row, sheet, number)


def _typed(link: str) -> str:
    """What may be typed instead of scanning the code beside it: the first half of it names the page too."""
    site, code = link.removeprefix("https://").rstrip("/").rsplit("/", 1)
    return _("Instead of scanning: %(address)s") % {"address": f"{site}/{code[:4]}-{code[4:SHORT_CODE]}"}


def _column(sheet: Layout, i: int) -> float:
    """The middle of the column of the box ``i``, in points from the left."""
    return sheet.box(0, i).middle[0] * mm


def _draw_headings(canvas: Canvas, walk: WalkList, sheet: Layout, y: float) -> None:
    canvas.setFillGray(0)
    heading = _("Side of the street") if walk.is_rounds else _("Door")
    _text(canvas, heading, LABEL_X, y - HEADINGS + 2 * mm, size=8, font=pdf.BOLD)
    for i, choice in enumerate(walk.outcomes):
        width = sheet.column_width * mm - 1 * mm
        lines = pdf.wrapped(str(choice.label), font=pdf.BOLD, size=7.5, width=width)
        for j, line in enumerate(reversed(lines)):
            canvas.setFont(pdf.BOLD, 7.5)
            x = _column(sheet, i)
            canvas.drawCentredString(x, y - HEADINGS + 2 * mm + j * 9, line)
    canvas.setLineWidth(0.8)
    canvas.setStrokeGray(0)
    canvas.line(MARGIN, y - HEADINGS, MARGIN + CONTENT, y - HEADINGS)


def _draw_row(canvas: Canvas, row: Row, sheet: Layout, number: int) -> None:
    height = sheet.row_height * mm
    y = pdf.PAGE_HEIGHT - sheet.row_top(number) * mm - height
    if row.door is None:
        canvas.setFillGray(0.92)
        canvas.rect(MARGIN, y + 0.3 * mm, CONTENT, height - 1 * mm, stroke=0, fill=1)
        canvas.setFillGray(0)
        way = pdf.text_width(row.way, font=pdf.SANS, size=9) + 4 * mm if row.way else 0
        width = CONTENT - 3 * mm - way
        _text(canvas, row.street, MARGIN + 1.5 * mm, y + 2.4 * mm, size=11, font=pdf.BOLD, width=width)
        canvas.setFont(pdf.SANS, 9)
        canvas.drawRightString(MARGIN + CONTENT - 2 * mm, y + 2.4 * mm, row.way)
        return
    _draw_door(canvas, row.door, sheet, y, row.way)
    _draw_boxes(canvas, row.door, sheet, number)
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(PALE)
    canvas.line(MARGIN, y, MARGIN + CONTENT, y)


def _draw_boxes(canvas: Canvas, door: DoorLine, sheet: Layout, number: int) -> None:
    if door.is_asked_not_to:
        return
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.9)
    for column in range(sheet.columns):
        box = sheet.box(number, column)
        side = box.side * mm
        canvas.rect(*_place(box.x, box.y + box.side), side, side, stroke=1, fill=0)


def _draw_door(canvas: Canvas, door: DoorLine, sheet: Layout, y: float, way: str) -> None:
    canvas.setFillGray(GREY)
    canvas.setFont(pdf.SANS, 8)
    canvas.drawRightString(LABEL_X - 5 * mm, y + 2.6 * mm, str(door.position))
    canvas.setFont(pdf.SANS, 10)
    canvas.drawCentredString(LABEL_X - 2.3 * mm, y + 2.4 * mm, door.guide.hand_sign if door.guide else "")
    canvas.setFillGray(0)
    first = _column(sheet, 0)
    width = first - sheet.column_width * mm / 2 - LABEL_X - 1 * mm
    if door.leg is None:
        beside = pdf.text_width(way, font=pdf.SANS, size=WAYS[0]) + 2 * mm if way else 0.0
        _text(canvas, door_words(door), LABEL_X, y + 2.4 * mm, size=11, width=width - beside)
        canvas.setFont(pdf.SANS, WAYS[0])
        canvas.drawRightString(LABEL_X + width, y + 2.6 * mm, way)
    else:
        _draw_side(canvas, door, door.leg, y, width)
    if door.is_asked_not_to:
        _text(canvas, _("Do not ring here"), sheet.box(0, 0).x * mm, y + 2.4 * mm, size=9, font=pdf.BOLD)


def _draw_side(canvas: Canvas, door: DoorLine, leg: Leg, y: float, width: float) -> None:
    """Two lines: what was done there and how to get there, then numbers, side and boxes."""
    canvas.setFillGray(GREY)
    traffic = _("mind the traffic") if leg.crosses else ""
    ways = [
        " · ".join(part for part in (str(door.outcome_label), *words, traffic) if part)
        for words in (
            (leg.way_words,),
            (leg.short_way_words, _("see the map")),
            (leg.bare_way_words, _("see the map")),
        )
    ]
    way, size = _that_fits(ways, sizes=WAYS, width=width)
    _text(canvas, way, LABEL_X, y + 5.3 * mm, size=size, width=width)
    canvas.setFillGray(0)
    count = boxes_words(door.dwellings)
    told = (leg.numbers_words, leg.side_words, leg.hand_words, leg.part_words)
    words = ", ".join(part for part in told if part)
    taken = pdf.text_width(count, font=pdf.BOLD, size=10.5) + 3 * mm
    _text(canvas, words[:1].upper() + words[1:], LABEL_X, y + 1.6 * mm, size=10.5, width=width - taken)
    canvas.setFont(pdf.BOLD, 10.5)
    canvas.drawRightString(LABEL_X + width, y + 1.6 * mm, count)


def door_words(door: DoorLine) -> str:
    """The door under its street's name, with what is known: ``12 bis (8 dwellings) · Nobody``."""
    name = door.number or door.label
    if door.dwellings > 1:
        dwellings = ngettext("%(count)d dwelling", "%(count)d dwellings", door.dwellings)
        name = f"{name} ({dwellings % {'count': door.dwellings}})"
    if door.caution:
        name = f"{name} ⚠ {', '.join(map(str, door.cautions))}"
    return f"{name} · {door.outcome_label}" if door.outcome_label else name
