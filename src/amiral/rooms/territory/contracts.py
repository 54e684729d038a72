"""What crosses the door of this room."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from amiral.cores.walk import Obstacles

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS84."""

Report = Callable[[int, int], None]
"""Told how far a long piece of work is: ``report(done, total)``. May raise to stop the work."""


class TerritoryKind(StrEnum):
    """Kinds of territory; the value is the first half of an id (``commune:71076``).

    ``DEPARTEMENT`` holds the overseas collectivities (975, 977, 978, 98x) too: the state's files give them
    the same column, and a member of Nouméa needs a coordinator as one of Mâcon does.
    """

    COUNTRY = "pays"
    REGION = "region"
    DEPARTEMENT = "departement"
    EPCI = "epci"
    COMMUNE = "commune"
    ARRONDISSEMENT_MUNICIPAL = "arrondissement-municipal"
    CANTON = "canton"
    CIRCONSCRIPTION = "circonscription"
    ARRONDISSEMENT = "arrondissement"
    COMMUNE_DELEGUEE = "commune-deleguee"
    COMMUNE_ASSOCIEE = "commune-associee"
    BUREAU_DE_VOTE = "bureau-de-vote"
    CIRCONSCRIPTION_CONSULAIRE = "circonscription-consulaire"
    FOREIGN_COUNTRY = "pays-etranger"
    ZONE = "zone"


class SuccessionKind(StrEnum):
    """Why a code became another; ``UNKNOWN`` where the source tells neither why nor when."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    RECODE = "recode"
    UNKNOWN = "unknown"


class FileKind(StrEnum):
    """What a reference file holds."""

    ADDRESSES = "addresses"
    STREETS = "streets"
    CONTOURS = "contours"
    RESULTS = "results"
    PLACES = "places"


@dataclass(frozen=True, kw_only=True)
class TerritoryCard:
    """One territory. ``population`` is the legal population, ``None`` where nobody counted.

    ``name_type`` is the TNCC of INSEE: which article the name takes.
    """

    id: str
    kind: TerritoryKind
    code: str
    name: str
    departement_code: str
    population: int | None
    name_type: int = 0

    @property
    def label(self) -> str:
        """Name with the département, which tells homonyms apart: ``Saint-Denis (974)``."""
        return f"{self.name} ({self.departement_code})" if self.departement_code else self.name


@dataclass(frozen=True, kw_only=True)
class NewTerritory:
    """A territory that must exist; its id will be ``kind:code``.

    Codes: canton ``7101``, circonscription ``71-05``, bureau ``71076_0012``, arrondissement ``711``. An empty
    name, an empty département and a population of ``None`` leave what is known already. ``parents`` are ids
    of territories that hold all of it; for a place that only overlaps another, or dated, give a ``NewLink``.
    """

    kind: TerritoryKind
    code: str
    name: str
    departement_code: str = ""
    population: int | None = None
    name_type: int = 0
    parents: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True, kw_only=True)
class NewLink:
    """The child lies in the parent: all of it when ``exact``, else ``share`` of its people (0 to 1).

    ``valid_from`` is the first day, ``valid_to`` the first day when it is true no more; ``None``: not known,
    and still true.
    """

    child_id: str
    parent_id: str
    exact: bool = True
    share: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class GraphCounts:
    """What ``ensure_territories`` changed. ``unknown``: links left out, as one of their ends is not known."""

    created: int
    changed: int
    links_begun: int
    links_ended: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class LinkCard:
    """One place above or below another, see ``NewLink``; ``approximate``: the days are the latest ones."""

    place: TerritoryCard
    exact: bool
    share: float | None
    valid_from: date | None
    valid_to: date | None
    approximate: bool

    @property
    def share_percent(self) -> str:
        """Its part in hundredths, ``under 1`` written as ``< 1``; empty where it is not known."""
        if self.share is None:
            return ""
        return f"{self.share:.0%}".rstrip("%") if self.share >= 0.01 else "< 1"


@dataclass(frozen=True, kw_only=True)
class ZoneCard:
    """A zone that the campaign drew. ``geometry``: its outline in GeoJSON, ``None`` for a list of places."""

    card: TerritoryCard
    geometry: Mapping[str, Any] | None
    parts: tuple[LinkCard, ...]
    retired: bool


@dataclass(frozen=True, kw_only=True)
class TerritoryGraph:
    """A territory between what holds it and what it holds, on a day (``on``), or today (``None``)."""

    card: TerritoryCard
    on: date | None
    above: tuple[LinkCard, ...]
    below: tuple[LinkCard, ...]


@dataclass(frozen=True, kw_only=True)
class Succession:
    """The code of a commune became another's; ``date`` is the first day of the new state, or not known."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    date: date | None
    kind: SuccessionKind


