"""The two axes along which votes differ most, and where each person stands on them.

Filling a missing vote with the mean of its statement and then centring leaves exactly 0 there: the principal
components are the singular vectors of the sparse matrix ``x_ij = v_ij - mean_j`` over votes really cast. They
are found by the Lanczos method on ``w -> X'(Xw)`` with full reorthogonalisation (Golub and Van Loan, 4th ed.,
ch. 10); nothing of size P x C is ever made. Sums over votes are done on integers (multiples of ``2**-bits``),
so that they depend neither on order nor on threads.

The plane is that of Polis (Small et al., RECERCA 26(2), 2021, doi 10.6035/recerca.5516).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Floats, Ints, Stream, cut, dot, jit, seeded, share_out, uniform
from .matrix import Codes

POSITION_BITS = 28
"""Positions are whole multiples of ``2**-28``: sums over people are exact."""

_MAX_STEPS = 250
_MOST_BITS = 46
_ANGLE = 1e-6
_ROUGH_ANGLE = 0.03
_MANY_VOTES = 200_000
_PART = 8
_STRAY = 0.05
_SETTLED = 1e-12
_NOTHING = 1e-9
_RESTARTS = 2
_ROOM = 32
_FIRST_CHECK = 3
_KEPT = 5
_GOES_ON, _CONVERGED, _EXHAUSTED = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Ballots:
    """What the axes are computed from: votes by person, and how often each person counts (resampling).

    ``used`` says of each statement (C,) whether it counts: one that was moderated out does not. ``weights``
    has shape (P,), or is empty when everyone counts once.
    """

    codes: Codes
    starts: Ints
    used: NDArray[np.bool_]
    weights: Ints
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class Axes:
    """``loadings`` (2, C), unit length or zero where the votes have no such direction; ``variances`` (2,) are
    the sums of squares along them, of ``variance`` in all; ``means`` (C,) of the votes on each statement.
    ``beside`` (3, C): the next directions, roughly, of unit length or zero, at right angles to all others.

    The greatest loading in absolute value is positive, times the sign asked for.
    """

    loadings: Floats
    beside: Floats
    variances: Floats
    variance: float
    means: Floats
    steps: int

    @property
    def explained(self) -> tuple[float, float]:
        """Share of the variance along each axis."""
        whole = self.variance or 1.0
        return float(self.variances[0]) / whole, float(self.variances[1]) / whole


def axes_of(ballots: Ballots, tally: Ints, *, seed: int) -> Axes:
    """First two principal axes. ``tally`` (C, 3) counts the (weighted) votes. The error of each axis is at
    most 1e-6 radians where the variances differ."""
    means = moments(tally, ballots.used)[0]
    near = _from_a_part(ballots, means, seed)
    return axes_by(_Product(ballots, means), tally, ballots.used, seed=seed, near=near)


def axes_by(
    product: Callable[[Floats], Floats],
    tally: Ints,
    used: NDArray[np.bool_],
    *,
    seed: int,
    near: Floats | None = None,
) -> Axes:
    """The same, where ``product`` is some other way to ``w -> X'(Xw)`` over the statements ``used`` (C,). The
    search starts by chance, and from the vectors ``near`` (2, C) if there are any."""
    means, variance = moments(tally, used)
    values, vectors, done = _leading(product, _start(used, seeded(seed, 1), near), used, seed, _ANGLE)
    return Axes(
        loadings=vectors[:2],
        beside=vectors[2:],
        variances=values[:2],
        variance=variance,
        means=means,
        steps=done,
    )


def _from_a_part(ballots: Ballots, means: Floats, seed: int) -> Floats | None:
    """The axes of one person in eight, roughly, where that saves time."""
    if len(ballots.weights) or len(ballots.codes) < _MANY_VOTES:
        return None
    weights = np.zeros(len(ballots.starts) - 1, np.int64)
    weights[::_PART] = 1
    product = _Product(replace(ballots, weights=weights), means)
    start = _start(ballots.used, seeded(seed, 1), None)
    return _leading(product, start, ballots.used, seed, _ROUGH_ANGLE)[1][:2]


def positions(ballots: Ballots, axes: Axes) -> tuple[Ints, Ints]:
    """Where each person stands: x and y, shape (P,), multiples of ``2**-28``.

    The sum of centred votes times loadings, times sqrt(C / votes): without it, people who voted little would
    gather in the middle. A statement that was moderated out counts as voted on by all, as in Polis.
    """
    centred = centred_votes(axes.means, ballots.used)
    tables = [_table(centred, axis, 2.0 ** (_MOST_BITS - 2)) for axis in axes.loadings]
    x, y = (np.zeros(len(ballots.starts) - 1, np.int64) for _ in range(2))
    voted = np.zeros(0, np.bool_) if ballots.used.all() else ballots.used.repeat(3)
    out = int(len(ballots.used) - ballots.used.sum())

    def place(rows: tuple[int, int]) -> None:
        _project(
            ballots.codes, ballots.starts, *rows, len(ballots.used), tables[0], tables[1], voted, out, x, y
        )

    share_out(place, cut(ballots.starts, ballots.workers), ballots.workers)
    return x, y


def metric(fixed: Ints) -> Floats:
    """Positions as ordinary numbers."""
    return fixed.astype(np.float64) * (1.0 / (1 << POSITION_BITS))


def turned(axes: Axes, first: int, second: int) -> Axes:
    """The same axes, turned around where the sign is -1."""
    loadings = axes.loadings * np.array([[float(first)], [float(second)]]) + 0.0
    return replace(axes, loadings=loadings)


def signs_like(*, axes: Axes, statements: Ints, earlier: dict[int, tuple[float, float]]) -> tuple[int, int]:
    """Signs that keep the picture of an earlier map, whose loadings by statement are ``earlier``."""
    sums = [0.0, 0.0]
    for j, statement in enumerate(statements.tolist()):
        for axis, old in enumerate(earlier.get(statement, (0.0, 0.0))):
            sums[axis] += old * float(axes.loadings[axis, j])
    return (-1 if sums[0] < 0 else 1), (-1 if sums[1] < 0 else 1)


class _Product:
    """``w -> X'(Xw)`` over integers."""

    def __init__(self, ballots: Ballots, means: Floats) -> None:
        self.ballots = ballots
        self.centred = centred_votes(means, ballots.used)
        bits = 61 - int(bound(ballots.starts, ballots.weights)).bit_length()
        self.scale = 2.0 ** min(_MOST_BITS, bits)
        self.parts = cut(ballots.starts, ballots.workers)

    def __call__(self, w: Floats) -> Floats:
        votes = self.ballots

        def part(rows: tuple[int, int]) -> Ints:
            return _multiply(votes.codes, votes.starts, *rows, self.centred, w, self.scale, votes.weights)

        sums = share_out(part, self.parts, votes.workers)
        return _folded(sum(sums[1:], sums[0]), self.centred, 1.0 / self.scale)


