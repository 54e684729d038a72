"""From an address file to turfs."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine, Run
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions.planning import written_number
from amiral.rooms.field.contracts import MOST_ADDRESSES, CanvassKind, Outcome
from amiral.rooms.field.models import AddressWish, Canvass, Door, Turf
from tests.conftest import NOON, Cast
from tests.rooms.field.conftest import SOUTH, WEST, World, address_lines

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"
BAN = REAL / "paris-faubourg-saint-antoine" / "ban_adresses.csv"


def create(cast: Cast, file: UUID, **fields: Any) -> UUID:
    values: dict[str, Any] = {
        "by_id": cast.owner,
        "group_id": cast.group,
        "name": "Rue de la Barre",
        "kind": CanvassKind.DOOR_TO_DOOR,
        "file_id": file,
        "minutes": 30,
    }
    return api.create_canvass(**(values | fields))


def test_every_address_stands_in_exactly_one_turf_at_its_place(world: World) -> None:
    doors = [door for turf in world.turfs for door in turf.door_ids]
    assert len(doors) == len(set(doors)) == Door.objects.count() == 30
    assert {f"a{i}" for i in range(30)} == set(Door.objects.values_list("address_id", flat=True))
    for turf in world.turfs:
        positions = Door.objects.filter(turf=turf.id).values_list("position", flat=True)
        assert list(positions) == list(range(1, len(turf.door_ids) + 1))
    card = api.canvass(canvass_id=world.canvass)
    assert (card.doors, card.turfs, card.planned_at) == (30, len(world.turfs), NOON)


def test_a_door_keeps_what_the_file_says_of_it(world: World) -> None:
    door = Door.objects.get(address_id="a1")
    assert (door.number, door.street, door.label) == ("2 bis", "Rue de la Barre", "2 bis Rue de la Barre")
    assert door.commune_code == "71270"
    assert (door.longitude, door.latitude) == pytest.approx((WEST + 0.00026, SOUTH))


@pytest.mark.parametrize(
    ("number", "suffix", "written"),
    [(12, "", "12"), (12, "bis", "12 bis"), (2, "-4", "2-4"), (7, "/1", "7/1"), (0, "B", "B"), (0, "", "")],
)
def test_numbers_are_written_as_on_the_wall(number: int, suffix: str, written: str) -> None:
    assert written_number(number, suffix) == written


def test_the_run_goes_from_waiting_to_done_and_links_to_the_turfs(
    cast: Cast, import_addresses: Callable[..., UUID]
) -> None:
    canvass = create(cast, import_addresses(address_lines(12)))
    run_id = api.start_planning(by_id=cast.owner, canvass_id=canvass)
    assert runs.run_by_id(run_id=run_id).state == Run.State.WAITING
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert run.state == Run.State.DONE
    assert run.result == {"url": f"/terrain/{canvass}/", "turfs": 1, "doors": 12}
    assert run.percent == 100
    assert AuditLine.objects.filter(verb="plan-canvass", subject_id=str(canvass)).exists()


def test_a_stopped_run_leaves_nothing_and_can_be_taken_up_again(
    cast: Cast, import_addresses: Callable[..., UUID]
) -> None:
    canvass = create(cast, import_addresses(address_lines(12)))
    run_id = api.start_planning(by_id=cast.owner, canvass_id=canvass)

    def stop(done: int, total: int) -> None:
        raise runs.Stopped

    with pytest.raises(runs.Stopped):
        actions.plan_canvass(canvass_id=canvass, progress=stop, at=NOON)
    assert not Turf.objects.exists()
    runs.stop(run_id=run_id)
    assert runs.run_by_id(run_id=run_id).state == Run.State.STOPPED
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert api.canvass(canvass_id=canvass).doors == 12


def test_a_failure_while_writing_keeps_the_old_turfs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(Door.objects.values_list("pk", flat=True))

    def break_down(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Door.objects, "bulk_create", break_down)
    with pytest.raises(OSError, match="disk full"):
        api.plan_now(canvass_id=world.canvass)
    assert set(Door.objects.values_list("pk", flat=True)) == before


def test_one_planning_at_a_time(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    canvass = create(cast, import_addresses(address_lines(3)))
    api.start_planning(by_id=cast.owner, canvass_id=canvass)
    with pytest.raises(actions.AlreadyPlanning):
        api.start_planning(by_id=cast.owner, canvass_id=canvass)


def test_planning_again_replaces_turfs_that_nobody_uses(world: World) -> None:
    actions.start_planning(by_id=world.cast.owner, canvass_id=world.canvass, minutes=15, seed=3)
    api.plan_now(canvass_id=world.canvass, at=NOON)
    assert Door.objects.count() == 30
    assert len(api.turfs(canvass_id=world.canvass)) > len(world.turfs)
    assert Canvass.objects.get().seed == 3


def test_turfs_in_a_teams_hands_are_not_replaced(world: World) -> None:
    world.assign()
    with pytest.raises(actions.PlanInUse):
        actions.start_planning(by_id=world.cast.owner, canvass_id=world.canvass)
    with pytest.raises(actions.PlanInUse):
        api.plan_now(canvass_id=world.canvass)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    api.plan_now(canvass_id=world.canvass)


def test_turfs_with_a_visit_are_never_replaced(world: World) -> None:
    world.visit(world.assign(), 1)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    with pytest.raises(actions.PlanInUse):
        api.plan_now(canvass_id=world.canvass)
    assert set(api.turfs(canvass_id=world.canvass)) == set(world.turfs)


def test_the_same_seed_gives_the_same_turfs(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    file = import_addresses(address_lines(30))
    orders = []
    for _ in range(2):
        canvass = create(cast, file, seed=7)
        api.plan_now(canvass_id=canvass)
        doors = Door.objects.filter(turf__canvass=canvass).order_by("turf__number", "position")
        orders.append(list(doors.values_list("turf__number", "address_id")))
    assert orders[0] == orders[1]


def test_an_address_that_asked_is_left_out_until_its_wish_ends(
    cast: Cast, import_addresses: Callable[..., UUID]
) -> None:
    canvass = create(cast, import_addresses(address_lines(12)))
    for address, days in [("a3", 10), ("a4", -10)]:
        AddressWish.objects.create(
            address_file_name="mâcon",
            address_id=address,
            since=NOON - timedelta(days=700),
            until=NOON + timedelta(days=days),
            visit_id=cast.group,
        )
    report = api.plan_now(canvass_id=canvass, at=NOON)
    addresses = set(Door.objects.values_list("address_id", flat=True))
    assert "a3" not in addresses
    assert "a4" in addresses
    assert (report["wishes"], report["doors"]) == (1, 11)


def test_a_door_written_twice_is_one_door(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    shop = address_lines(2, prefix="shop")
    canvass = create(cast, import_addresses([*address_lines(3), *shop]))
    report = api.plan_now(canvass_id=canvass)
    assert (report["doors"], report["merged"]) == (3, 2)
    AddressWish.objects.create(
        address_file_name="mâcon",
        address_id="shop1",
        since=NOON,
        until=NOON + timedelta(days=1),
        visit_id=canvass,
    )
    report = api.plan_now(canvass_id=canvass, at=NOON)
    assert (report["doors"], report["wishes"], report["merged"]) == (2, 1, 2)


def test_a_commune_or_a_box_of_the_file(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    file = import_addresses([*address_lines(6), *address_lines(4, commune="71105", prefix="b")])
    charnay = create(cast, file, commune_code="71105")
    assert api.plan_now(canvass_id=charnay)["doors"] == 4
    box = create(cast, file, bounds=(WEST - 0.0001, SOUTH - 0.0001, WEST + 0.0003, SOUTH + 0.0001))
    assert api.plan_now(canvass_id=box)["doors"] == 4


def test_without_streets_the_report_says_straight_lines(world: World) -> None:
    report = Canvass.objects.get().report
    assert report["mode"] == "straight"
    assert report["straight_turfs"] == len(world.turfs)
    assert report["far_count"] >= 0


def test_a_leaflet_drop_goes_faster_than_door_to_door(
    cast: Cast, import_addresses: Callable[..., UUID]
) -> None:
    file = import_addresses(address_lines(30))
    turfs = []
    for kind in (CanvassKind.DOOR_TO_DOOR, CanvassKind.LEAFLET_DROP):
        canvass = create(cast, file, kind=kind)
        turfs.append(api.plan_now(canvass_id=canvass)["turfs"])
    assert turfs[0] > turfs[1]


def test_the_file_may_be_replaced_by_one_of_the_same_name(
    cast: Cast, import_addresses: Callable[..., UUID]
) -> None:
    canvass = create(cast, import_addresses(address_lines(5)))
    import_addresses(address_lines(8))
    assert api.plan_now(canvass_id=canvass)["doors"] == 8


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "  "}, actions.BadName),
        ({"minutes": 5}, actions.BadMinutes),
        ({"minutes": 5000}, actions.BadMinutes),
        ({"bounds": (3.0, 46.0, 2.0, 47.0)}, actions.BadArea),
        ({"bounds": (float("nan"), 46.0, 5.0, 47.0)}, actions.BadArea),
        ({"bounds": (0.0, 46.0, 0.1, 46.1)}, actions.NoAddress),
        ({"commune_code": "21231"}, actions.NoAddress),
        ({"file_id": UUID(int=1)}, actions.FileIsGone),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_with_a_sentence(
    cast: Cast, import_addresses: Callable[..., UUID], fields: dict[str, Any], error: type[Exception]
) -> None:
    file = import_addresses(address_lines(3))
    with pytest.raises(error) as caught:
        create(cast, file, **fields)
    assert len(str(caught.value)) > 20
    assert not Canvass.objects.exists()


def test_too_many_addresses_are_refused(
    cast: Cast, import_addresses: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.rooms.field.actions.planning.MOST_ADDRESSES", 3)
    with pytest.raises(actions.TooManyAddresses):
        create(cast, import_addresses(address_lines(4)))
    assert MOST_ADDRESSES > 5340


@pytest.mark.parametrize("who", ["teammate", "stranger", "other_coordinator"])
def test_nobody_else_creates_or_plans(world: World, who: str) -> None:
    person = getattr(world.cast, who)
    with pytest.raises(NotFound):
        create(world.cast, world.file, by_id=person)
    with pytest.raises(NotFound):
        api.start_planning(by_id=person, canvass_id=world.canvass)


def test_all_wishes_and_no_address_is_said(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    canvass = create(cast, import_addresses(address_lines(1)))
    AddressWish.objects.create(
        address_file_name="mâcon",
        address_id="a0",
        since=NOON,
        until=NOON + timedelta(days=1),
        visit_id=cast.group,
    )
    run_id = api.start_planning(by_id=cast.owner, canvass_id=canvass)
    import time_machine

    with time_machine.travel(NOON, tick=False):
        runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert run.state == Run.State.FAILED
    assert run.problem


@pytest.mark.data
@pytest.mark.skipif(not BAN.exists(), reason=f"needs the real address file {BAN}")
def test_a_real_quarter_of_five_thousand_addresses(cast: Cast, reference_dir: Path) -> None:
    from amiral.rooms.territory import api as territory

    territory.import_addresses_file(path=BAN, name="faubourg", attribution="Base Adresse Nationale")
    file = territory.reference_files(kind="addresses")[0].id
    canvass = create(cast, file, minutes=120)
    report = api.plan_now(canvass_id=canvass)
    assert report["doors"] == Door.objects.count() == 5340
    assert Door.objects.values("address_id").distinct().count() == 5340
    assert report["balance_cv"] < 0.1
    coverage = api.coverage(canvass_id=canvass)
    assert sum(line.tally.doors for line in coverage.turfs) == 5340
    assert {line.key for line in coverage.communes} == {"75103", "75104", "75111", "75112"}


def test_outcomes_are_those_of_the_walk_list() -> None:
    assert [str(outcome) for outcome in Outcome] == [
        "nobody",
        "refused",
        "talked",
        "come-back",
        "leaflet-left",
        "do-not-come-back",
    ]
