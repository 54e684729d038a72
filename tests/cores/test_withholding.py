"""Nobody computes how fewer than five people voted from a published map."""

import copy
import json
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import Parameters, Votes, canonical_json, document, opinion_map
from amiral.cores.withholding import LEAST, left_out, withheld


@settings(max_examples=40)
@given(
    groups=st.lists(st.integers(0, 12), max_size=5),
    ungrouped=st.integers(0, 12),
)
def test_what_subtraction_leaves_is_nobody_or_enough(groups: list[int], ungrouped: int) -> None:
    named = {f"{number}": votes for number, votes in enumerate(groups)}
    everybody = sum(groups) + ungrouped
    out = left_out(everybody, named)
    told = [votes for name, votes in named.items() if name not in out]
    assert all(votes >= LEAST for votes in told)
    for number in range(len(told) + 1):
        for some in combinations(told, number):
            rest = everybody - sum(some)
            # A statement that fewer voted on than five is not there at all.
            assert rest == 0 or rest >= LEAST or everybody < LEAST or len(told) < number
    if all(votes >= LEAST for votes in groups) and (ungrouped == 0 or ungrouped >= LEAST):
        assert not out


def camps(people: int = 60, statements: int = 11) -> dict[str, Any]:
    """Two camps; statement 9 reached the first and three of the second, 11 the first and one of the second,
    10 hardly anybody."""
    rows = []
    for person in range(people):
        camp = person % 2
        for number in range(1, statements + 1):
            few = {9: camp == 0 or person < 6, 10: person < 4, 11: camp == 0 or person == 1}
            if few.get(number, True):
                agrees = number in (1, 8) or (number % 2 == camp) != (person == number)
                rows.append((person, number, 1 if agrees else -1))
    table = np.array(rows, np.int64)
    votes = Votes(people=table[:, 0], statements=table[:, 1], values=table[:, 2].astype(np.int8))
    return document(opinion=opinion_map(votes=votes, parameters=Parameters()))


def test_a_map_without_small_counts() -> None:
    drawn = camps()
    before = copy.deepcopy(drawn)
    found = withheld(drawn)
    assert drawn == before
    assert drawn["groups"]["distinct"]
    assert found["withheld"] == {"under": 5, "statements": [10]}
    by_number = {one["id"]: one for one in found["statements"]}
    assert sorted(by_number) == [*range(1, 10), 11]
    for number, one in by_number.items():
        partial = number in (9, 11)
        assert (one["group_informed_consensus"] is None) == partial
        assert (None in one["groups"].values()) == partial
        told = [cell["votes"] for cell in one["groups"].values() if cell]
        rest = one["votes"] - sum(told)
        assert rest == 0 or rest >= 5
    # The total of votes no longer tells how many voted on what is left out.
    assert found["input"]["votes"] == sum(one["votes"] for one in found["statements"])
    mentioned = json.dumps([found[name] for name in ("axes", "divisive", "majority", "consensus")])
    assert '"id": 10' not in mentioned
    for group in found["groups"]["list"]:
        for one in group["representative"]:
            assert by_number[one["id"]]["groups"][group["name"]] is not None


def test_twice_is_once_and_a_map_of_many_stays_as_it_is() -> None:
    drawn = camps()
    once = withheld(drawn)
    assert canonical_json(withheld(once)) == canonical_json(once)
    whole = camps(statements=8)
    again = withheld(whole)
    assert again.pop("withheld") == {"under": 5, "statements": []}
    assert again == whole


def test_the_spread_and_the_ratios_do_not_tell_a_group_that_is_left_out() -> None:
    cell = {"votes": 30, "agree": 20, "disagree": 10}
    other = {"votes": 30, "agree": 3, "disagree": 27}
    few = {"votes": 2, "agree": 0, "disagree": 2}
    statement = {
        "id": 1,
        "votes": 70,
        "groups": {"A": cell, "B": other, "C": few},
        "group_informed_consensus": {"agree": 0.1, "disagree": 0.1},
    }
    line = {"id": 1, "side": "agree", "ratio": 1.5, "ratio_test": 2.0}
    drawn = {
        "input": {"votes": 70},
        "axes": [{"positive_end": [1], "negative_end": []}],
        "groups": {"list": [{"name": name, "representative": [line]} for name in "ABC"]},
        "statements": [statement],
        "consensus": None,
        "divisive": [{"id": 1, "spread": 0.64, "agreeing_group": "A", "disagreeing_group": "B"}],
        "majority": {"agree": [], "disagree": []},
    }
    found = withheld(drawn)
    assert found["statements"][0]["groups"] == {"A": cell, "B": other, "C": None}
    assert found["divisive"][0]["spread"] == 21 / 32 - 4 / 32
    assert [len(group["representative"]) for group in found["groups"]["list"]] == [1, 1, 0]
    assert found["groups"]["list"][0]["representative"][0]["ratio"] is None
    drawn["divisive"][0]["disagreeing_group"] = "C"
    assert withheld(drawn)["divisive"] == []
