"""The breach drill: who saw whose data between two moments. Asking is itself written down."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.models import AuditLine
from amiral.rooms.people import texts
from amiral.rooms.people.contracts import Receipt
from amiral.rooms.people.models import Person
from amiral.rooms.people.queries import disclosures

SHOWN = 500
"""Lines on the page; the table has them all."""
READ, EXPORTED = "disclosures.read", "disclosures.exported"
ROLL = "roll.labels_downloaded"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the page shows: the first lines, how much there is in all, and what was taken out as a whole."""

    receipts: tuple[Receipt, ...]
    total: int
    persons: int
    viewers: int
    taken: tuple[tuple[datetime, str, str], ...]

    @property
    def is_cut(self) -> bool:
        """Whether the table has more lines than the page."""
        return self.total > len(self.receipts)


def read(*, by_id: UUID | None, since: datetime, until: datetime, at: datetime) -> Found:
    """The first lines and the counts. The caller has checked that ``by_id`` administers."""
    total, persons, viewers = disclosures.count_between(since=since, until=until)
    found = Found(
        receipts=tuple(islice(disclosures.between(since=since, until=until), SHOWN)),
        total=total,
        persons=persons,
        viewers=viewers,
        taken=tuple(taken_out(since=since, until=until)),
    )
    _note(READ, by_id, since, until)
    return found


def export(*, by_id: UUID | None, since: datetime, until: datetime, at: datetime) -> Iterator[str]:
    """Lines of CSV (semicolons, UTF-8 with its mark): every receipt, then what was taken out."""
    _note(EXPORTED, by_id, since, until)
    return _lines(since, until)


def _lines(since: datetime, until: datetime) -> Iterator[str]:
    yield "\ufeff" + _csv(
        [
            _("When"),
            _("Who saw"),
            _("As"),
            _("Whom"),
            _("What was shown"),
            _("Why"),
            _("About"),
            _("In the viewer’s words"),
            _("Id of who saw"),
            _("Id of the person"),
        ]
    )
    for receipt in disclosures.between(since=since, until=until):
        yield _csv(_row(receipt))
    for at, name, what in taken_out(since=since, until=until):
        yield _csv([at.isoformat(), name, "", "", what, "", "", "", "", ""])


def _row(receipt: Receipt) -> list[str]:
    return [
        receipt.at.isoformat(),
        receipt.viewer_name,
        receipt.viewer_role,
        receipt.person_name,
        ", ".join(receipt.fields),
        texts.disclosure_reason(receipt.reason),
        receipt.subject,
        receipt.explanation,
        str(receipt.viewer_id or ""),
        str(receipt.person_id),
    ]


def _csv(cells: list[str]) -> str:
    out = StringIO()
    # A name that begins like a formula would be computed by a spreadsheet.
    csv.writer(out, delimiter=";").writerow(
        f"'{cell}" if cell[:1] in set("=+-@\t\r") else cell for cell in cells
    )
    return out.getvalue()


def taken_out(*, since: datetime, until: datetime) -> Iterator[tuple[datetime, str, str]]:
    """What left as a whole in that time, from the audit: when, by whom, what.

    This list itself, and the envelopes of electoral rolls: voters are no persons of ours.
    """
    said = {
        READ: _("this list, on its page"),
        EXPORTED: _("this list, as a file"),
        ROLL: _("envelopes of an electoral roll"),
    }
    lines = list(AuditLine.objects.filter(verb__in=said, at__gte=since, at__lt=until))
    actors = {line.actor_id for line in lines if line.actor_id}
    names = {row.pk: row.public_name for row in Person.objects.filter(pk__in=actors)}
    for line in sorted(lines, key=lambda line: line.at):
        name = names.get(line.actor_id, "") if line.actor_id else _("command line")
        yield line.at, name, said[line.verb]


def _note(verb: str, by_id: UUID | None, since: datetime, until: datetime) -> None:
    audit.record(
        actor_id=by_id,
        verb=verb,
        subject_kind="disclosures",
        subject_id=f"{since:%Y-%m-%d}/{until:%Y-%m-%d}",
        since=since.isoformat(),
        until=until.isoformat(),
    )
