"""Phones of teams: who sees them, what is still on them, and a phone that was lost."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.field import api
from amiral.rooms.field.actions import enrolling, syncing
from amiral.rooms.field.contracts import AssignmentCard
from amiral.rooms.field.models import Device, LogEntry, LogStatus, Visit
from amiral.rooms.field.queries.phones import still_on_phones
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.people.actions import account
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.test_numbers import exchanged, sealed_visit

pytestmark = pytest.mark.django_db

Said = dict[str, Any]


def let_in(world: World, card: AssignmentCard, *, by: UUID | None = None) -> Said:
    """A phone of the team, as the address answers it."""
    import base64

    made = enrolling.enrol_member(by_id=by or world.cast.teammate, assignment_id=card.id, at=NOON)
    key = base64.urlsafe_b64encode(made.key).decode().rstrip("=")
    return {"device": str(made.device_id), "key": key, "token": made.token}


@pytest.fixture
def phone(world: World) -> Said:
    return let_in(world, world.assign())


def pages(world: World) -> dict[str, str]:
    device = Device.objects.filter(kind="phone").earliest("enrolled_at")
    return {
        "phones": f"/terrain/actions/{world.action}/telephones/",
        "my_phones": "/terrain/mes-telephones/",
        "revoke_phone": f"/terrain/telephones/{device.pk}/revoquer/",
    }


MAY = {
    "phones": {"owner", "coordinator", "administrator"},
    "revoke_phone": {"owner", "coordinator", "administrator", "teammate"},
    "my_phones": {"owner", "coordinator", "administrator", "teammate", "stranger", "other_coordinator"},
}
EVERYBODY = ("owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", list(MAY))
def test_who_sees_what(
    world: World, phone: Said, sign_in: Callable[..., Any], name: str, who: str | None
) -> None:
    answer = sign_in(getattr(world.cast, who) if who else None).get(pages(world)[name])
    if who is None:
        assert answer["Location"].startswith("/compte/")
    else:
        assert answer.status_code == (200 if who in MAY[name] else 404)


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_revokes(world: World, phone: Said, sign_in: Callable[..., Any], who: str | None) -> None:
    sign_in(getattr(world.cast, who) if who else None).post(pages(world)["revoke_phone"])
    revoked = Device.objects.get().revoked_at is not None
    assert revoked == (who in MAY["revoke_phone"])
    assert AuditLine.objects.filter(verb="revoke-device").count() == revoked


def test_another_members_phone_is_not_ones_own(world: World) -> None:
    said = let_in(world, world.assign(), by=world.cast.owner)
    with pytest.raises(NotFound):
        enrolling.revoke_phone(by_id=world.cast.teammate, device_id=UUID(said["device"]), at=NOON)


def test_numbers_and_no_names(world: World, phone: Said, sign_in: Callable[..., Any]) -> None:
    page = sign_in(world.cast.owner).get(pages(world)["phones"]).content.decode()
    assert "Téléphone 1" in page
    assert "Teammate" not in page
    assert phone["token"] not in page


def test_a_number_that_is_not_a_phones(world: World, sign_in: Callable[..., Any]) -> None:
    world.visit(world.assign(), 1)  # the page's own device
    device = Device.objects.get(kind="page")
    answer = sign_in(world.cast.owner).post(f"/terrain/telephones/{device.pk}/revoquer/")
    assert answer.status_code == 404
    assert Device.objects.get().revoked_at is None


class TestStillOnPhones:
    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ([], ""),
            ([0, 0], ""),
            ([1], "1 passage encore sur 1 téléphone"),
            ([5, 0, 4, 3], "12 passages encore sur 3 téléphones"),
        ],
    )
    def test_words(self, missing: list[int], words: str) -> None:
        assert still_on_phones(missing) == words

    def test_everywhere_it_is_said(self, world: World, phone: Said, sign_in: Callable[..., Any]) -> None:
        """The phone says that it recorded twelve; one arrived."""
        exchanged(phone, [sealed_visit(phone, 2, world.turf.door_ids[0])], head=12)
        words = "11 passages encore sur 1 téléphone"
        card = api.live_assignments(canvass_id=world.canvass)[0]
        leaders = [
            f"/terrain/{world.canvass}/",
            f"/terrain/{world.canvass}/secteurs/1/",
            f"/terrain/{world.canvass}/journal/",
            f"/actions/{world.action}/",
            card.url,
            pages(world)["phones"],
        ]
        for address in leaders:
            assert words in sign_in(world.cast.owner).get(address).content.decode(), address
        for address in (f"/actions/{world.action}/", card.url, pages(world)["my_phones"]):
            assert words in sign_in(world.cast.teammate).get(address).content.decode(), address
        stranger = sign_in(world.cast.stranger).get(f"/actions/{world.action}/").content.decode()
        assert "encore sur" not in stranger

    def test_nothing_is_said_once_all_arrived(
        self, world: World, phone: Said, sign_in: Callable[..., Any]
    ) -> None:
        exchanged(phone, [sealed_visit(phone, 1, world.turf.door_ids[0])], head=1)
        page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/").content.decode()
        assert "encore sur" not in page


class TestLostPhone:
    def test_what_arrived_counts_and_what_comes_waits(self, world: World, phone: Said) -> None:
        first = sealed_visit(phone, 1, world.turf.door_ids[0])
        later = sealed_visit(phone, 2, world.turf.door_ids[1])
        exchanged(phone, [first], head=2)
        enrolling.revoke_phone(by_id=world.cast.owner, device_id=UUID(phone["device"]), at=NOON)
        answer = exchanged(phone, [first, later], head=2)
        assert answer["answers"][first["id"]]["status"] == "duplicate"
        assert answer["answers"][later["id"]] == {"status": "quarantined", "why": "revoked"}
        assert answer["revoked"] is True
        assert answer["packs"] == []
        assert answer["news"] == []
        assert Visit.objects.count() == 1

    def test_it_gets_no_pack(self, world: World, phone: Said) -> None:
        enrolling.revoke_phone(by_id=world.cast.owner, device_id=UUID(phone["device"]), at=NOON)
        card = api.live_assignments(canvass_id=world.canvass)[0]
        answer = Client().get(
            f"/terrain/app/paquets/{card.id}.json", headers={"Authorization": f"Bearer {phone['token']}"}
        )
        assert answer.status_code == 401

    def test_found_again_it_comes_in_under_a_new_number(self, world: World, phone: Said) -> None:
        enrolling.revoke_phone(by_id=world.cast.owner, device_id=UUID(phone["device"]), at=NOON)
        card = api.live_assignments(canvass_id=world.canvass)[0]
        again = let_in(world, card)
        assert Device.objects.get(pk=again["device"]).number == 2


def assert_told_nothing_but_heard(phone: Said, world: World, card: AssignmentCard) -> None:
    event = sealed_visit(phone, 1, world.turf.door_ids[0])
    answer = exchanged(phone, [event])
    assert answer["answers"][event["id"]]["status"] == "stored"
    assert (answer["news"], answer["packs"], answer["revoked"]) == ([], [], False)
    bearer = {"Authorization": f"Bearer {phone['token']}"}
    assert Client().get(f"/terrain/app/paquets/{card.id}.json", headers=bearer).status_code == 404


def test_whoever_leaves_the_team_is_told_nothing_more_and_what_he_did_counts(world: World) -> None:
    card = world.assign()
    phone = let_in(world, card)
    world.visit(card, 2)
    assert len(exchanged(phone, [])["news"]) == 1
    mobilisation.cancel_sign_up(person_id=world.cast.teammate, shift_id=world.shift, at=NOON)
    assert_told_nothing_but_heard(phone, world, card)


def test_whose_person_was_erased_is_withdrawn_and_a_leader_decides_what_it_brings(world: World) -> None:
    """Such a phone has no bearer, like one that came in by a list number; it is none, and wipes itself."""
    card = world.assign()
    phone = let_in(world, card)
    world.visit(card, 2)
    account.erase(person_id=world.cast.teammate, by_id=None, at=NOON)
    event = sealed_visit(phone, 1, world.turf.door_ids[0])
    answer = exchanged(phone, [event])
    assert answer["answers"][event["id"]] == {"status": "quarantined", "why": "revoked"}
    assert answer["revoked"]
    assert (answer["news"], answer["packs"]) == ([], [])


def test_forgetting_its_bearer_blinds_no_phone_whose_team_still_walks(world: World) -> None:
    card = world.assign()
    phone = let_in(world, card)
    Device.objects.update(enrolled_at=NOON - timedelta(days=31))
    assert api.purge(at=NOON)["field.Device"] == 0
    assert [one["assignment"] for one in exchanged(phone, [])["packs"]] == [str(card.id)]
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    assert api.purge(at=NOON)["field.Device"] == 1
    world.assign()
    assert exchanged(phone, [])["packs"] == []


def test_what_others_do_on_a_turf_that_was_taken_back_is_not_told(world: World) -> None:
    """The turf is another team's now. What this phone did there still counts."""
    card = world.assign()
    phone = let_in(world, card)
    world.visit(card, 2)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    event = sealed_visit(phone, 1, world.turf.door_ids[0])
    answer = exchanged(phone, [event])
    assert answer["answers"][event["id"]]["status"] == "stored"
    assert (answer["news"], answer["packs"]) == ([], [])


