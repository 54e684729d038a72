"""Reads for the pages that draw a plan and change it by hand: light enough for thousands of doors."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, IntegerField, QuerySet, Sum, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.field.contracts import Bounds, CanvassCard
from amiral.rooms.field.models import Assignment, Canvass, Door, Turf, Visit
from amiral.rooms.field.queries.cards import canvass_cards, walk_list_url
from amiral.rooms.field.queries.covering import states_of
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard

TURFS_PER_PAGE = 30
DOORS_DRAWN = 6000
"""Above so many doors a map of the whole plan shows the walks without a point for each door."""


class TurfState(StrEnum):
    """How far the work is."""

    FREE = "free"
    HELD = "held"
    BEGUN = "begun"
    DONE = "done"


STATE_WORDS: dict[TurfState, Promise] = {
    TurfState.FREE: pgettext_lazy("state of a turf", "Free"),
    TurfState.HELD: pgettext_lazy("state of a turf", "Held by a team"),
    TurfState.BEGUN: pgettext_lazy("state of a turf", "Begun"),
    TurfState.DONE: pgettext_lazy("state of a turf", "Done"),
}


@dataclass(frozen=True, kw_only=True)
class PlanTurf:
    """A turf in the table of a plan and on its map. ``walk`` is a GeoJSON LineString."""

    id: UUID
    number: int
    url: str
    edit_url: str
    doors: int
    dwellings: int
    begun: int
    done: int
    metres: int
    minutes: int
    straight: bool
    connected: bool
    team_size: int
    walk: Mapping[str, Any]
    shift: ShiftCard | None
    walk_list_url: str
    until: datetime | None = None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.doors if self.doors else 0

    @property
    def state(self) -> TurfState:
        if self.done and self.done == self.doors:
            return TurfState.DONE
        if self.shift:
            return TurfState.HELD
        return TurfState.BEGUN if self.begun else TurfState.FREE

    @property
    def state_words(self) -> str | Promise:
        return STATE_WORDS[self.state]

    @property
    def in_use(self) -> bool:
        """Whether nobody may change it."""
        return bool(self.shift or self.begun)


def plan_turfs(*, canvass_id: UUID) -> tuple[PlanTurf, ...]:
    """All turfs by number; six queries, however many doors."""
    turfs = list(Turf.objects.filter(canvass=canvass_id).order_by("number"))
    counts = _counts(canvass_id)
    begun, done = _visited(canvass_id)
    held = {row.turf_id: row for row in Assignment.objects.filter(turf__canvass=canvass_id, ended_at=None)}
    shifts = mobilisation.shifts(shift_ids={row.shift_id for row in held.values()})
    return tuple(
        _plan_turf(
            turf, counts.get(turf.pk, (0, 0)), (begun[turf.pk], done[turf.pk]), held.get(turf.pk), shifts
        )
        for turf in turfs
    )


def _visited(canvass_id: UUID) -> tuple[Counter[UUID], Counter[UUID]]:
    """By turf, the doors where somebody was, and those of them where nothing is left to do. Two queries."""
    states = states_of(Visit.objects.filter(door__turf__canvass=canvass_id))
    turf_of = dict(Door.objects.filter(turf__canvass=canvass_id).values_list("pk", "turf_id"))
    begun = Counter(turf_of[door] for door in states)
    return begun, Counter(turf_of[door] for door, state in states.items() if state.is_done)


def _counts(canvass_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Doors and dwellings of each turf; where the file does not tell, a door is one dwelling."""
    homes = Sum(Case(When(dwellings=0, then=1), default=F("dwellings"), output_field=IntegerField()))
    rows = Door.objects.filter(turf__canvass=canvass_id).order_by().values("turf")
    counted = rows.annotate(n=Count("pk"), homes=homes).values_list("turf", "n", "homes")
    return {turf_id: (doors, dwellings) for turf_id, doors, dwellings in counted}


def _plan_turf(
    turf: Turf,
    counts: tuple[int, int],
    visited: tuple[int, int],
    held: Assignment | None,
    shifts: Mapping[UUID, ShiftCard],
) -> PlanTurf:
    return PlanTurf(
        id=turf.pk,
        number=turf.number,
        url=reverse("field:turf", args=[turf.canvass_id, turf.number]),
        edit_url=reverse("field:edit_turf", args=[turf.canvass_id, turf.number]),
        doors=counts[0],
        dwellings=counts[1],
        begun=visited[0],
        done=visited[1],
        metres=round(turf.metres),
        minutes=round(turf.minutes),
        straight=turf.straight,
        connected=turf.connected,
        team_size=turf.team_size,
        walk=turf.walk,
        shift=shifts[held.shift_id] if held else None,
        walk_list_url=walk_list_url(held.pk) if held else "",
        until=held.until if held else None,
    )


@dataclass(frozen=True, kw_only=True)
class DrawnPlan:
    """What a map of a whole plan shows. ``doors``: (turf number, longitude, latitude), if not too many."""

    attribution: str
    turfs: tuple[PlanTurf, ...]
    doors: tuple[tuple[int, float, float], ...]
    bounds: Bounds | None


