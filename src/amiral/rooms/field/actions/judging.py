"""What becomes of each event of a request: the core's rules, asked of what the tables hold.

A fixed number of queries for a request, whatever the number of its events.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from amiral.cores.sync import Answer, Event, Kind, Known, Objection, Status, Visit, Why, judge, seal_of
from amiral.rooms.field.contracts import SIDE_OUTCOMES
from amiral.rooms.field.models import Assignment, Device, Door, LogConflict, LogEntry, LogStatus
from amiral.rooms.field.queries import log
from amiral.rooms.talking_points import api as talking_points


@dataclass(kw_only=True)
class Sent:
    """An item of a request. ``event`` is None for one of a later version; ``answer`` is there from the
    beginning for what cannot be read."""

    name: str
    id: UUID | None = None
    device: UUID | None = None
    seq: int = 0
    event: Event | None = None
    content: bytes = b""
    seal: str = ""
    answer: Answer | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def is_sealed(self, key: bytes) -> bool:
        made = seal_of(self.content, key)
        return hmac.compare_digest(made.encode(), self.seal.encode(errors="replace"))


@dataclass(kw_only=True)
class Verdict:
    """Answers by name, and what is to be written. ``lam``: the greatest counter known afterwards."""

    lam: int
    answers: dict[str, Answer] = field(default_factory=dict)
    entries: dict[UUID, LogEntry] = field(default_factory=dict)
    events: dict[UUID, Event] = field(default_factory=dict)
    conflicts: list[LogConflict] = field(default_factory=list)
    names: dict[UUID, str] = field(default_factory=dict)

    def stored(self) -> list[tuple[Event, datetime]]:
        """The events that count from now on, and when they arrived."""
        return [
            (self.events[pk], entry.received_at)
            for pk, entry in self.entries.items()
            if entry.status == LogStatus.STORED
        ]

    def numbers(self) -> dict[UUID, list[int]]:
        """The numbers that are new, by device."""
        found: dict[UUID, list[int]] = defaultdict(list)
        for entry in self.entries.values():
            found[entry.device_id].append(entry.seq)
        return dict(found)

    def overtaken(self, id_: UUID) -> None:
        """Another device's event of this id was there first."""
        entry = self.entries.pop(id_)
        self.conflicts.append(conflict_of(entry))
        self.answers[self.names[id_]] = Answer(status=Status.CONFLICT, why=Why.SAME_ID)


def conflict_of(entry: LogEntry) -> LogConflict:
    """The same content, to be kept beside the event that has its id."""
    return LogConflict(
        entry_id=entry.pk,
        device_id=entry.device_id,
        content=entry.content,
        seal=entry.seal,
        digest=entry.digest,
        received_at=entry.received_at,
    )


@dataclass(kw_only=True)
class _Tables:
    """What is known before the request."""

    same_id: dict[UUID, tuple[str, bool]]
    numbers: set[tuple[UUID, int]]
    places: "Places"


@dataclass(kw_only=True)
class Places:
    """Where each device may record: turfs that its team held or holds, and doors that went elsewhere since;
    of one that came in by a list number those of that list."""

    turfs: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    moved: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    doors: dict[UUID, Door] = field(default_factory=dict)
    points: set[UUID] = field(default_factory=set)

    def allow(self, event: Event) -> bool:
        """Whether the door is, or ever was, one of its device's; a side of a street has three outcomes."""
        if isinstance(event.body, Objection):
            return event.body.turf in self.turfs[event.device]
        door = self.doors.get(event.body.door)
        if door is None:
            return False
        if isinstance(event.body, Visit) and door.leg is not None and event.body.outcome not in SIDE_OUTCOMES:
            return False
        return door.turf_id in self.turfs[event.device] or door.pk in self.moved[event.device]

    def has_point(self, event: Event) -> bool:
        """Whether what was objected to exists; nothing was objected to by any other event."""
        return not isinstance(event.body, Objection) or event.body.point in self.points


def judge_all(
    *,
    sent: Sequence[Sent],
    devices: Mapping[UUID, Device],
    carrier: Device,
    at: datetime,
    by_id: UUID | None = None,
) -> Verdict:
    """The verdict; ``devices`` are locked. ``by_id``: who recorded it, for events of the server itself."""
    verdict = Verdict(lam=log.greatest_lam())
    known = _known(sent, devices)
    for one in sent:
        answer = one.answer or _doubt(one, devices, carrier) or _judged(one, devices, known, verdict)
        verdict.answers[one.name] = answer
        if answer.status in (Status.STORED, Status.QUARANTINED):
            entry = _entry(one, answer, devices, carrier, at, by_id)
            _add(one, entry, known, verdict)
        elif answer.status is Status.CONFLICT:
            verdict.conflicts.append(conflict_of(_entry(one, answer, devices, carrier, at, by_id)))
    return verdict


def _doubt(one: Sent, devices: Mapping[UUID, Device], carrier: Device) -> Answer | None:
    """An event of a later version may be sealed in another way: its author's own token vouches for it."""
    author = devices.get(one.device) if one.device else None
    if author is None:
        return Answer(status=Status.REFUSED, why=Why.NO_DEVICE)
    is_own = one.event is None and author.pk == carrier.pk
    if not (is_own or one.is_sealed(bytes(author.key))):
        return Answer(status=Status.REFUSED, why=Why.SEAL)
    return None


