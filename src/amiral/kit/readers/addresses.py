"""Address files: Base Adresse Nationale, Bases Adresses Locales, open data of cities, OpenStreetMap."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .columns import Columns, columns_of
from .errors import ADDRESSES_EXPECTED, LineProblem, UnreadableFile
from .lines import Progress, Table
from .numbers import split_address, split_number
from .positions import (
    Bools,
    Floats,
    in_france,
    looks_projected,
    number_in,
    point_in,
    strays,
    unproject,
)
from .sniff import head_of, is_pbf, refuse_other_kinds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuse files beyond this size before reading them, or beyond this number of addresses while reading."""

    megabytes: int = 8192
    addresses: int = 5_000_000


@dataclass(frozen=True, kw_only=True)
class AddressTable:
    """Good addresses, as columns of one length. ``lon``/``lat``: WGS84 degrees; ``dwellings`` 0: unknown.

    ``communes`` are INSEE codes (text), ``cities`` names; empty text where the file does not tell.
    ``lines`` count from 1 (0: the file has no lines).
    """

    ids: tuple[str, ...]
    numbers: Ints
    suffixes: tuple[str, ...]
    streets: tuple[str, ...]
    postcodes: tuple[str, ...]
    communes: tuple[str, ...]
    cities: tuple[str, ...]
    lon: Floats
    lat: Floats
    dwellings: Ints
    lines: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class AddressReading:
    """What a file gave: the good rows, and each line that was left out, by line."""

    rows: AddressTable
    problems: tuple[LineProblem, ...]
    source: str  # "csv" or "osm"


@dataclass(kw_only=True)
class Draft:
    """One address as read; ``a``/``b`` and ``x``/``y`` are its two positions, NaN where missing."""

    line: int
    id: str
    number: int = 0
    suffix: str = ""
    street: str = ""
    postcode: str = ""
    commune: str = ""
    city: str = ""
    dwellings: int = 0
    a: float = nan
    b: float = nan
    x: float = nan
    y: float = nan


class BadLine(Exception):
    """This line cannot be used; carries the problem."""

    def __init__(self, code: str, **params: str | int) -> None:
        self.code, self.params = code, params
        super().__init__(code)


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
        from .osm_addresses import read_osm_addresses

        return read_osm_addresses(path, limits, progress)
    refuse_other_kinds(head, ADDRESSES_EXPECTED)
    _check_size(megabytes, limits)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse_binary(head)
    return _read_table(Table(path, head, ADDRESSES_EXPECTED, progress), limits)


def _refuse_binary(head: bytes) -> None:
    """A few NUL bytes are a damaged line of a table; many, or one at the beginning, are no text at all."""
    if b"\x00" in head.split(b"\n", 1)[0] or head.count(b"\x00") * 100 > len(head):
        raise UnreadableFile("binary", expected=ADDRESSES_EXPECTED)


def _check_size(megabytes: int, limits: Limits) -> None:
    if megabytes > limits.megabytes:
        raise UnreadableFile("too_large", megabytes=megabytes, limit=limits.megabytes)


def _read_table(table: Table, limits: Limits) -> AddressReading:
    rows = table.rows()
    _, header = next(rows)
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


def finish(drafts: list[Draft], problems: list[LineProblem], zone: int, source: str) -> AddressReading:
    """Turn drafts into degrees, drop what cannot be right, and refuse a file that is left with nothing."""
    seen = len(drafts) + len(problems)
    drafts = list(_unique(drafts, problems))
    lon, lat = _degrees(drafts, zone)
    keep = _believable(drafts, lon, lat, problems)
    problems.sort(key=lambda problem: (problem.line, problem.id))
    if not keep.any() or (seen > 100 and keep.sum() * 100 < seen):
        _refuse_all(problems, seen)
    return AddressReading(rows=_table(drafts, lon, lat, keep), problems=tuple(problems), source=source)


def _refuse_all(problems: list[LineProblem], seen: int) -> None:
    code, _ = Counter(problem.code for problem in problems).most_common(1)[0]
    first = next(problem for problem in problems if problem.code == code)
    raise UnreadableFile("no_usable_line", first, lines=seen, reason=first.sentence(), line=first.line)


