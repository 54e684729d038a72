"""What every engine of the columnar port must do; see ``amiral.kit.columnar``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.columnar import Batch, ColumnStore, In, Lists, ParquetStore, Range, Schema, Type, Unknown

ENGINES: list[ColumnStore] = [ParquetStore()]
SCHEMA: Schema = {
    "name": Type.TEXT,
    "rank": Type.INT,
    "lon": Type.FLOAT,
    "open": Type.BOOL,
    "shape": Type.BYTES,
    "nodes": Type.INT_LIST,
    "heights": Type.FLOAT_LIST,
}


@pytest.fixture(params=ENGINES, ids=lambda engine: type(engine).__name__)
def engine(request: pytest.FixtureRequest) -> ColumnStore:
    store: ColumnStore = request.param
    return store


def batch(names: list[str], lon: list[float] | None = None) -> Batch:
    n = len(names)
    start = np.arange(0, 2 * n + 1, 2)
    return {
        "name": names,
        "rank": np.arange(n),
        "lon": np.array(lon if lon is not None else [0.5 * i for i in range(n)]),
        "open": np.arange(n) % 2 == 0,
        "shape": [bytes([0, i % 256, 255]) for i in range(n)],
        "nodes": Lists(start=start, values=np.arange(2 * n) + 2**40),
        "heights": Lists(start=start, values=np.arange(2 * n) / 4),
    }


def write(engine: ColumnStore, path: Path, *batches: Batch) -> int:
    return engine.write(path=path, schema=SCHEMA, batches=batches)


def test_what_is_written_is_read(engine: ColumnStore, tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "a.parquet"
    assert write(engine, path, batch(["Mâcon", ""]), batch(["Sète’s"])) == 3
    rows = engine.read(path=path, columns=list(SCHEMA))
    assert len(rows) == engine.count(path=path) == 3
    assert rows.text("name") == ("Mâcon", "", "Sète’s")
    assert rows.ints("rank").tolist() == [0, 1, 0]
    assert rows.bools("open").tolist() == [True, False, True]
    assert rows.bytes("shape") == (b"\x00\x00\xff", b"\x00\x01\xff", b"\x00\x00\xff")
    assert rows.lists("nodes").start.tolist() == [0, 2, 4, 6]
    assert rows.lists("nodes").values.tolist()[:4] == [2**40, 2**40 + 1, 2**40 + 2, 2**40 + 3]
    assert rows.lists("heights").values.tolist() == [0, 0.25, 0.5, 0.75, 0, 0.25]


def test_an_empty_table_is_a_table(engine: ColumnStore, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert write(engine, path) == 0
    rows = engine.read(path=path, columns=list(SCHEMA))
    assert len(rows) == 0
    assert rows.text("name") == ()
    assert rows.lists("nodes").start.tolist() == [0]


def test_nan_stays_nan_and_meets_no_range(engine: ColumnStore, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(engine, path, batch(["a", "b"], lon=[np.nan, 3.0]))
    assert np.isnan(engine.read(path=path, columns=["lon"]).floats("lon")).tolist() == [True, False]
    found = engine.read(path=path, columns=["name"], where=[Range(column="lon")])
    assert found.text("name") == ("b",)


lons = st.lists(st.floats(-180, 180) | st.just(float("nan")), max_size=60)


@settings(deadline=None, max_examples=40)
@given(lon=lons, least=st.floats(-180, 180), most=st.floats(-180, 180), cut=st.integers(0, 60))
def test_conditions_keep_what_a_loop_keeps(
    tmp_path_factory: pytest.TempPathFactory, lon: list[float], least: float, most: float, cut: int
) -> None:
    names = [f"c{i % 3}" for i in range(len(lon))]
    for engine in ENGINES:
        path = tmp_path_factory.mktemp("columns") / "a.parquet"
        parts = [batch(names[:cut], lon[:cut]), batch(names[cut:], lon[cut:])]
        write(engine, path, *parts)
        where = [In(column="name", values=("c0", "c2")), Range(column="lon", least=least, most=most)]
        found = engine.read(path=path, columns=["lon"], where=where).floats("lon").tolist()
        expected = [x for name, x in zip(names, lon, strict=True) if name != "c1" and least <= x <= most]
        assert found == expected


def test_a_list_column_survives_a_filter(engine: ColumnStore, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(engine, path, batch(["a", "b", "c"]))
    nodes = engine.read(path=path, columns=["nodes"], where=[In(column="name", values=("b",))]).lists("nodes")
    assert nodes.start.tolist() == [0, 2]
    assert nodes.values.tolist() == [2**40 + 2, 2**40 + 3]


class Interrupted(BaseException):
    """Like Ctrl-C: no ``Exception``."""


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, Interrupted])
def test_a_broken_write_leaves_what_was_there(
    engine: ColumnStore, tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a.parquet"
    write(engine, path, batch(["before"]))

    def broken() -> Iterator[Batch]:
        yield batch(["after"])
        raise error

    with pytest.raises(error):
        engine.write(path=path, schema=SCHEMA, batches=broken())
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]
    assert engine.read(path=path, columns=["name"]).text("name") == ("before",)


def test_a_whole_write_replaces(engine: ColumnStore, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(engine, path, batch(["before"]))
    write(engine, path, batch(["after"]))
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]
    assert engine.read(path=path, columns=["name"]).text("name") == ("after",)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and no more", b"x" * 2000])
def test_what_is_no_whole_file_is_unknown(engine: ColumnStore, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    calls: list[Any] = [lambda: engine.read(path=path, columns=["name"]), lambda: engine.count(path=path)]
    for call in calls:
        with pytest.raises(Unknown):
            call()
