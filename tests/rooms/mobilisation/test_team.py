"""Who sees the numbers of those who come: the leader, of his action, in its days, with a receipt."""

import html
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.models import Shift
from amiral.rooms.mobilisation.queries.team import window_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Role
from amiral.rooms.people.models import ContactPoint, Disclosure
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, shift

NUMBER, SHOWN = "+33612345678", "06 12 34 56 78"
ROLES = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None]
IN_TIME = SATURDAY - timedelta(days=1)
WHY = "La responsable est malade, je dois prévenir l’équipe."


def give_number(person_id: UUID, number: str = NUMBER) -> None:
    ContactPoint.objects.create(person_id=person_id, kind="phone", value=number, primary=True)


@pytest.fixture
def team(world: World) -> World:
    """The team-mate comes on Saturday and shows a number; another comes and shows none."""
    give_number(world.cast.teammate)
    shy = make_person("Discrete")
    give_number(shy, "+33698765432")
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, shows_phone=True)
    api.sign_up(person_id=shy, shift_id=world.saturday, at=NOON)
    return world


def page(world: World) -> str:
    return f"/actions/{world.action}/equipe/"


def see(sign_in: Any, world: World, who: str | None, **sent: str) -> Any:
    browser = sign_in(getattr(world.cast, who) if who else None)
    return browser.post(page(world), sent) if sent else browser.get(page(world))


@pytest.mark.parametrize("who", ROLES)
def test_who_sees_numbers_in_time(team: World, sign_in: Any, who: str | None) -> None:
    with time_machine.travel(IN_TIME, tick=False):
        answer = see(sign_in, team, who)
    expected = {None: 302, "owner": 200, "coordinator": 200, "administrator": 200}
    assert answer.status_code == expected.get(who, 404)
    assert (SHOWN in answer.content.decode()) is (who == "owner")
    assert Disclosure.objects.exists() is (who == "owner")
    assert "98 76 54 32" not in answer.content.decode()


@pytest.mark.parametrize("who", ROLES)
def test_who_sees_numbers_by_saying_why(team: World, sign_in: Any, who: str | None) -> None:
    with time_machine.travel(IN_TIME, tick=False):
        answer = see(sign_in, team, who, explanation=WHY)
    sees = {"owner", "coordinator", "administrator"}
    assert (SHOWN in answer.content.decode()) is (who in sees)
    if who in sees - {"owner"}:
        receipt = Disclosure.objects.get()
        assert (receipt.person_id, receipt.viewer_id) == (team.cast.teammate, getattr(team.cast, str(who)))
        assert (receipt.reason, receipt.explanation) == ("explained", WHY)


def test_too_short_a_reason_is_none(team: World, sign_in: Any) -> None:
    with time_machine.travel(IN_TIME, tick=False):
        answer = see(sign_in, team, "administrator", explanation="pour voir")
    assert answer.status_code == 422
    assert SHOWN not in answer.content.decode()
    assert not Disclosure.objects.exists()


FIRST = SATURDAY.replace(hour=23, minute=0) - timedelta(days=3)  # Thursday 4 March, 0:00 in Paris
LAST = SATURDAY.replace(hour=22, minute=59) + timedelta(days=2)  # Monday 8 March, 23:59 in Paris


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (FIRST - timedelta(seconds=1), False),
        (FIRST, True),
        (LAST, True),
        (LAST + timedelta(minutes=1), False),
    ],
)
def test_the_days(team: World, sign_in: Any, at: Any, shown: bool) -> None:
    with time_machine.travel(at, tick=False):
        text = see(sign_in, team, "owner").content.decode()
        above = see(sign_in, team, "administrator", explanation=WHY)
    assert (SHOWN in text) is shown
    assert (f'href="tel:{NUMBER}"' in text) is shown
    assert (SHOWN in above.content.decode()) is shown
    assert above.status_code == (200 if shown else 422)


def test_the_page_says_from_when(team: World, sign_in: Any) -> None:
    text = html.unescape(see(sign_in, team, "owner").content.decode())
    assert "Les numéros seront visibles à partir du 4 mars 2027" in text


