"""Reads of consultations: lists, pages, what a person did by name."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.timezone import localdate

from amiral.cores.phases import ORDER, Gesture, Phase, is_back, may
from amiral.kit.markdown import to_html
from amiral.rooms.debate.access import shows_results
from amiral.rooms.debate.contracts import ConsultationCard, Identity, StatementState
from amiral.rooms.debate.models import (
    Answer,
    Argument,
    Challenge,
    CodeBatch,
    Consultation,
    Follower,
    Lot,
    Milestone,
    OwedAnswer,
    ReplyMove,
    Statement,
    Step,
    Synthesis,
    Vote,
)
from amiral.rooms.debate.queries.labels import identity_label, phase_label, phase_sentence
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory

VOICES_PER_SECOND = 1_000
_NAMED: tuple[tuple[Any, str, str], ...] = (
    (Consultation, "created_by", "created_at"),
    (Step, "by", "at"),
    (CodeBatch, "printed_by", "at"),
    (Lot, "announced_by", "announced_at"),
    (Statement, "decided_by", ""),
    (Argument, "decided_by", ""),
    (Synthesis, "author", "published_at"),
    (Challenge, "answered_by", "answered_at"),
    (Answer, "by", "at"),
    (Milestone, "by", "at"),
    (ReplyMove, "by", "at"),
    (Follower, "person", ""),
)


def kept_of(*, person_id: UUID) -> list[dict[str, Any]]:
    """What bears the person's id: one query per table."""
    found = []
    for model, field, moment in _NAMED:
        for row in model.objects.filter(**{field: person_id}).order_by("pk"):
            at = getattr(row, moment) if moment else None
            line = {"table": model._meta.model_name, "id": str(row.pk), "as": field, "says": str(row)}
            found.append(line | ({"at": at.isoformat()} if at else {}))
    return found


@dataclass(frozen=True, kw_only=True)
class StepView:
    """A phase that began, or a promise put off."""

    label: str
    at: datetime
    reason: str
    is_back: bool
    due_before: date | None
    due_after: date | None


@dataclass(frozen=True, kw_only=True)
class PhaseView:
    """A phase of the calendar; ``state`` is ``done``, ``now`` or ``ahead``."""

    label: str
    sentence: str
    state: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConsultationPage:
    """A consultation with everything that stands on its page."""

    card: ConsultationCard
    framing_html: str
    sources_html: str
    decider: str
    promised: int
    identity: Identity
    identity_label: str
    first_due_on: date | None
    origin: str
    phases: tuple[PhaseView, ...]
    steps: tuple[StepView, ...]
    statements: int
    answered: int
    allowed: frozenset[Gesture]
    shows_results: bool
    waiting: int


def cards(*, person_id: UUID | None, at: datetime) -> tuple[ConsultationCard, ...]:
    """All consultations the person may read: overdue answers first, then the newest. Three queries."""
    rows = _with_owed(Consultation.objects.select_related("territory"))
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_DEBATES)
    mine = Q(territory_id__in=territory.descendant_filter(ancestor_ids=held)) if held else Q(pk=None)
    found = [card_of(row, at=at) for row in rows.filter(~Q(phase=Phase.DRAFT) | mine)]
    return tuple(sorted(found, key=lambda card: (not card.overdue, card.phase == Phase.CLOSED)))


def card_of(row: Consultation, *, at: datetime) -> ConsultationCard:
    """One row, whose ``owed_now`` was counted with it, or is counted now."""
    owed = getattr(row, "owed_now", None)
    owed = owed_count(row) if owed is None else owed
    days_left = (row.answers_due_on - localdate(at)).days
    return ConsultationCard(
        id=row.pk,
        question=row.question,
        phase=Phase(row.phase),
        phase_label=phase_label(row.phase),
        territory_name=row.territory.name,
        answers_due_on=row.answers_due_on,
        days_left=days_left,
        owed=owed,
        overdue=days_left < 0 and row.phase not in _KEPT and (owed > 0 or row.phase not in _ANSWERING),
        url=reverse("debate:consultation", args=[row.pk]),
    )


_ANSWERING = (Phase.ANSWERS, Phase.FOLLOW_UP, Phase.CLOSED)
_KEPT = (Phase.DRAFT, Phase.CLOSED)


