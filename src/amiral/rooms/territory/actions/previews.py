"""A file is looked at before anything of it is written: what was guessed, and what a person corrected."""

import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.kit.readers import (
    AddressReading,
    AddressTable,
    Limits,
    LineProblem,
    Plan,
    UnreadableFile,
    read_addresses,
    read_places,
)
from amiral.kit.readers.addresses import checked_head
from amiral.kit.readers.errors import ADDRESSES_EXPECTED
from amiral.kit.readers.osm import is_extract
from amiral.kit.readers.plan import changed, chosen, guessed
from amiral.rooms.territory.access import (
    INSIDE,
    PENDING_KEPT,
    access_imports,
    access_pending_by_id,
    outside_words,
    share_inside,
)
from amiral.rooms.territory.actions.imports import UploadGone, start_import, understood, uploads_dir
from amiral.rooms.territory.contracts import BadLineCard, FileKind, ImportPreview, PreviewRow
from amiral.rooms.territory.models import PendingImport
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries.flags import place_of, reasons

ROWS_SHOWN = 20
PROBLEMS_SHOWN = 20
DOUBTS_PER_REASON = 5
POINTS_SHOWN = 2_000
LOOKED_AT = 100_000
"""A preview reads so many rows; the import reads all."""
SWAPS = (("lon", "lat"), ("x", "y"))


def keep_for_preview(
    *, by_id: UUID, kind: FileKind, uploaded: Path, name: str, attribution: str, category: str = ""
) -> UUID:
    """Keeps an uploaded file for a day, with what is guessed of it. Moves ``uploaded`` away.

    Raises ``NotFound`` for people who may not import, ``FileRefused`` for what is no table at all.
    """
    access_imports(person_id=by_id)
    moment = now()
    sweep_pending(at=moment)
    plan = first_plan(uploaded)
    pending_id = new_id()
    kept = pending_path(pending_id=pending_id)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(uploaded, kept)
    PendingImport.objects.create(
        id=pending_id,
        kind=kind,
        name=name.strip()[:120],
        attribution=attribution.strip()[:200],
        category=category,
        sent_by_id=by_id,
        plan=plan.as_json() if plan else {},
        created_at=moment,
    )
    return pending_id


def pending_dir() -> Path:
    """Where the waiting files lie."""
    return uploads_dir() / "waiting"


def pending_path(*, pending_id: UUID) -> Path:
    """Where a waiting file lies."""
    return pending_dir() / str(pending_id)


def sweep_pending(*, at: datetime) -> int:
    """Deletes the files that waited a day, and their rows; how many."""
    limit = at - PENDING_KEPT
    gone, _rows = PendingImport.objects.filter(created_at__lte=limit).delete()
    for path in pending_dir().glob("*"):  # those too whose row never came to be
        if path.stat().st_mtime < limit.timestamp():
            path.unlink(missing_ok=True)
    return gone


def first_plan(path: Path) -> Plan | None:
    """The guess by the first bytes; ``None`` for an extract. Raises ``FileRefused``."""
    try:
        head = checked_head(path, Limits())
        return None if is_extract(head) else guessed(head, expected=ADDRESSES_EXPECTED)
    except UnreadableFile as error:
        raise FileRefused(error) from error


def pending_plan(waiting: PendingImport) -> Plan | None:
    """How a waiting file would be read."""
    return Plan.from_json(waiting.plan) if waiting.plan else None


def look(*, person_id: UUID, pending_id: UUID) -> tuple[PendingImport, Plan | None, ImportPreview]:
    """A waiting file as it would be understood: (its row, the plan with what was found out, the preview).

    Raises ``NotFound``, ``UploadGone``; why a file cannot be used so is told in the preview.
    """
    waiting = access_pending_by_id(person_id=person_id, pending_id=pending_id, at=now())
    plan, preview = preview_of(
        path=_there(waiting), kind=FileKind(waiting.kind), plan=pending_plan(waiting), person_id=person_id
    )
    return waiting, plan, preview


def _there(waiting: PendingImport) -> Path:
    path = pending_path(pending_id=waiting.pk)
    if not path.exists():
        raise UploadGone(_("The uploaded file is no longer there: please upload it again."))
    return path


def preview_of(
    *, path: Path, kind: FileKind, plan: Plan | None, person_id: UUID | None
) -> tuple[Plan | None, ImportPreview]:
    """What a file would give, read as ``plan`` says. Writes nothing; never raises ``UnreadableFile``."""
    notes: tuple[str, ...] = ()
    try:
        reading = _read(path, kind, plan)
    except UnreadableFile as error:
        found = _read_swapped(path, kind, plan) if error.code == "swapped_columns" else None
        if found is None:
            return plan, _refused(error)
        reading = found
        notes = (
            _("The two columns of the position seem to be exchanged: they are read the other way round."),
        )
    return reading.plan, _preview(understood(reading), person_id, notes)


def _read(path: Path, kind: FileKind, plan: Plan | None) -> AddressReading:
    read = read_places if kind is FileKind.PLACES else read_addresses
    return read(path, limits=Limits(enough=LOOKED_AT), plan=plan)


def _read_swapped(path: Path, kind: FileKind, plan: Plan | None) -> AddressReading | None:
    """The file with the two columns of the position exchanged, if it can be read so."""
    if plan is None:
        return None
    columns = dict(plan.columns)
    for one, other in SWAPS:
        if one in columns and other in columns:
            columns[one], columns[other] = columns[other], columns[one]
    try:
        return _read(path, kind, chosen(plan, columns=columns, epsg=plan.epsg, decimal=plan.decimal))
    except UnreadableFile:
        return None


