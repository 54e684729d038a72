"""Laws of the whole map: the same bytes whatever does not matter, and nothing in them that must not be."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import (
    BadParameter,
    OpinionMap,
    Parameters,
    Votes,
    canonical_json,
    document,
    fingerprint,
    opinion_map,
)

from .making import camps, log_of, logs, shuffled

QUICK = Parameters(resamples=3)


def printed(votes: Votes, workers: int = 1, parameters: Parameters = QUICK) -> bytes:
    return canonical_json(document(opinion=opinion_map(votes=votes, parameters=parameters, workers=workers)))


@given(votes=logs(), seed=st.integers(0, 99), workers=st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_any_order_any_threads_same_bytes(votes: Votes, seed: int, workers: int) -> None:
    assert printed(votes) == printed(shuffled(votes, seed), workers)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_order_any_threads_same_bytes_on_a_larger_map(workers: int) -> None:
    votes = camps(people=4_000, statements=80, per_person=30, groups=3)
    assert printed(shuffled(votes, workers), workers) == printed(votes)


def test_another_process_makes_the_same_bytes() -> None:
    program = (
        "from tests.cores.opinion.making import camps\n"
        "from tests.cores.opinion.test_laws import printed\n"
        "from amiral.cores.opinion import fingerprint\n"
        "print(fingerprint(printed(camps())), end='')"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == fingerprint(printed(camps()))


def test_replaced_votes_leave_no_trace() -> None:
    votes = camps()
    before = [(p, s, -v) for p, s, v in zip(votes.people, votes.statements, votes.values, strict=True)]
    assert votes.order is not None
    old = log_of([(int(p), int(s), int(v)) for p, s, v in before], [-1] * len(before))
    assert old.order is not None
    both = Votes(
        people=np.append(old.people, votes.people),
        statements=np.append(old.statements, votes.statements),
        values=np.append(old.values, votes.values),
        order=np.append(old.order, votes.order),
    )
    assert printed(both) == printed(votes)


def test_larger_ids_in_the_same_order_change_only_names() -> None:
    votes = camps()
    moved = Votes(
        people=votes.people * 7 + 5,
        statements=votes.statements + 1_000_000_000_000,
        values=votes.values,
        order=votes.order,
    )
    one, other = opinion_map(votes=votes), opinion_map(votes=moved)
    assert one.plane.points.tobytes() == other.plane.points.tobytes()
    assert one.grouping.published.tobytes() == other.grouping.published.tobytes()
    assert one.scores.priorities.tobytes() == other.scores.priorities.tobytes()


def test_agreeing_and_disagreeing_exchanged_is_the_same_map_in_a_mirror() -> None:
    votes = camps(people=200, statements=40, per_person=25)
    turned = Votes(people=votes.people, statements=votes.statements, values=-votes.values, order=votes.order)
    one, other = opinion_map(votes=votes), opinion_map(votes=turned)
    assert np.abs(one.plane.axes.loadings) == pytest.approx(np.abs(other.plane.axes.loadings), abs=1e-9)
    assert one.plane.axes.explained == pytest.approx(other.plane.axes.explained, abs=1e-12)
    assert one.scores.everybody.agree.tolist() == other.scores.everybody.disagree.tolist()


def test_everyone_twice_is_the_same_plane_with_twice_the_people() -> None:
    votes = camps(people=150, statements=30, per_person=20)
    twice = Votes(
        people=np.append(votes.people, votes.people + 10_000),
        statements=np.tile(votes.statements, 2),
        values=np.tile(votes.values, 2),
    )
    one, two = (opinion_map(votes=some, bridging=False) for some in (votes, twice))
    assert two.plane.points[:150] == pytest.approx(one.plane.points, abs=1e-8)
    assert two.grouping.people == tuple(2 * people for people in one.grouping.people)
    assert two.plane.axes.explained == pytest.approx(one.plane.axes.explained, abs=1e-12)


def test_more_people_who_only_pass_move_no_axis_and_change_no_count_of_opinions() -> None:
    """A pass is a vote: it is counted as seen and draws the mean towards 0, but agrees with nothing."""
    votes = camps(people=150, statements=30, per_person=20)
    passes = log_of([(5_000 + i, j, 0) for i in range(3) for j in range(30)])
    more = Votes(
        people=np.append(votes.people, passes.people),
        statements=np.append(votes.statements, passes.statements),
        values=np.append(votes.values, passes.values),
    )
    one = opinion_map(votes=Votes(people=votes.people, statements=votes.statements, values=votes.values))
    two = opinion_map(votes=more)
    assert one.scores.everybody.agree.tolist() == two.scores.everybody.agree.tolist()
    assert one.scores.everybody.disagree.tolist() == two.scores.everybody.disagree.tolist()
    assert (two.scores.everybody.seen - one.scores.everybody.seen).tolist() == [[3] * 30]


@given(votes=logs(), moderated=st.sets(st.integers(0, 9)), meta=st.sets(st.integers(0, 9)))
@settings(deadline=None, max_examples=60)
def test_what_is_moderated_out_is_nowhere_but_in_the_list_of_what_was(
    votes: Votes, moderated: set[int], meta: set[int]
) -> None:
    opinion = opinion_map(votes=votes, moderated=moderated, meta=meta, parameters=QUICK)
    texts = {j: f"secret {j}" for j in range(10)}
    content = document(opinion=opinion, texts=texts)
    voted = set(opinion.matrix.statements.tolist())
    assert set(content["input"].pop("moderated")) == moderated & voted
    assert {one["id"] for one in content["statements"]} == voted - moderated
    whole = canonical_json(content).decode()
    assert not [j for j in moderated if f"secret {j}" in whole]
    lists = [*content["consensus"]["agree"], *content["consensus"]["disagree"], *content["divisive"]]
    lists += [*content["majority"]["agree"], *content["majority"]["disagree"]]
    lists += [one for group in content["groups"]["list"] for one in group["representative"]]
    assert not {one["id"] for one in lists} & (moderated | meta)


EDGES: list[tuple[str, list[tuple[int, int, int]]]] = [
    ("nobody", []),
    ("one vote", [(1, 1, 1)]),
    ("one statement", [(i, 1, i % 3 - 1) for i in range(30)]),
    ("one person", [(1, j, j % 3 - 1) for j in range(30)]),
    ("all pass", [(i, j, 0) for i in range(20) for j in range(9)]),
    ("all the same", [(i, j, 1 if j % 2 else -1) for i in range(20) for j in range(9)]),
    ("two kinds of people", [(i, j, 1 if (i + j) % 2 else -1) for i in range(40) for j in range(9)]),
]


@pytest.mark.parametrize(("name", "rows"), EDGES, ids=[name for name, _ in EDGES])
def test_every_small_world_has_a_map(name: str, rows: list[tuple[int, int, int]]) -> None:
    content = json.loads(printed(log_of(rows)))
    assert content["input"]["votes"] == len(rows)
    assert content["groups"]["distinct"] == (name in {"two kinds of people", "one statement"})


def small(opinion: OpinionMap) -> bytes:
    return canonical_json(document(opinion=opinion))


def test_the_document_says_nothing_about_one_person() -> None:
    votes = camps(people=150, statements=30, per_person=20)
    moved = Votes(
        people=votes.people + 777_000, statements=votes.statements, values=votes.values, order=votes.order
    )
    content = json.loads(small(opinion_map(votes=moved, parameters=QUICK)))
    assert "777" not in json.dumps(content["people"]["all"])
    assert not [line for line in json.dumps(content).split() if line.startswith("777")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [1.0, -0.0, 0.1]}, '{\n  "a": [1, 0, 0.1],\n  "b": 1\n}\n'),
        ({"é": None, "c": {}, "t": True}, '{\n  "c": {},\n  "t": true,\n  "é": null\n}\n'),
        ({"x": [{"y": 2 / 3e20}]}, '{\n  "x": [\n    {\n      "y": 6.66666666666667e-21\n    }\n  ]\n}\n'),
    ],
)  # fmt: skip
def test_canonical_json(value: dict[str, object], expected: str) -> None:
    assert canonical_json(value).decode() == expected
    json.loads(expected)


def test_undefined_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="undefined"):
        canonical_json({"a": float("nan")})


@pytest.mark.parametrize("make", [lambda: Parameters(resamples=1), lambda: Parameters(consensus_share=2.0)])
def test_bad_parameters_name_themselves(make: Callable[[], Parameters]) -> None:
    with pytest.raises(BadParameter, match=r"resamples|consensus_share"):
        make()
