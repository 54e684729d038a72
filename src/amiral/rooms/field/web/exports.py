"""Figures as a file for a spreadsheet."""

import csv
from io import StringIO

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.rooms.field.contracts import Coverage, CoverageLine
from amiral.rooms.field.models import OUTCOME_LABELS

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula (OWASP, "CSV injection")."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def coverage_csv(coverage: Coverage) -> str:
    """One line per turf, per commune, and for all; semicolons, which French spreadsheets expect."""
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(_header())
    writer.writerows(_row(_("turf"), line) for line in coverage.turfs)
    writer.writerows(_row(_("commune"), line) for line in coverage.communes)
    writer.writerow(_row(pgettext("total", "all"), CoverageLine(key="", label="", tally=coverage.total)))
    return stream.getvalue()


def _header() -> list[str]:
    figures = [
        _("Doors"),
        _("Dwellings"),
        _("Doors done"),
        _("Share done (%)"),
        _("Somebody talked"),
        _("Visits"),
    ]
    outcomes = [str(label) for label in OUTCOME_LABELS.values()]
    return [_("By"), _("Code"), _("Name"), *figures, *outcomes]


def _row(kind: str, line: CoverageLine) -> list[str | int]:
    tally = line.tally
    figures = [
        tally.doors,
        tally.dwellings,
        tally.done,
        tally.done_percent,
        tally.talked,
        tally.visits,
    ]
    return [kind, safe_cell(line.key), safe_cell(line.label), *figures, *line.by_outcome]
