"""The components of the interface in a real browser."""

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.models import Run
from tests.browser.conftest import DESK, PHONE, OpenPage, Watch
from tests.browser.samples import sample_map
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.browser.samples")]
SAMPLES = [
    ("/", PHONE),
    ("/", DESK),
    ("/mentions-legales/", PHONE),
    ("/introuvable/", PHONE),
    ("/echantillons/formulaire/", PHONE),
    ("/echantillons/composants/", PHONE),
    ("/echantillons/composants/", DESK),
]

MEETING_PLACE = """() => {
  const svg = document.querySelector(".map__sheet svg"), box = svg.viewBox.baseVal;
  const text = [...svg.querySelectorAll("title")].find((t) => t.textContent.startsWith("Rendez"));
  const [, x, y] = text.parentElement.getAttribute("d").match(/M(\\d+) (\\d+)/).map(Number);
  const live = document.querySelector(".map__live").getBoundingClientRect();
  const zoom = Math.min(live.width / box.width, live.height / box.height);
  return [live.width / 2 + (x - box.width / 2) * zoom, live.height / 2 + (y - box.height / 2) * zoom];
}"""
PLACE_IN_DEGREES = """() => {
  const svg = document.querySelector(".map__sheet svg"), { west, north, scale } = svg.dataset;
  const text = [...svg.querySelectorAll("title")].find((t) => t.textContent.startsWith("Rendez"));
  const [, x, y] = text.parentElement.getAttribute("d").match(/M(\\d+) (\\d+)/).map(Number);
  const { lat, lng } = L.CRS.EPSG3857.unproject(L.point(+west + x / scale, +north - y / scale));
  return [lat, lng];
}"""

DISTANCE = """() => {
  const numbers = [...document.querySelectorAll(".map__number")], one = numbers[1], other = numbers.at(-1);
  return Math.hypot(one._leaflet_pos.x - other._leaflet_pos.x, one._leaflet_pos.y - other._leaflet_pos.y);
}"""
VISIBLE_BOXES = """(which) => [...document.querySelectorAll(which)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => one.getBoundingClientRect()).map(({ x, y, width, height }) => [x, y, width, height])"""


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether the letters of two boxes touch; above and below letters a box has some room."""
    (x, y, wide, high), (x0, y0, wide0, high0) = one, other
    across = min(x + wide, x0 + wide0) - max(x, x0)
    down = min(y + high, y0 + high0) - max(y, y0)
    return across > 1 and down > 0.3 * min(high, high0)


@pytest.fixture(autouse=True)
def sample_templates(settings: Any) -> None:
    """The made-up pages' own templates."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.mark.parametrize(("address", "viewport"), SAMPLES)
def test_every_sample_is_accessible(
    open_page: OpenPage, assert_accessible: Callable[[Page], None], address: str, viewport: dict[str, int]
) -> None:
    page = open_page(viewport=viewport)
    page.goto(address)
    assert_accessible(page)


