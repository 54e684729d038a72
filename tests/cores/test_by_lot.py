"""Laws of a sample drawn by lot."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.by_lot import Answers, commitment, contradicts, drawn, members_hash

MEMBERS = st.sets(st.text("0123456789abcdef", min_size=4, max_size=8), max_size=60)


@settings(max_examples=40, deadline=None)
@given(members=MEMBERS, size=st.integers(0, 80), secret=st.text(max_size=8), result=st.text(max_size=8))
def test_as_many_as_are_wanted_all_of_them_members_whatever_their_order(
    members: set[str], size: int, secret: str, result: str
) -> None:
    found = drawn(secret=secret, result=result, members=sorted(members), size=size)
    assert len(found) == len(set(found)) == min(size, len(members))
    assert set(found) <= members
    assert found == drawn(secret=secret, result=result, members=sorted(members, reverse=True), size=size)
    assert members_hash(members=members) == members_hash(members=sorted(members, reverse=True))


@settings(max_examples=40, deadline=None)
@given(members=MEMBERS, size=st.integers(1, 20))
def test_a_larger_sample_holds_the_smaller_one(members: set[str], size: int) -> None:
    small, large = (drawn(secret="s", result="7", members=members, size=n) for n in (size, size + 5))
    assert set(small) <= set(large)


def test_secret_and_result_both_decide() -> None:
    members = [str(number) for number in range(200)]
    samples = {
        drawn(secret=secret, result=result, members=members, size=20)
        for secret in ("a", "b")
        for result in ("1", "2")
    }
    assert len(samples) == 4
    assert commitment(secret="a") == sha256(b"a").hexdigest()


def test_everybody_is_drawn_about_as_often() -> None:
    members = [str(number) for number in range(40)]
    times = dict.fromkeys(members, 0)
    for number in range(400):
        for one in drawn(secret="s", result=str(number), members=members, size=10):
            times[one] += 1
    assert 60 <= min(times.values()) <= max(times.values()) <= 145


@pytest.mark.parametrize(
    ("sample", "others", "agree", "wanted"),
    [
        ((8, 4, 2), (100, 65, 10), True, True),
        ((8, 4, 2), (100, 64, 10), True, False),
        ((20, 12, 0), (100, 75, 0), True, True),
        ((7, 0, 7), (100, 90, 0), True, False),
        ((8, 8, 0), (100, 60, 0), True, False),
        ((10, 1, 5), (100, 10, 80), False, True),
        ((10, 1, 7), (100, 10, 80), False, False),
    ],
)
def test_a_sample_contradicts_from_eight_answers_and_fifteen_points_on(
    sample: tuple[int, int, int], others: tuple[int, int, int], agree: bool, wanted: bool
) -> None:
    first, second = (Answers(votes=v, agree=a, disagree=d) for v, a, d in (sample, others))
    assert contradicts(sample=first, others=second, agree=agree) is wanted


def test_answers_are_votes() -> None:
    with pytest.raises(ValueError, match="are votes"):
        Answers(votes=3, agree=2, disagree=2)
