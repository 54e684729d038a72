"""Long runs over files of contours (``settings.AMIRAL_RUNS``): looking into one, importing one.

Kept beside ``jobs`` because that file is about addresses, streets and results.
"""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from amiral.rooms.territory.actions.contour_previews import drawing_of, preview_contours
from amiral.rooms.territory.actions.contours import import_contours_file
from amiral.rooms.territory.actions.imports import uploaded_file
from amiral.rooms.territory.contracts import ContourChoices, Report, TerritoryKind


def check_contours(
    report: Report,
    *,
    path: str,
    file_name: str,
    kind: str,
    name: str,
    attribution: str,
    valid_from: str,
    code: list[str],
    name_property: str,
    commune: str,
    language: str,
) -> dict[str, Any]:
    """Looks into an uploaded file of contours; what it holds is shown before anything is written."""
    with translation.override(language):
        preview = preview_contours(
            path=Path(path),
            kind=TerritoryKind(kind),
            choices=ContourChoices(code=tuple(code), name=name_property, commune=commune),
            valid_from=date.fromisoformat(valid_from) if valid_from else None,
            report=report,
        )
    run_id = getattr(report, "run_id", None)
    url = reverse("territory:contours_preview", args=[run_id]) if run_id else ""
    return {"url": url, "preview": preview}


def import_contours(
    report: Report,
    *,
    path: str,
    file_name: str,
    kind: str,
    name: str,
    attribution: str,
    valid_from: str,
    code: list[str],
    name_property: str,
    commune: str,
    without_bad: bool,
    create: bool = False,
    imported_by_id: str,
    language: str,
) -> dict[str, Any]:
    """Imports an uploaded file of contours as its preview showed it."""
    with translation.override(language), uploaded_file(Path(path)) as file:
        done = import_contours_file(
            path=file,
            kind=TerritoryKind(kind),
            name=name,
            attribution=attribution,
            valid_from=date.fromisoformat(valid_from) if valid_from else None,
            choices=ContourChoices(
                code=tuple(code),
                name=name_property,
                commune=commune,
                without_bad=without_bad,
                create=create,
            ),
            imported_by_id=UUID(imported_by_id),
            report=report,
        )
    drawing_of(Path(path)).unlink(missing_ok=True)
    return {
        "url": reverse("territory:contours_file", args=[done.file_id]),
        "rows": done.rows,
        "bad_rows": done.refused,
        "replaced": done.replaced,
    }
