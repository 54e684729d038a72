"""Signing up without an account on a telephone, by keyboard, without a script; the pages about places."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions.rules import set_rules
from amiral.rooms.mobilisation.contracts import ShiftRules, SignUpState
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.mobilisation.queries.place_links import Tap, place_path
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "passante@example.org"


@pytest.fixture
def full(cast: Cast) -> World:
    """Two places that are taken."""
    world = make_world(cast, capacity=2)
    for person in (cast.owner, cast.coordinator):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    return world


def press(page: Page, name: str) -> None:
    """What a keyboard does: to the button, then Enter."""
    button = page.get_by_role("button", name=name)
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_guest_waits_is_offered_a_place_and_takes_it(
    full: World, open_page: Callable[..., Page], language: str
) -> None:
    words = {
        "fr": (
            "M’envoyer le courriel",
            "Je viens",
            "numéro 1|en tête|liste d’attente",
            "Prendre cette place",
        ),
        "en": ("Send me the letter", "I am coming", "You are the first", "Take this place"),
    }[language]
    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    page = open_page(java_script_enabled=False, locale=locale)
    page.goto(f"/actions/creneaux/{full.saturday}/inscription/")
    page.locator("[name=given_name]").focus()
    page.keyboard.type("Passante")
    page.keyboard.press("Tab")
    page.keyboard.type(ADDRESS)
    press(page, words[0])
    assert page.url.endswith("/actions/inscription/lettre/")
    (letter,) = [str(letter.body) for letter in mail.outbox if letter.to == [ADDRESS]]
    found = re.search(r"/actions/inscription/confirmer/\S+", letter)
    assert found
    page.goto(found[0])
    press(page, words[1])
    expect(page.locator("main")).to_contain_text(re.compile(words[2]))
    api.cancel_sign_up(person_id=full.cast.owner, shift_id=full.saturday, at=NOON)
    row = SignUp.objects.get(guest=True)
    page.goto(place_path(sign_up_id=row.pk, tap=Tap.ACCEPT))
    assert SignUp.objects.get(guest=True).state == SignUpState.OFFERED
    press(page, words[3])
    assert SignUp.objects.get(guest=True).state == SignUpState.CONFIRMED


def test_the_pages_about_places_fit_a_telephone_and_everybody(
    full: World,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, UUID], Page],
    assert_accessible: Callable[[Page], None],
) -> None:
    api.sign_up(person_id=full.cast.teammate, shift_id=full.saturday, at=NOON, silent=True)
    rules = ShiftRules(approval=True, newcomers_each=1)
    set_rules(by_id=full.cast.owner, shift_id=full.sunday, rules=rules, at=NOON)
    api.sign_up(person_id=full.cast.teammate, shift_id=full.sunday, at=NOON, silent=True)
    rows: Any = SignUp.objects.filter(person=full.cast.teammate)
    visitor = open_page()
    for path in [
        *(place_path(sign_up_id=row.pk) for row in rows),
        f"/actions/creneaux/{full.saturday}/inscription/",
        "/actions/inscription/lettre/",
    ]:
        visitor.goto(path)
        assert_accessible(visitor)
    leader = enter_as(open_page(), full.cast.owner)
    for shift in (full.saturday, full.sunday):
        for part in ("inscriptions", "regles"):
            leader.goto(f"/actions/creneaux/{shift}/{part}/")
            assert_accessible(leader)
