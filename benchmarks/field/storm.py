"""The whole team comes back at once: phones that were without network for a day reconnect in one minute.

    python -m benchmarks.field.storm --phones 1000 --visits 60 --folder DIR
    python -m benchmarks.field.storm --engine postgres --phones 20000 --visits 40 --folder DIR

Every phone recorded its visits alone, under a clock that may be wrong by ten years; each opens a connection
of its own at its moment of the minute and sends batches of fifty, of which three in ten are sent again.
Phones and server share the machine. Prints JSON: seconds from the first connection to the last
acknowledgement, events a second, answer times, and whether the state is the oracle's.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from amiral.cores.sync import batch

from . import progress
from .handset import Handset, Line, NoAnswer, body_of
from .killing import engine, prepared
from .oracle import is_good
from .serving import Web, children, environment, run
from .world import PhoneCard, World

MINUTE_S = 60.0
DUPLICATED = 0.3
LONGEST_WAIT_S = 20.0


class Phone:
    """A phone that comes back: its batches, ready to leave. Only their bytes are kept in memory."""

    def __init__(self, card: PhoneCard, folder: Path, visits: int) -> None:
        self.card, self.folder = card, folder
        handset = Handset(card, folder)
        try:
            for _ in range(visits - handset.phone.seq):
                handset.record(handset.make())
            self.bodies = list(_bodies(handset))
        finally:
            handset.close()

    def acknowledged(self, ids: list[str]) -> None:
        with (self.folder / f"{self.card.device}.jsonl").open("a", encoding="ascii") as file:
            file.write(json.dumps({"ack": ids}) + "\n")


def _bodies(handset: Handset) -> Iterator[bytes]:
    phone = handset.phone
    while waiting := batch(phone):
        yield body_of(phone, waiting, handset.has)
        gone = frozenset(one.event.id for one in waiting)
        phone = type(phone)(
            device=phone.device,
            key=phone.key,
            seq=phone.seq,
            lam=phone.lam,
            log=phone.log,
            unsent=phone.unsent - gone,
        )


class Crowd:
    """Phones that arrive over a minute, at most ``at_once`` of them in conversation."""

    def __init__(self, phones: list[Phone], *, port: int, at_once: int, within_s: float) -> None:
        self.chance = random.Random(0)
        moments = sorted(self.chance.random() * within_s for _ in phones)
        self.queue = iter(list(zip(moments, phones, strict=True)))
        self.port, self.lock = port, threading.Lock()
        self.times: list[float] = []
        self.answers: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.done = self.requests = self.bytes_out = self.bytes_in = 0
        self.bar = progress.Bar("phones back", len(phones))
        self.of = len(phones)
        self.threads = [threading.Thread(target=self._work) for _ in range(at_once)]

    def run(self) -> float:
        """Seconds until the last phone has its last answer."""
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        return time.monotonic() - self.began

    def _work(self) -> None:
        while True:
            with self.lock:
                moment, phone = next(self.queue, (0.0, None))
            if phone is None:
                return
            time.sleep(max(0.0, self.began + moment - time.monotonic()))
            line = Line(self.port, timeout_s=120)
            for body in phone.bodies:
                self._deliver(phone, line, body)
                if self.chance.random() < DUPLICATED:
                    self._deliver(phone, line, body)
            line.close()
            with self.lock:
                self.done += 1
                self.bar.at(self.done)

    def _deliver(self, phone: Phone, line: Line, body: bytes) -> None:
        while True:
            began = time.monotonic()
            try:
                answer = line.post(phone.card.token, body)
            except NoAnswer as problem:
                with self.lock:
                    self.failed[str(problem)] += 1
                time.sleep(min(max(problem.wait_s, 0.2), LONGEST_WAIT_S))
                continue
            statuses = Counter(one["status"] for one in answer["answers"].values())
            kept = [i for i, one in answer["answers"].items() if one["status"] in KEPT_WORDS]
            with self.lock:
                self.times.append(time.monotonic() - began)
                self.answers += statuses
            phone.acknowledged(kept)
            return


KEPT_WORDS = frozenset({"stored", "duplicate", "quarantined"})


def prove(
    *, engine_name: str, phones: int, visits: int, at_once: int, within_s: float, folder: Path
) -> dict[str, Any]:
    """The whole test."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "phones").mkdir(exist_ok=True)
    with engine(engine_name, folder) as (url, database):
        env = environment(state=folder / "state", database=url)
        world = prepared(folder, env, teams=phones // 2, phones=2, doors=20)
        crowd_of = list(_made(world, folder / "phones", visits))
        web = Web(env=env, processes=2 if database else 1)
        web.start()
        try:
            crowd = Crowd(crowd_of, port=web.port, at_once=at_once, within_s=within_s)
            before = processor_s(web)
            seconds = crowd.run()
            spent = processor_s(web) - before
            found = json.loads(run("benchmarks.field.oracle", str(folder / "phones"), "--all", env=env))
        finally:
            web.stop()
    events = phones * visits
    times = quantiles(crowd.times, n=100)
    return found | {
        "engine": engine_name,
        "phones": phones,
        "events": events,
        "seconds": round(seconds, 1),
        "events_per_s": round(events / seconds),
        "events_sent_per_s": round(sum(crowd.answers.values()) / seconds),
        "server_processor_ms_per_event": round(spent * 1000 / sum(crowd.answers.values()), 3),
        "answers": dict(crowd.answers),
        "failed_requests": dict(crowd.failed),
        "answer_ms": {"p50": _ms(times[49]), "p95": _ms(times[94]), "p99": _ms(times[98])},
        "at_once": at_once,
        "good": is_good(found),
    }


def _made(world: World, folder: Path, visits: int) -> Iterator[Phone]:
    bar = progress.Bar("phones made", len(world.phones))
    for done, card in enumerate(world.phones, start=1):
        yield Phone(card, folder, visits)
        bar.at(done)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def processor_s(web: Web) -> float:
    """Processor seconds of the server's processes so far: says more than the clock on a busy machine."""
    return sum(_processor_s(one) for one in [web.master, *children(web.master)])


def _processor_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> None:
    """Prove and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--visits", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--within", type=float, default=MINUTE_S, help="Seconds in which all come back.")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    found = prove(
        engine_name=options.engine,
        phones=options.phones,
        visits=options.visits,
        at_once=options.at_once,
        within_s=options.within,
        folder=options.folder,
    )
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
