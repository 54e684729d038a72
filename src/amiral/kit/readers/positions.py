"""Positions as people write them: degrees, Lambert, decimal commas; and which of them cannot be right."""

import re
from math import nan

import numpy as np
import numpy.typing as npt

from .crs import OVERSEAS, Bools, Floats, fitting, to_degrees
from .errors import UnreadableFile

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
"""Texts as Python objects, shared where they repeat."""

# Boxes (lon, lat) of France and its territories overseas, wide.
FRANCE = (
    (-5.5, 41.0, 10.0, 51.5), (-63.5, 14.0, -60.5, 18.5), (-55.0, 2.0, -51.0, 6.5),
    (55.0, -21.6, 56.0, -20.7), (44.8, -13.2, 45.5, -12.5), (-56.6, 46.6, -56.0, 47.3),
    (-155.0, -28.0, -134.0, -7.0), (163.0, -23.0, 168.5, -19.0),
)  # fmt: skip

_NUMBER = re.compile(r"^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$")
_APART = re.compile(r"[\u00a0\u202f\u2009 ]|(?<=\d)['’](?=\d)")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)[.,]\d+$|^[+-]?\d{1,3}(?:([.,])\d{3}){2,}$")
_POINT = re.compile(r"^\s*(?:SRID=4326;)?\s*POINT\s*\(\s*(\S+)\s+(\S+?)\s*\)\s*$", re.IGNORECASE)
_GEOJSON = re.compile(
    r'^\s*\{\s*"type"\s*:\s*"Point"\s*,\s*"coordinates"\s*:\s*\[\s*([^\s,\]]+)\s*,\s*([^\s,\]]+)\s*\]\s*\}\s*$'
)


def number_in(text: str, decimal: str = "") -> float:
    """A number with decimal point or comma, thousands apart or not; NaN for nothing; else ValueError.

    ``decimal`` settles what a lone point or comma means; without it, it is the decimal sign.
    """
    if not text:
        return nan
    plain = _APART.sub("", text)
    if not decimal and (apart := _THOUSANDS.match(plain)):
        plain = plain.replace(apart[1] or apart[2], "")
    if decimal and (("," in plain and "." in plain) or decimal not in plain):
        plain = plain.replace("." if decimal == "," else ",", "")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.match(plain):
        raise ValueError(text)
    return float(plain)


def point_in(text: str) -> tuple[float, float]:
    """(lon, lat) of ``POINT(lon lat)``, of a GeoJSON point or of ``lat, lon`` (as data portals write it)."""
    if not text:
        return nan, nan
    match = _POINT.match(text) or _GEOJSON.match(text)
    if match:
        return number_in(match[1]), number_in(match[2])
    lat, comma, lon = text.partition(",")
    if not comma:
        raise ValueError(text)
    return number_in(lon.strip()), number_in(lat.strip())


def looks_projected(a: Floats, b: Floats) -> bool:
    """Whether most pairs are metres, not degrees."""
    with np.errstate(invalid="ignore"):
        known = np.isfinite(a) & np.isfinite(b)
        return bool(known.any()) and float(np.mean((np.abs(a[known]) > 180) | (np.abs(b[known]) > 180))) > 0.5


def unproject(x: Floats, y: Floats, epsg: int, homes: Texts) -> tuple[Floats, Floats, int]:
    """Degrees of projected metres, and the system they were in: the one told, else the one that fits.

    ``homes``: the département of each point. Where the file tells no system, points overseas are taken in
    the system of their territory. Raises ``UnreadableFile`` when no system fits.
    """
    if epsg:
        return (*to_degrees(epsg, x, y), epsg)
    lon, lat = np.full(len(x), nan), np.full(len(x), nan)
    groups: dict[int, list[int]] = {}
    for i, home in enumerate(homes.tolist()):
        groups.setdefault(OVERSEAS.get(home, 0), []).append(i)
    found = 0
    for overseas, members in groups.items():
        some = np.array(members)
        some = some[np.isfinite(x[some]) & np.isfinite(y[some])]
        if len(some):
            found = overseas or guessed_system(x[some], y[some], homes[some])
            lon[some], lat[some] = to_degrees(found, x[some], y[some])
    return lon, lat, found


def guessed_system(x: Floats, y: Floats, homes: Texts) -> int:
    """EPSG code of the system in which most points fall where they should. Raises ``UnreadableFile``."""
    step = max(1, len(x) // 2_000)
    some = slice(None, None, step)
    fits = fitting(x[some], y[some], tuple(homes[some].tolist()))
    if fits:
        return fits[0][0]
    if fitting(y[some], x[some], tuple(homes[some].tolist())):
        raise UnreadableFile("swapped_columns")
    raise UnreadableFile("unknown_projection", example=f"{np.median(x):.0f} {np.median(y):.0f}")


def in_france(lon: Floats, lat: Floats) -> Bools:
    """Which points lie in France, roughly."""
    inside = np.zeros(len(lon), bool)
    with np.errstate(invalid="ignore"):
        for west, south, east, north in FRANCE:
            inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def kilometres(lon: Floats, lat: Floats, lon0: float, lat0: float) -> Floats:
    """Great-circle distance to a point."""
    a = np.sin(np.radians(lat - lat0) / 2) ** 2
    a = a + np.cos(np.radians(lat)) * np.cos(np.radians(lat0)) * np.sin(np.radians(lon - lon0) / 2) ** 2
    distance: Floats = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(a, 0, 1)))
    return distance


def strays(lon: Floats, lat: Floats) -> tuple[Floats, Bools, Bools]:
    """(km from the middle, grossly away from every cluster, at home once longitude and latitude are swapped).

    Two towns in one file are no mistake: a stray has almost nobody around (0.1 %) besides being far.
    """
    n = len(lon)
    lon0, lat0 = float(np.median(lon)), float(np.median(lat))
    away = kilometres(lon, lat, lon0, lat0)
    margin = max(50.0, 10 * float(np.median(away)))
    far = away > margin
    swapped = far & (kilometres(lat, lon, lon0, lat0) <= margin) & (n >= 3)
    lonely = far & ~swapped & (n >= 10)
    if lonely.any():
        cells, counts = np.unique(np.floor(np.column_stack([lon, lat])), axis=0, return_counts=True)
        crowd = {(a, b): int(c) for (a, b), c in zip(cells.tolist(), counts, strict=True)}
        for i in np.flatnonzero(lonely):
            here = np.floor([lon[i], lat[i]]).tolist()
            around = sum(crowd.get((here[0] + p, here[1] + q), 0) for p in (-1, 0, 1) for q in (-1, 0, 1))
            lonely[i] = around <= max(2, n // 1000)
    return away, lonely, swapped
