"""The field app without network: opened once, then the server is gone; new versions; damage on the phone."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings as configured
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from amiral.rooms.field.models import Visit
from amiral.rooms.field.web import shell
from tests.browser.conftest import OVERFLOW, PATIENCE_MS, PHONE, SMALL_TARGETS, serious_violations
from tests.browser.test_field_app import Line, line
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world

__all__ = ["import_addresses", "line", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READY = "Prête : elle fonctionne désormais sans réseau."
VERSIONS = "async () => (await caches.keys()).filter((name) => name.startsWith('terrain-')).sort()"


@pytest.fixture
def phone(
    chromium: Browser, line: Line, world: World, sign_in: Callable[..., Any]
) -> Iterator[BrowserContext]:
    """Teammate's phone, signed in, behind the line."""
    world.assign()
    context = chromium.new_context(base_url=line.address, viewport=PHONE, locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    session = sign_in(world.cast.teammate).cookies[configured.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": line.address}])
    yield context
    context.close()


def opened(phone: BrowserContext, world: World) -> Page:
    """From the walk list to the app, until it says that it needs no network any more."""
    page = phone.new_page()
    page.goto(f"/tournee/{live(world)}/")
    page.get_by_role("link", name="Ouvrir l’application de terrain").click()
    shows_tour(page)
    expect(page.locator("#ready")).to_have_text(READY)
    return page


def live(world: World) -> Any:
    from amiral.rooms.field import api

    return api.live_assignments(canvass_id=world.canvass)[0].id


def shows_tour(page: Page) -> None:
    expect(page.get_by_text("Rue de la Barre").first).to_be_visible()
    expect(page.locator("#notice")).to_have_text("")


def version(page: Page) -> str:
    found: str = page.evaluate("() => document.documentElement.dataset.version")
    return found


def test_the_server_is_killed_after_the_first_load(phone: BrowserContext, line: Line, world: World) -> None:
    page = opened(phone, world)
    first = version(page)
    line.cut()
    with pytest.raises(Error):
        phone.request.get("/etat/")
    for _ in range(2):
        page.reload()
        shows_tour(page)
    assert version(page) == first == shell.shell().version
    other = phone.new_page()
    other.goto("/terrain/app/")
    shows_tour(other)
    other.goto("/terrain/app/en/")
    expect(other.locator("html")).to_have_attribute("lang", "en")
    expect(other.get_by_text("Rue de la Barre").first).to_be_visible()
    other.goto("/terrain/app/")
    expect(other.locator("html")).to_have_attribute("lang", "en")


def test_the_first_view_is_for_everybody(phone: BrowserContext, line: Line, world: World) -> None:
    page = opened(phone, world)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal of the tuple above
        assert serious_violations(page) == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        wide, window = page.evaluate(OVERFLOW)
        assert wide <= window
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.locator("h1").count() == 1
    assert page.locator("#promise").inner_text() != ""


def test_nothing_personal_and_no_pack_lies_in_a_cache(phone: BrowserContext, world: World) -> None:
    page = opened(phone, world)
    kept = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              found.push([new URL(request.url).pathname, await (await cache.match(request)).text()]);
            }
          }
          return found;
        }"""
    )
    assert {path for path, _text in kept} == set(known(page)) | {"/terrain/app/langue"}
    assert not [path for path, text in kept if "Rue de la Barre" in text or "Teammate" in text]


def known(page: Page) -> list[str]:
    text = page.evaluate("async () => (await fetch('/terrain/app/sw.js')).text()")
    found: list[str] = page.evaluate(
        "(text) => Object.keys(JSON.parse(text).files)", text[14 : text.index(";\n")]
    )
    return found


def test_a_new_version_comes_whole_and_loses_nothing(
    phone: BrowserContext, line: Line, world: World, settings: Any
) -> None:
    page = opened(phone, world)
    old, named = version(page), list[str]()
    page.evaluate(RECORD, ["nobody", str(world.turf.door_ids[0])])
    settings.CAMPAIGN_NAME = "Une autre campagne"
    fresh = shell.shell().version
    assert fresh != old
    page.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")
    button = page.get_by_role("button", name="Prendre la nouvelle version")
    expect(button).to_be_visible()
    assert version(page) == old
    assert page.evaluate(VERSIONS) == sorted([f"terrain-{old}", f"terrain-{fresh}"])
    page.on("request", lambda request: named.append(request.url))
    with page.expect_navigation():
        button.click()
    shows_tour(page)
    assert version(page) == fresh
    assert not [url for url in named if f"/v/{old}/" in url]
    assert page.evaluate(COUNT) == 1
    line.cut()
    page.reload()
    shows_tour(page)
    assert version(page) == fresh


BOOK = """
  const here = `/terrain/app/v/${document.documentElement.dataset.version}/field`;
  const { devices, opened } = await import(`${here}/app/enrol.js`);
  const { Notebook } = await import(`${here}/log/notebook.js`);
