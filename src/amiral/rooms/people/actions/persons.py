"""Creating a confirmed person: the one place where a Person row is born."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit, ports
from amiral.kit.errors import Refused
from amiral.rooms.people import texts
from amiral.rooms.people.actions.consents import write_lines
from amiral.rooms.people.actions.contacts import account_confirmed, person_known_by
from amiral.rooms.people.actions.suppression import lift
from amiral.rooms.people.contracts import Newcomer, Purpose, Way
from amiral.rooms.people.models import Person


class AlreadyMember(Refused):
    """The address has an account."""

    def __init__(self) -> None:
        super().__init__(_("There is already an account with this address. Sign in instead."))


@transaction.atomic
def add_person(
    *,
    newcomer: Newcomer,
    consents: Iterable[tuple[Purpose | str, Way, str]],
    channel: str,
    at: datetime,
    proof: str = "",
) -> UUID:
    """Creates the person with verified address and consents ``(purpose, channel, text)``, and places him.

    Somebody whom an import brought with this address becomes the account: one person, one history.

    Raises ``AlreadyMember`` when the address has an account, also when two confirmations race.
    """
    known = person_known_by(email=newcomer.email)
    person = _take_over(known, newcomer, at) if known else _insert(newcomer, at)
    account_confirmed(person=person, at=at)
    lines = tuple(consents)
    for way in sorted({way for _purpose, way, _text in lines}):
        said = [(purpose, text) for purpose, by, text in lines if by is way]
        write_lines(
            person_id=person.pk, lines=said, granted=True, channel=channel, at=at, proof=proof, way=way
        )
        lift(person_id=person.pk, way=way)
    audit.record(
        actor_id=person.pk,
        verb="person.joined",
        subject_kind="person",
        subject_id=person.pk,
        channel=channel,
    )
    ports.call("person_confirmed", person_id=person.pk)
    return person.pk


def _take_over(person: Person, newcomer: Newcomer, at: datetime) -> Person:
    """What the person says of himself replaces what the file said."""
    person.email = newcomer.email.lower()
    person.given_name = newcomer.given_name
    person.family_name = newcomer.family_name
    person.language = newcomer.language
    person.postal_code = newcomer.postal_code
    person.commune_id = newcomer.commune_id
    person.joined_at = person.last_seen_at = at
    person.is_active = True
    person.save()
    return person


def _insert(newcomer: Newcomer, at: datetime) -> Person:
    person = Person(
        email=newcomer.email.lower(),
        given_name=newcomer.given_name,
        family_name=newcomer.family_name,
        language=newcomer.language,
        postal_code=newcomer.postal_code,
        commune_id=newcomer.commune_id,
        joined_at=at,
        last_seen_at=at,
    )
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        if Person.objects.filter(email=person.email).exists():
            raise AlreadyMember from None
        raise
    return person


def consent_lines(*, purposes: Iterable[Purpose], language: str) -> list[tuple[Purpose, Way, str]]:
    """The purposes, by e-mail, with the sentence shown for each in ``language``."""
    with translation.override(language):
        return [(purpose, Way.EMAIL, texts.consent_text(purpose)) for purpose in purposes]
