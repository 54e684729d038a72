"""Sums that parts of the people give, wherever they are counted; and logs that go on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import (
    Accumulators,
    UnlikeStatements,
    Votes,
    accumulated,
    axes_from,
    extended,
    vote_matrix,
)
from amiral.cores.opinion.accumulators import gram
from amiral.cores.opinion.axes import Ballots, axes_of

from .making import camps, centred, dense, latest, log_of, logs

EACH = ("tally", "both", "sums", "products")


def same(one: Accumulators, other: Accumulators) -> bool:
    counts = (one.people, one.votes) == (other.people, other.votes)
    return counts and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in EACH)


def part(votes: Votes, rows: np.ndarray) -> Votes:
    return Votes(
        people=votes.people[rows],
        statements=votes.statements[rows],
        values=votes.values[rows],
        order=None if votes.order is None else votes.order[rows],
    )


@given(votes=logs(), parts=st.integers(1, 4), workers=st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_parts_of_the_people_add_up_to_the_bit(votes: Votes, parts: int, workers: int) -> None:
    whole = accumulated(matrix=vote_matrix(votes=votes), workers=workers)
    of_parts = [
        accumulated(
            matrix=vote_matrix(votes=part(votes, votes.people % parts == number)),
            statements=whole.statements,
        )
        for number in range(parts)
    ]
    assert same(sum(of_parts[1:], of_parts[0]), whole)
    assert same(sum(of_parts[-2::-1], of_parts[-1]), whole)


@given(votes=logs())
@settings(deadline=None, max_examples=40)
def test_the_sums_make_the_product_of_the_centred_votes(votes: Votes) -> None:
    cells = latest(votes)
    if not cells:
        return
    sums = accumulated(matrix=vote_matrix(votes=votes))
    table = centred(dense(cells))
    assert gram(sums, np.ones(table.shape[1], bool)) == pytest.approx(table.T @ table, abs=1e-9)


def test_axes_of_the_sums_are_those_of_the_votes() -> None:
    matrix = vote_matrix(votes=camps(people=400, statements=60))
    used = np.arange(60) != 7
    ballots = Ballots(codes=matrix.codes, starts=matrix.starts, used=used, weights=np.zeros(0, np.int64))
    one, other = axes_of(ballots, matrix.tally, seed=0), axes_from(accumulated(matrix=matrix), used, seed=0)
    assert other.loadings == pytest.approx(one.loadings, abs=1e-5)
    assert other.variances == pytest.approx(one.variances, rel=1e-9)
    assert (other.variance, other.means.tolist()) == (one.variance, one.means.tolist())


def test_sums_over_other_statements_are_refused() -> None:
    one, other = (accumulated(matrix=vote_matrix(votes=log_of([(1, j, 1)]))) for j in (1, 2))
    with pytest.raises(UnlikeStatements, match="same list"):
        _ = one + other
    with pytest.raises(UnlikeStatements):
        accumulated(matrix=vote_matrix(votes=log_of([(1, 1, 1)])), statements=np.array([2, 3]))


@given(before=logs(), after=logs(), workers=st.integers(1, 2))
@settings(deadline=None, max_examples=60)
def test_a_log_that_goes_on_is_the_log_as_a_whole(before: Votes, after: Votes, workers: int) -> None:
    assert before.order is not None
    assert after.order is not None
    later = Votes(
        people=after.people, statements=after.statements * 3, values=after.values, order=after.order + 1_000
    )
    whole = Votes(
        people=np.append(before.people, later.people),
        statements=np.append(before.statements, later.statements),
        values=np.append(before.values, later.values),
        order=np.append(before.order, after.order + 1_000),
    )
    gone_on = extended(matrix=vote_matrix(votes=before), votes=later, workers=workers)
    anew = vote_matrix(votes=whole)
    assert (gone_on.sha256, gone_on.rows) == (anew.sha256, anew.rows)
    assert gone_on.tally.tolist() == anew.tally.tolist()


def test_a_log_may_go_on_with_so_many_statements_that_codes_grow_wider() -> None:
    before = log_of([(1, 5, 1), (2, 7, -1)])
    after = log_of([(2, j, j % 3 - 1) for j in range(22_000)])
    whole = log_of([(1, 5, 1), (2, 7, -1), *((2, j, j % 3 - 1) for j in range(22_000))])
    gone_on = extended(matrix=vote_matrix(votes=before), votes=after)
    assert gone_on.codes.dtype == np.uint32
    assert gone_on.sha256 == vote_matrix(votes=whole).sha256
