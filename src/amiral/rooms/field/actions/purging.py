"""Forgetting in time."""

from datetime import datetime

from amiral.rooms.field.actions import forgetting
from amiral.rooms.field.actions.scanning import purge_scans
from amiral.rooms.field.contracts import NAME_KEPT
from amiral.rooms.field.models import AddressWish, Assignment, Device, LogEntry


def purge(*, at: datetime) -> dict[str, int]:
    """Empties the volunteer of old events and phones, deletes expired wishes; table name to number of rows.

    A phone whose team still holds a turf keeps its bearer, without whom it would be told nothing.
    """
    old = LogEntry.objects.filter(received_at__lt=at - NAME_KEPT, by__isnull=False)
    walking = Assignment.objects.filter(ended_at__isnull=True, until__gt=at).values("shift")
    phones = Device.objects.filter(enrolled_at__lt=at - NAME_KEPT, person__isnull=False)
    phones = phones.exclude(shift__in=walking)
    wishes, _by_model = AddressWish.objects.filter(until__lte=at).delete()
    told = forgetting.purge(at=at) | purge_scans(at=at)
    return told | {
        "field.LogEntry": old.update(by=None),
        "field.Device": phones.update(person=None),
        "field.AddressWish": wishes,
    }
