"""Telling people what happened: at once, once a day, or on the page only, as each has chosen.

What is addressed to one person is a row of his; what is said to a whole group is not copied per member: only
those who asked for a letter at once get a row, the letter of the day reads the group itself.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.network.access import apart_from
from amiral.rooms.network.actions.feed_letters import letter_of
from amiral.rooms.network.contracts import SUBJECT_MAX_CHARACTERS, NotificationKind, Tell
from amiral.rooms.network.models import (
    Comment,
    Conversation,
    Membership,
    Notification,
    NotificationChoice,
    Post,
)
from amiral.rooms.network.queries.notifications import choices_of, view_of, way_to, ways_offered
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE, Channel
from amiral.rooms.people import api as people

LETTERS_AT_ONCE = 100
FOLLOWERS_MAX = 50
"""Of one thread: who answered last is told of the next answer."""


class UnknownChoice(Refused):
    """A form that was not made here."""

    def __init__(self) -> None:
        super().__init__(_("Choose one of the answers in the list."))


@transaction.atomic
def notify(*, person_id: UUID, kind: NotificationKind, subject: str, url: str, at: datetime) -> UUID | None:
    """Tells one person what another room says; ``None`` when he wants to hear nothing of this kind."""
    return _write([person_id], NotificationKind(kind), at, subject=subject[:SUBJECT_MAX_CHARACTERS], url=url)


def tell_named(
    *, person_ids: Collection[UUID], post: Post, comment: Comment | None, url: str, at: datetime
) -> None:
    """Those whom a post or a comment names."""
    words = comment or post
    away = apart_from(person_id=words.author_id)
    persons = [id_ for id_ in person_ids if id_ not in away and id_ != words.author_id]
    _write(
        persons, NotificationKind.MENTION, at, url=url, actor_id=words.author_id, post=post, comment=comment
    )


def tell_thread(*, comment: Comment, url: str, but: Collection[UUID], at: datetime) -> None:
    """The author of the post and those who answered before; who is named is told that instead."""
    post = comment.post
    rows = Comment.objects.filter(post=post, hidden_at=None, author_id__isnull=False).exclude(pk=comment.pk)
    spoke = rows.order_by("-created_at").values_list("author_id", flat=True)[:FOLLOWERS_MAX]
    spoken = {post.author_id, *spoke} - {comment.author_id}
    followers = {person_id for person_id in spoken if person_id and person_id not in but}
    followers -= apart_from(person_id=comment.author_id)
    # Who left the group no longer reads what is said there.
    inside = Membership.objects.active().filter(group_id=post.group_id, person_id__in=followers)
    persons = list(inside.values_list("person_id", flat=True))
    _write(
        persons,
        NotificationKind.REPLY,
        at,
        url=url,
        actor_id=comment.author_id,
        post=post,
        comment=comment,
    )


def tell_group(*, post: Post, url: str, but: Collection[UUID], at: datetime) -> None:
    """Those members who asked for a letter at each post, or at each announcement."""
    kind = NotificationKind.ANNOUNCEMENT if post.is_announcement else NotificationKind.POST
    members = Membership.objects.active().filter(group_id=post.group_id).values("person_id")
    asked = NotificationChoice.objects.filter(kind=kind, tell=Tell.AT_ONCE, person_id__in=members)
    persons = set(asked.values_list("person_id", flat=True)) - {post.author_id} - set(but)
    if not post.is_announcement:
        persons -= apart_from(person_id=post.author_id)
    _write(sorted(persons), kind, at, url=url, actor_id=post.author_id, post=post)


def tell_written(
    *, person_ids: Collection[UUID], author_id: UUID, conversation: Conversation, url: str, at: datetime
) -> None:
    """Those who get a message; while one is unread they are told of it once."""
    told = Notification.objects.filter(
        conversation=conversation, person_id__in=person_ids, read_at=None, kind=NotificationKind.MESSAGE
    )
    persons = set(person_ids) - set(told.values_list("person_id", flat=True))
    _write(
        sorted(persons), NotificationKind.MESSAGE, at, url=url, actor_id=author_id, conversation=conversation
    )


def _write(
    person_ids: Collection[UUID], kind: NotificationKind, at: datetime, **values: object
) -> UUID | None:
    """One query for what they chose, one for the rows; the id of the last."""
    if not person_ids:
        return None
    chosen = choices_of(person_ids=person_ids, kind=kind)
    rows = [
        Notification(person_id=person_id, kind=kind, tell=chosen[person_id], created_at=at, **values)
        for person_id in person_ids
    ]
    Notification.objects.bulk_create(rows, batch_size=500)
    return rows[-1].pk


def tell_due(*, at: datetime, limit: int = LETTERS_AT_ONCE) -> int:
    """Hands the letters that are asked for at once to the outbox; how many. Safe in several processes."""
    due = Notification.objects.filter(tell=Tell.AT_ONCE, told_at=None, read_at=None)
    ids = list(due.order_by("created_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_tell(notification_id, at) for notification_id in ids)


@transaction.atomic
def _tell(notification_id: UUID, at: datetime) -> bool:
    """The row is taken by one conditional write, in the transaction that writes the letter."""
    free = Notification.objects.filter(pk=notification_id, told_at=None, read_at=None)
    if not free.update(told_at=at):
        return False
    row = Notification.objects.select_related("post__group", "comment", "conversation__group").get(
        pk=notification_id
    )
    card = people.card(person_id=row.person_id)
    with override(card.language):
        view = view_of(row=row)
        if view is None:
            return False
        letter = letter_of(row=row, view=view)
    channel = way_to(person_id=row.person_id, kind=NotificationKind(row.kind))
    if channel is not Channel.EMAIL:
        _ring(row, letter.subject, channel)
        return True
    outreach.send(
        to_address=people.address_of(person_id=row.person_id),
        purpose=SERVICE,
        subject=letter.subject,
        body=letter.body,
        headers=letter.headers,
        idempotency_key=f"network-notification:{row.pk}",
        person_id=row.person_id,
        conduct=_conduct(row),
    )
    return True


def _ring(row: Notification, subject: str, channel: Channel) -> None:
    """By a notification or an SMS instead of a letter; its page is where the letter's link leads."""
    outreach.send(
        to_address="",
        purpose=SERVICE,
        subject=subject,
        body=f"{subject}\n{settings.PUBLIC_URL}{row.url}",
        idempotency_key=f"network-notification:{row.pk}",
        person_id=row.person_id,
        conduct=_conduct(row),
        channel=channel,
        link=row.url,
    )


