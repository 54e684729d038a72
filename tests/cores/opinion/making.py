"""Vote logs for tests, and slow, obvious versions of what the core computes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from amiral.cores.opinion import Votes

Pair = tuple[int, int]


def log_of(rows: list[tuple[int, int, int]], order: list[int] | None = None) -> Votes:
    """(person, statement, vote) rows."""
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return Votes(
        people=columns[:, 0],
        statements=columns[:, 1],
        values=columns[:, 2].astype(np.int8),
        order=None if order is None else np.array(order, np.int64),
    )


def shuffled(votes: Votes, seed: int) -> Votes:
    """The same rows in another order."""
    places = np.random.default_rng(seed).permutation(len(votes))
    return Votes(
        people=votes.people[places],
        statements=votes.statements[places],
        values=votes.values[places],
        order=None if votes.order is None else votes.order[places],
    )


def camps(
    *,
    people: int = 120,
    statements: int = 40,
    per_person: int = 20,
    groups: int = 2,
    seed: int = 0,
    force: float = 2.5,
) -> Votes:
    """People of equal camps who disagree about most statements; ``force`` 0: chance alone."""
    rng = np.random.default_rng(seed)
    camp = rng.integers(0, groups, people)
    lean = rng.normal(0, 1, (groups, statements)) * force + rng.normal(0, 0.5, statements)
    person = np.repeat(np.arange(people), per_person)
    statement = np.concatenate([rng.choice(statements, per_person, replace=False) for _ in range(people)])
    agrees = rng.random(len(person)) < 1 / (1 + np.exp(-lean[camp[person], statement]))
    values = np.where(rng.random(len(person)) < 0.1, 0, np.where(agrees, 1, -1))
    return Votes(
        people=person, statements=statement, values=values.astype(np.int8), order=rng.permutation(len(person))
    )


def latest(votes: Votes) -> dict[Pair, int]:
    """What the latest vote of each pair is, one row at a time."""
    order = range(len(votes)) if votes.order is None else votes.order.tolist()
    best: dict[Pair, tuple[int, int]] = {}
    rows = zip(votes.people.tolist(), votes.statements.tolist(), votes.values.tolist(), order, strict=True)
    for person, statement, value, when in rows:
        pair = person, statement
        if pair not in best or when > best[pair][0]:
            best[pair] = when, value
        elif when == best[pair][0] and value != best[pair][1]:
            best[pair] = when, 0
    return {pair: value for pair, (_, value) in best.items()}


def dense(cells: Mapping[Pair, int]) -> NDArray[np.float64]:
    """People by statements, nan where nobody voted."""
    people, statements = (sorted({pair[side] for pair in cells}) for side in (0, 1))
    table = np.full((len(people), len(statements)), np.nan)
    for (person, statement), value in cells.items():
        table[people.index(person), statements.index(statement)] = value
    return table


def centred(table: NDArray[np.float64]) -> NDArray[Any]:
    """Missing cells filled with the mean of their column, then the means taken out."""
    filled = np.where(np.isnan(table), np.nanmean(table, axis=0), table)
    out: NDArray[Any] = filled - filled.mean(axis=0)
    return out


rows = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 9), st.sampled_from([-1, 0, 1])), min_size=0, max_size=120
)


@st.composite
def logs(draw: st.DrawFn) -> Votes:
    """Small logs with revotes and simultaneous votes."""
    some = draw(rows)
    order = draw(st.lists(st.integers(0, 30), min_size=len(some), max_size=len(some)))
    return log_of(some, order)
