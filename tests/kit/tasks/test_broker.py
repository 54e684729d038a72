"""A broker only wakes: with it, without it, and when it is gone, the same jobs are done."""

from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import transaction
from django_tasks import default_task_backend

from amiral.kit.models import Job
from amiral.kit.tasks import broker, defer, worker
from tests.kit.tasks.work import note

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kombu", reason="the extra “broker” is not installed")
    settings.AMIRAL_TASKS_BROKER = "memory://"
    monkeypatch.setattr(broker, "_deaf_until", 0.0)


def heard(*, queue: str = "default") -> bool:
    """Whether somebody called within a moment."""
    began = monotonic()
    broker.Ear(queue=queue, over=Event()).wait()
    return monotonic() - began < broker.ANYWAY_S


def test_a_call_leaves_with_the_commit(in_memory: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANYWAY_S", 0.3)
    with transaction.atomic():
        defer(note, key="a", name="a")
        assert not heard()
    assert heard()
    assert not heard()


def test_a_broker_that_is_gone_loses_no_job(
    settings: Any, monkeypatch: pytest.MonkeyPatch, in_memory: None, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AMIRAL_TASKS_BROKER = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(broker, "ANYWAY_S", 0.05)
    defer(note, key="a", name="a")
    began = monotonic()
    defer(note, key="b", name="b")
    assert monotonic() - began < 0.5, "nobody waits for it twice"
    assert "did not take a call" in caplog.text
    assert not broker.send(queue="default")
    broker.Ear(queue="default", over=Event()).wait()
    assert "does not answer" in caplog.text
    while worker.work_one(queue="default", worker="essai"):
        pass
    assert Job.objects.filter(state="done").count() == 2


def test_a_missing_library_is_a_system_check(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(default_task_backend.check())
    settings.AMIRAL_TASKS_BROKER = "redis://127.0.0.1"
    monkeypatch.setattr(broker, "find_spec", lambda name: None)
    (error,) = default_task_backend.check()
    assert "requirements/broker.lock" in error.hint
