"""``amiral walk tour --again``: doors where nobody opened are passed once more."""

import json
from pathlib import Path

import pytest

from amiral.config import walk_cli

LINES = "id;numero;rep;nom_voie;code_insee;nom_commune;lon;lat\n" + "".join(
    f"{id_};{n};;Rue Haute;71270;Mâcon;{4.83 + n * 0.0003:.6f};46.306000\n"
    for n, id_ in enumerate(("a", "b", "c,1", "d", "e"), start=1)
)


@pytest.mark.parametrize(
    ("again", "left"), [([], {"e"}), (["--again"], {"a", "b", "e"})], ids=["usual", "again"]
)
def test_a_tour_goes_back_where_a_visit_was_in_vain(tmp_path: Path, again: list[str], left: set[str]) -> None:
    (tmp_path / "a.csv").write_text(LINES, encoding="utf-8")
    (tmp_path / "done").write_text("a, nobody\nb,Come-back\nc,1\nd,talked\nelsewhere,nobody\n")
    out = tmp_path / "tour.geojson"
    given = ["--addresses", str(tmp_path / "a.csv"), "--done", str(tmp_path / "done"), "--out", str(out)]
    assert walk_cli.run(["tour", *given, "--here", "4.83,46.306", "--minutes", "60", *again]) == 0
    (feature,) = json.loads(out.read_text())["features"]
    assert {stop["id"] for stop in feature["properties"]["stops"]} == left
