"""Votes that survive a cut of power: how many a second, how fast, and whether any is lost.

    .venv/bin/python -m benchmarks.debate.votes                          # ten minutes at 2,000 a second
    .venv/bin/python -m benchmarks.debate.votes --seconds 10 --kills 3 --cuts 1 --http-seconds 5   # to try it
    scripts/with-postgres .venv/bin/python -m benchmarks.debate.votes --parts verb,kills,http

Each part runs in a process and on a database of its own, in ``--folder`` (which must lie on a real disk),
with the settings of the product (SQLite: write-ahead log, ``synchronous=FULL``), through the verb of the
page (``ballots.cast``). One JSON object is printed; exit code 1 when a bound is missed or a vote is wrong.

``verb``: first ``alone`` (each vote a transaction of its own) and ``together`` (as the page does it), each
as fast as ``--threads`` threads can; then ``sustained``: ``--rate`` votes a second fall due for
``--seconds``, whatever the answers take, and the time of each is counted from the moment it was due (so that
a pause is felt by all who waited). Then every vote is looked up, and the counts of the statements are
counted anew.
``kills``: the process that votes is killed (SIGKILL) at a moment of chance, ``--kills`` times; what it had
said was committed must be there, and the counts must agree.
``cuts``: the same on a disk whose power is cut (``benchmarks.field.disk``: what was not synchronised is
gone); only SQLite, as root. ``careless`` does it once more with ``synchronous=OFF``: cuts that lose nothing
there show nothing.
``http``: gunicorn as ``amiral serve`` starts it; browsers that keep their connection send votes, then votes
each followed by the page of the next statement.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.debate.world import ROOT, World, build, milliseconds, set_up, wrong

P99_MS = 100.0
PARTS = ("verb", "kills", "cuts", "careless", "http")
GRACE_S = 10.0
"""How far behind the rate the threads may fall before they give up: then the rate was not reached."""
PER_ADDRESS = 500
"""Votes of one network address: the page allows 600 an hour."""


# The verb --------------------------------------------------------------------------------------------
class Voting:
    """Threads that vote; each acknowledged vote with the time it took."""

    def __init__(self, world: World, threads: int) -> None:
        self.world, self.threads = world, threads
        self.next = itertools.count()
        self.took: list[tuple[int, float]] = []
        self.sent = 0

    def cast(self, number: int) -> None:
        """As the page does it."""
        from amiral.rooms.debate.actions import ballots
        from amiral.rooms.debate.contracts import VALUES, Choice

        choices = {value: choice for choice, value in VALUES.items()}
        voter, statement, value = self.world.gesture(number)
        ballots.cast(
            consultation_id=self.world.consultation_id,
            key=self.world.key(voter),
            number=statement,
            choice=Choice(choices[value]),
        )

    def cast_alone(self, number: int) -> None:
        """A transaction for each vote."""
        from amiral.rooms.debate.actions import casting
        from amiral.rooms.debate.queries.voices import pseudonym_of

        voter, statement, value = self.world.gesture(number)
        pseudonym = pseudonym_of(consultation_id=self.world.consultation_id, key=self.world.key(voter))
        (refusal,) = casting.write(
            [
                casting.Ballot(
                    consultation_id=self.world.consultation_id,
                    pseudonym=pseudonym,
                    number=statement,
                    value=value,
                )
            ]
        )
        assert refusal is None

    def run(
        self,
        *,
        seconds: float,
        rate: float = 0,
        cast: Callable[[int], None] | None = None,
        told: Callable[[int], object] = lambda number: None,
    ) -> dict[str, Any]:
        """Votes for so long; ``rate`` a second, or without it as many as can be."""
        from django.db import connections

        cast, before = cast or self.cast, len(self.took)
        began, first = time.perf_counter() + 0.2, next(self.next)
        self.next = itertools.count(first)
        problems: Counter[str] = Counter()

        def one() -> None:
            time.sleep(max(0.0, began - time.perf_counter()))
            while True:
                number = next(self.next)
                due = began + (number - first) / rate if rate else time.perf_counter()
                if due >= began + seconds or time.perf_counter() >= began + seconds + GRACE_S:
                    break
                time.sleep(max(0.0, due - time.perf_counter()))
                self.sent += 1
                try:
                    cast(number)
                except Exception as problem:
                    problems[type(problem).__name__] += 1
                    continue
                self.took.append((number, time.perf_counter() - due))
                told(number)
            connections.close_all()

        threads = [threading.Thread(target=one) for _ in range(self.threads)]
        processor = time.process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed, took = time.perf_counter() - began, [s for _, s in self.took[before:]]
        # Each thread drew one number more than it voted.
        self.next = itertools.count(max((number for number, _ in self.took), default=first) + 1)
        return {
            "votes": len(took),
            "seconds": round(passed, 2),
            "votes_per_s": round(len(took) / passed, 1),
            "milliseconds": milliseconds(took),
            "cpu_microseconds_per_vote": round(
                1e6 * (time.process_time() - processor) / max(1, len(took)), 1
            ),
            "refused": dict(problems),
        }


def verb(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """As fast as can be, alone and together; then the rate that is asked for."""
    from django.db import connection

    from amiral.kit import together

    world = build(voters=options.voters, statements=options.statements)
    voting = Voting(world, options.threads)
    voting.run(seconds=min(1.0, options.short_seconds))  # connections, caches
    found: dict[str, Any] = {"database": connection.vendor, "disk": disk(folder), "threads": options.threads}
    found["alone"] = voting.run(seconds=options.short_seconds, cast=voting.cast_alone)
    found["together"] = voting.run(seconds=options.short_seconds)
    found["together_over_alone"] = round(found["together"]["votes_per_s"] / found["alone"]["votes_per_s"], 2)
    found["most_together"] = together.MOST
    found["sustained"] = voting.run(seconds=options.seconds, rate=options.rate)
    found["wrong"] = wrong(world, [number for number, _ in voting.took], voting.sent)
    good = found["sustained"]["votes_per_s"] >= 0.99 * options.rate
    good &= found["sustained"]["milliseconds"]["p99"] < P99_MS and not found["sustained"]["refused"]
    return found | {"good": good and not found["wrong"]}


def disk(folder: Path) -> dict[str, Any]:
    """What lies below: how long it takes until four kilobytes are on the disk."""
    took = []
    file = os.open(folder / "probe", os.O_CREAT | os.O_WRONLY)
    for _ in range(200):
        began = time.perf_counter()
        os.pwrite(file, b"x" * 4096, 0)
        os.fdatasync(file)
        took.append(time.perf_counter() - began)
    os.close(file)
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], check=False, capture_output=True, text=True
    )
    return {"file_system": kind.stdout.strip(), "synchronised_write_ms": milliseconds(took)}


# Killed and cut ----------------------------------------------------------------------------------------
class Victim:
    """A process that votes as fast as it can and says which votes were committed."""

    def __init__(self, world: World, *, threads: int, first: int) -> None:
        from django.db import connections

        connections.close_all()
        self.acknowledged: list[int] = []
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _vote_until_killed(world, threads, first, writing)
        os.close(writing)
        self.lines = os.fdopen(reading, "rb")

    def wait_for(self, votes: int) -> None:
        """Reads what was committed."""
        while len(self.acknowledged) < votes:
            line = self.lines.readline()
            if not line:
                raise SystemExit("The process that votes ended by itself.")
            self.acknowledged.append(int(line))

    def kill(self) -> None:
        """SIGKILL; what it had said by then is read."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        # A line that was cut short was not said.
        self.acknowledged += [int(line) for line in self.lines if line.endswith(b"\n")]
        self.lines.close()


