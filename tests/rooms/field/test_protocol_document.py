"""docs/field-protocol.md: what the page says is what the address does."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

from django.test import Client

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import MOST_EVENTS, MOST_UNITS, Kind, Phone, Status, Why
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.models import Assignment, Device, DeviceKind, Door
from amiral.rooms.field.queries import log
from amiral.rooms.field.web import sync_views
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import ADDRESS, Handset

PAGE = Path(__file__).parents[3] / "docs" / "field-protocol.md"
EXAMPLE = re.compile(r"```http\n(.*?)\n\n(.*?)```", re.DOTALL)
TOKEN = "an-example-of-a-token"
MINE, MATES, DOOR, LIST = (UUID(f"018f0000-0000-7000-8000-0000000000{n}") for n in ("0d", "0e", "d0", "a0"))


def example() -> tuple[tuple[str, str], tuple[str, str]]:
    """Head and body of the request, then of the answer."""
    request, answer = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    return request, answer


def as_on_the_page(world: World) -> None:
    """The devices, the door and the list of the example."""
    Assignment.objects.filter(pk=world.assign().id).delete()
    Assignment.objects.create(
        pk=LIST, turf_id=world.turf.id, shift_id=world.shift, until=SATURDAY.replace(year=2099)
    )
    Door.objects.create(
        pk=DOOR, turf_id=world.turf.id, position=99, address_id="x", label="x", longitude=4.8, latitude=46.3
    )
    for number, (id_, key) in enumerate(((MINE, b"k"), (MATES, b"l")), start=1):
        Device.objects.create(
            pk=id_,
            shift_id=world.shift,
            person_id=world.cast.teammate,
            kind=DeviceKind.PHONE,
            number=number,
            key=key * 32,
        )
    Device.objects.filter(pk=MINE).update(token_hash=syncing._hash_of(TOKEN), head=2, seen=[[1, 2]])
    mate = Handset(phone=Phone(device=MATES, key=b"l" * 32), token="of-the-mate")
    Device.objects.filter(pk=MATES).update(token_hash=syncing._hash_of(mate.token))
    [news] = json.loads(example()[1][1])["news"]
    answer = mate.post({"device": str(MATES), "head": 1, "events": [news]})
    assert answer.json()["answers"] == {news["id"]: {"status": "stored"}}


def test_the_example_of_the_page_is_answered_as_it_says(world: World) -> None:
    as_on_the_page(world)
    (head, body), (answer_head, answer_body) = example()
    assert head.startswith(f"POST {ADDRESS} ")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    answer = Client().post(
        ADDRESS,
        data=body,
        content_type=headers["Content-Type"],
        headers={"Authorization": headers["Authorization"]},
    )
    assert answer_head.startswith(f"HTTP/1.1 {answer.status_code} ")
    assert answer["Content-Type"] == "application/json"
    assert shape(answer.json()) == shape(json.loads(answer_body))
    again: dict[str, Any] = (
        Client()
        .post(
            ADDRESS, data=body, content_type="application/json", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        .json()
    )
    assert [one["status"] for one in again["answers"].values()] == ["duplicate", "duplicate", "refused"]


def shape(said: dict[str, Any]) -> dict[str, Any]:
    """An answer whose packs tell only which list, and which fields there are."""
    packs = [{**dict.fromkeys(pack), "assignment": pack["assignment"]} for pack in said["packs"]]
    return {**said, "packs": packs}


def test_the_page_names_every_word_and_limit_of_the_protocol() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for words in (Status, Why, Kind, Outcome):
        for word in words:
            assert f"`{word.value}`" in text, word
    assert f"at most {MOST_EVENTS} events" in text
    assert f"1 to {MOST_UNITS} dwellings" in text
    assert f"at most {sync_views.MOST_BYTES:,} bytes" in text
    assert f"at most {syncing.MOST_BYTES:,} bytes" in text
    assert f"at most {log.MOST_NEWS} sealed events" in text
    assert f"{sync_views.REQUESTS_A_MINUTE} requests a minute" in text
    assert f"{sync_views.UNKNOWN_A_MINUTE} unknown tokens" in text
