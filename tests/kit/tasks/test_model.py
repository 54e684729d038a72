"""Leases, tokens and effects against a model: whatever workers do, die, stall and repeat.

Time is the model's; workers are remembered takings, so that a stalled one may write at any later moment.
What must hold: nobody holds a job twice, a late worker changes nothing, an effect happens once, and what is
left alone is done in the end.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from amiral.kit.models import AuditLine, Effect, Job
from amiral.kit.tasks import LeaseLost, effects, leases, once

BEGIN = datetime(2027, 3, 3, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Expected:
    """What the model knows of one job; the token of its holder is the last one given."""

    state: str
    due_at: datetime | None
    priority: int
    token: int = 0
    attempts: int = 0

    def is_due(self, at: datetime) -> bool:
        return self.due_at is not None and self.due_at <= at

    @property
    def order(self) -> tuple[int, float]:
        return -self.priority, self.due_at.timestamp() if self.due_at else 0.0

    def end(self, state: str) -> None:
        self.state, self.due_at = state, None


class Workers(RuleBasedStateMachine):
    """Every step is one conditional write of ``leases``, at a time of the model."""

    def __init__(self) -> None:
        super().__init__()
        for table in (Job, Effect, AuditLine):
            table.objects.all().delete()
        self.at = BEGIN
        self.jobs: dict[UUID, Expected] = {}
        self.takings: list[Job] = []
        self.effects: Counter[str] = Counter()

    @rule(key=st.sampled_from("abc"), wait_s=st.sampled_from([0, 0, 5, 60]), priority=st.integers(-1, 1))
    def put(self, key: str, wait_s: int, priority: int) -> None:
        id_, due_at = leases.id_of(task_path="essai", key=key), self.at + timedelta(seconds=wait_s)
        job = Job(id=id_, key=key, task_path="essai", queue="q", due_at=due_at, priority=priority)
        leases.put(job=job)
        self.jobs.setdefault(id_, Expected(state="waiting", due_at=due_at, priority=priority))

    @rule(seconds=st.sampled_from([1, 11, 31, 22_000]))
    def pass_time(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @rule()
    def take(self) -> None:
        due = [one for one in self.jobs.values() if one.is_due(self.at)]
        able = sorted(one.order for one in due if one.attempts < leases.ATTEMPTS)
        job = leases.claim(queue="q", worker="w", at=self.at)
        assert (job is None) == (not able)
        if job is not None:
            expected = self.jobs[job.pk]
            assert expected in due
            assert expected.order == able[0]
            expected.state, expected.due_at = "running", self.at + leases.lease()
            expected.token += 1
            expected.attempts += 1
            assert (job.token, job.attempts) == (expected.token, expected.attempts)
            self.takings.append(job)
        self._see_buried(due, everyone=job is None)

    def _see_buried(self, due: list[Expected], *, everyone: bool) -> None:
        """Jobs without an attempt left that were met on the way have failed."""
        failed = set(Job.objects.filter(state="failed").values_list("pk", flat=True))
        for id_, one in self.jobs.items():
            if one in due and one.state != "failed" and id_ in failed:
                assert one.attempts == leases.ATTEMPTS
                one.end("failed")
        assert not everyone or not any(one.is_due(self.at) for one in due)

    def _holds(self, job: Job) -> bool:
        expected = self.jobs[job.pk]
        return expected.state == "running" and expected.token == job.token

    @precondition(lambda self: self.takings)
    @rule(data=st.data())
    def heartbeat(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.takings))
        holds = self._holds(job)
        assert leases.renew(job_id=job.pk, token=job.token, at=self.at) == holds
        if holds:
            self.jobs[job.pk].due_at = self.at + leases.lease()

    @precondition(lambda self: self.takings)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """The effect, at whatever moment: by the holder, or by one who stalled and does not know."""
        job = data.draw(st.sampled_from(self.takings))
        holds, mark = self._holds(job), effects.running.set(job)
        try:
            with once(job.key) as first:
                assert holds
                assert first == (self.effects[job.key] == 0)
                if first:
                    self.effects[job.key] += 1
                    AuditLine.objects.create(verb="acted", subject_kind="essai", subject_id=job.key)
        except LeaseLost:
            assert not holds
        finally:
            effects.running.reset(mark)
        # ``once`` renews by the machine's clock; the model has its own.
        Job.objects.filter(pk=job.pk, state="running").update(due_at=self.jobs[job.pk].due_at)

    @precondition(lambda self: self.takings)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.takings))
        holds = self._holds(job)
        assert leases.finish(job_id=job.pk, token=job.token, at=self.at, result=1) == holds
        if holds:
            self.jobs[job.pk].end("done")

    @precondition(lambda self: self.takings)
    @rule(data=st.data(), final=st.booleans())
    def fail(self, data: st.DataObject, final: bool) -> None:
        job = data.draw(st.sampled_from(self.takings))
        holds, expected = self._holds(job), self.jobs[job.pk]
        assert leases.fail(job=job, at=self.at, problem="x", final=final) == holds
        if holds and (final or job.attempts == leases.ATTEMPTS):
            expected.end("failed")
        elif holds:
            expected.state, expected.due_at = "waiting", self.at + leases.BACK_OFF[job.attempts - 1]

    @precondition(lambda self: self.takings)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.takings))
        holds, expected = self._holds(job), self.jobs[job.pk]
        assert leases.give_back(job_id=job.pk, token=job.token, at=self.at) == holds
        if holds:
            expected.state, expected.due_at = "waiting", self.at
            expected.attempts -= 1

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), again=st.booleans())
    def decide(self, data: st.DataObject, again: bool) -> None:
        """The administrator retries or discards, also what he may not."""
        id_ = data.draw(st.sampled_from(sorted(self.jobs)))
        expected = self.jobs[id_]
        may = expected.state in {"failed", "waiting"}
        verb = leases.retry if again else leases.discard
        assert verb(job_id=id_, at=self.at) == may
        if may and again:
            expected.state, expected.due_at, expected.attempts = "waiting", self.at, 0
        elif may:
            expected.end("discarded")

    @invariant()
    def the_table_says_what_the_model_says(self) -> None:
        fields = ("pk", "state", "due_at", "token", "attempts")
        found = {row[0]: row[1:] for row in Job.objects.values_list(*fields)}
        assert found == {
            id_: (one.state, one.due_at, one.token, one.attempts) for id_, one in self.jobs.items()
        }

    @invariant()
    def every_effect_happened_once(self) -> None:
        acted = Counter(AuditLine.objects.filter(verb="acted").values_list("subject_id", flat=True))
        assert acted == +self.effects
        assert all(count == 1 for count in acted.values())

    def teardown(self) -> None:
        """Left alone, everything that waits or was abandoned is done."""
        self.at += timedelta(days=1)
        while (job := leases.claim(queue="q", worker="last", at=self.at)) is not None:
            assert leases.finish(job_id=job.pk, token=job.token, at=self.at)
        assert not Job.objects.exclude(due_at=None).exists()


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_every_order_of_steps_keeps_the_promises() -> None:
    chosen = settings(
        max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Workers, settings=chosen)


def _forget_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*, job_id: UUID, token: int) -> QuerySet[Job]:
        return Job.objects.filter(pk=job_id, state="running")

    monkeypatch.setattr(leases, "held", held)


def _forget_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*, job_id: UUID, token: int) -> QuerySet[Job]:
        return Job.objects.filter(pk=job_id, token=token)

    monkeypatch.setattr(leases, "held", held)


def _give_the_same_token_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = leases.retry

    def retry(*, job_id: UUID, at: datetime) -> bool:
        done = whole(job_id=job_id, at=at)
        if done:
            Job.objects.filter(pk=job_id).update(token=0)
        return done

    monkeypatch.setattr(leases, "retry", retry)


def _act_without_a_look_at_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "_check_lease", lambda: None)


def _believe_every_effect_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "_is_first", lambda key: True)


FAULTS = [
    _forget_the_token,
    _forget_the_state,
    _give_the_same_token_again,
    _act_without_a_look_at_the_lease,
    _believe_every_effect_is_the_first,
]


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_the_model_sees_a_fault(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    chosen = settings(
        max_examples=300,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises((AssertionError, LeaseLost)):
        run_state_machine_as_test(Workers, settings=chosen)
