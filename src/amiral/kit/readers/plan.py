"""How a table is to be read: what was guessed, and what a person may correct before anything is written."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .columns import FIELDS, Columns, columns_of, conic_zone
from .crs import SYSTEMS
from .errors import UnreadableFile
from .sniff import encoding_of, fallback_of

ENCODINGS: dict[str, str] = {
    "utf-8-sig": "UTF-8",
    "iso8859-1": "Latin-1 (ISO-8859-1)",
    "iso8859-15": "Latin-9 (ISO-8859-15)",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "mac_roman": "Mac Roman",
    "cp850": "DOS (CP850)",
}
"""Encodings of files that people have, by Python's names for them."""
SEPARATORS: dict[str, str] = {";": ";", ",": ",", "\t": "TAB", "|": "|"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that reading a table depends on. ``columns``: field (of ``FIELDS``) to its column, from 0.

    ``epsg`` is the system of the columns x and y (0: told by the data); ``decimal`` is ``,`` or ``.``, or
    empty where a number shows it by itself. ``names`` are the columns as the header (or ``1``, ``2``…) has
    them.
    """

    encoding: str
    separator: str
    columns: Mapping[str, int]
    names: tuple[str, ...]
    header: bool = True
    decimal: str = ""
    epsg: int = 0

    @property
    def fallback(self) -> str:
        """What a line is read as that the encoding cannot read."""
        return fallback_of(self.encoding)

    def layout(self) -> Columns:
        """The columns as rows are read by."""
        return Columns(at=dict(self.columns), names=self.names)

    def as_json(self) -> dict[str, Any]:
        """For a row of the database or the arguments of a run."""
        return {
            "encoding": self.encoding,
            "separator": self.separator,
            "columns": dict(self.columns),
            "names": list(self.names),
            "header": self.header,
            "decimal": self.decimal,
            "epsg": self.epsg,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Plan":
        """The plan that ``as_json`` wrote."""
        return cls(**{**kept, "names": tuple(kept["names"])})


def changed(
    plan: Plan, head: bytes, *, expected: str, encoding: str = "", separator: str = "", header: bool = True
) -> Plan:
    """The plan once the text is cut in another way: its columns are looked for again, from the start."""
    if (encoding or plan.encoding, separator or plan.separator, header) == (
        plan.encoding,
        plan.separator,
        plan.header,
    ):
        return plan
    made = guessed(head, expected=expected, encoding=encoding, separator=separator, header=header)
    return replace(made, decimal=plan.decimal)


def guessed(
    head: bytes, *, expected: str, encoding: str = "", separator: str = "", header: bool | None = None
) -> Plan:
    """The plan of a file by its first bytes. Raises ``UnreadableFile`` for what is no table."""
    encoding = encoding or encoding_of(head)[0]
    text = head.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    separator = separator or separator_of(first_line(text))
    if not separator:
        raise UnreadableFile("no_separator", expected=expected)
    row = first_row(text, separator)
    if not row:
        raise UnreadableFile("empty", expected=expected)
    layout = columns_of(row)
    if header is None:
        header = _is_header(row, layout)
    if not header:
        names = tuple(str(place) for place in range(1, len(row) + 1))
        layout = Columns(at={}, names=names)
    epsg = 3900 + layout.zone if layout.zone else 0
    return Plan(
        encoding=encoding,
        separator=separator,
        columns=layout.at,
        names=layout.names,
        header=header,
        epsg=epsg or _told(layout),
    )


def _told(layout: Columns) -> int:
    """The system that the names of the columns x and y tell, 0 for none."""
    names = [layout.names[layout.at[field]] for field in ("x", "y") if field in layout.at]
    zone = next((zone for name in names if (zone := conic_zone(name))), 0)
    return 3900 + zone if zone else 0


def _is_header(row: list[str], layout: Columns) -> bool:
    """A first line without any known name, of which a third are numbers, is data."""
    numbers = sum(any(c.isdigit() for c in cell) and not any(c.isalpha() for c in cell) for cell in row)
    return bool(layout.at) or numbers * 3 < len(row)


def first_line(text: str) -> str:
    """The first line that is not blank."""
    return next((line for line in text.split("\n") if line.strip("\ufeff").strip()), "")


def first_row(text: str, separator: str) -> list[str]:
    """The first row that holds something."""
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    try:
        return next((row for row in rows if any(field.strip("\ufeff").strip() for field in row)), [])
    except csv.Error:
        raise UnreadableFile("open_quote", line=1) from None


def separator_of(line: str) -> str:
    """The candidate that splits the line most, outside quotation marks; empty when none does."""
    bare = "".join(part for place, part in enumerate(line.split('"')) if place % 2 == 0)
    best = max(";,\t|", key=bare.count)
    return best if bare.count(best) else ""


def chosen(plan: Plan, *, columns: Mapping[str, int | None], epsg: int, decimal: str) -> Plan:
    """The plan with the columns that a person has chosen (None: the file has no such column)."""
    kept = {
        field: place
        for field, place in columns.items()
        if field in FIELDS and place is not None and 0 <= place < len(plan.names)
    }
    return replace(plan, columns=kept, epsg=epsg if epsg in SYSTEMS else 0, decimal=decimal)


def named_columns(plan: Plan, words: Iterable[str]) -> dict[str, int | None]:
    """What ``--columns lon=Longitude,number=3`` asks for, over the guess. Raises ``UnreadableFile``."""
    found: dict[str, int | None] = dict(plan.columns)
    for word in words:
        field, _equals, name = word.partition("=")
        if field not in FIELDS:
            raise UnreadableFile("unknown_field", value=field, fields=", ".join(FIELDS))
        found[field] = _place(plan, name.strip())
    return found


def _place(plan: Plan, name: str) -> int | None:
    if not name:
        return None
    if name in plan.names:
        return plan.names.index(name)
    if name.isdigit() and 0 < int(name) <= len(plan.names):
        return int(name) - 1
    raise UnreadableFile("unknown_column", value=name[:40], columns=", ".join(plan.names)[:300])
