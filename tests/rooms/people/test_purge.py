"""Forgetting in time."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command

from amiral.kit import audit, ports
from amiral.kit.clock import now
from amiral.kit.models import AuditLine
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.actions import account
from amiral.rooms.people.models import JoinRequest, Mandate, Person
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_each_table_forgets_at_its_own_time(cast: Cast) -> None:
    at = now()
    for age in (6, 8):
        JoinRequest.objects.create(
            token_hash=str(age), email="x@example.org", given_name="X", created_at=at - age * DAY
        )
    for who, age in ((cast.owner, 360), (cast.coordinator, 370)):
        Mandate.objects.filter(person_id=who).update(ends_at=at - age * DAY)
    for age in (360, 370):
        audit.record(actor_id=None, verb="test", subject_kind="test", subject_id=age)
        AuditLine.objects.filter(subject_id=str(age)).update(at=at - age * DAY)
    Session.objects.create(session_key="x", session_data="", expire_date=at - DAY)
    for state, age in (("sent", 29), ("sent", 31), ("held", 31), ("failed", 31), ("queued", 31)):
        Message.objects.create(
            to_address="x@example.org",
            purpose="service",
            subject="x",
            state=state,
            idempotency_key=f"{state}{age}",
            created_at=at - age * DAY,
            not_before=at - age * DAY,
        )
    counts = {table: rows for part in ports.call("purge", at=at) for table, rows in part.items()}
    assert counts["people.JoinRequest"] == 1
    assert counts["people.Mandate"] == 1
    assert counts["kit.AuditLine"] == 1
    assert counts["outreach.Message"] == 3
    assert counts["sessions.Session"] == 1
    assert {m.idempotency_key for m in Message.objects.all()} == {"sent29", "queued31"}
    assert JoinRequest.objects.get().token_hash == "6"
    assert not Mandate.objects.filter(person_id=cast.coordinator).exists()
    assert Mandate.objects.filter(person_id=cast.owner).exists()


def test_the_command_calls_every_room_and_twice_does_no_harm(cast: Cast) -> None:
    first, second = StringIO(), StringIO()
    call_command("purge", stdout=first)
    call_command("purge", stdout=second)
    assert len(second.getvalue().splitlines()) >= len(settings.AMIRAL_PORTS["purge"])


def silent_for(person_id: Any, days: int) -> None:
    Person.objects.filter(pk=person_id).update(last_seen_at=now() - days * DAY)


def test_the_silent_are_warned_then_erased(cast: Cast, commit: Any) -> None:
    silent_for(cast.teammate, 1070)
    silent_for(cast.coordinator, 5000)  # holds a mandate: never concerned
    at = now()
    with commit():
        assert api.purge(at=at)["people.Person"] == 0
    assert [letter.to for letter in mail.outbox] == [["teammate@example.org"]]
    with commit():
        assert api.purge(at=at + 29 * DAY)["people.Person"] == 0
    assert len(mail.outbox) == 1
    assert api.purge(at=at + 31 * DAY)["people.Person"] == 1
    assert not Person.objects.filter(pk=cast.teammate).exists()
    assert Person.objects.filter(pk__in=[cast.stranger, cast.coordinator]).count() == 2


def test_signing_in_ends_the_silence(cast: Cast) -> None:
    silent_for(cast.teammate, 1070)
    at = now()
    api.purge(at=at)
    account.seen(person_id=cast.teammate, at=at)
    assert api.purge(at=at + 60 * DAY)["people.Person"] == 0


def test_nobody_is_erased_unwarned_when_the_purge_was_forgotten_for_years(cast: Cast) -> None:
    silent_for(cast.teammate, 4000)
    assert api.purge(at=now())["people.Person"] == 0
    assert Person.objects.filter(pk=cast.teammate).exists()
