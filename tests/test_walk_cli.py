"""``amiral walk plan`` from files to files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyproj import Geod

from amiral.config import walk_cli
from amiral.config.cli import main
from amiral.config.outputs import whole_file
from tests.kit.readers.files import BAN_HEADER, ban_row, ban_text, small_town

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real files is not beside the checkout"
)


def run(tmp_path: Path, *more: str) -> int:
    out, report = str(tmp_path / "plan.geojson"), str(tmp_path / "report.json")
    return walk_cli.run(["plan", "--out", out, "--report", report, "--effort", "quick", *more])


def results(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    plan = json.loads((tmp_path / "plan.geojson").read_text())
    return plan, json.loads((tmp_path / "report.json").read_text())


def assert_lawful(plan: dict[str, Any], report: dict[str, Any], ids: set[str]) -> None:
    stops = [stop["id"] for feature in plan["features"] for stop in feature["properties"]["stops"]]
    lost = [one["id"] for one in report["unreachable"]]
    assert len(stops) == len(set(stops)) == report["doors"]
    assert set(stops) | set(lost) == ids
    assert not set(stops) & set(lost)
    for feature in plan["features"]:
        properties, line = feature["properties"], feature["geometry"]["coordinates"]
        assert feature["geometry"]["type"] == "LineString"
        assert properties["doors"] == len(properties["stops"])
        lons, lats = zip(*line, strict=True)
        assert properties["metres"] == pytest.approx(Geod(ellps="WGS84").line_length(lons, lats), abs=0.02)
        ends = [[stop["lon"], stop["lat"]] for stop in properties["stops"]]
        assert line[0] == ends[0]
        assert line[-1] == ends[-1]
    assert report["turfs"] == len(plan["features"])
    assert report["ratio_to_bound"] is None or report["ratio_to_bound"] >= 0.999
    assert report["seconds"] > 0
    assert report["peak_mb"] > 10


def test_a_table_alone_is_planned_by_straight_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(ban_text(60))
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv"), "--minutes", "30") == 0
    plan, report = results(tmp_path)
    assert_lawful(plan, report, {f"71270_0100_{i:05d}" for i in range(1, 61)})
    assert report["mode"] == "straight"
    assert report["problems"] == []
    assert "straight lines" in capsys.readouterr().err
    assert plan["features"][0]["properties"]["stops"][0]["label"].endswith("Rue de l’Échiquier")


def test_an_extract_with_its_streets(tmp_path: Path) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    assert run(tmp_path, "--addresses", town, "--streets", town) == 0
    plan, report = results(tmp_path)
    assert_lawful(plan, report, {f"n{i}" for i in range(101, 111)} | {"w4"})
    assert report["mode"] == "network"


def test_bad_lines_are_listed_and_their_ids_are_unreachable(tmp_path: Path) -> None:
    rows = [BAN_HEADER, *(ban_row(i) for i in range(1, 21)), ban_row(30, lon="nord"), ban_row(5)]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv")) == 0
    plan, report = results(tmp_path)
    assert_lawful(plan, report, {f"71270_0100_{i:05d}" for i in [*range(1, 21), 30]})
    assert [(bad["line"], bad["reason"]) for bad in report["problems"]] == [
        (22, "bad_position"),
        (23, "duplicate_id"),
    ]
    assert report["unreachable"][0]["line"] == 22


def test_same_seed_same_bytes_and_no_temporary_file_left(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ban_text(40))
    texts = []
    for _ in range(2):
        assert run(tmp_path, "--addresses", str(tmp_path / "a.csv"), "--seed", "3", "--minutes", "20") == 0
        texts.append((tmp_path / "plan.geojson").read_bytes())
    assert texts[0] == texts[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "plan.geojson", "report.json"]
    assert (tmp_path / "plan.geojson").stat().st_mode == (tmp_path / "a.csv").stat().st_mode


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x1f\x8b....", "gzip"),
        (b"a;b\n1;2\n", "No column holds house numbers"),
        (b"%PDF-1", "PDF"),
    ],
)
def test_unusable_addresses_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv")) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "a.csv" in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_unusable_streets_leave_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(ban_text())
    whole = small_town(tmp_path / "town.osm.pbf").read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[:-25])
    arguments = ["--addresses", str(tmp_path / "a.csv"), "--streets", str(tmp_path / "cut.osm.pbf")]
    assert run(tmp_path, *arguments) == 2
    assert "damaged" in capsys.readouterr().err
    assert not (tmp_path / "plan.geojson").exists()


def test_nonsense_and_unwritable_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(ban_text())
    addresses = ["--addresses", str(tmp_path / "a.csv")]
    assert run(tmp_path, *addresses, "--minutes", "0") == 2
    assert "minutes must lie between" in capsys.readouterr().err
    nowhere = str(tmp_path / "no" / "plan.geojson")
    assert walk_cli.run(["plan", *addresses, "--out", nowhere]) == 3
    assert "Cannot write" in capsys.readouterr().err
    for wrong in (["--start", "here"], ["--effort", "some"], ["--minutes", "long"]):
        with pytest.raises(SystemExit) as caught:
            run(tmp_path, *addresses, *wrong)
        assert caught.value.code == 2


def test_results_are_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses, out = tmp_path / "a.csv", str(tmp_path / "plan.geojson")
    addresses.write_text(ban_text())
    monkeypatch.setattr(walk_cli, "plan", pytest.fail)

    def refused(*more: str) -> str:
        assert walk_cli.run(["plan", "--addresses", str(addresses), *more]) == 3
        return capsys.readouterr().err

    assert "does not exist" in refused("--out", str(tmp_path / "no" / "plan.geojson"))
    assert "does not exist" in refused("--out", out, "--report", str(tmp_path / "no" / "report.json"))
    assert "it is a folder" in refused("--out", str(tmp_path), "--report", str(tmp_path / "report.json"))
    assert "it is a folder" in refused("--out", "")
    assert "one of the files to read" in refused("--out", str(addresses))
    assert "to one place" in refused("--out", out, "--report", str(tmp_path / "." / "plan.geojson"))
    assert "to one place" in refused("--out", "-", "--report", "-")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    """Renaming over /dev/null, as root, made it a file for every program of the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(pipe) as file:
        file.write(b"{}")
    assert os.read(reader, 10) == b"{}"
    os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with whole_file(tmp_path / "link") as file:
        file.write(b"{}")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"{}"


