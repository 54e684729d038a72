"""From the ink in each box to what was ticked at a door. Where it is not certain, it is doubtful.

A box that is blackened all over takes back a tick: the paper says so. But some people tick by blackening,
and some cross a tick out with a second one; so whatever holds more than one mark, or only a blackened
one, is read as far as possible and shown to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EMPTY_MOST: Final = 0.02
"""The greatest share of a box's inside that may be dark when it is empty: dust, noise, a stroke's tip."""

TICK_LEAST: Final = 0.05
"""The least of a tick: a stroke of half a millimetre through a third of the box."""

BLACK_LEAST: Final = 0.65
"""From here on a box is blackened, not ticked. A cross of a broad felt pen covers up to 0.6."""

SOLID_LEAST: Final = 0.4
"""So much ink is blackened too when it is one spot rather than strokes."""

SPREAD_LEAST_MM: Final = 2.3
"""A tick reaches at least this far across or down; a blot of a broad pen does not."""

AROUND_MOST: Final = 0.04
"""More ink than this just outside the boxes of an empty line is a tick that missed its box."""

AROUND_OTHER_MOST: Final = 0.15
"""The same at the other boxes of a line with a tick, where the ticks of the next lines may reach."""

BESIDE_MOST: Final = 0.6
"""A line down more of the paper beside a box belongs to a ring around it, or to something written there."""


class Mark(StrEnum):
    """What one box holds."""

    EMPTY = "empty"
    TICKED = "ticked"
    BLACK = "black"
    UNSURE = "unsure"


class Verdict(StrEnum):
    """What one line says. Only the first two are certain."""

    EMPTY = "empty"
    TICKED = "ticked"
    CORRECTED = "corrected"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, kw_only=True)
class BoxInk:
    """Ink of one box, as shares from 0 to 1.

    ``dark``: of the inside, darker than the paper around; ``strokes``: of the inside, lines thinner than
    two millimetres, which a shadow is not; ``around``: of the edge just outside; ``beside``: of its height,
    what has strokes on the paper to its left or to its right. ``spread_mm``: how far the ink inside
    reaches, across or down. ``is_found``: the printed frame lies where it is expected.
    """

    dark: float
    strokes: float
    around: float
    beside: float = 0.0
    spread_mm: float = 0.0
    is_found: bool = True


@dataclass(frozen=True, kw_only=True)
class RowReading:
    """A line with boxes: the mark of each, the verdict, and the column that was ticked, if it can be told."""

    marks: tuple[Mark, ...]
    verdict: Verdict
    column: int | None

    @property
    def is_certain(self) -> bool:
        return self.verdict in {Verdict.EMPTY, Verdict.TICKED}


def judge_row(boxes: Sequence[BoxInk]) -> RowReading:
    """What a line says. A tick is certain when all other boxes are empty and none of them is ringed."""
    marks = tuple(map(_mark, boxes))
    ticked, black = _columns(marks, Mark.TICKED), _columns(marks, Mark.BLACK)
    if not all(box.is_found for box in boxes) or Mark.UNSURE in marks:
        return RowReading(marks=marks, verdict=Verdict.DOUBTFUL, column=_only(ticked))
    if not (ticked or black):
        missed = any(_is_ringed(box, AROUND_MOST) for box in boxes)
        return RowReading(marks=marks, verdict=Verdict.DOUBTFUL if missed else Verdict.EMPTY, column=None)
    if black:
        verdict = Verdict.CORRECTED if len(ticked) == 1 else Verdict.DOUBTFUL
        return RowReading(marks=marks, verdict=verdict, column=_only(ticked or black))
    others = [box for column, box in enumerate(boxes) if column not in ticked]
    if len(ticked) > 1 or any(_is_ringed(box, AROUND_OTHER_MOST) for box in others):
        return RowReading(marks=marks, verdict=Verdict.DOUBTFUL, column=None)
    return RowReading(marks=marks, verdict=Verdict.TICKED, column=ticked[0])


def _is_ringed(box: BoxInk, around_most: float) -> bool:
    """Whether something is marked outside of the box that seems to mean it."""
    return box.around > around_most or box.beside > BESIDE_MOST


def _mark(box: BoxInk) -> Mark:
    is_spot = box.dark >= SOLID_LEAST and box.strokes < 0.6 * box.dark
    if box.dark >= BLACK_LEAST or is_spot:
        return Mark.BLACK
    if min(box.strokes, box.dark) >= TICK_LEAST and box.spread_mm >= SPREAD_LEAST_MM:
        return Mark.TICKED
    return Mark.EMPTY if max(box.dark, box.strokes) <= EMPTY_MOST else Mark.UNSURE


def _columns(marks: Sequence[Mark], wanted: Mark) -> list[int]:
    return [column for column, mark in enumerate(marks) if mark is wanted]


def _only(columns: list[int]) -> int | None:
    return columns[0] if len(columns) == 1 else None
