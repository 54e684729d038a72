"""A table of addresses with the place of each beside it; a run that was stopped goes on where it was."""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from amiral.cores.names import normalise
from amiral.kit.errors import Refused
from amiral.rooms.territory.contracts import Geocoded, GeocodedFile, Report
from amiral.rooms.territory.queries.geocoding import geocode_many

BATCH = 500
ADDED = ("geo_lon", "geo_lat", "geo_precision", "geo_score", "geo_commune")
MOST_BYTES = 500_000_000

_NAMES = {
    "number": {"numero", "numero voie", "no", "num", "house number", "housenumber"},
    "text": {"adresse", "address", "adresse 1", "adresse1", "voie", "rue", "nom voie", "street"},
    "postal_code": {"code postal", "codepostal", "cp", "postal code", "postcode", "zip"},
    "city": {"ville", "commune", "nom commune", "city", "localite", "town"},
    "city_code": {"code insee", "insee", "codeinsee", "code commune", "citycode", "inseecommu"},
}  # fmt: skip


class TableRefused(Refused):
    """A table whose addresses cannot be told, or that is none."""


@dataclass(frozen=True, kw_only=True)
class _Table:
    header: tuple[str, ...]
    rows: list[list[str]]
    columns: dict[str, int]
    delimiter: str


def geocode_file(*, path: Path, target: Path | None = None, report: Report | None = None) -> GeocodedFile:
    """Writes ``FILE.geocoded.csv``: the same lines with longitude, latitude, precision, score, commune code.

    The half that a stopped run left (``….part``, readable by its owner alone) is gone on with. Columns are
    known by their names. Nothing else is written anywhere. Raises ``TableRefused``.
    """
    table = _read(path)
    wanted = target or path.with_name(f"{path.stem}.geocoded.csv")
    part = wanted.with_name(f"{wanted.name}.part")
    done = _done(part, table)
    found: Counter[str] = Counter(row[len(table.header) + 2] for row in done)
    with _private(part) as file:
        writer = csv.writer(file, delimiter=table.delimiter)
        writer.writerow([*table.header, *ADDED])
        writer.writerows(done)
        left = iter(table.rows[len(done) :])
        written = len(done)
        while lines := list(islice(left, BATCH)):
            for line, answer in zip(lines, _answers(table, lines), strict=True):
                writer.writerow([*line, *_cells(answer)])
                found[answer.precision if answer else ""] += 1
            file.flush()
            written += len(lines)
            if report:
                report(written, len(table.rows))
    part.replace(wanted)
    return GeocodedFile(
        path=wanted,
        lines=len(table.rows),
        resumed=len(done),
        doors=found["door"],
        streets=found["street"],
        communes=found["commune"],
        none=found[""],
    )


def _private(part: Path) -> io.TextIOWrapper:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return io.TextIOWrapper(os.fdopen(descriptor, "wb"), encoding="utf-8", newline="")


def _read(path: Path) -> _Table:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TableRefused(_("This file is too large: cut it into smaller ones."))
        content = path.read_bytes()
    except OSError as error:
        raise TableRefused(_("This file cannot be read.")) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(";,\t|", key=head.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise TableRefused(_("This file is no table of text.")) from error
    header = tuple(rows[0]) if rows else ()
    columns = _columns(header)
    if "text" not in columns:
        raise TableRefused(
            _("No column of addresses is known by its name: name one “adresse”, and “code postal”, “ville”.")
        )
    width = len(header)
    return _Table(
        header=header,
        rows=[(row + [""] * width)[:width] for row in rows[1:]],
        columns=columns,
        delimiter=delimiter,
    )


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        plain = normalise(name.replace("_", " "))
        for kind, names in _NAMES.items():
            if plain in names:
                found.setdefault(kind, place)
    return found


def _done(part: Path, table: _Table) -> list[list[str]]:
    """The lines of an earlier run that are whole and are those of this table, in order."""
    try:
        text = part.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return []
    rows = list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1], newline=""), delimiter=table.delimiter))
    if not rows or rows[0] != [*table.header, *ADDED]:
        return []
    width = len(table.header)
    whole: list[list[str]] = []
    for row, line in zip(rows[1:], table.rows, strict=False):
        if len(row) != width + len(ADDED) or row[:width] != line:
            break
        whole.append(row)
    return whole


def _answers(table: _Table, lines: Sequence[Sequence[str]]) -> Iterator[Geocoded | None]:
    def column(kind: str) -> list[str]:
        place = table.columns.get(kind)
        return ["" if place is None else line[place] for line in lines]

    texts = [
        f"{number} {text}".strip() for number, text in zip(column("number"), column("text"), strict=True)
    ]
    return geocode_many(
        texts=texts,
        postal_codes=column("postal_code"),
        city_codes=column("city_code"),
        cities=column("city"),
    )


def _cells(answer: Geocoded | None) -> list[str]:
    if answer is None:
        return [""] * len(ADDED)
    return [
        f"{answer.lon:.6f}",
        f"{answer.lat:.6f}",
        answer.precision,
        f"{answer.score:.3f}",
        answer.commune_code,
    ]
