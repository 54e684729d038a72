"""A canvass whose walks begin and end somewhere, and are never too long."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.field import api
from amiral.rooms.field.models import Canvass, Turf
from tests.conftest import Cast
from tests.rooms.field.conftest import SOUTH, WEST, address_lines

STATION = (WEST + 0.002, SOUTH - 0.001)


def form(cast: Cast, **more: object) -> dict[str, object]:
    values: dict[str, object] = {"group": cast.group, "name": "Gare", "kind": "door-to-door", "area": "whole"}
    return values | {"minutes": 30, "seed": 0} | more


def test_walks_begin_and_end_at_the_station(
    cast: Cast, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any]
) -> None:
    file = import_addresses(address_lines(30))
    place = f"{STATION[0]:.6f},{STATION[1]:.6f}"
    values = form(cast, start=place, end="3 rue Carnot", max_walk_m=900)
    answer = sign_in(cast.owner).post(f"/terrain/nouveau/?fichier={file}", values)
    assert answer.status_code == 302
    canvass = Canvass.objects.get()
    assert canvass.start == pytest.approx(STATION)
    assert canvass.max_walk_m == 900
    assert canvass.end is not None
    report = api.plan_now(canvass_id=canvass.pk)
    for turf in Turf.objects.all():
        assert turf.walk["coordinates"][0] == pytest.approx(STATION, abs=1e-6)
        assert turf.walk["coordinates"][-1] == pytest.approx(canvass.end, abs=1e-6)
    assert "short_turfs" in report
    page = sign_in(cast.owner).get(f"/terrain/{canvass.pk}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "900\u202fm de marche au plus" in text or "900 m de marche au plus" in text
    assert f"Chaque parcours commence ici : {STATION[1]:.5f}" in text.replace("\xa0", " ")
    assert ">Départ</text>" in text
    assert ">Arrivée</text>" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "xyzzy nowhere"},
        {"start": "400,3"},
        {"start": "nan,1"},
        {"start": "46.3,4.83"},
        {"kind": "leaflet-rounds", "start": f"{STATION[0]},{STATION[1]}"},
        {"max_walk_m": 5},
        {"area": "each", "start": "3 rue Carnot"},
    ],
)
def test_a_place_that_is_none_is_refused_at_its_field(
    cast: Cast, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any], wrong: dict[str, object]
) -> None:
    file = import_addresses(address_lines(6))
    answer = sign_in(cast.owner).post(f"/terrain/nouveau/?fichier={file}", form(cast, **wrong))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) & {"start", "max_walk_m"}
    assert not Canvass.objects.exists()
