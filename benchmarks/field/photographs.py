"""Pens and cameras: fills a printed page in as people do, and photographs it badly.

Pictures are arrays of grey from 0 (black) to 255; every chance comes from the generator that is given.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO

import numpy as np
import segno
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from amiral.cores.marks import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Box, Layout

Grey = NDArray[np.float32]

PX_PER_MM = 10
"""Of a page before it is photographed: 254 dots to the inch."""


class Hand(StrEnum):
    """What a person does in a box."""

    TICK = "tick"
    CROSS = "cross"
    SLASH = "slash"
    SCRIBBLE = "scribble"
    BLACK = "black"
    DOT = "dot"
    MISSED = "missed"


TICKS = (Hand.TICK, Hand.CROSS, Hand.SLASH, Hand.SCRIBBLE)
"""Ways to tick that a careful person uses."""


def printed(sheet: Layout, rows: list[bool], *, code: str, labels: list[str] | None = None) -> Grey:
    """A page with its squares, its code and its boxes, as the printer lays them out."""
    image = Image.new("L", (int(PAGE_WIDTH_MM * PX_PER_MM), int(PAGE_HEIGHT_MM * PX_PER_MM)), 255)
    draw = ImageDraw.Draw(image)
    half = sheet.mark_side / 2
    for x, y in sheet.marks:
        draw.rectangle(_px(x - half, y - half, x + half, y + half), fill=0)
    modules = list(segno.make_qr(code, error="m").matrix)
    side = sheet.qr.side / len(modules)
    for i, line in enumerate(modules):
        for j, dark in enumerate(line):
            if dark:
                x, y = sheet.qr.x + j * side, sheet.qr.y + i * side
                draw.rectangle(_px(x, y, x + side, y + side), fill=0)
    for row, has_boxes in enumerate(rows):
        y = sheet.row_top(row) + sheet.row_height
        draw.line(_px(12, y, 198, y), fill=200, width=1)
        label = labels[row] if labels else f"{row + 1} bis"
        draw.text((24 * PX_PER_MM, (y - 5.5) * PX_PER_MM), label, fill=0, font_size=38)
        for column in range(sheet.columns if has_boxes else 0):
            box = sheet.box(row, column)
            draw.rectangle(_px(box.x, box.y, *box.corners[2]), outline=0, width=3)
    return np.asarray(image, dtype=np.float32)


def _px(*values: float) -> list[float]:
    return [value * PX_PER_MM for value in values]


@dataclass(frozen=True, kw_only=True)
class Pen:
    """``width`` in millimetres; ``grey`` of its ink: 20 for a biro, 130 for a hard pencil."""

    width: float = 0.6
    grey: int = 40


def some_pen(chance: Generator) -> Pen:
    return Pen(width=float(chance.uniform(0.4, 1.3)), grey=int(chance.integers(10, 110)))


def write(page: Grey, box: Box, hand: Hand, pen: Pen, chance: Generator) -> None:
    """Draws into the page, in place."""
    image = Image.fromarray(page.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for line in _lines(box, hand, chance):
        points = [(x * PX_PER_MM, y * PX_PER_MM) for x, y in line]
        draw.line(points, fill=pen.grey, width=max(2, round(pen.width * PX_PER_MM)), joint="curve")
    page[:] = np.minimum(page, np.asarray(image, dtype=np.float32))


def _lines(box: Box, hand: Hand, chance: Generator) -> list[list[tuple[float, float]]]:
    x, y, side = box.x, box.y, box.side

    def at(across: float, down: float, *, shake: float = 0.35) -> tuple[float, float]:
        return (
            x + across * side + float(chance.normal(0, shake)),
            y + down * side + float(chance.normal(0, shake)),
        )

    match hand:
        case Hand.TICK:
            return [[at(0.15, 0.5), at(0.42, 0.85), at(0.95, 0.1)]]
        case Hand.CROSS:
            return [[at(0.15, 0.15), at(0.85, 0.85)], [at(0.85, 0.15), at(0.15, 0.85)]]
        case Hand.SLASH:
            return [[at(0.1, 0.9), at(0.9, 0.1)]]
        case Hand.SCRIBBLE:
            return [[at(i / 5, 0.15 + 0.7 * (i % 2), shake=0.2) for i in range(6)]]
        case Hand.BLACK:
            steps = [at(0.06 + 0.88 * (i % 2), 0.05 + 0.9 * i / 23, shake=0.1) for i in range(24)]
            return [steps, [at(i / 23, 0.05 + 0.9 * (i % 2), shake=0.1) for i in range(24)]]
        case Hand.DOT:
            a, b = at(0.5, 0.5)
            return [[(a, b), (a + 0.5, b + 0.3)]]
        case Hand.MISSED:
            return [[at(1.1, 0.6, shake=0.08), at(1.18, 1.0, shake=0.08), at(1.5, -0.1, shake=0.08)]]


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How badly the page is photographed. ``tilt``: share by which corners move; ``turn``: degrees;
    ``bend``: millimetres of curl; ``dots``: pixels to the millimetre; ``blur``: pixels."""

    tilt: float = 0.08
    turn: float = 0.0
    bend: float = 1.0
    dots: float = 9.0
    blur: float = 0.8
    noise: float = 4.0
    shade: float = 0.35
    shadow: float = 0.3
    quality: int = 70


