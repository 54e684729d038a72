"""No walk is given out or begun in electoral silence; what was walked before is never lost."""

import pytest

from amiral.rooms.field import api
from amiral.rooms.field.actions import enrolling
from amiral.rooms.field.models import Assignment, Visit
from amiral.rooms.outreach.contracts import Silenced
from tests.conftest import NOON
from tests.rooms.field.conftest import World
from tests.rooms.outreach.silences import BEFORE, EVE, vote

pytestmark = pytest.mark.django_db


def test_a_turf_is_not_given_to_a_shift_on_the_eve(world: World) -> None:
    vote(world.cast)
    with pytest.raises(Silenced, match="on ne frappe à aucune porte"):
        world.assign(at=NOON)
    assert not Assignment.objects.exists()


def test_where_nobody_votes_it_is(world: World) -> None:
    vote(world.cast, "21")
    world.assign(at=NOON)
    assert enrolling.enrol_member(
        by_id=world.cast.teammate, assignment_id=Assignment.objects.get().pk, at=EVE
    ).token


def test_nobody_sets_out_on_the_eve_but_visits_that_come_late_are_kept(world: World) -> None:
    """The turf was given before the ballot was entered."""
    assignment = world.assign(at=NOON)
    vote(world.cast)
    with pytest.raises(Silenced, match=r"L\. 49"):
        enrolling.enrol_member(by_id=world.cast.teammate, assignment_id=assignment.id, at=EVE)
    world.visit(assignment, 1, at=BEFORE, received_at=EVE)
    world.visit(assignment, 2, at=BEFORE, received_at=EVE)
    assert Visit.objects.count() == 2
    assert enrolling.enrol_member(by_id=world.cast.owner, assignment_id=assignment.id, at=BEFORE).token


def test_the_day_of_the_vote_is_silent_too(world: World) -> None:
    vote(world.cast)
    with pytest.raises(Silenced):
        api.assign_turf(by_id=world.cast.owner, turf_id=world.turf.id, shift_id=world.later_shift, at=NOON)
