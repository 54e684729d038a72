"""What is said in groups: publishing, commenting, deleting, pinning, reporting, hiding."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network.access import (
    access_comment_by_id,
    access_group_to_manage_by_id,
    access_group_to_write_by_id,
    access_own_comment_by_id,
    access_own_post_by_id,
    access_post_by_id,
    access_post_to_comment_by_id,
    access_post_to_pin_by_id,
)
from amiral.rooms.network.actions import notifying, searching, spreading
from amiral.rooms.network.actions.pictures import NewPicture, add_pictures
from amiral.rooms.network.actions.polls import NewPoll, add_poll
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import COMMENT_MAX_CHARACTERS, POST_MAX_CHARACTERS, Mentionable
from amiral.rooms.network.models import Comment, Group, Mention, Picture, Poll, Post, PrivateMessage
from amiral.rooms.network.queries.mentions import named
from amiral.rooms.network.queries.rendering import excerpt_of, handles_in, html_of
from amiral.rooms.outreach import api as outreach

NOTHING = "–"
"""What stands where words were erased with their author."""

Words = TypeVar("Words", Post, Comment)


class OwnWords(Refused):
    """Reporting oneself."""

    def __init__(self) -> None:
        super().__init__(_("These are your own words: delete them instead of reporting them."))


@transaction.atomic
def publish(
    *,
    author_id: UUID,
    group_id: UUID,
    body: str,
    at: datetime,
    announcement: bool = False,
    pictures: Sequence[NewPicture] = (),
    poll: NewPoll | None = None,
) -> UUID:
    """A post in the group. Raises ``NotFound`` for those who may not write there, or not announce."""
    fetch = access_group_to_manage_by_id if announcement else access_group_to_write_by_id
    group = fetch(person_id=author_id, group_id=group_id)
    text = text_within(body, limit=POST_MAX_CHARACTERS)
    outreach.check_free_phone(text=text, territory_ids=(group.territory_id,), at=at)
    called = named(group_id=group.pk, handles=handles_in(text))
    html = html_of(text, names=_names(called))
    post = Post.objects.create(
        group=group,
        author_id=author_id,
        body=text,
        html=html,
        excerpt=excerpt_of(html),
        is_announcement=announcement,
        pinned_at=at if announcement else None,
        created_at=at,
    )
    add_pictures(post=post, pictures=pictures)
    if poll:
        add_poll(post=post, poll=poll, at=at)
    _name(called, post, None, at)
    searching.enter(post=post)
    url = reverse("network:post", args=[post.pk])
    notifying.tell_named(person_ids=_ids(called), post=post, comment=None, url=url, at=at)
    notifying.tell_group(post=post, url=url, but=_ids(called), at=at)
    record(
        actor_id=author_id,
        verb="announce" if announcement else "publish",
        subject_kind="post",
        subject_id=post.pk,
    )
    return post.pk


@transaction.atomic
def comment(*, author_id: UUID, post_id: UUID, body: str, at: datetime) -> UUID:
    """A comment under a post. Raises ``NotFound`` for those who may not write there."""
    post = access_post_to_comment_by_id(person_id=author_id, post_id=post_id)
    text = text_within(body, limit=COMMENT_MAX_CHARACTERS)
    called = named(group_id=post.group_id, handles=handles_in(text))
    answer = Comment.objects.create(
        post=post,
        author_id=author_id,
        body=text,
        html=html_of(text, names=_names(called)),
        created_at=at,
    )
    _name(called, post, answer, at)
    searching.enter(post=post, comment=answer)
    url = f"{reverse('network:post', args=[post.pk])}#comment-{answer.pk}"
    notifying.tell_named(person_ids=_ids(called), post=post, comment=answer, url=url, at=at)
    notifying.tell_thread(comment=answer, url=url, but=_ids(called), at=at)
    record(actor_id=author_id, verb="comment", subject_kind="comment", subject_id=answer.pk)
    return answer.pk


def _names(called: Mapping[str, Mentionable]) -> dict[str, str]:
    return {handle: one.public_name for handle, one in called.items()}


def _ids(called: Mapping[str, Mentionable]) -> set[UUID]:
    return {one.person_id for one in called.values()}


def _name(called: Mapping[str, Mentionable], post: Post, answer: Comment | None, at: datetime) -> None:
    Mention.objects.bulk_create(
        Mention(post=post, comment=answer, person_id=one.person_id, handle=handle, created_at=at)
        for handle, one in called.items()
    )


@transaction.atomic
def pin(*, by_id: UUID, post_id: UUID, at: datetime) -> None:
    """Keeps a post at the top of its group. For those who lead it."""
    post = access_post_to_pin_by_id(person_id=by_id, post_id=post_id)
    Post.objects.filter(pk=post.pk).update(pinned_at=at)
    record(actor_id=by_id, verb="pin", subject_kind="post", subject_id=post.pk)


@transaction.atomic
def unpin(*, by_id: UUID, post_id: UUID) -> None:
    """Lets a post go down with the others."""
    post = access_post_to_pin_by_id(person_id=by_id, post_id=post_id)
    Post.objects.filter(pk=post.pk).update(pinned_at=None)
    record(actor_id=by_id, verb="unpin", subject_kind="post", subject_id=post.pk)


@transaction.atomic
def delete_post(*, by_id: UUID, post_id: UUID) -> None:
    """Deletes one's own post and the comments under it, for good."""
    post = access_own_post_by_id(person_id=by_id, post_id=post_id)
    record(actor_id=by_id, verb="delete-post", subject_kind="post", subject_id=post.pk)
    searching.remove(post_ids=[post.pk])
    spreading.withdraw_posts(post_ids=[post.pk], at=now())
    post.delete()


