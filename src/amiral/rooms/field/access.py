"""The only way to fetch something of this room for a user: missing and forbidden answer alike."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import TAKEN_BACK_READABLE, TOUR_FROM, CanvassKind
from amiral.rooms.field.models import Assignment, Canvass, Turf
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