def some_camera(chance: Generator, *, turned: bool = True) -> Camera:
    """A hand-held telephone, sometimes in bad light, sometimes upside down."""
    return Camera(
        tilt=float(chance.uniform(0, 0.12)),
        turn=float(chance.choice([0, 90, 180, 270]) * turned + chance.normal(0, 6)),
        bend=float(chance.uniform(0, 1.6)),
        dots=float(chance.uniform(6, 12)),
        blur=float(chance.uniform(0.3, 1.6)),
        noise=float(chance.uniform(1, 9)),
        shade=float(chance.uniform(0, 0.5)),
        shadow=float(chance.uniform(0, 0.5)),
        quality=int(chance.integers(45, 92)),
    )


def scanner(chance: Generator) -> Camera:
    """A flat-bed scanner: a page laid a little askew."""
    return Camera(
        tilt=0, turn=float(chance.normal(0, 1.5)), bend=0, dots=float(chance.choice([6, 8, 12])),
        blur=0.5, noise=2, shade=0.05, shadow=0, quality=80,
    )  # fmt: skip


def photograph(page: Grey, camera: Camera, chance: Generator) -> NDArray[np.uint8]:
    """The picture of the page on a table, as JPEG would leave it."""
    width, height = PAGE_WIDTH_MM * camera.dots, PAGE_HEIGHT_MM * camera.dots
    size = int(1.12 * max(width, height) * (1.05 if camera.turn % 90 < 20 or camera.turn % 90 > 70 else 1.2))
    onto_page = _to_page(camera, size, chance)
    x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    below = onto_page[2, 0] * x + onto_page[2, 1] * y + onto_page[2, 2]
    across = (onto_page[0, 0] * x + onto_page[0, 1] * y + onto_page[0, 2]) / below
    down = (onto_page[1, 0] * x + onto_page[1, 1] * y + onto_page[1, 2]) / below
    phase = chance.uniform(0, 2 * np.pi, 2)
    # Paper bends in long waves: along the page more than across it.
    across_bent = across + camera.bend * np.sin(down / 190 * np.pi + phase[0])
    down_bent = down + camera.bend * np.sin(across / 170 * np.pi + phase[1])
    source = ndimage.gaussian_filter(page, 0.35 * max(1.0, PX_PER_MM / camera.dots))
    seen = ndimage.map_coordinates(
        source, [down_bent * PX_PER_MM - 0.5, across_bent * PX_PER_MM - 0.5], order=1, cval=-1.0
    )
    outside = (
        (across_bent < 0) | (across_bent > PAGE_WIDTH_MM) | (down_bent < 0) | (down_bent > PAGE_HEIGHT_MM)
    )
    table = _table(size, chance)
    seen = np.where(outside, table, seen * 0.93)
    seen = seen * _light(size, camera, chance)
    seen = ndimage.gaussian_filter(seen, camera.blur)
    seen = seen + chance.normal(0, camera.noise, seen.shape)
    stream = BytesIO()
    Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=camera.quality)
    return np.asarray(Image.open(stream))


