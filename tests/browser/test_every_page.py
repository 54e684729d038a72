"""Every page that a role reaches by links: it answers, is accessible, fits a telephone."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.urls import resolve
from playwright.sync_api import Page

from amiral.config.demonstration import world
from amiral.kit.clock import now
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass
from amiral.rooms.people import api as people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOT_PAGES = (
    ".png",
    ".pdf",
    ".zip",
    ".csv",
    ".ics",
    ".geojson",
    ".json",
    ".jsonl",
    ".txt",
    "/pdf/",
    "/donnees/",
    "/grande/",
)


@pytest.fixture
def living_world(transactional_db: None, tmp_path: Path, settings: Any) -> None:
    settings.REFERENCE_DIR = tmp_path
    world.build(now=now(), say=lambda sentence: None)


def links(page: Page) -> Iterator[str]:
    """The paths of our own pages that a page links to, from its maps too."""
    found = page.eval_on_selector_all(
        "a[href]", "all => all.map(a => new URL(a.getAttribute('href'), location.href).href)"
    )
    here = urlsplit(page.url)
    for parts in map(urlsplit, found):
        if (parts.scheme, parts.netloc) == (here.scheme, here.netloc):
            yield parts.path


def rounds_ids() -> set[str]:
    """Leaflet rounds have pages of the same names as turfs, which say other things."""
    ids = set(Canvass.objects.filter(kind=CanvassKind.LEAFLET_ROUNDS).values_list("pk", flat=True))
    held = {card.id for one in ids for card in field.live_assignments(canvass_id=one)}
    return {str(one) for one in ids | held}


def page_name(path: str, of_rounds: set[str]) -> str:
    suffix = ", rounds" if of_rounds & set(path.split("/")) else ""
    return f"{resolve(path).view_name}{suffix}"


def language_of(path: str, language: str) -> str:
    """The app's shell has an address in each language, as it is read without the server."""
    return next((one for one in ("fr", "en") if path == f"/terrain/app/{one}/"), language)


def is_page(path: str) -> bool:
    return not path.endswith(NOT_PAGES) or path == "/donnees/"


def test_every_page_of_every_role(
    living_world: None,
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, UUID], Page],
    assert_accessible: Callable[[Page], None],
) -> None:
    seen: dict[str, str] = {}
    of_rounds = rounds_ids()
    for language, number in [("fr", None), ("fr", 3), ("fr", 2), ("en", 0)]:
        page = open_page(locale={"fr": "fr-FR", "en": "en-GB"}[language])
        if number is not None:
            person = people.person_id_of(email=world.ACCOUNTS[number].email)
            assert person is not None
            enter_as(page, person)
        role = f"{language}:{number}"
        waiting = deque(["/"])
        while waiting:
            path = waiting.popleft()
            name = page_name(path, of_rounds)
            if seen.get(name) == role or not is_page(path):
                continue
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, f"{role} {path}: {answer.status}"
            if name not in seen or language == "en":
                assert_accessible(page)
            assert page.locator("html").get_attribute("lang") == language_of(path, language), path
            seen[name] = role
            waiting.extend(links(page))
    missing = {
        "network:group", "network:members", "mobilisation:action", "mobilisation:new_action", "people:me",
        "people:mandates", "talking_points:point", "field:canvass", "field:turf", "field:coverage",
        "field:walk_list", "field:new_canvass", "field:canvass, rounds", "field:turf, rounds",
        "field:coverage, rounds", "field:walk_list, rounds", "territory:files", "moderation:reports", "legal",
    } - seen.keys()  # fmt: skip
    assert not missing
