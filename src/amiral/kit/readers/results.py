"""Reading results of ballots as the ministère de l'Intérieur and towns publish them, of any year and level.

    reading = read_results(path)     # .lines, .candidates, .left_out, .contradictions, .totals()

Three layouts: blocks of candidate columns that repeat to the right (with headers or without), one column of
votes per candidate or nuance, one line per candidate. A line whose figures contradict each other is kept, and
listed: the State's files hold such lines, and a total without them would not be the file's. A line whose
figures cannot be read is left out, and listed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, islice
from pathlib import Path

from .errors import LineProblem, UnreadableFile
from .lines import Progress
from .results_columns import COUNTS, ResultColumns, bare_columns, columns_in, count_in, header_in
from .results_names import BallotGuess, recognise
from .results_places import (
    LEVELS,
    PlaceCodes,
    arrondissement_in,
    bureau_code,
    canton_code,
    circonscription_code,
    commune_code,
    departement_code,
    departement_of_commune,
    region_code,
    saint,
    sector_in,
    whole_commune,
)
from .results_tables import Grid, Row, grids_of

CONTRADICTIONS = frozenset({"more_voters", "abstention_sum", "voters_sum", "expressed_sum", "figures_differ"})
"""Codes of problems of lines that are kept all the same."""

_SAMPLE = 400
_TOTALS = ("total", "ensemble", "france entiere", "france", "resultats")
_SUBTOTALS = ("total", "ensemble", "soustotal", "sous-total", "sous total")
_FEW_LINES = 10


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Who or what is voted for: a person, a pair, a list, a nuance or an answer; empty where not told."""

    family_name: str = ""
    given_name: str = ""
    sex: str = ""
    nuance: str = ""
    list_title: str = ""
    list_long: str = ""
    head: str = ""
    pair: str = ""
    panel: str = ""
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultLine:
    """One place: figures are ``None`` where the file gives none. ``votes`` are those of ``candidates``."""

    line: int
    place: PlaceCodes
    name: str
    round: int
    registered: int | None
    voters: int | None
    blanks: int | None
    nulls: int | None
    blank_null: int | None
    expressed: int | None
    candidates: tuple[int, ...]
    votes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ResultTotals:
    """Sums over all lines; ``None`` where a line gives no figure. ``votes`` by number of candidate."""

    lines: int
    registered: int | None
    voters: int | None
    blanks: int | None
    nulls: int | None
    blank_null: int | None
    expressed: int | None
    votes: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class ResultsReading:
    """A whole file. ``layout``: blocks, columns or lines. ``sheets``: its tables that hold results."""

    guess: BallotGuess
    layout: str
    level: str
    sheet: str
    sheets: tuple[str, ...]
    rounds: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    lines: tuple[ResultLine, ...]
    left_out: tuple[LineProblem, ...]
    contradictions: tuple[LineProblem, ...]
    skipped_totals: int

    def totals(self) -> ResultTotals:
        """What all lines add up to."""
        return totals_of(self.lines)


def totals_of(lines: Sequence[ResultLine]) -> ResultTotals:
    """Sums of these lines, exact."""
    votes: Counter[int] = Counter()
    for line in lines:
        for number, count in zip(line.candidates, line.votes, strict=True):
            votes[number] += count
    return ResultTotals(
        lines=len(lines),
        registered=_sum(line.registered for line in lines),
        voters=_sum(line.voters for line in lines),
        blanks=_sum(line.blanks for line in lines),
        nulls=_sum(line.nulls for line in lines),
        blank_null=_sum(line.blank_null for line in lines),
        expressed=_sum(line.expressed for line in lines),
        votes=dict(sorted(votes.items())),
    )


def _sum(figures: Iterable[int | None]) -> int | None:
    total = 0
    for one in figures:
        if one is None:
            return None
        total += one
    return total


