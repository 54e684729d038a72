"""Turfs of one part: how many, cut, ordered, improved by groups of neighbouring turfs, ordered again."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .improve import improve
from .order import walked_cost, walking_order
from .partition import cut
from .problem import Ints
from .space import Adjacency, Space, adjacency_from, restrict

MOST_DOORS = 2000  # in a turf: its matrix is dense
GROUP_DOORS = 1400  # improved together: their matrix is dense
FINAL_KICKS = 20  # per door

Advance = Callable[[float], None]
"""Called with the share (0..1) of the part's work just done; may raise to interrupt."""


@dataclass(frozen=True)
class Task:
    """One part to cut: ground, time at each door and asked length (mm of walking), seed, work per door."""

    space: Space
    service: Ints
    asked: float
    closed: bool
    seed: int
    trials_per_door: int


def turfs_of(task: Task, advance: Advance) -> list[Ints]:
    """Doors of each turf in walking order."""
    orders = _constructed(task)
    advance(0.2)
    orders = _improved(task, orders, advance)
    return [_polished(task, order) for order in orders]


def how_many(total: float, asked: float) -> int:
    """Number of turfs whose equal share of ``total`` is nearest to ``asked``, rather shorter than longer."""
    fewer = max(1, int(total // asked))
    return fewer if total <= fewer * asked * (1.10 if fewer == 1 else 1.05) else fewer + 1


def _constructed(task: Task) -> list[Ints]:
    """Cut and order until the number of turfs agrees with the walks that come out of it."""
    n = len(task.service)
    tree = int(task.space.tree_mm.sum())
    share = np.full(n, 1.2 * tree / max(1, n))
    pieces, orders = 0, list[Ints]()
    for _ in range(3):
        weights = task.service + share.astype(np.int64)
        wanted = min(n, max(how_many(float(weights.sum()), task.asked), -(-n // MOST_DOORS)))
        if wanted == pieces:
            break
        pieces = wanted
        labels = cut(adjacency=task.space.adjacency, weights=weights, pieces=pieces, seed=task.seed)
        orders = [_first_order(task, np.flatnonzero(labels == label)) for label in range(pieces)]
        for order in orders:
            share[order] = _cost(task, order) / len(order)
    return orders


def _first_order(task: Task, doors: Ints) -> Ints:
    return doors[walking_order(M=task.space.matrix(doors), closed=task.closed)]


def _cost(task: Task, order: Ints) -> int:
    M = task.space.matrix(order)
    return walked_cost(M, np.arange(len(order)), task.closed)


def _polished(task: Task, order: Ints) -> Ints:
    M = task.space.matrix(order)
    kicks = min(FINAL_KICKS, task.trials_per_door) * len(order)
    return order[walking_order(M=M, first=np.arange(len(order)), kicks=kicks, closed=task.closed)]


def _improved(task: Task, orders: list[Ints], advance: Advance) -> list[Ints]:
    if len(orders) < 2 or task.trials_per_door == 0:
        return orders
    total = sum(_cost(task, order) for order in orders) + int(task.service.sum())
    target = total / len(orders)
    rounds = 1 if len(task.service) <= GROUP_DOORS else 2
    for turn in range(rounds):
        for group in _groups(task, orders, turn):
            doors = sum(len(orders[t]) for t in group)
            better = _improved_group(task, [orders[t] for t in group], target, turn, rounds)
            for t, order in zip(group, better, strict=True):
                orders[t] = order
            advance(0.7 * doors / len(task.service) / rounds)
    return [order for order in orders if len(order)]


def _improved_group(task: Task, orders: list[Ints], target: float, turn: int, rounds: int) -> list[Ints]:
    orders = [order for order in orders if len(order)] + [order for order in orders if not len(order)]
    filled = [order for order in orders if len(order)]
    doors = np.concatenate(filled)
    ends = np.cumsum([0, *(len(order) for order in filled)])
    better = improve(
        M=task.space.matrix(doors),
        service=task.service[doors],
        adjacency=restrict(task.space.adjacency, doors),
        orders=[np.arange(a, b) for a, b in pairwise(ends)],
        target=target,
        trials=task.trials_per_door * len(doors) // rounds,
        seed=task.seed * 1_000_003 + turn * 7919 + int(doors[0]),
        heat=(1.0, 0.02) if turn == 0 else (0.3, 0.02),
    )
    return [doors[order] for order in better] + orders[len(filled) :]


def _groups(task: Task, orders: list[Ints], turn: int) -> list[list[int]]:
    """Turfs that lie together, at most GROUP_DOORS doors in a group; the seams move with ``turn``."""
    if len(task.service) <= GROUP_DOORS:
        return [list(range(len(orders)))]
    weights = np.array([len(order) for order in orders], np.int64)
    pieces = -(-int(weights.sum()) // (GROUP_DOORS * 3 // 4))
    label = np.full(len(task.service), 0, np.int64)
    for t, order in enumerate(orders):
        label[order] = t
    touching = _turf_adjacency(task, label, len(orders))
    groups = cut(adjacency=touching, weights=weights, pieces=pieces, seed=task.seed + 1 + turn)
    return [np.flatnonzero(groups == g).tolist() for g in range(int(groups.max()) + 1)]


def _turf_adjacency(task: Task, label: Ints, k: int) -> Adjacency:
    near = task.space.adjacency
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    return adjacency_from(k, label[tail], label[near.other], near.cost)
