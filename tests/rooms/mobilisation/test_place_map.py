"""A new action from the page of a group, and its meeting point on a map."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryKind
from tests.conftest import Cast
from tests.rooms.mobilisation.conftest import World

pytestmark = pytest.mark.django_db
NEW = "/actions/nouvelle/"


@pytest.fixture
def outline(cast: Cast, tmp_path: Path, settings: Any) -> None:
    """Mâcon has a contour."""
    settings.REFERENCE_DIR = tmp_path / "reference"
    west, south, east, north = 4.80, 46.28, 4.85, 46.33
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {"code": "71270"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "communes.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    territory.import_contours_file(path=path, kind=TerritoryKind.COMMUNE, attribution="Contours inventés")


def test_the_group_whose_page_one_comes_from_is_chosen(cast: Cast, sign_in: Any) -> None:
    answer = sign_in(cast.administrator).get(f"{NEW}?groupe={cast.group}&genre=leaflet-drop")
    text = answer.content.decode()
    assert re.search(rf'<option value="{cast.group}" selected>', text)
    assert re.search(r'name="kind" value="leaflet-drop"[^>]*checked', text)
    assert re.search(r'name="commune_text" value="Mâcon"', text)
    departement = sign_in(cast.coordinator).get(f"{NEW}?groupe={cast.departement_group}").content.decode()
    assert re.search(rf'<option value="{cast.departement_group}" selected>', departement)
    assert not re.search(r'name="commune_text" value=', departement)


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-0000-0000-000000000001"])
def test_a_group_that_is_none_is_a_missing_page(cast: Cast, sign_in: Any, wrong: str) -> None:
    assert sign_in(cast.owner).get(f"{NEW}?groupe={wrong}").status_code == 404


def test_the_group_of_others_is_a_missing_page(cast: Cast, sign_in: Any) -> None:
    assert sign_in(cast.owner).get(f"{NEW}?groupe={cast.other_group}").status_code == 404


def test_an_unknown_kind_is_passed_over(cast: Cast, sign_in: Any) -> None:
    answer = sign_in(cast.owner).get(f"{NEW}?groupe={cast.group}&genre=leaflet-rounds")
    assert answer.status_code == 200
    assert not re.search(r'name="kind"[^>]* checked', answer.content.decode())


def test_the_page_of_a_group_leads_to_its_action(cast: Cast, sign_in: Any) -> None:
    text = sign_in(cast.owner).get("/groupes/macon/").content.decode()
    assert f"{NEW}?groupe={cast.group}" in text


def test_without_anything_to_draw_coordinates_are_typed(cast: Cast, sign_in: Any) -> None:
    text = sign_in(cast.owner).get(NEW).content.decode()
    assert "data-place-tools" not in text
    assert 'name="latitude"' in text


def test_the_map_shows_the_commune_of_the_group(cast: Cast, outline: None, sign_in: Any) -> None:
    text = sign_in(cast.owner).get(f"{NEW}?groupe={cast.group}").content.decode()
    assert "data-place-tools" in text
    assert "map-outline" in text
    assert "Contours inventés" in text
    assert "mobilisation/place" in text


def test_a_form_that_is_sent_wrong_keeps_its_place(cast: Cast, outline: None, sign_in: Any) -> None:
    answer = sign_in(cast.owner).post(NEW, {"latitude": "46,3061", "longitude": "4,8311"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="46,3061"' in text
    assert "data-place-tools" in text


@pytest.mark.parametrize("bad", [("nan", "nan"), ("1e999", "2"), ("x", ""), ("91", "500")])
def test_bad_coordinates_draw_no_other_map(
    cast: Cast, outline: None, sign_in: Any, bad: tuple[str, str]
) -> None:
    latitude, longitude = bad
    answer = sign_in(cast.owner).post(NEW, {"latitude": latitude, "longitude": longitude})
    assert answer.status_code == 200


def test_changing_an_action_has_the_map_too(world: World, outline: None, sign_in: Any) -> None:
    text = sign_in(world.cast.owner).get(f"/actions/{world.action}/modifier/").content.decode()
    assert "data-place-tools" in text
