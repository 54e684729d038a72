"""What mailings ask about many persons at once, in a fixed number of queries."""

from typing import Any

import pytest

from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, SuppressionReason
from amiral.rooms.people.models import ContactPoint, ImportLine, Person, SupporterImport
from tests.conftest import NOON, Cast, make_person

pytestmark = pytest.mark.django_db


def test_the_address_is_one_that_may_be_written_to(cast: Cast) -> None:
    ContactPoint.objects.create(
        person_id=cast.owner, kind="email", value="autre@example.org", verified_at=NOON
    )
    everybody = [cast.owner, cast.teammate, cast.stranger, cast.coordinator]
    people.suppress(channel=ContactKind.EMAIL, value="owner@example.org", reason=SuppressionReason.OBJECTION)
    ContactPoint.objects.filter(person_id=cast.teammate).update(bounce_state="hard")
    ContactPoint.objects.filter(person_id=cast.stranger).update(verified_at=None)
    found = people.correspondents(person_ids=everybody)
    assert [found[one].address for one in everybody] == [
        "autre@example.org",
        "",
        "",
        "coordinator@example.org",
    ]
    assert found[cast.owner].given_name == "Owner"


def test_only_those_whom_a_file_brought_are_owed_a_notice(cast: Cast) -> None:
    brought = Person.objects.create(given_name="Fichier", commune_id="commune:71270", is_active=False)
    source = SupporterImport.objects.create(
        territory_id="departement:71", origin="petition", basis="consent", done_at=NOON
    )
    ImportLine.objects.create(supporter_import=source, number=1, person=brought)
    notices = people.notices_for(person_ids=[cast.owner, brought.pk], purpose="newsletter")
    assert set(notices) == {brought.pk}
    assert notices[brought.pk] == people.notice_for(person_id=brought.pk, purpose="newsletter")
    people.note_informed_all(person_ids=[brought.pk, cast.owner], at=NOON)
    assert not people.notices_for(person_ids=[brought.pk], purpose="newsletter")


def test_many_cost_as_many_queries_as_two(cast: Cast, django_assert_num_queries: Any) -> None:
    few = [cast.owner, cast.teammate]
    many = few + [make_person(f"Personne{number}") for number in range(18)]
    for chosen in (few, many):
        with django_assert_num_queries(3):
            people.correspondents(person_ids=chosen)
        with django_assert_num_queries(1):  # and one more as soon as anybody is owed one
            people.notices_for(person_ids=chosen, purpose="newsletter")
