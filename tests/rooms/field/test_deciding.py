"""Quarantine and conflicts: who decides, what counts from then on, and that nothing is deleted."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.sync import GREATEST, LAM_AHEAD, Event, parse, sealed
from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.field import api
from amiral.rooms.field.actions import deciding, enrolling, upgrading
from amiral.rooms.field.actions.checking import check_log
from amiral.rooms.field.actions.erasing import erase_events
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Device, LogConflict, LogEntry, LogStatus, Visit
from amiral.rooms.field.queries.log import greatest_lam
from tests.conftest import NOON
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.test_numbers import exchanged, sealed_visit
from tests.rooms.field.test_phones import EVERYBODY, Said, let_in

pytestmark = pytest.mark.django_db

LEADERS = {"owner", "coordinator", "administrator"}


@pytest.fixture
def phone(world: World) -> Said:
    return let_in(world, world.assign())


def revoke(world: World, phone: Said) -> None:
    enrolling.revoke_phone(by_id=world.cast.owner, device_id=UUID(phone["device"]), at=NOON)


def waiting(world: World, phone: Said, *, outcome: str = "talked", door: int = 0) -> UUID:
    """A visit in quarantine, because its phone is revoked."""
    revoke(world, phone)
    event = sealed_visit(phone, 1, world.turf.door_ids[door], outcome)
    exchanged(phone, [event])
    return UUID(event["id"])


def conflict(world: World, phone: Said, *, door: int = 0) -> LogConflict:
    """The same id with “refused” at the first door and then “talked”."""
    first = sealed_visit(phone, 1, world.turf.door_ids[0], "refused")
    exchanged(phone, [first])

    event = parse(sealed_visit(phone, 1, world.turf.door_ids[door], "talked"))
    other = sealed(replace(event, id=UUID(first["id"])), base64.urlsafe_b64decode(phone["key"] + "="))
    answer = exchanged(phone, [other])
    assert answer["answers"][first["id"]]["status"] == "conflict"
    return LogConflict.objects.get()


def accept(world: World, event_id: UUID) -> None:
    deciding.accept(by_id=world.cast.owner, canvass_id=world.canvass, event_id=event_id, at=SATURDAY)


def dismiss(world: World, event_id: UUID) -> None:
    deciding.dismiss(by_id=world.cast.coordinator, canvass_id=world.canvass, event_id=event_id)


def settle(world: World, conflict_id: UUID, *, other: bool) -> None:
    deciding.settle(
        by_id=world.cast.owner,
        canvass_id=world.canvass,
        conflict_id=conflict_id,
        other_stands=other,
        at=SATURDAY,
    )


def state(world: World, door: int = 0) -> Outcome | None:
    return api.coverage(canvass_id=world.canvass).states.get(world.turf.door_ids[door])


class TestQuarantine:
    def test_counted_it_counts_at_its_own_place(self, world: World, phone: Said) -> None:
        """A team-mate was there after the phone was lost: what the phone says is older."""
        event_id = waiting(world, phone)
        world.visit(api.live_assignments(canvass_id=world.canvass)[0], 1, Outcome.COME_BACK)
        accept(world, event_id)
        assert Visit.objects.count() == 2
        assert LogEntry.objects.get(pk=event_id).status == LogStatus.STORED
        line = AuditLine.objects.get(verb="accept-event")
        assert (line.actor_id, line.subject_id) == (world.cast.owner, str(event_id))

    def test_a_wish_that_is_counted_binds_the_address(self, world: World, phone: Said) -> None:
        event_id = waiting(world, phone, outcome="do-not-come-back")
        assert not AddressWish.objects.exists()
        accept(world, event_id)
        assert AddressWish.objects.count() == 1

    def test_set_aside_it_is_kept_and_never_counts(self, world: World, phone: Said) -> None:
        event_id = waiting(world, phone)
        before = LogEntry.objects.get(pk=event_id).content
        dismiss(world, event_id)
        row = LogEntry.objects.get(pk=event_id)
        assert (row.status, row.content) == (LogStatus.DISMISSED, before)
        assert state(world) is None
        assert AuditLine.objects.get(verb="dismiss-event").actor_id == world.cast.coordinator

    def test_the_place_is_told_in_the_language_of_the_page(
        self, world: World, phone: Said, sign_in: Callable[..., Any]
    ) -> None:
        waiting(world, phone)
        page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/journal/").content.decode()
        assert "(secteur 1)" in page

    def test_once_only(self, world: World, phone: Said) -> None:
        event_id = waiting(world, phone)
        dismiss(world, event_id)
        with pytest.raises(deciding.AlreadyDecided):
            accept(world, event_id)
        with pytest.raises(deciding.AlreadyDecided):
            dismiss(world, event_id)

    def test_the_phone_that_sends_it_again_changes_nothing(self, world: World, phone: Said) -> None:
        revoke(world, phone)
        event = sealed_visit(phone, 1, world.turf.door_ids[0])
        exchanged(phone, [event])
        accept(world, UUID(event["id"]))
        assert exchanged(phone, [event])["answers"][event["id"]]["status"] == "duplicate"
        assert Visit.objects.count() == 1

    def test_a_counter_far_ahead_is_said_again_so_that_it_does_not_rule_for_ever(
        self, world: World, phone: Said
    ) -> None:

        event = parse(sealed_visit(phone, 1, world.turf.door_ids[0]))
        key = base64.urlsafe_b64decode(phone["key"] + "=")
        exchanged(phone, [sealed(replace(event, lam=LAM_AHEAD * 50), key)])
        assert LogEntry.objects.get().why == "counter"
        accept(world, event.id)
        assert state(world) == Outcome.TALKED
        stored = LogEntry.objects.get(status=LogStatus.STORED)
        assert stored.lam < 10
        world.visit(api.live_assignments(canvass_id=world.canvass)[0], 1, Outcome.REFUSED)
        assert state(world) == Outcome.REFUSED

    def test_a_door_of_another_turf_of_the_canvass(self, world: World, phone: Said) -> None:
        event = sealed_visit(phone, 1, world.turfs[1].door_ids[0])
        assert exchanged(phone, [event])["answers"][event["id"]]["why"] == "door"
        accept(world, UUID(event["id"]))
        states = api.coverage(canvass_id=world.canvass).states
        assert states[world.turfs[1].door_ids[0]] == Outcome.TALKED

    def test_a_door_that_is_none_cannot_count(self, world: World, phone: Said) -> None:
        event = sealed_visit(phone, 1, new_id())
        exchanged(phone, [event])
        with pytest.raises(deciding.CannotCount):
            accept(world, UUID(event["id"]))
        dismiss(world, UUID(event["id"]))

    def test_an_event_of_a_later_version_is_shown_and_cannot_count(
        self, world: World, phone: Said, sign_in: Callable[..., Any]
    ) -> None:
        event = sealed_visit(phone, 1, world.turf.door_ids[0]) | {"v": 2, "smell": "<b>roses</b>"}
        assert exchanged(phone, [event])["answers"][event["id"]]["why"] == "future"
        page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/journal/").content.decode()
        assert "version plus récente" in page
        assert "<b>roses" not in page
        with pytest.raises(deciding.CannotCount):
            accept(world, UUID(event["id"]))

    def test_of_a_revoked_phone_a_counter_far_ahead_does_not_rule_either(
        self, world: World, phone: Said
    ) -> None:
        """That it was revoked was the first doubt, and nobody had looked at its counter."""
        revoke(world, phone)
        event = parse(sealed_visit(phone, 1, world.turf.door_ids[0]))
        key = base64.urlsafe_b64decode(phone["key"] + "=")
        exchanged(phone, [sealed(replace(event, lam=GREATEST), key)])
        assert LogEntry.objects.get(pk=event.id).why == "revoked"
        accept(world, event.id)
        assert state(world) == Outcome.TALKED
        world.visit(api.live_assignments(canvass_id=world.canvass)[0], 1, Outcome.COME_BACK)
        assert state(world) == Outcome.COME_BACK
        assert greatest_lam() < LAM_AHEAD

    def test_one_of_a_later_version_that_can_be_read_by_now_counts_in_the_log_too(
        self, world: World, phone: Said
    ) -> None:
        """The leader is quicker than the night in which the site would have taken it in."""
        event = sealed_visit(phone, 1, world.turf.door_ids[0])
        exchanged(phone, [event])
        Visit.objects.all().delete()
        LogEntry.objects.update(status=LogStatus.QUARANTINED, why="future", kind="", door=None, lam=0)
        accept(world, UUID(event["id"]))
        assert state(world) == Outcome.TALKED
        assert LogEntry.objects.get().door == world.turf.door_ids[0]
        assert check_log(at=SATURDAY).is_right

    def test_erased_while_somebody_decides_it_never_counts(
        self, world: World, phone: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        event_id = waiting(world, phone)
        countable = deciding._countable

        def erased_meanwhile(event: Event | None, canvass_id: UUID) -> Event:
            erase_events(event_ids=[event_id], by_id=None, at=SATURDAY)
            return countable(event, canvass_id)

        monkeypatch.setattr(deciding, "_countable", erased_meanwhile)
        with pytest.raises(deciding.AlreadyDecided):
            accept(world, event_id)
        assert not Visit.objects.exists()

    def test_set_aside_while_the_night_takes_it_in_it_does_not_count(
        self, world: World, phone: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        event = sealed_visit(phone, 1, world.turf.door_ids[0])
        exchanged(phone, [event])
        Visit.objects.all().delete()
        LogEntry.objects.update(status=LogStatus.QUARANTINED, why="future", kind="", door=None, lam=0)

        def meanwhile() -> int:
            dismiss(world, UUID(event["id"]))
            return greatest_lam()

        monkeypatch.setattr(upgrading, "greatest_lam", meanwhile)
        assert upgrading.take_up_readable() == 0
        assert LogEntry.objects.get().status == LogStatus.DISMISSED
        assert not Visit.objects.exists()

    def test_what_already_counts_is_not_decided_about(self, world: World, phone: Said) -> None:
        event = sealed_visit(phone, 1, world.turf.door_ids[0])
        exchanged(phone, [event])
        with pytest.raises(deciding.AlreadyDecided):
            dismiss(world, UUID(event["id"]))
        assert state(world) == Outcome.TALKED


class TestConflicts:
    def test_the_first_stands(self, world: World, phone: Said) -> None:
        row = conflict(world, phone)
        settle(world, row.pk, other=False)
        assert state(world) == Outcome.REFUSED
        assert LogEntry.objects.count() == 1
        assert LogConflict.objects.get().settled_at == SATURDAY

    def test_the_later_stands_as_a_correction(self, world: World, phone: Said) -> None:
        row = conflict(world, phone)
        kept = LogEntry.objects.get().content
        settle(world, row.pk, other=True)
        assert state(world) == Outcome.TALKED
        assert Visit.objects.count() == 1
        assert LogEntry.objects.count() == 2
        assert LogEntry.objects.get(pk=row.entry_id).content == kept
        assert LogConflict.objects.get().content == row.content
        assert AuditLine.objects.get(verb="settle-event").detail["stands"] == "other"

    def test_the_later_one_is_of_another_door(self, world: World, phone: Said) -> None:
        row = conflict(world, phone, door=1)
        settle(world, row.pk, other=True)
        assert state(world, 0) is None
        assert state(world, 1) == Outcome.TALKED

    def test_once_only(self, world: World, phone: Said) -> None:
        row = conflict(world, phone)
        settle(world, row.pk, other=True)
        with pytest.raises(deciding.AlreadyDecided):
            settle(world, row.pk, other=False)


def test_the_nightly_check_finds_what_was_decided_right(world: World, phone: Said) -> None:
    """The figures are still those of the log, whatever was counted, set aside or chosen."""
    row = conflict(world, phone, door=1)
    revoke(world, phone)
    wish = sealed_visit(phone, 2, world.turf.door_ids[2], "do-not-come-back")
    other = sealed_visit(phone, 3, world.turf.door_ids[3])
    exchanged(phone, [wish, other])
    accept(world, UUID(wish["id"]))
    dismiss(world, UUID(other["id"]))
    settle(world, row.pk, other=True)
    assert check_log(at=SATURDAY).is_right


@pytest.mark.parametrize("who", EVERYBODY)
class TestRights:
    def test_reading(self, world: World, phone: Said, sign_in: Callable[..., Any], who: str | None) -> None:
        answer = sign_in(getattr(world.cast, who) if who else None).get(f"/terrain/{world.canvass}/journal/")
        assert answer.status_code == (302 if who is None else 200 if who in LEADERS else 404)

    def test_deciding(self, world: World, phone: Said, sign_in: Callable[..., Any], who: str | None) -> None:
        row = conflict(world, phone)
        revoke(world, phone)
        event = sealed_visit(phone, 2, world.turf.door_ids[1])
        exchanged(phone, [event], head=2)
        browser = sign_in(getattr(world.cast, who) if who else None)
        log = f"/terrain/{world.canvass}/journal/"
        first = browser.post(f"{log}{event['id']}/", {"decision": "compter"})
        second = browser.post(f"{log}conflits/{row.pk}/", {"reste": "autre"})
        expected = 404 if who and who not in LEADERS else 302
        assert (first.status_code, second.status_code) == (expected, expected)
        assert (state(world, 1) == Outcome.TALKED) == (who in LEADERS)
        assert (state(world) == Outcome.TALKED) == (who in LEADERS)


class TestPage:
    def test_it_says_what_why_and_from_which_phone(
        self, world: World, phone: Said, sign_in: Callable[..., Any]
    ) -> None:
        event_id = waiting(world, phone)
        page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/journal/").content.decode()
        for words in ("Téléphone 1", "révoqué", "1 Rue de la Barre", "Échange", str(event_id)):
            assert words in page, words
        assert "Teammate" not in page

    def test_what_was_set_aside_stays_to_be_seen(
        self, world: World, phone: Said, sign_in: Callable[..., Any]
    ) -> None:
        event_id = waiting(world, phone)
        browser, log = sign_in(world.cast.owner), f"/terrain/{world.canvass}/journal/"
        browser.post(f"{log}{event_id}/", {"decision": "ecarter"})
        assert "1 Rue de la Barre" in browser.get(log).content.decode()
        again = browser.post(f"{log}{event_id}/", {"decision": "compter"}, follow=True)
        assert "Quelqu’un en a décidé" in again.content.decode()
        nothing = browser.post(f"{log}{event_id}/", {"decision": "x"}, follow=True)
        assert "notice--error" in nothing.content.decode()

    def test_another_canvass_does_not_show_it_nor_decide_it(self, world: World, phone: Said) -> None:
        event_id = waiting(world, phone)
        canvass = api.create_canvass(
            by_id=world.cast.owner,
            group_id=world.cast.group,
            name="Autre",
            kind=api.canvass(canvass_id=world.canvass).kind,
            file_id=world.file,
        )
        with pytest.raises(NotFound):
            deciding.accept(by_id=world.cast.owner, canvass_id=canvass, event_id=event_id, at=SATURDAY)

    @pytest.mark.parametrize("count", [2, 20])
    def test_queries_do_not_grow(
        self,
        world: World,
        phone: Said,
        sign_in: Callable[..., Any],
        count: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        revoke(world, phone)
        doors = [door for turf in world.turfs for door in turf.door_ids]
        exchanged(phone, [sealed_visit(phone, i + 1, doors[i]) for i in range(count)])
        owner, log = sign_in(world.cast.owner), f"/terrain/{world.canvass}/journal/"
        owner.get(log)
        with django_assert_max_num_queries(22):
            assert owner.get(log).status_code == 200


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_leaders_count_and_set_aside_at_once(self, world: World) -> None:
        phone = let_in(world, world.assign())
        event_id = waiting(world, phone)
        told = race(
            [
                lambda: accept(world, event_id),
                lambda: dismiss(world, event_id),
                lambda: accept(world, event_id),
            ]
        )
        assert told == {"done": 1, "AlreadyDecided": 2}
        counts = LogEntry.objects.get(pk=event_id).status == LogStatus.STORED
        assert Visit.objects.count() == counts

    def test_two_leaders_settle_at_once(self, world: World) -> None:
        row = conflict(world, let_in(world, world.assign()))
        told = race([lambda: settle(world, row.pk, other=True), lambda: settle(world, row.pk, other=False)])
        assert told == {"done": 1, "AlreadyDecided": 1}
        assert Visit.objects.count() == 1

    def test_saying_something_again_while_others_record_at_the_same_door(self, world: World) -> None:
        """Nobody waits for anybody in a circle: devices are locked before doors."""
        card = world.assign()
        phone, partner = let_in(world, card), let_in(world, card)
        ahead = parse(sealed_visit(phone, 1, world.turf.door_ids[0]))
        key = base64.urlsafe_b64decode(phone["key"] + "=")
        exchanged(phone, [sealed(replace(ahead, lam=LAM_AHEAD * 50), key)])
        events = [sealed_visit(partner, i + 1, world.turf.door_ids[0]) for i in range(10)]
        told = race(
            [
                lambda: accept(world, ahead.id),
                lambda: world.visit(card, 1),
                lambda: exchanged(partner, events),
            ]
        )
        assert told == {"done": 3}
        assert Visit.objects.count() == 12

    def test_deciding_while_another_phone_sends(self, world: World) -> None:
        card = world.assign()
        phone, partner = let_in(world, card), let_in(world, card)
        event_id = waiting(world, phone)
        events = [sealed_visit(partner, i + 1, door) for i, door in enumerate(world.turf.door_ids[:10])]
        told = race([lambda: accept(world, event_id), lambda: exchanged(partner, events)])
        assert told == {"done": 2}
        assert Visit.objects.count() == 11
        assert Device.objects.filter(kind="phone").count() == 2


def test_what_waits_tells_the_phones_clock_in_the_sites_time(
    world: World, sign_in: Callable[..., Any]
) -> None:
    """It was told in UTC, which nobody at a door thinks in."""
    from django.utils import translation

    from amiral.rooms.field.queries.deciding import _clock

    assert _clock("2026-03-01T10:00:00.123Z").replace("\xa0", " ") == "1 mars 2026, 11 h 00"
    assert _clock("2026-07-01T23:30:00Z").startswith("2 juil")
    with translation.override("en"):
        assert _clock("2026-03-01T12:18:00Z").endswith("13:18")
    assert _clock("-0001-01-01T10:00:00Z") == "-0001-01-01T10:00:00Z", "as it was written"
