"""The order of the doors inside one turf: 2-opt and Or-opt with neighbour lists, shaken and repaired.

Iterated local search with segment double bridges (Lourenço, Martin and Stützle 2003; Bentley 1992 for
neighbour lists and the queue of doors to look at). An open walk is a closed one through an added door that is
at no distance of every other.
"""

import numpy as np
import numpy.typing as npt

from .jit import copy_into, inner, jit, next_random
from .problem import Ints

Costs = npt.NDArray[np.int32]
NEIGHBOURS = 8
ROWS = 256  # of a matrix, sorted at once


def nearest(M: Costs, count: int, access: Ints | None = None) -> Ints:
    """The ``count`` nearest others of each row, nearest first, ties by number; shape (m, at most count).

    Without what ``access`` to the other takes: else doors close to their way would be near to everybody.
    """
    m = len(M)
    count = min(count, m - 1)
    out = np.empty((m, count), np.int64)
    for begin in range(0, m, ROWS):
        rows = M[begin : begin + ROWS].astype(np.int64)
        rows = (rows if access is None else rows - access) * m + np.arange(m)
        own = np.arange(len(rows))
        rows[own, begin + own] = np.iinfo(np.int64).max
        some = np.argpartition(rows, count - 1, axis=1)[:, :count]
        sorted_ = np.argsort(np.take_along_axis(rows, some, axis=1), axis=1)
        out[begin : begin + ROWS] = np.take_along_axis(some, sorted_, axis=1)
    return out


