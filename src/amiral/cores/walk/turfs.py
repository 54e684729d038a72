"""Turfs of one part: how many, cut, ordered, improved by groups of neighbouring turfs, ordered again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from .crew import Crew
from .improve import improve
from .order import walked_cost, walking_order
from .partition import cut
from .problem import Floats, Ints
from .space import Adjacency, Space, adjacency_from, members_of, parts_of, restrict

MOST_DOORS = 2000  # in a turf: its matrix is dense
GROUP_DOORS = 3000  # improved together: their matrix is dense
FINAL_KICKS = 20  # per door
HEATS = (4.0, 0.07), (1.0, 0.07)  # of the rounds: first and last temperature, in mean legs
CUTS = 5  # tries at the first cut
SHRUNK = 0.9  # of the metres of the first cut's walks: what the search leaves of them
REACHABLE = 0.05  # of the asked length: an equal share within it can be moved to it
LONGER = 0.095  # of the asked length: what an equal share may exceed it by, if no other number is nearer
TOO_LONG = 1.25  # of the asked length: a walk to be halved

Advance = Callable[[float], None]
"""Called with the share (0..1) of the part's work just done; may raise to interrupt."""


@dataclass(frozen=True)
class Task:
    """One part to cut: ground, time at each door and asked length (mm of walking), seed, work per door.

    ``lenient``: see ``improve``.
    """

    space: Space
    service: Ints
    asked: float
    closed: bool
    seed: int
    trials_per_door: int
    crew: Crew
    lenient: bool = False


def turfs_of(task: Task, advance: Advance) -> list[Ints]:
    """Doors of each turf in walking order."""
    orders = _constructed(task)
    advance(0.2)
    orders = _improved(task, orders, advance)
    total = sum(_load(task, order) for order in orders)
    wanted = how_many(total, task.asked)
    if wanted != len(orders) and abs(total / len(orders) / task.asked - 1) > REACHABLE:
        # The walks came out shorter or longer than thought: another number of turfs fits better.
        others = _improved(task, _constructed(task, wanted), lambda share: None)
        orders = min(orders, others, key=partial(_unfairness, task))
    orders = [piece for order in orders for piece in _split(task, order)]
    return list(task.crew.each(partial(_polished, task), orders))


