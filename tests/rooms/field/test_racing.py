"""Planning, changing by hand, giving, taking back and walking at once, and a worker that dies."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import Run
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import assigning, visiting
from amiral.rooms.field.actions.homes import count_dwellings
from amiral.rooms.field.contracts import AssignmentCard, Edit, EditKind, Outcome
from amiral.rooms.field.models import Assignment, Canvass, Door, PlanVersion, Turf, Visit
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def nothing(done: int, total: int) -> None:
    """Progress that nobody watches."""


def replan(world: World) -> dict[str, Any]:
    return actions.replan_canvass(canvass_id=world.canvass, progress=nothing, at=SATURDAY)


def edit(world: World, kind: EditKind, turf: int, *, version: int = 1, **values: Any) -> int:
    return actions.edit_plan(
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        edit=Edit(kind=kind, turf=turf, **values),
        version=version,
        at=NOON,
    )


def give(world: World, turf: UUID) -> UUID:
    return api.assign_turf(by_id=world.cast.owner, turf_id=turf, shift_id=world.shift, at=NOON)


def gave_back(world: World) -> AssignmentCard:
    """The first turf was given to Saturday's team and taken back: its visits may still come."""
    card = world.assign()
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    return card


def assert_whole(world: World) -> None:
    """Every address once, places from 1 without a gap, versions without a gap, the report counts them."""
    doors = Door.objects.filter(turf__canvass=world.canvass)
    assert sorted(doors.values_list("address_id", flat=True)) == sorted(f"a{i}" for i in range(30))
    for turf in Turf.objects.all():
        places = list(turf.doors.order_by("position").values_list("position", flat=True))
        assert places == list(range(1, len(places) + 1))
    canvass = Canvass.objects.get()
    numbers = list(PlanVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, canvass.plan_version + 1))
    assert canvass.report["doors"] == 30


def test_visits_at_doors_that_change_places_are_neither_lost_nor_moved(world: World) -> None:
    """A team that gave its turf back sends what it did while the plan is made again and changed by hand."""
    card = gave_back(world)
    Canvass.objects.update(minutes=15)
    at_door = {new_id(): door for door in world.turf.door_ids[:5]}
    visits = [
        lambda visit=visit, door=door: world.visit(card, 1, visit_id=visit, door_id=door)
        for visit, door in at_door.items()
    ]
    told = race([*visits, lambda: replan(world), lambda: edit(world, EditKind.MERGE, 1, target=2)])
    assert set(told) <= {"done", "PlanChanged", "TurfInUse"}
    assert told["done"] >= len(visits) + 1
    assert dict(Visit.objects.values_list("pk", "door_id")) == at_door
    assert_whole(world)


def test_a_visit_whose_door_moves_while_it_is_recorded_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, door = gave_back(world), world.turf.door_ids[0]
    really = visiting.access_assignment_by_id
    moved = list[int]()

    def meanwhile(**asked: Any) -> Assignment:
        found = really(**asked)
        if not moved:
            moved.append(edit(world, EditKind.DOORS, 1, doors=(door,), target=2))
        return found

    monkeypatch.setattr(visiting, "access_assignment_by_id", meanwhile)
    world.visit(card, 1)
    assert Visit.objects.get().door_id == door
    assert Door.objects.get(pk=door).turf.number == 2


def test_a_turf_that_was_cut_anew_meanwhile_is_not_given(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leader's page is older than the plan: no error of the database, and nothing given."""
    monkeypatch.setattr(
        assigning, "check_shift", lambda shift, at: api.plan_now(canvass_id=world.canvass, at=NOON)
    )
    with pytest.raises(NotFound):
        give(world, world.turf.id)
    assert not Assignment.objects.exists()


def test_giving_while_the_plan_is_made_anew_ends_well_for_one(world: World) -> None:
    told = race(
        [
            lambda: give(world, world.turf.id),
            lambda: give(world, world.turfs[1].id),
            lambda: api.plan_now(canvass_id=world.canvass, at=NOON),
        ]
    )
    assert told in ({"done": 2, "PlanInUse": 1}, {"done": 1, "NotFound": 2})
    assert_whole(world)


def test_going_back_while_a_turf_is_given(world: World) -> None:
    edit(world, EditKind.SPLIT, 1)
    second = Turf.objects.order_by("-number").first()
    assert second is not None

    def back() -> None:
        actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=2, at=NOON)

    told = race([lambda: give(world, second.pk), back])
    assert told["done"] == 1
    assert set(told) <= {"done", "TurfInUse", "NotFound"}
    assert Assignment.objects.exists() == Turf.objects.filter(pk=second.pk).exists()
    assert_whole(world)


