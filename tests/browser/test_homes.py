"""Counting the dwellings of an address in a real browser, from the walk list and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.field import api
from amiral.rooms.field.models import Door
from amiral.rooms.territory import api as territory
from tests.rooms.field.conftest import SATURDAY, World, import_addresses, make_world, reference_dir, world
from tests.rooms.field.test_homes import block

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_a_team_counts_the_dwellings(
    world: World,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, Any], Page],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
    locale: str,
) -> None:
    territory.import_streets_file(path=block(tmp_path / "town.osm"), name="rues")
    api.plan_now(canvass_id=world.canvass, at=SATURDAY)
    door = Door.objects.select_related("turf").get(turf__canvass=world.canvass, address_id="a0")
    turf = next(one for one in api.turfs(canvass_id=world.canvass) if one.id == door.turf_id)
    card = world.assign(turf)
    page = enter_as(open_page(locale=locale), world.cast.teammate)
    page.goto(card.url)
    assert_accessible(page)
    page.locator(f"#porte-{door.position} a").first.click()
    assert_accessible(page)
    page.get_by_role("spinbutton").fill("31")
    page.get_by_role("spinbutton").press("Enter")
    counted = "31 logements, comptés sur place" if locale == "fr-FR" else "31 dwellings, counted at the door"
    expect(page.locator(f"#porte-{door.position}")).to_contain_text(counted)
