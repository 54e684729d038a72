"""Reads of official places: inside a territory, near a point."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from amiral.kit.columnar import Unknown
from amiral.kit.readers.positions import kilometres
from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import (
    Bounds,
    FileKind,
    PlaceCard,
    PlaceCategory,
    PlacesOfTerritory,
    TerritoryKind,
)
from amiral.rooms.territory.models import ReferenceFile, Territory
from amiral.rooms.territory.queries.flags import accepted_ids

LARGEST = (TerritoryKind.COUNTRY, TerritoryKind.REGION)
"""Of these the places are neither counted nor drawn."""
WITH_CODE = (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
SHOWN = 2_000
KM_PER_DEGREE = 111.2


def places_near(*, lon: float, lat: float, limit: int = 50, within_km: float = 5.0) -> tuple[PlaceCard, ...]:
    """Official places around a point, the nearest first, ``distance_m`` told."""
    tall = within_km / KM_PER_DEGREE
    wide = tall / max(0.1, float(np.cos(np.radians(lat))))
    found = list(_places(None, (lon - wide, lat - tall, lon + wide, lat + tall)))
    if not found:
        return ()
    lons, lats = np.array([one.lon for one in found]), np.array([one.lat for one in found])
    metres = kilometres(lons, lats, lon, lat) * 1000
    nearest = np.argsort(metres, kind="stable")[:limit].tolist()
    return tuple(
        replace(found[place], distance_m=round(float(metres[place])))
        for place in nearest
        if metres[place] <= within_km * 1000
    )


def places_of_commune(*, commune_id: str, limit: int = 200) -> tuple[PlaceCard, ...]:
    """The official places of a commune (and of its municipal arrondissements), by category and name."""
    found = sorted(_places(_codes(commune_id), None), key=lambda one: (one.category, one.name, one.id))
    return tuple(found[:limit])


def places_in(*, territory_id: str, kind: TerritoryKind) -> PlacesOfTerritory | None:
    """What a territory's page shows of its official places; ``None`` where there are none."""
    files = [] if kind in LARGEST else _live()
    found = list(_places(_codes(territory_id), None)) if files else []
    if not found:
        return None
    step = max(1, -(-len(found) // SHOWN))
    return PlacesOfTerritory(
        counts=tuple(Counter(one.category for one in found).most_common()),
        places=tuple(found[::step]),
        attribution=", ".join(dict.fromkeys(row.attribution or row.name for row in files))[:400],
    )


def _codes(territory_id: str) -> tuple[str, ...]:
    inside = Territory.objects.filter(ancestor_links__ancestor_id=territory_id, kind__in=WITH_CODE)
    return tuple(inside.values_list("code", flat=True))


def _live() -> list[ReferenceFile]:
    return list(ReferenceFile.objects.filter(kind=FileKind.PLACES, state=ReferenceFile.State.LIVE))


def _places(codes: tuple[str, ...] | None, bounds: Bounds | None) -> Iterator[PlaceCard]:
    """The places of all live files, with those of a doubtful position that were accepted."""
    if codes == ():
        return
    for row in _live():
        path = store.path_of(kind=FileKind.PLACES, file_id=row.pk)
        try:
            found = store.read_places(path=path, commune_codes=codes, bounds=bounds)
        except Unknown:  # replaced between the two lines
            continue
        for one in (*found, *_accepted(row, codes, bounds)):
            yield replace(one, id=f"{row.pk}/{one.id}")


def _accepted(
    row: ReferenceFile, codes: tuple[str, ...] | None, bounds: Bounds | None
) -> Iterator[PlaceCard]:
    accepted = accepted_ids(file_id=row.pk) if row.flagged_rows else set[str]()
    if not accepted:
        return
    doubtful, _flags = store.read_flagged(path=store.flagged_path_of(kind=FileKind.PLACES, file_id=row.pk))
    for place, name in enumerate(doubtful.ids):
        lon, lat = float(doubtful.lon[place]), float(doubtful.lat[place])
        there = bounds is None or (bounds[0] <= lon <= bounds[2] and bounds[1] <= lat <= bounds[3])
        if name in accepted and there and (codes is None or doubtful.commune_codes[place] in codes):
            yield PlaceCard(
                id=name,
                category=PlaceCategory(row.category),
                name=doubtful.streets[place],
                address=doubtful.suffixes[place],
                commune_code=doubtful.commune_codes[place],
                lon=lon,
                lat=lat,
            )
