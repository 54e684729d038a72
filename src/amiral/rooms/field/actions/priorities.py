"""Choosing what a canvass is scored by, and giving the first turfs to a shift."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.priorities import NothingCounts, shares_of_full
from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions.assigning import assign_turf
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.field.models import Assignment, Priority, Turf
from amiral.rooms.field.queries import priorities, statistics
from amiral.rooms.people.contracts import Feature

MOST_AT_ONCE = 50
"""Turfs that one gesture gives to a shift."""


class BallotIsGone(Refused):
    """The results of a chosen ballot were taken away."""

    def __init__(self) -> None:
        super().__init__(_("The results of this ballot are no longer there: choose another."))


class NotOlder(Refused):
    """The ballot to compare with is not an older one."""

    def __init__(self) -> None:
        super().__init__(_("Compare with an older ballot, or with none."))


class NoWeight(Refused):
    """Nothing counts."""

    def __init__(self) -> None:
        super().__init__(_("Let at least one part count."))


class NoScoreHere(Refused):
    """No public figure speaks of the doors of the canvass, or none of what was to count."""

    def __init__(self) -> None:
        super().__init__(_("These turfs have no score: choose ballots and weights first."))


class NothingFree(Refused):
    """Every turf with a score is held by a team."""

    def __init__(self) -> None:
        super().__init__(_("No turf with a score is free: take one back, or wait until one is done."))


def set_priorities(*, by_id: UUID, canvass_id: UUID, choice: PriorityChoice, at: datetime) -> None:
    """Keeps what the turfs of a canvass are scored by. ``NotFound`` unless the person manages its field."""
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    check_choice(choice)
    _keep(by_id, canvass_id, choice, at)


def check_choice(choice: PriorityChoice) -> None:
    """Refuses ballots that are gone or in the wrong order, and weights that count nothing."""
    try:
        ballot = statistics.election(election_id=choice.election_id)
        before = statistics.election(election_id=choice.before_id) if choice.before_id else None
    except NotFound:
        raise BallotIsGone from None
    if before and (before.id == ballot.id or before.date > ballot.date):
        raise NotOlder
    try:
        shares_of_full(weights=choice.weights)
    except NothingCounts:
        raise NoWeight from None


@transaction.atomic
def _keep(by_id: UUID, canvass_id: UUID, choice: PriorityChoice, at: datetime) -> None:
    Priority.objects.update_or_create(
        canvass_id=canvass_id,
        defaults={
            "election_id": choice.election_id,
            "lists": list(choice.lists),
            "reach": list(choice.reach),
            "before_id": choice.before_id,
            "before_lists": list(choice.before_lists),
            "before_reach": list(choice.before_reach),
            "weights": {part.value: weight for part, weight in choice.weights.items()},
            "changed_at": at,
        },
    )
    audit.record(actor_id=by_id, verb="set-priorities", subject_kind="canvass", subject_id=canvass_id)


def assign_first(
    *, by_id: UUID, canvass_id: UUID, shift_id: UUID, count: int, at: datetime
) -> tuple[int, ...]:
    """Gives the first ``count`` free turfs to a shift's team; answers their numbers, first things first.

    All or nothing. ``NotFound`` unless the person manages the field; refused as ``assign_turf`` is, where the
    canvass has no score, and where no turf is free.
    """
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    order = _order(canvass_id)
    free = _free(canvass_id, order)[: min(count, MOST_AT_ONCE)]
    if not free:
        raise NothingFree
    turfs = dict(Turf.objects.filter(canvass=canvass_id, number__in=free).values_list("number", "pk"))
    with transaction.atomic():
        for number in free:
            assign_turf(by_id=by_id, turf_id=turfs[number], shift_id=shift_id, at=at)
    return tuple(free)


def _order(canvass_id: UUID) -> tuple[int, ...]:
    """The numbers of the turfs that have a score, first things first."""
    choice = priorities.choice_of(canvass_id=canvass_id)
    if choice is None:
        raise NoScoreHere
    try:
        found = priorities.turf_scores(canvass_id=canvass_id, choice=choice)
    except (NothingCounts, NotFound):
        raise NoScoreHere from None
    if found is None:
        raise NoScoreHere
    return tuple(line.number for line in found.lines if line.has_score)


def _free(canvass_id: UUID, order: Sequence[int]) -> list[int]:
    held = Assignment.objects.filter(turf__canvass=canvass_id, ended_at__isnull=True)
    taken = set(held.values_list("turf__number", flat=True))
    return [number for number in order if number not in taken]
