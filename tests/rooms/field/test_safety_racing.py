"""Gestures of safety made at once, on SQLite and PostgreSQL: each counts once, none is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import cautions, helping, pairing, presence, watching
from amiral.rooms.field.contracts import Caller, CautionCode
from amiral.rooms.field.models import Caution, HelpCall, Pair, PairMember, Presence
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, make_person
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def caller(world: World) -> Caller:
    return Caller(shift_id=world.shift, person_id=world.cast.teammate)


def messages(prefix: str) -> int:
    return Message.objects.filter(idempotency_key__startswith=prefix).count()


def test_two_taps_are_one_call(world: World) -> None:
    def tap(call_id: UUID) -> Callable[[], Any]:
        return lambda: helping.call_for_help(caller=caller(world), call_id=call_id, at=SATURDAY)

    race([tap(new_id()), tap(new_id()), tap(new_id())])
    assert HelpCall.objects.count() == 1
    assert messages("help:") == 1


def test_a_call_made_while_a_leader_ends_the_one_before_is_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second call was not stored, because there was an open one, which was over a moment later."""
    helping.call_for_help(caller=caller(world), call_id=new_id(), at=SATURDAY)
    mine, asked = helping._of, list[Caller]()

    def ended_in_between(who: Caller) -> Any:
        asked.append(who)
        if len(asked) == 2:  # between the insert and the look at what is open
            HelpCall.objects.filter(ended_at__isnull=True).update(ended_at=SATURDAY)
        return mine(who)

    monkeypatch.setattr(helping, "_of", ended_in_between)
    again = new_id()
    assert helping.call_for_help(caller=caller(world), call_id=again, at=SATURDAY) == again
    assert HelpCall.objects.get(ended_at__isnull=True).pk == again
    assert messages("help:") == 2


def test_two_workers_pass_a_call_on_once(world: World) -> None:
    helping.call_for_help(caller=caller(world), call_id=new_id(), at=SATURDAY)
    later = SATURDAY + timedelta(minutes=5)
    race([lambda: watching.watch(at=later)] * 3)
    assert (HelpCall.objects.get().step, messages("help:")) == (2, 2)


def test_of_two_leaders_one_answers(world: World) -> None:
    call_id = helping.call_for_help(caller=caller(world), call_id=new_id(), at=SATURDAY)

    def answer(who: UUID) -> Callable[[], Any]:
        return lambda: helping.answer_call(by_id=who, call_id=call_id, at=SATURDAY)

    race([answer(world.cast.owner), answer(world.cast.coordinator)])
    assert HelpCall.objects.get().answered_by_id in {world.cast.owner, world.cast.coordinator}


def test_a_pair_that_goes_out_twice_at_once_is_out_once(world: World) -> None:
    mate = make_person("Binome")
    mobilisation.sign_up(person_id=mate, shift_id=world.shift, at=NOON)

    def out(who: UUID) -> Callable[[], Any]:
        told = Caller(shift_id=world.shift, person_id=who)
        return lambda: presence.go_out(caller=told, gesture_id=new_id(), at=SATURDAY, with_pair=True)

    race([out(mate), out(world.cast.teammate), out(mate)])
    assert Presence.objects.filter(out_at__isnull=True).count() == 2


def test_two_who_arrange_at_once_leave_one_arrangement(world: World) -> None:
    mate = make_person("Binome")
    mobilisation.sign_up(person_id=mate, shift_id=world.shift, at=NOON)

    def arrange(by: UUID, numbers: dict[UUID, int]) -> Callable[[], Any]:
        return lambda: pairing.arrange_pairs(
            by_id=by, shift_id=world.shift, numbers=numbers, walks={}, at=NOON
        )

    both, apart = {mate: 1, world.cast.teammate: 1}, {mate: 1, world.cast.teammate: 2}
    race([arrange(world.cast.owner, both), arrange(mate, apart), arrange(world.cast.coordinator, both)])
    assert PairMember.objects.count() == 2
    assert Pair.objects.count() in {1, 2}


def test_the_same_report_twice_is_one(world: World) -> None:
    held = world.assign()

    def report() -> None:
        cautions.report_caution(
            by_id=world.cast.teammate,
            assignment_id=held.id,
            door_id=world.turf.door_ids[0],
            code=CautionCode.DOG,
            at=SATURDAY,
        )

    race([report, report])
    assert Caution.objects.count() == 1
    assert messages("caution:") == 1


def test_the_worker_asks_once(world: World) -> None:
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    api.watch_safety(at=SATURDAY)
    late = SATURDAY + timedelta(hours=2, minutes=30)
    race([lambda: api.watch_safety(at=late)] * 3)
    assert messages("still-out:") == 1
