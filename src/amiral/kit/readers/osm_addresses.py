"""Addresses of an OpenStreetMap extract: points, buildings and multipolygons with a house number."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import osmium

from .drafts import AddressReading, BadLine, Draft, Drafts, Limits, finish
from .errors import LineProblem, UnreadableFile
from .flats import flats_told
from .lines import REPORT_EVERY, Progress
from .numbers import split_number
from .osm import damaged_is_said, located, opened

Point = tuple[float, float]

NUMBERS = ("addr:housenumber", "addr:streetnumber", "addr:conscriptionnumber")
"""What numbers a house, the commonest first; in Bohemia by street and by register."""


def read_osm_addresses(path: Path, limits: Limits, progress: Progress | None) -> AddressReading:
    """See ``read_addresses``; ids are ``n``, ``w`` or ``r`` and the number of the OpenStreetMap object."""
    drafts, problems = list[Draft](), list[LineProblem]()
    with damaged_is_said():
        for draft in _drafts(path, problems, progress):
            drafts.append(draft)
            if len(drafts) > limits.addresses:
                raise UnreadableFile("too_many_lines", limit=limits.addresses)
    if not drafts and not problems:
        raise UnreadableFile("no_addresses")
    return finish(Drafts.of(drafts), problems, None, "osm")


def _drafts(path: Path, problems: list[LineProblem], progress: Progress | None) -> Iterator[Draft]:
    outlines = _outlines(path)
    objects = located(path)
    objects.with_filter(osmium.filter.KeyFilter(*NUMBERS))
    for done, thing in enumerate(objects):
        if progress and done % REPORT_EVERY == 0:
            progress(done, 0)
        name = f"{thing.type_str()}{thing.id}"
        try:
            yield _draft(thing, name, outlines)
        except BadLine as bad:
            problems.append(LineProblem(line=0, code=bad.code, params=bad.params, id=name))


def _draft(thing: Any, name: str, outlines: dict[int, Point]) -> Draft:
    tags = thing.tags
    text = next((tags[key].strip() for key in NUMBERS if key in tags), "")
    street = tags.get("addr:street", "") or tags.get("addr:place", "")
    if not text:
        raise BadLine("no_number")
    lon, lat = _position(thing, outlines)
    number, suffix = _number(text)
    return Draft(
        line=0,
        id=name,
        number=number,
        suffix=suffix,
        street=street,
        postcode=tags.get("addr:postcode", ""),
        commune=tags.get("ref:INSEE", ""),
        city=tags.get("addr:city", ""),
        dwellings=flats_told(tags),
        a=lon,
        b=lat,
    )


def _number(text: str) -> tuple[int, str]:
    """As in a table; what is no number there (``Villa Rosa``) becomes the suffix of 0 here."""
    try:
        return split_number(text)
    except ValueError:
        digits = re.match(r"\d{1,6}", text)
        return (int(digits[0]), text[digits.end() :].strip()) if digits else (0, text)


def _position(thing: Any, outlines: dict[int, Point]) -> Point:
    if thing.is_node():
        return thing.location.lon, thing.location.lat
    point = outlines.get(thing.id) if thing.is_relation() else _middle(thing)
    if point is None:
        raise BadLine("no_geometry")
    return point


def _middle(way: Any) -> Point | None:
    """Mean of the corners, each once."""
    corners = {
        node.ref: (node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()
    }
    if not corners:
        return None
    lons, lats = zip(*corners.values(), strict=True)
    return sum(lons) / len(lons), sum(lats) / len(lats)


def _outlines(path: Path) -> dict[int, Point]:
    """Where the addressed multipolygons lie: the middle of their first outer way in the extract."""
    members: dict[int, list[int]] = {}
    relations: Any = osmium.FileProcessor(opened(path), osmium.osm.RELATION)
    for relation in relations.with_filter(osmium.filter.KeyFilter(*NUMBERS)):
        members[relation.id] = [m.ref for m in relation.members if m.type == "w" and m.role != "inner"]
    wanted = {way for ways in members.values() for way in ways}
    if not wanted:
        return {}
    middles = dict[int, Point]()
    ways = located(path, osmium.osm.NODE | osmium.osm.WAY)
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in ways.with_filter(osmium.filter.IdFilter(wanted)):
        if (point := _middle(way)) is not None:
            middles[way.id] = point
    found = {ref: [middles[way] for way in ways if way in middles] for ref, ways in members.items()}
    return {ref: points[0] for ref, points in found.items() if points}
