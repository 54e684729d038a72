"""From a log to a matrix: the latest vote counts, and the order of the log does not."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import BadVotes, VoteMatrix, Votes, vote_matrix

from .making import camps, latest, log_of, logs, shuffled


def cells(matrix: VoteMatrix) -> dict[tuple[int, int], int]:
    found = {}
    for i, person in enumerate(matrix.people.tolist()):
        for code in matrix.codes[matrix.starts[i] : matrix.starts[i + 1]].tolist():
            found[person, int(matrix.statements[code // 3])] = code % 3 - 1
    return found


@given(votes=logs(), workers=st.integers(1, 3))
@settings(deadline=None, max_examples=150)
def test_the_latest_vote_of_each_pair_is_kept(votes: Votes, workers: int) -> None:
    matrix = vote_matrix(votes=votes, workers=workers)
    assert cells(matrix) == latest(votes)
    assert matrix.rows == len(votes)


@given(votes=logs(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=100)
def test_the_order_of_the_log_changes_nothing(votes: Votes, seed: int) -> None:
    assert vote_matrix(votes=votes).sha256 == vote_matrix(votes=shuffled(votes, seed)).sha256


def test_votes_of_one_instant_that_contradict_each_other_count_as_a_pass() -> None:
    matrix = vote_matrix(
        votes=log_of([(1, 1, 1), (1, 1, -1), (1, 1, 1), (2, 1, 1), (2, 1, 1)], [5, 5, 5, 5, 5])
    )
    assert cells(matrix) == {(1, 1): 0, (2, 1): 1}


def test_without_an_order_the_place_in_the_log_decides() -> None:
    assert cells(vote_matrix(votes=log_of([(7, 3, 1), (7, 3, -1)]))) == {(7, 3): -1}


@pytest.mark.parametrize("spread", [1, 1_000_003])
def test_rows_long_and_short_people_near_and_far(spread: int) -> None:
    """Both ways to sort a row, both ways to number ids, several buckets of people."""
    rng = np.random.default_rng(3)
    votes = Votes(
        people=np.concatenate([rng.integers(0, 5_000, 9_000), rng.integers(0, 20, 9_000)]) * spread,
        statements=rng.integers(0, 700, 18_000) * spread,
        values=rng.integers(-1, 2, 18_000).astype(np.int8),
    )
    matrix = vote_matrix(votes=votes, workers=2)
    assert cells(matrix) == latest(votes)
    assert int(matrix.lengths.max()) > 24 > int(matrix.lengths.min())


def test_many_statements_take_wider_codes() -> None:
    votes = log_of([(1, j, j % 3 - 1) for j in range(30_000)])
    matrix = vote_matrix(votes=votes)
    assert matrix.codes.dtype == np.uint32
    assert cells(matrix) == latest(votes)


def test_the_hash_of_the_votes_can_be_computed_by_anyone() -> None:
    matrix = vote_matrix(votes=log_of([(5, 8, 1), (3, 8, -1), (5, 2, 0)]))
    whole = b"amiral-votes/1\n"
    for column in ([3, 5], [2, 8], [0, 1, 3]):
        whole += b"".join(number.to_bytes(8, "little") for number in column)
    for code in (3 * 1 + 0, 3 * 0 + 1, 3 * 1 + 2):
        whole += code.to_bytes(2, "little")
    assert matrix.sha256 == hashlib.sha256(whole).hexdigest()


def test_an_empty_log_is_an_empty_matrix() -> None:
    matrix = vote_matrix(votes=log_of([]))
    assert (len(matrix.people), len(matrix.statements), len(matrix.codes)) == (0, 0, 0)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_threads_change_nothing(workers: int) -> None:
    votes = camps(people=5_000, statements=60, per_person=12)
    assert vote_matrix(votes=votes, workers=workers).sha256 == vote_matrix(votes=votes).sha256


@pytest.mark.parametrize(
    ("people", "statements", "values"),
    [([-1], [1], [1]), ([1], [-1], [1]), ([1], [1], [2]), ([1, 2], [1], [1])],
)
def test_nonsense_is_refused(people: list[int], statements: list[int], values: list[int]) -> None:
    with pytest.raises(BadVotes):
        Votes(people=np.array(people), statements=np.array(statements), values=np.array(values, np.int8))
