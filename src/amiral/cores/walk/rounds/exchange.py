"""Pieces change rounds: strings of pieces are taken out of neighbouring rounds and put back where they fit.

Slack induction by string removals (Christiaens and Vanden Berghe 2020) over pieces with two directions. A
trial that tears a round apart, or that costs more than the heat allows, is taken back.
"""

from math import log

import numpy as np

from amiral.cores.walk.jit import jit, next_random
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import Adjacency

LONGEST = 8  # pieces in a string
BOX_MM = 100_000  # what a leaflet too many in a bag costs
FREE_PERCENT = 4  # a round may be so far from the mean for little
SURPRISES = np.array([round(-log((x + 0.5) / 4096) * 65536) for x in range(4096)])
"""-ln(u) in 65536ths: a table, since logarithms differ between machines in the last bit."""


def exchanged(
    *,
    cost: Ints,
    adjacency: Adjacency,
    boxes: Ints,
    load: Ints,
    orders: list[Ints],
    bag: int,
    most: int,
    mean: int,
    fair: int,
    trials: int,
    seed: int,
) -> list[Ints]:
    """Better rounds over the same pieces. ``cost``: links between codes; ``load``: mm of each piece (walk and
    boxes); ``most``: mm that a round should not exceed; ``mean``: what it should be near
    (``fair``: how much that counts, in per cent). Every given round
    in one piece stays in one piece.
    """
    n, count = len(boxes), len(orders)
    routes = np.full((count, n + 1), -1, np.int64)
    sizes = np.array([len(order) for order in orders], np.int64)
    where = np.empty(n, np.int64)
    for r, order in enumerate(orders):
        routes[r, : len(order)] = order
        where[order // 2] = r
    state = np.array([seed % 2**63], np.uint64)
    best_routes, best_sizes = routes.copy(), sizes.copy()
    _search(
        cost, adjacency.start, adjacency.other, boxes, load, routes, sizes, where, best_routes, best_sizes,
        bag, most, mean, fair, trials, SURPRISES, state,
    )  # fmt: skip
    return [best_routes[r, : best_sizes[r]].copy() for r in range(count)]


@jit
def _unfair(away: int, mean: int, fair: int) -> int:
    """What minutes (mm) away from the mean cost: little within some per cent of it."""
    beyond = max(0, away - mean * FREE_PERCENT // 100)
    price: int = (away // 20 + beyond // 2) * fair // 100
    return price


@jit
def price_of(
    r: int,
    cost: Ints,
    boxes: Ints,
    load: Ints,
    routes: Ints,
    sizes: Ints,
    bag: int,
    most: int,
    mean: int,
    fair: int,
) -> int:
    """Walk between the pieces of a round, and what its bag and its minutes cost beyond what is asked."""
    total, filled, spent = 0, 0, 0
    for x in range(sizes[r]):
        code = routes[r, x]
        if x > 0:
            total += cost[routes[r, x - 1], code]
        filled += boxes[code // 2]
        spent += load[code // 2]
    spent += total
    if filled > bag:
        total += BOX_MM * (filled - bag)
    if spent > most:
        total += 4 * (spent - most)
    return total + _unfair(abs(spent - mean), mean, fair)


@jit
def _connected(
    r: int, start: Ints, other: Ints, routes: Ints, sizes: Ints, where: Ints, seen: Ints, stack: Ints,
    stamp: int,
) -> bool:  # fmt: skip
    if sizes[r] <= 1:
        return bool(sizes[r] == 1)
    stack[0] = routes[r, 0] // 2
    seen[stack[0]] = stamp
    size, met = 1, 1
    while size > 0:
        size -= 1
        piece = stack[size]
        for x in range(start[piece], start[piece + 1]):
            near = other[x]
            if where[near] == r and seen[near] != stamp:
                seen[near] = stamp
                stack[size] = near
                size += 1
                met += 1
    return bool(met == sizes[r])


@jit
def _put_back(
    code: int, start: Ints, other: Ints, cost: Ints, boxes: Ints, load: Ints, routes: Ints, sizes: Ints,
    where: Ints, filled: Ints, spent: Ints, bag: int, most: int, mean: int, fair: int, tried: Ints,
    stamp: int, dirty: Ints,
) -> bool:  # fmt: skip
    """Put a piece where it costs least, into a round that it touches; whether there was one."""
    piece = code // 2
    best, best_r, best_x, best_code = np.int64(2**60), -1, -1, -1
    for y in range(start[piece], start[piece + 1]):
        r = where[other[y]]
        if r < 0 or tried[r] == stamp:
            continue
        tried[r] = stamp
        over = max(0, filled[r] + boxes[piece] - bag) - max(0, filled[r] - bag)
        before, after = spent[r], spent[r] + load[piece]
        base = BOX_MM * over + 4 * (max(0, after - most) - max(0, before - most))
        base += _unfair(abs(after - mean), mean, fair) - _unfair(abs(before - mean), mean, fair)
        if base >= best:
            continue
        for x in range(sizes[r] + 1):
            for turned in range(2):
                c = code ^ turned
                added = base
                if x > 0:
                    added += cost[routes[r, x - 1], c]
                if x < sizes[r]:
                    added += cost[c, routes[r, x]]
                if 0 < x < sizes[r]:
                    added -= cost[routes[r, x - 1], routes[r, x]]
                if added < best:
                    best, best_r, best_x, best_code = added, r, x, c
    if best_r < 0:
        return False
    for x in range(sizes[best_r], best_x, -1):
        routes[best_r, x] = routes[best_r, x - 1]
    routes[best_r, best_x] = best_code
    sizes[best_r] += 1
    where[piece] = best_r
    filled[best_r] += boxes[piece]
    spent[best_r] += load[piece]
    dirty[best_r] = 1
    return True


@jit
def _take_out(
    piece: int, longest: int, routes: Ints, sizes: Ints, where: Ints, filled: Ints, spent: Ints, boxes: Ints,
    load: Ints, gone: Ints, m: int, dirty: Ints, state: "np.ndarray",
) -> int:  # fmt: skip
    """Take a string of pieces around ``piece`` out of its round, never all of them; the new m."""
    r = where[piece]
    length = min(sizes[r] - 1, 1 + next_random(state) % longest)
    if length < 1:
        return m
    at = 0
    while routes[r, at] // 2 != piece:
        at += 1
    first = max(0, min(sizes[r] - length, at - next_random(state) % length))
    for x in range(first, first + length):
        code = routes[r, x]
        gone[m] = code
        m += 1
        where[code // 2] = -1
        filled[r] -= boxes[code // 2]
        spent[r] -= load[code // 2]
    for x in range(first + length, sizes[r]):
        routes[r, x - length] = routes[r, x]
    sizes[r] -= length
    dirty[r] = 1
    return m


@jit
def _copy(routes: Ints, sizes: Ints, to_routes: Ints, to_sizes: Ints, dirty: Ints) -> None:
    for r in range(len(sizes)):
        if dirty[r] == 1:
            to_sizes[r] = sizes[r]
            for x in range(sizes[r]):
                to_routes[r, x] = routes[r, x]


@jit
def _search(
    cost: Ints, start: Ints, other: Ints, boxes: Ints, load: Ints, routes: Ints, sizes: Ints, where: Ints,
    best_routes: Ints, best_sizes: Ints, bag: int, most: int, mean: int, fair: int, trials: int,
    surprises: Ints, state: "np.ndarray",
) -> None:  # fmt: skip
    count, n = routes.shape[0], len(boxes)
    price, filled, spent = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    seen, stack = np.full(n, -1, np.int64), np.empty(n + 1, np.int64)
    tried, dirty, every = np.full(count, -1, np.int64), np.zeros(count, np.int64), np.ones(count, np.int64)
    gone, fresh = np.empty(n, np.int64), np.empty(count, np.int64)
    kept, kept_sizes = routes.copy(), sizes.copy()
    total = 0
    for r in range(count):
        price[r] = price_of(r, cost, boxes, load, routes, sizes, bag, most, mean, fair)
        total += price[r]
        for x in range(sizes[r]):
            filled[r] += boxes[routes[r, x] // 2]
            spent[r] += load[routes[r, x] // 2]
    best, stamp = total, 0
    for trial in range(trials):
        heat = 40_000 - 39_500 * trial // trials  # mm
        dirty[:] = 0
        piece = next_random(state) % n
        m = _take_out(piece, LONGEST, routes, sizes, where, filled, spent, boxes, load, gone, 0, dirty, state)
        rows = start[piece + 1] - start[piece]
        if rows > 0 and next_random(state) % 2 == 0:
            near = other[start[piece] + next_random(state) % rows]
            if where[near] >= 0 and dirty[where[near]] == 0:
                m = _take_out(
                    near, LONGEST, routes, sizes, where, filled, spent, boxes, load, gone, m, dirty, state
                )
        if m == 0:
            continue
        for x in range(m - 1, 0, -1):  # in a random order
            y = next_random(state) % (x + 1)
            gone[x], gone[y] = gone[y], gone[x]
        left, put = m, 1
        while left > 0 and put > 0:
            put = 0
            for x in range(left):
                stamp += 1
                if _put_back(
                    gone[x], start, other, cost, boxes, load, routes, sizes, where, filled, spent, bag, most,
                    mean, fair, tried, stamp, dirty,
                ):  # fmt: skip
                    put += 1
                else:
                    gone[x - put] = gone[x]
            left -= put
        good, now = left == 0, total
        if good:
            for r in range(count):
                if dirty[r] == 1:
                    fresh[r] = price_of(r, cost, boxes, load, routes, sizes, bag, most, mean, fair)
                    now += fresh[r] - price[r]
            allowed = total + heat * surprises[next_random(state) % 4096] // 65536
            good = now <= allowed
        if good:
            for r in range(count):
                stamp += 1
                if dirty[r] == 1 and not _connected(
                    r, start, other, routes, sizes, where, seen, stack, stamp
                ):
                    good = False
                    break
        if good:
            _copy(routes, sizes, kept, kept_sizes, dirty)
            for r in range(count):
                if dirty[r] == 1:
                    price[r] = fresh[r]
            total = now
            if total < best:
                best = total
                _copy(routes, sizes, best_routes, best_sizes, every)
            continue
        _copy(kept, kept_sizes, routes, sizes, dirty)
        for r in range(count):
            if dirty[r] == 1:
                filled[r], spent[r] = 0, 0
                for x in range(sizes[r]):
                    code = routes[r, x] // 2
                    where[code] = r
                    filled[r] += boxes[code]
                    spent[r] += load[code]