def _conduct(row: Notification) -> Conduct:
    """What is said to a whole group does not go out by letter in electoral silence; it stands on its page."""
    to_all = row.kind in (NotificationKind.ANNOUNCEMENT, NotificationKind.POST)
    return Conduct.MESSAGE if to_all else Conduct.SERVICE


@transaction.atomic
def choose(*, person_id: UUID, kind: NotificationKind, tell: Tell, way: Channel = Channel.EMAIL) -> None:
    """How one wants to be told of one kind of news; what already waits follows."""
    try:
        values = {"kind": NotificationKind(kind), "tell": Tell(tell), "way": Channel(way)}
    except ValueError:
        raise UnknownChoice from None
    if way is not Channel.EMAIL and way not in ways_offered(NotificationKind(kind)):
        raise UnknownChoice
    NotificationChoice.objects.update_or_create(
        person_id=person_id,
        kind=values["kind"],
        defaults={"tell": values["tell"], "way": values["way"]},
    )
    waiting = Notification.objects.filter(person_id=person_id, kind=kind, told_at=None, read_at=None)
    waiting.exclude(tell=Tell.NEVER).update(tell=tell)
    record(actor_id=person_id, verb="choose-notifications", subject_kind="person", subject_id=person_id)


def mark_read(*, person_id: UUID, at: datetime, notification_id: UUID | None = None) -> int:
    """One of one's notifications, or all of them; how many were new."""
    rows = Notification.objects.filter(person_id=person_id, read_at=None)
    return (rows.filter(pk=notification_id) if notification_id else rows).update(read_at=at)


def mark_conversation_read(*, person_id: UUID, conversation_id: UUID, at: datetime) -> None:
    """Who has opened a conversation needs not be told of it."""
    rows = Notification.objects.filter(person_id=person_id, conversation_id=conversation_id, read_at=None)
    rows.update(read_at=at)
