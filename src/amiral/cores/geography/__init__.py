"""Which area holds a point, exactly and in bulk; what a contour is worth.

    from amiral.cores.geography import area_index

    index = area_index(polygons)       # shapely polygons and multipolygons, None allowed
    places = index.locate(lon, lat)    # position of the first area that covers each point, -1 for none

    shape_of(rings)                    # a valid area from rings of positions, and what was wrong with them
    overlaps(areas), gaps(areas), shares(children, parents), surfaces(areas), simplified(areas)

No Django, no clock, no files here. docs/contours.md explains the method and what was measured.
"""

from .coverage import (
    EXACT_SHARE,
    LEAST_SHARE,
    Gap,
    Overlap,
    Shares,
    gaps,
    overlaps,
    shares,
    simplified,
    surfaces,
)
from .index import NONE, AreaIndex, area_index
from .shapes import BROKEN, MENDED, Flaw, Shape, shape_of

__all__ = [
    "BROKEN",
    "EXACT_SHARE",
    "LEAST_SHARE",
    "MENDED",
    "NONE",
    "AreaIndex",
    "Flaw",
    "Gap",
    "Overlap",
    "Shape",
    "Shares",
    "area_index",
    "gaps",
    "overlaps",
    "shape_of",
    "shares",
    "simplified",
    "surfaces",
]
