"""Reading walkable ways."""

from pathlib import Path

import pytest

from amiral.cores.walk import WayKind
from amiral.kit.readers import UnreadableFile, problem_from, read_addresses, read_streets
from amiral.kit.readers.buildings import read_buildings
from amiral.kit.readers.streets import elevated, walkable

from .files import ban_text, small_town, write_pbf


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"}, {"highway": "steps"}, {"highway": "residential"}, {"highway": "service"},
        {"highway": "track"}, {"highway": "cycleway"}, {"highway": "primary"},
        {"highway": "trunk", "sidewalk": "both"}, {"highway": "trunk", "foot": "yes"},
        {"highway": "service", "access": "private", "foot": "yes"},
        {"highway": "residential", "access": "destination"},
        {"highway": "path", "foot": "designated"}, {"highway": "residential", "oneway": "yes"},
    ],
)  # fmt: skip
def test_what_is_walked(tags: dict[str, str]) -> None:
    assert walkable(tags)


@pytest.mark.parametrize(
    "tags",
    [
        {}, {"railway": "rail"}, {"highway": "motorway"}, {"highway": "trunk"}, {"highway": "motorway_link"},
        {"highway": "service", "access": "private"}, {"highway": "residential", "foot": "no"},
        {"highway": "construction"}, {"highway": "proposed"}, {"highway": "primary", "motorroad": "yes"},
        {"highway": "cycleway", "foot": "no"}, {"highway": "track", "access": "no"}, {"highway": "platform"},
    ],
)  # fmt: skip
def test_what_is_not(tags: dict[str, str]) -> None:
    assert not walkable(tags)


def test_doors_do_not_open_on_bridges_or_underground() -> None:
    assert elevated({"highway": "residential", "bridge": "yes"})
    assert elevated({"highway": "footway", "tunnel": "building_passage"})
    assert elevated({"highway": "footway", "layer": "-1"})
    assert not elevated({"highway": "residential", "bridge": "no"})


def test_ways_of_an_extract(tmp_path: Path) -> None:
    path = small_town(tmp_path / "town.osm.pbf")
    streets = read_streets(path)
    assert streets.highway == ("residential",)
    assert streets.names == ("Rue Haute",)
    assert streets.node_ids.tolist() == [1, 2, 3, 4, 5]
    assert streets.way_start.tolist() == [0, 5]
    problem = problem_from(addresses=read_addresses(path).rows, streets=streets)
    assert problem.streets is not None
    assert problem.streets.way_kind.tolist() == [WayKind.RESIDENTIAL]


def test_a_way_cut_at_the_border_keeps_what_is_known(tmp_path: Path) -> None:
    nodes = [(1, 4.80, 46.3, {}), (2, 4.81, 46.3, {})]
    ways = [(1, [1, 2, 99], {"highway": "path"}), (2, [2, 98], {"highway": "path"})]
    streets = read_streets(write_pbf(tmp_path / "cut.osm.pbf", nodes, ways))
    assert streets.way_start.tolist() == [0, 2]


UNSORTED = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="20" lat="46.3001" lon="4.8001"><tag k="addr:housenumber" v="2"/></node>
 <way id="1"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
 <way id="2"><nd ref="1"/><nd ref="2"/><nd ref="5"/><nd ref="1"/>
  <tag k="building" v="house"/><tag k="addr:housenumber" v="1"/></way>
 <node id="20" lat="46.3001" lon="4.8001"/>
 <node id="5" lat="46.3002" lon="4.8001"/>
 <node id="3" lat="46.3000" lon="4.8000"/>
 <node id="4" lat="46.3000" lon="4.8030"/>
 <node id="1" lat="46.3001" lon="4.8000"/>
 <node id="2" lat="46.3001" lon="4.8002"/>
</osm>
"""
"""As Overpass answers ``out body; >; out skel;``: ways before their nodes."""


def test_ways_that_stand_before_their_nodes(tmp_path: Path) -> None:
    path = tmp_path / "export.osm"
    path.write_text(UNSORTED)
    streets = read_streets(path)
    assert streets.node_ids.tolist() == [3, 4]
    assert streets.node_lon.tolist() == [4.8, 4.803]
    addresses = read_addresses(path)
    assert (addresses.rows.ids, addresses.problems) == (("n20", "w2"), ())
    assert addresses.rows.lon[1] == pytest.approx(4.8001)
    assert read_buildings(path).ids == ("w2",)


def test_an_object_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    nodes = [(7, 4.80, 46.3, {"addr:housenumber": "1"})] * 2
    reading = read_addresses(write_pbf(tmp_path / "twice.osm.pbf", nodes))
    assert reading.rows.ids == ("n7",)
    assert [problem.sentence() for problem in reading.problems] == [
        "The OpenStreetMap extract holds n7 several times; it was read once."
    ]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_streets(path)
    assert "%(" not in caught.value.sentence()
    return caught.value.code


def test_refusals(tmp_path: Path) -> None:
    whole = small_town(tmp_path / "town.osm.pbf").read_bytes()
    files = {
        "cut.osm.pbf": (whole[:-20], "broken_pbf"),
        "middle.osm.pbf": (whole[: len(whole) // 2], "broken_pbf"),
        "table.csv": (ban_text().encode(), "other_kind"),
        "empty.osm.pbf": (b"", "empty"),
        "zeros.osm.pbf": (bytes(5000), "other_kind"),
        "page.osm.pbf": (b"<html>404</html>", "other_kind"),
        "packed.osm.pbf": (b"\x1f\x8b" + whole, "other_kind"),
    }
    for name, (content, code) in files.items():
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == code, name
    double = [(1, [1, 2], {"highway": "path"})] * 2
    nodes = [(1, 4.8, 46.3, {}), (2, 4.81, 46.3, {})]
    assert refusal(write_pbf(tmp_path / "double.osm.pbf", nodes, double)) == "unsorted_pbf"
    assert (
        refusal(write_pbf(tmp_path / "turned.osm.pbf", nodes, [(2, *double[0][1:]), *double]))
        == "unsorted_pbf"
    )
    bare = write_pbf(tmp_path / "bare.osm.pbf", [(1, 4.8, 46.3, {})])
    assert refusal(bare) == "no_streets"


def test_progress_may_interrupt(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_streets(small_town(tmp_path / "town.osm.pbf"), progress=stop)
