"""Signing up to a shift, answering an offer, giving the place back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.access import access_shift_by_id
from amiral.rooms.mobilisation.actions import seating
from amiral.rooms.mobilisation.actions.seating import Held
from amiral.rooms.mobilisation.contracts import CONDUCTS, MOST_PARTY, Kind, Role, SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

KEPT = timedelta(days=365)
"""How long sign-ups are kept after their shift."""


class ShiftOver(Refused):
    """The shift has begun, or is behind us."""


class ShiftCancelled(Refused):
    """The shift does not take place."""


class SigningUpOver(Refused):
    """The leader takes nobody any more."""


class SilentThen(Refused):
    """The eve or the day of a ballot, when such an action is forbidden."""


class PartyTooLarge(Refused):
    """More people than could ever come."""


class RoleNotTaken(Refused):
    """The shift takes nobody who comes as that."""


def sign_up(
    *,
    person_id: UUID,
    shift_id: UUID,
    at: datetime,
    silent: bool = False,
    shows_phone: bool = False,
    role: Role = Role.VOLUNTEER,
    party: int = 1,
    guest: bool = False,
) -> SignUpState:
    """Gives the person a place for ``party`` people, or puts him on the waiting list, or asks the leader.

    Answers what the sign-up has come to; who has one already keeps it as it is, which is no error.
    ``silent`` sends no letter: for fictional persons of the demonstration. ``shows_phone``: the leader may
    see the number around the action; nobody's is shown who did not say so for this shift. Raises
    ``ShiftOver``, ``ShiftCancelled``, ``SigningUpOver``, ``PartyTooLarge``.
    """
    access_shift_by_id(person_id=person_id, shift_id=shift_id)

    def ask(held: Held) -> SignUp:
        mine = held.row_of(person_id)
        if mine is not None and mine.state != SignUpState.NO_SHOW:
            return mine
        check_open(shift=held.shift, role=role, party=party, at=at)
        row = _row(held, person_id=person_id)
        row.role, row.party, row.guest, row.shows_phone, row.created_at = role, party, guest, shows_phone, at
        held.ask(row)
        audit.record(actor_id=person_id, verb="sign-up", subject_kind="shift", subject_id=shift_id)
        return row

    return SignUpState(
        seating.gesture(shift_id=shift_id, at=at, do=ask, silent=silent, person_id=person_id).state
    )


def accept_offer(*, person_id: UUID, shift_id: UUID, at: datetime, silent: bool = False) -> SignUpState:
    """Takes the place that is offered; again is no error. Raises ``NotPossibleNow`` when there is none."""

    def accept(held: Held) -> SignUpState:
        mine = _mine(held, person_id)
        if mine.state != SignUpState.CONFIRMED:
            held.accept(mine)
            _audit(person_id, "accept-offer", shift_id)
        return SignUpState.CONFIRMED

    return seating.gesture(shift_id=shift_id, at=at, do=accept, silent=silent, person_id=person_id)


def decline_offer(*, person_id: UUID, shift_id: UUID, at: datetime, silent: bool = False) -> SignUpState:
    """Lets the place that is being offered go to the next. Raises ``NotPossibleNow`` when there is none."""

    def decline(held: Held) -> SignUpState:
        held.end(_mine(held, person_id), SignUpState.DECLINED)
        _audit(person_id, "decline-offer", shift_id)
        return SignUpState.DECLINED

    return seating.gesture(shift_id=shift_id, at=at, do=decline, silent=silent, person_id=person_id)


def cancel_sign_up(*, person_id: UUID, shift_id: UUID, at: datetime, silent: bool = False) -> bool:
    """Gives the place back, or leaves the waiting list, once; ``False`` when there was neither.

    In the same transaction the place is offered to the first who waits. Raises ``ShiftOver`` after the start.
    """
    shift = access_shift_by_id(person_id=person_id, shift_id=shift_id)
    if shift.starts_at <= at:
        raise ShiftOver(_("This shift has begun: your place can no longer be cancelled here."))

    def cancel(held: Held) -> bool:
        mine = held.row_of(person_id)
        if mine is None:
            return False
        held.end(mine, SignUpState.CANCELLED)
        _audit(person_id, "cancel-sign-up", shift_id)
        return True

    return seating.gesture(shift_id=shift_id, at=at, do=cancel, silent=silent, person_id=person_id)


def settle_due(*, at: datetime, limit: int = 100) -> int:
    """Ends offers whose time is over and makes the next ones; how many shifts it touched.

    For the worker's round. Several workers at once do no harm: each shift is settled by one after the other.
    """
    due = Shift.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    seating.settle(shift_ids=ids, at=at)
    return len(ids)


def erase_person(*, person_id: UUID, at: datetime) -> None:
    """Frees the seats of a person who is being erased, in the shifts to come and behind.

    Deleting the person alone would take the rows along but leave the counters too high, and nobody would be
    offered the places.
    """
    with transaction.atomic():
        held = SignUp.objects.live().filter(person=person_id)
        for shift_id in sorted(set(held.values_list("shift_id", flat=True))):
            seating.gesture(shift_id=shift_id, at=at, do=lambda shift: shift.remove(person_id))
        SignUp.objects.filter(person=person_id).delete()


def purge(*, at: datetime) -> int:
    """Deletes sign-ups to shifts that ended twelve months ago, and the contacts of guests nothing else keeps.

    The counters stay: figures without persons.
    """
    old = SignUp.objects.filter(shift__ends_at__lt=at - KEPT)
    asked = set(old.filter(guest=True).values_list("person_id", flat=True))
    gone = old.delete()[1].get(SignUp._meta.label, 0)
    still = set(SignUp.objects.filter(person__in=asked).values_list("person_id", flat=True))
    people.forget_guests(person_ids=asked - still, at=at)
    return gone


def _row(held: Held, *, person_id: UUID) -> SignUp:
    """The person's row of before, whose calendar entry lives on; else a new one."""
    before = SignUp.objects.filter(shift=held.shift.pk, person=person_id).first()
    return before or SignUp(shift=held.shift, person_id=person_id)


