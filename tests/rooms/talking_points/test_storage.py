"""What the database must guarantee when several click at the same time."""

from functools import partial

import pytest

from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Role
from amiral.rooms.talking_points import api
from amiral.rooms.talking_points.models import Version
from tests.conftest import NOON, Cast, make_person
from tests.racing import race
from tests.rooms.talking_points.conftest import Cards, draft

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_ten_drafts_at_once_get_ten_numbers(cast: Cast, cards: Cards) -> None:
    assert race([partial(draft, cast.coordinator, point_id=cards.point)] * 10) == {"done": 10}
    assert sorted(Version.objects.values_list("number", flat=True)) == list(range(1, 13))


def test_of_six_approvers_at_once_one_approves(cast: Cast, cards: Cards) -> None:
    readers = [make_person(f"Reader{number}") for number in range(6)]
    for person in readers:
        people.grant_mandate(
            by_id=None, person_id=person, role=Role.COORDINATOR, territory_id="departement:71"
        )
    acts = [partial(api.approve, by_id=by, version_id=cards.draft, at=NOON) for by in readers]
    assert race(acts) == {"done": 1, "WrongState": 5}
    assert Version.objects.get(state="approved").pk == cards.draft


def test_of_six_versions_approved_at_once_one_remains(cast: Cast, cards: Cards) -> None:
    drafts = [cards.draft, *(draft(cast.coordinator, point_id=cards.point) for _ in range(5))]
    acts = [partial(api.approve, by_id=cast.administrator, version_id=one, at=NOON) for one in drafts]
    ended = race(acts)
    assert set(ended) <= {"done", "NewerApproved"}
    approved = Version.objects.get(state="approved")
    assert approved.pk == drafts[-1]  # the newest is never refused, and whoever comes after it is
    assert Version.objects.filter(state="superseded").count() == ended["done"]
