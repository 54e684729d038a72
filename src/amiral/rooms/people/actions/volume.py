"""Many confirmed persons at once, for measurements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from amiral.rooms.people.contracts import ContactKind, Newcomer
from amiral.rooms.people.models import ContactPoint, Person

BATCH = 2_000


@transaction.atomic
def add_many(*, newcomers: Sequence[Newcomer], at: datetime) -> tuple[UUID, ...]:
    """Persons with verified addresses, without consents, letters or groups; three statements per 2,000."""
    closed = make_password(None)
    persons = [
        Person(
            email=newcomer.email.lower(),
            given_name=newcomer.given_name,
            family_name=newcomer.family_name,
            language=newcomer.language,
            postal_code=newcomer.postal_code,
            commune_id=newcomer.commune_id,
            password=closed,
            joined_at=at,
            last_seen_at=at,
        )
        for newcomer in newcomers
    ]
    Person.objects.bulk_create(persons, batch_size=BATCH)
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in persons),
        batch_size=BATCH,
    )
    ContactPoint.objects.bulk_create(
        (
            ContactPoint(
                person=person, kind=ContactKind.EMAIL, value=person.email or "", verified_at=at, primary=True
            )
            for person in persons
        ),
        batch_size=BATCH,
    )
    return tuple(person.pk for person in persons)
