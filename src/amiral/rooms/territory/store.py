"""Addresses and streets as columns on the disk: which columns, where, and how they become dataclasses again.

Kept beside the common files because it is the only place of the room that knows the columnar store.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings

from amiral.kit.columnar import EMBEDDED, Batch, Condition, In, Lists, Range, Rows, Schema, Type
from amiral.kit.readers import StreetNetwork
from amiral.rooms.territory.contracts import AddressColumns, Bounds, FileKind, Floats, Ints

ROWS_PER_BATCH = 20_000

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
    order = np.lexsort(
        (
            np.array(addresses.suffixes, dtype=object),
            addresses.numbers,
            np.array(addresses.streets, dtype=object),
            np.array(addresses.commune_codes, dtype=object),
        )
    )
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


def read_addresses(*, path: Path, commune_code: str = "", bounds: Bounds | None = None) -> AddressColumns:
    """The addresses of a commune, of a box, of both or all of them."""
    where: list[Condition] = [In(column="commune_code", values=(commune_code,))] if commune_code else []
    if bounds is not None:
        west, south, east, north = bounds
        where += [
            Range(column="lon", least=west, most=east),
            Range(column="lat", least=south, most=north),
        ]
    rows = EMBEDDED.read(path=path, columns=list(ADDRESS_SCHEMA), where=where)
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


def read_positions(*, path: Path) -> tuple[Floats, Floats]:
    """Longitudes and latitudes alone."""
    rows = EMBEDDED.read(path=path, columns=["lon", "lat"])
    return rows.floats("lon"), rows.floats("lat")


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
