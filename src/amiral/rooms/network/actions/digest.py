"""The letter of the day: what concerns a person, and what was said in his groups since the last one.

It is made from the groups themselves, in batches of members: nothing is written per member while people talk.
News of groups goes to who agreed to hear from them, or asked for it himself on the page of notifications.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import override

from amiral.cores.silence import Conduct
from amiral.rooms.network.access import apart_from
from amiral.rooms.network.actions.feed_letters import GroupNews, letter_of_the_day
from amiral.rooms.network.contracts import DEFAULT_TELL, NotificationKind, Tell
from amiral.rooms.network.models import Block, Group, Membership, Notification, NotificationChoice, Post
from amiral.rooms.network.queries.members import name_of
from amiral.rooms.network.queries.notifications import views_of
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard, Purpose

PERSONS_AT_ONCE = 200
LINES_PER_GROUP = 3
DAY = timedelta(days=1)
DIGEST_HOUR = 7
"""Of the morning, here."""
OF_GROUPS = (NotificationKind.ANNOUNCEMENT, NotificationKind.POST)


@dataclass(frozen=True, kw_only=True)
class _Day:
    """What was said in the groups in one day, read once for all members."""

    since: datetime
    until: datetime
    newest: dict[UUID, list[Post]]
    counts: dict[tuple[UUID, bool], int]
    groups: dict[UUID, Group]
    names: dict[UUID, PersonCard]


def send_digests(*, at: datetime, report: Callable[[int, int], None]) -> int:
    """Writes the letters of the 24 hours before this morning, each once however often this is begun; how many
    were handed over. The hour is always the same, so that a second run of the day finds nothing else.
    """
    until = min(at, localtime(at).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0))
    day = _day(until - DAY, until)
    batches = list(_batches(day))
    written = 0
    for number, person_ids in enumerate(batches):
        report(number, len(batches))
        written += _write(person_ids, day)
    return written


def _day(since: datetime, until: datetime) -> _Day:
    posts = Post.objects.filter(created_at__gt=since, created_at__lte=until, hidden_at=None).order_by()
    ranked = posts.annotate(
        place=Window(RowNumber(), partition_by=F("group_id"), order_by=["-is_announcement", "-created_at"])
    )
    newest: dict[UUID, list[Post]] = defaultdict(list)
    for post in ranked.filter(place__lte=3 * LINES_PER_GROUP).order_by("group_id", "place"):
        newest[post.group_id].append(post)
    counted = posts.values("group_id", "is_announcement").annotate(number=Count("pk"))
    authors = {post.author_id for several in newest.values() for post in several if post.author_id}
    return _Day(
        since=since,
        until=until,
        newest=newest,
        counts={(row["group_id"], row["is_announcement"]): row["number"] for row in counted},
        groups=Group.objects.in_bulk(list(newest)),
        names=people.cards(person_ids=authors),
    )


def _batches(day: _Day) -> Iterator[list[UUID]]:
    """Those who may have something to read, ``PERSONS_AT_ONCE`` at a time, each once."""
    waiting = set(_waiting(day).values_list("person_id", flat=True))
    members = Membership.objects.active().filter(group_id__in=list(day.newest)).order_by()
    inside = members.values_list("person_id", flat=True).distinct().iterator(chunk_size=5_000)
    everybody = chain(sorted(waiting), (person_id for person_id in inside if person_id not in waiting))
    while batch := list(islice(everybody, PERSONS_AT_ONCE)):
        yield batch


def _waiting(day: _Day) -> QuerySet[Notification]:
    return Notification.objects.filter(tell=Tell.DAILY, told_at=None, read_at=None, created_at__lte=day.until)


def _write(person_ids: Sequence[UUID], day: _Day) -> int:
    """A constant number of queries for the batch, and one letter for each who has something to read."""
    rows: dict[UUID, list[Notification]] = defaultdict(list)
    waiting = _waiting(day).filter(person_id__in=person_ids)
    for row in waiting.select_related("post__group", "comment", "conversation__group").order_by(
        "created_at", "pk"
    ):
        rows[row.person_id].append(row)
    kinds = _kinds_wanted(person_ids)
    groups: dict[UUID, list[UUID]] = defaultdict(list)
    members = Membership.objects.active().filter(person_id__in=person_ids, group_id__in=list(day.newest))
    for person_id, group_id in members.values_list("person_id", "group_id"):
        groups[person_id].append(group_id)
    cards = people.cards(person_ids=person_ids)
    blocking = _blocking(person_ids)
    written = 0
    for person_id in person_ids:
        if person_id in cards:
            card = cards[person_id]
            away = apart_from(person_id=person_id) if person_id in blocking else set()
            written += _write_one(card, rows[person_id], groups[person_id], kinds[person_id], away, day)
    return written


def _blocking(person_ids: Collection[UUID]) -> set[UUID]:
    pairs = Block.objects.filter(Q(blocker_id__in=person_ids) | Q(blocked_id__in=person_ids))
    return {id_ for pair in pairs.values_list("blocker_id", "blocked_id") for id_ in pair}


def _kinds_wanted(person_ids: Sequence[UUID]) -> dict[UUID, set[NotificationKind]]:
    """Which news of groups each gets in the letter of the day; two queries."""
    rows = NotificationChoice.objects.filter(person_id__in=person_ids, kind__in=OF_GROUPS)
    chosen = {
        (person_id, kind): tell for person_id, kind, tell in rows.values_list("person_id", "kind", "tell")
    }
    agreed = people.person_ids_with_consent(person_ids=person_ids, purpose=Purpose.GROUP_CONTACT)
    return {
        person_id: {
            kind
            for kind in OF_GROUPS
            if chosen.get((person_id, kind), DEFAULT_TELL[kind] if person_id in agreed else Tell.NEVER)
            == Tell.DAILY
        }
        for person_id in person_ids
    }


@transaction.atomic
def _write_one(
    card: PersonCard,
    rows: Sequence[Notification],
    group_ids: Sequence[UUID],
    kinds: set[NotificationKind],
    away: set[UUID],
    day: _Day,
) -> int:
    """The rows are marked in the transaction that writes the letter, once per day and person."""
    with override(card.language):
        views = list(views_of(rows=rows, person_id=card.id)) if rows else []
        news = [one for group_id in group_ids if (one := _news(group_id, card.id, kinds, away, day))]
        letter = letter_of_the_day(views=views, news=news)
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=day.until)
    if not views and not news:
        return 0
    outreach.send(
        to_address=people.address_of(person_id=card.id),
        purpose=SERVICE,
        subject=letter.subject,
        body=letter.body,
        idempotency_key=f"network-day:{card.id}:{day.until.date().isoformat()}",
        person_id=card.id,
        # As notifying: what is said to whole groups stays on their pages while a ballot is silent.
        conduct=Conduct.MESSAGE if news else Conduct.SERVICE,
    )
    return 1


def _news(
    group_id: UUID, person_id: UUID, kinds: set[NotificationKind], away: set[UUID], day: _Day
) -> GroupNews | None:
    posts = [
        post
        for post in day.newest[group_id]
        if _kind(post) in kinds
        and post.author_id != person_id
        and (post.is_announcement or post.author_id not in away)
    ]
    if not posts:
        return None
    said = sum(day.counts.get((group_id, kind == NotificationKind.ANNOUNCEMENT), 0) for kind in kinds)
    shown = posts[:LINES_PER_GROUP]
    group = day.groups[group_id]
    return GroupNews(
        group=group.name,
        url=settings.PUBLIC_URL + reverse("network:group", args=[group.slug]),
        lines=[f"{name_of(post.author_id, day.names)} : {post.excerpt}" for post in shown],
        more=max(0, said - len(shown)),
    )


def _kind(post: Post) -> NotificationKind:
    return NotificationKind.ANNOUNCEMENT if post.is_announcement else NotificationKind.POST


def purge_notifications(*, at: datetime) -> int:
    """Deletes the notifications of ninety days ago; how many."""
    erased, _per_table = Notification.objects.filter(created_at__lt=at - timedelta(days=90)).delete()
    return erased
