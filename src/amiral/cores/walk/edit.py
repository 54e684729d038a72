"""Changing turfs by hand: what a leader does with a pencil, so that no door is lost and figures follow.

Turfs are ``{number: doors in walking order}``. What is answered holds the same doors.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import shapely

from .evaluate import BadTurfs, Measurer, measurer
from .geo import metres_between
from .order import Costs, walking_order
from .parameters import Parameters
from .partition import cut, fragments
from .problem import Bools, Floats, Ints, Problem
from .space import MM, restrict
from .turfs import FINAL_KICKS

Turfs = dict[int, tuple[int, ...]]
CORNERS_LEAST = 3


class BadBoundary(ValueError):
    """Corners that enclose no area, or whose line crosses itself."""


def moved(*, turfs: Mapping[int, Sequence[int]], doors: Collection[int], target: int) -> Turfs:
    """The doors leave their turfs and come last in turf ``target``, new or not; emptied turfs are gone."""
    going = set(doors)
    out = {number: tuple(d for d in order if d not in going) for number, order in turfs.items()}
    arriving = tuple(d for _, order in sorted(turfs.items()) for d in order if d in going)
    stayed = tuple(d for d in turfs.get(target, ()) if d not in going)
    out[target] = stayed + arriving
    return {number: order for number, order in sorted(out.items()) if order}


def merged(*, turfs: Mapping[int, Sequence[int]], kept: int, absorbed: int) -> Turfs:
    """All doors of ``absorbed`` join ``kept``, whose number stays."""
    return moved(turfs=turfs, doors=turfs[absorbed], target=kept)


def placed(*, order: Sequence[int], door: int, position: int) -> tuple[int, ...]:
    """The same walk with ``door`` at ``position`` (from 1; beyond the end: last)."""
    rest = [d for d in order if d != door]
    at = max(0, min(len(rest), position - 1))
    return (*rest[:at], door, *rest[at:])


def inside(*, lon: Floats, lat: Floats, corners: Sequence[tuple[float, float]]) -> Bools:
    """Which points lie in the area of these corners (lon, lat), edge included. Raises ``BadBoundary``."""
    if len(set(corners)) < CORNERS_LEAST:
        raise BadBoundary("A boundary needs at least three corners.")
    area = shapely.Polygon(corners)
    if not area.is_valid or area.area == 0:
        raise BadBoundary("The line of the boundary crosses itself, or encloses nothing.")
    shapely.prepare(area)
    found: Bools = shapely.intersects_xy(area, lon, lat)
    return found


def halves(
    *, problem: Problem, parameters: Parameters, doors: Sequence[int], seed: int = 0
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two turfs of about equal minutes from one, each connected where the turf is; the first door's is first.

    A turf in pieces falls into its heaviest piece and the rest. Raises ``BadTurfs`` for less than two doors.
    """
    if len(set(doors)) < 2:
        raise BadTurfs("A turf of less than two doors cannot be split.")
    ground, _ = measurer(problem, parameters)
    order = np.sort(np.asarray(doors, np.int64))
    second = _second_half(ground, order, seed)
    pieces = order[~second], order[second]
    first = pieces if doors[0] in pieces[0] else pieces[::-1]
    return tuple(first[0].tolist()), tuple(first[1].tolist())


def _second_half(ground: Measurer, doors: Ints, seed: int) -> Bools:
    part_of, index = ground.place
    numbers = np.unique(part_of[doors])
    minutes = ground.at_doors[doors]
    if len(numbers) > 1:
        return _others(part_of[doors], minutes)
    space = ground.parts[int(numbers[0])].space
    near = restrict(space.adjacency, index[doors])
    piece = fragments(near, np.zeros(len(doors), np.int64))
    if int(piece.max()):
        return _others(piece, minutes)
    speed = ground.parameters.speed_m_per_min * MM
    walked = 1.2 * float(space.tree_mm.sum()) / max(1, len(space.tree_mm))
    weights = np.rint(minutes * speed + walked).astype(np.int64)
    second: Bools = cut(adjacency=near, weights=np.maximum(1, weights), pieces=2, seed=seed) == 1
    return second


def _others(labels: Ints, minutes: Floats) -> Bools:
    """What is not of the label with most minutes (of equals: the smallest)."""
    names, place = np.unique(labels, return_inverse=True)
    others: Bools = labels != names[np.argmax(np.bincount(place, weights=minutes))]
    return others


def begun_at(
    *, problem: Problem, parameters: Parameters, doors: Sequence[int], first: int, seed: int = 0
) -> tuple[int, ...]:
    """A short order of the same doors that begins at ``first``."""
    order = np.sort(np.asarray(doors, np.int64))
    begin = int(np.searchsorted(order, first))
    if begin == len(order) or order[begin] != first:
        raise BadTurfs(f"Door {first} does not stand in this turf.")
    ground, _ = measurer(problem, parameters)
    costs = _costs(ground, order)
    if not parameters.closed:
        costs = _at_an_end(costs, begin)
    found = walking_order(M=costs, kicks=FINAL_KICKS * len(order), seed=seed, closed=parameters.closed)
    return tuple(order[_turned(found, begin, parameters.closed)].tolist())


def _costs(ground: Measurer, doors: Ints) -> Costs:
    part_of, index = ground.place
    numbers = np.unique(part_of[doors])
    if len(numbers) > 1:
        return ground.between(doors)
    return ground.parts[int(numbers[0])].space.matrix(index[doors])


def _at_an_end(costs: Costs, begin: int) -> Costs:
    """Dearer on every way of one door: an end pays once what a door between two others pays twice."""
    dear = min(int(costs.max(initial=0)) * 2 + 1, 2**30)
    out = costs.astype(np.int64)
    out[begin, :] += dear
    out[:, begin] += dear
    out[begin, begin] = 0
    return np.minimum(out, 2**31 - 1).astype(np.int32)


def _turned(found: Ints, begin: int, closed: bool) -> Ints:
    """The walk from ``begin`` on: as it is, backwards, or (a closed one) from the middle."""
    at = int(np.flatnonzero(found == begin)[0])
    if at == len(found) - 1 and not closed:
        return found[::-1]
    if closed or at == 0:
        return np.roll(found, -at)
    return np.concatenate([found[at : at + 1], found[:at], found[at + 1 :]])


def nearest_turf(*, problem: Problem, turfs: Mapping[int, Sequence[int]], door: int) -> int:
    """The turf of the door nearest to ``door`` (straight line); ties to the smaller number."""
    lon, lat = problem.doors.lon, problem.doors.lat
    here = float(lon[door]), float(lat[door])
    return min(
        (metres_between(*here, float(lon[d]), float(lat[d])), number)
        for number, order in turfs.items()
        for d in order
    )[1]
