"""When there are groups, when there are none, and that no small one is ever spoken of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import NOBODY, BadParameter, Parameters, Reason, opinion_map
from amiral.cores.opinion import kmeans as kmeans_module
from amiral.cores.opinion.kmeans import (
    Points,
    adjusted_rand,
    coarse,
    kmeans,
    nearest,
    parted,
    polis_start,
)

from .making import camps, log_of


def test_planted_camps_are_found() -> None:
    found = opinion_map(votes=camps(people=300, statements=60, per_person=40), bridging=False).grouping
    camp = np.random.default_rng(0).integers(0, 2, 300).astype(np.uint8)
    assert found.distinct
    assert adjusted_rand(found.labels, camp) > 0.95
    assert found.people[0] >= found.people[1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("people", [80, 400])
def test_chance_alone_makes_no_groups(people: int, seed: int) -> None:
    opinion = opinion_map(votes=camps(people=people, force=0.0, seed=seed), bridging=False)
    assert not opinion.grouping.distinct
    assert opinion.grouping.published_count == 1
    assert opinion.lists.representative == ()


def test_a_handful_of_dissidents_is_no_group() -> None:
    """Three people against ninety: the only clear parting would point at them."""
    rng = np.random.default_rng(5)
    rows = [(i, j, 1 if rng.random() < 0.95 else 0) for i in range(90) for j in range(20)]
    rows += [(100 + i, j, -1) for i in range(3) for j in range(20)]
    grouping = opinion_map(votes=log_of(rows), bridging=False).grouping
    assert min(grouping.people) >= 5
    assert not grouping.distinct


@given(
    people=st.integers(1, 90),
    groups=st.integers(1, 5),
    seed=st.integers(0, 1000),
    share=st.sampled_from([0.02, 0.2]),
)
@settings(deadline=None, max_examples=40)
def test_no_group_too_small_is_ever_published(people: int, groups: int, seed: int, share: float) -> None:
    votes = camps(people=people, statements=15, per_person=10, groups=groups, seed=seed)
    parameters = Parameters(min_group_share=share, min_stability=-1, min_silhouette=-1, resamples=2)
    opinion = opinion_map(votes=votes, parameters=parameters, bridging=False)
    placed = int(opinion.plane.placed.sum())
    labels = opinion.grouping.published
    sizes = np.bincount(labels[labels != NOBODY], minlength=opinion.grouping.published_count)
    if opinion.grouping.distinct:
        assert tuple(sizes.tolist()) == opinion.grouping.people
        assert sizes.min() >= max(5, share * placed)
    assert int(sizes.sum()) == placed


def test_people_who_voted_little_are_not_placed() -> None:
    rows = [(i, j, 1 if (i + j) % 2 else -1) for i in range(20) for j in range(12)]
    rows += [(50, j, 1) for j in range(6)] + [(51, j, 1) for j in range(7)]
    opinion = opinion_map(votes=log_of(rows), bridging=False)
    assert opinion.plane.placed.tolist() == [True] * 20 + [False, True]
    assert opinion.grouping.labels[20] == NOBODY


def test_all_statements_are_enough_where_there_are_fewer_than_seven() -> None:
    rows = [(i, j, 1) for i in range(4) for j in range(3)] + [(9, 0, 1)]
    assert opinion_map(votes=log_of(rows)).plane.placed.tolist() == [True] * 4 + [False]


def test_a_forced_number_of_groups_is_kept() -> None:
    votes = camps(people=200, statements=50, per_person=30)
    grouping = opinion_map(votes=votes, parameters=Parameters(group_count=4), bridging=False).grouping
    assert len(grouping.people) == 4
    assert [one.groups for one in grouping.candidates] == [4]


def test_too_few_people() -> None:
    grouping = opinion_map(votes=camps(people=9), bridging=False).grouping
    assert grouping.reason is Reason.TOO_FEW


def test_many_people_are_gathered_in_cells_and_parted_alike() -> None:
    rng = np.random.default_rng(1)
    middle = rng.integers(0, 3, 5_000)
    place = rng.normal(0, 0.4, (5_000, 2)) + np.array([[0, 0], [4, 0], [0, 4]])[middle]
    whole = np.rint(place * 2**28).astype(np.int64)
    points = Points(x=whole[:, 0], y=whole[:, 1], weight=np.ones(5_000, np.int64))
    cells, cell = coarse(points, 1_000)
    assert int(cells.weight.sum()) == 5_000
    assert len(cells.x) <= 48 * 48
    found = kmeans(cells, np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]) * 2**28)
    assert adjusted_rand(found.labels[cell], middle.astype(np.uint8)) > 0.99
    assert adjusted_rand(nearest(points, found.centres), middle.astype(np.uint8)) > 0.99


def test_the_start_of_polis_is_the_leftmost_places() -> None:
    x = np.array([5, 3, 3, 8, 3, 1]) << 28
    y = np.array([0, 2, 1, 0, 1, 9]) << 28
    points = Points(x=x, y=y, weight=np.ones(6, np.int64))
    assert (polis_start(points, 3) / 2**28).tolist() == [[1, 9], [3, 1], [3, 2]]
    assert len(polis_start(points, 9)) == 5


@given(weights=st.lists(st.integers(1, 4), min_size=12, max_size=12))
@settings(deadline=None, max_examples=30)
def test_a_weight_is_as_many_people_at_one_place(weights: list[int]) -> None:
    rng = np.random.default_rng(2)
    x, y = (rng.integers(-(2**30), 2**30, 12) for _ in range(2))
    heavy = Points(x=x, y=y, weight=np.array(weights))
    repeated = Points(
        x=np.repeat(x, weights), y=np.repeat(y, weights), weight=np.ones(sum(weights), np.int64)
    )
    start = polis_start(heavy, 3)
    one, many = kmeans(heavy, start), kmeans(repeated, start)
    assert np.array_equal(one.centres, many.centres)
    assert np.array_equal(np.repeat(one.labels, weights), many.labels)


@given(
    seed=st.integers(0, 2**32),
    groups=st.integers(1, 5),
    workers=st.integers(2, 4),
    people=st.integers(6, 400),
)
@settings(deadline=None, max_examples=40)
def test_several_threads_part_as_one_does(seed: int, groups: int, workers: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = (rng.integers(-(2**30), 2**30, people) for _ in range(2))
    points = Points(x=x, y=y, weight=rng.integers(1, 4, people))
    start = polis_start(points, groups)
    one = kmeans(points, start)
    with pytest.MonkeyPatch.context() as few_are_many:
        few_are_many.setattr(kmeans_module, "_MANY_PLACES", 1)
        centres, labels = parted(points, start, workers)
    assert np.array_equal(one.centres, centres)
    assert np.array_equal(one.labels, labels)


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_votes": 0},
        {"max_groups": 1},
        {"group_count": 1},
        {"min_group_people": 4},
        {"min_group_share": 0.01},
        {"first_sign": 0},
        {"min_silhouette": float("nan")},
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadParameter):
        Parameters(**wrong)  # type: ignore[arg-type]  # any value may come from a file
