"""The liability clock: which notices wait, for how long, and how fast the campaign decides."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.conf import settings
from django.utils.translation import pgettext

from amiral.cores.notices import Urgency, due, urgency
from amiral.rooms.moderation.access import access_appeals, access_reports
from amiral.rooms.moderation.contracts import ClockLine, Delays, ReportView
from amiral.rooms.moderation.models import Decision, Report
from amiral.rooms.moderation.queries.reports import views
from amiral.rooms.moderation.queries.spoken import spoken

Times = tuple[UUID | None, datetime, datetime | None, datetime]
"""Of a decision: the appeal it answers, if any; when it was noticed, looked at, decided."""
SHOWN = 200
OVER = timedelta(days=30)
SHAPES = {Urgency.FINE: "○", Urgency.SOON: "△", Urgency.LATE: "■"}


def urgency_word(found: Urgency) -> str:
    """How a notice stands, in words: no colour is needed."""
    return {
        Urgency.FINE: pgettext("notice", "in time"),
        Urgency.SOON: pgettext("notice", "due soon"),
        Urgency.LATE: pgettext("notice", "overdue"),
    }[found]


def clock(*, person_id: UUID, at: datetime) -> tuple[ClockLine, ...]:
    """The open notices over a moderator's territories, oldest first; constant queries."""
    rows = list(access_reports(person_id=person_id).open().order_by("created_at", "id")[:SHOWN])
    return tuple(_line(view, row, at) for view, row in zip(views(rows), rows, strict=True))


def _line(view: ReportView, row: Report, at: datetime) -> ClockLine:
    due_at = due(row.created_at, zone=settings.TIME_ZONE)
    found = urgency(due_at=due_at, at=at)
    return ClockLine(
        url=view.url,
        what=view.subject_label,
        grounds_label=view.grounds_label,
        territory_name=view.territory_name,
        created_at=row.created_at,
        age=spoken(_seconds(row.created_at, at)),
        due_at=due_at,
        urgency=found,
        word=urgency_word(found),
        shape=SHAPES[found],
        looked_at=row.looked_at,
    )


def appeals_waiting(*, person_id: UUID) -> int:
    """How many appeals this moderator may decide."""
    return access_appeals(person_id=person_id).filter(granted=None).count()


def delays(*, at: datetime) -> Delays:
    """Of the whole campaign over the last days. One query; nobody's name is in it."""
    times: Iterable[Times] = Decision.objects.filter(
        decided_at__gt=at - OVER, decided_at__lte=at
    ).values_list("appeal_id", "noticed_at", "looked_at", "decided_at")
    firsts = [(noticed, looked, decided) for appeal, noticed, looked, decided in times if appeal is None]
    appeals = [_seconds(noticed, decided) for appeal, noticed, _looked, decided in times if appeal]
    return Delays(
        decisions=len(firsts),
        appeals=len(appeals),
        first_look=_median([_seconds(noticed, looked or decided) for noticed, looked, decided in firsts]),
        decision=_median([_seconds(noticed, decided) for noticed, _looked, decided in firsts]),
        appeal=_median(appeals),
        in_time=sum(decided <= due(noticed, zone=settings.TIME_ZONE) for noticed, _l, decided in firsts),
    )


def _median(seconds: list[float]) -> str:
    return spoken(median(seconds)) if seconds else ""


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
