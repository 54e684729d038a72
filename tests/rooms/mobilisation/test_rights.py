"""Who may do what, as a matrix: every page and every verb, for everybody of the cast."""

from collections.abc import Callable
from typing import Any

import pytest

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions.rules import set_rules
from amiral.rooms.mobilisation.contracts import ShiftRules
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.mobilisation.queries.place_links import place_path
from tests.conftest import NOON
from tests.rooms.mobilisation.conftest import World, draft, make_card

ROLES = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None]
MANAGERS = {"owner", "coordinator", "administrator"}
LEADERS = MANAGERS | {"other_coordinator"}
"""Those who may hold actions somewhere."""
SHIFT = {
    "day": "2027-03-20",
    "start": "14:00",
    "end": "16:00",
    "capacity": "5",
    "needed": "1",
}
ACTION = {
    "kind": "leaflet-drop",
    "title": "Boîtage",
    "place": "Mairie",
    "commune_text": "71100",
    "description": "",
}


def new_action(world: World) -> dict[str, str]:
    lines = {f"form-0-{name}": value for name, value in SHIFT.items()}
    return {
        **ACTION,
        **lines,
        "group": str(world.cast.group),
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
    }


def person_of(world: World, role: str | None) -> Any:
    return getattr(world.cast, role) if role else None


Case = tuple[str, Callable[[World], str], set[str], Callable[[World], dict[str, str]] | None]
CASES: list[Case] = [
    ("new, page", lambda w: "/actions/nouvelle/", LEADERS, None),
    ("new, sent", lambda w: "/actions/nouvelle/", MANAGERS, new_action),
    ("edit, page", lambda w: f"/actions/{w.action}/modifier/", MANAGERS, None),
    ("edit, sent", lambda w: f"/actions/{w.action}/modifier/", MANAGERS, lambda w: ACTION),
    ("cancel, page", lambda w: f"/actions/{w.action}/annuler/", MANAGERS, None),
    ("cancel, sent", lambda w: f"/actions/{w.action}/annuler/", MANAGERS, lambda w: {}),
    ("add shift, page", lambda w: f"/actions/{w.action}/creneaux/", MANAGERS, None),
    ("add shift, sent", lambda w: f"/actions/{w.action}/creneaux/", MANAGERS, lambda w: SHIFT),
    ("change shift, page", lambda w: f"/actions/creneaux/{w.saturday}/modifier/", MANAGERS, None),
    ("change shift, sent", lambda w: f"/actions/creneaux/{w.saturday}/modifier/", MANAGERS, lambda w: SHIFT),
    ("remove shift, sent", lambda w: f"/actions/creneaux/{w.saturday}/retirer/", MANAGERS, lambda w: {}),
    ("cancel shift, page", lambda w: f"/actions/creneaux/{w.saturday}/annuler/", MANAGERS, None),
    ("cancel shift, sent", lambda w: f"/actions/creneaux/{w.saturday}/annuler/", MANAGERS, lambda w: {}),
    ("sign-ups, page", lambda w: f"/actions/creneaux/{w.saturday}/inscriptions/", MANAGERS, None),
    ("rules, page", lambda w: f"/actions/creneaux/{w.saturday}/regles/", MANAGERS, None),
    ("rules, sent", lambda w: f"/actions/creneaux/{w.saturday}/regles/", MANAGERS, lambda w: RULES),
]
RULES = {"approval": "on", "offer_h": "2", "newcomers_each": "1"}


