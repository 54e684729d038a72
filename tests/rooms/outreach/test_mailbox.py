"""The demonstration's mailbox: everything for anyone, there and only there."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from amiral.rooms.outreach.mailbox import KEPT, DemonstrationBackend
from amiral.rooms.outreach.models import DemonstrationLetter
from amiral.rooms.outreach.queries import pieces
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def demonstration(settings: Any) -> None:
    settings.DEMONSTRATION = True
    settings.EMAIL_BACKEND = "amiral.rooms.outreach.mailbox.DemonstrationBackend"


def post(body: str = "Corps", to: str = "x@example.org", subject: str = "Objet") -> DemonstrationLetter:
    DemonstrationBackend().send_messages([EmailMultiAlternatives(subject, body, to=[to])])
    return DemonstrationLetter.objects.first() or DemonstrationLetter()


@pytest.mark.parametrize("who", ["anonymous", "teammate", "coordinator", "administrator"])
def test_outside_the_demonstration_there_is_nothing(sign_in: Any, cast: Cast, who: str) -> None:
    letter = post()
    client = sign_in(None if who == "anonymous" else getattr(cast, who))
    assert client.get(reverse("outreach:mailbox")).status_code == 404
    assert client.get(reverse("outreach:letter", args=[letter.pk])).status_code == 404


@pytest.mark.parametrize("who", ["anonymous", "stranger", "teammate", "coordinator", "administrator"])
def test_in_the_demonstration_anyone_reads_it(
    sign_in: Any, cast: Cast, demonstration: None, who: str
) -> None:
    letter = post()
    client = sign_in(None if who == "anonymous" else getattr(cast, who))
    page = client.get(reverse("outreach:mailbox"))
    assert page.status_code == 200
    assert reverse("outreach:letter", args=[letter.pk]) in page.content.decode()
    assert client.get(reverse("outreach:letter", args=[letter.pk])).status_code == 200
    assert client.get(reverse("outreach:letter", args=[uuid4()])).status_code == 404
    assert client.post(reverse("outreach:mailbox")).status_code == 405


def test_who_must_show_a_second_factor_can_open_the_telephone(cast: Cast, demonstration: None) -> None:
    from amiral.rooms.people.models import Person

    client = Client()
    client.force_login(
        Person.objects.get(pk=cast.coordinator),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    page = client.get(reverse("outreach:mailbox")).content.decode()
    assert "coordinator@example.org" in page
    assert client.get(reverse("people:me")).status_code == 302


def test_somebody_joins_and_enters_with_the_mailbox_alone(
    cast: Cast, demonstration: None, commit: Any
) -> None:
    client = Client()
    with commit():
        client.post(
            reverse("people:join"),
            {
                "email": "nouvelle@example.org",
                "given_name": "Nouvelle",
                "postal_code": "71100",
                "shown_in": "fr",
            },
        )
    letter = DemonstrationLetter.objects.get(to_address="nouvelle@example.org")
    shown = client.get(reverse("outreach:letter", args=[letter.pk]))
    (link,) = [piece.href for piece in shown.context["letter"].pieces if piece.href]
    assert f'<a href="{link}">' in shown.content.decode()
    assert client.post(link).status_code == 302
    assert client.get(reverse("people:me")).status_code == 200


@pytest.mark.parametrize(
    ("body", "links"),
    [
        (f"Ici : {ORIGIN}/a/b/.", ["/a/b/"]),
        (f"({ORIGIN}/a?b=c&d=e)", ["/a?b=c&d=e"]),
        (f"{ORIGIN}/", ["/"]),
        (f"{ORIGIN}/a/\n{ORIGIN}/b/", ["/a/", "/b/"]),
        ("http://ailleurs.example/a/", []),
        (f"{ORIGIN}.ailleurs.example/a/", []),
        (f"{ORIGIN}@ailleurs.example/a/", []),
        ("javascript:alert(1)", []),
        (f'{ORIGIN}/"onclick="x', ["/"]),
        ("", []),
    ],
)
def test_only_our_own_links_can_be_followed(body: str, links: list[str]) -> None:
    cut = list(pieces(body, origin=ORIGIN))
    assert [piece.href for piece in cut if piece.href] == links
    assert "".join(piece.text for piece in cut) == body


def test_what_a_letter_says_is_text(demonstration: None) -> None:
    letter = post("<script>alert(1)</script>", subject="<b>gras</b>")
    page = Client().get(reverse("outreach:letter", args=[letter.pk])).content.decode()
    assert "<script>alert" not in page
    assert "<b>gras" not in page


def test_the_newest_five_hundred_are_kept() -> None:
    DemonstrationLetter.objects.bulk_create(
        DemonstrationLetter(to_address="x@example.org", subject=str(number), body="")
        for number in range(KEPT + 20)
    )
    post(subject="la dernière")
    assert DemonstrationLetter.objects.count() == KEPT
    assert DemonstrationLetter.objects.first() == DemonstrationLetter.objects.get(subject="la dernière")


def test_pages_of_the_mailbox(demonstration: None, django_assert_num_queries: Any) -> None:
    for number in range(2):
        post(subject=str(number))
    client = Client()
    with django_assert_num_queries(4):
        client.get(reverse("outreach:mailbox"))
    for number in range(40):
        post(subject=str(number))
    with django_assert_num_queries(4):
        page = client.get(reverse("outreach:mailbox"))
    assert len(page.context["letters"]) == 30
    assert client.get(reverse("outreach:mailbox"), {"page": "9999"}).status_code == 200
