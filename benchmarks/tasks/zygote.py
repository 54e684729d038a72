"""Starts workers in milliseconds, as often as asked, so that they can be killed a thousand times.

    python -m benchmarks.tasks.zygote

The modules are loaded once; for each line ``worker THREADS`` a child becomes what ``amiral worker`` is, in a
process group of its own, and its number is printed; for ``producer FROM TO RATE PATH`` a child defers jobs;
for ``create|state|report PATH`` a child writes what the database says. Ends with its standard input.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from threading import Event


def load() -> None:
    """Everything a worker needs, but no connection."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
    import django

    django.setup()
    for name in ["amiral.kit.tasks.worker", "benchmarks.tasks.work", "benchmarks.tasks.store"]:
        import_module(name)


def become_worker(threads: int) -> None:
    """Works for ever."""
    from amiral.kit.tasks import worker

    over = Event()
    worker.start(queues={"default": threads}, interval_s=0.25, over=over)
    over.wait()


def become_producer(first: int, last: int, per_second: float, told: Path) -> None:
    """Defers the jobs at an even pace, each in a transaction of its own, as pages do; tells how far it is."""
    from benchmarks.tasks.work import effect
    from django.db import OperationalError

    from amiral.kit.tasks import defer

    began = time.monotonic()
    for number in range(first, last):
        time.sleep(max(0.0, began + (number - first) / per_second - time.monotonic()))
        while True:
            try:
                defer(effect, key=str(number), number=number)
                told.write_text(str(number + 1))
                break
            except OperationalError:  # twenty seconds without the write lock; a page would show an error
                print(f"job {number} is deferred again", file=sys.stderr, flush=True)


def answer(what: str, path: str) -> None:
    """What the database says now."""
    from benchmarks.tasks import store

    store.answer(what, Path(path))


def become(words: list[str]) -> None:
    """Does what the line says; does not return."""
    code = 1
    try:
        if words[0] == "worker":
            become_worker(int(words[1]))
        elif words[0] == "producer":
            become_producer(int(words[1]), int(words[2]), float(words[3]), Path(words[4]))
        else:
            answer(*words)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Forks until the input ends."""
    load()
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.5)
        _reap()
        if not readable:
            continue
        words = sys.stdin.readline().split()
        if not words:
            os._exit(0)
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            become(words)
        with contextlib.suppress(OSError):
            os.setpgid(child, child)  # here too: who is told the number may kill the group at once
        print(child, flush=True)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
