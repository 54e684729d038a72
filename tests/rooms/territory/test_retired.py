"""A commune that a newer referential no longer holds; three communes of plain invention are enough."""

from typing import Any

import pytest

from amiral.rooms.territory import api
from amiral.rooms.territory.actions import referential
from amiral.rooms.territory.actions.referential import Source
from amiral.rooms.territory.models import FormerCode, Territory
from tests.conftest import NOON, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def commune(code: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "nom": name,
        "departement": "71",
        "codesPostaux": ["71990"],
        "population": 10,
    } | more


def source(*communes: dict[str, Any], within: tuple[dict[str, Any], ...] = ()) -> Source:
    return Source(
        regions=({"code": "27", "nom": "Bourgogne-Franche-Comté"},),
        departements=({"code": "71", "nom": "Saône-et-Loire", "region": "27"},),
        epci=(),
        communes=communes,
        arrondissements_municipaux=(),
        within_communes=within,
    )


def load(given: Source) -> int:
    return referential._write(referential.rows_of(given), lambda done, total: None, NOON)


OLD = source(commune("71901", "Premier"), commune("71902", "Second"))
MERGED = source(
    commune("71901", "Premier-et-Second", population=20, anciensCodes=["71902"]),
    within=({"code": "71902", "nom": "Second", "chefLieu": "71901", "type": "commune-deleguee"},),
)


def test_a_commune_that_disappears_is_retired_not_deleted() -> None:
    assert load(OLD) == 0
    person = make_person("Someone", commune_id="commune:71902", postal_code="71990")
    assert load(MERGED) == 1
    assert Territory.objects.get(pk="commune:71902").retired_at == NOON
    assert person is not None
    assert api.is_within(territory_id="commune:71902", ancestor_id="departement:71")
    assert [one.name for one in api.communes_of_postal_code(postal_code="71990")] == ["Premier-et-Second"]
    assert [one.id for one in api.search_communes(text="second")] == ["commune:71901"]


def test_a_commune_that_comes_back_is_in_use_again() -> None:
    load(OLD)
    load(MERGED)
    assert load(OLD) == 1  # the commune déléguée of that name
    assert Territory.objects.get(pk="commune:71902").retired_at is None
    assert [one.name for one in api.search_communes(text="second")] == ["Second"]
    assert not FormerCode.objects.exists()


def test_figures_follow() -> None:
    load(MERGED)
    assert api.territory(territory_id="departement:71").population == 20
    load(OLD)
    assert api.territory(territory_id="departement:71").population == 20
    assert api.territory(territory_id="commune:71901").name == "Premier"
