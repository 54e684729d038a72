"""What axes can be computed from without the people: whole numbers for each pair of statements.

Over the people who voted on both j and k: how many they are (N), the sum of the votes on j (R), and the sum
of the products of their votes (S). With the mean m of each statement,

    X'X = S - R_jk m_k - R_kj m_j + N m_j m_k

so these sums are all that the axes need. They are whole numbers: parts of the people may be counted on any
machines, in any order, and added up; the sums are the same to the bit. Memory: 24 bytes for each pair of
statements (96 MB for 2,000). Cost: the square of the number of votes of each person.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .axes import Axes, axes_by, moments
from .compiled import Floats, Ints, cut, dot, jit, share_out
from .matrix import Codes, VoteMatrix


class UnlikeStatements(ValueError):
    """Sums over other statements cannot be added up."""

    def __init__(self) -> None:
        super().__init__("These sums are over other statements: count all parts with the same list of them.")


@dataclass(frozen=True, kw_only=True)
class Accumulators:
    """``statements`` (C,) by id; ``tally`` (C, 3): disagree, pass, agree. ``both``, ``sums``, ``products``
    (C, C): N, R and S. ``people`` and ``votes`` count what is in them."""

    statements: Ints
    people: int
    votes: int
    tally: Ints
    both: Ints
    sums: Ints
    products: Ints

    def __add__(self, other: Self) -> "Accumulators":
        """Those of both, if nobody is in both. Raises ``UnlikeStatements``."""
        if not np.array_equal(self.statements, other.statements):
            raise UnlikeStatements
        return Accumulators(
            statements=self.statements,
            people=self.people + other.people,
            votes=self.votes + other.votes,
            tally=self.tally + other.tally,
            both=self.both + other.both,
            sums=self.sums + other.sums,
            products=self.products + other.products,
        )


def accumulated(*, matrix: VoteMatrix, statements: Ints | None = None, workers: int = 1) -> Accumulators:
    """Count a matrix, or a part of one. ``statements``: all of them in the order of their ids, where the part
    may not have votes on each."""
    whole = matrix.statements if statements is None else statements
    column = np.searchsorted(whole, matrix.statements)
    if not np.array_equal(whole[np.minimum(column, len(whole) - 1)], matrix.statements):
        raise UnlikeStatements
    size = len(whole)

    def count(rows: tuple[int, int]) -> Ints:
        out = np.zeros((3, size, size), np.int64)
        _count(matrix.codes, matrix.starts, *rows, column, out)
        return out

    parts = share_out(count, cut(matrix.starts, workers), workers)
    both, sums, products = reduce(np.add, parts, np.zeros((3, size, size), np.int64))
    tally = np.zeros((size, 3), np.int64)
    tally[column] = matrix.tally
    return Accumulators(
        statements=whole,
        people=len(matrix.people),
        votes=len(matrix.codes),
        tally=tally,
        both=both,
        sums=sums,
        products=products,
    )


def gram(sums: Accumulators, used: NDArray[np.bool_]) -> Floats:
    """X'X (C, C) of the centred votes; 0 for statements that are not ``used`` (C,)."""
    means, _ = moments(sums.tally, used)
    return _gram(sums.both, sums.sums, sums.products, means, used)


def axes_from(sums: Accumulators, used: NDArray[np.bool_], *, seed: int) -> Axes:
    """The first two axes, like those of the votes themselves but for the last digits; their cost depends on
    the number of statements alone."""
    whole = gram(sums, used)
    return axes_by(lambda w: _times(whole, w), sums.tally, used, seed=seed)


@jit
def _count(codes: Codes, starts: Ints, first: int, last: int, column: Ints, out: Ints) -> None:
    for i in range(first, last):
        for a in range(starts[i], starts[i + 1]):
            j, mine = column[codes[a] // 3], codes[a] % 3 - 1
            for b in range(starts[i], starts[i + 1]):
                k, theirs = column[codes[b] // 3], codes[b] % 3 - 1
                out[0, j, k] += 1
                out[1, j, k] += mine
                out[2, j, k] += mine * theirs


@jit
def _gram(both: Ints, sums: Ints, products: Ints, means: Floats, used: NDArray[np.bool_]) -> Floats:
    out = np.zeros(both.shape)
    for j in range(len(means)):
        for k in range(len(means)):
            if used[j] and used[k]:
                crossed = sums[j, k] * means[k] + sums[k, j] * means[j]
                out[j, k] = products[j, k] - crossed + both[j, k] * means[j] * means[k]
    return out


@jit
def _times(whole: Floats, w: Floats) -> Floats:
    out = np.empty(len(w))
    for j in range(len(w)):
        out[j] = dot(whole[j], w)
    return out
