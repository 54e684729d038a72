"""Writes of many threads in one go."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from amiral.kit.together import Together


class Written:
    """Remembers what was written together; the first write waits until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.batches: list[list[int]] = []

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(asked))
        self.began.set()
        assert self.go.wait(20)
        return [ValueError(one) if one < 0 else one * 10 for one in asked]


def test_those_who_wait_are_written_together_and_each_gets_his_own_answer() -> None:
    written = Written()
    together = Together(written, most=8)
    with ThreadPoolExecutor(32) as threads:
        first = threads.submit(together, 1)
        assert written.began.wait(20)
        others = [threads.submit(together, number) for number in range(2, 22)]
        refused = threads.submit(together, -1)
        while len(together._waiting) < 21:
            time.sleep(0.001)
        written.go.set()
        assert first.result(20) == 10
        assert [one.result(20) for one in others] == [number * 10 for number in range(2, 22)]
        with pytest.raises(ValueError, match="-1"):
            refused.result(20)
    assert [len(batch) for batch in written.batches] == [1, 8, 8, 5]
    assert together(7) == 70


def test_one_that_breaks_the_write_takes_nobody_with_it() -> None:
    def write(asked: Sequence[int]) -> list[int]:
        if 13 in asked:
            raise RuntimeError("13")
        return list(asked)

    together = Together(write)
    with ThreadPoolExecutor(16) as threads:
        found = {number: threads.submit(together, number) for number in range(40)}
        assert all(one.result(20) == number for number, one in found.items() if number != 13)
        with pytest.raises(RuntimeError, match="13"):
            found[13].result(20)


def test_who_is_interrupted_hands_over() -> None:
    written = Written()
    calls: list[int] = []

    def write(asked: Sequence[int]) -> list[int | Exception]:
        calls.append(len(asked))
        answer = written(asked)
        if len(calls) == 1:
            raise SystemExit
        return answer

    together = Together(write)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(together, 1)
        assert written.began.wait(20)
        second = threads.submit(together, 2)
        while not together._waiting:
            time.sleep(0.001)
        written.go.set()
        with pytest.raises(SystemExit):
            first.result(20)
        assert second.result(20) == 20
