"""Signing up and giving the place back, in any order."""

import contextlib
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.actions.places import ShiftCancelled, ShiftOver
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import SATURDAY, World, make_world, shift


def taken(shift_id: UUID) -> int:
    return Shift.objects.get(pk=shift_id).taken


def test_a_place_is_given_once_however_often_it_is_asked(world: World) -> None:
    for _ in range(2):
        state = api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
        assert state == SignUpState.CONFIRMED
    assert taken(world.saturday) == 1
    assert api.team_of_shift(shift_id=world.saturday) == (world.cast.teammate,)
    assert api.is_in_team(person_id=world.cast.teammate, shift_id=world.saturday)
    assert not api.is_in_team(person_id=None, shift_id=world.saturday)


def test_a_place_given_back_is_free_once_and_can_be_taken_again(world: World) -> None:
    person = world.cast.teammate
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    assert api.cancel_sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    assert not api.cancel_sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    assert taken(world.saturday) == 0
    assert api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    row = SignUp.objects.get(person=person)
    assert (row.state, row.sequence, taken(world.saturday)) == (SignUpState.CONFIRMED, 3, 1)


def test_each_confirmation_is_a_message_of_its_own_with_the_event(world: World) -> None:
    person = world.cast.teammate
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    message = Message.objects.get()
    assert (message.purpose, message.person_id, message.to_address) == (
        "service",
        person,
        "teammate@example.org",
    )
    assert message.subject == "Votre place\u00a0: Porte-à-porte à la Chanaye"
    assert "samedi 6 mars 2027, de 13\u00a0h\u00a000 à 15\u00a0h\u00a000" in message.body
    assert (message.attachment_name, message.attachment_type) == (
        "action.ics",
        "text/calendar; charset=utf-8",
    )
    assert "BEGIN:VEVENT" in message.attachment_text
    assert "https://" in message.body or "http://" in message.body
    assert "/actions/place/" in message.body
    api.cancel_sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    assert Message.objects.count() == 2


def test_a_silent_sign_up_writes_to_nobody(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    assert not Message.objects.exists()


def test_the_one_too_many_waits_and_is_told_so(cast: Cast) -> None:
    world = make_world(cast, capacity=2)
    for person in (cast.owner, cast.coordinator):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    state = api.sign_up(person_id=cast.teammate, shift_id=world.saturday, at=NOON)
    assert state == SignUpState.WAITING
    assert "liste d’attente" in Message.objects.get().body
    row = Shift.objects.get(pk=world.saturday)
    assert (row.taken, row.offered, row.waiting) == (2, 0, 1)
    assert not api.is_in_team(person_id=cast.teammate, shift_id=world.saturday)


def test_who_has_a_place_in_a_full_shift_keeps_it(cast: Cast) -> None:
    world = make_world(cast, capacity=2)
    for person in (cast.owner, cast.teammate):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    again = api.sign_up(person_id=cast.teammate, shift_id=world.saturday, at=NOON)
    assert again == SignUpState.CONFIRMED


def test_a_shift_that_has_begun_takes_nobody_and_lets_nobody_go(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    with pytest.raises(ShiftOver):
        api.sign_up(person_id=world.cast.owner, shift_id=world.saturday, at=SATURDAY)
    with pytest.raises(ShiftOver):
        api.cancel_sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=SATURDAY)
    assert taken(world.saturday) == 1


def test_a_cancelled_shift_takes_nobody(world: World) -> None:
    api.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON)
    with pytest.raises(ShiftCancelled):
        api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)


def test_a_shift_that_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        api.sign_up(person_id=world.cast.teammate, shift_id=new_id(), at=NOON)


def test_erasing_a_person_frees_the_seats(world: World) -> None:
    for person in (world.cast.teammate, world.cast.owner):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    api.sign_up(person_id=world.cast.teammate, shift_id=world.sunday, at=NOON)
    api.cancel_sign_up(person_id=world.cast.teammate, shift_id=world.sunday, at=NOON)
    kept = api.export_person(person_id=world.cast.teammate)["mobilisation"]
    assert [line["state"] for line in kept] == ["confirmed", "cancelled"]
    api.erase_person(person_id=world.cast.teammate)
    assert (taken(world.saturday), taken(world.sunday)) == (1, 0)
    assert not SignUp.objects.filter(person=world.cast.teammate).exists()


def test_sign_ups_are_forgotten_a_year_after_the_shift(world: World) -> None:
    from datetime import timedelta

    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    assert api.purge(at=SATURDAY + timedelta(days=365))["mobilisation.SignUp"] == 0
    assert api.purge(at=SATURDAY + timedelta(days=366))["mobilisation.SignUp"] == 1


class Places(RuleBasedStateMachine):
    """Any sequence of gestures by volunteers and the leader."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world = make_world(self.cast, capacity=2)
        self.people = (self.cast.owner, self.cast.teammate, self.cast.stranger, self.cast.coordinator)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def attempt(self, verb: Any, **arguments: Any) -> None:
        with contextlib.suppress(Refused):
            verb(at=NOON, **arguments)

    @rule(who=st.integers(0, 3))
    def come(self, who: int) -> None:
        self.attempt(api.sign_up, person_id=self.people[who], shift_id=self.world.saturday)

    @rule(who=st.integers(0, 3), accepts=st.booleans())
    def answer(self, who: int, accepts: bool) -> None:
        verb = api.accept_offer if accepts else api.decline_offer
        self.attempt(verb, person_id=self.people[who], shift_id=self.world.saturday)

    @rule(who=st.integers(0, 3))
    def give_back(self, who: int) -> None:
        self.attempt(api.cancel_sign_up, person_id=self.people[who], shift_id=self.world.saturday)

    @rule(capacity=st.integers(1, 5), needed=st.integers(0, 1))
    def resize(self, capacity: int, needed: int) -> None:
        self.attempt(
            lead.change_shift,
            by_id=self.cast.owner,
            shift_id=self.world.saturday,
            shift=shift(capacity=capacity, needed=needed),
        )

    @rule()
    def call_off(self) -> None:
        self.attempt(lead.cancel_action, by_id=self.cast.owner, action_id=self.world.action)

    @rule(who=st.integers(1, 2))
    def erase(self, who: int) -> None:
        api.erase_person(person_id=self.people[who])

    @invariant()
    def the_counter_tells_the_truth(self) -> None:
        row = Shift.objects.get(pk=self.world.saturday)
        rows = list(SignUp.objects.filter(shift=row))
        offered = sum(each.party for each in rows if each.state == SignUpState.OFFERED)
        coming = sum(each.party for each in rows if each.state == SignUpState.CONFIRMED)
        waiting = sum(each.party for each in rows if each.state == SignUpState.WAITING)
        assert row.taken == coming + offered <= row.capacity
        assert (row.offered, row.waiting) == (offered, waiting)
        if row.state == "published":
            assert not waiting or row.taken == row.capacity


def test_no_sequence_of_gestures_breaks_the_counter(cast: Cast) -> None:
    Places.cast = cast
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
        Places, settings=settings(max_examples=20, stateful_step_count=12, deadline=None)
    )
