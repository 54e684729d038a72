"""Requests that cannot be read, and pages that no cache may keep."""

import pytest
from django.test import Client

from amiral.rooms.people.models import Person
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def test_a_form_in_another_encoding_is_refused_in_words() -> None:
    """The check of the token reads the form; Django's own page read it once more and answered 500."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies["csrftoken"] = "c" * 32
    answer = browser.post(
        "/rejoindre/",
        b"email=a@b.example",
        content_type="application/x-www-form-urlencoded; charset=utf-7",
    )
    assert answer.status_code == 400
    assert "Cette demande est illisible" in answer.content.decode()


def test_too_many_fields_are_refused_in_words() -> None:
    many = {f"field{number}": "1" for number in range(1100)}
    answer = Client(raise_request_exception=False).post("/rejoindre/", many)
    assert answer.status_code == 400
    assert "Rien n’a été modifié" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/moi/", "/actions/miennes/", "/groupes/", "/introuvable/"])
def test_what_is_answered_to_a_member_stays_in_no_cache(client: Client, cast: Cast, path: str) -> None:
    client.force_login(Person.objects.get(pk=cast.teammate))
    assert "no-store" in client.get(path)["Cache-Control"]


def test_a_visitor_without_a_session_may_keep_public_pages(client: Client) -> None:
    assert "Cache-Control" not in client.get("/mentions-legales/")
