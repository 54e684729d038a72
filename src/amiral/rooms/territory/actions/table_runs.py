"""Starting the import of a table that was uploaded, as a long run."""

import shutil
from pathlib import Path
from uuid import UUID

from django.db import transaction

from amiral.kit import audit, runs
from amiral.kit.ids import new_id
from amiral.rooms.territory.access import access_imports, access_whole_country
from amiral.rooms.territory.actions.imports import uploads_dir
from amiral.rooms.territory.contracts import TableKind


def start_table_import(*, by_id: UUID, kind: TableKind, uploaded: Path, name: str, language: str) -> UUID:
    """Keeps an uploaded table and starts the run that imports it; answers the run's id.

    ``uploaded`` is moved away. Raises ``NotFound`` for people who may not import, and for movements, which
    are of all of France, for those who do not hold the whole country.
    """
    access_imports(person_id=by_id)
    if kind is TableKind.MOVEMENTS:
        access_whole_country(person_id=by_id)
    kept = uploads_dir() / str(new_id())
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(uploaded, kept)
    arguments = {
        "path": str(kept),
        "kind": str(kind),
        "name": name,
        "imported_by_id": str(by_id),
        "language": language,
    }
    with transaction.atomic():
        run_id = runs.start(kind="import-table", arguments=arguments, started_by_id=by_id)
        audit.record(
            actor_id=by_id, verb="start-import", subject_kind="run", subject_id=run_id, kind=kind, name=name
        )
    return run_id
