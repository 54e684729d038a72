"""The public agenda, read by a calendar program, a feed reader, and as somebody pastes it into a message."""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import Openness
from amiral.rooms.network.models import Group
from amiral.rooms.people.models import Person
from tests.conftest import NOON
from tests.rooms.mobilisation.conftest import World, draft, shift

ATOM = "{http://www.w3.org/2005/Atom}"
pytestmark = pytest.mark.usefixtures("wednesday")


@pytest.fixture
def wednesday() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def slug_of(world: World) -> str:
    return network.group(group_id=world.cast.group).slug


def elsewhere(world: World) -> Any:
    """An action of the other département's group, in Dijon."""
    return api.create_action(
        by_id=world.cast.administrator,
        group_id=network.group_for_commune(commune_id="commune:21231").id,  # type: ignore[union-attr]
        draft=draft(title="Marché des Halles", commune_id="commune:21231"),
        shifts=[shift()],
        at=NOON,
    )


def summaries(body: bytes) -> list[str]:
    return [str(event["summary"]) for event in Calendar.from_ical(body).walk("VEVENT")]


def test_each_agenda_has_its_own_actions(world: World, client: Client) -> None:
    elsewhere(world)
    ours, theirs = "Porte-à-porte à la Chanaye", "Marché des Halles"
    for path, expected in {
        "tout": {ours, theirs},
        "departement/71": {ours},
        "departement/21": {theirs},
        "commune/71270": {ours},
        "commune/71076": set(),
        f"groupe/{slug_of(world)}": {ours},
    }.items():
        assert set(summaries(client.get(f"/agenda/{path}.ics").content)) == expected, path
        entries = ElementTree.fromstring(client.get(f"/agenda/{path}.atom").content).findall(f"{ATOM}entry")
        assert {str(one.findtext(f"{ATOM}title")).partition(" : ")[2] for one in entries} == expected, path
        told = client.get(f"/agenda/{path}.txt").content.decode()
        assert {title for title in (ours, theirs) if title in told} == expected, path


@pytest.mark.parametrize(
    "path", ["departement/00", "commune/99999", "groupe/nobody", "canton/7101", "region/27"]
)
@pytest.mark.parametrize("form", ["ics", "atom", "txt"])
def test_what_is_not_there(client: Client, path: str, form: str, db: None) -> None:
    assert client.get(f"/agenda/{path}.{form}").status_code == 404


