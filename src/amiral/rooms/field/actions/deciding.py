"""What a person decides about the field log: what waited in quarantine counts or not; which content stands.

Nothing is deleted by it, and each decision is taken once: the row itself decides between two leaders.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.sync import LAM_AHEAD, Body, Event, Objection, Status, Visit, Void, Why
from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions.judging import columns_of, lock_doors
from amiral.rooms.field.actions.projecting import project
from amiral.rooms.field.actions.syncing import append, hold
from amiral.rooms.field.models import Device, Door, LogConflict, LogEntry, LogStatus
from amiral.rooms.field.queries import log
from amiral.rooms.field.queries.deciding import entries_of, event_of
from amiral.rooms.people.contracts import Feature

RESTATED = frozenset({Why.COUNTER.value, Why.SEQUENCE.value})
"""What cannot stand at its own place in the log: its place is wrong, so it is said again, at the end."""


class AlreadyDecided(Refused):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has decided about this meanwhile: nothing was changed."))


class CannotCount(Refused):
    """There is no door of this canvass at which it could count."""

    def __init__(self) -> None:
        super().__init__(
            _("This cannot count: its door is not one of this canvass, or this site does not understand it.")
        )


@transaction.atomic
def accept(*, by_id: UUID, canvass_id: UUID, event_id: UUID, at: datetime) -> None:
    """An event in quarantine counts from now on, at its place in the log.

    Where that place is wrong (``RESTATED``, or a counter far ahead of all others), it is said again as a new
    event at the end of the log, and the old one is set aside. Raises ``NotFound``, ``AlreadyDecided``,
    ``CannotCount``.
    """
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    entry = entries_of(canvass_id=canvass_id).filter(pk=event_id).first()
    if entry is None:
        raise NotFound
    event = _countable(event_of(entry.content), canvass_id)
    said_again = None
    if _is_out_of_place(entry, event):
        said_again = _restated(entry, event, by_id, at)
    else:
        _counted(entry, event)
    audit.record(
        actor_id=by_id,
        verb="accept-event",
        subject_kind="field-event",
        subject_id=event_id,
        canvass=str(canvass_id),
        **({"as": str(said_again)} if said_again else {}),
    )


@transaction.atomic
def dismiss(*, by_id: UUID, canvass_id: UUID, event_id: UUID) -> None:
    """An event in quarantine is kept and never counts. Raises ``NotFound``, ``AlreadyDecided``."""
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    entry = entries_of(canvass_id=canvass_id).filter(pk=event_id).first()
    if entry is None:
        raise NotFound
    _decide(entry, LogStatus.DISMISSED)
    audit.record(
        actor_id=by_id,
        verb="dismiss-event",
        subject_kind="field-event",
        subject_id=event_id,
        canvass=str(canvass_id),
    )


def _is_out_of_place(entry: LogEntry, event: Event) -> bool:
    """Another doubt came first for a revoked phone, or a later version: its counter was not looked at."""
    return entry.why in RESTATED or event.lam > log.greatest_lam() + LAM_AHEAD


def _restated(entry: LogEntry, event: Event, by_id: UUID, at: datetime) -> UUID:
    shift_id = _shift_of(entry.device_id)
    hold(shift_id=shift_id, doors=[event.door] if event.door else [], at=at)
    _decide(entry, LogStatus.DISMISSED)
    return _say(shift_id, by_id, event.body, at)


def _counted(entry: LogEntry, event: Event) -> None:
    # Devices before canvasses before doors, as phones do: nobody waits for anybody in a circle.
    Device.objects.select_for_update(no_key=True).get(pk=entry.device_id)
    if event.door not in lock_doors([event.door] if event.door else []):  # it left the plan meanwhile
        raise CannotCount
    _decide(entry, LogStatus.STORED, **columns_of(event))
    project(events=[(event, entry.received_at)])


def _decide(entry: LogEntry, status: LogStatus, **columns: Any) -> None:
    """Raises ``AlreadyDecided``, also of what was erased meanwhile."""
    waiting = LogEntry.objects.filter(pk=entry.pk, status=LogStatus.QUARANTINED, erased_at__isnull=True)
    if not waiting.update(status=status, **columns):
        raise AlreadyDecided


def _countable(event: Event | None, canvass_id: UUID) -> Event:
    """The event, if it can be read and its door is one of the canvass."""
    if event is None or event.door is None:
        raise CannotCount
    if not Door.objects.filter(pk=event.door, turf__canvass=canvass_id).exists():
        raise CannotCount
    return event


def _of_a_door(event: Event) -> Visit | Void:
    assert not isinstance(event.body, Objection)
    return event.body


def _shift_of(device_id: UUID) -> UUID:
    shift_id = Device.objects.values_list("shift_id", flat=True).get(pk=device_id)
    if shift_id is None:
        raise CannotCount
    return shift_id


@transaction.atomic
def settle(*, by_id: UUID, canvass_id: UUID, conflict_id: UUID, other_stands: bool, at: datetime) -> None:
    """Which of two contents under one id stands: the one that counts already, or the other one.

    Nobody rewrites the log: the other one is said anew, as a correction of the first. Both stay. Raises
    ``NotFound``, ``AlreadyDecided``, ``CannotCount``.
    """
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    row = LogConflict.objects.filter(pk=conflict_id, entry__in=entries_of(canvass_id=canvass_id)).first()
    if row is None:
        raise NotFound
    if other_stands:
        _correct(row, by_id, canvass_id, at)
    else:
        _settle(row, at)
    audit.record(
        actor_id=by_id,
        verb="settle-event",
        subject_kind="field-event",
        subject_id=row.entry_id,
        canvass=str(canvass_id),
        stands="other" if other_stands else "first",
    )


def _correct(row: LogConflict, by_id: UUID, canvass_id: UUID, at: datetime) -> None:
    shift_id = _shift_of(row.device_id)
    other = _countable(event_of(row.content), canvass_id)
    said = list(_corrections(event_of(row.entry.content), _of_a_door(other)))
    hold(shift_id=shift_id, doors={body.door for body in said}, at=at)
    _settle(row, at)
    for body in said:
        _say(shift_id, by_id, body, at)


def _settle(row: LogConflict, at: datetime) -> None:
    open_ones = LogConflict.objects.filter(pk=row.pk, settled_at__isnull=True).exclude(content="")
    if not open_ones.update(settled_at=at):
        raise AlreadyDecided


def _corrections(first: Event | None, body: Visit | Void) -> Iterator[Visit | Void]:
    """What is to be said so that ``body`` stands instead of the first."""
    if isinstance(body, Visit) and first is not None and first.door == body.door:
        yield Visit(
            door=body.door, outcome=body.outcome, units=body.units, seconds=body.seconds, replaces=first.id
        )
        return
    if first is not None and first.door is not None:
        yield Void(door=first.door, target=first.id)
    yield body


def _say(shift_id: UUID, by_id: UUID, body: Body, at: datetime) -> UUID:
    """A new event of the shift's page; all or nothing."""
    event_id = new_id()
    answer = append(shift_id=shift_id, by_id=by_id, body=body, event_id=event_id, at=at)
    if answer.status is not Status.STORED:
        raise CannotCount
    return event_id