def how_many(total: float, asked: float) -> int:
    """Number of turfs whose equal share of ``total`` is nearest to ``asked``, and less than 10 % longer."""
    fewer = max(1, int(total // asked))
    over, under = total / fewer - asked, asked - total / (fewer + 1)
    return fewer if over <= LONGER * asked and over <= under else fewer + 1


def _split(task: Task, order: Ints) -> list[Ints]:
    """Halve a walk that is far too long, if its pieces come nearer to what is asked and hang together.

    A long way to a few doors cannot be shared out by moving doors: what lies beyond it must stand alone.
    """
    load, n = _load(task, order), len(order)
    if load <= TOO_LONG * task.asked or n < 2 or task.closed:
        return [order]
    legs = task.space.matrix(order)[np.arange(n - 1), np.arange(1, n)].astype(np.int64)
    first = np.cumsum(task.service[order])[:-1] + np.append(0, np.cumsum(legs)[:-1])
    away = (np.column_stack([first, load - legs - first]) / task.asked - 1) ** 2
    cost = away.sum(axis=1)
    for at in np.argsort(cost, kind="stable"):
        if cost[at] >= (load / task.asked - 1) ** 2:
            return [order]
        pieces = [order[: at + 1], order[at + 1 :]]
        if all(_hangs_together(task, piece) for piece in pieces):
            return [better for piece in pieces for better in _split(task, piece)]
    return [order]


def _hangs_together(task: Task, doors: Ints) -> bool:
    near = restrict(task.space.adjacency, doors)
    return int(parts_of(near).max()) == 0


def _constructed(task: Task, pieces: int = 0) -> list[Ints]:
    """Cut and order, a few times over: each time the walks of the last tell what a door really takes.

    Into as many ``pieces`` as the asked length tells, if none are given.
    """
    n = len(task.service)
    share = np.full(n, 1.2 * int(task.space.tree_mm.sum()) / max(1, n))
    shrunk = SHRUNK if task.trials_per_door else 1.0
    best, least = list[Ints](), np.inf
    for turn in range(CUTS):
        weights = task.service + share.astype(np.int64)
        total = float(task.service.sum()) + shrunk * float(share.sum())
        k = min(n, max(pieces or how_many(total, task.asked), -(-n // MOST_DOORS)))
        labels = cut(adjacency=task.space.adjacency, weights=weights, pieces=k, seed=task.seed + turn)
        orders = list(task.crew.each(partial(_first_order, task), members_of(labels)))
        if k == 1:
            return orders
        price = _unfairness(task, orders)
        if price < least:
            best, least = orders, price
        for order in orders:
            share[order] = (share[order] + _legs(task, order)) / 2
    return best


def _unfairness(task: Task, orders: list[Ints]) -> float:
    """Mean square of the turfs' distance from the asked length (a share of it), and a little of the walk."""
    loads = np.array([_load(task, order) for order in orders], float)
    away = float(np.mean((loads / task.asked - 1) ** 2))
    return away + float(loads.sum() - task.service.sum()) / (100 * float(loads.sum()))


def _load(task: Task, order: Ints) -> int:
    return _cost(task, order) + int(task.service[order].sum())


def _legs(task: Task, order: Ints) -> Floats:
    """What each door of a walk costs: half of the legs before and after it, and its part of the average."""
    M = task.space.matrix(order)
    steps = np.append(M[np.arange(len(order) - 1), np.arange(1, len(order))], 0) / 2
    legs: Floats = (steps + np.roll(steps, 1) + 2 * steps.mean()) / 2
    return legs


def _first_order(task: Task, doors: Ints) -> Ints:
    return doors[
        walking_order(M=task.space.matrix(doors), access=task.space.access(doors), closed=task.closed)
    ]


def _cost(task: Task, order: Ints) -> int:
    M = task.space.matrix(order)
    return walked_cost(M, np.arange(len(order)), task.closed)


def _polished(task: Task, order: Ints) -> Ints:
    M = task.space.matrix(order)
    kicks = min(FINAL_KICKS, task.trials_per_door) * len(order)
    return order[
        walking_order(
            M=M, access=task.space.access(order), first=np.arange(len(order)), kicks=kicks, closed=task.closed
        )
    ]


def _improved(task: Task, orders: list[Ints], advance: Advance) -> list[Ints]:
    if len(orders) < 2 or task.trials_per_door == 0:
        return orders
    target = _target(task, orders)
    rounds = 1 if len(task.service) <= GROUP_DOORS else 2
    for turn in range(rounds):
        groups = _groups(task, orders, turn)
        work = partial(_improved_group, task, target, turn, rounds)
        results = task.crew.each(work, [[orders[t] for t in group] for group in groups])
        for group, better in zip(groups, results, strict=True):
            for t, order in zip(group, better, strict=True):
                orders[t] = order
            advance(0.7 * sum(map(len, better)) / len(task.service) / rounds)
    return [order for order in orders if len(order)]


def _target(task: Task, orders: list[Ints]) -> float:
    """What a turf should last: as asked where that can be, else an equal share.

    Away from an equal share, a turf that is too short would be paid for walking in circles.
    """
    share = sum(_load(task, order) for order in orders) / len(orders)
    return task.asked if abs(share / task.asked - 1) <= REACHABLE else share


def _improved_group(task: Task, target: float, turn: int, rounds: int, orders: list[Ints]) -> list[Ints]:
    orders = [order for order in orders if len(order)] + [order for order in orders if not len(order)]
    filled = [order for order in orders if len(order)]
    doors = np.concatenate(filled)
    ends = np.cumsum([0, *(len(order) for order in filled)])
    better = improve(
        M=task.space.matrix(doors),
        access=task.space.access(doors),
        service=task.service[doors],
        adjacency=restrict(task.space.adjacency, doors),
        orders=[np.arange(a, b) for a, b in pairwise(ends)],
        target=target,
        trials=task.trials_per_door * len(doors) // rounds,
        closed=task.closed,
        lenient=task.lenient,
        seed=task.seed * 1_000_003 + turn * 7919 + int(doors[0]),
        heat=HEATS[min(turn, len(HEATS) - 1)],
        beat=task.crew.beat,
    )
    return [doors[order] for order in better] + orders[len(filled) :]


def _groups(task: Task, orders: list[Ints], turn: int) -> list[list[int]]:
    """Turfs that lie together, at most GROUP_DOORS doors in a group; the seams move with ``turn``."""
    if len(task.service) <= GROUP_DOORS:
        return [list(range(len(orders)))]
    weights = np.array([len(order) for order in orders], np.int64)
    pieces = 2 * -(-int(weights.sum()) // (2 * GROUP_DOORS))  # an even number, for two at work
    label = np.full(len(task.service), 0, np.int64)
    for t, order in enumerate(orders):
        label[order] = t
    touching = _turf_adjacency(task, label, len(orders))
    groups = cut(adjacency=touching, weights=weights, pieces=pieces, seed=task.seed + 1 + turn)
    return [group.tolist() for group in members_of(groups)]


def _turf_adjacency(task: Task, label: Ints, k: int) -> Adjacency:
    near = task.space.adjacency
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    return adjacency_from(k, label[tail], label[near.other], near.cost)
