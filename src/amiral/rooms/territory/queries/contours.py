"""Reads of contours: where points lie, what a map draws, what a file holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db.models import F, QuerySet

from amiral.cores.geography import AreaIndex, area_index
from amiral.kit import runs
from amiral.kit.columnar import Unknown
from amiral.kit.errors import NotFound
from amiral.kit.readers.contour_errors import ContourFlaw
from amiral.rooms.territory import contour_store as columns
from amiral.rooms.territory.access import access_imports
from amiral.rooms.territory.contour_store import ContourColumns
from amiral.rooms.territory.contour_words import flaw_sentence
from amiral.rooms.territory.contracts import (
    Bounds,
    ContourFileCard,
    Floats,
    Ints,
    Located,
    TerritoryKind,
)
from amiral.rooms.territory.models import BadLine, ContourFile, ReferenceFile, Territory

TRIES = 3
"""How often a read begins again when a file was replaced between the row and its columns."""

PARTS_DRAWN: dict[str, tuple[str, ...]] = {
    TerritoryKind.COUNTRY: (TerritoryKind.REGION, TerritoryKind.DEPARTEMENT),
    TerritoryKind.REGION: (TerritoryKind.DEPARTEMENT,),
    TerritoryKind.DEPARTEMENT: (TerritoryKind.COMMUNE,),
    TerritoryKind.EPCI: (TerritoryKind.COMMUNE,),
    TerritoryKind.CANTON: (TerritoryKind.COMMUNE, TerritoryKind.BUREAU_DE_VOTE),
    TerritoryKind.CIRCONSCRIPTION: (TerritoryKind.COMMUNE, TerritoryKind.BUREAU_DE_VOTE),
    TerritoryKind.ARRONDISSEMENT: (TerritoryKind.COMMUNE,),
    TerritoryKind.COMMUNE: (TerritoryKind.ARRONDISSEMENT_MUNICIPAL, TerritoryKind.BUREAU_DE_VOTE),
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL: (TerritoryKind.BUREAU_DE_VOTE,),
}
"""Which parts a map of a territory shows: the first kind that has contours."""


@dataclass(frozen=True, kw_only=True)
class DrawnPart:
    """A part of a territory as a map draws it."""

    territory_id: str
    name: str
    geometry: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The outline of a territory, ``None`` where no file has it, and its parts; and who is to be named."""

    outline: dict[str, Any] | None
    parts: tuple[DrawnPart, ...]
    attribution: str


@dataclass(frozen=True)
class _Index:
    files: tuple[UUID, ...]
    index: AreaIndex
    territory_ids: tuple[str, ...]
    territory_of_row: Ints


_indices: dict[TerritoryKind, _Index] = {}
_building = Lock()


def locate(*, lon: Floats, lat: Floats, kind: TerritoryKind, on: date | None = None) -> Located:
    """The territory of that kind that holds each point, by the contours in use; exact, borders included.

    Where several do, the newest contours answer (by ``valid_from``, then by import), and within a file the
    first. ``on``: only contours that held on that day or say nothing of it. The index is built at the first
    call after an import (about 2 s for all of France) and kept in memory; a million points take a tenth of a
    second. One query.
    """
    for _attempt in range(TRIES - 1):
        try:
            found = _index(kind, on)
            break
        except Unknown:
            continue
    else:
        found = _index(kind, on)
    rows = found.index.locate(lon, lat)
    known = rows >= 0
    places = np.full(len(rows), -1, dtype=np.int64)
    places[known] = found.territory_of_row[rows[known]]
    return Located(territory_ids=found.territory_ids, index=places)


def _index(kind: TerritoryKind, on: date | None) -> _Index:
    files = _files_of(kind, on)
    kept = _indices.get(kind)
    if kept is not None and kept.files == files:
        return kept
    with _building:  # two requests at once need not build it twice
        kept = _indices.get(kind)
        if kept is not None and kept.files == files:
            return kept
        made = _built(files)
        if on is None:
            _indices[kind] = made
    return made


