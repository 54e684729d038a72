"""Reads for the coordinator's pages: one dataclass per page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amiral.cores.outcomes import DoorState
from amiral.cores.walk import Reason
from amiral.cores.walk.rounds import LeftOut as Unserved
from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.models import Run
from amiral.rooms.field.contracts import AssignmentCard, Bounds, CanvassCard, CanvassKind, WalkLimits
from amiral.rooms.field.models import (
    KIND_LABELS,
    OUTCOME_LABELS,
    SIDE_LABELS,
    Assignment,
    Canvass,
    Door,
    Turf,
    Visit,
)
from amiral.rooms.field.queries.cards import assignment_card, canvass_cards, walk_list_url
from amiral.rooms.field.queries.covering import states_of
from amiral.rooms.field.queries.legs import Leg, leg_of
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.network import api as network
from amiral.rooms.people.contracts import Feature

PER_PAGE = 25

REASONS: dict[str, Promise] = {
    Reason.NO_POSITION: _("The address has no usable position in the file."),
    Unserved.TOO_FAR: _("No street is near the address: leaflet rounds follow streets."),
}


@dataclass(frozen=True, kw_only=True)
class CanvassesPage:
    """The canvasses a person may see, newest first; ``may_plan``: at least one group's field is his.

    ``managed`` and ``seen``: ids of the groups whose field he prepares, whose coverage he sees.
    """

    cards: tuple[CanvassCard, ...]
    page: "Page[Canvass]"
    may_plan: bool
    managed: frozenset[UUID]
    seen: frozenset[UUID]

    @property
    def has_coverage(self) -> bool:
        """Whether one of these canvasses has a coverage that the person sees."""
        return any(
            card.planned_at and card.group_id in self.seen and not card.is_rounds for card in self.cards
        )


def canvasses_page(*, person_id: UUID, number: str | int) -> CanvassesPage:
    """The list; the number of queries does not depend on the number of canvasses."""
    managed = network.groups_led(person_id=person_id, feature=Feature.MANAGE_FIELD)
    seen = network.groups_led(person_id=person_id, feature=Feature.SEE_COVERAGE)
    rows = Canvass.objects.filter(group__in=[group.id for group in (*managed, *seen)])
    page = Paginator(rows, PER_PAGE).get_page(number)
    return CanvassesPage(
        cards=canvass_cards(page.object_list),
        page=page,
        may_plan=bool(managed),
        managed=frozenset(group.id for group in managed),
        seen=frozenset(group.id for group in seen),
    )


@dataclass(frozen=True, kw_only=True)
class TurfLine:
    """A turf in a table and on a map. ``walk`` is a GeoJSON LineString; ``shift`` the team that holds it;
    ``begun`` counts the doors where somebody was, done or not."""

    number: int
    url: str
    doors: int
    begun: int
    done: int
    metres: int
    minutes: int
    straight: bool
    team_size: int
    walk: Mapping[str, Any]
    shift: ShiftCard | None
    walk_list_url: str

    @property
    def percent(self) -> int:
        return 100 * self.done // self.doors if self.doors else 0


@dataclass(frozen=True, kw_only=True)
class DoorPoint:
    """A door on a map; ``state`` is empty until it is visited."""

    id: UUID
    turf_number: int
    position: int
    label: str
    longitude: float
    latitude: float
    dwellings: int
    state: DoorState | None
    leg: Leg | None = None

    @property
    def outcome_label(self) -> str | Promise:
        labels = OUTCOME_LABELS if self.leg is None else OUTCOME_LABELS | SIDE_LABELS
        return labels[self.state.outcome] if self.state else ""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An address without a turf, and why."""

    label: str
    reason: str | Promise


@dataclass(frozen=True, kw_only=True)
class Bags:
    """What the report of leaflet rounds says besides."""

    bag: int
    boxes: int
    fullest: int
    metres_per_box: float
    empty_percent: int


@dataclass(frozen=True, kw_only=True)
class PlanFigures:
    """What the report of a plan says, in words and round numbers."""

    doors: int
    turfs: int
    metres_per_door: float
    balance_percent: float
    within_10_percent: int
    mode: str
    straight_turfs: int
    short_turfs: int
    wishes: int
    merged: int
    unreachable_count: int
    unreachable: tuple[LeftOut, ...]
    far_count: int
    far: tuple[tuple[str, int | None], ...]
    bags: Bags | None = None
    homes: Mapping[str, float] | None = None

    @property
    def unreachable_more(self) -> int:
        """Unreachable addresses beyond those that are named."""
        return self.unreachable_count - len(self.unreachable)

    @property
    def far_more(self) -> int:
        return self.far_count - len(self.far)


