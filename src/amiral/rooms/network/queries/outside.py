"""Public announcements and what comes back from other networks, as people read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from amiral.cores.silence import Conduct
from amiral.rooms.network.contracts import (
    DeliveryState,
    DomainLine,
    FollowableView,
    GroupCard,
    NoteView,
    OutsideState,
    OutsideView,
    ReactionKind,
)
from amiral.rooms.network.models import (
    Delivery,
    Group,
    LocalActor,
    PublicNote,
    RemoteActor,
    RemoteDomain,
    RemoteReply,
)
from amiral.rooms.network.queries import federation
from amiral.rooms.network.queries.groups import cards_of, groups_led
from amiral.rooms.network.queries.members import page_of
from amiral.rooms.network.queries.rendering import excerpt_of
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

PAGE_SIZE = 20
DOMAINS_MAX = 200


def actor_ids_led(*, person_id: UUID) -> list[UUID]:
    """The actors in whose name the person speaks: of groups led, and the campaign's for administrators."""
    groups = [card.id for card in groups_led(person_id=person_id, feature=Feature.MANAGE_GROUPS)]
    wanted = Q(group_id__in=groups)
    if people.may(person_id=person_id, feature=Feature.MANAGE_MANDATES, territory_id="pays:FR"):
        wanted |= Q(group=None)
    return list(LocalActor.objects.filter(wanted).values_list("pk", flat=True))


def waiting_count(*, actor_ids: Sequence[UUID]) -> int:
    """How many words from elsewhere nobody has looked at."""
    return RemoteReply.objects.filter(actor__in=actor_ids, state=OutsideState.WAITING).count()


def outside_page(*, actor_ids: Sequence[UUID], state: OutsideState, number: str) -> "Page[OutsideView]":
    """What came in for some actors, newest first; a constant number of queries."""
    rows = _outside_rows().filter(actor__in=actor_ids, state=state).order_by("-received_at", "-id")
    page = Paginator(rows, PAGE_SIZE).get_page(number)
    return page_of(_outside_views(list(page.object_list)), page)


def outside_view(*, reply_id: UUID) -> OutsideView:
    """One of them with what was answered; whoever asks was let through before."""
    row = _outside_rows().get(pk=reply_id)
    given = row.given.filter(withdrawn_at=None).order_by("created_at")
    return _outside_view(row, _cards([row.actor]), tuple(mark_safe(note.html) for note in given))  # noqa: S308  # html_of


def _outside_rows() -> "QuerySet[RemoteReply]":
    return RemoteReply.objects.select_related("actor__group", "remote", "note")


def _outside_views(rows: Sequence[RemoteReply]) -> list[OutsideView]:
    cards = _cards(row.actor for row in rows)
    return [_outside_view(row, cards) for row in rows]


def _cards(actors: Iterable[LocalActor]) -> dict[UUID, GroupCard]:
    groups: dict[UUID, Group] = {actor.group.pk: actor.group for actor in actors if actor.group}
    return {card.id: card for card in cards_of(groups.values())}


def _outside_view(
    row: RemoteReply, cards: dict[UUID, GroupCard], answers: tuple[str, ...] = ()
) -> OutsideView:
    group_id = row.actor.group_id
    return OutsideView(
        id=row.pk,
        author=f"@{row.remote.handle}",
        author_url=row.remote.url,
        domain=row.remote.domain,
        html=mark_safe(row.html),  # noqa: S308  # cleaned when it came in
        url=row.url,
        received_at=row.received_at,
        state=OutsideState(row.state),
        is_public=row.is_public,
        passed_on=row.passed_on,
        group=cards.get(group_id) if group_id else None,
        note_id=row.note_id,
        note_excerpt=excerpt_of(row.note.html) if row.note else "",
        answers=answers,
    )


# Announcements ------------------------------------------------------------------------------------


def note_view(*, note: PublicNote) -> NoteView:
    """A public announcement with the answers that are shown; a constant number of queries."""
    shown = _outside_rows().filter(note=note, state=OutsideState.SHOWN, is_public=True)
    replies = _outside_views(list(shown.order_by("received_at", "id")[:200]))
    return _note_view(note, _cards([note.actor]), federation.counts_of([note]), tuple(replies))


def notes_page(*, actor: LocalActor, number: str) -> "Page[NoteView]":
    """What is public of an actor, newest first; a constant number of queries."""
    rows = federation.public_notes().filter(actor=actor, answers=None)
    page = Paginator(rows, PAGE_SIZE).get_page(number)
    return page_of(_note_views(list(page.object_list)), page)


def own_notes(*, actor: LocalActor, at: datetime) -> list[NoteView]:
    """For who speaks for the actor: the last ones, and those that wait for the end of a silence."""
    rows = PublicNote.objects.select_related("actor__group", "answers__remote").filter(
        actor=actor, withdrawn_at=None
    )
    silence = outreach.silence_over(territory_ids=(), at=at, conduct=Conduct.PUBLICATION)
    waits = silence.sentence if silence else _("It goes out within a minute.")
    return _note_views(list(rows.order_by("-created_at", "-id")[:PAGE_SIZE]), waits=waits)


