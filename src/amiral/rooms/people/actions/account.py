"""What a person does to his own account: correct, export, leave."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from amiral.kit import audit, ports, storage
from amiral.kit.errors import NotFound
from amiral.kit.ids import new_secret
from amiral.kit.tasks.shown import forget_problems
from amiral.rooms.people import access, vault
from amiral.rooms.people.actions.disclosures import note
from amiral.rooms.people.actions.mandates import check_not_last_administrator, end_all_of, forget
from amiral.rooms.people.actions.suppression import suppress_person
from amiral.rooms.people.contracts import ContactField, DisclosureReason, ProfileChange, SuppressionReason
from amiral.rooms.people.models import JoinRequest, Mandate, Person, Referral, RightsRequest
from amiral.rooms.people.queries import marks

EXPORT_FORMAT = "amiral-export/1"
"""Names the form of the file; see docs/export.md."""


@transaction.atomic
def correct(*, person_id: UUID, change: ProfileChange) -> None:
    """Writes the person's own corrections; somebody who moved is placed in the group of the new commune."""
    before = access.access_self(person_id=person_id)
    Person.objects.filter(pk=person_id).update(
        given_name=change.given_name,
        family_name=change.family_name,
        postal_code=change.postal_code,
        commune_id=change.commune_id,
        language=change.language,
    )
    audit.record(actor_id=person_id, verb="person.corrected", subject_kind="person", subject_id=person_id)
    if before.commune_id != change.commune_id:
        ports.call("person_confirmed", person_id=person_id)


def export(*, person_id: UUID, at: datetime) -> dict[str, Any]:
    """Everything that is kept of a person, by room: plain types, ready for JSON."""
    access.access_self(person_id=person_id)
    # A receipt too: whoever took the account over was given all of it.
    note(
        viewer_id=person_id,
        fields={person_id: (ContactField.EVERYTHING,)},
        reason=DisclosureReason.EXPORT,
        subject_id=person_id,
        subject="",
        at=at,
    )
    kept: dict[str, Any] = {"format": EXPORT_FORMAT, "exported_at": at.isoformat()}
    for part in ports.call("export_person", person_id=person_id):
        kept.update(part)
    return kept


def export_known(*, person_id: UUID, at: datetime) -> dict[str, Any]:
    """The same of somebody who has no account and asked by another way; the caller has proven who asks."""
    kept: dict[str, Any] = {"format": EXPORT_FORMAT, "exported_at": at.isoformat()}
    for part in ports.call("export_person", person_id=person_id):
        kept.update(part)
    return kept


@transaction.atomic
def erase(
    *, person_id: UUID, by_id: UUID | None, at: datetime, refuses: bool = False, wipes: bool = True
) -> None:
    """Erases the person from every room, for good. Raises ``LastAdministrator``.

    ``wipes``: the database file is written anew afterwards; left out by whoever erases many and does it once.

    With ``refuses``, salted hashes of the addresses stay, so that nobody writes there again.

    Rooms above do their part through the port first, while the person still exists; what they leave to the
    database (rows deleted or emptied of the author) follows with the row itself.
    """
    person = access.access_self(person_id=person_id)
    for mandate in Mandate.objects.in_force(at).filter(person=person):
        check_not_last_administrator(mandate=mandate, at=at)
    end_all_of(person_id=person_id, at=at)
    _erase_row(person, at, refuses=refuses)
    audit.record(actor_id=by_id, verb="person.erased", subject_kind="person", subject_id=person_id)
    transaction.on_commit(lambda: forget(person_id=person_id))
    if wipes:
        storage.wipe_soon()


@transaction.atomic
def erase_known(
    *, person_id: UUID, by_id: UUID | None, at: datetime, refuses: bool = False, wipes: bool = False
) -> None:
    """Erases somebody without an account, known from imports only. ``NotFound`` for anybody else."""
    person = Person.objects.filter(pk=person_id, email=None).first()
    if person is None:
        raise NotFound
    _erase_row(person, at, refuses=refuses)
    audit.record(actor_id=by_id, verb="person.erased", subject_kind="person", subject_id=person_id)
    if wipes:
        storage.wipe_soon()


def _erase_row(person: Person, at: datetime, *, refuses: bool) -> None:
    # First of all, as whoever writes rows of a person does: see actions.holding.
    list(Person.objects.select_for_update().filter(pk=person.pk).values_list("pk"))
    if refuses:
        suppress_person(person_id=person.pk, reason=SuppressionReason.ERASURE, at=at)
    ports.call("erase_person", person_id=person.pk)
    known = marks.marks_of(person_id=person.pk)
    transaction.on_commit(lambda: vault.forget_values(values=known.values))
    asked = RightsRequest.objects.filter(Q(person=person) | Q(address__in=known.addresses))
    asked.update(address="", words="", identity_note="", token_hash="")
    Referral.objects.filter(address__in=known.addresses).update(address="")
    for address in known.addresses:
        JoinRequest.objects.filter(email__iexact=address).delete()
    _end_sessions(str(person.pk), *known.values)
    _forget_failures(known.values)
    twins = list(marks.twins_of(person=person))
    person.delete()
    for twin in twins:
        _erase_row(twin, at, refuses=refuses)


def _end_sessions(*marks: str) -> None:
    """Deletes the sessions that speak of the person, also those that only asked for a code; reads all."""
    mine = [
        session.pk
        for session in Session.objects.iterator()
        if any(mark in str(session.get_decoded()) for mark in marks)
    ]
    Session.objects.filter(pk__in=mine).delete()


def _forget_failures(values: Iterable[str]) -> None:
    """Empties reports of failed jobs that hold a value: a database says in words which row it refused."""
    for value in values:
        forget_problems(containing=value)


def seen(*, person_id: UUID, at: datetime) -> None:
    """Notes a sign of life; written at each sign-in."""
    Person.objects.filter(pk=person_id).update(last_seen_at=at, silence_warned_at=None)


@transaction.atomic
def renew_calendar_token(*, person_id: UUID) -> str:
    """Gives the person's calendar a new secret address; the old one leads nowhere from now on."""
    access.access_self(person_id=person_id)
    token = new_secret()
    Person.objects.filter(pk=person_id).update(calendar_token=token)
    audit.record(
        actor_id=person_id, verb="person.calendar_renewed", subject_kind="person", subject_id=person_id
    )
    return token
