"""From rings of positions to a valid area: what is mended surely, what is broken, and where.

Sure means that nobody could have meant another surface: a ring left open, one that turns the wrong way, one
that touches itself, parts that share an edge, a loop smaller than a millionth of the area. A ring that
crosses itself, a hole outside, a part within a part are named with their place and not guessed at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from .compiled import Floats

SMALL = 6
"""Rings of fewer positions are counted here; larger ones without a surface are told by GEOS."""
SLIGHT = 1e-6
"""Share of an area below which a loop or an overlap of its own parts is drawing noise."""
MENDED = ("ring_closed", "ring_turned", "ring_touching", "parts_joined", "small_loop")
BROKEN = ("ring_short", "ring_crossing", "hole_outside", "holes_nested", "parts_nested", "parts_overlap")

_REASON = re.compile(r"^([^\[]+?)\s*(?:\[(\S+)\s+(\S+)\])?$")
_TOUCHING = {"Ring Self-intersection", "Interior is disconnected"}
_BROKEN_BY_REASON = {
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "holes_nested",
    "Nested holes": "holes_nested",
    "Nested shells": "parts_nested",
    "Duplicate Rings": "holes_nested",
    "Too few points in geometry component": "ring_short",
}


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with an area; ``code`` is of ``MENDED`` or ``BROKEN``. Place in the units given."""

    code: str
    x: float
    y: float


@dataclass(frozen=True)
class Shape:
    """A valid polygon or multipolygon, or ``None`` when it is broken; and all that was found."""

    area: Any
    flaws: tuple[Flaw, ...]


def shape_of(polygons: Sequence[Sequence[Floats]]) -> Shape:
    """The area of polygons, each a list of rings (outer first) of shape (n, 2)."""
    flaws: list[Flaw] = []
    parts: list[Polygon] = []
    for rings in polygons:
        part = _part(rings, flaws)
        parts += [] if part is None else shapely.get_parts(part).tolist()
    if not parts or any(flaw.code in BROKEN for flaw in flaws):
        return Shape(None, tuple(flaws))
    area = parts[0] if len(parts) == 1 else _joined(parts, flaws)
    return Shape(area, tuple(flaws))


def _part(rings: Sequence[Floats], flaws: list[Flaw]) -> Any:
    """One polygon, valid; ``None`` when it cannot be had."""
    closed = []
    for place, ring in enumerate(rings):
        whole = _closed(ring, flaws)
        if whole is not None:
            closed.append(whole)
        elif place == 0:
            return None
    polygon = Polygon(closed[0], closed[1:])
    turned = [ring for place, ring in enumerate(closed) if (_signed(ring) > 0) != (place == 0)]
    if turned:
        flaws.append(Flaw("ring_turned", *turned[0][0].tolist()))
        polygon = shapely.orient_polygons(polygon)
    return polygon if shapely.is_valid(polygon) else _mended(polygon, closed, flaws)


def _closed(ring: Floats, flaws: list[Flaw]) -> Floats | None:
    """The ring, ended where it began; ``None`` for less than a triangle. A hole that is none is left out."""
    if len(ring) and not np.array_equal(ring[0], ring[-1]):
        flaws.append(Flaw("ring_closed", *ring[0].tolist()))
        ring = np.vstack([ring, ring[:1]])
    if len(ring) < SMALL and len(np.unique(ring, axis=0)) < 3:
        x, y = ring[0].tolist() if len(ring) else (0.0, 0.0)
        flaws.append(Flaw("ring_short", x, y))
        return None
    return ring


def _signed(ring: Floats) -> float:
    """The surface, positive when the ring turns to the left. From its own corner, for digits."""
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def _mended(polygon: Polygon, rings: Sequence[Floats], flaws: list[Flaw]) -> Any:
    name, x, y = reason_of(polygon)
    valid = _polygons(shapely.make_valid(polygon))
    drawn = abs(_signed(rings[0])) - sum(abs(_signed(ring)) for ring in rings[1:])
    same = abs(valid.area - drawn) <= SLIGHT * max(valid.area, 1e-300)
    if name in _BROKEN_BY_REASON or not same or valid.is_empty:
        flaws.append(Flaw(_BROKEN_BY_REASON.get(name, "ring_crossing"), x, y))
        return None
    flaws.append(Flaw("ring_touching" if name in _TOUCHING else "small_loop", x, y))
    return valid


def _joined(parts: Sequence[Polygon], flaws: list[Flaw]) -> Any:
    whole = MultiPolygon(parts)
    if shapely.is_valid(whole):
        return whole
    name, x, y = reason_of(whole)
    union = _polygons(shapely.union_all(parts))
    overlap = sum(part.area for part in parts) - union.area
    if overlap > SLIGHT * union.area:
        flaws.append(Flaw("parts_nested" if name == "Nested shells" else "parts_overlap", x, y))
        return None
    flaws.append(Flaw("parts_joined", x, y))
    return union


def reason_of(geometry: Any) -> tuple[str, float, float]:
    """(what GEOS finds wrong, x, y of it)."""
    match = _REASON.match(str(shapely.is_valid_reason(geometry)))
    assert match is not None
    return match[1], float(match[2] or "nan"), float(match[3] or "nan")


def _polygons(geometry: Any) -> Any:
    """The areas of a geometry, without the lines and points that mending leaves."""
    found = list(_flat(geometry))
    return found[0] if len(found) == 1 else MultiPolygon(found)


def _flat(geometry: Any) -> Iterator[Polygon]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, Polygon):
            yield part
        elif hasattr(part, "geoms"):
            yield from _flat(part)
