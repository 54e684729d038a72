"""A call for help: quiet, at once, and told to one circle of leaders after the other until one answers.

Nothing here counts calls: whoever is in need twice is heard twice. One open call each, and messages at most
once a minute, keep a nervous thumb from filling mailboxes.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_help_call_by_id, access_team_by_shift_id
from amiral.rooms.field.actions import safety_letters as letters
from amiral.rooms.field.contracts import (
    ANSWER_WITHIN,
    HELP_STEPS,
    HELP_UNTIL,
    NOTHING_TOLD,
    OUT_FROM,
    Caller,
    Told,
)
from amiral.rooms.field.models import HelpCall
from amiral.rooms.field.queries.teams import leaders, partners_of
from amiral.rooms.mobilisation import api as mobilisation

TRIES = 3
AGAIN_AFTER = timedelta(minutes=1)
"""So long after the last messages does pressing the button again send others."""


class NotOurShift(Refused):
    """Days before the shift, or long after: nobody watches."""

    def __init__(self) -> None:
        super().__init__(
            _("Nobody watches this shift now: the message was not sent. In danger, call 17 or 112.")
        )


@transaction.atomic
def call_for_help(*, caller: Caller, call_id: UUID, at: datetime, told: Told = NOTHING_TOLD) -> UUID:
    """Tells the nearest leaders and the caller's pair, at once; answers the id of the call that is open.

    Sent twice it is one call; pressed again it tells them again, at most once a minute. Raises
    ``NotOurShift``.
    """
    known = _of(caller).filter(pk=call_id).first()
    if known is not None:
        return known.pk
    shift = mobilisation.shift(shift_id=caller.shift_id)
    if not shift.starts_at - OUT_FROM <= at < shift.ends_at + HELP_UNTIL:
        raise NotOurShift
    call = _open_call(_row(caller, call_id, at, told), caller)
    if call.pk == call_id:
        _audit(call, caller.person_id, "call-help")
        _tell_next(call, at)
    else:
        _again(call, at, told)
    return call.pk


def _open_call(row: HelpCall, caller: Caller) -> HelpCall:
    """The insert itself decides which of two taps is the call. An earlier one that somebody ends in between
    is not what was asked for: then it is asked again."""
    for _try in range(TRIES):
        HelpCall.objects.bulk_create([row], ignore_conflicts=True)
        call = _of(caller).select_for_update().filter(ended_at__isnull=True).first()
        if call is not None:
            return call
    raise NotFound  # the id is somebody else's call


def _row(caller: Caller, call_id: UUID, at: datetime, told: Told) -> HelpCall:
    return HelpCall(
        pk=call_id,
        shift_id=caller.shift_id,
        person_id=caller.person_id,
        device_id=caller.device_id,
        called_at=at,
        phone_at=told.phone_at,
        turf_number=told.turf_number,
        door_number=told.door_number,
        next_at=at,
    )


def _of(caller: Caller) -> "QuerySet[HelpCall]":
    mine = Q(person=caller.person_id) if caller.person_id else Q(device_id=caller.device_id)
    return HelpCall.objects.filter(mine, shift=caller.shift_id)


def _again(call: HelpCall, at: datetime, told: Told) -> None:
    if told.turf_number or told.door_number:
        place = {"turf_number": told.turf_number, "door_number": told.door_number}
        HelpCall.objects.filter(pk=call.pk).update(**place)
        call.turf_number, call.door_number = told.turf_number, told.door_number
    answered = call.answered_at is not None
    if answered or call.next_at - ANSWER_WITHIN + AGAIN_AFTER <= at:
        HelpCall.objects.filter(pk=call.pk).update(answered_at=None, answered_by=None)
        call.answered_at = None
        _tell_next(call, at)


def _tell_next(call: HelpCall, at: datetime) -> bool:
    """One more round of messages, if nobody else has just sent it."""
    mine = HelpCall.objects.filter(pk=call.pk, step=call.step, ended_at__isnull=True)
    if not mine.update(step=F("step") + 1, next_at=at + ANSWER_WITHIN):
        return False
    letters.help_needed(call=call, to=_circle(call), step=call.step, at=at)
    call.step += 1
    return True


def _circle(call: HelpCall) -> tuple[UUID, ...]:
    """Whom this round goes to: first the pair and the nearest leaders, then the next ones; at last all."""
    shift = mobilisation.shift(shift_id=call.shift_id)
    tiers = leaders(action=mobilisation.action(action_id=shift.action_id))
    tiers = tuple(tier for tier in (tuple(x for x in t if x != call.person_id) for t in tiers) if tier)
    reached = tiers[call.step] if call.step < len(tiers) else tuple(one for tier in tiers for one in tier)
    pair = partners_of(shift_id=call.shift_id, person_id=call.person_id) if call.step == 0 else ()
    return tuple(dict.fromkeys((*pair, *reached)))


def escalate(*, at: datetime) -> int:
    """Tells the next leaders of every call that nobody has answered in time; how many calls."""
    due = HelpCall.objects.filter(
        answered_at__isnull=True, ended_at__isnull=True, next_at__lte=at, step__lt=HELP_STEPS
    )
    return sum(_step(call, at) for call in due)


@transaction.atomic
def _step(call: HelpCall, at: datetime) -> bool:
    return _tell_next(call, at)


@transaction.atomic
def answer_call(*, by_id: UUID, call_id: UUID, at: datetime) -> None:
    """A leader has seen the call and sees to it; the caller is shown who. Of two leaders one answers.

    Raises ``NotFound`` for who does not lead the action.
    """
    call = access_help_call_by_id(person_id=by_id, call_id=call_id, at=at)
    if not _leads(by_id, call, at) or by_id == call.person_id:
        raise NotFound
    open_ = HelpCall.objects.filter(pk=call_id, answered_at__isnull=True, ended_at__isnull=True)
    if open_.update(answered_at=at, answered_by=by_id):
        _audit(call, by_id, "answer-help")


@transaction.atomic
def end_call(*, by_id: UUID | None, call: HelpCall, at: datetime) -> None:
    """The caller is safe, or a leader knows that he is; who was told is told this too. Once."""
    if not HelpCall.objects.filter(pk=call.pk, ended_at__isnull=True).update(ended_at=at):
        return
    _audit(call, by_id, "end-help")
    letters.help_over(call=call, to=_told(call))


def _told(call: HelpCall) -> tuple[UUID, ...]:
    shift = mobilisation.shift(shift_id=call.shift_id)
    tiers = leaders(action=mobilisation.action(action_id=shift.action_id))
    everybody = [one for tier in tiers[: max(1, call.step)] for one in tier]
    pair = partners_of(shift_id=call.shift_id, person_id=call.person_id)
    return tuple(one for one in dict.fromkeys((*pair, *everybody)) if one != call.person_id)


def end_my_calls(*, caller: Caller, at: datetime) -> None:
    """The caller says that he is safe."""
    for call in _of(caller).filter(ended_at__isnull=True):
        end_call(by_id=caller.person_id, call=call, at=at)


def _leads(person_id: UUID, call: HelpCall, at: datetime) -> bool:
    return access_team_by_shift_id(person_id=person_id, shift_id=call.shift_id, at=at).leads


def _audit(call: HelpCall, actor_id: UUID | None, verb: str) -> None:
    audit.record(
        actor_id=actor_id, verb=verb, subject_kind="shift", subject_id=call.shift_id, call=str(call.pk)
    )
