"""Compiling the inner loops, typed for mypy, and working from a read-only installation too."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., object])
Integer = TypeVar("Integer", np.uint32, np.int64)


def jit(function: F) -> F:
    """Compile ``function`` without Python objects, releasing the GIL, and keep the machine code on disk.

    numba looks for a writable place (NUMBA_CACHE_DIR, beside the source, the user's cache) and raises when
    there is none: then each process compiles anew. No fastmath: results must not depend on the machine.
    """
    return _compiled(function, {})


def inner(function: F) -> F:
    """``jit`` for what makes no array and never fails, called most often from compiled code.

    Such a function need not count who holds its arrays (each count is an atomic operation, and an eighth of
    the search went into them) nor ask whether it divides by zero.
    """
    return _compiled(function, {"_nrt": False, "error_model": "numpy"})


def _compiled(function: F, options: dict[str, Any]) -> F:
    try:
        return cast(F, numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True, **options)(function))


@inner
def next_random(state: npt.NDArray[np.uint64]) -> int:
    """SplitMix64 (Steele, Lea and Flood 2014): 62 random bits; ``state`` has shape (1,) and moves on."""
    state[0] += numba.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> numba.uint64(30))) * numba.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numba.uint64(27))) * numba.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numba.uint64(31))
    bits: int = numba.int64(z >> numba.uint64(2))
    return bits


@inner
def uniform(state: npt.NDArray[np.uint64]) -> float:
    """A number in (0, 1]."""
    return (next_random(state) + 1) / 4611686018427387904.0


@inner
def copy_into(target: npt.NDArray[np.int64], source: npt.NDArray[np.int64]) -> None:
    """``target[:] = source`` without the broadcasting, which takes seconds to compile."""
    for x in range(len(source)):
        target[x] = source[x]


@inner
def copy_rows(target: npt.NDArray[Integer], source: npt.NDArray[Integer]) -> None:
    """The same for two dimensions."""
    for x in range(source.shape[0]):
        for y in range(source.shape[1]):
            target[x, y] = source[x, y]
