"""Columns mapped from files: read whole, whatever was given back, and never changed."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from amiral.cores.opinion import vote_matrix
from amiral.cores.opinion.columns import chunks, extremes, let_go
from amiral.kit.vote_columns import read_columns, write_columns

from .making import camps


def resident(path: Path) -> int:
    """Bytes of the file that this process holds in memory, as the system counts them."""
    maps = Path("/proc/self/smaps").read_text(encoding="ascii").split("\n")
    sizes, mine = 0, False
    for line in maps:
        head = line.split()
        if head and not head[0].endswith(":"):
            mine = line.endswith(str(path))
        elif mine and line.startswith("Rss:"):
            sizes += int(head[1]) * 1024
    return sizes


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="the system does not say")
def test_pages_given_back_are_out_of_memory_and_read_again(tmp_path: Path) -> None:
    column = np.arange(3_000_000, dtype=np.int32)
    np.save(tmp_path / "people.npy", column)
    mapped = np.load(tmp_path / "people.npy", mmap_mode="r").view(np.ndarray)
    assert int(mapped.sum(dtype=np.int64)) == int(column.sum(dtype=np.int64))
    assert resident(tmp_path / "people.npy") > column.nbytes // 2
    let_go(mapped[5:])
    assert resident(tmp_path / "people.npy") < column.nbytes // 10
    assert np.array_equal(mapped, column)


def test_what_may_be_written_to_is_left_alone(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(9, np.int32))
    mine = np.load(tmp_path / "a.npy", mmap_mode="c")
    mine[:] = 7
    let_go(mine)
    let_go(np.zeros(3, np.int32))
    assert mine.tolist() == [7] * 9


def test_chunks_cover_every_row_once() -> None:
    found = list(chunks(3, 9_000_001))
    assert [found[0][0], found[-1][1]] == [3, 9_000_001]
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert list(chunks(4, 4)) == []


def test_extremes_of_several_chunks_and_of_none() -> None:
    column = np.zeros(8_500_000, np.int8)
    column[[1, 8_400_000]] = 3, -2
    assert extremes(column) == (-2, 3)
    assert extremes(column[:0]) == (0, -1)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_log_on_disk_is_the_log_in_memory(tmp_path: Path, workers: int) -> None:
    votes = camps(people=3_000, statements=50, per_person=9)
    write_columns(votes, tmp_path / "log")
    mapped = read_columns(tmp_path / "log")
    assert vote_matrix(votes=mapped, workers=workers).sha256 == vote_matrix(votes=votes).sha256
