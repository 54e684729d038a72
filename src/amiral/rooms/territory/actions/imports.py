"""Importing files of addresses and streets: read all, write the columns, switch in one transaction."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ids import new_id
from amiral.kit.readers import (
    AddressReading,
    AddressTable,
    LineProblem,
    Plan,
    UnreadableFile,
    read_addresses,
    read_streets,
)
from amiral.kit.readers.buildings import read_buildings
from amiral.kit.readers.columns import plain_name
from amiral.rooms.territory import store
from amiral.rooms.territory.access import access_file_by_id, access_imports, check_replacing, check_territory
from amiral.rooms.territory.actions.doubts import doubted_by_contours, located
from amiral.rooms.territory.actions.told_communes import commune_codes
from amiral.rooms.territory.contracts import AddressColumns, Bounds, FileKind, Floats, ImportResult, Report
from amiral.rooms.territory.models import BadLine, ReferenceFile
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries import bad_line_card

OSM_ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
BAN_ATTRIBUTION = "Base Adresse Nationale (Licence Ouverte 2.0)"
BAN_COLUMNS = {"idfantoir", "certificationcommune", "cleinterop", "uidadresse", "sourcenomvoie"}
"""Columns, without case and signs, that only the national base and the municipal ones that feed it have."""
LEFT_OVER = timedelta(days=1)
"""Columns without a row that are older than this were left by a killed import."""
UPLOAD_KEPT = timedelta(days=7)
"""How long the file of a stopped import waits to be taken up again."""
BATCH = 2_000
FIRST = 10


class UploadGone(Refused):
    """The file that was uploaded has been removed meanwhile."""

    final = True


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A file that was read to its end, before anything of it is known to others."""

    kind: FileKind
    rows: int
    bounds: Bounds | None
    commune_codes: dict[str, int]
    problems: Sequence[LineProblem]
    flagged: int = 0


@dataclass(frozen=True, kw_only=True)
class Label:
    """What the importer said of a file."""

    name: str
    attribution: str
    sha256: str
    by_id: UUID | None
    at: datetime
    category: str = ""


def import_addresses_file(
    *,
    path: Path,
    name: str = "",
    attribution: str = "",
    imported_by_id: UUID | None = None,
    report: Report | None = None,
    plan: Plan | None = None,
) -> ImportResult:
    """Imports a file of addresses, in place of the one of the same name; every good line of it.

    ``plan`` is how the table is read, guessed if left out. Addresses of a doubtful position are kept apart
    until somebody accepts them. ``report`` is told bytes of all bytes (0 of unknown: objects of an extract)
    and may raise to stop: nothing is changed then. Raises ``FileRefused`` for a file that cannot be used,
    ``OutsideTerritory`` for one that is not of the importer's territory (nobody as importer: the command).
    """
    with refusals():
        reading = understood(read_addresses(path, progress=report, plan=plan))
    check_territory(
        person_id=imported_by_id,
        codes=Counter((*reading.rows.communes, *reading.flagged.communes)),
    )
    addresses = columns_of(reading.rows)
    label = label_of(path, name, attribution or known_source(reading), imported_by_id)

    def write(target: Path) -> None:
        store.write_addresses(path=target, addresses=addresses)

    return write_and_switch(FileKind.ADDRESSES, reading, label, write)


def write_and_switch(
    kind: FileKind, reading: AddressReading, label: Label, write: Callable[[Path], None]
) -> ImportResult:
    """Writes the columns and those of the doubtful rows, then makes them live together."""
    read = _Read(
        kind=kind,
        rows=len(reading.rows),
        bounds=_bounds(reading.rows.lon, reading.rows.lat),
        commune_codes=dict(Counter(code for code in reading.rows.communes if code)),
        problems=reading.left_out,
        flagged=len(reading.flags),
    )
    with _columns_file(kind, label.at) as (file_id, target):
        write(target)
        with _beside(store.flagged_path_of(kind=kind, file_id=file_id)) as flagged:
            store.write_flagged(path=flagged, addresses=columns_of(reading.flagged), flags=reading.flags)
            return _switch(file_id, read, label)


