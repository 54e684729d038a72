"""The ground without streets: straight lines, a little dearer between doors of different streets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import Delaunay, QhullError

from .geo import flat, metres_between
from .jit import jit
from .names import suffix_ranks
from .order import Costs
from .problem import Doors, Floats, Ints
from .space import MM, Adjacency, Walked, adjacency_from, members_of, parts_of, tree_edges


@dataclass(frozen=True)
class StraightSpace:
    """Doors with positions (degrees) and a number for the name of their street (-1: none)."""

    lon: Floats
    lat: Floats
    street: Ints
    number: Ints
    detour: float
    max_gap_m: float
    rank: Ints | None = None  # of the suffix: none, bis, ter…

    straight = True

    @cached_property
    def _edges(self) -> tuple[Ints, Ints]:
        return _touching(flat(self.lon, self.lat, float(np.mean(self.lat))))

    @cached_property
    def adjacency(self) -> Adjacency:
        """Gabriel graph of the doors (it holds the spanning tree) and next numbers of a street."""
        a, b = _gabriel(flat(self.lon, self.lat, float(np.mean(self.lat))), *self._edges)
        c, d = _next_numbers(self.street, self.number, self.rank)
        a, b = np.concatenate([a, c]), np.concatenate([b, d])
        cost = _pair_costs(self.lon, self.lat, self.street, self.detour, a, b)
        metres = _pair_costs(self.lon, self.lat, self.street, 1.0, a, b)
        near = metres <= self.max_gap_m * MM
        return adjacency_from(len(self.lon), a[near], b[near], cost[near])

    @cached_property
    def tree_mm(self) -> Ints:
        """Of the Delaunay triangulation, which holds the Euclidean minimum spanning tree."""
        a, b = self._edges
        return tree_edges(len(self.lon), a, b, _pair_costs(self.lon, self.lat, self.street, 1.0, a, b))

    def matrix(self, doors: Ints) -> Costs:
        """Straight metres, times ``detour`` between different streets."""
        return _matrix(self.lon[doors], self.lat[doors], self.street[doors], self.detour)

    def metres(self, doors: Ints) -> Costs:
        """Straight metres."""
        return _matrix(self.lon[doors], self.lat[doors], self.street[doors], 1.0)

    def access(self, doors: Ints) -> Ints:
        """None: doors are met where they stand."""
        return np.zeros(len(doors), np.int64)

    def feet(self, doors: Ints) -> Floats:
        """Where they stand."""
        return np.column_stack([self.lon[doors], self.lat[doors]])

    def walk(self, order: Ints) -> Walked:
        """From door to door."""
        cost = _pair_costs(self.lon, self.lat, self.street, self.detour, order[:-1], order[1:])
        return Walked(np.column_stack([self.lon[order], self.lat[order]]), int(cost.sum()), 0)


def straight_parts(
    *, doors: Doors, chosen: Ints, street: Ints, detour: float, max_gap_m: float
) -> list[tuple[Ints, StraightSpace]]:
    """Split the ``chosen`` doors where a gap is wider than ``max_gap_m``: (door indices, their ground)."""

    rank = suffix_ranks(doors.suffixes)

    def space(some: Ints) -> StraightSpace:
        return StraightSpace(
            doors.lon[some],
            doors.lat[some],
            street[some],
            doors.numbers[some],
            detour,
            max_gap_m,
            rank[some],
        )

    labels = parts_of(space(chosen).adjacency)
    groups = [chosen[some] for some in members_of(labels)]
    return [(group, space(group)) for group in groups]


def neighbours(lon: Floats, lat: Floats, street: Ints, detour: float) -> tuple[Ints, Ints, Ints]:
    """(door, door, mm of the straight walk) of doors next to one another, whatever lies between."""
    a, b = _touching(flat(lon, lat, float(np.mean(lat))))
    return a, b, _pair_costs(lon, lat, street, detour, a, b)


def _touching(points: Floats) -> tuple[Ints, Ints]:
    """Edges of the Delaunay triangulation; doors at one point form a chain. Few or collinear points too."""
    unique, first, same = np.unique(points, axis=0, return_index=True, return_inverse=True)
    by_point = np.argsort(same, kind="stable")
    twins = same[by_point][1:] == same[by_point][:-1]
    a, b = _triangulated(unique)
    return (
        np.concatenate([by_point[:-1][twins], first[a]]).astype(np.int64),
        np.concatenate([by_point[1:][twins], first[b]]).astype(np.int64),
    )


def _triangulated(unique: Floats) -> tuple[Ints, Ints]:
    chain = np.arange(len(unique) - 1)
    try:
        mesh = Delaunay(unique - unique.mean(axis=0)) if len(unique) > 3 else None
    except QhullError:  # all on a line: np.unique sorted them along it
        mesh = None
    if mesh is None or len(mesh.coplanar):
        a, b = (chain, chain + 1) if len(unique) != 3 else (np.array([0, 1, 0]), np.array([1, 2, 2]))
    if mesh is not None:
        corners = mesh.simplices
        x, y = corners[:, [0, 1, 2]].ravel(), corners[:, [1, 2, 0]].ravel()
        if len(mesh.coplanar):
            x, y = np.concatenate([x, mesh.coplanar[:, 0]]), np.concatenate([y, mesh.coplanar[:, 2]])
        a, b = x, y
    return a.astype(np.int64), b.astype(np.int64)


def _gabriel(points: Floats, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Keep an edge when no common neighbour lies inside the circle that has it for diameter."""
    touching = adjacency_from(len(points), a, b, np.zeros(len(a), np.int64))
    keep = _empty_circles(points, touching.start, touching.other, a, b)
    return a[keep], b[keep]


