"""Dense numbers: they agree with a plain dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.segments import Numbers

halves = st.sampled_from([0, 1, 2**63, 2**64 - 1]) | st.integers(0, 3)
ids = st.builds(lambda high, low: f"{high:016x}{low:016x}", halves, halves)


@given(st.lists(ids, unique=True).map(sorted), st.lists(ids), st.lists(ids, max_size=5), st.lists(ids))
def test_it_agrees_with_a_dictionary(
    first: list[str], later: list[str], gone: list[str], asked: list[str]
) -> None:
    numbers = Numbers(first)
    known = {text: place for place, text in enumerate(first)}
    given_now = numbers.give(later).tolist()
    for text in later:
        known.setdefault(text, len(known))
    assert given_now == [known[text] for text in later]
    assert len(numbers) == len(known)
    assert numbers.ids(list(known.values())) == list(known)
    dead = {text for text in gone if text in known}
    numbers.forget([known[text] for text in dead])
    alive = {text: number for text, number in known.items() if text not in dead}
    assert numbers.find(asked).tolist() == [alive.get(text, -1) for text in asked]
    assert numbers.find(list(alive)).tolist() == list(alive.values())


@given(st.lists(ids, unique=True, min_size=1).map(sorted))
def test_who_comes_back_gets_a_new_number(first: list[str]) -> None:
    numbers = Numbers(first)
    numbers.forget([0])
    assert numbers.give([first[0]]).tolist() == [len(first)]
    assert numbers.ids([len(first)]) == [first[0]]
