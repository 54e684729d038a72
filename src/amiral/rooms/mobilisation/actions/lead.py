"""What those who hold actions do: create, change, add and remove shifts, cancel. All of it audited."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.access import (
    access_group_for_actions_by_id,
    access_held_action_by_id,
    access_managed_action_by_id,
    access_managed_shift_by_id,
)
from amiral.rooms.mobilisation.actions import letters, quiet, seating
from amiral.rooms.mobilisation.actions.places import sign_up
from amiral.rooms.mobilisation.actions.rules import TooManyKept
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, Role, ShiftDraft, ShiftRules, State
from amiral.rooms.mobilisation.models import Action, ActionTalkingPoint, Shift
from amiral.rooms.mobilisation.queries.cards import shift_rules
from amiral.rooms.mobilisation.queries.choices import attachable_point_ids

MOST_SHIFTS = 50
"""Of one action: enough for a campaign's Saturdays, few enough for one page."""


class BelowTaken(Refused):
    """More people are signed up than the shift would hold."""


class ShiftHasTeam(Refused):
    """People are signed up to the shift that should be removed."""


class LastShift(Refused):
    """An action keeps a shift."""


class TooManyShifts(Refused):
    """An action has as many shifts as its page can show."""


class ActionOff(Refused):
    """The action, or the shift, is cancelled: nothing more can be changed."""


def create_action(
    *,
    by_id: UUID,
    group_id: UUID,
    draft: ActionDraft,
    shifts: Sequence[ShiftDraft],
    at: datetime,
    leads: bool = False,
) -> UUID:
    """Publishes an action of a group the person may act for; ``NotFound`` for any other group.

    ``leads``: whoever publishes it has a place as team lead in every shift that has not begun.
    """
    access_group_for_actions_by_id(person_id=by_id, group_id=group_id)
    _check_room_for(shifts=len(shifts))
    quiet.check_free_phone(draft=draft, at=at)
    quiet.check_published(kind=draft.kind, commune_id=draft.commune_id, at=at)
    quiet.check_shifts(kind=draft.kind, commune_id=draft.commune_id, shifts=shifts)
    with transaction.atomic():
        action = Action.objects.create(
            group_id=group_id, created_by_id=by_id, created_at=at, changed_at=at, **_fields(draft)
        )
        _attach(action.pk, draft.talking_point_ids)
        rows = Shift.objects.bulk_create(_row(action.pk, shift) for shift in shifts)
        _audit(by_id, "create-action", action.pk, shifts=len(shifts))
        for row in rows if leads else []:
            if row.starts_at > at:
                sign_up(person_id=by_id, shift_id=row.pk, at=at, silent=True, role=Role.LEAD)
    return action.pk


def edit_action(*, by_id: UUID, action_id: UUID, draft: ActionDraft, at: datetime) -> None:
    """Changes what the action says; another place is told to everyone who is signed up."""
    before = access_managed_action_by_id(person_id=by_id, action_id=action_id)
    if (before.title, before.description) != (draft.title, draft.description):
        quiet.check_free_phone(draft=draft, at=at)
        quiet.check_published(kind=draft.kind, commune_id=draft.commune_id, at=at)
    if (before.kind, before.commune_id) != (draft.kind, draft.commune_id):
        ahead = Shift.objects.filter(action=action_id, ends_at__gt=at)
        quiet.check_shifts(kind=draft.kind, commune_id=draft.commune_id, shifts=list(ahead))
    with transaction.atomic():
        _change(action_id, at=at, **_fields(draft))
        _attach(action_id, draft.talking_point_ids)
        _audit(by_id, "edit-action", action_id)
        if (before.place, before.commune_id) != (draft.place, draft.commune_id):
            letters.tell_team(shift_ids=_ahead(action_id, at), words=letters.changed)


def add_shift(*, by_id: UUID, action_id: UUID, shift: ShiftDraft, at: datetime) -> UUID:
    """One more shift; unless it brings rules, newcomers are accompanied as in the last one."""
    action = access_managed_action_by_id(person_id=by_id, action_id=action_id)
    quiet.check_shifts(kind=Kind(action.kind), commune_id=action.commune_id, shifts=[shift])
    with transaction.atomic():
        _change(action_id, at=at)
        _check_room_for(shifts=1 + Shift.objects.filter(action=action_id).count())
        last = Shift.objects.filter(action=action_id).order_by("starts_at").last()
        usual = ShiftRules(newcomers_each=last.newcomers_each if last else None)
        row = _row(action_id, replace(shift, rules=shift.rules or usual))
        row.save(force_insert=True)
        _audit(by_id, "add-shift", action_id, shift=str(row.pk))
    return row.pk


def change_shift(*, by_id: UUID, shift_id: UUID, shift: ShiftDraft, at: datetime) -> None:
    """Other times or another number of places, never below those taken; new times are told to the team."""
    before = access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)
    moved = (before.starts_at, before.ends_at) != (shift.starts_at, shift.ends_at)
    if moved:
        place = before.action.commune_id
        quiet.check_shifts(kind=Kind(before.action.kind), commune_id=place, shifts=[shift])
    with transaction.atomic():
        _change(before.action_id, at=at)
        _resize(shift_id, shift)
        rules = seating.columns_of(_rules_after(shift_id, shift))
        Shift.objects.filter(pk=shift_id).update(starts_at=shift.starts_at, ends_at=shift.ends_at, **rules)
        # More places, or fewer rules: whoever waits is offered what there is now.
        seating.settle(shift_ids=[shift_id], at=at)
        _audit(by_id, "change-shift", before.action_id, shift=str(shift_id), capacity=shift.capacity)
        if moved:
            letters.tell_team(shift_ids=[shift_id], words=letters.changed)


