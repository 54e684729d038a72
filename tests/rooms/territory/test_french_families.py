"""The French realities that other platforms get wrong, one family a test, on the whole official geography.

The numbers are those of the edition of the package that package.json pins.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest
from django.test import TestCase

from amiral.rooms.territory import api
from amiral.rooms.territory.actions.referential import read_abroad
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind
from amiral.rooms.territory.french import (
    at_place,
    in_departement,
    of_place,
    time_zone,
    votes_on_saturday,
)
from amiral.rooms.territory.models import PostalCode, Territory, TerritoryClosure
from tests.rooms.territory.whole import load_france

TWO_DEPARTEMENTS = (
    "01200 01410 01590 42620 05110 05130 05160 06260 05700 48250 13780 43450 21340 33220 37160 52100"
)
LEGISLATIVE_2017 = date(2017, 6, 11)


def names(cards: Iterable[TerritoryCard]) -> list[str]:
    return [card.name for card in cards]


def first(text: str) -> str:
    return api.search_communes(text=text)[0].label


@pytest.mark.storage
class TestFamilies(TestCase):
    """One load for all; each test is rolled back."""

    @classmethod
    def setUpTestData(cls) -> None:
        load_france()

    def communes_of(self, departement: str) -> int:
        return TerritoryClosure.objects.filter(
            ancestor_id=f"departement:{departement}", descendant__kind="commune"
        ).count()

    def departements_of(self, postal_code: str) -> set[str]:
        return {one.departement_code for one in api.communes_of_postal_code(postal_code=postal_code)}

    # 1, 2
    def test_01_corsica_has_letters_and_postal_codes_of_20(self) -> None:
        assert self.departements_of("20000") == {"2A"}
        assert self.departements_of("20200") == {"2B"}
        assert first("ajaccio") == "Ajaccio (2A)"
        assert first("2B033") == "Bastia (2B)"
        assert api.search_communes(text="2b033")
        starts = set(
            PostalCode.objects.filter(territory__departement_code__in=["2A", "2B"]).values_list(
                "code", flat=True
            )
        )
        assert all(one.startswith("20") for one in starts)
        assert not Territory.objects.filter(kind="departement", code="20").exists()

    def test_02_corsica_is_one_region_of_two_departements(self) -> None:
        inside = set(api.descendant_filter(ancestor_ids=["region:94"]))
        assert {"departement:2A", "departement:2B"} <= inside
        assert self.communes_of("2A") + self.communes_of("2B") == sum(
            one.startswith("commune:") for one in inside
        )

    # 3, 4
    def test_03_overseas_departements_are_regions_too(self) -> None:
        for code, region in {"971": "01", "972": "02", "973": "03", "974": "04", "976": "06"}.items():
            assert api.is_within(territory_id=f"departement:{code}", ancestor_id=f"region:{region}")
            assert self.communes_of(code) > 0

    def test_04_overseas_collectivities_hang_on_the_country(self) -> None:
        for code in ("975", "977", "978", "986", "987", "988"):
            assert api.ancestor_ids(territory_id=f"departement:{code}") == (f"departement:{code}", "pays:FR")
        assert self.communes_of("987") == 48
        assert self.communes_of("988") == 33

    # 5
    def test_05_saint_barthelemy_and_saint_martin_are_not_guadeloupe(self) -> None:
        assert self.departements_of("97133") == {"977"}
        assert self.departements_of("97150") == {"978"}
        assert not api.is_within(territory_id="commune:97701", ancestor_id="departement:971")
        assert not api.is_within(territory_id="commune:97801", ancestor_id="region:01")
        assert api.is_within(territory_id="commune:97105", ancestor_id="departement:971")

    # 6, 7
    def test_06_paris_lyon_marseille_are_one_commune_and_many_arrondissements(self) -> None:
        for commune, count in {"75056": 20, "69123": 9, "13055": 16}.items():
            city = api.territory(territory_id=f"commune:{commune}")
            sectors = TerritoryClosure.objects.filter(
                ancestor_id=city.id, descendant__kind=TerritoryKind.ARRONDISSEMENT_MUNICIPAL
            )
            assert sectors.count() == count
            sizes = sectors.values_list("descendant__population", flat=True)
            assert sum(size or 0 for size in sizes) == city.population
        assert names(api.communes_of_postal_code(postal_code="75016")) == ["Paris"]
        assert names(api.communes_of_postal_code(postal_code="75116")) == ["Paris"]

    def test_07_a_bureau_of_an_arrondissement_lies_in_the_city(self) -> None:
        from amiral.rooms.territory.actions import ensure_territories
        from amiral.rooms.territory.contracts import NewTerritory
        from tests.conftest import NOON

        bureau = NewTerritory(
            kind=TerritoryKind.BUREAU_DE_VOTE,
            code="75104_0012",
            name="Bureau 12",
            parents=("arrondissement-municipal:75104",),
        )
        ensure_territories(rows=[bureau], at=NOON)
        above = api.ancestor_ids(territory_id=bureau.id)
        assert {"commune:75056", "departement:75", "region:11", "pays:FR"} <= set(above)
        assert "arrondissement-municipal:75111" not in above

    # 8
    def test_08_the_metropolis_of_lyon_is_an_epci_within_the_rhone(self) -> None:
        lyon = Territory.objects.get(kind="epci", search_name__contains="metropole de lyon")
        inside = set(api.descendant_filter(ancestor_ids=[lyon.pk]))
        assert {"commune:69123", "arrondissement-municipal:69381", "commune:69266"} <= inside
        assert sum(one.startswith("commune:") for one in inside) == 58
        assert api.is_within(territory_id=lyon.pk, ancestor_id="departement:69")
        assert not api.is_within(territory_id="commune:69264", ancestor_id=lyon.pk)

    # 9, 10
    def test_09_a_village_that_merged_is_found_by_its_name_and_lies_in_its_commune(self) -> None:
        assert first("Arbignieu") == "Arboys en Bugey (01)"
        assert api.is_within(territory_id="commune-deleguee:01015", ancestor_id="commune:01015")
        assert api.is_within(territory_id="commune-associee:01120", ancestor_id="commune:01262")
        kinds = Counter(Territory.objects.values_list("kind", flat=True))
        assert kinds["commune-deleguee"] == 2_105
        assert kinds["commune-associee"] == 471

    def test_10_a_former_code_leads_to_the_commune_of_today_without_a_day(self) -> None:
        told = api.territory_on(code="01091", on=LEGISLATIVE_2017)
        assert [one.name for one in told.today] == ["Valserhône"]
        assert [one.code for one in told.then] == ["01091"]
        assert {"01033", "01091", "01205"} <= {one.code for one in told.ground}
        assert not told.certain
        assert all(one.date is None for one in told.successions)

    # 11, 12
    def test_11_a_postal_code_over_two_departements(self) -> None:
        for postal_code in TWO_DEPARTEMENTS.split():
            assert len(self.departements_of(postal_code)) == 2, postal_code

    def test_12_a_postal_code_of_46_communes(self) -> None:
        assert len(api.communes_of_postal_code(postal_code="51300")) == 46

    # 13
    def test_13_a_commune_of_several_constituencies_lies_wholly_in_none(self) -> None:
        from amiral.rooms.territory.actions import ensure_territories
        from amiral.rooms.territory.contracts import NewLink, NewTerritory
        from tests.conftest import NOON

        halves = [
            NewTerritory(
                kind=TerritoryKind.CIRCONSCRIPTION, code=code, name=code, parents=("departement:71",)
            )
            for code in ("71-03", "71-05")
        ]
        links = [
            NewLink(child_id="commune:71076", parent_id=one.id, exact=False, share=0.5) for one in halves
        ]
        ensure_territories(rows=halves, links=links, at=NOON)
        for half in halves:
            assert not api.is_within(territory_id="commune:71076", ancestor_id=half.id)
        above = api.graph_of(territory_id="commune:71076").above
        shared = [one for one in above if not one.exact]
        assert [(one.place.code, one.share) for one in shared] == [("71-03", 0.5), ("71-05", 0.5)]

    # 14, 15
    def test_14_eleven_constituencies_abroad_with_their_countries(self) -> None:
        abroad = Territory.objects.filter(kind="circonscription", code__startswith="99-")
        codes = sorted(abroad.values_list("code", flat=True))
        assert codes == [f"99-{n:02d}" for n in range(1, 12)]
        for country, code in {
            "CA": "01", "BR": "02", "GB": "03", "BE": "04", "ES": "05", "CH": "06", "DE": "07",
            "IT": "08", "MA": "09", "LB": "10", "JP": "11",
        }.items():  # fmt: skip
            assert api.is_within(
                territory_id=f"pays-etranger:{country}", ancestor_id=f"circonscription:99-{code}"
            )
            assert api.is_within(territory_id=f"pays-etranger:{country}", ancestor_id="pays:FR")

    def test_15_a_country_that_the_law_does_not_name_is_guessed_by_nobody(self) -> None:
        open_ones = {one["iso"] for one in read_abroad() if not one["circonscription"]}
        assert open_ones == {"BT", "KP", "PS", "SS", "TW", "XK"}
        assert all(one["note"] for one in read_abroad() if not one["circonscription"])
        for country in open_ones:
            ids = api.ancestor_ids(territory_id=f"pays-etranger:{country}")
            assert ids == (f"pays-etranger:{country}",)

    # 16
    def test_16_communes_without_a_postal_code_are_found_by_name(self) -> None:
        bare = Territory.objects.filter(kind="commune", retired_at=None, postal_codes=None)
        assert bare.count() == 5
        assert set(bare.values_list("departement_code", flat=True)) == {"984"}
        assert first("archipel des kerguelen") == "Archipel des Kerguelen (984)"

    # 17
    def test_17_apostrophes_in_every_form(self) -> None:
        for text in ("L'Haÿ-les-Roses", "L’Haÿ-les-Roses", "l hay les roses", "LHAY LES ROSES", "L'HAY"):
            found = names(api.search_communes(text=text))
            assert "L'Haÿ-les-Roses" in found or text == "LHAY LES ROSES", text
        assert first("villeneuve d ascq") == "Villeneuve-d'Ascq (59)"
        assert first("Villeneuve d’Ascq") == "Villeneuve-d'Ascq (59)"

    # 18
    def test_18_saint_and_st(self) -> None:
        for text in ("St Etienne", "Saint-Étienne", "SAINT ETIENNE", "st-etienne"):
            assert first(text) == "Saint-Étienne (42)", text
        assert first("ste foy les lyon") == "Sainte-Foy-lès-Lyon (69)"

    # 19
    def test_19_ligatures(self) -> None:
        assert first("oeuilly").startswith("Œuilly")
        assert first("Œuilly").startswith("Œuilly")
        assert first("schoelcher") == "Schœlcher (972)"

    # 20
    def test_20_articles_follow_the_name(self) -> None:
        def said(code: str) -> tuple[str, str]:
            card = api.territory(territory_id=f"commune:{code}")
            words = {"name": card.name, "name_type": card.name_type}
            return at_place(**words), of_place(**words)

        assert said("76351") == ("au Havre", "du Havre")
        assert said("72181") == ("au Mans", "du Mans")
        assert said("91692") == ("aux Ulis", "des Ulis")
        assert said("17300") == ("à La Rochelle", "de La Rochelle")
        assert said("80021") == ("à Amiens", "d’Amiens")
        assert said("71270") == ("à Mâcon", "de Mâcon")
        assert said("01001") == ("à L'Abergement-Clémenciat", "de L'Abergement-Clémenciat")
        assert said("60703") == ("aux Marais", "des Marais")
        assert said("66104")[1] == "de Los Masos"
        assert said("98712")[1] == "d’Arue"

    def test_20_articles_of_departements(self) -> None:
        def said(code: str) -> tuple[str, str]:
            card = api.territory(territory_id=f"departement:{code}")
            words = {"name": card.name, "name_type": card.name_type}
            return in_departement(**words, code=code), of_place(**words)

        assert said("01") == ("dans l’Ain", "de l’Ain")
        assert said("08") == ("dans les Ardennes", "des Ardennes")
        assert said("26") == ("dans la Drôme", "de la Drôme")
        assert said("35") == ("en Ille-et-Vilaine", "d’Ille-et-Vilaine")
        assert said("69") == ("dans le Rhône", "du Rhône")
        assert said("71") == ("en Saône-et-Loire", "de Saône-et-Loire")
        assert said("75") == ("à Paris", "de Paris")
        assert said("971") == ("en Guadeloupe", "de la Guadeloupe")
        assert said("974") == ("à La Réunion", "de La Réunion")
        assert said("976") == ("à Mayotte", "de Mayotte")

    def test_20_every_name_takes_an_article_without_a_doubled_one(self) -> None:
        for name, kind in Territory.objects.filter(kind="commune").values_list("name", "name_type"):
            said = f"{at_place(name=name, name_type=kind)} {of_place(name=name, name_type=kind)}"
            assert not any(wrong in said for wrong in ("à Le ", "à Les ", "de Le ", "de Les ", "  ")), said

    # 21
    def test_21_who_votes_on_saturday(self) -> None:
        early = {one.code for one in api.departements() if votes_on_saturday(code=one.code)}
        assert early == {"971", "972", "973", "975", "977", "978", "987"}
        assert votes_on_saturday(code="97209")
        assert not votes_on_saturday(code="97411")
        assert [n for n in range(1, 12) if votes_on_saturday(code=f"99-{n:02d}")] == [1, 2]

    # 22
    def test_22_every_commune_has_its_legal_time(self) -> None:
        from zoneinfo import ZoneInfo

        assert time_zone(code="71270") == "Europe/Paris"
        assert time_zone(code="97411") == "Indian/Reunion"
        assert time_zone(code="98735") == "Pacific/Tahiti"
        assert time_zone(code="98731") == "Pacific/Marquesas"
        assert time_zone(code="98719") == "Pacific/Gambier"
        assert time_zone(code="99-04") == ""
        marquesas = {"Fatu-Hiva", "Hiva-Oa", "Nuku-Hiva", "Tahuata", "Ua-Huka", "Ua-Pou"}
        rows = Territory.objects.filter(kind="commune", departement_code="987").values_list("code", "name")
        assert {name for code, name in rows if time_zone(code=code) == "Pacific/Marquesas"} == marquesas
        zones = {time_zone(code=one.code) for one in api.departements()}
        assert all(ZoneInfo(zone).key == zone for zone in zones)
