"""Pages of the room: who may open them, what they say, what they cost."""

import csv
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from amiral.kit import runs
from amiral.kit.models import AuditLine, Run
from amiral.rooms.territory import api
from amiral.rooms.territory.models import BadLine, PendingImport, ReferenceFile
from amiral.rooms.territory.web.views import harmless
from tests.conftest import Cast
from tests.rooms.territory.conftest import line, table, write_pbf

pytestmark = pytest.mark.django_db
SignIn = Callable[[UUID | None], Client]
Put = Callable[[str, bytes], Path]

PERSONS = {
    "owner": 404,
    "teammate": 404,
    "stranger": 404,
    "coordinator": 200,
    "other_coordinator": 200,
    "administrator": 200,
    "anonymous": 302,
}
matrix = pytest.mark.parametrize(("who", "status"), PERSONS.items())


def enter(sign_in: SignIn, cast: Cast, who: str) -> Client:
    return sign_in(None if who == "anonymous" else getattr(cast, who))


@pytest.fixture
def imported(good: Path) -> UUID:
    return api.import_addresses_file(path=good, name="Mâcon").file_id


class Fields(HTMLParser):
    """The names and values of the first form that has a field ``seen``, as a browser would send them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self._chosen = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given["name"]
            self.values[self._select] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given["value"]
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.values[given["name"]] = given.get("value", "on")


def fields_of(browser: Client, address: str) -> dict[str, str]:
    """What a preview page would send."""
    return Fields(browser.get(address).content.decode()).values


def confirm(browser: Client, address: str, **changes: str) -> Any:
    """Imports what a preview page shows."""
    return browser.post(address, fields_of(browser, address) | {"do": "import"} | changes)


def upload(browser: Client, kind: str, content: bytes, name: str = "a.csv", **fields: Any) -> Any:
    given = {"file": SimpleUploadedFile(name, content), "name": "", "attribution": ""} | fields
    return browser.post(reverse(f"territory:import_{kind}"), given)


# Rights ---------------------------------------------------------------------------------------------


@matrix
def test_who_sees_the_files(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    assert enter(sign_in, cast, who).get(reverse("territory:files")).status_code == status


@matrix
def test_who_sees_a_file(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    for name in ("file", "bad_lines"):
        assert browser.get(reverse(f"territory:{name}", args=[imported])).status_code == status


@matrix
def test_who_imports(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    answer = upload(enter(sign_in, cast, who), "addresses", table(line(1)))
    assert answer.status_code == (302 if status == 200 else status)
    assert PendingImport.objects.count() == (status == 200)


@pytest.mark.parametrize(("who", "status"), (PERSONS | {"other_coordinator": 404}).items())
def test_who_removes(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    answer = browser.post(reverse("territory:remove", args=[imported]), {"sure": "on"})
    assert answer.status_code == (302 if status == 200 else status)
    assert len(ReferenceFile.objects.filter(state="live")) == (status != 200)


def test_missing_and_forbidden_answer_alike(cast: Cast, sign_in: SignIn, imported: UUID) -> None:
    stranger, coordinator = sign_in(cast.stranger), sign_in(cast.coordinator)
    for browser, file_id in [(stranger, imported), (stranger, uuid4()), (coordinator, uuid4())]:
        assert browser.get(reverse("territory:file", args=[file_id])).status_code == 404


@pytest.mark.parametrize("name", ["index", "communes"])
def test_everybody_sees_places(places: None, client: Client, name: str) -> None:
    assert client.get(reverse(f"territory:{name}")).status_code == 200


# Places ---------------------------------------------------------------------------------------------


def test_a_place_tells_what_is_known(places: None, client: Client, imported: UUID) -> None:
    page = client.get(reverse("territory:territory", args=["commune:71270"])).content.decode()
    assert "<h1>Mâcon</h1>" in page
    for known in ("71000", "Saône-et-Loire", "Bourgogne-Franche-Comté", "71270", "30\xa0000"):
        assert known in page.replace("\u202f", "\xa0")
    assert "<dd>3</dd>" in page


def test_a_departement_counts_the_addresses_inside(places: None, client: Client, imported: UUID) -> None:
    page = client.get(reverse("territory:territory", args=["departement:71"])).content.decode()
    assert "<dd>3</dd>" in page
    assert "Chalon-sur-Saône" in page
    page = client.get(reverse("territory:territory", args=["departement:21"])).content.decode()
    assert "<dd>0</dd>" in page


@pytest.mark.parametrize("territory_id", ["commune:00000", "x", "commune:71270'--", "\x00"])
def test_an_unknown_place_is_not_found(places: None, client: Client, territory_id: str) -> None:
    assert client.get(reverse("territory:territory", args=[territory_id])).status_code == 404


def test_a_commune_is_looked_up_without_javascript(places: None, client: Client) -> None:
    page = client.get(reverse("territory:communes"), {"q": "charnay les macon"}).content.decode()
    assert "Charnay-lès-Mâcon (71)" in page
    assert "71000, 71850" in page


def test_a_commune_is_looked_up_as_json(places: None, client: Client) -> None:
    answer = client.get(reverse("territory:communes"), {"q": "71000"}, headers={"accept": "application/json"})
    assert answer.json()["communes"][0] == {
        "id": "commune:71105",
        "code": "71105",
        "name": "Charnay-lès-Mâcon",
        "label": "Charnay-lès-Mâcon (71)",
        "departement_code": "71",
        "population": 30_000,
        "postal_codes": ["71000", "71850"],
    }
    assert len(answer.json()["communes"]) == 2
    assert "Accept" in answer["Vary"]


def test_nothing_typed_asks_nothing(places: None, client: Client) -> None:
    page = client.get(reverse("territory:communes"), headers={"accept": "text/html"}).content.decode()
    assert "notice--error" not in page
    assert client.get(reverse("territory:communes"), {"q": "<script>"}).status_code == 200


def test_looking_up_is_limited(places: None, client: Client) -> None:
    from django.core.cache import cache

    cache.clear()
    found = [client.get(reverse("territory:communes")).status_code for _ in range(301)]
    assert found[299:] == [200, 429]
    cache.clear()


# Uploads --------------------------------------------------------------------------------------------


def finish(answer: Any, browser: Client | None = None) -> Run:
    """Does the work of the run that the page leads to; with ``browser``, confirms the preview first."""
    if browser is not None:
        answer = confirm(browser, answer["Location"])
    run_id = UUID(answer["Location"].rstrip("/").split("/")[-1])
    assert answer["Location"] == reverse("run", args=[run_id])
    runs.carry_out(run_id)
    return runs.run_by_id(run_id=run_id)


def uploads(folder: Path) -> list[Path]:
    return [path for path in (folder / "uploads").rglob("*") if path.is_file()]


def test_an_upload_becomes_a_file(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    browser = sign_in(cast.coordinator)
    answer = upload(browser, "addresses", table(line(1), line(2, lon="x")), attribution="Ville de Mâcon")
    assert len(uploads(folders)) == 1
    assert not Run.objects.exists()
    run = finish(answer, browser)
    assert (run.state, run.started_by_id) == ("done", cast.coordinator)
    assert uploads(folders) == []
    row = ReferenceFile.objects.get()
    assert (row.name, row.rows, row.bad_rows, row.attribution) == ("a.csv", 1, 1, "Ville de Mâcon")
    assert row.imported_by_id == cast.coordinator
    assert run.result["url"] == reverse("territory:file", args=[row.pk])
    page = browser.get(run.result["url"]).content.decode()
    assert "ligne 3" in page
    assert "Ville de Mâcon" in page
    assert {"start-import", "import-addresses"} == set(AuditLine.objects.values_list("verb", flat=True))


def test_streets_and_their_addresses(cast: Cast, sign_in: SignIn, extract: Path, folders: Path) -> None:
    browser = sign_in(cast.administrator)
    answer = upload(browser, "streets", extract.read_bytes(), name="m.osm.pbf", with_addresses="on")
    run = finish(answer)
    assert run.state == "done"
    assert run.result["addresses"] == 2
    kinds = ReferenceFile.objects.values_list("kind", "name", "attribution")
    osm = "© OpenStreetMap contributors (ODbL)"
    assert sorted(kinds) == [("addresses", "m.osm.pbf", osm), ("streets", "m.osm.pbf", osm)]
    page = browser.get(run.result["url"]).content.decode()
    assert "<svg" in page
    assert osm in page
    assert uploads(folders) == []


def test_streets_without_addresses_are_no_failure(
    cast: Cast, sign_in: SignIn, tmp_path: Path, folders: Path
) -> None:
    path = write_pbf(
        tmp_path / "s.osm.pbf", {1: (4.8, 46.3), 2: (4.81, 46.3)}, [(1, [1, 2], {"highway": "path"})]
    )
    answer = upload(
        sign_in(cast.administrator), "streets", path.read_bytes(), name="s.osm.pbf", with_addresses="on"
    )
    run = finish(answer)
    assert run.state == "done"
    assert run.result["addresses"] == 0
    assert "aucune adresse" in run.result["addresses_problem"]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("streets", table(line(1)), "extrait d’OpenStreetMap"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(
    cast: Cast, sign_in: SignIn, folders: Path, kind: str, content: bytes, words: str
) -> None:
    run = finish(upload(sign_in(cast.coordinator), kind, content))
    assert run.state == "failed"
    assert words in run.problem
    assert uploads(folders) == []
    assert not ReferenceFile.objects.exists()


@pytest.mark.parametrize(("content", "words"), [(b"%PDF-1.4", "document PDF"), (b"hello", "pas de colonnes")])
def test_what_is_no_table_is_refused_on_the_form(
    cast: Cast, sign_in: SignIn, folders: Path, content: bytes, words: str
) -> None:
    answer = upload(sign_in(cast.coordinator), "addresses", content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert uploads(folders) == []
    assert not PendingImport.objects.exists()


def test_problems_are_said_in_the_language_of_the_person(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    browser.cookies["langue"] = "en"
    page = upload(browser, "addresses", b"%PDF-1.4").content.decode()
    assert "This is a PDF document; expected a table of addresses" in page


def test_an_empty_upload_is_said_on_the_form(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    answer = upload(sign_in(cast.coordinator), "addresses", b"")
    assert answer.status_code == 422
    assert "Le fichier est vide" in answer.content.decode()
    assert 'id="addresses_file"' in answer.content.decode()
    assert not Run.objects.exists()
    assert uploads(folders) == []


def test_no_file_is_said_on_the_form(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.coordinator).post(reverse("territory:import_streets"), {"name": "x"})
    assert answer.status_code == 422
    assert answer.content.decode().count("notice--error") == 1


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def test_two_gigabytes_announced_are_refused_unread(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    browser = sign_in(cast.coordinator)
    answer = browser.generic(
        "POST",
        reverse("territory:import_addresses"),
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(2 * 1024**3),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    page = answer.content.decode().replace("\xa0", " ")
    assert "il pèse 2 Go" in page
    assert not Run.objects.exists()
    assert uploads(folders) == []


def test_the_address_of_a_refused_upload_leads_back(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.coordinator).get(reverse("territory:import_streets"))
    assert answer["Location"] == reverse("territory:files")
    assert sign_in(cast.stranger).get(reverse("territory:import_streets")).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "anonymous"])
def test_a_stranger_s_gigabytes_are_refused_unread_too(cast: Cast, sign_in: SignIn, who: str) -> None:
    answer = enter(sign_in, cast, who).generic(
        "POST",
        reverse("territory:import_addresses"),
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="5000",
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == PERSONS[who]


def test_an_upload_from_elsewhere_is_refused(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    """The view is exempt from the middleware's check and must make its own."""
    browser = sign_in(cast.coordinator)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert upload(strict, "addresses", table(line(1))).status_code == 403
    assert not Run.objects.exists()
    assert uploads(folders) == []


