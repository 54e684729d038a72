"""Zones that the campaign draws: places picked from a list, an outline on the map, or both.

A zone is a territory like another: it stands in the closure, so that every scope filter takes it. Places that
the outline cuts are linked as parts, outside of the closure.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit, ports
from amiral.kit.errors import Refused
from amiral.kit.ids import new_id
from amiral.rooms.territory.access import COUNTRY_ID, access_imports, held_territories
from amiral.rooms.territory.actions.graph import ensure_territories, mend_closure
from amiral.rooms.territory.contracts import NewLink, NewTerritory, TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryClosure, TerritoryLink, Zone
from amiral.rooms.territory.normalise import normalise
from amiral.rooms.territory.queries.zones import access_zone_by_id, common_holder, places_in_outline

MOST_CORNERS = 2_000
MOST_PLACES = 5_000
LEAST_AREA = 1e-9
"""Square degrees: some ten square metres; less is a line with the dust of rounding."""
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_METROPOLE = (-6.0, 41.0, 10.0, 51.5)
"""West, south, east, north: where an outline given the wrong way round is recognised."""
PICKED_KINDS = (
    TerritoryKind.BUREAU_DE_VOTE,
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    TerritoryKind.COMMUNE_DELEGUEE,
    TerritoryKind.COMMUNE_ASSOCIEE,
    TerritoryKind.CANTON,
    TerritoryKind.EPCI,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.DEPARTEMENT,
)
"""What may be picked; a code typed by hand is looked for in this order."""


class BadOutline(Refused):
    """An outline that is none."""


class BadPlaces(Refused):
    """Places that do not exist, or do not lie in the person's territory."""


