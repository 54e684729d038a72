"""Reading the change log: each process remembers how far it has read.

Beside the common files because the index needs it, and it knows nothing of segments.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from amiral.rooms.outreach.models import PersonChange

PERSON, VERIFY = "person", "verify"


@dataclass
class Reader:
    """How far one process has read. On SQLite ids grow in the order of the commits. On PostgreSQL they do
    not, so everything of transactions that were still open at the last look is read again.
    """

    last_id: int = 0
    open_from: int = 0
    seen: set[int] = field(default_factory=set)

    @classmethod
    def at_the_end(cls) -> "Reader":
        """Begins with what is written from now on."""
        reader = cls()
        if connection.vendor == "postgresql":
            reader.open_from = _oldest_open_transaction()
        else:
            reader.last_id = PersonChange.objects.aggregate(last=Max("id"))["last"] or 0
        return reader

    def new(self) -> dict[str, set[str]]:
        """The keys that were written since, by what they are. One query, two on PostgreSQL."""
        found: dict[str, set[str]] = defaultdict(set)
        for what, key in self._new_rows():
            found[what].add(key)
        return found

    def _new_rows(self) -> Iterable[tuple[str, str]]:
        if connection.vendor == "postgresql":
            return self._new_rows_of_transactions()
        rows = list(
            PersonChange.objects.filter(id__gt=self.last_id).order_by("id").values_list("id", "what", "key")
        )
        self.last_id = rows[-1][0] if rows else self.last_id
        return [(what, key) for _id, what, key in rows]

    def _new_rows_of_transactions(self) -> Iterable[tuple[str, str]]:
        # Asked before the rows: what commits between the two questions is then read twice, never missed.
        oldest = _oldest_open_transaction()
        rows = list(
            PersonChange.objects.filter(xid__gte=self.open_from).values_list("id", "xid", "what", "key")
        )
        fresh = [(what, key) for id_, _xid, what, key in rows if id_ not in self.seen]
        self.open_from = oldest
        self.seen = {id_ for id_, xid, _what, _key in rows if xid >= oldest}
        return fresh


def _oldest_open_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest,) = cursor.fetchone()
    return int(oldest)


def note(*, what: str, keys: Iterable[str]) -> None:
    """Writes in the log what no trigger can see; in the caller's transaction."""
    rows = [PersonChange(what=what, key=key, xid=_own_transaction()) for key in keys]
    PersonChange.objects.bulk_create(rows)


def note_persons(*, person_ids: Iterable[UUID]) -> None:
    """Something changed for these persons."""
    note(what=PERSON, keys=[person_id.hex for person_id in person_ids])


def _own_transaction() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (own,) = cursor.fetchone()
    return int(own)


MARK = "purged"


def forget_old() -> int:
    """Deletes the lines that were there at the last call: called once a day, they live for two at most."""
    mark: Any = PersonChange.objects.filter(what=MARK).order_by("id").last()
    gone = PersonChange.objects.filter(id__lte=mark.pk).delete()[0] if mark else 0
    note(what=MARK, keys=[""])
    return gone
