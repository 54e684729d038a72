"""A code that stands alone among known ones is asked about, not created in silence."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from amiral.kit import runs
from amiral.kit.models import Run
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.contours import check_contours
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.contour_words import ContoursRefused, flaw_sentence
from amiral.rooms.territory.contracts import ContourChoices, NewTerritory, TerritoryKind
from amiral.rooms.territory.models import Territory
from tests.conftest import NOON, Cast
from tests.rooms.territory.contours_making import collection, feature, square, write
from tests.rooms.territory.test_contours_pages import checked

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
CIRCONSCRIPTIONS = ("71-01", "71-02", "71-03", "71-09")


def drawn(*codes: str) -> list[dict[str, Any]]:
    return [feature({"code": code}, square(4.5 + 0.06 * at, 46.5)) for at, code in enumerate(codes)]


@pytest.fixture
def known(places: None) -> None:
    rows = [
        NewTerritory(kind=TerritoryKind.CIRCONSCRIPTION, code=code, name=code, parents=("departement:71",))
        for code in CIRCONSCRIPTIONS[:3]
    ]
    stations = [
        NewTerritory(
            kind=TerritoryKind.BUREAU_DE_VOTE,
            code=f"71270_{number:04}",
            name=f"{number}",
            parents=("commune:71270",),
        )
        for number in (1, 2, 3)
    ]
    ensure_territories(rows=[*rows, *stations], at=NOON)


def bring(
    folder: Path, *codes: str, kind: TerritoryKind = TerritoryKind.CIRCONSCRIPTION, **said: bool
) -> Any:
    path = write(folder, *drawn(*codes))
    return api.import_contours_file(path=path, kind=kind, choices=ContourChoices(**said))


def test_a_code_alone_among_known_ones_is_refused_with_a_sentence(known: None, tmp_path: Path) -> None:
    with pytest.raises(ContoursRefused, match="71-09"):
        bring(tmp_path, *CIRCONSCRIPTIONS)
    assert not Territory.objects.filter(code="71-09").exists()
    told = check_contours(path=write(tmp_path, *drawn(*CIRCONSCRIPTIONS)), kind=TerritoryKind.CIRCONSCRIPTION)
    assert [flaw.code for flaw in told.flaws] == ["new_code"]
    assert "Saône-et-Loire" in flaw_sentence(told.flaws[0])


def test_it_is_left_out_or_created_when_asked(known: None, tmp_path: Path) -> None:
    assert bring(tmp_path, *CIRCONSCRIPTIONS, without_bad=True).rows == 3
    assert not Territory.objects.filter(code="71-09").exists()
    assert bring(tmp_path, *CIRCONSCRIPTIONS, create=True).rows == 4
    assert Territory.objects.filter(code="71-09").exists()


def test_the_first_file_and_another_edition_are_believed(known: None, tmp_path: Path) -> None:
    assert bring(tmp_path, "21-01", "21-02").rows == 2
    assert bring(tmp_path, "71-01", "71-07", "71-08").rows == 3


def test_a_new_station_beside_known_ones_is_no_mistake(known: None, tmp_path: Path) -> None:
    stations = TerritoryKind.BUREAU_DE_VOTE
    assert bring(tmp_path, "71270_0001", "71270_0002", "71270_0004", kind=stations).rows == 3
    with pytest.raises(ContoursRefused, match="71270_0400"):
        bring(tmp_path, "71270_0001", "71270_0002", "71270_0400", kind=stations)


def test_the_command_creates_when_told(known: None, tmp_path: Path) -> None:
    path = str(write(tmp_path, *drawn(*CIRCONSCRIPTIONS)))
    call_command("territory", "import-contours", path, "--kind", "circonscription", "--create")
    assert Territory.objects.filter(code="71-09").exists()


@pytest.mark.parametrize(("choice", "rows"), [({}, None), ({"create": "on"}, 4), ({"without_bad": "on"}, 3)])
def test_the_page_asks(
    known: None, cast: Cast, sign_in: Any, folders: Path, choice: dict[str, str], rows: int | None
) -> None:
    browser: Client = sign_in(cast.coordinator)
    run = checked(browser, collection(*drawn(*CIRCONSCRIPTIONS)), kind="circonscription")
    page = reverse("territory:contours_preview", args=[run.pk])
    shown = browser.get(page).content.decode()
    assert 'name="create"' in shown
    assert "71-09" in shown
    answer = browser.post(page, choice)
    if rows is None:
        assert answer.status_code == 422
        return
    started = UUID(answer["Location"].rstrip("/").rsplit("/", 1)[-1])
    runs.carry_out(started)
    assert Run.objects.get(pk=started).result["rows"] == rows
    assert Territory.objects.filter(code="71-09").exists() is (rows == 4)
