"""Putting doors on ways: the nearest way that bears the door's street name, within reason."""

from dataclasses import dataclass

import numpy as np
import shapely

from .geo import flat, metres_between
from .jit import jit
from .network import Network
from .problem import Bools, Floats, Ints
from .space import MM

OTHER_NAME_M = 25.0  # so much nearer must a way of another name be
NO_NAME_M = 10.0  # and one without a name (a sidewalk drawn apart)
MINOR_PART_M = 40.0  # and one of a fragment that leads nowhere
MINOR_MM = 400 * MM  # a fragment shorter than this leads nowhere
REACH_M = 40.0  # farther than the nearest way, no other is looked at
CHUNK = 20_000
NAMELESS, ELSEWHERE = -1, -2  # numbers of way names: none; one that no door bears


@dataclass(frozen=True)
class Snapped:
    """Where each of n doors meets its way: arc and position on it, point (degrees), mm to the door."""

    arc: Ints
    pos: Ints  # mm from the arc's beginning
    toll: Ints  # effort of walking there from the arc's beginning
    lon: Floats
    lat: Floats
    access: Ints  # mm

    def only(self, doors: Ints) -> "Snapped":
        """The same for some of the doors."""
        return Snapped(
            self.arc[doors], self.pos[doors], self.toll[doors], self.lon[doors], self.lat[doors],
            self.access[doors],
        )  # fmt: skip


def snap(*, network: Network, lon: Floats, lat: Floats, street: Ints, way_street: Ints) -> Snapped:
    """Meet a way with each door. ``street`` and ``way_street`` number the names of doors and ways.

    Doors at one point share what the first of them meets, so that they are at no distance of one another.
    """
    points, first, same = np.unique(
        np.column_stack([lon, lat]), axis=0, return_index=True, return_inverse=True
    )
    segment, share = _chosen(network, points[:, 0], points[:, 1], street[first], way_street)
    met = _met(network, points[:, 0], points[:, 1], segment, share)
    return met.only(same)


def _chosen(
    network: Network, lon: Floats, lat: Floats, street: Ints, way_street: Ints
) -> tuple[Ints, Floats]:
    """Segment of each door, and where on it (0..1)."""
    segments = network.segments
    usable = _usable(network)
    middle = float(np.mean(lat))
    nodes = flat(network.lon, network.lat, middle)
    lines = shapely.linestrings(np.stack([nodes[segments.a[usable]], nodes[segments.b[usable]]], axis=1))
    tree = shapely.STRtree(lines)
    name = way_street[segments.way[usable]]
    part = network.part[network.arc_u[2 * network.seg_chain[usable]]]
    minor = network.part_mm[part] < min(MINOR_MM, int(network.part_mm.max()) // 5)
    doors = flat(lon, lat, middle)
    best = np.empty(len(lon), np.int64)
    for begin in range(0, len(lon), CHUNK):
        some = slice(begin, begin + CHUNK)
        best[some] = _best(tree, lines, shapely.points(doors[some]), street[some], name, minor)
    a, b = nodes[segments.a[usable[best]]], nodes[segments.b[usable[best]]]
    along = ((doors - a) * (b - a)).sum(axis=1) / np.maximum(((b - a) ** 2).sum(axis=1), 1e-12)
    return usable[best], np.clip(along, 0.0, 1.0)


def _usable(network: Network) -> Ints:
    open_ = np.flatnonzero(network.segments.addressable)
    return open_ if len(open_) else np.arange(len(network.segments))


def _best(
    tree: shapely.STRtree, lines: "np.ndarray", points: "np.ndarray", street: Ints, name: Ints, minor: Bools
) -> Ints:
    _, nearest = tree.query_nearest(points, return_distance=True, all_matches=False)
    door, way = tree.query(points, predicate="dwithin", distance=nearest + REACH_M)
    away = shapely.distance(points[door], lines[way])
    named = street[door] >= 0
    price = np.where(name[way] == street[door], 0.0, np.where(name[way] == NAMELESS, NO_NAME_M, OTHER_NAME_M))
    price = np.where(named, price, 0.0) + np.where(minor[way], MINOR_PART_M, 0.0)
    order = np.lexsort((way, np.round(away + price, 3), door))
    first = np.ones(len(order), bool)
    first[1:] = door[order][1:] != door[order][:-1]
    chosen: Ints = way[order][first].astype(np.int64)
    return chosen


def _met(network: Network, lon: Floats, lat: Floats, segment: Ints, share: Floats) -> Snapped:
    """Turn places on segments into places on arcs; the side is that on which the door lies."""
    segments = network.segments
    a, b = segments.a[segment], segments.b[segment]
    at_lon = network.lon[a] + share * (network.lon[b] - network.lon[a])
    at_lat = network.lat[a] + share * (network.lat[b] - network.lat[a])
    turned = network.seg_turned[segment] == 1
    inside = np.where(turned, 1.0 - share, share)
    pos = network.seg_offset[segment] + np.rint(inside * segments.length[segment]).astype(np.int64)
    toll = network.seg_spent[segment] + np.rint(inside * segments.effort[segment]).astype(np.int64)
    east = (network.lon[b] - network.lon[a]) * (lat - network.lat[a])
    left = (east - (network.lat[b] - network.lat[a]) * (lon - network.lon[a]) >= 0) ^ turned
    chain = network.seg_chain[segment]
    right_arc = (~left & (network.crossing[chain] > 0)).astype(np.int64)
    return Snapped(2 * chain + right_arc, pos, toll, at_lon, at_lat, _access(lon, lat, at_lon, at_lat))


@jit
def _access(lon: Floats, lat: Floats, at_lon: Floats, at_lat: Floats) -> Ints:
    out = np.empty(len(lon), np.int64)
    for x in range(len(lon)):
        out[x] = round(metres_between(lon[x], lat[x], at_lon[x], at_lat[x]) * 1000.0)
    return out
