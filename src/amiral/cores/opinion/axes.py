"""The two axes along which votes differ most, and where each person stands on them.

Filling a missing vote with the mean of its statement and then centring leaves exactly 0 there: the principal
components are the singular vectors of the sparse matrix ``x_ij = v_ij - mean_j`` over votes really cast. They
are found by the Lanczos method on ``w -> X'(Xw)`` with full reorthogonalisation (Golub and Van Loan, 4th ed.,
ch. 10); nothing of size P x C is ever made. Sums over votes are done on integers (multiples of ``2**-bits``),
so that they depend neither on order nor on threads.

The plane is that of Polis (Small et al., RECERCA 26(2), 2021, doi 10.6035/recerca.5516).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Floats, Ints, cut, dot, jit, seeded, share_out, uniform
from .matrix import Codes

POSITION_BITS = 28
"""Positions are whole multiples of ``2**-28``: sums over people are exact."""

_MAX_STEPS = 250
_MOST_BITS = 46
_ANGLE = 1e-6
_SETTLED = 1e-12
_RESTARTS = 2
_ROOM = 32
_FIRST_CHECK = 4
_CHANCE_SHARE = 0.1


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

    The greatest loading in absolute value is positive, times the sign asked for.
    """

    loadings: Floats
    variances: Floats
    variance: float
    means: Floats
    steps: int

    @property
    def explained(self) -> tuple[float, float]:
        """Share of the variance along each axis."""
        whole = self.variance or 1.0
        return float(self.variances[0]) / whole, float(self.variances[1]) / whole


def axes_of(
    ballots: Ballots,
    tally: Ints,
    *,
    seed: int,
    angle: float = _ANGLE,
    steps: int = _MAX_STEPS,
    near: Axes | None = None,
) -> Axes:
    """First two principal axes. ``tally`` (C, 3) counts the (weighted) votes; ``angle`` in radians bounds the
    error of each axis where the variances differ; ``steps`` bounds the passes over the votes. ``near``: axes
    thought to be near, which saves passes."""
    means = means_of(tally) * ballots.used
    cast = tally.sum(axis=1)
    squares = tally[:, 0] + tally[:, 2] - cast * means * means
    start = _start(ballots.used, seeded(seed, 1), near)
    values, vectors, done = _leading(ballots, means, start, seed, angle, steps)
    return Axes(
        loadings=vectors,
        variances=values,
        variance=_total(np.where(ballots.used, squares, 0.0)),
        means=means,
        steps=done,
    )


def means_of(tally: Ints) -> Floats:
    """Mean vote (-1 to 1) of each statement; ``tally`` has shape (C, 3)."""
    means: Floats = (tally[:, 2] - tally[:, 0]) / np.maximum(1, tally.sum(axis=1))
    return means


def positions(ballots: Ballots, axes: Axes) -> tuple[Ints, Ints]:
    """Where each person stands: x and y, shape (P,), multiples of ``2**-28``.

    The sum of centred votes times loadings, times sqrt(C / votes): without it, people who voted little would
    gather in the middle. A statement that was moderated out counts as voted on by all, as in Polis.
    """
    tables = [
        _scaled(_centred(axes, ballots.used) * axis.repeat(3), _MOST_BITS - 2) for axis in axes.loadings
    ]
    x, y = (np.zeros(len(ballots.starts) - 1, np.int64) for _ in range(2))
    voted = ballots.used.repeat(3)
    out = int(len(ballots.used) - ballots.used.sum())

    def place(rows: tuple[int, int]) -> None:
        _project(ballots.codes, ballots.starts, *rows, tables[0], tables[1], voted, out, x, y)

    share_out(place, cut(ballots.starts, ballots.workers), ballots.workers)
    return x, y


def metric(fixed: Ints) -> Floats:
    """Positions as ordinary numbers."""
    return fixed.astype(np.float64) * (1.0 / (1 << POSITION_BITS))