def _built(files: tuple[UUID, ...]) -> _Index:
    contours = columns.joined([columns.read_contours_of(path=columns.contours_path(one)) for one in files])
    ids = tuple(dict.fromkeys(contours.territory_ids))
    place = {territory_id: at for at, territory_id in enumerate(ids)}
    of_row = np.array([place[one] for one in contours.territory_ids], dtype=np.int64)
    return _Index(files, area_index(contours.areas), ids, of_row)


def _live(kinds: Iterable[str]) -> QuerySet[ContourFile]:
    """Live files of contours, those to be believed first."""
    return ContourFile.objects.filter(
        territory_kind__in=list(kinds), file__state=ReferenceFile.State.LIVE
    ).order_by(F("valid_from").desc(nulls_last=True), "-file__created_at", "-file_id")


def _files_of(kind: TerritoryKind, on: date | None) -> tuple[UUID, ...]:
    rows = _live([kind]).values_list("file_id", "valid_from")
    return tuple(file_id for file_id, begins in rows if on is None or begins is None or begins <= on)


def has_contours(*, kind: TerritoryKind) -> bool:
    """Whether any file of that kind is in use. One query."""
    return _live([kind]).exists()


def contours(*, territory_ids: Iterable[str], detailed: bool = False) -> dict[str, dict[str, Any]]:
    """GeoJSON geometries in degrees by territory id; those without contours are left out. One query.

    Simplified for a map (neighbours keep their common border) unless ``detailed``.
    """
    ids, areas = areas_of(territory_ids=territory_ids, sketch=not detailed)
    return {one: geometry_of(area) for one, area in zip(ids, areas, strict=True)}


def areas_of(*, territory_ids: Iterable[str], sketch: bool = False) -> tuple[tuple[str, ...], columns.Areas]:
    """(ids that have contours, their areas): of each territory those of the newest file that has it."""
    wanted = dict.fromkeys(territory_ids)
    kinds = {one.partition(":")[0] for one in wanted}
    found: dict[str, Any] = {}
    for row in _live(kinds):
        missing = [one for one in wanted if one not in found and one.startswith(f"{row.territory_kind}:")]
        if missing:
            found |= _areas(row.pk, missing, sketch)
    known = [one for one in wanted if one in found]
    areas = np.empty(len(known), dtype=object)
    for at, one in enumerate(known):
        areas[at] = found[one]
    return tuple(known), areas


def _areas(file_id: UUID, territory_ids: Sequence[str], sketch: bool) -> dict[str, Any]:
    try:
        path = columns.contours_path(file_id)
        part = columns.read_contours_of(path=path, territory_ids=territory_ids, sketch=sketch)
    except Unknown:  # replaced between the two lines: a map does without
        return {}
    return dict(zip(*columns.by_territory(part), strict=True))


def all_areas(*, kind: TerritoryKind) -> tuple[tuple[str, ...], columns.Areas]:
    """(ids, areas) of everything of a kind that has contours, each by the newest file that has it."""
    seen: set[str] = set()
    kept: list[ContourColumns] = []
    for row in _live([kind]):
        whole = columns.read_contours_of(path=columns.contours_path(row.pk))
        fresh = [at for at, one in enumerate(whole.territory_ids) if one not in seen]
        kept.append(
            ContourColumns(
                territory_ids=tuple(whole.territory_ids[at] for at in fresh),
                codes=tuple(whole.codes[at] for at in fresh),
                names=tuple(whole.names[at] for at in fresh),
                areas=whole.areas[fresh],
            )
        )
        seen.update(whole.territory_ids)
    return columns.by_territory(columns.joined(kept))


def geometry_of(area: Any) -> dict[str, Any]:
    """A GeoJSON geometry with six decimals, a tenth of a metre."""
    rounded = shapely.transform(area, lambda places: np.round(places, 6))
    return dict(shapely.geometry.mapping(rounded))


