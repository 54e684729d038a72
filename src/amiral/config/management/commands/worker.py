"""``amiral worker``: does jobs and long runs, and looks after what is due."""

import logging
import signal
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from amiral.config import minding
from amiral.config.senders import Senders
from amiral.kit.tasks import worker
from amiral.rooms.outreach.api import hold_sms_line

log = logging.getLogger(__name__)

TO_FINISH_S = 15.0
"""How long the jobs in hand may take when the worker is stopped; after that their leases end."""


class Command(BaseCommand):
    help = (
        "Works in the background: jobs, long runs, messages that are due, abandoned work. "
        "Ctrl-C stops it cleanly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=0.25, help="Seconds between two looks (default 0.25)."
        )
        parser.add_argument(
            "--threads", type=int, default=2, help="Jobs done at once (default 2), beside one long run."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        over = Event()
        minder = Thread(target=self._mind, args=(over,), daemon=True, name="minder")
        minder.start()
        texter = Thread(target=self._text, args=(over,), daemon=True, name="sms")
        texter.start()
        try:
            self._work(over, queues={"default": options["threads"], "runs": 1}, **options)
        finally:
            over.set()
            minder.join(timeout=30)
            texter.join(timeout=20)

    def _work(self, over: Event, *, queues: dict[str, int], interval: float, **others: Any) -> None:
        def stop(signum: int, frame: object) -> None:
            over.set()
            signal.signal(signum, signal.SIG_DFL)  # asked a second time: at once

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        threads = worker.start(queues=queues, interval_s=interval, over=over)
        while not over.wait(1.0):
            pass
        for thread in threads:
            thread.join(timeout=TO_FINISH_S / len(threads))
        self.stderr.write("Stopped.")

    def _mind(self, over: Event) -> None:
        senders = Senders()
        while not over.wait(minding.EVERY_S):
            close_old_connections()
            minding.once(beside=True)
            senders.look()
            close_old_connections()
        senders.stop()

    def _text(self, over: Event) -> None:
        """A gateway that is set wrongly keeps nothing else from being done."""
        try:
            hold_sms_line(stop=over)
        except Exception:
            log.exception("No SMS is sent or received: look at AMIRAL_SMS_GATEWAY.")
        finally:
            connections.close_all()
