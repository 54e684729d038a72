"""Consent for a purpose by a channel: boxes apart, STOP, codes for numbers, merges, the join form."""

import re
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from amiral.kit.clock import now
from amiral.rooms.people import api as people
from amiral.rooms.people.actions import consents, objection, stopping
from amiral.rooms.people.actions import contacts as contact_actions
from amiral.rooms.people.actions.contacts import CodeRefused, NoNumberToShow, TooManyCodes
from amiral.rooms.people.contracts import WAYS_OFFERED, ContactKind, Purpose, SuppressionReason, Way
from amiral.rooms.people.models import Consent, ContactPoint, JoinRequest, Person, PhoneCode, Suppression
from amiral.rooms.people.texts import consent_text
from tests.conftest import NOON, Cast, make_person
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

NUMBER = "+33612345678"


def number_of(person_id: UUID, value: str = NUMBER, *, shown: bool = True) -> None:
    ContactPoint.objects.create(
        person_id=person_id, kind="phone", value=value, verified_at=NOON if shown else None, primary=True
    )


def agree(person_id: UUID, way: Way, purpose: Purpose = Purpose.ACTIONS) -> None:
    people.give_consent(person_id=person_id, purpose=purpose, way=way, channel="account page")


def agreed(person_id: UUID, way: Way, purpose: Purpose = Purpose.ACTIONS) -> bool:
    return people.has_consent(person_id=person_id, purpose=purpose, way=way)


def test_a_channel_says_nothing_of_another(cast: Cast) -> None:
    agree(cast.owner, Way.SMS)
    assert [agreed(cast.owner, way) for way in Way] == [False, True, False, False]
    agree(cast.owner, Way.EMAIL)
    consents.withdraw(
        person_id=cast.owner, purpose=Purpose.ACTIONS, channel="unsubscribe link", proof="", at=now()
    )
    assert [agreed(cast.owner, way) for way in Way] == [False, True, False, False]


def test_what_was_agreed_to_before_there_were_channels_is_by_e_mail() -> None:
    assert Consent._meta.get_field("way").default == Way.EMAIL


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sentence_names_its_channel_and_is_translated(language: str) -> None:
    told = {}
    for chosen in ("en", language):
        with override(chosen):
            told[chosen] = {consent_text(one, way) for one, ways in WAYS_OFFERED.items() for way in ways}
    assert len(told[language]) == sum(map(len, WAYS_OFFERED.values()))
    assert language == "en" or not told["en"] & told[language]


def test_no_box_asks_to_be_called_by_a_machine() -> None:
    assert all(Way.PHONE not in WAYS_OFFERED[one] or one is Purpose.ACTIONS for one in Purpose)
    with override("en"):
        assert "never a machine" in consent_text(Purpose.ACTIONS, Way.PHONE)


def test_the_page_has_one_button_for_each_channel(cast: Cast, client: Client) -> None:
    client.force_login(Person.objects.get(pk=cast.stranger))
    page = client.get(reverse("people:consents")).content.decode()
    assert page.count('name="give" value="1"') == sum(map(len, WAYS_OFFERED.values()))
    said = {"purpose": "actions", "way": "sms", "give": "1"}
    assert client.post(reverse("people:consents"), said).status_code == 302
    assert [agreed(cast.stranger, way) for way in (Way.SMS, Way.EMAIL)] == [True, False]
    line = Consent.objects.get(person_id=cast.stranger)
    with override("fr"):
        assert line.text_shown == consent_text(Purpose.ACTIONS, Way.SMS)
    for wrong in ({"way": "fax"}, {"purpose": "newsletter", "way": "phone"}):
        assert client.post(reverse("people:consents"), said | wrong).status_code == 404


def test_stop_ends_what_is_by_sms_for_every_purpose_and_nothing_else(cast: Cast) -> None:
    number_of(cast.owner)
    for way, purpose in (
        (Way.SMS, Purpose.ACTIONS),
        (Way.SMS, Purpose.NEWSLETTER),
        (Way.EMAIL, Purpose.ACTIONS),
    ):
        agree(cast.owner, way, purpose)
    assert people.stop(number="06 12 34 56 78", at=now()) == cast.owner
    assert not any(agreed(cast.owner, Way.SMS, one) for one in Purpose)
    assert agreed(cast.owner, Way.EMAIL)
    assert people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER)
    lines = Consent.objects.filter(person_id=cast.owner, channel="stop")
    assert {(line.purpose, line.way, line.granted) for line in lines} == {
        ("actions", "sms", False), ("newsletter", "sms", False)
    }  # fmt: skip
    people.stop(number=NUMBER, at=now())
    assert lines.count() == 2, "a second STOP says nothing new"


