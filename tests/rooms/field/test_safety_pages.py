"""Pages of safety: who may do what, what is shown to whom, without a script and without an account."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from amiral.kit.ids import new_id
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.models import (
    Assignment,
    Canvass,
    Caution,
    Device,
    DeviceKind,
    HelpCall,
    LeaderPhone,
    Pair,
    Presence,
)
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.people import api as people
from tests.conftest import NOON, make_person
from tests.rooms.field.conftest import SATURDAY, World

pytestmark = pytest.mark.django_db
EVERYBODY = (
    "owner",
    "teammate",
    "stranger",
    "coordinator",
    "other_coordinator",
    "administrator",
    "anonymous",
)
LEADERS = {"owner", "coordinator", "administrator"}
TEAM = LEADERS | {"teammate"}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(SATURDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def held(world: World, clock: Any) -> World:
    world.assign()
    people.set_phone(person_id=world.cast.owner, typed="06 12 34 56 78")
    return world


def person(world: World, who: str) -> UUID | None:
    return None if who == "anonymous" else getattr(world.cast, who)


def report(world: World) -> Caution:
    door = {"address_id": "a0", "address_key": ""}
    file = Canvass.objects.get(pk=world.canvass).address_file_name
    return Caution.objects.create(
        **door, address_file_name=file, code="dog", since=SATURDAY, until=SATURDAY + timedelta(days=9)
    )


def an_open_call(world: World) -> HelpCall:
    return HelpCall.objects.create(
        shift_id=world.shift, person_id=world.cast.teammate, called_at=SATURDAY, next_at=SATURDAY
    )


def reads(world: World) -> dict[str, tuple[str, set[str]]]:
    """Every page: its address and who opens it."""
    team, walk = f"/terrain/equipes/{world.shift}/", f"/tournee/{Assignment.objects.get().pk}/"
    return {
        "safety": (team, TEAM),
        "help_of_shift": (f"{team}aide/", TEAM),
        "help_of_list": (f"{walk}aide/", TEAM),
        "help_call": (f"/terrain/aide/{an_open_call(world).pk}/", TEAM),
        "cautions": (f"/terrain/{world.canvass}/precautions/", LEADERS),
        "caution": (f"{walk}precaution/{world.turf.door_ids[0]}/", TEAM),
    }


def acts(world: World) -> dict[str, tuple[str, dict[str, Any], set[str]]]:
    """Everything that changes something: address, form, who may."""
    team, walk = f"/terrain/equipes/{world.shift}/", f"/tournee/{Assignment.objects.get().pk}/"
    out = Presence.objects.create(shift_id=world.shift, device_id=uuid4(), in_at=SATURDAY)
    canvass = f"/terrain/{world.canvass}/"
    return {
        "pairs": (f"{team}binomes/", {f"person-{world.cast.teammate}": "1"}, TEAM),
        "presence_of_shift": (f"{team}presence/", {"what": "in", "gesture": new_id()}, TEAM),
        "presence_of_list": (f"{walk}presence/", {"what": "in", "gesture": new_id()}, TEAM),
        "say_back": (f"{team}presence/{out.pk}/retour/", {}, LEADERS),
        "help_of_shift": (f"{team}aide/", {"call": new_id()}, TEAM),
        "help_of_list": (f"{walk}aide/", {"call": new_id(), "turf": 1, "door": 2}, TEAM),
        "leader_phone": (f"{team}numero/", {"show": "0"}, LEADERS),
        "decide_caution": (f"{canvass}precautions/{report(world).pk}/", {"what": "confirm"}, LEADERS),
        "counts_only": (f"{canvass}comptage/", {"only": "0"}, LEADERS),
        "caution": (
            f"{walk}precaution/{world.turf.door_ids[1]}/",
            {"code": "access", "months": "12"},
            TEAM,
        ),
    }


def state(world: World) -> tuple[object, ...]:
    return (
        list(Pair.objects.values_list("number")),
        list(Presence.objects.order_by("pk").values_list("person_id", "out_at")),
        HelpCall.objects.count(),
        LeaderPhone.objects.count(),
        list(Caution.objects.order_by("pk").values_list("code", "confirmed_at")),
        Canvass.objects.get(pk=world.canvass).counts_only,
    )


@pytest.mark.parametrize("who", EVERYBODY)
def test_reading(held: World, sign_in: Callable[..., Any], who: str) -> None:
    browser = sign_in(person(held, who))
    for name, (address, allowed) in reads(held).items():
        answer = browser.get(address)
        if who == "anonymous":
            assert (answer.status_code, answer["Location"][:8]) == (302, "/compte/"), name
        else:
            assert answer.status_code == (200 if who in allowed else 404), name
        assert b" style=" not in answer.content, name


@pytest.mark.parametrize("who", EVERYBODY)
def test_acting(held: World, sign_in: Callable[..., Any], who: str) -> None:
    browser = sign_in(person(held, who))
    for name, (address, form, allowed) in acts(held).items():
        before = state(held)
        answer = browser.post(address, form)
        if who in allowed:
            assert answer.status_code == 302, name
        elif who == "anonymous":
            assert (answer.status_code, answer["Location"][:8]) == (302, "/compte/"), name
        else:
            assert answer.status_code == 404, name
        if who not in allowed:
            assert state(held) == before, name


def test_the_matrix_holds_every_address_of_safety(held: World) -> None:
    from amiral.rooms.field.web.safety_urls import patterns

    known = set(reads(held)) | set(acts(held)) | {"safety_app"}
    assert {pattern.name for pattern in patterns} == known
    named = {
        pattern.name
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "app_name", "") == "field"
        for pattern in resolver.url_patterns
    }
    assert known <= named


@pytest.mark.parametrize("name", ["pairs", "presence_of_shift", "say_back", "leader_phone", "counts_only"])
def test_acts_are_not_done_by_reading(held: World, sign_in: Callable[..., Any], name: str) -> None:
    assert sign_in(held.cast.owner).get(acts(held)[name][0]).status_code == 405


def test_names_are_gone_after_thirty_days(held: World, sign_in: Callable[..., Any], clock: Any) -> None:
    address = f"/terrain/equipes/{held.shift}/"
    clock.move_to(SATURDAY + timedelta(days=30))
    assert sign_in(held.cast.teammate).get(address).status_code == 200
    clock.move_to(SATURDAY + timedelta(days=30, hours=2))
    for who in (held.cast.teammate, held.cast.owner):
        assert sign_in(who).get(address).status_code == 404


def test_the_team_does_not_read_who_is_out_but_its_own_pair(held: World, sign_in: Callable[..., Any]) -> None:
    others = [make_person(name) for name in ("Un", "Deux", "Trois")]
    for one in others:
        mobilisation.sign_up(person_id=one, shift_id=held.shift, at=NOON)
    call = HelpCall.objects.create(
        shift_id=held.shift, person_id=others[2], called_at=SATURDAY, next_at=SATURDAY
    )
    address = f"/terrain/equipes/{held.shift}/"
    assert str(call.pk) not in sign_in(held.cast.teammate).get(address).content.decode()
    for who in (others[1], held.cast.owner):  # his partner, and his leader
        assert str(call.pk) in sign_in(who).get(address).content.decode()


def test_the_asker_reads_who_answers(held: World, sign_in: Callable[..., Any]) -> None:
    asker, leader = sign_in(held.cast.teammate), sign_in(held.cast.owner)
    page = asker.post(f"/tournee/{Assignment.objects.get().pk}/aide/", {"call": new_id(), "door": "x"})[
        "Location"
    ]
    shown = asker.get(page)
    assert shown["Refresh"] == "10"
    assert "Owner" not in shown.content.decode()
    leader.post(page, {"what": "answer"})
    assert "Owner E." in asker.get(page).content.decode()
    assert asker.post(page, {"what": "answer"}).status_code == 404
    asker.post(page, {"what": "end"})
    assert "Refresh" not in asker.get(page)
    assert HelpCall.objects.get().ended_at == SATURDAY


def test_a_leaders_number_is_on_the_help_page_when_he_agreed(
    held: World, sign_in: Callable[..., Any]
) -> None:
    help_page = f"/terrain/equipes/{held.shift}/aide/"
    mate = sign_in(held.cast.teammate)
    assert "tel:+336" not in mate.get(help_page).content.decode()
    sign_in(held.cast.owner).post(f"/terrain/equipes/{held.shift}/numero/", {"show": "1"})
    text = mate.get(help_page).content.decode()
    assert 'href="tel:+33612345678"' in text
    assert 'href="sms:+33612345678"' in text
    assert 'href="tel:112"' in text


def test_taps_are_limited_but_calls_are_not(held: World, sign_in: Callable[..., Any]) -> None:
    cache.clear()
    mate = sign_in(held.cast.teammate)
    team = f"/terrain/equipes/{held.shift}/"
    codes = [mate.post(f"{team}presence/", {"what": "in"}).status_code for _ in range(61)]
    assert codes[-1] == 429
    calls = [mate.post(f"{team}aide/", {"call": new_id()}).status_code for _ in range(70)]
    assert set(calls) == {302}
    cache.clear()


def test_a_list_number_is_enough_for_somebody_with_an_account_elsewhere(
    held: World, sign_in: Callable[..., Any]
) -> None:
    """Signed in, and of another team: he goes out and calls as the browser that knows the number."""
    row, browser = Assignment.objects.get(), sign_in(held.cast.stranger)
    browser.post("/terrain/liste/", {"number": row.list_number})
    page = f"/tournee/{row.pk}/"
    assert browser.get(page + "aide/").status_code == 200
    browser.post(page + "presence/", {"gesture": new_id(), "what": "in"})
    assert Presence.objects.get().person_id is None
    assert 'value="out"' in browser.get(page).content.decode()
    call = browser.post(page + "aide/", {"call": new_id()})["Location"]
    assert HelpCall.objects.get().person_id is None
    answer = browser.get(call)
    assert answer.status_code == 200
    assert f"/terrain/equipes/{held.shift}/" not in answer.content.decode()
    assert "06 12 34" not in answer.content.decode()
    assert browser.post(call, {"what": "end"}).status_code == 302
    assert HelpCall.objects.get().ended_at is not None


def test_a_list_number_is_enough_to_go_out_and_to_call(held: World) -> None:
    row = Assignment.objects.get()
    browser = Client()
    browser.post("/terrain/liste/", {"number": row.list_number})
    walk = f"/tournee/{row.pk}/"
    assert f"{walk}aide/" in browser.get(walk).content.decode()
    browser.post(f"{walk}presence/", {"what": "in", "gesture": new_id()})
    assert Presence.objects.get().person_id is None
    page = browser.post(f"{walk}aide/", {"call": new_id()})["Location"]
    assert browser.get(page).status_code == 200
    stranger = Client()
    stranger.post("/terrain/liste/", {"number": row.list_number})
    assert stranger.get(page).status_code == 404


@pytest.mark.parametrize("only", [True, False])
def test_counts_only_offers_no_address(held: World, sign_in: Callable[..., Any], only: bool) -> None:
    assert Canvass.objects.get().counts_only is True
    Canvass.objects.update(counts_only=only)
    text = sign_in(held.cast.teammate).get(f"/tournee/{Assignment.objects.get().pk}/").content.decode()
    assert ("/rejoindre/porte/code/" in text) is not only


def test_the_page_costs_the_same_for_two_and_for_twenty(
    held: World, sign_in: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner = sign_in(held.cast.owner)
    address = f"/terrain/equipes/{held.shift}/"

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert owner.get(address).status_code == 200
        return len(queries)

    cost()
    few = cost()
    mobilisation_shift = held.shift
    from amiral.rooms.mobilisation.models import Shift

    Shift.objects.filter(pk=mobilisation_shift).update(capacity=40)
    for i in range(20):
        one = make_person(f"Membre{i}")
        mobilisation.sign_up(person_id=one, shift_id=held.shift, at=NOON, silent=True)
        Presence.objects.create(shift_id=held.shift, person_id=one, in_at=SATURDAY)
        HelpCall.objects.create(shift_id=held.shift, person_id=one, called_at=SATURDAY, next_at=SATURDAY)
    assert cost() <= few + 1


# The app's address.


def app(world: World, who: UUID | None) -> tuple[Client, dict[str, Any], Device]:
    enrolled = syncing.enrol(shift_id=world.shift, person_id=who, at=SATURDAY, kind=DeviceKind.PHONE)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {enrolled.token}"}
    return Client(enforce_csrf_checks=True), headers, Device.objects.get(pk=enrolled.device_id)


def post(browser: Client, headers: dict[str, Any], *gestures: Any, **more: Any) -> Any:
    body = {"gestures": list(gestures)}
    address = more.pop("address", "/terrain/app/securite/")
    return browser.post(address, json.dumps(body), content_type="application/json", **headers, **more)


def gesture(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "kind": kind, "at": "2027-03-06T11:59:00.000Z", **fields}


def test_a_phone_tells_what_was_said_without_network(held: World) -> None:
    browser, headers, _device = app(held, held.cast.teammate)
    said = [gesture("in"), gesture("place", turf=1, door=3), gesture("help", door=3), gesture("out")]
    for _ in range(2):
        answer = post(browser, headers, *said).json()
        assert {one["status"] for one in answer["answers"].values()} == {"stored"}
    state = answer["state"]
    assert state["out"] is None
    assert state["call"]["id"] == said[2]["id"]
    assert state["call"]["answered"] is None
    assert (HelpCall.objects.count(), Presence.objects.count()) == (1, 1)
    assert HelpCall.objects.get().phone_at is not None
    assert state["join"] is None  # counts only
    Canvass.objects.update(counts_only=False)
    assert post(browser, headers, gesture("place")).json()["state"]["join"]["path"].startswith("M")
    post(browser, headers, gesture("safe"))
    assert HelpCall.objects.get().ended_at is not None


def test_a_phone_without_an_account_is_heard_and_reads_the_number_of_who_agreed(held: World) -> None:
    LeaderPhone.objects.create(action_id=held.action, person_id=held.cast.owner)
    browser, headers, device = app(held, None)
    answer = post(browser, headers, gesture("help")).json()
    assert HelpCall.objects.get().device_id == device.pk
    assert [one["phone"] for one in answer["state"]["leaders"]] == ["+33612345678"]
    browser, headers, _device = app(held, held.cast.teammate)
    (leader,) = browser.get("/terrain/app/securite/", **headers).json()["state"]["leaders"]
    assert leader["phone"] == "+33612345678"


def test_a_revoked_or_unknown_phone_is_refused(held: World) -> None:
    browser, headers, device = app(held, held.cast.teammate)
    Device.objects.filter(pk=device.pk).update(revoked_at=SATURDAY)
    for shown in (headers, {"HTTP_AUTHORIZATION": "Bearer rien"}, {}):
        answer = post(browser, shown, gesture("help"))
        assert answer.status_code in {401, 403}
        assert answer.json()["error"]
    assert not HelpCall.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"gestures": 3}', b'{"gestures": {}}', b"\xff", b"[" * 9000, b" " * 20_000],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(held: World, body: bytes) -> None:
    browser, headers, _device = app(held, held.cast.teammate)
    answer = browser.post("/terrain/app/securite/", body, content_type="application/json", **headers)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "odd",
    [3, None, {"kind": "in"}, {"kind": "in", "id": "x"}, {"kind": "in", "id": [1]},
     {"kind": "shout", "id": str(uuid4())}, {"kind": ["help"], "id": str(uuid4())}, {"id": str(uuid4())}],
)  # fmt: skip
def test_an_odd_gesture_keeps_no_call_from_being_heard(held: World, odd: Any) -> None:
    """It stays in a phone's queue until it is answered: a call behind it would wait for ever."""
    browser, headers, _device = app(held, held.cast.teammate)
    said = gesture("help")
    answers = post(browser, headers, odd, said).json()["answers"]
    assert answers.pop(said["id"]) == {"status": "stored"}
    [(name, one)] = answers.items()
    assert name == (odd.get("id") if isinstance(odd, dict) and len(str(odd.get("id"))) == 36 else "#0")
    assert one["status"] == "refused"
    assert one["why"]


