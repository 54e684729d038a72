"""Files of contours: GeoJSON as people have it, each feature checked, mended where that is sure, else named.

    reading = read_contours(path)
    reading.features    # with a valid area in degrees, or None
    reading.flaws       # what was mended, and what is wrong, feature by feature

Taken: a FeatureCollection, one Feature, a list of features, features one per line, a bare geometry; degrees
or a projection that is named or recognised. Nothing is written anywhere.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from amiral.cores.geography import shape_of

from .contour_errors import (
    ADVICE_GEOJSON,
    ADVICE_OTHER,
    ADVICE_UNPACK,
    REFUSED_SENTENCES,
    ContourFlaw,
    Params,
    UnreadableContours,
)
from .contour_places import (
    DEGREES,
    FRANCE,
    SYSTEMS,
    declared_system,
    guessed_system,
    in_france,
    lies_in_france,
    to_degrees,
)
from .lines import Progress
from .sniff import encoding_of

Floats = npt.NDArray[np.float64]
MOST_FEATURES = 200_000
REPORT_EVERY = 200
CONVERTED, EXCHANGED, TURNED = "converted", "positions_exchanged", "ring_turned"

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", ADVICE_UNPACK),
    (b"\x1f\x8b", "a gzip archive", ADVICE_UNPACK),
    (b"\x00\x00\x27\x0a", "a shapefile", ADVICE_GEOJSON),
    (b"SQLite format 3", "an SQLite database or GeoPackage", ADVICE_GEOJSON),
    (b"%PDF", "a PDF document", ADVICE_OTHER),
    (b"PAR1", "a Parquet file", ADVICE_GEOJSON),
    (b"\x89PNG", "an image", ADVICE_OTHER),
    (b"\xff\xd8\xff", "an image", ADVICE_OTHER),
    (b"GIF8", "an image", ADVICE_OTHER),
)
_CALLS_ITSELF = re.compile(r"nom|name|code|insee|libel|(?:^|_)(?:id|num)(?:_|$)")
_DIGITS = re.compile(r"(97[1-8]|98\d|2[AB]|\d\d)\d{3}$")


@dataclass(frozen=True, kw_only=True)
class ContourFeature:
    """A feature of the file: ``number`` counts from 1; ``area`` is in degrees and valid, or ``None``.

    Properties are text: numbers as written in JSON, nothing for null.
    """

    number: int
    properties: Mapping[str, str]
    area: Any


@dataclass(frozen=True, kw_only=True)
class ContourReading:
    """What a file gave. ``system``: of its positions, where they were not in degrees already."""

    features: tuple[ContourFeature, ...]
    flaws: tuple[ContourFlaw, ...]
    properties: tuple[str, ...]
    system: str = ""


@dataclass(frozen=True)
class _Draft:
    """A feature between being parsed and being believed; ``rings``: polygons, each a list of rings."""

    number: int
    properties: Mapping[str, str]
    rings: list[list[Floats]]
    flaw: ContourFlaw | None = None

    @property
    def label(self) -> str:
        return label_of(self.properties)


def label_of(properties: Mapping[str, str]) -> str:
    """What a feature seems to call itself: the first two short values."""
    usual = [value for name, value in properties.items() if _CALLS_ITSELF.search(name.lower())]
    short = [value for value in (usual or properties.values()) if value and len(value) <= 40]
    return ", ".join(dict.fromkeys(short[:2]))


def read_contours(path: Path | str, *, progress: Progress | None = None) -> ContourReading:
    """Reads a file of contours whole. Raises ``UnreadableContours`` when nothing in it can be used."""
    text, flaws = _text(Path(path))
    drafts, declared = _drafts(text, progress)
    del text
    if not drafts:
        raise UnreadableContours("contours_no_feature")
    drafts = _without_lost_decimals(drafts)
    drafts, system = _in_degrees(drafts, declared)
    if system:
        flaws.append(ContourFlaw(feature=0, code=CONVERTED, params={"system": system}))
    drafts, exchanged = _in_order(drafts)
    if exchanged:
        flaws.append(ContourFlaw(feature=0, code=EXCHANGED))
    features, turned = [], 0
    for draft in drafts:
        feature, found = _believed(draft)
        features.append(feature)
        flaws += [flaw for flaw in found if flaw.code != TURNED]
        turned += len(found) - len([flaw for flaw in found if flaw.code != TURNED])
        if progress and draft.number % REPORT_EVERY == 0:
            progress(50 + 50 * draft.number // len(drafts), 100)
    if turned:
        flaws.append(ContourFlaw(feature=0, code=TURNED, params={"number": turned}))
    _refuse_without_area(features, flaws)
    names = tuple(dict.fromkeys(name for one in features for name in one.properties))
    return ContourReading(features=tuple(features), flaws=tuple(flaws), properties=names, system=system)


def _refuse_without_area(features: Sequence[ContourFeature], flaws: Sequence[ContourFlaw]) -> None:
    if any(one.area is not None for one in features):
        return
    first = next(flaw for flaw in flaws if flaw.refuses)
    raise UnreadableContours("contours_no_area", first, features=len(features), reason=first.sentence())


# The text and its JSON ---------------------------------------------------------------------------------


def _text(path: Path) -> tuple[str, list[ContourFlaw]]:
    if not path.is_file():
        raise UnreadableContours("contours_missing", path=str(path))
    content = path.read_bytes()
    if not content.strip():
        raise UnreadableContours("contours_empty")
    for signature, found, advice in _SIGNATURES:
        if content.startswith(signature):
            raise UnreadableContours("contours_other", found=found, advice=advice)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), []
    if b"\x00" in content[:4096]:
        raise UnreadableContours("contours_other", found="a binary file of unknown kind", advice=ADVICE_OTHER)
    _refuse_marked_up(content[:4096])
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        encoding = encoding_of(content[:262_144])[1]
        flaw = ContourFlaw(feature=0, code="encoding", params={"encoding": encoding})
        return content.decode(encoding, errors="replace"), [flaw]


def _refuse_marked_up(head: bytes) -> None:
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin[:1] == b"<":
        found = "a web page" if b"<html" in begin.lower() else "an XML file (KML, GML)"
        raise UnreadableContours("contours_other", found=found, advice=ADVICE_GEOJSON)
    first = begin.split(b"\n", 1)[0]
    if begin[:1] not in (b"{", b"[", b"\x1e") and (b";" in first or b"," in first or b"\t" in first):
        raise UnreadableContours("contours_other", found="a table (CSV)", advice=ADVICE_GEOJSON)


class _Scanner:
    """Goes through JSON text value by value, so that a large file is never a tree of lists as a whole."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self._decoder = json.JSONDecoder()

    def skip(self) -> str:
        """The next character that is no blank; nothing at the end."""
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n\x1e":
            self.at += 1
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        self.skip()
        try:
            value, self.at = self._decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise self._broken(error.pos) from None
        except RecursionError:
            raise self._broken(self.at) from None
        return value

    def expect(self, character: str) -> None:
        if self.skip() != character:
            raise self._broken(self.at)
        self.at += 1

    def _broken(self, at: int) -> UnreadableContours:
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return UnreadableContours("contours_not_json", line=line, column=column)


