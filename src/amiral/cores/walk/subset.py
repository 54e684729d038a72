"""Parts of a problem: some of its doors, and the streets around them."""

from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

from .problem import Bools, Doors, Ints, Streets

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


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
    """The ways that have a node in the box, whole; ``None`` without any."""
    west, south, east, north = box
    inside: Bools = (streets.node_lon >= west) & (streets.node_lon <= east)
    inside &= (streets.node_lat >= south) & (streets.node_lat <= north)
    count = np.diff(streets.way_start)
    way = np.repeat(np.arange(len(streets)), count)
    ways = np.unique(way[inside[streets.way_nodes]])
    if not len(ways):
        return None
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
    )
