"""A vote log in parts, on as many machines as there are: each counts its part, the sums are added up.

A part holds all the votes of some of the people, in a folder (``kit.vote_columns``) that its worker can read.
Whole numbers: the sums are the same to the bit with every engine, however the people were parted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from amiral.cores.opinion import Accumulators, accumulated, vote_matrix
from amiral.cores.opinion.compiled import Ints
from amiral.kit.engines import Engine
from amiral.kit.vote_columns import read_columns


class PartLost(Exception):
    """A part that could not be counted; without it the sums would be wrong."""


@dataclass(frozen=True)
class Part:
    """A folder of votes, and the ids of all the statements of the whole log, in order."""

    folder: Path
    statements: Ints


def count_part(part: Part) -> Accumulators:
    """Done by a worker."""
    return accumulated(matrix=vote_matrix(votes=read_columns(part.folder)), statements=part.statements)


def accumulated_by(*, engine: Engine, folders: Iterable[Path], statements: Ints) -> Accumulators:
    """The sums over all parts, added up as they come. Raises ``PartLost``."""
    total: Accumulators | None = None
    tasks = ((str(folder), Part(folder, statements)) for folder in folders)
    for outcome in engine.outcomes(count_part, tasks):
        if outcome.problem:
            raise PartLost(f"{outcome.key}: {outcome.problem}")
        total = outcome.value if total is None else total + outcome.value
    if total is None:
        raise PartLost("There is no part: give at least one folder of votes.")
    return total
