"""Columns read a piece at a time, and given back to the system when they are mapped from files.

Pages of a mapped file count as memory of the process until the system wants them back. Given back as soon as
they were read, a log of any length takes the room of the pieces being read; they stay in the cache of the
system.
"""

import mmap
from collections.abc import Iterator
from typing import Any

from .compiled import AnyInts

_ROWS = 4_000_000


def chunks(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most four million rows, in order."""
    for begin in range(first, last, _ROWS):
        yield begin, min(begin + _ROWS, last)


def extremes(column: AnyInts) -> tuple[int, int]:
    """The least and the greatest number; 0 and -1 of none."""
    if not len(column):
        return 0, -1
    ends = []
    for first, last in chunks(0, len(column)):
        part = column[first:last]
        ends.append((int(part.min()), int(part.max())))
        let_go(column)
    return min(least for least, _ in ends), max(most for _, most in ends)


def let_go(column: AnyInts) -> None:
    """Give back the pages of a column mapped read-only from a file; nothing for any other. Its numbers stay
    the same: the pages are mapped again where they are read again."""
    if column.flags.writeable:
        return
    pages = _pages(column)
    if pages is not None and hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)


def _pages(column: AnyInts) -> mmap.mmap | None:
    """The mapped file behind a column, if there is one."""
    base: Any = column
    while base is not None:
        if isinstance(base, mmap.mmap):
            return base
        base = getattr(base, "base", None)
    return None
