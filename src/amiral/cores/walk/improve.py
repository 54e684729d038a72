"""Moving doors between neighbouring turfs: slack induction by string removals, every turf kept connected.

Christiaens and Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54(2), 2020, with two changes: routes are open walks without a depot and pay for
minutes away from the asked ones; a trial that tears a turf apart (on the adjacency of doors) is taken back.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .jit import jit, next_random, uniform
from .order import Costs
from .problem import Ints
from .space import Adjacency

NEAR = 28
MEAN_REMOVED = 10
LONGEST_STRING = 10
BLINK = 0.01
DETACHED_MM = (
    50_000.0  # price of putting a door in a turf that it does not touch, until connection is checked
)
FREE_SHARE = 0.02  # of the target: minutes away from it that cost nothing


@dataclass
class Routes:
    """Open walks as doubly linked lists over the doors of one group; the working state of the search."""

    nxt: Ints
    prv: Ints
    turf: Ints
    head: Ints
    tail: Ints
    count: Ints
    walk: Ints
    service: Ints

    def orders(self) -> list[Ints]:
        """The doors of each turf in walking order."""
        out = []
        for t in range(len(self.head)):
            order, d = np.empty(self.count[t], np.int64), int(self.head[t])
            for x in range(len(order)):
                order[x], d = d, int(self.nxt[d])
            out.append(order)
        return out


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
        routes.service[t] = service[order].sum()
    return routes


@jit
def _unlink(
    d: int,
    M: Costs,
    service: Ints,
    nxt: Ints,
    prv: Ints,
    turf: Ints,
    head: Ints,
    tail: Ints,
    count: Ints,
    walk: Ints,
    heft: Ints,
) -> None:
    t, p, s = turf[d], prv[d], nxt[d]
    if p >= 0:
        nxt[p] = s
        walk[t] -= M[p, d]
    else:
        head[t] = s
    if s >= 0:
        prv[s] = p
        walk[t] -= M[d, s]
    else:
        tail[t] = p
    if p >= 0 and s >= 0:
        walk[t] += M[p, s]
    turf[d] = -1
    count[t] -= 1
    heft[t] -= service[d]


@jit
def _link(
    d: int,
    t: int,
    p: int,
    s: int,
    M: Costs,
    service: Ints,
    nxt: Ints,
    prv: Ints,
    turf: Ints,
    head: Ints,
    tail: Ints,
    count: Ints,
    walk: Ints,
    heft: Ints,
) -> None:
    """Put ``d`` into turf ``t`` between ``p`` and ``s`` (-1: an end)."""
    nxt[d], prv[d], turf[d] = s, p, t
    if p >= 0:
        nxt[p] = d
        walk[t] += M[p, d]
    else:
        head[t] = d
    if s >= 0:
        prv[s] = d
        walk[t] += M[d, s]
    else:
        tail[t] = d
    if p >= 0 and s >= 0:
        walk[t] -= M[p, s]
    count[t] += 1
    heft[t] += service[d]


@jit
def _penalty(load: float, target: float, weight: float) -> float:
    """Price in mm of ``load`` (walk and doors, mm) away from the target: linear, then steeper."""
    away = abs(load - target) - FREE_SHARE * target
    if away <= 0:
        return 0.0
    return weight * away * (1.0 + away / (0.05 * target))


@jit
def _remove(
    c: int,
    M: Costs,
    service: Ints,
    nxt: Ints,
    prv: Ints,
    turf: Ints,
    head: Ints,
    tail: Ints,
    count: Ints,
    walk: Ints,
    heft: Ints,
    state: npt.NDArray[np.uint64],
    longest: int,
    out: Ints,
    was: Ints,
    n: int,
) -> int:
    """Remove a string of doors around ``c`` from its turf, perhaps sparing a stretch inside; logs it."""
    t = turf[c]
    most = min(longest, count[t])
    length = 1 + next_random(state) % most
    kept = 0
    if length >= 2 and length < count[t] and next_random(state) % 2 == 0:
        kept = 1
        while length + kept < count[t] and next_random(state) % 100 >= 1:
            if kept >= 10:
                break
            kept += 1
    span = length + kept
    back = next_random(state) % span
    d = c
    for _ in range(back):
        if prv[d] < 0:
            break
        d = prv[d]
    left = 1 + next_random(state) % max(1, length - 1) if kept else span
    x = 0
    removed = 0
    while d >= 0 and x < span:
        s = nxt[d]
        if x < left or x >= left + kept:
            out[n], was[n, 0], was[n, 1], was[n, 2] = d, t, prv[d], s
            _unlink(d, M, service, nxt, prv, turf, head, tail, count, walk, heft)
            n += 1
            removed += 1
        d = s
        x += 1
    return n


@jit
def _touches(d: int, t: int, start: Ints, other: Ints, turf: Ints) -> bool:
    for e in other[start[d] : start[d + 1]]:  # noqa: SIM110  numba compiles no generator expression
        if turf[e] == t:
            return True
    return False


@jit
def _insert(
    d: int,
    M: Costs,
    service: Ints,
    near: Ints,
    start: Ints,
    other: Ints,
    target: float,
    weight: float,
    nxt: Ints,
    prv: Ints,
    turf: Ints,
    head: Ints,
    tail: Ints,
    count: Ints,
    walk: Ints,
    heft: Ints,
    state: npt.NDArray[np.uint64],
    checked: Ints,
    price: npt.NDArray[np.float64],
    stamp: int,
) -> bool:
    """Put ``d`` at its cheapest place beside one of its near doors; False when none of them stands."""
    best, at_t, at_p, at_s = 1e300, -1, -1, -1
    for q in near[d]:
        t = turf[q]
        if t < 0 or next_random(state) % 128 == 0:
            continue
        if checked[t] != stamp:
            checked[t] = stamp
            price[t] = 0.0 if _touches(d, t, start, other, turf) else DETACHED_MM
        if price[t] > 0 and at_t >= 0:
            continue
        load = float(walk[t] + heft[t])
        old = _penalty(load, target, weight)
        for side in range(2):
            p, s = (q, nxt[q]) if side == 0 else (prv[q], q)
            extra = 0
            if p >= 0:
                extra += M[p, d]
            if s >= 0:
                extra += M[d, s]
            if p >= 0 and s >= 0:
                extra -= M[p, s]
            cost = extra + price[t]
            if cost >= best and old == 0.0:
                continue
            cost += _penalty(load + extra + service[d], target, weight) - old
            if cost < best:
                best, at_t, at_p, at_s = cost, t, p, s
    for t in range(len(count)):
        if count[t] == 0:
            cost = _penalty(float(service[d]), target, weight) - _penalty(0.0, target, weight)
            if cost < best:
                best, at_t, at_p, at_s = cost, t, -1, -1
    if at_t < 0:
        return False
    _link(d, at_t, at_p, at_s, M, service, nxt, prv, turf, head, tail, count, walk, heft)
    return True


@jit
def _connected(
    t: int, start: Ints, other: Ints, turf: Ints, head: Ints, count: Ints, seen: Ints, stamp: int, stack: Ints
) -> bool:
    if count[t] < 2:
        return True
    stack[0] = head[t]
    seen[head[t]] = stamp
    size, found = 1, 1
    while size > 0:
        size -= 1
        d = stack[size]
        for x in range(start[d], start[d + 1]):
            e = other[x]
            if turf[e] == t and seen[e] != stamp:
                seen[e] = stamp
                stack[size] = e
                size += 1
                found += 1
    whole: bool = found == count[t]
    return whole


@jit
def _arrange(
    removed: Ints, n: int, seed_door: int, M: Costs, service: Ints, keys: Ints, state: npt.NDArray[np.uint64]
) -> Ints:
    """The order in which removed doors come back: at random, longest first, or by distance from the seed."""
    kind = next_random(state) % 11
    for x in range(n):
        if kind < 4:
            keys[x] = next_random(state)
        elif kind < 8:
            keys[x] = -service[removed[x]] * 1024 + next_random(state) % 1024
        elif kind < 10:
            keys[x] = -M[seed_door, removed[x]]
        else:
            keys[x] = M[seed_door, removed[x]]
    return np.argsort(keys[:n])


@jit
def anneal(
    M: Costs,
    service: Ints,
    near: Ints,
    start: Ints,
    other: Ints,
    target: float,
    weight: float,
    nxt: Ints,
    prv: Ints,
    turf: Ints,
    head: Ints,
    tail: Ints,
    count: Ints,
    walk: Ints,
    heft: Ints,
    trials: int,
    hot: float,
    cold: float,
    state: npt.NDArray[np.uint64],
) -> None:
    """Ruin and recreate ``trials`` times, cooling from ``hot`` to ``cold`` (mm); leaves the best found."""
    n, k = len(M), len(head)
    removed, was, log = np.empty(n, np.int64), np.empty((n, 3), np.int64), np.empty(n, np.int64)
    keys, stack = np.empty(n, np.int64), np.empty(n, np.int64)
    seen, checked, ruined, touched = (
        np.full(n, -1, np.int64),
        np.full(k, -1, np.int64),
        np.full(k, -1, np.int64),
        np.full(k, -1, np.int64),
    )
    price = np.zeros(k)
    b_nxt, b_prv, b_turf = nxt.copy(), prv.copy(), turf.copy()
    b_head, b_tail, b_count, b_walk, b_heft = head.copy(), tail.copy(), count.copy(), walk.copy(), heft.copy()
    now = 0.0
    for t in range(k):
        now += walk[t] + _penalty(float(walk[t] + heft[t]), target, weight)
    best = now
    cooling = (cold / hot) ** (1.0 / max(1, trials))
    heat = hot
    stamp = 0
    mean_size = n / k
    for trial in range(trials):
        heat *= cooling
        longest = int(min(float(LONGEST_STRING), max(1.0, mean_size)))
        most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
        strings = 1 + int(uniform(state) * most)
        door = next_random(state) % n
        m = 0
        done = 0
        for x in range(-1, near.shape[1]):
            c = door if x < 0 else near[door, x]
            t = turf[c]
            if t >= 0 and ruined[t] != trial:
                ruined[t] = trial
                m = _remove(
                    c,
                    M,
                    service,
                    nxt,
                    prv,
                    turf,
                    head,
                    tail,
                    count,
                    walk,
                    heft,
                    state,
                    longest,
                    removed,
                    was,
                    m,
                )
                done += 1
                if done >= strings:
                    break
        ranks = _arrange(removed, m, door, M, service, keys, state)
        placed = 0
        good = True
        for x in range(m):
            d = removed[ranks[x]]
            stamp += 1
            good = _insert(
                d,
                M,
                service,
                near,
                start,
                other,
                target,
                weight,
                nxt,
                prv,
                turf,
                head,
                tail,
                count,
                walk,
                heft,
                state,
                checked,
                price,
                stamp,
            )
            if not good:
                break
            log[placed] = d
            placed += 1
        new = 0.0
        if good:
            for t in range(k):
                new += walk[t] + _penalty(float(walk[t] + heft[t]), target, weight)
            good = new < now - heat * np.log(uniform(state))
        if good:
            for x in range(2 * m):
                t = turf[removed[x]] if x < m else was[x - m, 0]
                if touched[t] != trial:
                    touched[t] = trial
                    stamp += 1
                    if not _connected(t, start, other, turf, head, count, seen, stamp, stack):
                        good = False
                        break
        if not good:
            for x in range(placed - 1, -1, -1):
                _unlink(log[x], M, service, nxt, prv, turf, head, tail, count, walk, heft)
            for x in range(m - 1, -1, -1):
                _link(
                    removed[x],
                    was[x, 0],
                    was[x, 1],
                    was[x, 2],
                    M,
                    service,
                    nxt,
                    prv,
                    turf,
                    head,
                    tail,
                    count,
                    walk,
                    heft,
                )
            continue
        now = new
        if now < best:
            best = now
            b_nxt[:], b_prv[:], b_turf[:] = nxt, prv, turf
            b_head[:], b_tail[:], b_count[:], b_walk[:], b_heft[:] = head, tail, count, walk, heft
    nxt[:], prv[:], turf[:] = b_nxt, b_prv, b_turf
    head[:], tail[:], count[:], walk[:], heft[:] = b_head, b_tail, b_count, b_walk, b_heft


def nearest(M: Costs, count: int = NEAR) -> Ints:
    """The ``count`` nearest other doors of each, nearest first, ties by number; shape (n, count)."""
    n = len(M)
    count = min(count, n - 1)
    out = np.empty((n, count), np.int64)
    for i in range(n):
        row = M[i].astype(np.int64) * n + np.arange(n)
        row[i] = np.iinfo(np.int64).max
        some = np.argpartition(row, count - 1)[:count]
        out[i] = some[np.argsort(row[some])]
    return out


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
    """Better orders (some may come back empty) of the doors of one group; O(trials), about 20 us each.

    ``M``, ``service`` and ``target`` are in mm of walking. ``heat``: temperatures, in mean legs.
    """
    if len(orders) < 2 or len(M) < 3 or trials <= 0:
        return orders
    routes = routes_from(orders, M, service)
    leg = max(1.0, float(routes.walk.sum()) / len(M))
    anneal(
        M, service, nearest(M), adjacency.start, adjacency.other, target, weight, routes.nxt, routes.prv,
        routes.turf, routes.head, routes.tail, routes.count, routes.walk, routes.service, trials,
        heat[0] * leg, heat[1] * leg, np.array([seed], np.uint64),
    )  # fmt: skip
    return routes.orders()
