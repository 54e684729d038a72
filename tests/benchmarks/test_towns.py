"""The generator of towns: as many doors as asked, one connected network, the same town twice."""

from pathlib import Path

import numpy as np
from benchmarks.walk import towns
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from amiral.cores.walk import Problem, Streets, WayKind
from amiral.kit.readers import problem_from, read_addresses, read_streets
from tests.cores.walk.builders import grid, streets_of


def small(doors: int, seed: int = 0) -> Problem:
    return towns.town(streets=grid(5), doors=doors, seed=seed)


def connected(streets: Streets) -> int:
    way = np.repeat(np.arange(len(streets)), np.diff(streets.way_start))
    inner = way[:-1] == way[1:]
    a, b = streets.way_nodes[:-1][inner], streets.way_nodes[1:][inner]
    n = len(streets.node_lon)
    return int(connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)[0])


def test_a_town_has_as_many_doors_as_asked_and_one_network() -> None:
    one = len(small(1).streets or ())
    for doors in (1, 100, 5000):
        made = small(doors)
        assert made.streets is not None
        assert len(made.doors) == doors
        assert connected(made.streets) == 1
    assert len(made.streets) > 10 * one


def test_the_same_seed_makes_the_same_town() -> None:
    first, again, other = small(900), small(900), small(900, seed=1)
    assert np.array_equal(first.doors.lon, again.doors.lon)
    assert not np.array_equal(first.doors.lon, other.doors.lon)
    assert first.doors.streets == again.doors.streets


def test_numbers_of_a_street_are_odd_on_one_side_and_even_on_the_other() -> None:
    made = small(2000).doors
    sides = set(zip(made.streets, made.numbers.tolist(), strict=True))
    assert len(sides) == len(made)


def test_files_read_back_as_the_problem(tmp_path: Path) -> None:
    made = small(1200)
    towns.write(made, tmp_path)
    read = problem_from(
        addresses=read_addresses(tmp_path / "addresses.csv").rows,
        streets=read_streets(tmp_path / "streets.osm.pbf"),
    )
    assert made.streets is not None
    assert read.streets is not None
    assert read.doors.ids == made.doors.ids
    assert np.array_equal(read.doors.lat, made.doors.lat)
    assert read.streets.way_names == made.streets.way_names
    assert np.array_equal(read.streets.way_kind, made.streets.way_kind)
    at, back = (s.node_lon[s.way_nodes] for s in (made.streets, read.streets))
    assert np.abs(at - back).max() < 1e-6


def test_only_the_densest_square_is_repeated() -> None:
    far = streets_of(
        [
            (WayKind.RESIDENTIAL, "Rue Haute", [(0, 0), (300, 0), (600, 0)]),
            (WayKind.RESIDENTIAL, "Rue Basse", [(0, 100), (300, 0)]),
            (WayKind.RESIDENTIAL, "Route du Bois", [(600, 0), (9000, 0), (9100, 0)]),
        ]
    )
    made = towns.town(streets=far, doors=50, tile_m=1000)
    assert {name.rstrip(" 0123456789") for name in made.doors.streets} <= {
        "Rue Haute",
        "Rue Basse",
        "Rue de la Jonction",
    }
