"""k-means in the plane, silhouettes and the adjusted Rand index, all of them the same on every machine.

Points have whole coordinates (multiples of ``2**-28``) and whole weights: a centre is a quotient of two exact
sums, whatever the order or the number of threads.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .axes import metric
from .compiled import Floats, Ints, jit, seeded, share_out, uniform

Labels = NDArray[np.uint8]

_STEPS = 300
_STILL = 1e-4
CELLS = 48
_MANY_PLACES = 50_000


@dataclass(frozen=True, kw_only=True)
class Points:
    """Places in the plane, shape (n,) each; ``weight`` people stand on each of them."""

    x: Ints
    y: Ints
    weight: Ints


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """``centres`` has shape (k, 2) in whole units; ``labels`` (n,); ``inertia`` is the weighted sum of
    squared distances to the nearest centre, in whole units squared."""

    centres: Floats
    labels: Labels
    inertia: float


def kmeans(points: Points, start: Floats) -> Clustering:
    """Lloyd's iterations from ``start`` (k, 2) until the centres hardly move; a centre left alone stays.

    They stop, as those of red-dwarf do, when the squared moves add up to less than 1e-4 of the mean variance.
    """
    centres = start.copy()
    labels = np.zeros(len(points.x), np.uint8)
    still = _STILL * _mean_variance(points.x, points.y, points.weight)
    inertia = _lloyd(points.x, points.y, points.weight, centres, labels, _STEPS, still)
    return Clustering(centres=centres, labels=labels, inertia=inertia)


def parted(points: Points, start: Floats, workers: int) -> tuple[Floats, Labels]:
    """Centres and labels of ``kmeans``, by several threads where there are many places: each adds whole
    numbers, so how many there are changes nothing."""
    if workers < 2 or len(points.x) < _MANY_PLACES:
        found = kmeans(points, start)
        return found.centres, found.labels
    centres = start.copy()
    labels = np.zeros(len(points.x), np.uint8)
    still = _STILL * _mean_variance(points.x, points.y, points.weight)
    edges = [len(labels) * part // workers for part in range(workers + 1)]
    parts = [slice(first, last) for first, last in pairwise(edges)]

    def gathered(rows: slice) -> Ints:
        return _gathered(points.x[rows], points.y[rows], points.weight[rows], centres)

    for _ in range(_STEPS):
        sums = share_out(gathered, parts, workers)
        if _recentre(centres, sum(sums[1:], sums[0])) <= still:
            break
    share_out(lambda rows: _assign(points.x[rows], points.y[rows], centres, labels[rows]), parts, workers)
    return centres, labels


def tightest(points: Points, groups: int, *, seed: int, starts: int) -> Clustering:
    """The least inertia from ``starts`` starts spread out by chance (k-means++, Arthur and Vassilvitskii
    2007)."""
    state = seeded(seed, 100 + groups)
    tried = [
        kmeans(points, _spread_out(points.x, points.y, points.weight, groups, state)) for _ in range(starts)
    ]
    return min(tried, key=lambda one: one.inertia)


def polis_start(points: Points, groups: int) -> Floats:
    """The first ``groups`` distinct places, from left to right; fewer rows if there are fewer places."""
    return _leftmost(points.x, points.y, groups)


def nearest(points: Points, centres: Floats) -> Labels:
    """Number of the nearest centre; the first of equals."""
    labels = np.zeros(len(points.x), np.uint8)
    _assign(points.x, points.y, centres, labels)
    return labels


def parted_again(points: Points, groups: int, *, seed: int, starts: int) -> Labels | None:
    """Labels of all points when groups are sought among those whose weight is not 0: from the start of Polis,
    or, if ``starts`` is not 0, the tightest of so many. None where they stand on fewer places than groups."""
    labels = np.zeros(len(points.x), np.uint8)
    state = seeded(seed, 100 + groups)
    enough = _part_again(points.x, points.y, points.weight, groups, starts, state, labels)
    return labels if enough else None


def silhouette(points: Points, labels: Labels) -> float:
    """Mean silhouette (Rousseeuw 1987), each place counted by its weight; people alone in a group count 0.

    Cost: O(n^2) in the number of places.
    """
    return _silhouette(metric(points.x), metric(points.y), points.weight, labels)


def coarse(points: Points, most: int) -> tuple[Points, Ints]:
    """At most ``most`` places as they are; more are gathered into the cells of a grid, each at its mean.

    Second: the cell of each point.
    """
    if len(points.x) <= most:
        return points, np.arange(len(points.x))
    cell = _cell(points.x) * CELLS + _cell(points.y)
    sums = np.zeros((CELLS * CELLS, 3), np.int64)
    _gather(points.x, points.y, points.weight, cell, sums)
    used = sums[:, 2] > 0
    cell, sums = (np.cumsum(used) - 1)[cell], sums[used]
    return Points(x=sums[:, 0] // sums[:, 2], y=sums[:, 1] // sums[:, 2], weight=sums[:, 2]), cell


def adjusted_rand(a: Labels, b: Labels) -> float:
    """Agreement of two partitions of the same people, 1 if equal and 0 on average by chance (Hubert and
    Arabie 1985)."""
    pairs, in_a, in_b = _pairs(a, b)
    whole = len(a) * (len(a) - 1) // 2
    if whole * (in_a + in_b) == 2 * in_a * in_b:
        return 1.0
    return 2 * (whole * pairs - in_a * in_b) / (whole * (in_a + in_b) - 2 * in_a * in_b)


def _cell(values: Ints) -> Ints:
    """Number of the column that holds each value, ``CELLS`` of equal width."""
    least, width = int(values.min()), int(values.max()) - int(values.min()) + 1
    return (values - least) // (-(-width // CELLS))


@jit
def _pairs(a: Any, b: Any) -> tuple[int, int, int]:
    """Pairs of people together in both partitions, in ``a`` and in ``b``."""
    table = np.zeros((257, 257), np.int64)
    most = 0
    for i in range(len(a)):
        table[a[i], b[i]] += 1
        table[a[i], 256] += 1
        table[256, b[i]] += 1
        most = max(most, a[i] + 1, b[i] + 1)
    both = in_a = in_b = 0
    for i in range(most):
        in_a += table[i, 256] * (table[i, 256] - 1) // 2
        in_b += table[256, i] * (table[256, i] - 1) // 2
        for j in range(most):
            both += table[i, j] * (table[i, j] - 1) // 2
    return both, in_a, in_b


@jit
def _gather(x: Ints, y: Ints, weight: Ints, cell: Ints, sums: Ints) -> None:
    for i in range(len(x)):
        sums[cell[i], 0] += weight[i] * x[i]
        sums[cell[i], 1] += weight[i] * y[i]
        sums[cell[i], 2] += weight[i]


@jit
def _closest(x: float, y: float, centres: Floats) -> tuple[int, float]:
    best, least = 0, np.inf
    for g in range(len(centres)):
        dx, dy = x - centres[g, 0], y - centres[g, 1]
        distance = dx * dx + dy * dy
        if distance < least:
            best, least = g, distance
    return best, least


@jit
def _assign(x: Ints, y: Ints, centres: Floats, labels: Any) -> None:
    for i in range(len(x)):
        labels[i] = _closest(float(x[i]), float(y[i]), centres)[0]


@jit
def _mean_variance(x: Ints, y: Ints, weight: Ints) -> float:
    """Mean of the variances of both coordinates."""
    sums = np.zeros(3, np.int64)
    for i in range(len(x)):
        sums[0] += weight[i] * x[i]
        sums[1] += weight[i] * y[i]
        sums[2] += weight[i]
    mean_x, mean_y = sums[0] / max(1, sums[2]), sums[1] / max(1, sums[2])
    squares = 0.0
    for i in range(len(x)):
        dx, dy = x[i] - mean_x, y[i] - mean_y
        squares += weight[i] * (dx * dx + dy * dy)
    variance: float = squares / max(1, sums[2]) / 2.0
    return variance


@jit
def _lloyd(x: Ints, y: Ints, weight: Ints, centres: Floats, labels: Any, steps: int, still: float) -> float:
    """Moves ``centres`` and sets ``labels`` to the nearest of them; the inertia."""
    for _ in range(steps):
        if _recentre(centres, _gathered(x, y, weight, centres)) <= still:
            break
    inertia = 0.0
    for i in range(len(x)):
        label, distance = _closest(float(x[i]), float(y[i]), centres)
        labels[i] = label
        inertia += weight[i] * distance
    return inertia


@jit
def _gathered(x: Ints, y: Ints, weight: Ints, centres: Floats) -> Ints:
    """Sums of the places nearest to each centre, and of their weights; shape (k, 3). ``_closest`` written
    out: most of the time is spent here."""
    sums = np.zeros((len(centres), 3), np.int64)
    across, up = centres[:, 0].copy(), centres[:, 1].copy()
    for i in range(len(x)):
        at_x, at_y = float(x[i]), float(y[i])
        dx, dy = at_x - across[0], at_y - up[0]
        best, least = 0, dx * dx + dy * dy
        for g in range(1, len(across)):
            dx, dy = at_x - across[g], at_y - up[g]
            distance = dx * dx + dy * dy
            nearer = distance < least
            best, least = (g if nearer else best), (distance if nearer else least)
        sums[best, 0] += weight[i] * x[i]
        sums[best, 1] += weight[i] * y[i]
        sums[best, 2] += weight[i]
    return sums


@jit
def _part_again(x: Ints, y: Ints, weight: Ints, groups: int, starts: int, state: Any, labels: Any) -> bool:
    """Sets ``labels`` of all; False where those drawn stand on too few places."""
    drawn = weight > 0
    some_x, some_y, some_weight = x[drawn], y[drawn], weight[drawn]
    centres = _leftmost(some_x, some_y, groups)
    if len(centres) < groups:
        return False
    still = _STILL * _mean_variance(some_x, some_y, some_weight)
    some_labels = np.zeros(len(some_x), np.uint8)
    if starts == 0:
        _lloyd(some_x, some_y, some_weight, centres, some_labels, _STEPS, still)
    least = np.inf
    for _ in range(starts):
        tried = _spread_out(some_x, some_y, some_weight, groups, state)
        inertia = _lloyd(some_x, some_y, some_weight, tried, some_labels, _STEPS, still)
        if inertia < least:
            least, centres = inertia, tried
    _assign(x, y, centres, labels)
    return True


@jit
def _recentre(centres: Floats, sums: Ints) -> float:
    """Put each centre at the mean of its people; the sum of the squared moves."""
    moved = 0.0
    for g in range(len(centres)):
        if sums[g, 2]:
            new_x, new_y = sums[g, 0] / sums[g, 2], sums[g, 1] / sums[g, 2]
            moved += (new_x - centres[g, 0]) ** 2 + (new_y - centres[g, 1]) ** 2
            centres[g, 0], centres[g, 1] = new_x, new_y
    return moved


@jit
def _spread_out(x: Ints, y: Ints, weight: Ints, groups: int, state: Any) -> Floats:
    """Each next centre is a place drawn in proportion to weight times squared distance to those drawn."""
    centres = np.empty((groups, 2))
    least = np.ones(len(x))
    for g in range(groups):
        whole = 0.0
        for i in range(len(x)):
            whole += weight[i] * least[i]
        mark = uniform(state) * whole
        pick = 0
        for i in range(len(x)):
            mark -= weight[i] * least[i]
            pick = i
            if mark <= 0.0:
                break
        centres[g, 0], centres[g, 1] = x[pick], y[pick]
        for i in range(len(x)):
            least[i] = _closest(float(x[i]), float(y[i]), centres[: g + 1])[1]
    return centres


@jit
def _leftmost(x: Ints, y: Ints, groups: int) -> Floats:
    """Smallest distinct (x, y), in order."""
    found = 0
    best = np.empty((groups, 2), np.int64)
    for i in range(len(x)):
        at = found
        while at > 0 and (x[i] < best[at - 1, 0] or (x[i] == best[at - 1, 0] and y[i] < best[at - 1, 1])):
            at -= 1
        if at >= groups or (at > 0 and x[i] == best[at - 1, 0] and y[i] == best[at - 1, 1]):
            continue
        for k in range(min(found, groups - 1), at, -1):
            best[k] = best[k - 1]
        best[at, 0], best[at, 1] = x[i], y[i]
        found = min(found + 1, groups)
    return best[:found].astype(np.float64)


@jit
def _silhouette(x: Floats, y: Floats, weight: Ints, labels: Any) -> float:
    groups = 0
    for i in range(len(x)):
        groups = max(groups, labels[i] + 1)
    people = np.zeros(groups)
    far = np.zeros((len(x), groups))
    for i in range(len(x)):
        people[labels[i]] += weight[i]
        for j in range(i + 1, len(x)):
            dx, dy = x[i] - x[j], y[i] - y[j]
            distance = np.sqrt(dx * dx + dy * dy)
            far[i, labels[j]] += weight[j] * distance
            far[j, labels[i]] += weight[i] * distance
    total = whole = 0.0
    for i in range(len(x)):
        own = labels[i]
        inside, outside = far[i, own] / max(1.0, people[own] - 1.0), np.inf
        for g in range(groups):
            if g != own and people[g] > 0.0:
                outside = min(outside, far[i, g] / people[g])
        whole += weight[i]
        if people[own] > 1.0 and max(inside, outside) > 0.0 and outside < np.inf:
            total += weight[i] * (outside - inside) / max(inside, outside)
    return total / max(1.0, whole)
