"""Where the numbers of a map are written: each on the thing that it names, and none over another.

Letters have two sizes on the same sheet, as in ``map.css``: one on a wide window and a larger one on a
telephone, where the sheet is small. A number without room is left out of the drawing; ``map.js`` writes it as
soon as one zooms in far enough. No Django here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Units = tuple[int, int]
"""A place on the sheet, in units of the view box, from its upper left corner."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in units."""

WIDE, NARROW = (140, 120), (300, 260)
"""Heights of a number in units, on a wide window and on a telephone: usual, and when not all find room."""
NAME_WIDE, NAME_NARROW = 110, 270
LETTER, LINE = 0.72, 1.0
"""Width and height that a bold letter of one unit takes, with its halo."""
CELL = 800


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A number and where it may stand, the best place first. A name stays at its one place."""

    text: str
    places: Sequence[Units]
    is_name: bool = False


@dataclass(frozen=True, kw_only=True)
class Written:
    """Places in the order asked, on a wide window and on a telephone; ``None`` for a number without room."""

    wide: tuple[Units | None, ...]
    narrow: tuple[Units | None, ...]
    is_wide_small: bool
    is_narrow_small: bool
    """Whether the numbers are of the smaller size."""


def write(wanted: Sequence[Wanted], *, width: int, height: int) -> Written:
    """Places for numbers on a sheet of these units; who comes first is served first, after the names."""
    wide, is_wide_small = _fitted(wanted, WIDE, NAME_WIDE, width, height)
    narrow, is_narrow_small = _fitted(wanted, NARROW, NAME_NARROW, width, height)
    return Written(wide=wide, narrow=narrow, is_wide_small=is_wide_small, is_narrow_small=is_narrow_small)


def box_of(text: str, place: Units, size: int) -> Box:
    """What a number covers."""
    half_wide, half_high = max(1, len(text)) * LETTER * size / 2, LINE * size / 2
    return place[0] - half_wide, place[1] - half_high, place[0] + half_wide, place[1] + half_high


class _Taken:
    """Boxes that hold a number, by the cells of a grid that they touch."""

    def __init__(self) -> None:
        self.cells: dict[Units, list[Box]] = defaultdict(list)

    def add(self, box: Box) -> None:
        for cell in _cells(box):
            self.cells[cell].append(box)

    def is_free(self, box: Box) -> bool:
        return not any(_overlap(box, other) for cell in _cells(box) for other in self.cells.get(cell, ()))


def _cells(box: Box) -> Iterator[Units]:
    for x in range(int(box[0] // CELL), int(box[2] // CELL) + 1):
        for y in range(int(box[1] // CELL), int(box[3] // CELL) + 1):
            yield x, y


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _fitted(
    wanted: Sequence[Wanted], sizes: tuple[int, int], name_size: int, width: int, height: int
) -> tuple[tuple[Units | None, ...], bool]:
    """The places, and whether it took the smaller size."""
    usual, small = sizes
    placed = _placed(wanted, usual, name_size, width, height)
    if None not in placed:
        return placed, False
    return _placed(wanted, small, name_size, width, height), True


def _placed(
    wanted: Sequence[Wanted], size: int, name_size: int, width: int, height: int
) -> tuple[Units | None, ...]:
    taken = _Taken()
    for one in wanted:
        if one.is_name:
            taken.add(box_of(one.text, one.places[0], name_size))
    return tuple(
        one.places[0] if one.is_name else _first_free(one, size, taken, width, height) for one in wanted
    )


def _first_free(one: Wanted, size: int, taken: _Taken, width: int, height: int) -> Units | None:
    for place in one.places:
        inside = _inside(one.text, place, size, width, height)
        box = box_of(one.text, inside, size)
        if taken.is_free(box):
            taken.add(box)
            return inside
    return None


def _inside(text: str, place: Units, size: int, width: int, height: int) -> Units:
    """The place, moved so far that the text is not cut by the edge of the sheet."""
    left, top, right, bottom = box_of(text, place, size)
    x = place[0] + max(0, -left) - max(0, right - width)
    y = place[1] + max(0, -top) - max(0, bottom - height)
    return round(x), round(y)
