"""Visits of before the log: they become its first events, in order, and what is shown stays what it was."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

SCRIPT = """
import json
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from amiral.kit.ids import new_id

graph = MigrationExecutor(connection).loader.graph
leaves = [node for node in graph.leaf_nodes() if node[0] != "field"]
executor = MigrationExecutor(connection)
executor.migrate([*leaves, ("field", "0009_log")])
old = MigrationExecutor(connection).loader.project_state([*leaves, ("field", "0009_log")]).apps
get = old.get_model
noon = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
commune = get("territory", "Territory").objects.create(
    id="commune:71270", kind="commune", code="71270", name="Macon")
group = get("network", "Group").objects.create(
    id=new_id(), slug="macon", kind="local", name="Macon", territory_id=commune.pk)
person = get("people", "Person").objects.create(id=new_id())
action = get("mobilisation", "Action").objects.create(
    id=new_id(), kind="door-to-door", title="x", group=group, commune_id=commune.pk, place="x")
shifts = [
    get("mobilisation", "Shift").objects.create(
        id=new_id(), action=action, starts_at=noon, ends_at=noon + timedelta(hours=2), capacity=4, needed=2)
    for _ in range(2)
]
canvass = get("field", "Canvass").objects.create(
    id=new_id(), name="x", kind="door-to-door", group=group, address_file_id=new_id(), address_file_name="f")
turfs = [
    get("field", "Turf").objects.create(
        id=new_id(), canvass=canvass, number=n, minutes=1, metres=1, walk={}) for n in (1, 2)
]
doors = [
    get("field", "Door").objects.create(
        id=new_id(), turf=turfs[n // 2], position=n, address_id=f"a{n}", label="x", longitude=1, latitude=1)
    for n in range(4)
]
give = get("field", "Assignment").objects.create
for n, (turf, shift, at) in enumerate([(0, 0, noon), (0, 1, noon + timedelta(days=1))]):
    give(id=new_id(), turf=turfs[turf], shift=shifts[shift], created_at=at, token=f"t{n}",
         ended_at=noon + timedelta(days=n), list_number=f"{n:08d}", until=noon + timedelta(days=n))
Visit = get("field", "Visit")
hours = [1, 3, 30, 3, 26, 40]
made = []
for n, hour in enumerate(hours):
    made.append(Visit.objects.create(
        id=new_id(), door=doors[n % 3], outcome="talked" if n % 2 else "nobody", by=person,
        at=noon, received_at=noon + timedelta(hours=hour), supersedes_id=made[0].pk if n == 3 else None))
# Two teams heard a wish; the later visit was corrected, and with it, then, the wish was gone.
wishes = [
    Visit.objects.create(id=new_id(), door=doors[3], outcome=outcome, by=person, at=noon,
        received_at=noon + timedelta(hours=hour), supersedes_id=None)
    for hour, outcome in ((50, "do-not-come-back"), (51, "do-not-come-back"), (52, "nobody"))
]
Visit.objects.filter(pk=wishes[2].pk).update(supersedes_id=wishes[1].pk)
made += wishes
call_command("migrate", verbosity=0)

from amiral.kit.clock import now
from amiral.rooms.field.actions.checking import check_log
from amiral.rooms.field.models import AddressWish, Device, LogEntry, Visit
found = check_log(at=now())
print(json.dumps({
    "right": found.is_right,
    "log": [str(pk) for pk in LogEntry.objects.order_by("lam").values_list("pk", flat=True)],
    "visits": [str(pk) for pk in Visit.objects.values_list("pk", flat=True)],
    "by_order": [str(row.pk) for row in sorted(made, key=lambda row: (row.received_at, row.pk))],
    "corrected": [str(made[0].pk), str(wishes[1].pk)],
    "wish": [str(wish.visit_id) for wish in AddressWish.objects.all()],
    "heard": [str(wishes[0].pk)],
    "by": LogEntry.objects.filter(by=person.pk).count(),
    "shifts": [str(shift.pk) for shift in shifts],
    "devices": sorted([str(d.shift_id), d.kind, d.head, d.seen] for d in Device.objects.all()),
}))
"""


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="The step writes no SQL of its own; a file is enough"
)
def test_old_visits_become_the_first_events_of_the_log(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "AMIRAL_STATE_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "amiral.config.settings",
    }
    env.pop("AMIRAL_DATABASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert told["right"]
    assert told["log"] == told["by_order"]
    assert told["visits"] == [pk for pk in told["by_order"] if pk not in told["corrected"]]
    assert told["wish"] == told["heard"]
    assert told["by"] == 9
    first, second = told["shifts"]
    # Of the turf that two teams held one after the other, and of one that nobody is known to have held.
    assert told["devices"] == sorted(
        [[first, "page", 3, [[1, 3]]], [second, "page", 1, [[1, 1]]], ["None", "page", 5, [[1, 5]]]]
    )
