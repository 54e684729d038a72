"""Verbs of moderation: one transaction each, with an audit line."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ports import call
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.moderation.access import (
    access_appeal_by_id,
    access_decision_to_appeal_by_id,
    access_report_by_id,
    may_decide,
)
from amiral.rooms.moderation.actions import sealing, stating
from amiral.rooms.moderation.contracts import (
    EXPLANATION_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    TRANSITIONS,
    Category,
    DecisionGround,
    Grounds,
    ReportState,
    Statement,
    SubjectKind,
)
from amiral.rooms.moderation.models import Appeal, Decision, Opening, Report, Sealed
from amiral.rooms.moderation.queries.log import without_account
from amiral.rooms.moderation.queries.reports import grounds_label
from amiral.rooms.moderation.queries.seals import sealed_of
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.people import api as people

NOTHING = "–"
"""What stands where a reason was erased."""
RECEIPTS_A_DAY = 5
"""To one address: nobody shall be flooded by notices that others send in his name."""
DECIDED_REPORT_KEPT = timedelta(days=365)


class AddressMissing(Refused):
    """A notice of somebody whom nobody could answer."""

    fields = ("email",)

    def __init__(self) -> None:
        super().__init__(_("Give your e-mail address: the receipt and the decision are sent there."))


class AlreadyReported(Refused):
    """A second report of the same thing by the same person."""

    def __init__(self) -> None:
        super().__init__(_("You have reported this already. You will get a message once it is decided."))


class ReasonMissing(Refused):
    """A decision without a reason."""

    def __init__(self) -> None:
        super().__init__(_("Give the reason of your decision: the people concerned will read it."))


class TooLong(Refused):
    """Text beyond its limit."""

    def __init__(self, *, limit: int) -> None:
        sentence = _("The text is too long: shorten it to %(limit)d characters at most, then send it again.")
        super().__init__(sentence % {"limit": limit})


class AlreadyDecided(Refused):
    """Somebody was faster."""

    def __init__(self) -> None:
        super().__init__(_("This report is decided already. Go back to the list for the next one."))


class OwnCause(Refused):
    """Nobody decides on his own report."""

    def __init__(self) -> None:
        super().__init__(_("You reported this yourself: leave the decision to another moderator."))


class WordsMissing(Refused):
    """An appeal that says nothing."""

    def __init__(self) -> None:
        super().__init__(_("Say why you disagree: another moderator will read it."))


class AppealedAlready(Refused):
    """A second appeal against one decision."""

    def __init__(self) -> None:
        super().__init__(_("You have appealed already. You will get a message once it is decided."))


@transaction.atomic
def report(
    *,
    subject_kind: SubjectKind,
    subject_id: UUID,
    subject_author_id: UUID | None,
    territory_id: str,
    excerpt: str,
    reporter_id: UUID | None,
    grounds: Grounds,
    explanation: str,
    at: datetime,
    email: str = "",
) -> UUID:
    """Files a report; the calling room has checked that the reporter can read the subject.

    Somebody without an account gets the receipt that DSA art. 16 (4) asks for at ``email``; by its paragraph
    2 (c) only who reports harm to a child need not say who he is. Raises ``AddressMissing``,
    ``AlreadyReported``, ``TooLong``.
    """
    words = _text(explanation, limit=EXPLANATION_MAX_CHARACTERS)
    address = "" if reporter_id else email.strip().lower()
    if reporter_id is None and not address and Grounds(grounds) is not Grounds.MINORS:
        raise AddressMissing
    row = Report(
        subject_kind=SubjectKind(subject_kind),
        subject_id=subject_id,
        subject_author_id=subject_author_id,
        territory_id=territory_id,
        excerpt=excerpt,
        reporter_id=reporter_id,
        notifier_email=address,
        notifier_language="" if reporter_id else get_language() or settings.LANGUAGE_CODE,
        grounds=Grounds(grounds),
        explanation=words,
        created_at=at,
    )
    _insert(row)
    record(actor_id=reporter_id, verb="report", subject_kind=row.subject_kind, subject_id=subject_id)
    if address and is_allowed(scope="notice-receipt", key=address, limit=RECEIPTS_A_DAY, window_s=86_400):
        _send_to_visitor(row, _("We have received your notice"), "receipt")
    return row.pk


def _send_to_visitor(row: Report, subject: str, letter: str, **more: object) -> None:
    """In the language of the notice; only the decision holds words that somebody wrote."""
    context = {
        "report": row,
        "grounds": grounds_label(Grounds(row.grounds)),
        "campaign_name": settings.CAMPAIGN_NAME,
        "contact": settings.CONTACT,
    }
    outreach.send(
        to_address=row.notifier_email,
        purpose=SERVICE,
        subject=subject,
        body=render_to_string(f"moderation/letters/{letter}.txt", context | more),
        idempotency_key=f"moderation:{row.pk}:{letter}",
    )


def _insert(row: Report) -> None:
    """The unique constraint decides, so that two clicks at once make one report."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise AlreadyReported from None


