"""Moving doors between neighbouring turfs: slack induction by string removals, every turf kept connected.

Christiaens and Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54(2), 2020, with three changes: routes need no depot and pay for minutes away from
the asked ones, little at first and more as the search cools; a trial that tears a turf apart (on the
adjacency of doors) is taken back; between the removals open walks are crossed over, as no string is as long
as half a walk: one is turned round between two legs (2-opt), or two exchange their ends (2-opt*). Everything
is counted in whole millimetres: two machines take the same decisions.
"""

from collections.abc import Callable
from itertools import pairwise
from math import log
from typing import NamedTuple

import numpy as np

from .branch import move_branch
from .jit import copy_into, copy_rows, inner, next_random
from .linked import (
    HEAD,
    HEFT,
    LEG,
    NEXT,
    NOWHERE,
    PREVIOUS,
    REFUSED,
    SIZE,
    TURF,
    WALK,
    Randomness,
    Small,
    connected,
    link,
    penalty,
    touches,
    turf_price,
    unlink,
)
from .order import Costs, nearest
from .problem import Ints
from .space import Adjacency

NEAR = 16  # doors beside which a removed one may come back
BEAT = 20_000  # trials between two beats
MEAN_REMOVED = 10
LONGEST_STRING = 15
LONGEST_SPARED = 10
BRANCHES = 2  # a branch is moved before each second removal
CROSSINGS = 2  # of open walks, tried before each removal: next to nothing, as most are too long at once
DETACHED_MM = 50_000  # price of joining a turf that the door does not touch, until connection is checked
WEIGHT = 0.1  # mm of walk that a mm beyond the free share is worth
COOL_STEPS = 1000
STEPS = 20  # in which the price of unequal minutes rises
RISE = 14  # of them until it is whole: at first doors pass freely through full turfs

SURPRISES = np.array([round(-log((x + 0.5) / 4096) * 65536) for x in range(4096)])
"""-ln(u) in 65536ths for 4096 values of u: a table, since logarithms of two machines may differ in a bit."""


# Compiled functions get the parts of these, never the tuple: taking an array out of it costs them two
# atomic operations, and machine code kept for a class that an upgrade has renamed cannot be read again.


class Ground(NamedTuple):
    """What stays: distances (with rows for the two points of an open walk), time, neighbours, the balance."""

    M: Costs
    service: Ints
    near: Small
    near_cost: Costs
    start: Small
    other: Small
    target: float
    weight: float
    lenient: bool


class Walks(NamedTuple):
    """What moves: the lists, the turfs' sums, the turfs' prices."""

    links: Small
    turfs: Ints
    price: Ints


class Room(NamedTuple):
    """Where a trial notes what it does: removed doors, their order, turfs; walks and stretches of them."""

    gone: Ints
    ranks: Ints
    touched: Ints
    marks: Ints
    offers: Ints
    path: Ints
    parts: Ints
    stack: Ints
    seen: Ints


@inner
def _remove_string(
    c: int,
    longest: int,
    M: Costs,
    service: Ints,
    links: Small,
    turfs: Ints,
    gone: Ints,
    m: int,
    state: Randomness,
) -> int:
    """Remove a string of doors around ``c`` from its turf, perhaps sparing a stretch inside; the new m."""
    n, t = len(service), links[c, TURF]
    size = turfs[t, SIZE]
    if size < 2:
        return m
    length = 1 + next_random(state) % min(longest, size - 1)  # a turf is never emptied
    spared = 0
    if 2 <= length < size and next_random(state) % 2 == 0:
        spared = 1
        while length + spared < size and spared < LONGEST_SPARED and next_random(state) % 100 >= 1:
            spared += 1
    span = length + spared
    d = c
    for _ in range(next_random(state) % span):
        if links[d, PREVIOUS] >= n:
            break
        d = links[d, PREVIOUS]
    left = 1 + next_random(state) % max(1, length - 1) if spared else span
    for x in range(span):
        if d >= n:
            break
        s = links[d, NEXT]
        if x < left or x >= left + spared:
            gone[m, 0], gone[m, 1], gone[m, 2], gone[m, 3] = d, t, links[d, PREVIOUS], s
            unlink(d, M, service, links, turfs)
            m += 1
        d = s
    return m


