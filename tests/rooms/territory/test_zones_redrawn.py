"""Zones drawn before the contours came take their places when they do; under a mandate they do not grow."""

import json
from pathlib import Path

import pytest

from amiral.kit.models import AuditLine
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.zones import save_zone
from amiral.rooms.territory.contracts import ContourImport, TerritoryKind
from amiral.rooms.territory.models import TerritoryLink
from tests.conftest import NOON, Cast, give_mandate

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def square(west: float, south: float, size: float) -> dict[str, object]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def bring(folder: Path, name: str = "Communes", **shapes: dict[str, object]) -> ContourImport:
    """Contours of communes by INSEE code (with a letter in front)."""
    features = [
        {"type": "Feature", "properties": {"code_insee": code[1:], "nom": code}, "geometry": shape}
        for code, shape in shapes.items()
    ]
    path = folder / "communes.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return api.import_contours_file(path=path, kind=TerritoryKind.COMMUNE, name=name)


def inside(zone: str) -> set[str]:
    return set(api.descendant_filter(ancestor_ids=[zone])) - {zone}


def test_an_outline_drawn_before_the_contours(cast: Cast, folders: Path, tmp_path: Path) -> None:
    outline = square(4.79, 46.19, 0.12)
    zone = save_zone(by_id=cast.coordinator, name="Mâcon", places=[], outline=outline, at=NOON)
    assert inside(zone) == set()
    bring(tmp_path, c71270=square(4.8, 46.2, 0.1), c71105=square(4.7, 46.2, 0.1))
    assert inside(zone) == {"commune:71270"}
    part = TerritoryLink.objects.get(parent_id=zone, child_id="commune:71105", valid_to=None)
    assert (part.exact, part.share) == (False, pytest.approx(0.1, abs=0.001))
    assert AuditLine.objects.filter(verb="redraw-zone", subject_id=zone).count() == 1
    assert api.is_within(territory_id=zone, ancestor_id="departement:71")


def test_the_same_contours_again_change_nothing(cast: Cast, folders: Path, tmp_path: Path) -> None:
    save_zone(by_id=cast.coordinator, name="Mâcon", places=[], outline=square(4.79, 46.19, 0.12), at=NOON)
    for _time in range(2):
        bring(tmp_path, c71270=square(4.8, 46.2, 0.1), c71105=square(4.7, 46.2, 0.1))
    assert AuditLine.objects.filter(verb="redraw-zone").count() == 1


def test_what_was_picked_stays_and_what_was_held_is_not_lost(
    cast: Cast, folders: Path, tmp_path: Path
) -> None:
    zone = save_zone(
        by_id=cast.coordinator,
        name="Sud",
        places=["commune:71105"],
        outline=square(4.79, 46.19, 0.12),
        at=NOON,
    )
    bring(tmp_path, c71270=square(4.8, 46.2, 0.1), c71105=square(4.7, 46.2, 0.1))
    assert inside(zone) == {"commune:71270", "commune:71105"}
    bring(tmp_path, c71270=square(4.75, 46.2, 0.2), c71105=square(4.6, 46.2, 0.15))
    assert inside(zone) == {"commune:71270", "commune:71105"}


def test_a_zone_that_somebody_holds_does_not_grow(cast: Cast, folders: Path, tmp_path: Path) -> None:
    outline = square(4.79, 46.19, 0.12)
    zone = save_zone(by_id=cast.coordinator, name="Tenue", places=[], outline=outline, at=NOON)
    give_mandate(cast.stranger, "delegate", territory_id=zone, features="|merge-persons|")
    told = bring(tmp_path, c71270=square(4.8, 46.2, 0.1), c71105=square(4.7, 46.2, 0.1))
    assert any("Tenue" in note for note in told.notes)
    assert inside(zone) == set()
    assert not people.may(
        person_id=cast.stranger, feature=Feature.MERGE_PERSONS, territory_id="commune:71270"
    )
    assert AuditLine.objects.filter(verb="leave-zone", subject_id=zone).exists()


def test_an_outline_counts_in_the_territory_of_who_drew_it(cast: Cast, folders: Path, tmp_path: Path) -> None:
    outline = square(4.6, 46.1, 0.5)
    zone = save_zone(by_id=cast.other_coordinator, name="x", places=[], outline=outline, at=NOON)
    bring(tmp_path, c71270=square(4.8, 46.2, 0.1), c71105=square(4.7, 46.2, 0.1))
    assert inside(zone) == set()
