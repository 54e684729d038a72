"""One other queue, in the environment where it is installed: no module of ours is imported here.

    python peer_work.py QUEUE setup | enqueue COUNT | work

The job writes ``begun N`` to a file, works for some milliseconds, and writes ``done N``. The environment
names the file (``PEER_LINES``), the folder of SQLite's file (``PEER_FOLDER``) and PostgreSQL (``PEER_DSN``).
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINES = Path(os.environ["PEER_LINES"])
FOLDER = Path(os.environ["PEER_FOLDER"])
DSN = os.environ.get("PEER_DSN", "")


def say(what: str, number: int) -> None:
    """One line, whole, that outlives SIGKILL."""
    handle = os.open(LINES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, f"{what} {number}\n".encode())
    os.close(handle)


def job(number: int) -> None:
    """Twenty milliseconds of work."""
    say("begun", number)
    time.sleep(random.uniform(0.01, 0.03))
    say("done", number)


class Huey:
    """Huey with its SQLite storage."""

    def __init__(self) -> None:
        from huey import SqliteHuey

        self.huey = SqliteHuey(filename=str(FOLDER / "huey.db"), fsync=True)
        self.task = self.huey.task()(job)

    def setup(self) -> None:
        """Nothing to prepare."""

    def enqueue(self, number: int) -> None:
        self.task(number)

    def work(self) -> None:
        self.huey.create_consumer(workers=1, initial_delay=0.05, max_delay=0.1, backoff=1.0).run()


class DjangoTasksDb:
    """django-tasks with the backend django-tasks-db, on SQLite or PostgreSQL."""

    def __init__(self, engine: str) -> None:
        import django
        from django.conf import settings

        settings.configure(
            DATABASES={"default": _database(engine)},
            INSTALLED_APPS=["django_tasks", "django_tasks_db"],
            TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}},
            USE_TZ=True,
        )
        django.setup()
        import peer_work
        from django_tasks import task

        self.task = peer_work.job = task()(job)  # where the package looks the function up again

    def setup(self) -> None:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)

    def enqueue(self, number: int) -> None:
        self.task.enqueue(number=number)

    def work(self) -> None:
        from django.core.management import call_command

        call_command("db_worker", interval=0.1, verbosity=0)


def _database(engine: str) -> dict[str, Any]:
    if engine == "postgres":
        host, name = DSN.split()
        return {
            "ENGINE": "django.db.backends.postgresql", "HOST": host, "NAME": name, "USER": "amiral",
            "CONN_MAX_AGE": 60,
        }  # fmt: skip
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(FOLDER / "tasks.sqlite3"),
        "OPTIONS": options,
    }


class Procrastinate:
    """Procrastinate on PostgreSQL."""

    def __init__(self) -> None:
        import procrastinate

        host, name = DSN.split()
        connector = procrastinate.PsycopgConnector(
            conninfo=f"host={host} dbname={name} user=amiral", min_size=1, max_size=4
        )
        self.app = procrastinate.App(connector=connector)
        self.task = self.app.task(name="job")(job)
        self.opened: Any = None

    def setup(self) -> None:
        with self.app.open():
            self.app.schema_manager.apply_schema()

    def enqueue(self, number: int) -> None:
        if self.opened is None:
            self.opened = self.app.open().__enter__()
        self.task.defer(number=number)

    def work(self) -> None:
        self.app.run_worker(wait=True, concurrency=1, listen_notify=True)


QUEUES: dict[str, Callable[[], Any]] = {
    "huey": Huey,
    "django-tasks-db-sqlite": lambda: DjangoTasksDb("sqlite"),
    "django-tasks-db-postgres": lambda: DjangoTasksDb("postgres"),
    "procrastinate": Procrastinate,
}


def main() -> None:
    """Does what the arguments say."""
    name, verb, *rest = sys.argv[1:]
    queue = QUEUES[name]()
    if verb != "enqueue":
        getattr(queue, verb)()
        return
    count = int(rest[0])
    queue.enqueue(0)  # opens its connection
    began = time.process_time()
    for number in range(1, count):
        queue.enqueue(number)
    print(json.dumps({"enqueue_cpu_ms": (time.process_time() - began) * 1000 / (count - 1)}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import peer_work

    peer_work.main()
