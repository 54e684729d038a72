"""A vote log in parts: counted on a cluster, it gives the same sums to the bit."""

from pathlib import Path

import numpy as np
import pytest

from amiral.cores.opinion import Accumulators, Votes, accumulated, vote_matrix
from amiral.kit.engines import engine_from
from amiral.kit.many_votes import PartLost, accumulated_by
from amiral.kit.vote_columns import BadColumns, read_columns, write_columns
from tests.cores.opinion.making import camps


def parted(votes: Votes, folder: Path, parts: int) -> list[Path]:
    """Folders that hold the votes of the people, dealt out in turn."""
    folders = [folder / str(number) for number in range(parts)]
    for number, one in enumerate(folders):
        rows = votes.people % parts == number
        assert votes.order is not None
        write_columns(
            Votes(
                people=votes.people[rows],
                statements=votes.statements[rows],
                values=votes.values[rows],
                order=votes.order[rows],
            ),
            one,
        )
    return folders


def same(one: Accumulators, other: Accumulators) -> bool:
    names = ("statements", "tally", "both", "sums", "products")
    return one.votes == other.votes and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names
    )


@pytest.mark.parametrize("setting", ["here", "processes:2", "dask:2"])
def test_every_engine_gives_the_same_sums(setting: str, tmp_path: Path) -> None:
    votes = camps(people=90, statements=12, per_person=6)
    matrix = vote_matrix(votes=votes)
    with engine_from(setting) as engine:
        sums = accumulated_by(engine=engine, folders=parted(votes, tmp_path, 3), statements=matrix.statements)
    assert same(sums, accumulated(matrix=matrix))


def test_a_part_that_cannot_be_counted_is_named(tmp_path: Path) -> None:
    folders = [*parted(camps(people=20), tmp_path, 1), tmp_path / "gone"]
    with engine_from("here") as engine, pytest.raises(PartLost, match="gone"):
        accumulated_by(engine=engine, folders=folders, statements=np.arange(40))
    with engine_from("here") as engine, pytest.raises(PartLost, match="no part"):
        accumulated_by(engine=engine, folders=[], statements=np.arange(40))


def test_columns_come_back_as_they_were(tmp_path: Path) -> None:
    votes = camps()
    write_columns(votes, tmp_path / "log")
    again = read_columns(tmp_path / "log")
    assert (again.people.dtype, again.values.dtype) == (np.int16, np.int8)
    assert vote_matrix(votes=again).sha256 == vote_matrix(votes=votes).sha256


@pytest.mark.parametrize(
    ("name", "column", "sentence"),
    [
        ("people", None, "no such file"),
        ("people", np.zeros((2, 2), np.int64), "one row of whole numbers"),
        ("people", np.zeros(3), "one row of whole numbers"),
        ("statements", np.zeros(3, np.uint64), "write them as int64"),
        ("values", np.zeros(3, np.int64), "must be int8"),
        ("order", b"no numpy", "not a column of numpy"),
    ],
)
def test_a_bad_column_is_named(
    name: str, column: "np.ndarray | bytes | None", sentence: str, tmp_path: Path
) -> None:
    write_columns(camps(), tmp_path)
    path = tmp_path / f"{name}.npy"
    path.unlink()
    if isinstance(column, bytes):
        path.write_bytes(column)
    elif column is not None:
        np.save(path, column)
    with pytest.raises(BadColumns, match=sentence) as error:
        read_columns(tmp_path)
    assert str(path) in str(error.value)
