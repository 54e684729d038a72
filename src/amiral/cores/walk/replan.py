"""Planning again while doors are being done: what teams hold stays, the rest changes as little as it can.

Doors that are done leave their turf, new ones join the turf they touch. Only turfs that so became too long or
too short are mended, each with as few neighbours as make whole turfs together; what is exchanged between
them are doors on their common edge. When most are out of length (other minutes were asked), all that is free
is cut anew. Turfs keep the size of their team: what is exchanged stays among turfs of one size, unless too
little is left of it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from .crew import Crew
from .evaluate import BadTurfs, evaluate
from .geo import line_length, usable
from .order import Costs, walked_cost, walking_order
from .parameters import Parameters, minutes_per_door
from .part import Part
from .partition import cut as halved
from .partition import fragments
from .problem import Doors, Floats, Ints, Problem
from .result import Plan, Reason, Unreachable
from .search import arranged, drawn, ground_of, service_of, sorted_doors
from .space import MM, Adjacency, Walked, members_of, parts_of, restrict, tree_edges
from .stopping import EFFORTS, Stop
from .subset import doors_of
from .turfs import FINAL_KICKS, Task, how_many, turfs_of

LONGEST, SHORTEST = 1.10, 0.75
"""Of the asked length: turfs beyond are mended."""
FITTING = 0.85
"""Turfs that are mended together make whole turfs when none is shorter than this on average."""
REGION, SLIGHT = 6, 1.2
"""At most so many turfs are mended together; two, where the longest is not longer than this."""
LEVEL = 1.03
"""Of the mean: doors leave a longer turf for a shorter neighbour."""
MORE_FROM = 3
"""A turf more takes its doors from so many neighbours."""

Advance = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What became of the previous turfs. Turfs are numbered from 1, doors are indices of the problem.

    ``moved``: doors that stood in one turf and stand in another; ``entered``: in a turf for the first time;
    ``left``: in none any more. ``changed``: turfs of both plans whose doors are not the same; ``made`` and
    ``gone``: turfs of only one of the plans.
    """

    moved: tuple[int, ...]
    entered: tuple[int, ...]
    left: tuple[int, ...]
    unchanged: tuple[int, ...]
    changed: tuple[int, ...]
    made: tuple[int, ...]
    gone: tuple[int, ...]


def changes(*, previous: Sequence[Sequence[int]], plan: Plan) -> Changes:
    """Compare turf ``n`` of the plan with ``previous[n - 1]``."""
    before = {int(d): number for number, doors in enumerate(previous, 1) for d in doors}
    after = {int(d): turf.number for turf in plan.turfs for d in turf.doors}
    old = {number: frozenset(map(int, doors)) for number, doors in enumerate(previous, 1) if len(doors)}
    new = {turf.number: frozenset(turf.doors) for turf in plan.turfs}
    both = sorted(old.keys() & new.keys())
    return Changes(
        moved=tuple(sorted(d for d in before.keys() & after.keys() if before[d] != after[d])),
        entered=tuple(sorted(after.keys() - before.keys())),
        left=tuple(sorted(before.keys() - after.keys())),
        unchanged=tuple(n for n in both if old[n] == new[n]),
        changed=tuple(n for n in both if old[n] != new[n]),
        made=tuple(sorted(new.keys() - old.keys())),
        gone=tuple(sorted(old.keys() - new.keys())),
    )


def replan(
    *,
    problem: Problem,
    parameters: Parameters,
    previous: Sequence[Sequence[int]],
    kept: Collection[int] = (),
    done: Collection[int] = (),
    more: int = 0,
    sizes: Sequence[int] = (),
    seed: int = 0,
    stop: Stop = EFFORTS["normal"],
    progress: Advance | None = None,
) -> Plan:
    """The previous turfs (doors in walking order, indices of ``problem``), changed where they have to be.

    ``kept`` are places in ``previous``: those turfs stay as they are, door by door, done or not. From all
    others the ``done`` doors leave. Doors that stand in no turf enter one. ``more``: turfs to add, each out
    of a few neighbours. ``sizes``: persons in the team of each previous turf; without,
    ``parameters.team_size`` for all. A turf keeps its size, new ones have that of those they come from; where
    too little for a turf is left of a size, its doors join those of another. Turf ``n`` of the answer is what
    became of ``previous[n - 1]``; new turfs get numbers beyond, and numbers of turfs that came to nothing are
    missing. Every turf that changes is connected, among the doors that are left. ``Turf.cut_off``: too few
    doors for a turf, with nothing but ``kept`` turfs
    around them. Deterministic for a seed. Raises ``BadTurfs``.
    """
    kept_set = {int(number) for number in kept}
    _check(problem, previous, kept_set)
    if sizes and len(sizes) != len(previous):
        raise BadTurfs(f"{len(previous)} turfs need as many sizes of teams; there are {len(sizes)}.")
    size_of = dict(enumerate(sizes or [parameters.team_size] * len(previous)))
    left = {int(d) for d in done}
    again = _Again(problem, parameters, previous, kept_set, left, size_of, seed, stop, progress)
    return again.plan(more)