class HeldZone(Refused):
    """A zone over which somebody holds a mandate would grow, and the mandate with it beyond its source."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody holds a mandate over this zone: it can become smaller, not larger. "
                "Draw another zone, and give a mandate over it."
            )
        )


def outline_of(text: str) -> dict[str, Any] | None:
    """GeoJSON of what was drawn, pasted or typed; ``None`` for nothing. Raises ``BadOutline``.

    Takes GeoJSON (a geometry, a feature or a collection of one), or one corner a line, latitude first, as
    maps show it.
    """
    if not text.strip():
        return None
    given = _geojson(text) if text.lstrip().startswith("{") else _corners(text)
    try:
        shape = shapely.geometry.shape(given)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        raise BadOutline(_("The outline is no GeoJSON polygon.")) from None
    _check(shape)
    return dict(shapely.geometry.mapping(shape))


def _geojson(text: str) -> Mapping[str, Any]:
    try:
        given = json.loads(text)
    except ValueError:
        raise BadOutline(_("The outline is no GeoJSON: it cannot be read.")) from None
    if given.get("type") == "FeatureCollection":
        features = given.get("features") or []
        if len(features) != 1:
            raise BadOutline(_("Give one outline: the collection holds %(n)s.") % {"n": len(features)})
        given = features[0]
    found = given.get("geometry") if given.get("type") == "Feature" else given
    if not isinstance(found, dict) or found.get("type") not in {"Polygon", "MultiPolygon"}:
        raise BadOutline(_("The outline is no GeoJSON polygon."))
    return found


def _corners(text: str) -> Mapping[str, Any]:
    corners = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        found = _numbers(line)
        if len(found) != 2:
            raise BadOutline(
                _(
                    "Line %(line)s of the outline is no place: "
                    "write a latitude and a longitude, as 46.30, 4.83."
                )
                % {"line": number}
            )
        latitude, longitude = found
        corners.append((longitude, latitude))
    if len(set(corners)) < 3:
        raise BadOutline(_("An outline has three corners at least."))
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _numbers(line: str) -> list[float]:
    """Two numbers with decimal points or commas: ``46.30, 4.83`` and ``46,30 ; 4,83``."""
    pieces = re.split(r"[;\s]+|,\s+", line.strip()) if re.search(r"[;\s]", line.strip()) else line.split(",")
    pieces = [piece.strip().strip(",") for piece in pieces if piece.strip(", ")]
    if not all(_NUMBER.fullmatch(piece) for piece in pieces):
        return []
    return [float(piece.replace(",", ".")) for piece in pieces]


def _check(shape: Any) -> None:
    if shape.is_empty or shapely.get_num_coordinates(shape) > MOST_CORNERS:
        raise BadOutline(_("An outline has from 3 to %(most)s corners.") % {"most": MOST_CORNERS})
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadOutline(_("The outline is not in degrees: longitudes go to 180, latitudes to 90."))
    if _inside((south, west, north, east)) and not _inside((west, south, east, north)):
        raise BadOutline(_("Latitude and longitude of the outline seem to be exchanged."))
    if not shape.is_valid:
        raise BadOutline(_("The outline crosses itself: %(why)s.") % {"why": shapely.is_valid_reason(shape)})
    if shape.area < LEAST_AREA:
        raise BadOutline(_("The outline holds no ground."))


def _inside(box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = _METROPOLE
    return west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north


def picked_places(*, text: str) -> tuple[str, ...]:
    """Ids of the places whose ids or codes were typed, between any signs; ``BadPlaces``. One query."""
    words = list(dict.fromkeys(re.findall(r"[\w:-]+", text)))[: MOST_PLACES + 1]
    if len(words) > MOST_PLACES:
        raise BadPlaces(_("A zone has at most %(most)s places.") % {"most": MOST_PLACES})
    rows = Territory.objects.filter(kind__in=PICKED_KINDS, retired_at=None)
    codes = [word.partition(":")[2] or word for word in words]
    order = {str(kind): place for place, kind in enumerate(PICKED_KINDS)}
    found: dict[str, str] = {}
    named = rows.filter(code__in=[*codes, *(code.upper() for code in codes)])
    for pk, _kind, code in sorted(named.values_list("pk", "kind", "code"), key=lambda one: -order[one[1]]):
        found[pk] = found[code] = pk
    missing = [word for word in words if word not in found and word.upper() not in found]
    if missing:
        raise BadPlaces(
            _("No place has the code %(codes)s.") % {"codes": ", ".join(word[:20] for word in missing[:10])}
        )
    return tuple(dict.fromkeys(found.get(word) or found[word.upper()] for word in words))


def save_zone(
    *,
    by_id: UUID,
    name: str,
    places: Sequence[str],
    outline: Mapping[str, Any] | None,
    at: datetime,
    zone_id: str = "",
) -> str:
    """Draws a zone, or draws it anew; answers its id.

    ``places``: ids, all in the person's territory. ``outline``: see ``outline_of``; what it covers outside of
    the person's territory is left out. Raises ``BadPlaces``, ``HeldZone``, and ``NotFound`` for people who
    may not.
    """
    access_imports(person_id=by_id)
    if zone_id:
        access_zone_by_id(person_id=by_id, zone_id=zone_id)
    held = held_territories(person_id=by_id)
    _check_places(places, held)
    if not places and outline is None:
        raise BadPlaces(_("Pick places, or draw an outline."))
    with transaction.atomic():
        zone = zone_id or f"{TerritoryKind.ZONE}:{new_id().hex[-14:]}"
        links = {one: NewLink(child_id=one, parent_id=zone) for one in places}
        if outline is not None:
            drawn = places_in_outline(zone_id=zone, geometry=outline, within=held)
            links = {one.child_id: one for one in drawn} | links
        before = _inside_of(zone)
        _put(zone, name, links, held, at)
        if zone_id and _inside_of(zone) - before and _is_held(zone):
            raise HeldZone
        Zone.objects.update_or_create(
            territory_id=zone,
            defaults={"geometry": outline, "changed_at": at},
            create_defaults={
                "geometry": outline,
                "changed_at": at,
                "created_at": at,
                "drawn_by_id": by_id,
            },
        )
        audit.record(
            actor_id=by_id, verb="save-zone", subject_kind="zone", subject_id=zone, places=len(links)
        )
    return zone


def _inside_of(zone: str) -> set[str]:
    inside = TerritoryClosure.objects.filter(ancestor_id=zone)
    return set(inside.values_list("descendant_id", flat=True))


def _is_held(zone: str) -> bool:
    return any(ports.call("is_place_of_mandates", territory_id=zone))


def _check_places(places: Sequence[str], held: frozenset[str]) -> None:
    if COUNTRY_ID in held:
        return
    pairs = TerritoryClosure.objects.filter(descendant_id__in=list(places), ancestor_id__in=held)
    inside = set(pairs.values_list("descendant_id", flat=True))
    outside = [one for one in places if one not in inside]
    if outside:
        names = Territory.objects.filter(pk__in=outside[:5]).values_list("name", flat=True)
        raise BadPlaces(_("Not in your territory: %(names)s.") % {"names": ", ".join(names)})


def _put(zone: str, name: str, links: Mapping[str, NewLink], held: frozenset[str], at: datetime) -> None:
    holder = common_holder(territory_ids=links) or min(held, default=COUNTRY_ID)
    code = zone.partition(":")[2]
    row = NewTerritory(kind=TerritoryKind.ZONE, code=code, name=name[:120])
    gone = TerritoryLink.objects.filter(parent_id=zone, valid_to=None).exclude(child_id__in=list(links))
    left = list(gone.values_list("child_id", flat=True))
    gone.update(valid_to=at.date())
    TerritoryLink.objects.filter(child_id=zone, valid_to=None).exclude(parent_id=holder).delete()
    above = NewLink(child_id=zone, parent_id=holder)
    ensure_territories(rows=[row], links=[above, *links.values()], at=at)
    Territory.objects.filter(pk=zone).update(name=name[:120], search_name=normalise(name)[:120])
    mend_closure(children=[*left, zone])


def retire_zone(*, by_id: UUID, zone_id: str, at: datetime) -> None:
    """Takes a zone out of use: it is neither found nor offered, and nothing lies in it any more.

    Raises ``NotFound`` for people who may not.
    """
    access_zone_by_id(person_id=by_id, zone_id=zone_id)
    with transaction.atomic():
        links = TerritoryLink.objects.filter(parent_id=zone_id, valid_to=None)
        left = list(links.values_list("child_id", flat=True))
        links.update(valid_to=at.date())
        Territory.objects.filter(pk=zone_id).update(retired_at=at)
        mend_closure(children=left)
        audit.record(actor_id=by_id, verb="retire-zone", subject_kind="zone", subject_id=zone_id)
