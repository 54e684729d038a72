"""Planning again while turfs are in use: what a team holds stays, what was done stays where it was done.

The plan is found outside the transaction. The one that writes checks that nothing was taken, given or done
meanwhile; else it is found again, with that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores import walk
from amiral.kit import audit, runs
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions.drafting import InUse, Standing, standing_of
from amiral.rooms.field.actions.leasing import end_leases
from amiral.rooms.field.actions.planning import (
    AlreadyPlanning,
    check_minutes,
    door_row,
    doors_of,
    figures_report,
    parameters_of,
    planner_of,
    selected_addresses,
    streets_of,
)
from amiral.rooms.field.actions.rewriting import (
    Rewriting,
    TurfRow,
    rewrite,
    row_of,
    turfs_with_history,
)
from amiral.rooms.field.actions.selecting import Selection
from amiral.rooms.field.actions.touring import columns_of, refresh_figures
from amiral.rooms.field.actions.versions import keep_first, keep_version
from amiral.rooms.field.contracts import TAKEN_BACK_READABLE, CanvassKind, VersionKind
from amiral.rooms.field.models import Assignment, Canvass, Door, Visit
from amiral.rooms.field.queries.replanning import Before
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory.contracts import AddressColumns

Progress = Callable[[int, int], None]
TRIES = 5
MORE_AT_MOST = 20
"""Turfs that may be added at once."""


class NothingToReplan(Refused):
    """A canvass without turfs, or one of rounds."""

    def __init__(self) -> None:
        super().__init__(_("There are no turfs of doors to plan again here: cut them first."))


class TooBusy(Refused):
    """Teams took and did doors faster than the plan could be made."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Turfs were taken or done again and again while the plan was made: nothing was changed."
                " Try later."
            )
        )


@dataclass(frozen=True, kw_only=True)
class Material:
    """What planning again starts from. ``held``, ``done``, ``leaving``: places of the plan as it stands.

    ``new``: rows of ``addresses`` that stand in no turf. Held places whose address is gone come last in
    ``addresses``. ``row``: of each address id.
    """

    standing: Standing
    selection: Selection
    addresses: AddressColumns
    row: dict[str, int]
    held: frozenset[int]
    done: frozenset[int]
    leaving: frozenset[int]
    new: tuple[int, ...]

    @property
    def held_turfs(self) -> frozenset[int]:
        """Numbers of the turfs that a team holds."""
        return frozenset(n for n, reason in self.standing.in_use.items() if reason == InUse.HELD)

    @property
    def before(self) -> Before:
        """The same in numbers."""
        places = self.standing.places
        staying = len(places) - len(self.held) - len(self.done) - len(self.leaving)
        return Before(
            held_turfs=tuple(sorted(self.held_turfs)),
            held_doors=len(self.held),
            free_turfs=len(self.standing.cut) - len(self.held_turfs),
            free_doors=staying,
            done_doors=len(self.done),
            leaving_doors=len(self.leaving),
            new_addresses=len(self.new),
        )


def material_of(canvass: Canvass, at: datetime) -> Material:
    """The plan, the addresses as they are now, and how they differ."""
    end_leases(at=at, canvass_id=canvass.pk)
    standing, selection = standing_of(canvass), selected_addresses(canvass, at)
    held_turfs = {n for n, reason in standing.in_use.items() if reason == InUse.HELD}
    known = set(selection.addresses.ids)
    visited, late = _visited(canvass), _late_turfs(canvass, at)
    held, done, leaving = set[int](), set[int](), set[int]()
    for i, place in enumerate(standing.places):
        if place.turf in held_turfs:
            held.add(i)
        elif place.id in visited or (place.address_id not in known and place.turf in late):
            done.add(i)
        elif place.address_id not in known:
            leaving.add(i)
    extra = [standing.places[i] for i in sorted(held) if standing.places[i].address_id not in known]
    addresses = _joined(selection.addresses, columns_of(extra)) if extra else selection.addresses
    standing_ids = {place.address_id for place in standing.places}
    return Material(
        standing=standing,
        selection=selection,
        addresses=addresses,
        row={id_: x for x, id_ in enumerate(addresses.ids)},
        held=frozenset(held),
        done=frozenset(done),
        leaving=frozenset(leaving),
        new=tuple(x for x, id_ in enumerate(selection.addresses.ids) if id_ not in standing_ids),
    )


def _visited(canvass: Canvass) -> set[UUID]:
    rows = Visit.objects.filter(door__turf__canvass=canvass)
    return set(rows.values_list("door_id", flat=True).distinct())


