"""What those who lead an action decide about who comes: yes or no to a request, and who was there."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.access import access_managed_shift_by_id
from amiral.rooms.mobilisation.actions import seating
from amiral.rooms.mobilisation.actions.seating import Held
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp


class NotBegun(Refused):
    """Nobody was there yet."""


class Begun(Refused):
    """The shift is under way, or over."""


def approve(*, by_id: UUID, sign_up_id: UUID, at: datetime) -> SignUpState:
    """Says yes to a request: a place, or the waiting list when none is left. Tells the person."""
    shift = managed_shift_of(by_id=by_id, sign_up_id=sign_up_id)

    def say_yes(held: Held) -> SignUp:
        _check_ahead(held)
        row = held.row(sign_up_id)
        held.approve(row)
        _audit(by_id, "approve-sign-up", row)
        return row

    return SignUpState(seating.gesture(shift_id=shift.pk, at=at, do=say_yes).state)


def refuse(*, by_id: UUID, sign_up_id: UUID, at: datetime) -> None:
    """Says no to a request, and tells the person."""
    shift = managed_shift_of(by_id=by_id, sign_up_id=sign_up_id)

    def say_no(held: Held) -> None:
        _check_ahead(held)
        row = held.row(sign_up_id)
        held.end(row, SignUpState.REFUSED)
        _audit(by_id, "refuse-sign-up", row)

    seating.gesture(shift_id=shift.pk, at=at, do=say_no)


def mark_attendance(*, by_id: UUID, sign_up_id: UUID, attended: bool, at: datetime) -> None:
    """Says that somebody was there, or was not; can be said again otherwise. From the start of the shift on.

    The seat stays counted: somebody who did not come has kept it from another.
    """
    shift = managed_shift_of(by_id=by_id, sign_up_id=sign_up_id)
    state = SignUpState.ATTENDED if attended else SignUpState.NO_SHOW

    def mark(held: Held) -> None:
        _check_begun(held)
        row = held.row(sign_up_id)
        if row.state != state:
            held.end(row, state)
            _audit(by_id, "mark-attendance", row, attended=attended)

    seating.gesture(shift_id=shift.pk, at=at, do=mark)


def mark_the_rest(*, by_id: UUID, shift_id: UUID, at: datetime) -> int:
    """Says of everybody of whom nothing is said yet that he was there; how many. ``NotBegun`` too early."""
    access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)

    def mark(held: Held) -> int:
        _check_begun(held)
        rest = [row for row in held.rows if row.state == SignUpState.CONFIRMED]
        for row in rest:
            held.end(row, SignUpState.ATTENDED)
            _audit(by_id, "mark-attendance", row, attended=True)
        return len(rest)

    return seating.gesture(shift_id=shift_id, at=at, do=mark)


def managed_shift_of(*, by_id: UUID | None, sign_up_id: UUID) -> Shift:
    """The shift of a sign-up, for who manages its action; missing and forbidden answer alike."""
    shift_id = SignUp.objects.filter(pk=sign_up_id).values_list("shift_id", flat=True).first()
    if shift_id is None:
        raise NotFound
    return access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)


def _check_ahead(held: Held) -> None:
    if held.at >= held.shift.starts_at:
        raise Begun(_("This shift has begun: nobody can be added or refused any more."))


def _check_begun(held: Held) -> None:
    if held.at < held.shift.starts_at:
        raise NotBegun(_("This shift has not begun: say afterwards who was there."))


def _audit(by_id: UUID, verb: str, row: SignUp, **detail: object) -> None:
    sign_up = str(row.pk)
    audit.record(
        actor_id=by_id, verb=verb, subject_kind="shift", subject_id=row.shift_id, sign_up=sign_up, **detail
    )
