"""Towns of any size on a real street pattern: ``python -m benchmarks.walk.towns --help``.

Writes ``addresses.csv`` and ``streets.osm.pbf``, which ``amiral walk plan`` reads; ``town`` gives the same
as a ``Problem``. The rule, so that anybody can make the same town again:

1. The square of ``tile_m`` metres that holds most of the extract's named streets is cut out; the largest
   connected part of its walkable ways is one tile. Copies lie in rows and columns, each other one mirrored,
   so that a way that is cut at the border meets its own image there.
2. Copies are joined across each seam: every dead end within ``JOIN_M`` of the seam, and in each strip of
   ``STRIP_M`` along it the nearest node, if it is within ``BRIDGE_M`` or among the ``LEAST`` nearest, is
   joined to its image by a residential street.
3. Doors stand on both sides of every named street (not of footways, steps and service roads), ``spacing``
   metres apart along it, moved by up to ``JITTER`` of that, 6 to 12 m from its middle, none within
   ``CORNER_M`` of an end of the way. Left of the way's direction numbers are odd, right of it even. A street
   of another tile is another street: its name ends in the tile's number.
4. Of all doors those nearest to the middle of the town are kept, as many as asked.

All chance comes from ``seed``. Tiles are as wide in degrees as the extract: north or south of it, streets
that run east are up to 1 % longer or shorter for each half degree. Heights, marked crossings, railways and
rivers of the extract are not repeated.
"""

import argparse
import csv
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from osmium.osm.mutable import Node, Way
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from amiral.cores.walk import Doors, Problem, Streets, WayKind
from amiral.cores.walk.problem import Bools, Floats, Ints
from amiral.kit.readers import AddressTable, problem_from, read_streets

SPACING_M = 16.0
TILE_M = 3000.0
JOIN_M = 150.0
STRIP_M = 600.0
BRIDGE_M = 400.0
LEAST = 5
JITTER = 0.3
CORNER_M = 8.0
SETBACK_M = (6.0, 12.0)
DEGREE_M = 111_195.0
BUILT = (WayKind.RESIDENTIAL, WayKind.TERTIARY, WayKind.SECONDARY, WayKind.PRIMARY)
HIGHWAY = {
    WayKind.FOOT: "footway",
    WayKind.STEPS: "steps",
    WayKind.SERVICE: "service",
    WayKind.RESIDENTIAL: "residential",
    WayKind.TERTIARY: "tertiary",
    WayKind.SECONDARY: "secondary",
    WayKind.PRIMARY: "primary",
}


@dataclass(frozen=True)
class Box:
    """The tile's west, south, east and north border in degrees."""

    west: float
    south: float
    east: float
    north: float

    def moved(self, lon: Floats, lat: Floats, column: int, row: int) -> tuple[Floats, Floats]:
        """Where points of the tile lie in its copy at this column and row; odd ones are mirrored."""
        x = self.west + self.east - lon if column % 2 else lon
        y = self.south + self.north - lat if row % 2 else lat
        return x + column * (self.east - self.west), y + row * (self.north - self.south)


