"""Teams of several sizes: each size gets a zone of its own, in which all turfs are for such teams.

A zone for each size keeps every turf's minutes equal and its doors connected, with the search that serves all
other plans; its share is what the teams of that size do in the asked minutes, of what all do.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from .order import Costs
from .parameters import Parameters, minutes_per_door
from .part import Part
from .partition import cut
from .problem import Bools, Doors, Floats, Ints
from .space import (
    MM,
    Adjacency,
    Space,
    Walked,
    adjacency_from,
    members_of,
    parts_of,
    restrict,
    tree_edges,
)

CELLS = 2.0
"""Cells of which zones are made, for each turf."""


@dataclass(frozen=True)
class Some:
    """Some doors of a space, numbered anew."""

    whole: Space
    some: Ints

    @property
    def straight(self) -> bool:
        """As the whole."""
        return self.whole.straight

    def feet(self, doors: Ints) -> Floats:
        """As the whole."""
        return self.whole.feet(self.some[doors])

    @cached_property
    def adjacency(self) -> Adjacency:
        """Of these doors alone."""
        return restrict(self.whole.adjacency, self.some)

    @cached_property
    def tree_mm(self) -> Ints:
        """A spanning tree of the neighbours."""
        near = self.adjacency
        tail = np.repeat(np.arange(len(near)), np.diff(near.start))
        return tree_edges(len(near), tail, near.other, near.cost)

    def matrix(self, doors: Ints) -> Costs:
        """As the whole."""
        return self.whole.matrix(self.some[doors])

    def metres(self, doors: Ints) -> Costs:
        """As the whole."""
        return self.whole.metres(self.some[doors])

    def access(self, doors: Ints) -> Ints:
        """As the whole."""
        return self.whole.access(self.some[doors])

    def walk(self, order: Ints) -> Walked:
        """As the whole."""
        return self.whole.walk(self.some[order])


@dataclass(frozen=True)
class Zone:
    """Doors (places in a part) for teams of one size; ``minutes`` at each door of the part."""

    size: int
    some: Ints
    space: Space
    minutes: Floats


def zones_of(doors: Doors, parameters: Parameters, part: Part, seed: int) -> list[Zone]:
    """The whole part for one size of team, else connected zones in the order of the sizes."""
    n = len(part.doors)
    sizes = sorted(set(parameters.sizes)) or [parameters.team_size]
    minutes = {size: _minutes(doors, parameters, part, size) for size in sizes}
    if len(sizes) == 1:
        return [Zone(sizes[0], np.arange(n), part.space, minutes[sizes[0]])]
    labels = _shared(part, parameters, sizes, minutes, seed)
    zones = list[Zone]()
    for number, size in enumerate(sizes):
        own = np.flatnonzero(labels == number)
        for piece in members_of(parts_of(restrict(part.space.adjacency, own))):
            some = own[piece]
            zones.append(Zone(size, some, Some(part.space, some), minutes[size]))
    return zones


def _minutes(doors: Doors, parameters: Parameters, part: Part, size: int) -> Floats:
    return minutes_per_door(doors=doors, parameters=replace(parameters, team_size=size))[part.doors]


def _shared(
    part: Part, parameters: Parameters, sizes: list[int], minutes: dict[int, Floats], seed: int
) -> Ints:
    """Number of the size of each door: connected stretches of cells, each as large as its share."""
    n = len(part.doors)
    walk = 1.2 * float(part.space.tree_mm.sum()) / n / MM / parameters.speed_m_per_min
    load = {size: minutes[size] + walk for size in sizes}
    teams = Counter(parameters.sizes)
    # Doors at one place that take no time load nobody.
    rate = np.array([teams[size] * n / max(float(load[size].sum()), 1 / MM) for size in sizes])
    heft = np.rint(load[sizes[0]] * MM).astype(np.int64)
    pieces = int(min(n, max(2 * len(sizes), CELLS * heft.sum() / MM / parameters.minutes)))
    cell = cut(adjacency=part.space.adjacency, weights=heft, pieces=pieces, seed=seed)
    near = part.space.adjacency
    tail = np.repeat(np.arange(n), np.diff(near.start))
    touching = adjacency_from(int(cell.max()) + 1, cell[tail], cell[near.other], near.cost)
    return _grown(touching, np.bincount(cell, weights=heft).astype(np.float64), rate / rate.sum())[cell]


def _grown(near: Adjacency, heft: Floats, shares: Floats) -> Ints:
    """Number of the zone of each cell; what is left over keeps together as long as it can."""
    zone = np.full(len(near), len(shares) - 1, np.int64)
    left = np.ones(len(near), bool)
    for number, share in enumerate(shares[:-1]):
        taken, asked = 0.0, float(share * heft.sum())
        first = _outwards(near, left)
        ranks = {int(cell): rank for rank, cell in enumerate(first)}
        while left.any():
            rim = _rim(near, zone == number, left) or [int(first[0])]
            rim = [c for c in rim if taken + heft[c] / 2 <= asked]
            whole = [c for c in rim if _together(near, left, c)]
            if not rim:
                break
            cell = min(whole or rim, key=lambda c: ranks.get(c, len(near)))
            zone[cell], left[cell] = number, False
            taken += float(heft[cell])
    return zone


def _outwards(near: Adjacency, left: Bools) -> Ints:
    """Cells that are left, from one far end to the other, neighbours first."""
    own = np.flatnonzero(left)
    inner = restrict(near, own)
    graph = csr_array((np.ones(len(inner.other)), inner.other, inner.start), shape=(len(own), len(own)))
    last = breadth_first_order(graph, 0, directed=False, return_predecessors=False)[-1]
    order: Ints = own[breadth_first_order(graph, last, directed=False, return_predecessors=False)]
    return order


def _rim(near: Adjacency, zone: Bools, left: Bools) -> list[int]:
    """Cells that are left and touch the zone."""
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    return [int(cell) for cell in np.unique(near.other[zone[tail] & left[near.other]])]


def _together(near: Adjacency, left: Bools, cell: int) -> bool:
    """Whether the others that are left still touch one another without ``cell``."""
    rest = left.copy()
    rest[cell] = False
    own = np.flatnonzero(rest)
    return len(own) < 2 or int(parts_of(restrict(near, own)).max()) == 0