def _vote_until_killed(world: World, threads: int, first: int, writing: int) -> None:
    with suppress(BaseException):
        voting = Voting(world, threads)
        voting.next = itertools.count(first)
        voting.run(seconds=3600, told=lambda number: os.write(writing, b"%d\n" % number))
    os._exit(1)


def kills(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Nothing that was said to be committed is missing, whenever the process dies."""
    del folder
    world = build(voters=options.voters, statements=options.statements)
    return _die_often(world, options, options.kills, lambda: None)


def _die_often(
    world: World, options: argparse.Namespace, times: int, after: Callable[[], None]
) -> dict[str, Any]:
    """``after`` each death, before the database is read again."""
    from django.db import connection, connections

    chance, first, said = random.Random(options.seed), 0, []
    found: list[str] = []
    for _ in range(times):
        victim = Victim(world, threads=options.threads, first=first)
        victim.wait_for(chance.randrange(1, 800))
        time.sleep(chance.random() * 0.02)
        victim.kill()
        connections.close_all()
        after()
        said += victim.acknowledged
        first = max(said) + 2 * options.threads + 2
        found += wrong(world, said, first)
    return {
        "database": connection.vendor,
        "deaths": times,
        "acknowledged": len(said),
        "wrong": found[:20],
        "missing": sum("not there" in sentence for sentence in found),
        "good": not found,
    }


def cuts(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Nothing is missing when the power goes. The database lies on a disk of its own."""
    return _cut(options, folder)


def careless(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The same without synchronising: something must be missing, else the cuts show nothing."""
    from django.db import connections

    settings = connections["default"].settings_dict["OPTIONS"]
    settings["init_command"] = settings["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    connections.close_all()
    found = _cut(options, folder)
    return found | {"good": bool(found["wrong"])}


def _cut(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from benchmarks.field.disk import Disk
    from django.db import connections

    world = build(voters=options.voters, statements=options.statements)
    connections.close_all()
    os.sync()
    machine = Disk(folder.parent.parent, megabytes=0)
    return _die_often(world, options, options.cuts, machine.pull)


# Over HTTP -------------------------------------------------------------------------------------------
def http(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Votes of browsers, and votes each followed by the next page."""
    del folder
    from django.db import connection, connections

    world = build(voters=options.voters, statements=options.statements)
    vendor = connection.vendor
    connections.close_all()
    found: dict[str, Any] = {"database": vendor, "connections": options.connections, "threads": 8}
    numbers, said = itertools.count(), list[int]()
    with server(options.processes) as port:
        clients = Clients(world, port, numbers, said)
        clients.run(options.connections, min(2.0, options.http_seconds), follow=False)
        for name, follow in (("votes", False), ("votes_and_next_page", True)):
            before = resource.getrusage(resource.RUSAGE_SELF)
            figures = clients.run(options.connections, options.http_seconds, follow=follow)
            after = resource.getrusage(resource.RUSAGE_SELF)
            figures["clients_cpu_s"] = round(after.ru_utime - before.ru_utime, 2)
            found[name] = figures
    found["wrong"] = wrong(world, said, next(numbers))
    statuses = {status for name in ("votes", "votes_and_next_page") for status in found[name]["answers"]}
    return found | {"good": not found["wrong"] and statuses == {"302"}}


class Clients:
    """Browsers that keep their connection, each with a key; a new address after ``PER_ADDRESS`` votes."""

    def __init__(self, world: World, port: int, numbers: Iterator[int], said: list[int]) -> None:
        self.world, self.port, self.numbers, self.said = world, port, numbers, said
        self.addresses = itertools.count(2)

    def run(self, connections: int, seconds: float, *, follow: bool) -> dict[str, Any]:
        took, answers = list[float](), Counter[str]()
        began = time.perf_counter()
        asyncio.run(self._all(connections, began + seconds, took, answers, follow))
        passed = time.perf_counter() - began
        return {
            "votes": len(took),
            "votes_per_s": round(len(took) / passed, 1),
            "milliseconds": milliseconds(took),
            "answers": dict(answers),
        }

    async def _all(
        self, connections: int, end: float, took: list[float], answers: Counter[str], follow: bool
    ) -> None:
        await asyncio.gather(*(self._browser(end, took, answers, follow) for _ in range(connections)))

    async def _browser(self, end: float, took: list[float], answers: Counter[str], follow: bool) -> None:
        while time.perf_counter() < end:
            at = next(self.addresses)
            address = f"127.{1 + at // 62500}.{at // 250 % 250}.{1 + at % 250}"
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
            for _ in range(PER_ADDRESS):
                if time.perf_counter() >= end:
                    break
                number = next(self.numbers)
                began = time.perf_counter()
                status = await self._ask(reader, writer, self._vote(number))
                if follow:
                    voter = self.world.gesture(number)[0]
                    await self._ask(reader, writer, self._head("GET", voter) + b"\r\n")
                took.append(time.perf_counter() - began)
                answers[status] += 1
                if status == "302":
                    self.said.append(number)
            writer.close()

    def _head(self, method: str, voter: int) -> bytes:
        name, csrf = self.world.consultation_id.hex, "c" * 32
        return (
            f"{method} /debats/{self.world.consultation_id}/voter/ HTTP/1.1\r\nHost: localhost\r\n"
            f"Cookie: voix-{name}={self.world.key(voter)}; csrftoken={csrf}\r\nX-CSRFToken: {csrf}\r\n"
        ).encode()

    def _vote(self, number: int) -> bytes:
        voter, statement, value = self.world.gesture(number)
        body = f"number={statement}&choice={ {1: 'agree', 0: 'pass', -1: 'disagree'}[value] }"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        return self._head("POST", voter) + kind.encode()

    @staticmethod
    async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> str:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if "content-length" in lines:
            await reader.readexactly(int(lines["content-length"]))
        return head.split()[1]


@contextmanager
def server(processes: int) -> Iterator[int]:
    """gunicorn with the options of ``amiral serve``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    started = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "amiral.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--worker-class", "gthread", "--workers", str(processes), "--threads", "8", "--timeout", "120",
            "--no-control-socket", "--log-level", "warning",
        ],
        cwd=ROOT,
    )  # fmt: skip
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        started.terminate()
        started.wait(timeout=60)


# All of it -------------------------------------------------------------------------------------------
def part(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One part in a process of its own, on a fresh database."""
    from benchmarks.field.disk import Disk, reason_against

    needs_disk = name in ("cuts", "careless")
    if needs_disk and os.environ.get("AMIRAL_DATABASE_URL"):
        return {"skipped": "cuts are for SQLite here; for PostgreSQL see benchmarks.field.power"}
    if needs_disk and (reason := reason_against()):
        return {"skipped": reason}
    with tempfile.TemporaryDirectory(prefix=f"votes-{name}-", dir=options.folder) as place:
        machine = Disk(Path(place), megabytes=192) if needs_disk else None
        try:
            if machine is not None:
                machine.create()
            state = machine.place / "state" if machine is not None else Path(place) / "state"
            words = [f"--{key.replace('_', '-')}={value}" for key, value in vars(options).items() if value]
            command = [sys.executable, "-m", "benchmarks.debate.votes", *words, f"--inside={name}:{state}"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        finally:
            if machine is not None:
                machine.unmount()


def inside(options: argparse.Namespace) -> dict[str, Any]:
    """The part itself."""
    name, _, state = options.inside.partition(":")
    set_up(Path(state))
    act: Callable[[argparse.Namespace, Path], dict[str, Any]] = globals()[name]
    return act(options, Path(state))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--short-seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, default=32, help="People who wait for an answer at a time.")
    parser.add_argument("--voters", type=int, default=20_000)
    parser.add_argument("--statements", type=int, default=100)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--http-seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--processes", type=int, default=1, help="Of the server; more need PostgreSQL.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="On the disk that is measured.")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(inside(options)))
        return 0
    found = {name: part(name, options) for name in PARTS if name in options.parts.split(",")}
    print(json.dumps(found | {"options": vars(options)}, indent=2, ensure_ascii=False))
    return 0 if all(one.get("good", True) for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
