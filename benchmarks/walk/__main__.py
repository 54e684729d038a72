"""Our plan beside simpler ones, on the same matrices in the same run: ``python -m benchmarks.walk FILE …``.

Each FILE is ``addresses`` or ``addresses,streets``; prints JSON. Seconds are those of the processor.
"""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

from amiral.cores.walk import Parameters, Problem, minutes_per_door
from amiral.cores.walk.bound import forest_bound_m
from amiral.cores.walk.crew import Crew
from amiral.cores.walk.order import walked_cost
from amiral.cores.walk.partition import fragments
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.search import ground_of, sorted_doors
from amiral.cores.walk.space import MM, restrict
from amiral.cores.walk.turfs import Task, turfs_of
from amiral.kit.readers import problem_from, read_addresses, read_streets

from .peers import PEERS, Case


def main() -> None:
    """Measure and print."""
    options = _options()
    results = [measured(name, options) for name in options.files]
    json.dump(results, sys.stdout, indent=2, ensure_ascii=False)
    print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="ADDRESSES[,STREETS]")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, nargs="+", default=[20, 100], help="per door, of our search")
    return parser.parse_args()


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """All plans for the largest connected part of one file."""
    addresses, _, streets = name.partition(",")
    problem = problem_from(
        addresses=read_addresses(addresses).rows, streets=read_streets(streets) if streets else None
    )
    parameters = Parameters(minutes=options.minutes)
    case, task = _largest(problem, parameters, options.seed)
    warm = _task(task, 1)
    turfs_of(warm, lambda share: None)  # compiles
    rows = []
    for trials in options.trials:
        began = time.process_time()
        orders = turfs_of(_task(task, trials), lambda share: None)
        rows.append({"plan": f"ours, {trials} trials per door", **_figures(case, task, orders, began)})
    case = Case(case.space, case.lon, case.lat, case.service, rows[-1]["turfs"], case.seed)
    for peer, cut in PEERS.items():
        began = time.process_time()
        rows.append({"plan": peer, **_figures(case, task, cut(case), began)})
    best = rows[len(options.trials) - 1]["metres_per_door"]
    for row in rows:
        row["ours_over_this"] = round(best / row["metres_per_door"], 4)
    return {"file": name, "doors": len(case.lon), "minutes": options.minutes, "plans": rows}


def _largest(problem: Problem, parameters: Parameters, seed: int) -> tuple[Case, Task]:
    everybody = np.arange(len(problem.doors))
    parts, _ = ground_of(problem, parameters, sorted_doors(problem.doors, everybody))
    part = max(parts, key=lambda one: len(one.doors))
    speed = parameters.speed_m_per_min * MM
    minutes = minutes_per_door(doors=problem.doors, parameters=parameters)[part.doors]
    service = np.rint(minutes * speed).astype(np.int64)
    lon, lat = problem.doors.lon[part.doors], problem.doors.lat[part.doors]
    task = Task(part.space, service, parameters.minutes * speed, False, seed, 0, Crew(1))
    return Case(part.space, lon, lat, service, 0, seed), task


def _task(task: Task, trials: int) -> Task:
    return Task(task.space, task.service, task.asked, task.closed, task.seed, trials, task.crew)


def _figures(case: Case, task: Task, orders: list[Ints], began: float) -> dict[str, Any]:
    seconds = time.process_time() - began
    matrices = [case.space.matrix(order) for order in orders]
    walks = np.array([walked_cost(M, np.arange(len(M)), False) for M in matrices], float)
    closed = sum(walked_cost(M, np.arange(len(M)), True) for M in matrices)
    loads = walks + [case.service[order].sum() for order in orders]
    doors = sum(map(len, orders))
    bound = forest_bound_m([case.space.tree_mm], len(orders)) * MM
    return {
        "turfs": len(orders),
        "metres_per_door": round(float(walks.sum()) / MM / doors, 3),
        "closed_metres_per_door": round(closed / MM / doors, 3),
        "balance_cv": round(float(loads.std() / loads.mean()), 4),
        "within_10_percent": round(float(np.mean(np.abs(loads / task.asked - 1) <= 0.10)), 4),
        "connected": sum(_connected(case, order) for order in orders),
        "ratio_to_bound": round(float(walks.sum()) / bound, 4),
        "seconds": round(seconds, 2),
    }


def _connected(case: Case, order: Ints) -> bool:
    pieces = fragments(restrict(case.space.adjacency, order), np.zeros(len(order), np.int64))
    return int(pieces.max()) == 0


if __name__ == "__main__":
    main()
