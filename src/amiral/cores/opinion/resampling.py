"""The axes once more, on people drawn anew: two vectors in one pass over the votes.

The axes of people drawn by chance lie near those of everybody: five steps of a block Krylov method from there
find them (Golub and Van Loan, 4th ed., 10.3.6); with two, groups would look more stable than they are. Both
vectors of a block are carried in the halves of one 64-bit number, rounded to what their sums leave room for:
a pass costs what a pass for one would. Only how far groups stay the same is judged by these axes; nobody's
place is published from them.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .axes import Axes, Ballots, bound, centred_votes, jacobi, moments
from .compiled import Floats, Ints, dot, jit
from .matrix import Codes

_PASSES = 5
_HALF_BITS = 30
_FINEST_BITS = 24
_MASK = 2**32 - 1
_HALF = 2**31


def axes_again(ballots: Ballots, near: Axes) -> Axes:
    """The two widest axes of the people drawn (``ballots.weights``), turned like those of everybody."""
    tally = np.zeros(3 * len(ballots.used), np.int64)
    weighted_tally(ballots.codes, ballots.starts, ballots.weights, tally)
    counts = tally.reshape(-1, 3)
    means, variance = moments(counts, ballots.used)
    drawn = float(ballots.weights.sum())
    most = min(float(bound(ballots.starts, ballots.weights)), sqrt(drawn * variance) + 2.0 * drawn**0.5 + 2.0)
    longest = int(np.diff(ballots.starts).max(initial=1))
    bits = min(_FINEST_BITS, _HALF_BITS - int(2.0 * sqrt(longest) + 2.0).bit_length())
    coarse = min(bits - 1, _HALF_BITS - int(most).bit_length())
    values, loadings = _widest(
        ballots.codes,
        ballots.starts,
        ballots.weights,
        means,
        ballots.used,
        near.loadings,
        _PASSES,
        bits,
        coarse,
    )
    return Axes(loadings=loadings, variances=values, variance=variance, means=means, steps=_PASSES)


@jit
def weighted_tally(codes: Codes, starts: Ints, weights: Ints, out: Ints) -> None:
    """Adds how often each vote was cast, each person as often as drawn."""
    for i in range(len(weights)):
        if weights[i]:
            for k in range(starts[i], starts[i + 1]):
                out[codes[k]] += weights[i]


@jit
def _widest(
    codes: Codes,
    starts: Ints,
    weights: Ints,
    means: Floats,
    used: NDArray[np.bool_],
    near: Floats,
    passes: int,
    bits: int,
    coarse: int,
) -> tuple[Floats, Floats]:
    """The two greatest Ritz values and vectors of the block Krylov space of ``near``."""
    centred = centred_votes(means, used)
    basis, images = np.zeros((2 * passes, len(means))), np.zeros((2 * passes, len(means)))
    basis[0], basis[1] = near[0] * used, near[1] * used
    for at in range(0, 2 * passes, 2):
        _make_orthonormal(basis, at)
        sums = _multiply_both(
            codes, starts, weights, _both(centred, basis[at], basis[at + 1], bits), bits - coarse
        )
        images[at], images[at + 1] = _apart(sums, centred, 2.0**-coarse)
        if at + 2 < 2 * passes:
            basis[at + 2], basis[at + 3] = images[at], images[at + 1]
    return _ritz_pairs(basis, images, near)


@jit
def _make_orthonormal(basis: Floats, at: int) -> None:
    """Rows ``at`` and ``at + 1`` against those before; a row with nothing new in it becomes zero."""
    for row in range(at, at + 2):
        before = dot(basis[row], basis[row])
        for _ in range(2):
            for other in range(row):
                basis[row] -= dot(basis[other], basis[row]) * basis[other]
        after = dot(basis[row], basis[row])
        if after <= 1e-12 * before or after == 0.0:
            basis[row] = 0.0
        else:
            basis[row] /= np.sqrt(after)


@jit
def _both(centred: Floats, first: Floats, second: Floats, bits: int) -> Ints:
    """Centred vote times each vector by code, one in the upper half and one in the lower."""
    out = np.empty(len(centred), np.int64)
    for code in range(len(centred)):
        upper = np.int64(np.rint(np.ldexp(centred[code] * first[code // 3], bits)))
        lower = np.int64(np.rint(np.ldexp(centred[code] * second[code // 3], bits)))
        out[code] = (upper << 32) + lower
    return out


@jit
def _multiply_both(codes: Codes, starts: Ints, weights: Ints, table: Ints, shift: int) -> Ints:
    """By code, the sums over those who cast that vote of their sums, in both halves."""
    out = np.zeros(len(table), np.int64)
    half = np.int64(1) << (shift - 1)
    for i in range(len(weights)):
        if weights[i] == 0:
            continue
        total = 0
        for k in range(starts[i], starts[i + 1]):
            total += table[codes[k]]
        lower = ((total + _HALF) & _MASK) - _HALF
        upper = ((total - lower) >> 32) * weights[i]
        total = (((upper + half) >> shift) << 32) + ((lower * weights[i] + half) >> shift)
        for k in range(starts[i], starts[i + 1]):
            out[codes[k]] += total
    return out


@jit
def _apart(sums: Ints, centred: Floats, unit: float) -> tuple[Floats, Floats]:
    """Both halves as numbers, times the centred vote, summed by statement."""
    first, second = np.zeros(len(sums) // 3), np.zeros(len(sums) // 3)
    for code in range(len(sums)):
        lower = ((sums[code] + _HALF) & _MASK) - _HALF
        first[code // 3] += ((sums[code] - lower) >> 32) * unit * centred[code]
        second[code // 3] += lower * unit * centred[code]
    return first, second


@jit
def _ritz_pairs(basis: Floats, images: Floats, near: Floats) -> tuple[Floats, Floats]:
    size = len(basis)
    matrix = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            matrix[i, j] = (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2.0
    values, vectors = jacobi(matrix)
    order = np.argsort(-values, kind="mergesort")
    found, axes = np.zeros(2), np.zeros(near.shape)
    for rank in range(2):
        column = order[rank]
        vector = np.zeros(basis.shape[1])
        for row in range(size):
            vector += vectors[row, column] * basis[row]
        length = np.sqrt(dot(vector, vector))
        if length > 0.5 and values[column] > 1e-9 * max(1.0, values[order[0]]):
            found[rank] = values[column]
            axes[rank] = vector / length * (-1.0 if dot(vector, near[rank]) < 0.0 else 1.0)
    return found, axes
