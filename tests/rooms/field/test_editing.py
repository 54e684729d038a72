"""A plan changed by hand: figures follow, nothing is half done, turfs in use stay."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import editing
from amiral.rooms.field.actions.drafting import Standing
from amiral.rooms.field.contracts import Edit, EditKind, Side, VersionKind
from amiral.rooms.field.models import AddressWish, Canvass, Door, PlanVersion, Turf
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World, address_lines

BARRE = {"street": "Rue de la Barre", "commune_code": "71270"}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(doors=40, minutes=20)


def edit(world: World, kind: EditKind, *, version: int | None = None, **values: Any) -> int:
    return actions.edit_plan(
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        edit=Edit(kind=kind, **values),
        version=Canvass.objects.get().plan_version if version is None else version,
        at=NOON,
    )


def plan() -> dict[int, list[UUID]]:
    """Doors of each turf in walking order."""
    return {
        turf.number: list(turf.doors.order_by("position").values_list("pk", flat=True))
        for turf in Turf.objects.all()
    }


def everything() -> list[Any]:
    """All that an edit may change."""
    return [
        list(Turf.objects.order_by("number").values()),
        list(Door.objects.order_by("pk").values()),
        list(PlanVersion.objects.values()),
        list(Canvass.objects.values()),
    ]


def assert_whole(world: World) -> None:
    """Every door once, positions without a gap, figures as the latest version says."""
    doors = [door for order in plan().values() for door in order]
    assert sorted(doors) == sorted(door for turf in world.turfs for door in turf.door_ids)
    for turf in Turf.objects.all():
        positions = list(turf.doors.order_by("position").values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
        assert positions
    canvass = Canvass.objects.get()
    latest = PlanVersion.objects.get(number=canvass.plan_version)
    assert canvass.report["turfs"] == latest.figures["turfs"] == Turf.objects.count()
    assert canvass.report["metres"] == pytest.approx(sum(turf.metres for turf in Turf.objects.all()))


def test_a_door_moves(world: World) -> None:
    first, second = world.turfs[:2]
    door = first.door_ids[0]
    before = {turf.number: turf.minutes for turf in Turf.objects.all()}
    assert edit(world, EditKind.DOORS, doors=(door,), target=second.number) == 2
    assert door in plan()[second.number]
    after = {turf.number: turf.minutes for turf in Turf.objects.all()}
    assert after[first.number] < before[first.number]
    assert after[second.number] > before[second.number]
    assert {n for n in before if before[n] != after[n]} == {first.number, second.number}
    assert_whole(world)
    line = AuditLine.objects.get(verb="edit-plan")
    assert line.detail == {"version": 2, "change": "doors"}
    assert PlanVersion.objects.get(number=2).made_by_id == world.cast.owner


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ({}, set(range(1, 21))),
        ({"side": Side.ODD}, set(range(1, 21, 2))),
        ({"side": Side.EVEN, "first_number": 5}, set(range(6, 21, 2))),
        ({"last_number": 3}, {1, 2, 3}),
        ({"first_number": 3, "last_number": 7}, set(range(3, 8))),
    ],
)
def test_a_street_or_a_part_of_it_becomes_a_turf(
    world: World, values: dict[str, Any], numbers: set[int]
) -> None:
    edit(world, EditKind.STREET, **BARRE, **values)
    new = max(plan())
    written = {door.number for door in Door.objects.filter(turf__number=new)}
    assert written == {"2 bis" if n == 2 else str(n) for n in numbers}
    assert_whole(world)


def test_a_boundary_takes_the_doors_that_lie_in_it(world: World) -> None:
    east = WEST + 4.5 * 0.00026
    corners = (
        (WEST - 0.001, SOUTH - 0.001),
        (east, SOUTH - 0.001),
        (east, SOUTH + 0.001),
        (WEST - 0.001, SOUTH + 0.001),
    )
    edit(world, EditKind.BOUNDARY, corners=corners)
    new = max(plan())
    assert {door.label for door in Door.objects.filter(turf__number=new)} == {
        "1 Rue de la Barre",
        "2 bis Rue de la Barre",
        "3 Rue de la Barre",
        "4 Rue de la Barre",
        "5 Rue de la Barre",
    }
    assert_whole(world)


def test_turfs_merge_and_split(world: World) -> None:
    before = plan()
    edit(world, EditKind.MERGE, turf=2, target=1)
    assert set(plan()) == set(before) - {2}
    assert sorted(plan()[1]) == sorted(before[1] + before[2])
    assert_whole(world)
    edit(world, EditKind.SPLIT, turf=1)
    halves = plan()[1], plan()[max(before) + 1]
    assert sorted(halves[0] + halves[1]) == sorted(before[1] + before[2])
    assert all(turf.connected for turf in Turf.objects.all())
    assert_whole(world)


def test_the_order_is_the_leaders(world: World) -> None:
    before = plan()
    metres = Turf.objects.get(number=1).metres
    edit(world, EditKind.REVERSE, turf=1)
    assert plan()[1] == before[1][::-1]
    assert Turf.objects.get(number=1).metres == pytest.approx(metres)
    edit(world, EditKind.FIRST, turf=1, doors=(before[1][2],))
    assert plan()[1][0] == before[1][2]
    last = plan()[1][-1]
    edit(world, EditKind.PLACE, turf=1, doors=(last,), position=2)
    assert plan()[1][1] == last
    assert {n: order for n, order in plan().items() if n != 1} == {n: o for n, o in before.items() if n != 1}
    assert_whole(world)


def test_the_preview_is_what_is_done(world: World) -> None:
    before = everything()
    change = Edit(kind=EditKind.STREET, target=1, **BARRE)
    draft = actions.preview_edit(by_id=world.cast.owner, canvass_id=world.canvass, edit=change, version=1)
    assert everything() == before
    said = {one.number: one.after for one in draft.changes}
    assert any("plus de 10" in sentence for sentence in draft.warnings)
    edit(world, EditKind.STREET, target=1, **BARRE)
    for number, figures in said.items():
        turf = Turf.objects.filter(number=number).first()
        assert (turf is None) == (figures is None)
        if turf and figures:
            assert (turf.minutes, turf.metres, turf.doors.count()) == (
                figures.minutes,
                figures.metres,
                figures.doors,
            )
    assert draft.figures_after == pytest.approx(
        {name: Canvass.objects.get().report[name] for name in draft.figures_after}
    )


def test_a_turf_in_pieces_is_warned_of(world: World) -> None:
    ends = Door.objects.filter(label__in=["1 Rue de la Barre", "40 Rue Carnot"]).values_list("pk", flat=True)
    draft = actions.preview_edit(
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        edit=Edit(kind=EditKind.DOORS, doors=tuple(ends)),
        version=1,
    )
    assert any("en morceaux" in sentence for sentence in draft.warnings)


REFUSALS: list[tuple[EditKind, dict[str, Any]]] = [
    (EditKind.DOORS, {"target": 2}),
    (EditKind.DOORS, {"target": 99}),
    (EditKind.STREET, {"street": "Rue inconnue", "target": 2}),
    (EditKind.STREET, {**BARRE, "first_number": 9, "last_number": 3}),
    (EditKind.BOUNDARY, {"corners": ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1))}),
    (EditKind.BOUNDARY, {"corners": ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))}),
    (EditKind.BOUNDARY, {}),
    (EditKind.MERGE, {"turf": 1, "target": 1}),
    (EditKind.MERGE, {"turf": 1}),
    (EditKind.MERGE, {"turf": 1, "target": 99}),
    (EditKind.SPLIT, {}),
    (EditKind.SPLIT, {"turf": 99}),
    (EditKind.REVERSE, {"turf": 99}),
    (EditKind.FIRST, {"turf": 1}),
    (EditKind.PLACE, {"turf": 1, "position": 3}),
]


@pytest.mark.parametrize(("kind", "values"), REFUSALS)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    world: World, kind: EditKind, values: dict[str, Any]
) -> None:
    before = everything()
    with pytest.raises(Refused):
        edit(world, kind, **values)
    assert everything() == before


def test_one_door_cannot_be_split(world: World) -> None:
    edit(world, EditKind.DOORS, doors=(world.turf.door_ids[0],))
    with pytest.raises(Refused, match=r"une seule porte|only one door"):
        edit(world, EditKind.SPLIT, turf=max(plan()))


def held_or_visited(world: World, how: str) -> None:
    assignment = world.assign(world.turfs[0])
    if how == "visited":
        world.visit(assignment, 1)
        api.take_back(by_id=world.cast.owner, turf_id=world.turfs[0].id, at=SATURDAY)


@pytest.mark.parametrize("how", ["held", "visited"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (EditKind.MERGE, {"turf": 1, "target": 2}),
        (EditKind.MERGE, {"turf": 2, "target": 1}),
        (EditKind.SPLIT, {"turf": 1}),
        (EditKind.REVERSE, {"turf": 1}),
        (EditKind.STREET, {**BARRE, "turf": 2, "target": 1}),
        (EditKind.STREET, {**BARRE, "turf": 1, "target": 2}),
    ],
)
def test_a_turf_in_use_stays(world: World, how: str, kind: EditKind, values: dict[str, Any]) -> None:
    assert world.turfs[0].number == 1
    held_or_visited(world, how)
    before = everything()
    with pytest.raises(actions.TurfInUse):
        edit(world, kind, **values)
    assert everything() == before


@pytest.mark.parametrize("how", ["held", "visited"])
def test_doors_of_a_turf_in_use_stay_and_the_others_move(world: World, how: str) -> None:
    held_or_visited(world, how)
    before = plan()
    change = Edit(kind=EditKind.STREET, last_number=15, **BARRE)
    draft = actions.preview_edit(by_id=world.cast.owner, canvass_id=world.canvass, edit=change, version=1)
    assert draft.stayed[1] > 0
    assert any(str(draft.stayed[1]) in sentence for sentence in draft.warnings)
    edit(world, EditKind.STREET, last_number=15, **BARRE)
    assert plan()[1] == before[1]
    assert_whole(world)


def test_the_second_of_two_leaders_is_told_what_changed(world: World) -> None:
    edit(world, EditKind.REVERSE, turf=2, version=1)
    before = everything()
    with pytest.raises(actions.PlanChanged) as told:
        edit(world, EditKind.REVERSE, turf=1, version=1)
    assert "2" in str(told.value)
    assert (told.value.since, told.value.now) == (1, 2)
    assert everything() == before


def test_a_plan_written_while_it_is_read_is_told_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the version that is looked at and the doors that are read, another leader goes back."""
    edit(world, EditKind.SPLIT, turf=1)

    def back() -> int:
        return actions.return_to(
            by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=2, at=NOON
        )

    read = editing.standing_of

    def after_another(canvass: Canvass) -> Standing:
        monkeypatch.setattr(editing, "standing_of", read)
        back()
        return read(canvass)

    monkeypatch.setattr(editing, "standing_of", after_another)
    with pytest.raises(actions.PlanChanged):
        back()
    assert Canvass.objects.get().plan_version == 3


