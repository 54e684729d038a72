"""Reading address files as people have them."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from amiral.kit.readers import (
    PHRASES,
    SENTENCES,
    AddressReading,
    Limits,
    LineProblem,
    UnreadableFile,
    read_addresses,
)
from amiral.kit.readers.numbers import split_address, split_number
from amiral.kit.readers.places import read_places

from .files import BAN_HEADER, ban_row, ban_text, small_town, write_pbf

DATA = Path(__file__).parents[3].parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real files is not beside the checkout"
)


def reading_of(tmp_path: Path, text: str | bytes, *, encoding: str = "utf-8") -> AddressReading:
    path = tmp_path / "addresses.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_addresses(path)


def refused(tmp_path: Path, content: bytes, name: str = "file.csv") -> UnreadableFile:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        read_addresses(path)
    assert caught.value.sentence().endswith((".", ")"))
    assert "%(" not in caught.value.sentence()
    return caught.value


def codes(reading: AddressReading) -> list[tuple[int, str]]:
    return [(bad.line, bad.code) for bad in reading.problems]


def test_a_base_adresse_nationale_file(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, ban_text())
    rows = reading.rows
    assert len(rows) == 12
    assert reading.problems == ()
    assert (rows.ids[0], rows.numbers[0], rows.streets[0]) == ("71270_0100_00001", 1, "Rue de l’Échiquier")
    assert (rows.postcodes[0], rows.communes[0], rows.cities[0]) == ("71000", "71270", "Mâcon")
    assert rows.lon[0] == pytest.approx(4.8301)
    assert rows.lines.tolist() == list(range(2, 14))
    assert rows.dwellings.tolist() == [0] * 12


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "iso8859-15", "cp850"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_endings(tmp_path: Path, encoding: str, ending: str) -> None:
    text = ban_text().replace("’", "'").replace("\n", ending)
    reading = reading_of(tmp_path, text, encoding=encoding)
    assert len(reading.rows) == 12
    assert reading.problems == ()
    assert set(reading.rows.streets) == {"Rue de l'Échiquier"}
    assert set(reading.rows.cities) == {"Mâcon"}


def test_a_few_lines_in_another_encoding(tmp_path: Path) -> None:
    lines = ban_text().encode().splitlines(keepends=True)
    lines[5] = lines[5].decode().encode("cp1252")
    assert set(reading_of(tmp_path, b"".join(lines)).rows.streets) == {"Rue de l’Échiquier"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("comma", [False, True])
def test_separators_and_decimal_commas(tmp_path: Path, separator: str, comma: bool) -> None:
    rows = [["number", "street", "longitude", "latitude", "logements", "housenumber_id"]]
    rows += [
        [str(i), "Rue Haute", f'"4,83{i}"' if comma else f"4.83{i}", f"46.3{i}", "3", f"a{i}"]
        for i in range(1, 9)
    ]
    reading = reading_of(tmp_path, "\n".join(separator.join(row) for row in rows))
    assert reading.rows.lon.tolist() == pytest.approx([4.83 + i / 1000 for i in range(1, 9)])
    assert reading.rows.dwellings.tolist() == [3] * 8


def test_quoted_fields_may_hold_line_ends(tmp_path: Path) -> None:
    text = 'id,numero,voie,lon,lat\na,1,"Rue\nHaute",4.83,46.3\nb,x1y2z3,"Rue ""Haute""",4.83,46.3\n'
    text += "c,3,Rue,4.83,46.3\n"
    reading = reading_of(tmp_path, text)
    assert reading.rows.ids == ("a", "c")
    assert codes(reading) == [(4, "bad_number")]


@pytest.mark.parametrize("next_marks", ['"Rue du Lac"', '"Rue ""du"" Lac"', '"Rue du\nLac"'])
def test_a_forgotten_quotation_mark_swallows_its_own_line_only(tmp_path: Path, next_marks: str) -> None:
    rows = [f"{n};Rue Haute;4.{n:03};46.3" for n in range(1, 9)]
    rows[2] = rows[2].replace("Rue", '"Rue')
    rows[6] = rows[6].replace("Rue Haute", next_marks)
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["numero;nom_voie;lon;lat", *rows]), encoding="utf-8")
    found = read_addresses(path)
    assert found.rows.numbers.tolist() == [1, 2, 4, 5, 6, 7, 8]
    assert [(problem.line, problem.code) for problem in found.problems] == [(4, "field_count")]


