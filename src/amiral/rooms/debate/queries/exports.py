"""A consultation as open data: one archive of plain files, the same bytes for the same content.

Votes are told as counts of five or more. The rows of those who agreed to publish theirs stand apart, under
numbers that mean nothing elsewhere, with a map that anybody computes again to the same bytes.
"""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from amiral.rooms.debate.access import shows_results
from amiral.rooms.debate.contracts import LEAST_PEOPLE, StatementState
from amiral.rooms.debate.models import Answer, ArgumentSource, Consultation, MapVersion
from amiral.rooms.debate.queries import open_rows
from amiral.rooms.debate.queries.lots import lot_of
from amiral.rooms.debate.queries.statements import shown
from amiral.rooms.debate.queries.versions import Json, document_of, newest

_EPOCH = (1980, 1, 1, 0, 0, 0)
README = """\
Open data of a consultation, made by Amiral.

consultation.json    question, frame, promise, calendar
statements.csv       statements that are shown; counts where five people or more answered
votes-by-group.csv   answers by group of the latest map; what would tell how fewer than five people voted is
                     left out, here and in map.json
arguments.csv        arguments with their sources (one line per source)
answers.csv          formal answers with their milestones (one line per milestone)
map.json             the latest map as it was published
map-once.json        the same votes with each set of linked voices as one; only where there are such sets
sample.json          answers of those who were drawn by lot, beside the others'; only where enough answered
open/                rows of votes of those who agreed to publish theirs, and the map of these rows alone;
                     where linked voices are among them, open/map-once.json counts each set of them as one

To compute the map of the open rows again and compare every byte:

    amiral opinion verify open/map.json open/votes.csv
    amiral opinion verify open/map.json open/votes.csv --once open/map-once.json
    amiral opinion map open/votes.csv --comments open/comments.csv --out again.json

Counts and maps are left out while the consultation does not show results yet. Statements that a moderator hid
are left out of every file. open/ holds the votes that the latest map has seen; it may be missing for a while
after people who published their rows withdrew them.
"""


def archive(*, consultation: Consultation) -> bytes:
    """The whole archive. Thirteen queries; no map is computed."""
    results = shows_results(consultation)
    files = {
        "README.txt": README.encode(),
        "consultation.json": _json(_consultation(consultation)),
        "statements.csv": _csv(_STATEMENT, _statements(consultation, results=results)),
        "arguments.csv": _csv(_ARGUMENT, _arguments(consultation)),
        "answers.csv": _csv(_ANSWER, _answers(consultation)),
    }
    if results:
        version = newest(consultation_id=consultation.pk)
        files |= _map(consultation, version) | _open_rows(version)
        files |= _recounts(version) if version else {}
    return _zip(files)


def _open_rows(version: MapVersion | None) -> dict[str, bytes]:
    """``open/``: what was kept for this map (``actions.opening``); nothing while it is made anew."""
    kept = open_rows.fresh(version=version) if version else None
    if kept is None:
        return {}
    files = {
        "open/votes.csv": kept.votes.encode(),
        "open/comments.csv": kept.comments.encode(),
        "open/map.json": kept.document.encode(),
    }
    if kept.once_document:
        files["open/map-once.json"] = kept.once_document.encode()
    return files


def _map(consultation: Consultation, version: MapVersion | None) -> dict[str, bytes]:
    if version is None:
        return {}
    known = set(shown(consultation.pk).values_list("number", flat=True))
    cells = list(_cells(document_of(version), known))
    return {
        "map.json": version.document.encode(),
        "votes-by-group.csv": _csv(("statement", "group", "votes", "agree", "disagree"), cells),
    }


def _recounts(version: MapVersion) -> dict[str, bytes]:
    """The same votes counted otherwise, where that says anything."""
    files = {"map-once.json": version.once_document.encode()} if version.once_document else {}
    return files | ({"sample.json": _json(version.control)} if version.control else {})


def _lot(row: Consultation) -> Json | None:
    """All that it takes to check the draw of the sample."""
    lot = lot_of(consultation_id=row.pk)
    if lot is None:
        return None
    told: Json = {"size": lot.size, "source": lot.source, "commitment": lot.commitment}
    told["announced_at"] = lot.announced_at.isoformat()
    if lot.drawn_at:
        told |= {"drawn_at": lot.drawn_at.isoformat(), "secret": lot.secret, "result": lot.result}
        told |= {"members": lot.members, "members_sha256": lot.members_sha256}
    return told


