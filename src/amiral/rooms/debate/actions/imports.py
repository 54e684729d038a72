"""Conversations held elsewhere: exports of Polis and of Decidim become closed consultations to be read."""

import csv
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from amiral.cores.phases import Phase
from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.debate.access import access_territory_to_ask
from amiral.rooms.debate.contracts import (
    DETAILS_MAX_CHARACTERS,
    STATEMENT_MAX_CHARACTERS,
    Identity,
    StatementKind,
    StatementState,
)
from amiral.rooms.debate.models import Consultation, Statement, Step, Vote, Voter

BATCH = 2000
_COLUMNS = {1: "agreed", -1: "disagreed", 0: "passed"}


class UnreadableExport(Refused):
    """A file that is not the export it should be."""

    final = True

    def __init__(self, path: Path, what: str, line: int = 0) -> None:
        place = f"{path.name}, {_('line')} {line}" if line else path.name
        super().__init__(
            _("%(place)s cannot be used (%(what)s). Export it again, or correct that line.")
            % {"place": place, "what": what}
        )


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import made."""

    consultation_id: UUID
    statements: int
    voices: int
    votes: int


@dataclass(frozen=True, kw_only=True)
class _Said:
    number: int
    text: str
    hidden: bool
    about_voter: bool = False
    kind: StatementKind = StatementKind.STATEMENT


@transaction.atomic
def import_polis(
    *, by_id: UUID, folder: Path, question: str, origin: str, territory_id: str, at: datetime
) -> Imported:
    """``comments.csv`` and ``votes.csv`` of a folder, votes in the order of their time. O(votes).

    Statements keep their numbers, so that maps of both speak of the same ones. Raises ``UnreadableExport``.
    """
    said = list(_polis_comments(folder / "comments.csv"))
    votes = sorted(_polis_votes(folder / "votes.csv"))
    row = _closed(by_id, question, origin, territory_id, at)
    statements = _write_statements(row, said, at.date())
    voters = _write_voters(row, sorted({who for _time, _line, who, _number, _value in votes}))
    kept = [(voters[who], number, value) for _t, _l, who, number, value in votes if number in statements]
    Vote.objects.bulk_create(
        (Vote(voter_id=voter, statement=statements[number], value=value) for voter, number, value in kept),
        batch_size=BATCH,
    )
    _write_counts(statements, {(voter, number): value for voter, number, value in kept})
    return Imported(consultation_id=row.pk, statements=len(statements), voices=len(voters), votes=len(kept))


@transaction.atomic
def import_decidim(
    *, by_id: UUID, path: Path, question: str, origin: str, territory_id: str, at: datetime
) -> Imported:
    """An export of proposals or debates (``;``): titles become statements, bodies their details.

    Supports are counted there without voters, so no vote is made of them.
    """
    said: list[_Said] = []
    with _table(path) as rows:
        for line, cells in rows:
            title = next((cells[key] for key in ("title", "title/fr", "title/en") if cells.get(key)), "")
            body = next((cells[key] for key in ("body", "body/fr", "description/fr") if cells.get(key)), "")
            if not title.strip():
                raise UnreadableExport(path, "title", line)
            words = f"{title.strip()}\n{strip_tags(body).strip()}"
            said.append(_Said(number=len(said) + 1, text=words, hidden=False, kind=StatementKind.PROPOSAL))
    row = _closed(by_id, question, origin, territory_id, at)
    made = _write_statements(row, said, at.date())
    return Imported(consultation_id=row.pk, statements=len(made), voices=0, votes=0)


def _closed(by_id: UUID, question: str, origin: str, territory_id: str, at: datetime) -> Consultation:
    """A consultation whose votes are over: its map can be drawn and its synthesis written."""
    access_territory_to_ask(person_id=by_id, territory_id=territory_id)
    row = Consultation.objects.create(
        territory_id=territory_id,
        question=question.strip()[:200],
        framing=_("Imported for reading: nobody votes here."),
        sources=origin,
        decider=_("Nobody promised an answer there."),
        answers_due_on=at.date(),
        first_due_on=at.date(),
        identity=Identity.SESSION,
        premoderated=True,
        results_while_voting=True,
        phase=Phase.FROZEN,
        phase_since=at,
        salt=secrets.token_hex(32),
        origin=origin[:200],
        created_by_id=by_id,
        created_at=at,
    )
    Step.objects.create(
        consultation=row, phase=Phase.FROZEN, came_from=Phase.DRAFT, reason=origin, by_id=by_id, at=at
    )
    record(actor_id=by_id, verb="import-consultation", subject_kind="consultation", subject_id=row.pk)
    return row


def _write_statements(row: Consultation, said: list[_Said], on: date) -> dict[int, Statement]:
    made = [
        Statement(
            consultation=row,
            number=one.number,
            kind=one.kind,
            text=_short(one.text),
            details=_rest(one.text),
            about_voter=one.about_voter,
            state=StatementState.HIDDEN if one.hidden else StatementState.SHOWN,
            reason=_("Moderated there.") if one.hidden else "",
            written_on=on,
        )
        for one in said
    ]
    Statement.objects.bulk_create(made, batch_size=BATCH)
    return {one.number: one for one in made}


def _short(text: str) -> str:
    """The first line, cut where it is too long for a statement."""
    line = " ".join(text.strip().split("\n", 1)[0].split())
    if len(line) <= STATEMENT_MAX_CHARACTERS:
        return line
    return line[: STATEMENT_MAX_CHARACTERS - 1].rstrip() + "…"


def _rest(text: str) -> str:
    """Everything, where the statement holds less than that."""
    whole = text.strip()
    rest = whole.split("\n", 1)[1].strip() if "\n" in whole else ""
    cut = len(" ".join(whole.split("\n", 1)[0].split())) > STATEMENT_MAX_CHARACTERS
    return (whole if cut else rest)[:DETAILS_MAX_CHARACTERS]


def _write_voters(row: Consultation, people: list[int]) -> dict[int, int]:
    """Voices that no key opens; their rows were public already."""
    Voter.objects.bulk_create(
        (
            Voter(consultation=row, number=who, pseudonym=secrets.token_hex(32), opens_votes=True)
            for who in people
        ),
        batch_size=BATCH,
    )
    return dict(Voter.objects.filter(consultation=row).values_list("number", "pk"))


def _write_counts(statements: dict[int, Statement], latest: dict[tuple[int, int], int]) -> None:
    counts = Counter((number, value) for (_voter, number), value in latest.items())
    for (number, value), times in counts.items():
        setattr(statements[number], _COLUMNS[value], times)
    Statement.objects.bulk_update(statements.values(), list(_COLUMNS.values()), batch_size=500)


def _polis_comments(path: Path) -> Iterator[_Said]:
    with _table(path) as rows:
        for line, cells in rows:
            yield _Said(
                number=_whole(path, line, cells, "comment-id"),
                text=cells.get("comment-body") or "…",
                hidden=cells.get("moderated", "").strip() == "-1",
                about_voter=cells.get("is-meta", "").strip().lower() in {"true", "t", "1"},
            )


def _polis_votes(path: Path) -> Iterator[tuple[int, int, int, int, int]]:
    with _table(path) as rows:
        for line, cells in rows:
            value = cells.get("vote", "").strip()
            if value not in {"1", "0", "-1"}:
                raise UnreadableExport(path, f"vote: {value[:20]!r}", line)
            yield (
                _whole(path, line, cells, "timestamp"),
                line,
                _whole(path, line, cells, "voter-id"),
                _whole(path, line, cells, "comment-id"),
                int(value),
            )


def _whole(path: Path, line: int, cells: dict[str, Any], name: str) -> int:
    text = str(cells.get(name) or "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise UnreadableExport(path, f"{name}: {text[:20]!r}", line)
    return int(text)


@contextmanager
def _table(path: Path) -> Iterator[Iterator[tuple[int, dict[str, Any]]]]:
    """Rows by column name with their line; commas, or semicolons as Decidim writes."""
    try:
        with path.open(encoding="utf-8-sig", errors="strict", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = ";" if first.count(";") > first.count(",") else ","
            reader = csv.DictReader(file, delimiter=delimiter)
            yield ((reader.line_num, _filled(cells)) for cells in reader)
    except OSError as error:
        raise UnreadableExport(path, error.strerror or "") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableExport(path, str(error)) from None


def _filled(cells: dict[str | Any, str | Any]) -> dict[str, Any]:
    """A line that was cut short has empty cells; what stands beyond the header is left out."""
    return {name: text or "" for name, text in cells.items() if name is not None}
