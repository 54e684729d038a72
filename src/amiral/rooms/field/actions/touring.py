""" "4 people, 45 minutes, here": a tour past doors that nobody holds, taken as a turf of its own.

The tour is found outside the transaction, because that takes half a second. The transaction that writes
checks that the plan is still the one that was looked at; if not, it is found again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from amiral.cores import walk
from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.field.access import access_touring
from amiral.rooms.field.actions import quiet
from amiral.rooms.field.actions.drafting import (
    InUse,
    Place,
    Standing,
    split_number,
    standing_of,
    with_floors,
)
from amiral.rooms.field.actions.leasing import end_leases, lease
from amiral.rooms.field.actions.planning import doors_of, parameters_of, streets_of
from amiral.rooms.field.actions.rewriting import (
    Rewriting,
    TurfRow,
    rewrite,
    row_of,
    turfs_with_history,
)
from amiral.rooms.field.actions.versions import figures_of, keep_first, keep_version
from amiral.rooms.field.contracts import TO_DO_AGAIN, TOURS_AT_MOST, TourAsked, VersionKind
from amiral.rooms.field.models import Assignment, Canvass, Door, Visit
from amiral.rooms.field.queries import addresses
from amiral.rooms.field.queries.covering import states_of
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.territory.contracts import AddressColumns

NEAREST = 600
"""Doors handed to the core: the nearest ones."""
TRIES = 5


class NoTour(Refused):
    """No open door can be reached in that time."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "No door that is still to be done can be reached from there in that time:"
                " start nearer, or take more time."
            )
        )


class TourChanged(Refused):
    """Doors of the tour were taken by others since the page was drawn."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Some of these doors were taken or done meanwhile:"
                " here is the tour as it is now; take it if it suits."
            )
        )


class TooManyTours(Refused):
    """The team holds enough tours that it has not finished."""

    def __init__(self) -> None:
        super().__init__(
            _("Your team holds %(count)d tours with doors still to be done: do those first.")
            % {"count": TOURS_AT_MOST}
        )


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A tour past ``places`` in walking order, and the plan that it was made from."""

    standing: Standing
    tour: walk.Tour
    places: tuple[Place, ...]

    @property
    def attribution(self) -> str:
        """Whose addresses and streets these are."""
        return self.standing.canvass.attribution

    @property
    def digest(self) -> str:
        """Names the doors and their order: what was shown is what is taken."""
        return sha256("\n".join(str(place.id) for place in self.places).encode()).hexdigest()[:32]


def propose_tour(*, by_id: UUID, canvass_id: UUID, asked: TourAsked, at: datetime) -> Proposal:
    """The tour for whoever may take one; writes nothing. Raises ``NoTour``."""
    return _proposed(access_touring(person_id=by_id, canvass_id=canvass_id, at=at).canvass, asked, at)


def _proposed(canvass: Canvass, asked: TourAsked, at: datetime) -> Proposal:
    end_leases(at=at, canvass_id=canvass.pk)
    standing = standing_of(canvass)
    free = _nearest([standing.places[i] for i in _free(standing, asked, at)], asked)
    if not free:
        raise NoTour
    columns = columns_of(free)
    try:
        tour = walk.tour(
            problem=walk.Problem(doors=doors_of(columns), streets=streets_of(_with_here(columns, asked))),
            parameters=replace(parameters_of(canvass), start=None, end=None),
            here=(asked.longitude, asked.latitude),
            minutes=asked.minutes,
            people=asked.people,
            back=asked.back,
            seed=canvass.seed,
        )
    except walk.BadParameter:
        raise NoTour from None
    if not tour.doors:
        raise NoTour
    return Proposal(standing=standing, tour=tour, places=tuple(free[d] for d in tour.doors))


