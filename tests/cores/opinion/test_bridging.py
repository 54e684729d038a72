"""Bridging scores against a general minimiser of the same loss."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from amiral.cores.opinion import Bridging, Votes, bridging_scores, opinion_map, vote_matrix

from .making import camps, latest, log_of


def loss_of(
    x: NDArray[np.float64], u: NDArray[np.int64], s: NDArray[np.int64], r: NDArray[np.float64], people: int
) -> tuple[float, NDArray[np.float64]]:
    """The published loss and its gradient; parameters: m, i_u, f_u, i_s, f_s."""
    statements = (len(x) - 1 - 2 * people) // 2
    m, i_u, f_u, i_s, f_s = np.split(x, np.cumsum([1, people, people, statements]))
    e = m + i_u[u] + i_s[s] + f_u[u] * f_s[s] - r
    penalty = 0.03 * ((f_u**2).mean() + (f_s**2).mean())
    penalty += 0.15 * ((i_u**2).mean() + (i_s**2).mean() + float(m[0]) ** 2)
    g = 2 * e / len(r)
    gradient = [
        g.sum() + 0.3 * m,
        np.bincount(u, g, people) + 0.3 * i_u / people,
        np.bincount(u, g * f_s[s], people) + 0.06 * f_u / people,
        np.bincount(s, g, statements) + 0.3 * i_s / statements,
        np.bincount(s, g * f_u[u], statements) + 0.06 * f_s / statements,
    ]
    return float((e * e).mean() + penalty), np.concatenate(gradient)


def best_by_descent(votes: Votes) -> tuple[float, NDArray[np.float64]]:
    """Least loss from three starts, with the intercepts of the statements."""
    cells = latest(votes)
    u, s = (np.unique([pair[side] for pair in cells], return_inverse=True)[1] for side in (0, 1))
    r = (np.array(list(cells.values())) + 1) / 2
    people, statements = int(u.max()) + 1, int(s.max()) + 1
    found = []
    for seed in range(3):
        start = np.random.default_rng(seed).normal(0, 0.3, 1 + 2 * people + 2 * statements)
        options = {"maxiter": 5_000, "maxfun": 9_000, "ftol": 1e-15, "gtol": 1e-10}
        found.append(
            minimize(loss_of, start, (u, s, r, people), jac=True, method="L-BFGS-B", options=options)
        )
    best = min(found, key=lambda one: float(one.fun))
    return float(best.fun), best.x[1 + 2 * people : 1 + 2 * people + statements]


def scores_of(votes: Votes, workers: int = 1) -> Bridging:
    opinion = opinion_map(votes=votes, workers=workers)
    assert opinion.bridging is not None
    return opinion.bridging


@pytest.mark.parametrize("seed", range(3))
def test_the_least_loss_is_reached(seed: int) -> None:
    votes = camps(people=70, statements=24, per_person=15, seed=seed)
    found = scores_of(votes)
    least, intercepts = best_by_descent(votes)
    assert found.loss <= least + 1e-9
    assert found.intercepts == pytest.approx(intercepts, abs=1e-4)


def test_what_one_camp_likes_bridges_less_than_what_both_like() -> None:
    rows = []
    for i in range(60):
        for j in range(14):
            side = i % 2
            rows.append((i, j, 1 if j == 12 else (1 if (j + side) % 2 else -1)))
    found = scores_of(log_of(rows))
    assert int(np.argmax(found.intercepts)) == 12
    assert abs(found.factors[12]) < 0.1 < float(np.abs(found.factors[:12]).min())
    assert bool(found.helpful[12])
    assert not found.helpful[:12].any()


def test_statements_and_people_with_few_votes_are_left_out() -> None:
    rows = [(i, j, 1 if (i + j) % 3 else -1) for i in range(20) for j in range(10)]
    rows += [(i, 50, 1) for i in range(4)] + [(90, j, 1) for j in range(9)]
    found = scores_of(log_of(rows))
    assert (found.people, found.votes) == (20, 200)
    assert found.scored.tolist() == [True] * 10 + [False]
    assert found.intercepts[10] == 0.0


def test_most_voters_stand_on_the_negative_side() -> None:
    rows = [(i, j, 1 if (j % 2) == (i % 3 == 0) else -1) for i in range(60) for j in range(12)]
    votes = log_of(rows)
    found = scores_of(votes)
    liked_by_most = [j for j in range(12) if j % 2 == 0]
    assert (found.factors[liked_by_most] < 0).all()


def test_nobody_voted_enough() -> None:
    found = bridging_scores(
        matrix=vote_matrix(votes=log_of([(1, 1, 1)])), used=np.array([True]), loadings=np.array([1.0])
    )
    assert (found.people, found.votes, found.rounds) == (0, 0, 0)
    assert not found.scored.any()


def test_threads_change_no_bit() -> None:
    votes = camps(people=3_000, statements=500, per_person=400)
    one, two = scores_of(votes), scores_of(votes, workers=2)
    assert one.votes > 1_000_000
    assert one.intercepts.tobytes() == two.intercepts.tobytes()
    assert one.loss == two.loss
