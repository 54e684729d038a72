"""Leases: until when a turf is a team's, what comes late, and sharing a turf that a team holds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from amiral.config import minding
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import editing
from amiral.rooms.field.contracts import LEASE_AT_MOST, LEASE_MARGIN, AssignmentCard, Edit, EditKind, Outcome
from amiral.rooms.field.models import AddressWish, Assignment, Canvass, Door, Turf, Visit
from amiral.rooms.field.queries import plans
from amiral.rooms.field.queries.plans import TurfState
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World, with_team

pytestmark = pytest.mark.django_db

END = SATURDAY + timedelta(hours=2) + LEASE_MARGIN


def states(world: World) -> dict[int, str]:
    return {turf.number: turf.state.value for turf in plans.plan_turfs(canvass_id=world.canvass)}


def share(world: World, **asked: Any) -> actions.Shared:
    values: dict[str, Any] = {"staying": 1, "leaving": 1, "at": SATURDAY}
    return actions.share_turf(by_id=world.cast.owner, turf_id=world.turf.id, **(values | asked))


class TestEnd:
    def test_a_lease_ends_with_a_margin_after_the_shift(self, world: World) -> None:
        assert world.assign().until == END

    def test_a_turf_is_in_hand_until_then_and_free_from_then_on(self, world: World) -> None:
        card = world.assign()
        assert api.end_leases(at=END - timedelta(seconds=1)) == 0
        assert states(world)[1] == TurfState.HELD
        assert api.end_leases(at=END) == 1
        assert states(world)[1] == TurfState.FREE
        assert Assignment.objects.get(pk=card.id).ended_at == END

    def test_another_team_takes_it_without_anybody_having_taken_it_back(self, world: World) -> None:
        world.assign()
        api.assign_turf(
            by_id=world.cast.owner,
            turf_id=world.turf.id,
            shift_id=world.later_shift,
            at=END + timedelta(minutes=1),
        )
        held = Assignment.objects.get(ended_at=None)
        assert held.shift_id == world.later_shift

    def test_what_comes_late_counts(self, world: World) -> None:
        card = world.assign()
        api.end_leases(at=END)
        world.visit(card, 1, received_at=END + timedelta(days=2))
        assert Visit.objects.count() == 1

    def test_a_plan_is_changed_by_hand_after_the_lease_and_late_visits_count(self, world: World) -> None:
        card, late = world.assign(), END + timedelta(hours=1)
        api.end_leases(at=late)
        door = world.turf.door_ids[0]
        actions.edit_plan(
            by_id=world.cast.owner,
            canvass_id=world.canvass,
            edit=Edit(kind=EditKind.DOORS, turf=1, doors=(door,), target=2),
            version=1,
            at=late,
        )
        world.visit(card, 1, received_at=late)
        assert Visit.objects.get().door_id == door

    def test_the_verb_that_writes_does_not_wait_for_the_worker(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The lease runs out between the preview and the writing."""
        seen = editing.standing_of

        def stood(canvass: Canvass) -> Any:
            found = seen(canvass)
            world.assign()
            return found

        monkeypatch.setattr(editing, "standing_of", stood)
        edit = Edit(kind=EditKind.REVERSE, turf=1)
        actions.edit_plan(by_id=world.cast.owner, canvass_id=world.canvass, edit=edit, version=1, at=END)
        assert Assignment.objects.get().ended_at == END

    def test_the_worker_ends_leases(self, world: World) -> None:
        world.assign()
        Assignment.objects.update(until=NOON - timedelta(days=800))
        minding.once()
        assert not Assignment.objects.filter(ended_at=None).exists()

    def test_done_and_in_hand_differ(self, world: World) -> None:
        card = world.assign()
        for position in range(1, len(world.turf.door_ids) + 1):
            world.visit(card, position)
        assert states(world)[1] == TurfState.DONE
        world.assign(world.turfs[1])
        assert states(world)[2] == TurfState.HELD

    def test_the_map_tells_them_apart_by_more_than_colour(
        self, world: World, sign_in: Callable[..., Any]
    ) -> None:
        card = world.assign()
        for position in range(1, len(world.turf.door_ids) + 1):
            world.visit(card, position)
        world.assign(world.turfs[1])
        page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/").content.decode()
        assert "map-held" in page
        assert "map-done" in page
        assert "1 ✓" in page
        assert "2 ▸" in page


