"""SIGKILL at random while jobs are done: none may be lost, no effect doubled.

    python -m benchmarks.tasks.killing --engine sqlite --kills 1000 --jobs 100000 --folder DIR
    python -m benchmarks.tasks.killing --engine postgres --kills 1000 --jobs 100000 --folder DIR

One process defers jobs at an even pace, each in a transaction of its own; worker processes do them, and one
of those, chosen by chance, is killed at random moments and replaced. A job writes that it began to a file,
works for a few milliseconds, writes its effect into a table without constraints inside ``once``, and works
again, so that kills fall before, into and after the effect. At the end the table, the ledger and the files
are compared. May be interrupted; the same command goes on where it was. Prints JSON; exits with 1 unless
every promise held.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.field.progress import Bar, Counts, end_properly
from benchmarks.field.serving import ROOT, alive, cluster, environment, wait_gone

PATIENCE_S = 120.0
"""How long none of the jobs that are left may be done, beyond the lease, before they count as lost."""


class Zygote:
    """Makes processes of the proof, and ends them all."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "benchmarks.tasks.zygote"]
        self._process = subprocess.Popen(
            command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._children: set[int] = set()
        self._answer()

    def make(self, *words: object) -> int:
        """A new child; its process number."""
        assert self._process.stdin
        print(*words, file=self._process.stdin, flush=True)
        child = int(self._answer())
        self._children.add(child)
        return child

    def ask(self, what: str) -> dict[str, Any]:
        """What the database says: ``create``, ``state`` or ``report`` (see ``store``)."""
        path = self._folder / f"{what}.json"
        path.unlink(missing_ok=True)
        child = self.make(what, path)
        wait_gone(child)
        self._children.discard(child)
        answer: dict[str, Any] = json.loads(path.read_text())
        return answer

    def kill(self, child: int) -> None:
        """SIGKILL to the whole process group of a child."""
        self._children.discard(child)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)

    def close(self) -> None:
        """Ends every child and itself."""
        for child in set(self._children):
            self.kill(child)
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _answer(self) -> str:
        assert self._process.stdout
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise SystemExit("The processes of the proof could not be started; the lines above say why.")
        return answer


def prove(given: argparse.Namespace, env: dict[str, str], folder: Path) -> dict[str, Any]:
    """Kills until there were enough and every job is over; the report."""
    counts = Counts(folder / "counts.json")
    zygote = Zygote(env, folder)
    began = time.monotonic()
    try:
        begun = zygote.ask("create")["jobs"]
        workers = [zygote.make("worker", given.threads) for _ in range(given.workers)]
        rate = given.jobs / given.seconds
        told = folder / "deferred"
        producer = zygote.make("producer", begun, given.jobs, rate, told)
        _kill(zygote, workers, counts, given, told, producer)
        while alive(producer):
            time.sleep(0.2)
        _wait_for_the_end(zygote, given)
        report = zygote.ask("report")
    finally:
        zygote.close()
    counts.add("seconds", round(time.monotonic() - began))
    return {
        "engine": given.engine,
        "kills": counts.counted["kills"],
        "workers": f"{given.workers} processes of {given.threads} threads",
        "lease_s": given.lease,
        "seconds": counts.counted["seconds"],
        **report,
    }


def _kill(
    zygote: Zygote, workers: list[int], counts: Counts, given: argparse.Namespace, told: Path, producer: int
) -> None:
    """Spreads the kills over the jobs, however fast the machine is; the moment itself is chance."""
    chance = random.Random(given.seed + counts.counted["kills"])
    bar = Bar(f"kills on {given.engine}", given.kills)
    while (number := counts.counted["kills"]) < given.kills:
        _wait_for_job(told, int((number + chance.random()) * given.jobs / given.kills), producer)
        time.sleep(chance.uniform(0, 0.02))
        place = chance.randrange(len(workers))
        zygote.kill(workers[place])
        counts.add("kills")
        workers[place] = zygote.make("worker", given.threads)
        bar.at(counts.counted["kills"])


def _wait_for_job(told: Path, number: int, producer: int) -> None:
    """Until so many jobs were deferred."""
    while alive(producer) and int((told.read_text() if told.exists() else "") or 0) < number:
        time.sleep(0.005)


def _wait_for_the_end(zygote: Zygote, given: argparse.Namespace) -> None:
    least, until = given.jobs + 1, 0.0
    while left := zygote.ask("state")["left"]:
        if left < least:
            least, until = left, time.monotonic() + given.lease + PATIENCE_S
        elif time.monotonic() > until:
            return
        print(f"  {left} jobs left", file=sys.stderr, flush=True)
        time.sleep(0.5)


def is_good(report: dict[str, Any]) -> bool:
    """Whether every promise held."""
    wrong = ("lost", "effects_doubled", "effects_of_nobody")
    return not any(report[one] for one in wrong) and report["jobs"] == report["effects"]


@contextlib.contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    """The URL of the database; empty for SQLite."""
    if engine == "sqlite":
        yield ""
        return
    with cluster(folder / "postgres") as made:
        yield made.url


def main() -> None:
    """Reads the arguments, proves, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=0, help="Time for all jobs; 0: 200 jobs a second.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--lease", type=float, default=30.0, help="AMIRAL_TASKS_LEASE_S (default 30).")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    given.seconds = given.seconds or given.jobs / 200
    end_properly()
    folder: Path = given.folder.resolve() / given.engine
    (folder / "begun").mkdir(parents=True, exist_ok=True)
    with _database(given.engine, folder) as url:
        env = environment(state=folder, database=url) | {
            "PROOF_BEGUN": str(folder / "begun"),
            "AMIRAL_TASKS_LEASE_S": str(given.lease),
            "AMIRAL_LOG_LEVEL": "ERROR",
        }
        report = prove(given, env, folder)
    print(json.dumps(report, indent=1))
    sys.exit(not is_good(report))


if __name__ == "__main__":
    main()