@pytest.mark.parametrize(
    "odd",
    [{"at": "0001-01-01T00:00:00+14:00"}, {"at": "9999-12-31T23:59:59-14:00"}, {"at": "hier"},
     {"at": 3}, {"turf": "x", "door": -1}, {"door": True}, {"door": 1e9}],
)  # fmt: skip
def test_odd_details_keep_no_call_from_being_heard(held: World, odd: dict[str, Any]) -> None:
    browser, headers, _device = app(held, held.cast.teammate)
    said = gesture("help") | odd
    assert post(browser, headers, said).json()["answers"][said["id"]]["status"] == "stored"
    row = HelpCall.objects.get()
    assert (row.turf_number, row.door_number) == (None, None)


def test_a_session_opens_it_from_our_own_pages_only(held: World, sign_in: Callable[..., Any]) -> None:
    address = f"/terrain/app/securite/?creneau={held.shift}"
    browser = sign_in(held.cast.teammate)
    said = gesture("in")
    assert post(browser, {}, said, address=address).status_code == 200
    assert Presence.objects.count() == 1
    for elsewhere in ({"HTTP_ORIGIN": "https://ailleurs.example"}, {"HTTP_SEC_FETCH_SITE": "cross-site"}):
        assert post(browser, elsewhere, gesture("in"), address=address).status_code == 403
    form = browser.post(address, {"gestures": "[]"})
    assert form.status_code == 403
    for who in (None, held.cast.stranger, held.cast.other_coordinator):
        assert post(sign_in(who), {}, gesture("in"), address=address).status_code == 401
    assert sign_in(held.cast.owner).get("/terrain/app/securite/").status_code == 401


