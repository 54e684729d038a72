"""What one would do instead: each peer cuts the doors of one ground into k turfs of equal minutes.

A peer is a function from ``Case`` to orders (the doors of each turf in walking order). All get the same
ground, the same time at the doors, the same k, and order each turf by the same local search as ours: only the
cutting differs. Solvers of whole routing problems are added here as further functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from amiral.cores.walk.geo import flat, hilbert_rank
from amiral.cores.walk.order import walking_order
from amiral.cores.walk.partition import cut
from amiral.cores.walk.problem import Floats, Ints
from amiral.cores.walk.space import Space

KICKS = 20  # per door, in the order of a turf: as many as ours
ROUNDS = 30  # of k-means


@dataclass(frozen=True)
class Case:
    """Doors of one connected ground; ``service`` is time at the doors in mm of walking."""

    space: Space
    lon: Floats
    lat: Floats
    service: Ints
    turfs: int
    seed: int


Peer = Callable[[Case], list[Ints]]


def ordered(case: Case, labels: Ints) -> list[Ints]:
    """Order the doors of each label."""
    orders = []
    for label in range(int(labels.max()) + 1):
        doors = np.flatnonzero(labels == label)
        M, access = case.space.matrix(doors), case.space.access(doors)
        orders.append(doors[walking_order(M=M, access=access, kicks=KICKS * len(doors))])
    return orders


def metis(case: Case) -> list[Ints]:
    """METIS on the graph of neighbouring doors, weighted by time at the doors."""
    labels = cut(adjacency=case.space.adjacency, weights=case.service, pieces=case.turfs, seed=case.seed)
    return ordered(case, labels)


def curve(case: Case) -> list[Ints]:
    """Doors sorted along a Hilbert curve, cut where a turf's minutes are full."""
    rank = hilbert_rank(flat(case.lon, case.lat, float(case.lat.mean())))
    order = np.lexsort((np.arange(len(rank)), rank))
    full = np.cumsum(case.service[order]) - case.service[order] / 2
    labels = np.empty(len(order), np.int64)
    labels[order] = np.minimum(full * case.turfs // case.service.sum(), case.turfs - 1).astype(np.int64)
    return ordered(case, np.unique(labels, return_inverse=True)[1])


def k_means(case: Case) -> list[Ints]:
    """k-means with clusters of at most 5 % over their share; doors choose in the order of their regret."""
    points = flat(case.lon, case.lat, float(case.lat.mean()))
    rng = np.random.default_rng(case.seed)
    centres = points[rng.choice(len(points), case.turfs, replace=False)]
    labels = np.zeros(len(points), np.int64)
    for _ in range(ROUNDS):
        labels = _assigned(points, centres, case.service)
        filled = np.unique(labels)
        centres[filled] = [points[labels == label].mean(axis=0) for label in filled]
    return ordered(case, np.unique(labels, return_inverse=True)[1])


def _assigned(points: Floats, centres: Floats, service: Ints) -> Ints:
    away = np.hypot(points[:, None, 0] - centres[None, :, 0], points[:, None, 1] - centres[None, :, 1])
    choice = np.argsort(away, axis=1)
    second = np.minimum(1, len(centres) - 1)
    regret = np.take_along_axis(away, choice, axis=1)
    order = np.argsort(regret[:, 0] - regret[:, second], kind="stable")
    room = np.full(len(centres), 1.05 * service.sum() / len(centres))
    labels = np.empty(len(points), np.int64)
    for d in order:
        fits = np.flatnonzero(room[choice[d]] >= service[d])
        labels[d] = choice[d, fits[0]] if len(fits) else int(np.argmax(room))
        room[labels[d]] -= service[d]
    return labels


PEERS: dict[str, Peer] = {
    "k-means, then order": k_means,
    "METIS, then order": metis,
    "Hilbert curve, cut": curve,
}
