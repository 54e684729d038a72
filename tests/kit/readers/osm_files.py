"""Small towns as OpenStreetMap XML, drawn by hand in metres around a point."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

LON, LAT = 4.83, 46.79
EAST, NORTH = 1 / 76_400, 1 / 111_150  # degrees per metre there, nearly

Tags = Mapping[str, str]
Node = tuple[int, float, float, Tags]
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[int, Sequence[tuple[str, int, str]], Tags]


def osm_text(nodes: Sequence[Node], ways: Sequence[Way] = (), relations: Sequence[Relation] = ()) -> str:
    """The XML of nodes (id, metres east, metres north, tags), ways and relations."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="by hand">']
    for id_, east, north, tags in nodes:
        place = f'lat="{LAT + north * NORTH:.8f}" lon="{LON + east * EAST:.8f}"'
        lines.append(f'<node id="{id_}" version="1" {place}>{_tags(tags)}</node>')
    for id_, refs, tags in ways:
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{id_}" version="1">{inner}{_tags(tags)}</way>')
    for id_, members, tags in relations:
        inner = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        lines.append(f'<relation id="{id_}" version="1">{inner}{_tags(tags)}</relation>')
    return "\n".join([*lines, "</osm>", ""])


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def osm_file(
    path: Path, nodes: Sequence[Node], ways: Sequence[Way] = (), relations: Sequence[Relation] = ()
) -> Path:
    """The same as a file."""
    path.write_text(osm_text(nodes, ways, relations), encoding="utf-8")
    return path


def house(id_: int, east: float, north: float, number: str, street: str = "Rue Haute", **more: str) -> Node:
    """A point with a house number; further tags with ``__`` for ``:``."""
    tags = {"addr:housenumber": number} | ({"addr:street": street} if street else {})
    return id_, east, north, tags | {key.replace("__", ":"): value for key, value in more.items()}


def street(
    id_: int, refs: Sequence[int], kind: str = "residential", name: str = "Rue Haute", **more: str
) -> Way:
    """A way of this ``highway``."""
    return id_, refs, {"highway": kind, "name": name} | {key.replace("__", ":"): more[key] for key in more}
