"""Scores as files for a spreadsheet: every part, its source and its date."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.utils.translation import gettext as _

from amiral.rooms.field.queries.priorities import PART_LABELS, Line, PlaceScores, TurfScores
from amiral.rooms.field.queries.statistics import Figures
from amiral.rooms.field.web.exports import safe_cell

Cell = str | int | float


def turfs_csv(found: TurfScores) -> str:
    """One line per turf, in their order; semicolons, which French spreadsheets expect."""
    head = [_("Turf"), _("Doors"), _("Dwellings"), _("By station (%)"), _("By commune (%)")]
    rows = (
        [
            line.number,
            line.doors,
            line.dwellings,
            round(100 * line.by_station, 1),
            round(100 * line.by_commune, 1),
        ]
        for line in found.lines
    )
    return _written(head, zip(found.lines, rows, strict=True), found.figures)


def places_csv(found: PlaceScores) -> str:
    """One line per station or commune, in their order."""
    head = [_("Code"), _("Name"), _("Registered voters")]
    rows = (
        [line.id.partition(":")[2], safe_cell(line.name), "" if line.registered is None else line.registered]
        for line in found.lines
    )
    return _written(head, zip(found.lines, rows, strict=True), found.figures)


def _written(head: Sequence[str], rows: Iterable[tuple[Line, Sequence[Cell]]], figures: Figures) -> str:
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    parts = _part_heads(figures)
    writer.writerow([_("Order"), *head, _("Score"), *parts, _("Estimated parts"), _("Sources")])
    sources = safe_cell(" · ".join(source_words(figures)))
    for line, cells in rows:
        told = [_decimal(line.tenths), *(_decimal(part.points) for part in line.parts)]
        estimated = ", ".join(str(part.label) for part in line.parts if part.is_estimated)
        shown = told if line.has_score else [""] * len(told)
        writer.writerow([line.rank or "", *cells, *shown, safe_cell(estimated), sources])
    return stream.getvalue()


def _part_heads(figures: Figures) -> list[str]:
    return [
        _("%(part)s (of %(most)s)") % {"part": PART_LABELS[part], "most": _decimal(most)}
        for part, most in zip(figures.scores.parts, figures.scores.most.tolist(), strict=True)
    ]


def _decimal(tenths: int) -> str:
    """``42,8``: as French spreadsheets read numbers."""
    return f"{tenths // 10},{tenths % 10}"


def source_words(figures: Figures) -> list[str]:
    """Ballot, day and origin of each source."""
    return [
        " ".join(
            part
            for part in (
                one.election.label,
                f"({one.election.date.isoformat()})",
                one.territory_name,
                one.attribution,
            )
            if part
        )
        for one in figures.sources
    ]
