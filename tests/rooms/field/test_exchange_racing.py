"""Several requests at once: on both databases one event is one row, and the figures follow."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from amiral.cores.sync import Visit as VisitBody
from amiral.cores.sync import Void
from amiral.kit.ids import new_id
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import enrolling, syncing
from amiral.rooms.field.actions.leasing import end_leases
from amiral.rooms.field.contracts import Edit, EditKind, Outcome
from amiral.rooms.field.models import (
    AddressWish,
    Assignment,
    Canvass,
    Device,
    DeviceKind,
    LogConflict,
    LogEntry,
    Visit,
)
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import Handset, enrolled

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(world: World) -> World:
    world.assign()
    return world


def sending(phone: Handset, request: dict[str, Any] | None = None) -> Callable[[], None]:
    """One request; fails unless it is answered."""
    asked = request or phone.request()

    def act() -> None:
        answer = phone.post(asked)
        assert answer.status_code == 200, answer.content

    return act


def done(world: World) -> int:
    return api.coverage(canvass_id=world.canvass).total.done


def test_the_same_batch_64_times_at_once_is_stored_once(held: World) -> None:
    phone = enrolled(held.shift)
    for position in range(10):
        phone.visit(held.turf.door_ids[position], Outcome.DO_NOT_COME_BACK)
    assert race([sending(phone)] * 64) == {"done": 64}
    assert LogEntry.objects.count() == Visit.objects.count() == AddressWish.objects.count() == 10
    assert Device.objects.get(pk=phone.id).seen == [[1, 10]]
    assert done(held) == 10


def test_carried_by_everybody_at_once(held: World) -> None:
    """Eight phones exchanged everything without network, and all come back in the same minute."""
    phones = [enrolled(held.shift) for _ in range(8)]
    for number, phone in enumerate(phones):
        for position in range(3):
            phone.visit(held.turf.door_ids[(number + position) % 5], Outcome.DO_NOT_COME_BACK)
    events = [event for phone in phones for event in phone.request()["events"]]
    acts = []
    for number, phone in enumerate(phones):
        turned = events[number:] + events[:number]
        acts.append(sending(phone, {"device": str(phone.id), "head": 3, "events": turned}))
    assert race(acts * 2) == {"done": 16}
    assert LogEntry.objects.count() == Visit.objects.count() == 24
    assert AddressWish.objects.count() == 5
    assert all(device.seen == [[1, 3]] for device in Device.objects.all())


def test_two_phones_void_and_repeat_at_one_door(held: World) -> None:
    phones = [enrolled(held.shift) for _ in range(6)]
    door = held.turf.door_ids[0]
    for number, phone in enumerate(phones):
        heard = phone.visit(door, Outcome.DO_NOT_COME_BACK)
        if number % 2:
            phone.record(Void(door=door, target=heard.id))
    assert race([sending(phone) for phone in phones] * 3) == {"done": 18}
    assert Visit.objects.count() == 3
    [wish] = AddressWish.objects.all()
    assert Visit.objects.filter(pk=wish.visit_id).exists()


def test_one_id_in_the_name_of_two_devices_leaves_one(held: World) -> None:
    id_, phones = new_id(), [enrolled(held.shift) for _ in range(8)]
    for phone in phones:
        phone.record(Void(door=held.turf.door_ids[0], target=new_id()), id=id_)
    assert race([sending(phone) for phone in phones]) == {"done": 8}
    assert (LogEntry.objects.count(), LogConflict.objects.count()) == (1, 7)


def test_pages_and_phones_at_once(held: World) -> None:
    phone, assignment = enrolled(held.shift), api.live_assignments(canvass_id=held.canvass)[0]
    for position in range(5):
        phone.visit(held.turf.door_ids[position])
    taps = [lambda position=position: held.visit(assignment, position) for position in range(1, 9)]
    assert race([sending(phone)] * 4 + taps) == {"done": 12}
    assert Visit.objects.count() == 13
    numbers = LogEntry.objects.values_list("device", "seq")
    assert len(set(numbers)) == len(numbers)


def test_phones_enrol_at_once_and_have_numbers(held: World) -> None:
    acts = [lambda: syncing.enrol(shift_id=held.shift, person_id=None, at=SATURDAY)] * 8
    assert race(acts) == {"done": 8}
    numbers: list[int] = list(Device.objects.values_list("number", flat=True))
    assert sorted(numbers) == list(range(1, 9))


def test_of_phones_that_enrol_at_once_no_more_than_fit_are_let_in(
    held: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "PHONES_AT_MOST", 3)
    row = Assignment.objects.get()
    ended = race([lambda: enrolling.enrol_by_number(assignment=row, at=NOON)] * 8)
    assert ended == {"done": 3, "TooManyPhones": 5}
    assert Device.objects.count() == 3


def test_several_lines_of_one_page_do_not_wait_for_phones_in_a_circle(held: World) -> None:
    """A page is entered in the order of the walk; phones take their doors in that of their ids."""
    doors = sorted(held.turf.door_ids)[:8]
    phones = [enrolled(held.shift) for _ in range(4)]
    for phone in phones:
        for door in doors:
            phone.visit(door, Outcome.DO_NOT_COME_BACK)

    def page() -> None:
        with transaction.atomic():
            syncing.hold(shift_id=held.shift, doors=doors, at=SATURDAY, kind=DeviceKind.PAPER)
            for door in reversed(doors):
                body = VisitBody(door=door, outcome=Outcome.DO_NOT_COME_BACK)
                syncing.append(
                    shift_id=held.shift,
                    by_id=None,
                    body=body,
                    event_id=new_id(),
                    at=SATURDAY,
                    kind=DeviceKind.PAPER,
                )

    assert race([*(sending(phone) for phone in phones), page, page, page]) == {"done": 7}
    assert Visit.objects.count() == 7 * 8


def test_a_lease_that_is_renewed_while_others_are_ended_lives_on(held: World) -> None:
    """PostgreSQL reads the row again once it is free: what is asked of it must be asked of the row itself."""
    if connection.vendor != "postgresql":
        return  # there, whoever renews it keeps all others out
    row = Assignment.objects.get()
    late = row.until + timedelta(minutes=1)
    with transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(until=row.until + timedelta(days=1))
        worker = threading.Thread(target=end_leases_alone, args=[late, held.canvass])
        worker.start()
        worker.join(timeout=1.0)
        assert worker.is_alive()  # it waits for the row
    worker.join()
    assert Assignment.objects.get().ended_at is None


def end_leases_alone(at: datetime, canvass_id: UUID) -> None:
    try:
        end_leases(at=at, canvass_id=canvass_id)
    finally:
        connection.close()


def test_phones_send_while_the_plan_changes(make_world: Callable[..., World]) -> None:
    """Late events of a turf that was taken back, while its doors go elsewhere: all count, nothing waits."""
    world = make_world()
    world.assign()
    phones = [enrolled(world.shift) for _ in range(4)]
    for number, phone in enumerate(phones):
        for door in world.turf.door_ids[number * 3 : number * 3 + 3]:
            phone.visit(door)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    Canvass.objects.update(minutes=15)
    replan = lambda: actions.replan_canvass(  # noqa: E731 (one act)
        canvass_id=world.canvass, progress=lambda done, total: None, at=SATURDAY
    )
    merge = lambda: actions.edit_plan(  # noqa: E731 (one act)
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        edit=Edit(kind=EditKind.MERGE, turf=1, target=2),
        version=1,
        at=NOON,
    )
    ended = race([*(sending(phone) for phone in phones), replan, merge])
    assert set(ended) <= {"done", "PlanChanged", "TurfInUse"}
    assert LogEntry.objects.filter(status="stored").count() == Visit.objects.count() == 12


def test_two_canvasses_of_one_address_settle_its_wish_together(
    world: World, import_addresses: Callable[..., UUID]
) -> None:
    """On PostgreSQL their doors are locked apart: a wish taken back at one is not lost at the other."""
    from amiral.rooms.field.contracts import CanvassKind

    world.assign()
    second = api.create_canvass(
        by_id=world.cast.owner,
        group_id=world.cast.group,
        name="Encore",
        kind=CanvassKind.DOOR_TO_DOOR,
        file_id=world.file,
        minutes=30,
    )
    api.plan_now(canvass_id=second, at=NOON)
    turfs = api.turfs(canvass_id=second)
    for turf in turfs:
        api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=world.shift, at=NOON)
    pairs = shared_doors(world.canvass, second, set(world.turf.door_ids))
    one, other = enrolled(world.shift), enrolled(world.shift)
    for first, _second in pairs:
        one.visit(first, Outcome.DO_NOT_COME_BACK)
    one.send()
    for first, also in pairs:
        heard = next(s.event for s in one.phone.log.values() if s.event.door == first)
        one.record(Void(door=first, target=heard.id))
        other.visit(also, Outcome.DO_NOT_COME_BACK)
    assert race([sending(one), sending(other)]) == {"done": 2}
    assert AddressWish.objects.count() == len(pairs)


def shared_doors(one: UUID, other: UUID, among: set[UUID]) -> list[tuple[UUID, UUID]]:
    from amiral.rooms.field.models import Door

    there = dict(Door.objects.filter(turf__canvass=other).values_list("address_id", "pk"))
    doors = Door.objects.filter(turf__canvass=one, pk__in=among).values_list("pk", "address_id")
    return [(pk, there[address]) for pk, address in doors if address in there]


def test_the_database_writes_before_it_says_so() -> None:
    """SQLite: every commit reaches the disk, and a transaction holds the lock from its beginning."""
    if connection.vendor != "sqlite":
        assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True
        return
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.transaction_mode == "IMMEDIATE"
