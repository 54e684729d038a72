"""Looking at a file of contours before it is imported: a run reads it, a page shows what it found."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.ids import new_id
from amiral.rooms.territory import contour_store as columns
from amiral.rooms.territory.access import access_imports
from amiral.rooms.territory.actions.contours import check_contours, default_name
from amiral.rooms.territory.actions.imports import UploadGone, uploads_dir
from amiral.rooms.territory.contracts import ContourChoices, Report, TerritoryKind
from amiral.rooms.territory.queries.contours import access_contour_check

CHECK, IMPORT = "check-contours", "import-contours"
FLAWS_KEPT = 300
ROWS_SHOWN = 30
SAMPLES = 3


def start_check(
    *,
    by_id: UUID,
    uploaded: Path,
    file_name: str,
    kind: TerritoryKind,
    name: str,
    attribution: str,
    valid_from: date | None,
    commune: str,
    language: str,
) -> UUID:
    """Keeps an uploaded file and starts the run that looks into it; answers the run's id.

    ``uploaded`` is moved away. Raises ``NotFound`` for people who may not import.
    """
    access_imports(person_id=by_id)
    kept = uploads_dir() / str(new_id())
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(uploaded, kept)
    arguments: dict[str, Any] = {
        "path": str(kept),
        "file_name": file_name[:200],
        "kind": kind.value,
        "name": name,
        "attribution": attribution,
        "valid_from": valid_from.isoformat() if valid_from else "",
        "code": [],
        "name_property": "",
        "commune": commune,
        "language": language,
    }
    return _start(CHECK, by_id, arguments)


def check_again(*, by_id: UUID, run_id: UUID, choices: ContourChoices) -> UUID:
    """Looks into the same uploaded file with other properties for codes and names. Raises ``NotFound``."""
    arguments, _preview = access_contour_check(person_id=by_id, run_id=run_id)
    chosen = {"code": list(choices.code), "name_property": choices.name, "commune": choices.commune}
    return _start(CHECK, by_id, arguments | chosen)


def start_contours_import(
    *, by_id: UUID, run_id: UUID, without_bad: bool, language: str, create: bool = False
) -> UUID:
    """Starts the import of a file as the check ``run_id`` showed it. Raises ``NotFound``."""
    arguments, preview = access_contour_check(person_id=by_id, run_id=run_id)
    arguments = {
        **arguments,
        "code": preview["code"],
        "name_property": preview["name_property"],
        "commune": preview["commune"],
        "without_bad": without_bad,
        "create": create,
        "imported_by_id": str(by_id),
        "language": language,
    }
    return _start(IMPORT, by_id, arguments)


def _start(kind: str, by_id: UUID, arguments: dict[str, Any]) -> UUID:
    with transaction.atomic():
        run_id = runs.start(kind=kind, arguments=arguments, started_by_id=by_id)
        audit.record(
            actor_id=by_id,
            verb="start-import",
            subject_kind="run",
            subject_id=run_id,
            kind=kind,
            name=arguments["file_name"],
        )
    return run_id


def preview_contours(
    *,
    path: Path,
    kind: TerritoryKind,
    choices: ContourChoices,
    valid_from: date | None,
    report: Report | None = None,
) -> dict[str, Any]:
    """What the page shows of a file, as JSON; the drawing goes beside the uploaded file.

    Raises ``ContoursRefused`` and ``UploadGone``.
    """
    if not path.exists():
        raise UploadGone(_("The uploaded file is no longer there: please upload it again."))
    checked = check_contours(path=path, kind=kind, choices=choices, report=report)
    contours = checked.contours()
    if len(contours):
        columns.write_contours(path=drawing_of(path), contours=contours)
    features = checked.reading.features
    return {
        "code": list(checked.choices.code),
        "name_property": checked.choices.name,
        "commune": checked.choices.commune,
        "properties": {
            name: [one for one in (feature.properties.get(name, "") for feature in features[:40]) if one][
                :SAMPLES
            ]
            for name in checked.reading.properties
        },
        "system": checked.reading.system,
        "good": len(contours),
        "refused": checked.refused,
        "new": sum(flaw.code == "new_code" for flaw in checked.flaws),
        "flaws": [
            [flaw.feature, flaw.code, dict(flaw.params), flaw.label] for flaw in checked.flaws[:FLAWS_KEPT]
        ],
        "more_flaws": max(0, len(checked.flaws) - FLAWS_KEPT),
        "rows": [[row.number, row.code, row.name, row.territory_id] for row in checked.rows[:ROWS_SHOWN]],
        "default_name": default_name(kind, contours.codes, valid_from) if len(contours) else "",
    }


def drawing_of(path: Path) -> Path:
    """Where the drawing of an uploaded file lies: swept with the uploads."""
    return path.with_name(f"{path.name}.parquet")
