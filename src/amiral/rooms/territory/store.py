"""Addresses and streets as columns on the disk: which columns, where, and how they become dataclasses again.

Kept beside the common files because it is the only place of the room that knows the columnar store.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from amiral.kit.columnar import EMBEDDED, Batch, Condition, In, Lists, Range, Rows, Schema, Type
from amiral.kit.readers import LineProblem, StreetNetwork
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
    """Writes ways with the OpenStreetMap ids and the positions of their nodes."""
    return EMBEDDED.write(path=path, schema=STREET_SCHEMA, batches=_street_batches(streets))


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
        "west": np.minimum.reduceat(lon, start[:-1]),
        "south": np.minimum.reduceat(lat, start[:-1]),
        "east": np.maximum.reduceat(lon, start[:-1]),
        "north": np.maximum.reduceat(lat, start[:-1]),
    }


def read_streets(*, paths: Iterable[Path], bounds: Bounds) -> StreetNetwork | None:
    """The ways of several files that touch ``bounds``, as one network; ``None`` when there is none.

    Extracts that overlap meet at their nodes. A way that stands in several is taken from the one that has
    most of it; the order of ways and nodes is that of the ids, as in a file of OpenStreetMap.
    """
    wanted = ["way", "name", "highway", "elevated", "nodes", "lon", "lat"]
    parts = [EMBEDDED.read(path=path, columns=wanted, where=touching(bounds)) for path in paths]
    found = [part for part in parts if len(part)]
    return _network(found) if found else None


def _network(parts: Sequence[Rows]) -> StreetNetwork:
    way_ids = np.concatenate([part.ints("way") for part in parts])
    uses, lon, lat = (_joined([part.lists(name) for part in parts]) for name in ("nodes", "lon", "lat"))
    node_ids, first, nodes = np.unique(uses.values, return_index=True, return_inverse=True)
    ways = _once(way_ids, np.diff(uses.start))
    start, way_nodes = runs_of(uses.start, nodes.astype(np.int64), ways)
    names = [name for part in parts for name in part.text("name")]
    highway = [kind for part in parts for kind in part.text("highway")]
    return StreetNetwork(
        way_ids=way_ids[ways],
        node_ids=node_ids,
        node_lon=lon.values[first],
        node_lat=lat.values[first],
        way_start=start,
        way_nodes=way_nodes,
        highway=tuple(highway[way] for way in ways.tolist()),
        names=tuple(names[way] for way in ways.tolist()),
        elevated=np.concatenate([part.bools("elevated") for part in parts])[ways],
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


def runs_of(start: Ints, values: Ints, chosen: Ints) -> tuple[Ints, Ints]:
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