def turned(axes: Axes, first: int, second: int) -> Axes:
    """The same axes, turned around where the sign is -1."""
    loadings = axes.loadings * np.array([[float(first)], [float(second)]]) + 0.0
    return Axes(
        loadings=loadings,
        variances=axes.variances,
        variance=axes.variance,
        means=axes.means,
        steps=axes.steps,
    )


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
        self.centred = (np.arange(3) - 1.0 - means[:, None]).ravel() * ballots.used.repeat(3)
        self.bits = _safe_bits(ballots)
        self.parts = cut(ballots.starts, ballots.workers)

    def __call__(self, w: Floats) -> Floats:
        table = _scaled(self.centred * w.repeat(3), self.bits)

        def part(rows: tuple[int, int]) -> Ints:
            out = np.zeros(len(table), np.int64)
            _multiply(self.ballots.codes, self.ballots.starts, *rows, table, self.ballots.weights, out)
            return out

        parts = share_out(part, self.parts, self.ballots.workers)
        sums = sum(parts[1:], parts[0]) * 2.0**-self.bits * self.centred
        product: Floats = sums[0::3] + sums[1::3] + sums[2::3]
        return product


def _safe_bits(ballots: Ballots) -> int:
    """So many binary places that no sum can overflow: a person's sum is at most 2 sqrt(votes) (Cauchy)."""
    roots = np.sqrt(np.diff(ballots.starts)).astype(np.int64) + 1
    most = 2 * int((roots * ballots.weights).sum() if len(ballots.weights) else roots.sum())
    return min(_MOST_BITS, 61 - most.bit_length())


def _scaled(table: Floats, bits: int) -> Ints:
    """A table of numbers as whole multiples of ``2**-bits``."""
    return np.rint(table * 2.0**bits).astype(np.int64)


def _centred(axes: Axes, used: NDArray[np.bool_]) -> Floats:
    centred: Floats = (np.arange(3) - 1.0 - axes.means[:, None]).ravel() * used.repeat(3)
    return centred