def test_going_back_restores_every_door(world: World) -> None:
    first = everything()[0], plan()
    edit(world, EditKind.MERGE, turf=1, target=2)
    edit(world, EditKind.SPLIT, turf=3)
    edit(world, EditKind.REVERSE, turf=4)
    number = actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=4, at=NOON)
    assert plan() == first[1]
    for old, new in zip(first[0], everything()[0], strict=True):
        assert (old["number"], old["connected"]) == (new["number"], new["connected"])
        assert old["metres"] == pytest.approx(new["metres"])
        assert old["minutes"] == pytest.approx(new["minutes"])
        assert old["walk"] == new["walk"]
    version = PlanVersion.objects.get(number=number)
    assert (version.kind, version.restored) == (VersionKind.RETURN, 1)
    assert_whole(world)


def test_going_back_is_refused_where_a_changed_turf_is_in_use(world: World) -> None:
    edit(world, EditKind.REVERSE, turf=1)
    edit(world, EditKind.REVERSE, turf=2)
    world.assign(world.turfs[0])
    before = everything()
    with pytest.raises(actions.TurfInUse):
        actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=3, at=NOON)
    assert everything() == before
    assert (
        actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=2, version=3, at=NOON) == 4
    )


def test_going_back_leaves_out_who_asked_not_to_be_visited(
    world: World, import_addresses: Callable[..., UUID]
) -> None:
    """The doors of today in the turfs of then: one has gone, two are new."""
    before = plan()
    gone = Door.objects.get(label="7 Rue de la Barre")
    AddressWish.objects.create(
        address_file_name="mâcon", address_id=gone.address_id, since=NOON, until=SATURDAY, visit_id=gone.pk
    )
    import_addresses(address_lines(42))
    api.plan_now(canvass_id=world.canvass, at=NOON)
    draft = actions.preview_return(by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=2)
    assert (draft.left_out, draft.added) == (1, 2)
    actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=1, version=2, at=NOON)
    assert set(plan()) == set(before)
    assert Door.objects.count() == 41
    assert not Door.objects.filter(label="7 Rue de la Barre").exists()


