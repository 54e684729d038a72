"""What the worker looks after beside the queue."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from amiral.config import minding
from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def purges() -> list[Run]:
    return list(Run.objects.filter(kind="purge"))


def test_everything_is_purged_once_a_day() -> None:
    minding.once()
    minding.once()
    (run,) = purges()
    runs.carry_out(run.pk)
    assert runs.run_by_id(run_id=run.pk).state == "done"
    Run.objects.filter(pk=run.pk).update(created_at=now() - timedelta(hours=25))
    minding.once()
    assert len(purges()) == 2


def test_a_failing_round_is_logged_and_the_next_one_follows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(runs, "abandoned", fail)
    minding.once()
    assert "round failed" in caplog.text


def test_a_slow_mail_server_does_not_hold_the_round() -> None:
    asked, free = threading.Event(), threading.Event()
    rounds: list[int] = []

    def work() -> None:
        rounds.append(1)
        asked.set()
        free.wait(10)

    slow = minding.Beside("slow", work)
    slow.go(beside=True)
    assert asked.wait(10)
    slow.go(beside=True)  # one round at a time
    assert len(rounds) == 1
    free.set()
    assert slow._thread is not None
    slow._thread.join(10)
    slow.go(beside=False)
    assert len(rounds) == 2


def test_a_mailbox_that_cannot_be_read_is_logged(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.MAILBOX_URL = "nonsense"
    minding.Beside("mailbox", lambda: minding.read_mailbox(at=now())).go(beside=False)
    assert "A round of mailbox failed" in caplog.text
