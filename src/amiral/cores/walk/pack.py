"""Which doors to do when there is not time for all: the orienteering problem, by ruin and recreate.

Golden, Levy and Vohra 1987 for the problem; doors are put back by value over added time, as in Vansteenwegen,
Souffriau and Van Oudheusden 2011, after strings and clusters were taken out (Schrimpf et al. 2000). All in
whole numbers but for the ratios, so that every machine finds the same.
"""

import numpy as np

from .jit import jit, next_random
from .order import Costs
from .problem import Ints

NOISE = 1024
WORSE = 0.03  # of the best value: what a trial may lose at first, falling to nothing
MOST_WORK = 1500 * 150**2
"""Trials times the square of the doors of a walk: above 150 doors there are fewer trials than 1,500."""


@jit
def _place(d: int, M: Costs, after: Ints, extra: Ints, chain: Ints, start: int, end: int) -> None:
    """Where ``d`` is cheapest on the chain from ``start`` to ``end``, and what it adds."""
    best, at = 2**60, start
    a = start
    while a != end:
        b = chain[a]
        cost = int(M[a, d]) + int(M[d, b]) - int(M[a, b])
        if cost < best:
            best, at = cost, a
        a = b
    after[d], extra[d] = at, best


@jit
def _fill(
    M: Costs,
    service: Ints,
    value: Ints,
    chain: Ints,
    inside: Ints,
    used: int,
    budget: int,
    noise: int,
    state: "np.ndarray",
    after: Ints,
    extra: Ints,
    weight: Ints,
) -> int:
    """Put doors in while there is time: the best value over added time first; the time used."""
    n = len(service)
    start, end = n, n + 1
    for d in range(n):
        if inside[d] == 0:
            _place(d, M, after, extra, chain, start, end)
            weight[d] = NOISE + (next_random(state) % (2 * noise) - noise if noise > 0 else 0)
    while True:
        best, chosen = -1.0, -1
        for d in range(n):
            if inside[d] == 0 and used + extra[d] + service[d] <= budget:
                ratio = value[d] * weight[d] / max(1.0, float(extra[d] + service[d]))
                if ratio > best:
                    best, chosen = ratio, d
        if chosen < 0:
            return used
        a = after[chosen]
        b = chain[a]
        chain[a], chain[chosen] = chosen, b
        inside[chosen] = 1
        used += extra[chosen] + service[chosen]
        for d in range(n):
            if inside[d] != 0:
                continue
            if after[d] == a:
                _place(d, M, after, extra, chain, start, end)
                continue
            cost = int(M[a, d]) + int(M[d, chosen]) - int(M[a, chosen])
            if cost < extra[d]:
                after[d], extra[d] = a, cost
            cost = int(M[chosen, d]) + int(M[d, b]) - int(M[chosen, b])
            if cost < extra[d]:
                after[d], extra[d] = chosen, cost


@jit
def _listed(chain: Ints, start: int, end: int, path: Ints) -> int:
    """The chain as a list with both ends; how long it is."""
    size, a = 0, start
    while a != end:
        path[size] = a
        size += 1
        a = chain[a]
    path[size] = end
    return size + 1


@jit
def _chained(path: Ints, size: int, chain: Ints) -> None:
    for x in range(size - 1):
        chain[path[x]] = path[x + 1]


@jit
def _shorten(M: Costs, path: Ints, size: int) -> int:
    """2-opt and moves of one to three doors between the fixed ends until none helps; what it saves."""
    total = 0
    better = True
    while better:
        better = False
        for i in range(size - 2):
            for j in range(i + 2, size - 1):
                a, b, c, d = path[i], path[i + 1], path[j], path[j + 1]
                gain = int(M[a, b]) + int(M[c, d]) - int(M[a, c]) - int(M[b, d])
                if gain > 0:
                    x, y = i + 1, j
                    while x < y:
                        path[x], path[y] = path[y], path[x]
                        x, y = x + 1, y - 1
                    total += gain
                    better = True
        for length in range(1, 4):
            for i in range(1, size - length):
                gain, where, turned = _moved(M, path, size, i, length)
                if gain > 0:
                    _carry(path, i, length, where, turned)
                    total += gain
                    better = True
    return total


@jit
def _moved(M: Costs, path: Ints, size: int, i: int, length: int) -> tuple[int, int, bool]:
    """The best other place of the doors i..i+length-1: (saving, before which position, turned round)."""
    p, s = path[i - 1], path[i + length]
    first, last = path[i], path[i + length - 1]
    freed = int(M[p, first]) + int(M[last, s]) - int(M[p, s])
    best, where, turned = 0, -1, False
    for j in range(size - 1):
        if i - 1 <= j < i + length:
            continue
        a, b = path[j], path[j + 1]
        bare = freed + int(M[a, b])
        gain = bare - int(M[a, first]) - int(M[last, b])
        if gain > best:
            best, where, turned = gain, j + 1, False
        gain = bare - int(M[a, last]) - int(M[first, b])
        if gain > best:
            best, where, turned = gain, j + 1, True
    return best, where, turned


