"""Changing a plan by hand and going back to an earlier one: all of it, or nothing.

The draft is made outside the transaction, because measuring takes seconds; the transaction that writes checks
that the plan is still the one that was measured.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions.drafting import (
    Draft,
    NoSuchTurf,
    Standing,
    TurfInUse,
    draft_edit,
    draft_return,
    standing_of,
    turfs_in_use,
)
from amiral.rooms.field.actions.leasing import end_leases
from amiral.rooms.field.actions.planning import AlreadyPlanning
from amiral.rooms.field.actions.rewriting import (
    Rewriting,
    TurfRow,
    rewrite,
    row_of,
    turfs_with_history,
)
from amiral.rooms.field.actions.rounding import RoundsStayWhole
from amiral.rooms.field.actions.versions import keep_first, keep_version
from amiral.rooms.field.contracts import CanvassKind, Edit, VersionKind
from amiral.rooms.field.models import Canvass, PlanVersion
from amiral.rooms.people.contracts import Feature


class PlanChanged(Refused):
    """Somebody else was quicker. ``since``: the version that the person saw, ``now``: the present one."""

    def __init__(self, since: int, now: int, turfs: Iterable[int]) -> None:
        self.since, self.now = since, now
        numbers = ", ".join(str(number) for number in sorted(turfs))
        super().__init__(
            _(
                "Nothing was changed: the plan has changed since you opened this page (turfs %(turfs)s)."
                " Look at it as it is now, then do your change again if it still makes sense."
            )
            % {"turfs": numbers or "–"}
        )


def preview_edit(*, by_id: UUID, canvass_id: UUID, edit: Edit, version: int) -> Draft:
    """What ``edit`` would make of the plan that the person saw as ``version``; writes nothing."""
    standing = _seen(by_id, canvass_id, version)
    return draft_edit(standing, edit)


def edit_plan(*, by_id: UUID, canvass_id: UUID, edit: Edit, version: int, at: datetime) -> int:
    """Changes the plan; answers the number of its new version."""
    draft = preview_edit(by_id=by_id, canvass_id=canvass_id, edit=edit, version=version)
    return _write(draft, by_id, VersionKind.EDIT, at, change=edit.kind.value)


def preview_return(*, by_id: UUID, canvass_id: UUID, number: int, version: int) -> Draft:
    """What going back to version ``number`` would change; writes nothing."""
    standing = _seen(by_id, canvass_id, version)
    return draft_return(standing, _kept_version(canvass_id, number))


def return_to(*, by_id: UUID, canvass_id: UUID, number: int, version: int, at: datetime) -> int:
    """Makes the plan what it was at version ``number``, as a new version; answers its number."""
    draft = preview_return(by_id=by_id, canvass_id=canvass_id, number=number, version=version)
    return _write(draft, by_id, VersionKind.RETURN, at, restored=number)


def _kept_version(canvass_id: UUID, number: int) -> PlanVersion:
    row = PlanVersion.objects.filter(canvass=canvass_id, number=number).first()
    if row is None:
        raise NotFound
    return row


def _seen(by_id: UUID, canvass_id: UUID, version: int) -> Standing:
    """The plan, if it is still the one that the person saw."""
    canvass = access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    if not canvass.planned_at:
        raise NoSuchTurf
    if canvass.kind == CanvassKind.LEAFLET_ROUNDS:
        raise RoundsStayWhole
    _check_unchanged(canvass, version)
    standing = standing_of(canvass)
    # Read piece by piece: whoever wrote meanwhile is told of, not mixed with what was there before.
    _check_unchanged(Canvass.objects.get(pk=canvass.pk), version)
    return standing


def _check_unchanged(canvass: Canvass, version: int) -> None:
    if canvass.plan_version != version:
        raise PlanChanged(version, canvass.plan_version, _changed_since(canvass, version))
    if canvass.run_id and _is_planning(canvass.run_id):
        raise AlreadyPlanning


def _is_planning(run_id: UUID) -> bool:
    try:
        return not runs.run_by_id(run_id=run_id).is_over
    except NotFound:
        return False


def _changed_since(canvass: Canvass, version: int) -> set[int]:
    """Numbers of the turfs whose doors or order differ between two versions."""
    rows = PlanVersion.objects.filter(canvass=canvass, number__in=[version, canvass.plan_version])
    plans = [{turf["number"]: turf["doors"] for turf in row.turfs} for row in rows]
    if len(plans) < 2:
        return set()
    before, after = plans
    return {number for number in {*before, *after} if before.get(number) != after.get(number)}


@transaction.atomic
def _write(
    draft: Draft,
    by_id: UUID,
    kind: VersionKind,
    at: datetime,
    *,
    change: str = "",
    restored: int | None = None,
) -> int:
    seen = draft.standing.canvass
    canvass = Canvass.objects.select_for_update().get(pk=seen.pk)  # assigning and planning lock it too
    end_leases(at=at, canvass_id=canvass.pk)
    _check_unchanged(canvass, seen.plan_version)
    in_use = turfs_in_use(canvass)
    for number in sorted({*draft.after, *draft.gone} & set(in_use)):
        raise TurfInUse(number, in_use[number])
    keep_first(canvass)
    rewrite(canvass=canvass, to=_rewriting(canvass, draft), at=at)
    canvass.report |= draft.figures_after
    canvass.save(update_fields=["report"])
    number = keep_version(canvass=canvass, kind=kind, by_id=by_id, at=at, restored=restored)
    audit.record(
        actor_id=by_id,
        verb="edit-plan" if kind == VersionKind.EDIT else "return-plan",
        subject_kind="canvass",
        subject_id=canvass.pk,
        version=number,
        **({"change": change} if change else {"restored": restored}),
    )
    return number


def _rewriting(canvass: Canvass, draft: Draft) -> Rewriting:
    """The draft as rows; a turf that a team held once stays, even without doors."""
    places = draft.standing.places
    emptied = draft.gone & turfs_with_history(canvass)
    return Rewriting(
        turfs={number: row_of(turf) for number, turf in draft.turfs.items()}
        | {number: TurfRow() for number in emptied},
        doors={number: [places[i].id for i in order] for number, order in draft.after.items()},
        gone=draft.gone - emptied,
    )
