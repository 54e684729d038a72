"""Opening a file of results whatever it is packed in: text, spreadsheet of any age, gzip, zip, JSON."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from .errors import RESULTS_EXPECTED, UnreadableFile
from .lines import Progress, Table
from .sniff import head_of, refuse_other_kinds, richest_line_first

MOST_BYTES = 600_000_000
_INSIDE = (".csv", ".txt", ".tsv", ".xls", ".xlsx", ".ods")

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One table of a file: its name (empty for text) and its rows, numbered from 1."""

    name: str
    rows: Iterator[Row]
    source: str


@contextmanager
def grids_of(path: Path, progress: Progress | None = None) -> Iterator[list[Grid]]:
    """The tables of a file. Raises ``UnreadableFile``."""
    with TemporaryDirectory(prefix="amiral-results-") as folder:
        head = head_of(path, RESULTS_EXPECTED)
        while head.startswith(b"\x1f\x8b") or (head.startswith(b"PK\x03\x04") and not _is_workbook(path)):
            path = _unpacked(path, Path(folder), head)
            head = head_of(path, RESULTS_EXPECTED)
        yield list(_grids(path, head, progress))


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        raise UnreadableFile("broken_table", expected=RESULTS_EXPECTED) from None
    return "content.xml" in names or any(name.startswith("xl/") for name in names)


def _unpacked(path: Path, folder: Path, head: bytes) -> Path:
    """The one table in an archive, as a file of its own."""
    target = folder / f"{path.name}.unpacked"
    try:
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed, target.open("wb") as out:
                _copy(packed, out)
        else:
            with zipfile.ZipFile(path) as archive:
                packed_table = archive.open(_only_table(archive))
                with packed_table as packed, target.open("wb") as out:
                    _copy(packed, out)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError):
        raise UnreadableFile("broken_table", expected=RESULTS_EXPECTED) from None
    return target


def _only_table(archive: zipfile.ZipFile) -> str:
    names = [
        one for one in archive.namelist() if one.lower().endswith(_INSIDE) and not one.startswith("__MACOSX/")
    ]
    if len(names) != 1:
        raise UnreadableFile("several_tables", files=", ".join(names)[:200] or "–")
    return names[0]


def _copy(packed: Any, out: Any) -> None:
    for done in iter(lambda: packed.read(1 << 20), b""):
        out.write(done)
        if out.tell() > MOST_BYTES:
            raise UnreadableFile(
                "too_large", megabytes=out.tell() // 1_000_000, limit=MOST_BYTES // 1_000_000
            )


def _grids(path: Path, head: bytes, progress: Progress | None) -> Iterator[Grid]:
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(
            "too_large", megabytes=path.stat().st_size // 1_000_000, limit=MOST_BYTES // 1_000_000
        )
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _workbook(path)
        return
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        yield Grid(name="", rows=_live_count(path), source="json")
        return
    refuse_other_kinds(head, RESULTS_EXPECTED)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile("binary", expected=RESULTS_EXPECTED)
    yield Grid(
        name="", rows=Table(path, richest_line_first(head), RESULTS_EXPECTED, progress).rows(), source="text"
    )


def _workbook(path: Path) -> Iterator[Grid]:
    # Opened by the bytes: a temporary name has no ending for the library to go by.
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            for name in book.sheet_names:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                yield Grid(name=name, rows=_cells(rows), source="spreadsheet")
    except (CalamineError, ValueError, OSError):
        raise UnreadableFile("broken_table", expected=RESULTS_EXPECTED) from None


def _cells(rows: Sequence[Sequence[Any]]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        texts = [_cell(value) for value in row]
        if any(texts):
            yield number, texts


def _cell(value: Any) -> str:
    """A whole number as its digits: codes and votes are floats in a spreadsheet."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _live_count(path: Path) -> Iterator[Row]:
    """A national count in JSON as one line: figures by name, one object with ``voix`` per candidate."""
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise UnreadableFile("broken_table", expected=RESULTS_EXPECTED) from None
    pairs = [
        (str(one.get("nom_prenom") or name), one["voix"]) if isinstance(one, dict) and "voix" in one else None
        for name, one in told.items()
    ]
    votes = [pair for pair in pairs if pair is not None]
    if not votes:
        raise UnreadableFile("no_votes_column", columns=", ".join(map(str, told))[:300])
    known = [
        (name, told[name]) for name in ("inscrits", "votants", "blancs_nuls", "exprimes") if name in told
    ]
    yield 1, [str(name) for name, _value in (*known, *votes)]
    yield 2, [_cell(value) for _name, value in (*known, *votes)]