@jit
def _carry(path: Ints, i: int, length: int, where: int, turned: bool) -> None:
    held = path[i : i + length].copy()
    if where > i:
        for x in range(i, where - length):
            path[x] = path[x + length]
        at = where - length
    else:
        for x in range(i + length - 1, where + length - 1, -1):
            path[x] = path[x - length]
        at = where
    for x in range(length):
        path[at + x] = held[length - 1 - x if turned else x]


@jit
def _worth(path: Ints, size: int, value: Ints) -> int:
    total = 0
    for x in range(1, size - 1):
        total += value[path[x]]
    return total


@jit
def _spent(M: Costs, service: Ints, path: Ints, size: int) -> int:
    total = 0
    for x in range(size - 1):
        total += int(M[path[x], path[x + 1]])
        if x > 0:
            total += service[path[x]]
    return total


@jit
def _thin(M: Costs, path: Ints, size: int, inside: Ints, state: "np.ndarray") -> int:
    """Take out a string, the doors around one of them, or some here and there; the new size."""
    m = size - 2
    count = 1 + next_random(state) % max(1, min(m, 4 + m // 3))
    kind = next_random(state) % 4
    if kind < 2:
        begin = 1 + next_random(state) % m
        for x in range(begin, min(begin + count, size - 1)):
            inside[path[x]] = 0
    elif kind == 2:
        centre = path[1 + next_random(state) % m]
        for _ in range(count):
            nearest, at = 2**60, -1
            for x in range(1, size - 1):
                d = path[x]
                if inside[d] == 1 and int(M[centre, d]) < nearest:
                    nearest, at = int(M[centre, d]), d
            if at >= 0:
                inside[at] = 0
    else:
        for _ in range(count):
            inside[path[1 + next_random(state) % m]] = 0
    kept = 1
    for x in range(1, size - 1):
        if inside[path[x]] == 1:
            path[kept] = path[x]
            kept += 1
    path[kept] = path[size - 1]
    return kept + 1


@jit
def _search(M: Costs, service: Ints, value: Ints, budget: int, trials: int, seed: int) -> Ints:
    n = len(service)
    state = np.array([seed], np.uint64)
    chain, inside = np.zeros(n + 2, np.int64), np.zeros(n, np.int64)
    after, extra, weight = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    now, best, path = np.zeros(n + 2, np.int64), np.zeros(n + 2, np.int64), np.zeros(n + 2, np.int64)
    path[0], path[1] = n, n + 1
    size = now_size = best_size = 2
    now_worth, best_worth, best_spent = -1, -1, 2**60
    trial, last = 0, trials
    while trial <= last:
        if trial > 0:
            for x in range(now_size):
                path[x] = now[x]
            size = now_size
            if size > 2:
                size = _thin(M, path, size, inside, state)
        _chained(path, size, chain)
        noise = 0 if trial % 4 == 0 else NOISE // 4 * (trial % 4)
        used = _spent(M, service, path, size)
        while True:
            used = _fill(M, service, value, chain, inside, used, budget, noise, state, after, extra, weight)
            size = _listed(chain, n, n + 1, path)
            saved = _shorten(M, path, size)
            if saved == 0:
                break
            used -= saved
            _chained(path, size, chain)
        worth = _worth(path, size, value)
        if trial == 0:
            last = min(trials, MOST_WORK // (size * size))
        slack = int(WORSE * best_worth * (last - trial) / (last + 1))
        if worth > best_worth or (worth == best_worth and used < best_spent):
            best_worth, best_spent, best_size = worth, used, size
            for x in range(size):
                best[x] = path[x]
        if worth >= now_worth - slack and worth >= best_worth - 2 * slack:
            now_worth, now_size = worth, size
            for x in range(size):
                now[x] = path[x]
        for d in range(n):
            inside[d] = 0
        for x in range(1, now_size - 1):
            inside[now[x]] = 1
        trial += 1
    return best[1 : best_size - 1].copy()


def packed(*, M: Costs, service: Ints, value: Ints, budget: int, trials: int, seed: int) -> Ints:
    """The doors to do, in walking order, of most ``value`` within ``budget``; then of least time.

    ``M`` has a row for each of the n doors, then one for the start and one for the end (all 0: anywhere);
    ``service`` (n,) is time at the doors and ``budget`` all there is, in mm of walking. Where not even the
    way from start to end fits, nobody is visited. About 100 us a trial among 800 doors; a long walk gets
    fewer (see ``MOST_WORK``).
    """
    if not len(service) or int(M[-2, -1]) > budget:
        return np.empty(0, np.int64)
    return _search(M, service, value, budget, trials, seed)
