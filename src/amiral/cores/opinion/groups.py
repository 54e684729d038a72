"""Groups of people who vote alike: how many, who, how distinct, how stable; and when to say that there are
none."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .axes import Axes, Ballots, metric
from .compiled import Floats, Ints, Stream, jit, next_random, seeded, share_out
from .kmeans import (
    Clustering,
    Labels,
    Points,
    adjusted_rand,
    coarse,
    kmeans,
    parted,
    parted_again,
    polis_start,
    silhouette,
    tightest,
)
from .matrix import VoteMatrix, chosen_rows
from .parameters import Parameters
from .resampling import axes_again, sample_of

NOBODY = 255
"""Label of a person who is not placed."""

_PLACES = 1_024
_STARTS = 4
_RESAMPLE_STARTS = 4
_CLEARLY_BETTER = 0.02
_TIGHTER = 0.999
_RESAMPLED_VOTES = 500_000
_JUDGES = 2_048


class Reason(StrEnum):
    """Why no groups are published."""

    TOO_FEW = "too_few_people"
    TOO_SMALL = "a_group_too_small"
    BLURRED = "low_silhouette"
    UNSTABLE = "low_stability"


REASONS: dict[Reason, str] = {
    Reason.TOO_FEW: "Too few people have voted enough to be placed.",
    Reason.TOO_SMALL: "Every way to part people makes a group too small to be spoken of.",
    Reason.BLURRED: "No distinct groups: people stand about as near to another group as to their own.",
    Reason.UNSTABLE: "No distinct groups: other people of the same kind would have been parted otherwise.",
}
"""One English sentence per reason (a msgid for translators)."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A number of groups that was tried."""

    groups: int
    silhouette: float
    smallest: int


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The parting of the people placed, whether or not it is distinct enough to be published.

    ``labels`` (P,): group 0 is the largest; 255: not placed. ``centres`` (k, 2). ``silhouette`` is exact
    for up to 1,024 people placed, and measured on the cells of a grid for more. ``stability`` is the mean
    adjusted Rand index between these labels and those found anew, axes included, on resamples of the people.
    ``reason`` is None when the groups are distinct.
    """

    labels: Labels
    centres: Floats
    people: tuple[int, ...]
    silhouette: float
    stability: float
    candidates: tuple[Candidate, ...]
    reason: Reason | None

    @property
    def distinct(self) -> bool:
        """Whether the groups may be published."""
        return self.reason is None

    @property
    def published(self) -> Labels:
        """Labels to count by: the groups, or everyone placed together."""
        return self.labels if self.distinct else np.where(self.labels == NOBODY, NOBODY, 0).astype(np.uint8)

    @property
    def published_count(self) -> int:
        """Number of groups to count by, at least 1."""
        return len(self.people) if self.distinct else 1


def grouping_of(
    *,
    matrix: VoteMatrix,
    ballots: Ballots,
    axes: Axes,
    x: Ints,
    y: Ints,
    placed: NDArray[np.bool_],
    parameters: Parameters,
) -> Grouping:
    """Part the people placed. ``x`` and ``y`` (P,) are their positions along ``axes``."""
    rows = np.flatnonzero(placed)
    points = Points(x=x[rows], y=y[rows], weight=np.ones(len(rows), np.int64))
    least = parameters.least_people(len(rows))
    tried = _tried(points, parameters, ballots.workers) if len(rows) >= 2 * least else []
    best = _first_fit(points, tried, least, ballots.workers)
    if best is None:
        labels = np.where(placed, 0, NOBODY).astype(np.uint8)
        return _nobody_parted(labels, tried, Reason.TOO_SMALL if tried else Reason.TOO_FEW)
    stability = _stability(matrix, ballots, axes, rows, best, parameters)
    labels = np.full(len(placed), NOBODY, np.uint8)
    labels[rows] = best.labels
    return Grouping(
        labels=labels,
        centres=metric(np.rint(best.centres).astype(np.int64)),
        people=best.people,
        silhouette=best.silhouette,
        stability=stability,
        candidates=_candidates(tried),
        reason=_reason(best.silhouette, stability, parameters),
    )


@dataclass(frozen=True)
class _Parting:
    """Labels of the places, groups in order of size. ``usual``: found from the start of Polis, ``start``."""

    centres: Floats
    labels: Labels
    people: tuple[int, ...]
    silhouette: float
    start: Floats
    usual: bool

    @property
    def rank(self) -> tuple[float, int]:
        """The start of Polis is kept unless another parting is clearly better; then fewer groups."""
        return self.silhouette + (_CLEARLY_BETTER if self.usual else 0.0), -len(self.people)


def _favourite(partings: list[_Parting]) -> _Parting:
    return max(partings, key=lambda one: one.rank)


def _tried(points: Points, parameters: Parameters, workers: int) -> list[_Parting]:
    """Every number of groups that the places allow, from two kinds of start."""
    gathered, _ = coarse(points, _PLACES)
    asked = parameters.group_count
    counts = [asked] if asked else range(2, parameters.max_groups + 1)
    first = polis_start(points, max(counts))
    possible = [groups for groups in counts if groups <= len(first)]

    def found(groups: int) -> list[_Parting]:
        usual = kmeans(gathered, first[:groups])
        other = tightest(gathered, groups, seed=parameters.seed, starts=_STARTS)
        tried = [_parted(gathered, usual, first[:groups], usual=True)]
        if other.inertia < _TIGHTER * usual.inertia:
            tried.append(_parted(gathered, other, other.centres, usual=False))
        return tried

    return [one for some in share_out(found, possible, workers) for one in some]


def _parted(gathered: Points, found: Clustering, start: Floats, *, usual: bool) -> _Parting:
    centres, labels, people = _by_size(found.centres, found.labels, gathered.weight)
    return _Parting(centres, labels, people, silhouette(gathered, labels), start, usual)


def _first_fit(points: Points, tried: list[_Parting], least: int, workers: int) -> _Parting | None:
    """The favourite parting, carried out on all people, whose groups are all large enough."""
    for one in sorted(tried, key=lambda one: one.rank, reverse=True):
        if min(one.people) < least // 2:
            continue
        exact = _by_size(*parted(points, one.start, workers), points.weight)
        if min(exact[2]) >= least:
            return replace(one, centres=exact[0], labels=exact[1], people=exact[2])
    return None


def _candidates(tried: list[_Parting]) -> tuple[Candidate, ...]:
    """The favourite parting for each number of groups."""
    counts = sorted({len(one.people) for one in tried})
    favourites = [_favourite([one for one in tried if len(one.people) == count]) for count in counts]
    return tuple(
        Candidate(groups=len(one.people), silhouette=one.silhouette, smallest=min(one.people))
        for one in favourites
    )


def _by_size(centres: Floats, labels: Labels, weight: Ints) -> tuple[Floats, Labels, tuple[int, ...]]:
    """Groups renumbered: the largest first; of equals, the one more to the left, then lower."""
    people = np.zeros(len(centres), np.int64)
    np.add.at(people, labels, weight)
    order = np.lexsort((centres[:, 1], centres[:, 0], -people))
    rank = np.argsort(order).astype(np.uint8)
    return centres[order], rank[labels], tuple(people[order].tolist())


def _nobody_parted(labels: Labels, tried: list[_Parting], reason: Reason) -> Grouping:
    return Grouping(
        labels=labels,
        centres=np.zeros((1, 2)),
        people=(int((labels == 0).sum()),),
        silhouette=0.0,
        stability=0.0,
        candidates=_candidates(tried),
        reason=reason,
    )


def _reason(width: float, stability: float, parameters: Parameters) -> Reason | None:
    if width < parameters.min_silhouette:
        return Reason.BLURRED
    return Reason.UNSTABLE if stability < parameters.min_stability else None


def _stability(
    matrix: VoteMatrix, ballots: Ballots, axes: Axes, rows: Ints, parting: _Parting, parameters: Parameters
) -> float:
    """Mean adjusted Rand index over resamples of (at most 500,000 votes of) the people placed."""
    some = _sample(matrix.lengths[rows], parameters.seed)
    people = sample_of(_ballots_of(matrix, ballots, rows[some]), axes)
    judges = np.sort(_shuffled(len(some), seeded(parameters.seed, 998))[:_JUDGES])
    wanted = np.zeros(len(some), np.bool_)
    wanted[judges] = True
    labels = parting.labels[some[judges]]
    groups, starts = len(parting.people), 0 if parting.usual else _RESAMPLE_STARTS

    def score(number: int) -> float:
        weights = _resampled(len(some), seeded(parameters.seed, 1_000 + number))
        again = axes_again(people, weights, wanted)
        points = Points(x=again.x[judges], y=again.y[judges], weight=weights[judges])
        found = parted_again(points, groups, seed=parameters.seed + number, starts=starts)
        return 0.0 if found is None else adjusted_rand(labels, found)

    scores = share_out(score, range(parameters.resamples), ballots.workers)
    return sum(scores) / len(scores)


def _ballots_of(matrix: VoteMatrix, ballots: Ballots, rows: Ints) -> Ballots:
    everybody = len(rows) == len(matrix.people)
    codes, starts = (matrix.codes, matrix.starts) if everybody else chosen_rows(matrix, rows)
    return Ballots(codes=codes, starts=starts, used=ballots.used, weights=np.zeros(0, np.int64))


def _sample(lengths: Ints, seed: int) -> Ints:
    """Everyone, or as many people drawn by chance as hold 500,000 votes together."""
    if int(lengths.sum()) <= _RESAMPLED_VOTES:
        return np.arange(len(lengths))
    drawn = np.zeros(len(lengths), np.bool_)
    _draw(lengths, _RESAMPLED_VOTES, seeded(seed, 999), drawn)
    return np.flatnonzero(drawn)


def _shuffled(count: int, state: Stream) -> Ints:
    """Numbers from 0 to ``count`` - 1 in an order by chance."""
    keys = np.empty(count, np.int64)
    _fill(keys, state)
    return np.argsort(keys, kind="stable")


@jit
def _fill(keys: Ints, state: Stream) -> None:
    for i in range(len(keys)):
        keys[i] = next_random(state)


@jit
def _draw(lengths: Ints, votes: int, state: Stream, drawn: NDArray[np.bool_]) -> None:
    """Marks people by chance until they hold so many votes together, of the more that there are."""
    while votes > 0:
        i = next_random(state) % len(lengths)
        if not drawn[i]:
            drawn[i] = True
            votes -= lengths[i]


@jit
def _resampled(people: int, state: Stream) -> Ints:
    """How often each of them is drawn when as many are drawn, with replacement."""
    weights = np.zeros(people, np.int64)
    for _ in range(people):
        weights[next_random(state) % people] += 1
    return weights
