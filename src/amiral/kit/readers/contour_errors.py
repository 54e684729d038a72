"""What can be wrong with a file of contours or one of its features: codes with one English sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Params = Mapping[str, str | int]

FILE_SENTENCES: dict[str, str] = {
    "contours_missing": "There is no file %(path)s.",
    "contours_empty": "The file is empty; a GeoJSON file of contours is expected.",
    "contours_other": "This is %(found)s; a GeoJSON file of contours is expected. %(advice)s",
    "contours_not_json": (
        "This is no JSON: it cannot be read from line %(line)s, character %(column)s on. A GeoJSON file of "
        "contours is expected; if it was cut short, download it again."
    ),
    "contours_not_geojson": (
        "This JSON is no GeoJSON: there is no list of features in it. Export it as a FeatureCollection."
    ),
    "contours_topojson": "This is TopoJSON; export it as GeoJSON first.",
    "contours_no_feature": "The file holds no feature.",
    "contours_no_area": (
        "None of the %(features)s features is an area that can be used; the first reason: %(reason)s"
    ),
    "contours_too_many": "The file holds more than %(limit)s features; cut it into smaller ones.",
    "contours_projection": (
        "The positions (%(example)s) are in a projection that is not known here; export the file in degrees "
        "(WGS84, EPSG:4326) or in Lambert-93 (EPSG:2154)."
    ),
    "contours_decimals": (
        "The positions (%(example)s) lost their decimal point: %(likely)s would lie in France. "
        "Export the file again, with decimals."
    ),
}
"""Why a whole file is refused."""

MENDED_SENTENCES: dict[str, str] = {
    "ring_closed": "A ring was left open near %(place)s; it was closed.",
    "ring_turned": "Rings that turned the wrong way were turned round (features: %(number)s).",
    "ring_touching": "A ring touches itself near %(place)s; it was cut in two there.",
    "parts_joined": "Parts of the area have a common border near %(place)s; they were joined.",
    "small_loop": "A ring makes a tiny loop near %(place)s; the loop was taken out.",
    "positions_exchanged": (
        "Latitude stands before longitude in the whole file; they were exchanged. Check the map."
    ),
    "converted": "The positions were in %(system)s; they were converted to degrees (WGS84).",
    "heights_dropped": "Heights were left out.",
    "encoding": "The text is not UTF-8; it was read as %(encoding)s.",
}
"""What was mended surely; nothing else than what the sentence says was changed."""

WARNING_SENTENCES: dict[str, str] = {
    "overlap": (
        "%(name)s and %(other)s overlap on %(hectares)s ha near %(place)s; the first in the file wins."
    ),
    "gap": "No feature holds the %(hectares)s ha around %(place)s, which others surround.",
    "outside_departement": (
        "%(name)s lies %(kilometres)s km away from the middle of its département (%(departement)s)."
    ),
    "outside_parent": "Only %(percent)s %% of %(name)s lies in %(parent)s, as its contour was imported.",
    "former_code": "The code %(value)s is that of a former commune; it now counts as %(name)s.",
    "outside_france_zone": "%(name)s lies outside of France (%(place)s).",
    "more_warnings": "And %(number)s more of the same kind.",
}
"""What the importer should look at."""

REFUSED_SENTENCES: dict[str, str] = {
    "ring_short": "A ring near %(place)s has fewer than four positions, the last being the first again.",
    "ring_crossing": "A ring crosses itself near %(place)s.",
    "hole_outside": "A hole lies outside of its outer ring near %(place)s.",
    "holes_nested": "Two holes lie in one another near %(place)s.",
    "parts_nested": "A part lies within another part near %(place)s: it should be a hole.",
    "parts_overlap": "Two parts of the area overlap near %(place)s.",
    "empty_geometry": "The feature has no geometry.",
    "not_an_area": "The feature is a %(found)s, not an area.",
    "bad_coordinates": "“%(value)s” is no position (ring %(ring)s, position %(position)s).",
    "lost_decimal": (
        "A coordinate lost its decimal point: %(value)s (ring %(ring)s, position %(position)s); "
        "its neighbours suggest %(likely)s."
    ),
    "impossible_place": "The position %(value)s is not on Earth (ring %(ring)s, position %(position)s).",
    "exchanged": (
        "Latitude and longitude are exchanged: as written, the feature lies at %(place)s, outside of France."
    ),
    "outside_france": "The feature lies at %(place)s, outside of France.",
    "no_code": "The feature has no code.",
    "bad_code": "“%(value)s” is no code of this kind of territory.",
    "duplicate_code": "The code %(value)s already stands at feature %(feature)s.",
    "unknown_code": "No territory of this kind has the code %(value)s.",
    "new_code": (
        "No territory of this kind has the code %(value)s, though others of %(place)s are known; "
        "if it is no mistake, ask for it to be created."
    ),
    "no_commune": "The commune of this station cannot be told; give it in the form.",
}
"""Why a feature cannot be used; the file is refused unless the importer leaves such features out."""

CONTOUR_SENTENCES = FILE_SENTENCES | MENDED_SENTENCES | WARNING_SENTENCES | REFUSED_SENTENCES

FOUND = (
    "a zip archive",
    "a gzip archive",
    "a shapefile",
    "an SQLite database or GeoPackage",
    "a PDF document",
    "a Parquet file",
    "an image",
    "an XML file (KML, GML)",
    "a web page",
    "a table (CSV)",
    "a binary file of unknown kind",
)
ADVICE_UNPACK = "Unpack it first."
ADVICE_GEOJSON = "Export it as GeoJSON first (QGIS: Export, Save features as, GeoJSON)."
ADVICE_OTHER = "Choose another file."


class UnreadableContours(Exception):
    """The file cannot be used; nothing of it was. ``code`` is a key of ``FILE_SENTENCES``."""

    def __init__(self, code: str, cause: "ContourFlaw | None" = None, **params: str | int) -> None:
        self.code, self.cause = code, cause
        self.params: dict[str, str | int] = params
        super().__init__(FILE_SENTENCES[code] % params)


@dataclass(frozen=True, kw_only=True)
class ContourFlaw:
    """Something about a feature, or about the whole file (``feature`` 0). Features count from 1.

    ``label``: what the feature calls itself, if anything.
    """

    feature: int
    code: str
    params: Params = field(default_factory=dict)
    label: str = ""

    @property
    def refuses(self) -> bool:
        """Whether the feature cannot be used because of it."""
        return self.code in REFUSED_SENTENCES

    def sentence(self) -> str:
        """In English."""
        return CONTOUR_SENTENCES[self.code] % self.params