@jit
def _empty_circles(points: Floats, start: Ints, other: Ints, a: Ints, b: Ints) -> "np.ndarray":
    keep = np.ones(len(a), np.bool_)
    for x in range(len(a)):
        i, j = a[x], b[x]
        for k in other[start[i] : start[i + 1]]:
            if k == j:
                continue
            dot = (points[i, 0] - points[k, 0]) * (points[j, 0] - points[k, 0])
            dot += (points[i, 1] - points[k, 1]) * (points[j, 1] - points[k, 1])
            if dot < 0:
                keep[x] = False
                break
    return keep


def _next_numbers(street: Ints, number: Ints, rank: Ints | None) -> tuple[Ints, Ints]:
    """Pairs of doors that follow one another on one side (parity) of a street; without a number none does."""
    after = np.zeros(len(number), np.int64) if rank is None else rank
    order = np.lexsort((after, number, number % 2, street))
    s, n = street[order], number[order]
    next_ = (s[1:] == s[:-1]) & (s[1:] >= 0) & (n[1:] % 2 == n[:-1] % 2) & (n[:-1] > 0)
    return order[:-1][next_].astype(np.int64), order[1:][next_].astype(np.int64)


@jit
def _cost(lon1: float, lat1: float, lon2: float, lat2: float, same: bool, detour: float) -> int:
    metres = metres_between(lon1, lat1, lon2, lat2)
    return round((metres if same else metres * detour) * 1000.0)


@jit
def _pair_costs(lon: Floats, lat: Floats, street: Ints, detour: float, a: Ints, b: Ints) -> Ints:
    out = np.empty(len(a), np.int64)
    for x in range(len(a)):
        i, j = a[x], b[x]
        same = street[i] == street[j] and street[i] >= 0
        out[x] = _cost(lon[i], lat[i], lon[j], lat[j], same, detour)
    return out


@jit
def _matrix(lon: Floats, lat: Floats, street: Ints, detour: float) -> Costs:
    m = len(lon)
    out = np.zeros((m, m), np.int32)
    for i in range(m):
        for j in range(i):
            same = street[i] == street[j] and street[i] >= 0
            out[i, j] = out[j, i] = _cost(lon[i], lat[i], lon[j], lat[j], same, detour)
    return out
