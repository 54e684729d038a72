"""The whole official geography, loaded once for all these tests, compared with the package it comes from."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from amiral.kit.errors import NotFound
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.graph import closure_of, ensure_territories
from amiral.rooms.territory.actions.referential import SOURCE, ReferentialMissing
from amiral.rooms.territory.contracts import (
    NewLink,
    NewTerritory,
    ReferentialCounts,
    TerritoryCard,
    TerritoryKind,
)
from amiral.rooms.territory.models import FormerCode, PostalCode, Territory, TerritoryClosure, TerritoryLink
from tests.conftest import NOON
from tests.rooms.territory.whole import load_france

TWO_DEPARTEMENTS = (
    "01200 01410 01590 42620 05110 05130 05160 06260 05700 48250 13780 43450 21340 33220 37160 52100"
)
OVERSEAS_AND_CORSICA = {
    "20000": "2A",
    "20200": "2B",
    "97110": "971",
    "97200": "972",
    "97300": "973",
    "97400": "974",
    "97500": "975",
    "97600": "976",
    "97133": "977",
    "97150": "978",
    "98600": "986",
    "98714": "987",
    "98800": "988",
}
FIRST_FOUND = {
    "macon": "Mâcon",
    "MACON": "Mâcon",
    "st denis": "Saint-Denis",
    "l hay les roses": "L'Haÿ-les-Roses",
    "hay les roses": "L'Haÿ-les-Roses",
    "havre": "Le Havre",
    "Paris 11": "Paris",
    "paris 11eme": "Paris",
    "lyon cedex 03": "Lyon",
    "chalon s/saone": "Chalon-sur-Saône",
    "chalon saone": "Chalon-sur-Saône",
    "oeuilly": "Œuilly",
    "noumea": "Nouméa",
    "Arbignieu": "Arboys en Bugey",
    "71000 macon": "Mâcon",
    "71270 Pierre": "Pierre-de-Bresse",
    "2A004": "Ajaccio",
    "01015": "Arboys en Bugey",
}
NOTHING = ("", "   ", "xyzzy", "%", "_", "'", "99999", "\x00", "xyzzy\x00", "a" * 5000)


@cache
def records(name: str) -> list[dict[str, Any]]:
    path: Path = settings.FRONT_DIR / SOURCE / f"{name}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def communes() -> dict[str, list[dict[str, Any]]]:
    """The records of communes by type."""
    kinds = defaultdict(list)
    for record in records("communes"):
        kinds[record["type"]].append(record)
    return kinds


def names(cards: Iterable[TerritoryCard]) -> list[str]:
    return [card.name for card in cards]


def departement_of_code(code: str) -> str:
    return code[:3] if code.startswith(("97", "98")) else code[:2]


@pytest.mark.storage
class TestFrance(TestCase):
    """One load for all; each test is rolled back."""

    counts: ReferentialCounts

    @classmethod
    def setUpTestData(cls) -> None:
        cls.counts = load_france()

    def test_counts_are_those_of_the_source(self) -> None:
        assert self.counts.communes == len(communes()["commune-actuelle"]) == 34_969
        assert self.counts.arrondissements_municipaux == len(communes()["arrondissement-municipal"]) == 45
        assert self.counts.departements == len(records("departements")) == 109
        assert self.counts.epci == len(records("epci")) == 1_255
        assert self.counts.regions == sum(one["zone"] != "com" for one in records("regions")) == 18
        kinds = Counter(Territory.objects.values_list("kind", flat=True))
        assert kinds["commune"] == 34_969
        assert kinds["pays"] == 1

    def test_postal_codes_are_those_of_the_source(self) -> None:
        wanted = {
            (code, one["code"])
            for one in communes()["commune-actuelle"]
            for code in one.get("codesPostaux", ())
        }
        there = PostalCode.objects.filter(territory__kind="commune").values_list("code", "territory__code")
        assert set(there) == wanted

    def test_every_other_code_leads_to_a_commune(self) -> None:
        within = [*communes()["commune-deleguee"], *communes()["commune-associee"]]
        bare = {code for one in communes()["commune-actuelle"] for code in one.get("anciensCodes", ())}
        former = dict(FormerCode.objects.values_list("code", "commune__code"))
        assert former.keys() == bare | {one["code"] for one in within}
        assert all(former[one["code"]] == one["chefLieu"] for one in within)
        assert len(within) == 2_105 + 471

    def test_loading_again_changes_nothing(self) -> None:
        before = set(TerritoryClosure.objects.values_list("pk", flat=True))
        again = api.load_referential(front_dir=settings.FRONT_DIR)
        assert again == self.counts
        assert set(TerritoryClosure.objects.values_list("pk", flat=True)) == before

    def test_a_missing_or_broken_package_changes_nothing(self) -> None:
        before = Territory.objects.count()
        for content in (None, "", "[", "{}", '[{"nom": "x"}]', "[3]"):
            with self.subTest(content), TemporaryDirectory() as folder:
                if content is not None:
                    (Path(folder) / SOURCE).mkdir(parents=True)
                    for name in ("regions", "departements", "epci", "communes"):
                        (Path(folder) / SOURCE / f"{name}.json").write_text(content)
                with pytest.raises(ReferentialMissing, match="scripts/setup"):
                    api.load_referential(front_dir=Path(folder))
        assert Territory.objects.count() == before

    def test_cities_of_arrondissements_answer_once(self) -> None:
        for postal_code, commune in {"75011": "Paris", "69003": "Lyon", "13016": "Marseille"}.items():
            assert names(api.communes_of_postal_code(postal_code=postal_code)) == [commune]

    def test_an_arrondissement_knows_its_city(self) -> None:
        above = api.ancestor_ids(territory_id="arrondissement-municipal:75111")
        assert above[:2] == ("arrondissement-municipal:75111", "commune:75056")
        assert {"departement:75", "region:11", "pays:FR"} <= set(above)
        codes = PostalCode.objects.filter(territory_id="arrondissement-municipal:75111")
        assert list(codes.values_list("code", flat=True)) == ["75011"]

    def test_a_postal_code_of_many_communes(self) -> None:
        assert len(api.communes_of_postal_code(postal_code="51300")) == 46
        assert len(api.communes_of_postal_code(postal_code="71460")) == 33

    def test_a_postal_code_over_two_departements(self) -> None:
        for postal_code in TWO_DEPARTEMENTS.split():
            found = api.communes_of_postal_code(postal_code=postal_code)
            assert len({one.departement_code for one in found}) == 2, postal_code

    def test_corsica_and_overseas(self) -> None:
        for postal_code, departement in OVERSEAS_AND_CORSICA.items():
            found = api.communes_of_postal_code(postal_code=postal_code)
            assert found, postal_code
            holder = api.departement_of(territory_id=found[0].id)
            assert holder is not None
            assert holder.code == departement == found[0].departement_code
            assert api.is_within(territory_id=found[0].id, ancestor_id="pays:FR")

    def test_departements_in_order_without_the_uninhabited(self) -> None:
        codes = [one.code for one in api.departements()]
        assert codes[:3] == ["01", "02", "03"]
        assert codes[18:22] == ["19", "2A", "2B", "21"]
        assert codes[-1] == "988"
        assert {"975", "977", "978", "986", "987"} <= set(codes)
        assert not {"984", "989"} & set(codes)
        assert len(codes) == 107

    def test_what_lies_in_a_departement_lies_in_its_region(self) -> None:
        inside = set(api.descendant_filter(ancestor_ids=["departement:71"]))
        assert sum(one.startswith("commune:") for one in inside) == 563
        assert inside < set(api.descendant_filter(ancestor_ids=["region:27"]))
        assert api.departement_of(territory_id="region:27") is None

    def test_an_epci_lies_in_what_holds_all_of_it(self) -> None:
        spans = [
            one
            for one in records("epci")
            if len({departement_of_code(member["code"]) for member in one["membres"]}) > 1
        ]
        assert len(spans) == 89
        for one in spans:
            assert api.departement_of(territory_id=f"epci:{one['code']}") is None

    def test_populations_add_up(self) -> None:
        total = sum(one.get("population", 0) for one in communes()["commune-actuelle"])
        assert api.territory(territory_id="pays:FR").population == total
        assert sum(one.population or 0 for one in api.departements()) == total

    def test_search_finds_first(self) -> None:
        for text, first in FIRST_FOUND.items():
            assert names(api.search_communes(text=text))[:1] == [first], text

    def test_homonyms_are_told_apart(self) -> None:
        def labels(text: str, limit: int) -> list[str]:
            return [one.label for one in api.search_communes(text=text, limit=limit)]

        assert labels("Saint-Denis 93", 1) == ["Saint-Denis (93)"]
        assert labels("Saint-Denis (974)", 20) == ["Saint-Denis (974)"]
        assert labels("saint denis", 2) == ["Saint-Denis (974)", "Saint-Denis (93)"]

    def test_search_of_nothing_finds_nothing(self) -> None:
        for text in NOTHING:
            assert api.search_communes(text=text) == (), text

    def test_search_takes_few_queries(self) -> None:
        api.search_communes(text="xyzzy")  # the first slip that a process meets reads all names, once
        for text, most in [("macon", 2), ("71000", 1), ("Paris 11", 4), ("xyzzy", 4)]:
            with CaptureQueriesContext(connection) as queries:
                api.search_communes(text=text)
            assert len(queries) <= most, text

    def test_communes_are_found_by_their_own_names(self) -> None:
        for commune in Territory.objects.filter(kind="commune").order_by("id")[::500]:
            found = {one.id for one in api.search_communes(text=commune.name, limit=50)}
            assert commune.id in found, commune.name

    def test_cards(self) -> None:
        card = api.territory(territory_id="commune:71270")
        assert (card.kind, card.code, card.name) == (TerritoryKind.COMMUNE, "71270", "Mâcon")
        assert card.label == "Mâcon (71)"
        assert api.territories(territory_ids=["commune:71270", "commune:none"]) == {"commune:71270": card}
        with pytest.raises(NotFound):
            api.territory(territory_id="commune:00000")

    def test_villages_lie_in_the_commune_that_took_them_in(self) -> None:
        within = [*communes()["commune-deleguee"], *communes()["commune-associee"]]
        assert (self.counts.communes_deleguees, self.counts.communes_associees) == (2_105, 471)
        for one in within[::50]:
            village = f"{one['type']}:{one['code']}"
            assert api.is_within(territory_id=village, ancestor_id=f"commune:{one['chefLieu']}"), village
            assert api.is_within(territory_id=village, ancestor_id="pays:FR"), village

    def test_every_commune_lies_in_its_arrondissement(self) -> None:
        assert self.counts.arrondissements == len(records("arrondissements")) == 333
        links = TerritoryClosure.objects.filter(
            ancestor__kind="arrondissement", descendant__kind="commune"
        ).values_list("descendant__code", "ancestor__code")
        assert dict(links) == {
            one["code"]: one["arrondissement"]
            for one in communes()["commune-actuelle"]
            if one.get("arrondissement")
        }

    def test_the_closure_is_that_of_the_links(self) -> None:
        before = set(TerritoryClosure.objects.values_list("ancestor_id", "descendant_id", "depth"))
        above = defaultdict(list)
        for child, parent in TerritoryLink.objects.values_list("child_id", "parent_id"):
            above[child].append(parent)
        wanted = closure_of(Territory.objects.values_list("pk", flat=True), above, {})
        assert before == {(up, one, depth) for one, depths in wanted.items() for up, depth in depths.items()}

    def test_what_others_brought_survives_a_new_load(self) -> None:
        canton = NewTerritory(
            kind=TerritoryKind.CANTON, code="7101", name="Canton", parents=("departement:71",)
        )
        link = NewLink(child_id="commune:71270", parent_id=canton.id)
        ensure_territories(rows=[canton], links=[link], at=NOON)
        assert api.load_referential(front_dir=settings.FRONT_DIR).retired == 0
        assert api.is_within(territory_id="commune:71270", ancestor_id="canton:7101")
        assert Territory.objects.get(pk="canton:7101").retired_at is None

    def test_a_change_between_two_editions_is_dated_at_the_latest(self) -> None:
        TerritoryLink.objects.filter(child_id="commune:71013", parent_id="arrondissement:714").delete()
        TerritoryLink.objects.create(child_id="commune:71013", parent_id="arrondissement:711")
        api.load_referential(front_dir=settings.FRONT_DIR)
        links = TerritoryLink.objects.filter(child_id="commune:71013", parent__kind="arrondissement")
        old, new = links.order_by("pk")
        assert (old.parent_id, new.parent_id) == ("arrondissement:711", "arrondissement:714")
        assert old.approximate
        assert new.approximate
        assert old.valid_to == new.valid_from is not None
        assert api.is_within(territory_id="commune:71013", ancestor_id="arrondissement:714")
        assert not api.is_within(territory_id="commune:71013", ancestor_id="arrondissement:711")
