"""Verbs of moderation: one transaction each, with an audit line."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.kit.ports import call
from amiral.rooms.moderation.access import access_report_by_id, may_decide
from amiral.rooms.moderation.contracts import (
    EXPLANATION_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    TRANSITIONS,
    Grounds,
    ReportState,
    SubjectKind,
)
from amiral.rooms.moderation.models import Report
from amiral.rooms.moderation.queries import grounds_label
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.people import api as people

NOTHING = "–"
"""What stands where a reason was erased."""
DECIDED_REPORT_KEPT = timedelta(days=365)


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


@transaction.atomic
def report(
    *,
    subject_kind: SubjectKind,
    subject_id: UUID,
    subject_author_id: UUID | None,
    territory_id: str,
    excerpt: str,
    reporter_id: UUID,
    grounds: Grounds,
    explanation: str,
    at: datetime,
) -> UUID:
    """Files a report; the calling room has checked that the reporter can read the subject."""
    words = _text(explanation, limit=EXPLANATION_MAX_CHARACTERS)
    row = Report(
        subject_kind=SubjectKind(subject_kind),
        subject_id=subject_id,
        subject_author_id=subject_author_id,
        territory_id=territory_id,
        excerpt=excerpt,
        reporter_id=reporter_id,
        grounds=Grounds(grounds),
        explanation=words,
        created_at=at,
    )
    _insert(row)
    record(actor_id=reporter_id, verb="report", subject_kind=row.subject_kind, subject_id=subject_id)
    return row.pk


def _insert(row: Report) -> None:
    """The unique constraint decides, so that two clicks at once make one report."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise AlreadyReported from None


@transaction.atomic
def decide(*, by_id: UUID, report_id: UUID, state: ReportState, reason: str, at: datetime) -> None:
    """Upholds (hides the subject) or rejects a report, with reasons, and writes to those concerned.

    Upholding closes every open report of the same subject: what they asked for is done. Raises ``NotFound``
    outside one's territories and for one's own words, ``OwnCause``, ``AlreadyDecided``, ``ReasonMissing``.
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
    for closed in _close(row, state=state, reason=words, by_id=by_id, at=at):
        _tell_reporter(closed, state=state, reason=words)
    if state == ReportState.UPHELD:
        call("hide_reported", subject_kind=row.subject_kind, subject_id=row.subject_id, at=at)
    _tell_author(row, state=state, reason=words)


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


def _tell_reporter(row: Report, *, state: ReportState, reason: str) -> None:
    _write(row.reporter_id, row, state=state, reason=reason, to="reporter")


def _tell_author(row: Report, *, state: ReportState, reason: str) -> None:
    _write(row.subject_author_id, row, state=state, reason=reason, to="author")


def _write(person_id: UUID | None, row: Report, *, state: ReportState, reason: str, to: str) -> None:
    """A letter in the language of the person, if not erased. The author never reads who reported."""
    if person_id is None:
        return
    with override(people.card(person_id=person_id).language):
        context = {
            "report": row,
            "upheld": state == ReportState.UPHELD,
            "grounds": grounds_label(Grounds(row.grounds)),
            "reason": reason,
            "campaign_name": settings.CAMPAIGN_NAME,
        }
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            purpose=SERVICE,
            subject=_("Decision on a report"),
            body=render_to_string(f"moderation/letters/to_{to}.txt", context),
            idempotency_key=f"moderation:{row.pk}:{to}",
            person_id=person_id,
        )


@transaction.atomic
@transaction.atomic
def erase(*, person_id: UUID) -> None:
    """Erases the words of a person from the reports, his own and those about him; the proof stays."""
    Report.objects.filter(subject_author_id=person_id).update(excerpt="")
    Report.objects.filter(reporter_id=person_id).update(explanation="")
    about = Report.objects.filter(Q(subject_author_id=person_id) | Q(decided_by_id=person_id))
    about.exclude(decision_reason="").update(decision_reason=NOTHING)


def purge(*, at: datetime) -> int:
    """Erases the reports decided twelve months ago; answers how many."""
    erased, _per_table = Report.objects.decided_before(at - DECIDED_REPORT_KEPT).delete()
    if erased:
        record(actor_id=None, verb="purge", subject_kind="report", subject_id="", number=erased)
    return erased


def _text(text: str, *, limit: int) -> str:
    """The text without the blanks around it; forms send two characters for a line end."""
    stripped = text.replace("\r\n", "\n").strip()
    if len(stripped) > limit:
        raise TooLong(limit=limit)
    return stripped
