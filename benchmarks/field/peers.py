"""Batches beside one HTTP request for each visit, the way other field tools send them, on the same server.

    python -m benchmarks.field.peers --visits 2000 --folder DIR

Three ways to bring the same number of visits: fifty in a request; one in a request on an open connection; one
in a request on a connection of its own. Prints JSON: visits a second and the server's processor milliseconds
for each visit (which a busy machine changes less).
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import progress
from .handset import Handset, Line, body_of
from .killing import engine, prepared
from .serving import Web, environment
from .storm import processor_s

SENDERS = 4
OF_A_PHONE = 100
"""Visits that one phone brings: below the rate limit of a phone even one by one."""

WAYS = {"fifty": (50, True), "one": (1, True), "one, own connection": (1, False)}

Delivery = tuple[str, bytes]
"""Token and body of a request."""


def prove(*, engine_name: str, visits: int, folder: Path) -> dict[str, Any]:
    """The whole comparison."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "phones").mkdir(exist_ok=True)
    phones = -(-visits // OF_A_PHONE)
    with engine(engine_name, folder) as (url, database):
        env = environment(state=folder / "state", database=url)
        world = prepared(folder, env, teams=phones * len(WAYS) + SENDERS, phones=1, doors=60)
        handsets = [Handset(card, folder / "phones") for card in world.phones]
        web = Web(env=env, processes=2 if database else 1)
        web.start()
        try:
            _brought(web, handsets[-SENDERS:], 50, True)  # the first requests load what is loaded once
            ways = {
                name: _brought(web, handsets[i * phones : (i + 1) * phones], size, keep)
                for i, (name, (size, keep)) in enumerate(WAYS.items())
            }
        finally:
            web.stop()
            for handset in handsets:
                handset.close()
    times = ways["fifty"]["visits_per_s"] / ways["one"]["visits_per_s"]
    return {
        "engine": engine_name,
        "visits": phones * OF_A_PHONE,
        "ways": ways,
        "times": round(times, 1),
        "good": times > 1,
    }


def _brought(web: Web, phones: list[Handset], size: int, keep: bool) -> dict[str, float]:
    shares = [[one for phone in phones[i::SENDERS] for one in _requests(phone, size)] for i in range(SENDERS)]
    senders = [threading.Thread(target=_send, args=[web.port, share, keep]) for share in shares]
    before, began = processor_s(web), time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds, spent = time.monotonic() - began, processor_s(web) - before
    count = OF_A_PHONE * len(phones)
    return {"visits_per_s": round(count / seconds, 1), "processor_ms": round(spent * 1000 / count, 3)}


def _requests(phone: Handset, size: int) -> list[Delivery]:
    made = [phone.record(phone.make()) for _ in range(OF_A_PHONE)]
    return [
        (phone.card.token, body_of(phone.phone, tuple(made[i : i + size]), phone.has))
        for i in range(0, OF_A_PHONE, size)
    ]


def _send(port: int, share: list[Delivery], keep: bool) -> None:
    line = Line(port)
    for token, body in share:
        answers = line.post(token, body)["answers"].values()
        assert all(one["status"] == "stored" for one in answers), answers
        if not keep:
            line.close()
    line.close()


def main() -> None:
    """Compare and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    json.dump(prove(engine_name=options.engine, visits=options.visits, folder=options.folder), sys.stdout)
    print()


if __name__ == "__main__":
    main()
