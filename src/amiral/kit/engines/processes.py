"""Processes of this machine, with nothing but the standard library.

Each worker has a pipe of its own, so that it is known what a killed one was doing: that task alone is lost. A
worker ends when this process does, even when this one is killed.
"""

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from types import TracebackType
from typing import Any, Self

from amiral.cores.sentences import Sentence

from .contracts import Outcome, Task, attempted

KILLED = (
    "The process that worked on it was ended from outside (exit status %(status)s); often that means that the"
    " memory did not suffice: use fewer processes."
)


class Processes:
    """``count`` processes (0: as many as this machine has processors for us). See ``Engine``."""

    def __init__(self, count: int = 0) -> None:
        self._count = count or processors()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []

    def outcomes(
        self, function: Callable[[Any], Any], tasks: Iterable[Task]
    ) -> Generator[Outcome, None, None]:
        """As soon as each is finished."""
        waiting = iter(tasks)
        try:
            for _ in range(self._count):
                self._begin(function, waiting)
            while self._workers:
                for worker in self._ready():
                    yield worker.answer()
                    self._go_on(worker, function, waiting)
        finally:
            self.__exit__(None, None, None)

    def _begin(self, function: Callable[[Any], Any], waiting: Iterator[Task]) -> None:
        """A new worker with the next task, if there is one."""
        task = next(waiting, None)
        if task is not None:
            self._workers.append(_Worker(function))
            self._workers[-1].begin(task)

    def _go_on(self, worker: "_Worker", function: Callable[[Any], Any], waiting: Iterator[Task]) -> None:
        """The next task for a worker; a new one instead of a dead one, none when there is nothing to do."""
        task = next(waiting, None) if worker.is_alive else None
        if task is not None:
            worker.begin(task)
            return
        dead = not worker.is_alive
        self._workers.remove(worker)
        worker.end()
        if dead:
            self._begin(function, waiting)

    def _ready(self) -> list["_Worker"]:
        ready = wait([worker.pipe for worker in self._workers])
        return [worker for worker in self._workers if worker.pipe in ready]


class _Worker:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = get_context("spawn")  # a fork would copy the threads' locks in whatever state they are
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, function), daemon=True)
        self._process.start()
        theirs.close()
        self._key = ""
        self.is_alive = True

    def begin(self, task: Task) -> None:
        self._key = task[0]
        with suppress(OSError):  # it died before; ``answer`` will tell
            self.pipe.send(task)

    def answer(self) -> Outcome:
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            return Outcome(self._key, problem=Sentence(KILLED, status=self._process.exitcode))
        return outcome

    def end(self) -> None:
        """At once; harmless when it is over already."""
        self.is_alive = False
        self._process.kill()
        self._process.join()
        self.pipe.close()


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serve(pipe: Connection, function: Callable[[Any], Any]) -> None:
    """The worker's whole life. Ctrl-C in a terminal reaches it too and is left to the one who started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(attempted(function, task))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
