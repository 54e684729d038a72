"""Axes and positions against a dense computation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import Parameters, Votes, locate, opinion_map, signs_like

from .making import camps, centred, dense, latest, log_of, logs


@pytest.mark.parametrize("seed", range(4))
def test_the_axes_are_the_principal_components_of_the_filled_matrix(seed: int) -> None:
    votes = camps(people=90, statements=35, per_person=14, groups=3, seed=seed)
    plane = opinion_map(votes=votes, bridging=False).plane
    full = centred(dense(latest(votes)))
    _, lengths, vectors = np.linalg.svd(full, full_matrices=False)
    for axis in (0, 1):
        assert abs(vectors[axis] @ plane.axes.loadings[axis]) > 1 - 1e-12
        assert plane.axes.explained[axis] == pytest.approx(lengths[axis] ** 2 / (full**2).sum(), abs=1e-12)


def test_the_axes_of_many_votes_begin_with_a_part_of_the_people_and_end_the_same() -> None:
    votes = camps(people=2_600, statements=120, per_person=80, groups=3)
    one, two = (opinion_map(votes=votes, bridging=False, workers=workers) for workers in (1, 2))
    matrix, axes = one.matrix, one.plane.axes
    assert len(matrix.codes) > 200_000
    full = np.zeros((2_600, 120))
    column = matrix.codes.astype(int) // 3
    rows = np.repeat(np.arange(2_600), matrix.lengths)
    full[rows, column] = matrix.codes % 3 - 1.0 - axes.means[column]
    vectors = np.linalg.svd(full, full_matrices=False)[2]
    for axis in (0, 1):
        assert abs(vectors[axis] @ axes.loadings[axis]) > 1 - 1e-12
    assert axes.beside @ axes.loadings.T == pytest.approx(np.zeros((3, 2)), abs=1e-9)
    assert axes.loadings.tobytes() == two.plane.axes.loadings.tobytes()
    assert one.grouping.stability == two.grouping.stability


@given(votes=logs())
@settings(deadline=None, max_examples=150)
def test_the_variance_along_the_axes_is_the_greatest_there_is(votes: Votes) -> None:
    """Also where values are equal, few or none, and no axis is unique."""
    axes = opinion_map(votes=votes, bridging=False).plane.axes
    cells = latest(votes)
    lengths = np.linalg.svd(centred(dense(cells)), compute_uv=False) if cells else np.zeros(2)
    expected = np.append(lengths, [0.0, 0.0])[:2] ** 2
    assert axes.variances == pytest.approx(expected, abs=1e-8)
    gram = axes.loadings @ axes.loadings.T
    assert gram == pytest.approx(np.diag((axes.variances > 0).astype(float)), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_positions_are_scaled_by_the_share_of_statements_voted_on(seed: int) -> None:
    votes = camps(people=60, statements=25, per_person=9, seed=seed)
    plane = opinion_map(votes=votes, bridging=False).plane
    table = dense(latest(votes))
    scale = np.sqrt(table.shape[1] / (~np.isnan(table)).sum(axis=1))
    expected = centred(table) @ plane.axes.loadings.T * scale[:, None]
    assert plane.points == pytest.approx(expected, abs=1e-8)


def test_the_greatest_loading_is_positive_and_an_axis_can_be_turned() -> None:
    votes = camps()
    first = opinion_map(votes=votes, bridging=False).plane.axes
    other = opinion_map(votes=votes, parameters=Parameters(first_sign=-1), bridging=False).plane.axes
    assert all(axis[np.argmax(np.abs(axis))] > 0 for axis in first.loadings)
    assert np.array_equal(other.loadings[0], -first.loadings[0])
    assert np.array_equal(other.loadings[1], first.loadings[1])


def test_signs_that_keep_an_earlier_picture() -> None:
    opinion = opinion_map(votes=camps(), bridging=False)
    axes, ids = opinion.plane.axes, opinion.matrix.statements
    earlier = {int(j): (-float(a), float(b)) for j, a, b in zip(ids, *axes.loadings, strict=True)}
    assert signs_like(axes=axes, statements=ids, earlier=earlier) == (-1, 1)
    assert signs_like(axes=axes, statements=ids, earlier={}) == (1, 1)


def test_a_moderated_statement_moves_nobody_and_counts_as_seen_by_all() -> None:
    votes = camps(people=60, statements=25, per_person=9)
    plane = opinion_map(votes=votes, moderated={4}, bridging=False).plane
    table = dense(latest(votes))
    table[:, 4] = 0.0
    scale = np.sqrt(table.shape[1] / (~np.isnan(table)).sum(axis=1))
    vectors = np.linalg.svd(centred(table), full_matrices=False)[2]
    assert plane.axes.loadings[:, 4].tolist() == [0.0, 0.0]
    assert abs(vectors[0] @ plane.axes.loadings[0]) > 1 - 1e-12
    assert plane.points == pytest.approx(centred(table) @ plane.axes.loadings.T * scale[:, None], abs=1e-8)


@given(person=st.integers(0, 59), moderated=st.booleans())
@settings(deadline=None, max_examples=20)
def test_one_ballot_is_located_where_the_map_puts_it(person: int, moderated: bool) -> None:
    votes = camps(people=60, statements=25, per_person=9)
    opinion = opinion_map(votes=votes, moderated={4} if moderated else (), bridging=False)
    ballot = {j: value for (who, j), value in latest(votes).items() if who == person} | {9_999: 1}
    found = locate(
        axes=opinion.plane.axes, statements=opinion.matrix.statements, shown=opinion.shown, ballot=ballot
    )
    assert found == pytest.approx(opinion.plane.points[person], abs=1e-8)


def test_unanimous_people_have_no_axis() -> None:
    plane = opinion_map(votes=log_of([(i, j, 1) for i in range(20) for j in range(9)])).plane
    assert plane.axes.explained == (0.0, 0.0)
    assert not plane.points.any()
