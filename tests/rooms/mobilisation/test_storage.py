"""What the database must guarantee: never overbooked, never an empty seat."""

import threading
from collections import Counter

import pytest
from django.db import connection, connections

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.models import Shift, SignUp
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import make_world


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_fifty_people_on_the_last_ten_places(cast: Cast) -> None:
    world = make_world(cast, capacity=10)
    people = [make_person(f"Volontaire{n}") for n in range(50)]
    told: Counter[str] = Counter()
    together = threading.Barrier(len(people))

    def one(person_id: object) -> None:
        connection.ensure_connection()
        together.wait()
        try:
            api.sign_up(person_id=person_id, shift_id=world.saturday, at=NOON)  # type: ignore[arg-type]
            told["confirmed"] += 1
        except Exception as error:
            told[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {"confirmed": 10, "ShiftFull": 40}
    assert Shift.objects.get(pk=world.saturday).taken == 10
    assert SignUp.objects.confirmed().filter(shift=world.saturday).count() == 10
    assert SignUp.objects.filter(shift=world.saturday).count() == 10
