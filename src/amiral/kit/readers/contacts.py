"""Reading files of people: CSV, spreadsheets, vCards of every program, OSDI. No Django.

    table = read_contacts(path)   # .header, .rows (line number and fields), .dropped

A file that cannot be used raises ``UnreadableContacts`` with a stable ``code``.
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from .errors import UnreadableFile
from .lines import Table
from .sniff import encoding_of, head_of, richest_line_first, wide_without_mark
from .vcards import cards

MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_FIELD = 1_000
MOST_UNPACKED_BYTES = 300 * 1024 * 1024
EXPECTED = "a table of people (CSV, XLSX, ODS), vCards or OSDI"

PERSON_HEADER = (
    "given_name", "family_name", "full_name", "email", "email2", "phone", "phone2",
    "street", "postal_code", "city",
)  # fmt: skip
"""The columns of files that are not tables."""

Row = tuple[int, tuple[str, ...]]


class UnreadableContacts(Exception):
    """The file cannot be used. ``code``: empty, kind, separator, quote, rows, columns, damaged, nobody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class ContactTable:
    """Lines of people. ``dropped`` names what vCards or OSDI held beside the known columns."""

    format: str
    header: tuple[str, ...]
    rows: list[Row]
    dropped: tuple[str, ...] = ()


def read_contacts(path: Path) -> ContactTable:
    """Reads a whole file; numbers count from 1 as an editor or a spreadsheet shows them."""
    try:
        head = head_of(path, EXPECTED)
    except UnreadableFile:
        raise UnreadableContacts("empty") from None
    with _in_utf8(path, head) as (path, head):
        table = _reader(head)(path, head)
    if not table.rows:
        raise UnreadableContacts("nobody")
    if len(table.rows) > MOST_ROWS:
        raise UnreadableContacts("rows")
    return table


@contextmanager
def _in_utf8(path: Path, head: bytes) -> Iterator[tuple[Path, bytes]]:
    """A text of two bytes a letter, with its mark or without, as one in UTF-8; any other as it is."""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if marked else wide_without_mark(head)
    if not encoding:
        yield path, head
        return
    with NamedTemporaryFile(prefix="amiral-contacts-") as copy:
        copy.write(path.read_bytes().decode(encoding, errors="replace").encode())
        copy.flush()
        told = Path(copy.name)
        yield told, head_of(told, EXPECTED)


def _reader(head: bytes) -> Callable[[Path, bytes], ContactTable]:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PK\x03\x04"):
        return _spreadsheet
    if start[:11].upper() == b"BEGIN:VCARD":
        return _vcards
    if start.startswith((b"{", b"[")):
        return _osdi
    if b"\x00" in head or start.startswith(b"<"):
        raise UnreadableContacts("kind")
    return _csv


def _csv(path: Path, head: bytes) -> ContactTable:
    try:
        lines = list(_few(_rows(path, head)))
    except UnreadableFile as problem:
        raise UnreadableContacts(_CODES.get(problem.code, "damaged")) from problem
    return _below_header("csv", lines)


