"""Tables that an administrator brings: opening one, finding its columns, keeping what became of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.kit.readers.columns import plain_name
from amiral.kit.readers.errors import UnreadableFile
from amiral.kit.readers.lines import Table
from amiral.kit.readers.sniff import head_of, refuse_other_kinds
from amiral.rooms.territory.contracts import Report, TableImportCard, TableKind
from amiral.rooms.territory.models import TableImport
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries.tables import problem_words, table_import

MOST_LINES = 500_000
KEPT_PROBLEMS = 300


class TableRefused(Refused):
    """A table that cannot be used at all; nothing of it was."""

    final = True


@dataclass(kw_only=True)
class Tally:
    """Lines of a table: how many were of use, and what was wrong with the others."""

    used: int = 0
    other: int = 0
    problems: list[dict[str, str | int]] = field(default_factory=list)

    def refuse(self, line: int, code: str, value: str = "") -> None:
        self.problems.append({"line": line, "code": code, "value": value[:80]})


def open_table(path: Path, expected: str, report: Report | None) -> Table:
    """The table; ``FileRefused`` for what is none. ``expected``: translated words."""
    try:
        head = head_of(path, expected)
        refuse_other_kinds(head, expected)
        return Table(path, head, expected, report)
    except UnreadableFile as error:
        raise FileRefused(error) from error


def rows_of(table: Table) -> Iterator[tuple[int, list[str]]]:
    """The lines, the header first; ``FileRefused`` for a damaged or endless table."""
    try:
        for count, row in enumerate(table.rows()):
            if count > MOST_LINES:
                raise TableRefused(
                    _("The file holds more than %(limit)s lines; cut it into smaller ones.")
                    % {"limit": MOST_LINES}
                )
            yield row
    except UnreadableFile as error:
        raise FileRefused(error) from error


def columns_in(header: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Place of each column that is known, by our name; ``names``: the ways it is written, plain."""
    plain = [plain_name(name.strip("\ufeff")) for name in header]
    found = {}
    for ours, theirs in names.items():
        place = next((plain.index(name) for name in theirs if name in plain), None)
        if place is not None:
            found[ours] = place
    return found


def missing_columns(header: Sequence[str], wanted: Sequence[str]) -> TableRefused:
    """The refusal of a table without the columns that it needs."""
    return TableRefused(
        _("The table has no column %(missing)s. Columns found: %(columns)s.")
        % {"missing": ", ".join(wanted), "columns": ", ".join(name[:40] for name in header[:30])}
    )


def check_used(tally: Tally) -> None:
    """A table of which no line can be used changes nothing."""
    if tally.used:
        return
    if not tally.problems:
        raise TableRefused(_("The table holds no line that tells anything of communes."))
    most, _count = Counter(str(one["code"]) for one in tally.problems).most_common(1)[0]
    first = next(one for one in tally.problems if one["code"] == most)
    raise TableRefused(
        _("None of the %(lines)s lines can be used; first on line %(line)s: %(reason)s")
        % {"lines": len(tally.problems), "line": first["line"], "reason": problem_words(first)}
    )


def keep(
    *,
    kind: TableKind,
    name: str,
    tally: Tally,
    changed: int,
    days: Sequence[date],
    by_id: UUID | None,
    at: datetime,
) -> TableImportCard:
    """Writes what became of a table, in the running transaction."""
    row = TableImport.objects.create(
        kind=kind,
        name=name[:120],
        imported_by_id=by_id,
        created_at=at,
        used=tally.used,
        other=tally.other,
        left_out=len(tally.problems),
        changed=changed,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        problems=tally.problems[:KEPT_PROBLEMS],
    )
    audit.record(
        actor_id=by_id,
        verb=f"import-{kind}",
        subject_kind="table-import",
        subject_id=row.pk,
        used=tally.used,
        left_out=len(tally.problems),
        changed=changed,
    )
    return table_import(import_id=row.pk)
