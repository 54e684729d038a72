"""The order of the pieces of one round: a rural postman's walk.

Pieces that hang together are joined by a spanning tree, corners where an odd number of pieces meet by a
matching of least length (Christofides, Campos, Corberan and Mota 1981; Edmonds and Johnson 1973), and the
Euler walk of it all gives the order. Then 2-opt and Or-opt over pieces and their directions, shaken by double
bridges. An open walk leaves out the dearest way of the matching.
"""

from collections import defaultdict

import numpy as np
import rustworkx

from amiral.cores.walk.jit import copy_into, jit, next_random
from amiral.cores.walk.problem import Ints

from .ground import Pieces
from .ways import Links


def postman_order(*, pieces: Pieces, links: Links, seed: int, kicks: int, closed: bool) -> Ints:
    """Codes (see ``Links``) of all pieces of ``links`` in walking order."""
    order = euler_order(pieces=pieces, links=links, closed=closed)
    return polished(links=links, order=order, seed=seed, kicks=kicks, closed=closed)


def polished(*, links: Links, order: Ints, seed: int, kicks: int, closed: bool) -> Ints:
    """The same pieces in an order that is no longer."""
    state = np.array([seed % 2**63], np.uint64)
    better = order.astype(np.int64).copy()
    _search(links.cost, better, kicks, closed, state)
    return better


def walk_cost(cost: Ints, order: Ints, closed: bool) -> int:
    """What lies between the pieces of an order (mm)."""
    between = int(cost[order[:-1], order[1:]].sum())
    return between + (int(cost[order[-1], order[0]]) if closed and len(order) else 0)


def euler_order(*, pieces: Pieces, links: Links, closed: bool) -> Ints:
    """Spanning tree, matching, Euler walk."""
    some, far = links.some, links.far
    corners, place = np.unique(np.concatenate([pieces.u[some], pieces.v[some]]), return_inverse=True)
    m = len(some)
    u, v = place.ravel()[:m], place.ravel()[m:]
    between = _corner_costs(far, u, v, len(corners))
    edges = [(int(a), int(b), i) for i, (a, b) in enumerate(zip(u, v, strict=True))]
    ways = _tree(between, u, v)
    degree = np.bincount(np.concatenate([u, v, *(np.array(way) for way in ways)]), minlength=len(corners))
    ways += _matched(between, np.flatnonzero(degree % 2), closed)
    edges += [(a, b, -1) for a, b in ways]
    return _euler(edges, len(corners))


def _corner_costs(far: Ints, u: Ints, v: Ints, corners: int) -> Ints:
    """Costs between corners, read back from the links: each corner is the beginning of some code."""
    begin, end = np.empty(2 * len(u), np.int64), np.empty(2 * len(u), np.int64)
    begin[0::2], begin[1::2] = u, v
    end[0::2], end[1::2] = v, u
    enter, leave = np.empty(corners, np.int64), np.empty(corners, np.int64)
    enter[begin], leave[end] = np.arange(2 * len(u)), np.arange(2 * len(u))
    return far[leave][:, enter]


