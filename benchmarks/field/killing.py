"""SIGKILL at random while phones write: workers, the whole server, PostgreSQL's processes.

    python -m benchmarks.field.killing --engine sqlite --kills 1000 --visits 100000 --folder DIR

Phones record and send batches of at most fifty over HTTP and repeat what was not answered. A kill happens
while requests are under way. Afterwards every promise is compared with the database (``oracle.py``). May be
interrupted; the same command goes on where it was. Prints JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import progress
from .handset import Handset, Line, NoAnswer
from .oracle import is_good
from .serving import Cluster, Web, cluster, environment, run
from .world import World, load

TEAMS, PHONES, DOORS, WRITERS = 32, 2, 200, 6
BATCHES = (1, 5, 20, 50, 50)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 1.0
"""A real phone waits up to five minutes; these are in a hurry."""


class Writers:
    """Threads, each with phones of its own, that record and send until ``recording`` ends."""

    def __init__(self, world: World, folder: Path, *, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.phones = [Handset(card, folder) for card in world.phones]
        self.port, self.recording = port, True
        self.stopped = threading.Event()
        self.acknowledged = sum(len(phone.acknowledged) for phone in self.phones)
        self.in_flight = 0
        self.failed: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.problems: list[BaseException] = []
        shares = [self.phones[i::WRITERS] for i in range(WRITERS)]
        self.threads = [threading.Thread(target=self._work, args=[share]) for share in shares]

    def __enter__(self) -> Writers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        for phone in self.phones:
            phone.close()

    def _work(self, phones: list[Handset]) -> None:
        line, chance = Line(self.port), random.Random()
        try:
            while not self.stopped.is_set():
                self._one(chance.choice(phones), line, chance)
        except BaseException as problem:
            self.problems.append(problem)
            raise
        finally:
            line.close()

    def _one(self, phone: Handset, line: Line, chance: random.Random) -> None:
        if self.recording:
            for _ in range(chance.choice(BATCHES)):
                phone.record(phone.make())
        pause = FIRST_PAUSE_S
        while phone.phone.unsent and not self.stopped.is_set():
            pause = self._send(phone, line, pause)
        if not self.recording:
            time.sleep(0.01)

    def _send(self, phone: Handset, line: Line, pause: float) -> float:
        """One try; how long to wait after the next one that fails."""
        before = len(phone.acknowledged)
        with self.lock:
            self.in_flight += 1
        try:
            phone.exchange(line.post)
            pause = FIRST_PAUSE_S
        except NoAnswer as problem:
            self.failed[str(problem)] += 1
            self.stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        finally:
            with self.lock:
                self.in_flight -= 1
                self.acknowledged += len(phone.acknowledged) - before
        return pause

    def wait_for(self, acknowledged: int, patience_s: float = 120.0) -> None:
        """Until so many are acknowledged. A server that never comes back is a finding."""
        began = time.monotonic()
        while self.acknowledged < acknowledged and not self.problems:
            if time.monotonic() - began > patience_s:
                raise SystemExit(f"No acknowledgement for {patience_s:.0f} s; requests failed: {self.failed}")
            time.sleep(0.002)
        if self.problems:
            raise SystemExit(f"A phone met something unexpected: {self.problems[0]!r}")


@dataclass
class Victims:
    """What can be killed, by name; each answers whether somebody died."""

    web: Web
    database: Cluster | None
    chance: random.Random

    def names(self) -> list[str]:
        """Workers most often: they die most often in life."""
        return ["worker", "worker", "server"] + (
            ["backend", "postmaster", "cluster"] if self.database else []
        )

    def kill(self, name: str) -> bool:
        acts: dict[str, Callable[[], bool]] = {
            "worker": lambda: self.web.kill_worker(self.chance),
            "server": self._server,
            "backend": lambda: bool(self.database and self.database.kill_backend(self.chance)),
            "postmaster": lambda: self._database(lambda one: one.kill_postmaster()),
            "cluster": lambda: self._database(lambda one: one.kill_all()),
        }
        return acts[name]()

    def _server(self) -> bool:
        self.web.kill()
        time.sleep(self.chance.choice([0, 0, 0.2]))
        self.web.start()
        return True

    def _database(self, act: Callable[[Cluster], None]) -> bool:
        assert self.database
        act(self.database)
        self.database.start()
        return True


@contextlib.contextmanager
def engine(name: str, folder: Path, *options: str) -> Iterator[tuple[str, Cluster | None]]:
    """The URL of a database that lasts as long as the block, and its cluster if it has one."""
    if name == "sqlite":
        yield "", None
        return
    with cluster(folder / "postgres", *options) as made:
        yield made.url, made


def prepared(folder: Path, env: dict[str, str], **sizes: int) -> World:
    """The world of the folder, made once."""
    path = folder / "world.json"
    if not path.exists():
        arguments = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
        run("benchmarks.field.world", *arguments, "--out", str(path) + ".new", env=env)
        Path(str(path) + ".new").rename(path)
    return load(path)


def prove(*, engine_name: str, kills: int, visits: int, folder: Path) -> dict[str, Any]:
    """The whole test."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    counts = progress.Counts(folder / "kills.json")
    with engine(engine_name, folder) as (url, database):
        env = environment(state=folder / "state", database=url)
        world = prepared(folder, env, teams=TEAMS, phones=PHONES, doors=DOORS)
        web = Web(env=env, processes=2 if database else 1)
        web.start()
        try:
            victims = Victims(web, database, random.Random())
            failed = _storm(world, folder, victims, counts, kills, visits)
            found = json.loads(run("benchmarks.field.oracle", str(folder / "phones"), "--all", env=env))
        finally:
            web.stop()
    found |= {"engine": engine_name, "kills": counts.total, "by_kind": dict(counts.counted)}
    return found | {"failed_requests": dict(failed), "good": is_good(found) and counts.total >= kills}


def _storm(
    world: World, folder: Path, victims: Victims, counts: progress.Counts, kills: int, visits: int
) -> Counter[str]:
    bar = progress.Bar("kills", kills)
    with Writers(world, folder / "phones", port=victims.web.port) as writers:
        while counts.total < kills:
            left, lives = visits - writers.acknowledged, kills - counts.total
            step = max(1.0, left / lives) * victims.chance.uniform(0.3, 1.5)
            writers.wait_for(writers.acknowledged + max(1, int(step)))
            _wait_for_a_request(writers)
            time.sleep(victims.chance.random() * 0.03)
            name = victims.chance.choice(victims.names())
            if victims.kill(name):
                counts.add(name)
            bar.at(counts.total, f"{writers.acknowledged} acknowledged")
        writers.wait_for(visits)
        writers.recording = False
        _wait_until_sent(writers)
        return writers.failed


def _wait_for_a_request(writers: Writers) -> None:
    for _ in range(500):
        if writers.in_flight:
            return
        time.sleep(0.001)


def _wait_until_sent(writers: Writers) -> None:
    for _ in range(6000):
        if not any(phone.phone.unsent for phone in writers.phones):
            return
        time.sleep(0.02)
    raise SystemExit("Some events never leave their phone.")


def main() -> None:
    """Prove and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    found = prove(
        engine_name=options.engine, kills=options.kills, visits=options.visits, folder=options.folder
    )
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