def known_source(reading: AddressReading) -> str:
    """The source that a file tells by its form."""
    names = set(map(plain_name, reading.plan.names)) if reading.plan else set()
    if reading.source == "osm":
        return OSM_ATTRIBUTION
    return BAN_ATTRIBUTION if names & BAN_COLUMNS else ""


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A second file, gone again unless all goes well."""
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def import_streets_file(
    *,
    path: Path,
    name: str = "",
    attribution: str = "",
    imported_by_id: UUID | None = None,
    report: Report | None = None,
) -> ImportResult:
    """Imports the walkable ways and the buildings of an OpenStreetMap extract.

    Otherwise as ``import_addresses_file``.
    """
    with refusals():
        streets = read_streets(path, progress=report)
        buildings = read_buildings(path, progress=report)
    read = _Read(
        kind=FileKind.STREETS,
        rows=len(streets),
        bounds=_bounds(streets.node_lon, streets.node_lat),
        commune_codes={},
        problems=(),
    )
    label = label_of(path, name, attribution or OSM_ATTRIBUTION, imported_by_id)
    with _columns_file(FileKind.STREETS, label.at) as (file_id, target):
        store.write_streets(path=target, streets=streets)
        with _beside(store.buildings_path_of(file_id=file_id)) as more:
            if len(buildings):
                store.write_buildings(path=more, buildings=buildings)
            return _switch(file_id, read, label)


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except UnreadableFile as error:
        raise FileRefused(error) from error


def label_of(path: Path, name: str, attribution: str, by_id: UUID | None) -> Label:
    """What is kept of a file beside its rows."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Label(
        name=(name.strip() or path.name)[:120],
        attribution=attribution.strip()[:200],
        sha256=sha256,
        by_id=by_id,
        at=now(),
    )


def _bounds(lon: Floats, lat: Floats) -> Bounds | None:
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return None
    lon, lat = lon[known], lat[known]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def columns_of(table: AddressTable) -> AddressColumns:
    """The columns that are kept of a table."""
    return AddressColumns(
        ids=table.ids,
        numbers=table.numbers,
        suffixes=table.suffixes,
        streets=table.streets,
        commune_codes=table.communes,
        lon=table.lon,
        lat=table.lat,
        dwellings=table.dwellings,
    )


def understood(reading: AddressReading) -> AddressReading:
    """The reading with all INSEE codes that can be told, judged by contours where there are any."""
    tables = [replace(table, communes=commune_codes(table)) for table in (reading.rows, reading.flagged)]
    return doubted_by_contours(located(replace(reading, rows=tables[0], flagged=tables[1])))


@contextmanager
def _columns_file(kind: FileKind, at: datetime) -> Iterator[tuple[UUID, Path]]:
    """A new id and the path of its columns, which are gone again unless all goes well (Ctrl-C included)."""
    _sweep(kind, at)
    file_id = new_id()
    target = store.path_of(kind=kind, file_id=file_id)
    try:
        yield file_id, target
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _sweep(kind: FileKind, at: datetime) -> None:
    """Removes what killed imports left behind."""
    live = ReferenceFile.objects.filter(kind=kind, state=ReferenceFile.State.LIVE)
    file_ids = list(live.values_list("pk", flat=True))
    kept = {store.path_of(kind=kind, file_id=file_id) for file_id in file_ids}
    kept |= {store.flagged_path_of(kind=kind, file_id=file_id) for file_id in file_ids}
    kept |= {store.buildings_path_of(file_id=file_id) for file_id in file_ids}
    for path in _older(store.folder_of(kind=kind), at - LEFT_OVER):
        if path not in kept:
            path.unlink(missing_ok=True)


def _older(folder: Path, limit: datetime) -> Iterator[Path]:
    for path in folder.iterdir() if folder.exists() else ():
        if path.stat().st_mtime < limit.timestamp():
            yield path


def _switch(file_id: UUID, read: _Read, label: Label) -> ImportResult:
    """Makes the file live in place of its namesake.

    Two imports of one name at the same moment: the constraint refuses the second insertion, whose second
    try sees the first file and replaces it.
    """
    try:
        return _switch_once(file_id, read, label)
    except IntegrityError:
        return _switch_once(file_id, read, label)


@transaction.atomic
def _switch_once(file_id: UUID, read: _Read, label: Label) -> ImportResult:
    check_replacing(person_id=label.by_id, kind=read.kind, name=label.name)
    replaced = _replace(read.kind, label.name)
    _create_row(file_id, read, label)
    BadLine.objects.bulk_create(_bad_lines(file_id, read.problems), batch_size=BATCH)
    audit.record(
        actor_id=label.by_id,
        verb=f"import-{read.kind}",
        subject_kind="reference-file",
        subject_id=file_id,
        name=label.name,
        sha256=label.sha256,
        rows=read.rows,
    )
    transaction.on_commit(lambda: _remove_columns(read.kind, replaced))
    return ImportResult(
        file_id=file_id,
        name=label.name,
        rows=read.rows,
        bad_rows=len(read.problems),
        flagged_rows=read.flagged,
        replaced=bool(replaced),
        first_problems=tuple(bad_line_card(line) for line in _bad_lines(file_id, read.problems[:FIRST])),
    )


