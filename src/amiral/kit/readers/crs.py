"""Coordinate systems in which French files come, and which of them a file is in, by where its points fall.

The names of columns rarely tell, and are sometimes wrong; the data always does: in all systems but one the
points of a town lie in the sea, abroad, or in another département than the one its codes name.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WGS84 = 4326
SYSTEMS: dict[int, str] = {
    WGS84: "WGS84",
    2154: "Lambert-93",
    **{3900 + zone: f"Lambert CC{zone}" for zone in range(42, 51)},
    27572: "Lambert II étendu",
    5490: "UTM 20N",
    2972: "UTM 22N",
    4471: "UTM 38S",
    2975: "UTM 40S",
    3857: "Web Mercator",
}
"""EPSG code to name: what a file may be in, in the order in which ties are broken."""

OVERSEAS = {"971": 5490, "972": 5490, "977": 5490, "978": 5490, "973": 2972, "974": 2975, "976": 4471}
"""The projection of the French Base Adresse overseas, by the beginning of the INSEE code."""

OVERSEAS_FROM = 40.0
"""Degrees of longitude, east or west, that all zones of the projections overseas are beyond."""
OWN_DEPARTEMENT_KM = 200.0
"""Farther from the middle of its own département, a point of a town is in another system."""
ENOUGH = 0.5
"""Least share of the points that must fall where they should."""

# The outline of metropolitan France in about forty corners, ten to twenty kilometres out at sea, and boxes
# of the territories overseas. Drawn by hand for this purpose; it is no border.
_HEXAGON = (
    (2.5, 51.2), (4.3, 50.3), (5.0, 50.0), (6.4, 49.7), (8.4, 49.1), (7.7, 47.4), (7.1, 47.2), (6.2, 46.1),
    (7.1, 46.5), (7.2, 45.3), (7.8, 44.2), (7.6, 43.6), (6.4, 42.9), (5.0, 43.1), (4.2, 43.2), (3.4, 42.9),
    (3.4, 42.2), (1.9, 42.2), (-0.2, 42.6), (-2.0, 43.1), (-1.6, 43.8), (-1.5, 45.5), (-1.8, 46.1),
    (-2.7, 46.6), (-3.5, 47.1), (-5.0, 47.7), (-5.4, 48.5), (-3.5, 49.0), (-2.2, 48.8), (-2.2, 49.9),
    (-1.0, 49.9), (0.0, 49.9), (1.3, 50.4), (1.4, 51.1),
)  # fmt: skip
_OVERSEAS_BOXES = (
    (8.4, 41.2, 9.7, 43.2), (-63.3, 14.3, -60.7, 18.3), (-54.8, 2.0, -51.4, 6.0), (55.1, -21.5, 56.0, -20.7),
    (44.9, -13.1, 45.4, -12.5), (-56.6, 46.6, -56.0, 47.3), (-155.0, -28.0, -134.0, -7.0),
    (163.0, -23.0, 168.5, -19.0),
)  # fmt: skip

# Rough middle of each département (longitude, latitude), for telling one projection from another.
_MIDDLES = """
01 5.35 46.1;02 3.55 49.55;03 3.2 46.4;04 6.25 44.1;05 6.25 44.7;06 7.1 43.95;07 4.4 44.75;08 4.65 49.6
09 1.5 42.9;10 4.15 48.3;11 2.4 43.1;12 2.7 44.3;13 5.1 43.55;14 -0.35 49.1;15 2.65 45.05;16 0.2 45.7
17 -0.7 45.8;18 2.5 47.05;19 1.85 45.35;21 4.75 47.4;22 -2.85 48.45;23 2.0 46.05;24 0.75 45.1
25 6.35 47.15;26 5.15 44.7;27 1.0 49.1;28 1.35 48.4;29 -4.1 48.25;2A 8.95 41.85;2B 9.2 42.4;20 9.1 42.1
30 4.2 44.0;31 1.2 43.35;32 0.45 43.7;33 -0.6 44.85;34 3.35 43.6;35 -1.65 48.15;36 1.55 46.75;37 0.7 47.25
38 5.6 45.25;39 5.7 46.75;40 -0.8 43.95;41 1.4 47.6;42 4.15 45.75;43 3.8 45.1;44 -1.7 47.35;45 2.35 47.9
46 1.6 44.6;47 0.45 44.35;48 3.5 44.5;49 -0.55 47.4;50 -1.3 49.05;51 4.25 48.95;52 5.2 48.1;53 -0.65 48.15
54 6.15 48.8;55 5.4 49.0;56 -2.85 47.85;57 6.65 49.05;58 3.5 47.1;59 3.2 50.45;60 2.45 49.4;61 0.1 48.6
62 2.3 50.5;63 3.15 45.75;64 -0.75 43.25;65 0.15 43.05;66 2.5 42.6;67 7.55 48.65;68 7.25 47.85;69 4.65 45.85
70 6.1 47.65;71 4.55 46.65;72 0.2 48.0;73 6.45 45.5;74 6.4 46.05;75 2.35 48.86;76 1.0 49.65;77 2.95 48.6
78 1.85 48.8;79 -0.35 46.55;80 2.3 49.95;81 2.15 43.8;82 1.3 44.05;83 6.25 43.45;84 5.2 44.0;85 -1.3 46.7
86 0.45 46.55;87 1.25 45.9;88 6.4 48.2;89 3.55 47.85;90 6.9 47.6;91 2.25 48.5;92 2.25 48.85;93 2.5 48.9
94 2.45 48.8;95 2.15 49.1;971 -61.5 16.2;972 -61.0 14.65;973 -53.2 4.0;974 55.55 -21.1;976 45.15 -12.8
977 -62.83 17.9;978 -63.07 18.08
"""


@cache
def middles() -> dict[str, tuple[float, float]]:
    """Département code to the rough middle of it, in degrees."""
    rows = (row.split() for line in _MIDDLES.strip().splitlines() for row in line.split(";"))
    return {code: (float(lon), float(lat)) for code, lon, lat in rows}


@cache
def _land() -> shapely.Geometry:
    """The outline, prepared once."""
    land = shapely.MultiPolygon([shapely.Polygon(_HEXAGON), *(shapely.box(*box) for box in _OVERSEAS_BOXES)])
    shapely.prepare(land)
    return land


def on_land(lon: Floats, lat: Floats) -> Bools:
    """Which points lie in France (with some sea around it); NaN never does."""
    known = np.isfinite(lon) & np.isfinite(lat)
    inside = np.zeros(len(lon), bool)
    inside[known] = shapely.contains_xy(_land(), lon[known], lat[known])
    return inside


def departement_of(insee: str, postcode: str) -> str:
    """The département that a code names: ``71`` for 71270, ``974`` for 97411, empty for none."""
    code = insee if len(insee) == 5 else postcode if len(postcode) == 5 else ""
    found = code[:3] if code.startswith(("97", "98")) else code[:2]
    return found if found in middles() else ""


def to_degrees(epsg: int, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Degrees of projected metres; NaN where the projection has none."""
    if epsg == WGS84:
        return x, y
    lon, lat = _transformer(epsg).transform(x, y)
    fine = np.isfinite(lon) & np.isfinite(lat)
    return np.where(fine, lon, np.nan), np.where(fine, lat, np.nan)


