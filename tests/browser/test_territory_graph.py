"""Territories in a real browser: a telephone; a zone drawn with a finger, and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.territory.models import FormerCode, TerritoryLink, TerritorySuccession, Zone
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]


@pytest.fixture
def world(cast: Cast) -> Cast:
    """A village that merged, a canton that changed."""
    FormerCode.objects.create(code="71901", name="Loché", search_name="loche", commune_id="commune:71270")
    TerritorySuccession.objects.create(
        old_code="71901",
        old_name="Loché",
        new_code="71270",
        new_name="Mâcon",
        new_id="commune:71270",
        kind="merge",
        date="1972-01-01",
    )
    TerritoryLink.objects.create(
        child_id="commune:71270", parent_id="departement:21", valid_to="1950-01-01", approximate=True
    )
    return cast


@pytest.mark.parametrize(
    "path",
    [
        "/territoires/commune:71270/",
        "/territoires/departement:71/",
        "/territoires/genres/",
        "/territoires/genres/commune/",
        "/territoires/histoire/?code=71901&on=2017-04-23",
        "/territoires/tableaux/",
        "/territoires/zones/",
        "/territoires/zones/nouvelle/?dans=71",
    ],
)
def test_every_page_of_the_graph_on_a_telephone(
    browser_page: Page, enter_as: Enter, assert_accessible: Any, world: Cast, path: str
) -> None:
    page = enter_as(browser_page, world.coordinator)
    page.goto(path)
    assert_accessible(page)


def test_a_zone_is_drawn_by_touching_the_map(
    browser_page: Page, enter_as: Enter, assert_accessible: Any, world: Cast
) -> None:
    page = enter_as(browser_page, world.coordinator)
    page.goto("/territoires/zones/nouvelle/")
    page.get_by_label("Nom de la zone").fill("Centre")
    sheet = page.locator(".map__live")
    sheet.scroll_into_view_if_needed()
    expect(page.get_by_text("Sommets du contour : 0")).to_be_visible()
    for x, y in ((60, 60), (200, 70), (180, 160), (70, 150)):
        sheet.click(position={"x": x, "y": y})
    expect(page.get_by_text("Sommets du contour : 4")).to_be_visible()
    page.get_by_role("button", name="Retirer le dernier sommet").click()
    expect(page.get_by_text("Sommets du contour : 3")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Garder cette zone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Centre")
    geometry = Zone.objects.get().geometry
    assert len(geometry["coordinates"][0]) == 4


def test_a_zone_is_made_without_javascript(
    page_without_javascript: Page, enter_as: Enter, world: Cast
) -> None:
    page = enter_as(page_without_javascript, world.coordinator)
    page.goto("/territoires/zones/nouvelle/")
    page.get_by_label("Montrer les lieux de").fill("Saône-et-Loire")
    page.get_by_role("button", name="Montrer ces lieux").click()
    page.get_by_label("Nom de la zone").fill("Deux villes")
    page.get_by_label("Mâcon (71)", exact=False).first.check()
    page.get_by_label("Codes d’autres lieux").fill("71076")
    page.get_by_role("button", name="Garder cette zone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deux villes")
    expect(page.get_by_role("link", name="Chalon-sur-Saône")).to_be_visible()
    page.get_by_role("link", name="Redessiner").click()
    page.get_by_label("Oui, retirer cette zone").check()
    page.get_by_role("button", name="La retirer").click()
    expect(page.get_by_text("Aucune zone pour l’instant.")).to_be_visible()
