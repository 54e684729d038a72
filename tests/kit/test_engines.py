"""Engines: the same outcomes wherever the work is done, whatever happens to one piece of it."""

import os
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from amiral.kit.engines import BadEngine, Engine, Outcome, engine_from
from amiral.kit.engines.here import Here
from amiral.kit.engines.processes import Processes

HAS_DASK = find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="the optional engine (amiral[cluster]) is not installed")


def squared(number: int) -> int:
    if number == 13:
        raise ValueError("13 is\nno number")
    if number == 99:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def all_of(engine: Engine, numbers: list[int]) -> list[Outcome]:
    with engine:
        found = engine.outcomes(squared, ((str(number), number) for number in numbers))
        return sorted(found, key=lambda outcome: int(outcome.key))


@pytest.mark.parametrize("setting", ["here", "processes:1", "processes:3"])
def test_every_task_has_its_outcome(setting: str) -> None:
    found = all_of(engine_from(setting), [*range(20)])
    assert [outcome.key for outcome in found] == [str(number) for number in range(20)]
    assert [outcome.value for outcome in found if not outcome.problem] == [
        number**2 for number in range(20) if number != 13
    ]
    assert [outcome.problem for outcome in found if outcome.problem] == ["ValueError: 13 is no number"]


def test_nothing_to_do_is_done_at_once() -> None:
    for setting in ("here", "processes:2"):
        assert all_of(engine_from(setting), []) == []


def test_a_killed_process_loses_its_own_task_only() -> None:
    found = {outcome.key: outcome for outcome in all_of(Processes(2), [1, 99, 2, 3, 99 + 1, 5])}
    assert {key: outcome.value for key, outcome in found.items() if not outcome.problem} == {
        "1": 1, "2": 4, "3": 9, "100": 10_000, "5": 25,
    }  # fmt: skip
    assert "exit status -9" in found["99"].problem
    assert "memory" in found["99"].problem


def test_tasks_are_taken_when_there_is_somebody_to_do_them() -> None:
    taken = list[int]()

    def tasks() -> Iterator[tuple[str, int]]:
        for number in range(50):
            taken.append(number)
            yield str(number), number

    with Processes(2) as engine:
        answers = engine.outcomes(squared, tasks())
        next(answers)
        assert len(taken) <= 3
        answers.close()


def test_giving_up_ends_the_workers_at_once() -> None:
    began = time.monotonic()
    with Processes(2) as engine:
        answers = engine.outcomes(slow, (("a", 0.0), ("b", 600.0), ("c", 600.0)))
        assert next(answers).key == "a"
        workers = [worker._process for worker in engine._workers]
    assert time.monotonic() - began < 60
    assert not any(worker.is_alive() for worker in workers)


@pytest.mark.parametrize(
    "setting", ["", "process", "processes:0", "processes:-1", "spark", "http://host:8786", "tcp://", "dask:x"]
)
def test_other_settings_are_refused_with_what_can_be_given(setting: str) -> None:
    with pytest.raises(BadEngine, match="processes:N"):
        engine_from(setting)


def process(_: int) -> int:
    return os.getpid()


def test_here_is_the_caller_and_processes_are_not() -> None:
    for engine, is_here in ((Here(), True), (Processes(1), False)):
        with engine:
            found = [outcome.value for outcome in engine.outcomes(process, [("a", 1), ("b", 2)])]
        assert (found == [os.getpid()] * 2) is is_here
        assert len(set(found)) == 1


@needs_dask
def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amiral.kit.engines.cluster.ANSWER_WITHIN_S", 1)
    with pytest.raises(BadEngine, match=r"tcp://127\.0\.0\.1:1 "), engine_from("tcp://127.0.0.1:1"):
        raise AssertionError("nobody answers there")


@needs_dask
def test_a_cluster_that_runs_already_is_used_by_its_address() -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=None
    ) as cluster:
        found = all_of(engine_from(cluster.scheduler_address), [*range(20)])
    assert {outcome.key: outcome.value for outcome in found if not outcome.problem} == {
        str(number): number**2 for number in range(20) if number != 13
    }
    assert [outcome.problem for outcome in found if outcome.problem] == ["ValueError: 13 is no number"]
