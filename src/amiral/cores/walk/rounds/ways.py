"""Distances and ways between the corners where pieces begin and end."""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from amiral.cores.walk.jit import jit
from amiral.cores.walk.network import Network
from amiral.cores.walk.problem import Floats, Ints
from amiral.cores.walk.space import Adjacency, adjacency_from

from .ground import Ground, Pieces

FAR = 2**60
TURN_MM, NAME_MM = 750, 500
"""A straight line is easier to follow: a turn by 90 degrees weighs 0.75 m, another street 0.5 m more."""


@jit
def _between(first: Ints, head: Ints, cost: Ints, corners: Ints) -> Ints:
    """Costs between all ``corners``, shape (m, m); each search stops once it has met them all."""
    n, m = len(first) - 1, len(corners)
    place = np.full(n, -1, np.int64)
    for x in range(m):
        place[corners[x]] = x
    out = np.full((m, m), FAR, np.int64)
    dist = np.full(n, FAR, np.int64)
    for x in range(m):
        missing = m
        dist[corners[x]] = 0
        heap = [(0, corners[x])]
        touched = [corners[x]]
        while len(heap) > 0 and missing > 0:
            d, node = heappop(heap)
            if d > dist[node]:
                continue
            y = place[node]
            if y >= 0:
                out[x, y] = d
                missing -= 1
            for e in range(first[node], first[node + 1]):
                other, far = head[e], d + cost[e]
                if far < dist[other]:
                    if dist[other] == FAR:
                        touched.append(other)
                    dist[other] = far
                    heappush(heap, (far, other))
        for node in touched:
            dist[node] = FAR
    return out


@jit
def _nearest(first: Ints, head: Ints, cost: Ints, seeds: Ints) -> tuple[Ints, Ints]:
    """For every corner the nearest seed (a place in ``seeds``; -1: none) and its cost; ties by place."""
    n = len(first) - 1
    dist, owner = np.full(n, FAR, np.int64), np.full(n, -1, np.int64)
    heap = [(0, 0, seeds[0])]
    for x in range(len(seeds)):
        dist[seeds[x]], owner[seeds[x]] = 0, x
        if x > 0:
            heappush(heap, (0, x, seeds[x]))
    while len(heap) > 0:
        d, x, node = heappop(heap)
        if d > dist[node] or owner[node] != x:
            continue
        for e in range(first[node], first[node + 1]):
            other, far = head[e], d + cost[e]
            if far < dist[other] or (far == dist[other] and x < owner[other]):
                dist[other], owner[other] = far, x
                heappush(heap, (far, x, other))
    return owner, dist


@jit
def _path(first: Ints, head: Ints, cost: Ints, source: int, sink: int) -> Ints:
    """Edges of the cheapest way between two corners, from the first to the last."""
    n = len(first) - 1
    dist, came = np.full(n, FAR, np.int64), np.full(n, -1, np.int64)
    tail = np.full(n, -1, np.int64)
    dist[source] = 0
    heap = [(0, source)]
    while len(heap) > 0:
        d, node = heappop(heap)
        if node == sink:
            break
        if d > dist[node]:
            continue
        for e in range(first[node], first[node + 1]):
            other, far = head[e], d + cost[e]
            if far < dist[other]:
                dist[other], came[other], tail[other] = far, e, node
                heappush(heap, (far, other))
    count, node = 0, sink
    while node != source:
        count += 1
        node = tail[node]
    out = np.empty(count, np.int64)
    node = sink
    for x in range(count - 1, -1, -1):
        out[x] = came[node]
        node = tail[node]
    return out


def path(network: Network, source: int, sink: int) -> Ints:
    """Edges of the corners' graph on the cheapest way from one corner to another of the same part."""
    edges: Ints = _path(network.first, network.head, network.cost, source, sink)
    return edges


