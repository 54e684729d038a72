"""The tour of a few people from where they stand: ``python -m benchmarks.walk.tours [--starts N]``.

A town of ``--doors`` addresses (see ``towns``) and starting points drawn among its doors; for each, the doors
that can be done in ``--minutes`` by ``--people``, back where they began:

* ours: ``amiral.cores.walk.tour``, its seconds from the problem to the walk, nothing kept between two tours;
* greedy: always the nearest door from which one still comes back in time;
* OR-tools: the same as an orienteering problem (a disjunction for each door, one vehicle, PATH_CHEAPEST_ARC
  and GUIDED_LOCAL_SEARCH) among the ``NEAREST`` doors, with 100 times our processor seconds. The matrix is
  handed over ready made, outside its seconds; ours counts it.

All three count minutes alike. Prints JSON.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from amiral.cores.walk import Parameters, Problem, minutes_per_door, tour
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.search import sorted_doors
from amiral.cores.walk.space import MM

from .data import DATA, SAINT_GERMAIN
from .ground import Ground, ground_from
from .solvers import CLOCK_TIMES, missing
from .towns import streets_of, town

NEAREST = 600
PRIZE = 10**7  # mm: more than any detour


def greedy(M: Ints, service: Ints, budget: int) -> list[int]:
    """Rows visited from row 0 and back to it, the nearest first."""
    here, left, free = 0, budget, np.ones(len(M), bool)
    free[0], visited = False, list[int]()
    while True:
        fits = free & (M[here] + service + M[:, 0] <= left)
        if not fits.any():
            return visited
        door = int(np.argmin(np.where(fits, M[here], np.iinfo(np.int64).max)))
        left -= int(M[here, door] + service[door])
        free[door], here = False, door
        visited.append(door)


def orienteering(M: Ints, service: Ints, budget: int, seconds: float) -> list[int]:
    """The same by OR-tools."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(len(M), 1, 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(M.tolist()))
    model.AddDimension(model.RegisterTransitMatrix((M + service[:, None]).tolist()), 0, budget, True, "time")
    for door in range(1, len(M)):
        model.AddDisjunction([manager.NodeToIndex(door)], PRIZE)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(int(CLOCK_TIMES * seconds) + 10)
    model.CloseModelWithParameters(parameters)
    began = time.process_time()
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: time.process_time() - began >= seconds))
    answer = model.SolveWithParameters(parameters)
    at, visited = answer.Value(model.NextVar(model.Start(0))), list[int]()
    while not model.IsEnd(at):
        visited.append(manager.IndexToNode(at))
        at = answer.Value(model.NextVar(at))
    return visited


def measured(problem: Problem, ground: Ground, start: int, options: argparse.Namespace) -> dict[str, Any]:
    """One tour from the place of door ``start`` of the ground, three times."""
    here = (float(ground.lon[start]), float(ground.lat[start]))
    parameters, began = Parameters(), time.process_time()
    ours = tour(
        problem=problem, parameters=parameters, here=here, minutes=options.minutes, people=options.people
    )
    seconds = time.process_time() - began
    some = np.argsort(ground.cost[start], kind="stable")[:NEAREST]
    some = np.concatenate([[start], some])  # the start, then all doors, that of the start among them
    M = ground.matrix(some).astype(np.int64)
    M[0, 1:], M[1:, 0] = ground.cost[start, some[1:]], ground.cost[start, some[1:]]
    service = ground.service[some].copy()
    service[0] = 0
    budget = int(options.minutes * float(ground.speed[0]))
    row: dict[str, Any] = {
        "start": [*here],
        "ours": {"doors": len(ours.doors), "minutes": round(ours.minutes, 2), "seconds": round(seconds, 3)},
        "greedy": {"doors": len(greedy(M, service, budget))},
    }
    if "OR-tools" not in missing():
        limit = options.times * seconds
        row["OR-tools"] = {
            "doors": len(orienteering(M, service, budget, limit)),
            "seconds": round(limit, 2),
        }
    return row


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Doors of all tours by side, and our seconds."""
    seconds = [row["ours"]["seconds"] for row in rows]
    sides = [side for side in ("ours", "greedy", "OR-tools") if side in rows[0]]
    doors = {side: sum(row[side]["doors"] for row in rows) for side in sides}
    return {
        "doors": doors,
        "ours_over": {side: round(doors["ours"] / max(1, doors[side]), 4) for side in sides[1:]},
        "seconds_mean": round(float(np.mean(seconds)), 3),
        "seconds_most": max(seconds),
    }


def ground_of_tours(problem: Problem, people: int) -> Ground:
    """The ground of a problem, with the time at the doors of so many people."""
    ground = ground_from(problem, Parameters(team_size=people))
    assert len(ground) == len(problem.doors), "The town hangs together."
    order = sorted_doors(problem.doors, np.arange(len(problem.doors)))
    assert np.array_equal(problem.doors.lon[order], ground.lon)
    minutes = minutes_per_door(doors=problem.doors, parameters=Parameters(team_size=people))
    assert np.array_equal(np.rint(minutes[order] * Parameters().speed_m_per_min * MM), ground.service)
    return ground


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.tours", description=__doc__)
    parser.add_argument("--extract", type=Path, default=DATA / SAINT_GERMAIN)
    parser.add_argument("--doors", type=int, default=3000)
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--times", type=float, default=100, help="our seconds, for OR-tools")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    problem = town(streets=streets_of(options.extract), doors=options.doors, seed=options.seed)
    ground = ground_of_tours(problem, options.people)
    starts = np.random.default_rng(options.seed).choice(len(ground), options.starts, replace=False)
    measured(
        problem, ground, int(starts[0]), argparse.Namespace(**{**vars(options), "times": 0.1})
    )  # compiles
    rows = [measured(problem, ground, int(start), options) for start in starts]
    report = {
        "command": " ".join(["python -m benchmarks.walk.tours", *sys.argv[1:]]),
        "skipped": ["OR-tools is not installed (requirements/bench.lock)"] if "OR-tools" in missing() else [],
        "town_doors": len(ground),
        **summary(rows),
        "tours": rows,
    }
    json.dump(report, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
