"""Votes by chance, from planted camps: the same for the same numbers."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from amiral.cores.opinion import Votes

PASS_SHARE = 0.15
CAMPS = 4
_CHUNK = 50_000


def synthetic(
    *, people: int, statements: int, mean_votes: float, seed: int = 1, shuffle: bool = True
) -> Votes:
    """Four camps with their own opinion of every statement; log-normal numbers of votes; 15 % passes.

    The rows come in the order of a real log, mixed among people, unless ``shuffle`` is False.
    """
    rng = np.random.default_rng(seed)
    lean = rng.normal(0.3, 1, statements) + rng.normal(0, 1.5, (CAMPS, statements))
    likely = 1 / (1 + np.exp(-lean))
    steps = np.array([step for step in range(1, statements) if gcd(step, statements) == 1] or [1])
    lengths = np.clip(rng.lognormal(np.log(mean_votes) - 0.245, 0.7, people).astype(np.int64), 1, statements)
    parts = [
        _rows(rng, likely, steps, np.arange(first, min(first + _CHUNK, people)), lengths)
        for first in range(0, people, _CHUNK)
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    if shuffle:
        order = rng.permutation(len(columns[0])).astype(np.int32)
        columns = [column[order] for column in columns]
    return Votes(people=columns[0], statements=columns[1], values=columns[2])


def _rows(
    rng: np.random.Generator,
    likely: NDArray[np.float64],
    steps: NDArray[np.int64],
    who: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Distinct statements for each person: a chance start and a chance step prime to their number."""
    count = lengths[who]
    camp = rng.integers(0, CAMPS, len(who))
    start, step = rng.integers(0, likely.shape[1], len(who)), rng.choice(steps, len(who))
    turn = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    statement = (np.repeat(start, count) + turn * np.repeat(step, count)) % likely.shape[1]
    agrees = rng.random(len(turn)) < likely[np.repeat(camp, count), statement]
    values = np.where(rng.random(len(turn)) < PASS_SHARE, 0, np.where(agrees, 1, -1))
    return np.repeat(who, count).astype(np.int32), statement.astype(np.int32), values.astype(np.int8)