def read_results(
    path: Path | str,
    *,
    name: str = "",
    sheet: str = "",
    round: int = 0,
    kind: str = "",
    commune: str = "",
    progress: Progress | None = None,
) -> ResultsReading:
    """Reads a whole file of results.

    ``name`` is what the file was called, if ``path`` says otherwise. ``sheet`` chooses a table of a
    spreadsheet, ``round`` the lines of a file of both rounds (0: all). ``kind`` is that of the ballot where
    it is known: in small communes one voter names several candidates of a municipal election. ``commune`` is
    the INSEE code for files of one town that do not repeat it. Raises ``UnreadableFile``.
    """
    path = Path(path)
    guess = recognise(name or path.name)
    with grids_of(path, progress) as grids:
        tables = [found for grid in grids if (found := _table(grid)) is not None]
        if not tables:
            raise UnreadableFile("no_results_header")
        chosen = _choose(tables, sheet, round or guess.round)
        return _Reader(chosen, commune=commune, kind=kind or guess.kind).read(
            guess=guess, sheets=tuple(one.name for one in tables if one.name), round_wanted=round
        )


@dataclass(frozen=True, kw_only=True)
class _Table:
    name: str
    columns: ResultColumns
    rows: Iterator[Row]


def _table(grid: Grid) -> _Table | None:
    """A grid below its header; ``None`` for a sheet that holds no results."""
    first = list(islice(grid.rows, _SAMPLE))
    at = header_in(first)
    if at >= 0:
        sample = [row for _line, row in first[at + 1 :]]
        if not sample:
            raise UnreadableFile("only_header")
        columns = columns_in(first[at][1], sample)
        return _Table(name=grid.name, columns=columns, rows=chain(first[at + 1 :], grid.rows))
    for position, (_line, row) in enumerate(first[:_SAMPLE]):
        bare = bare_columns(row)
        if bare is not None:
            return _Table(name=grid.name, columns=bare, rows=chain(first[position:], grid.rows))
    return None


def _choose(tables: Sequence[_Table], sheet: str, wanted_round: int) -> _Table:
    """The sheet asked for; else the finest one, of the right round where sheets are named by it."""
    named = [one for one in tables if one.name == sheet]
    if named:
        return named[0]
    right = [one for one in tables if wanted_round and recognise(one.name).round == wanted_round]
    return min(right or tables, key=_fineness)


def _fineness(table: _Table) -> int:
    known = table.columns.general
    for position, names in enumerate(
        (
            ("bureau",),
            ("insee", "commune", "commune_name"),
            ("canton",),
            ("circonscription",),
            ("departement",),
        )
    ):
        if any(name in known for name in names):
            return position
    return 9


@dataclass
class _Group:
    """The lines of one place, while they are gathered."""

    line: int
    place: PlaceCodes
    name: str
    round: int
    figures: tuple[int | None, ...]
    candidates: list[int] = field(default_factory=list)
    votes: list[int] = field(default_factory=list)
    differs: bool = False


class _Bad(Exception):
    def __init__(self, code: str, **params: str | int) -> None:
        self.code = code
        self.params = params


