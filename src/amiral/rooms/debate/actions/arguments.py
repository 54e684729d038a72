"""Arguments for and against, each with what it rests on."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from amiral.cores.phases import Gesture
from amiral.kit.audit import record
from amiral.kit.errors import NotFound
from amiral.rooms.debate.access import access_argument_by_id, access_statement_by_id
from amiral.rooms.debate.actions import ballots
from amiral.rooms.debate.actions.consultations import check
from amiral.rooms.debate.actions.errors import (
    BadSource,
    NeedsReason,
    NoSource,
    NothingToSay,
    NotVotable,
    TextTooLong,
    TooManyToday,
)
from amiral.rooms.debate.contracts import (
    ARGUMENT_MAX_CHARACTERS,
    SOURCES_MAX,
    Side,
    SourceTyped,
    StatementState,
)
from amiral.rooms.debate.models import Argument, ArgumentSource, Statement
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind

DAILY_MOST = 10
ARCHIVE_MAX_CHARACTERS = 100_000


@transaction.atomic
def argue(
    *, key: str, statement_id: UUID, side: Side, text: str, sources: Sequence[SourceTyped], on: date
) -> UUID:
    """An argument with its sources. What stood at each address can be kept with it; its hash says so."""
    statement = Statement.objects.filter(pk=statement_id, state=StatementState.SHOWN).first()
    if statement is None:
        raise NotVotable
    voter = ballots.locked_voter(consultation_id=statement.consultation_id, key=key)
    check(voter.consultation, Gesture.ARGUE)
    if voter.arguments.filter(written_on=on).count() >= DAILY_MOST:
        raise TooManyToday(DAILY_MOST)
    row = Argument.objects.create(
        statement=statement,
        side=side,
        text=_text(text),
        voter=voter,
        state=StatementState.PENDING if voter.consultation.premoderated else StatementState.SHOWN,
        written_on=on,
    )
    checked = _checked(sources, on)
    ArgumentSource.objects.bulk_create(_source(row, source) for source in checked)
    return row.pk


@transaction.atomic
def withdraw(*, consultation_id: UUID, key: str, argument_id: UUID) -> None:
    """Its author takes an argument back, in any phase: it is deleted with its sources.

    What was hidden stays, with the reason. Raises ``NoKey``; ``NotFound`` for what this voice did not write.
    """
    voter = ballots.locked_voter(consultation_id=consultation_id, key=key)
    gone = voter.arguments.filter(pk=argument_id).exclude(state=StatementState.HIDDEN)
    if not gone.delete()[0]:
        raise NotFound


@transaction.atomic
def decide(*, by_id: UUID, argument_id: UUID, show: bool, reason: str, at: datetime) -> None:
    """Shows an argument, or hides it with a reason that its author reads."""
    row, manages = access_argument_by_id(person_id=by_id, argument_id=argument_id)
    if not manages:
        raise NotVotable
    if not show and not reason.strip():
        raise NeedsReason
    row.state = StatementState.SHOWN if show else StatementState.HIDDEN
    row.reason, row.hidden_at, row.decided_by_id = reason.strip(), None if show else at, by_id
    row.save(update_fields=["state", "reason", "hidden_at", "decided_by"])
    verb = "show-argument" if show else "hide-argument"
    record(actor_id=by_id, verb=verb, subject_kind="argument", subject_id=row.pk)


@transaction.atomic
def show_waiting(*, by_id: UUID, consultation_id: UUID, at: datetime) -> None:
    """Publishes all arguments that wait, after reading them."""
    rows = Argument.objects.filter(statement__consultation_id=consultation_id, state=StatementState.PENDING)
    for pk in rows.values_list("pk", flat=True):
        decide(by_id=by_id, argument_id=pk, show=True, reason="", at=at)


def report(
    *, by_id: UUID | None, argument_id: UUID, grounds: Grounds, explanation: str, email: str = ""
) -> UUID:
    """Reports an argument to the moderators."""
    row, _manages = access_argument_by_id(person_id=by_id, argument_id=argument_id)
    statement, _manages = access_statement_by_id(person_id=by_id, statement_id=row.statement_id)
    return moderation.report(
        subject_kind=SubjectKind.ARGUMENT,
        subject_id=row.pk,
        subject_author_id=None,
        territory_id=statement.consultation.territory_id,
        excerpt=row.text,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
        email=email,
    )


def _source(row: Argument, source: SourceTyped) -> ArgumentSource:
    kept = source.archived_text.replace("\r\n", "\n").strip()
    if len(kept) > ARCHIVE_MAX_CHARACTERS:
        raise TextTooLong(ARCHIVE_MAX_CHARACTERS)
    return ArgumentSource(
        argument=row,
        url=source.url.strip(),
        note=source.note.strip(),
        consulted_on=source.consulted_on,
        archived_text=kept,
        archived_sha256=sha256(kept.encode()).hexdigest() if kept else "",
    )


def _checked(sources: Sequence[SourceTyped], on: date) -> Sequence[SourceTyped]:
    if not sources:
        raise NoSource
    good = all(one.note.strip() and one.consulted_on <= on and is_web(one.url) for one in sources)
    if not good or len(sources) > SOURCES_MAX:
        raise BadSource
    return sources


def is_web(url: str) -> bool:
    """Whether an address leads to a page of the web."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in parts.netloc and len(url) <= 500


def _text(text: str) -> str:
    plain = " ".join(text.split())
    if not plain:
        raise NothingToSay
    if len(plain) > ARGUMENT_MAX_CHARACTERS:
        raise TextTooLong(ARGUMENT_MAX_CHARACTERS)
    return plain
