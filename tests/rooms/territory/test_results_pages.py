"""Pages of election results: who may open them, what they show, how a file becomes results."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from amiral.kit import runs
from amiral.kit.models import AuditLine, Run
from amiral.rooms.territory.actions.results import import_results_file
from amiral.rooms.territory.contracts import ElectionKind, NewElection
from amiral.rooms.territory.models import Election, ReferenceFile
from amiral.rooms.territory.queries import results as found
from amiral.rooms.territory.web import results_maps
from tests.conftest import Cast
from tests.kit.readers.results_files import Station, blocks, workbook
from tests.rooms.territory.test_results import BUREAUX, FIRST, SECOND, table

pytestmark = pytest.mark.django_db
SignIn = Callable[[UUID | None], Client]
Put = Callable[[str, bytes], Path]

IMPORTERS = {
    "owner": 404,
    "teammate": 404,
    "stranger": 404,
    "coordinator": 200,
    "other_coordinator": 200,
    "administrator": 200,
    "anonymous": 302,
}
EVERYBODY = dict.fromkeys(IMPORTERS, 200)
NAME = "2017-presidentielle-1.csv"
SAONE_ET_LOIRE = table(*BUREAUX[:4])


def enter(sign_in: SignIn, cast: Cast, who: str) -> Client:
    return sign_in(None if who == "anonymous" else getattr(cast, who))


@pytest.fixture
def imported(put: Put, cast: Cast) -> UUID:
    """Results of two départements, brought at the command line."""
    path = put(NAME, table(*BUREAUX))
    return import_results_file(path=path, election=FIRST, file_name=NAME).file_id


def page_of(territory_id: str, election: NewElection = FIRST, **query: str) -> str:
    row = Election.objects.get(kind=election.kind, date=election.date, round=election.round)
    return reverse("territory:results", args=[territory_id, row.pk], query=query)


def upload(browser: Client, content: bytes = SAONE_ET_LOIRE, name: str = NAME, **fields: str) -> Any:
    given = {"file": SimpleUploadedFile(name, content), "commune": ""} | fields
    return browser.post(reverse("territory:import_results"), given)


def read(browser: Client, content: bytes = SAONE_ET_LOIRE, name: str = NAME) -> Run:
    upload(browser, content, name)
    run = Run.objects.get(kind="read-results")
    runs.carry_out(run.pk)
    run.refresh_from_db()
    return run


BALLOT = {"kind": "presidentielle", "date": "2017-04-23", "round": "1", "name": "", "attribution": ""}


# Rights ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "status"), EVERYBODY.items())
def test_everybody_sees_results(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    assert browser.get(page_of("commune:71270")).status_code == status
    assert browser.get(page_of("commune:71270") + "resultats.csv").status_code == status


@pytest.mark.parametrize(("who", "status"), IMPORTERS.items())
def test_who_sees_the_files(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    assert browser.get(reverse("territory:results_files")).status_code == status
    assert browser.get(reverse("territory:results_file", args=[imported])).status_code == status


@pytest.mark.parametrize(("who", "status"), IMPORTERS.items())
def test_who_sends_a_file(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    answer = upload(enter(sign_in, cast, who))
    assert answer.status_code == (302 if status == 200 else status)
    assert Run.objects.count() == (status == 200)


@pytest.mark.parametrize("who", IMPORTERS)
def test_only_who_sent_it_confirms_it(cast: Cast, sign_in: SignIn, who: str) -> None:
    run = read(sign_in(cast.coordinator))
    expected = {"coordinator": (200, 302), "anonymous": (302, 302)}.get(who, (404, 404))
    browser = enter(sign_in, cast, who)
    address = reverse("territory:results_preview", args=[run.pk])
    assert browser.get(address).status_code == expected[0]
    assert browser.post(address, BALLOT).status_code == expected[1]
    assert Run.objects.filter(kind="import-results").count() == (who == "coordinator")
    sheet = reverse("territory:results_sheet", args=[run.pk])
    assert browser.post(sheet, {"sheet": ""}).status_code == expected[1]


@pytest.mark.parametrize("who", IMPORTERS)
def test_who_removes_a_file(cast: Cast, sign_in: SignIn, put: Put, who: str) -> None:
    path = put(NAME, SAONE_ET_LOIRE)
    file_id = import_results_file(path=path, election=FIRST, file_name=NAME).file_id
    allowed = who in {"coordinator", "administrator"}
    browser = enter(sign_in, cast, who)
    answer = browser.post(reverse("territory:results_remove", args=[file_id]), {"sure": "on"})
    assert answer.status_code == (302 if allowed or who == "anonymous" else 404)
    assert ReferenceFile.objects.get(pk=file_id).state == ("replaced" if allowed else "live")


@pytest.mark.parametrize(
    ("who", "content", "done"),
    [
        ("coordinator", SAONE_ET_LOIRE, True),
        ("other_coordinator", SAONE_ET_LOIRE, False),
        ("administrator", SAONE_ET_LOIRE, True),
        ("coordinator", table("71;10;8;8;8", header="departement;inscrits;votants;exprimes;ALBA"), True),
        ("coordinator", table("21;10;8;8;8", header="departement;inscrits;votants;exprimes;ALBA"), False),
    ],
)
def test_results_are_brought_of_ones_own_territory(
    cast: Cast, sign_in: SignIn, who: str, content: bytes, done: bool
) -> None:
    browser = sign_in(getattr(cast, who))
    run = read(browser, content)
    browser.post(reverse("territory:results_preview", args=[run.pk]), BALLOT)
    bringing = Run.objects.get(kind="import-results")
    runs.carry_out(bringing.pk)
    bringing.refresh_from_db()
    assert bringing.state == ("done" if done else "failed")
    assert ("territoire" in bringing.problem) != done
    assert ReferenceFile.objects.filter(kind="results").exists() == done


@pytest.mark.parametrize("name", ["import_results"])
def test_sending_is_limited(cast: Cast, sign_in: SignIn, name: str) -> None:
    browser = sign_in(cast.coordinator)
    codes = {browser.post(reverse(f"territory:{name}"), {}).status_code for _ in range(32)}
    assert 429 in codes


# From the file to the results -------------------------------------------------------------------------


def test_a_file_is_read_shown_confirmed_and_imported(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    run = read(browser)
    assert run.result["url"] == reverse("territory:results_preview", args=[run.pk])
    page = browser.get(run.result["url"]).content.decode()
    assert "Rien n’est encore écrit" in page
    assert 'value="2017-04-23"' in page
    assert "Reconnu d’après le nom du fichier" in page
    assert not Election.objects.exists()
    answer = browser.post(run.result["url"], BALLOT)
    bringing = Run.objects.get(kind="import-results")
    assert answer["Location"] == reverse("run", args=[bringing.pk])
    runs.carry_out(bringing.pk)
    bringing.refresh_from_db()
    assert bringing.state == "done"
    told = browser.get(bringing.result["url"]).content.decode()
    assert "Présidentielle 2017, 1er tour" in told
    assert AuditLine.objects.filter(verb="import-results", actor_id=cast.coordinator).exists()


def test_what_the_file_does_not_tell_is_asked_for(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    run = read(browser, name="resultats.csv")
    page = browser.get(run.result["url"]).content.decode()
    assert "complétez ce qui manque" in page
    answer = browser.post(run.result["url"], BALLOT | {"kind": "", "date": "", "round": ""})
    assert answer.status_code == 422
    assert not Run.objects.filter(kind="import-results").exists()


def test_a_ballot_to_come_is_refused_with_the_article(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    run = read(browser)
    answer = browser.post(run.result["url"], BALLOT | {"date": "2099-04-12"})
    assert answer.status_code == 422
    assert "L. 52-2" in answer.content.decode()


def test_a_file_that_is_no_results_says_why(cast: Cast, sign_in: SignIn) -> None:
    run = read(sign_in(cast.coordinator), b"nom;prenom\nun;deux\n")
    assert run.state == "failed"
    assert "Inscrits" in run.problem


@pytest.mark.parametrize("commune", ["7", "ABCDE", "710760"])
def test_a_commune_has_five_characters(cast: Cast, sign_in: SignIn, commune: str) -> None:
    assert upload(sign_in(cast.coordinator), commune=commune).status_code == 422


def test_another_sheet_of_a_spreadsheet_is_read(cast: Cast, sign_in: SignIn) -> None:
    stations = [Station("71", "270", "0001", 100, 80, 3, 2, (40, 35))]
    book = workbook({"Tour 1": blocks(stations), "Tour 2": blocks(stations)})
    browser = sign_in(cast.coordinator)
    run = read(browser, book, "2017-presidentielle.ods")
    assert "Tour 2" in browser.get(run.result["url"]).content.decode()
    browser.post(reverse("territory:results_sheet", args=[run.pk]), {"sheet": "Tour 2"})
    again = Run.objects.exclude(pk=run.pk).get()
    runs.carry_out(again.pk)
    again.refresh_from_db()
    assert again.result["preview"]["sheet"] == "Tour 2"


def test_too_large_a_file_is_refused_unread(cast: Cast, sign_in: SignIn, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    assert upload(sign_in(cast.coordinator)).status_code == 413


# What the pages show ----------------------------------------------------------------------------------


def test_a_page_shows_figures_choices_and_parts(client: Client, imported: UUID) -> None:
    page = client.get(page_of("departement:71")).content.decode()
    text = page.replace("\u202f", " ").replace("\xa0", " ").replace("&nbsp;", " ")
    assert "<h1>Présidentielle 2017, 1er tour</h1>" in page
    for told in ("ALBA", "BRUN", "109", "120", "Mâcon", "Chalon-sur-Saône", "47,60 %"):
        assert told in text
    assert "style=" not in page
    assert re.search(r'<rect width="4\d\.\d" height="6"', page)


@pytest.mark.parametrize("shown", ["abstention", "blancs-et-nuls", "brun", "personne", "'--"])
def test_everything_can_be_shown(client: Client, imported: UUID, shown: str) -> None:
    assert client.get(page_of("departement:71", voir=shown)).status_code == 200


def test_two_elections_are_compared(client: Client, imported: UUID, put: Put) -> None:
    rows = "71;1;270;0001;Mâcon;100;70;5;65;30;35"
    import_results_file(path=put("b.csv", table(rows)), election=SECOND)
    before = Election.objects.get(round=1)
    page = client.get(page_of("commune:71270", SECOND, comparer=str(before.pk))).content.decode()
    assert "Présidentielle 2017, 1er tour" in page
    assert "−" in page
    assert client.get(page_of("commune:71270", SECOND, comparer="x")).status_code == 200
    assert client.get(page_of("commune:71270", SECOND, comparer=str(uuid4()))).status_code == 404


def test_the_page_of_a_territory_lists_its_elections(client: Client, imported: UUID) -> None:
    page = client.get(reverse("territory:territory", args=["commune:71270"])).content.decode()
    assert page_of("commune:71270") in page
    station = client.get(reverse("territory:territory", args=["bureau-de-vote:71270_0001"]))
    assert station.status_code == 200
    assert (
        "Résultats électoraux"
        not in client.get(reverse("territory:territory", args=["commune:71105"])).content.decode()
    )


def test_all_figures_are_downloaded(client: Client, imported: UUID) -> None:
    content = client.get(page_of("departement:71") + "resultats.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert [row["Code"] for row in rows] == ["71076_0001", "71076_0002", "71270_0001", "71270_0002"]
    assert sum(int(row["Inscrits"]) for row in rows) == 380
    assert sum(int(row["ALBA"]) for row in rows) == 109


@pytest.mark.parametrize("territory_id", ["commune:71105", "commune:00000", "x", "\x00"])
def test_where_there_are_no_results_there_is_no_page(
    client: Client, imported: UUID, territory_id: str
) -> None:
    assert client.get(page_of(territory_id)).status_code == 404
    assert client.get(reverse("territory:results", args=["commune:71270", uuid4()])).status_code == 404


def square(west: float) -> dict[str, Any]:
    ring = [[west, 46], [west + 1, 46], [west + 1, 47], [west, 47], [west, 46]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Contours by territory, to be filled in by a test."""
    known: dict[str, dict[str, Any]] = {}

    def contours(*, territory_ids: list[str], detailed: bool = False) -> dict[str, dict[str, Any]]:
        return {one: known[one] for one in territory_ids if one in known}

    monkeypatch.setattr(results_maps, "contours", contours)
    return known


