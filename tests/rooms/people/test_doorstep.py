"""Leaving an address at one's own door: own gesture, double opt-in, no row that leads back to the door."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core import mail
from django.db import models
from django.test import Client
from django.urls import reverse

from amiral.kit.clock import now
from amiral.kit.models import AuditLine
from amiral.rooms.people import api
from amiral.rooms.people.contracts import ContactKind, Purpose, SuppressionReason
from amiral.rooms.people.models import Consent, ContactPoint, JoinRequest, Person
from amiral.rooms.people.texts import consent_text, doorstep_notice, fingerprint
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter, link_in

pytestmark = pytest.mark.django_db

ADDRESS = "porte.ouverte@example.org"
TYPED = {"email": ADDRESS, "agrees": "on", "shown_in": "fr"}


def leave(commit: Any, client: Client, **typed: str) -> Any:
    with commit():
        return client.post(reverse("people:doorstep"), TYPED | typed)


def confirm(commit: Any, client: Client, address: str = ADDRESS) -> Any:
    with commit():
        return client.post(link_in(last_letter(address)))


def test_the_page_asks_for_an_address_and_nothing_else(client: Client, places: None) -> None:
    page = client.get(reverse("people:doorstep"))
    text = page.content.decode()
    assert page["Cache-Control"].count("no-store") == 1
    assert "checked" not in text
    assert text.count('type="email"') == text.count('type="checkbox"') == 1
    assert 'type="text"' not in text
    assert text.count('autocomplete="off"') == 2
    assert doorstep_notice() in page.context["form"].notice


def test_a_signed_in_canvasser_is_not_seen_on_the_page(sign_in: Any, cast: Cast) -> None:
    page = sign_in(cast.owner).get(reverse("people:doorstep")).content.decode()
    assert reverse("people:me") not in page
    assert "site-header" not in page


def test_nobody_exists_before_the_letter_is_confirmed(client: Client, cast: Cast, commit: Any) -> None:
    before = Person.objects.count(), ContactPoint.objects.count(), Consent.objects.count()
    answer = leave(commit, client)
    assert answer["Location"] == reverse("people:doorstep_thanks")
    assert ADDRESS not in client.get(answer["Location"]).content.decode()
    path = link_in(last_letter(ADDRESS))
    assert consent_text(Purpose.NEWSLETTER) in client.get(path).content.decode()  # what a mail scanner does
    assert (Person.objects.count(), ContactPoint.objects.count(), Consent.objects.count()) == before


def test_confirming_writes_one_consent_with_its_text(client: Client, cast: Cast, commit: Any) -> None:
    leave(commit, client)
    assert confirm(commit, client).status_code == 200
    line = Consent.objects.get(person__contact_points__value=ADDRESS)
    assert (line.channel, line.granted, line.purpose) == ("field", True, "newsletter")
    assert line.text_shown == consent_text(Purpose.NEWSLETTER)
    assert line.text_sha256 == fingerprint(line.text_shown)
    assert fingerprint(doorstep_notice()) in line.proof
    person = line.person
    assert (person.email, person.is_active, person.given_name, person.commune_id) == (None, False, "", None)
    assert api.has_consent(person_id=person.pk, purpose=Purpose.NEWSLETTER)
    request = JoinRequest.objects.get()
    assert (request.email, request.consents) == ("", [])
    # A second click changes nothing.
    assert client.post(link_in(last_letter(ADDRESS))).status_code == 200
    assert Consent.objects.filter(channel="field").count() == 1


def test_the_languages_sentence_is_the_one_that_was_shown(client: Client, cast: Cast, commit: Any) -> None:
    leave(commit, client, shown_in="en")
    confirm(commit, client)
    assert Consent.objects.get(channel="field").text_shown.startswith("I agree that")


@pytest.mark.parametrize("typed", [{"agrees": ""}, {"email": "x"}, {"email": ""}])
def test_without_address_or_tick_nothing_is_kept(client: Client, cast: Cast, commit: Any, typed: Any) -> None:
    assert leave(commit, client, **typed).status_code == 422
    assert not JoinRequest.objects.exists()
    assert not mail.outbox


def test_an_address_that_refused_is_left_alone_and_nothing_tells(
    client: Client, cast: Cast, commit: Any
) -> None:
    api.suppress(channel=ContactKind.EMAIL, value=ADDRESS, reason=SuppressionReason.OBJECTION)
    answer = leave(commit, client)
    assert answer["Location"] == reverse("people:doorstep_thanks")
    assert not mail.outbox


def test_a_member_keeps_his_account(client: Client, cast: Cast, commit: Any) -> None:
    leave(commit, client, email="teammate@example.org")
    confirm(commit, client, "teammate@example.org")
    assert Consent.objects.get(channel="field").person_id == cast.teammate
    assert Person.objects.get(pk=cast.teammate).given_name == "Teammate"


def test_an_old_or_wrong_link_says_so(client: Client, cast: Cast, commit: Any) -> None:
    leave(commit, client)
    path = link_in(last_letter(ADDRESS))
    JoinRequest.objects.update(created_at=now() - timedelta(days=8))
    assert client.post(path).status_code == 410
    assert client.post(reverse("people:doorstep_confirm", args=["rien"])).status_code == 410
    # Nor does the letter of one page open the other.
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert client.post(reverse("people:confirm", args=[token])).status_code == 410
    assert not Consent.objects.filter(channel="field").exists()


def test_three_letters_an_hour_for_one_address(client: Client, cast: Cast, commit: Any) -> None:
    for _ in range(5):
        leave(commit, client)
    assert len([one for one in mail.outbox if ADDRESS in one.to]) == 3


def rows_with(value: str) -> set[str]:
    """``table:pk`` of every row in which a text stands."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.all():
            texts = [str(getattr(row, field.attname)) for field in model._meta.concrete_fields]
            if any(value in text for text in texts):
                found.add(f"{model._meta.label}:{row.pk}")
    return found


