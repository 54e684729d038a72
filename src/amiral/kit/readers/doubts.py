"""Positions that are on Earth but hardly where the address is: flagged with a reason, never swallowed.

Without contours the only witness is the other addresses: those of the same commune (or of the same postal
code and town), else of the whole file. The middle is the median, which a few wrong points do not move.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .crs import (
    OWN_DEPARTEMENT_KM,
    Bools,
    Floats,
    departement_of,
    fitting,
    middles,
    on_land,
)
from .errors import Params
from .positions import Ints, Texts, kilometres, strays

COMMUNE_KM = 5.0
COMMUNE_FACTOR = 8.0
"""An address is doubtful beyond both 5 km and 8 times the median distance to the middle of its commune."""
REGION_KM = 60.0
LEAST_IN_COMMUNE = 5
"""Fewer addresses than this have no middle to speak of."""
SAME_POSITION = 100
"""So many addresses on one position are a town hall that stands for addresses nobody located."""
DIGITS = ((2, 1), (2, 2), (2, 0), (1, 2), (1, 1))
"""Digits before the lost decimal point, of latitude and longitude, likeliest first."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why a position is doubtful; ``code`` is a key of ``SENTENCES``."""

    code: str
    params: Params


def departements_of(communes: Texts, postcodes: Texts) -> Texts:
    """The département of each address by its codes, empty where none is told."""
    known: dict[tuple[str, str], str] = {}
    found = np.empty(len(communes), object)
    for place, pair in enumerate(zip(communes.tolist(), postcodes.tolist(), strict=True)):
        if pair not in known:
            known[pair] = departement_of(*pair)
        found[place] = known[pair]
    return found


def looks_like_lost_points(a: Floats, b: Floats, homes: Texts) -> bool:
    """Whether most positions are degrees without their decimal point: whole numbers that no system places."""
    some = np.flatnonzero(np.isfinite(a) & np.isfinite(b))[:500]
    if not len(some) or np.mean((a[some] % 1 == 0) & (b[some] % 1 == 0)) < 0.8:
        return False
    lon, lat = _with_points(a[some], b[some], homes[some], None)
    return bool(np.mean(np.isfinite(lon) & np.isfinite(lat)) > 0.8) and not fitting(
        a[some], b[some], tuple(homes[some])
    )


def restore_points(lon: Floats, lat: Floats, earth: Bools, homes: Texts) -> Bools:
    """Puts lost decimal points back, in place, where that leads home; answers which rows it changed."""
    with np.errstate(invalid="ignore"):
        whole = (lon % 1 == 0) & (lat % 1 == 0) & (np.maximum(np.abs(lon), np.abs(lat)) >= 1_000)
        some = np.flatnonzero(~earth & (whole | ((np.abs(lat) > 1_000) & (lat % 1 == 0))))
    changed = np.zeros(len(lon), bool)
    if len(some):
        middle = (float(np.median(lon[earth])), float(np.median(lat[earth]))) if earth.any() else None
        found = _with_points(lon[some], lat[some], homes[some], middle)
        fine = np.isfinite(found[0])
        lon[some[fine]], lat[some[fine]] = found[0][fine], found[1][fine]
        changed[some[fine]] = True
    return changed


def _with_points(
    lon: Floats, lat: Floats, homes: Texts, middle: tuple[float, float] | None
) -> tuple[Floats, Floats]:
    """The positions with points put back, NaN where none leads to their département (or into France)."""
    found_lon, found_lat = np.full(len(lon), np.nan), np.full(len(lat), np.nan)
    nearest = np.full(len(lon), np.inf)
    centres = np.array([middles().get(home, middle or (np.nan, np.nan)) for home in homes], float)
    for rank, (tall, wide) in enumerate(DIGITS):
        try_lon, try_lat = _pointed(lon, wide), _pointed(lat, tall)
        away = np.hypot((try_lon - centres[:, 0]) * 75, (try_lat - centres[:, 1]) * 111)
        away = np.where(np.isfinite(away), away, np.where(on_land(try_lon, try_lat), rank, np.inf))
        better = (away < OWN_DEPARTEMENT_KM) & (away < nearest)
        found_lon[better], found_lat[better], nearest[better] = try_lon[better], try_lat[better], away[better]
    return found_lon, found_lat