def test_a_full_disk_names_the_result_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "plan.geojson"
    with pytest.raises(OSError, match=r"plan\.geojson"), whole_file(target):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(ban_text())

    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(walk_cli, "_dump", interrupted)
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv")) == 130
    assert "Interrupted" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_an_interruption_while_loading_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(argv: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(walk_cli, "run", interrupted)
    monkeypatch.setattr(sys, "argv", ["amiral", "walk", "plan"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "amiral: Interrupted.\n"


def test_progress_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(ban_text(30))
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv"), "--progress") == 0
    assert "planning 100 %" in capsys.readouterr().err


def test_the_command_runs_without_django(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ban_text())
    code = (
        "import sys; from amiral.config.walk_cli import run;"
        f"status = run(['plan', '--addresses', {str(tmp_path / 'a.csv')!r}, '--out', '-']);"
        "assert 'django' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=os.environ, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["type"] == "FeatureCollection"


def test_help_tells_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        walk_cli.run(["plan", "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    for word in ("--addresses", "--streets", "--minutes", "--seed", "--report", "Exit status", "examples"):
        assert word in said


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("addresses", "streets", "doors", "mode"),
    [
        ("paris-faubourg-saint-antoine/ban_adresses.csv", "", 5340, "straight"),
        ("adresses/ban-01343-saint-cyr-sur-menthon.csv", "", 1378, "straight"),
        ("osm/helsinki-centre-2019.osm.pbf", "osm/helsinki-centre-2019.osm.pbf", 1470, "network"),
        (
            "osm/monaco-beausoleil-cap-d-ail-2016-03.osm.pbf",
            "osm/monaco-beausoleil-cap-d-ail-2016-03.osm.pbf",
            78,
            "network",
        ),
        ("osm/maisons-laffitte-2022-12.osm.pbf", "osm/maisons-laffitte-2022-12.osm.pbf", 1, "network"),
        ("osm/paris-bss.osm.pbf", "osm/monaco-beausoleil-cap-d-ail-2016-03.osm.pbf", 54, "straight"),
    ],
)
def test_real_files(tmp_path: Path, addresses: str, streets: str, doors: int, mode: str) -> None:
    arguments = ["--addresses", str(DATA / addresses)]
    arguments += ["--streets", str(DATA / streets)] if streets else []
    assert run(tmp_path, *arguments) == 0
    plan, report = results(tmp_path)
    ids = {stop["id"] for feature in plan["features"] for stop in feature["properties"]["stops"]}
    assert_lawful(plan, report, ids)
    assert (report["doors"], report["mode"]) == (doors, mode)
    assert report["connected"] == report["turfs"]
    if doors > 1000 and "01343" not in addresses:
        assert report["within_10_percent"] >= 0.95


def toured(tmp_path: Path, *more: str) -> int:
    out, report = str(tmp_path / "tour.geojson"), str(tmp_path / "tour.json")
    return walk_cli.run(["tour", "--out", out, "--report", report, *more])


def test_a_tour_from_where_they_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(ban_text(60))
    (tmp_path / "done.txt").write_text("71270_0100_00001\n\nnobody\n")
    asked = ["--addresses", str(tmp_path / "a.csv"), "--people", "4", "--done", str(tmp_path / "done.txt")]
    assert run(tmp_path, "--addresses", str(tmp_path / "a.csv")) == 0
    here = results(tmp_path)[0]["features"][0]["geometry"]["coordinates"][0]
    place = f"{here[0]},{here[1]}"
    assert toured(tmp_path, *asked, "--here", place, "--minutes", "30") == 0
    feature = json.loads((tmp_path / "tour.geojson").read_text())["features"][0]
    report = json.loads((tmp_path / "tour.json").read_text())
    stops = [stop["id"] for stop in feature["properties"]["stops"]]
    assert stops
    assert "71270_0100_00001" not in stops
    assert feature["geometry"]["coordinates"][0] == feature["geometry"]["coordinates"][-1] == here
    assert report["minutes"] <= 30
    assert report["straight"]
    assert "on foot" in capsys.readouterr().err
    (tmp_path / "w.csv").write_text("71270_0100_00007,2.5\n71270_0100_00009,1\n")
    assert toured(tmp_path, *asked, "--here", place, "--weights", str(tmp_path / "w.csv")) == 0
    assert json.loads((tmp_path / "tour.json").read_text())["value"] == 3.5


@pytest.mark.parametrize(
    "wrong",
    [["--minutes", "2"], ["--people", "0"], ["--done", "/nowhere/at/all"], ["--weights", "a.csv"]],
)
def test_a_tour_that_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(ban_text(20))
    assert toured(tmp_path, "--addresses", "a.csv", "--here", "4.83,46.3", *wrong) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "tour.geojson").exists()


def test_the_ground_and_the_homes_are_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = str(small_town(tmp_path / "town.osm.pbf"))
    heights = tmp_path / "heights.csv"
    heights.write_text("node,height\n" + "".join(f"{node},{100 + 4 * node}\n" for node in range(1, 6)))
    files = ["--addresses", town, "--streets", town]
    assert run(tmp_path, *files) == 0
    _, flat = results(tmp_path)
    assert flat["dwellings"] == {"homes": 18.0, "unknown": 10, "told": 1, "estimated": 0, "corrected": 0}
    more = [
        "--buildings",
        town,
        "--heights",
        str(heights),
        "--crossing",
        "residential=9",
        "--m2-per-flat",
        "70",
    ]
    assert run(tmp_path, *files, *more) == 0
    plan, report = results(tmp_path)
    assert report["metres"] == pytest.approx(flat["metres"], rel=0.05)
    assert report["minutes"] > flat["minutes"]
    assert report["parameters"]["crossing_s"]["residential"] == 9
    properties = plan["features"][0]["properties"]
    assert properties["climbing_seconds"] > 0
    assert {stop["dwellings_from"] for stop in properties["stops"]} <= {"told", "estimated", "unknown"}
    capsys.readouterr()
    for wrong, words in (
        (["--crossing", "river=3"], "the kinds are"),
        (["--steps-factor", "0.5"], "--steps-factor must lie between"),
        (["--near", "-1"], "--near must lie between"),
        (["--heights", town], "CSV"),
    ):
        assert run(tmp_path, *files, "--buildings", town, *wrong) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
