"""Triggers that write in the change log, in the transaction of the change itself.

Beside the common files because it speaks SQL of two dialects. Triggers and not calls in every verb: whatever
writes a row (a verb, a merge, a cascade, a command, a hand in the database) is seen, and no later verb can
forget to say so. Each room names its own tables (port ``segment_watch``); a trigger names no table but its
own and the log, so that a migration may remake any other.
"""

from collections.abc import Iterable, Iterator

from django.db import connection

from amiral.kit import ports
from amiral.kit.criteria import Watch, Watched
from amiral.rooms.outreach.models import PersonChange

PREFIX = "amiral_watch_"
LOG = PersonChange._meta.db_table
EVENTS = ("insert", "update", "delete")
FUNCTION = "amiral_note_change"


def rooms() -> tuple[Watched, ...]:
    """What each room asks to be watched."""
    return tuple(ports.call("segment_watch"))


def tables() -> Iterator[Watch]:
    """Every table that is watched."""
    for watched in rooms():
        yield from watched.tables


def lay() -> None:
    """Lays every trigger anew; harmless when they are there."""
    drop()
    with connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement)


def drop() -> None:
    """Takes all of them away, those of tables that are watched no more too."""
    with connection.cursor() as cursor:
        for name, table in _laid():
            on = f" ON {_quoted(table)}" if _is_postgresql() else ""
            cursor.execute(f"DROP TRIGGER {_quoted(name)}{on}")


def has_log() -> bool:
    """Whether the table of the log is there: not before its migration, nor after it was taken back."""
    return LOG in connection.introspection.table_names()


def are_laid() -> bool:
    """Whether all triggers that there should be are there. One query."""
    wanted = {name for watch in tables() for name in _names(watch)}
    return wanted == {name for name, _table in _laid()}


def _laid() -> list[tuple[str, str]]:
    """Name and table of the triggers in the database."""
    catalogue = (
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND tgname LIKE %s"
        if _is_postgresql()
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue, [f"{PREFIX}%"])
        return [(str(name), str(table)) for name, table in cursor.fetchall()]


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _names(watch: Watch) -> list[str]:
    return [_name(watch, event) for event in EVENTS]


def _name(watch: Watch, event: str) -> str:
    return f"{PREFIX}{watch.table}_{event}"


def _statements() -> Iterable[str]:
    if _is_postgresql():
        yield _FUNCTION
    one = _postgresql if _is_postgresql() else _sqlite
    for watch in tables():
        for event in EVENTS:
            yield one(watch, event)


def _head(watch: Watch, event: str) -> str:
    columns = f" OF {', '.join(map(_quoted, watch.columns))}" if event == "update" and watch.columns else ""
    name = _quoted(_name(watch, event))
    return f"CREATE TRIGGER {name} AFTER {event.upper()}{columns} ON {_quoted(watch.table)}"


def _sqlite(watch: Watch, event: str) -> str:
    """Rows are written one by one, so ids grow in the order of the commits: there is one writer."""
    sides = {"insert": ["NEW"], "update": ["NEW", "OLD"], "delete": ["OLD"]}[event]
    sides = sides[:1] if watch.whole else sides
    body = " ".join(_note(watch, side) for side in sides)
    return f"{_head(watch, event)} BEGIN {body} END"


def _note(watch: Watch, side: str) -> str:
    """Several changes of one person on end leave one line, the newest: a reader never misses it."""
    key = "''" if watch.whole else f"{side}.{_quoted(watch.column)}"
    what = f"'{watch.what}'"
    # Names of our own tables and columns, never a value from outside.
    return (
        f"DELETE FROM {LOG} WHERE id = (SELECT max(id) FROM {LOG}) AND what = {what} AND key = {key};"  # noqa: S608
        f" INSERT INTO {LOG} (what, key, xid) SELECT {what}, {key}, 0 WHERE {key} IS NOT NULL;"
    )


def _postgresql(watch: Watch, event: str) -> str:
    level = "STATEMENT" if watch.whole else "ROW"
    return (
        f"{_head(watch, event)} FOR EACH {level}"
        f" EXECUTE FUNCTION {FUNCTION}('{watch.what}', '{watch.column}')"
    )


_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE new_key text; old_key text;
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    new_key := '';
  ELSE
    IF TG_OP <> 'DELETE' THEN new_key := to_jsonb(NEW) ->> TG_ARGV[1]; END IF;
    IF TG_OP <> 'INSERT' THEN old_key := to_jsonb(OLD) ->> TG_ARGV[1]; END IF;
  END IF;
  INSERT INTO {LOG} (what, key, xid)
    SELECT TG_ARGV[0], key, pg_current_xact_id()::text::bigint
    FROM (SELECT new_key AS key UNION SELECT old_key) AS keys WHERE key IS NOT NULL;
  RETURN NULL;
END $$
"""  # noqa: S608 names of our own