@dataclass(frozen=True, kw_only=True)
class CanvassPage:
    """A canvass with its turfs. ``figures`` is empty until it is planned; ``run`` is the latest planning."""

    canvass: CanvassCard
    kind_label: str | Promise
    attribution: str
    minutes: int
    seed: int
    bag: int
    limits: WalkLimits
    figures: PlanFigures | None
    run: Run | None
    turfs: tuple[TurfLine, ...]
    doors: tuple[DoorPoint, ...]
    in_use: bool
    coverage_url: str

    @property
    def is_rounds(self) -> bool:
        """Whether its turfs are leaflet rounds, their doors sides of streets."""
        return self.canvass.kind == CanvassKind.LEAFLET_ROUNDS

    @property
    def is_planning(self) -> bool:
        return self.run is not None and not self.run.is_over

    @property
    def run_to_show(self) -> Run | None:
        """A run that is under way, or that ended without turfs."""
        return None if self.run is None or self.run.state == Run.State.DONE else self.run


def canvass_page(*, canvass: Canvass, in_use: bool | None = None) -> CanvassPage:
    """What the pages about a canvass show; eleven queries at most, however many turfs.

    With ``in_use`` told by the caller, turfs and doors are left out: a table shows a page of them.
    """
    turfs, doors = ((), ()) if in_use is not None else _turfs_and_doors(Turf.objects.filter(canvass=canvass))
    return CanvassPage(
        canvass=canvass_cards([canvass])[0],
        kind_label=KIND_LABELS[CanvassKind(canvass.kind)],
        attribution=canvass.attribution,
        minutes=canvass.minutes,
        seed=canvass.seed,
        bag=canvass.bag,
        limits=WalkLimits(
            start=_pair(canvass.start),
            end=_pair(canvass.end),
            max_walk_m=canvass.max_walk_m,
            team_sizes=tuple(canvass.team_sizes),
        ),
        figures=_figures(canvass.report) if canvass.planned_at else None,
        run=run_of(canvass.run_id),
        turfs=turfs,
        doors=doors,
        in_use=any(turf.shift or turf.begun for turf in turfs) if in_use is None else in_use,
        coverage_url=reverse("field:coverage", args=[canvass.pk]),
    )


def _pair(place: Sequence[float] | None) -> tuple[float, float] | None:
    return (place[0], place[1]) if place else None


def run_of(run_id: UUID | None) -> Run | None:
    """The run, unless its retention is over."""
    try:
        return runs.run_by_id(run_id=run_id) if run_id else None
    except NotFound:
        return None


def _figures(report: Mapping[str, Any]) -> PlanFigures:
    return PlanFigures(
        doors=report["doors"],
        turfs=report["turfs"],
        metres_per_door=report["metres_per_door"],
        balance_percent=round(100 * report["balance_cv"], 1),
        within_10_percent=round(100 * report["within_10_percent"]),
        mode=report["mode"],
        homes=report.get("dwellings"),
        straight_turfs=report["straight_turfs"],
        short_turfs=report.get("short_turfs", 0),
        wishes=report["wishes"],
        merged=report["merged"],
        unreachable_count=report["unreachable_count"],
        unreachable=tuple(
            LeftOut(label=one["label"], reason=REASONS[one["reason"]]) for one in report["unreachable"]
        ),
        far_count=report["far_count"],
        far=tuple((one["label"], one["distance_m"]) for one in report["far"]),
        bags=_bags(report),
    )


def _bags(report: Mapping[str, Any]) -> Bags | None:
    if "bag" not in report:
        return None
    return Bags(
        bag=report["bag"],
        boxes=report["boxes"],
        fullest=report["fullest_bag"],
        metres_per_box=report["metres_per_box"],
        empty_percent=round(100 * report["empty_share"]),
    )


def _turfs_and_doors(rows: "Iterable[Turf]") -> tuple[tuple[TurfLine, ...], tuple[DoorPoint, ...]]:
    turfs = {turf.pk: turf for turf in rows}
    states = states_of(Visit.objects.filter(door__turf__in=turfs))
    doors = _doors(turfs, states)
    return _lines(turfs, doors), doors


