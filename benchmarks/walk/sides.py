"""Our plan, or one of the simple peers, in a process of its own: ``python -m benchmarks.walk.sides …``.

Prints the same plain data as ``solvers``. The inner loops are compiled before the watch starts.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from amiral.cores.walk import EFFORTS
from amiral.cores.walk.crew import Crew
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.turfs import Task, turfs_of

from .ground import Ground
from .peers import PEERS, Case

OURS = "ours"
LENIENT = "ours, lenient"
"""The same search with the freedom of the solvers: turfs in pieces, as short as they like."""
NAMES = (OURS, LENIENT, *PEERS)
WARM_DOORS = 400


def planned(name: str, ground: Ground, *, asked: float, turfs: int, trials: int, seed: int) -> dict[str, Any]:
    """The answer as plain data; ``asked`` in mm of walking, ``turfs`` is what the simple peers cut into."""
    _run(name, _some(ground, WARM_DOORS), asked, max(2, WARM_DOORS * turfs // len(ground)), 20, seed)
    began, clock = time.process_time(), time.monotonic()
    orders = _run(name, ground, asked, turfs, trials, seed)
    found = {
        "budget_s": 0,
        "cpu_s": time.process_time() - began,
        "clock_s": time.monotonic() - clock,
        "routes": [order.tolist() for order in orders],
    }
    return {
        "solver": name,
        "settings": "" if name in PEERS else f"{trials} trials per door",
        "ground": ground.digest(),
        "doors": len(ground),
        "seed": seed,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "found": [found],
    }


def _run(name: str, ground: Ground, asked: float, turfs: int, trials: int, seed: int) -> list[Ints]:
    if name not in PEERS:
        task = Task(ground, ground.service, asked, False, seed, trials, Crew(1), name == LENIENT)
        return turfs_of(task, lambda share: None)
    return PEERS[name](Case(ground, ground.lon, ground.lat, ground.service, turfs, seed))


def _some(ground: Ground, count: int) -> Ground:
    """A connected handful of the doors: those met first from door 0 on the graph of neighbours."""
    met, order = {0}, [0]
    for door in order:
        for other in ground.other[ground.start[door] : ground.start[door + 1]].tolist():
            if other not in met and len(order) < count:
                met.add(other)
                order.append(other)
    return ground.only(np.array(order, np.int64))


def main() -> None:
    """Plan and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.sides", description=__doc__)
    parser.add_argument("side", choices=NAMES)
    parser.add_argument("ground", type=Path, help="file written by Ground.save")
    parser.add_argument("--asked", type=float, required=True, help="mm of walking")
    parser.add_argument("--turfs", type=int, default=2, help="for the simple peers")
    parser.add_argument("--trials", type=int, default=EFFORTS["normal"].trials_per_door, help="per door")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    answer = planned(
        options.side,
        Ground.load(options.ground),
        asked=options.asked,
        turfs=options.turfs,
        trials=options.trials,
        seed=options.seed,
    )
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
