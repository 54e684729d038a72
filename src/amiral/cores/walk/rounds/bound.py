"""A proven lower bound of the metres of all rounds. See docs/rounds.md for the proof."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from amiral.cores.walk.jit import jit
from amiral.cores.walk.network import Network
from amiral.cores.walk.problem import Floats, Ints
from amiral.cores.walk.space import MM

from .ground import Pieces

REACH_MM = 1_000_000.0
PAIRS = 1_500_000


def bound_m(*, network: Network, pieces: Pieces, walks: int) -> float:
    """No ``walks`` open (or closed) walks that go along every piece walk fewer metres."""
    served = float(network.length[pieces.chain].sum())
    return (served + _empty_mm(network, pieces, walks)) / MM


def _empty_mm(network: Network, pieces: Pieces, walks: int) -> float:
    """Least metres without leaflets: every node where an odd number of pieces ends must be left once more."""
    begin, end = network.nodes[network.starts[:-1]], network.nodes[network.starts[1:] - 1]
    degree = np.bincount(np.concatenate([begin[pieces.chain], end[pieces.chain]]), minlength=len(network.lon))
    odd = np.flatnonzero(degree % 2)
    if len(odd) <= 2 * walks:
        return 0.0
    a, b, far, reach = _pairs(_ways(network, begin, end), odd)
    return float(_moats(len(odd), a, b, far, reach, 2 * walks))


def _ways(network: Network, begin: Ints, end: Ints) -> csr_array:
    """Metres between the nodes where chains end; of two ways between the same nodes the shorter one."""
    low, high, length = np.minimum(begin, end), np.maximum(begin, end), network.length
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    fresh = np.ones(len(low), bool)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    fresh &= low != high
    n = len(network.lon)
    return csr_array((length[fresh].astype(float) + 1e-3, (low[fresh], high[fresh])), shape=(n, n))


def _pairs(ways: csr_array, odd: Ints) -> tuple[Ints, Ints, Floats, float]:
    """Odd nodes nearer to each other than some reach, which shrinks until there are not too many pairs."""
    reach = REACH_MM
    while True:
        a, b, far, many = list[Ints](), list[Ints](), list[Floats](), 0
        for begin in range(0, len(odd), 256):
            rows = dijkstra(ways, directed=False, indices=odd[begin : begin + 256], limit=reach)[:, odd]
            x, y = np.nonzero(np.isfinite(rows))
            keep = x + begin < y
            a.append(x[keep] + begin)
            b.append(y[keep])
            far.append(rows[x[keep], y[keep]])
            many += int(keep.sum())
            if many > PAIRS:
                break
        if many <= PAIRS:
            return np.concatenate(a), np.concatenate(b), np.concatenate(far), reach
        reach /= 2


@jit
def _moats(n: int, a: Ints, b: Ints, far: Floats, reach: float, free: int) -> float:
    """Moats grow around odd clusters until ``free`` are left; what they fill must be walked.

    ``far`` between the pairs ``a``, ``b``; pairs farther than ``reach`` are not given. A cluster of an even
    number of odd nodes stands still (Goemans and Williamson 1995).
    """
    cluster, width = np.arange(n), np.zeros(n)
    active = np.ones(n, np.bool_)
    growing, total, time = n, 0.0, 0.0
    live = len(far)
    while growing > free:
        step, at = reach / 2.0 - time, -1
        kept = 0
        for x in range(live):
            p, q = cluster[a[x]], cluster[b[x]]
            if p == q:
                continue
            a[kept], b[kept], far[kept] = a[x], b[x], far[x]
            speed = (1 if active[p] else 0) + (1 if active[q] else 0)
            if speed > 0:
                wait = max(0.0, (far[x] - width[a[x]] - width[b[x]]) / speed)
                if wait < step:
                    step, at = wait, kept
            kept += 1
        live = kept
        total += step * (growing - free)
        time += step
        for x in range(n):
            if active[cluster[x]]:
                width[x] += step
        if at < 0:
            break
        p, q = cluster[a[at]], cluster[b[at]]
        odd = active[p] != active[q]
        growing -= (1 if active[p] else 0) + (1 if active[q] else 0) - (1 if odd else 0)
        active[p] = odd
        for x in range(n):
            if cluster[x] == q:
                cluster[x] = p
    return total