def test_requests_are_limited_but_calls_are_not(held: World) -> None:
    cache.clear()
    browser, headers, _device = app(held, held.cast.teammate)
    codes = [post(browser, headers, gesture("place")).status_code for _ in range(122)]
    assert codes[-1] == 429
    assert post(browser, headers, gesture("help")).status_code == 200
    cache.clear()


def test_a_phone_without_an_account_reads_the_leaders_number_and_leaves_a_receipt(
    world: World, sign_in: Callable[..., Any]
) -> None:
    """It saw none, because no receipt could name it: now the receipt names the phone."""
    from amiral.rooms.field.actions import enrolling, settings
    from amiral.rooms.people.models import Disclosure

    row = Assignment.objects.get(pk=world.assign().id)
    made = enrolling.enrol_by_number(assignment=row, at=SATURDAY)
    asked = {"Authorization": f"Bearer {made.token}"}

    def leaders() -> list[dict[str, str]]:
        with time_machine.travel(SATURDAY, tick=False):
            said: list[dict[str, str]] = (
                Client().get("/terrain/app/securite/", headers=asked).json()["state"]["leaders"]
            )
        return said

    assert leaders() == [], "who did not agree is not shown"
    people.set_phone(person_id=world.cast.owner, typed="06 12 34 56 78")
    settings.set_leader_phone(by_id=world.cast.owner, shift_id=world.shift, shows=True, at=SATURDAY)
    assert [one["phone"] for one in leaders()] == ["+33612345678"]
    leaders()
    (receipt,) = Disclosure.objects.filter(person=world.cast.owner)
    assert (receipt.viewer_id, receipt.explanation) == (None, "Téléphone 1 de l’équipe, sans compte")
