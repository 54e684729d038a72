"""The field log in a real browser: the same bytes and state as the core; nothing lost, nothing doubled.

The page is empty: only the modules of the log are loaded, from a server that knows nothing of Django.
"""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Error, Page

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import (
    GREATEST,
    BadFrame,
    Event,
    Objection,
    Phone,
    Status,
    answered,
    batch,
    digest,
    exchanged,
    fold,
    frames,
    joined,
    learned,
    parse,
    record,
    sealed,
)
from amiral.cores.sync.phone import Sealed
from amiral.cores.sync.receive import Answer
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.cores.sync.making import DOORS, logs
from tests.cores.sync.world import Server

STATIC = Path(__file__).parents[2] / "src/amiral/rooms/field/static/field"
KEY = bytes(range(32))
DEVICE = UUID("018f0000-0000-7000-8000-00000000000d")
LOAD = """async () => {
  const names = ["events", "fold", "phone", "frames", "store", "notebook"];
  const modules = await Promise.all(names.map((name) => import(`/log/${name}.js`)));
  names.forEach((name, i) => { window[name] = modules[i]; });
}"""
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>log</title>")
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def loaded(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.evaluate(LOAD)
    return page


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context()
    yield loaded(context, address)
    context.close()


def said(log: list[Event]) -> list[dict[str, Any]]:
    return [sealed(event, KEY) for event in log]


@FEW
@given(log=logs(most=4))
def test_the_phone_writes_the_same_bytes(page: Page, log: list[Event]) -> None:
    there = page.evaluate(
        """async ([said, key]) => {
          const imported = await events.importKey(Uint8Array.from(key));
          return Promise.all(said.map(async (event) => [
            await events.digest(event), (await events.sealed(event, imported)).seal]));
        }""",
        [said(log), list(KEY)],
    )
    assert there == [[digest(event), sealed(event, KEY)["seal"]] for event in log]


@FEW
@given(log=logs())
def test_the_phone_shows_the_same_state(page: Page, log: list[Event]) -> None:
    there = page.evaluate(
        """(said) => {
          const state = fold.fold(said);
          return {
            doors: [...state.doors].map(([door, { last, units, counts }]) =>
              [door, last.id, [...units].map(([unit, event]) => [unit, event.id]), counts]),
            objections: [...state.objections],
          };
        }""",
        said(log),
    )
    here = fold(log)
    assert {door: (last, dict(units), counts) for door, last, units, counts in there["doors"]} == {
        str(door): (
            str(state.last.id),
            {unit: str(event.id) for unit, event in state.units.items()},
            {outcome.value: count for outcome, count in state.counts.items()},
        )
        for door, state in here.doors.items()
    }
    assert dict(there["objections"]) == {f"{turf} {point}": n for (turf, point), n in here.objections.items()}


@FEW
@given(own=logs(most=5), others=logs(most=8), lam=st.integers(0, 9) | st.just(GREATEST), data=st.data())
def test_the_phone_keeps_its_outbox_as_the_core_says(
    page: Page, own: list[Event], others: list[Event], lam: int, data: st.DataObject
) -> None:
    statuses = data.draw(st.dictionaries(st.sampled_from([UUID(int=i + 1) for i in range(9)]), statuses_))
    there = page.evaluate(
        """([device, own, others, answers, lam]) => {
          let one = phone.exchanged(phone.newPhone(device), own);
          one = phone.answered(one, answers);
          one = phone.learned(one, others, lam);
          one = phone.exchanged(one, others);
          const next = phone.nextEvent(one, {}, {});
          const ids = phone.batch(one).map((event) => event.id);
          return [ids, one.lam, [...one.troubles], one.log.size, next.lam];
        }""",
        [
            str(DEVICE),
            said(own),
            said(others),
            {str(id_): {"status": status.value, "why": None} for id_, status in statuses.items()},
            lam,
        ],
    )
    one = exchanged(Phone(device=DEVICE), _sealed(own))
    one = answered(one, {id_: Answer(status=status) for id_, status in statuses.items()})
    one = exchanged(learned(one, _sealed(others), lam=lam), _sealed(others))
    assert there[:2] == [[str(each.event.id) for each in batch(one)], one.lam]
    assert sorted(map(tuple, there[2])) == sorted((str(id_), why) for id_, why in one.troubles.items())
    body = Objection(turf=DEVICE, point=DEVICE)
    assert there[3:] == [len(one.log), record(one, body, id=DEVICE, at="")[1].lam]


statuses_ = st.sampled_from(Status)


def _sealed(log: list[Event]) -> list[Sealed]:
    return [Sealed(event=event, seal="") for event in log]


@FEW
@given(message=st.binary(max_size=2000), part=st.integers(20, 300))
def test_frames_go_from_phone_to_phone_and_to_the_core(page: Page, message: bytes, part: int) -> None:
    shown = page.evaluate(
        "async ([bytes, part]) => frames.frames(Uint8Array.from(bytes), part)", [list(message), part]
    )
    assert joined(reversed(shown)) == message
    read = page.evaluate(
        "async (texts) => [...await frames.joined(texts)]", list(frames(message, part=part))[::-1]
    )
    assert bytes(read) == message


@pytest.mark.parametrize("bad", ["", "AM1/00000000/1/1/GGW", "AM1/00000000/2/1/AA", "AM1/00000000/1/1/BB8"])
def test_a_false_frame_is_refused_on_the_phone_as_in_the_core(page: Page, bad: str) -> None:
    there = page.evaluate(
        "(text) => frames.joined([text]).then(() => 'read', (problem) => problem.constructor.name)", bad
    )
    assert there == "BadFrame"
    with pytest.raises(BadFrame):
        joined([bad])


class Office:
    """The server of the model, behind a bad network: requests and answers get lost, or come twice."""

    def __init__(self, chance: random.Random, faults: float) -> None:
        self.server = Server()
        self.server.disk.keys[DEVICE] = KEY
        self.server.disk.leased[DEVICE] = set(DOORS)
        self.chance, self.faults = chance, faults
        self.lock = threading.Lock()

    def send(self, request: dict[str, Any]) -> dict[str, Any] | None:
        with self.lock:
            fate = self.chance.random()
            if fate < self.faults / 3:
                return None
            if fate < self.faults * 2 / 3:
                self.server.handle(request, crash=self.chance.choice(["before", "after"]))
                return None
            if fate < self.faults:
                self.server.handle(request)
            answer = self.server.handle(request)
        assert answer is not None
        return {
            **answer,
            "answers": {
                id_: {"status": a.status.value, "why": a.why and a.why.value}
                for id_, a in answer["answers"].items()
            },
        }


OPEN = """async ([device, key]) => {
  const kept = await store.open("log");
  window.book = new notebook.Notebook(kept, { send: async (request) => {
    const answer = await window.send(request);
    if (!answer) throw new Error("no network");
    return answer;
  } });
  await book.enrol(device, await events.importKey(Uint8Array.from(key)));
}"""
WORK = """async ([doors, outcomes, count]) => {
  for (let i = 0; i < count; i += 1) {
    const event = await book.record({
      kind: "visit", door: doors[i % doors.length], outcome: outcomes[i % outcomes.length] });
    await window.told(event.id);
    if (i % 3 === 0) await book.flush();
  }
}"""
CIPHERED = """async () => {
  const boxes = await new Promise((resolve) => {
    const all = book.store.database.transaction("events").objectStore("events").getAll();
    all.onsuccess = () => resolve(all.result);
  });
  return boxes.map(({ box }) => new TextDecoder("latin1").decode(box)).join("");
}"""
LOOK = "async () => { const p = await book.phone(); return [p.seq, p.unsent.size, p.log.size]; }"


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser that uses the profile: nothing is closed properly."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"--user-data-dir={profile}" in (process / "cmdline").read_bytes().decode(errors="replace"):
                os.kill(int(process.name), signal.SIGKILL)


def start_work(context: BrowserContext, address: str, count: int) -> list[Page]:
    tabs = [loaded(context, address) for _ in range(2)]
    given = [list(map(str, DOORS)), [outcome.value for outcome in Outcome][:3], count]
    for tab in tabs:
        tab.evaluate(OPEN, [str(DEVICE), list(KEY)])
        tab.evaluate(f"(given) => {{ window.work = ({WORK})(given); }}", given)
    return tabs


def test_two_tabs_a_bad_network_and_a_killed_browser_lose_nothing(
    chromium: Browser, address: str, tmp_path: Path
) -> None:
    """Short version of the chaos: what was said to be kept arrives once, whatever happened."""
    office, kept, profile = Office(random.Random(7), faults=0.6), list[str](), tmp_path / "profile"
    for life in range(3):
        context = chromium.browser_type.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGUMENTS
        )
        context.expose_function("send", office.send)
        context.expose_function("told", lambda id_: kept.append(id_))
        tabs = start_work(context, address, 12 if life == 2 else 1000)
        if life < 2:
            tabs[0].wait_for_timeout(1500)
            kill_browser(profile)
            with contextlib.suppress(Error):
                context.close()
            continue
        for tab in tabs:
            tab.evaluate("() => work")
        office.faults = 0
        assert tabs[0].evaluate("async () => (await book.flush()).left") == 0
        seq, unsent, logged = tabs[1].evaluate(LOOK)
        raw = tabs[0].evaluate(CIPHERED)
        context.close()
    rows = office.server.disk.rows
    arrived = [str(parse(row.said).id) for row in rows]
    assert len(kept) > 30
    assert set(kept) <= set(arrived), "a visit that was kept is lost"
    assert len(arrived) == len(set(arrived)) == seq == logged, "a visit came twice"
    assert unsent == 0
    assert all(row.status is Status.STORED for row in rows)
    assert sorted(row.seq for row in rows) == list(range(1, seq + 1))
    assert not any(outcome.value in raw for outcome in Outcome), "an outcome lies on the phone in clear"