def _to_page(camera: Camera, size: int, chance: Generator) -> NDArray[np.float64]:
    """From pixels of the picture to millimetres of the page."""
    from amiral.cores.marks.plane import homography

    corners = np.array([(0, 0), (PAGE_WIDTH_MM, 0), (PAGE_WIDTH_MM, PAGE_HEIGHT_MM), (0, PAGE_HEIGHT_MM)])
    middle = corners.mean(axis=0)
    angle = np.radians(camera.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (corners - middle) @ turn.T * camera.dots + size / 2
    placed += chance.uniform(-1, 1, (4, 2)) * camera.tilt * PAGE_WIDTH_MM * camera.dots / 2
    return homography(placed, corners)


def _table(size: int, chance: Generator) -> Grey:
    """Wood: a grain of its own, darker than paper."""
    grain = ndimage.gaussian_filter1d(chance.normal(0, 1, (size // 4 + 1, size // 4 + 1)), 12, axis=1)
    grain = np.repeat(np.repeat(grain, 4, axis=0), 4, axis=1)[:size, :size]
    return (float(chance.uniform(50, 170)) + 60 * grain).astype(np.float32)


def _light(size: int, camera: Camera, chance: Generator) -> Grey:
    """A lamp on one side, and the shadow of a hand with a soft edge."""
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    angle, where = chance.uniform(0, 2 * np.pi), chance.uniform(-0.4, 0.6)
    ramp = 1 - camera.shade * (0.5 + 0.5 * (x * np.cos(angle) + y * np.sin(angle)) / 1.42)
    other = chance.uniform(0, 2 * np.pi)
    edge = (x * np.cos(other) + y * np.sin(other) - where) / chance.uniform(0.01, 0.12)
    return (ramp * (1 - camera.shadow / (1 + np.exp(-np.clip(edge, -30, 30))))).astype(np.float32)


@dataclass(kw_only=True)
class Filled:
    """A page that was filled in, with what each line with boxes should be read as: a column or nothing.

    ``plain`` are the lines with one clean tick, or none; the others hold something odd."""

    page: Grey
    rows: list[bool]
    truth: dict[int, int | None] = field(default_factory=dict)
    plain: set[int] = field(default_factory=set)


def filled(page: Grey, sheet: Layout, rows: list[bool], chance: Generator, *, odd: float = 0.1) -> Filled:
    """Ticks boxes at random. ``odd``: share of lines with something that a reader must doubt, or read with
    a correction: a tick blackened and another made, a dot, a tick beside the box, two ticks."""
    made = Filled(page=page.copy(), rows=rows)
    pen = some_pen(chance)
    for row in (row for row, has_boxes in enumerate(rows) if has_boxes):
        column = int(chance.integers(sheet.columns))
        made.truth[row] = None
        if chance.random() < odd:
            _write_oddly(made, sheet, row, column, pen, chance)
            continue
        made.plain.add(row)
        if chance.random() < 0.7:
            hand = TICKS[int(chance.integers(len(TICKS)))]
            write(made.page, sheet.box(row, column), hand, pen, chance)
            made.truth[row] = column
    return made


def _write_oddly(made: Filled, sheet: Layout, row: int, column: int, pen: Pen, chance: Generator) -> None:
    other = (column + 1 + int(chance.integers(sheet.columns - 1))) % sheet.columns
    kind = int(chance.integers(4))
    if kind == 0:  # a correction
        write(made.page, sheet.box(row, other), Hand.TICK, pen, chance)
        write(made.page, sheet.box(row, other), Hand.BLACK, pen, chance)
        write(made.page, sheet.box(row, column), Hand.TICK, pen, chance)
        made.truth[row] = column
    elif kind == 1:
        write(made.page, sheet.box(row, column), Hand.DOT, pen, chance)
    elif kind == 2:
        write(made.page, sheet.box(row, column), Hand.BLACK, pen, chance)
        made.truth[row] = column
    else:  # two ticks: nobody can tell
        write(made.page, sheet.box(row, column), Hand.CROSS, pen, chance)
        write(made.page, sheet.box(row, other), Hand.TICK, pen, chance)
        made.truth[row] = -1
