"""Addresses between being read and being believed: drafts, then the table of those that hold together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any, NoReturn

import numpy as np

from .crs import WGS84, Bools, Floats
from .doubts import Doubt, departements_of, doubts_of, looks_like_lost_points, restore_points
from .errors import LineProblem, UnreadableFile
from .plan import Plan
from .positions import Ints, Texts, in_france, looks_projected, unproject


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuse files beyond this size before reading them, or beyond this number of addresses while reading.

    ``enough``: stop in good order after so many (0: never), for a preview.
    """

    megabytes: int = 8192
    addresses: int = 5_000_000
    enough: int = 0


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

    def take(self, places: Ints) -> "AddressTable":
        """The rows at these places, in that order."""
        chosen = places.tolist()
        values: dict[str, Any] = {name: getattr(self, name)[places] for name in _NUMBERS}
        values |= {name: tuple(getattr(self, name)[i] for i in chosen) for name in _TEXTS}
        return AddressTable(**values)

    def followed_by(self, other: "AddressTable") -> "AddressTable":
        """These rows, then those."""
        values: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in _TEXTS}
        values |= {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _NUMBERS}
        return AddressTable(**values)


_TEXTS = ("ids", "suffixes", "streets", "postcodes", "communes", "cities")
_NUMBERS = ("numbers", "lon", "lat", "dwellings", "lines")


@dataclass(frozen=True, kw_only=True)
class AddressReading:
    """What a file gave: the good rows, and each line that is not among them, by line.

    ``flagged`` are those of the others that hold a whole address whose position is doubtful, with the
    position it is thought to have; ``flags`` say why, one for one. ``plan`` is how a table was read, with
    the system that was found; ``read_to_end`` is false for a preview that had enough.
    """

    rows: AddressTable
    problems: tuple[LineProblem, ...]
    source: str  # "csv" or "osm"
    flagged: AddressTable
    flags: tuple[LineProblem, ...]
    plan: Plan | None
    read_to_end: bool

    @property
    def left_out(self) -> tuple[LineProblem, ...]:
        """The problems of the lines of which nothing is kept."""
        flagged = set(map(id, self.flags))
        return tuple(problem for problem in self.problems if id(problem) not in flagged)


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


@dataclass(kw_only=True)
class Drafts:
    """Drafts by columns of one length; the texts are arrays of ``object``, shared where they repeat."""

    line: Ints
    number: Ints
    dwellings: Ints
    id: Texts
    suffix: Texts
    street: Texts
    postcode: Texts
    commune: Texts
    city: Texts
    a: Floats
    b: Floats
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.line)

    def take(self, chosen: Ints | Bools) -> "Drafts":
        """The drafts at these positions, in that order."""
        return Drafts(**{name: getattr(self, name)[chosen] for name in _DTYPES})

    @classmethod
    def of(cls, drafts: Sequence[Draft]) -> "Drafts":
        """The same drafts by columns."""
        return cls(
            **{
                name: np.array([getattr(draft, name) for draft in drafts], dtype)
                for name, dtype in _DTYPES.items()
            }
        )

    @classmethod
    def joined(cls, parts: Sequence["Drafts"]) -> "Drafts":
        """All of them in the order of their lines."""
        parts = [part for part in parts if len(part)] or [cls.of([])]
        if len(parts) == 1:
            return parts[0]
        whole = cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _DTYPES})
        return (
            whole if np.all(np.diff(whole.line) >= 0) else whole.take(np.argsort(whole.line, kind="stable"))
        )


_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("line", "number", "dwellings"), np.int64),
    **dict.fromkeys(("id", "suffix", "street", "postcode", "commune", "city"), object),
    **dict.fromkeys("abxy", np.float64),
}


def finish(
    drafts: Drafts, problems: list[LineProblem], plan: Plan | None, source: str, read_to_end: bool = True
) -> AddressReading:
    """Turn drafts into degrees, set apart what is doubtful, and refuse a file that is left with nothing."""
    seen = len(drafts) + len(problems)
    drafts = _unique(drafts, problems)
    lon, lat, epsg = _degrees(drafts, plan.epsg if plan else 0)
    keep, lost = _on_earth(drafts, lon, lat, problems)
    drafts, lon, lat = drafts.take(keep), lon[keep], lat[keep]
    doubts = doubts_of(drafts.commune, drafts.postcode, drafts.city, lon, lat)
    doubts = dict(sorted((doubts | _of_lost(lost[keep], lon, lat)).items()))
    flags = tuple(
        LineProblem(line=int(drafts.line[i]), code=doubt.code, params=doubt.params, id=drafts.id[i])
        for i, doubt in doubts.items()
    )
    problems = sorted([*problems, *flags], key=lambda problem: (problem.line, problem.id))
    fine = np.ones(len(drafts), bool)
    fine[list(doubts)] = False
    if not len(drafts) or (seen > 100 and len(drafts) * 100 < seen):
        refuse_all(problems, seen, source)
    return AddressReading(
        rows=_table(drafts, lon, lat, fine),
        problems=tuple(problems),
        source=source,
        flagged=_table(drafts, lon, lat, np.array(list(doubts), np.int64)),
        flags=flags,
        plan=None if plan is None else replace(plan, epsg=epsg),
        read_to_end=read_to_end,
    )


