"""The only way to fetch something of this room for a user: missing and forbidden answer alike."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from amiral.cores.names import address_key
from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import (
    NAME_KEPT,
    SHORT_CODE,
    TAKEN_BACK_READABLE,
    TOUR_FROM,
    CanvassKind,
)
from amiral.rooms.field.models import (
    Assignment,
    Canvass,
    Caution,
    Device,
    DeviceKind,
    Door,
    HelpCall,
    PrintedPage,
    Scan,
    ScannedPage,
    Turf,
)
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Ability, Feature


def may_over_group(*, person_id: UUID | None, group_id: UUID, feature: Feature) -> bool:
    """Whether a mandate opens ``feature`` over the group or over its territory."""
    group = network.group(group_id=group_id)
    return people.may(
        person_id=person_id, feature=feature, territory_id=group.territory_id, scope_id=group.id
    )


def abilities(*, person_id: UUID | None, group_id: UUID) -> frozenset[Ability]:
    """What the person may do in the field of a group."""
    group = network.group(group_id=group_id)
    return people.abilities(person_id=person_id, territory_id=group.territory_id, scope_id=group.id)


def access_canvass_by_id(*, person_id: UUID | None, canvass_id: UUID, feature: Feature) -> Canvass:
    """The canvass, for whoever holds ``feature`` (MANAGE_FIELD or SEE_COVERAGE) over its group."""
    canvass = Canvass.objects.filter(pk=canvass_id).first()
    if canvass and may_over_group(person_id=person_id, group_id=canvass.group_id, feature=feature):
        return canvass
    raise NotFound


def access_turf_by_id(*, person_id: UUID | None, turf_id: UUID) -> Turf:
    """The turf with its canvass, for whoever manages the field of the canvass' group."""
    return _managed(person_id, Turf.objects.select_related("canvass").filter(pk=turf_id).first())


def access_turf_by_number(*, person_id: UUID | None, canvass_id: UUID, number: int) -> Turf:
    """The same by its number on the map."""
    turfs = Turf.objects.select_related("canvass").filter(canvass_id=canvass_id, number=number)
    return _managed(person_id, turfs.first())


def _managed(person_id: UUID | None, turf: Turf | None) -> Turf:
    if turf and may_over_group(
        person_id=person_id, group_id=turf.canvass.group_id, feature=Feature.MANAGE_FIELD
    ):
        return turf
    raise NotFound


def access_assignment_by_id(*, person_id: UUID | None, assignment_id: UUID, at: datetime) -> Assignment:
    """A walk list, for the team of its shift and for those who manage the action or the canvass.

    The team of a turf that was taken back keeps the page for ``TAKEN_BACK_READABLE``: visits recorded on a
    page that was open in the street still count.
    """
    return _open_to(person_id, _assignments().filter(pk=assignment_id).first(), at)


def access_assignment_by_token(*, person_id: UUID | None, token: str, at: datetime) -> Assignment:
    """The same for the address in a QR code: the token names the list, it opens nothing by itself."""
    return _open_to(person_id, _assignments().filter(token=token).first(), at)


def access_assignment_by_number(*, number: str, at: datetime) -> Assignment:
    """The list of a number, for anybody who has it, while the lease lives."""
    live = _assignments().filter(list_number=number, ended_at__isnull=True, until__gt=at)
    found = live.first()
    if found is None:
        raise NotFound
    return found


def access_late_list_by_number(*, assignment_id: UUID, number: str, at: datetime) -> Assignment:
    """A list of which somebody typed the number while the lease lived: what he did before its end still
    counts, so he keeps the page as long as the team does. Another number closes it."""
    found = _assignments().filter(pk=assignment_id, list_number=number).first()
    if found is None:
        raise NotFound
    end = min(found.ended_at or found.until, found.until)
    if at >= end + TAKEN_BACK_READABLE:
        raise NotFound
    return found


def access_phone_by_id(*, person_id: UUID, device_id: UUID) -> Device:
    """A phone, for the person who enrolled it and for those who manage its team's action."""
    found = Device.objects.filter(pk=device_id, kind=DeviceKind.PHONE).first()
    if found and (found.person_id == person_id or _leads_team(person_id, found.shift_id)):
        return found
    raise NotFound


def _leads_team(person_id: UUID, shift_id: UUID | None) -> bool:
    if shift_id is None:
        return False
    action_id = mobilisation.shift(shift_id=shift_id).action_id
    return mobilisation.may_manage_action(person_id=person_id, action_id=action_id)


