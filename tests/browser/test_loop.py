"""From a click to a door, as people do it: on a telephone, without JavaScript, in French and in English."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from playwright.sync_api import Page

from amiral.config.demonstration import world
from amiral.kit.clock import now
from amiral.rooms.field import api as field
from amiral.rooms.people import api as people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOCALES = {"fr": "fr-FR", "en": "en-GB"}


@pytest.fixture
def living_world(transactional_db: None, tmp_path: Path, settings: Any) -> None:
    """The demonstration, its letters kept in memory."""
    settings.REFERENCE_DIR = tmp_path
    world.build(now=now(), say=lambda sentence: None)
    mail.outbox.clear()


def person(number: int) -> UUID:
    found = people.person_id_of(email=world.ACCOUNTS[number].email)
    assert found is not None
    return found


def last_letter(to: str) -> str:
    return str([letter.body for letter in mail.outbox if letter.to == [to]][-1])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_a_click_to_a_door(
    living_world: None,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, UUID], Page],
    live_server: Any,
    language: str,
) -> None:
    visitor = open_page(java_script_enabled=False, locale=LOCALES[language])
    email = f"nouvelle-{language}@example.org"

    # A visitor joins; 71570 covers several communes, so one question is asked.
    visitor.goto("/")
    assert visitor.locator("html").get_attribute("lang") == language
    visitor.goto("/rejoindre/")
    visitor.fill("[name=email]", email)
    visitor.fill("[name=given_name]", "Nouvelle")
    visitor.fill("[name=postal_code]", "71570")
    assert visitor.locator("main input[type=checkbox]:checked").count() == 0
    visitor.click("main form [type=submit]")
    visitor.check("[name=commune] >> nth=0")
    visitor.click("main form [type=submit]")
    assert "/rejoindre/verifier/" in visitor.url

    # The letter's link shows a button; pressing it creates the account, which is placed in a group.
    (link,) = re.findall(r"https?://\S+/rejoindre/confirmer/\S+", last_letter(email))
    visitor.goto(link[link.index("/rejoindre") :])
    visitor.click("main form [type=submit]")
    assert visitor.url.endswith("/bienvenue/")
    assert "Saône-et-Loire" in visitor.inner_text("main")

    # She signs up to next Saturday's door-to-door.
    visitor.goto("/actions/?q=71000")
    visitor.click("main a[href^='/actions/']:has-text('quartier de démonstration') >> nth=0")
    visitor.click("form[action*='/inscription/'] [type=submit] >> nth=0")
    visitor.goto("/actions/miennes/")
    assert "démonstration" in visitor.inner_text("main")
    assert "BEGIN:VCALENDAR" in visitor.request.get(_calendar_address(visitor)).text()

    # Her team has turfs: she opens one and reports three doors; the telephone sends the last one twice.
    lists = [link.get_attribute("href") for link in visitor.locator("main a[href^='/tournee/']").all()]
    walk_list = next(url for url in lists if _asks_at_doors(visitor, f"{live_server.url}{url}"))
    walk_list = f"{live_server.url}{walk_list}"
    for outcome in ["nobody", "talked", "leaflet-left"]:
        with visitor.expect_request("**/passage/") as sent:
            visitor.click(f".door--next button[value={outcome}] >> nth=0")
    again = visitor.request.post(
        sent.value.url,
        data=sent.value.post_data,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert again.ok
    visitor.goto(walk_list)
    assert visitor.locator(".door--done").count() == 3

    # The leader sees the coverage; a stranger does not see the walk list.
    done, _ = field.campaign_figures()
    leader = enter_as(open_page(java_script_enabled=False, locale=LOCALES[language]), person(2))
    leader.goto("/terrain/")
    leader.click("main a[href^='/terrain/0']:has-text('Quartier')")
    leader.click("main a[href$='/couverture/']")
    assert str(done) in leader.inner_text("main").replace("\u202f", "").replace(" ", "")
    stranger = open_page(java_script_enabled=False)
    stranger.goto(walk_list)
    assert stranger.url.startswith(f"{live_server.url}/compte/connexion/")


def _asks_at_doors(page: Page, url: str) -> bool:
    """Whether the walk list goes from door to door; rounds of leaflets ask nothing of anybody."""
    page.goto(url)
    return page.locator(".door--next button[value=nobody]").count() > 0


def _calendar_address(page: Page) -> str:
    """The secret address of the personal calendar, as the page shows it."""
    (path,) = set(re.findall(r"/agenda/[\w-]+\.ics", page.content()))
    return str(path)
