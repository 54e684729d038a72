"""What the demonstration shows of certification and of word of mouth is built by the verbs themselves."""

from typing import Any

import pytest

from amiral.config.demonstration import mouth
from amiral.kit.clock import now
from amiral.rooms.network import api as network
from amiral.rooms.people.models import Mandate
from tests.conftest import Cast, make_person

pytestmark = pytest.mark.django_db


def test_a_badge_a_request_and_three_generations(cast: Cast, sign_in: Any) -> None:
    Mandate.objects.filter(scope_id=cast.group).update(territory_id="commune:71270")
    waiting = network.create_local_group(
        by_id=cast.coordinator, name="Chalon", commune_id="commune:71076", presentation=""
    )
    crowd = tuple(make_person(f"Foule{number}") for number in range(14))
    mouth.build(
        administrator=cast.administrator,
        coordinator=cast.coordinator,
        leader=cast.owner,
        volunteer=cast.teammate,
        crowd=crowd,
        certified=cast.group,
        waiting=waiting,
        now=now(),
    )
    assert "/groupes/macon/" in sign_in(None).get("/groupes/?certifies=1").content.decode()
    assert "Chalon" in sign_in(cast.administrator).get("/certification/").content.decode()
    own = sign_in(cast.teammate).get("/moi/parrainage/").content.decode()
    assert "<dd>12</dd>" in own
    assert "<li>Foule1 E.</li>" in own
    figures = sign_in(cast.coordinator).get("/parrainages/").content.decode()
    assert "venus de bouche à oreille" in figures