def hrefs(page: str) -> set[str]:
    return set(re.findall(r'<a href="([^"]+)" aria-label', page))


def test_bureaux_are_drawn_by_their_contour_else_by_their_commune(
    client: Client, put: Put, places: None, drawn: dict[str, dict[str, Any]]
) -> None:
    rows = (*BUREAUX[:4], "71;1;105;0001;Charnay-lès-Mâcon;10;8;0;8;3;5")
    import_results_file(path=put(NAME, table(*rows)), election=FIRST)
    drawn |= {
        "bureau-de-vote:71270_0001": square(4),
        "bureau-de-vote:71270_0002": square(5),
        "commune:71270": square(6),
        "commune:71076": square(7),
        "commune:71105": square(8),
    }
    page = client.get(page_of("departement:71")).content.decode()
    assert hrefs(page) == {
        page_of("bureau-de-vote:71270_0001"),
        page_of("bureau-de-vote:71270_0002"),
        page_of("commune:71076"),  # two bureaux without contours
        page_of("bureau-de-vote:71105_0001"),  # the only one of its commune
    }
    shades = set(re.findall(r"map-share-\d", page))
    assert "map-share-0" in shades
    assert len(shades) == 4
    commune = client.get(page_of("commune:71270")).content.decode()
    assert len(hrefs(commune)) == 2
    assert not hrefs(client.get(page_of("commune:71076")).content.decode())


