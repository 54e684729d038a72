"""Flagging an address for who comes after: a code of a closed list, and an end. No word is typed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores.names import address_key
from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_assignment_by_id, access_caution_by_id, may_manage_assignment
from amiral.rooms.field.actions import safety_letters as letters
from amiral.rooms.field.contracts import CAUTION_MONTHS, CAUTION_MONTHS_MOST, CautionCode
from amiral.rooms.field.models import Assignment, Caution, Door
from amiral.rooms.field.queries.teams import leaders
from amiral.rooms.mobilisation import api as mobilisation

MONTH = timedelta(days=365) / 12
DAY = timedelta(days=1)


class BadMonths(Refused):
    """Longer than an address may be flagged, or no time at all."""

    def __init__(self) -> None:
        super().__init__(_("An address is flagged for 1 to %(most)d months.") % {"most": CAUTION_MONTHS_MOST})


def _end(at: datetime, months: int) -> datetime:
    if not 1 <= months <= CAUTION_MONTHS_MOST:
        raise BadMonths
    # In days: a month later is no date where a month is shorter, and nobody counts hours here.
    return at + timedelta(days=(MONTH * months) // DAY)


@transaction.atomic
def report_caution(
    *,
    by_id: UUID,
    assignment_id: UUID,
    door_id: UUID,
    code: CautionCode,
    at: datetime,
    months: int = CAUTION_MONTHS,
) -> bool:
    """Flags the address of a door of a walk list; whether other teams see it at once.

    A leader's word counts at once; a team's is a report that a leader confirms. Said again it lasts from now
    on, if a leader says it. Raises ``NotFound``, ``BadMonths``.
    """
    assignment = access_assignment_by_id(person_id=by_id, assignment_id=assignment_id, at=at)
    door = Door.objects.filter(pk=door_id, turf=assignment.turf_id, leg__isnull=True).first()
    if door is None:
        raise NotFound
    leads = may_manage_assignment(person_id=by_id, assignment=assignment)
    row = _kept(assignment, door, code, by_id, at, _end(at, months))
    if leads:
        _confirm(row, by_id, at, _end(at, months))
    elif row.confirmed_at is None and row.since == at:
        _ask_leaders(row, door, assignment)
    audit.record(actor_id=by_id, verb="report-caution", subject_kind="caution", subject_id=row.pk, code=code)
    return leads or row.confirmed_at is not None


def _kept(
    assignment: Assignment, door: Door, code: CautionCode, by_id: UUID, at: datetime, until: datetime
) -> Caution:
    """The row of this address and code: the insert itself decides who was first."""
    same = {
        "address_file_name": assignment.turf.canvass.address_file_name,
        "address_id": door.address_id,
        "code": code,
    }
    Caution.objects.filter(**same, until__lte=at).delete()  # not purged yet
    new = Caution(
        **same,
        address_key=address_key(door.commune_code, door.number, door.street),
        since=at,
        until=until,
        reported_by_id=by_id,
    )
    Caution.objects.bulk_create([new], ignore_conflicts=True)
    return Caution.objects.get(**same)


def _confirm(row: Caution, by_id: UUID, at: datetime, until: datetime) -> None:
    Caution.objects.filter(pk=row.pk).update(confirmed_at=at, confirmed_by=by_id, until=max(until, row.until))


def _ask_leaders(row: Caution, door: Door, assignment: Assignment) -> None:
    shift = mobilisation.shift(shift_id=assignment.shift_id)
    tiers = leaders(action=mobilisation.action(action_id=shift.action_id))
    to: Iterable[UUID] = tiers[0] if tiers else ()
    canvass_id = assignment.turf.canvass_id
    letters.caution_reported(caution=row, label=door.label, canvass_id=canvass_id, to=to)


@transaction.atomic
def confirm_caution(*, by_id: UUID, canvass_id: UUID, caution_id: UUID, at: datetime) -> None:
    """From now on every team sees it. Raises ``NotFound`` for who manages no canvass that goes there."""
    row = access_caution_by_id(person_id=by_id, canvass_id=canvass_id, caution_id=caution_id)
    if Caution.objects.filter(pk=row.pk, confirmed_at__isnull=True).update(
        confirmed_at=at, confirmed_by=by_id
    ):
        audit.record(actor_id=by_id, verb="confirm-caution", subject_kind="caution", subject_id=row.pk)


@transaction.atomic
def lift_caution(*, by_id: UUID, canvass_id: UUID, caution_id: UUID) -> None:
    """It no longer holds, or was wrong: the row is gone. Raises ``NotFound``."""
    row = access_caution_by_id(person_id=by_id, canvass_id=canvass_id, caution_id=caution_id)
    if Caution.objects.filter(pk=row.pk).delete()[0]:
        audit.record(
            actor_id=by_id, verb="lift-caution", subject_kind="caution", subject_id=row.pk, code=row.code
        )
