"""Writing turfs of which some doors changed places: rows keep their ids, visits hang on doors and stay.

Whoever calls holds the canvass locked, in a transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from amiral.cores import walk
from amiral.rooms.field.contracts import TAKEN_BACK_READABLE
from amiral.rooms.field.models import Assignment, Canvass, Door, Turf

ASIDE = 1_000_000
"""Added to positions while doors change places: two doors of a turf never share one."""
BATCH = 200


@dataclass(frozen=True, kw_only=True)
class TurfRow:
    """What a turf is from now on. Without ``line`` the walk stays as it was (a turf without open doors)."""

    minutes: float = 0.0
    metres: float = 0.0
    straight: bool = False
    connected: bool = True
    line: Sequence[Sequence[float]] | None = None
    team_size: int | None = None
    is_tour: bool = False


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """New rows by turf number; ids of doors in walking order by turf number; rows of new doors; what goes."""

    turfs: Mapping[int, TurfRow]
    doors: Mapping[int, Sequence[UUID]]
    new_doors: Mapping[UUID, Door] = field(default_factory=dict)
    removed: Sequence[UUID] = ()
    gone: frozenset[int] = frozenset()


def row_of(turf: walk.Turf) -> TurfRow:
    """A planned turf as a row."""
    return TurfRow(
        minutes=turf.minutes,
        metres=turf.metres,
        straight=turf.straight,
        connected=turf.connected,
        line=turf.line.tolist(),
        team_size=turf.team_size,
    )


def rewrite(*, canvass: Canvass, to: Rewriting, at: datetime) -> None:
    """New turfs, then doors to their places, then what is empty goes."""
    known = {turf.number: turf for turf in canvass.turfs.all()}
    rows = {number: _row(canvass, number, row, known.get(number)) for number, row in to.turfs.items()}
    Turf.objects.bulk_create([row for number, row in rows.items() if number not in known])
    fields = ["minutes", "metres", "straight", "connected", "walk", "team_size"]
    Turf.objects.bulk_update(
        [row for number, row in rows.items() if number in known], fields, batch_size=BATCH
    )
    touched = [known[number].pk for number in {*to.turfs, *to.gone} if number in known]
    _remember_moves(canvass, rows, to, at)
    Door.objects.filter(pk__in=to.removed).delete()
    Door.objects.filter(turf__in=touched).update(position=F("position") + ASIDE)
    stayed, made = list[Door](), list[Door]()
    for number, ids in to.doors.items():
        for position, id_ in enumerate(ids, start=1):
            door = to.new_doors.get(id_)
            if door is None:
                stayed.append(Door(pk=id_, turf=rows[number], position=position))
            else:
                door.turf, door.position = rows[number], position
                made.append(door)
    Door.objects.bulk_update(stayed, ["turf", "position"], batch_size=BATCH)
    Door.objects.bulk_create(made, batch_size=BATCH)
    Turf.objects.filter(canvass=canvass, number__in=to.gone).delete()


def _row(canvass: Canvass, number: int, row: TurfRow, known: Turf | None) -> Turf:
    turf = known or Turf(canvass=canvass, number=number, is_tour=row.is_tour)
    turf.minutes, turf.metres = row.minutes, row.metres
    turf.straight, turf.connected = row.straight, row.connected
    if row.line is not None:
        turf.walk = {"type": "LineString", "coordinates": row.line}
    if row.team_size is not None:
        turf.team_size = row.team_size
    return turf


def _remember_moves(canvass: Canvass, rows: Mapping[int, Turf], to: Rewriting, at: datetime) -> None:
    """Teams that gave a turf back may still send visits at its doors, wherever these went."""
    ended = Assignment.objects.filter(turf__canvass=canvass, ended_at__gt=at - TAKEN_BACK_READABLE)
    late = {row.turf_id: list[UUID]() for row in ended}
    if not late:
        return
    at_home = dict(Door.objects.filter(turf__in=late).values_list("pk", "turf_id"))
    for number, ids in to.doors.items():
        for id_ in ids:
            home = at_home.get(id_)
            if home is not None and home != rows[number].pk:
                late[home].append(id_)
    for row in ended:
        if late[row.turf_id]:
            row.moved_doors = [*row.moved_doors, *(str(id_) for id_ in late[row.turf_id])]
            row.save(update_fields=["moved_doors"])


def turfs_with_history(canvass: Canvass) -> set[int]:
    """Numbers of turfs that some team held: such a turf is kept even without doors."""
    rows = Assignment.objects.filter(turf__canvass=canvass)
    return set(rows.values_list("turf__number", flat=True).distinct())


def grouped(pairs: Sequence[tuple[int, Any]]) -> dict[int, list[Any]]:
    """Values by key, in their order."""
    found: dict[int, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)
