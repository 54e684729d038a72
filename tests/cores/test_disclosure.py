"""Laws of what may be shown: who solves the linear system of everything released finds nothing."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.disclosure import Doors, Threshold, is_enough, releasable

SMALL = Threshold(dwellings=3, answers=2)
MOST = 7

Row = list[Fraction]


class Attacker:
    """Adds and subtracts all that he was told, with any factors (Gauss–Jordan over the rationals)."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.basis: list[tuple[int, Row]] = []
        for row in rows:
            rest = self.reduced([Fraction(value) for value in row])
            pivot = next((place for place, value in enumerate(rest) if value), None)
            if pivot is not None:
                self.basis.append((pivot, [value / rest[pivot] for value in rest]))

    def reduced(self, row: Row) -> Row:
        for pivot, known in self.basis:
            if row[pivot]:
                factor = row[pivot]
                row = [value - factor * other for value, other in zip(row, known, strict=True)]
        return row

    def knows(self, wanted: Sequence[int]) -> bool:
        return not any(self.reduced([Fraction(value) for value in wanted]))


def doors_of(pairs: Sequence[tuple[int, int]]) -> Doors:
    dwellings, answers = zip(*pairs, strict=True) if pairs else ((), ())
    return Doors(dwellings=np.array(dwellings, dtype=np.int64), answers=np.array(answers, dtype=np.int64))


def indicator(members: Sequence[int], count: int) -> list[int]:
    return [int(place in members) for place in range(count)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Doors, list[list[int]]]:
    """A few doors and sets of them that overlap in any way, the whole among them or not."""
    count = draw(st.integers(1, MOST))
    doors = doors_of(
        draw(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), min_size=count, max_size=count))
    )
    sets = draw(st.lists(st.sets(st.integers(0, count - 1), min_size=1), max_size=7))
    candidates = [sorted(members) for members in sets]
    return doors, ([list(range(count)), *candidates] if draw(st.booleans()) else candidates)


def subsets(count: int) -> list[tuple[int, ...]]:
    return [members for size in range(1, count + 1) for members in combinations(range(count), size)]


def released_of(doors: Doors, candidates: list[list[int]]) -> list[list[int]]:
    arrays = [np.array(members) for members in candidates]
    kept = releasable(doors=doors, candidates=arrays, threshold=SMALL)
    return [members for members, is_kept in zip(candidates, kept, strict=True) if is_kept]


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_no_set_of_doors_below_the_threshold_can_be_computed(world: tuple[Doors, list[list[int]]]) -> None:
    doors, candidates = world
    attacker = Attacker([indicator(members, len(doors)) for members in released_of(doors, candidates)])
    for members in subsets(len(doors)):
        if not is_enough(doors=doors, members=members, threshold=SMALL):
            assert not attacker.knows(indicator(members, len(doors))), members


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_nor_with_the_number_of_visits_of_each_door_known_live(
    world: tuple[Doors, list[list[int]]],
) -> None:
    """Progress is shown door by door: the attacker knows the visits of each, whatever came of them."""
    doors, candidates = world
    count, outcomes = len(doors), 3
    rows = [
        [int(o == outcome and d in members) for d in range(count) for o in range(outcomes)]
        for members in released_of(doors, candidates)
        for outcome in range(outcomes)
    ]
    rows += [[int(d == door) for d in range(count) for _ in range(outcomes)] for door in range(count)]
    attacker = Attacker(rows)
    for members in subsets(count):
        if not is_enough(doors=doors, members=members, threshold=SMALL):
            wanted = [int(o == 0 and d in members) for d in range(count) for o in range(outcomes)]
            assert not attacker.knows(wanted), members


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_what_is_released_is_enough_and_what_is_withheld_had_a_reason(
    world: tuple[Doors, list[list[int]]],
) -> None:
    doors, candidates = world
    arrays = [np.array(members) for members in candidates]
    kept = releasable(doors=doors, candidates=arrays, threshold=SMALL)
    before: list[list[int]] = []
    for members, is_kept in zip(candidates, kept, strict=True):
        if is_kept:
            assert is_enough(doors=doors, members=members, threshold=SMALL)
            before.append(members)
        else:
            assert not _safe([*before, members], doors)


def _safe(sets: list[list[int]], doors: Doors) -> bool:
    """By the definition: each class of doors that the same sets hold, but that of no set, is enough."""
    classes: dict[tuple[bool, ...], list[int]] = {}
    for door in range(len(doors)):
        classes.setdefault(tuple(door in members for members in sets), []).append(door)
    return all(
        is_enough(doors=doors, members=members, threshold=SMALL)
        for signature, members in classes.items()
        if any(signature)
    )


def test_leaving_out_only_what_is_too_small_is_seen_through() -> None:
    """The attacker is worth something: primary suppression alone falls to one subtraction."""
    doors = doors_of([(12, 6), (12, 7), (2, 1)])
    whole, turfs = [0, 1, 2], [[0], [1], [2]]
    naive = [whole, *[turf for turf in turfs if is_enough(doors=doors, members=turf)]]
    assert Attacker([indicator(members, 3) for members in naive]).knows([0, 0, 1])
    kept = releasable(doors=doors, candidates=[np.array(one) for one in [whole, *turfs]])
    assert kept == (True, True, False, False)  # the second turf hides the third


def test_two_divisions_of_one_quarter_do_not_betray_their_difference() -> None:
    """A turf and a bureau that differ by one house: the second of them is withheld."""
    doors = doors_of([(20, 10), (1, 1), (20, 10)])
    bureau, turf = np.array([0, 1]), np.array([0])
    assert releasable(doors=doors, candidates=[np.arange(3), bureau, turf]) == (True, True, False)
    assert releasable(doors=doors, candidates=[np.arange(3), turf, bureau]) == (True, True, False)


@pytest.mark.parametrize(("dwellings", "answers", "expected"), [(10, 5, True), (9, 5, False), (10, 4, False)])
def test_the_thresholds_are_ten_dwellings_and_five_answers(
    dwellings: int, answers: int, expected: bool
) -> None:
    doors = doors_of([(dwellings, answers)])
    assert releasable(doors=doors, candidates=[np.array([0])]) == (expected,)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Threshold(dwellings=0)
    with pytest.raises(ValueError, match="one length"):
        Doors(dwellings=np.array([1]), answers=np.array([1, 2]))
    with pytest.raises(ValueError, match="less than zero"):
        Doors(dwellings=np.array([1]), answers=np.array([-1]))
    assert releasable(doors=doors_of([]), candidates=[np.array([], dtype=np.int64)]) == (False,)


def test_fifty_thousand_doors_take_a_moment() -> None:
    rng = np.random.default_rng(5)
    count = 50_000
    doors = Doors(dwellings=rng.integers(1, 30, count), answers=rng.integers(0, 4, count))
    turf = np.arange(count) // 60
    candidates = [np.arange(count), *(np.flatnonzero(turf == one) for one in range(int(turf.max()) + 1))]
    kept = releasable(doors=doors, candidates=candidates)
    assert kept[0]
    assert sum(kept) > 800
