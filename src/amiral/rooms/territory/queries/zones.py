"""Reads of the zones that the campaign drew: the business of those who bring reference data, alone."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from amiral.kit.errors import NotFound
from amiral.rooms.territory.access import COUNTRY_ID, access_imports, held_territories
from amiral.rooms.territory.contracts import NewLink, TerritoryCard, TerritoryKind, ZoneCard
from amiral.rooms.territory.models import Territory, TerritoryClosure, Zone
from amiral.rooms.territory.queries.cards import territory_card
from amiral.rooms.territory.queries.contours import areas_of, locate
from amiral.rooms.territory.queries.graph import graph_of

WHOLE = 0.999
"""From this part of its area on, a place that the outline covers lies wholly in the zone."""
TOUCHED = 0.001
"""Below this part of its area, it does not lie in it at all: outlines that follow a border cross it."""
GRID = 40
"""Points a side, to find the communes around an outline."""
SMALL_KINDS = (TerritoryKind.COMMUNE, TerritoryKind.BUREAU_DE_VOTE)


def access_zone_by_id(*, person_id: UUID | None, zone_id: str) -> ZoneCard:
    """A zone of the person's territory; ``NotFound`` when missing, retired or none of his business."""
    access_imports(person_id=person_id)
    held = held_territories(person_id=person_id)
    row = Zone.objects.select_related("territory").filter(
        pk=zone_id.replace("\x00", ""), territory__retired_at=None
    )
    found = row.first()
    inside = TerritoryClosure.objects.filter(descendant_id=zone_id, ancestor_id__in=held)
    if found is None or not (COUNTRY_ID in held or inside.exists()):
        raise NotFound
    return _zone_card(found)


def zones(*, person_id: UUID | None) -> tuple[TerritoryCard, ...]:
    """The zones of the person's territory, by name. Two queries."""
    held = held_territories(person_id=person_id)
    rows = Territory.objects.filter(kind=TerritoryKind.ZONE, retired_at=None)
    if COUNTRY_ID not in held:
        rows = rows.filter(ancestor_links__ancestor_id__in=held).distinct()
    return tuple(map(territory_card, rows.order_by("search_name", "id")))


def zones_within(*, territory_ids: Iterable[str]) -> tuple[TerritoryCard, ...]:
    """The zones that lie in any of these territories, themselves included, by name; the caller has seen to
    the right to know of them. One query.
    """
    rows = Territory.objects.filter(
        kind=TerritoryKind.ZONE, retired_at=None, ancestor_links__ancestor_id__in=list(territory_ids)
    )
    return tuple(map(territory_card, rows.distinct().order_by("search_name", "id")))


def zones_around(*, person_id: UUID | None, territory_id: str) -> tuple[TerritoryCard, ...]:
    """The zones of the person that hold a territory. Two queries."""
    return tuple(
        one for one in zones(person_id=person_id) if one.id in set(_ancestors([territory_id])[territory_id])
    )


def _zone_card(row: Zone) -> ZoneCard:
    return ZoneCard(
        card=territory_card(row.territory),
        geometry=row.geometry,
        parts=graph_of(territory_id=row.pk).below,
        retired=row.territory.retired_at is not None,
    )


def picked_of(*, zone: ZoneCard, person_id: UUID | None) -> tuple[TerritoryCard, ...]:
    """The places that were picked by hand: those that the outline does not cover by itself."""
    covered: set[str] = set()
    if zone.geometry is not None:
        within = held_territories(person_id=person_id)
        drawn = places_in_outline(zone_id=zone.card.id, geometry=zone.geometry, within=within)
        covered = {one.child_id for one in drawn if one.exact}
    return tuple(one.place for one in zone.parts if one.exact and one.place.id not in covered)


