"""Moving doors between neighbouring turfs: slack induction by string removals, every turf kept connected.

Christiaens and Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54(2), 2020, with two changes: routes are open walks without a depot and pay for
minutes away from the asked ones; a trial that tears a turf apart (on the adjacency of doors) is taken back.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .jit import copy_into, jit, next_random, uniform
from .order import Costs, nearest
from .problem import Ints
from .space import Adjacency

NEAR = 28
MEAN_REMOVED = 10
LONGEST_STRING = 10
LONGEST_SPARED = 10
DETACHED_MM = 50_000.0  # price of joining a turf that the door does not touch, until connection is checked
FREE_SHARE = 0.02  # of the target: minutes away from it that cost nothing

Randomness = npt.NDArray[np.uint64]


class Ground(NamedTuple):
    """What does not change: costs and time at doors (mm), near doors, adjacency, asked length, its price."""

    M: Costs
    service: Ints
    near: Ints
    start: Ints
    other: Ints
    target: float
    weight: float


class Routes(NamedTuple):
    """Open walks as doubly linked lists (-1: an end), and the size, walk and time at the doors of each."""

    nxt: Ints
    prv: Ints
    turf: Ints
    head: Ints
    tail: Ints
    count: Ints
    walk: Ints
    heft: Ints


class Trial(NamedTuple):
    """Scratch of one trial: doors removed (turf, before, after) and put back, marks and prices of turfs."""

    removed: Ints
    was: Ints
    placed: Ints
    keys: Ints
    stack: Ints
    seen: Ints
    checked: Ints
    marked: Ints
    price: npt.NDArray[np.float64]


@jit
def _unlink(d: int, g: Ground, r: Routes) -> None:
    t, p, s = r.turf[d], r.prv[d], r.nxt[d]
    if p >= 0:
        r.nxt[p] = s
        r.walk[t] -= g.M[p, d]
    else:
        r.head[t] = s
    if s >= 0:
        r.prv[s] = p
        r.walk[t] -= g.M[d, s]
    else:
        r.tail[t] = p
    if p >= 0 and s >= 0:
        r.walk[t] += g.M[p, s]
    r.turf[d] = -1
    r.count[t] -= 1
    r.heft[t] -= g.service[d]


@jit
def _link(d: int, t: int, p: int, s: int, g: Ground, r: Routes) -> None:
    """Put ``d`` into turf ``t`` between ``p`` and ``s``."""
    r.nxt[d], r.prv[d], r.turf[d] = s, p, t
    if p >= 0:
        r.nxt[p] = d
        r.walk[t] += g.M[p, d]
    else:
        r.head[t] = d
    if s >= 0:
        r.prv[s] = d
        r.walk[t] += g.M[d, s]
    else:
        r.tail[t] = d
    if p >= 0 and s >= 0:
        r.walk[t] -= g.M[p, s]
    r.count[t] += 1
    r.heft[t] += g.service[d]


@jit
def _penalty(load: float, g: Ground) -> float:
    """Price in mm of a turf's ``load`` (walk and doors, mm) away from the target: linear, then steeper."""
    away = abs(load - g.target) - FREE_SHARE * g.target
    if away <= 0:
        return 0.0
    return g.weight * away * (1.0 + away / (0.05 * g.target))


@jit
def _price_of_all(g: Ground, r: Routes) -> float:
    total = 0.0
    for t in range(len(r.head)):
        total += r.walk[t] + _penalty(float(r.walk[t] + r.heft[t]), g)
    return total


@jit
def _remove_string(c: int, longest: int, g: Ground, r: Routes, w: Trial, m: int, state: Randomness) -> int:
    """Remove a string of doors around ``c`` from its turf, perhaps sparing a stretch inside; new m."""
    t = r.turf[c]
    length = 1 + next_random(state) % min(longest, r.count[t])
    spared = 0
    if 2 <= length < r.count[t] and next_random(state) % 2 == 0:
        spared = 1
        while length + spared < r.count[t] and spared < LONGEST_SPARED and next_random(state) % 100 >= 1:
            spared += 1
    span = length + spared
    d = c
    for _ in range(next_random(state) % span):
        if r.prv[d] < 0:
            break
        d = r.prv[d]
    left = 1 + next_random(state) % max(1, length - 1) if spared else span
    for x in range(span):
        if d < 0:
            break
        s = r.nxt[d]
        if x < left or x >= left + spared:
            w.removed[m], w.was[m, 0], w.was[m, 1], w.was[m, 2] = d, t, r.prv[d], s
            _unlink(d, g, r)
            m += 1
        d = s
    return m


