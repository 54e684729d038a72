"""What a walker must know from door to door: how far, which way at the last corner, on which hand it is.

Read from the drawn line alone, so that the paper tells what the map shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees

import numpy as np

from .geo import flat
from .headings import ABOUT, BEND, Corner, arrival, corners, difference, heading, without_spikes
from .problem import Floats
from .result import DECIMALS

BESIDE_M = 5.0  # over the last so many metres is taken on which hand a door is
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
    """The way to a door from the one before. ``bearing``: degrees clockwise from north, as the crow flies.

    ``back``: one turns round at the door before, and does ``turning`` later.
    """

    metres: float
    turning: Turning
    back: bool = False
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
    out, facing = list[Hint](), None
    for i, at in enumerate(calls):
        before = calls[i - 1] if i else at
        path = points[before : at + 1]
        way = _way(points, calls, i)
        turns = corners(way)
        turning, back = _turning(way, turns, facing) if i else (Turning.START, False)
        last = way[turns[-1].last :] if turns else way
        comes = arrival(last)
        facing = facing if comes is None else comes
        beside = arrival(last, BESIDE_M)
        crow = doors[i] - doors[i - 1] if i else np.zeros(2)
        out.append(
            Hint(
                metres=float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0,
                turning=turning,
                back=back,
                hand=_hand(way, doors[i], facing if beside is None else beside),
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

    To the first door it is that from the start of the walk; where the walk starts at the door, a way as the
    one on from it begins, so that its end is at the door.
    """
    if i:
        return without_spikes(points[calls[i - 1] + 1 : calls[i]])
    if calls[0] > 1:
        return without_spikes(points[: calls[0]])
    after = (heading(_way(points, calls, j)) for j in range(1, len(calls)))
    out = next((one for one in after if one is not None), None)
    met = points[calls[0] + 1 : calls[0] + 2]
    if out is None:
        return met
    return np.concatenate([met - [[np.cos(np.radians(out)), np.sin(np.radians(out))]], met])


def _turning(way: Floats, turns: list[Corner], facing: float | None) -> tuple[Turning, bool]:
    """What one does last on the way, and whether one turns round at its beginning before that."""
    begins = heading(way[: turns[0].first + 1] if turns else way)
    bend = 0.0 if facing is None or begins is None else difference(begins, facing)
    if not turns:
        return _named(bend), False
    return _named(turns[-1].bend), abs(bend) >= ABOUT


def _named(bend: float) -> Turning:
    if abs(bend) <= BEND:
        return Turning.STRAIGHT
    if abs(bend) >= ABOUT:
        return Turning.BACK
    return Turning.LEFT if bend > 0 else Turning.RIGHT


def _hand(way: Floats, door: Floats, facing: float | None) -> Hand:
    if facing is None or not len(way):
        return Hand.AHEAD
    aside = door - way[-1]
    if float(np.hypot(*aside)) < ASIDE_M:
        return Hand.AHEAD
    turn = difference(degrees(atan2(aside[1], aside[0])), facing)
    if abs(turn) < BEND or abs(turn) > ABOUT:
        return Hand.AHEAD
    return Hand.LEFT if turn > 0 else Hand.RIGHT
