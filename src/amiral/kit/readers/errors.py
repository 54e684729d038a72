"""What can be wrong with a file or a line, as codes with one English sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from amiral.cores.sentences import Sentence

Params = Mapping[str, str | int]

SENTENCES: dict[str, str] = {
    # Whole files
    "missing_file": "There is no file %(path)s.",
    "not_a_file": "%(path)s is a folder; give one file.",
    "no_access": "The file %(path)s may not be read: check its permissions.",
    "empty": "The file is empty; expected %(expected)s.",
    "too_large": "The file holds %(megabytes)s MB, more than the %(limit)s MB allowed; cut it up.",
    "too_many_lines": "The file holds more than %(limit)s addresses; cut it up.",
    "other_kind": "This is %(found)s; expected %(expected)s. %(advice)s",
    "binary": "This is a binary file of unknown kind; expected %(expected)s.",
    "line_too_long": "Line %(line)s is longer than %(limit)s characters: no table; expected %(expected)s.",
    "open_quote": "A quotation mark opened on line %(line)s is never closed; close it or remove it.",
    "no_separator": "The first line has no columns (no semicolon, comma or tab); expected %(expected)s.",
    "no_number_column": (
        "No column holds house numbers; name it numero or number. Columns found: %(columns)s."
    ),
    "no_position_columns": (
        "No columns hold positions; name them lon and lat (degrees) or x and y (Lambert-93). "
        "Columns found: %(columns)s."
    ),
    "only_header": "The file has a header and no line below it.",
    "no_usable_line": (
        "None of the %(lines)s lines can be used; the most frequent reason: %(reason)s "
        "(first on line %(line)s). Check that the columns stand under the right names."
    ),
    "swapped_columns": (
        "Longitudes and latitudes seem to be swapped in the whole file; "
        "exchange the names of the two columns."
    ),
    "unknown_projection": (
        "The positions (%(example)s) are in a projection that is not known here; give longitude and latitude "
        "in degrees (WGS84) or Lambert-93."
    ),
    "no_usable_object": (
        "None of the %(lines)s addresses of the OpenStreetMap extract can be used; the most frequent reason: "
        "%(reason)s Take an extract that also holds the ways and nodes."
    ),
    "no_name_column": (
        "No column holds the names of the places; name it nom or name. Columns found: %(columns)s."
    ),
    "unknown_field": "There is no field %(value)s; the fields are: %(fields)s.",
    "unknown_column": "There is no column %(value)s; the columns are: %(columns)s.",
    "broken_pbf": (
        "The OpenStreetMap extract is damaged or cut short (%(detail)s); download it again. Nothing was read."
    ),
    "unsorted_pbf": (
        "The objects of the OpenStreetMap extract stand in no order or several times (%(detail)s): sort it "
        "with “osmium sort”, or export it from Overpass with “(._;>;); out meta;”. Nothing was read."
    ),
    "no_addresses": "The OpenStreetMap extract holds no address (no addr:housenumber).",
    "no_streets": "The OpenStreetMap extract holds no street that may be walked.",
    "no_height_columns": (
        "No columns hold heights; name them lon, lat, height or node, height. Columns found: %(columns)s."
    ),
    "bad_height": "Line %(line)s: “%(value)s” is no number (positions in degrees, heights in metres).",
    "no_nodes": (
        "The OpenStreetMap extract holds %(ways)s streets but not the nodes that they run over: "
        "take an extract with complete ways."
    ),
    # Lines
    "field_count": "The line has %(found)s fields; the header has %(expected)s.",
    "control_characters": "The line holds control characters.",
    "no_number": "The house number is missing.",
    "bad_number": "“%(value)s” is no house number.",
    "no_street": "The street is missing.",
    "no_position": "The position is missing.",
    "bad_position": "“%(value)s” is no coordinate.",
    "impossible_position": "The position %(value)s is not on Earth.",
    "swapped_position": "Longitude and latitude seem to be swapped (%(value)s).",
    "far_position": "The position %(value)s is %(kilometres)s km away from the other addresses.",
    "null_position": "The position 0, 0 lies in the ocean: it stands for a position that nobody knows.",
    "lost_point": "The coordinates have lost their decimal point; it was put back: %(value)s.",
    "outside_commune": (
        "The position %(value)s is %(kilometres)s km away from the other addresses of %(commune)s."
    ),
    "outside_departement": (
        "The position %(value)s is %(kilometres)s km away from the département of %(commune)s."
    ),
    "outside_contour": "The position %(value)s lies %(metres)s m outside %(commune)s.",
    "same_position": "%(count)s addresses have this same position (%(value)s).",
    "no_name": "The name is missing.",
    "duplicate_id": "The id %(id)s already stands on line %(line)s.",
    "duplicate_object": "The OpenStreetMap extract holds %(id)s several times; it was read once.",
    "no_geometry": "The building or point has no position in the extract.",
    # Election results
    "broken_table": "The file is damaged or cut short; expected %(expected)s. Download it again.",
    "several_tables": "The archive holds no table or several (%(files)s): unpack it and give one file.",
    "no_results_header": (
        "No line names the columns of a results file (registered, voters, expressed…): "
        "“Inscrits”, “Votants”, “Exprimés” and the candidates’ votes were expected."
    ),
    "no_votes_column": "No column holds the candidates’ votes. Columns found: %(columns)s.",
    "no_place_column": (
        "The lines name polling stations but no commune: say which commune this file is about."
    ),
    "no_such_round": "The file holds no line of round %(round)s; it holds round %(rounds)s.",
    "several_ballots": (
        "The file holds several ballots (%(ballots)s…): keep the lines of one and import each by itself."
    ),
    "nothing_adds_up": (
        "On %(lines)s of %(all)s lines the candidates’ votes do not add up to the expressed ones: "
        "these columns were taken for candidates: %(columns)s. Remove those that are none."
    ),
    "bad_count": "“%(value)s” is no number of votes (column %(column)s).",
    "no_counts": "The line has no figures.",
    "no_place": "The line does not say which place it is about.",
    "duplicate_place": "This place already stands on line %(line)s.",
    "duplicate_candidate": "This candidate already stands for this place on line %(line)s.",
    "more_voters": "%(voters)s voters for %(registered)s registered.",
    "abstention_sum": "%(registered)s registered, but %(voters)s voters and %(abstentions)s abstentions.",
    "voters_sum": "%(voters)s voters, but %(expressed)s expressed, blank and null %(others)s.",
    "expressed_sum": "%(expressed)s expressed, but the candidates have %(votes)s votes together.",
    "figures_differ": "The lines of this place do not give the same figures (registered, voters…).",
}
"""Every sentence, by code; ``%(name)s`` are ``params``. All are msgids for translators."""

ADDRESSES_EXPECTED = Sentence(
    "a table of addresses as CSV text (Base Adresse Nationale or alike) or an .osm.pbf extract"
)
PLACES_EXPECTED = Sentence("a table of places as CSV text, with their names and positions")
STREETS_EXPECTED = Sentence("an OpenStreetMap extract (.osm.pbf)")
RESULTS_EXPECTED = Sentence("a table of election results (CSV, TXT, XLS, XLSX or ODS, also in gzip or zip)")

ADVICE_UNPACK = Sentence("Unpack it first.")
ADVICE_EXPORT = Sentence("Export it as CSV (UTF-8) first.")
ADVICE_CONVERT = Sentence("Convert it with “osmium cat -o file.osm.pbf” first.")
ADVICE_OTHER = Sentence("Choose another file.")
EXPECTED = (ADDRESSES_EXPECTED, STREETS_EXPECTED, RESULTS_EXPECTED, PLACES_EXPECTED)
ADVICE = (ADVICE_UNPACK, ADVICE_EXPORT, ADVICE_CONVERT, ADVICE_OTHER)
UNKNOWN_BINARY = Sentence("a binary file of unknown kind")
UNKNOWN_TEXT = Sentence("a text file")


class UnreadableFile(Exception):
    """The file cannot be used; nothing of it was. ``code`` is a key of ``SENTENCES``.

    ``cause`` is the first of the bad lines when none is good; its sentence is then ``params["reason"]``.
    """

    def __init__(self, code: str, cause: "LineProblem | None" = None, **params: str | int) -> None:
        self.code = code
        self.cause = cause
        self.params: dict[str, str | int] = params
        super().__init__(self.sentence())

    def sentence(self) -> Sentence:
        """What was found, what was expected, what to do; in English."""
        return Sentence(SENTENCES[self.code], **self.params)


@dataclass(frozen=True, kw_only=True)
class LineProblem:
    """A line that was left out. ``line`` counts from 1 as a text editor does; 0 for files without lines."""

    line: int
    code: str
    params: Params = field(default_factory=dict)
    id: str = ""

    def sentence(self) -> Sentence:
        """The reason, in English."""
        return Sentence(SENTENCES[self.code], **self.params)
