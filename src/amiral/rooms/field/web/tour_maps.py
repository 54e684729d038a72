"""Maps of a tour."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.field.queries.touring import TourPage
from amiral.rooms.field.web.drawing import (
    around,
    named_streets,
    point_feature,
    roomy,
    streets_layer,
    walk_layer,
)


def tour_map(tour: TourPage) -> MapView:
    """The way with arrows, the doors with their order, and where it begins."""
    bounds = roomy(around([tour.here, *tour.walk, *((stop.longitude, stop.latitude) for stop in tour.stops)]))
    doors = tuple(
        point_feature(stop.longitude, stop.latitude, number=str(stop.position)) for stop in tour.stops
    )
    streets, names = named_streets(bounds, doors)
    here = Feature(
        geometry={"type": "Point", "coordinates": list(tour.here)},
        label=tour.start_label or _("You are here"),
    )
    return MapView(
        title=_("Map of the tour"),
        layers=(
            streets,
            names,
            walk_layer(tour.walk, bounds),
            Layer(name=_("Doors, in walking order"), features=doors, css_class="map-door"),
            Layer(name=_("Start"), features=(here,), css_class="map-place"),
        ),
        attribution=tour.attribution,
        bounds=bounds,
    )


def open_map(attribution: str, doors: Sequence[tuple[float, float]]) -> MapView | None:
    """Doors that are still to be done; a tap chooses the start."""
    if not doors:
        return None
    bounds = around(doors)
    points = tuple(point_feature(longitude, latitude) for longitude, latitude in doors)
    return MapView(
        title=_("Doors still to be done"),
        layers=(
            streets_layer(bounds),
            Layer(name=_("Doors still to be done"), features=points, css_class="map-door"),
        ),
        attribution=attribution,
        bounds=bounds,
    )