def _mine(held: Held, person_id: UUID) -> SignUp:
    mine = held.row_of(person_id)
    if mine is None:
        raise seating.NotPossibleNow(_("No place is being offered to you at the moment."))
    return mine


def check_open(*, shift: Shift, role: Role, party: int, at: datetime) -> None:
    """Refuses what could never come to a place, whoever asks; raises the errors above."""
    if seating.is_off(shift):
        raise ShiftCancelled(_("This shift is cancelled: choose another one."))
    if shift.starts_at <= at:
        raise ShiftOver(_("This shift has already begun: choose a later one."))
    if seating.closes_at(shift) <= at:
        raise SigningUpOver(_("Nobody can sign up to this shift any more: choose another one."))
    silence = outreach.silence_over(
        territory_ids=(shift.action.commune_id,),
        at=shift.starts_at,
        until=shift.ends_at,
        conduct=CONDUCTS[Kind(shift.action.kind)],
    )
    if silence is not None:
        raise SilentThen(silence.sentence)
    most = min(MOST_PARTY, shift.capacity, shift.most.get(role, shift.capacity))
    if most < 1:
        raise RoleNotTaken(_("This shift takes nobody in that role: choose another one."))
    if not 1 <= party <= most:
        raise PartyTooLarge(
            ngettext(
                "At most %(count)d person can come together here, in this role: sign up one by one.",
                "At most %(count)d people can come together here, in this role: sign up one by one.",
                most,
            )
            % {"count": most}
        )


def _audit(person_id: UUID, verb: str, shift_id: UUID) -> None:
    audit.record(actor_id=person_id, verb=verb, subject_kind="shift", subject_id=shift_id)
