"""``amiral segments rebuild``: builds the index of segments anew, here and in every process that counts."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from amiral.rooms.outreach import api as outreach


class Command(BaseCommand):
    help = "The index by which segments are counted. It lives in memory: rebuilding it is always harmless."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            choices=["rebuild"],
            help="rebuild: build it from the database, with progress, and have every running process do so.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = perf_counter()
        self._shown = -1
        persons = outreach.rebuild_segments(report=self._show)
        self.stderr.write("")
        seconds = perf_counter() - began
        print(f"{persons} persons in {seconds:.1f} s; running processes compare and repair theirs.")

    def _show(self, done: int, total: int) -> None:
        percent = 100 * done // max(1, total)
        if percent != self._shown:
            self._shown = percent
            self.stderr.write(f"\r{percent:3d} %", ending="")
