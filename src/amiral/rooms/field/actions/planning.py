"""Creating a canvass and cutting it into turfs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import isfinite
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from amiral.cores import walk
from amiral.kit import audit, runs
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.field.access import access_canvass_by_id, may_over_group
from amiral.rooms.field.actions.homes import with_homes
from amiral.rooms.field.actions.leasing import end_leases
from amiral.rooms.field.actions.rounding import check_bag, planned_rounds, report_of, rows_of
from amiral.rooms.field.actions.selecting import Selection, select
from amiral.rooms.field.actions.versions import keep_version
from amiral.rooms.field.contracts import (
    BAG_DEFAULT,
    MINUTES_DEFAULT,
    MINUTES_LEAST,
    MINUTES_MOST,
    MOST_ADDRESSES,
    NO_LIMITS,
    PACES,
    TAKEN_BACK_READABLE,
    TEAM_MOST,
    TEAMS_MOST,
    Bounds,
    CanvassKind,
    VersionKind,
    WalkLimits,
)
from amiral.rooms.field.models import Assignment, Canvass, Device, DeviceKind, Door, Turf, Visit
from amiral.rooms.field.queries.addresses import asked_not_to, places_of_columns
from amiral.rooms.field.queries.pace import pace_factor
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import AddressColumns, FileKind, ReferenceFileCard

Progress = Callable[[int, int], None]

NAMED_AT_MOST = 500
"""Addresses that the report names one by one; the rest is counted."""
PLACE_AT_MOST_M = 5_000
"""Farther from every address, nobody begins or ends a walk on foot."""
METRES_PER_DEGREE = 111_195.0


class BadName(Refused):
    """No name was given."""

    def __init__(self) -> None:
        super().__init__(_("Give the canvass a name, for instance that of the quarter."))


class BadMinutes(Refused):
    """A turf that nobody can walk."""

    def __init__(self) -> None:
        super().__init__(
            _("A turf lasts between %(least)d and %(most)d minutes: change the length.")
            % {"least": MINUTES_LEAST, "most": MINUTES_MOST}
        )


class BadTeams(Refused):
    """Teams of nobody, or of a crowd."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Write the number of people in each team with commas between them, for instance 2, 2, 4:"
                " each from 1 to %(most)d, at most %(teams)d teams."
            )
            % {"most": TEAM_MOST, "teams": TEAMS_MOST}
        )


class BadArea(Refused):
    """A box that is none."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Give the box as four numbers in degrees, west, south, east, north:"
                " west less than east, south less than north."
            )
        )


class FileIsGone(Refused):
    """The address file was replaced or removed."""

    def __init__(self) -> None:
        super().__init__(_("This address file is no longer there: choose another, or import it again."))


class NoAddress(Refused):
    """The choice holds no address."""

    def __init__(self) -> None:
        super().__init__(_("No address of this file lies there: choose another commune or a larger box."))


class PlaceTooFar(Refused):
    """Where walks should begin or end is nowhere near the addresses; ``field`` is "start" or "end"."""

    def __init__(self, field: str, km: float) -> None:
        self.field = field
        super().__init__(
            _("This place is %(km)d km from the nearest address: choose one at most %(most)d km away.")
            % {"km": round(km), "most": PLACE_AT_MOST_M // 1000}
        )


class TooManyAddresses(Refused):
    """More than a canvass can hold."""

    def __init__(self, count: int) -> None:
        super().__init__(
            _(
                "%(count)d addresses are too many for one canvass (at most %(most)d):"
                " choose a commune or a box."
            )
            % {"count": count, "most": MOST_ADDRESSES}
        )


class AlreadyPlanning(Refused):
    """A plan is being made."""

    def __init__(self) -> None:
        super().__init__(_("The turfs are being cut already: wait for the end, or stop that work first."))


class PlanInUse(Refused):
    """Turfs that are assigned or visited are not thrown away."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "These turfs are in use (a team holds one, or doors were visited) and stay as they are:"
                " create another canvass, or take the turfs back if no door was visited."
            )
        )


class StillOnPaper(PlanInUse):
    """A list that was printed may still come back ticked."""

    def __init__(self) -> None:
        Refused.__init__(
            self,
            _(
                "The list of a turf that was taken back in the last seven days is on paper: what is ticked"
                " there could no longer be entered. Create another canvass, or wait."
            ),
        )


