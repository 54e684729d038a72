"""Events of a later version, kept apart until this program could read them."""

import json
from uuid import UUID

from django.db import transaction

from amiral.cores.sync import Event, FromTheFuture, Known, Malformed, Status, Why, judge, parse
from amiral.rooms.field.actions.judging import Sent, columns_of, places_of
from amiral.rooms.field.actions.projecting import project
from amiral.rooms.field.models import Device, LogEntry, LogStatus
from amiral.rooms.field.queries.log import greatest_lam


def take_up_readable() -> int:
    """Judges the events that waited for a later program, now that it can read them; answers how many count.

    The nightly check asks this; an installation that was brought up to date takes them in the same night.
    """
    waiting = LogEntry.objects.filter(status=LogStatus.QUARANTINED, why=Why.FUTURE, erased_at__isnull=True)
    return sum(_take_up(pk) for pk in waiting.order_by("received_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def _take_up(entry_id: UUID) -> bool:
    device_id = LogEntry.objects.values_list("device", flat=True).get(pk=entry_id)
    device = Device.objects.select_for_update(no_key=True).get(pk=device_id)  # as ``receive`` locks it
    entry = LogEntry.objects.get(pk=entry_id)
    event = _readable(entry)
    if event is None or entry.why != Why.FUTURE or entry.status != LogStatus.QUARANTINED:
        return False
    sent = Sent(name="", id=entry.pk, device=device.pk, seq=entry.seq, event=event)
    places = places_of([sent], {device.pk: device})
    known = Known(
        revoked=device.revoked_at is not None,
        places=places.allow(event),
        point=places.has_point(event),
        lam=greatest_lam(),
    )
    answer = judge(event=event, digest=entry.digest, known=known)
    is_stored = answer.status is Status.STORED
    status = LogStatus.STORED if is_stored else LogStatus.QUARANTINED
    waiting = LogEntry.objects.filter(pk=entry.pk, status=LogStatus.QUARANTINED, why=Why.FUTURE)
    if not waiting.update(status=status, why=answer.why or "", **columns_of(event)):
        return False  # somebody set it aside meanwhile
    if is_stored:
        project(events=[(event, entry.received_at)])
    return is_stored


def _readable(entry: LogEntry) -> Event | None:
    """The event, unless it is erased or still of a later version."""
    try:
        return parse(json.loads(entry.content)) if entry.content else None
    except (FromTheFuture, Malformed):
        return None
