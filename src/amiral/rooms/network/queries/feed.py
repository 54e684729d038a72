"""The personal feed: the newest of each of one's sources, merged when it is read.

Nothing is copied per member. Each source (a group, the mentions) gives its newest entries through an index
that is sorted as the feed is; one statement holds them all and its outer order merges them. Its cost grows
with the number of sources, not with what was said in them. Measured: ``benchmarks/network/feed.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Model

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import FeedEntry, FeedPage, GroupKind
from amiral.rooms.network.models import Block, Comment, Group, Membership, Mention, Post
from amiral.rooms.network.queries.words import comment_views, post_views

ENTRIES_PER_PAGE = 20
SOURCES_AT_ONCE = 300
"""SQLite takes at most 500 parts in one statement; who has more sources costs one more query each time."""


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Part(StrEnum):
    """What a reader asks to see."""

    ALL = "tout"
    GROUPS = "groupes"
    TERRITORY = "territoire"
    MENTIONS = "mentions"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where a member's feed comes from: ``own`` are the groups he belongs to, ``around`` those of his
    territory that he reads without belonging to them."""

    own: tuple[UUID, ...]
    around: tuple[UUID, ...]

    @property
    def all(self) -> tuple[UUID, ...]:
        """Every group he reads as a member."""
        return self.own + self.around


class Key(NamedTuple):
    """One entry and its place: newest first, by time, then by id."""

    at: datetime
    id: UUID
    is_mention: bool

    def as_mark(self) -> str:
        """The place as it stands in an address."""
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id.hex}"


def key_of(mark: str) -> Key | None:
    """The place that ``as_mark`` wrote; ``None`` for anything else, which is the beginning."""
    microseconds, _dash, id_ = mark.partition("-")
    try:
        return Key(_EPOCH + int(microseconds) * _MICROSECOND, UUID(hex=id_), False)
    except (ValueError, OverflowError):
        return None


def sources_of(*, person_id: UUID) -> Sources:
    """Two queries. The group of a département is read by the members of the local groups inside it."""
    rows = Membership.objects.active().of(person_id).order_by("-joined_at")
    places = list(rows.values_list("group_id", "group__territory__departement_code"))
    own = tuple(group_id for group_id, _code in places)
    codes = {code for _group, code in places if code}
    around = Group.objects.filter(
        kind=GroupKind.DEPARTEMENT, territory__departement_code__in=codes
    ).order_by()
    ids = around.values_list("pk", flat=True)
    return Sources(own=own, around=tuple(id_ for id_ in ids if id_ not in own))


def page(*, person_id: UUID, part: Part = Part.ALL, after: str = "") -> FeedPage:
    """A page of the feed; ``after`` is the mark of the last entry seen. A constant number of queries."""
    sources = sources_of(person_id=person_id)
    keys = keys_of(person_id=person_id, sources=sources, part=part, after=key_of(after))
    shown = keys[:ENTRIES_PER_PAGE]
    return FeedPage(
        entries=tuple(_entries(shown, person_id)),
        after=shown[-1].as_mark() if len(keys) > len(shown) else "",
        newest=shown[0].as_mark() if shown else "",
    )


def count_newer(*, person_id: UUID, part: Part = Part.ALL, than: str, most: int = ENTRIES_PER_PAGE) -> int:
    """How many entries by others came since a mark; ``most`` and not counted on."""
    mark = key_of(than)
    sources = sources_of(person_id=person_id)
    keys = keys_of(person_id=person_id, sources=sources, part=part, after=None)[:most]
    newer = [key for key in keys if mark is None or (key.at, key.id.hex) > (mark.at, mark.id.hex)]
    own = Post.objects.filter(author_id=person_id, pk__in=[key.id for key in newer if not key.is_mention])
    return len(newer) - own.count()


def keys_of(
    *, person_id: UUID, sources: Sources, part: Part, after: Key | None, limit: int = ENTRIES_PER_PAGE + 1
) -> list[Key]:
    """The places of the newest entries, in order; one query per ``SOURCES_AT_ONCE`` sources."""
    groups = {Part.GROUPS: sources.own, Part.TERRITORY: sources.around, Part.MENTIONS: ()}.get(
        part, sources.all
    )
    is_apart = bool(apart_from(person_id=person_id))
    parts = [_newest_of_group(group_id, after, limit, person_id if is_apart else None) for group_id in groups]
    if part in {Part.ALL, Part.MENTIONS} and sources.all:
        parts.append(_mentions(person_id, sources.all, after, limit, with_posts=part == Part.MENTIONS))
    found = [key for some in _chunks(parts, SOURCES_AT_ONCE) for key in _merged(some, limit)]
    return sorted(found, key=lambda key: (key.at, key.id.hex), reverse=True)[:limit]