def world_now(world: World) -> Any:
    """Everything that a leader could change."""
    return api.shifts_of_groups(group_ids=[world.cast.group], after=NOON), api.action(action_id=world.action)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("address", "allowed", "body"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_leading(
    world: World,
    sign_in: Any,
    role: str | None,
    address: Callable[[World], str],
    allowed: set[str],
    body: Callable[[World], dict[str, str]] | None,
) -> None:
    browser, before = sign_in(person_of(world, role)), world_now(world)
    response = browser.post(address(world), body(world)) if body else browser.get(address(world))
    changed = world_now(world) != before
    if role is None:
        assert response.status_code == 302
        assert response["Location"].startswith("/compte/")
        assert not changed
    elif role in allowed:
        assert response.status_code == (302 if body else 200)
        assert changed == bool(body)
    else:
        # In the form, a group that one may not act for is an invalid choice, not a missing page.
        assert response.status_code == (200 if role in LEADERS and "nouvelle" in address(world) else 404)
        assert not changed


@pytest.mark.parametrize("role", ROLES)
def test_coming(world: World, sign_in: Any, role: str | None) -> None:
    browser, person = sign_in(person_of(world, role)), person_of(world, role)
    there = f"/actions/creneaux/{world.saturday}/inscription/"
    response = browser.post(there)
    if role is None:
        # Without an account: the form that a letter confirms, and the way to an account.
        assert response.status_code == 200
        assert f"/rejoindre/?next={there}" in response.content.decode()
        assert not api.team_of_shift(shift_id=world.saturday)
        return
    assert response.status_code == 302
    assert response["Location"] == f"/actions/{world.action}/"
    assert api.team_of_shift(shift_id=world.saturday) == (person,)
    browser.post(f"/actions/creneaux/{world.saturday}/desistement/")
    assert not api.team_of_shift(shift_id=world.saturday)


@pytest.mark.parametrize("role", ROLES)
def test_deciding_about_a_sign_up(world: World, sign_in: Any, role: str | None) -> None:
    set_rules(by_id=world.cast.owner, shift_id=world.saturday, rules=ShiftRules(approval=True), at=NOON)
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    row = SignUp.objects.get()
    browser = sign_in(person_of(world, role))
    for gesture, after in (("accepter", "confirmed"), ("present", "confirmed")):
        assert browser.get(f"/actions/inscriptions/{row.pk}/{gesture}/").status_code == 405
        response = browser.post(f"/actions/inscriptions/{row.pk}/{gesture}/")
        row.refresh_from_db()
        if role in MANAGERS:
            assert (response.status_code, row.state) == (302, after)
        else:
            assert response.status_code == (302 if role is None else 404)
            assert row.state == "requested"
    rest = browser.post(f"/actions/creneaux/{world.saturday}/presents/")
    assert rest.status_code == (302 if role in {*MANAGERS, None} else 404)
    if role in MANAGERS:
        assert browser.post(f"/actions/inscriptions/{row.pk}/effacer/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_answering_an_offer_is_the_persons_own(world: World, sign_in: Any, role: str | None) -> None:
    browser = sign_in(person_of(world, role))
    for gesture in ("accepter", "decliner", "annuler"):
        path = f"/actions/creneaux/{world.saturday}/place/{gesture}/"
        assert browser.get(path).status_code == 405
        assert browser.post(path).status_code == 302
    assert not SignUp.objects.exists()
    assert browser.post(f"/actions/creneaux/{world.saturday}/place/x/").status_code in {302, 404}


def test_the_links_of_letters_belong_to_whoever_holds_them(world: World, sign_in: Any) -> None:
    """``place``, ``tap``, ``confirm_guest`` and ``guest_sent`` ask for no account: test_guests.py."""
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    path = place_path(sign_up_id=SignUp.objects.get().pk)
    for role in ROLES:
        assert sign_in(person_of(world, role)).get(path).status_code == 200
        assert sign_in(person_of(world, role)).get(path.rstrip("/")[:-1] + "/").status_code == 404


def test_nobody_gives_back_another_persons_place(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    for role in ("owner", "stranger", None):
        sign_in(person_of(world, role)).post(f"/actions/creneaux/{world.saturday}/desistement/")
    assert api.team_of_shift(shift_id=world.saturday) == (world.cast.teammate,)


@pytest.mark.parametrize("role", ROLES)
def test_who_reads_the_team_and_the_cards(world: World, sign_in: Any, role: str | None) -> None:
    from amiral.rooms.mobilisation.actions import lead

    card = make_card(world.cast, short_line="L’eau est un bien commun")
    lead.edit_action(
        by_id=world.cast.owner, action_id=world.action, draft=draft(talking_point_ids=(card,)), at=NOON
    )
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    page = sign_in(person_of(world, role)).get(f"/actions/{world.action}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert ("<li>Teammate E.</li>" in text) == (role in MANAGERS)
    assert ("L’eau est un bien commun" in text) == (role is not None)
    assert ("/modifier/" in text) == (role in MANAGERS)
    assert "@example.org" not in text.replace(f"{role or 'x'}@example.org", "")


PUBLIC = [
    "/actions/",
    "/actions/{action}/",
    "/actions/{action}.ics",
    "/agenda/",
    "/agenda/tout.ics",
    "/agenda/departement/71.atom",
    "/agenda/commune/71270.txt",
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(world: World, sign_in: Any, role: str | None, address: str) -> None:
    response = sign_in(person_of(world, role)).get(address.format(action=world.action))
    assert response.status_code == 200
    assert ("/actions/nouvelle/" in response.content.decode()) == (address == "/actions/" and role in LEADERS)


def test_ones_own_page_needs_an_account(world: World, sign_in: Any) -> None:
    assert sign_in(None).get("/actions/miennes/").status_code == 302
    assert sign_in(world.cast.stranger).get("/actions/miennes/").status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize(
    "address", ["creneaux/{shift}/desistement/", "creneaux/{shift}/retirer/", "miennes/agenda/"]
)
def test_nothing_happens_without_a_post(world: World, sign_in: Any, method: str, address: str) -> None:
    browser = sign_in(world.cast.owner)
    assert getattr(browser, method)(f"/actions/{address.format(shift=world.saturday)}").status_code == 405


def test_posts_are_limited(world: World, sign_in: Any) -> None:
    from django.core.cache import cache

    cache.clear()
    browser = sign_in(world.cast.teammate)
    codes = {browser.post(f"/actions/creneaux/{world.saturday}/inscription/").status_code for _ in range(31)}
    assert codes == {302, 429}
    cache.clear()


def test_missing_things_look_like_forbidden_ones(world: World, sign_in: Any) -> None:
    browser, nobody = sign_in(world.cast.owner), "01890000-0000-7000-8000-000000000000"
    for address in (
        f"/actions/{nobody}/",
        f"/actions/{nobody}.ics",
        f"/actions/{nobody}/modifier/",
        f"/actions/creneaux/{nobody}/inscription/",
    ):
        assert browser.get(address).status_code == 404