def _free(standing: Standing, asked: TourAsked, at: datetime) -> list[int]:
    """Places that no team holds, to be done (again, if asked), where nobody asked to be left alone."""
    held = {number for number, reason in standing.in_use.items() if reason == InUse.HELD}
    visited = _done(Visit.objects.filter(door__turf__canvass=standing.canvass), asked)
    places = [addresses.place_of(door) for door in standing.places]
    wished = addresses.asked_not_to(file_name=standing.canvass.address_file_name, places=places, at=at)
    return [
        i
        for i, place in enumerate(standing.places)
        if place.turf not in held and place.id not in visited and place.address_id not in wished
    ]


def _done(visits: "QuerySet[Visit]", asked: TourAsked) -> set[UUID]:
    """Doors of these visits that the tour does not pass."""
    states = states_of(visits)
    return {
        id_
        for id_, state in states.items()
        if state.is_done and not (asked.again and state.outcome in TO_DO_AGAIN)
    }


def _nearest(places: Sequence[Place], asked: TourAsked) -> list[Place]:
    if not places:
        return []
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    east = (lon - asked.longitude) * np.cos(np.radians(asked.latitude))
    away = np.hypot(east, lat - asked.latitude)
    return [places[i] for i in np.sort(np.argsort(away, kind="stable")[:NEAREST])]


def columns_of(places: Sequence[Place]) -> AddressColumns:
    """Doors of a plan as an address file has them."""
    numbers = [split_number(place.number) for place in places]
    columns = AddressColumns(
        ids=tuple(place.address_id for place in places),
        numbers=np.array([number for number, _ in numbers], dtype=np.int64),
        suffixes=tuple(suffix for _, suffix in numbers),
        streets=tuple(place.street for place in places),
        commune_codes=tuple(place.commune_code for place in places),
        lon=np.array([place.lon for place in places]),
        lat=np.array([place.lat for place in places]),
        dwellings=np.array([place.dwellings for place in places], dtype=np.int64),
    )
    return with_floors(columns, places)


def _with_here(columns: AddressColumns, asked: TourAsked) -> AddressColumns:
    """The same and one address more where they stand, so that the streets reach there."""
    wide = columns.take(np.append(np.arange(len(columns)), 0))
    wide.lon[-1], wide.lat[-1] = asked.longitude, asked.latitude
    return wide


def take_tour(
    *, by_id: UUID, canvass_id: UUID, shift_id: UUID, asked: TourAsked, digest: str, at: datetime
) -> UUID:
    """Makes the tour that was shown a turf of its own, held by the shift's team; answers the assignment's id.

    Raises ``TourChanged`` when the doors are no longer those of ``digest``; nothing is written then.
    """
    for _try in range(TRIES):
        touring = access_touring(person_id=by_id, canvass_id=canvass_id, at=at)
        shift = touring.shift(shift_id)
        quiet.check_begun(canvass=touring.canvass, at=at)
        quiet.check_given(canvass=touring.canvass, shift=shift)
        found = _proposed(touring.canvass, asked, at)
        if found.digest != digest:
            raise TourChanged
        taken = _take(by_id, found, _left(found), shift.id, asked, at)
        if taken is not None:
            return taken
    raise TourChanged


@transaction.atomic
def _take(
    by_id: UUID, found: Proposal, left: "_Left", shift_id: UUID, asked: TourAsked, at: datetime
) -> UUID | None:
    """The assignment; ``None`` when the plan changed while the tour was found."""
    canvass = Canvass.objects.select_for_update().get(pk=found.standing.canvass.pk)
    end_leases(at=at, canvass_id=canvass.pk)
    if canvass.plan_version != found.standing.canvass.plan_version or _is_stale(found, asked):
        return None
    _check_count(canvass, shift_id)
    keep_first(canvass)
    number = max(canvass.turfs.values_list("number", flat=True)) + 1
    rewrite(canvass=canvass, to=_rewriting(canvass, found, left, number, asked), at=at)
    refresh_figures(canvass)
    keep_version(canvass=canvass, kind=VersionKind.TOUR, by_id=by_id, at=at)
    turf = canvass.turfs.get(number=number)
    made = lease(turf_id=turf.pk, shift=mobilisation.shift(shift_id=shift_id), by_id=by_id, at=at)
    audit.record(
        actor_id=by_id, verb="take-tour", subject_kind="turf", subject_id=turf.pk, shift=str(shift_id)
    )
    return made.pk