def _tree(between: Ints, u: Ints, v: Ints) -> list[tuple[int, int]]:
    """Ways that join what hangs together into one, by Kruskal over the corners."""
    parent = list(range(len(between)))

    def root(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        parent[root(a)] = root(b)
    if len({root(x) for x in range(len(between))}) == 1:
        return []
    a, b = np.triu_indices(len(between), 1)
    ways = list[tuple[int, int]]()
    for x in np.lexsort((b, a, between[a, b])).tolist():
        p, q = int(a[x]), int(b[x])
        if root(p) != root(q):
            parent[root(p)] = root(q)
            ways.append((p, q))
    return ways


_TIES = 2**20


def _matched(between: Ints, odd: Ints, closed: bool) -> list[tuple[int, int]]:
    """Pairs of odd corners of least total cost; an open walk leaves two of them alone.

    Ties are broken by a number of the pair, so that the answer does not hang on the library's order.
    """
    if len(odd) <= (0 if closed else 2):
        return []
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(list(range(len(odd) + (0 if closed else 2))))
    pairs = [(a, b) for a in range(len(odd)) for b in range(a + 1, len(odd))]
    costs = [int(between[odd[a], odd[b]]) * _TIES + (a * 7919 + b * 104729) % _TIES for a, b in pairs]
    if not closed:
        for end in (len(odd), len(odd) + 1):
            pairs += [(a, end) for a in range(len(odd))]
            costs += [(a * 613 + end * 17) % 1009 for a in range(len(odd))]
    most = max(costs) + 1
    graph.add_edges_from([(a, b, most - c) for (a, b), c in zip(pairs, costs, strict=True)])
    found = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    chosen = sorted((min(a, b), max(a, b)) for a, b in found)
    return [(int(odd[a]), int(odd[b])) for a, b in chosen if b < len(odd)]


def _euler(edges: list[tuple[int, int, int]], corners: int) -> Ints:
    """Codes of the pieces (third entry, -1: none) along an Euler walk (Hierholzer 1873)."""
    at: dict[int, list[int]] = defaultdict(list)
    for x, (a, b, _) in enumerate(edges):
        at[a].append(x)
        at[b].append(x)
    odd = [corner for corner in range(corners) if len(at[corner]) % 2]
    used = [False] * len(edges)
    stack, done = [(odd[0] if odd else edges[0][0], -1, 0)], list[tuple[int, int]]()
    while stack:
        corner = stack[-1][0]
        while at[corner] and used[at[corner][-1]]:
            at[corner].pop()
        if not at[corner]:
            _, edge, back = stack.pop()
            done.append((edge, back))
            continue
        edge = at[corner].pop()
        used[edge] = True
        a, b, _ = edges[edge]
        stack.append((b, edge, 0) if corner == a else (a, edge, 1))
    walked = [(edges[edge][2], back) for edge, back in reversed(done) if edge >= 0]
    return np.array([2 * piece + back for piece, back in walked if piece >= 0], np.int64)


@jit
def _gap(cost: Ints, order: Ints, x: int, y: int, closed: bool) -> int:
    """Cost from position x to position y of the order; 0 beyond the ends of an open walk."""
    n = len(order)
    if not closed and (x < 0 or y >= n):
        return 0
    gap: int = cost[order[(x + n) % n], order[(y + n) % n]]
    return gap


@jit
def _flip(order: Ints, i: int, j: int) -> None:
    """Walk positions i to j backwards."""
    while i < j:
        order[i], order[j] = order[j] ^ 1, order[i] ^ 1
        i += 1
        j -= 1
    if i == j:
        order[i] ^= 1


@jit
def _two_opt(cost: Ints, order: Ints, closed: bool) -> int:
    """The first reversal that shortens the walk is done; returns what it saves."""
    n = len(order)
    for i in range(n):
        for j in range(i, n):
            if j - i + 1 == n:
                continue
            before = order[(i - 1 + n) % n] if closed or i > 0 else -1
            after = order[(j + 1) % n] if closed or j < n - 1 else -1
            saved = 0
            if before >= 0:
                saved += cost[before, order[i]] - cost[before, order[j] ^ 1]
            if after >= 0:
                saved += cost[order[j], after] - cost[order[i] ^ 1, after]
            if saved > 0:
                _flip(order, i, j)
                return saved
    return 0


@jit
def _or_opt(cost: Ints, order: Ints, closed: bool, room: Ints) -> int:
    """Move a string of up to three pieces elsewhere, either way round; returns what it saves."""
    n = len(order)
    for length in range(1, min(4, n)):
        for i in range(n - length + 1):
            j = i + length - 1
            gone = _gap(cost, order, i - 1, i, closed) + _gap(cost, order, j, j + 1, closed)
            before = order[(i - 1 + n) % n] if closed or i > 0 else -1
            after = order[(j + 1) % n] if closed or j < n - 1 else -1
            if before >= 0 and after >= 0:
                gone -= cost[before, after]
            if gone <= 0:
                continue
            rest = n - length
            for x in range(rest):
                room[x] = order[x] if x < i else order[x + length]
            for x in range(rest + 1):  # between room[x - 1] and room[x]
                if x == i:
                    continue
                p = room[(x - 1 + rest) % rest] if closed or x > 0 else -1
                q = room[x % rest] if closed or x < rest else -1
                base = cost[p, q] if p >= 0 and q >= 0 else 0
                for turned in range(2):
                    head = order[i] if turned == 0 else order[j] ^ 1
                    tail = order[j] if turned == 0 else order[i] ^ 1
                    added = -base
                    if p >= 0:
                        added += cost[p, head]
                    if q >= 0:
                        added += cost[tail, q]
                    if added < gone:
                        for y in range(length):
                            room[rest + y] = order[i + y] if turned == 0 else order[j - y] ^ 1
                        for y in range(x):
                            order[y] = room[y]
                        for y in range(length):
                            order[x + y] = room[rest + y]
                        for y in range(x, rest):
                            order[y + length] = room[y]
                        return gone - added
    return 0


@jit
def _descend(cost: Ints, order: Ints, closed: bool, room: Ints) -> int:
    """2-opt and Or-opt until neither helps; returns what they saved."""
    saved = 0
    while True:
        step = _two_opt(cost, order, closed)
        if step == 0:
            step = _or_opt(cost, order, closed, room)
        if step == 0:
            return saved
        saved += step


@jit
def _search(cost: Ints, order: Ints, kicks: int, closed: bool, state: "np.ndarray") -> None:
    """Descend, then shake and descend again, keeping the best."""
    n = len(order)
    room, best = np.empty(n + 3, np.int64), order.copy()
    _descend(cost, order, closed, room)
    copy_into(best, order)
    if n < 4:
        return
    for _ in range(kicks):
        a = 1 + next_random(state) % (n - 1)
        b = 1 + next_random(state) % (n - 1)
        c = 1 + next_random(state) % (n - 1)
        a, b, c = min(a, min(b, c)), a + b + c - min(a, min(b, c)) - max(a, max(b, c)), max(a, max(b, c))
        before = _total(cost, order, closed)
        y = a
        for x in range(b, c):
            room[y] = order[x]
            y += 1
        for x in range(a, b):
            room[y] = order[x]
            y += 1
        for x in range(a, c):
            order[x] = room[x]
        _descend(cost, order, closed, room)
        if _total(cost, order, closed) <= before:
            copy_into(best, order)
        else:
            copy_into(order, best)


@jit
def _total(cost: Ints, order: Ints, closed: bool) -> int:
    total = 0
    for x in range(len(order) - 1):
        total += cost[order[x], order[x + 1]]
    if closed and len(order) > 0:
        total += cost[order[len(order) - 1], order[0]]
    return total
