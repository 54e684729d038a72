"""Originals under seal: closed when something is hidden, opened by two, destroyed on their day."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.canonical import canonical
from amiral.cores.chain import sealed_digest
from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.moderation.access import access_seals, access_seals_of_a_report
from amiral.rooms.moderation.actions import logging
from amiral.rooms.moderation.contracts import LONG_KEPT, SEAL_REASON_MAX_CHARACTERS, Category, ScrubGround
from amiral.rooms.moderation.models import Appeal, Decision, Opening, Report, Sealed
from amiral.rooms.moderation.queries import seals
from amiral.rooms.people import api as people

KEPT, LONG = timedelta(days=365), timedelta(days=6 * 365 + 2)
NOTHING = "–"


class SealReasonMissing(Refused):
    """A seal is opened for a reason."""

    def __init__(self) -> None:
        super().__init__(
            _("Say in at most 500 characters why the seal must be opened: the other administrator reads it.")
        )


class NeedsAnother(Refused):
    """Who asked cannot confirm."""

    def __init__(self) -> None:
        super().__init__(_("You asked for it yourself: another administrator must confirm."))


class NothingToOpen(Refused):
    """Too late."""

    def __init__(self) -> None:
        super().__init__(_("This request has lapsed, or the original is destroyed. Ask again."))


class OwnDecision(Refused):
    """Who decided does not make the traces of it disappear."""

    def __init__(self) -> None:
        super().__init__(_("You took this decision yourself: another administrator must do it."))


def seal(*, report: Report, decision: Decision, at: datetime) -> str:
    """Puts the words of a report under seal and answers their digest; empty when there are none (erased)."""
    if not report.excerpt:
        return ""
    salt = secrets.token_hex(16)
    digest = sealed_digest(report.excerpt, salt)
    Sealed.objects.create(
        about=decision.pk,
        content=seals.box().encrypt(canonical(_content(report, decision, salt))),
        digest=digest,
        sealed_at=at,
        keep_until=at + (LONG if Category(decision.category) in LONG_KEPT else KEPT),
    )
    return digest


def _content(report: Report, decision: Decision, salt: str) -> dict[str, str]:
    author = people.cards(person_ids=[report.subject_author_id]) if report.subject_author_id else {}
    names = [card.public_name for card in author.values()]
    return {
        "words": report.excerpt,
        "salt": salt,
        "author": names[0] if names else "",
        "author_id": str(report.subject_author_id or ""),
        "subject_kind": report.subject_kind,
        "subject_id": str(report.subject_id),
        "territory_id": report.territory_id,
        "reported_at": report.created_at.isoformat(),
        "decided_at": decision.decided_at.isoformat(),
    }


@transaction.atomic
def ask_to_open(*, by_id: UUID, report_id: UUID, reason: str, at: datetime) -> UUID:
    """The first of two administrators asks. Raises ``NotFound``, ``SealReasonMissing``, ``NothingToOpen``."""
    sealed = access_seals_of_a_report(person_id=by_id, report_id=report_id)
    words = reason.replace("\r\n", "\n").strip()
    if not words or len(words) > SEAL_REASON_MAX_CHARACTERS:
        raise SealReasonMissing
    if not sealed.content:
        raise NothingToOpen
    asked = Opening.objects.create(sealed=sealed, asked_by_id=by_id, reason=words, asked_at=at)
    record(actor_id=by_id, verb="ask-to-open-seal", subject_kind="sealed", subject_id=sealed.pk)
    return asked.pk


@transaction.atomic
def confirm_opening(*, by_id: UUID, opening_id: UUID, at: datetime) -> None:
    """The second administrator agrees: both may read for a day, and the public log says that it happened."""
    opening = Opening.objects.select_related("sealed").filter(pk=opening_id).first()
    if opening is None or not access_seals(person_id=by_id).filter(pk=opening.sealed_id).exists():
        raise NotFound
    if opening.asked_by_id == by_id or opening.asked_by_id is None:
        raise NeedsAnother
    waiting = Opening.objects.filter(
        pk=opening.pk, confirmed_at=None, asked_at__gt=at - seals.OPEN_FOR, sealed__destroyed_at=None
    )
    if not waiting.update(confirmed_by_id=by_id, confirmed_at=at):
        raise NothingToOpen
    record(actor_id=by_id, verb="open-seal", subject_kind="sealed", subject_id=opening.sealed_id)
    decision_id = opening.sealed.about
    logging.append(body={"kind": "opened", "decision": str(decision_id)}, at=at, about=decision_id)


@transaction.atomic
def open_for_appeal(*, by_id: UUID, appeal: Appeal, at: datetime) -> str:
    """The words that an appeal is about, for who decides it: the appellant is one of the two, he the other.

    The caller has fetched the appeal through ``access``. Written down once for each reader.
    """
    sealed = seals.sealed_of(report=appeal.report)
    if sealed is None:
        return appeal.report.excerpt
    seen = Opening.objects.filter(sealed=sealed, confirmed_by_id=by_id, asked_by_id=appeal.appellant_id)
    if not seen.exists():
        Opening.objects.create(
            sealed=sealed,
            asked_by_id=appeal.appellant_id,
            reason="appeal",
            asked_at=appeal.created_at,
            confirmed_by_id=by_id,
            confirmed_at=at,
        )
        record(actor_id=by_id, verb="open-seal-for-appeal", subject_kind="sealed", subject_id=sealed.pk)
    words: str = seals.content(sealed=sealed).get("words", "")
    return words


def destroy(*, sealed: Sealed, at: datetime) -> None:
    """What is under the seal is gone; that there was something stays."""
    sealed.content, sealed.destroyed_at = b"", at
    sealed.save(update_fields=["content", "destroyed_at"])


@transaction.atomic
def scrub(*, by_id: UUID, report_id: UUID, ground: ScrubGround, at: datetime) -> None:
    """Destroys the original before its day and empties the words about it: a decision of its own, in the log.

    The entry of the first decision stays; without salt its digest says nothing any more. Raises
    ``NotFound``, ``OwnDecision``, ``NothingToOpen``.
    """
    sealed = access_seals_of_a_report(person_id=by_id, report_id=report_id)
    decision = Decision.objects.select_related("report", "appeal").get(pk=sealed.about)
    if by_id in {decision.report.decided_by_id, decision.appeal and decision.appeal.decided_by_id}:
        raise OwnDecision
    if sealed.destroyed_at is not None:
        raise NothingToOpen
    destroy(sealed=sealed, at=at)
    Decision.objects.filter(pk=decision.pk).update(rule=NOTHING, explanation=NOTHING, facts=NOTHING)
    Report.objects.filter(decisions=decision).update(decision_reason=NOTHING, explanation="")
    record(actor_id=by_id, verb="scrub", subject_kind="decision", subject_id=decision.pk)
    body = {"kind": "scrub", "decision": str(decision.pk), "ground": ground.value}
    logging.append(body=body, at=at, about=decision.pk)


@transaction.atomic
def purge(*, at: datetime) -> int:
    """Destroys the originals whose day has come; how many."""
    due = list(Sealed.objects.filter(keep_until__lt=at).order_by("keep_until"))
    for sealed in due:
        if sealed.destroyed_at is None:
            body = {"kind": "destroyed", "decision": str(sealed.about)}
            logging.append(body=body, at=at, about=sealed.about)
        sealed.delete()
    return len(due)
