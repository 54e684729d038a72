"""Two phones, one of them with a clock ten years late or early: the same log, answers and state.

    python -m benchmarks.field.clock --visits 2000 --folder DIR

The second phone runs under libfaketime where that is installed (a real process with a false clock), and is
given a false clock elsewhere. Its three lives start from copies of one database, so that everything but the
clock is the same. Prints JSON with the digests of what the server has, which must be equal.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

from . import progress
from .handset import Handset, Line, NoAnswer
from .killing import prepared
from .oracle import is_good, read
from .serving import Web, environment, run
from .world import PLACE, load

DAYS = {"right": 0, "late": -3653, "early": 3653}
"""How far the second phone's clock is off."""

ROUNDS, BATCH = 4, 20


def faketime() -> str:
    """The library that falsifies clocks; empty when it is not installed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return str(found[0]) if found else ""


def prove(*, visits: int, folder: Path) -> dict[str, Any]:
    """The whole test."""
    base = folder / "base"
    prepared_in = environment(state=base / "state")
    base.mkdir(parents=True, exist_ok=True)
    prepared(base, prepared_in, teams=1, phones=2, doors=40)
    lives = {name: _life(base, folder / name, visits, days) for name, days in DAYS.items()}
    return {
        "visits_each": visits,
        "false_clock": "libfaketime" if faketime() else "given",
        "years_told": {name: found["years"] for name, found in lives.items()},
        "states": {name: found["state"] for name, found in lives.items()},
        "acknowledged": sum(found["acknowledged"] for found in lives.values()),
        **{name: sum(found[name] for found in lives.values()) for name in ("lost", "double", "extra")},
        "good": all(map(is_good, lives.values())) and len({found["state"] for found in lives.values()}) == 1,
    }


def _life(base: Path, place: Path, visits: int, days: int) -> dict[str, Any]:
    """The pair walks in a database of its own: what the oracle says, and a digest of all but clocks."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base, place)
    (place / "phones").mkdir()
    env = environment(state=place / "state")
    web = Web(env=env)
    web.start()
    try:
        for number in range(ROUNDS):
            for who in (0, 1):
                _phone(place, who, web.port, visits // ROUNDS // 2, number, days * who)
        found: dict[str, Any] = json.loads(
            run("benchmarks.field.oracle", str(place / "phones"), "--all", env=env)
        )
        digest = run("benchmarks.field.clock", "--digest", env=env).strip()
    finally:
        web.stop()
    told = read(place / "phones")[0].values()
    return found | {"state": digest, "years": dict(Counter(said["at"][:4] for said in told))}


def _phone(place: Path, who: int, port: int, visits: int, number: int, days: int) -> None:
    """A phone in a process of its own, whose clock is off by ``days``."""
    library, env = faketime(), environment(state=place / "state")
    if library and days:
        env |= {"LD_PRELOAD": library, "FAKETIME": f"{days:+d}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        days = 0
    arguments = [str(place), str(who), str(port), str(visits), str(number), str(days)]
    run("benchmarks.field.clock", "--phone", *arguments, env=env)


def live(place: Path, who: int, port: int, visits: int, number: int, days: int) -> None:
    """Record and send, by a clock that this process believes."""
    card = load(place / "world.json").phones[who]
    phone, line = Handset(card, place / "phones"), Line(port)
    phone.chance.seed(f"{who}/{number}")
    for i in range(visits):
        now = datetime.now(UTC) + timedelta(days=days)
        at, id_ = now.strftime("%Y-%m-%dT%H:%M:%SZ"), uuid5(PLACE, f"{card.device}/{number}/{i}")
        phone.record(phone.make(), id=id_, at=at)
        if i % BATCH == BATCH - 1 or i == visits - 1:
            _send(phone, line)
    phone.close()
    line.close()


def _send(phone: Handset, line: Line) -> None:
    while phone.phone.unsent:
        try:
            phone.exchange(line.post)
        except NoAnswer:
            continue


def digest() -> str:
    """Of log, answers and visits that count, without any clock."""
    from amiral.rooms.field.models import LogEntry, Visit

    rows = LogEntry.objects.order_by("pk").values_list(
        "pk", "device_id", "seq", "lam", "door", "status", "why"
    )
    counted = Visit.objects.order_by("pk").values_list("pk", "door_id", "outcome", "lam")
    said = json.dumps([[list(map(str, row)) for row in rows], [list(map(str, row)) for row in counted]])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def main() -> None:
    """Prove and print; or be one of the processes of the proof."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--phone", nargs=6, help=argparse.SUPPRESS)
    parser.add_argument("--digest", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phone:
        place, *numbers = options.phone
        live(Path(place), *map(int, numbers))
    elif options.digest:
        import django

        django.setup()
        print(digest())
    else:
        json.dump(prove(visits=options.visits, folder=options.folder), sys.stdout)
        print()


if __name__ == "__main__":
    main()
