"""Walkable ways of an OpenStreetMap extract, what stands on them, and what nobody crosses on foot."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from amiral.cores.walk import NodeMark, Obstacles

from .drafts import Limits
from .errors import (
    ADVICE_OTHER,
    STREETS_EXPECTED,
    UNKNOWN_BINARY,
    UNKNOWN_TEXT,
    UnreadableFile,
)
from .lines import REPORT_EVERY, Progress
from .osm import ALLOWED, FORBIDDEN, damaged_is_said, forbidden, is_extract, located, polygon_of
from .sniff import head_of, refuse_other_kinds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ROADS = frozenset(
    {"primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified"}
    | {"residential", "living_street", "road", "service", "pedestrian", "footway", "path", "steps", "track"}
    | {"bridleway", "cycleway", "corridor"}
)
"""Kinds of ``highway`` that are walked unless tags forbid it."""
BIG_ROADS = frozenset(["trunk", "trunk_link"])
"""Walked only where a sidewalk or ``foot`` says so; motorways never are."""
SIDEWALKS = frozenset(["both", "left", "right", "yes", "separate"])
SQUARES = frozenset(["pedestrian", "footway", "path", "living_street", "service"])
"""Kinds of ``highway`` that are walked across where they are drawn as areas."""
GROUNDS = ("leisure", "landuse", "amenity", "military", "natural", "tourism")
"""What an area with ``access=private`` must be, so that the paths in it are private too."""
WALLS = frozenset(["wall", "fence", "city_wall", "retaining_wall", "hedge", "guard_rail", "jersey_barrier"])
"""A ``barrier`` that stands across a way and lets nobody through, unless ``foot`` says so."""
RAILS = frozenset(["rail", "light_rail", "narrow_gauge", "subway"])
WATERS = frozenset(["river", "canal"])
CLIFFS = frozenset(["city_wall", "retaining_wall"])
MOTORWAYS = frozenset(["motorway", "motorway_link"])
SIGNALS = frozenset(["traffic_signals"])
MOST_ENTRIES = 40  # of a square: each pair of them is a way across
FEW_CORNERS = 8  # a square with no more corners is entered at each
LATER_RUN, RING, ACROSS = 100, 10**15, 2 * 10**15
"""Bands of negative ids: later runs of a way that was cut, rings of multipolygons, ways across squares."""
KEYS = ("highway", "barrier", "ele", "railway", "waterway", "natural", "access", "military")


@dataclass(frozen=True, kw_only=True)
class StreetNetwork:
    """Ways as polylines over shared nodes: way ``w`` is ``way_nodes[way_start[w]:way_start[w + 1]]``.

    ``highway`` and ``names`` are as in OpenStreetMap; ``elevated`` marks what runs on a bridge, in a tunnel,
    indoors, below ground or across a square: it may be walked, but no door opens there. ``node_height`` is in
    metres (NaN: unknown), ``node_marks`` values of ``NodeMark``. ``way_ids`` below 0 are made up (see
    ``ACROSS``). ``obstacles`` are what nobody crosses on foot, each with the id of its way.
    """

    way_ids: Ints
    node_ids: Ints
    node_lon: Floats
    node_lat: Floats
    way_start: Ints
    way_nodes: Ints
    highway: tuple[str, ...]
    names: tuple[str, ...]
    elevated: Bools
    node_height: Floats | None = None
    node_marks: Ints | None = None
    obstacles: Obstacles | None = None
    obstacle_ids: Ints | None = None

    def __len__(self) -> int:
        return len(self.highway)


def walkable(tags: Mapping[str, str]) -> bool:
    """Whether somebody may walk here: ways on foot, service roads, streets; no motorway or private way.

    ``foot`` outranks ``access``; a big road counts only with a sidewalk or ``foot``.
    """
    kind, foot, access = tags.get("highway", ""), tags.get("foot", ""), tags.get("access", "")
    if kind not in ROADS and kind not in BIG_ROADS:
        return False
    if foot in FORBIDDEN or (access in FORBIDDEN and foot not in ALLOWED):
        return False
    if kind in BIG_ROADS or tags.get("motorroad") == "yes":
        return foot in ALLOWED or _sidewalk(tags)
    return True


def _sidewalk(tags: Mapping[str, str]) -> bool:
    keys = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    return any(tags.get(key, "") in SIDEWALKS for key in keys)


def elevated(tags: Mapping[str, str]) -> bool:
    """Whether the way runs on a bridge, in a tunnel, indoors or below ground."""
    up = any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel", "covered", "indoor"))
    return up or tags.get("layer", "0").startswith("-") or tags.get("highway") == "corridor"


def mark_of(tags: Mapping[str, str]) -> int:
    """What a node, or a way drawn over a street, is for somebody on foot (values of ``NodeMark``)."""
    mark = 0
    barrier, crossing = tags.get("barrier", ""), tags.get("crossing", "")
    if barrier and (forbidden(tags) or (barrier in WALLS and tags.get("foot", "") not in ALLOWED)):
        mark |= NodeMark.BLOCKED
    if barrier and tags.get("locked") == "yes" and tags.get("foot", "") not in ALLOWED:
        mark |= NodeMark.BLOCKED
    here = "crossing" in (tags.get("highway"), tags.get("footway"), tags.get("path"), tags.get("cycleway"))
    if here and crossing not in ("no", "unmarked", "informal"):
        mark |= NodeMark.CROSSING
    if (
        crossing in SIGNALS
        or tags.get("highway") in SIGNALS
        or (here and tags.get("crossing:signals") == "yes")
    ):
        mark |= NodeMark.SIGNALS
    if here and (tags.get("crossing:island") == "yes" or crossing == "island"):
        mark |= NodeMark.ISLAND
    return int(mark)


def uncrossable(tags: Mapping[str, str]) -> bool:
    """A railway, a river, a motorway, a cliff on the ground; what runs in a tunnel or on a bridge is none."""
    if tags.get("tunnel", "no") != "no" or tags.get("bridge", "no") != "no" or "area" in tags:
        return False
    return (
        tags.get("railway") in RAILS
        or tags.get("waterway") in WATERS
        or tags.get("highway") in MOTORWAYS
        or tags.get("natural") == "cliff"
        or tags.get("barrier") in CLIFFS
    )


def height_in(text: str) -> float:
    """Metres of an ``ele`` tag: ``123``, ``123.4 m``, ``1 234,5``; NaN for what is no height on Earth."""
    cleaned = text.strip().lower().removesuffix("m").strip().replace(",", ".").replace(" ", "")
    try:
        metres = float(cleaned)
    except ValueError:
        return float("nan")
    return metres if -500 <= metres <= 9000 else float("nan")


Run = list[tuple[int, float, float]]
"""Nodes with their positions: id, longitude, latitude."""


class _Ways:
    """Columns that grow way by way."""

    def __init__(self) -> None:
        self.ids, self.start, self.nodes = array("q"), array("q", [0]), array("q")
        self.highway, self.names, self.up = list[str](), list[str](), array("b")
        self.places: dict[int, tuple[float, float]] = {}
        self.heights: dict[int, float] = {}
        self.marks: dict[int, int] = {}
        self.lines: list[tuple[int, Run]] = []  # obstacles
        self.squares: list[tuple[int, str, list[int], shapely.Geometry]] = []
        self.grounds: list[shapely.Geometry] = []  # private
        self.bare = list[int]()  # places of the ways of which no tag says who may walk
        self.nodeless = 0

    def add(self, way: Any, tags: dict[str, str]) -> None:
        """The way; one that leaves the extract and comes back is several."""
        kept = False
        for number, run in enumerate(_runs(way.nodes)):
            self.put(way.id if number == 0 else -(way.id * LATER_RUN + number), run, tags, elevated(tags))
            kept = True
            if "foot" not in tags and "access" not in tags:
                self.bare.append(len(self.ids) - 1)
        self.nodeless += not kept
        if "crossing" in (tags.get("footway"), tags.get("path"), tags.get("cycleway")):
            for node in way.nodes:
                self.mark(node.ref, mark_of(tags))

    def put(self, id_: int, run: Run, tags: Mapping[str, str], up: bool) -> None:
        for ref, lon, lat in run:
            self.nodes.append(ref)
            self.places[ref] = (lon, lat)
        self.ids.append(id_)
        self.start.append(len(self.nodes))
        self.highway.append(tags["highway"])
        self.names.append(tags.get("name", ""))
        self.up.append(up)

    def mark(self, node: int, mark: int) -> None:
        if mark:
            self.marks[node] = self.marks.get(node, 0) | mark


def _runs(nodes: Any) -> Iterator[Run]:
    """Stretches of two nodes or more whose positions are known: a way is cut where the extract ends."""
    run: Run = []
    for node in nodes:
        if node.location.valid():
            run.append((node.ref, node.location.lon, node.location.lat))
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def read_streets(
    path: Path | str, *, limits: Limits | None = None, progress: Progress | None = None
) -> StreetNetwork:
    """Read the walkable ways of an extract; of a damaged one nothing (``UnreadableFile``)."""
    path, limits = Path(path), limits or Limits()
    head = head_of(path, STREETS_EXPECTED)
    if not is_extract(head):
        refuse_other_kinds(head, STREETS_EXPECTED)
        raise UnreadableFile(
            "other_kind", found=_unknown(head), expected=STREETS_EXPECTED, advice=ADVICE_OTHER
        )
    megabytes = path.stat().st_size // 1_000_000
    if megabytes > limits.megabytes:
        raise UnreadableFile("too_large", megabytes=megabytes, limit=limits.megabytes)
    with damaged_is_said():
        ways = _read(path, progress)
    if not ways.ids:
        raise UnreadableFile("no_nodes" if ways.nodeless else "no_streets", ways=ways.nodeless)
    return _network(ways)


def _read(path: Path, progress: Progress | None) -> _Ways:
    ways = _Ways()
    make = osmium.geom.WKBFactory().create_multipolygon
    objects = located(path).with_areas()
    found: Iterator[Any] = iter(objects.with_filter(osmium.filter.KeyFilter(*KEYS)))
    for done, thing in enumerate(found):
        if progress and done % REPORT_EVERY == 0:
            progress(done, 0)
        tags = dict(thing.tags)
        if thing.is_node():
            _node(ways, thing.id, tags)
        elif thing.is_way():
            _way(ways, thing, tags)
        elif thing.is_area():
            _area(ways, thing, tags, make)
    _drop_private(ways)
    _walk_across(ways)
    return ways


def _node(ways: _Ways, id_: int, tags: dict[str, str]) -> None:
    ways.mark(id_, mark_of(tags))
    height = height_in(tags.get("ele", ""))
    if height == height:
        ways.heights[id_] = height


def _way(ways: _Ways, way: Any, tags: dict[str, str]) -> None:
    if walkable(tags):
        ways.add(way, tags)
    elif uncrossable(tags):
        ways.lines.extend((way.id, run) for run in _runs(way.nodes))


def _area(ways: _Ways, area: Any, tags: dict[str, str], make: Any) -> None:
    """Squares are walked around and across; what lies in private grounds is private."""
    if area.from_way() and tags.get("area") != "yes" and "highway" in tags:
        return  # a street that ends where it begins
    square = tags.get("highway", "") in SQUARES and walkable(tags)
    ground = "highway" not in tags and (
        (forbidden(tags) and any(key in tags for key in GROUNDS)) or tags.get("landuse") == "military"
    )
    if not square and not ground:
        return
    shape = polygon_of(area, make)
    if shape is None:
        return
    if ground:
        ways.grounds.append(shape)
        return
    rings = [ring for outer in area.outer_rings() for ring in (outer, *area.inner_rings(outer))]
    runs = [[(node.ref, node.location.lon, node.location.lat) for node in ring] for ring in rings]
    if not area.from_way():
        for number, run in enumerate(runs):
            ways.put(-(RING + area.orig_id() * LATER_RUN + number % LATER_RUN), run, tags, elevated(tags))
    refs = list(dict.fromkeys(ref for run in runs for ref, _, _ in run))
    ways.squares.append((area.id, tags.get("name", ""), refs, shape))


def _drop_private(ways: _Ways) -> None:
    """Takes out the ways inside private grounds, unless a tag of their own says who may walk."""
    if not ways.grounds or not ways.bare:
        return
    tree = shapely.STRtree(ways.grounds)
    runs = [ways.nodes[ways.start[way] : ways.start[way + 1]] for way in ways.bare]
    lines = [shapely.linestrings([ways.places[ref] for ref in run]) for run in runs]
    inside = {ways.bare[line] for line in tree.query(lines, predicate="within")[0].tolist()}
    kept = _Ways()
    for way in range(len(ways.ids)):
        if way not in inside:
            run = [(ref, *ways.places[ref]) for ref in ways.nodes[ways.start[way] : ways.start[way + 1]]]
            tags = {"highway": ways.highway[way], "name": ways.names[way]}
            kept.put(ways.ids[way], run, tags, bool(ways.up[way]))
    for name in ("ids", "start", "nodes", "highway", "names", "up", "places"):
        setattr(ways, name, getattr(kept, name))


def _walk_across(ways: _Ways) -> None:
    """Adds a straight way between each two entries of a square that see each other inside it."""
    uses: dict[int, int] = {}
    for ref in ways.nodes:
        uses[ref] = uses.get(ref, 0) + 1
    for area, name, refs, shape in ways.squares:
        entries = [ref for ref in refs if ref in ways.places]
        if len(entries) > FEW_CORNERS:
            entries = [ref for ref in entries if uses[ref] > 1][:MOST_ENTRIES]
        pairs = list(combinations(entries, 2))
        if not pairs:
            continue
        shapely.prepare(shape)
        lines = shapely.linestrings([[ways.places[a], ways.places[b]] for a, b in pairs])
        for number in np.flatnonzero(shapely.covers(shape, lines)).tolist():
            run = [(ref, *ways.places[ref]) for ref in pairs[number]]
            tags = {"highway": "pedestrian", "name": name}
            ways.put(-(ACROSS + area * 10_000 + number), run, tags, True)


def _network(ways: _Ways) -> StreetNetwork:
    """The columns in the order of the ids, whatever that of the file."""
    order = np.argsort(np.array(ways.ids, np.int64), kind="stable")
    start = np.array(ways.start, np.int64)
    refs = np.concatenate([np.array(ways.nodes[start[way] : start[way + 1]], np.int64) for way in order])
    node_ids, way_nodes = np.unique(refs, return_inverse=True)
    ids = node_ids.tolist()
    places = np.array([ways.places[ref] for ref in ids], float)
    heights = np.array([ways.heights.get(ref, np.nan) for ref in ids])
    marks = np.array([ways.marks.get(ref, 0) for ref in ids], np.int64)
    points = np.array([(lon, lat) for _, run in ways.lines for _, lon, lat in run], float).reshape(-1, 2)
    return StreetNetwork(
        way_ids=np.array(ways.ids, np.int64)[order],
        node_ids=node_ids,
        node_lon=places[:, 0],
        node_lat=places[:, 1],
        way_start=np.append(0, np.cumsum(np.diff(start)[order])).astype(np.int64),
        way_nodes=way_nodes.astype(np.int64),
        highway=tuple(ways.highway[way] for way in order),
        names=tuple(ways.names[way] for way in order),
        elevated=np.array(ways.up, bool)[order],
        node_height=heights if np.isfinite(heights).any() else None,
        node_marks=marks if marks.any() else None,
        obstacles=Obstacles(
            lon=points[:, 0],
            lat=points[:, 1],
            start=np.cumsum([0, *(len(run) for _, run in ways.lines)]).astype(np.int64),
        ),
        obstacle_ids=np.array([id_ for id_, _ in ways.lines], np.int64),
    )


def _unknown(head: bytes) -> str:
    return UNKNOWN_BINARY if b"\x00" in head else UNKNOWN_TEXT
