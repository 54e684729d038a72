"""Leases: a turf is a team's until a time. What comes late still counts; the turf is free again.

``Assignment.ended_at`` says that a turf is free. A lease that ran out is ended by ``end_leases`` (the worker
calls it every few seconds) and by each verb that asks which turfs are held, in its own transaction.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_turf_by_id
from amiral.rooms.field.contracts import LEASE_AT_MOST, LEASE_MARGIN
from amiral.rooms.field.models import Assignment, Canvass, Turf, new_list_number
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard

TRIES = 20


class BadLease(Refused):
    """An end of a lease that has passed, or lies too far ahead."""

    def __init__(self, latest: datetime) -> None:
        super().__init__(
            _("Choose an end between now and %(latest)s.")
            % {"latest": date_format(localtime(latest), "DATETIME_FORMAT")}
        )


class NoNumberLeft(Refused):
    """Twenty numbers by chance were all in use."""

    def __init__(self) -> None:
        super().__init__(_("No list number is free just now: try again."))


def lease_end(shift: ShiftCard) -> datetime:
    """When a lease ends unless the leader says otherwise: the end of the shift and a margin."""
    return shift.ends_at + LEASE_MARGIN


def lease(*, turf_id: UUID, shift: ShiftCard, by_id: UUID, at: datetime) -> Assignment:
    """The new lease; whoever calls holds the canvass locked."""
    return Assignment.objects.create(
        turf_id=turf_id,
        shift_id=shift.id,
        assigned_by_id=by_id,
        created_at=at,
        until=max(lease_end(shift), at + LEASE_MARGIN),
        list_number=free_number(),
    )


def free_number() -> str:
    """A list number that no live list has."""
    for _try in range(TRIES):
        number = new_list_number()
        if not Assignment.objects.filter(list_number=number, ended_at__isnull=True).exists():
            return number
    raise NoNumberLeft


def end_leases(*, at: datetime, canvass_id: UUID | None = None) -> int:
    """Ends the leases that ran out, of one canvass or of all, as of their end; answers how many.

    The worker looks every few seconds; who shows or changes which turfs are held looks first.
    """
    over = Assignment.objects.filter(ended_at__isnull=True, until__lte=at)
    if canvass_id:
        # Each condition on the row itself: PostgreSQL asks them again of a lease that was renewed meanwhile.
        over = over.filter(turf__in=Turf.objects.filter(canvass=canvass_id))
    return over.update(ended_at=F("until")) if over.exists() else 0  # reading waits for no writer


def change_lease(*, by_id: UUID, turf_id: UUID, until: datetime, at: datetime) -> None:
    """Another end for the lease of the team that holds the turf.

    Raises ``NotFound`` for those who do not manage the field, and where nobody holds the turf (any more);
    ``BadLease``.
    """
    turf = access_turf_by_id(person_id=by_id, turf_id=turf_id)
    with transaction.atomic():
        row = _held(turf.canvass_id, turf_id, at)
        latest = latest_end(mobilisation.shift(shift_id=row.shift_id), at)
        if not at < until <= latest:
            raise BadLease(latest)
        row.until = until
        row.save(update_fields=["until"])
        audit.record(
            actor_id=by_id,
            verb="change-lease",
            subject_kind="turf",
            subject_id=turf_id,
            until=until.isoformat(),
        )


def latest_end(shift: ShiftCard, at: datetime) -> datetime:
    """How far a lease may reach."""
    return max(shift.ends_at, at) + LEASE_AT_MOST


def renew_number(*, by_id: UUID, turf_id: UUID, at: datetime) -> str:
    """Another list number for the team that holds the turf; the old one opens nothing from now on.

    Phones that were enrolled with the old one stay: revoke those.
    """
    turf = access_turf_by_id(person_id=by_id, turf_id=turf_id)
    with transaction.atomic():
        row = _held(turf.canvass_id, turf_id, at)
        row.list_number = free_number()
        row.save(update_fields=["list_number"])
        audit.record(actor_id=by_id, verb="renew-list-number", subject_kind="turf", subject_id=turf_id)
    return row.list_number


def _held(canvass_id: UUID, turf_id: UUID, at: datetime) -> Assignment:
    Canvass.objects.select_for_update().get(pk=canvass_id)  # giving and taking back lock it too
    end_leases(at=at, canvass_id=canvass_id)
    row = Assignment.objects.filter(turf_id=turf_id, ended_at__isnull=True).first()
    if row is None:
        raise NotFound
    return row