def _pointed(values: Floats, digits: int) -> Floats:
    """Whole numbers with a decimal point after so many digits; others as they are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.floor(np.log10(np.abs(values))) + 1
        lost = (values % 1 == 0) & (np.abs(values) >= 1_000)
    pointed: Floats = np.where(lost, values / 10.0 ** (np.where(lost, length, 0) - digits), values)
    return pointed


def doubts_of(communes: Texts, postcodes: Texts, cities: Texts, lon: Floats, lat: Floats) -> dict[int, Doubt]:
    """Row to its doubt, in order; the gravest where there are several. Exchanged positions are put right."""
    doubts: dict[int, Doubt] = {}
    if not len(lon):
        return doubts
    _crowds(lon, lat, doubts)
    for members, code in _groups(communes, postcodes, cities, lon, lat):
        _of_commune(members, code, lon, lat, doubts)
    _of_file(lon, lat, doubts)
    return dict(sorted(doubts.items()))


def _crowds(lon: Floats, lat: Floats, doubts: dict[int, Doubt]) -> None:
    """Addresses that share one position by the hundred."""
    if len(lon) < SAME_POSITION:
        return
    order = np.lexsort((lat, lon))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(lon[order]) != 0) | (np.diff(lat[order]) != 0)
    first = np.flatnonzero(fresh)
    sizes = np.diff(np.append(first, len(order)))
    for start, size in zip(first[sizes >= SAME_POSITION], sizes[sizes >= SAME_POSITION], strict=True):
        params: dict[str, str | int] = {"count": int(size), "value": _shown(lon, lat, order[start])}
        for place in order[start : start + size].tolist():
            doubts[place] = Doubt(code="same_position", params=params)


def _is_local(lon: Floats, lat: Floats) -> bool:
    """Whether most points lie in one region: there a name without a code stands for one commune."""
    away = kilometres(lon, lat, float(np.median(lon)), float(np.median(lat)))
    return float(np.percentile(away, 75)) < REGION_KM


def _groups(
    communes: Texts, postcodes: Texts, cities: Texts, lon: Floats, lat: Floats
) -> Iterator[tuple[Ints, str]]:
    """(rows, name) of each commune that the file tells, of five addresses or more."""
    numbers: dict[str, int] = {}
    local = _is_local(lon, lat)
    triples = zip(communes.tolist(), postcodes.tolist(), cities.tolist(), strict=True)
    # setdefault with the size numbers the groups in the order in which they come
    keys = [
        numbers.setdefault(
            code or (f"{postcode} {city}".strip() if city and (postcode or local) else ""), len(numbers)
        )
        for code, postcode, city in triples
    ]
    group = np.array(keys, np.int64)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(numbers) + 1))
    for name, number in numbers.items():
        if name and starts[number + 1] - starts[number] >= LEAST_IN_COMMUNE:
            yield order[starts[number] : starts[number + 1]], name


def _of_commune(members: Ints, name: str, lon: Floats, lat: Floats, doubts: dict[int, Doubt]) -> None:
    lon0, lat0 = float(np.median(lon[members])), float(np.median(lat[members]))
    home = middles().get(departement_of(name, ""))  # an INSEE code; 69117 is a postal code of Heidelberg too
    if home is not None:
        apart = float(kilometres(np.array([lon0]), np.array([lat0]), *home)[0])
        if apart > OWN_DEPARTEMENT_KM:
            for place in members.tolist():
                doubts[place] = _far("outside_departement", lon, lat, place, apart, name)
            return
    away = kilometres(lon[members], lat[members], lon0, lat0)
    most = max(COMMUNE_KM, COMMUNE_FACTOR * float(np.median(away)))
    for i in np.flatnonzero(away > most).tolist():
        place = int(members[i])
        crossed = float(kilometres(lat[place : place + 1], lon[place : place + 1], lon0, lat0)[0])
        if crossed <= most:
            _exchange(lon, lat, place, doubts)
        else:
            doubts[place] = _far("outside_commune", lon, lat, place, float(away[i]), name)


def _of_file(lon: Floats, lat: Floats, doubts: dict[int, Doubt]) -> None:
    """Points far from everything else in the file, which may not tell any commune."""
    away, lonely, swapped = strays(lon, lat)
    for place in np.flatnonzero(swapped).tolist():
        _exchange(lon, lat, place, doubts)
    for place in np.flatnonzero(lonely).tolist():
        if place not in doubts:
            doubts[place] = _far("far_position", lon, lat, place, float(away[place]), "")


def _exchange(lon: Floats, lat: Floats, place: int, doubts: dict[int, Doubt]) -> None:
    doubts[place] = Doubt(code="swapped_position", params={"value": _shown(lon, lat, place)})
    lon[place], lat[place] = lat[place], lon[place]


def _far(code: str, lon: Floats, lat: Floats, place: int, away: float, name: str) -> Doubt:
    params: dict[str, str | int] = {"value": _shown(lon, lat, place), "kilometres": round(away)}
    return Doubt(code=code, params=params | ({"commune": name} if name else {}))


def _shown(lon: Floats, lat: Floats, place: int) -> str:
    return f"{lon[place]:.6g} {lat[place]:.6g}"
