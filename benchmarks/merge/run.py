"""Ten thousand random merges undone in random order: the state must be the one before, byte for byte.

    .venv/bin/python benchmarks/merge/run.py --merges 10000

Prints one JSON object: the fingerprints of every table that points to a person before, between and after,
whether they are identical, and the seconds. The work of undoing is compared with the naive way, which takes
back everything merged since: ``taken_back_naive`` counts what that would have cost, ``taken_back`` what it
cost here. Exits with 1 unless the two states are identical. The database is SQLite in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def merges_at_random(world: Any, *, count: int, chance: random.Random) -> list[Any]:
    """Merges random living persons into random others, with random choices of fields."""
    from amiral.rooms.people import api
    from amiral.rooms.people.contracts import MergeField

    living, made = list(world.persons), []
    for _ in range(count):
        absorbed = living.pop(chance.randrange(len(living)))
        chosen = [field for field in MergeField if chance.random() < 0.3]
        kept = chance.choice(living)
        made.append(
            api.merge(
                by_id=world.administrator, kept_id=kept, absorbed_id=absorbed, chosen=chosen, silent=True
            )
        )
    return made


def undo_at_random(world: Any, made: list[Any], *, chance: random.Random) -> dict[str, Any]:
    """Undoes all of them in a random order, and counts how many others each one disturbed."""
    from amiral.rooms.people import api
    from amiral.rooms.people.actions.merging import later_merges
    from amiral.rooms.people.models import Merge

    order = chance.sample(made, len(made))
    seconds, disturbed = [], 0
    for merge_id in order:
        disturbed += 1 + len(later_merges(Merge.objects.get(pk=merge_id)))
        began = time.perf_counter()
        api.undo_merge(by_id=world.administrator, merge_id=merge_id)
        seconds.append(time.perf_counter() - began)
    return {
        "undo_seconds": round(sum(seconds), 1),
        "undo_median_ms": round(1000 * median(seconds), 1),
        "undo_worst_ms": round(1000 * max(seconds), 1),
        "taken_back": disturbed,
        "taken_back_naive": naive_cost(made, order),
    }


def naive_cost(made: list[Any], order: list[Any]) -> int:
    """How many merges a plain stack would take back: all that came after and still stand, each time."""
    places = {merge_id: place for place, merge_id in enumerate(made)}
    standing, total = [1] * len(made), 0
    for merge_id in order:
        total += sum(standing[places[merge_id] :])
        standing[places[merge_id]] = 0
    return total


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--merges", type=int, default=10_000)
    parser.add_argument("--persons", type=int, default=0, help="Twice the merges unless given.")
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amiral-merge-") as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="amiral.config.settings",
            AMIRAL_STATE_DIR=folder,
            AMIRAL_DATABASE_URL=f"sqlite:///{folder}/amiral.sqlite3",
            AMIRAL_LOG_LEVEL="ERROR",
        )
        Path(folder, "static").mkdir()
        found = measure(options)
    print(json.dumps(found, indent=2))
    return 0 if found["identical"] else 1


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Builds, merges, undoes, compares."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks.merge import world as worlds

    persons = options.persons or 2 * options.merges
    world = worlds.build(persons=persons, groups=options.groups, seed=options.seed)
    before = worlds.state()
    chance = random.Random(options.seed)
    began = time.perf_counter()
    made = merges_at_random(world, count=options.merges, chance=chance)
    merge_seconds = time.perf_counter() - began
    between = worlds.state()
    undone = undo_at_random(world, made, chance=chance)
    after = worlds.state()
    return {
        "persons": persons,
        "merges": len(made),
        "merge_seconds": round(merge_seconds, 1),
        "merge_mean_ms": round(1000 * merge_seconds / len(made), 1),
        **undone,
        "before": before,
        "between": between,
        "after": after,
        "identical": before == after != between,
    }


if __name__ == "__main__":
    sys.exit(main())
