"""Long runs of this room (``settings.AMIRAL_RUNS``): parse the arguments, one call, a result for the page."""

from datetime import date as day
from pathlib import Path
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.kit.readers import Plan
from amiral.rooms.territory import address_index
from amiral.rooms.territory.actions import (
    import_addresses_file,
    import_places_file,
    import_streets_file,
    uploaded_file,
)
from amiral.rooms.territory.actions.imports import UploadGone
from amiral.rooms.territory.actions.memberships import import_memberships
from amiral.rooms.territory.actions.movements import import_movements
from amiral.rooms.territory.actions.results import import_results_file, preview_results_file
from amiral.rooms.territory.contracts import (
    ElectionKind,
    ImportResult,
    NewElection,
    PlaceCategory,
    Report,
    TableKind,
)


def import_addresses(
    report: Report,
    *,
    path: str,
    name: str,
    attribution: str,
    imported_by_id: str,
    language: str,
    plan: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Imports an uploaded file of addresses. Problems are told in the language of the person who waits."""
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = import_addresses_file(
            path=file,
            name=name,
            attribution=attribution,
            imported_by_id=UUID(imported_by_id),
            report=report,
            plan=Plan.from_json(plan) if plan else None,
        )
    address_index.prepare(file_id=done.file_id)
    return _result(done)


def import_places(
    report: Report,
    *,
    path: str,
    name: str,
    attribution: str,
    imported_by_id: str,
    language: str,
    category: str,
    plan: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Imports an uploaded file of official places."""
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = import_places_file(
            path=file,
            category=PlaceCategory(category),
            name=name,
            attribution=attribution,
            imported_by_id=UUID(imported_by_id),
            report=report,
            plan=Plan.from_json(plan) if plan else None,
        )
    return _result(done)


def import_streets(
    report: Report,
    *,
    path: str,
    name: str,
    attribution: str,
    imported_by_id: str,
    language: str,
    with_addresses: bool = False,
) -> dict[str, Any]:
    """Imports the streets of an uploaded extract, and on request its addresses, if it has any."""
    with translation.override(language), uploaded_file(Path(path)) as file:
        words: dict[str, Any] = {
            "path": file,
            "name": name,
            "attribution": attribution,
            "imported_by_id": UUID(imported_by_id),
            "report": report,
        }
        result = _result(import_streets_file(**words))
        if with_addresses:
            result |= _addresses_too(words)
    return result


def _addresses_too(words: dict[str, Any]) -> dict[str, Any]:
    """Streets are in already: an extract without addresses is no failure of the run."""
    try:
        return {"addresses": import_addresses_file(**words).rows}
    except Refused as refusal:
        return {"addresses": 0, "addresses_problem": str(refusal)}


def _result(done: ImportResult) -> dict[str, Any]:
    return {
        "url": reverse("territory:file", args=[done.file_id]),
        "rows": done.rows,
        "bad_rows": done.bad_rows,
        "flagged_rows": done.flagged_rows,
        "replaced": done.replaced,
    }


def read_results(
    report: Report, *, path: str, file_name: str, commune: str, sheet: str, language: str
) -> dict[str, Any]:
    """Looks into an uploaded file of results; what it holds is shown before anything is written."""
    with translation.override(language):
        if not Path(path).exists():
            raise UploadGone(_("The uploaded file is no longer there: please upload it again."))
        preview = preview_results_file(
            path=Path(path), file_name=file_name, commune=commune, sheet=sheet, report=report
        )
    # The run is the only one that knows its id: the page of the run that follows is found by it.
    run_id = getattr(report, "run_id", None)
    url = reverse("territory:results_preview", args=[run_id]) if run_id else ""
    return {"url": url, "preview": preview}


def import_results(
    report: Report,
    *,
    path: str,
    file_name: str,
    commune: str,
    sheet: str,
    kind: str,
    date: str,
    round: int,
    election_name: str,
    attribution: str,
    imported_by_id: str,
    language: str,
) -> dict[str, Any]:
    """Imports an uploaded file of results that was looked into and named."""
    ballot = NewElection(
        kind=ElectionKind(kind), date=day.fromisoformat(date), round=round, name=election_name
    )
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = import_results_file(
            path=file,
            election=ballot,
            file_name=file_name,
            sheet=sheet,
            commune=commune,
            attribution=attribution,
            imported_by_id=UUID(imported_by_id),
            report=report,
        )
    return {
        "url": reverse("territory:results_file", args=[done.file_id]),
        "rows": done.rows,
        "bad_rows": done.left_out,
        "replaced": done.replaced,
    }


def import_table(
    report: Report, *, path: str, kind: str, name: str, imported_by_id: str, language: str
) -> dict[str, Any]:
    """Imports an uploaded table of movements or memberships."""
    verb = {TableKind.MOVEMENTS: import_movements, TableKind.MEMBERSHIPS: import_memberships}[TableKind(kind)]
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = verb(path=file, name=name, imported_by_id=UUID(imported_by_id), report=report)
    return {"url": reverse("territory:table", args=[done.id]), "rows": done.used, "bad_rows": done.left_out}
