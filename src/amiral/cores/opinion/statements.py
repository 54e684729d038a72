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

    @property
    def weight(self) -> float:
        """What the list is sorted by."""
        return self.ratio * self.ratio_test * self.probability * self.test


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
        _speak_for(_rows(votes, measures, group, columns), z, most) for group in range(len(votes.seen))
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


@dataclass(frozen=True)
class _Row:
    """One statement seen by one group."""

    statement: int
    na: int
    nd: int
    ns: int
    pa: float
    pd: float
    pat: float
    pdt: float
    ra: float
    rd: float
    rat: float
    rdt: float

    def chosen(self, *, best_agree: bool = False) -> Representative:
        """The side, agree or disagree, that sets the group apart the more."""
        agree = self.rat > self.rdt
        return Representative(
            statement=self.statement,
            agree=agree,
            successes=self.na if agree else self.nd,
            trials=self.ns,
            probability=self.pa if agree else self.pd,
            test=self.pat if agree else self.pdt,
            ratio=self.ra if agree else self.rd,
            ratio_test=self.rat if agree else self.rdt,
            best_agree=best_agree,
        )

    def significant(self, z: float) -> bool:
        return (self.rat > z and self.pat > z) or (self.rdt > z and self.pdt > z)

    def agrees_more(self, best: "_Row | None", z: float) -> bool:
        """Whether this is a better statement of agreement than the best so far."""
        if self.na == 0 and self.nd == 0:
            return False
        if best is None:
            return self.pat > z or (self.ra > 1.0 and self.pa > _EVEN)
        if best.ra > 1.0:
            return self.ra * self.rat * self.pa * self.pat > best.ra * best.rat * best.pa * best.pat
        return self.pa * self.pat > best.pa * best.pat


def _rows(votes: GroupVotes, measures: Measures, group: int, columns: Ints) -> list[_Row]:
    counts = (votes.agree, votes.disagree, votes.seen)
    numbers = (
        measures.pa, measures.pd, measures.pat, measures.pdt,
        measures.ra, measures.rd, measures.rat, measures.rdt,
    )  # fmt: skip
    lists = [whole[group, columns].tolist() for whole in (*counts, *numbers)]
    return [_Row(*values) for values in zip(columns.tolist(), *lists, strict=True)]


def _speak_for(rows: list[_Row], z: float, most: int) -> tuple[Representative, ...]:
    best_agree = _best_agree(rows, z)
    listed = [row.chosen() for row in rows if row.significant(z)]
    head = [best_agree.chosen(best_agree=True)] if best_agree else []
    if not listed:
        return tuple(head or _best(rows))
    if best_agree:
        listed = [one for one in listed if one.statement != best_agree.statement]
    listed.sort(key=lambda one: -one.weight)
    return tuple(sorted([*head, *listed][:most], key=lambda one: not one.agree))


def _best_agree(rows: list[_Row], z: float) -> _Row | None:
    best = None
    for row in rows:
        if row.agrees_more(best, z):
            best = row
    return best


def _best(rows: list[_Row]) -> list[Representative]:
    """The statement with the greatest test against the others, significant or not."""
    return [max(rows, key=lambda row: max(row.rat, row.rdt)).chosen()] if rows else []


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
