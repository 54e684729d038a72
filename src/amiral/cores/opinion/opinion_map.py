"""The whole map, from a vote log to lists of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .axes import Axes, Ballots, axes_of, metric, positions, turned
from .bridging import Bridging, bridging_scores
from .compiled import Floats, Ints
from .consensus import Consensus, Ground, both_ways
from .counts import (
    META_PRIORITY,
    GroupVotes,
    Measures,
    extremity,
    group_informed_consensus,
    group_votes,
    measures_of,
    priorities,
)
from .groups import Grouping, grouping_of
from .matrix import VoteMatrix, vote_matrix
from .parameters import Parameters
from .statements import Divisive, Majority, Representative, divisive, majority, representative
from .votes import Votes

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Plane:
    """Where people stand: ``x``, ``y`` (P,) in multiples of 2**-28; ``placed`` (P,): they voted enough."""

    axes: Axes
    x: Ints
    y: Ints
    placed: Flags

    @property
    def points(self) -> Floats:
        """Positions as ordinary numbers; shape (P, 2)."""
        return np.stack([metric(self.x), metric(self.y)], axis=1)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Numbers of every statement. ``votes`` and ``measures`` are those of the groups that may be published
    (or of everyone placed, together), ``parts`` those of the parting that was found, distinct or not;
    ``everybody`` counts all people; the other arrays have shape (C,)."""

    votes: GroupVotes
    parts: GroupVotes
    measures: Measures
    everybody: GroupVotes
    informed_agree: Floats
    informed_disagree: Floats
    extremities: Floats
    priorities: Floats


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Statements worth reading; pairs hold agreements first, then disagreements."""

    representative: tuple[tuple[Representative, ...], ...]
    majority: tuple[tuple[Majority, ...], tuple[Majority, ...]]
    divisive: tuple[Divisive, ...]
    consensus: tuple[tuple[Consensus, ...], tuple[Consensus, ...]]


@dataclass(frozen=True, kw_only=True)
class OpinionMap:
    """Everything that is known; what may be published of it is in ``document``.

    ``moderated`` and ``meta`` (C,) mark statements that are left out of the axes and the lists.
    ``bridging`` is None when it was not asked for: then nothing is called a consensus.
    """

    parameters: Parameters
    matrix: VoteMatrix
    moderated: Flags
    meta: Flags
    plane: Plane
    grouping: Grouping
    scores: Scores
    bridging: Bridging | None
    lists: Lists

    @property
    def shown(self) -> Flags:
        """Statements that may be listed; shape (C,)."""
        return ~(self.moderated | self.meta)


def opinion_map(
    *,
    votes: Votes | VoteMatrix,
    parameters: Parameters | None = None,
    moderated: Collection[int] = (),
    meta: Collection[int] = (),
    bridging: bool = True,
    workers: int = 1,
) -> OpinionMap:
    """Draw the map of a vote log.

    ``moderated`` and ``meta`` are ids of statements; those that nobody voted on are ignored. ``workers``
    threads at most are used, and change nothing in the result. Raises ``BadVotes``.
    """
    parameters = parameters or Parameters()
    matrix = votes if isinstance(votes, VoteMatrix) else vote_matrix(votes=votes, workers=workers)
    out, about = (np.isin(matrix.statements, sorted(ids)) for ids in (moderated, meta))
    ballots = Ballots(
        codes=matrix.codes,
        starts=matrix.starts,
        used=~(out | about),
        weights=np.zeros(0, np.int64),
        workers=workers,
    )
    plane = _plane(matrix, ballots, parameters)
    grouping = grouping_of(
        matrix=matrix,
        ballots=ballots,
        axes=plane.axes,
        x=plane.x,
        y=plane.y,
        placed=plane.placed,
        parameters=parameters,
    )
    scores = _scores(matrix, plane.axes, grouping, about, workers)
    bridges = _bridges(matrix, ballots, plane.axes) if bridging else None
    return OpinionMap(
        parameters=parameters,
        matrix=matrix,
        moderated=out,
        meta=about,
        plane=plane,
        grouping=grouping,
        scores=scores,
        bridging=bridges,
        lists=_lists(scores, grouping, bridges, ballots.used, parameters, len(matrix.people)),
    )


def locate(*, axes: Axes, statements: Ints, shown: Flags, ballot: Mapping[int, int]) -> tuple[float, float]:
    """Where a person with these votes (by statement id) stands on axes already computed.

    Votes on unknown statements are ignored. Cost: the number of votes.
    """
    places = np.searchsorted(statements, list(ballot))
    cast = [
        (int(j), vote)
        for j, (statement, vote) in zip(places, ballot.items(), strict=True)
        if j < len(statements) and statements[j] == statement and shown[j]
    ]
    seen = len(cast) + int((~shown).sum())
    scale = sqrt(len(statements) / max(1, seen))
    x, y = (
        scale * sum((vote - float(axes.means[j])) * float(axis[j]) for j, vote in cast)
        for axis in axes.loadings
    )
    return x, y


def _plane(matrix: VoteMatrix, ballots: Ballots, parameters: Parameters) -> Plane:
    axes = axes_of(ballots, matrix.tally, seed=parameters.seed)
    axes = turned(axes, parameters.first_sign, parameters.second_sign)
    x, y = positions(ballots, axes)
    placed = matrix.lengths >= min(parameters.min_votes, len(matrix.statements))
    return Plane(axes=axes, x=x, y=y, placed=placed)


def _scores(matrix: VoteMatrix, axes: Axes, grouping: Grouping, meta: Flags, workers: int) -> Scores:
    parts = group_votes(matrix=matrix, labels=grouping.labels, groups=len(grouping.people), workers=workers)
    votes = parts if grouping.distinct else _together(parts)
    measures = measures_of(votes)
    informed = group_informed_consensus(measures)
    far = extremity(axes.loadings, axes.means)
    agree, disagree, seen = (whole.sum(axis=0) for whole in (votes.agree, votes.disagree, votes.seen))
    return Scores(
        votes=votes,
        parts=parts,
        measures=measures,
        everybody=_everybody(matrix.tally),
        informed_agree=informed[0],
        informed_disagree=informed[1],
        extremities=far,
        priorities=np.where(meta, META_PRIORITY, priorities(agree, seen - agree - disagree, seen, far)),
    )


def _together(votes: GroupVotes) -> GroupVotes:
    """Everyone placed, as one group."""
    agree, disagree, seen = (
        whole.sum(axis=0, keepdims=True) for whole in (votes.agree, votes.disagree, votes.seen)
    )
    return GroupVotes(agree=agree, disagree=disagree, seen=seen)


def _everybody(tally: Ints) -> GroupVotes:
    return GroupVotes(agree=tally[None, :, 2], disagree=tally[None, :, 0], seen=tally.sum(axis=1)[None])


def _bridges(matrix: VoteMatrix, ballots: Ballots, axes: Axes) -> Bridging:
    return bridging_scores(
        matrix=matrix, used=ballots.used, loadings=axes.loadings[0], workers=ballots.workers
    )


def _lists(
    scores: Scores,
    grouping: Grouping,
    bridging: Bridging | None,
    shown: Flags,
    parameters: Parameters,
    people: int,
) -> Lists:
    z, most = parameters.significant_z, parameters.representative_max
    apart = representative(votes=scores.votes, measures=scores.measures, shown=shown, z=z, most=most)
    agreed: tuple[tuple[Consensus, ...], tuple[Consensus, ...]] = ((), ())
    if bridging:
        ground = Ground(
            bridging=bridging,
            votes=scores.votes,
            measures=scores.measures,
            parts=scores.parts,
            shown=shown,
            share=parameters.consensus_share,
            accounts=parameters.false_accounts(people),
        )
        agreed = both_ways(ground, informed=(scores.informed_agree, scores.informed_disagree))
    return Lists(
        representative=apart if grouping.distinct else (),
        majority=majority(votes=scores.everybody, shown=shown, z=z, most=most),
        divisive=divisive(measures=scores.measures, shown=shown, z=z, most=most),
        consensus=agreed,
    )
