"""What the live coverage of a large canvass costs. Prints one JSON object.

    python benchmarks/field/live_coverage.py [--doors 50000] [--visits 100000] [--communes 40]

In a database of its own (SQLite, in a folder that is deleted), a canvass of so many doors in turfs of sixty,
over so many bureaux, with so many visits over thirty days. Seconds are the best of three, but the first read.
"""

import argparse
import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2027, 3, 20, 12, tzinfo=UTC)
PER_TURF = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--doors", type=int, default=50_000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--communes", type=int, default=40)
    asked = parser.parse_args()
    state = Path(tempfile.mkdtemp(prefix="coverage-"))
    os.environ |= {"AMIRAL_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "amiral.config.settings"}
    sys.path.insert(0, str(ROOT / "src"))
    try:
        print(json.dumps(measured(asked.doors, asked.visits, asked.communes), indent=2))
    finally:
        shutil.rmtree(state)


def measured(doors: int, visits: int, communes: int) -> dict[str, Any]:
    """The figures; the database is made and filled first."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    canvass = filled(doors, visits, communes)
    return {
        "doors": doors,
        "turfs": -(-doors // PER_TURF),
        "visits": visits,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    } | timed_all(canvass)


def timed_all(canvass: Any) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from amiral.rooms.field.actions import releasing as closing
    from amiral.rooms.field.models import Release, ReleasedFigure, Visit
    from amiral.rooms.field.queries import coverage_pages, progress, releasing

    first = seconds(lambda: progress.standing(canvass=canvass, at=NOON))
    moments = iter(NOON + timedelta(seconds=2 * n) for n in range(1, 25))
    again = best(lambda: progress.standing(canvass=canvass, at=next(moments)))
    door = Visit.objects.order_by("-pk").values_list("door_id", flat=True)[0]
    add_visit(door, NOON + timedelta(seconds=5))
    with CaptureQueriesContext(connection) as queries:
        after = seconds(lambda: progress.standing(canvass=canvass, at=next(moments)))
    live = best(lambda: coverage_pages.live(canvass=canvass, view="", place="", number=1, at=next(moments)))
    closed = seconds(lambda: closing.close_due(canvass_id=canvass.pk, at=NOON))
    page = best(lambda: coverage_pages.coverage_page(canvass=canvass, view="", number=1, at=next(moments)))
    figures = best(lambda: releasing.figures(canvass_ids=[canvass.pk]))
    return {
        "first_read_s": first,
        "read_again_s": again,
        "after_one_visit_s": after,
        "queries_after_one_visit": len(queries),
        "one_look_of_a_stream_s": live,
        "page_s": page,
        "close_all_periods_s": closed,
        "periods": Release.objects.count(),
        "figures_released": ReleasedFigure.objects.count(),
        "read_released_s": figures,
    }


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return round(time.perf_counter() - start, 3)


def best(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(3))


def filled(doors: int, visits: int, communes: int) -> Any:
    """A canvass with its turfs, doors and visits, written in bulk."""
    from amiral.kit.ids import new_id
    from amiral.rooms.field.models import Canvass, Door, Turf
    from amiral.rooms.network.models import Group
    from amiral.rooms.territory.models import Territory

    Territory.objects.create(id="departement:71", kind="departement", code="71", name="Saône-et-Loire")
    group = Group.objects.create(slug="g", kind="departement", name="G", territory_id="departement:71")
    canvass = Canvass.objects.create(
        name="C", kind="door-to-door", group=group, address_file_id=new_id(), address_file_name="x",
        planned_at=NOON - timedelta(days=40), plan_version=1,
    )  # fmt: skip
    line = {"type": "LineString", "coordinates": [[4.8, 46.3], [4.81, 46.31]]}
    turfs = [
        Turf(canvass=canvass, number=n + 1, minutes=120, metres=1500, walk=line)
        for n in range(-(-doors // PER_TURF))
    ]
    Turf.objects.bulk_create(turfs, batch_size=500)
    chance = random.Random(1)
    rows = [
        Door(
            turf=turfs[n // PER_TURF], position=n % PER_TURF + 1, address_id=f"a{n}", label=f"{n} rue",
            commune_code=f"71{n * communes // doors:03d}", longitude=4.8 + n % 300 * 1e-3,
            latitude=46.3 + n // 300 * 1e-3, dwellings=chance.choice((1, 1, 1, 2, 6, 20)),
        )
        for n in range(doors)
    ]  # fmt: skip
    Door.objects.bulk_create(rows, batch_size=2000)
    _visited(rows, visits, chance)
    return canvass


def _visited(doors: list[Any], visits: int, chance: random.Random) -> None:
    """Turf after turf, an evening each, thirty evenings; then some doors again."""
    from amiral.kit.ids import new_id
    from amiral.rooms.field.contracts import Outcome
    from amiral.rooms.field.models import Visit

    outcomes = [outcome.value for outcome in Outcome]
    made = []
    for n in range(visits):
        door = doors[n % len(doors)]
        evening = NOON - timedelta(days=30) + timedelta(days=30 * n // visits, minutes=n % 240)
        made.append(
            Visit(
                id=new_id(),
                door=door,
                outcome=chance.choice(outcomes),
                at=evening,
                received_at=evening,
                lam=n + 1,
                seq=n + 1,
            )
        )
    Visit.objects.bulk_create(made, batch_size=2000)


def add_visit(door_id: Any, at: datetime) -> None:
    from amiral.kit.ids import new_id
    from amiral.rooms.field.models import Visit

    Visit.objects.create(id=new_id(), door_id=door_id, outcome="talked", at=at, received_at=at)


if __name__ == "__main__":
    main()
