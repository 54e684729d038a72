"""My account: correct, consent, export, erase."""

import json
from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from amiral.kit.models import AuditLine
from amiral.rooms.network.models import Membership, Post
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.people.models import Consent, JoinRequest, Mandate, Person
from amiral.rooms.people.texts import consent_text
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
RIGHT = {"given_name": "Juste", "family_name": "Nom", "postal_code": "21000", "language": "en"}


def test_i_see_what_is_kept_of_me(sign_in: Any, cast: Cast) -> None:
    page = sign_in(cast.coordinator).get(reverse("people:me")).content.decode()
    for text in ("Coordinator", "coordinator@example.org", "Mâcon", "Saône-et-Loire"):
        assert text in page


def test_i_correct_it(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.teammate)
    shown = client.get(reverse("people:correct"))
    assert 'value="Teammate"' in shown.content.decode()
    answer = client.post(reverse("people:correct"), RIGHT)
    assert answer["Location"] == reverse("people:me")
    assert answer.cookies["langue"].value == "en"
    person = Person.objects.get(pk=cast.teammate)
    assert (person.given_name, person.family_name, person.commune_id, person.language) == (
        "Juste",
        "Nom",
        "commune:21231",
        "en",
    )
    assert AuditLine.objects.filter(verb="person.corrected", actor_id=cast.teammate).exists()


def test_who_moves_is_placed_where_he_lives_now(sign_in: Any, cast: Cast) -> None:
    sign_in(cast.teammate).post(reverse("people:correct"), RIGHT)
    assert Membership.objects.filter(person_id=cast.teammate, group_id=cast.other_group).exists()


def test_moving_to_an_ambiguous_postal_code_asks_which_commune(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.stranger)
    Person.objects.filter(pk=cast.stranger).update(postal_code="21000", commune_id="commune:21231")
    asked = client.post(reverse("people:correct"), RIGHT | {"postal_code": "71000"})
    assert 'type="radio"' in asked.content.decode()
    done = client.post(
        reverse("people:correct"),
        RIGHT | {"postal_code": "71000", "step": "commune", "commune": "commune:71105"},
    )
    assert done.status_code == 302
    assert Person.objects.get(pk=cast.stranger).commune_id == "commune:71105"


@pytest.mark.parametrize("field", ["given_name", "postal_code", "language"])
def test_a_bad_correction_changes_nothing(sign_in: Any, cast: Cast, field: str) -> None:
    answer = sign_in(cast.teammate).post(reverse("people:correct"), RIGHT | {field: "/"})
    assert answer.status_code == 422
    assert Person.objects.get(pk=cast.teammate).given_name == "Teammate"


def test_nobody_changes_an_address_by_a_hidden_field(sign_in: Any, cast: Cast) -> None:
    sign_in(cast.teammate).post(reverse("people:correct"), RIGHT | {"email": "autre@example.org"})
    assert Person.objects.get(pk=cast.teammate).email == "teammate@example.org"


def choose(client: Client, purpose: str, give: str) -> int:
    return client.post(reverse("people:consents"), {"purpose": purpose, "give": give}).status_code


def test_each_consent_is_given_and_withdrawn_alone(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.teammate)
    assert client.get(reverse("people:consents")).status_code == 200
    for give, expected in (("1", True), ("0", False), ("1", True)):
        assert choose(client, "actions", give) == 302
        assert api.has_consent(person_id=cast.teammate, purpose=Purpose.ACTIONS) is expected
        assert not api.has_consent(person_id=cast.teammate, purpose=Purpose.NEWSLETTER)
    lines = list(Consent.objects.filter(person_id=cast.teammate).values_list("granted", flat=True))
    assert lines == [True, False, True]
    with translation.override("fr"):
        sentence = consent_text(Purpose.ACTIONS)
    assert Consent.objects.filter(text_shown=sentence).count() == 3
    page = client.get(reverse("people:consents")).content.decode()
    assert page.count("<tr>") == 4


def test_saying_the_same_twice_writes_one_line(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.teammate)
    choose(client, "actions", "1")
    choose(client, "actions", "1")
    choose(client, "newsletter", "0")
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(("purpose", "give"), [("autre", "1"), ("actions", "2"), ("", "")])
def test_an_unknown_purpose_is_not_found(sign_in: Any, cast: Cast, purpose: str, give: str) -> None:
    assert choose(sign_in(cast.teammate), purpose, give) == 404


def test_the_newest_line_counts_for_many_at_once(cast: Cast) -> None:
    from amiral.rooms.people.actions.consents import set_consent
    from tests.conftest import NOON

    everyone = [cast.owner, cast.teammate, cast.stranger]
    for person_id in everyone[:2]:
        set_consent(person_id=person_id, purpose=Purpose.ACTIONS, granted=True, channel="system", at=NOON)
    set_consent(person_id=cast.owner, purpose=Purpose.ACTIONS, granted=False, channel="system", at=NOON)
    agreed = api.person_ids_with_consent(person_ids=everyone, purpose=Purpose.ACTIONS)
    assert agreed == {cast.teammate}


