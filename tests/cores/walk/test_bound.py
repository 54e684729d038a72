"""The bound of the whole plan against every plan there is."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.cores.walk import Parameters, Problem, Stop, bound, plan
from amiral.cores.walk.bound import forest_bound_m, walks_bound_m
from amiral.cores.walk.space import MM
from amiral.cores.walk.straight import StraightSpace

from .builders import EAST, LAT, LON, NORTH, grid, grid_doors

places = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=3, max_size=7)


def ground(points: list[tuple[int, int]]) -> StraightSpace:
    at = np.array(points, float)
    nowhere = np.full(len(points), -1)
    return StraightSpace(LON + at[:, 0] * EAST, LAT + at[:, 1] * NORTH, nowhere, nowhere, 1.0, 2000.0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=places, turfs=st.integers(1, 3), few=st.integers(1, 4), dense=st.integers(3, 8))
def test_no_plan_beats_the_bound(
    points: list[tuple[int, int]], turfs: int, few: int, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where most legs are only known by what they exceed, and doors are measured by blocks."""
    monkeypatch.setattr(bound, "CANDIDATES", few)
    monkeypatch.setattr(bound, "DENSE_DOORS", dense)
    monkeypatch.setattr(bound, "BLOCK_DOORS", 2)
    space = ground(points)
    M, n = space.metres(np.arange(len(points))), len(points)
    least = min(
        np.sort(M[list(order[:-1]), list(order[1:])])[: max(0, n - turfs)].sum()
        for order in permutations(range(n))
    )
    for known in (least / MM, 3 * least / MM, 1.0):
        assert walks_bound_m(spaces=[space], turfs=turfs, walked_m=known) <= least / MM + 1e-6


def test_prices_raise_the_forest() -> None:
    """A street with three side alleys: no walk branches, the forest does."""
    points = [(100 * x, 0) for x in range(9)] + [(100 * x, 80 * s) for x in (2, 4, 6) for s in (1, 2, 3)]
    space = ground(points)
    forest = forest_bound_m([space.tree_mm], 1)
    assert walks_bound_m(spaces=[space], turfs=1, walked_m=2 * forest) > 1.15 * forest


def test_parts_share_the_turfs() -> None:
    """Two islands: no leg between them, one walk each, and two more where they save most."""
    rng = np.random.default_rng(3)
    both = [ground([(int(x), int(y)) for x, y in rng.integers(0, 500, (40, 2))]) for _ in range(2)]
    alone = sum(walks_bound_m(spaces=[one], turfs=2, walked_m=4000) for one in both)
    assert walks_bound_m(spaces=both, turfs=4, walked_m=8000) <= 1.01 * alone


def test_the_bound_of_a_plan_is_close() -> None:
    problem = Problem(doors=grid_doors(6), streets=grid(6))
    answer = plan(problem=problem, parameters=Parameters(minutes=60), stop=Stop(trials_per_door=100))
    assert answer.bound_m <= answer.metres < 1.12 * answer.bound_m


def test_parts_with_doors_at_one_place() -> None:
    twins = ground([(0, 0), (0, 0), (0, 200)])
    assert walks_bound_m(spaces=[twins, twins], turfs=2, walked_m=400) <= 400.1
