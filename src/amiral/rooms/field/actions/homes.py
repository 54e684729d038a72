"""What is behind the doors: homes, floors and lifts for the planner, and what teams count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.walk import Origin
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.actions.judging import lock_doors
from amiral.rooms.field.models import Device, Door, DwellingCount
from amiral.rooms.field.queries.log import assignments_of
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import AddressColumns, Ints

MOST_DWELLINGS = 2_000
"""Of one address: the largest buildings of France have fewer behind one number."""
AT_ONCE = 500
"""Ids in one query: a database takes no more than a thousand."""


class BadCount(Refused):
    """No number of homes."""

    def __init__(self) -> None:
        super().__init__(
            _("Give the number of dwellings as a whole number between 1 and %(most)d.")
            % {"most": MOST_DWELLINGS}
        )


def with_homes(*, addresses: AddressColumns, address_file_name: str) -> AddressColumns:
    """The addresses with their homes, floors and lifts.

    What a team counted outranks what the file tells, which outranks the estimate from the buildings of the
    streets' extracts.
    """
    counted = _counted(addresses.ids, address_file_name)
    homes = territory.homes_of(addresses=addresses).corrected(counted)
    return replace(
        addresses, dwellings=homes.dwellings, floors=homes.floors, lift=homes.lift, origins=homes.origins
    )


def _counted(ids: Sequence[str], address_file_name: str) -> Ints:
    known: dict[str, int] = {}
    counts = DwellingCount.objects.filter(address_file_name=address_file_name)
    if counts.exists():
        for begin in range(0, len(ids), AT_ONCE):
            some = counts.filter(address_id__in=ids[begin : begin + AT_ONCE])
            known.update(some.values_list("address_id", "dwellings"))
    return np.array([known.get(id_, 0) for id_ in ids], dtype=np.int64)


@transaction.atomic
def count_dwellings(*, by_id: UUID, assignment_id: UUID, door_id: UUID, dwellings: int, at: datetime) -> None:
    """What the team counted at a door of its walk: kept by address, and shown from now on.

    The turf stays as it is; the next plan counts with it. Raises ``NotFound``, ``BadCount``.
    """
    assignment = access_assignment_by_id(person_id=by_id, assignment_id=assignment_id, at=at)
    door = Door.objects.filter(pk=door_id, turf=assignment.turf_id, leg__isnull=True).first()
    if door is None:
        raise NotFound
    if not 1 <= dwellings <= MOST_DWELLINGS:
        raise BadCount
    _count(door, assignment.turf.canvass.address_file_name, dwellings, at)


@transaction.atomic
def count_from_phone(*, device: Device, counts: Mapping[UUID, int], at: datetime) -> int:
    """The same of doors whose floors and dwellings were entered on a phone: of those that its team holds or
    held. Anything else is passed over; answers how many were taken. Four queries, and four for each."""
    if device.revoked_at is not None:
        return 0
    turfs = assignments_of(device).values("turf")
    doors = Door.objects.filter(pk__in=counts, turf__in=turfs, leg__isnull=True).order_by("pk")
    taken = 0
    for door in doors.select_related("turf__canvass").defer("turf__walk", "turf__canvass__report"):
        is_news = door.dwellings != counts[door.pk] or door.origin != Origin.CORRECTED
        if is_news and 1 <= counts[door.pk] <= MOST_DWELLINGS:
            _count(door, door.turf.canvass.address_file_name, counts[door.pk], at)
            taken += 1
    return taken


def _count(door: Door, file_name: str, dwellings: int, at: datetime) -> None:
    same = Door.objects.filter(address_id=door.address_id, turf__canvass__address_file_name=file_name)
    same = same.filter(leg__isnull=True)
    lock_doors(same.values_list("pk", flat=True))  # of every canvass of the address, as phones lock them
    DwellingCount.objects.update_or_create(
        address_file_name=file_name,
        address_id=door.address_id,
        defaults={"dwellings": dwellings, "counted_at": at},
    )
    same.update(dwellings=dwellings, origin=Origin.CORRECTED)
