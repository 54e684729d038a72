"""The laws of word of mouth: a forest, an estimate that is right, figures that tell of nobody."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.cascade import (
    Forest,
    Link,
    Reproduction,
    folded,
    may_tell,
    reproduction,
    settled,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = 60 * DAY

people = st.integers(0, 14)
links = st.lists(
    st.builds(
        lambda person, by, day: Link(person=person, by=by, at=START + day * DAY),
        people,
        st.none() | people,
        st.integers(0, 20),
    ),
    max_size=30,
)
counts = st.dictionaries(st.integers(0, 30), st.integers(0, 12), max_size=12)


@settings(max_examples=40)
@given(links)
def test_whatever_is_written_it_is_a_forest(found: list[Link]) -> None:
    """Also of oneself, of cycles and of elders who came later: no loop, nobody twice, every depth agrees."""
    forest = Forest(found)
    depths = forest.depths()
    assert set(depths) == set(forest.links)
    for person in forest.links:
        below = [one for level in forest.generations(person) for one in level]
        assert len(below) == len(set(below))
        assert person not in below
        for number, level in enumerate(forest.generations(person), start=1):
            assert {depths[one] for one in level} == {depths[person] + number}
    assert sum(len(forest.children(p)) for p in range(15)) <= len(forest.links)


@settings(max_examples=40)
@given(links)
def test_months_count_everybody_once(found: list[Link]) -> None:
    forest = Forest(found)
    months = forest.months(forest.links)
    assert sum(months.values()) == len(forest.links)
    assert list(months) == sorted(months)


@settings(max_examples=40)
@given(counts, st.integers(1, 8))
def test_no_told_figure_and_no_difference_is_below_k(found: dict[int, int], k: int) -> None:
    told = folded(found, k=k)
    total = sum(found.values())
    assert bool(told) == (total >= k)
    assert sum(one.count for one in told) == (total if told else 0)
    assert all(one.count >= k for one in told)
    assert all(a.last < b.first for a, b in pairwise(told))
    # Every sum of some of the classes is a sum of whole classes: nothing below k can be subtracted.
    assert not told or total - max(one.count for one in told) not in range(1, k)


@settings(max_examples=40)
@given(counts, st.integers(0, 12), st.integers(1, 8))
def test_asking_again_shows_the_same_or_k_more(found: dict[int, int], newer: int, k: int) -> None:
    before = settled(found, k=k)
    after = settled({**found, 31: newer}, k=k)
    assert after[: len(before)] == before
    assert all(one.count >= k for one in after)
    grown = sum(one.count for one in after) - sum(one.count for one in before)
    assert grown == 0 or grown >= k


def spread(*, r: float, seeds: int, generations: int, seed: int) -> list[Link]:
    """A Galton-Watson process with Poisson children, each within the window after his elder."""
    chance = np.random.default_rng(seed)
    found = [Link(person=n, by=None, at=START + int(chance.integers(0, 30)) * DAY) for n in range(seeds)]
    level = list(found)
    for _generation in range(generations):
        level = [
            Link(person=0, by=elder.person, at=elder.at + int(chance.integers(1, 60)) * DAY)
            for elder in level
            for _child in range(chance.poisson(r))
        ]
        level = [Link(person=len(found) + n, by=one.by, at=one.at) for n, one in enumerate(level)]
        found += level
    return found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("r", [0.6, 1.0, 1.3])
def test_r_of_five_generations_is_estimated_within_five_percent(r: float, seed: int) -> None:
    """Goal 11 of the research on publishing, section 7."""
    found = spread(r=r, seeds=3000, generations=5, seed=seed)
    forest = Forest(found)
    # The fifth generation brings nobody in this world: it is not asked.
    depths = forest.depths()
    assert max(depths.values()) == 5
    asked = [person for person, depth in depths.items() if depth < 5]
    estimate = reproduction(forest, asked, until=START + 400 * DAY, window=WINDOW)
    assert estimate is not None
    assert abs(estimate.r / r - 1) < 0.05


def test_who_joined_lately_is_not_called_barren() -> None:
    """Looked at while it grows, the estimate is right too; counting everybody would say half."""
    found = [one for one in spread(r=1.2, seeds=3000, generations=6, seed=1) if one.at <= START + 90 * DAY]
    forest = Forest(found)
    now = START + 90 * DAY
    estimate = reproduction(forest, forest.links, until=now, window=WINDOW)
    assert estimate is not None
    assert abs(estimate.r / 1.2 - 1) < 0.05
    rows = len(found)
    naive = sum(len(forest.children(p)) for p in forest.links) / rows
    assert naive < 0.8 * estimate.r


def test_order_of_rows_changes_nothing() -> None:
    found = spread(r=0.9, seeds=50, generations=4, seed=3)
    mixed = Random(7).sample(found, len(found))
    assert Forest(found).depths() == Forest(mixed).depths()


def test_r_is_told_only_where_both_numbers_are() -> None:
    assert not may_tell(None)
    assert not may_tell(Reproduction(mothers=4, children=9))
    assert not may_tell(Reproduction(mothers=90, children=2))
    assert may_tell(Reproduction(mothers=5, children=5))
    assert reproduction(Forest([]), [1, 2], until=START, window=WINDOW) is None
    with pytest.raises(ValueError, match="nobody"):
        settled({1: 2}, k=0)
