"""Columnar files: large public tables that are replaced as a whole and read by a few columns.

``ColumnStore`` is the port, ``ParquetStore`` the engine that comes with the product. What an engine must do
is in ``tests/kit/test_columnar.py``, which runs on every engine listed there.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from amiral.kit.ids import new_id

ROWS_PER_GROUP = 20_000
"""Rows that are skipped or read together; a filter on a sorted column touches few groups."""


class Type(StrEnum):
    """What a column may hold. No value is ever missing, but a ``FLOAT`` may be NaN."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    BYTES = "bytes"
    INT_LIST = "int-list"
    FLOAT_LIST = "float-list"


Schema = Mapping[str, Type]


@dataclass(frozen=True, kw_only=True)
class Lists:
    """A column of lists: list ``i`` is ``values[start[i]:start[i + 1]]``; ``start`` has one entry more."""

    start: npt.NDArray[np.int64]
    values: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.start) - 1


Column = Sequence[str] | Sequence[bytes] | npt.NDArray[Any] | Lists
Batch = Mapping[str, Column]


@dataclass(frozen=True, kw_only=True)
class In:
    """Keeps the rows whose column holds one of the values."""

    column: str
    values: tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Range:
    """Keeps the rows whose column lies between two numbers, both included; NaN never does."""

    column: str
    least: float = -np.inf
    most: float = np.inf


Condition = In | Range


class Unknown(Exception):
    """There is no such file, or it is not a whole file of this store."""


class Rows(Protocol):
    """The answer of a read: columns by name, each in the type that the schema gave it."""

    def __len__(self) -> int: ...
    def text(self, name: str) -> tuple[str, ...]: ...
    def ints(self, name: str) -> npt.NDArray[np.int64]: ...
    def floats(self, name: str) -> npt.NDArray[np.float64]: ...
    def bools(self, name: str) -> npt.NDArray[np.bool_]: ...
    def bytes(self, name: str) -> tuple[bytes, ...]: ...
    def lists(self, name: str) -> Lists: ...


class ColumnStore(Protocol):
    """The engine port."""

    def write(self, *, path: Path, schema: Schema, batches: Iterable[Batch]) -> int:
        """Writes a whole file, batch by batch, and returns its number of rows.

        Whoever opens ``path`` finds the file that was there before or the new one, whole and on the disk,
        never a part; when ``batches`` raises, nothing is left of the attempt.
        """

    def read(self, *, path: Path, columns: Sequence[str], where: Sequence[Condition] = ()) -> Rows:
        """The rows that meet every condition, in file order. Raises ``Unknown``."""

    def count(self, *, path: Path) -> int:
        """Number of rows, without reading them. Raises ``Unknown``."""


_ARROW: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.INT: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOL: pa.bool_(),
    Type.BYTES: pa.binary(),
    Type.INT_LIST: pa.list_(pa.int64()),
    Type.FLOAT_LIST: pa.list_(pa.float64()),
}


@dataclass(frozen=True)
class ArrowRows:
    """Rows held by an Arrow table."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def text(self, name: str) -> tuple[str, ...]:
        return tuple(self.table.column(name).to_pylist())

    def ints(self, name: str) -> npt.NDArray[np.int64]:
        return np.asarray(self.table.column(name).to_numpy(), dtype=np.int64)

    def floats(self, name: str) -> npt.NDArray[np.float64]:
        return np.asarray(self.table.column(name).to_numpy(), dtype=np.float64)

    def bools(self, name: str) -> npt.NDArray[np.bool_]:
        return np.asarray(self.table.column(name).to_numpy(), dtype=np.bool_)

    def bytes(self, name: str) -> tuple[bytes, ...]:
        return tuple(self.table.column(name).to_pylist())

    def lists(self, name: str) -> Lists:
        joined = self.table.column(name).combine_chunks()
        lengths = np.asarray(joined.value_lengths().to_numpy(zero_copy_only=False), dtype=np.int64)
        start = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=start[1:])
        return Lists(start=start, values=joined.flatten().to_numpy(zero_copy_only=False))


class ParquetStore:
    """Parquet files in this process, through Apache Arrow."""

    def write(self, *, path: Path, schema: Schema, batches: Iterable[Batch]) -> int:
        """See ``ColumnStore.write``."""
        arrow = pa.schema([(name, _ARROW[kind]) for name, kind in schema.items()])
        rows = 0
        with (
            _replacing(path) as temporary,
            pq.ParquetWriter(temporary, arrow, compression="zstd", write_page_index=True) as writer,
        ):
            for batch in batches:
                table = _table(batch, arrow)
                rows += table.num_rows
                writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        return rows

    def read(self, *, path: Path, columns: Sequence[str], where: Sequence[Condition] = ()) -> ArrowRows:
        """See ``ColumnStore.read``."""
        with _opening(path):
            filters = [test for condition in where for test in _tests(condition)]
            return ArrowRows(pq.read_table(path, columns=list(columns), filters=filters or None))

    def count(self, *, path: Path) -> int:
        """See ``ColumnStore.count``."""
        with _opening(path):
            return int(pq.read_metadata(path).num_rows)


def _table(batch: Batch, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([_array(batch[field.name], field.type) for field in schema], schema=schema)


def _array(column: Column, kind: pa.DataType) -> pa.Array:
    if isinstance(column, Lists):
        offsets = pa.array(column.start, type=pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.array(column.values, type=kind.value_type))
    # from_pandas=False: NaN stays NaN and does not become a missing value.
    return pa.array(column, type=kind, from_pandas=False)


def _tests(condition: Condition) -> Iterator[tuple[str, str, object]]:
    if isinstance(condition, In):
        yield condition.column, "in", list(condition.values)
        return
    yield condition.column, ">=", condition.least
    yield condition.column, "<=", condition.most


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise Unknown(path.name) from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its name, once on the disk, if all goes well.

    ``BaseException`` is meant: Ctrl-C must leave nothing either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{new_id().hex}.part")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    """A rename without this may survive a power cut while the bytes do not."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


EMBEDDED: ColumnStore = ParquetStore()
"""The engine in use."""
