"""Reads that return dataclasses ready for a page. The caller has asked ``access`` before."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.kit.errors import NotFound
from amiral.rooms.moderation.access import access_appeals, access_reports, decidable
from amiral.rooms.moderation.contracts import AppealView, Grounds, ReportState, ReportView, SubjectKind
from amiral.rooms.moderation.models import Appeal, Report
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard
from amiral.rooms.territory import api as territory

REPORTS_PER_PAGE = 25

View = TypeVar("View")


def grounds_label(grounds: Grounds) -> str:
    """The grounds in words."""
    return {
        Grounds.ILLEGAL: _("Illegal content"),
        Grounds.INSULT: _("Insult or harassment"),
        Grounds.FRAUD: _("Fraud or scam"),
        Grounds.PHISHING: _("Phishing: a trap to get passwords or money"),
        Grounds.MINORS: _("Harm to a child or an adolescent"),
        Grounds.PERSONAL_DATA: _("Somebody’s personal data"),
        Grounds.OFF_TOPIC: _("Off topic or advertising"),
        Grounds.OTHER: _("Something else"),
    }[grounds]


def grounds_choices() -> tuple[tuple[str, str], ...]:
    """Choices of a form, in the order to offer them."""
    return tuple((grounds.value, grounds_label(grounds)) for grounds in Grounds)


def subject_label(kind: SubjectKind) -> str:
    """The kind of subject in words."""
    return {
        SubjectKind.POST: pgettext("reported", "Post"),
        SubjectKind.COMMENT: pgettext("reported", "Comment"),
        SubjectKind.MESSAGE: pgettext("reported", "Private message"),
        SubjectKind.TALKING_POINT: pgettext("reported", "Talking point"),
        SubjectKind.ACTION: pgettext("reported", "Action"),
        SubjectKind.CONTRIBUTION: pgettext("reported", "Contribution"),
        SubjectKind.ARGUMENT: pgettext("reported", "Argument"),
        SubjectKind.OUTSIDE: pgettext("reported", "Answer from another network"),
    }[kind]


def state_label(state: ReportState) -> str:
    """The state in words."""
    return {
        ReportState.OPEN: _("To decide"),
        ReportState.UPHELD: _("Upheld: hidden"),
        ReportState.REJECTED: _("Rejected: kept"),
    }[state]


def open_count(*, person_id: UUID | None) -> int:
    """How many reports wait for a decision of this person; 0 for those who moderate nowhere."""
    try:
        return decidable(person_id=person_id).count() if person_id else 0
    except NotFound:
        return 0


def reports(*, person_id: UUID, only_open: bool, page_number: str | int) -> "Page[ReportView]":
    """The reports a moderator reads: oldest open first, or newest decided first. Constant queries."""
    rows = access_reports(person_id=person_id)
    rows = rows.open() if only_open else rows.exclude(state=ReportState.OPEN).order_by("-decided_at", "-id")
    page = Paginator(rows, REPORTS_PER_PAGE).get_page(page_number)
    return _page_of(views(list(page.object_list)), page)


def _page_of(views: list[View], page: "Page[Any]") -> "Page[View]":
    """The same page of a list, with dataclasses in place of rows."""
    return Page(views, page.number, page.paginator)


def report_view(*, report: Report) -> ReportView:
    """One report."""
    return views([report])[0]


def appeals(*, person_id: UUID, page_number: str | int) -> "Page[AppealView]":
    """The appeals that wait for this moderator, oldest first. Constant queries."""
    rows = access_appeals(person_id=person_id).filter(granted=None)
    page = Paginator(rows, REPORTS_PER_PAGE).get_page(page_number)
    return _page_of(_appeal_views(list(page.object_list)), page)


def appeal_view(*, appeal: Appeal) -> AppealView:
    """One appeal."""
    return _appeal_views([appeal])[0]


def decided_appeals(*, report: Report) -> list[AppealView]:
    """What became of the appeals against a decision, oldest first. Constant queries."""
    rows = Appeal.objects.select_related("report").filter(report=report).exclude(granted=None)
    return _appeal_views(list(rows))


def own_appeal(*, report: Report, person_id: UUID) -> AppealView | None:
    """The person's own against a decision, if any."""
    row = Appeal.objects.select_related("report").filter(report=report, appellant_id=person_id).first()
    return appeal_view(appeal=row) if row else None


def _appeal_views(rows: Sequence[Appeal]) -> list[AppealView]:
    reports = {view.id: view for view in views([row.report for row in rows])}
    ids = {id_ for row in rows for id_ in (row.appellant_id, row.decided_by_id) if id_}
    names = people.cards(person_ids=ids)
    return [_appeal(row, reports[row.report_id], names) for row in rows]


