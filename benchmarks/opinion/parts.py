"""A vote log in parts on a cluster, beside the same log counted in one piece: the same sums to the bit?"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from amiral.cores.opinion import Accumulators, Votes, accumulated, axes_from, vote_matrix
from amiral.kit.engines import engine_from
from amiral.kit.many_votes import accumulated_by
from amiral.kit.vote_columns import write_columns

SUMS = ("tally", "both", "sums", "products")


def counted(votes: Votes, *, parts: int, setting: str) -> dict[str, Any]:
    """Seconds by the clock of both, and whether every sum and the axes are the same."""
    began = time.perf_counter()
    matrix = vote_matrix(votes=votes)
    whole = accumulated(matrix=matrix)
    here_s = time.perf_counter() - began
    with TemporaryDirectory() as folder:
        folders = [Path(folder) / str(number) for number in range(parts)]
        for number, one in enumerate(folders):
            write_columns(_of(votes, votes.people % parts == number), one)
        with engine_from(setting) as engine:
            began = time.perf_counter()
            added = accumulated_by(engine=engine, folders=folders, statements=matrix.statements)
            parts_s = time.perf_counter() - began
    used = np.ones(len(matrix.statements), bool)
    axes = [axes_from(sums, used, seed=0) for sums in (whole, added)]
    return {
        "people": len(matrix.people),
        "statements": len(matrix.statements),
        "votes": len(matrix.codes),
        "engine": setting,
        "parts": parts,
        "in_one_piece_s": round(here_s, 2),
        "in_parts_s": round(parts_s, 2),
        "sums_mb": round(sum(getattr(whole, name).nbytes for name in SUMS) / 1e6, 1),
        "same_to_the_bit": _bytes(whole) == _bytes(added),
        "same_axes_to_the_bit": axes[0].loadings.tobytes() == axes[1].loadings.tobytes(),
    }


def _of(votes: Votes, rows: Any) -> Votes:
    return Votes(people=votes.people[rows], statements=votes.statements[rows], values=votes.values[rows])


def _bytes(sums: Accumulators) -> bytes:
    return b"".join(getattr(sums, name).tobytes() for name in SUMS)
