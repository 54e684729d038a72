"""Which figures of a table may be shown, so that nobody computes those that may not.

A place is *enough* when at least ``dwellings`` dwellings stand behind it and ``answers`` of them answered. A
figure of a place that is not enough is left out (primary suppression), and so is every figure from which it
could be computed by subtracting others: the building that is missing in its turf, the turf that is missing
in its bureau (complementary suppression; Cox 1980, "Suppression methodology and statistical disclosure
control", JASA 75; the attack is the *tracker* of Denning, Denning and Schwartz 1979, ACM TODS 4; the
threshold is k-anonymity, Sweeney 2002).

Released places may overlap in any way: turfs cross bureaux. What is held to is this: the released sets cut
the doors into *blocks* (two doors are in one block when the same released sets hold them), and **every block
is enough**. Whoever adds and subtracts released figures, with whatever factors, reaches sums that weigh all
doors of a block alike; a set of doors among them is a union of blocks, hence enough. So the rule is
sufficient against every linear attack, and it needs no solver: a candidate is released if each block that it
would cut leaves two parts that are enough.

No Django, no clock, no chance. What it does not hide: that all who answered in a block answered the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The least that must stand behind a figure. Both at least 1."""

    dwellings: int = 10
    answers: int = 5

    def __post_init__(self) -> None:
        if self.dwellings < 1 or self.answers < 1:
            raise ValueError("A threshold below one protects nobody.")

    def holds(self, dwellings: Any, answers: Any) -> Any:
        """Whether so many are enough; element by element for arrays."""
        return (dwellings >= self.dwellings) & (answers >= self.answers)


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What happened in one period: doors where somebody knocked, with the dwellings behind each and how many
    of them answered. Columns of one length."""

    dwellings: Ints
    answers: Ints

    def __post_init__(self) -> None:
        if len(self.dwellings) != len(self.answers):
            raise ValueError("Columns of one length, please.")
        if (self.dwellings < 0).any() or (self.answers < 0).any():
            raise ValueError("Nobody counts less than zero.")

    def __len__(self) -> int:
        return len(self.dwellings)


class _Blocks:
    """The doors cut by the released sets. Block 0 is what no released set holds: nobody can compute it."""

    def __init__(self, doors: Doors, threshold: Threshold) -> None:
        self.doors, self.threshold = doors, threshold
        self.of_door = np.zeros(len(doors), dtype=np.int64)
        self.size = [len(doors)]
        self.dwellings = [int(doors.dwellings.sum())]
        self.answers = [int(doors.answers.sum())]

    def admit(self, members: Ints) -> bool:
        """Cuts by the set of doors ``members`` (each once) if all that it leaves is enough."""
        blocks, at = np.unique(self.of_door[members], return_inverse=True)
        size = np.bincount(at)
        dwellings = np.bincount(at, weights=self.doors.dwellings[members]).astype(np.int64)
        answers = np.bincount(at, weights=self.doors.answers[members]).astype(np.int64)
        if not self._leaves_enough(blocks, size, dwellings, answers):
            return False
        for place, block in enumerate(blocks.tolist()):
            if size[place] < self.size[block] or block == 0:
                inside = members[at == place]
                self._part(block, inside, int(dwellings[place]), int(answers[place]))
        return True

    def _leaves_enough(self, blocks: Ints, size: Ints, dwellings: Ints, answers: Ints) -> bool:
        if not self.threshold.holds(dwellings, answers).all():
            return False
        left = np.array([self.size[block] for block in blocks.tolist()]) - size
        rest_dwellings = np.array([self.dwellings[block] for block in blocks.tolist()]) - dwellings
        rest_answers = np.array([self.answers[block] for block in blocks.tolist()]) - answers
        fine = (left == 0) | (blocks == 0) | self.threshold.holds(rest_dwellings, rest_answers)
        return bool(fine.all())

    def _part(self, block: int, inside: Ints, dwellings: int, answers: int) -> None:
        self.of_door[inside] = len(self.size)
        for column, amount in (
            (self.size, len(inside)),
            (self.dwellings, dwellings),
            (self.answers, answers),
        ):
            column[block] -= amount
            column.append(amount)


def releasable(
    *, doors: Doors, candidates: Sequence[Ints], threshold: Threshold | None = None
) -> tuple[bool, ...]:
    """Which of the candidate sets of doors may be shown together, the earlier ones served first.

    A candidate is a column of positions in ``doors``; put the whole first, then the larger levels, and
    within a level what matters most. The answer depends on nothing else. Time: the sizes of all
    candidates that are enough by themselves, together.
    """
    limit = threshold or Threshold()
    blocks = _Blocks(doors, limit)
    return tuple(
        _enough(doors, members, limit) and blocks.admit(members) for members in map(_once, candidates)
    )


def _once(members: Iterable[int] | Ints) -> Ints:
    return np.unique(np.asarray(members, dtype=np.int64))


def _enough(doors: Doors, members: Ints, threshold: Threshold) -> bool:
    return bool(threshold.holds(doors.dwellings[members].sum(), doors.answers[members].sum()))


def is_enough(*, doors: Doors, members: Iterable[int] | Ints, threshold: Threshold | None = None) -> bool:
    """Whether a set of doors is enough by itself."""
    return _enough(doors, _once(members), threshold or Threshold())