@pytest.mark.parametrize(
    "name", ["import_table", "import_streets", "import_results", "import_contours", "import_places"]
)
def test_no_upload_takes_a_file_from_elsewhere(cast: Cast, sign_in: SignIn, folders: Path, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(cast.coordinator).cookies
    file = SimpleUploadedFile("fichier.csv", b"a;b\n1;2\n")
    assert strict.post(reverse(f"territory:{name}"), {"file": file}).status_code == 403
    assert uploads(folders) == []


def test_a_stopped_import_can_be_taken_up_again(
    cast: Cast, sign_in: SignIn, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = table(*(line(n) for n in range(1, 5_000)))
    browser = sign_in(cast.coordinator)
    answer = confirm(browser, upload(browser, "addresses", content)["Location"])
    run_id = UUID(answer["Location"].rstrip("/").split("/")[-1])
    monkeypatch.setattr(runs.Reporter, "__call__", stop_at_once)
    runs.carry_out(run_id)
    monkeypatch.undo()
    assert runs.run_by_id(run_id=run_id).state == "stopped"
    assert len(uploads(folders)) == 1
    assert not ReferenceFile.objects.exists()
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == "done"
    assert ReferenceFile.objects.get().rows == 4_999
    assert uploads(folders) == []


def stop_at_once(reporter: runs.Reporter, done: int, total: int) -> None:
    raise runs.Stopped


def test_an_import_whose_file_is_gone_says_so(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    browser = sign_in(cast.coordinator)
    answer = confirm(browser, upload(browser, "addresses", table(line(1)))["Location"])
    uploads(folders)[0].unlink()
    run = finish(answer)
    assert run.state == "failed"
    assert "envoyez-le de nouveau" in run.problem


def test_the_name_of_an_upload_never_leads_outside(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    browser = sign_in(cast.coordinator)
    finish(upload(browser, "addresses", table(line(1)), name="../../../evil.csv"), browser)
    assert ReferenceFile.objects.get().name == "evil.csv"
    outside = [path for path in folders.parent.rglob("evil*") if path.is_file()]
    assert outside == []


# Bad lines ------------------------------------------------------------------------------------------


def test_the_list_of_bad_lines_opens_in_a_spreadsheet(cast: Cast, sign_in: SignIn, put: Put) -> None:
    bad = [line(n, lon='=HYPERLINK("x")') for n in range(2, 130)]
    done = api.import_addresses_file(
        path=put("a.csv", table(line(1), *bad, *(line(n) for n in range(200, 210))))
    )
    browser = sign_in(cast.coordinator)
    answer = browser.get(reverse("territory:bad_lines", args=[done.file_id]))
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0] == ["Ligne", "Raison"]
    assert len(rows) == 129
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    page = browser.get(reverse("territory:file", args=[done.file_id])).content.decode()
    assert "Page 1" in page
    assert "=HYPERLINK(&quot;x&quot;)" in page


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"


def test_osm_problems_are_told_by_their_ids(cast: Cast, sign_in: SignIn, imported: UUID) -> None:
    BadLine.objects.create(file_id=imported, line_number=0, object_id="w42", code="no_street")
    page = sign_in(cast.coordinator).get(reverse("territory:file", args=[imported])).content.decode()
    assert "w42" in page


def test_removing_asks_for_a_second_gesture(
    cast: Cast, sign_in: SignIn, imported: UUID, folders: Path, django_capture_on_commit_callbacks: Any
) -> None:
    browser = sign_in(cast.coordinator)
    address = reverse("territory:remove", args=[imported])
    assert browser.post(address).status_code == 422
    assert ReferenceFile.objects.get().state == "live"
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(address, {"sure": "on"}).status_code == 302
    assert not list((folders / "reference").rglob("*.parquet"))
    assert browser.get(reverse("territory:file", args=[imported])).status_code == 404
    assert browser.post(address, {"sure": "on"}).status_code == 404


# Costs ----------------------------------------------------------------------------------------------


def queries_of(browser: Client, address: str, count: Any, **query: str) -> int:
    with count() as seen:
        assert browser.get(address, query).status_code == 200
    return len(seen)


@pytest.fixture
def count() -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def test_lists_cost_the_same_with_2_rows_and_20(cast: Cast, sign_in: SignIn, put: Put, count: Any) -> None:
    browser = sign_in(cast.coordinator)
    listing, costs = reverse("territory:files"), []
    for files in (2, 20):
        for n in range(files):
            content = table(line(1), *(line(m, lon="x") for m in range(2, 2 + files)))
            done = api.import_addresses_file(path=put(f"{n}.csv", content))
        page = reverse("territory:file", args=[done.file_id])
        costs.append((queries_of(browser, listing, count), queries_of(browser, page, count)))
    assert costs[0] == costs[1]


def test_places_cost_the_same_with_2_parts_and_20(places: None, client: Client, count: Any) -> None:
    from amiral.rooms.territory.models import PostalCode, Territory, TerritoryClosure

    address, search = reverse("territory:territory", args=["departement:71"]), reverse("territory:communes")
    before = queries_of(client, address, count), queries_of(client, search, count, q="macon")
    for n in range(20):
        code = f"719{n:02}"
        Territory.objects.create(
            id=f"commune:{code}", kind="commune", code=code, name=f"Mâcon {n}", search_name=f"macon {n}"
        )
        TerritoryClosure.objects.create(
            ancestor_id="departement:71", descendant_id=f"commune:{code}", depth=1
        )
        PostalCode.objects.create(code="71000", territory_id=f"commune:{code}")
    after = queries_of(client, address, count), queries_of(client, search, count, q="macon")
    assert before == after


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_have_one_heading_and_no_inline_code(
    cast: Cast, sign_in: SignIn, imported: UUID, language: str
) -> None:
    browser = sign_in(cast.coordinator)
    browser.cookies["langue"] = language
    pages = [
        reverse("territory:index"),
        reverse("territory:communes") + "?q=macon",
        reverse("territory:territory", args=["commune:71270"]),
        reverse("territory:files"),
        reverse("territory:file", args=[imported]),
    ]
    for page in pages:
        text = browser.get(page).content.decode()
        assert text.count("<h1") == 1, page
        assert " style=" not in text, page
        assert "<script>" not in text, page
        assert f'lang="{language}"' in text
