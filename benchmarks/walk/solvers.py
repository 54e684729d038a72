"""Solvers of whole routing problems, each in a process of its own: ``python -m benchmarks.walk.solvers …``.

Each gets the doors of a ground as one capacitated routing: a depot at no distance of any door (so that routes
are open), as many vehicles as our plan has turfs, at most the asked minutes and 10 % for each, and the
integer matrix of our own distances. A budget is seconds of the processor, spent in solving: reading the
matrix and handing it over are not counted. PyVRP is asked on its way: its answer to a budget is the best
that it had found by then. OR-tools starts anew for each budget. VROOM ends by itself, or where its clock
reaches the budget.

Where no plan keeps the limit, the limit is relaxed step by step and the answer says so.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from amiral.cores.walk.order import Costs
from amiral.cores.walk.problem import Ints

from .ground import Ground

RELAXATIONS = (1.10, 1.15, 1.20, 1.30, 1.50, 2.00)
"""Most minutes of a route over the asked ones, tried in this order."""
TRIED = 10  # smallest budgets without any answer before the limit is relaxed
VROOM_MOST = 2**32 - 1  # VROOM adds the dearest arc of every door in 32 bits
SETTINGS = {
    "PyVRP": "solve() with default parameters, MaxRuntime counted in processor seconds",
    "OR-tools": "PATH_CHEAPEST_ARC, GUIDED_LOCAL_SEARCH, limit counted in processor seconds",
    "VROOM": "exploration_level=5, nb_threads=1, timeout",
}
PACKAGES = {"PyVRP": "pyvrp", "OR-tools": "ortools", "VROOM": "pyvroom"}
MODULES = {"PyVRP": "pyvrp", "OR-tools": "ortools", "VROOM": "vroom"}


Routes = list[list[int]] | None


@dataclass(frozen=True)
class Job:
    """What a solver is given; node 0 is the depot, node i + 1 is door i. All in mm of walking."""

    matrix: Ints
    service: Ints
    vehicles: int
    longest: int
    seed: int
    budgets: tuple[float, ...]


@dataclass(frozen=True)
class Found:
    """The best routes (doors) known when a budget was used up; None: no plan that keeps the limit yet."""

    budget_s: float
    cpu_s: float
    clock_s: float
    routes: Routes


class _Watch:
    """Processor and clock seconds since it was made."""

    def __init__(self) -> None:
        self.cpu, self.clock = time.process_time(), time.monotonic()

    def seconds(self) -> float:
        return time.process_time() - self.cpu

    def found(self, budget: float, routes: Routes) -> Found:
        return Found(budget, self.seconds(), time.monotonic() - self.clock, routes)


def with_depot(cost: Costs) -> Ints:
    """The matrix with a node 0 that is at no distance of all."""
    matrix = np.zeros((len(cost) + 1, len(cost) + 1), np.int64)
    matrix[1:, 1:] = cost
    return matrix


def pyvrp(job: Job) -> list[Found]:
    """PyVRP: iterated local search with late acceptance, in its default parameters."""
    from pyvrp import (
        Client,
        Depot,
        IteratedLocalSearchParams,
        Location,
        ProblemData,
        SolveParams,
        VehicleType,
        solve,
    )

    n = len(job.matrix)
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(n)],
        clients=[Client(i, service_duration=int(job.service[i - 1])) for i in range(1, n)],
        depots=[Depot(0)],
        vehicle_types=[VehicleType(job.vehicles, shift_duration=job.longest)],
        distance_matrices=[job.matrix],
        duration_matrices=[job.matrix],
    )
    diary = _Diary(job.budgets)
    params = SolveParams(ils=IteratedLocalSearchParams(callbacks=diary))
    answer = solve(data, stop=diary, seed=job.seed, collect_stats=False, params=params)
    diary.note(answer.best, last=True)
    return diary.found


class _Diary:
    """PyVRP's callbacks and its stop: writes the best solution down whenever a budget is used up."""

    def __init__(self, budgets: tuple[float, ...]) -> None:
        self.watch, self.budgets, self.found = _Watch(), list(budgets), list[Found]()
        self.patience = TRIED * budgets[0]

    def __call__(self, best_cost: float) -> bool:
        hopeless = best_cost >= PYVRP_INFEASIBLE and self.watch.seconds() >= self.patience
        return not self.budgets or hopeless

    def on_start(self, algorithm: Any) -> None:
        """Nothing to note."""

    def on_restart(self, best: Any) -> None:
        """Nothing to note."""

    def on_best(self, best: Any) -> None:
        """Nothing to note: only the best when a budget ends counts."""

    def on_end(self, result: Any) -> None:
        """Noted by the caller."""

    def on_iteration(self, current: Any, candidate: Any, best: Any, cost_evaluator: Any) -> None:
        """After every iteration."""
        if self.budgets and self.watch.seconds() >= self.budgets[0]:
            self.note(best)

    def note(self, best: Any, *, last: bool = False) -> None:
        while self.budgets and (last or self.watch.seconds() >= self.budgets[0]):
            self.found.append(self.watch.found(self.budgets.pop(0), _pyvrp_routes(best)))


PYVRP_INFEASIBLE = 2**62
"""PyVRP's cost of a plan that breaks a limit is the largest integer."""


