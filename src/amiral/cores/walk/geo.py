"""Metres on the WGS84 ellipsoid, exact enough for a walk: closed formulas, no projection library."""

import numpy as np

from .jit import jit
from .problem import Bools, Floats, Ints

SEMI_MAJOR_M = 6378137.0
ECCENTRICITY_2 = 0.0066943799901413165


@jit
def metres_between(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Length in metres by the radii of curvature at the middle latitude; error below 1 mm under 10 km."""
    middle = np.radians((lat1 + lat2) / 2)
    w = 1.0 - ECCENTRICITY_2 * np.sin(middle) ** 2
    north = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (w * np.sqrt(w))
    east = SEMI_MAJOR_M / np.sqrt(w) * np.cos(middle)
    distance: float = np.sqrt((np.radians(lat2 - lat1) * north) ** 2 + (np.radians(lon2 - lon1) * east) ** 2)
    return distance


def lengths(lon: Floats, lat: Floats) -> Floats:
    """Metres from each point to the next; shape (n - 1,)."""
    middle = np.radians((lat[1:] + lat[:-1]) / 2)
    w = 1.0 - ECCENTRICITY_2 * np.sin(middle) ** 2
    north = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / w**1.5
    east = SEMI_MAJOR_M / np.sqrt(w) * np.cos(middle)
    steps: Floats = np.hypot(np.radians(np.diff(lat)) * north, np.radians(np.diff(lon)) * east)
    return steps


def line_length(line: Floats) -> float:
    """Metres along a line of shape (p, 2), longitude and latitude."""
    return float(lengths(line[:, 0], line[:, 1]).sum())


def flat(lon: Floats, lat: Floats, middle_lat: float) -> Floats:
    """Mercator in metres true at ``middle_lat``, shape (n, 2): right angles everywhere, lengths nearby."""
    e = ECCENTRICITY_2**0.5
    sine = np.sin(np.radians(lat))
    scale = SEMI_MAJOR_M * np.cos(np.radians(middle_lat))
    scale /= np.sqrt(1.0 - ECCENTRICITY_2 * np.sin(np.radians(middle_lat)) ** 2)
    y = np.arctanh(sine) - e * np.arctanh(e * sine)
    return np.column_stack([scale * np.radians(lon), scale * y])


def usable(lon: Floats, lat: Floats) -> Bools:
    """Which positions lie on Earth and away from the poles, where nobody canvasses."""
    with np.errstate(invalid="ignore"):
        good: Bools = (np.abs(lon) <= 180) & (np.abs(lat) <= 85) & np.isfinite(lon) & np.isfinite(lat)
    return good


def hilbert_rank(points: Floats, bits: int = 16) -> Ints:
    """Place of each point (n, 2) along a Hilbert curve over their bounding square; shape (n,)."""
    low = points.min(axis=0)
    side = max(float((points.max(axis=0) - low).max()), 1e-9)
    cell = np.minimum((points - low) / side * 2**bits, 2**bits - 1).astype(np.int64)
    x, y, rank = cell[:, 0].copy(), cell[:, 1].copy(), np.zeros(len(points), np.int64)
    for bit in range(bits - 1, -1, -1):
        rx, ry = (x >> bit) & 1, (y >> bit) & 1
        rank += ((3 * rx) ^ ry) << (2 * bit)
        flip = (ry == 0) & (rx == 1)
        x, y = np.where(flip, 2**bits - 1 - x, x), np.where(flip, 2**bits - 1 - y, y)
        x, y = np.where(ry == 0, y, x), np.where(ry == 0, x, y)
    return rank
