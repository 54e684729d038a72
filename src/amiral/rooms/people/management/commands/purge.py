"""``amiral purge``: forgets, in every room, what is past its time."""

from typing import Any

from django.core.management.base import BaseCommand

from amiral.kit.retention import purge_everywhere


class Command(BaseCommand):
    """The worker does this once a day by itself; the command is for installations without a worker."""

    help = "Deletes everywhere what is past the time its table declares, and says how much."

    def handle(self, *args: Any, **options: Any) -> None:
        for table, rows in purge_everywhere(report=lambda done, total: None).items():
            self.stdout.write(f"{table}: {rows}")
