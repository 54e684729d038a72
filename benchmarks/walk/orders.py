"""Our order of the doors of a turf against the best there is: ``python -m benchmarks.walk.orders [TOWN …]``.

Turfs come from plans of the towns, evenly over the plan of each. The optimum of an open walk is that of a
tour through one more door at no distance of all: edges in or out, two at each door, no subtour (Dantzig,
Fulkerson and Johnson 1954). The relaxation is solved with every subtour that a minimum cut finds (Stoer and
Wagner 1997); edges whose reduced cost exceeds the gap to our walk cannot be in a shorter one and are left
out (``prove`` is the whole argument); what remains is a small integer program for HiGHS, solved again for
each subtour in its answer. Turfs of at most ``TINY`` doors are tried in every order.
"""

import argparse
import json
import sys
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from amiral.cores.walk import EFFORTS, Parameters
from amiral.cores.walk.crew import Crew
from amiral.cores.walk.order import Costs, walked_cost
from amiral.cores.walk.problem import Bools, Floats, Ints
from amiral.cores.walk.space import MM
from amiral.cores.walk.turfs import Task, turfs_of

from .data import DATA, TOWNS, Town, town_called
from .ground import Ground, ground_from

TINY = 7
MOST = 120  # doors of a turf that is looked at: beyond, an optimum can take hours
SLACK = 1e-6
ROUNDS = 200


def shortest_walk(M: Costs, known: int) -> int:
    """Cost of the shortest open walk over M (mm, symmetric); ``known`` is that of some walk."""
    m = len(M)
    if m <= TINY:
        return min(
            (walked_cost(M, np.array(order, np.int64), False) for order in permutations(range(m))), default=0
        )
    closed = np.zeros((m + 1, m + 1), np.int64)
    closed[:m, :m] = M
    return min(known, _shortest_tour(closed, known))


def _shortest_tour(C: Ints, known: int) -> int:
    n = len(C)
    a, b = np.triu_indices(n, 1)
    price = C[a, b].astype(float)
    cuts, bound, reduced = _relaxed(n, a, b, price)
    keep = bound + reduced < known - 0.5
    if bound > known - 0.5 or not _possible(n, a[keep], b[keep]):
        return known
    return _integer(n, a[keep], b[keep], price[keep], cuts, known)


def _possible(n: int, a: Ints, b: Ints) -> bool:
    """Whether each door has two edges left: else no tour is shorter than the known one."""
    return bool((np.bincount(np.concatenate([a, b]), minlength=n) >= 2).all())


def _relaxed(n: int, a: Ints, b: Ints, price: Floats) -> tuple[list[Bools], float, Floats]:
    """Subtours that matter, the value of the relaxation with them all, and the edges' reduced costs."""
    cuts = list[Bools]()
    for _ in range(ROUNDS):
        found = linprog(
            price,
            A_ub=-_crossing(a, b, cuts) if cuts else None,
            b_ub=np.full(len(cuts), -2.0) if cuts else None,
            A_eq=_degrees(n, a, b),
            b_eq=np.full(n, 2.0),
            bounds=(0, 1),
            method="highs",
        )
        if found.status != 0:
            raise ValueError(found.message)
        fresh = _violated(n, a, b, found.x)
        if not fresh:
            break
        cuts += fresh
    return cuts, float(found.fun) - SLACK * max(1.0, abs(found.fun)), prove(found)


def prove(found: Any) -> Floats:
    """Least rise of the relaxation when an edge that it leaves out is taken: its reduced cost (never below
    0).

    With prices on doors and subtours fixed, every tour costs at least the relaxation's value and the reduced
    costs of its edges; so a tour with an edge of reduced cost r costs at least that value plus r.
    """
    reduced: Floats = np.maximum(0.0, found.lower.marginals)
    return reduced


def _degrees(n: int, a: Ints, b: Ints) -> csr_array:
    edge = np.arange(len(a))
    rows, columns = np.concatenate([a, b]), np.concatenate([edge, edge])
    return csr_array((np.ones(2 * len(a)), (rows, columns)), shape=(n, len(a)))


def _crossing(a: Ints, b: Ints, cuts: list[Bools]) -> csr_array:
    """For each cut, the edges that cross it."""
    return csr_array(np.array([(inside[a] != inside[b]).astype(float) for inside in cuts]))


def _violated(n: int, a: Ints, b: Ints, x: Floats) -> list[Bools]:
    """Sets of doors with fewer than two edges to the others."""
    weight = np.zeros((n, n))
    weight[a, b] = weight[b, a] = x
    count, label = connected_components(csr_array(weight > SLACK), directed=False)
    if count > 1:
        return [label == one for one in range(count)]
    return _small_cuts(weight)