def neighbours(network: Network, pieces: Pieces) -> Adjacency:
    """Pieces that touch: at a corner, or because what lies between is nearer to no other (Mehlhorn 1988)."""
    seeds, place = np.unique(np.concatenate([pieces.u, pieces.v]), return_inverse=True)
    place = place.ravel().astype(np.int64)
    owner, dist = _nearest(network.first, network.head, network.cost, seeds)
    tail = np.repeat(np.arange(len(network.corner_node)), np.diff(network.first))
    seam = (owner[tail] != owner[network.head]) & (owner[tail] >= 0) & (owner[network.head] >= 0)
    t, h = tail[seam], network.head[seam]
    piece = np.tile(np.arange(len(pieces)), 2)
    order = np.lexsort((piece, place))
    at, by = place[order], piece[order]
    begins = np.searchsorted(at, np.arange(len(seeds)))
    some = by[begins]  # a piece of each seed
    a, b = [some[owner[t]]], [some[owner[h]]]
    cost = [dist[t] + network.cost[seam] + dist[h]]
    for shift in range(1, 12):  # all pairs at one corner; more than a dozen pieces never meet in one
        same = at[shift:] == at[:-shift] if shift < len(at) else np.empty(0, bool)
        a.append(by[:-shift][same] if len(same) else by[:0])
        b.append(by[shift:][same] if len(same) else by[:0])
        cost.append(np.zeros(int(same.sum()), np.int64))
    return adjacency_from(len(pieces), np.concatenate(a), np.concatenate(b), np.concatenate(cost))


@dataclass(frozen=True)
class Links:
    """What it costs to go on from one piece to another, for some pieces.

    Code ``2 i`` is piece ``some[i]`` from ``u`` to ``v``, ``2 i + 1`` the other way. ``cost[x, y]`` (mm):
    from the end of code x to the beginning of code y, a turn at a corner included; ``far`` without it.
    """

    some: Ints
    cost: Ints
    far: Ints


def links_of(ground: Ground, some: Ints) -> Links:
    """All links between these pieces; memory grows with the square of their number."""
    pieces, net = ground.pieces, ground.network
    ends = np.concatenate([pieces.u[some], pieces.v[some]])
    corners, place = np.unique(ends, return_inverse=True)
    between = _between(net.first, net.head, net.cost, corners)
    m = len(some)
    place = place.ravel()
    begin, end = np.empty(2 * m, np.int64), np.empty(2 * m, np.int64)
    begin[0::2], begin[1::2] = place[:m], place[m:]
    end[0::2], end[1::2] = place[m:], place[:m]
    far = between[end][:, begin]
    return Links(some, far + np.where(far == 0, _turns(ground, some), 0), far)


def _turns(ground: Ground, some: Ints) -> Ints:
    """Price of the angle and of the change of name between two codes that touch; shape (2 m, 2 m)."""
    net, chain = ground.network, ground.pieces.chain[some]
    first, last = net.starts[chain], net.starts[chain + 1] - 1
    out, back = _heading(net, first, first + 1), _heading(net, last, last - 1)
    m = len(some)
    into, leave = np.empty((2 * m, 2)), np.empty((2 * m, 2))
    into[0::2], into[1::2] = out, back
    leave[0::2], leave[1::2] = -back, -out
    names = {name: x for x, name in enumerate(sorted({ground.names[c] for c in chain.tolist()}))}
    name = np.repeat(np.array([names[ground.names[c]] for c in chain.tolist()], np.int64), 2)
    # Rounded before it is weighed: cosines differ between machines in the last bit.
    cosine = np.rint(np.round(leave @ into.T, 3) * 1000).astype(np.int64)
    price: Ints = TURN_MM * (1000 - cosine) // 1000 + NAME_MM * (name[:, None] != name[None, :])
    return np.maximum(price, 0)


def _heading(net: Network, at: Ints, towards: Ints) -> Floats:
    """Unit vectors (east, north) along chains."""
    a, b = net.nodes[at], net.nodes[towards]
    east = (net.lon[b] - net.lon[a]) * np.cos(np.radians(net.lat[a]))
    step = np.column_stack([east, net.lat[b] - net.lat[a]])
    size: Floats = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)
    unit: Floats = step / size[:, None]
    return unit
