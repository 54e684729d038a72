"""The components of the interface in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.browser.samples")]
SAMPLES = [
    "/",
    "/mentions-legales/",
    "/introuvable/",
    "/echantillons/formulaire/",
    "/echantillons/composants/",
    "/echantillons/carte/",
]


@pytest.fixture(autouse=True)
def sample_templates(settings: Any) -> None:
    """The made-up pages' own templates."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.mark.parametrize("address", SAMPLES)
@pytest.mark.parametrize("viewport", [None, DESK])
def test_every_sample_is_accessible(
    open_page: OpenPage, assert_accessible: Callable[[Page], None], address: str, viewport: Any
) -> None:
    page = open_page(**({"viewport": viewport} if viewport else {}))
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