def _cells(drawn: Json, known: set[int]) -> Iterable[Sequence[Any]]:
    for one in drawn["statements"]:
        for name, counts in sorted(one["groups"].items()):
            if one["id"] in known and counts:
                yield one["id"], name, counts["votes"], counts["agree"], counts["disagree"]


def _consultation(row: Consultation) -> Json:
    return {
        "question": row.question,
        "framing": row.framing,
        "sources": row.sources,
        "decider": row.decider,
        "answers_due_on": row.answers_due_on.isoformat(),
        "first_due_on": row.first_due_on.isoformat() if row.first_due_on else None,
        "promised": row.promised,
        "identity": row.identity,
        "double_voices_at_most": row.double_voices,
        "drawn_by_lot": _lot(row),
        "phase": row.phase,
        "origin": row.origin,
        "steps": [
            {
                "at": step.at.isoformat(),
                "phase": step.phase,
                "came_from": step.came_from,
                "reason": step.reason,
                "due_before": step.due_before.isoformat() if step.due_before else None,
                "due_after": step.due_after.isoformat() if step.due_after else None,
            }
            for step in row.steps.all()
        ],
        "synthesis": [
            {"version": one.version, "published_at": one.published_at.isoformat(), "sentences": one.sentences}
            for one in row.syntheses.all()
        ],
    }


_STATEMENT = ("number", "text", "details", "kind", "amends", "heard", "agree", "disagree", "pass")


def _statements(row: Consultation, *, results: bool) -> Iterable[Sequence[Any]]:
    for one in shown(row.pk).select_related("amends").order_by("number"):
        told = results and one.answers >= LEAST_PEOPLE
        counts = (one.agreed, one.disagreed, one.passed) if told else ("", "", "")
        amended = one.amends.number if one.amends else ""
        yield one.number, one.text, one.details, one.kind, amended, one.times_heard or "", *counts


_ARGUMENT = ("statement", "side", "text", "source", "note", "read_on", "archived_sha256", "archived_text")


def _arguments(row: Consultation) -> Iterable[Sequence[Any]]:
    sources = ArgumentSource.objects.filter(
        argument__statement__consultation=row,
        argument__state=StatementState.SHOWN,
        argument__statement__state=StatementState.SHOWN,
    ).select_related("argument__statement")
    for one in sources.order_by("argument__statement__number", "argument_id", "pk"):
        argument = one.argument
        yield (
            argument.statement.number,
            argument.side,
            argument.text,
            one.url,
            one.note,
            one.consulted_on.isoformat(),
            one.archived_sha256,
            one.archived_text,
        )


_ANSWER = (
    *("statement", "outcome", "reasons", "cost", "in_charge", "at"),
    *("programme_before", "programme_after", "percent", "milestone", "milestone_at"),
)


def _answers(row: Consultation) -> Iterable[Sequence[Any]]:
    rows = Answer.objects.filter(statement__consultation=row, statement__state=StatementState.SHOWN)
    rows = rows.select_related("statement").prefetch_related("milestones")
    for one in rows.order_by("statement__number", "at", "pk"):
        words = (one.outcome, one.reasons, one.cost, one.in_charge, one.at.isoformat())
        changed = (one.programme_before, one.programme_after)
        steps = one.milestones.all()
        told: list[tuple[Any, str, str]] = [(s.percent, s.text, s.at.isoformat()) for s in steps]
        for step in told or [("", "", "")]:
            yield one.statement.number, *words, *changed, *step


def _json(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8, commas. Words that a spreadsheet would take for a formula get an apostrophe."""
    return open_rows.plain_csv(names, ([_harmless(cell) for cell in row] for row in rows)).encode()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _zip(files: dict[str, bytes]) -> bytes:
    """Without dates: the same content gives the same archive."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive_file:
        for name in sorted(files):
            info = ZipInfo(name, _EPOCH)
            info.compress_type = ZIP_DEFLATED
            archive_file.writestr(info, files[name])
    return stream.getvalue()
