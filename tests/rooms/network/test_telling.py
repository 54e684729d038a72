"""What people are told, when, and how they answer by e-mail."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.errors import NotFound
from amiral.rooms.network import actions, api
from amiral.rooms.network.actions import digest
from amiral.rooms.network.actions.reply_tokens import token_of
from amiral.rooms.network.contracts import DEFAULT_TELL, NotificationKind, Tell
from amiral.rooms.network.models import Comment, Membership, Notification, NotificationChoice, PrivateMessage
from amiral.rooms.outreach.models import Message, PushSubscription
from amiral.rooms.people.models import Consent
from tests.conftest import NOON, Cast, make_person
from tests.rooms.network.conftest import Said

MORNING = NOON + timedelta(hours=19)


def letters(person_id: UUID, key: str = "network-") -> list[Message]:
    found = Message.objects.filter(person_id=person_id, idempotency_key__startswith=key)
    return list(found.order_by("created_at", "pk"))


def write_day(at: datetime = MORNING) -> int:
    return digest.send_digests(at=at, report=lambda _done, _total: None)


def kinds(person_id: UUID) -> list[tuple[str, str]]:
    return list(
        Notification.objects.filter(person_id=person_id)
        .values_list("kind", "tell")
        .order_by("created_at", "pk")
    )


def test_who_is_named_gets_a_letter_at_once_and_only_one(cast: Cast, mailoutbox: Any) -> None:
    api.publish(author_id=cast.owner, group_id=cast.group, body="Merci @teammate-e @owner-e", at=NOON)
    assert kinds(cast.teammate) == [("mention", "at-once")]
    assert kinds(cast.owner) == []
    assert actions.tell_due(at=NOON) == 1
    assert actions.tell_due(at=NOON) == 0
    assert len(letters(cast.teammate)) == 1


def test_an_answer_is_told_to_the_thread_once_a_day(cast: Cast, said: Said) -> None:
    other = make_person("Aline")
    Membership.objects.create(group_id=cast.group, person_id=other, source="choice")
    api.comment(author_id=other, post_id=said.post, body="Moi aussi", at=NOON)
    assert kinds(cast.owner) == [("reply", "daily")]
    assert kinds(other) == []
    assert [kind for kind, _tell in kinds(cast.teammate)] == ["reply", "reply"]
    assert actions.tell_due(at=NOON) == 0
    assert write_day() == 2
    assert write_day() == 0
    assert len(letters(cast.teammate, "network-day:")) == 1


@pytest.mark.parametrize("tell", list(Tell))
def test_each_kind_is_told_as_chosen(cast: Cast, tell: Tell) -> None:
    actions.choose(person_id=cast.teammate, kind=NotificationKind.MENTION, tell=tell)
    api.publish(author_id=cast.owner, group_id=cast.group, body="@teammate-e", at=NOON)
    at_once, daily = actions.tell_due(at=NOON), write_day()
    assert (at_once, daily) == {Tell.AT_ONCE: (1, 0), Tell.DAILY: (0, 1), Tell.NEVER: (0, 0)}[tell]
    assert Notification.objects.filter(person_id=cast.teammate).count() == 1


def agree(person_id: UUID) -> None:
    Consent.objects.create(
        person_id=person_id, purpose="group-contact", granted=True, text_shown="Oui", channel="web", at=NOON
    )


def test_news_of_groups_go_to_who_agreed_or_asked(cast: Cast) -> None:
    third = make_person("Aline")
    Membership.objects.create(group_id=cast.group, person_id=third, source="choice")
    agree(third)
    api.publish(author_id=cast.owner, group_id=cast.group, body="Nouvelle du groupe", at=NOON)
    assert Notification.objects.count() == 0, "nothing is copied per member"
    assert write_day() == 1
    assert len(letters(third, "network-day:")) == 1
    actions.choose(person_id=cast.teammate, kind=NotificationKind.POST, tell=Tell.DAILY)
    write_day()
    assert len(letters(cast.teammate, "network-day:")) == 1
    assert len(letters(third, "network-day:")) == 1


def test_who_asked_for_each_post_gets_a_row_and_nobody_else(cast: Cast) -> None:
    actions.choose(person_id=cast.teammate, kind=NotificationKind.ANNOUNCEMENT, tell=Tell.AT_ONCE)
    actions.publish(author_id=cast.owner, group_id=cast.group, body="Samedi", at=NOON, announcement=True)
    assert [row.person_id for row in Notification.objects.all()] == [cast.teammate]
    assert actions.tell_due(at=NOON) == 1


def test_what_was_read_meanwhile_is_not_told(cast: Cast, sign_in: Any) -> None:
    api.publish(author_id=cast.owner, group_id=cast.group, body="@teammate-e", at=NOON)
    row = Notification.objects.get()
    assert sign_in(cast.teammate).get(f"/moi/notifications/{row.pk}/").url == row.url
    assert actions.tell_due(at=NOON) == 0


def test_what_was_hidden_meanwhile_is_not_told(cast: Cast) -> None:
    post = api.publish(author_id=cast.owner, group_id=cast.group, body="@teammate-e", at=NOON)
    api.hide_reported(subject_kind="post", subject_id=post, at=NOON)
    assert actions.tell_due(at=NOON) == 0
    assert letters(cast.teammate) == []


def test_other_rooms_tell_by_the_door(cast: Cast, sign_in: Any) -> None:
    api.notify(
        person_id=cast.teammate,
        kind=NotificationKind.ACTION,
        subject="Une place s’est libérée",
        url="/actions/",
        at=NOON,
    )
    assert "Une place s’est libérée" in sign_in(cast.teammate).get("/moi/notifications/").content.decode()
    assert actions.tell_due(at=NOON) == 1


def test_choices_are_kept_and_shown(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    sent = dict.fromkeys([kind.value for kind in NotificationKind], "daily")
    assert browser.post("/moi/notifications/", sent).status_code == 302
    assert set(NotificationChoice.objects.values_list("tell", flat=True)) == {"daily"}
    assert browser.post("/moi/notifications/", sent | {"mention": "hourly"}).status_code == 200


def test_old_news_are_forgotten(cast: Cast) -> None:
    api.notify(person_id=cast.teammate, kind=NotificationKind.ACTION, subject="x", url="/", at=NOON)
    assert api.purge(at=NOON + timedelta(days=91))["network.Notification"] == 1


# Answers by e-mail ---------------------------------------------------------------------------------


@pytest.fixture
def named(cast: Cast, said: Said, settings: Any) -> Notification:
    """The team-mate was told of the owner's comment."""
    settings.RETURN_ADDRESS = "retour@amiral.example"
    return Notification.objects.get(person_id=cast.teammate)


