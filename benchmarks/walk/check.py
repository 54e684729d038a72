"""A plan reckoned again from its files, without the planner: ``python -m benchmarks.walk.check --help``.

Nothing of ``amiral.cores.walk`` or of the readers is used: the plan is read as GeoJSON, addresses by ``csv``
or osmium, streets by osmium, metres are those of PROJ's geodesic. Looked at, for every turf:

* ``metres``: the geodesic length of the line; ``minutes``: the formula of docs/walking.md;
* ``line``: between two stops every piece lies on a way that may be walked, or inside a square, except the
  first and the last, which lead from the door to its way; straight turfs go from stop to stop;
* ``crosses``: no such first or last piece crosses a railway, a motorway, a river, a canal or a lake;
* ``gate``: no walk goes through a locked or private gate;
* ``address``: every address of the file stands in one turf or among those that the report names;
* ``connected``: the doors of a turf hang together where the regions nearest to each door touch (a doubt where
  the plan says so and this file, which knows squares as areas only and no sides of streets, does not find
  it).

Prints JSON; exit status 1 if anything differs.
"""

import argparse
import csv
import json
import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

Point = tuple[float, float]
Legs = list[list[Point]] | None
NEAR_M = 0.30  # a point of the line so near to a way lies on it: coordinates are rounded to a centimetre
SPOT_M = 1.0
TOLL_M = {"tertiary": 10.0, "secondary": 18.75, "primary": 31.25, "trunk": 31.25}  # seconds at 75 m a minute
METRES_OFF, MINUTES_OFF = 0.02, 0.02
WALKED = (
    frozenset({"primary", "secondary", "tertiary", "primary_link", "secondary_link", "tertiary_link"})
    | frozenset({"unclassified", "residential", "road", "living_street", "service", "pedestrian"})
    | frozenset({"footway", "path", "steps", "track", "bridleway", "cycleway", "corridor"})
)
WITH_SIDEWALK = frozenset({"trunk", "trunk_link"})
CLOSED = frozenset({"no", "private", "military", "customers", "delivery", "agricultural", "forestry"})
OPEN = frozenset({"yes", "designated", "permissive", "destination", "official"})
SIDEWALKS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
SIDES = frozenset({"both", "left", "right", "yes", "separate"})
GEODESIC = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Difference:
    """What differs: ``turf`` (0: the plan as a whole), what was told, what was found."""

    turf: int
    what: str
    told: Any
    found: Any


@dataclass
class Square:
    """An area that may be walked across: lines of its rim and of what stands in it, in degrees."""

    outer: list[list[Point]] = field(default_factory=list)
    inner: list[list[Point]] = field(default_factory=list)


@dataclass
class Land:
    """What an extract holds for somebody on foot: places by node, walkable pieces, squares, obstacles,
    gates."""

    places: dict[int, Point] = field(default_factory=dict)
    pieces: list[tuple[int, int]] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    tolls: list[float] = field(default_factory=list)  # of each piece: what crossing it costs, in metres
    squares: list["Square"] = field(default_factory=list)
    obstacles: list[tuple[str, list[Point]]] = field(default_factory=list)
    gates: set[Point] = field(default_factory=set)


def may_walk(tags: Mapping[str, str]) -> bool:
    """Whether docs/walking.md counts the way as walkable."""
    foot, access, kind = tags.get("foot", ""), tags.get("access", ""), tags.get("highway", "")
    if foot in CLOSED or (access in CLOSED and foot not in OPEN):
        return False
    if kind in WITH_SIDEWALK or (kind in WALKED and tags.get("motorroad") == "yes"):
        return foot in OPEN or any(tags.get(key, "no") in SIDES for key in SIDEWALKS)
    return kind in WALKED


