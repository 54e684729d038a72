"""Reads of the tables that were imported into the graph."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from amiral.kit.errors import NotFound
from amiral.rooms.territory.contracts import BadLineCard, TableImportCard, TableKind
from amiral.rooms.territory.models import TableImport

PROBLEMS = {
    "short": gettext_noop("The line has fewer fields than the header."),
    "bad_day": gettext_noop("“%(value)s” is no day; write it as 2019-01-01."),
    "bad_commune": gettext_noop("“%(value)s” is no INSEE code of a commune."),
    "unknown_commune": gettext_noop("No commune has the code “%(value)s”, today or formerly."),
    "unknown_movement": gettext_noop("“%(value)s” is no kind of movement that INSEE uses."),
    "bad_canton": gettext_noop("“%(value)s” is no code of a canton."),
    "pseudo_canton": gettext_noop(
        "“%(value)s” is no canton: INSEE writes it for a commune that several cantons share. "
        "Give one line for each canton of the commune."
    ),
    "bad_constituency": gettext_noop("“%(value)s” is no code of a constituency."),
    "no_parent": gettext_noop("The line names neither a canton nor a constituency."),
    "other_departement": gettext_noop("“%(value)s” lies in another département than the commune."),
    "outside": gettext_noop("The commune “%(value)s” does not lie in your territory."),
}
"""A sentence for each thing that can be wrong with a line."""

SHOWN = 20


def problem_words(problem: Mapping[str, Any]) -> str:
    """What is wrong with a line, in the language of the reader."""
    return gettext(PROBLEMS[problem["code"]]) % {"value": problem.get("value", "")}


def table_import(*, import_id: UUID) -> TableImportCard:
    """One import; ``NotFound`` when there is none."""
    try:
        return _card(TableImport.objects.get(pk=import_id))
    except TableImport.DoesNotExist:
        raise NotFound from None


def table_imports() -> tuple[TableImportCard, ...]:
    """The latest imports, newest first. One query."""
    return tuple(map(_card, TableImport.objects.all()[:SHOWN]))


def _card(row: TableImport) -> TableImportCard:
    return TableImportCard(
        id=row.pk,
        kind=TableKind(row.kind),
        name=row.name,
        created_at=row.created_at,
        used=row.used,
        other=row.other,
        left_out=row.left_out,
        first_day=row.first_day,
        last_day=row.last_day,
        changed=row.changed,
        problems=tuple(
            BadLineCard(place=gettext("line %(number)s") % {"number": one["line"]}, reason=problem_words(one))
            for one in row.problems
        ),
    )
