"""How far a long proof is, for people (on the standard error) and for the next start (in a file)."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path


def end_properly() -> None:
    """Ctrl-C and SIGTERM end servers, browsers and disks too, in the background as well, where the shell lets
    a program ignore Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


class Counts:
    """Counters that survive an interruption."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counted: Counter[str] = Counter(json.loads(path.read_text()) if path.exists() else {})

    @property
    def total(self) -> int:
        return sum(self.counted.values())

    def add(self, name: str, count: int = 1) -> None:
        """One more, kept at once."""
        self.counted[name] += count
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.counted))
        new.rename(self.path)


class Bar:
    """A line every few seconds: what, how many of how many, seconds so far."""

    def __init__(self, what: str, of: int, *, every_s: float = 10.0) -> None:
        self.what, self.of, self.every_s = what, of, every_s
        self.began = time.monotonic()
        self.told = 0.0

    def at(self, done: int, more: str = "") -> None:
        """Tells, if it is time."""
        now = time.monotonic()
        if now - self.told >= self.every_s or done >= self.of:
            self.told = now
            seconds = f"{now - self.began:.0f} s"
            print(
                f"  {self.what}: {done} of {self.of}, {seconds}{more and ', ' + more}",
                file=sys.stderr,
                flush=True,
            )