@jit
def _ruin(door: int, stamp: int, g: Ground, r: Routes, w: Trial, state: Randomness) -> int:
    """Remove strings from the turfs around ``door``; returns how many doors were removed."""
    longest = int(min(float(LONGEST_STRING), max(1.0, len(g.M) / len(r.head))))
    strings = 1 + int(uniform(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    m = 0
    for x in range(-1, g.near.shape[1]):
        c = door if x < 0 else g.near[door, x]
        t = r.turf[c]
        if t >= 0 and w.marked[t] != stamp:
            w.marked[t] = stamp
            m = _remove_string(c, longest, g, r, w, m, state)
            strings -= 1
            if strings == 0:
                break
    return m


@jit
def _touches(d: int, t: int, g: Ground, r: Routes) -> bool:
    for e in g.other[g.start[d] : g.start[d + 1]]:  # noqa: SIM110  numba compiles no generator expression
        if r.turf[e] == t:
            return True
    return False


@jit
def _insert(d: int, stamp: int, g: Ground, r: Routes, w: Trial, state: Randomness) -> bool:
    """Put ``d`` at its cheapest place beside one of its near doors; False when none of them stands."""
    best, at_t, at_p, at_s = 1e300, -1, -1, -1
    for q in g.near[d]:
        t = r.turf[q]
        if t < 0 or next_random(state) % 128 == 0:  # the paper's "blink"
            continue
        if w.checked[t] != stamp:
            w.checked[t] = stamp
            w.price[t] = 0.0 if _touches(d, t, g, r) else DETACHED_MM
        if w.price[t] > 0 and at_t >= 0:
            continue
        load = float(r.walk[t] + r.heft[t])
        old = _penalty(load, g)
        for side in range(2):
            p, s = (q, r.nxt[q]) if side == 0 else (r.prv[q], q)
            extra = 0
            if p >= 0:
                extra += g.M[p, d]
            if s >= 0:
                extra += g.M[d, s]
            if p >= 0 and s >= 0:
                extra -= g.M[p, s]
            cost = extra + w.price[t]
            if cost >= best and old == 0.0:
                continue
            cost += _penalty(load + extra + g.service[d], g) - old
            if cost < best:
                best, at_t, at_p, at_s = cost, t, p, s
    for t in range(len(r.count)):
        if r.count[t] == 0:
            cost = _penalty(float(g.service[d]), g) - _penalty(0.0, g)
            if cost < best:
                best, at_t, at_p, at_s = cost, t, -1, -1
    if at_t < 0:
        return False
    _link(d, at_t, at_p, at_s, g, r)
    return True


@jit
def _ranks(m: int, door: int, g: Ground, w: Trial, state: Randomness) -> Ints:
    """The order in which removed doors come back: at random, longest first, or by distance from ``door``."""
    kind = next_random(state) % 11
    for x in range(m):
        if kind < 4:
            w.keys[x] = next_random(state)
        elif kind < 8:
            w.keys[x] = -g.service[w.removed[x]] * 1024 + next_random(state) % 1024
        elif kind < 10:
            w.keys[x] = -g.M[door, w.removed[x]]
        else:
            w.keys[x] = g.M[door, w.removed[x]]
    ranks = np.arange(m)
    for x in range(1, m):
        one, y = ranks[x], x
        while y > 0 and w.keys[ranks[y - 1]] > w.keys[one]:
            ranks[y] = ranks[y - 1]
            y -= 1
        ranks[y] = one
    return ranks


@jit
def _connected(t: int, stamp: int, g: Ground, r: Routes, w: Trial) -> bool:
    if r.count[t] < 2:
        return True
    w.stack[0] = r.head[t]
    w.seen[r.head[t]] = stamp
    size, found = 1, 1
    while size > 0:
        size -= 1
        d = w.stack[size]
        for e in g.other[g.start[d] : g.start[d + 1]]:
            if r.turf[e] == t and w.seen[e] != stamp:
                w.seen[e] = stamp
                w.stack[size] = e
                size += 1
                found += 1
    whole: bool = found == r.count[t]
    return whole


@jit
def _torn(m: int, stamp: int, g: Ground, r: Routes, w: Trial) -> bool:
    """Whether a turf that lost or won a door is no longer connected; uses stamps up to 2 m beyond."""
    for x in range(2 * m):
        t = r.turf[w.removed[x]] if x < m else w.was[x - m, 0]
        if w.checked[t] <= stamp:
            w.checked[t] = stamp + 1 + x
            if not _connected(t, stamp + 1 + x, g, r, w):
                return True
    return False


@jit
def _undo(m: int, placed: int, g: Ground, r: Routes, w: Trial) -> None:
    for x in range(placed - 1, -1, -1):
        _unlink(w.placed[x], g, r)
    for x in range(m - 1, -1, -1):
        _link(w.removed[x], w.was[x, 0], w.was[x, 1], w.was[x, 2], g, r)


@jit
def _keep(best: Routes, r: Routes) -> None:
    copy_into(best.nxt, r.nxt)
    copy_into(best.prv, r.prv)
    copy_into(best.turf, r.turf)
    copy_into(best.head, r.head)
    copy_into(best.tail, r.tail)
    copy_into(best.count, r.count)
    copy_into(best.walk, r.walk)
    copy_into(best.heft, r.heft)


@jit
def _anneal(
    g: Ground, r: Routes, best: Routes, w: Trial, trials: int, hot: float, cold: float, state: Randomness
) -> None:
    """Ruin and recreate ``trials`` times, cooling from ``hot`` to ``cold`` (mm); the best is left in ``best``."""
    now = _price_of_all(g, r)
    least = now
    cooling = (cold / hot) ** (1.0 / max(1, trials))
    heat = hot
    stamp = 0
    for _ in range(trials):
        heat *= cooling
        stamp += 1
        door = next_random(state) % len(g.M)
        m = _ruin(door, stamp, g, r, w, state)
        placed = 0
        for x in _ranks(m, door, g, w, state):
            stamp += 1
            if not _insert(w.removed[x], stamp, g, r, w, state):
                break
            w.placed[placed] = w.removed[x]
            placed += 1
        new = _price_of_all(g, r)
        good = placed == m and new < now - heat * np.log(uniform(state))
        if not good or _torn(m, stamp, g, r, w):
            _undo(m, placed, g, r, w)
        else:
            now = new
            if now < least:
                least = now
                _keep(best, r)
        stamp += 2 * m


def routes_from(orders: list[Ints], M: Costs, service: Ints) -> Routes:
    """Link the doors of each order; ``service`` is time at the doors in mm of walking."""
    n, k = len(M), len(orders)
    routes = Routes(
        *(np.full(n, -1, np.int64) for _ in range(3)), *(np.full(k, -1, np.int64) for _ in range(5))
    )
    for t, order in enumerate(orders):
        routes.turf[order] = t
        routes.nxt[order[:-1]] = order[1:]
        routes.prv[order[1:]] = order[:-1]
        routes.head[t], routes.tail[t], routes.count[t] = order[0], order[-1], len(order)
        routes.walk[t] = M[order[:-1], order[1:]].sum(dtype=np.int64)
        routes.heft[t] = service[order].sum()
    return routes


def orders_of(routes: Routes) -> list[Ints]:
    """The doors of each turf in walking order."""
    orders = []
    for head, count in zip(routes.head, routes.count, strict=True):
        order, d = np.empty(count, np.int64), int(head)
        for x in range(count):
            order[x], d = d, int(routes.nxt[d])
        orders.append(order)
    return orders


def _scratch(n: int, k: int) -> Trial:
    doors = [np.zeros(n, np.int64) for _ in range(5)]
    return Trial(
        doors[0],
        np.zeros((n, 3), np.int64),
        *doors[1:],
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.zeros(k),
    )


def improve(
    *,
    M: Costs,
    service: Ints,
    adjacency: Adjacency,
    orders: list[Ints],
    target: float,
    trials: int,
    seed: int,
    weight: float = 0.5,
    heat: tuple[float, float] = (1.0, 0.02),
) -> list[Ints]:
    """Better orders (some may come back empty) of the doors of one group; O(trials), about 10 us each.

    ``M``, ``service`` and ``target`` are in mm of walking. ``heat``: temperatures, in mean legs.
    """
    if len(orders) < 2 or len(M) < 3 or trials <= 0:
        return orders
    routes = routes_from(orders, M, service)
    best = Routes(*(column.copy() for column in routes))
    ground = Ground(M, service, nearest(M, NEAR), adjacency.start, adjacency.other, float(target), weight)
    leg = max(1.0, float(routes.walk.sum()) / len(M))
    state = np.array([seed % 2**63], np.uint64)
    scratch = _scratch(len(M), len(orders))
    _anneal(ground, routes, best, scratch, trials, heat[0] * leg, heat[1] * leg, state)
    return orders_of(best)
