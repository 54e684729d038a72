"""What the database must guarantee: never overbooked, never an empty seat, nobody left untold."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections, transaction

from amiral.kit.errors import Refused
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead, seating
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import make_world, shift
from tests.rooms.mobilisation.test_seating import check

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def all_at_once(gestures: Sequence[Callable[[], object]]) -> Counter[str]:
    """Runs each in a thread with a connection of its own, and counts how they ended."""
    ended: Counter[str] = Counter()
    together = threading.Barrier(len(gestures))

    def run(gesture: Callable[[], object]) -> None:
        connection.ensure_connection()
        together.wait()
        try:
            gesture()
            ended["done"] += 1
        except Refused as refusal:
            ended[type(refusal).__name__] += 1
        except Exception as error:
            ended[repr(error)] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[gesture]) for gesture in gestures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def test_fifty_people_on_the_last_ten_places(cast: Cast) -> None:
    world = make_world(cast, capacity=10)
    people = [make_person(f"Volontaire{n}") for n in range(50)]
    ended = all_at_once(
        [partial(api.sign_up, person_id=one, shift_id=world.saturday, at=NOON) for one in people]
    )
    assert ended == {"done": 50}
    row = Shift.objects.get(pk=world.saturday)
    assert (row.taken, row.waiting) == (10, 40)
    assert SignUp.objects.confirmed().filter(shift=world.saturday).count() == 10
    assert SignUp.objects.filter(shift=world.saturday, state=SignUpState.WAITING).count() == 40
    assert Message.objects.count() == 50


def test_everybody_gestures_at_once_and_no_seat_stays_empty(cast: Cast) -> None:
    """Half of those who came go away, while others ask, offers run out and two workers settle."""
    world = make_world(cast, capacity=4)
    people = [make_person(f"Volontaire{n}") for n in range(12)]
    for one in people[:8]:
        api.sign_up(person_id=one, shift_id=world.saturday, at=NOON, silent=True)
    mine = {"shift_id": world.saturday, "at": NOON, "silent": True}
    ended = all_at_once(
        [
            *(partial(api.cancel_sign_up, person_id=one, **mine) for one in people[:3]),
            *(partial(api.accept_offer, person_id=one, **mine) for one in people[4:7]),
            *(partial(api.sign_up, person_id=one, party=2, **mine) for one in people[8:]),
            *(partial(seating.settle, shift_ids=[world.saturday], at=NOON, silent=True) for _ in range(2)),
        ]
    )
    assert set(ended) <= {"done", "NotPossibleNow"}
    check(world.saturday, NOON)
    assert Shift.objects.get(pk=world.saturday).taken == 4


def test_one_person_who_clicks_ten_times_takes_one_place(cast: Cast) -> None:
    world = make_world(cast, capacity=4)
    click = partial(api.sign_up, person_id=cast.teammate, shift_id=world.saturday, at=NOON)
    assert all_at_once([click] * 10) == {"done": 10}
    assert Shift.objects.get(pk=world.saturday).taken == 1
    assert Message.objects.count() == 1
    away = partial(api.cancel_sign_up, person_id=cast.teammate, shift_id=world.saturday, at=NOON)
    assert all_at_once([away] * 10) == {"done": 10}
    assert Shift.objects.get(pk=world.saturday).taken == 0


def test_whoever_slips_in_while_the_action_is_cancelled_is_told(cast: Cast) -> None:
    world = make_world(cast, capacity=30)
    people = [make_person(f"Volontaire{n}") for n in range(20)]
    come = [
        partial(api.sign_up, person_id=one, shift_id=world.saturday, at=NOON, silent=True) for one in people
    ]
    off = partial(api.cancel_action, by_id=cast.owner, action_id=world.action, at=NOON)
    ended = all_at_once([*come[:10], off, *come[10:]])
    assert set(ended) <= {"done", "ShiftCancelled"}
    team = set(api.team_of_shift(shift_id=world.saturday))
    assert len(team) == ended["done"] - 1 == Shift.objects.get(pk=world.saturday).taken
    assert set(Message.objects.values_list("person_id", flat=True)) == team


def test_places_taken_away_while_people_come(cast: Cast) -> None:
    world = make_world(cast, capacity=20)
    people = [make_person(f"Volontaire{n}") for n in range(20)]
    come = [
        partial(api.sign_up, person_id=one, shift_id=world.saturday, at=NOON, silent=True) for one in people
    ]
    fewer = [
        partial(
            lead.change_shift,
            by_id=cast.owner,
            shift_id=world.saturday,
            shift=shift(capacity=places),
            at=NOON,
        )
        for places in (2, 5, 10, 15)
    ]
    ended = all_at_once([*come[:10], *fewer, *come[10:]])
    assert set(ended) <= {"done", "BelowTaken"}
    check(world.saturday, NOON)
    row = Shift.objects.get(pk=world.saturday)
    # Of those who came too early for the larger numbers, some are being offered the places.
    assert row.taken - row.offered == SignUp.objects.confirmed().filter(shift=row).count() <= row.capacity


def test_the_database_itself_refuses_one_too_many(cast: Cast) -> None:
    world = make_world(cast, capacity=2)
    for fields in ({"taken": 3}, {"needed": 3}, {"offered": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Shift.objects.filter(pk=world.saturday).update(**fields)