def obstacle(tags: Mapping[str, str]) -> str:
    """What nobody crosses on foot beside a way, or nothing."""
    if any(tags.get(key, "no") != "no" for key in ("tunnel", "bridge", "covered")):
        return ""
    if tags.get("railway") in {"rail", "light_rail", "narrow_gauge"}:
        return "railway"
    if tags.get("highway") in {"motorway", "motorway_link"}:
        return "motorway"
    water = tags.get("waterway") in {"river", "canal", "riverbank"} or tags.get("natural") == "water"
    return "water" if water else ""


def land_of(extract: Path) -> Land:
    """Read an extract: its relations first, to know the rims of squares that are multipolygons."""
    land, rims = Land(), _rims(extract)
    for thing in osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        tags = dict(thing.tags) if len(thing.tags) else {}
        if thing.is_node():
            if "barrier" in tags and _shut(tags):
                land.gates.add(_rounded((thing.location.lon, thing.location.lat)))
        elif tags or thing.id in rims:
            _add_way(land, thing, tags, rims.get(thing.id, []))
    land.squares += {id(square): square for lines in rims.values() for _, square in lines}.values()
    return land


def _rims(extract: Path) -> dict[int, list[tuple[str, Square]]]:
    """The ways around walkable multipolygons, each with its role in them."""
    rims: dict[int, list[tuple[str, Square]]] = {}
    for relation in osmium.FileProcessor(str(extract), osmium.osm.RELATION):
        if relation.tags.get("type") == "multipolygon" and may_walk(dict(relation.tags)):
            square = Square()
            for member in relation.members:
                if member.type == "w":
                    rims.setdefault(member.ref, []).append((member.role, square))
    return rims


def _shut(tags: Mapping[str, str]) -> bool:
    foot = tags.get("foot", "")
    shut = foot in CLOSED or tags.get("access", "") in CLOSED or tags.get("locked") == "yes"
    return shut and foot not in OPEN


def _add_way(land: Land, way: Any, tags: Mapping[str, str], rims: list[tuple[str, Square]]) -> None:
    nodes = [
        (node.ref, (node.location.lon, node.location.lat)) for node in way.nodes if node.location.valid()
    ]
    points = [point for _, point in nodes]
    if len(nodes) < 2:
        return
    for role, square in rims:
        (square.inner if role == "inner" else square.outer).append(points)
    if rims or may_walk(tags):
        land.places.update(nodes)
        pieces = [(a, b) for (a, _), (b, _) in pairwise(nodes) if a != b]
        land.pieces += pieces
        land.ways += [way.id] * len(pieces)
        land.tolls += [TOLL_M.get(tags.get("highway", "").removesuffix("_link"), 0.0)] * len(pieces)
        if points[0] == points[-1] and (tags.get("area") == "yes" or tags.get("highway") == "pedestrian"):
            land.squares.append(Square([points]))
    elif kind := obstacle(tags):
        land.obstacles.append((kind, points))


def _rounded(point: Iterable[float]) -> Point:
    x, y = point
    return round(x, 7), round(y, 7)


