"""Official places on the page of a territory."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.territory.contracts import PlaceCard, TerritoryCard
from amiral.rooms.territory.queries.places import places_in
from amiral.rooms.territory.web.previews_forms import CATEGORIES

NAMED = 200
"""Up to so many places have their name on the map."""


@dataclass(frozen=True, kw_only=True)
class PlacesSection:
    """Counts by category and a map, ready for the template."""

    counts: tuple[tuple[str, int], ...]
    map: MapView


def places_section(card: TerritoryCard) -> PlacesSection | None:
    """The section of a territory, ``None`` without official places."""
    found = places_in(territory_id=card.id, kind=card.kind)
    if found is None:
        return None
    named = len(found.places) <= NAMED
    return PlacesSection(
        counts=tuple((str(CATEGORIES[category]), count) for category, count in found.counts),
        map=MapView(
            title=_("Official places: %(name)s") % {"name": card.name},
            layers=(
                Layer(
                    name=_("Official places"),
                    features=tuple(_feature(place, named) for place in found.places),
                    css_class="map-place",
                ),
            ),
            attribution=found.attribution,
        ),
    )


def _feature(place: PlaceCard, named: bool) -> Feature:
    geometry = {"type": "Point", "coordinates": [place.lon, place.lat]}
    return Feature(geometry=geometry, label=place.name if named else "")
