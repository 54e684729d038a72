"""Formulae of Polis, on its own published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.opinion.counts import (
    GroupVotes,
    extremity,
    group_informed_consensus,
    measures_of,
    one_share_test,
    priorities,
    share,
    two_shares_test,
    wilson,
)
from amiral.cores.opinion.kmeans import Points, adjusted_rand, silhouette


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


@pytest.mark.parametrize(
    ("successes", "trials", "test", "probability"),
    [
        (38, 40, 5.778429189878425, 0.9285714285714286),
        (35, 37, 5.515528318445925, 0.9230769230769231),
        (0, 0, 1.0, 0.5),
    ],
)
def test_one_share(successes: int, trials: int, test: float, probability: float) -> None:
    assert one_share_test(ints(successes), ints(trials))[0] == pytest.approx(test, abs=1e-12)
    assert share(ints(successes), ints(trials))[0] == pytest.approx(probability, abs=1e-15)


def test_two_shares() -> None:
    assert two_shares_test(ints(15), ints(56), ints(24), ints(71))[0] == pytest.approx(-1.51407, abs=1e-5)
    assert two_shares_test(ints(4), ints(9), ints(4), ints(9))[0] == 0.0


@pytest.mark.parametrize(
    ("agree", "passed", "seen", "far", "expected"),
    [
        (1, 0, 1, 0.0, 12.529726250088),
        (20, 3, 20, 0.0, 1.372383204699),
        (18, 3, 20, 1.0, 4.493699200874),
    ],
)
def test_priority(agree: int, passed: int, seen: int, far: float, expected: float) -> None:
    found = priorities(ints(agree), ints(passed), ints(seen), np.array([far]))[0]
    assert found == pytest.approx(expected, abs=1e-11)


def test_priorities_of_different_statements_differ() -> None:
    """All equal: a fault that lived for months in another program."""
    agree, seen = np.arange(50), np.arange(50) * 3 + 1
    assert len(set(priorities(agree, agree * 0, seen, np.zeros(50)).tolist())) == 50


def test_silhouette_of_four_places_on_a_line() -> None:
    points = Points(x=ints(0, 1, 4, 6) << 28, y=ints(0, 0, 0, 0), weight=ints(1, 1, 1, 1))
    expected = [(5 - 1) / 5, (4 - 1) / 4, (3.5 - 2) / 3.5, (5.5 - 2) / 5.5]
    labels = np.array([0, 0, 1, 1], np.uint8)
    assert silhouette(points, labels) == pytest.approx(sum(expected) / 4, abs=1e-12)


def test_someone_alone_in_a_group_counts_nothing() -> None:
    points = Points(x=ints(0, 1, 9) << 28, y=ints(0, 0, 0), weight=ints(1, 1, 1))
    expected = ((9 - 1) / 9 + (8 - 1) / 8) / 3
    assert silhouette(points, np.array([0, 0, 1], np.uint8)) == pytest.approx(expected, abs=1e-12)


def test_weights_stand_for_people() -> None:
    one = Points(x=ints(0, 0, 0, 3, 3) << 28, y=ints(0, 0, 1, 0, 0) << 28, weight=ints(1, 1, 1, 1, 1))
    many = Points(x=ints(0, 0, 3) << 28, y=ints(0, 1, 0) << 28, weight=ints(2, 1, 2))
    found = silhouette(many, np.array([0, 0, 1], np.uint8))
    assert found == pytest.approx(silhouette(one, np.array([0, 0, 0, 1, 1], np.uint8)), abs=1e-12)


def test_adjusted_rand() -> None:
    a = np.array([0, 0, 0, 1, 1, 1], np.uint8)
    assert adjusted_rand(a, 1 - a) == 1.0
    assert adjusted_rand(a, np.array([0, 0, 1, 1, 2, 2], np.uint8)) == pytest.approx(0.24242424242424243)
    assert adjusted_rand(a, a * 0) == 0.0


def test_measures_compare_a_group_with_all_the_others() -> None:
    votes = GroupVotes(
        agree=np.array([[8], [1], [2]]), disagree=np.array([[1], [5], [0]]), seen=np.array([[10], [7], [4]])
    )
    found = measures_of(votes)
    assert found.pa[:, 0] == pytest.approx([9 / 12, 2 / 9, 3 / 6])
    assert found.ra[0, 0] == pytest.approx((9 / 12) / (4 / 13))
    assert found.rdt[1, 0] == pytest.approx(two_shares_test(ints(5), ints(1), ints(7), ints(14))[0])
    agree, disagree = group_informed_consensus(found)
    assert agree[0] == pytest.approx(9 / 12 * 2 / 9 * 3 / 6)
    assert disagree[0] == pytest.approx(2 / 12 * 6 / 9 * 1 / 6)


def test_extremity_is_where_someone_stands_who_only_agreed() -> None:
    loadings, means = np.array([[0.6, 0.8], [0.0, 0.6]]), np.array([0.5, -0.25])
    assert extremity(loadings, means) == pytest.approx([0.5 * 0.6 * 2**0.5, 1.25 * 1.0 * 2**0.5])


@given(successes=st.integers(0, 60), others=st.integers(0, 60))
def test_the_interval_holds_the_share(successes: int, others: int) -> None:
    low, high = (float(bound[0]) for bound in wilson(ints(successes), ints(successes + others), 1.96))
    assert 0.0 <= low <= high <= 1.0
    if successes + others:
        assert low - 1e-12 <= successes / (successes + others) <= high + 1e-12
    else:
        assert (low, high) == (0.0, 1.0)
