"""Large plans: written piece by piece, on the streets around the doors."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np

from amiral.cores.walk import (
    Doors,
    Obstacles,
    Parameters,
    Plan,
    Problem,
    Stop,
    Streets,
    WayKind,
    collection_texts,
    feature_collection,
    plan,
    report,
)
from amiral.cores.walk.subset import box_around, streets_in
from tests.cores.walk.builders import LAT, LON, grid, grid_doors, streets_of

QUICK = Stop(trials_per_door=5)


def town(size: int = 5) -> Problem:
    return Problem(doors=grid_doors(size), streets=grid(size))


def planned(problem: Problem, workers: int = 1) -> Plan:
    return plan(problem=problem, parameters=Parameters(minutes=60), seed=3, stop=QUICK, workers=workers)


def as_text(problem: Problem, answer: Plan) -> str:
    return "".join(collection_texts(problem=problem, plan=answer))


def test_the_pieces_are_the_whole_collection() -> None:
    problem = town()
    answer = planned(problem)
    whole = feature_collection(problem=problem, plan=answer)
    assert as_text(problem, answer) == json.dumps(whole, ensure_ascii=False) + "\n"
    nothing = replace(answer, turfs=())
    assert json.loads(as_text(problem, nothing)) == {"type": "FeatureCollection", "features": []}


def test_writing_holds_one_turf_however_many_there_are() -> None:
    problem = town(8)
    answer = planned(problem)
    few, many = replace(answer, turfs=answer.turfs[:2]), replace(answer, turfs=answer.turfs * 40)
    assert len(many.turfs) > 200

    def peak(one: Plan) -> int:
        tracemalloc.start()
        for _ in collection_texts(problem=problem, plan=one):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(few)
    assert peak(many) < 2 * peak(few)


def test_writing_a_turf_looks_at_its_own_doors_alone() -> None:
    problem = town(8)
    answer = planned(problem)
    few = replace(answer, turfs=answer.turfs[:1])
    doors, n = problem.doors, 40_000
    many = Doors(
        ids=doors.ids + tuple(f"more {i}" for i in range(n)),
        lon=np.append(doors.lon, np.zeros(n)),
        lat=np.append(doors.lat, np.zeros(n)),
        numbers=np.append(doors.numbers, np.ones(n, np.int64)),
        suffixes=doors.suffixes + ("",) * n,
        streets=doors.streets + ("",) * n,
        dwellings=np.append(doors.dwellings, np.ones(n, np.int64)),
    )

    def peak(one: Problem) -> int:
        tracemalloc.start()
        text = as_text(one, few)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert text == as_text(problem, few)
        return most

    peak(problem)
    assert peak(replace(problem, doors=many)) < peak(problem) + n


def test_any_number_of_workers_gives_the_same_plan() -> None:
    problem = Problem(doors=grid_doors(14), streets=grid(14))  # several groups in each round
    alone = planned(problem)
    for workers in (2, 3, 4):
        together = planned(problem, workers)
        assert as_text(problem, together) == as_text(problem, alone)
        assert report(problem=problem, plan=together) == report(problem=problem, plan=alone)


def test_a_part_of_the_streets_taken_twice_is_the_same_part() -> None:
    problem = town()
    assert problem.streets is not None
    river = Obstacles(
        lon=np.array([LON, LON, 9.0, 9.0]), lat=np.array([LAT, 50, 9, 9]), start=np.array([0, 2, 4])
    )
    region = replace(with_another_town(problem.streets, 1.0), obstacles=river)
    box = box_around(problem.doors.lon, problem.doors.lat, 3500)
    once = streets_in(region, box)
    assert once is not None
    assert once.within == box
    assert once.obstacles is not None
    assert (len(once), len(once.obstacles)) == (len(problem.streets), 1)
    assert streets_in(once, box) is once


def test_a_long_way_without_a_node_in_the_box_is_kept() -> None:
    highway = streets_of([(WayKind.RESIDENTIAL, "Route Droite", [(-9000, 0), (9000, 0)])])
    box = box_around(np.array([LON]), np.array([LAT]), 100)
    assert streets_in(highway, box) is highway


def with_another_town(streets: Streets, east: float) -> Streets:
    """The same streets, and once more ``east`` degrees away."""
    n, m = len(streets.node_lon), len(streets.way_nodes)
    return Streets(
        node_lon=np.append(streets.node_lon, streets.node_lon + east),
        node_lat=np.tile(streets.node_lat, 2),
        way_start=np.append(streets.way_start, streets.way_start[1:] + m),
        way_nodes=np.append(streets.way_nodes, streets.way_nodes + n),
        way_kind=np.tile(streets.way_kind, 2),
        way_names=streets.way_names * 2,
        way_addressable=np.tile(streets.way_addressable, 2),
    )


def test_streets_far_from_the_doors_change_nothing() -> None:
    problem = town()
    assert problem.streets is not None
    region = replace(problem, streets=with_another_town(problem.streets, 1.0))
    assert as_text(region, planned(region)) == as_text(problem, planned(problem))


def test_streets_of_another_continent_leave_straight_lines() -> None:
    problem = town()
    assert problem.streets is not None
    away = replace(problem.streets, node_lon=problem.streets.node_lon + 90)
    answer = planned(replace(problem, streets=away))
    assert answer.mode == "straight"
    assert {far.distance_m for far in answer.far} == {None}
    assert len(answer.far) == answer.door_count == len(problem.doors)
