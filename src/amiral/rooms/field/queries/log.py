"""The field log, read: what others did, what is still on phones, what waits for a person."""

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from amiral.cores.sync import Seen
from amiral.rooms.field.contracts import Ranges
from amiral.rooms.field.models import (
    Assignment,
    Device,
    DeviceKind,
    Door,
    LogConflict,
    LogEntry,
    LogStatus,
)

MOST_NEWS = 200
"""Events told in one answer; the phone asks again for the rest."""


def greatest_lam() -> int:
    """The greatest counter of all events that count. One query."""
    found = LogEntry.objects.filter(status=LogStatus.STORED).aggregate(Max("lam"))["lam__max"]
    return found or 0


class _Numbers:
    """A set of numbers told as ranges in any order, however many; asking takes log n."""

    def __init__(self, ranges: Ranges = ()) -> None:
        self.firsts = list[int]()
        self.lasts = list[int]()
        for first, last in sorted(pair for pair in ranges if pair[0] <= pair[1]):
            if self.lasts and first <= self.lasts[-1]:
                self.lasts[-1] = max(self.lasts[-1], last)
            else:
                self.firsts.append(first)
                self.lasts.append(last)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self.firsts, number) - 1
        return place >= 0 and number <= self.lasts[place]


NOTHING = _Numbers()


def news_for(
    *, device: Device, has: Mapping[str, Ranges], but: Collection[UUID] = ()
) -> tuple[tuple[dict[str, Any], ...], bool]:
    """What others did at the doors of the device's turfs and what it does not have; whether there is more.

    Sealed, as their authors wrote them, in the order of the log; nothing of a turf that the team no longer
    holds. Whether the device is still told anything is asked before (``access.may_device_see``). A fixed
    number of queries.
    """
    sent, knows = set(but), {author: _Numbers(ranges) for author, ranges in has.items()}
    rows = _of_my_turfs(device).exclude(device=device.pk)
    missing = [
        pk
        for pk, author, seq in rows.values_list("pk", "device_id", "seq")
        if pk not in sent and seq not in knows.get(str(author), NOTHING)
    ]
    # Erased since the first look, an event has nothing to tell.
    told = LogEntry.objects.filter(pk__in=missing[:MOST_NEWS], erased_at__isnull=True)
    news = tuple(
        {**json.loads(content), "seal": seal} for content, seal in told.values_list("content", "seal")
    )
    return news, len(missing) > MOST_NEWS


def assignments_of(device: Device) -> "QuerySet[Assignment]":
    """What the device sees and records in: all that its team holds or held, or the one list of its number."""
    held = Assignment.objects.filter(shift__isnull=False, shift=device.shift_id)
    return held.filter(pk=device.only_list) if device.only_list else held


def _of_my_turfs(device: Device) -> "QuerySet[LogEntry]":
    """Events that count, of every door and turf that the device sees now.

    Not of what was taken back or went to another turf: there its own visits still count, but what others do
    there is no longer its business. Two searches by index put together: with OR, PostgreSQL reads the whole
    log.
    """
    turfs = assignments_of(device).filter(ended_at__isnull=True).values("turf")
    stored = LogEntry.objects.filter(status=LogStatus.STORED, erased_at__isnull=True)
    of_each = stored.order_by()
    at_doors = of_each.filter(door__in=Door.objects.filter(turf__in=turfs).values("pk"))
    objections = of_each.filter(turf__in=turfs, point__isnull=False)
    return stored.filter(pk__in=at_doors.values("pk").union(objections.values("pk"), all=True))


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What a phone recorded and nobody has brought yet. ``number``: of the phone in its team."""

    device_id: UUID
    shift_id: UUID | None
    number: int
    missing: int
    seen_at: datetime | None
    is_revoked: bool


def missing_by_device(*, canvass_id: UUID | None = None, shift_id: UUID | None = None) -> tuple[Missing, ...]:
    """Phones with events that have not arrived, of a shift, or of all shifts that have turfs of a canvass."""
    phones = Device.objects.filter(kind=DeviceKind.PHONE)
    if shift_id:
        phones = phones.filter(shift=shift_id)
    if canvass_id:
        held = Assignment.objects.filter(turf__canvass=canvass_id)
        phones = phones.filter(shift__in=held.values("shift"))
    found = (_missing(device) for device in phones.defer("key"))
    return tuple(one for one in found if one.missing)


def _missing(device: Device) -> Missing:
    seen = Seen(ranges=tuple((first, last) for first, last in device.seen), head=device.head)
    return Missing(
        device_id=device.pk,
        shift_id=device.shift_id,
        number=device.number,
        missing=max(0, seen.missing),
        seen_at=device.seen_at,
        is_revoked=device.revoked_at is not None,
    )


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An event in quarantine, or another content under a known id; for a person to decide.

    ``said`` is the event as it came; ``known`` what the log has under the same id, for a conflict.
    """

    id: UUID
    event_id: UUID
    why: str
    device_id: UUID
    device_number: int
    shift_id: UUID | None
    door_id: UUID | None
    received_at: datetime
    said: dict[str, Any]
    known: dict[str, Any] | None = None


def quarantined(
    *, canvass_id: UUID | None = None, shift_ids: Iterable[UUID] | None = None
) -> tuple[Waiting, ...]:
    """Events in quarantine, oldest first. One query."""
    rows = LogEntry.objects.filter(status=LogStatus.QUARANTINED, erased_at__isnull=True)
    rows = rows.filter(_of("device__shift", canvass_id, shift_ids)).select_related("device")
    return tuple(
        Waiting(
            id=row.pk,
            event_id=row.pk,
            why=row.why,
            device_id=row.device_id,
            device_number=row.device.number,
            shift_id=row.device.shift_id,
            door_id=row.door,
            received_at=row.received_at,
            said=json.loads(row.content),
        )
        for row in rows.order_by("received_at", "pk")
    )


def conflicts(
    *, canvass_id: UUID | None = None, shift_ids: Iterable[UUID] | None = None
) -> tuple[Waiting, ...]:
    """Other contents under known ids that nobody has looked at, oldest first. One query."""
    rows = LogConflict.objects.filter(settled_at__isnull=True).exclude(content="")
    rows = rows.filter(_of("device__shift", canvass_id, shift_ids)).select_related("device", "entry")
    return tuple(
        Waiting(
            id=row.pk,
            event_id=row.entry_id,
            why="same-id",
            device_id=row.device_id,
            device_number=row.device.number,
            shift_id=row.device.shift_id,
            door_id=row.entry.door,
            received_at=row.received_at,
            said=json.loads(row.content),
            known=json.loads(row.entry.content) if row.entry.content else None,
        )
        for row in rows.order_by("received_at", "pk")
    )


def _of(path: str, canvass_id: UUID | None, shift_ids: Iterable[UUID] | None) -> Q:
    wanted = Q()
    if canvass_id:
        held = Assignment.objects.filter(turf__canvass=canvass_id).values("shift")
        wanted &= Q(**{f"{path}__in": held})
    if shift_ids is not None:
        wanted &= Q(**{f"{path}__in": list(shift_ids)})
    return wanted


def objections(*, turf_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """How often each talking point met an objection, by turf and point. One query."""
    rows = LogEntry.objects.filter(
        turf__in=list(turf_ids), point__isnull=False, status=LogStatus.STORED, erased_at__isnull=True
    ).order_by()
    counted = rows.values_list("turf", "point").annotate(n=Count("pk"))
    return {(turf, point): n for turf, point, n in counted if turf and point}