"""
RECORD = f"""async ([outcome, door]) => {{ {BOOK}
  const {{ store }} = await opened((await devices())[0].device);
  const book = new Notebook(store, {{ send: () => Promise.reject(new Error("no network")) }});
  await book.record({{ kind: "visit", door, outcome }});
}}"""
COUNT = f"""async () => {{ {BOOK}
  const {{ store }} = await opened((await devices())[0].device);
  return (await store.load()).log.size;
}}"""


def test_an_update_that_is_cut_off_changes_nothing(
    phone: BrowserContext, line: Line, world: World, settings: Any
) -> None:
    """The server goes while a version is being fetched: the old one stays whole."""
    page = opened(phone, world)
    old = version(page)
    settings.CAMPAIGN_NAME = "Une autre campagne"
    phone.route("**/field/app/main.js", lambda route: route.abort())
    with suppress(Error):
        page.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")
    page.wait_for_timeout(1500)
    line.cut()
    page.reload()
    shows_tour(page)
    assert version(page) in {old, shell.shell().version}
    names = {address.split("/")[6] for address in page.evaluate(LOADED)}
    assert names == {version(page)}


LOADED = """() => performance.getEntriesByType("resource")
  .map(({ name }) => name).filter((name) => name.includes("/v/"))"""


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_cache_is_healed_or_says_so(
    phone: BrowserContext, line: Line, world: World, damage: str
) -> None:
    page = opened(phone, world)
    page.evaluate(DAMAGE, [damage, "field/app/main.js"])
    page.reload()
    shows_tour(page)
    assert page.evaluate(WHOLE, "field/app/main.js")
    page.evaluate(DAMAGE, [damage, "field/app/main.js"])
    line.cut()
    page.reload()  # without a network, what the browser's own cache holds is enough
    shows_tour(page)
    page.evaluate(DAMAGE, [damage, "field/app/main.js"])
    phone.new_cdp_session(page).send("Network.clearBrowserCache")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("L’application n’a pas démarré")
    expect(page.locator("#notice a")).to_have_attribute("href", f"/tournee/{live(world)}/")
    line.mend()
    page.reload()
    shows_tour(page)
    assert Visit.objects.count() == 0


DAMAGE = """async ([damage, name]) => {
  const { version } = document.documentElement.dataset;
  const cache = await caches.open(`terrain-${version}`);
  const address = `/terrain/app/v/${version}/${name}`;
  if (damage === "missing") {
    await cache.delete(address);
  } else {
    const headers = { "Content-Type": "text/javascript" };
    await cache.put(address, new Response("throw new Error()", { headers }));
  }
}"""
WHOLE = """async (name) => {
  const { version } = document.documentElement.dataset;
  const kept = await (await caches.open(`terrain-${version}`)).match(`/terrain/app/v/${version}/${name}`);
  return Boolean(kept) && (await kept.text()).includes("async function start");
}"""


def test_the_worker_minds_only_its_own_folder(phone: BrowserContext, line: Line, world: World) -> None:
    page = opened(phone, world)
    scopes = page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope)"
    )
    assert scopes == [f"{line.address}/terrain/app/"]
    line.cut()
    with pytest.raises(Error):
        page.goto(f"/tournee/{live(world)}/")


def test_the_app_can_be_installed(phone: BrowserContext, world: World) -> None:
    page = opened(phone, world)
    session = phone.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    problems = {
        one["errorId"] for one in session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    }
    assert problems <= {"in-incognito"}


def test_without_javascript_there_is_the_plain_list(
    chromium: Browser, line: Line, world: World, sign_in: Callable[..., Any]
) -> None:
    world.assign()
    context = chromium.new_context(
        base_url=line.address, viewport=PHONE, locale="fr-FR", java_script_enabled=False
    )
    session = sign_in(world.cast.teammate).cookies[configured.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": line.address}])
    page = context.new_page()
    page.goto(f"/terrain/app/?liste={live(world)}")
    page.wait_for_url(f"**/tournee/{live(world)}/")
    page.goto("/terrain/app/")
    expect(page.get_by_role("link", name="Feuille de route simple").first).to_be_visible()
    expect(page.get_by_text("L’application démarre")).to_be_hidden()
    context.close()
