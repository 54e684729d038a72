"""What is said: feeds, posts and comments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from amiral.kit.clock import now
from amiral.kit.markdown import to_html
from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import CommentView, GroupCard, PictureView, PollView, PostView
from amiral.rooms.network.models import Comment, Group, Mention, Post
from amiral.rooms.network.queries.groups import cards_of
from amiral.rooms.network.queries.members import name_of, page_of
from amiral.rooms.network.queries.pictures import pictures_of
from amiral.rooms.network.queries.polls import polls_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard

POSTS_PER_PAGE = 20
COMMENTS_IN_FEED = 3
PINNED_MAX = 3
LONG_CHARACTERS = 900
"""A longer post is shown in lists by its excerpt."""


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What a list of posts needs beside the rows, read once for all of them."""

    cards: dict[UUID, GroupCard]
    names: dict[UUID, PersonCard]
    reader_id: UUID | None
    comments: dict[UUID, list[Comment]]
    counts: dict[UUID, int]
    pictures: dict[UUID, tuple[PictureView, ...]] = field(default_factory=dict)
    polls: dict[UUID, PollView] = field(default_factory=dict)
    naming: frozenset[UUID] = frozenset()


def feed(
    *, group: Group, person_id: UUID | None, page_number: str | int, but: Collection[UUID] = ()
) -> "Page[PostView]":
    """The posts of a group, newest first, each with its last comments; a constant number of queries.

    ``but``: those that the page shows already.
    """
    away = apart_from(person_id=person_id)
    posts = without(Post.objects.select_related("group").filter(group=group, hidden_at=None), away)
    posts = posts.exclude(pk__in=but) if but else posts
    page = Paginator(posts, POSTS_PER_PAGE).get_page(page_number)
    return page_of(post_views(posts=list(page.object_list), person_id=person_id, away=away), page)


def pinned(*, group: Group, person_id: UUID | None) -> tuple[PostView, ...]:
    """What those who lead the group keep at its top, last pinned first."""
    kept = Post.objects.select_related("group").filter(group=group, hidden_at=None, pinned_at__isnull=False)
    posts = list(kept.order_by("-pinned_at", "-id")[:PINNED_MAX])
    return tuple(post_views(posts=posts, person_id=person_id, away=apart_from(person_id=person_id)))


def without(posts: "QuerySet[Post]", away: Collection[UUID]) -> "QuerySet[Post]":
    """Without what a block hides; announcements are said for the group and stay."""
    # exclude() on a nullable column would drop the words of those who were erased.
    hidden = Q(author_id__isnull=False, author_id__in=away, is_announcement=False)
    return posts.filter(~hidden) if away else posts


def post_view(*, post: Post, person_id: UUID | None) -> PostView:
    """One post, whole, with all its comments."""
    comments = list(_visible_comments(apart_from(person_id=person_id)).filter(post=post))
    around = _around([post], {post.pk: comments}, {post.pk: len(comments)}, person_id)
    return _post(post, around, whole=True)


def said(*, words: Post | Comment, person_id: UUID | None) -> CommentView:
    """A post or a comment alone, without what surrounds it."""
    return _words(words, people.cards(person_ids=_authors([words])), person_id)


def comment_views(*, comments: Sequence[Comment], person_id: UUID | None) -> list[CommentView]:
    """Comments alone; one query."""
    names = people.cards(person_ids=_authors(comments))
    return [_words(comment, names, person_id) for comment in comments]


def kept_of(*, person_id: UUID) -> list[dict[str, str | None]]:
    """Everything the person said, for the person."""
    return [
        {
            "said_at": words.created_at.isoformat(),
            "group": group.name,
            "text": words.body,
            "hidden_at": words.hidden_at.isoformat() if words.hidden_at else None,
        }
        for words, group in _said_by(person_id)
    ]


def _said_by(person_id: UUID) -> list[tuple[Post | Comment, Group]]:
    posts = Post.objects.filter(author_id=person_id).select_related("group")
    comments = Comment.objects.filter(author_id=person_id).select_related("post__group")
    return [*((post, post.group) for post in posts), *((answer, answer.post.group) for answer in comments)]


def post_views(*, posts: Sequence[Post], person_id: UUID | None, away: Collection[UUID]) -> list[PostView]:
    """Posts as a list shows them, each with its group read along; a constant number of queries."""
    post_ids = [post.pk for post in posts]
    around = _around(posts, _last_comments(post_ids, away), _comment_counts(post_ids, away), person_id)
    return [_post(post, around) for post in posts]


