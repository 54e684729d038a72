"""Saying who of a team goes with whom, and which walk list each pair does."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.field.access import access_team_by_shift_id
from amiral.rooms.field.models import Assignment, Pair, PairMember
from amiral.rooms.mobilisation import api as mobilisation


class NotOfThisTeam(Refused):
    """Somebody who is not signed up, or a walk list that the team does not hold."""

    def __init__(self) -> None:
        super().__init__(
            _("The team or its turfs changed meanwhile: look at them and arrange the pairs again.")
        )


class PairsChanged(Refused):
    """Somebody else arranged the same team in the same instant."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else arranged the pairs at the same time: look at them again."))


def arrange_pairs(
    *,
    by_id: UUID,
    shift_id: UUID,
    numbers: Mapping[UUID, int],
    walks: Mapping[int, UUID | None],
    at: datetime,
) -> None:
    """Puts each person in the pair of that number (from 1) and gives pairs their walk lists.

    For the team itself and for its leaders; replaces what was arranged before. Who is in no pair is put
    with others by default. Raises ``NotFound``, ``NotOfThisTeam``, ``PairsChanged``.
    """
    access_team_by_shift_id(person_id=by_id, shift_id=shift_id, at=at)
    _check(shift_id, numbers, walks)
    try:
        _write(by_id, shift_id, numbers, walks)
    except IntegrityError:
        raise PairsChanged from None


def _check(shift_id: UUID, numbers: Mapping[UUID, int], walks: Mapping[int, UUID | None]) -> None:
    team = set(mobilisation.team_of_shift(shift_id=shift_id))
    held = Assignment.objects.filter(shift=shift_id, ended_at__isnull=True)
    wanted = {walk for walk in walks.values() if walk}
    fits = set(numbers) <= team and all(1 <= number <= len(team) for number in numbers.values())
    if not fits or not wanted <= set(held.filter(pk__in=wanted).values_list("pk", flat=True)):
        raise NotOfThisTeam


@transaction.atomic
def _write(
    by_id: UUID, shift_id: UUID, numbers: Mapping[UUID, int], walks: Mapping[int, UUID | None]
) -> None:
    PairMember.objects.filter(shift=shift_id).delete()
    Pair.objects.filter(shift=shift_id).delete()
    used = sorted(set(numbers.values()))
    pairs = {
        number: Pair(shift_id=shift_id, number=i, assignment_id=walks.get(number))
        for i, number in enumerate(used, start=1)
    }
    Pair.objects.bulk_create(pairs.values())
    PairMember.objects.bulk_create(
        PairMember(pair=pairs[number], shift_id=shift_id, person_id=person_id)
        for person_id, number in numbers.items()
    )
    audit.record(actor_id=by_id, verb="arrange-pairs", subject_kind="shift", subject_id=shift_id)