def _appeal(row: Appeal, report: ReportView, names: dict[UUID, PersonCard]) -> AppealView:
    outcome = {None: "", True: _("Granted"), False: pgettext("appeal", "Refused")}
    return AppealView(
        id=row.pk,
        report=report,
        appellant_name=_appellant_name(row, names),
        words=row.words,
        created_at=row.created_at,
        outcome=outcome[row.granted],
        decided_by=_name(row.decided_by_id, names) if row.decided_at else "",
        decision_reason=row.decision_reason,
        decided_at=row.decided_at,
        url=reverse("moderation:decide_appeal", args=[row.pk]),
    )


def _appellant_name(row: Appeal, names: dict[UUID, PersonCard]) -> str:
    report = row.report
    hidden = report.state == ReportState.UPHELD and report.subject_author_id is None
    if row.appellant_id is None and hidden and report.subject_kind in NAMELESS:
        return _("the voice that wrote it")
    return _name(row.appellant_id, names)


def kept_of(*, person_id: UUID) -> dict[str, list[dict[str, str]]]:
    """What the person reported, and what was decided about the person's words; never who reported those."""
    made = Report.objects.filter(reporter_id=person_id)
    about = Report.objects.filter(subject_author_id=person_id).exclude(state=ReportState.OPEN)
    return {
        "reports": [_kept(row) | {"explanation": row.explanation} for row in made],
        "decisions": [_kept(row) | _stated(row) for row in about.prefetch_related("decisions")],
        "appeals": [
            {"at": row.created_at.isoformat(), "words": row.words, "reason": row.decision_reason}
            for row in Appeal.objects.filter(appellant_id=person_id)
        ],
    }


def _stated(row: Report) -> dict[str, str]:
    """The last statement of reasons: what the person read in his letter."""
    last = max(row.decisions.all(), key=lambda one: one.decided_at, default=None)
    return {"rule": last.rule, "facts": last.facts} if last else {}


def _kept(row: Report) -> dict[str, str]:
    return {
        "at": row.created_at.isoformat(),
        "about": row.excerpt,
        "grounds": row.grounds,
        "state": row.state,
        "reason": row.decision_reason,
    }


def views(rows: Sequence[Report]) -> list[ReportView]:
    names = people.cards(person_ids=_persons(rows))
    places = territory.territories(territory_ids={row.territory_id for row in rows})
    same = _open_on_same_subject(rows)
    return [_view(row, names, places[row.territory_id].name, same[row.subject_id]) for row in rows]


def _persons(rows: Iterable[Report]) -> set[UUID]:
    ids = {id_ for row in rows for id_ in (row.subject_author_id, row.reporter_id, row.decided_by_id)}
    return {id_ for id_ in ids if id_}


def _open_on_same_subject(rows: Sequence[Report]) -> Counter[UUID]:
    subjects = [row.subject_id for row in rows]
    return Counter(Report.objects.open().filter(subject_id__in=subjects).values_list("subject_id", flat=True))


def _view(row: Report, names: dict[UUID, PersonCard], territory_name: str, same_subject: int) -> ReportView:
    return ReportView(
        id=row.pk,
        subject_kind=SubjectKind(row.subject_kind),
        subject_label=subject_label(SubjectKind(row.subject_kind)),
        excerpt=row.excerpt,
        author_name=_author_name(row, names),
        reporter_name=_reporter_name(row, names),
        territory_name=territory_name,
        grounds=Grounds(row.grounds),
        grounds_label=grounds_label(Grounds(row.grounds)),
        explanation=row.explanation,
        state=ReportState(row.state),
        state_label=state_label(ReportState(row.state)),
        created_at=row.created_at,
        decided_by=_name(row.decided_by_id, names) if row.decided_at else "",
        decision_reason=row.decision_reason,
        decided_at=row.decided_at,
        same_subject=same_subject,
        url=reverse("moderation:report", args=[row.pk]),
    )


def _reporter_name(row: Report, names: dict[UUID, PersonCard]) -> str:
    """The address of who has no account is for letters, not for moderators."""
    if row.reporter_id is None and row.notifier_language:
        return _("Somebody without an account")
    return _name(row.reporter_id, names)


NAMELESS = (SubjectKind.CONTRIBUTION, SubjectKind.ARGUMENT, SubjectKind.OUTSIDE)


def _author_name(row: Report, names: dict[UUID, PersonCard]) -> str:
    """Empty where no person of the site goes with the words: a voice of a debate, another network."""
    if row.subject_author_id is None and row.subject_kind in NAMELESS:
        return ""
    return _name(row.subject_author_id, names)


def _name(person_id: UUID | None, names: dict[UUID, PersonCard]) -> str:
    card = names.get(person_id) if person_id else None
    return card.public_name if card else _("Former member")
