"""Somebody who signed up to something without an account, and confirmed the address from the letter."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from amiral.rooms.people import queries
from amiral.rooms.people.actions.account import erase_known
from amiral.rooms.people.actions.consents import write_lines
from amiral.rooms.people.actions.suppression import lift
from amiral.rooms.people.contact_values import normalised
from amiral.rooms.people.contracts import ContactKind, Purpose
from amiral.rooms.people.models import Consent, ContactPoint, ImportLine, Person
from amiral.rooms.people.queries import contacts

CHANNEL = "guest"
"""Of the lines of the ledger."""


@transaction.atomic
def confirmed_guest(
    *, email: str, given_name: str, language: str, consent_text: str, proof: str, at: datetime
) -> UUID:
    """Whose place it will be: whoever is known by the address, with an account or not; else a new contact.

    Somebody known keeps everything he has. ``consent_text``: the sentence that he ticked to be told of other
    actions; it goes to the ledger with ``proof``.
    """
    person_id = _known(email) or _made_once(email, given_name, language, at)
    if consent_text:
        lines = [(Purpose.ACTIONS, consent_text)]
        write_lines(person_id=person_id, lines=lines, granted=True, channel=CHANNEL, at=at, proof=proof)
        lift(person_id=person_id)
    return person_id


def _known(email: str) -> UUID | None:
    return queries.person_id_of(email=email) or contacts.holder_of(kind=ContactKind.EMAIL, value=email)


def _made_once(email: str, given_name: str, language: str, at: datetime) -> UUID:
    """Of two letters to one address that are confirmed at once, one makes the contact."""
    try:
        with transaction.atomic():
            return _new_contact(email, given_name, language, at)
    except IntegrityError:
        known = _known(email)
        if known is None:
            raise
        return known


def _new_contact(email: str, given_name: str, language: str, at: datetime) -> UUID:
    """Somebody to write to, without an account and without a place; becomes the account the day he joins."""
    person = Person(email=None, is_active=False, given_name=given_name, language=language, joined_at=at)
    person.last_seen_at = person.informed_at = at  # the notice stood on the page
    person.set_unusable_password()
    person.save(force_insert=True)
    value = normalised(kind=ContactKind.EMAIL, value=email)
    ContactPoint.objects.create(
        person=person, kind=ContactKind.EMAIL, value=value, verified_at=at, primary=True
    )
    return person.pk


def forget_guests(*, person_ids: Iterable[UUID], at: datetime) -> int:
    """Erases those of them who have no account, whom no import brought and who agreed to nothing."""
    imported = ImportLine.objects.filter(person=OuterRef("pk"))
    agreed = Consent.objects.standing().filter(person=OuterRef("pk"))
    rows = Person.objects.filter(~Exists(imported), ~Exists(agreed), pk__in=list(person_ids), email=None)
    ids = list(rows.values_list("pk", flat=True))
    for person_id in ids:
        erase_known(person_id=person_id, by_id=None, at=at)
    return len(ids)