ANSWER = (
    "Oui, à samedi !\r\n\r\nLe lun. 1 mars 2027 à 10:00, Amiral <bonjour@amiral.example> a écrit :\r\n> Owner"
)


def test_an_answer_becomes_a_comment(cast: Cast, said: Said, named: Notification) -> None:
    token = token_of(notification_id=named.pk)
    assert len(f"retour+{token}") <= 64, "RFC 5321, 4.5.3.1.1"
    written = api.receive_reply(token=token.upper(), text=ANSWER, from_address="Teammate@example.org")
    answer = Comment.objects.get(pk=written)
    assert (answer.body, answer.author_id, answer.post_id) == ("Oui, à samedi !", cast.teammate, said.post)


def test_the_letter_says_where_to_answer(cast: Cast, said: Said, named: Notification) -> None:
    Notification.objects.update(tell=Tell.AT_ONCE)
    actions.tell_due(at=NOON)
    message = letters(cast.teammate)[0]
    sent = message.headers.get("Reply-To") or ""
    assert sent in {"", f"retour+{token_of(notification_id=named.pk)}@amiral.example"}


def test_an_answer_to_a_message_goes_to_the_conversation(cast: Cast) -> None:
    actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="Libre ?", at=NOON)
    row = Notification.objects.get(person_id=cast.teammate)
    api.receive_reply(token=token_of(notification_id=row.pk), text="Oui", from_address="teammate@example.org")
    assert PrivateMessage.objects.get(author_id=cast.teammate).body == "Oui"


