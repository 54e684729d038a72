"""The power is cut while phones write; what was acknowledged must be there when it comes back.

    python -m benchmarks.field.power --engine sqlite --cuts 100 --folder DIR          # nothing may be lost
    python -m benchmarks.field.power --engine sqlite --cuts 20 --careless --folder DIR  # something must be

The database lies on a disk of its own (``disk.py``). ``--careless`` runs SQLite with ``synchronous=NORMAL``
and PostgreSQL with ``synchronous_commit=off``: a proof that finds nothing lost there sees nothing. Needs
root; is skipped without. Prints JSON; may be interrupted, and goes on at the cut where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from . import progress
from .disk import Disk, reason_against
from .killing import Writers, prepared
from .oracle import is_good, read
from .serving import Cluster, Web, environment, run
from .world import World, load

TEAMS, PHONES, DOORS = 8, 2, 50
MEGABYTES = {"sqlite": 192, "postgres": 384}


class Machine:
    """Disk, database and server that lose their power together."""

    def __init__(self, engine: str, folder: Path, *, careless: bool) -> None:
        self.engine, self.disk = engine, Disk(folder, megabytes=MEGABYTES[engine])
        self.cluster: Cluster | None = None
        self.options = ("synchronous_commit=off",) if careless else ()
        self.settings = "benchmarks.field.settings_normal" if careless and engine == "sqlite" else ""
        self.web: Web | None = None
        self.env: dict[str, str] = {}

    def build(self) -> None:
        """For the first time; everything is on the disk afterwards."""
        self.disk.unmount()
        fresh = not self.disk.image.exists()
        self.disk.create() if fresh else self.disk.mount()
        if self.engine == "postgres":
            self.cluster = Cluster(folder=self.disk.place / "pg", options=self.options)
            self.cluster.create() if fresh else self.cluster.start()
        url = self.cluster.url if self.cluster else ""
        self.env = environment(state=self.disk.place / "state", database=url, settings=self.settings)

    def start(self) -> None:
        """The power is there."""
        self.web = self.web or Web(env=self.env, processes=2 if self.cluster else 1)
        self.web.start()

    def pull(self) -> None:
        """And gone, and back."""
        assert self.web
        self.web.kill()
        if self.cluster:
            self.cluster.kill_all()
        self.disk.pull()
        if self.cluster:
            self.cluster.start()

    def ids(self) -> set[UUID]:
        """Events in the log, read beside the product."""
        if self.cluster:
            import psycopg

            with psycopg.connect(f"host={self.cluster.sockets} user=amiral dbname=amiral") as link:
                return {row[0] for row in link.execute("SELECT id FROM field_logentry")}
        with closing(sqlite3.connect(self.disk.place / "state" / "amiral.sqlite3")) as file:
            return {UUID(row[0]) for row in file.execute("SELECT id FROM field_logentry")}

    def stop(self) -> None:
        if self.web:
            self.web.stop()
        if self.cluster:
            self.cluster.stop()
        self.disk.unmount()


def prove(*, engine: str, cuts: int, careless: bool, folder: Path) -> dict[str, Any]:
    """The whole test, or why it is skipped."""
    if reason := reason_against():
        return {"skipped": reason}
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    counts = progress.Counts(folder / "cuts.json")
    machine = Machine(engine, folder / "machine", careless=careless)
    try:
        machine.build()
        world = prepared(folder, machine.env, teams=TEAMS, phones=PHONES, doors=DOORS)
        os.sync()  # what was prepared is on the disk before the first cut
        lost = _cut_often(machine, world, folder, counts, cuts)
        found = _after(machine, folder, careless)
    finally:
        machine.stop()
    cut_with_loss = counts.counted["with loss"]
    found |= {"engine": engine, "careless": careless, "cuts": counts.counted["cuts"]}
    found |= {"lost_at_cuts": len(lost), "cuts_with_loss": cut_with_loss}
    good = cut_with_loss > 0 if careless else is_good(found) and not lost and not cut_with_loss
    return found | {"good": good}


def _cut_often(machine: Machine, world: World, folder: Path, counts: progress.Counts, cuts: int) -> set[UUID]:
    before = read(folder / "phones")[1] - machine.ids()
    lost = set[UUID]()
    chance, bar = random.Random(), progress.Bar("power cuts", cuts, every_s=30)
    while counts.counted["cuts"] < cuts:
        machine.start()
        assert machine.web
        with Writers(world, folder / "phones", port=machine.web.port) as writers:
            writers.wait_for(writers.acknowledged + chance.randrange(20, 400))
            time.sleep(chance.random() * 0.05)
            machine.pull()
        gone = read(folder / "phones")[1] - machine.ids() - lost - before
        lost |= gone
        counts.add("cuts")
        counts.add("with loss", int(bool(gone)))
        bar.at(counts.counted["cuts"], f"{writers.acknowledged} acknowledged, {len(lost)} lost")
    return lost


def _after(machine: Machine, folder: Path, careless: bool) -> dict[str, Any]:
    """Figures of the oracle; without loss the phones send first what is left."""
    if careless:
        return {"acknowledged": len(read(folder / "phones")[1])}
    machine.start()
    assert machine.web
    with Writers(load(folder / "world.json"), folder / "phones", port=machine.web.port) as writers:
        writers.recording = False
        began = time.monotonic()
        while any(phone.phone.unsent for phone in writers.phones) and time.monotonic() - began < 120:
            time.sleep(0.02)
    found: dict[str, Any] = json.loads(
        run("benchmarks.field.oracle", str(folder / "phones"), "--all", env=machine.env)
    )
    return found


def main() -> None:
    """Prove and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--careless", action="store_true")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    found = prove(engine=options.engine, cuts=options.cuts, careless=options.careless, folder=options.folder)
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
