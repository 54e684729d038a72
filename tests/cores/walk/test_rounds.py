"""Laws of leaflet rounds, whatever the town."""

import itertools
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from amiral.cores.walk import BadParameter, Doors, Problem, Stop, Streets, WayKind
from amiral.cores.walk.network import segments_of
from amiral.cores.walk.rounds import (
    Estimate,
    LeftOut,
    NoBoxes,
    NoStreets,
    Parity,
    RoundParameters,
    Rounds,
    Side,
    Step,
    Turn,
    leaflet_rounds,
    round_features,
    round_report,
)
from amiral.cores.walk.rounds.districts import Work
from amiral.cores.walk.rounds.drawing import Drawer
from amiral.cores.walk.rounds.ground import ground_of
from amiral.cores.walk.rounds.ways import neighbours
from amiral.cores.walk.space import restrict

from .builders import EAST, LAT, LON, NORTH, doors_at, grid, grid_doors, streets_of

GEOD = Geod(ellps="WGS84")
QUICK = Stop(trials_per_door=5)
NOBODY = doors_at([])


def planned(problem: Problem, *, seed: int = 0, stop: Stop = QUICK, **more: object) -> Rounds:
    parameters = RoundParameters(**more)  # type: ignore[arg-type]  # any parameter, by name
    return leaflet_rounds(problem=problem, parameters=parameters, seed=seed, stop=stop)


def metres_of(line: np.ndarray) -> float:
    return float(GEOD.line_length(line[:, 0], line[:, 1]))


def assert_lawful(problem: Problem, answer: Rounds) -> None:
    """Every side once, bags hold, metres as drawn, the walk on the streets, a bound that holds."""
    walked = [one.piece for r in answer.rounds for step in r.steps for one in step.walked]
    assert sorted(walked) == list(range(len(answer.pieces)))
    assert [one.number for one in answer.rounds] == list(range(1, len(answer.rounds) + 1))
    bag, speed = answer.parameters.bag, answer.parameters.speed_m_per_min
    for one in answer.rounds:
        assert 0 < one.boxes <= bag
        pieces = [answer.pieces[w.piece] for step in one.steps for w in step.walked]
        assert one.boxes == sum(piece.boxes for piece in pieces) == sum(step.boxes for step in one.steps)
        assert one.metres == pytest.approx(metres_of(one.line), abs=0.02, rel=1e-6)
        assert one.served_m == pytest.approx(sum(metres_of(p.line) for p in pieces), abs=0.05, rel=1e-5)
        assert one.metres >= one.served_m - 0.05 - 1e-4 * one.served_m
        assert one.minutes >= one.metres / speed - 0.01
        assert one.connected
        assert np.round(one.line, 7).tolist() == one.line.tolist()
        assert len(one.line) >= 2
        assert_on_streets(problem, one.line)
    assert answer.bound_m <= answer.metres * 1.0005 + 0.05
    served = sorted(d for p in answer.pieces if p.part == 1 for d in p.doors)
    assert len(served) == len(set(served))
    left = [one.door for one in answer.unserved]
    assert len(served) + len(left) + answer.merged == len(problem.doors)


def assert_on_streets(problem: Problem, line: np.ndarray) -> None:
    """Each step of the walk lies on a straight piece of some way."""
    streets = problem.streets
    assert streets is not None
    a, b = [], []
    for w in range(len(streets)):
        nodes = streets.way_nodes[streets.way_start[w] : streets.way_start[w + 1]]
        a += nodes[:-1].tolist()
        b += nodes[1:].tolist()
    ends = np.column_stack([streets.node_lon, streets.node_lat])
    p, q = ends[a], ends[b]
    for x, y in itertools.pairwise(line):
        assert (_off(p, q, x) & _off(p, q, y)).any(), (x, y)