class TestChange:
    def test_the_leader_says_until_when(self, world: World) -> None:
        world.assign()
        later = SATURDAY + timedelta(days=2)
        actions.change_lease(by_id=world.cast.owner, turf_id=world.turf.id, until=later, at=NOON)
        assert Assignment.objects.get().until == later
        assert AuditLine.objects.get(verb="change-lease").actor_id == world.cast.owner

    @pytest.mark.parametrize(
        "until", [NOON, NOON - timedelta(days=1), END + LEASE_AT_MOST, NOON + timedelta(days=4000)]
    )
    def test_neither_the_past_nor_for_ever(self, world: World, until: Any) -> None:
        world.assign()
        with pytest.raises(actions.BadLease):
            actions.change_lease(by_id=world.cast.owner, turf_id=world.turf.id, until=until, at=NOON)

    def test_a_lease_that_ran_out_is_not_revived(self, world: World) -> None:
        world.assign()
        with pytest.raises(NotFound):
            actions.change_lease(
                by_id=world.cast.owner, turf_id=world.turf.id, until=END + timedelta(hours=4), at=END
            )

    def test_by_form_in_the_campaigns_hours(
        self, world: World, sign_in: Callable[..., Any], at_noon: Any
    ) -> None:
        world.assign()
        address = f"/terrain/{world.canvass}/secteurs/1/"
        browser = sign_in(world.cast.owner)
        browser.post(f"{address}bail/", {"day": "2027-03-07", "hour": "18:30"})
        assert Assignment.objects.get().until.isoformat() == "2027-03-07T17:30:00+00:00"
        assert "18:30" in browser.get(address).content.decode()
        for bad in ({}, {"day": "2027-02-31", "hour": "18:30"}, {"day": "2026-03-07", "hour": "18:30"}):
            browser.post(f"{address}bail/", bad)
            assert "notice--error" in browser.get(address).content.decode()
        assert Assignment.objects.get().until.isoformat() == "2027-03-07T17:30:00+00:00"


