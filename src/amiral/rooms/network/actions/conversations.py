"""Messages between members and in groups.

Who may write to whom: members of a same group, unless the other one wants no first message. Until the one who
was written to answers, there is one message only. Across a block everything seems to go on as before: what is
written stays with its author.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network.access import (
    access_conversation_by_id,
    access_fellow_by_id,
    access_group_to_write_by_id,
    access_message_by_id,
    access_own_message_by_id,
    apart_from,
)
from amiral.rooms.network.actions import notifying
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import PRIVATE_MAX_CHARACTERS, Reachable
from amiral.rooms.network.models import Conversation, Participant, PrivateMessage, Reach
from amiral.rooms.network.queries.rendering import html_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

MESSAGE_KEPT = timedelta(days=365)


class WantsNoMessage(Refused):
    """Somebody who chose to get no first message."""

    def __init__(self) -> None:
        super().__init__(_("This person takes no message from members. Write under a post of the group."))


class WaitForAnswer(Refused):
    """A second message before the first was answered."""

    def __init__(self) -> None:
        super().__init__(
            _("Your first message has no answer yet. You can go on once this person has answered.")
        )


class OwnMessage(Refused):
    """Reporting oneself."""

    def __init__(self) -> None:
        super().__init__(_("This is your own message: delete it instead of reporting it."))


@transaction.atomic
def write_to(*, by_id: UUID, person_id: UUID, body: str, at: datetime) -> UUID:
    """A message to a member of a group of one's own; the id of the conversation. Else ``NotFound``."""
    if by_id == person_id:
        raise NotFound
    text = text_within(body, limit=PRIVATE_MAX_CHARACTERS)
    pair = "-".join(sorted([by_id.hex, person_id.hex]))
    conversation = Conversation.objects.filter(pair=pair).first()
    if conversation is None:
        access_fellow_by_id(person_id=by_id, other_id=person_id)
        _check_reach(by_id, person_id)
        conversation = _open(pair, by_id, person_id, at)
    _write(conversation, by_id, text, at)
    return conversation.pk


def _open(pair: str, by_id: UUID, person_id: UUID, at: datetime) -> Conversation:
    conversation, _created = Conversation.objects.get_or_create(
        pair=pair, defaults={"created_at": at, "last_at": at}
    )
    Participant.objects.bulk_create(
        [Participant(conversation=conversation, person_id=one) for one in (by_id, person_id)],
        ignore_conflicts=True,
    )
    return conversation


def _check_reach(by_id: UUID, person_id: UUID) -> None:
    row = Reach.objects.filter(pk=person_id).first()
    reachable = Reachable(row.reachable) if row else Reachable.MEMBERS
    leads = reachable == Reachable.LEADERS and people.holds(person_id=by_id, feature=Feature.MANAGE_GROUPS)
    if reachable != Reachable.MEMBERS and not leads:
        raise WantsNoMessage


@transaction.atomic
def write_to_group(*, by_id: UUID, group_id: UUID, body: str, at: datetime) -> UUID:
    """A message to all members of a group; the id of its conversation. For those who write in the group."""
    group = access_group_to_write_by_id(person_id=by_id, group_id=group_id)
    text = text_within(body, limit=PRIVATE_MAX_CHARACTERS)
    conversation, _created = Conversation.objects.get_or_create(
        group=group, defaults={"created_at": at, "last_at": at}
    )
    _write(conversation, by_id, text, at)
    return conversation.pk


@transaction.atomic
def answer(*, by_id: UUID, conversation_id: UUID, body: str, at: datetime) -> UUID:
    """A message in a conversation in which the person takes part, else ``NotFound``; the message's id."""
    conversation = access_conversation_by_id(person_id=by_id, conversation_id=conversation_id)
    if conversation.group_id:
        access_group_to_write_by_id(person_id=by_id, group_id=conversation.group_id)
    return _write(conversation, by_id, text_within(body, limit=PRIVATE_MAX_CHARACTERS), at)