def _off(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Which segments pass within three centimetres of the point."""
    scale = np.array([76_400.0, 111_150.0])
    d, e = (q - p) * scale, (x - p) * scale
    along = np.clip((d * e).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12), 0, 1)
    near: np.ndarray = np.hypot(*(e - along[:, None] * d).T) < 0.03
    return near


spots = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(
    points=spots,
    seed=st.integers(0, 2**31),
    kind=st.sampled_from([WayKind.RESIDENTIAL, WayKind.TERTIARY, WayKind.PRIMARY]),
    bag=st.sampled_from([1, 3, 10, 250]),
    closed=st.booleans(),
    whole=st.booleans(),
)
def test_laws_on_a_grid(
    points: list[tuple[int, int]], seed: int, kind: WayKind, bag: int, closed: bool, whole: bool
) -> None:
    doors = doors_at([(float(x), float(y)) for x, y in points])
    problem = Problem(doors=doors, streets=grid(5, kind=kind))
    assert_lawful(problem, planned(problem, seed=seed, bag=bag, minutes=30, closed=closed, whole_sides=whole))


@settings(max_examples=25, deadline=None)
@given(
    ways=st.lists(
        st.tuples(
            st.sampled_from(list(WayKind)),
            st.sampled_from(["Rue Haute", "Rue Basse", ""]),
            st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=5),
        ),
        max_size=12,
    ),
    points=st.lists(st.tuples(st.integers(-200, 800), st.integers(-200, 800)), max_size=30),
    estimate=st.sampled_from(list(Estimate)),
    bag=st.sampled_from([2, 20, 250]),
)
def test_laws_on_any_drawing(
    ways: list[tuple[WayKind, str, list[tuple[int, int]]]],
    points: list[tuple[int, int]],
    estimate: Estimate,
    bag: int,
) -> None:
    """Ways drawn twice, of one node, closed, crossing themselves, in pieces; no address at all."""
    streets = streets_of([(kind, name, [(100.0 * x, 100.0 * y) for x, y in way]) for kind, name, way in ways])
    problem = Problem(doors=doors_at([(float(x), float(y)) for x, y in points]), streets=streets)
    try:
        answer = planned(problem, bag=bag, minutes=60, estimate=estimate)
    except (NoStreets, NoBoxes):
        assert not len(segments_of(streets)) or estimate != Estimate.MISSING or not points
        return
    assert_lawful(problem, answer)


def town(size: int = 4, kind: WayKind = WayKind.RESIDENTIAL) -> Problem:
    return Problem(doors=grid_doors(size), streets=grid(size, kind=kind))


def test_same_seed_same_bytes_whatever_the_order_of_the_addresses() -> None:
    problem = town()
    order = np.random.default_rng(3).permutation(len(problem.doors))
    doors = problem.doors
    shuffled = Doors(
        ids=tuple(doors.ids[i] for i in order),
        lon=doors.lon[order],
        lat=doors.lat[order],
        numbers=doors.numbers[order],
        suffixes=tuple(doors.suffixes[i] for i in order),
        streets=tuple(doors.streets[i] for i in order),
        dwellings=doors.dwellings[order],
    )
    other = replace(problem, doors=shuffled)
    texts = {
        json.dumps(round_features(problem=one, rounds=planned(one, bag=40, seed=7)), sort_keys=True)
        for one in (problem, problem, other)
    }
    assert len(texts) == 1


def test_a_small_street_is_served_once_a_big_one_on_each_side() -> None:
    for kind, sides in ((WayKind.RESIDENTIAL, {Side.BOTH}), (WayKind.PRIMARY, {Side.LEFT, Side.RIGHT})):
        answer = planned(town(3, kind))
        assert {piece.side for piece in answer.pieces} == sides
        chains = Counter(piece.line.tobytes() for piece in answer.pieces)
        assert set(chains.values()) == {len(sides)}


def test_which_kinds_are_served_in_one_pass_is_a_parameter() -> None:
    apart = planned(town(3), zigzag=frozenset())
    assert {piece.side for piece in apart.pieces} == {Side.LEFT, Side.RIGHT}
    together = planned(town(3, WayKind.PRIMARY), zigzag=frozenset({WayKind.PRIMARY}))
    assert {piece.side for piece in together.pieces} == {Side.BOTH}


def test_both_sides_of_everything_need_no_empty_metre_in_a_closed_walk() -> None:
    """Where each street is walked on both sides, every crossing is even (Euler)."""
    answer = planned(town(3), zigzag=frozenset(), closed=True, bag=10_000, minutes=1440)
    assert len(answer.rounds) == 1
    assert answer.rounds[0].empty_m == pytest.approx(0, abs=0.1)
    assert answer.bound_m == pytest.approx(answer.metres, rel=1e-4)


def test_one_round_is_the_chinese_postman() -> None:
    """A grid of 3 x 3 crossings has four odd nodes, at the middles of its sides; an open walk pairs two."""
    answer = planned(town(3), bag=10_000, minutes=1440, stop=Stop(trials_per_door=50))
    assert len(answer.rounds) == 1
    assert answer.rounds[0].empty_m == pytest.approx(200, abs=1)
    assert answer.metres / answer.bound_m == pytest.approx(1, abs=0.001)


def test_the_bound_is_below_the_exact_matching() -> None:
    """On scattered streets, against all ways to leave out 2 k odd nodes, by an exhaustive pairing."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        ends = rng.integers(0, 5, (7, 4))
        ways = [
            (WayKind.RESIDENTIAL, f"Rue {i}", [(100.0 * a, 100.0 * b), (100.0 * c, 100.0 * d)])
            for i, (a, b, c, d) in enumerate(ends.tolist())
            if (a, b) != (c, d)
        ]
        backbone = [(WayKind.FOOT, "", [(100.0 * x, 100.0 * y) for y in range(5)]) for x in range(5)] + [
            (WayKind.FOOT, "", [(100.0 * x, 0.0) for x in range(5)])
        ]
        problem = Problem(doors=NOBODY, streets=streets_of(ways + backbone))
        answer = planned(problem, bag=10_000, minutes=1440)
        assert answer.bound_m <= _exact_m(problem, answer) * 1.0001 + 0.01


def _exact_m(problem: Problem, answer: Rounds) -> float:
    """Served metres and the cheapest pairing of the odd nodes with two of them free, on all pairs."""
    streets = problem.streets
    assert streets is not None
    segments = segments_of(streets)
    n = len(streets.node_lon)
    graph = csr_array((segments.length / 1000, (segments.a, segments.b)), shape=(n, n))
    far = dijkstra(graph, directed=False)
    at = {
        (round(float(x), 9), round(float(y), 9)): i
        for i, (x, y) in enumerate(zip(streets.node_lon, streets.node_lat, strict=True))
    }
    degree: Counter[int] = Counter()
    for piece in answer.pieces:
        for end in (piece.line[0], piece.line[-1]):
            degree[at[round(float(end[0]), 9), round(float(end[1]), 9)]] += 1
    odd = [node for node, count in degree.items() if count % 2]

    def cheapest(left: tuple[int, ...], free: int) -> float:
        if len(left) <= free:
            return 0.0
        first, rest = left[0], left[1:]
        best = cheapest(rest, free - 1) if free else np.inf
        for i, other in enumerate(rest):
            best = min(best, far[first, other] + cheapest(rest[:i] + rest[i + 1 :], free))
        return float(best)

    return sum(piece.length_m for piece in answer.pieces) + cheapest(tuple(odd), 2 * len(answer.rounds))


def test_a_bag_smaller_than_a_side_splits_it_between_addresses() -> None:
    points = [(10.0 * i, 6.0) for i in range(1, 20)]
    problem = Problem(
        doors=doors_at(points), streets=streets_of([(WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (200, 0)])])
    )
    answer = planned(problem, bag=4)
    assert_lawful(problem, answer)
    assert len(answer.rounds) >= 5
    assert all(piece.parts == 1 for piece in answer.pieces)


