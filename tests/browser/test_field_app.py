"""The field app in a telephone's browser, against the real server: no network, two phones, a revoked one.

What the browser does between the phone and the server can be cut (``Line``): then the server is dead for it.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from amiral.cores.sync import Event, Visit, fold, parse
from amiral.kit.clock import now
from amiral.rooms.field import api
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.contracts import AssignmentCard, Outcome
from amiral.rooms.field.models import Assignment, Device, Door, LogEntry, Turf
from amiral.rooms.field.web.app_texts import texts
from tests.browser.conftest import PATIENCE_MS, PHONE, OpenPage
from tests.conftest import NOON
from tests.rooms.field.conftest import (
    SATURDAY,
    SOUTH,
    WEST,
    World,
    import_addresses,
    make_world,
    reference_dir,
)
from tests.rooms.field.test_packing import take_point

__all__ = ["import_addresses", "make_world", "reference_dir"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAPS = ("nobody", "talked", "refused", "come-back", "leaflet-left")
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until the screen of a new address has been drawn: the old one has a title too."""
SCREENS = ("liste", "carte", "arguments", "ordre", "echange", "securite", "etat")
LOGS = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const names = (await indexedDB.databases()).map(({ name }) => name);
  const database = await settled(indexedDB.open(names.find((name) => name.startsWith("amiral-log-"))));
  const transaction = database.transaction(["events", "state"]);
  const boxes = settled(transaction.objectStore("events").getAll());
  const vault = settled(transaction.objectStore("state").get("vault"));
  const [found, key] = [await boxes, await vault];
  database.close();
  return Promise.all(found.map(async ({ iv, box }) => JSON.parse(
    new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, box)))));
}"""


PHONE_STATE = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const names = (await indexedDB.databases()).map(({ name }) => name);
  const database = await settled(indexedDB.open(names.find((name) => name.startsWith("amiral-log-"))));
  const phone = await settled(database.transaction("state").objectStore("state").get("phone"));
  database.close();
  return phone;
}"""
OUTBOX = f"async () => (await ({PHONE_STATE})()).unsent"
TROUBLES = f"async () => (await ({PHONE_STATE})()).troubles"
"""What the server answered to those that it did not take."""


class Line:
    """What lies between the phones and the server: it passes bytes on, until it is cut."""

    def __init__(self, port: int) -> None:
        self.server = port
        self.port = 0
        self.mend()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """The same address answers (again)."""
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """Nothing answers any more, and what was under way breaks off."""
        for one in [self.listener, *self.open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.server))
                self.open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    found = Line(live_server.thread.port)
    yield found
    found.cut()


@pytest.fixture
def phone(chromium: Browser, line: Line, sign_in: Any) -> Iterator[Callable[..., BrowserContext]]:
    """``phone(person)``: a telephone on the line, signed in; its script errors fail the test."""
    opened, problems = list[BrowserContext](), list[str]()

    def make(person: UUID | None, **options: Any) -> BrowserContext:
        settings: dict[str, Any] = {"base_url": line.address, "viewport": PHONE, "locale": "fr-FR"}
        context = chromium.new_context(**settings, **options)
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        opened.append(context)
        if person:
            cookies = sign_in(person).cookies
            kept = [{"name": k, "value": v.value, "url": line.address} for k, v in cookies.items()]
            context.add_cookies(kept)  # type: ignore[arg-type]  # the dictionaries have the keys of SetCookieParam
        return context

    yield make
    for context in opened:
        context.close()
    assert problems == []


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """One turf of thirty doors."""
    return make_world(doors=30, minutes=240)


@pytest.fixture
def assignment(world: World) -> AssignmentCard:
    """A turf whose third door is a building of eight dwellings, and a talking point to take along."""
    take_point(world, body="Un train toutes les trente minutes, de six heures à vingt-deux heures.")
    card = world.assign()
    doors = Door.objects.filter(turf=world.turf.id)
    doors.update(dwellings=1)
    doors.filter(position=3).update(dwellings=8, floors=3, lift=True)
    return card


def opened(page: Page, assignment: AssignmentCard, *, language: str = "fr") -> Page:
    """The app on the list of doors, with its pack and its service worker."""
    page.goto(f"/terrain/app/{language}/?liste={assignment.id}")
    page.wait_for_selector(".doorrow")
    return page


def ready(page: Page) -> None:
    """Until it works without network."""
    page.wait_for_selector("#ready[data-kind=ok]", state="attached")


