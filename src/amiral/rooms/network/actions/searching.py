"""What is said enters the search when it is written and leaves it when it is hidden or deleted."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Q

from amiral.rooms.network.models import Comment, Picture, Poll, PollChoice, Post, SearchEntry
from amiral.rooms.network.queries import words_index


def enter(*, post: Post, comment: Comment | None = None) -> None:
    """Writes the words of a post, or of a comment under it; those of before give way."""
    entry, _created = SearchEntry.objects.get_or_create(post=post, comment=comment)
    text = comment.body if comment else _all_of(post)
    words_index.write(connection, entry_id=entry.pk, group_id=post.group_id, text=text)


def _all_of(post: Post) -> str:
    """The post with its poll and what its pictures show."""
    asked = Poll.objects.filter(pk=post.pk).values_list("question", flat=True)
    answers = PollChoice.objects.filter(poll_id=post.pk).values_list("label", flat=True)
    shown = Picture.objects.filter(post=post).values_list("alt", flat=True)
    return " ".join([post.body, *asked, *answers, *shown])


def remove(
    *, post_ids: Sequence[UUID] = (), comment_ids: Sequence[UUID] = (), with_answers: bool = True
) -> None:
    """Takes posts, by default with the comments under them, and comments out of the search."""
    of_posts = Q(post_id__in=post_ids) if with_answers else Q(post_id__in=post_ids, comment=None)
    entries = SearchEntry.objects.filter(of_posts | Q(comment_id__in=comment_ids))
    words_index.erase(connection, entry_ids=list(entries.values_list("pk", flat=True)))
    entries.delete()


def forget_deleted() -> None:
    """After an erasure: nothing of what was taken out stays in the files of the index."""
    words_index.rewrite(connection)
