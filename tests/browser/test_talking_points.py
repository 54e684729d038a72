"""Talking points in a real browser: drafted by one, approved by another, read and printed by all."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.talking_points import api
from amiral.rooms.talking_points.contracts import Source
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]


def test_from_draft_to_paper_without_javascript(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    page = page_without_javascript
    api.create_theme(by_id=cast.administrator, name_fr="Santé", name_en="Health")
    enter_as(page, cast.coordinator).goto("/arguments/nouveau/")
    page.get_by_label("Phrase courte").fill("Un médecin à moins de trente minutes")
    page.get_by_label("Texte", exact=True).fill("**Huit** communes sur dix.")
    page.get_by_label("Source 1 : titre").fill("Insee Première")
    page.get_by_label("Source 1 : adresse").fill("https://www.insee.fr/fr/1")
    page.get_by_role("button", name="Garder le brouillon").click()
    page.get_by_role("link", name="Un médecin").click()
    expect(page.get_by_text("une autre personne le lit et l’approuve")).to_be_visible()
    expect(page.get_by_role("button", name="Approuver")).to_have_count(0)

    enter_as(page, cast.administrator).goto("/arguments/brouillons/")
    page.get_by_role("link", name="Un médecin").click()
    page.get_by_role("button", name="Approuver").click()
    expect(page.get_by_text("Version 1, approuvée par Administrator E.")).to_be_visible()

    enter_as(page, cast.teammate).goto("/arguments/")
    page.get_by_label("Chercher").fill("medecin")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Un médecin").click()
    page.get_by_role("link", name="Imprimer").click()
    expect(page.get_by_text("https://www.insee.fr/fr/1")).to_be_visible()


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_every_page_is_accessible(
    open_page: Callable[..., Page],
    enter_as: Enter,
    assert_accessible: Callable[[Page], None],
    cast: Cast,
    locale: str,
) -> None:
    theme = api.create_theme(by_id=cast.administrator, name_fr="Santé", name_en="Health")
    source = Source(title="Insee", url="https://www.insee.fr/fr/1", on=date(2026, 5, 4))
    body = "Du **texte** :\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> citation"
    version = api.draft(by_id=cast.coordinator, theme=theme, short_line="Une", body=body, sources=[source])
    api.approve(by_id=cast.administrator, version_id=version)
    point = api.approved(language="fr")[0].point_id
    draft = api.draft(by_id=cast.coordinator, point_id=point, short_line="Deux", body=body, sources=[source])
    page = enter_as(open_page(locale=locale), cast.administrator)
    for path in (
        "/arguments/",
        "/arguments/imprimer/",
        "/arguments/nouveau/",
        "/arguments/brouillons/",
        "/arguments/themes/",
        f"/arguments/{point}/",
        f"/arguments/{point}/nouvelle-version/",
        f"/arguments/versions/{draft}/",
        f"/arguments/versions/{version}/",
    ):
        page.goto(path)
        assert_accessible(page)
    page.goto("/arguments/nouveau/")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
