"""What goes wrong in towns, each drawn by hand as a small extract: read, planned, and the walk measured."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from amiral.cores.walk import Mode, NodeMark, Parameters, Plan, Problem, Stop, WayKind, plan
from amiral.kit.readers import UnreadableFile, problem_from, read_addresses, read_streets
from amiral.kit.readers.heights import read_heights, with_heights
from amiral.kit.readers.streets import height_in, mark_of, uncrossable, walkable

from .osm_files import Node, Relation, Way, house, osm_file, osm_text, street

GEOD = Geod(ellps="WGS84")


def town(
    path: Path, nodes: Sequence[Node], ways: Sequence[Way], relations: Sequence[Relation] = ()
) -> Problem:
    file = osm_file(path / "town.osm", nodes, ways, relations)
    return problem_from(addresses=read_addresses(file).rows, streets=read_streets(file))


def planned(problem: Problem, **parameters: float) -> Plan:
    values: dict[str, float] = {"minutes": 600, **parameters}
    answer = plan(problem=problem, parameters=Parameters(**values), stop=Stop(trials_per_door=20))  # type: ignore[arg-type]  # any parameter
    for turf in answer.turfs:
        drawn = GEOD.line_length(turf.line[:, 0], turf.line[:, 1])
        assert turf.metres == pytest.approx(drawn, abs=0.05)
        assert turf.connected
    return answer


def metres_between_two(problem: Problem, **parameters: float) -> float:
    (turf,) = planned(problem, **parameters).turfs
    assert len(turf.doors) == 2
    return turf.metres


CORNERS: list[Node] = [(1, 0, 0, {}), (2, 100, 0, {}), (3, 100, 100, {}), (4, 0, 100, {})]
ENDS = [house(11, 5, 5, "1"), house(12, 5, 95, "2", "Rue Basse")]


def test_what_nobody_walks_is_no_way(tmp_path: Path) -> None:
    """The short way between two doors is a motorway, a railway, a ferry, a private drive…: around it goes."""
    around = [street(1, [1, 2]), street(2, [2, 3], name="Cours"), street(3, [3, 4], name="Rue Basse")]
    for tags in (
        {"highway": "motorway"}, {"railway": "rail"}, {"route": "ferry"}, {"highway": "construction"},
        {"highway": "service", "access": "private"}, {"highway": "footway", "foot": "private"},
        {"highway": "platform"}, {"railway": "platform"}, {"highway": "trunk"}, {"waterway": "river"},
    ):  # fmt: skip
        problem = town(tmp_path, CORNERS + ENDS, [*around, (4, [4, 1], tags)])
        assert metres_between_two(problem) == pytest.approx(300, abs=3), tags


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"}, {"highway": "service"}, {"highway": "service", "service": "driveway"},
        {"highway": "footway", "tunnel": "building_passage"}, {"highway": "path"},
        {"highway": "service", "access": "private", "foot": "yes"},
        {"highway": "residential", "oneway": "yes"}, {"highway": "corridor", "indoor": "yes"},
        {"highway": "footway", "bridge": "yes", "layer": "1"},
    ],
)  # fmt: skip
def test_what_is_walked_is_the_short_way(tmp_path: Path, tags: dict[str, str]) -> None:
    around = [street(1, [1, 2]), street(2, [2, 3], name="Cours"), street(3, [3, 4], name="Rue Basse")]
    problem = town(tmp_path, CORNERS + ENDS, [*around, (4, [4, 1], tags)])
    assert metres_between_two(problem) == pytest.approx(120, abs=3)


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"barrier": "gate", "access": "private"}, True), ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, False), ({"barrier": "wall"}, True),
        ({"barrier": "gate", "locked": "yes"}, True), ({"barrier": "bollard"}, False),
        ({"barrier": "lift_gate", "access": "no"}, True), ({"barrier": "kissing_gate"}, False),
        ({"barrier": "fence"}, True), ({"barrier": "turnstile", "foot": "no"}, True),
    ],
)  # fmt: skip
def test_a_locked_gate_is_the_end_of_the_way_from_both_sides(
    tmp_path: Path, tags: dict[str, str], closed: bool
) -> None:
    nodes = [*CORNERS, *ENDS, (5, 0.0, 50.0, tags)]
    ways = [
        street(1, [1, 2]), street(2, [2, 3], name="Cours"), street(3, [3, 4], name="Rue Basse"),
        street(4, [4, 5, 1], "footway", ""),
    ]  # fmt: skip
    assert metres_between_two(town(tmp_path, nodes, ways)) == pytest.approx(300 if closed else 120, abs=3)


def test_two_doors_behind_a_gate_are_served_apart(tmp_path: Path) -> None:
    nodes: list[Node] = [
        (1, 0, 0, {}), (2, 500, 0, {}), (3, 1000, 0, {"barrier": "gate", "access": "no"}), (4, 1600, 0, {}),
        *(house(10 + i, 50 + 100 * i, 5, str(i + 1)) for i in range(15)),
    ]  # fmt: skip
    answer = planned(town(tmp_path, nodes, [street(1, [1, 2, 3, 4])]))
    assert sorted(len(turf.doors) for turf in answer.turfs) == [5, 10]


def test_steps_take_longer_than_the_same_metres_of_street(tmp_path: Path) -> None:
    """Around by the street, 130 m, is quicker than 100 m of steps; and steps are walked when they are not."""
    nodes: list[Node] = [(1, 0, 0, {}), (2, 0, 100, {}), (3, 15, 50, {}), *ENDS]
    ends = [street(1, [1, 4]), street(2, [2, 5], name="Rue Basse")]
    nodes += [(4, 30, 0, {}), (5, 30, 100, {})]
    steps, street_ = street(3, [1, 2], "steps", ""), street(4, [1, 3, 2], "footway", "")
    both = town(tmp_path, nodes, [*ends, steps, street_])
    alone = town(tmp_path, nodes, [*ends, steps])
    (quick,), (climbed,) = planned(both).turfs, planned(alone).turfs
    assert quick.climb_s == 0
    assert climbed.climb_s == pytest.approx(100 / 75 * 60, rel=0.02)
    assert climbed.metres < quick.metres
    (free,) = planned(both, steps_factor=1).turfs
    assert (free.metres, free.climb_s) == (climbed.metres, 0)


def test_heights_change_minutes_and_no_metre(tmp_path: Path) -> None:
    nodes = [(1, 0.0, 0.0, {"ele": "100"}), (2, 200.0, 0.0, {"ele": "120 m"}), house(11, 1, 5, "1"),
             house(12, 199, 5, "2")]  # fmt: skip
    hill = town(tmp_path, nodes, [street(1, [1, 2])])
    flat = town(tmp_path, [(i, x, y, {} if i < 10 else t) for i, x, y, t in nodes], [street(1, [1, 2])])
    (up,), (level,) = planned(hill).turfs, planned(flat).turfs
    assert up.metres == level.metres
    # A slope of one in ten: exp(0.35) cosh(0.175) / exp(0.175) by Tobler, up and down.
    assert up.minutes - level.minutes == pytest.approx(198 / 75 * 0.21, rel=0.03)
    assert up.climb_s == pytest.approx((up.minutes - level.minutes) * 60)


def test_heights_between_known_ones_lie_on_a_line_and_beyond_are_unknown(tmp_path: Path) -> None:
    nodes = [(1, 0.0, 0.0, {"ele": "100"}), (2, 50.0, 0.0, {}), (3, 100.0, 0.0, {"ele": "110"}),
             (4, 300.0, 0.0, {}), house(11, 1, 5, "1"), house(12, 299, 5, "2")]  # fmt: skip
    (turf,) = planned(town(tmp_path, nodes, [street(1, [1, 2, 3, 4])])).turfs
    assert turf.climb_s == pytest.approx(99 / 75 * 0.21 * 60, rel=0.05)


def test_heights_of_a_file(tmp_path: Path) -> None:
    nodes = [(1, 0.0, 0.0, {}), (2, 200.0, 0.0, {}), house(11, 1, 5, "1"), house(12, 199, 5, "2")]
    file = osm_file(tmp_path / "town.osm", nodes, [street(1, [1, 2])])
    streets = read_streets(file)
    by_node, by_place = tmp_path / "nodes.csv", tmp_path / "places.csv"
    by_node.write_text("node;height\n1;100\n2;120,0\n9;7\n")
    corners = ((-1, -1, 99.9), (3, -1, 139.9), (3, 1, 139.9), (-1, 1, 99.9))
    rows = (f"{4.83 + x / 764},{46.79 + y / 1111.5},{metres}" for x, y, metres in corners)
    by_place.write_text("lon,lat,ele\n" + "\n".join(rows))
    for table in (by_node, by_place):
        raised = with_heights(streets, read_heights(table))
        assert raised.node_height is not None
        assert raised.node_height[1] - raised.node_height[0] == pytest.approx(20, abs=0.3)
    for text, code in (
        ("lon,lat\n1,2\n", "no_height_columns"),
        ("node,height\n1,high\n", "bad_height"),
        ("", "empty"),
    ):
        by_node.write_text(text)
        with pytest.raises(UnreadableFile) as caught:
            read_heights(by_node)
        assert caught.value.code == code
        assert "%(" not in caught.value.sentence()


def _boulevard(tmp_path: Path, kind: str, middle: dict[str, str]) -> Problem:
    """Two doors face to face in the middle of a street of 400 m, one of them on the other side."""
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, middle), (3, 400, 0, {})]
    doors = [house(11, 200, 12, "1"), house(12, 200, -12, "2")]
    return town(tmp_path, [*nodes, *doors], [street(1, [1, 2, 3], kind)])


@pytest.mark.parametrize(
    ("kind", "middle", "seconds"),
    [
        ("residential", {}, 0), ("tertiary", {}, 8), ("secondary", {}, 15), ("primary", {}, 25),
        ("primary", {"highway": "crossing", "crossing": "zebra"}, 12.5),
        ("primary", {"highway": "crossing", "crossing": "unmarked"}, 25),
        ("primary", {"highway": "crossing", "crossing": "marked", "crossing:island": "yes"}, 7.5),
        ("primary", {"highway": "crossing", "crossing": "unmarked", "crossing:island": "yes"}, 15),
        ("primary", {"highway": "traffic_signals"}, 18), ("tertiary", {"highway": "traffic_signals"}, 8),
    ],
)  # fmt: skip
def test_crossing_costs_by_street_and_less_where_it_is_marked(
    tmp_path: Path, kind: str, middle: dict[str, str], seconds: float
) -> None:
    (turf,) = planned(_boulevard(tmp_path, kind, middle)).turfs
    assert turf.crossing_s == pytest.approx(seconds, abs=0.1)
    assert turf.metres == pytest.approx(24, abs=0.5)


def test_a_crossing_drawn_as_a_way_marks_the_street_it_crosses(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, {}), (3, 400, 0, {}), (4, 200, 20, {}), (5, 200, -20, {})]
    ways = [street(1, [1, 2, 3], "primary"), street(2, [4, 2, 5], "footway", "", footway="crossing",
                                                    crossing="traffic_signals")]  # fmt: skip
    streets = read_streets(osm_file(tmp_path / "town.osm", nodes, ways))
    assert streets.node_marks is not None
    assert streets.node_marks[1] & NodeMark.CROSSING
    assert streets.node_marks[1] & NodeMark.SIGNALS


def test_a_walk_goes_to_the_marked_crossing_when_that_is_quicker(tmp_path: Path) -> None:
    """The doors stand 5 m from the zebra: ten metres more, twelve seconds less."""
    nodes: list[Node] = [
        (1, 0, 0, {}),
        (2, 195, 0, {"highway": "crossing", "crossing": "marked"}),
        (3, 400, 0, {}),
    ]
    doors = [house(11, 200, 12, "1"), house(12, 200, -12, "2")]
    (turf,) = planned(town(tmp_path, [*nodes, *doors], [street(1, [1, 2, 3], "primary")])).turfs
    assert turf.crossing_s == pytest.approx(12.5, abs=0.1)
    assert turf.metres == pytest.approx(34, abs=0.5)


SQUARE: list[Node] = [
    (1, 0, 0, {}),
    (2, 100, 0, {}),
    (3, 100, 100, {}),
    (4, 0, 100, {}),
    (5, -50, 0, {}),
    (6, 150, 100, {}),
]
SQUARE_DOORS = [house(11, -45, 5, "1"), house(12, 145, 95, "2", "Rue Basse")]
SQUARE_STREETS = [street(1, [5, 1]), street(2, [3, 6], name="Rue Basse")]


def test_a_square_is_walked_across(tmp_path: Path) -> None:
    square = street(3, [1, 2, 3, 4, 1], "pedestrian", "Place", area="yes")
    assert metres_between_two(
        town(tmp_path, SQUARE + SQUARE_DOORS, [*SQUARE_STREETS, square])
    ) == pytest.approx(100 + 141.4, abs=3)
    edge = street(3, [1, 2, 3, 4, 1], "pedestrian", "Place")  # a ring street, not a square
    assert metres_between_two(
        town(tmp_path, SQUARE + SQUARE_DOORS, [*SQUARE_STREETS, edge])
    ) == pytest.approx(100 + 200, abs=3)


def test_a_square_of_a_multipolygon_is_walked_around_its_hole(tmp_path: Path) -> None:
    hole: list[Node] = [(21, 40, 40, {}), (22, 60, 40, {}), (23, 60, 60, {}), (24, 40, 60, {})]
    ways: list[Way] = [*SQUARE_STREETS, (7, [1, 2, 3, 4, 1], {}), (8, [21, 22, 23, 24, 21], {})]
    tags = {"type": "multipolygon", "highway": "pedestrian"}
    relations: list[Relation] = [(9, [("way", 7, "outer"), ("way", 8, "inner")], tags)]
    walked = metres_between_two(town(tmp_path, SQUARE + SQUARE_DOORS + hole, ways, relations))
    assert walked == pytest.approx(100 + 2 * (40**2 + 60**2) ** 0.5, abs=3)


def test_the_paths_of_a_private_park_are_private(tmp_path: Path) -> None:
    around = [street(1, [1, 2]), street(2, [2, 3], name="Cours"), street(3, [3, 4], name="Rue Basse")]
    park: list[Node] = [(21, -50, 10, {}), (22, 50, 10, {}), (23, 50, 90, {}), (24, -50, 90, {})]
    gates: list[Node] = [(25, 0, 20, {}), (26, 0, 80, {})]
    inner = street(5, [25, 26], "footway", "")
    links = [street(6, [1, 25], "footway", ""), street(7, [26, 4], "footway", "")]
    ring = [21, 22, 23, 24, 21]
    for access, metres in (("private", 300), ("yes", 120)):
        grounds: Way = (8, ring, {"leisure": "park", "access": access})
        problem = town(tmp_path, CORNERS + ENDS + park + gates, [*around, inner, *links, grounds])
        assert metres_between_two(problem) == pytest.approx(metres, abs=3)


@pytest.mark.parametrize("tags", [{"waterway": "river"}, {"railway": "rail"}, {"natural": "cliff"}])
def test_no_door_is_led_to_the_other_bank(tmp_path: Path, tags: dict[str, str]) -> None:
    """A nameless door 15 m from the quay beyond the water and 40 m from its own street."""
    nodes: list[Node] = [
        (1, 0, 0, {}), (2, 200, 0, {}), (3, 0, 55, {}), (4, 200, 55, {}), (5, 0, 10, {}), (6, 200, 10, {}),
        house(11, 100, 15, "1", ""), house(12, 100, 60, "2", ""),
    ]  # fmt: skip
    ways = [street(1, [1, 2], name="Quai"), street(2, [3, 4], name="Cours"), (3, [5, 6], tags)]
    problem = town(tmp_path, nodes, ways)
    assert problem.streets is not None
    assert problem.streets.obstacles is not None
    (turf,) = planned(problem).turfs
    assert len(turf.doors) == 2
    in_tunnel = town(tmp_path, nodes, [*ways[:2], (3, [5, 6], tags | {"tunnel": "yes"})])
    assert len(planned(in_tunnel).turfs) == 2


def test_islands_are_served_apart_and_dead_ends_walked_back(tmp_path: Path) -> None:
    nodes: list[Node] = [
        (1, 0, 0, {}),
        (2, 600, 0, {}),
        (3, 0, 700, {}),
        (4, 600, 700, {}),
        (5, 300, 0, {}),
        (6, 300, 200, {}),
    ]
    doors = [house(11, 10, 5, "1"), house(12, 590, 5, "2"), house(13, 305, 195, "3", "Impasse"),
             house(14, 10, 705, "4", "Île"), house(15, 500, 705, "5", "Île")]  # fmt: skip
    ways = [street(1, [1, 5, 2]), street(2, [5, 6], name="Impasse"), street(3, [3, 4], name="Île"),
            (4, [1, 3], {"route": "ferry"})]  # fmt: skip
    apart = planned(town(tmp_path, nodes + doors, ways)).turfs
    assert sorted(len(turf.doors) for turf in apart) == [2, 3]
    mainland = next(turf for turf in apart if len(turf.doors) == 3)
    assert mainland.metres == pytest.approx(580 + 2 * 195 + 20, abs=6)


def test_far_doors_are_named_with_their_distance(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, {}), house(11, 10, 5, "1"), house(12, 100, 300, "2"),
                         house(13, 100, 5000, "3")]  # fmt: skip
    answer = planned(town(tmp_path, nodes, [street(1, [1, 2])]))
    known = {problem_door.door: problem_door.distance_m for problem_door in answer.far}
    assert known[1] == pytest.approx(300, abs=2)
    assert set(known) == {1, 2}
    assert answer.mode == Mode.MIXED


def test_where_the_extract_ends_in_a_town_its_other_half_is_walked_straight(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, {})]
    doors = [house(10 + n, 10 * n, 5, str(n + 1)) for n in range(80)]
    lonely = [house(200, 100, 400, "1", "Ferme"), house(201, 120, 400, "2", "Ferme")]
    answer = planned(town(tmp_path, [*nodes, *doors, *lonely], [street(1, [1, 2])]), minutes=60)
    straight = sorted(door for turf in answer.turfs if turf.straight for door in turf.doors)
    assert straight == [door for door in range(80) if 10 * door >= 200 + 120]
    assert {far.door for far in answer.far} == {*straight, 80, 81}
    assert all(turf.metres < 10 * len(turf.doors) for turf in answer.turfs if turf.straight)


def test_a_way_that_leaves_the_extract_and_comes_back_is_not_joined_across(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 100, 0, {}), (4, 200, 0, {}), (5, 300, 0, {})]
    streets = read_streets(osm_file(tmp_path / "town.osm", nodes, [street(1, [1, 2, 3, 4, 5])]))
    first, second = np.split(streets.way_nodes, streets.way_start[1:-1])
    assert (first.tolist(), second.tolist()) == ([2, 3], [0, 1])
    assert len(set(streets.way_ids.tolist())) == 2


def test_ways_drawn_twice_count_once(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, {}), house(11, 10, 5, "1"), house(12, 190, 5, "2")]
    once = metres_between_two(town(tmp_path, nodes, [street(1, [1, 2])]))
    twice = metres_between_two(
        town(tmp_path, nodes, [street(1, [1, 2]), street(2, [2, 1]), street(3, [1, 2], "footway", "")])
    )
    assert once == twice


def test_broken_extracts_are_one_clear_sentence(tmp_path: Path) -> None:
    whole = osm_text([(1, 0, 0, {}), (2, 9, 0, {}), house(11, 5, 5, "1")], [street(1, [1, 2])])
    cases = {
        "cut.osm": (whole[: len(whole) * 2 // 3], "broken_pbf"),
        "empty.osm": ("", "empty"),
        "bare.osm": ('<?xml version="1.0"?><osm version="0.6"></osm>', "no_streets"),
        "nodeless.osm": (osm_text([], [street(1, [1, 2]), street(2, [2, 3])]), "no_nodes"),
        "page.osm": ("<html><osm></html>", "other_kind"),
    }
    for name, (text, code) in cases.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(UnreadableFile) as caught:
            read_streets(tmp_path / name)
        assert caught.value.code == code, name
        assert "%(" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("123", 123),
        ("123.5 m", 123.5),
        ("1 234,5", 1234.5),
        ("high", None),
        ("", None),
        ("99999", None),
        ("1e9", None),
    ],
)
def test_heights_as_people_write_them(text: str, metres: float | None) -> None:
    found = height_in(text)
    assert found == metres if metres is not None else np.isnan(found)


def test_words_of_a_node() -> None:
    assert mark_of({"highway": "crossing", "crossing": "no"}) == 0
    assert mark_of({"highway": "crossing"}) == NodeMark.CROSSING
    assert mark_of({"crossing": "zebra"}) == 0  # a tag left over on something else
    assert not uncrossable({"railway": "rail", "bridge": "yes"})
    assert not uncrossable({"railway": "tram"})
    assert not walkable({"highway": "pedestrian", "access": "private"})


def test_kinds_of_ways_are_told_apart(tmp_path: Path) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 200, 0, {}), (3, 300, 0, {}), house(11, 10, 5, "1")]
    ways = [street(1, [1, 2], "trunk", sidewalk="both"), street(2, [2, 3], "living_street")]
    problem = town(tmp_path, nodes, ways)
    assert problem.streets is not None
    assert problem.streets.way_kind.tolist() == [WayKind.PRIMARY, WayKind.RESIDENTIAL]
