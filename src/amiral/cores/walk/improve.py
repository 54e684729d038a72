"""Moving doors between neighbouring turfs: slack induction by string removals, every turf kept connected.

Christiaens and Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54(2), 2020, with two changes: routes are open walks without a depot and pay for
minutes away from the asked ones; a trial that tears a turf apart (on the adjacency of doors) is taken back.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .jit import copy_rows, jit, next_random, uniform
from .order import Costs, nearest
from .problem import Ints
from .space import Adjacency

NEAR = 28
BEAT = 20_000  # trials between two beats
MEAN_REMOVED = 10
LONGEST_STRING = 10
LONGEST_SPARED = 10
DETACHED_MM = 50_000.0  # price of joining a turf that the door does not touch, until connection is checked
FREE_SHARE = 0.05  # of the target: minutes away from it that cost little
GENTLE = 0.05  # price of them, over that of more

# Walks are doubly linked lists in rows, so that what is needed of a door or a turf lies together in memory.
NEXT, PREVIOUS, TURF = 0, 1, 2  # of ``links``, a row per door; -1: an end, no turf
HEAD, TAIL, SIZE, WALK, HEFT = (
    0,
    1,
    2,
    3,
    4,
)  # of ``turfs``: doors at the ends, how many, mm walked and at doors

Randomness = npt.NDArray[np.uint64]


@jit
def _unlink(d: int, M: Costs, service: Ints, links: Ints, turfs: Ints) -> None:
    s, p, t = links[d, NEXT], links[d, PREVIOUS], links[d, TURF]
    if p >= 0:
        links[p, NEXT] = s
        turfs[t, WALK] -= M[p, d]
    else:
        turfs[t, HEAD] = s
    if s >= 0:
        links[s, PREVIOUS] = p
        turfs[t, WALK] -= M[d, s]
    else:
        turfs[t, TAIL] = p
    if p >= 0 and s >= 0:
        turfs[t, WALK] += M[p, s]
    links[d, TURF] = -1
    turfs[t, SIZE] -= 1
    turfs[t, HEFT] -= service[d]


@jit
def _link(d: int, t: int, p: int, s: int, M: Costs, service: Ints, links: Ints, turfs: Ints) -> None:
    """Put ``d`` into turf ``t`` between ``p`` and ``s``."""
    links[d, NEXT], links[d, PREVIOUS], links[d, TURF] = s, p, t
    if p >= 0:
        links[p, NEXT] = d
        turfs[t, WALK] += M[p, d]
    else:
        turfs[t, HEAD] = d
    if s >= 0:
        links[s, PREVIOUS] = d
        turfs[t, WALK] += M[d, s]
    else:
        turfs[t, TAIL] = d
    if p >= 0 and s >= 0:
        turfs[t, WALK] -= M[p, s]
    turfs[t, SIZE] += 1
    turfs[t, HEFT] += service[d]


@jit
def _penalty(load: float, target: float, weight: float) -> float:
    """Price in mm of a turf's ``load`` (walk and doors, mm) away from the target: linear, then steeper."""
    away = abs(load - target) / target
    if away <= FREE_SHARE:
        return weight * GENTLE * away * target
    return weight * target * (GENTLE * away + (away - FREE_SHARE) * (1.0 + (away - FREE_SHARE) / FREE_SHARE))


@jit
def _price(turfs: Ints, target: float, weight: float) -> float:
    total = 0.0
    for t in range(len(turfs)):
        total += turfs[t, WALK] + _penalty(float(turfs[t, WALK] + turfs[t, HEFT]), target, weight)
    return total


@jit
def _remove_string(
    c: int,
    longest: int,
    M: Costs,
    service: Ints,
    links: Ints,
    turfs: Ints,
    gone: Ints,
    m: int,
    state: Randomness,
) -> int:
    """Remove a string of doors around ``c`` from its turf, perhaps sparing a stretch inside; the new m."""
    t = links[c, TURF]
    size = turfs[t, SIZE]
    length = 1 + next_random(state) % min(longest, size)
    spared = 0
    if 2 <= length < size and next_random(state) % 2 == 0:
        spared = 1
        while length + spared < size and spared < LONGEST_SPARED and next_random(state) % 100 >= 1:
            spared += 1
    span = length + spared
    d = c
    for _ in range(next_random(state) % span):
        if links[d, PREVIOUS] < 0:
            break
        d = links[d, PREVIOUS]
    left = 1 + next_random(state) % max(1, length - 1) if spared else span
    for x in range(span):
        if d < 0:
            break
        s = links[d, NEXT]
        if x < left or x >= left + spared:
            gone[m, 0], gone[m, 1], gone[m, 2], gone[m, 3] = d, t, links[d, PREVIOUS], s
            _unlink(d, M, service, links, turfs)
            m += 1
        d = s
    return m


