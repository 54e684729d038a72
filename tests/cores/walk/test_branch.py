"""Branches: what moves hangs on one door, neither turf is torn, what is refused is put back as it was."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import improve as module
from amiral.cores.walk.branch import move_branch
from amiral.cores.walk.linked import REFUSED, Randomness
from amiral.cores.walk.partition import fragments
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import Adjacency, adjacency_from, restrict

TARGET = 900_000.0


def _tree(parents: list[int]) -> dict[str, Any]:
    """Doors on a tree of streets, ten metres from each to its parent: ``parents[i]`` of door i + 1."""
    n = len(parents) + 1
    M = np.zeros((n, n), np.int32)
    for child, parent in enumerate(parents, 1):
        M[child, :child] = M[:child, child] = M[parent, :child] + 10_000
    down, up = np.arange(1, n), np.array(parents, np.int64)
    tail, head = np.concatenate([down, up]), np.concatenate([up, down])
    return {
        "M": M,
        "access": np.zeros(n, np.int64),
        "service": np.full(n, 50_000, np.int64),
        "adjacency": adjacency_from(n, tail, head, np.full(len(tail), 10_000)),
    }


def _pieces(adjacency: Adjacency, order: Ints) -> int:
    return int(fragments(restrict(adjacency, np.sort(order)), np.zeros(len(order), np.int64)).max()) + 1


def _halves(town: dict[str, Any], root: int) -> list[Ints]:
    """All that hangs on ``root`` (as grown from door 0), and the rest: two turfs in one piece each."""
    near, below = town["adjacency"], {root}
    for door in range(root + 1, len(near)):
        parent = int(near.other[near.start[door] : near.start[door + 1]].min())
        if parent in below:
            below.add(door)
    n = len(near)
    return [np.array([d for d in range(n) if (d in below) is side], np.int64) for side in (False, True)]


class Bench:
    """Two turfs on a tree, ready for branches."""

    def __init__(self, town: dict[str, Any], orders: list[Ints], *, closed: bool = False) -> None:
        self.town, n = town, len(town["M"])
        self.ground = module._ground(
            town["M"], town["access"], town["service"], town["adjacency"], TARGET, 0.1, False, None
        )
        self.walks = module._priced(self.ground, module._walks(orders, self.ground, closed))
        self.gone, self.stack, self.seen = (
            np.zeros((n, 4), np.int64),
            np.zeros(n, np.int64),
            np.zeros(n, np.int64),
        )

    def move(self, limit: int, stamp: int, state: Randomness) -> int:
        g = self.ground
        return move_branch(
            limit, g.M, g.service, g.start, g.other, g.target, g.weight, g.lenient, *self.walks,
            self.gone, self.stack, self.seen, stamp, state,
        )  # fmt: skip

    def orders(self) -> list[Ints]:
        return module._orders(self.walks)


trees = st.integers(6, 40).flatmap(
    lambda n: st.tuples(*(st.integers(max(0, i - 6), i) for i in range(n - 1))).map(list)
)


@settings(max_examples=80, deadline=None)
@given(parents=trees, cut=st.integers(0, 2**20), seed=st.integers(0, 2**40), closed=st.booleans())
def test_turfs_stay_in_one_piece_and_their_sums_are_right(
    parents: list[int], cut: int, seed: int, closed: bool
) -> None:
    town = _tree(parents)
    orders = _halves(town, 1 + cut % len(parents))
    bench = Bench(town, orders, closed=closed)
    state, now = np.array([seed], np.uint64), int(bench.walks.price.sum())
    for stamp in range(1, 200):
        change = bench.move(10**12, stamp, state)
        now += 0 if change == REFUSED else change
    orders = bench.orders()
    assert sorted(int(d) for order in orders for d in order) == list(range(len(town["M"])))
    assert [_pieces(town["adjacency"], order) for order in orders] == [1, 1]
    assert now == int(bench.walks.price.sum())
    again = module._walks(orders, bench.ground, closed)
    assert again.turfs[:, 1:].tolist() == bench.walks.turfs[:, 1:].tolist()


@settings(max_examples=80, deadline=None)
@given(parents=trees, cut=st.integers(0, 2**20), seed=st.integers(0, 2**40), closed=st.booleans())
def test_what_is_refused_is_put_back(parents: list[int], cut: int, seed: int, closed: bool) -> None:
    town = _tree(parents)
    bench = Bench(town, _halves(town, 1 + cut % len(parents)), closed=closed)
    before = module._copy(bench.walks)
    state = np.array([seed], np.uint64)
    for stamp in range(1, 60):
        assert bench.move(-(10**12), stamp, state) == REFUSED
    assert (bench.walks.links == before.links)[: len(parents) + 1].all()
    assert (bench.walks.turfs[:, 1:] == before.turfs[:, 1:]).all()
    assert (bench.walks.price == before.price).all()


def test_a_door_takes_along_what_hangs_on_it() -> None:
    # 0 - 1 - 2 - 3 is one turf, with 4 and 5 behind 3; 6 - 7 the other, 6 touching 3
    town = _tree([0, 1, 2, 3, 4, 3, 6])
    bench = Bench(town, [np.arange(6), np.array([6, 7])])
    state = np.array([1], np.uint64)
    for stamp in range(1, 400):
        if bench.move(10**12, stamp, state) != REFUSED:
            break
    moved = {frozenset(order.tolist()) for order in bench.orders()}
    # either 3 went over with the smaller side behind it, or 6 came over with 7 left behind
    assert moved in (
        {frozenset({0, 1, 2}), frozenset({3, 4, 5, 6, 7})},
        {frozenset({0, 1, 2, 3, 4, 5, 6}), frozenset({7})},
    )


def test_streets_with_one_way_in_are_shared_fairly() -> None:
    """Closes of twenty doors off one street, longer than any string: sides are changed by whole closes."""
    parents, street = list[int](), 0
    for _ in range(12):
        parents.append(street)
        street = len(parents)
        parents += range(street, street + 20)
    town = _tree(parents)
    n = len(town["M"])
    better = module.improve(
        **town, orders=_halves(town, 1 + 21 * 9), target=float(n * 60_000 / 2), trials=40 * n, seed=0
    )
    assert min(len(order) for order in better) >= n // 2 - 21
    assert [_pieces(town["adjacency"], order) for order in better] == [1, 1]
