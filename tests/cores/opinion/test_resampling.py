"""Axes found once more on people drawn anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import vote_matrix
from amiral.cores.opinion.axes import Axes, Ballots, axes_of
from amiral.cores.opinion.resampling import axes_again

from .making import camps


def ballots_of(seed: int, force: float) -> tuple[Ballots, Axes]:
    matrix = vote_matrix(votes=camps(people=250, statements=40, groups=3, seed=seed, force=force))
    ballots = Ballots(
        codes=matrix.codes,
        starts=matrix.starts,
        used=np.arange(40) != 3,
        weights=np.ones(len(matrix.people), np.int64),
    )
    return ballots, axes_of(ballots, matrix.tally, seed=0)


@given(seed=st.integers(0, 9))
@settings(deadline=None, max_examples=10)
def test_everybody_once_gives_the_same_axes(seed: int) -> None:
    ballots, axes = ballots_of(seed, 2.5)
    again = axes_again(ballots, axes)
    assert again.loadings == pytest.approx(axes.loadings, abs=1e-4)
    assert again.variances == pytest.approx(axes.variances, rel=1e-4)
    assert (again.variance, again.means.tolist()) == (axes.variance, axes.means.tolist())


@given(seed=st.integers(0, 9))
@settings(deadline=None, max_examples=10)
def test_people_drawn_give_the_axes_of_people_drawn(seed: int) -> None:
    """Beside Lanczos from a start by chance, on the log where each stands as often as drawn."""
    ballots, axes = ballots_of(seed, 2.5)
    weights = np.random.default_rng(seed).poisson(1.0, len(ballots.weights)).astype(np.int64)
    drawn = replace(ballots, weights=weights)
    tally = np.zeros(120, np.int64)
    np.add.at(tally, ballots.codes, np.repeat(weights, np.diff(ballots.starts)))
    exact, found = axes_of(drawn, tally.reshape(-1, 3), seed=5), axes_again(drawn, axes)
    planes = exact.loadings @ found.loadings.T
    assert np.abs(np.linalg.det(planes)) > 0.999
    assert (np.sum(found.loadings * axes.loadings, axis=1) >= 0).all()


def test_nobody_drawn_has_no_axes() -> None:
    ballots, axes = ballots_of(0, 2.5)
    nobody = axes_again(replace(ballots, weights=np.zeros_like(ballots.weights)), axes)
    assert not nobody.loadings.any()
    assert not nobody.variances.any()
