"""Pages of the graph: who sees what, what a form answers, both languages, few queries."""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from amiral.kit import runs
from amiral.kit.models import Run
from amiral.kit.readers.contour_errors import ContourFlaw
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.zones import save_zone
from amiral.rooms.territory.contour_words import flaw_sentence
from amiral.rooms.territory.contracts import NewTerritory, TerritoryKind
from amiral.rooms.territory.models import FormerCode, TableImport, Territory, TerritorySuccession, Zone
from amiral.rooms.territory.queries import parents
from amiral.rooms.territory.web import graph_views
from tests.conftest import NOON, Cast

pytestmark = pytest.mark.django_db

PUBLIC = ("/territoires/genres/", "/territoires/genres/commune/", "/territoires/histoire/")
MANDATED = ("/territoires/tableaux/", "/territoires/zones/", "/territoires/zones/nouvelle/")
MAY = {"coordinator", "other_coordinator", "administrator"}
EVERYBODY = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", ""]


def person(cast: Cast, who: str) -> UUID | None:
    return getattr(cast, who) if who else None


def zone_of(cast: Cast) -> str:
    return save_zone(by_id=cast.coordinator, name="Nord", places=["commune:71270"], outline=None, at=NOON)


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_public_pages_are_for_everybody(places: None, path: str, language: str) -> None:
    with translation.override(language):
        answer = Client().get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("path", MANDATED)
@pytest.mark.parametrize("who", EVERYBODY)
def test_other_pages_are_for_those_who_import(cast: Cast, sign_in: Any, path: str, who: str) -> None:
    answer = sign_in(person(cast, who)).get(path)
    assert answer.status_code == (302 if not who else 200 if who in MAY else 404)


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_zone_is_seen_and_changed_by_those_of_its_territory(cast: Cast, sign_in: Any, who: str) -> None:
    zone = zone_of(cast)
    client = sign_in(person(cast, who))
    may = who in {"coordinator", "administrator"}
    assert client.get(f"/territoires/{zone}/").status_code == (200 if may else 404)
    wanted = 302 if not who else 200 if may else 404
    assert client.get(f"/territoires/{zone}/dessin/").status_code == wanted
    data = {"name": "Sud", "places": ["commune:71270"], "codes": "", "outline": ""}
    changed = client.post(f"/territoires/{zone}/dessin/", data)
    assert changed.status_code == (302 if may or not who else 404)
    assert Territory.objects.get(pk=zone).name == ("Sud" if may else "Nord")
    retired = client.post(f"/territoires/{zone}/retirer/", {"sure": "on"})
    assert retired.status_code == (302 if may or not who else 404)
    assert (Territory.objects.get(pk=zone).retired_at is not None) == may


def test_a_zone_is_not_named_on_public_pages(cast: Cast, client: Client) -> None:
    zone_of(cast)
    for path in ("/territoires/commune:71270/", "/territoires/departement:71/", "/territoires/genres/"):
        assert "Nord" not in client.get(path).content.decode()
    assert client.get("/territoires/genres/zone/").status_code == 404


