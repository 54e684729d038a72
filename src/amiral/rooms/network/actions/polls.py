"""Polls: a question under a post, answered in secret.

That somebody has voted and what was voted are two writes in one transaction, which no row joins: nobody, not
even who reads the whole database, finds out who chose what. So a vote cannot be changed either.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import access_post_to_comment_by_id
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import CHOICE_MAX_CHARACTERS, QUESTION_MAX_CHARACTERS
from amiral.rooms.network.models import Poll, PollChoice, PollVoter, Post

CHOICES_LEAST, CHOICES_MOST = 2, 10
LONGEST = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class NewPoll:
    """A question as its author wrote it."""

    question: str
    choices: Sequence[str]
    is_multiple: bool
    closes_at: datetime


class BadChoices(Refused):
    """Too few answers, too many, or the same twice."""

    def __init__(self) -> None:
        sentence = _("Give between %(least)d and %(most)d different answers, one per line.")
        super().__init__(sentence % {"least": CHOICES_LEAST, "most": CHOICES_MOST})


class BadClosing(Refused):
    """A poll that closes before it begins, or hardly ever."""

    def __init__(self) -> None:
        super().__init__(
            _("Choose when the poll closes: later than now, within %(days)d days.") % {"days": LONGEST.days}
        )


class PollIsClosed(Refused):
    """Too late."""

    def __init__(self) -> None:
        super().__init__(_("This poll is closed: its result is shown below the question."))


class VotedAlready(Refused):
    """A second ballot; also what a double click sends."""

    def __init__(self) -> None:
        super().__init__(_("You have voted already. The ballot is secret, so that no vote can be changed."))


class NothingChosen(Refused):
    """An empty ballot, or several answers where one counts."""

    def __init__(self, *, is_multiple: bool) -> None:
        several = _("Choose at least one answer, then vote.")
        super().__init__(several if is_multiple else _("Choose one answer, then vote."))


def add_poll(*, post: Post, poll: NewPoll, at: datetime) -> None:
    """Writes the question under a new post, in the transaction of the caller."""
    labels = [text_within(one, limit=CHOICE_MAX_CHARACTERS) for one in poll.choices if one.strip()]
    if not CHOICES_LEAST <= len(labels) <= CHOICES_MOST or len({one.casefold() for one in labels}) < len(
        labels
    ):
        raise BadChoices
    if not at < poll.closes_at <= at + LONGEST:
        raise BadClosing
    row = Poll.objects.create(
        post=post,
        question=text_within(poll.question, limit=QUESTION_MAX_CHARACTERS),
        is_multiple=poll.is_multiple,
        closes_at=poll.closes_at,
    )
    PollChoice.objects.bulk_create(
        PollChoice(poll=row, position=position, label=label) for position, label in enumerate(labels)
    )


@transaction.atomic
def vote(*, by_id: UUID, post_id: UUID, choice_ids: Collection[UUID], at: datetime) -> None:
    """Counts one ballot, once per person. For those who may write in the group."""
    post = access_post_to_comment_by_id(person_id=by_id, post_id=post_id)
    poll = Poll.objects.filter(pk=post.pk).first()
    if poll is None:
        raise NotFound
    if at >= poll.closes_at:
        raise PollIsClosed
    chosen = PollChoice.objects.filter(poll=poll, pk__in=set(choice_ids))
    number = chosen.count()
    if not number or (number > 1 and not poll.is_multiple):
        raise NothingChosen(is_multiple=poll.is_multiple)
    _enter(poll, by_id)
    chosen.update(votes=F("votes") + 1)
    Poll.objects.filter(pk=poll.pk).update(voters=F("voters") + 1)
    record(actor_id=by_id, verb="vote-in-poll", subject_kind="post", subject_id=post.pk)


def _enter(poll: Poll, person_id: UUID) -> None:
    """The constraint decides, so that two ballots at once count as one."""
    try:
        with transaction.atomic():
            PollVoter.objects.create(poll=poll, person_id=person_id)
    except IntegrityError:
        raise VotedAlready from None
