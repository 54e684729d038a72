"""The checker: agrees with a good plan, and sees each thing that can be wrong with one."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.walk import check, towns

from amiral.cores.walk import Parameters, Problem, Stop, feature_collection, plan, report
from amiral.kit.readers import problem_from, read_addresses, read_streets
from tests.cores.walk.builders import doors_at, grid, grid_doors

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> check.Land:
    path = tmp_path_factory.mktemp("streets") / "grid.osm.pbf"
    towns.write_streets(grid(4), path)
    return check.land_of(path)


@pytest.fixture(scope="module")
def good() -> tuple[Plan, Plan, set[str]]:
    problem = Problem(doors=grid_doors(4), streets=grid(4))
    answer = plan(problem=problem, parameters=Parameters(minutes=60), stop=Stop(trials_per_door=5))
    whole = json.loads(json.dumps(feature_collection(problem=problem, plan=answer)))
    return whole, report(problem=problem, plan=answer), set(problem.doors.ids)


def kinds(made: Plan, about: Plan, ids: set[str], land: check.Land | None) -> dict[str, int]:
    found: dict[str, int] = check.check(made, about, ids, land)["kinds"]
    return found


def test_a_good_plan_holds(good: tuple[Plan, Plan, set[str]], land: check.Land) -> None:
    found = check.check(*good, land)
    assert found["differences"] == []
    # In a drawn grid doors are equally near to a corner: such ties may be cut otherwise than in the planner.
    assert len(found["doubts"]) <= 2 < found["turfs"]
    assert found["connected_here"] == found["turfs"] - len(found["doubts"])


def lose_a_stop(turf: Plan) -> None:
    turf["properties"]["stops"].pop()


def cut_a_corner(turf: Plan) -> None:
    line = turf["geometry"]["coordinates"]
    del line[3 : len(line) - 3]


def flatter_the_metres(turf: Plan) -> None:
    turf["properties"]["metres"] -= 5


def flatter_the_minutes(turf: Plan) -> None:
    turf["properties"]["minutes"] -= 1


def visit_twice(turf: Plan) -> None:
    turf["properties"]["stops"][1] = turf["properties"]["stops"][0]


def step_off_the_street(turf: Plan) -> None:
    line = turf["geometry"]["coordinates"]
    line[4][0] += 0.0002
    line[4][1] += 0.0002


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        (lose_a_stop, "address"),
        (lose_a_stop, "doors"),
        (cut_a_corner, "line"),
        (cut_a_corner, "metres"),
        (flatter_the_metres, "metres"),
        (flatter_the_minutes, "minutes"),
        (visit_twice, "address"),
        (step_off_the_street, "line"),
    ],
)
def test_what_is_wrong_is_seen(
    wrong: Callable[[Plan], None], seen: str, good: tuple[Plan, Plan, set[str]], land: check.Land
) -> None:
    made, about, ids = good
    made = copy.deepcopy(made)
    wrong(made["features"][0])
    assert seen in kinds(made, about, ids, land)


def test_a_railway_between_door_and_way_is_seen(good: tuple[Plan, Plan, set[str]], land: check.Land) -> None:
    made, about, ids = good
    line = made["features"][0]["geometry"]["coordinates"]
    (x, y), (u, v) = line[0], line[1]
    middle, across = ((x + u) / 2, (y + v) / 2), ((v - y), -(u - x))
    rails = [(middle[0] - across[0], middle[1] - across[1]), (middle[0] + across[0], middle[1] + across[1])]
    railed = copy.deepcopy(land)
    railed.obstacles.append(("railway", rails))
    assert kinds(made, about, ids, railed).get("crosses", 0) >= 1


def test_a_gate_on_the_walk_is_seen(good: tuple[Plan, Plan, set[str]], land: check.Land) -> None:
    made, about, ids = good
    gated = copy.deepcopy(land)
    gated.gates |= {check._rounded(point) for point in land.places.values()}
    assert kinds(made, about, ids, gated)["gate"] >= 1


def test_turfs_in_pieces_are_doubted(good: tuple[Plan, Plan, set[str]], land: check.Land) -> None:
    made, about, ids = good
    mixed = copy.deepcopy(made)
    first, other = (mixed["features"][i]["properties"]["stops"] for i in (0, -1))
    for i in range(0, min(len(first), len(other)), 2):
        first[i], other[i] = other[i], first[i]
    found = check.check(mixed, about, ids, land)
    assert not found["ok"]


DATA = Path(__file__).parents[3] / "shared" / "data" / "osm"


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real files is not beside the checkout")
@pytest.mark.parametrize("extract", ["heidelberg-altstadt-2015", "paris-bss", "paris-trocadero-2022-12"])
def test_plans_of_real_towns_hold(extract: str) -> None:
    path = DATA / f"{extract}.osm.pbf"
    problem = problem_from(addresses=read_addresses(path).rows, streets=read_streets(path))
    answer = plan(problem=problem, parameters=Parameters(), stop=Stop(trials_per_door=5))
    made = json.loads(json.dumps(feature_collection(problem=problem, plan=answer)))
    about = report(problem=problem, plan=answer)
    found = check.check(made, about, set(problem.doors.ids), check.land_of(path))
    assert found["differences"] == []


def test_straight_turfs_are_reckoned_without_streets() -> None:
    problem = Problem(doors=doors_at([(40.0 * i, 0.0) for i in range(30)]))
    answer = plan(problem=problem, parameters=Parameters(minutes=20), stop=Stop(trials_per_door=5))
    made = json.loads(json.dumps(feature_collection(problem=problem, plan=answer)))
    assert check.check(made, report(problem=problem, plan=answer), set(problem.doors.ids), None)["ok"]


WAYS = """<osm version="0.6">
<node id="1" lat="48.5" lon="2.5"/><node id="2" lat="48.501" lon="2.5"/>
<node id="3" lat="48.501" lon="2.501"/>
<node id="4" lat="48.5" lon="2.501"><tag k="barrier" v="gate"/><tag k="access" v="private"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="service"/><tag k="access" v="private"/></way>
<way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="motorway"/></way>
<way id="4"><nd ref="1"/><nd ref="3"/><tag k="railway" v="rail"/></way>
<way id="5"><nd ref="1"/><nd ref="4"/><tag k="railway" v="rail"/><tag k="tunnel" v="yes"/></way>
<way id="6"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
<way id="7"><nd ref="3"/><nd ref="1"/></way>
<relation id="1"><member type="way" ref="6" role="outer"/><member type="way" ref="7" role="outer"/>
<tag k="type" v="multipolygon"/><tag k="highway" v="pedestrian"/></relation></osm>"""


def test_the_land_of_an_extract(tmp_path: Path) -> None:
    (tmp_path / "ways.osm").write_text(WAYS)
    land = check.land_of(tmp_path / "ways.osm")
    assert (1, 2) in land.pieces
    assert [kind for kind, _ in land.obstacles] == ["motorway", "railway"]
    assert land.gates == {(2.501, 48.5)}
    (square,) = land.squares
    assert check.Ground(land).area(square).area > 1000


def planned(*ids: str) -> Plan:
    return {"features": [{"properties": {"stops": [{"id": one} for one in ids]}}]}


def test_ids_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("numero;nom_voie;lon;lat\n1;Rue;2.5;48.5\n2;Rue;x;y\n")
    refused = {"problems": [{"line": 3}]}
    assert check.ids_of(tmp_path / "a.csv", planned("line-2"), refused) == {"line-2"}
    (tmp_path / "b.csv").write_text("gid,numero,nom_voie,lon,lat\nq,1,Rue,2.5,48.5\nr,2,Rue,2.5,48.5\n")
    assert check.ids_of(tmp_path / "b.csv", planned("q"), {}) == {"q", "r"}


def test_a_line_may_pass_a_stop_before_it_calls_there() -> None:
    line = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 0.0], [3.0, 0.0]]
    stops = [{"lon": 0.0, "lat": 0.0}, {"lon": 1.0, "lat": 0.0}, {"lon": 3.0, "lat": 0.0}]
    feature = {"geometry": {"coordinates": line}, "properties": {"stops": stops}}
    first, second = np.array([False, True, True, True]), np.array([False, True, False, True])
    assert [len(leg) for leg in check.legs_of(feature, first) or []] == [2, 4]
    assert [len(leg) for leg in check.legs_of(feature, second) or []] == [4, 2]