def _drafts(text: str, progress: Progress | None) -> tuple[list[_Draft], int | None]:
    """All features, and the EPSG code that the file declares."""
    scanner, outer, drafts = _Scanner(text), dict[str, Any](), list[_Draft]()
    for value in _values(scanner, outer):
        if len(drafts) == MOST_FEATURES:
            raise UnreadableContours("contours_too_many", limit=MOST_FEATURES)
        drafts.append(_draft(len(drafts) + 1, value))
        if progress and len(drafts) % REPORT_EVERY == 0:
            progress(50 * scanner.at // len(text), 100)
    return drafts, declared_system(outer)


def _values(scanner: _Scanner, outer: dict[str, Any]) -> Iterator[Any]:
    """Each feature; what stands beside the features goes into ``outer``."""
    begin = scanner.skip()
    if begin == "[":
        yield from _elements(scanner)
        return
    if begin != "{":
        scanner.value()
        raise UnreadableContours("contours_not_geojson")
    while scanner.skip() == "{":
        yield from _object(scanner, outer)
        if scanner.skip() == ",":  # features one per line, with the comma of the list they were in
            scanner.at += 1
    if scanner.skip():
        scanner.expect("{")


def _object(scanner: _Scanner, outer: dict[str, Any]) -> Iterator[Any]:
    """The features of one JSON object, which may be a feature itself."""
    own: dict[str, Any] = {}
    listed = False
    scanner.expect("{")
    while scanner.skip() == '"':
        name = scanner.value()
        scanner.expect(":")
        if name == "features" and scanner.skip() == "[":
            listed = True
            yield from _elements(scanner)
        else:
            own[name] = scanner.value()
        if scanner.skip() != ",":
            break
        scanner.at += 1
    scanner.expect("}")
    outer |= {name: value for name, value in own.items() if name in ("crs", "name", "type")}
    if own.get("type") == "Topology":
        raise UnreadableContours("contours_topojson")
    if not listed:
        if "geometry" not in own and "coordinates" not in own and "geometries" not in own:
            raise UnreadableContours("contours_not_geojson")
        yield own


def _elements(scanner: _Scanner) -> Iterator[Any]:
    scanner.expect("[")
    while scanner.skip() not in ("]", ""):
        yield scanner.value()
        if scanner.skip() == ",":
            scanner.at += 1
        elif scanner.skip() != "]":
            break
    scanner.expect("]")


def _draft(number: int, value: Any) -> _Draft:
    feature = value if isinstance(value, dict) else {}
    geometry = feature.get("geometry", feature if "type" in feature and "geometry" not in feature else None)
    properties = _properties(feature)
    label = label_of(properties)
    try:
        rings = _polygons(geometry)
    except _Unusable as error:
        return _Draft(
            number,
            properties,
            [],
            ContourFlaw(feature=number, code=error.code, params=error.params, label=label),
        )
    return _Draft(number, properties, rings)


def _properties(feature: Mapping[str, Any]) -> dict[str, str]:
    given = feature.get("properties")
    found = {str(name): _words(value) for name, value in given.items()} if isinstance(given, dict) else {}
    if isinstance(feature.get("id"), str | int) and "id" not in found:
        found["id"] = _words(feature["id"])
    return found


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool | dict | list):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()[:300]