def look(*, report: Report, by_id: UUID, at: datetime) -> None:
    """Notes when a moderator who may decide first opened a report (fetched through ``access``)."""
    if report.looked_at is None and may_decide(person_id=by_id, report=report):
        Report.objects.filter(pk=report.pk, looked_at=None).update(looked_at=at)


@transaction.atomic
def decide(
    *,
    by_id: UUID,
    report_id: UUID,
    state: ReportState,
    reason: str,
    at: datetime,
    statement: Statement | None = None,
) -> None:
    """Upholds (hides the subject) or rejects a report, with reasons, and writes to those concerned.

    Upholding closes every open report of the same subject: what they asked for is done; its words go under
    seal. ``statement``: what art. 17 asks beside the reason; ``None``: what ``stating.proposed`` says. Raises
    ``NotFound`` outside one's territories and for one's own words, ``OwnCause``, ``AlreadyDecided``,
    ``ReasonMissing``, ``StatementIncomplete``.
    """
    row = access_report_by_id(person_id=by_id, report_id=report_id)
    if state not in TRANSITIONS[ReportState(row.state)]:
        raise AlreadyDecided
    if not may_decide(person_id=by_id, report=row):
        # Somebody may have decided since the row was read; nothing is ever opened again.
        raise OwnCause if Report.objects.open().filter(pk=row.pk).exists() else AlreadyDecided
    words = _text(reason, limit=REASON_MAX_CHARACTERS)
    if not words:
        raise ReasonMissing
    stated = stating.complete(statement or stating.proposed(report=row, reason=words))
    told = _as_told(row, stated)
    closed = _close(row, state=state, reason=words, by_id=by_id, at=at)
    for one in closed:
        _tell_reporter(one, state=state, reason=words)
    hidden = state == ReportState.UPHELD
    _tell_author(row, state=state, reason=words, statement=told if hidden else None)
    if hidden:
        call("hide_reported", subject_kind=row.subject_kind, subject_id=row.subject_id, at=at)
    stating.enter(report=row, closed=closed, hidden=hidden, statement=stated, explanation=words, at=at)


def _close(row: Report, *, state: ReportState, reason: str, by_id: UUID, at: datetime) -> tuple[Report, ...]:
    same = Report.objects.open().on(subject_kind=row.subject_kind, subject_id=row.subject_id)
    asked = same if state == ReportState.UPHELD else same.filter(pk=row.pk)
    # Locked before it is read: of two moderators at once, the second finds nothing open.
    closed = tuple(asked.select_for_update())
    if row.pk not in {one.pk for one in closed}:
        raise AlreadyDecided
    asked.update(state=state, decided_by_id=by_id, decision_reason=reason, decided_at=at)
    for one in closed:
        record(actor_id=by_id, verb=f"report-{state}", subject_kind="report", subject_id=one.pk)
    return closed


def _as_told(row: Report, statement: Statement) -> Statement:
    if row.subject_author_id is None:
        return statement
    language = people.card(person_id=row.subject_author_id).language
    return stating.for_author(report=row, statement=statement, language=language)


def _tell_reporter(row: Report, *, state: ReportState, reason: str) -> None:
    _write(row.reporter_id, row, state=state, reason=reason, to="reporter")
    if row.notifier_email:
        with override(row.notifier_language):
            upheld = state == ReportState.UPHELD
            _send_to_visitor(row, _("Decision on a report"), "to_reporter", upheld=upheld, reason=reason)


def _tell_author(row: Report, *, state: ReportState, reason: str, statement: Statement | None) -> None:
    _write(row.subject_author_id, row, state=state, reason=reason, to="author", statement=statement)


