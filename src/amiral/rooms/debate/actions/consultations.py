"""Opening a consultation and leading it through its phases."""

import secrets
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.timezone import make_aware

from amiral.cores.phases import (
    REASON_MIN_CHARACTERS,
    Facts,
    Gesture,
    Obstacle,
    Phase,
    following,
    may,
    obstacles,
)
from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.rooms.debate.access import access_consultation_to_manage_by_id, access_territory_to_ask
from amiral.rooms.debate.actions.errors import EarlierDue, NotNow, StepBlocked
from amiral.rooms.debate.contracts import ConsultationDraft, StatementState
from amiral.rooms.debate.models import Challenge, Consultation, MapVersion, Step, Vote
from amiral.rooms.debate.queries.consultations import owed_count
from amiral.rooms.outreach import api as outreach


@transaction.atomic
def open_draft(*, by_id: UUID, draft: ConsultationDraft, at: datetime) -> UUID:
    """A draft that only those who manage it read."""
    access_territory_to_ask(person_id=by_id, territory_id=draft.territory_id)
    row = Consultation(created_by_id=by_id, created_at=at, phase_since=at, salt=secrets.token_hex(32))
    _fill(row, draft)
    row.save(force_insert=True)
    record(actor_id=by_id, verb="draft-consultation", subject_kind="consultation", subject_id=row.pk)
    return row.pk


@transaction.atomic
def edit(*, by_id: UUID, consultation_id: UUID, draft: ConsultationDraft) -> None:
    """Changes a draft; what is open no longer changes."""
    row = _locked(by_id, consultation_id)
    check(row, Gesture.EDIT)
    access_territory_to_ask(person_id=by_id, territory_id=draft.territory_id)
    _fill(row, draft)
    row.save()
    record(actor_id=by_id, verb="edit-consultation", subject_kind="consultation", subject_id=row.pk)


@transaction.atomic
def step(*, by_id: UUID, consultation_id: UUID, to: Phase, reason: str, at: datetime) -> None:
    """Takes the consultation to the phase before or after; public, dated, with a reason when it goes back."""
    row = _locked(by_id, consultation_id)
    _speak(row, at)
    phase = Phase(row.phase)
    found = obstacles(phase=phase, to=to, facts=facts_of(row, at=at), reason=reason)
    if found:
        raise StepBlocked(found)
    Step.objects.create(
        consultation=row, phase=to, came_from=phase, reason=" ".join(reason.split()), by_id=by_id, at=at
    )
    row.phase, row.phase_since = to, at
    row.first_due_on = row.first_due_on or row.answers_due_on
    row.save(update_fields=["phase", "phase_since", "first_due_on"])
    record(actor_id=by_id, verb="step", subject_kind="consultation", subject_id=row.pk, phase=to.value)


@transaction.atomic
def put_off(*, by_id: UUID, consultation_id: UUID, due_on: date, reason: str, at: datetime) -> None:
    """Promises a later day; the first promise stays written beside it, with the reason."""
    row = _locked(by_id, consultation_id)
    if row.phase == Phase.DRAFT:
        raise NotNow(Gesture.FOLLOW_UP)
    if due_on <= row.answers_due_on:
        raise EarlierDue
    if len(" ".join(reason.split())) < REASON_MIN_CHARACTERS:
        raise StepBlocked((Obstacle.NO_REASON,))
    Step.objects.create(
        consultation=row,
        phase=row.phase,
        came_from=row.phase,
        reason=" ".join(reason.split()),
        due_before=row.answers_due_on,
        due_after=due_on,
        by_id=by_id,
        at=at,
    )
    row.answers_due_on = due_on
    row.save(update_fields=["answers_due_on"])
    record(actor_id=by_id, verb="put-off", subject_kind="consultation", subject_id=row.pk)


def check(row: Consultation, gesture: Gesture) -> None:
    """Raises ``NotNow`` unless the phase allows the gesture."""
    if not may(phase=Phase(row.phase), gesture=gesture, overlap=row.overlap):
        raise NotNow(gesture)


def facts_of(row: Consultation, *, at: datetime) -> Facts:
    """What the conditions of the next step ask. Six queries."""
    newest = MapVersion.objects.filter(consultation=row).first()
    votes = Vote.objects.filter(voter__consultation=row).order_by("-pk").values_list("pk", flat=True)
    return Facts(
        framed=bool(row.framing.strip() and row.sources.strip() and row.decider.strip()),
        seconds_left=(end_of(row.answers_due_on) - at).total_seconds(),
        seconds_here=(at - row.phase_since).total_seconds(),
        statements=row.statements.filter(state=StatementState.SHOWN).count(),
        map_is_current=newest is not None and newest.votes_seen >= (votes.first() or 0),
        synthesis_published=row.syntheses.exists(),
        open_challenges=Challenge.objects.filter(
            synthesis__consultation=row, answered_at=None, state=StatementState.SHOWN
        ).count(),
        owed=owed_count(row),
    )


def end_of(day: date) -> datetime:
    """The moment at which a promised day is over, on the clock of the campaign."""
    return make_aware(datetime.combine(day + timedelta(days=1), time()))


def next_phase(row: Consultation) -> Phase | None:
    """What follows."""
    return following(phase=Phase(row.phase))


def _fill(row: Consultation, draft: ConsultationDraft) -> None:
    row.territory_id = draft.territory_id
    row.question, row.framing = draft.question.strip(), draft.framing.strip()
    row.sources, row.decider = draft.sources.strip(), draft.decider.strip()
    row.answers_due_on, row.promised = draft.answers_due_on, draft.promised
    row.identity, row.overlap = draft.identity, draft.overlap
    row.premoderated, row.results_while_voting = draft.premoderated, draft.results_while_voting


def _speak(row: Consultation, at: datetime) -> None:
    """Opening a phase is a publication: it waits while the law imposes silence there."""
    outreach.check_silence(territory_ids=(row.territory_id,), at=at, conduct=Conduct.PUBLICATION)


def _locked(by_id: UUID, consultation_id: UUID) -> Consultation:
    access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    return Consultation.objects.select_for_update().get(pk=consultation_id)