def _rows(path: Path, head: bytes) -> Iterable[tuple[int, list[str]]]:
    """The rows; those of a bare list of addresses have one field."""
    try:
        return Table(path, richest_line_first(head), EXPECTED, None).rows()
    except UnreadableFile as problem:
        text = path.read_bytes().decode(encoding_of(head)[0], errors="replace")
        if problem.code != "no_separator" or not any(map(_ADDRESS.fullmatch, text.split())):
            raise
        return ((number, [line.strip()]) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _below_header(kind: str, lines: list[tuple[int, list[str]]]) -> ContactTable:
    """The lines below the one that names the columns; titles may stand above it, or it may be missing.

    A line with an e-mail address is somebody, not a header: the columns then have numbers for names.
    """
    filled = [sum(1 for cell in row if cell.strip()) for _line, row in lines[:_TITLES]]
    at = next(i for i, count in enumerate(filled) if count * 2 >= max(filled))
    names = lines[at][1]
    if any(_ADDRESS.fullmatch(cell.strip()) for cell in names):
        names = [str(place) for place in range(1, len(names) + 1)]
        at -= 1
    header = _header(names)
    return ContactTable(format=kind, header=header, rows=_fitted(lines[at + 1 :], len(header)))


_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_TITLES = 10


_CODES = {"no_separator": "separator", "open_quote": "quote"}


def _few(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Stops a file without end before it fills the memory."""
    for count, row in enumerate(rows):
        if count > MOST_ROWS:
            raise UnreadableContacts("rows")
        yield row


def _header(names: Iterable[str]) -> tuple[str, ...]:
    header = tuple(_clean(name).strip("\ufeff")[:80] for name in names)
    if len(header) > MOST_COLUMNS:
        raise UnreadableContacts("columns")
    return header


def _clean(field: str) -> str:
    """Without NUL, which PostgreSQL does not keep, and of a bounded length."""
    return field.replace("\x00", "").strip()[:MOST_FIELD]


def _fitted(lines: Iterable[tuple[int, list[str]]], width: int) -> list[Row]:
    """Every line as long as the header: what is missing is empty, what is too much is left out."""
    return [(number, tuple(map(_clean, (fields + [""] * width)[:width]))) for number, fields in lines]


def _spreadsheet(path: Path, head: bytes) -> ContactTable:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise UnreadableContacts("rows")
        book = CalamineWorkbook.from_path(str(path))
        sheets = (book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names)
        sheet = next((rows for rows in sheets if rows), [])
    except (CalamineError, zipfile.BadZipFile, OSError):
        raise UnreadableContacts("damaged") from None
    lines = [(number, list(map(_cell, row))) for number, row in enumerate(sheet, 1)]
    full = [line for line in lines if any(line[1])]
    if not full:
        raise UnreadableContacts("nobody")
    return _below_header("sheet", full)


def _cell(value: object) -> str:
    """As the sheet shows it: a number without ``.0``, a date in ISO form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _vcards(path: Path, head: bytes) -> ContactTable:
    encoding, fallback = encoding_of(head)
    content = path.read_bytes()
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode(fallback, errors="replace")
    rows: list[Row] = []
    dropped: dict[str, None] = {}
    for number, card, others in cards(text):
        rows.append((number, _person_row(card)))
        dropped |= dict.fromkeys(others)
    return ContactTable(format="vcard", header=PERSON_HEADER, rows=rows, dropped=tuple(dropped))


def _person_row(person: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_clean(person.get(name, "")) for name in PERSON_HEADER)


def _osdi(path: Path, head: bytes) -> ContactTable:
    try:
        people = _people(json.loads(path.read_bytes().decode(encoding_of(head)[0])))
    except (ValueError, RecursionError):
        raise UnreadableContacts("damaged") from None
    rows = [(number, _person_row(_osdi_person(person))) for number, person in enumerate(people, 1)]
    others = dict.fromkeys(name for person in people for name in person if name not in _OSDI_KNOWN)
    return ContactTable(
        format="osdi",
        header=PERSON_HEADER,
        rows=rows,
        dropped=tuple(_clean(str(name))[:80] for name in others),
    )


_OSDI_KNOWN = {
    "given_name", "family_name", "email_addresses", "phone_numbers", "postal_addresses",
    "identifiers", "created_date", "modified_date", "_links",
}  # fmt: skip


def _people(found: Any) -> list[dict[str, Any]]:
    """The persons of a list, of one resource, of a page of resources or of a sign-up helper."""
    if isinstance(found, dict):
        embedded = found.get("_embedded", {})
        found = (
            (embedded.get("osdi:people") if isinstance(embedded, dict) else None)
            or found.get("people")
            or ([found["person"]] if "person" in found else [found])
        )
    if not isinstance(found, list):
        raise UnreadableContacts("kind")
    return [person for person in found if isinstance(person, dict)]


def _osdi_person(person: Mapping[str, Any]) -> dict[str, str]:
    emails = [str(one.get("address", "")) for one in _first_primary(person.get("email_addresses"))]
    phones = [str(one.get("number", "")) for one in _first_primary(person.get("phone_numbers"))]
    place = next(iter(_first_primary(person.get("postal_addresses"))), {})
    lines = place.get("address_lines") or []
    return {
        "given_name": str(person.get("given_name") or ""),
        "family_name": str(person.get("family_name") or ""),
        "email": _nth(emails, 0),
        "email2": _nth(emails, 1),
        "phone": _nth(phones, 0),
        "phone2": _nth(phones, 1),
        "street": ", ".join(map(str, lines if isinstance(lines, list) else [lines])),
        "postal_code": str(place.get("postal_code") or ""),
        "city": str(place.get("locality") or ""),
    }


def _first_primary(found: Any) -> list[Mapping[str, Any]]:
    several = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return sorted(several, key=lambda one: not one.get("primary"))


def _nth(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""