@dataclass(frozen=True, kw_only=True)
class PlaceThen:
    """A commune of a day in the past. ``dated``: we know that it existed on that day; else it may have."""

    code: str
    name: str
    dated: bool


@dataclass(frozen=True, kw_only=True)
class TerritoryOn:
    """What a code of a commune stood for on a day.

    ``then``: the commune of that code on that day; where it was none yet or no more, those whose ground it
    has. ``today``: the communes in which they lie now. ``ground``: all communes of that day on the ground of
    those of today. ``certain``: every step has a day; False whenever a source without days was needed.
    """

    code: str
    on: date
    then: tuple[PlaceThen, ...]
    today: tuple[TerritoryCard, ...]
    ground: tuple[PlaceThen, ...]
    successions: tuple[Succession, ...]
    certain: bool


class TableKind(StrEnum):
    """Tables that an administrator brings: what became of communes, who lies in which canton."""

    MOVEMENTS = "movements"
    MEMBERSHIPS = "memberships"


@dataclass(frozen=True, kw_only=True)
class TableImportCard:
    """What an import of a table did. ``used`` and ``left_out`` count lines; ``other``: of no use to us.

    ``problems`` shows the first few hundred of the lines that were left out.
    """

    id: UUID
    kind: TableKind
    name: str
    created_at: datetime
    used: int
    other: int
    left_out: int
    first_day: date | None
    last_day: date | None
    changed: int
    problems: tuple["BadLineCard", ...]


@dataclass(frozen=True, kw_only=True)
class ReferentialCounts:
    """How many rows the referential holds once loaded; ``retired`` left it since the last time."""

    regions: int
    departements: int
    epci: int
    communes: int
    arrondissements_municipaux: int
    arrondissements: int
    communes_deleguees: int
    communes_associees: int
    foreign_countries: int
    postal_codes: int
    former_codes: int
    links: int
    retired: int


@dataclass(frozen=True, kw_only=True)
class ReferenceFileCard:
    """A live file of addresses or streets. ``commune_codes``: INSEE code to number of rows.

    ``flagged_rows`` are kept apart until a person has looked at their doubtful positions.
    """

    id: UUID
    kind: FileKind
    name: str
    rows: int
    bad_rows: int
    bounds: Bounds | None
    commune_codes: dict[str, int]
    attribution: str
    created_at: datetime
    flagged_rows: int = 0


@dataclass(frozen=True, kw_only=True)
class AddressColumns:
    """Addresses by columns of one length n, the shape that ``amiral.cores.walk.Doors`` takes.

    ``ids`` are those of the imported file and unique in it. ``lon``/``lat``: WGS84 degrees, NaN where the
    file gives no position. ``numbers``: 0 where there is none. ``dwellings``: 0 means unknown. The last three
    are told by ``homes_of``: floors above the ground floor, lifts, where the dwellings come from.
    """

    ids: tuple[str, ...]
    numbers: Ints
    suffixes: tuple[str, ...]
    streets: tuple[str, ...]
    commune_codes: tuple[str, ...]
    lon: Floats
    lat: Floats
    dwellings: Ints
    floors: Ints | None = None
    lift: Bools | None = None
    origins: Ints | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, positions: Ints) -> "AddressColumns":
        """The addresses at these positions, in that order."""
        chosen = positions.tolist()
        return AddressColumns(
            ids=tuple(self.ids[i] for i in chosen),
            numbers=self.numbers[positions],
            suffixes=tuple(self.suffixes[i] for i in chosen),
            streets=tuple(self.streets[i] for i in chosen),
            commune_codes=tuple(self.commune_codes[i] for i in chosen),
            lon=self.lon[positions],
            lat=self.lat[positions],
            dwellings=self.dwellings[positions],
            floors=None if self.floors is None else self.floors[positions],
            lift=None if self.lift is None else self.lift[positions],
            origins=None if self.origins is None else self.origins[positions],
        )


