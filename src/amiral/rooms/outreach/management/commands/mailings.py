"""``amiral mailings send``: lets the letters of mailings leave, in several processes."""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from amiral.kit.clock import now
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.actions import mailing_sending

EVERY_S = 0.5
TO_FINISH_S = 20.0


class Command(BaseCommand):
    help = "Sends mailings. `amiral worker` starts it by itself when one is due; Ctrl-C stops it cleanly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["send"])
        parser.add_argument("--processes", type=int, default=2, help="How many send at once (default 2).")
        parser.add_argument(
            "--idle", type=float, default=30.0, help="Ends after so many seconds without work (default 30)."
        )
        parser.add_argument(
            "--child", action="store_true", help="One of the processes; started by the first."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        over = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _signum, _frame: over.set())
        if options["child"]:
            jobs.send_mailings(stop=_OverOrOrphaned(over))
        else:
            _Team(options["processes"]).work(over, idle_s=options["idle"])


class _OverOrOrphaned(Event):
    """Also set when the process that started this one is gone: nobody else would ever end it."""

    def __init__(self, over: Event) -> None:
        super().__init__()
        self._over, self._parent = over, os.getppid()

    def is_set(self) -> bool:
        return self._over.is_set() or os.getppid() != self._parent

    def wait(self, timeout: float | None = None) -> bool:
        return self._over.wait(timeout) or self.is_set()


class _Team:
    """The processes that send, and what happens around them."""

    def __init__(self, number: int) -> None:
        self._number = max(1, number)
        self._members: list[subprocess.Popen[bytes]] = []

    def work(self, over: Event, *, idle_s: float) -> None:
        """Until asked to end, or until nothing was to do for ``idle_s``."""
        busy_at = time.monotonic()
        try:
            while not over.wait(EVERY_S) and time.monotonic() - busy_at < idle_s:
                jobs.tend_mailings()
                if mailing_sending.has_work(at=now()):
                    busy_at = time.monotonic()
                    self._fill_up()
        finally:
            self._end()

    def _fill_up(self) -> None:
        self._members = [one for one in self._members if one.poll() is None]
        command = [sys.executable, "-m", "amiral", "mailings", "send", "--child"]
        while len(self._members) < self._number:
            self._members.append(subprocess.Popen(command))

    def _end(self) -> None:
        for one in self._members:
            one.terminate()
        end = time.monotonic() + TO_FINISH_S
        for one in self._members:
            try:
                one.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.kill()
