"""Orders and bounds against every order there is."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk.bound import forest_bound_m, order_bound_m
from amiral.cores.walk.order import Costs, walked_cost, walking_order
from amiral.cores.walk.space import tree_edges

points = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=7)


def matrix_of(places: list[tuple[int, int]]) -> Costs:
    at = np.array(places, float)
    return np.rint(1000 * np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))).astype(np.int32)


def shortest(M: Costs, closed: bool) -> int:
    return min(walked_cost(M, np.array(order), closed) for order in permutations(range(len(M))))


@settings(max_examples=60, deadline=None)
@given(places=points, closed=st.booleans())
def test_small_orders_are_the_best_and_bounds_hold(places: list[tuple[int, int]], closed: bool) -> None:
    M = matrix_of(places)
    order = walking_order(M=M, kicks=50, closed=closed)
    assert sorted(order.tolist()) == list(range(len(places)))
    best = shortest(M, closed)
    assert walked_cost(M, order, closed) <= 1.03 * best + 1
    assert order_bound_m(M) <= shortest(M, False) / 1000 + 1e-6


@settings(max_examples=30, deadline=None)
@given(places=points, turfs=st.integers(1, 3))
def test_no_cut_beats_the_forest(places: list[tuple[int, int]], turfs: int) -> None:
    M = matrix_of(places)
    n = len(places)
    a, b = np.triu_indices(n, 1)
    bound = forest_bound_m([tree_edges(n, a, b, M[a, b].astype(np.int64))], turfs)
    for order in permutations(range(n)):
        legs = np.sort(M[list(order[:-1]), list(order[1:])])
        assert legs[: max(0, n - turfs)].sum() / 1000 >= bound - 1e-6


def test_what_belongs_to_a_door_does_not_change_its_order() -> None:
    """Doors far from their way: the same tour, found as well."""
    rng = np.random.default_rng(5)
    M = matrix_of([(int(x), int(y)) for x, y in rng.integers(0, 500, (60, 2))])
    access = rng.integers(0, 200_000, 60)
    far = (M + access[:, None] + access[None, :]).astype(np.int32)
    np.fill_diagonal(far, 0)
    order = walking_order(M=far, access=access, kicks=3000, closed=True)
    plain = walking_order(M=M, kicks=3000, closed=True)
    assert walked_cost(M, order, True) == pytest.approx(walked_cost(M, plain, True), rel=0.01)


def test_the_bound_is_close_on_a_town() -> None:
    rng = np.random.default_rng(6)
    M = matrix_of([(int(x), int(y)) for x, y in rng.integers(0, 1000, (80, 2))])
    order = walking_order(M=M, kicks=2000)
    assert walked_cost(M, order, False) / 1000 < 1.03 * order_bound_m(M)
