"""Our own queue in the protocol of the peers (see ``peer_work``): ``setup | enqueue COUNT | work``."""

from __future__ import annotations

import json
import os
import sys
import time
from threading import Event


def work() -> None:
    """One thread, as the peers have."""
    from amiral.kit.tasks import worker

    over = Event()
    worker.start(queues={"default": 1}, interval_s=0.1, over=over)
    over.wait()


def enqueue(count: int) -> None:
    """Defers, and says what one cost."""
    from benchmarks.tasks.peer_jobs import lines

    from amiral.kit.tasks import defer

    defer(lines, key="0", number=0)
    began = time.process_time()
    for number in range(1, count):
        defer(lines, key=str(number), number=number)
    print(json.dumps({"enqueue_cpu_ms": (time.process_time() - began) * 1000 / (count - 1)}))


def main() -> None:
    """Does what the arguments say."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
    import django

    django.setup()
    verb, *rest = sys.argv[1:]
    if verb == "setup":
        from benchmarks.tasks import store

        store.create()
    elif verb == "work":
        work()
    else:
        enqueue(int(rest[0]))


if __name__ == "__main__":
    main()