def test_a_building_with_more_boxes_than_a_bag_is_walked_more_than_once() -> None:
    streets = streets_of([(WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (200, 0)])])
    problem = Problem(doors=doors_at([(50, 8), (150, 8)], dwellings=[600, 5]), streets=streets)
    answer = planned(problem, bag=250)
    assert_lawful(problem, answer)
    assert answer.boxes == 605
    tower = [piece for piece in answer.pieces if piece.parts > 1]
    assert [(piece.part, piece.parts, piece.boxes) for piece in tower] == [
        (1, 3, 200),
        (2, 3, 200),
        (3, 3, 200),
    ]


def test_pieces_that_do_not_touch_are_rounds_of_their_own() -> None:
    apart = [(WayKind.RESIDENTIAL, f"Rue {i}", [(1000.0 * i, 0.0), (1000.0 * i + 60, 0.0)]) for i in range(4)]
    doors = doors_at([(1000.0 * i + 30, 8.0) for i in range(4)], streets=[f"Rue {i}" for i in range(4)])
    problem = Problem(doors=doors, streets=streets_of(apart))
    answer = planned(problem)
    assert_lawful(problem, answer)
    assert len(answer.rounds) == 4


def test_without_streets_or_boxes_there_are_no_rounds() -> None:
    with pytest.raises(NoStreets):
        planned(Problem(doors=grid_doors(3)))
    with pytest.raises(NoStreets):
        planned(Problem(doors=grid_doors(3), streets=streets_of([])))
    with pytest.raises(NoBoxes):
        planned(Problem(doors=NOBODY, streets=grid(3)), estimate=Estimate.NEVER)


