"""What is said of a file of contours, in the words of the page.

``amiral.kit.readers`` says it by codes; every code has its sentence here, so that both languages are complete
(a test compares the two lists). Kept beside the common files because queries and verbs both need it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from amiral.kit.errors import Refused
from amiral.kit.readers.contour_errors import ContourFlaw, UnreadableContours

SENTENCES = {
    "contours_missing": gettext_noop("There is no file %(path)s."),
    "contours_empty": gettext_noop("The file is empty; a GeoJSON file of contours is expected."),
    "contours_other": gettext_noop("This is %(found)s; a GeoJSON file of contours is expected. %(advice)s"),
    "contours_not_json": gettext_noop(
        "This is no JSON: it cannot be read from line %(line)s, character %(column)s on. A "
        "GeoJSON file of contours is expected; if it was cut short, download it again."
    ),
    "contours_not_geojson": gettext_noop(
        "This JSON is no GeoJSON: there is no list of features in it. Export it as a FeatureCollection."
    ),
    "contours_topojson": gettext_noop("This is TopoJSON; export it as GeoJSON first."),
    "contours_no_feature": gettext_noop("The file holds no feature."),
    "contours_no_area": gettext_noop(
        "None of the %(features)s features is an area that can be used; the first reason: %(reason)s"
    ),
    "contours_too_many": gettext_noop(
        "The file holds more than %(limit)s features; cut it into smaller ones."
    ),
    "contours_projection": gettext_noop(
        "The positions (%(example)s) are in a projection that is not known here; export the file "
        "in degrees (WGS84, EPSG:4326) or in Lambert-93 (EPSG:2154)."
    ),
    "contours_decimals": gettext_noop(
        "The positions (%(example)s) lost their decimal point: %(likely)s would lie in France. "
        "Export the file again, with decimals."
    ),
    "ring_closed": gettext_noop("A ring was left open near %(place)s; it was closed."),
    "ring_turned": gettext_noop("Rings that turned the wrong way were turned round (features: %(number)s)."),
    "ring_touching": gettext_noop("A ring touches itself near %(place)s; it was cut in two there."),
    "parts_joined": gettext_noop("Parts of the area have a common border near %(place)s; they were joined."),
    "small_loop": gettext_noop("A ring makes a tiny loop near %(place)s; the loop was taken out."),
    "positions_exchanged": gettext_noop(
        "Latitude stands before longitude in the whole file; they were exchanged. Check the map."
    ),
    "converted": gettext_noop("The positions were in %(system)s; they were converted to degrees (WGS84)."),
    "heights_dropped": gettext_noop("Heights were left out."),
    "encoding": gettext_noop("The text is not UTF-8; it was read as %(encoding)s."),
    "overlap": gettext_noop(
        "%(name)s and %(other)s overlap on %(hectares)s ha near %(place)s; the first in the file wins."
    ),
    "gap": gettext_noop("No feature holds the %(hectares)s ha around %(place)s, which others surround."),
    "outside_departement": gettext_noop(
        "%(name)s lies %(kilometres)s km away from the middle of its département (%(departement)s)."
    ),
    "outside_parent": gettext_noop(
        "Only %(percent)s %% of %(name)s lies in %(parent)s, as its contour was imported."
    ),
    "former_code": gettext_noop("The code %(value)s is that of a former commune; it now counts as %(name)s."),
    "outside_france_zone": gettext_noop("%(name)s lies outside of France (%(place)s)."),
    "more_warnings": gettext_noop("And %(number)s more of the same kind."),
    "ring_short": gettext_noop(
        "A ring near %(place)s has fewer than four positions, the last being the first again."
    ),
    "ring_crossing": gettext_noop("A ring crosses itself near %(place)s."),
    "hole_outside": gettext_noop("A hole lies outside of its outer ring near %(place)s."),
    "holes_nested": gettext_noop("Two holes lie in one another near %(place)s."),
    "parts_nested": gettext_noop("A part lies within another part near %(place)s: it should be a hole."),
    "parts_overlap": gettext_noop("Two parts of the area overlap near %(place)s."),
    "empty_geometry": gettext_noop("The feature has no geometry."),
    "not_an_area": gettext_noop("The feature is a %(found)s, not an area."),
    "bad_coordinates": gettext_noop("“%(value)s” is no position (ring %(ring)s, position %(position)s)."),
    "lost_decimal": gettext_noop(
        "A coordinate lost its decimal point: %(value)s (ring %(ring)s, position %(position)s); "
        "its neighbours suggest %(likely)s."
    ),
    "impossible_place": gettext_noop(
        "The position %(value)s is not on Earth (ring %(ring)s, position %(position)s)."
    ),
    "exchanged": gettext_noop(
        "Latitude and longitude are exchanged: as written, the feature lies at %(place)s, outside of France."
    ),
    "outside_france": gettext_noop("The feature lies at %(place)s, outside of France."),
    "no_code": gettext_noop("The feature has no code."),
    "bad_code": gettext_noop("“%(value)s” is no code of this kind of territory."),
    "duplicate_code": gettext_noop("The code %(value)s already stands at feature %(feature)s."),
    "unknown_code": gettext_noop("No territory of this kind has the code %(value)s."),
    "new_code": gettext_noop(
        "No territory of this kind has the code %(value)s, though others of %(place)s are known; "
        "if it is no mistake, ask for it to be created."
    ),
    "no_commune": gettext_noop("The commune of this station cannot be told; give it in the form."),
}
"""A sentence for each code."""

WORDS = frozenset(
    {
        gettext_noop("a zip archive"),
        gettext_noop("a gzip archive"),
        gettext_noop("a shapefile"),
        gettext_noop("an SQLite database or GeoPackage"),
        gettext_noop("a PDF document"),
        gettext_noop("a Parquet file"),
        gettext_noop("an image"),
        gettext_noop("an XML file (KML, GML)"),
        gettext_noop("a web page"),
        gettext_noop("a table (CSV)"),
        gettext_noop("a binary file of unknown kind"),
        gettext_noop("Unpack it first."),
        gettext_noop("Export it as GeoJSON first (QGIS: Export, Save features as, GeoJSON)."),
        gettext_noop("Choose another file."),
    }
)
"""What the reader puts into a sentence as ``found`` and ``advice``."""


class ContoursRefused(Refused):
    """A file of contours that cannot be used; nothing of it was. ``flaws``: what is wrong, "
    "feature by feature."""

    def __init__(self, sentence: str, *, code: str = "", flaws: tuple[ContourFlaw, ...] = ()) -> None:
        super().__init__(sentence)
        self.code, self.flaws = code, flaws


def refusal(error: UnreadableContours) -> ContoursRefused:
    """The refusal in the language of the reader."""
    said = dict(error.params)
    if error.cause is not None:
        said["reason"] = words_of(error.cause.code, error.cause.params)
    return ContoursRefused(words_of(error.code, said), code=error.code)


def words_of(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of a code in the language of the reader."""
    words = {name: gettext(value) if value in WORDS else value for name, value in params.items()}
    if "hectares" in words:
        words["hectares"] = number_format(words["hectares"])
    return gettext(SENTENCES[code]) % words


def flaw_sentence(flaw: ContourFlaw) -> str:
    """The feature by its number and what it calls itself, then what is wrong or was mended."""
    said = words_of(flaw.code, flaw.params)
    if not flaw.feature:
        return said
    return gettext("Feature %(number)s%(label)s: %(said)s") % {
        "number": flaw.feature,
        "label": f" ({flaw.label})" if flaw.label else "",
        "said": said,
    }
