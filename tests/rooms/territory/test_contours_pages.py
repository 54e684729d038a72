"""Pages of contours: who may open them, what they show before anything is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from amiral.kit import runs
from amiral.kit.models import AuditLine, Run
from amiral.rooms.territory import api
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import ReferenceFile
from tests.conftest import Cast
from tests.rooms.territory.contours_making import collection, communes, feature, square, write

pytestmark = pytest.mark.django_db
SignIn = Callable[[UUID | None], Client]

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
BAD = feature({"code": "71076"}, {"type": "Point", "coordinates": [4.8, 46.7]})


def enter(sign_in: SignIn, cast: Cast, who: str) -> Client:
    return sign_in(None if who == "anonymous" else getattr(cast, who))


def upload(browser: Client, content: bytes = b"", **fields: Any) -> Any:
    content = content or collection(*communes("71270", "71105"))
    given = {"file": SimpleUploadedFile("a.geojson", content), "kind": "commune", "year": "2024"} | fields
    return browser.post(reverse("territory:import_contours"), given)


def checked(browser: Client, content: bytes = b"", **fields: Any) -> Run:
    """An uploaded file after its check."""
    assert upload(browser, content, **fields).status_code == 302
    run = Run.objects.order_by("-created_at", "-pk")[0]
    runs.carry_out(run.pk)
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def imported(places: None, tmp_path: Path) -> UUID:
    path = write(tmp_path, *communes("71270", "71105"))
    return api.import_contours_file(path=path, kind=TerritoryKind.COMMUNE).file_id


@matrix
def test_who_sees_the_files(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    assert browser.get(reverse("territory:contours_files")).status_code == status
    assert browser.get(reverse("territory:contours_file", args=[imported])).status_code == status


@matrix
def test_who_uploads(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    answer = upload(enter(sign_in, cast, who))
    assert answer.status_code == (302 if status == 200 else status)
    assert Run.objects.count() == (status == 200)


@matrix
def test_who_sees_and_imports_what_the_coordinator_looked_into(
    cast: Cast, sign_in: SignIn, who: str, status: int
) -> None:
    run = checked(sign_in(cast.coordinator))
    browser = enter(sign_in, cast, who)
    wanted = {"coordinator": 200, "anonymous": 302}.get(who, 404)
    page = reverse("territory:contours_preview", args=[run.pk])
    assert browser.get(page).status_code == wanted
    for address, fields in (
        (page, {}),
        (reverse("territory:contours_again", args=[run.pk]), {"code": "nom"}),
    ):
        before = Run.objects.count()
        assert browser.post(address, fields).status_code == (302 if wanted == 200 else wanted)
        assert Run.objects.count() == before + (wanted == 200)


@pytest.mark.parametrize(
    ("who", "status"),
    PERSONS.items(),
)
def test_who_removes(cast: Cast, sign_in: SignIn, imported: UUID, who: str, status: int) -> None:
    browser = enter(sign_in, cast, who)
    answer = browser.post(reverse("territory:contours_remove", args=[imported]), {"sure": "on"})
    assert answer.status_code == (302 if status == 200 else status)
    assert ReferenceFile.objects.filter(state="live").count() == (status != 200)


def test_missing_and_forbidden_answer_alike(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    for name in ("contours_preview", "contours_file"):
        assert browser.get(reverse(f"territory:{name}", args=[uuid4()])).status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_is_written_before_the_importer_says_so(cast: Cast, sign_in: SignIn, language: str) -> None:
    browser = sign_in(cast.coordinator)
    browser.cookies["langue"] = language
    run = checked(browser, collection(*communes("71270"), BAD))
    assert not ReferenceFile.objects.exists()
    page = browser.get(run.result["url"])
    text = page.content.decode()
    assert {"fr": "n’est encore écrit", "en": "Nothing is written yet"}[language] in text.replace("\xa0", " ")
    assert "<svg" in text
    assert "commune:71270" in text
    assert {"fr": "pas une surface", "en": "not an area"}[language] in text
    refused = browser.post(run.result["url"], {})
    assert refused.status_code == 422
    answer = browser.post(run.result["url"], {"without_bad": "on"})
    assert answer.status_code == 302
    last = Run.objects.order_by("-created_at", "-pk")[0]
    runs.carry_out(last.pk)
    last.refresh_from_db()
    assert last.state == Run.State.DONE, last.problem
    (file,) = ReferenceFile.objects.all()
    assert (file.rows, file.imported_by_id) == (1, cast.coordinator)
    assert AuditLine.objects.filter(verb="import-contours").exists()
    text = browser.get(last.result["url"]).content.decode()
    assert "<svg" in text
    assert "commune 71 (2024)" in text


def test_other_properties_may_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    one = feature({"postal": "71270", "ref": "71105", "nom": "M"}, square(4.75, 46.28))
    browser = sign_in(cast.coordinator)
    run = checked(browser, collection(one))
    assert run.result["preview"]["rows"][0][1] == "71105"
    again = browser.post(
        reverse("territory:contours_again", args=[run.pk]),
        {"code": "postal", "number": "", "name_property": "ref", "commune": ""},
    )
    last = Run.objects.order_by("-created_at", "-pk")[0]
    assert again["Location"] == reverse("run", args=[last.pk])
    runs.carry_out(last.pk)
    last.refresh_from_db()
    assert last.result["preview"]["rows"] == [[1, "71270", "71105", "commune:71270"]]
    bad = browser.post(reverse("territory:contours_again", args=[run.pk]), {"code": "none of them"})
    assert bad.status_code == 422


def test_a_file_that_cannot_be_read_fails_with_its_reason(cast: Cast, sign_in: SignIn) -> None:
    run = checked(sign_in(cast.coordinator), b"<kml></kml>")
    assert run.state == Run.State.FAILED
    assert "GeoJSON" in run.problem


def test_a_file_of_another_territory_is_refused(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.other_coordinator)
    run = checked(browser)
    browser.post(run.result["url"], {})
    last = Run.objects.order_by("-created_at", "-pk")[0]
    runs.carry_out(last.pk)
    last.refresh_from_db()
    assert last.state == Run.State.FAILED
    assert not ReferenceFile.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"kind": "planet"}, {"year": "12"}, {"commune": "x"}, {"file": ""}, {"kind": ""}]
)
def test_mistakes_are_tied_to_their_fields(cast: Cast, sign_in: SignIn, fields: Any) -> None:
    answer = upload(sign_in(cast.coordinator), **fields)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()


def test_too_much_is_refused_unread(cast: Cast, sign_in: SignIn, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    assert upload(sign_in(cast.coordinator)).status_code == 413


def test_uploads_are_limited(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.coordinator)
    answers = [upload(browser, year="12").status_code for _ in range(31)]
    assert answers[-1] == 429


def test_a_territory_shows_its_map_with_links_to_its_parts(imported: UUID, client: Client) -> None:
    page = client.get(reverse("territory:territory", args=["departement:71"])).content.decode()
    assert "<svg" in page
    assert reverse("territory:territory", args=["commune:71270"]) in page
    page = client.get(reverse("territory:territory", args=["departement:21"])).content.decode()
    assert 'id="contours"' not in page


def test_names_in_a_file_are_text(cast: Cast, sign_in: SignIn) -> None:
    one = feature({"code": "71270", "nom": "<script>alert(1)</script>"}, square(4.8, 46.28))
    browser = sign_in(cast.coordinator)
    run = checked(browser, collection(one, BAD))
    assert "<script>alert" not in browser.get(run.result["url"]).content.decode()


def test_the_list_says_what_there_is(cast: Cast, sign_in: SignIn, imported: UUID) -> None:
    page = sign_in(cast.coordinator).get(reverse("territory:contours_files")).content.decode()
    assert "commune 71" in page
    page = sign_in(cast.coordinator).get(reverse("territory:files")).content.decode()
    assert reverse("territory:contours_files") in page


def test_words_are_translated() -> None:
    from amiral.rooms.territory.web.contours_forms import LABELS

    with translation.override("en"):
        english = [str(label) for label in LABELS.values()]
    with translation.override("fr"):
        assert sum(str(a) != b for a, b in zip(LABELS.values(), english, strict=True)) >= 5
