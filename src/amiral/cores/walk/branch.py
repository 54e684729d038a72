"""Moving a door, and all that hangs on its turf by it alone, to a turf that it touches.

A string follows the walk; a branch follows the ground. Where streets hang together by few ways, a turf that
is too long often has only doors to give behind which others would be cut off: one by one they cannot go.
Neither turf is torn: what stays is one piece, what goes touches its new turf or the door that does.
"""

from .jit import inner, next_random
from .linked import (
    HEAD,
    LEG,
    NEXT,
    PREVIOUS,
    REFUSED,
    SIZE,
    TURF,
    Randomness,
    Small,
    link,
    turf_price,
    unlink,
)
from .order import Costs
from .problem import Ints

MOST = 30  # doors in a branch


@inner
def move_branch(
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
    gone: Ints,
    stack: Ints,
    seen: Ints,
    stamp: int,
    state: Randomness,
) -> int:
    """Move a branch, drawn by lot, if the price rises by less than ``limit``; what it rose by, or REFUSED.

    ``gone`` (n, 4) and ``stack`` (n,) are written over; ``stamp`` is in no place of ``seen`` (n,).
    """
    d = next_random(state) % len(service)
    t, u = links[d, TURF], _touched(d, start, other, links, state)
    if u < 0 or turfs[t, SIZE] < 2:
        return REFUSED
    m = _hanging(d, start, other, links, turfs, stack, seen, stamp)
    if m > MOST:
        return REFUSED
    for x in range(m):
        e = stack[x]
        gone[x, 0], gone[x, 1], gone[x, 2], gone[x, 3] = e, t, links[e, PREVIOUS], links[e, NEXT]
        unlink(e, M, service, links, turfs)
    for x in range(m):
        _join(stack[x], u, M, service, links, turfs)
    before, t_price = price[t] + price[u], turf_price(t, turfs, target, weight, lenient)
    u_price = turf_price(u, turfs, target, weight, lenient)
    if t_price + u_price - before >= limit:
        for x in range(m - 1, -1, -1):
            unlink(gone[x, 0], M, service, links, turfs)
        for x in range(m - 1, -1, -1):
            link(gone[x, 0], gone[x, 1], gone[x, 2], gone[x, 3], M, service, links, turfs)
        return REFUSED
    price[t], price[u] = t_price, u_price
    rise: int = t_price + u_price - before
    return rise


@inner
def _touched(d: int, start: Small, other: Small, links: Small, state: Randomness) -> int:
    """The turf of a neighbour of ``d`` in another turf, drawn by lot; -1 where there is none."""
    met, found = 0, -1
    for x in range(start[d], start[d + 1]):
        t = int(links[other[x], TURF])
        if t != links[d, TURF]:
            met += 1
            if next_random(state) % met == 0:
                found = t
    return found


@inner
def _hanging(
    d: int, start: Small, other: Small, links: Small, turfs: Ints, stack: Ints, seen: Ints, stamp: int
) -> int:
    """Write ``d`` to ``stack``, then every piece but the largest of what its turf is without it; how many.

    Each door but ``d`` stands behind one that it touches.
    """
    t = links[d, TURF]
    stack[0], seen[d] = d, stamp
    top, place, largest = 1, 1, 0
    for x in range(start[d], start[d + 1]):
        e = other[x]
        if links[e, TURF] != t or seen[e] == stamp:
            continue
        first = top
        top = _piece(e, top, start, other, links, stack, seen, stamp)
        if top - first > largest:
            place, largest = first, top - first
        if top == turfs[t, SIZE]:
            break
    for x in range(place + largest, top):
        stack[x - largest] = stack[x]
    return top - largest


@inner
def _piece(
    e: int, first: int, start: Small, other: Small, links: Small, stack: Ints, seen: Ints, stamp: int
) -> int:
    """Write what hangs together with ``e`` in its turf to ``stack`` from ``first`` on; the place after."""
    t = links[e, TURF]
    stack[first], seen[e] = e, stamp
    at, top = first, first + 1
    while at < top:
        f = stack[at]
        at += 1
        for x in range(start[f], start[f + 1]):
            o = other[x]
            if links[o, TURF] == t and seen[o] != stamp:
                seen[o] = stamp
                stack[top] = o
                top += 1
    return top


@inner
def _join(e: int, u: int, M: Costs, service: Ints, links: Small, turfs: Ints) -> None:
    """Put ``e`` at its cheapest place in the walk of turf ``u``."""
    n = len(service)
    first = int(turfs[u, HEAD])
    p, s = int(links[first, PREVIOUS]), first
    best, at_p, at_s = 2**62, p, s
    while True:
        leg = int(links[p, LEG]) if p < n else int(M[p, s])
        extra = int(M[p, e]) + int(M[e, s]) - leg
        if extra < best:
            best, at_p, at_s = extra, p, s
        if s > n:
            break
        p, s = s, int(links[s, NEXT])
        if s == first:
            break
    link(e, u, at_p, at_s, M, service, links, turfs)
