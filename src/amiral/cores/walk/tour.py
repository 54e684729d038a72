""" "4 people, 45 minutes, here": the doors to do from where a few people stand, and the way past them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import cos, radians
from typing import Any

import numpy as np

from amiral.cores.sentences import Sentence

from .geo import line_length, usable
from .order import Costs
from .pack import packed
from .parameters import BadParameter, Parameters, minutes_per_door
from .part import Part
from .problem import Doors, Floats, Ints, Problem
from .result import DECIMALS
from .search import drawn, ground_of, sorted_doors
from .space import MM
from .subset import Box, doors_of, streets_in, with_points

CANDIDATES = 600
"""Doors looked at, the nearest ones: several times as many as anybody does in an hour."""
TRIALS = 1500
MARGIN_M = 300.0
"""Streets are taken so far around the doors that are looked at: the way round a block."""
METRES_PER_DEGREE = 111_195.0
WORTH = 1000


@dataclass(frozen=True, kw_only=True)
class Tour:
    """A walk from ``here`` past ``doors`` (indices of ``Problem.doors``, in walking order), back if ``back``.

    ``line`` (p, 2) begins at ``here``, in degrees rounded to 7 decimals; ``metres`` is its geodesic length.
    ``minutes``: walk, crossings and time at the doors, never more than ``asked``. ``value`` adds up the
    weights of the doors (dwellings, where none were given). ``straight``: by straight lines, for want of
    streets. ``open_doors``: doors that were free and near enough to be thought of.
    """

    here: tuple[float, float]
    doors: tuple[int, ...]
    metres: float
    minutes: float
    crossing_s: float
    line: Floats
    value: float
    back: bool
    straight: bool
    open_doors: int
    asked: float
    people: int
    seed: int


def tour(
    *,
    problem: Problem,
    parameters: Parameters,
    here: tuple[float, float],
    minutes: float,
    people: int,
    done: Collection[int] = (),
    values: Sequence[float] | None = None,
    back: bool = True,
    seed: int = 0,
    trials: int = TRIALS,
) -> Tour:
    """The doors of most value that ``people`` can do from ``here`` (longitude, latitude) in ``minutes``.

    ``done``: doors (indices) to leave out. ``values``: a weight for each door of the problem, 0 or less: not
    to be visited; dwellings count otherwise. The walk comes ``back`` to here, or to ``parameters.end`` where
    there is one, or else ends anywhere. Deterministic for a seed, whatever the order of the doors. Only the
    nearest doors and the streets around them are looked at: under a second in any town. Raises
    ``BadParameter``.
    """
    parameters = replace(parameters, minutes=minutes, team_size=people)
    _check_here(here)
    asked = _Asked(problem, parameters, here, back, seed, trials)
    worth = _worth(problem.doors, parameters, values)
    some = asked.candidates(set(done), worth)
    if not len(some):
        return asked.nobody()
    return asked.answer(some, worth)


def _check_here(here: tuple[float, float]) -> None:
    Parameters(start=here)


def _worth(doors: Doors, parameters: Parameters, values: Sequence[float] | None) -> Floats:
    if values is None:
        known: Floats = np.where(doors.dwellings > 0, doors.dwellings, parameters.dwellings_per_address)
        return known.astype(float)
    weights = np.asarray(values, float)
    if weights.shape != (len(doors),) or not np.isfinite(weights).all():
        raise BadParameter(Sentence("values needs one finite number for each door."))
    return weights


@dataclass(frozen=True)
class _Asked:
    """What was asked, and the steps from there to a tour."""

    problem: Problem
    parameters: Parameters
    here: tuple[float, float]
    back: bool
    seed: int
    trials: int

    def candidates(self, done: set[int], worth: Floats) -> Ints:
        """The nearest doors that may be done and are not out of reach."""
        doors = self.problem.doors
        minutes = minutes_per_door(doors=doors, parameters=self.parameters)
        away = self._away_m()
        there = (2.0 if self.back else 1.0) * away / self.parameters.speed_m_per_min
        near = (
            usable(doors.lon, doors.lat) & (worth > 0) & (there * 0.99 + minutes <= self.parameters.minutes)
        )
        near[np.fromiter(done, np.int64, len(done))] = False
        some = sorted_doors(doors, np.flatnonzero(near))
        return some[np.argsort(away[some], kind="stable")[:CANDIDATES]]

    def _away_m(self) -> Floats:
        """Metres from here, the earth taken as a sphere: to tell near from far.

        Whole millimetres: cosines differ between machines in the last bit.
        """
        lon, lat = self.here
        doors = self.problem.doors
        east = (doors.lon - lon) * cos(radians(lat)) * METRES_PER_DEGREE
        away: Floats = np.hypot(east, (doors.lat - lat) * METRES_PER_DEGREE)
        rounded: Floats = np.round(away, 3)
        return rounded

    def _box(self, some: Ints) -> Box:
        doors, (lon, lat) = self.problem.doors, self.here
        high = MARGIN_M / METRES_PER_DEGREE
        wide = high / cos(radians(lat))
        return (
            min(lon, float(doors.lon[some].min())) - wide,
            min(lat, float(doors.lat[some].min())) - high,
            max(lon, float(doors.lon[some].max())) + wide,
            max(lat, float(doors.lat[some].max())) + high,
        )

    def _points(self) -> list[tuple[float, float]]:
        """Where the walk begins, and where it must end if that is another place."""
        end = self.parameters.end
        return [self.here] if self.back or end is None or end == self.here else [self.here, end]

    def answer(self, some: Ints, worth: Floats) -> Tour:
        streets = self.problem.streets
        around = None if streets is None else streets_in(streets, self._box(some))
        points = self._points()
        local = with_points(doors_of(self.problem.doors, some), points)
        problem = Problem(doors=local, streets=around)
        part = self._part(problem, len(some), len(points))
        inside = np.flatnonzero(part.doors < len(some))
        order = self._order(problem, part, inside, worth[some], len(some))
        return self._tour(part, order, some, worth, len(inside))

    def _part(self, problem: Problem, n: int, points: int) -> Part:
        """The ground that holds here and some door; all by straight lines where there is none."""
        whole = np.arange(n + points)
        for tried in (problem, replace(problem, streets=None)):
            plain = replace(self.parameters, max_gap_m=50_000.0, start=None, end=None)
            parts, _ = ground_of(tried, plain, whole)
            for part in parts:
                if len(part.doors) > points and np.isin(np.arange(n, n + points), part.doors).all():
                    return part
        raise BadParameter(Sentence("No door can be reached from here: choose a place nearer to them."))

    def _order(self, problem: Problem, part: Part, inside: Ints, worth: Floats, n: int) -> Ints:
        """Places in ``part`` of the start, the doors of the tour, and the end if there is one."""
        speed = self.parameters.speed_m_per_min * MM
        minutes = minutes_per_door(doors=problem.doors, parameters=self.parameters)
        inside = inside[np.argsort(part.doors[inside], kind="stable")]
        ends = [int(np.flatnonzero(part.doors == door)[0]) for door in range(n, len(problem.doors))]
        if self.back or self.parameters.end == self.here:
            ends.append(ends[0])
        chosen = packed(
            M=_framed(part.space.matrix(np.append(inside, ends)), len(ends)),
            service=np.rint(minutes[part.doors[inside]] * speed).astype(np.int64),
            value=np.maximum(1, np.rint(worth[part.doors[inside]] * WORTH)).astype(np.int64),
            budget=int(self.parameters.minutes * speed),
            trials=self.trials,
            seed=self.seed,
        )
        return np.concatenate([ends[:1], inside[chosen], ends[1:]]).astype(np.int64)

    def _tour(self, part: Part, order: Ints, some: Ints, worth: Floats, open_doors: int) -> Tour:
        doors = some[part.doors[order][part.doors[order] < len(some)]]
        if not len(doors):  # nobody sets out for the end alone, however long the way there
            return replace(self.nobody(), straight=part.space.straight, open_doors=open_doors)
        walked = part.space.walk(order)
        line = drawn(walked.line)
        at_doors = minutes_per_door(doors=self.problem.doors, parameters=self.parameters)[doors]
        speed = self.parameters.speed_m_per_min
        return replace(
            self.nobody(),
            doors=tuple(int(d) for d in doors),
            metres=line_length(line),
            minutes=walked.cost_mm / MM / speed + float(at_doors.sum()),
            crossing_s=walked.crossing_mm / MM / speed * 60,
            line=line,
            value=float(worth[doors].sum()),
            straight=part.space.straight,
            open_doors=open_doors,
        )

    def nobody(self) -> Tour:
        """A tour past no door."""
        point = np.round(np.array([self.here, self.here]), DECIMALS)
        return Tour(
            here=self.here,
            doors=(),
            metres=0.0,
            minutes=0.0,
            crossing_s=0.0,
            line=point,
            value=0.0,
            back=self.back,
            straight=self.problem.streets is None,
            open_doors=0,
            asked=self.parameters.minutes,
            people=self.parameters.team_size,
            seed=self.seed,
        )


def _framed(M: Costs, ends: int) -> Costs:
    """The matrix with a last row for the end; nothing to anywhere, where none was asked."""
    if ends == 2:
        return M
    wide = np.zeros((len(M) + 1, len(M) + 1), np.int32)
    wide[:-1, :-1] = M
    return wide


def tour_feature(*, problem: Problem, tour: Tour) -> dict[str, Any]:
    """The tour as one GeoJSON feature (RFC 7946): the walked line, figures, and the stops in their order."""
    doors = problem.doors
    stops = [
        {
            "id": doors.ids[d],
            "label": doors.label(d),
            "lon": float(np.round(doors.lon[d], DECIMALS)),
            "lat": float(np.round(doors.lat[d], DECIMALS)),
            "dwellings": int(doors.dwellings[d]),
        }
        for d in tour.doors
    ]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": tour.line.tolist()},
        "properties": tour_report(tour=tour) | {"stops": stops},
    }


def tour_report(*, tour: Tour) -> dict[str, Any]:
    """The figures of a tour, ready for JSON."""
    return {
        "doors": len(tour.doors),
        "value": round(tour.value, 3),
        "metres": round(tour.metres, 2),
        "minutes": round(tour.minutes, 2),
        "asked_minutes": tour.asked,
        "people": tour.people,
        "crossing_seconds": round(tour.crossing_s, 1),
        "here": list(tour.here),
        "back": tour.back,
        "straight": tour.straight,
        "open_doors": tour.open_doors,
        "seed": tour.seed,
    }
