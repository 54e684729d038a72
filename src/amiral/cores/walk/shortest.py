"""Shortest ways over the corners' graph, with a heap, in compiled code (Dijkstra 1959)."""

from threading import local

import numpy as np

from .jit import jit
from .problem import Ints

FAR = 2**60


@jit
def _push(heap: Ints, keys: Ints, size: int, node: int, key: int) -> int:
    x = size
    while x > 0:
        up = (x - 1) // 2
        if keys[up] <= key:
            break
        keys[x], heap[x] = keys[up], heap[up]
        x = up
    keys[x], heap[x] = key, node
    return size + 1


@jit
def _pop(heap: Ints, keys: Ints, size: int) -> int:
    """Remove the first entry; returns the new size. The caller has read it."""
    size -= 1
    key, node = keys[size], heap[size]
    x = 0
    while True:
        down = 2 * x + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[x], heap[x] = keys[down], heap[down]
        x = down
    keys[x], heap[x] = key, node
    return size


class Scratch(local):
    """Room for the searches over a graph of that size, for each thread its own.

    Every search leaves it as it found it, so that it costs what it visits, not what there is.
    """

    def __init__(self, nodes: int, edges: int) -> None:
        self.dist = np.full(nodes, FAR, np.int64)
        self.came, self.touched = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
        self.place = np.full(nodes, -1, np.int64)
        self.heap, self.keys = np.empty(edges + 5, np.int64), np.empty(edges + 5, np.int64)


@jit
def corner_matrix(
    first: Ints,
    head: Ints,
    cost: Ints,
    corners: Ints,
    dist: Ints,
    touched: Ints,
    place: Ints,
    heap: Ints,
    keys: Ints,
) -> Ints:
    """Costs between all ``corners``, shape (m, m); each search stops once it has met them all.

    ``dist`` (all FAR), ``touched`` and ``place`` (all -1) are scratch of one entry per node, ``heap`` and
    ``keys`` of one per edge and some more.
    """
    m = len(corners)
    for x in range(m):
        place[corners[x]] = x
    out = np.full((m, m), FAR, np.int64)
    for x in range(m):
        missing = m - x  # the matrix is symmetric: only corners from x on
        dist[corners[x]], touched[0], used = 0, corners[x], 1
        size = _push(heap, keys, 0, corners[x], 0)
        while size > 0 and missing > 0:
            d, node = keys[0], heap[0]
            size = _pop(heap, keys, size)
            if d > dist[node]:
                continue
            y = place[node]
            if y >= x and out[x, y] == FAR:
                out[x, y] = out[y, x] = d
                missing -= 1
            for e in range(first[node], first[node + 1]):
                other, far = head[e], d + cost[e]
                if far < dist[other]:
                    if dist[other] == FAR:
                        touched[used] = other
                        used += 1
                    dist[other] = far
                    size = _push(heap, keys, size, other, far)
        for y in range(used):
            dist[touched[y]] = FAR
    for x in range(m):
        place[corners[x]] = -1
    return out


@jit
def nearest_owner(first: Ints, head: Ints, cost: Ints, seeds: Ints, begin: Ints) -> tuple[Ints, Ints]:
    """For every node the cheapest seed x (node ``seeds[x]`` at cost ``begin[x]``; -1: none) and that cost."""
    n = len(first) - 1
    dist, owner = np.full(n, FAR, np.int64), np.full(n, -1, np.int64)
    heap = np.empty(len(head) + len(seeds) + 1, np.int64)
    keys = np.empty(len(head) + len(seeds) + 1, np.int64)
    size = 0
    for x in range(len(seeds)):
        if begin[x] < dist[seeds[x]]:
            dist[seeds[x]], owner[seeds[x]] = begin[x], x
            size = _push(heap, keys, size, seeds[x], begin[x])
    while size > 0:
        d, node = keys[0], heap[0]
        size = _pop(heap, keys, size)
        if d > dist[node]:
            continue
        for e in range(first[node], first[node + 1]):
            other, far = head[e], d + cost[e]
            if far < dist[other]:
                dist[other], owner[other] = far, owner[node]
                size = _push(heap, keys, size, other, far)
    return owner, dist


@jit
def shortest_path(
    first: Ints,
    head: Ints,
    cost: Ints,
    sources: Ints,
    begin: Ints,
    sinks: Ints,
    finish: Ints,
    limit: int,
    dist: Ints,
    came: Ints,
    touched: Ints,
    heap: Ints,
    keys: Ints,
) -> tuple[int, int, int]:
    """Cheapest way from a source (from ``begin``) to a sink (then ``finish``): (cost, sink's place, touched).

    Sink -1, and ``limit``, when none is cheaper than ``limit``. ``dist`` (all FAR) and ``came`` are scratch
    of one entry per node; ``came`` then holds the edge by which each touched node was reached (-1 - x for
    source x), ``touched`` the nodes to reset; ``heap`` and ``keys`` are of one entry per edge and some more.
    """
    size, used = 0, 0
    for x in range(len(sources)):
        if begin[x] < dist[sources[x]]:
            if dist[sources[x]] == FAR:
                touched[used] = sources[x]
                used += 1
            dist[sources[x]], came[sources[x]] = begin[x], -1 - x
            size = _push(heap, keys, size, sources[x], begin[x])
    best, at = limit, -1
    while size > 0:
        d, node = keys[0], heap[0]
        size = _pop(heap, keys, size)
        if d >= best:
            break
        if d > dist[node]:
            continue
        for x in range(len(sinks)):
            if sinks[x] == node and d + finish[x] < best:
                best, at = d + finish[x], x
        for e in range(first[node], first[node + 1]):
            other, far = head[e], d + cost[e]
            if far < dist[other]:
                if dist[other] == FAR:
                    touched[used] = other
                    used += 1
                dist[other], came[other] = far, e
                size = _push(heap, keys, size, other, far)
    return best, at, used
