"""The walking network: ways cut at junctions, each street with two sides, and the doors along them.

A street that costs a crossing is walked on its left or on its right; at a junction the sides meet in corners,
one between each two neighbouring streets, and going from corner to corner crosses the street between them. A
footway or a small street is crossed for nothing: its two sides are one arc, its corners one node. So the cost
of a walk is a true distance, and both sides of a boulevard are far from each other except where they meet.
A marked crossing, a refuge or lights in the middle of a street are a junction with a price of its own.

Metres are what is walked; effort is what it costs: more than its metres on steps and on slopes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .geo import directions, lengths
from .jit import jit
from .parameters import Parameters
from .problem import Bools, Floats, Ints, NodeMark, Streets, WayKind
from .shortest import Scratch
from .space import MM

STEEPEST = 0.7  # steeper than this, heights are wrong
MARKED = int(NodeMark.CROSSING | NodeMark.SIGNALS | NodeMark.ISLAND)


@dataclass(frozen=True)
class Prices:
    """What walking costs besides metres: mm for crossing each kind of way, and for a marked crossing."""

    crossing: Ints
    marked: float = 1.0
    island: float = 1.0
    signals: int = 2**40
    steps: float = 1.0

    def at(self, price: Ints, marks: Ints) -> Ints:
        """The price of crossing where these marks stand; both of one shape."""
        share = np.where(marks & NodeMark.CROSSING, self.marked, 1.0)
        share = share * np.where(marks & NodeMark.ISLAND, self.island, 1.0)
        less = np.rint(price * share).astype(np.int64)
        some: Ints = np.where(marks & NodeMark.SIGNALS, np.minimum(less, self.signals), less)
        return np.where((price > 0) & (some == 0), 1, some)  # 1: the two sides stay two


def prices_of(parameters: Parameters) -> Prices:
    """Seconds as millimetres of walking."""
    mm = parameters.speed_m_per_min / 60 * MM
    seconds = np.array([parameters.crossing_s[kind] for kind in WayKind])
    return Prices(
        np.rint(seconds * mm).astype(np.int64),
        parameters.marked_crossing,
        parameters.island_crossing,
        round(parameters.signal_wait_s * mm),
        parameters.steps_factor,
    )


def slope_factor(slope: Floats) -> Floats:
    """Time on a slope (rise over run) over time on the flat, the mean of up and down.

    Tobler 1993: a walker goes 6 exp(-3.5 |s + 0.05|) km/h; his slope of greatest speed is slightly downhill,
    so that the mean of both directions is never below that of the flat.
    """
    s = np.minimum(np.abs(slope), STEEPEST)
    both = (np.exp(3.5 * (s + 0.05)) + np.exp(3.5 * np.abs(s - 0.05))) / (2 * np.exp(0.175))
    rounded: Floats = np.round(both, 6)  # machines differ in the last bits of an exponential
    return rounded


@dataclass(frozen=True)
class Segments:
    """Straight pieces of ways between the nodes ``a`` and ``b``, once each.

    ``length`` in mm; ``effort``: mm on the flat that take as long. ``lon`` and ``lat`` are of the nodes: the
    given ones, then a copy of each blocked node for every piece that ends there.
    """

    a: Ints
    b: Ints
    way: Ints
    kind: Ints
    length: Ints
    effort: Ints
    addressable: Bools
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.a)


def segments_of(streets: Streets, steps: float = 1.0) -> Segments:
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
    a, b, kind = a[some], b[some], kind[some]
    length = _lengths_mm(streets, a, b)
    factor = np.where(kind == WayKind.STEPS, steps, _slope_factors(streets, a, b, length))
    effort = np.rint(length * factor).astype(np.int64)
    addressable = streets.way_addressable[way[some]] & (kind != WayKind.STEPS)
    a, b, copied = _apart(streets, a, b)
    lon, lat = (np.concatenate([axis, axis[copied]]) for axis in (streets.node_lon, streets.node_lat))
    return Segments(a, b, way[some], kind, length, effort, addressable, lon, lat)


def _slope_factors(streets: Streets, a: Ints, b: Ints, length: Ints) -> Floats:
    """1 where a height is unknown."""
    if streets.node_height is None or not np.isfinite(streets.node_height).any():
        return np.ones(len(a))
    height = between_known(streets)
    rise = np.abs(height[a] - height[b]) * MM / np.maximum(length, 1)
    return np.where(np.isfinite(rise), slope_factor(np.nan_to_num(rise)), 1.0)


def between_known(streets: Streets) -> Floats:
    """Heights of the nodes; those between two known ones of a way lie on the straight line between them.

    Beyond the first and the last known one of a way nothing is guessed.
    """
    assert streets.node_height is not None
    height = streets.node_height.copy()
    nodes, starts = streets.way_nodes, streets.way_start
    step = np.append(0.0, lengths(streets.node_lon[nodes], streets.node_lat[nodes])) if len(nodes) else height
    along = np.cumsum(np.nan_to_num(step))
    way = np.repeat(np.arange(len(streets)), np.diff(starts))
    places = np.arange(len(nodes))
    known = np.isfinite(height[nodes])
    before = np.maximum.accumulate(np.where(known, places, -1))
    after = np.minimum.accumulate(np.where(known, places, len(nodes))[::-1])[::-1]
    open_ = np.flatnonzero(~known & (before >= 0) & (after < len(nodes)))
    x, y = before[open_], after[open_]
    inside = (way[x] == way[open_]) & (way[y] == way[open_])
    open_, x, y = open_[inside], x[inside], y[inside]
    share = (along[open_] - along[x]) / np.maximum(along[y] - along[x], 1e-9)
    low, high = height[nodes[x]], height[nodes[y]]
    height[nodes[open_[::-1]]] = (low + share * (high - low))[::-1]  # of several ways, the first
    return height


def _apart(streets: Streets, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """The ends with a node of its own for every end at a blocked node; and what each new node copies."""
    none = np.empty(0, np.int64)
    if streets.node_marks is None:
        return a, b, none
    blocked = (streets.node_marks & NodeMark.BLOCKED) > 0
    ends = np.concatenate([a, b])
    at = np.flatnonzero(blocked[ends])
    copied = ends[at]
    ends[at] = len(streets.node_lon) + np.arange(len(at))
    return ends[: len(a)], ends[len(a) :], copied


def _lengths_mm(streets: Streets, a: Ints, b: Ints) -> Ints:
    lon = np.column_stack([streets.node_lon[a], streets.node_lon[b]])
    lat = np.column_stack([streets.node_lat[a], streets.node_lat[b]])
    flat_lengths = lengths(lon.ravel(), lat.ravel())[::2] if len(a) else np.empty(0)
    return np.rint(flat_lengths * MM).astype(np.int64)


@jit
def _trace(
    a: Ints, b: Ints, length: Ints, effort: Ints, start: Ints, touching: Ints, junction: Bools
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints]:
    """Join segments into chains between junctions.

    Returns for each segment its chain, where it begins on it (mm, and effort), whether it runs backwards; and
    the nodes of all chains with their starts and the distance (mm, and effort) of each along its chain.
    """
    m = len(a)
    chain, offset, turned = np.full(m, -1, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    spent = np.zeros(m, np.int64)
    nodes, along, tiring = np.empty(2 * m, np.int64), np.empty(2 * m, np.int64), np.empty(2 * m, np.int64)
    starts = np.empty(m + 1, np.int64)
    used, chains = 0, 0
    for turn in range(2):  # first from junctions, then around what is left: rings without any
        for first in range(m):
            for end in range(2):
                node = a[first] if end == 0 else b[first]
                if chain[first] >= 0 or (turn == 0 and not junction[node]):
                    continue
                starts[chains] = used
                nodes[used], along[used], tiring[used] = node, 0, 0
                used += 1
                s, at, tired = first, 0, 0
                while True:
                    chain[s], offset[s], spent[s] = chains, at, tired
                    turned[s] = 1 if b[s] == node else 0
                    node = a[s] if b[s] == node else b[s]
                    at += length[s]
                    tired += effort[s]
                    nodes[used], along[used], tiring[used] = node, at, tired
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
    return chain, offset, spent, turned, nodes[:used], along[:used], tiring[:used], starts[: chains + 1]


@dataclass(frozen=True)
class Network:
    """Chains between junctions, their sides as arcs between corners, and the corners' graph.

    Chain ``c`` runs over ``nodes[starts[c]:starts[c + 1]]`` (``along``: mm from its beginning, ``tiring``:
    the same as effort). Its left arc is ``2 c``, its right ``2 c + 1``; arc ``x`` joins the corners
    ``arc_u[x]`` and ``arc_v[x]``. ``crossing`` is the price in mm of crossing a chain anywhere. The graph
    (``first``, ``head``, ``cost``, ``metres``, ``via``) holds arcs (``via`` = arc) and crossings at corners
    (``via`` = -1, no metres).
    """

    lon: Floats
    lat: Floats
    segments: Segments
    seg_chain: Ints
    seg_offset: Ints
    seg_spent: Ints
    seg_turned: Ints
    nodes: Ints
    along: Ints
    tiring: Ints
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
    def effort(self) -> Ints:
        """Effort of walking each chain, in mm of the flat; never less than its length."""
        ends: Ints = self.tiring[self.starts[1:] - 1]
        return ends

    @cached_property
    def tail(self) -> Ints:
        """Where each edge of the corners' graph begins."""
        return np.repeat(np.arange(len(self.corner_node)), np.diff(self.first))

    @cached_property
    def scratch(self) -> Scratch:
        """For searches over the corners' graph."""
        return Scratch(len(self.corner_node), len(self.head))


