"""What the search needs to know of the ground, whatever it was measured on."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from .order import Costs
from .problem import Floats, Ints

MM = 1000


@dataclass(frozen=True)
class Adjacency:
    """Neighbours: door ``i`` touches ``other[start[i]:start[i + 1]]`` at that ``cost`` (mm); symmetric."""

    start: Ints
    other: Ints
    cost: Ints

    def __len__(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True)
class Walked:
    """A walk: line (p, 2) in degrees, cost as in ``Space.matrix``, and the parts of that cost which crossings
    are, and what steps and slopes add to the metres."""

    line: Floats
    cost_mm: int
    crossing_mm: int
    climb_mm: int = 0


class Space(Protocol):
    """The ground under the doors 0..n-1 of one part; all of them can be reached from one another."""

    @property
    def straight(self) -> bool:
        """Whether distances are straight lines."""
        ...

    @property
    def adjacency(self) -> Adjacency:
        """Neighbouring doors; connected."""
        ...

    @property
    def tree_mm(self) -> Ints:
        """Edge lengths (metres only, in mm) of a minimum spanning tree of the doors; shape (n - 1,)."""
        ...

    def matrix(self, doors: Ints) -> Costs:
        """Cost between doors in mm (walked metres, and crossings as metres); shape (m, m), symmetric."""
        ...

    def metres(self, doors: Ints) -> Costs:
        """Shortest metres between doors in mm, crossings free; never more than ``matrix``."""
        ...

    def access(self, doors: Ints) -> Ints:
        """The part (mm) of every distance that belongs to the door: from its way and back; shape (m,)."""
        ...

    def feet(self, doors: Ints) -> Floats:
        """Where each door meets its way (degrees): no way between them is shorter than the
        straight line; shape (m, 2)."""
        ...

    def walk(self, order: Ints) -> Walked:
        """The line walked from the first to the last door of ``order``."""
        ...


def adjacency_from(n: int, a: Ints, b: Ints, cost: Ints) -> Adjacency:
    """From edges in any direction, possibly repeated: the cheapest of each pair, both ways."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((cost, high, low))
    low, high, cost = low[order], high[order], cost[order]
    fresh = np.ones(len(low), bool)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    fresh &= low != high
    low, high, cost = low[fresh], high[fresh], cost[fresh]
    tail, head = np.concatenate([low, high]), np.concatenate([high, low])
    both = np.concatenate([cost, cost])
    order = np.lexsort((head, tail))
    start = np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int64)
    return Adjacency(start, head[order].astype(np.int64), both[order].astype(np.int64))


def parts_of(adjacency: Adjacency) -> Ints:
    """Label of the connected part of each door; shape (n,)."""
    n = len(adjacency)
    graph = csr_array((np.ones(len(adjacency.other)), adjacency.other, adjacency.start), shape=(n, n))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def members_of(labels: Ints) -> list[Ints]:
    """The places of each label 0, 1, … in rising order; O(n log n) however many labels there are."""
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(1, int(labels.max(initial=-1)) + 1))
    return np.split(order, ends) if len(labels) else []


def restrict(adjacency: Adjacency, doors: Ints) -> Adjacency:
    """The adjacency between ``doors`` alone, renumbered 0..len(doors) - 1; reads their rows only."""
    begin, count = adjacency.start[doors], adjacency.start[doors + 1] - adjacency.start[doors]
    tail = np.repeat(np.arange(len(doors)), count)
    within = np.arange(len(tail)) - np.repeat(np.cumsum(count) - count, count)
    edge = np.repeat(begin, count) + within
    by_number = np.argsort(doors, kind="stable")
    place = np.minimum(np.searchsorted(doors[by_number], adjacency.other[edge]), len(doors) - 1)
    head = by_number[place] if len(doors) else place
    keep = doors[head] == adjacency.other[edge]
    return adjacency_from(len(doors), tail[keep], head[keep], adjacency.cost[edge][keep])


def tree_edges(n: int, a: Ints, b: Ints, cost: Ints) -> Ints:
    """Edge costs of a minimum spanning forest. Costs are shifted by one: SciPy reads 0 as "no edge"."""
    both = adjacency_from(n, a, b, cost)
    tail = np.repeat(np.arange(n), np.diff(both.start))
    up = tail < both.other
    graph = coo_array(((both.cost[up] + 1).astype(float), (tail[up], both.other[up])), shape=(n, n)).tocsr()
    edges: Ints = minimum_spanning_tree(graph).data.astype(np.int64) - 1
    return edges
