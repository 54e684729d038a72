"""``amiral serve``: the web server and one worker, started and stopped together."""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serves the product: gunicorn (one process, several threads) and one worker. Ctrl-C stops both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: loopback).")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=8)
        parser.add_argument(
            "--processes", type=int, default=1, help="More than one needs PostgreSQL and AMIRAL_CACHE_URL."
        )
        parser.add_argument("--no-worker", action="store_true", help="The worker runs elsewhere.")

    def handle(self, *args: Any, **options: Any) -> None:
        commands = [_server(options)]
        if not options["no_worker"]:
            commands.append([sys.executable, "-m", "amiral", "worker"])
        children = [subprocess.Popen(command, env=os.environ) for command in commands]
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            code = _wait_for_first(children)
        except KeyboardInterrupt:
            code = 0
        finally:
            _stop(children)
        if code:
            raise CommandError(f"A process of the server ended with code {code}; its last lines say why.")


def _server(options: dict[str, Any]) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "amiral.config.wsgi:application",
        "--bind", f"{options['host']}:{options['port']}",
        "--worker-class", "gthread",
        "--workers", str(options["processes"]),
        "--threads", str(options["threads"]),
        "--timeout", "120", "--graceful-timeout", "20", "--no-control-socket",
        "--log-level", "warning",
    ]  # fmt: skip


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _wait_for_first(children: list[subprocess.Popen[bytes]]) -> int:
    """Waits until one process ends and returns its code: neither half serves alone."""
    while True:
        for child in children:
            code = child.poll()
            if code is not None:
                return code
        time.sleep(0.2)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            child.kill()
