"""``amiral worker``: takes long runs from the queue and sends what is due in the outbox."""

from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from amiral.config import minding


class Command(BaseCommand):
    help = (
        "Works in the background: long runs, messages that are due, abandoned work. Ctrl-C stops it cleanly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=0.5, help="Seconds between two looks (default 0.5)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        over = Event()
        minder = Thread(target=self._mind, args=(over,), daemon=True, name="minder")
        minder.start()
        try:
            if settings.TASKS["default"]["BACKEND"] == "django_tasks_db.DatabaseBackend":
                call_command("db_worker", interval=options["interval"], verbosity=0)
            else:
                minder.join()
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        finally:
            over.set()
            minder.join(timeout=10)

    def _mind(self, over: Event) -> None:
        while not over.wait(minding.EVERY_S):
            close_old_connections()
            minding.once()
            close_old_connections()
