"""What was promised an answer, what was answered, and what is overdue."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from amiral.cores.likeness import Piece, comparison
from amiral.rooms.debate.contracts import Outcome, StatementState
from amiral.rooms.debate.models import (
    Answer,
    Challenge,
    Consultation,
    MapVersion,
    OwedAnswer,
    Statement,
    Synthesis,
)
from amiral.rooms.debate.queries.doubts import consensus_of
from amiral.rooms.debate.queries.labels import outcome_label, promise_label
from amiral.rooms.debate.queries.statements import StatementLine, line_of
from amiral.rooms.debate.queries.versions import document_of


@dataclass(frozen=True, kw_only=True)
class MilestoneView:
    """How far the work is, when."""

    percent: int
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AnswerView:
    """A formal answer with what followed."""

    id: UUID
    outcome: Outcome
    label: str
    reasons: str
    cost: str
    in_charge: str
    at: datetime
    programme: tuple[Piece, ...]
    milestones: tuple[MilestoneView, ...]
    percent: int | None


@dataclass(frozen=True, kw_only=True)
class OwedLine:
    """A statement that was promised an answer. ``hidden``: a moderator hid it since; not told any more."""

    line: StatementLine
    promise_label: str
    rank: int
    answer: AnswerView | None
    overdue_days: int
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class CitedStatement:
    """A statement that a sentence rests on; without words when it was hidden since."""

    number: int
    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ChallengeView:
    """A contradiction and what its author says to it."""

    id: UUID
    text: str
    written_on: date
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SentenceView:
    """A sentence of the synthesis, what it rests on, who contradicts it."""

    number: int
    text: str
    cites: tuple[CitedStatement, ...]
    challenges: tuple[ChallengeView, ...]


@dataclass(frozen=True, kw_only=True)
class EarlierChallenge:
    """A contradiction of a sentence as an earlier version had it."""

    version: int
    sentence: str
    challenge: ChallengeView


@dataclass(frozen=True, kw_only=True)
class SynthesisView:
    """The latest synthesis, and what was said against earlier ones."""

    version: int
    published_at: datetime
    sentences: tuple[SentenceView, ...]
    earlier: tuple[EarlierChallenge, ...]


def owed_of(
    *, version: MapVersion, promised: int, shown: frozenset[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers of the statements highest in consensus, and of those that divide most, by a map.

    First what the map itself calls a consensus or divisive; then, to keep the promise, by group-informed
    consensus, and by how near to half and half everybody's votes are (passes left out).
    """
    drawn = document_of(version)
    voted = [one for one in drawn["statements"] if one["id"] in shown and one["votes"] and not one["meta"]]
    named = consensus_of(version).kept["agree"]
    ranked = sorted(voted, key=_consent)
    consensus = _first([*named, *(one["id"] for one in ranked)], promised, shown)
    split = sorted(voted, key=lambda one: (_evenness(one), one["id"]))
    order = [*(one["id"] for one in drawn["divisive"]), *(one["id"] for one in split)]
    return consensus, _first(order, promised, shown - set(consensus))


def _first(numbers: list[int], most: int, shown: frozenset[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number in numbers if number in shown))[:most]


def _consent(one: dict[str, Any]) -> tuple[float, int]:
    """The highest group-informed consensus first; last where too few of a group voted to tell."""
    informed = one["group_informed_consensus"]
    return (-informed["agree"] if informed else 0.0), one["id"]


def _evenness(one: dict[str, Any]) -> float:
    """0 when as many agree as disagree, 1 when all do the same."""
    both = one["agree"] + one["disagree"]
    return abs(one["agree"] - one["disagree"]) / both if both else 1.0


def owed_numbers(*, consultation_id: UUID) -> tuple[int, ...]:
    """Numbers of the statements that were promised an answer. One query."""
    rows = OwedAnswer.objects.filter(consultation_id=consultation_id)
    return tuple(rows.values_list("statement__number", flat=True))


