"""``amiral walk`` on bad input: a sentence that names the line or the field, and no lost address."""

import json
from pathlib import Path

import pytest

from amiral.config import walk_cli
from tests.kit.readers.files import small_town

HEADER = "id;numero;nom_voie;lon;lat;logements"


def table(path: Path, *, count: int = 30, homes: dict[int, str] | None = None) -> str:
    """A street of 20 m between doors, on 2.35, 48.85."""
    rows = [
        f"a{i};{i + 1};Rue Haute;{2.35 + i * 0.0003:.6f};48.85;{(homes or {}).get(i, '')}"
        for i in range(count)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return str(path)


def plan(tmp_path: Path, *more: str) -> int:
    out, report = str(tmp_path / "plan.geojson"), str(tmp_path / "report.json")
    return walk_cli.run(["plan", "--out", out, "--report", report, "--effort", "quick", *more])


def test_a_count_of_homes_that_is_absurd_spoils_no_other_turf(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = table(tmp_path / "a.csv", homes={3: "99999999999", 4: "-3", 5: "NaN", 6: "9" * 5000})
    assert plan(tmp_path, "--addresses", addresses, "--minutes", "30") == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["doors"] == 30
    assert report["turfs"] <= 5
    assert "1 address takes longer than the asked 30 minutes" in capsys.readouterr().err
    assert "(a3)" in report["notes"][-1]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e9"])
def test_seconds_of_a_crossing_that_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seconds: str
) -> None:
    addresses = table(tmp_path / "a.csv")
    assert plan(tmp_path, "--addresses", addresses, "--crossing", f"primary={seconds}") == 2
    assert "--crossing primary must lie between 0 and 3600" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--start", "--end"])
def test_a_meeting_point_in_another_country_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    addresses = table(tmp_path / "a.csv")
    assert plan(tmp_path, "--addresses", addresses, option, "48.85,2.35") == 2
    said = capsys.readouterr().err
    assert option[2:] in said
    assert "longitude,latitude" in said
    assert plan(tmp_path, "--addresses", addresses, option, "2.36,48.85") == 0


def test_the_first_bad_line_is_named_without_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    table(path)
    path.write_text(path.read_text() + "x1;3;Rue Haute;NaN;48.85;\n")
    for verb in (["plan"], ["tour", "--here", "2.35,48.85"]):
        out = str(tmp_path / "out.geojson")
        report = str(tmp_path / "report.json")
        assert walk_cli.run([*verb, "--addresses", str(path), "--out", out, "--report", report]) == 0
        assert "line 32: “NaN” is no coordinate." in capsys.readouterr().err
        problems = json.loads(Path(report).read_text())["problems"]
        assert [(one["line"], one["id"]) for one in problems] == [(32, "x1")]


def test_a_tour_past_no_door_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses, out = table(tmp_path / "a.csv"), str(tmp_path / "tour.geojson")
    assert walk_cli.run(["tour", "--addresses", addresses, "--out", out, "--here", "48.85,2.35"]) == 0
    assert "No door can be done from 48.85,2.35 (longitude,latitude)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"), [(["--here", "2.35,99"], "--here latitude"), (["--people", "0"], "--people must lie")]
)
def test_what_a_tour_refuses_is_told_by_its_own_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    given = ["--addresses", table(tmp_path / "a.csv"), "--out", str(tmp_path / "tour.geojson")]
    assert walk_cli.run(["tour", *given, "--here", "2.35,48.85", *more]) == 2
    assert f"amiral walk: {said}" in capsys.readouterr().err