def _of_lost(lost: Bools, lon: Floats, lat: Floats) -> dict[int, Doubt]:
    """The doubts of positions whose decimal point was put back."""
    return {
        place: Doubt(code="lost_point", params={"value": f"{lon[place]:.6g} {lat[place]:.6g}"})
        for place in np.flatnonzero(lost).tolist()
    }


def refuse_all(problems: Sequence[LineProblem], seen: int, source: str) -> NoReturn:
    """Raises ``UnreadableFile`` with the most frequent problem of a file that is left with nothing."""
    sentence = "no_usable_line" if source == "csv" else "no_usable_object"
    code, _ = Counter(problem.code for problem in problems).most_common(1)[0]
    first = next(problem for problem in problems if problem.code == code)
    raise UnreadableFile(sentence, first, lines=seen, reason=first.sentence(), line=first.line)


def _unique(drafts: Drafts, problems: list[LineProblem]) -> Drafts:
    """The first of each id; the others are added to ``problems``."""
    ids = drafts.id.tolist()
    if len(set(ids)) == len(ids):
        return drafts
    first: dict[str, int] = {}
    kept = np.zeros(len(ids), bool)
    for place, (name, line) in enumerate(zip(ids, drafts.line.tolist(), strict=True)):
        kept[place] = first.setdefault(name, place) == place
        if not kept[place]:
            params: dict[str, str | int] = {"id": name}
            if line:
                params["line"] = int(drafts.line[first[name]])
            code = "duplicate_id" if line else "duplicate_object"
            problems.append(LineProblem(line=line, code=code, params=params, id=name))
    return drafts.take(kept)


def _degrees(drafts: Drafts, epsg: int) -> tuple[Floats, Floats, int]:
    """The degrees of each draft: as given, else from its projected position; and the system of that."""
    a, b, x, y = drafts.a, drafts.b, drafts.x, drafts.y
    homes = departements_of(drafts.commune, drafts.postcode)
    if looks_projected(a, b) and not looks_like_lost_points(a, b, homes):
        a, b, x, y = x, y, a, b
    if epsg == WGS84 or not looks_projected(x, y) or looks_like_lost_points(x, y, homes):
        return np.where(np.isnan(a), x, a), np.where(np.isnan(b), y, b), WGS84
    missing = np.isnan(a) | np.isnan(b)
    _refuse_swapped_file(a, b, x, y, epsg, homes)
    if not missing.any():
        return a, b, WGS84
    a, b, chosen = a.copy(), b.copy(), np.flatnonzero(missing)
    a[chosen], b[chosen], found = unproject(x[chosen], y[chosen], epsg, homes[chosen])
    return a, b, found


def _refuse_swapped_file(a: Floats, b: Floats, x: Floats, y: Floats, epsg: int, homes: Texts) -> None:
    """Where a file tells both positions, they show whether its longitudes and latitudes are exchanged."""
    both = np.flatnonzero(np.isfinite(a) & np.isfinite(b) & np.isfinite(x) & np.isfinite(y))[:200]
    if not len(both):
        return
    try:
        lon, lat, _epsg = unproject(x[both], y[both], epsg, homes[both])
    except UnreadableFile:
        return
    crossed = (np.abs(lon - b[both]) < 0.01) & (np.abs(lat - a[both]) < 0.01)
    if np.mean(crossed) > 0.5:
        raise UnreadableFile("swapped_columns")


def _on_earth(drafts: Drafts, lon: Floats, lat: Floats, problems: list[LineProblem]) -> tuple[Bools, Bools]:
    """Which positions are some place on Earth, if a wrong one; the others are added to ``problems``.

    The second answer: those among them whose decimal point was lost and is put back.
    """
    with np.errstate(invalid="ignore"):
        earth: Bools = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ~((lon == 0) & (lat == 0))
    some = np.flatnonzero(earth)
    if len(some) and _mostly_swapped(lon[some], lat[some]):
        raise UnreadableFile("swapped_columns")
    lost = np.zeros(len(lon), bool)
    if not earth.all():
        lost = restore_points(lon, lat, earth, departements_of(drafts.commune, drafts.postcode))
    for i in np.flatnonzero(~earth & ~lost).tolist():
        value = f"{lon[i]:.6g} {lat[i]:.6g}"
        turned = len(some) and abs(lon[i]) <= 90 < abs(lat[i]) <= 180
        nowhere = lon[i] == 0 == lat[i]
        code = "swapped_position" if turned else "null_position" if nowhere else "impossible_position"
        problems.append(
            LineProblem(line=int(drafts.line[i]), code=code, params={"value": value}, id=drafts.id[i])
        )
    return earth | lost, lost


def _mostly_swapped(lon: Floats, lat: Floats) -> bool:
    """Outside France as given, inside once exchanged: whether or not the file tells communes."""
    return bool(np.mean(~in_france(lon, lat) & in_france(lat, lon)) > 0.5)


def _table(drafts: Drafts, lon: Floats, lat: Floats, keep: Bools | Ints) -> AddressTable:
    good = drafts if keep.dtype == bool and keep.all() else drafts.take(keep)
    return AddressTable(
        ids=tuple(good.id.tolist()),
        numbers=good.number,
        suffixes=tuple(good.suffix.tolist()),
        streets=tuple(good.street.tolist()),
        postcodes=tuple(good.postcode.tolist()),
        communes=tuple(good.commune.tolist()),
        cities=tuple(good.city.tolist()),
        lon=lon[keep],
        lat=lat[keep],
        dwellings=good.dwellings,
        lines=good.line,
    )