class Ground:
    """The land in metres around one latitude: good for what is near, not for lengths."""

    def __init__(self, land: Land) -> None:
        self.land = land
        places = np.array(list(land.places.values())).reshape(-1, 2)
        self.middle = float(places[:, 1].mean()) if len(places) else 0.0
        self.number = {node: i for i, node in enumerate(land.places)}
        self.ends = np.array([[self.number[a], self.number[b]] for a, b in land.pieces]).reshape(-1, 2)
        self.nodes = self.flat(places)
        self.tolls = np.array(land.tolls)
        self.lanes, self.links = self._two_sides()
        self.lines = shapely.linestrings(self.nodes[self.ends]) if len(self.ends) else np.array([])
        self.ways = shapely.STRtree(self.lines)
        self.squares = shapely.STRtree([self.area(square) for square in land.squares])
        self.kinds = [kind for kind, _ in land.obstacles]
        self.obstacles = shapely.STRtree([shapely.LineString(self.flat(line)) for _, line in land.obstacles])

    def _two_sides(self) -> tuple[np.ndarray, list[tuple[int, int, float]]]:
        """Ends of each piece's left and right lane, and what joins lanes across.

        At bends the lanes go on and crossing costs the toll; at junctions those of one way go on, and half of
        the toll leads to the node that all share. Without a toll both lanes are the piece itself.
        """
        lanes = np.stack([self.ends, self.ends], axis=1)
        uses = Counter[int](self.ends.ravel().tolist())
        tolled = Counter[int](self.ends[self.tolls > 0].ravel().tolist())
        copies, links = dict[tuple[int, int], tuple[int, int, int]](), list[tuple[int, int, float]]()
        for piece in np.flatnonzero(self.tolls > 0).tolist():
            for end in (0, 1):
                node, toll = int(self.ends[piece, end]), float(self.tolls[piece])
                bend = uses[node] == tolled[node] == 2
                key = (0 if bend else self.land.ways[piece], node)
                fresh = len(self.nodes) + 2 * len(copies)
                left, right, first = copies.setdefault(key, (fresh, fresh + 1, end))
                # two pieces that both begin (or both end) at a bend run against each other
                turned = bend and left != fresh and first == end
                lanes[piece, :, end] = (right, left) if turned else (left, right)
                links += [(left, right, toll)] * (left == fresh)
                links += [(lane, node, toll / 2) for lane in (left, right) if left == fresh and not bend]
        self.count = len(self.nodes) + 2 * len(copies)
        return lanes, links

    def flat(self, points: Any) -> np.ndarray:
        """Degrees to metres east and north of 0, 0."""
        at = np.asarray(points, float).reshape(-1, 2)
        return at * [111_320.0 * math.cos(math.radians(self.middle)), 111_132.0]

    def area(self, square: Square) -> Any:
        """The square without what stands in it, a little wider; empty where its rim is cut at the border."""
        whole, holes = (self._filled(lines) for lines in (square.outer, square.inner))
        return whole.difference(holes).buffer(NEAR_M)

    def _filled(self, lines: list[list[Point]]) -> Any:
        faces = shapely.polygonize([shapely.LineString(self.flat(line)) for line in lines])
        return shapely.union_all(shapely.get_parts(faces))

    def walkable(self, points: np.ndarray) -> np.ndarray:
        """For each piece between two points in metres, whether it lies on one way or in one square."""
        a, b = points[:-1], points[1:]
        good = np.zeros(len(a), bool)
        if len(self.lines):
            middles = shapely.points((a + b) / 2)
            piece, way = self.ways.query(middles, predicate="dwithin", distance=NEAR_M)
            on = shapely.dwithin(shapely.points(a[piece]), self.lines[way], NEAR_M)
            on &= shapely.dwithin(shapely.points(b[piece]), self.lines[way], NEAR_M)
            good[piece[on]] = True
        lines = shapely.linestrings(np.stack([a, b], axis=1))
        piece, _ = self.squares.query(lines, predicate="within")
        good[piece] = True
        return good

    def on_way(self, point: np.ndarray) -> bool:
        """Whether a way passes here."""
        return bool(len(self.ways.query(shapely.Point(point), predicate="dwithin", distance=NEAR_M)))

    def crossed(self, a: np.ndarray, b: np.ndarray) -> str:
        """The first obstacle between two points."""
        met = self.obstacles.query(shapely.LineString([a, b]), predicate="crosses")
        return self.kinds[int(met.min())] if len(met) else ""


