"""Which statements speak for a group, for everybody, or against each other. Indices are columns of the
matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled import Floats, Ints
from .counts import GroupVotes, Measures, measures_of, share

_EVEN = 0.5


@dataclass(frozen=True, kw_only=True)
class Representative:
    """A statement that sets a group apart: its members agree (or disagree) more than the others do.

    ``successes`` of ``trials`` members; ``probability`` and ``test`` against one half; ``ratio`` to the
    others and ``ratio_test``. ``best_agree``: kept first because members agree with it, whatever the rest.
    """

    statement: int
    agree: bool
    successes: int
    trials: int
    probability: float
    test: float
    ratio: float
    ratio_test: float
    best_agree: bool = False


@dataclass(frozen=True, kw_only=True)
class Majority:
    """A statement with which most people who voted on it agree (or disagree), groups apart."""

    statement: int
    successes: int
    trials: int
    probability: float
    test: float


@dataclass(frozen=True, kw_only=True)
class Divisive:
    """A statement that one group significantly agrees with and another significantly disagrees with.

    ``spread``: greatest minus least probability to agree among the groups.
    """

    statement: int
    spread: float
    agreeing: int
    disagreeing: int


def representative(
    *, votes: GroupVotes, measures: Measures, shown: NDArray[np.bool_], z: float, most: int
) -> tuple[tuple[Representative, ...], ...]:
    """At most ``most`` statements for each group, by the rules of Polis: agreements before disagreements.

    ``shown`` (C,): statements that may be listed. A group without any significant statement keeps its best
    one.
    """
    columns = np.flatnonzero(shown)
    return tuple(
        _speak_for(_Group(votes, measures, group, columns), z, most) for group in range(len(votes.seen))
    )


def majority(
    *, votes: GroupVotes, shown: NDArray[np.bool_], z: float, most: int
) -> tuple[tuple[Majority, ...], tuple[Majority, ...]]:
    """Statements that most people agree with, and that most disagree with; ``votes`` of one group:
    everybody."""
    return (
        _most(votes.agree[0], votes.seen[0], shown, z, most),
        _most(votes.disagree[0], votes.seen[0], shown, z, most),
    )


def divisive(*, measures: Measures, shown: NDArray[np.bool_], z: float, most: int) -> tuple[Divisive, ...]:
    """The widest differences between groups, both sides significant; none with a single group."""
    agreeing, disagreeing = measures.pat > z, measures.pdt > z
    both = agreeing.any(axis=0) & disagreeing.any(axis=0) & shown
    spread = measures.pa.max(axis=0) - measures.pa.min(axis=0)
    columns = np.flatnonzero(both)
    order = columns[np.argsort(-spread[columns], kind="stable")][:most]
    return tuple(
        Divisive(
            statement=int(j),
            spread=float(spread[j]),
            agreeing=int(np.argmax(np.where(agreeing[:, j], measures.pa[:, j], -1.0))),
            disagreeing=int(np.argmax(np.where(disagreeing[:, j], measures.pd[:, j], -1.0))),
        )
        for j in order
    )


class _Group:
    """What one group makes of the statements in ``columns``; every array has their shape."""

    def __init__(self, votes: GroupVotes, measures: Measures, group: int, columns: Ints) -> None:
        self.columns = columns
        self.na, self.nd, self.ns = (n[group, columns] for n in (votes.agree, votes.disagree, votes.seen))
        self.pa, self.pd, self.pat, self.pdt, self.ra, self.rd, self.rat, self.rdt = (
            measure[group, columns]
            for measure in (
                measures.pa, measures.pd, measures.pat, measures.pdt,
                measures.ra, measures.rd, measures.rat, measures.rdt,
            )
        )  # fmt: skip

    def chosen(self, at: int, *, best_agree: bool = False) -> Representative:
        """The side, agree or disagree, that sets the group apart the more."""
        agree = bool(self.rat[at] > self.rdt[at])
        return Representative(
            statement=int(self.columns[at]),
            agree=agree,
            successes=int((self.na if agree else self.nd)[at]),
            trials=int(self.ns[at]),
            probability=float((self.pa if agree else self.pd)[at]),
            test=float((self.pat if agree else self.pdt)[at]),
            ratio=float((self.ra if agree else self.rd)[at]),
            ratio_test=float((self.rat if agree else self.rdt)[at]),
            best_agree=best_agree,
        )

    def weights(self) -> list[float]:
        """What each statement's list is sorted by, on the side that ``chosen`` takes."""
        agree = self.rat > self.rdt
        ratio, test = np.where(agree, self.ra, self.rd), np.where(agree, self.rat, self.rdt)
        share, alone = np.where(agree, self.pa, self.pd), np.where(agree, self.pat, self.pdt)
        weights: list[float] = (ratio * test * share * alone).tolist()
        return weights

    def significant(self, z: float) -> list[int]:
        """Places of the statements that set the group apart."""
        agree, disagree = (self.rat > z) & (self.pat > z), (self.rdt > z) & (self.pdt > z)
        places: list[int] = np.flatnonzero(agree | disagree).tolist()
        return places

    def best_agree(self, z: float) -> int | None:
        """Place of the statement that the group agrees with best, by the rules of Polis: against the others
        once one does better among them than among the others, by its own share until then."""
        good = ((self.pat > z) | ((self.ra > 1.0) & (self.pa > _EVEN))).tolist()
        apart, alone = (self.ra * self.rat * self.pa * self.pat).tolist(), (self.pa * self.pat).tolist()
        best, weights = None, alone
        for at in np.flatnonzero((self.na > 0) | (self.nd > 0)).tolist():
            if good[at] if best is None else weights[at] > weights[best]:
                best = at
                weights = apart if self.ra[at] > 1.0 else alone
        return best

    def best(self) -> list[Representative]:
        """The statement with the greatest test against the others, significant or not."""
        if not len(self.columns):
            return []
        return [self.chosen(int(np.argmax(np.maximum(self.rat, self.rdt))))]


def _speak_for(group: _Group, z: float, most: int) -> tuple[Representative, ...]:
    best = group.best_agree(z)
    head = [] if best is None else [group.chosen(best, best_agree=True)]
    significant = group.significant(z)
    if not significant:
        return tuple(head or group.best())
    weights = group.weights()
    listed = sorted((at for at in significant if at != best), key=lambda at: -weights[at])
    chosen = [group.chosen(at) for at in listed[: most - len(head)]]
    return tuple(sorted([*head, *chosen], key=lambda one: not one.agree))


def _most(
    successes: Ints, trials: Ints, shown: NDArray[np.bool_], z: float, most: int
) -> tuple[Majority, ...]:
    one = GroupVotes(agree=successes[None], disagree=successes[None], seen=trials[None])
    probability, test = share(successes, trials), measures_of(one).pat[0]
    columns = np.flatnonzero(shown & (probability > _EVEN) & (test > z))
    order = columns[np.argsort(-(probability * test)[columns], kind="stable")][:most]
    return tuple(
        Majority(
            statement=int(j),
            successes=int(successes[j]),
            trials=int(trials[j]),
            probability=float(probability[j]),
            test=float(test[j]),
        )
        for j in order
    )


def ranks(scores: Floats, among: NDArray[np.bool_]) -> Ints:
    """Rank of each score, 1 for the greatest, equals sharing the best; 0 outside ``among``. Shape (C,)."""
    found = np.sort(-scores[among])
    out = np.zeros(len(scores), np.int64)
    out[among] = np.searchsorted(found, -scores[among]) + 1
    return out
