"""What people answer to reminders: that they come, and afterwards whether they came."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.contracts import COMING, SignUpState, State
from amiral.rooms.mobilisation.models import SignUp, SignUpAnswer


class NoPlace(Refused):
    """The person has no place in the shift, or the shift is called off."""


class NotYet(Refused):
    """The shift has not begun."""


def confirm_coming(*, sign_up_id: UUID, at: datetime) -> None:
    """Says that one will be there; once is for good. Raises ``NoPlace`` once the shift has begun."""
    row = _row(sign_up_id)
    if row.state != SignUpState.CONFIRMED or _is_off(row) or row.shift.starts_at <= at:
        raise NoPlace(_("There is nothing left to confirm: see where your place stands below."))
    _answer(row, "confirm-coming", comes_at=at)


def say_came(*, sign_up_id: UUID, came: bool, at: datetime) -> None:
    """After the start: one was there, or not; can be said again otherwise. The leader's word counts more."""
    row = _row(sign_up_id)
    if _is_off(row) or row.state not in (*COMING, SignUpState.NO_SHOW):
        raise NoPlace(_("You had no place in this shift."))
    if at < row.shift.starts_at:
        raise NotYet(_("This shift has not begun yet."))
    _answer(row, "say-came", came=came, came_at=at)


def _answer(row: SignUp, verb: str, **values: object) -> None:
    with transaction.atomic():
        SignUpAnswer.objects.update_or_create(sign_up_id=row.pk, defaults=values)
        audit.record(actor_id=row.person_id, verb=verb, subject_kind="shift", subject_id=row.shift_id)


def _row(sign_up_id: UUID) -> SignUp:
    row = SignUp.objects.select_related("shift__action").filter(pk=sign_up_id).first()
    if row is None:
        raise NotFound
    return row


def _is_off(row: SignUp) -> bool:
    return State.CANCELLED in {row.shift.state, row.shift.action.state}