def town(
    *, streets: Streets, doors: int, seed: int = 0, spacing: float = SPACING_M, tile_m: float = TILE_M
) -> Problem:
    """A town of exactly ``doors`` addresses made of copies of ``streets``; the same for the same
    arguments."""
    streets = _bare(streets)
    tile = _largest_part(_cut(streets, _densest(streets, tile_m)))
    box = Box(tile.node_lon.min(), tile.node_lat.min(), tile.node_lon.max(), tile.node_lat.max())
    slots = _slots(tile, spacing)
    if not len(slots.way):
        raise ValueError("No street of the extract bears a name: there is nowhere to put a door.")
    tiles = -(-doors // len(slots.way))
    columns = int(np.ceil(np.sqrt(tiles)))
    places = [(number % columns, number // columns) for number in range(tiles)]
    built = _joined(_tiled(tile, box, places), tile, box, places)
    return Problem(doors=_kept(_doors(tile, box, slots, places, seed), doors), streets=built)


def _bare(streets: Streets) -> Streets:
    """Lines, kinds and names alone: heights, marked crossings and obstacles are not repeated."""
    return Streets(
        node_lon=streets.node_lon,
        node_lat=streets.node_lat,
        way_start=streets.way_start,
        way_nodes=streets.way_nodes,
        way_kind=streets.way_kind,
        way_names=streets.way_names,
        way_addressable=streets.way_addressable,
    )


CELLS = 12  # of the grid on which the square is moved, by side of the square


def _densest(streets: Streets, side_m: float) -> Box:
    """The square of this side that holds most metres of named streets, on a grid of a twelfth of the side."""
    a, b, way = _pieces(streets)
    length = np.minimum(_metres(streets, a, b), side_m / CELLS)  # what is drawn with few nodes is out of town
    length *= (np.isin(streets.way_kind, BUILT) & _named_ways(streets))[way]
    scale = float(np.cos(np.radians(streets.node_lat.mean())))
    west, south = float(streets.node_lon.min()), float(streets.node_lat.min())
    cell = side_m / CELLS / DEGREE_M
    x = (((streets.node_lon[a] + streets.node_lon[b]) / 2 - west) * scale // cell).astype(np.int64)
    y = (((streets.node_lat[a] + streets.node_lat[b]) / 2 - south) // cell).astype(np.int64)
    held = np.zeros((max(int(x.max()) + 1, CELLS) + 1, max(int(y.max()) + 1, CELLS) + 1))
    np.add.at(held, (x + 1, y + 1), np.rint(length))
    held = held.cumsum(axis=0).cumsum(axis=1)
    squares = held[CELLS:, CELLS:] - held[:-CELLS, CELLS:] - held[CELLS:, :-CELLS] + held[:-CELLS, :-CELLS]
    column, row = np.unravel_index(int(np.argmax(squares)), squares.shape)
    left, low = west + column * cell / scale, south + row * cell
    return Box(left, low, left + CELLS * cell / scale, low + CELLS * cell)


def _named_ways(streets: Streets) -> Bools:
    return np.array([bool(name) for name in streets.way_names], bool)


def _cut(streets: Streets, box: Box) -> Streets:
    """The pieces of ways between nodes inside the box, each run of them a way."""
    inside = (streets.node_lon >= box.west) & (streets.node_lon <= box.east)
    inside &= (streets.node_lat >= box.south) & (streets.node_lat <= box.north)
    way = np.repeat(np.arange(len(streets)), np.diff(streets.way_start))
    kept = inside[streets.way_nodes]
    fresh = np.ones(len(way), bool)
    fresh[1:] = (way[1:] != way[:-1]) | ~kept[:-1]
    run = np.cumsum(fresh & kept)[kept]
    of_run = way[fresh & kept]
    count = np.bincount(run - 1, minlength=len(of_run))
    split = _repeated(streets, of_run)
    starts = np.concatenate([[0], np.cumsum(count)])
    return _only(replace(split, way_start=starts, way_nodes=streets.way_nodes[kept]), count > 1)


def _repeated(streets: Streets, ways: Ints) -> Streets:
    """The columns of these ways (the nodes of each are the caller's to give)."""
    changed: dict[str, Any] = {"way_start": np.zeros(len(ways) + 1, np.int64)}
    for one in fields(streets):
        column = getattr(streets, one.name)
        if isinstance(column, tuple):
            changed[one.name] = tuple(column[w] for w in ways.tolist())
        elif (
            one.name.startswith("way_") and one.name not in ("way_start", "way_nodes") and column is not None
        ):
            changed[one.name] = column[ways]
    return replace(streets, **changed)


def _largest_part(streets: Streets) -> Streets:
    """Only the ways of the largest connected part, by metres."""
    a, b, way = _pieces(streets)
    n = len(streets.node_lon)
    _, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)
    size = np.bincount(label[a], weights=_metres(streets, a, b))
    return _only(streets, np.isin(np.arange(len(streets)), way[label[a] == int(np.argmax(size))]))


def _pieces(streets: Streets) -> tuple[Ints, Ints, Ints]:
    """Straight pieces: their two nodes and their way."""
    way = np.repeat(np.arange(len(streets)), np.diff(streets.way_start))
    inner = way[:-1] == way[1:]
    return streets.way_nodes[:-1][inner], streets.way_nodes[1:][inner], way[:-1][inner]


def _metres(streets: Streets, a: Ints, b: Ints) -> Floats:
    scale = np.cos(np.radians(streets.node_lat.mean()))
    east = (streets.node_lon[b] - streets.node_lon[a]) * scale
    length: Floats = np.hypot(east, streets.node_lat[b] - streets.node_lat[a]) * DEGREE_M
    return length


def _only(streets: Streets, keep: Bools) -> Streets:
    """Some of the ways, and the nodes that they use."""
    count = np.diff(streets.way_start)
    used, nodes = np.unique(streets.way_nodes[np.repeat(keep, count)], return_inverse=True)
    changed: dict[str, Any] = {}
    for one in fields(streets):
        column = getattr(streets, one.name)
        if one.name.startswith("node_") and column is not None:
            changed[one.name] = column[used]
        elif isinstance(column, tuple):
            changed[one.name] = tuple(value for value, kept in zip(column, keep, strict=True) if kept)
        elif one.name not in ("way_start", "way_nodes") and column is not None:
            changed[one.name] = column[keep]
    changed |= {
        "way_start": np.concatenate([[0], np.cumsum(count[keep])]),
        "way_nodes": nodes.astype(np.int64),
    }
    return replace(streets, **changed)


def _tiled(tile: Streets, box: Box, places: list[tuple[int, int]]) -> Streets:
    """All copies, not yet joined. Columns that this file does not know are repeated."""
    nodes, uses, k = len(tile.node_lon), len(tile.way_nodes), len(places)
    at = [box.moved(tile.node_lon, tile.node_lat, *place) for place in places]
    changed: dict[str, Any] = {
        one.name: getattr(tile, one.name) * k
        if isinstance(getattr(tile, one.name), tuple)
        else np.tile(getattr(tile, one.name), k)
        for one in fields(tile)
        if getattr(tile, one.name) is not None
    }
    changed |= {
        "node_lon": np.concatenate([lon for lon, _ in at]),
        "node_lat": np.concatenate([lat for _, lat in at]),
        "way_start": np.concatenate([[0], *(tile.way_start[1:] + number * uses for number in range(k))]),
        "way_nodes": np.concatenate([tile.way_nodes + number * nodes for number in range(k)]),
        "way_names": tuple(
            _named(name, number, k) for number in range(k) for name in tile.way_names
        ),
    }  # fmt: skip
    return replace(tile, **changed)


def _named(name: str, number: int, tiles: int) -> str:
    return f"{name} {number + 1}" if name and tiles > 1 else name


def _joined(built: Streets, tile: Streets, box: Box, places: list[tuple[int, int]]) -> Streets:
    """Residential streets across the seams between neighbouring copies."""
    nodes, number = len(tile.node_lon), {place: i for i, place in enumerate(places)}
    joints = list[tuple[int, int]]()
    for (column, row), here in number.items():
        for beside, sides in (((column + 1, row), ("west", "east")), ((column, row + 1), ("south", "north"))):
            if beside in number:
                mirrored = (column if beside[1] == row else row) % 2
                ends = _border_nodes(tile, box, sides[0] if mirrored else sides[1])
                joints += [(here * nodes + end, number[beside] * nodes + end) for end in ends.tolist()]
    if not joints:
        return built
    return _with_ways(built, np.array(joints, np.int64))


def _border_nodes(tile: Streets, box: Box, side: str) -> Ints:
    """Dead ends near one side of the tile, and the nearest node of each strip along it."""
    scale = np.cos(np.radians(tile.node_lat.mean()))
    away = {
        "west": (tile.node_lon - box.west) * scale,
        "east": (box.east - tile.node_lon) * scale,
        "south": tile.node_lat - box.south,
        "north": box.north - tile.node_lat,
    }[side] * DEGREE_M
    along = (tile.node_lat - box.south) if side in ("west", "east") else (tile.node_lon - box.west) * scale
    a, b, _ = _pieces(tile)
    dead = np.bincount(np.concatenate([a, b]), minlength=len(away)) == 1
    strip = (along * DEGREE_M // STRIP_M).astype(np.int64)
    order = np.lexsort((np.arange(len(away)), away, strip))
    nearest = order[np.unique(strip[order], return_index=True)[1]]
    limit = max(BRIDGE_M, float(np.sort(away[nearest])[min(LEAST, len(nearest)) - 1]))
    chosen = np.concatenate([np.flatnonzero(dead & (away <= JOIN_M)), nearest[away[nearest] <= limit]])
    return np.unique(chosen)


def _with_ways(built: Streets, joints: Ints) -> Streets:
    """Further residential streets of two nodes each; columns that this file does not know take their
    first."""
    m, ways = len(joints), len(built)
    changed: dict[str, Any] = {}
    for one in fields(built):
        column = getattr(built, one.name)
        if one.name.startswith("way_") and isinstance(column, np.ndarray) and len(column) == ways:
            changed[one.name] = np.concatenate([column, np.repeat(np.zeros_like(column[:1]), m)])
    begin = len(built.way_nodes)
    changed |= {
        "way_start": np.concatenate([built.way_start, begin + 2 * np.arange(1, m + 1)]),
        "way_nodes": np.concatenate([built.way_nodes, joints.ravel()]),
        "way_kind": np.concatenate([built.way_kind, np.full(m, WayKind.RESIDENTIAL)]),
        "way_names": (*built.way_names, *(f"Rue de la Jonction {i + 1}" for i in range(m))),
        "way_addressable": np.concatenate([built.way_addressable, np.ones(m, bool)]),
    }
    return replace(built, **changed)


@dataclass(frozen=True)
class Slots:
    """Places for doors on one tile: way, metres along it, side (+1 left, -1 right), number, end of the
    way."""

    way: Ints
    along: Floats
    side: Ints
    number: Ints
    length: Floats


def _slots(tile: Streets, spacing: float) -> Slots:
    a, b, way = _pieces(tile)
    length = np.bincount(way, weights=_metres(tile, a, b), minlength=len(tile)).astype(np.float64)
    built = np.isin(tile.way_kind, BUILT) & tile.way_addressable & _named_ways(tile)
    built &= length > 2 * CORNER_M
    count = np.where(built, np.maximum(1, (length - 2 * CORNER_M) // spacing), 0).astype(np.int64)
    some = np.repeat(np.arange(len(tile)), count)
    place = np.arange(len(some)) - np.repeat(np.cumsum(count) - count, count)
    along = (place + 0.5) * (length[some] / np.maximum(count[some], 1))
    both, side = np.repeat(some, 2), np.tile([1, -1], len(some))
    street = np.unique(np.array(tile.way_names, dtype=object).astype(str), return_inverse=True)[1]
    return Slots(
        both, np.repeat(along, 2), side, _numbers(street[both], side, np.repeat(along, 2), both), length[both]
    )


def _numbers(street: Ints, side: Ints, along: Floats, way: Ints) -> Ints:
    """1, 3, 5 … on the left of each street, 2, 4, 6 … on its right, way by way."""
    order = np.lexsort((along, way, side, street))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (street[order][1:] != street[order][:-1]) | (side[order][1:] != side[order][:-1])
    begin = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = 2 * (np.arange(len(order)) - begin) + np.where(side[order] > 0, 1, 2)
    return numbers


def _doors(tile: Streets, box: Box, slots: Slots, places: list[tuple[int, int]], seed: int) -> Doors:
    """Doors of all copies."""
    a, b, way = _pieces(tile)
    metres = _metres(tile, a, b)
    reach = np.concatenate([[0.0], np.cumsum(metres)])
    begin = reach[np.searchsorted(way, slots.way)]
    gap = slots.length / np.maximum(1, np.bincount(slots.way)[slots.way] / 2)
    lon, lat = list[Floats](), list[Floats]()
    for number, place in enumerate(places):
        chance = np.random.default_rng([seed, number])
        slip = chance.uniform(-JITTER, JITTER, len(slots.way)) * gap
        away = chance.uniform(*SETBACK_M, len(slots.way)) * slots.side
        at = np.clip(slots.along + slip, CORNER_M, slots.length - CORNER_M)
        x, y = _beside(tile, a, b, metres, reach, begin + at, away)
        x, y = box.moved(x, y, *place)
        lon.append(np.round(x, 7))
        lat.append(np.round(y, 7))
    k, names = len(places), [tile.way_names[w] for w in slots.way.tolist()]
    return Doors(
        ids=tuple(f"t{i}" for i in range(k * len(slots.way))),
        lon=np.concatenate(lon),
        lat=np.concatenate(lat),
        numbers=np.tile(slots.number, k),
        suffixes=("",) * (k * len(slots.way)),
        streets=tuple(_named(name, number, k) for number in range(k) for name in names),
        dwellings=np.zeros(k * len(slots.way), np.int64),
    )


def _beside(
    tile: Streets, a: Ints, b: Ints, metres: Floats, reach: Floats, at: Floats, away: Floats
) -> tuple[Floats, Floats]:
    """Points ``at`` metres along all pieces one after another, ``away`` metres to the left."""
    piece = np.clip(np.searchsorted(reach, at, side="right") - 1, 0, len(a) - 1)
    whole = np.maximum(metres[piece], 1e-9)
    share = np.clip((at - reach[piece]) / whole, 0, 1)
    p, q = a[piece], b[piece]
    scale = np.cos(np.radians(tile.node_lat.mean()))
    east = (tile.node_lon[q] - tile.node_lon[p]) * scale * DEGREE_M / whole
    north = (tile.node_lat[q] - tile.node_lat[p]) * DEGREE_M / whole
    lon = tile.node_lon[p] + share * (tile.node_lon[q] - tile.node_lon[p]) - north * away / DEGREE_M / scale
    lat = tile.node_lat[p] + share * (tile.node_lat[q] - tile.node_lat[p]) + east * away / DEGREE_M
    return lon, lat


def _kept(doors: Doors, count: int) -> Doors:
    """The ``count`` doors nearest to the middle of them all, in the order in which they were made."""
    east = (doors.lon - (doors.lon.min() + doors.lon.max()) / 2) * np.cos(np.radians(doors.lat.mean()))
    north = doors.lat - (doors.lat.min() + doors.lat.max()) / 2
    away = np.round(np.hypot(east, north), 9)
    some = np.sort(np.argsort(away, kind="stable")[:count])
    chosen = some.tolist()
    return Doors(
        ids=tuple(doors.ids[i] for i in chosen),
        lon=doors.lon[some],
        lat=doors.lat[some],
        numbers=doors.numbers[some],
        suffixes=("",) * len(some),
        streets=tuple(doors.streets[i] for i in chosen),
        dwellings=doors.dwellings[some],
    )


def write(problem: Problem, folder: Path) -> None:
    """``addresses.csv`` and ``streets.osm.pbf`` in ``folder``, which is made; files there are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    write_addresses(problem.doors, folder / "addresses.csv")
    assert problem.streets is not None
    write_streets(problem.streets, folder / "streets.osm.pbf")


def write_addresses(doors: Doors, path: Path) -> None:
    """As the Base Adresse Nationale names its columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(["id", "numero", "rep", "nom_voie", "lon", "lat", "logements"])
        lines.writerows(
            zip(
                doors.ids,
                doors.numbers.tolist(),
                doors.suffixes,
                doors.streets,
                (f"{x:.7f}" for x in doors.lon.tolist()),
                (f"{y:.7f}" for y in doors.lat.tolist()),
                (n or "" for n in doors.dwellings.tolist()),
                strict=True,
            )
        )


def write_streets(streets: Streets, path: Path) -> None:
    """An extract whose ways are read back as they are here."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as file:
        for i, (lon, lat) in enumerate(
            zip(streets.node_lon.tolist(), streets.node_lat.tolist(), strict=True)
        ):
            file.add_node(Node(id=i + 1, version=1, location=(lon, lat)))
        starts, nodes = streets.way_start.tolist(), (streets.way_nodes + 1).tolist()
        for w, (kind, name) in enumerate(zip(streets.way_kind.tolist(), streets.way_names, strict=True)):
            tags = {"highway": HIGHWAY[WayKind(kind)]} | ({"name": name} if name else {})
            if not streets.way_addressable[w]:
                tags["bridge"] = "yes"
            file.add_way(Way(id=w + 1, version=1, nodes=nodes[starts[w] : starts[w + 1]], tags=tags))


def streets_of(extract: Path) -> Streets:
    """The walkable ways of an extract."""
    columns: dict[str, Any] = {
        **dict.fromkeys(("ids", "suffixes", "streets", "postcodes", "communes", "cities"), ()),
        **dict.fromkeys(("lon", "lat"), np.empty(0)),
        **dict.fromkeys(("numbers", "dwellings", "lines"), np.empty(0, np.int64)),
    }
    nothing = AddressTable(**columns)
    streets = problem_from(addresses=nothing, streets=read_streets(extract)).streets
    assert streets is not None
    return streets


def main() -> None:
    """Make one town."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.towns", description=__doc__)
    parser.add_argument(
        "extract", type=Path, help="an OpenStreetMap extract (.osm.pbf) to take the streets from"
    )
    parser.add_argument("--doors", type=int, default=100_000)
    parser.add_argument("--spacing", type=float, default=SPACING_M, help="metres between doors of one side")
    parser.add_argument("--tile", type=float, default=TILE_M, help="metres of a side of the square to repeat")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    made = town(
        streets=streets_of(options.extract),
        doors=options.doors,
        seed=options.seed,
        spacing=options.spacing,
        tile_m=options.tile,
    )
    write(made, options.out)
    assert made.streets is not None
    print(f"{len(made.doors)} doors, {len(made.streets)} ways in {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