def _replace(kind: FileKind, name: str) -> list[UUID]:
    live = ReferenceFile.objects.filter(kind=kind, name=name, state=ReferenceFile.State.LIVE)
    replaced = list(live.values_list("pk", flat=True))
    live.update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id__in=replaced).delete()
    return replaced


def _create_row(file_id: UUID, read: _Read, label: Label) -> None:
    west, south, east, north = read.bounds or (None, None, None, None)
    ReferenceFile.objects.create(
        id=file_id,
        kind=read.kind,
        name=label.name,
        attribution=label.attribution,
        category=label.category,
        sha256=label.sha256,
        rows=read.rows,
        bad_rows=len(read.problems),
        flagged_rows=read.flagged,
        west=west,
        south=south,
        east=east,
        north=north,
        commune_codes=read.commune_codes,
        imported_by_id=label.by_id,
        created_at=label.at,
    )


def _bad_lines(file_id: UUID, problems: Sequence[LineProblem]) -> Iterator[BadLine]:
    for problem in problems:
        yield BadLine(
            file_id=file_id,
            line_number=problem.line,
            object_id=problem.id[:80],
            code=problem.code,
            params=dict(problem.params),
        )


@transaction.atomic
def remove_file(*, by_id: UUID, file_id: UUID) -> None:
    """Takes a file out of use; its columns go, its row stays. Raises ``NotFound``."""
    row = access_file_by_id(person_id=by_id, file_id=file_id, to_change=True)
    kind = FileKind(row.kind)
    ReferenceFile.objects.filter(pk=file_id).update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id=file_id).delete()
    audit.record(
        actor_id=by_id, verb="remove-file", subject_kind="reference-file", subject_id=file_id, name=row.name
    )
    transaction.on_commit(lambda: _remove_columns(kind, [file_id]))


def _remove_columns(kind: FileKind, file_ids: Sequence[UUID]) -> None:
    for file_id in file_ids:
        store.path_of(kind=kind, file_id=file_id).unlink(missing_ok=True)
        store.flagged_path_of(kind=kind, file_id=file_id).unlink(missing_ok=True)
        if kind is FileKind.STREETS:
            store.buildings_path_of(file_id=file_id).unlink(missing_ok=True)


def start_import(
    *,
    by_id: UUID,
    kind: FileKind,
    uploaded: Path,
    name: str,
    attribution: str,
    language: str,
    with_addresses: bool = False,
    more: Mapping[str, Any] | None = None,
) -> UUID:
    """Keeps an uploaded file and starts the run that imports it; answers the run's id.

    ``uploaded`` is moved away; ``more`` are further arguments of the run. Raises ``NotFound`` for people who
    may not import.
    """
    access_imports(person_id=by_id)
    moment = now()
    for path in _older(uploads_dir(), moment - UPLOAD_KEPT):
        path.unlink(missing_ok=True)
    kept = uploads_dir() / str(new_id())
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(uploaded, kept)
    arguments: dict[str, Any] = {
        "path": str(kept),
        "name": name,
        "attribution": attribution,
        "imported_by_id": str(by_id),
        "language": language,
        **(more or {}),
    }
    if kind is FileKind.STREETS:
        arguments["with_addresses"] = with_addresses
    with transaction.atomic():
        run_id = runs.start(kind=f"import-{kind}", arguments=arguments, started_by_id=by_id)
        audit.record(
            actor_id=by_id, verb="start-import", subject_kind="run", subject_id=run_id, kind=kind, name=name
        )
    return run_id


def uploads_dir() -> Path:
    """Where uploaded files wait for their import."""
    return Path(settings.STATE_DIR) / "uploads"


@contextmanager
def uploaded_file(path: Path) -> Iterator[Path]:
    """An uploaded file for one import; removed once that ended, kept when it was stopped to go on later."""
    if not path.exists():
        raise UploadGone(_("The uploaded file is no longer there: please upload it again."))
    try:
        yield path
    except Refused:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
