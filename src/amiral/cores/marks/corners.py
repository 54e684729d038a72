"""Finding the four black squares in the corners of a page, starting from its QR code.

The code alone is too small to say where the far end of the page lies; with the squares, which lie 270 mm
apart, the page is known to a tenth of a millimetre where it is flat.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .layout import Layout
from .plane import Floats, apply, homography, scale_at

DETECTION_PX_PER_MM: Final = 4.0
"""Squares are looked for in a picture of this resolution."""

DARK: Final = 0.62
"""A square is darker than this share of the paper around it."""

CANDIDATES: Final = 4
"""Squares that are tried for each corner."""

MOST_OFF_MM: Final = 1.2
"""How far the QR code may lie from where the squares say."""

LEAST_MARKS: Final = 3


@dataclass(frozen=True, kw_only=True)
class _Square:
    x: float
    y: float
    area: float


def page_matrix(grey: NDArray[np.uint8], corners: Floats, sheet: Layout) -> Floats | None:
    """The homography from millimetres of the page to pixels, or None where three squares cannot be found.

    ``corners`` are those of the QR code in the picture, n × 2. One square may be hidden by a thumb.
    """
    qr = np.array(sheet.qr.corners)
    rough = homography(qr, corners)
    shrink = max(1.0, scale_at(rough, sheet.qr.middle) / DETECTION_PX_PER_MM)
    squares = [
        _Square(x=one.x * shrink, y=one.y * shrink, area=one.area * shrink**2)
        for one in _squares(_shrunk(grey, shrink))
    ]
    choices = [_near(squares, rough, mark, sheet) for mark in sheet.marks]
    return _best(choices, corners, sheet)


def _shrunk(grey: NDArray[np.uint8], shrink: float) -> NDArray[np.float32]:
    source = grey.astype(np.float32)
    if shrink <= 1.0:
        return source
    smooth = ndimage.gaussian_filter(source, 0.4 * shrink)
    size = (max(1, int(grey.shape[0] / shrink)), max(1, int(grey.shape[1] / shrink)))
    rows, columns = (np.arange(n, dtype=np.float32) * shrink for n in size)
    found = ndimage.map_coordinates(
        smooth, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest"
    )
    return np.asarray(found, dtype=np.float32)


def _squares(grey: NDArray[np.float32]) -> list[_Square]:
    """Dark spots that are whole parallelograms, about as long as broad.

    Of a parallelogram area² = 144 × the determinant of the second moments, however it is seen; rings,
    letters and shadows are far from it.
    """
    paper = ndimage.maximum_filter(ndimage.uniform_filter(grey, 3), size=61)[::1, ::1]
    dark = grey < DARK * ndimage.uniform_filter(paper, 61)
    labels, _count = ndimage.label(dark)
    found: list[_Square] = []
    for label, window in enumerate(ndimage.find_objects(labels), start=1):
        height, width = (part.stop - part.start for part in window)
        if min(height, width) >= 6 and max(height, width) <= 90:
            square = _square(labels[window] == label, window[1].start, window[0].start)
            found += [square] if square else []
    return found


def _square(spot: NDArray[np.bool_], left: int, top: int) -> _Square | None:
    rows, columns = np.nonzero(spot)
    area = len(rows)
    covariance = np.cov(np.vstack([columns, rows])) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(covariance)
    whole = area**2 / (144 * small * large)
    if not (0.86 < whole < 1.13 and large / small < 5):
        return None
    return _Square(x=left + columns.mean(), y=top + rows.mean(), area=area)


def _near(
    squares: list[_Square], rough: Floats, mark: tuple[float, float], sheet: Layout
) -> list[tuple[float, float]]:
    """The squares that may be that mark, nearest first, by what the QR code alone tells."""
    far = float(np.hypot(mark[0] - sheet.qr.middle[0], mark[1] - sheet.qr.middle[1]))
    scale = scale_at(rough, sheet.qr.middle)
    expected = apply(rough, np.array([mark]))[0]
    most, side = (6 + 0.22 * far) * scale, sheet.mark_side * scale
    near = sorted(
        (float(np.hypot(one.x - expected[0], one.y - expected[1])), one.x, one.y)
        for one in squares
        if 0.2 < one.area / side**2 < 3.0
    )
    return [(x, y) for distance, x, y in near[:CANDIDATES] if distance <= most]


def _best(choices: list[list[tuple[float, float]]], corners: Floats, sheet: Layout) -> Floats | None:
    """The choice of squares under which the QR code lies where it was printed: four, else three of them."""
    for least in (4, LEAST_MARKS):
        tried = [_tried(chosen, corners, sheet) for chosen in _combinations(choices, least)]
        if tried and (found := min(tried, key=lambda one: one[0]))[0] <= MOST_OFF_MM:
            return found[1]
    return None


def _combinations(
    choices: list[list[tuple[float, float]]], least: int
) -> list[tuple[tuple[float, float] | None, ...]]:
    """All ways to take one square for each mark; with ``least`` below four one mark stays empty."""
    if least == len(choices):
        return list(product(*choices))
    missing = range(len(choices))
    return [
        chosen
        for empty in missing
        for chosen in product(*([None] if i == empty else some for i, some in enumerate(choices)))
    ]


def _tried(
    chosen: tuple[tuple[float, float] | None, ...], corners: Floats, sheet: Layout
) -> tuple[float, Floats]:
    """How many millimetres the code lies off under these squares, and the homography from all points."""
    pairs = [(mark, point) for mark, point in zip(sheet.marks, chosen, strict=True) if point is not None]
    marks, points = np.array([mark for mark, _ in pairs]), np.array([point for _, point in pairs])
    qr = np.array(sheet.qr.corners)
    matrix = homography(
        np.vstack([marks, qr]),
        np.vstack([points, corners]),
        np.array([1.0] * len(marks) + [0.25 if len(marks) == 4 else 1.0] * 4),
    )
    off = apply(matrix, qr) - corners
    return float(np.hypot(*off.T).max()) / scale_at(matrix, sheet.qr.middle), matrix