def _around(
    posts: Sequence[Post],
    comments: dict[UUID, list[Comment]],
    counts: dict[UUID, int],
    person_id: UUID | None,
) -> _Around:
    post_ids = [post.pk for post in posts]
    said: list[Post | Comment] = [*posts, *(comment for several in comments.values() for comment in several)]
    return _Around(
        cards={card.id: card for card in cards_of({post.group_id: post.group for post in posts}.values())},
        names=people.cards(person_ids=_authors(said)),
        reader_id=person_id,
        comments=comments,
        counts=counts,
        pictures=pictures_of(post_ids=post_ids),
        polls=polls_of(post_ids=post_ids, person_id=person_id, at=now()),
        naming=_naming(post_ids, person_id),
    )


def _naming(post_ids: Sequence[UUID], person_id: UUID | None) -> frozenset[UUID]:
    """The posts that name the reader."""
    if person_id is None:
        return frozenset()
    naming = Mention.objects.filter(post_id__in=post_ids, comment=None, person_id=person_id)
    return frozenset(naming.values_list("post_id", flat=True))


def _last_comments(post_ids: Sequence[UUID], away: Collection[UUID]) -> dict[UUID, list[Comment]]:
    """The last few comments of each post, oldest first; one query whatever the number of comments."""
    from_the_end = Window(RowNumber(), partition_by=F("post_id"), order_by=["-created_at", "-id"])
    ranked = _visible_comments(away).filter(post_id__in=post_ids).annotate(from_the_end=from_the_end)
    by_post: dict[UUID, list[Comment]] = defaultdict(list)
    for comment in ranked.filter(from_the_end__lte=COMMENTS_IN_FEED):
        by_post[comment.post_id].append(comment)
    return by_post


def _comment_counts(post_ids: Sequence[UUID], away: Collection[UUID]) -> dict[UUID, int]:
    counted = _visible_comments(away).filter(post_id__in=post_ids).order_by().values("post_id")
    return dict(counted.annotate(number=Count("id")).values_list("post_id", "number"))


def _visible_comments(away: Collection[UUID]) -> QuerySet[Comment]:
    comments = Comment.objects.filter(hidden_at=None)
    return comments.filter(~Q(author_id__isnull=False, author_id__in=away)) if away else comments


def _authors(said: Iterable[Post | Comment]) -> set[UUID]:
    return {words.author_id for words in said if words.author_id}


def _post(post: Post, around: _Around, *, whole: bool = False) -> PostView:
    is_cut = not whole and len(post.body) > LONG_CHARACTERS and bool(post.excerpt)
    return PostView(
        id=post.pk,
        group=around.cards[post.group_id],
        author_id=post.author_id,
        author_name=name_of(post.author_id, around.names),
        body_html=format_html("<p>{}</p>", post.excerpt) if is_cut else _html(post),
        created_at=post.created_at,
        is_own=_is_own(post, around.reader_id),
        comment_count=around.counts.get(post.pk, 0),
        comments=tuple(
            _words(one, around.names, around.reader_id) for one in around.comments.get(post.pk, ())
        ),
        url=reverse("network:post", args=[post.pk]),
        when=in_words(post.created_at),
        iso=post.created_at.isoformat(),
        is_cut=is_cut,
        is_announcement=post.is_announcement,
        is_pinned=post.pinned_at is not None,
        names_reader=post.pk in around.naming,
        pictures=around.pictures.get(post.pk, ()),
        poll=around.polls.get(post.pk),
    )


def _words(words: Post | Comment, names: dict[UUID, PersonCard], person_id: UUID | None) -> CommentView:
    return CommentView(
        id=words.pk,
        author_id=words.author_id,
        author_name=name_of(words.author_id, names),
        body_html=_html(words),
        created_at=words.created_at,
        is_own=_is_own(words, person_id),
        when=in_words(words.created_at),
        iso=words.created_at.isoformat(),
    )


def _html(words: Post | Comment) -> SafeString:
    """Made when it was written; what is older than that is made now."""
    return mark_safe(words.html) if words.html else to_html(words.body)  # noqa: S308 (only kit.markdown fills it)


def in_words(moment: datetime) -> str:
    """Day and hour, short, in the language and time of the reader: cheaper once here than in a template."""
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def _is_own(words: Post | Comment, person_id: UUID | None) -> bool:
    return words.author_id is not None and words.author_id == person_id
