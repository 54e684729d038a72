"""What is said: feeds, posts and comments."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from amiral.kit.markdown import to_html
from amiral.rooms.network.contracts import CommentView, GroupCard, PostView
from amiral.rooms.network.models import Comment, Group, Post
from amiral.rooms.network.queries.groups import card_of
from amiral.rooms.network.queries.members import memberships_of, name_of, page_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard

POSTS_PER_PAGE = 20
COMMENTS_IN_FEED = 3


def feed(*, group: Group, person_id: UUID | None, page_number: str | int) -> "Page[PostView]":
    """The posts of a group, newest first, each with its last comments; a constant number of queries."""
    posts = Post.objects.filter(group=group, hidden_at=None)
    page = Paginator(posts, POSTS_PER_PAGE).get_page(page_number)
    cards = {group.pk: card_of(group)}
    views = _post_views(list(page.object_list), cards, person_id)
    return page_of(views, page)


def personal_feed(*, person_id: UUID, limit: int = POSTS_PER_PAGE) -> tuple[PostView, ...]:
    """The newest posts of all the groups of a person; a constant number of queries."""
    cards = {card.group.id: card.group for card in memberships_of(person_id=person_id)}
    posts = Post.objects.filter(group_id__in=cards, hidden_at=None)[:limit]
    return tuple(_post_views(list(posts), cards, person_id))


def post_view(*, post: Post, person_id: UUID | None) -> PostView:
    """One post with all its comments."""
    comments = list(_visible_comments().filter(post=post))
    said: list[Post | Comment] = [post, *comments]
    names = people.cards(person_ids=_authors(said))
    return _post(post, card_of(post.group), comments, len(comments), names, person_id)


def said(*, words: Post | Comment, person_id: UUID | None) -> CommentView:
    """A post or a comment alone, without what surrounds it."""
    names = people.cards(person_ids=_authors([words]))
    return _words(words, names, person_id)


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


def _post_views(
    posts: Sequence[Post], cards: dict[UUID, GroupCard], person_id: UUID | None
) -> list[PostView]:
    post_ids = [post.pk for post in posts]
    comments = _last_comments(post_ids)
    counts = _comment_counts(post_ids)
    said: list[Post | Comment] = [*posts, *(comment for several in comments.values() for comment in several)]
    names = people.cards(person_ids=_authors(said))
    return [
        _post(post, cards[post.group_id], comments[post.pk], counts.get(post.pk, 0), names, person_id)
        for post in posts
    ]


def _last_comments(post_ids: Sequence[UUID]) -> dict[UUID, list[Comment]]:
    """The last few comments of each post, oldest first; one query whatever the number of comments."""
    from_the_end = Window(RowNumber(), partition_by=F("post_id"), order_by=["-created_at", "-id"])
    ranked = _visible_comments().filter(post_id__in=post_ids).annotate(from_the_end=from_the_end)
    by_post: dict[UUID, list[Comment]] = defaultdict(list)
    for comment in ranked.filter(from_the_end__lte=COMMENTS_IN_FEED):
        by_post[comment.post_id].append(comment)
    return by_post


def _comment_counts(post_ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = _visible_comments().filter(post_id__in=post_ids).order_by().values("post_id")
    return dict(counted.annotate(number=Count("id")).values_list("post_id", "number"))


def _visible_comments() -> QuerySet[Comment]:
    return Comment.objects.filter(hidden_at=None)


def _authors(said: Iterable[Post | Comment]) -> set[UUID]:
    return {words.author_id for words in said if words.author_id}


def _post(
    post: Post,
    group: GroupCard,
    comments: Sequence[Comment],
    comment_count: int,
    names: dict[UUID, PersonCard],
    person_id: UUID | None,
) -> PostView:
    return PostView(
        id=post.pk,
        group=group,
        author_name=name_of(post.author_id, names),
        body_html=to_html(post.body),
        created_at=post.created_at,
        is_own=_is_own(post, person_id),
        comment_count=comment_count,
        comments=tuple(_words(comment, names, person_id) for comment in comments),
        url=reverse("network:post", args=[post.pk]),
    )


def _words(words: Post | Comment, names: dict[UUID, PersonCard], person_id: UUID | None) -> CommentView:
    return CommentView(
        id=words.pk,
        author_name=name_of(words.author_id, names),
        body_html=to_html(words.body),
        created_at=words.created_at,
        is_own=_is_own(words, person_id),
    )


def _is_own(words: Post | Comment, person_id: UUID | None) -> bool:
    return words.author_id is not None and words.author_id == person_id
