"""Address files: Base Adresse Nationale, Bases Adresses Locales, open data of cities, OpenStreetMap."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from .chunks import Chunk, chunks_of
from .columns import Columns
from .drafts import AddressReading, BadLine, Draft, Drafts, Limits, finish, refuse_all
from .errors import ADDRESSES_EXPECTED, LineProblem, UnreadableFile
from .fast import Rows, plain_drafts
from .lines import Progress
from .numbers import split_address, split_number, split_town
from .osm import is_extract
from .osm_addresses import read_osm_addresses
from .plan import Plan, guessed
from .positions import number_in, point_in
from .sniff import head_of, refuse_other_kinds, wide_without_mark

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))


def read_addresses(
    path: Path | str,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> AddressReading:
    """Read a file of addresses of any known kind. Memory grows with the good rows and one chunk of text.

    ``plan`` is how to read a table (guessed if left out). Raises ``UnreadableFile`` when the file is of
    another kind or no line of it can be used.
    """
    path, limits = Path(path), limits or Limits()
    head = checked_head(path, limits)
    if is_extract(head):
        return read_osm_addresses(path, limits, progress)
    plan = plan or guessed(head, expected=ADDRESSES_EXPECTED)
    _check_columns(plan.layout())
    with closing(chunks_of(path, plan, expected=ADDRESSES_EXPECTED, progress=progress)) as chunks:
        return _read_chunks(chunks, plan, limits)


def read_sure_addresses(path: Path | str, *, progress: Progress | None = None) -> AddressReading:
    """As ``read_addresses`` for who plans at once: doubtful positions alone are refused too."""
    reading = read_addresses(path, progress=progress)
    if not len(reading.rows):
        refuse_all(reading.problems, len(reading.problems), reading.source)
    return reading


def checked_head(path: Path, limits: Limits) -> bytes:
    """The first bytes of a file that may be read: a table of text or an extract, not too large."""
    head = head_of(path, ADDRESSES_EXPECTED)
    if is_extract(head):
        _check_size(path.stat().st_size // 1_000_000, limits)
        return head
    refuse_other_kinds(head, ADDRESSES_EXPECTED)
    check_text(path, head, limits, ADDRESSES_EXPECTED)
    return head


def check_text(path: Path, head: bytes, limits: Limits, expected: str) -> None:
    """Refuses what is too large or no text."""
    _check_size(path.stat().st_size // 1_000_000, limits)
    if _is_wide(head):
        return
    if b"\x00" in head:
        _refuse_binary(head, expected)
    if len(head.translate(None, _CONTROLS)) * 50 < len(head) * 49:
        raise UnreadableFile("binary", expected=expected)


def _is_wide(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or bool(wide_without_mark(head))


def _refuse_binary(head: bytes, expected: str) -> None:
    """A few NUL bytes are a damaged line of a table; many, or one at the beginning, are no text at all."""
    if b"\x00" in head.split(b"\n", 1)[0] or head.count(b"\x00") * 100 > len(head):
        raise UnreadableFile("binary", expected=expected)


def _check_size(megabytes: int, limits: Limits) -> None:
    if megabytes > limits.megabytes:
        raise UnreadableFile("too_large", megabytes=megabytes, limit=limits.megabytes)


def _read_chunks(chunks: Iterator[Chunk], plan: Plan, limits: Limits) -> AddressReading:
    parts, problems, count, to_end = list[Drafts](), list[LineProblem](), 0, True
    header = plan.header
    for chunk in chunks:
        if header:
            chunk, header = without_header(chunk)
        parts += _drafts(chunk, plan, problems)
        count += sum(map(len, parts[-2:]))
        if count > limits.addresses:
            raise UnreadableFile("too_many_lines", limit=limits.addresses)
        if limits.enough and count >= limits.enough:
            to_end = False
            break
    drafts = Drafts.joined(parts)
    if not len(drafts) and not problems:
        raise UnreadableFile("only_header")
    return finish(drafts, problems, plan, "csv", to_end)


def without_header(chunk: Chunk) -> tuple[Chunk, bool]:
    """The chunk without the first row of the file, if it is in it; whether it is still to come."""
    plain, odd = (int(chunk.lines[0]) if len(chunk.lines) else 0), (chunk.odd[0][0] if chunk.odd else 0)
    if not plain and not odd:
        return chunk, True
    if odd and (not plain or odd < plain):
        return replace(chunk, odd=chunk.odd[1:]), False
    text = chunk.plain[chunk.plain.index(b"\n") + 1 :]
    return replace(chunk, plain=text, lines=chunk.lines[1:]), False


def _drafts(chunk: Chunk, plan: Plan, problems: list[LineProblem]) -> tuple[Drafts, Drafts]:
    """The drafts of the plain rows, and those of the rows that had to be read one by one."""
    columns, found, odd = plan.layout(), Drafts.of([]), chunk.odd
    if len(chunk.lines):
        rows = Rows(chunk.plain, plan)
        found, plain = plain_drafts(rows, chunk.lines)
        if not plain.all():
            others = np.flatnonzero(~plain).tolist()
            odd = [*odd, *((int(chunk.lines[place]), rows.row(place)) for place in others)]
            found = found.take(plain)
    drafts = []
    for line, row in odd:
        try:
            drafts.append(_draft(columns, line, row, plan.decimal))
        except BadLine as bad:
            shown = columns.id_in(row) if len(row) == len(columns.names) else ""
            problems.append(LineProblem(line=line, code=bad.code, params=bad.params, id=shown))
    return found, Drafts.of(drafts)


def _check_columns(columns: Columns) -> None:
    shown = ", ".join(columns.names)[:300]
    if not columns.has("number") and not columns.has("address"):
        raise UnreadableFile("no_number_column", columns=shown)
    if not columns.positioned:
        raise UnreadableFile("no_position_columns", columns=shown)


def _draft(columns: Columns, line: int, row: list[str], decimal: str) -> Draft:
    if len(row) != len(columns.names):
        raise BadLine("field_count", found=len(row), expected=len(columns.names))
    if any(c < " " and c not in "\t\r\n" for field in row for c in field):
        raise BadLine("control_characters")
    number, suffix, street = _where(columns, row)
    street, postcode, city = _town(columns, row, " ".join(street.split()))
    draft = Draft(
        line=line,
        id=columns.id_in(row) or f"line-{line}",
        number=number,
        suffix=suffix,
        street=street,
        postcode=postcode,
        commune=columns.value(row, "insee"),
        city=city,
        dwellings=_dwellings(columns.value(row, "dwellings")),
    )
    read_position(draft, columns, row, decimal)
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


def _town(columns: Columns, row: list[str], street: str) -> tuple[str, str, str]:
    """(street, postal code, town): of their columns, or of the end of a whole address."""
    postcode, city = columns.value(row, "postcode"), columns.value(row, "city")
    if columns.has("street"):
        return street, postcode, city
    bare, code, town = split_town(street)
    return bare, postcode or code, city or town


def _dwellings(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= 12  # int() refuses thousands of digits
    return min(int(text), 100_000) if plain else 0


def read_position(draft: Draft, columns: Columns, row: list[str], decimal: str) -> None:
    """Writes the two positions of a row into its draft. Raises ``BadLine``."""
    a, b = columns.value(row, "lon"), columns.value(row, "lat")
    x, y, point = columns.value(row, "x"), columns.value(row, "y"), columns.value(row, "point")
    try:
        draft.a, draft.b = number_in(a, decimal), number_in(b, decimal)
        draft.x, draft.y = number_in(x, decimal), number_in(y, decimal)
        if columns.has("point") and not columns.has("lon"):
            draft.a, draft.b = point_in(point)
    except ValueError as bad:
        raise BadLine("bad_position", value=str(bad)[:40]) from None
    if not (draft.a == draft.a and draft.b == draft.b) and not (draft.x == draft.x and draft.y == draft.y):
        raise BadLine("no_position")
