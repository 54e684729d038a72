"""Buildings of extracts, and towns that write their addresses otherwise."""

from pathlib import Path

import numpy as np
import pytest

from amiral.cores.walk import Origin
from amiral.kit.readers import UnreadableFile, problem_from, read_addresses, read_streets
from amiral.kit.readers.buildings import building_at, homes_of, levels_told, read_buildings
from amiral.kit.readers.flats import flats_listed

from .osm_files import EAST, LAT, LON, NORTH, Node, Relation, Way, house, osm_file, street

DATA = Path(__file__).parents[4] / "shared" / "data" / "osm"


def box(first: int, west: float, south: float, east: float, north: float) -> list[Node]:
    return [(first, west, south, {}), (first + 1, east, south, {}), (first + 2, east, north, {}),
            (first + 3, west, north, {})]  # fmt: skip


def ring(first: int) -> list[int]:
    return [first, first + 1, first + 2, first + 3, first]


def test_buildings_know_their_ground_without_courtyards(tmp_path: Path) -> None:
    nodes = (
        box(1, 0, 0, 40, 30) + box(11, 10, 10, 30, 20) + box(21, 100, 0, 110, 10) + box(31, 200, 0, 210, 10)
    )
    ways: list[Way] = [
        (1, ring(1), {}), (2, ring(11), {}), (3, ring(21), {"building": "house", "building:levels": "2"}),
        (4, ring(31), {"building": "roof"}),
    ]  # fmt: skip
    tags = {"type": "multipolygon", "building": "apartments", "building:levels": "3.5"}
    block: Relation = (9, [("way", 1, "outer"), ("way", 2, "inner")], tags)
    found = read_buildings(osm_file(tmp_path / "town.osm", nodes, ways, [block]))
    by_id = dict(zip(found.ids, zip(found.kinds, found.area_m2, found.levels, strict=True), strict=True))
    assert set(by_id) == {"r9", "w3"}
    assert by_id["r9"][0] == "apartments"
    assert by_id["r9"][1] == pytest.approx(1000, rel=0.01)
    assert by_id["r9"][2] == 3
    assert by_id["w3"][1] == pytest.approx(100, rel=0.01)


def test_an_address_belongs_to_the_building_around_it_or_at_its_wall(tmp_path: Path) -> None:
    nodes = box(1, 0, 0, 20, 16) + box(11, 22, 0, 30, 16)
    ways: list[Way] = [
        (1, ring(1), {"building": "apartments", "building:levels": "6"}), (2, ring(11), {"building": "house"})
    ]  # fmt: skip
    buildings = read_buildings(osm_file(tmp_path / "town.osm", nodes, ways))
    at = [(10.0, 8.0), (25.0, 8.0), (10.0, -4.0), (10.0, -40.0)]
    lon = np.array([LON + x * EAST for x, _ in at] + [np.nan])
    lat = np.array([LAT + y * NORTH for _, y in at] + [np.nan])
    place = building_at(lon=lon, lat=lat, buildings=buildings, near_m=8)
    names = [buildings.ids[one] if one >= 0 else "" for one in place]
    assert names == ["w1", "w2", "w1", "", ""]
    homes = homes_of(lon=lon, lat=lat, told=np.array([0, 0, 5, 0, 0]), buildings=buildings)
    assert homes.dwellings.tolist() == [12, 1, 5, 0, 0]
    assert homes.origins.tolist() == [Origin.ESTIMATED, Origin.ESTIMATED, Origin.TOLD, 0, 0]
    assert homes.floors.tolist() == [5, 0, 5, 0, 0]


def test_an_extract_without_buildings_tells_nothing(tmp_path: Path) -> None:
    found = read_buildings(osm_file(tmp_path / "town.osm", [house(1, 0, 0, "1")]))
    assert len(found) == 0
    homes = homes_of(lon=np.array([LON]), lat=np.array([LAT]), told=np.array([3]), buildings=found)
    assert (homes.dwellings.tolist(), homes.floors.tolist()) == ([3], [0])
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    with pytest.raises(UnreadableFile):
        read_buildings(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1-12", 12),
        ("1;3;5", 3),
        ("1-4;6", 5),
        ("A-F", 6),
        ("12", 1),
        ("", 0),
        ("a, b", 2),
        ("9-3", 1),
        ("1–3", 3),
    ],
)
def test_lists_of_flats(text: str, count: int) -> None:
    assert flats_listed(text) == count


