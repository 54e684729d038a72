"""How much ink lies in a box and just outside of it, in the light that falls there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .judging import BoxInk
from .layout import Box
from .plane import PX_PER_MM, Floats

_EDGE_MM: Final = 0.6
"""Left out inside of the frame: its own line, and half a millimetre of misfit."""

_RING_FROM_MM, _RING_TO_MM = 0.55, 1.25
"""The edge outside: shorter than the gap to the next line."""

_BESIDE_FROM_MM, _BESIDE_TO_MM = 0.9, 4.3
"""The paper to the left and to the right: up to the middle between two boxes, free of print."""

_WIDEST_STROKE_MM: Final = 1.9
LEAST_DARK, MOST_DARK = 0.16, 0.3
"""What counts as ink, as darkness against the paper: half as dark as the frame, within these."""


def box_ink(picture: NDArray[np.float32], place: Box, offset: Floats, *, is_found: bool) -> BoxInk:
    """Measures one box of a rectified page, moved by ``offset`` (x, y, millimetres)."""
    window, distance = _window(picture, place, offset)
    if window is None:
        return BoxInk(dark=0, strokes=0, around=0, is_found=False)
    window = ndimage.gaussian_filter(window, 0.6)
    inside, frame = distance < -_EDGE_MM, np.abs(distance) < 0.2
    ring = (distance > _RING_FROM_MM) & (distance < _RING_TO_MM)
    paper = max(float(np.percentile(window[ring], 80)), 1.0)
    dark = 1 - window / paper
    least = float(np.clip(0.5 * np.percentile(dark[frame], 75), LEAST_DARK, MOST_DARK))
    closed = ndimage.grey_closing(window, size=round(_WIDEST_STROKE_MM * PX_PER_MM))
    strokes = (closed - window) / np.maximum(closed, 1.0)
    return BoxInk(
        dark=float((dark[inside] > least).mean()),
        strokes=float((strokes[inside] > least).mean()),
        around=float((dark[ring] > least).mean()),
        beside=_beside(picture, place, offset, least),
        spread_mm=_spread((dark > least) & inside),
        is_found=is_found,
    )


def _beside(picture: NDArray[np.float32], place: Box, offset: Floats, least: float) -> float:
    """The share of the box's height along which a stroke runs on the paper to its left, or to its right."""
    across, down = (np.array(place.middle) + offset) * PX_PER_MM - 0.5
    half, near, far = (
        round(mm * PX_PER_MM)
        for mm in (place.side / 2, place.side / 2 + _BESIDE_FROM_MM, place.side / 2 + _BESIDE_TO_MM)
    )
    x, y = round(across), round(down)
    sides = (picture[y - half : y + half, a:b] for a, b in ((x - far, x - near), (x + near, x + far)))
    return max(_runs_down(side, least) for side in sides)


def _runs_down(window: NDArray[np.float32], least: float) -> float:
    if not window.size:
        return 0.0
    window = ndimage.gaussian_filter(window, 0.6)
    closed = ndimage.grey_closing(window, size=(1, round(_WIDEST_STROKE_MM * PX_PER_MM)))
    strokes = (closed - window) / np.maximum(closed, 1.0)
    return float(((strokes > least).sum(axis=1) > 1).mean())


def _spread(ink: NDArray[np.bool_]) -> float:
    """The longer side of the box around the ink, in millimetres; a line of one pixel is dust."""
    sides = [np.flatnonzero(ink.sum(axis=axis) > 1) for axis in (0, 1)]
    return max((float(side[-1] - side[0] + 1) / PX_PER_MM for side in sides if len(side)), default=0.0)


def _window(
    picture: NDArray[np.float32], place: Box, offset: Floats
) -> tuple[NDArray[np.float32] | None, NDArray[np.float64]]:
    """The picture around a box, and for each pixel how far it lies outside the frame (negative: inside)."""
    middle = (np.array(place.middle) + offset) * PX_PER_MM - 0.5
    reach = round((place.side / 2 + _RING_TO_MM + 0.3) * PX_PER_MM)
    left, top = round(middle[0]) - reach, round(middle[1]) - reach
    size = 2 * reach + 1
    if left < 0 or top < 0 or left + size > picture.shape[1] or top + size > picture.shape[0]:
        return None, np.zeros((0, 0))
    across = np.abs(np.arange(left, left + size) - middle[0]) / PX_PER_MM
    down = np.abs(np.arange(top, top + size) - middle[1]) / PX_PER_MM
    distance = np.maximum(down[:, None], across[None, :]) - place.side / 2
    return picture[top : top + size, left : left + size], distance