def _unique(drafts: list[Draft], problems: list[LineProblem]) -> Iterator[Draft]:
    first: dict[str, int] = {}
    for draft in drafts:
        if draft.id in first:
            params: dict[str, str | int] = {"id": draft.id, "line": first[draft.id]}
            problems.append(LineProblem(line=draft.line, code="duplicate_id", params=params, id=draft.id))
        else:
            first[draft.id] = draft.line
            yield draft


def _degrees(drafts: list[Draft], zone: int) -> tuple[Floats, Floats]:
    """The degrees of each draft: as given, else from its projected position."""
    a, b, x, y = (np.array([getattr(draft, name) for draft in drafts], float) for name in "abxy")
    if looks_projected(a, b):
        a, b, x, y = x, y, a, b
    if not looks_projected(x, y):
        a, b = np.where(np.isnan(a), x, a), np.where(np.isnan(b), y, b)
        return a, b
    missing = np.isnan(a) | np.isnan(b)
    _refuse_swapped_file(drafts, a, b, x, y, zone)
    if missing.any():
        chosen = np.flatnonzero(missing)
        insee = tuple(drafts[i].commune for i in chosen)
        a[chosen], b[chosen] = unproject(x[chosen], y[chosen], zone, insee)
    return a, b


def _refuse_swapped_file(drafts: list[Draft], a: Floats, b: Floats, x: Floats, y: Floats, zone: int) -> None:
    """Where a file tells both positions, they show whether its longitudes and latitudes are exchanged."""
    both = np.flatnonzero(np.isfinite(a) & np.isfinite(b) & np.isfinite(x) & np.isfinite(y))[:200]
    if not len(both):
        return
    try:
        lon, lat = unproject(x[both], y[both], zone, tuple(drafts[i].commune for i in both))
    except UnreadableFile:
        return
    crossed = (np.abs(lon - b[both]) < 0.01) & (np.abs(lat - a[both]) < 0.01)
    if np.mean(crossed) > 0.5:
        raise UnreadableFile("swapped_columns")


def _believable(drafts: list[Draft], lon: Floats, lat: Floats, problems: list[LineProblem]) -> Bools:
    """Which positions to keep; the others are added to ``problems``."""

    def drop(i: int, code: str, **params: str | int) -> None:
        params["value"] = f"{lon[i]:.6g} {lat[i]:.6g}"
        problems.append(LineProblem(line=drafts[i].line, code=code, params=params, id=drafts[i].id))

    with np.errstate(invalid="ignore"):
        earth: Bools = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ~((lon == 0) & (lat == 0))
    some = np.flatnonzero(earth)
    if len(some) and _mostly_swapped(drafts, lon[some], lat[some]):
        raise UnreadableFile("swapped_columns")
    for i in np.flatnonzero(~earth):
        turned = len(some) and abs(lon[i]) <= 90 < abs(lat[i]) <= 180
        drop(int(i), "swapped_position" if turned else "impossible_position")
    if len(some):
        away, lonely, swapped = strays(lon[some], lat[some])
        for i in np.flatnonzero(swapped):
            drop(int(some[i]), "swapped_position")
        for i in np.flatnonzero(lonely):
            drop(int(some[i]), "far_position", kilometres=int(away[i]))
        earth[some[lonely | swapped]] = False
    return earth


def _mostly_swapped(drafts: list[Draft], lon: Floats, lat: Floats) -> bool:
    """French files only (they tell INSEE codes): outside France as given, inside once exchanged."""
    french = sum(len(draft.commune) == 5 for draft in drafts[:100]) * 2 > min(100, len(drafts))
    return french and bool(np.mean(~in_france(lon, lat) & in_france(lat, lon)) > 0.5)


def _table(drafts: list[Draft], lon: Floats, lat: Floats, keep: Bools) -> AddressTable:
    good = [draft for draft, kept in zip(drafts, keep, strict=True) if kept]
    return AddressTable(
        ids=tuple(draft.id for draft in good),
        numbers=np.array([draft.number for draft in good], np.int64),
        suffixes=tuple(draft.suffix for draft in good),
        streets=tuple(draft.street for draft in good),
        postcodes=tuple(draft.postcode for draft in good),
        communes=tuple(draft.commune for draft in good),
        cities=tuple(draft.city for draft in good),
        lon=lon[keep],
        lat=lat[keep],
        dwellings=np.array([draft.dwellings for draft in good], np.int64),
        lines=np.array([draft.line for draft in good], np.int64),
    )
