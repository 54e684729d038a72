"""``amiral purge``: forgets, in every room, what is past its time."""

from typing import Any

from django.core.management.base import BaseCommand

from amiral.kit import ports
from amiral.kit.clock import now


class Command(BaseCommand):
    """To be run once a day."""

    help = "Deletes everywhere what is past the time its table declares, and says how much."

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        for counts in ports.call("purge", at=at):
            for table, rows in counts.items():
                self.stdout.write(f"{table}: {rows}")
