"""What phones bring: the real address, the reference client of the core."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from amiral.cores.sync import Objection, Void, sealed
from amiral.kit.ids import new_id
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Device, DeviceKind, LogConflict, LogEntry, Visit
from amiral.rooms.field.queries import log
from amiral.rooms.mobilisation import api as mobilisation
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import Handset, enrolled, talking_point

TALKED, NOBODY, REFUSED, WISH = (
    Outcome.TALKED,
    Outcome.NOBODY,
    Outcome.REFUSED,
    Outcome.DO_NOT_COME_BACK,
)


@pytest.fixture
def held(world: World) -> World:
    world.assign()
    return world


@pytest.fixture
def phone(held: World) -> Handset:
    return enrolled(held.shift, held.cast.teammate)


@pytest.fixture
def mate(held: World) -> Handset:
    return enrolled(held.shift)


def outcomes(world: World) -> dict[UUID, Outcome]:
    return dict(api.coverage(canvass_id=world.canvass).states)


def test_an_event_is_stored_once_and_answered_each_time(held: World, phone: Handset) -> None:
    event = phone.visit(held.turf.door_ids[0], units=("1", "2.3"), seconds=95)
    request = phone.request()
    assert phone.send()["answers"] == {str(event.id): {"status": "stored"}}
    assert phone.post(request).json()["answers"] == {str(event.id): {"status": "duplicate"}}
    assert outcomes(held) == {held.turf.door_ids[0]: TALKED}
    visit = Visit.objects.get()
    assert (visit.pk, visit.units, visit.seconds, visit.lam) == (event.id, ["1", "2.3"], 95, 1)
    entry = LogEntry.objects.get()
    assert (entry.by_id, entry.carrier_id, entry.device_id) == (held.cast.teammate, None, phone.id)


def test_the_phone_and_the_pages_write_one_log(held: World, phone: Handset) -> None:
    """Whoever knew of the other comes after it, whatever the clocks say."""
    assignment = api.live_assignments(canvass_id=held.canvass)[0]
    door = held.turf.door_ids[0]
    held.visit(assignment, 1, REFUSED, received_at=SATURDAY + timedelta(days=2))
    phone.send()  # tells the phone of the page's visit
    assert phone.phone.state.doors[door].outcome == REFUSED
    phone.visit(door, TALKED)
    phone.send()
    assert outcomes(held)[door] == TALKED
    held.visit(assignment, 1, NOBODY)
    assert outcomes(held)[door] == NOBODY
    page = Device.objects.get(kind=DeviceKind.PAGE)
    assert (page.head, page.seen) == (2, [[1, 2]])


def test_team_mates_learn_from_each_other(held: World, phone: Handset, mate: Handset) -> None:
    first = phone.visit(held.turf.door_ids[0])
    phone.send()
    assert [one["id"] for one in mate.send()["news"]] == [str(first.id)]
    assert mate.send()["news"] == []
    assert mate.phone.state == phone.phone.state
    assert phone.send()["news"] == []


def test_an_event_carried_by_a_partner_counts_for_its_author(
    held: World, phone: Handset, mate: Handset
) -> None:
    phone.visit(held.turf.door_ids[0])
    answer = mate.post({**phone.request(), "device": str(mate.id), "head": 0}).json()
    assert [one["status"] for one in answer["answers"].values()] == ["stored"]
    entry = LogEntry.objects.get()
    assert (entry.device_id, entry.carrier_id, entry.by_id) == (phone.id, mate.id, held.cast.teammate)
    assert Device.objects.get(pk=phone.id).seen == [[1, 1]]


@pytest.mark.parametrize("voids_first", [False, True])
def test_a_void_takes_a_wish_back_whichever_comes_first(
    held: World, phone: Handset, voids_first: bool
) -> None:
    door = held.turf.door_ids[0]
    wish = phone.visit(door, WISH)
    phone.record(Void(door=door, target=wish.id))
    request = phone.request()
    events = request["events"]
    for event in reversed(events) if voids_first else events:
        phone.post({**request, "events": [event]})
    assert not AddressWish.objects.exists()
    assert not Visit.objects.exists()
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("correction_first", [False, True])
def test_a_correction_counts_whichever_comes_first(
    held: World, phone: Handset, correction_first: bool
) -> None:
    door = held.turf.door_ids[0]
    first = phone.visit(door, WISH)
    phone.visit(door, TALKED, replaces=first.id)
    request = phone.request()
    events = request["events"]
    for event in reversed(events) if correction_first else events:
        phone.post({**request, "events": [event]})
    assert outcomes(held) == {door: TALKED}
    assert not AddressWish.objects.exists()


def test_a_wish_outlives_the_void_of_another(held: World, phone: Handset, mate: Handset) -> None:
    door = held.turf.door_ids[0]
    phone.visit(door, WISH)
    phone.send()
    second = mate.visit(door, WISH)
    mate.send()
    mate.record(Void(door=door, target=second.id))
    mate.send()
    assert AddressWish.objects.count() == 1


def test_an_event_of_another_door_undoes_nothing(held: World, phone: Handset) -> None:
    one, other = held.turf.door_ids[:2]
    first = phone.visit(one, WISH)
    phone.record(Void(door=other, target=first.id))
    phone.send()
    assert outcomes(held) == {one: WISH}
    assert AddressWish.objects.count() == 1


def test_doors_of_others_are_kept_apart_and_never_told(
    make_world: Callable[..., World],
) -> None:
    """I9: a phone learns nothing of doors outside its turfs, and nothing that it says of them counts."""
    world = make_world(doors=30, minutes=15)
    world.assign()
    mine, theirs = world.turf.door_ids[0], world.turfs[1].door_ids[0]
    api.assign_turf(
        by_id=world.cast.owner, turf_id=world.turfs[1].id, shift_id=world.later_shift, at=SATURDAY
    )
    phone, other = enrolled(world.shift), enrolled(world.later_shift)
    other.visit(theirs)
    other.send()
    phone.visit(theirs, REFUSED)
    phone.visit(new_id(), REFUSED)
    phone.visit(mine)
    assert phone.send()["news"] == []
    assert phone.statuses() == ["quarantined-door", "quarantined-door", "stored"]
    assert other.send()["news"] == []
    assert outcomes(world) == {mine: TALKED, theirs: TALKED}


def test_a_turf_that_was_taken_back_still_counts(held: World, phone: Handset) -> None:
    phone.visit(held.turf.door_ids[0])
    api.take_back(by_id=held.cast.owner, turf_id=held.turf.id, at=SATURDAY)
    phone.send()
    assert phone.statuses() == ["stored"]


def test_turfs_of_which_a_phone_may_still_bring_visits_are_not_cut_anew(held: World, phone: Handset) -> None:
    """The doors would be other rows, and what the phone recorded would find none of them."""
    phone.visit(held.turf.door_ids[0])
    api.take_back(by_id=held.cast.owner, turf_id=held.turf.id, at=SATURDAY)
    with pytest.raises(actions.PlanInUse):
        api.plan_now(canvass_id=held.canvass, at=SATURDAY)
    later = SATURDAY + timedelta(days=8)
    api.plan_now(canvass_id=held.canvass, at=later)
    phone.send()
    assert phone.statuses() == ["quarantined-door"]


def test_a_revoked_phone_changes_nothing_and_learns_nothing(
    held: World, phone: Handset, mate: Handset
) -> None:
    """I8; it is answered, so that it may wipe what it has."""
    mate.visit(held.turf.door_ids[1])
    mate.send()
    phone.visit(held.turf.door_ids[0], WISH)
    syncing.revoke(device_id=phone.id, by_id=held.cast.owner, at=SATURDAY)
    answer = phone.send()
    assert (answer["revoked"], answer["news"], answer["packs"]) == (True, [], [])
    assert phone.statuses() == ["quarantined-revoked"]
    assert not AddressWish.objects.exists()
    [waiting] = log.quarantined(canvass_id=held.canvass)
    assert (waiting.why, waiting.device_number) == ("revoked", 1)


def test_who_left_the_team_is_told_nothing_more_and_still_counts(
    held: World, phone: Handset, mate: Handset
) -> None:
    mate.visit(held.turf.door_ids[1])
    mate.send()
    mobilisation.cancel_sign_up(person_id=held.cast.teammate, shift_id=held.shift, at=NOON)
    phone.visit(held.turf.door_ids[0])
    answer = phone.send()
    assert phone.statuses() == ["stored"]
    assert (answer["news"], answer["packs"], answer["revoked"]) == ([], [], False)


def test_another_content_under_one_id_is_kept_beside_it(held: World, phone: Handset) -> None:
    door = held.turf.door_ids[0]
    event = phone.visit(door)
    phone.send()
    forged = replace(event, body=replace(event.body, outcome=REFUSED))
    said = sealed(forged, phone.phone.key)
    for _ in range(2):
        answer = phone.post({"device": str(phone.id), "head": 1, "events": [said]})
        assert answer.json()["answers"] == {str(event.id): {"status": "conflict", "why": "same-id"}}
    assert LogConflict.objects.count() == 1
    assert outcomes(held) == {door: TALKED}
    [waiting] = log.conflicts(shift_ids=[held.shift])
    assert waiting.known is not None
    assert (waiting.said["outcome"], waiting.known["outcome"]) == ("refused", "talked")


def test_every_item_has_its_answer(held: World, phone: Handset) -> None:
    door = held.turf.door_ids[0]
    event = phone.visit(door)
    [good] = phone.request()["events"]
    future = {**good, "id": str(new_id()), "seq": 7, "v": 2, "mood": {"deep": ["é", 1.5, None]}}
    items = [
        good,
        None,
        {"id": "x"},
        {"id": str(new_id())},
        {**good, "id": str(new_id()), "seal": "0" * 64},
        {**good, "id": str(new_id()), "device": str(new_id())},
        future,
        good,
    ]
    answers = phone.post({"device": str(phone.id), "head": 1, "events": items}).json()["answers"]
    assert len(answers) == len(items)
    assert answers["#1"] == answers["#2"] == {"status": "refused", "why": "malformed"}
    assert answers[str(event.id)] == {"status": "stored"}
    assert answers["#7"] == {"status": "duplicate"}
    assert answers[items[4]["id"]] == {"status": "refused", "why": "seal"}
    assert answers[items[5]["id"]] == {"status": "refused", "why": "no-device"}
    assert answers[future["id"]] == {"status": "quarantined", "why": "future"}
    again = phone.post({"device": str(phone.id), "head": 1, "events": [future]}).json()["answers"]
    assert again == {future["id"]: {"status": "duplicate"}}


def test_the_server_sees_what_is_still_on_phones(held: World, phone: Handset) -> None:
    for position in range(3):
        phone.visit(held.turf.door_ids[position])
    request = phone.request()
    phone.post({**request, "events": [request["events"][1]]})
    [missing] = log.missing_by_device(canvass_id=held.canvass)
    assert (missing.device_id, missing.missing, missing.number) == (phone.id, 2, 1)
    phone.send()
    assert log.missing_by_device(shift_id=held.shift) == ()


def test_what_a_phone_says_of_itself_is_believed_within_reason(held: World, phone: Handset) -> None:
    phone.post({**phone.request(), "head": 2**53 - 1})
    assert Device.objects.get(pk=phone.id).head == 0
    phone.phone = replace(phone.phone, seq=2**50)
    phone.visit(held.turf.door_ids[0])
    phone.send()
    assert phone.statuses() == ["stored"]
    assert Device.objects.get(pk=phone.id).head == 0


def test_many_holes_take_little_room(held: World, phone: Handset) -> None:
    device = Device.objects.get(pk=phone.id)
    for start in range(1, 2000, 100):
        syncing._note(device, seqs=list(range(start, start + 100, 2)))
    assert len(device.seen) == syncing.MOST_RANGES
    assert device.seen[-1] == [1999, 1999]


def test_objections_are_counted_by_turf_and_point(held: World, phone: Handset) -> None:
    point = talking_point(new_id())
    for _ in range(2):
        phone.record(Objection(turf=held.turf.id, point=point))
    phone.record(Objection(turf=new_id(), point=point))
    phone.send()
    assert phone.statuses() == ["stored", "stored", "quarantined-door"]
    phone.record(Objection(turf=held.turf.id, point=new_id()))
    phone.send()
    assert phone.statuses() == ["quarantined-point"], "to nothing that was ever said"
    assert log.objections(turf_ids=[held.turf.id]) == {(held.turf.id, point): 2}


def test_more_news_than_one_answer_holds(
    held: World, phone: Handset, mate: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST_NEWS", 2)
    for position in range(5):
        phone.visit(held.turf.door_ids[position])
    phone.send()
    told = [(len(answer["news"]), answer["more"]) for answer in (mate.send() for _ in range(4))]
    assert told == [(2, True), (2, True), (1, False), (0, False)]
    assert mate.phone.state == phone.phone.state
