"""Recording what happened at a door.

The log of visits is its own trail: an audit line would remember the volunteer longer than a visit may.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.contracts import SIDE_OUTCOMES, WISH_LASTS, Outcome
from amiral.rooms.field.models import AddressWish, Door, Visit


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
) -> None:
    """Adds a visit to the log. ``visit_id`` is made by the client: sent twice, it is stored once.

    ``received_at`` is this server's clock and decides the order; ``at`` the device's, shown only.
    Shifts that ended, and turfs taken back a short while ago, still take visits: what was done counts.
    """
    door = _door(by_id, assignment_id, door_id, received_at)
    if door.leg is not None and outcome not in SIDE_OUTCOMES:
        raise NotOfASide
    _check_correction(door, supersedes_id)
    visit = Visit(
        pk=visit_id,
        door=door,
        outcome=outcome,
        by_id=by_id,
        at=at or received_at,
        received_at=received_at,
        supersedes_id=supersedes_id,
    )
    if _store_once(visit):
        _settle_wish(door, visit)


def _door(by_id: UUID, assignment_id: UUID, door_id: UUID, at: datetime) -> Door:
    # The door first: where a change by hand moves it in between, the assignment read after it knows of that.
    door = Door.objects.filter(pk=door_id).first()
    assignment = access_assignment_by_id(person_id=by_id, assignment_id=assignment_id, at=at)
    if door is None or not (door.turf_id == assignment.turf_id or str(door_id) in assignment.moved_doors):
        raise NotFound
    door.turf = assignment.turf
    return door


def _check_correction(door: Door, supersedes_id: UUID | None) -> None:
    if supersedes_id and not Visit.objects.filter(pk=supersedes_id, door=door).exists():
        raise NothingToCorrect


def _store_once(visit: Visit) -> bool:
    """Whether the visit is new. The insert itself decides, so two taps in the same instant store one."""
    Visit.objects.bulk_create([visit], ignore_conflicts=True)
    stored = Visit.objects.get(pk=visit.pk)
    if _content(stored) != _content(visit):
        raise VisitTaken
    return stored.received_at == visit.received_at


def _content(visit: Visit) -> tuple[UUID, str, UUID | None]:
    return visit.door_id, str(visit.outcome), visit.supersedes_id


def _settle_wish(door: Door, visit: Visit) -> None:
    """ "Do not come back" binds the address for two years; correcting the visit that said so frees it."""
    key = {"address_file_name": door.turf.canvass.address_file_name, "address_id": door.address_id}
    if visit.outcome == Outcome.DO_NOT_COME_BACK:
        until = visit.received_at + WISH_LASTS
        AddressWish.objects.update_or_create(
            **key,
            defaults={"until": until, "visit_id": visit.pk},
            create_defaults={"since": visit.received_at, "until": until, "visit_id": visit.pk},
        )
    elif visit.supersedes_id:
        AddressWish.objects.filter(**key, visit_id=visit.supersedes_id).delete()
