"""Groups and moderation in a real browser: a telephone, with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amiral.rooms.network import api
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]


@pytest.fixture
def post(cast: Cast) -> str:
    """A post with a comment; answers the path of its page."""
    body = "## Samedi\n\nRendez-vous à **neuf heures**.\n\n- tracts\n- [plan](https://exemple.example/)"
    post_id = api.publish(author_id=cast.teammate, group_id=cast.group, body=body)
    api.comment(author_id=cast.owner, post_id=post_id, body="J’y serai.")
    return f"/publications/{post_id}/"


def test_a_visitor_finds_his_group_without_javascript(page_without_javascript: Page, cast: Cast) -> None:
    page = page_without_javascript
    page.goto("/groupes/")
    page.get_by_label("Code postal ou commune").fill("71000")
    page.get_by_role("button", name="Trouver mon groupe").click()
    page.get_by_role("link", name="Groupe Mâcon").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mâcon")
    expect(page.get_by_text("n’est lu que par les membres")).to_be_visible()


def test_a_word_is_said_reported_and_hidden_without_javascript(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    page = page_without_javascript
    enter_as(page, cast.teammate).goto("/groupes/macon/")
    page.get_by_label("Votre message au groupe").fill("Une bêtise")
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("Une bêtise")).to_be_visible()

    enter_as(page, cast.owner).goto("/groupes/macon/")
    page.get_by_role("link", name="Commenter").first.click()
    page.get_by_label("Votre commentaire").fill("Voyons !")
    page.get_by_role("button", name="Commenter").click()
    expect(page.get_by_text("Voyons !")).to_be_visible()
    page.get_by_role("link", name="Signaler à la modération").click()
    page.get_by_label("Insulte ou harcèlement").check()
    page.get_by_role("button", name="Signaler").click()
    expect(page.get_by_text("Merci. La modération va regarder")).to_be_visible()

    enter_as(page, cast.coordinator).goto("/moderation/")
    page.get_by_role("link", name="Publication, par Teammate E.").click()
    page.get_by_label("Retenir le signalement").check()
    page.get_by_label("Raison").fill("Ce n’est pas le lieu.")
    page.get_by_role("button", name="Décider").click()
    expect(page.get_by_text("Rien n’attend de décision.")).to_be_visible()

    enter_as(page, cast.teammate).goto("/groupes/macon/")
    expect(page.get_by_text("Une bêtise")).to_have_count(0)


def test_a_group_is_joined_and_left_by_keyboard(browser_page: Page, enter_as: Enter, cast: Cast) -> None:
    page = enter_as(browser_page, cast.stranger)
    page.goto("/groupes/macon/")
    page.get_by_role("button", name="Rejoindre le groupe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vous êtes maintenant membre de ce groupe.")).to_be_visible()
    page.get_by_role("button", name="Quitter le groupe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vous avez quitté ce groupe.")).to_be_visible()


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_every_page_is_accessible(
    open_page: Callable[..., Page],
    enter_as: Enter,
    assert_accessible: Callable[[Page], None],
    cast: Cast,
    post: str,
    locale: str,
) -> None:
    page = open_page(locale=locale)
    addresses = {
        cast.teammate: [
            "/bienvenue/",
            "/groupes/",
            "/groupes/?q=71000",
            "/groupes/macon/",
            "/groupes/saone-et-loire/",
            "/groupes/macon/membres/",
            "/groupes/macon/publier/",
            post,
            f"{post}supprimer/",
        ],
        cast.coordinator: [
            "/groupes/macon/animation/",
            "/groupes/macon/modifier/",
            "/groupes/nouveau/?q=71000",
            "/groupes/nouveau/?commune=commune:71105",
            f"{post}signaler/",
            "/moderation/",
        ],
    }
    for person, paths in addresses.items():
        enter_as(page, person)
        for path in paths:
            page.goto(path)
            assert_accessible(page)


def test_the_pages_of_moderation_are_accessible(
    browser_page: Page, enter_as: Enter, assert_accessible: Callable[[Page], None], cast: Cast, post: str
) -> None:
    from amiral.rooms.moderation.contracts import Grounds
    from amiral.rooms.network import actions

    report = actions.report_post(
        by_id=cast.owner, post_id=post.split("/")[2], grounds=Grounds.INSULT, explanation="Voyez."
    )
    page = enter_as(browser_page, cast.coordinator)
    for path in ("/moderation/", f"/moderation/{report}/"):
        page.goto(path)
        assert_accessible(page)
    page.get_by_role("button", name="Décider").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
