"""The ground of doors on a walking network: distances, neighbours, and the line that is walked."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from .jit import jit
from .network import Network
from .order import Costs
from .problem import Floats, Ints
from .shortest import FAR, corner_matrix, nearest_owner, shortest_path
from .snapping import Snapped
from .space import Adjacency, Walked, adjacency_from, members_of, parts_of, restrict, tree_edges


@dataclass(frozen=True)
class Doorstep:
    """Doors on the network, as columns of one length: position (degrees), where they meet their way, twins.

    ``twin`` numbers the distinct positions: doors of one number are at no distance of one another.
    """

    lon: Floats
    lat: Floats
    met: Snapped
    twin: Ints

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True)
class StreetSpace:
    """Some doors of a network, all connected by it.

    Metres between two doors: from the door to its way, along the network, and from the way to the other door;
    the cost adds what crossings take.
    """

    network: Network
    doors: Doorstep
    some: Ints
    adjacency: Adjacency
    tree_mm: Ints

    straight = False

    def matrix(self, doors: Ints) -> Costs:
        """Shortest walks, crossings counted."""
        return self._between(doors, self.network.cost, self.network.crossing)

    def metres(self, doors: Ints) -> Costs:
        """Shortest walks in metres alone."""
        return self._between(doors, self.network.metres, np.zeros_like(self.network.crossing))

    def access(self, doors: Ints) -> Ints:
        """From the way to the door."""
        return self.doors.met.access[self.some[doors]]

    def _between(self, doors: Ints, weight: Ints, crossing: Ints) -> Costs:
        net, met, at = self.network, self.doors.met, self.some[doors]
        arc = met.arc[at]
        corners, place = np.unique(np.concatenate([net.arc_u[arc], net.arc_v[arc]]), return_inverse=True)
        place = place.astype(np.int64)
        far = corner_matrix(net.first, net.head, weight, corners)
        m = len(at)
        return _door_matrix(
            far, place[:m], place[m:], arc, met.pos[at], net.length[arc // 2], met.access[at],
            self.doors.twin[at], crossing[arc // 2],
        )  # fmt: skip

    def walk(self, order: Ints) -> Walked:
        """From door to way, along the network, from way to door."""
        walker = self._walker
        at = self.some[order]
        pieces, cost, metres = [self._door(at[:1])], 0, 0
        for i, j in pairwise(at):
            leg = walker.leg(int(i), int(j))
            pieces.append(leg.points)
            cost += leg.cost
            metres += leg.metres
        return Walked(np.concatenate(pieces), cost, cost - metres)

    def _door(self, at: Ints) -> Floats:
        return np.column_stack([self.doors.lon[at], self.doors.lat[at]])

    @cached_property
    def _walker(self) -> "_Walker":
        return _Walker(self.network, self.doors)


@jit
def _door_matrix(
    far: Ints, u: Ints, v: Ints, arc: Ints, pos: Ints, length: Ints, access: Ints, twin: Ints, crossing: Ints
) -> Costs:
    m = len(u)
    out = np.zeros((m, m), np.int32)
    for i in range(m):
        for j in range(i):
            if twin[i] == twin[j]:
                continue
            p, q, left, over = pos[i], pos[j], length[i] - pos[i], length[j] - pos[j]
            best = min(p + far[u[i], u[j]] + q, p + far[u[i], v[j]] + over)
            best = min(best, min(left + far[v[i], u[j]] + q, left + far[v[i], v[j]] + over))
            if arc[i] == arc[j]:
                best = min(best, abs(p - q))
            elif arc[i] // 2 == arc[j] // 2:
                best = min(best, abs(p - q) + crossing[i])
            out[i, j] = out[j, i] = min(best + access[i] + access[j], 2**31 - 1)
    return out


@dataclass(frozen=True)
class _Leg:
    points: Floats
    cost: int
    metres: int


class _Walker:
    """Draws walks from door to door; keeps the scratch of the searches."""

    def __init__(self, network: Network, doors: Doorstep) -> None:
        self._net, self._doors = network, doors
        corners = len(network.corner_node)
        self._tail = np.repeat(np.arange(corners), np.diff(network.first))
        self._dist = np.full(corners, FAR, np.int64)
        self._came, self._touched = np.empty(corners, np.int64), np.empty(corners, np.int64)

    def leg(self, i: int, j: int) -> _Leg:
        """From door i to door j, without the point of door i."""
        doors, met, net = self._doors, self._doors.met, self._net
        if doors.twin[i] == doors.twin[j]:
            return _Leg(np.empty((0, 2)), 0, 0)
        access = int(met.access[i] + met.access[j])
        direct, gap = self._direct(i, j)
        arcs = [int(met.arc[d]) for d in (i, j)]
        ends = [np.array([net.arc_u[arc], net.arc_v[arc]]) for arc in arcs]
        rest = [
            np.array([met.pos[d], net.length[arc // 2] - met.pos[d]])
            for d, arc in zip((i, j), arcs, strict=True)
        ]
        best, sink, used = shortest_path(
            net.first,
            net.head,
            net.cost,
            ends[0],
            rest[0],
            ends[1],
            rest[1],
            self._dist,
            self._came,
            self._touched,
        )
        if direct <= best:
            inner, metres = [self._along(arcs[0], int(met.pos[i]), int(met.pos[j]))], gap
        else:
            inner, metres = self._around(i, j, arcs, ends[1][sink], sink, rest)
        self._dist[self._touched[:used]] = FAR
        points = [self._met(i), *inner, self._met(j), np.array([[doors.lon[j], doors.lat[j]]])]
        return _Leg(np.concatenate(points), min(direct, best) + access, metres + access)

    def _met(self, d: int) -> Floats:
        return np.array([[self._doors.met.lon[d], self._doors.met.lat[d]]])

    def _direct(self, i: int, j: int) -> tuple[int, int]:
        """(cost, metres) along the one chain of both, FAR if they are not on one."""
        met = self._doors.met
        if met.arc[i] // 2 != met.arc[j] // 2:
            return FAR, 0
        gap = abs(int(met.pos[i] - met.pos[j]))
        crossing = 0 if met.arc[i] == met.arc[j] else int(self._net.crossing[met.arc[i] // 2])
        return gap + crossing, gap

    def _around(
        self, i: int, j: int, arcs: list[int], corner: int, sink: int, rest: list[Ints]
    ) -> tuple[list[Floats], int]:
        """Points between the two doors' places by way of corners, and the metres (mm)."""
        net, met = self._net, self._doors.met
        pieces, metres = list[Floats](), int(rest[1][sink])
        while self._came[corner] >= 0:
            edge = int(self._came[corner])
            before, arc = int(self._tail[edge]), int(net.via[edge])
            if arc >= 0:
                whole = int(net.length[arc // 2])
                forward = net.arc_u[arc] == before
                pieces.append(self._along(arc, 0 if forward else whole, whole if forward else 0))
                metres += whole
            corner = before
        source = int(-1 - self._came[corner])
        metres += int(rest[0][source])
        first = self._along(arcs[0], int(met.pos[i]), 0 if source == 0 else int(net.length[arcs[0] // 2]))
        last = self._along(arcs[1], 0 if sink == 0 else int(net.length[arcs[1] // 2]), int(met.pos[j]))
        return [first, *reversed(pieces), last], metres

    def _along(self, arc: int, begin: int, end: int) -> Floats:
        """Nodes of the arc's chain from ``begin`` to ``end`` (mm), both included where they are nodes."""
        net = self._net
        span = slice(net.starts[arc // 2], net.starts[arc // 2 + 1])
        along = net.along[span]
        low, high = min(begin, end), max(begin, end)
        nodes = net.nodes[span][np.searchsorted(along, low) : np.searchsorted(along, high, side="right")]
        nodes = nodes if begin <= end else nodes[::-1]
        return np.column_stack([net.lon[nodes], net.lat[nodes]])


def street_parts(network: Network, doors: Doorstep) -> list[tuple[Ints, StreetSpace]]:
    """The doors of each connected part, and their ground."""
    near = _neighbours(network, doors, network.cost, network.crossing)
    plain = _neighbours(network, doors, network.metres, np.zeros_like(network.crossing))
    labels = parts_of(near)
    out = []
    for some in members_of(labels):
        tree = _tree(restrict(plain, some))
        out.append((some, StreetSpace(network, doors, some, restrict(near, some), tree)))
    return out


def _tree(near: Adjacency) -> Ints:
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    return tree_edges(len(near), tail, near.other, near.cost)


def _neighbours(network: Network, doors: Doorstep, weight: Ints, crossing: Ints) -> Adjacency:
    """Doors whose regions (what is nearer to them than to any other door) touch on the network.

    With these costs the graph holds a minimum spanning tree of all door-to-door distances (Mehlhorn 1988).
    """
    corners, n, met = len(network.corner_node), len(doors), doors.met
    tail, head, cost = _with_doors(network, doors, weight, crossing)
    tail, head, cost = np.concatenate([tail, head]), np.concatenate([head, tail]), np.tile(cost, 2)
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.searchsorted(tail, np.arange(corners + n + 1)).astype(np.int64)
    own = corners + np.arange(n)
    owner, dist = nearest_owner(first, head, cost, own, met.access)
    seam = (owner[tail] != owner[head]) & (owner[tail] >= 0) & (owner[head] >= 0)
    t, h = tail[seam], head[seam]
    eclipsed = np.flatnonzero(owner[own] != np.arange(n))
    by_twin = np.argsort(doors.twin, kind="stable")
    twins = doors.twin[by_twin][1:] == doors.twin[by_twin][:-1]
    return adjacency_from(
        n,
        np.concatenate([owner[t], eclipsed, by_twin[:-1][twins]]),
        np.concatenate([owner[h], owner[own[eclipsed]], by_twin[1:][twins]]),
        np.concatenate([
            dist[t] + cost[seam] + dist[h],
            met.access[eclipsed] + dist[own[eclipsed]],
            np.zeros(int(twins.sum()), np.int64),
        ]),
    )  # fmt: skip


def _with_doors(network: Network, doors: Doorstep, weight: Ints, crossing: Ints) -> tuple[Ints, Ints, Ints]:
    """Edges of the corners' graph with a node for each door (after the corners), each edge once."""
    corners, met = len(network.corner_node), doors.met
    tail = np.repeat(np.arange(corners), np.diff(network.first))
    used = np.zeros(len(network.arc_u), bool)
    used[met.arc] = True
    keep = (tail <= network.head) & ((network.via < 0) | ~used[network.via])
    order = np.lexsort((doors.twin, met.pos, met.arc))
    arc, pos, node = met.arc[order], met.pos[order], corners + order
    last = np.ones(len(order), bool)
    last[:-1] = arc[1:] != arc[:-1]
    begins = np.roll(last, 1)
    mid = ~last
    chain = met.arc // 2
    across = np.lexsort((met.arc, met.pos, chain))
    facing = (chain[across][1:] == chain[across][:-1]) & (met.arc[across][1:] != met.arc[across][:-1])
    x, y = across[:-1][facing], across[1:][facing]
    return (
        np.concatenate([tail[keep], network.arc_u[arc[begins]], node[mid], node[last], corners + x]),
        np.concatenate([
            network.head[keep], node[begins], np.roll(node, -1)[mid], network.arc_v[arc[last]], corners + y
        ]),
        np.concatenate([
            weight[keep],
            pos[begins],
            (np.roll(pos, -1) - pos)[mid],
            network.length[arc[last] // 2] - pos[last],
            np.abs(met.pos[x] - met.pos[y]) + crossing[chain[x]],
        ]),
    )  # fmt: skip