@cache
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, WGS84, always_xy=True)


def share_at_home(lon: Floats, lat: Floats, departements: tuple[str, ...]) -> float:
    """Which share of the points falls into its own département, or into France where none is told."""
    known = middles()
    told = np.array([code in known for code in departements], bool)
    home = on_land(lon, lat)
    if told.any():
        centres = np.array([known.get(code, (np.nan, np.nan)) for code in departements])
        east = (lon - centres[:, 0]) * np.cos(np.radians(centres[:, 1])) * 111.2
        north = (lat - centres[:, 1]) * 111.2
        with np.errstate(invalid="ignore"):
            home = np.where(told, np.hypot(east, north) < OWN_DEPARTEMENT_KM, home)
    return float(np.mean(home)) if len(home) else 0.0


def fitting(x: Floats, y: Floats, departements: tuple[str, ...]) -> tuple[tuple[int, float], ...]:
    """(EPSG code, share of points at home) of the systems that fit, the best first.

    Of those that fit alike, the nearer to the middle of the départements told comes first (two conic zones
    overlap by a few kilometres only, but a Lambert-93 of Paris is a Web Mercator of the Bay of Biscay).
    """
    found = []
    for place, epsg in enumerate(SYSTEMS):
        lon, lat = to_degrees(epsg, x, y)
        if epsg in OVERSEAS.values():  # far outside of its zone a projection still answers something
            lon = np.where(np.abs(lon) > OVERSEAS_FROM, lon, np.nan)
        share = share_at_home(lon, lat, departements)
        if share >= ENOUGH:
            found.append((-round(share, 2), _away(lon, lat, departements), place, epsg, share))
    return tuple((epsg, share) for _share, _km, _place, epsg, share in sorted(found))


def _away(lon: Floats, lat: Floats, departements: tuple[str, ...]) -> float:
    """Median distance to the middle of the départements, in steps of 50 km; 0 where none is told."""
    known = middles()
    told = [place for place, code in enumerate(departements) if code in known]
    if not told:
        return 0.0
    centres = np.array([known[departements[place]] for place in told])
    flat = np.hypot((lon[told] - centres[:, 0]) * 75, (lat[told] - centres[:, 1]) * 111)
    return float(np.nanmedian(flat) // 50)