def _check(problem: Problem, previous: Sequence[Sequence[int]], kept: set[int]) -> None:
    seen = [int(d) for doors in previous for d in doors]
    if len(set(seen)) != len(seen):
        raise BadTurfs("A door stands in two of the previous turfs.")
    if seen and not (min(seen) >= 0 and max(seen) < len(problem.doors)):
        raise BadTurfs("A previous turf holds a door that does not exist.")
    if kept and not (min(kept) >= 0 and max(kept) < len(previous)):
        raise BadTurfs("There is no such turf to keep.")


@dataclass
class _Again:
    """One re-planning: what stays, and the zones of what is free."""

    problem: Problem
    parameters: Parameters
    previous: Sequence[Sequence[int]]
    kept: set[int]
    done: set[int]
    size_of: dict[int, int]
    seed: int
    stop: Stop
    progress: Advance | None
    cut_off: set[int] = field(default_factory=set)
    orders: dict[int, Ints] = field(default_factory=dict)

    @cached_property
    def _usable(self) -> "np.ndarray":
        return usable(self.problem.doors.lon, self.problem.doors.lat)

    @cached_property
    def _held(self) -> set[int]:
        return {int(d) for number in self.kept for d in self.previous[number]}

    @cached_property
    def _free(self) -> set[int]:
        good = {int(d) for d in np.flatnonzero(self._usable)}
        return good - self.done - self._held

    def plan(self, more: int) -> Plan:
        live = np.array(sorted(self._free | {d for d in self._held if self._usable[d]}), np.int64)
        for number in self.kept:
            self.orders[number] = np.array(self.previous[number], np.int64)
        local = Problem(doors=doors_of(self.problem.doors, live), streets=self.problem.streets)
        zones = self._zones(local, live)
        self._say(1, 10)
        for zone in zones:
            zone.settle()
        self._mend(zones, more)
        for zone in zones:
            for number, order in zone.numbered():
                self.orders[number] = zone.doors[order]
                self.size_of[number] = zone.size
            if zone.walled and zone.total() < SHORTEST * zone.asked:
                self.cut_off.update(zone.numbers())
        self._say(9, 10)
        return self._measured(local, live)

    def _zones(self, local: Problem, live: Ints) -> "list[_Zone]":
        """Free doors for one size of team that touch one another, whatever is held between them left out."""
        parts, _ = ground_of(local, self.parameters, sorted_doors(local.doors, np.arange(len(live))))
        turf_of = {
            int(d): number
            for number, doors in enumerate(self.previous)
            if number not in self.kept
            for d in doors
        }
        zones = list[_Zone]()
        for part in parts:
            free = np.flatnonzero([int(live[d]) in self._free for d in part.doors])
            label = np.array([turf_of.get(int(live[d]), -1) for d in part.doors[free]], np.int64)
            sizes = self._sizes(local.doors, part, free, label)
            zones += [
                self._zone(local.doors, part, free[some], label[some], int(sizes[some[0]]), live)
                for some in members_of(fragments(restrict(part.space.adjacency, free), sizes))
            ]
        _gather(zones)
        return zones

    def _sizes(self, doors: Doors, part: Part, free: Ints, label: Ints) -> Ints:
        """The size of team of each free door; ``label`` loses the turfs whose doors join another size."""
        near = restrict(part.space.adjacency, free)
        known = np.array([self.size_of[int(n)] if n >= 0 else 0 for n in label], np.int64)
        sizes = _spread(near, known)
        sizes[sizes == 0] = min(
            self.size_of.values(), default=(*self.parameters.sizes, self.parameters.team_size)[0]
        )
        if len(np.unique(sizes)) > 1:
            for some in members_of(fragments(near, sizes)):
                if self._is_rest(doors, part, free[some], label[some], int(sizes[some[0]])):
                    others = sizes.copy()
                    others[some] = 0
                    joined = _spread(near, others)[some]
                    sizes[some] = np.where(joined > 0, joined, sizes[some])
                    label[some] = np.where(joined > 0, -1, label[some])
        return sizes

    def _is_rest(self, doors: Doors, part: Part, some: Ints, label: Ints, size: int) -> bool:
        """Whether doors of one size are too few for a turf, because others left."""
        before = sum(len(self.previous[int(n)]) for n in np.unique(label) if n >= 0)
        walk = 1.2 * float(_Ground(part, some).tree_mm.sum())
        asked = self.parameters.minutes * self.parameters.speed_m_per_min * MM
        at_doors = float(self._service(doors, part, size)[some].sum())
        return before != len(some) and walk + at_doors < SHORTEST * asked

    def _service(self, doors: Doors, part: Part, size: int) -> Ints:
        parameters = replace(self.parameters, team_size=size)
        return service_of(part, minutes_per_door(doors=doors, parameters=parameters)[part.doors], parameters)

    def _zone(self, doors: Doors, part: Part, some: Ints, label: Ints, size: int, live: Ints) -> "_Zone":
        speed = self.parameters.speed_m_per_min * MM
        around = live[part.doors[_around(part.space.adjacency, some)]]
        return _Zone(
            ground=_Ground(part, some),
            doors=live[part.doors[some]],
            size=size,
            walled=len(around) > 0 and self._held.issuperset(around.tolist()),
            service=self._service(doors, part, size)[some],
            asked=self.parameters.minutes * speed,
            closed=self.parameters.closed and self.parameters.start is None,
            seed=self.seed,
            trials=self.stop.trials_per_door,
            limit=self.parameters.max_walk_m,
            label=label,
            before={n: [int(d) for d in self.previous[n]] for n in np.unique(label).tolist() if n >= 0},
        )

    def _mend(self, zones: "list[_Zone]", more: int) -> None:
        fresh = _Numbers(len(self.previous))
        for index, zone in enumerate(zones):
            zone.mend(fresh)
            self._say(1 + 8 * (index + 1) // len(zones), 10)
        for _ in range(more):
            widest = max((zone for zone in zones if len(zone.doors) > 1), key=_Zone.total, default=None)
            if widest is not None:
                widest.add(fresh)
        for zone in zones:
            zone.shorten(fresh)

    def _say(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total)

    def _measured(self, local: Problem, live: Ints) -> Plan:
        """Figures among the doors that are left; indices are those of the whole problem again."""
        place = {int(d): i for i, d in enumerate(live)}
        last = max(self.orders, default=-1)
        turfs = [[place[int(d)] for d in self.orders.get(number, ())] for number in range(last + 1)]
        sizes = [self.size_of.get(number, self.parameters.team_size) for number in range(last + 1)]
        plan = evaluate(problem=local, parameters=self.parameters, turfs=turfs, seed=self.seed, sizes=sizes)
        self._say(10, 10)
        return replace(
            plan,
            turfs=tuple(
                replace(
                    turf,
                    doors=tuple(int(live[d]) for d in turf.doors),
                    cut_off=turf.number - 1 in self.cut_off,
                )
                for turf in plan.turfs
            ),
            far=tuple(replace(one, door=int(live[one.door])) for one in plan.far),
            unreachable=tuple(
                Unreachable(door=int(d), reason=Reason.NO_POSITION) for d in np.flatnonzero(~self._usable)
            ),
            stop=self.stop,
        )


def _spread(near: Adjacency, sizes: Ints) -> Ints:
    """Sizes of teams also where there are none (0) yet, if any can be reached: that of the closest door."""
    sizes, tail = sizes.copy(), np.repeat(np.arange(len(near)), np.diff(near.start))
    while True:
        rim = np.flatnonzero((sizes[tail] > 0) & (sizes[near.other] == 0))
        if not len(rim):
            return sizes
        rim = rim[np.lexsort((sizes[tail[rim]], near.cost[rim], near.other[rim]))]
        doors, first = np.unique(near.other[rim], return_index=True)
        sizes[doors] = sizes[tail[rim[first]]]


def _around(near: Adjacency, some: Ints) -> Ints:
    """Doors that are none of these and touch one of them."""
    inside = np.zeros(len(near), bool)
    inside[some] = True
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    touching: Ints = np.unique(near.other[inside[tail] & ~inside[near.other]])
    return touching


def _gather(zones: "list[_Zone]") -> None:
    """A turf whose doors lie in several zones keeps those of one: the others come to a turf there."""
    found: dict[int, list[_Zone]] = {}
    for zone in zones:
        for number in zone.numbers():
            found.setdefault(number, []).append(zone)
    for number, holders in found.items():
        stays = max(holders, key=lambda zone: int(zone.service[zone.label == number].sum()))
        for zone in holders:
            if zone is not stays:
                zone.label[zone.label == number] = -1


class _Numbers:
    """Numbers that no turf had before."""

    def __init__(self, first: int) -> None:
        self._next = first

    def take(self) -> int:
        self._next += 1
        return self._next - 1


@dataclass(frozen=True)
class _Ground:
    """Some doors of a part, numbered anew."""

    part: Part
    some: Ints

    @property
    def straight(self) -> bool:
        """As the part's."""
        return self.part.space.straight

    @cached_property
    def adjacency(self) -> Adjacency:
        return restrict(self.part.space.adjacency, self.some)

    @cached_property
    def tree_mm(self) -> Ints:
        near = self.adjacency
        return tree_edges(
            len(near), np.repeat(np.arange(len(near)), np.diff(near.start)), near.other, near.cost
        )

    def matrix(self, doors: Ints) -> Costs:
        """As the part's."""
        return self.part.space.matrix(self.some[doors])

    def metres(self, doors: Ints) -> Costs:
        """As the part's."""
        return self.part.space.metres(self.some[doors])

    def access(self, doors: Ints) -> Ints:
        """As the part's."""
        return self.part.space.access(self.some[doors])

    def feet(self, doors: Ints) -> Floats:
        """As the part's."""
        return self.part.space.feet(self.some[doors])

    def walk(self, order: Ints) -> Walked:
        """As the part's."""
        return self.part.space.walk(self.some[order])

    def length(self, order: Ints, closed: bool) -> float:
        """Metres of the walk, the way from and to the meeting points in them."""
        if self.part.meeting:
            return line_length(drawn(self.part.meeting.walk(self.some[order])[0].line))
        return line_length(drawn(self.walk(np.append(order, order[0]) if closed else order).line))

    def arranged(self, order: Ints, seed: int) -> Ints:
        """A short order from the meeting point."""
        found = arranged(self.part, self.some[np.sort(order)], seed)
        place = {int(d): i for i, d in enumerate(self.some)}
        return np.array([place[int(d)] for d in found], np.int64)

    def only(self, doors: Ints) -> "_Ground":
        return _Ground(self.part, self.some[doors])


@dataclass
class _Zone:
    """Free doors that touch one another. ``label``: number of each door's turf (-1: none yet)."""

    ground: _Ground
    doors: Ints
    size: int
    walled: bool
    service: Ints
    asked: float
    closed: bool
    seed: int
    trials: int
    limit: float | None
    label: Ints
    before: dict[int, list[int]]
    _orders: dict[int, Ints] = field(default_factory=dict)

    def settle(self) -> None:
        """New doors, and pieces that lost touch with their turf, join what they touch."""
        self._join(np.flatnonzero(self.label < 0))
        while self._let_go():
            self._join(np.flatnonzero(self.label < 0))

    def _let_go(self) -> bool:
        """Take from turfs that change all but their heaviest piece; whether there was any other.

        What joins a turf makes it one that changes, so that this has to be asked again; each turf once.
        """
        piece = fragments(self.ground.adjacency, self.label)
        heft = np.bincount(piece, weights=self.service)
        torn = False
        for number in filter(self.touched, self.numbers()):
            own = np.unique(piece[self.label == number])
            stays = own[int(np.argmax(heft[own]))]
            torn |= len(own) > 1
            self.label[(self.label == number) & (piece != stays)] = -1
        return torn

    def _join(self, strays: Ints) -> None:
        """From the rim inwards, as long as something is touched."""
        waiting = strays.tolist()
        while waiting:
            piece = fragments(self.ground.adjacency, self.label)
            found = {d: number for d in waiting if (number := self._touched_by(d, piece)) >= 0}
            if not found:
                return
            for d, number in found.items():
                self.label[d] = number
            waiting = [d for d in waiting if d not in found]

    def _touched_by(self, door: int, piece: Ints) -> int:
        """The turf that a door should join: one torn without it, else the closest (-1: none)."""
        near = self.ground.adjacency
        span = slice(near.start[door], near.start[door + 1])
        pieces, least = dict[int, set[int]](), dict[int, int]()
        for other, cost in zip(near.other[span].tolist(), near.cost[span].tolist(), strict=True):
            number = int(self.label[other])
            if number >= 0:
                pieces.setdefault(number, set()).add(int(piece[other]))
                least[number] = min(cost, least.get(number, cost))
        return min(pieces, key=lambda number: (-len(pieces[number]), least[number], number), default=-1)

    def numbers(self) -> list[int]:
        return [int(number) for number in np.unique(self.label) if number >= 0]

    def numbered(self) -> Iterable[tuple[int, Ints]]:
        for number in self.numbers():
            yield number, self.order(number)

    def order(self, number: int) -> Ints:
        """Doors of a turf in walking order: as before, if they are the same ones."""
        if number not in self._orders:
            self._orders[number] = self._ordered(number)
        return self._orders[number]

    def _ordered(self, number: int) -> Ints:
        members = np.flatnonzero(self.label == number)
        at = {int(self.doors[d]): int(d) for d in members}
        stayed = [at.pop(d) for d in self.before.get(number, ()) if d in at]
        if not at and len(stayed) == len(self.before.get(number, ())):
            return np.array(stayed, np.int64)
        order = np.array([*stayed, *at.values()], np.int64)
        if self.ground.part.meeting:
            return self.ground.arranged(order, self.seed)
        found = walking_order(
            M=self.ground.matrix(order),
            access=self.ground.access(order),
            first=np.arange(len(order)) if len(stayed) > len(at) else None,
            kicks=min(FINAL_KICKS, self.trials) * len(order),
            seed=self.seed,
            closed=self.closed,
        )
        order = order[found]
        return order if self._forward(order, stayed) else order[::-1]

    def _forward(self, order: Ints, stayed: list[int]) -> bool:
        """Whether the walk goes the way it went before, or from its smaller end."""
        place = {d: x for x, d in enumerate(stayed)}
        seen = [place[int(d)] for d in order if int(d) in place]
        if len(seen) < 2:
            return int(order[0]) <= int(order[-1])
        return sum(np.sign(np.diff(seen))) >= 0

    def load(self, number: int) -> float:
        order = self.order(number)
        M = self.ground.matrix(order)
        walk = walked_cost(M, np.arange(len(order)), self.closed)
        return float(walk + int(self.service[order].sum()))

    def total(self) -> float:
        return sum(self.load(number) for number in self.numbers())

    def relabel(self, members: Ints, labels: Ints) -> None:
        for number in np.unique(np.concatenate([self.label[members], labels])):
            self._orders.pop(int(number), None)
        self.label[members] = labels

    def off(self, number: int) -> float:
        """How many times too long, or too short; no logarithm, which differs between machines."""
        share = self.load(number) / self.asked
        return max(share, 1 / share) if share else float("inf")

    def out_of_length(self, number: int) -> bool:
        load = self.load(number)
        return load > LONGEST * self.asked or (load < SHORTEST * self.asked and not self._is_at_limit(number))

    def _is_at_limit(self, number: int) -> bool:
        """Whether its walk and that of any neighbour are together longer than anybody should walk."""
        if self.limit is None:
            return False
        near, own = self.ground.adjacency, self.label == number
        tail = np.repeat(np.arange(len(near)), np.diff(near.start))
        room = (self.limit - self.metres(number)) * MM
        return all(
            near.cost[own[tail] & (self.label[near.other] == other)].min() + self.metres(other) * MM > room
            for other in self._beside([number])
        )

    def metres(self, number: int) -> float:
        """Of the walk of a turf, as it is drawn."""
        return self.ground.length(self.order(number), self.closed)

    def _least_m(self, members: Ints) -> float:
        """Metres of the shortest walk past one door."""
        return min(self.ground.length(members[x : x + 1], self.closed) for x in range(len(members)))

    def shorten(self, fresh: _Numbers) -> None:
        """Turfs whose walk is too long are cut in two, until none is; the first door keeps the number."""
        waiting = self.numbers() if self.limit is not None else []
        while waiting:
            number = waiting.pop()
            members = np.flatnonzero(self.label == number)
            if self.limit is None or len(members) < 2 or self.metres(number) <= self.limit:
                continue
            if self.ground.part.meeting and self._least_m(members) > self.limit:
                continue  # the way there alone is too long: no cut helps
            near = restrict(self.ground.adjacency, members)
            pieces = members_of(fragments(near, np.zeros(len(members), np.int64)))
            if len(pieces) == 1:
                labels = halved(
                    adjacency=near, weights=np.ones(len(members), np.int64), pieces=2, seed=self.seed
                )
                pieces = members_of(labels)
            stays = next(piece for piece in pieces if 0 in piece)
            other = fresh.take()
            self.relabel(members, np.where(np.isin(np.arange(len(members)), stays), number, other))
            waiting += [number, other]

    def touched(self, number: int) -> bool:
        """Whether its doors are others than before: a turf that always was too long is left in peace."""
        return set(self.doors[self.label == number].tolist()) != set(self.before.get(number, ()))

    def mend(self, fresh: _Numbers) -> None:
        """Bring turfs that are too long or too short back to the asked length, where that can be done."""
        numbers = self.numbers()
        bad = [number for number in numbers if self.out_of_length(number)]
        if not numbers or (
            2 * len(bad) > len(numbers) and how_many(self.total(), self.asked) != len(numbers)
        ):
            self.cut(numbers, fresh)
            return
        given_up = set[int]()
        for _ in range(4 * len(self.doors)):
            bad = [
                n for n in self.numbers() if n not in given_up and self.touched(n) and self.out_of_length(n)
            ]
            if not bad:
                return
            worst = max(bad, key=lambda n: (self.off(n), -n))
            region, pieces = self._region(worst)
            given_up.update([worst, *region])
            if pieces != len(region):
                given_up.update(self.cut(region, fresh, pieces))
            elif len(region) > 1:
                self._level(region)

    def _region(self, worst: int) -> tuple[list[int], int]:
        """The fewest turfs around one that make whole turfs together, and how many they make."""
        most = 2 if SHORTEST <= self.load(worst) / self.asked <= SLIGHT else REGION
        region, best = [worst], (np.inf, [worst], 1)
        while True:
            total = sum(self.load(number) for number in region)
            pieces = len(region) if most == 2 else self._pieces(total, len(region))
            away = abs(total / pieces / self.asked - 1)
            if FITTING <= total / pieces / self.asked <= LONGEST:
                return region, pieces
            if away < best[0]:
                best = (away, list(region), pieces)
            near = self._beside(region)
            if not near or len(region) == most:
                return best[1], best[2]
            region.append(min(near, key=lambda n: (self._misfit(total + self.load(n)), n)))

    def _pieces(self, total: float, now: int) -> int:
        """How many turfs: as many as now, if they are long enough and not too long."""
        return now if FITTING <= total / now / self.asked <= LONGEST else how_many(total, self.asked)

    def _misfit(self, total: float) -> float:
        return abs(total / how_many(total, self.asked) / self.asked - 1)

    def _beside(self, region: list[int]) -> list[int]:
        """Turfs that touch these; one that was torn already and does not change is left in peace."""
        inside = np.isin(self.label, region)
        near = self.ground.adjacency
        tail = np.repeat(np.arange(len(near)), np.diff(near.start))
        touching = self.label[near.other[inside[tail] & ~inside[near.other]]]
        return [int(number) for number in np.unique(touching) if number >= 0 and self._whole(int(number))]

    def _whole(self, number: int) -> bool:
        near = restrict(self.ground.adjacency, np.flatnonzero(self.label == number))
        return int(parts_of(near).max(initial=0)) == 0

    def _level(self, region: list[int]) -> None:
        """Doors on the edge leave longer turfs for shorter neighbours, no turf torn."""
        members = np.flatnonzero(np.isin(self.label, region))
        near = restrict(self.ground.adjacency, members)
        names, label = np.unique(self.label[members], return_inverse=True)
        label = label.astype(np.int64)
        loads = np.array([self.load(int(number)) for number in names])
        weight = self.service[members] + np.array(
            [
                (self.load(int(n)) - self.service[self.label == n].sum()) / max(1, (self.label == n).sum())
                for n in names
            ]
        )[label].astype(np.int64)
        goal = loads.mean()
        for _ in range(len(members)):
            move = _best_move(near, label, loads, weight, LEVEL * goal)
            if move is None:
                break
            door, to = move
            loads[label[door]] -= weight[door]
            loads[to] += weight[door]
            label[door] = to
        self.relabel(members, names[label])

    def cut(self, region: list[int], fresh: _Numbers, pieces: int = 0) -> list[int]:
        """Cut these turfs (and doors without one) anew; each piece is called after most of its doors."""
        members = np.flatnonzero(np.isin(self.label, [*region, -1]))
        total = sum(self.load(number) for number in region)
        asked = total / pieces if pieces and total else self.asked
        with Crew(1) as crew:
            task = Task(
                space=self.ground.only(members),
                service=self.service[members],
                asked=asked,
                closed=self.closed,
                seed=self.seed,
                trials_per_door=self.trials,
                crew=crew,
            )
            orders = turfs_of(task, lambda share: None)
        label = np.empty(len(members), np.int64)
        for piece, order in enumerate(orders):
            label[order] = piece
        names = _named(self.label[members], label, len(orders), self.service[members], fresh)
        self.relabel(members, names[label])
        for piece, order in enumerate(orders):
            number = int(names[piece])
            if set(self.doors[members[order]].tolist()) != set(self.before.get(number, ())):
                self._orders[number] = members[order]
        return [int(name) for name in names]

    def add(self, fresh: _Numbers) -> None:
        """One turf more, out of a few neighbours around the longest."""
        numbers = [number for number in self.numbers() if self._whole(number)] or self.numbers()
        region = [max(numbers, key=lambda n: (self.load(n), -n))]
        while len(region) < MORE_FROM:
            near = self._beside(region)
            if not near:
                break
            region.append(max(near, key=lambda n: (self.load(n), -n)))
        self.cut(region, fresh, len(region) + 1)


def _best_move(
    near: Adjacency, label: Ints, loads: "np.ndarray", weight: Ints, most: float
) -> tuple[int, int] | None:
    """A door of the longest turf that may go to a shorter neighbour: the closest to it, nobody torn."""
    for donor in map(int, np.argsort(-loads, kind="stable")):
        if loads[donor] <= most:
            return None
        found = list[tuple[int, int, int]]()
        for d in np.flatnonzero(label == donor):
            for x in range(near.start[d], near.start[d + 1]):
                to = int(label[near.other[x]])
                if to != donor and loads[to] + weight[d] < loads[donor]:
                    found.append((int(near.cost[x]), int(d), to))
        for _, door, to in sorted(found):
            rest = np.flatnonzero((label == donor) & (np.arange(len(label)) != door))
            if len(rest) and int(parts_of(restrict(near, rest)).max()) == 0:
                return door, to
    return None


def _named(before: Ints, after: Ints, pieces: int, weight: Ints, fresh: _Numbers) -> Ints:
    """A number for each piece: that of the turf it shares most with, one to one; new ones for the rest."""
    olds = np.unique(before[before >= 0])
    shared = np.zeros((pieces, len(olds)))
    for column, old in enumerate(olds):
        shared[:, column] = np.bincount(after, weights=weight * (before == old), minlength=pieces)
    names = np.full(pieces, -1, np.int64)
    rows, columns = linear_sum_assignment(-shared)
    for row, column in zip(rows, columns, strict=True):
        if shared[row, column] > 0:
            names[row] = olds[column]
    for piece in np.flatnonzero(names < 0):
        names[piece] = fresh.take()
    return names