def test_the_export_holds_every_row_of_mine_and_nobody_elses(sign_in: Any, cast: Cast, commit: Any) -> None:
    choose(sign_in(cast.coordinator), "actions", "1")
    with commit():
        api.grant_mandate(
            by_id=None,
            person_id=cast.coordinator,
            role=api.Role.COORDINATOR,
            territory_id="departement:21",
        )
    answer = sign_in(cast.coordinator).get(reverse("people:export"))
    assert answer["Content-Disposition"].startswith("attachment")
    kept = json.loads(answer.content)
    tables = {row["table"] for row in kept["people"]}
    assert tables == {
        "person",
        "consent",
        "contact_point",
        "mandate",
        "email_address",
        "second_factor",
        "disclosure",  # of this very export
    }
    person = next(row for row in kept["people"] if row["table"] == "person")
    assert person["email"] == "coordinator@example.org"
    assert "password" not in person
    assert [row["subject"] for row in kept["outreach"]]
    assert "JBSWY3DPEHPK3PXP" not in answer.content.decode()
    for other in ("owner@", "teammate@", "administrator@", str(cast.owner)):
        assert other not in answer.content.decode()


def scan(*needles: str) -> list[str]:
    """Every table and column in which one of the texts stands."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for row in model._default_manager.all()
        for field in model._meta.concrete_fields
        if any(needle in str(field.value_from_object(row)) for needle in needles)
    ]


def test_erasing_leaves_no_trace_of_the_person(sign_in: Any, cast: Cast, commit: Any) -> None:
    client, elsewhere = sign_in(cast.teammate), sign_in(cast.teammate)
    Person.objects.filter(pk=cast.teammate).update(given_name="Zéphyrine", family_name="Effacée")
    choose(client, "actions", "1")
    Client().post(reverse("account_request_login_code"), {"email": "teammate@example.org"})
    JoinRequest.objects.create(token_hash="x", email="teammate@example.org", given_name="Zéphyrine")
    Post.objects.create(group_id=cast.group, author_id=cast.teammate, body="Rendez-vous samedi.")
    assert client.get(reverse("people:erase")).status_code == 200
    assert client.post(reverse("people:erase")).status_code == 422
    assert Person.objects.filter(pk=cast.teammate).exists()
    with commit():
        assert client.post(reverse("people:erase"), {"sure": "on"})["Location"] == reverse("home")
    assert not scan("teammate@example.org", "Zéphyrine", "Effacée")
    sessions = str([session.get_decoded() for session in Session.objects.all()])
    assert "teammate@example.org" not in sessions
    assert str(cast.teammate) not in sessions
    left = set(scan(str(cast.teammate)))
    # An id that speaks of nobody any more; the log of changes keeps it two days, so that counts forget him.
    assert left <= {
        "kit.AuditLine.actor_id",
        "kit.AuditLine.subject_id",
        "kit.AuditLine.detail",
        "outreach.PersonChange.key",
    }
    assert Post.objects.get().author_id is None
    line = AuditLine.objects.get(verb="person.erased")
    assert (line.actor_id, line.detail) == (None, {})
    assert elsewhere.get(reverse("people:me")).status_code == 302


def test_the_last_administrator_stays(sign_in: Any, cast: Cast) -> None:
    answer = sign_in(cast.administrator).post(reverse("people:erase"), {"sure": "on"})
    assert answer.status_code == 422
    assert Person.objects.filter(pk=cast.administrator).exists()
    api.grant_mandate(by_id=None, person_id=cast.owner, role=api.Role.ADMINISTRATOR, territory_id="pays:FR")
    assert sign_in(cast.administrator).post(reverse("people:erase"), {"sure": "on"}).status_code == 302
    assert not Mandate.objects.filter(person_id=cast.administrator).exists()


def test_who_is_erased_may_join_again(sign_in: Any, cast: Cast, commit: Any) -> None:
    sign_in(cast.teammate).post(reverse("people:erase"), {"sure": "on"})
    person_id = api.add_confirmed_person(
        email="teammate@example.org",
        given_name="Encore",
        postal_code="71100",
        commune_id="commune:71076",
    )
    assert person_id != cast.teammate
    assert EmailAddress.objects.get(user_id=person_id).verified


def everything_shown(client: Client, paths: list[str]) -> str:
    return "".join(client.get(path).content.decode() for path in paths)


@pytest.mark.parametrize("who", ["anonymous", "stranger", "teammate", "owner", "other_coordinator"])
def test_no_page_of_this_room_shows_somebody_elses_address(sign_in: Any, cast: Cast, who: str) -> None:
    person_id: UUID | None = None if who == "anonymous" else getattr(cast, who)
    paths = [
        reverse(f"people:{name}")
        for name in ("join", "letter_sent", "me", "correct", "consents", "export", "erase", "mandates")
    ]
    shown = everything_shown(sign_in(person_id), paths)
    for other in ("owner", "teammate", "stranger", "coordinator", "othercoordinator", "administrator"):
        mine = other == who.replace("_", "")
        assert (f">{other}@example.org" in shown or f'"{other}@example.org"' in shown) is mine
    assert not mail.outbox
    assert not Message.objects.exists()
