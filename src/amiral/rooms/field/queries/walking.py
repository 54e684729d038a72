"""The walk list: what a volunteer holds in the street, on the phone or on paper."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise

from amiral.cores.outcomes import DoorState, Homes, Outcome, homes_of
from amiral.cores.walk import Origin
from amiral.kit.ids import new_id
from amiral.rooms.field.contracts import SIDE_OUTCOMES, TO_DO_AGAIN, Bounds, CanvassKind, CautionCode
from amiral.rooms.field.models import (
    KIND_LABELS,
    OUTCOME_LABELS,
    SIDE_LABELS,
    Assignment,
    Door,
    Turf,
    Visit,
)
from amiral.rooms.field.queries.addresses import (
    CAUTION_LABELS,
    asked_not_to,
    cautions_at,
    places_of_doors,
)
from amiral.rooms.field.queries.cards import walk_list_url
from amiral.rooms.field.queries.covering import states_of
from amiral.rooms.field.queries.guiding import Guide, guides, side_words
from amiral.rooms.field.queries.legs import Leg, leg_of
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionCard, ShiftCard
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import PointCard


@dataclass(frozen=True, kw_only=True)
class OutcomeChoice:
    """One of the six buttons."""

    value: Outcome
    label: str | Promise


_ORDER: dict[CanvassKind, tuple[Outcome, ...]] = {
    CanvassKind.DOOR_TO_DOOR: (
        Outcome.NOBODY,
        Outcome.TALKED,
        Outcome.REFUSED,
        Outcome.COME_BACK,
        Outcome.LEAFLET_LEFT,
        Outcome.DO_NOT_COME_BACK,
    ),
    CanvassKind.LEAFLET_DROP: (
        Outcome.LEAFLET_LEFT,
        Outcome.NOBODY,
        Outcome.TALKED,
        Outcome.REFUSED,
        Outcome.COME_BACK,
        Outcome.DO_NOT_COME_BACK,
    ),
    CanvassKind.LEAFLET_ROUNDS: SIDE_OUTCOMES,
}


def outcome_choices(kind: CanvassKind) -> tuple[OutcomeChoice, ...]:
    """The six outcomes, the likeliest first; of a side of a street three."""
    labels = SIDE_LABELS if kind == CanvassKind.LEAFLET_ROUNDS else OUTCOME_LABELS
    return tuple(OutcomeChoice(value=one, label=labels[one]) for one in _ORDER[kind])


@dataclass(frozen=True, kw_only=True)
class DoorLine:
    """A door of the list. ``visit_id`` and ``other_visit_id`` are new ids for the forms of this page.

    ``is_to_do_again``: the last visit was in vain, and before the tour past it was taken. ``dwellings`` is 0
    where nobody knows; ``origin`` says who. ``is_asked_not_to``: the address asked, at some door of this or
    of an earlier canvass, not to be visited.
    """

    id: UUID
    position: int
    label: str
    number: str
    street: str
    dwellings: int
    longitude: float
    latitude: float
    state: DoorState | None
    outcome_label: str | Promise
    at: datetime | None
    is_asked_not_to: bool
    visit_id: UUID
    other_visit_id: UUID
    leg: Leg | None = None
    guide: Guide | None = None
    origin: int = Origin.UNKNOWN
    floors: int = 0
    lift: bool = False
    is_to_do_again: bool = False
    caution: tuple[str, ...] = ()

    @property
    def cautions(self) -> tuple[str | Promise, ...]:
        """What to mind here, in words."""
        return tuple(CAUTION_LABELS[CautionCode(code)] for code in self.caution)

    @property
    def is_estimated(self) -> bool:
        """Whether the number of dwellings was told by the building alone."""
        return self.origin == Origin.ESTIMATED

    @property
    def is_counted(self) -> bool:
        """Whether a team counted the dwellings."""
        return self.origin == Origin.CORRECTED

    @property
    def anchor(self) -> str:
        return f"porte-{self.position}"

    @property
    def is_done(self) -> bool:
        """Nothing is left to do: all dwellings are done, or the address asked not to be visited."""
        return self.is_asked_not_to or (
            self.state is not None and self.state.is_done and not self.is_to_do_again
        )

    @property
    def is_begun(self) -> bool:
        """Somebody was there, and something is left."""
        return self.state is not None and not self.is_done and not self.is_to_do_again

    @property
    def homes(self) -> Homes:
        """Dwellings done of those there are."""
        return self.state.homes if self.state else homes_of(known=self.dwellings, named=0, whole=False)

    def is_done_with(self, unit: str) -> bool:
        """Whether nothing is left once one more dwelling is done."""
        named = {*(self.state.named if self.state else ()), unit}
        whole = self.state is not None and self.state.whole
        return homes_of(known=self.dwellings, named=len(named), whole=whole).is_done

    @property
    def is_building(self) -> bool:
        """Whether one may say of which dwelling something is recorded."""
        return self.leg is None and self.dwellings > 1

    @property
    def last_visit_id(self) -> UUID | None:
        return self.state.last.id if self.state else None

    @property
    def visits(self) -> int:
        return self.state.visits if self.state else 0


@dataclass(frozen=True, kw_only=True)
class StreetLines:
    """Doors of one street that follow each other on the walk; a walk may come back to a street later."""

    street: str
    doors: tuple[DoorLine, ...]

    @property
    def way_words(self) -> str:
        """How to get to the first of them from the door before; empty at the beginning."""
        guide = self.doors[0].guide
        return guide.way_words if guide else ""

    @property
    def side_words(self) -> str:
        """On which side of the street they are, by their numbers; a side of a round tells it itself."""
        return side_words(self.doors) if self.street and self.doors[0].leg is None else ""


@dataclass(frozen=True, kw_only=True)
class WalkList:
    """A turf in the hands of a team. ``outcomes`` are the six buttons in their order."""

    assignment_id: UUID
    token: str
    url: str
    pdf_url: str
    map_url: str
    visit_url: str
    canvass_name: str
    kind_label: str | Promise
    turf_number: int
    minutes: int
    metres: int
    team_size: int
    walk: tuple[tuple[float, float], ...]
    attribution: str
    action: ActionCard
    shift: ShiftCard
    ended_at: datetime | None
    until: datetime
    list_number: str
    list_letters: str
    doors: tuple[DoorLine, ...]
    outcomes: tuple[OutcomeChoice, ...]
    counts_only: bool = True

    @property
    def has_run_out(self) -> bool:
        """Whether the lease ended by itself, so that nobody took the turf back."""
        return self.ended_at is not None and self.ended_at >= self.until

    @property
    def number_words(self) -> str:
        """The list number as it is read aloud, with its letters: 1234 5678 BCDF."""
        return f"{self.list_number[:4]} {self.list_number[4:]} {self.list_letters}"

    @property
    def streets(self) -> tuple[StreetLines, ...]:
        return tuple(
            StreetLines(street=street, doors=tuple(doors))
            for street, doors in groupby(self.doors, key=lambda door: door.street)
        )

    @property
    def is_rounds(self) -> bool:
        """Whether the doors are sides of streets."""
        return any(door.leg for door in self.doors)

    @property
    def boxes(self) -> int:
        """Letter boxes of a round: so many leaflets go into the bag."""
        return sum(door.dwellings for door in self.doors)

    @property
    def boxes_left(self) -> int:
        """Those of the sides where nothing was recorded yet, or only part of them was done."""
        return sum(door.dwellings for door in self.doors if not (door.state and door.state.is_done))

    @property
    def done(self) -> int:
        return sum(door.is_done for door in self.doors)

    @property
    def next_door(self) -> DoorLine | None:
        """The first door that nobody has done."""
        return self.next_after(0)

    def next_after(self, position: int) -> DoorLine | None:
        """The first undone door behind ``position`` on the walk, else the first one before it."""
        undone = [door for door in self.doors if not door.is_done]
        behind = [door for door in undone if door.position > position]
        return next(iter(behind or undone), None)

    @property
    def bounds(self) -> Bounds:
        """The box around the walk and its doors."""
        points = [(door.longitude, door.latitude) for door in self.doors] + list(self.walk)
        longitudes, latitudes = zip(*points, strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def walk_list(*, assignment: Assignment, at: datetime) -> WalkList:
    """Everything a walk list shows; the number of queries does not depend on the number of doors."""
    turf, canvass = assignment.turf, assignment.turf.canvass
    shift = mobilisation.shift(shift_id=assignment.shift_id)
    return WalkList(
        assignment_id=assignment.pk,
        token=assignment.token,
        url=walk_list_url(assignment.pk),
        pdf_url=reverse("field:walk_list_pdf", args=[assignment.pk]),
        map_url=reverse("field:walk_list_map", args=[assignment.pk]),
        visit_url=reverse("field:visit", args=[assignment.pk]),
        canvass_name=canvass.name,
        kind_label=KIND_LABELS[CanvassKind(canvass.kind)],
        turf_number=turf.number,
        minutes=round(turf.minutes),
        metres=round(turf.metres),
        team_size=turf.team_size,
        walk=tuple((longitude, latitude) for longitude, latitude in turf.walk["coordinates"]),
        attribution=canvass.attribution,
        action=mobilisation.action(action_id=shift.action_id),
        shift=shift,
        ended_at=assignment.ended_at,
        until=assignment.until,
        list_number=assignment.list_number,
        list_letters=assignment.list_letters,
        doors=_guided(turf, _lines(assignment, at)),
        outcomes=outcome_choices(CanvassKind(canvass.kind)),
        counts_only=canvass.counts_only,
    )


def _guided(turf: Turf, doors: tuple[DoorLine, ...]) -> tuple[DoorLine, ...]:
    """The doors with the way to each; sides of streets tell theirs themselves."""
    if any(door.leg for door in doors):
        return doors
    found = guides(walk=turf.walk["coordinates"], doors=doors, straight=turf.straight)
    return tuple(replace(door, guide=guide) for door, guide in zip(doors, found, strict=True))


def _lines(assignment: Assignment, at: datetime) -> tuple[DoorLine, ...]:
    doors = Door.objects.filter(turf=assignment.turf_id)
    states = states_of(Visit.objects.filter(door__turf=assignment.turf_id))
    name, places = assignment.turf.canvass.address_file_name, places_of_doors(doors)
    wished = asked_not_to(file_name=name, places=places, at=at)
    cautions = cautions_at(file_name=name, places=places, at=at)
    lines = (
        replace(
            _line(door, states.get(door.pk), door.leg is None and door.address_id in wished),
            caution=cautions.get(door.address_id, ()) if door.leg is None else (),
        )
        for door in doors
    )
    return tuple(replace(line, is_to_do_again=_is_in_vain(line, assignment)) for line in lines)


def _is_in_vain(line: DoorLine, assignment: Assignment) -> bool:
    """Whether the last visit was in vain and is what the tour is taken for."""
    if not assignment.turf.is_tour or line.state is None or line.at is None:
        return False
    return line.state.outcome in TO_DO_AGAIN and line.at < assignment.created_at


def _line(door: Door, state: DoorState | None, is_asked_not_to: bool) -> DoorLine:
    return DoorLine(
        id=door.pk,
        position=door.position,
        label=door.label,
        number=door.number,
        street=door.street,
        dwellings=door.dwellings,
        longitude=door.longitude,
        latitude=door.latitude,
        state=state,
        outcome_label=_label(door, state) if state else "",
        at=_moment(state),
        is_asked_not_to=is_asked_not_to,
        visit_id=new_id(),
        other_visit_id=new_id(),
        leg=leg_of(door.leg),
        origin=door.origin,
        floors=door.floors,
        lift=door.lift,
    )


def _label(door: Door, state: DoorState) -> str | Promise:
    labels = OUTCOME_LABELS if door.leg is None else OUTCOME_LABELS | SIDE_LABELS
    return labels[state.outcome]


def _moment(state: DoorState | None) -> datetime | None:
    """When the server learned of the last visit."""
    return datetime.fromtimestamp(state.last.received_s, tz=UTC) if state else None


def points_of(*, walk: WalkList, language: str) -> tuple[PointCard, ...]:
    """The talking points that the action takes along: approved and valid ones, in its order."""
    return talking_points.cards(point_ids=walk.action.talking_point_ids, language=language)