def _leading(
    ballots: Ballots, means: Floats, ahead: Floats, seed: int, angle: float, most: int
) -> tuple[Floats, Floats, int]:
    """The two greatest eigenvalues of X'X with their vectors (2, C), and the number of products made."""
    product = _Product(ballots, means)
    size = len(means)
    most = min(most, int(ballots.used.sum()), len(ballots.starts) - 1)
    room = np.empty((_ROOM, size))
    diagonal: list[float] = []
    beside: list[float] = []
    restarts, check = 0, _FIRST_CHECK
    while len(diagonal) < most and len(ahead):
        room = room if len(diagonal) < len(room) else np.vstack([room, np.empty_like(room)])
        room[len(diagonal)] = ahead
        basis = room[: len(diagonal) + 1]
        image = product(ahead)
        diagonal.append(dot(ahead, image))
        length = _clean(basis, image)
        exhausted = length <= _SETTLED * max(1.0, *diagonal)
        if exhausted or len(diagonal) in (check, most):
            check = max(check + 1, check * 6 // 5)
            values, vectors = _ritz(diagonal, beside)
            if not exhausted and _close_enough(values, vectors, length, angle):
                break
        if exhausted and restarts == _RESTARTS:
            break
        restarts += exhausted
        ahead = _fresh(basis, ballots.used, seeded(seed, 1 + restarts)) if exhausted else image / length
        beside.append(0.0 if exhausted else length)
    if not diagonal:
        return np.zeros(2), np.zeros((2, size)), 0
    values, vectors = _ritz(diagonal, beside[: len(diagonal) - 1])
    return _two(values, vectors, room[: len(diagonal)])


def _two(values: Floats, vectors: Floats, basis: Floats) -> tuple[Floats, Floats, int]:
    """Values and unit vectors of the two leading pairs; zero where there is no variance."""
    found, axes = np.zeros(2), np.zeros((2, basis.shape[1]))
    for rank in range(min(2, len(values))):
        if values[rank] > 1e-9 * max(1.0, values[0]):
            found[rank] = values[rank]
            axes[rank] = _signed(_combined(basis, vectors[:, rank]))
    return found, axes, len(basis)


def _signed(vector: Floats) -> Floats:
    """Unit length, the greatest entry positive (the first of equals)."""
    vector = vector / sqrt(dot(vector, vector))
    signed: Floats = vector * np.sign(vector[int(np.argmax(np.abs(vector)))]) + 0.0
    return signed


def _ritz(diagonal: list[float], beside: list[float]) -> tuple[Floats, Floats]:
    """Eigenvalues, greatest first, and eigenvectors (columns) of the tridiagonal matrix."""
    matrix = np.diag(np.array(diagonal))
    for i, value in enumerate(beside[: len(diagonal) - 1]):
        matrix[i, i + 1] = matrix[i + 1, i] = value
    values, vectors = _jacobi(matrix)
    order = np.argsort(-values, kind="stable")
    return values[order], vectors[:, order]


def _close_enough(values: Floats, vectors: Floats, length: float, angle: float) -> bool:
    """Whether the residuals of both leading pairs are small against the distance to the next values."""
    for rank in range(min(2, len(values))):
        near = [
            abs(values[rank] - values[other]) for other in (rank - 1, rank + 1) if 0 <= other < len(values)
        ]
        residual = length * abs(vectors[-1, rank])
        if residual > max(angle * min(near, default=0.0), _SETTLED * values[0]):
            return False
    return len(values) >= 2


def _start(used: NDArray[np.bool_], state: NDArray[np.uint64], near: Axes | None) -> Floats:
    """A unit vector by chance over the statements used, or a little chance beside the axes thought near;
    empty if no statement is used."""
    vector = _unit(_chance(len(used), state) * used)
    if near is None or not len(vector):
        return vector
    return _unit(_CHANCE_SHARE * vector + near.loadings[0] + near.loadings[1])


def _unit(vector: Floats) -> Floats:
    length = sqrt(dot(vector, vector))
    return vector / length if length else np.zeros(0)


def _fresh(basis: Floats, used: NDArray[np.bool_], state: NDArray[np.uint64]) -> Floats:
    """A unit vector by chance, orthogonal to the basis; empty if the basis spans everything."""
    vector = _chance(len(used), state) * used
    length = _clean(basis, vector)
    return vector / length if length > 1e-9 else np.zeros(0)


def _total(values: Floats) -> float:
    return dot(values, np.ones(len(values)))


@jit
def _chance(size: int, state: Any) -> Floats:
    out = np.empty(size)
    for i in range(size):
        out[i] = uniform(state) - 0.5
    return out


@jit
def _multiply(codes: Any, starts: Ints, first: int, last: int, table: Ints, weights: Ints, out: Ints) -> None:
    """Add, for each person, the sum of ``table`` over his votes to each of their codes in ``out``."""
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


@jit
def _project(
    codes: Any,
    starts: Ints,
    first: int,
    last: int,
    table_x: Ints,
    table_y: Ints,
    voted: Any,
    out: int,
    x: Ints,
    y: Ints,
) -> None:
    """``out``: number of statements moderated out, seen by all."""
    statements = len(voted) // 3
    back = 2.0 ** (POSITION_BITS - (_MOST_BITS - 2))
    for i in range(first, last):
        sum_x = sum_y = 0
        seen = out
        for k in range(starts[i], starts[i + 1]):
            sum_x += table_x[codes[k]]
            sum_y += table_y[codes[k]]
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
def _combined(basis: Floats, amounts: Floats) -> Floats:
    out = np.zeros(basis.shape[1])
    for row in range(len(basis)):
        for j in range(len(out)):
            out[j] += amounts[row] * basis[row, j]
    return out


@jit
def _jacobi(matrix: Floats) -> tuple[Floats, Floats]:
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