class _Reader:
    """One pass over the rows of a table."""

    def __init__(self, table: _Table, *, commune: str, kind: str) -> None:
        self.table = table
        self.columns = table.columns
        self.commune = commune
        self.kind = kind
        self.numbers: dict[Candidate, int] = {}
        self.groups: dict[tuple[PlaceCodes, int, str], _Group] = {}
        self.left_out: list[LineProblem] = []
        self.rounds: set[int] = set()
        self.skipped_totals = 0
        self.ballots: dict[str, None] = {}
        self.long = not self.columns.repeated
        self.plain = [
            (place, self._number(self._plain_candidate(name))) for place, name in self.columns.plain
        ]
        if (
            "bureau" in self.columns.general
            and not commune
            and not {"insee", "commune", "commune_name"} & self.columns.general.keys()
        ):
            raise UnreadableFile("no_place_column")

    def read(self, *, guess: BallotGuess, sheets: tuple[str, ...], round_wanted: int) -> ResultsReading:
        for line, row in self.table.rows:
            try:
                self._take(line, row, round_wanted)
            except _Bad as bad:
                self.left_out.append(LineProblem(line=line, code=bad.code, params=bad.params))
        if round_wanted and not self.groups and self.rounds:
            raise UnreadableFile(
                "no_such_round", round=round_wanted, rounds=", ".join(map(str, sorted(self.rounds)))
            )
        lines = self._without_subtotals(tuple(map(self._line, self.groups.values())))
        if not lines:
            self._nothing()
        contradictions = tuple(
            problem for line in lines for problem in self._contradictions(line, self.groups)
        )
        self._check_columns(lines, contradictions)
        return ResultsReading(
            guess=guess,
            layout="columns" if self.columns.plain else "lines" if self.long else "blocks",
            level=_level(lines),
            sheet=self.table.name,
            sheets=sheets,
            rounds=tuple(sorted(self.rounds)),
            candidates=tuple(self.numbers),
            lines=lines,
            left_out=tuple(self.left_out),
            contradictions=contradictions,
            skipped_totals=self.skipped_totals,
        )

    def _without_subtotals(self, lines: tuple[ResultLine, ...]) -> tuple[ResultLine, ...]:
        """Some tables add up each commune or département below its stations: those would count twice."""
        kept = tuple(_apart_from_subtotals(lines))
        self.skipped_totals += len(lines) - len(kept)
        return kept

    def _nothing(self) -> None:
        if not self.left_out:
            raise UnreadableFile("only_header")
        common = Counter(one.code for one in self.left_out).most_common(1)[0][0]
        cause = next(one for one in self.left_out if one.code == common)
        raise UnreadableFile(
            "no_usable_line",
            cause=cause,
            lines=len(self.left_out),
            reason=cause.sentence(),
            line=cause.line,
        )

    def _check_columns(self, lines: Sequence[ResultLine], found: Sequence[LineProblem]) -> None:
        """Columns that were taken for candidates and are none make nearly every line contradict itself."""
        wrong = len({one.line for one in found if one.code == "expressed_sum"})
        if self.columns.plain and len(lines) >= _FEW_LINES and wrong * 10 > len(lines) * 9:
            names = ", ".join(name for _place, name in self.columns.plain)[:300]
            raise UnreadableFile("nothing_adds_up", lines=wrong, all=len(lines), columns=names)

    def _one_ballot(self, row: Sequence[str]) -> None:
        told = self.columns.value(row, "ballot")
        if told:
            self.ballots.setdefault(told)
        if len(self.ballots) > 1:
            raise UnreadableFile("several_ballots", ballots=", ".join(self.ballots)[:200])

    def _take(self, line: int, row: Sequence[str], round_wanted: int) -> None:
        self._one_ballot(row)
        number = self._round(row)
        if number:
            self.rounds.add(number)
            if round_wanted and number != round_wanted:
                return
        place = self._place(row)
        figures = self._figures(row)
        votes = list(self._votes(row, place))
        name = self._name(row)
        if _is_total(place, name, row) or self._is_subtotal(row):
            self.skipped_totals += 1
            return
        if not votes and all(one is None for one in figures):
            raise _Bad("no_counts")
        self._check_place(place)
        key = (place, number, name if place == PlaceCodes(departement=place.departement) else "")
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group(
                line=line, place=place, name=name, round=number, figures=figures
            )
        elif not self.long:
            raise _Bad("duplicate_place", line=group.line)
        else:
            group.differs |= group.figures != figures
        for candidate, count in votes:
            if self.long and candidate in group.candidates:
                raise _Bad("duplicate_candidate", line=group.line)
            group.candidates.append(candidate)
            group.votes.append(count)

    def _is_subtotal(self, row: Sequence[str]) -> bool:
        """Whether the cell of the station says that the line adds up others."""
        return self.columns.value(row, "bureau").casefold().startswith(_SUBTOTALS)

    def _check_place(self, place: PlaceCodes) -> None:
        known = self.columns.general.keys()
        if "bureau" in known and place.bureau and not place.commune:
            raise _Bad("no_place")
        if known & {"insee", "commune", "circonscription", "canton", "departement", "bureau"} and not (
            place.commune or place.departement or place.region
        ):
            raise _Bad("no_place")

    def _round(self, row: Sequence[str]) -> int:
        text = self.columns.value(row, "round")
        digits = [c for c in text if c in "12"]
        return int(digits[0]) if digits else 0

    def _name(self, row: Sequence[str]) -> str:
        names = ("commune_name", "canton_name", "circonscription_name", "departement_name", "region_name")
        return next((told for name in names if (told := self.columns.value(row, name))), "")[:120]

    def _place(self, row: Sequence[str]) -> PlaceCodes:
        value = self.columns.value
        departement = departement_code(value(row, "departement"))
        told, sector = sector_in(value(row, "insee") or value(row, "commune") or self.commune)
        commune = commune_code(departement, told) if told else ""
        if commune:
            departement = saint(commune, departement) if departement else departement_of_commune(commune)
        bureau = bureau_code(value(row, "bureau"))
        arrondissement, inner = arrondissement_in(commune, bureau)
        return PlaceCodes(
            departement=departement,
            region=region_code(value(row, "region")),
            commune=whole_commune(commune),
            arrondissement=arrondissement,
            canton=canton_code(departement, value(row, "canton")),
            circonscription=circonscription_code(departement, value(row, "circonscription")),
            bureau=inner,
            sector=sector,
        )

    def _figures(self, row: Sequence[str]) -> tuple[int | None, ...]:
        return tuple(self._count(row, self.columns.general.get(name, -1)) for name in COUNTS)

    def _count(self, row: Sequence[str], at: int) -> int | None:
        if not 0 <= at < len(row):
            return None
        try:
            return count_in(row[at])
        except ValueError:
            names = self.columns.names
            raise _Bad(
                "bad_count", value=row[at].strip()[:40], column=names[at] if at < len(names) else str(at + 1)
            ) from None

    def _votes(self, row: Sequence[str], place: PlaceCodes) -> Iterator[tuple[int, int]]:
        if self.plain:
            for at, number in self.plain:
                count = self._count(row, at)
                if count is not None:
                    yield number, count
            return
        columns = self.columns
        last = columns.start + columns.width if self.long else len(row)
        for begin in range(columns.start, last, columns.width):
            count = self._count(row, begin + columns.block["votes"])
            if count is not None:
                yield self._number(self._candidate(row, begin, place)), count

    def _number(self, candidate: Candidate) -> int:
        return self.numbers.setdefault(candidate, len(self.numbers))

    def _plain_candidate(self, name: str) -> Candidate:
        if self.kind in {"europeennes", "regionales", "municipales"}:
            return Candidate(list_title=name.strip())
        looks = len(name) <= 5 and name.isupper() and " " not in name
        if looks and self.kind in {"legislatives", "departementales"}:
            return Candidate(nuance=name.strip())
        return Candidate(family_name=name.strip())

    def _candidate(self, row: Sequence[str], begin: int, place: PlaceCodes) -> Candidate:
        told = {
            name: row[begin + offset].strip()
            for name, offset in self.columns.block.items()
            if name != "votes" and begin + offset < len(row)
        }
        return Candidate(scope=_scope(self.kind, place), **told)

    def _line(self, group: _Group) -> ResultLine:
        figures = dict(zip(COUNTS, group.figures, strict=True))
        voters, expressed = figures["voters"], figures["expressed"]
        registered, abstentions = figures["registered"], figures["abstentions"]
        if voters is None and registered is not None and abstentions is not None:
            voters = registered - abstentions
        if registered is None and voters is not None and abstentions is not None:
            registered = voters + abstentions
        blanks, nulls, both = figures["blanks"], figures["nulls"], figures["blank_null"]
        if both is None and blanks is not None and nulls is not None:
            both = blanks + nulls
        if expressed is None:
            expressed = voters - both if voters is not None and both is not None else None
        if both is None and voters is not None and expressed is not None and voters >= expressed:
            both = voters - expressed
        if nulls is None and both is not None and blanks is not None and both >= blanks:
            nulls = both - blanks
        return ResultLine(
            line=group.line,
            place=group.place,
            name=group.name,
            round=group.round,
            registered=registered,
            voters=voters,
            blanks=blanks,
            nulls=nulls,
            blank_null=both,
            expressed=expressed,
            candidates=tuple(group.candidates),
            votes=tuple(group.votes),
        )

    def _contradictions(
        self, line: ResultLine, groups: Mapping[tuple[PlaceCodes, int, str], _Group]
    ) -> Iterator[LineProblem]:
        key = (
            line.place,
            line.round,
            line.name if line.place == PlaceCodes(departement=line.place.departement) else "",
        )
        group = groups[key]
        abstentions = group.figures[COUNTS.index("abstentions")]
        for code, params in _contradictions(line, abstentions, plural=self.kind == "municipales"):
            yield LineProblem(line=line.line, code=code, params=params)
        if group.differs:
            yield LineProblem(line=line.line, code="figures_differ")