def test_without_addresses_boxes_are_estimated_by_length_and_said() -> None:
    problem = Problem(doors=NOBODY, streets=grid(3))
    answer = planned(problem, boxes_per_100m=8)
    assert answer.boxes == answer.estimated_boxes == 12 * 16
    report = round_report(problem=problem, rounds=answer)
    assert "estimated" in report["notes"][0]
    mixed = Problem(doors=doors_at([(50, 5)], streets=["Rue 0"]), streets=grid(3))
    assert planned(mixed).estimated_boxes == 11 * 12
    assert planned(mixed, estimate=Estimate.NEVER).boxes == 1


def test_addresses_that_cannot_be_served_are_named() -> None:
    doors = doors_at([(50, 5), (50, 8), (50, 9000), (120, 300)], streets=["Rue 0"] * 4)
    doors = replace(doors, lon=np.where(np.arange(4) == 1, np.nan, doors.lon))
    problem = Problem(doors=doors, streets=grid(3))
    answer = planned(problem, estimate=Estimate.NEVER, max_access_m=50)
    assert [(one.door, one.reason) for one in answer.unserved] == [
        (1, LeftOut.NO_POSITION),
        (2, LeftOut.TOO_FAR),
    ]
    assert [one.door for one in answer.far] == [3]
    assert_lawful(problem, answer)


def test_an_address_written_on_every_shop_is_one_box() -> None:
    doors = replace(doors_at([(50, 5), (55, 6), (60, 5)], streets=["Rue 0"] * 3), numbers=np.array([7, 7, 9]))
    problem = Problem(doors=doors, streets=grid(3))
    answer = planned(problem, estimate=Estimate.NEVER)
    assert (answer.boxes, answer.merged) == (2, 1)


def test_the_list_can_be_followed() -> None:
    """One street of odd and even numbers, then a turn to the left."""
    ways = [
        (WayKind.TERTIARY, "Rue Haute", [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)]),
        (WayKind.RESIDENTIAL, "Rue Basse", [(200.0, 0.0), (200.0, 100.0)]),
        (WayKind.RESIDENTIAL, "Impasse", [(100.0, 0.0), (100.0, -50.0)]),
    ]
    points = [(20.0 * i, 8.0) for i in range(1, 10)] + [(208.0, 50.0)]
    doors = doors_at(points, streets=["Rue Haute"] * 9 + ["Rue Basse"])
    doors = replace(doors, numbers=np.array([1, 3, 5, 7, 9, 11, 13, 15, 17, 4]))
    problem = Problem(doors=doors, streets=streets_of(ways))
    answer = planned(problem, estimate=Estimate.NEVER)
    assert len(answer.rounds) == 1
    first, last = answer.rounds[0].steps
    assert first.turn == Turn.BEGIN
    ends = {(first.first, first.last), (last.last, last.first)}
    assert ("1", "17") in ends or ("17", "1") in ends or (first.first, first.last) == ("4", "4")
    street = first if first.street == "Rue Haute" else last
    assert (street.parity, street.boxes, street.estimated) == (Parity.ODD, 9, False)
    assert street.metres == pytest.approx(162, abs=1)
    assert {street.begins_at, street.ends_at} == {"", "Rue Basse"}
    turns = [(way.turn, way.street) for way in last.way]
    assert turns in (
        [(Turn.STRAIGHT, "Rue Haute"), (Turn.LEFT, "Rue Basse")],
        [(Turn.STRAIGHT, "Rue Basse"), (Turn.RIGHT, "Rue Haute")],
    )
    assert last.turn == Turn.STRAIGHT
    assert last.way_m == pytest.approx(19 + 49, abs=1)


SPOTS = {
    "Rue Haute": [(-200.0, 0.0), (0.0, 0.0), (200.0, 0.0)],
    "Rue Basse": [(0.0, 0.0), (0.0, 100.0)],
}
"""A T: rue Basse goes off to the north in the middle of rue Haute."""


