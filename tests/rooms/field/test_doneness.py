"""One rule of what is done, everywhere: dwellings done of those known; the building once all are, or once the
team says so of the whole of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amiral.cores.outcomes import homes_of
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import Canvass, Device, Door, DwellingCount, LogEntry, Visit
from amiral.rooms.field.queries import plans, progress
from amiral.rooms.field.queries.levels import Level
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import Handset, enrolled

pytestmark = pytest.mark.django_db

HOMES = 12


@pytest.fixture
def tower(world: World) -> World:
    """The first door of the turf is a building of twelve."""
    Door.objects.filter(pk=world.turf.door_ids[0]).update(dwellings=HOMES)
    return world


@pytest.fixture
def phone(tower: World, at_noon: Any) -> Handset:
    tower.assign()
    return enrolled(tower.shift)


def ring(phone: Handset, world: World, *units: str) -> None:
    """The phone's team rings at these dwellings of the building; at none: it says it of the whole."""
    phone.visit(world.turf.door_ids[0], units=tuple(sorted(units)))
    phone.send()


def at(world: World, level: Level = Level.CANVASS, key: str = "") -> progress.Progress:
    canvass = Canvass.objects.get(pk=world.canvass)
    now = progress.standing(canvass=canvass, at=SATURDAY + timedelta(minutes=5))
    return now.by(level)[key]


@pytest.mark.parametrize(
    ("known", "named", "whole", "said"),
    [
        (12, 3, False, (3, 12)),
        (12, 12, False, (12, 12)),
        (12, 14, False, (14, 14)),
        (12, 3, True, (12, 12)),
        (0, 0, False, (0, 1)),
        (0, 2, False, (2, 2)),
        (1, 1, False, (1, 1)),
    ],
)
def test_the_rule(known: int, named: int, whole: bool, said: tuple[int, int]) -> None:
    homes = homes_of(known=known, named=named, whole=whole)
    assert (homes.done, homes.of) == said
    assert homes.is_done == (homes.done == homes.of)


def test_the_plain_list_counts_dwellings(tower: World, phone: Handset, sign_in: Callable[..., Any]) -> None:
    Door.objects.filter(turf=tower.turf.id).exclude(pk=tower.turf.door_ids[0]).delete()
    ring(phone, tower, "1.1", "1.2", "2.1")
    browser = sign_in(tower.cast.teammate)
    lease = api.live_assignments(canvass_id=tower.canvass)[0]
    page = browser.get(lease.url, headers={"accept-language": "en"}).content.decode()
    assert "3 of 12 dwellings" in page
    assert "All done" not in page
    assert "0 of 1" in page
    ring(phone, tower)
    page = browser.get(lease.url, headers={"accept-language": "en"}).content.decode()
    assert "All done" in page, "the team said so"
    assert "of 12 dwellings" not in page


@pytest.mark.parametrize("level", [Level.CANVASS, Level.COMMUNE, Level.TURF, Level.BUILDING])
def test_the_coverage_of_every_place_counts_dwellings(tower: World, phone: Handset, level: Level) -> None:
    keys = {
        Level.CANVASS: "",
        Level.COMMUNE: "71270",
        Level.TURF: "1",
        Level.BUILDING: str(tower.turf.door_ids[0]),
    }
    before = at(tower, level, keys[level])
    assert (before.done, before.dwellings_done) == (0, 0)
    ring(phone, tower, "1.1", "1.2", "2.1")
    begun = at(tower, level, keys[level])
    assert (begun.done, begun.dwellings_done) == (0, 3)
    assert begun.in_hand == before.in_hand, "not done yet: it is still in the team's hands"
    assert begun.step == 1
    assert begun.percent == 100 * 3 // begun.dwellings
    ring(phone, tower, *(f"3.{number}" for number in range(1, 10)))
    done = at(tower, level, keys[level])
    assert (done.done, done.dwellings_done) == (1, 12)


def test_hours_left_shrink_with_the_dwellings(tower: World, phone: Handset) -> None:
    door = str(tower.turf.door_ids[0])
    whole = at(tower, Level.BUILDING, door).minutes_left
    ring(phone, tower, "1.1", "1.2", "2.1")
    assert at(tower, Level.BUILDING, door).minutes_left == pytest.approx(whole * 9 / 12, abs=1)
    ring(phone, tower)
    assert at(tower, Level.BUILDING, door).minutes_left == 0


def test_the_figures_of_a_turf_by_the_log_and_by_the_pages(
    tower: World, phone: Handset, sign_in: Callable[..., Any]
) -> None:
    ring(phone, tower, "1.1")
    total = api.coverage(canvass_id=tower.canvass).total
    assert (total.done, total.dwellings_done, total.visits) == (0, 1, 1)
    line = plans.plan_turfs(canvass_id=tower.canvass)[0]
    assert (line.begun, line.done) == (1, 0)
    assert line.in_use
    browser = sign_in(tower.cast.owner)
    told = browser.get(f"/terrain/{tower.canvass}/couverture.json").json()["places"]
    whole = next(place for place in told if place["level"] == "canvass")
    assert (whole["done"], whole["dwellings_done"]) == (0, 1)
    assert "0 % " not in browser.get(f"/terrain/{tower.canvass}/couverture.csv").content.decode()
    campaign = browser.get("/terrain/couverture/").content.decode()
    assert "<dd>0</dd>" in campaign