def check(
    plan: dict[str, Any], report: dict[str, Any], addresses: set[str] | None, land: Land | None
) -> dict[str, Any]:
    """All differences, as plain data. Without ``addresses`` or ``land`` what needs them is left out."""
    ground = Ground(land) if land is not None else None
    differences, doubts = list[Difference](), list[Difference]()
    legs = dict[int, Legs]()
    for feature in plan["features"]:
        differences += _figures(feature, report["parameters"])
        turf = feature["properties"]["turf"]
        legs[turf] = legs_of(feature, _good(feature, ground))
        differences += _walked(feature, legs[turf], ground)
    if addresses is not None:
        differences += _once(plan, report, addresses)
    pieces = _pieces(plan, legs, ground) if ground is not None else {}
    for feature in plan["features"]:
        about = feature["properties"]
        if about["connected"] and pieces.get(about["turf"], 1) != 1:
            doubts.append(Difference(about["turf"], "connected", True, f"{pieces[about['turf']]} pieces"))
    metres = sum(_length(feature["geometry"]["coordinates"]) for feature in plan["features"])
    differences += _told("metres", report.get("metres"), metres, 1.0)
    return {
        "turfs": len(plan["features"]),
        "doors": sum(len(feature["properties"]["stops"]) for feature in plan["features"]),
        "metres": round(metres, 2),
        "connected_here": sum(count == 1 for count in pieces.values()),
        "differences": [asdict(one) for one in differences],
        "kinds": dict(Counter(one.what for one in differences)),
        "doubts": [asdict(one) for one in doubts],
        "ok": not differences,
    }


def _told(what: str, told: float | None, found: float, off: float) -> Iterator[Difference]:
    if told is not None and abs(told - found) > off:
        yield Difference(0, what, told, round(found, 3))


def _length(line: list[list[float]]) -> float:
    lon, lat = np.array(line, float).T
    return float(GEODESIC.line_length(lon, lat))


def _figures(feature: dict[str, Any], about: dict[str, Any]) -> Iterator[Difference]:
    """Metres and minutes of one turf."""
    told, line = feature["properties"], feature["geometry"]["coordinates"]
    metres = _length(line)
    if abs(metres - told["metres"]) > METRES_OFF:
        yield Difference(told["turf"], "metres", told["metres"], round(metres, 3))
    if told["doors"] != len(told["stops"]):
        yield Difference(told["turf"], "doors", told["doors"], len(told["stops"]))
    pace = _straight_metres(feature, about) if told["straight"] else metres
    least, most = _at_doors(told["stops"], about)
    lost = (told.get("crossing_seconds", 0) + told.get("climbing_seconds", 0)) / 60
    walked = pace / about["speed_m_per_min"] + lost
    if not walked + least - MINUTES_OFF <= told["minutes"] <= walked + most + MINUTES_OFF:
        yield Difference(
            told["turf"], "minutes", told["minutes"], [round(walked + x, 2) for x in (least, most)]
        )


