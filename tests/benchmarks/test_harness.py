"""The harness of the walking benchmark on grounds that can be reckoned by hand."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.walk import __main__ as command
from benchmarks.walk import data, growth, solvers, tours
from benchmarks.walk.figures import figures
from benchmarks.walk.ground import Ground, ground_from
from benchmarks.walk.sides import NAMES, planned

from amiral.cores.walk import Parameters, Problem
from tests.cores.walk.builders import doors_at, grid, grid_doors

ASKED = 120 * 75_000.0


def line() -> Ground:
    """Six doors a hundred metres apart on a straight line of one street."""
    return ground_from(Problem(doors=doors_at([(100.0 * i, 0.0) for i in range(6)])), Parameters())


def test_figures_of_two_walks_along_a_line() -> None:
    ground = line()
    left, right = np.array([0, 1, 2]), np.array([3, 4, 5])
    found = figures(ground, [left, right], float(ground.service[left].sum()) + 200_000)
    assert found["turfs"] == found["connected"] == 2
    assert found["missing_doors"] == 0
    assert found["metres_per_door"] == pytest.approx(400 / 6, abs=0.1)
    assert found["closed_metres_per_door"] == pytest.approx(800 / 6, abs=0.2)
    assert found["balance_cv"] == pytest.approx(0, abs=1e-3)
    assert found["within_10_percent"] == 1
    assert found["ratio_to_bound"] == pytest.approx(1, abs=1e-3)
    assert found["overlap"] == pytest.approx(1, abs=0.01)
    assert found["span_m"] == pytest.approx(200, abs=0.5)


def test_turfs_that_interleave_are_seen() -> None:
    found = figures(line(), [np.array([0, 3]), np.array([1, 4])], ASKED)
    assert found["connected"] == 0
    assert found["missing_doors"] == 2
    assert found["overlap"] > 1.3


def test_without_access_counts_the_street_alone() -> None:
    ground = ground_from(Problem(doors=grid_doors(3), streets=grid(3)), Parameters())
    found = figures(ground, [np.arange(len(ground))], ASKED)
    legs = len(ground) - 1
    assert found["metres_per_door"] - found["metres_per_door_without_access"] == pytest.approx(
        16 * legs / len(ground), abs=0.1
    )


def test_a_ground_is_read_as_it_was_written(tmp_path: Path) -> None:
    ground = line()
    ground.save(tmp_path / "line.npz")
    again = Ground.load(tmp_path / "line.npz")
    assert again.digest() == ground.digest()
    assert np.array_equal(again.plain, ground.plain)


@pytest.mark.parametrize("side", NAMES)
def test_every_side_visits_every_door_once(side: str) -> None:
    ground = ground_from(Problem(doors=grid_doors(4), streets=grid(4)), Parameters(minutes=60))
    answer = planned(side, ground, asked=ASKED / 2, turfs=3, trials=20, seed=0)
    routes = answer["found"][0]["routes"]
    assert sorted(door for route in routes for door in route) == list(range(len(ground)))


def test_the_depot_is_at_no_distance_of_all() -> None:
    matrix = solvers.with_depot(line().cost)
    assert matrix.shape == (7, 7)
    assert not matrix[0].any()
    assert not matrix[:, 0].any()
    assert matrix[1, 2] == pytest.approx(100_000, rel=1e-3)


def test_vroom_gets_the_finest_unit_it_can_add() -> None:
    matrix = np.array([[0, 3 * 10**9], [3 * 10**9, 0]])
    assert solvers.vroom_unit(matrix) == 10
    assert solvers.vroom_unit(matrix // 10) == 1


def test_a_budget_without_a_plan_says_so() -> None:
    found: dict[str, Any] = {"budget_s": 1.0, "cpu_s": 1.01, "clock_s": 2.0, "routes": None}
    answer = {"settings": "as documented", "peak_mb": 10, "found": [found]}
    (row,) = command._rows("PyVRP", answer, line(), ASKED)
    assert "no_plan" in row
    assert "metres_per_door" not in row


def test_towns_whose_files_are_absent_are_named(tmp_path: Path) -> None:
    assert data.TOWNS["helsinki"].missing(tmp_path) == ["osm/helsinki-centre-2019.osm.pbf"]


def test_a_town_has_doors_on_its_buildings(tmp_path: Path) -> None:
    (tmp_path / "town.osm").write_text(BUILDINGS)
    streets = grid(2, step=400.0)
    doors = data.doors_on_buildings(tmp_path / "town.osm", streets, (2.0, 48.0, 3.0, 49.0))
    assert doors.ids == ("w10",)


BUILDINGS = """<osm version="0.6">
<node id="1" lat="48.5" lon="2.5"/><node id="2" lat="48.5001" lon="2.5"/>
<node id="3" lat="48.5001" lon="2.5001"/><node id="4" lat="48.5" lon="2.5001"/>
<node id="5" lat="48.50001" lon="2.5"/><node id="6" lat="48.50001" lon="2.50001"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="building" v="yes"/></way>
<way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="building" v="garage"/></way>
<way id="12"><nd ref="1"/><nd ref="5"/><nd ref="6"/><nd ref="1"/><tag k="building" v="yes"/></way>
</osm>"""


def test_time_over_n_log_n() -> None:
    rows = [{"doors": 2**10, "seconds": 1.0}, {"doors": 2**20, "seconds": 4096.0}]
    assert [row["per_n_log_n"] for row in growth.with_growth(rows)] == [1.0, 2.0]


def test_greedy_comes_back_in_time() -> None:
    M = np.array([[0, 10, 20, 90], [10, 0, 10, 80], [20, 10, 0, 70], [90, 80, 70, 0]])
    stay = np.array([0, 5, 5, 5])
    assert tours.greedy(M, stay, 50) == [1, 2]
    assert tours.greedy(M, stay, 49) == [1]
    assert tours.greedy(M, stay, 20) == []


def test_tours_are_added_up() -> None:
    row = {"ours": {"doors": 6, "seconds": 0.2}, "greedy": {"doors": 5}}
    found = tours.summary([row, row])
    assert found["doors"] == {"ours": 12, "greedy": 10}
    assert found["ours_over"] == {"greedy": 1.2}


def test_kept_answers_are_used_again_and_nothing_else_where_so_asked(tmp_path: Path) -> None:
    ground = line()
    options = argparse.Namespace(store=tmp_path, kept_only=True, seed=0)
    asked = (ground, tmp_path / "line.npz", ASKED, 2, [1.0], options)
    assert command._solved("PyVRP", *asked) is None
    (tmp_path / f"{ground.digest()}-PyVRP-2-{ASKED:.0f}-0.json").write_text('{"found": []}')
    assert command._solved("PyVRP", *asked) == {"found": []}


def test_a_town_may_be_files_of_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "doors.csv"
    table.write_text("id;numero;nom_voie;lon;lat\na;1;Rue Haute;2.5;48.5\nb;2;Rue Haute;2.501;48.5\n")
    assert len(data.town_called(str(table)).problem(tmp_path).doors) == 2
    with pytest.raises(ValueError, match="neither a file nor one of the towns"):
        data.town_called("atlantis")
