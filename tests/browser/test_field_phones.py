"""A list number without JavaScript, phones, a lost one, what waits: in a real browser, at 360 pixels."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.field.models import Device, LogEntry, LogStatus, Visit
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world
from tests.rooms.field.test_numbers import exchanged, sealed_visit
from tests.rooms.field.test_phones import let_in

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EnterAs = Callable[..., Page]
Check = Callable[[Page], None]


def test_a_number_and_a_thumb_are_enough(page_without_javascript: Page, world: World) -> None:
    card, page = world.assign(), page_without_javascript
    page.goto("/terrain/liste/")
    number, button = page.get_by_label("Numéro de liste"), page.get_by_role("button", name="Ouvrir la liste")
    number.fill("1234")
    button.click()
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill(card.number_words)
    button.click()
    expect(page.locator("h1")).to_contain_text("secteur 1")
    page.get_by_role("button", name="Échange").first.click()
    expect(page.locator(".door--done")).to_have_count(1)
    assert Visit.objects.count() == 1
    assert LogEntry.objects.get().by_id is None
    page.goto(f"/terrain/{world.canvass}/")
    assert "/compte/" in page.url


def test_the_page_of_the_number_is_accessible(browser_page: Page, assert_accessible: Check) -> None:
    browser_page.goto("/terrain/liste/")
    assert_accessible(browser_page)
    browser_page.get_by_label("Numéro de liste").fill("00000000")
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("n’ouvre aucune liste").first).to_be_visible()
    assert_accessible(browser_page)


def test_the_leader_sees_phones_revokes_one_and_decides(
    browser_page: Page, enter_as: EnterAs, assert_accessible: Check, world: World
) -> None:
    phone = let_in(world, world.assign())
    exchanged(phone, [sealed_visit(phone, 1, world.turf.door_ids[0])], head=5)
    page = enter_as(browser_page, world.cast.owner)
    page.goto(f"/actions/{world.action}/")
    page.get_by_role("link", name="Téléphones de l’équipe").first.click()
    expect(page.get_by_text("4 passages encore sur 1 téléphone")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Révoquer").click()
    assert_accessible(page)
    page.get_by_role("button", name="Révoquer ce téléphone").click()
    expect(page.locator(".badge--error")).to_have_text("Révoqué")
    assert Device.objects.get().revoked_at is not None
    exchanged(phone, [sealed_visit(phone, 2, world.turf.door_ids[1])], head=5)
    page.goto(f"/terrain/{world.canvass}/journal/")
    assert_accessible(page)
    page.get_by_role("button", name="Compter").click()
    expect(page.get_by_text("Rien n’attend.")).to_be_visible()
    assert LogEntry.objects.filter(status=LogStatus.STORED).count() == 2


def test_the_leader_shares_a_turf(
    browser_page: Page, enter_as: EnterAs, assert_accessible: Check, world: World
) -> None:
    world.assign()
    page = enter_as(browser_page, world.cast.owner)
    page.goto(f"/terrain/{world.canvass}/secteurs/1/")
    page.get_by_text("Changer la fin, ou le numéro de liste").click()
    assert_accessible(page)
    page.get_by_role("link", name="Partager le secteur").click()
    assert_accessible(page)
    page.get_by_label("Combien de personnes restent").fill("2")
    page.get_by_role("button", name="Partager le secteur").click()
    expect(page.get_by_text("L’autre partie forme le secteur")).to_be_visible()


def test_ones_own_phone_is_lost(
    browser_page: Page, enter_as: EnterAs, assert_accessible: Check, world: World
) -> None:
    let_in(world, world.assign())
    page = enter_as(browser_page, world.cast.teammate)
    page.goto("/moi/")
    page.get_by_role("link", name="Mes téléphones sur le terrain").click()
    assert_accessible(page)
    page.get_by_role("link", name="Révoquer").click()
    page.get_by_role("button", name="Révoquer ce téléphone").click()
    expect(page.locator(".badge--error")).to_have_text("Révoqué")
    assert Device.objects.get().revoked_at is not None
