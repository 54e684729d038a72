"""Where each printed box really lies: paper that is not flat bends the plane by a millimetre or two.

Every frame is looked for near its place; a smooth surface through what was found then says where to look
again, so that a frame lost under ink borrows the place of its neighbours.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from .layout import Box
from .plane import PX_PER_MM, Floats

REACH_MM, NEAR_MM = 3.2, 0.7
"""How far a frame may lie from its place, and from the smooth surface."""

LEAST_ANSWER: Final = 0.12
"""Of the frame's filter: ink along the frame and paper on both sides of it."""

_LINE_MM, _GAP_MM = 0.35, 0.75


def frame_offsets(picture: NDArray[np.float32], places: Sequence[Box]) -> tuple[Floats, NDArray[np.bool_]]:
    """For each box its offset (x, y, millimetres) and whether its frame was found there."""
    if not places:
        return np.zeros((0, 2)), np.zeros(0, dtype=bool)
    answers = _answers(picture, places[0].side)
    middles = np.array([place.middle for place in places])
    first, strength = _peaks(answers, middles, np.zeros_like(middles), REACH_MM)
    smooth = _surface(middles, first, strength >= LEAST_ANSWER)
    second, strength = _peaks(answers, middles, smooth, NEAR_MM)
    is_found = strength >= LEAST_ANSWER
    return np.where(is_found[:, None], second, smooth), is_found


def _answers(picture: NDArray[np.float32], side: float) -> NDArray[np.float64]:
    """How much every point of the page looks like the middle of a box."""
    paper = ndimage.uniform_filter(ndimage.maximum_filter(picture[::4, ::4], size=15), 15)
    paper = np.repeat(np.repeat(paper, 4, axis=0), 4, axis=1)[: picture.shape[0], : picture.shape[1]]
    dark = np.clip(1 - picture / np.maximum(paper, 1), 0, 1)
    found: NDArray[np.float64] = signal.oaconvolve(dark, _kernel(side), mode="same")
    return found


def _kernel(side: float) -> NDArray[np.float64]:
    """One along the frame, minus a half along rings inside and outside of it; each ring sums to its share."""
    reach = int((side / 2 + _GAP_MM + _LINE_MM) * PX_PER_MM)
    axis = np.abs(np.arange(-reach, reach + 1)) / PX_PER_MM
    distance = np.maximum(axis[:, None], axis[None, :]) - side / 2
    kernel = np.zeros_like(distance)
    for middle, share in ((0.0, 1.0), (_GAP_MM, -0.5), (-_GAP_MM, -0.5)):
        ring = np.abs(distance - middle) <= _LINE_MM / 2
        kernel[ring] += share / ring.sum()
    return kernel


def _peaks(
    answers: NDArray[np.float64], middles: Floats, around: Floats, reach_mm: float
) -> tuple[Floats, NDArray[np.float64]]:
    """The strongest answer within ``reach_mm`` of each middle moved by ``around``: offset and strength."""
    reach = round(reach_mm * PX_PER_MM)
    offsets, strengths = np.zeros_like(middles), np.zeros(len(middles))
    height, width = answers.shape
    for i, (x, y) in enumerate((middles + around) * PX_PER_MM - 0.5):
        left, top = round(x) - reach, round(y) - reach
        if left < 0 or top < 0 or left + 2 * reach + 1 > width or top + 2 * reach + 1 > height:
            continue
        window = answers[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        row, column = np.unravel_index(int(window.argmax()), window.shape)
        offsets[i] = (left + column + 0.5, top + row + 0.5)
        offsets[i] = offsets[i] / PX_PER_MM - middles[i]
        strengths[i] = window[row, column]
    return offsets, strengths


def _surface(middles: Floats, offsets: Floats, is_found: NDArray[np.bool_]) -> Floats:
    """The offsets smoothed by a cubic in x and y, without those that lie off it."""
    terms = _terms(middles)
    kept = is_found.copy()
    smooth = np.zeros_like(offsets)
    for _round in range(4):
        if kept.sum() < 4:
            return (
                np.tile(np.median(offsets[is_found], axis=0), (len(offsets), 1)) if is_found.any() else smooth
            )
        penalty = np.sqrt(_PENALTY * kept.sum())[:, None] * np.eye(terms.shape[1])
        system = np.vstack([terms[kept], penalty])
        wanted = np.vstack([offsets[kept], np.zeros((terms.shape[1], 2))])
        smooth = terms @ np.linalg.lstsq(system, wanted, rcond=None)[0]
        off = np.hypot(*(offsets - smooth).T)
        kept = is_found & (off <= max(0.4, 2.5 * float(np.median(off[kept]))))
    return smooth


_PENALTY: Final = np.array([0, 1e-4, 1e-4, 1e-3, 1e-3, 1e-3, 3e-3, 3e-3, 3e-3, 3e-3])
"""Against each term of the cubic, so that one line of boxes does not bend a page."""


def _terms(middles: Floats) -> Floats:
    x, y = (middles[:, 0] - 105) / 105, (middles[:, 1] - 148) / 148
    columns = [np.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3]
    return np.column_stack(columns)
