"""Which area holds a point, exactly and in bulk; what a contour is worth.

    from amiral.cores.geography import area_index

    index = area_index(polygons)       # shapely polygons and multipolygons, None allowed
    places = index.locate(lon, lat)    # position of the first area that covers each point, -1 for none

No Django, no clock, no files here. docs/contours.md explains the method and what was measured.
"""

from .index import NONE, AreaIndex, area_index

__all__ = ["NONE", "AreaIndex", "area_index"]
