"""Counts of votes by group, and the measures that Polis derives from them."""

from dataclasses import dataclass

import numpy as np

from .compiled import Floats, Ints
from .kmeans import Labels
from .matrix import VoteMatrix, tally

META_PRIORITY = 49.0
_HALVINGS = [1.0, 0.8705505632961241, 0.757858283255199, 0.6597539553864471, 0.5743491774985174]
"""2 to the power of -n / 5, for n from 0 to 4: the same digits on every machine."""


@dataclass(frozen=True, kw_only=True)
class GroupVotes:
    """Who voted what: ``agree``, ``disagree`` and ``seen`` (passes included), shape (groups, C)."""

    agree: Ints
    disagree: Ints
    seen: Ints


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Shape (groups, C) each; names as in Polis: p probability, r ratio to the others, t test (a z-score)."""

    pa: Floats
    pd: Floats
    pat: Floats
    pdt: Floats
    ra: Floats
    rd: Floats
    rat: Floats
    rdt: Floats


def group_votes(*, matrix: VoteMatrix, labels: Labels, groups: int, workers: int = 1) -> GroupVotes:
    """Count the latest votes of the people in each group; ``labels`` (P,), 255 for nobody's."""
    counts = tally(matrix, labels, groups, workers)
    return GroupVotes(agree=counts[:, :, 2], disagree=counts[:, :, 0], seen=counts.sum(axis=2))


def measures_of(votes: GroupVotes) -> Measures:
    """Each group against all the others together."""
    a, d, s = votes.agree, votes.disagree, votes.seen
    others = [whole.sum(axis=0) - whole for whole in (a, d, s)]
    return Measures(
        pa=share(a, s),
        pd=share(d, s),
        pat=one_share_test(a, s),
        pdt=one_share_test(d, s),
        ra=share(a, s) / share(others[0], others[2]),
        rd=share(d, s) / share(others[1], others[2]),
        rat=two_shares_test(a, others[0], s, others[2]),
        rdt=two_shares_test(d, others[1], s, others[2]),
    )


def share(successes: Ints, trials: Ints) -> Floats:
    """(n + 1) / (N + 2), Laplace's rule of succession."""
    shares: Floats = (successes + 1.0) / (trials + 2.0)
    return shares


def one_share_test(successes: Ints, trials: Ints) -> Floats:
    """z-score against one half, with one more success and one more trial; 1 where nobody voted (as in
    Polis)."""
    n = trials + 1.0
    z: Floats = 2.0 * np.sqrt(n) * ((successes + 1.0) / n - 0.5)
    return z


def two_shares_test(inside: Ints, outside: Ints, trials_in: Ints, trials_out: Ints) -> Floats:
    """z-score of the difference of two shares, with one more of each count; 0 where everyone succeeds."""
    n_in, n_out = trials_in + 1.0, trials_out + 1.0
    pooled = (inside + outside + 2.0) / (n_in + n_out)
    certain = pooled == 1.0
    spread = np.where(certain, 1.0, pooled * (1.0 - pooled) * (1.0 / n_in + 1.0 / n_out))
    difference = (inside + 1.0) / n_in - (outside + 1.0) / n_out
    z: Floats = np.where(certain, 0.0, difference / np.sqrt(spread))
    return z


def group_informed_consensus(measures: Measures) -> tuple[Floats, Floats]:
    """Product over the groups of the probability to agree, and of that to disagree; shape (C,) each."""
    agree, disagree = np.ones(measures.pa.shape[1]), np.ones(measures.pa.shape[1])
    for pa, pd in zip(measures.pa, measures.pd, strict=True):
        agree, disagree = agree * pa, disagree * pd
    return agree, disagree


def wilson(successes: Ints, trials: Ints, z: float) -> tuple[Floats, Floats]:
    """Bounds of a share (Wilson 1927), two-sided at ``z``; 0 and 1 where nobody voted."""
    n = np.maximum(trials, 1)
    p = successes / n
    middle = p + z * z / (2.0 * n)
    reach = z * np.sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n))
    low, high = ((middle + side * reach) / (1.0 + z * z / n) for side in (-1.0, 1.0))
    nobody = trials == 0
    return np.where(nobody, 0.0, np.maximum(low, 0.0)), np.where(nobody, 1.0, np.minimum(high, 1.0))


def extremity(loadings: Floats, means: Floats) -> Floats:
    """How far from the middle someone stands who only agreed with this statement; shape (C,)."""
    lengths = np.sqrt(loadings[0] * loadings[0] + loadings[1] * loadings[1])
    far: Floats = np.abs(1.0 - means) * lengths * np.sqrt(float(loadings.shape[1]))
    return far


def priorities(agree: Ints, passed: Ints, seen: Ints, extremities: Floats) -> Floats:
    """How much a statement deserves to be shown next (Polis): engaging, agreed with, far out, or new.

    The square of (1 - share of passes)(extremity + 1)(share of agreement)(1 + 8 x 2^(-seen / 5)).
    """
    importance = (1.0 - share(passed, seen)) * (extremities + 1.0) * share(agree, seen)
    newness = np.ldexp(np.array(_HALVINGS)[seen % 5], -(np.minimum(seen, 5_000) // 5).astype(np.int32))
    raw = importance * (1.0 + 8.0 * newness)
    squared: Floats = raw * raw
    return squared
