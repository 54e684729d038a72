"""Planning again while doors are being done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine, Run
from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import TourAsked
from amiral.rooms.field.models import AddressWish, Assignment, Canvass, Door, PlanVersion, Turf, Visit
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World, address_lines


def again(world: World, *, more: int = 0, at: Any = SATURDAY) -> dict[str, Any]:
    return actions.replan_canvass(
        canvass_id=world.canvass, progress=lambda done, total: None, at=at, more=more
    )


def rows() -> dict[Any, Any]:
    return dict(Door.objects.values_list("pk", "turf__number"))


def in_order() -> None:
    for turf in Turf.objects.all():
        places = list(turf.doors.values_list("position", flat=True))
        assert places == list(range(1, len(places) + 1))


def test_nothing_new_changes_nothing(world: World) -> None:
    before = rows()
    turfs = set(Turf.objects.values_list("pk", "number", "minutes", "metres"))
    report = again(world)
    assert rows() == before
    assert {(pk, number) for pk, number, *_ in turfs} == set(Turf.objects.values_list("pk", "number"))
    assert report["changes"]["moved"] == 0
    assert report["doors"] == 30
    in_order()


def test_held_turfs_stay_door_by_door(world: World) -> None:
    held = world.assign()
    world.visit(held, 1)
    walk = Turf.objects.get(pk=world.turf.id).walk
    before = list(Door.objects.filter(turf=world.turf.id).values_list("pk", "position"))
    Canvass.objects.update(minutes=15)
    report = again(world)
    assert list(Door.objects.filter(turf=world.turf.id).values_list("pk", "position")) == before
    assert Turf.objects.get(pk=world.turf.id).walk == walk
    assert report["changes"]["held"] == [world.turf.number]
    assert Turf.objects.count() > len(world.turfs)
    assert Door.objects.values("address_id").distinct().count() == Door.objects.count() == 30
    assert Visit.objects.count() == 1
    in_order()
    assert PlanVersion.objects.filter(kind="replan").exists()


def test_what_was_done_stays_counted_where_it_was_done(world: World) -> None:
    held = world.assign()
    for position in (1, 2, 3):
        world.visit(held, position)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    before = rows()
    minutes = Turf.objects.get(pk=world.turf.id).minutes
    again(world, at=SATURDAY + timedelta(hours=1))
    assert set(rows()) == set(before)
    done = world.turf.door_ids[:3]
    assert {rows()[door] for door in done} == {world.turf.number}
    coverage = api.coverage(canvass_id=world.canvass)
    assert coverage.total.done == 3
    assert Turf.objects.get(pk=world.turf.id).minutes < minutes
    in_order()


def test_new_addresses_enter_and_doors_keep_their_ids(
    world: World, import_addresses: Callable[..., Any]
) -> None:
    before = dict(Door.objects.values_list("address_id", "pk"))
    world.assign(world.turfs[-1])
    import_addresses(
        [
            *address_lines(30),
            *(line.replace("Carnot", "Neuve") for line in address_lines(33, prefix="n")[30:]),
        ]
    )
    report = again(world)
    after = dict(Door.objects.values_list("address_id", "pk"))
    assert {key: after[key] for key in before} == before
    assert len(after) == 33
    assert report["changes"]["entered"] == 3
    in_order()


def test_doors_gone_from_the_file_leave_unless_visited_or_held(
    world: World, import_addresses: Callable[..., Any]
) -> None:
    held = world.assign()
    world.visit(held, 1)
    other = world.turfs[1]
    gone = Door.objects.get(pk=other.door_ids[0]).address_id
    mine = Door.objects.get(pk=world.turf.door_ids[1]).address_id
    import_addresses([line for line in address_lines(30) if line.split(";")[0] not in {gone, mine}])
    again(world)
    addresses = set(Door.objects.values_list("address_id", flat=True))
    assert gone not in addresses
    assert mine in addresses
    assert Visit.objects.count() == 1
    in_order()


def test_a_door_that_asked_leaves(world: World) -> None:
    asked = Door.objects.get(pk=world.turfs[1].door_ids[0])
    AddressWish.objects.create(
        address_file_name="mâcon",
        address_id=asked.address_id,
        since=NOON,
        until=NOON + timedelta(days=30),
        visit_id=new_id(),
    )
    report = again(world)
    assert not Door.objects.filter(pk=asked.pk).exists()
    assert report["wishes"] == 1
    assert report["changes"]["left"] == 1


def test_a_turf_of_which_all_was_done_stays_with_its_doors(world: World) -> None:
    held = world.assign()
    for position in range(1, len(world.turf.door_ids) + 1):
        world.visit(held, position)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    again(world, at=SATURDAY + timedelta(hours=1))
    turf = Turf.objects.get(pk=world.turf.id)
    assert turf.minutes == 0
    assert turf.doors.count() == len(world.turf.door_ids)
    in_order()


def test_a_team_more(world: World) -> None:
    report = again(world, more=1)
    assert len(report["changes"]["made"]) == 1
    assert Turf.objects.count() == len(world.turfs) + 1


def test_the_run_tells_progress_and_ends_on_the_page_of_changes(world: World) -> None:
    world.assign()
    run_id = actions.start_replanning(by_id=world.cast.owner, canvass_id=world.canvass, minutes=20)
    with pytest.raises(actions.AlreadyPlanning):
        actions.start_replanning(by_id=world.cast.owner, canvass_id=world.canvass)
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert run.state == Run.State.DONE
    assert run.result is not None
    assert run.result["url"] == f"/terrain/{world.canvass}/replanifier/"
    assert Canvass.objects.get().minutes == 20
    assert AuditLine.objects.filter(verb="replan-canvass").exists()


def test_a_stopped_run_changes_nothing(world: World) -> None:
    before = rows()

    def stop(done: int, total: int) -> None:
        raise runs.Stopped

    with pytest.raises(runs.Stopped):
        actions.replan_canvass(canvass_id=world.canvass, progress=stop, at=SATURDAY)
    assert rows() == before


@pytest.mark.parametrize("who", ["teammate", "stranger", "other_coordinator"])
def test_nobody_else_plans_again(world: World, who: str) -> None:
    with pytest.raises(NotFound):
        actions.start_replanning(by_id=getattr(world.cast, who), canvass_id=world.canvass)


def test_what_happens_meanwhile_is_taken_into_account(world: World) -> None:
    """A turf is given to a team while the plan is made: the plan is made again, around it."""
    turf = world.turfs[1]
    before = list(Door.objects.filter(turf=turf.id).values_list("pk", "position"))
    Canvass.objects.update(minutes=15)
    given = list[object]()

    def meanwhile(done: int, total: int) -> None:
        if not given:
            given.append(
                api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=world.shift, at=NOON)
            )

    report = actions.replan_canvass(canvass_id=world.canvass, progress=meanwhile, at=SATURDAY)
    assert report["changes"]["held"] == [turf.number]
    assert list(Door.objects.filter(turf=turf.id).values_list("pk", "position")) == before


@pytest.mark.django_db(transaction=True)
def test_a_tour_while_the_plan_is_made(make_world: Callable[..., World]) -> None:
    world = make_world()
    Canvass.objects.update(minutes=20)
    soon = SATURDAY - timedelta(minutes=30)
    asked = TourAsked(longitude=WEST, latitude=SOUTH, minutes=20, people=4)
    found = actions.propose_tour(by_id=world.cast.owner, canvass_id=world.canvass, asked=asked, at=soon)

    def tour() -> None:
        actions.take_tour(
            by_id=world.cast.owner,
            canvass_id=world.canvass,
            shift_id=world.shift,
            asked=asked,
            digest=found.digest,
            at=soon,
        )

    ended = race([tour, lambda: again(world)])
    assert ended["done"] == 2
    assert Door.objects.values("address_id").distinct().count() == Door.objects.count() == 30
    tours = Assignment.objects.filter(turf__is_tour=True, ended_at__isnull=True)
    assert tours.count() == 1
    assert set(tours.get().turf.doors.values_list("pk", flat=True)) == {place.id for place in found.places}
    in_order()


def test_the_page_says_before_and_after(world: World, sign_in: Callable[..., Any]) -> None:
    world.assign()
    browser = sign_in(world.cast.owner)
    address = f"/terrain/{world.canvass}/replanifier/"
    page = browser.get(address)
    assert page.status_code == 200
    assert page.context["page"].before.held_turfs == (world.turf.number,)
    assert browser.post(address, {"minutes": 3}).status_code == 200
    assert browser.post(address, {"minutes": 30, "more": 1}).status_code == 302
    run_id = Canvass.objects.get().run_id
    assert run_id is not None
    waiting = browser.get(address)
    assert waiting["Refresh"]
    runs.carry_out(run_id)
    after = browser.get(address)
    assert after.context["page"].after.held == (world.turf.number,)
    assert len(after.context["page"].after.made) == 1


def test_a_turf_shut_in_by_held_ones_is_named_on_the_page(
    world: World, import_addresses: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    for turf in world.turfs:
        world.assign(turf)
    new = address_lines(5, prefix="n")[4].replace("n4;5;", "n4;99;").replace("4.83104", "4.83117")
    import_addresses([*address_lines(30), new])
    report = again(world)
    number = Turf.objects.get(doors__address_id="n4").number
    assert [one for one, _minutes in report["changes"]["cut_off"]] == [number]
    page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/replanifier/").content.decode()
    assert "Ces secteurs sont petits" in page
    assert f"Secteur {number} : 2 minutes" in page.replace("\xa0", " ")
