"""Addresses and streets as columns on the disk: which columns, where, and how they become dataclasses again.

Kept beside the common files because it is the only place of the room that knows the columnar store.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from amiral.cores.walk import Obstacles
from amiral.kit.columnar import EMBEDDED, Batch, Condition, In, Lists, Range, Rows, Schema, Type, Unknown
from amiral.kit.readers import LineProblem, StreetNetwork
from amiral.kit.readers.buildings import Buildings
from amiral.rooms.territory.contracts import (
    AddressColumns,
    Bools,
    Bounds,
    FileKind,
    Floats,
    Ints,
    PlaceCard,
    PlaceCategory,
)

Kind = TypeVar("Kind", bound=np.generic)

ROWS_PER_BATCH = 20_000
RESULTS_PER_BATCH = 2_000
"""Lines of results are read by the commune; a group of them holds a few cantons."""

ADDRESS_SCHEMA: Schema = {
    "id": Type.TEXT,
    "number": Type.INT,
    "suffix": Type.TEXT,
    "street": Type.TEXT,
    "commune_code": Type.TEXT,
    "lon": Type.FLOAT,
    "lat": Type.FLOAT,
    "dwellings": Type.INT,
}

FLAGGED_SCHEMA: Schema = {**ADDRESS_SCHEMA, "line": Type.INT, "code": Type.TEXT, "params": Type.TEXT}

PLACE_SCHEMA: Schema = {
    "id": Type.TEXT,
    "category": Type.TEXT,
    "name": Type.TEXT,
    "address": Type.TEXT,
    "commune_code": Type.TEXT,
    "lon": Type.FLOAT,
    "lat": Type.FLOAT,
}

STREET_SCHEMA: Schema = {
    "way": Type.INT,
    "name": Type.TEXT,
    "highway": Type.TEXT,
    "elevated": Type.BOOL,
    "nodes": Type.INT_LIST,
    "lon": Type.FLOAT_LIST,
    "lat": Type.FLOAT_LIST,
    "heights": Type.FLOAT_LIST,
    "marks": Type.INT_LIST,
    "west": Type.FLOAT,
    "south": Type.FLOAT,
    "east": Type.FLOAT,
    "north": Type.FLOAT,
}

OBSTACLE = "obstacle"
"""The ``highway`` of the rows that nobody walks: rivers, railways, cliffs."""
GROUND = ("heights", "marks")
"""Columns that files imported before they existed do not have."""

BUILDING_SCHEMA: Schema = {
    "id": Type.TEXT,
    "kind": Type.TEXT,
    "area_m2": Type.FLOAT,
    "levels": Type.INT,
    "flats": Type.INT,
    "lon": Type.FLOAT_LIST,
    "lat": Type.FLOAT_LIST,
    "west": Type.FLOAT,
    "south": Type.FLOAT,
    "east": Type.FLOAT,
    "north": Type.FLOAT,
}

CELL_DEGREES = 0.02
"""Ways are written cell by cell of about two kilometres, so that a quarter is read from few groups."""


def folder_of(*, kind: FileKind) -> Path:
    """Where the columns of one kind of file lie."""
    return Path(settings.REFERENCE_DIR) / kind


def path_of(*, kind: FileKind, file_id: UUID) -> Path:
    """Where the columns of a reference file lie."""
    return folder_of(kind=kind) / f"{file_id}.parquet"


def write_addresses(*, path: Path, addresses: AddressColumns) -> int:
    """Writes addresses by commune, street and number, so that a commune is read from few groups."""
    return EMBEDDED.write(path=path, schema=ADDRESS_SCHEMA, batches=_address_batches(addresses))


def _address_batches(addresses: AddressColumns) -> Iterator[Batch]:
    order = order_of(addresses)
    for start in range(0, len(order), ROWS_PER_BATCH):
        part = addresses.take(order[start : start + ROWS_PER_BATCH])
        yield {
            "id": part.ids,
            "number": part.numbers,
            "suffix": part.suffixes,
            "street": part.streets,
            "commune_code": part.commune_codes,
            "lon": part.lon,
            "lat": part.lat,
            "dwellings": part.dwellings,
        }


def order_of(addresses: AddressColumns) -> Ints:
    """Positions by commune, street, number and suffix."""
    keys = pa.table(
        {
            "commune": pa.array(addresses.commune_codes, pa.string()),
            "street": pa.array(addresses.streets, pa.string()),
            "number": addresses.numbers,
            "suffix": pa.array(addresses.suffixes, pa.string()),
        }
    )
    order = pc.sort_indices(keys, [(name, "ascending") for name in keys.column_names])
    return np.asarray(order.to_numpy(), dtype=np.int64)


def read_addresses(*, path: Path, commune_code: str = "", bounds: Bounds | None = None) -> AddressColumns:
    """The addresses of a commune, of a box, of both or all of them."""
    where: list[Condition] = [In(column="commune_code", values=(commune_code,))] if commune_code else []
    if bounds is not None:
        west, south, east, north = bounds
        where += [
            Range(column="lon", least=west, most=east),
            Range(column="lat", least=south, most=north),
        ]
    return _addresses(EMBEDDED.read(path=path, columns=list(ADDRESS_SCHEMA), where=where))


def _addresses(rows: Rows | None) -> AddressColumns:
    if rows is None:
        none, empty = np.zeros(0, np.int64), np.zeros(0)
        return AddressColumns(
            ids=(),
            numbers=none,
            suffixes=(),
            streets=(),
            commune_codes=(),
            lon=empty,
            lat=empty,
            dwellings=none,
        )
    return AddressColumns(
        ids=rows.text("id"),
        numbers=rows.ints("number"),
        suffixes=rows.text("suffix"),
        streets=rows.text("street"),
        commune_codes=rows.text("commune_code"),
        lon=rows.floats("lon"),
        lat=rows.floats("lat"),
        dwellings=rows.ints("dwellings"),
    )


def joined(parts: Sequence[AddressColumns]) -> AddressColumns:
    """All of them, by commune, street and number again."""
    whole = AddressColumns(
        ids=tuple(one for part in parts for one in part.ids),
        numbers=np.concatenate([part.numbers for part in parts]),
        suffixes=tuple(one for part in parts for one in part.suffixes),
        streets=tuple(one for part in parts for one in part.streets),
        commune_codes=tuple(one for part in parts for one in part.commune_codes),
        lon=np.concatenate([part.lon for part in parts]),
        lat=np.concatenate([part.lat for part in parts]),
        dwellings=np.concatenate([part.dwellings for part in parts]),
    )
    return whole.take(order_of(whole))


def read_positions(*, path: Path) -> tuple[Floats, Floats]:
    """Longitudes and latitudes alone."""
    rows = EMBEDDED.read(path=path, columns=["lon", "lat"])
    return rows.floats("lon"), rows.floats("lat")


def write_places(*, path: Path, places: AddressColumns, category: PlaceCategory) -> int:
    """Writes places by commune and name; ``streets`` are their names, ``suffixes`` their addresses."""
    whole = places.take(order_of(places))
    batch: Batch = {
        "id": whole.ids,
        "category": [category.value] * len(whole),
        "name": whole.streets,
        "address": whole.suffixes,
        "commune_code": whole.commune_codes,
        "lon": whole.lon,
        "lat": whole.lat,
    }
    return EMBEDDED.write(path=path, schema=PLACE_SCHEMA, batches=[batch])


def read_places(
    *, path: Path, commune_codes: Sequence[str] | None = None, bounds: Bounds | None = None
) -> tuple[PlaceCard, ...]:
    """The official places of some communes, of a box, of both or all of them."""
    where: list[Condition] = []
    if commune_codes is not None:
        where.append(In(column="commune_code", values=tuple(commune_codes)))
    if bounds is not None:
        where += [
            Range(column="lon", least=bounds[0], most=bounds[2]),
            Range(column="lat", least=bounds[1], most=bounds[3]),
        ]
    rows = EMBEDDED.read(path=path, columns=list(PLACE_SCHEMA), where=where)
    texts = [rows.text(name) for name in ("id", "category", "name", "address", "commune_code")]
    positions = (rows.floats("lon").tolist(), rows.floats("lat").tolist())
    return tuple(
        PlaceCard(
            id=id_,
            category=PlaceCategory(category),
            name=name,
            address=address,
            commune_code=commune_code,
            lon=lon,
            lat=lat,
        )
        for id_, category, name, address, commune_code, lon, lat in zip(*texts, *positions, strict=True)
    )


def flagged_path_of(*, kind: FileKind, file_id: UUID) -> Path:
    """Where the addresses of a file lie whose position is doubtful; there is none without any."""
    return folder_of(kind=kind) / f"{file_id}.flagged.parquet"


def write_flagged(*, path: Path, addresses: AddressColumns, flags: Sequence[LineProblem]) -> int:
    """Writes doubtful addresses with their line and their reason, in the order of the lines."""
    if not len(addresses):
        return 0
    batch: Batch = {
        "id": addresses.ids,
        "number": addresses.numbers,
        "suffix": addresses.suffixes,
        "street": addresses.streets,
        "commune_code": addresses.commune_codes,
        "lon": addresses.lon,
        "lat": addresses.lat,
        "dwellings": addresses.dwellings,
        "line": np.array([flag.line for flag in flags], dtype=np.int64),
        "code": [flag.code for flag in flags],
        "params": [json.dumps(dict(flag.params)) for flag in flags],
    }
    return EMBEDDED.write(path=path, schema=FLAGGED_SCHEMA, batches=[batch])


def read_flagged(*, path: Path) -> tuple[AddressColumns, tuple[LineProblem, ...]]:
    """Doubtful addresses and their reasons, one for one; nothing where there is no such file."""
    if not path.exists():
        return _addresses(None), ()
    rows = EMBEDDED.read(path=path, columns=list(FLAGGED_SCHEMA))
    flags = (
        LineProblem(line=line, code=code, params=json.loads(params), id=name)
        for line, code, params, name in zip(
            rows.ints("line").tolist(), rows.text("code"), rows.text("params"), rows.text("id"), strict=True
        )
    )
    return _addresses(rows), tuple(flags)


def touching(bounds: Bounds) -> list[Condition]:
    """The conditions of a row whose own box touches ``bounds``."""
    west, south, east, north = bounds
    return [
        Range(column="west", most=east),
        Range(column="east", least=west),
        Range(column="south", most=north),
        Range(column="north", least=south),
    ]


def write_streets(*, path: Path, streets: StreetNetwork) -> int:
    """Writes ways with the OpenStreetMap ids and the positions of their nodes; answers how many ways.

    What nobody crosses on foot is written too, after them.
    """
    batches = chain(_street_batches(streets), _obstacle_batches(streets))
    return EMBEDDED.write(path=path, schema=STREET_SCHEMA, batches=batches)


def _obstacle_batches(streets: StreetNetwork) -> Iterator[Batch]:
    lines, ids = streets.obstacles, streets.obstacle_ids
    for begin in range(0, 0 if lines is None else len(lines), ROWS_PER_BATCH):
        assert lines is not None
        assert ids is not None
        some = np.arange(begin, min(begin + ROWS_PER_BATCH, len(lines)))
        start, lon = runs_of(lines.start, lines.lon, some)
        _, lat = runs_of(lines.start, lines.lat, some)
        none, count = np.zeros(len(lon), np.int64), len(some)
        yield {
            "way": ids[some],
            "name": [""] * count,
            "highway": [OBSTACLE] * count,
            "elevated": np.ones(count, np.bool_),
            "nodes": Lists(start=start, values=none),
            "lon": Lists(start=start, values=lon),
            "lat": Lists(start=start, values=lat),
            "heights": Lists(start=start, values=np.full(len(lon), np.nan)),
            "marks": Lists(start=start, values=none),
            **_boxes(start, lon, lat),
        }


def _boxes(start: Ints, lon: Floats, lat: Floats) -> Batch:
    return {
        "west": np.minimum.reduceat(lon, start[:-1]),
        "south": np.minimum.reduceat(lat, start[:-1]),
        "east": np.maximum.reduceat(lon, start[:-1]),
        "north": np.maximum.reduceat(lat, start[:-1]),
    }


def _street_batches(streets: StreetNetwork) -> Iterator[Batch]:
    first = streets.way_nodes[streets.way_start[:-1]]
    cells = [np.floor(axis[first] / CELL_DEGREES) for axis in (streets.node_lon, streets.node_lat)]
    order = np.lexsort((streets.way_ids, *cells))
    for begin in range(0, len(order), ROWS_PER_BATCH):
        yield _street_batch(streets, order[begin : begin + ROWS_PER_BATCH])


def _street_batch(streets: StreetNetwork, ways: Ints) -> Batch:
    start, nodes = runs_of(streets.way_start, streets.way_nodes, ways)
    lon, lat = streets.node_lon[nodes], streets.node_lat[nodes]
    return {
        "way": streets.way_ids[ways],
        "name": [streets.names[way] for way in ways.tolist()],
        "highway": [streets.highway[way] for way in ways.tolist()],
        "elevated": streets.elevated[ways],
        "nodes": Lists(start=start, values=streets.node_ids[nodes]),
        "lon": Lists(start=start, values=lon),
        "lat": Lists(start=start, values=lat),
        "heights": Lists(start=start, values=_at(streets.node_height, nodes, np.nan)),
        "marks": Lists(start=start, values=_at(streets.node_marks, nodes, 0)),
        **_boxes(start, lon, lat),
    }


def _at(column: Any, nodes: Ints, unknown: float) -> Any:
    return np.full(len(nodes), unknown, type(unknown)) if column is None else column[nodes]


def read_streets(*, paths: Iterable[Path], bounds: Bounds) -> StreetNetwork | None:
    """The ways of several files that touch ``bounds``, as one network; ``None`` when there is none.

    Extracts that overlap meet at their nodes. A way that stands in several is taken from the one that has
    most of it; the order of ways and nodes is that of the ids, as in a file of OpenStreetMap.
    """
    parts = [_read_ways(path, touching(bounds)) for path in paths]
    found = [part for part in parts if len(part)]
    return _network(found) if found else None


def _read_ways(path: Path, where: list[Condition]) -> Rows:
    wanted = ["way", "name", "highway", "elevated", "nodes", "lon", "lat"]
    try:
        return EMBEDDED.read(path=path, columns=[*wanted, *GROUND], where=where)
    except Unknown:  # imported before there were these columns, or gone
        return EMBEDDED.read(path=path, columns=wanted, where=where)


def _network(parts: Sequence[Rows]) -> StreetNetwork | None:
    way_ids = np.concatenate([part.ints("way") for part in parts])
    uses, lon, lat = (_joined([part.lists(name) for part in parts]) for name in ("nodes", "lon", "lat"))
    highway = [kind for part in parts for kind in part.text("highway")]
    walked = np.array([kind != OBSTACLE for kind in highway], np.bool_)
    if not walked.any():
        return None
    lines = _chosen(way_ids, np.diff(uses.start), ~walked)
    line_start, line_lon = runs_of(uses.start, lon.values, lines)
    ways = _chosen(way_ids, np.diff(uses.start), walked)
    start, refs = runs_of(uses.start, uses.values, ways)
    node_ids, first, nodes = np.unique(refs, return_index=True, return_inverse=True)
    heights, marks = (
        _highest(runs_of(uses.start, _ground(parts, name), ways)[1], nodes, len(node_ids)) for name in GROUND
    )
    names = [name for part in parts for name in part.text("name")]
    return StreetNetwork(
        way_ids=way_ids[ways],
        node_ids=node_ids,
        node_lon=runs_of(uses.start, lon.values, ways)[1][first],
        node_lat=runs_of(uses.start, lat.values, ways)[1][first],
        way_start=start,
        way_nodes=nodes.astype(np.int64),
        highway=tuple(highway[way] for way in ways.tolist()),
        names=tuple(names[way] for way in ways.tolist()),
        elevated=np.concatenate([part.bools("elevated") for part in parts])[ways],
        node_height=None if np.isnan(heights).all() else heights,
        node_marks=None if not marks.any() else marks.astype(np.int64),
        obstacles=Obstacles(lon=line_lon, lat=runs_of(uses.start, lat.values, lines)[1], start=line_start),
        obstacle_ids=way_ids[lines],
    )


def _chosen(way_ids: Ints, sizes: Ints, some: Bools) -> Ints:
    """Positions of each of ``some`` ways, by id, the longest of its copies."""
    places = np.flatnonzero(some)
    return places[_once(way_ids[places], sizes[places])]


def _ground(parts: Sequence[Rows], name: str) -> Floats:
    """A column of ``GROUND`` for every use of a node; unknown where a file does not have it."""
    values = []
    for part in parts:
        try:
            values.append(part.lists(name).values.astype(float))
        except KeyError:
            unknown = np.nan if name == "heights" else 0.0
            values.append(np.full(len(part.lists("nodes").values), unknown))
    return np.concatenate(values)


def _highest(values: Floats, nodes: Ints, count: int) -> Floats:
    """Of each node, over all its uses; NaN counts for none."""
    out = np.full(count, np.nan)
    np.fmax.at(out, nodes, values)
    return out


def write_buildings(*, path: Path, buildings: Buildings) -> int:
    """Writes buildings cell by cell, as streets are."""
    return EMBEDDED.write(path=path, schema=BUILDING_SCHEMA, batches=_building_batches(buildings))


def _building_batches(buildings: Buildings) -> Iterator[Batch]:
    first = buildings.start[:-1]
    cells = [np.floor(axis[first] / CELL_DEGREES) for axis in (buildings.lon, buildings.lat)]
    order = np.lexsort(cells)
    for begin in range(0, len(order), ROWS_PER_BATCH):
        some = order[begin : begin + ROWS_PER_BATCH]
        start, lon = runs_of(buildings.start, buildings.lon, some)
        _, lat = runs_of(buildings.start, buildings.lat, some)
        yield {
            "id": [buildings.ids[one] for one in some.tolist()],
            "kind": [buildings.kinds[one] for one in some.tolist()],
            "area_m2": buildings.area_m2[some],
            "levels": buildings.levels[some],
            "flats": buildings.flats[some],
            "lon": Lists(start=start, values=lon),
            "lat": Lists(start=start, values=lat),
            **_boxes(start, lon, lat),
        }


def buildings_path_of(*, file_id: UUID) -> Path:
    """Where the buildings of an extract lie; there is no such file where it has none."""
    return folder_of(kind=FileKind.STREETS) / f"{file_id}.buildings.parquet"


def read_buildings(*, paths: Iterable[Path], bounds: Bounds) -> Buildings | None:
    """The buildings of several extracts that touch ``bounds``, each once; ``None`` when there is none."""
    parts = [
        EMBEDDED.read(path=path, columns=list(BUILDING_SCHEMA), where=touching(bounds)) for path in paths
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return None
    ids = [name for part in parts for name in part.text("id")]
    kinds = [kind for part in parts for kind in part.text("kind")]
    lon, lat = (_joined([part.lists(name) for part in parts]) for name in ("lon", "lat"))
    some = np.unique(np.array(ids, dtype=str), return_index=True)[1]
    start, kept = runs_of(lon.start, lon.values, some)
    return Buildings(
        ids=tuple(ids[one] for one in some.tolist()),
        kinds=tuple(kinds[one] for one in some.tolist()),
        area_m2=np.concatenate([part.floats("area_m2") for part in parts])[some],
        levels=np.concatenate([part.ints("levels") for part in parts])[some],
        flats=np.concatenate([part.ints("flats") for part in parts])[some],
        lon=kept,
        lat=runs_of(lat.start, lat.values, some)[1],
        start=start,
    )


def _joined(lists: Sequence[Lists]) -> Lists:
    sizes = np.concatenate([np.diff(one.start) for one in lists])
    return Lists(start=starts_of(sizes), values=np.concatenate([one.values for one in lists]))


def _once(way_ids: Ints, sizes: Ints) -> Ints:
    """Positions of each way, by id, the longest of its copies."""
    order = np.lexsort((-sizes, way_ids))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = np.diff(way_ids[order]) != 0
    chosen: Ints = order[fresh]
    return chosen


def starts_of(sizes: Ints) -> Ints:
    """Where runs of these sizes begin; one entry more than runs."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def runs_of(start: Ints, values: npt.NDArray[Kind], chosen: Ints) -> tuple[Ints, npt.NDArray[Kind]]:
    """The chosen runs, one after the other: their starts and their values."""
    sizes = np.diff(start)[chosen]
    new_start = starts_of(sizes)
    shift = np.repeat(start[chosen] - new_start[:-1], sizes)
    return new_start, values[np.arange(new_start[-1]) + shift]


