"""Keeping a person's contact points in step with the account, and noting what letters met."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.people import access
from amiral.rooms.people.contact_values import NoContactValue, normalised
from amiral.rooms.people.contracts import BounceState, ContactKind
from amiral.rooms.people.models import ContactPoint, Person
from amiral.rooms.people.queries import contacts


class NotANumber(Refused):
    """What was typed is no telephone number."""

    def __init__(self) -> None:
        super().__init__(
            _("This is not a telephone number. Write it with all its digits, for example 06 12 34 56 78.")
        )


class NumberTaken(Refused):
    """Another person is reached by this number."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This number cannot be used here. If it is yours, write to us: "
                "the address is in the legal notice."
            )
        )


def account_confirmed(*, person: Person, at: datetime) -> None:
    """Writes the account's address as verified and primary, here and for the sign-in library."""
    address = person.email or ""
    EmailAddress.objects.update_or_create(
        user=person, email=address, defaults={"verified": True, "primary": True}
    )
    ContactPoint.objects.filter(person=person, kind=ContactKind.EMAIL).update(primary=False)
    ContactPoint.objects.update_or_create(
        person=person,
        kind=ContactKind.EMAIL,
        value=address,
        defaults={"verified_at": at, "primary": True, "bounce_state": BounceState.OK},
    )


@transaction.atomic
def set_phone(*, person_id: UUID, typed: str) -> None:
    """Replaces the person's own telephone number; empty removes it. Raises the errors above."""
    access.access_self(person_id=person_id)
    number = _number(typed) if typed.strip() else ""
    mine = ContactPoint.objects.filter(person_id=person_id, kind=ContactKind.PHONE)
    if number and contacts.holder_of(kind=ContactKind.PHONE, value=number) not in {None, person_id}:
        raise NumberTaken
    mine.exclude(value=number).delete()
    if number:
        point, _created = ContactPoint.objects.get_or_create(
            person_id=person_id, kind=ContactKind.PHONE, value=number, defaults={"primary": True}
        )
        # It is the person's own word from now on: undoing an import leaves it.
        point.import_lines.clear()
    audit.record(actor_id=person_id, verb="person.phone_set", subject_kind="person", subject_id=person_id)


def _number(typed: str) -> str:
    try:
        return normalised(kind=ContactKind.PHONE, value=typed)
    except NoContactValue:
        raise NotANumber from None


@transaction.atomic
def note_bounce(*, address: str, state: BounceState) -> None:
    """Writes what a letter met; harmless for an address that nobody has. A hard bounce is not softened."""
    try:
        value = normalised(kind=ContactKind.EMAIL, value=address)
    except NoContactValue:
        return
    worse = {BounceState.SOFT: (BounceState.OK,), BounceState.OK: tuple(BounceState)}
    before = worse.get(state, (BounceState.OK, BounceState.SOFT, BounceState.HARD))
    ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=value, bounce_state__in=before).update(
        bounce_state=state
    )


def note_informed(*, person_id: UUID, at: datetime) -> None:
    """Writes that somebody whose data an import brought was told so."""
    Person.objects.filter(pk=person_id, informed_at=None).update(informed_at=at)


def person_known_by(*, email: str) -> Person | None:
    """The person without an account whom an import brought with this address; locked for the caller."""
    holder = contacts.holder_of(kind=ContactKind.EMAIL, value=email)
    return Person.objects.select_for_update().filter(pk=holder, email=None).first() if holder else None
