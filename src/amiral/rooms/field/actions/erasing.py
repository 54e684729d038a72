"""Erasing events for good. A tombstone stays: the id, so that a copy still on a phone is not taken again.

What a tombstone keeps says nothing of the door: its device, number and counter, so that the phone's count
stays whole; the digest becomes that of the id. Backups forget in time as docs/personal-data.md says.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.kit.errors import NotFound
from amiral.rooms.field.actions.checking import rewrite_doors
from amiral.rooms.field.actions.judging import lock_doors
from amiral.rooms.field.models import Device, Door, LogConflict, LogEntry

BATCH = 200


def erase_events(*, event_ids: Iterable[UUID], by_id: UUID | None, at: datetime) -> int:
    """Blanks these events and whatever came under their ids; answers how many. Raises ``NotFound`` for an
    unknown id, and erases none then. Erasing twice changes nothing."""
    wanted = sorted(set(event_ids))
    if LogEntry.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound
    return sum(_erase(wanted[i : i + BATCH], by_id, at) for i in range(0, len(wanted), BATCH))


def erase_door(*, door_id: UUID, by_id: UUID | None, at: datetime) -> int:
    """Blanks all that the log has of a door, counted or not. Raises ``NotFound``."""
    events = list(LogEntry.objects.filter(door=door_id, erased_at__isnull=True).values_list("pk", flat=True))
    if not events and not Door.objects.filter(pk=door_id).exists():
        raise NotFound
    return erase_events(event_ids=events, by_id=by_id, at=at)


@transaction.atomic
def _erase(ids: Collection[UUID], by_id: UUID | None, at: datetime) -> int:
    found = LogEntry.objects.filter(pk__in=ids, erased_at__isnull=True)
    devices = set(found.values_list("device", flat=True).order_by())
    list(Device.objects.select_for_update(no_key=True).filter(pk__in=devices).order_by("pk"))
    entries = list(found)
    doors = lock_doors([entry.door for entry in entries if entry.door])
    for entry in entries:
        _blank(entry, at)
        audit.record(actor_id=by_id, verb="erase-event", subject_kind="log-entry", subject_id=entry.pk)
    fields = [*BLANKS, "digest", "erased_at"]
    LogEntry.objects.bulk_update(entries, fields)
    LogConflict.objects.filter(entry__in=[entry.pk for entry in entries]).delete()
    rewrite_doors(door_ids=list(doors), at=at)
    return len(entries)


BLANKS: Mapping[str, object] = {
    "content": "",
    "seal": "",
    "kind": "",
    "door": None,
    "turf": None,
    "point": None,
    "undoes": None,
    "by": None,
    "carrier": None,
}


def _blank(entry: LogEntry, at: datetime) -> None:
    for field, value in BLANKS.items():
        setattr(entry, field, value)
    entry.digest = hashlib.sha256(entry.pk.bytes).hexdigest()
    entry.erased_at = at
