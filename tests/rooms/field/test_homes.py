"""What is behind the doors: estimated from buildings, counted by teams, learned from visits."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amiral.cores.walk import Origin
from amiral.kit.errors import NotFound
from amiral.rooms.field import api
from amiral.rooms.field.actions.homes import BadCount, count_dwellings
from amiral.rooms.field.actions.planning import parameters_of
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import Canvass, Door, DwellingCount, Turf
from amiral.rooms.territory import api as territory
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World

DEGREE_M = 111_200.0


def block(path: Path, *, lon: float = WEST, lat: float = SOUTH, levels: str = "6") -> Path:
    """A street and a block of flats of 20 m by 16 m around a point, as an extract."""
    east, north = 10 / (DEGREE_M * 0.69), 8 / DEGREE_M
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    nodes = "".join(
        f'<node id="{i}" version="1" lon="{lon + x * east:.7f}" lat="{lat + y * north:.7f}"/>'
        for i, (x, y) in enumerate(corners, 1)
    )
    nodes += f'<node id="11" version="1" lon="{lon - 0.001}" lat="{lat - 0.0002}"/>'
    nodes += f'<node id="12" version="1" lon="{lon + 0.006}" lat="{lat - 0.0002}"/>'
    refs = "".join(f'<nd ref="{ref}"/>' for ref in (1, 2, 3, 4, 1))
    tags = f'<tag k="building" v="apartments"/><tag k="building:levels" v="{levels}"/>'
    street = '<tag k="highway" v="residential"/><tag k="name" v="Rue de la Barre"/>'
    path.write_text(
        f'<?xml version="1.0"?><osm version="0.6">{nodes}<way id="1" version="1">{refs}{tags}</way>'
        f'<way id="2" version="1"><nd ref="11"/><nd ref="12"/>{street}</way></osm>'
    )
    return path


@pytest.fixture
def with_block(world: World, tmp_path: Path) -> World:
    """The quarter planned again, once a block of flats is known around its first address."""
    territory.import_streets_file(path=block(tmp_path / "town.osm"), name="rues")
    api.plan_now(canvass_id=world.canvass, at=SATURDAY)
    return world


def test_homes_are_estimated_from_the_building_and_said_so(with_block: World) -> None:
    door = Door.objects.get(turf__canvass=with_block.canvass, address_id="a0")
    # 320 m² on six levels, 80 m² a home.
    assert (door.dwellings, door.origin, door.floors, door.lift) == (24, Origin.ESTIMATED, 5, True)
    other = Door.objects.get(turf__canvass=with_block.canvass, address_id="a9")
    assert (other.dwellings, other.origin, other.floors) == (0, Origin.UNKNOWN, 0)
    report = Canvass.objects.get(pk=with_block.canvass).report
    assert report["dwellings"]["estimated"] >= 1
    assert report["dwellings"]["told"] == 0


def test_what_a_team_counts_corrects_the_next_plan(with_block: World) -> None:
    turf = next(one for one in api.turfs(canvass_id=with_block.canvass) if _has(one.id, "a0"))
    card = with_block.assign(turf)
    door = Door.objects.get(turf=turf.id, address_id="a0")
    count_dwellings(
        by_id=with_block.cast.teammate, assignment_id=card.id, door_id=door.pk, dwellings=31, at=SATURDAY
    )
    door.refresh_from_db()
    assert (door.dwellings, door.origin) == (31, Origin.CORRECTED)
    api.take_back(by_id=with_block.cast.owner, turf_id=turf.id, at=SATURDAY)
    api.plan_now(canvass_id=with_block.canvass, at=SATURDAY + timedelta(days=1))
    again = Door.objects.get(turf__canvass=with_block.canvass, address_id="a0")
    assert (again.dwellings, again.origin, again.floors) == (31, Origin.CORRECTED, 5)
    assert Canvass.objects.get(pk=with_block.canvass).report["dwellings"]["corrected"] == 1


def _has(turf_id: Any, address_id: str) -> bool:
    return Door.objects.filter(turf=turf_id, address_id=address_id).exists()


def test_counting_is_for_the_team_and_for_whole_numbers(world: World) -> None:
    card, door = world.assign(), world.turf.door_ids[0]
    with pytest.raises(NotFound):
        count_dwellings(
            by_id=world.cast.stranger, assignment_id=card.id, door_id=door, dwellings=3, at=SATURDAY
        )
    for wrong in (0, -1, 2001):
        with pytest.raises(BadCount):
            count_dwellings(
                by_id=world.cast.teammate, assignment_id=card.id, door_id=door, dwellings=wrong, at=SATURDAY
            )
    elsewhere = Door.objects.exclude(turf=world.turf.id).first()
    if elsewhere is not None:
        with pytest.raises(NotFound):
            count_dwellings(
                by_id=world.cast.teammate,
                assignment_id=card.id,
                door_id=elsewhere.pk,
                dwellings=3,
                at=SATURDAY,
            )
    assert not DwellingCount.objects.exists()


def test_the_page_takes_a_number_and_leads_back_to_the_door(
    with_block: World, sign_in: Callable[..., Any]
) -> None:
    turf = next(one for one in api.turfs(canvass_id=with_block.canvass) if _has(one.id, "a0"))
    card = with_block.assign(turf)
    browser = sign_in(with_block.cast.teammate)
    door = Door.objects.get(turf=turf.id, address_id="a0")
    address = f"/tournee/{card.id}/logements/{door.pk}/"
    listed = browser.get(card.url).content.decode()
    assert address in listed
    assert "24 logements, estimés d’après le bâtiment" in listed
    assert browser.get(address).status_code == 200
    for wrong in ("", "beaucoup", "0", "99999"):
        assert browser.post(address, {"dwellings": wrong}).status_code == 422
    answer = browser.post(address, {"dwellings": "18"})
    assert (answer.status_code, answer["Location"]) == (302, f"{card.url}#porte-{door.position}")
    assert "18 logements, comptés sur place" in browser.get(card.url).content.decode()


def test_visits_teach_what_a_home_takes(world: World) -> None:
    canvass = Canvass.objects.get(pk=world.canvass)
    before = parameters_of(canvass).minutes_per_dwelling
    assert before == 1.5
    card = world.assign()
    for position in range(1, len(world.turf.door_ids) + 1):
        world.visit(card, position, Outcome.NOBODY, received_at=SATURDAY + timedelta(minutes=position))
    closed = parameters_of(canvass).minutes_per_dwelling
    assert 0.6 < closed < before
    canvass.kind = CanvassKind.LEAFLET_DROP
    assert parameters_of(canvass).minutes_per_dwelling == 0.05


def test_turfs_count_the_floors(with_block: World) -> None:
    turf = Turf.objects.get(canvass=with_block.canvass, doors__address_id="a0")
    # 24 homes at 1.5, a lift for five floors.
    assert turf.minutes > 24 * 1.5 + 0.75


def test_the_page_of_the_canvass_says_where_homes_come_from(
    with_block: World, sign_in: Callable[..., Any]
) -> None:
    page = sign_in(with_block.cast.owner).get(f"/terrain/{with_block.canvass}/").content.decode()
    assert "estimés d’après le bâtiment pour 1" in page
