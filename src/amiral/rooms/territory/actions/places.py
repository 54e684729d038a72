"""Importing official places: meeting points that everybody finds."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from amiral.kit.readers import Plan, read_places
from amiral.rooms.territory import store
from amiral.rooms.territory.access import check_territory
from amiral.rooms.territory.actions.imports import (
    columns_of,
    label_of,
    refusals,
    understood,
    write_and_switch,
)
from amiral.rooms.territory.contracts import FileKind, ImportResult, PlaceCategory, Report


def import_places_file(
    *,
    path: Path,
    category: PlaceCategory,
    name: str = "",
    attribution: str = "",
    imported_by_id: UUID | None = None,
    report: Report | None = None,
    plan: Plan | None = None,
) -> ImportResult:
    """Imports a table of places of one category, in place of the file of the same name.

    Places of a doubtful position are kept apart until somebody accepts them. Otherwise as
    ``import_addresses_file``.
    """
    with refusals():
        reading = understood(read_places(path, progress=report, plan=plan))
    check_territory(
        person_id=imported_by_id, codes=Counter((*reading.rows.communes, *reading.flagged.communes))
    )
    places = columns_of(reading.rows)
    label = replace(label_of(path, name, attribution, imported_by_id), category=category.value)

    def write(target: Path) -> None:
        store.write_places(path=target, places=places, category=category)

    return write_and_switch(FileKind.PLACES, reading, label, write)
