"""What became of messages: for who sent them as numbers and reasons, for who got them as a list.

A sender reads how many and why, never who.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.contracts import Link
from amiral.rooms.outreach.contracts import ReceivedCard, SendingCard
from amiral.rooms.outreach.models import Message
from amiral.rooms.outreach.queries import reasons

PER_PAGE = 20


def _mine(person_id: UUID) -> QuerySet[Any]:
    led = {scope for told in ports.call("scopes_led", person_id=person_id) for scope in told}
    rows = Message.objects.filter(Q(sender_id=person_id) | Q(scope_id__in=led))
    return rows.annotate(day=TruncDate("created_at"))


def sendings(
    *, person_id: UUID, page_number: str | int
) -> tuple[Page[dict[str, Any]], tuple[SendingCard, ...]]:
    """What the person sent, or groups that he leads, by subject and day, the latest first. Two queries and
    those of the port ``scopes_led``."""
    groups = (
        _mine(person_id).order_by().values("subject", "day").annotate(last=Max("created_at"), all=Count("pk"))
    )
    page = Paginator(groups.order_by("-last", "subject"), PER_PAGE).get_page(page_number)
    shown = list(page.object_list)
    counts = _counts(_mine(person_id), shown)
    return page, tuple(_sending(row, counts[row["subject"], row["day"]]) for row in shown)


Counted = list[tuple[str, str, int, datetime | None]]


def _counts(rows: QuerySet[Any], shown: list[dict[str, Any]]) -> defaultdict[tuple[str, date], Counted]:
    found: defaultdict[tuple[str, date], Counted] = defaultdict(list)
    if not shown:
        return found
    wanted = rows.filter(subject__in={row["subject"] for row in shown}, day__in={row["day"] for row in shown})
    told = wanted.order_by().values_list("subject", "day", "state", "reason")
    for subject, day, state, reason, number, until in told.annotate(Count("pk"), Max("not_before")):
        found[subject, day].append((state, reason, number, until))
    return found


def _sending(row: dict[str, Any], counted: Counted) -> SendingCard:
    by_state: defaultdict[str, int] = defaultdict(int)
    for state, _reason, number, _until in counted:
        by_state[state] += number
    waiting = [one for one in counted if one[0] == Message.State.QUEUED]
    return SendingCard(
        subject=row["subject"],
        at=row["last"],
        total=row["all"],
        sent=by_state[Message.State.SENT],
        waiting=by_state[Message.State.QUEUED],
        until=max((until for *_rest, until in waiting if until), default=None),
        held=by_state[Message.State.HELD],
        failed=by_state[Message.State.FAILED],
        reasons=tuple(_told(counted)),
    )


def _told(counted: Counted) -> Iterable[tuple[str, int]]:
    """Each reason with its number, the most frequent first."""
    apart: Counter[str] = Counter()
    for state, reason, number, _until in counted:
        if reason and state != Message.State.SENT:
            apart[reasons.sentence(reason)] += number
    return apart.most_common()


def received(*, person_id: UUID, page_number: str | int) -> tuple[Page[Message], tuple[ReceivedCard, ...]]:
    """The messages to a person of the last thirty days, for himself, the latest first. Two queries."""
    rows = Message.objects.filter(person_id=person_id).order_by("-created_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(page_number)
    return page, tuple(map(_received, page.object_list))


def _received(row: Message) -> ReceivedCard:
    return ReceivedCard(
        subject=row.subject,
        channel=row.channel,
        at=row.sent_at or row.created_at,
        state=row.state,
        until=row.not_before if row.state == Message.State.QUEUED else None,
        why=reasons.sentence(row.reason) if row.reason else "",
    )


def profile_links() -> list[Link]:
    """From the page of one's account."""
    return [
        Link(title=_("Messages written to me"), url=reverse("outreach:received")),
        Link(title=_("Notifications on my devices"), url=reverse("outreach:devices")),
    ]