def _leading(
    product: Callable[[Floats], Floats], start: Floats, used: NDArray[np.bool_], seed: int, angle: float
) -> tuple[Floats, Floats, int]:
    """The five greatest eigenvalues of X'X with their vectors (5, C), the first two of them to ``angle``, and
    the number of products made."""
    most, ahead = min(_MAX_STEPS, int(used.sum())), start
    basis, diagonal, beside = np.zeros((_ROOM, len(used))), np.zeros(most + 1), np.zeros(most + 1)
    done, restarts, check = 0, 0, _FIRST_CHECK
    while done < most and len(ahead):
        if done + 1 >= len(basis):
            basis = np.vstack([basis, np.zeros_like(basis)])
        basis[done] = ahead
        look = done + 1 in (check, most) and restarts == 0  # equal variances: then only the end is sure
        check = max(check + 1, check * 6 // 5) if look else check
        state, ahead = _absorb(basis, done, product(ahead), diagonal, beside, angle, look)
        done += 1
        if state == _CONVERGED or (state == _EXHAUSTED and restarts == _RESTARTS):
            break
        if state == _EXHAUSTED:
            restarts += 1
            ahead = _fresh(basis[:done], used, seeded(seed, 1 + restarts))
    values, vectors = _greatest(diagonal[:done], beside[:done], basis[:done], _KEPT)
    return values, vectors, done


def _start(used: NDArray[np.bool_], state: Stream, near: Floats | None) -> Floats:
    """A unit vector by chance over the statements used, or mostly the sum of those ``near``; empty if no
    statement is used."""
    vector = _chance(len(used), state) * used
    length = sqrt(dot(vector, vector))
    if near is not None and length:
        vector = near[0] + near[1] + _STRAY / length * vector
        length = sqrt(dot(vector, vector))
    return vector / length if length else np.zeros(0)


def _fresh(basis: Floats, used: NDArray[np.bool_], state: Stream) -> Floats:
    """A unit vector by chance, orthogonal to the basis; empty if the basis spans everything."""
    vector = _chance(len(used), state) * used
    length = _clean(basis, vector)
    return vector / length if length > 1e-9 else np.zeros(0)


@jit
def moments(tally: Ints, used: Any) -> tuple[Floats, float]:
    """Mean of each statement used, and the sum over them of the squares of the centred votes."""
    means = np.zeros(len(tally))
    variance = 0.0
    for j in range(len(tally)):
        cast = tally[j, 0] + tally[j, 1] + tally[j, 2]
        if used[j] and cast:
            means[j] = (tally[j, 2] - tally[j, 0]) / cast
            variance += tally[j, 0] + tally[j, 2] - cast * means[j] * means[j]
    return means, variance


@jit
def bound(starts: Ints, weights: Ints) -> int:
    """No sum of products is greater: a person's is at most 2 sqrt(votes), by Cauchy and Schwarz."""
    total = 0
    for i in range(len(starts) - 1):
        most = 2 * int(np.sqrt(starts[i + 1] - starts[i])) + 2
        total += most * weights[i] if len(weights) else most
    return total


@jit
def centred_votes(means: Floats, used: Any) -> Floats:
    """Each of the three votes less the mean, by code; 0 for a statement that is not used."""
    out = np.zeros(3 * len(means))
    for j in range(len(means)):
        if used[j]:
            for vote in range(3):
                out[3 * j + vote] = vote - 1.0 - means[j]
    return out


@jit
def _table(centred: Floats, w: Floats, scale: float) -> Ints:
    """Centred vote times ``w`` by code, in whole multiples of ``1 / scale``."""
    out = np.empty(len(centred), np.int64)
    for code in range(len(centred)):
        out[code] = np.int64(np.rint(centred[code] * w[code // 3] * scale))
    return out


@jit
def _folded(sums: Ints, centred: Floats, unit: float) -> Floats:
    """Sums by code, back to numbers, times the centred vote: summed by statement."""
    out = np.empty(len(sums) // 3)
    for j in range(len(out)):
        total = 0.0
        for code in range(3 * j, 3 * j + 3):
            total += sums[code] * unit * centred[code]
        out[j] = total
    return out


@jit
def _chance(size: int, state: Any) -> Floats:
    out = np.empty(size)
    for i in range(size):
        out[i] = uniform(state) - 0.5
    return out


@jit
def _multiply(
    codes: Any,
    starts: Ints,
    first: int,
    last: int,
    centred: Floats,
    w: Floats,
    scale: float,
    weights: Ints,
) -> Ints:
    """By code, the sum over those who cast that vote of their centred votes times ``w``."""
    table = _table(centred, w, scale)
    out = np.zeros(len(table), np.int64)
    weighted = len(weights) > 0
    for i in range(first, last):
        if weighted and weights[i] == 0:
            continue
        total = 0
        for k in range(starts[i], starts[i + 1]):
            total += table[codes[k]]
        if weighted:
            total *= weights[i]
        for k in range(starts[i], starts[i + 1]):
            out[codes[k]] += total
    return out


@jit
def _project(
    codes: Any,
    starts: Ints,
    first: int,
    last: int,
    statements: int,
    table_x: Ints,
    table_y: Ints,
    voted: Any,
    out: int,
    x: Ints,
    y: Ints,
) -> None:
    """``out``: number of statements moderated out, seen by all; ``voted`` is empty where there is none."""
    all_used = len(voted) == 0
    back = 2.0 ** (POSITION_BITS - (_MOST_BITS - 2))
    for i in range(first, last):
        sum_x = sum_y = 0
        seen = out
        for k in range(starts[i], starts[i + 1]):
            sum_x += table_x[codes[k]]
            sum_y += table_y[codes[k]]
        if all_used:
            seen += starts[i + 1] - starts[i]
        else:
            for k in range(starts[i], starts[i + 1]):
                seen += voted[codes[k]]
        scale = np.sqrt(statements / max(1, seen)) * back
        x[i] = np.int64(np.rint(sum_x * scale))
        y[i] = np.int64(np.rint(sum_y * scale))


@jit
def _clean(basis: Floats, vector: Floats) -> float:
    """Take the directions of the basis out of ``vector``, twice; its length afterwards."""
    for _ in range(2):
        for row in range(len(basis)):
            amount = dot(basis[row], vector)
            for j in range(len(vector)):
                vector[j] -= amount * basis[row, j]
    return sqrt(dot(vector, vector))


@jit
def _absorb(
    basis: Floats, at: int, image: Floats, diagonal: Floats, beside: Floats, angle: float, look: bool
) -> tuple[int, Floats]:
    """One step of Lanczos: how things stand, and what is new in the image of ``basis[at]``, as a unit."""
    diagonal[at] = dot(basis[at], image)
    length = _clean(basis[: at + 1], image)
    most = 1.0
    for i in range(at + 1):
        most = max(most, diagonal[i])
    if length <= _NOTHING * most:
        beside[at] = 0.0
        return _EXHAUSTED, image
    beside[at] = length
    if look and at >= 1:
        values, vectors = _ritz(diagonal[: at + 1], beside)
        if _close_enough(values, vectors, length, angle):
            return _CONVERGED, image
    return _GOES_ON, image / length


@jit
def _close_enough(values: Floats, vectors: Floats, length: float, angle: float) -> bool:
    """Whether the residuals of both leading pairs are small against the distance to the next values."""
    for rank in range(2):
        gap = values[0] - values[1]
        if rank == 1 and len(values) > 2:
            gap = min(gap, values[1] - values[2])
        if length * abs(vectors[-1, rank]) > max(angle * gap, _SETTLED * values[0]):
            return False
    return True


@jit
def _greatest(diagonal: Floats, beside: Floats, basis: Floats, most: int) -> tuple[Floats, Floats]:
    """Values and unit vectors of the leading pairs; zero where there is no variance. The greatest entry of a
    vector (the first of equals) is positive."""
    found, axes = np.zeros(most), np.zeros((most, basis.shape[1]))
    if len(diagonal) == 0:
        return found, axes
    values, vectors = _ritz(diagonal, beside)
    for rank in range(min(most, len(values))):
        if values[rank] > 1e-9 * max(1.0, values[0]):
            found[rank] = values[rank]
            vector = np.zeros(basis.shape[1])
            for row in range(len(basis)):
                for j in range(len(vector)):
                    vector[j] += vectors[row, rank] * basis[row, j]
            top = vector[np.argmax(np.abs(vector))]
            length = np.sqrt(dot(vector, vector)) * (1.0 if top >= 0.0 else -1.0)
            axes[rank] = vector / length + 0.0
    return found, axes


@jit
def _ritz(diagonal: Floats, beside: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, greatest first, and eigenvectors (columns) of the tridiagonal matrix."""
    size = len(diagonal)
    matrix = np.zeros((size, size))
    for i in range(size):
        matrix[i, i] = diagonal[i]
        if i + 1 < size:
            matrix[i, i + 1] = matrix[i + 1, i] = beside[i]
    values, vectors = jacobi(matrix)
    order = np.argsort(-values, kind="mergesort")
    return values[order], vectors[:, order]


@jit
def jacobi(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues and vectors (columns) of a small symmetric matrix by cyclic rotations (Jacobi 1846)."""
    size = len(matrix)
    a = matrix.copy()
    vectors = np.eye(size)
    for _ in range(60):
        off = 0.0
        whole = 0.0
        for i in range(size):
            whole += a[i, i] * a[i, i]
            for j in range(i):
                off += a[i, j] * a[i, j]
        if off <= 1e-32 * whole:
            break
        for p in range(size - 1):
            for q in range(p + 1, size):
                if a[p, q] != 0.0:
                    _rotate(a, vectors, p, q)
    values = np.empty(size)
    for i in range(size):
        values[i] = a[i, i]
    return values, vectors


@jit
def _rotate(a: Floats, vectors: Floats, p: int, q: int) -> None:
    ratio = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
    sign = 1.0 if ratio >= 0.0 else -1.0
    tangent = sign / (abs(ratio) + np.sqrt(ratio * ratio + 1.0))
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    for k in range(len(a)):
        left, right = a[k, p], a[k, q]
        a[k, p] = cosine * left - sine * right
        a[k, q] = sine * left + cosine * right
    for k in range(len(a)):
        left, right = a[p, k], a[q, k]
        a[p, k] = cosine * left - sine * right
        a[q, k] = sine * left + cosine * right
    for k in range(len(a)):
        left, right = vectors[k, p], vectors[k, q]
        vectors[k, p] = cosine * left - sine * right
        vectors[k, q] = sine * left + cosine * right
