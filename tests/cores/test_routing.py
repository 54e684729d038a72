"""The next statement: the core, the floor, the draw, and that it is a draw."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.routing import FLOOR, META_FREE, Candidate, drawn, weights

candidates = st.lists(
    st.builds(
        Candidate,
        statement=st.integers(0, 99),
        agree=st.integers(0, 60),
        disagree=st.integers(0, 60),
        passed=st.integers(0, 60),
        extremity=st.floats(0, 3),
        core=st.booleans(),
        meta=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(candidates, st.integers(0, 30), st.integers(0, 10))
def test_the_core_then_the_floor_then_the_rest(some: list[Candidate], answered: int, meta: int) -> None:
    found = weights(some, answered=answered, meta_answered=meta)
    assert max(found) > 0
    assert min(found) >= 0
    plain = [(one, weight) for one, weight in zip(some, found, strict=True) if not one.meta]
    if any(one.core for one, _ in plain):
        assert all(one.core for one, weight in zip(some, found, strict=True) if weight)
    elif any(one.answers < FLOOR for one, _ in plain):
        assert all(one.core or one.answers < FLOOR for one, weight in plain if weight)


def test_those_least_answered_come_most() -> None:
    some = [Candidate(statement=1, agree=29), Candidate(statement=2), Candidate(statement=3, agree=40)]
    assert weights(some, answered=0, meta_answered=0) == (1.0, 30.0, 0.0)


def test_beyond_the_floor_weights_are_spread() -> None:
    """A known fault of others: for sixteen months all priorities were one number."""
    some = [
        Candidate(statement=n, agree=30 + n, disagree=n, passed=2 * n, extremity=n / 10) for n in range(10)
    ]
    found = weights(some, answered=20, meta_answered=0)
    assert len(set(found)) == len(found)
    assert max(found) / min(found) > 1.5


def test_every_statement_is_drawn_in_its_proportion() -> None:
    found = (1.0, 2.0, 0.0, 5.0)
    times = Counter(drawn(found, chance=(k + 0.5) / 800) for k in range(800))
    assert times == {0: 100, 1: 200, 3: 500}


@pytest.mark.parametrize("answered", range(META_FREE))
def test_nothing_about_oneself_at_first(answered: int) -> None:
    some = [Candidate(statement=1, meta=True, core=True), Candidate(statement=2)]
    assert weights(some, answered=answered, meta_answered=0)[0] == 0


def test_one_in_three_at_most_is_about_oneself() -> None:
    some = [Candidate(statement=1, meta=True), Candidate(statement=2, agree=FLOOR)]
    assert weights(some, answered=9, meta_answered=3)[0] == 0
    assert weights(some, answered=10, meta_answered=3)[0] > 0


def test_what_is_left_is_shown_even_if_it_is_about_oneself() -> None:
    assert weights([Candidate(statement=1, meta=True)], answered=0, meta_answered=0) == (30.0,)


@pytest.mark.parametrize(("found", "chance"), [((0.0,), 0.5), ((1.0,), 1.0), ((1.0,), -0.1)])
def test_a_draw_from_nothing_is_refused(found: tuple[float, ...], chance: float) -> None:
    with pytest.raises(ValueError, match="chance"):
        drawn(found, chance=chance)
