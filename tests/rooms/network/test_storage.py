"""What the database must guarantee when several click at the same time."""

from functools import partial

import pytest

from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Group, Membership
from tests.conftest import NOON, Cast
from tests.racing import race

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_ten_clicks_make_one_membership(cast: Cast) -> None:
    join = partial(api.join, person_id=cast.stranger, group_id=cast.group, at=NOON)
    assert race([join] * 10) == {"done": 10}
    assert Membership.objects.filter(person_id=cast.stranger, group_id=cast.group).count() == 1


def test_a_person_confirmed_twice_at_once_is_placed_once(cast: Cast) -> None:
    place = partial(api.place_newcomer, person_id=cast.stranger)
    assert race([place] * 8) == {"done": 8}
    assert Membership.objects.filter(person_id=cast.stranger, group_id=cast.group).count() == 1


def test_two_clicks_make_one_group(cast: Cast) -> None:
    create = partial(
        actions.create_local_group,
        by_id=cast.coordinator,
        name="Chalon",
        commune_id="commune:71076",
        presentation="",
        at=NOON,
    )
    assert race([create] * 6) == {"done": 1, "GroupExists": 5}
    assert Group.objects.filter(territory_id="commune:71076").count() == 1
