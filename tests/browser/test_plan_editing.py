"""A plan changed in a real browser: a boundary drawn with a finger, and everything without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.field.models import Canvass, Door, PlanVersion, Turf
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir

__all__ = ["import_addresses", "make_world", "reference_dir"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(doors=40, minutes=20)


def test_every_page_of_a_plan_on_a_telephone(
    browser_page: Page, enter_as: Enter, assert_accessible: Any, world: World
) -> None:
    page = enter_as(browser_page, world.cast.owner)
    canvass = f"/terrain/{world.canvass}/"
    paths = ["", "modifier/", "secteurs/1/modifier/", "plans/", "plans/comparer/"]
    for path in paths:
        page.goto(canvass + path)
        assert_accessible(page)


@pytest.mark.parametrize("viewport", [{"width": 360, "height": 740}, DESK])
def test_a_boundary_is_drawn_by_touching_the_map(
    open_page: Any, enter_as: Enter, assert_accessible: Any, world: World, viewport: dict[str, int]
) -> None:
    page = enter_as(open_page(viewport=viewport), world.cast.owner)
    page.goto(f"/terrain/{world.canvass}/modifier/")
    sheet = page.locator(".map__live")
    sheet.scroll_into_view_if_needed()
    expect(page.get_by_text("Sommets : 0")).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    wide, high = box["width"], box["height"]
    for x, y in ((0.2, 0.05), (0.95, 0.05), (0.95, 0.5), (0.2, 0.5), (0.1, 0.5)):
        sheet.click(position={"x": x * wide, "y": y * high})
    expect(page.get_by_text("Sommets : 5")).to_be_visible()
    page.get_by_role("button", name="Retirer le dernier sommet").click()
    status = page.get_by_text("Sommets : 4 · Portes à l’intérieur :")
    expect(status).to_be_visible()
    counted = int(status.inner_text().rsplit(" ", 1)[1])
    assert counted > 5
    assert_accessible(page)
    page.locator("section", has_text="Tracer une limite").get_by_role(
        "button", name="Montrer ce qui changerait"
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui changerait")
    expect(page.get_by_text("Rien n’est encore changé.")).to_be_visible()
    assert_accessible(page)
    assert PlanVersion.objects.count() == 1
    page.get_by_role("button", name="Garder ce plan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Avant et après")
    assert_accessible(page)
    new = Turf.objects.order_by("-number").first()
    assert new is not None
    assert Door.objects.filter(turf=new).count() == counted


def test_a_turf_in_hand_is_told_by_its_width_and_its_team_is_read_whole(
    page_without_javascript: Page, enter_as: Enter, world: World
) -> None:
    page = enter_as(page_without_javascript, world.cast.owner)
    page.goto(f"/terrain/{world.canvass}/secteurs/2/")
    closed = page.get_by_label("Créneau").bounding_box()
    assert closed is not None
    assert closed["x"] + closed["width"] <= 360
    assert closed["height"] > 60, "two lines: the hours, then the action"
    world.assign()
    page.goto(f"/terrain/{world.canvass}/")
    width = "one => getComputedStyle(one).strokeWidth"
    assert page.locator(".map__sheet .map-held").first.evaluate(width) == "4px"
    assert page.locator(".map__sheet .map-turf:not(.map-held)").first.evaluate(width) == "2px"
    assert (
        page.locator(".map__sheet .map-arrow").first.evaluate("one => getComputedStyle(one).stroke") == "none"
    )
    team = page.locator("td[data-label=Équipe]").first
    right = "one => Math.round(one.getBoundingClientRect().right)"
    assert team.locator(".muted").evaluate(right) == team.evaluate(right)


def test_everything_works_without_javascript(
    page_without_javascript: Page, enter_as: Enter, world: World
) -> None:
    page = enter_as(page_without_javascript, world.cast.owner)
    page.goto(f"/terrain/{world.canvass}/")
    page.get_by_role("link", name="Changer le plan à la main").click()
    section = page.locator("section", has=page.get_by_role("heading", name="Déplacer une rue", exact=False))
    section.get_by_label("Voie").select_option(value="71270|Rue Carnot")
    section.get_by_label("Côté").select_option("Numéros pairs")
    section.get_by_role("button").click()
    expect(page.get_by_text("10 portes changeraient de secteur.")).to_be_visible()
    page.get_by_role("button", name="Garder ce plan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Avant et après")
    page.get_by_role("link", name="Revenir à la version 1").click()
    page.get_by_role("button", name="Garder ce plan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Avant et après")
    assert Canvass.objects.get().plan_version == 3
    page.goto(f"/terrain/{world.canvass}/secteurs/1/modifier/")
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("section", has=page.get_by_role("heading", name="Donner des portes")).get_by_role(
        "button"
    ).click()
    expect(page.get_by_text("2 portes changeraient de secteur.")).to_be_visible()
    page.get_by_role("link", name="Tout laisser comme c’est").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changer le secteur 1")
    assert Canvass.objects.get().plan_version == 3


def test_a_turf_is_turned_by_keyboard_alone(browser_page: Page, enter_as: Enter, world: World) -> None:
    page = enter_as(browser_page, world.cast.owner)
    page.goto(f"/terrain/{world.canvass}/secteurs/1/modifier/")
    button = page.locator("section", has=page.get_by_role("heading", name="Marcher dans l’autre sens"))
    button.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Seul l’ordre de la marche changerait.")).to_be_visible()
    page.get_by_role("button", name="Garder ce plan").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Avant et après")
    assert Canvass.objects.get().plan_version == 2
