"""The real address against the server of the core's model: the same requests, the same answers."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import Event, Objection, Visit, Void, fold, parse
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import checking, erasing, syncing
from amiral.rooms.field.models import AddressWish, Device, LogEntry
from amiral.rooms.field.models import Visit as VisitRow
from amiral.rooms.field.queries import log
from amiral.rooms.field.web import sync_views
from tests.cores.sync import world as model
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import CLOCK, Handset, enrolled, talking_point

FOREIGN = UUID(int=77)
POINT = UUID(int=88)

ACTS = (
    *("visit", "visit", "visit", "correct", "void", "objection", "send", "send", "repeat", "carry", "meet"),
    *("lose", "revoke", "erase", "forge", "jump", "later"),
)

steps = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 2),
        st.integers(0, 3),
        st.sampled_from(Outcome),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=25,
)


class Both:
    """Three phones of one team (the model's), the model's server, and ours behind its address."""

    def __init__(self, world: World) -> None:
        self.world, self.model = world, model.Server()
        talking_point(POINT)
        self.doors = [*world.turf.door_ids[:3], FOREIGN]
        self.real = [enrolled(world.shift, at=SATURDAY) for _ in range(3)]
        self.phones = [model.Handset(one.id, one.phone.key) for one in self.real]
        store = self.model.disk
        for one in self.real:
            store.keys[one.id] = one.phone.key
            store.leased[one.id] = {*world.turf.door_ids, world.turf.id}
        self.events: list[Event] = []
        self.sent: list[tuple[int, dict[str, Any]]] = []

    def step(self, what: str, number: int, place: int, outcome: Outcome, pick: int) -> None:
        phone, door = self.phones[number], self.doors[place]
        known = [event for event in self.events if event.door == door]
        target = known[pick % len(known)].id if known else new_id()
        match what:
            case "visit":
                self.record(number, Visit(door=door, outcome=outcome, seconds=pick))
            case "correct":
                self.record(number, Visit(door=door, outcome=outcome, replaces=target))
            case "void":
                self.record(number, Void(door=door, target=target))
            case "objection":
                self.record(number, Objection(turf=self.world.turf.id, point=POINT))
            case "send" | "lose":
                self.exchange(number, phone.request(), heard=what == "send")
            case "repeat" if self.sent:
                again, request = self.sent[pick % len(self.sent)]
                self.exchange(again, request, heard=False)
            case "carry":
                other = self.phones[(number + 1) % 3].request()
                request = {**other, "device": str(self.real[number].id), "head": phone.disk.seq}
                self.exchange(number, request, heard=False)
            case "meet":
                phone.meet(self.phones[(number + 1) % 3])
            case "revoke" if pick == 0:
                self.model.disk.revoked.add(self.real[number].id)
                syncing.revoke(device_id=self.real[number].id, by_id=None, at=SATURDAY)
            case "erase" if self.model.disk.ids:
                ids = sorted(self.model.disk.ids)
                self.model.erase(ids[pick % len(ids)])
                erasing.erase_events(event_ids=[ids[pick % len(ids)]], by_id=None, at=SATURDAY)
            case "forge" | "jump" | "later":
                self.spoil(what, number, outcome)

    def record(self, number: int, body: Any) -> None:
        self.events.append(self.phones[number].record(body, new_id(), CLOCK))

    def spoil(self, what: str, number: int, outcome: Outcome) -> None:
        """A tampered copy, a false counter or a version of tomorrow, sent beside what is waiting."""
        request = self.phones[number].request()
        if not request["events"]:
            return
        last = request["events"][-1]
        if what == "forge":
            changed = {**last, "seal": "0" * 64}
        elif what == "jump":
            changed = {**last, "at": "1999-01-01T00:00:00Z"}
        else:
            # What another phone recorded would have to be sealed by its own key: see ``judging._doubt``.
            own = [one for one in request["events"] if str(one["device"]) == str(request["device"])]
            if not own:
                return
            changed = {**own[-1], "v": 2, "id": str(new_id()), "seq": own[-1]["seq"] + 1000}
        self.exchange(number, {**request, "events": [*request["events"][:-1], changed]}, heard=False)

    def exchange(self, number: int, request: dict[str, Any], *, heard: bool) -> None:
        """The same request to both; they answer alike."""
        self.sent.append((number, request))
        expected = self.model.handle(request)
        assert expected is not None
        answer = self.real[number].post({**request, "has": {}})
        assert answer.status_code == 200, answer.content
        said = answer.json()
        assert said["answers"] == {
            id_: {"status": one.status, **({"why": one.why} if one.why else {})}
            for id_, one in expected["answers"].items()
        }
        assert said["lam"] == expected["lam"]
        told = {one["id"] for one in said["news"]}
        assert told == {
            one["id"]
            for one in expected["news"]
            if one["device"] != str(self.real[number].id) and one["id"] not in said["answers"]
        }
        if heard:
            self.phones[number].absorb(expected)

    def check(self) -> None:
        """The same state, the same figures, the same numbers missing; what is shown is the fold."""
        state = self.model.state
        shown = api.coverage(canvass_id=self.world.canvass).states
        assert dict(shown) == {door: one.outcome for door, one in state.doors.items()}
        contents = LogEntry.objects.filter(status="stored", erased_at__isnull=True)
        assert fold(parse(json.loads(one)) for one in contents.values_list("content", flat=True)) == state
        assert log.objections(turf_ids=[self.world.turf.id]) == dict(state.objections)
        figures: dict[tuple[UUID, str], int] = {}
        for door, outcome in VisitRow.objects.values_list("door_id", "outcome"):
            figures[door, outcome] = figures.get((door, outcome), 0) + 1
        assert figures == dict(self.model.disk.tally)
        for one in self.real:
            device, seen = Device.objects.get(pk=one.id), self.model.disk.seen.get(one.id)
            if seen:
                assert [tuple(pair) for pair in device.seen] == list(seen.ranges)
                assert device.head == seen.head
        assert checking.check_log(at=SATURDAY).is_right


@given(steps)
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_address_answers_as_the_model(
    world: World, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int, int, Outcome, int]]
) -> None:
    monkeypatch.setattr(sync_views, "REQUESTS_A_MINUTE", 10**6)
    for table in (VisitRow, LogEntry, AddressWish):
        table._base_manager.all().delete()
    world.assign()
    both = Both(world)
    for step in steps:
        both.step(*step)
    for number in range(3):
        both.exchange(number, both.phones[number].request(), heard=True)
    both.check()


def test_phones_reach_the_state_of_the_server(world: World) -> None:
    """I5: once the network is back, all phones show what the server shows."""
    world.assign()
    phones = [enrolled(world.shift) for _ in range(3)]
    for number, phone in enumerate(phones):
        first: Event | None = None
        for door in world.turf.door_ids[:4]:
            event = phone.visit(door, list(Outcome)[number], replaces=None)
            first = first or event
        assert first is not None
        phone.record(Void(door=world.turf.door_ids[0], target=first.id))
    for phone in [*phones, *phones]:
        phone.send()
    assert len({str(sorted(map(repr, phone.phone.state.doors.items()))) for phone in phones}) == 1
    shown = api.coverage(canvass_id=world.canvass).states
    handset: Handset = phones[0]
    assert dict(shown) == {door: one.outcome for door, one in handset.phone.state.doors.items()}
