"""Reads of statements: lists, one statement, the next one, near-duplicates."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.cores.likeness import Piece, comparison, nearest
from amiral.cores.routing import Candidate, drawn, weights
from amiral.kit.errors import NotFound
from amiral.rooms.debate.access import READABLE
from amiral.rooms.debate.contracts import LEAST_PEOPLE, VALUES, Choice, StatementKind, StatementState
from amiral.rooms.debate.models import Consultation, Statement, Voter
from amiral.rooms.debate.queries import arguing
from amiral.rooms.debate.queries.labels import choice_label, kind_label, state_label
from amiral.rooms.debate.queries.versions import extremities
from amiral.rooms.debate.queries.voices import pseudonym_of

PER_PAGE = 25
ORDERS = ("number", "-agreed", "-disagreed", "-number")
_CHOICES = {value: choice for choice, value in VALUES.items()}


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """A statement as lists show it. Counts are ``None`` while results are not shown, and under five.

    ``sealed``: a moderator hid it; ``text`` is then empty for everybody but its author.
    """

    id: UUID
    number: int
    text: str
    kind: StatementKind
    kind_label: str
    state: StatementState
    state_label: str
    sealed: bool
    reason: str
    times_heard: int | None
    agreed: int | None
    disagreed: int | None
    passed: int | None
    own: str
    own_label: str
    url: str

    @property
    def votes(self) -> int:
        return (self.agreed or 0) + (self.disagreed or 0) + (self.passed or 0)


@dataclass(frozen=True, kw_only=True)
class NextStatement:
    """What is shown to vote on; ``left`` counts it too. ``line`` is None when everything was answered."""

    line: StatementLine | None
    details: str
    answered: int
    left: int


def line_of(row: Statement, *, counts: bool, own: str = "", for_author: bool = False) -> StatementLine:
    """One row, ready to be shown; ``counts`` if they may be, of five people or more."""
    counts = counts and row.answers >= LEAST_PEOPLE
    return StatementLine(
        id=row.pk,
        number=row.number,
        text=row.text if for_author or not row.is_sealed else "",
        kind=StatementKind(row.kind),
        kind_label=kind_label(row.kind),
        state=StatementState(row.state),
        state_label=state_label(row.state),
        sealed=row.is_sealed,
        reason=_reason(row),
        times_heard=row.times_heard,
        agreed=row.agreed if counts else None,
        disagreed=row.disagreed if counts else None,
        passed=row.passed if counts else None,
        own=own,
        own_label=choice_label(own) if own else "",
        url=reverse("debate:statement", args=[row.pk]),
    )


def _reason(row: Statement) -> str:
    """Why it is hidden: what whoever manages wrote, or where a moderator wrote it."""
    if row.is_sealed:
        return _("a moderator hid it; the public log says on what ground.")
    return row.reason


def shown(consultation_id: UUID) -> QuerySet[Statement]:
    """Those that may be read and voted on."""
    return Statement.objects.filter(consultation_id=consultation_id, state=StatementState.SHOWN)


def statement_page(
    *, consultation: Consultation, text: str, order: str, number: int, counts: bool
) -> "Page[StatementLine]":
    """A page of statements that hold every word of ``text``. Two queries."""
    rows = shown(consultation.pk).order_by(order if order in ORDERS and counts else "number", "number")
    for word in text.split()[:8]:
        rows = rows.filter(text__icontains=word)
    page: Page[Any] = Paginator(rows, PER_PAGE).get_page(number)
    page.object_list = [line_of(row, counts=counts) for row in page.object_list]
    return page


def waiting(*, consultation_id: UUID) -> tuple[StatementLine, ...]:
    """What waits to be read by who manages. One query."""
    rows = Statement.objects.filter(consultation_id=consultation_id, state=StatementState.PENDING)
    return tuple(line_of(row, counts=False) for row in rows)


def hidden(*, consultation_id: UUID) -> tuple[StatementLine, ...]:
    """What was hidden, for who manages. One query."""
    rows = Statement.objects.filter(consultation_id=consultation_id, state=StatementState.HIDDEN)
    return tuple(line_of(row, counts=True) for row in rows)


def written_by(*, voter: Voter) -> tuple[StatementLine, ...]:
    """What a voice has written, whatever became of it. One query."""
    rows = voter.statements.order_by("number")
    return tuple(line_of(row, counts=False, for_author=True) for row in rows)


def near(*, consultation_id: UUID, text: str) -> tuple[StatementLine, ...]:
    """Statements that say nearly the same, the nearest first. One query; O(characters of all)."""
    rows = {row.number: row for row in shown(consultation_id)}
    found = nearest(text, {number: row.text for number, row in rows.items()})
    return tuple(line_of(rows[number], counts=False) for number, _score in found)


def differences(*, row: Statement) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """What an amendment changes: of the words, and of the details; nothing of what was hidden since."""
    if row.amends is None or row.amends.state not in READABLE:
        return (), ()
    return comparison(row.amends.text, row.text), comparison(row.amends.details, row.details)


def amendments_of(*, row: Statement) -> tuple[tuple[StatementLine, tuple[Piece, ...]], ...]:
    """The amendments of a statement, each with what it changes. One query."""
    rows = row.amendments.filter(state=StatementState.SHOWN).order_by("number")
    return tuple((line_of(one, counts=False), comparison(row.text, one.text)) for one in rows)


def own_statement(*, statement_id: UUID, key_of: Callable[[UUID], str]) -> tuple[Statement, Consultation]:
    """A statement for the voice that wrote it; ``NotFound`` for anybody else."""
    row = Statement.objects.select_related("consultation", "voter").filter(pk=statement_id).first()
    key = key_of(row.consultation_id) if row else ""
    if row is None or row.voter is None or not key:
        raise NotFound
    if row.voter.pseudonym != pseudonym_of(consultation_id=row.consultation_id, key=key):
        raise NotFound
    return row, row.consultation


def votes_of(*, voter: Voter | None) -> dict[UUID, Choice]:
    """The latest answer of a voice on each statement. One query, none without a voice."""
    if voter is None:
        return {}
    rows = voter.votes.order_by("pk").values_list("statement_id", "value")
    return {statement: _CHOICES[value] for statement, value in rows}


def tried_votes(*, consultation_id: UUID, tried: Mapping[int, Choice]) -> dict[UUID, Choice]:
    """What somebody tried, by statement. One query, none without a try."""
    if not tried:
        return {}
    rows = shown(consultation_id).filter(number__in=list(tried)).values_list("pk", "number")
    return {statement: tried[number] for statement, number in rows}


def answered_lines(*, voter: Voter) -> tuple[StatementLine, ...]:
    """What a voice answered, as he may read and change it. Two queries."""
    own = votes_of(voter=voter)
    rows = shown(voter.consultation_id).filter(pk__in=list(own)).order_by("number")
    return tuple(line_of(row, counts=False, own=own[row.pk]) for row in rows)


def next_statement(*, consultation: Consultation, answered: Mapping[UUID, Choice], who: str) -> NextStatement:
    """The statement whose turn it is for somebody who answered those. ``who`` makes the draw: the same voice
    with as many answers sees the same statement, so that nobody shops for one by reloading. Five queries."""
    rows = shown(consultation.pk)
    # Columns alone, of thousands of statements: their rows as objects take ten times longer.
    mine = list(rows.filter(pk__in=list(answered)).values_list("about_voter", flat=True))
    open_ = list(rows.exclude(pk__in=list(answered)).values_list(*_COUNTED))
    if not open_:
        return NextStatement(line=None, details="", answered=len(mine), left=0)
    found = weights(
        _candidates(open_, extremities(consultation_id=consultation.pk)),
        answered=len(mine),
        meta_answered=sum(mine),
    )
    number = open_[drawn(found, chance=_chance(f"{who}:{len(mine)}"))][0]
    chosen = rows.get(number=number)
    return NextStatement(
        line=line_of(chosen, counts=False), details=chosen.details, answered=len(mine), left=len(open_)
    )


_COUNTED = ("number", "agreed", "disagreed", "passed", "kind", "about_voter")


def _candidates(rows: Iterable[tuple[Any, ...]], far: Mapping[int, float]) -> list[Candidate]:
    return [
        Candidate(
            statement=number,
            agree=agreed,
            disagree=disagreed,
            passed=passed,
            extremity=far.get(number, 0.0),
            core=kind == StatementKind.SEED,
            meta=about_voter,
        )
        for number, agreed, disagreed, passed, kind, about_voter in rows
    ]


def _chance(seed: str) -> float:
    """From 0 to just under 1, the same for the same text."""
    return (int.from_bytes(sha256(seed.encode()).digest()[:8]) >> 11) * 2**-53


def export_of(*, consultation: Consultation, voter: Voter | None) -> dict[str, Any]:
    """What a key holds: votes in the order they were given, words. Statements that were hidden since have
    none, except one's own. Six queries."""
    if voter is None:
        return {"consultation": str(consultation.pk)} | {name: [] for name in _EXPORTED}
    votes = voter.votes.order_by("pk").select_related("statement")
    return {
        "consultation": str(consultation.pk),
        "question": consultation.question,
        "votes": [
            {
                "statement": one.statement.number,
                "text": one.statement.text if one.statement.state in READABLE else "",
                "vote": _CHOICES[one.value].value,
            }
            for one in votes
        ],
        "written": [
            {"statement": row.number, "text": row.text, "details": row.details, "state": row.state}
            for row in voter.statements.order_by("number")
        ],
        "argued": arguing.kept_of(voter=voter),
        "contradicted": [
            {"sentence": row.sentence, "text": row.text, "state": row.state}
            for row in voter.challenges.order_by("written_on", "pk")
        ],
    }


_EXPORTED = ("votes", "written", "argued", "contradicted")


def id_of(*, consultation_id: UUID, number: int) -> UUID:
    """The statement of that number, else ``NotFound``. One query."""
    found = Statement.objects.filter(consultation_id=consultation_id, number=number)
    pk = found.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound
    return pk
