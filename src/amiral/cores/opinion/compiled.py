"""Compiling the inner loops, typed for mypy; chance from a seed; work shared among threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
AnyInts = NDArray[np.integer[Any]]
Stream = NDArray[np.uint64]

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")
R = TypeVar("R")


def jit(function: F) -> F:
    """Compile ``function`` without Python objects, releasing the GIL, and keep the machine code on disk.

    No fastmath: a sum is then done in the order in which it is written, on every machine. Where no folder is
    writable for the machine code, each process compiles anew.
    """
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))


@jit
def next_random(state: Stream) -> int:
    """SplitMix64 (Steele, Lea and Flood 2014): 62 random bits; ``state`` has shape (1,) and moves on."""
    state[0] += numba.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> numba.uint64(30))) * numba.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numba.uint64(27))) * numba.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numba.uint64(31))
    drawn: int = numba.int64(z >> numba.uint64(2))
    return drawn


@jit
def uniform(state: Stream) -> float:
    """A number in (0, 1]."""
    return (next_random(state) + 1) / 4611686018427387904.0


def seeded(seed: int, purpose: int) -> Stream:
    """A stream of chance of its own for each purpose; shape (1,)."""
    return np.array([(seed * 1_000_003 + purpose * 7_919 + 1) % 2**64], np.uint64)


@jit
def dot(a: Floats, b: Floats) -> float:
    """Sum of products in index order (a BLAS may sum in another order on another machine)."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


def share_out(task: Callable[[T], R], parts: Sequence[T], workers: int) -> list[R]:
    """``task`` of every part, in the order of the parts; several at once when there are several workers.

    Results must not depend on how the work was cut: callers add integers, or keep one result per part.
    """
    if workers < 2 or len(parts) < 2:
        return [task(part) for part in parts]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(task, parts))


def cut(starts: Ints, pieces: int) -> list[tuple[int, int]]:
    """Ranges of rows that hold about as many votes each; ``starts`` has shape (rows + 1,)."""
    rows = len(starts) - 1
    if pieces < 2:
        return [(0, rows)] if rows else []
    marks = np.linspace(0, int(starts[-1]), pieces + 1)[1:-1]
    edges = [0, *np.searchsorted(starts, marks).tolist(), rows]
    return [(a, b) for a, b in pairwise(edges) if a < b]