def drawn(
    order: list[tuple[str, tuple[float, float], tuple[float, float]]], kind: WayKind = WayKind.RESIDENTIAL
) -> tuple[Step, ...]:
    """The list of the T when its sides are walked in this order: street, where a side is begun and ended."""
    doors = doors_at([first for _, first, _ in order], streets=[street for street, _, _ in order])
    problem = Problem(doors=doors, streets=streets_of([(kind, name, way) for name, way in SPOTS.items()]))
    start = float(doors.lon[0]), float(doors.lat[0])
    parameters = RoundParameters(estimate=Estimate.NEVER, start=start)
    ground = ground_of(problem, parameters)
    every = np.arange(len(ground.pieces))
    work = Work(ground, every, restrict(neighbours(ground.network, ground.pieces), every), parameters, 1, 0)
    codes = []
    for door, (_, _first, last) in enumerate(order):
        piece = next(i for i, members in enumerate(ground.pieces.doors) if door in members)
        net, chain = ground.network, ground.pieces.chain[piece]
        nodes = net.nodes[net.starts[chain] : net.starts[chain + 1]][[0, -1]]
        at = np.column_stack([net.lon[nodes] - LON, net.lat[nodes] - LAT]) / [EAST, NORTH]
        away = np.hypot(*(at - last).T)
        codes.append(2 * piece + int(away[0] < away[1]))
    return Drawer(doors, ground).round(work, np.array(codes)).steps


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (  # on to the corner and round it
            [("Rue Haute", (-80, 8), (0, 0)), ("Rue Basse", (8, 60), (0, 100))],
            ([(Turn.STRAIGHT, "Rue Haute", 79), (Turn.LEFT, "Rue Basse", 59)], Turn.STRAIGHT),
        ),
        (  # past the corner: back to it first
            [("Rue Haute", (80, -8), (200, 0)), ("Rue Basse", (8, 60), (0, 100))],
            ([(Turn.BACK, "Rue Haute", 81), (Turn.RIGHT, "Rue Basse", 59)], Turn.STRAIGHT),
        ),
        (  # the box is walked past and served on the way back
            [("Rue Haute", (-80, 8), (0, 0)), ("Rue Basse", (8, 60), (0, 0))],
            ([(Turn.STRAIGHT, "Rue Haute", 79), (Turn.LEFT, "Rue Basse", 61)], Turn.BACK),
        ),
        (  # back at once, then along the same street to the box
            [("Rue Haute", (80, -8), (200, 0)), ("Rue Haute", (-80, 8), (-200, 0))],
            ([(Turn.BACK, "Rue Haute", 160)], Turn.STRAIGHT),
        ),
        (  # the last box stands just before the corner
            [("Rue Haute", (-8, 8), (0, 0)), ("Rue Basse", (8, 60), (0, 100))],
            ([(Turn.LEFT, "Rue Basse", 59)], Turn.STRAIGHT),
        ),
        (  # aside and back at once: the box is on the left, though one leaves it to the right
            [("Rue Haute", (-80, 8), (0, 0)), ("Rue Basse", (8, 7), (0, 0))],
            ([(Turn.STRAIGHT, "Rue Haute", 79), (Turn.LEFT, "Rue Basse", 8)], Turn.BACK),
        ),
    ],
)
def test_the_way_is_told_in_the_order_in_which_it_is_walked(
    order: list[tuple[str, tuple[float, float], tuple[float, float]]],
    told: tuple[list[tuple[Turn, str, float]], Turn],
) -> None:
    _first, second = drawn(order)
    assert [(way.turn, way.street) for way in second.way] == [(turn, name) for turn, name, _ in told[0]]
    assert [way.metres for way in second.way] == pytest.approx([metres for *_, metres in told[0]], abs=2)
    assert second.turn == told[1]


def test_the_other_side_of_the_street_is_reached_by_crossing_however_far_its_first_box() -> None:
    """Eastwards on the south side of a big street, then westwards on its north side."""
    order = [("Rue Haute", (80.0, -8.0), (200.0, 0.0)), ("Rue Haute", (-80.0, 8.0), (-200.0, 0.0))]
    first, second = drawn(order, WayKind.SECONDARY)
    assert (first.side, second.side) == (Side.RIGHT, Side.RIGHT)
    assert [(way.turn, way.street) for way in second.way] == [(Turn.CROSS, "Rue Haute")]
    assert second.turn == Turn.STRAIGHT
    same = [("Rue Haute", (80.0, -8.0), (200.0, 0.0)), ("Rue Haute", (-80.0, -8.0), (-200.0, 0.0))]
    first, second = drawn(same, WayKind.SECONDARY)
    assert (first.side, second.side) == (Side.RIGHT, Side.LEFT)
    assert [(way.turn, way.street) for way in second.way] == [(Turn.BACK, "Rue Haute")]


