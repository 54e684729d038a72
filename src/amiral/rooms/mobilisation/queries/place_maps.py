"""The map on which a leader clicks the meeting point: streets and official places of a commune."""

from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound
from amiral.kit.maps import Bounds, Feature, Layer, MapView
from amiral.rooms.mobilisation.contracts import FormChoices
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import FileKind, ReferenceFileCard

STREETS_AT_MOST = 3000
AROUND_DEG = 0.01
"""Half the side of the map around a place that is known already: about a kilometre."""


def place_map(
    *, territory_id: str, at: tuple[float, float] | None = None, offered: FormChoices
) -> MapView | None:
    """Streets, official places and outline around ``at`` (longitude, latitude), else of the territory.

    ``None`` where nothing drawable is imported: the coordinates are typed then.
    """
    outline = territory.contours(territory_ids=[territory_id]).get(territory_id)
    bounds = _bounds(territory_id, at, has_outline=outline is not None)
    lines = territory.street_lines(bounds=bounds, limit=STREETS_AT_MOST) if bounds else []
    places = tuple(
        Feature(geometry={"type": "Point", "coordinates": [place.lon, place.lat]})
        for place in offered.places
        if bounds is None or _within(place.lon, place.lat, bounds)
    )
    if outline is None and not lines and not places:
        return None  # an empty sheet tells nobody where to click
    return MapView(
        title=_("Map to click the meeting point on"),
        layers=(
            Layer(
                name=_("Outline"),
                features=(Feature(geometry=outline),) if outline else (),
                css_class="map-outline",
            ),
            Layer(
                name=_("Streets"),
                features=tuple(Feature(geometry=line.geometry) for line in lines),
                css_class="map-street",
            ),
            Layer(name=_("Official places"), features=places, css_class="map-place"),
        ),
        attribution=" · ".join(_sources()),
        bounds=bounds,
    )


def _within(lon: float, lat: float, bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return west <= lon <= east and south <= lat <= north


def _bounds(territory_id: str, at: tuple[float, float] | None, *, has_outline: bool) -> Bounds | None:
    """Around the place; else the address file with most addresses of the commune; else the outline, or the
    only address file.
    """
    if at is not None:
        lon, lat = at
        return lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG
    code = territory_id.partition(":")[2]
    files = territory.reference_files(kind=FileKind.ADDRESSES)
    holding = [file for file in files if file.bounds and file.commune_codes.get(code)]
    other = None if has_outline else _only(files)
    best = max(holding, key=lambda file: file.commune_codes[code], default=other)
    return best.bounds if best else None


def _only(files: tuple[ReferenceFileCard, ...]) -> ReferenceFileCard | None:
    """The only address file, where there is one: a campaign of one quarter."""
    return files[0] if len(files) == 1 else None


def _sources() -> tuple[str, ...]:
    kinds = (FileKind.STREETS, FileKind.CONTOURS, FileKind.PLACES)
    files = [file for kind in kinds for file in territory.reference_files(kind=kind)]
    return tuple(dict.fromkeys(file.attribution for file in files if file.attribution))


def group_asked(*, offered: FormChoices, text: str) -> GroupCard | None:
    """The group named in an address; ``NotFound`` for one in whose name the person may not act."""
    if not text:
        return None
    try:
        wanted = UUID(text)
    except ValueError:
        raise NotFound from None
    found = next((group for group in offered.groups if group.id == wanted), None)
    if found is None:
        raise NotFound
    return found