def test_five_shades_hold_a_fifth_of_the_places_each() -> None:
    shades, names = results_maps._shades([i / 100 for i in range(10)])
    assert [shades.count(shade) for shade in range(5)] == [2, 2, 2, 2, 2]
    assert len(set(names)) == 5
    assert results_maps._shades([0.5, 0.5])[0] in ([4, 4], [0, 0])


def test_pages_are_english_too(client: Client, imported: UUID) -> None:
    page = client.get(page_of("departement:71"), headers={"accept-language": "en"}).content.decode()
    assert "Presidential election 2017, first round" in page
    assert found.kind_label(ElectionKind.REFERENDUM)


def test_results_of_a_ballot_that_is_not_over_are_held_everywhere(
    cast: Cast, sign_in: SignIn, imported: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Art. L. 52-2: the page says why, the file is not there, the territory's page says nothing."""
    from amiral.rooms.territory.web import results_views

    page = page_of("commune:71270")
    assert page in sign_in(None).get("/territoires/commune:71270/").content.decode()
    monkeypatch.setattr(results_views, "why_held", lambda **_: "Avant la fermeture, rien (L. 52-2).")
    held = sign_in(None).get(page)
    assert held.status_code == 200
    assert "Avant la fermeture, rien (L. 52-2)." in held.content.decode()
    assert "<table" not in held.content.decode()
    assert sign_in(cast.administrator).get(page + "resultats.csv").status_code == 404
    assert page not in sign_in(None).get("/territoires/commune:71270/").content.decode()
