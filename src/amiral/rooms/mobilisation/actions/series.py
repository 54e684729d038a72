"""Repeating an action, and changing or calling off what follows. Each occurrence is an action of its own."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores import recurrence
from amiral.cores.recurrence import Every, Series
from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.access import access_held_action_by_id
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.actions.copying import copied, draft_of, shift_draft_of
from amiral.rooms.mobilisation.actions.together import first_day
from amiral.rooms.mobilisation.contracts import State
from amiral.rooms.mobilisation.models import Action, ActionSeries, Shift
from amiral.rooms.mobilisation.queries.clocks import zone_of


class BadSeries(Refused):
    """The days cannot be made out."""


class InSeries(Refused):
    """The action is repeated already."""


class NotInSeries(Refused):
    """The action is not repeated."""


def repeat_action(
    *, by_id: UUID, action_id: UUID, every: Every, until: date, exceptions: Iterable[date], at: datetime
) -> int:
    """Makes the action the first of a series; returns how many others were made.

    Each keeps the local hours of the first when the clocks change. Raises ``BadSeries``, ``InSeries``.
    """
    action = access_held_action_by_id(person_id=by_id, action_id=action_id)
    if action.state == State.CANCELLED:
        raise lead.ActionOff(_("This action is cancelled and can no longer be changed: create a new one."))
    start = first_day(action=action)
    series = Series(
        rule=recurrence.rule_of(every=every, starts_on=start, until=until),
        starts_on=start,
        exceptions=frozenset(exceptions) - {start},
    )
    days = _days(series)
    with transaction.atomic():
        row = _written(series, by_id=by_id, at=at)
        free = Action.objects.filter(pk=action_id, series__isnull=True)
        if not free.update(series=row.pk, occurs_on=start):
            raise InSeries(_("This action is repeated already: its other days stand below."))
        for day in days[1:]:
            _occurrence(action, day=day, start=start, series_id=row.pk, by_id=by_id, at=at)
        _audit(by_id, "repeat-action", action_id, rule=series.rule, occurrences=len(days))
    return len(days) - 1


def _days(series: Series) -> tuple[date, ...]:
    try:
        days = recurrence.days(series)
    except recurrence.TooMany:
        words = _("A series has at most %(count)d days: choose an earlier end.") % {"count": recurrence.MOST}
        raise BadSeries(words) from None
    except recurrence.BadRule:
        raise BadSeries(_("These days cannot be made out: check the end of the series.")) from None
    if len(days) < 2 or days[0] != series.starts_on:
        raise BadSeries(_("Nothing would be repeated: choose a later end."))
    return days


def _written(series: Series, *, by_id: UUID | None, at: datetime) -> ActionSeries:
    return ActionSeries.objects.create(
        rule=series.rule,
        starts_on=series.starts_on,
        exceptions=sorted(day.isoformat() for day in series.exceptions),
        created_by_id=by_id,
        created_at=at,
    )


def _occurrence(
    action: Action, *, day: date, start: date, series_id: UUID, by_id: UUID, at: datetime
) -> None:
    copy_id = copied(
        original=action,
        by_id=by_id,
        group_id=action.group_id,
        by=day - start,
        zone=zone_of(commune_id=action.commune_id),
        at=at,
    )
    Action.objects.filter(pk=copy_id).update(series=series_id, occurs_on=day)


def carry_over(*, by_id: UUID, action_id: UUID, at: datetime) -> int:
    """Gives the occurrences that follow the words, place, hours and shifts of this one; returns how many.

    "This one and those that follow": the series is cut in two before this day. Whoever is signed up stays so
    and is told when time or place change; a shift never shrinks below those signed up, and one too many stays
    while somebody is signed up to it.
    """
    action, following = _following(by_id, action_id)
    zone = zone_of(commune_id=action.commune_id)
    pattern = list(Shift.objects.filter(action=action_id, state=State.PUBLISHED))
    with transaction.atomic():
        _cut(action, by_id=by_id, at=at)
        for other in following:
            by = other.occurs_on - action.occurs_on  # type: ignore[operator]  # both are in a series
            _make_alike(other, action, by_id=by_id, pattern=pattern, by=by, zone=zone, at=at)
        _audit(by_id, "carry-over", action_id, occurrences=len(following))
    return len(following)


def cancel_following(*, by_id: UUID, action_id: UUID, at: datetime) -> int:
    """Calls this occurrence and all that follow off, and tells everyone; returns how many people."""
    action, following = _following(by_id, action_id)
    with transaction.atomic():
        _cut(action, by_id=by_id, at=at)
        return sum(
            lead.cancel_action(by_id=by_id, action_id=one.pk, at=at)
            for one in [action, *following]
            if one.state == State.PUBLISHED
        )


def leave_out(*, by_id: UUID, action_id: UUID, at: datetime) -> int:
    """Calls this one occurrence off and writes its day among the exceptions; returns how many were told."""
    action = access_held_action_by_id(person_id=by_id, action_id=action_id)
    with transaction.atomic():
        told = lead.cancel_action(by_id=by_id, action_id=action_id, at=at)
        series = _series_of(action)
        if series is not None and action.occurs_on is not None:
            series.exceptions = sorted({*series.exceptions, action.occurs_on.isoformat()})
            series.save(update_fields=["exceptions"])
    return told


def _following(by_id: UUID, action_id: UUID) -> tuple[Action, list[Action]]:
    action = access_held_action_by_id(person_id=by_id, action_id=action_id)
    if action.series_id is None or action.occurs_on is None:
        raise NotInSeries(_("This action is not repeated."))
    if action.state == State.CANCELLED:
        raise lead.ActionOff(_("This action is cancelled and can no longer be changed: create a new one."))
    later = Action.objects.filter(
        series=action.series_id, occurs_on__gt=action.occurs_on, state=State.PUBLISHED
    )
    return action, list(later.order_by("occurs_on"))


def _series_of(action: Action) -> ActionSeries | None:
    """The series, locked; None without one."""
    if action.series_id is None:
        return None
    return ActionSeries.objects.select_for_update().filter(pk=action.series_id).first()


def _cut(action: Action, *, by_id: UUID, at: datetime) -> None:
    """Two series out of one, unless this is its first day."""
    row = _series_of(action)
    assert row is not None
    whole = Series(
        rule=row.rule,
        starts_on=row.starts_on,
        exceptions=frozenset(date.fromisoformat(day) for day in row.exceptions),
    )
    assert action.occurs_on is not None
    earlier, later = recurrence.cut(whole, before=action.occurs_on)
    if earlier is None or later is None:
        return
    row.rule, row.exceptions = earlier.rule, sorted(day.isoformat() for day in earlier.exceptions)
    row.save(update_fields=["rule", "exceptions"])
    new = _written(later, by_id=by_id, at=at)
    Action.objects.filter(series=row.pk, occurs_on__gte=action.occurs_on).update(series=new.pk)


def _make_alike(
    other: Action,
    action: Action,
    *,
    by_id: UUID,
    pattern: list[Shift],
    by: timedelta,
    zone: tzinfo,
    at: datetime,
) -> None:
    lead.edit_action(by_id=by_id, action_id=other.pk, draft=draft_of(action), at=at)
    theirs = list(Shift.objects.filter(action=other.pk, state=State.PUBLISHED))
    wanted = [shift_draft_of(shift, by=by, zone=zone) for shift in pattern]
    for mine, draft in zip(theirs, wanted, strict=False):
        roomy = replace(draft, capacity=max(draft.capacity, mine.taken))
        lead.change_shift(by_id=by_id, shift_id=mine.pk, shift=roomy, at=at)
    for draft in wanted[len(theirs) :]:
        lead.add_shift(by_id=by_id, action_id=other.pk, shift=draft, at=at)
    for shift in theirs[len(wanted) :]:
        with suppress(lead.ShiftHasTeam):
            lead.remove_shift(by_id=by_id, shift_id=shift.pk, at=at)


def _audit(by_id: UUID, verb: str, action_id: UUID, **detail: object) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="action", subject_id=action_id, **detail)
