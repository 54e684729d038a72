"""Background jobs: deferred in the transaction, done once, tried again, visibly failed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

from amiral.kit.clock import now
from amiral.kit.models import AuditLine, Effect, Job
from amiral.kit.tasks import LeaseLost, defer, leases, once, worker
from amiral.kit.tasks.effects import running
from tests.kit.tasks.work import break_down, count_attempts, note, refuse, wait_for_it

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


def work(*, queue: str = "default") -> int:
    """Does all that is due; how many."""
    count = 0
    while worker.work_one(queue=queue, worker="essai"):
        count += 1
    return count


def make_due() -> None:
    Job.objects.exclude(due_at=None).update(due_at=now() - timedelta(seconds=1))


def noted() -> list[str]:
    return list(AuditLine.objects.filter(verb="noted").values_list("subject_id", flat=True))


def put(name: str = "a", **options: Any) -> UUID:
    return defer(note, key=name, name=name, **options)


def test_a_job_is_done_and_keeps_its_result() -> None:
    job_id = put()
    assert work() == 1
    assert noted() == ["a"]
    result = default_task_backend.get_result(str(job_id))
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, "a", 1)


def test_a_repeat_of_the_key_changes_nothing_not_even_after_the_end() -> None:
    assert put() == put()
    work()
    put()
    assert (work(), noted(), Job.objects.count()) == (0, ["a"], 1)


def test_keys_of_two_functions_do_not_meet() -> None:
    assert defer(refuse, key="a") != put("a")


def test_a_job_is_undone_with_its_transaction() -> None:
    def regret() -> None:
        with transaction.atomic():
            put()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        regret()
    assert work() == 0


def test_a_repeat_does_not_break_the_transaction_it_stands_in() -> None:
    put()
    with transaction.atomic():
        put()
        put("b")
    assert work() == 2


def test_a_job_waits_for_its_time_and_the_urgent_goes_first() -> None:
    put("later", run_after=now() + timedelta(hours=1))
    put("plain")
    put("urgent", priority=5)
    assert work() == 2
    assert list(Job.objects.filter(state="done").order_by("started_at").values_list("key", flat=True)) == [
        "urgent",
        "plain",
    ]


def test_what_fails_is_tried_again_later_then_succeeds() -> None:
    job_id = defer(break_down, key="x", times=2)
    assert work() == 1
    job = Job.objects.get(pk=job_id)
    assert (job.state, job.attempts) == ("waiting", 1)
    assert job.due_at is not None
    assert now() < job.due_at <= now() + leases.BACK_OFF[0]
    assert "attempt 1" in job.problem
    for _ in range(2):
        make_due()
        work()
    job.refresh_from_db()
    assert (job.state, job.result, job.problem) == ("done", "whole", "")


def test_what_always_fails_ends_visibly_failed_and_can_be_tried_again_or_discarded() -> None:
    job_id = defer(break_down, key="x", times=leases.ATTEMPTS)
    for _ in range(leases.ATTEMPTS):
        make_due()
        assert work() == 1
    assert Job.objects.get(pk=job_id).state == "failed"
    assert work() == 0
    assert leases.retry(job_id=job_id, at=now())
    assert work() == 1
    assert Job.objects.get(pk=job_id).state == "done"
    assert not leases.discard(job_id=job_id, at=now())


def test_a_final_refusal_is_not_tried_again() -> None:
    job_id = defer(refuse, key="x")
    work()
    assert Job.objects.get(pk=job_id).state == "failed"
    assert leases.discard(job_id=job_id, at=now())
    defer(refuse, key="x")
    assert work() == 0


def test_code_that_is_gone_fails_like_any_other() -> None:
    job_id = put()
    Job.objects.filter(pk=job_id).update(task_path="amiral.nothing.here")
    work()
    assert "amiral.nothing" in Job.objects.get(pk=job_id).problem


def test_a_job_that_kills_its_worker_ends_as_failed() -> None:
    job_id = put()
    for _ in range(leases.ATTEMPTS):
        assert leases.claim(queue="default", worker="dies", at=now())
        make_due()
    assert leases.claim(queue="default", worker="next", at=now()) is None
    job = Job.objects.get(pk=job_id)
    assert (job.state, job.problem) == ("failed", leases.DIED)


def test_the_interface_of_django_tasks() -> None:
    result = note.enqueue(name="z")
    assert result.status == TaskResultStatus.READY
    assert count_attempts.enqueue().id != result.id
    wait_for_it.enqueue(value=1)
    assert work() == 3
    result.refresh()
    assert result.return_value == "z"
    assert sorted(str(job.result) for job in Job.objects.all()) == ["1", "2", "z"]
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result("no such thing")


def test_arguments_are_json() -> None:
    with pytest.raises(TypeError):
        defer(note, key="a", name=now())


def test_an_effect_that_breaks_is_not_noted() -> None:
    with pytest.raises(ZeroDivisionError), once("k"):
        raise ZeroDivisionError
    with once("k") as first:
        assert first
    with once("k") as first:
        assert not first
    assert Effect.objects.count() == 1


def test_a_worker_that_lost_its_lease_writes_nothing() -> None:
    put()
    slow = leases.claim(queue="default", worker="slow", at=now())
    assert slow is not None
    make_due()
    assert work() == 1
    mark = running.set(slow)
    with pytest.raises(LeaseLost), once("other"):
        raise AssertionError("not reached")
    running.reset(mark)
    worker.carry_out(slow)
    assert noted() == ["a"]
    assert not Effect.objects.filter(key="other").exists()
    assert not leases.fail(job=slow, at=now(), problem="late")
    assert Job.objects.get().state == "done"