def _judged(one: Sent, devices: Mapping[UUID, Device], known: _Tables, verdict: Verdict) -> Answer:
    assert one.id
    assert one.device
    digest, erased = known.same_id.get(one.id, (None, False))
    if one.event is None:
        if digest is None:
            return Answer(status=Status.QUARANTINED, why=Why.FUTURE)
        same = erased or digest == one.digest
        return Answer(status=Status.DUPLICATE) if same else Answer(status=Status.CONFLICT, why=Why.SAME_ID)
    author = devices[one.device]
    known_of_it = Known(
        same_id=digest,
        erased=erased,
        revoked=author.revoked_at is not None,
        same_seq=(one.device, one.seq) in known.numbers,
        places=known.places.allow(one.event),
        point=known.places.has_point(one.event),
        lam=verdict.lam,
    )
    return judge(event=one.event, digest=one.digest, known=known_of_it)


def _add(one: Sent, entry: LogEntry, known: _Tables, verdict: Verdict) -> None:
    assert one.id
    assert one.device
    verdict.entries[one.id] = entry
    verdict.names[one.id] = one.name
    known.same_id[one.id] = (entry.digest, False)
    known.numbers.add((one.device, one.seq))
    if one.event:
        verdict.events[one.id] = one.event
        if entry.status == LogStatus.STORED:
            verdict.lam = max(verdict.lam, one.event.lam)


def _entry(
    one: Sent,
    answer: Answer,
    devices: Mapping[UUID, Device],
    carrier: Device,
    at: datetime,
    by_id: UUID | None,
) -> LogEntry:
    assert one.id
    assert one.device
    author = devices[one.device]
    return LogEntry(
        pk=one.id,
        device_id=one.device,
        seq=one.seq,
        **columns_of(one.event),
        content=one.content.decode(),
        seal=one.seal,
        digest=one.digest,
        status=LogStatus.STORED if answer.status is Status.STORED else LogStatus.QUARANTINED,
        why=answer.why or "",
        by_id=by_id or author.person_id,
        carrier_id=carrier.pk if carrier.pk != author.pk else None,
        received_at=at,
    )


def columns_of(event: Event | None) -> dict[str, Any]:
    """What the table tells of the content, to be asked for."""
    if event is None:
        return {}
    if isinstance(event.body, Objection):
        told = {"kind": Kind.OBJECTION, "turf": event.body.turf, "point": event.body.point}
    else:
        kind = Kind.VISIT if isinstance(event.body, Visit) else Kind.VOID
        told = {"kind": kind, "door": event.body.door, "undoes": event.undoes}
    return {"lam": event.lam, **told}


def _known(sent: Sequence[Sent], devices: Mapping[UUID, Device]) -> _Tables:
    ids = [one.id for one in sent if one.id]
    stored = LogEntry.objects.filter(pk__in=ids).values_list("pk", "digest", "erased_at") if ids else ()
    same_id = {pk: (digest, erased is not None) for pk, digest, erased in stored}
    fresh = [one for one in sent if one.id and one.id not in same_id and one.device in devices]
    return _Tables(same_id=same_id, numbers=_numbers(fresh), places=places_of(fresh, devices))


def _numbers(fresh: Sequence[Sent]) -> set[tuple[UUID, int]]:
    if not fresh:
        return set()
    rows = LogEntry.objects.filter(
        device__in={one.device for one in fresh}, seq__in={one.seq for one in fresh}
    )
    return set(rows.values_list("device_id", "seq").order_by())


def places_of(fresh: Sequence[Sent], devices: Mapping[UUID, Device]) -> Places:
    """The doors of these events, locked, the turfs of their devices, and the talking points that there are.
    Three queries, one more for objections, none for nothing."""
    found = Places()
    events = [one.event for one in fresh if one.event]
    if not events:
        return found
    found.doors = lock_doors([event.door for event in events if event.door])
    objected = {event.body.point for event in events if isinstance(event.body, Objection)}
    found.points = talking_points.known(point_ids=objected)
    authors = [devices[pk] for pk in sorted({event.device for event in events})]
    held = Assignment.objects.filter(shift__in={author.shift_id for author in authors if author.shift_id})
    for pk, shift, turf, moved in held.values_list("pk", "shift_id", "turf_id", "moved_doors"):
        doors = {UUID(door) for door in moved}
        for author in authors:
            if author.shift_id == shift and author.only_list in (None, pk):
                found.turfs[author.pk].add(turf)
                found.moved[author.pk] |= doors
    return found


def lock_doors(ids: Iterable[UUID]) -> dict[UUID, Door]:
    """Locks the doors, so that what follows from their events is written by one request at a time.

    Whoever changes a plan holds its canvass; a share of it keeps him out until we are done, without keeping
    out other phones.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    if connection.vendor == "postgresql":
        canvasses = Door.objects.filter(pk__in=wanted).values_list("turf__canvass", flat=True)
        _share_canvasses(sorted(set(canvasses)))
    rows = Door.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {door.pk: door for door in rows.only("pk", "turf_id", "leg")}


def _share_canvasses(ids: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM field_canvass WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(ids)]
        )