class _Unusable(Exception):
    def __init__(self, code: str, **params: str | int) -> None:
        self.code, self.params = code, params
        super().__init__(code)


def _polygons(geometry: Any) -> list[list[Floats]]:
    """The polygons of a GeoJSON geometry, each a list of rings of shape (n, 2)."""
    if not isinstance(geometry, dict):
        raise _Unusable("empty_geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        parts = [part for one in geometry["geometries"] for part in _polygons(one)]
        if not parts:
            raise _Unusable("empty_geometry")
        return parts
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Unusable("not_an_area", found=str(kind or "?")[:40])
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    if not isinstance(polygons, list) or not any(polygons):
        raise _Unusable("empty_geometry")
    return [_rings(polygon) for polygon in polygons if polygon]


def _rings(polygon: Any) -> list[Floats]:
    if not isinstance(polygon, list):
        raise _Unusable("bad_coordinates", value=str(polygon)[:40], ring=1, position=1)
    rings = [_ring(ring, number) for number, ring in enumerate(polygon, 1) if ring]
    if not rings:
        raise _Unusable("empty_geometry")
    return rings


def _ring(ring: Any, number: int) -> Floats:
    try:
        places = np.array([position[:2] for position in ring], dtype=np.float64)
        if places.ndim == 2 and places.shape[1] == 2 and np.isfinite(places).all():
            return places
    except (TypeError, ValueError, OverflowError):
        pass
    for at, position in enumerate(ring if isinstance(ring, list) else [ring], 1):
        if not _is_position(position):
            raise _Unusable("bad_coordinates", value=str(position)[:40], ring=number, position=at)
    return np.array([[float(position[0]), float(position[1])] for position in ring])


def _is_position(position: Any) -> bool:
    if not isinstance(position, list) or len(position) < 2:
        return False
    return all(isinstance(one, int | float) and abs(one) < 1e300 for one in position[:2])


# Where it lies --------------------------------------------------------------------------------------------


def _places(drafts: Sequence[_Draft]) -> Floats:
    rings = [ring for draft in drafts for polygon in draft.rings for ring in polygon]
    return np.vstack(rings) if rings else np.zeros((0, 2))


def _without_lost_decimals(drafts: list[_Draft]) -> list[_Draft]:
    """Names the coordinates that are out of all proportion to their neighbours, by a power of ten."""
    every = _places(drafts)
    if not len(every):
        return drafts
    middle, reach = _neighbourhood(every)
    return [_decimals_checked(draft, middle, reach) for draft in drafts]


def _neighbourhood(places: Floats) -> tuple[Floats, Floats]:
    """The middle of positions, and how far from it they may be."""
    middle = np.median(places, axis=0)
    spread = np.quantile(np.abs(places - middle), 0.75, axis=0, method="lower")
    return middle, np.maximum(30 * spread.max(), np.maximum(np.abs(middle) * 1e-3, 1e-6))


def _decimals_checked(draft: _Draft, middle: Floats, reach: Floats) -> _Draft:
    if not draft.rings or _exchanged(draft, middle, reach):
        return draft
    own = _neighbourhood(_places([draft]))
    if lies_in_france(*own[0].tolist()) or (np.abs(own[0] - middle) <= reach).all():
        middle, reach = own
    if (np.abs(_places([draft]) - middle) <= reach).all():
        return draft
    for polygon in draft.rings:
        for number, ring in enumerate(polygon, 1):
            far = np.abs(ring - middle) > reach
            for at, axis in np.argwhere(far).tolist():
                likely = _likely(float(ring[at, axis]), draft, axis, float(middle[axis]), float(reach[axis]))
                if likely:
                    params: Params = {
                        "value": _number(float(ring[at, axis])),
                        "ring": number,
                        "position": at + 1,
                        "likely": likely,
                    }
                    flaw = ContourFlaw(
                        feature=draft.number, code="lost_decimal", params=params, label=draft.label
                    )
                    return replace(draft, rings=[], flaw=flaw)
    return draft


def _exchanged(draft: _Draft, middle: Floats, reach: Floats) -> bool:
    """Whether the feature lies among the others once latitude and longitude change places."""
    places = _places([draft])
    turned = np.abs(places[:, ::-1] - middle) <= reach
    return bool(len(places) and turned.all() and not (np.abs(places - middle) <= reach).all())


def _likely(value: float, draft: _Draft, axis: int, middle: float, reach: float) -> str:
    """What the value was before it lost its decimal point: near the other values of its own feature."""
    own = np.concatenate([ring[:, axis] for polygon in draft.rings for ring in polygon])
    near = own[np.abs(own - middle) <= reach]
    low, high = (float(near.min()), float(near.max())) if len(near) else (middle - reach, middle + reach)
    margin = max(high - low, 1e-3 * max(1.0, abs(middle)))
    for power in (*range(1, 17), -1, -2, -3):
        shrunk = value / 10.0**power
        if low - margin <= shrunk <= high + margin:
            return _number(shrunk)
    return ""


def _number(value: float) -> str:
    return f"{value:.9g}" if abs(value) < 1e6 or value % 1 else f"{value:.0f}"


def _at(lon: float, lat: float) -> str:
    return f"{lon:.5f} {lat:.5f}"


def _in_degrees(drafts: list[_Draft], declared: int | None) -> tuple[list[_Draft], str]:
    """The drafts in degrees, and the name of the system they were in, if another."""
    every = _places(drafts)
    if not len(every):
        return drafts, ""
    degrees = bool(np.mean((np.abs(every[:, 0]) <= 180) & (np.abs(every[:, 1]) <= 180)) > 0.5)
    if degrees:
        return drafts, ""
    epsg = declared if declared is not None and declared not in DEGREES else None
    if epsg is not None and epsg not in SYSTEMS:
        epsg = None
    firsts = np.array([draft.rings[0][0][0] for draft in drafts if draft.rings])
    tells = tuple(_departement(draft) for draft in drafts if draft.rings)
    if epsg is None:
        epsg = guessed_system(firsts[:, 0], firsts[:, 1], tells if any(tells) else ())
    if epsg is None:
        _refuse_projection(every)
    assert epsg is not None
    return [_transformed(draft, epsg) for draft in drafts], SYSTEMS[epsg]


def _departement(draft: _Draft) -> str:
    """The département that a code among the properties seems to tell."""
    for name, value in draft.properties.items():
        match = _DIGITS.match(value)
        if match and re.search("code|insee|com|id", name.lower()):
            return match[1]
    return ""


def _refuse_projection(every: Floats) -> None:
    example = " ".join(_number(one) for one in every[0].tolist())
    middle = np.median(every, axis=0)
    for power in range(1, 17):
        lon, lat = (middle / 10**power).reshape(2, 1)
        if _in_metropolis(float(lon[0]), float(lat[0])):
            likely = " ".join(_number(one / 10**power) for one in every[0].tolist())
            raise UnreadableContours("contours_decimals", example=example, likely=likely)
    raise UnreadableContours("contours_projection", example=example)


def _in_metropolis(lon: float, lat: float) -> bool:
    west, south, east, north = FRANCE[0]
    return west <= lon <= east and south <= lat <= north


def _transformed(draft: _Draft, epsg: int) -> _Draft:
    def turned(ring: Floats) -> Floats:
        return np.column_stack(to_degrees(epsg, ring[:, 0], ring[:, 1]))

    return replace(draft, rings=[[turned(ring) for ring in polygon] for polygon in draft.rings])


def _in_order(drafts: list[_Draft]) -> tuple[list[_Draft], bool]:
    """Longitude first. A file wholly outside of France as written, and inside the other way, is exchanged."""
    firsts = np.array([ring[0] for draft in drafts for polygon in draft.rings[:1] for ring in polygon[:1]])
    if not len(firsts):
        return drafts, False
    as_written = in_france(firsts[:, 0], firsts[:, 1])
    exchanged = in_france(firsts[:, 1], firsts[:, 0])
    if as_written.any() or not exchanged.all() or len(firsts) * 2 < len(drafts):
        return drafts, False
    return [
        replace(draft, rings=[[ring[:, ::-1] for ring in polygon] for polygon in draft.rings])
        for draft in drafts
    ], True


def _believed(draft: _Draft) -> tuple[ContourFeature, list[ContourFlaw]]:
    """The feature with its area, and what there is to say of it."""
    if draft.flaw is not None:
        return ContourFeature(number=draft.number, properties=draft.properties, area=None), [draft.flaw]
    astray = _astray(draft)
    if astray is not None:
        return ContourFeature(number=draft.number, properties=draft.properties, area=None), [astray]
    shape = shape_of(draft.rings)
    flaws = [
        ContourFlaw(
            feature=draft.number, code=one.code, params={"place": _at(one.x, one.y)}, label=draft.label
        )
        for one in shape.flaws
        if shape.area is not None or one.code in REFUSED_SENTENCES
    ]
    area = None if shape.area is None else shapely.normalize(shapely.orient_polygons(shape.area))
    return ContourFeature(number=draft.number, properties=draft.properties, area=area), _once(flaws)


def _astray(draft: _Draft) -> ContourFlaw | None:
    for polygon in draft.rings:
        for number, ring in enumerate(polygon, 1):
            bad = ~((np.abs(ring[:, 0]) <= 180) & (np.abs(ring[:, 1]) <= 90))
            if bad.any():
                at = int(np.flatnonzero(bad)[0])
                turned = lies_in_france(*ring[at, ::-1].tolist())
                place = _at(*ring[at].tolist())
                if turned:
                    return ContourFlaw(
                        feature=draft.number, code="exchanged", params={"place": place}, label=draft.label
                    )
                params: Params = {"value": place, "ring": number, "position": at + 1}
                return ContourFlaw(
                    feature=draft.number, code="impossible_place", params=params, label=draft.label
                )
    middle = np.median(np.vstack([ring for polygon in draft.rings for ring in polygon]), axis=0)
    lon, lat = middle.tolist()
    if not lies_in_france(lon, lat) and lies_in_france(lat, lon):
        params = {"place": _at(lon, lat)}
        return ContourFlaw(feature=draft.number, code="exchanged", params=params, label=draft.label)
    return None


def _once(flaws: Sequence[ContourFlaw]) -> list[ContourFlaw]:
    """One line for each kind of flaw of a feature: the first."""
    return list({flaw.code: flaw for flaw in reversed(flaws)}.values())[::-1]
