"""Axes found once more on people drawn anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import vote_matrix
from amiral.cores.opinion.axes import Axes, Ballots, axes_of, positions
from amiral.cores.opinion.compiled import Ints
from amiral.cores.opinion.resampling import Redrawn, axes_again, sample_of

from .making import camps


def ballots_of(seed: int, force: float = 2.5) -> tuple[Ballots, Axes]:
    matrix = vote_matrix(votes=camps(people=250, statements=40, groups=3, seed=seed, force=force))
    ballots = Ballots(
        codes=matrix.codes,
        starts=matrix.starts,
        used=np.arange(40) != 3,
        weights=np.zeros(0, np.int64),
    )
    return ballots, axes_of(ballots, matrix.tally, seed=0)


def again(ballots: Ballots, axes: Axes, weights: Ints) -> Redrawn:
    return axes_again(sample_of(ballots, axes), weights, np.ones(len(weights), np.bool_))


@given(seed=st.integers(0, 9))
@settings(deadline=None, max_examples=10)
def test_everybody_once_gives_the_same_axes_and_places(seed: int) -> None:
    ballots, axes = ballots_of(seed)
    found = again(ballots, axes, np.ones(250, np.int64))
    assert found.loadings == pytest.approx(axes.loadings, abs=1e-4)
    assert found.variances == pytest.approx(axes.variances, rel=1e-4)
    for mine, expected in zip((found.x, found.y), positions(ballots, axes), strict=True):
        assert mine / 2**28 == pytest.approx(expected / 2**28, abs=2e-3)


@given(seed=st.integers(0, 9))
@settings(deadline=None, max_examples=10)
def test_people_drawn_give_the_axes_of_people_drawn(seed: int) -> None:
    """Beside all directions of the votes, about the means of everybody, each as often as drawn."""
    ballots, axes = ballots_of(seed)
    weights = np.random.default_rng(seed).poisson(1.0, 250).astype(np.int64)
    person, code = np.repeat(np.arange(250), np.diff(ballots.starts)), ballots.codes.astype(int)
    votes = np.zeros((250, 40))
    votes[person, code // 3] = np.where(code // 3 == 3, 0.0, code % 3 - 1 - axes.means[code // 3])
    exact = np.linalg.svd(votes * np.sqrt(weights)[:, None], full_matrices=False)[2][:2]
    found = again(ballots, axes, weights)
    assert np.abs(np.linalg.det(exact @ found.loadings.T)) > 0.999
    assert (np.sum(found.loadings * axes.loadings, axis=1) >= 0).all()
    placed = positions(ballots, replace(axes, loadings=found.loadings))
    for mine, expected in zip((found.x, found.y), placed, strict=True):
        assert mine / 2**28 == pytest.approx(expected / 2**28, abs=2e-3)


def test_nobody_drawn_has_no_axes() -> None:
    ballots, axes = ballots_of(0)
    nobody = again(ballots, axes, np.zeros(250, np.int64))
    assert not nobody.loadings.any()
    assert not nobody.variances.any()
    assert not nobody.x.any()