@pytest.mark.parametrize(
    ("epsg", "header"),
    [
        (2154, "x;y"),
        (2154, "X_LAMB93;Y_LAMB93"),
        (3946, "x;y"),
        (3947, "X_LAMBCC47;Y_LAMBCC47"),
        (27572, "x;y"),
    ],
)
def test_projected_positions(tmp_path: Path, epsg: int, header: str) -> None:
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    lines = [f"id;numero;nom_voie;code_insee;{header}"]
    for i in range(1, 6):
        x, y = project.transform(4.83 + i / 1000, 46.3)
        lines.append(f"a{i};{i};Rue Haute;71270;{x:.2f};{y:.2f}".replace(".", ","))
    rows = reading_of(tmp_path, "\n".join(lines)).rows
    assert rows.lon.tolist() == pytest.approx([4.83 + i / 1000 for i in range(1, 6)], abs=1e-5)
    assert rows.lat.tolist() == pytest.approx([46.3] * 5, abs=1e-5)


def test_projected_positions_overseas(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 2975, always_xy=True).transform(55.45, -20.88)
    text = f"id;numero;nom_voie;code_insee;x;y\na;1;Rue de Paris;97411;{x:.2f};{y:.2f}\n"
    rows = reading_of(tmp_path, text).rows
    assert (rows.lon[0], rows.lat[0]) == (pytest.approx(55.45, abs=1e-5), pytest.approx(-20.88, abs=1e-5))


@pytest.mark.parametrize(
    "header",
    [
        "cle_interop;uid_adresse;voie_nom;lieudit_complement_nom;numero;suffixe;commune_insee;commune_nom;position;long;lat",
        "ID;UNIT;STREET;CITY;NUMBER;SUFFIX;DISTRICT;REGION;POSTCODE;LON;LAT",
        "Identifiant;a;Nom de la voie;b;N°;Rép;c;d;e;Longitude (WGS84);Latitude (WGS84)",
    ],
)
def test_other_names_of_columns(tmp_path: Path, header: str) -> None:
    reading = reading_of(tmp_path, f"{header}\n71270_1;;Rue Haute;;7;bis;;;;4.83;46.3\n")
    rows = reading.rows
    assert (rows.ids, rows.numbers.tolist(), rows.suffixes) == (("71270_1",), [7], ("bis",))
    assert (rows.streets, rows.lon.tolist()) == (("Rue Haute",), [4.83])


def test_a_position_in_one_column_and_an_address_in_one_column(tmp_path: Path) -> None:
    wkt = reading_of(tmp_path, "id,adresse,geom\na,12 bis rue de Lappe,POINT (2.37 48.85)\n").rows
    assert (wkt.numbers[0], wkt.suffixes[0], wkt.streets[0]) == (12, "bis", "rue de Lappe")
    assert (wkt.lon[0], wkt.lat[0]) == (2.37, 48.85)
    portal = reading_of(tmp_path, 'id;adresse;geo_point_2d\na;12, rue de Lappe;"48.85, 2.37"\n').rows
    assert (portal.lon[0], portal.lat[0]) == (2.37, 48.85)


def test_every_bad_line_is_named_and_the_good_ones_are_kept(tmp_path: Path) -> None:
    lines = [BAN_HEADER, *(ban_row(i) for i in range(1, 31))]
    lines += [
        ban_row(40).replace(";40;", ";;"),  # 32
        ban_row(41).replace(";41;", ";rue;"),
        ban_row(42, street=""),
        ban_row(43, lon="est"),  # 35
        ban_row(44, lon="304.8", lat="46.3"),
        ban_row(45, lon="46.3", lat="4.83"),
        ban_row(46, lon="2.35", lat="48.85"),  # Paris: 300 km away
        ban_row(3),
        ban_row(47) + ";;",  # 40
        "",
        ban_row(48).replace("commune", "com\x00mune", 1),
        ban_row(49, lon=" ", lat=" "),
        ban_row(50, lon="0", lat="0"),
        ban_row(51),
        ban_row(52, lon="2.36", lat="999"),  # 46
    ]
    reading = reading_of(tmp_path, "\n".join(lines))
    assert len(reading.rows) == 31
    assert codes(reading) == [
        (32, "no_number"), (33, "bad_number"), (34, "no_street"), (35, "bad_position"),
        (36, "impossible_position"), (37, "swapped_position"), (38, "outside_commune"), (39, "duplicate_id"),
        (40, "field_count"), (42, "control_characters"), (43, "no_position"), (44, "null_position"),
        (46, "impossible_position"),
    ]  # fmt: skip
    assert all(bad.sentence() and "%(" not in bad.sentence() for bad in reading.problems)
    assert reading.problems[5].id == "71270_0100_00045"


