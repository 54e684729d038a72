"""A file is shown before it is imported; doubtful positions wait for a person; places are meeting points."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pyproj import Transformer

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine, Run
from amiral.rooms.territory import api, store
from amiral.rooms.territory.access import OutsideTerritory
from amiral.rooms.territory.actions import accept_positions, sweep_pending
from amiral.rooms.territory.actions.previews import pending_path
from amiral.rooms.territory.contracts import FileKind, PlaceCategory
from amiral.rooms.territory.models import AcceptedAddress, PendingImport, ReferenceFile
from tests.conftest import Cast
from tests.rooms.territory.conftest import line, table
from tests.rooms.territory.test_pages import confirm, fields_of, finish, upload, uploads

pytestmark = pytest.mark.django_db
SignIn = Callable[[UUID | None], Client]
Put = Callable[[str, bytes], Path]

EVERYBODY = (
    "owner",
    "teammate",
    "stranger",
    "coordinator",
    "other_coordinator",
    "administrator",
    "anonymous",
)
PLACES = (
    "identifiant;nom;adresse;code_postal;ville;latitude;longitude\n"
    "p1;  École   Carnot ;1 rue Carnot;71000;MACON;46,3;4,83\n"
    "p2;Poste;2 rue Carnot;71000;MACON;46,31;4,84\n"
    "p3;;3 rue Carnot;71000;MACON;46,31;4,84\n"
).encode("cp1252")


def far(*lines: str) -> bytes:
    """Enough addresses of Mâcon for a middle, and these lines."""
    return table(*(line(n) for n in range(1, 30)), *lines)


def enter(sign_in: SignIn, cast: Cast, who: str) -> Client:
    return sign_in(None if who == "anonymous" else getattr(cast, who))


def page_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text.replace("\xa0", " ").replace("\u202f", " ")


# The preview ----------------------------------------------------------------------------------------


def test_nothing_is_written_before_the_preview_is_confirmed(
    cast: Cast, sign_in: SignIn, folders: Path
) -> None:
    browser = sign_in(cast.coordinator)
    answer = upload(browser, "addresses", far(line(50, lon=4.99)))
    page = page_of(browser.get(answer["Location"]))
    assert not ReferenceFile.objects.exists()
    assert not Run.objects.exists()
    for shown in (
        "Rue Carnot",
        "71270",
        "UTF-8",
        "WGS84",
        "<svg",
        "ligne 31",
        "km des autres adresses",
        "Importer",
    ):
        assert shown in page
    assert "<script>" not in page
    assert " style=" not in page
    run = finish(answer, browser)
    assert (run.state, run.result["rows"], run.result["flagged_rows"]) == ("done", 29, 1)
    assert uploads(folders) == []
    assert not PendingImport.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le"])
def test_encodings_are_guessed(cast: Cast, sign_in: SignIn, put: Put, encoding: str) -> None:
    content = table(*(line(n, street="Rue de l'Évêché") for n in (1, 2))).decode().encode(encoding)
    browser = sign_in(cast.coordinator)
    page = page_of(browser.get(upload(browser, "addresses", content)["Location"]))
    assert "Rue de l&#x27;Évêché" in page


def test_a_wrong_guess_is_corrected_and_shown_again(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    content = table(*(line(n) for n in range(1, 9))).replace(b"lon;lat", b"est;nord")
    address = upload(browser, "addresses", content)["Location"]
    page = page_of(browser.get(address))
    assert "Aucune colonne ne contient de position" in page or "position" in page
    assert 'value="import"' not in page
    given = fields_of(browser, address) | {"column_lon": "7", "column_lat": "8"}
    asked = browser.post(address, given | {"do": "import"})
    assert asked["Location"] == address  # shown first
    assert not Run.objects.exists()
    assert finish(confirm(browser, address)).result["rows"] == 8


def test_another_encoding_and_separator_are_tried(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    address = upload(browser, "addresses", table(line(1), line(2)))["Location"]
    browser.post(address, fields_of(browser, address) | {"separator": ",", "do": "correct"})
    assert 'value="import"' not in page_of(browser.get(address))
    given = fields_of(browser, address)
    browser.post(address, given | {"separator": ";", "encoding": "cp1252", "do": "correct"})
    assert "MÃ¢con" in page_of(browser.get(address))


def test_swapped_columns_without_communes_are_read_the_other_way_round(cast: Cast, sign_in: SignIn) -> None:
    rows = "\n".join(f"{n};Rue Carnot;71000;Mâcon;46.3;4.83{n}" for n in range(1, 9))
    content = ("numero;nom_voie;code_postal;nom_commune;lon;lat\n" + rows).encode()
    browser = sign_in(cast.administrator)
    address = upload(browser, "addresses", content)["Location"]
    assert "échangées" in page_of(browser.get(address))
    run = finish(confirm(browser, address))
    assert run.state == "done"
    (card,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert card.bounds is not None
    assert card.bounds[0] == pytest.approx(4.831)


@pytest.mark.parametrize(("epsg", "name"), [(2154, "Lambert-93"), (3947, "CC47"), (27572, "Lambert II")])
def test_the_coordinate_system_is_told_by_the_data(cast: Cast, sign_in: SignIn, epsg: int, name: str) -> None:
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    rows = []
    for n in range(1, 9):
        x, y = project.transform(4.83 + n / 1e4, 46.8)
        rows.append(f"{n};Rue Carnot;71000;71270;{x:.2f};{y:.2f}".replace(".", ","))
    content = ("numero;nom_voie;code_postal;code_insee;x;y\n" + "\n".join(rows)).encode()
    browser = sign_in(cast.coordinator)
    page = page_of(browser.get(upload(browser, "addresses", content)["Location"]))
    assert f"positions en {name}" in page or f"positions en Lambert {name}" in page
    assert "46,80000" in page


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_else_sees_a_waiting_file(cast: Cast, sign_in: SignIn, who: str) -> None:
    address = upload(sign_in(cast.coordinator), "addresses", table(line(1)))["Location"]
    browser = enter(sign_in, cast, who)
    expected = {"coordinator": 200, "anonymous": 302}.get(who, 404)
    assert browser.get(address).status_code == expected
    drop = browser.post(address + "supprimer/")
    assert drop.status_code == (302 if who in ("coordinator", "anonymous") else 404)
    assert PendingImport.objects.exists() == (who != "coordinator")


def test_a_waiting_file_goes_after_a_day(cast: Cast, sign_in: SignIn, folders: Path) -> None:
    browser = sign_in(cast.coordinator)
    address = upload(browser, "addresses", table(line(1)))["Location"]
    PendingImport.objects.update(created_at=now() - timedelta(hours=25))
    assert browser.get(address).status_code == 404
    sweep_pending(at=now() + timedelta(days=2))
    assert uploads(folders) == []
    assert not PendingImport.objects.exists()


def test_a_waiting_file_that_is_gone_says_so(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    address = upload(browser, "addresses", table(line(1)))["Location"]
    pending_path(pending_id=PendingImport.objects.get().pk).unlink()
    assert "envoyez-le de nouveau" in page_of(browser.get(address, follow=True))


def test_a_form_that_makes_no_sense_is_drawn_again(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    address = upload(browser, "addresses", table(line(1)))["Location"]
    given = fields_of(browser, address) | {"encoding": "klingon", "column_lon": "99", "do": "import"}
    assert browser.post(address, given).status_code == 422
    assert not Run.objects.exists()


# Whose territory -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "imported"),
    [("coordinator", True), ("other_coordinator", False), ("administrator", True)],
)
def test_a_file_is_imported_by_those_whose_territory_it_is(
    cast: Cast, sign_in: SignIn, who: str, imported: bool
) -> None:
    browser = enter(sign_in, cast, who)
    address = upload(browser, "addresses", table(*(line(n) for n in range(1, 9))))["Location"]
    page = page_of(browser.get(address))
    assert ("dans votre territoire" in page) == (not imported)
    run = finish(confirm(browser, address))
    assert (run.state == "done") == imported
    assert ReferenceFile.objects.exists() == imported
    if not imported:
        assert "95 %" in run.problem.replace("\xa0", " ")
        assert "Reprendre" not in page_of(browser.get(reverse("run", args=[run.pk])))


def test_a_twentieth_may_lie_elsewhere(cast: Cast, good: Path, put: Put) -> None:
    lines = [line(n) for n in range(1, 40)]
    api.import_addresses_file(
        path=put("a.csv", table(*lines, line(50, code="21231"))), imported_by_id=cast.coordinator
    )
    with pytest.raises(OutsideTerritory):
        api.import_addresses_file(
            path=put("b.csv", table(*lines[:9], line(50, code="21231"))), imported_by_id=cast.coordinator
        )


def test_nobody_replaces_a_file_of_another_territory(cast: Cast, put: Put) -> None:
    api.import_addresses_file(path=put("a.csv", table(line(1))), name="adresses.csv")
    content = table(line(1, code="21231")).replace(b"71000", b"21000").replace("Mâcon".encode(), b"Dijon")
    dijon = put("b.csv", content)
    with pytest.raises(OutsideTerritory):
        api.import_addresses_file(path=dijon, name="adresses.csv", imported_by_id=cast.other_coordinator)
    api.import_addresses_file(path=dijon, name="dijon.csv", imported_by_id=cast.other_coordinator)
    assert ReferenceFile.objects.filter(state="live").count() == 2


# Doubtful positions --------------------------------------------------------------------------------


@pytest.fixture
def doubtful(put: Put) -> UUID:
    """29 good addresses of Mâcon; one 13 km away, one with exchanged coordinates, one without its point."""
    lines = far(
        line(50, lon=4.99),
        "x;60;;Rue Carnot;71000;71270;Mâcon;46.3;4.83",
        "y;61;;Rue Carnot;71000;71270;Mâcon;483;463",
        "z;62;;Rue Carnot;71000;71270;Mâcon;4830012;46300123",
        "w;63;;Rue Carnot;71000;71270;Mâcon;0;0",
    )
    return api.import_addresses_file(path=put("a.csv", lines), name="Mâcon").file_id


def test_doubtful_positions_are_not_planned_with_until_accepted(cast: Cast, doubtful: UUID) -> None:
    assert len(api.addresses(file_id=doubtful)) == 29
    row = ReferenceFile.objects.get()
    assert (row.rows, row.flagged_rows, row.bad_rows) == (29, 3, 2)
    accept_positions(by_id=cast.coordinator, file_id=doubtful, address_ids=["x", "z"])
    found = api.addresses(file_id=doubtful)
    assert len(found) == 31
    assert {"x", "z"} < set(found.ids)
    assert found.numbers.tolist() == sorted(found.numbers.tolist())
    exchanged = found.ids.index("x")
    assert (found.lon[exchanged], found.lat[exchanged]) == (4.83, 46.3)
    restored = found.ids.index("z")
    assert (found.lon[restored], found.lat[restored]) == (4.830012, 46.300123)
    assert len(api.addresses(file_id=doubtful, commune_code="71076")) == 0
    assert len(api.addresses(file_id=doubtful, bounds=(4.8, 46.30011, 4.84, 46.4))) > 0
    accept_positions(by_id=cast.coordinator, file_id=doubtful, address_ids=["x", "z"], accepted=False)
    assert len(api.addresses(file_id=doubtful)) == 29
    assert set(AuditLine.objects.values_list("verb", flat=True)) >= {"accept-positions", "doubt-positions"}


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_accepts_positions(cast: Cast, sign_in: SignIn, doubtful: UUID, who: str) -> None:
    browser = enter(sign_in, cast, who)
    seen = browser.get(reverse("territory:flagged", args=[doubtful])).status_code
    importers = ("coordinator", "other_coordinator", "administrator")
    assert seen == (302 if who == "anonymous" else 200 if who in importers else 404)
    given = {"do": "accept-all", "code": "outside_commune"}
    answer = browser.post(reverse("territory:accept", args=[doubtful]), given)
    allowed = who in ("coordinator", "administrator")
    assert answer.status_code == (302 if allowed or who == "anonymous" else 404)
    assert AcceptedAddress.objects.count() == allowed


def test_the_page_lists_reasons_with_a_map(cast: Cast, sign_in: SignIn, doubtful: UUID) -> None:
    browser = sign_in(cast.coordinator)
    file_page = page_of(browser.get(reverse("territory:file", args=[doubtful])))
    assert reverse("territory:flagged", args=[doubtful]) in file_page
    page = page_of(browser.get(reverse("territory:flagged", args=[doubtful])))
    for shown in (
        "<svg",
        "virgule perdue",
        "longitude et latitude échangées",
        "loin de sa commune",
        "60 Rue Carnot",
    ):
        assert shown in page
    few = page_of(browser.get(reverse("territory:flagged", args=[doubtful]) + "?raison=lost_point"))
    assert "60 Rue Carnot" not in few
    assert few.count("<h1") == 1


def test_a_hundred_addresses_on_one_position_are_doubted(put: Put) -> None:
    crowd = [f"c{n};{n};;Rue Haute;71000;71270;Mâcon;4.84;46.31" for n in range(1, 102)]
    done = api.import_addresses_file(path=put("a.csv", table(*(line(n) for n in range(1, 200)), *crowd)))
    assert (done.rows, done.flagged_rows) == (199, 101)


def test_removing_and_replacing_take_the_doubtful_ones_along(
    cast: Cast, doubtful: UUID, put: Put, folders: Path, django_capture_on_commit_callbacks: Any
) -> None:
    assert store.flagged_path_of(kind=FileKind.ADDRESSES, file_id=doubtful).exists()
    with django_capture_on_commit_callbacks(execute=True):
        api.import_addresses_file(path=put("b.csv", table(line(1))), name="Mâcon")
    assert not store.flagged_path_of(kind=FileKind.ADDRESSES, file_id=doubtful).exists()
    with pytest.raises(NotFound):
        accept_positions(by_id=cast.coordinator, file_id=doubtful, address_ids=["x"])


# Sources -------------------------------------------------------------------------------------------


def test_a_file_of_the_national_base_names_its_source(put: Put) -> None:
    content = table(line(1)).replace(b"id;numero", b"cle_interop;numero")
    api.import_addresses_file(path=put("a.csv", content))
    (card,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert "Base Adresse Nationale" in card.attribution


def test_a_file_leads_to_planning_for_those_who_plan(cast: Cast, sign_in: SignIn, good: Path) -> None:
    done = api.import_addresses_file(path=good)
    page = page_of(sign_in(cast.coordinator).get(reverse("territory:file", args=[done.file_id])))
    assert f"/terrain/nouveau/?fichier={done.file_id}" in page


# Official places -----------------------------------------------------------------------------------


def places_file(cast: Cast, sign_in: SignIn, who: str = "coordinator") -> Run:
    browser = enter(sign_in, cast, who)
    given = {
        "file": SimpleUploadedFile("lieux.csv", PLACES),
        "category": "school",
        "name": "",
        "attribution": "",
    }
    answer = browser.post(reverse("territory:import_places"), given)
    assert "École Carnot" in page_of(browser.get(answer["Location"]))
    return finish(answer, browser)


def test_official_places_are_imported_shown_and_offered(cast: Cast, sign_in: SignIn) -> None:
    run = places_file(cast, sign_in)
    assert (run.state, run.result["rows"], run.result["bad_rows"]) == ("done", 2, 1)
    (near,) = api.places_near(lon=4.8301, lat=46.3001, within_km=0.5)
    assert (near.name, near.address, near.category) == ("École Carnot", "1 rue Carnot", PlaceCategory.SCHOOL)
    assert 0 < near.distance_m < 50
    assert [place.name for place in api.places_of_commune(commune_id="commune:71270")] == [
        "Poste",
        "École Carnot",
    ]
    for territory_id in ("commune:71270", "departement:71"):
        page = page_of(sign_in(None).get(reverse("territory:territory", args=[territory_id])))
        assert "Lieux officiels" in page
        assert "Écoles" in page
    page = page_of(sign_in(cast.coordinator).get(run.result["url"]))
    assert "Lieux" in page


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_imports_places(cast: Cast, sign_in: SignIn, who: str) -> None:
    given = {"file": SimpleUploadedFile("lieux.csv", PLACES), "category": "school"}
    answer = enter(sign_in, cast, who).post(reverse("territory:import_places"), given)
    allowed = who in ("coordinator", "other_coordinator", "administrator")
    assert answer.status_code == (302 if allowed or who == "anonymous" else 404)
    assert PendingImport.objects.exists() == allowed


def test_places_that_lost_their_decimal_point_wait_for_a_person(cast: Cast, put: Put) -> None:
    content = "nom;code_postal;ville;latitude;longitude\n" + "\n".join(
        f"Auberge {n};71000;Mâcon;4630{n};48{n}3" for n in range(1, 9)
    )
    done = api.import_places_file(path=put("r.csv", content.encode()), category=PlaceCategory.RESTAURANT)
    assert (done.rows, done.flagged_rows) == (0, 8)
    assert api.places_of_commune(commune_id="commune:71270") == ()
    accept_positions(by_id=cast.administrator, file_id=done.file_id, code="lost_point")
    found = api.places_of_commune(commune_id="commune:71270")
    assert len(found) == 8
    assert found[0].category is PlaceCategory.RESTAURANT
    assert found[0].lat == pytest.approx(46.301)


def test_an_official_place_fills_the_meeting_point(cast: Cast, sign_in: SignIn) -> None:
    places_file(cast, sign_in)
    browser = sign_in(cast.owner)
    page = page_of(browser.get(reverse("mobilisation:new_action")))
    assert "École Carnot, 1 rue Carnot" in page
    (school,) = [
        place for place in api.places_of_commune(commune_id="commune:71270") if "Carnot" in place.name
    ]
    day = (now() + timedelta(days=9)).date().isoformat()
    given = {
        "group": str(cast.group), "kind": "leaflets", "title": "Tracts", "place": "", "description": "",
        "commune_text": "Mâcon", "commune": "commune:71270", "official_place": school.id,
        "latitude": "", "longitude": "",
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-day": day, "form-0-start": "10:00",
        "form-0-end": "12:00", "form-0-capacity": "5", "form-0-needed": "2",
    }  # fmt: skip
    kinds = [choice for choice in ("leafleting", "leaflets", "tractage") if f'value="{choice}"' in page]
    given["kind"] = kinds[0] if kinds else page.split('name="kind" value="')[1].split('"')[0]
    answer = browser.post(reverse("mobilisation:new_action"), given)
    assert answer.status_code == 302, page_of(answer)[:3000]
    from amiral.rooms.mobilisation.models import Action

    action = Action.objects.get()
    assert (action.place, action.longitude, action.latitude) == ("École Carnot, 1 rue Carnot", 4.83, 46.3)


# The command ---------------------------------------------------------------------------------------


def test_the_command_previews_without_writing(places: None, put: Put, capsys: Any) -> None:
    path = put("a.csv", far(line(50, lon=4.99)))
    with translation.override("fr"):
        call_command("territory", "import-addresses", str(path), "--preview")
    said = capsys.readouterr().out
    assert not ReferenceFile.objects.exists()
    for shown in (
        "UTF-8",
        "WGS84",
        "29 lignes comprises",
        "1 × loin de sa commune",
        "lon = lon",
        "--preview",
    ):
        assert shown in said


def test_the_command_takes_corrections(places: None, put: Put) -> None:
    content = (
        table(*(line(n) for n in range(1, 9))).replace(b"lon;lat", b"est;nord").decode().encode("cp1252")
    )
    verb = ["territory", "import-addresses", str(put("a.csv", content))]
    call_command(*verb, "--encoding", "cp1252", "--separator", ";", "--columns", "lon=est", "lat=9")
    assert ReferenceFile.objects.get().rows == 8


# No downtime ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.storage
def test_readers_see_the_old_file_or_the_new_one_never_a_part(put: Put) -> None:
    """A thread reads without pause while a file of ten communes is replaced five times."""
    sizes = (300, 500)
    paths = [
        put(f"{size}.csv", table(*(line(n, code=f"710{n % 10:02}") for n in range(1, size + 1))))
        for size in sizes
    ]
    api.import_addresses_file(path=paths[0], name="71")
    over, seen, wrong = Event(), set[int](), list[object]()

    def read() -> None:
        try:
            while not over.is_set():
                (card,) = api.reference_files(kind=FileKind.ADDRESSES)
                try:
                    found = api.addresses(file_id=card.id)
                except NotFound:  # replaced between the two lines: the page is asked again
                    continue
                seen.add(len(found))
                if len(found) != card.rows:
                    wrong.append((len(found), card.rows))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    thread = Thread(target=read)
    thread.start()
    for number in range(1, 6):
        api.import_addresses_file(path=paths[number % 2], name="71")
    over.set()
    thread.join()
    assert wrong == []
    assert seen <= set(sizes)
    assert len(api.addresses(file_id=api.reference_files(kind=FileKind.ADDRESSES)[0].id)) == 500


def test_an_interrupted_import_is_taken_up_again(
    cast: Cast, sign_in: SignIn, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.import_addresses_file(path=good, name="a.csv")
    browser = sign_in(cast.coordinator)
    address = upload(browser, "addresses", table(*(line(n) for n in range(1, 50))))["Location"]
    run_id = UUID(confirm(browser, address)["Location"].rstrip("/").split("/")[-1])

    def stop(*arguments: Any) -> None:
        raise runs.Stopped

    monkeypatch.setattr(store, "write_addresses", stop)
    monkeypatch.setattr(runs.Reporter, "__call__", stop)
    runs.carry_out(run_id)
    monkeypatch.undo()
    assert len(api.addresses(file_id=first.file_id)) == 3
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert ReferenceFile.objects.get(state="live").rows == 49