def test_the_day_of_a_building_is_that_of_its_last_dwelling(tower: World, phone: Handset) -> None:
    ring(phone, tower, *(f"1.{number}" for number in range(1, 12)))
    ring(phone, tower, "2.1")
    Visit.objects.filter(units=["2.1"]).update(received_at=SATURDAY)
    Visit.objects.exclude(units=["2.1"]).update(received_at=SATURDAY - timedelta(days=1))
    canvass = Canvass.objects.get(pk=tower.canvass)
    now = progress.standing(canvass=canvass, at=SATURDAY)
    days = now.curve(today=SATURDAY.date())
    assert [(day.day, day.done) for day in days if day.done] == [(SATURDAY.date(), 1)]


def test_a_corrected_dwelling_stays_that_dwelling(
    tower: World, phone: Handset, sign_in: Callable[..., Any]
) -> None:
    """A correction on the plain list spoke of the whole door, which was done by it."""
    ring(phone, tower, "1.1")
    lease = api.live_assignments(canvass_id=tower.canvass)[0]
    tower.visit(lease, 1, Outcome.REFUSED, supersedes_id=Visit.objects.get().pk)
    assert Visit.objects.get().units == ["1.1"]
    assert api.coverage(canvass_id=tower.canvass).total.done == 0


def test_a_dwelling_is_told_on_the_plain_list(tower: World, sign_in: Callable[..., Any]) -> None:
    lease = tower.assign()
    browser = sign_in(tower.cast.teammate)
    page = browser.get(lease.url).content.decode()
    assert page.count('name="dwelling"') == 1, "only where there is more than one"

    def tap(**fields: Any) -> Any:
        sent = {"door": tower.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
        return browser.post(f"{lease.url}passage/", {**sent, **fields})

    answer = tap(floor="3", dwelling="2")
    assert answer["Location"].endswith("#porte-1"), "eleven are left: one stays"
    assert Visit.objects.get().units == ["3.2"]
    assert tap(floor="3").status_code == 409, "half an address of a dwelling"
    assert tap(floor="x", dwelling="2").status_code == 409
    assert LogEntry.objects.count() == 1
    assert tap()["Location"].endswith("#porte-2")
    assert api.coverage(canvass_id=tower.canvass).total.done == 1


def test_a_side_done_in_part_is_not_done(make_world: Callable[..., World]) -> None:
    world = make_world()
    Canvass.objects.filter(pk=world.canvass).update(kind=CanvassKind.LEAFLET_ROUNDS)
    Door.objects.filter(pk=world.turf.door_ids[0]).update(leg={"side": "both"}, dwellings=9)
    world.visit(world.assign(), 1, Outcome.COME_BACK)
    assert api.coverage(canvass_id=world.canvass).total.done == 0
    world.visit(api.live_assignments(canvass_id=world.canvass)[0], 1, Outcome.LEAFLET_LEFT)
    assert api.coverage(canvass_id=world.canvass).total.done == 1


# What the team counts on its phone --------------------------------------------------------------------


def test_what_is_counted_on_a_phone_is_what_everybody_counts_with(tower: World, phone: Handset) -> None:
    door = tower.turf.door_ids[0]
    before = phone.post(phone.request()).json()["packs"][0]["stamp"]
    answer = phone.post({**phone.request(), "homes": {str(door): 20}})
    assert answer.status_code == 200
    assert answer.json()["packs"][0]["stamp"] != before, "a partner fetches the pack again"
    assert Door.objects.get(pk=door).dwellings == 20
    assert DwellingCount.objects.get().dwellings == 20
    assert at(tower, Level.BUILDING, str(door)).dwellings == 20


@pytest.mark.parametrize(
    "homes",
    [[], "20", {"x": 20}, {str(new_id()): 20}, {"DOOR": 0}, {"DOOR": 2001}, {"DOOR": "20"}, {"DOOR": True}],
)
def test_a_count_that_cannot_be_read_or_is_of_no_door_of_the_team_is_passed_over(
    tower: World, phone: Handset, homes: Any
) -> None:
    door = str(tower.turf.door_ids[0])
    if isinstance(homes, dict):
        homes = {name.replace("DOOR", door): count for name, count in homes.items()}
    assert phone.post({**phone.request(), "homes": homes}).status_code == 200
    assert Door.objects.get(pk=door).dwellings == HOMES


def test_a_revoked_phone_counts_nothing(tower: World, phone: Handset) -> None:
    Device.objects.filter(pk=phone.id).update(revoked_at=SATURDAY)
    door = str(tower.turf.door_ids[0])
    assert phone.post({**phone.request(), "homes": {door: 20}}).status_code == 200
    assert Door.objects.get(pk=door).dwellings == HOMES
