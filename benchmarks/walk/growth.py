"""Seconds and memory of whole plans as towns grow: ``python -m benchmarks.walk.growth [--doors N …]``.

For each size a town is written (see ``towns``) and ``amiral walk plan`` runs on its files in a process of its
own: reading, planning and writing are counted, child processes too. ``per_n_log_n`` is the processor time
over n log2 n as a multiple of that of the smallest town: at most 1 where time grows no faster. Prints JSON.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from amiral.cores.walk import EFFORTS

from .data import DATA, SAINT_GERMAIN
from .towns import streets_of, town, write

ROOT = Path(__file__).parents[2]
KEPT = ("turfs", "metres_per_door", "balance_cv", "within_10_percent", "connected", "ratio_to_bound")


def measured(doors: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One size."""
    write(town(streets=streets_of(options.extract), doors=doors, seed=options.seed), folder)
    print(f"{doors} doors", file=sys.stderr, flush=True)
    command = [sys.executable, "-c", "from amiral.config.cli import main; main()", "walk", "plan"]
    command += ["--addresses", "addresses.csv", "--streets", "streets.osm.pbf", "--effort", options.effort]
    command += ["--out", "plan.geojson", "--report", "report.json", "--seed", str(options.seed)]
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    began = time.monotonic()
    with subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": path}) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"amiral walk plan ended with {child.returncode}.")
    report = json.loads((folder / "report.json").read_text())
    return {
        "doors": doors,
        "seconds": round(used.ru_utime + used.ru_stime, 2),
        "clock_seconds": round(time.monotonic() - began, 2),
        "peak_mb": round(used.ru_maxrss / 1024),
        **{key: report[key] for key in KEPT},
    }


def with_growth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with its time over n log n as a multiple of the first's."""
    paces = [row["seconds"] / (row["doors"] * math.log2(row["doors"])) for row in rows]
    return [{**row, "per_n_log_n": round(pace / paces[0], 3)} for row, pace in zip(rows, paces, strict=True)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.growth", description=__doc__)
    parser.add_argument("--extract", type=Path, default=DATA / SAINT_GERMAIN)
    parser.add_argument("--doors", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--effort", choices=EFFORTS, default="normal")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measured(400, options, Path(scratch) / "warm")  # compiles
        rows = [measured(doors, options, Path(scratch) / str(doors)) for doors in options.doors]
    command = " ".join(["python -m benchmarks.walk.growth", *sys.argv[1:]])
    json.dump({"command": command, "plans": with_growth(rows)}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
