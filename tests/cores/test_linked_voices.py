"""Laws of linked voices: who cheats is counted once, who agrees with others is not accused.

What is unlikely, not impossible, is tried with the same cases each time.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from amiral.cores.linked_voices import DEFAULT, LinkedSet, LinkRules, counted_once, linked_voices
from amiral.cores.opinion import VoteMatrix, Votes, vote_matrix

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "debat" / "polis"
Table = NDArray[np.int8]
NOTHING = 9


def matrix_of(table: Table, *, order: NDArray[np.int64] | None = None, first: int = 0) -> VoteMatrix:
    """From answers of people to statements, ``NOTHING`` where there is none."""
    people, statements = np.nonzero(table != NOTHING)
    values = table[people, statements]
    chosen = np.arange(len(people)) if order is None else order
    return vote_matrix(
        votes=Votes(people=people[chosen] + first, statements=statements[chosen], values=values[chosen])
    )


def crowd(
    rng: np.random.Generator, *, people: int = 120, statements: int = 60, answers: int = 30, keep: float = 0.8
) -> Table:
    """Two camps; each person answers statements drawn by chance and mostly keeps to the line of his camp."""
    line = rng.choice([-1, 1], (2, statements))
    table = (line[np.arange(people) % 2] * np.where(rng.random((people, statements)) < keep, 1, -1)).astype(
        np.int8
    )
    for row in table:
        row[rng.permutation(statements)[answers:]] = NOTHING
    return table


def copies(
    rng: np.random.Generator, table: Table, *, voices: int, answers: int = 32, slips: int = 1
) -> Table:
    """The same answers by chance from each of so many accounts, with a slip or two."""
    one = np.full(table.shape[1], NOTHING, np.int8)
    chosen = rng.permutation(table.shape[1])[:answers]
    one[chosen] = rng.choice([-1, 1], answers)
    rows = np.tile(one, (voices, 1))
    for row in rows:
        for at in rng.choice(chosen, slips, replace=False):
            row[at] *= -1
    return rows


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), voices=st.integers(5, 25), slips=st.integers(0, 1))
def test_accounts_that_copy_each_other_are_found_and_nobody_else(seed: int, voices: int, slips: int) -> None:
    rng = np.random.default_rng(seed)
    honest = crowd(rng)
    table = np.vstack([honest, copies(rng, honest, voices=voices, slips=slips)])
    (found,) = linked_voices(matrix=matrix_of(table))
    assert found.voices == tuple(range(len(honest), len(table)))
    assert found.bits >= found.needed


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(30, 160),
    keep=st.floats(0.6, 1.0),
    answers=st.sampled_from([30, 45, 60]),
)
def test_camps_that_agree_are_not_accused(seed: int, people: int, keep: float, answers: int) -> None:
    """Up to everybody keeping to the line of his camp on every statement: they are two crowds, no fraud."""
    table = crowd(np.random.default_rng(seed), people=people, statements=60, answers=answers, keep=keep)
    assert linked_voices(matrix=matrix_of(table)) == ()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), few=st.integers(2, 4))
def test_fewer_than_five_are_never_linked(seed: int, few: int) -> None:
    """Two honest people who agree on everything stay two, whatever they answered."""
    rng = np.random.default_rng(seed)
    honest = crowd(rng)
    table = np.vstack([honest, copies(rng, honest, voices=few, slips=0)])
    assert linked_voices(matrix=matrix_of(table)) == ()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), answers=st.integers(5, 24))
def test_too_few_answers_link_nobody(seed: int, answers: int) -> None:
    rng = np.random.default_rng(seed)
    honest = crowd(rng)
    table = np.vstack([honest, copies(rng, honest, voices=20, answers=answers, slips=0)])
    assert linked_voices(matrix=matrix_of(table)) == ()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), value=st.sampled_from([-1, 0, 1]), voices=st.integers(5, 30))
def test_who_always_answers_alike_to_what_all_were_shown_is_not_accused(
    seed: int, value: int, voices: int
) -> None:
    rng = np.random.default_rng(seed)
    honest = crowd(rng, statements=40, answers=40)
    table = np.vstack([honest, np.full((voices, 40), value, np.int8)])
    assert linked_voices(matrix=matrix_of(table)) == ()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_votes_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    honest = crowd(rng)
    table = np.vstack([honest, copies(rng, honest, voices=8), copies(rng, honest, voices=6)])
    matrix = matrix_of(table)
    mixed = matrix_of(table, order=rng.permutation(int((table != NOTHING).sum())))
    found = linked_voices(matrix=matrix)
    assert [len(one.voices) for one in found] == [8, 6]
    assert linked_voices(matrix=mixed) == found
    assert counted_once(matrix=mixed, sets=found).sha256 == counted_once(matrix=matrix, sets=found).sha256


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), size=st.integers(5, 12))
def test_counting_once_touches_nobody_else(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    table = crowd(rng, people=40)
    matrix = matrix_of(table, first=100)
    members = np.sort(rng.choice(40, size, replace=False))
    one = LinkedSet(voices=tuple((members + 100).tolist()), answers=30, bits=1.0, needed=0.0)
    once = counted_once(matrix=matrix, sets=[one])
    assert len(once.people) == 40 - size + 1
    others = np.setdiff1d(np.arange(40), members)
    kept = rows_of(once)
    assert all(kept[100 + other] == rows_of(matrix)[100 + other] for other in others)
    for statement in range(60):
        given_ = [int(v) for v in table[members, statement] if v != NOTHING]
        own = kept[100 + int(members[0])].get(statement)
        if 2 * len(given_) < size:
            assert own is None
        else:
            times = {v: given_.count(v) for v in (-1, 0, 1)}
            best = [v for v, n in times.items() if n == max(times.values())]
            assert own == (best[0] if len(best) == 1 else 0)


def test_nothing_linked_changes_no_vote() -> None:
    matrix = matrix_of(crowd(np.random.default_rng(1)))
    assert counted_once(matrix=matrix, sets=()).sha256 == matrix.sha256
    assert linked_voices(matrix=matrix_of(np.full((3, 4), NOTHING, np.int8))) == ()


def test_what_was_moderated_out_links_nobody() -> None:
    rng = np.random.default_rng(2)
    honest = crowd(rng)
    table = np.vstack([honest, copies(rng, honest, voices=9, slips=0)])
    (found,) = linked_voices(matrix=matrix_of(table))
    common = np.flatnonzero(table[-1] != NOTHING)
    assert len(found.voices) == 9
    assert linked_voices(matrix=matrix_of(table), left_out=common[:10].tolist()) == ()


def test_rules_that_make_no_sense_are_refused() -> None:
    for wrong in ({"least_voices": 1}, {"least_alike": 0.2}, {"margin_bits": -1.0}):
        with pytest.raises(ValueError, match=r"two at least|Alike from"):
            LinkRules(**wrong)  # type: ignore[arg-type]  # one wrong number at a time
    assert (DEFAULT.least_voices, DEFAULT.least_items, DEFAULT.least_density, DEFAULT.least_npmi) == (
        5,
        25,
        0.25,
        0.55,
    )


@pytest.mark.skipif(not REAL.is_dir(), reason="no real conversations beside the checkout")
def test_real_conversations_hold_no_linked_set() -> None:
    """991 people in three conversations: nobody is accused."""
    for path in sorted(REAL.glob("*/votes.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        people, statements, values, times = (
            np.array([int(row[name]) for row in rows])
            for name in ("voter-id", "comment-id", "vote", "timestamp")
        )
        votes = Votes(people=people, statements=statements, values=values.astype(np.int8), order=times)
        assert linked_voices(matrix=vote_matrix(votes=votes)) == (), path.parent.name


def rows_of(matrix: VoteMatrix) -> dict[int, dict[int, int]]:
    """Votes by person and statement."""
    codes = matrix.codes.astype(np.int64)
    found: dict[int, dict[int, int]] = {}
    owners = np.repeat(matrix.people, matrix.lengths)
    for who, code in zip(owners.tolist(), codes.tolist(), strict=True):
        found.setdefault(who, {})[int(matrix.statements[code // 3])] = code % 3 - 1
    return found