def network_of(streets: Streets, prices: Prices, breaks: Bools | None = None) -> Network:
    """Build the network. O(n log n).

    Chains also end at the nodes that ``breaks`` (one entry per node) marks.
    """
    segments = segments_of(streets, prices.steps)
    price = prices.crossing[segments.kind]
    n = len(segments.lon)
    marks = np.zeros(n, np.int64)
    if streets.node_marks is not None:
        marks[: len(streets.node_marks)] = streets.node_marks
    start, touching = _incidence(segments, n)
    junction = _junctions(segments, price, marks, start, touching)
    if breaks is not None:
        junction[: len(breaks)] |= breaks
    chain, offset, spent, turned, nodes, along, tiring, starts = _trace(
        segments.a, segments.b, segments.length, segments.effort, start, touching, junction
    )
    crossing = np.zeros(len(starts) - 1, np.int64)
    crossing[chain] = price
    arc_u, arc_v, corner_node, cross = _corners(segments, nodes, starts, crossing, prices, marks)
    length, effort = along[starts[1:] - 1], tiring[starts[1:] - 1]
    graph = _graph(arc_u, arc_v, length, effort, crossing, cross, len(corner_node))
    part, part_mm = _parts(graph, arc_u, length, len(corner_node))
    return Network(
        segments.lon, segments.lat, segments, chain, offset, spent, turned, nodes, along, tiring, starts,
        crossing, arc_u, arc_v, corner_node, *graph, part, part_mm,
    )  # fmt: skip


