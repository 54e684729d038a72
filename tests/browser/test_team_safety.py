"""A team looks after itself, in a real browser: with a thumb, without a script, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.clock import now
from amiral.rooms.field.models import Canvass, Caution, HelpCall, Presence
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.models import Shift
from amiral.rooms.people import api as people
from tests.conftest import NOON, make_person
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def out_now(world: World) -> World:
    """The shift is under way, and the team of three holds a turf that offers residents the code."""
    world.assign()
    for name in ("Zoé", "Ahmed"):
        mobilisation.sign_up(person_id=make_person(name), shift_id=world.shift, at=NOON)
    moment = now()
    Shift.objects.filter(pk=world.shift).update(
        starts_at=moment - timedelta(hours=1), ends_at=moment + timedelta(hours=1)
    )
    Canvass.objects.update(counts_only=False)
    people.set_phone(person_id=world.cast.owner, typed="06 12 34 56 78")
    return world


@pytest.mark.parametrize("width", [360, 1280])
def test_a_team_and_its_leader(
    out_now: World,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, Any], Page],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
    width: int,
) -> None:
    size = {"width": width, "height": 800}
    leader = enter_as(open_page(viewport=size), out_now.cast.owner)
    mate = enter_as(open_page(viewport=size), out_now.cast.teammate)
    leader.goto(f"/terrain/equipes/{out_now.shift}/")
    leader.get_by_role("button", name="Montrer mon numéro").click()
    leader.get_by_text("Composer les binômes").click()
    assert_accessible(leader)
    leader.screenshot(path=str(tmp_path / f"team-{width}.png"), full_page=True)
    leader.get_by_role("button", name="Garder ces binômes").click()
    expect(leader.get_by_text("Les binômes sont enregistrés.")).to_be_visible()

    mate.goto(f"/actions/{out_now.action}/")
    mate.get_by_role("link", name="L’équipe et sa sécurité").first.click()
    assert_accessible(mate)
    mate.goto(f"/actions/{out_now.action}/")
    mate.locator("a[href^='/tournee/']").first.click()
    expect(mate.get_by_text("Avec vous : Zoé E.")).to_be_visible()
    mate.get_by_role("button", name="Je pars").click()
    assert Presence.objects.count() == 3
    assert_accessible(mate)
    mate.screenshot(path=str(tmp_path / f"walk-{width}.png"))
    mate.get_by_role("link", name="Signaler").first.click()
    assert_accessible(mate)
    mate.get_by_label("Accès dangereux").check()
    mate.screenshot(path=str(tmp_path / f"caution-{width}.png"), full_page=True)
    mate.get_by_role("button", name="Signaler l’adresse").click()
    assert Caution.objects.count() == 1
    mate.get_by_role("link", name="J’ai besoin d’aide").click()
    assert_accessible(mate)
    mate.screenshot(path=str(tmp_path / f"help-{width}.png"), full_page=True)
    mate.get_by_role("button", name="Oui").click()
    expect(mate.get_by_text("Personne n’a encore répondu")).to_be_visible()
    assert_accessible(mate)

    leader.goto(f"/terrain/equipes/{out_now.shift}/")
    expect(leader.get_by_role("alert")).to_contain_text("Teammate E. demande de l’aide")
    assert_accessible(leader)
    leader.screenshot(path=str(tmp_path / f"alarm-{width}.png"), full_page=True)
    leader.get_by_role("link", name="Voir l’appel").click()
    leader.get_by_role("button", name="Je m’en occupe").click()
    mate.reload()
    expect(mate.get_by_text("Owner E.")).to_be_visible()
    mate.get_by_role("button", name="Je suis en sécurité").click()
    assert HelpCall.objects.get().ended_at is not None
    leader.goto(f"/terrain/{out_now.canvass}/")
    leader.get_by_role("link", name="Sécurité et vie privée").click()
    assert_accessible(leader)
    leader.screenshot(path=str(tmp_path / f"cautions-{width}.png"), full_page=True)
    leader.get_by_role("button", name="Confirmer").click()
    expect(leader.get_by_text("à confirmer")).to_have_count(0)


def test_a_resident_leaves_his_address_on_the_phone_that_is_handed_to_him(
    out_now: World,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, Any], Page],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    page = enter_as(open_page(), out_now.cast.teammate)
    page.goto("/rejoindre/porte/code/")
    assert_accessible(page)
    page.screenshot(path=str(tmp_path / "code.png"), full_page=True)
    page.get_by_role("link", name="Ouvrir la page").click()
    assert_accessible(page)
    page.get_by_label("Votre adresse électronique").fill("porte@example.org")
    page.get_by_role("checkbox").check()
    page.screenshot(path=str(tmp_path / "door.png"), full_page=True)
    page.get_by_role("button", name="Écrivez-moi").click()
    expect(page.locator("h1")).to_have_text("Merci")
    assert_accessible(page)
    page.go_back()
    expect(page.get_by_label("Votre adresse électronique")).to_have_value("")
    stored = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"
    )
    assert stored == [0, 0, 0]


def test_without_javascript(
    out_now: World, open_page: Callable[..., Page], enter_as: Callable[[Page, Any], Page]
) -> None:
    page = enter_as(open_page(java_script_enabled=False), out_now.cast.teammate)
    page.goto(f"/terrain/equipes/{out_now.shift}/")
    page.get_by_role("button", name="Je pars").click()
    page.get_by_role("button", name="Je suis de retour").click()
    page.get_by_role("link", name="J’ai besoin d’aide").click()
    page.get_by_role("button", name="Oui").click()
    expect(page.locator("h1")).to_have_text("Appel à l’aide")
    assert HelpCall.objects.count() == 1
