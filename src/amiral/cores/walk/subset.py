"""Parts of a problem: some of its doors, and the streets around them."""

from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

from .problem import Bools, Doors, Floats, Ints, Obstacles, Streets

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
LEAST_DEGREE_M = 110_500.0
"""Metres of a degree of latitude where it is shortest."""
NO_STREETS = Streets(
    node_lon=np.empty(0),
    node_lat=np.empty(0),
    way_start=np.zeros(1, np.int64),
    way_nodes=np.empty(0, np.int64),
    way_kind=np.empty(0, np.int64),
    way_names=(),
    way_addressable=np.empty(0, bool),
)
"""Streets were looked for, and there are none."""


def doors_of(doors: Doors, some: Ints) -> Doors:
    """The doors ``some`` alone, in that order; whatever columns there are."""
    return replace(doors, **_columns(doors, some))


def with_points(doors: Doors, points: list[tuple[float, float]]) -> Doors:
    """The doors (one at least) and, after them, nameless ones at these (longitude, latitude)."""
    n, more = len(doors), len(points)
    columns = _columns(doors, np.append(np.arange(n), np.zeros(more, np.int64)))
    columns["lon"][n:], columns["lat"][n:] = zip(*points, strict=True)
    columns["numbers"][n:] = 0
    columns["streets"] = doors.streets + ("",) * more
    columns["ids"] = doors.ids + _fresh(set(doors.ids), more)
    return replace(doors, **columns)


def _columns(doors: Doors, some: Ints) -> dict[str, Any]:
    return {one.name: _taken(getattr(doors, one.name), some) for one in fields(doors)}


def _taken(column: Any, some: Ints) -> Any:
    if column is None:
        return None
    return tuple(column[i] for i in some) if isinstance(column, tuple) else column[some]


def _fresh(taken: set[str], count: int) -> tuple[str, ...]:
    """Ids that nobody has."""
    free = (name for number in range(len(taken) + count) if (name := f"point {number}") not in taken)
    return tuple(islice(free, count))


def streets_in(streets: Streets, box: Box) -> Streets | None:
    """The ways that may touch the box, whole, in their order; ``None`` without any.

    A long piece without a node in the box may cross it: so what counts are the bounds of a way.
    """
    count = np.diff(streets.way_start)
    way = np.repeat(np.arange(len(streets)), count)
    lon, lat = streets.node_lon[streets.way_nodes], streets.node_lat[streets.way_nodes]
    ways = np.flatnonzero(_touching(lon, lat, streets.way_start, box))
    if not len(ways):
        return None
    if len(ways) == len(streets):
        return streets
    kept = np.isin(way, ways)
    nodes, numbers = np.unique(streets.way_nodes[kept], return_inverse=True)
    return replace(
        streets,
        node_lon=streets.node_lon[nodes],
        node_lat=streets.node_lat[nodes],
        node_height=None if streets.node_height is None else streets.node_height[nodes],
        node_marks=None if streets.node_marks is None else streets.node_marks[nodes],
        way_start=np.append(0, np.cumsum(count[ways])).astype(np.int64),
        way_nodes=numbers.astype(np.int64),
        way_kind=streets.way_kind[ways],
        way_names=tuple(streets.way_names[w] for w in ways),
        way_addressable=streets.way_addressable[ways],
        obstacles=_obstacles_in(streets.obstacles, box),
        within=_shared(streets.within, box),
    )


def _shared(one: Box | None, other: Box) -> Box:
    if one is None:
        return other
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _touching(lon: Floats, lat: Floats, start: Ints, box: Box) -> Bools:
    """Whether the bounds of each line touch the box; a point without a position has no part in them."""
    west, south, east, north = box
    touching = np.zeros(len(start) - 1, bool)
    filled = np.flatnonzero(np.diff(start))
    if len(filled):
        at = start[filled]
        touching[filled] = (np.fmin.reduceat(lon, at) <= east) & (np.fmax.reduceat(lon, at) >= west)
        touching[filled] &= (np.fmin.reduceat(lat, at) <= north) & (np.fmax.reduceat(lat, at) >= south)
    return touching


def _obstacles_in(obstacles: Obstacles | None, box: Box) -> Obstacles | None:
    if obstacles is None:
        return None
    some = np.flatnonzero(_touching(obstacles.lon, obstacles.lat, obstacles.start, box))
    count = np.diff(obstacles.start)
    kept = np.isin(np.repeat(np.arange(len(obstacles)), count), some)
    start = np.append(0, np.cumsum(count[some])).astype(np.int64)
    return Obstacles(lon=obstacles.lon[kept], lat=obstacles.lat[kept], start=start)


def box_around(lon: Floats, lat: Floats, metres: float) -> Box:
    """The box that reaches at least so far beyond the points (one at least)."""
    up = metres / LEAST_DEGREE_M
    widest = min(89.0, float(np.abs(lat).max()) + up)
    side = metres / (LEAST_DEGREE_M * float(np.cos(np.radians(widest))))
    return (
        float(lon.min()) - side,
        float(lat.min()) - up,
        float(lon.max()) + side,
        float(lat.max()) + up,
    )


def metres_known(streets: Streets, lon: Floats, lat: Floats) -> Floats:
    """What is nearer than this to a point is known: ways farther away may have been left out."""
    if streets.within is None:
        return np.full(len(lon), np.inf)
    west, south, east, north = streets.within
    narrow = LEAST_DEGREE_M * float(np.cos(np.radians(max(abs(south), abs(north)))))
    sides: Floats = np.minimum(lon - west, east - lon) * narrow
    return np.minimum(sides, np.minimum(lat - south, north - lat) * LEAST_DEGREE_M)
