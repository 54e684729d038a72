"""Searching what is said, over what the reader may read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.urls import reverse

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.models import Comment, Post, SearchEntry
from amiral.rooms.network.queries import words_index
from amiral.rooms.network.queries.feed import sources_of
from amiral.rooms.network.queries.groups import groups_led
from amiral.rooms.network.queries.members import name_of
from amiral.rooms.network.queries.rendering import excerpt_of
from amiral.rooms.network.queries.words import in_words
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature, PersonCard

FOUND_PER_PAGE = 20
GROUPS_MAX = 500
"""Of those whom a mandate lets read more groups, as many are searched."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One post or comment that holds the words."""

    url: str
    group_name: str
    author_name: str
    excerpt: str
    when: str
    iso: str
    is_comment: bool


@dataclass(frozen=True, kw_only=True)
class FoundPage:
    """A page of what was found, newest first; ``before`` is the mark of the next one, 0 on the last."""

    found: tuple[Found, ...]
    before: int


def search(*, person_id: UUID, text: str, before: int = 0) -> FoundPage:
    """What holds all the words, in the groups that the person reads. A constant number of queries."""
    groups = readable_groups(person_id=person_id)
    ids = words_index.find(
        connection, text=text, group_ids=groups, before=before or None, limit=FOUND_PER_PAGE + 1
    )
    shown = ids[:FOUND_PER_PAGE]
    return FoundPage(
        found=tuple(_found(shown, groups, person_id)), before=shown[-1] if len(ids) > len(shown) else 0
    )


def readable_groups(*, person_id: UUID) -> frozenset[UUID]:
    """Where a member reads, and where a mandate lets him."""
    own = sources_of(person_id=person_id).all
    led = groups_led(person_id=person_id, feature=Feature.MANAGE_GROUPS)
    return frozenset([*own, *(card.id for card in led)][: max(GROUPS_MAX, len(own))])


def _found(ids: Sequence[int], groups: frozenset[UUID], person_id: UUID) -> Iterator[Found]:
    rows = SearchEntry.objects.select_related("post__group", "comment").in_bulk(ids)
    away = apart_from(person_id=person_id)
    said = [rows[id_] for id_ in ids if id_ in rows and _is_shown(rows[id_], groups, away)]
    authors = {words.author_id for row in said if (words := row.comment or row.post).author_id}
    names = people.cards(person_ids=authors)
    for row in said:
        yield _view(row.post, row.comment, names)


def _is_shown(row: SearchEntry, groups: frozenset[UUID], away: set[UUID]) -> bool:
    """The index is not trusted with what is hidden, or by whom: it only finds."""
    post, comment = row.post, row.comment
    hidden = post.hidden_at or (comment and comment.hidden_at)
    apart = (post.author_id in away and not post.is_announcement) or (comment and comment.author_id in away)
    return not hidden and not apart and post.group_id in groups


def _view(post: Post, comment: Comment | None, names: dict[UUID, PersonCard]) -> Found:
    words = comment or post
    place = f"#comment-{comment.pk}" if comment else ""
    return Found(
        url=reverse("network:post", args=[post.pk]) + place,
        group_name=post.group.name,
        author_name=name_of(words.author_id, names),
        excerpt=excerpt_of(words.html or words.body),
        when=in_words(words.created_at),
        iso=words.created_at.isoformat(),
        is_comment=comment is not None,
    )
