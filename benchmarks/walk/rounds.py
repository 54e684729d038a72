"""Leaflet rounds beside simpler ways, on the same sides: ``python -m benchmarks.walk.rounds FILE …``.

Each FILE is ``streets`` (boxes estimated by length) or ``streets,addresses``; prints JSON. Seconds are those
of the processor. The peers:

- *greedy*: from where one stands to the nearest side that is not done, until the bag or the time is full;
- *postman, then cut*: one walk over the whole part (spanning tree, matching, Euler), cut where a bag is full;
- *doors as points*: our planner of turfs over the same addresses with the same pace, measured without the
  way from the street to the door; it does not know bags, so those that overflow are counted.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from amiral.cores.walk import EFFORTS, Doors, Parameters, Problem, Stop, plan
from amiral.cores.walk.dwellings import DwellingRule
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.rounds import RoundParameters, Rounds, leaflet_rounds, round_report
from amiral.cores.walk.rounds.districts import Work, is_connected
from amiral.cores.walk.rounds.ground import Ground, ground_of
from amiral.cores.walk.rounds.postman import euler_order
from amiral.cores.walk.rounds.ways import links_of, neighbours, path
from amiral.cores.walk.search import ground_of as doors_ground
from amiral.cores.walk.search import sorted_doors
from amiral.cores.walk.space import MM, members_of, parts_of, restrict
from amiral.kit.readers import problem_from, read_addresses, read_streets
from amiral.kit.readers.buildings import homes_of, read_buildings

MOST_PIECES = 1500
"""More pieces in one part, and the matrix that a postman of the whole needs does not fit."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk.rounds", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="STREETS[,ADDRESSES]")
    parser.add_argument("--bag", type=int, default=250)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--effort", nargs="+", choices=sorted(EFFORTS), default=["quick", "normal"])
    options = parser.parse_args()
    json.dump([measured(name, options) for name in options.files], sys.stdout, indent=2, ensure_ascii=False)
    print()


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """All ways of serving one file."""
    problem = _read(name)
    parameters = RoundParameters(bag=options.bag, minutes=options.minutes)
    leaflet_rounds(problem=problem, parameters=parameters, stop=Stop(trials_per_door=1))  # compiles
    rows = []
    for effort in options.effort:
        began = time.process_time()
        answer = leaflet_rounds(problem=problem, parameters=parameters, stop=EFFORTS[effort])
        rows.append({"plan": f"rounds, {effort}", **_ours(problem, answer, began)})
    ground = ground_of(problem, parameters)
    for peer, cut in (("greedy", _greedy), ("postman, then cut", _postman)):
        began = time.process_time()
        rows.append({"plan": peer, **_cut_figures(ground, parameters, cut(ground, parameters), began)})
    if len(problem.doors):
        mean = sum(one.minutes for one in answer.rounds) / len(answer.rounds)
        rows.append({"plan": "doors as points", **_points(problem, ground, parameters, mean)})
    return {
        "file": name,
        "sides": len(ground.pieces),
        "boxes": int(ground.pieces.boxes.sum()),
        "bag": parameters.bag,
        "minutes": parameters.minutes,
        "plans": rows,
    }


def _read(name: str) -> Problem:
    streets, _, addresses = name.partition(",")
    network = read_streets(streets)
    if not addresses:
        nothing, empty = np.empty(0, np.int64), np.empty(0)
        doors = Doors(
            ids=(), lon=empty, lat=empty, numbers=nothing, suffixes=(), streets=(), dwellings=nothing
        )
        known = problem_from(addresses=_nobody(), streets=network)
        return Problem(doors=doors, streets=known.streets)
    rows, buildings = read_addresses(addresses).rows, read_buildings(streets)
    homes = None
    if len(buildings):
        homes = homes_of(
            lon=rows.lon, lat=rows.lat, told=rows.dwellings, buildings=buildings, rule=DwellingRule()
        )
    return problem_from(addresses=rows, streets=network, homes=homes)


def _nobody() -> Any:
    from amiral.config.walk_rounds_cli import NOBODY

    return NOBODY


def _ours(problem: Problem, answer: Rounds, began: float) -> dict[str, Any]:
    seconds = time.process_time() - began
    report = round_report(problem=problem, rounds=answer)
    kept = ("rounds", "metres_per_box", "empty_share", "boxes_cv", "minutes_cv", "fullest_bag")
    return {
        **{key: report[key] for key in kept},
        "longest_minutes": report["longest_minutes"],
        "over_bag": 0,
        "connected": report["connected"],
        "ratio_to_bound": report["ratio_to_bound"],
        "seconds": round(seconds, 2),
    }