def test_a_change_by_hand_while_the_plan_is_made_again(world: World) -> None:
    Canvass.objects.update(minutes=15)
    told = race([lambda: replan(world), lambda: edit(world, EditKind.SPLIT, 1)])
    assert told in ({"done": 2}, {"done": 1, "PlanChanged": 1})
    assert_whole(world)


def test_giving_and_taking_back_while_the_plan_is_made_again(world: World) -> None:
    """A turf that a team holds when the plan is written is door by door what it was."""
    card = world.assign()
    Canvass.objects.update(minutes=15)
    before = list(world.turf.door_ids)
    free = world.turfs[1]
    told = race(
        [
            lambda: replan(world),
            lambda: api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON),
            lambda: give(world, free.id),
        ]
    )
    assert set(told) <= {"done", "NotFound"}
    assert told["done"] >= 2
    assert_whole(world)
    world.visit(card, 1)  # the team took it back in the street: its doors are still its own
    assert Visit.objects.get().door_id == before[0]


def rows(canvass_id: UUID) -> list[tuple[Any, ...]]:
    """What a plan is, without the ids of new rows."""
    doors = Door.objects.filter(turf__canvass=canvass_id).order_by("turf__number", "position")
    return list(
        doors.values_list("turf__number", "turf__minutes", "turf__metres", "position", "address_id")
    ) + list(Turf.objects.filter(canvass=canvass_id).order_by("number").values_list("number", "walk"))


def test_a_worker_that_dies_while_planning_again_leaves_the_plan_and_another_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., UUID]
) -> None:
    """Killed before and in the middle of writing; the next worker comes to what an unhurt one comes to."""
    world.assign()
    before = rows(world.canvass)
    expected = unhurt(world)
    assert rows(world.canvass) == before
    run_id = make_run(world)
    for place in ("replan", "keep_version"):
        die_at(monkeypatch, place, run_id)
        assert rows(world.canvass) == before
        assert Run.objects.get(pk=run_id).state == Run.State.RUNNING
        Run.objects.filter(pk=run_id).update(lease_until=NOON - timedelta(days=365))  # nobody renews it
        assert runs.abandoned() == [run_id]
    runs.carry_out(run_id)
    assert Run.objects.get(pk=run_id).state == Run.State.DONE
    assert rows(world.canvass) == expected
    assert_whole(world)


class Killed(BaseException):
    """What no ``except Exception`` sees: the process is gone."""


def die_at(monkeypatch: pytest.MonkeyPatch, place: str, run_id: UUID) -> None:
    """The worker dies where ``place`` is called."""
    from amiral.cores import walk
    from amiral.rooms.field.actions import replanning

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(walk if place == "replan" else replanning, place, dies)
        with pytest.raises(Killed):
            runs.carry_out(run_id)


@pytest.fixture
def make_run() -> Callable[..., UUID]:
    """A run that plans again in turfs of 15 minutes, not yet begun."""

    def make(world: World) -> UUID:
        Canvass.objects.filter(pk=world.canvass).update(minutes=15)
        run = Run.objects.create(
            kind="replan-canvass", arguments={"canvass_id": str(world.canvass), "more": 1}
        )
        Canvass.objects.filter(pk=world.canvass).update(run_id=run.pk)
        return run.pk

    return make


def unhurt(world: World) -> list[tuple[Any, ...]]:
    """The same plan made without an accident, and undone."""
    from django.db import transaction

    with transaction.atomic():
        Canvass.objects.filter(pk=world.canvass).update(minutes=15)
        actions.replan_canvass(canvass_id=world.canvass, progress=nothing, at=SATURDAY, more=1)
        found = rows(world.canvass)
        transaction.set_rollback(True)
    return found


def test_the_same_wish_and_the_same_count_at_once(world: World) -> None:
    """Two telephones of one team at one door."""
    card = world.assign()
    door = world.turf.door_ids[0]

    def count() -> None:
        count_dwellings(
            by_id=world.cast.teammate, assignment_id=card.id, door_id=door, dwellings=4, at=SATURDAY
        )

    wish = lambda: world.visit(card, 1, Outcome.DO_NOT_COME_BACK)  # noqa: E731 (one act)
    assert race([count, count, count, wish, wish, wish]) == {"done": 6}
    assert Visit.objects.count() == 3