@dataclass(frozen=True, kw_only=True)
class StreetColumns:
    """Walkable ways over shared nodes, with the names of ``amiral.cores.walk.Streets``.

    Way ``w`` is ``way_nodes[way_start[w]:way_start[w + 1]]``, positions in ``node_lon``/``node_lat``; two
    ways meet where they share a node. ``way_kind`` holds values of ``amiral.cores.walk.WayKind``. Heights,
    marks and obstacles are missing where no file tells any.
    """

    node_lon: Floats
    node_lat: Floats
    way_start: Ints
    way_nodes: Ints
    way_kind: Ints
    way_names: tuple[str, ...]
    way_addressable: Bools
    node_height: Floats | None = None
    node_marks: Ints | None = None
    obstacles: Obstacles | None = None

    def __len__(self) -> int:
        return len(self.way_names)

    def nodes_of(self, way: int) -> Ints:
        """The nodes of a way, in order."""
        return self.way_nodes[self.way_start[way] : self.way_start[way + 1]]


@dataclass(frozen=True, kw_only=True)
class StreetLine:
    """One way as a map draws it: a GeoJSON LineString in lon/lat, its name, its ``WayKind`` in lower case."""

    geometry: dict[str, object]
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class BadLineCard:
    """A line that was left out of an import: its number, or its id where the file has no lines, and why."""

    place: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """What an import did. ``replaced``: a file of this name was there before.

    ``first_problems`` are the first few lines that were left out; all of them are kept with the file.
    """

    file_id: UUID
    name: str
    rows: int
    bad_rows: int
    replaced: bool
    first_problems: tuple[BadLineCard, ...]
    flagged_rows: int = 0


class ElectionKind(StrEnum):
    """What a ballot elects; the values are those of ``amiral.kit.readers.results``."""

    PRESIDENTIELLE = "presidentielle"
    LEGISLATIVES = "legislatives"
    EUROPEENNES = "europeennes"
    MUNICIPALES = "municipales"
    REGIONALES = "regionales"
    DEPARTEMENTALES = "departementales"
    REFERENDUM = "referendum"
    PRIMAIRE = "primaire"
    OTHER = "autre"


@dataclass(frozen=True, kw_only=True)
class NewElection:
    """A ballot as the importer names it; one kind, day and round are one election. ``name`` may be empty."""

    kind: ElectionKind
    date: date
    round: int
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class ElectionCard:
    """One round of a ballot. ``label`` is in the language of the reader."""

    id: UUID
    kind: ElectionKind
    date: date
    round: int
    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class ResultFigures:
    """Figures of a place; ``None`` where a source does not give them. Shares are 0 to 1 of the figures."""

    registered: int | None
    voters: int | None
    blanks: int | None
    nulls: int | None
    blank_null: int | None
    expressed: int | None

    @property
    def abstentions(self) -> int | None:
        if self.registered is None or self.voters is None:
            return None
        return self.registered - self.voters


@dataclass(frozen=True, kw_only=True)
class ChoiceCard:
    """Who or what is voted for: a candidate, a pair, a list, or a nuance that joins several candidates."""

    key: str
    label: str
    nuance: str
    joined: int


@dataclass(frozen=True, kw_only=True)
class ChoiceResult:
    """Votes of one choice at one place, and what part of the registered and of the expressed they are."""

    choice: ChoiceCard
    votes: int
    of_registered: float | None
    of_expressed: float | None


@dataclass(frozen=True, kw_only=True)
class PlaceResult:
    """One place of a table or a map. ``territory_id`` is empty where no territory of today answers to it.

    ``merged`` are the communes of the day of the ballot whose sum it is, where they are several.
    """

    territory_id: str
    name: str
    figures: ResultFigures
    votes: tuple[int, ...]
    lines: int
    flagged: int
    merged: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LevelCount:
    """What one level of imported lines gives for a place: how many lines, how many registered voters."""

    level: TerritoryKind
    lines: int
    registered: int | None


