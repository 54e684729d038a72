"""Contours as columns on the disk: exact ones to locate by, simplified ones for maps.

Kept beside the common files because it is the only place that knows these columns, as ``store`` knows those
of addresses and streets.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from django.conf import settings

from amiral.cores.geography import simplified, surfaces
from amiral.kit.columnar import EMBEDDED, Batch, Condition, In, Schema, Type, Unknown
from amiral.rooms.territory.contracts import FileKind, Floats

Areas = npt.NDArray[Any]
"""Shapely polygons and multipolygons, dtype object."""

ROWS_PER_BATCH = 2_000

CONTOUR_SCHEMA: Schema = {
    "territory_id": Type.TEXT,
    "code": Type.TEXT,
    "name": Type.TEXT,
    "square_metres": Type.FLOAT,
    "west": Type.FLOAT,
    "south": Type.FLOAT,
    "east": Type.FLOAT,
    "north": Type.FLOAT,
    "shape": Type.BYTES,
    "sketch": Type.BYTES,
}


@dataclass(frozen=True, kw_only=True)
class ContourColumns:
    """Contours by columns of one length. Several rows of one territory are its parts (merged communes)."""

    territory_ids: tuple[str, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    areas: Areas

    def __len__(self) -> int:
        return len(self.territory_ids)


def contours_path(file_id: UUID) -> Path:
    """Where the contours of a file lie."""
    return contours_folder() / f"{file_id}.parquet"


def contours_folder() -> Path:
    """Where all files of contours lie."""
    return Path(settings.REFERENCE_DIR) / FileKind.CONTOURS


def write_contours(*, path: Path, contours: ContourColumns) -> int:
    """Writes contours in their order, which decides whose a common border is."""
    return EMBEDDED.write(path=path, schema=CONTOUR_SCHEMA, batches=_batches(contours))


def _batches(contours: ContourColumns) -> Iterator[Batch]:
    sketches = simplified(contours.areas)
    sizes, box = surfaces(contours.areas), shapely.bounds(contours.areas)
    for start in range(0, len(contours), ROWS_PER_BATCH):
        part = slice(start, start + ROWS_PER_BATCH)
        west, south, east, north = box[part].T
        yield {
            "territory_id": contours.territory_ids[part],
            "code": contours.codes[part],
            "name": contours.names[part],
            "square_metres": sizes[part],
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "shape": shapely.to_wkb(contours.areas[part]).tolist(),
            "sketch": shapely.to_wkb(sketches[part]).tolist(),
        }


def read_contours_of(
    *, path: Path, territory_ids: Sequence[str] | None = None, sketch: bool = False
) -> ContourColumns:
    """The contours of a file, of some territories or of all; exact, or simplified for maps.

    Raises ``Unknown`` once the file was replaced.
    """
    where: list[Condition] = []
    if territory_ids is not None:
        where.append(In(column="territory_id", values=tuple(territory_ids)))
    shape = "sketch" if sketch else "shape"
    rows = EMBEDDED.read(path=path, columns=["territory_id", "code", "name", shape], where=where)
    return ContourColumns(
        territory_ids=rows.text("territory_id"),
        codes=rows.text("code"),
        names=rows.text("name"),
        areas=np.array(shapely.from_wkb(list(rows.bytes(shape))), dtype=object),
    )


def read_sizes(*, path: Path, territory_ids: Iterable[str]) -> Floats:
    """Square metres of the rows of some territories."""
    where = [In(column="territory_id", values=tuple(territory_ids))]
    return EMBEDDED.read(path=path, columns=["square_metres"], where=where).floats("square_metres")


def joined(contours: Sequence[ContourColumns]) -> ContourColumns:
    """All of several, one after the other."""
    empty = np.zeros(0, dtype=object)
    return ContourColumns(
        territory_ids=tuple(one for part in contours for one in part.territory_ids),
        codes=tuple(one for part in contours for one in part.codes),
        names=tuple(one for part in contours for one in part.names),
        areas=np.concatenate([empty, *(part.areas for part in contours)]),
    )


def by_territory(contours: ContourColumns) -> tuple[tuple[str, ...], Areas]:
    """(ids, one area each), the parts of a territory joined, in order of first sight."""
    members: dict[str, list[int]] = {}
    for place, territory_id in enumerate(contours.territory_ids):
        members.setdefault(territory_id, []).append(place)
    areas = np.empty(len(members), dtype=object)
    for at, places in enumerate(members.values()):
        one = len(places) == 1
        areas[at] = contours.areas[places[0]] if one else shapely.union_all(contours.areas[places])
    return tuple(members), areas


__all__ = [
    "ContourColumns",
    "Unknown",
    "by_territory",
    "contours_folder",
    "contours_path",
    "joined",
    "read_contours_of",
    "read_sizes",
    "write_contours",
]