def _incidence(segments: Segments, n: int) -> tuple[Ints, Ints]:
    """Segments at each node, as start and list."""
    ends = np.concatenate([segments.a, segments.b])
    order = np.argsort(ends, kind="stable")
    start = np.searchsorted(ends[order], np.arange(n + 1)).astype(np.int64)
    return start, np.concatenate([np.arange(len(segments))] * 2)[order]


def _junctions(segments: Segments, price: Ints, marks: Ints, start: Ints, touching: Ints) -> Bools:
    """Nodes where a chain ends: not exactly two segments, the price of crossing changes, or a crossing."""
    degree = np.diff(start)
    junction: Bools = degree != 2
    pair = np.flatnonzero(~junction)
    here = price[touching[start[pair]]]
    junction[pair] = (here != price[touching[start[pair] + 1]]) | ((marks[pair] & MARKED > 0) & (here > 0))
    return junction


def _corners(
    segments: Segments, nodes: Ints, starts: Ints, crossing: Ints, prices: Prices, marks: Ints
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
    lon, lat = segments.lon, segments.lat
    angle = directions(lon[towards] - lon[at], lat[towards] - lat[at], lat[at])
    order = np.lexsort((np.arange(2 * chains), angle, at))
    before = np.empty(2 * chains, np.int64)  # the corner on the right of each half-chain
    begins = np.ones(len(order), bool)
    begins[1:] = at[order][1:] != at[order][:-1]
    group = np.cumsum(begins) - 1
    last = np.append(np.flatnonzero(begins)[1:], len(order)) - 1
    before[order] = np.where(begins, order[last[group]], np.roll(order, 1))
    after = np.arange(2 * chains)
    price = prices.at(np.repeat(crossing, 2), marks[at])
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
    arc_u: Ints,
    arc_v: Ints,
    length: Ints,
    effort: Ints,
    crossing: Ints,
    cross: tuple[Ints, Ints, Ints],
    corners: int,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Corners' graph in rows: (first, head, cost, metres, via). A free chain counts as its left arc alone."""
    arcs = np.arange(len(arc_u))
    arcs = arcs[(arcs % 2 == 0) | (crossing[arcs // 2] > 0)]
    a, b, over = cross
    tail = np.concatenate([arc_u[arcs], a])
    head = np.concatenate([arc_v[arcs], b])
    cost = np.concatenate([effort[arcs // 2], over])
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
