"""Two leaders, a planner and a team at once: one plan comes out, whole, on both databases."""

import pytest

from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import Edit, EditKind
from amiral.rooms.field.models import Assignment, Canvass, Door, PlanVersion, Turf
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import World

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def edit(world: World, kind: EditKind, turf: int, **values: int) -> int:
    return actions.edit_plan(
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        edit=Edit(kind=kind, turf=turf, **values),  # type: ignore[arg-type]  # numbers of turfs only
        version=1,
        at=NOON,
    )


def assert_whole(world: World) -> None:
    """Every door once, without a gap; as many versions as the canvass says."""
    rows = list(Door.objects.order_by("turf", "position").values_list("turf", "position"))
    assert len(rows) == sum(len(turf.door_ids) for turf in world.turfs)
    for turf in Turf.objects.all():
        positions = [position for turf_id, position in rows if turf_id == turf.pk]
        assert positions == list(range(1, len(positions) + 1))
    latest = Canvass.objects.get().plan_version
    assert list(PlanVersion.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, latest + 1)
    )


def test_of_two_leaders_one_changes_the_plan_and_the_other_is_told(world: World) -> None:
    acts = [
        lambda: edit(world, EditKind.SPLIT, 1),
        lambda: edit(world, EditKind.MERGE, 1, target=2),
        lambda: edit(world, EditKind.REVERSE, 1),
        lambda: edit(world, EditKind.REVERSE, 2),
    ]
    assert race(acts) == {"done": 1, "PlanChanged": 3}
    assert Canvass.objects.get().plan_version == 2
    assert_whole(world)


def test_a_turf_is_not_changed_under_a_team(world: World) -> None:
    give = lambda: api.assign_turf(  # noqa: E731 (one act)
        by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.shift, at=NOON
    )
    told = race([give, lambda: edit(world, EditKind.MERGE, 1, target=2)])
    held = Assignment.objects.filter(ended_at__isnull=True).exists()
    changed = Canvass.objects.get().plan_version == 2
    assert held != changed
    assert told["done"] == 1
    assert sum(told.values()) == 2
    assert Turf.objects.filter(pk=world.turf.id).exists() == held
    assert_whole(world)


def test_reversing_and_giving_away_both_leave_a_whole_turf(world: World) -> None:
    """A reversed turf may be given to a team right after; never is a held one reversed."""
    give = lambda: api.assign_turf(  # noqa: E731 (one act)
        by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.shift, at=NOON
    )
    told = race([give, lambda: edit(world, EditKind.REVERSE, 1)])
    assert Assignment.objects.filter(ended_at__isnull=True).count() == 1
    assert told in ({"done": 2}, {"done": 1, "TurfInUse": 1})
    assert_whole(world)


def test_planning_again_and_a_change_by_hand(world: World) -> None:
    plan = lambda: api.plan_now(canvass_id=world.canvass, at=NOON)  # noqa: E731 (one act)
    told = race([plan, lambda: edit(world, EditKind.SPLIT, 1)])
    assert told in ({"done": 2}, {"done": 1, "PlanChanged": 1})
    assert_whole(world)


def test_going_back_twice_at_once_is_one_version(world: World) -> None:
    edit(world, EditKind.SPLIT, 1)
    back = lambda: actions.return_to(  # noqa: E731 (one act)
        by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=2, at=NOON
    )
    assert race([back] * 4) == {"done": 1, "PlanChanged": 3}
    assert Canvass.objects.get().plan_version == 3
    assert_whole(world)
