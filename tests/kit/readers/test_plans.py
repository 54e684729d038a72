"""How a table is read: plain rows at once as odd ones alone; systems of coordinates; places; corrections."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from amiral.kit.readers import AddressReading, UnreadableFile, addresses, read_addresses, read_places
from amiral.kit.readers.crs import SYSTEMS
from amiral.kit.readers.plan import Plan, chosen, guessed, named_columns

HEADER = "id;numero;rep;nom_voie;code_insee;lon;lat"
CELLS = st.sampled_from(
    ["", " ", "1", "12bis", "73B", "99999", "x", '"a;b"', '"a""b"', 'a"b', '"', "é", "4,83", "4.83", "46.3",
     "-", "Rue Haute", "  Rue  ", "71270", "1e3", "\x01", "\t", "nan", "0", '"Rue\nHaute"', "4.83\xa0"]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=5, max_size=8), max_size=12)


def slowly(path: Path, monkeypatch: pytest.MonkeyPatch) -> AddressReading | str:
    """The same reading with no row taken for plain."""
    import numpy as np

    from amiral.kit.readers import chunks

    with monkeypatch.context() as patched:
        patched.setattr(chunks._Cutter, "_plain", lambda self: np.zeros(len(self._stops), bool))
        return outcome(path)


def outcome(path: Path) -> AddressReading | str:
    try:
        return read_addresses(path)
    except UnreadableFile as error:
        return error.sentence()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_rows_read_at_once_are_as_rows_read_alone(
    rows: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    good = [f"g{n};{n};;Rue Haute;71270;4.83{n};46.3" for n in range(1, 4)]
    path.write_text("\n".join([HEADER, *good, *(";".join(row) for row in rows), ""]))
    fast, slow = outcome(path), slowly(path, monkeypatch)
    if isinstance(fast, str) or isinstance(slow, str):
        assert fast == slow
        return
    assert fast.problems == slow.problems
    for name in ("ids", "suffixes", "streets", "communes"):
        assert getattr(fast.rows, name) == getattr(slow.rows, name)
    for name in ("lines", "numbers", "lon", "lat"):
        assert getattr(fast.rows, name).tolist() == getattr(slow.rows, name).tolist()


def test_problems_keep_their_lines_among_a_hundred_thousand(tmp_path: Path) -> None:
    """Several chunks, with quoted line ends that swallow whole lines."""
    lines = [
        HEADER,
        *(f"a{n};{n % 900 + 1};;Rue {n % 50};71270;4.83{n:06};46.3" for n in range(250_000)),
    ]
    lines[100_000] = 'q;1;;"Rue\nHaute";71270;4.83;46.31'
    lines[200_000] = "z;;;Rue;71270;4.83;46.31"
    lines[249_999] += ";;"
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    reading = read_addresses(path)
    assert [(bad.line, bad.code) for bad in reading.left_out] == [
        (200_002, "no_number"),
        (250_001, "field_count"),
    ]
    assert "Rue Haute" in reading.rows.streets
    assert len(reading.rows) == 249_998


PLACES_OF = {2154: (4.83, 46.3), 27572: (4.83, 46.3), 3857: (2.35, 48.85), 5490: (-61.55, 16.25),
             2972: (-52.3, 4.92), 4471: (45.2, -12.8), 2975: (55.45, -20.88)}  # fmt: skip
CODES = {5490: "97105", 2972: "97302", 4471: "97611", 2975: "97411", 3857: "75104"}
ZONES = {3900 + zone: (2.5, zone + 0.2) for zone in range(43, 50)} | {3942: (9.1, 42.2), 3950: (2.9, 50.3)}
HOMES = {3942: "2A004", 3943: "11069", 3944: "12202", 3945: "15014", 3946: "03185", 3947: "18033",
         3948: "45234", 3949: "95018", 3950: "62041"}  # fmt: skip


@pytest.mark.parametrize("epsg", [code for code in SYSTEMS if code != 4326])
def test_every_system_is_told_by_where_the_points_fall(tmp_path: Path, epsg: int) -> None:
    lon, lat = PLACES_OF.get(epsg) or ZONES[epsg]
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    lines = ["numero;voie;code_insee;x;y"]
    for number in range(1, 9):
        x, y = project.transform(lon + number / 5_000, lat)
        lines.append(f"{number};Rue Haute;{CODES.get(epsg) or HOMES.get(epsg, '71270')};{x:.2f};{y:.2f}")
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    reading = read_addresses(path)
    assert reading.plan is not None
    assert reading.plan.epsg == epsg
    assert reading.rows.lon[0] == pytest.approx(lon + 1 / 5_000, abs=1e-5)
    assert reading.rows.lat[0] == pytest.approx(lat, abs=1e-5)


def test_a_swapped_file_without_communes_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("numero;voie;lon;lat\n" + "\n".join(f"{n};Rue;46.3;4.8{n}" for n in range(1, 9)))
    with pytest.raises(UnreadableFile, match="swapped"):
        read_addresses(path)


def test_a_file_without_header_is_read_once_its_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(f"{n};Rue Haute;4.83;46.3" for n in range(1, 4)))
    plan = guessed(path.read_bytes(), expected="")
    assert (plan.header, plan.names) == (False, ("1", "2", "3", "4"))
    columns = named_columns(plan, ["number=1", "street=2", "lon=3", "lat=4"])
    reading = read_addresses(path, plan=chosen(plan, columns=columns, epsg=0, decimal=""))
    assert (len(reading.rows), reading.rows.lines.tolist()) == (3, [1, 2, 3])
    for words in (["street=9"], ["colour=2"]):
        with pytest.raises(UnreadableFile):
            named_columns(plan, words)


def test_a_plan_comes_back_from_json(tmp_path: Path) -> None:
    plan = guessed(f"{HEADER}\n".encode(), expected="")
    assert Plan.from_json(plan.as_json()) == plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("416,860.25", 416860.25),
        ("6.416.860,25", 6416860.25),
        ("6’416’860.25", 6416860.25),
        ("6,416,860", 6416860.0),
        ("4,833", 4.833),
    ],
)
def test_thousands_are_told_from_decimals(text: str, expected: float) -> None:
    assert addresses.number_in(text) == expected


@pytest.mark.parametrize(("decimal", "expected"), [("", 4.83), (",", 4.83), (".", 483.0)])
def test_the_decimal_sign_may_be_settled(decimal: str, expected: float) -> None:
    assert addresses.number_in("4,83", decimal) == expected


def test_places_have_names_and_padded_ones_are_trimmed(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(
        "cod_arret;nom;longitude;latitude\n1; Évry - Le   Bourg ;3,98;46,33\n2;  ;3,9;46,3\n".encode(
            "latin-1"
        )
    )
    reading = read_places(path)
    assert reading.rows.streets == ("Évry - Le Bourg",)
    assert [(bad.line, bad.code) for bad in reading.problems] == [(3, "no_name")]
    path.write_text("a;longitude;latitude\nx;3;46\n")
    with pytest.raises(UnreadableFile, match="names of the places"):
        read_places(path)


def test_csv_keeps_its_largest_field() -> None:
    assert csv.field_size_limit() == 200_000
