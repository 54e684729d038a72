"""Going out and being back, as somebody says it. No position is asked, and none is kept.

Each gesture has an id made where it was made: a phone without network sends it later, and perhaps twice.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_team_by_shift_id
from amiral.rooms.field.contracts import NOTHING_TOLD, OUT_FROM, OUT_UNTIL, Caller, Told
from amiral.rooms.field.models import Presence
from amiral.rooms.field.queries.teams import partners_of
from amiral.rooms.mobilisation import api as mobilisation


class NotNow(Refused):
    """Long before the shift begins, or when it is long over."""

    def __init__(self) -> None:
        super().__init__(
            _("One can say “I am going out” from two hours before the shift to twelve after it.")
        )


@transaction.atomic
def go_out(
    *, caller: Caller, gesture_id: UUID, at: datetime, with_pair: bool = False, told: Told = NOTHING_TOLD
) -> None:
    """The caller, or his whole pair, is out from now on. Again, or for who is out already, it changes nothing
    but what was told. Raises ``NotNow``.
    """
    shift = mobilisation.shift(shift_id=caller.shift_id)
    if shift.is_cancelled or not shift.starts_at - OUT_FROM <= at < shift.ends_at + OUT_UNTIL:
        raise NotNow
    rows = [_row(caller, one, gesture_id, at, told) for one in _persons(caller, with_pair)]
    # The insert itself decides, by the gesture and by "out once": of two taps one counts.
    Presence.objects.bulk_create(rows, ignore_conflicts=True)
    if told.turf_number or told.door_number:
        tell_place(caller=caller, told=told)


def _persons(caller: Caller, with_pair: bool) -> tuple[UUID | None, ...]:
    if caller.person_id is None or not with_pair:
        return (caller.person_id,)
    return (caller.person_id, *partners_of(shift_id=caller.shift_id, person_id=caller.person_id))


def _row(caller: Caller, person_id: UUID | None, gesture_id: UUID, at: datetime, told: Told) -> Presence:
    return Presence(
        pk=uuid5(gesture_id, str(person_id or caller.device_id)),
        shift_id=caller.shift_id,
        person_id=person_id,
        device_id=None if person_id else caller.device_id,
        in_at=at,
        in_phone_at=told.phone_at,
        turf_number=told.turf_number,
        door_number=told.door_number,
    )


def tell_place(*, caller: Caller, told: Told) -> None:
    """The turf and the door that the caller chose to tell; nothing while he is not out."""
    mine = _of(caller, caller.person_id).filter(out_at__isnull=True)
    mine.update(turf_number=told.turf_number, door_number=told.door_number)


def come_back(
    *, caller: Caller, gesture_id: UUID, at: datetime, with_pair: bool = False, told: Told = NOTHING_TOLD
) -> None:
    """The caller, or his whole pair, is back. Repeated, or for who is not out, it changes nothing."""
    for one in _persons(caller, with_pair):
        mine = _of(caller, one)
        if not mine.filter(out_gesture_id=gesture_id).exists():
            mine.filter(out_at__isnull=True).update(
                out_at=at, out_phone_at=told.phone_at, out_gesture_id=gesture_id
            )


def say_back(*, by_id: UUID, shift_id: UUID, presence_id: UUID, gesture_id: UUID, at: datetime) -> None:
    """A leader knows that somebody is back. Raises ``NotFound`` for who does not lead the action."""
    if not access_team_by_shift_id(person_id=by_id, shift_id=shift_id, at=at).leads:
        raise NotFound
    open_ = Presence.objects.filter(pk=presence_id, shift=shift_id, out_at__isnull=True)
    open_.update(out_at=at, out_gesture_id=gesture_id)


def _of(caller: Caller, person_id: UUID | None) -> "QuerySet[Presence]":
    mine = Q(person=person_id) if person_id else Q(device_id=caller.device_id)
    return Presence.objects.filter(mine, shift=caller.shift_id)
