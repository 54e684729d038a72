"""Importing contours: whole or not at all; where points lie then; who lies in whom."""

import csv
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils import translation

from amiral.kit.models import AuditLine
from amiral.kit.readers.contour_errors import CONTOUR_SENTENCES, FOUND, ContourFlaw
from amiral.rooms.territory import api
from amiral.rooms.territory.access import OutsideTerritory
from amiral.rooms.territory.actions.contours import check_contours, default_name, remove_contours
from amiral.rooms.territory.actions.locating import locate_file
from amiral.rooms.territory.contour_words import SENTENCES, WORDS, ContoursRefused, flaw_sentence, words_of
from amiral.rooms.territory.contracts import ContourChoices, ContourImport, TerritoryKind
from amiral.rooms.territory.models import (
    BadLine,
    ContourFile,
    FormerCode,
    ReferenceFile,
    Territory,
    TerritoryLink,
)
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries import contours as found
from tests.conftest import Cast
from tests.rooms.territory.contours_making import (
    PLACES,
    SIDE,
    communes,
    feature,
    middle,
    square,
    write,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
COMMUNE = TerritoryKind.COMMUNE


def put(path: Path, kind: TerritoryKind = COMMUNE, **words: Any) -> ContourImport:
    return api.import_contours_file(path=path, kind=kind, **words)


def at(*points: tuple[float, float], kind: TerritoryKind = COMMUNE, **words: Any) -> list[str]:
    lon, lat = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return list(api.locate(lon=lon, lat=lat, kind=kind, **words).ids())


def files_left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_points_are_located(places: None, tmp_path: Path) -> None:
    done = put(write(tmp_path, *communes()), valid_from=date(2024, 1, 1))
    assert (done.rows, done.refused, done.replaced, done.name) == (4, 0, False, "commune 21 71 (2024)")
    assert at(*map(middle, PLACES)) == [f"commune:{code}" for code in PLACES]
    assert at((0.0, 0.0), (float("nan"), 46.3)) == ["", ""]
    assert at(middle("71270"), kind=TerritoryKind.CANTON) == [""]
    assert at() == []


def test_a_common_border_belongs_to_the_first_of_the_file(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270", "71105")))
    assert at((4.80, 46.30)) == ["commune:71270"]
    put(write(tmp_path, *communes("71105", "71270")))
    assert at((4.80, 46.30)) == ["commune:71105"]


def test_the_newest_borders_answer_first(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270", "71105")), valid_from=date(2018, 1, 1))
    larger = feature({"code": "71270"}, square(4.75, 46.28, 2 * SIDE))
    put(write(tmp_path, larger), valid_from=date(2024, 1, 1))
    assert at(middle("71105")) == ["commune:71270"]
    assert at(middle("71105"), on=date(2019, 5, 26)) == ["commune:71105"]
    assert at(middle("71105")) == ["commune:71270"]


def test_a_second_file_replaces_the_first_without_a_gap(
    places: None, tmp_path: Path, folders: Path, django_capture_on_commit_callbacks: Any
) -> None:
    first = put(write(tmp_path, *communes("71270", "71105")))
    second = put(write(tmp_path, *communes("71270", "71076")))
    assert second.replaced
    assert second.name == first.name
    assert files_left(folders) == [f"{second.file_id}.parquet"]
    assert ContourFile.objects.filter(file__state=ReferenceFile.State.LIVE).count() == 1
    assert at(*map(middle, ["71270", "71105", "71076"])) == ["commune:71270", "", "commune:71076"]


def test_one_name_of_two_kinds_stands_for_two_files(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270")), name="Mâcon")
    zone = feature({"nom": "Centre"}, square(*PLACES["71270"]))
    done = put(write(tmp_path, zone), TerritoryKind.ZONE, name="Mâcon")
    assert not done.replaced
    assert {card.name for card in found.contour_files()} == {"Mâcon", "Mâcon (zone)"}


def test_reading_goes_on_while_files_are_replaced(places: None, tmp_path: Path) -> None:
    """Many readers, one who imports: every answer is of one of the two files."""
    one = write(tmp_path, *communes("71270", "71105"), name="one.geojson")
    put(one)
    answers, stop = set[str](), threading.Event()

    def read() -> None:
        from django.db import connection

        while not stop.is_set():
            answers.update(at(middle("71270")))
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(4):
        put(one)
    stop.set()
    reader.join()
    assert answers == {"commune:71270"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_bad_feature_refuses_the_file_and_leaves_nothing(
    places: None, tmp_path: Path, folders: Path, language: str
) -> None:
    bad = feature({"code": "71076"}, {"type": "Point", "coordinates": [4.8, 46.7]})
    path = write(tmp_path, *communes("71270"), bad)
    with translation.override(language), pytest.raises(ContoursRefused) as refused:
        put(path)
    assert {"fr": "surface", "en": "area"}[language] in str(refused.value)
    assert [flaw.code for flaw in refused.value.flaws] == ["not_an_area"]
    assert not ReferenceFile.objects.exists()
    assert not AuditLine.objects.exists()
    assert files_left(folders) == []
    done = put(path, choices=ContourChoices(without_bad=True))
    assert (done.rows, done.refused) == (1, 1)
    assert BadLine.objects.filter(code="not_an_area", line_number=2).exists()


def test_an_import_that_is_stopped_leaves_nothing(places: None, tmp_path: Path, folders: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done * 100 >= 90 * total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(write(tmp_path, *communes()), report=stop)
    assert files_left(folders) == []
    assert not ReferenceFile.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (feature({"code": "71999"}, square(4.6, 46.5)), "unknown_code"),
        (feature({"code": "71270"}, square(4.6, 46.5)), "duplicate_code"),
        (feature({"code": ""}, square(4.6, 46.5)), "no_code"),
        (feature({"code": "x"}, square(4.6, 46.5)), "bad_code"),
        (feature({"code": "71076"}, square(20.0, 46.5)), "outside_france"),
        (feature({"code": "71076"}, square(46.75, 4.82)), "exchanged"),
        (feature({"code": "71076"}, None), "empty_geometry"),
    ],
)
def test_what_refuses_a_feature(places: None, tmp_path: Path, given: Any, code: str) -> None:
    checked = check_contours(path=write(tmp_path, *communes("71270", "71105"), given), kind=COMMUNE)
    assert [flaw.code for flaw in checked.flaws if flaw.refuses] == [code]
    assert checked.refused == 1
    assert [row.territory_id for row in checked.rows] == ["commune:71270", "commune:71105", ""]


def test_what_is_worth_a_look(places: None, tmp_path: Path) -> None:
    over = feature({"code": "71105"}, square(4.76, 46.28))
    far = feature({"code": "71076"}, square(-1.0, 44.0))
    checked = check_contours(path=write(tmp_path, *communes("71270"), over, far), kind=COMMUNE)
    assert sorted(flaw.code for flaw in checked.flaws) == ["outside_departement", "overlap"]
    assert checked.refused == 0
    ring = square(4.5, 46.2, 0.3, 0.3)
    ring["coordinates"].append(square(4.6, 46.3, 0.1, 0.1)["coordinates"][0][::-1])
    checked = check_contours(
        path=write(tmp_path, feature({"code": "71270"}, ring), *communes("71076")), kind=COMMUNE
    )
    assert [flaw.code for flaw in checked.flaws] == ["gap"]


def test_the_departement_that_was_imported_judges(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, feature({"code": "71"}, square(4.0, 46.2, 1.0, 0.3))), TerritoryKind.DEPARTEMENT)
    checked = check_contours(path=write(tmp_path, *communes("71270", "71076")), kind=COMMUNE)
    assert [(flaw.feature, flaw.code) for flaw in checked.flaws] == [(2, "outside_parent")]


def test_a_former_commune_counts_for_the_one_that_took_it_in(places: None, tmp_path: Path) -> None:
    FormerCode.objects.create(code="71999", name="Ancien", commune_id="commune:71270")
    village = feature({"code": "71999"}, square(4.85, 46.28))
    done = put(write(tmp_path, *communes("71270"), village))
    assert (done.rows, done.refused) == (2, 0)
    assert at(middle("71270"), (4.87, 46.30)) == ["commune:71270"] * 2
    (whole,) = api.contours(territory_ids=["commune:71270"], detailed=True).values()
    assert shapely.geometry.shape(whole).area == pytest.approx(2 * SIDE**2)


# Territories and memberships ------------------------------------------------------------------------------


def test_cantons_come_into_being_and_hold_their_communes(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270", "71105", "71076")))
    x, y = PLACES["71076"]
    cantons = [
        feature({"code": "7121", "nom": "Mâcon-1"}, square(4.70, 46.2, 0.2, 0.2)),
        feature({"code": "7106", "nom": "Chalon-1"}, square(x, y, SIDE / 2)),
        feature({"code": "7107", "nom": "Chalon-2"}, square(x + SIDE / 2, y, SIDE / 2)),
    ]
    done = put(write(tmp_path, *cantons), TerritoryKind.CANTON, valid_from=date(2015, 3, 22))
    assert (done.created_territories, done.exact_links, done.shared_links) == (3, 2, 2)
    assert api.is_within(territory_id="commune:71270", ancestor_id="canton:7121")
    assert api.is_within(territory_id="canton:7121", ancestor_id="departement:71")
    assert not api.is_within(territory_id="commune:71076", ancestor_id="canton:7106")
    shared = TerritoryLink.objects.filter(child_id="commune:71076", exact=False)
    assert [one.share for one in shared] == pytest.approx([0.5, 0.5], abs=0.01)
    again = put(write(tmp_path, *cantons), TerritoryKind.CANTON, valid_from=date(2015, 3, 22))
    assert again.created_territories == 0
    assert TerritoryLink.objects.filter(parent__kind="canton", valid_to=None).count() == 4


def test_communes_that_come_after_their_cantons_are_connected_too(places: None, tmp_path: Path) -> None:
    canton = feature({"code": "7121"}, square(4.70, 46.2, 0.2, 0.2))
    put(write(tmp_path, canton), TerritoryKind.CANTON)
    assert put(write(tmp_path, *communes("71270"))).exact_links == 1
    assert api.is_within(territory_id="commune:71270", ancestor_id="canton:7121")


def test_what_a_table_told_is_not_overruled_by_a_drawing(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270")))
    Territory.objects.create(id="canton:7199", kind="canton", code="7199", name="Officiel", search_name="o")
    TerritoryLink.objects.create(child_id="commune:71270", parent_id="canton:7199")
    put(write(tmp_path, feature({"code": "7121"}, square(4.70, 46.2, 0.2, 0.2))), TerritoryKind.CANTON)
    (link,) = TerritoryLink.objects.filter(child_id="commune:71270", parent__kind="canton", valid_to=None)
    assert link.parent_id == "canton:7199"


def test_stations_lie_in_their_commune(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270")))
    x, y = PLACES["71270"]
    halves = [
        feature({"numero": number, "lieu": f"École {number}"}, square(x + half, y, SIDE / 2))
        for number, half in ((1, 0.0), (2, SIDE / 2))
    ]
    done = put(write(tmp_path, *halves), TerritoryKind.BUREAU_DE_VOTE)
    assert done.name == "bureau-de-vote 71270"
    assert api.is_within(territory_id="bureau-de-vote:71270_0002", ancestor_id="commune:71270")
    assert at((4.81, 46.3), (4.84, 46.3), kind=TerritoryKind.BUREAU_DE_VOTE) == [
        "bureau-de-vote:71270_0001",
        "bureau-de-vote:71270_0002",
    ]


def test_stations_without_a_commune_are_asked_for_it(places: None, tmp_path: Path) -> None:
    one = feature({"numero": 1}, square(*PLACES["71270"]))
    path = write(tmp_path, one, feature({"numero": 2}, square(4.85, 46.28)))
    with pytest.raises(ContoursRefused) as refused:
        put(path, TerritoryKind.BUREAU_DE_VOTE)
    assert {flaw.code for flaw in refused.value.flaws} == {"no_commune"}
    assert put(path, TerritoryKind.BUREAU_DE_VOTE, choices=ContourChoices(commune="71270")).rows == 2


def test_zones_need_no_code(places: None, tmp_path: Path) -> None:
    zones = [
        feature({"nom": name}, square(4.7 + i / 10, 46.28))
        for i, name in enumerate(["Vieille ville", "Gare"])
    ]
    put(write(tmp_path, *zones), TerritoryKind.ZONE)
    assert at((4.72, 46.3), kind=TerritoryKind.ZONE) == ["zone:Vieille-ville"]
    assert api.territory(territory_id="zone:Gare").name == "Gare"


def test_removing_contours_keeps_territories(places: None, cast: Cast, tmp_path: Path, folders: Path) -> None:
    done = put(write(tmp_path, *communes("71270")), imported_by_id=cast.administrator)
    remove_contours(by_id=cast.administrator, file_id=done.file_id)
    assert at(middle("71270")) == [""]
    assert files_left(folders) == []
    assert api.territory(territory_id="commune:71270")


def test_a_coordinator_imports_his_own_departement(places: None, cast: Cast, tmp_path: Path) -> None:
    mine = write(tmp_path, *communes("71270", "71105"), name="mine.geojson")
    theirs = write(tmp_path, *communes("21231"), name="theirs.geojson")
    assert put(mine, imported_by_id=cast.coordinator).rows == 2
    with pytest.raises(OutsideTerritory):
        put(theirs, imported_by_id=cast.coordinator)
    canton = write(tmp_path, feature({"code": "2101"}, square(5.0, 47.2)), name="canton.geojson")
    with pytest.raises(OutsideTerritory):
        put(canton, TerritoryKind.CANTON, imported_by_id=cast.coordinator)
    assert put(canton, TerritoryKind.CANTON, imported_by_id=cast.other_coordinator).rows == 1


def test_names_say_kind_area_and_year() -> None:
    assert default_name(COMMUNE, ["71001", "71002"], None) == "commune 71"
    assert default_name(COMMUNE, [f"{i:02d}001" for i in range(1, 90)], None) == "commune France"
    assert (
        default_name(TerritoryKind.BUREAU_DE_VOTE, ["75119_0001", "75118_0001"], None) == "bureau-de-vote 75"
    )
    assert default_name(TerritoryKind.REGION, ["27"], date(2016, 1, 1)) == "region (2016)"


# Maps ------------------------------------------------------------------------------------------


def test_maps_draw_the_outline_and_the_parts(places: None, tmp_path: Path) -> None:
    assert found.drawn(territory_id="departement:71") is None
    put(write(tmp_path, *communes()), attribution="IGN")
    drawn = found.drawn(territory_id="departement:71")
    assert drawn is not None
    assert drawn.outline is None
    assert [part.territory_id for part in drawn.parts] == ["commune:71076", "commune:71105", "commune:71270"]
    assert drawn.attribution == "IGN"
    own = found.drawn(territory_id="commune:71270")
    assert own is not None
    assert own.outline is not None
    assert own.outline["type"] == "Polygon"


@pytest.mark.parametrize("number", [2, 20])
def test_a_map_costs_the_same_for_two_parts_and_for_twenty(
    places: None, tmp_path: Path, django_assert_max_num_queries: Any, number: int
) -> None:
    put(write(tmp_path, *communes("71270")))
    x, y = PLACES["71270"]
    stations = [
        feature({"code": f"71270_{i:04d}"}, square(x + i * SIDE / 20, y, SIDE / 20)) for i in range(number)
    ]
    put(write(tmp_path, *stations), TerritoryKind.BUREAU_DE_VOTE)
    with django_assert_max_num_queries(6):
        drawn = found.drawn(territory_id="commune:71270")
    assert drawn is not None
    assert len(drawn.parts) == number


# Tables ----------------------------------------------------------------------------------------------------


def table(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_table_gets_its_territories(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes()))
    put(write(tmp_path, feature({"code": "7121"}, square(4.70, 46.2, 0.2, 0.2))), TerritoryKind.CANTON)
    path = table(tmp_path, "nom;lon;lat\na;4.82;46.30\nb;;\nc;0;0\nd;4,76;46,29\n")
    target = tmp_path / "out.csv"
    done = locate_file(path=path, target=target)
    assert (done.rows, done.without_position) == (4, 1)
    assert done.found == {"commune": 2, "canton": 2, "circonscription": 0, "bureau": 0}
    with target.open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0] == ["nom", "lon", "lat", "commune", "canton", "circonscription", "bureau"]
    assert [row[3] for row in rows[1:]] == ["71270", "", "", "71105"]


def test_kinds_without_contours_are_told_by_the_commune(places: None, tmp_path: Path) -> None:
    put(write(tmp_path, *communes("71270")))
    Territory.objects.create(id="canton:7121", kind="canton", code="7121", name="C", search_name="c")
    TerritoryLink.objects.create(child_id="commune:71270", parent_id="canton:7121")
    done = locate_file(path=table(tmp_path, "lon,lat,commune\n4.82,46.3,x\n"), target=tmp_path / "out.csv")
    assert done.found["canton"] == 1
    assert "amiral_commune" in done.found


def test_a_table_without_positions_is_refused_and_nothing_is_written(places: None, tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        locate_file(path=table(tmp_path, "nom;prenom\na;b\n"), target=tmp_path / "out.csv")
    assert files_left(tmp_path) == ["points.csv"]


# The command ------------------------------------------------------------------------------------------------


def test_the_command_imports_checks_and_locates(
    places: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, *communes("71270"), feature({"code": "x"}, square(4.6, 46.5)))
    call_command("territory", "import-contours", str(path), "--kind", "commune", "--check")
    assert ": code," in capsys.readouterr().out
    with pytest.raises(CommandError, match="inutilisable"):
        call_command("territory", "import-contours", str(path), "--kind", "commune")
    call_command(
        "territory", "import-contours", str(path), "--kind", "commune", "--without-bad", "--year", "2024"
    )
    assert "commune 71 (2024)" in capsys.readouterr().out
    points = table(tmp_path, "lon;lat\n4.82;46.3\n")
    call_command("territory", "locate", str(points))
    assert "71270" in (tmp_path / "points.located.csv").read_text("utf-8")


# Words ------------------------------------------------------------------------------------------


def test_every_code_has_its_sentence_in_both_languages() -> None:
    assert SENTENCES == CONTOUR_SENTENCES
    assert set(FOUND) <= WORDS
    for code, english in CONTOUR_SENTENCES.items():
        blanks = _Blanks()
        with translation.override("fr"):
            french = words_of(code, blanks)
        assert french != english % blanks, code
        for name in blanks.asked:
            assert f"<{name}>" in french


class _Blanks(dict[str, str]):
    """Answers every blank, and remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> str:
        self.asked.add(name)
        return f"<{name}>"

    def items(self) -> Any:
        return {name: f"<{name}>" for name in NAMES}.items()


NAMES = {name for text in CONTOUR_SENTENCES.values() for name in re.findall(r"%\((\w+)\)", text)}


def test_a_sentence_says_which_feature() -> None:
    flaw = ContourFlaw(feature=3, code="no_code", label="Mâcon")
    with translation.override("fr"):
        assert flaw_sentence(flaw) == "Objet 3 (Mâcon)\xa0: L’objet n’a pas de code."
    with translation.override("en"):
        assert flaw_sentence(flaw) == "Feature 3 (Mâcon): The feature has no code."


@pytest.mark.data
def test_the_real_contours_of_a_departement(shared: Path, tmp_path: Path) -> None:
    path = shared / "saone-et-loire-71/contours-2018/communes-71-saone-et-loire.geojson"
    checked = check_contours(path=path, kind=TerritoryKind.ZONE)
    assert (len(checked.good), checked.refused) == (567, 0)
    stations = shared / "paris-faubourg-saint-antoine/secteurs-des-bureaux-de-vote.geojson"
    checked = check_contours(path=stations, kind=TerritoryKind.BUREAU_DE_VOTE)
    assert len(checked.good) == 896
    assert {row.code[:5] for row in checked.rows} == {f"751{i:02d}" for i in range(1, 21)}
