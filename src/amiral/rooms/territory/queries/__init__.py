"""Reads of this room: ids in, dataclasses out."""

from collections import Counter
from collections.abc import Iterable
from math import cos, degrees, radians
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import F
from django.utils.translation import gettext

from amiral.cores.walk import WayKind
from amiral.cores.walk.dwellings import DwellingRule, Homes
from amiral.kit.columnar import Unknown
from amiral.kit.errors import NotFound
from amiral.kit.readers import StreetNetwork
from amiral.kit.readers.buildings import NO_BUILDINGS, Buildings
from amiral.kit.readers.buildings import homes_of as homes_from
from amiral.kit.readers.walking import KINDS
from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import (
    AddressColumns,
    BadLineCard,
    Bounds,
    FileKind,
    Floats,
    ReferenceFileCard,
    StreetColumns,
    StreetLine,
    TerritoryCard,
    TerritoryKind,
)
from amiral.rooms.territory.models import BadLine, FormerCode, ReferenceFile, Territory, TerritoryClosure
from amiral.rooms.territory.normalise import PlaceQuery, normalise, parse_place
from amiral.rooms.territory.problems import sentence
from amiral.rooms.territory.queries import flags
from amiral.rooms.territory.queries.cards import territory_card as _card

MAX_FOUND = 50
MAX_FORMER = 200
EARTH_RADIUS_M = 6_371_008.8
_BY_SIZE = (F("population").desc(nulls_last=True), "search_name", "id")


def territory(*, territory_id: str) -> TerritoryCard:
    """One territory; ``NotFound`` for an id that nobody has."""
    if "\x00" in territory_id:  # PostgreSQL answers such a text by an error
        raise NotFound
    found = Territory.objects.filter(pk=territory_id).first()
    if found is None:
        raise NotFound
    return _card(found)


def territories(*, territory_ids: Iterable[str]) -> dict[str, TerritoryCard]:
    """Cards by id, those that exist. One query."""
    return {one.id: _card(one) for one in Territory.objects.filter(pk__in=set(territory_ids))}


def departements() -> tuple[TerritoryCard, ...]:
    """All départements and inhabited overseas collectivities, Corsica between 19 and 21. One query."""
    rows = Territory.objects.filter(kind=TerritoryKind.DEPARTEMENT, retired_at=None).exclude(population=0)
    return tuple(sorted(map(_card, rows), key=_departement_order))


def _departement_order(card: TerritoryCard) -> tuple[float, str]:
    """2A and 2B took the place of 20."""
    number = card.code.replace("A", "0").replace("B", "0")
    return int(number), card.code


def largest_communes(*, departement_code: str, limit: int) -> tuple[TerritoryCard, ...]:
    """The communes of a département with most inhabitants, largest first. One query."""
    communes = Territory.objects.filter(
        kind=TerritoryKind.COMMUNE, departement_code=departement_code, retired_at=None
    )
    return tuple(map(_card, communes.order_by(*_BY_SIZE)[:limit]))


def communes_of_postal_code(*, postal_code: str) -> tuple[TerritoryCard, ...]:
    """The communes that a postal code covers, largest first; Paris once for 75011. One query."""
    communes = Territory.objects.filter(kind=TerritoryKind.COMMUNE, postal_codes__code=postal_code)
    return tuple(map(_card, communes.order_by(*_BY_SIZE)))


