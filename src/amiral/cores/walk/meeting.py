"""Where every walk of a plan begins and ends: a station, a bus stop, a meeting point.

The way from there to the first door and from the last door back is walked, counted and drawn like any other.
While turfs are cut, it is told by what it makes of a door: far away, a door takes more of the asked minutes.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import cos, radians
from typing import Any

import numpy as np

from amiral.cores.sentences import Figure, Sentence

from .geo import line_length, metres_between, usable
from .network import Network
from .order import Costs, walking_order
from .parameters import BadParameter, Parameters
from .problem import Floats, Ints, Problem
from .snapping import NAMELESS, Snapped, snap
from .space import MM, Space, Walked
from .streetspace import Doorstep, StreetSpace

FARTHEST = 0.75
"""Of the asked minutes: a way there that takes more is counted as this much while turfs are cut."""

METRES_PER_DEGREE = 111_195.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Meeting:
    """The ground of a part with a start, an end, or both; doors are those of ``space``.

    ``wide`` holds them after the doors, where they lie on the part's own network; else the way to them is a
    straight line, ``detour`` times as long.
    """

    space: Space
    lon: Floats
    lat: Floats
    start: Point | None
    end: Point | None
    detour: float
    wide: StreetSpace | None

    @cached_property
    def away_mm(self) -> Ints:
        """About how far each door is from the start, and from the end, together; shape (n,)."""
        points = [point for point in (self.start, self.end) if point is not None]
        away = np.zeros(len(self.lon))
        for point in points:
            away += np.array([self._straight_mm(point, d) for d in range(len(self.lon))])
        return away.astype(np.int64)

    def _straight_mm(self, point: Point, door: int) -> int:
        metres = metres_between(point[0], point[1], float(self.lon[door]), float(self.lat[door]))
        return round(metres * self.detour * MM)

    def heavier(self, service: Ints, asked_mm: float) -> Ints:
        """Time at the doors (mm of walking), more where the way there takes a share of what is asked."""
        share = 1.2 * float(self.space.tree_mm.sum()) / max(1, len(service))
        way = np.minimum(self.away_mm, FARTHEST * asked_mm)
        more = (service + share) * (asked_mm / (asked_mm - way) - 1)
        return service + np.rint(more).astype(np.int64)

    def _ends(self) -> tuple[int | None, int | None]:
        """Places of the start and the end in ``wide``."""
        n = len(self.lon)
        if self.start is None:
            return None, n
        return n, None if self.end is None else n if self.end == self.start else n + 1

    def arranged(self, order: Ints, *, kicks: int, seed: int) -> Ints:
        """The doors of ``order`` in a short order from the start to the end."""
        m = len(order)
        M, legs = self._legs(order)
        apart = int(M.max(initial=0)) + int(legs.max(initial=0)) + 1
        around = np.zeros((m + 2, m + 2), np.int64)
        around[:m, :m] = M
        for place in range(2):  # whoever leaves both ends pays ``apart`` twice: they stay together
            around[m + place, :m] = around[:m, m + place] = legs[place] + apart
        found = walking_order(
            M=np.minimum(around, 2**30).astype(np.int32),
            first=np.arange(m + 2),
            kicks=kicks,
            seed=seed,
            closed=True,
        )
        begin = int(np.flatnonzero(found == m)[0])
        turned = np.roll(found, -begin)
        if turned[1] == m + 1:
            turned = np.append(turned[0], turned[:0:-1])
        inner: Ints = order[turned[turned < m]]
        return inner

    def _legs(self, order: Ints) -> tuple[Costs, Ints]:
        """Costs between the doors, and from the start and to the end of each; 0 where there is none."""
        m, (start, end) = len(order), self._ends()
        legs = np.zeros((2, m), np.int64)
        if self.wide is None:
            for place, point in enumerate((self.start, self.end)):
                if point is not None:
                    legs[place] = [self._straight_mm(point, int(d)) for d in order]
            return self.space.matrix(order), legs
        places = [place for place in dict.fromkeys((start, end)) if place is not None]
        M = self.wide.matrix(np.append(order, places))
        for place, at in enumerate((start, end)):
            if at is not None:
                legs[place] = M[m + places.index(at), :m]
        return M[:m, :m], legs

    def nearest_m(self, order: Ints) -> float:
        """About the metres of the shortest walk past one of these doors."""
        _, legs = self._legs(np.sort(order))
        return float((legs[0] + legs[1]).min()) / MM

    def walk(self, order: Ints) -> tuple[Walked, float]:
        """The way from the start past the doors to the end, and the metres to the first and from the last."""
        inner = self.space.walk(order)
        if self.wide is None:
            return self._straight_walk(order, inner)
        start, end = self._ends()
        ends = [[] if start is None else [start], [] if end is None else [end]]
        whole = self.wide.walk(np.array([*ends[0], *order, *ends[1]], np.int64))
        return whole, max(0.0, line_length(whole.line) - line_length(inner.line))

    def _straight_walk(self, order: Ints, inner: Walked) -> tuple[Walked, float]:
        pieces, cost, metres = [inner.line], inner.cost_mm, 0.0
        for point, door, first in ((self.start, order[0], True), (self.end, order[-1], False)):
            if point is None:
                continue
            pieces.insert(0 if first else len(pieces), np.array([point]))
            cost += self._straight_mm(point, int(door))
            metres += self._straight_mm(point, int(door)) / MM / self.detour
        return replace(inner, line=np.concatenate(pieces), cost_mm=cost), metres


def check_reach(*, problem: Problem, parameters: Parameters) -> None:
    """Raises ``BadParameter`` where the way to the nearest door alone takes as long as a walk should.

    Mostly a longitude and a latitude that changed places, or another town.
    """
    doors = problem.doors
    good = usable(doors.lon, doors.lat)
    for name, point in (("start", parameters.start), ("end", parameters.end)):
        if point is None or not good.any():
            continue
        east = (doors.lon[good] - point[0] + 180) % 360 - 180
        north = doors.lat[good] - point[1]
        away = float(np.hypot(east * cos(radians(point[1])), north).min()) * METRES_PER_DEGREE
        if away * parameters.detour >= parameters.minutes * parameters.speed_m_per_min:
            raise BadParameter(
                Sentence(
                    "%(name)s (%(point)s) is %(kilometres)s km from the nearest address: the way there takes "
                    "longer than the %(minutes)s minutes that were asked. "
                    "Give longitude,latitude, in this order.",
                    name=name,
                    point=f"{point[0]:g},{point[1]:g}",
                    kilometres=f"{away / 1000:.0f}",
                    minutes=Figure(f"{parameters.minutes:g}"),
                )
            )


def meeting_of(space: Space, lon: Floats, lat: Floats, parameters: Parameters) -> Meeting | None:
    """The meeting points of a part whose doors stand at ``lon``, ``lat``; ``None`` where none is asked."""
    start, end = parameters.start, parameters.end
    if start is None and end is None:
        return None
    if parameters.closed and start is not None:
        end = start
    points = list(dict.fromkeys(point for point in (start, end) if point is not None))
    wide = _widened(space, points, parameters) if isinstance(space, StreetSpace) else None
    return Meeting(space, lon, lat, start, end, parameters.detour, wide)


def _widened(space: StreetSpace, points: list[Point], parameters: Parameters) -> StreetSpace | None:
    """The space with the points after its doors; ``None`` if one of them lies on no way of this part."""
    lon, lat = (np.array([point[axis] for point in points]) for axis in range(2))
    met = _met(space.network, lon, lat, parameters)
    part = space.network.part[space.network.arc_u]
    own = part[space.doors.met.arc[space.some[0]]]
    if (met.access > parameters.max_straight_m * MM).any() or (part[met.arc] != own).any():
        return None
    doors, n = space.doors, len(space.doors)
    wide = Doorstep(
        np.append(doors.lon, lon),
        np.append(doors.lat, lat),
        _joined(doors.met, met),
        np.append(doors.twin, int(doors.twin.max(initial=0)) + 1 + np.arange(len(points))),
    )
    return replace(space, doors=wide, some=np.append(space.some, n + np.arange(len(points))))


def _met(network: Network, lon: Floats, lat: Floats, parameters: Parameters) -> Snapped:
    ways = int(network.segments.way.max()) + 1
    return snap(
        network=network,
        lon=lon,
        lat=lat,
        street=np.full(len(lon), -1, np.int64),
        way_street=np.full(ways, NAMELESS, np.int64),
        parameters=parameters,
    )


def _joined(first: Snapped, second: Snapped) -> Snapped:
    columns: dict[str, Any] = {
        one.name: np.append(getattr(first, one.name), getattr(second, one.name)) for one in fields(first)
    }
    return Snapped(**columns)