def owed_count(row: Consultation) -> int:
    """Promised answers that are missing, of statements that still can be read."""
    return _missing().filter(consultation=row).count()


def _missing() -> QuerySet[OwedAnswer]:
    return OwedAnswer.objects.filter(
        statement__formal_answers=None, statement__state__in=("shown", "superseded")
    )


def _with_owed(rows: QuerySet[Consultation]) -> QuerySet[Consultation]:
    missing = _missing().filter(consultation=OuterRef("pk")).order_by().values("consultation")
    counted = missing.annotate(number=Count("pk")).values("number")
    return rows.annotate(owed_now=Coalesce(Subquery(counted), 0))


def page(*, consultation: Consultation, manages: bool, at: datetime) -> ConsultationPage:
    """The page of one consultation. At most six queries, whose cost does not grow with the voices."""
    steps = list(consultation.steps.all())
    phase = Phase(consultation.phase)
    shown = consultation.statements.filter(state=StatementState.SHOWN)
    return ConsultationPage(
        card=card_of(consultation, at=at),
        framing_html=to_html(consultation.framing),
        sources_html=to_html(consultation.sources),
        decider=consultation.decider,
        promised=consultation.promised,
        identity=Identity(consultation.identity),
        identity_label=identity_label(consultation.identity),
        first_due_on=consultation.first_due_on,
        origin=consultation.origin,
        phases=_phases(phase, steps),
        steps=tuple(map(_step, steps)),
        statements=shown.count(),
        answered=shown.aggregate(all=Sum(F("agreed") + F("disagreed") + F("passed")))["all"] or 0,
        allowed=frozenset(
            one for one in Gesture if may(phase=phase, gesture=one, overlap=consultation.overlap)
        ),
        shows_results=shows_results(consultation),
        waiting=consultation.statements.filter(state=StatementState.PENDING).count() if manages else 0,
    )


def voices(*, consultation: Consultation) -> int:
    """How many have voted. At most one query, which looks at each voice: what it found is kept a second for
    every thousand of them, so that a million are counted four times an hour and a hundred at each visit."""
    name = f"debate-voices:{consultation.pk}"
    known: int | None = cache.get(name)
    if known is None:
        voted = Vote.objects.filter(voter=OuterRef("pk"))
        known = consultation.voters.filter(Exists(voted)).count()
        if seconds := known // VOICES_PER_SECOND:
            cache.set(name, known, timeout=seconds)
    return known


def _step(row: Step) -> StepView:
    return StepView(
        label=phase_label(row.phase),
        at=row.at,
        reason=row.reason,
        is_back=is_back(phase=Phase(row.came_from), to=Phase(row.phase)),
        due_before=row.due_before,
        due_after=row.due_after,
    )


def _phases(now: Phase, steps: list[Step]) -> tuple[PhaseView, ...]:
    since = {step.phase: step.at for step in steps if step.due_after is None}
    place = ORDER.index(now)
    return tuple(
        PhaseView(
            label=phase_label(phase),
            sentence=phase_sentence(phase),
            state="now" if at == place else "done" if at < place else "ahead",
            since=since.get(phase) if at <= place else None,
        )
        for at, phase in enumerate(ORDER)
        if phase != Phase.DRAFT
    )


@dataclass(frozen=True, kw_only=True)
class BatchView:
    """Paper codes printed together."""

    label: str
    size: int
    at: datetime


def batches(*, consultation_id: UUID) -> tuple[BatchView, ...]:
    """The batches of a consultation, the newest first. One query."""
    rows = CodeBatch.objects.filter(consultation_id=consultation_id)
    return tuple(BatchView(label=row.label, size=row.size, at=row.at) for row in rows)


def territories_to_ask(*, person_id: UUID) -> list[tuple[str, str]]:
    """The territories over which the person may ask, by name."""
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_DEBATES)
    cards = territory.territories(territory_ids=held)
    return sorted(((card.id, card.name) for card in cards.values()), key=lambda pair: pair[1])


def follows(*, consultation: Consultation, person_id: UUID | None) -> bool:
    """Whether the person asked to be told. One query, none for nobody."""
    if person_id is None:
        return False
    return Follower.objects.filter(consultation=consultation, person_id=person_id).exists()
