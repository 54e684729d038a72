"""Safety on the phone: kept before it is sent, never called sent when it was not, heard once.

The page is empty: only the modules are loaded, and the network is a function of the test.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from playwright.sync_api import Browser, Page

from amiral.rooms.field.web.safety_words import SAFETY
from tests.browser.test_field_log import STATIC, address

__all__ = ["address"]

KIT = Path(__file__).parents[2] / "src/amiral/kit/static/kit/app.css"
STATE: dict[str, Any] = {
    "v": 1,
    "shift": {"id": "s", "title": "Barre", "starts": "2026-01-01T10:00:00Z", "ends": "2999-01-01T12:00:00Z"},
    "out": None,
    "partners": ["Zoé E."],
    "call": None,
    "partner_calls": [],
    "leaders": [{"name": "Owner E.", "phone": "+33612345678", "readable": "06 12 34 56 78"}],
    "page": "",
    "join": {"url": "https://example.org/rejoindre/porte/", "size": 5, "path": "M1 1h1v1h-1z"},
}
START = """async ([words, state, on]) => {
  const names = ["app/safety", "log/store", "app/i18n"];
  const [safety, store, i18n] = await Promise.all(names.map((one) => import(`/${one}.js`)));
  window.net = { on, heard: new Map(), requests: 0, state, status: 200, lose: false };
  window.ask = async (address, options) => {
    net.requests += 1;
    if (!net.on) { throw new TypeError("offline"); }
    if (net.status !== 200) { return new Response("{}", { status: net.status }); }
    const said = options.body ? JSON.parse(options.body).gestures : [];
    said.forEach((one) => net.heard.set(one.id, one));
    const last = [...net.heard.values()].filter((one) => ["help", "safe"].includes(one.kind)).pop();
    net.state.call = last && last.kind === "help"
      ? { id: last.id, at: last.at, answered: net.answered || null, by: net.answered && "Owner E." } : null;
    const moved = [...net.heard.values()].filter((one) => ["in", "out"].includes(one.kind)).pop();
    net.state.out = moved && moved.kind === "in" ? moved.at : null;
    if (net.lose) { throw new TypeError("answer lost"); }
    const answers = Object.fromEntries(said.map((one) => [one.id, { status: "stored" }]));
    return new Response(JSON.stringify({ answers, state: net.state }), { status: 200 });
  };
  window.store = await store.open("safety");
  window.words = new i18n.Words(words, "fr");
  window.modules = safety;
  document.body.innerHTML = "<main class='app__body'><h1>Sécurité</h1><div id='place'></div></main>";
  window.said = [];
  window.unmount = await safety.mount(document.getElementById("place"), {
    words: window.words, token: "t", store: window.store, ask: window.ask, pack: { turf: { number: 4 } },
    say: (text) => window.said.push(text),
  });
}"""


def words() -> dict[str, str]:
    with translation.override("fr"):
        return {key: str(text) for key, text in SAFETY.items()}


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    opened(page, address)
    yield page
    context.close()


def opened(page: Page, address: str, *, on: bool = True) -> None:
    page.goto(address)
    page.evaluate(START, [words(), STATE, on])
    if on:  # what the server says of the team has arrived, and is kept
        page.wait_for_function("document.body.innerText.includes('Zoé E.')")


def text(page: Page) -> str:
    return page.inner_text("#place")


def heard(page: Page) -> list[str]:
    return list(page.evaluate("[...net.heard.values()].map((one) => one.kind)"))


def test_out_and_back(page: Page) -> None:
    page.click("[data-key=we-out]")
    page.wait_for_selector("[data-key=we-back]")
    page.wait_for_function("net.heard.size === 1")
    assert page.evaluate("[...net.heard.values()][0].pair") is True
    page.click("[data-key=i-back]")
    page.wait_for_function("net.heard.size === 2")
    assert heard(page) == ["in", "out"]


def test_without_network_it_is_kept_and_said_so_and_sent_later(page: Page, address: str) -> None:
    page.evaluate("net.on = false")
    page.click("[data-key=help]")
    page.fill("[data-key=door]", "12")
    page.click("[data-key=yes]")
    page.wait_for_function("document.body.innerText.includes(words.t('safety.not-sent'))")
    assert "Pas encore envoyé" in text(page)
    assert page.get_attribute("a[href^='tel:+33']", "href") == "tel:+33612345678"
    # The page is closed and opened again, still without network: nothing is lost, and it is still said.
    opened(page, address, on=False)
    page.wait_for_function("document.body.innerText.includes('Pas encore envoyé')")
    page.evaluate("net.on = true; modules.start({ token: 't' }).flush()")
    page.wait_for_function("net.heard.size === 1")
    sent = page.evaluate("[...net.heard.values()][0]")
    assert (sent["kind"], sent["door"], sent["turf"]) == ("help", 12, 4)
    page.wait_for_function("document.body.innerText.includes('Personne n’a encore répondu')")
    page.evaluate("net.answered = '2026-01-01T10:05:00Z'; modules.start({ token: 't' }).flush()")
    page.wait_for_function("document.body.innerText.includes('Owner E.')")
    page.click("[data-key=safe]")
    page.wait_for_selector("[data-key=help]")


def test_a_lost_answer_is_sent_again_as_the_same_gesture(page: Page) -> None:
    page.evaluate("net.lose = true")
    page.click("[data-key=i-out]")
    page.wait_for_function("net.heard.size === 1")
    page.evaluate("net.lose = false; modules.start({ token: 't' }).flush()")
    page.wait_for_function("modules.start({ token: 't' }).queue.length === 0")
    assert heard(page) == ["in"]


def test_what_is_typed_alone_is_told(page: Page) -> None:
    page.click("[data-key=help]")
    page.uncheck("input[type=checkbox]")
    page.click("[data-key=yes]")
    page.wait_for_function("net.heard.size === 1")
    sent = page.evaluate("[...net.heard.values()][0]")
    assert set(sent) == {"id", "kind", "at"}


def test_no_is_no(page: Page) -> None:
    page.click("[data-key=help]")
    page.click("[data-key=no]")
    page.wait_for_selector("[data-key=help]")
    assert heard(page) == []


def test_a_lost_phone_is_told_so(page: Page) -> None:
    page.evaluate("net.status = 401; modules.start({ token: 't' }).flush()")
    page.wait_for_selector("[role=alert]")
    assert "112" in page.inner_text("[role=alert]")


def test_nothing_of_it_lies_readable_on_the_phone(page: Page) -> None:
    page.evaluate("net.on = false")
    page.click("[data-key=i-out]")
    page.wait_for_function("modules.start({ token: 't' }).queue.length === 1")
    kept = page.evaluate("""async () => {
      const request = store.database.transaction("state").objectStore("state").getAll();
      return new Promise((resolve) => { request.onsuccess = () => resolve(JSON.stringify(request.result)); });
    }""")
    assert "612345678" not in kept
    assert '"in"' not in kept


def test_large_for_one_thumb_and_readable_by_all(page: Page, tmp_path: Path) -> None:
    page.add_style_tag(path=str(KIT))
    page.add_style_tag(path=str(STATIC / "app/app.css"))
    page.click("[data-key=help]")
    box = page.locator("[data-key=yes]").bounding_box()
    assert box is not None
    assert box["height"] >= 48
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate("document.documentElement.lang = 'fr'; document.title = 'Sécurité'")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.screenshot(path=str(tmp_path / "safety.png"), full_page=True)
