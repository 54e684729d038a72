"""The log of visits: one tap is one visit, whatever the network does."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, LogEntry, Visit
from amiral.rooms.mobilisation import api as mobilisation
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World


def outcomes(world: World) -> dict[UUID, Outcome]:
    return dict(api.coverage(canvass_id=world.canvass).states)


def test_a_visit_sent_twice_is_stored_once(world: World) -> None:
    assignment = world.assign()
    visit = world.visit(assignment, 1)
    world.visit(assignment, 1, visit_id=visit, received_at=SATURDAY + timedelta(hours=5))
    assert Visit.objects.count() == 1
    assert Visit.objects.get().received_at == SATURDAY


def test_an_id_sent_again_for_another_door_or_outcome_changes_nothing(world: World) -> None:
    assignment = world.assign()
    visit = world.visit(assignment, 1, Outcome.TALKED)
    with pytest.raises(actions.VisitTaken):
        world.visit(assignment, 2, Outcome.TALKED, visit_id=visit)
    with pytest.raises(actions.VisitTaken):
        world.visit(assignment, 1, Outcome.REFUSED, visit_id=visit)
    assert outcomes(world) == {world.turf.door_ids[0]: Outcome.TALKED}


def test_a_correction_replaces_and_a_new_visit_adds(world: World) -> None:
    assignment = world.assign()
    first = world.visit(assignment, 1, Outcome.REFUSED)
    world.visit(
        assignment, 1, Outcome.TALKED, supersedes_id=first, received_at=SATURDAY + timedelta(minutes=1)
    )
    world.visit(assignment, 1, Outcome.NOBODY, received_at=SATURDAY + timedelta(minutes=2))
    total = api.coverage(canvass_id=world.canvass).total
    assert (total.done, total.visits, total.talked) == (1, 2, 1)
    assert outcomes(world) == {world.turf.door_ids[0]: Outcome.NOBODY}
    assert (LogEntry.objects.count(), Visit.objects.count()) == (3, 2)


def test_a_correction_of_another_doors_visit_is_refused(world: World) -> None:
    assignment = world.assign()
    other = world.visit(assignment, 2)
    for unknown in (other, new_id()):
        with pytest.raises(actions.NothingToCorrect):
            world.visit(assignment, 1, supersedes_id=unknown)


def test_a_door_of_another_turf_does_not_exist_here(make_world: Callable[..., World]) -> None:
    world = make_world(doors=30, minutes=15)
    assignment = world.assign()
    elsewhere = world.turfs[1].door_ids[0]
    with pytest.raises(NotFound):
        world.visit(assignment, 1, door_id=elsewhere)


@pytest.mark.parametrize("who", ["stranger", "other_coordinator"])
def test_outsiders_record_nothing(world: World, who: str) -> None:
    assignment = world.assign()
    with pytest.raises(NotFound):
        world.visit(assignment, 1, by_id=getattr(world.cast, who))
    assert not Visit.objects.exists()


def test_late_visits_count(world: World) -> None:
    assignment = world.assign()
    world.visit(assignment, 1, received_at=SATURDAY + timedelta(days=3))
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY + timedelta(days=3))
    world.visit(assignment, 2, received_at=SATURDAY + timedelta(days=4))
    assert api.coverage(canvass_id=world.canvass).total.done == 2


def test_both_clocks_are_kept_and_the_servers_decides(world: World) -> None:
    assignment = world.assign()
    world.visit(assignment, 1, Outcome.TALKED, at=SATURDAY + timedelta(days=300))
    world.visit(assignment, 1, Outcome.REFUSED, received_at=SATURDAY + timedelta(minutes=1))
    assert outcomes(world) == {world.turf.door_ids[0]: Outcome.REFUSED}


def test_do_not_come_back_binds_the_address_for_two_years_without_a_name(world: World) -> None:
    visit = world.visit(world.assign(), 1, Outcome.DO_NOT_COME_BACK)
    wish = AddressWish.objects.get()
    assert wish.until == SATURDAY + timedelta(days=730)
    assert wish.visit_id == visit
    assert not [field for field in AddressWish._meta.get_fields() if field.is_relation]


def test_correcting_the_wish_takes_it_back(world: World) -> None:
    assignment = world.assign()
    visit = world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK)
    world.visit(assignment, 1, Outcome.NOBODY, supersedes_id=visit)
    assert not AddressWish.objects.exists()


def test_another_visit_does_not_take_a_wish_back(world: World) -> None:
    assignment = world.assign()
    first = world.visit(assignment, 1, Outcome.NOBODY)
    world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK)
    world.visit(assignment, 1, Outcome.TALKED, supersedes_id=first)
    assert AddressWish.objects.count() == 1


def test_a_wish_heard_again_is_prolonged(world: World) -> None:
    assignment = world.assign()
    world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK)
    later = SATURDAY + timedelta(days=10)
    world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK, received_at=later)
    wish = AddressWish.objects.get()
    assert (wish.since, wish.until) == (SATURDAY, later + timedelta(days=730))


def test_a_repeat_of_a_corrected_wish_does_not_bring_it_back(world: World) -> None:
    assignment = world.assign()
    visit = world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK)
    world.visit(assignment, 1, Outcome.NOBODY, supersedes_id=visit)
    late = SATURDAY + timedelta(minutes=9)
    world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK, visit_id=visit, received_at=late)
    assert not AddressWish.objects.exists()


def test_the_audit_trail_does_not_remember_who_visited(world: World) -> None:
    assignment = world.assign()
    before = AuditLine.objects.count()
    world.visit(assignment, 1)
    assert AuditLine.objects.count() == before


def test_the_purge_forgets_the_volunteer_and_the_expired_wish(world: World) -> None:
    assignment = world.assign()
    world.visit(assignment, 1, Outcome.DO_NOT_COME_BACK)
    world.visit(assignment, 2, received_at=SATURDAY + timedelta(days=20))
    assert (
        api.purge(at=SATURDAY + timedelta(days=31)).items()
        >= {"field.LogEntry": 1, "field.AddressWish": 0}.items()
    )
    assert list(LogEntry.objects.values_list("by_id", flat=True)) == [None, world.cast.teammate]
    assert (
        api.purge(at=SATURDAY + timedelta(days=730)).items()
        >= {"field.LogEntry": 1, "field.AddressWish": 1}.items()
    )
    assert api.coverage(canvass_id=world.canvass).total.done == 2


def test_a_person_reads_what_is_still_known_of_him(world: World) -> None:
    world.visit(world.assign(), 1)
    [line] = api.export_person(person_id=world.cast.teammate)["field"]
    assert line["outcome"] == "talked"
    kinds = [line["what"] for line in api.export_person(person_id=world.cast.owner)["field"]]
    assert kinds == ["turf given to a team", "canvass created"]
    api.purge(at=SATURDAY + timedelta(days=31))
    assert api.export_person(person_id=world.cast.teammate) == {"field": []}


def test_erasing_the_volunteer_keeps_the_outcome(world: World) -> None:
    from amiral.rooms.people.models import Person

    world.visit(world.assign(), 1)
    mobilisation.cancel_sign_up(person_id=world.cast.teammate, shift_id=world.shift, at=NOON)
    Person.objects.filter(pk=world.cast.teammate).delete()
    assert LogEntry.objects.get().by_id is None
    assert api.coverage(canvass_id=world.canvass).total.done == 1


taps = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(Outcome), st.integers(0, 4), st.booleans()), max_size=12
)


@given(taps, st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_again_the_log_is_the_set_of_what_was_accepted(
    world: World, sent: list[tuple[int, Outcome, int, bool]], data: st.DataObject
) -> None:
    """Five ids, three doors, any repeats: the first content of an id wins, and nothing is ever lost."""
    Visit.objects.all().delete()
    LogEntry.objects.all().delete()
    AddressWish.objects.all().delete()
    assignment = world.assign()
    ids = [UUID(int=i + 1) for i in range(5)]
    accepted: dict[UUID, tuple[UUID, str, UUID | None]] = {}
    again = data.draw(st.permutations(sent)) if sent else []
    for position, outcome, slot, corrects in [*sent, *again]:
        door, visit = world.turf.door_ids[position - 1], ids[slot]
        earlier = [i for i, content in accepted.items() if content[0] == door and i != visit]
        content = (door, str(outcome), max(earlier) if corrects and earlier else None)
        try:
            world.visit(assignment, position, outcome, visit_id=visit, supersedes_id=content[2])
        except actions.VisitTaken:
            assert accepted[visit] != content
        else:
            assert accepted.setdefault(visit, content) == content
    rows = LogEntry.objects.values_list("pk", "door", "content", "undoes")
    log = {pk: (door, json.loads(content)["outcome"], old) for pk, door, content, old in rows}
    assert log == accepted
    corrected = {old for _door, _outcome, old in accepted.values()}
    assert {visit.pk for visit in Visit.objects.all()} == accepted.keys() - corrected
