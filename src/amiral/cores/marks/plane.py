"""From pixels of a photograph to millimetres of the page: homographies and rectified pictures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM

Floats = NDArray[np.float64]

PX_PER_MM: Final = 8
"""Of a rectified page: a pen's stroke is four pixels wide."""


def homography(here: Floats, there: Floats, weights: Floats | None = None) -> Floats:
    """The 3 × 3 matrix that takes points ``here`` (n × 2, n ≥ 4) nearest to ``there``.

    The direct linear transform on normalised points (Hartley 1997).
    """
    weights = np.ones(len(here)) if weights is None else weights
    from_here, to_there = _normaliser(here), _normaliser(there)
    a, b = apply(from_here, here), apply(to_there, there)
    zeros, ones = np.zeros(len(a)), np.ones(len(a))
    x, y, u, v = a[:, 0], a[:, 1], b[:, 0], b[:, 1]
    upper = np.column_stack([x, y, ones, zeros, zeros, zeros, -u * x, -u * y, -u])
    lower = np.column_stack([zeros, zeros, zeros, x, y, ones, -v * x, -v * y, -v])
    system = np.vstack([upper * weights[:, None], lower * weights[:, None]])
    solution = np.linalg.svd(system)[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(to_there) @ solution @ from_here
    return np.asarray(matrix / matrix[2, 2])


def _normaliser(points: Floats) -> Floats:
    """Moves the middle of the points to the origin and their mean distance to √2."""
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / max(float(np.hypot(*(points - middle).T).mean()), 1e-9)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def apply(matrix: Floats, points: Floats) -> Floats:
    """The points (n × 2) under a homography."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:])


def scale_at(matrix: Floats, point: tuple[float, float]) -> float:
    """How many pixels a millimetre is long around a point of the page."""
    x, y = point
    corners = apply(matrix, np.array([(x, y), (x + 1, y), (x, y + 1)]))
    across, down = corners[1] - corners[0], corners[2] - corners[0]
    return float(np.sqrt(abs(across[0] * down[1] - across[1] * down[0])))


def rectified(grey: NDArray[np.uint8], matrix: Floats) -> NDArray[np.float32]:
    """The page seen from straight above, ``PX_PER_MM`` pixels to the millimetre; outside the picture white.

    ``matrix`` takes millimetres of the page to pixels of ``grey``. A picture with more pixels than that is
    smoothed first, so that thin lines neither vanish nor double.
    """
    width, height = int(PAGE_WIDTH_MM * PX_PER_MM), int(PAGE_HEIGHT_MM * PX_PER_MM)
    shrink = scale_at(matrix, (PAGE_WIDTH_MM / 2, PAGE_HEIGHT_MM / 2)) / PX_PER_MM
    source = grey.astype(np.float32)
    if shrink > 1.3:
        source = ndimage.gaussian_filter(source, 0.35 * shrink)
    to_page = np.array([[1 / PX_PER_MM, 0, 0.5 / PX_PER_MM], [0, 1 / PX_PER_MM, 0.5 / PX_PER_MM], [0, 0, 1]])
    whole = matrix @ to_page
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    below = whole[2, 0] * x + whole[2, 1] * y + whole[2, 2]
    column = (whole[0, 0] * x + whole[0, 1] * y + whole[0, 2]) / below
    row = (whole[1, 0] * x + whole[1, 1] * y + whole[1, 2]) / below
    seen = ndimage.map_coordinates(source, [row, column], order=1, mode="constant", cval=255.0)
    return np.asarray(seen, dtype=np.float32)
