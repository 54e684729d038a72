"""The walking network: ways cut at junctions, each street with two sides, and the doors along them.

A street that costs a crossing is walked on its left or on its right; at a junction the sides meet in corners,
one between each two neighbouring streets, and going from corner to corner crosses the street between them. A
footway or a small street is crossed for nothing: its two sides are one arc, its corners one node. So the cost
of a walk is a true distance, and both sides of a boulevard are far from each other except where they meet.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .geo import lengths
from .jit import jit
from .problem import Bools, Floats, Ints, Streets, WayKind
from .shortest import Scratch
from .space import MM


@dataclass(frozen=True)
class Segments:
    """Straight pieces of ways between the nodes ``a`` and ``b``, once each; ``length`` in mm."""

    a: Ints
    b: Ints
    way: Ints
    kind: Ints
    length: Ints
    addressable: Bools

    def __len__(self) -> int:
        return len(self.a)


def segments_of(streets: Streets) -> Segments:
    """Cut ways into straight pieces; ways drawn twice count once, as the kind that is easier to cross."""
    count = np.diff(streets.way_start)
    way = np.repeat(np.arange(len(streets)), np.maximum(count - 1, 0))
    inner = np.ones(len(streets.way_nodes), bool)
    inner[streets.way_start[1:][count > 0] - 1] = False
    at = np.flatnonzero(inner)
    a, b = streets.way_nodes[at], streets.way_nodes[at + 1]
    finite = np.isfinite(streets.node_lon) & np.isfinite(streets.node_lat)
    kind = streets.way_kind[way]
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((way, kind, high, low))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    some = np.sort(order[fresh & (low != high)[order] & (finite[a] & finite[b])[order]])
    return Segments(
        a[some], b[some], way[some], kind[some], _lengths_mm(streets, a[some], b[some]),
        streets.way_addressable[way[some]] & (kind[some] != WayKind.STEPS),
    )  # fmt: skip


def _lengths_mm(streets: Streets, a: Ints, b: Ints) -> Ints:
    lon = np.column_stack([streets.node_lon[a], streets.node_lon[b]])
    lat = np.column_stack([streets.node_lat[a], streets.node_lat[b]])
    flat_lengths = lengths(lon.ravel(), lat.ravel())[::2] if len(a) else np.empty(0)
    return np.rint(flat_lengths * MM).astype(np.int64)


@jit
def _trace(
    a: Ints, b: Ints, length: Ints, start: Ints, touching: Ints, junction: Bools
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Join segments into chains between junctions.

    Returns for each segment its chain, where it begins on it (mm), whether it runs backwards; and the nodes
    of all chains with their starts and the distance (mm) of each node along its chain.
    """
    m = len(a)
    chain, offset, turned = np.full(m, -1, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    nodes, along = np.empty(2 * m, np.int64), np.empty(2 * m, np.int64)
    starts = np.empty(m + 1, np.int64)
    used, chains = 0, 0
    for turn in range(2):  # first from junctions, then around what is left: rings without any
        for first in range(m):
            for end in range(2):
                node = a[first] if end == 0 else b[first]
                if chain[first] >= 0 or (turn == 0 and not junction[node]):
                    continue
                starts[chains] = used
                nodes[used], along[used] = node, 0
                used += 1
                s, at = first, 0
                while True:
                    chain[s], offset[s] = chains, at
                    turned[s] = 1 if b[s] == node else 0
                    node = a[s] if b[s] == node else b[s]
                    at += length[s]
                    nodes[used], along[used] = node, at
                    used += 1
                    if junction[node]:
                        break
                    next_ = -1
                    for x in range(start[node], start[node + 1]):
                        if chain[touching[x]] < 0:
                            next_ = touching[x]
                    if next_ < 0:
                        break
                    s = next_
                chains += 1
    starts[chains] = used
    return chain, offset, turned, nodes[:used], along[:used], starts[: chains + 1]


@dataclass(frozen=True)
class Network:
    """Chains between junctions, their sides as arcs between corners, and the corners' graph.

    Chain ``c`` runs over ``nodes[starts[c]:starts[c + 1]]`` (``along``: mm from its beginning). Its left arc
    is ``2 c``, its right ``2 c + 1``; arc ``x`` joins the corners ``arc_u[x]`` and ``arc_v[x]``. ``crossing``
    is the price in mm of crossing a chain anywhere. The graph (``first``, ``head``, ``cost``, ``metres``,
    ``via``) holds arcs (``via`` = arc) and crossings at corners (``via`` = -1, no metres).
    """

    lon: Floats
    lat: Floats
    segments: Segments
    seg_chain: Ints
    seg_offset: Ints
    seg_turned: Ints
    nodes: Ints
    along: Ints
    starts: Ints
    crossing: Ints
    arc_u: Ints
    arc_v: Ints
    corner_node: Ints
    first: Ints
    head: Ints
    cost: Ints
    metres: Ints
    via: Ints
    part: Ints  # connected part of each corner
    part_mm: Ints  # length of the ways of each part

    @cached_property
    def length(self) -> Ints:
        """Length of each chain in mm."""
        ends: Ints = self.along[self.starts[1:] - 1]
        return ends

    @cached_property
    def tail(self) -> Ints:
        """Where each edge of the corners' graph begins."""
        return np.repeat(np.arange(len(self.corner_node)), np.diff(self.first))

    @cached_property
    def scratch(self) -> Scratch:
        """For searches over the corners' graph."""
        return Scratch(len(self.corner_node))


def network_of(streets: Streets, crossing_mm: Ints, breaks: Bools | None = None) -> Network:
    """Build the network; ``crossing_mm[kind]`` is what crossing a way of each kind costs. O(n log n).

    Chains also end at the nodes that ``breaks`` (one entry per node) marks.
    """
    segments = segments_of(streets)
    price = crossing_mm[segments.kind]
    n = len(streets.node_lon)
    start, touching = _incidence(segments, n)
    junction = _junctions(segments, price, start, touching, n)
    if breaks is not None:
        junction |= breaks
    chain, offset, turned, nodes, along, starts = _trace(
        segments.a, segments.b, segments.length, start, touching, junction
    )
    crossing = np.zeros(len(starts) - 1, np.int64)
    crossing[chain] = price
    arc_u, arc_v, corner_node, cross = _corners(streets, nodes, starts, crossing)
    length = along[starts[1:] - 1]
    graph = _graph(arc_u, arc_v, length, crossing, cross, len(corner_node))
    part, part_mm = _parts(graph, arc_u, length, len(corner_node))
    return Network(
        streets.node_lon, streets.node_lat, segments, chain, offset, turned, nodes, along, starts, crossing,
        arc_u, arc_v, corner_node, *graph, part, part_mm,
    )  # fmt: skip


def _incidence(segments: Segments, n: int) -> tuple[Ints, Ints]:
    """Segments at each node, as start and list."""
    ends = np.concatenate([segments.a, segments.b])
    order = np.argsort(ends, kind="stable")
    start = np.searchsorted(ends[order], np.arange(n + 1)).astype(np.int64)
    return start, np.concatenate([np.arange(len(segments))] * 2)[order]


def _junctions(segments: Segments, price: Ints, start: Ints, touching: Ints, n: int) -> Bools:
    """Nodes where a chain ends: not exactly two segments, or the price of crossing changes."""
    degree = np.diff(start)
    junction: Bools = degree != 2
    pair = np.flatnonzero(~junction)
    junction[pair] = price[touching[start[pair]]] != price[touching[start[pair] + 1]]
    return junction


def _corners(
    streets: Streets, nodes: Ints, starts: Ints, crossing: Ints
) -> tuple[Ints, Ints, Ints, tuple[Ints, Ints, Ints]]:
    """Corners at the ends of chains: (arc_u, arc_v, node of each corner, crossings as (corner, corner, mm)).

    Half-chains (2 c: leaving the beginning, 2 c + 1: leaving the end) are sorted by angle around their node;
    the corner that follows a half-chain counter-clockwise lies on its left.
    """
    chains = len(starts) - 1
    at = np.empty(2 * chains, np.int64)
    towards = np.empty(2 * chains, np.int64)
    at[0::2], at[1::2] = nodes[starts[:-1]], nodes[starts[1:] - 1]
    towards[0::2], towards[1::2] = nodes[starts[:-1] + 1], nodes[starts[1:] - 2]
    east = (streets.node_lon[towards] - streets.node_lon[at]) * np.cos(np.radians(streets.node_lat[at]))
    order = np.lexsort(
        (np.arange(2 * chains), np.arctan2(streets.node_lat[towards] - streets.node_lat[at], east), at)
    )
    before = np.empty(2 * chains, np.int64)  # the corner on the right of each half-chain
    begins = np.ones(len(order), bool)
    begins[1:] = at[order][1:] != at[order][:-1]
    group = np.cumsum(begins) - 1
    last = np.append(np.flatnonzero(begins)[1:], len(order)) - 1
    before[order] = np.where(begins, order[last[group]], np.roll(order, 1))
    after = np.arange(2 * chains)
    price = np.repeat(crossing, 2)
    free = price == 0
    _, corner = connected_components(
        coo_array((np.ones(int(free.sum())), (before[free], after[free])), shape=(2 * chains, 2 * chains)),
        directed=False,
    )
    corner = corner.astype(np.int64)
    corner_node = np.empty(int(corner.max(initial=-1)) + 1, np.int64)
    corner_node[corner] = at
    out, back = np.arange(0, 2 * chains, 2), np.arange(1, 2 * chains, 2)
    arc_u, arc_v = np.empty(2 * chains, np.int64), np.empty(2 * chains, np.int64)
    arc_u[0::2], arc_v[0::2] = corner[after[out]], corner[before[back]]
    arc_u[1::2], arc_v[1::2] = corner[before[out]], corner[after[back]]
    paid = np.flatnonzero(~free)
    return arc_u, arc_v, corner_node, (corner[before[paid]], corner[after[paid]], price[paid])


def _graph(
    arc_u: Ints, arc_v: Ints, length: Ints, crossing: Ints, cross: tuple[Ints, Ints, Ints], corners: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Corners' graph in rows: (first, head, cost, metres, via). A free chain counts as its left arc alone."""
    arcs = np.arange(len(arc_u))
    arcs = arcs[(arcs % 2 == 0) | (crossing[arcs // 2] > 0)]
    a, b, over = cross
    tail = np.concatenate([arc_u[arcs], a])
    head = np.concatenate([arc_v[arcs], b])
    cost = np.concatenate([length[arcs // 2], over])
    metres = np.concatenate([length[arcs // 2], np.zeros(len(a), np.int64)])
    via = np.concatenate([arcs, np.full(len(a), -1, np.int64)])
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    cost, metres, via = np.tile(cost, 2), np.tile(metres, 2), np.tile(via, 2)
    order = np.lexsort((via, cost, head, tail))
    first = np.searchsorted(tail[order], np.arange(corners + 1)).astype(np.int64)
    return first, head[order], cost[order], metres[order], via[order]


def _parts(
    graph: tuple[Ints, Ints, Ints, Ints, Ints], arc_u: Ints, length: Ints, corners: int
) -> tuple[Ints, Ints]:
    first, head = graph[0], graph[1]
    tail = np.repeat(np.arange(corners), np.diff(first))
    joined = coo_array((np.ones(len(head)), (tail, head)), shape=(corners, corners))
    count, part = connected_components(joined, directed=False)
    size = np.bincount(part[arc_u[0::2]], weights=length, minlength=count)
    return part.astype(np.int64), size.astype(np.int64)