def test_two_towns_in_one_file_are_no_mistake(tmp_path: Path) -> None:
    lines = [BAN_HEADER, *(ban_row(i) for i in range(1, 41))]
    far = [ban_row(i, lon=f"5.{i}", lat="43.3") for i in range(101, 121)]
    lines += [row.replace(";71270;Mâcon;", ";13055;Marseille;") for row in far]
    assert reading_of(tmp_path, "\n".join(lines)).problems == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x1f\x8b" + bytes(50), "gzip"),
        (b"PK\x03\x04....xl/workbook.xml", "spreadsheet"),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "spreadsheet"),
        (b"PK\x03\x04....data.bin", "zip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Office"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"<?xml version='1.0'?><gpx version='1.1'></gpx>", "XML"),
        (b'{"type": "FeatureCollection", "features": []}', "GeoJSON"),
    ],
)
def test_other_kinds_of_files_are_named(tmp_path: Path, content: bytes, found: str) -> None:
    error = refused(tmp_path, content)
    assert error.code == "other_kind"
    assert {error.params["found"], error.params["advice"], error.params["expected"]} <= set(PHRASES)
    assert found in error.sentence()
    assert "expected a table of addresses" in error.sentence()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "no_separator"),
        (b" \n\r\n ", "empty"),
        (b"\x00" * 100_000, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"hello\nworld\n", "no_separator"),
        (b"numero;nom_voie;lon;lat\n", "only_header"),
        (b"nom;prenom;courriel\na;b;c\n", "no_number_column"),
        (b"numero;nom_voie\n1;Rue Haute\n", "no_position_columns"),
        (b"numero;nom_voie;lon;lat\nRue Haute;1;4.8;46.3\nRue Basse;2;4.8;46.3\n", "no_usable_line"),
        (b'numero;nom_voie;lon;lat\n1;"Rue Haute;4.8;46.3\n' + b"2;Rue;4.8;46.3\n" * 40_000, "open_quote"),
        (b'numero;nom_voie;lon;lat\n1;Rue;4.8;46.3\n2;"Rue Haute;4.8;46.3\n3;Rue;4.8;46.3\n', "open_quote"),
        (b"numero;nom_voie;lon;lat\n" + b"x" * 1_100_000, "line_too_long"),
        (b"numero;nom_voie;x;y\n1;Rue Haute;9000000;9000\n", "unknown_projection"),
    ],
)
def test_unusable_files_are_refused_in_one_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(tmp_path, content).code == code


def test_longitudes_and_latitudes_swapped_throughout(tmp_path: Path) -> None:
    text = ban_text().replace(";lon;lat;", ";lat;lon;")
    assert refused(tmp_path, text.encode()).code == "swapped_columns"


def test_a_missing_file_a_folder_and_a_gz(tmp_path: Path) -> None:
    for path, code in [(tmp_path / "none.csv", "missing_file"), (tmp_path, "not_a_file")]:
        with pytest.raises(UnreadableFile) as caught:
            read_addresses(path)
        assert caught.value.code == code
    assert "Unpack" in refused(tmp_path, gzip.compress(ban_text().encode()), "a.csv.gz").sentence()


def test_a_file_of_2_gb_is_refused_at_once(tmp_path: Path) -> None:
    hole = tmp_path / "hole.csv"
    with hole.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(UnreadableFile, match="binary"):
        read_addresses(hole)
    with hole.open("r+b") as file:
        file.write(ban_text().encode())
    with pytest.raises(UnreadableFile) as caught:
        read_addresses(hole, limits=Limits(megabytes=500))
    assert caught.value.code == "too_large"
    with pytest.raises(UnreadableFile) as caught:
        read_addresses(hole)
    assert caught.value.code == "binary"