def _small_cuts(weight: Floats) -> list[Bools]:
    """Cuts below 2 among those that Stoer and Wagner's algorithm meets (the smallest is one of them)."""
    W, n = weight.copy(), len(weight)
    merged = [np.eye(1, n, i, dtype=bool)[0] for i in range(n)]
    alive, found = list(range(n)), list[Bools]()
    while len(alive) > 1:
        tied, last, before = W[alive[0]].copy(), alive[0], -1
        left = np.zeros(n, bool)
        left[alive[1:]] = True
        while left.any():
            before, last = last, int(np.argmax(np.where(left, tied, -1.0)))
            left[last] = False
            strength = tied[last]
            tied = tied + W[last]
        if strength < 2 - 1e-4:
            found.append(merged[last].copy())
        merged[before] |= merged[last]
        W[before] += W[last]
        W[:, before] += W[:, last]
        W[before, before] = 0
        alive.remove(last)
    return found


def _integer(n: int, a: Ints, b: Ints, price: Floats, cuts: list[Bools], known: int) -> int:
    """The shortest tour on the edges that are left, or ``known`` when none is shorter."""
    cuts = list(cuts)
    while True:
        rules = [LinearConstraint(_degrees(n, a, b), 2, 2)]
        if cuts:
            rules.append(LinearConstraint(_crossing(a, b, cuts), 2, np.inf))
        found = milp(
            price,
            integrality=np.ones(len(a)),
            bounds=Bounds(0, 1),
            constraints=rules,
            options={"mip_rel_gap": 0.0},
        )
        if found.status == 2:
            return known
        if found.status != 0 or found.mip_gap * found.fun > 0.5:
            raise ValueError(found.message)
        chosen = found.x > 0.5
        fresh = _violated(n, a[chosen], b[chosen], np.ones(int(chosen.sum())))
        if not fresh:
            return min(known, round(float(price[chosen].sum())))
        cuts += fresh


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.orders", description=__doc__)
    parser.add_argument(
        "towns", nargs="*", metavar="TOWN", help=f"{', '.join(TOWNS)}, or files: ADDRESSES[,STREETS]"
    )
    parser.add_argument("--turfs", type=int, default=200)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--effort", choices=EFFORTS, default="normal")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = options.towns or ["heidelberg", "helsinki", "beausoleil", "saint-germain", "paris"]
    towns = {name: town_called(name) for name in names}
    absent = {name: town.missing(options.data) for name, town in towns.items()}
    plans = {name: _planned(towns[name], options) for name in names if not absent[name]}
    gaps = list[dict[str, Any]]()
    rising = sorted(plans.items(), key=lambda one: len(one[1][1]))
    for left, (name, (ground, orders)) in zip(range(len(rising), 0, -1), rising, strict=True):
        some = _even(orders, -(-(options.turfs - len(gaps)) // left))
        gaps += [measured(name, ground, order) for order in some]
    json.dump(
        {
            "command": " ".join(["python -m benchmarks.walk.orders", *sys.argv[1:]]),
            "skipped": [name for name in names if absent[name]],
            **summary(gaps),
            "turfs": gaps,
        },
        sys.stdout,
        indent=2,
    )
    print()


def _planned(town: Town, options: argparse.Namespace) -> tuple[Ground, list[Ints]]:
    ground = ground_from(town.problem(options.data), Parameters())
    asked = 120 * float(ground.speed[0])
    trials = EFFORTS[options.effort].trials_per_door
    task = Task(ground, ground.service, asked, False, options.seed, trials, Crew(1))
    return ground, [order for order in turfs_of(task, lambda share: None) if len(order) <= MOST]


def _even(orders: list[Ints], count: int) -> list[Ints]:
    some = np.unique(np.linspace(0, len(orders) - 1, min(count, len(orders))).astype(int))
    return [orders[i] for i in some.tolist()]


def measured(name: str, ground: Ground, order: Ints) -> dict[str, Any]:
    """Our walk of one turf and the shortest; the gap also without the ways from street to door."""
    M = ground.matrix(order)
    ours, began = walked_cost(M, np.arange(len(M)), False), time.process_time()
    best = shortest_walk(M, ours)
    entries = ground.entry[order]
    fixed = int(2 * entries.sum() - np.sort(entries)[-2:].sum()) if len(order) > 1 else 0
    return {
        "town": name,
        "doors": len(order),
        "ours_m": ours / MM,
        "shortest_m": best / MM,
        "gap": ours / best - 1 if best else 0.0,
        "gap_without_access": (ours - best) / max(1, best - fixed),
        "seconds": round(time.process_time() - began, 2),
    }


def summary(gaps: list[dict[str, Any]]) -> dict[str, Any]:
    """Means and greatest of the gaps."""
    values = np.array([one["gap"] for one in gaps])
    bare = np.array([one["gap_without_access"] for one in gaps])
    ours, best = (sum(one[key] for one in gaps) for key in ("ours_m", "shortest_m"))
    return {
        "count": len(gaps),
        "optimal": int((values <= 0).sum()),
        "mean_gap": round(float(values.mean()), 6),
        "greatest_gap": round(float(values.max()), 6),
        "over_1_percent": int((values > 0.01).sum()),
        "mean_gap_without_access": round(float(bare.mean()), 6),
        "ours_over_shortest": round(ours / best, 6),
    }


if __name__ == "__main__":
    main()
