"""Addresses between being read and being believed: drafts, then the table of those that hold together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from .errors import LineProblem, UnreadableFile
from .positions import (
    Bools,
    Floats,
    in_france,
    looks_projected,
    strays,
    unproject,
)

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
