"""Asking for a tour from the device's place, taking it, and planning again, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.kit import runs
from amiral.rooms.field import api
from amiral.rooms.field.models import Canvass, Turf
from amiral.rooms.territory import api as territory
from tests.rooms.field.conftest import (
    SATURDAY,
    SOUTH,
    WEST,
    World,
    import_addresses,
    make_world,
    reference_dir,
    world,
)
from tests.rooms.field.test_homes import block

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_leader_takes_a_tour_and_plans_again(
    world: World,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, Any], Page],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
    width: int,
) -> None:
    territory.import_streets_file(path=block(tmp_path / "town.osm"), name="rues")
    api.plan_now(canvass_id=world.canvass, at=SATURDAY)
    page = enter_as(open_page(locale="fr-FR"), world.cast.owner)
    page.set_viewport_size({"width": width, "height": 800})
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": WEST, "latitude": SOUTH})
    page.goto(f"/terrain/{world.canvass}/")
    page.get_by_role("link", name="Une tournée d’ici").click()
    assert_accessible(page)
    page.get_by_role("button", name="Partir d’où je suis").click()
    expect(page.locator("[data-here-tools] [role=status]")).to_have_text("Votre position est notée.")
    page.get_by_label("Combien de minutes").fill("20")
    page.get_by_role("button", name="Trouver les portes").click()
    assert_accessible(page)
    expect(page.get_by_role("heading", name="Portes, dans l’ordre")).to_be_visible()
    page.get_by_role("button", name="Prendre cette tournée").click()
    expect(page.locator("h1")).to_contain_text("Feuille de route")
    assert Turf.objects.filter(canvass=world.canvass, is_tour=True).count() == 1
    page.goto(f"/terrain/{world.canvass}/replanifier/")
    assert_accessible(page)
    page.get_by_role("button", name="Replanifier").click()
    run_id = Canvass.objects.get(pk=world.canvass).run_id
    assert run_id is not None
    runs.carry_out(run_id)
    page.goto(f"/terrain/{world.canvass}/replanifier/")
    assert_accessible(page)
    expect(page.get_by_text("Confiés à une équipe, intacts")).to_be_visible()