@pytest.mark.parametrize(
    ("text", "levels"), [("4", 4), ("3.5", 3), ("2;4", 4), ("", 0), ("0", 0), ("many", 0), ("999", 0)]
)
def test_levels(text: str, levels: int) -> None:
    assert levels_told(text) == levels


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        ({"addr:housenumber": "12/3", "addr:street": "Dlouhá"}, "12/3 Dlouhá"),
        ({"addr:housenumber": "12-14", "addr:street": "Rue Haute"}, "12-14 Rue Haute"),
        ({"addr:housenumber": "12a", "addr:street": "Rue Haute"}, "12 a Rue Haute"),
        ({"addr:conscriptionnumber": "1234", "addr:streetnumber": "5", "addr:street": "Dlouhá"}, "5 Dlouhá"),
        ({"addr:conscriptionnumber": "99", "addr:place": "Lhota"}, "99 Lhota"),
        ({"addr:housenumber": "3", "addr:place": "Hameau du Bas"}, "3 Hameau du Bas"),
        ({"addr:housenumber": "4"}, "4"),
        ({"addr:housenumber": "12号", "addr:street": "中山路"}, "12号 中山路"),
        ({"addr:housenumber": "١٢", "addr:street": "شارع الرشيد"}, "12 شارع الرشيد"),
        ({"addr:housenumber": "12А", "addr:street": "улица Ленина"}, "12 А улица Ленина"),
        ({"addr:housenumber": "Villa Rosa", "addr:street": "Via Roma"}, "Villa Rosa Via Roma"),
    ],
)
def test_addresses_of_other_countries(tmp_path: Path, tags: dict[str, str], label: str) -> None:
    nodes: list[Node] = [(1, 0, 0, {}), (2, 90, 0, {}), (11, 10, 5, tags)]
    file = osm_file(tmp_path / "town.osm", nodes, [street(1, [1, 2])])
    problem = problem_from(addresses=read_addresses(file).rows, streets=read_streets(file))
    assert problem.doors.label(0) == label


def test_an_id_keeps_its_blanks_and_a_second_one_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "id;numero;voie;lon;lat\n A1 ;1;Rue Haute;4.8301;46.79\nA1;2;Rue Haute;4.8302;46.79\n"
        'A1;3;Rue Haute;4.8303;46.79\n  ;4;Rue Haute;4.8304;46.79\n" A""1";5 b;Rue Haute;4.8305;46.79\n'
    )
    reading = read_addresses(tmp_path / "a.csv")
    assert reading.rows.ids == (" A1 ", "A1", "line-5", ' A"1')
    (bad,) = reading.problems
    assert (bad.line, bad.code, bad.params["line"]) == (4, "duplicate_id", 3)


EXTRACTS = (
    "heidelberg-altstadt-2015",
    "helsinki-centre-2019",
    "maisons-laffitte-2022-12",
    "monaco-beausoleil-cap-d-ail-2016-03",
    "paris-bss",
    "paris-trocadero-2022-12",
    "saint-germain-en-laye-2022-12",
)


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts(name: str) -> None:
    path = DATA / f"{name}.osm.pbf"
    if not path.exists():
        pytest.skip(f"needs the real extract {path}")
    streets, buildings = read_streets(path), read_buildings(path)
    assert len(streets) > 500
    assert len(set(streets.way_ids.tolist())) == len(streets)
    assert np.isfinite(streets.node_lon).all()
    assert streets.obstacles is not None
    assert (buildings.area_m2 > 0).all()
    assert streets.node_marks is not None
    assert (streets.node_marks & 2).any()
