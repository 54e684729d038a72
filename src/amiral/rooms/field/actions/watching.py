"""What the worker looks after every few seconds: calls that nobody answers, persons who are not back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.rooms.field.actions import helping
from amiral.rooms.field.actions import safety_letters as letters
from amiral.rooms.field.contracts import BACK_BY, LEADER_AFTER
from amiral.rooms.field.models import Presence
from amiral.rooms.field.queries.teams import leaders
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard


def watch(*, at: datetime) -> dict[str, int]:
    """One round; how many calls were passed on, persons reminded and leaders told. Two queries when quiet."""
    open_ = list(Presence.objects.filter(out_at__isnull=True, leader_told_at__isnull=True))
    shifts = mobilisation.shifts(shift_ids={row.shift_id for row in open_}) if open_ else {}
    late = [(row, shifts[row.shift_id]) for row in open_ if at >= shifts[row.shift_id].ends_at + BACK_BY]
    return {
        "passed on": helping.escalate(at=at),
        "reminded": sum(_remind(row, shift, at) for row, shift in late),
        "leaders told": sum(_tell_leader(row.pk, shift, at) for row, shift in late),
    }


@transaction.atomic
def _remind(row: Presence, shift: ShiftCard, at: datetime) -> bool:
    mine = Presence.objects.filter(pk=row.pk, out_at__isnull=True, reminded_at__isnull=True)
    if not mine.update(reminded_at=at):
        return False
    if row.person_id is not None:
        letters.still_out(presence=row, shift=shift)
    return row.person_id is not None


@transaction.atomic
def _tell_leader(presence_id: UUID, shift: ShiftCard, at: datetime) -> bool:
    """A quarter of an hour after the person; at once for a phone that cannot be written to."""
    mine = Presence.objects.filter(pk=presence_id, out_at__isnull=True, leader_told_at__isnull=True)
    row = mine.first()
    if row is None or row.reminded_at is None or (row.person_id and at < row.reminded_at + LEADER_AFTER):
        return False
    if not mine.update(leader_told_at=at):
        return False
    tiers = leaders(action=mobilisation.action(action_id=shift.action_id))
    others = (tuple(one for one in tier if one != row.person_id) for tier in tiers)
    letters.not_back(presence=row, shift=shift, to=next((tier for tier in others if tier), ()))
    return True