def test_too_many_addresses(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(ban_text(30))
    with pytest.raises(UnreadableFile) as caught:
        read_addresses(path, limits=Limits(addresses=20))
    assert caught.value.code == "too_many_lines"


def test_progress_may_interrupt(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("\n".join([BAN_HEADER, *(ban_row(i) for i in range(1, 5000))]))
    seen: list[tuple[int, int]] = []
    read_addresses(path, progress=lambda done, total: seen.append((done, total)))
    assert seen
    assert all(0 < done <= total for done, total in seen)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_addresses(path, progress=stop)


def test_addresses_of_an_extract(tmp_path: Path) -> None:
    reading = read_addresses(small_town(tmp_path / "town.osm.pbf"))
    rows = reading.rows
    assert len(rows) == 11
    assert reading.source == "osm"
    flats = rows.ids.index("w4")
    assert (rows.numbers[flats], rows.suffixes[flats], rows.dwellings[flats]) == (11, "bis", 8)
    assert rows.lon[flats] == pytest.approx(4.83305)


def test_a_truncated_extract_and_one_without_addresses(tmp_path: Path) -> None:
    whole = small_town(tmp_path / "town.osm.pbf").read_bytes()
    assert refused(tmp_path, whole[: len(whole) - 30], "cut.osm.pbf").code == "broken_pbf"
    bare = write_pbf(tmp_path / "bare.osm.pbf", [(1, 4.8, 46.3, {"highway": "crossing"})])
    with pytest.raises(UnreadableFile) as caught:
        read_addresses(bare)
    assert caught.value.code == "no_addresses"


@pytest.mark.parametrize("blank", [b"\xa0", b" ; \n;;\n", b"\t\n \t"])
def test_a_file_of_blanks_is_empty(tmp_path: Path, blank: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(blank)
    with pytest.raises(UnreadableFile):
        read_addresses(path)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400))
def test_no_bytes_make_the_reader_fall(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "f"
    said: list[str] = []
    for start in (b"", b"numero;nom_voie;lon;lat\n1;Rue;4.8;46.3\n", b"\x00\x00\x00\x0d\x0a\x09OSMHeader"):
        path.write_bytes(start + content)
        try:
            rows = read_addresses(path).rows
        except UnreadableFile as error:
            said.append(error.sentence())
        else:
            assert len(rows) == len(set(rows.ids)) > 0
            assert np.isfinite(rows.lon).all()
    assert all(said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", (12, "")), ("12bis", (12, "bis")), ("73B", (73, "B")), ("3-5", (3, "-5")),
     ("7 ter A", (7, "ter A")), ("12/14", (12, "/14")), ("H1", (0, "H1")),
     ("0012", (12, "")), ("8.0", (8, "")), ("12/3", (12, "/3")), ("12 А", (12, "А")), ("7 Β", (7, "Β")),
     ("д. 5 к. 2", (5, "к. 2")), ("č.p. 214", (214, "")), ("ev. č. 9", (9, "")), ("№ 7", (7, "")),
     ("n°5", (5, "")), ("1½", (1, "½")), ("121 bât. A", (121, "bât. A")), ("١٢", (12, "")),
     ("12 בית", (12, "בית"))],
)  # fmt: skip
def test_house_numbers(text: str, expected: tuple[int, str]) -> None:
    assert split_number(text) == expected


@pytest.mark.parametrize(
    "text", ["", "rue", "-4", "1234567", "N/A", "Rue du 8 Mai", "12 avenue de la République"]
)
def test_no_house_numbers(text: str) -> None:
    with pytest.raises(ValueError):
        split_number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12 bis, rue Haute", (12, "bis", "rue Haute")), ("5 A Rue X", (5, "A", "Rue X")),
     ("Mairie", (0, "", "Mairie")), ("9 Rue de Gévaudan", (9, "", "Rue de Gévaudan")),
     ("3-5 quai", (3, "-5", "quai"))],
)  # fmt: skip
def test_whole_addresses(text: str, expected: tuple[int, str, str]) -> None:
    assert split_address(text) == expected


def test_the_town_at_the_end_of_a_whole_address(tmp_path: Path) -> None:
    text = (
        "Adresse;lon;lat\n1 bis Rue de Siam, 29200 Brest;-4.48;48.39\n2 Rue du 11 Novembre 1918;-4.48;48.39\n"
    )
    rows = reading_of(tmp_path, text).rows
    assert list(rows.streets) == ["Rue de Siam", "Rue du 11 Novembre 1918"]
    assert (list(rows.postcodes), list(rows.cities)) == (["29200", ""], ["Brest", ""])


