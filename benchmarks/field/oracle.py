"""What the server has, beside what phones recorded and were promised. Prints JSON.

    python -m benchmarks.field.oracle FOLDER [--all]

``FOLDER`` holds the phones' files (``handset.py``). The expected state is that of the core's ``fold`` over
the phones' events, not over the server's. With ``--all`` every recorded event must have arrived.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from amiral.cores.sync import Event, canonical, dump, fold, outcome_of, parse, standing
from amiral.cores.sync.events import Visit

Ledger = tuple[dict[UUID, dict[str, Any]], set[UUID]]


def read(folder: Path) -> Ledger:
    """Every event that a phone kept, with its seal, and the ids that the server acknowledged."""
    recorded: dict[UUID, dict[str, Any]] = {}
    promised: set[UUID] = set()
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="ascii").splitlines():
            said = json.loads(line)
            if "ack" in said:
                promised.update(map(UUID, said["ack"]))
            else:
                recorded[UUID(said["id"])] = said
    return recorded, promised


def compare(ledger: Ledger, *, everything: bool) -> dict[str, Any]:
    """Figures; all of ``lost``, ``double``, ``extra``, ``changed``, ``wrong_doors`` must be 0."""
    from amiral.rooms.field.models import LogEntry

    recorded, promised = ledger
    rows = list(LogEntry.objects.values_list("pk", "device_id", "seq", "content", "seal", "status"))
    there = {row[0] for row in rows}
    stored = [row[0] for row in rows if row[5] == "stored"]
    expected = promised | recorded.keys() if everything else promised
    return {
        "recorded": len(recorded),
        "acknowledged": len(promised),
        "rows": len(rows),
        "lost": len(expected - there),
        "double": len(rows) - len({(row[1], row[2]) for row in rows}),
        "extra": len(there - recorded.keys()),
        "changed": sum(_changed(recorded.get(row[0]), row[3], row[4]) for row in rows),
        "not_counted": dict(Counter(str(row[5]) for row in rows if row[5] != "stored")),
        **states([parse(recorded[id_]) for id_ in stored if id_ in recorded]),
        **_checked(),
    }


def _changed(said: dict[str, Any] | None, content: str, seal: str) -> bool:
    if said is None:
        return False
    return content.encode() != canonical(dump(parse(said))) or seal != said["seal"]


def states(events: list[Event]) -> dict[str, Any]:
    """The server's projections beside the fold of the events that it should have."""
    from amiral.rooms.field.models import Visit as Row
    from amiral.rooms.field.queries.covering import states_of

    expected = fold(events)
    here = {door: state.outcome.value for door, state in expected.doors.items()}
    there = {door: state.outcome.value for door, state in states_of(Row.objects.all()).items()}
    return {
        "doors": len(here),
        "wrong_doors": sum(here.get(door) != there.get(door) for door in here.keys() | there.keys()),
        "wrong_visits": len(_standing(events) ^ set(Row.objects.values_list("pk", "outcome"))),
    }


def _standing(events: Iterable[Event]) -> set[tuple[UUID, str]]:
    return {
        (event.id, outcome_of(event).value) for event in standing(events) if isinstance(event.body, Visit)
    }


def _checked() -> dict[str, Any]:
    """The product's own nightly comparison, and the file's integrity."""
    from django.core.management import CommandError, call_command
    from django.db import connection

    out = io.StringIO()
    try:
        call_command("field", "check-log", stdout=out, stderr=out)
        check_log = True
    except (CommandError, SystemExit) as problem:
        out.write(str(problem))
        check_log = False
    intact = "ok"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            intact = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    return {"check_log": check_log, "integrity": intact, **({} if check_log else {"said": out.getvalue()})}


def is_good(found: dict[str, Any]) -> bool:
    """Whether nothing is wrong."""
    zeros = ("lost", "double", "extra", "changed", "wrong_doors", "wrong_visits")
    return not any(found[name] for name in zeros) and found["check_log"] and found["integrity"] == "ok"


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="Every recorded event must have arrived.")
    options = parser.parse_args()
    import django

    django.setup()
    found = compare(read(options.folder), everything=options.all)
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
