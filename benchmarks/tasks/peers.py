"""The same kills for other queues, as their packages install them, and what enqueueing costs beside ours.

    python -m benchmarks.tasks.peers --folder DIR [--jobs 300] [--kills 12]

Jobs of some twenty milliseconds are enqueued; then one worker process (one job at a time, defaults of the
package otherwise) is killed with SIGKILL at random moments while it works, and started again each time. When
nothing has happened for ``--quiet`` seconds, jobs that never ended are lost (or stuck for ever), jobs whose
line ``done`` came twice are doubled. The packages are installed into DIR/venv and nowhere else. Prints JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.field.progress import end_properly
from benchmarks.field.serving import ROOT, cluster, environment

PACKAGES = ("huey==3.5.4", "django~=5.2.0", "django-tasks==0.12.0", "django-tasks-db==0.13.0",
            "procrastinate==3.10.0", "psycopg[binary,pool]")  # fmt: skip
PEERS = ("huey", "django-tasks-db-sqlite", "django-tasks-db-postgres", "procrastinate")
OURS = ("amiral-sqlite", "amiral-postgres")
LEASE_S = 5.0


def install(folder: Path) -> Path:
    """A throw-away environment with the peers; its Python."""
    python = folder / "venv/bin/python"
    if not (folder / "venv/.whole").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder / "venv"], check=True)
        quiet = ["-q", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quiet, *PACKAGES], check=True)
        (folder / "venv/.whole").touch()
    return python


class Queue:
    """One queue: how its three commands are started."""

    def __init__(self, name: str, folder: Path, python: Path, postgres: Any) -> None:
        self.name, self.lines = name, folder / f"{name}.lines"
        self.lines.unlink(missing_ok=True)
        home = folder / name
        home.mkdir(exist_ok=True)
        database = name.replace("-", "_")
        if "postgres" in name or name == "procrastinate":
            postgres.add(database)
        url = postgres.url.removesuffix("amiral") + database if name == "amiral-postgres" else ""
        self.env = environment(state=home, database=url) | {
            "PEER_LINES": str(self.lines),
            "PEER_FOLDER": str(home),
            "PEER_DSN": f"{postgres.sockets} {database}",
            "AMIRAL_TASKS_LEASE_S": str(LEASE_S),
            "AMIRAL_LOG_LEVEL": "ERROR",
        }
        if name in OURS:
            self.command = [sys.executable, "-m", "benchmarks.tasks.our_work"]
        else:
            self.env = {key: value for key, value in self.env.items() if key != "PYTHONPATH"}
            self.command = [str(python), str(ROOT / "benchmarks/tasks/peer_work.py"), name]

    def run(self, *arguments: str) -> str:
        """Runs a command to its end and answers what it printed."""
        command = [*self.command, *arguments]
        done = subprocess.run(command, env=self.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def start(self) -> subprocess.Popen[bytes]:
        """A worker in a process group of its own."""
        null = subprocess.DEVNULL
        command = [*self.command, "work"]
        return subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=null, stderr=null, start_new_session=True
        )

    def said(self) -> Counter[tuple[str, int]]:
        """How often each line was written."""
        text = self.lines.read_text() if self.lines.exists() else ""
        return Counter((what, int(number)) for what, number in map(str.split, text.splitlines()))


def prove(queue: Queue, given: argparse.Namespace) -> dict[str, Any]:
    """Kills, restarts, waits until nothing happens any more, and counts."""
    queue.run("setup")
    cost = json.loads(queue.run("enqueue", str(given.jobs)))
    chance, kills = random.Random(given.seed), 0
    worker = queue.start()
    try:
        while kills < given.kills and _wait_for_work(queue, given):
            time.sleep(chance.uniform(0.02, 0.3))
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            kills += 1
            worker = queue.start()
        _wait_until_quiet(queue, given)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    return {"queue": queue.name, "kills": kills, **_count(queue.said(), given.jobs), **cost}


def _wait_for_work(queue: Queue, given: argparse.Namespace) -> bool:
    """Until the worker does something new; ``False`` when it does not any more."""
    before, until = queue.said().total(), time.monotonic() + given.quiet
    while queue.said().total() == before:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _wait_until_quiet(queue: Queue, given: argparse.Namespace) -> None:
    while len({number for what, number in queue.said() if what == "done"}) < given.jobs:
        if not _wait_for_work(queue, given):
            return


def _count(said: Counter[tuple[str, int]], jobs: int) -> dict[str, int]:
    done = {number: count for (what, number), count in said.items() if what == "done"}
    begun = [count for (what, _), count in said.items() if what == "begun"]
    return {
        "jobs": jobs,
        "lost_or_stuck": jobs - len(done),
        "begun_twice": sum(1 for count in begun if count > 1),
        "doubled": sum(1 for count in done.values() if count > 1),
    }


def main() -> None:
    """Reads the arguments, proves each queue, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument(
        "--quiet", type=float, default=20.0, help="Seconds without an event that end a proof."
    )
    parser.add_argument("--queues", nargs="*", default=[*OURS, *PEERS], choices=[*OURS, *PEERS])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    end_properly()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    python = install(folder)
    reports = []
    with cluster(folder / "postgres") as postgres:
        for name in given.queues:
            reports.append(prove(Queue(name, folder, python, Databases(postgres)), given))
            print(f"  {reports[-1]}", file=sys.stderr, flush=True)
    print(json.dumps(reports, indent=1))


class Databases:
    """A cluster with a database for each queue."""

    def __init__(self, postgres: Any) -> None:
        self.sockets, self.url, self._cluster = postgres.sockets, postgres.url, postgres

    def add(self, name: str) -> None:
        """A fresh one of that name."""
        for command in (["dropdb", "--if-exists"], ["createdb"]):
            self._cluster._run(*command, "-h", str(self.sockets), "-U", "amiral", name)


if __name__ == "__main__":
    main()