def _contradictions(
    line: ResultLine, abstentions: int | None, *, plural: bool
) -> Iterator[tuple[str, dict[str, str | int]]]:
    """What a line says against itself, with the figures."""
    registered, voters, expressed = line.registered, line.voters, line.expressed
    if registered is not None and voters is not None:
        if voters > registered:
            yield "more_voters", {"voters": voters, "registered": registered}
        elif abstentions is not None and voters + abstentions != registered:
            yield (
                "abstention_sum",
                {"registered": registered, "voters": voters, "abstentions": abstentions},
            )
    others = line.blank_null if line.blank_null is not None else line.blanks
    if voters is not None and expressed is not None:
        exact = line.blank_null is not None
        wrong = expressed + (others or 0) != voters if exact else expressed + (others or 0) > voters
        if wrong:
            yield "voters_sum", {"voters": voters, "expressed": expressed, "others": others or 0}
    votes = sum(line.votes)
    several = plural and expressed is not None and max(line.votes, default=0) <= expressed < votes
    if expressed is not None and votes != expressed and not several:
        yield "expressed_sum", {"expressed": expressed, "votes": votes}


def _scope(kind: str, place: PlaceCodes) -> str:
    """Within what a candidate is one and the same: two Martins of two circonscriptions are two."""
    if kind == "legislatives":
        return place.circonscription
    if kind == "departementales":
        return place.canton
    return place.commune + place.sector if kind == "municipales" else ""


