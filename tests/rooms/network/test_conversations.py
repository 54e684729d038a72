"""Messages between members and in groups: who may write to whom, and what a block does."""

from datetime import timedelta
from typing import Any

import pytest

from amiral.kit.errors import NotFound
from amiral.rooms.moderation.models import Report
from amiral.rooms.network import actions, api
from amiral.rooms.network.contracts import NotificationKind, Reachable
from amiral.rooms.network.models import Conversation, Notification, PrivateMessage
from amiral.rooms.network.queries import conversations
from tests.conftest import NOON, Cast


def titles(person_id: Any) -> list[str]:
    return [line.title for line in conversations.conversations(person_id=person_id, page_number=1)]


def bodies(conversation_id: Any, person_id: Any) -> list[str]:
    page = conversations.conversation_page(
        conversation=Conversation.objects.get(pk=conversation_id), person_id=person_id, page_number=1
    )
    return [one.body_html.removeprefix("<p>").removesuffix("</p>\n") for one in page.messages]


def test_members_of_one_group_write_to_each_other(cast: Cast) -> None:
    talk = actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="Libre samedi ?", at=NOON)
    assert titles(cast.teammate) == ["Owner E."]
    with pytest.raises(actions.WaitForAnswer):
        actions.answer(by_id=cast.owner, conversation_id=talk, body="Alors ?", at=NOON)
    actions.answer(by_id=cast.teammate, conversation_id=talk, body="Oui", at=NOON + timedelta(minutes=1))
    actions.answer(by_id=cast.owner, conversation_id=talk, body="Parfait", at=NOON + timedelta(minutes=2))
    assert bodies(talk, cast.teammate) == ["Libre samedi ?", "Oui", "Parfait"]
    assert actions.write_to(by_id=cast.teammate, person_id=cast.owner, body="Encore", at=NOON) == talk
    kinds = Notification.objects.filter(person_id=cast.teammate).values_list("kind", flat=True)
    assert list(kinds) == [NotificationKind.MESSAGE], "told once while it is unread"


def test_strangers_do_not(cast: Cast) -> None:
    for other in (cast.stranger, cast.administrator):
        with pytest.raises(NotFound):
            actions.write_to(by_id=other, person_id=cast.teammate, body="Bonjour", at=NOON)


@pytest.mark.parametrize(
    ("reachable", "by", "refused"),
    [("nobody", "owner", True), ("leaders", "owner", False), ("members", "owner", False)],
)
def test_who_wants_no_first_message_gets_none(cast: Cast, reachable: str, by: str, refused: bool) -> None:
    actions.choose_reach(person_id=cast.teammate, reachable=Reachable(reachable))
    if not refused:
        actions.write_to(by_id=getattr(cast, by), person_id=cast.teammate, body="x", at=NOON)
        return
    with pytest.raises(actions.WantsNoMessage):
        actions.write_to(by_id=getattr(cast, by), person_id=cast.teammate, body="x", at=NOON)


@pytest.mark.parametrize(("blocker", "blocked"), [("owner", "teammate"), ("teammate", "owner")])
def test_across_a_block_nothing_arrives_and_nothing_shows_it(cast: Cast, blocker: str, blocked: str) -> None:
    talk = actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="un", at=NOON)
    actions.answer(by_id=cast.teammate, conversation_id=talk, body="deux", at=NOON + timedelta(minutes=1))
    Notification.objects.all().delete()
    actions.block(by_id=getattr(cast, blocker), person_id=getattr(cast, blocked), at=NOON)
    actions.answer(by_id=cast.owner, conversation_id=talk, body="trois", at=NOON + timedelta(minutes=2))
    assert bodies(talk, cast.owner) == ["un", "deux", "trois"]
    assert bodies(talk, cast.teammate) == ["un", "deux"]
    assert not Notification.objects.exists()
    actions.unblock(by_id=getattr(cast, blocker), person_id=getattr(cast, blocked))
    assert bodies(talk, cast.teammate) == ["un", "deux"], "what was withheld stays so"


def test_a_first_message_across_a_block_opens_nothing(cast: Cast, sign_in: Any) -> None:
    actions.block(by_id=cast.teammate, person_id=cast.owner, at=NOON)
    talk = actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="un", at=NOON)
    assert titles(cast.owner) == ["Teammate E."]
    assert titles(cast.teammate) == []
    message = PrivateMessage.objects.get()
    page = f"/conversations/messages/{message.pk}/signaler/"
    assert sign_in(cast.teammate).get(page).status_code == 404
    assert sign_in(cast.owner).get(f"/conversations/{talk}/").status_code == 200


def test_a_group_has_one_conversation_for_its_members(cast: Cast) -> None:
    talk = actions.write_to_group(by_id=cast.owner, group_id=cast.group, body="Covoiturage ?", at=NOON)
    assert actions.write_to_group(by_id=cast.teammate, group_id=cast.group, body="Oui", at=NOON) == talk
    assert titles(cast.teammate) == ["Mâcon"]
    assert titles(cast.stranger) == []
    with pytest.raises(NotFound):
        actions.write_to_group(by_id=cast.stranger, group_id=cast.group, body="x", at=NOON)
    actions.block(by_id=cast.teammate, person_id=cast.owner, at=NOON)
    assert bodies(talk, cast.teammate) == ["Oui"]


def test_a_report_shows_the_moderators_one_message(cast: Cast, sign_in: Any) -> None:
    actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="Vilain mot", at=NOON)
    message = PrivateMessage.objects.get()
    sent = {"grounds": "insult", "explanation": ""}
    address = f"/conversations/messages/{message.pk}/signaler/"
    assert sign_in(cast.teammate).post(address, sent).status_code == 302
    report = Report.objects.get()
    assert (report.subject_kind, report.excerpt, report.territory_id) == (
        "message",
        "Vilain mot",
        "commune:71270",
    )
    assert "Message privé" in sign_in(cast.coordinator).get(f"/moderation/{report.pk}/").content.decode()
    api.hide_reported(subject_kind="message", subject_id=message.pk, at=NOON)
    assert bodies(message.conversation_id, cast.teammate) == []


def test_messages_are_kept_for_a_year_and_erased_with_their_author(cast: Cast) -> None:
    talk = actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="un", at=NOON)
    actions.answer(by_id=cast.teammate, conversation_id=talk, body="deux", at=NOON)
    api.erase_person(person_id=cast.owner)
    assert bodies(talk, cast.teammate) == ["deux"]
    assert Conversation.objects.get(pk=talk).pair == ""
    counts = api.purge(at=NOON + timedelta(days=366))
    assert (counts["network.PrivateMessage"], counts["network.Conversation"]) == (1, 1)


def test_ones_own_messages_are_in_the_export(cast: Cast) -> None:
    actions.write_to(by_id=cast.owner, person_id=cast.teammate, body="un", at=NOON)
    actions.block(by_id=cast.owner, person_id=cast.teammate, at=NOON)
    kept = api.export_person(person_id=cast.owner)["network"]
    assert [one["text"] for one in kept["messages"]] == ["un"]
    assert kept["blocked"] == ["Teammate E."]
    assert api.export_person(person_id=cast.teammate)["network"]["messages"] == []
