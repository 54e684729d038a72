"""The verbs of places against their core: every interleaving of a small world, and any world by chance.

The database is put into a state, a real verb is called, and what is written afterwards must be what
``cores.seats`` says of that state: the core is the oracle.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from amiral.cores import seats
from amiral.kit.errors import Refused
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import seating
from amiral.rooms.mobilisation.actions.rules import set_rules
from amiral.rooms.mobilisation.contracts import LIVE, Role, ShiftRules, SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import World, make_world

HOUR = timedelta(hours=1)
ENDED = "ended"


def rows_of(shift_id: UUID) -> list[SignUp]:
    return list(SignUp.objects.filter(shift=shift_id).order_by("rank", "pk"))


def check(shift_id: UUID, at: datetime) -> None:
    """The invariants, on what is written: counters tell the truth, nothing is left to settle."""
    shift = Shift.objects.select_related("action").get(pk=shift_id)
    rows = [row for row in rows_of(shift_id) if row.state in LIVE]
    world = tuple(map(seating.as_core, rows))
    assert shift.taken == seats.taken(world) <= shift.capacity
    assert shift.offered == sum(row.party for row in rows if row.state == SignUpState.OFFERED)
    assert shift.waiting == sum(row.party for row in rows if row.state == SignUpState.WAITING)
    rules = seating.rules_of(shift, at=at)
    assert seats.settle(rules, world, at=at.timestamp()) == (), "an empty seat, or an offer that is over"
    due = seats.next_change(rules, world, at=at.timestamp())
    assert shift.due_at == (datetime.fromtimestamp(due, tz=UTC) if due else None)


# Every interleaving of a small world ---------------------------------------------------------------
@dataclass(frozen=True)
class One:
    """What is known of one person in a canonical state; the order of the tuple is that of asking."""

    who: int
    state: str
    until_h: float | None = None


State = tuple[float, tuple[One, ...]]
"""The hour, and everybody who has ever asked: the live ones in the order of asking, then the others."""
MOMENTS_H = (0.0, 1.0, 2.0, 12.0)
"""An offer made at 0 stands at 1, is over at 2; at 12 signing up has ended."""


def put(world: World, people: list[UUID], parties: tuple[int, ...], state: State) -> None:
    """Writes the state as if gestures had led there."""
    SignUp.objects.all().delete()
    rows = [
        SignUp(
            shift_id=world.saturday,
            person_id=people[one.who],
            party=parties[one.who],
            rank=rank,
            state=SignUpState.CANCELLED if one.state == ENDED else one.state,
            until=None if one.until_h is None else NOON + one.until_h * HOUR,
        )
        for rank, one in enumerate(state[1], start=1)
    ]
    SignUp.objects.bulk_create(rows)
    held = sum(row.party for row in rows if row.state in seats.HOLDS)
    Shift.objects.filter(pk=world.saturday).update(taken=held, offered=0, waiting=0, version=10)


def seen(world: World, people: list[UUID], hour: float, at: datetime) -> State:
    """What is written now, in the canonical form."""
    check(world.saturday, at)
    found = [
        One(
            people.index(row.person_id),
            row.state if row.state in LIVE else ENDED,
            (row.until - NOON) / HOUR if row.until else None,
        )
        for row in rows_of(world.saturday)
    ]
    return hour, (*(one for one in found if one.state != ENDED), *sorted_ended(found))


def sorted_ended(found: list[One]) -> list[One]:
    return sorted((one for one in found if one.state == ENDED), key=lambda one: one.who)


def expected(world: World, parties: tuple[int, ...], state: State, who: int, what: str, hour: float) -> State:
    """What the core says that a gesture leads to."""
    shift = Shift.objects.select_related("action").get(pk=world.saturday)
    at = NOON + hour * HOUR
    rules, now = seating.rules_of(shift, at=at), at.timestamp()
    persons = {rank: one.who for rank, one in enumerate(state[1], start=1) if one.state != ENDED}
    live = tuple(
        seats.SignUp(
            rank=rank,
            party=parties[one.who],
            state=SignUpState(one.state),
            until=None if one.until_h is None else (NOON + one.until_h * HOUR).timestamp(),
        )
        for rank, one in enumerate(state[1], start=1)
        if one.state != ENDED
    )

    def settled(rows: tuple[seats.SignUp, ...]) -> tuple[seats.SignUp, ...]:
        changes = {row.rank: row for row in seats.settle(rules, rows, at=now)}
        return tuple(changes.get(row.rank, row) for row in rows)

    live = settled(live)
    mine = next((row for row in live if persons[row.rank] == who and row.state in LIVE), None)
    with contextlib.suppress(seats.NotNow):
        if what == "ask" and mine is None:
            new = seats.ask(rules, live, seats.SignUp(rank=10, party=parties[who]), at=now)
            live, persons = (*live, new), persons | {10: who}
        elif mine is not None and what in GESTURES:
            done = GESTURES[what](rules, live, mine, now)
            live = tuple(done if row.rank == mine.rank else row for row in live)
    live = settled(live)
    found = [
        One(
            persons[row.rank],
            row.state.value if row.state in LIVE else ENDED,
            (datetime.fromtimestamp(row.until, tz=UTC) - NOON) / HOUR if row.until else None,
        )
        for row in live
    ]
    names = {one.who for one in found}
    found += [one for one in state[1] if one.state == ENDED and one.who not in names]
    return hour, (*(one for one in found if one.state != ENDED), *sorted_ended(found))


GESTURES: dict[str, Callable[..., seats.SignUp]] = {
    "cancel": lambda rules, live, mine, now: seats.ended(mine, SignUpState.CANCELLED),
    "accept": lambda rules, live, mine, now: seats.accepted(mine, at=now),
    "decline": lambda rules, live, mine, now: seats.ended(mine, SignUpState.DECLINED),
    "approve": lambda rules, live, mine, now: seats.approved(rules, live, mine, at=now),
    "refuse": lambda rules, live, mine, now: seats.ended(mine, SignUpState.REFUSED),
}


def do(world: World, people: list[UUID], who: int, what: str, at: datetime) -> None:
    """The real verb; what it refuses changes nothing."""
    mine: dict[str, Any] = {"shift_id": world.saturday, "person_id": people[who], "at": at, "silent": True}
    verbs: dict[str, Callable[[], object]] = {
        "cancel": partial(api.cancel_sign_up, **mine),
        "accept": partial(api.accept_offer, **mine),
        "decline": partial(api.decline_offer, **mine),
        "wait": partial(seating.settle, shift_ids=[world.saturday], at=at, silent=True),
    }
    with contextlib.suppress(Refused):
        verbs[what]()


def canonical(state: State, alike: bool) -> State:
    """People who are alike change places: what holds for one holds for the other."""
    if not alike:
        return state
    names = {one.who: number for number, one in enumerate(state[1])}
    return state[0], tuple(replace(one, who=names[one.who]) for one in state[1])


def ask(world: World, people: list[UUID], parties: tuple[int, ...], who: int, at: datetime) -> None:
    with contextlib.suppress(Refused):
        api.sign_up(person_id=people[who], shift_id=world.saturday, at=at, party=parties[who], silent=True)


@pytest.mark.parametrize("parties", [(1, 1, 1), (1, 2, 1)], ids=["three people", "a pair among them"])
def test_every_interleaving_of_three_people_on_two_seats(cast: Cast, parties: tuple[int, ...]) -> None:
    """From every state that can be reached, by every gesture of everybody and by the passing of time."""
    world = make_world(cast, capacity=2)
    Shift.objects.filter(pk=world.saturday).update(offer_minutes=90, closes_at=NOON + 12 * HOUR)
    people = [cast.owner, cast.teammate, cast.coordinator]
    alike = len(set(parties)) == 1
    start: State = (0.0, ())
    known, left, steps = {start}, [start], 0
    while left:
        state = left.pop()
        for what, who, hour in moves(state, alike):
            at = NOON + hour * HOUR
            put(world, people, parties, state)
            if what == "ask":
                ask(world, people, parties, who, at)
            else:
                do(world, people, who, what, at)
            after = seen(world, people, hour, at)
            assert after == expected(world, parties, state, who, what, hour), (state, what, who)
            steps += 1
            if canonical(after, alike) not in known:
                known.add(canonical(after, alike))
                left.append(canonical(after, alike))
    states = {one.state for _hour, everybody in known for one in everybody}
    assert states == {"confirmed", "waiting", "offered", ENDED}
    assert steps > 300


def moves(state: State, alike: bool) -> Iterator[tuple[str, int, float]]:
    """Every single thing that can happen next. Of those who are alike and never came, one may come."""
    hour, everybody = state
    came = {one.who for one in everybody}
    new = [who for who in range(3) if who not in came]
    for who in new[:1] if alike else new:
        yield "ask", who, hour
    for one in everybody:
        if one.state == ENDED:
            yield "ask", one.who, hour
        for what in ("cancel", "accept", "decline"):
            if one.state != ENDED and (what == "cancel" or one.state == "offered"):
                yield what, one.who, hour
    later = [moment for moment in MOMENTS_H if moment > hour]
    if later:
        yield "wait", 0, later[0]


# Any world by chance -------------------------------------------------------------------------------
roles = st.sampled_from(Role)
any_rules = st.builds(
    ShiftRules,
    approval=st.booleans(),
    offer_minutes=st.integers(10, 300),
    least=st.dictionaries(st.sampled_from([Role.DRIVER, Role.LEAD]), st.integers(0, 2), max_size=1),
    most=st.dictionaries(st.sampled_from([Role.NEWCOMER, Role.VOLUNTEER]), st.integers(1, 4)),
    kept_until=st.none() | st.integers(1, 60).map(lambda hours: NOON + hours * HOUR),
    newcomers_each=st.none() | st.integers(1, 2),
)


class AnyWorld(RuleBasedStateMachine):
    """Any rules, roles and parties, any gestures of four people and of the leader, any passing of time."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world = make_world(self.cast, capacity=4)
        self.people = [self.cast.owner, self.cast.teammate, self.cast.stranger, self.cast.coordinator]
        self.at = NOON

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(rules=any_rules)
    def begin(self, rules: ShiftRules) -> None:
        self.change_rules(rules)

    @rule(rules=any_rules)
    def change_rules(self, rules: ShiftRules) -> None:
        with contextlib.suppress(Refused):
            set_rules(by_id=self.cast.owner, shift_id=self.world.saturday, rules=rules, at=self.at)

    @rule(who=st.integers(0, 3), role=roles, party=st.integers(1, 3))
    def ask(self, who: int, role: Role, party: int) -> None:
        self.try_(api.sign_up, person_id=self.people[who], role=role, party=party)

    @rule(who=st.integers(0, 3), verb=st.sampled_from(["accept_offer", "decline_offer", "cancel_sign_up"]))
    def answer(self, who: int, verb: str) -> None:
        self.try_(getattr(api, verb), person_id=self.people[who])

    @rule(who=st.integers(0, 3), yes=st.booleans())
    def decide(self, who: int, yes: bool) -> None:
        row = SignUp.objects.filter(shift=self.world.saturday, person=self.people[who]).first()
        if row is not None:
            with contextlib.suppress(Refused):
                verb = api.approve if yes else api.refuse
                verb(by_id=self.cast.owner, sign_up_id=row.pk, at=self.at)

    @rule(who=st.integers(1, 3))
    def erase(self, who: int) -> None:
        api.erase_person(person_id=self.people[who])
        seating.settle(shift_ids=[self.world.saturday], at=self.at, silent=True)

    @rule(minutes=st.integers(1, 600))
    def pass_time(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        api.settle_due(at=self.at)

    def try_(self, verb: Callable[..., object], **arguments: object) -> None:
        with contextlib.suppress(Refused):
            verb(shift_id=self.world.saturday, at=self.at, silent=True, **arguments)

    @invariant()
    def nothing_is_broken(self) -> None:
        check(self.world.saturday, self.at)


def test_any_world_by_chance(cast: Cast) -> None:
    AnyWorld.cast = cast
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
        AnyWorld, settings=settings(max_examples=25, stateful_step_count=14, deadline=None)
    )
