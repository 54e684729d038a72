"""Walks as linked lists, and what turfs cost: what every change of a plan is made of, in compiled code.

Everything is counted in whole millimetres: two machines take the same decisions.
"""

import numpy as np
import numpy.typing as npt

from .jit import inner
from .order import Costs
from .problem import Ints

REFUSED = 2**62
LENIENT_SHARE = 0.095  # of the target: what a turf may exceed it by where only the longest is bounded
FREE_SHARE = 0.085  # of the target: minutes away from it that cost little
STEEP_SHARE = 0.005  # beyond it: so much more doubles the price
GENTLE = 0.03  # price of them, over that of more
CIRCLES = 0.9  # mm that a mm less in a short turf may cost at most: from 1 on, walking in circles would pay

# Walks are doubly linked lists in rows, so that what is needed of a door or a turf lies together in memory.
# An open walk hangs between two points that stand in every turf: ``n`` before its first door, ``n + 1`` after
# its last. A closed one is a ring.
NEXT, PREVIOUS, TURF, LEG = 0, 1, 2, 3  # of ``links``, a row per door; LEG: mm to the next
NOWHERE = 2**32 - 1  # the TURF of a removed door
HEAD, SIZE, WALK, HEFT = 0, 1, 2, 3  # of ``turfs``: a first door, how many, mm walked, mm at doors

Small = npt.NDArray[np.uint32]
"""Unsigned: compiled code asks of every signed index whether it counts from the end."""
Randomness = npt.NDArray[np.uint64]


@inner
def unlink(d: int, M: Costs, service: Ints, links: Small, turfs: Ints) -> None:
    s, p, t = links[d, NEXT], links[d, PREVIOUS], links[d, TURF]
    gap = M[p, s]
    turfs[t, WALK] += gap - M[p, d] - links[d, LEG]
    links[p, NEXT], links[p, LEG] = s, gap
    links[s, PREVIOUS] = p
    if turfs[t, HEAD] == d:
        turfs[t, HEAD] = s
    links[d, TURF] = NOWHERE
    turfs[t, SIZE] -= 1
    turfs[t, HEFT] -= service[d]


@inner
def link(d: int, t: int, p: int, s: int, M: Costs, service: Ints, links: Small, turfs: Ints) -> None:
    """Put ``d`` into turf ``t`` between ``p`` and ``s``."""
    a, b = M[p, d], M[d, s]
    links[d, NEXT], links[d, PREVIOUS], links[d, TURF], links[d, LEG] = s, p, t, b
    turfs[t, WALK] += a + b - M[p, s]
    links[p, NEXT], links[p, LEG] = d, a
    links[s, PREVIOUS] = d
    if p == len(service) or turfs[t, SIZE] == 0:
        turfs[t, HEAD] = d
    turfs[t, SIZE] += 1
    turfs[t, HEFT] += service[d]


@inner
def penalty(load: float, target: float, weight: float, lenient: bool) -> int:
    """Price in mm of a turf's ``load`` (walk and doors, mm) away from the target: linear, then steeper.

    What is too short costs less than a mm for each mm, or walks would be made longer on purpose.
    ``lenient``: only beyond the longest that is allowed.
    """
    away = max(0.0, load - target) if lenient else abs(load - target)
    if lenient and away <= LENIENT_SHARE * target:
        return 0
    beyond = away - FREE_SHARE * target
    if beyond <= 0.0:
        return int(weight * GENTLE * away)
    steep = 1.0 / (STEEP_SHARE * target)
    most = max(0.0, CIRCLES / weight - GENTLE - 1.0) / (2.0 * steep) if load < target else beyond
    if beyond <= most:
        return int(weight * (GENTLE * away + beyond * (1.0 + beyond * steep)))
    bent = weight * (GENTLE * (away - beyond + most) + most * (1.0 + most * steep))
    return int(bent + CIRCLES * (beyond - most))


@inner
def turf_price(t: int, turfs: Ints, target: float, weight: float, lenient: bool) -> int:
    price: int = turfs[t, WALK] + penalty(float(turfs[t, WALK] + turfs[t, HEFT]), target, weight, lenient)
    return price


@inner
def touches(d: int, t: int, start: Small, other: Small, links: Small) -> bool:
    for x in range(start[d], start[d + 1]):  # noqa: SIM110  numba compiles no generator expression
        if links[other[x], TURF] == t:
            return True
    return False


@inner
def connected(
    t: int, start: Small, other: Small, links: Small, turfs: Ints, stack: Ints, seen: Ints, stamp: int
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
