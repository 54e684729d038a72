"""Invitations: one message, no reminder, nothing kept; and the notice a first message owes (CNIL)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from amiral.kit.clock import now
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.contracts import ContactKind, Notice, Purpose
from amiral.rooms.people.models import ImportLine, Person, Referral
from amiral.rooms.people.queries.notices import missing_mentions
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter, link_in
from tests.rooms.people.test_imports import imported

pytestmark = pytest.mark.django_db
WHO = "une.amie@example.org"


def invite(commit: Any, browser: Client, address: str = WHO) -> Any:
    with commit():
        return browser.post(reverse("people:invite"), {"address": address, "knows": "on"})


def test_one_message_leaves_and_no_other(cast: Cast, commit: Any, sign_in: Any) -> None:
    for who in (cast.teammate, cast.teammate, cast.owner):
        assert invite(commit, sign_in(who)).status_code == 302
    assert [letter.to for letter in mail.outbox] == [[WHO]]
    body = last_letter(WHO)
    for words in ("Teammate E.", "cnil.fr", "/mes-droits/", "quinze jours"):
        assert words in body
    assert not Message.objects.filter(to_address=WHO).exists()


@pytest.mark.parametrize("address", ["owner@example.org", "refusee@example.org"])
def test_members_and_who_refused_get_nothing_and_nobody_learns_it(
    cast: Cast, commit: Any, sign_in: Any, address: str
) -> None:
    api.suppress(
        channel=ContactKind.EMAIL, value="refusee@example.org", reason=api.SuppressionReason.OBJECTION
    )
    told = invite(commit, sign_in(cast.teammate), address)
    assert told.status_code == 302
    assert mail.outbox == []
    assert not Referral.objects.exists()


def test_five_a_day(cast: Cast, commit: Any, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    codes = [invite(commit, browser, f"amie{n}@example.org").status_code for n in range(6)]
    assert codes == [302] * 5 + [422]


def test_the_invited_person_refuses_for_ever(cast: Cast, commit: Any, sign_in: Any) -> None:
    invite(commit, sign_in(cast.teammate))
    path, visitor = link_in(last_letter(WHO)), Client()
    page = visitor.get(path).content.decode()
    assert "Teammate E." in page
    assert WHO not in page
    assert visitor.post(path).status_code == 200
    assert api.is_suppressed(channel=ContactKind.EMAIL, value=WHO)
    assert Referral.objects.get().address == ""
    assert visitor.get(path).status_code == 410
    assert visitor.post(path).status_code == 410
    assert visitor.get(reverse("people:invitation", args=["rien"])).status_code == 410


def test_without_an_answer_the_address_goes_after_fifteen_days(cast: Cast, commit: Any, sign_in: Any) -> None:
    invite(commit, sign_in(cast.teammate))
    at = now()
    assert api.purge(at=at + timedelta(days=14))["people.Referral"] == 0
    assert api.purge(at=at + timedelta(days=16))["people.Referral"] == 1
    assert Referral.objects.get().address == ""
    invite(commit, sign_in(cast.owner))
    assert len(mail.outbox) == 1
    assert api.purge(at=at + timedelta(days=367))["people.Referral"] == 1
    assert not Referral.objects.exists()


def test_the_page_is_for_members(cast: Cast, sign_in: Any) -> None:
    assert sign_in(None).get(reverse("people:invite")).status_code == 302
    browser = sign_in(cast.stranger)
    assert browser.get(reverse("people:invite")).status_code == 200
    assert browser.post(reverse("people:invite"), {"address": WHO}).status_code == 422


# The notice ---------------------------------------------------------------------------------------------


@pytest.fixture
def known(cast: Cast, settings: Any, tmp_path: Path) -> UUID:
    """Anne, whom a file brought with her consent to the newsletter."""
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    imported(tmp_path, cast.coordinator)
    return Person.objects.get(given_name="Anne").pk


def send(
    person_id: UUID, key: str, *, purpose: str = Purpose.NEWSLETTER, body: str = "Nouvelles."
) -> Message:
    outreach.send(
        to_address="anne@example.org", purpose=purpose, subject="Lettre", body=body, idempotency_key=key,
        person_id=person_id, html="<p>Nouvelles.</p>",
    )  # fmt: skip
    outreach.deliver_due(at=now() + timedelta(seconds=1))
    return Message.objects.get(idempotency_key=key)


MENTIONS = ("controller", "purpose", "origin", "basis", "duration", "rights", "complaint")


def test_the_first_message_says_where_the_address_comes_from_and_the_second_no_more(known: UUID) -> None:
    assert send(known, "1").state == "sent"
    first = mail.outbox[0]
    for words in ("Pourquoi vous recevez ce message", "formulaire de la campagne", "/mes-droits/", "cnil.fr"):
        assert words in first.body
    assert "mes-droits" in str(first.alternatives[0][0])
    assert send(known, "2").state == "sent"
    assert "Pourquoi vous recevez" not in mail.outbox[1].body


def test_who_joined_by_himself_is_not_told_where_his_data_come_from(cast: Cast) -> None:
    assert api.notice_for(person_id=cast.teammate, purpose="newsletter") is None


def test_without_a_known_origin_nothing_leaves(known: UUID) -> None:
    ImportLine.objects.filter(person=known).delete()
    message = send(known, "1")
    assert message.state == "held"
    assert message.reason == "no-notice: origin, basis"
    assert mail.outbox == []


def test_the_linter_names_each_missing_mention(known: UUID) -> None:
    notice = api.notice_for(person_id=known, purpose="newsletter")
    assert isinstance(notice, Notice)
    assert tuple(name for name, _words in notice.mentions) == MENTIONS
    assert missing_mentions(text=notice.text, notice=notice) == ()
    assert missing_mentions(text=notice.text.replace(" ", "\n ").upper(), notice=notice) == ()
    for name, words in notice.mentions:
        assert name in missing_mentions(text=notice.text.replace(words, "…"), notice=notice)
    assert missing_mentions(text="Bonjour.", notice=notice) == MENTIONS


def test_a_message_that_says_it_all_is_not_told_twice(known: UUID) -> None:
    notice = api.notice_for(person_id=known, purpose="newsletter")
    assert notice is not None
    send(known, "1", body=f"Bonjour.\n\n{notice.text}")
    body = " ".join(str(mail.outbox[0].body).split())
    # Each mention once in the notice; the frame under every letter names the way to complain once more.
    assert body.count(" ".join(notice.text.split())) == 1
    assert body.count("cnil.fr") == 2
