"""Letting a phone in: for a team's member or leader, or for whoever typed the number of a list.

No audit line: it would remember who walked where for longer than a visit may. The devices page shows them.
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.rooms.field.access import access_assignment_by_id, access_phone_by_id
from amiral.rooms.field.actions import quiet, syncing
from amiral.rooms.field.contracts import PHONES_AT_MOST, Enrolment
from amiral.rooms.field.models import Assignment, Device, DeviceKind


class LeaseIsOver(Refused):
    """The team has the turf no longer."""

    def __init__(self) -> None:
        super().__init__(_("Your team no longer has this turf: ask your leader for another one."))


class TooManyPhones(Refused):
    """More phones than any team has."""

    def __init__(self) -> None:
        super().__init__(
            _("This team has %(most)d phones already: ask your leader to revoke some.")
            % {"most": PHONES_AT_MOST}
        )


def enrol_member(*, by_id: UUID, assignment_id: UUID, at: datetime) -> Enrolment:
    """A phone of somebody who may open the list with his account. Raises ``NotFound``, ``LeaseIsOver``,
    ``TooManyPhones``."""
    row = access_assignment_by_id(person_id=by_id, assignment_id=assignment_id, at=at)
    check_live(row, at)
    return _enrolled(row, person_id=by_id, only_list=None, at=at)


def check_live(row: Assignment, at: datetime) -> None:
    """Raises ``LeaseIsOver`` once the team has the turf no longer."""
    if row.ended_at is not None or row.until <= at:
        raise LeaseIsOver


def enrol_by_number(*, assignment: Assignment, at: datetime) -> Enrolment:
    """A phone of whoever typed the number of this live list: it sees this list and nothing else.

    Raises ``TooManyPhones``.
    """
    return _enrolled(assignment, person_id=None, only_list=assignment.pk, at=at)


def _enrolled(row: Assignment, *, person_id: UUID | None, only_list: UUID | None, at: datetime) -> Enrolment:
    quiet.check_team_begun(assignment=row, at=at)

    def check() -> None:
        phones = Device.objects.filter(shift=row.shift_id, kind=DeviceKind.PHONE, revoked_at__isnull=True)
        if phones.count() > PHONES_AT_MOST:
            raise TooManyPhones

    return syncing.enrol(shift_id=row.shift_id, person_id=person_id, at=at, only_list=only_list, check=check)


def revoke_phone(*, by_id: UUID, device_id: UUID, at: datetime) -> None:
    """One's own phone or one of a team that one leads, lost or given away. Raises ``NotFound``.

    What it sends from now on waits in quarantine; it wipes its packs when it next reaches the server.
    """
    access_phone_by_id(person_id=by_id, device_id=device_id)
    syncing.revoke(device_id=device_id, by_id=by_id, at=at)