def _parts(ground: Ground) -> Iterator[Ints]:
    yield from members_of(parts_of(neighbours(ground.network, ground.pieces)))


def _greedy(ground: Ground, parameters: RoundParameters) -> list[Ints] | None:
    """From the first piece to the nearest end of a piece that is left, by a search of the network."""
    pieces, net = ground.pieces, ground.network
    at: dict[int, list[int]] = {}
    for i in range(len(pieces)):
        for back, corner in ((0, int(pieces.u[i])), (1, int(pieces.v[i]))):
            at.setdefault(corner, []).append(2 * i + back)
    done, orders = np.zeros(len(pieces), bool), []
    for some in _parts(ground):
        order = [2 * int(some[0])]
        done[some[0]] = True
        for _ in range(len(some) - 1):
            corner = int((pieces.u if order[-1] % 2 else pieces.v)[order[-1] // 2])
            code = _nearest_left(net, at, done, corner)
            order.append(code)
            done[code // 2] = True
        orders += _full(ground, parameters, np.array(order))
    return orders


def _nearest_left(net: Any, at: dict[int, list[int]], done: Any, corner: int) -> int:
    from heapq import heappop, heappush

    dist, heap = {corner: 0}, [(0, corner)]
    while heap:
        d, node = heappop(heap)
        if d > dist[node]:
            continue
        for code in at.get(node, ()):
            if not done[code // 2]:
                return code
        for e in range(int(net.first[node]), int(net.first[node + 1])):
            other, far = int(net.head[e]), d + int(net.cost[e])
            if far < dist.get(other, 2**60):
                dist[other] = far
                heappush(heap, (far, other))
    raise AssertionError("A part is connected.")


def _postman(ground: Ground, parameters: RoundParameters) -> list[Ints] | None:
    orders = []
    for some in _parts(ground):
        if len(some) > MOST_PIECES:
            return None
        order = euler_order(pieces=ground.pieces, links=links_of(ground, some), closed=False)
        orders += _full(ground, parameters, 2 * some[order // 2] + order % 2)
    return orders


def _full(ground: Ground, parameters: RoundParameters, order: Ints) -> list[Ints]:
    """Cut an order where the next piece does not fit the bag or the minutes."""
    pieces, asked = ground.pieces, parameters.minutes * parameters.speed_m_per_min * MM
    rounds, begin, boxes, spent = list[Ints](), 0, 0, 0.0
    for x, code in enumerate(order.tolist()):
        i = code // 2
        more = int(pieces.length[i] + pieces.service[i])
        way = _cost(ground, int(order[x - 1]), code) if x > begin else 0
        if x > begin and (boxes + pieces.boxes[i] > parameters.bag or spent + way + more > asked):
            rounds.append(order[begin:x])
            begin, boxes, spent, way = x, 0, 0.0, 0
        boxes += int(pieces.boxes[i])
        spent += way + more
    return [*rounds, order[begin:]]


def _ends(ground: Ground, a: int, b: int) -> tuple[int, int]:
    pieces = ground.pieces
    source = int((pieces.u if a % 2 else pieces.v)[a // 2])
    return source, int((pieces.v if b % 2 else pieces.u)[b // 2])


def _cost(ground: Ground, a: int, b: int) -> int:
    source, sink = _ends(ground, a, b)
    return 0 if source == sink else int(ground.network.cost[path(ground.network, source, sink)].sum())


def _empty_m(ground: Ground, order: Ints) -> float:
    total = 0
    for a, b in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        source, sink = _ends(ground, a, b)
        if source != sink:
            total += int(ground.network.metres[path(ground.network, source, sink)].sum())
    return total / MM


def _cut_figures(
    ground: Ground, parameters: RoundParameters, orders: list[Ints] | None, began: float
) -> dict[str, Any]:
    seconds = time.process_time() - began
    if orders is None:
        return {"skipped": f"a part has more than {MOST_PIECES} pieces"}
    pieces = ground.pieces
    served = float(ground.network.length[pieces.chain].sum()) / MM
    empty = sum(_empty_m(ground, order) for order in orders)
    boxes = np.array([pieces.boxes[order // 2].sum() for order in orders], float)
    spent = [
        sum(_cost(ground, int(a), int(b)) for a, b in itertools.pairwise(order))
        + int((pieces.length + pieces.service)[order // 2].sum())
        for order in orders
    ]
    minutes = np.array(spent, float) / MM / parameters.speed_m_per_min
    near = neighbours(ground.network, pieces)
    work = Work(ground, np.arange(len(pieces)), restrict(near, np.arange(len(pieces))), parameters, 0, 0)
    return {
        "rounds": len(orders),
        "metres_per_box": round((served + empty) / float(boxes.sum()), 3),
        "empty_share": round(empty / (served + empty), 4),
        "boxes_cv": round(float(boxes.std() / boxes.mean()), 4),
        "minutes_cv": round(float(minutes.std() / minutes.mean()), 4),
        "fullest_bag": int(boxes.max()),
        "longest_minutes": round(float(minutes.max()), 2),
        "over_bag": int((boxes > parameters.bag).sum()),
        "connected": sum(is_connected(work, order) for order in orders),
        "seconds": round(seconds, 2),
    }


def _points(
    problem: Problem, ground: Ground, parameters: RoundParameters, minutes_asked: float
) -> dict[str, Any]:
    """Turfs of our planner over the addresses that the rounds serve, with the boxes that they count.

    Asked are as many minutes as a round takes, so that there are about as many turfs as bags.
    """
    boxes: dict[int, int] = {}
    pieces = ground.pieces
    for i in range(len(pieces)):
        for door in pieces.doors[i]:
            told = int(problem.doors.dwellings[door])
            boxes[door] = told or parameters.boxes_per_address
    kept = np.array(sorted(boxes), np.int64)
    doors = _taken(problem.doors, kept, np.array([boxes[d] for d in kept.tolist()], np.int64))
    part = Problem(doors=doors, streets=problem.streets)
    asked = Parameters(
        minutes=max(5.0, minutes_asked),
        team_size=2,
        minutes_per_address=parameters.seconds_per_address / 60,
        minutes_per_dwelling=parameters.seconds_per_box / 60,
    )
    plan(problem=part, parameters=asked, stop=Stop(trials_per_door=1))  # compiles
    began = time.process_time()
    answer = plan(problem=part, parameters=asked, stop=EFFORTS["normal"])
    seconds = time.process_time() - began
    access = _access_m(part, asked)
    on_streets = sum(
        turf.metres - 2 * sum(access[d] for d in turf.doors) + access[turf.doors[0]] + access[turf.doors[-1]]
        for turf in answer.turfs
    )
    bags = np.array([doors.dwellings[list(turf.doors)].sum() for turf in answer.turfs], float)
    minutes = np.array([turf.minutes for turf in answer.turfs])
    return {
        "rounds": len(answer.turfs),
        "metres_per_box": round(on_streets / float(bags.sum()), 3),
        "metres_per_box_with_way_to_door": round(answer.metres / float(bags.sum()), 3),
        "boxes_cv": round(float(bags.std() / bags.mean()), 4),
        "minutes_cv": round(float(minutes.std() / minutes.mean()), 4),
        "fullest_bag": int(bags.max()),
        "longest_minutes": round(float(minutes.max()), 2),
        "over_bag": int((bags > parameters.bag).sum()),
        "connected": sum(turf.connected for turf in answer.turfs),
        "seconds": round(seconds, 2),
    }


def _taken(doors: Doors, some: Ints, boxes: Ints) -> Doors:
    chosen = some.tolist()
    return Doors(
        ids=tuple(doors.ids[d] for d in chosen),
        lon=doors.lon[some],
        lat=doors.lat[some],
        numbers=doors.numbers[some],
        suffixes=tuple(doors.suffixes[d] for d in chosen),
        streets=tuple(doors.streets[d] for d in chosen),
        dwellings=boxes,
    )


def _access_m(problem: Problem, parameters: Parameters) -> dict[int, float]:
    everybody = np.arange(len(problem.doors))
    parts, _ = doors_ground(problem, parameters, sorted_doors(problem.doors, everybody))
    out = {}
    for part in parts:
        access = part.space.access(np.arange(len(part.doors)))
        out |= {int(d): float(mm) / MM for d, mm in zip(part.doors, access, strict=True)}
    return out


if __name__ == "__main__":
    main()