def _at_doors(stops: list[dict[str, Any]], about: dict[str, Any]) -> tuple[float, float]:
    """Minutes at the doors: with a lift in every house of several floors, and with none."""
    pairs = max(1, about["team_size"] // 2)
    least = most = 0.0
    for stop in stops:
        homes = stop["dwellings"] or about["dwellings_per_address"]
        base = about["minutes_per_address"] + about["minutes_per_dwelling"] * homes / pairs
        stairs = about.get("minutes_per_floor", 0) * stop.get("floors", 0)
        least += base + min(stairs, about.get("minutes_per_lift", stairs))
        most += base + stairs
    return least, most


def _straight_metres(feature: dict[str, Any], about: dict[str, Any]) -> float:
    """Metres from stop to stop, more between different streets; a street is known by its plain name."""
    stops, total = feature["properties"]["stops"], 0.0
    if about.get("closed"):
        stops = [*stops, stops[0]]
    for a, b in pairwise(stops):
        metres = _length([[a["lon"], a["lat"]], [b["lon"], b["lat"]]])
        same = a["street"] and _plain(a["street"]) == _plain(b["street"])
        total += metres * (1.0 if same else about["detour"])
    return total


def _plain(name: str) -> str:
    """As docs/walking.md compares streets: letters without accents, words alone."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(
        "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split()
    )


def legs_of(feature: dict[str, Any], good: np.ndarray | None = None) -> Legs:
    """The line cut at its stops (before the first and after the last too); None if it misses a stop.

    A line may pass the very point of a stop before or after it calls there: where a door stands on a node of
    a way. Of all readings that with the fewest pieces off the ways (``good``, one for each piece) is taken.
    """
    line = [_rounded(point) for point in feature["geometry"]["coordinates"]]
    stops = [_rounded((stop["lon"], stop["lat"])) for stop in feature["properties"]["stops"]]
    wrong = np.zeros(len(line), np.int64) if good is None else np.append(0, np.cumsum(~good))
    places = dict[Point, list[int]]()
    for i, point in enumerate(line):
        places.setdefault(point, []).append(i)
    ends: dict[int, tuple[int, list[int]]] = {0: (0, [])}  # by the place of the last stop: price, all places
    for stop in stops:
        ends = {
            q: min((price + _off(wrong, p, q), [*cuts, q]) for p, (price, cuts) in ends.items() if p <= q)
            for q in places.get(stop, [])
            if any(p <= q for p in ends)
        }
    last = len(line) - 1
    if not ends:
        return None
    _, cuts = min((price + _off(wrong, p, last), cuts) for p, (price, cuts) in ends.items())
    return [line[a : b + 1] for a, b in pairwise([0, *cuts, last]) if b > a]


def _off(wrong: np.ndarray, p: int, q: int) -> int:
    """Pieces between the places p and q that lie on no way, the first and the last left out."""
    return int(wrong[max(q - 1, p + 1)] - wrong[p + 1]) if q > p else 0


def _good(feature: dict[str, Any], ground: Ground | None) -> np.ndarray | None:
    if ground is None or feature["properties"]["straight"]:
        return None
    return ground.walkable(ground.flat(feature["geometry"]["coordinates"]))


def _walked(feature: dict[str, Any], legs: Legs, ground: Ground | None) -> Iterator[Difference]:
    """Whether the line goes from stop to stop in order, and on ways."""
    turf = feature["properties"]["turf"]
    if legs is None:
        yield Difference(turf, "line", "passes every stop in order", "misses one")
        return
    if feature["properties"]["straight"] or ground is None:
        return
    for leg in legs:
        yield from _leg(turf, leg, ground)


def _leg(turf: int, leg: list[Point], ground: Ground) -> Iterator[Difference]:
    points = ground.flat(leg)
    good = ground.walkable(points)
    off = np.flatnonzero(~good)
    for piece in off[(off > 0) & (off < len(good) - 1)].tolist():
        yield Difference(turf, "line", "on a way", [leg[piece], leg[piece + 1]])
    for piece in {0, len(good) - 1} & set(off.tolist()):
        if kind := ground.crossed(points[piece], points[piece + 1]):
            yield Difference(turf, "crosses", kind, [leg[piece], leg[piece + 1]])
    through = good[:-1] & good[1:]
    inner = {point for point, inside in zip(leg[1:-1], through, strict=True) if inside}
    for gate in ground.land.gates & inner:
        yield Difference(turf, "gate", "open", gate)
    middle = points[1:-1] if len(points) > 2 else points
    if len(off) and not any(ground.on_way(point) for point in middle):
        yield Difference(turf, "line", "meets a way", [leg[0], leg[-1]])


def _once(plan: dict[str, Any], report: dict[str, Any], addresses: set[str]) -> Iterator[Difference]:
    """Every address exactly once."""
    planned = Counter(stop["id"] for feature in plan["features"] for stop in feature["properties"]["stops"])
    named = {str(one.get("id", "")) for one in report.get("unreachable", []) + report.get("problems", [])}
    for one in sorted(ref for ref, count in planned.items() if count > 1):
        yield Difference(0, "address", f"{one} once", planned[one])
    for one in sorted(addresses - set(planned) - named):
        yield Difference(0, "address", f"{one} in a turf or named", "nowhere")
    for one in sorted(set(planned) - addresses):
        yield Difference(0, "address", f"{one} in the file", "not there")


def _pieces(plan: dict[str, Any], legs: dict[int, Legs], ground: Ground) -> dict[int, int]:
    """In how many pieces the doors of each turf on the network lie."""
    meets, turf = _meetings(plan, legs)
    if not meets or not len(ground.ends):
        return {}
    doors = ground.flat([door for door, _ in meets])
    at = shapely.points(ground.flat([met for _, met in meets]))
    way = np.atleast_1d(ground.ways.nearest(at))
    tail, head, cost = _door_graph(ground, doors, at, way)
    n, base = int(max(tail.max(), head.max())) + 1, ground.count + len(doors)
    graph = coo_array((cost, (tail, head)), shape=(n, n)).tocsr()
    own = base + np.arange(len(doors))
    _, _, nearest = dijkstra(graph, directed=False, indices=own, min_only=True, return_predecessors=True)
    door = nearest - base
    known = (door[tail] >= 0) & (door[head] >= 0)
    place = shapely.line_locate_point(ground.lines[way], at)
    spot = _spots(way * 2 + sides_of(ground, doors, way), place)
    touching = np.unique(np.column_stack([spot[door[tail[known]]], spot[door[head[known]]]]), axis=0)
    return _counted(np.array(turf), spot, touching)


def _spots(way: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Doors that meet a way within ``SPOT_M`` of each other (face each other) share a number."""
    order = np.lexsort((place, way))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (way[order][1:] != way[order][:-1]) | (np.diff(place[order]) > SPOT_M)
    spot = np.empty(len(order), np.int64)
    spot[order] = np.cumsum(fresh) - 1
    return spot


def _counted(turf: np.ndarray, spot: np.ndarray, touching: np.ndarray) -> dict[int, int]:
    """Pieces of each turf, whose doors hang together where their spots are one or touch."""
    places = {pair: i for i, pair in enumerate(sorted(set(zip(spot.tolist(), turf.tolist(), strict=True))))}
    at = dict[int, set[int]]()
    for where, one in places:
        at.setdefault(where, set()).add(one)
    joined = [
        (places[a, one], places[b, one])
        for a, b in touching.tolist()
        for one in sorted(at.get(a, set()) & at.get(b, set()))
    ]
    tail, head = np.array(joined, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(len(places), len(places)))
    label = connected_components(graph, directed=False)[1]
    pieces = dict[int, set[int]]()
    for (_, one), i in places.items():
        pieces.setdefault(one, set()).add(int(label[i]))
    return {one: len(labels) for one, labels in pieces.items()}


def _meetings(plan: dict[str, Any], legs: dict[int, Legs]) -> tuple[list[tuple[Point, Point]], list[int]]:
    """Each stop on the network: where it stands and where the line meets its way; and the turf of each."""
    meets, turf = list[tuple[Point, Point]](), list[int]()
    for feature in plan["features"]:
        about = feature["properties"]
        met = dict[Point, Point]()
        for leg in legs[about["turf"]] or []:
            met.setdefault(leg[0], leg[min(1, len(leg) - 2)] if len(leg) > 2 else leg[0])
            met.setdefault(leg[-1], leg[-2] if len(leg) > 2 else leg[-1])
        if about["straight"]:
            continue
        for stop in about["stops"]:
            here = _rounded((stop["lon"], stop["lat"]))
            meets.append((here, met.get(here, here)))
            turf.append(about["turf"])
    return meets, turf


def sides_of(ground: Ground, doors: np.ndarray, way: np.ndarray) -> np.ndarray:
    """1 for doors on the left of a street that costs something to cross, else 0."""
    a, b = ground.nodes[ground.ends[way, 0]], ground.nodes[ground.ends[way, 1]]
    left = (b[:, 0] - a[:, 0]) * (doors[:, 1] - a[:, 1]) >= (b[:, 1] - a[:, 1]) * (doors[:, 0] - a[:, 0])
    return (left & (ground.tolls[way] > 0)).astype(np.int64)


def _grouped(order: np.ndarray, key: np.ndarray) -> list[np.ndarray]:
    """The places of ``order``, cut where the key changes."""
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _door_graph(
    ground: Ground, doors: np.ndarray, at: np.ndarray, way: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes of ways, then the places where doors meet them, then the doors; a micron is added everywhere."""
    n, m = ground.count, len(doors)
    place = shapely.line_locate_point(ground.lines[way], at)
    side = sides_of(ground, doors, way)
    edges = list(ground.links)
    for group in _grouped(np.lexsort((place, side, way)), way * 2 + side):
        a, b = ground.lanes[way[group[0]], side[group[0]]]
        along = [0.0, *place[group], float(shapely.length(ground.lines[way[group[0]]]))]
        chain = [int(a), *(n + group).tolist(), int(b)]
        edges += [(x, y, q - p) for (x, y), (p, q) in zip(pairwise(chain), pairwise(along), strict=True)]
    for group in _grouped(np.lexsort((place, way)), way):
        toll = float(ground.tolls[way[group[0]]])
        across = [(x, y) for x, y in pairwise(group.tolist()) if side[x] != side[y]]
        edges += [(n + x, n + y, toll + float(place[y] - place[x])) for x, y in across]
    both = np.concatenate([np.arange(len(ground.ends)) * 2, np.flatnonzero(ground.tolls > 0) * 2 + 1])
    free = np.setdiff1d(both, way * 2 + side)
    ends = ground.lanes.reshape(-1, 2)[free]
    access = shapely.distance(shapely.points(doors), at)
    edges += [(n + i, n + m + i, float(access[i])) for i in range(m)]
    twins = dict[tuple[float, float], int]()
    for i, spot in enumerate(map(tuple, doors.tolist())):
        first = twins.setdefault(spot, i)
        if first != i:
            edges.append((n + m + first, n + m + i, 0.0))
    tail, head, cost = (np.array(column) for column in zip(*edges, strict=True))
    tail, head = np.concatenate([tail, ends[:, 0]]), np.concatenate([head, ends[:, 1]])
    cost = np.concatenate([np.maximum(cost, 0), shapely.length(ground.lines[free // 2])]) + 1e-6
    return tail.astype(np.int64), head.astype(np.int64), cost


def ids_of(path: Path, plan: dict[str, Any], report: dict[str, Any]) -> set[str]:
    """The ids of a file of addresses; lines that the report refuses are left out.

    In a table ids are the column that holds most of the plan's, or the numbers of the lines.
    """
    refused = {one.get("line") for one in report.get("problems", [])}
    if path.name.endswith((".pbf", ".osm")):
        found = osmium.FileProcessor(str(path)).with_filter(osmium.filter.KeyFilter("addr:housenumber"))
        return {f"{thing.type_str()}{thing.id}" for thing in found}
    text = path.read_bytes()
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        lines = text.decode("cp1252").splitlines()
    mark = max(";,\t|", key=lines[0].count)
    rows = [(n, row) for n, row in enumerate(csv.reader(lines, delimiter=mark), 1) if n > 1 and row]
    good = [[*row, f"line-{n}"] for n, row in rows if n not in refused]
    planned = {stop["id"] for feature in plan["features"] for stop in feature["properties"]["stops"]}
    columns = [set(column) for column in zip(*good, strict=False)]
    return max(columns, key=lambda column: (len(column & planned), -len(column)), default=set())


def main() -> int:
    """Check the files of one plan."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.check", description=__doc__)
    parser.add_argument("plan", type=Path, help="what amiral walk plan --out wrote")
    parser.add_argument("--report", type=Path, required=True, help="what --report wrote")
    parser.add_argument("--addresses", type=Path)
    parser.add_argument("--streets", type=Path)
    options = parser.parse_args()
    plan, report = (json.loads(path.read_text()) for path in (options.plan, options.report))
    found = check(
        plan,
        report,
        ids_of(options.addresses, plan, report) if options.addresses else None,
        land_of(options.streets) if options.streets else None,
    )
    json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
