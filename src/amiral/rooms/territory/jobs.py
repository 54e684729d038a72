"""Long runs of this room (``settings.AMIRAL_RUNS``): parse the arguments, one call, a result for the page."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from amiral.kit.errors import Refused
from amiral.rooms.territory.actions import import_addresses_file, import_streets_file, uploaded_file
from amiral.rooms.territory.actions.memberships import import_memberships
from amiral.rooms.territory.actions.movements import import_movements
from amiral.rooms.territory.contracts import ImportResult, Report, TableKind


def import_addresses(
    report: Report, *, path: str, name: str, attribution: str, imported_by_id: str, language: str
) -> dict[str, Any]:
    """Imports an uploaded file of addresses. Problems are told in the language of the person who waits."""
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = import_addresses_file(
            path=file,
            name=name,
            attribution=attribution,
            imported_by_id=UUID(imported_by_id),
            report=report,
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