@inner
def _ruin(
    door: int,
    near: Small,
    M: Costs,
    service: Ints,
    links: Small,
    turfs: Ints,
    gone: Ints,
    marks: Ints,
    stamp: int,
    state: Randomness,
) -> int:
    """Remove strings from the turfs around ``door``, noted in ``gone``; how many doors."""
    longest = max(1, min(LONGEST_STRING, len(service) // len(turfs)))
    most = (4 * MEAN_REMOVED - (1 + longest) // 2) // (1 + longest)  # the paper's 4 c / (1 + l) - 1, rounded
    strings = 1 + next_random(state) % max(1, most)
    m = 0
    for x in range(-1, near.shape[1]):
        c = door if x < 0 else near[door, x]
        t = links[c, TURF]
        if t != NOWHERE and marks[t] != stamp:
            marks[t] = stamp
            m = _remove_string(c, longest, M, service, links, turfs, gone, m, state)
            strings -= 1
            if strings == 0:
                break
    return m


@inner
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


@inner
def _insert(
    d: int,
    near: Small,
    near_cost: Costs,
    start: Small,
    other: Small,
    M: Costs,
    service: Ints,
    links: Small,
    turfs: Ints,
    marks: Ints,
    offers: Ints,
    stamp: int,
    target: float,
    weight: float,
    lenient: bool,
    state: Randomness,
) -> bool:
    """Put ``d`` at its cheapest place beside one of its near doors; False when none of them stands.

    ``offers``: of each turf seen in this call (``marks`` = ``stamp``) its penalty now, and for detachment.
    """
    best, at_t, at_p, at_s = 2**62, -1, -1, -1
    blinks = next_random(state)  # the paper's "blink": 1 place in 128 is passed over
    for x in range(near.shape[1]):
        q = near[d, x]
        t = links[q, TURF]
        if t == NOWHERE:
            continue
        blinks = (blinks * 1103515245 + 12345) & 0x3FFFFFFFFFFFFFFF
        if (blinks >> 40) & 127 == 0:
            continue
        load = turfs[t, WALK] + turfs[t, HEFT]
        if marks[t] != stamp:
            marks[t] = stamp
            offers[t, 0] = penalty(float(load), target, weight, lenient)
            offers[t, 1] = 0 if lenient or touches(d, t, start, other, links) else DETACHED_MM
        if offers[t, 1] > 0 and at_t >= 0:
            continue
        s, p = links[q, NEXT], links[q, PREVIOUS]
        after = M[d, s] - links[q, LEG]
        before = M[d, p] - (links[p, LEG] if p < len(service) else M[p, q])
        extra = near_cost[d, x] + min(before, after)
        cost = extra + offers[t, 1] - offers[t, 0]
        if cost >= best:
            continue
        cost += penalty(float(load + extra + service[d]), target, weight, lenient)
        if cost < best:
            best, at_t = cost, t
            if before < after:
                at_p, at_s = p, q
            else:
                at_p, at_s = q, s
    if at_t < 0:
        return False
    link(d, at_t, at_p, at_s, M, service, links, turfs)
    return True


@inner
def _load_until(t: int, last: int, M: Costs, service: Ints, links: Small, turfs: Ints, part: Ints) -> None:
    """Doors, mm walked and mm at doors of ``t`` from its first door to ``last`` (n: none), into ``part``."""
    part[0], part[1], part[2] = 0, 0, 0
    if last >= len(service):
        return
    d = turfs[t, HEAD]
    part[1] = M[len(service), d]
    while True:
        part[0] += 1
        part[2] += service[d]
        if d == last:
            return
        part[1] += links[d, LEG]
        d = links[d, NEXT]


@inner
def _listed(t: int, first: int, links: Small, turfs: Ints, path: Ints) -> int:
    """Write the doors of ``t`` in order into ``path`` from place ``first``; the place after the last."""
    d = turfs[t, HEAD]
    for x in range(turfs[t, SIZE]):
        path[first + x] = d
        d = links[d, NEXT]
    after: int = first + turfs[t, SIZE]
    return after


@inner
def _chained(
    t: int, path: Ints, first: int, end: int, M: Costs, service: Ints, links: Small, turfs: Ints
) -> None:
    """Make turf ``t`` of ``path[first:end]``."""
    n = len(service)
    turfs[t, HEAD], turfs[t, SIZE] = path[first], end - first
    walk, heft, p = int(M[n, path[first]]), 0, n
    for x in range(first, end):
        d = path[x]
        s = path[x + 1] if x + 1 < end else n + 1
        links[d, TURF], links[d, PREVIOUS], links[d, NEXT], links[d, LEG] = t, p, s, M[d, s]
        walk += M[d, s]
        heft += service[d]
        p = d
    turfs[t, WALK], turfs[t, HEFT] = walk, heft


@inner
def _reverse(first: int, last: int, M: Costs, service: Ints, links: Small, turfs: Ints) -> None:
    """Turn the stretch of a walk from ``first`` to ``last`` round."""
    n = len(service)
    p, s, t = links[first, PREVIOUS], links[last, NEXT], links[first, TURF]
    old = M[p, first] + M[last, s]
    d = first
    while True:
        after = links[d, NEXT]
        links[d, NEXT], links[d, PREVIOUS] = links[d, PREVIOUS], after
        if d == last:
            break
        d = after
    links[last, PREVIOUS], links[first, NEXT] = p, s
    if p < n:
        links[p, NEXT], links[p, LEG] = last, M[p, last]
    if s < n:
        links[s, PREVIOUS] = first
    d = last
    while True:
        links[d, LEG] = M[d, links[d, NEXT]]
        if d == first:
            break
        d = links[d, NEXT]
    if p >= n:
        turfs[t, HEAD] = last
    turfs[t, WALK] += M[p, last] + M[first, s] - old


@inner
def _turn(
    a: int,
    a2: int,
    b: int,
    b2: int,
    limit: int,
    M: Costs,
    service: Ints,
    target: float,
    weight: float,
    lenient: bool,
    links: Small,
    turfs: Ints,
    price: Ints,
) -> int:
    """Turn one walk round between its legs (a, a2) and (b, b2) if the price rises by less than ``limit``.

    What it rose by, or REFUSED.
    """
    if a2 == b or b2 == a:
        return REFUSED
    n = len(service)
    t = links[a if a < n else a2, TURF]
    change = int(M[a, b]) + int(M[a2, b2]) - int(M[a, a2]) - int(M[b, b2])
    old = price[t] - turfs[t, WALK]
    if change - old >= limit:
        return REFUSED
    change += penalty(float(turfs[t, WALK] + change + turfs[t, HEFT]), target, weight, lenient) - old
    if change >= limit:
        return REFUSED
    x = a2
    while x < n and x != b:
        x = links[x, NEXT]
    if x == b:
        _reverse(a2, b, M, service, links, turfs)
    else:
        _reverse(b2, a, M, service, links, turfs)
    price[t] += change
    rise: int = change
    return rise


@inner
def _rejoined(half: int, end: int, heads: int, tails: int, turned: bool, path: Ints) -> int:
    """``path[:end]`` being two walks, the second from ``half`` on, write them behind it with ends exchanged.

    The first keeps ``heads`` doors, the second ``tails``; ``turned``: beginnings meet beginnings, ends meet
    ends. The place where the second new walk begins.
    """
    x = end
    for y in range(heads):
        path[x] = path[y]
        x += 1
    if turned:
        for y in range(tails):
            path[x] = path[half + tails - 1 - y]
            x += 1
        middle = x
        for y in range(half - heads):
            path[x] = path[half - 1 - y]
            x += 1
        for y in range(half + tails, end):
            path[x] = path[y]
            x += 1
        return middle
    for y in range(half + tails, end):
        path[x] = path[y]
        x += 1
    middle = x
    for y in range(half, half + tails):
        path[x] = path[y]
        x += 1
    for y in range(heads, half):
        path[x] = path[y]
        x += 1
    return middle


@inner
def _exchange(
    t: int,
    a: int,
    a2: int,
    u: int,
    b: int,
    b2: int,
    turned: bool,
    limit: int,
    M: Costs,
    service: Ints,
    start: Small,
    other: Small,
    target: float,
    weight: float,
    lenient: bool,
    links: Small,
    turfs: Ints,
    price: Ints,
    path: Ints,
    parts: Ints,
    stack: Ints,
    seen: Ints,
    stamp: int,
) -> int:
    """Cut turf ``t`` at its leg (a, a2) and ``u`` at (b, b2), and join them the other way, as ``_turn`` does.

    ``turned``: a meets b and a2 meets b2, else a meets b2 and b meets a2. REFUSED when a turf is torn, too.
    """
    n = len(service)
    x, y = (b, b2) if turned else (b2, b)  # what a and a2 meet
    if (a >= n and x >= n) or (a2 >= n and y >= n):
        return REFUSED  # one turf would be empty
    change = int(M[a, x]) + int(M[a2, y]) - int(M[a, a2]) - int(M[b, b2])
    old = price[t] + price[u] - turfs[t, WALK] - turfs[u, WALK]
    if change - old >= limit:
        return REFUSED
    head, tail = parts[0], parts[1]
    _load_until(t, a, M, service, links, turfs, head)
    _load_until(u, b, M, service, links, turfs, tail)
    t_rest = turfs[t, WALK] - head[1] - M[a, a2] + turfs[t, HEFT] - head[2]
    u_rest = turfs[u, WALK] - tail[1] - M[b, b2] + turfs[u, HEFT] - tail[2]
    t_head, u_head = head[1] + head[2], tail[1] + tail[2]
    one = t_head + M[a, x] + (u_head if turned else u_rest)
    two = t_rest + M[a2, y] + (u_rest if turned else u_head)
    change += (
        penalty(float(one), target, weight, lenient) + penalty(float(two), target, weight, lenient) - old
    )
    if change >= limit:
        return REFUSED
    half = _listed(t, 0, links, turfs, path)
    end = _listed(u, half, links, turfs, path)
    middle = _rejoined(half, end, head[0], tail[0], turned, path)
    _chained(t, path, end, middle, M, service, links, turfs)
    _chained(u, path, middle, 2 * end, M, service, links, turfs)
    if not lenient and not (
        connected(t, start, other, links, turfs, stack, seen, stamp)
        and connected(u, start, other, links, turfs, stack, seen, stamp + 1)
    ):
        _chained(t, path, 0, half, M, service, links, turfs)
        _chained(u, path, half, end, M, service, links, turfs)
        return REFUSED
    price[t], price[u] = (
        turf_price(t, turfs, target, weight, lenient),
        turf_price(u, turfs, target, weight, lenient),
    )
    rise: int = change
    return rise


@inner
def _cross(
    both_ways: bool,
    limit: int,
    near: Small,
    M: Costs,
    service: Ints,
    start: Small,
    other: Small,
    target: float,
    weight: float,
    lenient: bool,
    links: Small,
    turfs: Ints,
    price: Ints,
    path: Ints,
    parts: Ints,
    stack: Ints,
    seen: Ints,
    stamp: int,
    state: Randomness,
) -> int:
    """Join a door to one of its near doors: by ``_turn`` in one walk, by ``_exchange`` between two.

    ``both_ways``: a walk is as long backwards, which it is not between two different points.
    """
    d, chance = next_random(state) % len(service), next_random(state)
    q = int(near[d, (chance >> 2) % (1 + (chance >> 12) % near.shape[1])])  # the nearer, the oftener
    t, u = int(links[d, TURF]), int(links[q, TURF])
    kind = chance % 3
    after_d, before_d = int(links[d, NEXT]), int(links[d, PREVIOUS])
    after_q, before_q = int(links[q, NEXT]), int(links[q, PREVIOUS])
    if t == u and kind == 1:
        return _turn(
            before_d, d, before_q, q, limit, M, service, target, weight, lenient, links, turfs, price
        )
    if t == u:
        return _turn(d, after_d, q, after_q, limit, M, service, target, weight, lenient, links, turfs, price)
    if kind == 2 or not both_ways:
        a, a2, b, b2, turned = d, after_d, before_q, q, False
    elif kind == 1:
        a, a2, b, b2, turned = before_d, d, before_q, q, True
    else:
        a, a2, b, b2, turned = d, after_d, q, after_q, True
    return _exchange(
        t, a, a2, u, b, b2, turned, limit, M, service, start, other, target, weight, lenient, links, turfs,
        price, path, parts, stack, seen, stamp,
    )  # fmt: skip


@inner
def _touched(m: int, gone: Ints, links: Small, marks: Ints, places: Ints, touched: Ints, stamp: int) -> int:
    """Note in ``touched`` every turf of the trial, and 1 if it won or lost a door; how many."""
    h = 0
    for x in range(m):
        a, b = gone[x, 1], links[gone[x, 0], TURF]
        for side in range(2):
            t = a if side == 0 else b
            if marks[t] != stamp:
                marks[t], places[t, 0] = stamp, h
                touched[h, 0], touched[h, 1] = t, 0
                h += 1
        if a != b:
            touched[places[a, 0], 1] = touched[places[b, 0], 1] = 1
    return h


@inner
def _take_back(
    m: int, placed: int, M: Costs, service: Ints, links: Small, turfs: Ints, gone: Ints, ranks: Ints
) -> None:
    for x in range(placed - 1, -1, -1):
        unlink(gone[ranks[x, 1], 0], M, service, links, turfs)
    for x in range(m - 1, -1, -1):
        link(gone[x, 0], gone[x, 1], gone[x, 2], gone[x, 3], M, service, links, turfs)


@inner
def _note(
    links: Small, turfs: Ints, price: Ints, best_links: Small, best_turfs: Ints, best_price: Ints
) -> None:
    copy_rows(best_links, links)
    copy_rows(best_turfs, turfs)
    copy_into(best_price, price)


@inner
def _anneal(
    M: Costs,
    service: Ints,
    near: Small,
    near_cost: Costs,
    start: Small,
    other: Small,
    target: float,
    weight: float,
    lenient: bool,
    links: Small,
    turfs: Ints,
    price: Ints,
    best_links: Small,
    best_turfs: Ints,
    best_price: Ints,
    begin: int,
    end: int,
    trials: int,
    heats: Ints,
    surprises: Ints,
    state: Randomness,
    crossings: int,
    both_ways: bool,
    gone: Ints,
    ranks: Ints,
    touched: Ints,
    marks: Ints,
    offers: Ints,
    path: Ints,
    parts: Ints,
    stack: Ints,
    seen: Ints,
) -> None:
    """Trials ``begin`` to ``end`` of all, at falling temperatures ``heats`` (mm); the best is kept apart."""
    n, now, least, stamp = len(service), 0, 0, 0
    for x in range(len(price)):
        now += price[x]
        least += best_price[x]
        marks[x] = 0
    for x in range(n):
        seen[x] = 0
    for done in range(begin, end):
        heat = heats[done * len(heats) // trials]
        for _ in range(crossings):
            stamp += 2
            change = _cross(
                both_ways, heat * surprises[next_random(state) % len(surprises)] // 65536, near, M, service,
                start, other, target, weight, lenient, links, turfs, price, path, parts, stack,
                seen, stamp, state,
            )  # fmt: skip
            if change != REFUSED:
                now += change
        if not lenient and done % BRANCHES == 0:
            stamp += 2
            change = move_branch(
                heat * surprises[next_random(state) % len(surprises)] // 65536, M, service, start, other,
                target, weight, lenient, links, turfs, price, gone, stack, seen, stamp, state,
            )  # fmt: skip
            if change != REFUSED:
                now += change
        if now < least:
            least = now
            _note(links, turfs, price, best_links, best_turfs, best_price)
        stamp += 1
        door = next_random(state) % n
        m = _ruin(door, near, M, service, links, turfs, gone, marks, stamp, state)
        _rank(m, door, M, service, gone, ranks, state)
        placed = 0
        while placed < m:
            stamp += 1
            if not _insert(
                gone[ranks[placed, 1], 0], near, near_cost, start, other, M, service, links, turfs,
                marks, offers, stamp, target, weight, lenient, state,
            ):  # fmt: skip
                break
            placed += 1
        stamp += 1
        good, change, h = placed == m, 0, 0
        if good:
            h = _touched(m, gone, links, marks, offers, touched, stamp)
            for x in range(h):
                change += turf_price(touched[x, 0], turfs, target, weight, lenient) - price[touched[x, 0]]
            good = change * 65536 < heat * surprises[next_random(state) % len(surprises)]
        for x in range(h):
            if good and touched[x, 1] == 1 and not lenient:
                stamp += 1
                good = connected(touched[x, 0], start, other, links, turfs, stack, seen, stamp)
        if not good:
            _take_back(m, placed, M, service, links, turfs, gone, ranks)
            continue
        now += change
        for x in range(h):
            price[touched[x, 0]] = turf_price(touched[x, 0], turfs, target, weight, lenient)
        if now < least:
            least = now
            _note(links, turfs, price, best_links, best_turfs, best_price)


def _walks(orders: list[Ints], ground: Ground, closed: bool) -> Walks:
    """The lists of the orders, without prices."""
    n = len(ground.service)
    links, turfs = np.zeros((n + 2, 4), np.uint32), np.zeros((len(orders), 4), np.int64)
    for t, order in enumerate(orders):
        before = order[-1] if closed else n
        after = order[0] if closed else n + 1
        links[order, TURF] = t
        links[order, NEXT] = np.append(order[1:], after)
        links[order, PREVIOUS] = np.append(before, order[:-1])
        links[order, LEG] = ground.M[order, links[order, NEXT]]
        walk = links[order, LEG].sum(dtype=np.int64)
        walk += 0 if closed else int(ground.M[n, order[0]])
        turfs[t] = order[0], len(order), walk, ground.service[order].sum()
    return Walks(links, turfs, np.zeros(len(orders), np.int64))


def _priced(ground: Ground, walks: Walks) -> Walks:
    for t in range(len(walks.turfs)):
        walks.price[t] = turf_price(t, walks.turfs, ground.target, ground.weight, ground.lenient)
    return walks


def _copy(walks: Walks) -> Walks:
    return Walks(walks.links.copy(), walks.turfs.copy(), walks.price.copy())


def _room(n: int, k: int) -> Room:
    """For n doors in k turfs."""
    shapes = (n, 4), (n, 2), (k, 2), (k,), (k, 2), (2 * n,), (2, 3), (n,), (n,)
    return Room(*(np.zeros(shape, np.int64) for shape in shapes))


def _orders(walks: Walks) -> list[Ints]:
    """The doors of each turf in walking order."""
    orders = []
    for head, size in walks.turfs[:, [HEAD, SIZE]].tolist():
        order, d = np.empty(size, np.int64), head
        for x in range(size):
            order[x], d = d, int(walks.links[d, NEXT])
        orders.append(order)
    return orders


def _ground(
    M: Costs,
    access: Ints,
    service: Ints,
    adjacency: Adjacency,
    target: float,
    weight: float,
    lenient: bool,
    ends: tuple[Ints, Ints] | None,
) -> Ground:
    n = len(M)
    full = np.zeros((n + 2, n + 2), np.int32)
    full[:n, :n] = M
    if ends is not None:
        full[n, :n] = full[:n, n] = ends[0]
        full[n + 1, :n] = full[:n, n + 1] = ends[1]
    near = nearest(M, NEAR, access)
    return Ground(
        full, service.astype(np.int64), near.astype(np.uint32), np.take_along_axis(M, near, 1),
        adjacency.start.astype(np.uint32), adjacency.other.astype(np.uint32), float(target), float(weight),
        lenient,
    )  # fmt: skip


def _heats(leg: float, heat: tuple[float, float]) -> Ints:
    fall = heat[1] / heat[0]
    return np.array(
        [max(1, round(leg * heat[0] * fall ** (x / (COOL_STEPS - 1)))) for x in range(COOL_STEPS)], np.int64
    )


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
    closed: bool = False,
    ends: tuple[Ints, Ints] | None = None,
    weight: float = WEIGHT,
    lenient: bool = False,
    heat: tuple[float, float] = (4.0, 0.07),
    beat: Callable[[], None] = lambda: None,
) -> list[Ints]:
    """Better orders (as many, none empty) of the doors of one group; O(trials), about 3 us each.

    ``M``, ``access`` (see ``nearest``), ``service`` and ``target`` are in mm of walking. Walks are open, or
    return to their first door (``closed``), or begin and end at given points: ``ends`` is what these are (mm)
    from each door. ``lenient``: turfs may be in pieces and as short as they like, as solvers of routing
    problems leave them; to compare with those. ``heat``: first and last temperature, in mean legs. ``beat``
    is called now and then and may raise.
    """
    if len(orders) < 2 or len(M) < 3 or trials <= 0:
        return orders
    ground = _ground(M, access, service, adjacency, target, weight, lenient, ends)
    walks = _walks(orders, ground, closed)
    leg = max(1.0, float(walks.turfs[:, WALK].sum() - 2 * access.sum()) / len(M))
    state, heats = np.array([seed % 2**63], np.uint64), _heats(leg, heat)
    room = _room(len(M), len(orders))
    both_ways = ends is None or bool((ends[0] == ends[1]).all())
    ends_of_steps = [trials * step // STEPS for step in range(STEPS + 1)]
    for step, (begin, end) in enumerate(pairwise(ends_of_steps), 1):
        if step <= RISE:
            ground = ground._replace(weight=weight * step / RISE)
            best = _copy(_priced(ground, walks))
        for done in range(begin, end, BEAT):
            beat()
            _anneal(
                *ground, *walks, *best, done, min(done + BEAT, end), trials, heats, SURPRISES, state,
                0 if closed else CROSSINGS, both_ways, *room,
            )  # fmt: skip
    return _orders(best)
