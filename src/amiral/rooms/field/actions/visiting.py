"""Recording what happened at a door.

The field log is its own trail: an audit line would remember the volunteer longer than a visit may.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.sync import Kind, Status, Visit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_assignment_by_id, access_late_list_by_number
from amiral.rooms.field.actions.syncing import append
from amiral.rooms.field.contracts import SIDE_OUTCOMES, Outcome
from amiral.rooms.field.models import Assignment, Door, LogEntry


class VisitTaken(Refused):
    """A visit's id was sent again with something else in it."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This page was old and something else was already recorded with it; nothing was changed."
                " Look at what is recorded below and, if it is wrong, use “Correct what is recorded”."
            )
        )


class NothingToCorrect(Refused):
    """A correction names a visit that is not one of this door."""

    def __init__(self) -> None:
        super().__init__(_("The visit to correct is not one of this door: record the visit again."))


class NotOfASide(Refused):
    """A side of a street has no opinion."""

    def __init__(self) -> None:
        super().__init__(_("A side of a street is done, partly done or impossible, nothing else."))


@transaction.atomic
def record_visit(
    *,
    by_id: UUID,
    assignment_id: UUID,
    door_id: UUID,
    visit_id: UUID,
    outcome: Outcome,
    received_at: datetime,
    at: datetime | None = None,
    supersedes_id: UUID | None = None,
    unit: str = "",
) -> None:
    """Adds a visit to the log, as an event of the pages of the shift. ``visit_id`` is made by the client:
    sent twice, it is stored once.

    ``unit`` names the dwelling (``floor.dwelling``) of a building; without one the team says it of the whole
    door, which is done by it. A correction speaks of the dwellings of the visit that it corrects.
    ``received_at`` is this server's clock; ``at`` the device's, shown only. Neither decides the order.
    Shifts that ended, and turfs taken back a short while ago, still take visits: what was done counts.
    """
    _record(
        partial(access_assignment_by_id, person_id=by_id, assignment_id=assignment_id, at=received_at),
        by_id=by_id,
        door_id=door_id,
        visit_id=visit_id,
        outcome=outcome,
        received_at=received_at,
        at=at,
        supersedes_id=supersedes_id,
        unit=unit,
    )


@transaction.atomic
def record_visit_by_number(
    *,
    assignment_id: UUID,
    number: str,
    door_id: UUID,
    visit_id: UUID,
    outcome: Outcome,
    received_at: datetime,
    supersedes_id: UUID | None = None,
    unit: str = "",
) -> None:
    """The same for whoever typed the number of the list while it lived: a visit of nobody, at a door of that
    list. After the end of the lease it counts as long as that of the team does."""
    _record(
        partial(access_late_list_by_number, assignment_id=assignment_id, number=number, at=received_at),
        by_id=None,
        door_id=door_id,
        visit_id=visit_id,
        outcome=outcome,
        received_at=received_at,
        at=None,
        supersedes_id=supersedes_id,
        unit=unit,
    )


def _record(
    access: Callable[[], Assignment],
    *,
    by_id: UUID | None,
    door_id: UUID,
    visit_id: UUID,
    outcome: Outcome,
    received_at: datetime,
    at: datetime | None,
    supersedes_id: UUID | None,
    unit: str,
) -> None:
    assignment = _assignment(access, door_id, outcome)
    units = _units_corrected(door_id, supersedes_id) if supersedes_id else tuple(filter(None, [unit]))
    answer = append(
        shift_id=assignment.shift_id,
        by_id=by_id,
        body=Visit(door=door_id, outcome=outcome, units=units, replaces=supersedes_id),
        event_id=visit_id,
        at=received_at,
        clock=at,
    )
    if answer.status is Status.CONFLICT:
        raise VisitTaken


def _assignment(access: Callable[[], Assignment], door_id: UUID, outcome: Outcome) -> Assignment:
    # The door first: where a change by hand moves it in between, the assignment read after it knows of that.
    door = Door.objects.filter(pk=door_id).first()
    assignment = access()
    if door is None or not (door.turf_id == assignment.turf_id or str(door_id) in assignment.moved_doors):
        raise NotFound
    if door.leg is not None and outcome not in SIDE_OUTCOMES:
        raise NotOfASide
    return assignment


def _units_corrected(door_id: UUID, supersedes_id: UUID) -> tuple[str, ...]:
    """The dwellings that the visit to be corrected names. An erased one names none any more."""
    row = LogEntry.objects.filter(pk=supersedes_id, door=door_id, kind=Kind.VISIT).first()
    if row is None:
        raise NothingToCorrect
    return tuple(json.loads(row.content or "{}").get("units", ()))
