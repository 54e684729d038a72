"""The planner's front: splits the doors into parts that can be walked, plans each, and writes the walks."""

from collections.abc import Callable

from .parameters import Parameters
from .problem import Problem
from .result import Plan
from .stopping import EFFORTS, Stop

Progress = Callable[[int, int], None]
"""Called with (done, total) units of work; raise from it to interrupt: nothing is left behind."""


def around_doors(*, problem: Problem, parameters: Parameters) -> Problem:
    """The same problem without the streets that its plan does not look at: the plan is the same."""
    from .search import around_doors as around

    return around(problem, parameters)


def plan(
    *,
    problem: Problem,
    parameters: Parameters,
    seed: int = 0,
    stop: Stop = EFFORTS["normal"],
    progress: Progress | None = None,
    workers: int = 1,
) -> Plan:
    """Cut the doors into turfs of about ``parameters.minutes`` and order each; deterministic for a seed.

    Every door stands in exactly one turf or in ``Plan.unreachable``. Time grows about as n log n in the
    number of doors, memory linearly. ``workers`` threads share the work; the plan does not depend on them.
    """
    from .search import search

    return search(
        problem=problem, parameters=parameters, seed=seed, stop=stop, progress=progress, workers=workers
    )
