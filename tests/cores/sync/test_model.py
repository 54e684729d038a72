"""The whole of phones, network and server as one model: no door lost, no door twice.

Invariants, after every step: I1 nothing lost, I2 nothing twice, I3 nothing invented, I4 one state for
every order and clock, I6 projection = fold(log), I7 acknowledged = durable, I8 a revoked phone changes
nothing, I9 no foreign door on a phone, I10 what was erased is nowhere, I11 what one saw is outranked by
what one records next, I12 the server knows how many events are missing. I5, that all agree once the
network is back, at the end of every run. Then the same model over programs with one bug each
(``mutants.py``), every one of which must be found.
"""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
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
    Objection,
    Status,
    Visit,
    Void,
    digest,
    dump,
    parse,
    sealed,
)

from .mutants import HANDSETS, SERVERS
from .world import Handset, Json, Server, oracle

DOORS = [UUID(int=100 + i) for i in range(3)]
FOREIGN = UUID(int=150)
TURF = UUID(int=160)
PEOPLE = [UUID(int=200 + i) for i in range(3)]
"""Two phones of one team, and a third one of another team, which has the foreign door."""

CLOCKS = ["2026-03-01T10:00:00Z", "1995-01-01T00:00:00Z", "2036-06-30T12:00:00Z"]

phones = st.integers(0, len(PEOPLE) - 1)
pair = st.integers(0, 1)


