"""The stateful model over the real server: real address, real tables, and the core's fold as the oracle.

The invariants are those of ``tests/cores/sync/test_model.py``. Then the same over servers with one bug each,
every one of which must be found.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from benchmarks.field.world import OBJECTED, World, plant
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import (
    VERSION,
    Body,
    Event,
    Known,
    Objection,
    Status,
    Visit,
    Void,
    canonical,
    dump,
    fold,
    outcome_of,
    parse,
    sealed,
    standing,
)
from amiral.kit.clock import now
from amiral.rooms.field.actions import checking, erasing, judging, projecting, syncing
from amiral.rooms.field.models import Assignment, Device, LogEntry
from amiral.rooms.field.queries import log
from amiral.rooms.field.web import sync_views
from tests.cores.sync.world import Json
from tests.proofs.world import Office, Pocket

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

CLOCKS = ["2026-03-01T10:00:00Z", "2016-01-01T00:00:00Z", "2036-06-30T12:00:00Z"]
POINT = OBJECTED
FUTURE = UUID(int=5000)
people = st.integers(0, 2)
pair = st.integers(0, 1)


class Model(RuleBasedStateMachine):
    """Two team-mates (0, 1) and somebody of another team (2). ``world`` is planted once for all examples,
    each of which is rolled back."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        cache.clear()
        self.example = transaction.atomic()
        self.example.__enter__()
        cards = self.world.phones[:3]
        self.office = Office(self.world)
        self.phones = [Pocket(UUID(one.device), bytes.fromhex(one.key), one.token) for one in cards]
        self.turfs = [UUID(one.turf) for one in cards]
        self.places = [{UUID(door) for door in one.doors} | {UUID(one.turf)} for one in cards]
        self.held = [set(places) for places in self.places]
        self.recorded: dict[UUID, Event] = {}
        self.rightful: set[UUID] = set()
        self.erased: set[UUID] = set()
        self.revoked: dict[int, set[UUID]] = {}
        self.named = [0, 0, 0]
        self.requests: list[tuple[int, Json]] = []
        self.clock = now()
        self.made = 0

    def doors(self, who: int) -> list[UUID]:
        return [UUID(door) for door in self.world.phones[who].doors]

    # what people do

    def write(self, who: int, body: Body, clock: str) -> None:
        self.made += 1
        event = self.phones[who].record(body, UUID(int=1000 + self.made), clock)
        self.recorded[event.id] = event
        if (event.door or self.turfs[0]) in self.places[who]:
            self.rightful.add(event.id)

    @rule(
        who=people,
        door=st.integers(0, 1),
        outcome=st.sampled_from(Outcome),
        clock=st.sampled_from(CLOCKS),
    )
    def visit(self, who: int, door: int, outcome: Outcome, clock: str) -> None:
        self.write(who, Visit(door=self.doors(who)[door], outcome=outcome, units=("1.2",)), clock)

    @precondition(lambda self: self.recorded)
    @rule(who=pair, data=st.data(), replaced=st.booleans(), door=st.integers(0, 1))
    def correct(self, who: int, data: st.DataObject, replaced: bool, door: int) -> None:
        target = data.draw(st.sampled_from(sorted(self.recorded)))
        place = self.recorded[target].door if door else self.doors(who)[1]
        place = place or self.doors(who)[0]
        visit = Visit(door=place, outcome=Outcome.TALKED, replaces=target)
        self.write(who, visit if replaced else Void(door=place, target=target), CLOCKS[0])

    @rule(who=pair)
    def objection(self, who: int) -> None:
        self.write(who, Objection(turf=self.turfs[0], point=POINT), CLOCKS[0])

    @rule(who=pair)
    def at_a_door_that_was_never_theirs(self, who: int) -> None:
        self.write(who, Visit(door=self.doors(2)[0], outcome=Outcome.TALKED), CLOCKS[0])

    @rule(who=people)
    def new_form_version(self, who: int) -> None:
        self.phones[who].new_form()

    @rule()
    def the_pair_meets(self) -> None:
        self.phones[0].meet(self.phones[1])

    # what the network does

    @rule(
        who=people,
        crash=st.sampled_from(["", "", "", "before", "after"]),
        answers=st.integers(0, 2),
    )
    def exchange(self, who: int, crash: str, answers: int) -> None:
        response = self.pass_on(who, self.phones[who].request(), crash)
        for _ in range(answers if response else 0):
            self.phones[who].absorb(response or {})

    @rule(who=people)
    def send(self, who: int) -> None:
        self.requests.append((who, self.phones[who].request()))

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), again=st.booleans(), crash=st.sampled_from(["", "before", "after"]))
    def deliver(self, data: st.DataObject, again: bool, crash: str) -> None:
        i = data.draw(st.integers(0, len(self.requests) - 1))
        who, request = self.requests[i] if again else self.requests.pop(i)
        self.pass_on(who, request, crash)

    def pass_on(self, who: int, request: Json, crash: str = "") -> Json | None:
        cache.clear()  # nobody waits here, and a phone may send a hundred times a minute
        with patch.object(sync_views, "now", lambda: self.clock):
            response = self.office.handle(request, crash=crash)
        if crash != "before":
            self.named[who] = max(self.named[who], request["head"])
        if response:
            told = {UUID(said.get("door") or said["turf"]) for said in response["news"]}
            assert told <= self.held[who], "I9: a door of another team was told"
            assert not self.erased & {UUID(said["id"]) for said in response["news"]}, "I10: erased, and told"
        return response

    @rule(days=st.sampled_from([-3653, -1, 1, 3653]))
    def the_servers_clock_jumps(self, days: int) -> None:
        self.clock = now() + timedelta(days=days)

    # what the office does

    @rule(who=people)
    def revoke(self, who: int) -> None:
        if who not in self.revoked:
            device = self.phones[who].disk.device
            syncing.revoke(device_id=device, by_id=None, at=now())
            self.revoked[who] = {
                row.pk for row in self.office.rows().values() if row.device_id == device and _counts(row)
            }

    @rule()
    def reassign(self) -> None:
        """The pair's turf is taken back and given to the other team: what the pair still brings counts, and
        it is told nothing more of it."""
        mine = Assignment.objects.filter(turf=self.turfs[0])
        other = Assignment.objects.filter(turf=self.turfs[2]).first()
        if other and not mine.filter(shift=other.shift_id).exists():
            mine.update(ended_at=now())
            Assignment.objects.create(turf_id=self.turfs[0], shift_id=other.shift_id, until=other.until)
            self.places[2] |= self.places[0]
            self.held = [set(), set(), set(self.places[2])]

    @rule(data=st.data(), counted=st.booleans())
    def erase(self, data: st.DataObject, counted: bool) -> None:
        there = sorted(self.office.rows())
        if counted:
            there = sorted({id_ for id_, _door, _outcome in self.office.visits()} - self.erased) or there
        if there:
            id_ = data.draw(st.sampled_from(there))
            erasing.erase_events(event_ids=[id_], by_id=None, at=now())
            self.office.touched()
            self.erased.add(id_)

    # what strangers and later programs send

    @precondition(lambda self: self.recorded)
    @rule(data=st.data(), own_seal=st.booleans())
    def same_id_other_content(self, data: st.DataObject, own_seal: bool) -> None:
        event = self.recorded[data.draw(st.sampled_from(sorted(self.recorded)))]
        author = next(one for one in self.phones if one.disk.device == event.device)
        said = {**sealed(event, author.disk.key), "at": "2000-01-01T00:00:00Z"}
        if own_seal and event.id in self.office.rows():
            said = sealed(parse(said), author.disk.key)
        request = {"device": str(event.device), "head": 0, "events": [said], "has": {}}
        response = self.pass_on(self.phones.index(author), request)
        assert response
        status = response["answers"][str(event.id)].status
        assert status not in (Status.STORED, Status.QUARANTINED), "I3: a changed event was taken"

    @rule()
    def a_later_program_sends(self) -> None:
        device = str(self.phones[2].disk.device)
        said = {"v": VERSION + 1, "id": str(FUTURE), "device": device, "seq": 900, "new": True}
        request = {"device": device, "head": 0, "events": [said], "has": {}}
        response = self.pass_on(2, request)
        assert response
        assert FUTURE in self.office.rows(), "I1: acknowledged and not kept"
        self.office.touched()
        self.named[2] = max(self.named[2], 900)

    # what must hold

    @invariant()
    def all_holds(self) -> None:
        """Looked at when something reached the server, for each look asks its tables."""
        if not self.office.is_known:
            self.nothing_lost_nothing_twice_nothing_invented()
            self.what_is_shown_is_the_fold()
            self.the_revoked_change_nothing()
            self.the_gap_is_known()

    def nothing_lost_nothing_twice_nothing_invented(self) -> None:
        rows = self.office.rows()
        on_phones: set[UUID] = set()
        for phone in self.phones:
            on_phones |= phone.disk.unsent | phone.disk.troubles.keys()
        assert not self.recorded.keys() - on_phones - rows.keys(), "I1, I7: neither on a phone nor there"
        numbers = [(row.device_id, row.seq) for row in rows.values() if _counts(row)]
        assert len(numbers) == len(set(numbers)), "I2: stored twice"
        for id_, row in rows.items():
            if id_ in self.erased:
                assert not row.content, "I10: back again"
            elif id_ != FUTURE:
                assert row.content.encode() == canonical(dump(self.recorded[id_])), "I3: nobody recorded this"

    def what_is_shown_is_the_fold(self) -> None:
        rows = self.office.rows().values()
        stored = [self.recorded[row.pk] for row in rows if _counts(row) and row.pk not in self.erased]
        expected = fold(stored)
        visits = {
            (event.id, event.door, outcome_of(event).value)
            for event in standing(stored)
            if isinstance(event.body, Visit)
        }
        assert self.office.visits() == visits, "I6: the projection differs from the log"
        states = {door: state.outcome.value for door, state in expected.doors.items()}
        assert self.office.doors() == states, "I4: the state differs from the fold"
        assert self.office.objections(self.turfs) == dict(expected.objections), "I6: another number"

    def the_revoked_change_nothing(self) -> None:
        for who, before in self.revoked.items():
            device = self.phones[who].disk.device
            stored = {
                row.pk for row in self.office.rows().values() if row.device_id == device and _counts(row)
            }
            assert stored <= before, "I8: stored after the revocation"

    def the_gap_is_known(self) -> None:
        arrived: dict[UUID, set[int]] = {}
        for row in self.office.rows().values():
            arrived.setdefault(row.device_id, set()).add(row.seq)
        devices = {device.pk: device for device in Device.objects.all()}
        for who, phone in enumerate(self.phones):
            device = devices[phone.disk.device]
            seqs = arrived.get(device.pk, set())
            head = max(self.named[who], *seqs, 0) if seqs else self.named[who]
            seen = sum(last - first + 1 for first, last in device.seen)
            assert (device.head, seen) == (head, len(seqs)), f"I12: gap of phone {who}"

    def teardown(self) -> None:
        """The network is back; afterwards the example never happened."""
        try:
            for _ in range(4):
                for who, phone in enumerate(self.phones):
                    phone.absorb(self.pass_on(who, phone.request()) or {})
            self.check_all_agree()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def check_all_agree(self) -> None:
        assert not any(phone.disk.unsent for phone in self.phones), "I5: something never leaves a phone"
        self.nothing_lost_nothing_twice_nothing_invented()
        self.what_is_shown_is_the_fold()
        rows = self.office.rows()
        revoked = {self.phones[who].disk.device for who in self.revoked}
        for id_ in self.rightful - self.erased:
            if self.recorded[id_].device not in revoked:
                assert id_ in rows, "I1: an honest event was not taken"
                assert _counts(rows[id_]), "I1: an honest event does not count"
        if not (revoked or self.erased):
            known = {row.pk for row in rows.values() if _counts(row) and row.door in self.held[0]}
            for phone in self.phones[:2]:
                assert known <= phone.disk.log.keys(), "I5: a phone does not know what its team did"
        assert checking.check_log(at=now()).is_right, "I6: the nightly comparison finds a difference"


