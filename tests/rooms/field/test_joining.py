"""Two canvasses over the same addresses: what one tells is not to be subtracted from what the other tells."""

from datetime import timedelta
from uuid import UUID

import pytest

from amiral.cores.disclosure import Threshold
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import releasing as closing
from amiral.rooms.field.actions.joining import Beside, Told
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import CountedEvent, Release, ReleasedFigure
from amiral.rooms.field.queries import releasing
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.mobilisation import api as mobilisation
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World, make_action
from tests.rooms.field.test_releasing import NIGHT

pytestmark = pytest.mark.django_db

AGAIN = timedelta(days=2)


def second(world: World) -> UUID:
    """Another canvass over the same addresses, walked by another team."""
    canvass = api.create_canvass(
        by_id=world.cast.owner, group_id=world.cast.group, name="Second tour", kind=CanvassKind.DOOR_TO_DOOR,
        file_id=world.file, minutes=30,
    )  # fmt: skip
    api.plan_now(canvass_id=canvass, at=NOON)
    return canvass


def walk(world: World, canvass: UUID, addresses: list[str], days: timedelta = timedelta(0)) -> None:
    """Somebody talks at these addresses of a canvass."""
    from amiral.rooms.field.models import Door

    _action, shift, _later = make_action(world.cast)
    mobilisation.sign_up(person_id=world.cast.teammate, shift_id=shift, at=NOON)
    leases = {}
    for turf in api.turfs(canvass_id=canvass):
        if not any(card.turf_id == turf.id for card in api.live_assignments(canvass_id=canvass)):
            api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=shift, at=NOON)
    for card in api.live_assignments(canvass_id=canvass):
        leases[card.turf_id] = card.id
    for door in Door.objects.filter(turf__canvass=canvass, address_id__in=addresses):
        api.record_visit(
            by_id=world.cast.teammate, assignment_id=leases[door.turf_id], door_id=door.pk, visit_id=new_id(),
            outcome=Outcome.TALKED, received_at=SATURDAY + days,
        )  # fmt: skip


def told(canvass: UUID) -> set[str]:
    rows = ReleasedFigure.objects.filter(release__canvass=canvass, subject="outcomes")
    return set(rows.values_list("level", flat=True))


def names(first: int, last: int) -> list[str]:
    return [f"a{i}" for i in range(first, last)]


def test_the_answer_of_one_house_is_not_the_difference_of_two_canvasses(world: World) -> None:
    """Twelve houses answered in one canvass, eleven of them in the other: the difference is the twelfth."""
    other = second(world)
    walk(world, world.canvass, names(0, 12))
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    assert Level.CANVASS in told(world.canvass)
    walk(world, other, names(0, 11))
    closing.close_due(canvass_id=other, at=NIGHT)
    assert told(other) == set(), "twelve minus eleven"
    assert Release.objects.filter(canvass=other).exists(), "the period is closed all the same"
    assert CountedEvent.objects.filter(canvass=other).count() == 11


def test_the_same_houses_and_quite_other_houses_are_told(world: World) -> None:
    other = second(world)
    walk(world, world.canvass, names(0, 12))
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    walk(world, other, names(0, 12))
    closing.close_due(canvass_id=other, at=NIGHT)
    assert Level.CANVASS in told(other), "the difference is nothing"
    figures = releasing.figures(canvass_ids=[other])
    assert figures.whole is not None
    assert figures.whole.answers == 12


def test_a_figure_of_each_alone_is_enough(world: World) -> None:
    other = second(world)
    walk(world, world.canvass, names(0, 15))
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    walk(world, other, names(15, 30))
    closing.close_due(canvass_id=other, at=NIGHT)
    assert Level.CANVASS in told(other), "no address is in both"


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        (range(12), range(12), True),
        (range(11), range(12), False),
        (range(12), range(11), False),
        (range(10), range(30), True),
        (range(10), range(5, 15), False),
        (range(20), range(10, 30), True),
        (range(10), range(20, 30), True),
    ],
)
def test_what_both_hold_and_what_each_holds_alone_is_enough_or_nothing(
    ours: range, theirs: range, may: bool
) -> None:
    beside = Beside(
        threshold=Threshold(dwellings=10, answers=5),
        others=[Told(place=("turf", "7"), behind={str(one): (1, 1) for one in theirs})],
    )
    assert beside.allow(("turf", "1"), {str(one): (1, 1) for one in ours}) is may


def test_periods_that_are_added_up_are_asked_too() -> None:
    """Two periods of six and of six, each beside one of twelve: only their sum betrays the thirteenth."""
    threshold = Threshold(dwellings=5, answers=5)
    behind = {str(one): (1, 1) for one in range(13)}
    told_already = {str(one): (1, 1) for one in range(6)}
    new = {str(one): (1, 1) for one in range(6, 12)}
    whole = Told(place=("canvass", ""), behind=behind)
    alone = Beside(threshold=threshold, others=[whole])
    assert alone.allow(("canvass", ""), new)
    after = Beside(
        threshold=threshold, others=[whole], own=[Told(place=("canvass", ""), behind=told_already)]
    )
    assert not after.allow(("canvass", ""), new)
