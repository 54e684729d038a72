"""A tour from where a team stands: who may, what is taken, and that no two teams do the same doors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import TOURS_AT_MOST, Outcome, TourAsked
from amiral.rooms.field.models import AddressWish, Assignment, Canvass, Door, PlanVersion, Turf, Visit
from amiral.rooms.field.queries import walking
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World

SOON = SATURDAY - timedelta(minutes=30)
HERE = TourAsked(longitude=WEST, latitude=SOUTH, minutes=20, people=4)


def take(world: World, *, by: UUID | None = None, asked: TourAsked = HERE, at: Any = SOON) -> UUID:
    person = by or world.cast.teammate
    found = actions.propose_tour(by_id=person, canvass_id=world.canvass, asked=asked, at=at)
    return actions.take_tour(
        by_id=person,
        canvass_id=world.canvass,
        shift_id=world.shift,
        asked=asked,
        digest=found.digest,
        at=at,
    )


def whole(world: World) -> None:
    """Every address stands once, at places from 1, and the report counts them."""
    doors = Door.objects.filter(turf__canvass=world.canvass)
    assert sorted(doors.values_list("address_id", flat=True)) == sorted(f"a{i}" for i in range(30))
    for turf in Turf.objects.filter(canvass=world.canvass):
        places = list(turf.doors.values_list("position", flat=True))
        assert places == list(range(1, len(places) + 1))
    assert Canvass.objects.get(pk=world.canvass).report["doors"] == 30
    assert Canvass.objects.get(pk=world.canvass).report["turfs"] == Turf.objects.count()


def test_a_team_takes_a_tour_of_its_own(world: World) -> None:
    before = set(Door.objects.values_list("pk", flat=True))
    assignment = Assignment.objects.get(pk=take(world))
    assert assignment.turf.is_tour
    assert assignment.turf.team_size == 4
    assert 0 < assignment.turf.minutes <= 20
    assert assignment.turf.walk["coordinates"][0] == pytest.approx([WEST, SOUTH], abs=1e-6)
    assert assignment.turf.doors.count() >= 5
    assert set(Door.objects.values_list("pk", flat=True)) == before
    whole(world)
    assert PlanVersion.objects.filter(canvass=world.canvass, kind="tour").exists()
    assert AuditLine.objects.filter(verb="take-tour").exists()
    door = assignment.turf.doors.first()
    assert door is not None
    api.record_visit(
        by_id=world.cast.teammate,
        assignment_id=assignment.pk,
        door_id=door.pk,
        visit_id=new_id(),
        outcome=Outcome.TALKED,
        received_at=SATURDAY,
    )
    assert api.coverage(canvass_id=world.canvass).total.done == 1


def test_doors_that_are_held_done_or_wished_away_are_passed_by(world: World) -> None:
    held = world.assign()
    world.visit(held, 1)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    other = world.turfs[1]
    world.assign(other)
    AddressWish.objects.create(
        address_file_name="mâcon",
        address_id=Door.objects.get(pk=world.turf.door_ids[1]).address_id,
        since=NOON,
        until=NOON + timedelta(days=30),
        visit_id=new_id(),
    )
    tour = Assignment.objects.get(pk=take(world)).turf
    doors = set(tour.doors.values_list("pk", flat=True))
    assert doors
    assert not doors & {world.turf.door_ids[0], world.turf.door_ids[1], *other.door_ids}
    assert set(Door.objects.filter(turf=other.id).values_list("pk", flat=True)) == set(other.door_ids)
    whole(world)


def test_two_tours_never_share_a_door(world: World) -> None:
    first, second = (Assignment.objects.get(pk=take(world)).turf for _ in range(2))
    assert not set(first.doors.values_list("address_id")) & set(second.doors.values_list("address_id"))
    whole(world)


def test_a_turf_that_loses_all_its_doors_goes_unless_a_team_held_it(world: World) -> None:
    world.assign()
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SOON - timedelta(hours=1))
    asked = TourAsked(longitude=WEST + 0.0025, latitude=SOUTH, minutes=180, people=12)
    take(world, asked=asked)
    assert Turf.objects.filter(pk=world.turf.id).exists()
    assert Turf.objects.count() < len(world.turfs) + 1
    whole(world)


def test_late_visits_of_a_team_that_gave_its_turf_back_are_not_lost(world: World) -> None:
    held = world.assign()
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SOON - timedelta(hours=1))
    asked = TourAsked(longitude=WEST + 0.0025, latitude=SOUTH, minutes=180, people=12)
    take(world, asked=asked)
    moved = Door.objects.get(pk=world.turf.door_ids[0])
    assert moved.turf_id != world.turf.id
    world.visit(held, 1)
    assert Visit.objects.filter(door=moved).count() == 1
    with pytest.raises(NotFound):
        world.visit(held, 1, door_id=world.turfs[1].door_ids[0], received_at=SATURDAY + timedelta(days=30))


def test_what_was_shown_is_what_is_taken(world: World) -> None:
    found = actions.propose_tour(by_id=world.cast.teammate, canvass_id=world.canvass, asked=HERE, at=SOON)
    take(world)
    before = list(Door.objects.order_by("pk").values_list("turf", "position"))
    with pytest.raises(actions.TourChanged):
        actions.take_tour(
            by_id=world.cast.teammate,
            canvass_id=world.canvass,
            shift_id=world.shift,
            asked=HERE,
            digest=found.digest,
            at=SOON,
        )
    assert list(Door.objects.order_by("pk").values_list("turf", "position")) == before


def test_a_team_cannot_take_everything(world: World) -> None:
    asked = TourAsked(longitude=WEST, latitude=SOUTH, minutes=10, people=2)
    for _ in range(TOURS_AT_MOST):
        take(world, asked=asked)
    with pytest.raises(actions.TooManyTours):
        take(world, asked=asked)


def test_nothing_in_reach_is_said(world: World) -> None:
    far = TourAsked(longitude=2.35, latitude=48.85, minutes=20, people=4)
    with pytest.raises(actions.NoTour):
        take(world, asked=far)


@pytest.mark.parametrize("who", ["stranger", "other_coordinator"])
def test_nobody_else_takes_a_tour(world: World, who: str) -> None:
    with pytest.raises(NotFound):
        take(world, by=getattr(world.cast, who))


def test_a_team_takes_tours_around_its_shift_only(world: World) -> None:
    for moment in (NOON, SATURDAY - timedelta(hours=3), SATURDAY + timedelta(hours=3)):
        with pytest.raises(NotFound):
            take(world, at=moment)
    take(world, by=world.cast.owner, at=NOON)


def test_a_team_cannot_take_for_another_shift(world: World) -> None:
    found = actions.propose_tour(by_id=world.cast.teammate, canvass_id=world.canvass, asked=HERE, at=SOON)
    with pytest.raises(NotFound):
        actions.take_tour(
            by_id=world.cast.teammate,
            canvass_id=world.canvass,
            shift_id=world.later_shift,
            asked=HERE,
            digest=found.digest,
            at=SOON,
        )


@pytest.mark.django_db(transaction=True)
def test_two_teams_that_take_at_once_get_different_doors(make_world: Callable[..., World]) -> None:
    world = make_world()
    found = actions.propose_tour(by_id=world.cast.owner, canvass_id=world.canvass, asked=HERE, at=SOON)

    def one() -> None:
        actions.take_tour(
            by_id=world.cast.owner,
            canvass_id=world.canvass,
            shift_id=world.shift,
            asked=HERE,
            digest=found.digest,
            at=SOON,
        )

    ended = race([one, one])
    assert ended == {"done": 1, "TourChanged": 1}
    whole(world)
    assert Turf.objects.filter(is_tour=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_tour_and_an_assignment_at_once_never_share_a_door(make_world: Callable[..., World]) -> None:
    world = make_world()
    found = actions.propose_tour(by_id=world.cast.teammate, canvass_id=world.canvass, asked=HERE, at=SOON)
    near = Turf.objects.filter(doors__in=[place.id for place in found.places]).first()
    assert near is not None

    def tour() -> None:
        actions.take_tour(
            by_id=world.cast.teammate,
            canvass_id=world.canvass,
            shift_id=world.shift,
            asked=HERE,
            digest=found.digest,
            at=SOON,
        )

    def assign() -> None:
        api.assign_turf(by_id=world.cast.owner, turf_id=near.pk, shift_id=world.later_shift, at=SOON)

    race([tour, assign])
    whole(world)
    for assignment in Assignment.objects.filter(ended_at__isnull=True):
        others = Door.objects.exclude(turf=assignment.turf).values_list("address_id", flat=True)
        assert not set(assignment.turf.doors.values_list("address_id", flat=True)) & set(others)


def test_the_page_shows_a_tour_and_takes_it(world: World, sign_in: Callable[..., Any]) -> None:
    import time_machine

    with time_machine.travel(SOON, tick=False):
        browser = sign_in(world.cast.teammate)
        address = f"/terrain/{world.canvass}/ici/"
        first = browser.get(address)
        assert first.status_code == 200
        asked = {
            "equipe": world.shift,
            "personnes": 4,
            "minutes": 20,
            "lon": WEST,
            "lat": SOUTH,
            "retour": "on",
        }
        shown = browser.get(address, asked)
        assert shown.status_code == 200
        digest = shown.context["tour"].digest
        assert not Turf.objects.filter(is_tour=True).exists()
        taken = browser.post(address, asked | {"empreinte": digest})
        assert taken.status_code == 302
        assert browser.get(taken["Location"]).status_code == 200
        assert browser.get(taken["Location"] + "pdf/").status_code == 200
        assert browser.get(taken["Location"] + "carte/").status_code == 200
        again = browser.post(address, asked | {"empreinte": digest})
        assert again.status_code == 409
        assert again.context["tour"].digest != digest
        typed = browser.get(
            address,
            {k: v for k, v in asked.items() if k not in {"lon", "lat"}} | {"adresse": "12 rue de la Barre"},
        )
        assert typed.context["tour"].start_label == "12 Rue de la Barre"
        links = api.links_for_shift(shift_id=world.shift, person_id=world.cast.teammate)
        assert f"{address}?equipe={world.shift}" in {link.url for link in links}
        assert api.links_for_shift(shift_id=world.shift, person_id=world.cast.stranger) == []
        for wrong in (
            {"minutes": 5},
            {"personnes": 99},
            {"adresse": "xyzzy"},
            {"lon": 999},
            {"equipe": world.later_shift},
        ):
            answer = browser.get(address, asked | wrong)
            assert answer.status_code == 200
            assert answer.context["form"].errors


AGAIN = replace(HERE, again=True)


def tried(world: World) -> dict[Outcome, UUID]:
    """Every door of the quarter is done; three of them in vain, or not. The doors of those three."""
    found = {}
    outcomes = [Outcome.NOBODY, Outcome.COME_BACK, Outcome.TALKED]
    for turf in world.turfs:
        held = world.assign(turf)
        for position, door_id in enumerate(turf.door_ids, start=1):
            outcome = outcomes.pop(0) if outcomes else Outcome.REFUSED
            found.setdefault(outcome, door_id)
            world.visit(held, position, outcome, received_at=SOON - timedelta(hours=2))
        api.take_back(by_id=world.cast.owner, turf_id=turf.id, at=SOON - timedelta(hours=1))
    return found


def test_a_tour_goes_back_where_nobody_opened_when_asked(world: World) -> None:
    found = tried(world)
    with pytest.raises(actions.NoTour):
        take(world)
    held = Assignment.objects.get(pk=take(world, asked=AGAIN))
    doors = set(held.turf.doors.values_list("pk", flat=True))
    assert doors == {found[Outcome.NOBODY], found[Outcome.COME_BACK]}
    walk = walking.walk_list(assignment=held, at=SATURDAY)
    assert (walk.done, len(walk.doors)) == (0, 2)
    assert walk.next_door is not None
    api.record_visit(
        by_id=world.cast.teammate,
        assignment_id=held.pk,
        door_id=walk.next_door.id,
        visit_id=new_id(),
        outcome=Outcome.NOBODY,
        received_at=SATURDAY,
    )
    walk = walking.walk_list(assignment=held, at=SATURDAY)
    assert walk.done == 1
    assert Visit.objects.filter(door=found[Outcome.NOBODY]).exists()
    assert api.coverage(canvass_id=world.canvass).total.doors == 30


def test_a_door_done_meanwhile_is_not_gone_back_to(world: World) -> None:
    found = tried(world)
    seen = actions.propose_tour(by_id=world.cast.teammate, canvass_id=world.canvass, asked=AGAIN, at=SOON)
    Visit.objects.create(
        id=new_id(), door_id=found[Outcome.NOBODY], outcome=Outcome.TALKED, at=SOON, received_at=SOON, lam=99
    )
    with pytest.raises(actions.TourChanged):
        actions.take_tour(
            by_id=world.cast.teammate,
            canvass_id=world.canvass,
            shift_id=world.shift,
            asked=AGAIN,
            digest=seen.digest,
            at=SOON,
        )


def test_tours_of_doors_to_do_again_count_as_unfinished(world: World) -> None:
    tried(world)
    Visit.objects.update(outcome=Outcome.NOBODY)
    near = replace(AGAIN, minutes=10, people=2)
    for _ in range(TOURS_AT_MOST):
        take(world, asked=near)
    with pytest.raises(actions.TooManyTours):
        take(world, asked=near)
    whole(world)


def test_the_page_takes_the_tick_and_lists_what_is_to_do_again(
    world: World, sign_in: Callable[..., Any]
) -> None:
    import time_machine

    found = tried(world)
    with time_machine.travel(SOON, tick=False):
        browser = sign_in(world.cast.teammate)
        address = f"/terrain/{world.canvass}/ici/"
        asked = {"equipe": world.shift, "personnes": 4, "minutes": 20, "lon": WEST, "lat": SOUTH}
        assert browser.get(address, asked).context["tour"] is None
        shown = browser.get(address, asked | {"encore": "on"})
        assert len(shown.context["tour"].stops) == 2
        assert 'name="encore" value="True"' in shown.content.decode()
        digest = shown.context["tour"].digest
        taken = browser.post(address, asked | {"encore": "True", "empreinte": digest})
        assert taken.status_code == 302
        page = browser.get(taken["Location"]).content.decode()
    assert "0 sur 2" in page
    assert "Personne</span>" in page
    assert found[Outcome.NOBODY] in set(Turf.objects.get(is_tour=True).doors.values_list("pk", flat=True))
