"""Bridging scores: what people agree on across the line that divides them most.

A rating (agree 1, pass 1/2, disagree 0) is explained as ``m + i_u + i_s + f_u f_s``: how generous the voter
is, how good the statement is, and how both stand on one hidden line. What the line explains is taken out of
``i_s``, the score. Parameters minimise

    mean squared error + 0.03 mean f_u^2 + 0.03 mean f_s^2 + 0.15 mean i_u^2 + 0.15 mean i_s^2 + 0.15 m^2

(Wojcik et al., "Birdwatch", 2022, arXiv:2210.15723; Community Notes, ranking notes), here by alternating
exact solutions: with the statements held, each voter is a system of two equations, and the other way round.
Four exchanges that leave every prediction as it is (scale, and shifts between factors, intercepts and mean)
are made at their best value in each round. Cost: O(votes) per round; results depend on no order and no
thread.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Floats, Ints, cut, dot, jit, share_out
from .matrix import Codes, VoteMatrix

FACTOR_PENALTY = 0.03
INTERCEPT_PENALTY = 0.15
MIN_VOTES_PER_STATEMENT = 5
MIN_VOTES_PER_PERSON = 10
HELPFUL_INTERCEPT = 0.40
HELPFUL_FACTOR = 0.5

_MAX_ROUNDS = 500
_SETTLED = 1e-12
_START = 0.5
_VOTES_PER_PART = 500_000
_MAX_PARTS = 16


@dataclass(frozen=True, kw_only=True)
class Bridging:
    """Scores of the statements (C,) that enough people voted on (``scored``); 0 for the others.

    ``factors`` tell on which side of the dividing line a statement stands; most voters are on the negative
    side. ``people`` and ``votes`` count those that were used. ``loss`` is the minimum reached.
    """

    scored: NDArray[np.bool_]
    intercepts: Floats
    factors: Floats
    mean: float
    loss: float
    rounds: int
    people: int
    votes: int

    @property
    def helpful(self) -> NDArray[np.bool_]:
        """Statements that Community Notes would call helpful: liked, and not by one side only."""
        calls: NDArray[np.bool_] = self.scored & (self.intercepts >= HELPFUL_INTERCEPT)
        return calls & (np.abs(self.factors) < HELPFUL_FACTOR)


def bridging_scores(
    *, matrix: VoteMatrix, used: NDArray[np.bool_], loadings: Floats, workers: int = 1
) -> Bridging:
    """Score the statements that are ``used`` (C,). ``loadings`` (C,) of the first axis: where the search
    starts."""
    votes = _enough(matrix, used)
    counts = np.bincount(votes.codes, minlength=3 * len(used)).reshape(-1, 3)
    if not len(votes.codes):
        return _nothing(len(used))
    model = _Model(votes, counts, loadings, workers)
    loss, rounds = model.settle()
    return Bridging(
        scored=model.scored,
        intercepts=model.i_s,
        factors=model.f_s * model.side(),
        mean=model.m,
        loss=loss,
        rounds=rounds,
        people=model.people,
        votes=len(votes.codes),
    )


@dataclass(frozen=True)
class _Kept:
    """The votes that are used; people without any keep an empty row."""

    codes: Codes
    starts: Ints


def _enough(matrix: VoteMatrix, used: NDArray[np.bool_]) -> _Kept:
    """Votes on statements with 5 votes or more, by people with 10 such votes or more."""
    statements = used & (matrix.tally.sum(axis=1) >= MIN_VOTES_PER_STATEMENT)
    everyone = bool(statements.all()) and int(matrix.lengths.min(initial=0)) >= MIN_VOTES_PER_PERSON
    if everyone:
        return _Kept(matrix.codes, matrix.starts)
    codes = np.empty_like(matrix.codes)
    starts = np.zeros_like(matrix.starts)
    _keep(matrix.codes, matrix.starts, statements, MIN_VOTES_PER_PERSON, codes, starts)
    return _Kept(codes[: starts[-1]], starts)


class _Model:
    """Parameters that get better round by round: ``i`` intercepts, ``f`` factors, of voters u and
    statements s."""

    def __init__(self, votes: _Kept, counts: Ints, loadings: Floats, workers: int) -> None:
        self.votes, self.workers = votes, workers
        self.counts = counts.astype(np.float64)
        self.per_statement = self.counts[:, 0] + self.counts[:, 1] + self.counts[:, 2]
        self.scored = self.per_statement > 0
        self.statements = int(self.scored.sum())
        self.people = int((np.diff(votes.starts) > 0).sum())
        self.number = float(len(votes.codes))
        self.m = float((counts[:, 2] + 0.5 * counts[:, 1]).sum()) / self.number
        mean = (counts[:, 2] + 0.5 * counts[:, 1]) / np.maximum(1.0, self.per_statement)
        self.i_s = np.where(self.scored, mean - self.m, 0.0)
        self.f_s = np.where(self.scored, loadings * sqrt(len(loadings)) * _START, 0.0)
        self.i_u, self.f_u = (np.zeros(len(votes.starts) - 1) for _ in range(2))
        parts = min(_MAX_PARTS, 1 + len(votes.codes) // _VOTES_PER_PART)
        self.parts = cut(votes.starts, parts)  # fixed by the votes: sums must not depend on the workers

    def settle(self) -> tuple[float, int]:
        """Rounds until the loss hardly falls; the loss, and how many rounds."""
        before, loss, done = float("inf"), self._round(), 1
        while before - loss > _SETTLED and done < _MAX_ROUNDS:
            before, loss, done = loss, self._round(), done + 1
        return loss, done

    def side(self) -> float:
        """The sign that puts most voters on the negative side."""
        return -1.0 if int((self.f_u > 0.0).sum()) > int((self.f_u < 0.0).sum()) else 1.0

    def _round(self) -> float:
        errors = self._solve_statements(self._solve_people())
        self._exchange()
        return errors + self._penalty()

    def _solve_people(self) -> Floats:
        """Best voters for these statements; sums of f, f^2, i and i f of the voters by code, and of i^2."""
        table = np.empty((3 * len(self.i_s), 4))
        rest = (np.arange(3) / 2.0 - self.m - self.i_s[:, None]).ravel()
        table[:, 0] = self.f_s.repeat(3)
        table[:, 1] = table[:, 0] * table[:, 0]
        table[:, 2] = rest
        table[:, 3] = rest * table[:, 0]
        ridge_i, ridge_f = (p * self.number / self.people for p in (INTERCEPT_PENALTY, FACTOR_PENALTY))

        def part(rows: tuple[int, int]) -> Floats:
            sums = np.zeros((len(table) + 1, 4))
            codes, starts = self.votes.codes, self.votes.starts
            _people(codes, starts, *rows, table, ridge_i, ridge_f, self.i_u, self.f_u, sums)
            return sums

        parts = share_out(part, self.parts, self.workers)
        return sum(parts[1:], parts[0])

    def _solve_statements(self, sums: Floats) -> float:
        """Best statements and mean for these voters; the mean squared error then."""
        by_code = sums[:-1].reshape(-1, 3, 4)
        f, ff, i, fi = (by_code[:, 0, c] + by_code[:, 1, c] + by_code[:, 2, c] for c in range(4))
        rest = np.arange(3) / 2.0 - self.m
        b0 = _rows(self.counts * rest) - i
        b1 = _rows(by_code[:, :, 0] * rest) - fi
        ridge_i, ridge_f = (p * self.number / self.statements for p in (INTERCEPT_PENALTY, FACTOR_PENALTY))
        n, nf = self.per_statement + ridge_i, ff + ridge_f
        determinant = n * nf - f * f
        self.i_s = np.where(self.scored, (nf * b0 - f * b1) / determinant, 0.0)
        self.f_s = np.where(self.scored, (n * b1 - f * b0) / determinant, 0.0)
        i_s, f_s = self.i_s, self.f_s
        left = _rows(self.counts * rest * rest) - 2.0 * _rows(by_code[:, :, 2] * rest)
        left = left - 2.0 * (i_s * b0 + f_s * b1)
        left = left + self.per_statement * i_s * i_s + 2.0 * i_s * f_s * f + f_s * f_s * ff
        errors = _total(left) + float(sums[-1, 0])
        remains = _total(b0 - self.per_statement * i_s - f_s * f)  # sum of what is still unexplained
        return self._solve_mean(errors, remains) / self.number

    def _solve_mean(self, errors: float, remains: float) -> float:
        """Best mean for all else; the squared errors then."""
        step = (remains / self.number - INTERCEPT_PENALTY * self.m) / (1.0 + INTERCEPT_PENALTY)
        self.m += step
        return errors - 2.0 * step * remains + self.number * step * step

    def _exchange(self) -> None:
        """The exchanges between parameters that change no prediction, each at its least penalty."""
        people, statements = float(self.people), float(self.statements)
        uu, ss = dot(self.f_u, self.f_u) / people, dot(self.f_s, self.f_s) / statements
        if uu > 0.0 and ss > 0.0:
            scale = sqrt(sqrt(ss / uu))
            self.f_u *= scale
            self.f_s /= scale
            uu = ss = sqrt(uu * ss)
        voters = np.diff(self.votes.starts) > 0
        lean = (
            INTERCEPT_PENALTY * dot(self.i_u, self.f_u) / people
            - FACTOR_PENALTY * _total(self.f_s) / statements
        )
        shift = lean / (FACTOR_PENALTY + INTERCEPT_PENALTY * uu)
        self.f_s = self.f_s + shift * self.scored
        self.i_u -= shift * self.f_u
        ss = dot(self.f_s, self.f_s) / statements
        lean = (
            INTERCEPT_PENALTY * dot(self.i_s, self.f_s) / statements
            - FACTOR_PENALTY * _total(self.f_u) / people
        )
        shift = lean / (FACTOR_PENALTY + INTERCEPT_PENALTY * ss)
        self.f_u += shift * voters
        self.i_s = self.i_s - shift * self.f_s
        move = (_total(self.i_u) / people - self.m) / 2.0
        self.m += move
        self.i_u -= move * voters
        move = (_total(self.i_s) / statements - self.m) / 2.0
        self.m += move
        self.i_s = self.i_s - move * self.scored

    def _penalty(self) -> float:
        people, statements = float(self.people), float(self.statements)
        factors = dot(self.f_u, self.f_u) / people + dot(self.f_s, self.f_s) / statements
        intercepts = dot(self.i_u, self.i_u) / people + dot(self.i_s, self.i_s) / statements
        return FACTOR_PENALTY * factors + INTERCEPT_PENALTY * (intercepts + self.m * self.m)


def _nothing(statements: int) -> Bridging:
    zeros = np.zeros(statements)
    return Bridging(
        scored=np.zeros(statements, np.bool_),
        intercepts=zeros,
        factors=zeros,
        mean=0.0,
        loss=0.0,
        rounds=0,
        people=0,
        votes=0,
    )


def _rows(values: Floats) -> Floats:
    """Sum over the three votes, in a fixed order."""
    sums: Floats = values[:, 0] + values[:, 1] + values[:, 2]
    return sums


def _total(values: Floats) -> float:
    return _sum(np.ascontiguousarray(values))


@jit
def _sum(values: Floats) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@jit
def _keep(codes: Any, starts: Ints, used: Any, least: int, out: Any, out_starts: Ints) -> None:
    at = 0
    for i in range(len(starts) - 1):
        begin = at
        for k in range(starts[i], starts[i + 1]):
            if used[codes[k] // 3]:
                out[at] = codes[k]
                at += 1
        if at - begin < least:
            at = begin
        out_starts[i + 1] = at


@jit
def _people(
    codes: Any,
    starts: Ints,
    first: int,
    last: int,
    table: Floats,
    ridge_i: float,
    ridge_f: float,
    i_u: Floats,
    f_u: Floats,
    sums: Floats,
) -> None:
    """``table`` by code: f, f^2, rest, rest f. The last row of ``sums`` collects the squares of i by vote."""
    for u in range(first, last):
        n = starts[u + 1] - starts[u]
        if n == 0:
            continue
        f = ff = b0 = b1 = 0.0
        for k in range(starts[u], starts[u + 1]):
            code = codes[k]
            f += table[code, 0]
            ff += table[code, 1]
            b0 += table[code, 2]
            b1 += table[code, 3]
        determinant = (n + ridge_i) * (ff + ridge_f) - f * f
        i = ((ff + ridge_f) * b0 - f * b1) / determinant
        g = ((n + ridge_i) * b1 - f * b0) / determinant
        i_u[u], f_u[u] = i, g
        sums[-1, 0] += n * i * i
        gg, gi = g * g, g * i
        for k in range(starts[u], starts[u + 1]):
            code = codes[k]
            sums[code, 0] += g
            sums[code, 1] += gg
            sums[code, 2] += i
            sums[code, 3] += gi