def _counts(row: LogEntry) -> bool:
    return row.status == "stored"


@pytest.fixture
def world() -> World:
    return plant(teams=2, phones=2, doors=2)


def drive(world: World, **how: Any) -> None:
    cards = world.phones
    model = type("Model", (Model,), {"world": replace(world, phones=(cards[0], cards[1], cards[2]))})
    usual = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(model, settings=settings(**usual, **how))  # type: ignore[no-untyped-call]  # so in hypothesis


def test_the_server_keeps_every_promise(world: World) -> None:
    drive(world, max_examples=15, stateful_step_count=25)


# One bug each -------------------------------------------------------------------------------------


@contextlib.contextmanager
def says_stored_and_writes_nothing() -> Iterator[None]:
    with patch.object(syncing, "_store", lambda verdict: None):
        yield


@contextlib.contextmanager
def never_takes_a_visit_out() -> Iterator[None]:
    with patch.object(projecting, "_take_out", lambda targets, undone: set()):
        yield


@contextlib.contextmanager
def counts_what_was_undone_before_it_came() -> Iterator[None]:
    with patch.object(projecting, "_undone", lambda doors: set()):
        yield


@contextlib.contextmanager
def writes_without_a_transaction() -> Iterator[None]:
    with patch.object(syncing, "_take", syncing._take.__wrapped__):  # type: ignore[attr-defined]  # Django's wraps
        yield


