"""Proven lower bounds of the walk. See docs/walking.md for the proofs."""

import numpy as np

from .jit import jit
from .order import Costs
from .problem import Floats, Ints
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
def _tree(M: Costs, price: Floats, degree: Ints) -> float:
    """Weight of a minimum spanning tree under ``M + price[i] + price[j]`` (Prim 1957), and its degrees."""
    m = len(M)
    nearest, parent = np.empty(m), np.zeros(m, np.int64)
    inside = np.zeros(m, np.bool_)
    for x in range(m):
        nearest[x] = M[0, x] + price[0] + price[x]
        degree[x] = 0
    inside[0] = True
    total = 0.0
    for _ in range(m - 1):
        d = -1
        for x in range(m):
            if not inside[x] and (d < 0 or nearest[x] < nearest[d]):
                d = x
        inside[d] = True
        total += nearest[d]
        degree[d] += 1
        degree[parent[d]] += 1
        for x in range(m):
            way = M[d, x] + price[d] + price[x]
            if not inside[x] and way < nearest[x]:
                nearest[x], parent[x] = way, d
    return total


@jit
def _ascent(M: Costs, rounds: int) -> float:
    """Best bound of the open walk over M by ``rounds`` of subgradient ascent (Held and Karp 1971)."""
    m = len(M)
    price, degree = np.zeros(m), np.zeros(m, np.int64)
    best = 0.0
    step = 0.0
    for turn in range(rounds):
        bound = _tree(M, price, degree)
        # The added door, at no distance of all, takes the two cheapest doors for its ends.
        a, b = -1, -1
        for x in range(m):
            if a < 0 or price[x] < price[a]:
                a, b = x, a
            elif b < 0 or price[x] < price[b]:
                b = x
        bound += price[a] + price[b] - 2.0 * price.sum()
        degree[a] += 1
        degree[b] += 1
        best = max(best, bound)
        if turn == 0:
            step = bound / (2.0 * m)
        for x in range(m):
            price[x] += step * (degree[x] - 2)
        step *= 0.95
    return best


def order_bound_m(metres: Costs) -> float:
    """No order of the doors of this matrix (mm, crossings free, shape (m, m)) is walked in fewer metres.

    O(m^2) a round; at most a hundred rounds.
    """
    m = len(metres)
    if m < 3:
        return float(metres.max(initial=0)) / MM
    rounds = max(5, min(100, 100_000_000 // (m * m)))
    return max(0.0, _ascent(metres, rounds) - 1.0) / MM  # a millimetre for the rounding of sums
