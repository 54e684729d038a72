"""The job of the peers as one of ours: its effect, a line of a table, stands inside ``once``."""

from __future__ import annotations

import random
import time

from benchmarks.tasks.peer_work import say
from benchmarks.tasks.work import LEDGER
from django.db import connection, transaction

from amiral.kit.tasks import once, task


@task
def lines(number: int) -> None:
    """Twenty milliseconds of work, then the effect; its line in the file is written after the commit."""
    say("begun", number)
    time.sleep(random.uniform(0.01, 0.03))
    with once(f"lines:{number}") as first:
        if first:
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {LEDGER} (number) VALUES (%s)", [number])
            transaction.on_commit(lambda: say("done", number))
