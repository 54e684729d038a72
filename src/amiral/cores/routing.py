"""Which statement a person is shown next: the common core, then a fair share for all, then what tells most.

Votes spread thin place nobody: seven votes among tens of thousands of statements say nothing. So everybody
begins with a common core. Then each statement gets its floor of answers before any score may favour another;
then the priorities of ``amiral.cores.opinion`` are weights of a draw, never a fixed order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amiral.cores.opinion.counts import priorities

FLOOR = 30
"""Answers that every statement gets before priorities count."""
META_FREE = 7
"""So many statements come before the first one about the voter himself…"""
META_EVERY = 3
"""… and of so many shown, one at most is of that kind."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A statement that the person has not answered. ``extremity`` as the last map has it, 0 before any."""

    statement: int
    agree: int = 0
    disagree: int = 0
    passed: int = 0
    extremity: float = 0.0
    core: bool = False
    meta: bool = False

    @property
    def answers(self) -> int:
        return self.agree + self.disagree + self.passed


def weights(
    candidates: Sequence[Candidate], *, answered: int, meta_answered: int, floor: int = FLOOR
) -> tuple[float, ...]:
    """The weight of each candidate in the draw; those whose turn has not come have 0. At least one is above 0
    unless there is no candidate."""
    early = answered < META_FREE or META_EVERY * meta_answered >= answered
    open_ = [not (one.meta and early) for one in candidates]
    if not any(open_):
        open_ = [True] * len(candidates)
    for turn in (
        [float(one.core) for one in candidates],
        [float(max(0, floor - one.answers)) for one in candidates],
        _priorities(candidates),
    ):
        found = tuple(weight if free else 0.0 for weight, free in zip(turn, open_, strict=True))
        if any(found):
            return found
    return tuple(map(float, open_))


def drawn(found: Sequence[float], *, chance: float) -> int:
    """The place that ``chance`` (0 ≤ chance < 1) falls on, in proportion to the weights."""
    if not 0 <= chance < 1 or not any(weight > 0 for weight in found):
        raise ValueError("a chance of 0 or more, under 1, and a weight above 0 are needed")
    sums = np.cumsum(np.asarray(found, np.float64))
    return int(np.searchsorted(sums, chance * sums[-1], side="right"))


def _priorities(candidates: Sequence[Candidate]) -> list[float]:
    counts = np.array([(one.agree, one.passed, one.answers) for one in candidates], np.int64).reshape(-1, 3)
    far = np.array([one.extremity for one in candidates], np.float64)
    agree, passed, seen = counts.T
    return [float(weight) for weight in priorities(agree, passed, seen, far)]
