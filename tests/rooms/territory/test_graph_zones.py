"""Zones that the campaign draws: outlines in every form, places, rights, and the closure."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.people.models import Mandate
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.zones import (
    BadOutline,
    BadPlaces,
    HeldZone,
    outline_of,
    picked_places,
    retire_zone,
    save_zone,
)
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryLink, Zone
from amiral.rooms.territory.queries.zones import access_zone_by_id, common_holder, picked_of, zones
from tests.conftest import NOON, Cast, give_mandate

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[4.7, 46.2], [5.0, 46.2], [5.0, 46.4], [4.7, 46.4], [4.7, 46.2]]],
}


class TestOutline:
    @pytest.mark.parametrize(
        "text",
        [
            "46.2, 4.7\n46.2, 5.0\n46.4, 5.0",
            "46,2 ; 4,7\n46,2 ; 5,0\n46,4 ; 5,0\n",
            "46.2 4.7\n46.2 5.0\n\n46.4 5.0",
            "46.2,4.7\n46.2,5.0\n46.4,5.0",
            "46,2 4,7\n46,2 5,0\n46,4 5,0",
        ],
    )
    def test_corners_in_every_form(self, text: str) -> None:
        found = outline_of(text)
        assert found is not None
        assert set(found["coordinates"][0]) == {(4.7, 46.2), (5.0, 46.2), (5.0, 46.4)}

    @pytest.mark.parametrize(
        "given",
        [
            SQUARE,
            {"type": "Feature", "geometry": SQUARE, "properties": {}},
            {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SQUARE}]},
            {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
        ],
    )
    def test_geojson(self, given: dict[str, Any]) -> None:
        assert outline_of(json.dumps(given)) is not None

    def test_nothing_is_no_outline(self) -> None:
        assert outline_of(" \n") is None

    @pytest.mark.parametrize(
        "text",
        [
            "46.2, 4.7",
            "46.2, 4.7\n46.2, 5.0",
            "46.2, 4.7\nhere\n46.4, 5.0",
            "1 2 3\n4 5 6\n7 8 9",
            "{",
            "{}",
            '{"type": "Point", "coordinates": [4, 46]}',
            '{"type": "Polygon", "coordinates": []}',
            '{"type": "Polygon", "coordinates": "x"}',
            '{"type": "Polygon", "coordinates": [[[1, "x"], [2, 3], [4, 5], [1, 2]]]}',
            '{"type": "FeatureCollection", "features": []}',
            '{"type": "Polygon", "coordinates": [[[4, 46], [5, 47], [5, 46], [4, 47], [4, 46]]]}',
            '{"type": "Polygon", "coordinates": [[[400, 46.2], [5, 46.4], [5, 46.2], [400, 46.2]]]}',
            "4.7, 46.2\n5.0, 46.2\n5.0, 46.4",
            "46.2, 4.7\n46.3, 4.8\n46.4, 4.9",
        ],
    )  # fmt: skip
    def test_what_is_none_is_refused_with_a_reason(self, text: str) -> None:
        with pytest.raises(BadOutline) as refusal:
            outline_of(text)
        assert str(refusal.value)


@pytest.mark.django_db
class TestZones:
    def save(self, by: UUID, *places: str, **words: Any) -> str:
        return save_zone(
            **({"by_id": by, "name": "Nord", "places": places, "outline": None, "at": NOON} | words)
        )

    def test_a_zone_of_places_serves_every_scope_filter(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270", "commune:71105")
        inside = set(api.descendant_filter(ancestor_ids=[zone]))
        assert inside == {zone, "commune:71270", "commune:71105"}
        assert api.is_within(territory_id=zone, ancestor_id="departement:71")
        assert api.territory(territory_id=zone).kind is TerritoryKind.ZONE
        assert len(zone) <= 40

    def test_a_zone_over_two_departements_lies_in_the_region(self, cast: Cast) -> None:
        zone = self.save(cast.administrator, "commune:71270", "commune:21231")
        assert api.is_within(territory_id=zone, ancestor_id="region:27")
        assert not api.is_within(territory_id=zone, ancestor_id="departement:71")
        with pytest.raises(NotFound):
            access_zone_by_id(person_id=cast.coordinator, zone_id=zone)

    def test_drawing_anew_leaves_out_what_is_no_longer_picked(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270", "commune:71105")
        again = self.save(cast.coordinator, "commune:71270", zone_id=zone, name="Sud", at=NOON + timedelta(1))
        assert again == zone
        assert not api.is_within(territory_id="commune:71105", ancestor_id=zone)
        assert api.is_within(territory_id="commune:71270", ancestor_id=zone)
        assert api.territory(territory_id=zone).name == "Sud"
        ended = TerritoryLink.objects.get(child_id="commune:71105", parent_id=zone)
        assert ended.valid_to == (NOON + timedelta(1)).date()

    def test_a_zone_that_is_held_does_not_grow(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270", "commune:71105")
        give_mandate(cast.stranger, "delegate", territory_id=zone, features="|merge-persons|")
        for by in (cast.coordinator, cast.administrator):
            with pytest.raises(HeldZone):
                self.save(by, "commune:71270", "commune:71076", zone_id=zone, name="Sud")
        assert not people.may(
            person_id=cast.stranger, feature=Feature.MERGE_PERSONS, territory_id="commune:71076"
        )
        assert api.territory(territory_id=zone).name == "Nord"
        self.save(cast.coordinator, "commune:71270", zone_id=zone)
        Mandate.objects.filter(territory_id=zone).update(ends_at=now())
        self.save(cast.coordinator, "commune:71270", "commune:71076", zone_id=zone)
        assert api.is_within(territory_id="commune:71076", ancestor_id=zone)

    def test_a_retired_zone_holds_nothing(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270")
        retire_zone(by_id=cast.coordinator, zone_id=zone, at=NOON)
        assert not api.is_within(territory_id="commune:71270", ancestor_id=zone)
        assert api.is_within(territory_id="commune:71270", ancestor_id="departement:71")
        assert zones(person_id=cast.coordinator) == ()
        with pytest.raises(NotFound):
            access_zone_by_id(person_id=cast.coordinator, zone_id=zone)

    def test_a_coordinator_draws_inside_his_territory_alone(self, cast: Cast) -> None:
        with pytest.raises(BadPlaces, match="Dijon"):
            self.save(cast.coordinator, "commune:71270", "commune:21231")
        assert not Zone.objects.exists()

    @pytest.mark.parametrize("who", ["owner", "teammate", "stranger"])
    def test_others_draw_nothing(self, cast: Cast, who: str) -> None:
        with pytest.raises(NotFound):
            self.save(getattr(cast, who), "commune:71270")

    def test_a_neighbour_neither_sees_nor_changes_a_zone(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270")
        assert zones(person_id=cast.other_coordinator) == ()
        with pytest.raises(NotFound):
            self.save(cast.other_coordinator, "commune:21231", zone_id=zone)
        with pytest.raises(NotFound):
            retire_zone(by_id=cast.other_coordinator, zone_id=zone, at=NOON)
        assert [one.id for one in zones(person_id=cast.administrator)] == [zone]

    def test_an_empty_zone_is_refused(self, cast: Cast) -> None:
        with pytest.raises(BadPlaces):
            self.save(cast.coordinator)

    def test_an_outline_without_contours_is_kept_as_it_is(self, cast: Cast, folders: Path) -> None:
        zone = self.save(cast.coordinator, outline=SQUARE)
        assert Zone.objects.get(pk=zone).geometry == SQUARE
        assert access_zone_by_id(person_id=cast.coordinator, zone_id=zone).parts == ()
        assert api.is_within(territory_id=zone, ancestor_id="departement:71")

    def test_codes_typed_by_hand(self, places: None) -> None:
        assert picked_places(text="71270, 71105;commune:71076") == (
            "commune:71270",
            "commune:71105",
            "commune:71076",
        )
        assert picked_places(text="") == ()
        with pytest.raises(BadPlaces, match="99999"):
            picked_places(text="71270 99999")

    def test_the_holder_is_the_smallest_that_holds_all(self, places: None) -> None:
        assert common_holder(territory_ids=["commune:71270", "commune:71076"]) == "departement:71"
        assert common_holder(territory_ids=["commune:71270"]) == "departement:71"
        assert common_holder(territory_ids=["departement:71", "commune:71076"]) == "region:27"
        assert common_holder(territory_ids=[]) is None

    def test_picked_places_are_told_apart_from_covered_ones(self, cast: Cast) -> None:
        zone = self.save(cast.coordinator, "commune:71270")
        card = access_zone_by_id(person_id=cast.coordinator, zone_id=zone)
        assert [one.id for one in picked_of(zone=card, person_id=cast.coordinator)] == ["commune:71270"]

    def test_retired_places_cannot_be_picked(self, places: None) -> None:
        Territory.objects.filter(pk="commune:71270").update(retired_at=NOON)
        with pytest.raises(BadPlaces):
            picked_places(text="71270")


def _square(west: float, south: float, size: float) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


@pytest.mark.django_db
@pytest.mark.storage
class TestOutlineOverContours:
    """Mâcon and Charnay as squares of a tenth of a degree side by side; two bureaux halve Charnay."""

    @pytest.fixture(autouse=True)
    def drawn_ground(self, cast: Cast, folders: Path, tmp_path: Path) -> None:
        for kind, key, shapes in (
            (
                TerritoryKind.COMMUNE,
                "code_insee",
                {"71270": _square(4.8, 46.2, 0.1), "71105": _square(4.7, 46.2, 0.1)},
            ),
            (
                TerritoryKind.BUREAU_DE_VOTE,
                "code_bureau",
                {
                    "71105_0001": [[[4.75, 46.2], [4.8, 46.2], [4.8, 46.3], [4.75, 46.3], [4.75, 46.2]]],
                    "71105_0002": [[[4.7, 46.2], [4.75, 46.2], [4.75, 46.3], [4.7, 46.3], [4.7, 46.2]]],
                },
            ),
        ):
            features = [
                {
                    "type": "Feature",
                    "properties": {key: code, "nom": f"Nom {code}"},
                    "geometry": {"type": "Polygon", "coordinates": shape},
                }
                for code, shape in shapes.items()
            ]
            path = tmp_path / f"{kind}.geojson"
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
            api.import_contours_file(path=path, kind=kind)

    def test_what_it_covers_lies_in_it_and_what_it_cuts_in_part(self, cast: Cast) -> None:
        outline = {
            "type": "Polygon",
            "coordinates": [[[4.74, 46.1], [5.0, 46.1], [5.0, 46.4], [4.74, 46.4], [4.74, 46.1]]],
        }
        zone = save_zone(by_id=cast.coordinator, name="Est", places=[], outline=outline, at=NOON)
        inside = set(api.descendant_filter(ancestor_ids=[zone]))
        assert inside == {zone, "commune:71270", "bureau-de-vote:71105_0001"}
        parts = {
            one.place.id: one for one in access_zone_by_id(person_id=cast.coordinator, zone_id=zone).parts
        }
        assert parts["commune:71105"].share == pytest.approx(0.6, abs=0.001)
        assert parts["bureau-de-vote:71105_0002"].share == pytest.approx(0.2, abs=0.001)
        assert api.is_within(territory_id=zone, ancestor_id="departement:71")

    def test_a_place_picked_by_hand_lies_in_it_wholly(self, cast: Cast) -> None:
        outline = {"type": "Polygon", "coordinates": _square(4.78, 46.18, 0.14)}
        zone = save_zone(
            by_id=cast.coordinator, name="Tout", places=["commune:71105"], outline=outline, at=NOON
        )
        assert {"commune:71270", "commune:71105"} <= set(api.descendant_filter(ancestor_ids=[zone]))
        card = access_zone_by_id(person_id=cast.coordinator, zone_id=zone)
        picked = [one.id for one in picked_of(zone=card, person_id=cast.coordinator)]
        assert picked == ["commune:71105"]

    def test_nothing_outside_of_the_persons_territory(self, cast: Cast) -> None:
        outline = {"type": "Polygon", "coordinates": _square(4.6, 46.1, 0.5)}
        zone = save_zone(by_id=cast.other_coordinator, name="x", places=[], outline=outline, at=NOON)
        assert set(api.descendant_filter(ancestor_ids=[zone])) == {zone}
        everything = save_zone(by_id=cast.administrator, name="y", places=[], outline=outline, at=NOON)
        assert {"commune:71270", "commune:71105"} <= set(api.descendant_filter(ancestor_ids=[everything]))
