"""``amiral territory geocode FILE.csv``: every line with its place, and a stopped run goes on."""

import csv
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from amiral.rooms.territory import api
from amiral.rooms.territory.actions import geocoding
from tests.rooms.territory.conftest import line, table

pytestmark = pytest.mark.django_db
Put = Callable[[str, bytes], Path]
LINES = """Nom;Adresse;Code postal;Ville
A;12 r Carnot;71000;Macon
B;99 rue carnot;71000;MACON
C;ici;71000;Mâcon
D;3 rue Haute;21000;Dijon
"""


@pytest.fixture(autouse=True)
def macon(places: None, put: Put) -> None:
    api.import_addresses_file(path=put("macon.csv", table(line(1), line(12))), name="Mâcon")


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(StringIO(path.read_text("utf-8"), newline=""), delimiter=";"))


def run(path: Path) -> str:
    out = StringIO()
    call_command("territory", "geocode", str(path), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_every_line_gets_its_place(put: Put) -> None:
    told = run(put("gens.csv", LINES.encode("cp1252")))
    found = rows(Path(told.splitlines()[0]))
    assert found[0][4:] == ["geo_lon", "geo_lat", "geo_precision", "geo_score", "geo_commune"]
    assert [row[6] for row in found[1:]] == ["door", "street", "commune", ""]
    assert found[1][4:6] == ["4.830000", "46.300120"]
    assert found[1][8] == "71270"
    assert [row[:4] for row in found] == list(csv.reader(StringIO(LINES), delimiter=";"))


def test_a_stopped_run_goes_on(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoding, "BATCH", 2)
    path = put("gens.csv", LINES.encode())

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        geocoding.geocode_file(path=path, report=stop)
    part = path.with_name("gens.geocoded.csv.part")
    assert stat.S_IMODE(part.stat().st_mode) == 0o600
    part.write_bytes(part.read_bytes() + b"C;ici;710")  # killed in the middle of a line
    done = geocoding.geocode_file(path=path)
    assert (done.resumed, done.lines, done.doors, done.streets, done.communes, done.none) == (
        2,
        4,
        1,
        1,
        1,
        1,
    )
    assert len(rows(done.path)) == 5
    assert not part.exists()


def test_the_half_of_another_table_is_not_gone_on_with(put: Put) -> None:
    path = put("gens.csv", LINES.encode())
    path.with_name("gens.geocoded.csv.part").write_text("Nom;x\nZ;y\n")
    assert geocoding.geocode_file(path=path).resumed == 0


@pytest.mark.parametrize("content", [b"", b"a;b\n1;2\n", b"\x00\xff\x00", b"Nom;Ville\nA;B\n"])
def test_a_table_without_addresses_is_refused(put: Put, content: bytes) -> None:
    with pytest.raises(CommandError, match=r"adresse|table"):
        run(put("mauvais.csv", content))
    with pytest.raises(CommandError):
        run(Path("/nulle/part.csv"))