def create_canvass(
    *,
    by_id: UUID,
    group_id: UUID,
    name: str,
    kind: CanvassKind,
    file_id: UUID,
    commune_code: str = "",
    bounds: Bounds | None = None,
    minutes: int = MINUTES_DEFAULT,
    seed: int = 0,
    bag: int = BAG_DEFAULT,
    canvass_id: UUID | None = None,
    limits: WalkLimits = NO_LIMITS,
) -> UUID:
    """A canvass without turfs yet. ``NotFound`` unless the person manages the field of the group.

    ``canvass_id`` is given where doing it again must not make a second one.
    """
    if not may_over_group(person_id=by_id, group_id=group_id, feature=Feature.MANAGE_FIELD):
        raise NotFound
    if not name.strip():
        raise BadName
    check_minutes(minutes)
    check_bag(bag)
    check_teams(limits.team_sizes)
    file = live_file(file_id)
    chosen = _check_addresses(file_id=file.id, commune_code=commune_code, bounds=_checked(bounds))
    _check_places(limits, chosen)
    return _keep_canvass(
        file,
        by_id,
        id=canvass_id or new_id(),
        name=name.strip(),
        kind=kind,
        group_id=group_id,
        commune_code=commune_code,
        bounds=list(bounds) if bounds else None,
        minutes=minutes,
        seed=seed,
        bag=bag,
        start=list(limits.start) if limits.start else None,
        end=list(limits.end) if limits.end else None,
        max_walk_m=limits.max_walk_m,
        team_sizes=list(limits.team_sizes),
    )


@transaction.atomic
def _keep_canvass(file: ReferenceFileCard, by_id: UUID, **values: Any) -> UUID:
    canvass = Canvass.objects.create(
        address_file_id=file.id,
        address_file_name=file.name,
        attribution=file.attribution,
        created_by_id=by_id,
        **values,
    )
    audit.record(actor_id=by_id, verb="create-canvass", subject_kind="canvass", subject_id=canvass.pk)
    return canvass.pk


def check_teams(sizes: Sequence[int]) -> None:
    """Raises ``BadTeams``."""
    if len(sizes) > TEAMS_MOST or not all(1 <= size <= TEAM_MOST for size in sizes):
        raise BadTeams


def check_minutes(minutes: int) -> None:
    """Raises ``BadMinutes``."""
    if not MINUTES_LEAST <= minutes <= MINUTES_MOST:
        raise BadMinutes


def _checked(bounds: Bounds | None) -> Bounds | None:
    if bounds is None:
        return None
    west, south, east, north = bounds
    good = all(isfinite(number) for number in bounds)
    if good and -180 <= west < east <= 180 and -90 <= south < north <= 90:
        return bounds
    raise BadArea


def live_file(file_id: UUID) -> ReferenceFileCard:
    """The file of addresses, or ``FileIsGone``."""
    for file in territory.reference_files(kind=FileKind.ADDRESSES):
        if file.id == file_id:
            return file
    raise FileIsGone


def _check_addresses(*, file_id: UUID, commune_code: str, bounds: Bounds | None) -> AddressColumns:
    chosen = territory.addresses(file_id=file_id, commune_code=commune_code, bounds=bounds)
    if not len(chosen):
        raise NoAddress
    if len(chosen) > MOST_ADDRESSES:
        raise TooManyAddresses(len(chosen))
    return chosen


def _check_places(limits: WalkLimits, chosen: AddressColumns) -> None:
    """A place typed the wrong way round, or found in another town, would make a day of each walk."""
    for field, place in (("start", limits.start), ("end", limits.end)):
        if place is None or np.isnan(chosen.lon).all():
            continue
        east_m = (chosen.lon - place[0]) * METRES_PER_DEGREE * np.cos(np.radians(place[1]))
        north_m = (chosen.lat - place[1]) * METRES_PER_DEGREE
        away_m = float(np.nanmin(np.hypot(east_m, north_m)))
        if away_m > PLACE_AT_MOST_M:
            raise PlaceTooFar(field, away_m / 1000)


@transaction.atomic
def start_planning(
    *,
    by_id: UUID,
    canvass_id: UUID,
    minutes: int | None = None,
    seed: int | None = None,
    bag: int | None = None,
) -> UUID:
    """Starts the run that cuts the turfs, replacing unused ones; answers the run's id."""
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    canvass = _locked_and_free(canvass_id, now())
    if canvass.run_id and not runs.run_by_id(run_id=canvass.run_id).is_over:
        raise AlreadyPlanning
    canvass.minutes = canvass.minutes if minutes is None else minutes
    canvass.seed = canvass.seed if seed is None else seed
    canvass.bag = canvass.bag if bag is None else bag
    check_minutes(canvass.minutes)
    check_bag(canvass.bag)
    canvass.run_id = runs.start(
        kind="plan-canvass", arguments={"canvass_id": str(canvass_id)}, started_by_id=by_id
    )
    canvass.save(update_fields=["minutes", "seed", "bag", "run_id"])
    audit.record(actor_id=by_id, verb="plan-canvass", subject_kind="canvass", subject_id=canvass_id)
    return canvass.run_id