def _write(conversation: Conversation, by_id: UUID, text: str, at: datetime) -> UUID:
    # Locked, so that of two first messages at once the second waits for the answer too.
    Conversation.objects.select_for_update().get(pk=conversation.pk)
    others = set(conversation.participants.exclude(person_id=by_id).values_list("person_id", flat=True))
    if conversation.group_id is None:
        if not others:
            raise NotFound
        _check_turn(conversation, by_id, at)
    away = apart_from(person_id=by_id)
    withheld = conversation.group_id is None and bool(others & away)
    message = PrivateMessage.objects.create(
        conversation=conversation,
        author_id=by_id,
        body=text,
        html=html_of(text),
        created_at=at,
        withheld=withheld,
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_at=at)
    Participant.objects.update_or_create(conversation=conversation, person_id=by_id, defaults={"read_at": at})
    url = f"{reverse('network:conversation', args=[conversation.pk])}#message-{message.pk}"
    notifying.tell_written(
        person_ids=others - away, author_id=by_id, conversation=conversation, url=url, at=at
    )
    record(actor_id=by_id, verb="write-message", subject_kind="conversation", subject_id=conversation.pk)
    return message.pk


def _check_turn(conversation: Conversation, by_id: UUID, at: datetime) -> None:
    """The first answer opens the conversation for both."""
    if conversation.answered_at is not None:
        return
    said = PrivateMessage.objects.filter(conversation=conversation)
    if said.filter(author_id=by_id).exists():
        raise WaitForAnswer
    if said.exists():
        Conversation.objects.filter(pk=conversation.pk).update(answered_at=at)


@transaction.atomic
def delete_message(*, by_id: UUID, message_id: UUID) -> UUID:
    """Deletes one's own message for everybody; the id of its conversation."""
    message = access_own_message_by_id(person_id=by_id, message_id=message_id)
    record(actor_id=by_id, verb="delete-message", subject_kind="message", subject_id=message.pk)
    message.delete()
    return message.conversation_id


def report_message(*, by_id: UUID, message_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Shows one message to the moderators, and only that one."""
    message = access_message_by_id(person_id=by_id, message_id=message_id)
    if message.author_id == by_id:
        raise OwnMessage
    return moderation.report(
        subject_kind=SubjectKind.MESSAGE,
        subject_id=message.pk,
        subject_author_id=message.author_id,
        territory_id=_territory_of(message.conversation, by_id),
        excerpt=message.body,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


def _territory_of(conversation: Conversation, reporter_id: UUID) -> str:
    """Where the moderators of a message are: the group's place, else where the one who reports lives."""
    if conversation.group:
        return conversation.group.territory_id
    return people.card(person_id=reporter_id).commune_id or "pays:FR"


@transaction.atomic
def choose_reach(*, person_id: UUID, reachable: Reachable) -> None:
    """Who may write one a first message."""
    Reach.objects.update_or_create(person_id=person_id, defaults={"reachable": Reachable(reachable)})
    record(actor_id=person_id, verb="choose-reach", subject_kind="person", subject_id=person_id)


def mark_seen(*, person_id: UUID, conversation_id: UUID, at: datetime) -> None:
    """How far the person has read; what he was told of it is read too."""
    Participant.objects.update_or_create(
        conversation_id=conversation_id, person_id=person_id, defaults={"read_at": at}
    )
    notifying.mark_conversation_read(person_id=person_id, conversation_id=conversation_id, at=at)


def purge_messages(*, at: datetime) -> tuple[int, int]:
    """Deletes the messages of twelve months ago, then the conversations that are empty; how many of each."""
    messages, _per_table = PrivateMessage.objects.filter(created_at__lt=at - MESSAGE_KEPT).delete()
    empty = Conversation.objects.filter(last_at__lt=at - MESSAGE_KEPT, messages=None)
    conversations = empty.count()
    empty.delete()
    return messages, conversations


def erase_messages(*, person_id: UUID) -> None:
    """Deletes what the person wrote; the conversation stays for the other one, under no pair of ids."""
    Conversation.objects.filter(participants__person_id=person_id).exclude(
        Q(pair="") | Q(group__isnull=False)
    ).update(pair="")
    PrivateMessage.objects.filter(author_id=person_id).delete()