def owed_lines(*, consultation: Consultation, today: date) -> tuple[OwedLine, ...]:
    """Every promised answer: overdue ones first, then missing ones, then those given. Three queries."""
    rows = OwedAnswer.objects.filter(consultation=consultation).select_related("statement")
    rows = rows.prefetch_related(
        Prefetch("statement__formal_answers", Answer.objects.prefetch_related("milestones"))
    )
    late = max(0, (today - consultation.answers_due_on).days)
    found = [_owed_line(row, late) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.answer is not None, one.hidden, -one.overdue_days)))


def _owed_line(row: OwedAnswer, late: int) -> OwedLine:
    answers = list(row.statement.formal_answers.all())
    hidden = row.statement.state == StatementState.HIDDEN
    return OwedLine(
        line=line_of(row.statement, counts=not hidden),
        promise_label=promise_label(row.promise),
        rank=row.rank,
        answer=answer_view(answers[0]) if answers else None,
        overdue_days=0 if answers or hidden else late,
        hidden=hidden,
    )


def answers_of(*, statement: Statement) -> tuple[AnswerView, ...]:
    """The answers to a statement, the latest first. Two queries."""
    return tuple(map(answer_view, statement.formal_answers.prefetch_related("milestones")))


def answer_view(row: Answer) -> AnswerView:
    """An answer with its milestones, which were fetched with it."""
    milestones = tuple(
        MilestoneView(percent=one.percent, text=one.text, at=one.at) for one in row.milestones.all()
    )
    changed = comparison(row.programme_before, row.programme_after) if row.programme_after else ()
    return AnswerView(
        id=row.pk,
        outcome=Outcome(row.outcome),
        label=outcome_label(row.outcome),
        reasons=row.reasons,
        cost=row.cost,
        in_charge=row.in_charge,
        at=row.at,
        programme=changed,
        milestones=milestones,
        percent=milestones[-1].percent if milestones else None,
    )


def synthesis_of(*, consultation: Consultation) -> SynthesisView | None:
    """The latest synthesis with what it cites and who contradicts it. Four queries."""
    row: Synthesis | None = consultation.syntheses.first()
    if row is None:
        return None
    shown = {
        one.number: one
        for one in consultation.statements.filter(state__in=(StatementState.SHOWN, StatementState.SUPERSEDED))
    }
    challenges: dict[int, list[ChallengeView]] = {}
    for one in row.challenges.filter(state=StatementState.SHOWN):
        challenges.setdefault(one.sentence, []).append(_challenge(one))
    return SynthesisView(
        version=row.version,
        published_at=row.published_at,
        sentences=tuple(
            SentenceView(
                number=number,
                text=one["text"],
                cites=tuple(_cited(cited, shown) for cited in one["cites"]),
                challenges=tuple(challenges.get(number, ())),
            )
            for number, one in enumerate(row.sentences, start=1)
        ),
        earlier=_earlier(row),
    )


def synthesis_text(*, consultation: Consultation) -> str:
    """The latest synthesis as it was typed, to be corrected; empty before the first. One query."""
    row = consultation.syntheses.first()
    sentences = row.sentences if row else ()
    return "\n".join(f"{one['text']} [{', '.join(map(str, one['cites']))}]" for one in sentences)


def _challenge(row: Challenge) -> ChallengeView:
    return ChallengeView(
        id=row.pk,
        text=row.text,
        written_on=row.written_on,
        answer=row.answer,
        answered_at=row.answered_at,
    )


def _earlier(latest: Synthesis) -> tuple[EarlierChallenge, ...]:
    """They count as open until they are answered, and stay readable. One query."""
    rows = Challenge.objects.filter(
        synthesis__consultation_id=latest.consultation_id, state=StatementState.SHOWN
    ).exclude(synthesis=latest)
    return tuple(
        EarlierChallenge(
            version=one.synthesis.version,
            sentence=one.synthesis.sentences[one.sentence - 1]["text"],
            challenge=_challenge(one),
        )
        for one in rows.select_related("synthesis").order_by("synthesis__version", "sentence", "id")
    )


def _cited(number: int, shown: dict[int, Statement]) -> CitedStatement:
    row = shown.get(number)
    if row is None:
        return CitedStatement(number=number, text="", url="")
    return CitedStatement(number=number, text=row.text, url=line_of(row, counts=False).url)
