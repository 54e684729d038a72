"""``kill -9`` while a mailing leaves: everybody is written to once, counted by Message-ID at a real server.

The short form of ``benchmarks/mail/mailing.py``: two hundred recipients, three kills, real processes.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from benchmarks.mail.sink import taken
from django.db import connections

from amiral.kit.clock import now
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.actions import mailing_sending as sending
from amiral.rooms.outreach.actions import mailings
from amiral.rooms.outreach.contracts import MailingState, RecipientState
from amiral.rooms.outreach.models import Mailing, MailingRecipient
from amiral.rooms.people.models import Consent, ContactPoint, Person
from tests.conftest import Cast

NUMBER, KILLS, SLOW_S = 200, 3, 0.004
LIMIT_S = 60


@pytest.fixture
def letters(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A server that writes each Message-ID down before it says that it has the letter."""
    counted = tmp_path / "taken.txt"
    command = [sys.executable, "-m", "benchmarks.mail.sink", "--count", str(counted), "--slow", str(SLOW_S)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[2])
    assert server.stdout is not None
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(server.stdout.readline())
    settings.STATE_DIR, settings.QUIET_HOURS, settings.WEEKLY_CAP = tmp_path, "", 0
    yield counted
    server.kill()
    server.wait()
    server.stdout.close()


def begun() -> UUID:
    """A mailing under way to persons who agreed."""
    persons = [
        Person(email=f"p{number}@essai.example", given_name=f"P{number}", commune_id="commune:71270")
        for number in range(NUMBER)
    ]
    Person.objects.bulk_create(persons)
    ContactPoint.objects.bulk_create(
        ContactPoint(person=one, kind="email", value=one.email, verified_at=now()) for one in persons
    )
    Consent.objects.bulk_create(
        Consent(person=one, purpose="newsletter", granted=True, text_shown="t") for one in persons
    )
    row = Mailing.objects.create(
        code="0123456789ab",
        name="Essai",
        territory_id="departement:71",
        purpose="newsletter",
        sender_name="Campagne",
        subject_fr="Bonjour {prenom}",
        body_fr="À samedi.",
        state=MailingState.RUNNING,
        started_at=now(),
        filled_at=now(),
    )
    at = now() - timedelta(minutes=1)
    MailingRecipient.objects.bulk_create(
        mailings.recipient(mailing_id=row.pk, person_id=one.pk, at=at) for one in persons
    )
    return row.pk


def process() -> int:
    """A process of its own that sends until it is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            for connection in connections.all():
                connection.connection = None  # the parent's; not to be closed here
            jobs.send_mailings(stop=Event())
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def sent(counted: Path) -> int:
    return len(taken(counted))


@pytest.mark.storage
def test_everybody_is_written_to_once_under_kill_9(transactional_db: None, cast: Cast, letters: Path) -> None:
    mailing = begun()
    chance = random.Random(7)
    connections.close_all()
    team = [process(), process()]
    try:
        for mark in sorted(chance.randrange(10, NUMBER - 30) for _kill in range(KILLS)):
            wait_for(lambda mark=mark: sent(letters) >= mark)
            kill(team.pop(chance.randrange(2)))
            sending.tend(at=now())
            connections.close_all()
            team.append(process())
        wait_for(lambda: all_settled(mailing))
    finally:
        for pid in team:
            kill(pid)
    told = Counter(message_id.strip("<>").partition("@")[0] for message_id, _to in taken(letters))
    wanted = {str(one) for one in MailingRecipient.objects.values_list("pk", flat=True)}
    assert set(told) == wanted, "nobody is lost, nobody else is written to"
    repeats = sum(told.values()) - NUMBER
    assert repeats <= KILLS, "at most the one letter of a killed process that left without an answer"
    assert set(MailingRecipient.objects.values_list("state", flat=True)) == {RecipientState.SENT}


def all_settled(mailing: UUID) -> bool:
    sending.tend(at=now())
    over = Mailing.objects.filter(pk=mailing, state=MailingState.DONE).exists()
    connections.close_all()
    return over


def wait_for(holds: Any) -> None:
    end = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
