"""The visits recorded before there was a log become its first events, in the order in which they arrived.

Each goes to the PAGE device of the shift that held the turf then. The form of an event is written out here, as
version 1 of the protocol has it, so that this step stays what it is whatever becomes of the program.
"""

import hashlib
import hmac
import json
import secrets
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import migrations

BATCH = 1000
WISH_LASTS = timedelta(days=730)


def write_log(apps: Any, schema_editor: Any) -> None:
    """Every visit as an event; what another one of the same door corrects no longer is a visit."""
    Visit, LogEntry = apps.get_model("field", "Visit"), apps.get_model("field", "LogEntry")
    if LogEntry.objects.exists():
        return
    devices = Devices(apps)
    for start, rows in _batches(Visit):
        entries = []
        for lam, visit in enumerate(rows, start=start + 1):
            device = devices.of(visit.door.turf_id, visit.received_at)
            device.head += 1
            entries.append(_entry(LogEntry, visit, device, lam))
            visit.lam, visit.device_id, visit.seq = lam, device.pk, device.head
            visit.at = visit.at.replace(microsecond=visit.at.microsecond // 1000 * 1000)  # as events have it
        LogEntry.objects.bulk_create(entries)
        Visit.objects.bulk_update(rows, ["at", "lam", "device_id", "seq"], batch_size=200)
    devices.save()
    _drop_corrected(Visit)
    _settle_wishes(Visit, apps.get_model("field", "AddressWish"))


def _batches(Visit: Any) -> Iterator[tuple[int, list[Any]]]:
    pks = list(Visit.objects.order_by("received_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        share = pks[start : start + BATCH]
        found = Visit.objects.select_related("door").in_bulk(share)
        yield start, [found[pk] for pk in share]


class Devices:
    """The PAGE device of each shift, made when it is first needed."""

    def __init__(self, apps: Any) -> None:
        self.Device = apps.get_model("field", "Device")
        self.made: dict[UUID | None, Any] = {}
        self.shifts: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
        rows = apps.get_model("field", "Assignment").objects.order_by("created_at", "pk")
        for turf, at, shift in rows.values_list("turf_id", "created_at", "shift_id"):
            self.shifts[turf].append((at, shift))

    def of(self, turf: UUID, at: datetime) -> Any:
        """That of the shift which held the turf last before ``at``; of none where nobody knows."""
        held = self.shifts.get(turf, [])
        place = bisect_right([since for since, _shift in held], at) - 1
        shift = held[max(0, place)][1] if held else None
        if shift not in self.made:
            self.made[shift] = self.Device.objects.create(
                shift_id=shift, kind="page", key=secrets.token_bytes(32), enrolled_at=at
            )
        return self.made[shift]

    def save(self) -> None:
        for device in self.made.values():
            device.seen = [[1, device.head]]
            device.save()


def _entry(LogEntry: Any, visit: Any, device: Any, lam: int) -> Any:
    said = {
        "v": 1,
        "id": str(visit.pk),
        "device": str(device.pk),
        "seq": device.head,
        "lam": lam,
        "at": visit.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "form": 1,
        "kind": "visit",
        "door": str(visit.door_id),
        "outcome": visit.outcome,
    }
    if visit.supersedes_id:
        said["replaces"] = str(visit.supersedes_id)
    content = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return LogEntry(
        id=visit.pk,
        device=device,
        seq=device.head,
        lam=lam,
        kind="visit",
        door=visit.door_id,
        undoes=visit.supersedes_id,
        content=content,
        seal=hmac.new(bytes(device.key), content.encode(), hashlib.sha256).hexdigest(),
        digest=hashlib.sha256(content.encode()).hexdigest(),
        by_id=visit.by_id,
        received_at=visit.received_at,
    )


def _drop_corrected(Visit: Any) -> None:
    pairs = Visit.objects.filter(supersedes_id__isnull=False).values_list("supersedes_id", "door_id")
    doors = dict(
        Visit.objects.filter(pk__in=Visit.objects.values("supersedes_id")).values_list("pk", "door_id")
    )
    gone = [old for old, door in pairs if doors.get(old) == door]
    for start in range(0, len(gone), 500):
        Visit.objects.filter(pk__in=gone[start : start + 500]).delete()


def _settle_wishes(Visit: Any, AddressWish: Any) -> None:
    """Correcting the latest of two visits that heard a wish took it away: the other one still says it."""
    heard: dict[tuple[str, str], list[Any]] = defaultdict(list)
    visits = Visit.objects.filter(outcome="do-not-come-back", door__leg__isnull=True).order_by(
        "received_at", "pk"
    )
    for visit in visits.select_related("door__turf__canvass").defer("door__turf__walk"):
        heard[visit.door.turf.canvass.address_file_name, visit.door.address_id].append(visit)
    for (name, address), said in heard.items():
        AddressWish.objects.get_or_create(
            address_file_name=name,
            address_id=address,
            defaults={
                "since": said[0].received_at,
                "until": said[-1].received_at + WISH_LASTS,
                "visit_id": said[-1].pk,
            },
        )


class Migration(migrations.Migration):
    dependencies = [
        ("field", "0009_log"),
    ]

    operations = [
        migrations.RunPython(write_log, migrations.RunPython.noop),
    ]
