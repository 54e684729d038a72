"""Certification, word of mouth and share kits in a real browser, as the demonstration shows them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.config.demonstration import mouth
from amiral.kit.clock import now
from amiral.rooms.network import api as network
from amiral.rooms.people.models import Mandate
from tests.browser.conftest import DESK
from tests.conftest import Cast, make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]
PICTURES = os.environ.get("AMIRAL_TEST_PICTURES", "")
"""A folder in which to keep what the pages look like, for a person's eyes."""


@pytest.fixture
def shown(cast: Cast) -> Cast:
    """A badge in Mâcon, a request elsewhere, three generations, somebody excluded from Mâcon."""
    Mandate.objects.filter(scope_id=cast.group).update(territory_id="commune:71270")
    waiting = network.create_local_group(
        by_id=cast.coordinator, name="Chalon", commune_id="commune:71076", presentation=""
    )
    crowd = tuple(make_person(f"Foule{number}") for number in range(14))
    mouth.build(
        administrator=cast.administrator, coordinator=cast.coordinator, leader=cast.owner,
        volunteer=cast.teammate, crowd=crowd, certified=cast.group, waiting=waiting, now=now(),
    )  # fmt: skip
    network.join(person_id=cast.stranger, group_id=cast.group)
    network.exclude(
        by_id=cast.owner, group_id=cast.group, person_id=cast.stranger, reason="Insultes répétées.", at=now()
    )
    return cast


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("desk", [False, True])
def test_every_page_is_accessible(
    open_page: Callable[..., Page],
    enter_as: Enter,
    assert_accessible: Callable[[Page], None],
    shown: Cast,
    desk: bool,
) -> None:
    page = open_page(viewport=DESK, locale="en-GB") if desk else open_page()
    for who, addresses in {
        shown.administrator: ["/certification/", "/groupes/chalon/certification/"],
        shown.owner: ["/groupes/macon/", "/groupes/macon/certification/", "/groupes/macon/exclusions/"],
        shown.coordinator: ["/parrainages/", "/groupes/?certifies=1"],
        shown.teammate: ["/moi/parrainage/", "/partager/groupe/macon/", "/partager/page/accueil/"],
    }.items():
        enter_as(page, who)
        for address in addresses:
            page.goto(address)
            assert_accessible(page)
            keep(page, f"{'desk' if desk else 'phone'}{address.replace('/', '-').replace('?', '-')}")


def test_an_appeal_is_sent_and_answered_without_javascript(
    page_without_javascript: Page, enter_as: Enter, shown: Cast
) -> None:
    page = page_without_javascript
    enter_as(page, shown.stranger).goto("/groupes/macon/")
    page.get_by_role("link", name="Pourquoi, et comment faire appel").click()
    expect(page.get_by_text("Insultes répétées.")).to_be_visible()
    page.get_by_label("Pourquoi lever l’exclusion").fill("C’était une plaisanterie.")
    page.get_by_role("button", name="Envoyer l’appel").click()
    expect(page.get_by_text("Votre appel attend une réponse.")).to_be_visible()
    keep(page, "phone-own-exclusion")
    enter_as(page, shown.coordinator).goto("/groupes/macon/exclusions/")
    page.get_by_label("Vos raisons, que la personne lit").fill("Après lecture, elle reste.")
    page.get_by_role("button", name="La maintenir").click()
    expect(page.get_by_text("Après lecture, elle reste.")).to_be_visible()


def test_a_text_is_copied_by_a_button(open_page: Callable[..., Page], enter_as: Enter, shown: Cast) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    enter_as(page, shown.teammate).goto("/partager/groupe/macon/")
    page.get_by_role("button", name="Copier").first.click()
    expect(page.get_by_role("button", name="Copié").first).to_be_visible()
    assert "par=" in page.evaluate("navigator.clipboard.readText()")
