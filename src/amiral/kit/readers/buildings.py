"""Buildings of an OpenStreetMap extract, and which address stands in which."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from amiral.cores.walk.dwellings import DwellingRule, Homes, homes_in, shared
from amiral.cores.walk.geo import flat

from .drafts import Limits
from .errors import STREETS_EXPECTED, UnreadableFile
from .flats import flats_told
from .lines import REPORT_EVERY, Progress
from .osm import damaged_is_said, is_extract, located, polygon_of
from .sniff import head_of, refuse_other_kinds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NONE = frozenset(["no", "roof", "ruins", "construction", "proposed", "demolished", "collapsed"])
"""Values of ``building`` that are no building to enter."""
MOST_LEVELS = 200


@dataclass(frozen=True, kw_only=True)
class Buildings:
    """Buildings as columns. Outline ``b``: ``lon[start[b]:start[b + 1]]``, without courtyards; WGS84 degrees.

    ``area_m2`` is the ground they cover, courtyards not counted; ``levels`` and ``flats``: 0 is unknown.
    """

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    area_m2: Floats
    levels: Ints
    flats: Ints
    lon: Floats
    lat: Floats
    start: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class _Building:
    id: str
    kind: str
    area_m2: float
    levels: int
    flats: int
    ring: Floats


def read_buildings(
    path: Path | str, *, limits: Limits | None = None, progress: Progress | None = None
) -> Buildings:
    """Read the buildings of an extract; there may be none. Raises ``UnreadableFile``."""
    path, limits = Path(path), limits or Limits()
    head = head_of(path, STREETS_EXPECTED)
    if not is_extract(head):
        refuse_other_kinds(head, STREETS_EXPECTED)
        raise UnreadableFile("binary", expected=STREETS_EXPECTED)
    with damaged_is_said():
        return _columns(list(_read(path, progress)))


def _read(path: Path, progress: Progress | None) -> Iterator[_Building]:
    make = osmium.geom.WKBFactory().create_multipolygon
    areas: Any = located(path).with_areas()
    areas.with_filter(osmium.filter.EntityFilter(osmium.osm.AREA))
    for done, area in enumerate(areas.with_filter(osmium.filter.KeyFilter("building"))):
        if progress and done % REPORT_EVERY == 0:
            progress(done, 0)
        if area.tags["building"] in NONE:
            continue
        shape = polygon_of(area, make)
        if shape is None or shape.is_empty:
            continue
        name = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        for number, part in enumerate(shapely.get_parts(shape)):
            yield _building(name if number == 0 else f"{name}.{number}", area.tags, part)


def _building(name: str, tags: Any, shape: Any) -> _Building:
    ring = np.asarray(shapely.get_coordinates(shapely.get_exterior_ring(shape)), float)
    middle = float(ring[:, 1].mean())
    flattened = shapely.transform(shape, lambda points: flat(points[:, 0], points[:, 1], middle))
    return _Building(
        id=name,
        kind=tags["building"],
        area_m2=round(float(shapely.area(flattened)), 1),
        levels=levels_told(tags.get("building:levels", "")),
        flats=flats_told(tags),
        ring=ring,
    )


def levels_told(text: str) -> int:
    """Whole levels above ground of a ``building:levels`` tag (``4``, ``3.5``, ``2;4``); 0 for none."""
    try:
        levels = max(float(part.replace(",", ".")) for part in text.split(";"))
    except ValueError:
        return 0
    return int(levels) if 1 <= levels <= MOST_LEVELS else 0


def _columns(found: list[_Building]) -> Buildings:
    rings = np.concatenate([one.ring for one in found]) if found else np.empty((0, 2))
    return Buildings(
        ids=tuple(one.id for one in found),
        kinds=tuple(one.kind for one in found),
        area_m2=np.array([one.area_m2 for one in found], float),
        levels=np.array([one.levels for one in found], np.int64),
        flats=np.array([one.flats for one in found], np.int64),
        lon=rings[:, 0],
        lat=rings[:, 1],
        start=np.cumsum([0, *(len(one.ring) for one in found)]).astype(np.int64),
    )


NO_BUILDINGS = _columns([])
"""What an extract without buildings holds."""


def building_at(*, lon: Floats, lat: Floats, buildings: Buildings, near_m: float) -> Ints:
    """The building of each position: the one around it, else the nearest within ``near_m``; -1 for none."""
    out = np.full(len(lon), -1, np.int64)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(buildings) or not len(known):
        return out
    middle = float(np.mean(lat[known]))
    ring = np.repeat(np.arange(len(buildings)), np.diff(buildings.start))
    outlines = shapely.polygons(shapely.linearrings(flat(buildings.lon, buildings.lat, middle), indices=ring))
    points = shapely.points(flat(lon[known], lat[known], middle))
    place, building = shapely.STRtree(outlines).query(points, predicate="dwithin", distance=near_m)
    away = np.round(shapely.distance(points[place], outlines[building]), 2)
    by_id = np.argsort(np.argsort(np.array(buildings.ids, dtype=str), kind="stable"), kind="stable")
    order = np.lexsort((by_id[building], buildings.area_m2[building], away, place))
    first = np.ones(len(order), bool)
    first[1:] = place[order][1:] != place[order][:-1]
    out[known[place[order][first]]] = building[order][first]
    return out


def homes_of(
    *, lon: Floats, lat: Floats, told: Ints, buildings: Buildings, rule: DwellingRule | None = None
) -> Homes:
    """Homes, floors, lifts of addresses: what their file ``told`` (0: nothing), else from the buildings."""
    rule = rule or DwellingRule()
    inside = homes_in(
        kinds=buildings.kinds, area_m2=buildings.area_m2, levels=buildings.levels, flats=buildings.flats,
        rule=rule,
    )  # fmt: skip
    building = building_at(lon=lon, lat=lat, buildings=buildings, near_m=rule.near_m)
    return shared(homes=inside, building=building, told=told)