def _is_total(place: PlaceCodes, name: str, row: Sequence[str]) -> bool:
    """A line that adds up the others, as some tables have at their end."""
    if place.commune or place.bureau or place.circonscription or place.canton:
        return False
    if place.departement.isdigit() or place.region.isdigit():
        return False
    first = next((cell.strip() for cell in row if cell.strip()), "")
    told = (one.casefold().replace("è", "e") for one in (first, name))
    return any(words.startswith(_TOTALS) for words in told)


def _apart_from_subtotals(lines: Sequence[ResultLine]) -> Iterator[ResultLine]:
    """The lines that are not the exact sum of finer lines of the same place and round."""
    levels = [level_of(one.place) for one in lines]
    if len(set(levels)) < 2:
        yield from lines
        return
    sums: dict[tuple[int, str, PlaceCodes], list[int]] = {}
    for line, level in zip(lines, levels, strict=True):
        for wider in _wider(line.place, level):
            sums.setdefault((line.round, level, wider), [0] * 4)
            for i, count in enumerate(_sizes(line)):
                sums[line.round, level, wider][i] += count
    for line, level in zip(lines, levels, strict=True):
        finer = LEVELS[: LEVELS.index(level)]
        found = [sums.get((line.round, one, line.place)) for one in finer]
        if _sizes(line) not in found or not any(_sizes(line)):
            yield line


def _sizes(line: ResultLine) -> list[int]:
    return [line.registered or 0, line.voters or 0, line.expressed or 0, sum(line.votes)]


def _wider(place: PlaceCodes, level: str) -> set[PlaceCodes]:
    """Every way in which a line of a total may name what a place lies in."""
    outer = ("commune", "canton", "circonscription", "departement", "region")
    told = [name for name in outer if getattr(place, name) and name != level]
    return {
        PlaceCodes(**{name: getattr(place, name) for name in some})
        for size in range(len(told) + 1)
        for some in combinations(told, size)
    }


def _level(lines: Sequence[ResultLine]) -> str:
    """The finest level that most lines reach."""
    reached: Counter[str] = Counter()
    for one in lines:
        reached[level_of(one.place)] += 1
    return max(LEVELS, key=lambda level: reached[level])


def level_of(place: PlaceCodes) -> str:
    """The level of one line."""
    told = (
        place.bureau,
        place.commune,
        place.canton,
        place.circonscription,
        place.departement,
        place.region,
    )
    return next((level for level, code in zip(LEVELS, told, strict=False) if code), LEVELS[-1])
