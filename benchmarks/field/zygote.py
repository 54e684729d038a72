"""Starts the web server in milliseconds, as often as asked, so that it can be killed a thousand times.

    python -m benchmarks.field.zygote

The modules are loaded once; for each line ``start PORT PROCESSES THREADS`` a child becomes gunicorn with the
options of ``amiral serve`` in a process group of its own, and its number is printed. The child opens its own
connections to the database; nothing else survives from one life to the next. Ends with its standard input.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Any


def load() -> None:
    """Everything a worker needs to answer, but no connection."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
    import django
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import get_resolver

    django.setup()
    WSGIHandler()
    list(get_resolver().url_patterns)


def serve(port: int, processes: int, threads: int) -> None:
    """Becomes gunicorn; does not return."""
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for name, value in _options(port, processes, threads).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from amiral.config.wsgi import application

            return application

    Served().run()


def _options(port: int, processes: int, threads: int) -> dict[str, Any]:
    """As ``amiral serve`` gives them."""
    return {
        "bind": f"127.0.0.1:{port}",
        "worker_class": "gthread",
        "workers": processes,
        "threads": threads,
        "timeout": 120,
        "graceful_timeout": 20,
        "control_socket_disable": True,
        "loglevel": "critical",
        "backlog": 4096,
    }


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
            os._exit(0)  # whatever the loaded modules have running
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            serve(*map(int, words[1:]))
            os._exit(0)
        print(child, flush=True)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