def drawn(*, territory_id: str) -> Drawn | None:
    """What a map of a territory shows: its outline and its parts; ``None`` without any contour.

    At most five queries, whatever the number of parts.
    """
    kind = territory_id.partition(":")[0]
    outline = contours(territory_ids=[territory_id]).get(territory_id)
    parts: tuple[DrawnPart, ...] = ()
    for part_kind in PARTS_DRAWN.get(kind, ()):
        parts = parts or _parts(territory_id, part_kind)
    if outline is None and not parts:
        return None
    return Drawn(outline=outline, parts=parts, attribution=_attribution({kind, *PARTS_DRAWN.get(kind, ())}))


def _parts(territory_id: str, kind: str) -> tuple[DrawnPart, ...]:
    below = Territory.objects.filter(
        ancestor_links__ancestor_id=territory_id, kind=kind, retired_at=None
    ).order_by("search_name", "id")
    names = dict(below.values_list("id", "name"))
    shapes = contours(territory_ids=names) if names else {}
    return tuple(
        DrawnPart(territory_id=one, name=name, geometry=shapes[one])
        for one, name in names.items()
        if one in shapes
    )


def _attribution(kinds: set[str]) -> str:
    rows = _live(kinds).values_list("file__attribution", flat=True)
    return " · ".join(dict.fromkeys(one for one in rows if one))


def contour_files() -> tuple[ContourFileCard, ...]:
    """The live files of contours, by kind and name. One query."""
    rows = ContourFile.objects.filter(file__state=ReferenceFile.State.LIVE).select_related("file")
    return tuple(map(contour_card, rows.order_by("territory_kind", "file__name")))


def contour_file(*, file_id: UUID) -> ContourFileCard:
    """One file; the caller has checked the right to see it. One query."""
    return contour_card(ContourFile.objects.select_related("file").get(pk=file_id))


def contour_card(row: ContourFile) -> ContourFileCard:
    """A row as it may cross the door."""
    file = row.file
    box: Bounds | None = None
    if file.west is not None:
        box = (file.west, file.south or 0.0, file.east or 0.0, file.north or 0.0)
    return ContourFileCard(
        id=file.pk,
        name=file.name,
        kind=TerritoryKind(row.territory_kind),
        valid_from=row.valid_from,
        rows=file.rows,
        warnings=file.bad_rows,
        bounds=box,
        attribution=file.attribution,
        created_at=file.created_at,
    )


def rows_of_file(*, file_id: UUID) -> tuple[DrawnPart, ...]:
    """What a file draws, in its order, simplified."""
    return _drawing(columns.contours_path(file_id))


def _drawing(path: Path) -> tuple[DrawnPart, ...]:
    try:
        part = columns.read_contours_of(path=path, sketch=True)
    except Unknown:
        return ()
    return tuple(
        DrawnPart(territory_id=one, name=name or code, geometry=geometry_of(area))
        for one, name, code, area in zip(part.territory_ids, part.names, part.codes, part.areas, strict=True)
    )


def access_contour_check(*, person_id: UUID | None, run_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """(arguments, what was found) of a run that looked into a file; ``NotFound`` but for who started it."""
    access_imports(person_id=person_id)
    run = runs.run_by_id(run_id=run_id)
    if run.kind != "check-contours" or run.started_by_id != person_id or "preview" not in run.result:
        raise NotFound
    return dict(run.arguments), dict(run.result["preview"])


def drawing(*, path: Path) -> tuple[DrawnPart, ...]:
    """What a checked file would draw."""
    return _drawing(path)


def notes_of_file(*, file_id: UUID) -> QuerySet[BadLine]:
    """What was said of a file when it was imported; for a paginator, with ``note_of``."""
    return BadLine.objects.filter(file_id=file_id)


def note_of(row: BadLine) -> str:
    """A note in the language of the reader."""
    flaw = ContourFlaw(feature=row.line_number, code=row.code, params=row.params, label=row.object_id)
    return flaw_sentence(flaw)
