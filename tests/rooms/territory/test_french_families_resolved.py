"""The French realities through ``resolve``: the exact set, confidences that add up, one question at most."""

import pytest
from django.test import TestCase

from amiral.rooms.people.web.forms import PlaceForm
from amiral.rooms.territory import api
from amiral.rooms.territory.contracts import Resolution, TerritoryKind
from amiral.rooms.territory.models import PostalCode, Territory
from tests.rooms.territory.test_french_families import TWO_DEPARTEMENTS
from tests.rooms.territory.whole import load_france

K = TerritoryKind


def codes(found: Resolution, kind: TerritoryKind = K.COMMUNE) -> list[str]:
    return [one.territory.code for one in found.of(kind)]


def total(found: Resolution, kind: TerritoryKind) -> float:
    return sum(one.confidence for one in found.of(kind))


def asked(typed: str, chosen: str = "") -> PlaceForm:
    """The join form's field filled in, its question answered if ``chosen``."""
    form = PlaceForm({"postal_code": typed, "commune": chosen, "step": "commune" if chosen else ""})
    form.is_valid()
    return form


@pytest.mark.storage
class TestResolvedFamilies(TestCase):
    """One load for all; each test is rolled back."""

    @classmethod
    def setUpTestData(cls) -> None:
        load_france()

    def certain(self, typed: str, commune: str) -> None:
        """No question, and that commune."""
        form = asked(typed)
        assert not form.errors, (typed, form.errors)
        assert form.commune_id == commune, (typed, form.commune_id, form.communes)
        assert not form.asks_commune

    def one_question(self, typed: str, communes: set[str]) -> None:
        """One question with exactly these answers; each of them is the last one asked."""
        form = asked(typed)
        assert form.asks_commune, typed
        assert {one.code for one in form.communes} == communes
        for one in form.communes:
            answered = asked(typed, one.id)
            assert answered.is_valid()
            assert not answered.asks_commune
            assert answered.commune_id == one.id

    def test_every_postal_code_is_the_exact_set_and_adds_up(self) -> None:
        known: dict[str, set[str]] = {}
        rows = PostalCode.objects.filter(territory__kind="commune", territory__retired_at=None)
        for code, commune in rows.values_list("code", "territory__code"):
            known.setdefault(code, set()).add(commune)
        found = api.resolve_many(postal_codes=sorted(known), cities=[""] * len(known))
        for place, code in enumerate(sorted(known)):
            members = found.of(place)
            assert {one.removeprefix("commune:") for one, _share in members} == known[code], code
            assert sum(share for _one, share in members) == pytest.approx(1), code

    def test_corsica(self) -> None:
        for code, city, commune, departement in (
            ("20000", "", "2A004", "2A"),
            ("20200", "Bastia", "2B033", "2B"),
            ("2A000", "Ajaccio", "2A004", "2A"),
            ("2b000", "bastia", "2B033", "2B"),
        ):
            found = api.resolve(postal_code=code, city=city)
            assert (codes(found), codes(found, K.DEPARTEMENT)) == ([commune], [departement])
            assert codes(found, K.REGION) == ["94"]
            assert not found.contradiction
        self.certain("20000", "commune:2A004")
        self.certain("Bastia", "commune:2B033")

    def test_overseas(self) -> None:
        for code, city, commune, departement in (
            ("97133", "", "97701", "977"),
            ("97150", "", "97801", "978"),
            ("97133", "St-Barth", "97701", "977"),
            ("97411", "", "97415", "974"),
            ("97600", "mamoudzou", "97611", "976"),
            ("98600", "Uvea", "98613", "986"),
            ("98714", "Papeete", "98735", "987"),
            ("98800", "NOUMEA", "98818", "988"),
        ):
            found = api.resolve(postal_code=code, city=city)
            assert (codes(found), codes(found, K.DEPARTEMENT)) == ([commune], [departement]), code
            self.certain(f"{code} {city}", f"commune:{commune}")
        self.one_question("97500", {"97501", "97502"})

    def test_paris_lyon_marseille(self) -> None:
        for code, commune, district in (
            ("75016", "75056", "75116"),
            ("75116", "75056", "75116"),
            ("69009", "69123", "69389"),
            ("13016", "13055", "13216"),
        ):
            found = api.resolve(postal_code=code)
            assert codes(found) == [commune]
            assert [tuple(one) for one in found.of(K.ARRONDISSEMENT_MUNICIPAL)] == [
                (api.territory(territory_id=f"arrondissement-municipal:{district}"), 1.0)
            ]
            self.certain(code, f"commune:{commune}")
        for typed in ("Paris", "Paris 16e", "75016 PARIS 16", "paris (75)"):
            self.certain(typed, "commune:75056")

    def test_villages_that_a_commune_took_in(self) -> None:
        found = api.resolve(postal_code="01300", city="Arbignieu")
        assert codes(found) == codes(found, K.COMMUNE_DELEGUEE) == ["01015"]
        for code in ("01200", ""):
            found = api.resolve(postal_code=code, city="Châtillon-en-Michaille")
            assert codes(found) == ["01033"]
            assert codes(found, K.COMMUNE_DELEGUEE) == ["01091"]
        self.certain("01200 chatillon en michaille", "commune:01033")
        self.certain("Bellegarde sur Valserine", "commune:01033")

    def test_postal_codes_over_two_departements(self) -> None:
        for code in TWO_DEPARTEMENTS.split():
            found = api.resolve(postal_code=code)
            assert len(codes(found, K.DEPARTEMENT)) == 2, code
            assert found.only(K.DEPARTEMENT) is None
            for kind in (K.COMMUNE, K.DEPARTEMENT, K.REGION):
                assert total(found, kind) == pytest.approx(1, abs=1e-4)
            members = set(codes(found))
            self.one_question(code, members)
            for one in found.of(K.COMMUNE):
                self.certain(f"{code} {one.territory.name}", one.territory.id)

    def test_a_postal_code_of_46_communes(self) -> None:
        found = api.resolve(postal_code="51300")
        assert len(codes(found)) == 46
        assert total(found, K.COMMUNE) == pytest.approx(1, abs=1e-4)
        assert found.only(K.DEPARTEMENT) is not None
        self.one_question("51300", set(codes(found)))
        for one in found.of(K.COMMUNE):
            self.certain(f"51300 {one.territory.name.upper()}", one.territory.id)

    def test_communes_without_a_postal_code(self) -> None:
        for one in Territory.objects.filter(kind="commune", retired_at=None, postal_codes=None):
            found = api.resolve(city=one.name)
            assert codes(found) == [one.code]
            assert codes(found, K.DEPARTEMENT) == ["984"]
            self.certain(one.name, one.pk)

    def test_apostrophes_saints_ligatures_articles(self) -> None:
        for typed, commune in (
            ("L’Haÿ-les-Roses", "94038"),
            ("l hay les roses", "94038"),
            ("LHAY LES ROSES", "94038"),
            ("94240 L'HAY LES ROSES", "94038"),
            ("Villeneuve d’Ascq", "59009"),
            ("St Etienne", "42218"),
            ("42000 SAINT ETIENNE", "42218"),
            ("Ste Foy les Lyon", "69202"),
            ("schoelcher", "97229"),
            ("51480 oeuilly", "51410"),
            ("Le Havre", "76351"),
            ("Havre (Le)", "76351"),
            ("72000 Mans", "72181"),
            ("Ulis", "91692"),
            ("17000 rochelle", "17300"),
        ):
            self.certain(typed, f"commune:{commune}")
        self.one_question("oeuilly", {"02565", "51410"})

    def test_a_name_that_several_communes_bear_is_one_question(self) -> None:
        self.one_question("Saint-Denis", {"11339", "30247", "93066", "97411"})
        self.certain("93200 St-Denis", "commune:93066")
        self.certain("Saint-Denis (974)", "commune:97411")

    def test_a_country_is_told_by_its_name(self) -> None:
        for country, iso, constituency in (
            ("Canada", "CA", "99-01"),
            ("ALLEMAGNE", "DE", "99-07"),
            ("espagne", "ES", "99-05"),
            ("Royaume Uni", "GB", "99-03"),
        ):
            found = api.resolve(city=country)
            assert not found.of(K.COMMUNE)
            assert codes(found, K.FOREIGN_COUNTRY) == [iso]
            assert [tuple(one) for one in found.of(K.CIRCONSCRIPTION)] == [
                (api.territory(territory_id=f"circonscription:{constituency}"), 1.0)
            ]
            self.certain(country, f"pays-etranger:{iso}")
        assert codes(api.resolve(postal_code="H2X 1Y4", city="Canada"), K.FOREIGN_COUNTRY) == ["CA"]
        assert codes(api.resolve(postal_code="10115", city="Allemagne"), K.FOREIGN_COUNTRY) == ["DE"]
        self.certain("10115 Allemagne", "pays-etranger:DE")
        assert len(api.resolve_many(postal_codes=[""], cities=["Canada"]).of(0)) == 0

    def test_a_commune_called_as_a_country(self) -> None:
        found = api.resolve(city="Suisse")
        assert [(one.territory.code, one.confidence) for one in found.of(K.COMMUNE)] == [("57662", 0.5)]
        assert [(one.territory.code, one.confidence) for one in found.of(K.FOREIGN_COUNTRY)] == [("CH", 0.5)]
        self.one_question("Suisse", {"57662", "CH"})
        self.certain("57340 Suisse", "commune:57662")

    def test_a_country_of_no_constituency_is_given_none(self) -> None:
        found = api.resolve(city="Taïwan")
        assert codes(found, K.FOREIGN_COUNTRY) == ["TW"]
        assert not found.of(K.CIRCONSCRIPTION)

    def test_what_is_only_like_a_name_is_asked_never_taken(self) -> None:
        """A code of nowhere beside a name that is merely near one of France: 10115 Berlin, 00000 Londres."""
        for typed in ("10115 Berlin", "99999 Londrs", "Genève"):
            form = asked(typed)
            assert not form.commune_id, typed
            assert form.asks_commune or form.errors
        assert asked("xyzzyqwk").errors
        assert asked("").errors