def test_no_row_carries_both_the_resident_and_the_canvasser(sign_in: Any, cast: Cast, commit: Any) -> None:
    browser = sign_in(cast.teammate)  # the canvasser's own phone, signed in
    leave(commit, browser)
    assert not rows_with(ADDRESS) & rows_with(str(cast.teammate))
    confirm(commit, Client())
    person = Consent.objects.get(channel="field").person_id
    for mark in (ADDRESS, str(person)):
        assert not rows_with(mark) & rows_with(str(cast.teammate)), mark
    assert not AuditLine.objects.filter(actor_id=cast.teammate, verb__startswith="consent").exists()


def test_the_hour_is_not_kept_before_the_letter_is_opened(client: Client, cast: Cast, commit: Any) -> None:
    leave(commit, client)
    request = JoinRequest.objects.get()
    assert (request.created_at.hour, request.created_at.minute, request.created_at.second) == (0, 0, 0)
    assert UUID(str(request.pk)).version == 4


def test_no_table_can_tie_an_address_to_a_door() -> None:
    """No field of a person's tables leads to the field room, whatever is added later."""
    for model in apps.get_app_config("people").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                assert field.related_model._meta.app_label != "field", field
    known = {
        "id", "token_hash", "source", "email", "given_name", "family_name", "language", "postal_code",
        "commune", "consents", "next_path", "created_at", "confirmed_at", "phone", "recruiter", "referral",
        "shows_name",
    }  # fmt: skip
    assert {field.name for field in JoinRequest._meta.concrete_fields} == known


def test_the_code_leads_to_the_page(client: Client, settings: Any, places: None) -> None:
    page = client.get(reverse("people:doorstep_code"))
    assert page.context["code"].text == settings.PUBLIC_URL + reverse("people:doorstep")
    assert b"<svg" in page.content
    assert b" style=" not in page.content


def test_posts_are_limited(client: Client, places: None) -> None:
    codes = [client.post(reverse("people:doorstep"), {}).status_code for _ in range(61)]
    assert (codes[0], codes[-1]) == (422, 429)


@pytest.mark.parametrize("name", ["doorstep", "doorstep_thanks", "doorstep_code"])
def test_everybody_opens_the_pages(sign_in: Any, cast: Cast, name: str) -> None:
    for who in (None, cast.stranger, cast.teammate, cast.administrator):
        assert sign_in(who).get(reverse(f"people:{name}")).status_code == 200
