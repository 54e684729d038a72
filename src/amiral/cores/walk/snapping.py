"""Putting doors on ways: the nearest way that bears the door's street name, within reason."""

from dataclasses import dataclass

import numpy as np
import shapely

from .geo import flat, metres_between
from .jit import jit
from .network import Network
from .parameters import Parameters
from .problem import Bools, Floats, Ints, Obstacles
from .space import MM

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


def snap(
    *,
    network: Network,
    lon: Floats,
    lat: Floats,
    street: Ints,
    way_street: Ints,
    parameters: Parameters | None = None,
    obstacles: Obstacles | None = None,
) -> Snapped:
    """Meet a way with each door. ``street`` and ``way_street`` number the names of doors and ways.

    The nearest way is met; farther ones bear their price in metres (``Parameters``): another name than the
    door's, no name (a sidewalk drawn apart), a fragment that leads nowhere, an obstacle in between.

    Doors at one point share what the first of them meets, so that they are at no distance of one another.
    """
    points, first, same = np.unique(
        np.column_stack([lon, lat]), axis=0, return_index=True, return_inverse=True
    )
    segment, share = _chosen(
        network, points[:, 0], points[:, 1], street[first], way_street, parameters or Parameters(), obstacles
    )
    met = _met(network, points[:, 0], points[:, 1], segment, share)
    return met.only(same)


def _chosen(
    network: Network,
    lon: Floats,
    lat: Floats,
    street: Ints,
    way_street: Ints,
    parameters: Parameters,
    obstacles: Obstacles | None,
) -> tuple[Ints, Floats]:
    """Segment of each door, and where on it (0..1)."""
    segments = network.segments
    usable = _usable(network)
    middle = float(np.mean(lat))
    nodes = flat(network.lon, network.lat, middle)
    lines = shapely.linestrings(np.stack([nodes[segments.a[usable]], nodes[segments.b[usable]]], axis=1))
    part = network.part[network.arc_u[2 * network.seg_chain[usable]]]
    fragment = min(parameters.fragment_under_m * MM, int(network.part_mm.max()) // 5)
    ways = _Ways(
        shapely.STRtree(lines), way_street[segments.way[usable]], network.part_mm[part] < fragment,
        parameters, _drawn(obstacles, middle),
    )  # fmt: skip
    doors = flat(lon, lat, middle)
    best = np.empty(len(lon), np.int64)
    for begin in range(0, len(lon), CHUNK):
        some = slice(begin, begin + CHUNK)
        best[some] = ways.best(shapely.points(doors[some]), street[some])
    a, b = nodes[segments.a[usable[best]]], nodes[segments.b[usable[best]]]
    along = ((doors - a) * (b - a)).sum(axis=1) / np.maximum(((b - a) ** 2).sum(axis=1), 1e-12)
    return usable[best], np.clip(along, 0.0, 1.0)


def _usable(network: Network) -> Ints:
    open_ = np.flatnonzero(network.segments.addressable)
    return open_ if len(open_) else np.arange(len(network.segments))


def _drawn(obstacles: Obstacles | None, middle: float) -> shapely.STRtree | None:
    if obstacles is None or not len(obstacles):
        return None
    line = np.repeat(np.arange(len(obstacles)), np.diff(obstacles.start))
    return shapely.STRtree(shapely.linestrings(flat(obstacles.lon, obstacles.lat, middle), indices=line))


@dataclass(frozen=True)
class _Ways:
    """The pieces of ways on which a door may open: number of the name, whether of a fragment."""

    tree: shapely.STRtree
    name: Ints
    minor: Bools
    parameters: Parameters
    obstacles: shapely.STRtree | None

    def best(self, points: "np.ndarray", street: Ints) -> Ints:
        """The piece that each point meets; those beyond an obstacle look farther for another."""
        nearest = self.tree.query_nearest(points, return_distance=True, all_matches=False)[1]
        usual = self.parameters
        reach = max(usual.other_name_m, usual.no_name_m, usual.fragment_m)
        chosen = self._cheapest(points, street, nearest + reach)
        if self.obstacles is None:
            return chosen
        beyond = np.flatnonzero(self._blocked(points, chosen))
        if len(beyond):
            reach += usual.obstacle_m
            chosen[beyond] = self._cheapest(points[beyond], street[beyond], nearest[beyond] + reach, True)
        return chosen

    def _cheapest(self, points: "np.ndarray", street: Ints, reach: Floats, mind: bool = False) -> Ints:
        door, way = self.tree.query(points, predicate="dwithin", distance=reach)
        price = shapely.distance(points[door], self.tree.geometries[way]) + self._price(street[door], way)
        if mind:
            price = price + np.where(self._blocked(points[door], way), self.parameters.obstacle_m, 0.0)
        order = np.lexsort((way, np.round(price, 3), door))
        first = np.ones(len(order), bool)
        first[1:] = door[order][1:] != door[order][:-1]
        chosen: Ints = way[order][first].astype(np.int64)
        return chosen

    def _price(self, street: Ints, way: Ints) -> Floats:
        usual = self.parameters
        other = np.where(self.name[way] == NAMELESS, usual.no_name_m, usual.other_name_m)
        price: Floats = np.where((street >= 0) & (self.name[way] != street), other, 0.0)
        return price + np.where(self.minor[way], usual.fragment_m, 0.0)

    def _blocked(self, points: "np.ndarray", way: Ints) -> Bools:
        """Whether an obstacle lies between each point and its piece of a way."""
        assert self.obstacles is not None
        between = shapely.shortest_line(points, self.tree.geometries[way])
        blocked = np.zeros(len(points), bool)
        blocked[self.obstacles.query(between, predicate="intersects")[0]] = True
        return blocked


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
