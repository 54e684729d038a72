"""The public log as pages and files show it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Max
from django.db.models.functions import Substr
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.cores.chain import START, Entry
from amiral.rooms.moderation.contracts import (
    Category,
    DecisionGround,
    LogRow,
    ReportState,
    Restriction,
    ScrubGround,
    StatementView,
    SubjectKind,
)
from amiral.rooms.moderation.models import Decision, LogLine, Report, ReportQuerySet
from amiral.rooms.moderation.queries.reports import NAMELESS, subject_label
from amiral.rooms.moderation.queries.spoken import spoken

ROWS_PER_PAGE = 50


def head() -> tuple[int, str]:
    """Number and hash of the last entry; 0 and zeros for an empty log."""
    last = LogLine.objects.order_by("-number").first()
    return (last.number, last.hash) if last else (0, START)


def lines() -> Iterator[bytes]:
    """The whole log as published: one JSON object a line."""
    for row in LogLine.objects.order_by("number").iterator(chunk_size=1000):
        yield entry_of(row).line + b"\n"


def entry_of(row: LogLine) -> Entry:
    """The row as the core knows it."""
    return Entry(number=row.number, at=row.at, body=row.body, before=row.before, hash=row.hash)


def roots() -> Iterator[str]:
    """For each day (UTC) the last entry: ``2027-03-03 57:hash``, as ``scripts/verify_log.py`` reads it."""
    days = LogLine.objects.values(day=Substr("at", 1, 10)).annotate(last=Max("number")).order_by("day")
    numbers = {one["last"]: one["day"] for one in days}
    hashes = LogLine.objects.filter(number__in=list(numbers)).order_by("number")
    for row in hashes:
        yield f"{numbers[row.number]} {row.number}:{row.hash}\n"


def rows(*, page_number: str | int) -> "Page[LogRow]":
    """The log, newest first. Constant queries."""
    page: Page[Any] = Paginator(LogLine.objects.order_by("-number"), ROWS_PER_PAGE).get_page(page_number)
    found = list(page.object_list)
    later = _later({row.about for row in found if row.about})
    return Page([_row(row, later) for row in found], page.number, page.paginator)


def _later(about: Iterable[UUID]) -> dict[UUID, dict[str, LogLine]]:
    """What later entries say of decisions: the appeal and the scrubbing of each."""
    said: dict[UUID, dict[str, LogLine]] = {}
    for row in LogLine.objects.filter(about__in=list(about)):
        if row.about:
            said.setdefault(row.about, {})[row.body["kind"]] = row
    return said


def _row(row: LogLine, later: dict[UUID, dict[str, LogLine]]) -> LogRow:
    body = row.body
    of_it = later.get(row.about, {}) if row.about and body["kind"] == "decision" else {}
    appeal, scrub = of_it.get("appeal"), of_it.get("scrub")
    delay = body.get("decided_after_s")
    return LogRow(
        number=row.number,
        at=datetime.fromisoformat(row.at),
        what=_what(body),
        ground=_ground(body),
        delay=spoken(int(delay)) if delay is not None else "",
        automated=_automated(body),
        appeal=_outcome(appeal.body) if appeal else "",
        scrubbed_by=scrub.number if scrub else None,
        sealed=str(body.get("sealed", "")),
        hash=row.hash,
    )


def _automated(body: dict[str, object]) -> str:
    if "automated_decision" not in body:
        return ""
    return _("By a machine") if body["automated_decision"] else _("By a person")


def _what(body: dict[str, object]) -> str:
    match body["kind"]:
        case "decision":
            what = subject_label(SubjectKind(str(body["about"])))
            said = _("%(what)s: hidden") if body["outcome"] == "hidden" else _("%(what)s: kept")
            return said % {"what": what}
        case "appeal":
            return _("Appeal: %(outcome)s") % {"outcome": _outcome(body)}
        case "opened":
            return _("An original was opened by two persons")
        case "destroyed":
            return _("An original was destroyed on its day")
        case "scrub":
            return _("An original was destroyed before its day (%(ground)s)") % {"ground": scrub_label(body)}
        case "reply":
            return _("Right of reply: %(outcome)s") % {"outcome": _reply(body)}
    return str(body["kind"])


def _outcome(body: dict[str, object]) -> str:
    granted = body.get("appeal") == "granted"
    return pgettext("appeal", "granted") if granted else pgettext("appeal", "refused")


def _reply(body: dict[str, object]) -> str:
    return {
        "published": pgettext("reply", "published"),
        "refused": pgettext("reply", "refused"),
        "settled": pgettext("reply", "settled by agreement"),
    }.get(str(body.get("outcome")), "")


def scrub_label(body: dict[str, object]) -> str:
    """The ground of a scrubbing in words."""
    return dict(scrub_choices()).get(str(body.get("ground")), "")


def scrub_choices() -> tuple[tuple[str, str], ...]:
    """Choices of a form."""
    return (
        (ScrubGround.COURT_ORDER.value, _("a court’s order")),
        (ScrubGround.ERASURE.value, _("a person’s right to erasure")),
        (ScrubGround.MISTAKE.value, _("a mistake: what lay there should not have been kept")),
    )


def ground_label(ground: DecisionGround) -> str:
    """On what a restriction rests, in words."""
    return {
        DecisionGround.ILLEGAL: pgettext("ground", "Against the law"),
        DecisionGround.INCOMPATIBLE: pgettext("ground", "Against the charter"),
    }[ground]


def category_label(category: Category) -> str:
    """A category of the EU Transparency Database, in words."""
    return {
        Category.SPEECH: _("Unlawful or harmful words"),
        Category.CYBER_VIOLENCE: _("Insults, harassment, intimidation"),
        Category.CYBER_VIOLENCE_WOMEN: _("Violence against women online"),
        Category.PRIVACY: _("Personal data and privacy"),
        Category.SCAMS: _("Fraud, scam, phishing"),
        Category.MINORS: _("Protection of minors"),
        Category.VIOLENCE: _("Threats and calls to violence"),
        Category.ELECTIONS: _("False information about a ballot"),
        Category.PUBLIC_SECURITY: _("Public security, terrorism"),
        Category.SELF_HARM: _("Suicide and self-harm"),
        Category.COPYRIGHT: _("Intellectual property"),
        Category.OTHER: _("Another rule of the charter"),
    }[category]


def statement_view(*, report: Report) -> StatementView | None:
    """Why what a report is about is hidden; ``None`` while it is shown. One query."""
    same = Report.objects.on(subject_kind=report.subject_kind, subject_id=report.subject_id)
    row = Decision.objects.filter(report__in=same).order_by("-decided_at").first()
    if row is None or not row.hidden:
        return None
    return StatementView(
        ground=ground_label(DecisionGround(row.ground)),
        rule=row.rule,
        category=category_label(Category(row.category)),
        facts=row.facts,
        decided_at=row.decided_at,
    )


def without_account(*, subject_kind: SubjectKind, subject_id: UUID) -> ReportQuerySet:
    """The upheld notice that was decided on words without an account; none for others."""
    same = Report.objects.on(subject_kind=subject_kind, subject_id=subject_id)
    found = same.filter(subject_author=None, state=ReportState.UPHELD, decisions__hidden=True)
    return found.distinct() if subject_kind in NAMELESS else found.none()


def restriction_on(*, subject_kind: SubjectKind, subject_id: UUID) -> Restriction | None:
    """What a moderator decided on words without an account; ``None`` while they are shown. Three queries."""
    row = without_account(subject_kind=subject_kind, subject_id=subject_id).first()
    statement = statement_view(report=row) if row else None
    if row is None or statement is None:
        return None
    appeal = row.appeals.first()
    waiting = _("Another moderator has not decided yet.")
    return Restriction(
        reason=row.decision_reason,
        statement=statement,
        appeal=(waiting if appeal.granted is None else _outcome({})) if appeal else "",
        answer=appeal.decision_reason if appeal else "",
    )


def _reply_ground(body: dict[str, object]) -> str:
    return {
        "late": pgettext("reply ground", "Too late"),
        "too-long": pgettext("reply ground", "Too long"),
        "not-concerned": pgettext("reply ground", "Neither named nor designated"),
        "not-identified": pgettext("reply ground", "Identity not proven"),
        "not-a-reply": pgettext("reply ground", "Answers nothing that was said of the person"),
        "unlawful": pgettext("reply ground", "Against the law or the rights of others"),
        "direct-answer-open": pgettext("reply ground", "A direct answer is open on the page"),
    }.get(str(body.get("reply_ground")), "")


def _ground(body: dict[str, object]) -> str:
    if body["kind"] == "reply":
        return _reply_ground(body)
    if body["kind"] not in {"decision", "appeal"} or not body.get("ground"):
        return ""
    ground, category = DecisionGround(str(body["ground"])), Category(str(body["category"]))
    return f"{ground_label(ground)} · {category_label(category)}"