def access_phones_of_action(*, person_id: UUID, action_id: UUID) -> UUID:
    """The action, for those who manage it."""
    if not mobilisation.may_manage_action(person_id=person_id, action_id=action_id):
        raise NotFound
    return action_id


def may_device_see(*, device: Device) -> bool:
    """Whether a phone is still told of its team: not once it is revoked, nor once who carries it has left,
    was erased, or was forgotten after thirty days. One that came in by a list number never had a bearer.

    What it sends is another matter: what was done at doors of its team counts.
    """
    if device.revoked_at is not None or device.shift_id is None:
        return False
    if device.person_id is None:
        return device.only_list is not None
    if mobilisation.is_in_team(person_id=device.person_id, shift_id=device.shift_id):
        return True
    held = _assignments().filter(shift=device.shift_id).first()
    return held is not None and may_manage_assignment(person_id=device.person_id, assignment=held)


def access_pack(*, device: Device, assignment_id: UUID) -> Assignment:
    """The assignment whose pack a device may take along: one of its own shift, whatever became of the lease.

    A device that came in by the number of a list has that one only.
    """
    row = _assignments().filter(pk=assignment_id, shift__isnull=False, shift=device.shift_id).first()
    if row is None or device.only_list not in (None, row.pk) or not may_device_see(device=device):
        raise NotFound
    return row


def _assignments() -> "QuerySet[Assignment]":
    return Assignment.objects.select_related("turf__canvass")


def _open_to(person_id: UUID | None, assignment: Assignment | None, at: datetime) -> Assignment:
    if assignment and person_id and _may_walk(person_id, assignment, at):
        return assignment
    raise NotFound


def _may_walk(person_id: UUID, assignment: Assignment, at: datetime) -> bool:
    kept = assignment.ended_at is None or at < assignment.ended_at + TAKEN_BACK_READABLE
    if kept and mobilisation.is_in_team(person_id=person_id, shift_id=assignment.shift_id):
        return True
    return may_manage_assignment(person_id=person_id, assignment=assignment)


def may_manage_assignment(*, person_id: UUID, assignment: Assignment) -> bool:
    """Whether the person leads the action of the shift, or manages the field of the canvass' group."""
    action_id = mobilisation.shift(shift_id=assignment.shift_id).action_id
    if mobilisation.may_manage_action(person_id=person_id, action_id=action_id):
        return True
    group_id = assignment.turf.canvass.group_id
    return may_over_group(person_id=person_id, group_id=group_id, feature=Feature.MANAGE_FIELD)


@dataclass(frozen=True, kw_only=True)
class Touring:
    """A canvass in which a person may take tours, and the shifts whose team they are for.

    ``leads``: the person manages the field; else he is in the team of each of the shifts.
    """

    canvass: Canvass
    shifts: tuple[ShiftCard, ...]
    leads: bool

    def shift(self, shift_id: UUID) -> ShiftCard:
        """One of the shifts. Raises ``NotFound``."""
        for shift in self.shifts:
            if shift.id == shift_id:
                return shift
        raise NotFound


def access_touring(*, person_id: UUID | None, canvass_id: UUID, at: datetime) -> Touring:
    """A canvass with doors in turfs, for those who manage its field, and for teams of its group's shifts.

    A team may take a tour from ``TOUR_FROM`` before its shift begins until it ends.
    """
    canvass = Canvass.objects.filter(pk=canvass_id, planned_at__isnull=False).first()
    if canvass is None or person_id is None or canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        raise NotFound
    leads = may_over_group(person_id=person_id, group_id=canvass.group_id, feature=Feature.MANAGE_FIELD)
    shifts = _led_shifts(person_id, at) if leads else _own_shifts(person_id, canvass, at)
    if not (leads or shifts):
        raise NotFound
    return Touring(canvass=canvass, shifts=shifts, leads=leads)


def _led_shifts(person_id: UUID, at: datetime) -> tuple[ShiftCard, ...]:
    groups = network.groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS)
    return mobilisation.shifts_of_groups(group_ids=[group.id for group in groups], after=at)


