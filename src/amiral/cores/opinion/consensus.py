"""When a statement may be called a consensus: only if two scores that fail in different ways both say so.

Group-informed consensus holds against infiltrators and the bridging score against the noise of random voters;
either alone can be pushed (docs/opinion.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bridging import Bridging
from .compiled import Floats
from .counts import GroupVotes, Measures
from .statements import ranks

LEAST_VOTES_PER_GROUP = 5
_EVEN = 0.5


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """A statement (column) in the first part of both rankings; both ranks count from 1, the best."""

    statement: int
    informed_rank: int
    bridging_rank: int


def consensus_of(
    *,
    informed: Floats,
    bridging: Bridging,
    scores: Floats,
    votes: GroupVotes,
    probability: Floats,
    shown: NDArray[np.bool_],
    share: float,
) -> tuple[Consensus, ...]:
    """Statements ranked in the first ``share`` by ``informed`` and by ``scores`` (C,), that more than half of
    every group holds (``probability`` (groups, C)) and on which 5 people or more of every group voted."""
    among = shown & bridging.scored
    last = max(1, int(share * int(among.sum())))
    first, second = ranks(informed, among), ranks(scores, among)
    both = among & (first <= last) & (second <= last)
    both &= (probability > _EVEN).all(axis=0) & (votes.seen >= LEAST_VOTES_PER_GROUP).all(axis=0)
    found = [
        Consensus(statement=int(j), informed_rank=int(first[j]), bridging_rank=int(second[j]))
        for j in np.flatnonzero(both)
    ]
    return tuple(sorted(found, key=lambda one: (max(one.informed_rank, one.bridging_rank), one.statement)))


def both_ways(
    *,
    informed: tuple[Floats, Floats],
    bridging: Bridging,
    votes: GroupVotes,
    measures: Measures,
    shown: NDArray[np.bool_],
    share: float,
) -> tuple[tuple[Consensus, ...], tuple[Consensus, ...]]:
    """What all groups agree with, and what all groups disagree with."""
    for_it = consensus_of(
        informed=informed[0],
        bridging=bridging,
        scores=bridging.intercepts,
        votes=votes,
        probability=measures.pa,
        shown=shown,
        share=share,
    )
    against_it = consensus_of(
        informed=informed[1],
        bridging=bridging,
        scores=-bridging.intercepts,
        votes=votes,
        probability=measures.pd,
        shown=shown,
        share=share,
    )
    return for_it, against_it
