"""Import a département's address file, and the same with pandas; prints JSON.

    python benchmarks/territory/import_addresses.py [--lines 200000] [--rounds 3] [--file FILE]

Ours is the whole import of ``amiral.rooms.territory.api``: guess, positions checked, doubtful ones set apart,
columns sorted and on the disk (fsync), row of the database committed. Theirs is ``pandas.read_csv`` and
``DataFrame.to_sql`` into a fresh SQLite file of the same folder, of the same file, all 23 columns as
pandas reads them. Both sides alternate in one process, after a round to warm up; the median of the rounds
counts. The file is made by the rule of ``made.py``. Where pandas is not installed the output says so and
holds our side alone.
"""

import argparse
import json
import os
import platform
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

import made  # noqa: E402  # after the path is set

Json = dict[str, Any]


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="amiral-import-") as scratch:
        folder = Path(scratch)
        path = arguments.file or made.write(folder / "made.csv", arguments.lines)
        separator = arguments.separator
        ours = _ours(folder)
        sides: dict[str, Callable[[], Json]] = {"ours": lambda: ours(path)}
        if _has_pandas():
            sides["pandas"] = lambda: _pandas(path, folder, separator)
        rounds: dict[str, list[Json]] = {name: [] for name in sides}
        for number in range(arguments.rounds + 1):
            for name, side in sides.items():
                measured = _timed(side)
                if number:
                    rounds[name].append(measured)
        print(json.dumps(_report(path, rounds), indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--separator", default=";")
    return parser.parse_args()


def _has_pandas() -> bool:
    try:
        metadata.version("pandas")
    except metadata.PackageNotFoundError:
        return False
    return True


def _ours(folder: Path) -> Callable[[Path], Json]:
    """Our import, on a database of its own in the same folder."""
    os.environ["AMIRAL_STATE_DIR"] = str(folder / "state")
    os.environ.pop("AMIRAL_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "amiral.config.settings"
    os.environ.setdefault("AMIRAL_DEBUG", "1")
    (folder / "state").mkdir()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from amiral.rooms.territory import api

    def run(path: Path) -> Json:
        done = api.import_addresses_file(path=path, name="benchmark")
        return {"rows": done.rows, "flagged": done.flagged_rows, "left_out": done.bad_rows}

    return run


def _pandas(path: Path, folder: Path, separator: str) -> Json:
    import pandas as pd

    target = folder / "pandas.sqlite3"
    target.unlink(missing_ok=True)
    frame = pd.read_csv(path, sep=separator, low_memory=False)
    with sqlite3.connect(target) as connection:
        rows = frame.to_sql("addresses", connection, index=False)
    connection.close()
    return {"rows": rows}


def _timed(work: Callable[[], Json]) -> Json:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return {**found, "seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def _report(path: Path, rounds: dict[str, list[Json]]) -> Json:
    with path.open("rb") as file:
        lines = sum(1 for _line in file) - 1
    report: Json = {
        "lines": lines,
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    for name, measured in rounds.items():
        seconds = statistics.median(one["seconds"] for one in measured)
        cpu = statistics.median(one["cpu_seconds"] for one in measured)
        counts = {key: value for key, value in measured[0].items() if "seconds" not in key}
        report[name] = {
            **counts,
            "seconds": round(seconds, 3),
            "cpu_seconds": round(cpu, 3),
            "lines_per_second": round(lines / seconds),
            "lines_per_cpu_second": round(lines / cpu),
        }
    if "pandas" in report:
        report["pandas"]["version"] = metadata.version("pandas")
        report["times_faster"] = round(report["pandas"]["seconds"] / report["ours"]["seconds"], 2)
        report["times_faster_cpu"] = round(report["pandas"]["cpu_seconds"] / report["ours"]["cpu_seconds"], 2)
    else:
        report["pandas"] = "not installed"
    return report


if __name__ == "__main__":
    main()
