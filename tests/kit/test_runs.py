"""Long runs: progress, stop, resume, and a worker that died."""

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils import translation

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

seen: list[int] = []


def counting(*, report: runs.Reporter, upto: int) -> dict[str, Any]:
    """A piece of work that counts."""
    for number in range(upto + 1):
        report(number, upto)
        seen.append(number)
    return {"upto": upto}


def refusing(*, report: runs.Reporter) -> dict[str, Any]:
    """A piece of work that cannot be done, and says why."""
    raise Refused("This file holds no address.")


def speaking(*, report: runs.Reporter) -> dict[str, Any]:
    """A piece of work that says in which language it speaks."""
    return {"language": translation.get_language()}


def breaking(*, report: runs.Reporter) -> dict[str, Any]:
    """A piece of work with a fault of ours."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    seen.clear()
    here = "tests.kit.test_runs"
    settings.AMIRAL_RUNS = {
        name: f"{here}.{name}" for name in ["counting", "refusing", "breaking", "speaking"]
    }


def begin(kind: str, **arguments: Any) -> UUID:
    return runs.start(kind=kind, arguments=arguments, started_by_id=None)


def test_a_run_is_done_and_keeps_its_result() -> None:
    run_id = begin("counting", upto=3)
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert (run.state, run.result, run.percent, run.is_over) == ("done", {"upto": 3}, 100, True)


def test_a_run_that_is_held_is_not_taken_twice() -> None:
    run_id = begin("counting", upto=1)
    assert runs.take(run_id=run_id) is not None
    assert runs.take(run_id=run_id) is None
    runs.carry_out(run_id)
    assert seen == []


def test_a_dead_workers_run_is_abandoned_then_taken_up() -> None:
    run_id = begin("counting", upto=1)
    runs.take(run_id=run_id)
    assert runs.abandoned() == []
    Run.objects.filter(pk=run_id).update(lease_until=now() - timedelta(seconds=1))
    assert runs.abandoned() == [run_id]
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == "done"


def test_a_waiting_run_is_woken_once_per_lease() -> None:
    run_id = begin("counting", upto=1)
    assert runs.abandoned() == []
    Run.objects.filter(pk=run_id).update(lease_until=now() - timedelta(seconds=1))
    assert runs.abandoned() == [run_id]
    runs.wake(run_id)
    assert runs.abandoned() == []


def test_stop_and_resume() -> None:
    run_id = begin("counting", upto=5)
    runs.stop(run_id=run_id)
    assert runs.run_by_id(run_id=run_id).state == "stopped"
    runs.carry_out(run_id)
    assert seen == []
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == "done"


def test_a_stop_asked_while_running_takes_effect_at_the_next_report() -> None:
    run_id = begin("counting", upto=5)
    runs.take(run_id=run_id)
    runs.stop(run_id=run_id)
    with pytest.raises(runs.Stopped):
        runs.Reporter(run_id)(0, 5)


def test_a_refusal_keeps_its_sentence() -> None:
    run_id = begin("refusing")
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert (run.state, run.problem) == ("failed", "This file holds no address.")


def test_a_fault_of_ours_fails_the_run_and_is_raised_for_the_log() -> None:
    run_id = begin("breaking")
    with pytest.raises(ZeroDivisionError):
        runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == "failed"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_run_speaks_the_language_of_who_started_it(language: str) -> None:
    with translation.override(language):
        run_id = begin("speaking")
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).result == {"language": language}


def test_an_unknown_run_is_not_found() -> None:
    with pytest.raises(NotFound):
        runs.run_by_id(run_id=UUID(int=1))


def test_a_database_that_is_busy_for_a_moment_does_not_end_the_renewal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = list[int]()

    def busy_once() -> datetime:
        moments.append(1)
        if len(moments) == 1:
            raise OperationalError("database is locked")
        return now()

    run_id = runs.start(kind="count", arguments={}, started_by_id=None)
    monkeypatch.setattr(runs, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(runs, "now", busy_once)
    with runs._held(run_id):
        for _try in range(200):
            if len(moments) > 1:
                break
            time.sleep(0.05)
    assert len(moments) > 1
