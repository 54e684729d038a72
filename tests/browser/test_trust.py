"""Giving a part of a mandate on, and seeing a number with its receipt: a telephone, without JavaScript."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.clock import now
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.people.models import ContactPoint, Mandate
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]


def picture(page: Page, name: str) -> None:
    """Kept where ``AMIRAL_PICTURES`` says, to be looked at."""
    if folder := os.environ.get("AMIRAL_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_leader_gives_a_part_on_and_takes_it_back(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    page = page_without_javascript
    enter_as(page, cast.owner).goto("/")
    page.get_by_role("link", name="Qui détient quel mandat").click()
    page.get_by_role("main").get_by_role("link", name="responsable de groupe, Mâcon").first.click()
    page.get_by_label("Adresse électronique").fill("teammate@example.org")
    group = page.get_by_role("group", name="Ce que la personne pourra faire")
    group.get_by_label("voir quelles portes ont été visitées").check()
    picture(page, "delegate")
    page.get_by_role("button", name="Déléguer cette partie").click()
    expect(page.get_by_role("heading", name="Ce qui en dépend")).to_be_visible()
    page.get_by_role("link", name="Teammate E., délégué, Mâcon").click()
    picture(page, "mandate")
    page.get_by_role("button", name="Mettre fin à ce mandat maintenant").click()
    page.goto("/mandats/journal/")
    expect(page.get_by_role("cell", name="terminé")).to_be_visible()
    picture(page, "log")


def test_a_number_is_called_and_the_person_reads_it(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    start = now() + timedelta(days=1)
    action = mobilisation.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=ActionDraft(
            kind=Kind.DOOR_TO_DOOR, title="Porte-à-porte", place="Mairie", commune_id="commune:71270"
        ),
        shifts=[ShiftDraft(starts_at=start, ends_at=start + timedelta(hours=2), capacity=5, needed=1)],
    )
    ContactPoint.objects.create(person_id=cast.teammate, kind="phone", value="+33612345678", primary=True)
    page = page_without_javascript
    enter_as(page, cast.teammate).goto(f"/actions/{action}/")
    page.get_by_label("La personne qui anime peut m’appeler").check()
    picture(page, "sign-up")
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.get_by_role("button", name="Ne pas montrer mon numéro")).to_be_visible()

    enter_as(page, cast.owner).goto(f"/actions/{action}/")
    page.get_by_role("link", name="L’équipe et ses numéros").click()
    expect(page.get_by_role("link", name="06 12 34 56 78")).to_have_attribute("href", "tel:+33612345678")
    picture(page, "team")

    enter_as(page, cast.teammate).goto("/moi/")
    page.get_by_role("link", name="Qui a vu mes coordonnées").click()
    expect(page.get_by_role("cell", name="Owner E., responsable de groupe")).to_be_visible()
    picture(page, "receipts")

    enter_as(page, cast.administrator).goto(f"/actions/{action}/equipe/")
    picture(page, "from-above")
    page.get_by_label("Pourquoi avez-vous besoin des numéros").fill("La responsable est malade ce matin.")
    page.get_by_role("button", name="Montrer les numéros").click()
    expect(page.get_by_role("link", name="06 12 34 56 78")).to_be_visible()


def test_these_pages_are_for_everybody(
    browser_page: Page, enter_as: Enter, assert_accessible: Callable[[Page], None], cast: Cast
) -> None:
    mandate = Mandate.objects.get(person_id=cast.coordinator).pk
    page = enter_as(browser_page, cast.coordinator)
    for path in ("/mandats/", f"/mandats/{mandate}/", f"/mandats/{mandate}/deleguer/", "/mandats/journal/"):
        page.goto(path)
        assert_accessible(page)
    picture(page, "coordinator-log")
    page.goto("/mandats/")
    picture(page, "mandates")
    enter_as(page, cast.administrator)
    for path in ("/consultations/?since=2026-01-01&until=2026-12-31", "/moi/consultations/"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/consultations/?since=2026-11-01&until=2026-12-31")
    picture(page, "drill")