@pytest.mark.parametrize(
    "header",
    [
        "Straße;Hausnummer;Zusatz;PLZ;Ort;Breite;Länge",
        "streetname_fr;house_number;zusatz;postcode;municipality_name_fr;EPSG:4326_lat;EPSG:4326_lon",
        "STRNAME;DEINR;Adresszusatz;DPLZ4;GGDENAME;Breitengrad;Längengrad",
    ],
)
def test_columns_of_neighbouring_countries(tmp_path: Path, header: str) -> None:
    rows = reading_of(tmp_path, f"{header}\nHauptstraße;12;a;69117;Heidelberg;49.41;8.70\n").rows
    assert (list(rows.streets), list(rows.suffixes), list(rows.cities)) == (
        ["Hauptstraße"],
        ["a"],
        ["Heidelberg"],
    )
    assert (rows.lon[0], rows.lat[0]) == (8.70, 49.41)


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "cp1252"])
@pytest.mark.parametrize("street", ["Allée des Prés", "Impasse Saint-Éloi et Allée Hélène"])
def test_the_letters_that_french_uses_most_tell_the_encoding(
    tmp_path: Path, encoding: str, street: str
) -> None:
    text = f"numero;nom_voie;lon;lat\n1;{street};-4.48;48.39\n"
    assert list(reading_of(tmp_path, text, encoding=encoding).rows.streets) == [street]


@pytest.mark.parametrize(
    "header",
    ["stop_name;stop_lon;stop_lat", "Appellation officielle;Longitude;Latitude", "rs;coordxet;coordyet"],
)
def test_columns_of_official_places(tmp_path: Path, header: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(f"{header}\nÉcole;4.83;46.3\n")
    assert list(read_places(path).rows.streets) == ["École"]


def test_a_stray_of_a_commune_told_by_name_alone(tmp_path: Path) -> None:
    lines = "".join(f"{n};Rue;Mâcon;{7.2 if n == 1 else 4.83};46.3\n" for n in range(1, 10))
    reading = reading_of(tmp_path, f"numero;voie;commune;lon;lat\n{lines}")
    assert (len(reading.rows), len(reading.flagged)) == (8, 1)


def test_lost_points_are_no_metres_of_guyane(tmp_path: Path) -> None:
    """Without any commune told, 4830000 46300000 was taken for UTM 22N and put into the Pyrenees."""
    lines = "".join(f"{n};Rue;{4_830_000 + n};{46_300_000 + n}\n" for n in range(1, 12))
    reading = reading_of(tmp_path, f"numero;voie;lon;lat\n{lines}")
    assert len(reading.rows) == 0
    assert {one.code for one in reading.flags} == {"lost_point"}
    assert reading.flagged.lat[0] == pytest.approx(46.3, abs=0.001)


def test_bytes_at_random_are_called_binary(tmp_path: Path) -> None:
    content = bytes(n * n * 7919 // 13 % 256 or 1 for n in range(1, 6000))
    assert refused(tmp_path, content).code == "binary"


def test_every_sentence_can_be_said() -> None:
    for code, sentence in SENTENCES.items():
        params = dict.fromkeys(re.findall(r"%\((\w+)\)s", sentence), "1")
        assert "%" not in LineProblem(line=1, code=code, params=params).sentence()


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("name", "good", "bad", "label"),
    [
        ("paris-faubourg-saint-antoine/ban_adresses.csv", 5340, 0, "Rue des Tournelles"),
        ("paris-faubourg-saint-antoine/osm_hn_adresses.csv", 5395, 0, ""),
        ("adresses/ban-01343-saint-cyr-sur-menthon.csv", 1378, 0, "les Feuilles"),
        ("adresses/grandlyon-2013-villeurbanne-69266.csv", 10635, 0, "Rue du 8 Mai 1945"),
        ("adresses/nantes-2013-2000lignes-latin1.csv", 2000, 0, "Rue de Gévaudan"),
        ("adresses/rennes-metropole-2013-2000lignes-iso8859-15.csv", 2000, 0, "Allée Beau Rivage"),
        ("osm/helsinki-centre-2019.osm.pbf", 1470, 0, "Kaivokatu"),
        ("osm/heidelberg-altstadt-2015.osm.pbf", 1063, 1, "Friedrichstraße"),
    ],
)
def test_real_files(name: str, good: int, bad: int, label: str) -> None:
    reading = read_addresses(DATA / name)
    assert (len(reading.rows), len(reading.problems)) == (good, bad)
    assert reading.rows.streets[0] == label
