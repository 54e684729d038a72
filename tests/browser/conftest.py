"""A real browser for what a person does: Debian's Chromium, driven by Playwright.

See docs/interface.md for how to write such a test. Every page that a fixture opens is watched: an error in
the console, a refusal by the content security policy, a request to another origin or a failed picture or
script makes the test fail at its end, whatever it checked itself.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
PATIENCE_MS = 15_000
SERVING = "process_request_thread"
"""In the name of each thread in which the live server answers."""
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI || event.sourceFile}`));"""
SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, .button, select, textarea, summary, input:not([type=checkbox], [type=radio], [type=hidden])")]
  .filter((element) => element.checkVisibility() && !element.closest(".leaflet-control"))
  .filter((element) => element.offsetWidth > 1 && element.offsetHeight < 44)
  .map((element) => element.outerHTML.slice(0, 120))"""
OVERFLOW = """() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"""

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module.

    Playwright's synchronous interface keeps an event loop running in this thread, so Django would refuse
    every query of the test itself, though nothing here is concurrent. The refusal is lifted for as long as
    the loop runs, which is one module: a browser of the whole session would lift it for other tests too.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent; scripts/setup dev installs it")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def nothing_under_way() -> Iterator[None]:
    """Ends a test when the server has answered everything, so that nothing is written into the next one."""
    yield
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end and any(SERVING in thread.name for thread in threading.enumerate()):
        time.sleep(0.01)


@dataclass
class Watch:
    """What went wrong in the pages of one test."""

    origin: str
    problems: list[str] = field(default_factory=list)

    def page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        """Chromium also writes a line for every 4xx; ``_response`` knows which of them matter."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.problems.append(f"another origin: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.problems.append(f"{response.status}: {response.url}")


@pytest.fixture
def watch(live_server: Any) -> Iterator[Watch]:
    """The watch over all pages of a test; fails the test at its end."""
    watch = Watch(origin=live_server.url)
    yield watch
    assert not watch.problems


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, watch: Watch) -> Iterator[OpenPage]:
    """``open_page(viewport=…, locale=…, java_script_enabled=…, …)``: a page in a fresh profile.

    Takes the options of Playwright's ``new_context``; addresses are relative: ``page.goto("/groupes/")``.
    """
    opened: list[BrowserContext] = []

    def fresh(**options: Any) -> Page:
        settings = {"base_url": live_server.url, "viewport": PHONE, "locale": "fr-FR"} | options
        context = chromium.new_context(**settings)
        opened.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("page", watch.page)
        return context.new_page()

    yield fresh
    for context in opened:
        context.close()


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """A telephone, 360 pixels wide, in French."""
    return open_page()


@pytest.fixture
def page_without_javascript(open_page: OpenPage) -> Page:
    """The same telephone with JavaScript switched off."""
    return open_page(java_script_enabled=False)


@pytest.fixture
def enter_as(sign_in: Any, live_server: Any) -> Callable[[Page, UUID], Page]:
    """``enter_as(page, cast.owner)``: signs the page in, second factor shown; returns the page."""

    def enter(page: Page, person_id: UUID) -> Page:
        from django.conf import settings

        session = sign_in(person_id).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return page

    return enter


@pytest.fixture
def assert_accessible(watch: Watch) -> Callable[[Page], None]:
    """``assert_accessible(page)``: nothing serious for axe in light and in dark, nothing wider than the
    window, no small target, exactly one h1, nothing on the watch's list. Needs a page with JavaScript."""

    def check(page: Page) -> None:
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal of the tuple above
            assert serious_violations(page) == [], f"{scheme}, {page.url}"
        wide, window = page.evaluate(OVERFLOW)
        assert wide <= window, f"{page.url} is {wide} pixels wide in a window of {window}"
        assert page.evaluate(SMALL_TARGETS) == [], page.url
        assert page.locator("h1").count() == 1, page.url
        assert watch.problems == []

    return check


def serious_violations(page: Page) -> list[str]:
    """What axe calls serious or critical, with the first elements concerned."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
