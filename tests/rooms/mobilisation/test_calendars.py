"""Calendars, read back by a parser as a calendar program would."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.contracts import ShiftDraft
from amiral.rooms.people import api as people
from amiral.rooms.people.models import Person
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, shift


def events(body: bytes) -> list[Any]:
    calendar = Calendar.from_ical(body)
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    found = calendar.walk("VEVENT")
    for event in found:
        assert event["dtstamp"].dt.tzinfo is not None
        assert b"\r\nDTSTART:" in event.to_ical()
        assert not event.errors
    return list(found)


def feed_of(person_id: Any) -> str:
    return f"/agenda/{Person.objects.get(pk=person_id).calendar_token}.ics"


def test_the_calendar_of_an_action(world: World, client: Client) -> None:
    response = client.get(f"/actions/{world.action}.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    saturday, sunday = events(response.content)
    assert (saturday["uid"], sunday["uid"]) == (str(world.saturday), str(world.sunday))
    assert saturday["dtstart"].dt == SATURDAY
    assert saturday["dtend"].dt == SATURDAY + timedelta(hours=2)
    assert saturday["location"] == "Devant l’école Jean-Moulin, Mâcon"
    assert saturday["url"].endswith(f"/actions/{world.action}/")
    assert (saturday["sequence"], saturday["status"]) == (0, "CONFIRMED")
    assert saturday["dtstamp"].dt == NOON


def test_lines_are_folded_and_text_is_escaped(world: World, client: Client) -> None:
    title = "Boîtage ; " + "quartier, rue\\place " * 6
    lead.edit_action(
        by_id=world.cast.owner,
        action_id=world.action,
        draft=draft(title=title[:120].strip(), description="Une\nligne\r\nBEGIN:VALARM"),
        at=NOON,
    )
    body = client.get(f"/actions/{world.action}.ics").content
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert events(body)[0]["summary"] == title[:120].strip()
    assert not Calendar.from_ical(body).walk("VALARM")


def test_changes_and_cancellations_reach_the_calendar(world: World, client: Client) -> None:
    lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON + timedelta(hours=1))
    saturday, sunday = events(client.get(f"/actions/{world.action}.ics").content)
    assert (saturday["status"], sunday["status"]) == ("CANCELLED", "CONFIRMED")
    assert (saturday["sequence"], saturday["dtstamp"].dt) == (1, NOON + timedelta(hours=1))
    api.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON)
    states = {event["status"] for event in events(client.get(f"/actions/{world.action}.ics").content)}
    assert states == {"CANCELLED"}


def test_a_persons_feed_holds_his_own_places_and_nobody_elses(world: World, client: Client) -> None:
    person = world.cast.teammate
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    api.sign_up(person_id=person, shift_id=world.sunday, at=NOON)
    api.cancel_sign_up(person_id=person, shift_id=world.sunday, at=NOON)
    api.sign_up(person_id=world.cast.stranger, shift_id=world.saturday, at=NOON)
    response = client.get(feed_of(person))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, no-cache"
    mine = events(response.content)
    assert [event["status"] for event in mine] == ["CONFIRMED", "CANCELLED"]
    assert {event["uid"] for event in mine}.isdisjoint({str(world.saturday), str(world.sunday)})
    text = response.content.decode()
    assert not [word for word in ("Teammate", "Stranger", "Owner", "@example.org") if word in text]


def test_the_event_keeps_its_uid_and_its_sequence_grows(world: World, client: Client) -> None:
    person = world.cast.teammate
    seen = []
    for verb in (api.sign_up, api.cancel_sign_up, api.sign_up):
        verb(person_id=person, shift_id=world.saturday, at=NOON)
        (event,) = events(client.get(feed_of(person)).content)
        seen.append((event["uid"], event["sequence"], event["status"]))
    lead.change_shift(by_id=world.cast.owner, shift_id=world.saturday, shift=shift(hours=3), at=NOON)
    (event,) = events(client.get(feed_of(person)).content)
    seen.append((event["uid"], event["sequence"], event["status"]))
    assert len({uid for uid, _, _ in seen}) == 1
    assert [number for _, number, _ in seen] == [1, 2, 3, 4]
    assert [state for _, _, state in seen] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_the_event_in_the_message_is_the_one_of_the_feed(world: World, client: Client) -> None:
    from amiral.rooms.outreach.models import Message

    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    (attached,) = events(Message.objects.get().attachment_text.encode())
    (subscribed,) = events(client.get(feed_of(world.cast.teammate)).content)
    assert (attached["uid"], attached["sequence"]) == (subscribed["uid"], subscribed["sequence"])


def test_a_new_secret_voids_the_old_one(world: World, sign_in: Any, client: Client) -> None:
    old = feed_of(world.cast.teammate)
    assert client.get(old).status_code == 200
    response = sign_in(world.cast.teammate).post("/actions/miennes/agenda/")
    assert response["Location"] == "/actions/miennes/#agenda"
    assert client.get(old).status_code == 404
    assert client.get(feed_of(world.cast.teammate)).status_code == 200
    assert client.post("/actions/miennes/agenda/").status_code == 302
    assert client.get("/agenda/.ics").status_code == 404


def test_the_feed_speaks_the_persons_language(world: World, client: Client) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    assert "Mes actions" in client.get(feed_of(world.cast.teammate)).content.decode()
    Person.objects.filter(pk=world.cast.teammate).update(language="en")
    body = client.get(feed_of(world.cast.teammate)).content.decode()
    assert "My actions" in body
    assert "Door-to-door" in body


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        # 25 October 2026, 03:00 → 02:00: from 01:30 to 03:30 on the clocks is three real hours.
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC), 3),
        # 28 March 2027, 02:00 → 03:00: from 01:30 to 03:30 on the clocks is one real hour.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC), 1),
    ],
)
def test_a_night_when_the_clocks_change(
    cast: Cast, client: Client, start: datetime, end: datetime, hours: int
) -> None:
    action_id = api.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=draft(),
        shifts=[ShiftDraft(starts_at=start, ends_at=end, capacity=2)],
        at=NOON,
    )
    (event,) = events(client.get(f"/actions/{action_id}.ics").content)
    assert (event["dtstart"].dt, event["dtend"].dt) == (start, end)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=hours)
    page = client.get(f"/actions/{action_id}/").content.decode()
    assert "de 1\u00a0h\u00a030 à 3\u00a0h\u00a030" in page


def test_as_many_queries_for_two_events_as_for_twenty(
    cast: Cast, client: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    person = cast.teammate
    counts = []
    for more in (2, 18):
        for number in range(more):
            action_id = api.create_action(
                by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[shift(days=number)], at=NOON
            )
            (one,) = api.action(action_id=action_id).shifts
            api.sign_up(person_id=person, shift_id=one.id, at=NOON, silent=True)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            body = client.get(feed_of(person)).content
        counts.append(len(queries))
    assert len(events(body)) == 20
    assert counts[0] == counts[1]


def test_nobodys_token_opens_nothing(world: World, client: Client) -> None:
    assert client.get("/agenda/nonsense.ics").status_code == 404
    assert (
        people.person_by_calendar_token(token=Person.objects.get(pk=world.cast.owner).calendar_token).id
        == world.cast.owner
    )
