"""Areas laid out flat for the inner loops, and the exact test of one point in one part of an area.

A part is one polygon with its holes. Its edges are sorted into horizontal slabs, so that a test looks at the
few edges at the height of the point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .compiled import Bools, Floats, Ints, ShortInts, jit
from .predicates import side

EDGES_PER_SLAB = 2
POLYGON, MULTIPOLYGON = 3, 6


@dataclass(frozen=True)
class Parts:
    """All parts, as columns. ``owner`` is the place of the area in the given sequence, never falling.

    Vertex ``v`` of a ring is (``x[v]``, ``y[v]``) and begins the edge to ``v + 1``. ``box`` has shape (n, 4):
    west, south, east, north. Slab ``s`` of part ``p`` holds the edges
    ``slab_edge[slab_start[i]:slab_start[i + 1]]`` with ``i = first_slab[p] + s``.
    """

    x: Floats
    y: Floats
    vertex_start: Ints
    ring_end: Bools
    owner: ShortInts
    box: Floats
    first_slab: Ints
    slabs_per_unit: Floats
    slab_start: Ints
    slab_edge: ShortInts

    def __len__(self) -> int:
        return len(self.owner)


def parts_of(areas: Sequence[Any] | npt.NDArray[Any]) -> Parts:
    """The parts of polygons and multipolygons; ``None`` and empty ones have none.

    Raises ``ValueError`` for other geometries and for coordinates that are no finite numbers.
    """
    given = np.array(areas, dtype=object)
    kinds = shapely.get_type_id(given)
    if not np.isin(kinds, (-1, POLYGON, MULTIPOLYGON)).all():
        raise ValueError("Only polygons and multipolygons are areas.")
    polygons, owner = shapely.get_parts(given, return_index=True)
    kept = ~shapely.is_empty(polygons)
    polygons, owner = polygons[kept], owner[kept]
    rings, ring_part = shapely.get_rings(polygons, return_index=True)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    if not np.isfinite(places).all():
        raise ValueError("Every coordinate must be a finite number.")
    part = ring_part[ring] if len(ring) else np.zeros(0, np.int64)
    vertex_start = np.searchsorted(part, np.arange(len(polygons) + 1)).astype(np.int64)
    ring_end = np.ones(len(ring), dtype=np.bool_)
    ring_end[:-1] = ring[1:] != ring[:-1]
    x, y = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
    box = shapely.bounds(polygons).reshape(-1, 4)
    slabs = np.maximum(1, np.diff(vertex_start) // EDGES_PER_SLAB)
    height = box[:, 3] - box[:, 1]
    with np.errstate(divide="ignore", over="ignore"):
        per_unit = np.where(height > 0, slabs / height, 0.0)
    per_unit = np.where(np.isfinite(per_unit), per_unit, 0.0)
    first_slab = np.concatenate([[0], np.cumsum(slabs)]).astype(np.int64)
    slab_start = np.zeros(first_slab[-1] + 1, np.int64)
    _count_slabs(x, y, vertex_start, ring_end, box, first_slab, per_unit, slab_start)
    np.cumsum(slab_start, out=slab_start)
    slab_edge = np.empty(slab_start[-1], np.int32)
    _fill_slabs(x, y, vertex_start, ring_end, box, first_slab, per_unit, slab_start, slab_edge)
    return Parts(
        x, y, vertex_start, ring_end, owner.astype(np.int32), box, first_slab, per_unit, slab_start, slab_edge
    )


@jit
def slab_of(y: float, south: float, per_unit: float, slabs: int) -> int:
    """Never falls as y rises, whatever the rounding: so no edge misses a point at its height."""
    place = int((y - south) * per_unit)
    return min(max(place, 0), slabs - 1)


@jit
def _span(y: Floats, vertex: int, south: float, per_unit: float, slabs: int) -> tuple[int, int]:
    low = min(y[vertex], y[vertex + 1])
    high = max(y[vertex], y[vertex + 1])
    return slab_of(low, south, per_unit, slabs), slab_of(high, south, per_unit, slabs)


@jit
def _count_slabs(
    x: Floats,
    y: Floats,
    vertex_start: Ints,
    ring_end: Bools,
    box: Floats,
    first_slab: Ints,
    per_unit: Floats,
    counts: Ints,
) -> None:
    """Into ``counts[i + 1]``, the edges of slab i."""
    for part in range(len(per_unit)):
        first, slabs = first_slab[part], first_slab[part + 1] - first_slab[part]
        for vertex in range(vertex_start[part], vertex_start[part + 1]):
            if not ring_end[vertex]:
                low, high = _span(y, vertex, box[part, 1], per_unit[part], slabs)
                for slab in range(low, high + 1):
                    counts[first + slab + 1] += 1


@jit
def _fill_slabs(
    x: Floats,
    y: Floats,
    vertex_start: Ints,
    ring_end: Bools,
    box: Floats,
    first_slab: Ints,
    per_unit: Floats,
    slab_start: Ints,
    slab_edge: ShortInts,
) -> None:
    filled = slab_start[:-1].copy()
    for part in range(len(per_unit)):
        first, slabs = first_slab[part], first_slab[part + 1] - first_slab[part]
        for vertex in range(vertex_start[part], vertex_start[part + 1]):
            if not ring_end[vertex]:
                low, high = _span(y, vertex, box[part, 1], per_unit[part], slabs)
                for slab in range(low, high + 1):
                    slab_edge[filled[first + slab]] = vertex
                    filled[first + slab] += 1


@jit
def covers(
    x: Floats,
    y: Floats,
    box: Floats,
    first_slab: Ints,
    per_unit: Floats,
    slab_start: Ints,
    slab_edge: ShortInts,
    part: int,
    px: float,
    py: float,
) -> bool:
    """Whether the part holds the point, its border and the borders of its holes included.

    Counts the edges that a ray to the east crosses; a point on an edge is told by an exact sign.
    """
    if px < box[part, 0] or px > box[part, 2] or py < box[part, 1] or py > box[part, 3]:
        return False
    first = first_slab[part]
    slab = first + slab_of(py, box[part, 1], per_unit[part], first_slab[part + 1] - first)
    inside = False
    for place in range(slab_start[slab], slab_start[slab + 1]):
        edge = slab_edge[place]
        ax, ay, bx, by = x[edge], y[edge], x[edge + 1], y[edge + 1]
        if (ay > py) != (by > py):
            if px < ax and px < bx:
                inside = not inside
            elif px <= ax or px <= bx:
                turn = side(ax, ay, bx, by, px, py)
                if turn == 0:
                    return True
                if (turn > 0) == (by > ay):
                    inside = not inside
        elif ay == py and (ax == px or (by == py and (ax > px) != (bx > px))):
            return True
    return inside
