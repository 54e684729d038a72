"""What becomes of the rows that speak of one thing when another takes it in; and the way back.

Every room lists its rules in ``merging.py`` as ``Relations``. Each change is one line of a journal, written
so that it can be undone: which rows were pointed elsewhere, what a field held before, the whole content of a
row that had to go. Undoing reads the journal backwards and gives way to life: what was changed since stays.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from django.db import IntegrityError, connection, models, transaction

Line = dict[str, Any]
Records = dict[str, list[Line]]
"""The journal of every room, by the room's name: plain types, ready for JSON."""
Model = type[models.Model]


def rows_of(model: Model) -> models.QuerySet[Any]:
    """All rows of a table, whatever its default manager hides."""
    return model._base_manager.all()


def plain(value: Any) -> Any:
    """A field's value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def content_of(row: models.Model) -> Line:
    """Every column of a row, as JSON has it."""
    return {field.attname: plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


# Statements that a merge repeats for every table, written by hand: building one through the query set takes
# ten times as long as carrying it out.


def _prepared(model: Model, name: str, value: Any) -> tuple[str, Any]:
    """The quoted column of a field, and a value as the database has it."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    quoted = connection.ops.quote_name(str(field.column))
    return quoted, field.get_db_prep_value(value, connection)


def _table(model: Model) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _pointing(covers: Sequence[tuple[Model, str]], absorbed_id: UUID) -> set[tuple[str, str]]:
    """Those of ``(table, field)`` in which a row points to the absorbed. One query."""
    asked, values = [], []
    for number, (model, name) in enumerate(covers):
        column, value = _prepared(model, name, absorbed_id)
        held = f"SELECT 1 FROM {_table(model)} WHERE {column} = %s"  # noqa: S608 names of our own tables
        asked.append(f"SELECT {number} WHERE EXISTS ({held})")
        values.append(value)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), values)
        found = [covers[number] for (number,) in cursor.fetchall()]
    return {(model._meta.label, name) for model, name in found}


SHARE = 5000
"""SQLite takes some tens of thousands of values in one statement."""


def _repoint(model: Model, field: str, pks: Sequence[Any], *, to: Any, only: Any = None) -> None:
    """Points rows elsewhere; with ``only``, those that still point there."""
    column, new = _prepared(model, field, to)
    key, _none = _prepared(model, model._meta.pk.name, None)
    still, held = (f" AND {column} = %s", [_prepared(model, field, only)[1]]) if only else ("", [])
    for start in range(0, len(pks), SHARE):
        values = [_prepared(model, model._meta.pk.name, pk)[1] for pk in pks[start : start + SHARE]]
        places = ", ".join(["%s"] * len(values))
        write = f"UPDATE {_table(model)} SET {column} = %s WHERE {key} IN ({places}){still}"  # noqa: S608 as above
        with connection.cursor() as cursor:
            cursor.execute(write, [new, *values, *held])