def test_the_days_are_those_of_the_place(team: World, places: Any) -> None:
    from amiral.rooms.territory.models import Territory

    Territory.objects.create(id="departement:974", kind="departement", code="974", name="La Réunion")
    Territory.objects.create(
        id="commune:97411", kind="commune", code="97411", name="Saint-Denis", departement_code="974"
    )
    from amiral.rooms.mobilisation.models import Action

    Action.objects.filter(pk=team.action).update(commune_id="commune:97411")
    window = window_of(card=api.action(action_id=team.action))
    assert window.opens_at.isoformat() == "2027-03-04T00:00:00+04:00"
    assert window.closes_at.isoformat() == "2027-03-09T00:00:00+04:00"


def test_shifts_called_off_do_not_widen_it(team: World) -> None:
    Shift.objects.filter(pk=team.sunday).update(state="cancelled")
    assert window_of(card=api.action(action_id=team.action)).closes_at.date().isoformat() == "2027-03-08"
    Shift.objects.update(state="cancelled")
    assert window_of(card=api.action(action_id=team.action)).closes_at.date().isoformat() == "2027-03-09"


def test_a_shift_of_another_week_opens_nothing_of_this_one(world: World, sign_in: Any) -> None:
    """A leader who adds a shift each month does not keep the numbers of the year's first one."""
    cast = world.cast
    give_number(cast.teammate)
    give_number(cast.stranger, "+33698765432")
    shifts = [shift(), shift(days=14)]
    action = api.create_action(by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=shifts, at=NOON)
    first, second = (card.id for card in api.action(action_id=action).shifts)
    api.sign_up(person_id=cast.teammate, shift_id=first, at=NOON, shows_phone=True)
    api.sign_up(person_id=cast.stranger, shift_id=second, at=NOON, shows_phone=True)

    def told(days: float) -> tuple[bool, bool, str]:
        with time_machine.travel(SATURDAY + timedelta(days=days), tick=False):
            text = html.unescape(sign_in(cast.owner).get(f"/actions/{action}/equipe/").content.decode())
        return SHOWN in text, "06 98 76 54 32" in text, text

    assert told(0)[:2] == (True, False)
    assert "hors des jours de ce créneau" in told(0)[2]
    assert told(7)[:2] == (False, False)
    assert "à partir du 18 mars 2027" in told(7)[2]
    assert told(14)[:2] == (False, True)
    assert Disclosure.objects.filter(person=cast.stranger).count() == 1


def test_the_leader_of_another_group_sees_nothing(team: World, sign_in: Any) -> None:
    people.grant_mandate(
        by_id=None,
        person_id=team.cast.stranger,
        role=Role.GROUP_LEADER,
        scope_id=team.cast.other_group,
        scope_name="Dijon",
        territory_id="commune:21231",
    )
    with time_machine.travel(IN_TIME, tick=False):
        assert see(sign_in, team, "stranger").status_code == 404


def test_it_is_the_coordinators_own_when_he_published_it_or_holds_just_that_place(
    cast: Cast, sign_in: Any
) -> None:
    give_number(cast.teammate)
    for by, group in ((cast.coordinator, cast.group), (cast.administrator, cast.departement_group)):
        action = api.create_action(by_id=by, group_id=group, draft=draft(), shifts=[shift()], at=NOON)
        (card,) = api.action(action_id=action).shifts
        api.sign_up(person_id=cast.teammate, shift_id=card.id, at=NOON, shows_phone=True)
        with time_machine.travel(IN_TIME, tick=False):
            text = sign_in(cast.coordinator).get(f"/actions/{action}/equipe/").content.decode()
        assert SHOWN in text


def test_once_a_day_is_one_line(team: World, sign_in: Any) -> None:
    for at in (IN_TIME, IN_TIME + timedelta(hours=2), IN_TIME + timedelta(days=1)):
        with time_machine.travel(at, tick=False):
            see(sign_in, team, "owner")
            see(sign_in, team, "owner")
    assert Disclosure.objects.count() == 2