@contextlib.contextmanager
def trusts_any_seal() -> Iterator[None]:
    with patch.object(judging.Sent, "is_sealed", lambda self, key: True):
        yield


def _known(**wrong: Any) -> contextlib.AbstractContextManager[Any]:
    honest = judging.judge

    def judge(*, event: Event, digest: str, known: Known) -> Any:
        return honest(event=event, digest=digest, known=replace(known, **wrong))

    return patch.object(judging, "judge", judge)


@contextlib.contextmanager
def forgets_revocation() -> Iterator[None]:
    with _known(revoked=False):
        yield


@contextlib.contextmanager
def forgets_numbers() -> Iterator[None]:
    with patch.object(syncing, "_note_numbers", lambda *given: None):
        yield


@contextlib.contextmanager
def refuses_late_events() -> Iterator[None]:
    def held_now(fresh: Any, devices: Any) -> Any:
        found = honest(fresh, devices)
        ended = set(Assignment.objects.filter(ended_at__isnull=False).values_list("turf_id", flat=True))
        for turfs in found.turfs.values():
            turfs -= ended
        return found

    honest = judging.places_of
    with patch.object(judging, "places_of", held_now):
        yield


@contextlib.contextmanager
def tells_everybody() -> Iterator[None]:
    with patch.object(
        log, "_of_my_turfs", lambda shift: LogEntry.objects.filter(status="stored").exclude(content="")
    ):
        yield


