"""The towns of the benchmark, by name, and where doors are put when an extract has none.

Files are looked for in ``../shared/data`` from the project's root (``--data`` tells another place); a town
whose files are missing is skipped and named. Two towns have no addresses of their own:

* ``beausoleil``: one door for each building of at least ``LEAST_M2`` inside ``BEAUSOLEIL`` (outbuildings left
  out), at the mean of its corners. Its street is the named way nearest to it, if one is within ``STREET_M``,
  and its number follows the place along that way: odd on the left, even on the right.
* ``saint-germain`` and ``saint-germain-10000``: doors along both sides of the named streets, by the rule of
  ``towns``: the 5,000 nearest to the middle of the densest square (one tile, no copy), and 10,000.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
import shapely

from amiral.cores.walk import Doors, Problem, Streets
from amiral.cores.walk.geo import flat
from amiral.cores.walk.problem import Bools, Floats, Ints
from amiral.kit.readers import problem_from, read_addresses, read_streets

from .towns import streets_of, town

DATA = Path(__file__).parents[3] / "shared" / "data"
LEAST_M2 = 40.0
STREET_M = 80.0
BEAUSOLEIL = (7.4050, 43.7390, 7.4330, 43.7560)  # west, south, east, north
OUTBUILDINGS = frozenset(
    [
        "garage",
        "garages",
        "carport",
        "shed",
        "roof",
        "hut",
        "greenhouse",
        "ruins",
        "construction",
        "service",
        "transformer_tower",
        "parking",
        "stadium",
        "church",
        "chapel",
        "cathedral",
        "train_station",
    ]
)


@dataclass(frozen=True)
class Town:
    """Where a town comes from: its files below the data folder, and how they become a problem."""

    files: tuple[str, ...]
    problem: Callable[[Path], Problem]
    says: str

    def missing(self, data: Path) -> list[str]:
        """Files that are not there."""
        return [name for name in self.files if not (data / name).exists()]


def _addressed(extract: str) -> Town:
    def problem(data: Path) -> Problem:
        return problem_from(
            addresses=read_addresses(data / extract).rows, streets=read_streets(data / extract)
        )

    return Town((extract,), problem, "addresses and streets of the extract")


def _straight(table: str) -> Town:
    def problem(data: Path) -> Problem:
        return problem_from(addresses=read_addresses(data / table).rows)

    return Town((table,), problem, "addresses of the file, straight lines")


def _lined(extract: str, doors: int) -> Town:
    def problem(data: Path) -> Problem:
        return town(streets=streets_of(data / extract), doors=doors)

    return Town((extract,), problem, "streets of the extract, doors along them (towns.py)")


def _built(extract: str, box: tuple[float, float, float, float]) -> Town:
    def problem(data: Path) -> Problem:
        streets = streets_of(data / extract)
        return Problem(doors=doors_on_buildings(data / extract, streets, box), streets=streets)

    return Town(
        (extract,), problem, "streets and buildings of the extract, a door on each building (data.py)"
    )


SAINT_GERMAIN = "osm/saint-germain-en-laye-2022-12.osm.pbf"
TOWNS: dict[str, Town] = {
    "heidelberg": _addressed("osm/heidelberg-altstadt-2015.osm.pbf"),
    "helsinki": _addressed("osm/helsinki-centre-2019.osm.pbf"),
    "beausoleil": _built("osm/monaco-beausoleil-cap-d-ail-2016-03.osm.pbf", BEAUSOLEIL),
    "saint-germain": _lined(SAINT_GERMAIN, 5_000),
    "paris": _straight("paris-faubourg-saint-antoine/ban_adresses.csv"),
    "saint-germain-10000": _lined(SAINT_GERMAIN, 10_000),
    "villeurbanne": _straight("adresses/grandlyon-2013-villeurbanne-69266.csv"),
}


def town_called(name: str) -> Town:
    """One of ``TOWNS``, or the files ``ADDRESSES[,STREETS]``; ``ValueError`` for anything else."""
    if name in TOWNS:
        return TOWNS[name]
    addresses, _, streets = name.partition(",")
    absent = [path for path in (addresses, streets) if path and not Path(path).is_file()]
    if absent:
        raise ValueError(f"{absent[0]} is neither a file nor one of the towns {', '.join(TOWNS)}.")

    def problem(data: Path) -> Problem:
        return problem_from(
            addresses=read_addresses(addresses).rows, streets=read_streets(streets) if streets else None
        )

    return Town((), problem, "the files given")


def doors_on_buildings(extract: Path, streets: Streets, box: tuple[float, float, float, float]) -> Doors:
    """One door per building; see the rule above. Ids are ``w`` and the number of the OpenStreetMap way."""
    ids, middles = _buildings(extract, box)
    lon, lat = middles[:, 0], middles[:, 1]
    name, left, along = _beside_streets(streets, lon, lat)
    numbers = np.zeros(len(ids), np.int64)
    for label in np.unique(name[name >= 0]):
        for side, first in ((True, 1), (False, 2)):
            some = np.flatnonzero((name == label) & (left == side))
            some = some[np.lexsort((some, along[some]))]
            numbers[some] = first + 2 * np.arange(len(some))
    names = sorted({one for one in streets.way_names if one})
    return Doors(
        ids=tuple(ids),
        lon=lon,
        lat=lat,
        numbers=numbers,
        suffixes=("",) * len(ids),
        streets=tuple(names[label] if label >= 0 else "" for label in name.tolist()),
        dwellings=np.zeros(len(ids), np.int64),
    )


def _buildings(extract: Path, box: tuple[float, float, float, float]) -> tuple[list[str], Floats]:
    """Ids and middles (degrees) of the buildings in the box, in the order of the file."""
    west, south, east, north = box
    ids, middles = list[str](), list[tuple[float, float]]()
    ways = osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in ways.with_filter(osmium.filter.KeyFilter("building")):
        corners = [(node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()]
        if len(corners) < 4 or corners[0] != corners[-1] or way.tags["building"] in OUTBUILDINGS:
            continue
        lon, lat = np.array(corners[:-1]).mean(axis=0).tolist()
        if west <= lon <= east and south <= lat <= north and _area_m2(corners, lat) >= LEAST_M2:
            ids.append(f"w{way.id}")
            middles.append((round(lon, 7), round(lat, 7)))
    return ids, np.array(middles, float).reshape(-1, 2)


def _area_m2(corners: list[tuple[float, float]], lat: float) -> float:
    points = np.array(corners)
    return float(shapely.Polygon(flat(points[:, 0], points[:, 1], lat)).area)


def _beside_streets(streets: Streets, lon: Floats, lat: Floats) -> tuple[Ints, Bools, Floats]:
    """For each point the number of the nearest street name (-1: none near), its side, its place along it."""
    names = sorted({one for one in streets.way_names if one})
    number = {one: i for i, one in enumerate(names)}
    nodes = flat(streets.node_lon, streets.node_lat, float(lat.mean()))
    ways = [
        w
        for w, (one, open_) in enumerate(zip(streets.way_names, streets.way_addressable, strict=True))
        if one and open_
    ]
    lines = np.array(
        [
            shapely.LineString(nodes[streets.way_nodes[streets.way_start[w] : streets.way_start[w + 1]]])
            for w in ways
        ]
    )
    points = shapely.points(flat(lon, lat, float(lat.mean())))
    at, way = shapely.STRtree(lines).query_nearest(points, max_distance=STREET_M, all_matches=False)
    name, left, along = np.full(len(lon), -1, np.int64), np.zeros(len(lon), bool), np.zeros(len(lon))
    name[at] = [number[streets.way_names[ways[w]]] for w in way.tolist()]
    place = shapely.line_locate_point(lines[way], points[at])
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[way], np.maximum(place - 0.5, 0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[way], place + 0.5))
    step, off = ahead - here, shapely.get_coordinates(points[at]) - here
    left[at] = step[:, 0] * off[:, 1] - step[:, 1] * off[:, 0] >= 0
    along[at] = way * 1e6 + place
    return name, left, along
