"""One page: found, straightened, its boxes measured and judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .corners import page_matrix
from .frames import frame_offsets
from .ink import box_ink
from .judging import RowReading, judge_row
from .layout import Layout
from .plane import Floats, rectified, scale_at

LEAST_PX_PER_MM: Final = 3.5
"""Below this (90 dots to the inch) a pen's stroke is not told from noise."""

LEAST_FOUND: Final = 0.85
"""A page on which fewer of the printed frames are found is not the page that it seems to be."""


class WhyUnreadable(StrEnum):
    """Why a page with a known code cannot be read."""

    CORNERS = "corners"
    SMALL = "small"
    FRAMES = "frames"


class Unreadable(ValueError):
    """The page cannot be read: take the picture again."""

    def __init__(self, why: WhyUnreadable) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class PageReading:
    """``rows``: a reading for each line with boxes, None for the others. ``picture``: the page seen from
    straight above, ``PX_PER_MM`` pixels to the millimetre, paper white. ``found``: share of the printed
    frames that were found."""

    rows: tuple[RowReading | None, ...]
    picture: NDArray[np.uint8]
    found: float


def read_page(
    grey: NDArray[np.uint8],
    corners: Sequence[tuple[float, float]],
    sheet: Layout,
    *,
    rows: Sequence[bool],
) -> PageReading:
    """Reads the page whose QR code has these ``corners`` (pixels: upper left first, clockwise as printed).

    ``rows`` tells which of its lines have boxes. Raises ``Unreadable``.
    """
    matrix = _matrix(grey, np.array(corners, dtype=np.float64), sheet)
    picture = rectified(grey, matrix)
    lined = [row for row, has_boxes in enumerate(rows) if has_boxes]
    places = [sheet.box(row, column) for row in lined for column in range(sheet.columns)]
    offsets, is_found = frame_offsets(picture, places)
    if places and is_found.mean() < LEAST_FOUND:
        raise Unreadable(WhyUnreadable.FRAMES)
    inks = [
        box_ink(picture, place, offset, is_found=bool(found))
        for place, offset, found in zip(places, offsets, is_found, strict=True)
    ]
    count = sheet.columns
    read = {row: judge_row(inks[i * count : (i + 1) * count]) for i, row in enumerate(lined)}
    return PageReading(
        rows=tuple(read.get(row) for row in range(len(rows))),
        picture=np.clip(picture, 0, 255).astype(np.uint8),
        found=float(is_found.mean()) if places else 1.0,
    )


def _matrix(grey: NDArray[np.uint8], corners: Floats, sheet: Layout) -> Floats:
    matrix = page_matrix(grey, corners, sheet)
    if matrix is None:
        raise Unreadable(WhyUnreadable.CORNERS)
    if min(scale_at(matrix, mark) for mark in sheet.marks) < LEAST_PX_PER_MM:
        raise Unreadable(WhyUnreadable.SMALL)
    return matrix
