"""Address files: Base Adresse Nationale, Bases Adresses Locales, open data of cities, OpenStreetMap."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from .columns import Columns, columns_of
from .drafts import AddressReading, BadLine, Draft, Limits, finish
from .errors import ADDRESSES_EXPECTED, LineProblem, UnreadableFile
from .lines import Progress, Table
from .numbers import split_address, split_number
from .osm_addresses import read_osm_addresses
from .positions import (
    number_in,
    point_in,
)
from .sniff import head_of, is_pbf, refuse_other_kinds


def read_addresses(
    path: Path | str, *, limits: Limits | None = None, progress: Progress | None = None
) -> AddressReading:
    """Read a file of addresses of any known kind. Streams; memory grows with the good rows only.

    Raises ``UnreadableFile`` when the file is of another kind or no line of it can be used.
    """
    path, limits = Path(path), limits or Limits()
    head = head_of(path, ADDRESSES_EXPECTED)
    megabytes = path.stat().st_size // 1_000_000
    if is_pbf(head):
        _check_size(megabytes, limits)
        return read_osm_addresses(path, limits, progress)
    refuse_other_kinds(head, ADDRESSES_EXPECTED)
    _check_size(megabytes, limits)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse_binary(head)
    with closing(Table(path, head, ADDRESSES_EXPECTED, progress).rows()) as rows:
        return _read_rows(rows, limits)


def _refuse_binary(head: bytes) -> None:
    """A few NUL bytes are a damaged line of a table; many, or one at the beginning, are no text at all."""
    if b"\x00" in head.split(b"\n", 1)[0] or head.count(b"\x00") * 100 > len(head):
        raise UnreadableFile("binary", expected=ADDRESSES_EXPECTED)


def _check_size(megabytes: int, limits: Limits) -> None:
    if megabytes > limits.megabytes:
        raise UnreadableFile("too_large", megabytes=megabytes, limit=limits.megabytes)


def _read_rows(rows: Iterator[tuple[int, list[str]]], limits: Limits) -> AddressReading:
    first = next(rows, None)
    if first is None:  # nothing but blanks between separators
        raise UnreadableFile("empty", expected=ADDRESSES_EXPECTED)
    _, header = first
    columns = columns_of(header)
    _check_columns(columns)
    drafts, problems = [], list[LineProblem]()
    for line, row in rows:
        try:
            drafts.append(_draft(columns, line, row))
        except BadLine as bad:
            shown = columns.value(row, "id") if len(row) == len(columns.names) else ""
            problems.append(LineProblem(line=line, code=bad.code, params=bad.params, id=shown))
        if len(drafts) > limits.addresses:
            raise UnreadableFile("too_many_lines", limit=limits.addresses)
    if not drafts and not problems:
        raise UnreadableFile("only_header")
    return finish(drafts, problems, columns.zone, "csv")


def _check_columns(columns: Columns) -> None:
    shown = ", ".join(columns.names)[:300]
    if not columns.has("number") and not columns.has("address"):
        raise UnreadableFile("no_number_column", columns=shown)
    if not columns.positioned:
        raise UnreadableFile("no_position_columns", columns=shown)


def _draft(columns: Columns, line: int, row: list[str]) -> Draft:
    if len(row) != len(columns.names):
        raise BadLine("field_count", found=len(row), expected=len(columns.names))
    if any(c < " " and c not in "\t\r\n" for field in row for c in field):
        raise BadLine("control_characters")
    number, suffix, street = _where(columns, row)
    draft = Draft(
        line=line,
        id=columns.value(row, "id") or f"line-{line}",
        number=number,
        suffix=suffix,
        street=street,
        postcode=columns.value(row, "postcode"),
        commune=columns.value(row, "insee"),
        city=columns.value(row, "city"),
        dwellings=_dwellings(columns.value(row, "dwellings")),
    )
    _place(draft, columns, row)
    return draft


def _where(columns: Columns, row: list[str]) -> tuple[int, str, str]:
    """(number, suffix, street), from separate columns or from one that holds them all."""
    whole = columns.value(row, "address")
    if not columns.has("number"):
        number, suffix, street = split_address(whole)
        if not number:
            raise BadLine("no_number")
        return number, suffix, street
    text = columns.value(row, "number")
    if not text or text == "99999":  # how Bases Adresses Locales write "a place without numbers"
        raise BadLine("no_number")
    try:
        number, own = split_number(text)
    except ValueError:
        raise BadLine("bad_number", value=text[:40]) from None
    street = columns.value(row, "street") or columns.value(row, "place") or split_address(whole)[2]
    if not street and (columns.has("street") or columns.has("address")):
        raise BadLine("no_street")
    return number, columns.value(row, "suffix") or own, street


def _dwellings(text: str) -> int:
    return min(int(text), 100_000) if text.isascii() and text.isdigit() else 0


def _place(draft: Draft, columns: Columns, row: list[str]) -> None:
    a, b = columns.value(row, "lon"), columns.value(row, "lat")
    x, y, point = columns.value(row, "x"), columns.value(row, "y"), columns.value(row, "point")
    try:
        draft.a, draft.b = number_in(a), number_in(b)
        draft.x, draft.y = number_in(x), number_in(y)
        if columns.has("point") and not columns.has("lon"):
            draft.a, draft.b = point_in(point)
    except ValueError as bad:
        raise BadLine("bad_position", value=str(bad)[:40]) from None
    if not (draft.a == draft.a and draft.b == draft.b) and not (draft.x == draft.x and draft.y == draft.y):
        raise BadLine("no_position")
