"""What a home takes around here, learned from the visits of earlier walks."""

from itertools import groupby, pairwise
from math import cos, hypot, radians
from typing import NamedTuple
from uuid import UUID

from amiral.cores.walk.history import Seen, pace_factors, timings
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass, Visit

LATEST = 5_000
"""So many visits are looked at: what was true two years ago may not be."""
SPEED_M_PER_MIN = 75.0
DETOUR = 1.3
METRES_PER_DEGREE = 111_200.0


class _Row(NamedTuple):
    turf_id: UUID
    at: float  # minutes
    outcome: str
    commune_code: str
    lon: float
    lat: float


def pace_factor(*, canvass: Canvass) -> float:
    """Minutes of a home in this canvass over what its kind takes at first; 1 before the first visit.

    Of the visits of its commune, drawn to those of all communes, drawn to what is believed. Only doors that
    were knocked at tell: a leaflet takes as long as a leaflet takes. Two queries at most.
    """
    if canvass.kind != CanvassKind.DOOR_TO_DOOR:
        return 1.0
    rows = _rows()
    factors = pace_factors(seen=_seen(rows))
    return factors.get(canvass.commune_code, factors[""])


def _rows() -> list[_Row]:
    """The latest visits that count, by turf and time."""
    visits = Visit.objects.filter(door__turf__canvass__kind=CanvassKind.DOOR_TO_DOOR)
    found = visits.order_by("-received_at", "-pk").values_list(
        "door__turf_id", "at", "outcome", "door__commune_code", "door__longitude", "door__latitude"
    )[:LATEST]
    return sorted(
        _Row(turf_id, at.timestamp() / 60, outcome, commune, lon, lat)
        for turf_id, at, outcome, commune, lon, lat in found
    )


def _seen(rows: list[_Row]) -> list[Seen]:
    seen = []
    for _turf, group in groupby(rows, key=lambda row: row.turf_id):
        walk = list(group)
        spent = timings(at_minutes=[row.at for row in walk], walked_minutes=_walked(walk))
        seen += [
            Seen(groups=(row.commune_code,) if row.commune_code else (), outcome=row.outcome, minutes=minutes)
            for row, minutes in zip(walk, spent, strict=True)
        ]
    return seen


def _walked(walk: list[_Row]) -> list[float]:
    """Minutes of walking before each visit, by straight lines and a detour."""
    out = [0.0]
    for before, after in pairwise(walk):
        east = (after.lon - before.lon) * cos(radians(after.lat))
        out.append(hypot(east, after.lat - before.lat) * METRES_PER_DEGREE * DETOUR / SPEED_M_PER_MIN)
    return out
