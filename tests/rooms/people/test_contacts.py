"""How people are reached, what they refuse, and what proves that they may be written to."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from amiral.kit.errors import Refused
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.actions import deliver_due
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.actions import account, contacts, objection
from amiral.rooms.people.contact_values import NoContactValue, normalised, salted_hash
from amiral.rooms.people.contracts import BounceState, ContactKind, Purpose, SuppressionReason
from amiral.rooms.people.models import Consent, ContactPoint, Person, Suppression
from amiral.rooms.people.queries.contacts import proof_of
from tests.conftest import NOON, Cast, make_person
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

EMAIL, PHONE = ContactKind.EMAIL, ContactKind.PHONE


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("612345678", "+33612345678"),
        ("+33 (0)6.12.34.56.78", "+33612345678"),
        ("0033 3 85 38 00 00", "+33385380000"),
        ("0690 35 12 34", "+590690351234"),
        ("0692 12 34 56", "+262692123456"),
        ("tel:+1-418-656-9254;ext=102", "+14186569254"),
    ],
)
def test_a_number_has_one_form(typed: str, kept: str) -> None:
    assert normalised(kind=PHONE, value=typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"), [(PHONE, "12"), (PHONE, "MobilePhone"), (EMAIL, "a@"), (EMAIL, "x"), (EMAIL, " ")]
)
def test_what_is_no_address_is_refused(kind: ContactKind, typed: str) -> None:
    with pytest.raises(NoContactValue):
        normalised(kind=kind, value=typed)


@given(text=st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    for kind in ContactKind:
        try:
            once = normalised(kind=kind, value=text)
        except NoContactValue:
            continue
        assert normalised(kind=kind, value=once) == once


def test_the_hash_is_salted_and_the_salt_is_ours_alone() -> None:
    one = salted_hash(channel=EMAIL, value="Lou@Example.org ")
    assert one == salted_hash(channel=EMAIL, value="lou@example.org")
    assert one != salted_hash(channel=ContactKind.POSTAL, value="lou@example.org")
    salt = settings.STATE_DIR / "suppression-salt"
    assert len(salt.read_bytes()) == 32
    assert salt.stat().st_mode & 0o077 == 0


def test_an_address_leads_to_one_person_a_letter_box_to_a_household(cast: Cast) -> None:
    for person_id in (cast.owner, cast.teammate):
        ContactPoint.objects.create(person_id=person_id, kind="postal", value="1 rue Basse 71000 Mâcon")
    ContactPoint.objects.create(person_id=cast.owner, kind="phone", value="+33612345678")
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPoint.objects.create(person_id=cast.teammate, kind="phone", value="+33612345678")


def test_joining_writes_the_verified_address(places: None) -> None:
    person_id = api.add_confirmed_person(
        email="Neuf@example.org", given_name="Neuf", postal_code="71000", commune_id="commune:71270"
    )
    point = ContactPoint.objects.get(person_id=person_id)
    assert (point.kind, point.value, point.primary) == ("email", "neuf@example.org", True)
    assert point.verified_at is not None
    assert api.address_of(person_id=person_id) == "neuf@example.org"


def test_somebody_without_an_account_becomes_one_and_stays_one_person(places: None) -> None:
    known = Person.objects.create(email=None, is_active=False, given_name="Vieux", family_name="Nom")
    ContactPoint.objects.create(person=known, kind="email", value="venu@example.org")
    person_id = api.add_confirmed_person(
        email="venu@example.org", given_name="Venu", postal_code="71000", commune_id="commune:71270"
    )
    assert person_id == known.pk
    known.refresh_from_db()
    assert (known.email, known.given_name, known.is_active) == ("venu@example.org", "Venu", True)
    assert ContactPoint.objects.get(person=known).verified_at is not None


def test_somebody_without_an_account_cannot_sign_in(client: Any, places: None) -> None:
    known = Person.objects.create(email=None, is_active=False, given_name="Sans")
    ContactPoint.objects.create(person=known, kind="email", value="sans@example.org")
    client.post(reverse("account_request_login_code"), {"email": "sans@example.org"})
    assert "_auth_user_id" not in client.session
    assert client.session["account_login"]["user_pk"] is None


def newsletter(person_id: Any, address: str) -> str:
    """Writes a newsletter to the person, lets the outbox work, and answers what became of it."""
    outreach.send(
        to_address=address,
        purpose=Purpose.NEWSLETTER,
        subject="Essai",
        body="Essai",
        idempotency_key="essai",
        person_id=person_id,
    )
    message = Message.objects.get(idempotency_key="essai")
    deliver_due(at=message.created_at + timedelta(minutes=1), limit=10)
    message.refresh_from_db()
    return f"{message.state} {message.reason}".strip()


def test_a_refusal_holds_a_letter_back_when_it_leaves(cast: Cast) -> None:
    Consent.objects.create(
        person_id=cast.teammate, purpose="newsletter", granted=True, text_shown="Oui", text_sha256="0"
    )
    api.suppress(channel=EMAIL, value="Teammate@Example.org", reason=SuppressionReason.COMPLAINT)
    assert newsletter(cast.teammate, "teammate@example.org") == "held suppressed"


def test_without_a_refusal_it_leaves(cast: Cast) -> None:
    Consent.objects.create(
        person_id=cast.teammate, purpose="newsletter", granted=True, text_shown="Oui", text_sha256="0"
    )
    assert newsletter(cast.teammate, "teammate@example.org") == "sent"


def test_a_refusal_outlives_the_person(cast: Cast) -> None:
    account.erase(person_id=cast.teammate, by_id=None, at=NOON, refuses=True)
    assert api.is_suppressed(channel=EMAIL, value="teammate@example.org")
    kept = Suppression.objects.values_list("value_hash", "reason")
    assert [reason for _hash, reason in kept] == ["erasure"]
    assert "teammate" not in str(list(kept)).lower()


def test_erasing_without_a_refusal_keeps_nothing(cast: Cast) -> None:
    account.erase(person_id=cast.teammate, by_id=None, at=NOON)
    assert not Suppression.objects.exists()
    assert not ContactPoint.objects.filter(value="teammate@example.org").exists()


def test_the_erasure_page_offers_the_refusal(sign_in: Any, cast: Cast) -> None:
    sign_in(cast.stranger).post(reverse("people:erase"), {"sure": "on", "refuses": "on"})
    assert api.is_suppressed(channel=EMAIL, value="stranger@example.org")


def test_objecting_ends_every_consent_and_a_new_consent_ends_the_refusal(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.teammate)
    give = {"purpose": "newsletter", "give": "1"}
    client.post(reverse("people:consents"), give)
    assert client.post(reverse("people:object"), {}).status_code == 422
    client.post(reverse("people:object"), {"sure": "on"})
    assert not api.has_consent(person_id=cast.teammate, purpose=Purpose.NEWSLETTER)
    assert api.is_suppressed(channel=EMAIL, value="teammate@example.org")
    client.post(reverse("people:consents"), give)
    assert not api.is_suppressed(channel=EMAIL, value="teammate@example.org")


def test_an_objection_that_we_received_is_answered_alike(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.coordinator)
    for value in ("teammate@example.org", "inconnue@example.org", "06 12 34 56 78"):
        assert client.post(reverse("people:record_objection"), {"value": value}).status_code == 302
    assert Suppression.objects.count() == 3
    assert client.post(reverse("people:record_objection"), {"value": "rien"}).status_code == 422


def test_a_number_is_kept_in_one_form_and_leads_to_one_person(sign_in: Any, cast: Cast) -> None:
    page = reverse("people:contact_points")
    assert sign_in(cast.owner).post(page, {"phone": "06 12 34 56 78"}).status_code == 302
    assert "+33612345678" in sign_in(cast.owner).get(page).content.decode()
    assert sign_in(cast.teammate).post(page, {"phone": "+33 6 12 34 56 78"}).status_code == 422
    assert sign_in(cast.teammate).post(page, {"phone": "douze"}).status_code == 422
    sign_in(cast.owner).post(page, {"phone": ""})
    assert not ContactPoint.objects.filter(kind="phone").exists()


def test_bounces_are_noted_and_a_hard_one_is_not_softened(cast: Cast) -> None:
    for met, kept in [("soft", "soft"), ("hard", "hard"), ("soft", "hard"), ("ok", "ok")]:
        contacts.note_bounce(address="Owner@example.org", state=BounceState(met))
        assert ContactPoint.objects.get(value="owner@example.org").bounce_state == kept
    contacts.note_bounce(address="no address", state=BounceState.HARD)


def test_a_wrong_value_cannot_be_suppressed(places: None) -> None:
    with pytest.raises(Refused):
        api.suppress(channel=EMAIL, value="rien", reason=SuppressionReason.OBJECTION)
    assert not api.is_suppressed(channel=EMAIL, value="rien")


# Proof ----------------------------------------------------------------------------------------------


def test_the_proof_says_everything(sign_in: Any, cast: Cast) -> None:
    sign_in(cast.teammate).post(reverse("people:consents"), {"purpose": "newsletter", "give": "1"})
    page = sign_in(cast.coordinator).get(reverse("people:proof", args=[cast.teammate])).content.decode()
    line = Consent.objects.get(person_id=cast.teammate)
    for text in (line.text_sha256, line.proof, "teammate@example.org"):
        assert text in page
    assert "intact" in page


def test_an_altered_sentence_is_seen(cast: Cast) -> None:
    Consent.objects.create(
        person_id=cast.teammate, purpose="newsletter", granted=True, text_shown="Oui", text_sha256="0"
    )
    (line,) = proof_of(person_id=cast.teammate, at=NOON).lines
    assert not line.intact


def test_the_proof_costs_the_same_for_a_long_ledger(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        Consent.objects.create(
            person_id=cast.teammate,
            purpose="actions",
            granted=bool(number % 2),
            text_shown="",
            text_sha256="",
        )
    with django_assert_max_num_queries(6):
        proof = proof_of(person_id=cast.teammate, at=NOON)
    assert sum(line.in_force for line in proof.lines) == 1


MATRIX = {
    "people:contact_points": dict.fromkeys(ROLES, 200) | {"anonymous": 302},
    "people:object": dict.fromkeys(ROLES, 200) | {"anonymous": 302},
    "people:my_proof": dict.fromkeys(ROLES, 200) | {"anonymous": 302},
    "people:record_objection": dict.fromkeys(ROLES, 404)
    | {"anonymous": 302, "coordinator": 200, "other_coordinator": 200, "administrator": 200},
    "people:proof": dict.fromkeys(ROLES, 404) | {"anonymous": 302, "coordinator": 200, "administrator": 200},
}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", MATRIX)
def test_who_may_open_what(sign_in: Any, cast: Cast, name: str, who: str) -> None:
    arguments = [cast.teammate] if name == "people:proof" else []
    answer = sign_in(role(cast, who)).get(reverse(name, args=arguments))
    assert answer.status_code == MATRIX[name][who]


@pytest.mark.parametrize("who", ROLES)
def test_who_may_record_a_refusal(sign_in: Any, cast: Cast, who: str) -> None:
    answer = sign_in(role(cast, who)).post(reverse("people:record_objection"), {"value": "a@example.org"})
    allowed = {"coordinator", "other_coordinator", "administrator"}
    assert answer.status_code == (302 if who in allowed | {"anonymous"} else 404)
    assert Suppression.objects.exists() == (who in allowed)


def test_who_has_no_commune_is_shown_to_those_who_hold_the_country(sign_in: Any, cast: Cast) -> None:
    nowhere = make_person("Nullepart", commune_id=None)
    page = reverse("people:proof", args=[nowhere])
    assert sign_in(cast.coordinator).get(page).status_code == 404
    assert sign_in(cast.administrator).get(page).status_code == 200


def test_objecting_by_the_door_is_the_same(cast: Cast) -> None:
    api.object_to_all(person_id=cast.owner, channel="unsubscribe link")
    assert api.is_suppressed(channel=EMAIL, value="owner@example.org")
    objection.record_objection(by_id=None, typed="owner@example.org", at=NOON)
    assert Suppression.objects.count() == 1
