"""Why a file or a line was left out, in the words of the page.

``amiral.kit.readers`` says it by codes; every code has its sentence here, so that both languages are complete
(a test compares the two lists). Kept beside the common files because queries and verbs both need it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from amiral.kit.errors import Refused
from amiral.kit.readers import UnreadableFile

SENTENCES = {
    "missing_file": gettext_noop("There is no file %(path)s."),
    "not_a_file": gettext_noop("%(path)s is a folder; give one file."),
    "no_access": gettext_noop("The file %(path)s may not be read: check its permissions."),
    "empty": gettext_noop("The file is empty; expected %(expected)s."),
    "too_large": gettext_noop(
        "The file holds %(megabytes)s MB, more than the %(limit)s MB allowed; cut it into smaller ones."
    ),
    "too_many_lines": gettext_noop("The file holds more than %(limit)s addresses; cut it into smaller ones."),
    "other_kind": gettext_noop("This is %(found)s; expected %(expected)s. %(advice)s"),
    "binary": gettext_noop("This is a binary file of unknown kind; expected %(expected)s."),
    "line_too_long": gettext_noop(
        "Line %(line)s is longer than %(limit)s characters: this is no table; expected %(expected)s."
    ),
    "open_quote": gettext_noop(
        "A quotation mark opened on line %(line)s is never closed; close it or remove it."
    ),
    "no_separator": gettext_noop(
        "The first line has no columns (no semicolon, comma or tab); expected %(expected)s."
    ),
    "no_number_column": gettext_noop(
        "No column holds house numbers; name it numero or number. Columns found: %(columns)s."
    ),
    "no_position_columns": gettext_noop(
        "No columns hold positions; name them lon and lat (degrees) or x and y (Lambert-93). "
        "Columns found: %(columns)s."
    ),
    "only_header": gettext_noop("The file has a header and no line below it."),
    "no_usable_line": gettext_noop(
        "None of the %(lines)s lines can be used; the most frequent reason: %(reason)s "
        "(first on line %(line)s). Check that the columns stand under the right names."
    ),
    "swapped_columns": gettext_noop(
        "Longitudes and latitudes seem to be swapped in the whole file; "
        "exchange the names of the two columns."
    ),
    "unknown_projection": gettext_noop(
        "The positions (%(example)s) are in a projection that is not known here; give longitude and latitude "
        "in degrees (WGS84) or Lambert-93."
    ),
    "no_usable_object": gettext_noop(
        "None of the %(lines)s addresses of the OpenStreetMap extract can be used; the most frequent reason: "
        "%(reason)s Take an extract that also holds the ways and nodes."
    ),
    "no_name_column": gettext_noop(
        "No column holds the names of the places; name it nom or name. Columns found: %(columns)s."
    ),
    "unknown_field": gettext_noop("There is no field %(value)s; the fields are: %(fields)s."),
    "unknown_column": gettext_noop("There is no column %(value)s; the columns are: %(columns)s."),
    "broken_pbf": gettext_noop(
        "The OpenStreetMap extract is damaged or cut short (%(detail)s); download it again. Nothing was read."
    ),
    "unsorted_pbf": gettext_noop(
        "The objects of the OpenStreetMap extract stand in no order or several times (%(detail)s): sort it "
        "with “osmium sort”, or export it from Overpass with “(._;>;); out meta;”. Nothing was read."
    ),
    "no_addresses": gettext_noop("The OpenStreetMap extract holds no address (no addr:housenumber)."),
    "no_streets": gettext_noop("The OpenStreetMap extract holds no street that may be walked."),
    "no_height_columns": gettext_noop(
        "No columns hold heights; name them lon, lat, height or node, height. Columns found: %(columns)s."
    ),
    "bad_height": gettext_noop(
        "Line %(line)s: “%(value)s” is no number (positions in degrees, heights in metres)."
    ),
    "no_nodes": gettext_noop(
        "The OpenStreetMap extract holds %(ways)s streets but not the nodes that they run over: "
        "take an extract with complete ways."
    ),
    "field_count": gettext_noop("The line has %(found)s fields; the header has %(expected)s."),
    "control_characters": gettext_noop("The line holds control characters."),
    "no_number": gettext_noop("The house number is missing."),
    "bad_number": gettext_noop("“%(value)s” is no house number."),
    "no_street": gettext_noop("The street is missing."),
    "no_position": gettext_noop("The position is missing."),
    "bad_position": gettext_noop("“%(value)s” is no coordinate."),
    "impossible_position": gettext_noop("The position %(value)s is not on Earth."),
    "swapped_position": gettext_noop("Longitude and latitude seem to be swapped (%(value)s)."),
    "far_position": gettext_noop(
        "The position %(value)s is %(kilometres)s km away from the other addresses."
    ),
    "null_position": gettext_noop(
        "The position 0, 0 lies in the ocean: it stands for a position that nobody knows."
    ),
    "lost_point": gettext_noop("The coordinates have lost their decimal point; it was put back: %(value)s."),
    "outside_commune": gettext_noop(
        "The position %(value)s is %(kilometres)s km away from the other addresses of %(commune)s."
    ),
    "outside_departement": gettext_noop(
        "The position %(value)s is %(kilometres)s km away from the département of %(commune)s."
    ),
    "outside_contour": gettext_noop("The position %(value)s lies %(metres)s m outside %(commune)s."),
    "same_position": gettext_noop("%(count)s addresses have this same position (%(value)s)."),
    "no_name": gettext_noop("The name is missing."),
    "duplicate_id": gettext_noop("The id %(id)s already stands on line %(line)s."),
    "duplicate_object": gettext_noop(
        "The OpenStreetMap extract holds %(id)s several times; it was read once."
    ),
    "no_geometry": gettext_noop("The building or point has no position in the extract."),
    "broken_table": gettext_noop(
        "The file is damaged or cut short; expected %(expected)s. Download it again."
    ),
    "several_tables": gettext_noop(
        "The archive holds no table or several (%(files)s): unpack it and give one file."
    ),
    "no_results_header": gettext_noop(
        "No line names the columns of a results file (registered, voters, expressed…): "
        "“Inscrits”, “Votants”, “Exprimés” and the candidates’ votes were expected."
    ),
    "no_votes_column": gettext_noop("No column holds the candidates’ votes. Columns found: %(columns)s."),
    "no_place_column": gettext_noop(
        "The lines name polling stations but no commune: say which commune this file is about."
    ),
    "no_such_round": gettext_noop("The file holds no line of round %(round)s; it holds round %(rounds)s."),
    "several_ballots": gettext_noop(
        "The file holds several ballots (%(ballots)s…): keep the lines of one and import each by itself."
    ),
    "nothing_adds_up": gettext_noop(
        "On %(lines)s of %(all)s lines the candidates’ votes do not add up to the expressed ones: "
        "these columns were taken for candidates: %(columns)s. Remove those that are none."
    ),
    "bad_count": gettext_noop("“%(value)s” is no number of votes (column %(column)s)."),
    "no_counts": gettext_noop("The line has no figures."),
    "no_place": gettext_noop("The line does not say which place it is about."),
    "duplicate_place": gettext_noop("This place already stands on line %(line)s."),
    "duplicate_candidate": gettext_noop("This candidate already stands for this place on line %(line)s."),
    "more_voters": gettext_noop("%(voters)s voters for %(registered)s registered."),
    "abstention_sum": gettext_noop(
        "%(registered)s registered, but %(voters)s voters and %(abstentions)s abstentions."
    ),
    "voters_sum": gettext_noop("%(voters)s voters, but %(expressed)s expressed, blank and null %(others)s."),
    "expressed_sum": gettext_noop(
        "%(expressed)s expressed, but the candidates have %(votes)s votes together."
    ),
    "figures_differ": gettext_noop(
        "The lines of this place do not give the same figures (registered, voters…)."
    ),
}
"""A sentence for each code of the readers."""

WORDS = frozenset(
    {
        gettext_noop(
            "a table of addresses as CSV text (Base Adresse Nationale or alike) or an .osm.pbf extract"
        ),
        gettext_noop("an OpenStreetMap extract (.osm.pbf)"),
        gettext_noop("a table of places as CSV text, with their names and positions"),
        gettext_noop("a table of election results (CSV, TXT, XLS, XLSX or ODS, also in gzip or zip)"),
        gettext_noop("Unpack it first."),
        gettext_noop("Export it as CSV (UTF-8) first."),
        gettext_noop("Convert it with “osmium cat -o file.osm.pbf” first."),
        gettext_noop("Choose another file."),
        gettext_noop("a JSON or GeoJSON file"),
        gettext_noop("a gzip archive"),
        gettext_noop("a bzip2 archive"),
        gettext_noop("an xz archive"),
        gettext_noop("a 7-Zip archive"),
        gettext_noop("a RAR archive"),
        gettext_noop("a Zstandard archive"),
        gettext_noop("a PDF document"),
        gettext_noop("an image (PNG)"),
        gettext_noop("an image (JPEG)"),
        gettext_noop("an image (GIF)"),
        gettext_noop("an image or a sound (RIFF)"),
        gettext_noop("an old Office document (.xls, .doc)"),
        gettext_noop("an SQLite database or GeoPackage"),
        gettext_noop("a Parquet file"),
        gettext_noop("a shapefile"),
        gettext_noop("a program"),
        gettext_noop("an RTF document"),
        gettext_noop("a spreadsheet (.xlsx)"),
        gettext_noop("a spreadsheet (.ods)"),
        gettext_noop("a text document (.docx)"),
        gettext_noop("a text document (.odt)"),
        gettext_noop("a zip archive"),
        gettext_noop("a tar archive"),
        gettext_noop("an OpenStreetMap XML file"),
        gettext_noop("a web page"),
        gettext_noop("an XML file"),
        gettext_noop("a binary file of unknown kind"),
        gettext_noop("a text file"),
    }
)
"""What the readers put into a sentence as ``found``, ``expected`` and ``advice``."""


class FileRefused(Refused):
    """A file that cannot be used at all; nothing of it was."""

    final = True

    def __init__(self, error: UnreadableFile) -> None:
        said = dict(error.params)
        if error.cause is not None:
            said["reason"] = sentence(error.cause.code, error.cause.params)
        super().__init__(sentence(error.code, said))
        self.code = error.code


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """The reason in the language of the reader."""
    words = {name: gettext(value) if value in WORDS else value for name, value in params.items()}
    return gettext(SENTENCES[code]) % words


SHORT = {
    "outside_commune": gettext_noop("far from its commune"),
    "outside_departement": gettext_noop("far from its département"),
    "outside_contour": gettext_noop("outside its commune"),
    "far_position": gettext_noop("far from the others"),
    "swapped_position": gettext_noop("longitude and latitude exchanged"),
    "lost_point": gettext_noop("lost decimal point"),
    "same_position": gettext_noop("same position as hundreds of others"),
}
"""A few words for each reason to doubt a position."""


def short_reason(code: str) -> str:
    """The reason in a few words, in the language of the reader."""
    return gettext(SHORT.get(code, code))