def test_only_ones_own_address_answers(cast: Cast, named: Notification) -> None:
    with pytest.raises(actions.NotYourAddress):
        api.receive_reply(
            token=token_of(notification_id=named.pk), text="x", from_address="owner@example.org"
        )


def test_who_left_answers_no_more(cast: Cast, named: Notification) -> None:
    api.leave(person_id=cast.teammate, group_id=cast.group)
    with pytest.raises(NotFound):
        api.receive_reply(
            token=token_of(notification_id=named.pk), text="x", from_address="teammate@example.org"
        )


def test_an_answer_that_only_quotes_says_nothing(cast: Cast, named: Notification) -> None:
    with pytest.raises(actions.NothingSaid):
        api.receive_reply(
            token=token_of(notification_id=named.pk), text="> Owner E.", from_address="teammate@example.org"
        )


@pytest.mark.django_db
@given(token=st.text(max_size=60) | st.from_regex(r"[a-z2-7]{42}", fullmatch=True))
@settings(max_examples=60)
def test_no_other_token_opens_anything(token: str) -> None:
    with pytest.raises(NotFound):
        api.receive_reply(token=token, text="x", from_address="a@example.org")


@pytest.mark.parametrize(
    ("letter", "own"),
    [
        ("Oui\n\nOn Mon, 1 Mar 2027 at 10:00, Amiral wrote:\n> x", "Oui"),
        ("Oui\n\nLe lun. 1 mars 2027 à 10:00, Amiral <a@b.example>\na écrit :\n\n> x", "Oui"),
        ("Oui\n-- \nMarie\n06", "Oui"),
        ("Oui\n\n-----Message d'origine-----\nDe : x", "Oui"),
        ("Oui\n\nDe : Amiral <a@b.example>\nEnvoyé : lundi", "Oui"),
        ("> avant\nOui\n> après\nNon", "Oui\nNon"),
        ("Le train est à 10 h.\nOn y va ?", "Le train est à 10 h.\nOn y va ?"),
    ],
)
def test_what_is_quoted_is_left_out(letter: str, own: str) -> None:
    assert actions.own_words(letter) == own


def test_what_is_told_at_once_may_ring_instead_while_it_reaches(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    sent = {kind.value: tell.value for kind, tell in DEFAULT_TELL.items()}
    page = "/moi/notifications/"
    assert browser.post(page, sent | {"mention": "at-once:push"}).status_code == 302
    assert browser.post(page, sent | {"mention": "at-once:sms"}).status_code == 200, (
        "SMS are for actions only"
    )
    assert 'value="at-once:push" selected' in browser.get(page).content.decode()
    choice = NotificationChoice.objects.get(person_id=cast.teammate, kind="mention")
    assert (choice.tell, choice.way) == ("at-once", "push")
    api.publish(author_id=cast.owner, group_id=cast.group, body="Merci @teammate-e", at=NOON)
    actions.tell_due(at=NOON)
    assert [letter.channel for letter in letters(cast.teammate)] == ["email"], "no device is open"
    PushSubscription.objects.create(person_id=cast.teammate, endpoint="https://x", endpoint_sha256="x")
    api.publish(author_id=cast.owner, group_id=cast.group, body="Encore @teammate-e", at=NOON)
    actions.tell_due(at=NOON)
    (newest,) = [letter for letter in letters(cast.teammate) if letter.channel == "push"]
    assert newest.link == Notification.objects.filter(person_id=cast.teammate).latest("pk").url
