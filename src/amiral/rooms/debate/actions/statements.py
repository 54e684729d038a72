"""Statements: proposing, seeding, amending, hiding."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from amiral.cores.phases import Gesture
from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.debate.access import (
    access_consultation_to_manage_by_id,
    access_statement_by_id,
    access_statement_to_manage_by_id,
)
from amiral.rooms.debate.actions import ballots
from amiral.rooms.debate.actions.consultations import check
from amiral.rooms.debate.actions.errors import (
    AsksAQuestion,
    BadLine,
    HoldsALink,
    NeedsReason,
    NothingToSay,
    NotVotable,
    OwedStays,
    SaidAlready,
    TextTooLong,
    TooManyLines,
    TooManyToday,
    VotedOn,
)
from amiral.rooms.debate.contracts import (
    DETAILS_MAX_CHARACTERS,
    STATEMENT_MAX_CHARACTERS,
    StatementKind,
    StatementState,
)
from amiral.rooms.debate.models import Argument, Challenge, Consultation, Statement, Voter
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind

DAILY_MOST = 5
SEEDS_MOST = 50
_LINK = re.compile(r"https?://|www\.|\S@\S", re.IGNORECASE)
_OURS: dict[str, tuple[type[Statement] | type[Argument] | type[Challenge], ...]] = {
    SubjectKind.CONTRIBUTION: (Statement, Challenge),
    SubjectKind.ARGUMENT: (Argument,),
}


@transaction.atomic
def propose(
    *,
    consultation_id: UUID,
    key: str,
    text: str,
    details: str = "",
    amends_id: UUID | None = None,
    about_voter: bool = False,
    on: date,
) -> UUID:
    """A statement, a proposal (with ``details``) or an amendment; its author is counted as agreeing."""
    voter = ballots.locked_voter(consultation_id=consultation_id, key=key)
    check(voter.consultation, Gesture.PROPOSE)
    _check_room(voter, on)
    amended = _amended(consultation_id, amends_id)
    row = _new(
        voter.consultation,
        text=text,
        details=details,
        kind=_kind(amended, details),
        amends=amended,
        voter=voter,
        about_voter=about_voter,
        state=StatementState.PENDING if voter.consultation.premoderated else StatementState.SHOWN,
        on=on,
    )
    ballots.add_vote(voter, row, 1)
    return row.pk


@transaction.atomic
def edit(*, consultation_id: UUID, key: str, statement_id: UUID, text: str) -> None:
    """The author corrects his words as long as nobody else has voted on them."""
    voter = ballots.locked_voter(consultation_id=consultation_id, key=key)
    check(voter.consultation, Gesture.PROPOSE)
    row = Statement.objects.select_for_update().filter(pk=statement_id, voter=voter).first()
    if row is None or row.state not in (StatementState.PENDING, StatementState.SHOWN):
        raise NotVotable
    if row.votes.exclude(voter=voter).exists():
        raise VotedOn
    row.text = checked_text(text)
    row.state = StatementState.PENDING if voter.consultation.premoderated else row.state
    row.save(update_fields=["text", "state"])


@transaction.atomic
def seed(*, by_id: UUID, consultation_id: UUID, texts: Sequence[str], on: date) -> int:
    """Statements of whoever asks, several at once; nobody is counted as agreeing with them.

    Raises ``NotFound``, ``NotNow``, ``TooManyLines``, ``BadLine`` with the first that is no statement.
    """
    consultation = access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    _check_seeding(consultation)
    if len(texts) > SEEDS_MOST:
        raise TooManyLines(SEEDS_MOST)
    for text in texts:
        try:
            _new(consultation, text=text, kind=StatementKind.SEED, state=StatementState.SHOWN, on=on)
        except Refused as refusal:
            raise BadLine(text, refusal) from refusal
    record(
        actor_id=by_id,
        verb="seed",
        subject_kind="consultation",
        subject_id=consultation.pk,
        number=len(texts),
    )
    return len(texts)


@transaction.atomic
def add_remark(
    *, by_id: UUID, consultation_id: UUID, text: str, talking_point_id: UUID, times: int, on: date
) -> UUID:
    """What people said at doors, as a statement with how often it was heard."""
    consultation = access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    _check_seeding(consultation)
    row = _new(consultation, text=text, kind=StatementKind.REMARK, state=StatementState.SHOWN, on=on)
    row.talking_point_id, row.times_heard = talking_point_id, times
    row.save(update_fields=["talking_point_id", "times_heard"])
    record(actor_id=by_id, verb="add-remark", subject_kind="statement", subject_id=row.pk)
    return row.pk


@transaction.atomic
def decide(*, by_id: UUID, statement_id: UUID, show: bool, reason: str, at: datetime) -> None:
    """Shows what waits or was hidden, or hides it with a reason that its author reads."""
    row = access_statement_to_manage_by_id(person_id=by_id, statement_id=statement_id)
    if not show and not reason.strip():
        raise NeedsReason
    if not show and row.owed.exists():
        raise OwedStays
    row.state = StatementState.SHOWN if show else StatementState.HIDDEN
    row.reason, row.hidden_at = reason.strip(), None if show else at
    row.decided_by_id = by_id
    row.save(update_fields=["state", "reason", "hidden_at", "decided_by"])
    verb = "show-statement" if show else "hide-statement"
    record(actor_id=by_id, verb=verb, subject_kind="statement", subject_id=row.pk)


@transaction.atomic
def adopt(*, by_id: UUID, statement_id: UUID) -> None:
    """An amendment takes the place of what it amends, which stays readable and is no longer voted on."""
    row = access_statement_to_manage_by_id(person_id=by_id, statement_id=statement_id)
    check(row.consultation, Gesture.PROPOSE)
    if row.amends is None or row.state != StatementState.SHOWN:
        raise NotVotable
    Statement.objects.filter(pk=row.amends.pk).update(state=StatementState.SUPERSEDED)
    record(actor_id=by_id, verb="adopt-amendment", subject_kind="statement", subject_id=row.pk)


@transaction.atomic
def show_waiting(*, by_id: UUID, consultation_id: UUID, at: datetime) -> None:
    """Publishes all statements that wait, after reading them."""
    rows = Statement.objects.filter(consultation_id=consultation_id, state=StatementState.PENDING)
    for pk in rows.values_list("pk", flat=True):
        decide(by_id=by_id, statement_id=pk, show=True, reason="", at=at)


def report(
    *, by_id: UUID | None, statement_id: UUID, grounds: Grounds, explanation: str, email: str = ""
) -> UUID:
    """Reports a statement to the moderators. Its author is a voice, which no person goes with."""
    row, _manages = access_statement_by_id(person_id=by_id, statement_id=statement_id)
    return moderation.report(
        subject_kind=SubjectKind.CONTRIBUTION,
        subject_id=row.pk,
        subject_author_id=None,
        territory_id=row.consultation.territory_id,
        excerpt=row.text,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
        email=email,
    )


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Hides what a moderator's decision names; ``False`` if it is not ours, or gone, or sealed already.

    What whoever manages had hidden is the moderator's from now on: only an appeal shows it again.
    """
    hidden = 0
    for model in _OURS.get(subject_kind, ()):
        rows = model._default_manager.filter(pk=subject_id)
        rows = rows.exclude(state=StatementState.HIDDEN, reason="")
        nobody = {} if model is Challenge else {"decided_by": None}
        hidden += rows.update(hidden_at=at, state=StatementState.HIDDEN, reason="", **nobody)
    return bool(hidden)


