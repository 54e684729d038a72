"""The app's own screens in a real Chromium, tapped as a volunteer taps, with everything going wrong at once.

    python -m benchmarks.field.chaos_app --visits 300 --lives 6 --folder DIR

``chaos`` drives the notebook; here somebody types the number of his list, and taps from the list to a door,
an outcome, the next door; now and then he takes a visit back or corrects one. Six answers in ten to what the
app sends are faulty. In each life the server is killed (SIGKILL) and stays away for some taps, and at the end
of it the browser is killed. Of what the screen said to be kept nothing may be missing on the server, and
nothing may be there twice or that was never tapped.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Error, Page, sync_playwright

from . import browsers, progress
from .chaos import FAULTS, FAULTY, GARBAGE
from .handset import PATH
from .killing import prepared
from .oracle import is_good
from .serving import Web, environment, run

PATIENCE_S = 120.0
AWAY_TAPS = 3
"""So many taps are made while the server is dead."""
HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}

LOG = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const names = (await indexedDB.databases()).map((one) => one.name);
  const name = names.find((one) => one.startsWith("amiral-log-"));
  if (!name) return null;
  const { open } = await import("/static/field/log/store.js");
  const store = await open(name);
  const phone = await store.load();
  store.database.close();
  return phone && { device: phone.device, unsent: phone.unsent.size, log: [...phone.log.values()] };
}"""


