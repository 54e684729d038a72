"""Actions of forbidden kinds are neither told of nor held in electoral silence; the others go on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.contracts import CONDUCTS, Kind
from amiral.rooms.mobilisation.models import Action, Shift
from amiral.rooms.outreach.contracts import Silenced
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import World, draft, shift
from tests.rooms.outreach.silences import AFTER, EVE, vote

pytestmark = pytest.mark.django_db

ALLOWED = {Kind.TRAINING}
NEXT_WEEK = 8


@pytest.mark.parametrize("kind", list(Kind))
def test_which_kinds_may_be_held_on_the_eve(cast: Cast, kind: Kind) -> None:
    assert kind in CONDUCTS
    vote(cast)

    def create() -> None:
        one = draft(kind=kind, link="https://visio.example/x") if kind is Kind.ONLINE else draft(kind=kind)
        api.create_action(by_id=cast.owner, group_id=cast.group, draft=one, shifts=[shift()], at=NOON)

    if kind in ALLOWED:
        create()
    else:
        with pytest.raises(Silenced, match="Municipales, premier tour"):
            create()
    assert Action.objects.exists() == (kind in ALLOWED)


def test_nothing_new_is_told_of_on_the_eve(cast: Cast, world: World) -> None:
    vote(cast)
    later = [shift(days=NEXT_WEEK)]
    with pytest.raises(Silenced, match="rien de nouveau n’est publié"):
        api.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=later, at=EVE)
    lead.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=later, at=AFTER)
    training = draft(kind=Kind.TRAINING)
    lead.create_action(by_id=cast.owner, group_id=cast.group, draft=training, shifts=later, at=EVE)
    with pytest.raises(Silenced):
        lead.edit_action(by_id=cast.owner, action_id=world.action, draft=draft(description="Venez"), at=EVE)
    # Another place is news for those who come: it is told on any day.
    lead.edit_action(by_id=cast.owner, action_id=world.action, draft=draft(place="Gare"), at=EVE)
    assert Action.objects.get(pk=world.action).place == "Gare"


def test_a_shift_is_neither_added_to_a_silence_nor_moved_there(cast: Cast, world: World) -> None:
    vote(cast)
    with pytest.raises(Silenced):
        lead.add_shift(by_id=cast.owner, action_id=world.action, shift=shift(hours=1), at=NOON)
    made = lead.add_shift(by_id=cast.owner, action_id=world.action, shift=shift(days=NEXT_WEEK), at=NOON)
    with pytest.raises(Silenced):
        lead.change_shift(by_id=cast.owner, shift_id=made, shift=shift(days=1), at=NOON)
    # What stood there before the ballot was entered can still be made smaller, and cancelled.
    smaller = replace(shift(), capacity=3)
    lead.change_shift(by_id=cast.owner, shift_id=world.saturday, shift=smaller, at=NOON)
    assert Shift.objects.get(pk=world.saturday).capacity == 3
    lead.cancel_shift(by_id=cast.owner, shift_id=world.saturday, at=NOON)


def test_another_kind_or_commune_is_asked_again(cast: Cast) -> None:
    vote(cast)
    training = draft(kind=Kind.TRAINING)
    action = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=training, shifts=[shift()], at=NOON
    )
    with pytest.raises(Silenced):
        lead.edit_action(by_id=cast.owner, action_id=action, draft=draft(), at=NOON)


def test_a_shift_that_ends_before_midnight_is_held(cast: Cast) -> None:
    vote(cast)
    friday = shift(days=-1)
    late = replace(friday, ends_at=friday.starts_at + timedelta(hours=11))
    api.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[late], at=NOON)
    too_late = replace(friday, ends_at=friday.starts_at + timedelta(hours=11, minutes=1))
    with pytest.raises(Silenced):
        api.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[too_late], at=NOON)