def test_stop_of_a_number_that_nobody_has_is_kept(cast: Cast) -> None:
    assert people.stop(number=NUMBER, at=now()) is None
    number_of(cast.stranger)
    assert people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER)


def test_a_stop_is_taken_back_from_the_telephone_or_by_its_owner_and_by_nobody_else(cast: Cast) -> None:
    people.stop(number=NUMBER, at=now())
    number_of(cast.stranger, shown=False)
    agree(cast.stranger, Way.SMS)
    assert people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER), "typing a number proves nothing"
    ContactPoint.objects.filter(value=NUMBER).update(verified_at=NOON)
    agree(cast.stranger, Way.SMS, Purpose.NEWSLETTER)
    assert not people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER)
    people.stop(number=NUMBER, at=now())
    agree(cast.stranger, Way.EMAIL)
    assert people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER), "e-mail lifts no STOP"
    stopping.take_back(number=NUMBER)
    assert not people.is_suppressed(channel=ContactKind.PHONE, value=NUMBER)
    assert not agreed(cast.stranger, Way.SMS), "and brings no consent back"


def test_what_was_refused_otherwise_is_not_taken_back_by_a_text_message() -> None:
    people.suppress(channel=ContactKind.PHONE, value=NUMBER, reason=SuppressionReason.OBJECTION)
    stopping.take_back(number=NUMBER)
    stopping.take_back(number="no number at all")
    assert Suppression.objects.count() == 1


def test_objecting_ends_every_channel(cast: Cast) -> None:
    number_of(cast.owner)
    for way in (Way.EMAIL, Way.SMS, Way.PUSH, Way.PHONE):
        agree(cast.owner, way)
    objection.object_to_all(person_id=cast.owner, channel="account page", at=now())
    assert not any(agreed(cast.owner, way) for way in Way)


def test_withdrawing_everything_writes_each_line_once(cast: Cast) -> None:
    agree(cast.owner, Way.SMS)
    agree(cast.owner, Way.PUSH, Purpose.NEWSLETTER)
    for _again in range(2):
        consents.withdraw_everything(person_id=cast.owner, channel="unsubscribe link", proof="", at=now())
    assert not any(agreed(cast.owner, way, one) for way in Way for one in Purpose)
    assert Consent.objects.filter(person_id=cast.owner, granted=False).count() == 5


def test_whoever_refused_a_channel_by_one_of_the_two_has_refused_it(cast: Cast) -> None:
    agree(cast.owner, Way.SMS)
    agree(cast.owner, Way.EMAIL)
    agree(cast.teammate, Way.SMS)
    consents.set_consent(
        person_id=cast.teammate, purpose=Purpose.ACTIONS, granted=False, channel="account page", at=now(),
        way=Way.SMS,
    )  # fmt: skip
    agree(cast.owner, Way.PUSH)
    merge_id = people.merge(by_id=cast.administrator, kept_id=cast.owner, absorbed_id=cast.teammate)
    assert [agreed(cast.owner, way) for way in (Way.EMAIL, Way.SMS, Way.PUSH)] == [True, False, True]
    people.undo_merge(by_id=cast.administrator, merge_id=merge_id)
    assert agreed(cast.owner, Way.SMS)


# The join form -------------------------------------------------------------------------------------


def join(client: Client, **typed: Any) -> Any:
    values = {"email": "neuve@example.org", "given_name": "Neuve", "postal_code": "71100", "shown_in": "fr"}
    return client.post(reverse("people:join"), values | typed)


def test_the_join_form_ticks_nothing_and_asks_for_no_number(client: Client, places: None) -> None:
    page = client.get(reverse("people:join")).content.decode()
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    assert len(boxes) == 2 * len(Purpose)
    assert not any("checked" in box for box in boxes)
    assert "required" not in re.findall(r'<input[^>]*name="phone"[^>]*>', page)[0]


def test_a_text_message_asked_for_needs_a_number(client: Client, places: None) -> None:
    assert join(client, consent_actions_sms="on").status_code == 422
    assert join(client, consent_actions_sms="on", phone="12").status_code == 422
    assert not JoinRequest.objects.exists()