def _write(
    person_id: UUID | None,
    row: Report,
    *,
    state: ReportState,
    reason: str,
    to: str,
    statement: Statement | None = None,
) -> None:
    """A letter in the language of the person, if not erased. The author never reads who reported."""
    if person_id is None:
        return
    with override(people.card(person_id=person_id).language):
        context = {
            "report": row,
            "upheld": state == ReportState.UPHELD,
            "grounds": grounds_label(Grounds(row.grounds)),
            "reason": reason,
            "statement": statement,
            "campaign_name": settings.CAMPAIGN_NAME,
            "appeal_link": _appeal_link(row, person_id),
        }
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            purpose=SERVICE,
            subject=_("Decision on a report"),
            body=render_to_string(f"moderation/letters/to_{to}.txt", context),
            idempotency_key=f"moderation:{row.pk}:{to}",
            person_id=person_id,
        )


def _appeal_link(row: Report, person_id: UUID) -> str:
    """Where who lost asks another moderator; empty for who won. The row was read before the decision."""
    decided = Report.objects.get(pk=row.pk)
    lost = {ReportState.UPHELD: decided.subject_author_id, ReportState.REJECTED: decided.reporter_id}
    if lost.get(ReportState(decided.state)) != person_id:
        return ""
    return settings.PUBLIC_URL + reverse("moderation:appeal", args=[row.pk])


@transaction.atomic
def appeal(*, by_id: UUID, report_id: UUID, words: str, at: datetime) -> UUID:
    """Asks another moderator to look again, once. Raises ``NotFound`` for who is not concerned."""
    row = access_decision_to_appeal_by_id(person_id=by_id, report_id=report_id)
    text = _text(words, limit=EXPLANATION_MAX_CHARACTERS)
    if not text:
        raise WordsMissing
    try:
        with transaction.atomic():
            asked = Appeal.objects.create(report=row, appellant_id=by_id, words=text, created_at=at)
    except IntegrityError:
        raise AppealedAlready from None
    record(actor_id=by_id, verb="appeal", subject_kind="report", subject_id=row.pk)
    return asked.pk


@transaction.atomic
def appeal_without_account(*, subject_kind: SubjectKind, subject_id: UUID, words: str, at: datetime) -> UUID:
    """An appeal of who wrote words that no account stands behind; the calling room has checked who that is.

    Raises ``NotFound`` where no decision hides them, ``WordsMissing``, ``AppealedAlready``.
    """
    upheld = without_account(subject_kind=subject_kind, subject_id=subject_id).values_list("pk", flat=True)
    row = Report.objects.select_for_update().filter(pk__in=list(upheld)).first()
    if row is None:
        raise NotFound
    text = _text(words, limit=EXPLANATION_MAX_CHARACTERS)
    if not text:
        raise WordsMissing
    if row.appeals.exists():
        raise AppealedAlready
    asked = Appeal.objects.create(report=row, words=text, created_at=at)
    record(actor_id=None, verb="appeal", subject_kind="report", subject_id=row.pk)
    return asked.pk


@transaction.atomic
def decide_appeal(
    *,
    by_id: UUID,
    appeal_id: UUID,
    granted: bool,
    reason: str,
    at: datetime,
    statement: Statement | None = None,
) -> None:
    """Another moderator's word, with a reason: granted, what was hidden is shown again, or the reverse.

    ``statement`` counts when it hides what was kept. Raises ``NotFound`` for his own decision or cause, or
    elsewhere; ``AlreadyDecided``, ``ReasonMissing``, ``StatementIncomplete``.
    """
    asked = access_appeal_by_id(person_id=by_id, appeal_id=appeal_id)
    text = _text(reason, limit=REASON_MAX_CHARACTERS)
    if not text:
        raise ReasonMissing
    open_still = Appeal.objects.filter(pk=asked.pk, granted=None)
    if not open_still.update(granted=granted, decision_reason=text, decided_by_id=by_id, decided_at=at):
        raise AlreadyDecided
    was_hidden = asked.report.state == ReportState.UPHELD
    hides = granted and not was_hidden
    stated = stating.complete(statement or stating.proposed(report=asked.report, reason=text))
    record(
        actor_id=by_id,
        verb="grant-appeal" if granted else "refuse-appeal",
        subject_kind="report",
        subject_id=asked.report_id,
    )
    _answer(asked, granted=granted, reason=text, statement=_as_told(asked.report, stated) if hides else None)
    if granted:
        _reverse(asked.report, at)
    _enter_appeal(asked, hides=hides, hidden=was_hidden != granted, statement=stated, reason=text, at=at)


