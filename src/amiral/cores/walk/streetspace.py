"""The ground of doors on a walking network: distances, neighbours, and the line that is walked."""

from dataclasses import dataclass

import numpy as np

from .jit import jit
from .network import Network
from .order import Costs
from .problem import Floats, Ints
from .shortest import corner_matrix, nearest_owner
from .snapping import Snapped
from .space import Adjacency, Walked, adjacency_from, members_of, parts_of, restrict, tree_edges
from .walking import walked_line


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
    the cost adds what crossings, steps and slopes take.
    """

    network: Network
    doors: Doorstep
    some: Ints
    adjacency: Adjacency
    tree_mm: Ints

    straight = False

    def matrix(self, doors: Ints) -> Costs:
        """Shortest walks, crossings, steps and slopes counted."""
        net = self.network
        return self._between(doors, net.cost, net.crossing, self.doors.met.toll, net.effort)

    def metres(self, doors: Ints) -> Costs:
        """Shortest walks in metres alone."""
        net = self.network
        return self._between(doors, net.metres, np.zeros_like(net.crossing), self.doors.met.pos, net.length)

    def access(self, doors: Ints) -> Ints:
        """From the way to the door."""
        return self.doors.met.access[self.some[doors]]

    def _between(self, doors: Ints, weight: Ints, crossing: Ints, place_on: Ints, whole: Ints) -> Costs:
        net, met, at = self.network, self.doors.met, self.some[doors]
        arc = met.arc[at]
        corners, place = np.unique(np.concatenate([net.arc_u[arc], net.arc_v[arc]]), return_inverse=True)
        place = place.astype(np.int64)
        room = net.scratch
        far = corner_matrix(
            net.first, net.head, weight, corners, room.dist, room.touched, room.place, room.heap, room.keys
        )
        m = len(at)
        return _door_matrix(
            far, place[:m], place[m:], arc, place_on[at], whole[arc // 2], met.access[at],
            self.doors.twin[at], crossing[arc // 2],
        )  # fmt: skip

    def feet(self, doors: Ints) -> Floats:
        """Where the doors meet their way."""
        met, at = self.doors.met, self.some[doors]
        return np.column_stack([met.lon[at], met.lat[at]])

    def walk(self, order: Ints) -> Walked:
        """From door to way, along the network, from way to door."""
        net, doors, met, room = self.network, self.doors, self.doors.met, self.network.scratch
        line, cost, metres, crossed = walked_line(
            self.some[order], doors.lon, doors.lat, doors.twin,
            met.arc, met.pos, met.toll, met.lon, met.lat, met.access,
            net.lon, net.lat, net.nodes, net.along, net.tiring, net.starts, net.crossing,
            net.arc_u, net.arc_v, net.first, net.head, net.cost, net.via, net.tail,
            room.dist, room.came, room.touched, room.heap, room.keys,
        )  # fmt: skip
        return Walked(line, cost, crossed, cost - metres - crossed)


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


def street_parts(network: Network, doors: Doorstep) -> list[tuple[Ints, StreetSpace]]:
    """The doors of each connected part, and their ground."""
    met = doors.met
    near = _neighbours(network, doors, network.cost, network.crossing, met.toll, network.effort)
    free = np.zeros_like(network.crossing)
    plain = _neighbours(network, doors, network.metres, free, met.pos, network.length)
    labels = parts_of(near)
    out = []
    for some in members_of(labels):
        tree = _tree(restrict(plain, some))
        out.append((some, StreetSpace(network, doors, some, restrict(near, some), tree)))
    return out


def _tree(near: Adjacency) -> Ints:
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    return tree_edges(len(near), tail, near.other, near.cost)


def _neighbours(
    network: Network, doors: Doorstep, weight: Ints, crossing: Ints, place: Ints, whole: Ints
) -> Adjacency:
    """Doors whose regions (what is nearer to them than to any other door) touch on the network.

    With these costs the graph holds a minimum spanning tree of all door-to-door distances (Mehlhorn 1988).
    """
    corners, n, met = len(network.corner_node), len(doors), doors.met
    tail, head, cost = _with_doors(network, doors, weight, crossing, place, whole)
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


def _with_doors(
    network: Network, doors: Doorstep, weight: Ints, crossing: Ints, place: Ints, whole: Ints
) -> tuple[Ints, Ints, Ints]:
    """Edges of the corners' graph with a node for each door (after the corners), each edge once.

    ``place`` of the doors on their arcs and the ``whole`` of a chain are as the ``weight``: metres or effort.
    """
    corners, met = len(network.corner_node), doors.met
    tail = np.repeat(np.arange(corners), np.diff(network.first))
    used = np.zeros(len(network.arc_u), bool)
    used[met.arc] = True
    keep = (tail <= network.head) & ((network.via < 0) | ~used[network.via])
    order = np.lexsort((doors.twin, met.pos, met.arc))
    arc, pos, node = met.arc[order], place[order], corners + order
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
            whole[arc[last] // 2] - pos[last],
            np.abs(place[x] - place[y]) + crossing[chain[x]],
        ]),
    )  # fmt: skip
