"""What the database must guarantee when several click at the same time."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connection, connections

from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Group, Membership
from tests.conftest import NOON, Cast

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def race(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Runs the acts in threads that start together; counts how each ended, by the name of its error."""
    together = threading.Barrier(len(acts))
    ended: Counter[str] = Counter()

    def one(act: Callable[[], object]) -> None:
        connection.ensure_connection()
        together.wait()
        try:
            act()
            ended["done"] += 1
        except Exception as error:
            ended[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


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