def until(page: Page, script: str, wanted: Callable[[Any], bool]) -> None:
    """Waits for what the script resolves to: ``wait_for_function`` takes the promise itself for a yes."""
    ends = monotonic() + PATIENCE_MS / 1000
    while not wanted(found := page.evaluate(script)):
        assert monotonic() < ends, found
        page.wait_for_timeout(50)


def all_sent(page: Page) -> None:
    """What is kept has left, and the page says so: the bar alone may still speak of before the tap."""
    until(page, OUTBOX, lambda unsent: not unsent)
    page.wait_for_selector("[data-unsent='0']", state="attached")


def log_of(page: Page) -> list[Event]:
    """What lies on the phone, deciphered and read by the core."""
    return [parse(said) for said in page.evaluate(LOGS)]


def tap(page: Page, outcome: str) -> None:
    """One tap, until it is kept."""
    before = len(page.evaluate(LOGS))
    page.click(f"[data-outcome={outcome}]")
    until(page, LOGS, lambda logs: len(logs) > before)


def events_of(assignment: AssignmentCard) -> set[UUID]:
    devices = Device.objects.filter(shift=Assignment.objects.get(pk=assignment.id).shift_id)
    return set(LogEntry.objects.filter(device__in=devices).values_list("pk", flat=True))


def test_twenty_doors_without_a_server(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext], line: Line
) -> None:
    """The server is dead from the first door on; page and browser are left and come back; nothing is lost."""
    context = phone(world.cast.teammate)
    page = opened(context.new_page(), assignment)
    assert page.locator(".doorrow").count() == len(world.turf.door_ids)
    all_sent(page)
    ready(page)
    line.cut()
    page.reload()
    page.wait_for_selector(".doorrow")
    said: dict[UUID, Outcome] = {}
    page.click("[data-key=next]")
    for i in range(20):
        door = UUID(page.evaluate("location.hash").split("/")[1])
        building = page.locator("[data-key=whole]")
        if building.count():
            building.click()
        outcome = TAPS[i % len(TAPS)]
        page.click(f"[data-outcome={outcome}]")
        page.wait_for_function("(door) => !location.hash.endsWith(door)", arg=str(door))
        said[door] = Outcome(outcome)
        if i == 9:
            page.close()
            page = context.new_page()
            page.goto("/terrain/app/")
            page.wait_for_selector(".doorrow")
            expect(page.locator("[data-unsent]")).to_have_text("10 passages encore sur ce téléphone")
            page.click("[data-key=next]")
    assert len(said) == 20
    expect(page.locator("[data-unsent]")).to_have_text("20 passages encore sur ce téléphone")
    page.goto("/terrain/app/#etat")
    expect(page.locator("main")).to_contain_text("Pas de réseau en ce moment")
    assert api.coverage(canvass_id=world.canvass).states == {}
    line.mend()
    page.click("[data-key=send]")
    all_sent(page)
    assert dict(api.coverage(canvass_id=world.canvass).states) == said
    assert LogEntry.objects.filter(kind="visit").count() == 20


