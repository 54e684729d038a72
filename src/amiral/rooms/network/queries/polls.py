"""Polls under posts: counts only, and only when they tell about nobody."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from amiral.rooms.network.contracts import ChoiceView, PollView
from amiral.rooms.network.models import Poll, PollChoice, PollVoter

LEAST_VOTERS = 5
"""Before so many have voted no count is shown: one could be read off another as they come."""


def polls_of(*, post_ids: Collection[UUID], person_id: UUID | None, at: datetime) -> dict[UUID, PollView]:
    """By post; three queries, one where there is no poll."""
    polls = list(Poll.objects.filter(pk__in=post_ids))
    if not polls:
        return {}
    ids = [poll.pk for poll in polls]
    choices: dict[UUID, list[PollChoice]] = defaultdict(list)
    for choice in PollChoice.objects.filter(poll_id__in=ids).order_by("poll_id", "position"):
        choices[choice.poll_id].append(choice)
    mine = PollVoter.objects.filter(poll_id__in=ids, person_id=person_id) if person_id else None
    voted = set(mine.values_list("poll_id", flat=True)) if mine is not None else set()
    return {poll.pk: _view(poll, choices[poll.pk], poll.pk in voted, at) for poll in polls}


def choices_named(*, post_id: UUID, labels: Collection[str]) -> list[UUID]:
    """The answers of a poll that say so; one query."""
    found = PollChoice.objects.filter(poll_id=post_id, label__in=labels)
    return list(found.values_list("pk", flat=True))


def _view(poll: Poll, choices: list[PollChoice], has_voted: bool, at: datetime) -> PollView:
    counted = poll.voters >= LEAST_VOTERS and (has_voted or at >= poll.closes_at)
    return PollView(
        question=poll.question,
        is_multiple=poll.is_multiple,
        closes_at=poll.closes_at,
        is_open=at < poll.closes_at,
        voters=poll.voters,
        has_voted=has_voted,
        choices=tuple(
            ChoiceView(
                id=choice.pk,
                label=choice.label,
                votes=choice.votes if counted else None,
                percent=round(100 * choice.votes / poll.voters) if counted else None,
            )
            for choice in choices
        ),
    )


def kept_of(*, person_id: UUID) -> list[dict[str, str]]:
    """The polls the person took part in, for the person; nobody knows any more what he chose."""
    rows = PollVoter.objects.filter(person_id=person_id).select_related("poll")
    return [{"question": row.poll.question, "closes_at": row.poll.closes_at.isoformat()} for row in rows]
