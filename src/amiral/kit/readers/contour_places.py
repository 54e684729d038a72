"""Systems of coordinates of contours, and where France and its départements lie."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

FRANCE: tuple[Box, ...] = (
    (-5.5, 41.0, 10.0, 51.5), (-63.5, 14.0, -60.5, 18.5), (-55.0, 2.0, -51.0, 6.5),
    (55.0, -21.6, 56.0, -20.7), (44.8, -13.2, 45.5, -12.5), (-56.6, 46.6, -56.0, 47.3),
    (-155.0, -28.0, -134.0, -7.0), (163.0, -23.0, 172.5, -19.0), (-179.0, -15.0, -175.5, -12.5),
    (-110.0, 9.5, -108.5, 11.0), (39.0, -51.0, 78.0, -11.0), (136.0, -69.0, 145.0, -65.0),
)  # fmt: skip
"""West, south, east, north; wide: metropolitan France, then what lies overseas."""

SYSTEMS = {
    2154: "Lambert-93 (EPSG:2154)",
    27572: "Lambert II étendu (EPSG:27572)",
    **{3900 + zone: f"Lambert CC{zone} (EPSG:{3900 + zone})" for zone in range(42, 51)},
    3857: "Web Mercator (EPSG:3857)",
    5490: "RGAF09 UTM 20N (EPSG:5490)",
    32620: "UTM 20N (EPSG:32620)",
    2972: "RGFG95 UTM 22N (EPSG:2972)",
    2975: "RGR92 UTM 40S (EPSG:2975)",
    4471: "RGM04 UTM 38S (EPSG:4471)",
    4467: "RGSPM06 UTM 21N (EPSG:4467)",
    3163: "Lambert NC (EPSG:3163)",
    32630: "UTM 30N (EPSG:32630)",
    32631: "UTM 31N (EPSG:32631)",
    32632: "UTM 32N (EPSG:32632)",
    3035: "ETRS89 LAEA (EPSG:3035)",
}
"""Systems that are recognised when the file names them."""
GUESSED: tuple[tuple[int, Box], ...] = (
    (2154, (50_000, 6_000_000, 1_300_000, 7_200_000)),
    *((3900 + zone, (1_000_000, (zone - 41) * 1e6 + 50_000, 2_500_000, (zone - 41) * 1e6 + 400_000))
      for zone in range(42, 51)),
    (27572, (0, 1_600_000, 1_250_000, 2_700_000)),
    (3857, (-620_000, 5_010_000, 1_120_000, 6_000_000)),
)  # fmt: skip
"""Systems that are recognised by their ranges alone (eastings, northings), when the file names none."""
MERCATOR_OR_LAMBERT: Box = (50_000, 6_000_000, 1_120_000, 6_660_000)
"""Where both are possible: codes of départements decide."""
DEGREES = {4326, 4258, 4171, 84}
"""WGS84, ETRS89, RGF93 and CRS84: the same to half a metre."""
OVERSEAS = {"971": 5490, "972": 5490, "977": 5490, "978": 5490, "973": 2972, "974": 2975, "976": 4471}

_EPSG = re.compile(r"EPSG\W*:*(?:[\d.]*:)?(\d{4,6})\b", re.IGNORECASE)

PREFECTURES: dict[str, tuple[float, float]] = {
    "01": (5.2, 46.2), "02": (3.6, 49.6), "03": (3.3, 46.6), "04": (6.2, 44.1), "05": (6.1, 44.6),
    "06": (7.3, 43.7), "07": (4.6, 44.7), "08": (4.7, 49.8), "09": (1.6, 43.0), "10": (4.1, 48.3),
    "11": (2.4, 43.2), "12": (2.6, 44.4), "13": (5.4, 43.3), "14": (-0.4, 49.2), "15": (2.4, 44.9),
    "16": (0.2, 45.6), "17": (-1.2, 46.2), "18": (2.4, 47.1), "19": (1.8, 45.3), "2A": (8.7, 41.9),
    "2B": (9.4, 42.7), "21": (5.0, 47.3), "22": (-2.8, 48.5), "23": (1.9, 46.2), "24": (0.7, 45.2),
    "25": (6.0, 47.2), "26": (4.9, 44.9), "27": (1.2, 49.0), "28": (1.5, 48.4), "29": (-4.1, 48.0),
    "30": (4.4, 43.8), "31": (1.4, 43.6), "32": (0.6, 43.6), "33": (-0.6, 44.8), "34": (3.9, 43.6),
    "35": (-1.7, 48.1), "36": (1.7, 46.8), "37": (0.7, 47.4), "38": (5.7, 45.2), "39": (5.6, 46.7),
    "40": (-0.5, 43.9), "41": (1.3, 47.6), "42": (4.4, 45.4), "43": (3.9, 45.0), "44": (-1.6, 47.2),
    "45": (1.9, 47.9), "46": (1.4, 44.4), "47": (0.6, 44.2), "48": (3.5, 44.5), "49": (-0.6, 47.5),
    "50": (-1.1, 49.1), "51": (4.4, 49.0), "52": (5.1, 48.1), "53": (-0.8, 48.1), "54": (6.2, 48.7),
    "55": (5.2, 48.8), "56": (-2.8, 47.7), "57": (6.2, 49.1), "58": (3.2, 47.0), "59": (3.1, 50.6),
    "60": (2.1, 49.4), "61": (0.1, 48.4), "62": (2.8, 50.3), "63": (3.1, 45.8), "64": (-0.4, 43.3),
    "65": (0.1, 43.2), "66": (2.9, 42.7), "67": (7.8, 48.6), "68": (7.4, 48.1), "69": (4.8, 45.8),
    "70": (6.2, 47.6), "71": (4.8, 46.3), "72": (0.2, 48.0), "73": (5.9, 45.6), "74": (6.1, 45.9),
    "75": (2.3, 48.9), "76": (1.1, 49.4), "77": (2.7, 48.5), "78": (2.1, 48.8), "79": (-0.5, 46.3),
    "80": (2.3, 49.9), "81": (2.1, 43.9), "82": (1.4, 44.0), "83": (5.9, 43.1), "84": (4.8, 43.9),
    "85": (-1.4, 46.7), "86": (0.3, 46.6), "87": (1.3, 45.8), "88": (6.4, 48.2), "89": (3.6, 47.8),
    "90": (6.9, 47.6), "91": (2.4, 48.6), "92": (2.2, 48.9), "93": (2.4, 48.9), "94": (2.5, 48.8),
    "95": (2.1, 49.0), "971": (-61.6, 16.1), "972": (-61.0, 14.6), "973": (-53.0, 4.0), "974": (55.5, -21.1),
    "976": (45.2, -12.8),
}  # fmt: skip
"""Where each prefecture lies, to a tenth of a degree: enough to tell a feature that strayed."""
STRAY_KM = {"973": 500.0}
STRAYS_FROM_KM = 160.0
"""No commune of metropolitan France is so far from its prefecture."""


def in_france(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Which points lie in France, roughly."""
    inside = np.zeros(len(lon), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        for west, south, east, north in FRANCE:
            inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def lies_in_france(lon: float, lat: float) -> bool:
    """Whether one point lies in France, roughly."""
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in FRANCE)