RESULT_FIGURES = ("registered", "voters", "blanks", "nulls", "blank_null", "expressed")
RESULT_PLACES = (
    "territory_id",
    "commune_id",
    "arrondissement_id",
    "canton_id",
    "circonscription_id",
    "departement_id",
    "region_id",
)
RESULT_SCHEMA: Schema = {
    "line": Type.INT,
    **dict.fromkeys(RESULT_PLACES, Type.TEXT),
    "unit": Type.TEXT,
    "name": Type.TEXT,
    "flagged": Type.BOOL,
    **dict.fromkeys(RESULT_FIGURES, Type.INT),
    "candidates": Type.INT_LIST,
    "votes": Type.INT_LIST,
}
UNKNOWN_FIGURE = -1


@dataclass(frozen=True, kw_only=True)
class ResultLines:
    """Lines of results by columns of one length n.

    ``places``: columns of ids, empty where a line tells none. ``unit`` is the code, on the day of the ballot,
    of the commune (else of the place) that a line is about: a file answers for whole units. ``figures`` is
    n × 6 in the order of ``RESULT_FIGURES``, ``UNKNOWN_FIGURE`` where not given. Line ``i`` gives
    ``votes[start[i]:start[i + 1]]`` to ``candidates`` at the same positions.
    """

    line: Ints
    places: dict[str, tuple[str, ...]]
    unit: tuple[str, ...]
    name: tuple[str, ...]
    flagged: Bools
    figures: Ints
    start: Ints
    candidates: Ints
    votes: Ints

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, chosen: Ints) -> "ResultLines":
        """The lines at these positions, in that order."""
        start, candidates = runs_of(self.start, self.candidates, chosen)
        _start, votes = runs_of(self.start, self.votes, chosen)
        at = chosen.tolist()
        return ResultLines(
            line=self.line[chosen],
            places={name: tuple(column[i] for i in at) for name, column in self.places.items()},
            unit=tuple(self.unit[i] for i in at),
            name=tuple(self.name[i] for i in at),
            flagged=self.flagged[chosen],
            figures=self.figures[chosen],
            start=start,
            candidates=candidates,
            votes=votes,
        )


