"""Proven lower bounds of the walk. See docs/walking.md for the proofs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from .crew import Crew
from .geo import flat, hilbert_rank
from .jit import inner, jit
from .order import Costs
from .problem import Floats, Ints
from .space import MM, Space, adjacency_from, parts_of

PRICED_DOORS = 30_000  # beyond so many the plan's bound is the forest without prices
DENSE_DOORS = 2000  # measured at once
BLOCK_DOORS = 1000  # of them, when there are more doors: the others are the surroundings
CANDIDATES = 24  # legs per door that are counted as they are; the others by what they exceed
ROUNDS_DOORS = 1_200_000  # rounds times doors
FIRST = 2  # legs per door that are sorted at once: few of the others join what these have not joined
PATIENCE = 8  # rounds without a better bound before the steps get shorter
LEAST_SHARE = 0.01  # of the first steps: shorter ones find nothing
MOST_MM = 2**31  # longer than any leg
FLAT_M = 20_000.0  # so far a map in metres is trusted
FIRM = 0.99  # of a distance on the flattened map: no way is shorter, whatever the flattening did


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


@dataclass(frozen=True)
class _Legs:
    """Legs ``a``-``b`` of ``mm``; one that is not among them, of i and j, is at least ``rest[i] + rest[j]``.

    ``twin`` numbers the places: doors of one number are at no distance, and the legs join them in a chain.
    No leg leads from one ``part`` to another. ``access`` is where the prices begin.
    """

    a: Ints
    b: Ints
    mm: Ints
    rest: Floats
    twin: Ints
    part: Ints
    access: Ints


def walks_bound_m(*, spaces: Sequence[Space], turfs: int, walked_m: float, crew: Crew | None = None) -> float:
    """No plan of ``turfs`` open walks over these parts walks fewer metres: the forest bound with prices.

    ``walked_m``: metres of a known plan, which tells how far the prices may move (not what is proven).
    O(n log n) a round, at most 300 rounds; without prices beyond PRICED_DOORS doors. The ``crew`` shares the
    measuring.
    """
    forest = forest_bound_m([space.tree_mm for space in spaces], turfs)
    n = sum(len(space.adjacency) for space in spaces)
    if not 3 <= n <= PRICED_DOORS or turfs >= n:
        return forest
    return max(forest, _priced(_all_legs(spaces, crew or Crew(1)), turfs, walked_m * MM) / MM)


def _all_legs(spaces: Sequence[Space], crew: Crew) -> _Legs:
    legs = [_legs(space, crew) for space in spaces]
    begins = np.cumsum([0, *(len(one.rest) for one in legs)])[:-1]
    return _Legs(
        np.concatenate([one.a + begin for one, begin in zip(legs, begins, strict=True)]),
        np.concatenate([one.b + begin for one, begin in zip(legs, begins, strict=True)]),
        np.concatenate([one.mm for one in legs]),
        np.concatenate([one.rest for one in legs]),
        np.concatenate([one.twin + begin for one, begin in zip(legs, begins, strict=True)]),
        np.concatenate([one.part + x for x, one in enumerate(legs)]),
        np.concatenate([one.access for one in legs]),
    )


def _legs(space: Space, crew: Crew) -> _Legs:
    """The legs of one part, block by block of doors that lie together."""
    n = len(space.adjacency)
    access, rest, found = space.access(np.arange(n)), np.empty(n), list[tuple[Ints, Ints, Ints]]()
    for block, farther, legs in crew.each(partial(_block_legs, space, access), _windows(space)):
        rest[block] = farther
        found.append(legs)
    a, b, mm = (np.concatenate([one[x] for one in found]) for x in range(3))
    once = adjacency_from(n, a, b, mm)
    tail = np.repeat(np.arange(n), np.diff(once.start))
    up = tail < once.other
    zero = once.cost == 0
    twin = parts_of(adjacency_from(n, tail[zero], once.other[zero], once.cost[zero]))
    rest = np.minimum(rest, MOST_MM) / 2 + access
    return _Legs(tail[up], once.other[up], once.cost[up], rest, twin, np.zeros(n, np.int64), access)


def _block_legs(
    space: Space, access: Ints, window: tuple[int, Ints, Floats]
) -> tuple[Ints, Ints, tuple[Ints, Ints, Ints]]:
    """(doors of a block, the bare mm that every other leg of each exceeds, legs: from, to, mm)."""
    size, doors, away = window
    inner, few = doors[:size], min(CANDIDATES, len(doors) - 1)
    M = space.metres(doors)[:size].astype(np.int64)
    same = M == 0
    i, j = np.nonzero(same & (inner[:, None] < doors[None, :]))
    fresh = np.flatnonzero(np.append(True, i[1:] != i[:-1])) if len(i) else np.empty(0, np.int64)
    twins, twin_of = inner[i[fresh]], doors[j[fresh]]
    bare = M - access[inner][:, None] - access[doors][None, :]
    bare[same] = MOST_MM
    keys = bare * len(doors) + np.arange(len(doors))
    keys = np.sort(np.partition(keys, few, axis=1)[:, : few + 1], axis=1)
    gap, near = keys // len(doors), keys % len(doors)
    i, j = np.nonzero(gap[:, :few] < MOST_MM)
    a, b = np.concatenate([twins, inner[i]]), np.concatenate([twin_of, doors[near[i, j]]])
    mm = np.concatenate([np.zeros(len(fresh), np.int64), M[i, near[i, j]]])
    return inner, np.minimum(gap[:, few], away), (a, b, mm)


def _windows(space: Space) -> Iterator[tuple[int, Ints, Floats]]:
    """(how many doors a block has, these and their surroundings, mm from each of the block to all others).

    The last is by straight line from foot to foot: no way is shorter.
    """
    n = len(space.adjacency)
    if n <= DENSE_DOORS:
        yield n, np.arange(n), np.full(n, float(MOST_MM))
        return
    feet = space.feet(np.arange(n))
    along = np.argsort(hilbert_rank(flat(feet[:, 0], feet[:, 1], float(feet[:, 1].mean()))), kind="stable")
    for block in np.array_split(along, -(-n // BLOCK_DOORS)):
        at = flat(feet[:, 0], feet[:, 1], float(feet[block, 1].mean()))
        low, high = at[block].min(axis=0), at[block].max(axis=0)
        beyond = np.maximum(np.maximum(low - at, at - high), 0.0).max(axis=1)
        beyond[block] = -1.0
        order = np.argsort(beyond, kind="stable")[:DENSE_DOORS]
        margin = float(beyond[order[-1]])
        order = np.concatenate([block, order[beyond[order] >= 0]])
        inside = np.minimum(at[block] - low, high - at[block]).min(axis=1)
        yield len(block), order, FIRM * MM * np.minimum(inside + margin, FLAT_M)


def _priced(legs: _Legs, turfs: int, walked_mm: float) -> float:
    """The best bound (mm) that prices on the doors give, by subgradient (Held, Wolfe and Crowder 1974)."""
    n = len(legs.rest)
    members = np.maximum(1, np.bincount(legs.twin))
    price = kept = -legs.access.astype(float)
    share, stalled, best = 1.0, 0, 0.0
    drift = np.zeros(n)
    degree, up = np.empty(n, np.int64), np.empty(n, np.int64)
    for turn in range(max(20, min(300, ROUNDS_DOORS // n))):
        bound = _forest(legs, price, turfs, degree, up)
        if bound > best or turn == 0:
            best, kept, stalled = max(bound, best), price, 0
        else:
            stalled += 1
        if stalled == PATIENCE:
            share, stalled, price = share * 0.6, 0, kept
        away = (np.bincount(legs.twin, weights=degree - 2) / members)[legs.twin]
        drift = 0.6 * away + 0.4 * drift if turn else away
        steep = float(np.cumsum(drift * drift)[-1])  # cumsum adds in order on every machine; sum does not
        if steep < 1e-9 or share < LEAST_SHARE:
            break
        price = price + share * max(walked_mm - bound, 0.01 * walked_mm) / steep * drift
    return max(0.0, best - 1.0)


def _forest(legs: _Legs, price: Floats, turfs: int, degree: Ints, up: Ints) -> float:
    """Least forest of one tree per turf and two ends for each, under the prices; and the doors' degrees."""
    n = len(price)
    beyond = legs.rest + price
    order = np.lexsort((beyond, legs.part))
    hubs = order[np.append(True, np.diff(legs.part[order]) > 0)]
    hub = hubs[legs.part]
    a, b = np.concatenate([legs.a, np.arange(n)]), np.concatenate([legs.b, hub])
    cost = np.concatenate([legs.mm + price[legs.a] + price[legs.b], beyond + beyond[hub]])
    up[:], degree[:] = np.arange(n), 0
    few = min(FIRST * n, len(cost) - 1)
    cheap = np.partition(cost, few)[few]
    some = np.flatnonzero(cost <= cheap)
    order = some[np.argsort(cost[some], kind="stable")]
    total, grown = _grown(a, b, cost, order, 0.0, n - turfs, degree, up)
    if grown < n - turfs:
        some = _apart(a, b, cost, cheap, up)
        order = some[np.argsort(cost[some], kind="stable")]
        total, grown = _grown(a, b, cost, order, total, n - turfs - grown, degree, up)
    ends = np.argsort(price, kind="stable")[:turfs]
    degree[ends] += 2
    return total + 2.0 * float(np.cumsum(price[ends])[-1]) - 2.0 * float(np.cumsum(price)[-1])


@inner
def _top(x: int, up: Ints) -> int:
    while up[x] != x:
        up[x] = up[up[x]]
        x = up[x]
    return x


@jit
def _apart(a: Ints, b: Ints, cost: Floats, cheap: float, up: Ints) -> Ints:
    """The legs dearer than ``cheap`` that join two trees, in their order."""
    out, size = np.empty(len(a), np.int64), 0
    for e in range(len(a)):
        if cost[e] > cheap and _top(a[e], up) != _top(b[e], up):
            out[size] = e
            size += 1
    return out[:size]


@inner
def _grown(
    a: Ints, b: Ints, cost: Floats, order: Ints, total: float, wanted: int, degree: Ints, up: Ints
) -> tuple[float, int]:
    """``total`` and the weight of at most ``wanted`` more legs of the cheapest forest, and how many there
    were (Kruskal 1956); notes degrees and what is joined."""
    grown = 0
    for e in order:
        if grown == wanted:
            break
        x, y = _top(a[e], up), _top(b[e], up)
        if x != y:
            up[x] = y
            total += cost[e]
            grown += 1
            degree[a[e]] += 1
            degree[b[e]] += 1
    return total, grown
