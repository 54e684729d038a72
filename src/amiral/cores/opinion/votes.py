"""A vote log: who voted what on which statement, in which order; and when a later vote replaces an
earlier."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amiral.cores.sentences import Sentence

from .columns import extremes
from .compiled import AnyInts

AGREE, PASS, DISAGREE = 1, 0, -1


class BadVotes(ValueError):
    """A log that cannot be read; the sentence says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Votes:
    """One row per gesture; four columns of shape (n,).

    ``people`` and ``statements`` are ids of 0 or more; ``values`` are 1 (agree), 0 (pass) or -1 (disagree).
    Of several votes of one person on one statement the one with the greatest ``order`` counts (a time, or a
    sequence number). Without ``order`` the place in the log decides. Votes of one person on one statement
    that contradict each other at the very same ``order`` count as a pass: nobody can tell which was meant.
    """

    people: AnyInts
    statements: AnyInts
    values: NDArray[np.int8]
    order: AnyInts | None = None

    def __post_init__(self) -> None:
        columns = [self.people, self.statements, self.values]
        if self.order is not None:
            columns.append(self.order)
        if {column.shape for column in columns} != {(len(self.people),)}:
            raise BadVotes(Sentence("All columns of a vote log must have the same length."))
        for name, ids in (("people", self.people), ("statements", self.statements)):
            if extremes(ids)[0] < 0:
                raise BadVotes(
                    Sentence("The ids of %(name)s must be 0 or more: number them first.", name=name)
                )
        least, most = extremes(self.values)
        if least < DISAGREE or most > AGREE:
            raise BadVotes(Sentence("A vote is 1 (agree), 0 (pass) or -1 (disagree)."))

    def __len__(self) -> int:
        return len(self.people)
