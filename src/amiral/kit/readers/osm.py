"""OpenStreetMap extracts, packed (.osm.pbf) or as XML (.osm): their kind, their objects, their areas."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium
import shapely

from .errors import UnreadableFile
from .sniff import is_pbf

FORBIDDEN = frozenset(["no", "private", "military", "customers", "delivery", "agricultural", "forestry"])
ALLOWED = frozenset(["yes", "designated", "permissive", "destination", "official"])
SORTED = "Type_then_ID"


def is_xml(head: bytes) -> bool:
    """Whether an extract as XML begins here."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2000].lower()
    return text.startswith(b"<") and b"<osm" in text and b"<html" not in text


def is_extract(head: bytes) -> bool:
    """Whether an extract of either kind begins here."""
    return is_pbf(head) or is_xml(head)


def opened(path: Path) -> Any:
    """What ``osmium.FileProcessor`` takes: the file, told its kind, which its name may not tell."""
    with path.open("rb") as file:
        return osmium.io.File(str(path), "pbf" if is_pbf(file.read(64)) else "osm")


def located(path: Path, kinds: Any = osmium.osm.ALL) -> Any:
    """An ``osmium.FileProcessor`` of the file whose ways know where their nodes lie, whatever its order.

    Overpass writes the nodes of a way after it unless it is told to sort. Where a way lacks a node that came
    before, the positions of all nodes are read first; a file that says that it is sorted is believed.
    """
    file = opened(path)
    objects: Any = osmium.FileProcessor(file, kinds)
    if objects.header.get("sorting") == SORTED:
        return objects.with_locations()
    try:
        _place(file, osmium.osm.NODE | osmium.osm.WAY, osmium.index.create_map("flex_mem"))
    except KeyError:  # a node is missing: it comes later, or nowhere
        places = osmium.index.create_map("sparse_mem_map")  # the others want nodes in order
        _place(file, osmium.osm.NODE, places)
        return objects.with_locations(places)
    return objects.with_locations()


def _place(file: Any, kinds: Any, places: Any) -> None:
    """Keeps the positions of nodes. Raises ``KeyError`` at a way that lacks one."""
    with osmium.io.Reader(file, kinds) as reader:
        osmium.apply(reader, osmium.NodeLocationsForWays(places))


@contextmanager
def damaged_is_said() -> Iterator[None]:
    """Turns what libosmium raises for a damaged file, or one in disorder, into a sentence."""
    try:
        yield
    except (RuntimeError, osmium.InvalidLocationError) as error:
        detail = str(error)[:200]
        disorder = "out of order" in detail or "twice in input" in detail
        raise UnreadableFile("unsorted_pbf" if disorder else "broken_pbf", detail=detail) from None


def forbidden(tags: Any) -> bool:
    """Whether nobody may go there on foot: ``foot`` outranks ``access``."""
    foot, access = tags.get("foot", ""), tags.get("access", "")
    return foot in FORBIDDEN or (access in FORBIDDEN and foot not in ALLOWED)


def polygon_of(area: Any, make: Callable[[Any], str]) -> shapely.Geometry | None:
    """The area in degrees, ``make`` being a WKB factory's ``create_multipolygon``; None for a broken one."""
    try:
        return shapely.from_wkb(make(area))
    except (RuntimeError, shapely.errors.GEOSException):
        return None
