"""Walkable ways of an OpenStreetMap extract."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from .drafts import Limits
from .errors import (
    ADVICE_OTHER,
    STREETS_EXPECTED,
    UNKNOWN_BINARY,
    UNKNOWN_TEXT,
    UnreadableFile,
)
from .lines import REPORT_EVERY, Progress
from .sniff import head_of, is_pbf, refuse_other_kinds

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
FORBIDDEN = frozenset(["no", "private", "military", "customers", "delivery", "agricultural", "forestry"])
ALLOWED = frozenset(["yes", "designated", "permissive", "destination", "official"])
SIDEWALKS = frozenset(["both", "left", "right", "yes", "separate"])


@dataclass(frozen=True, kw_only=True)
class StreetNetwork:
    """Ways as polylines over shared nodes: way ``w`` is ``way_nodes[way_start[w]:way_start[w + 1]]``.

    ``highway`` and ``names`` are as in OpenStreetMap; ``elevated`` marks what runs on a bridge, in a tunnel,
    indoors or below ground: it may be walked, but no door opens there.
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
    return not (kind == "service" and tags.get("service") == "parking_aisle" and access == "customers")


def _sidewalk(tags: Mapping[str, str]) -> bool:
    keys = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    return any(tags.get(key, "") in SIDEWALKS for key in keys)


def elevated(tags: Mapping[str, str]) -> bool:
    """Whether the way runs on a bridge, in a tunnel, indoors or below ground."""
    up = any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel", "covered", "indoor"))
    return up or tags.get("layer", "0").startswith("-") or tags.get("highway") == "corridor"


class _Ways:
    """Columns that grow way by way."""

    def __init__(self) -> None:
        self.ids, self.start, self.nodes = array("q"), array("q", [0]), array("q")
        self.highway, self.names, self.up = list[str](), list[str](), array("b")
        self.places: dict[int, tuple[float, float]] = {}

    def add(self, way: Any, tags: dict[str, str]) -> None:
        known = [node for node in way.nodes if node.location.valid()]
        if len(known) < 2:  # cut at the border of the extract
            return
        for node in known:
            self.nodes.append(node.ref)
            self.places[node.ref] = (node.location.lon, node.location.lat)
        self.ids.append(way.id)
        self.start.append(len(self.nodes))
        self.highway.append(tags["highway"])
        self.names.append(tags.get("name", ""))
        self.up.append(elevated(tags))


def read_streets(
    path: Path | str, *, limits: Limits | None = None, progress: Progress | None = None
) -> StreetNetwork:
    """Read the walkable ways of an ``.osm.pbf``; of a damaged one nothing (``UnreadableFile``)."""
    path, limits = Path(path), limits or Limits()
    head = head_of(path, STREETS_EXPECTED)
    if not is_pbf(head):
        refuse_other_kinds(head, STREETS_EXPECTED)
        raise UnreadableFile(
            "other_kind", found=_unknown(head), expected=STREETS_EXPECTED, advice=ADVICE_OTHER
        )
    megabytes = path.stat().st_size // 1_000_000
    if megabytes > limits.megabytes:
        raise UnreadableFile("too_large", megabytes=megabytes, limit=limits.megabytes)
    try:
        ways = _read(path, progress)
    except RuntimeError as error:  # what libosmium raises for a damaged file
        raise UnreadableFile("broken_pbf", detail=str(error)[:200]) from None
    if not ways.ids:
        raise UnreadableFile("no_streets")
    return _network(ways)


def _read(path: Path, progress: Progress | None) -> _Ways:
    ways = _Ways()
    objects = osmium.FileProcessor(
        osmium.io.File(str(path), "pbf"), osmium.osm.NODE | osmium.osm.WAY
    ).with_locations()
    objects.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for done, way in enumerate(objects.with_filter(osmium.filter.KeyFilter("highway"))):
        if progress and done % REPORT_EVERY == 0:
            progress(done, 0)
        tags = dict(way.tags)
        if walkable(tags):
            ways.add(way, tags)
    return ways


def _network(ways: _Ways) -> StreetNetwork:
    refs = np.array(ways.nodes, np.int64)
    node_ids, way_nodes = np.unique(refs, return_inverse=True)
    places = np.array([ways.places[ref] for ref in node_ids.tolist()], float)
    return StreetNetwork(
        way_ids=np.array(ways.ids, np.int64),
        node_ids=node_ids,
        node_lon=places[:, 0],
        node_lat=places[:, 1],
        way_start=np.array(ways.start, np.int64),
        way_nodes=way_nodes.astype(np.int64),
        highway=tuple(ways.highway),
        names=tuple(ways.names),
        elevated=np.array(ways.up, bool),
    )


def _unknown(head: bytes) -> str:
    return UNKNOWN_BINARY if b"\x00" in head else UNKNOWN_TEXT
