"""The figures of turfs that somebody else cut: by hand, by an earlier plan, by another tool."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np

from .bound import order_bound_m, walks_bound_m
from .geo import line_length, metres_between, usable
from .order import Costs, walking_order
from .parameters import Parameters, minutes_per_door
from .part import Part
from .problem import Bools, Floats, Ints, Problem
from .result import FarDoor, Plan, Reason, Turf, Unreachable
from .search import arranged, drawn, facing, ground_of, measured, mode_of, sorted_doors
from .space import MM, Walked
from .stopping import EFFORTS
from .turfs import FINAL_KICKS


class BadTurfs(ValueError):
    """Turfs that are none: a door that does not exist, stands in two turfs, or has no position."""


def evaluate(
    *,
    problem: Problem,
    parameters: Parameters,
    turfs: Sequence[Sequence[int]],
    reorder: bool = False,
    seed: int = 0,
    sizes: Sequence[int] = (),
) -> Plan:
    """Figures, lines, bounds and minutes of these turfs (indices of ``problem.doors``, in walking order).

    ``sizes``: persons in the team of each turf; without, ``parameters.team_size`` for all.
    Turf ``n`` of the plan is ``turfs[n - 1]``; empty ones are left out, so that numbers may be missing.
    Orders are kept, or with ``reorder`` found anew as ``plan`` finds them in its last step. The turfs of a
    plan give its figures again. Doors may be left out; neighbours are those among all doors of the problem.
    A turf whose doors cannot be reached from one another is walked by straight lines between its pieces,
    and is not ``connected``. ``Plan.bound_m`` is 0 (nothing proven) unless every door with a position stands
    in a turf and every turf in one part of the ground. Raises ``BadTurfs``.
    """
    good = usable(problem.doors.lon, problem.doors.lat)
    _check(turfs, good)
    if sizes and len(sizes) != len(turfs):
        raise BadTurfs(f"{len(turfs)} turfs need as many sizes of teams; there are {len(sizes)}.")
    ground, far = measurer(problem, parameters)
    sizes = sizes or [parameters.team_size] * len(turfs)
    made = [
        replace(ground.turf(np.asarray(doors, np.int64), reorder, seed, size), number=number)
        for number, (doors, size) in enumerate(zip(turfs, sizes, strict=True), 1)
        if len(doors)
    ]
    is_whole = sum(len(turf.doors) for turf in made) == int(good.sum()) and not ground.bridged
    return Plan(
        turfs=tuple(made),
        unreachable=tuple(Unreachable(door=int(d), reason=Reason.NO_POSITION) for d in np.flatnonzero(~good)),
        far=tuple(far),
        mode=mode_of(problem, made),
        bound_m=walks_bound_m(
            spaces=[part.space for part in ground.parts],
            turfs=len(made),
            walked_m=sum(turf.metres for turf in made),
        )
        if is_whole
        else 0.0,
        seed=seed,
        parameters=parameters,
        stop=EFFORTS["normal"],
    )


def measurer(problem: Problem, parameters: Parameters) -> "tuple[Measurer, list[FarDoor]]":
    """The ground of all doors that have a position, and the doors far from any way."""
    good = usable(problem.doors.lon, problem.doors.lat)
    parts, far = ground_of(problem, parameters, sorted_doors(problem.doors, np.flatnonzero(good)))
    return Measurer(problem, parameters, parts), far


def _check(turfs: Sequence[Sequence[int]], good: Bools) -> None:
    seen = set[int]()
    for door in (int(door) for turf in turfs for door in turf):
        if not 0 <= door < len(good):
            raise BadTurfs(f"There is no door {door}: the problem has {len(good)}.")
        if not good[door]:
            raise BadTurfs(f"Door {door} has no usable position and can stand in no turf.")
        if door in seen:
            raise BadTurfs(f"Door {door} stands in a turf twice.")
        seen.add(door)


@dataclass
class Measurer:
    """All parts of a problem, and where each door stands in them."""

    problem: Problem
    parameters: Parameters
    parts: list[Part]
    bridged: bool = False
    _at_doors: dict[int, Floats] = field(default_factory=dict)

    @cached_property
    def place(self) -> tuple[Ints, Ints]:
        """For each door of the problem: its part (-1: none), its index there."""
        part_of, index = np.full((2, len(self.problem.doors)), -1, np.int64)
        for number, part in enumerate(self.parts):
            part_of[part.doors], index[part.doors] = number, np.arange(len(part.doors))
        return part_of, index

    @cached_property
    def at_doors(self) -> Floats:
        """Minutes at each door."""
        return self.at_doors_of(self.parameters.team_size)

    def at_doors_of(self, size: int) -> Floats:
        """Minutes at each door for a team of ``size``."""
        if size not in self._at_doors:
            parameters = replace(self.parameters, team_size=size)
            self._at_doors[size] = minutes_per_door(doors=self.problem.doors, parameters=parameters)
        return self._at_doors[size]

    def turf(self, doors: Ints, reorder: bool, seed: int, size: int) -> Turf:
        """The turf of these doors for a team of ``size``, without its number."""
        numbers = set(self.place[0][doors].tolist())
        at_doors = float(self.at_doors_of(size)[doors].sum())
        if len(numbers) > 1:
            return replace(self._bridged(doors, reorder, seed, at_doors), team_size=size)
        part = self.parts[numbers.pop()]
        order = self.place[1][doors]
        if reorder:
            order = self.ordered(part, order, seed)
            at_doors = float(self.at_doors_of(size)[part.doors[order]].sum())
        return replace(measured(self.problem.doors, self.parameters, part, order, at_doors), team_size=size)

    def ordered(self, part: Part, order: Ints, seed: int) -> Ints:
        """A short order that does not depend on the given one."""
        order = np.sort(order)
        if part.meeting:
            return arranged(part, order, seed)
        found = walking_order(
            M=part.space.matrix(order),
            access=part.space.access(order),
            kicks=FINAL_KICKS * len(order),
            seed=seed,
            closed=self.parameters.closed,
        )
        return facing(self.problem.doors, self.parameters, part, order[found])

    def _bridged(self, doors: Ints, reorder: bool, seed: int, at_doors: float) -> Turf:
        """A turf in pieces: on the network inside each, by straight lines from one to the next."""
        self.bridged = True
        if reorder:
            doors = np.sort(doors)
            found = walking_order(
                M=self.between(doors),
                kicks=FINAL_KICKS * len(doors),
                seed=seed,
                closed=self.parameters.closed,
            )
            doors = doors[found if doors[found[0]] <= doors[found[-1]] else found[::-1]]
        stages = list(self._stages(np.append(doors, doors[0]) if self.parameters.closed else doors))
        line = drawn(np.concatenate([stage.line for stage in stages]))
        cost = sum(stage.cost_mm for stage in stages)
        speed = self.parameters.speed_m_per_min * MM
        return Turf(
            number=0,
            doors=tuple(int(d) for d in doors),
            metres=line_length(line),
            minutes=cost / speed + at_doors,
            crossing_s=sum(stage.crossing_mm for stage in stages) / speed * 60,
            climb_s=sum(stage.climb_mm for stage in stages) / speed * 60,
            line=line,
            bound_m=order_bound_m(self.between(doors, free=True)),
            straight=True,
            connected=False,
        )

    def _stages(self, doors: Ints) -> Iterator[Walked]:
        """The walk of each stretch inside a part, then what each straight line to the next costs."""
        part_of, index = self.place
        stretches = [
            (number, list(group)) for number, group in groupby(doors.tolist(), lambda d: int(part_of[d]))
        ]
        for number, stretch in stretches:
            yield self.parts[number].space.walk(index[stretch])
        for (_, before), (_, after) in pairwise(stretches):
            cost = self._straight_mm(before[-1], after[0], self.parameters.detour)
            yield Walked(line=np.empty((0, 2)), cost_mm=cost, crossing_mm=0)

    def _straight_mm(self, a: int, b: int, detour: float) -> int:
        lon, lat = self.problem.doors.lon, self.problem.doors.lat
        metres = metres_between(float(lon[a]), float(lat[a]), float(lon[b]), float(lat[b]))
        return round(metres * detour * MM)

    def between(self, doors: Ints, *, free: bool = False) -> Costs:
        """Costs (metres alone, if ``free``) between doors of several parts; shape (m, m)."""
        part_of, index = self.place
        detour = 1.0 if free else self.parameters.detour
        out = np.zeros((len(doors), len(doors)), np.int64)
        for i, j in zip(*np.triu_indices(len(doors), 1), strict=True):
            if part_of[doors[i]] != part_of[doors[j]]:
                out[i, j] = out[j, i] = self._straight_mm(int(doors[i]), int(doors[j]), detour)
        for number in np.unique(part_of[doors]):
            inside = np.flatnonzero(part_of[doors] == number)
            space = self.parts[number].space
            some = index[doors[inside]]
            out[np.ix_(inside, inside)] = space.metres(some) if free else space.matrix(some)
        return np.minimum(out, 2**31 - 1).astype(np.int32)
