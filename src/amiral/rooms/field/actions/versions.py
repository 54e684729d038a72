"""Keeping what a plan was: a version after every plan, re-plan and change by hand.

Whoever writes turfs calls ``keep_version`` last, in the same transaction and with the canvass locked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.rooms.field.contracts import VersionKind
from amiral.rooms.field.models import Canvass, Door, PlanVersion, Turf

KEPT_LATEST = 50
"""Versions kept besides the first; see ``PlanVersion.RETENTION``."""
WITHIN = 0.10
"""How far a turf's minutes may be from the asked ones to count as within 10 %."""


def keep_version(
    *,
    canvass: Canvass,
    kind: VersionKind,
    by_id: UUID | None,
    at: datetime,
    restored: int | None = None,
) -> int:
    """Writes down the turfs as they are now; answers the version's number. Five queries."""
    turfs = _turfs_of(canvass)
    canvass.plan_version += 1
    PlanVersion.objects.create(
        canvass=canvass,
        number=canvass.plan_version,
        kind=kind,
        made_at=at,
        made_by_id=by_id,
        restored=restored,
        figures=figures_of(turfs, canvass.minutes),
        turfs=turfs,
    )
    canvass.save(update_fields=["plan_version"])
    old = PlanVersion.objects.filter(canvass=canvass, number__gt=1)
    old.filter(number__lte=canvass.plan_version - KEPT_LATEST).delete()
    return canvass.plan_version


def keep_first(canvass: Canvass) -> None:
    """The plan of a canvass that was cut before versions were kept becomes its first."""
    if not canvass.plan_version and canvass.planned_at:
        keep_version(canvass=canvass, kind=VersionKind.PLAN, by_id=None, at=canvass.planned_at)


def _turfs_of(canvass: Canvass) -> list[dict[str, Any]]:
    doors: dict[UUID, list[str]] = defaultdict(list)
    rows = Door.objects.filter(turf__canvass=canvass).order_by("turf", "position")
    for turf_id, address_id in rows.values_list("turf_id", "address_id"):
        doors[turf_id].append(address_id)
    return [
        {
            "number": turf.number,
            "minutes": turf.minutes,
            "metres": turf.metres,
            "straight": turf.straight,
            "connected": turf.connected,
            "team_size": turf.team_size,
            "doors": doors[turf.pk],
        }
        for turf in Turf.objects.filter(canvass=canvass).defer("walk").order_by("number")
    ]


def figures_of(turfs: Sequence[dict[str, Any]], asked_minutes: float) -> dict[str, Any]:
    """Figures of a whole plan, named as in its report; ``connected`` counts turfs."""
    minutes = [turf["minutes"] for turf in turfs]
    metres, doors = sum(turf["metres"] for turf in turfs), sum(len(turf["doors"]) for turf in turfs)
    return {
        "turfs": len(turfs),
        "doors": doors,
        "metres": metres,
        "metres_per_door": metres / doors if doors else 0.0,
        "minutes": sum(minutes),
        "balance_cv": _spread(minutes),
        "within_10_percent": _share(abs(one - asked_minutes) <= WITHIN * asked_minutes for one in minutes),
        "connected": sum(turf["connected"] for turf in turfs),
        "straight_turfs": sum(turf["straight"] for turf in turfs),
    }


def _spread(minutes: Sequence[float]) -> float:
    """Standard deviation over the mean (population formula; 0 for none)."""
    if not minutes or not sum(minutes):
        return 0.0
    mean = sum(minutes) / len(minutes)
    return float((sum((one - mean) ** 2 for one in minutes) / len(minutes)) ** 0.5 / mean)


def _share(found: Iterable[bool]) -> float:
    hits = list(found)
    return sum(hits) / len(hits) if hits else 0.0
