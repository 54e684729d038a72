"""The product's notebook in a real browser, with everything going wrong at once.

    python -m benchmarks.field.chaos --browser chromium --visits 1000 --lives 12 --folder DIR
    python -m benchmarks.field.chaos --browser chromium --careless --folder DIR      # must lose something

Two tabs record visits at the real server through a network of which six answers in ten are faulty: the
request is lost, the answer is lost, 500, 503, garbage, or the request arrives twice. Between two lives the
browser is killed with SIGKILL; where a disk can be mounted (root), its profile lies on one whose power goes
(``disk.py``), after a while without any network. What the page said to be kept must arrive once.
``--careless`` lets the notebook write with ``durability: "relaxed"``: then Chromium and Firefox must lose
something. WebKitGTK waits for the disk in either case, so there it may not.
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
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from . import browsers, progress
from .disk import Disk
from .disk import reason_against as no_disk
from .handset import PATH, Line, NoAnswer
from .killing import prepared
from .oracle import is_good
from .serving import ROOT, Web, environment, run
from .world import PhoneCard

LOG = ROOT / "src/amiral/rooms/field/static/field/log"
PAGE = Path(__file__).parent / "page"
KINDS = {".js": "text/javascript", ".html": "text/html; charset=utf-8"}
FAULTS = ("request lost", "answer lost", "500", "503", "garbage", "twice")
GARBAGE = (b"", b"<html>proxy error</html>", b'{"answers": {"', b"null", b"[]", b'{"answers": 3}')
FAULTY = 0.6
PATIENCE_S = 180.0


class Office:
    """Gives out orders, passes batches on (badly), and keeps account of what was said to be kept."""

    def __init__(self, card: PhoneCard, *, port: int, durability: str, seed: int | None = None) -> None:
        self.card, self.port, self.durability = card, port, durability
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.kept: dict[str, dict[str, Any]] = {}
        self.met: Counter[str] = Counter()
        self.wanted = 0
        self.faulty = FAULTY
        self.offline = False
        self.tabs: set[str] = set()
        self.pages = 0
        self.drained: dict[str, dict[str, Any]] = {}
        self.problems: list[str] = []

    def plan(self) -> dict[str, Any]:
        card = self.card
        with self.lock:
            self.pages += 1
        return {"device": card.device, "key": card.key, "token": card.token, "durability": self.durability}

    def next(self, said: dict[str, Any]) -> dict[str, Any]:
        """Takes note of what was kept, and says what to record next; nothing: send what is left."""
        with self.lock:
            self.tabs.add(str(said["tab"]))
            self.kept.update({event["id"]: event for event in said.get("kept", ())})
            return {"body": self._body()} if len(self.kept) < self.wanted else {}

    def _body(self) -> dict[str, Any]:
        dice, door = self.chance.random(), self.chance.choice(self.card.doors)
        seen = [one for one in self.kept.values() if one["kind"] == "visit"] if dice < 0.15 else []
        outcome = self.chance.choice(["nobody", "refused", "talked", "come-back", "leaflet-left"])
        if dice < 0.05 and seen:
            target = self.chance.choice(seen)
            return {"kind": "void", "door": target["door"], "target": target["id"]}
        if dice < 0.15 and seen:
            target = self.chance.choice(seen)
            return {"kind": "visit", "door": target["door"], "outcome": outcome, "replaces": target["id"]}
        units = {"units": [f"{self.chance.randrange(5)}.1"]} if dice > 0.6 else {}
        return {"kind": "visit", "door": door, "outcome": outcome, **units}

    def pass_on(self, body: bytes) -> tuple[int, bytes] | None:
        """The answer of the server as the phone gets it; None: the connection breaks."""
        with self.lock:
            faulty = self.chance.random() < self.faulty
            fault = "request lost" if self.offline else self.chance.choice(FAULTS) if faulty else "good"
            garbage = self.chance.choice(GARBAGE)
            self.met[fault] += 1
        if fault == "request lost":
            return None
        if fault in ("500", "503"):
            return int(fault), b"Not now."
        answer = self._ask(body)
        if fault == "twice":
            answer = self._ask(body)
        if fault == "answer lost":
            return None
        return (200, garbage) if fault == "garbage" else answer

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        line = Line(self.port)
        try:
            return 200, json.dumps(line.post(self.card.token, body)).encode()
        except NoAnswer as problem:
            self.met[f"server: {problem}"] += 1
            return 503, str(problem).encode()
        finally:
            line.close()


def _handler(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            folder = {"log": LOG, "page": PAGE}.get(path.split("/")[1] or "page")
            file = folder / (path.rsplit("/", 1)[-1] or "index.html") if folder else None
            if file is None or not file.is_file():
                self._say(404, b"", "text/plain")
            else:
                self._say(200, file.read_bytes(), KINDS[file.suffix])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == PATH:
                answer = office.pass_on(body)
                if answer:
                    self._say(*answer, "application/json")
                return
            said = json.loads(body)
            self._say(200, json.dumps(self._answer(said)).encode(), "application/json")

        def _answer(self, said: dict[str, Any]) -> dict[str, Any]:
            if self.path == "/plan":
                return office.plan()
            if self.path == "/next":
                return office.next(said)
            if self.path == "/drained":
                office.drained[said["tab"]] = said
            if self.path == "/problem":
                office.problems.append(said["problem"])
            return {}

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    return Handler


@contextmanager
def listening(office: Office) -> Iterator[str]:
    """The office behind an address that never changes, so that the browser's store stays the same."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(office))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def prove(
    *, browser: str, visits: int, lives: int, careless: bool, folder: Path, pull: bool = True
) -> dict[str, Any]:
    """The whole test, or why it is skipped."""
    if reason := browsers.reason_against(browser):
        return {"skipped": reason}
    unmountable = no_disk() if pull else "not asked for"
    if careless and unmountable:
        return {"skipped": unmountable}
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(state=folder / "state")
    world = prepared(folder, env, teams=1, phones=1, doors=40)
    web = Web(env=env)
    web.start()
    disk = Disk(folder / "phone", megabytes=512)
    office = Office(world.phones[0], port=web.port, durability="relaxed" if careless else "strict")
    try:
        if not unmountable:
            disk.create()
        with browsers.screen() as display, listening(office) as address:
            profile = (disk.place if not unmountable else folder) / "profile"
            one = browsers.Browser(browser, profile, display)
            try:
                deaths = _lives(office, one, address, visits, lives, None if unmountable else disk)
            finally:
                one.kill()
        found = _compared(office, folder, env)
    finally:
        web.stop()
        disk.remove()
    found |= {"browser": browsers.version(browser), "durability": office.durability, "deaths": deaths}
    found |= {"network": dict(office.met), "tabs": len(office.tabs)}
    if unmountable:
        found["battery"] = f"not pulled: {unmountable}"
    if office.pages > 2 * (lives + 1):
        office.problems.append(f"{office.pages} pages were opened: the browser has more than two tabs")
    found["problems"] = office.problems[:3]
    fine = is_good(found) and not office.problems and found["numbers_without_gap"]
    seen = found["lost"] > 0 or browser == "webkit"
    return found | {"good": seen if careless else fine}