def _refused(error: UnreadableFile) -> ImportPreview:
    return ImportPreview(problem=str(FileRefused(error)))


def _preview(reading: AddressReading, person_id: UUID | None, notes: tuple[str, ...]) -> ImportPreview:
    codes = Counter((*reading.rows.communes, *reading.flagged.communes))
    inside = share_inside(person_id=person_id, codes=codes) if person_id else 1.0
    return ImportPreview(
        rows=_first_rows(reading),
        good=len(reading.rows),
        left_out=len(reading.left_out),
        flags=reasons(reading.flags),
        problems=tuple(map(place_of, reading.left_out[:PROBLEMS_SHOWN])),
        doubts=_doubts(reading),
        points=_points(reading.rows),
        doubtful_points=_points(reading.flagged),
        communes=len(set(codes) - {""}),
        inside=inside,
        to_end=reading.read_to_end,
        notes=notes,
        problem="" if inside >= INSIDE else outside_words(inside),
    )


def _doubts(reading: AddressReading) -> tuple[BadLineCard, ...]:
    """A few doubtful positions of each reason."""
    shown: dict[str, list[LineProblem]] = {}
    for flag in reading.flags:
        shown.setdefault(flag.code, []).append(flag)
    few = [flag for flags in shown.values() for flag in flags[:DOUBTS_PER_REASON]]
    return tuple(map(place_of, sorted(few, key=lambda flag: flag.line)))


def _first_rows(reading: AddressReading) -> tuple[PreviewRow, ...]:
    good = [_row(reading.rows, place, "") for place in range(min(ROWS_SHOWN, len(reading.rows)))]
    doubtful = [
        _row(reading.flagged, place, place_of(flag).reason)
        for place, flag in enumerate(reading.flags[:ROWS_SHOWN])
    ]
    return tuple(sorted([*good, *doubtful], key=lambda row: row.line)[:ROWS_SHOWN])


def _row(table: AddressTable, place: int, reason: str) -> PreviewRow:
    return PreviewRow(
        line=int(table.lines[place]),
        number=f"{table.numbers[place] or ''} {table.suffixes[place]}".strip(),
        street=table.streets[place],
        postal_code=table.postcodes[place],
        commune=table.cities[place] or table.communes[place],
        lon=float(table.lon[place]),
        lat=float(table.lat[place]),
        reason=reason,
    )


def _points(table: AddressTable) -> tuple[tuple[float, float], ...]:
    step = max(1, -(-len(table) // POINTS_SHOWN))
    return tuple(zip(table.lon[::step].tolist(), table.lat[::step].tolist(), strict=True))


def correct(*, by_id: UUID, pending_id: UUID, wanted: Mapping[str, Any], shown: Plan | None) -> Plan | None:
    """Changes how a waiting file is read and what is said of it; answers the new plan. Writes no row of it.

    ``shown`` is the plan that the person saw (``None`` for an extract).
    ``wanted``: ``encoding``, ``separator``, ``header``, ``decimal``, ``epsg``, ``columns`` (field to its
    column, ``None`` for none); where the text is cut in another way the columns are guessed again. Also
    ``name``, ``attribution``, ``category``. Raises ``NotFound``, ``Refused``.
    """
    waiting = access_pending_by_id(person_id=by_id, pending_id=pending_id, at=now())
    plan = None if shown is None else _corrected(waiting, shown, wanted)
    waiting.name = str(wanted.get("name") or waiting.name)[:120]
    waiting.attribution = str(wanted.get("attribution", waiting.attribution))[:200]
    waiting.category = str(wanted.get("category", waiting.category))[:30]
    waiting.plan = plan.as_json() if plan else {}
    waiting.save(update_fields=["name", "attribution", "category", "plan"])
    return plan


def _corrected(waiting: PendingImport, before: Plan, wanted: Mapping[str, Any]) -> Plan:
    cut = (wanted["encoding"], wanted["separator"], wanted["header"])
    if cut == (before.encoding, before.separator, before.header):
        return chosen(before, columns=wanted["columns"], epsg=wanted["epsg"], decimal=wanted["decimal"])
    try:
        head = checked_head(_there(waiting), Limits())
        return changed(
            before, head, expected=ADDRESSES_EXPECTED, encoding=cut[0], separator=cut[1], header=cut[2]
        )
    except UnreadableFile as error:
        raise FileRefused(error) from error


def import_pending(*, by_id: UUID, pending_id: UUID, plan: Plan | None, language: str) -> UUID:
    """Starts the import of a waiting file, read as was shown; answers the run's id.

    Raises ``NotFound``; ``UploadGone`` when the file is no longer there.
    """
    waiting = access_pending_by_id(person_id=by_id, pending_id=pending_id, at=now())
    more: dict[str, Any] = {"plan": plan.as_json() if plan else None}
    if waiting.kind == FileKind.PLACES:
        more["category"] = waiting.category
    run_id = start_import(
        by_id=by_id,
        kind=FileKind(waiting.kind),
        uploaded=_there(waiting),
        name=waiting.name,
        attribution=waiting.attribution,
        language=language,
        more=more,
    )
    waiting.delete()
    return run_id


@transaction.atomic
def drop_pending(*, by_id: UUID, pending_id: UUID) -> None:
    """Deletes a waiting file. Raises ``NotFound``."""
    waiting = access_pending_by_id(person_id=by_id, pending_id=pending_id, at=now())
    path = pending_path(pending_id=waiting.pk)
    audit.record(actor_id=by_id, verb="drop-import", subject_kind="pending-import", subject_id=waiting.pk)
    waiting.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
