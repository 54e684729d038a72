"""Figures of coverage as files: the same lines as the pages, under the same rule."""

import csv
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import OUTCOME_LABELS
from amiral.rooms.field.queries.coverage_pages import Export, ExportLine
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.field.queries.releasing import Figures
from amiral.rooms.field.web.exports import safe_cell

NOT_SHOWN = ""
"""A cell of a spreadsheet that is left out is empty, never 0."""


def coverage_csv(export: Export) -> str:
    """One line per place; semicolons, which French spreadsheets expect."""
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(_header())
    writer.writerows(_row(line) for line in export.lines)
    writer.writerows(_rest(level, rest) for level, rest in export.rest.items())
    return stream.getvalue()


def level_word(level: Level) -> str:
    """What a place of that level is called."""
    return {
        Level.BUILDING: _("building"),
        Level.TURF: _("turf"),
        Level.BUREAU: _("bureau de vote"),
        Level.COMMUNE: _("commune"),
        Level.DEPARTEMENT: _("département"),
        Level.CANVASS: pgettext("total", "all"),
    }[level]


def _header() -> list[str]:
    figures = [
        _("Doors"),
        _("Dwellings"),
        _("Doors done"),
        _("Dwellings done"),
        _("Share done (%)"),
        _("In hand"),
        _("Minutes left"),
        _("Answers"),
    ]
    visits = [_("Visits: %(outcome)s") % {"outcome": label} for label in OUTCOME_LABELS.values()]
    return [_("By"), _("Code"), _("Name"), *figures, *visits]


def _row(line: ExportLine) -> list[str | int]:
    progress = line.progress
    figures = [
        progress.doors,
        progress.dwellings,
        progress.done,
        progress.dwellings_done,
        progress.percent,
        progress.in_hand,
        progress.minutes_left,
    ]
    place = [level_word(line.level), safe_cell(line.key), safe_cell(line.name)]
    return [*place, *figures, *_answers(line.figures)]


def _rest(level: Level, figures: Figures) -> list[str | int]:
    name = _("those not shown, together")
    return [level_word(level), "", name, *[NOT_SHOWN] * 7, *_answers(figures)]


def _answers(figures: Figures | None) -> list[str | int]:
    if figures is None:
        return [NOT_SHOWN] * (1 + len(Outcome))
    return [figures.answers, *figures.by_outcome]


def coverage_json(export: Export, *, thresholds: dict[str, int]) -> dict[str, Any]:
    """The same for programs; ``answers`` is null where it may not be shown."""
    return {
        "canvass": str(export.canvass.id),
        "name": export.canvass.name,
        "at": export.at.isoformat(timespec="seconds"),
        "answers_through": export.through.isoformat() if export.through else None,
        "thresholds": thresholds,
        "places": [_object(line) for line in export.lines],
        "not_shown_together": {level: _said(rest) for level, rest in export.rest.items()},
    }


def _object(line: ExportLine) -> dict[str, Any]:
    progress = line.progress
    return {
        "level": line.level,
        "key": line.key,
        "name": line.name,
        "doors": progress.doors,
        "dwellings": progress.dwellings,
        "done": progress.done,
        "dwellings_done": progress.dwellings_done,
        "percent": progress.percent,
        "in_hand": progress.in_hand,
        "minutes_left": progress.minutes_left,
        "answers": _said(line.figures),
    }


def _said(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    visits = dict(zip((outcome.value for outcome in Outcome), figures.by_outcome, strict=True))
    return {"answers": figures.answers, "visits": visits}