def latest(*, group_id: UUID, limit: int = 3) -> list[NoteView]:
    """What the page of a group shows to everybody; none where federation is closed."""
    if not federation.is_open():
        return []
    rows = federation.public_notes().filter(actor__group_id=group_id, answers=None)
    return _note_views(list(rows[:limit]))


def _note_views(notes: Sequence[PublicNote], *, waits: str = "") -> list[NoteView]:
    cards, counts = _cards(note.actor for note in notes), federation.counts_of(notes)
    return [_note_view(note, cards, counts, waits=waits) for note in notes]


def _note_view(
    note: PublicNote,
    cards: dict[UUID, GroupCard],
    counts: dict[tuple[UUID, str], int],
    replies: tuple[OutsideView, ...] = (),
    *,
    waits: str = "",
) -> NoteView:
    group_id = note.actor.group_id
    return NoteView(
        id=note.pk,
        group=cards.get(group_id) if group_id else None,
        author=federation.name_of_actor(note.actor),
        html=mark_safe(note.html),  # noqa: S308  # html_of
        other_html=mark_safe(note.other_html),  # noqa: S308  # html_of
        language=note.language,
        other_language=federation.LANGUAGES[note.language],
        published_at=note.published_at,
        updated_at=note.updated_at,
        url=federation.note_url(note.pk),
        likes=counts.get((note.pk, ReactionKind.LIKE), 0),
        shares=counts.get((note.pk, ReactionKind.ANNOUNCE), 0),
        replies=replies,
        waits="" if note.published_at else waits,
    )


# Being followable ---------------------------------------------------------------------------------


def followable(*, actor: LocalActor) -> FollowableView:
    """An actor as who speaks for it sees it: numbers, no names. Four queries."""
    return FollowableView(
        actor_id=actor.pk,
        handle=federation.full_handle(actor),
        address=federation.actor_url(actor),
        followers=actor.followers.count(),
        notes=federation.public_notes().filter(actor=actor).count(),
        waiting=PublicNote.objects.filter(actor=actor, published_at=None, withdrawn_at=None).count(),
        key_since=actor.key_since,
    )


def actor_of_group(*, group_id: UUID) -> LocalActor | None:
    """The actor of a group while it is open; two queries."""
    if not federation.is_open():
        return None
    return federation.open_actors().filter(group_id=group_id).first()


def handle_of_group(*, group_id: UUID) -> str:
    """What to type elsewhere to follow a group; empty when it cannot be followed."""
    actor = actor_of_group(group_id=group_id)
    return federation.full_handle(actor) if actor else ""


def all_followable() -> list[FollowableView]:
    """Every actor that is open, for administrators; three queries."""
    rows = federation.open_actors().annotate(number=Count("followers")).order_by("handle")
    notes = dict(federation.public_notes().order_by().values_list("actor").annotate(Count("pk")))
    waiting = PublicNote.objects.filter(published_at=None, withdrawn_at=None)
    waits = dict(waiting.order_by().values_list("actor").annotate(Count("pk")))
    return [
        FollowableView(
            actor_id=row.pk,
            handle=federation.full_handle(row),
            address=federation.actor_url(row),
            followers=row.number,
            notes=notes.get(row.pk, 0),
            waiting=waits.get(row.pk, 0),
            key_since=row.key_since,
        )
        for row in rows
    ]


def domains() -> list[DomainLine]:
    """Servers that are blocked, or to which something does not go through; two queries."""
    open_states = (DeliveryState.WAITING, DeliveryState.FAILED)
    counts: dict[tuple[str, str], int] = {}
    pending = Delivery.objects.filter(state__in=open_states).filter(attempts__gt=0)
    for domain, state, number in pending.values_list("domain", "state").annotate(Count("pk")):
        counts[domain, state] = number
    troubled = Q(blocked_at__isnull=False) | Q(failing_since__isnull=False)
    rows = RemoteDomain.objects.filter(troubled | Q(domain__in={domain for domain, _state in counts}))
    return [
        DomainLine(
            domain=row.domain,
            blocked_at=row.blocked_at,
            reason=row.reason,
            failing_since=row.failing_since,
            last_answer=row.last_answer,
            waiting=counts.get((row.domain, DeliveryState.WAITING), 0),
            failed=counts.get((row.domain, DeliveryState.FAILED), 0),
        )
        for row in rows.order_by("domain")[:DOMAINS_MAX]
    ]


def blocked_accounts() -> list[tuple[UUID, str, Any]]:
    """Accounts that leaders blocked: id, handle, since when; one query."""
    rows = RemoteActor.objects.filter(blocked_at__isnull=False).order_by("-blocked_at")
    return [(row.pk, f"@{row.handle}", row.blocked_at) for row in rows[:DOMAINS_MAX]]