def choices_within(*, person_id: UUID | None, territory_id: str) -> tuple[TerritoryCard, ...]:
    """Communes of a larger territory, or bureaux of a commune, to pick from; those of the person alone."""
    kind = TerritoryKind.BUREAU_DE_VOTE if territory_id.startswith("commune:") else TerritoryKind.COMMUNE
    rows = Territory.objects.filter(ancestor_links__ancestor_id=territory_id, kind=kind, retired_at=None)
    held = held_territories(person_id=person_id)
    if COUNTRY_ID not in held:
        rows = rows.filter(
            pk__in=TerritoryClosure.objects.filter(ancestor_id__in=held).values("descendant_id")
        )
    return tuple(map(territory_card, rows.order_by("search_name", "code")[:2_000]))


def common_holder(*, territory_ids: Iterable[str]) -> str | None:
    """The smallest official territory that holds all of them and is none of them. One query."""
    ids = set(territory_ids)
    if not ids:
        return None
    above = _ancestors(ids)
    shared = set.intersection(*(set(above[one]) - {one} for one in ids)) - ids
    official = [one for one in shared if one.split(":")[0] not in _NO_HOLDERS]
    return min(official, key=lambda one: (max(above[below][one] for below in ids), one), default=None)


_NO_HOLDERS = frozenset({TerritoryKind.ZONE, TerritoryKind.CANTON, TerritoryKind.CIRCONSCRIPTION})


def _ancestors(ids: Iterable[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {one: {} for one in ids}
    pairs = TerritoryClosure.objects.filter(descendant_id__in=list(found))
    for below, above, depth in pairs.values_list("descendant_id", "ancestor_id", "depth"):
        found[below][above] = depth
    return found


def places_in_outline(
    *, zone_id: str, geometry: Mapping[str, Any], within: frozenset[str]
) -> tuple[NewLink, ...]:
    """Communes and bureaux that an outline covers: wholly (exact) or in part, by the contours in use.

    A bureau counts only where its commune is not covered as a whole. ``within``: only places of these
    territories. Nothing where no contours were imported.
    """
    outline = shapely.geometry.shape(geometry)
    shapely.prepare(outline)
    candidates = _candidates(outline, within)
    shares = _shares(outline, candidates)
    whole = {one for one, share in shares.items() if share >= WHOLE}
    homes = {one: _home(one) for one in shares}
    return tuple(
        NewLink(
            child_id=one,
            parent_id=zone_id,
            exact=one in whole,
            share=None if one in whole else round(share, 4),
        )
        for one, share in sorted(shares.items())
        if share > TOUCHED and not (homes[one] in whole and homes[one] != one)
    )


def _home(territory_id: str) -> str:
    return "commune:" + territory_id.partition(":")[2].partition("_")[0]


def _candidates(outline: Any, within: frozenset[str]) -> list[str]:
    """Ids of the communes and bureaux of the départements that the outline touches."""
    west, south, east, north = outline.bounds
    lon, lat = np.meshgrid(np.linspace(west, east, GRID), np.linspace(south, north, GRID))
    hit: set[str] = set()
    for kind in SMALL_KINDS:
        found = locate(lon=lon.ravel(), lat=lat.ravel(), kind=kind)
        hit |= {found.territory_ids[at] for at in set(found.index[found.index >= 0].tolist())}
    codes = Territory.objects.filter(pk__in=hit).values_list("departement_code", flat=True).distinct()
    rows = Territory.objects.filter(kind__in=SMALL_KINDS, departement_code__in=set(codes), retired_at=None)
    if COUNTRY_ID not in within:
        mine = TerritoryClosure.objects.filter(ancestor_id__in=within)
        rows = rows.filter(pk__in=mine.values("descendant_id"))
    return list(rows.values_list("pk", flat=True))


def _shares(outline: Any, candidates: list[str]) -> dict[str, float]:
    """Which part of the area of each place lies in the outline; places it does not touch are left out."""
    ids, areas = areas_of(territory_ids=candidates)
    if not ids:
        return {}
    near = np.flatnonzero(shapely.intersects(outline, areas))
    cut = shapely.area(shapely.intersection(areas[near], outline))
    parts = cut / np.maximum(shapely.area(areas[near]), 1e-15)
    return {ids[at]: float(part) for at, part in zip(near.tolist(), parts.tolist(), strict=True)}
