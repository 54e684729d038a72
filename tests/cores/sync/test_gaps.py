"""Laws of the ranges: they are the set of numbers, written short."""

from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.sync import Seen, see

numbers = st.lists(st.integers(1, 40), max_size=30)


@given(st.lists(st.tuples(numbers, st.integers(0, 50)), max_size=5))
def test_ranges_are_the_set_of_numbers(arrivals: list[tuple[list[int], int]]) -> None:
    seen, everything, head = Seen(), set[int](), 0
    for seqs, named in arrivals:
        seen = see(seen, seqs=seqs, head=named)
        everything |= set(seqs)
        head = max(head, named, *everything) if everything else max(head, named)
    assert {seq for first, last in seen.ranges for seq in range(first, last + 1)} == everything
    assert (seen.count, seen.head, seen.missing) == (len(everything), head, head - len(everything))
    assert {n for first, last in seen.gaps() for n in range(first, last + 1)} == set(
        range(1, head + 1)
    ) - everything
    assert all(number in seen for number in everything)
    assert all(a[1] + 1 < b[0] for a, b in zip(seen.ranges, seen.ranges[1:], strict=False))


@given(numbers, numbers)
def test_order_and_repeats_change_nothing(one: list[int], other: list[int]) -> None:
    assert see(see(Seen(), seqs=one), seqs=other) == see(Seen(), seqs=[*other, *one, *other])