@dataclass(frozen=True, kw_only=True)
class TerritoryResults:
    """Results of one election at one territory: exact sums of the lines of ``level``, most votes first."""

    election: ElectionCard
    territory: TerritoryCard
    level: TerritoryKind
    lines: int
    flagged: int
    merged: tuple[str, ...]
    figures: ResultFigures
    choices: tuple[ChoiceResult, ...]
    by_nuance: bool
    levels: tuple[LevelCount, ...]
    attribution: str


@dataclass(frozen=True, kw_only=True)
class Evolution:
    """Two elections at one place, side by side; ``votes`` of a choice are ``None`` where it did not stand."""

    now: TerritoryResults
    before: TerritoryResults
    choices: tuple[tuple[ChoiceCard, int | None, int | None], ...]


@dataclass(frozen=True, kw_only=True)
class ResultsImport:
    """What an import of results did, with the totals of all lines of the file."""

    file_id: UUID
    election: ElectionCard
    name: str
    level: TerritoryKind
    rows: int
    left_out: int
    flagged: int
    replaced: bool
    figures: ResultFigures
    votes: tuple[tuple[str, int], ...]
    unknown_places: int
    stations: int
    first_problems: tuple[BadLineCard, ...]


@dataclass(frozen=True, kw_only=True)
class ResultSetCard:
    """A live file of results, as the pages of reference data show it."""

    file: ReferenceFileCard
    election: ElectionCard
    level: TerritoryKind
    flagged: int
    figures: ResultFigures
    votes: tuple[tuple[str, int], ...]

    @property
    def own_name(self) -> str:
        """The name of the file as it was sent, without the ballot, level and place that make it unique."""
        return self.file.name.split(" ", 5)[-1]


class PlaceCategory(StrEnum):
    """What an official place is."""

    SCHOOL = "school"
    POST_OFFICE = "post-office"
    STOP = "stop"
    RESTAURANT = "restaurant"
    POLLING_PLACE = "polling-place"
    TOWN_HALL = "town-hall"
    MARKET = "market"
    LIBRARY = "library"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class PlaceCard:
    """An official place: a meeting point that everybody finds. ``address`` may be empty."""

    id: str
    category: PlaceCategory
    name: str
    address: str
    commune_code: str
    lon: float
    lat: float
    distance_m: float = 0.0


@dataclass(frozen=True, kw_only=True)
class PlacesOfTerritory:
    """Official places inside a territory: how many of each category, and a bounded sample for a map."""

    counts: tuple[tuple[PlaceCategory, int], ...]
    places: tuple[PlaceCard, ...]
    attribution: str


