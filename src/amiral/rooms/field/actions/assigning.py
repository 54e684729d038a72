"""Giving a turf to the team of a shift, and taking it back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_turf_by_id
from amiral.rooms.field.actions import quiet
from amiral.rooms.field.actions.leasing import end_leases, lease
from amiral.rooms.field.models import Assignment, Canvass, Turf
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard


class AlreadyAssigned(Refused):
    """A turf is held by one team at a time."""

    def __init__(self) -> None:
        super().__init__(_("A team holds this turf already: take it back first."))


class NotYourShift(Refused):
    """A shift of an action that the person does not manage."""

    def __init__(self) -> None:
        super().__init__(_("Choose a shift of an action that you manage."))


class ShiftIsOver(Refused):
    """A shift that has ended, or will not take place."""

    def __init__(self) -> None:
        super().__init__(_("This shift is over or cancelled: choose one that is still to come."))


def assign_turf(*, by_id: UUID, turf_id: UUID, shift_id: UUID, at: datetime) -> UUID:
    """Gives the turf to the shift's team; answers the assignment's id, which opens the walk list."""
    turf = access_turf_by_id(person_id=by_id, turf_id=turf_id)
    shift = shift_managed_by(by_id, shift_id)
    check_shift(shift, at)
    quiet.check_given(canvass=turf.canvass, shift=shift)
    return _assign(by_id, turf.canvass_id, turf_id, shift, at)


def shift_managed_by(person_id: UUID, shift_id: UUID) -> ShiftCard:
    """A shift of an action that the person manages. Raises ``NotYourShift``."""
    try:
        shift = mobilisation.shift(shift_id=shift_id)
    except NotFound:
        raise NotYourShift from None
    if mobilisation.may_manage_action(person_id=person_id, action_id=shift.action_id):
        return shift
    raise NotYourShift


def check_shift(shift: ShiftCard, at: datetime) -> None:
    """Raises ``ShiftIsOver`` for a shift that has ended, or will not take place."""
    if shift.ends_at <= at or shift.is_cancelled:
        raise ShiftIsOver


@transaction.atomic
def _assign(by_id: UUID, canvass_id: UUID, turf_id: UUID, shift: ShiftCard, at: datetime) -> UUID:
    Canvass.objects.select_for_update().get(pk=canvass_id)  # planning locks it too
    end_leases(at=at, canvass_id=canvass_id)
    if not Turf.objects.filter(pk=turf_id).exists():  # cut anew while this one waited for the lock
        raise NotFound
    held = Assignment.objects.filter(turf_id=turf_id, ended_at__isnull=True).first()
    if held and held.shift_id == shift.id:
        return held.pk
    if held:
        raise AlreadyAssigned
    made = lease(turf_id=turf_id, shift=shift, by_id=by_id, at=at)
    audit.record(
        actor_id=by_id, verb="assign-turf", subject_kind="turf", subject_id=turf_id, shift=str(shift.id)
    )
    return made.pk


@transaction.atomic
def take_back(*, by_id: UUID, turf_id: UUID, at: datetime) -> None:
    """Ends the assignment, if there is one; visits already recorded stay, and late ones still count."""
    turf = access_turf_by_id(person_id=by_id, turf_id=turf_id)
    Canvass.objects.select_for_update().get(pk=turf.canvass_id)  # sharing and renewing a lease lock it too
    end_leases(at=at, canvass_id=turf.canvass_id)
    if turf.assignments.filter(ended_at__isnull=True).update(ended_at=at):
        audit.record(actor_id=by_id, verb="take-back-turf", subject_kind="turf", subject_id=turf_id)