def test_a_zone_is_drawn_without_javascript(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.coordinator)
    page = client.get("/territoires/zones/nouvelle/?dans=Saône-et-Loire").content.decode()
    assert 'value="commune:71270"' in page
    assert 'value="commune:21231"' not in page
    data = {"name": "Autour", "codes": "71105", "outline": "46.2, 4.7\n46.2, 5.0\n46.4, 5.0"}
    answer = client.post("/territoires/zones/nouvelle/", data)
    zone = Zone.objects.get()
    assert answer.headers["Location"] == f"/territoires/{zone.pk}/"
    assert zone.geometry is not None
    assert client.get("/territoires/zones/").content.decode().count("Autour") == 2
    assert "46.4" in client.get(f"/territoires/{zone.pk}/dessin/").content.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "x"}, "Choisissez des lieux"),
        ({"name": "", "codes": "71270"}, "obligatoire"),
        ({"name": "x", "codes": "99999"}, "99999"),
        ({"name": "x", "codes": "21231"}, "Dijon"),
        ({"name": "x", "outline": "46.2, 4.7"}, "trois"),
        ({"name": "x", "codes": "\x00"}, "nul"),
    ],
)
def test_a_bad_zone_is_told_at_its_field(cast: Cast, sign_in: Any, data: dict[str, str], words: str) -> None:
    answer = sign_in(cast.coordinator).post("/territoires/zones/nouvelle/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Zone.objects.exists()


def test_a_commune_on_a_day(places: None, client: Client) -> None:
    FormerCode.objects.create(code="71901", name="Loché", commune_id="commune:71270")
    page = client.get("/territoires/histoire/?code=71270&on=2017-04-23")
    assert page.status_code == 200
    assert "Mâcon" in page.content.decode()
    assert "Pas certain" in page.content.decode()


@pytest.mark.parametrize("query", ["code=99999&on=2017-04-23", "code=71270&on=x", "code=&on=", "code=%00"])
def test_a_commune_that_is_none(places: None, client: Client, query: str) -> None:
    assert client.get(f"/territoires/histoire/?{query}").status_code == 422


def test_a_table_is_imported_by_a_run(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.coordinator)
    file = SimpleUploadedFile("cantons.csv", b"COM,CAN\n71270,7119\n21231,2101\n71076,x\n")
    answer = client.post("/territoires/tableaux/importer/", {"kind": "memberships", "file": file})
    assert answer.status_code == 302
    run = Run.objects.get()
    runs.carry_out(run.pk)
    done = TableImport.objects.get()
    assert Run.objects.get().result["url"] == f"/territoires/tableaux/{done.pk}/"
    page = client.get(f"/territoires/tableaux/{done.pk}/").content.decode()
    assert "ligne 3" in page
    assert "21231" in page
    assert "cantons.csv" in client.get("/territoires/tableaux/").content.decode()
    assert sign_in(cast.stranger).get(f"/territoires/tableaux/{done.pk}/").status_code == 404


def test_movements_are_for_those_who_hold_the_country(cast: Cast, sign_in: Any) -> None:
    for who, status in (("coordinator", 404), ("administrator", 302)):
        file = SimpleUploadedFile("mvt.csv", b"MOD,DATE_EFF\n")
        answer = sign_in(person(cast, who)).post(
            "/territoires/tableaux/importer/", {"kind": "movements", "file": file}
        )
        assert answer.status_code == status, who


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_others_import_no_table(cast: Cast, sign_in: Any, who: str) -> None:
    file = SimpleUploadedFile("cantons.csv", b"COM,CAN\n71270,7119\n")
    answer = sign_in(person(cast, who)).post(
        "/territoires/tableaux/importer/", {"kind": "memberships", "file": file}
    )
    assert answer.status_code == 404
    assert not Run.objects.exists()


def test_a_table_too_large_is_refused_unread(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.coordinator)
    answer = client.post(
        "/territoires/tableaux/importer/", data=b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(40 * 1024 * 1024),
    )  # fmt: skip
    assert answer.status_code == 413


def test_the_page_of_a_commune_tells_its_place(places: None, client: Client) -> None:
    ensure_territories(
        rows=[
            NewTerritory(kind=TerritoryKind.CANTON, code="7119", name="Mâcon-1", parents=("departement:71",)),
        ],
        at=NOON,
    )
    page = client.get("/territoires/departement:71/").content.decode()
    assert "Cantons" in page
    assert "/territoires/genres/canton/?dans=departement%3A71" in page
    listed = client.get("/territoires/genres/canton/?dans=departement:71").content.decode()
    assert "Mâcon-1" in listed
    assert "Cantons de Saône-et-Loire" in listed
    assert client.get("/territoires/genres/canton/?dans=zone:none").status_code == 404
    assert client.get("/territoires/genres/nothing/").status_code == 404


def test_lists_take_the_same_queries_with_few_and_many(
    places: None, client: Client, django_assert_max_num_queries: Any
) -> None:
    for count in (2, 80):
        ensure_territories(
            rows=[
                NewTerritory(kind=TerritoryKind.CANTON, code=f"71{n:02d}", name=f"Canton {n}")
                for n in range(count)
            ],
            at=NOON,
        )
        with django_assert_max_num_queries(6):
            client.get("/territoires/genres/canton/")


def test_the_way_down_starts_at_the_country(places: None, client: Client) -> None:
    """Mâcon hangs on the country by a shorter way than on its région: through its EPCI."""
    country = NewTerritory(kind=TerritoryKind.COUNTRY, code="FR", name="France")
    epci = NewTerritory(kind=TerritoryKind.EPCI, code="200070308", name="Mâconnais", parents=("pays:FR",))
    region = NewTerritory(kind=TerritoryKind.REGION, code="27", name="Bourgogne", parents=("pays:FR",))
    departement = NewTerritory(
        kind=TerritoryKind.DEPARTEMENT, code="71", name="Saône-et-Loire", parents=("region:27",)
    )
    macon = NewTerritory(
        kind=TerritoryKind.COMMUNE, code="71270", name="Mâcon", parents=("epci:200070308", "departement:71")
    )
    ensure_territories(rows=[country, epci, region, departement, macon], at=NOON)
    names = [one.name for one in parents(territory_id="commune:71270")]
    assert names == ["France", "Bourgogne", "Saône-et-Loire"]


def test_arrondissements_stand_by_their_number(places: None, client: Client) -> None:
    rows = [
        NewTerritory(
            kind=TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
            code=f"712{number:02}",
            name=f"Mâcon {number}e Arrondissement",
            parents=("commune:71270",),
        )
        for number in (2, 10, 11)
    ]
    ensure_territories(rows=rows, at=NOON)
    page = client.get("/territoires/commune:71270/").content.decode()
    assert page.index("Mâcon 2e") < page.index("Mâcon 10e") < page.index("Mâcon 11e")


def test_a_former_code_without_a_name_is_told_as_a_code(places: None, client: Client) -> None:
    TerritorySuccession.objects.create(
        old_code="71197", old_name="", new_code="71270", new_name="Mâcon", date=None, kind="unknown"
    )
    page = client.get("/territoires/commune:71270/").content.decode()
    assert "Date inconnue – code 71197 → Mâcon (71270)" in page


@pytest.mark.parametrize("path", ["/donnees/", "/donnees/contours/", "/donnees/resultats/"])
def test_every_page_of_imports_tells_sizes_alike(cast: Cast, sign_in: Any, path: str) -> None:
    assert "Au plus 200 Mo." in sign_in(cast.administrator).get(path).content.decode()


def test_a_bureau_claims_no_number_of_addresses(places: None, client: Client) -> None:
    """Files tell the commune of an address, not its bureau: nought would be a wrong figure."""
    bureau = NewTerritory(
        kind=TerritoryKind.BUREAU_DE_VOTE,
        code="71270_0012",
        name="Mâcon, bureau 12",
        parents=("commune:71270",),
    )
    ensure_territories(rows=[bureau], at=NOON)
    told = client.get("/territoires/bureau-de-vote:71270_0012/").content.decode()
    assert "Mâcon, bureau 12" in told
    assert "Adresses importées" not in told
    assert "Adresses importées" in client.get("/territoires/commune:71270/").content.decode()


def test_areas_are_told_with_a_comma_in_french() -> None:
    flaw = ContourFlaw(feature=0, code="gap", params={"hectares": "22.7", "place": "5.44448 46.84751"})
    assert "les 22,7 ha autour" in flaw_sentence(flaw)


def test_a_zone_shows_no_code_and_starts_on_the_own_departement(
    cast: Cast, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(graph_views, "drawn", lambda *, territory_id: asked.append(territory_id))
    client = sign_in(cast.coordinator)
    zone = zone_of(cast)
    page = client.get(f"/territoires/{zone}/").content.decode()
    assert f"code {zone.removeprefix('zone:')}" not in page
    assert client.get("/territoires/zones/nouvelle/").status_code == 200
    assert asked == ["departement:71"]


def test_the_page_of_a_zone_draws_it(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.coordinator)
    square = "46.2, 4.7\n46.2, 5.0\n46.4, 5.0"
    made = client.post(
        "/territoires/zones/nouvelle/", {"name": "Autour", "codes": "71105", "outline": square}
    )
    page = client.get(made["Location"])
    assert [layer.name for layer in page.context["contour_map"].layers] == ["Contour"]
    assert "Sur la carte" in page.content.decode()