def _own_shifts(person_id: UUID, canvass: Canvass, at: datetime) -> tuple[ShiftCard, ...]:
    shifts = mobilisation.shifts_of_groups(group_ids=[canvass.group_id], after=at)
    return tuple(
        shift
        for shift in shifts
        if shift.starts_at - TOUR_FROM <= at
        and not shift.is_cancelled
        and mobilisation.is_in_team(person_id=person_id, shift_id=shift.id)
    )


@dataclass(frozen=True, kw_only=True)
class TeamAccess:
    """A shift and how somebody stands to it: he leads its action, comes along, or both."""

    shift: ShiftCard
    leads: bool
    in_team: bool


def access_team_by_shift_id(*, person_id: UUID | None, shift_id: UUID, at: datetime) -> TeamAccess:
    """The safety of a team: for itself and for those who manage its action, until its names are gone."""
    shift = mobilisation.shift(shift_id=shift_id)
    if person_id is None or at >= shift.ends_at + NAME_KEPT:
        raise NotFound
    leads = mobilisation.may_manage_action(person_id=person_id, action_id=shift.action_id)
    in_team = mobilisation.is_in_team(person_id=person_id, shift_id=shift_id)
    if not (leads or in_team):
        raise NotFound
    return TeamAccess(shift=shift, leads=leads, in_team=in_team)


def access_help_call_by_id(*, person_id: UUID | None, call_id: UUID, at: datetime) -> HelpCall:
    """A call for help, for the team of its shift and its leaders, as long as it is kept."""
    call = HelpCall.objects.filter(pk=call_id, called_at__gt=at - NAME_KEPT).first()
    if call is None:
        raise NotFound
    access_team_by_shift_id(person_id=person_id, shift_id=call.shift_id, at=at)
    return call


def access_own_help_call(*, device_id: str | UUID | None, call_id: UUID) -> HelpCall:
    """A call that a phone or a browser without an account made, for itself."""
    call = HelpCall.objects.filter(pk=call_id, device_id=device_id).first() if device_id else None
    if call is None:
        raise NotFound
    return call


def access_caution_by_id(*, person_id: UUID | None, canvass_id: UUID, caution_id: UUID) -> Caution:
    """A caution about an address of a canvass, for whoever manages the canvass' field."""
    canvass = access_canvass_by_id(person_id=person_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    caution = Caution.objects.filter(pk=caution_id).first()
    if caution and _has_door_there(canvass, caution):
        return caution
    raise NotFound


def _has_door_there(canvass: Canvass, caution: Caution) -> bool:
    doors = Door.objects.filter(turf__canvass=canvass)
    same_file = caution.address_file_name == canvass.address_file_name
    if same_file and doors.filter(address_id=caution.address_id).exists():
        return True
    commune = caution.address_key.split("|")[0]
    here = doors.filter(commune_code=commune).values_list("commune_code", "number", "street")
    return bool(caution.address_key) and any(address_key(*parts) == caution.address_key for parts in here)


def access_printed_page(*, person_id: UUID | None, code: str, at: datetime) -> PrintedPage:
    """The page of a walk list that the person may open, by the code in its QR code, or by its first half as
    it is typed from the paper."""
    typed = code.replace("-", "").upper()
    if len(typed) < SHORT_CODE:
        raise NotFound
    for printed in PrintedPage.objects.filter(pk__startswith=typed)[:5]:
        with suppress(NotFound):
            access_assignment_by_id(person_id=person_id, assignment_id=printed.assignment_id, at=at)
            return printed
    raise NotFound


def access_scan_by_id(*, person_id: UUID | None, scan_id: UUID, at: datetime) -> Scan:
    """Photographed pages, for whoever may open the walk list from which they were sent."""
    scan = Scan.objects.filter(pk=scan_id).first()
    if scan is None:
        raise NotFound
    access_assignment_by_id(person_id=person_id, assignment_id=scan.assignment_id, at=at)
    return scan


def access_scanned_page(*, person_id: UUID | None, scan_id: UUID, number: int, at: datetime) -> ScannedPage:
    """One of them, for whoever may open the page's own walk list as well."""
    scan = access_scan_by_id(person_id=person_id, scan_id=scan_id, at=at)
    pages = scan.pages.select_related("printed__assignment__turf__canvass", "scan")
    page = pages.filter(number=number).first()
    if page is None:
        raise NotFound
    if page.printed and page.printed.assignment_id != scan.assignment_id:
        access_assignment_by_id(person_id=person_id, assignment_id=page.printed.assignment_id, at=at)
    return page
