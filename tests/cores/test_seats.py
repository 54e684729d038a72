"""Places: every interleaving of a small world, and any world by chance."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.seats import (
    HOLDS,
    NEXT,
    NotNow,
    Role,
    Rules,
    SignUp,
    State,
    accepted,
    approved,
    ask,
    ended,
    fits,
    next_change,
    settle,
    taken,
)

World = tuple[SignUp, ...]


def applied(world: World, changes: tuple[SignUp, ...]) -> World:
    new = {change.rank: change for change in changes}
    for each in world:
        if each.rank in new:
            assert new[each.rank].state in NEXT[each.state], f"{each.state} → {new[each.rank].state}"
    return tuple(new.get(each.rank, each) for each in world)


def settled(rules: Rules, world: World, at: float) -> World:
    return applied(world, settle(rules, world, at=at))


def check(rules: Rules, world: World, at: float) -> None:
    """Never one too many; never one empty while somebody waits who fits."""
    assert taken(world) <= rules.capacity
    for role, most in rules.most.items():
        assert sum(each.party for each in world if each.role is role and each.state in HOLDS) <= most
    assert settle(rules, world, at=at) == ()
    if at < rules.closes_at:
        waiting = [each for each in world if each.state is State.WAITING]
        assert not any(fits(rules, world, each, at=at) for each in waiting), "an empty seat"
    for each in world:
        assert each.state is not State.OFFERED or (
            each.until is not None and at < each.until <= rules.closes_at
        )


def gestures(rules: Rules, world: World, people: tuple[SignUp, ...], at: float) -> Iterator[World]:
    """Every single thing that somebody can do next."""
    for person in people:
        if all(each.rank != person.rank for each in world) and at < rules.closes_at:
            yield (*world, ask(rules, world, person, at=at))
    for each in world:
        if each.state is State.REQUESTED:
            yield applied(world, (approved(rules, world, each, at=at),))
        if each.state is State.OFFERED:
            yield applied(world, (accepted(each, at=at),))
        for end in NEXT[each.state] - {State.WAITING, State.OFFERED, State.CONFIRMED}:
            yield applied(world, (ended(each, end),))


ONE = tuple(SignUp(rank=i) for i in range(3))
SMALL = {
    "three people, two seats": (Rules(capacity=2, closes_at=3, offer_s=1.5), ONE),
    "by approval": (Rules(capacity=2, closes_at=3, offer_s=1.5, approval=True), ONE),
    "a pair among them": (
        Rules(capacity=2, closes_at=3, offer_s=1.5),
        (ONE[0], replace(ONE[1], party=2), ONE[2]),
    ),
    "a seat kept for a driver": (
        Rules(capacity=2, closes_at=4, offer_s=1.5, least={Role.DRIVER: 1}, kept_until=2),
        (ONE[0], ONE[1], replace(ONE[2], role=Role.DRIVER)),
    ),
    "one driver at most": (
        Rules(capacity=2, closes_at=3, offer_s=1.5, most={Role.DRIVER: 1}),
        tuple(replace(each, role=Role.DRIVER) for each in ONE[:2]) + ONE[2:],
    ),
    "newcomers with somebody": (
        Rules(capacity=2, closes_at=3, offer_s=1.5, newcomers_each=1),
        tuple(replace(each, role=Role.NEWCOMER) for each in ONE[:2]) + ONE[2:],
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_every_interleaving_of_a_small_world(name: str) -> None:
    """All orders of all gestures and of the passing of time: each state that can be reached is checked."""
    rules, people = SMALL[name]
    start: tuple[float, World] = (0.0, ())
    seen, left = {start}, [start]
    full = False
    while left:
        at, world = left.pop()
        check(rules, world, at)
        full |= taken(world) == rules.capacity
        following = [(at, settled(rules, new, at)) for new in gestures(rules, world, people, at)]
        if at < rules.closes_at:
            following.append((at + 1, settled(rules, world, at + 1)))
        for each in following:
            if each not in seen:
                seen.add(each)
                left.append(each)
    assert full
    reached = {each.state for _, world in seen for each in world}
    usual = set(State) - {State.REQUESTED, State.REFUSED}
    assert reached >= usual
    assert len(seen) > 100


roles = st.sampled_from(Role)
parties = st.integers(1, 4)
any_rules = st.builds(
    Rules,
    capacity=st.integers(4, 12),
    closes_at=st.just(100.0),
    offer_s=st.floats(1, 30),
    approval=st.booleans(),
    least=st.dictionaries(st.sampled_from([Role.DRIVER, Role.LEAD]), st.integers(0, 2)),
    most=st.dictionaries(roles, st.integers(1, 8)),
    kept_until=st.floats(0, 120),
    newcomers_each=st.none() | st.integers(1, 3),
)


@given(rules=any_rules, data=st.data())
def test_any_world_by_chance(rules: Rules, data: st.DataObject) -> None:
    at, world = 0.0, ()
    people = tuple(
        SignUp(rank=i, role=data.draw(roles), party=data.draw(parties))
        for i in range(data.draw(st.integers(1, 9)))
    )
    for _ in range(data.draw(st.integers(0, 25))):
        ways = list(gestures(rules, world, people, at))
        if not ways or data.draw(st.integers(0, 3)) == 0:
            due = next_change(rules, world, at=at)
            at = due if due is not None and data.draw(st.booleans()) else at + data.draw(st.floats(0, 40))
        else:
            world = data.draw(st.sampled_from(ways))
        world = settled(rules, world, at)
        check(rules, world, at)


@given(rules=any_rules, data=st.data())
def test_nothing_is_due_before_it_is_said_to_be(rules: Rules, data: st.DataObject) -> None:
    """Who sleeps until ``next_change`` misses nothing."""
    people = [SignUp(rank=i, role=data.draw(roles), party=data.draw(parties)) for i in range(6)]
    world: World = ()
    for person in people:
        world = settled(rules, (*world, ask(rules, world, person, at=0.0)), 0.0)
    held = [each for each in world if each.state is State.CONFIRMED]
    for each in held[:2]:
        world = settled(rules, applied(world, (ended(each, State.CANCELLED),)), 0.0)
    due = next_change(rules, world, at=0.0)
    until = min(due if due is not None else rules.closes_at, rules.closes_at)
    moment = data.draw(st.floats(0, until, exclude_max=until > 0))
    assert settle(rules, world, at=moment) == ()


def test_whoever_comes_with_an_experienced_person_is_not_passed_over() -> None:
    """The newcomers asked first and cannot come alone; the next one who can take them along has a place."""
    rules = Rules(capacity=4, closes_at=100.0, offer_s=1.0, newcomers_each=1)
    asked = [(Role.NEWCOMER, 1), (Role.VOLUNTEER, 2), (Role.VOLUNTEER, 2), (Role.NEWCOMER, 1)]
    world = tuple(
        SignUp(rank=rank, role=role, party=party, state=State.WAITING)
        for rank, (role, party) in enumerate(asked)
    )
    world = settled(rules, world, 0.0)
    assert [each.state for each in world] == [State.OFFERED, State.OFFERED, State.WAITING, State.OFFERED]
    check(rules, world, 0.0)


@given(rules=any_rules, data=st.data())
def test_settling_once_is_enough_from_any_waiting_list(rules: Rules, data: st.DataObject) -> None:
    people = [SignUp(rank=i, role=data.draw(roles), party=data.draw(parties)) for i in range(8)]
    world = tuple(replace(each, state=State.WAITING) for each in people)
    check(rules, settled(rules, world, 0.0), 0.0)


def test_a_seat_freed_at_2347_is_offered_at_2347_to_the_first_who_fits() -> None:
    rules = Rules(capacity=2, closes_at=1e6, offer_s=3600)
    world: World = ()
    for rank, party in enumerate([1, 1, 2, 1]):
        world = (*world, ask(rules, world, SignUp(rank=rank, party=party), at=0))
    assert [each.state for each in world] == [State.CONFIRMED] * 2 + [State.WAITING] * 2
    world = settled(rules, applied(world, (ended(world[0], State.CANCELLED),)), 85_620)
    assert (world[3].state, world[3].until) == (State.OFFERED, 89_220)
    with pytest.raises(NotNow):
        accepted(world[3], at=89_220)
    world = settled(rules, world, 89_220)
    assert world[3].state is State.EXPIRED
    assert world[2].state is State.WAITING


@pytest.mark.parametrize("wrong", [{"capacity": 0}, {"offer_s": 0}, {"least": {Role.LEAD: 3}}])
def test_rules_that_cannot_be_kept_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="place"):
        Rules(**{"capacity": 2, "closes_at": 1, "offer_s": 1, **wrong})


def test_no_gesture_out_of_turn() -> None:
    rules = Rules(capacity=1, closes_at=1, offer_s=1)
    with pytest.raises(NotNow):
        ask(rules, (), SignUp(rank=0), at=1)
    confirmed = ask(rules, (), SignUp(rank=0), at=0)
    for gesture in (lambda: accepted(confirmed, at=0), lambda: approved(rules, (), confirmed, at=0)):
        with pytest.raises(NotNow):
            gesture()
    for state in set(State) - NEXT[State.CONFIRMED]:
        with pytest.raises(NotNow):
            ended(confirmed, state)
    with pytest.raises(ValueError, match="end"):
        SignUp(rank=0, state=State.OFFERED)
    with pytest.raises(ValueError, match="party"):
        SignUp(rank=0, party=0)
