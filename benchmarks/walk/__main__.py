"""Our plan beside what one would use instead, on the same matrices in one run: ``python -m benchmarks.walk``.

Prints JSON: for each town its doors, and a row for every plan with the figures of ``figures.py``, seconds of
the processor and of the clock, and the peak of memory. Every plan is made in a process of its own, on one
thread. ``ours_over_this`` is our metres per door over those of the row: below 1 where our walks are shorter.

The solvers of whole routing problems (VROOM, OR-tools, PyVRP) are given 1, 10 and 100 times our processor
seconds. They are an optional set of requirements, ``pip install --require-hashes -r
requirements/bench.lock``; without them the report says which are missing. With ``--store`` their answers are
kept and used again as long as ground, number of turfs and budgets stay the same; each row then tells when it
was made.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from amiral.cores.walk import EFFORTS, Parameters
from amiral.cores.walk.space import MM

from .data import DATA, TOWNS, town_called
from .figures import figures
from .ground import Ground, TooLarge, ground_from
from .peers import PEERS
from .sides import LENIENT, OURS
from .solvers import PACKAGES, SOLVERS, missing

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Measure and print."""
    options = _options()
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, town in options.towns.items():
            absent = town.missing(options.data)
            if absent:
                _say(f"{name} is skipped: {', '.join(absent)} not found in {options.data}")
                results.append({"town": name, "skipped": f"missing: {', '.join(absent)}"})
                continue
            try:
                results.append(measured(name, options, Path(scratch)))
            except TooLarge as error:
                _say(f"{name} is skipped: {error}")
                results.append({"town": name, "skipped": str(error)})
    json.dump({**_circumstances(options), "towns": results}, sys.stdout, indent=2, ensure_ascii=False)
    print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk", description=__doc__)
    parser.add_argument(
        "towns",
        nargs="*",
        metavar="TOWN",
        help=f"{', '.join(TOWNS)}, or files: ADDRESSES[,STREETS]; all towns",
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--efforts", nargs="+", choices=EFFORTS, default=["quick", "normal"])
    parser.add_argument(
        "--lenient",
        type=int,
        nargs="*",
        default=[1, 10],
        metavar="TIMES",
        help="times the trials of the last effort, without the rules that solvers do not know",
    )
    parser.add_argument("--solvers", nargs="*", choices=SOLVERS, default=list(SOLVERS))
    parser.add_argument("--times", type=float, nargs="+", default=[1, 10, 100], help="our processor seconds")
    parser.add_argument("--one", type=float, metavar="MS", help="budget: so many ms a door, not ours")
    parser.add_argument("--store", type=Path, help="keep the solvers' answers here and use them again")
    parser.add_argument("--kept-only", action="store_true", help="solve nothing that the store does not hold")
    parser.add_argument("--frozen", action="store_true", help="use the grounds kept in the store")
    options = parser.parse_args()
    try:
        options.towns = {name: town_called(name) for name in options.towns or TOWNS}
    except ValueError as error:
        parser.error(str(error))
    return options


def measured(name: str, options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """All plans of one town's largest connected part."""
    ground, path = _ground(name, options, scratch)
    asked = options.minutes * Parameters().speed_m_per_min * MM
    rows, turfs, seconds = list[dict[str, Any]](), 0, 0.0
    for effort in options.efforts:
        trials = EFFORTS[effort].trials_per_door
        answer = _child("sides", OURS, path, asked, options.seed, "--trials", str(trials))
        rows += _rows(f"ours, {effort}", answer, ground, asked)
        turfs, seconds = rows[-1]["turfs"], rows[-1]["seconds"]
    best = rows[-1]
    for times in options.lenient:
        answer = _child("sides", LENIENT, path, asked, options.seed, "--trials", str(times * trials))
        rows += _rows(f"{LENIENT}, {times} × the trials", answer, ground, asked)
    for peer in PEERS:
        answer = _child("sides", peer, path, asked, options.seed, "--turfs", str(turfs))
        rows += _rows(peer, answer, ground, asked)
    one = options.one * len(ground) / 1000 if options.one else seconds
    lacking = missing()
    skipped = [f"{one}: {PACKAGES[one]} is not installed" for one in options.solvers if one in lacking]
    for sentence in skipped:
        _say(f"{name}: {sentence} (requirements/bench.lock)")
    for solver in [one for one in options.solvers if one not in lacking]:
        solved = _solved(solver, ground, path, asked, turfs, [t * one for t in options.times], options)
        if solved is None:
            skipped.append(f"{solver}: no answer is kept for this ground and {turfs} turfs")
        else:
            rows += _rows(solver, solved, ground, asked)
    for row in rows:
        _compare(row, best)
    return {
        "town": name,
        "doors": len(ground),
        "minutes": options.minutes,
        "ground": ground.digest(),
        "made_of": options.towns[name].says,
        "skipped": skipped,
        "plans": rows,
    }


def _ground(name: str, options: argparse.Namespace, scratch: Path) -> tuple[Ground, Path]:
    label = name if name in TOWNS else hashlib.sha256(name.encode()).hexdigest()[:12]
    kept = (options.store or scratch) / f"{label}.npz"
    if not (options.frozen and kept.exists()):
        kept.parent.mkdir(parents=True, exist_ok=True)
        ground_from(options.towns[name].problem(options.data), Parameters(minutes=options.minutes)).save(kept)
    return Ground.load(kept), kept


def _rows(name: str, answer: dict[str, Any], ground: Ground, asked: float) -> list[dict[str, Any]]:
    """One row per budget."""
    about = {
        key: answer[key]
        for key in ("version", "settings", "longest_over_asked", "made_at")
        if answer.get(key)
    }
    rows = []
    for found in answer["found"]:
        row = {"plan": name, **about}
        if found["budget_s"]:
            row["budget_seconds"] = round(found["budget_s"], 2)
        row |= {"seconds": round(found["cpu_s"], 2), "clock_seconds": round(found["clock_s"], 2)}
        row["peak_mb"] = answer["peak_mb"]
        if found["routes"] is None:
            row["no_plan"] = "none that keeps the limit was found within the budget"
        else:
            orders = [np.array(route, np.int64) for route in found["routes"]]
            row |= figures(ground, orders, asked)
        rows.append(row)
    return rows


def _compare(row: dict[str, Any], best: dict[str, Any]) -> None:
    if "metres_per_door" in row:
        row["ours_over_this"] = round(best["metres_per_door"] / row["metres_per_door"], 4)
        row["ours_over_this_without_access"] = round(
            best["metres_per_door_without_access"] / row["metres_per_door_without_access"], 4
        )
        row["ours_over_this_closed"] = round(
            best["closed_metres_per_door"] / row["closed_metres_per_door"], 4
        )
    row["times_our_seconds"] = round(row["seconds"] / max(best["seconds"], 1e-9), 1)


def _solved(
    solver: str, ground: Ground, path: Path, asked: float, turfs: int, budgets: list[float], options: Any
) -> dict[str, Any] | None:
    """From the store where it has this very question; None if it has not and nothing is to be solved."""
    label = f"{ground.digest()}-{solver}-{turfs}-{asked:.0f}-{options.seed}.json"
    kept = options.store and options.store / label
    if kept and kept.exists():
        answer: dict[str, Any] = json.loads(kept.read_text())
        return answer
    if options.kept_only:
        return None
    more = ("--vehicles", str(turfs), "--budgets", *(f"{budget:.4g}" for budget in budgets))
    answer = _child("solvers", solver, path, asked, options.seed, *more)
    answer["made_at"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes")
    if kept:
        kept.write_text(json.dumps(answer))
    return answer


def _child(module: str, name: str, path: Path, asked: float, seed: int, *more: str) -> dict[str, Any]:
    _say(f"{path.stem}: {name} {' '.join(more)}")
    command = [sys.executable, "-m", f"benchmarks.walk.{module}", name, str(path), "--asked", str(asked)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        [*command, "--seed", str(seed), *more],
        cwd=ROOT,
        env={**os.environ, **threads},
        stdout=subprocess.PIPE,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _circumstances(options: argparse.Namespace) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return {
        "command": " ".join(["python -m benchmarks.walk", *sys.argv[1:]]),
        "commit": commit.stdout.strip(),
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seed": options.seed,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
