"""``amiral walk plan-many``: commune by commune, on any engine, stopped and gone on with."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from amiral.config import walk_cli
from amiral.kit.many_plans import PlanFolder
from tests.kit.readers.files import Node, Way, write_pbf

LON, LAT = 4.83, 46.3
COMMUNES = {"71001": 40, "71002": 90, "71003": 25, "71004": 60, "71005": 33}
HEADER = ("id", "numero", "rep", "nom_voie", "code_insee", "lon", "lat")


def rows(code: str, count: int, place: int) -> Iterator[tuple[object, ...]]:
    """Both sides of three streets of a village; villages lie 10 km apart."""
    for i in range(count):
        street, along = i % 3, i // 3
        lon = LON + place * 0.13 + along * 0.0002
        lat = LAT + street * 0.001 + (0.0001 if i % 2 else -0.0001)
        yield f"{code}_{i}", i + 1, "", f"Rue {street} de {code}", code, f"{lon:.7f}", f"{lat:.7f}"


def write_addresses(path: Path, lines: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *lines])
    return path


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    lines = [row for place, (code, n) in enumerate(COMMUNES.items()) for row in rows(code, n, place)]
    return write_addresses(tmp_path / "adresses-71.csv", lines[::2] + lines[1::2])


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """The streets of all villages but the last, joined by one road."""
    nodes, ways = list[Node](), list[Way]()
    for place, code in enumerate([*COMMUNES][:-1]):
        for street in range(3):
            ends = [len(nodes) + 1, len(nodes) + 2]
            lat = LAT + street * 0.001
            nodes += [
                (ends[0], LON + place * 0.13 - 0.0001, lat, {}),
                (ends[1], LON + place * 0.13 + 0.01, lat, {}),
            ]
            ways.append((len(ways) + 1, ends, {"highway": "residential", "name": f"Rue {street} de {code}"}))
        ways.append((len(ways) + 1, [len(nodes) - 5, len(nodes) - 3, len(nodes) - 1], {"highway": "footway"}))
    return write_pbf(tmp_path / "region.osm.pbf", nodes, ways)


def run(addresses: Path, out: Path, *more: str, engine: str = "here") -> int:
    files = ["--addresses", str(addresses), "--out", str(out)]
    return walk_cli.run(
        ["plan-many", *files, "--minutes", "30", "--effort", "quick", "--engine", engine, *more]
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def test_each_commune_has_its_plan_and_the_summary_adds_up(
    tmp_path: Path, addresses: Path, streets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plans"
    assert run(addresses, out, "--streets", str(streets)) == 0
    assert set(files_of(out)) == {
        "summary.json", *(f"{code}.{kind}" for code in COMMUNES for kind in ("geojson", "json"))
    }  # fmt: skip
    for code, count in COMMUNES.items():
        plan = json.loads((out / f"{code}.geojson").read_text())
        ids = {stop["id"] for turf in plan["features"] for stop in turf["properties"]["stops"]}
        assert ids == {f"{code}_{i}" for i in range(count)}
    total = summary(out)
    assert total["doors"] == sum(COMMUNES.values())
    assert [one["commune"] for one in total["plans"]] == sorted(COMMUNES)
    assert [one["mode"] for one in total["plans"]] == ["network"] * 4 + ["straight"]
    assert total["turfs"] == sum(one["turfs"] for one in total["plans"])
    assert total["far"] == COMMUNES["71005"]
    assert (total["failed"], total["problems"]) == ([], [])
    assert "5 communes: 248 doors" in capsys.readouterr().err


def test_a_commune_among_others_is_planned_as_alone(tmp_path: Path, addresses: Path, streets: Path) -> None:
    run(addresses, tmp_path / "plans", "--streets", str(streets))
    for place, (code, count) in enumerate(COMMUNES.items()):
        alone = write_addresses(tmp_path / "one.csv", [*rows(code, count, place)])
        options = ["--minutes", "30", "--effort", "quick", "--streets", str(streets)]
        target = tmp_path / "one.geojson"
        assert walk_cli.run(["plan", "--addresses", str(alone), "--out", str(target), *options]) == 0
        assert target.read_bytes() == (tmp_path / "plans" / f"{code}.geojson").read_bytes()


@pytest.mark.parametrize(
    "engine",
    [
        "processes:1",
        "processes:3",
        pytest.param(
            "dask:2",
            marks=pytest.mark.skipif(
                find_spec("distributed") is None,
                reason="the optional engine (amiral[cluster]) is not installed",
            ),
        ),
    ],
)
def test_every_engine_writes_the_same_bytes(
    tmp_path: Path, addresses: Path, streets: Path, engine: str
) -> None:
    assert run(addresses, tmp_path / "alone", "--streets", str(streets)) == 0
    assert run(addresses, tmp_path / "many", "--streets", str(streets), engine=engine) == 0
    assert files_of(tmp_path / "many") == files_of(tmp_path / "alone")


def test_what_is_finished_is_not_done_again(tmp_path: Path, addresses: Path) -> None:
    out = tmp_path / "plans"
    assert run(addresses, out) == 0
    before, times = files_of(out), {path.name: path.stat().st_mtime_ns for path in out.glob("71*")}
    (out / "71002.geojson").write_bytes(before["71002.geojson"][:-20])  # cut
    (out / "71004.json").unlink()
    (out / ".71003.json.part").write_bytes(b"{")  # left by a killed process
    assert run(addresses, out) == 0
    assert files_of(out) == before
    again = {name for name in times if (out / name).stat().st_mtime_ns != times[name]}
    assert again == {"71002.geojson", "71002.json", "71004.geojson", "71004.json"}


def test_other_options_and_other_addresses_are_planned_anew(tmp_path: Path, addresses: Path) -> None:
    out = tmp_path / "plans"
    assert run(addresses, out) == 0
    before = files_of(out)
    assert run(addresses, out, "--seed", "7") == 0
    assert {json.loads((out / f"{code}.json").read_text())["seed"] for code in COMMUNES} == {7}
    lines = addresses.read_text().splitlines()
    addresses.write_text("\n".join(line for line in lines if "71001_3;" not in line))
    assert run(addresses, out) == 0
    after = files_of(out)
    assert {name for name in after if after[name] != before[name]} == {
        "71001.geojson", "71001.json", "summary.json"
    }  # fmt: skip


def command(addresses: Path, out: Path, *more: str) -> list[str]:
    # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start as well.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{listen}; import sys; from amiral.config.walk_cli import run; sys.exit(run(sys.argv[1:]))"
    return [
        sys.executable, "-c", program, "plan-many", "--addresses", str(addresses), "--out", str(out),
        "--minutes", "30", "--effort", "high", "--engine", "processes:2", *more,
    ]  # fmt: skip


def wait_for(out: Path, process: "subprocess.Popen[str]", count: int) -> None:
    until = time.monotonic() + 120
    while len([*out.glob("7*.json")]) < count and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_stopped_in_the_middle_and_gone_on_with_it_is_the_same(tmp_path: Path, how: signal.Signals) -> None:
    """Twelve communes: when the third is written, enough is left for the signal to come in time."""
    codes = [f"71{n:03}" for n in range(1, 13)]
    lines = [row for place, code in enumerate(codes) for row in rows(code, 60, place)]
    addresses = write_addresses(tmp_path / "adresses-71.csv", lines)
    whole, out = tmp_path / "whole", tmp_path / "plans"
    assert run(addresses, whole, "--effort", "high", engine="processes:2") == 0
    with subprocess.Popen(command(addresses, out), stderr=subprocess.PIPE, text=True) as process:
        wait_for(out, process, 2)
        assert process.poll() is None, "the whole was finished before it could be stopped"
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on" in said
    for path in [*out.glob("7*")]:
        json.loads(path.read_text())  # whole
    assert not (out / "summary.json").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("7*.json")}
    assert 2 <= len(kept) < len(codes)
    assert run(addresses, out, "--effort", "high", engine="processes:2") == 0
    assert files_of(out) == files_of(whole)
    assert all((out / name).stat().st_mtime_ns == kept[name] for name in kept)


def test_bad_files_and_communes_are_named_and_stop_no_other(
    tmp_path: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    addresses.rename(folder / "b.csv")
    (folder / "a.csv").write_bytes(b"%PDF-1.7 no table")
    write_addresses(
        folder / "c.csv",
        [*rows("71001", 9, 7), *rows("", 12, 8), ("x", 1, "", "Rue", "71009", "", ""), *rows("../7", 6, 9)],
    )
    assert run(folder, tmp_path / "plans") == 4
    total = summary(tmp_path / "plans")
    assert [one["commune"] for one in total["plans"]] == ["7", *COMMUNES, "c"]
    assert [one["file"] for one in total["unreadable"]] == ["a.csv"]
    assert [(one["commune"], one["doors"]) for one in total["failed"]] == [("71001", 9)]
    assert [(one["file"], one["line"]) for one in total["problems"]] == [("c.csv", 23)]
    said = capsys.readouterr().err
    assert "a.csv cannot be used" in said
    assert "71001 has no plan: 9 addresses of it stand in c.csv too" in said


def test_names_that_no_file_can_have_stop_no_other(tmp_path: Path) -> None:
    folder, out = tmp_path / "files", tmp_path / "plans"
    folder.mkdir()
    long = "Sainte-Marie-" * 30
    write_addresses(folder / "a.csv", [*rows(long + "aux-Bois", 9, 0), *rows(long + "aux-Prés", 8, 1)])
    write_addresses(folder / "Summary.csv", [*rows("", 12, 2)])
    assert run(folder, out) == 0
    total = summary(out)
    assert sorted(one["doors"] for one in total["plans"]) == [8, 9, 12]
    for one in total["plans"]:
        report = json.loads((out / f"{one['commune']}.json").read_text())
        assert (report["commune"], report["doors"]) == (one["commune"], one["doors"])
    before = files_of(out)
    assert run(folder, out) == 0
    assert files_of(out) == before


def test_a_file_all_of_whose_positions_are_doubtful_is_named(
    tmp_path: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    lost = write_addresses(folder / "lost.csv", [*rows("29019", 9, 0)])  # Brest, drawn near Mâcon
    assert run(lost, tmp_path / "alone") == 2
    assert "None of the 9 lines can be used" in capsys.readouterr().err
    addresses.rename(folder / "good.csv")
    assert run(folder, tmp_path / "plans") == 4
    assert [one["file"] for one in summary(tmp_path / "plans")["unreadable"]] == ["lost.csv"]


def test_what_cannot_be_used_is_refused_before_any_work(
    tmp_path: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(addresses, tmp_path / "plans", engine="spark") == 2
    assert "processes:N" in capsys.readouterr().err
    assert run(tmp_path / "missing.csv", tmp_path / "plans") == 2
    assert "missing.csv" in capsys.readouterr().err
    assert run(addresses, addresses) == 3
    assert run(tmp_path, tmp_path) == 3
    assert run(addresses, tmp_path / "plans", "--minutes", "1") == 2
    assert not (tmp_path / "plans").exists()
    out = tmp_path / "made"
    assert run(addresses, out) == 0
    before = files_of(out)
    assert run(tmp_path / "missing.csv", out) == 2
    assert run(addresses, out, "--minutes", "1") == 2
    assert files_of(out) == before


def test_two_commands_do_not_write_into_one_folder(
    tmp_path: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with PlanFolder(tmp_path / "plans").locked():
        assert run(addresses, tmp_path / "plans") == 2
    assert "Another command is writing plans" in capsys.readouterr().err


def test_progress_tells_the_share_and_the_time_left(
    tmp_path: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(addresses, tmp_path / "plans", "--progress") == 0
    said = capsys.readouterr().err
    assert "1 commune, 36 %, less than a minute left" in said
    assert "5 communes, 100 %" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, addresses: Path) -> None:
    out = tmp_path / "plans"
    out.mkdir(mode=0o500)
    assert run(addresses, out) == 3
