"""Results of every layout, encoding and packing: to the vote, or refused with a reason."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.kit.readers.errors import UnreadableFile
from amiral.kit.readers.results import read_results
from amiral.kit.readers.results_names import day_of, recognise
from amiral.kit.readers.results_places import (
    PlaceCodes,
    arrondissement_in,
    bureau_code,
    canton_code,
    circonscription_code,
    commune_code,
    departement_code,
)
from tests.kit.readers.results_files import (
    NAMES,
    Station,
    bare_lines,
    blocks,
    columns,
    lines,
    packed,
    text,
    workbook,
)

Write = Callable[[list[Station]], bytes]

LAYOUTS: dict[str, Write] = {
    "blocks, headers once, latin-1": lambda s: text(blocks(s), encoding="latin-1"),
    "blocks, headers repeated": lambda s: text(blocks(s, headers="all"), separator=","),
    "blocks, numbered, quoted": lambda s: text(
        blocks(s, headers="numbered"), encoding="utf-8-sig", quoted=True
    ),
    "blocks under titles": lambda s: text(
        [["Élection d’essai"], ["France entière"], [], *blocks(s)], encoding="cp1252"
    ),
    "columns": lambda s: text(columns(s), separator=","),
    "columns, tabs, utf-16": lambda s: text(columns(s), separator="\t", encoding="utf-16"),
    "lines": lambda s: text(lines(s)),
    "lines without header": lambda s: text(bare_lines(s), encoding="latin-1"),
    "lines without header, 13 columns": lambda s: text(bare_lines(s, wide=False), encoding="latin-1"),
    "lines below a description": lambda s: (
        "".join(f"{i} : un champ du fichier\r\n" for i in range(17)).encode()
        + text(bare_lines(s, wide=False))
    ),
    "blocks in gzip": lambda s: packed(text(blocks(s)), "a.txt", "gz"),
    "blocks in zip": lambda s: packed(text(blocks(s), encoding="latin-1"), "a.txt", "zip"),
    "spreadsheet, headers once": lambda s: workbook({"Tour 1": blocks(s)}),
    "spreadsheet of lines": lambda s: workbook({"Notes": [["rien"]], "Bureaux": lines(s)}, titles=0),
}


@st.composite
def stations(draw: st.DrawFn) -> list[Station]:
    """Bureaux whose figures agree, all different."""
    candidates = draw(st.integers(2, 4))
    places = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["01", "71", "2A"]),
                st.sampled_from(["001", "076", "270"]),
                st.sampled_from(["0001", "0002", "0013"]),
            ),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )
    count = st.integers(0, 2_000)
    found = []
    for departement, commune, bureau in places:
        votes = tuple(draw(count) for _ in range(candidates))
        blanks, nulls, absent = draw(count), draw(count), draw(count)
        voters = sum(votes) + blanks + nulls
        found.append(Station(departement, commune, bureau, voters + absent, voters, blanks, nulls, votes))
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=stations())
def test_every_layout_is_read_to_the_vote(layout: str, tmp_path: Path, given: list[Station]) -> None:
    path = tmp_path / "fichier"
    path.write_bytes(LAYOUTS[layout](given))
    reading = read_results(path, name="2017-presidentielle-1.txt")
    assert not reading.left_out
    assert not reading.contradictions
    assert reading.level == "bureau-de-vote"
    totals = reading.totals()
    assert totals.lines == len(given)
    assert totals.registered == sum(one.registered for one in given)
    assert totals.voters == sum(one.voters for one in given)
    assert totals.expressed == sum(one.expressed for one in given)
    assert totals.blank_null == sum(one.blanks + one.nulls for one in given)
    names = [one.family_name for one in reading.candidates]
    for number, one in enumerate(NAMES[: len(given[0].votes)]):
        assert totals.votes[names.index(one.split()[0])] == sum(station.votes[number] for station in given)
    assert {line.place.station for line in reading.lines} == {
        f"{one.departement}{one.commune}_{one.bureau}" for one in given
    }


GOOD = [
    Station("71", "270", "0001", 100, 80, 3, 2, (40, 35)),
    Station("71", "270", "0002", 50, 40, 0, 0, (30, 10)),
]


def table(*rows: str) -> bytes:
    return "\n".join(rows).encode()


HEADER = (
    "Code du département;Code de la commune;Code du b.vote;Inscrits;Votants;Blancs;Nuls;Exprimés;ALBA;BRUN"
)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("71;270;1;100;120;10;10;100;60;40", "more_voters"),
        ("71;270;1;100;80;3;3;75;40;35", "voters_sum"),
        ("71;270;1;100;80;3;2;75;40;30", "expressed_sum"),
    ],
)
def test_a_line_that_contradicts_itself_is_kept_and_told(tmp_path: Path, line: str, code: str) -> None:
    reading = read_results(_file(tmp_path, table(HEADER, line)))
    assert [one.code for one in reading.contradictions] == [code]
    assert len(reading.lines) == 1
    assert not reading.left_out
    assert reading.contradictions[0].line == 2
    assert "%" not in reading.contradictions[0].sentence()


def test_abstentions_must_be_those_who_did_not_vote(tmp_path: Path) -> None:
    header = "departement;commune;bureau;inscrits;abstentions;votants;blancs;nuls;exprimes;ALBA;BRUN"
    reading = read_results(_file(tmp_path, table(header, "71;270;1;100;30;80;3;2;75;40;35")))
    assert [one.code for one in reading.contradictions] == ["abstention_sum"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("71;270;2;100;douze;3;2;75;40;35", "bad_count"),
        ("71;270;2;100;-80;3;2;75;40;35", "bad_count"),
        ("71;270;2;;;;;;;", "no_counts"),
        ("71;270;1;100;80;3;2;75;40;35", "duplicate_place"),
        (";;2;100;80;3;2;75;40;35", "no_place"),
    ],
)
def test_a_line_that_cannot_be_read_is_left_out_and_told(tmp_path: Path, line: str, code: str) -> None:
    good = "71;270;1;100;80;3;2;75;40;35"
    reading = read_results(_file(tmp_path, table(HEADER, good, line)))
    assert [(one.line, one.code) for one in reading.left_out] == [(3, code)]
    assert reading.totals().registered == 100


def _file(tmp_path: Path, content: bytes, name: str = "fichier.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (HEADER.encode(), "only_header"),
        (b"nom;prenom\nun;deux\n", "no_results_header"),
        (table(HEADER, "71;270;1;x;80;3;2;75;40;35"), "no_usable_line"),
        (b"%PDF-1.4 nothing", "other_kind"),
        (b"<html><body>Erreur 404</body></html>", "other_kind"),
        (b"PK\x03\x04 cut short", "broken_table"),
        (b"\x1f\x8b\x08 cut short", "broken_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut short", "broken_table"),
        (b'{"votants": 3}', "no_votes_column"),
        (b'{"votants": ', "broken_table"),
        (b"\x00\x01\x02\x03;;;\n\x00\x00", "binary"),
        (b"bureau;inscrits;votants;exprimes;ALBA\n1;10;8;8;8\n", "no_place_column"),
        (b"departement;inscrits;votants;exprimes\n71;10;8;8\n", "no_votes_column"),
        (packed(b"", "lisez-moi.pdf", "zip"), "several_tables"),
    ],
)
def test_what_is_no_results_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_results(_file(tmp_path, content))
    assert refusal.value.code == code
    assert refusal.value.sentence()


def test_columns_that_are_no_candidates_are_noticed(tmp_path: Path) -> None:
    header = "departement;commune;bureau;inscrits;votants;exprimes;ALBA;population"
    rows = [f"71;270;{i};100;80;80;80;3000" for i in range(1, 13)]
    with pytest.raises(UnreadableFile) as refusal:
        read_results(_file(tmp_path, table(header, *rows)))
    assert refusal.value.code == "nothing_adds_up"
    assert "population" in refusal.value.sentence()


def test_a_file_of_one_town_is_told_its_commune(tmp_path: Path) -> None:
    content = b"bureau;inscrits;votants;exprimes;ALBA\n1;10;8;8;8\n"
    reading = read_results(_file(tmp_path, content), commune="71270")
    assert reading.lines[0].place.station == "71270_0001"
    assert reading.lines[0].place.departement == "71"


def test_the_rounds_of_a_file_are_told_apart(tmp_path: Path) -> None:
    path = _file(tmp_path, text(bare_lines(GOOD, rounds=(1, 2))), "PR12_Bvot_T1T2.txt")
    assert read_results(path).rounds == (1, 2)
    second = read_results(path, round=2)
    assert len(second.lines) == 2
    assert second.totals().expressed == 115
    with pytest.raises(UnreadableFile) as refusal:
        read_results(_file(tmp_path, text(bare_lines(GOOD)), "b.txt"), round=2)
    assert refusal.value.code == "no_such_round"


def test_a_line_of_totals_is_not_counted_twice(tmp_path: Path) -> None:
    header = "departement;commune;bureau;inscrits;votants;exprimes;ALBA"
    content = table(header, "71;270;1;10;8;8;8", "71;270;2;10;8;8;8", "Total;;;20;16;16;16")
    reading = read_results(_file(tmp_path, content))
    assert reading.skipped_totals == 1
    assert reading.totals().registered == 20


@pytest.mark.parametrize(
    "line",
    ["FE;France entière;20;16;16;16", ";Ensemble;20;16;16;16", ";TOTAL FRANCE ENTIERE;20;16;16;16"],
)
def test_the_country_below_its_departements_is_not_counted_twice(tmp_path: Path, line: str) -> None:
    header = "Code du département;Libellé du département;Inscrits;Votants;Exprimés;ALBA"
    content = table(header, "01;Ain;10;8;8;8", "2A;Corse-du-Sud;10;8;8;8", line)
    reading = read_results(_file(tmp_path, content))
    assert (reading.skipped_totals, reading.totals().registered) == (1, 20)


@pytest.mark.parametrize("word", ["TOTAL", "Total commune", "Sous-total", "Ensemble", ""])
def test_the_commune_below_its_stations_is_not_counted_twice(tmp_path: Path, word: str) -> None:
    header = "departement;commune;bureau;inscrits;votants;exprimes;ALBA"
    content = table(
        header, "71;270;1;10;8;8;8", "71;270;2;10;8;8;8", f"71;270;{word};20;16;16;16", "71;001;1;5;5;5;5"
    )
    reading = read_results(_file(tmp_path, content))
    assert (reading.skipped_totals, reading.totals().registered) == (1, 25)


def test_a_commune_told_without_its_stations_is_kept(tmp_path: Path) -> None:
    header = "departement;commune;bureau;inscrits;votants;exprimes;ALBA"
    content = table(header, "71;270;1;10;8;8;8", "71;270;2;10;8;8;8", "71;001;;20;16;16;16")
    reading = read_results(_file(tmp_path, content))
    assert (reading.skipped_totals, reading.totals().registered) == (0, 40)


def test_several_ballots_in_one_file_are_refused_by_name(tmp_path: Path) -> None:
    header = "id_election;Code du département;Code de la commune;Code du b.vote;Voix;Nom;Prénom"
    content = table(header, "2022_pres_t1;71;270;0001;8;ALBA;Zoé", "2022_pres_t2;71;270;0001;9;ALBA;Zoé")
    with pytest.raises(UnreadableFile) as refusal:
        read_results(_file(tmp_path, content))
    assert refusal.value.code == "several_ballots"
    assert "2022_pres_t1, 2022_pres_t2" in refusal.value.sentence()


@pytest.mark.parametrize("end", ["LISTE POUR TOUS;ALBA;Zoé;LSOC", "ALBA;Zoé;LSOC;LISTE POUR TOUS"])
def test_lists_of_old_files_without_a_header(tmp_path: Path, end: str) -> None:
    content = table(f"1;71;270;Mâcon;0001;100;80;75;1;{end};75", f"1;71;270;Mâcon;0002;50;40;39;1;{end};39")
    reading = read_results(_file(tmp_path, content))
    assert (reading.totals().registered, reading.totals().votes) == (150, {0: 114})
    (one,) = reading.candidates
    assert (one.family_name, one.nuance, one.list_long) == ("ALBA", "LSOC", "LISTE POUR TOUS")


def test_a_commune_of_two_constituencies_has_two_lines(tmp_path: Path) -> None:
    header = "departement;circonscription;commune;inscrits;votants;exprimes;ALBA"
    content = table(header, "71;3;076;10;8;8;8", "71;5;076;20;8;8;8")
    reading = read_results(_file(tmp_path, content))
    assert reading.level == "commune"
    assert reading.totals().registered == 30
    assert {one.place.circonscription for one in reading.lines} == {"71-03", "71-05"}


def test_voters_of_small_communes_name_several_candidates(tmp_path: Path) -> None:
    content = table(HEADER, "71;270;1;100;80;3;2;75;70;60")
    path = _file(tmp_path, content)
    assert read_results(path).contradictions
    assert not read_results(path, kind="municipales").contradictions


def test_a_sheet_is_chosen_by_its_round_or_its_name(tmp_path: Path) -> None:
    path = _file(tmp_path, workbook({"Tour 1": blocks(GOOD), "Tour 2": blocks(GOOD[:1])}), "a.ods")
    assert read_results(path).sheets == ("Tour 1", "Tour 2")
    assert len(read_results(path, round=2, name="2022-presidentielle").lines) == 1
    assert len(read_results(path, sheet="Tour 1").lines) == 2


@pytest.mark.parametrize(
    ("name", "kind", "number", "day"),
    [
        ("2017-presidentielle-1_par_bureau_large-71.csv", "presidentielle", 1, date(2017, 4, 23)),
        ("2017-legislatives-2-75.csv", "legislatives", 2, date(2017, 6, 18)),
        ("2019-europeennes-75.csv", "europeennes", 1, date(2019, 5, 26)),
        ("PR17_BVot_T1_FE.txt", "presidentielle", 1, date(2017, 4, 23)),
        ("PR12_Bvot_T1T2.txt", "presidentielle", 0, None),
        ("Leg_2017_Resultats_BVT_T2_c.txt", "legislatives", 2, date(2017, 6, 18)),
        ("Présidentielle 2022 - 2nd tour.xlsx", "presidentielle", 2, date(2022, 4, 24)),
        ("legislatives-2024-resultats-par-bureau-1er-tour.csv", "legislatives", 1, date(2024, 6, 30)),
        ("RF05_BVot.txt", "referendum", 1, date(2005, 5, 29)),
        ("resultats-par-niveau-burvot-t1-france-entiere.txt", "", 1, None),
        ("municipales-2020-t2.csv", "municipales", 2, date(2020, 6, 28)),
        ("resultats.csv", "", 0, None),
    ],
)  # fmt: skip
def test_the_ballot_is_known_by_the_name_of_the_file(
    name: str, kind: str, number: int, day: date | None
) -> None:
    guess = recognise(name)
    assert (guess.kind, guess.round, guess.date) == (kind, number, day)


def test_a_year_without_a_general_ballot_has_no_day() -> None:
    assert day_of("presidentielle", 2018, 1) is None
    assert day_of("europeennes", 2019, 2) is None


def test_places_have_one_code_however_they_are_written() -> None:
    assert [departement_code(one) for one in ("1", "2a", "ZA", "ZZ", "975")] == [
        "01",
        "2A",
        "971",
        "99",
        "975",
    ]
    assert commune_code("71", "76") == "71076"
    assert commune_code("2A", "4") == "2A004"
    assert commune_code("971", "101") == "97101"
    assert commune_code("976", "501") == "97601"
    assert commune_code("971", "ZA101") == "97101"
    assert commune_code("988", "818") == "98818"
    assert commune_code("ZX", "801") == "97801"
    assert commune_code("01", "1053") == "01053"
    assert [bureau_code(one) for one in ("1", "71076_12", "JUS1", "")] == ["0001", "0012", "JUS1", ""]
    assert arrondissement_in("75056", "0412") == ("75104", "0012")
    assert arrondissement_in("69123", "0905") == ("69389", "0005")
    assert arrondissement_in("13055", "1601") == ("13216", "0001")
    assert arrondissement_in("75104", "0412") == ("75104", "0012")
    assert arrondissement_in("75056", "JUS1") == ("", "JUS1")
    assert arrondissement_in("71076", "0101") == ("", "0101")
    assert canton_code("71", "1") == "7101"
    assert [circonscription_code("71", one) for one in ("5", "05", "7105", "71-05")] == ["71-05"] * 4
    assert PlaceCodes(commune="71076", bureau="0012").station == "71076_0012"


@pytest.mark.parametrize(
    ("header", "line", "level", "votes"),
    [
        (  # European election of 2024, by bureau
            "Code localisation;Code département;Code commune;Libellé commune;Code BV;"
            "Inscrits;Votants;% Votants;"
            "Abstentions;Exprimés;Blancs;Nuls;Numéro de panneau 1;Nuance liste 1;Libellé abrégé de liste 1;"
            "Voix 1;% Voix/inscrits 1;Sièges 1;Numéro de panneau 2;Nuance liste 2;Libellé abrégé de liste 2;"
            "Voix 2;% Voix/inscrits 2;Sièges 2",
            "M;ZA;ZA101;Une commune;1;100;60;60,00%;40;50;6;4;1;LDIV;UNE LISTE;20;20%;0;2;"
            "LDVC;AUTRE;30;30%;0",
            "bureau-de-vote",
            [20, 30],
        ),
        (  # departmental elections, pairs by canton
            "Code du département;Code du canton;Libellé du canton;Inscrits;Abstentions;"
            "% Abs/Ins;Votants;Blancs;"
            "Nuls;Exprimés;N°Panneau;Nuance Binôme;Binôme;Voix;% Voix/Ins;% Voix/Exp",
            "71;1;Un canton;100;40;40,0;60;5;5;50;1;BC-DIV;Mme A et M. B;30;30;60;2;BC-DVC;"
            "M. C et Mme D;20;20;40",
            "canton",
            [30, 20],
        ),
        (  # municipal elections, lists by commune, thousands set apart
            "Code du département;Code de la commune;Libellé de la commune;Inscrits;Votants;"
            "Blancs;Nuls;Exprimés;"
            "N.Pan.;Code Nuance;Sexe;Nom;Prénom;Liste;Sièges / Elu;Voix;% Voix/Ins",
            "71;270;Mâcon;1 000;600;5;5;590;1;LDVD;M;A;B;UNE LISTE;0;300;30;2;LDVG;F;C;D;AUTRE;0;290;29",
            "commune",
            [300, 290],
        ),
        (  # a referendum
            "Code département;Inscrits;Abstentions;Votants;Blancs et nuls;Exprimés;Oui;"
            "% Oui/Exp;Non;% Non/Exp",
            "71;100;20;80;10;70;30;42,86;40;57,14",
            "departement",
            [30, 40],
        ),
        (  # nuances, one of which is written as a column of communes might be
            "departement;circonscription;inscrits;votants;blancs;exprimes;COM;DVD",
            "71;5;100;80;0;80;30;50",
            "circonscription",
            [30, 50],
        ),
        (  # before 2014, one line per candidate
            "Tour;Code département;Code commune;N° de bureau de vote;Inscrits;Votants;Exprimés;"
            "N° de dépôt du candidat;Nom du candidat;Prénom du candidat;Nombre de voix du candidat",
            "1;71;270;1;100;80;80;1;A;B;80",
            "bureau-de-vote",
            [80],
        ),
    ],
)
def test_names_of_columns_of_every_year(
    tmp_path: Path, header: str, line: str, level: str, votes: list[int]
) -> None:
    reading = read_results(_file(tmp_path, table(header, line)))
    assert not reading.left_out
    assert not reading.contradictions
    assert reading.level == level
    assert list(reading.totals().votes.values()) == votes


def test_sectors_of_the_three_largest_cities_are_told_apart(tmp_path: Path) -> None:
    content = table(
        "departement;Code de la commune;Libellé de la commune;Inscrits;Votants;Exprimés;N.Pan.;Liste;Voix",
        "13;055SR01;Marseille secteur 1;100;80;80;1;UNE LISTE;80",
        "13;055SR02;Marseille secteur 2;50;40;40;1;UNE LISTE;40",
    )
    reading = read_results(_file(tmp_path, content), kind="municipales")
    assert not reading.left_out
    assert {one.place.commune for one in reading.lines} == {"13055"}
    assert reading.totals().registered == 150
    assert [one.scope for one in reading.candidates] == ["13055SR01", "13055SR02"]
