"""From a problem to a plan: sort, split into parts, cut each into turfs, draw the walks, prove the bound."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from .bound import order_bound_m, walks_bound_m
from .crew import Crew
from .geo import flat, hilbert_rank, line_length, metres_between, usable
from .meeting import meeting_of
from .names import plain, street_numbers
from .network import Network, network_of, prices_of
from .order import walking_order
from .parameters import Parameters, minutes_per_door
from .part import Part
from .partition import cut, fragments
from .problem import Doors, Floats, Ints, Problem, Streets
from .result import DECIMALS, FarDoor, Mode, Plan, Reason, Turf, Unreachable
from .snapping import ELSEWHERE, NAMELESS, snap
from .space import MM, adjacency_from, members_of, parts_of, restrict
from .stopping import Stop
from .straight import neighbours, straight_parts
from .streetspace import Doorstep, street_parts
from .subset import NO_STREETS, box_around, metres_known, streets_in
from .turfs import FINAL_KICKS, Task, turfs_of
from .zones import Zone, zones_of

SCALE = 1000
HALF = 0.5
AROUND_M = 2000.0
"""So much farther than doors may be from their way are streets kept: a region may be given with a commune."""


def search(
    *,
    problem: Problem,
    parameters: Parameters,
    seed: int,
    stop: Stop,
    progress: Callable[[int, int], None] | None,
    workers: int,
) -> Plan:
    """See ``plan``."""
    good = usable(problem.doors.lon, problem.doors.lat)
    parts, far = ground_of(problem, parameters, sorted_doors(problem.doors, np.flatnonzero(good)))
    advance = _meter(progress, [len(part.doors) for part in parts])
    with Crew(workers) as crew:
        turfs = [
            turf
            for index, part in enumerate(parts)
            for turf in _part_turfs(problem, parameters, seed, stop, part, crew, partial(advance, index))
        ]
        turfs = _numbered(problem.doors, turfs)
        bound_m = walks_bound_m(
            spaces=[part.space for part in parts],
            turfs=len(turfs),
            walked_m=sum(turf.metres - turf.approach_m for turf in turfs),
            crew=crew,
        )
    if progress:
        progress(SCALE, SCALE)
    return Plan(
        turfs=tuple(turfs),
        unreachable=tuple(Unreachable(door=int(d), reason=Reason.NO_POSITION) for d in np.flatnonzero(~good)),
        far=tuple(far),
        mode=mode_of(problem, turfs),
        bound_m=bound_m,
        seed=seed,
        parameters=parameters,
        stop=stop,
    )


def sorted_doors(doors: Doors, chosen: Ints) -> Ints:
    """By position, then id: a file in another order gives the same plan."""
    ids = np.array(doors.ids, dtype=object)[chosen]
    by_id = np.argsort(ids.astype(str), kind="stable") if len(ids) else np.empty(0, np.int64)
    chosen = chosen[by_id]
    return chosen[np.lexsort((doors.lat[chosen], doors.lon[chosen]))]


def ground_of(problem: Problem, parameters: Parameters, chosen: Ints) -> tuple[list[Part], list[FarDoor]]:
    """Parts on the network where there is one nearby, by straight lines elsewhere; and the far doors."""
    street, numbers = street_numbers(problem.doors.streets)
    if not len(chosen):
        return [], []
    parts, far, left = _on_streets(problem, parameters, chosen, street, numbers)
    if len(left):
        alone = straight_parts(
            doors=problem.doors,
            chosen=left,
            street=street,
            detour=parameters.detour,
            max_gap_m=parameters.max_gap_m,
        )
        parts += [Part(doors, space) for doors, space in alone]
    lon, lat = problem.doors.lon, problem.doors.lat
    meetings = [meeting_of(part.space, lon[part.doors], lat[part.doors], parameters) for part in parts]
    return [replace(part, meeting=one) for part, one in zip(parts, meetings, strict=True)], far


def _on_streets(
    problem: Problem, parameters: Parameters, chosen: Ints, street: Ints, numbers: dict[str, int]
) -> tuple[list[Part], list[FarDoor], Ints]:
    """(parts on the network, doors far from it, doors too far to use it)."""
    lon, lat = problem.doors.lon[chosen], problem.doors.lat[chosen]
    streets = _streets_around(problem.streets, parameters, lon, lat)
    network = streets and _network(streets, parameters)
    if not streets or not network:
        nowhere = (
            [FarDoor(door=int(d), distance_m=None) for d in chosen] if problem.streets is not None else []
        )
        return [], nowhere, chosen
    way_street = np.array(
        [numbers.get(plain(name), ELSEWHERE if name else NAMELESS) for name in streets.way_names],
        np.int64,
    )
    met = snap(
        network=network,
        lon=lon,
        lat=lat,
        street=street[chosen],
        way_street=way_street,
        parameters=parameters,
        obstacles=streets.obstacles,
    )
    metres, known = met.access / MM, metres_known(streets, lon, lat)
    far = [
        FarDoor(door=int(chosen[x]), distance_m=float(metres[x]) if metres[x] <= known[x] else None)
        for x in np.flatnonzero(metres > parameters.max_access_m)
    ]
    near = metres <= parameters.max_straight_m
    near[beyond_streets(problem.doors, chosen, metres, street, parameters)] = False
    on = np.flatnonzero(near)
    twin = np.unique(np.column_stack([lon[on], lat[on]]), axis=0, return_inverse=True)[1].astype(np.int64)
    doors = Doorstep(lon[on], lat[on], met.only(on), twin)
    parts = [Part(chosen[on[some]], space) for some, space in street_parts(network, doors)]
    return parts, far, chosen[~near]


def beyond_streets(doors: Doors, chosen: Ints, metres: Floats, street: Ints, parameters: Parameters) -> Ints:
    """Places in ``chosen`` of far doors that are served by straight lines: where an extract ends in a town.

    They stand so near to one another that the ways from a street to two of them are longer than the straight
    walk between them, and are enough for half a turf. ``metres`` to the nearest way, of each.
    """
    some = np.flatnonzero((metres > parameters.max_access_m) & (metres <= parameters.max_straight_m))
    if len(some) < 2:
        return np.empty(0, np.int64)
    lon, lat = doors.lon[chosen[some]], doors.lat[chosen[some]]
    a, b, walk = neighbours(lon, lat, street[chosen[some]], parameters.detour)
    joined = walk < (metres[some[a]] + metres[some[b]]) * MM
    label = parts_of(adjacency_from(len(some), a[joined], b[joined], walk[joined]))
    at_doors = minutes_per_door(doors=doors, parameters=parameters)[chosen[some]]
    enough = np.bincount(label, weights=at_doors) >= HALF * parameters.minutes
    found: Ints = some[enough[label]]
    return found


def _streets_around(
    streets: Streets | None, parameters: Parameters, lon: Floats, lat: Floats
) -> Streets | None:
    """No more streets than doors at these points (one at least) can need."""
    box = box_around(lon, lat, parameters.max_straight_m + AROUND_M)
    return None if streets is None else streets_in(streets, box)


def around_doors(problem: Problem, parameters: Parameters) -> Problem:
    """See ``plan.around_doors``."""
    doors = problem.doors
    good = usable(doors.lon, doors.lat)
    if not good.any():
        return problem
    streets = _streets_around(problem.streets, parameters, doors.lon[good], doors.lat[good])
    return replace(
        problem, streets=NO_STREETS if streets is None and problem.streets is not None else streets
    )


def _network(streets: Streets, parameters: Parameters) -> Network | None:
    network = network_of(streets, prices_of(parameters))
    return network if len(network.segments) else None


def _meter(progress: Callable[[int, int], None] | None, sizes: list[int]) -> Callable[[int, float], None]:
    """Turns shares of parts into calls of ``progress`` (done, SCALE)."""
    total, done = max(1, sum(sizes)), [0.0]

    def advance(part: int, share: float) -> None:
        done[0] += share * sizes[part] / total
        if progress:
            progress(min(SCALE - 1, int(done[0] * SCALE)), SCALE)

    return advance


def _part_turfs(
    problem: Problem,
    parameters: Parameters,
    seed: int,
    stop: Stop,
    part: Part,
    crew: Crew,
    advance: Callable[[float], None],
) -> Iterator[Turf]:
    speed = parameters.speed_m_per_min * MM
    for zone in zones_of(problem.doors, parameters, part, seed):
        task = Task(
            space=zone.space,
            service=service_of(part, zone.minutes, parameters)[zone.some],
            asked=parameters.minutes * speed,
            closed=parameters.closed and parameters.start is None,
            seed=seed,
            trials_per_door=stop.trials_per_door,
            crew=crew,
        )
        part_advance = partial(_advanced, advance, len(zone.some) / len(part.doors))
        orders = [zone.some[order] for order in turfs_of(task, part_advance)]
        for turfs in crew.each(partial(_within, problem.doors, parameters, part, zone, seed), orders):
            yield from turfs
    advance(0.1)


def _advanced(advance: Callable[[float], None], weight: float, share: float) -> None:
    advance(weight * share)


def service_of(part: Part, minutes: Floats, parameters: Parameters) -> Ints:
    """Time at the doors of a part in mm of walking, the way to them from the meeting point counted in.

    A door that takes longer than asked weighs as much as a turf: it fills one, and no number of turfs makes
    it shorter.
    """
    speed = parameters.speed_m_per_min * MM
    service = np.rint(minutes * speed).astype(np.int64)
    if part.meeting:
        service = part.meeting.heavier(service, parameters.minutes * speed)
    return np.minimum(service, round(parameters.minutes * speed))


def _within(
    doors: Doors, parameters: Parameters, part: Part, zone: Zone, seed: int, order: Ints
) -> list[Turf]:
    """The turf, or smaller ones where its walk is longer than anybody should walk."""
    turf = replace(_turf(doors, parameters, part, zone.minutes, order), team_size=zone.size)
    if parameters.max_walk_m is None or turf.metres <= parameters.max_walk_m or len(order) < 2:
        return [turf]
    if part.meeting and part.meeting.nearest_m(order) > parameters.max_walk_m:
        return [turf]  # the way there alone is too long: no cut helps
    order = np.sort(order)
    near = restrict(part.space.adjacency, order)
    labels = cut(adjacency=near, weights=np.ones(len(order), np.int64), pieces=2, seed=seed)
    pieces = [order[some] for some in members_of(labels)]
    smaller = [_within(doors, parameters, part, zone, seed, arranged(part, piece, seed)) for piece in pieces]
    return [replace(one, short=True) for turfs in smaller for one in turfs]


def arranged(part: Part, order: Ints, seed: int) -> Ints:
    """A short order of some doors of a part: open, or from the meeting point."""
    kicks = FINAL_KICKS * len(order)
    if part.meeting:
        return part.meeting.arranged(order, kicks=kicks, seed=seed)
    M, access = part.space.matrix(order), part.space.access(order)
    return order[walking_order(M=M, access=access, kicks=kicks, seed=seed)]


def _turf(doors: Doors, parameters: Parameters, part: Part, minutes: Floats, order: Ints) -> Turf:
    order = arranged(part, np.sort(order), 0) if part.meeting else facing(doors, parameters, part, order)
    return measured(doors, parameters, part, order, float(minutes[order].sum()))


def measured(doors: Doors, parameters: Parameters, part: Part, order: Ints, at_doors: float) -> Turf:
    """The figures and the line of a turf walked in this order; ``at_doors``: minutes spent at its doors."""
    approach_m = 0.0
    if part.meeting:
        walked, approach_m = part.meeting.walk(order)
    else:
        walked = part.space.walk(np.append(order, order[0]) if parameters.closed else order)
    line = drawn(walked.line)
    near = restrict(part.space.adjacency, order)
    return Turf(
        number=0,
        doors=tuple(int(d) for d in part.doors[order]),
        metres=line_length(line),
        minutes=walked.cost_mm / MM / parameters.speed_m_per_min + at_doors,
        crossing_s=walked.crossing_mm / MM / parameters.speed_m_per_min * 60,
        climb_s=walked.climb_mm / MM / parameters.speed_m_per_min * 60,
        line=line,
        bound_m=order_bound_m(part.space.metres(order)),
        straight=part.space.straight,
        connected=int(fragments(near, np.zeros(len(order), np.int64)).max()) == 0,
        approach_m=approach_m,
        team_size=parameters.team_size,
    )


def facing(doors: Doors, parameters: Parameters, part: Part, order: Ints) -> Ints:
    """The same walk from the end nearer to the meeting point (without one: from the smaller index)."""
    first, last = part.doors[order[0]], part.doors[order[-1]]
    if parameters.start is None:
        return order if order[0] <= order[-1] else order[::-1]
    lon, lat = parameters.start
    ends = [metres_between(lon, lat, float(doors.lon[d]), float(doors.lat[d])) for d in (first, last)]
    return order if ends[0] <= ends[1] else order[::-1]


def drawn(line: Floats) -> Floats:
    """Rounded, without repeated points; a walk that stays at one door is that point twice (RFC 7946)."""
    line = np.round(line, DECIMALS)
    moved = np.ones(len(line), bool)
    moved[1:] = (line[1:] != line[:-1]).any(axis=1)
    line = line[moved]
    return np.repeat(line, 2, axis=0) if len(line) == 1 else line


def mode_of(problem: Problem, turfs: list[Turf]) -> Mode:
    """On what these turfs were measured."""
    kinds = {turf.straight for turf in turfs} or {problem.streets is None}
    return Mode.MIXED if len(kinds) == 2 else Mode.STRAIGHT if True in kinds else Mode.NETWORK


def _numbered(doors: Doors, turfs: list[Turf]) -> list[Turf]:
    """Numbers from 1 along a curve that keeps neighbours together, so that turf 8 lies near turf 7."""
    if not turfs:
        return []
    centres = np.array([[doors.lon[list(t.doors)].mean(), doors.lat[list(t.doors)].mean()] for t in turfs])
    rank = hilbert_rank(flat(centres[:, 0], centres[:, 1], float(centres[:, 1].mean())))
    order = sorted(range(len(turfs)), key=lambda t: (rank[t], [doors.ids[d] for d in turfs[t].doors]))
    return [replace(turfs[t], number=number) for number, t in enumerate(order, 1)]
