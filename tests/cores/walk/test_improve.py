"""Crossings of walks: what the lists say afterwards is counted anew, and lenient searches are not longer."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import improve as module
from amiral.cores.walk.linked import HEFT, REFUSED, WALK, penalty
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import adjacency_from

TARGET = 900_000.0


def _town(points: list[tuple[int, int]]) -> dict[str, Any]:
    """Doors on a lattice of ten metres; each touches its neighbours in the list and those within 25 m."""
    at = np.array(points, np.int64) * 10_000
    M = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    tail, head = np.nonzero((M <= 25_000) & ~np.eye(len(at), dtype=bool))
    chain = np.arange(len(at) - 1)
    tail, head = np.concatenate([tail, chain, chain + 1]), np.concatenate([head, chain + 1, chain])
    n = len(at)
    return {
        "M": M,
        "access": np.zeros(n, np.int64),
        "service": np.full(n, 50_000, np.int64),
        "adjacency": adjacency_from(n, tail, head, M[tail, head].astype(np.int64)),
    }


def _orders(n: int, turfs: int) -> list[Ints]:
    return list(np.array_split(np.arange(n), turfs))


def _walked(M: Any, order: Ints, before: Ints, after: Ints) -> int:
    legs = sum(int(M[a, b]) for a, b in pairwise(order))
    return legs + int(before[order[0]]) + int(after[order[-1]])


towns = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 12)), min_size=12, max_size=60, unique=True
).map(sorted)


@settings(max_examples=60, deadline=None)
@given(
    points=towns, turfs=st.integers(2, 4), seed=st.integers(0, 2**40), apart=st.booleans(), both=st.booleans()
)
def test_sums_after_crossings_are_those_of_the_walks(
    points: list[tuple[int, int]], turfs: int, seed: int, apart: bool, both: bool
) -> None:
    town = _town(points)
    n = len(points)
    before = town["M"][0].astype(np.int64) if apart else np.zeros(n, np.int64)
    after = before if both else town["M"][n - 1].astype(np.int64)
    ends = (before, after)
    ground = module._ground(
        town["M"], town["access"], town["service"], town["adjacency"], TARGET, 1.0, False, ends
    )
    walks = module._priced(ground, module._walks(_orders(n, turfs), ground, False))
    path, parts = np.zeros(2 * n, np.int64), np.zeros((2, 3), np.int64)
    stack, seen = np.zeros(n, np.int64), np.zeros(n, np.int64)
    state, now, done = np.array([seed], np.uint64), int(walks.price.sum()), 0
    fixed = (ground.near, ground.M, ground.service, ground.start, ground.other, ground.target, ground.weight)
    for turn in range(300):
        change = module._cross(
            both, 400_000, *fixed, ground.lenient, *walks, path, parts, stack, seen, 2 * turn + 1, state
        )
        if change != REFUSED:
            now += change
            done += 1
    orders = module._orders(walks)
    assert sorted(int(d) for order in orders for d in order) == list(range(n))
    walked = [_walked(town["M"], order, *ends) for order in orders]
    assert walks.turfs[:, WALK].tolist() == walked
    assert walks.turfs[:, HEFT].tolist() == [int(town["service"][order].sum()) for order in orders]
    assert now == walks.price.sum()
    again = module._priced(ground, module._walks(orders, ground, False))
    assert again.price.tolist() == walks.price.tolist()
    assert (again.links[:n] == walks.links[:n]).all()
    assert module._orders(again)[0].tolist() == orders[0].tolist()


def test_crossings_happen() -> None:
    """Two walks that cross are uncrossed, which no string of doors would do at once."""
    upper, lower = [(x, 1) for x in range(0, 40, 2)], [(x, 0) for x in range(0, 40, 2)]
    town = _town(upper + lower)
    half = len(upper) // 2
    crossed = [
        np.array([*range(half), *range(len(upper) + half, 2 * len(upper))]),
        np.array([*range(len(upper), len(upper) + half), *range(half, len(upper))]),
    ]
    better = module.improve(**town, orders=crossed, target=1.4e6, trials=4000, seed=1)
    nothing = np.zeros(2 * len(upper), np.int64)
    metres = [
        sum(_walked(town["M"], order, nothing, nothing) for order in some) for some in (crossed, better)
    ]
    assert metres[1] < metres[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_rules_a_walk_is_no_longer_and_the_longest_stays_bounded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = sorted({(int(x), int(y)) for x, y in rng.integers(0, 40, (160, 2))})
    town = _town(points)
    orders = _orders(len(points), 8)
    target = float(town["service"].sum() + 4_000_000) / 8
    nothing = np.zeros(len(points), np.int64)
    lengths = []
    for lenient in (False, True):
        found = module.improve(
            **town, orders=orders, target=target, trials=100_000, seed=seed, weight=1.0, lenient=lenient
        )
        loads = [_walked(town["M"], one, nothing, nothing) + int(town["service"][one].sum()) for one in found]
        assert max(loads) <= 1.15 * target
        lengths.append(sum(loads))
    assert lengths[1] <= lengths[0] * 1.01


@given(
    load=st.integers(1_000, 1_800_000),
    more=st.integers(10, 100_000),
    weight=st.sampled_from([0.01, 0.1, 0.8, 3.0]),
)
def test_a_longer_walk_never_pays(load: int, more: int, weight: float) -> None:
    """However short a turf is: what it is charged sinks by less than what is walked more."""
    gain = penalty(float(load), TARGET, weight, False) - penalty(float(load + more), TARGET, weight, False)
    assert gain < more