def postal_codes(*, territory_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Postal codes of each territory, in order; a territory without any is left out. One query."""
    pairs = (
        Territory.objects.filter(pk__in=set(territory_ids), postal_codes__isnull=False)
        .order_by("id", "postal_codes__code")
        .values_list("id", "postal_codes__code")
    )
    found: dict[str, tuple[str, ...]] = {}
    for territory_id, code in pairs:
        found[territory_id] = (*found.get(territory_id, ()), code)
    return found


def search_communes(*, text: str, limit: int = 20) -> tuple[TerritoryCard, ...]:
    """Communes that answer what was typed: a name in any spelling, a former name, a postal or INSEE code.

    Exact names first, then names that begin so, then names that hold every word; within each, by
    population. Two queries in the usual case, at most five.
    """
    limit = max(1, min(limit, MAX_FOUND))
    query = parse_place(text)
    if query.postal_code:
        return _by_code(query, limit)
    if not query.words:
        return ()
    found = _by_name(query, limit) if query.departement_hint else ()
    return found or _by_name(_without_hint(query), limit) or _by_insee_code(text, limit)


def _without_hint(query: PlaceQuery) -> PlaceQuery:
    return PlaceQuery(words=query.words, postal_code=query.postal_code, departement_hint="")


def _by_code(query: PlaceQuery, limit: int) -> tuple[TerritoryCard, ...]:
    found = communes_of_postal_code(postal_code=query.postal_code)[:limit]
    named = tuple(one for one in found if query.words and _holds_all(one, query.words))
    return named or found or _by_insee_code(query.postal_code, limit)


def _holds_all(card: TerritoryCard, words: tuple[str, ...]) -> bool:
    name = f" {parse_place(card.name).name}"
    return all(f" {word}" in name for word in words)


def _by_insee_code(text: str, limit: int) -> tuple[TerritoryCard, ...]:
    code = normalise(text[:20]).upper()
    communes = Territory.objects.filter(
        Q(code=code) | Q(former_codes__code=code), kind=TerritoryKind.COMMUNE, retired_at=None
    ).distinct()
    return tuple(map(_card, communes[:limit]))


def _by_name(query: PlaceQuery, limit: int) -> tuple[TerritoryCard, ...]:
    every_word = Q()
    for word in query.words:
        every_word &= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
    # As a sub-query, PostgreSQL ran it once per commune before its first ANALYZE.
    took_in = FormerCode.objects.filter(every_word).values_list("commune_id", flat=True)
    former = Q(pk__in=list(took_in[:MAX_FORMER]))
    rank = Case(
        When(search_name=query.name, then=Value(0)),
        When(search_name__startswith=query.name, then=Value(1)),
        When(every_word, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    communes = Territory.objects.filter(every_word | former, kind=TerritoryKind.COMMUNE, retired_at=None)
    if query.departement_hint:
        communes = communes.filter(departement_code=query.departement_hint.upper().zfill(2))
    ranked = communes.annotate(rank=rank).order_by("rank", *_BY_SIZE)
    return tuple(map(_card, ranked[:limit]))


def departement_of(*, territory_id: str) -> TerritoryCard | None:
    """The département (or overseas collectivity) that holds it, ``None`` for what spans several."""
    holder = Territory.objects.filter(
        kind=TerritoryKind.DEPARTEMENT, descendant_links__descendant_id=territory_id
    ).first()
    return _card(holder) if holder else None


def parents(*, territory_id: str) -> tuple[TerritoryCard, ...]:
    """The way down to it: country, région, département, commune; itself left out. One query."""
    above = Territory.objects.filter(
        descendant_links__descendant_id=territory_id, descendant_links__depth__gt=0, kind__in=_WAY_DOWN
    )
    return tuple(sorted(map(_card, above), key=lambda one: _WAY_DOWN.index(one.kind)))


_WAY_DOWN = (
    TerritoryKind.COUNTRY,
    TerritoryKind.REGION,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
)
_NUMBERED = (TerritoryKind.ARRONDISSEMENT_MUNICIPAL, TerritoryKind.BUREAU_DE_VOTE)
"""Their names would put the tenth before the second."""
_PARTS: dict[TerritoryKind, tuple[TerritoryKind, ...]] = {
    TerritoryKind.COUNTRY: (TerritoryKind.REGION, TerritoryKind.DEPARTEMENT),
    TerritoryKind.REGION: (TerritoryKind.DEPARTEMENT,),
    TerritoryKind.DEPARTEMENT: (TerritoryKind.COMMUNE,),
    TerritoryKind.EPCI: (TerritoryKind.COMMUNE,),
    TerritoryKind.COMMUNE: (
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
        TerritoryKind.COMMUNE_DELEGUEE,
        TerritoryKind.COMMUNE_ASSOCIEE,
        TerritoryKind.BUREAU_DE_VOTE,
    ),
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL: (TerritoryKind.BUREAU_DE_VOTE,),
    TerritoryKind.ARRONDISSEMENT: (TerritoryKind.COMMUNE,),
    TerritoryKind.CANTON: (TerritoryKind.COMMUNE, TerritoryKind.BUREAU_DE_VOTE),
    TerritoryKind.CIRCONSCRIPTION: (
        TerritoryKind.FOREIGN_COUNTRY,
        TerritoryKind.COMMUNE,
        TerritoryKind.BUREAU_DE_VOTE,
    ),
    TerritoryKind.ZONE: (
        TerritoryKind.DEPARTEMENT,
        TerritoryKind.ARRONDISSEMENT,
        TerritoryKind.CIRCONSCRIPTION,
        TerritoryKind.CANTON,
        TerritoryKind.EPCI,
        TerritoryKind.COMMUNE,
        TerritoryKind.COMMUNE_DELEGUEE,
        TerritoryKind.COMMUNE_ASSOCIEE,
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
        TerritoryKind.BUREAU_DE_VOTE,
    ),
}


def parts(*, card: TerritoryCard) -> tuple[TerritoryCard, ...]:
    """The territories right below, by name; those that are numbered, by number. One query."""
    below = Territory.objects.filter(
        ancestor_links__ancestor_id=card.id,
        ancestor_links__depth=1,
        kind__in=_PARTS.get(card.kind, ()),
        retired_at=None,
    )
    by_name = map(_card, below.order_by("search_name", "id"))
    return tuple(sorted(by_name, key=lambda one: one.code if one.kind in _NUMBERED else ""))


def former_names(*, territory_id: str) -> tuple[str, ...]:
    """Names of the villages that a commune took in, by name. One query."""
    rows = FormerCode.objects.filter(commune_id=territory_id).exclude(name="").order_by("search_name")
    return tuple(dict.fromkeys(rows.values_list("name", flat=True)))


_WHOLE_COMMUNES = (
    TerritoryKind.COUNTRY,
    TerritoryKind.REGION,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.EPCI,
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
)


def imported_addresses(*, card: TerritoryCard) -> int | None:
    """How many imported addresses say that they lie there. Two queries.

    Files tell the commune of an address and no more: ``None`` for what cuts communes, such as a bureau.
    """
    if card.kind not in _WHOLE_COMMUNES:
        return None
    counts = Counter[str]()
    for file in reference_files(kind=FileKind.ADDRESSES):
        counts.update(file.commune_codes)
    if not counts:
        return 0
    inside = Territory.objects.filter(
        ancestor_links__ancestor_id=card.id,
        kind__in=[TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL],
    )
    return sum(counts[code] for code in inside.values_list("code", flat=True))


def is_within(*, territory_id: str, ancestor_id: str) -> bool:
    """Whether all of the first lies in the second; a territory lies within itself. One query."""
    return TerritoryClosure.objects.filter(ancestor_id=ancestor_id, descendant_id=territory_id).exists()


def ancestor_ids(*, territory_id: str) -> tuple[str, ...]:
    """The territory itself, then everything that holds it, nearest first. One query."""
    links = TerritoryClosure.objects.filter(descendant_id=territory_id).order_by("depth", "ancestor_id")
    return tuple(links.values_list("ancestor_id", flat=True))


def descendant_filter(*, ancestor_ids: Iterable[str]) -> QuerySet[Any, str]:
    """Ids of all that lies within, for ``filter(territory_id__in=...)``: it becomes a sub-query."""
    links = TerritoryClosure.objects.filter(ancestor_id__in=list(ancestor_ids))
    return links.values_list("descendant_id", flat=True)


def reference_files(*, kind: FileKind) -> tuple[ReferenceFileCard, ...]:
    """The live files of a kind, by name. One query."""
    live = ReferenceFile.objects.filter(kind=kind, state=ReferenceFile.State.LIVE)
    return tuple(map(file_card, live))


def addresses(*, file_id: UUID, commune_code: str = "", bounds: Bounds | None = None) -> AddressColumns:
    """Addresses of a live file, by commune, street and number. ``NotFound`` once it is replaced.

    Those whose position is doubtful are left out until a person accepts them.
    """
    path = _path_of_live(file_id=file_id, kind=FileKind.ADDRESSES)
    try:
        found = store.read_addresses(path=path, commune_code=commune_code, bounds=bounds)
        return flags.with_accepted(found, file_id=file_id, commune_code=commune_code, bounds=bounds)
    except Unknown:  # replaced between the two lines
        raise NotFound from None


def _path_of_live(*, file_id: UUID, kind: FileKind) -> Path:
    live = ReferenceFile.objects.filter(pk=file_id, kind=kind, state=ReferenceFile.State.LIVE)
    if not live.exists():
        raise NotFound
    return store.path_of(kind=kind, file_id=file_id)


def streets_near(*, bounds: Bounds, margin_m: float = 300) -> StreetColumns | None:
    """One network of all live street files around a box; ``None`` where nothing was imported."""
    box = widened(bounds, margin_m)
    paths = [store.path_of(kind=FileKind.STREETS, file_id=file_id) for file_id in _street_files(box)]
    network = store.read_streets(paths=[path for path in paths if path.exists()], bounds=box)
    return None if network is None else _columns(network)


def _columns(network: StreetNetwork) -> StreetColumns:
    kinds = [KINDS.get(highway, WayKind.FOOT) for highway in network.highway]
    return StreetColumns(
        node_lon=network.node_lon,
        node_lat=network.node_lat,
        way_start=network.way_start,
        way_nodes=network.way_nodes,
        way_kind=np.array(kinds, dtype=np.int64),
        way_names=network.names,
        way_addressable=~network.elevated,
        node_height=network.node_height,
        node_marks=network.node_marks,
        obstacles=network.obstacles,
    )


def homes_of(*, addresses: AddressColumns, rule: DwellingRule | None = None) -> Homes:
    """Homes, floors and lifts of addresses: those that their file tells, else from the buildings around them.

    The buildings are those of all live street files; without any, only what the addresses tell is known.
    """
    buildings = _buildings_around(addresses.lon, addresses.lat)
    return homes_from(
        lon=addresses.lon, lat=addresses.lat, told=addresses.dwellings, buildings=buildings, rule=rule
    )


def _buildings_around(lon: Floats, lat: Floats) -> Buildings:
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return NO_BUILDINGS
    lon, lat = lon[known], lat[known]
    box = widened((float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())), 100)
    paths = [store.buildings_path_of(file_id=file_id) for file_id in _street_files(box)]
    return store.read_buildings(paths=[path for path in paths if path.exists()], bounds=box) or NO_BUILDINGS


def _street_files(box: Bounds) -> list[UUID]:
    west, south, east, north = box
    touching = ReferenceFile.objects.filter(
        kind=FileKind.STREETS,
        state=ReferenceFile.State.LIVE,
        west__lte=east,
        east__gte=west,
        south__lte=north,
        north__gte=south,
    )
    return list(touching.values_list("pk", flat=True))


def widened(bounds: Bounds, margin_m: float) -> Bounds:
    """The box with a margin on each side; the earth taken as a sphere, which is enough for a margin."""
    west, south, east, north = bounds
    tall = degrees(margin_m / EARTH_RADIUS_M)
    wide = tall / max(0.01, cos(radians((south + north) / 2)))
    return (west - wide, south - tall, east + wide, north + tall)


def street_lines(*, bounds: Bounds, limit: int) -> list[StreetLine]:
    """What a map draws of the streets in a box: the larger ways first, at most ``limit``."""
    streets = streets_near(bounds=bounds, margin_m=0)
    if streets is None:
        return []
    chosen = np.argsort(-streets.way_kind, kind="stable")[:limit]
    return [_line(streets, way) for way in chosen.tolist()]


def _line(streets: StreetColumns, way: int) -> StreetLine:
    nodes = streets.nodes_of(way)
    places = np.column_stack([streets.node_lon[nodes], streets.node_lat[nodes]]).tolist()
    return StreetLine(
        geometry={"type": "LineString", "coordinates": places},
        name=streets.way_names[way],
        kind=WayKind(int(streets.way_kind[way])).name.lower(),
    )


def bad_lines(*, file_id: UUID) -> QuerySet[BadLine]:
    """The lines that were left out, in order; for a paginator, which shows them by ``bad_line_card``."""
    return BadLine.objects.filter(file_id=file_id)


def bad_line_card(row: BadLine) -> BadLineCard:
    """The line and its reason in the language of the reader."""
    place = gettext("line %(number)s") % {"number": row.line_number} if row.line_number else row.object_id
    return BadLineCard(place=place, reason=sentence(row.code, row.params))


def communes_of_file(*, card: ReferenceFileCard, limit: int) -> list[tuple[str, int]]:
    """(label of the commune or arrondissement, rows) of a file, most rows first. One query."""
    largest = Counter(card.commune_codes).most_common(limit)
    rows = Territory.objects.filter(
        kind__in=[TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL],
        code__in=[code for code, _rows in largest],
    )
    labels = {row.code: _card(row).label for row in rows}
    return [(labels.get(code, code), count) for code, count in largest]


def points_of_file(*, file_id: UUID, limit: int) -> dict[str, object]:
    """A GeoJSON MultiPoint of at most ``limit`` addresses, taken evenly."""
    try:
        lon, lat = store.read_positions(path=store.path_of(kind=FileKind.ADDRESSES, file_id=file_id))
    except Unknown:
        raise NotFound from None
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    chosen = known[:: max(1, -(-len(known) // limit))]
    return {"type": "MultiPoint", "coordinates": np.column_stack([lon[chosen], lat[chosen]]).tolist()}


def file_card(row: ReferenceFile) -> ReferenceFileCard:
    """A row as it may cross the door."""
    box = (row.west, row.south, row.east, row.north)
    west, south, east, north = box
    known = None not in box
    return ReferenceFileCard(
        id=row.pk,
        kind=FileKind(row.kind),
        name=row.name,
        rows=row.rows,
        bad_rows=row.bad_rows,
        bounds=(west or 0.0, south or 0.0, east or 0.0, north or 0.0) if known else None,
        commune_codes=dict(row.commune_codes),
        attribution=row.attribution,
        created_at=row.created_at,
        flagged_rows=row.flagged_rows,
    )