def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """An appeal found that it was wrongly hidden."""
    shown = 0
    for model in _OURS.get(subject_kind, ()):
        rows = model._default_manager.filter(pk=subject_id).exclude(hidden_at=None)
        shown += rows.update(hidden_at=None, state=StatementState.SHOWN)
    return bool(shown)


def checked_text(text: str) -> str:
    """One idea in plain words; raises what is wrong with it."""
    plain = " ".join(text.split())
    if not plain:
        raise NothingToSay
    if len(plain) > STATEMENT_MAX_CHARACTERS:
        raise TextTooLong(STATEMENT_MAX_CHARACTERS)
    if plain.endswith("?"):
        raise AsksAQuestion
    if _LINK.search(plain):
        raise HoldsALink
    return plain


def _new(
    consultation: Consultation,
    *,
    text: str,
    kind: StatementKind,
    state: StatementState,
    on: date,
    details: str = "",
    amends: Statement | None = None,
    voter: Voter | None = None,
    about_voter: bool = False,
) -> Statement:
    """The row, numbered under the lock of its consultation."""
    Consultation.objects.select_for_update().get(pk=consultation.pk)
    words, more = checked_text(text), details.replace("\r\n", "\n").strip()
    if len(more) > DETAILS_MAX_CHARACTERS:
        raise TextTooLong(DETAILS_MAX_CHARACTERS)
    living = consultation.statements.exclude(state=StatementState.HIDDEN)
    if living.filter(text__iexact=words).exists():
        raise SaidAlready
    highest = consultation.statements.aggregate(highest=Max("number"))["highest"]
    return Statement.objects.create(
        consultation=consultation,
        number=1 if highest is None else highest + 1,
        kind=kind,
        text=words,
        details=more,
        amends=amends,
        voter=voter,
        about_voter=about_voter,
        state=state,
        written_on=on,
    )


def _kind(amended: Statement | None, details: str) -> StatementKind:
    if amended is not None:
        return StatementKind.AMENDMENT
    return StatementKind.PROPOSAL if details.strip() else StatementKind.STATEMENT


def _amended(consultation_id: UUID, amends_id: UUID | None) -> Statement | None:
    if amends_id is None:
        return None
    shown = Statement.objects.filter(consultation_id=consultation_id, state=StatementState.SHOWN)
    found = shown.filter(pk=amends_id).first()
    if found is None:
        raise NotVotable
    return found


def _check_room(voter: Voter, on: date) -> None:
    if voter.statements.filter(written_on=on).count() >= DAILY_MOST:
        raise TooManyToday(DAILY_MOST)


def _check_seeding(consultation: Consultation) -> None:
    """Seeds may be laid before the opening, too."""
    if consultation.phase != "draft":
        check(consultation, Gesture.PROPOSE)
