"""The axes once more, on people drawn anew, without beginning again each time.

The axes of people drawn by chance lie near the widest directions of everybody. From these two more blocks are
made, each the images of the best vectors found so far (Davidson, J. Comput. Phys. 17(1), 1975, without the
preconditioner); the axes are the best vectors in all of them. Where each person stands along the directions
of everybody is computed once for all draws, so that a block costs one pass over the votes of the people
drawn: half of it to add up, half of it to look up. Both vectors of a block are carried in the halves of one
64-bit number, rounded to what their sums leave room for. The means of the statements stay those of everybody.
Only how far groups stay the same is judged by these axes; nobody's place is published from them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .axes import POSITION_BITS, Axes, Ballots, centred_votes, jacobi
from .compiled import Floats, Ints, dot, jit
from .matrix import Codes

_STEPS = 2
_HALF_BITS = 30
_FINEST_BITS = 24
_MASK = 2**32 - 1
_HALF = 2**31


@dataclass(frozen=True, kw_only=True)
class Sample:
    """People to draw from. ``space`` (K, C): the widest directions of everybody, the axes first; ``along``
    (n, K): the sum of centred votes times direction of each person of the sample; ``scales`` (n,): places in
    multiples of ``2**-28`` for these."""

    codes: Codes
    starts: Ints
    centred: Floats
    space: Floats
    along: Floats
    scales: Floats
    bits: int


@dataclass(frozen=True, kw_only=True)
class Redrawn:
    """The axes of the people drawn, turned like those of everybody: ``loadings`` (2, C) and ``variances``
    (2,), zero where there is no such direction; ``x`` and ``y`` (n,) on them, in multiples of ``2**-28``."""

    loadings: Floats
    variances: Floats
    x: Ints
    y: Ints


def sample_of(ballots: Ballots, near: Axes) -> Sample:
    """``ballots`` of the people to draw from, ``near`` the axes of everybody."""
    centred = centred_votes(near.means, ballots.used)
    space = np.concatenate([near.loadings, near.beside]) * ballots.used
    longest = int(np.diff(ballots.starts).max(initial=1))
    return Sample(
        codes=ballots.codes,
        starts=ballots.starts,
        centred=centred,
        space=space,
        along=_along(ballots.codes, ballots.starts, centred, space),
        scales=_scales(ballots.codes, ballots.starts, ballots.used) * 2.0**POSITION_BITS,
        bits=min(_FINEST_BITS, _HALF_BITS - int(2.0 * longest**0.5 + 2.0).bit_length()),
    )


def axes_again(sample: Sample, weights: Ints, wanted: NDArray[np.bool_]) -> Redrawn:
    """The two widest axes when each person counts ``weights`` (n,) times; places of those who are drawn or
    ``wanted`` (n,)."""
    variances, loadings, places = _again(
        sample.codes,
        sample.starts,
        weights,
        wanted,
        sample.centred,
        sample.space,
        sample.along,
        sample.scales,
        _STEPS,
        sample.bits,
    )
    return Redrawn(loadings=loadings, variances=variances, x=places[0], y=places[1])


@jit
def _along(codes: Codes, starts: Ints, centred: Floats, space: Floats) -> Floats:
    table = np.empty((len(centred), len(space)))
    for code in range(len(centred)):
        for k in range(len(space)):
            table[code, k] = centred[code] * space[k, code // 3]
    out = np.zeros((len(starts) - 1, len(space)))
    for i in range(len(out)):
        for at in range(starts[i], starts[i + 1]):
            code = codes[at]
            for k in range(len(space)):
                out[i, k] += table[code, k]
    return out


@jit
def _scales(codes: Codes, starts: Ints, used: NDArray[np.bool_]) -> Floats:
    """sqrt(C / votes) of each person; a statement that is not used counts as voted on by all."""
    out = 0
    for j in range(len(used)):
        out += not used[j]
    scales = np.empty(len(starts) - 1)
    for i in range(len(scales)):
        seen = out
        for k in range(starts[i], starts[i + 1]):
            seen += used[codes[k] // 3]
        scales[i] = np.sqrt(len(used) / max(1, seen))
    return scales


@jit
def _again(
    codes: Codes,
    starts: Ints,
    weights: Ints,
    wanted: NDArray[np.bool_],
    centred: Floats,
    space: Floats,
    along: Floats,
    scales: Floats,
    steps: int,
    bits: int,
) -> tuple[Floats, Floats, Ints]:
    """The two greatest Ritz values and vectors in the span of ``space`` and ``steps`` more blocks, each of
    them the images of the best vectors so far; and where people stand along those vectors."""
    known, size = len(space), len(space) + 2 * steps
    basis = np.zeros((size, space.shape[1]))
    basis[:known] = space
    stand = np.zeros((len(weights), size))
    stand[:, :known] = along
    products = np.zeros((size, size))
    pair = np.zeros((len(weights), 2))
    _multiply_out(weights, stand, 0, known, products)
    for at in range(known, size, 2):
        values, parts = _best(products[:at, :at])
        _combined(stand, parts, pair)
        basis[at], basis[at + 1] = _added_up(codes, starts, weights, pair, centred)
        _make_orthonormal(basis, at)
        table = _both(centred, basis[at], basis[at + 1], bits)
        _look_up(codes, starts, weights, wanted, table, 2.0**-bits, at, stand)
        _multiply_out(weights, stand, at, at + 2, products)
    values, parts = _best(products)
    _combined(stand, parts, pair)
    loadings = np.zeros((2, space.shape[1]))
    places = np.empty((2, len(weights)), np.int64)
    for rank in range(2):
        for row in range(size):
            loadings[rank] += parts[rank, row] * basis[row]
        for i in range(len(weights)):
            places[rank, i] = np.int64(np.rint(pair[i, rank] * scales[i]))
    return values, loadings, places


@jit
def _best(products: Floats) -> tuple[Floats, Floats]:
    """The two greatest values of the matrix, and how much of each row their vectors hold; zero where there is
    no variance. A vector points where the axis of everybody does."""
    values, vectors = jacobi(products)
    order = np.argsort(-values, kind="mergesort")
    found, parts = np.zeros(2), np.zeros((2, len(values)))
    for rank in range(2):
        column = order[rank]
        if values[column] > 1e-9 * max(1.0, values[order[0]]):
            found[rank] = values[column]
            sign = -1.0 if vectors[rank, column] < 0.0 else 1.0
            for row in range(len(values)):
                parts[rank, row] = sign * vectors[row, column]
    return found, parts


@jit
def _combined(stand: Floats, parts: Floats, pair: Floats) -> None:
    for i in range(len(stand)):
        first = second = 0.0
        for row in range(parts.shape[1]):
            first += parts[0, row] * stand[i, row]
            second += parts[1, row] * stand[i, row]
        pair[i, 0], pair[i, 1] = first, second


@jit
def _multiply_out(weights: Ints, stand: Floats, first: int, last: int, products: Floats) -> None:
    """Rows and columns ``first`` to ``last`` of the weighted sums over people of the products of where they
    stand."""
    for i in range(len(weights)):
        if weights[i]:
            for a in range(first, last):
                times = weights[i] * stand[i, a]
                for b in range(last):
                    products[a, b] += times * stand[i, b]
    for a in range(first, last):
        for b in range(a):
            products[b, a] = products[a, b]


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
def _added_up(
    codes: Codes, starts: Ints, weights: Ints, pair: Floats, centred: Floats
) -> tuple[Floats, Floats]:
    """For both columns of ``pair`` (n, 2), the sum over people and votes of weight times number times centred
    vote, by statement."""
    most = 1.0
    for i in range(len(weights)):
        most += weights[i] * max(abs(pair[i, 0]), abs(pair[i, 1]))
    scale = 1.0
    while most * scale < 2.0 ** (_HALF_BITS - 2):
        scale *= 2.0
    while most * scale > 2.0 ** (_HALF_BITS - 1):
        scale *= 0.5
    sums = np.zeros(len(centred), np.int64)
    for i in range(len(weights)):
        if weights[i]:
            times = weights[i] * scale
            both = (np.int64(np.rint(times * pair[i, 0])) << 32) + np.int64(np.rint(times * pair[i, 1]))
            for k in range(starts[i], starts[i + 1]):
                sums[codes[k]] += both
    first, second = np.zeros(len(sums) // 3), np.zeros(len(sums) // 3)
    for code in range(len(sums)):
        lower = ((sums[code] + _HALF) & _MASK) - _HALF
        first[code // 3] += ((sums[code] - lower) >> 32) / scale * centred[code]
        second[code // 3] += lower / scale * centred[code]
    return first, second


@jit
def _both(centred: Floats, first: Floats, second: Floats, bits: int) -> Ints:
    """Centred vote times each vector by code, one in the upper half and one in the lower."""
    out = np.empty(len(centred), np.int64)
    scale = 2.0**bits
    for code in range(len(centred)):
        upper = np.int64(np.rint(centred[code] * first[code // 3] * scale))
        lower = np.int64(np.rint(centred[code] * second[code // 3] * scale))
        out[code] = (upper << 32) + lower
    return out


@jit
def _look_up(
    codes: Codes,
    starts: Ints,
    weights: Ints,
    wanted: Any,
    table: Ints,
    unit: float,
    at: int,
    stand: Floats,
) -> None:
    """Sums of both halves of the table over the votes of each person drawn or wanted, as numbers."""
    for i in range(len(weights)):
        if weights[i] or wanted[i]:
            total = 0
            for k in range(starts[i], starts[i + 1]):
                total += table[codes[k]]
            lower = ((total + _HALF) & _MASK) - _HALF
            stand[i, at], stand[i, at + 1] = ((total - lower) >> 32) * unit, lower * unit