class TestNumber:
    def test_eight_digits_of_its_own(self, world: World) -> None:
        first, second = world.assign(), world.assign(world.turfs[1])
        assert first.list_number != second.list_number
        assert len(first.list_number) == 8
        assert first.list_number.isdigit()
        assert first.number_words.replace(" ", "") == first.list_number + first.list_letters
        assert len(first.list_letters) == 4

    def test_a_number_in_use_is_not_given_again(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        taken = world.assign().list_number
        chances = iter([taken, taken, "00000042"])
        monkeypatch.setattr("amiral.rooms.field.actions.leasing.new_list_number", lambda: next(chances))
        assert world.assign(world.turfs[1]).list_number == "00000042"

    def test_a_new_one_when_it_got_into_wrong_hands(self, world: World) -> None:
        before = world.assign().list_number
        made = actions.renew_number(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
        assert made != before
        assert Assignment.objects.get().list_number == made
        line = AuditLine.objects.get(verb="renew-list-number")
        assert made not in str(line.detail)


class TestSharing:
    def test_the_end_of_the_walk_goes_to_nobody(self, world: World) -> None:
        card = world.assign()
        world.visit(card, 1)
        before = list(world.turf.door_ids)
        made = share(world)
        assert made.assignment_id is None
        stay, gone = doors(world, 1), doors(world, made.number)
        assert stay == before[: len(stay)]
        assert sorted([*stay, *gone]) == sorted(before)
        assert abs(len(stay) - 1 - len(gone)) <= 1
        assert states(world)[1] == TurfState.HELD
        assert states(world)[made.number] == TurfState.FREE

    def test_doors_that_are_done_stay_whatever_is_chosen(self, world: World) -> None:
        card = world.assign()
        world.visit(card, 2)
        made = share(world, doors=world.turf.door_ids[:4])
        assert world.turf.door_ids[1] in doors(world, 1)
        assert set(doors(world, made.number)) == {
            door for i, door in enumerate(world.turf.door_ids[:4]) if i != 1
        }

    def test_those_who_leave_have_a_list_of_their_own(self, world: World) -> None:
        card = world.assign()
        made = share(world, shift_id=world.shift, staying=3, leaving=1)
        other = Assignment.objects.get(pk=made.assignment_id)
        assert other.shift_id == world.shift
        assert other.list_number != card.list_number
        assert Turf.objects.get(number=1).team_size == 3
        assert Turf.objects.get(number=made.number).team_size == 1
        assert len(doors(world, made.number)) < len(doors(world, 1))

    def test_another_team_takes_part_of_it(self, world: World) -> None:
        world.assign()
        made = share(world, shift_id=world.later_shift)
        held = Assignment.objects.get(pk=made.assignment_id)
        assert held.shift_id == world.later_shift
        assert held.until == SATURDAY + timedelta(days=1, hours=2) + LEASE_MARGIN

    def test_late_visits_of_the_first_team_at_doors_that_went_count(self, world: World) -> None:
        card = world.assign()
        made = share(world)
        gone = doors(world, made.number)[0]
        world.visit(card, 1, door_id=gone)
        assert Visit.objects.get().door_id == gone

    def test_figures_and_versions_follow(self, world: World) -> None:
        world.assign()
        minutes = Turf.objects.get(number=1).minutes
        share(world)
        canvass = Canvass.objects.get()
        assert canvass.plan_version == 2
        assert canvass.report["turfs"] == Turf.objects.count()
        assert Turf.objects.get(number=1).minutes < minutes
        assert AuditLine.objects.get(verb="share-turf").actor_id == world.cast.owner

    def test_nothing_to_share(self, world: World) -> None:
        world.assign()
        with pytest.raises(actions.NothingToShare):
            share(world, doors=world.turf.door_ids)

    def test_a_turf_that_nobody_holds_is_not_shared(self, world: World) -> None:
        with pytest.raises(NotFound):
            share(world)

    def test_a_door_done_meanwhile_is_not_taken_away(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from amiral.rooms.field.actions import sharing

        card = world.assign()
        really = sharing._measured

        def meanwhile(parts: Any) -> Any:
            world.visit(card, len(world.turf.door_ids))
            return really(parts)

        monkeypatch.setattr(sharing, "_measured", meanwhile)
        with pytest.raises(actions.ShareChanged):
            share(world)
        assert doors(world, 1) == list(world.turf.door_ids)

    def test_by_form(self, world: World, sign_in: Callable[..., Any], at_noon: Any) -> None:
        world.assign()
        browser, address = sign_in(world.cast.owner), f"/terrain/{world.canvass}/secteurs/1/partager/"
        assert browser.get(address).status_code == 200
        bad = browser.post(address, {"staying": 0, "leaving": 1})
        assert bad.status_code == 200
        answer = browser.post(address, {"staying": 1, "leaving": 1, "to": str(world.later_shift)})
        assert answer.status_code == 302
        assert Assignment.objects.filter(ended_at=None).count() == 2


def doors(world: World, number: int) -> list[UUID]:
    rows = Door.objects.filter(turf__canvass=world.canvass, turf__number=number)
    return list(rows.order_by("position").values_list("pk", flat=True))


class TestTwoCanvasses:
    """Two canvasses over one building."""

    @pytest.fixture
    def both(self, world: World) -> tuple[World, World]:
        canvass = api.create_canvass(
            by_id=world.cast.owner,
            group_id=world.cast.group,
            name="Second passage",
            kind=world_kind(),
            file_id=world.file,
            minutes=30,
        )
        api.plan_now(canvass_id=canvass, at=NOON)
        return world, with_team(world.cast, file=world.file, canvass=canvass)

    def test_a_visit_of_one_is_not_a_visit_of_the_other(self, both: tuple[World, World]) -> None:
        first, second = both
        first.visit(first.assign(), 1)
        assert len(api.coverage(canvass_id=first.canvass).states) == 1
        assert not api.coverage(canvass_id=second.canvass).states

    def test_a_wish_holds_in_both(
        self, both: tuple[World, World], sign_in: Callable[..., Any], at_noon: Any
    ) -> None:
        first, second = both
        first.visit(first.assign(), 1, Outcome.DO_NOT_COME_BACK, received_at=NOON)
        card = second.assign()
        assert AddressWish.objects.count() == 1
        page = sign_in(second.cast.owner).get(card.url).content.decode()
        assert page.count("Ne pas sonner ici") == 1


def world_kind() -> Any:
    from amiral.rooms.field.contracts import CanvassKind

    return CanvassKind.DOOR_TO_DOOR


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_sharing_taking_back_and_recording_at_once(self, world: World) -> None:
        card: AssignmentCard = world.assign()
        last = len(world.turf.door_ids)
        told = race(
            [
                lambda: share(world),
                lambda: api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY),
                lambda: world.visit(card, last),
            ]
        )
        assert set(told) <= {"done", "NotFound", "ShareChanged"}
        assert Visit.objects.get().door_id == world.turf.door_ids[last - 1]
        rows = Door.objects.filter(turf__canvass=world.canvass)
        assert sorted(rows.values_list("address_id", flat=True)) == sorted(f"a{i}" for i in range(30))

    def test_two_leaders_share_at_once(self, world: World) -> None:
        world.assign()
        told = race([lambda: share(world), lambda: share(world)])
        assert told in ({"done": 1, "ShareChanged": 1}, {"done": 2})

    def test_a_lease_that_is_prolonged_while_it_runs_out(self, world: World) -> None:
        world.assign()
        longer = END + timedelta(hours=4)

        def prolong() -> None:
            actions.change_lease(
                by_id=world.cast.owner, turf_id=world.turf.id, until=longer, at=END - timedelta(seconds=1)
            )

        told = race([prolong, lambda: api.end_leases(at=END)])
        row = Assignment.objects.get()
        assert (told, row.until, row.ended_at) in (
            ({"done": 2}, longer, None),
            ({"done": 1, "NotFound": 1}, END, END),
        )


@pytest.mark.parametrize("page", ["", "secteurs/1/", "modifier/", "secteurs/1/modifier/", "replanifier/"])
def test_a_lease_that_ran_out_looks_held_on_no_page(
    world: World, sign_in: Callable[..., Any], page: str
) -> None:
    """The worker ends leases every few seconds; nobody who changes the plan waits for it."""
    card = world.assign()
    with time_machine.travel(card.until + timedelta(seconds=1), tick=False):
        answer = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/{page}")
        assert answer.status_code == 200
        assert Assignment.objects.get().ended_at == card.until
        assert not actions.turfs_in_use(Canvass.objects.get())


def test_a_plan_is_cut_anew_in_the_second_in_which_its_last_lease_ends(world: World) -> None:
    card = world.assign()
    with time_machine.travel(card.until, tick=False):
        assert actions.start_planning(by_id=world.cast.owner, canvass_id=world.canvass)
