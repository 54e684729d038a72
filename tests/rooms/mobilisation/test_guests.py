"""Signing up without an account, and the links of letters that act by one tap."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import guests
from amiral.rooms.mobilisation.actions.places import ShiftOver
from amiral.rooms.mobilisation.actions.rules import set_rules
from amiral.rooms.mobilisation.contracts import Role, ShiftRules, SignUpState
from amiral.rooms.mobilisation.models import GuestRequest, SignUp
from amiral.rooms.mobilisation.queries import place_links
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Purpose, SuppressionReason
from amiral.rooms.people.models import Consent, Person
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import SATURDAY, World, make_world

ADDRESS = "passante@example.org"
TYPED = {"given_name": "Passante", "email": ADDRESS, "role": "newcomer", "party": "1", "shown_in": "fr"}


def there(world: World) -> str:
    return f"/actions/creneaux/{world.saturday}/inscription/"


def link_in(body: str, part: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/actions/{part}/\S+)", body)
    assert found, body
    return found.group(1)


def last_letter(address: str = ADDRESS) -> Message:
    return Message.objects.filter(to_address=address).latest("created_at", "pk")


def confirmed(world: World, browser: Any, **typed: str) -> str:
    """Types, opens the letter, presses the button; the path of the place."""
    assert browser.post(there(world), TYPED | typed)["Location"] == "/actions/inscription/lettre/"
    path = link_in(last_letter(typed.get("email", ADDRESS)).body, "inscription/confirmer")
    assert browser.get(path).status_code == 200
    place: str = browser.post(path)["Location"]
    return place


def test_from_the_form_to_a_place_and_back(world: World, sign_in: Any) -> None:
    browser = sign_in(None)
    assert browser.get(there(world)).status_code == 200
    place = confirmed(world, browser)
    row = SignUp.objects.select_related("person").get()
    assert (row.state, row.guest, row.role) == (SignUpState.CONFIRMED, True, Role.NEWCOMER)
    assert (row.person.email, row.person.given_name, row.person.is_active) == (None, "Passante", False)
    request = GuestRequest.objects.get()
    assert (request.email, request.given_name, request.sign_up_id) == ("", "", row.pk)
    page = browser.get(place)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex"
    # The confirmation carries the event and the link; one tap gives the place back.
    letter = last_letter()
    assert "BEGIN:VEVENT" in letter.attachment_text
    own = link_in(letter.body, "place")
    assert own == place
    assert browser.get(f"{own}annuler/").status_code == 200
    assert SignUp.objects.get().state == SignUpState.CONFIRMED
    assert browser.post(f"{own}annuler/")["Location"] == own
    assert SignUp.objects.get().state == SignUpState.CANCELLED
    assert "rendu votre place" in browser.get(own).content.decode()


def test_a_second_click_finds_the_place_that_the_first_made(world: World, sign_in: Any) -> None:
    browser = sign_in(None)
    place = confirmed(world, browser)
    path = link_in(
        Message.objects.filter(to_address=ADDRESS).earliest("created_at", "pk").body, "inscription/confirmer"
    )
    assert browser.get(path)["Location"] == place
    assert browser.post(path)["Location"] == place
    assert SignUp.objects.count() == 1


def test_whoever_has_an_account_gets_the_place_on_it_and_the_page_does_not_tell(
    world: World, sign_in: Any
) -> None:
    browser = sign_in(None)
    answers = []
    for address in ("teammate@example.org", "nobody@example.org"):
        response = browser.post(there(world), TYPED | {"email": address}, follow=True)
        answers.append(re.sub(r'name="csrf[^>]*>', "", response.content.decode()))
    assert answers[0] == answers[1]
    subjects = set(Message.objects.values_list("subject", flat=True))
    assert len(subjects) == 1
    browser.post(link_in(last_letter("teammate@example.org").body, "inscription/confirmer"))
    assert SignUp.objects.get().person_id == world.cast.teammate
    assert Person.objects.get(pk=world.cast.teammate).given_name == "Teammate"


def test_whoever_joins_later_with_the_address_has_the_place(world: World, sign_in: Any) -> None:
    confirmed(world, sign_in(None))
    guest = SignUp.objects.get().person_id
    joined = people.add_confirmed_person(
        email=ADDRESS, given_name="Passante", postal_code="71000", commune_id="commune:71270"
    )
    assert joined == guest
    assert api.is_in_team(person_id=joined, shift_id=world.saturday)


def test_the_box_is_a_line_of_the_ledger_and_no_box_is_none(world: World, sign_in: Any) -> None:
    confirmed(world, sign_in(None))
    assert not Consent.objects.filter(person=SignUp.objects.get().person_id).exists()
    confirmed(world, sign_in(None), email="autre@example.org", agrees="on")
    line = Consent.objects.get(channel="guest")
    assert (line.purpose, line.granted) == (Purpose.ACTIONS, True)
    assert "d’autres actions" in line.text_shown
    assert "SHA-256" in line.proof


def test_nothing_leaves_for_an_address_that_refused_nor_past_three_letters(
    world: World, sign_in: Any
) -> None:
    cache.clear()
    people.suppress(channel=ContactKind.EMAIL, value=ADDRESS, reason=SuppressionReason.OBJECTION)
    browser = sign_in(None)
    assert browser.post(there(world), TYPED).status_code == 302
    assert not Message.objects.exists()
    assert not GuestRequest.objects.exists()
    for _ in range(5):
        browser.post(there(world), TYPED | {"email": "autre@example.org"})
    assert Message.objects.count() == 3
    cache.clear()


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "rien"},
        {"party": "0"},
        {"party": "99"},
        {"role": "chief"},
        {"given_name": "https://arnaque.example"},
        {"given_name": "Gagnez\nbeaucoup"},
        {"given_name": ""},
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    world: World, sign_in: Any, wrong: dict[str, str]
) -> None:
    response = sign_in(None).post(there(world), TYPED | wrong)
    assert response.status_code == 422
    assert "errors" in response.content.decode() or "error" in response.content.decode()
    assert not GuestRequest.objects.exists()


def test_what_the_rules_refuse_stands_beside_its_field(world: World, sign_in: Any) -> None:
    rules = ShiftRules(most={Role.DRIVER: 1, Role.NEWCOMER: 0})
    set_rules(by_id=world.cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    for person in (None, world.cast.teammate):
        browser = sign_in(person)
        for wrong in ({"role": "driver", "party": "2"}, {"role": "newcomer"}):
            assert browser.post(there(world), TYPED | wrong).status_code == 422
    assert not GuestRequest.objects.exists()
    assert not SignUp.objects.exists()


def test_links_that_are_over_broken_or_of_another(world: World, sign_in: Any) -> None:
    browser = sign_in(None)
    browser.post(there(world), TYPED)
    token = link_in(last_letter().body, "inscription/confirmer").rstrip("/").rpartition("/")[2]
    with pytest.raises(guests.ExpiredLink):
        guests.confirm(token=token, at=NOON + timedelta(days=7, seconds=1))
    with pytest.raises(ShiftOver):
        guests.confirm(token=token, at=SATURDAY)
    assert not SignUp.objects.exists()
    assert browser.get("/actions/inscription/confirmer/x/").status_code == 410
    good = place_links.place_path(sign_up_id=world.saturday).rstrip("/").rpartition("/")[2]
    for wrong in ("x", good + "x", "x" + good):
        with pytest.raises(NotFound):
            place_links.sign_up_id_of(token=wrong)
    assert browser.get(f"/actions/place/{good}/").status_code == 404
    assert browser.get(f"/actions/place/{good}/effacer/").status_code == 404


def test_one_tap_takes_an_offer(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=2)
    api.sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON, party=2, silent=True)
    browser = sign_in(None)
    confirmed(world, browser)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON)
    link = link_in(last_letter().body, "place")
    assert link.endswith("/accepter/")
    page = browser.get(link).content.decode()
    assert page.count("<button") - page.split("<main", 1)[0].count("<button") >= 1
    assert SignUp.objects.get(guest=True).state == SignUpState.OFFERED
    browser.post(link)
    assert SignUp.objects.get(guest=True).state == SignUpState.CONFIRMED


def test_what_is_forgotten_and_when(world: World, sign_in: Any) -> None:
    browser = sign_in(None)
    confirmed(world, browser)
    browser.post(there(world), TYPED | {"email": "jamais@example.org"})
    assert api.purge(at=NOON + timedelta(days=6))["mobilisation.GuestRequest"] == 0
    assert api.purge(at=NOON + timedelta(days=8))["mobilisation.GuestRequest"] == 2
    guest = SignUp.objects.get().person_id
    api.purge(at=SATURDAY + timedelta(days=366))
    assert not Person.objects.filter(pk=guest).exists()


def test_erasing_takes_what_was_typed_along(world: World, sign_in: Any) -> None:
    sign_in(None).post(there(world), TYPED | {"email": "teammate@example.org"})
    api.erase_person(person_id=world.cast.teammate)
    assert not GuestRequest.objects.exists()


def test_a_link_opens_one_place_only(world: World, sign_in: Any) -> None:
    confirmed(world, sign_in(None))
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    rows: dict[UUID, SignUp] = {row.person_id: row for row in SignUp.objects.all()}
    mine = next(row for person, row in rows.items() if person != world.cast.teammate)
    token = place_links.place_path(sign_up_id=mine.pk).rstrip("/").rpartition("/")[2]
    sign_in(None).post(f"/actions/place/{token}/annuler/")
    assert api.is_in_team(person_id=world.cast.teammate, shift_id=world.saturday)
    assert not api.is_in_team(person_id=mine.person_id, shift_id=world.saturday)