@pytest.mark.parametrize("count", [2, 20])
def test_queries_do_not_grow(
    world: World, sign_in: Callable[..., Any], count: int, django_assert_max_num_queries: Any
) -> None:
    card = world.assign()
    for _ in range(count):
        let_in(world, card)
    owner = sign_in(world.cast.owner)
    owner.get(pages(world)["phones"])
    with django_assert_max_num_queries(19):
        owner.get(pages(world)["phones"])
    member = sign_in(world.cast.teammate)
    member.get(pages(world)["my_phones"])
    with django_assert_max_num_queries(10):
        member.get(pages(world)["my_phones"])


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_batch_that_arrives_while_its_phone_is_revoked(world: World) -> None:
    """All of it counts or none, and nothing counts that came after the revocation."""
    phone = let_in(world, world.assign())
    device = syncing.device_by_token(token=phone["token"])
    events = [sealed_visit(phone, i + 1, door) for i, door in enumerate(world.turf.door_ids[:10])]

    def send() -> None:
        syncing.receive(device=device, head=10, events=events, has={}, at=SATURDAY)

    def revoke() -> None:
        enrolling.revoke_phone(by_id=world.cast.owner, device_id=device.pk, at=SATURDAY)

    assert race([send, revoke]) == {"done": 2}
    states = set(LogEntry.objects.values_list("status", flat=True))
    assert len(states) == 1
    assert Visit.objects.count() == (10 if states == {LogStatus.STORED} else 0)
    late = sealed_visit(phone, 11, world.turf.door_ids[10])
    syncing.receive(device=device, head=11, events=[late], has={}, at=SATURDAY)
    assert LogEntry.objects.get(pk=late["id"]).status == LogStatus.QUARANTINED
    assert json.loads(LogEntry.objects.get(pk=late["id"]).content)["seq"] == 11
