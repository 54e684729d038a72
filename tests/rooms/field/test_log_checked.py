"""What is shown is the fold of the log: compared, rebuilt, erased, settled by hand."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.cores.sync import Void, fold, parse
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api, jobs
from amiral.rooms.field.actions import checking, erasing, syncing
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Door, LogConflict, LogEntry, LogStatus, Visit
from amiral.rooms.field.queries import log
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import Handset, enrolled

WISH, TALKED, REFUSED = Outcome.DO_NOT_COME_BACK, Outcome.TALKED, Outcome.REFUSED
LATER = SATURDAY + timedelta(days=1)


@pytest.fixture
def held(world: World) -> World:
    world.assign()
    return world


@pytest.fixture
def phone(held: World) -> Handset:
    return enrolled(held.shift, held.cast.teammate)


@pytest.fixture
def walked(held: World, phone: Handset) -> Handset:
    """Some visits, a correction, a void, two wishes."""
    doors = held.turf.door_ids
    first = phone.visit(doors[0], REFUSED, seconds=30)
    phone.visit(doors[0], TALKED, replaces=first.id)
    heard = phone.visit(doors[1], WISH)
    phone.record(Void(door=doors[1], target=heard.id))
    phone.visit(doors[2], WISH, units=("1", "2.1"))
    phone.visit(doors[3], WISH)
    phone.send()
    return phone


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command("field", *map(str, arguments), stdout=out)
    return out.getvalue()


def states(world: World) -> dict[UUID, Outcome]:
    return dict(api.coverage(canvass_id=world.canvass).states)


def test_what_is_shown_is_the_fold_of_the_log(held: World, walked: Handset) -> None:
    found = actions.check_log(at=LATER)
    assert found.is_right
    assert (found.events, found.visits, found.doors) == (6, 3, 30)
    assert "the same" in run("check-log")
    assert not AuditLine.objects.filter(verb="check-log").exists()
    entries = LogEntry.objects.values_list("content", flat=True)
    assert {
        door: state.outcome for door, state in fold(parse(json.loads(one)) for one in entries).doors.items()
    } == states(held)


SPOILS: dict[str, Callable[[], Any]] = {
    "a visit is lost": lambda: Visit.objects.order_by("lam")[:1].get().delete(),
    "a visit counts twice": lambda: Visit.objects.bulk_create([_copy(Visit.objects.order_by("lam")[0])]),
    "an outcome differs": lambda: Visit.objects.filter(outcome=TALKED).update(outcome=REFUSED),
    "the order differs": lambda: Visit.objects.update(lam=1),
    "a wish is lost": lambda: AddressWish.objects.order_by("pk")[:1].get().delete(),
    "a wish is invented": lambda: AddressWish.objects.filter(pk=_any_wish()).update(address_id="a29"),
    "a wish lasts longer": lambda: AddressWish.objects.update(until=SATURDAY + timedelta(days=3000)),
}


def _copy(visit: Visit) -> Visit:
    visit.pk = new_id()
    return visit


def _any_wish() -> int:
    return AddressWish.objects.order_by("pk")[0].pk


@pytest.mark.parametrize("spoil", SPOILS)
def test_every_difference_is_seen_recorded_and_repaired(held: World, walked: Handset, spoil: str) -> None:
    before, wishes = states(held), list(AddressWish.objects.values_list("address_id", "until").order_by("pk"))
    SPOILS[spoil]()
    figures = jobs.check_log(report=lambda done, total: None)
    assert figures["wrong"] + figures["wishes"] > 0
    assert figures["rebuilt"] == 0
    assert AuditLine.objects.filter(verb="check-log").count() == 1
    with pytest.raises(CommandError):
        run("check-log")
    assert "written anew" in run("check-log", "--rebuild")
    assert "the same" in run("check-log")
    assert states(held) == before
    assert sorted(AddressWish.objects.values_list("address_id", "until")) == sorted(wishes)


def test_a_content_that_somebody_changed_is_seen(held: World, walked: Handset) -> None:
    entry = LogEntry.objects.get(content__contains='"seconds":30')
    entry.content = entry.content.replace("30", "31")
    entry.save(update_fields=["content"])
    assert actions.check_log(at=LATER).altered == [str(entry.pk)]
    with pytest.raises(CommandError):
        run("check-log", "--rebuild")


def test_all_projections_can_be_written_from_nothing(held: World, walked: Handset) -> None:
    before = sorted(map(str, Visit.objects.values_list()))
    wishes = set(AddressWish.objects.values_list("address_id", "until", "visit_id", "address_key"))
    Visit.objects.all().delete()
    AddressWish.objects.all().delete()
    actions.check_log(at=LATER, rebuild=True)
    assert sorted(map(str, Visit.objects.values_list())) == before
    assert set(AddressWish.objects.values_list("address_id", "until", "visit_id", "address_key")) == wishes


def test_an_erased_event_leaves_nothing_but_its_id(held: World, walked: Handset) -> None:
    wish = Visit.objects.get(door=held.turf.door_ids[3])
    again = {**walked.request(), "events": []}
    sealed = walked.phone.log[wish.pk]
    assert "1 events erased" in run("erase-event", wish.pk)
    entry = LogEntry.objects.get(pk=wish.pk)
    kept = {"id", "device_id", "seq", "lam", "status", "digest", "received_at", "erased_at"}
    assert {name for name, value in vars(entry).items() if value and name != "_state"} == kept
    assert held.turf.door_ids[3] not in states(held)
    assert AddressWish.objects.count() == 1
    mate = enrolled(held.shift)
    assert str(wish.pk) not in json.dumps(mate.send())
    again["events"] = [{**syncing.dump(sealed.event), "seal": sealed.seal}]
    assert walked.post(again).json()["answers"] == {str(wish.pk): {"status": "duplicate"}}
    assert held.turf.door_ids[3] not in states(held)
    assert actions.check_log(at=LATER).is_right
    assert run("erase-event", wish.pk) == "0 events erased\n"


def test_erasing_a_correction_brings_back_what_it_corrected(held: World, walked: Handset) -> None:
    door = held.turf.door_ids[0]
    correction = Visit.objects.get(door=door)
    erasing.erase_events(event_ids=[correction.pk], by_id=None, at=LATER)
    assert states(held)[door] == REFUSED
    assert actions.check_log(at=LATER).is_right


def test_a_door_is_erased_with_all_that_came_of_it(held: World, walked: Handset) -> None:
    door = held.turf.door_ids[0]
    assert "2 events erased" in run("erase-door", door)
    assert door not in states(held)
    assert not LogEntry.objects.filter(content__contains=str(door)).exists()


def test_what_is_erased_while_a_phone_asks_is_not_told(
    held: World, walked: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Erasing:
        """What a phone knows of a device; it is looked at between the two questions to the database."""

        def __contains__(self, number: int) -> bool:
            ids = list(LogEntry.objects.values_list("pk", flat=True))
            erasing.erase_events(event_ids=ids, by_id=None, at=LATER)
            return False

    monkeypatch.setattr(log, "NOTHING", Erasing())
    assert enrolled(held.shift).send()["news"] == []


def test_erasing_takes_the_other_contents_along(held: World, phone: Handset) -> None:
    event = phone.visit(held.turf.door_ids[0])
    request = phone.request()
    phone.send()
    LogConflict.objects.create(entry_id=event.id, device_id=phone.id, content="{}", digest="0" * 64)
    erasing.erase_events(event_ids=[event.id], by_id=None, at=LATER)
    assert not LogConflict.objects.exists()
    assert phone.post(request).json()["answers"] == {str(event.id): {"status": "duplicate"}}


def test_an_unknown_event_erases_nothing(held: World, walked: Handset) -> None:
    known = LogEntry.objects.all()[0]
    with pytest.raises(CommandError):
        run("erase-event", known.pk, new_id())
    with pytest.raises(CommandError):
        run("erase-door", new_id())
    assert not LogEntry.objects.filter(erased_at__isnull=False).exists()


def test_events_of_a_later_version_are_taken_in_once_they_can_be_read(held: World, phone: Handset) -> None:
    """As if the server had been brought up to date: what it stored apart is of its own version now."""
    phone.visit(held.turf.door_ids[0])
    phone.send()
    LogEntry.objects.update(status=LogStatus.QUARANTINED, why="future", kind="", door=None, lam=0)
    Visit.objects.all().delete()
    found = actions.check_log(at=LATER)
    assert (found.taken_in, found.is_right) == (1, True)
    assert states(held) == {held.turf.door_ids[0]: TALKED}


steps = st.lists(
    st.tuples(
        st.sampled_from(["visit", "correct", "void", "erase", "page"]),
        st.integers(0, 2),
        st.sampled_from([WISH, TALKED, REFUSED]),
        st.integers(0, 5),
    ),
    max_size=14,
)


@given(steps, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_arrives_in_any_order_the_projections_are_the_fold(
    held: World, steps: list[tuple[str, int, Outcome, int]], chance: Any
) -> None:
    """Two phones record; every event is sent alone, in any order, some of it twice; some are erased."""
    for model in (Visit, LogConflict, LogEntry, AddressWish):
        model._base_manager.all().delete()
    phones = [enrolled(held.shift), enrolled(held.shift)]
    made: list[Any] = []
    for what, place, outcome, number in steps:
        phone, door = phones[number % 2], held.turf.door_ids[place]
        at_door = [event for event in made if event.door == door]
        target = at_door[number % len(at_door)].id if at_door else None
        if what == "void" and target:
            made.append(phone.record(Void(door=door, target=target)))
        elif what != "erase":
            made.append(phone.visit(door, outcome, replaces=target if what == "correct" else None))
    events = [(phone, one) for phone in phones for one in phone.request()["events"]]
    sent = [*events, *events[::2]]
    chance.shuffle(sent)
    for phone, one in sent:
        phone.post({"device": str(phone.id), "head": 0, "events": [one]})
    for what, _place, _outcome, number in steps:
        if what == "erase" and made:
            erasing.erase_events(event_ids=[made[number % len(made)].id], by_id=None, at=LATER)
    assert checking.check_log(at=LATER).is_right
    left = LogEntry.objects.filter(erased_at__isnull=True).values_list("content", flat=True)
    state = fold(parse(json.loads(content)) for content in left)
    assert states(held) == {door: one.outcome for door, one in state.doors.items()}
    wished = {door for door, one in state.doors.items() if one.counts.get(WISH)}
    addresses = Door.objects.filter(pk__in=wished).values_list("address_id", flat=True)
    assert set(AddressWish.objects.values_list("address_id", flat=True)) == set(addresses)