@dataclass
class Line:
    """What lies between the app and the server: an address that stays, and a network that does not."""

    port: int
    chance: random.Random
    faulty: float = FAULTY
    met: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, path: str) -> str:
        """What becomes of a request; everything but the exchange arrives as long as the server is there."""
        with self.lock:
            is_exchange = path == PATH
            wrong = is_exchange and self.chance.random() < self.faulty
            found = self.chance.choice(FAULTS) if wrong else "good"
            if is_exchange:
                self.met[found] += 1
            return found

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """The server's answer. ``OSError`` when it is away."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _handler(line: Line) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            fault = line.fault(self.path)
            try:
                if fault in ("500", "503"):
                    self._say(int(fault), [], b"Not now.")
                    return
                if fault != "request lost":
                    answer = line.ask(self.command, self.path, headers, body)
                    if fault == "twice":
                        answer = line.ask(self.command, self.path, headers, body)
                    if fault == "garbage":
                        answer = 200, [("Content-Type", "application/json")], line.chance.choice(GARBAGE)
                    if fault != "answer lost":
                        self._say(*answer)
                        return
            except (OSError, http.client.HTTPException):
                line.met["server away"] += self.path == PATH
            self.close_connection = True

        def __getattr__(self, name: str) -> Any:
            """Every method is passed on in one way."""
            if name.startswith("do_"):
                return self._pass_on
            raise AttributeError(name)

        def _say(self, status: int, headers: Any, body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    return Handler


@contextmanager
def _listening(line: Line) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(line))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Volunteer:
    """Taps, and keeps account of what the screen said to be kept. ``device`` is told by the phone itself."""

    chance: random.Random
    bar: progress.Bar
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    taps: Counter[str] = field(default_factory=Counter)
    device: str = ""

    def begin(self, page: Page, address: str, number: str) -> None:
        """Opens the app: with the number of the list the first time, with what the phone holds afterwards."""
        page.goto(f"{address}/terrain/app/en/", timeout=PATIENCE_S * 1000)
        page.wait_for_selector("#number, .doorrow, .doorpage", timeout=PATIENCE_S * 1000)
        if page.locator("#number").count():
            page.fill("#number", number)
            page.click("form button")
            try:
                page.wait_for_selector(".doorrow", timeout=PATIENCE_S * 1000)
            except Error:
                raise SystemExit(f"The list does not open: {page.inner_text('body')}") from None

    def tap(self, page: Page) -> None:
        """One gesture of a walk, until the screen says that it is kept."""
        if not page.locator(".doorpage").count():
            page.click("[data-key=next]")
            page.wait_for_selector("[data-outcome]")
        dice = self.chance.random()
        if dice < 0.08 and page.locator("[data-key=undo]").count():
            self._kept(page, "taken back", lambda: page.click("[data-key=undo]"))
            return
        if dice < 0.16 and page.locator("[data-key^=correct-]").count():
            page.locator("[data-key^=correct-]").first.click()
            self._kept(page, "corrected", lambda: self._outcome(page))
            return
        if dice < 0.3 and page.locator("[data-key=whole]").count():
            page.click("[data-key=whole]")
        self._kept(page, "recorded", lambda: self._outcome(page))

    def _outcome(self, page: Page) -> None:
        outcome = self.chance.choice(["nobody", "refused", "talked", "come-back", "leaflet-left"])
        page.click(f"[data-outcome={outcome}]")

    def _kept(self, page: Page, what: str, act: Any) -> None:
        before = {event["id"] for event in self._log(page)}
        act()
        began = time.monotonic()
        while not (fresh := [event for event in self._log(page) if event["id"] not in before]):
            if time.monotonic() - began > PATIENCE_S:
                raise SystemExit(f"A tap was not kept: {page.locator('.app__top').inner_text()}")
            time.sleep(0.02)
        page.wait_for_selector(".app__kept-inner:not(.app__kept-inner--problem)")
        own = [event for event in fresh if event["device"] == self.device]
        self.kept.update({event["id"]: event for event in own})
        self.taps[what] += 1
        self.bar.at(min(len(self.kept), self.bar.of - 1))

    def _log(self, page: Page) -> list[dict[str, Any]]:
        found = page.evaluate(LOG)
        self.device = found["device"]
        log: list[dict[str, Any]] = found["log"]
        return log

    def send_all(self, page: Page) -> dict[str, Any]:
        """Asks for sending until the page says that nothing is left; what lies on the phone then."""
        page.evaluate("() => { window.location.hash = '#etat'; }")
        began = time.monotonic()
        while (found := page.evaluate(LOG))["unsent"]:
            if time.monotonic() - began > PATIENCE_S:
                raise SystemExit("What is on the phone does not leave it.")
            with suppress(Error):
                page.click("[data-key=send]", timeout=2000)
            time.sleep(0.1)
        page.wait_for_selector("[data-unsent='0']", state="attached")
        return dict(found)


def prove(*, visits: int, lives: int, folder: Path, seed: int | None = None) -> dict[str, Any]:
    """The whole test, or why it is skipped."""
    if reason := browsers.reason_against("chromium"):
        return {"skipped": reason}
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(state=folder / "state")
    world = prepared(folder, env, teams=1, phones=1, doors=max(10, visits))
    web = Web(env=env)
    web.start()
    chance = random.Random(seed)
    line = Line(web.port, chance)
    somebody = Volunteer(chance, progress.Bar("visits tapped in Chromium", visits))
    try:
        with browsers.screen() as display, _listening(line) as address:
            options = ("--remote-debugging-port=0", "--remote-allow-origins=*")
            one = browsers.Browser("chromium", folder / "profile", display, options)
            try:
                deaths, left = _lives(
                    one, web, line, somebody, address, world.phones[0].number, visits, lives
                )
            finally:
                one.kill()
        found = _compared(somebody, left, folder, env)
    finally:
        web.stop()
    found |= {"browser": browsers.version("chromium"), "deaths": deaths, "network": dict(line.met)}
    return found | {"taps": dict(somebody.taps), "good": is_good(found) and not found["gone_from_phone"]}


def _lives(
    one: browsers.Browser,
    web: Web,
    line: Line,
    somebody: Volunteer,
    address: str,
    number: str,
    visits: int,
    lives: int,
) -> tuple[dict[str, int], dict[str, Any]]:
    deaths: Counter[str] = Counter()
    for life in range(lives + 1):
        is_last = life == lives
        with _page(one) as page:
            somebody.begin(page, address, number)
            goal = visits * (life + 1) // (lives + 1) - AWAY_TAPS
            while len(somebody.kept) < goal:
                somebody.tap(page)
            if not is_last:
                web.kill()
                deaths["server killed"] += 1
                for _ in range(AWAY_TAPS):
                    somebody.tap(page)
                web.start()
                somebody.tap(page)
                one.kill()
                deaths["browser killed"] += 1
                continue
            while len(somebody.kept) < visits:
                somebody.tap(page)
            line.faulty = 0.0
            return dict(deaths), somebody.send_all(page)
    raise AssertionError


@contextmanager
def _page(one: browsers.Browser) -> Iterator[Page]:
    """The only page of a browser that was just started; it may be killed meanwhile."""
    port = one.profile / "DevToolsActivePort"
    port.unlink(missing_ok=True)
    one.start(["about:blank"])
    began = time.monotonic()
    while not port.exists() or len(port.read_text().splitlines()) < 2:
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit("Chromium does not start.")
        time.sleep(0.02)
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().splitlines()[0]}")
        context = browser.contexts[0]
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.pages[0] if context.pages else context.new_page()
        yield page
        with suppress(Error):
            browser.close()


def _compared(somebody: Volunteer, left: dict[str, Any], folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """What was said to be kept and what the phone has, beside the server's log."""
    phones = folder / "phones"
    phones.mkdir(exist_ok=True)
    log = {event["id"]: event for event in left["log"] if event["device"] == somebody.device}
    with (phones / f"{UUID(somebody.device)}.jsonl").open("w", encoding="ascii") as file:
        for event in {**log, **somebody.kept}.values():
            file.write(json.dumps(event) + "\n")
        file.write(json.dumps({"ack": list(somebody.kept)}) + "\n")
    found: dict[str, Any] = json.loads(run("benchmarks.field.oracle", str(phones), "--all", env=env))
    found["said_to_be_kept"] = found.pop("acknowledged")
    found["gone_from_phone"] = len(somebody.kept.keys() - log.keys())
    return found


def main() -> None:
    """Prove and print."""
    progress.end_properly()
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=300)
    parser.add_argument("--lives", type=int, default=6, help="Kills of the server and of the browser.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    found = prove(visits=options.visits, lives=options.lives, folder=options.folder, seed=options.seed)
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