def _doors(turfs: Mapping[UUID, Turf], states: Mapping[UUID, DoorState]) -> tuple[DoorPoint, ...]:
    # Values, not rows: making 5,000 model instances was half the time of the canvass' page.
    rows = Door.objects.filter(turf__in=turfs).order_by("turf__number", "position").values_list(*_DOOR)
    return tuple(
        DoorPoint(
            id=id_,
            turf_number=turfs[turf_id].number,
            position=position,
            label=label,
            longitude=longitude,
            latitude=latitude,
            dwellings=dwellings,
            state=states.get(id_),
            leg=leg_of(leg),
        )
        for id_, turf_id, position, label, longitude, latitude, dwellings, leg in rows
    )


_DOOR = ("pk", "turf_id", "position", "label", "longitude", "latitude", "dwellings", "leg")


def _lines(turfs: Mapping[UUID, Turf], doors: Iterable[DoorPoint]) -> tuple[TurfLine, ...]:
    doors = tuple(doors)
    held = {row.turf_id: row for row in Assignment.objects.filter(turf__in=turfs, ended_at__isnull=True)}
    shifts = mobilisation.shifts(shift_ids={row.shift_id for row in held.values()})
    counts = Counter(door.turf_number for door in doors)
    begun = Counter(door.turf_number for door in doors if door.state)
    done = Counter(door.turf_number for door in doors if door.state and door.state.is_done)
    return tuple(
        TurfLine(
            number=turf.number,
            url=reverse("field:turf", args=[turf.canvass_id, turf.number]),
            doors=counts[turf.number],
            begun=begun[turf.number],
            done=done[turf.number],
            metres=round(turf.metres),
            minutes=round(turf.minutes),
            straight=turf.straight,
            team_size=turf.team_size,
            walk=turf.walk,
            shift=shifts[held[turf.pk].shift_id] if turf.pk in held else None,
            walk_list_url=walk_list_url(held[turf.pk].pk) if turf.pk in held else "",
        )
        for turf in turfs.values()
    )


@dataclass(frozen=True, kw_only=True)
class PastAssignment:
    """A team that held the turf before."""

    shift: ShiftCard
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class TurfPage:
    """One turf with its doors in walking order, and the shifts it may be given to. ``lease``: who has it."""

    canvass: CanvassCard
    attribution: str
    line: TurfLine
    lease: AssignmentCard | None
    doors: tuple[DoorPoint, ...]
    shifts: tuple[ShiftCard, ...]
    past: tuple[PastAssignment, ...]

    @property
    def is_rounds(self) -> bool:
        return self.canvass.kind == CanvassKind.LEAFLET_ROUNDS

    @property
    def boxes(self) -> int:
        """Letter boxes of all its doors."""
        return sum(door.dwellings for door in self.doors)


def turf_page(*, turf: Turf, person_id: UUID, at: datetime) -> TurfPage:
    """Everything the turf's page shows; the number of queries does not depend on that of doors or shifts."""
    lines, doors = _turfs_and_doors([turf])
    return TurfPage(
        canvass=canvass_cards([turf.canvass])[0],
        attribution=turf.canvass.attribution,
        line=lines[0],
        lease=_lease(turf),
        doors=doors,
        shifts=shifts_to_choose(person_id=person_id, at=at),
        past=_past(turf),
    )


def _lease(turf: Turf) -> AssignmentCard | None:
    row = turf.assignments.filter(ended_at__isnull=True).first()
    return assignment_card(row) if row else None


def shifts_to_choose(*, person_id: UUID, at: datetime) -> tuple[ShiftCard, ...]:
    """Shifts not over yet, of the groups whose actions the person manages, soonest first."""
    groups = network.groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS)
    return mobilisation.shifts_of_groups(group_ids=[group.id for group in groups], after=at)


def _past(turf: Turf) -> tuple[PastAssignment, ...]:
    rows = turf.assignments.filter(ended_at__isnull=False).order_by("-ended_at")
    ended = [(row.shift_id, row.ended_at) for row in rows if row.ended_at]
    shifts = mobilisation.shifts(shift_ids=[shift_id for shift_id, _ended_at in ended])
    return tuple(PastAssignment(shift=shifts[shift_id], ended_at=ended_at) for shift_id, ended_at in ended)


def extent(doors: Iterable[DoorPoint]) -> Bounds | None:
    """The box around the doors; ``None`` without any."""
    points = [(door.longitude, door.latitude) for door in doors]
    if not points:
        return None
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)