def test_who_cancels_or_changes_his_mind_is_no_longer_shown(team: World, sign_in: Any) -> None:
    browser = sign_in(team.cast.teammate)
    path = f"/actions/creneaux/{team.saturday}/numero/"
    assert browser.post(path, {"show": "0"}).status_code == 302
    with time_machine.travel(IN_TIME, tick=False):
        assert SHOWN not in see(sign_in, team, "owner").content.decode()
    browser.post(path, {"show": "1"})
    with time_machine.travel(IN_TIME, tick=False):
        assert SHOWN in see(sign_in, team, "owner").content.decode()
    api.cancel_sign_up(person_id=team.cast.teammate, shift_id=team.saturday, at=NOON)
    assert browser.post(path, {"show": "1"}).status_code == 404
    with time_machine.travel(IN_TIME, tick=False):
        assert "Teammate" not in see(sign_in, team, "owner").content.decode()


@pytest.mark.parametrize("who", ["stranger", "owner", None])
def test_nobody_shows_anothers_number(team: World, sign_in: Any, who: str | None) -> None:
    browser = sign_in(getattr(team.cast, who) if who else None)
    answer = browser.post(f"/actions/creneaux/{team.saturday}/numero/", {"show": "1"})
    assert answer.status_code == (404 if who else 302)
    assert browser.get(f"/actions/creneaux/{team.saturday}/numero/").status_code == 405


def test_who_refused_calls_is_not_shown(team: World, sign_in: Any) -> None:
    people.suppress(channel=ContactKind.PHONE, value=NUMBER, reason="objection")  # type: ignore[arg-type] # as text
    with time_machine.travel(IN_TIME, tick=False):
        assert SHOWN not in see(sign_in, team, "owner").content.decode()
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("ticked", [True, False])
def test_the_box_at_sign_up_is_unticked_and_decides(world: World, sign_in: Any, ticked: bool) -> None:
    give_number(world.cast.teammate)
    browser = sign_in(world.cast.teammate)
    path = f"/actions/creneaux/{world.saturday}/inscription/"
    for where in (path, f"/actions/{world.action}/"):
        text = browser.get(where).content.decode()
        assert 'name="call_me" value="1">' in text
        assert 'name="call_me" value="1" checked' not in text
    browser.post(path, {"call_me": "1"} if ticked else {})
    with time_machine.travel(IN_TIME, tick=False):
        assert (SHOWN in see(sign_in, world, "owner").content.decode()) is ticked


def test_without_a_number_the_page_says_how_to_give_one(world: World, sign_in: Any) -> None:
    text = (
        sign_in(world.cast.teammate).get(f"/actions/creneaux/{world.saturday}/inscription/").content.decode()
    )
    assert "/moi/coordonnees/" in text
    assert "call_me" not in text


def test_the_number_of_queries_does_not_grow(team: World, sign_in: Any) -> None:
    browser = sign_in(team.cast.owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page(team)).status_code == 200
        return len(captured)

    Shift.objects.filter(pk=team.saturday).update(capacity=50)
    with time_machine.travel(IN_TIME, tick=False):
        queries()
        few = queries()
        for number in range(20):
            one = make_person(f"Volontaire{number}")
            give_number(one, f"+3361111{number:04}")
            api.sign_up(person_id=one, shift_id=team.saturday, at=NOON, shows_phone=True, silent=True)
        assert queries() == few


def test_two_who_are_one_show_a_number_only_when_both_did(world: World) -> None:
    from amiral.rooms.mobilisation.models import SignUp

    other = make_person("Jumelle")
    for person, shows in ((world.cast.teammate, True), (other, False)):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, shows_phone=shows, silent=True)
    merge = people.merge(
        by_id=world.cast.administrator, kept_id=world.cast.teammate, absorbed_id=other, silent=True
    )
    assert not SignUp.objects.get(person=world.cast.teammate).shows_phone
    people.undo_merge(by_id=world.cast.administrator, merge_id=merge)
    assert SignUp.objects.get(person=world.cast.teammate).shows_phone