def drawn_plan(*, canvass: Canvass, all_doors: bool = False) -> DrawnPlan:
    """The plan to draw; six queries."""
    turfs = plan_turfs(canvass_id=canvass.pk)
    few = all_doors or sum(turf.doors for turf in turfs) <= DOORS_DRAWN
    return DrawnPlan(
        attribution=canvass.attribution,
        turfs=turfs,
        doors=_points(Door.objects.filter(turf__canvass=canvass)) if few else (),
        bounds=_around(turf.walk for turf in turfs),
    )


def _points(rows: "QuerySet[Door]") -> tuple[tuple[int, float, float], ...]:
    columns = rows.order_by("turf__number", "position").values_list("turf__number", "longitude", "latitude")
    return tuple((number, lon, lat) for number, lon, lat in columns)


def _around(walks: Iterable[Mapping[str, Any]]) -> Bounds | None:
    points = [point for walk in walks for point in walk["coordinates"]]
    if not points:
        return None
    lon, lat = [point[0] for point in points], [point[1] for point in points]
    return min(lon), min(lat), max(lon), max(lat)


def page_of(turfs: tuple[PlanTurf, ...], number: str | int) -> "Page[PlanTurf]":
    """A page of the table."""
    return Paginator(turfs, TURFS_PER_PAGE).get_page(number)


@dataclass(frozen=True, kw_only=True)
class StreetChoice:
    """A street of the plan, with its turfs."""

    street: str
    commune_code: str
    doors: int
    turfs: tuple[int, ...]

    @property
    def key(self) -> str:
        """As a form sends it."""
        return f"{self.commune_code}|{self.street}"

    @property
    def label(self) -> str:
        numbers = ", ".join(str(number) for number in self.turfs)
        return f"{self.street or _('Without a street name')} ({self.doors}) → {numbers}"


@dataclass(frozen=True, kw_only=True)
class EditPage:
    """The plan as it may be changed."""

    canvass: CanvassCard
    version: int
    drawn: DrawnPlan
    streets: tuple[StreetChoice, ...]

    @property
    def free(self) -> tuple[PlanTurf, ...]:
        """Turfs that may be changed."""
        return tuple(turf for turf in self.drawn.turfs if not turf.in_use)

    @property
    def in_use(self) -> tuple[PlanTurf, ...]:
        return tuple(turf for turf in self.drawn.turfs if turf.in_use)


def edit_page(*, canvass: Canvass) -> EditPage:
    """Everything the page shows on which a plan is changed; nine queries."""
    return EditPage(
        canvass=canvass_cards([canvass])[0],
        version=canvass.plan_version,
        drawn=drawn_plan(canvass=canvass),
        streets=_streets(canvass),
    )


def _streets(canvass: Canvass) -> tuple[StreetChoice, ...]:
    rows = Door.objects.filter(turf__canvass=canvass).order_by("street", "commune_code", "turf__number")
    counted = rows.values_list("street", "commune_code", "turf__number").annotate(n=Count("pk"))
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for street, commune_code, number, doors in counted:
        found.setdefault((street, commune_code), []).append((number, doors))
    return tuple(
        StreetChoice(
            street=street,
            commune_code=commune_code,
            doors=sum(doors for _number, doors in parts),
            turfs=tuple(number for number, _doors in parts),
        )
        for (street, commune_code), parts in found.items()
    )


@dataclass(frozen=True, kw_only=True)
class EditTurfPage:
    """One turf as it may be changed.

    ``doors``: (id, position, label) in walking order; ``points``: (position, longitude, latitude).
    """

    canvass: CanvassCard
    version: int
    attribution: str
    turf: PlanTurf
    turfs: tuple[PlanTurf, ...]
    doors: tuple[tuple[UUID, int, str], ...]
    points: tuple[tuple[int, float, float], ...]

    @property
    def free(self) -> tuple[PlanTurf, ...]:
        """Other turfs that may be changed."""
        return tuple(one for one in self.turfs if not one.in_use and one.number != self.turf.number)


def edit_turf_page(*, turf: Turf) -> EditTurfPage:
    """Everything the page shows on which one turf is changed; nine queries."""
    turfs = plan_turfs(canvass_id=turf.canvass_id)
    doors = Door.objects.filter(turf=turf).order_by("position")
    rows = list(doors.values_list("pk", "position", "label", "longitude", "latitude"))
    return EditTurfPage(
        canvass=canvass_cards([turf.canvass])[0],
        version=turf.canvass.plan_version,
        attribution=turf.canvass.attribution,
        turf=next(one for one in turfs if one.number == turf.number),
        turfs=turfs,
        doors=tuple((id_, position, label) for id_, position, label, _lon, _lat in rows),
        points=tuple((position, lon, lat) for _id, position, _label, lon, lat in rows),
    )


def streets_of_turfs(*, canvass_id: UUID) -> dict[int, tuple[str, ...]]:
    """The streets of each turf by number, those with most doors first; one query."""
    rows = Door.objects.filter(turf__canvass=canvass_id).exclude(street="").order_by()
    counted = rows.values_list("turf__number", "street").annotate(n=Count("pk"))
    found: dict[int, list[tuple[int, str]]] = {}
    for number, street, doors in counted:
        found.setdefault(number, []).append((-doors, street))
    return {number: tuple(street for _n, street in sorted(parts)) for number, parts in found.items()}
