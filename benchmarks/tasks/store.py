"""The database of the proof, seen by the one who checks it (in a child of the zygote)."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any


def create() -> dict[str, int]:
    """The tables of the kit alone, and the ledger; what is there already."""
    from benchmarks.tasks.work import LEDGER
    from django.core.management import call_command
    from django.core.management.commands import migrate
    from django.db import connection

    call_command(migrate.Command(), "kit", verbosity=0, skip_checks=True)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {LEDGER} (number integer)")
    return state()


def state() -> dict[str, int]:
    """How many jobs there are, and how many are not over."""
    from amiral.kit.models import Job

    return {"jobs": Job.objects.count(), "left": Job.objects.exclude(due_at=None).count()}


def report() -> dict[str, Any]:
    """What became of every job: from the table, the ledger and the files of the workers."""
    from amiral.kit.models import Job

    jobs = {int(job.key): job for job in Job.objects.iterator()}
    effects, begun = Counter(_ledger()), _begun()
    picked = [begun[number][0] - job.created_at.timestamp() for number, job in jobs.items() if begun[number]]
    again = [times[1] - times[0] for number, times in begun.items() if len(times) > 1 and number in jobs]
    return {
        "jobs": len(jobs),
        "states": dict(Counter(job.state for job in jobs.values())),
        "lost": sum(1 for number, job in jobs.items() if job.state != "done" or not effects[number]),
        "effects": sum(effects.values()),
        "effects_doubled": sum(1 for count in effects.values() if count > 1),
        "effects_of_nobody": len(set(effects) - set(jobs)),
        "executions": sum(map(len, begun.values())),
        "jobs_run_again": sum(1 for times in begun.values() if len(times) > 1),
        "attempts_most": max((job.attempts for job in jobs.values()), default=0),
        "pick_up_s": _spread(picked),
        "run_again_after_s": _spread(again),
    }


def _ledger() -> list[int]:
    from benchmarks.tasks.work import LEDGER
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {LEDGER}")
        return [number for (number,) in cursor.fetchall()]


def _begun() -> dict[int, list[float]]:
    """Job to the moments at which a worker began it."""
    times: defaultdict[int, list[float]] = defaultdict(list)
    for path in Path(os.environ["PROOF_BEGUN"]).iterdir():
        for line in path.read_text().splitlines():
            number, _attempt, at = line.split()
            times[int(number)].append(float(at))
    for one in times.values():
        one.sort()
    return times


def _spread(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = quantiles(values, n=1000)
    shown = {"median": cuts[499], "p95": cuts[949], "p99": cuts[989], "p999": cuts[998], "max": max(values)}
    return {name: round(value, 4) for name, value in shown.items()}


ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {"create": create, "state": state, "report": report}


def answer(what: str, path: Path) -> None:
    """Writes the answer to a file, whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(ANSWERS[what]()))
    new.rename(path)
