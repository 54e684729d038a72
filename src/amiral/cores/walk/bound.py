"""Proven lower bounds of the walk. See docs/walking.md for the proofs."""

import numpy as np

from .jit import jit
from .order import Costs
from .problem import Ints
from .space import MM


def forest_bound_m(trees_mm: list[Ints], turfs: int) -> float:
    """No plan of ``turfs`` open walks over these parts walks fewer metres.

    The walks of a plan are a spanning forest of the doors with ``turfs`` trees; the cheapest such forest is
    the minimum spanning forest without its heaviest edges, one for each turf beyond one per part.
    """
    edges = np.sort(np.concatenate([*trees_mm, np.empty(0, np.int64)]))
    spare = turfs - len(trees_mm)
    return float(edges[: len(edges) - max(0, spare)].sum()) / MM


@jit
def _spanning_tree(M: Costs) -> int:
    """Weight of a minimum spanning tree of a full matrix (Prim 1957); O(m^2)."""
    m = len(M)
    nearest = M[0].astype(np.int64)
    inside = np.zeros(m, np.bool_)
    inside[0] = True
    total = 0
    for _ in range(m - 1):
        d = -1
        for x in range(m):
            if not inside[x] and (d < 0 or nearest[x] < nearest[d]):
                d = x
        inside[d] = True
        total += nearest[d]
        for x in range(m):
            if M[d, x] < nearest[x]:
                nearest[x] = M[d, x]
    return total


def order_bound_m(metres: Costs) -> float:
    """No order of the doors of this matrix (mm, crossings free) is walked in fewer metres: spanning tree."""
    return float(_spanning_tree(metres)) / MM if len(metres) > 1 else 0.0
