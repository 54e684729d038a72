"""The page that finds a territory, and completion: who, what it says, what it costs."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.rooms.territory import api
from tests.conftest import Cast
from tests.rooms.territory.conftest import line, table

pytestmark = pytest.mark.django_db
SignIn = Callable[[UUID | None], Client]
FIND = "/territoires/trouver/"


@pytest.mark.parametrize(
    "who",
    ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", "anonymous"],
)
def test_everybody_may_find(cast: Cast, sign_in: SignIn, who: str) -> None:
    browser = sign_in(None if who == "anonymous" else getattr(cast, who))
    assert browser.get(FIND).status_code == 200
    answer = browser.post(FIND, {"postal_code": "71100", "city": "chalon"})
    assert "Chalon-sur-Saône" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_page_is_linked(client: Client, places: None) -> None:
    assert reverse("territory:find") == FIND
    assert FIND in client.get(reverse("territory:index")).content.decode()


def test_an_address_by_post_alone(client: Client, places: None, put: Callable[[str, bytes], Path]) -> None:
    api.import_addresses_file(path=put("macon.csv", table(line(12))), name="Mâcon")
    text = client.post(FIND, {"address": "12 r Carnot", "postal_code": "71000"}).content.decode()
    assert "12 Rue Carnot" in text
    assert "<svg" in text
    assert "12 r Carnot" not in client.get(FIND, {"address": "12 r Carnot"}).content.decode()


def test_a_contradiction_is_said(client: Client, places: None) -> None:
    text = client.post(FIND, {"postal_code": "71100", "city": "Mâcon"}).content.decode()
    assert "notice--warn" in text


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({}, 422),
        ({"address": "x" * 201}, 422),
        ({"city": "\x00"}, 422),
        ({"city": "xyzzyqwk"}, 200),
        ({"postal_code": "abc"}, 200),
        ({"address": "<script>alert(1)</script>"}, 200),
    ],
)
def test_bad_words(client: Client, places: None, words: dict[str, str], status: int) -> None:
    answer = client.post(FIND, words)
    assert answer.status_code == status
    assert "<script>alert" not in answer.content.decode()


def test_too_many_are_refused(client: Client, places: None) -> None:
    statuses = {client.post(FIND, {"city": "Dijon"}).status_code for _ in range(122)}
    assert statuses == {200, 429}


def test_completion_forgives_slips(client: Client, places: None) -> None:
    wanted = {"dijin": "Dijon", "chalo": "Chalon-sur-Saône", "charnay mac": "Charnay-lès-Mâcon"}
    for typed, name in wanted.items():
        answer = client.get("/communes/", {"q": typed}, headers={"accept": "application/json"})
        assert answer.json()["communes"][0]["name"] == name
    assert client.get("/communes/", {"q": "71270"}, headers={"accept": "application/json"}).json()["communes"]
    assert api.search_communes(text="dijin")[0].name == "Dijon"


def test_completion_costs_the_same_for_one_and_for_many(client: Client, places: None) -> None:
    counts = []
    for typed in ("dijon", "m", "71000"):
        with CaptureQueriesContext(connection) as queries:
            client.get("/communes/", {"q": typed}, headers={"accept": "application/json"})
        counts.append(len([one for one in queries if "territory_" in one["sql"]]))
    assert len(set(counts)) == 1
