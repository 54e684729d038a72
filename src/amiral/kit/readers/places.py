"""Official places (schools, post offices, stops, polling places…) as towns and the State publish them."""

import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .addresses import check_text, read_position, without_header
from .chunks import Chunk, chunks_of
from .columns import Columns
from .drafts import AddressReading, BadLine, Draft, Drafts, Limits, finish
from .errors import PLACES_EXPECTED, LineProblem, UnreadableFile
from .lines import Progress
from .plan import Plan, guessed
from .sniff import head_of, refuse_other_kinds

PLACE_FIELDS = ("id", "name", "address", "postcode", "insee", "city", "lon", "lat", "x", "y", "point")
"""What the columns of a table of places may hold."""


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """One table being read."""

    plan: Plan
    columns: Columns
    problems: list[LineProblem]


def read_places(
    path: Path | str,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> AddressReading:
    """Read a table of places, as ``read_addresses`` reads addresses.

    In the tables of the answer ``streets`` are the names and ``suffixes`` the postal addresses as they are
    written; there are no numbers. Raises ``UnreadableFile``.
    """
    path, limits = Path(path), limits or Limits()
    head = head_of(path, PLACES_EXPECTED)
    refuse_other_kinds(head, PLACES_EXPECTED)
    check_text(path, head, limits, PLACES_EXPECTED)
    plan = plan or guessed(head, expected=PLACES_EXPECTED)
    _check_columns(plan.layout())
    with closing(chunks_of(path, plan, expected=PLACES_EXPECTED, progress=progress)) as chunks:
        return _read(chunks, plan, limits)


def _check_columns(columns: Columns) -> None:
    shown = ", ".join(columns.names)[:300]
    if not columns.has("name"):
        raise UnreadableFile("no_name_column", columns=shown)
    if not columns.positioned:
        raise UnreadableFile("no_position_columns", columns=shown)


def _read(chunks: Iterator[Chunk], plan: Plan, limits: Limits) -> AddressReading:
    reader = _Reader(plan=plan, columns=plan.layout(), problems=[])
    drafts, header, to_end = list[Draft](), plan.header, True
    for chunk in chunks:
        if header:
            chunk, header = without_header(chunk)
        drafts += _drafts(reader, chunk)
        if len(drafts) > limits.addresses:
            raise UnreadableFile("too_many_lines", limit=limits.addresses)
        if limits.enough and len(drafts) >= limits.enough:
            to_end = False
            break
    if not drafts and not reader.problems:
        raise UnreadableFile("only_header")
    drafts.sort(key=lambda draft: draft.line)
    return finish(Drafts.of(drafts), reader.problems, plan, "csv", to_end)


def _drafts(reader: _Reader, chunk: Chunk) -> Iterator[Draft]:
    plain = csv.reader(chunk.plain.decode().splitlines(keepends=True), delimiter=reader.plan.separator)
    for line, row in [*zip(chunk.lines.tolist(), plain, strict=True), *chunk.odd]:
        try:
            yield _draft(reader, line, row)
        except BadLine as bad:
            shown = reader.columns.id_in(row) if len(row) == len(reader.columns.names) else ""
            reader.problems.append(LineProblem(line=line, code=bad.code, params=bad.params, id=shown))


def _draft(reader: _Reader, line: int, row: list[str]) -> Draft:
    columns = reader.columns
    if len(row) != len(columns.names):
        raise BadLine("field_count", found=len(row), expected=len(columns.names))
    if any(c < " " and c not in "\t\r\n" for field in row for c in field):
        raise BadLine("control_characters")
    name = " ".join(columns.value(row, "name").split())
    if not name:
        raise BadLine("no_name")
    draft = Draft(
        line=line,
        id=columns.id_in(row) or f"line-{line}",
        street=name,
        suffix=" ".join(columns.value(row, "address").split()),
        postcode=columns.value(row, "postcode"),
        commune=columns.value(row, "insee"),
        city=columns.value(row, "city"),
    )
    read_position(draft, columns, row, reader.plan.decimal)
    return draft