@contextlib.contextmanager
def tells_nobody() -> Iterator[None]:
    with patch.object(log, "news_for", lambda **given: ((), False)):
        yield


@contextlib.contextmanager
def forgets_the_projection_when_erasing() -> Iterator[None]:
    with patch.object(erasing, "rewrite_doors", lambda **given: None):
        yield


@contextlib.contextmanager
def takes_the_erased_again() -> Iterator[None]:
    def forgotten(sent: Any, devices: Any) -> Any:
        ids = [one.id for one in sent if one.id]
        LogEntry.objects.filter(pk__in=ids, erased_at__isnull=False).delete()
        return honest(sent, devices)

    honest = judging._known
    with patch.object(judging, "_known", forgotten):
        yield


@contextlib.contextmanager
def believes_the_clock() -> Iterator[None]:
    """Rights by time: an event whose clock lies outside the shift's year is put aside."""
    honest = judging.judge

    def judge(*, event: Event, digest: str, known: Known) -> Any:
        wrong = abs(datetime.fromisoformat(event.at).year - 2026) > 1
        return honest(event=event, digest=digest, known=replace(known, places=known.places and not wrong))

    with patch.object(judging, "judge", judge):
        yield


BUGS: list[Callable[[], contextlib.AbstractContextManager[None]]] = [
    says_stored_and_writes_nothing,
    never_takes_a_visit_out,
    counts_what_was_undone_before_it_came,
    writes_without_a_transaction,
    trusts_any_seal,
    forgets_revocation,
    forgets_numbers,
    refuses_late_events,
    tells_everybody,
    tells_nobody,
    forgets_the_projection_when_erasing,
    takes_the_erased_again,
    believes_the_clock,
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_of_the_server_is_found(
    world: World, bug: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    with bug(), pytest.raises((AssertionError, KeyError), match=r"I\d+"):
        drive(
            world,
            max_examples=200,
            stateful_step_count=25,
            derandomize=True,
            phases=(Phase.generate,),
            report_multiple_bugs=False,
            print_blob=False,
        )