def _enter_appeal(
    asked: Appeal, *, hides: bool, hidden: bool, statement: Statement, reason: str, at: datetime
) -> None:
    """A decision that keeps something hidden states the reasons of the first one again."""
    before = asked.report.decisions.filter(hidden=True).order_by("-decided_at").first()
    if hidden and not hides and before is not None:
        statement = Statement(
            ground=DecisionGround(before.ground),
            rule=before.rule,
            explanation=before.explanation,
            facts=before.facts,
            category=Category(before.category),
        )
    stating.enter(
        report=asked.report,
        closed=(asked.report,),
        hidden=hidden,
        statement=statement,
        explanation=reason,
        at=at,
        appeal=asked,
    )


def _reverse(row: Report, at: datetime) -> None:
    if row.state == ReportState.UPHELD:
        call("restore_reported", subject_kind=row.subject_kind, subject_id=row.subject_id)
        sealed = sealed_of(report=row)
        if sealed is not None:  # everybody reads it again: nothing is left to prove
            sealing.destroy(sealed=sealed, at=at)
    else:
        call("hide_reported", subject_kind=row.subject_kind, subject_id=row.subject_id, at=at)


def _answer(asked: Appeal, *, granted: bool, reason: str, statement: Statement | None) -> None:
    """Who appealed is told; so is the author when what he wrote is hidden now."""
    row = asked.report
    _write_answer(asked.appellant_id, asked, granted=granted, reason=reason, to="appellant")
    if granted and row.state == ReportState.REJECTED:
        _write_answer(
            row.subject_author_id, asked, granted=granted, reason=reason, to="author", statement=statement
        )


def _write_answer(
    person_id: UUID | None,
    asked: Appeal,
    *,
    granted: bool,
    reason: str,
    to: str,
    statement: Statement | None = None,
) -> None:
    if person_id is None:
        return
    with override(people.card(person_id=person_id).language):
        context = {
            "report": asked.report,
            "granted": granted,
            "hidden": granted == (asked.report.state == ReportState.REJECTED),
            "appealed": to == "appellant",
            "reason": reason,
            "statement": statement,
            "campaign_name": settings.CAMPAIGN_NAME,
        }
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            purpose=SERVICE,
            subject=_("Decision on an appeal"),
            body=render_to_string("moderation/letters/appeal.txt", context),
            idempotency_key=f"moderation-appeal:{asked.pk}:{to}",
            person_id=person_id,
        )


@transaction.atomic
def erase(*, person_id: UUID) -> None:
    """Erases the words of a person from the reports, his own and those about him; the proof stays."""
    Report.objects.filter(subject_author_id=person_id).update(excerpt="")
    Report.objects.filter(reporter_id=person_id).update(explanation="")
    about = Report.objects.filter(Q(subject_author_id=person_id) | Q(decided_by_id=person_id))
    about.exclude(decision_reason="").update(decision_reason=NOTHING)
    stated = Decision.objects.filter(report__in=about)
    stated.update(explanation=NOTHING)
    stated.filter(hidden=True).update(facts=NOTHING)
    Opening.objects.filter(asked_by_id=person_id).update(reason=NOTHING)
    Appeal.objects.filter(appellant_id=person_id).update(words="")
    appeals = Appeal.objects.filter(
        Q(appellant_id=person_id) | Q(decided_by_id=person_id) | Q(report__subject_author_id=person_id)
    )
    appeals.exclude(decision_reason="").update(decision_reason=NOTHING)


def purge(*, at: datetime) -> int:
    """Erases the reports decided twelve months ago whose original is gone; answers how many."""
    sealed = Sealed.objects.filter(keep_until__gte=at, destroyed_at=None).values("about")
    kept = Decision.objects.filter(pk__in=sealed).values("report_id")
    old = Report.objects.decided_before(at - DECIDED_REPORT_KEPT)
    _rows, per_table = old.exclude(pk__in=kept).delete()
    erased = per_table.get("moderation.Report", 0)
    if erased:
        record(actor_id=None, verb="purge", subject_kind="report", subject_id="", number=erased)
    return erased


def _text(text: str, *, limit: int) -> str:
    """The text without the blanks around it; forms send two characters for a line end."""
    stripped = text.replace("\r\n", "\n").strip()
    if len(stripped) > limit:
        raise TooLong(limit=limit)
    return stripped
