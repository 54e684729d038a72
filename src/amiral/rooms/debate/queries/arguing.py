"""Arguments as pages show them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound
from amiral.rooms.debate.access import READABLE
from amiral.rooms.debate.contracts import Side, StatementState
from amiral.rooms.debate.models import Argument, ArgumentSource, Statement, Voter
from amiral.rooms.debate.queries.labels import side_label, state_label


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """What an argument rests on."""

    url: str
    note: str
    consulted_on: date
    archived_text: str
    archived_sha256: str


@dataclass(frozen=True, kw_only=True)
class ArgumentView:
    """An argument and its sources."""

    id: UUID
    side: Side
    side_label: str
    text: str
    state: StatementState
    state_label: str
    sealed: bool
    reason: str
    statement_number: int
    sources: tuple[SourceView, ...]


def of_statement(*, statement: Statement) -> tuple[tuple[ArgumentView, ...], tuple[ArgumentView, ...]]:
    """Those for and those against that are shown. Two queries."""
    rows = statement.arguments.filter(state=StatementState.SHOWN)
    found = [_view(row) for row in rows.select_related("statement").prefetch_related("sources")]
    return (
        tuple(one for one in found if one.side == Side.FOR),
        tuple(one for one in found if one.side == Side.AGAINST),
    )


def waiting(*, consultation_id: UUID) -> tuple[ArgumentView, ...]:
    """What waits to be read, but under a statement that a moderator hid. Two queries."""
    rows = Argument.objects.filter(statement__consultation_id=consultation_id, state=StatementState.PENDING)
    rows = rows.exclude(statement__state=StatementState.HIDDEN, statement__reason="")
    return tuple(_view(row) for row in rows.select_related("statement").prefetch_related("sources"))


def hidden(*, consultation_id: UUID) -> tuple[ArgumentView, ...]:
    """What those who manage hid, under statements that are read; not what a moderator hid. Two queries."""
    rows = Argument.objects.filter(
        statement__consultation_id=consultation_id, state=StatementState.HIDDEN, statement__state__in=READABLE
    ).exclude(reason="")
    return tuple(_view(row) for row in rows.select_related("statement").prefetch_related("sources"))


def written_by(*, voter: Voter) -> tuple[ArgumentView, ...]:
    """What a voice has argued, whatever became of it. Two queries."""
    rows = voter.arguments.select_related("statement").prefetch_related("sources")
    return tuple(map(_view, rows))


def own(*, argument_id: UUID, consultation_id: UUID, voter: Voter | None) -> ArgumentView:
    """An argument for the voice that may withdraw it; ``NotFound`` for anybody else. Two queries."""
    rows = Argument.objects.filter(pk=argument_id, statement__consultation_id=consultation_id, voter=voter)
    rows = rows.exclude(state=StatementState.HIDDEN).select_related("statement").prefetch_related("sources")
    row = rows.first() if voter else None
    if row is None:
        raise NotFound
    return _view(row)


def kept_of(*, voter: Voter) -> list[dict[str, object]]:
    """What a voice has argued, for its own file. Two queries."""
    return [
        {
            "statement": one.statement_number,
            "side": one.side.value,
            "text": one.text,
            "state": one.state.value,
            "sources": [
                {
                    "url": source.url,
                    "note": source.note,
                    "read_on": source.consulted_on.isoformat(),
                    "copy": source.archived_text,
                }
                for source in one.sources
            ],
        }
        for one in written_by(voter=voter)
    ]


def _reason(row: Argument) -> str:
    if row.is_sealed:
        return _("a moderator hid it; the public log says on what ground.")
    return row.reason


def _view(row: Argument) -> ArgumentView:
    return ArgumentView(
        id=row.pk,
        side=Side(row.side),
        side_label=side_label(row.side),
        text=row.text,
        state=StatementState(row.state),
        state_label=state_label(row.state),
        sealed=row.is_sealed,
        reason=_reason(row),
        statement_number=row.statement.number,
        sources=tuple(map(_source, row.sources.all())),
    )


def _source(row: ArgumentSource) -> SourceView:
    return SourceView(
        url=row.url,
        note=row.note,
        consulted_on=row.consulted_on,
        archived_text=row.archived_text,
        archived_sha256=row.archived_sha256,
    )