def _locked_and_free(canvass_id: UUID, at: datetime) -> Canvass:
    """The canvass, locked, or ``PlanInUse``: assigning locks it too, so no team is given a turf meanwhile."""
    canvass = Canvass.objects.select_for_update().get(pk=canvass_id)
    end_leases(at=at, canvass_id=canvass_id)
    given = Assignment.objects.filter(turf__canvass=canvass)
    held = given.filter(ended_at__isnull=True).exists()
    if held or _on_phones(given, at) or Visit.objects.filter(door__turf__canvass=canvass).exists():
        raise PlanInUse
    if given.filter(ended_at__gt=at - TAKEN_BACK_READABLE, printed_pages__isnull=False).exists():
        raise StillOnPaper
    return canvass


def _on_phones(given: "QuerySet[Assignment]", at: datetime) -> bool:
    """Whether a phone of a team that had one of the turfs may still bring events of its doors."""
    late = given.filter(ended_at__gt=at - TAKEN_BACK_READABLE)
    return Device.objects.filter(kind=DeviceKind.PHONE, shift__in=late.values("shift")).exists()


def plan_canvass(*, canvass_id: UUID, progress: Progress, at: datetime) -> dict[str, Any]:
    """Cuts the turfs and writes them in one transaction; answers the report that the canvass keeps.

    ``progress`` may raise to stop: nothing is written then. Doing it again from the start is harmless.
    """
    canvass = Canvass.objects.filter(pk=canvass_id).first()
    if canvass is None:
        raise NotFound
    selection = selected_addresses(canvass, at)
    problem = walk.Problem(doors=doors_of(selection.addresses), streets=streets_of(selection.addresses))
    left = {"wishes": selection.wishes, "merged": selection.merged}
    if canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        answer = planned_rounds(canvass=canvass, problem=problem, progress=progress)
        report = report_of(problem, answer, NAMED_AT_MOST) | left
        _write(canvass_id, partial(rows_of, addresses=selection.addresses, answer=answer), report, at)
        return report
    plan = walk.plan(problem=problem, parameters=parameters_of(canvass), seed=canvass.seed, progress=progress)
    report = figures_report(problem, plan) | left
    _write(canvass_id, partial(_rows, addresses=selection.addresses, plan=plan), report, at)
    return report


def selected_addresses(canvass: Canvass, at: datetime) -> Selection:
    """The doors to plan, as the address file and the wishes are now. Raises ``NoAddress``."""
    found = territory.addresses(
        file_id=current_file(canvass).id,
        commune_code=canvass.commune_code,
        bounds=tuple(canvass.bounds) if canvass.bounds else None,
    )
    places = places_of_columns(found)
    wished = asked_not_to(file_name=canvass.address_file_name, places=places, at=at)
    selection = select(found=found, wished=wished)
    if not len(selection.addresses):
        raise NoAddress
    known = with_homes(addresses=selection.addresses, address_file_name=canvass.address_file_name)
    return replace(selection, addresses=known)


def current_file(canvass: Canvass) -> ReferenceFileCard:
    """The file of the canvass, or the one of the same name that replaced it since."""
    files = territory.reference_files(kind=FileKind.ADDRESSES)
    for file in files:
        if file.id == canvass.address_file_id:
            return file
    for file in files:
        if file.name == canvass.address_file_name:
            return file
    raise FileIsGone


def doors_of(addresses: AddressColumns) -> walk.Doors:
    """The addresses as the planner takes them."""
    return walk.Doors(
        ids=addresses.ids,
        lon=addresses.lon,
        lat=addresses.lat,
        numbers=addresses.numbers,
        suffixes=addresses.suffixes,
        streets=addresses.streets,
        dwellings=addresses.dwellings,
        floors=addresses.floors,
        lift=addresses.lift,
        origins=addresses.origins,
    )


def streets_of(addresses: AddressColumns) -> walk.Streets | None:
    """The streets around the addresses; ``None`` where none are imported."""
    known = np.isfinite(addresses.lon) & np.isfinite(addresses.lat)
    if not known.any():
        return None
    lon, lat = addresses.lon[known], addresses.lat[known]
    bounds = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    columns = territory.streets_near(bounds=bounds)
    if columns is None:
        return None
    return walk.Streets(
        node_lon=columns.node_lon,
        node_lat=columns.node_lat,
        way_start=columns.way_start,
        way_nodes=columns.way_nodes,
        way_kind=columns.way_kind,
        way_names=columns.way_names,
        way_addressable=columns.way_addressable,
        node_height=columns.node_height,
        node_marks=columns.node_marks,
        obstacles=columns.obstacles,
    )


