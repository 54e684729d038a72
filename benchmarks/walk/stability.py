"""What planning again changes: one address more, one team more, a quarter of the doors done.

``python -m benchmarks.walk.stability ADDRESSES[,STREETS] … --additions 20``; prints JSON. For each addition a
plan is made without one address, chosen by the seed, and then planned again with it.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from amiral.cores.walk import EFFORTS, Parameters, Problem, changes, plan, replan
from amiral.cores.walk.subset import doors_of
from amiral.kit.readers import problem_from, read_addresses, read_streets

PARAMETERS = Parameters(minutes=120)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.stability", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="ADDRESSES[,STREETS]")
    parser.add_argument("--additions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    json.dump([_measured(name, options) for name in options.files], sys.stdout, indent=2)
    print()


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    addresses, _, streets = name.partition(",")
    problem = problem_from(
        addresses=read_addresses(addresses).rows, streets=read_streets(streets) if streets else None
    )
    chance, n = np.random.default_rng(options.seed), len(problem.doors)
    previous = _plan(problem)
    done = chance.choice(n, n // 4, replace=False).tolist()
    return {
        "file": name,
        "doors": n,
        "turfs": len(previous),
        "one_address_more": _additions(problem, chance.choice(n, options.additions, replace=False).tolist()),
        "one_team_more": _again(problem, previous, more=1),
        "a_quarter_done_and_a_quarter_held": _again(
            problem, previous, done=done, kept=range(0, len(previous), 4)
        ),
    }


def _plan(problem: Problem) -> list[tuple[int, ...]]:
    return [turf.doors for turf in plan(problem=problem, parameters=PARAMETERS, stop=EFFORTS["quick"]).turfs]


def _additions(problem: Problem, added: list[int]) -> dict[str, Any]:
    touched, moved = Counter[int](), list[int]()
    for door in added:
        rest = np.delete(np.arange(len(problem.doors)), door)
        first = Problem(doors=doors_of(problem.doors, rest), streets=problem.streets)
        previous = [tuple(int(rest[d]) for d in turf) for turf in _plan(first)]
        figures = _again(problem, previous)
        touched[figures["turfs_changed"]] += 1
        moved.append(figures["doors_moved"])
    return {
        "turfs_changed": dict(sorted(touched.items())),
        "at_most_two": sum(count for turfs, count in touched.items() if turfs <= 2) / len(added),
        "doors_moved_mean": float(np.mean(moved)),
        "doors_moved_most": max(moved),
    }


def _again(problem: Problem, previous: list[tuple[int, ...]], **more: Any) -> dict[str, Any]:
    began = time.process_time()
    answer = replan(problem=problem, parameters=PARAMETERS, previous=previous, stop=EFFORTS["quick"], **more)
    seconds = time.process_time() - began
    difference = changes(previous=previous, plan=answer)
    minutes = np.array([turf.minutes for turf in answer.turfs])
    return {
        "turfs": len(answer.turfs),
        "turfs_changed": _count(difference.changed, difference.made, difference.gone),
        "doors_moved": len(difference.moved),
        "connected": sum(turf.connected for turf in answer.turfs),
        "shortest_minutes": round(float(minutes.min()), 1),
        "longest_minutes": round(float(minutes.max()), 1),
        "seconds": round(seconds, 2),
    }


def _count(*numbers: Sequence[int]) -> int:
    return sum(map(len, numbers))


if __name__ == "__main__":
    main()
