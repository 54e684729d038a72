"""Messages between members and in groups, as one of them reads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import Reachable
from amiral.rooms.network.models import Conversation, Membership, Participant, PrivateMessage, Reach
from amiral.rooms.network.queries.members import name_of, page_of
from amiral.rooms.network.queries.words import in_words
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard

CONVERSATIONS_PER_PAGE = 30
MESSAGES_PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class ConversationLine:
    """One conversation in the list."""

    url: str
    title: str
    when: str
    iso: str
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class MessageView:
    """One message; ``body_html`` is safe HTML."""

    id: UUID
    author_name: str
    body_html: SafeString
    when: str
    iso: str
    is_own: bool


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """A conversation as one of those in it reads it, oldest first; page 1 holds the last messages."""

    id: UUID
    title: str
    group_url: str
    other_id: UUID | None
    has_blocked: bool
    messages: tuple[MessageView, ...]
    page: "Page[PrivateMessage]"


def reach_label(reachable: Reachable) -> str:
    """Who may write a first message, in words."""
    return {
        Reachable.MEMBERS: _("The members of my groups"),
        Reachable.LEADERS: _("Only who leads a group"),
        Reachable.NOBODY: _("Nobody"),
    }[reachable]


def reach_of(*, person_id: UUID) -> Reachable:
    """What the person chose, or the default."""
    row = Reach.objects.filter(pk=person_id).first()
    return Reachable(row.reachable) if row else Reachable.MEMBERS


def conversations(*, person_id: UUID, page_number: str | int) -> "Page[ConversationLine]":
    """One's own and those of one's groups, last written first; a constant number of queries."""
    groups = Membership.objects.active().of(person_id).values("group_id")
    mine = Conversation.objects.filter(
        Q(participants__person_id=person_id, group=None) | Q(group_id__in=groups)
    )
    # In a new conversation that a block hides there is nothing to read.
    readable = PrivateMessage.objects.filter(conversation_id=OuterRef("pk"))
    rows = mine.filter(Exists(_seen_by(readable, person_id))).distinct().select_related("group")
    page = Paginator(rows.order_by("-last_at", "-pk"), CONVERSATIONS_PER_PAGE).get_page(page_number)
    return page_of(list(_lines(list(page.object_list), person_id)), page)


def _lines(rows: Sequence[Conversation], person_id: UUID) -> Iterable[ConversationLine]:
    others = _others(rows, person_id)
    names = people.cards(person_ids=set(others.values()))
    read = dict(
        Participant.objects.filter(conversation__in=rows, person_id=person_id).values_list(
            "conversation_id", "read_at"
        )
    )
    last = _last_seen(rows, person_id)
    for row in rows:
        at = last.get(row.pk, row.created_at)
        seen = read.get(row.pk)
        yield ConversationLine(
            url=reverse("network:conversation", args=[row.pk]),
            title=_title(row, others.get(row.pk), names),
            when=in_words(at),
            iso=at.isoformat(),
            is_new=seen is None or seen < at,
        )


def _last_seen(rows: Sequence[Conversation], person_id: UUID) -> dict[UUID, datetime]:
    """When the last message was written that the person may see: what a block hides moves nothing."""
    messages = _seen_by(PrivateMessage.objects.filter(conversation__in=rows), person_id)
    times = messages.order_by("created_at", "pk").values_list("conversation_id", "created_at")
    return dict(times)


def _others(rows: Sequence[Conversation], person_id: UUID) -> dict[UUID, UUID]:
    pairs = [row.pk for row in rows if row.group_id is None]
    found = Participant.objects.filter(conversation_id__in=pairs).exclude(person_id=person_id)
    return dict(found.values_list("conversation_id", "person_id"))


def _title(row: Conversation, other_id: UUID | None, names: dict[UUID, PersonCard]) -> str:
    return row.group.name if row.group else name_of(other_id, names)


def _seen_by(messages: "QuerySet[PrivateMessage]", person_id: UUID) -> "QuerySet[PrivateMessage]":
    away = apart_from(person_id=person_id)
    across = Q(conversation__group__isnull=False, author_id__in=away) if away else Q(pk=None)
    own = Q(author_id=person_id)
    return messages.filter(hidden_at=None).filter(own | Q(withheld=False) & ~across)


def conversation_page(
    *, conversation: Conversation, person_id: UUID, page_number: str | int
) -> ConversationPage:
    """The messages that the person may see, the last page first. The caller has asked ``access``."""
    rows = _seen_by(conversation.messages.all(), person_id).order_by("-created_at", "-pk")
    page = Paginator(rows, MESSAGES_PER_PAGE).get_page(page_number)
    messages = list(page.object_list)[::-1]
    other_id = _others([conversation], person_id).get(conversation.pk)
    ids = {message.author_id for message in messages if message.author_id} | (
        {other_id} if other_id else set()
    )
    names = people.cards(person_ids=ids)
    return ConversationPage(
        id=conversation.pk,
        title=_title(conversation, other_id, names),
        group_url=reverse("network:group", args=[conversation.group.slug]) if conversation.group else "",
        other_id=other_id,
        has_blocked=bool(other_id) and _has_blocked(person_id, other_id),
        messages=tuple(_message(message, names, person_id) for message in messages),
        page=page,
    )


def _has_blocked(person_id: UUID, other_id: UUID | None) -> bool:
    from amiral.rooms.network.models import Block

    return Block.objects.filter(blocker_id=person_id, blocked_id=other_id).exists()


def message_view(*, message: PrivateMessage, person_id: UUID) -> MessageView:
    """One alone."""
    names = people.cards(person_ids={message.author_id} if message.author_id else set())
    return _message(message, names, person_id)


def _message(message: PrivateMessage, names: dict[UUID, PersonCard], person_id: UUID) -> MessageView:
    return MessageView(
        id=message.pk,
        author_name=name_of(message.author_id, names),
        body_html=mark_safe(message.html),  # noqa: S308 (only kit.markdown fills it)
        when=in_words(message.created_at),
        iso=message.created_at.isoformat(),
        is_own=message.author_id == person_id,
    )


def kept_of(*, person_id: UUID) -> list[dict[str, str | None]]:
    """The messages the person wrote, for the person; those of others are theirs."""
    rows = PrivateMessage.objects.filter(author_id=person_id).order_by("created_at", "pk")
    return [
        {
            "written_at": row.created_at.isoformat(),
            "text": row.body,
            "hidden_at": row.hidden_at.isoformat() if row.hidden_at else None,
        }
        for row in rows
    ]
