"""The exact order: equal to trying everything, and never worse than what is known."""

from itertools import permutations

import numpy as np
from benchmarks.walk import orders
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk.order import walked_cost, walking_order


def matrix(seed: int, m: int) -> "np.ndarray":
    points = np.random.default_rng(seed).integers(0, 60, (m, 2)) * 1000
    away = np.abs(points[:, None] - points[None]).sum(axis=2)
    return away.astype(np.int32)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_cuts_find_what_trying_every_order_finds(seed: int) -> None:
    M = matrix(seed, 7)
    tried = min(walked_cost(M, np.array(order), False) for order in permutations(range(7)))
    closed = np.zeros((8, 8), np.int64)
    closed[:7, :7] = M
    assert orders._shortest_tour(closed, tried + 1) == tried
    assert orders._shortest_tour(closed, 10**9) == tried


@given(seed=st.integers(0, 10_000))
@settings(max_examples=4, deadline=None)
def test_no_walk_is_shorter_than_the_shortest(seed: int) -> None:
    M = matrix(seed, 22)
    ours = walked_cost(M, walking_order(M=M, kicks=400), False)
    shortest = orders.shortest_walk(M, ours)
    assert shortest <= ours
    assert orders.shortest_walk(M, 10**9) == shortest


def test_tiny_turfs() -> None:
    assert orders.shortest_walk(np.zeros((1, 1), np.int32), 0) == 0
    assert orders.shortest_walk(np.array([[0, 5], [5, 0]], np.int32), 5) == 5


def test_the_summary_counts() -> None:
    one = {"gap": 0.0, "gap_without_access": 0.0, "ours_m": 100.0, "shortest_m": 100.0}
    two = {"gap": 0.02, "gap_without_access": 0.04, "ours_m": 102.0, "shortest_m": 100.0}
    found = orders.summary([one, two])
    assert found["optimal"] == found["over_1_percent"] == 1
    assert found["mean_gap"] == 0.01
    assert found["ours_over_shortest"] == 1.01
