"""What those who hold actions do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.contracts import Role, ShiftDraft, ShiftRules, SignUpState, State
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, make_card, shift


def verbs() -> list[str]:
    return list(AuditLine.objects.order_by("id").values_list("verb", flat=True))


def subjects() -> list[str]:
    return list(Message.objects.order_by("id").values_list("subject", flat=True))


def test_an_action_is_published_with_its_shifts_in_order(cast: Cast) -> None:
    action_id = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[shift(days=7), shift()], at=NOON
    )
    card = api.action(action_id=action_id)
    assert [one.starts_at for one in card.shifts] == [SATURDAY, SATURDAY + timedelta(days=7)]
    assert (card.group.id, card.state, card.url) == (cast.group, State.PUBLISHED, f"/actions/{action_id}/")
    assert verbs() == ["create-action"]


def test_whoever_publishes_leads_every_shift_that_has_not_begun(cast: Cast) -> None:
    begun = replace(shift(), starts_at=NOON - timedelta(minutes=30), ends_at=NOON + timedelta(hours=2))
    action_id = lead.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[begun, shift()], at=NOON, leads=True
    )
    rows = SignUp.objects.filter(shift__action=action_id)
    assert [(row.person_id, row.role, row.state, row.shift.starts_at) for row in rows] == [
        (cast.owner, Role.LEAD, SignUpState.CONFIRMED, SATURDAY)
    ]
    assert subjects() == []  # nobody is told what he just did


def test_one_more_shift_accompanies_newcomers_as_the_last_one_did(cast: Cast) -> None:
    accompanied = replace(shift(), rules=ShiftRules(newcomers_each=1))
    action_id = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[accompanied], at=NOON
    )
    more = lead.add_shift(by_id=cast.owner, action_id=action_id, shift=shift(days=7), at=NOON)
    state = api.sign_up(person_id=cast.teammate, shift_id=more, at=NOON, silent=True, role=Role.NEWCOMER)
    assert state is SignUpState.WAITING
    api.sign_up(person_id=cast.owner, shift_id=more, at=NOON, silent=True, role=Role.LEAD)
    assert SignUp.objects.get(person=cast.teammate).state == SignUpState.OFFERED


def test_only_in_the_name_of_a_group_one_may_act_for(cast: Cast) -> None:
    for by_id, group in [
        (cast.owner, cast.other_group),
        (cast.owner, cast.departement_group),
        (cast.teammate, cast.group),
        (cast.other_coordinator, cast.group),
    ]:
        with pytest.raises(NotFound):
            api.create_action(by_id=by_id, group_id=group, draft=draft(), shifts=[shift()], at=NOON)


def test_an_action_has_shifts_and_not_too_many(cast: Cast) -> None:
    for shifts, refusal in [([], lead.LastShift), ([shift()] * 51, lead.TooManyShifts)]:
        with pytest.raises(refusal):
            api.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=shifts, at=NOON)


def test_only_approved_cards_go_along(world: World) -> None:
    card, other = make_card(world.cast), make_card(world.cast, approved=False)
    good = draft(talking_point_ids=(card, card))
    lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=good, at=NOON)
    assert api.action(action_id=world.action).talking_point_ids == (card,)
    bad = draft(talking_point_ids=(card, other))
    with pytest.raises(NotFound):
        lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=bad, at=NOON)
    assert api.action(action_id=world.action).talking_point_ids == (card,)


def test_another_meeting_point_is_told_another_title_is_not(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=draft(title="Autre"), at=NOON)
    assert subjects() == []
    lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=draft(place="Gare"), at=NOON)
    assert subjects() == ["Changement\u00a0: Porte-à-porte à la Chanaye"]
    assert "Gare" in Message.objects.get().body


def test_other_hours_are_told_other_numbers_are_not(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    change = {"by_id": world.cast.owner, "shift_id": world.saturday, "at": NOON}
    lead.change_shift(shift=shift(capacity=9, needed=3), **change)
    assert subjects() == []
    lead.change_shift(shift=shift(capacity=9, needed=3, hours=3), **change)
    assert subjects() == ["Changement\u00a0: Porte-à-porte à la Chanaye"]
    assert "de 13\u00a0h\u00a000 à 16\u00a0h\u00a000" in Message.objects.get().body


def test_the_capacity_does_not_fall_below_what_is_taken(world: World) -> None:
    for person in (world.cast.teammate, world.cast.owner):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    change = {"by_id": world.cast.owner, "shift_id": world.saturday, "at": NOON}
    with pytest.raises(lead.BelowTaken) as refusal:
        lead.change_shift(shift=shift(capacity=1, needed=0), **change)
    assert "2 personnes" in str(refusal.value)
    lead.change_shift(shift=shift(capacity=2), **change)
    assert api.shift(shift_id=world.saturday).capacity == 2


def test_shifts_come_and_go_but_the_last_and_those_with_people_stay(world: World) -> None:
    owner = world.cast.owner
    added = lead.add_shift(by_id=owner, action_id=world.action, shift=shift(days=7), at=NOON)
    api.sign_up(person_id=world.cast.teammate, shift_id=added, at=NOON, silent=True)
    with pytest.raises(lead.ShiftHasTeam):
        lead.remove_shift(by_id=owner, shift_id=added, at=NOON)
    lead.remove_shift(by_id=owner, shift_id=world.saturday, at=NOON)
    api.cancel_sign_up(person_id=world.cast.teammate, shift_id=added, at=NOON)
    lead.remove_shift(by_id=owner, shift_id=added, at=NOON)
    with pytest.raises(lead.LastShift):
        lead.remove_shift(by_id=owner, shift_id=world.sunday, at=NOON)
    assert [one.id for one in api.action(action_id=world.action).shifts] == [world.sunday]
    assert [verb for verb in verbs() if "shift" in verb] == ["add-shift", "remove-shift", "remove-shift"]


def test_one_shift_is_called_off_and_only_its_team_is_told_once(world: World) -> None:
    for person, shift_id in [
        (world.cast.teammate, world.saturday),
        (world.cast.stranger, world.sunday),
    ]:
        api.sign_up(person_id=person, shift_id=shift_id, at=NOON, silent=True)
    assert lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON) == 1
    assert lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON) == 0
    assert [message.to_address for message in Message.objects.all()] == ["teammate@example.org"]
    states = [one.state for one in api.action(action_id=world.action).shifts]
    assert states == [State.CANCELLED, State.PUBLISHED]


def test_a_cancelled_action_tells_everyone_who_would_have_come(world: World) -> None:
    for person, shift_id in [
        (world.cast.teammate, world.saturday),
        (world.cast.teammate, world.sunday),
        (world.cast.stranger, world.sunday),
    ]:
        api.sign_up(person_id=person, shift_id=shift_id, at=NOON, silent=True)
    api.cancel_sign_up(person_id=world.cast.stranger, shift_id=world.sunday, at=NOON)
    assert api.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON) == 2
    assert subjects() == ["Annulé\u00a0: Porte-à-porte à la Chanaye"] * 2
    card = api.action(action_id=world.action)
    assert {card.state, *(one.state for one in card.shifts)} == {State.CANCELLED}
    assert api.group_agenda(group_id=world.cast.group) == []
    assert api.shifts_of_groups(group_ids=[world.cast.group], after=NOON) == ()


def test_those_whose_shift_is_over_are_not_told(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    later = SATURDAY + timedelta(hours=3)
    assert api.cancel_action(by_id=world.cast.owner, action_id=world.action, at=later) == 0


def test_nothing_is_changed_in_a_cancelled_action(world: World) -> None:
    owner = world.cast.owner
    api.cancel_action(by_id=owner, action_id=world.action, at=NOON)
    for verb in (
        lambda: lead.edit_action(by_id=owner, action_id=world.action, draft=draft(title="X"), at=NOON),
        lambda: lead.add_shift(by_id=owner, action_id=world.action, shift=shift(), at=NOON),
        lambda: lead.change_shift(by_id=owner, shift_id=world.saturday, shift=shift(capacity=9), at=NOON),
        lambda: lead.remove_shift(by_id=owner, shift_id=world.saturday, at=NOON),
        lambda: lead.cancel_shift(by_id=owner, shift_id=world.saturday, at=NOON),
        lambda: lead.cancel_action(by_id=owner, action_id=world.action, at=NOON),
    ):
        with pytest.raises(lead.ActionOff) as refusal:
            verb()
        assert "annulée" in str(refusal.value)


def test_a_cancelled_shift_is_not_changed(world: World) -> None:
    lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON)
    with pytest.raises(lead.ActionOff):
        lead.change_shift(by_id=world.cast.owner, shift_id=world.saturday, shift=shift(capacity=9), at=NOON)


def test_every_change_raises_the_sequence(world: World) -> None:
    from amiral.rooms.mobilisation.models import Action

    owner = world.cast.owner
    lead.edit_action(by_id=owner, action_id=world.action, draft=draft(title="X"), at=NOON)
    lead.add_shift(by_id=owner, action_id=world.action, shift=shift(days=9), at=NOON)
    lead.change_shift(by_id=owner, shift_id=world.saturday, shift=shift(capacity=9), at=NOON)
    api.cancel_action(by_id=owner, action_id=world.action, at=NOON + timedelta(hours=1))
    row = Action.objects.get(pk=world.action)
    assert (row.sequence, row.changed_at) == (4, NOON + timedelta(hours=1))


def test_a_refused_change_changes_nothing(world: World) -> None:
    from amiral.rooms.mobilisation.models import Action

    for person in (world.cast.teammate, world.cast.owner):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    with pytest.raises(Refused):
        lead.change_shift(
            by_id=world.cast.owner, shift_id=world.saturday, shift=shift(capacity=1, needed=0), at=NOON
        )
    assert Action.objects.get(pk=world.action).sequence == 0


@pytest.mark.parametrize(
    ("hours", "capacity", "needed"), [(0, 4, 2), (-1, 4, 2), (13, 4, 2), (2, 0, 0), (2, 2, 3)]
)
def test_nonsense_is_no_shift(hours: float, capacity: int, needed: int) -> None:
    with pytest.raises(ValueError):
        shift(hours=hours, capacity=capacity, needed=needed)
    with pytest.raises(ValueError):
        ShiftDraft(starts_at=SATURDAY.replace(tzinfo=None), ends_at=SATURDAY, capacity=4, needed=2)


def test_nonsense_is_no_action() -> None:
    for fields in ({"longitude": 4.8}, {"title": " "}, {"place": ""}, {"title": "A\nB"}, {"place": "A\rB"}):
        with pytest.raises(ValueError):
            replace(draft(), **fields)


def test_the_groups_next_actions_for_its_page(cast: Cast) -> None:
    for days in (9, 2, 5, 30, 1, 8):
        api.create_action(
            by_id=cast.owner,
            group_id=cast.group,
            draft=draft(title=f"J+{days}"),
            shifts=[shift(days=days)],
            at=NOON,
        )
    agenda = api.group_agenda(group_id=cast.group)
    assert [link.title for link in agenda] == ["J+1", "J+2", "J+5", "J+8", "J+9"]
    assert agenda[0].at == SATURDAY + timedelta(days=1)
    assert api.group_agenda(group_id=cast.other_group) == []


def test_cards_for_other_rooms(world: World) -> None:
    one = api.shift(shift_id=world.saturday)
    assert (one.action_id, one.action_title, one.places_left, one.missing) == (
        world.action,
        "Porte-à-porte à la Chanaye",
        4,
        2,
    )
    assert api.shifts_of_groups(group_ids=[world.cast.group], after=SATURDAY + timedelta(hours=2)) == (
        api.shift(shift_id=world.sunday),
    )
    for call in (lambda: api.shift(shift_id=world.action), lambda: api.action(action_id=world.saturday)):
        with pytest.raises(NotFound):
            call()
    assert api.may_manage_action(person_id=world.cast.owner, action_id=world.action)
    assert not api.may_manage_action(person_id=world.cast.teammate, action_id=world.action)