class Model(RuleBasedStateMachine):
    """Two team-mates, a stranger, one server; every message may be lost, repeated, late, or met by a
    crash."""

    server_class: type[Server] = Server
    handset_class: type[Handset] = Handset

    def __init__(self) -> None:
        super().__init__()
        self.server = self.server_class()
        self.phones = [self.handset_class(device, bytes([i]) * 32) for i, device in enumerate(PEOPLE)]
        self.places = [{*DOORS, TURF}, {*DOORS, TURF}, {FOREIGN}]
        self.given_back: list[set[UUID]] = [set(), set(), set()]
        for i, device in enumerate(PEOPLE):
            self.server.disk.keys[device] = bytes([i]) * 32
            self.server.lease(device, self.places[i])
        self.recorded: dict[UUID, Event] = {}
        self.rightful: set[UUID] = set()
        self.erased: set[UUID] = set()
        self.before_revocation: dict[UUID, set[UUID]] = {}
        self.requests: list[tuple[int, Json]] = []
        self.responses: list[tuple[int, Json]] = []
        self.named: dict[UUID, int] = dict.fromkeys(PEOPLE, 0)
        self.made = 0

    # what people do

    def write(self, who: int, body: Body, clock: str) -> None:
        self.made += 1
        phone = self.phones[who]
        before = [sealed.event for sealed in phone.disk.log.values()]
        event = phone.record(body, UUID(int=1000 + self.made), clock)
        assert all(event.rank > seen.rank for seen in before), "I11: something seen before outranks it"
        self.recorded[event.id] = event
        if (event.door or TURF) in self.places[who]:
            self.rightful.add(event.id)

    @rule(
        who=phones,
        door=st.sampled_from(DOORS),
        outcome=st.sampled_from(list(Outcome)[:3]),
        clock=st.sampled_from(CLOCKS),
    )
    def visit(self, who: int, door: UUID, outcome: Outcome, clock: str) -> None:
        self.write(who, Visit(door=door if door in self.places[who] else FOREIGN, outcome=outcome), clock)

    @precondition(lambda self: self.recorded)
    @rule(who=pair, data=st.data(), replaced=st.booleans(), door=st.sampled_from(DOORS))
    def correct(self, who: int, data: st.DataObject, replaced: bool, door: UUID) -> None:
        target = data.draw(st.sampled_from(sorted(self.recorded)))
        body = (
            Visit(door=door, outcome=Outcome.TALKED, replaces=target)
            if replaced
            else Void(door=door, target=target)
        )
        self.write(who, body, CLOCKS[0])

    @rule(who=pair)
    def objection(self, who: int) -> None:
        self.write(who, Objection(turf=TURF, point=UUID(int=300)), CLOCKS[0])

    @rule(who=phones)
    def new_form_version(self, who: int) -> None:
        self.phones[who].new_form()

    @rule(who=pair)
    def at_a_door_that_was_never_theirs(self, who: int) -> None:
        self.write(who, Visit(door=FOREIGN, outcome=Outcome.TALKED), CLOCKS[0])

    # what the network does

    @rule(
        who=phones,
        meanwhile=st.booleans(),
        crash=st.sampled_from(["", "", "", "before", "after"]),
        answers=st.integers(0, 2),
    )
    def exchange(self, who: int, meanwhile: bool, crash: str, answers: int) -> None:
        """A conversation: recording goes on, the server may die, the answer comes never, once or twice."""
        phone = self.phones[who]
        request = phone.request()
        if meanwhile:
            self.write(who, Visit(door=DOORS[0] if who < 2 else FOREIGN, outcome=Outcome.NOBODY), CLOCKS[0])
        before = len(self.responses)
        self.pass_on(who, request, crash)
        for _, response in self.responses[before:] * answers:
            phone.absorb(response)

    @rule(who=phones)
    def send(self, who: int) -> None:
        self.requests.append((who, self.phones[who].request()))

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), again=st.booleans(), crash=st.sampled_from(["", "", "before", "after"]))
    def deliver(self, data: st.DataObject, again: bool, crash: str) -> None:
        i = data.draw(st.integers(0, len(self.requests) - 1))
        who, request = self.requests[i] if again else self.requests.pop(i)
        self.pass_on(who, request, crash)

    def pass_on(self, who: int, request: Json, crash: str = "") -> None:
        response = self.server.handle(request, crash=crash)
        if crash != "before":
            device = PEOPLE[who]
            self.named[device] = max(self.named[device], request["head"])
        if response is not None:
            self.check_news(who, response)
            self.responses.append((who, response))

    def check_news(self, who: int, response: Json) -> None:
        mine = self.places[who] - self.given_back[who]
        places = {UUID(said.get("door") or said["turf"]) for said in response["news"]}
        assert places <= mine, "I9: a door of another team was told"
        assert not self.erased & {UUID(said["id"]) for said in response["news"]}, "I10: erased, and told"

    @precondition(lambda self: self.responses)
    @rule(data=st.data(), again=st.booleans())
    def answer_arrives(self, data: st.DataObject, again: bool) -> None:
        i = data.draw(st.integers(0, len(self.responses) - 1))
        who, response = self.responses[i] if again else self.responses.pop(i)
        self.phones[who].absorb(response)

    @rule()
    def network_drops_everything(self) -> None:
        self.requests.clear()
        self.responses.clear()

    @rule(who=phones)
    def battery_pulled(self, who: int) -> None:
        self.phones[who].kill()
        self.responses = [(w, response) for w, response in self.responses if w != who]

    @rule()
    def the_pair_meets(self) -> None:
        self.phones[0].meet(self.phones[1])

    # what the office does

    @rule(who=phones)
    def revoke(self, who: int) -> None:
        device = PEOPLE[who]
        if device not in self.server.disk.revoked:
            self.server.disk.revoked.add(device)
            self.before_revocation[device] = {
                event.id for event in self.server.disk.stored() if event.device == device
            }

    @rule()
    def reassign(self) -> None:
        """The pair's turf goes to the stranger, who may be told of its doors from now on, and the pair no
        more. What the pair did there before counts whenever it arrives; requests of before are answered as
        of now."""
        for who in (0, 1):
            self.server.take_back(PEOPLE[who], self.places[who])
            self.given_back[who] = self.places[who]
        self.server.lease(PEOPLE[2], {*DOORS, TURF})
        self.places[2] |= {*DOORS, TURF}

    @precondition(lambda self: self.server.disk.ids)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.server.disk.ids)))
        self.server.erase(id_)
        self.erased.add(id_)

    @rule()
    def the_office_forgets_a_device(self) -> None:
        """A database restored from before the phone was enrolled: its events are refused, and stay on it."""
        self.server.disk.keys.pop(PEOPLE[2], None)

    # what strangers and later programs send

    @precondition(lambda self: self.recorded)
    @rule(data=st.data(), own_seal=st.booleans())
    def same_id_other_content(self, data: st.DataObject, own_seal: bool) -> None:
        event = self.recorded[data.draw(st.sampled_from(sorted(self.recorded)))]
        who = PEOPLE.index(event.device)
        said = {**sealed(event, bytes([who]) * 32), "at": "2000-01-01T00:00:00Z"}
        if own_seal and event.id in self.server.disk.ids:
            said = sealed(parse(said), bytes([who]) * 32)
        response = self.server.handle({"device": str(event.device), "head": 0, "events": [said]})
        assert response is not None
        answer = response["answers"][str(event.id)]
        taken = answer.status in (Status.STORED, Status.QUARANTINED)
        assert not taken, "I3: a changed event was taken"

    @precondition(lambda self: UUID(int=5000) not in self.server.disk.ids)
    @rule()
    def a_later_program_sends(self) -> None:
        said = {
            "v": VERSION + 1,
            "id": str(UUID(int=5000)),
            "device": str(PEOPLE[2]),
            "seq": 900,
            "new": True,
        }
        response = self.server.handle({"device": str(PEOPLE[2]), "head": 0, "events": [said]})
        assert response is not None
        assert response["answers"][said["id"]].status in (Status.QUARANTINED, Status.DUPLICATE)
        kept = self.server.disk.ids.get(UUID(int=5000))
        assert kept is not None, "I1: acknowledged and not kept"
        self.named[PEOPLE[2]] = max(self.named[PEOPLE[2]], 900)

    # what must hold

    @invariant()
    def nothing_lost_and_acknowledged_is_durable(self) -> None:
        on_phones: set[UUID] = set()
        for phone in self.phones:
            on_phones |= phone.disk.unsent | phone.disk.troubles.keys()
        lost = self.recorded.keys() - on_phones - self.server.disk.ids.keys()
        assert not lost, "I1, I7: neither on a phone nor on the server"

    @invariant()
    def nothing_twice_nothing_invented(self) -> None:
        rows = [row for row in self.server.disk.rows if row.said and row.said["v"] == VERSION]
        ids = [UUID(row.said["id"]) for row in rows if row.said]
        assert len(ids) == len(set(ids)), "I2: stored twice"
        for row in rows:
            event = parse(row.said)
            assert self.recorded.get(event.id) == event, "I3: nobody recorded this"
            assert row.digest == digest(event)

    @invariant()
    def figures_are_those_of_the_log(self) -> None:
        stored = self.server.disk.stored()
        assert +self.server.disk.tally == oracle(stored), "I6: projection differs from the log"
        for door, state in self.server.state.doors.items():
            counts = {(door, outcome.value): n for outcome, n in state.counts.items()}
            assert counts.items() <= oracle(stored).items(), "I4: the fold differs from the plain count"

    @invariant()
    def the_revoked_change_nothing(self) -> None:
        for device, stored in self.before_revocation.items():
            now = {event.id for event in self.server.disk.stored() if event.device == device}
            assert now <= stored, "I8: stored after the revocation"

    @invariant()
    def the_erased_is_nowhere(self) -> None:
        for id_ in self.erased:
            assert self.server.disk.rows[self.server.disk.ids[id_]].said is None, "I10: back again"

    @invariant()
    def the_gap_is_known(self) -> None:
        for who, device in enumerate(PEOPLE):
            seen = self.server.disk.seen.get(device)
            if not seen:
                continue
            arrived = {row.seq for row in self.server.disk.rows if row.device == device}
            head = max(self.named[device], *arrived, 0) if arrived else self.named[device]
            assert (seen.head, seen.missing) == (head, head - len(arrived)), f"I12: gap of phone {who}"

    def teardown(self) -> None:
        """The network is back: all send until nothing is left, then everybody knows the same."""
        for _ in range(8):
            for who, phone in enumerate(self.phones):
                self.pass_on(who, phone.request())
                phone.absorb(self.responses.pop()[1])
        self.check_all_agree()

    def check_all_agree(self) -> None:
        assert not any(phone.disk.unsent for phone in self.phones), "I5: something never leaves a phone"
        self.nothing_lost_and_acknowledged_is_durable()
        self.figures_are_those_of_the_log()
        disk = self.server.disk
        honest = {id_: e for id_, e in self.recorded.items() if id_ not in self.erased}
        for id_, event in honest.items():
            row = disk.rows[disk.ids[id_]] if id_ in disk.ids else None
            if event.device in disk.revoked or event.device not in disk.keys:
                continue
            assert row, "I1: an honest event was not taken"
            if id_ in self.rightful:
                assert row.status is Status.STORED, "I1: an honest event does not count"
        if not (disk.revoked or self.erased or self.given_back[0]):
            stored = {id_: dump(event) for id_, event in self.recorded.items() if id_ in disk.ids}
            for phone in self.phones[:2]:
                shown = {id_ for id_ in phone.disk.log if id_ in stored}
                known = {e.id for e in disk.stored() if e.door in DOORS}
                assert known <= shown, "I5: a phone does not know what its team did"


