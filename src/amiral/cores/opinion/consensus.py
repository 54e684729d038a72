"""When a statement may be called a consensus: only if two scores that fail in different ways both say so, and
if it would still be one without so many of its supporters as there may be false accounts.

Both scores together can be pushed where few vote on a statement: two hundred accounts double the votes on one
that a hundred honest people divide over. Only a margin in every group that outnumbers them holds
(docs/opinion.md gives the figures).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bridging import HELPFUL_FACTOR, Bridging
from .compiled import Floats, Ints
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


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What statements are judged on.

    ``votes`` and ``measures`` are those of the groups published; ``parts`` those of the parting that was
    found, distinct enough to be published or not. ``shown`` (C,): statements that may be listed. ``share``:
    the part of both rankings a consensus stands in. ``accounts``: so many may be false.
    """

    bridging: Bridging
    votes: GroupVotes
    measures: Measures
    parts: GroupVotes
    shown: NDArray[np.bool_]
    share: float
    accounts: int


def both_ways(
    ground: Ground, *, informed: tuple[Floats, Floats]
) -> tuple[tuple[Consensus, ...], tuple[Consensus, ...]]:
    """What all groups agree with, and what all groups disagree with; ``informed`` (C,) each."""
    scores, parts, measures = ground.bridging.intercepts, ground.parts, ground.measures
    holds = withstands(parts.agree, parts.disagree, ground.accounts)
    refuses = withstands(parts.disagree, parts.agree, ground.accounts)
    return (
        _ranked(ground, informed[0], scores, (measures.pa > _EVEN).all(axis=0) & holds),
        _ranked(ground, informed[1], -scores, (measures.pd > _EVEN).all(axis=0) & refuses),
    )


def withstands(supporters: Ints, opponents: Ints, accounts: int) -> NDArray[np.bool_]:
    """Statements whose supporters outnumber their opponents in every group even when ``accounts`` of them,
    all in whichever group, are not counted. Both (groups, C); the result (C,).

    So accounts no more than these cannot carry a statement over a group whose honest members do not hold
    it.
    """
    margins: NDArray[np.bool_] = np.all(supporters - accounts > opponents, axis=0)
    return margins


def _ranked(
    ground: Ground, informed: Floats, scores: Floats, held: NDArray[np.bool_]
) -> tuple[Consensus, ...]:
    """Of what is ``held``, the statements in the first part of both rankings, voted on by 5 people or more of
    every group, and not on one side of the line that the bridging scores take out."""
    among = ground.shown & ground.bridging.scored
    last = max(1, int(ground.share * int(among.sum())))
    first, second = ranks(informed, among), ranks(scores, among)
    both = held & among & (first <= last) & (second <= last)
    both &= (ground.votes.seen >= LEAST_VOTES_PER_GROUP).all(axis=0)
    both &= np.abs(ground.bridging.factors) < HELPFUL_FACTOR
    found = [
        Consensus(statement=int(j), informed_rank=int(first[j]), bridging_rank=int(second[j]))
        for j in np.flatnonzero(both)
    ]
    return tuple(sorted(found, key=lambda one: (max(one.informed_rank, one.bridging_rank), one.statement)))
