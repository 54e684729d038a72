"""The waiting list as people live it: offers, letters, requests, who was there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import attending, lead, places
from amiral.rooms.mobilisation.actions.rules import TooManyKept, set_rules
from amiral.rooms.mobilisation.actions.seating import NotPossibleNow
from amiral.rooms.mobilisation.contracts import Role, ShiftRules, SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.mobilisation.queries import place_links, seats
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api as people
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, make_world, shift

LATE = datetime(2027, 3, 4, 22, 47, tzinfo=UTC)
"""Thursday, 23:47 in Paris."""


def full(cast: Cast, **rules: Any) -> World:
    """Two places, taken by the owner and the coordinator; the team-mate and the stranger wait."""
    world = make_world(cast, capacity=2)
    if rules:
        set_rules(by_id=cast.owner, shift_id=world.saturday, rules=ShiftRules(**rules), at=NOON)
    for person in (cast.owner, cast.coordinator, cast.teammate, cast.stranger):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    return world


def state(world: World, person: UUID) -> str:
    return SignUp.objects.get(shift=world.saturday, person=person).state


def test_a_place_freed_at_2347_is_offered_at_2347(cast: Cast) -> None:
    world = full(cast)
    with time_machine.travel(LATE, tick=False):
        api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=LATE)
    row = SignUp.objects.get(person=cast.teammate, shift=world.saturday)
    assert (row.state, row.changed_at) == (SignUpState.OFFERED, LATE)
    assert state(world, cast.stranger) == SignUpState.WAITING
    letter = Message.objects.get(person=cast.teammate)
    assert letter.subject.startswith("Une place s’est libérée")
    for gesture in ("accepter", "decliner"):
        path = place_links.place_path(sign_up_id=row.pk, tap=place_links.Tap(gesture))
        assert path in letter.body
    assert "vendredi 5 mars" in letter.body


def test_an_offer_that_nobody_answers_falls_to_the_next(cast: Cast) -> None:
    world = full(cast, offer_minutes=60)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON)
    assert api.settle_due(at=NOON + timedelta(minutes=59)) == 0
    assert api.settle_due(at=NOON + timedelta(minutes=60)) == 1
    assert state(world, cast.teammate) == SignUpState.EXPIRED
    assert state(world, cast.stranger) == SignUpState.OFFERED
    subjects = set(Message.objects.filter(person=cast.teammate).values_list("subject", flat=True))
    assert any(subject.startswith("L’offre a expiré") for subject in subjects)
    assert not api.still_wanted(
        kind="offer", subject_id=SignUp.objects.get(person=cast.teammate).pk, person_id=None
    )
    assert api.still_wanted(kind="tour", subject_id=world.saturday, person_id=None) is None


def test_an_offer_that_is_over_is_refused_though_no_worker_came_by(cast: Cast) -> None:
    world = full(cast, offer_minutes=60)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON)
    late = NOON + timedelta(minutes=61)
    with pytest.raises(NotPossibleNow):
        api.accept_offer(person_id=cast.teammate, shift_id=world.saturday, at=late)
    # The refused gesture has passed the place on all the same.
    assert state(world, cast.stranger) == SignUpState.OFFERED
    api.accept_offer(person_id=cast.stranger, shift_id=world.saturday, at=late)
    assert api.is_in_team(person_id=cast.stranger, shift_id=world.saturday)


def test_near_the_start_an_offer_stands_for_a_quarter_of_the_time_left(cast: Cast) -> None:
    world = full(cast)
    at = SATURDAY - timedelta(hours=4)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=at)
    row = SignUp.objects.get(person=cast.teammate, shift=world.saturday)
    assert row.until == at + timedelta(hours=1)


def test_who_declines_lets_the_next_in_at_once(cast: Cast) -> None:
    world = full(cast)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON)
    api.decline_offer(person_id=cast.teammate, shift_id=world.saturday, at=NOON)
    assert state(world, cast.stranger) == SignUpState.OFFERED


def test_more_places_are_offered_to_those_who_wait(cast: Cast) -> None:
    world = full(cast)
    lead.change_shift(by_id=cast.owner, shift_id=world.saturday, shift=shift(capacity=3), at=NOON)
    assert state(world, cast.teammate) == SignUpState.OFFERED
    assert state(world, cast.stranger) == SignUpState.WAITING


def test_erasing_somebody_offers_the_place(cast: Cast) -> None:
    world = full(cast)
    api.erase_person(person_id=cast.coordinator)
    assert state(world, cast.teammate) == SignUpState.OFFERED


def test_a_shift_that_is_called_off_is_told_to_those_who_wait(cast: Cast) -> None:
    world = full(cast)
    assert api.cancel_action(by_id=cast.owner, action_id=world.action, at=NOON) == 4
    api.settle_due(at=SATURDAY)
    assert Shift.objects.get(pk=world.saturday).due_at is None


def test_places_kept_for_a_driver_until_an_hour(cast: Cast) -> None:
    until = NOON + timedelta(hours=5)
    world = make_world(cast, capacity=2)
    rules = ShiftRules(least={Role.DRIVER: 1}, kept_until=until)
    set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    for person in (cast.owner, cast.teammate):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    assert state(world, cast.teammate) == SignUpState.WAITING
    assert api.settle_due(at=until) == 1
    assert state(world, cast.teammate) == SignUpState.OFFERED


def test_newcomers_are_never_alone(cast: Cast) -> None:
    world = make_world(cast)
    rules = ShiftRules(newcomers_each=1)
    set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    mine = {"shift_id": world.saturday, "at": NOON, "silent": True}
    assert api.sign_up(person_id=cast.teammate, role=Role.NEWCOMER, **mine) == SignUpState.WAITING
    api.sign_up(person_id=cast.owner, role=Role.LEAD, **mine)
    assert state(world, cast.teammate) == SignUpState.OFFERED
    api.accept_offer(person_id=cast.teammate, **mine)
    assert api.sign_up(person_id=cast.stranger, role=Role.NEWCOMER, **mine) == SignUpState.WAITING
    # When the lead goes, those who lead the action are shown that somebody would be alone.
    api.cancel_sign_up(person_id=cast.owner, **mine)
    row = Shift.objects.select_related("action").get(pk=world.saturday)
    assert seats.sign_up_list(shift=row, at=NOON).alone


def test_rules_that_cannot_be_kept_are_refused(cast: Cast) -> None:
    world = make_world(cast, capacity=2)
    rules = ShiftRules(least={Role.DRIVER: 3})
    with pytest.raises(TooManyKept):
        set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    for wrong in ({"offer_minutes": 0}, {"newcomers_each": 0}, {"most": {Role.DRIVER: -1}}):
        with pytest.raises(ValueError, match=r"newcomers|minute"):
            ShiftRules(**wrong)
    with pytest.raises(places.PartyTooLarge):
        api.sign_up(person_id=cast.teammate, shift_id=world.saturday, at=NOON, party=3)
    rules = ShiftRules(most={Role.NEWCOMER: 0}, closes_at=NOON + timedelta(hours=1))
    set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    with pytest.raises(places.RoleNotTaken):
        api.sign_up(person_id=cast.teammate, shift_id=world.saturday, at=NOON, role=Role.NEWCOMER)
    with pytest.raises(places.SigningUpOver):
        api.sign_up(person_id=cast.teammate, shift_id=world.saturday, at=NOON + timedelta(hours=1))


def test_those_who_lead_answer_requests(cast: Cast) -> None:
    world = full(cast, approval=True)
    first, second = (
        SignUp.objects.get(shift=world.saturday, person=person) for person in (cast.teammate, cast.stranger)
    )
    assert Shift.objects.get(pk=world.saturday).taken == 0
    with pytest.raises(NotFound):
        api.approve(by_id=cast.stranger, sign_up_id=second.pk, at=NOON)
    assert api.approve(by_id=cast.owner, sign_up_id=first.pk, at=NOON) == SignUpState.CONFIRMED
    api.refuse(by_id=cast.owner, sign_up_id=second.pk, at=NOON)
    with pytest.raises(NotPossibleNow):
        api.approve(by_id=cast.owner, sign_up_id=second.pk, at=NOON)
    assert state(world, cast.stranger) == SignUpState.REFUSED
    subjects = list(Message.objects.order_by("created_at", "pk").values_list("subject", flat=True))
    assert [subject.partition("\u00a0:")[0] for subject in subjects] == ["Votre place", "Pas cette fois"]


def test_who_was_there_is_said_from_the_start_on_and_can_be_said_again(cast: Cast) -> None:
    world = full(cast)
    row = SignUp.objects.get(shift=world.saturday, person=cast.owner)
    with pytest.raises(attending.NotBegun):
        api.mark_attendance(by_id=cast.owner, sign_up_id=row.pk, attended=True, at=NOON)
    api.mark_attendance(by_id=cast.owner, sign_up_id=row.pk, attended=False, at=SATURDAY)
    assert cast.owner not in api.team_of_shift(shift_id=world.saturday)
    api.mark_attendance(by_id=cast.owner, sign_up_id=row.pk, attended=True, at=SATURDAY)
    assert attending.mark_the_rest(by_id=cast.owner, shift_id=world.saturday, at=SATURDAY) == 1
    assert state(world, cast.coordinator) == SignUpState.ATTENDED
    assert set(api.team_of_shift(shift_id=world.saturday)) == {cast.owner, cast.coordinator}
    assert Shift.objects.get(pk=world.saturday).taken == 2


def test_a_party_comes_whole_and_is_counted_whole(cast: Cast) -> None:
    world = make_world(cast, capacity=3)
    mine = {"shift_id": world.saturday, "at": NOON, "silent": True}
    assert api.sign_up(person_id=cast.owner, party=2, **mine) == SignUpState.CONFIRMED
    assert api.sign_up(person_id=cast.teammate, party=2, **mine) == SignUpState.WAITING
    assert api.sign_up(person_id=cast.stranger, **mine) == SignUpState.CONFIRMED
    row = Shift.objects.get(pk=world.saturday)
    assert (row.taken, row.waiting) == (3, 2)


def test_every_letter_exists_in_english_too(cast: Cast) -> None:
    from amiral.rooms.people.models import Person

    person = make_person("Alice")
    Person.objects.filter(pk=person).update(language="en")
    world = full(cast, offer_minutes=60)
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    for other in (cast.teammate, cast.stranger, cast.owner):
        api.cancel_sign_up(person_id=other, shift_id=world.saturday, at=NOON)
    api.settle_due(at=NOON + timedelta(hours=1))
    subjects = (
        Message.objects.filter(person=person).order_by("created_at", "pk").values_list("subject", flat=True)
    )
    assert [subject.partition(":")[0] for subject in subjects] == [
        "Waiting list",
        "A place is free",
        "The offer is over",
    ]


# Pages of those who lead ---------------------------------------------------------------------------
def test_the_list_tells_rank_role_party_and_state(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=2)
    mine: dict[str, Any] = {"shift_id": world.saturday, "at": NOON, "silent": True}
    api.sign_up(person_id=cast.owner, role=Role.LEAD, party=2, **mine)
    api.sign_up(person_id=cast.teammate, role=Role.DRIVER, **mine)
    page = sign_in(cast.owner).get(f"/actions/creneaux/{world.saturday}/inscriptions/").content.decode()
    assert page.index("chef d’équipe") < page.index("conducteur")
    assert "Sur la liste d’attente" in page
    with time_machine.travel(SATURDAY, tick=False):
        browser = sign_in(cast.owner)
        page = browser.get(f"/actions/creneaux/{world.saturday}/inscriptions/").content.decode()
        assert "Tous les autres étaient là" in page
        browser.post(f"/actions/creneaux/{world.saturday}/presents/")
    assert state(world, cast.owner) == SignUpState.ATTENDED
    assert state(world, cast.teammate) == SignUpState.WAITING


def test_the_rules_are_kept_shown_again_and_refused_beside_their_field(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=4)
    browser, there = sign_in(cast.owner), f"/actions/creneaux/{world.saturday}/regles/"
    typed = {"closes_h": "2", "offer_h": "1,5", "least_driver": "1", "kept_h": "24", "newcomers_each": "2"}
    assert browser.post(there, typed).status_code == 302
    rules = api.shift(shift_id=world.saturday).rules
    assert (rules.offer_minutes, rules.least, rules.newcomers_each) == (90, {Role.DRIVER: 1}, 2)
    assert rules.closes_at == SATURDAY - timedelta(hours=2)
    assert rules.kept_until == SATURDAY - timedelta(hours=24)
    page = browser.get(there).content.decode()
    for value in ('value="2"', 'value="1,5"', 'value="24"'):
        assert value in page
    for wrong in ({"offer_h": ""}, {"offer_h": "x"}, {"least_driver": "9"}, {"most_driver": "0"}):
        assert browser.post(there, typed | wrong).status_code == 422
    # Another hour takes the rules along; fewer places than are kept are refused.
    lead.change_shift(
        by_id=cast.owner, shift_id=world.saturday, shift=shift(days=1 / 24, capacity=4), at=NOON
    )
    assert api.shift(shift_id=world.saturday).rules == rules.moved(timedelta(hours=1))
    rules = ShiftRules(least={Role.DRIVER: 3})
    set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    with pytest.raises(TooManyKept):
        lead.change_shift(by_id=cast.owner, shift_id=world.saturday, shift=shift(capacity=2), at=NOON)


def test_the_list_costs_as_many_queries_for_two_as_for_twenty(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    world = make_world(cast, capacity=3)
    browser, there = sign_in(cast.owner), f"/actions/creneaux/{world.saturday}/inscriptions/"
    for more in (2, 18):
        for number in range(more):
            person = make_person(f"Inscrit{more}{number}")
            api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
        with django_assert_max_num_queries(14):
            assert browser.get(there).status_code == 200


def test_two_places_of_one_person_become_one_and_the_other_is_offered(cast: Cast) -> None:
    world = make_world(cast, capacity=2)
    kept, absorbed = make_person("Une"), make_person("Autre")
    mine: dict[str, Any] = {"shift_id": world.saturday, "at": NOON, "silent": True}
    for person in (kept, absorbed, cast.teammate):
        api.sign_up(person_id=person, **mine)
    merge_id = people.merge(by_id=cast.administrator, kept_id=kept, absorbed_id=absorbed, silent=True)
    assert state(world, cast.teammate) == SignUpState.OFFERED
    api.accept_offer(person_id=cast.teammate, **mine)
    # The way back: the place has gone, so whoever came second is signed off, and nobody is one too many.
    people.undo_merge(by_id=cast.administrator, merge_id=merge_id)
    assert state(world, absorbed) == SignUpState.CANCELLED
    row = Shift.objects.get(pk=world.saturday)
    assert (row.taken, row.offered, row.waiting) == (2, 0, 0)
