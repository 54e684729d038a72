"""What a person is told, and how he wants to be told."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import (
    DEFAULT_TELL,
    TOLD_BY_SMS,
    NotificationKind,
    NotificationView,
    Tell,
)
from amiral.rooms.network.models import Notification, NotificationChoice
from amiral.rooms.network.queries.members import name_of, page_of
from amiral.rooms.network.queries.rendering import excerpt_of
from amiral.rooms.network.queries.words import in_words
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Channel
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard

NOTIFICATIONS_PER_PAGE = 30


@dataclass(frozen=True, kw_only=True)
class ChoiceLine:
    """One kind of news, what it is, and when the person is told of it."""

    kind: NotificationKind
    label: str
    tell: Tell
    way: Channel = Channel.EMAIL


def kind_label(kind: NotificationKind) -> str:
    """The kind in words."""
    return {
        NotificationKind.MENTION: _("Somebody names me"),
        NotificationKind.REPLY: _("Somebody answers where I wrote"),
        NotificationKind.MESSAGE: _("Somebody writes me a message"),
        NotificationKind.ANNOUNCEMENT: _("An announcement in one of my groups"),
        NotificationKind.POST: _("Other posts in my groups"),
        NotificationKind.GROUP: _("My place in a group: invitations, roles"),
        NotificationKind.ACTION: _("My actions and shifts"),
    }[kind]


def tell_label(tell: Tell) -> str:
    """When, in words."""
    return {
        Tell.AT_ONCE: _("A letter at once"),
        Tell.DAILY: _("In the letter of the day"),
        Tell.NEVER: _("No letter"),
    }[tell]


def way_label(way: Channel) -> str:
    """What is told at once by another channel than a letter, in words."""
    return {
        Channel.PUSH: _("A notification on my devices at once"),
        Channel.SMS: _("An SMS at once"),
    }[way]


def ways_offered(kind: NotificationKind) -> tuple[Channel, ...]:
    """By which other channels a kind may be told."""
    return (Channel.PUSH, Channel.SMS) if kind in TOLD_BY_SMS else (Channel.PUSH,)


def way_to(*, person_id: UUID, kind: NotificationKind) -> Channel:
    """By which channel a person is told of ``kind`` now: what he chose, as long as it reaches him; else by
    letter. One query; two more where he chose."""
    rows = NotificationChoice.objects.filter(person_id=person_id, kind=kind, tell=Tell.AT_ONCE)
    chosen = Channel(rows.values_list("way", flat=True).first() or Channel.EMAIL)
    if chosen is Channel.EMAIL or person_id not in outreach.reachable_by(
        channel=chosen, person_ids=[person_id]
    ):
        return Channel.EMAIL
    return chosen


def choices_of(*, person_ids: Collection[UUID], kind: NotificationKind) -> dict[UUID, Tell]:
    """How each wants to be told of ``kind``; one query."""
    rows = NotificationChoice.objects.filter(person_id__in=person_ids, kind=kind)
    chosen = {person_id: Tell(tell) for person_id, tell in rows.values_list("person_id", "tell")}
    return {person_id: chosen.get(person_id, DEFAULT_TELL[kind]) for person_id in person_ids}


def choice_lines(*, person_id: UUID) -> tuple[ChoiceLine, ...]:
    """Every kind with what the person chose or the default; one query."""
    rows = NotificationChoice.objects.filter(person_id=person_id)
    chosen = {kind: (Tell(tell), Channel(way)) for kind, tell, way in rows.values_list("kind", "tell", "way")}
    return tuple(
        ChoiceLine(kind=kind, label=kind_label(kind), tell=tell, way=way)
        for kind in NotificationKind
        for tell, way in [chosen.get(kind, (DEFAULT_TELL[kind], Channel.EMAIL))]
    )


def new_count(*, person_id: UUID) -> int:
    """How many the person has not read; one query."""
    return Notification.objects.filter(person_id=person_id, read_at=None).count()


def notifications(*, person_id: UUID, page_number: str | int) -> "Page[NotificationView]":
    """Newest first; a constant number of queries."""
    page = Paginator(_rows().filter(person_id=person_id), NOTIFICATIONS_PER_PAGE).get_page(page_number)
    return page_of(list(views_of(rows=list(page.object_list), person_id=person_id)), page)


def _rows() -> "QuerySet[Notification]":
    return Notification.objects.select_related("post__group", "comment", "conversation__group")


def views_of(*, rows: Collection[Notification], person_id: UUID) -> Iterable[NotificationView]:
    """Without what was hidden meanwhile and what a block hides; two queries."""
    away = apart_from(person_id=person_id)
    names = people.cards(person_ids={row.actor_id for row in rows if row.actor_id})
    for row in rows:
        if row.actor_id not in away and not _is_hidden(row):
            yield _view(row, names)


def view_of(*, row: Notification) -> NotificationView | None:
    """One, in the language that is active; ``None`` when it is hidden from its reader."""
    return next(iter(views_of(rows=[row], person_id=row.person_id)), None)


def _is_hidden(row: Notification) -> bool:
    return any(words is not None and words.hidden_at is not None for words in (row.post, row.comment))


def _view(row: Notification, names: dict[UUID, PersonCard]) -> NotificationView:
    words = row.comment or row.post
    return NotificationView(
        id=row.pk,
        kind=NotificationKind(row.kind),
        words=row.subject or _sentence(row, name_of(row.actor_id, names)),
        excerpt=excerpt_of(words.html or words.body) if words else "",
        url=row.url,
        when=in_words(row.created_at),
        iso=row.created_at.isoformat(),
        is_new=row.read_at is None,
    )


def _sentence(row: Notification, name: str) -> str:
    group = row.post.group.name if row.post else _group_of(row)
    if row.kind == NotificationKind.MESSAGE:
        said = _("%(name)s wrote in the conversation of %(group)s") if group else _("%(name)s wrote to you")
        return said % {"name": name, "group": group}
    return {
        NotificationKind.MENTION: _("%(name)s named you in %(group)s"),
        NotificationKind.REPLY: _("%(name)s answered in %(group)s"),
        NotificationKind.ANNOUNCEMENT: _("Announcement in %(group)s"),
        NotificationKind.POST: _("%(name)s published in %(group)s"),
    }[NotificationKind(row.kind)] % {"name": name, "group": group}


def _group_of(row: Notification) -> str:
    return row.conversation.group.name if row.conversation and row.conversation.group else ""


def kept_of(*, person_id: UUID) -> dict[str, list[dict[str, str]]]:
    """What the person was told and how he wants to be told, for the person."""
    rows = list(_rows().filter(person_id=person_id))
    return {
        "notifications": [
            {"at": view.iso, "kind": view.kind.value, "words": view.words}
            for view in views_of(rows=rows, person_id=person_id)
        ],
        "choices": [
            {"kind": kind, "tell": tell}
            for kind, tell in NotificationChoice.objects.filter(person_id=person_id).values_list(
                "kind", "tell"
            )
        ],
    }
