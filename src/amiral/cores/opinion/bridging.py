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
from .extrapolation import Extrapolation
from .matrix import Codes, VoteMatrix

FACTOR_PENALTY = 0.03
INTERCEPT_PENALTY = 0.15
MIN_VOTES_PER_STATEMENT = 5
MIN_VOTES_PER_PERSON = 10
HELPFUL_INTERCEPT = 0.40
HELPFUL_FACTOR = 0.5

_MAX_ROUNDS = 500
_SETTLED = 1e-10
_START = 0.5
_MEMORY = 5
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
    """Parameters, better round by round: ``i`` intercepts, ``f`` factors; ``u`` voters, ``s`` statements."""

    def __init__(self, votes: _Kept, counts: Ints, loadings: Floats, workers: int) -> None:
        self.votes, self.workers = votes, workers
        self.counts = counts.astype(np.float64)
        self.scored = counts.sum(axis=1) > 0
        self.voters = np.diff(votes.starts) > 0
        self.people, self.statements = int(self.voters.sum()), int(self.scored.sum())
        self.number = float(len(votes.codes))
        self.m = float((counts[:, 2] + 0.5 * counts[:, 1]).sum()) / self.number
        mean = (counts[:, 2] + 0.5 * counts[:, 1]) / np.maximum(1, counts.sum(axis=1))
        self.i_s = np.where(self.scored, mean - self.m, 0.0)
        self.f_s = np.where(self.scored, loadings * sqrt(len(loadings)) * _START, 0.0)
        self.i_u, self.f_u = (np.zeros(len(self.voters)) for _ in range(2))
        parts = min(_MAX_PARTS, 1 + len(votes.codes) // _VOTES_PER_PART)
        self.parts = cut(votes.starts, parts)  # fixed by the votes: sums must not depend on the workers

    def settle(self) -> tuple[float, int]:
        """Rounds until a plain one hardly lowers the loss; the loss, and how many rounds.

        Between rounds the statements are extrapolated from the last rounds (Anderson 1965); a round that does
        not lower the loss is undone, and the next one starts plainly from the best point.
        """
        ahead = Extrapolation(_MEMORY)
        start, best, loss, done = self.state, self.state, float("inf"), 0
        while done < _MAX_ROUNDS:
            plain, reached, done = ahead.empty, self._round(), done + 1
            fell = loss - reached
            if fell > 0.0:
                best, loss = self.state, reached
            if fell > _SETTLED:
                start = ahead.next(start, self.state)
            elif plain:
                break
            else:
                ahead, start = Extrapolation(_MEMORY), best
            self.state = start
        return loss, done

    @property
    def state(self) -> Floats:
        """What a round depends on: intercepts and factors of the statements, and the mean."""
        return np.concatenate([self.i_s, self.f_s, [self.m]])

    @state.setter
    def state(self, state: Floats) -> None:
        size = len(self.i_s)
        self.i_s, self.f_s = state[:size].copy(), state[size : 2 * size].copy()
        self.m = float(state[-1])

    def side(self) -> float:
        """The sign that puts most voters on the negative side."""
        return -1.0 if int((self.f_u > 0.0).sum()) > int((self.f_u < 0.0).sum()) else 1.0

    def _round(self) -> float:
        """Best voters for these statements, best statements and mean for those voters; the loss then."""
        ridges = np.array([INTERCEPT_PENALTY, FACTOR_PENALTY]) * self.number
        sums = self._voters(ridges / self.people)
        errors, remains = _statements(self.counts, sums, self.m, ridges / self.statements, self.i_s, self.f_s)
        step = (remains / self.number - INTERCEPT_PENALTY * self.m) / (1.0 + INTERCEPT_PENALTY)
        errors = (errors - 2.0 * step * remains + self.number * step * step) / self.number
        self.m = _exchange(self.m + step, self.i_u, self.f_u, self.i_s, self.f_s, self.voters, self.scored)
        return errors + self._penalty()

    def _voters(self, ridges: Floats) -> Floats:
        """Sums by code of f, f^2, i and i f of the voters, and in the last row of i^2."""
        table = _table(self.m, self.i_s, self.f_s)

        def part(rows: tuple[int, int]) -> Floats:
            return _people(self.votes.codes, self.votes.starts, *rows, table, ridges, self.i_u, self.f_u)

        sums = share_out(part, self.parts, self.workers)
        return sum(sums[1:], sums[0])

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
def _table(m: float, i_s: Floats, f_s: Floats) -> Floats:
    """By code: f, f^2, what mean and statement leave of the rating, and that times f."""
    table = np.empty((3 * len(i_s), 4))
    for code in range(len(table)):
        j = code // 3
        rest = (code % 3) / 2.0 - m - i_s[j]
        table[code, 0], table[code, 1] = f_s[j], f_s[j] * f_s[j]
        table[code, 2], table[code, 3] = rest, rest * f_s[j]
    return table


@jit
def _people(
    codes: Any,
    starts: Ints,
    first: int,
    last: int,
    table: Floats,
    ridges: Floats,
    i_u: Floats,
    f_u: Floats,
) -> Floats:
    """Solve each voter's two equations; sums by code of f, f^2, i and i f, and in the last row of i^2."""
    sums = np.zeros((len(table) + 1, 4))
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
        determinant = (n + ridges[0]) * (ff + ridges[1]) - f * f
        i = ((ff + ridges[1]) * b0 - f * b1) / determinant
        g = ((n + ridges[0]) * b1 - f * b0) / determinant
        i_u[u], f_u[u] = i, g
        sums[-1, 0] += n * i * i
        gg, gi = g * g, g * i
        for k in range(starts[u], starts[u + 1]):
            code = codes[k]
            sums[code, 0] += g
            sums[code, 1] += gg
            sums[code, 2] += i
            sums[code, 3] += gi
    return sums


@jit
def _statements(
    counts: Floats, sums: Floats, m: float, ridges: Floats, i_s: Floats, f_s: Floats
) -> tuple[float, float]:
    """Solve each statement's two equations; the squared errors then, and the sum of what is unexplained."""
    errors, remains = sums[-1, 0], 0.0
    for j in range(len(counts)):
        n = counts[j, 0] + counts[j, 1] + counts[j, 2]
        if n == 0.0:
            continue
        f = ff = b0 = b1 = squares = 0.0
        for vote in range(3):
            rest, by = vote / 2.0 - m, sums[3 * j + vote]
            f += by[0]
            ff += by[1]
            b0 += counts[j, vote] * rest - by[2]
            b1 += by[0] * rest - by[3]
            squares += counts[j, vote] * rest * rest - 2.0 * by[2] * rest
        determinant = (n + ridges[0]) * (ff + ridges[1]) - f * f
        i = ((ff + ridges[1]) * b0 - f * b1) / determinant
        g = ((n + ridges[0]) * b1 - f * b0) / determinant
        i_s[j], f_s[j] = i, g
        errors += squares - 2.0 * (i * b0 + g * b1) + n * i * i + 2.0 * i * g * f + g * g * ff
        remains += b0 - n * i - g * f
    return errors, remains


@jit
def _exchange(
    m: float, i_u: Floats, f_u: Floats, i_s: Floats, f_s: Floats, voters: Any, scored: Any
) -> float:
    """The exchanges between parameters that change no prediction, each at its least penalty; the mean."""
    people, statements = voters.sum(), scored.sum()
    uu, ss = dot(f_u, f_u) / people, dot(f_s, f_s) / statements
    if uu > 0.0 and ss > 0.0:
        scale = np.sqrt(np.sqrt(ss / uu))
        _move(f_u, f_u, scale - 1.0)
        _move(f_s, f_s, 1.0 / scale - 1.0)
    _shift(i_u, f_u, f_s, people, statements, scored)
    _shift(i_s, f_s, f_u, statements, people, voters)
    for intercepts, among, count in ((i_u, voters, people), (i_s, scored, statements)):
        step = (_sum(intercepts) / count - m) / 2.0
        m += step
        _move(intercepts, among, -step)
    return m


@jit
def _shift(i: Floats, f: Floats, other: Floats, count: int, others: int, among: Any) -> None:
    """Add to all factors of the ``other`` side what the intercepts of this side give up for it."""
    lean = INTERCEPT_PENALTY * dot(i, f) / count - FACTOR_PENALTY * _sum(other) / others
    step = lean / (FACTOR_PENALTY + INTERCEPT_PENALTY * dot(f, f) / count)
    _move(other, among, step)
    _move(i, f, -step)


@jit
def _move(values: Floats, along: Any, step: float) -> None:
    for k in range(len(values)):
        values[k] += step * along[k]