def parameters_of(canvass: Canvass) -> walk.Parameters:
    """What a turf of this canvass should be."""
    pace = PACES[CanvassKind(canvass.kind)]
    return walk.Parameters(
        minutes=canvass.minutes,
        minutes_per_address=pace.minutes_per_address,
        minutes_per_dwelling=round(pace.minutes_per_dwelling * pace_factor(canvass=canvass), 3),
        start=tuple(canvass.start) if canvass.start else None,
        end=tuple(canvass.end) if canvass.end else None,
        max_walk_m=canvass.max_walk_m,
        sizes=tuple(canvass.team_sizes),
    )


_FIGURES = (
    "doors",
    "turfs",
    "metres",
    "metres_per_door",
    "minutes",
    "balance_cv",
    "within_10_percent",
    "mode",
    "dwellings",
    "seed",
)


def figures_report(problem: walk.Problem, plan: walk.Plan) -> dict[str, Any]:
    """The figures of the plan, and the addresses without a turf: all counted, ``NAMED_AT_MOST`` named."""
    whole = walk.report(problem=problem, plan=plan)
    return {
        **{figure: whole[figure] for figure in _FIGURES},
        "asked_minutes": plan.parameters.minutes,
        "straight_turfs": sum(turf.straight for turf in plan.turfs),
        "short_turfs": sum(turf.short for turf in plan.turfs),
        "unreachable_count": len(plan.unreachable),
        "unreachable": [
            {"label": _label(problem, one.door), "reason": str(one.reason)}
            for one in plan.unreachable[:NAMED_AT_MOST]
        ],
        "far_count": len(plan.far),
        "far": [
            {"label": _label(problem, one.door), "distance_m": one.distance_m and round(one.distance_m)}
            for one in plan.far[:NAMED_AT_MOST]
        ],
    }


def _label(problem: walk.Problem, door: int) -> str:
    return problem.doors.label(door) or problem.doors.ids[door]


@transaction.atomic
def _write(
    canvass_id: UUID,
    rows: Callable[[Canvass], list[tuple[Turf, list[Door]]]],
    report: dict[str, Any],
    at: datetime,
) -> None:
    canvass = _locked_and_free(canvass_id, at)
    canvass.turfs.all().delete()
    made = rows(canvass)
    Turf.objects.bulk_create([turf for turf, _doors in made], batch_size=500)
    Door.objects.bulk_create([door for _turf, doors in made for door in doors], batch_size=2000)
    canvass.report, canvass.planned_at = report, at
    canvass.save(update_fields=["report", "planned_at"])
    kind = VersionKind.REPLAN if canvass.plan_version else VersionKind.PLAN
    keep_version(canvass=canvass, kind=kind, by_id=planner_of(canvass), at=at)


def _rows(canvass: Canvass, addresses: AddressColumns, plan: walk.Plan) -> list[tuple[Turf, list[Door]]]:
    """Rows to write: each turf with its doors in walking order."""
    made = []
    for one in plan.turfs:
        turf = _turf(canvass, one)
        doors = [door_row(turf, position, addresses, i) for position, i in enumerate(one.doors, start=1)]
        made.append((turf, doors))
    return made


def planner_of(canvass: Canvass) -> UUID | None:
    """Who started the planning; nobody for one without a run."""
    try:
        return runs.run_by_id(run_id=canvass.run_id).started_by_id if canvass.run_id else None
    except NotFound:
        return None


def _turf(canvass: Canvass, one: walk.Turf) -> Turf:
    return Turf(
        canvass=canvass,
        number=one.number,
        minutes=one.minutes,
        metres=one.metres,
        straight=one.straight,
        connected=one.connected,
        team_size=one.team_size,
        walk={"type": "LineString", "coordinates": one.line.tolist()},
    )


def door_row(turf: Turf | None, position: int, addresses: AddressColumns, i: int) -> Door:
    """The row of an address at its place in a turf."""
    number, street = written_number(int(addresses.numbers[i]), addresses.suffixes[i]), addresses.streets[i]
    label = " ".join(part for part in (number, street) if part) or addresses.ids[i]
    return Door(
        turf=turf,
        position=position,
        address_id=addresses.ids[i],
        label=label[:200],
        number=number[:20],
        street=street[:160],
        commune_code=addresses.commune_codes[i],
        longitude=float(addresses.lon[i]),
        latitude=float(addresses.lat[i]),
        dwellings=int(addresses.dwellings[i]),
        origin=0 if addresses.origins is None else int(addresses.origins[i]),
        floors=0 if addresses.floors is None else int(addresses.floors[i]),
        lift=addresses.lift is not None and bool(addresses.lift[i]),
    )


def written_number(number: int, suffix: str) -> str:
    """``12 bis``, but ``2-4``: what begins with a sign stands next to the number."""
    if number <= 0:
        return suffix
    return f"{number} {suffix}".strip() if suffix[:1].isalnum() else f"{number}{suffix}"
