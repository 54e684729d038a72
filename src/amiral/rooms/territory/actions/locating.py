"""Telling for each line of a table which commune, canton, constituency and station it lies in."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import nan
from pathlib import Path

import numpy as np

from amiral.kit.readers import UnreadableFile
from amiral.kit.readers.columns import Columns, columns_of
from amiral.kit.readers.errors import ADDRESSES_EXPECTED
from amiral.kit.readers.lines import Table
from amiral.kit.readers.positions import looks_projected, number_in, point_in, unproject
from amiral.kit.readers.sniff import head_of, refuse_other_kinds
from amiral.rooms.territory.contracts import Floats, Report, TerritoryKind
from amiral.rooms.territory.models import TerritoryLink
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries.contours import has_contours, locate

BATCH = 50_000
COLUMNS: tuple[tuple[str, TerritoryKind], ...] = (
    ("commune", TerritoryKind.COMMUNE),
    ("canton", TerritoryKind.CANTON),
    ("circonscription", TerritoryKind.CIRCONSCRIPTION),
    ("bureau", TerritoryKind.BUREAU_DE_VOTE),
)
"""The columns that are added, in this order."""
QUERY = 900


@dataclass(frozen=True, kw_only=True)
class LocatedTable:
    """What was told: lines, lines without a position, and per column the number of lines with an answer."""

    path: Path
    rows: int
    without_position: int
    found: dict[str, int]


def locate_file(*, path: Path, target: Path, report: Report | None = None) -> LocatedTable:
    """Writes the table again with codes of commune, canton, circonscription and station, as UTF-8.

    Needs columns of positions as an address file does. Kinds without contours are told by the commune, where
    the graph says that all of it lies in one. ``target`` appears whole or not at all. Raises ``FileRefused``.
    """
    try:
        head = head_of(path, ADDRESSES_EXPECTED)
        refuse_other_kinds(head, ADDRESSES_EXPECTED)
        table = Table(path, head, ADDRESSES_EXPECTED, report)
        temporary = target.with_name(f".{target.name}.part")
        try:
            with closing(table.rows()) as rows:
                done = _written(rows, table.separator, temporary, target)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except UnreadableFile as error:
        raise FileRefused(error) from error
    return done


def _written(
    rows: Iterator[tuple[int, list[str]]], separator: str, temporary: Path, target: Path
) -> LocatedTable:
    _line, header = next(rows, (0, []))
    columns = columns_of(header)
    if not columns.positioned:
        raise UnreadableFile("no_position_columns", columns=", ".join(columns.names))
    taken = {name.strip().lower() for name in header}
    names = [f"amiral_{name}" if name in taken else name for name, _kind in COLUMNS]
    finder = _Finder()
    lines = missing = 0
    found = dict.fromkeys(names, 0)
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow([*header, *names])
        while part := [row for _number, row in islice(rows, BATCH)]:
            lon, lat = _positions(part, columns)
            answers = finder.codes(lon, lat)
            lines += len(part)
            missing += int(np.sum(~(np.isfinite(lon) & np.isfinite(lat))))
            for name, codes in zip(names, answers, strict=True):
                found[name] += sum(1 for code in codes if code)
            width = len(header)
            writer.writerows(
                [*row[:width], *[""] * (width - len(row)), *told]
                for row, told in zip(part, zip(*answers, strict=True), strict=True)
            )
    return LocatedTable(path=target, rows=lines, without_position=missing, found=found)


def _positions(rows: Sequence[list[str]], columns: Columns) -> tuple[Floats, Floats]:
    """Longitudes and latitudes; NaN where a line gives none that can be read."""
    pairs = np.array([_pair(row, columns) for row in rows], dtype=np.float64).reshape(-1, 2)
    lon, lat = pairs[:, 0], pairs[:, 1]
    if looks_projected(lon, lat):
        lon, lat = _degrees(rows, columns, lon, lat)
    return lon, lat


def _degrees(rows: Sequence[list[str]], columns: Columns, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    codes = [columns.value(row, "insee") for row in rows]
    homes = np.array([code[:3] if code[:2] in ("97", "98") else code[:2] for code in codes], dtype=object)
    lon, lat, _system = unproject(x, y, 3900 + columns.zone if columns.zone else 0, homes)
    return lon, lat


def _pair(row: list[str], columns: Columns) -> tuple[float, float]:
    try:
        for x, y in (("lon", "lat"), ("x", "y")):
            if columns.has(x, y) and columns.value(row, x):
                return number_in(columns.value(row, x)), number_in(columns.value(row, y))
        return point_in(columns.value(row, "point")) if columns.has("point") else (nan, nan)
    except ValueError:
        return nan, nan


class _Finder:
    """Codes of all kinds for points; remembers what communes lie in."""

    def __init__(self) -> None:
        self._drawn = {kind: has_contours(kind=kind) for _name, kind in COLUMNS}
        self._holders: dict[TerritoryKind, dict[str, str]] = {kind: {} for _name, kind in COLUMNS}

    def codes(self, lon: Floats, lat: Floats) -> list[list[str]]:
        """For each column the code of each point, empty where it cannot be told."""
        communes = locate(lon=lon, lat=lat, kind=TerritoryKind.COMMUNE).ids()
        told = [communes]
        for _name, kind in COLUMNS[1:]:
            drawn = self._drawn[kind]
            told.append(
                locate(lon=lon, lat=lat, kind=kind).ids() if drawn else self._by_commune(kind, communes)
            )
        return [[one.partition(":")[2] for one in ids] for ids in told]

    def _by_commune(self, kind: TerritoryKind, communes: Sequence[str]) -> tuple[str, ...]:
        known = self._holders[kind]
        fresh = sorted({*communes} - known.keys() - {""})
        for start in range(0, len(fresh), QUERY):
            part = fresh[start : start + QUERY]
            known |= dict.fromkeys(part, "")
            links = TerritoryLink.objects.filter(
                child_id__in=part, parent__kind=kind, exact=True, valid_to=None
            )
            known |= dict(links.values_list("child_id", "parent_id"))
        return tuple(known.get(one, "") for one in communes)
