"""Joining: the form, the question which commune, the letter, the confirmation."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from amiral.kit.clock import now
from amiral.kit.models import AuditLine
from amiral.rooms.network.models import Membership
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.people.models import Consent, JoinRequest, Person
from amiral.rooms.people.texts import consent_text, fingerprint
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import NewTerritory, TerritoryKind
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter, link_in

pytestmark = pytest.mark.django_db

TYPED = {
    "email": "Nouvelle@Example.org",
    "given_name": "Nouvelle",
    "family_name": "Personne",
    "postal_code": "71100",
    "shown_in": "fr",
}


def send(commit: Any, client: Client, **typed: str) -> Any:
    with commit():
        return client.post(reverse("people:join"), TYPED | typed)


def confirm(commit: Any, client: Client, email: str = "nouvelle@example.org") -> Any:
    with commit():
        return client.post(link_in(last_letter(email)))


def test_nothing_is_ticked_and_each_sentence_stands_alone(client: Client, places: None) -> None:
    page = client.get(reverse("people:join")).content.decode()
    assert "checked" not in page
    for purpose in Purpose:
        assert f'name="consent_{purpose.name.lower()}"' in page
    assert reverse("legal") in page


def test_nobody_exists_before_the_button_is_pressed(client: Client, cast: Cast, commit: Any) -> None:
    answer = send(commit, client)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("people:letter_sent")
    assert not Person.objects.filter(email="nouvelle@example.org").exists()
    path = link_in(last_letter("nouvelle@example.org"))
    page = client.get(path)  # what a mail scanner does
    assert page.status_code == 200
    assert "Nouvelle" in page.content.decode()
    assert not Person.objects.filter(email="nouvelle@example.org").exists()


def test_confirming_creates_the_person_whole(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client, consent_newsletter="on")
    answer = confirm(commit, client)
    assert answer.status_code == 302
    person = Person.objects.get(email="nouvelle@example.org")
    assert (person.given_name, person.family_name, person.commune_id) == (
        "Nouvelle",
        "Personne",
        "commune:71076",
    )
    assert not person.has_usable_password()
    assert EmailAddress.objects.get(user=person, verified=True, primary=True).email == person.email
    with translation.override("fr"):
        sentence = consent_text(Purpose.NEWSLETTER)
    line = Consent.objects.get(person=person)
    assert (line.purpose, line.granted, line.text_shown) == ("newsletter", True, sentence)
    assert line.text_sha256 == fingerprint(sentence)
    assert AuditLine.objects.filter(verb="person.joined", subject_id=str(person.pk)).exists()
    assert Membership.objects.filter(person=person, group_id=cast.departement_group).exists()
    assert client.session["_auth_user_id"] == str(person.pk)


def test_the_link_is_kept_as_a_hash_and_the_request_emptied(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client, consent_actions="on")
    token = link_in(last_letter("nouvelle@example.org")).rstrip("/").rsplit("/", 1)[1]
    kept = JoinRequest.objects.get()
    assert kept.token_hash == fingerprint(token)
    assert token not in str(JoinRequest.objects.values().get())
    confirm(commit, client)
    kept.refresh_from_db()
    assert (kept.email, kept.given_name, kept.family_name, kept.postal_code, kept.consents) == (
        "",
        "",
        "",
        "",
        [],
    )


def test_the_ledger_keeps_the_sentence_in_the_language_it_was_shown(
    client: Client, cast: Cast, commit: Any
) -> None:
    send(commit, client, consent_newsletter="on", shown_in="en")
    confirm(commit, client)
    with translation.override("en"):
        assert Consent.objects.get().text_shown == consent_text(Purpose.NEWSLETTER)


def test_an_ambiguous_postal_code_asks_which_commune_and_keeps_what_was_typed(
    client: Client, cast: Cast, commit: Any
) -> None:
    asked = send(commit, client, postal_code="71 000", consent_actions="on")
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Mâcon" in page
    assert "Charnay-lès-Mâcon" in page
    assert not mail.outbox
    for value in ("Nouvelle@Example.org", "Nouvelle", "Personne"):
        assert f'value="{value}"' in page
    assert 'type="radio"' in page
    hidden = {
        name: str(asked.context["form"][name].value() or "")
        for name in asked.context["form"].fields
        if name != "commune"
    }
    assert hidden["consent_actions"] == "on"
    without = client.post(reverse("people:join"), hidden)
    assert without.status_code == 422
    with commit():
        done = client.post(reverse("people:join"), hidden | {"commune": "commune:71105"})
    assert done.status_code == 302
    kept = JoinRequest.objects.get()
    assert kept.commune_id == "commune:71105"
    assert [line["purpose"] for line in kept.consents] == ["actions"]


def test_a_commune_of_another_postal_code_is_refused(client: Client, cast: Cast, commit: Any) -> None:
    answer = send(commit, client, postal_code="71000", commune="commune:21231", step="commune")
    assert answer.status_code == 422
    assert not JoinRequest.objects.exists()


def test_going_back_shows_the_form_with_what_was_typed(client: Client, cast: Cast) -> None:
    page = client.post(reverse("people:join"), TYPED | {"back": "1", "consent_actions": "on"})
    text = page.content.decode()
    assert 'value="Nouvelle"' in text
    assert 'type="radio"' not in text
    assert text.count(" checked") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("postal_code", "99999"),
        ("postal_code", "7100"),
        ("postal_code", "７１０００"),
        ("email", "pas une adresse"),
        ("email", ""),
        ("given_name", ""),
        ("given_name", "http://publicite.example"),
        ("family_name", "www.publicite.example"),
        ("given_name", "x" * 81),
    ],
)
def test_an_error_is_said_on_its_field(
    client: Client, cast: Cast, commit: Any, field: str, value: str
) -> None:
    answer = send(commit, client, **{field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not mail.outbox


def test_an_address_with_an_account_gets_the_same_page_and_another_letter(
    client: Client, cast: Cast, commit: Any
) -> None:
    new = send(commit, client)
    known = send(commit, client, email="teammate@example.org")
    assert (new.status_code, new["Location"]) == (known.status_code, known["Location"])
    body = last_letter("teammate@example.org")
    assert link_in(body) == reverse("account_request_login_code")
    assert JoinRequest.objects.count() == 1


def test_three_letters_an_hour_to_one_address(client: Client, cast: Cast, commit: Any) -> None:
    answers = {send(commit, client)["Location"] for _ in range(5)}
    assert answers == {reverse("people:letter_sent")}
    assert len(mail.outbox) == 3


def test_the_form_is_limited_by_visitor(client: Client, cast: Cast, commit: Any) -> None:
    codes = [send(commit, client, email=f"x{n}@example.org").status_code for n in range(61)]
    assert codes[-1] == 429


def test_clicking_twice_says_so(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client)
    path = link_in(last_letter("nouvelle@example.org"))
    assert client.post(path).status_code == 302
    other = Client()
    for answer in (other.get(path), other.post(path)):
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "déjà confirmée" in text
        assert reverse("account_request_login_code") in text
    assert Person.objects.filter(email="nouvelle@example.org").count() == 1


def test_a_link_works_for_seven_days(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client)
    path = link_in(last_letter("nouvelle@example.org"))
    JoinRequest.objects.update(created_at=now() - timedelta(days=8))
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 410
    assert not Person.objects.filter(email="nouvelle@example.org").exists()


def test_a_tampered_link_creates_nobody(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client)
    path = link_in(last_letter("nouvelle@example.org"))
    other = "y" if path[-2] == "x" else "x"
    assert client.post(f"{path[:-2]}{other}/").status_code == 410
    assert not Person.objects.filter(email="nouvelle@example.org").exists()


def test_two_letters_to_one_address_make_one_person(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client)
    first = link_in(last_letter("nouvelle@example.org"))
    send(commit, client)
    second = link_in(last_letter("nouvelle@example.org"))
    assert first != second
    assert client.post(second).status_code == 302
    assert "déjà confirmée" in Client().post(first).content.decode()
    assert Person.objects.filter(email="nouvelle@example.org").count() == 1


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/actions/", "/actions/"),
        ("https://ailleurs.example/", ""),
        ("//ailleurs.example/", ""),
        ("/\\ailleurs.example", ""),
        ("javascript:alert(1)", ""),
        ("/" + "x" * 400, ""),
    ],
)
def test_where_one_was_going_is_kept_when_it_is_here(
    client: Client, cast: Cast, commit: Any, asked: str, kept: str
) -> None:
    page = client.get(reverse("people:join"), {"next": asked})
    assert page.context["form"].initial["next"] == kept
    send(commit, client, next=asked)
    answer = confirm(commit, client)
    assert answer["Location"] == (kept or reverse("network:welcome"))


def test_the_letter_is_in_the_language_of_the_form(client: Client, cast: Cast, commit: Any) -> None:
    send(commit, client, shown_in="en")
    assert "Hello Nouvelle" in last_letter("nouvelle@example.org")
    send(commit, client, shown_in="fr", email="autre@example.org")
    assert "Bonjour Nouvelle" in last_letter("autre@example.org")


def test_somebody_signed_in_has_nothing_to_join(sign_in: Any, cast: Cast) -> None:
    assert sign_in(cast.teammate).get(reverse("people:join")).status_code == 302


def test_the_letters_link_does_not_come_from_the_host_header(cast: Cast, commit: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = "https://campagne.example"
    send(commit, Client(headers={"host": "pirate.example"}))
    assert "https://campagne.example/rejoindre/" in last_letter("nouvelle@example.org")
    assert "pirate" not in last_letter("nouvelle@example.org")


def test_a_town_beside_its_code_leaves_no_question(client: Client, cast: Cast, commit: Any) -> None:
    """71000 covers two communes; the name, in any spelling, tells which."""
    for typed, commune in (("71000 Macon", "71270"), ("Charnay les mâcon 71 000", "71105")):
        JoinRequest.objects.all().delete()
        assert send(commit, client, postal_code=typed).status_code == 302
        kept = JoinRequest.objects.get()
        assert (kept.postal_code, kept.commune_id) == ("71000", f"commune:{commune}")


def test_a_town_against_its_code_is_asked_about(client: Client, cast: Cast, commit: Any) -> None:
    asked = send(commit, client, postal_code="71100 Mâcon")
    assert asked.status_code == 200
    text = asked.content.decode()
    assert 'value="commune:71270"' in text
    assert 'value="commune:71076"' in text
    assert not JoinRequest.objects.exists()


def test_a_town_without_its_postal_code(client: Client, cast: Cast, commit: Any) -> None:
    """The name alone is enough; the only postal code of the commune is kept with it."""
    assert send(commit, client, postal_code="Chalon s/ Saône").status_code == 302
    kept = JoinRequest.objects.get()
    assert (kept.postal_code, kept.commune_id) == ("71100", "commune:71076")


def test_somebody_who_lives_abroad_joins_by_his_country(client: Client, cast: Cast, commit: Any) -> None:
    abroad = NewTerritory(kind=TerritoryKind.FOREIGN_COUNTRY, code="CA", name="Canada")
    territory.ensure_territories(rows=[abroad], at=now())
    assert send(commit, client, postal_code="Canada").status_code == 302
    confirm(commit, client)
    person = Person.objects.get(email="nouvelle@example.org")
    assert (person.postal_code, person.commune_id) == ("", "pays-etranger:CA")
    assert not Membership.objects.of(person.pk).exists()
    assert "Canada" in client.get(reverse("people:me")).content.decode()
    assert client.get(reverse("network:welcome")).status_code == 200
    page = client.get(reverse("people:correct")).content.decode()
    assert 'value="Canada"' in page
    assert client.post(reverse("people:correct"), TYPED | {"postal_code": "Canada", "language": "fr"}).url
    person.refresh_from_db()
    assert person.commune_id == "pays-etranger:CA"