def write_results(*, path: Path, lines: ResultLines) -> int:
    """Writes lines by département and commune, so that a commune is read from few groups."""
    order = np.lexsort(
        tuple(
            np.array(column, dtype=object)
            for column in (
                lines.places["territory_id"],
                lines.places["commune_id"],
                lines.places["departement_id"],
            )
        )
    )
    return EMBEDDED.write(path=path, schema=RESULT_SCHEMA, batches=_result_batches(lines.take(order)))


def _result_batches(lines: ResultLines) -> Iterator[Batch]:
    for begin in range(0, len(lines), RESULTS_PER_BATCH):
        part = lines.take(np.arange(begin, min(begin + RESULTS_PER_BATCH, len(lines))))
        yield {
            "line": part.line,
            **part.places,
            "unit": part.unit,
            "name": part.name,
            "flagged": part.flagged,
            **{name: part.figures[:, i] for i, name in enumerate(RESULT_FIGURES)},
            "candidates": Lists(start=part.start, values=part.candidates),
            "votes": Lists(start=part.start, values=part.votes),
        }


def read_results(*, path: Path, where: Sequence[Condition] = ()) -> ResultLines:
    """The lines of a file that meet every condition. Raises ``Unknown``."""
    rows = EMBEDDED.read(path=path, columns=list(RESULT_SCHEMA), where=where)
    candidates = rows.lists("candidates")
    return ResultLines(
        line=rows.ints("line"),
        places={name: rows.text(name) for name in RESULT_PLACES},
        unit=rows.text("unit"),
        name=rows.text("name"),
        flagged=rows.bools("flagged"),
        figures=np.column_stack([rows.ints(name) for name in RESULT_FIGURES]).astype(np.int64),
        start=candidates.start,
        candidates=candidates.values.astype(np.int64),
        votes=rows.lists("votes").values.astype(np.int64),
    )


def joined_results(parts: Sequence[ResultLines]) -> ResultLines:
    """Lines of several files, one after the other."""
    return ResultLines(
        line=np.concatenate([part.line for part in parts]),
        places={
            name: tuple(value for part in parts for value in part.places[name]) for name in RESULT_PLACES
        },
        unit=tuple(value for part in parts for value in part.unit),
        name=tuple(value for part in parts for value in part.name),
        flagged=np.concatenate([part.flagged for part in parts]),
        figures=np.concatenate([part.figures for part in parts]),
        start=starts_of(np.concatenate([np.diff(part.start) for part in parts])),
        candidates=np.concatenate([part.candidates for part in parts]),
        votes=np.concatenate([part.votes for part in parts]),
    )