SQL = tuple[str, list[Any]]
_POST, _COMMENT = Post._meta.db_table, Comment._meta.db_table
_MENTION, _BLOCK = Mention._meta.db_table, Block._meta.db_table
_NEWEST = (
    "SELECT created_at, id, 0 AS is_mention FROM " + _POST + " WHERE group_id = %s AND hidden_at IS NULL"  # noqa: S608 (only names of our own tables)
)
# Announcements are said for the group: no block hides them.
_NOT_APART = (
    "AND (author_id IS NULL OR is_announcement OR author_id NOT IN (SELECT blocked_id FROM "  # noqa: S608 (only names of our own tables)
    + _BLOCK
    + " WHERE blocker_id = %s UNION SELECT blocker_id FROM "
    + _BLOCK
    + " WHERE blocked_id = %s))"
)


def _newest_of_group(group_id: UUID, after: Key | None, limit: int, reader_id: UUID | None) -> SQL:
    """``reader_id`` only where a block stands between him and somebody."""
    older, values = _older(after)
    apart = [_id(Block, reader_id)] * 2 if reader_id else []
    apart_sql = _NOT_APART if reader_id else ""
    sql = f"{_NEWEST} {older} {apart_sql} ORDER BY created_at DESC, id DESC LIMIT {int(limit)}"
    return sql, [_id(Group, group_id), *values, *apart]


_NAMED = (
    "SELECT m.created_at, m.id, 1 AS is_mention FROM "  # noqa: S608 (only names of our own tables)
    + f"{_MENTION} m JOIN {_POST} p ON p.id = m.post_id LEFT JOIN {_COMMENT} c ON c.id = m.comment_id "
    + "WHERE m.person_id = %s AND p.hidden_at IS NULL AND c.hidden_at IS NULL AND NOT EXISTS (SELECT 1 FROM "
    + f"{_BLOCK} b WHERE (b.blocker_id = m.person_id AND b.blocked_id = COALESCE(c.author_id, p.author_id)) "
    + "OR (b.blocked_id = m.person_id AND b.blocker_id = COALESCE(c.author_id, p.author_id)))"
)


def _mentions(
    person_id: UUID, group_ids: Sequence[UUID], after: Key | None, limit: int, *, with_posts: bool
) -> SQL:
    """A post that names the reader is in the feed already; a comment brings its mention up."""
    older, values = _older(after, table="m.")
    in_comments = "" if with_posts else "AND m.comment_id IS NOT NULL"
    readable = f"AND p.group_id IN ({', '.join(['%s'] * len(group_ids))})"
    order = f"ORDER BY m.created_at DESC, m.id DESC LIMIT {int(limit)}"
    groups = [_id(Group, one) for one in group_ids]
    return f"{_NAMED} {in_comments} {older} {readable} {order}", [_id(Mention, person_id), *values, *groups]


def _older(after: Key | None, table: str = "") -> SQL:
    if after is None:
        return "", []
    moment = connection.ops.adapt_datetimefield_value(after.at)
    return f"AND ({table}created_at, {table}id) < (%s, %s)", [moment, _id(Post, after.id)]


def _id(model: type[Model], value: UUID | None) -> Any:
    return model._meta.pk.get_db_prep_value(value, connection)


def _merged(parts: Sequence[SQL], limit: int) -> Iterator[Key]:
    body = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS s{number}" for number, (sql, _v) in enumerate(parts))  # noqa: S608 (parts above)
    values = [value for _sql, some in parts for value in some]
    with connection.cursor() as cursor:
        cursor.execute(f"{body} ORDER BY created_at DESC, id DESC LIMIT {int(limit)}", values)
        rows = cursor.fetchall()
    for at, id_, is_mention in rows:
        yield Key(_moment(at), id_ if isinstance(id_, UUID) else UUID(hex=id_), bool(is_mention))


def _moment(value: datetime | str) -> datetime:
    """SQLite gives the text that Django wrote, in UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _chunks(parts: Iterable[SQL], size: int) -> Iterator[list[SQL]]:
    rest = iter(parts)
    while some := list(islice(rest, size)):
        yield some


def _entries(keys: Sequence[Key], person_id: UUID) -> Iterator[FeedEntry]:
    mentions = Mention.objects.select_related("comment").in_bulk([key.id for key in keys if key.is_mention])
    posts = {key.id for key in keys if not key.is_mention} | {one.post_id for one in mentions.values()}
    rows = list(Post.objects.select_related("group").filter(pk__in=posts))
    away = apart_from(person_id=person_id)
    views = {view.id: view for view in post_views(posts=rows, person_id=person_id, away=away)}
    comments = [one.comment for one in mentions.values() if one.comment]
    said = {view.id: view for view in comment_views(comments=comments, person_id=person_id)}
    for key in keys:
        mention = mentions.get(key.id) if key.is_mention else None
        post = views.get(mention.post_id if mention else key.id)
        if post is not None:  # it may have gone since its place was read
            answer = said.get(mention.comment_id) if mention and mention.comment_id else None
            yield FeedEntry(post=post, comment=answer)
