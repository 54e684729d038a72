"""On which side of a line a point lies, without an error of rounding.

J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997: the
sign of the determinant as computed where its error bound allows, else that of the exact sum.
"""

import numpy as np

from .compiled import Floats, jit

ERROR_BOUND = 3.3306690738754716e-16
"""(3 + 16 ε) ε with ε = 2⁻⁵³: times |left| + |right|, the most that the determinant can be wrong by."""
SPLITTER = 134217729.0
"""2²⁷ + 1, which cuts a double into two halves (Dekker)."""


@jit
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 when p lies to the left of the line from a to b, -1 to the right, 0 exactly on it.

    Exact for coordinates that are 0 or of a size between 1e-140 and 1e140.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    determinant = left - right
    bound = ERROR_BOUND * (abs(left) + abs(right))
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    return _exact_side(ax, ay, bx, by, px, py)


@jit
def _exact_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """The sign of ax·by - ax·py - px·by - ay·bx + ay·px + py·bx, all twelve halves of it summed exactly."""
    total = np.zeros(12)
    size = _add_product(total, 0, ax, by)
    size = _add_product(total, size, -ax, py)
    size = _add_product(total, size, -px, by)
    size = _add_product(total, size, -ay, bx)
    size = _add_product(total, size, ay, px)
    size = _add_product(total, size, py, bx)
    for place in range(size - 1, -1, -1):
        if total[place] > 0.0:
            return 1
        if total[place] < 0.0:
            return -1
    return 0


@jit
def _add_product(total: Floats, size: int, a: float, b: float) -> int:
    """Adds a·b to an expansion of ``size`` numbers, smallest first; returns its new size."""
    product = a * b
    a_high = SPLITTER * a - (SPLITTER * a - a)
    b_high = SPLITTER * b - (SPLITTER * b - b)
    a_low, b_low = a - a_high, b - b_high
    rest = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    _add(total, size, rest)
    _add(total, size + 1, product)
    return size + 2


@jit
def _add(total: Floats, size: int, number: float) -> None:
    """Shewchuk's Grow-Expansion: the sum stays exact, one number longer."""
    carried = number
    for place in range(size):
        term = total[place]
        added = carried + term
        virtual = added - carried
        total[place] = (carried - (added - virtual)) + (term - virtual)
        carried = added
    total[size] = carried
