"""Sharing a turf that a team holds: part of its doors goes to others while the rest stays in hand.

For a team that shrinks, that gets help, or that will not come to its end. What is done stays; doors that
go remain the first team's for late visits (``Assignment.moved_doors``). Measured outside the transaction;
the one that writes checks that plan, lease and doors are still those that were measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores import walk
from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_turf_by_id
from amiral.rooms.field.actions import quiet
from amiral.rooms.field.actions.assigning import check_shift, shift_managed_by
from amiral.rooms.field.actions.drafting import Standing, problem_of, standing_of
from amiral.rooms.field.actions.leasing import end_leases, lease
from amiral.rooms.field.actions.planning import parameters_of
from amiral.rooms.field.actions.rewriting import Rewriting, rewrite, row_of
from amiral.rooms.field.actions.rounding import RoundsStayWhole
from amiral.rooms.field.actions.touring import refresh_figures
from amiral.rooms.field.actions.versions import keep_first, keep_version
from amiral.rooms.field.contracts import CanvassKind, VersionKind
from amiral.rooms.field.models import Assignment, Canvass, Turf, Visit

__all__ = ["NothingToShare", "ShareChanged", "Shared", "share_turf"]


class NothingToShare(Refused):
    """Less than two doors are still to be done, or all or none of them would go."""

    def __init__(self) -> None:
        super().__init__(_("There is nothing to share: at least one door to do must stay, and one must go."))


class ShareChanged(Refused):
    """Doors were done, or the plan changed, while the share was measured."""

    def __init__(self) -> None:
        super().__init__(_("The turf changed meanwhile: nothing was shared. Look at it and do it again."))


@dataclass(frozen=True, kw_only=True)
class Shared:
    """``number``: of the turf that was made; ``assignment_id``: who holds it, if anybody."""

    number: int
    assignment_id: UUID | None


@dataclass(frozen=True)
class _Parts:
    """Places that are done, that stay to be done and that go, in walking order."""

    standing: Standing
    lease_id: UUID
    done: tuple[int, ...]
    stay: tuple[int, ...]
    go: tuple[int, ...]
    sizes: tuple[int, int]


def share_turf(
    *,
    by_id: UUID,
    turf_id: UUID,
    staying: int,
    leaving: int,
    doors: Sequence[UUID] = (),
    shift_id: UUID | None = None,
    at: datetime,
) -> Shared:
    """Makes a turf of part of what is still to be done in a turf that a team holds.

    ``doors``: which of them go; none: the end of the walk, in the proportion of the ``leaving`` persons to
    the ``staying`` ones (1 or more each). ``shift_id``: whose team takes that part (the same shift: a second
    list for those of the team who go another way); none: it is free. Raises ``NotFound``, ``NotYourShift``,
    ``ShiftIsOver``, ``NothingToShare``, ``RoundsStayWhole``, ``ShareChanged``.
    """
    turf = access_turf_by_id(person_id=by_id, turf_id=turf_id)
    shift = shift_managed_by(by_id, shift_id) if shift_id else None
    if shift:
        check_shift(shift, at)
        quiet.check_given(canvass=turf.canvass, shift=shift)
    if turf.canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        raise RoundsStayWhole
    parts = _parts(turf, (staying, leaving), doors)
    measured = _measured(parts)
    with transaction.atomic():
        number = _written(turf, parts, measured, by_id, at)
        taken = None
        if shift:
            made = Turf.objects.get(canvass=turf.canvass, number=number)
            taken = lease(turf_id=made.pk, shift=shift, by_id=by_id, at=at).pk
        audit.record(
            actor_id=by_id,
            verb="share-turf",
            subject_kind="turf",
            subject_id=turf_id,
            made=number,
            doors=len(parts.go),
            shift=str(shift_id) if shift_id else None,
        )
    return Shared(number=number, assignment_id=taken)


def _parts(turf: Turf, sizes: tuple[int, int], doors: Sequence[UUID]) -> _Parts:
    held = turf.assignments.filter(ended_at__isnull=True).first()
    if held is None:
        raise NotFound
    standing = standing_of(turf.canvass)
    order = standing.cut.get(turf.number, ())
    visited = _visited(turf.pk)
    todo = [i for i in order if standing.places[i].id not in visited]
    go = _chosen(standing, todo, doors) if doors else _end_of_walk(standing, todo, sizes)
    stay = tuple(i for i in todo if i not in set(go))
    if not go or not stay:
        raise NothingToShare
    done = tuple(i for i in order if standing.places[i].id in visited)
    return _Parts(standing, held.pk, done, stay, go, sizes)


def _visited(turf_id: UUID) -> set[UUID]:
    return set(Visit.objects.filter(door__turf=turf_id).values_list("door_id", flat=True))


def _chosen(standing: Standing, todo: Sequence[int], doors: Sequence[UUID]) -> tuple[int, ...]:
    wanted = set(doors)
    return tuple(i for i in todo if standing.places[i].id in wanted)


def _end_of_walk(standing: Standing, todo: Sequence[int], sizes: tuple[int, int]) -> tuple[int, ...]:
    """The last doors of the walk with about their share of the dwellings; one at least stays, one goes."""
    if len(todo) < 2:
        raise NothingToShare
    before = list(accumulate(max(1, standing.places[i].dwellings) for i in todo))
    share = before[-1] * sizes[0] / sum(sizes)
    cut = min(range(1, len(todo)), key=lambda n: abs(before[n - 1] - share))
    return tuple(todo[cut:])


def _measured(parts: _Parts) -> Mapping[str, walk.Turf]:
    """Figures of both parts: what stays keeps its order, which is on paper; what goes is put in order."""
    problem, parameters = problem_of(parts.standing), parameters_of(parts.standing.canvass)
    free = replace(parameters, start=None, end=None)  # they go on from where they are
    seed = parts.standing.canvass.seed
    stay = walk.evaluate(
        problem=problem, parameters=free, turfs=[parts.stay], sizes=[parts.sizes[0]], reorder=False, seed=seed
    )
    go = walk.evaluate(
        problem=problem, parameters=free, turfs=[parts.go], sizes=[parts.sizes[1]], reorder=True, seed=seed
    )
    return {"stay": stay.turfs[0], "go": go.turfs[0]}


def _written(turf: Turf, parts: _Parts, measured: Mapping[str, walk.Turf], by_id: UUID, at: datetime) -> int:
    """The number of the new turf."""
    canvass = Canvass.objects.select_for_update().get(pk=turf.canvass_id)
    end_leases(at=at, canvass_id=canvass.pk)
    places = parts.standing.places
    going = [places[i].id for i in measured["go"].doors]
    held = Assignment.objects.filter(pk=parts.lease_id, ended_at__isnull=True).first()
    changed = canvass.plan_version != parts.standing.canvass.plan_version
    if held is None or changed or Visit.objects.filter(door__in=going).exists():
        raise ShareChanged
    keep_first(canvass)
    number = max(canvass.turfs.values_list("number", flat=True)) + 1
    stayed = {*parts.done, *parts.stay}
    doors = {
        turf.number: [places[i].id for i in parts.standing.cut[turf.number] if i in stayed],
        number: going,
    }
    rows = {turf.number: row_of(measured["stay"]), number: row_of(measured["go"])}
    rewrite(canvass=canvass, to=Rewriting(turfs=rows, doors=doors), at=at)
    held.moved_doors = [*held.moved_doors, *(str(id_) for id_ in going)]
    held.save(update_fields=["moved_doors"])
    refresh_figures(canvass)
    keep_version(canvass=canvass, kind=VersionKind.EDIT, by_id=by_id, at=at)
    return number
