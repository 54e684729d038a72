"""Directions along a drawn line, and where it turns: what a walker sees of it, not each of its points."""

from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np

from .problem import Floats

BEND = 35.0  # degrees; less is a bend of the street, not a turn
ABOUT = 150.0  # degrees; more is going back
LOOK_M = 12.0  # over so many metres a direction is taken: corners are drawn with short chamfers
LEAST_M = 0.5  # a shorter piece has no direction
JOG_M = 8.0  # two turns that undo each other within so many metres are none
SPIKE_M = 6.0  # so far one may go and come back without turning round: to cross at a corner


@dataclass(frozen=True, kw_only=True)
class Corner:
    """A turn between points ``first`` and ``last`` of a line, one point or a chamfer of several.

    ``bend``: degrees, anticlockwise.
    """

    first: int
    last: int
    bend: float


def heading(way: Floats, look_m: float = LOOK_M) -> float | None:
    """Direction (degrees, anticlockwise from east) from the first point to that ``look_m`` along the way.

    ``way`` has shape (p, 2), metres; a shorter one is taken to its end. None where that is too near.
    """
    if not len(way):
        return None
    (x, y), left = way[0].tolist(), look_m
    a, b = x, y
    for k in range(1, len(way)):
        c, d = way[k].tolist()
        step = hypot(c - a, d - b)
        if step >= left:
            share = left / step
            a, b = a + (c - a) * share, b + (d - b) * share
            break
        a, b, left = c, d, left - step
    return degrees(atan2(b - y, a - x)) if hypot(a - x, b - y) > LEAST_M else None


def arrival(way: Floats, look_m: float = LOOK_M) -> float | None:
    """Direction in which one comes to the last point of the way; as ``heading``."""
    back = heading(way[::-1], look_m)
    return None if back is None else (back + 180) % 360


def difference(a: float, b: float) -> float:
    """``a`` less ``b`` in degrees, from -180 to below 180: left is positive."""
    return (a - b + 180) % 360 - 180


def corners(way: Floats) -> list[Corner]:
    """Where the way (p, 2), metres, turns by more than ``BEND``, in walking order."""
    found = list[Corner]()
    for k in range(1, len(way) - 1):
        bend = _bend(way, k, k)
        if bend is None or abs(bend) <= BEND:
            continue
        before = found[-1] if found else None
        whole = _bend(way, before.first, k) if before and _is_one(way, before, k, bend) else None
        if before is None or whole is None or abs(whole) >= ABOUT:
            found.append(Corner(first=k, last=k, bend=bend))
        elif abs(whole) > BEND:
            found[-1] = Corner(first=before.first, last=k, bend=whole)
        else:
            found.pop()
    return found


def without_spikes(way: Floats) -> Floats:
    """The way without the few metres that are walked forth and back at once; its ends stay."""
    kept = way[:1].tolist()
    for point in way[1:].tolist():
        while len(kept) > 1 and _is_spike(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return np.array(kept).reshape(len(kept), 2)


def _is_spike(a: list[float], b: list[float], c: list[float]) -> bool:
    out, back = (b[0] - a[0], b[1] - a[1]), (c[0] - b[0], c[1] - b[1])
    if not 0 < min(hypot(*out), hypot(*back)) <= SPIKE_M:
        return False
    return abs(difference(degrees(atan2(back[1], back[0])), degrees(atan2(out[1], out[0])))) >= ABOUT


def _bend(way: Floats, first: int, last: int) -> float | None:
    before, after = arrival(way[: first + 1]), heading(way[last:])
    return None if before is None or after is None else difference(after, before)


def _is_one(way: Floats, before: Corner, k: int, bend: float) -> bool:
    """Whether point ``k`` only goes on with a turn that has begun, or undoes it at once."""
    apart = sum(hypot(*(way[x + 1] - way[x]).tolist()) for x in range(before.last, k))
    return apart <= (LOOK_M if (bend > 0) == (before.bend > 0) else JOG_M)