def test_a_stranger_finds_nothing(world: World) -> None:
    for who in (world.cast.stranger, world.cast.teammate, world.cast.other_coordinator):
        with pytest.raises(NotFound):
            actions.edit_plan(
                by_id=who,
                canvass_id=world.canvass,
                edit=Edit(kind=EditKind.REVERSE, turf=1),
                version=1,
                at=NOON,
            )
    with pytest.raises(NotFound):
        actions.return_to(by_id=world.cast.owner, canvass_id=world.canvass, number=9, version=1, at=NOON)


def test_no_edit_while_the_turfs_are_cut(world: World) -> None:
    api.start_planning(by_id=world.cast.owner, canvass_id=world.canvass)
    with pytest.raises(actions.AlreadyPlanning):
        edit(world, EditKind.REVERSE, turf=1)


def test_an_edit_survives_a_file_that_is_gone(world: World) -> None:
    """Figures come from what the plan knows of its doors."""
    metres = Turf.objects.get(number=1).metres
    Canvass.objects.update(address_file_id=world.canvass, address_file_name="autre")
    edit(world, EditKind.REVERSE, turf=1)
    assert Turf.objects.get(number=1).metres == pytest.approx(metres)


def test_late_visits_find_their_doors_wherever_these_went(world: World) -> None:
    """A turf that was given back is merged away: its team may still send what it did there."""
    assignment = world.assign(world.turfs[0])
    api.take_back(by_id=world.cast.owner, turf_id=world.turfs[0].id, at=NOON)
    edit(world, EditKind.MERGE, turf=1, target=2)
    assert sorted(plan()[2]) == sorted(world.turfs[0].door_ids + world.turfs[1].door_ids)
    world.visit(assignment, 1)
    assert api.coverage(canvass_id=world.canvass).total.done == 1
    assert edit(world, EditKind.SPLIT, turf=3) == 3
    assert Turf.objects.count() == len(world.turfs) + 1
