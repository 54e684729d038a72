"""Signing up to a shift and giving the place back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.access import access_shift_by_id
from amiral.rooms.mobilisation.actions import letters
from amiral.rooms.mobilisation.contracts import State
from amiral.rooms.mobilisation.models import Shift, SignUp

KEPT = timedelta(days=365)
"""How long sign-ups are kept after their shift."""


class ShiftFull(Refused):
    """No place is left."""


class ShiftOver(Refused):
    """The shift has begun, or is behind us."""


class ShiftCancelled(Refused):
    """The shift does not take place."""


def sign_up(
    *, person_id: UUID, shift_id: UUID, at: datetime, silent: bool = False, shows_phone: bool = False
) -> bool:
    """Gives the person a place; ``False`` when he had one already, which is no error.

    Either the row and the counter are both written, or neither. ``silent`` sends no confirmation: for
    fictional persons of the demonstration. ``shows_phone``: the leader may see the number around the
    action; nobody's is shown who did not say so for this shift. Raises ``ShiftFull``, ``ShiftOver``,
    ``ShiftCancelled``.
    """
    access_shift_by_id(person_id=person_id, shift_id=shift_id)
    with transaction.atomic():
        if not SignUp.objects.claim(shift_id=shift_id, person_id=person_id, at=at):
            return False
        if not Shift.objects.take_seat(shift_id=shift_id, at=at):
            raise _refusal(shift_id=shift_id, at=at)
        mine = SignUp.objects.filter(shift=shift_id, person=person_id)
        mine.update(shows_phone=shows_phone)
        row = mine.select_related("shift__action").get()
        audit.record(actor_id=person_id, verb="sign-up", subject_kind="shift", subject_id=shift_id)
        if not silent:
            letters.confirm(sign_up=row)
    return True


def cancel_sign_up(*, person_id: UUID, shift_id: UUID, at: datetime) -> bool:
    """Gives the place back, once; ``False`` when there was none. Raises ``ShiftOver`` after the start."""
    shift = access_shift_by_id(person_id=person_id, shift_id=shift_id)
    if shift.starts_at <= at:
        raise ShiftOver(_("This shift has begun: your place can no longer be cancelled here."))
    with transaction.atomic():
        if not SignUp.objects.release(shift_id=shift_id, person_id=person_id, at=at):
            return False
        Shift.objects.free_seat(shift_id=shift_id)
        audit.record(actor_id=person_id, verb="cancel-sign-up", subject_kind="shift", subject_id=shift_id)
    return True


def erase_person(*, person_id: UUID) -> None:
    """Frees the seats of a person who is being erased, in the shifts to come and behind.

    Deleting the person alone would take the rows along but leave the counters too high.
    """
    with transaction.atomic():
        held = SignUp.objects.confirmed().select_for_update().filter(person=person_id)
        for shift_id in sorted(held.values_list("shift_id", flat=True)):
            Shift.objects.free_seat(shift_id=shift_id)
        SignUp.objects.filter(person=person_id).delete()


def purge(*, at: datetime) -> int:
    """Deletes sign-ups to shifts that ended twelve months ago; the counters stay: figures without persons."""
    return SignUp.objects.filter(shift__ends_at__lt=at - KEPT).delete()[0]


def _refusal(*, shift_id: UUID, at: datetime) -> Refused:
    """Why no seat could be taken, read after the fact."""
    shift = Shift.objects.filter(pk=shift_id).first()
    if shift is None or shift.state == State.CANCELLED:
        return ShiftCancelled(_("This shift is cancelled: choose another one."))
    if shift.starts_at <= at:
        return ShiftOver(_("This shift has already begun: choose a later one."))
    return ShiftFull(_("The last place of this shift has just been taken: choose another shift."))
