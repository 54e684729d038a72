"""The feed in a real browser: a telephone, with and without JavaScript, by keyboard."""

import os
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.clock import now
from amiral.rooms.network import actions, api
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]


def look(page: Page, name: str) -> None:
    """Nothing is wider than the telephone; a picture of it for who asks."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    folder = os.environ.get("AMIRAL_LOOK", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture
def world(cast: Cast) -> Cast:
    """An announcement, a post with a picture and a poll, a mention, a conversation."""
    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (900, 500), (60, 140, 150)).save(stream, "JPEG")
    actions.publish(
        author_id=cast.owner,
        group_id=cast.group,
        body="Réunion **jeudi** à 19 h, salle des fêtes.",
        at=now(),
        announcement=True,
    )
    post = actions.publish(
        author_id=cast.teammate,
        group_id=cast.group,
        body="Les tracts sont arrivés. " * 50,
        at=now(),
        pictures=[actions.NewPicture(content=stream.getvalue(), alt="Un carton de tracts")],
        poll=actions.NewPoll(
            question="Quel jour ?",
            choices=["Samedi", "Dimanche"],
            is_multiple=False,
            closes_at=now() + timedelta(days=3),
        ),
    )
    api.comment(author_id=cast.owner, post_id=post, body="@teammate-e tu les gardes ?")
    actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="Libre samedi ?", at=now())
    return cast


def test_the_feed_is_read_and_used_without_javascript(
    page_without_javascript: Page, enter_as: Enter, world: Cast
) -> None:
    page = enter_as(page_without_javascript, world.teammate)
    page.goto("/fil/")
    expect(page.get_by_text("Annonce", exact=True)).to_be_visible()
    expect(page.get_by_text("tu les gardes ?").first).to_be_visible()
    expect(page.get_by_alt_text("Un carton de tracts")).to_be_visible()
    look(page, "feed")
    page.get_by_role("link", name="Lire la suite").click()
    page.get_by_label("Samedi").check()
    page.get_by_role("button", name="Voter").click()
    expect(page.get_by_text("Votre vote est compté.")).to_be_visible()
    look(page, "post")
    page.goto("/fil/")
    page.get_by_label("Chercher dans ce qui s’est dit").fill("tract")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("Les tracts sont arrivés.").first).to_be_visible()
    look(page, "search")
    page.goto("/moi/notifications/")
    page.get_by_role("link", name="Owner E. vous a cité dans Mâcon").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Teammate")
    page.goto("/moi/notifications/")
    look(page, "notifications")
    page.goto("/conversations/")
    page.get_by_role("link", name="Owner E.").click()
    page.get_by_label("Votre message").fill("Oui !")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Oui !")).to_be_visible()
    look(page, "conversation")
    for address in (
        "/groupes/macon/publier/",
        "/groupes/macon/membres/",
        "/moi/blocages/",
        "/groupes/macon/",
    ):
        page.goto(address)
        look(page, address.strip("/").replace("/", "-"))


def test_a_member_is_named_by_keyboard(browser_page: Page, enter_as: Enter, world: Cast) -> None:
    page = enter_as(browser_page, world.teammate)
    page.goto("/groupes/macon/")
    text = page.get_by_label("Votre message au groupe")
    text.focus()
    page.keyboard.type("Merci @own")
    expect(page.get_by_role("option", name="Owner E. (@owner-e)")).to_be_visible()
    look(page, "names")
    page.keyboard.press("Enter")
    expect(text).to_have_value("Merci @owner-e ")
    page.keyboard.type("pour tout")
    page.get_by_role("button", name="Publier").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("@Owner E.").first).to_be_visible()


def test_what_is_new_is_offered_while_the_page_is_open(
    browser_page: Page, enter_as: Enter, world: Cast
) -> None:
    page = enter_as(browser_page, world.teammate)
    page.goto("/fil/")
    expect(page.get_by_text("Une nouvelle publication")).to_have_count(0)
    api.publish(author_id=world.owner, group_id=world.group, body="Toute fraîche")
    page.get_by_role("link", name="Une nouvelle publication : l’afficher").click(timeout=20_000)
    expect(page.get_by_text("Toute fraîche")).to_be_visible()