def _is_stale(found: Proposal, asked: TourAsked) -> bool:
    """Whether a team holds or did one of the doors by now."""
    doors = [place.id for place in found.places]
    held = Assignment.objects.filter(turf__doors__in=doors, ended_at__isnull=True).exists()
    return held or bool(_done(Visit.objects.filter(door__in=doors), asked))


def _check_count(canvass: Canvass, shift_id: UUID) -> None:
    done = Visit.objects.filter(
        door=OuterRef("pk"), received_at__gte=OuterRef("turf__assignments__created_at")
    )
    todo = Door.objects.filter(turf=OuterRef("turf")).filter(~Exists(done))
    tours = Assignment.objects.filter(
        turf__canvass=canvass, turf__is_tour=True, shift=shift_id, ended_at__isnull=True
    )
    if tours.filter(Exists(todo)).count() >= TOURS_AT_MOST:
        raise TooManyTours


@dataclass(frozen=True)
class _Left:
    """What turfs that lose doors are left with: places in walking order, and their figures."""

    places: dict[int, list[Place]]
    rows: dict[int, TurfRow]


def _left(found: Proposal) -> _Left:
    taken = {place.id for place in found.places}
    standing, places = found.standing, found.standing.places
    left = {
        number: [places[i] for i in standing.cut[number] if places[i].id not in taken]
        for number in sorted({place.turf for place in found.places})
    }
    some = {number: rest for number, rest in left.items() if rest}
    return _Left(left, _measured(standing.canvass, some, standing.sizes))


def _rewriting(canvass: Canvass, found: Proposal, left: _Left, number: int, asked: TourAsked) -> Rewriting:
    empty = {n for n, rest in left.places.items() if not rest}
    gone = frozenset(empty - turfs_with_history(canvass))
    tour = {number: _tour_row(found.tour, asked)}
    doors = {n: [place.id for place in rest] for n, rest in left.places.items() if n not in gone}
    return Rewriting(
        turfs=tour | left.rows | dict.fromkeys(empty - gone, TurfRow()),
        doors=doors | {number: [place.id for place in found.places]},
        gone=gone,
    )


def _tour_row(tour: walk.Tour, asked: TourAsked) -> TurfRow:
    return TurfRow(
        minutes=tour.minutes,
        metres=tour.metres,
        straight=tour.straight,
        line=tour.line.tolist(),
        team_size=asked.people,
        is_tour=True,
    )


def _measured(canvass: Canvass, left: dict[int, list[Place]], sizes: Mapping[int, int]) -> dict[int, TurfRow]:
    """Figures of turfs that lost doors, walked in the same order."""
    if not left:
        return {}
    places = [place for rest in left.values() for place in rest]
    columns = columns_of(places)
    ends = np.cumsum([0, *(len(rest) for rest in left.values())])
    plan = walk.evaluate(
        problem=walk.Problem(doors=doors_of(columns), streets=streets_of(columns)),
        parameters=parameters_of(canvass),
        turfs=[range(a, b) for a, b in pairwise(ends)],
        sizes=[sizes[number] for number in left],
    )
    return {n: row_of(turf) for n, turf in zip(left, plan.turfs, strict=True)}


def refresh_figures(canvass: Canvass, **more: Any) -> None:
    """The report's figures follow the turfs as they are now."""
    counts = {turf.pk: 0 for turf in canvass.turfs.all()}
    for turf_id in Door.objects.filter(turf__canvass=canvass).values_list("turf_id", flat=True):
        counts[turf_id] += 1
    turfs = [
        {
            "minutes": turf.minutes,
            "metres": turf.metres,
            "straight": turf.straight,
            "connected": turf.connected,
            "doors": range(counts[turf.pk]),
        }
        for turf in canvass.turfs.all()
    ]
    canvass.report |= figures_of(turfs, canvass.minutes) | more
    canvass.save(update_fields=["report"])
