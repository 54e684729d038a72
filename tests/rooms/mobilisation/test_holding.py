"""Groups that hold an action together, delegates, copies and series."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from amiral.cores.recurrence import Every
from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import delegating, lead, series, together
from amiral.rooms.mobilisation.contracts import CoState, Kind, State
from amiral.rooms.mobilisation.models import Action, ActionGroup, ActionSeries, Shift, SignUp
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, make_world, shift

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def invite(world: World) -> UUID:
    return together.invite_group(
        by_id=world.cast.owner, action_id=world.action, group_id=world.cast.other_group, at=NOON
    )


def agendas(world: World) -> tuple[int, int]:
    groups = world.cast.group, world.cast.other_group
    return tuple(len(api.group_agenda(group_id=group, at=NOON)) for group in groups)  # type: ignore[return-value]


# Together ------------------------------------------------------------------------------------------
def test_an_action_stands_in_both_agendas_once_the_other_group_agrees(world: World) -> None:
    asked = invite(world)
    assert agendas(world) == (1, 0)
    together.answer_invitation(by_id=world.cast.other_coordinator, invitation_id=asked, accepts=True, at=NOON)
    assert agendas(world) == (1, 1)
    together.part_from_group(by_id=world.cast.other_coordinator, invitation_id=asked)
    assert agendas(world) == (1, 0)


def test_only_who_leads_the_invited_group_answers(world: World) -> None:
    asked = invite(world)
    for person in (world.cast.owner, world.cast.coordinator, world.cast.stranger, world.cast.teammate):
        with pytest.raises(NotFound):
            together.answer_invitation(by_id=person, invitation_id=asked, accepts=True, at=NOON)
    together.answer_invitation(by_id=world.cast.administrator, invitation_id=asked, accepts=False, at=NOON)
    with pytest.raises(together.AnsweredAlready):
        together.answer_invitation(by_id=world.cast.administrator, invitation_id=asked, accepts=True, at=NOON)
    assert agendas(world) == (1, 0)
    assert ActionGroup.objects.get(pk=invite(world)).state == CoState.INVITED


def test_a_group_is_asked_once_and_never_its_own(world: World) -> None:
    invite(world)
    with pytest.raises(together.AskedAlready):
        invite(world)
    with pytest.raises(together.OwnGroup):
        together.invite_group(
            by_id=world.cast.owner, action_id=world.action, group_id=world.cast.group, at=NOON
        )


def test_a_co_organiser_manages_nothing(world: World) -> None:
    together.answer_invitation(
        by_id=world.cast.other_coordinator, invitation_id=invite(world), accepts=True, at=NOON
    )
    assert not api.may_manage_action(person_id=world.cast.other_coordinator, action_id=world.action)


def test_leaders_of_the_invited_group_have_a_letter_in_their_language(cast: Cast) -> None:
    from tests.conftest import give_mandate

    leader = make_person("Anglophone", language="en")
    give_mandate(leader, "group-leader", scope_id=cast.other_group, scope_name="Dijon")
    invite(make_world(cast))
    letter = Message.objects.get(person=leader)
    assert letter.subject == "Invitation: Porte-à-porte à la Chanaye"
    assert "Mâcon invites Dijon" in letter.body


# Delegates -----------------------------------------------------------------------------------------
def lend(world: World) -> bool:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    return delegating.delegate_action(
        by_id=world.cast.owner, action_id=world.action, person_id=world.cast.teammate, at=NOON
    )


def test_a_delegate_leads_this_action_and_no_other(world: World) -> None:
    other = make_world(world.cast)
    assert lend(world)
    assert not lend(world)
    who = world.cast.teammate
    assert api.may_manage_action(person_id=who, action_id=world.action)
    assert not api.may_manage_action(person_id=who, action_id=other.action)
    lead.edit_action(by_id=who, action_id=world.action, draft=draft(title="Autre titre"), at=NOON)
    lead.add_shift(by_id=who, action_id=world.action, shift=shift(days=2), at=NOON)
    lead.cancel_shift(by_id=who, shift_id=world.sunday, at=NOON)
    with pytest.raises(NotFound):
        lead.cancel_shift(by_id=who, shift_id=other.sunday, at=NOON)


def test_what_a_delegate_may_not(world: World) -> None:
    lend(world)
    who, group = world.cast.teammate, world.cast.group
    with pytest.raises(NotFound):
        lead.cancel_action(by_id=who, action_id=world.action, at=NOON)
    with pytest.raises(NotFound):
        delegating.delegate_action(by_id=who, action_id=world.action, person_id=world.cast.owner, at=NOON)
    with pytest.raises(NotFound):
        together.invite_group(by_id=who, action_id=world.action, group_id=world.cast.other_group, at=NOON)
    with pytest.raises(NotFound):
        together.copy_action(by_id=who, action_id=world.action, group_id=group, day=date(2027, 4, 1), at=NOON)
    with pytest.raises(NotFound):
        weekly(world, by_id=who)


def test_only_those_whom_the_page_lists_can_lead(world: World) -> None:
    with pytest.raises(NotFound):
        delegating.delegate_action(
            by_id=world.cast.owner, action_id=world.action, person_id=world.cast.stranger, at=NOON
        )


def test_a_delegate_gives_back_and_then_may_nothing(world: World) -> None:
    lend(world)
    who = world.cast.teammate
    with pytest.raises(NotFound):
        delegating.end_delegation(by_id=world.cast.stranger, action_id=world.action, person_id=who)
    assert delegating.end_delegation(by_id=who, action_id=world.action, person_id=who)
    assert not api.may_manage_action(person_id=who, action_id=world.action)


def test_delegations_are_forgotten_three_months_after_the_last_shift(world: World) -> None:
    lend(world)
    assert api.purge(at=SATURDAY + timedelta(days=90))["mobilisation.ActionDelegate"] == 0
    assert api.purge(at=SATURDAY + timedelta(days=94))["mobilisation.ActionDelegate"] == 1


# Copies --------------------------------------------------------------------------------------------
def test_a_copy_keeps_words_hours_and_distances_and_takes_nobody_along(world: World) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    copied = together.copy_action(
        by_id=world.cast.owner,
        action_id=world.action,
        group_id=world.cast.group,
        day=date(2027, 4, 3),
        at=NOON,
    )
    first, second = api.action(action_id=copied).shifts
    # Saturday 3 April is summer time: 13:00 in Paris is 11:00 in UTC.
    assert first.starts_at.isoformat() == "2027-04-03T11:00:00+00:00"
    assert (second.starts_at - first.starts_at) == timedelta(days=1)
    assert (first.taken, first.capacity, first.needed) == (0, 4, 2)
    assert api.action(action_id=copied).title == api.action(action_id=world.action).title


def test_a_copy_needs_the_right_over_the_group_chosen(world: World) -> None:
    with pytest.raises(NotFound):
        together.copy_action(
            by_id=world.cast.owner,
            action_id=world.action,
            group_id=world.cast.other_group,
            day=date(2027, 4, 3),
            at=NOON,
        )
    with pytest.raises(together.PastDay):
        together.copy_action(
            by_id=world.cast.owner,
            action_id=world.action,
            group_id=world.cast.group,
            day=date(2027, 3, 1),
            at=NOON,
        )


# Series --------------------------------------------------------------------------------------------
def weekly(world: World, *, by_id: UUID | None = None, **fields: Any) -> int:
    values = {"every": Every.WEEK, "until": date(2027, 4, 10), "exceptions": [date(2027, 3, 20)]}
    return series.repeat_action(
        by_id=by_id or world.cast.owner, action_id=world.action, at=NOON, **(values | fields)
    )


def one_shift(cast: Cast) -> World:
    action = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[shift()], at=NOON
    )
    saturday = api.action(action_id=action).shifts[0].id
    return World(cast=cast, action=action, saturday=saturday, sunday=saturday)


def days_of(world: World) -> list[tuple[str, str]]:
    """Each occurrence of any series: its day and local hour, called off ones marked."""
    rows = Shift.objects.filter(action__series__isnull=False).select_related("action").order_by("starts_at")
    return [(row.starts_at.astimezone(PARIS).strftime("%m-%d %H:%M"), row.action.state) for row in rows]


def test_a_series_keeps_its_hour_over_the_change_of_clocks(cast: Cast) -> None:
    world = one_shift(cast)
    assert weekly(world) == 4
    hours = ["03-06 13:00", "03-13 13:00", "03-27 13:00", "04-03 13:00", "04-10 13:00"]
    assert [day for day, _state in days_of(world)] == hours
    row = ActionSeries.objects.get()
    assert row.rule == "FREQ=WEEKLY;UNTIL=20270410"
    assert row.exceptions == ["2027-03-20"]


def test_a_series_is_made_once(cast: Cast) -> None:
    world = one_shift(cast)
    weekly(world)
    with pytest.raises(series.InSeries):
        weekly(world)
    with pytest.raises(series.BadSeries):
        weekly(one_shift(cast), until=date(2027, 3, 7))
    with pytest.raises(series.BadSeries):
        weekly(one_shift(cast), every=Every.DAY, until=date(2027, 9, 1))
    assert ActionSeries.objects.count() == 1


def occurrence(world: World, day: date) -> Action:
    return Action.objects.get(series__isnull=False, occurs_on=day)


def test_this_one_alone(cast: Cast) -> None:
    world = one_shift(cast)
    weekly(world)
    third = occurrence(world, date(2027, 3, 27))
    lead.edit_action(by_id=cast.owner, action_id=third.pk, draft=draft(title="Un autre"), at=NOON)
    assert list(Action.objects.filter(title="Un autre")) == [third]


def test_this_one_and_those_that_follow(cast: Cast) -> None:
    world = one_shift(cast)
    weekly(world)
    third, last = occurrence(world, date(2027, 3, 27)), occurrence(world, date(2027, 4, 10))
    comes = Shift.objects.get(action=last.pk)
    api.sign_up(person_id=cast.teammate, shift_id=comes.pk, at=NOON, silent=True)
    new = draft(title="Marché", kind=Kind.MARKET, place="Place du marché")
    lead.edit_action(by_id=cast.owner, action_id=third.pk, draft=new, at=NOON)
    mine = Shift.objects.get(action=third.pk)
    start = datetime(2027, 3, 27, 9, tzinfo=PARIS)
    moved = shift(capacity=8)
    lead.change_shift(
        by_id=cast.owner,
        shift_id=mine.pk,
        shift=type(moved)(starts_at=start, ends_at=start + timedelta(hours=3), capacity=8, needed=2),
        at=NOON,
    )
    assert series.carry_over(by_id=cast.owner, action_id=third.pk, at=NOON) == 2
    assert [day for day, _state in days_of(world)] == [
        "03-06 13:00",
        "03-13 13:00",
        "03-27 09:00",
        "04-03 09:00",
        "04-10 09:00",
    ]
    assert Action.objects.filter(title="Marché", kind="market").count() == 3
    comes.refresh_from_db()
    assert (comes.capacity, comes.taken) == (8, 1)
    assert Message.objects.filter(person=cast.teammate, subject__startswith="Changement").exists()
    rules = sorted(ActionSeries.objects.values_list("rule", flat=True))
    assert rules == ["FREQ=WEEKLY;UNTIL=20270313", "FREQ=WEEKLY;UNTIL=20270410"]


def test_leaving_one_day_out_and_calling_the_rest_off(cast: Cast) -> None:
    world = one_shift(cast)
    weekly(world)
    second, third = occurrence(world, date(2027, 3, 13)), occurrence(world, date(2027, 3, 27))
    person = cast.teammate
    for action in (second, third):
        api.sign_up(person_id=person, shift_id=Shift.objects.get(action=action.pk).pk, at=NOON, silent=True)
    assert series.leave_out(by_id=cast.owner, action_id=second.pk, at=NOON) == 1
    assert ActionSeries.objects.get().exceptions == ["2027-03-13", "2027-03-20"]
    assert series.cancel_following(by_id=cast.owner, action_id=third.pk, at=NOON) == 1
    assert [state for _day, state in days_of(world)] == [
        State.PUBLISHED,
        State.CANCELLED,
        State.CANCELLED,
        State.CANCELLED,
        State.CANCELLED,
    ]
    assert Message.objects.filter(person=person, subject__startswith="Annul").count() == 2


def test_cancelling_tells_those_who_wait_too(cast: Cast) -> None:
    action = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[shift(capacity=1, needed=1)], at=NOON
    )
    only = api.action(action_id=action).shifts[0].id
    api.sign_up(person_id=cast.teammate, shift_id=only, at=NOON, silent=True)
    api.sign_up(person_id=cast.stranger, shift_id=only, at=NOON, silent=True)
    assert set(SignUp.objects.values_list("state", flat=True)) == {"confirmed", "waiting"}
    assert api.cancel_action(by_id=cast.owner, action_id=action, at=NOON) == 2


# Pages ---------------------------------------------------------------------------------------------
def test_the_page_organise_does_it_all_without_javascript(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    browser, there = sign_in(world.cast.owner), f"/actions/{world.action}/"
    page = browser.get(f"{there}organiser/", {"q": "Dijon"}).content.decode()
    assert "Teammate E." in page
    assert str(world.cast.other_group) in page
    assert page.count("<h1") == 1
    assert " style=" not in page
    answers = [
        browser.post(f"{there}groupes/", {"group": world.cast.other_group}),
        browser.post(f"{there}delegues/", {"person": world.cast.teammate}),
        browser.post(
            f"{there}repeter/", {"every": "week", "until": "2027-03-27", "exceptions": "20/03/2027"}
        ),
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    copied = browser.post(f"{there}copier/", {"group": world.cast.group, "day": "2027-05-01"})
    assert copied.status_code == 302
    assert Action.objects.count() == 4
    page = browser.get(f"{there}organiser/").content.decode()
    assert "27 mars 2027" in page
    assert "20 mars 2027" not in page


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("delegues/", {"person": "01890000-0000-7000-8000-000000000000"}),
        ("copier/", {"group": "01890000-0000-7000-8000-000000000000", "day": "2027-05-01"}),
        ("copier/", {"day": "9999-12-31"}),
        ("repeter/", {"every": "week", "until": "0001-01-01"}),
        ("repeter/", {"every": "second", "until": "2027-05-01"}),
        ("repeter/", {"every": "week", "until": "2027-05-01", "exceptions": "demain"}),
    ],
)
def test_what_no_drop_down_offers_is_refused(
    world: World, sign_in: Any, address: str, body: dict[str, str]
) -> None:
    answer = sign_in(world.cast.owner).post(f"/actions/{world.action}/{address}", body)
    assert answer.status_code == 422
    assert Action.objects.count() == 1


def test_the_calendar_of_a_group_holds_what_it_holds_with_others(world: World, sign_in: Any) -> None:
    together.answer_invitation(
        by_id=world.cast.other_coordinator, invitation_id=invite(world), accepts=True, at=NOON
    )
    assert b"la Chanaye" in sign_in(None).get("/agenda/groupe/dijon.ics").content
