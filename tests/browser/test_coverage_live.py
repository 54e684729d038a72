"""The open page of coverage follows what comes in, its map on tiles of this server; and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_figures_follow_a_visit_and_the_map_is_drawn_again(
    world: World, browser_page: Page, enter_as: Callable[..., Page], assert_accessible: Any, live_server: Any
) -> None:
    from amiral.kit.clock import now

    assignment = world.assign()
    page = enter_as(browser_page, world.cast.owner)
    page.goto(f"{live_server.url}/terrain/{world.canvass}/couverture/")
    expect(page.locator("[data-state]")).to_contain_text("En direct")
    done = page.locator("[data-line=''] [data-figure=done]")
    expect(done).to_have_text("0")
    world.visit(assignment, 1, received_at=now())
    expect(done).to_have_text("1")
    expect(page.locator("[data-line=secteur-1] [data-figure=done]")).to_have_text("1")
    page.locator("figure.map").scroll_into_view_if_needed()
    expect(page.locator(".leaflet-tile").first).to_be_attached()
    assert_accessible(page)


def test_the_page_says_the_same_without_scripts(
    world: World, page_without_javascript: Page, enter_as: Callable[..., Page], live_server: Any
) -> None:
    world.visit(world.assign(), 1)
    page = enter_as(page_without_javascript, world.cast.owner)
    page.goto(f"{live_server.url}/terrain/{world.canvass}/couverture/")
    expect(page.locator("[data-line=''] [data-figure=done]")).to_have_text("1")
    expect(page.locator("figure.map svg").first).to_be_visible()
    page.get_by_role("link", name="Recharger cette page").click()
    expect(page.get_by_role("link", name="Ne plus recharger")).to_be_visible()


def test_every_place_is_read_at_360_pixels_and_by_a_screen_reader(
    world: World, browser_page: Page, enter_as: Callable[..., Page], assert_accessible: Any, live_server: Any
) -> None:
    from amiral.kit.clock import now
    from amiral.rooms.field import actions

    assignment = world.assign()
    yesterday = now() - timedelta(days=1)
    for position in range(1, 13):
        world.visit(assignment, position, received_at=yesterday)
    actions.close_everywhere(at=now())
    page = enter_as(browser_page, world.cast.owner)
    canvass = f"{live_server.url}/terrain/{world.canvass}"
    for address in (
        f"{canvass}/couverture/?vue=portes",
        f"{canvass}/couverture/secteur/1/",
        f"{canvass}/couverture/batiment/{world.turf.door_ids[0]}/",
        f"{canvass}/objections/?jours=7",
        f"{live_server.url}/terrain/couverture/?departement=71",
        f"{live_server.url}/terrain/objections/",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert_accessible(page)
    page.goto(f"{canvass}/couverture/secteur/1/")
    expect(page.locator("#answers")).to_be_visible()
    expect(page.get_by_text("12 réponses")).to_be_visible()