def test_the_text_is_ready_to_paste(world: World, client: Client) -> None:
    response = client.get("/agenda/commune/71270.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert lines[0] == "Actions — Mâcon"
    assert lines[2] == "Samedi 6 mars"
    assert lines[3] == "• 13\u00a0h\u00a000–15\u00a0h\u00a000 · Porte-à-porte · Porte-à-porte à la Chanaye"
    assert lines[4] == "  Devant l’école Jean-Moulin, Mâcon (4 places libres)"
    assert re.fullmatch(rf"  https?://\S+/actions/{world.action}/", lines[5])
    english = client.get("/agenda/commune/71270.txt?langue=en").content.decode()
    assert "Saturday 6 March" in english
    assert "4 places left" in english
    assert "13:00–15:00" in english


def test_a_full_shift_says_so_and_a_cancelled_one_is_not_there(world: World, client: Client) -> None:
    small = api.create_action(
        by_id=world.cast.owner,
        group_id=world.cast.group,
        draft=draft(title="Une place"),
        shifts=[shift(capacity=1, needed=1), shift(days=2)],
        at=NOON,
    )
    first, second = api.action(action_id=small).shifts
    api.sign_up(person_id=world.cast.teammate, shift_id=first.id, at=NOON)
    lead.cancel_shift(by_id=world.cast.owner, shift_id=second.id, at=NOON)
    told = client.get("/agenda/commune/71270.txt").content.decode()
    assert "(complet)" in told
    assert told.count("Une place") == 1
    calendar = Calendar.from_ical(client.get("/agenda/commune/71270.ics").content)
    states = {str(one["uid"]): str(one["status"]) for one in calendar.walk("VEVENT")}
    assert states[str(second.id)] == "CANCELLED"
    assert states[str(first.id)] == "CONFIRMED"


def test_nobodys_name_is_in_them(world: World, client: Client) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    person = Person.objects.get(pk=world.cast.teammate)
    for form in ("ics", "atom", "txt"):
        body = client.get(f"/agenda/commune/71270.{form}").content.decode()
        assert person.given_name not in body
        assert person.email not in body


def test_readers_ask_again_for_nothing(world: World, client: Client) -> None:
    for form in ("ics", "atom"):
        first = client.get(f"/agenda/tout.{form}")
        assert "public" in first["Cache-Control"]
        again = client.get(f"/agenda/tout.{form}", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_queries_do_not_grow(world: World, client: Client) -> None:
    counts: dict[str, list[int]] = {}
    for number in (1, 12):
        for index in range(number):
            api.create_action(
                by_id=world.cast.owner,
                group_id=world.cast.group,
                draft=draft(title=f"Action {number} {index}"),
                shifts=[shift(), shift(days=1)],
                at=NOON,
            )
        for form in ("ics", "atom", "txt"):
            with CaptureQueriesContext(
                connection,
            ) as caught:
                client.get(f"/agenda/departement/71.{form}")
            counts.setdefault(form, []).append(len(caught))
    assert all(few == many for few, many in counts.values()), counts


def test_the_page(world: World, client: Client) -> None:
    assert "?commune=71270" in client.get("/agenda/", {"q": "71000"}).content.decode()
    page = client.get("/agenda/", {"commune": "71270"}).content.decode()
    assert "Agenda\u00a0: Mâcon" in page
    assert "Porte-à-porte à la Chanaye" in page
    assert "/agenda/commune/71270.ics" in page
    english = client.get("/agenda/", {"commune": "71270"}, headers={"Accept-Language": "en"}).content.decode()
    assert "To paste into a message" in english
    assert "/agenda/commune/71270.ics?langue=en" in english
    assert (
        "No commune answers"
        in client.get("/agenda/", {"q": "Nullepart"}, headers={"Accept-Language": "en"}).content.decode()
    )
    assert client.get("/agenda/", {"groupe": "nobody"}).status_code == 404
    assert client.get("/agenda/", {"jours": "9999"}).status_code == 200


def test_the_action_tells_machines_what_it_is(world: World, client: Client) -> None:
    lead.edit_action(
        by_id=world.cast.owner,
        action_id=world.action,
        draft=draft(description="</script><b>ici</b>"),
        at=NOON + timedelta(minutes=1),
    )
    page = client.get(f"/actions/{world.action}/").content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    saturday, sunday = json.loads(found.group(1))
    assert saturday["@type"] == "Event"
    assert saturday["description"] == "</script><b>ici</b>"
    assert saturday["startDate"] == "2027-03-06T12:00:00+00:00"
    assert saturday["eventStatus"].endswith("EventScheduled")
    assert saturday["location"]["address"]["addressLocality"] == "Mâcon"
    assert sunday["url"].endswith(f"/actions/{world.action}/")


def test_a_group_by_invitation_is_named_nowhere(world: World, client: Client) -> None:
    slug = slug_of(world)
    name = "Équipe de la Nuit"
    Group.objects.filter(pk=world.cast.group).update(openness=Openness.INVITATION, name=name)
    for form in ("ics", "atom", "txt"):
        assert client.get(f"/agenda/groupe/{slug}.{form}").status_code == 404
        body = client.get(f"/agenda/commune/71270.{form}").content.decode()
        assert "Porte-à-porte à la Chanaye" in body
        assert name not in body
    assert client.get("/agenda/", {"groupe": slug}).status_code == 404
    for address in ("/actions/", f"/actions/{world.action}/", f"/actions/{world.action}.ics", "/disponible/"):
        assert name not in client.get(address).content.decode(), address


def test_whoever_manages_it_sees_the_group(world: World, sign_in: Any) -> None:
    name = "Équipe de la Nuit"
    Group.objects.filter(pk=world.cast.group).update(openness=Openness.INVITATION, name=name)
    assert name in sign_in(world.cast.owner).get(f"/actions/{world.action}/").content.decode()