@dataclass(frozen=True, kw_only=True)
class FlaggedAddress:
    """An address whose position is doubtful, why, and whether a person has accepted it."""

    id: str
    line: int
    label: str
    commune_code: str
    lon: float
    lat: float
    code: str
    reason: str
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """One line as it was understood; ``reason`` is why its position is doubted, or empty."""

    line: int
    number: str
    street: str
    postal_code: str
    commune: str
    lon: float
    lat: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportPreview:
    """What would be imported, before anything is written. ``problem``: why it cannot be, or empty.

    ``flags`` counts doubtful positions by code; ``inside`` is the share of addresses in the territories of
    the person who asks; ``plan`` is that of ``amiral.kit.readers.plan``, ``None`` for an extract.
    """

    rows: tuple[PreviewRow, ...] = ()
    good: int = 0
    left_out: int = 0
    flags: tuple[tuple[str, str, int], ...] = ()
    problems: tuple[BadLineCard, ...] = ()
    doubts: tuple[BadLineCard, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    doubtful_points: tuple[tuple[float, float], ...] = ()
    communes: int = 0
    inside: float = 0.0
    to_end: bool = True
    notes: tuple[str, ...] = ()
    problem: str = ""


class Candidate(NamedTuple):
    """A territory that the evidence allows, with the probability that it is the one, in (0, 1]."""

    territory: TerritoryCard
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What a postal code, a name, a point, an address leave possible, per kind of territory, best first.

    A kind of which nothing can be said is absent. Confidences of communes add up to at most 1: the rest is
    the possibility that it is none of them. ``contradiction``: the evidence disagrees with itself; ``others``
    are then communes that one part of it speaks for, and the whole does not.
    """

    candidates: Mapping[TerritoryKind, tuple[Candidate, ...]]
    others: tuple[Candidate, ...] = ()
    contradiction: bool = False

    def of(self, kind: TerritoryKind) -> tuple[Candidate, ...]:
        """The set of a kind; empty where nothing can be said."""
        return self.candidates.get(kind, ())

    def only(self, kind: TerritoryKind) -> TerritoryCard | None:
        """The one member of a set that has one, unless the evidence disagrees: then ask."""
        found = self.of(kind)
        return found[0].territory if len(found) == 1 and not self.contradiction else None


@dataclass(frozen=True, kw_only=True)
class ResolvedColumns:
    """Communes of many lines: those of line ``i`` are ``start[i]:start[i + 1]`` of the columns, best first.

    ``commune`` holds positions in ``commune_ids``. ``contradiction`` has one entry per line.
    """

    commune_ids: tuple[str, ...]
    start: Ints
    commune: Ints
    confidence: Floats
    contradiction: Bools

    def __len__(self) -> int:
        return len(self.contradiction)

    def of(self, line: int) -> tuple[tuple[str, float], ...]:
        """(commune id, confidence) of a line."""
        chosen = slice(self.start[line], self.start[line + 1])
        places, shares = self.commune[chosen].tolist(), self.confidence[chosen].tolist()
        return tuple((self.commune_ids[place], share) for place, share in zip(places, shares, strict=True))


@dataclass(frozen=True, kw_only=True)
class Located:
    """Where points lie: point ``i`` in ``territory_ids[index[i]]``, in none of that kind where that is -1."""

    territory_ids: tuple[str, ...]
    index: Ints

    def ids(self) -> tuple[str, ...]:
        """The territory of each point, empty where there is none."""
        return tuple(self.territory_ids[i] if i >= 0 else "" for i in self.index.tolist())


@dataclass(frozen=True, kw_only=True)
class ContourFileCard:
    """A live file of contours. ``warnings``: what was mended or looked doubtful when it was imported."""

    id: UUID
    name: str
    kind: TerritoryKind
    valid_from: date | None
    rows: int
    warnings: int
    bounds: Bounds | None
    attribution: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ContourRow:
    """A feature of a file as it would be imported. ``territory_id`` is empty where it cannot be."""

    number: int
    code: str
    name: str
    territory_id: str


@dataclass(frozen=True, kw_only=True)
class ContourChoices:
    """What the importer says of a file. Empty: found out by itself.

    ``code``: one property, or two (the département or commune, then the number). ``commune``: INSEE code of
    the commune whose stations the file holds. ``without_bad``: import what is good, leave the rest out.
    ``create``: codes that stand alone among known ones are new territories, no mistakes.
    """

    code: tuple[str, ...] = ()
    name: str = ""
    commune: str = ""
    without_bad: bool = False
    create: bool = False


@dataclass(frozen=True, kw_only=True)
class ContourImport:
    """What an import of contours did. ``notes``: every sentence about the file and its features."""

    file_id: UUID
    name: str
    rows: int
    refused: int
    replaced: bool
    created_territories: int
    exact_links: int
    shared_links: int
    notes: tuple[str, ...]


class Precision(StrEnum):
    """How much of an address was found: its door, its street, or its commune alone. Nothing in between."""

    DOOR = "door"
    STREET = "street"
    COMMUNE = "commune"


@dataclass(frozen=True, kw_only=True)
class Geocoded:
    """Where an address may lie. ``score`` in (0, 1]: how like the text it is, and how alone it stands.

    ``lon``, ``lat``: WGS84 degrees of the door; of the middle address of the street or commune.
    """

    lon: float
    lat: float
    precision: Precision
    score: float
    commune_code: str
    street: str = ""
    number: int = 0
    suffix: str = ""
    file_id: UUID | None = None

    @property
    def label(self) -> str:
        """``12 bis Rue Carnot``, as the file writes it."""
        return " ".join(part for part in (str(self.number or ""), self.suffix, self.street) if part)


@dataclass(frozen=True, kw_only=True)
class GeocodedFile:
    """What became of a table of addresses. ``resumed``: lines that an earlier, stopped run had done."""

    path: Path
    lines: int
    resumed: int
    doors: int
    streets: int
    communes: int
    none: int
