"""How votes reach the disk: those of people who vote at the same time in one transaction.

SQLite writes one transaction at a time and each waits for the disk; five statements of SQL for one vote cost
about as much as for fifty. What is checked and written is the same for one vote and for many, on both
databases; each is answered only after the commit (``amiral.kit.together``).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

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
    added: list[Row] = []
    change: Counter[tuple[UUID, int]] = Counter()
    for voter, statement, value in rows:
        before = latest.get((voter, statement))
        if before == value:
            continue
        latest[voter, statement] = value
        added.append((voter, statement, value))
        change[statement, value] += 1
        if before is not None:
            change[statement, before] -= 1
    _insert(added)
    _count(change)


def _insert(rows: Sequence[Row]) -> None:
    if not rows:
        return
    places = ", ".join(["(%s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Vote._meta.db_table} (voter_id, statement_id, value) VALUES {places}",  # noqa: S608
            [part for voter, statement, value in rows for part in (voter, _stored(statement), value)],
        )


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
    where = {_stored(at): at for at in {one.consultation_id for one in ballots}}
    names = {one.pseudonym for one in ballots if one.pseudonym}
    numbers = {one.number for one in ballots}
    # Asked to sort them by id, SQLite reads all voices of the consultation instead of looking some up.
    locks = connection.features.has_select_for_update
    with connection.cursor() as cursor:
        voters = _found(
            cursor, Voter, "consultation_id, pseudonym, id", {"consultation_id": where, "pseudonym": names},
            " ORDER BY id FOR UPDATE" if locks else "",
        )  # fmt: skip
        statements = _found(
            cursor, Statement, "consultation_id, number, id",
            {"consultation_id": where, "number": numbers, "state": [str(StatementState.SHOWN)]},
            " ORDER BY id FOR NO KEY UPDATE" if locks else "",
        )  # fmt: skip
        # Last: whoever waited for a lock above reads the phase of now.
        consultations = _found(cursor, Consultation, "id, phase, overlap", {"id": where})
    return _Known(
        consultations={
            where[at]: Consultation(phase=phase, overlap=bool(overlap))
            for at, phase, overlap in consultations
        },
        voters={(where[at], name): pk for at, name, pk in voters},
        statements={(where[at], number): _as_uuid(pk) for at, number, pk in statements},
    )


def _found(
    cursor: Any, model: type[Model], columns: str, wanted: Mapping[str, Collection[object]], end: str = ""
) -> list[tuple[Any, ...]]:
    """Rows whose columns are among what is wanted. The ORM takes longer to write such a query than the
    database to answer it, and this is what limits how many may vote in a second."""
    if not all(wanted.values()):
        return []
    terms = " AND ".join(f"{name} IN ({', '.join(['%s'] * len(some))})" for name, some in wanted.items())
    cursor.execute(
        f"SELECT {columns} FROM {model._meta.db_table} WHERE {terms}{end}",  # noqa: S608  # names of ours
        [one for some in wanted.values() for one in some],
    )
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
    # A join in this order looks each pair up by its index; SQLite reads the whole table to answer
    # "(voter_id, statement_id) IN (VALUES …)".
    wanted = ", ".join(["(%s, %s)"] * len(pairs))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH asked (voter, statement) AS (VALUES {wanted})"  # noqa: S608  # names of ours
            " SELECT voter_id, statement_id, value"
            f" FROM asked CROSS JOIN {Vote._meta.db_table}"
            " WHERE voter_id = asked.voter AND statement_id = asked.statement ORDER BY id",
            [part for voter, statement in pairs for part in (voter, _stored(statement))],
        )
        return {(voter, stored[statement]): value for voter, statement, value in cursor.fetchall()}


def _stored(one: UUID) -> Any:
    """The id as the database has it: text in SQLite."""
    return one if connection.features.has_native_uuid_field else one.hex


def _as_uuid(stored: Any) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(stored)


def _count(change: Counter[tuple[UUID, int]]) -> None:
    """Adds to the counts of each statement, in the order of their ids."""
    sets = ", ".join(f"{COLUMNS[value]} = {COLUMNS[value]} + %s" for value in _ORDER)
    moved = sorted({statement for (statement, _value), by in change.items() if by})
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Statement._meta.db_table} SET {sets} WHERE id = %s",  # noqa: S608  # names of ours
            [(*(change[one, value] for value in _ORDER), _stored(one)) for one in moved],
        )