@jit
def _ruin(
    door: int,
    near: Ints,
    M: Costs,
    service: Ints,
    links: Ints,
    turfs: Ints,
    gone: Ints,
    marks: Ints,
    stamp: int,
    state: Randomness,
) -> int:
    """Remove strings from the turfs around ``door``; ``gone`` keeps (door, turf, before, after); how many."""
    longest = int(min(float(LONGEST_STRING), max(1.0, len(links) / len(turfs))))
    strings = 1 + int(uniform(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    m = 0
    for x in range(-1, near.shape[1]):
        c = door if x < 0 else near[door, x]
        t = links[c, TURF]
        if t >= 0 and marks[t] != stamp:
            marks[t] = stamp
            m = _remove_string(c, longest, M, service, links, turfs, gone, m, state)
            strings -= 1
            if strings == 0:
                break
    return m


@jit
def _touches(d: int, t: int, start: Ints, other: Ints, links: Ints) -> bool:
    for x in range(start[d], start[d + 1]):  # noqa: SIM110  numba compiles no generator expression
        if links[other[x], TURF] == t:
            return True
    return False


@jit
def _insert(
    d: int,
    near: Ints,
    M: Costs,
    service: Ints,
    start: Ints,
    other: Ints,
    links: Ints,
    turfs: Ints,
    marks: Ints,
    price: npt.NDArray[np.float64],
    stamp: int,
    target: float,
    weight: float,
    state: Randomness,
) -> bool:
    """Put ``d`` at its cheapest place beside one of its near doors; False when none of them stands.

    ``price``: for each turf seen in this call (``marks`` = ``stamp``) its penalty now, and for detachment.
    """
    best, at_t, at_p, at_s = 1e300, -1, -1, -1
    blinks = next_random(state)  # the paper's "blink": 1 place in 128 is passed over
    for x in range(near.shape[1]):
        q = near[d, x]
        t = links[q, TURF]
        if t < 0:
            continue
        blinks = (blinks * 1103515245 + 12345) & 0x3FFFFFFFFFFFFFFF
        if (blinks >> 40) & 127 == 0:
            continue
        load = float(turfs[t, WALK] + turfs[t, HEFT])
        if marks[t] != stamp:
            marks[t] = stamp
            price[t, 0] = _penalty(load, target, weight)
            price[t, 1] = 0.0 if _touches(d, t, start, other, links) else DETACHED_MM
        if price[t, 1] > 0 and at_t >= 0:
            continue
        old = price[t, 0]
        to_q = M[d, q]
        for side in range(2):
            e = links[q, NEXT] if side == 0 else links[q, PREVIOUS]
            extra = to_q if e < 0 else to_q + M[d, e] - M[q, e]
            cost = extra + price[t, 1]
            if cost >= best and old == 0.0:
                continue
            cost += _penalty(load + extra + service[d], target, weight) - old
            if cost < best:
                best, at_t = cost, t
                if side == 0:
                    at_p, at_s = q, e
                else:
                    at_p, at_s = e, q
    for t in range(len(turfs)):
        if turfs[t, SIZE] == 0:
            cost = _penalty(float(service[d]), target, weight) - _penalty(0.0, target, weight)
            if cost < best:
                best, at_t, at_p, at_s = cost, t, -1, -1
    if at_t < 0:
        return False
    _link(d, at_t, at_p, at_s, M, service, links, turfs)
    return True


@jit
def _rank(m: int, door: int, M: Costs, service: Ints, gone: Ints, ranks: Ints, state: Randomness) -> None:
    """The order in which removed doors come back: at random, longest first, or by distance from ``door``.

    ``ranks[x]`` becomes (key, place in ``gone``), sorted.
    """
    kind = next_random(state) % 11
    for x in range(m):
        d = gone[x, 0]
        if kind < 4:
            key = next_random(state)
        elif kind < 8:
            key = -service[d] * 1024 + next_random(state) % 1024
        elif kind < 10:
            key = -int(M[door, d])
        else:
            key = int(M[door, d])
        y = x
        while y > 0 and ranks[y - 1, 0] > key:
            ranks[y, 0], ranks[y, 1] = ranks[y - 1, 0], ranks[y - 1, 1]
            y -= 1
        ranks[y, 0], ranks[y, 1] = key, x


@jit
def _connected(
    t: int, start: Ints, other: Ints, links: Ints, turfs: Ints, stack: Ints, seen: Ints, stamp: int
) -> bool:
    if turfs[t, SIZE] < 2:
        return True
    stack[0] = turfs[t, HEAD]
    seen[stack[0]] = stamp
    size, found = 1, 1
    while size > 0:
        size -= 1
        d = stack[size]
        for x in range(start[d], start[d + 1]):
            e = other[x]
            if links[e, TURF] == t and seen[e] != stamp:
                seen[e] = stamp
                stack[size] = e
                size += 1
                found += 1
    whole: bool = found == turfs[t, SIZE]
    return whole


@jit
def _torn(
    m: int,
    gone: Ints,
    start: Ints,
    other: Ints,
    links: Ints,
    turfs: Ints,
    marks: Ints,
    stack: Ints,
    seen: Ints,
    stamp: int,
) -> bool:
    """Whether a turf that lost or won a door is no longer connected; uses stamps up to 2 m beyond."""
    for x in range(2 * m):
        t = links[gone[x, 0], TURF] if x < m else gone[x - m, 1]
        if marks[t] <= stamp:
            marks[t] = stamp + 1 + x
            if not _connected(t, start, other, links, turfs, stack, seen, stamp + 1 + x):
                return True
    return False


@jit
def _anneal(
    M: Costs,
    service: Ints,
    near: Ints,
    start: Ints,
    other: Ints,
    links: Ints,
    turfs: Ints,
    best_links: Ints,
    best_turfs: Ints,
    target: float,
    weight: float,
    trials: int,
    heat: float,
    cooling: float,
    state: Randomness,
) -> None:
    """Ruin and recreate ``trials`` times from temperature ``heat`` (mm) down; the best is kept apart."""
    n, k = len(links), len(turfs)
    gone, ranks = np.zeros((n, 4), np.int64), np.zeros((n, 2), np.int64)
    stack, seen, marks = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(k, np.int64)
    price = np.zeros((k, 2))
    now = _price(turfs, target, weight)
    least = _price(best_turfs, target, weight)
    stamp = 0
    for _ in range(trials):
        heat *= cooling
        stamp += 1
        door = next_random(state) % n
        m = _ruin(door, near, M, service, links, turfs, gone, marks, stamp, state)
        _rank(m, door, M, service, gone, ranks, state)
        placed = 0
        while placed < m:
            stamp += 1
            d = gone[ranks[placed, 1], 0]
            if not _insert(
                d, near, M, service, start, other, links, turfs, marks, price, stamp, target, weight, state
            ):
                break
            placed += 1
        new = _price(turfs, target, weight)
        good = placed == m and new < now - heat * np.log(uniform(state))
        if good and not _torn(m, gone, start, other, links, turfs, marks, stack, seen, stamp):
            now = new
            if now < least:
                least = now
                copy_rows(best_links, links)
                copy_rows(best_turfs, turfs)
        else:
            for x in range(placed - 1, -1, -1):
                _unlink(gone[ranks[x, 1], 0], M, service, links, turfs)
            for x in range(m - 1, -1, -1):
                _link(gone[x, 0], gone[x, 1], gone[x, 2], gone[x, 3], M, service, links, turfs)
        stamp += 2 * m


def _linked(orders: list[Ints], M: Costs, service: Ints) -> tuple[Ints, Ints]:
    """(links, turfs) of the orders; ``service`` is time at the doors in mm of walking."""
    links, turfs = np.full((len(M), 3), -1, np.int64), np.empty((len(orders), 5), np.int64)
    for t, order in enumerate(orders):
        links[order, TURF] = t
        links[order[:-1], NEXT] = order[1:]
        links[order[1:], PREVIOUS] = order[:-1]
        walk = M[order[:-1], order[1:]].sum(dtype=np.int64)
        turfs[t] = order[0], order[-1], len(order), walk, service[order].sum()
    return links, turfs


def _orders(links: Ints, turfs: Ints) -> list[Ints]:
    """The doors of each turf in walking order."""
    orders = []
    for head, size in zip(turfs[:, HEAD], turfs[:, SIZE], strict=True):
        order, d = np.empty(size, np.int64), int(head)
        for x in range(size):
            order[x], d = d, int(links[d, NEXT])
        orders.append(order)
    return orders


def improve(
    *,
    M: Costs,
    access: Ints,
    service: Ints,
    adjacency: Adjacency,
    orders: list[Ints],
    target: float,
    trials: int,
    seed: int,
    weight: float = 0.1,
    heat: tuple[float, float] = (1.0, 0.02),
    beat: Callable[[], None] = lambda: None,
) -> list[Ints]:
    """Better orders (some may come back empty) of the doors of one group; O(trials), about 10 us each.

    ``M``, ``access`` (see ``nearest``), ``service`` and ``target`` are in mm of walking.
    ``heat``: first and last temperature, in mean legs. ``beat`` is called now and then and may raise.
    """
    if len(orders) < 2 or len(M) < 3 or trials <= 0:
        return orders
    links, turfs = _linked(orders, M, service)
    best_links, best_turfs = links.copy(), turfs.copy()
    leg = max(1.0, float(turfs[:, WALK].sum()) / len(M))
    near, state = nearest(M, NEAR, access), np.array([seed % 2**63], np.uint64)
    cooling = (heat[1] / heat[0]) ** (1.0 / trials)
    for done in range(0, trials, BEAT):
        beat()
        _anneal(
            M, service, near, adjacency.start, adjacency.other, links, turfs, best_links, best_turfs,
            float(target), weight, min(BEAT, trials - done), heat[0] * leg * cooling**done, cooling, state,
        )  # fmt: skip
    return _orders(best_links, best_turfs)
