"""What a new canvass may be about: groups, address files, communes of a file, boxes that hold a quarter."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amiral.kit.contracts import Link
from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import MOST_ADDRESSES, Bounds
from amiral.rooms.field.queries.covering import commune_names
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import AddressColumns, FileKind, ReferenceFileCard

BOXES_FROM = 200
"""Addresses below which cutting a file into boxes helps nobody."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A quarter of a file: a rectangle with its number of addresses."""

    label: str | Promise
    bounds: Bounds
    addresses: int

    @property
    def text(self) -> str:
        """As the form takes it."""
        return ",".join(f"{number:.5f}" for number in self.bounds)


@dataclass(frozen=True, kw_only=True)
class CommuneChoice:
    """A commune met in a file."""

    code: str
    name: str
    addresses: int


@dataclass(frozen=True, kw_only=True)
class FileChoices:
    """A file and what one may take of it. ``boxes`` is empty where communes are the better choice."""

    file: ReferenceFileCard
    communes: tuple[CommuneChoice, ...]
    boxes: tuple[Box, ...]


def managed_groups(*, person_id: UUID) -> tuple[GroupCard, ...]:
    """The groups whose field the person manages."""
    return network.groups_led(person_id=person_id, feature=Feature.MANAGE_FIELD)


def links_for_file(*, file_id: UUID, kind: str, person_id: UUID | None) -> list[Link]:
    """What those who manage the field may do with an imported file; nothing for others."""
    if kind != FileKind.ADDRESSES or person_id is None or not managed_groups(person_id=person_id):
        return []
    url = f"{reverse('field:new_canvass')}?fichier={file_id}"
    return [Link(title=gettext("Plan a canvass on these addresses"), url=url)]


def address_files() -> tuple[ReferenceFileCard, ...]:
    """The live address files; one query."""
    return territory.reference_files(kind=FileKind.ADDRESSES)


def file_choices(*, files: Iterable[ReferenceFileCard], file_id: UUID) -> FileChoices:
    """The communes and boxes of one of the files. Raises ``NotFound``."""
    for file in files:
        if file.id == file_id:
            return FileChoices(file=file, communes=_communes(file), boxes=_boxes(file))
    raise NotFound


def _communes(file: ReferenceFileCard) -> tuple[CommuneChoice, ...]:
    names = commune_names(code for code in file.commune_codes if code)
    choices = [
        CommuneChoice(code=code, name=names[code], addresses=rows)
        for code, rows in file.commune_codes.items()
        if code
    ]
    return tuple(sorted(choices, key=lambda choice: choice.name))


def _boxes(file: ReferenceFileCard) -> tuple[Box, ...]:
    """Four quarters of about as many addresses each; the file is read, about 20 ms for 10,000 addresses."""
    if not BOXES_FROM <= file.rows <= MOST_ADDRESSES:
        return ()
    points = _points(territory.addresses(file_id=file.id))
    if len(points) < BOXES_FROM:
        return ()
    west, east = _halves(points, axis=0)
    (south_west, north_west), (south_east, north_east) = _halves(west, axis=1), _halves(east, axis=1)
    return (
        _box(_("North-west"), north_west),
        _box(_("North-east"), north_east),
        _box(_("South-west"), south_west),
        _box(_("South-east"), south_east),
    )


def _points(addresses: AddressColumns) -> Points:
    points = np.column_stack([addresses.lon, addresses.lat])
    known: Points = points[np.isfinite(points).all(axis=1)]
    return known


def _halves(points: Points, *, axis: int) -> tuple[Points, Points]:
    ordered = points[np.argsort(points[:, axis], kind="stable")]
    return ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]


def _box(label: str | Promise, points: Points) -> Box:
    # A little wider than its addresses, because the bounds go through five decimals of text.
    margin = 0.00001
    west, south = points.min(axis=0) - margin
    east, north = points.max(axis=0) + margin
    return Box(
        label=label, bounds=(float(west), float(south), float(east), float(north)), addresses=len(points)
    )