@inner
def _reverse(tour: Ints, pos: Ints, i: int, j: int) -> None:
    """Reverse the cyclic stretch from position i to position j, or its complement if that is shorter."""
    m = tour.shape[0]
    inner = (j - i + m) % m + 1
    if 2 * inner > m:
        i, j = (j + 1) % m, (i - 1 + m) % m
        inner = m - inner
    for _ in range(inner // 2):
        a, b = tour[i], tour[j]
        tour[i], tour[j] = b, a
        pos[b], pos[a] = i, j
        i = i + 1 if i + 1 < m else 0
        j = j - 1 if j > 0 else m - 1


@inner
def _two_opt(M: Costs, near: Ints, tour: Ints, pos: Ints, c: int, ends: Ints) -> int:
    """Try 2-opt moves that give ``c`` a nearer neighbour; returns the gain and writes the moved ends."""
    m = tour.shape[0]
    for forward in range(2):
        step = 1 if forward == 0 else m - 1
        s = tour[(pos[c] + step) % m]
        old = M[c, s]
        for q in near[c]:
            if M[c, q] >= old:
                break
            t = tour[(pos[q] + step) % m]
            gain = int(old + M[q, t] - M[c, q] - M[s, t])
            if gain > 0 and q != s and t != c:
                if forward == 0:
                    _reverse(tour, pos, pos[s], pos[q])
                else:
                    _reverse(tour, pos, pos[q], pos[s])
                ends[0], ends[1], ends[2], ends[3] = c, s, q, t
                return gain
    return 0


@inner
def _move(
    tour: Ints, pos: Ints, scratch: Ints, first: int, length: int, q: int, after: int, flip: int
) -> None:
    """Take ``length`` doors from position ``first`` and put them after (or before) ``q``, flipped or not."""
    m = tour.shape[0]
    n = 0
    for step in range(m - length):
        d = tour[(first + length + step) % m]
        if d == q and after == 0:
            for x in range(length):
                scratch[n] = tour[(first + (length - 1 - x if flip else x)) % m]
                n += 1
        scratch[n] = d
        n += 1
        if d == q and after == 1:
            for x in range(length):
                scratch[n] = tour[(first + (length - 1 - x if flip else x)) % m]
                n += 1
    for x in range(m):
        tour[x] = scratch[x]
        pos[scratch[x]] = x


@inner
def _or_opt(M: Costs, near: Ints, tour: Ints, pos: Ints, scratch: Ints, c: int, ends: Ints) -> int:
    """Try to move a stretch of one to three doors ending at ``c`` next to one of c's near doors."""
    m = tour.shape[0]
    for length in range(1, min(3, m - 3) + 1):
        for backward in range(2):
            # The stretch runs from c away (backward = 0: c is its first door in tour order).
            first = pos[c] if backward == 0 else (pos[c] - length + 1 + m) % m
            last = (first + length - 1) % m
            e = tour[last] if backward == 0 else tour[first]
            p, s = tour[(first - 1 + m) % m], tour[(last + 1) % m]
            freed = M[p, tour[first]] + M[tour[last], s] - M[p, s]
            for q in near[c]:
                if M[c, q] >= freed:
                    break
                if (pos[q] - first + m) % m < length:
                    continue
                for after in range(2):
                    t = tour[(pos[q] + 1) % m] if after == 1 else tour[(pos[q] - 1 + m) % m]
                    if (pos[t] - first + m) % m < length:
                        continue
                    gain = int(freed - M[c, q] - M[e, t] + M[q, t])
                    if gain > 0:
                        # c must touch q: after q, c comes first; before q, c comes last.
                        flip = backward if after == 1 else 1 - backward
                        _move(tour, pos, scratch, first, length, q, after, flip)
                        ends[0], ends[1], ends[2], ends[3], ends[4], ends[5] = c, e, p, s, q, t
                        return gain
    return 0


@jit
def _descend(
    M: Costs, near: Ints, tour: Ints, pos: Ints, scratch: Ints, queue: Ints, queued: Ints, waiting: int
) -> int:
    """Improve from the queued doors until none helps; returns the total gain."""
    m = tour.shape[0]
    ends = np.empty(6, np.int64)
    total = 0
    head = 0
    while waiting > 0:
        c = queue[head]
        head = (head + 1) % m
        waiting -= 1
        queued[c] = 0
        for x in range(len(ends)):
            ends[x] = -1
        gain = _two_opt(M, near, tour, pos, c, ends)
        if gain == 0:
            gain = _or_opt(M, near, tour, pos, scratch, c, ends)
        if gain > 0:
            total += gain
            for d in ends:
                if d >= 0 and queued[d] == 0:
                    queue[(head + waiting) % m] = d
                    queued[d] = 1
                    waiting += 1
    return total


@inner
def _shake(tour: Ints, pos: Ints, scratch: Ints, state: npt.NDArray[np.uint64], ends: Ints) -> None:
    """Swap two neighbouring stretches (a double bridge) of at most 25 doors each, somewhere."""
    m = tour.shape[0]
    reach = min(25, (m - 2) // 2)
    start = next_random(state) % m
    a = 1 + next_random(state) % reach
    b = 1 + next_random(state) % reach
    ends[0], ends[1] = tour[start], tour[(start + 1) % m]
    ends[2], ends[3] = tour[(start + a) % m], tour[(start + a + 1) % m]
    ends[4], ends[5] = tour[(start + a + b) % m], tour[(start + a + b + 1) % m]
    for x in range(b):
        scratch[x] = tour[(start + a + 1 + x) % m]
    for x in range(a):
        scratch[b + x] = tour[(start + 1 + x) % m]
    for x in range(a + b):
        i = (start + 1 + x) % m
        tour[i] = scratch[x]
        pos[scratch[x]] = i


@inner
def _length(M: Costs, tour: Ints) -> int:
    total = 0
    for x in range(tour.shape[0]):
        total += int(M[tour[x - 1], tour[x]])
    return total


@jit
def _search(M: Costs, near: Ints, tour: Ints, kicks: int, seed: int) -> Ints:
    """Closed tour over all of M, improved in place from ``tour``; returns the best found."""
    m = tour.shape[0]
    pos = np.empty(m, np.int64)
    for x in range(m):
        pos[tour[x]] = x
    scratch = np.empty(m, np.int64)
    queue = tour.copy()
    queued = np.ones(m, np.int64)
    ends = np.empty(6, np.int64)
    state = np.array([seed], np.uint64)
    _descend(M, near, tour, pos, scratch, queue, queued, m)
    now = best = _length(M, tour)
    kept = tour.copy()
    if m < 8:
        return kept
    for _ in range(kicks):
        _shake(tour, pos, scratch, state, ends)
        waiting = 0
        for d in ends:
            if queued[d] == 0:
                queue[waiting] = d
                queued[d] = 1
                waiting += 1
        _descend(M, near, tour, pos, scratch, queue, queued, waiting)
        now = _length(M, tour)
        if now <= best:
            best = now
            copy_into(kept, tour)
        else:
            copy_into(tour, kept)
            for x in range(m):
                pos[tour[x]] = x
    return kept


@jit
def _greedy(M: Costs) -> Ints:
    """Nearest neighbour from the door that is farthest from door 0 (an end, more likely than not)."""
    m = M.shape[0]
    tour = np.empty(m, np.int64)
    free = np.ones(m, np.bool_)
    here = int(np.argmax(M[0]))
    for x in range(m):
        tour[x] = here
        free[here] = False
        best = -1
        for j in range(m):
            if free[j] and (best < 0 or M[here, j] < M[here, best]):
                best = j
        here = best
    return tour


def walking_order(
    *,
    M: Costs,
    access: Ints | None = None,
    first: Ints | None = None,
    kicks: int = 0,
    seed: int = 0,
    closed: bool = False,
) -> Ints:
    """A short order of the rows of M (mm, symmetric, shape (m, m)), open unless ``closed``.

    ``access`` is the part of every distance that belongs to the door (mm, shape (m,)): every tour pays it
    twice per door, so that it may be left out of the search, which then knows near from far. Starts from
    ``first`` (an order) or from nearest neighbours. O(m^2) plus ``kicks`` repairs of about 10 us.
    """
    m = len(M)
    order = _greedy(M) if first is None else np.asarray(first, np.int64)
    if m < 3:
        return order
    own = np.zeros(m, np.int64) if access is None else access
    bare = (M - own[:, None] - own[None, :]).astype(np.int32)
    np.fill_diagonal(bare, 0)
    if closed:
        return _search(bare, nearest(bare, NEIGHBOURS), order.copy(), kicks, seed)
    around = np.zeros((m + 1, m + 1), np.int32)
    around[:m, :m] = bare
    around[m, :m] = around[:m, m] = own.max() - own
    tour = _search(around, nearest(around, NEIGHBOURS), np.append(order, m), kicks, seed)
    cut = int(np.flatnonzero(tour == m)[0])
    return np.concatenate([tour[cut + 1 :], tour[:cut]])


def walked_cost(M: Costs, order: Ints, closed: bool) -> int:
    """Cost in mm of walking ``order``."""
    total = int(M[order[:-1], order[1:]].sum(dtype=np.int64))
    return total + int(M[order[-1], order[0]]) if closed and len(order) > 1 else total
