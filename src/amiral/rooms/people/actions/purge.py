"""Forgetting in time what each table promised to forget."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from amiral.rooms.people import letters
from amiral.rooms.people.actions.account import erase
from amiral.rooms.people.actions.joining import LINK_LIFE
from amiral.rooms.people.models import JoinRequest, Mandate, Person

MANDATE_KEPT = timedelta(days=365)
SILENT_FOR = timedelta(days=1096)
"""36 months without a sign of life."""
WARNED_FOR = timedelta(days=30)
"""How long before the end the person is told, and what he must do to stay."""


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time in this room; table name to number of rows."""
    mandates = Mandate.objects.filter(ends_at__lt=at - MANDATE_KEPT)
    requests = JoinRequest.objects.filter(created_at__lt=at - LINK_LIFE)
    return {
        "people.JoinRequest": requests.delete()[0],
        "people.Mandate": mandates.delete()[0],
        "people.Person": erase_silent(at=at),
    }


def erase_silent(*, at: datetime) -> int:
    """Writes to those who will soon have been silent too long, erases those who did not answer."""
    warn_silent(at=at)
    gone = _silent(at - SILENT_FOR, at).filter(silence_warned_at__lt=at - WARNED_FOR)
    ids = list(gone.values_list("pk", flat=True))
    for person_id in ids:
        erase(person_id=person_id, by_id=None, at=at)
    return len(ids)


def warn_silent(*, at: datetime) -> None:
    """Sends the warning, once for each silence: signing in ends it."""
    for person in _silent(at - SILENT_FOR + WARNED_FOR, at).filter(silence_warned_at=None):
        letters.silence(person=person)
        Person.objects.filter(pk=person.pk).update(silence_warned_at=at)


def _silent(since: datetime, at: datetime) -> QuerySet[Person]:
    """Nobody seen since then; people with a mandate in force are never concerned."""
    mandate = Mandate.objects.in_force(at).filter(person_id=OuterRef("pk"))
    return Person.objects.filter(~Exists(mandate), is_active=True, last_seen_at__lt=since)
