"""Safety of canvassers: pairs, who is out, calls for help, what to mind at addresses. Verbs and laws."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.field import api
from amiral.rooms.field.actions import cautions, helping, pairing, presence, settings, watching
from amiral.rooms.field.contracts import Caller, CautionCode, Outcome, Told
from amiral.rooms.field.models import (
    AddressWish,
    Assignment,
    Caution,
    Door,
    HelpCall,
    LeaderPhone,
    Pair,
    PairMember,
    Presence,
)
from amiral.rooms.field.queries import teams, walking
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api as people
from tests.conftest import NOON, make_person
from tests.rooms.field.conftest import SATURDAY, World, address_lines

pytestmark = pytest.mark.django_db
ENDS = SATURDAY + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


@given(st.lists(st.uuids(), unique=True, max_size=40))
def test_everybody_is_in_one_pair_and_nobody_alone(ids: list[UUID]) -> None:
    pairs = teams.in_pairs(ids)
    assert [one for pair in pairs for one in pair] == ids
    sizes = [len(pair) for pair in pairs]
    assert set(sizes) <= ({1} if len(ids) == 1 else {2, 3})
    assert sizes.count(3) == (1 if len(ids) > 1 and len(ids) % 2 else 0)


def sign_up(world: World, *names: str) -> list[UUID]:
    ids = [make_person(name) for name in names]
    for one in ids:
        mobilisation.sign_up(person_id=one, shift_id=world.shift, at=NOON)
    return ids


def shape(world: World) -> list[set[UUID]]:
    return [set(pair.person_ids) for pair in teams.together(shift_id=world.shift) if pair.person_ids]


def arrange(world: World, numbers: dict[UUID, int], **fields: Any) -> None:
    values: dict[str, Any] = {"by_id": world.cast.owner, "walks": {}, "at": NOON} | fields
    pairing.arrange_pairs(shift_id=world.shift, numbers=numbers, **values)


def test_pairs_are_there_without_a_gesture(world: World) -> None:
    assert shape(world) == [{world.cast.teammate}]  # alone: nobody else has signed up
    first, second = sign_up(world, "Un", "Deux")
    assert shape(world) == [{world.cast.teammate, first, second}]
    assert not Pair.objects.exists()


def test_a_latecomer_joins_and_a_widow_is_paired_anew(world: World) -> None:
    one, two, three = sign_up(world, "Un", "Deux", "Trois")
    mate = world.cast.teammate
    arrange(world, {mate: 1, three: 1, one: 2, two: 2})
    assert shape(world) == [{mate, three}, {one, two}]
    assert mobilisation.cancel_sign_up(person_id=two, shift_id=world.shift, at=NOON)
    assert shape(world) == [{mate, three, one}]
    (late,) = sign_up(world, "Tard")
    assert shape(world) == [{mate, three}, {one, late}]


def test_who_is_put_alone_on_purpose_stays_alone(world: World) -> None:
    one, two = sign_up(world, "Un", "Deux")
    arrange(world, {one: 1, world.cast.teammate: 2, two: 2})
    assert shape(world) == [{one}, {world.cast.teammate, two}]


def test_only_the_team_and_its_leaders_arrange_and_only_the_team(world: World) -> None:
    mate = world.cast.teammate
    arrange(world, {mate: 1}, by_id=mate)
    for who in (world.cast.stranger, world.cast.other_coordinator):
        with pytest.raises(NotFound):
            arrange(world, {mate: 1}, by_id=who)
    for numbers in ({world.cast.stranger: 1}, {mate: 2}, {mate: 0}):
        with pytest.raises(pairing.NotOfThisTeam):
            arrange(world, numbers)
    with pytest.raises(pairing.NotOfThisTeam):
        arrange(world, {mate: 1}, walks={1: uuid4()})


def test_a_pair_has_its_walk(world: World) -> None:
    held = world.assign()
    arrange(world, {world.cast.teammate: 1}, walks={1: held.id})
    assert [pair.assignment_id for pair in teams.together(shift_id=world.shift)] == [held.id]


def caller(world: World, person: UUID | None = None) -> Caller:
    return Caller(shift_id=world.shift, person_id=person or world.cast.teammate)


def phone(world: World) -> Caller:
    return Caller(shift_id=world.shift, device_id=uuid4())


def out(world: World) -> int:
    return Presence.objects.filter(out_at__isnull=True).count()


def test_going_out_and_coming_back_count_once(world: World) -> None:
    gesture, back = new_id(), new_id()
    for _ in range(2):
        presence.go_out(caller=caller(world), gesture_id=gesture, at=SATURDAY)
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    assert (Presence.objects.count(), out(world)) == (1, 1)
    for _ in range(2):
        presence.come_back(caller=caller(world), gesture_id=back, at=SATURDAY + MINUTE)
    assert out(world) == 0
    # An old "out" and an old "in" that come again change nothing.
    presence.go_out(caller=caller(world), gesture_id=gesture, at=SATURDAY + 2 * MINUTE)
    assert out(world) == 0
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY + 3 * MINUTE)
    presence.come_back(caller=caller(world), gesture_id=back, at=SATURDAY + 4 * MINUTE)
    assert out(world) == 1


def test_a_pair_goes_out_by_one_tap(world: World) -> None:
    one, two = sign_up(world, "Un", "Deux")
    gesture = new_id()
    for _ in range(2):
        presence.go_out(caller=caller(world, one), gesture_id=gesture, at=SATURDAY, with_pair=True)
    assert set(Presence.objects.values_list("person_id", flat=True)) == {world.cast.teammate, one, two}
    presence.come_back(caller=caller(world, two), gesture_id=new_id(), at=SATURDAY, with_pair=True)
    assert out(world) == 0


def test_a_phone_without_an_account_counts_too(world: World) -> None:
    one, other = phone(world), phone(world)
    for who in (one, other):
        presence.go_out(caller=who, gesture_id=new_id(), at=SATURDAY, with_pair=True)
    assert out(world) == 2
    presence.come_back(caller=one, gesture_id=new_id(), at=SATURDAY)
    assert out(world) == 1


@pytest.mark.parametrize("at", [SATURDAY - timedelta(hours=3), ENDS + timedelta(hours=12)])
def test_one_goes_out_around_the_shift(world: World, at: Any) -> None:
    with pytest.raises(presence.NotNow):
        presence.go_out(caller=caller(world), gesture_id=new_id(), at=at)


def test_what_is_told_is_a_number_and_by_choice(world: World) -> None:
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    row = Presence.objects.get()
    assert (row.turf_number, row.door_number) == (None, None)
    presence.tell_place(caller=caller(world), told=Told(turf_number=2, door_number=17))
    row.refresh_from_db()
    assert (row.turf_number, row.door_number) == (2, 17)
    floats = {field.name for field in Presence._meta.concrete_fields if "Float" in type(field).__name__}
    assert not floats, "no position is stored"


def keys() -> list[str]:
    return sorted(
        Message.objects.values_list("idempotency_key", flat=True).filter(
            idempotency_key__regex="^(still-out|not-back|help)"
        )
    )


def test_who_is_not_back_is_asked_then_the_leader_is(world: World) -> None:
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    row = Presence.objects.get()
    watching.watch(at=ENDS + 29 * MINUTE)
    assert keys() == []
    for _ in range(3):
        watching.watch(at=ENDS + 30 * MINUTE)
    assert keys() == [f"still-out:{row.pk}"]
    watching.watch(at=ENDS + 44 * MINUTE)
    assert len(keys()) == 1
    for _ in range(3):
        watching.watch(at=ENDS + 45 * MINUTE)
    assert keys() == [f"not-back:{row.pk}:{world.cast.owner}", f"still-out:{row.pk}"]


def test_who_came_back_is_not_asked(world: World) -> None:
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    watching.watch(at=ENDS + 30 * MINUTE)
    presence.come_back(caller=caller(world), gesture_id=new_id(), at=ENDS + 31 * MINUTE)
    watching.watch(at=ENDS + 60 * MINUTE)
    assert len(keys()) == 1


def test_for_a_phone_that_cannot_be_written_to_the_leader_is_told_at_once(world: World) -> None:
    presence.go_out(caller=phone(world), gesture_id=new_id(), at=SATURDAY)
    watching.watch(at=ENDS + 30 * MINUTE)
    assert [key.split(":")[0] for key in keys()] == ["not-back"]


def test_a_leader_who_is_out_himself_is_asked_after_by_the_next(world: World) -> None:
    presence.go_out(caller=caller(world, world.cast.owner), gesture_id=new_id(), at=SATURDAY)
    watching.watch(at=ENDS + 30 * MINUTE)
    watching.watch(at=ENDS + 45 * MINUTE)
    assert keys()[0].endswith(str(world.cast.coordinator))


def call(world: World, at: Any = SATURDAY, *, who: Caller | None = None, **told: int) -> UUID:
    return helping.call_for_help(caller=who or caller(world), call_id=new_id(), at=at, told=Told(**told))


def told_ids(step: int) -> set[str]:
    return {key.rsplit(":", 1)[1] for key in keys() if key.split(":")[2:3] == [str(step)]}


def test_a_call_reaches_the_leader_and_the_partner_at_once(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    (partner,) = sign_up(world, "Binome")
    with django_capture_on_commit_callbacks(execute=True):
        call(world, turf_number=3, door_number=12)
    assert told_ids(0) == {str(world.cast.owner), str(partner)}
    (letter,) = [one for one in mail.outbox if one.to == ["owner@example.org"] and "Teammate" in one.subject]
    for words in ("Teammate", "3", "12", "/terrain/aide/"):
        assert words in letter.body
    assert AuditLine.objects.filter(verb="call-help", actor_id=world.cast.teammate).count() == 1


def test_a_call_climbs_until_somebody_answers(world: World) -> None:
    call(world)
    watching.watch(at=SATURDAY + 4 * MINUTE)
    assert told_ids(1) == set()
    for _ in range(2):
        watching.watch(at=SATURDAY + 5 * MINUTE)
    assert told_ids(1) == {str(world.cast.coordinator)}
    watching.watch(at=SATURDAY + 10 * MINUTE)
    assert told_ids(2) == {str(world.cast.administrator)}
    watching.watch(at=SATURDAY + 15 * MINUTE)
    assert told_ids(3) == {str(world.cast.owner), str(world.cast.coordinator), str(world.cast.administrator)}
    helping.answer_call(
        by_id=world.cast.coordinator, call_id=HelpCall.objects.get().pk, at=SATURDAY + 16 * MINUTE
    )
    before = keys()
    watching.watch(at=SATURDAY + 60 * MINUTE)
    assert keys() == before
    assert HelpCall.objects.get().answered_by_id == world.cast.coordinator


def test_messages_stop_after_an_hour_but_the_call_stays_open(world: World) -> None:
    call(world)
    for minute in range(5, 200, 5):
        watching.watch(at=SATURDAY + minute * MINUTE)
    assert HelpCall.objects.get().step == 12
    assert HelpCall.objects.get().ended_at is None


def test_a_call_is_heard_however_often_and_floods_nobody(world: World) -> None:
    first = call(world)
    for second in range(50):
        assert call(world, SATURDAY + timedelta(seconds=second)) == first
    assert HelpCall.objects.count() == 1
    assert len(told_ids(0)) == 1
    call(world, SATURDAY + 2 * MINUTE)
    assert HelpCall.objects.get().step == 2
    # Sent twice, it is one call; ended, another one is another.
    assert helping.call_for_help(caller=caller(world), call_id=first, at=SATURDAY + 3 * MINUTE) == first
    helping.end_my_calls(caller=caller(world), at=SATURDAY + 4 * MINUTE)
    assert helping.call_for_help(caller=caller(world), call_id=first, at=SATURDAY + 5 * MINUTE) == first
    assert call(world, SATURDAY + 6 * MINUTE) != first


def test_pressing_again_after_an_answer_calls_again(world: World) -> None:
    id_ = call(world)
    helping.answer_call(by_id=world.cast.owner, call_id=id_, at=SATURDAY + MINUTE)
    call(world, SATURDAY + 2 * MINUTE, door_number=4)
    row = HelpCall.objects.get()
    assert (row.answered_at, row.door_number, row.step) == (None, 4, 2)


def test_somebody_elses_id_is_no_call(world: World) -> None:
    (one,) = sign_up(world, "Un")
    id_ = call(world, who=caller(world, one))
    with pytest.raises(NotFound):
        helping.call_for_help(caller=caller(world), call_id=id_, at=SATURDAY)


@pytest.mark.parametrize("who", ["teammate", "stranger", "other_coordinator"])
def test_only_leaders_answer(world: World, who: str) -> None:
    id_ = call(world)
    with pytest.raises(NotFound):
        helping.answer_call(by_id=getattr(world.cast, who), call_id=id_, at=SATURDAY)
    assert HelpCall.objects.get().answered_at is None


def test_the_first_of_two_leaders_answers(world: World) -> None:
    id_ = call(world)
    for who in (world.cast.owner, world.cast.coordinator):
        helping.answer_call(by_id=who, call_id=id_, at=SATURDAY)
    assert HelpCall.objects.get().answered_by_id == world.cast.owner


def test_a_leader_in_need_is_told_to_the_next(world: World) -> None:
    call(world, who=caller(world, world.cast.owner))
    assert told_ids(0) == {str(world.cast.coordinator)}


def test_those_who_were_told_are_told_that_it_is_over(world: World) -> None:
    id_ = call(world)
    for _ in range(2):
        helping.end_my_calls(caller=caller(world), at=SATURDAY + MINUTE)
    assert [key for key in keys() if key.startswith("help-over")] == [f"help-over:{id_}:{world.cast.owner}"]


def test_days_before_nobody_watches(world: World) -> None:
    with pytest.raises(helping.NotOurShift):
        call(world, NOON)
    assert not HelpCall.objects.exists()


def test_a_leader_without_a_mailbox_keeps_nobody_from_being_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = people.address_of

    def address(*, person_id: UUID) -> str:
        if person_id == world.cast.owner:
            raise NotFound
        return real(person_id=person_id)

    (partner,) = sign_up(world, "Binome")
    monkeypatch.setattr(people, "address_of", address)
    call(world)
    assert told_ids(0) == {str(partner)}


def test_a_leaders_number_is_his_choice_and_leaves_a_receipt(world: World) -> None:
    from amiral.rooms.field.access import access_team_by_shift_id
    from amiral.rooms.people.models import Disclosure

    team = access_team_by_shift_id(person_id=world.cast.teammate, shift_id=world.shift, at=SATURDAY)

    def seen(at: Any = SATURDAY) -> list[str]:
        shown = settings.see_leader_phones(team=team, person_id=world.cast.teammate, at=at)
        return [one.value for one in shown.values()]

    with pytest.raises(settings.NoNumber):
        settings.set_leader_phone(by_id=world.cast.owner, shift_id=world.shift, shows=True, at=SATURDAY)
    people.set_phone(person_id=world.cast.owner, typed="06 12 34 56 78")
    assert seen() == []
    for _ in range(2):
        settings.set_leader_phone(by_id=world.cast.owner, shift_id=world.shift, shows=True, at=SATURDAY)
    assert seen() == ["+33612345678"]
    assert seen(NOON) == []  # three days before
    receipt = Disclosure.objects.get()
    assert (receipt.person_id, receipt.viewer_id, receipt.reason) == (
        world.cast.owner,
        world.cast.teammate,
        "team",
    )
    settings.set_leader_phone(by_id=world.cast.owner, shift_id=world.shift, shows=False, at=SATURDAY)
    assert seen() == []
    with pytest.raises(NotFound):
        settings.set_leader_phone(by_id=world.cast.teammate, shift_id=world.shift, shows=True, at=SATURDAY)


def flag(
    world: World, who: UUID | None = None, *, at: Any = SATURDAY, position: int = 1, **fields: Any
) -> bool:
    held = Assignment.objects.filter(ended_at__isnull=True).order_by("created_at", "pk").first()
    assert held
    door = Door.objects.get(turf=held.turf_id, position=position)
    values: dict[str, Any] = {"code": CautionCode.DOG} | fields
    return cautions.report_caution(
        by_id=who or world.cast.teammate, assignment_id=held.pk, door_id=door.pk, at=at, **values
    )


def shown(assignment_id: UUID, at: Any = SATURDAY) -> list[tuple[str, ...]]:
    row = Assignment.objects.select_related("turf__canvass").get(pk=assignment_id)
    return [door.caution for door in walking.walk_list(assignment=row, at=at).doors]


def test_a_report_waits_for_a_leader(world: World) -> None:
    held = world.assign()
    assert flag(world) is False
    assert shown(held.id)[0] == ()
    (row,) = Caution.objects.all()
    assert Message.objects.filter(idempotency_key=f"caution:{row.pk}:{world.cast.owner}").count() == 1
    for who in (world.cast.teammate, world.cast.stranger, world.cast.other_coordinator):
        with pytest.raises(NotFound):
            cautions.confirm_caution(by_id=who, canvass_id=world.canvass, caution_id=row.pk, at=SATURDAY)
    cautions.confirm_caution(by_id=world.cast.owner, canvass_id=world.canvass, caution_id=row.pk, at=SATURDAY)
    assert shown(held.id)[:2] == [(CautionCode.DOG,), ()]
    assert shown(held.id, SATURDAY + timedelta(days=366))[0] == ()
    # Said again by the team it neither lasts longer nor asks again.
    assert flag(world, at=SATURDAY + timedelta(days=9)) is True
    assert Caution.objects.get().until == row.until
    cautions.lift_caution(by_id=world.cast.owner, canvass_id=world.canvass, caution_id=row.pk)
    assert shown(held.id)[0] == ()
    assert AuditLine.objects.filter(verb="lift-caution").count() == 1


def test_a_leaders_word_counts_at_once_for_so_many_months(world: World) -> None:
    held = world.assign()
    assert flag(world, world.cast.owner, months=24, code=CautionCode.LIGHT) is True
    assert shown(held.id)[0] == (CautionCode.LIGHT,)
    assert Caution.objects.get().until <= SATURDAY + timedelta(days=730)
    for months in (0, 25):
        with pytest.raises(cautions.BadMonths):
            flag(world, world.cast.owner, months=months)


def second_canvass(world: World, import_addresses: Callable[..., UUID]) -> UUID:
    """The same street from another file, with other ids and another spelling; not planned yet."""
    lines = [line.replace("Rue de la Barre", "R. DE LA BARRE") for line in address_lines(6, prefix="z")]
    return api.create_canvass(
        by_id=world.cast.owner,
        group_id=world.cast.group,
        name="Autre fichier",
        kind=api.CanvassKind.DOOR_TO_DOOR,
        file_id=import_addresses(lines, name="autre"),
        minutes=60,
    )


def test_a_caution_crosses_canvasses_and_files(world: World, import_addresses: Callable[..., UUID]) -> None:
    world.assign()
    flag(world, world.cast.owner)
    label = Door.objects.get(turf=world.turf.id, position=1).number
    canvass = second_canvass(world, import_addresses)
    api.plan_now(canvass_id=canvass, at=NOON)
    (turf,) = api.turfs(canvass_id=canvass)
    other = api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=world.shift, at=NOON)
    row = Assignment.objects.select_related("turf__canvass").get(pk=other)
    found = {door.number: door.caution for door in walking.walk_list(assignment=row, at=SATURDAY).doors}
    assert found[label] == (CautionCode.DOG,)
    assert sum(map(bool, found.values())) == 1
    # Whoever manages a canvass that goes there may lift it.
    cautions.lift_caution(by_id=world.cast.owner, canvass_id=canvass, caution_id=Caution.objects.get().pk)


def test_do_not_come_back_crosses_canvasses_and_files_and_ends(
    world: World, import_addresses: Callable[..., UUID]
) -> None:
    held = world.assign()
    world.visit(held, 2, Outcome.DO_NOT_COME_BACK)
    number = Door.objects.get(turf=world.turf.id, position=2).number
    assert AddressWish.objects.get().address_key
    canvass = second_canvass(world, import_addresses)
    api.plan_now(canvass_id=canvass, at=SATURDAY)
    assert number not in set(Door.objects.filter(turf__canvass=canvass).values_list("number", flat=True))
    api.plan_now(canvass_id=canvass, at=SATURDAY + timedelta(days=731))
    assert number in set(Door.objects.filter(turf__canvass=canvass).values_list("number", flat=True))


def test_no_code_speaks_of_a_person() -> None:
    from amiral.rooms.field.queries.addresses import CAUTION_LABELS

    assert set(CAUTION_LABELS) == set(CautionCode)
    assert {code.value for code in CautionCode} == {
        "dog",
        "aggression",
        "building",
        "access",
        "light",
        "traffic",
    }


def test_everything_is_forgotten_in_time(world: World) -> None:
    held = world.assign()
    arrange(world, {world.cast.teammate: 1}, walks={1: held.id})
    presence.go_out(caller=caller(world), gesture_id=new_id(), at=SATURDAY)
    call(world)
    LeaderPhone.objects.create(action_id=world.action, person_id=world.cast.owner)
    flag(world)
    flag(world, world.cast.owner, position=2)
    early = api.purge(at=ENDS + timedelta(days=29))
    assert not any(early[f"field.{name}"] for name in ("Pair", "PairMember", "Presence", "LeaderPhone"))
    api.purge(at=ENDS + timedelta(days=33))
    for model in (Pair, PairMember, Presence, HelpCall, LeaderPhone):
        assert not model._default_manager.exists(), model
    # The report that nobody confirmed is gone; what was confirmed stays, without names, until its end.
    kept = Caution.objects.get()
    assert (kept.reported_by_id, kept.confirmed_by_id) == (None, None)
    api.purge(at=SATURDAY + timedelta(days=366))
    assert not Caution.objects.exists()


def test_who_is_erased_leaves_no_trace(world: World) -> None:
    from amiral.rooms.people.models import Person

    (one,) = sign_up(world, "Un")
    world.assign()
    arrange(world, {one: 1, world.cast.teammate: 1})
    presence.go_out(caller=caller(world, one), gesture_id=new_id(), at=SATURDAY)
    call(world, who=caller(world, one))
    flag(world, one)
    people_said = api.export_person(person_id=one)["field"]
    assert {row["what"] for row in people_said} >= {
        "pair",
        "out with a team",
        "call for help",
        "caution reported",
    }
    Person.objects.get(pk=one).delete()
    assert not Presence.objects.exists()
    assert not HelpCall.objects.exists()
    assert PairMember.objects.count() == 1
    assert Caution.objects.get().reported_by_id is None


def test_two_accounts_of_one_person_are_out_and_call_once(world: World) -> None:
    (other,) = sign_up(world, "Double")
    mate = world.cast.teammate
    arrange(world, {other: 1, mate: 1})
    for one in (mate, other):
        presence.go_out(caller=caller(world, one), gesture_id=new_id(), at=SATURDAY)
        call(world, who=caller(world, one))
    records = api.merge_person(kept_id=mate, absorbed_id=other, at=SATURDAY)
    assert (out(world), HelpCall.objects.count(), PairMember.objects.count()) == (1, 1, 1)
    api.unmerge_person(records=records)
    assert (out(world), HelpCall.objects.count(), PairMember.objects.count()) == (2, 2, 2)
