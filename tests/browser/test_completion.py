"""Completion of communes in a real browser: by keyboard, for screen readers, and without JavaScript."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIND = "/territoires/trouver/"


def test_a_misspelt_town_is_completed_by_keyboard(
    browser_page: Page, assert_accessible: Any, cast: Cast
) -> None:
    browser_page.goto(FIND)
    field = browser_page.locator("#id_city")
    field.press_sequentially("dijin")
    option = browser_page.get_by_role("option", name="Dijon (21)")
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert_accessible(browser_page)
    field.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("Dijon")
    expect(field).to_have_attribute("aria-expanded", "false")


def test_the_join_form_completes_a_town_with_its_postal_code(
    browser_page: Page, assert_accessible: Any, cast: Cast
) -> None:
    """No third field: the listbox stands at the one that takes a postal code or a town."""
    browser_page.goto("/rejoindre/")
    field = browser_page.locator("#id_postal_code")
    field.press_sequentially("chalon")
    option = browser_page.get_by_role("option", name="Chalon-sur-Saône (71)")
    expect(option).to_be_visible()
    assert_accessible(browser_page)
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "completion-0-0")
    field.press("Enter")
    expect(field).to_have_value("71100 Chalon-sur-Saône")
    expect(browser_page.get_by_role("listbox")).to_be_hidden()
    browser_page.locator("#id_email").fill("nouvelle@example.org")
    browser_page.locator("#id_given_name").fill("Nouvelle")
    browser_page.get_by_role("button", name="Rejoindre").click()
    expect(browser_page).to_have_url(re.compile("/rejoindre/verifier/"))


def test_a_postal_code_is_completed_with_its_towns(browser_page: Page, cast: Cast) -> None:
    browser_page.goto("/rejoindre/")
    field = browser_page.locator("#id_postal_code")
    field.press_sequentially("71000")
    browser_page.get_by_role("option", name="Mâcon (71)", exact=True).click()
    expect(field).to_have_value("71000 Mâcon")


def test_the_join_form_takes_a_town_without_javascript(page_without_javascript: Page, cast: Cast) -> None:
    page_without_javascript.goto("/rejoindre/")
    page_without_javascript.locator("#id_postal_code").fill("Chalon sur Saone")
    page_without_javascript.locator("#id_email").fill("nouvelle@example.org")
    page_without_javascript.locator("#id_given_name").fill("Nouvelle")
    page_without_javascript.get_by_role("button", name="Rejoindre").click()
    expect(page_without_javascript).to_have_url(re.compile("/rejoindre/verifier/"))


def test_escape_closes_and_keeps_what_was_typed(browser_page: Page, cast: Cast) -> None:
    browser_page.goto("/communes/")
    field = browser_page.locator("#id_q")
    field.press_sequentially("chalo")
    expect(browser_page.get_by_role("option").first).to_be_visible()
    field.press("Escape")
    expect(browser_page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("chalo")


def test_the_page_answers_without_javascript(page_without_javascript: Page, cast: Cast) -> None:
    page_without_javascript.goto(FIND)
    page_without_javascript.locator("#id_city").fill("Macon")
    page_without_javascript.get_by_role("button", name="Trouver les territoires").click()
    expect(page_without_javascript.get_by_role("link", name="Mâcon (71)")).to_be_visible()