LONG = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
SEARCH = settings(
    max_examples=6000,  # all that a bug may need; what is found ends the search
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def drive(model: type[Model], how: settings) -> None:
    run_state_machine_as_test(model, settings=how)  # type: ignore[no-untyped-call]  # so in hypothesis


def test_the_protocol_keeps_every_promise() -> None:
    drive(Model, LONG)


NOW, LATE, EARLY = "2026-03-01T10:00:00Z", "2036-03-01T10:00:00Z", "2016-03-01T10:00:00Z"
acts = st.lists(
    st.tuples(pair, st.sampled_from(DOORS), st.sampled_from(list(Outcome)), st.booleans()), max_size=20
)


def _lived(script: list[tuple[int, UUID, Outcome, bool]], clocks: list[str]) -> Server:
    """The same visits and the same conversations under other clocks."""
    server, pair_of = Server(), [Handset(device, bytes([i]) * 32) for i, device in enumerate(PEOPLE[:2])]
    for i, device in enumerate(PEOPLE[:2]):
        server.disk.keys[device] = bytes([i]) * 32
        server.lease(device, {*DOORS, TURF})
    for n, (who, door, outcome, talks) in enumerate(script):
        pair_of[who].record(Visit(door=door, outcome=outcome), UUID(int=n + 1), clocks[n % len(clocks)])
        response = server.handle(pair_of[who].request()) if talks else None
        if response:
            pair_of[who].absorb(response)
    return server


@settings(max_examples=200, deadline=None)
@given(script=acts, clocks=st.lists(st.sampled_from([NOW, LATE, EARLY]), min_size=1, max_size=5))
def test_clocks_wrong_by_ten_years_change_neither_order_nor_rights(
    script: list[tuple[int, UUID, Outcome, bool]], clocks: list[str]
) -> None:
    """Byte for byte the same log but for the clock that it shows, hence the same answers and the same
    state."""
    right, wrong = _lived(script, [NOW]), _lived(script, clocks)
    shown = [{**(row.said or {}), "at": "", "seal": ""} for row in wrong.disk.rows]
    assert shown == [{**(row.said or {}), "at": "", "seal": ""} for row in right.disk.rows]
    assert [row.status for row in wrong.disk.rows] == [row.status for row in right.disk.rows]
    assert wrong.disk.tally == right.disk.tally
    assert {door: state.outcome for door, state in wrong.state.doors.items()} == {
        door: state.outcome for door, state in right.state.doors.items()
    }


def _mutant(name: str, **classes: type[Any]) -> type[Model]:
    return type(name, (Model,), classes)


@pytest.mark.parametrize("bug", SERVERS, ids=lambda bug: bug.__name__)
def test_a_bug_of_the_server_is_found(bug: type[Server]) -> None:
    with pytest.raises(AssertionError, match=r"I\d+"):
        drive(_mutant(bug.__name__, server_class=bug), SEARCH)


@pytest.mark.parametrize("bug", HANDSETS, ids=lambda bug: bug.__name__)
def test_a_bug_of_the_phone_is_found(bug: type[Handset]) -> None:
    with pytest.raises(AssertionError, match=r"I\d+"):
        drive(_mutant(bug.__name__, handset_class=bug), SEARCH)
