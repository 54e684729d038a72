"""The server's side of the field log: enrolling a phone, and taking what phones bring.

The rules are those of ``amiral.cores.sync``; here they meet the tables, in one transaction for each request.
Locks are taken in one order, devices before canvasses before doors, each by id, so that two requests never
wait for each other. SQLite has one writer: there, the transaction itself is the lock.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max

from amiral.cores.canonical import canonical
from amiral.cores.sync import (
    LAM_AHEAD,
    VERSION,
    Answer,
    Body,
    Event,
    FromTheFuture,
    Seen,
    Status,
    Why,
    dump,
    envelope,
    parse,
    sealed,
    see,
)
from amiral.kit import audit
from amiral.kit.errors import NotFound
from amiral.kit.ids import new_secret
from amiral.rooms.field.access import may_device_see
from amiral.rooms.field.actions.judging import Sent, Verdict, judge_all, lock_doors
from amiral.rooms.field.actions.projecting import addresses_of, hold_wishes, project
from amiral.rooms.field.contracts import Enrolment, Ranges, SyncAnswer
from amiral.rooms.field.models import Device, DeviceKind, LogConflict, LogEntry
from amiral.rooms.field.queries import log
from amiral.rooms.people import api as people

KEY_BYTES = 32
MOST_BYTES = 8_192
"""Of one event: the largest of version 1 has half of it."""
MOST_RANGES = 300
"""Ranges of numbers kept of one device; what lies before the oldest is taken for arrived."""
MOST_CONFLICTS = 20
"""Other contents kept of one event."""
TRIES = 20


def enrol(
    *,
    shift_id: UUID,
    person_id: UUID | None,
    at: datetime,
    kind: DeviceKind = DeviceKind.PHONE,
    only_list: UUID | None = None,
    check: Callable[[], None] = lambda: None,
) -> Enrolment:
    """A new device of the shift's team, with its key and its token, told once. Who may is asked before.

    ``only_list``: the one assignment that it may see and record in, for whoever typed its number. ``check``
    is asked once the device is there and may raise: numbers are given one after the other, so it sees every
    device with a lower one, and of several that enrol at once none is overlooked.
    """
    key, token = secrets.token_bytes(KEY_BYTES), new_secret()
    for left in reversed(range(TRIES)):
        known = Device.objects.filter(shift=shift_id, kind=kind).aggregate(Max("number"))["number__max"]
        try:
            with transaction.atomic():
                if person_id and not people.hold_persons(person_ids=[person_id]):
                    raise NotFound
                device = Device.objects.create(
                    shift_id=shift_id,
                    person_id=person_id,
                    kind=kind,
                    number=(known or 0) + 1,
                    only_list=only_list,
                    key=key,
                    token_hash=_hash_of(token),
                    enrolled_at=at,
                )
                check()
            break
        except IntegrityError:  # another phone of the team took the number
            if not left:
                raise
    return Enrolment(device_id=device.pk, key=key, token=token)


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def device_by_token(*, token: str) -> Device:
    """The phone that holds the token, revoked or not. Raises ``NotFound``."""
    device = Device.objects.filter(token_hash=_hash_of(token)).first()
    if device is None:
        raise NotFound
    return device


@transaction.atomic
def revoke(*, device_id: UUID, by_id: UUID | None, at: datetime) -> None:
    """What the phone sends from now on goes to quarantine. Revoking it again changes nothing."""
    if Device.objects.filter(pk=device_id, revoked_at__isnull=True).update(revoked_at=at):
        audit.record(actor_id=by_id, verb="revoke-device", subject_kind="device", subject_id=device_id)


def revoke_of(*, person_id: UUID, at: datetime) -> int:
    """The same for every phone that somebody carries, who is being erased: no line tells whose it was."""
    return Device.objects.filter(person=person_id, kind=DeviceKind.PHONE, revoked_at__isnull=True).update(
        revoked_at=at
    )


def receive(
    *, device: Device, head: int, events: Sequence[object], has: Mapping[str, Ranges], at: datetime
) -> SyncAnswer:
    """Stores what a phone brings, its own events or those that it carries, and answers each.

    ``head``: how many events the phone recorded; ``has``: numbers of each device's events that it knows. What
    is answered is committed; what the others did is read after that, so that nobody waits for it.
    """
    sent = read_all(events)
    verdict, requester = _taken(sent, device, head, at)
    sees, but = may_device_see(device=requester), [one.id for one in sent if one.id]
    news, more = log.news_for(device=requester, has=has, but=but) if sees else ((), False)
    return SyncAnswer(
        answers=verdict.answers,
        news=news,
        lam=verdict.lam,
        more=more,
        revoked=requester.revoked_at is not None,
        sees=sees,
    )


class _Changed(Exception):
    """Who carries a phone was merged or erased while it sent."""


def _taken(sent: Sequence[Sent], device: Device, head: int, at: datetime) -> tuple[Verdict, Device]:
    """Once more where the persons changed in between: nothing was written then."""
    for _try in range(TRIES):
        with suppress(_Changed):
            return _take([replace(one) for one in sent], device, head, at)
    raise OperationalError("The persons who carry these phones change all the time.")


@transaction.atomic
def _take(sent: Sequence[Sent], device: Device, head: int, at: datetime) -> tuple[Verdict, Device]:
    devices = _held({device.pk, *(one.device for one in sent if one.device)})
    requester = devices[device.pk]
    verdict = judge_all(sent=sent, devices=devices, carrier=requester, at=at)
    _store(verdict)
    _note_numbers(verdict, devices, requester, head, at)
    return verdict, requester


def read_all(events: Sequence[object]) -> list[Sent]:
    """Each item as far as it can be read, under the name of its answer."""
    read = []
    names = set[str]()
    for place, said in enumerate(events):
        one = _read(said, name=f"#{place}")
        if one.name in names:
            one.name = f"#{place}"
        names.add(one.name)
        read.append(one)
    return read


def _read(said: object, *, name: str) -> Sent:
    refused = Answer(status=Status.REFUSED, why=Why.MALFORMED)
    one = Sent(name=_id_of(said) or name, answer=refused)
    if not isinstance(said, dict):
        return one
    try:
        event = _parse(said)
        id_, author, seq = envelope(said)
        bare = {field: value for field, value in said.items() if field != "seal"}
        content = canonical(dump(event) if event else bare)
    except (ValueError, RecursionError):  # malformed, half of a pair of surrogates, or too deep
        return one
    if len(content) > MOST_BYTES:
        return one
    return Sent(
        name=one.name,
        id=id_,
        device=author,
        seq=seq,
        event=event,
        content=content,
        seal=str(said.get("seal", ""))[:64],
    )


def _parse(said: dict[str, Any]) -> Event | None:
    try:
        return parse(said)
    except FromTheFuture:
        return None


def _id_of(said: object) -> str:
    """The id, if it is one that a phone may have made."""
    value = said.get("id") if isinstance(said, dict) else None
    if not isinstance(value, str) or len(value) != 36:
        return ""
    try:
        return value if str(UUID(value)) == value else ""
    except ValueError:
        return ""


def _held(ids: set[UUID]) -> dict[UUID, Device]:
    """The devices, locked, and before them who carries them, so that nobody of them is merged or erased."""
    if connection.vendor != "postgresql":
        return _locked(ids)
    carried = Device.objects.filter(pk__in=ids, person__isnull=False)
    held = people.hold_persons(person_ids=carried.values_list("person_id", flat=True))
    devices = _locked(ids)
    if any(device.person_id not in held for device in devices.values() if device.person_id):
        raise _Changed
    return devices


def _locked(ids: set[UUID]) -> dict[UUID, Device]:
    rows = Device.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {device.pk: device for device in rows}


def _store(verdict: Verdict) -> None:
    """Inserts, reads again what is there, and counts what it inserted. The insert decides: another request
    may have brought the same id in the name of another device."""
    if verdict.entries:
        rows = sorted(verdict.entries.values(), key=lambda entry: entry.pk)
        LogEntry.objects.bulk_create(rows, ignore_conflicts=True)
        there = dict(LogEntry.objects.filter(pk__in=verdict.entries).values_list("pk", "digest"))
        for entry in rows:
            if there[entry.pk] != entry.digest:
                verdict.overtaken(entry.pk)
        project(events=verdict.stored())
    if verdict.conflicts:
        _store_conflicts(verdict.conflicts)


def _store_conflicts(conflicts: Sequence[LogConflict]) -> None:
    kept = LogConflict.objects.filter(entry__in=[one.entry_id for one in conflicts])
    room = max(0, MOST_CONFLICTS - kept.count())
    LogConflict.objects.bulk_create(conflicts[:room], ignore_conflicts=True)


def _note_numbers(
    verdict: Verdict, devices: Mapping[UUID, Device], requester: Device, head: int, at: datetime
) -> None:
    """Which numbers arrived of whom; what the phone says of itself is believed within reason."""
    for device_id, seqs in verdict.numbers().items():
        _note(devices[device_id], seqs=seqs)
    _note(requester, head=head)
    requester.seen_at = at
    touched = {requester.pk, *verdict.numbers()}
    Device.objects.bulk_update([devices[pk] for pk in sorted(touched)], ["head", "seen", "seen_at"])


def _note(device: Device, *, seqs: Sequence[int] = (), head: int = 0) -> None:
    most = device.head + LAM_AHEAD
    known = Seen(ranges=tuple((first, last) for first, last in device.seen), head=device.head)
    seen = see(known, seqs=[seq for seq in seqs if seq <= most], head=head if head <= most else 0)
    ranges = [list(pair) for pair in seen.ranges]
    if len(ranges) > MOST_RANGES:
        ranges = [[1, ranges[-MOST_RANGES][1]], *ranges[1 - MOST_RANGES :]]
    device.seen, device.head = ranges, seen.head


@transaction.atomic
def append(
    *,
    shift_id: UUID,
    by_id: UUID | None,
    body: Body,
    event_id: UUID,
    at: datetime,
    kind: DeviceKind = DeviceKind.PAGE,
    clock: datetime | None = None,
) -> Answer:
    """The server's own line in the log, written for a page or for paper of the shift.

    Called again with the same id and body it is a duplicate; with another body a conflict, of which nothing
    is kept. Who is erased meanwhile recorded it as nobody. ``clock`` is the device's, shown only; ``at`` the
    server's.
    """
    by_id = next(iter(people.hold_persons(person_ids=filter(None, [by_id]))), None)
    device = _server_device(shift_id, kind, at)
    known = LogEntry.objects.filter(pk=event_id).first()
    if known:
        return _repeated(known, body)
    event = Event(
        id=event_id,
        device=device.pk,
        seq=device.head + 1,
        lam=log.greatest_lam() + 1,
        at=text_of(clock or at),
        form=VERSION,
        body=body,
    )
    [sent] = read_all([sealed(event, bytes(device.key))])
    verdict = judge_all(sent=[sent], devices={device.pk: device}, carrier=device, at=at, by_id=by_id)
    _store(verdict)
    if event_id not in verdict.entries:
        return _repeated(LogEntry.objects.get(pk=event_id), body)
    _note_numbers(verdict, {device.pk: device}, device, event.seq, at)
    return verdict.answers[sent.name]


def hold(*, shift_id: UUID, doors: Iterable[UUID], at: datetime, kind: DeviceKind = DeviceKind.PAGE) -> None:
    """Every lock that several ``append`` of one transaction need, taken in the order in which phones take
    theirs; one after the other they would wait for each other in a circle."""
    _server_device(shift_id, kind, at)
    hold_wishes(addresses_of(doors=lock_doors(doors)))


def text_of(at: datetime) -> str:
    """A moment as an event has it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _server_device(shift_id: UUID, kind: DeviceKind, at: datetime) -> Device:
    """The shift's own, made when it is first needed, locked."""
    mine = Device.objects.select_for_update(no_key=True).filter(shift=shift_id, kind=kind, number=0)
    found = mine.first()
    if found:
        return found
    fresh = Device(shift_id=shift_id, kind=kind, key=secrets.token_bytes(KEY_BYTES), enrolled_at=at)
    Device.objects.bulk_create([fresh], ignore_conflicts=True)
    return mine.get()


def _repeated(known: LogEntry, body: Body) -> Answer:
    if known.erased_at or parse(json.loads(known.content)).body == body:
        return Answer(status=Status.DUPLICATE)
    return Answer(status=Status.CONFLICT, why=Why.SAME_ID)
