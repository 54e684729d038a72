"""Where somebody belongs: the sets per kind of territory, on all of France, loaded once."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from amiral.kit.clock import now
from amiral.rooms.territory import api
from amiral.rooms.territory.actions import ensure_territories
from amiral.rooms.territory.contracts import NewLink, NewTerritory, Resolution, SuccessionKind, TerritoryKind
from amiral.rooms.territory.models import NamesEdition, Territory, TerritorySuccession
from tests.rooms.territory.conftest import line, table
from tests.rooms.territory.whole import load_france

K = TerritoryKind


def codes(resolution: Resolution, kind: TerritoryKind = K.COMMUNE) -> list[str]:
    return [one.territory.code for one in resolution.of(kind)]


@pytest.mark.storage
class TestResolving(TestCase):
    """One load for all; each test is rolled back."""

    @classmethod
    def setUpTestData(cls) -> None:
        load_france()

    def test_one_commune_and_all_that_holds_it(self) -> None:
        found = api.resolve(postal_code="71100", city="Chalon s/ Saone")
        assert codes(found) == ["71076"]
        assert found.of(K.COMMUNE)[0].confidence == 1
        assert codes(found, K.DEPARTEMENT) == ["71"]
        assert codes(found, K.REGION) == ["27"]
        assert len(found.of(K.EPCI)) == 1
        only = found.only(K.COMMUNE)
        assert only is not None
        assert only.name == "Chalon-sur-Saône"

    def test_a_code_alone_is_a_set_by_people(self) -> None:
        found = api.resolve(postal_code="71460")
        assert len(found.of(K.COMMUNE)) == 33
        assert found.only(K.COMMUNE) is None
        assert sum(one.confidence for one in found.of(K.COMMUNE)) == pytest.approx(1, abs=1e-3)
        departement = found.only(K.DEPARTEMENT)
        assert departement is not None
        assert departement.code == "71"

    def test_a_code_of_two_departements_is_no_certainty(self) -> None:
        found = api.resolve(postal_code="01410")
        assert set(codes(found, K.DEPARTEMENT)) == {"01", "39"}
        assert all(one.confidence < 1 for one in found.of(K.DEPARTEMENT))

    def test_districts_of_the_three_cities(self) -> None:
        for code, city, commune, district in (
            ("75011", "Paris", "75056", ["75111"]),
            ("75011", "", "75056", ["75111"]),
            ("", "Paris 11e", "75056", ["75111"]),
            ("69003", "Lyon 3ème", "69123", ["69383"]),
            ("13011", "Marseille XIe", "13055", ["13211"]),
            ("75012", "PARIS CEDEX 12", "75056", ["75112"]),
            ("", "Paris", "75056", []),
        ):
            with self.subTest(code=code, city=city):
                found = api.resolve(postal_code=code, city=city)
                assert codes(found) == [commune]
                assert codes(found, K.ARRONDISSEMENT_MUNICIPAL) == district
                assert not found.contradiction

    def test_a_district_against_its_code(self) -> None:
        found = api.resolve(postal_code="75011", city="Paris 12e")
        assert found.contradiction
        assert set(codes(found, K.ARRONDISSEMENT_MUNICIPAL)) == {"75111", "75112"}
        assert codes(found) == ["75056"]

    def test_a_name_against_its_code(self) -> None:
        found = api.resolve(postal_code="71100", city="Mâcon")
        assert found.contradiction
        assert codes(found) == ["71270"]
        assert found.only(K.COMMUNE) is None
        assert "71076" in [one.territory.code for one in found.others]

    def test_corsica_and_overseas(self) -> None:
        for code, city, commune, departement in (
            ("20000", "Ajacio", "2A004", "2A"),
            ("20200", "BASTIA", "2B033", "2B"),
            ("97400", "St Denis", "97411", "974"),
            ("98800", "Noumea", "98818", "988"),
            ("97133", "St Barthelemy", "97701", "977"),
        ):
            with self.subTest(code=code):
                found = api.resolve(postal_code=code, city=city)
                assert codes(found) == [commune]
                assert codes(found, K.DEPARTEMENT) == [departement]

    def test_a_village_that_was_taken_in(self) -> None:
        found = api.resolve(postal_code="01300", city="Arbignieu")
        assert codes(found) == ["01015"]
        assert found.of(K.COMMUNE)[0].territory.name == "Arboys en Bugey"
        assert codes(found, K.COMMUNE_DELEGUEE) == ["01015"]

    def test_codes_as_they_are_typed(self) -> None:
        for code in ("1000", "01000", "01 000", "F-01000"):
            assert codes(api.resolve(postal_code=code, city="Bourg en Bresse")) == ["01053"]
        assert codes(api.resolve(postal_code="71018", city="Mâcon cedex")) == ["71270"]
        assert codes(api.resolve(postal_code="", city="71000 MACON")) == ["71270"]

    def test_nothing_is_invented(self) -> None:
        for code, city in (("", ""), ("99999", "xyzzyqwk"), ("abc", ""), ("", "\x00"), ("\x00", "?")):
            found = api.resolve(postal_code=code, city=city)
            assert not any(found.candidates.values())

    def test_a_commune_of_two_circonscriptions(self) -> None:
        ensure_territories(
            rows=[
                NewTerritory(kind=K.CIRCONSCRIPTION, code=code, name=code, departement_code="71")
                for code in ("71-03", "71-05")
            ],
            links=[
                NewLink(
                    child_id="commune:71076", parent_id=f"circonscription:{code}", exact=False, share=share
                )
                for code, share in (("71-03", 0.3), ("71-05", 0.7))
            ],
            at=now(),
        )
        found = api.resolve(postal_code="71100", city="Chalon")
        assert [(one.territory.code, one.confidence) for one in found.of(K.CIRCONSCRIPTION)] == [
            ("71-05", pytest.approx(0.7, abs=0.01)),
            ("71-03", pytest.approx(0.3, abs=0.01)),
        ]

    def test_on_the_day_before_a_merge(self) -> None:
        TerritorySuccession.objects.all().delete()
        for code, name in (("71270", "Mâcon"), ("71991", "Vieuxbourg")):
            TerritorySuccession.objects.create(
                old_code=code,
                old_name=name,
                new_code="71270",
                new_name="Mâcon",
                new_id="commune:71270",
                date=date(2019, 1, 1),
                kind=SuccessionKind.MERGE,
            )
        then = date(2017, 4, 23)
        assert codes(api.resolve(postal_code="71000", city="Mâcon", on=then)) == ["71270"]
        assert set(codes(api.resolve(postal_code="71000", city="Macon ville", on=then))) == {"71270", "71991"}
        assert codes(api.resolve(postal_code="71000", city="Macon ville", on=date(2020, 1, 1))) == ["71270"]
        assert codes(api.resolve(postal_code="71000", city="Mâcon", on=then), K.DEPARTEMENT) == ["71"]

    def test_the_cost_is_the_same_for_one_and_for_many(self) -> None:
        api.resolve(postal_code="71000")
        counts = []
        for words in ({"postal_code": "71000"}, {"postal_code": "51300"}, {"city": "Saint-Denis"}):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                api.resolve(**words)
            counts.append(len(queries))
        assert counts == [3, 3, 3]

    def test_a_point_decides_within_a_code(self) -> None:
        square = {
            "type": "Polygon",
            "coordinates": [[[4.8, 46.2], [4.9, 46.2], [4.9, 46.4], [4.8, 46.4], [4.8, 46.2]]],
        }
        with TemporaryDirectory() as folder, self.settings(REFERENCE_DIR=Path(folder)):
            feature = {"type": "Feature", "properties": {"code": "71270"}, "geometry": square}
            path = Path(folder) / "communes.geojson"
            path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
            api.import_contours_file(path=path, kind=K.COMMUNE, name="Communes")
            found = api.resolve(postal_code="71000", point=(4.85, 46.3))
            assert [(c.territory.code, c.confidence) for c in found.of(K.COMMUNE)] == [("71270", 1.0)]
            assert not found.contradiction
            against = api.resolve(postal_code="21000", point=(4.85, 46.3))
            assert against.contradiction
            assert codes(against) == ["71270", "21231"]
            assert codes(api.resolve(point=(4.85, 46.3)), K.DEPARTEMENT) == ["71"]
            assert len(api.resolve(postal_code="71000", point=(2.0, 46.3)).of(K.COMMUNE)) > 1

    def test_an_address_decides_within_a_code(self) -> None:
        with TemporaryDirectory() as folder, self.settings(REFERENCE_DIR=Path(folder)):
            path = Path(folder) / "adresses.csv"
            path.write_bytes(table(line(12)))
            api.import_addresses_file(path=path, name="Mâcon")
            found = api.resolve(postal_code="71000", address="12 r. Carnot")
            assert codes(found) == ["71270"]
            assert len(api.resolve(postal_code="71000", address="3 rue de nulle part").of(K.COMMUNE)) > 1

    def test_many_lines_answer_as_one(self) -> None:
        lines = [
            ("71100", "Chalon"),
            ("71460", ""),
            ("", "xyzzyqwk"),
            ("71100", "Mâcon"),
            ("71100", "Chalon"),
        ]
        found = api.resolve_many(postal_codes=[a for a, _b in lines], cities=[b for _a, b in lines])
        assert len(found) == 5
        for place, (code, city) in enumerate(lines):
            one = api.resolve(postal_code=code, city=city)
            assert [name for name, _share in found.of(place)] == [c.territory.id for c in one.of(K.COMMUNE)]
            assert bool(found.contradiction[place]) == one.contradiction
        with pytest.raises(ValueError, match="shorter"):
            api.resolve_many(postal_codes=["71000"], cities=[])

    def test_a_new_edition_is_seen(self) -> None:
        assert codes(api.resolve(postal_code="71000", city="Mâcon")) == ["71270"]
        Territory.objects.filter(pk="commune:71270").update(name="Xyzzyqwk")
        assert api.resolve(city="Xyzzyqwk").candidates == {}
        NamesEdition.objects.all().delete()
        assert codes(api.resolve(city="Xyzzyqwk")) == ["71270"]