def _lives(
    office: Office, browser: browsers.Browser, address: str, visits: int, lives: int, disk: Disk | None
) -> dict[str, int]:
    """Every life but the last ends in a sudden death; the last one ends when all is sent."""
    deaths: Counter[str] = Counter()
    bar = progress.Bar(f"visits kept in {browser.engine}", visits)
    addresses = [f"{address}/?tab={number}" for number in (1, 2)]
    office.wanted = visits
    for life in range(lives):
        browser.start(addresses)
        goal = int(visits * (life + 1) / (lives + 1))
        _wait(office, lambda goal=goal: len(office.kept) >= goal, bar)  # type: ignore[misc]  # bound now
        office.offline = True
        _wait(office, lambda goal=goal: len(office.kept) >= goal + visits / lives / 4, bar)  # type: ignore[misc]  # as above
        browser.kill()
        if disk and life % 2 == 0:
            disk.pull()
        deaths["battery pulled" if disk and life % 2 == 0 else "killed"] += 1
        office.offline = False
    browser.start(addresses)
    _wait(office, lambda: len(office.kept) >= visits, bar)
    office.faulty = 0.0
    _wait(office, lambda: len(office.drained) == 2, bar)
    return dict(deaths)


def _wait(office: Office, reached: Any, bar: progress.Bar) -> None:
    last, began = -1, time.monotonic()
    while not reached():
        if len(office.kept) != last:
            last, began = len(office.kept), time.monotonic()
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"The browser does nothing any more: {office.problems[:2]}")
        bar.at(min(last, bar.of - 1))
        time.sleep(0.02)


def _compared(office: Office, folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """What was said to be kept and what the phone has, beside the server's log."""
    phones = folder / "phones"
    phones.mkdir(exist_ok=True)
    log = {event["id"]: event for said in office.drained.values() for event in said["log"]}
    own = {
        id_: event for id_, event in {**log, **office.kept}.items() if event["device"] == office.card.device
    }
    with (phones / f"{UUID(office.card.device)}.jsonl").open("w", encoding="ascii") as file:
        for event in own.values():
            file.write(json.dumps(event) + "\n")
        file.write(json.dumps({"ack": list(office.kept)}) + "\n")
    found: dict[str, Any] = json.loads(run("benchmarks.field.oracle", str(phones), "--all", env=env))
    found["said_to_be_kept"] = found.pop("acknowledged")
    found["gone_from_phone"] = len(office.kept.keys() - log.keys())
    found["numbers_without_gap"] = max(said["seq"] for said in office.drained.values()) == len(log)
    return found


def main() -> None:
    """Prove and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--browser", choices=["chromium", "firefox", "webkit"], default="chromium")
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--lives", type=int, default=12, help="Sudden deaths.")
    parser.add_argument("--careless", action="store_true")
    parser.add_argument("--no-pull", action="store_true", help="Kill only.")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    found = prove(
        browser=options.browser,
        visits=options.visits,
        lives=options.lives,
        careless=options.careless,
        folder=options.folder,
        pull=not options.no_pull,
    )
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
