"""Forgetting in time what each table promised to forget."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from amiral.rooms.people import letters, vault
from amiral.rooms.people.actions import referrals, rights, rolls
from amiral.rooms.people.actions.account import erase, erase_known
from amiral.rooms.people.actions.contacts import CODE_LIFE
from amiral.rooms.people.actions.joining import LINK_LIFE
from amiral.rooms.people.contracts import ImportState
from amiral.rooms.people.models import (
    Disclosure,
    ImportLine,
    JoinRequest,
    Mandate,
    Person,
    PhoneCode,
    SupporterImport,
)

MANDATE_KEPT = timedelta(days=365)
DISCLOSURE_KEPT = timedelta(days=365)
DRAFT_KEPT = timedelta(days=7)
"""How long a file waits for its importer to say where it comes from."""
EMPTY_KEPT = timedelta(days=365)
"""How long an import that brought nobody, or nobody any more, is remembered."""
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
        "people.PhoneCode": PhoneCode.objects.filter(sent_at__lt=at - CODE_LIFE).delete()[0],
        "people.Mandate": mandates.delete()[0],
        "people.Person": erase_silent(at=at) + erase_known_long(at=at),
        "people.SupporterImport": forget_imports(at=at),
        "people.RollDeclaration": rolls.purge(at=at),
        "people.Disclosure": Disclosure.objects.filter(at__lt=at - DISCLOSURE_KEPT).delete()[0],
        "people.Referral": referrals.purge(at=at),
        "people.RightsRequest": rights.purge(at=at),
        "people.PurgeCertificate": rolls.purge_certificates(at=at),
    }


def erase_silent(*, at: datetime) -> int:
    """Writes to those who will soon have been silent too long, erases those who did not answer."""
    warn_silent(at=at)
    gone = _silent(at - SILENT_FOR, at).filter(silence_warned_at__lt=at - WARNED_FOR)
    ids = list(gone.values_list("pk", flat=True))
    for person_id in ids:
        erase(person_id=person_id, by_id=None, at=at, wipes=False)
    return len(ids)


def erase_known_long(*, at: datetime) -> int:
    """Erases those whom an import brought and who have not joined in 36 months."""
    known = Person.objects.filter(email=None, joined_at__lt=at - SILENT_FOR)
    ids = list(known.values_list("pk", flat=True))
    for person_id in ids:
        erase_known(person_id=person_id, by_id=None, at=at)
    return len(ids)


def forget_imports(*, at: datetime) -> int:
    """Deletes old drafts with their files, and imports of which no person is left."""
    old = SupporterImport.objects.filter(created_at__lt=at - DRAFT_KEPT)
    drafts = old.filter(state=ImportState.DRAFT)
    empty = old.filter(state__in=[ImportState.DONE, ImportState.UNDONE]).filter(
        ~Exists(ImportLine.objects.filter(supporter_import=OuterRef("pk"), person__isnull=False)),
        done_at__lt=at - EMPTY_KEPT,
    )
    ids = [*drafts.values_list("pk", flat=True), *empty.values_list("pk", flat=True)]
    gone: int = SupporterImport.objects.filter(pk__in=ids).delete()[1].get("people.SupporterImport", 0)
    waiting = SupporterImport.objects.filter(
        state__in=[ImportState.DRAFT, ImportState.RUNNING], created_at__gte=at - DRAFT_KEPT
    )
    vault.sweep_staged(live=set(waiting.values_list("pk", flat=True)))
    return gone


def warn_silent(*, at: datetime) -> None:
    """Sends the warning, once for each silence: signing in ends it."""
    for person in _silent(at - SILENT_FOR + WARNED_FOR, at).filter(silence_warned_at=None):
        letters.silence(person=person)
        Person.objects.filter(pk=person.pk).update(silence_warned_at=at)


def _silent(since: datetime, at: datetime) -> QuerySet[Person]:
    """Nobody seen since then; people with a mandate in force are never concerned."""
    mandate = Mandate.objects.in_force(at).filter(person_id=OuterRef("pk"))
    return Person.objects.filter(~Exists(mandate), is_active=True, last_seen_at__lt=since)
