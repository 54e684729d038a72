"""Metres on the WGS84 ellipsoid, exact enough for a walk, and to the bit the same on every machine."""

import math

import numpy as np

from .jit import jit
from .problem import Bools, Floats, Ints

SEMI_MAJOR_M = 6378137.0
ECCENTRICITY_2 = 0.0066943799901413165


RADIAN = 0.017453292519943295
LN_2 = 0.6931471805599453
POLE = 1.0 - 1e-12  # its sine is 1, and the map has no end there


@jit
def sine(x: float) -> float:
    """Of an angle within a right one, in radians: the Taylor series, error below 1e-15.

    Libraries differ in the last bit from one processor to the next, and a plan may hang on it. Here are only
    sums, products, quotients and square roots, which IEEE 754 rounds in one way everywhere.
    """
    square = x * x
    term, total = x, x
    for n in range(2, 30, 2):
        term = -term * square / (n * (n + 1))
        total += term
    return total


@jit
def logarithm(x: float) -> float:
    """Natural, of a positive number; error below 1e-15 (see ``sine``)."""
    part, power = math.frexp(x)  # exact
    if part < 0.7071067811865476:
        part, power = 2.0 * part, power - 1
    ratio = (part - 1.0) / (part + 1.0)
    square = ratio * ratio
    term, total = ratio, ratio
    for n in range(3, 27, 2):
        term *= square
        total += term / n
    return 2.0 * total + power * LN_2


@jit
def _radii(latitude: float) -> tuple[float, float]:
    """Metres in a radian to the north and to the east, at degrees of latitude."""
    up = sine(latitude * RADIAN)
    w = 1.0 - ECCENTRICITY_2 * up * up
    root = np.sqrt(w)
    north = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (w * root)
    return north, SEMI_MAJOR_M / root * np.sqrt(max(0.0, 1.0 - up * up))


@jit
def metres_between(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Length in metres by the radii of curvature at the middle latitude; error below 1 mm under 10 km."""
    north, east = _radii((lat1 + lat2) / 2)
    up, side = (lat2 - lat1) * RADIAN * north, (lon2 - lon1) * RADIAN * east
    distance: float = np.sqrt(up * up + side * side)
    return distance


@jit
def _lengths(lon: Floats, lat: Floats) -> Floats:
    steps = np.empty(len(lon) - 1)
    for x in range(len(lon) - 1):
        steps[x] = metres_between(lon[x], lat[x], lon[x + 1], lat[x + 1])
    return steps


def lengths(lon: Floats, lat: Floats) -> Floats:
    """Metres from each point to the next; shape (n - 1,)."""
    return _lengths(np.asarray(lon, np.float64), np.asarray(lat, np.float64))


def line_length(line: Floats) -> float:
    """Metres along a line of shape (p, 2), longitude and latitude."""
    return float(lengths(line[:, 0], line[:, 1]).sum())


@jit
def _mercator(lon: Floats, lat: Floats, scale: float) -> Floats:
    e = np.sqrt(ECCENTRICITY_2)
    out = np.empty((len(lon), 2))
    for x in range(len(lon)):
        up = max(-POLE, min(POLE, sine(lat[x] * RADIAN)))
        round_ = logarithm((1.0 + up) / (1.0 - up)) / 2.0
        out[x, 0] = scale * lon[x] * RADIAN
        out[x, 1] = scale * (round_ - e * logarithm((1.0 + e * up) / (1.0 - e * up)) / 2.0)
    return out


def flat(lon: Floats, lat: Floats, middle_lat: float) -> Floats:
    """Mercator in metres true at ``middle_lat``, shape (n, 2): right angles everywhere, lengths nearby."""
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    return _mercator(lon, lat, float(_radii(round(middle_lat, 4))[1]))


@jit
def directions(east: Floats, north: Floats, lat: Floats) -> Floats:
    """A number from 0 to 4 that grows with the angle, counter-clockwise from the west; shape (n,).

    ``east`` and ``north`` are in degrees, from points at these latitudes. No arc tangent: see ``sine``.
    """
    out = np.zeros(len(east))
    for x in range(len(east)):
        up = sine(lat[x] * RADIAN)
        side = east[x] * np.sqrt(max(0.0, 1.0 - up * up))
        whole = abs(side) + abs(north[x])
        if whole > 0.0:
            share = side / whole
            out[x] = 1.0 + share if north[x] < 0.0 else 3.0 - share
    return out


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
