"""Areas beside one another: where they overlap, where they leave a gap, which part of one lies in another.

Areas are in degrees; surfaces are square metres on the authalic sphere (Lambert's cylinder, EPSG:6933 up to
the flattening), exact to a few thousandths, and their ratios far better.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .compiled import Bools, Floats, Ints

AUTHALIC_RADIUS_M = 6_371_007.2
EXACT_SHARE = 0.995
"""A place of which so much lies in another lies in it: what is left is two drawings of one border."""
LEAST_SHARE = 0.005
"""Less than this is two drawings of one border, and no membership at all."""
NEARLY = 0.8
"""From this share on, what sticks out is looked at: a ribbon along the border, or a part."""
RIBBON_M = 500.0
"""Greatest width of a ribbon between two drawings of one border."""
MILLIMETRE = 0.001
LEAST_M2 = 1_000.0
"""Smaller overlaps and gaps are not worth a line."""
LEAST_OVERLAP = 0.002
"""Share of the smaller area from which an overlap is named."""


@dataclass(frozen=True)
class Overlap:
    """Areas ``first`` and ``second`` share a surface around a place."""

    first: int
    second: int
    square_metres: float
    share: float
    lon: float
    lat: float


@dataclass(frozen=True)
class Gap:
    """A surface that no area holds, surrounded by areas."""

    square_metres: float
    lon: float
    lat: float


@dataclass(frozen=True)
class Shares:
    """``share[i]`` (0 to 1) of child ``child[i]`` lies in parent ``parent[i]``; by child, largest first.

    ``exact``: all of it, but for the drawing.
    """

    child: Ints
    parent: Ints
    share: Floats
    exact: Bools


def flat(areas: Sequence[Any] | npt.NDArray[Any], latitude: float = 0.0) -> npt.NDArray[Any]:
    """The areas in metres of an equal-area projection, where lengths too are true at ``latitude``."""
    stretch = AUTHALIC_RADIUS_M * np.array([np.cos(np.radians(latitude)), 1 / np.cos(np.radians(latitude))])

    def metres(places: Floats) -> Floats:
        radians = np.radians(places)
        found: Floats = np.column_stack([radians[:, 0], np.sin(radians[:, 1])]) * stretch
        return found

    drawn = np.asarray(shapely.transform(np.array(areas, dtype=object), metres), dtype=object)
    bad = ~shapely.is_valid(drawn) & ~shapely.is_missing(drawn)  # by rounding alone
    drawn[bad] = shapely.buffer(drawn[bad], 0)
    return drawn


def _laid(overlay: Callable[..., Any], *drawn: npt.NDArray[Any]) -> Any:
    """An overlay of areas in metres; on a grid of a millimetre where rounding would not let it end."""
    try:
        return overlay(*drawn)
    except shapely.errors.GEOSException:
        return overlay(*drawn, grid_size=MILLIMETRE)


def _degrees(x: float, y: float) -> tuple[float, float]:
    return float(np.degrees(x / AUTHALIC_RADIUS_M)), float(np.degrees(np.arcsin(y / AUTHALIC_RADIUS_M)))


def surfaces(areas: Sequence[Any] | npt.NDArray[Any]) -> Floats:
    """Square metres of each area; 0 for ``None``."""
    found: Floats = np.nan_to_num(shapely.area(flat(areas)))
    return found


def overlaps(areas: npt.NDArray[Any], *, least_share: float = LEAST_OVERLAP) -> tuple[Overlap, ...]:
    """Pairs of valid areas that overlap by more than drawing noise, the largest surface first."""
    drawn = flat(areas)
    size = np.nan_to_num(shapely.area(drawn))
    first, second = shapely.STRtree(drawn).query(drawn, predicate="intersects")
    first, second = first[first < second], second[first < second]
    # Neighbours are most of the pairs: those whose insides are apart need no intersection.
    apart = shapely.relate_pattern(drawn[first], drawn[second], "F********")
    first, second = first[~apart], second[~apart]
    common = _laid(shapely.intersection, drawn[first], drawn[second])
    surface = shapely.area(common)
    share = surface / np.maximum(np.minimum(size[first], size[second]), 1e-9)
    kept = np.flatnonzero((surface > LEAST_M2) & (share > least_share))
    found = []
    for at in kept[np.argsort(-surface[kept], kind="stable")].tolist():
        lon, lat = _degrees(*shapely.get_coordinates(shapely.point_on_surface(common[at]))[0].tolist())
        found.append(Overlap(int(first[at]), int(second[at]), float(surface[at]), float(share[at]), lon, lat))
    return tuple(found)


def gaps(areas: npt.NDArray[Any]) -> tuple[Gap, ...]:
    """Surfaces between areas that belong to none, the largest first."""
    whole = _laid(shapely.union_all, flat(areas))
    parts = shapely.get_parts(whole)
    rings = [ring for part in parts for ring in shapely.get_rings(part)[1:].tolist()]
    holes = shapely.polygons(rings) if rings else np.zeros(0, object)
    surface = shapely.area(holes)
    kept = np.flatnonzero(surface > LEAST_M2)
    found = []
    for at in kept[np.argsort(-surface[kept], kind="stable")].tolist():
        lon, lat = _degrees(*shapely.get_coordinates(shapely.point_on_surface(holes[at]))[0].tolist())
        found.append(Gap(float(surface[at]), lon, lat))
    return tuple(found)


def shares(children: npt.NDArray[Any], parents: npt.NDArray[Any], *, ribbon_m: float = RIBBON_M) -> Shares:
    """Which part of each child lies in which parent, by surface; what is below ``LEAST_SHARE`` left out.

    A child is in a parent as a whole when ``EXACT_SHARE`` of it is, or when what sticks out is a ribbon along
    the border, nowhere wider than ``ribbon_m``: one of the two files draws it coarser. The ribbons that
    other parents hold of such a child are left out too.
    """
    latitude = _middle_latitude(parents)
    small, large = flat(children, latitude), flat(parents, latitude)
    size = np.nan_to_num(shapely.area(small))
    child, parent = shapely.STRtree(large).query(small, predicate="intersects")
    within = shapely.covered_by(small[child], large[parent])
    share = np.ones(len(child))
    rest = np.flatnonzero(~within)
    common = np.array(_laid(shapely.intersection, small[child[rest]], large[parent[rest]]), dtype=object)
    share[rest] = np.clip(shapely.area(common) / np.maximum(size[child[rest]], 1e-9), 0.0, 1.0)
    exact = share >= EXACT_SHARE
    near = rest[(share[rest] >= NEARLY) & ~exact[rest]]
    exact[near] = _ribbons(_laid(shapely.difference, small[child[near]], large[parent[near]]), ribbon_m)
    whole = np.zeros(len(small), dtype=np.bool_)
    whole[child[exact]] = True
    beside = whole[child[rest]] & ~exact[rest]
    kept = (share >= LEAST_SHARE) & (size[child] > 0)
    kept[rest[beside]] &= ~_ribbons(common[beside], ribbon_m)
    chosen = np.flatnonzero(kept)
    order = chosen[np.lexsort((parent[chosen], -share[chosen], child[chosen]))]
    return Shares(child[order].astype(np.int64), parent[order].astype(np.int64), share[order], exact[order])


def _middle_latitude(areas: npt.NDArray[Any]) -> float:
    _west, south, _east, north = shapely.total_bounds(areas)
    return float((south + north) / 2) if np.isfinite(south) else 0.0


def _ribbons(areas: npt.NDArray[Any], width_m: float) -> Bools:
    """Which areas are nowhere wider than so many metres: nothing is left once half of it is taken off."""
    return np.asarray(shapely.is_empty(shapely.buffer(areas, -width_m / 2, quad_segs=2)), dtype=np.bool_)


def simplified(areas: npt.NDArray[Any], *, positions_each: int = 40) -> npt.NDArray[Any]:
    """The areas for a small map: neighbours keep one common border (Visvalingam–Whyatt on the coverage).

    The tolerance doubles until ``positions_each`` on average is reached.
    """
    known = np.flatnonzero(~(shapely.is_missing(areas) | shapely.is_empty(areas)))
    drawn = areas.copy()
    if not len(known):
        return drawn
    size = np.sqrt(np.median(np.maximum(shapely.area(areas[known]), 1e-18)))
    tolerance = size / 400
    goal = max(positions_each * len(known), 400)
    while shapely.get_num_coordinates(drawn[known]).sum() > goal and tolerance < size / 4:
        drawn[known] = shapely.coverage_simplify(areas[known], tolerance)
        tolerance *= 2
    lost = known[shapely.is_empty(drawn[known])]
    drawn[lost] = areas[lost]
    return drawn
