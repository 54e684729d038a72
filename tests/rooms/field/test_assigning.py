"""Giving a turf to a team."""

from datetime import timedelta
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api
from amiral.rooms.field.access import access_assignment_by_id, access_assignment_by_token
from amiral.rooms.field.models import Assignment
from amiral.rooms.mobilisation import api as mobilisation
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World


def opens(world: World, person_id: UUID | None, assignment: UUID, *, days: float = 0) -> bool:
    try:
        access_assignment_by_id(
            person_id=person_id, assignment_id=assignment, at=SATURDAY + timedelta(days=days)
        )
    except NotFound:
        return False
    return True


def test_a_turf_is_held_by_one_team_at_a_time(world: World) -> None:
    first = world.assign()
    with pytest.raises(actions.AlreadyAssigned):
        api.assign_turf(by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.later_shift, at=NOON)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    second = api.assign_turf(
        by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.later_shift, at=NOON
    )
    assert first.id != second
    assert [card.id for card in api.live_assignments(canvass_id=world.canvass)] == [second]


def test_giving_the_same_turf_to_the_same_team_twice_is_harmless(world: World) -> None:
    assert world.assign().id == world.assign().id
    assert Assignment.objects.count() == 1


def test_taking_back_what_nobody_holds_is_harmless(world: World) -> None:
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    assert not AuditLine.objects.filter(verb="take-back-turf").exists()


def test_a_shift_that_is_over_takes_no_turf(world: World) -> None:
    with pytest.raises(actions.ShiftIsOver):
        world.assign(at=SATURDAY + timedelta(hours=3))


def test_a_cancelled_shift_takes_no_turf(world: World) -> None:
    mobilisation.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON)
    with pytest.raises(actions.ShiftIsOver):
        world.assign()


def test_a_shift_of_somebody_elses_group_takes_no_turf(world: World) -> None:
    from tests.conftest import give_mandate, make_person

    leader = make_person("Leader")
    give_mandate(leader, "group-leader", scope_id=world.cast.other_group)
    give_mandate(leader, "departement-coordinator", territory_id="departement:21")
    with pytest.raises(NotFound):
        api.assign_turf(by_id=leader, turf_id=world.turf.id, shift_id=world.shift, at=NOON)
    for shift in (UUID(int=5), foreign_shift(world, leader)):
        with pytest.raises(actions.NotYourShift):
            api.assign_turf(by_id=world.cast.owner, turf_id=world.turf.id, shift_id=shift, at=NOON)


def foreign_shift(world: World, leader: UUID) -> UUID:
    from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft

    action = mobilisation.create_action(
        by_id=leader,
        group_id=world.cast.other_group,
        draft=ActionDraft(kind=Kind.DOOR_TO_DOOR, title="Dijon", place="Gare", commune_id="commune:21231"),
        shifts=[ShiftDraft(starts_at=SATURDAY, ends_at=SATURDAY + timedelta(hours=1), capacity=2)],
        at=NOON,
    )
    return mobilisation.action(action_id=action).shifts[0].id


@pytest.mark.parametrize("who", ["teammate", "stranger", "other_coordinator"])
def test_nobody_else_assigns_or_takes_back(world: World, who: str) -> None:
    person = getattr(world.cast, who)
    with pytest.raises(NotFound):
        api.assign_turf(by_id=person, turf_id=world.turf.id, shift_id=world.shift, at=NOON)
    with pytest.raises(NotFound):
        api.take_back(by_id=person, turf_id=world.turf.id, at=NOON)


def test_the_walk_list_opens_to_the_team_and_to_those_who_lead(world: World) -> None:
    assignment, cast = world.assign().id, world.cast
    may = {
        cast.owner: True,
        cast.teammate: True,
        cast.stranger: False,
        cast.coordinator: True,
        cast.other_coordinator: False,
        cast.administrator: True,
        None: False,
    }
    assert {person: opens(world, person, assignment) for person in may} == may


def test_whoever_cancels_the_sign_up_loses_the_walk_list(world: World) -> None:
    assignment = world.assign().id
    mobilisation.cancel_sign_up(person_id=world.cast.teammate, shift_id=world.shift, at=NOON)
    assert not opens(world, world.cast.teammate, assignment)


def test_the_team_keeps_a_turf_taken_back_for_a_week(world: World) -> None:
    assignment = world.assign().id
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    assert opens(world, world.cast.teammate, assignment, days=6)
    assert not opens(world, world.cast.teammate, assignment, days=8)
    assert opens(world, world.cast.owner, assignment, days=8)


def test_the_token_opens_nothing_by_itself(world: World) -> None:
    card = world.assign()
    row = access_assignment_by_token(person_id=world.cast.teammate, token=card.token, at=NOON)
    assert row.pk == card.id
    for person in (world.cast.stranger, None):
        with pytest.raises(NotFound):
            access_assignment_by_token(person_id=person, token=card.token, at=NOON)


def test_links_of_a_shift_are_for_its_team_and_its_leaders(world: World) -> None:
    card, cast = world.assign(), world.cast
    links = api.links_for_shift(shift_id=world.shift, person_id=cast.teammate)
    team = f"/terrain/equipes/{world.shift}/"
    assert [link.url for link in links] == [f"/tournee/{card.id}/", f"/tournee/{card.id}/pdf/", team]
    assert api.links_for_shift(shift_id=world.shift, person_id=cast.owner)[:3] == links
    for person in (cast.stranger, cast.other_coordinator, None):
        assert api.links_for_shift(shift_id=world.shift, person_id=person) == []
    later = api.links_for_shift(shift_id=world.later_shift, person_id=cast.owner)
    assert not [link for link in later if "/telephones/" not in link.url]