def test_lists_of_a_tour_find_ids_with_blanks_and_name_strangers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = Path(table(tmp_path / "a.csv", count=4))
    addresses.write_text(addresses.read_text().replace("a1;", " a1 ;").replace("a2;", " a2;"))
    (tmp_path / "done").write_text(" a1 \na3\nb7\nb8,nobody\n")
    (tmp_path / "weights").write_text("a0,1\n a2,1\nb9,1\n")
    out, lists = tmp_path / "tour.geojson", [f"--{name}={tmp_path / name}" for name in ("done", "weights")]
    given = ["--addresses", str(addresses), "--out", str(out), "--here", "2.35,48.85", *lists]
    assert walk_cli.run(["tour", *given]) == 0
    (feature,) = json.loads(out.read_text())["features"]
    assert {stop["id"] for stop in feature["properties"]["stops"]} == {"a0", " a2"}
    said = capsys.readouterr().err
    assert f"2 lines of {tmp_path / 'done'} name no address of this file; the first: b7." in said
    assert f"1 line of {tmp_path / 'weights'} names no address of this file: b9." in said


def test_a_file_of_one_position_for_all_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *(f"a{n};{n};Rue Haute;2.35;48.85;" for n in range(1, 121))]))
    assert plan(tmp_path, "--addresses", str(path)) == 2
    assert "None of the 120 lines can be used" in capsys.readouterr().err


def test_the_first_address_without_a_turf_is_named_without_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\np1;1;South Pole Road;10;-89;\np2;2;South Pole Road;10;-89;\n")
    assert plan(tmp_path, "--addresses", str(path)) == 0
    assert "2 addresses are in no turf; the report lists them. The first, p1: " in capsys.readouterr().err


def test_lists_of_a_tour_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses, out = table(tmp_path / "a.csv"), str(tmp_path / "tour.geojson")
    verb = ["tour", "--addresses", addresses, "--out", out, "--here", "2.35,48.85"]
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x81")
    (tmp_path / "weights").write_text("a1,nan\n")
    for more, words in (
        (["--done", str(tmp_path / "binary")], "no text in UTF-8"),
        (["--done", str(tmp_path)], "Is a directory."),
        (["--weights", str(tmp_path / "weights")], "the weight of a1 must be a number"),
    ):
        assert walk_cli.run([*verb, *more]) == 2
        assert words in capsys.readouterr().err


def test_no_file_that_is_read_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses, town = table(tmp_path / "a.csv"), str(small_town(tmp_path / "town.osm.pbf"))
    given = tmp_path / "given"
    given.write_text("a1\n")
    for verb in (
        ["plan", "--addresses", addresses, "--streets", town, "--heights", str(given)],
        ["plan", "--addresses", addresses, "--buildings", str(given)],
        ["tour", "--addresses", addresses, "--here", "2.35,48.85", "--done", str(given)],
        ["tour", "--addresses", addresses, "--here", "2.35,48.85", "--weights", str(given)],
        ["rounds", "--streets", town, "--buildings", str(given)],
    ):
        assert walk_cli.run([*verb, "--out", str(given)]) == 3
        assert "it is one of the files to read" in capsys.readouterr().err
        assert given.read_text() == "a1\n"


def test_a_bad_number_is_told_by_the_name_of_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = table(tmp_path / "a.csv")
    for more, words in (
        (["--minutes", "1"], "--minutes must lie between 5 and 1440; it is 1."),
        (["--speed", "0"], "--speed, in metres per minute, must lie between 10 and 200; it is 0."),
        (["--max-walk", "1"], "--max-walk must lie between 100 and 100000; it is 1."),
        (["--teams", "0,2"], "--teams must lie between 1 and 50; it is 0."),
        (["--fragment", "-1"], "--fragment must lie between 0 and 1000; it is -1."),
        (
            ["--heights", addresses],
            f"--heights {addresses}: heights are those of streets; give --streets too.",
        ),
        (["--start", "200,48"], "--start longitude must lie between -180 and 180; it is 200."),
    ):
        assert plan(tmp_path, "--addresses", addresses, *more) == 2
        assert words in capsys.readouterr().err


def test_a_folder_without_addresses_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    files = ["--addresses", str(tmp_path / "none"), "--out", str(tmp_path / "plans"), "--engine", "here"]
    assert walk_cli.run(["plan-many", *files]) == 2
    assert "none holds no file of addresses." in capsys.readouterr().err
