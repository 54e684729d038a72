"""The ground of one town, written down: doors, distances, neighbours, so that both sides see the same.

A ``Ground`` is what the planner's largest connected part looks like from outside: a dense matrix of costs,
one of metres, the way from street to door, the graph of neighbours and the spanning tree. It is a ``Space``,
so that our search runs on the very numbers that the peers are given, today or after the planner has changed.
"""

import hashlib
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from amiral.cores.walk import Parameters, Problem, minutes_per_door
from amiral.cores.walk.order import Costs
from amiral.cores.walk.problem import Floats, Ints
from amiral.cores.walk.search import ground_of, sorted_doors
from amiral.cores.walk.space import MM, Adjacency, Walked, restrict

DENSE_DOORS = 12_000  # beyond, no peer can be given a matrix


class TooLarge(ValueError):
    """No peer can be given so large a matrix; ``growth`` measures such towns."""


@dataclass(frozen=True)
class Ground:
    """Doors 0..n-1: ``cost`` and ``plain`` (metres alone) in mm, shape (n, n); ``service`` in mm of
    walking."""

    lon: Floats
    lat: Floats
    service: Ints
    cost: Costs
    plain: Costs
    entry: Ints
    start: Ints
    other: Ints
    near: Ints
    tree_mm: Ints
    foot: Floats  # degrees, shape (n, 2)
    speed: Floats  # one number: mm per minute

    straight = False

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def adjacency(self) -> Adjacency:
        """Neighbouring doors."""
        return Adjacency(self.start, self.other, self.near)

    def matrix(self, doors: Ints) -> Costs:
        """Costs between some doors."""
        return self.cost[np.ix_(doors, doors)]

    def metres(self, doors: Ints) -> Costs:
        """Metres between some doors, crossings free."""
        return self.plain[np.ix_(doors, doors)]

    def access(self, doors: Ints) -> Ints:
        """From the way to the door."""
        return self.entry[doors]

    def feet(self, doors: Ints) -> Floats:
        """Where each door meets its way, in degrees."""
        return self.foot[doors]

    def walk(self, order: Ints) -> Walked:
        """No line is known here: the doors joined by straight lines, with the true cost."""
        cost = int(self.cost[order[:-1], order[1:]].sum(dtype=np.int64))
        return Walked(np.column_stack([self.lon[order], self.lat[order]]), cost, 0)

    def only(self, doors: Ints) -> "Ground":
        """The ground of some doors; they must hang together, and no bound is meant for them."""
        near = restrict(self.adjacency, doors)
        whole = np.ix_(doors, doors)
        return replace(
            self,
            lon=self.lon[doors],
            lat=self.lat[doors],
            service=self.service[doors],
            cost=self.cost[whole],
            plain=self.plain[whole],
            entry=self.entry[doors],
            start=near.start,
            other=near.other,
            near=near.cost,
            tree_mm=self.tree_mm[: len(doors) - 1],
            foot=self.foot[doors],
        )

    def digest(self) -> str:
        """Name of these numbers: answers of the peers are kept under it."""
        seal = hashlib.sha256()
        for part in (self.cost, self.service):
            seal.update(np.ascontiguousarray(part).data)
        return seal.hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write all columns."""
        np.savez(path, **{one.name: getattr(self, one.name) for one in fields(self)})

    @classmethod
    def load(cls, path: Path) -> "Ground":
        """Read what ``save`` wrote."""
        with np.load(path) as columns:
            return cls(**{one.name: columns[one.name] for one in fields(cls)})


def ground_from(problem: Problem, parameters: Parameters) -> Ground:
    """The largest connected part of a problem (ties: the first)."""
    good = np.flatnonzero(np.isfinite(problem.doors.lon) & np.isfinite(problem.doors.lat))
    parts, _ = ground_of(problem, parameters, sorted_doors(problem.doors, good))
    part = max(parts, key=lambda one: len(one.doors))
    if len(part.doors) > DENSE_DOORS:
        raise TooLarge(f"{len(part.doors)} doors are too many for a dense matrix ({DENSE_DOORS} at most).")
    speed = parameters.speed_m_per_min * MM
    minutes = minutes_per_door(doors=problem.doors, parameters=parameters)[part.doors]
    everybody = np.arange(len(part.doors))
    near = part.space.adjacency
    return Ground(
        lon=problem.doors.lon[part.doors],
        lat=problem.doors.lat[part.doors],
        service=np.rint(minutes * speed).astype(np.int64),
        cost=part.space.matrix(everybody),
        plain=part.space.metres(everybody),
        entry=part.space.access(everybody),
        start=near.start,
        other=near.other,
        near=near.cost,
        tree_mm=part.space.tree_mm,
        foot=part.space.feet(everybody),
        speed=np.array([speed]),
    )