def _late_turfs(canvass: Canvass, at: datetime) -> set[int]:
    """Turfs given back so lately that visits may still come: their doors are not deleted."""
    rows = Assignment.objects.filter(turf__canvass=canvass, ended_at__gt=at - TAKEN_BACK_READABLE)
    return set(rows.values_list("turf__number", flat=True))


def _joined(first: AddressColumns, second: AddressColumns) -> AddressColumns:
    """One after the other; a column that only one of them has is left out."""
    columns = {
        one.name: _column(getattr(first, one.name), getattr(second, one.name)) for one in fields(first)
    }
    return replace(first, **columns)


def _column(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return None
    return first + second if isinstance(first, tuple) else np.concatenate([first, second])


def preview_replanning(*, by_id: UUID, canvass_id: UUID, at: datetime) -> Material:
    """What would stay, leave and enter; writes nothing."""
    canvass = access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    _check(canvass)
    return material_of(canvass, at)


def _check(canvass: Canvass) -> None:
    if not canvass.planned_at or canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        raise NothingToReplan


@transaction.atomic
def start_replanning(*, by_id: UUID, canvass_id: UUID, minutes: int | None = None, more: int = 0) -> UUID:
    """Starts the run that plans again around what is in use; answers the run's id. ``more``: turfs to add."""
    access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    canvass = Canvass.objects.select_for_update().get(pk=canvass_id)
    _check(canvass)
    if canvass.run_id and _is_running(canvass.run_id):
        raise AlreadyPlanning
    canvass.minutes = canvass.minutes if minutes is None else minutes
    check_minutes(canvass.minutes)
    canvass.run_id = runs.start(
        kind="replan-canvass",
        arguments={"canvass_id": str(canvass_id), "more": max(0, min(more, MORE_AT_MOST))},
        started_by_id=by_id,
    )
    canvass.save(update_fields=["minutes", "run_id"])
    audit.record(actor_id=by_id, verb="replan-canvass", subject_kind="canvass", subject_id=canvass_id)
    return canvass.run_id


def _is_running(run_id: UUID) -> bool:
    try:
        return not runs.run_by_id(run_id=run_id).is_over
    except NotFound:
        return False


def replan_canvass(*, canvass_id: UUID, progress: Progress, at: datetime, more: int = 0) -> dict[str, Any]:
    """Plans again and writes in one transaction; answers the report that the canvass keeps.

    ``progress`` may raise to stop: nothing is written then.
    """
    for _try in range(TRIES):
        canvass = Canvass.objects.filter(pk=canvass_id).first()
        if canvass is None:
            raise NotFound
        _check(canvass)
        material = material_of(canvass, at)
        found = _found(material, more, progress)
        report = _write(material, found, at)
        if report is not None:
            return report
    raise TooBusy


@dataclass(frozen=True)
class _Found:
    """A plan, and the turfs it came from; ``numbers`` of the previous turfs by their place."""

    problem: walk.Problem
    plan: walk.Plan
    previous: list[list[int]]
    numbers: list[int]


def _found(material: Material, more: int, progress: Progress) -> _Found:
    standing = material.standing
    staying = set(range(len(standing.places))) - material.leaving
    numbers = sorted(standing.cut)
    previous = [
        [row for i in standing.cut[n] if i in staying and (row := _row(material, i)) is not None]
        for n in numbers
    ]
    problem = walk.Problem(doors=doors_of(material.addresses), streets=streets_of(material.addresses))
    plan = walk.replan(
        problem=problem,
        parameters=parameters_of(standing.canvass),
        previous=previous,
        kept=[x for x, n in enumerate(numbers) if n in material.held_turfs],
        done=[row for i in material.done if (row := _row(material, i)) is not None],
        more=more,
        sizes=[standing.sizes[n] for n in numbers],
        seed=standing.canvass.seed,
        progress=progress,
    )
    return _Found(problem, plan, previous, numbers)


def _row(material: Material, place: int) -> int | None:
    return material.row.get(material.standing.places[place].address_id)


@transaction.atomic
def _write(material: Material, found: _Found, at: datetime) -> dict[str, Any] | None:
    """The new report; ``None`` when turfs were taken, given or done since."""
    seen = material.standing.canvass
    canvass = Canvass.objects.select_for_update().get(pk=seen.pk)
    end_leases(at=at, canvass_id=canvass.pk)
    if canvass.plan_version != seen.plan_version or _is_stale(canvass, material):
        return None
    keep_first(canvass)
    first_new = max(canvass.turfs.values_list("number", flat=True), default=0) + 1
    rewriting = _rewriting(canvass, material, found, first_new)
    rewrite(canvass=canvass, to=rewriting, at=at)
    _move_doors(material, found)
    changes = _changes(material, found, first_new)
    selection = material.selection
    refresh_figures(
        canvass,
        **{
            key: value
            for key, value in figures_report(found.problem, found.plan).items()
            if key not in _COUNTED
        },
        wishes=selection.wishes,
        merged=selection.merged,
        changes=changes,
    )
    canvass.planned_at = at
    canvass.save(update_fields=["planned_at"])
    keep_version(canvass=canvass, kind=VersionKind.REPLAN, by_id=planner_of(canvass), at=at)
    report: dict[str, Any] = canvass.report
    return report


_COUNTED = (
    "doors",
    "turfs",
    "metres",
    "metres_per_door",
    "minutes",
    "balance_cv",
    "within_10_percent",
    "connected",
    "straight_turfs",
)
"""Figures that are counted again from the rows: the plan does not know of doors that are done."""


def _is_stale(canvass: Canvass, material: Material) -> bool:
    live = Assignment.objects.filter(turf__canvass=canvass, ended_at__isnull=True)
    if set(live.values_list("turf__number", flat=True)) != material.held_turfs:
        return True
    places = material.standing.places
    known = {places[i].id for i in material.done | material.held}
    return bool(_visited(canvass) - known)


def _rewriting(canvass: Canvass, material: Material, found: _Found, first_new: int) -> Rewriting:
    places, held = material.standing.places, material.held_turfs
    ids = {row: places[i].id for i in range(len(places)) if (row := _row(material, i)) is not None}
    tails = _tails(material)
    turfs, doors, made = dict[int, TurfRow](), dict[int, list[UUID]](), dict[UUID, Door]()
    for turf in found.plan.turfs:
        number = _number(found, turf.number, first_new)
        if number in held:
            continue
        turfs[number] = row_of(turf)
        doors[number] = [_door_id(material, row, ids, made) for row in turf.doors] + tails.get(number, [])
    over = set(found.numbers) - set(turfs) - held
    gone = frozenset(n for n in over if n not in tails) - turfs_with_history(canvass)
    for number in sorted(over - gone):
        turfs[number], doors[number] = TurfRow(), tails.get(number, [])
    return Rewriting(
        turfs=turfs,
        doors=doors,
        new_doors=made,
        removed=[places[i].id for i in sorted(material.leaving)],
        gone=frozenset(gone),
    )


def _tails(material: Material) -> dict[int, list[UUID]]:
    """What was done stays in its turf, behind what is still to be done."""
    tails: dict[int, list[UUID]] = {}
    for i in sorted(material.done):
        place = material.standing.places[i]
        tails.setdefault(place.turf, []).append(place.id)
    return tails


def _number(found: _Found, number: int, first_new: int) -> int:
    """What a turf of the plan is called: as before, or a number that none had."""
    known = len(found.numbers)
    return found.numbers[number - 1] if number <= known else first_new + number - known - 1


def _door_id(material: Material, row: int, ids: dict[int, UUID], made: dict[UUID, Door]) -> UUID:
    if row not in ids:
        door = door_row(None, 0, material.addresses, row)
        door.pk = ids[row] = new_id()
        made[door.pk] = door
    return ids[row]


def _move_doors(material: Material, found: _Found) -> None:
    """Doors whose address moved, or has other dwellings, in the file."""
    columns, moved = material.addresses, list[Door]()
    for i, place in enumerate(material.standing.places):
        row = _row(material, i)
        if row is None or i in material.held or i in material.done or i in material.leaving:
            continue
        now = (float(columns.lon[row]), float(columns.lat[row]), int(columns.dwellings[row]))
        if now != (place.lon, place.lat, place.dwellings) and np.isfinite(now[:2]).all():
            moved.append(Door(pk=place.id, longitude=now[0], latitude=now[1], dwellings=now[2]))
    Door.objects.bulk_update(moved, ["longitude", "latitude", "dwellings"], batch_size=200)


def _changes(material: Material, found: _Found, first_new: int) -> dict[str, Any]:
    """What became of the turfs, for the page: counts of doors, numbers of turfs."""
    difference = walk.changes(previous=found.previous, plan=found.plan)

    def called(numbers: Sequence[int]) -> list[int]:
        return [_number(found, number, first_new) for number in numbers]

    return {
        "held": sorted(material.held_turfs),
        "unchanged": sorted(set(called(difference.unchanged)) - material.held_turfs),
        "changed": called(difference.changed),
        "made": called(difference.made),
        "gone": called(difference.gone),
        "moved": len(difference.moved),
        "entered": len(difference.entered),
        "left": len(material.leaving),
        "done": len(material.done),
        "cut_off": [
            [_number(found, turf.number, first_new), round(turf.minutes)]
            for turf in found.plan.turfs
            if turf.cut_off
        ],
    }
