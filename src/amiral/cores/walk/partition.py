"""Cutting a part into connected pieces of about equal weight (METIS, then repairs that it does not promise).

Karypis and Kumar 1998, by pymetis: the cut follows long edges, so that close doors stay together.
"""

import numpy as np
import pymetis

from .problem import Ints
from .space import Adjacency, parts_of, restrict

MANY = 300  # beyond so many pieces METIS cuts once, not four times: the search mends it


def cut(*, adjacency: Adjacency, weights: Ints, pieces: int, seed: int) -> Ints:
    """Label 0..pieces-1 of each door; every piece is connected and not empty. ``adjacency`` is connected."""
    n = len(adjacency)
    if pieces <= 1 or n == 0:
        return np.zeros(n, np.int64)
    if pieces >= n:
        return np.arange(n)
    labels = connect(adjacency, weights, _metis(adjacency, weights, pieces, seed))
    return _fill(adjacency, weights, labels, pieces)


def _metis(adjacency: Adjacency, weights: Ints, pieces: int, seed: int) -> Ints:
    weights = capped(weights, pieces)
    scale = max(1, int(weights.max()) // 10_000)
    typical = max(1000, int(np.median(adjacency.cost)))
    closeness = np.maximum(1, 100 * typical // (adjacency.cost + typical // 4 + 1))
    options = pymetis.Options(
        seed=seed % 2**31, ufactor=30, ncuts=4 if pieces <= MANY else 1, niter=20, contig=True
    )
    _, labels = pymetis.part_graph(
        pieces,
        pymetis.CSRAdjacency(adjacency.start, adjacency.other),
        vweights=np.maximum(1, weights // scale),
        eweights=closeness,
        recursive=False,
        options=options,
    )
    return np.asarray(labels, np.int64)


def capped(weights: Ints, pieces: int) -> Ints:
    """Weights of which none exceeds the share of one piece: no cut can halve a door.

    METIS would keep pieces for the rest of a tower that weighs ten shares, leave them empty and complain on
    the process's standard output, past Python.
    """
    heavy = 0
    while True:
        cap = int(np.sort(weights)[: len(weights) - heavy].sum()) // (pieces - heavy)
        above = int((weights > cap).sum())
        if above <= heavy:
            return np.minimum(weights, max(cap, 1))
        heavy = above


def connect(adjacency: Adjacency, weights: Ints, labels: Ints) -> Ints:
    """Keep the heaviest connected piece of each label; the others join the neighbour they touch closest."""
    labels = labels.copy()
    stray = _strays(adjacency, weights, labels)
    while stray.any():
        labels[stray] = -1
        _absorb(adjacency, labels)
        stray = _strays(adjacency, weights, labels)
    return labels


def fragments(adjacency: Adjacency, labels: Ints) -> Ints:
    """Number of the connected fragment (same label, touching) of each door."""
    n = len(adjacency)
    tail = np.repeat(np.arange(n), np.diff(adjacency.start))
    inside = labels[tail] == labels[adjacency.other]
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(tail[inside], minlength=n), out=start[1:])
    return parts_of(Adjacency(start, adjacency.other[inside], adjacency.cost[inside]))


def _strays(adjacency: Adjacency, weights: Ints, labels: Ints) -> "np.ndarray":
    piece = fragments(adjacency, labels)
    heft = np.bincount(piece, weights=weights)
    first = np.unique(piece, return_index=True)[1]
    order = np.lexsort((first, -heft, labels[first]))
    heaviest = np.ones(len(order), bool)
    heaviest[1:] = labels[first][order][1:] != labels[first][order][:-1]
    main = np.zeros(len(order), bool)
    main[order[heaviest]] = True
    return ~main[piece]


def _absorb(adjacency: Adjacency, labels: Ints) -> None:
    """Give each door without a label that of its closest labelled neighbour, from the rim inwards."""
    open_ = list(np.flatnonzero(labels < 0))
    while open_:
        found = [(d, _closest_label(adjacency, labels, int(d))) for d in open_]
        for d, label in found:
            labels[d] = label
        open_ = [d for d, label in found if label < 0]


def _closest_label(adjacency: Adjacency, labels: Ints, d: int) -> int:
    span = slice(adjacency.start[d], adjacency.start[d + 1])
    near, cost = adjacency.other[span], adjacency.cost[span]
    known = labels[near] >= 0
    return int(labels[near[known][np.argmin(cost[known])]]) if known.any() else -1


def _fill(adjacency: Adjacency, weights: Ints, labels: Ints, pieces: int) -> Ints:
    """METIS may leave pieces empty: halve the heaviest until there are as many as asked."""
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    used = int(labels.max()) + 1
    while used < pieces:
        heft = np.bincount(labels, weights=weights)
        heft[np.bincount(labels) < 2] = -1
        members = np.flatnonzero(labels == int(np.argmax(heft)))
        labels[members[_half(restrict(adjacency, members), weights[members])]] = used
        used += 1
    return labels


def _half(adjacency: Adjacency, weights: Ints) -> Ints:
    """About half of a connected piece such that both halves are connected: a subtree of a spanning tree."""
    n = len(adjacency)
    parent, order = np.full(n, -1, np.int64), [0]
    for d in order:
        for near in adjacency.other[adjacency.start[d] : adjacency.start[d + 1]]:
            if near != 0 and parent[near] < 0:
                parent[near] = d
                order.append(int(near))
    heft = weights.astype(np.int64).copy()
    for d in reversed(order[1:]):
        heft[parent[d]] += heft[d]
    top = min(order[1:], key=lambda d: (abs(2 * int(heft[d]) - int(heft[0])), d))
    inside = np.zeros(n, bool)
    for d in order:
        inside[d] = d == top or (d != 0 and bool(inside[parent[d]]))
    return np.flatnonzero(inside)
