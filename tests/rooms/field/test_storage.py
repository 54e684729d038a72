"""What the database must guarantee: one visit per id, one team per turf, whoever is quicker."""

import pytest

from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Assignment, Visit
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import World

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_the_same_tap_twenty_times_at_once_is_one_visit(world: World) -> None:
    assignment, visit = world.assign(), new_id()
    tap = lambda: world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK, visit_id=visit)  # noqa: E731 (one act)
    assert race([tap] * 20) == {"done": 20}
    assert Visit.objects.count() == AddressWish.objects.count() == 1


def test_two_contents_under_one_id_leave_one(world: World) -> None:
    assignment, visit = world.assign(), new_id()
    acts = [
        lambda outcome=outcome: world.visit(assignment, 1, outcome, visit_id=visit)
        for outcome in [Outcome.TALKED, Outcome.REFUSED] * 5
    ]
    assert race(acts) == {"done": 5, "VisitTaken": 5}
    assert Visit.objects.count() == 1


def test_teammates_at_different_doors_lose_nothing(world: World) -> None:
    assignment = world.assign()
    doors = range(1, len(world.turf.door_ids) + 1)
    acts = [lambda position=position: world.visit(assignment, position) for position in doors]
    assert race(acts) == {"done": len(doors)}
    assert api.coverage(canvass_id=world.canvass).total.done == len(doors)


def test_one_team_wins_a_turf(world: World) -> None:
    shifts = [world.shift, world.later_shift] * 4
    acts = [
        lambda shift=shift: api.assign_turf(
            by_id=world.cast.owner, turf_id=world.turf.id, shift_id=shift, at=NOON
        )
        for shift in shifts
    ]
    assert race(acts) == {"done": 4, "AlreadyAssigned": 4}
    assert Assignment.objects.count() == 1


def test_planning_again_never_takes_a_turf_from_under_a_team(world: World) -> None:
    plan = lambda: api.plan_now(canvass_id=world.canvass, at=NOON)  # noqa: E731 (one act)
    give = lambda: api.assign_turf(  # noqa: E731 (one act)
        by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.shift, at=NOON
    )
    told = race([plan, give])
    assert sum(told.values()) == 2
    held = Assignment.objects.filter(ended_at__isnull=True).exists()
    kept = {turf.id for turf in api.turfs(canvass_id=world.canvass)} == {turf.id for turf in world.turfs}
    assert held == kept
    assert told["done"] == 1
