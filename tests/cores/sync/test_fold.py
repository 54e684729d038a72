"""Laws of the fold: the state depends on the set of events and on nothing else."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.sync import Event, Objection, Visit, fold, standing

from .making import DOORS, clocks, logs


@given(logs(), st.randoms(use_true_random=False))
def test_order_of_arrival_and_repeats_change_nothing(log: list[Event], chance: random.Random) -> None:
    shuffled = [*log, *chance.choices(log, k=3)] if log else []
    chance.shuffle(shuffled)
    assert fold(shuffled) == fold(log)


@given(logs(), st.lists(clocks, min_size=10, max_size=10))
def test_the_clocks_of_the_phones_change_nothing_but_what_is_shown(log: list[Event], at: list[str]) -> None:
    moved = [replace(event, at=clock) for event, clock in zip(log, at, strict=False)]
    bare = [replace(event, at="") for event in log]
    assert fold(replace(event, at="") for event in moved) == fold(bare)
    assert [event.id for event in standing(moved)] == [event.id for event in standing(log)]


@given(logs(), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_two_phones_that_exchange_reach_the_state_of_the_union(
    log: list[Event], one: set[int], other: set[int]
) -> None:
    first = [event for i, event in enumerate(log) if i in one]
    second = [event for i, event in enumerate(log) if i in other]
    union = [event for i, event in enumerate(log) if i in one | other]
    assert fold([*first, *second]) == fold([*second, *first]) == fold(union)


@given(logs())
def test_a_door_cannot_be_changed_from_another(log: list[Event]) -> None:
    whole = fold(log)
    for door in DOORS:
        assert fold(event for event in log if event.door == door).doors.get(door) == whole.doors.get(door)


@given(logs())
def test_what_is_undone_never_counts_and_the_rest_does(log: list[Event]) -> None:
    by_id = {event.id: event for event in log}
    undone = set()
    for event in log:
        target = by_id.get(event.undoes) if event.undoes else None
        if target and target.door == event.door and target is not event:
            undone.add(target.id)
    counted = {e.id for e in log if isinstance(e.body, Visit | Objection)} - undone
    assert {event.id for event in standing(log)} == counted
    state = fold(log)
    visits = [event for event in log if event.id in counted and isinstance(event.body, Visit)]
    assert sum(sum(door.counts.values()) for door in state.doors.values()) == len(visits)
    assert sum(state.objections.values()) == len(counted) - len(visits)


@given(logs())
def test_the_last_of_the_order_is_the_state_of_a_dwelling(log: list[Event]) -> None:
    for door, state in fold(log).doors.items():
        mine = [event for event in standing(log) if event.door == door]
        assert state.last == max(mine, key=lambda event: event.rank)
        for unit, event in state.units.items():
            named = [e for e in mine if isinstance(e.body, Visit) and unit in (e.body.units or ("",))]
            assert event == max(named, key=lambda event: event.rank)
