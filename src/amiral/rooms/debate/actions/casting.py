"""How votes reach the disk: those of people who vote at the same time in one transaction.

SQLite writes one transaction at a time and each waits for the disk; five statements of SQL for one vote cost
about as much as for fifty. What is checked and written is the same for one vote and for many, on both
databases; each is answered only after the commit (``amiral.kit.together``).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from amiral.cores.phases import Gesture
from amiral.kit.errors import Refused
from amiral.kit.together import Together
from amiral.rooms.debate.actions.consultations import check
from amiral.rooms.debate.actions.errors import NoKey, NotVotable
from amiral.rooms.debate.contracts import StatementState
from amiral.rooms.debate.models import Consultation, Statement, Vote, Voter

COLUMNS = {1: "agreed", -1: "disagreed", 0: "passed"}
"""Where a statement counts each answer."""
_ORDER = tuple(COLUMNS)
Row = tuple[int, UUID, int]
"""Id of a voice, id of a statement, 1, 0 or -1."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """One gesture as it was sent. ``pseudonym``: the hash of the key; empty without one."""

    consultation_id: UUID
    pseudonym: str
    number: int
    value: int

    @property
    def voter(self) -> tuple[UUID, str]:
        """What names the voice."""
        return self.consultation_id, self.pseudonym

    @property
    def statement(self) -> tuple[UUID, int]:
        """What names the statement."""
        return self.consultation_id, self.number


def cast(ballot: Ballot) -> None:
    """Raises what refuses it, else returns once it is committed. Five queries and one
    for each statement, however many votes come at once."""
    if connection.in_atomic_block:
        # Whoever holds a transaction must not wait for another thread, which may be waiting for it.
        outcomes = write([ballot])
        if outcomes[0] is not None:
            raise outcomes[0]
        return
    _TOGETHER(ballot)


def write(ballots: Sequence[Ballot]) -> list[Refused | None]:
    """All of them in one transaction; what refuses one does not touch the others."""
    with transaction.atomic():
        known = _known(ballots)
        outcomes = [_refusal(one, known) for one in ballots]
        add(
            [
                (known.voters[one.voter], known.statements[one.statement], one.value)
                for one, refusal in zip(ballots, outcomes, strict=True)
                if refusal is None
            ]
        )
    return outcomes


_TOGETHER: Together[Ballot, None] = Together(write)


def add(rows: Sequence[Row]) -> None:
    """Adds votes in this order; an answer that repeats the latest one is none. The caller's transaction holds
    the voices. At most three queries, and one for each statement."""
    latest = _latest(rows)
    added: list[Vote] = []
    change: Counter[tuple[UUID, int]] = Counter()
    for voter, statement, value in rows:
        before = latest.get((voter, statement))
        if before == value:
            continue
        latest[voter, statement] = value
        added.append(Vote(voter_id=voter, statement_id=statement, value=value))
        change[statement, value] += 1
        if before is not None:
            change[statement, before] -= 1
    Vote.objects.bulk_create(added)
    _count(change)


def hold(statement_ids: Iterable[UUID]) -> None:
    """Takes statements before their counts change, always in the same order: two who change several at once
    do not wait for each other. Nothing to do on SQLite, where one transaction writes at a time."""
    if connection.features.has_select_for_update:
        rows = Statement.objects.filter(pk__in=list(statement_ids)).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What some ballots name: voices and statements that may be voted on by what names them, held until the
    transaction ends, in the order of their ids."""

    consultations: dict[UUID, Consultation]
    voters: dict[tuple[UUID, str], int]
    statements: dict[tuple[UUID, int], UUID]


def _known(ballots: Sequence[Ballot]) -> _Known:
    """Three queries."""
    where = {one.consultation_id for one in ballots}
    voters = Voter.objects.filter(
        consultation_id__in=where, pseudonym__in={one.pseudonym for one in ballots if one.pseudonym}
    )
    shown = Statement.objects.filter(
        consultation_id__in=where, number__in={one.number for one in ballots}, state=StatementState.SHOWN
    )
    voters = voters.order_by("pk").select_for_update()
    shown = shown.order_by("pk").select_for_update(no_key=True)
    return _Known(
        voters={(at, name): pk for at, name, pk in voters.values_list("consultation_id", "pseudonym", "pk")},
        statements={(at, no): pk for at, no, pk in shown.values_list("consultation_id", "number", "pk")},
        consultations=Consultation.objects.only("phase", "overlap").in_bulk(where),
    )


def _refusal(ballot: Ballot, known: _Known) -> Refused | None:
    try:
        if ballot.voter not in known.voters:
            raise NoKey
        check(known.consultations[ballot.consultation_id], Gesture.VOTE)
        if ballot.statement not in known.statements:
            raise NotVotable
    except Refused as refusal:
        return refusal
    return None


def _latest(rows: Iterable[Row]) -> dict[tuple[int, UUID], int]:
    """The answers that count until now, of these voices on these statements."""
    pairs = {row[:2] for row in rows}
    stored = {_stored(statement): statement for _voter, statement in pairs}
    if not pairs:
        return {}
    # The ORM takes longer to write this condition than the database to find the rows.
    wanted = ", ".join(["(%s, %s)"] * len(pairs))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT voter_id, statement_id, value FROM {Vote._meta.db_table}"  # noqa: S608  # names of ours
            f" WHERE (voter_id, statement_id) IN (VALUES {wanted}) ORDER BY id",
            [part for voter, statement in pairs for part in (voter, _stored(statement))],
        )
        return {(voter, stored[statement]): value for voter, statement, value in cursor.fetchall()}


def _stored(statement_id: UUID) -> Any:
    """The id as the database has it: text in SQLite."""
    return Statement._meta.pk.get_db_prep_value(statement_id, connection)


def _count(change: Counter[tuple[UUID, int]]) -> None:
    """Adds to the counts of each statement, in the order of their ids."""
    sets = ", ".join(f"{COLUMNS[value]} = {COLUMNS[value]} + %s" for value in _ORDER)
    moved = sorted({statement for (statement, _value), by in change.items() if by})
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Statement._meta.db_table} SET {sets} WHERE id = %s",  # noqa: S608  # names of ours
            [(*(change[one, value] for value in _ORDER), _stored(one)) for one in moved],
        )
