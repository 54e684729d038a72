"""What the door of the room answers: canvasses, turfs, assignments as cards, links for a shift."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit.contracts import Link
from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import (
    TOUR_FROM,
    TOURS_AT_MOST,
    AssignmentCard,
    CanvassCard,
    CanvassKind,
    TurfCard,
)
from amiral.rooms.field.models import Assignment, Canvass, Device, Door, LogEntry, PlanVersion, Turf
from amiral.rooms.field.queries import safety
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.network import api as network


def walk_list_url(assignment_id: UUID) -> str:
    """Path of the walk list of an assignment."""
    return reverse("field:walk_list", args=[assignment_id])


def canvass_cards(rows: "Iterable[Canvass]") -> tuple[CanvassCard, ...]:
    """Cards of these rows in their order; two queries besides the one that reads the rows."""
    canvasses = list(rows)
    groups = network.groups(group_ids={canvass.group_id for canvass in canvasses})
    return tuple(
        CanvassCard(
            id=canvass.pk,
            name=canvass.name,
            kind=CanvassKind(canvass.kind),
            group_id=canvass.group_id,
            group_name=groups[canvass.group_id].name,
            minutes=canvass.minutes,
            planned_at=canvass.planned_at,
            turfs=canvass.report.get("turfs", 0),
            doors=canvass.report.get("doors", 0),
            url=reverse("field:canvass", args=[canvass.pk]),
        )
        for canvass in canvasses
    )


def canvass_card(*, canvass_id: UUID) -> CanvassCard:
    """One canvass. Raises ``NotFound``."""
    cards = canvass_cards(Canvass.objects.filter(pk=canvass_id))
    if not cards:
        raise NotFound
    return cards[0]


def turf_cards(*, canvass_id: UUID) -> tuple[TurfCard, ...]:
    """The turfs of a canvass by number, with the ids of their doors; two queries."""
    doors: dict[UUID, list[UUID]] = {}
    for turf_id, door_id in Door.objects.filter(turf__canvass=canvass_id).values_list("turf_id", "pk"):
        doors.setdefault(turf_id, []).append(door_id)
    return tuple(
        TurfCard(
            id=turf.pk,
            canvass_id=canvass_id,
            number=turf.number,
            minutes=turf.minutes,
            metres=turf.metres,
            door_ids=tuple(doors.get(turf.pk, ())),
        )
        for turf in Turf.objects.filter(canvass=canvass_id).defer("walk")
    )


def assignment_card(assignment: Assignment) -> AssignmentCard:
    """The card of a row."""
    return AssignmentCard(
        id=assignment.pk,
        turf_id=assignment.turf_id,
        shift_id=assignment.shift_id,
        token=assignment.token,
        created_at=assignment.created_at,
        ended_at=assignment.ended_at,
        url=walk_list_url(assignment.pk),
        until=assignment.until,
        list_number=assignment.list_number,
        list_letters=assignment.list_letters,
    )


def live_assignments(*, canvass_id: UUID) -> tuple[AssignmentCard, ...]:
    """Who holds which turf now; one query."""
    rows = Assignment.objects.filter(turf__canvass=canvass_id, ended_at__isnull=True)
    return tuple(assignment_card(row) for row in rows.order_by("turf__number"))


def links_for_shift(*, shift_id: UUID, person_id: UUID | None) -> list[Link]:
    """The walk lists of a shift, for its team and those who manage its action; empty for everybody else."""
    rows = _held_by(shift_id)
    if not rows or not _may_see(rows[0], person_id):
        return []
    return [_link(row, walk_list_url(row.pk), _("Walk list: turf %(number)d")) for row in rows] + [
        _link(row, reverse("field:walk_list_pdf", args=[row.pk]), _("To print (PDF): turf %(number)d"))
        for row in rows
    ]


class _Held(Protocol):
    """An assignment read with its number of doors."""

    pk: UUID
    shift_id: UUID
    turf: Turf
    door_count: int


def _held_by(shift_id: UUID) -> "Sequence[_Held]":
    rows = Assignment.objects.filter(shift=shift_id, ended_at__isnull=True)
    return list(
        rows.select_related("turf__canvass")
        .defer("turf__walk", "turf__canvass__report")
        .annotate(door_count=Count("turf__doors"))
        .order_by("turf__canvass", "turf__number")
    )


def _may_see(row: _Held, person_id: UUID | None) -> bool:
    if person_id is None:
        return False
    if mobilisation.is_in_team(person_id=person_id, shift_id=row.shift_id):
        return True
    action_id = mobilisation.shift(shift_id=row.shift_id).action_id
    return mobilisation.may_manage_action(person_id=person_id, action_id=action_id)


def _link(row: _Held, url: str, title: str) -> Link:
    canvass, count = row.turf.canvass, row.door_count
    doors = ngettext("%(count)d door", "%(count)d doors", count)
    if canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        doors = ngettext("%(count)d side of a street", "%(count)d sides of streets", count)
    detail = _("%(canvass)s: %(doors)s, about %(minutes)d minutes") % {
        "canvass": canvass.name,
        "doors": doors % {"count": count},
        "minutes": round(row.turf.minutes),
    }
    return Link(title=title % {"number": row.turf.number}, url=url, detail=detail, at=None)


def tour_links(*, shift_id: UUID, person_id: UUID | None, at: datetime) -> list[Link]:
    """Where the team of a shift takes a tour from where it stands; empty before and after, and for others."""
    shift = mobilisation.shift(shift_id=shift_id)
    if person_id is None or shift.is_cancelled or not shift.starts_at - TOUR_FROM <= at < shift.ends_at:
        return []
    action = mobilisation.action(action_id=shift.action_id)
    canvasses = Canvass.objects.filter(
        group=action.group.id, kind=action.kind.value, planned_at__isnull=False
    ).only("pk", "name")
    if not canvasses or not mobilisation.is_in_team(person_id=person_id, shift_id=shift_id):
        return []
    return [
        Link(
            title=_("A tour from here"),
            url=f"{reverse('field:tour', args=[canvass.pk])}?equipe={shift_id}",
            detail=canvass.name,
        )
        for canvass in canvasses[:TOURS_AT_MOST]
    ]


def _recorded_by(person_id: UUID) -> list[dict[str, Any]]:
    """What the log still knows that the person recorded, whether or not it counts. Two queries."""
    rows = LogEntry.objects.filter(by=person_id, erased_at__isnull=True).order_by("received_at", "seq")
    entries = list(rows.values_list("received_at", "kind", "door", "content"))
    labels = dict(Door.objects.filter(pk__in={door for *_, door, _c in entries}).values_list("pk", "label"))
    return [
        {
            "received_at": received_at,
            "kind": kind,
            "outcome": json.loads(content).get("outcome", ""),
            "door__label": labels.get(door, "") if door else "",
        }
        for received_at, kind, door, content in entries
    ]


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """Visits that still name the volunteer, turfs he gave to teams, canvasses he created; oldest first."""
    visits = _recorded_by(person_id)
    given = Assignment.objects.filter(assigned_by=person_id).values(
        "created_at", "turf__number", "turf__canvass__name"
    )
    created = Canvass.objects.filter(created_by=person_id).values("created_at", "name")
    versions = PlanVersion.objects.filter(made_by=person_id).values("made_at", "kind", "canvass__name")
    phones = Device.objects.filter(person=person_id).values("enrolled_at", "number")
    rows = [
        ("plan version", versions),
        ("visit", visits),
        ("phone enrolled", phones),
        ("turf given to a team", given),
        ("canvass created", created),
    ]
    said = [{"what": what, **values} for what, values_list in rows for values in values_list]
    return [*said, *safety.everything_about(person_id=person_id)]