def test_what_was_ticked_reaches_the_ledger_with_its_channel(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        join(client, consent_newsletter="on", consent_actions_sms="on", phone="06 12 34 56 78")
    link = re.search(r"/rejoindre/confirmer/[^\s]+", str(mail.outbox[-1].body))
    assert link
    client.post(link[0])
    person = Person.objects.get(email="neuve@example.org")
    lines = Consent.objects.filter(person=person).values_list("purpose", "way", "text_shown")
    with override("fr"):
        assert set(lines) == {
            ("newsletter", "email", consent_text(Purpose.NEWSLETTER)),
            ("actions", "sms", consent_text(Purpose.ACTIONS, Way.SMS)),
        }
    point = ContactPoint.objects.get(person=person, kind="phone")
    assert (point.value, point.verified_at) == (NUMBER, None), "typed, not shown to be his"
    assert people.numbers_of(person_ids=[person.pk]) == {}
    assert not JoinRequest.objects.exclude(phone="").exists()


def test_a_number_that_leads_to_somebody_else_is_left_to_him(cast: Cast) -> None:
    number_of(cast.owner)
    contact_actions.keep_typed_number(person_id=cast.stranger, number=NUMBER, at=NOON)
    assert ContactPoint.objects.get(value=NUMBER).person_id == cast.owner


# Codes ---------------------------------------------------------------------------------------------


def sent_code(person_id: UUID) -> str:
    """What the telephone would read."""
    with mock.patch("amiral.rooms.people.letters.ports.call") as port:
        contact_actions.send_code(person_id=person_id, at=NOON)
    told = port.call_args.kwargs
    assert (told["to_address"], told["channel"], told["urgent"]) == (NUMBER, "sms", True)
    return re.findall(r"\d{6}", told["body"])[0]


def test_a_number_is_shown_to_be_ones_own_by_the_code_it_received(cast: Cast) -> None:
    number_of(cast.owner, shown=False)
    code = sent_code(cast.owner)
    assert code not in str(PhoneCode.objects.values().get())
    contact_actions.confirm_code(person_id=cast.owner, typed=f" {code[:3]} {code[3:]} ", at=NOON)
    assert people.numbers_of(person_ids=[cast.owner]) == {cast.owner: NUMBER}
    with pytest.raises(CodeRefused):
        contact_actions.confirm_code(person_id=cast.owner, typed=code, at=NOON)
    with pytest.raises(NoNumberToShow):
        contact_actions.send_code(person_id=cast.owner, at=NOON)


def test_a_code_has_five_tries_ten_minutes_one_number_and_one_person(cast: Cast) -> None:
    number_of(cast.owner, shown=False)
    code = sent_code(cast.owner)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for typed, person_id, at in (
        (code, cast.owner, NOON + timedelta(minutes=11)),
        (code, cast.stranger, NOON),
        *[(wrong, cast.owner, NOON)] * 5,
        (code, cast.owner, NOON),
    ):
        with pytest.raises(CodeRefused):
            contact_actions.confirm_code(person_id=person_id, typed=typed, at=at)
    code = sent_code(cast.owner)
    contact_actions.set_phone(person_id=cast.owner, typed="06 99 99 99 99")
    with pytest.raises(CodeRefused):
        contact_actions.confirm_code(person_id=cast.owner, typed=code, at=NOON)


def test_three_codes_an_hour_for_a_person_and_for_a_number(cast: Cast) -> None:
    number_of(cast.owner, shown=False)
    for _one in range(3):
        sent_code(cast.owner)
    with pytest.raises(TooManyCodes):
        sent_code(cast.owner)
    ContactPoint.objects.filter(value=NUMBER).update(person_id=cast.stranger)
    with pytest.raises(TooManyCodes):
        sent_code(cast.stranger)


def test_the_code_is_typed_on_the_page(cast: Cast, client: Client) -> None:
    number_of(cast.stranger, shown=False)
    client.force_login(Person.objects.get(pk=cast.stranger))
    assert "code-title" in client.get(reverse("people:contact_points")).content.decode()
    code = sent_code(cast.stranger)
    with mock.patch("amiral.rooms.people.web.contacts_views.now", return_value=NOON):
        assert client.post(reverse("people:type_code"), {"code": "nothing"}).status_code == 422
        assert client.post(reverse("people:type_code"), {"code": code}).status_code == 302
    page = client.get(reverse("people:contact_points")).content.decode()
    assert "code-title" not in page


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", ["people:send_code", "people:type_code"])
def test_codes_concern_oneself_only(sign_in: Any, cast: Cast, name: str, who: str) -> None:
    number_of(make_person("Tiers"), shown=False)
    browser = sign_in(role(cast, who))
    assert browser.get(reverse(name)).status_code == (302 if who == "anonymous" else 405)
    answer = browser.post(reverse(name), {"code": "123456"})
    assert answer.status_code == (422 if name == "people:type_code" and who != "anonymous" else 302)
    assert not PhoneCode.objects.exists()
    assert not ContactPoint.objects.filter(value=NUMBER, verified_at__isnull=False).exists()