def kilometres_from_prefecture(lon: float, lat: float, departement: str) -> float:
    """How far a point strayed from its département; 0 within reach, and where that is not known."""
    middle = PREFECTURES.get(departement)
    if middle is None:
        return 0.0
    a, b = np.radians([lon, lat]), np.radians(middle)
    chord = np.sin((a[1] - b[1]) / 2) ** 2 + np.cos(a[1]) * np.cos(b[1]) * np.sin((a[0] - b[0]) / 2) ** 2
    away = float(2 * 6371.0 * np.arcsin(np.sqrt(min(1.0, chord))))
    return away if away > STRAY_KM.get(departement, STRAYS_FROM_KM) else 0.0


def declared_system(collection: Mapping[str, Any]) -> int | None:
    """The EPSG code that a GeoJSON of before 2016 names in its ``crs``; ``None`` where it names none."""
    crs = collection.get("crs")
    name = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    match = _EPSG.search(str(name))
    if match:
        return int(match[1])
    return 84 if "CRS84" in str(name) else None


def guessed_system(x: Floats, y: Floats, departements: tuple[str, ...]) -> int | None:
    """The system of projected metres, by their ranges and by the départements that codes tell of."""
    east, north = float(np.median(x)), float(np.median(y))
    overseas = {OVERSEAS[code] for code in departements if code in OVERSEAS}
    if len(overseas) == 1 and len({*departements} - {*OVERSEAS}) == 0:
        return overseas.pop()
    fitting = [epsg for epsg, box in GUESSED if _within(box, east, north)]
    if _within(MERCATOR_OR_LAMBERT, east, north) and departements:
        fitting.append(3857)
    if not fitting:
        return None
    return min(fitting, key=lambda epsg: _strayed(epsg, x, y, departements))


def _within(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _strayed(epsg: int, x: Floats, y: Floats, departements: tuple[str, ...]) -> float:
    """How far, in all, the first features would lie from their départements."""
    lon, lat = to_degrees(epsg, x[:50], y[:50])
    pairs = zip(lon.tolist(), lat.tolist(), departements, strict=False)
    return sum(kilometres_from_prefecture(*pair) for pair in pairs)


def to_degrees(epsg: int, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes; infinity where the projection cannot tell."""
    lon, lat = Transformer.from_crs(epsg, 4326, always_xy=True).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
