"""The words of posts and comments in the engine's own index: FTS5 on SQLite, ``tsvector`` on PostgreSQL.

Both hold the same: plain words without accents or plural, and the group in which they were said, so that one
look-up joins what is asked with what the reader may read. Found newest first, by the id of the entry.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "network_search_words"
WORDS_ASKED_MAX = 8
WORD_MAX_CHARACTERS = 40
_WORD = re.compile(r"[a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def plain_words(text: str) -> list[str]:
    """As they are compared: no accent, no capital, no final s or x of a plural."""
    letters = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [_singular(word[:WORD_MAX_CHARACTERS]) for word in _WORD.findall(bare)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def create(connection: BaseDatabaseWrapper) -> None:
    """Lays the index; for the migration."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, place, tokenize = 'ascii')")
        else:
            cursor.execute(f"CREATE TABLE {TABLE} (rowid bigint PRIMARY KEY, words tsvector NOT NULL)")
            cursor.execute(f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words)")


def drop(connection: BaseDatabaseWrapper) -> None:
    """Takes the index away; for the way back of the migration."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def write(connection: BaseDatabaseWrapper, *, entry_id: int, group_id: UUID, text: str) -> None:
    """The words of one entry, in the place of those of before."""
    words = plain_words(text)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            sql = f"INSERT OR REPLACE INTO {TABLE} (rowid, words, place) VALUES (%s, %s, %s)"  # noqa: S608 (our own table)
            cursor.execute(sql, [entry_id, " ".join(words), group_id.hex])
        else:
            sql = (
                f"INSERT INTO {TABLE} (rowid, words) VALUES (%s, array_to_tsvector(%s)) "  # noqa: S608 (our own table)
                "ON CONFLICT (rowid) DO UPDATE SET words = EXCLUDED.words"
            )
            cursor.execute(sql, [entry_id, sorted({*words, f"#{group_id.hex}"})])


def erase(connection: BaseDatabaseWrapper, *, entry_ids: Sequence[int]) -> None:
    """Takes entries out of the index."""
    with connection.cursor() as cursor:
        sql = f"DELETE FROM {TABLE} WHERE rowid = %s"  # noqa: S608 (our own table)
        cursor.executemany(sql, [(entry_id,) for entry_id in entry_ids])


def rewrite(connection: BaseDatabaseWrapper) -> None:
    """Takes out what no entry names any more (rows that went with a group), then what FTS5 keeps of it."""
    with connection.cursor() as cursor:
        sql = f"DELETE FROM {TABLE} WHERE rowid NOT IN (SELECT id FROM network_searchentry)"  # noqa: S608 (our own tables)
        cursor.execute(sql)
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")  # noqa: S608 (our own table)


def find(
    connection: BaseDatabaseWrapper,
    *,
    text: str,
    group_ids: Collection[UUID],
    before: int | None,
    limit: int,
) -> list[int]:
    """Ids of the entries that hold every word, or a word that begins so; newest first. One query."""
    words = plain_words(text)[:WORDS_ASKED_MAX]
    if not words or not group_ids:
        return []
    is_sqlite = connection.vendor == "sqlite"
    asked = _for_sqlite(words, group_ids) if is_sqlite else _for_postgresql(words, group_ids)
    matches = f"{TABLE} MATCH %s" if is_sqlite else "words @@ %s::tsquery"
    older = "AND rowid < %s" if before else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {TABLE} WHERE {matches} {older} ORDER BY rowid DESC LIMIT {int(limit)}",  # noqa: S608 (our own words)
            [asked, before] if before else [asked],
        )
        return [row[0] for row in cursor.fetchall()]


def _for_sqlite(words: Sequence[str], group_ids: Collection[UUID]) -> str:
    places = " OR ".join(f'"{group_id.hex}"' for group_id in group_ids)
    said = " AND ".join(f'"{word}"{_star(word)}' for word in words)
    return f"(words : ({said})) AND (place : ({places}))"


def _for_postgresql(words: Sequence[str], group_ids: Collection[UUID]) -> str:
    places = " | ".join(f"'#{group_id.hex}'" for group_id in group_ids)
    said = " & ".join(f"'{word}'{':*' if _star(word) else ''}" for word in words)
    return f"({said}) & ({places})"


def _star(word: str) -> str:
    """One letter alone does not stand for all the words that it begins."""
    return "*" if len(word) > 1 else ""