def _pyvrp_routes(solution: Any) -> Routes:
    if not solution.is_feasible():
        return None
    return [[step.idx for step in route if step.is_client()] for route in solution.routes()]


def ortools(job: Job) -> list[Found]:
    """OR-tools' routing library: the first solution and the metaheuristic that its documentation gives."""
    return [_ortools_once(job, budget) for budget in job.budgets]


def _ortools_once(job: Job, budget: float) -> Found:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    n = len(job.matrix)
    manager = pywrapcp.RoutingIndexManager(n, job.vehicles, 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(job.matrix.tolist()))
    stay = np.concatenate([[0], job.service])
    passing = model.RegisterTransitMatrix((job.matrix + stay[:, None]).tolist())
    model.AddDimension(passing, 0, job.longest, True, "time")
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(int(CLOCK_TIMES * budget) + 10)
    model.CloseModelWithParameters(parameters)
    watch = _Watch()
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: watch.seconds() >= budget))
    answer = model.SolveWithParameters(parameters)
    return watch.found(budget, None if answer is None else _ortools_routes(job, manager, model, answer))


CLOCK_TIMES = 4
"""By the clock a budget may take so many times its seconds of processor: a machine that others use."""


def _ortools_routes(job: Job, manager: Any, model: Any, answer: Any) -> list[list[int]]:
    routes = []
    for vehicle in range(job.vehicles):
        at, route = answer.Value(model.NextVar(model.Start(vehicle))), list[int]()
        while not model.IsEnd(at):
            route.append(manager.IndexToNode(at) - 1)
            at = answer.Value(model.NextVar(at))
        routes.append(route)
    return [route for route in routes if route]


def vroom(job: Job) -> list[Found]:
    """VROOM at its default exploration level; with a longer budget than it needs, it ends by itself."""
    found = list[Found]()
    for budget in reversed(job.budgets):
        ended = found[-1] if found and found[-1].cpu_s < 0.95 * budget else None
        found.append(replace(ended, budget_s=budget) if ended else _vroom_once(job, budget))
    return found[::-1]


def _vroom_once(job: Job, budget: float) -> Found:
    import vroom as solver

    unit = vroom_unit(job.matrix)
    model = solver.Input()
    model.set_durations_matrix("car", (job.matrix + unit // 2) // unit)
    for i, stay in enumerate(job.service.tolist()):
        model.add_job(solver.Job(i, location=i + 1, default_service=round(stay / unit)))
    window = solver.TimeWindow(0, job.longest // unit)
    model.add_vehicle([solver.Vehicle(v, start=0, end=0, time_window=window) for v in range(job.vehicles)])
    watch = _Watch()
    answer = model.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=budget))
    routes = None if len(answer.unassigned) else _vroom_routes(answer.routes)
    return watch.found(budget, routes)


def vroom_unit(matrix: Ints) -> int:
    """The finest unit (mm) in which VROOM can add the dearest arc of every door: 1 mm, 1 cm, 1 dm, 1 m."""
    total = int(matrix.max(axis=1).sum())
    return next(unit for unit in (1, 10, 100, 1000) if total < unit * VROOM_MOST)


def _vroom_routes(steps: Any) -> list[list[int]]:
    jobs = steps[steps["type"] == "job"]
    return [group["id"].astype(int).tolist() for _, group in jobs.groupby("vehicle_id", sort=True)]


SOLVERS: dict[str, Callable[[Job], list[Found]]] = {"PyVRP": pyvrp, "OR-tools": ortools, "VROOM": vroom}


def missing() -> list[str]:
    """Solvers that are not installed here."""
    return [name for name, module in MODULES.items() if importlib.util.find_spec(module) is None]


def solved(
    name: str, ground: Ground, *, vehicles: int, asked: float, seed: int, budgets: tuple[float, ...]
) -> Any:
    """The answers of one solver as plain data; ``asked`` in mm of walking."""
    matrix = with_depot(ground.cost)
    for relaxation in RELAXATIONS:
        job = Job(matrix, ground.service, vehicles, int(asked * relaxation), seed, budgets)
        found = SOLVERS[name](job)
        if any(one.routes for one in found):
            break
    return {
        "solver": name,
        "version": importlib.metadata.version(PACKAGES[name]),
        "settings": SETTINGS[name],
        "ground": ground.digest(),
        "doors": len(ground),
        "vehicles": vehicles,
        "asked_mm": asked,
        "longest_over_asked": relaxation,
        "seed": seed,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "found": [asdict(one) for one in found],
    }


def main() -> None:
    """Solve and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.solvers", description=__doc__)
    parser.add_argument("solver", choices=SOLVERS)
    parser.add_argument("ground", type=Path, help="file written by Ground.save")
    parser.add_argument("--vehicles", type=int, required=True)
    parser.add_argument("--asked", type=float, required=True, help="mm of walking")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budgets", type=float, nargs="+", required=True, help="seconds, rising")
    options = parser.parse_args()
    answer = solved(
        options.solver,
        Ground.load(options.ground),
        vehicles=options.vehicles,
        asked=options.asked,
        seed=options.seed,
        budgets=tuple(options.budgets),
    )
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