def remove_shift(*, by_id: UUID, shift_id: UUID, at: datetime) -> None:
    """Deletes a shift that nobody is signed up to."""
    shift = access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)
    with transaction.atomic():
        _change(shift.action_id, at=at)
        if Shift.objects.filter(action=shift.action_id).count() == 1:
            raise LastShift(_("An action keeps at least one shift: cancel the action instead."))
        if not Shift.objects.close_if_empty(shift_id=shift_id):
            raise ShiftHasTeam(_("People are signed up to this shift: cancel it instead, and they are told."))
        Shift.objects.filter(pk=shift_id).delete()
        _audit(by_id, "remove-shift", shift.action_id, shift=str(shift_id))


def cancel_shift(*, by_id: UUID, shift_id: UUID, at: datetime) -> int:
    """Calls one shift off and tells its team; returns how many were written to."""
    shift = access_managed_shift_by_id(person_id=by_id, shift_id=shift_id)
    with transaction.atomic():
        _change(shift.action_id, at=at)
        told = letters.tell_team(shift_ids=Shift.objects.cancel(pk=shift_id, at=at), words=letters.cancelled)
        _audit(by_id, "cancel-shift", shift.action_id, shift=str(shift_id), told=told)
    return told


def cancel_action(*, by_id: UUID, action_id: UUID, at: datetime) -> int:
    """Calls the action off and tells everyone who would have come; returns how many were written to.

    Who was signed up stays written: the team of a cancelled action can still be thanked.
    """
    access_held_action_by_id(person_id=by_id, action_id=action_id)
    with transaction.atomic():
        _change(action_id, at=at, state=State.CANCELLED)
        # First the shifts, then their teams: a sign-up under way either comes before, and is told, or waits
        # for these rows and is refused.
        shift_ids = Shift.objects.cancel(action=action_id, at=at)
        told = letters.tell_team(shift_ids=shift_ids, words=letters.cancelled)
        _audit(by_id, "cancel-action", action_id, told=told)
    return told


def _fields(draft: ActionDraft) -> dict[str, object]:
    return {
        "kind": draft.kind,
        "title": draft.title,
        "description": draft.description,
        "place": draft.place,
        "link": draft.link,
        "commune_id": draft.commune_id,
        "longitude": draft.longitude,
        "latitude": draft.latitude,
    }


def _row(action_id: UUID, shift: ShiftDraft) -> Shift:
    return Shift(
        action_id=action_id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        capacity=shift.capacity,
        needed=shift.needed,
        **seating.columns_of(shift.rules or ShiftRules()),
    )


def _rules_after(shift_id: UUID, shift: ShiftDraft) -> ShiftRules:
    """The rules of a shift that is changed; hours before the start stay as many. Read under its lock."""
    before = Shift.objects.get(pk=shift_id)
    rules = shift.rules or shift_rules(before).moved(shift.starts_at - before.starts_at)
    if sum(rules.least.values()) > shift.capacity:
        raise TooManyKept(_("More places are kept than the shift has."))
    return rules


def _change(action_id: UUID, *, at: datetime, **fields: object) -> None:
    """One conditional write that also makes leaders wait for each other; refuses a cancelled action."""
    alive = Action.objects.filter(pk=action_id, state=State.PUBLISHED)
    if not alive.update(sequence=F("sequence") + 1, changed_at=at, **fields):
        raise ActionOff(_("This action is cancelled and can no longer be changed: create a new one."))


def _resize(shift_id: UUID, shift: ShiftDraft) -> None:
    if Shift.objects.resize(shift_id=shift_id, capacity=shift.capacity, needed=shift.needed):
        return
    now_there = Shift.objects.filter(pk=shift_id).first()
    if now_there is None:
        raise NotFound
    if now_there.state == State.CANCELLED:
        raise ActionOff(_("This shift is cancelled and can no longer be changed: add a new one."))
    raise BelowTaken(
        ngettext(
            "%(count)d person is signed up: leave at least as many places.",
            "%(count)d people are signed up: leave at least as many places.",
            now_there.taken,
        )
        % {"count": now_there.taken}
    )


def _attach(action_id: UUID, point_ids: Sequence[UUID]) -> None:
    """Makes the cards of the action exactly these; ``NotFound`` for one that is not approved."""
    wanted = list(dict.fromkeys(point_ids))
    if not set(wanted) <= attachable_point_ids(action_id=action_id):
        raise NotFound
    ActionTalkingPoint.objects.filter(action=action_id).delete()
    ActionTalkingPoint.objects.bulk_create(
        ActionTalkingPoint(action_id=action_id, point_id=point_id, position=position)
        for position, point_id in enumerate(wanted)
    )


def _ahead(action_id: UUID, at: datetime) -> list[UUID]:
    """Shifts whose team is still to be told something: not over, not cancelled before."""
    rows = Shift.objects.filter(action=action_id, ends_at__gt=at, state=State.PUBLISHED)
    return list(rows.values_list("pk", flat=True))


def _check_room_for(*, shifts: int) -> None:
    if shifts < 1:
        raise LastShift(_("An action has at least one shift: add one."))
    if shifts > MOST_SHIFTS:
        raise TooManyShifts(
            _("An action has at most %(count)d shifts: create another action.") % {"count": MOST_SHIFTS}
        )


def _audit(by_id: UUID, verb: str, action_id: UUID, **detail: object) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="action", subject_id=action_id, **detail)
