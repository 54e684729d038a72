"""Addresses and streets as columns on the disk: which columns, where, and how they become dataclasses again.

Kept beside the common files because it is the only place of the room that knows the columnar store.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings

from amiral.kit.columnar import EMBEDDED, Batch, Condition, In, Lists, Range, Rows, Schema, Type
from amiral.rooms.territory.contracts import AddressColumns, Bounds, FileKind, Ints, StreetColumns

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
    "name": Type.TEXT,
    "kind": Type.INT,
    "addressable": Type.BOOL,
    "nodes": Type.INT_LIST,
    "lon": Type.FLOAT_LIST,
    "lat": Type.FLOAT_LIST,
    "west": Type.FLOAT,
    "south": Type.FLOAT,
    "east": Type.FLOAT,
    "north": Type.FLOAT,
}


def path_of(*, kind: FileKind, file_id: UUID) -> Path:
    """Where the columns of a reference file lie."""
    return Path(settings.REFERENCE_DIR) / kind / f"{file_id}.parquet"


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


def touching(bounds: Bounds) -> list[Condition]:
    """The conditions of a row whose own box touches ``bounds``."""
    west, south, east, north = bounds
    return [
        Range(column="west", most=east),
        Range(column="east", least=west),
        Range(column="south", most=north),
        Range(column="north", least=south),
    ]


def write_streets(*, path: Path, streets: StreetColumns) -> int:
    """Writes ways in their order, each with the ids and the positions of its nodes."""
    return EMBEDDED.write(path=path, schema=STREET_SCHEMA, batches=_street_batches(streets))


def _street_batches(streets: StreetColumns) -> Iterator[Batch]:
    for first in range(0, len(streets), ROWS_PER_BATCH):
        last = min(first + ROWS_PER_BATCH, len(streets))
        start = streets.way_start[first : last + 1]
        nodes = streets.way_nodes[start[0] : start[-1]]
        local = start - start[0]
        lon, lat = streets.node_lon[nodes], streets.node_lat[nodes]
        yield {
            "name": streets.way_names[first:last],
            "kind": streets.way_kind[first:last],
            "addressable": streets.way_addressable[first:last],
            "nodes": Lists(start=local, values=nodes),
            "lon": Lists(start=local, values=lon),
            "lat": Lists(start=local, values=lat),
            "west": np.minimum.reduceat(lon, local[:-1]),
            "south": np.minimum.reduceat(lat, local[:-1]),
            "east": np.maximum.reduceat(lon, local[:-1]),
            "north": np.maximum.reduceat(lat, local[:-1]),
        }


def read_streets(*, paths: Iterable[Path], bounds: Bounds) -> StreetColumns | None:
    """The ways of several files that touch ``bounds``, as one network; ``None`` when there is none."""
    wanted = ["name", "kind", "addressable", "nodes", "lon", "lat"]
    parts = [EMBEDDED.read(path=path, columns=wanted, where=touching(bounds)) for path in paths]
    found = [part for part in parts if len(part)]
    return _joined(found) if found else None


def _joined(parts: Sequence[Rows]) -> StreetColumns:
    networks = [_network(part) for part in parts]
    return networks[0] if len(networks) == 1 else _merged(networks)


def _network(rows: Rows) -> StreetColumns:
    """Rows as a network over the nodes that they use, numbered by their ids in the file."""
    nodes, lon, lat = rows.lists("nodes"), rows.lists("lon"), rows.lists("lat")
    _, first, position = np.unique(nodes.values, return_index=True, return_inverse=True)
    return StreetColumns(
        node_lon=lon.values[first],
        node_lat=lat.values[first],
        way_start=nodes.start,
        way_nodes=position.astype(np.int64),
        way_kind=rows.ints("kind"),
        way_names=rows.text("name"),
        way_addressable=rows.bools("addressable"),
    )


def _merged(networks: Sequence[StreetColumns]) -> StreetColumns:
    """One network of several extracts: they meet at nodes of the same position, and share ways once."""
    keys = np.concatenate([_node_keys(one) for one in networks])
    _, first, same = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    offsets = np.cumsum([0, *(len(one.node_lon) for one in networks)])
    nodes = [same[one.way_nodes + offset] for one, offset in zip(networks, offsets[:-1], strict=True)]
    joined = StreetColumns(
        node_lon=np.concatenate([one.node_lon for one in networks])[first],
        node_lat=np.concatenate([one.node_lat for one in networks])[first],
        way_start=_starts(np.concatenate([np.diff(one.way_start) for one in networks])),
        way_nodes=np.concatenate(nodes).astype(np.int64),
        way_kind=np.concatenate([one.way_kind for one in networks]),
        way_names=tuple(name for one in networks for name in one.way_names),
        way_addressable=np.concatenate([one.way_addressable for one in networks]),
    )
    return joined.take(_distinct_ways(joined))


def _node_keys(network: StreetColumns) -> Ints:
    """Position in units of 1e-7 degree, as OpenStreetMap keeps it, and a rank among nodes of one place.

    The rank keeps a bridge's node apart from the one of the road below it.
    """
    places = np.stack([np.rint(network.node_lon * 1e7), np.rint(network.node_lat * 1e7)], axis=1)
    _, group, size = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
    return np.column_stack([places.astype(np.int64), rank])


def _distinct_ways(network: StreetColumns) -> Ints:
    seen: dict[bytes, int] = {}
    for way in range(len(network)):
        seen.setdefault(network.nodes_of(way).tobytes(), way)
    return np.array(list(seen.values()), dtype=np.int64)


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
