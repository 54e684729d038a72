"""``amiral walk rounds`` from files to files."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyproj import Geod

from amiral.config import walk_cli
from tests.kit.readers.files import ban_text, small_town

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real files is not beside the checkout"
)


def run(tmp_path: Path, *more: str) -> int:
    out, report = str(tmp_path / "rounds.geojson"), str(tmp_path / "report.json")
    return walk_cli.run(["rounds", "--out", out, "--report", report, "--effort", "quick", *more])


def results(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    rounds = json.loads((tmp_path / "rounds.geojson").read_text())
    return rounds, json.loads((tmp_path / "report.json").read_text())


def assert_lawful(rounds: dict[str, Any], report: dict[str, Any], bag: int) -> None:
    pieces = []
    for feature in rounds["features"]:
        properties, line = feature["properties"], feature["geometry"]["coordinates"]
        lons, lats = zip(*line, strict=True)
        assert properties["metres"] == pytest.approx(Geod(ellps="WGS84").line_length(lons, lats), abs=0.02)
        assert 0 < properties["boxes"] <= bag
        assert properties["boxes"] == sum(one["boxes"] for one in properties["lines"])
        pieces += [piece["piece"] for one in properties["lines"] for piece in one["pieces"]]
    assert sorted(pieces) == list(range(report["sides"]))
    assert report["rounds"] == report["connected"] == len(rounds["features"])
    assert report["ratio_to_bound"] >= 0.999
    assert report["seconds"] > 0


def test_streets_alone_are_estimated_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    assert run(tmp_path, "--streets", town) == 0
    rounds, report = results(tmp_path)
    assert_lawful(rounds, report, 250)
    assert report["boxes"] == report["estimated_boxes"] > 0
    assert "estimated" in capsys.readouterr().err


def test_addresses_are_served_by_side(tmp_path: Path) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    assert run(tmp_path, "--streets", town, "--addresses", town, "--bag", "4", "--buildings", "none") == 0
    rounds, report = results(tmp_path)
    assert_lawful(rounds, report, 4)
    stops = [stop["id"] for f in rounds["features"] for s in f["properties"]["lines"] for stop in s["stops"]]
    assert len(set(stops)) + report["merged"] + len(report["unserved"]) == 11
    assert report["parameters"]["bag"] == 4


def test_options_that_make_no_sense_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    assert run(tmp_path, "--streets", town, "--bag", "0") == 2
    assert "bag must lie between" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(tmp_path, "--streets", town, "--zigzag", "autobahn")
    assert "autobahn" in capsys.readouterr().err
    (tmp_path / "a.csv").write_text(ban_text(3))
    assert run(tmp_path, "--streets", str(tmp_path / "a.csv")) == 2
    assert run(tmp_path, "--streets", str(tmp_path / "none.osm.pbf")) == 2


def test_addresses_of_another_town_leave_nothing_to_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    (tmp_path / "a.csv").write_text("numero;nom_voie;lon;lat\n1;Rue de Rivoli;2.35;48.85\n")
    arguments = ("--streets", town, "--addresses", str(tmp_path / "a.csv"), "--estimate", "never")
    assert run(tmp_path, *arguments) == 2
    assert "letter box" in capsys.readouterr().err
    assert not (tmp_path / "rounds.geojson").exists()


def test_the_kinds_served_in_one_pass_are_an_option(tmp_path: Path) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    assert run(tmp_path, "--streets", town, "--zigzag", "none") == 0
    sides = {s["side"] for f in results(tmp_path)[0]["features"] for s in f["properties"]["lines"]}
    assert sides <= {"left", "right"}


@needs_data
@pytest.mark.parametrize("name", ["heidelberg-altstadt-2015", "maisons-laffitte-2022-12"])
def test_real_towns(tmp_path: Path, name: str) -> None:
    town = str(DATA / "osm" / f"{name}.osm.pbf")
    assert run(tmp_path, "--streets", town, "--bag", "200") == 0
    rounds, report = results(tmp_path)
    assert_lawful(rounds, report, 200)
    assert run(tmp_path, "--streets", town, "--bag", "200") == 0
    assert results(tmp_path)[0] == rounds