@transaction.atomic
def delete_comment(*, by_id: UUID, comment_id: UUID) -> None:
    """Deletes one's own comment, for good."""
    answer = access_own_comment_by_id(person_id=by_id, comment_id=comment_id)
    record(actor_id=by_id, verb="delete-comment", subject_kind="comment", subject_id=answer.pk)
    searching.remove(comment_ids=[answer.pk])
    answer.delete()


def erase_words(*, person_id: UUID) -> None:
    """Empties all that a person said, and takes his name out of what others said; no transaction of its own.

    What others answered stays in its place.
    """
    posts, comments = Post.objects.filter(author_id=person_id), Comment.objects.filter(author_id=person_id)
    searching.remove(
        post_ids=list(posts.values_list("pk", flat=True)),
        comment_ids=list(comments.values_list("pk", flat=True)),
        with_answers=False,
    )
    spreading.withdraw_posts(post_ids=posts.values_list("pk", flat=True), at=now())
    Picture.objects.filter(post__author_id=person_id).delete()
    Poll.objects.filter(post__author_id=person_id).delete()
    Mention.objects.filter(comment=None, post__author_id=person_id).delete()
    Mention.objects.filter(comment__author_id=person_id).delete()
    posts.update(body=NOTHING, html="", excerpt="")
    comments.update(body=NOTHING, html="")
    for mention in Mention.objects.filter(person_id=person_id).select_related("post", "comment"):
        _forget_name(mention.comment or mention.post, mention.handle)
    searching.forget_deleted()


def _forget_name(words: Post | Comment, handle: str) -> None:
    """Other names in the same words stay as they were typed."""
    words.body = words.body.replace(f"@{handle}", f"@{NOTHING}").replace(f"@{handle.title()}", f"@{NOTHING}")
    others = Mention.objects.filter(
        post_id=words.post_id if isinstance(words, Comment) else words.pk,
        comment=words if isinstance(words, Comment) else None,
    )
    handles = set(others.values_list("handle", flat=True)) - {handle}
    group_id = words.post.group_id if isinstance(words, Comment) else words.group_id
    words.html = html_of(words.body, names=_names(named(group_id=group_id, handles=handles)))
    if isinstance(words, Post):
        words.excerpt = excerpt_of(words.html)
        words.save(update_fields=["body", "html", "excerpt"])
        searching.enter(post=words)
    else:
        words.save(update_fields=["body", "html"])
        searching.enter(post=words.post, comment=words)


def report_post(*, by_id: UUID, post_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators to look at a post."""
    post, _rights = access_post_by_id(person_id=by_id, post_id=post_id)
    return _report(SubjectKind.POST, post, post.group, by_id, grounds, explanation)


def report_comment(*, by_id: UUID, comment_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators to look at a comment."""
    answer = access_comment_by_id(person_id=by_id, comment_id=comment_id)
    return _report(SubjectKind.COMMENT, answer, answer.post.group, by_id, grounds, explanation)


def _report(
    kind: SubjectKind, words: Post | Comment, group: Group, by_id: UUID, grounds: Grounds, explanation: str
) -> UUID:
    if words.author_id == by_id:
        raise OwnWords
    return moderation.report(
        subject_kind=kind,
        subject_id=words.pk,
        subject_author_id=words.author_id,
        territory_id=group.territory_id,
        excerpt=words.body,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


MODELS: Mapping[str, type[Post] | type[Comment] | type[PrivateMessage]] = {
    SubjectKind.POST: Post,
    SubjectKind.COMMENT: Comment,
    SubjectKind.MESSAGE: PrivateMessage,
}


@transaction.atomic
def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Hides what a moderator's decision names; ``False`` if it is not ours, or gone, or hidden already."""
    model = MODELS.get(subject_kind)
    if model is None or not model._default_manager.filter(pk=subject_id, hidden_at=None).update(hidden_at=at):
        return False
    if model is Post:
        searching.remove(post_ids=[subject_id])
        spreading.withdraw_posts(post_ids=[subject_id], at=at)
    elif model is Comment:
        searching.remove(comment_ids=[subject_id])
    return True


@transaction.atomic
def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """Shows again what an appeal found to be wrongly hidden; ``False`` if it is not ours, or gone."""
    model = MODELS.get(subject_kind)
    if model is None or not model._default_manager.filter(pk=subject_id).update(hidden_at=None):
        return False
    if model is Post:
        post = Post.objects.get(pk=subject_id)
        searching.enter(post=post)
        for answer in Comment.objects.filter(post=post, hidden_at=None):
            searching.enter(post=post, comment=answer)
    elif model is Comment:
        answer = Comment.objects.select_related("post").get(pk=subject_id)
        searching.enter(post=answer.post, comment=answer)
    return True