class Journal:
    """Changes rows and writes down how to change them back."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def point(self, rows: models.QuerySet[Any], *, field: str, absorbed_id: UUID, kept_id: UUID) -> None:
        """Points rows of the absorbed to the kept."""
        pks = list(rows.order_by().values_list("pk", flat=True))
        if pks:
            _repoint(rows.model, field, pks, to=kept_id)
            self._note("point", rows.model, field=field, rows=[*map(plain, pks)], old=plain(absorbed_id))
            self.lines[-1]["new"] = plain(kept_id)

    def change(self, row: models.Model, **values: Any) -> None:
        """Writes what differs; nothing when nothing does."""
        new = {name: value for name, value in values.items() if getattr(row, name) != value}
        if new:
            before = {name: plain(getattr(row, name)) for name in new}
            after = {name: plain(value) for name, value in new.items()}
            rows_of(type(row)).filter(pk=row.pk).update(**new)
            self._note("change", type(row), row=plain(row.pk), before=before, after=after)

    def drop(self, row: models.Model) -> None:
        """Deletes one row and nothing else: a row that still points to it fails the transaction."""
        self._note("drop", type(row), content=content_of(row))
        found = rows_of(type(row)).filter(pk=row.pk)
        found._raw_delete(found.db)

    def add(self, row: models.Model) -> None:
        """Inserts a row that undoing takes away again."""
        row.save(force_insert=True)
        self._note("add", type(row), row=plain(row.pk))

    def _note(self, what: str, model: Model, **words: Any) -> None:
        self.lines.append({"do": what, "table": model._meta.label, **words})


class Rule(Protocol):
    """What happens to one table; ``covers`` names its columns that point to the absorbed."""

    @property
    def covers(self) -> tuple[tuple[Model, str], ...]: ...

    def apply(self, journal: Journal, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None: ...


class Move:
    """All rows go over to the kept."""

    def __init__(self, model: Model, *fields: str) -> None:
        self.model, self.fields = model, fields

    @property
    def covers(self) -> tuple[tuple[Model, str], ...]:
        return tuple((self.model, field) for field in self.fields)

    def apply(self, journal: Journal, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None:
        for field in self.fields:
            mine = rows_of(self.model).filter(**{field: absorbed_id})
            journal.point(mine, field=field, absorbed_id=absorbed_id, kept_id=kept_id)


Settle = Callable[[Journal, Any, Any, datetime], None]
"""Two rows of which one may stay: ``(journal, the kept's, the absorbed's, at)``."""


@dataclass(frozen=True, kw_only=True)
class Once:
    """Rows go over, except where the kept has one with the same ``within``: ``settle`` decides on those.

    The default drops the absorbed's row and leaves the other as it is.
    """

    model: Model
    field: str
    within: tuple[str, ...]
    settle: Settle = lambda journal, _kept, absorbed, _at: journal.drop(absorbed)

    @property
    def covers(self) -> tuple[tuple[Model, str], ...]:
        return ((self.model, self.field),)

    def apply(self, journal: Journal, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None:
        theirs = list(rows_of(self.model).filter(**{self.field: absorbed_id}).order_by("pk"))
        if not theirs:
            return
        ours = {self._key(row): row for row in rows_of(self.model).filter(**{self.field: kept_id})}
        for row in theirs:
            if self._key(row) in ours:
                self.settle(journal, ours[self._key(row)], row, at)
        free = [row.pk for row in theirs if self._key(row) not in ours]
        left = rows_of(self.model).filter(pk__in=free)
        journal.point(left, field=self.field, absorbed_id=absorbed_id, kept_id=kept_id)

    def _key(self, row: models.Model) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self.within)


@dataclass(frozen=True, kw_only=True)
class Drop:
    """All rows go; their content stays in the journal."""

    model: Model
    field: str

    @property
    def covers(self) -> tuple[tuple[Model, str], ...]:
        return ((self.model, self.field),)

    def apply(self, journal: Journal, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None:
        for row in rows_of(self.model).filter(**{self.field: absorbed_id}).order_by("pk"):
            journal.drop(row)


@dataclass(frozen=True, kw_only=True)
class Own:
    """A rule of its own, applied before or after the others as it stands in the list."""

    covers: tuple[tuple[Model, str], ...]
    act: Callable[[Journal, UUID, UUID, datetime], None]
    """``(journal, kept id, absorbed id, at)``."""

    def apply(self, journal: Journal, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None:
        self.act(journal, kept_id, absorbed_id, at)


class Relations:
    """The rules of one room, applied in order, undone in the opposite one."""

    def __init__(self, room: str, *rules: Rule) -> None:
        self.room, self.rules = room, rules

    @property
    def covers(self) -> frozenset[tuple[str, str]]:
        """``(table, field)`` of every column that has a rule."""
        return frozenset((model._meta.label, field) for rule in self.rules for model, field in rule.covers)

    def merge(self, *, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
        """Moves this room's rows; the answer is the way back. The caller holds the transaction."""
        journal = Journal()
        covers = [pair for rule in self.rules for pair in rule.covers]
        # No rule makes rows that point to the absorbed, so what is empty before stays empty.
        there = _pointing(covers, absorbed_id)
        for rule in self.rules:
            names = {(model._meta.label, field) for model, field in rule.covers}
            if not names or names & there:
                rule.apply(journal, kept_id=kept_id, absorbed_id=absorbed_id, at=at)
        return {self.room: journal.lines}

    def unmerge(self, *, records: Records) -> None:
        """Takes back what ``merge`` did in this room, in the caller's transaction; both persons are there."""
        undo(records.get(self.room, ()), tables=self._tables())

    def _tables(self) -> dict[str, Model]:
        return {model._meta.label: model for rule in self.rules for model, _field in rule.covers}


def undo(lines: Sequence[Line], *, tables: dict[str, Model]) -> None:
    """Reads a journal backwards. What was erased since stays erased, what was changed since stays changed."""
    for line in reversed(lines):
        _BACK[line["do"]](tables[line["table"]], line)


def _point_back(model: Model, line: Line) -> None:
    _repoint(model, line["field"], line["rows"], to=line["old"], only=line["new"])


def _change_back(model: Model, line: Line) -> None:
    row = rows_of(model).filter(pk=line["row"]).first()
    if row is None:
        return
    same = [name for name, after in line["after"].items() if plain(getattr(row, name)) == after]
    if same:
        values = {name: _python(model, name, line["before"][name]) for name in same}
        rows_of(model).filter(pk=line["row"]).update(**values)


def _insert_again(model: Model, line: Line) -> None:
    values = {name: _python(model, name, value) for name, value in line["content"].items()}
    row = model(**values)
    if not _place_exists(row):
        return
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return  # its place was taken since: life wins


def _take_away(model: Model, line: Line) -> None:
    rows_of(model).filter(pk=line["row"]).delete()


_BACK: dict[str, Callable[[Model, Line], None]] = {
    "point": _point_back,
    "change": _change_back,
    "drop": _insert_again,
    "add": _take_away,
}


def _python(model: Model, attname: str, value: Any) -> Any:
    field = next(field for field in model._meta.concrete_fields if attname in {field.attname, field.name})
    return None if value is None else field.to_python(value)


def _place_exists(row: models.Model) -> bool:
    """Empties links to what is gone where that is allowed; ``False`` when the row hung on it."""
    for field in row._meta.concrete_fields:
        target = getattr(row, field.attname)
        if not isinstance(field, models.ForeignKey) or target is None:
            continue
        if rows_of(field.related_model).filter(**{field.target_field.attname: target}).exists():
            continue
        if not field.null:
            return False
        setattr(row, field.attname, None)
    return True


def _hex(value: bytes | memoryview) -> str:
    return bytes(value).hex()


def fingerprint(tables: Iterable[Model]) -> str:
    """SHA-256 of every row of ``tables`` in a canonical form: two equal states give one text. Reads all."""
    digest = sha256()
    for model in sorted(tables, key=lambda model: model._meta.label):
        digest.update(model._meta.label.encode())
        names = [field.attname for field in model._meta.concrete_fields]
        for row in rows_of(model).order_by("pk").values_list(*names).iterator():
            digest.update(
                json.dumps([*map(plain, row)], ensure_ascii=False, sort_keys=True, default=_hex).encode()
            )
    return digest.hexdigest()
