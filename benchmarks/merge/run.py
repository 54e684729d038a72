"""Ten thousand random merges undone in random order: the state must be the one before, byte for byte.

    .venv/bin/python benchmarks/merge/run.py --merges 10000

Prints one JSON object: the fingerprints of every table that points to a person before, between and after,
whether they are identical, and the seconds. The work of undoing is compared with the naive way, which takes
back everything merged since: ``taken_back_naive`` counts what that would have cost, ``taken_back`` what it
cost here. Exits with 1 unless the two states are identical. The database is SQLite in a temporary folder,
or in ``--folder``: a run that was killed is taken up there by the same command. Times are of the processor.
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
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def merges_at_random(world: Any, *, count: int, seed: int, done: int = 0) -> list[float]:
    """Merges random living persons into random others, with random choices of fields; seconds of each.

    The first ``done`` of them are chosen and not made: they stand in the database already.
    """
    from amiral.rooms.people import api
    from amiral.rooms.people.contracts import MergeField

    living, seconds, chance = list(world.persons), [], random.Random(seed)
    for number in range(count):
        absorbed = living.pop(chance.randrange(len(living)))
        chosen = [field for field in MergeField if chance.random() < 0.3]
        kept = chance.choice(living)
        if number >= done:
            began = time.process_time()
            api.merge(
                by_id=world.administrator, kept_id=kept, absorbed_id=absorbed, chosen=chosen, silent=True
            )
            seconds.append(time.process_time() - began)
    return seconds


def undo_at_random(world: Any, *, seed: int, keep: Any) -> dict[str, Any]:
    """Undoes all of them in a random order, and counts how many others each one disturbed."""
    from amiral.rooms.people import api
    from amiral.rooms.people.actions.merging import later_merges
    from amiral.rooms.people.models import Merge

    made = list(Merge.objects.order_by("pk").values_list("pk", flat=True))
    order = random.Random(seed + 1).sample(made, len(made))
    undone = set(Merge.objects.exclude(undone_at=None).values_list("pk", flat=True))
    told = keep.told
    for merge_id in order:
        if merge_id in undone:
            continue
        disturbed = 1 + len(later_merges(Merge.objects.get(pk=merge_id)))
        began = time.process_time()
        api.undo_merge(by_id=world.administrator, merge_id=merge_id)
        told["undo"].append(time.process_time() - began)
        told["taken_back"] += disturbed
        if len(told["undo"]) % 100 == 0:
            keep.write()
    return {
        "undo_cpu_seconds": round(sum(told["undo"]), 1),
        "undo_median_ms": round(1000 * median(told["undo"]), 1),
        "undo_worst_ms": round(1000 * max(told["undo"]), 1),
        "taken_back": told["taken_back"],
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


class Keep:
    """What a killed run needs to be taken up again, beside its database."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "progress.json"
        self.told: dict[str, Any] = {"undo": [], "taken_back": 0, "merge_cpu_seconds": 0.0}
        if self._file.exists():
            self.told = json.loads(self._file.read_text())

    def write(self, **more: Any) -> None:
        """Whole or not at all."""
        self.told |= more
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self.told))
        new.replace(self._file)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--merges", type=int, default=10_000)
    parser.add_argument("--persons", type=int, default=0, help="Twice the merges unless given.")
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="Kept, and taken up again by the same command.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amiral-merge-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="amiral.config.settings",
            AMIRAL_STATE_DIR=str(folder),
            AMIRAL_DATABASE_URL=f"sqlite:///{folder}/amiral.sqlite3",
            AMIRAL_LOG_LEVEL="ERROR",
        )
        Path(folder, "static").mkdir(exist_ok=True)
        found = measure(options, Keep(folder))
    print(json.dumps(found, indent=2))
    return 0 if found["identical"] else 1


def measure(options: argparse.Namespace, keep: Keep) -> dict[str, Any]:
    """Builds, merges, undoes, compares."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks.merge import world as worlds

    from amiral.rooms.people.models import Merge

    if "before" not in keep.told:
        world = worlds.build(
            persons=options.persons or 2 * options.merges, groups=options.groups, seed=options.seed
        )
        people = [str(one) for one in world.persons]
        keep.write(before=worlds.state(), people=people, administrator=str(world.administrator))
    told = keep.told
    world = worlds.World(persons=tuple(map(UUID, told["people"])), administrator=UUID(told["administrator"]))
    if "between" not in told:
        done = Merge.objects.count()
        seconds = merges_at_random(world, count=options.merges, seed=options.seed, done=done)
        keep.write(merge_cpu_seconds=sum(seconds), merges_timed=len(seconds), between=worlds.state())
    undone = undo_at_random(world, seed=options.seed, keep=keep)
    after = worlds.state()
    return {
        "persons": len(world.persons),
        "merges": options.merges,
        "merge_mean_ms": round(1000 * told["merge_cpu_seconds"] / max(1, told["merges_timed"]), 1),
        **undone,
        "before": told["before"],
        "between": told["between"],
        "after": after,
        "identical": told["before"] == after != told["between"],
    }


if __name__ == "__main__":
    sys.exit(main())
