"""Who carries a phone is merged or erased while it sends: everybody is answered, and nothing is lost."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.models import Device, LogEntry, LogStatus
from amiral.rooms.people import api as people
from amiral.rooms.people.actions import account
from amiral.rooms.people.actions import merging as people_merging
from tests.racing import race
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import Handset, enrolled

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(world: World) -> World:
    world.assign()
    return world


def erase(person: UUID) -> Callable[[], None]:
    return lambda: account.erase(person_id=person, by_id=None, at=SATURDAY, wipes=False)


def merge(world: World, person: UUID) -> Callable[[], object]:
    """Into somebody who has nothing yet."""
    kept = people.add_confirmed_person(
        email="double@example.org", given_name="Double", postal_code="71000", commune_id="commune:71270"
    )
    return lambda: people_merging.merge(
        by_id=world.cast.administrator, kept_id=kept, absorbed_id=person, at=SATURDAY, silent=True
    )


class Meanwhile:
    """While a request of a phone holds its locks, somebody else begins, as far as the locks let him."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act, self.problems, self.thread = act, list[Exception](), threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.act()
        except Exception as problem:
            self.problems.append(problem)
        finally:
            connections.close_all()

    def begin(self) -> None:
        if not self.thread.ident:
            self.thread.start()
            self.thread.join(0.4)

    def ended(self) -> list[Exception]:
        self.thread.join()
        return self.problems


@pytest.mark.parametrize("what", ["erase", "merge"])
def test_a_person_who_is_sending_is_erased_or_merged(
    held: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """On PostgreSQL the database refused the row that still named him, at the end of one or of the other."""
    phone = enrolled(held.shift)
    for position in range(5):
        phone.visit(held.turf.door_ids[position])
    act = erase(held.cast.teammate) if what == "erase" else merge(held, held.cast.teammate)
    other, really = Meanwhile(act), syncing.judge_all
    if connection.vendor == "postgresql":  # of SQLite the writer has the whole file

        def judged(**asked: Any) -> Any:
            other.begin()
            return really(**asked)

        monkeypatch.setattr(syncing, "judge_all", judged)
    assert set(phone.send()["answers"]), "answered"
    other.begin()
    assert other.ended() == []
    assert LogEntry.objects.filter(status=LogStatus.STORED).count() == 5
    assert not LogEntry.objects.filter(by=held.cast.teammate).exists()


@pytest.mark.parametrize("what", ["erase", "merge"])
def test_many_phones_of_one_person_send_while_he_is_erased_or_merged(held: World, what: str) -> None:
    phones = [enrolled(held.shift) for _ in range(4)]
    for number, phone in enumerate(phones):
        phone.visit(held.turf.door_ids[number])
    act = erase(held.cast.teammate) if what == "erase" else merge(held, held.cast.teammate)
    statuses = list[int]()

    def send(phone: Handset) -> None:
        statuses.append(phone.post(phone.request()).status_code)

    told = race([*(lambda phone=phone: send(phone) for phone in phones * 2), act])
    assert told == {"done": 9}
    assert set(statuses) == {200}
    assert LogEntry.objects.count() == 4, "in quarantine where the phone was withdrawn first; never lost"


def test_a_page_of_somebody_who_was_just_erased_records_as_nobody(
    held: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.rooms.field.actions import visiting

    lease = api.live_assignments(canvass_id=held.canvass)[0]
    really, erased = visiting._assignment, erase(held.cast.teammate)

    def meanwhile(*args: Any) -> Any:
        found = really(*args)
        if not done:
            done.append(1)
            other = Meanwhile(erased)
            other.begin()
            assert connection.vendor == "sqlite" or other.ended() == []
        return found

    done = list[int]()
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: nobody is erased inside of another transaction")
    monkeypatch.setattr(visiting, "_assignment", meanwhile)
    held.visit(lease, 1, visit_id=(id_ := new_id()))
    assert LogEntry.objects.get(pk=id_).by_id is None


def test_the_phone_of_an_erased_person_is_withdrawn(held: World) -> None:
    phone, other = enrolled(held.shift), enrolled(held.shift, held.cast.owner)
    phone.visit(held.turf.door_ids[0])
    erase(held.cast.teammate)()
    assert Device.objects.get(pk=phone.id).revoked_at is not None
    assert Device.objects.get(pk=other.id).revoked_at is None
    said = phone.send()
    assert said["revoked"], "so that it wipes what it holds"
    assert said["packs"] == []
    assert phone.statuses() == ["quarantined-revoked"], "nothing is lost: a leader decides"


def test_a_phone_is_not_enrolled_for_somebody_erased(held: World) -> None:
    from amiral.kit.errors import NotFound

    with pytest.raises(NotFound):
        syncing.enrol(shift_id=held.shift, person_id=new_id(), at=SATURDAY + timedelta(hours=1))
