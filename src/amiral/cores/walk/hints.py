"""What a walker must know from door to door: how far, which way at the last corner, on which hand it is.

Read from the drawn line alone, so that the paper tells what the map shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees

import numpy as np

from .geo import flat
from .problem import Floats
from .result import DECIMALS

BEND = 35.0  # degrees; less is a bend of the street, not a turn
ABOUT = 150.0  # degrees; more is going back
LOOK_M = 12.0  # over so many metres a direction is taken: corners are drawn with short chamfers
ASIDE_M = 1.0  # a door nearer to its way than this is on neither hand


class Turning(StrEnum):
    """What one does at the last corner before a door."""

    START = "start"
    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    BACK = "back"


class Hand(StrEnum):
    """Where the door is, as one comes."""

    LEFT = "left"
    RIGHT = "right"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """The way to a door from the one before. ``bearing``: degrees clockwise from north, as the crow flies."""

    metres: float
    turning: Turning
    hand: Hand
    bearing: float


def hints(*, line: Floats, lon: Sequence[float], lat: Sequence[float]) -> tuple[Hint, ...]:
    """One hint for each door, in walking order; ``line`` (p, 2) is the turf's. O(p).

    A door that the line does not pass (it was drawn from other positions) gets no metres of its own.
    """
    if not len(lon):
        return ()
    points = flat(line[:, 0], line[:, 1], float(line[0, 1]))
    doors = flat(np.asarray(lon, float), np.asarray(lat, float), float(line[0, 1]))
    calls = _calls(line, lon, lat)
    out, heading = list[Hint](), None
    for i, at in enumerate(calls):
        before = calls[i - 1] if i else at
        path = points[before : at + 1]
        way = _way(points, calls, i)
        turning, heading = _turning(way, heading, is_first=i == 0)
        hand = _hand(way, doors[i], heading)
        crow = doors[i] - doors[i - 1] if i else np.zeros(2)
        out.append(
            Hint(
                metres=float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0,
                turning=turning,
                hand=hand,
                bearing=degrees(atan2(crow[0], crow[1])) % 360,
            )
        )
    return tuple(out)


def _calls(line: Floats, lon: Sequence[float], lat: Sequence[float]) -> list[int]:
    """Where the line calls at each door: the first point from the last call on that lies at the door."""
    tolerance = 1.5 * 10.0**-DECIMALS
    calls, last = list[int](), 0
    for x, y in zip(lon, lat, strict=True):
        near = np.flatnonzero(
            (np.abs(line[last:, 0] - x) < tolerance) & (np.abs(line[last:, 1] - y) < tolerance)
        )
        last = last + int(near[0]) if len(near) else last
        calls.append(last)
    return calls


def _way(points: Floats, calls: list[int], i: int) -> Floats:
    """The part of the way to door ``i`` that lies on the street: without the steps from and to the doors.

    To the first door there is none: then the way on from it, backwards, so that its end is at the door.
    """
    if i:
        return points[calls[i - 1] + 1 : calls[i]]
    after = points[calls[0] + 1 : calls[1]] if len(calls) > 1 else points[:0]
    return after[:1] - (after[1:2] - after[:1]) * np.array([[1.0], [0.0]]) if len(after) > 1 else after


def _turning(way: Floats, heading: float | None, *, is_first: bool) -> tuple[Turning, float | None]:
    """What one does, and the direction in which one arrives (degrees, anticlockwise from east)."""
    end = _heading(way[::-1], LOOK_M)
    if end is None:
        return (Turning.START if is_first else Turning.STRAIGHT), heading
    end = (end + 180) % 360
    if is_first or heading is None:
        return (Turning.START if is_first else Turning.STRAIGHT), end
    bend = _last_bend(way, end)
    begin = _heading(way, LOOK_M)
    if bend is None and begin is not None:
        bend = _difference(begin, heading)
    return _named(bend or 0.0), end


def _named(bend: float) -> Turning:
    if abs(bend) <= BEND:
        return Turning.STRAIGHT
    if abs(bend) >= ABOUT:
        return Turning.BACK
    return Turning.LEFT if bend > 0 else Turning.RIGHT


def _last_bend(way: Floats, end: float) -> float | None:
    """Degrees (anticlockwise) of the last turn on the way; none where it is straight."""
    for corner in range(len(way) - 2, 0, -1):
        before = _heading(way[corner::-1], LOOK_M)
        after = _heading(way[corner:], LOOK_M)
        if before is None or after is None:
            continue
        bend = _difference(after, (before + 180) % 360)
        if abs(bend) > BEND:
            return _difference(end, (before + 180) % 360)
    return None


def _heading(way: Floats, look_m: float) -> float | None:
    """Direction from the first point to the one ``look_m`` along the way (or its end)."""
    if len(way) < 2:
        return None
    steps = np.hypot(*np.diff(way, axis=0).T)
    reach = int(np.searchsorted(np.cumsum(steps), look_m)) + 1
    step = way[min(reach, len(way) - 1)] - way[0]
    return degrees(atan2(step[1], step[0])) if float(np.hypot(*step)) > 0.5 else None


def _difference(a: float, b: float) -> float:
    """``a`` less ``b`` in degrees, between -180 and 180."""
    return (a - b + 180) % 360 - 180


def _hand(way: Floats, door: Floats, heading: float | None) -> Hand:
    if heading is None or not len(way):
        return Hand.AHEAD
    aside = door - way[-1]
    if float(np.hypot(*aside)) < ASIDE_M:
        return Hand.AHEAD
    turn = _difference(degrees(atan2(aside[1], aside[0])), heading)
    if abs(turn) < BEND or abs(turn) > ABOUT:
        return Hand.AHEAD
    return Hand.LEFT if turn > 0 else Hand.RIGHT
