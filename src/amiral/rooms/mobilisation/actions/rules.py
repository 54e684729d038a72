"""Who may come to a shift, and how: what its leader decides."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.access import access_managed_shift_by_id
from amiral.rooms.mobilisation.actions import seating
from amiral.rooms.mobilisation.actions.seating import Held
from amiral.rooms.mobilisation.contracts import ShiftRules
from amiral.rooms.mobilisation.models import Shift


class TooManyKept(Refused):
    """More places are kept for roles than the shift has."""


class Begun(Refused):
    """The shift is under way, over, or cancelled."""


def set_rules(*, by_id: UUID, shift_id: UUID, rules: ShiftRules, at: datetime) -> None:
    """Changes who may come; whoever has a place keeps it, and whoever waits is offered what that frees."""
    access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)

    def change(held: Held) -> None:
        if not held.is_open:
            raise Begun(_("This shift has begun or is cancelled: its rules can no longer be changed."))
        if sum(rules.least.values()) > held.shift.capacity:
            raise TooManyKept(_("More places are kept than the shift has."))
        columns = seating.columns_of(rules)
        Shift.objects.filter(pk=shift_id).update(**columns)
        held.use(columns)
        audit.record(actor_id=by_id, verb="set-rules", subject_kind="shift", subject_id=shift_id)

    seating.gesture(shift_id=shift_id, at=at, do=change)