def test_a_form_ties_its_errors_to_its_fields(
    browser_page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    browser_page.goto("/echantillons/formulaire/")
    browser_page.get_by_label("Adresse électronique").fill("pas une adresse")
    browser_page.get_by_role("button", name="Rejoindre").click()
    email = browser_page.get_by_label("Adresse électronique")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(re.compile("Saisissez une adresse"))
    browser_page.get_by_role("alert").get_by_role("link", name="Adresse électronique").click()
    expect(email).to_be_focused()
    assert_accessible(browser_page)


def test_a_map_comes_alive_without_a_foreign_request(
    browser_page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    browser_page.goto("/echantillons/carte/")
    region = browser_page.get_by_role("region", name="Secteurs du quartier")
    expect(region.locator("canvas")).to_be_visible()
    expect(browser_page.locator(".map__sheet")).to_be_hidden()
    expect(region.get_by_text("6", exact=True)).to_be_visible()
    region.get_by_role("button", name="Zoom").first.press("Enter")
    assert_accessible(browser_page)


def test_a_popup_holds_words_and_never_markup(browser_page: Page) -> None:
    browser_page.goto("/echantillons/carte/")
    region = browser_page.get_by_role("region", name="Secteurs du quartier")
    expect(region.locator("canvas")).to_be_visible()
    x, y = browser_page.evaluate(MEETING_PLACE)
    region.click(position={"x": x, "y": y})
    link = region.get_by_role("link", name="Rendez-vous <place Saint-Pierre>")
    expect(link).to_have_attribute("href", "/actions/")


def test_the_drawing_is_put_back_in_its_place(browser_page: Page) -> None:
    """What ``map.js`` reads from the drawing are the very degrees that the page meant, within a metre."""
    browser_page.goto("/echantillons/carte/")
    svg = browser_page.locator(".map__sheet svg")
    browser_page.locator(".map__live canvas").wait_for()
    read = browser_page.evaluate(PLACE_IN_DEGREES)
    west, south = sample_map().layers[-1].features[0].geometry["coordinates"]
    assert read == pytest.approx([south, west], abs=1e-5)
    assert svg.count() == 1


def test_a_map_without_javascript_is_a_drawing_with_links(page_without_javascript: Page) -> None:
    page_without_javascript.goto("/echantillons/carte/")
    expect(page_without_javascript.locator(".map__sheet svg")).to_be_visible()
    expect(page_without_javascript.locator(".map__live")).to_have_count(0)
    page_without_javascript.get_by_text("La carte en mots").click()
    words = page_without_javascript.get_by_role("list").get_by_role("link", name="Secteur 3, 96 portes")
    expect(words).to_have_attribute("href", "/echantillons/carte/#secteur-3")


@pytest.mark.parametrize("viewport", [PHONE, DESK])
@pytest.mark.parametrize("with_script", [False, True])
def test_numbers_never_cover_one_another(
    open_page: OpenPage, viewport: dict[str, int], *, with_script: bool
) -> None:
    page = open_page(viewport=viewport, java_script_enabled=with_script)
    page.goto("/echantillons/carte-pleine/")
    if with_script:
        page.locator(".map__live canvas").wait_for()
    numbers = page.locator(".map__number span" if with_script else ".map__sheet text")
    expect(numbers.first).to_be_attached()
    boxes = page.evaluate(VISIBLE_BOXES, ".map__number span" if with_script else ".map__sheet text")
    assert len(boxes) > 40
    over = [(a, b) for a, b in combinations(boxes, 2) if overlap(a, b)]
    assert over == []
    if viewport == PHONE:
        assert len(boxes) < 180, "the letters of a telephone do not all find room"
        expect(page.get_by_text("Certains numéros n’ont pas de place sur la carte")).to_be_visible()


def test_a_long_name_stands_where_the_drawing_has_it(browser_page: Page) -> None:
    browser_page.goto("/echantillons/carte-pleine/")
    name = browser_page.locator(".map__live").get_by_text("Allée des Tilleuls")
    expect(name).to_be_visible()
    middle = "(one) => { const { left, right } = one.getBoundingClientRect(); return left + right; }"
    assert name.evaluate(middle) == pytest.approx(name.locator("..").evaluate(middle), abs=2)


def test_numbers_appear_as_one_zooms_in(open_page: OpenPage) -> None:
    page = open_page(bypass_csp=True)  # waiting for a function evaluates a string
    page.goto("/echantillons/carte-pleine/")
    region = page.get_by_role("region", name="Beaucoup de secteurs")
    region.locator("canvas").wait_for()
    before = len(page.evaluate(VISIBLE_BOXES, ".map__number span"))
    assert before < 181
    zoom = region.get_by_role("button", name="Zoom").first
    expect(zoom).to_be_visible()
    for _step in range(3):
        was = page.evaluate(DISTANCE)
        zoom.press("Enter")
        page.wait_for_function(f"({DISTANCE})() > {was * 1.9}")
        expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)
    expect(page.locator('.map__number[style*="hidden"]')).to_have_count(0)


def test_the_skip_link_comes_first(browser_page: Page) -> None:
    browser_page.goto("/mentions-legales/")
    browser_page.keyboard.press("Tab")
    expect(browser_page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("main")).to_be_focused()


def test_the_language_is_changed_without_javascript(page_without_javascript: Page) -> None:
    page_without_javascript.goto("/")
    page_without_javascript.get_by_role("button", name="English").click()
    expect(page_without_javascript.locator("html")).to_have_attribute("lang", "en")
    expect(page_without_javascript.get_by_role("heading", level=1)).to_have_text(
        "The campaign is won door by door"
    )


def test_the_page_of_a_run_asks_for_news_by_itself(
    page_without_javascript: Page, cast: Cast, enter_as: Callable[[Page, UUID], Page]
) -> None:
    run = Run.objects.create(
        kind="plan-canvass", state=Run.State.RUNNING, done=1, total=4, started_by_id=cast.coordinator
    )
    page = enter_as(page_without_javascript, cast.coordinator)
    page.goto(f"/travaux/{run.pk}/")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "25")
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE, done=4, result={"url": "/terrain/"})
    expect(page.get_by_role("link", name="Voir le résultat")).to_have_attribute("href", "/terrain/")


def test_what_is_wrong_on_a_page_is_seen(browser_page: Page, watch: Watch) -> None:
    """The watch itself: an inline script, a foreign picture and an error of a script are all told."""
    browser_page.goto("/mentions-legales/")
    browser_page.evaluate("""() => {
      document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }));
      document.body.append(Object.assign(new Image(), { src: "http://127.0.0.2:9/picture.png" }));
      setTimeout(() => { throw new Error("broken"); });
    }""")
    browser_page.wait_for_timeout(500)
    told, watch.problems[:] = " ".join(watch.problems), []
    assert "script-src" in told
    assert "127.0.0.2" in told
    assert "broken" in told
