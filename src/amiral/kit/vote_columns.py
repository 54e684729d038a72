"""A vote log as columns on disk: a folder of four files of numpy, mapped instead of read.

``people.npy`` and ``statements.npy`` hold ids of 0 or more, any whole type of at most 64 bits (32 and 16 bits
are quickest); ``values.npy`` holds 1, 0 or -1 in 8 bits; ``order.npy``, if it is there, says which of two
votes of one person on one statement is the later. One row per gesture, as many rows in each.
"""

from pathlib import Path

import numpy as np

from amiral.cores.opinion import Votes
from amiral.cores.opinion.compiled import AnyInts
from amiral.cores.sentences import Sentence

NAMES = ("people", "statements", "values")
ORDER = "order"


class BadColumns(ValueError):
    """A folder that is no vote log; the sentence says which file and what to do."""


def read_columns(folder: Path) -> Votes:
    """The log, mapped from the files. Raises ``BadColumns`` and ``BadVotes``."""
    people, statements, values = (_column(folder / f"{name}.npy") for name in NAMES)
    order = folder / f"{ORDER}.npy"
    if values.dtype != np.int8:
        path = folder / "values.npy"
        raise BadColumns(
            Sentence("%(path)s: votes must be int8; these are %(type)s.", path=path, type=values.dtype)
        )
    return Votes(
        people=people,
        statements=statements,
        values=values.view(np.int8),
        order=_column(order) if order.exists() else None,
    )


def write_columns(votes: Votes, folder: Path) -> None:
    """Makes the folder and its files, each in the narrowest type that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        np.save(folder / f"{name}.npy", _narrow(getattr(votes, name)))
    (folder / f"{ORDER}.npy").unlink(missing_ok=True)
    if votes.order is not None:
        np.save(folder / f"{ORDER}.npy", votes.order)


def _column(path: Path) -> AnyInts:
    try:
        column = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadColumns(
            Sentence("%(path)s: there is no such file; a log has people, statements and values.", path=path)
        ) from None
    except (OSError, ValueError, EOFError) as error:
        raise BadColumns(
            Sentence("%(path)s: not a column of numpy (%(error)s): write it again.", path=path, error=error)
        ) from None
    if not isinstance(column, np.ndarray) or column.ndim != 1 or column.dtype.kind not in "iu":
        raise BadColumns(
            Sentence("%(path)s: a column is one row of whole numbers: write it again.", path=path)
        )
    if column.dtype == np.uint64:
        raise BadColumns(
            Sentence("%(path)s: unsigned numbers of 64 bits cannot be used: write them as int64.", path=path)
        )
    whole: AnyInts = column.view(np.ndarray)
    return whole


def _narrow(column: AnyInts) -> AnyInts:
    """16 or 32 bits where they suffice."""
    most = int(column.max(initial=0))
    for kind in (np.int16, np.int32):
        if column.dtype.itemsize > np.dtype(kind).itemsize and most <= np.iinfo(kind).max:
            return column.astype(kind)
    return column