def long_street(numbers: list[tuple[float, float]], **more: object) -> Rounds:
    """The rounds of addresses along a street of 400 m."""
    ways = [(WayKind.TERTIARY, "Rue Haute", [(0.0, 0.0), (400.0, 0.0)])]
    problem = Problem(doors=doors_at(numbers, streets=["Rue Haute"] * len(numbers)), streets=streets_of(ways))
    answer = planned(problem, **more)
    assert_lawful(problem, answer)
    return answer


def test_a_side_is_walked_from_its_first_to_its_last_box() -> None:
    odd, even = [(100.0, 8.0), (150.0, 8.0)], [(140.0, -8.0), (250.0, -8.0)]
    alone = long_street(odd)
    assert alone.metres == pytest.approx(52, abs=0.5)
    assert long_street(even).metres == pytest.approx(112, abs=0.5)
    both = long_street(odd + even)
    assert sum(piece.boxes for piece in both.pieces) == 4
    assert both.metres < 250
    assert alone.estimated_boxes == both.estimated_boxes == 0
    one = long_street([(200.0, 8.0)])
    assert one.metres == pytest.approx(2, abs=0.1)


def test_every_metre_of_a_side_may_be_asked() -> None:
    assert long_street([(100.0, 8.0), (150.0, 8.0)], whole_sides=True).metres == pytest.approx(400, abs=0.5)


@pytest.mark.parametrize("estimate", list(Estimate))
def test_no_box_is_estimated_where_a_side_ends_without_one(estimate: Estimate) -> None:
    assert long_street([(200.0, 8.0), (210.0, -8.0)], estimate=estimate).boxes == 2


def test_sides_without_addresses_are_walked_whole() -> None:
    streets = streets_of([(WayKind.RESIDENTIAL, "Rue Haute", [(0.0, 0.0), (400.0, 0.0)])])
    assert planned(Problem(doors=NOBODY, streets=streets)).metres == pytest.approx(400, abs=0.5)


def test_bad_parameters_are_refused() -> None:
    for name, value in (("bag", 0), ("minutes", 1), ("boxes_per_100m", 0), ("speed_m_per_min", float("nan"))):
        with pytest.raises(BadParameter, match=name):
            RoundParameters(**{name: value})  # type: ignore[arg-type]  # what is wrong with it


def test_progress_rises_to_the_end_and_may_interrupt() -> None:
    calls = list[tuple[int, int]]()
    leaflet_rounds(
        problem=town(),
        parameters=RoundParameters(bag=30),
        stop=QUICK,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1][0] == calls[-1][1]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leaflet_rounds(problem=town(), parameters=RoundParameters(bag=30), stop=QUICK, progress=stop)


def test_minutes_lie_near_the_asked_ones_where_bags_are_large() -> None:
    problem = Problem(doors=NOBODY, streets=grid(8))
    answer = planned(problem, bag=10_000, minutes=60, stop=Stop(trials_per_door=50))
    spent = [one.minutes for one in answer.rounds]
    assert max(spent) <= 66
    assert min(spent) >= 45
    bags = planned(problem, bag=100, minutes=480, stop=Stop(trials_per_door=50))
    assert len(bags.rounds) <= -(-bags.boxes // 100) + 2
    assert_lawful(problem, bags)


def test_the_streets_may_be_written_in_any_direction() -> None:
    streets = grid(3)
    nodes = np.concatenate(
        [
            streets.way_nodes[streets.way_start[w] : streets.way_start[w + 1]][::-1]
            for w in range(len(streets))
        ]
    )
    turned = Streets(
        node_lon=streets.node_lon,
        node_lat=streets.node_lat,
        way_start=streets.way_start,
        way_nodes=nodes,
        way_kind=streets.way_kind,
        way_names=streets.way_names,
        way_addressable=streets.way_addressable,
    )
    problem = Problem(doors=grid_doors(3), streets=turned)
    answer = planned(problem, bag=60)
    assert_lawful(problem, answer)
    assert answer.boxes == planned(Problem(doors=grid_doors(3), streets=streets), bag=60).boxes