def test_what_a_partner_does_is_seen_and_two_tabs_agree(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    world.visit(assignment, 2, Outcome.COME_BACK)
    context = phone(world.cast.teammate)
    page = opened(context.new_page(), assignment)
    expect(page.locator(".list__partner")).to_contain_text("1 passage")
    other = opened(context.new_page(), assignment)
    other.goto(f"/terrain/app/#porte/{world.turf.door_ids[0]}")
    tap(other, "talked")
    expect(page.locator(f"[href='#porte/{world.turf.door_ids[0]}'].doorrow")).to_contain_text("Échange")
    all_sent(page)
    all_sent(other)
    assert LogEntry.objects.filter(kind="visit").count() == 2
    assert Device.objects.filter(kind="phone").count() == 1


def test_undo_correct_and_a_floor_where_nobody_is(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    building = world.turf.door_ids[2]
    page.goto(f"/terrain/app/#porte/{building}")
    page.click("[data-key=floor-3]")
    page.wait_for_selector("[data-key='unit-3.1'].outcome--nobody")
    tap(page, "talked")
    page.wait_for_selector("[data-key='unit-2.1'].outcome--talked")
    assert page.locator("[data-key='unit-2.2']").get_attribute("aria-pressed") == "true"
    page.click("[data-key=undo]")
    page.wait_for_selector("[data-key='unit-2.1']:not(.outcome--talked)")
    page.click("[data-key^=correct-]")
    page.click("[data-outcome=leaflet-left]")
    page.wait_for_selector("[data-key='unit-3.2'].outcome--leaflet-left")
    ((door, state),) = fold(log_of(page)).doors.items()
    assert (door, state.outcome, sorted(state.units)) == (building, Outcome.LEAFLET_LEFT, ["3.1", "3.2"])
    expect(page.locator("h1")).to_be_attached()
    page.goto("/terrain/app/#liste")
    expect(page.locator(f"[href='#porte/{building}'].doorrow")).to_contain_text("2 sur 8")
    all_sent(page)
    assert dict(api.coverage(canvass_id=world.canvass).states) == {building: Outcome.LEAFLET_LEFT}


def test_each_screen_begins_at_its_top_and_a_correction_shows_its_question(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    """What was drawn anew while the page was still on its way up left it half-way: no number, no caution."""
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    page.set_viewport_size({"width": 360, "height": 500})
    page.goto(f"/terrain/app/#porte/{world.turf.door_ids[2]}")
    page.click("[data-key='unit-0.1']")
    tap(page, "talked")
    page.click("[data-key=whole]")
    page.locator("[data-key^=correct-]").first.click()
    expect(page.locator("#outcomes")).to_be_in_viewport(ratio=1)
    top = page.locator(".app__top").bounding_box()
    question = page.locator("#outcomes").bounding_box()
    assert top
    assert question
    assert question["y"] >= top["y"] + top["height"]
    page.click("[data-key=cancel]")
    page.click("[data-key=whole]")
    page.click("[data-outcome=come-back]")
    page.wait_for_function("(door) => !location.hash.endsWith(door)", arg=str(world.turf.door_ids[2]))
    all_sent(page)
    assert page.evaluate("scrollY") == 0


def test_a_phone_shows_the_number_by_which_its_leader_knows_it(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    page.goto("/terrain/app/#etat")
    number = Device.objects.get(kind="phone").number
    expect(page.locator("[data-phone]")).to_have_text(f"Téléphone {number} de l’équipe")


def test_the_app_offers_to_be_installed_where_the_browser_does(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    page.goto("/terrain/app/#etat")
    expect(page.locator("[data-key=sun]")).to_be_visible()
    expect(page.locator("[data-key=install]")).to_have_count(0)
    page.evaluate("""() => {
      const offer = new Event("beforeinstallprompt", { cancelable: true });
      offer.prompt = async () => { document.body.dataset.asked = "yes"; };
      dispatchEvent(offer);
    }""")
    page.click("[data-tab=liste]")
    page.click("[data-tab=etat]")
    page.click("[data-key=install]")
    page.wait_for_selector("body[data-asked=yes]")
    expect(page.locator("[data-key=install]")).to_have_count(0)


def test_a_browser_that_keeps_nothing_says_so(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(world.cast.teammate).new_page()
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { get: () => undefined })")
    page.goto(f"/terrain/app/?liste={assignment.id}")
    expect(page.locator("#notice")).to_contain_text("Ce navigateur ne garde rien ici")
    expect(page.locator("#notice a")).to_have_attribute("href", assignment.url)
    page.wait_for_selector("#ready[data-kind=ok]", state="attached")
    expect(page.locator("#ready")).to_be_empty()
    expect(page.locator(".app__starting")).to_have_count(0)


def test_a_building_is_drawn_as_the_team_says(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    page.goto(f"/terrain/app/#porte/{world.turf.door_ids[0]}")
    page.click("[data-key=layout-open]")
    page.fill("[name=top]", "2")
    page.fill("[name=per]", "3")
    page.uncheck("[name=ground]")
    page.click(".layout button")
    expect(page.locator(".matrix__unit")).to_have_count(6)
    page.reload()
    expect(page.locator(".matrix__unit")).to_have_count(6)


def test_the_position_never_leaves_the_phone(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    here = {"longitude": WEST + 0.0012345, "latitude": SOUTH + 0.0004321}
    context = phone(world.cast.teammate, geolocation=here, permissions=["geolocation"])
    asked = list[Request]()
    context.on("request", lambda request: asked.append(request))
    page = opened(context.new_page(), assignment)
    page.click("[data-tab=carte]")
    page.click("[data-key=locate]")
    page.wait_for_selector(".turfmap__me-dot", state="attached")
    page.goto("/terrain/app/#ordre")
    page.click("[data-key=half]")
    page.click("[data-key=keep-order]")
    expect(page.locator(".doorrow--given")).not_to_have_count(0)
    page.click("[data-key=next]")
    tap(page, "talked")
    all_sent(page)
    told = " ".join(f"{one.url} {one.post_data or ''} {one.headers}" for one in asked)
    assert f"{here['latitude']:.4f}" not in told
    assert f"{here['longitude']:.4f}" not in told
    kept = {event.id: type(event.body) for event in log_of(page)}
    assert list(kept.values()) == [Visit]
    assert events_of(assignment) == set(kept), page.evaluate(TROUBLES)


def test_an_objection_is_counted_without_a_door(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    page.click("[data-tab=arguments]")
    page.fill("#search", "treins")
    expect(page.locator(".point")).to_have_count(1)
    page.click("[data-key^=objection-]")
    expect(page.locator(".point .badge")).to_have_text("1 objection dans ce secteur")
    page.fill("#search", "xylophone")
    expect(page.locator(".point")).to_have_count(0)
    all_sent(page)
    (entry,) = LogEntry.objects.filter(kind="objection")
    assert entry.door is None
    assert entry.turf == world.turf.id


def test_what_the_server_refuses_is_shown_with_what_to_do(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    context = phone(world.cast.teammate, service_workers="block")
    page = opened(context.new_page(), assignment)
    all_sent(page)

    def conflict(route: Any) -> None:
        ids = [event["id"] for event in route.request.post_data_json["events"]]
        answers = {id_: {"status": "conflict", "why": "same-id"} for id_ in ids}
        route.fulfill(json={"answers": answers, "news": [], "lam": 1, "revoked": False})

    page.route("**/terrain/app/envoi/", conflict)
    page.click("[data-key=next]")
    tap(page, "talked")
    expect(page.locator(".app__sync")).to_contain_text("1 passage vous attend")
    page.unroute("**/terrain/app/envoi/")
    page.click("[data-key=sync]")
    expect(page.locator("main")).to_contain_text("porte le même numéro")
    page.click("[data-key^=again-]")
    expect(page.locator("#troubles")).to_have_count(0)
    all_sent(page)
    assert LogEntry.objects.filter(kind="visit").count() == 1


def test_a_revoked_phone_sends_what_it_has_and_forgets_everything(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext], line: Line
) -> None:
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    all_sent(page)
    ready(page)
    line.cut()
    page.click("[data-key=next]")
    tap(page, "talked")
    device = Device.objects.get(kind="phone")
    syncing.revoke(device_id=device.pk, by_id=world.cast.owner, at=now())
    line.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("h1")).to_have_text("Ce téléphone a été retiré")
    expect(page.locator("main")).to_contain_text("ce téléphone ne contient plus rien")
    expect(page.locator("[data-unsent]")).to_have_attribute("data-unsent", "0")
    assert LogEntry.objects.get(kind="visit").status == "quarantined"
    assert page.evaluate(LOGS) == []
    assert api.coverage(canvass_id=world.canvass).states == {}


def test_a_list_number_opens_the_app_without_an_account(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(None).new_page()
    page.goto("/terrain/app/")
    page.fill("#number", "1234")
    page.click("form button")
    expect(page.get_by_role("alert")).to_contain_text("huit chiffres")
    page.fill("#number", "0000 0000")
    page.click("form button")
    expect(page.get_by_role("alert")).not_to_contain_text("huit chiffres, par exemple")
    page.fill("#number", Assignment.objects.get(pk=assignment.id).list_number)
    page.click("form button")
    expect(page.locator(".doorrow")).to_have_count(len(world.turf.door_ids))


CAMERA = """async (pictures) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 700;
  const brush = canvas.getContext("2d");
  const images = await Promise.all(pictures.map(async (picture) => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    return image;
  }));
  let place = 0;
  setInterval(() => {
    brush.fillStyle = "#777777";
    brush.fillRect(0, 0, 700, 700);
    brush.drawImage(images[place % images.length], 60, 40, 600, 600);
    place += 1;
  }, 300);
  const stream = canvas.captureStream(12);
  const value = { getUserMedia: async () => stream };
  Object.defineProperty(navigator, "mediaDevices", { value, configurable: true });
}"""
FRAMES = """async () => {
  const canvas = document.querySelector("canvas.code");
  const found = new Map();
  const of = () => document.querySelector(".code__count").textContent.match(/\\d+/g).map(Number);
  while (!found.size || found.size < of()[1]) {
    found.set(of()[0], canvas.toDataURL());
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return [...found.values()];
}"""


def show_codes(page: Page) -> list[str]:
    page.goto("/terrain/app/#echange")
    page.click("[data-key=show]")
    page.wait_for_selector("canvas.code")
    found: list[str] = page.evaluate(FRAMES)
    return found


def read_codes(page: Page, pictures: list[str]) -> None:
    page.goto("/terrain/app/#echange")
    page.evaluate(CAMERA, pictures)
    page.click("[data-key=read]")
    page.wait_for_selector("[data-result]", timeout=60_000)


def test_two_phones_without_network_reach_the_state_of_the_server(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext], line: Line
) -> None:
    """Codes go from screen to camera both ways; then one phone alone finds a network and carries it all."""
    pages = [opened(phone(who).new_page(), assignment) for who in (world.cast.teammate, world.cast.owner)]
    for page in pages:
        all_sent(page)
        ready(page)
    line.cut()
    for page, doors in zip(pages, ((0, 1, 4), (1, 5)), strict=True):
        for i in doors:
            page.goto(f"/terrain/app/#porte/{world.turf.door_ids[i]}")
            tap(page, TAPS[i % len(TAPS)])
    one, other = pages
    read_codes(other, show_codes(one))
    read_codes(one, show_codes(other))
    mine, theirs = (log_of(page) for page in pages)
    assert len(mine) == 5
    assert fold(mine) == fold(theirs)
    line.mend()
    other.goto("/terrain/app/#etat")
    other.click("[data-key=send]")
    all_sent(other)
    assert events_of(assignment) == {event.id for event in mine}
    assert api.coverage(canvass_id=world.canvass).states == {
        door: state.outcome for door, state in fold(mine).doors.items()
    }
    one.goto("/terrain/app/#etat")
    one.click("[data-key=send]")
    all_sent(one)
    assert LogEntry.objects.filter(kind="visit").count() == 5


def test_the_same_by_text_and_by_pictures(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext], line: Line
) -> None:
    one, other = (
        opened(phone(who).new_page(), assignment) for who in (world.cast.teammate, world.cast.owner)
    )
    for page in (one, other):
        ready(page)
    line.cut()
    one.goto(f"/terrain/app/#porte/{world.turf.door_ids[0]}")
    tap(one, "talked")
    pictures = show_codes(one)
    one.click("[data-key=text]")
    text = one.input_value("#own")
    other.goto("/terrain/app/#echange")
    other.click("[data-key=text]")
    other.fill("#pasted", '[{"id": 1}, ' + text[1:])
    other.click("[data-key=take]")
    expect(other.locator("[data-result='1']")).to_contain_text("1 n’a pas pu être lu")
    other.click("[data-key=text]")
    other.fill("#pasted", "rien de tout cela")
    other.click("[data-key=take]")
    expect(other.get_by_role("alert").filter(has_text="rien n’a été repris")).to_be_visible()
    files = [
        {"name": f"{i}.png", "mimeType": "image/png", "buffer": _bytes(picture)}
        for i, picture in enumerate(pictures)
    ]
    other.fill("#pasted", "")
    other.set_input_files("#file", files)  # type: ignore[arg-type]  # the dictionaries have the keys of FilePayload
    other.click("[data-key=take]")
    expect(other.locator("[data-result='0']")).to_contain_text("1 était déjà là")


def _bytes(address: str) -> bytes:
    import base64

    return base64.b64decode(address.split(",", 1)[1])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_screen_is_accessible_in_both_languages(
    world: World,
    assignment: AssignmentCard,
    open_page: OpenPage,
    enter_as: Callable[[Page, UUID], Page],
    assert_accessible: Callable[[Page], None],
    language: str,
) -> None:
    page = enter_as(open_page(locale="fr-FR" if language == "fr" else "en-GB"), world.cast.teammate)
    page.goto(f"/terrain/app/{language}/")
    page.wait_for_selector("#number")
    assert_accessible(page)
    opened(page, assignment, language=language)
    all_sent(page)
    places = [*SCREENS, f"porte/{world.turf.door_ids[0]}", f"porte/{world.turf.door_ids[2]}"]
    keys = set(texts())
    for place in places:
        page.goto(f"/terrain/app/{language}/#{place}")
        page.evaluate(DRAWN)
        page.wait_for_selector("h1")
        if place.endswith(str(world.turf.door_ids[2])):
            tap(page, "talked")
            page.click("[data-key^=correct-]")
        if place == "ordre":
            page.click("[data-key=from-next]")
            page.wait_for_selector("[data-key=keep-order]")
        if place == "echange":
            page.click("[data-key=show]")
            page.wait_for_selector("canvas.code")
        assert_accessible(page)
        said = page.inner_text("body")
        assert not keys & set(re.findall(r"[a-z]+(?:\.[a-z-]+)+", said)), place
        assert "%(" not in said
    assert page.locator("html").get_attribute("lang") == language


def test_the_app_by_keyboard_alone(
    world: World, assignment: AssignmentCard, open_page: OpenPage, enter_as: Callable[[Page, UUID], Page]
) -> None:
    page = opened(enter_as(open_page(), world.cast.teammate), assignment)
    all_sent(page)

    def tab_to(selector: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"The keyboard never reaches {selector}.")

    tab_to("[data-key=next]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    first = page.evaluate("location.hash")
    tab_to("[data-outcome=talked]")
    page.keyboard.press("Space")
    expect(page.locator("[data-live]")).to_contain_text("Gardé")
    expect(page.locator("h1")).to_be_focused()
    assert page.evaluate("location.hash") != first
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-key=undo]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-live]")).to_contain_text("annulation")
    assert page.evaluate("location.hash") == first
    tab_to("[data-tab=carte]")
    page.keyboard.press("Enter")
    tab_to("[data-key=map]")
    before = page.locator(".turfmap svg").get_attribute("viewBox")
    for key in ("+", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator(".turfmap svg").get_attribute("viewBox") != before
    page.keyboard.press("Enter")
    expect(page.locator("[data-live]")).to_contain_text("Rue")


def test_what_was_recorded_for_another_team_is_sent_too(
    make_world: Callable[..., World], phone: Callable[..., BrowserContext], line: Line
) -> None:
    """Two shifts, two devices in one browser: the outbox of the one that is not open is not forgotten."""
    world = make_world(doors=30, minutes=30)
    first = world.assign()
    api.assign_turf(by_id=world.cast.owner, turf_id=world.turfs[1].id, shift_id=world.later_shift, at=NOON)
    second = next(card for card in api.live_assignments(canvass_id=world.canvass) if card.id != first.id)
    context = phone(world.cast.owner)
    page = opened(context.new_page(), first)
    all_sent(page)
    ready(page)
    context.route("**/terrain/app/envoi/", lambda route: route.abort())
    page.click("[data-key=next]")
    page.click("[data-outcome=talked]")
    expect(page.locator("[data-unsent]")).to_have_attribute("data-unsent", "1")
    opened(page, second)
    expect(page.locator("[data-unsent]")).to_have_attribute("data-unsent", "1")
    context.unroute("**/terrain/app/envoi/")
    page.goto("/terrain/app/#etat")
    page.click("[data-key=send]")
    all_sent(page)
    assert LogEntry.objects.filter(kind="visit").count() == 1
    assert Device.objects.filter(kind="phone").count() == 2


def test_a_door_where_nobody_was_is_to_be_done_again_on_a_tour(
    world: World, assignment: AssignmentCard, phone: Callable[..., BrowserContext]
) -> None:
    """The tour was taken for it: the old visit is in the log, and does not make the door done."""
    world.visit(assignment, 1, Outcome.NOBODY)
    world.visit(assignment, 2, Outcome.TALKED)
    Turf.objects.filter(pk=world.turf.id).update(is_tour=True)
    Assignment.objects.filter(pk=assignment.id).update(created_at=SATURDAY + timedelta(hours=1))
    page = opened(phone(world.cast.teammate).new_page(), assignment)
    all_sent(page)
    rows = [page.locator(f"[href='#porte/{door}'].doorrow") for door in world.turf.door_ids[:2]]
    expect(rows[0]).to_contain_text("à faire")
    expect(rows[1]).to_contain_text("Échange")
    page.goto(f"/terrain/app/#porte/{world.turf.door_ids[0]}")
    tap(page, "nobody")
    page.goto("/terrain/app/#liste")
    expect(rows[0]).to_contain_text("Personne")
