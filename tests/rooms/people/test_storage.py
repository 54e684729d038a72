"""What the database must guarantee: one person for one address, whoever clicks at the same time."""

import pytest
from django.core import mail
from django.core.cache import cache

from amiral.kit.clock import now
from amiral.rooms.people import api
from amiral.rooms.people.actions import joining
from amiral.rooms.people.contracts import Application, Purpose, Role, Way
from amiral.rooms.people.models import Consent, Mandate, Person
from tests.conftest import Cast, make_person
from tests.racing import race
from tests.rooms.people.conftest import link_in

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def letter_token() -> str:
    joining.apply(
        application=Application(
            email="nouvelle@example.org",
            given_name="Nouvelle",
            family_name="",
            language="fr",
            postal_code="71100",
            commune_id="commune:71076",
            consents=((Purpose.ACTIONS, Way.EMAIL, "J’accepte."),),
            next_path="",
        ),
        at=now(),
    )
    return link_in(str(mail.outbox[-1].body)).rstrip("/").rsplit("/", 1)[1]


def test_ten_clicks_on_one_link_make_one_person(cast: Cast) -> None:
    cache.clear()
    token = letter_token()
    ended = race([lambda: joining.confirm(token=token, at=now())] * 10)
    assert ended == {"done": 1, "UsedLink": 9}
    assert Person.objects.filter(email="nouvelle@example.org").count() == 1
    assert Consent.objects.count() == 1


def test_two_letters_to_one_address_make_one_person(cast: Cast) -> None:
    cache.clear()
    tokens = [letter_token(), letter_token()]
    ended = race([lambda token=token: joining.confirm(token=token, at=now()) for token in tokens])  # type: ignore[misc]  # mypy cannot type a lambda's default
    assert ended == {"done": 1, "AlreadyMember": 1}
    assert Person.objects.filter(email="nouvelle@example.org").count() == 1


def test_administrators_ending_each_other_leave_one(cast: Cast) -> None:
    persons = [cast.administrator, *(make_person(f"Autre{number}") for number in range(5))]
    for person in persons[1:]:
        api.grant_mandate(by_id=None, person_id=person, role=Role.ADMINISTRATOR, territory_id="pays:FR")
    mandates = [Mandate.objects.get(person_id=person).pk for person in persons]
    race(
        lambda by=by, number=number: api.end_mandate(by_id=by, mandate_id=mandates[number - 1])  # type: ignore[misc]  # as above
        for number, by in enumerate(persons)
    )
    assert len(api.holders(role=Role.ADMINISTRATOR)) >= 1
