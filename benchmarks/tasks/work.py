"""The job of the proof: a line that it began, a moment of work, its effect, another moment of work."""

from __future__ import annotations

import os
import random
import time
from functools import cache

from django.db import connection

from amiral.kit.tasks import once, task
from amiral.kit.tasks.effects import running

LEDGER = "proof_ledger"
"""The effects: a table without any constraint, so that a second effect would show."""
LONGEST_S = float(os.environ.get("PROOF_LONGEST_S", "0.004"))


@cache
def _begun(process: int) -> int:
    """A file of this process: what was written to it outlives SIGKILL, and no database vouches for it."""
    name = f"{os.environ['PROOF_BEGUN']}/{process}"
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


@task
def effect(number: int) -> None:
    """Adds the number to the ledger, once. Most kills should fall into it."""
    job = running.get()
    assert job is not None
    os.write(_begun(os.getpid()), f"{number} {job.attempts} {time.time():.4f}\n".encode())
    time.sleep(random.uniform(0, LONGEST_S))
    with once(f"effect:{number}") as first:
        if first:
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {LEDGER} (number) VALUES (%s)", [number])
    time.sleep(random.uniform(0, LONGEST_S))
