"""Segments over two million synthetic persons: exact, and how fast beside one SQL query.

    .venv/bin/python benchmarks/segments/run.py --persons 2000000

Prints one JSON object. Both sides in one run: every expression is counted by the index and by one SQL query
on the same SQLite database with the product's own indexes, and the numbers must be equal (else exit code 1).
Then: the first page of ids, the memory and the building of the index, the seconds until a change committed by
another process is counted here, and a thousand changes a second for twenty seconds while counting goes on.
The database is made in ``--folder`` (a temporary one else) and used again when it is there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

ROUNDS = 200
TODAY = datetime.now(UTC).date()
NOW = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def say(text: str) -> None:
    print(f"{time.process_time():7.1f} s  {text}", file=sys.stderr, flush=True)


def prepare(folder: Path, *, persons: int, seed: int) -> dict[str, Any]:
    """The database, with the real map of France and synthetic persons."""
    from benchmarks.segments.world import fill
    from django.conf import settings
    from django.core.management import call_command

    from amiral.rooms.outreach import triggers
    from amiral.rooms.people.models import Person
    from amiral.rooms.territory import api as territory

    call_command("migrate", verbosity=0)
    if Person.objects.count() >= persons:
        return {"reused": True}
    say("map of France")
    territory.load_referential(front_dir=Path(settings.FRONT_DIR))
    triggers.drop()  # two million lines of the change log would only be thrown away
    began = time.perf_counter()
    rows = fill(path=str(settings.DATABASES["default"]["NAME"]), persons=persons, seed=seed, say=say)
    triggers.lay()
    return {"rows": rows, "seconds": round(time.perf_counter() - began, 1)}


# The two questions, and others at random -----------------------------------------------------------


def eight() -> Any:
    from amiral.rooms.outreach.contracts import Clause, Group, How

    lately = TODAY - timedelta(days=250)
    return Group(parts=(
        Clause(criterion="territory", values=("region:27", "region:84", "departement:13")),
        Clause(criterion="consent", values=("newsletter",)),
        Clause(criterion="language", values=("fr",)),
        Clause(criterion="joined", since=TODAY - timedelta(days=900)),
        Clause(criterion="contact", values=("email-verified",)),
        Clause(criterion="contact", values=("email-returned",), negated=True),
        Group(how=How.ANY, parts=(
            Clause(criterion="skill", values=("door-to-door", "driving")),
            Clause(criterion="actions", times=2, since=lately),
        )),
    ))  # fmt: skip


def twenty() -> Any:
    from amiral.rooms.outreach.contracts import Clause, Group, How
    from amiral.rooms.outreach.queries.trees import criteria

    groups = [value for value, _label in criteria()["group"].choices()]
    lately = TODAY - timedelta(days=300)
    return Group(parts=(
        *eight().parts[1:6],
        Clause(criterion="seen", since=TODAY - timedelta(days=400)),
        Clause(criterion="group", values=tuple(groups[:40])),
        Clause(criterion="group", values=(groups[3], groups[5]), negated=True),
        Clause(criterion="territory", values=("pays:FR",)),
        Clause(criterion="territory", negated=True,
               values=("departement:75", "departement:2A", "commune:69123")),
        Clause(criterion="origin", values=("petition",), negated=True),
        Group(how=How.AT_LEAST, k=2, parts=(
            Clause(criterion="availability", values=("6-morning", "6-afternoon")),
            Clause(criterion="skill", values=("telephone", "writing", "law")),
            Clause(criterion="actions", times=1, since=lately),
            Clause(criterion="consent", values=("actions",)),
        )),
        Group(how=How.ANY, parts=(
            Clause(criterion="actions", times=3, since=lately),
            Clause(criterion="actions", values=("leaflet-drop",)),
            Clause(criterion="consent", values=("group-contact",)),
            Clause(criterion="joined", until=TODAY - timedelta(days=600)),
            Clause(criterion="language", values=("en",), negated=True),
        )),
    ))  # fmt: skip


def at_random(chance: random.Random, depth: int = 0) -> Any:
    """Any tree of criteria."""
    from amiral.rooms.outreach.contracts import Clause, Group, How
    from amiral.rooms.outreach.queries.trees import criteria

    if (depth < 2 and chance.random() < 0.7 - 0.3 * depth) or depth == 0:
        parts = tuple(at_random(chance, depth + 1) for _part in range(chance.randint(2, 4)))
        return Group(how=chance.choice(list(How)), k=2, parts=parts, negated=chance.random() < 0.2)
    name = chance.choice(
        ["territory", "consent", "language", "skill", "availability", "joined", "seen", "group", "actions"]
    )
    days = TODAY - timedelta(days=chance.randint(0, 1_000))
    if name == "territory":
        values: tuple[str, ...] = tuple(chance.sample([f"departement:{n:02d}" for n in range(21, 95)], 3))
    else:
        known = [value for value, _label in criteria()[name].choices()]
        values = tuple(chance.sample(known, min(len(known), chance.randint(1, 3))))
    negated = chance.random() < 0.2
    if name in {"joined", "seen"}:
        return Clause(criterion=name, since=days, negated=negated)
    if name == "actions":
        return Clause(
            criterion=name, values=values[:1], times=chance.randint(1, 3), since=days, negated=negated
        )
    return Clause(criterion=name, values=values, negated=negated)


# The same in SQL -----------------------------------------------------------------------------------


def condition(expression: Any) -> str:
    """One SQL condition on ``p``, a row of persons; every value is ours."""
    from amiral.cores.segments import AtLeast, Between, Every, Having, Not, Some

    match expression:
        case Not(part):
            return f"NOT ({condition(part)})"
        case Every(parts):
            return " AND ".join(f"({condition(part)})" for part in parts) or "1"
        case Some(parts):
            return " OR ".join(f"({condition(part)})" for part in parts) or "0"
        case AtLeast(k, parts):
            return " + ".join(f"({condition(part)})" for part in parts) + f" >= {k}"
        case Between(facet, since, until):
            return days_condition(facet, since, until)
        case Having(facet, values):
            return having_condition(facet, "(" + ", ".join(f"'{value}'" for value in values) + ")", values)
    raise TypeError(expression)


def moment(day: int) -> str:
    """The instant a day begins in the campaign's zone, in UTC as the database writes it."""
    from django.conf import settings

    local = datetime.combine(date(1970, 1, 1) + timedelta(days=day), datetime.min.time())
    return f"{local.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def days_condition(facet: str, since: int | None, until: int | None) -> str:
    if "/" in facet:
        _name, kind, times = facet.split("/")
        of_kind = f"AND a.kind = '{kind}'" if kind else ""
        start = f"AND h.ends_at >= '{moment(since)}'" if since is not None else ""
        return (
            "(SELECT count(*) FROM mobilisation_signup s JOIN mobilisation_shift h ON h.id = s.shift_id"
            " JOIN mobilisation_action a ON a.id = h.action_id WHERE s.person_id = p.id"
            f" AND s.state = 'confirmed' AND h.state = 'published' AND h.ends_at <= '{NOW}'"
            f" {of_kind} {start}) >= {times}"
        )
    column = {"joined": "p.joined_at", "seen": "p.last_seen_at"}[facet]
    bounds = [f"{column} >= '{moment(since)}'"] if since is not None else []
    bounds += [f"{column} < '{moment(until + 1)}'"] if until is not None else []
    return " AND ".join(bounds)


def exists(table: str, what: str) -> str:
    """That the person has a row of a table with this in it."""
    return f"EXISTS (SELECT 1 FROM {table} k WHERE k.person_id = p.id AND {what})"


def having_condition(facet: str, among: str, values: tuple[str, ...]) -> str:
    if facet == "territory":
        inside = f"SELECT descendant_id FROM territory_territoryclosure WHERE ancestor_id IN {among}"
        return f"coalesce(p.commune_id IN ({inside}), 0)"
    if facet == "language":
        return f"p.language IN {among}"
    if facet == "consent":
        return (
            f"EXISTS (SELECT 1 FROM people_consent c WHERE c.person_id = p.id AND c.purpose IN {among}"
            " AND c.granted AND NOT EXISTS (SELECT 1 FROM people_consent d WHERE d.person_id = c.person_id"
            " AND d.purpose = c.purpose AND (d.at > c.at OR (d.at = c.at AND d.id > c.id))))"
        )
    if facet == "contact":
        (mark,) = values
        what = {
            "email-verified": "verified_at IS NOT NULL",
            "email-returned": "bounce_state IN ('hard', 'complained')",
        }
        return exists("people_contactpoint", f"k.kind = 'email' AND k.{what[mark]}")
    if facet == "skill":
        return exists("people_personskill", f"k.skill IN {among}")
    if facet == "availability":
        from amiral.rooms.people.queries.helping import mask_of

        return exists("people_availability", f"k.slots & {mask_of(slots=values)}")
    if facet == "group":
        return exists("network_membership", f"k.left_at IS NULL AND k.group_id IN {among}")
    if facet == "origin":
        files = f"SELECT id FROM people_supporterimport WHERE origin IN {among}"
        return exists("people_importline", f"k.supporter_import_id IN ({files})")
    raise KeyError(facet)


def by_sql(expression: Any) -> tuple[int, float, float]:
    from django.db import connection

    began, worked = time.perf_counter(), time.process_time()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM people_person p WHERE {condition(expression)}")
        (count,) = cursor.fetchone()
    return int(count), time.perf_counter() - began, time.process_time() - worked


# Measuring -----------------------------------------------------------------------------------------


def compare(tree: Any, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Exactness, and the time of a count as the page makes it: log read, evaluated, nothing kept between."""
    from amiral.cores.segments import select
    from amiral.rooms.outreach.counting import KEEPER
    from amiral.rooms.outreach.queries.trees import expression_of

    expression = expression_of(tree)
    seconds, processor, page = [], [], []
    for _round in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        with KEEPER.current() as state:
            count = len(select(state.index, expression))
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
        began = time.perf_counter()
        with KEEPER.current() as state:
            state.numbers.ids(list(islice(select(state.index, expression), 50)))
        page.append(time.perf_counter() - began)
    truth, sql_s, sql_cpu_s = by_sql(expression)
    ours = median(seconds)
    return {
        "count": count,
        "sql_count": truth,
        "equal": count == truth,
        "ms_median": round(1000 * ours, 3),
        "ms_worst_of_95_percent": round(1000 * sorted(seconds)[int(0.95 * rounds)], 3),
        "processor_ms_median": round(1000 * median(processor), 3),
        "first_page_ms_median": round(1000 * median(page), 3),
        "sql_ms": round(1000 * sql_s, 1),
        "sql_processor_ms": round(1000 * sql_cpu_s, 1),
        "ratio": round(sql_s / ours, 1),
        "processor_ratio": round(sql_cpu_s / median(processor), 1),
    }


CHANGER = """
import os, sys, time, sqlite3
link = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
link.execute("PRAGMA synchronous=FULL")
ids = [row[0] for row in link.execute("SELECT id FROM people_person ORDER BY id LIMIT 40000")]
how, seconds = sys.argv[2], float(sys.argv[3])
if how == "one":
    for number in range(20):
        time.sleep(0.3)
        language = ("en", "fr")[number % 2]
        link.execute("UPDATE people_person SET language = ? WHERE id = ?", (language, ids[0]))
        print(time.time(), language, flush=True)
else:
    began, done = time.time(), 0
    while time.time() - began < seconds:
        link.execute("BEGIN IMMEDIATE")
        for _ in range(20):
            link.execute("UPDATE people_person SET language = CASE language WHEN 'en' THEN 'fr' ELSE 'en' END"
                         " WHERE id = ?", (ids[done % len(ids)],))
            done += 1
        link.execute("COMMIT")
        time.sleep(max(0.0, began + done / 1000 - time.time()))
    print(time.time(), done, flush=True)
"""


def latency(path: str) -> dict[str, Any]:
    """Seconds from the commit of one change by another process to the count here that has it."""
    from amiral.rooms.outreach.counting import KEEPER
    from amiral.rooms.people.models import Person

    first = Person.objects.order_by("pk").values_list("pk", flat=True)[0].hex
    command = [sys.executable, "-c", CHANGER, path, "one", "0"]
    seen: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        for line in other.stdout:
            at, language = line.split()
            while True:
                with KEEPER.current() as state:
                    (number,) = state.numbers.find([first]).tolist()
                    if number in state.index.having("language", [language]):
                        break
            seen.append(time.time() - float(at))
    return {
        "changes": len(seen),
        "ms_median": round(1000 * median(seen), 1),
        "ms_worst": round(1000 * max(seen), 1),
    }


def sustained(path: str, *, seconds: float) -> dict[str, Any]:
    """A thousand changes a second by another process while this one follows and counts."""
    from amiral.cores.segments import select
    from amiral.rooms.outreach.counting import KEEPER, build
    from amiral.rooms.outreach.queries.trees import expression_of

    expression = expression_of(twenty())
    KEEPER._start_following()
    command = [sys.executable, "-c", CHANGER, path, "many", str(seconds)]
    taken: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        while other.poll() is None:
            began = time.perf_counter()
            with KEEPER.current() as state:
                len(select(state.index, expression))
            taken.append(time.perf_counter() - began)
            time.sleep(0.05)
        ended, done = other.stdout.read().split()
    KEEPER.follow()
    behind = time.time() - float(ended)
    with KEEPER.current() as state:
        fresh = build(report=lambda _done, _total: None, numbers=state.numbers)
        differing = len(state.index.differing(fresh.index))
    return {
        "changes": int(done),
        "changes_per_s": round(int(done) / seconds),
        "counts_meanwhile": len(taken),
        "count_ms_median": round(1000 * median(taken), 2),
        "count_ms_worst_of_95_percent": round(1000 * sorted(taken)[int(0.95 * len(taken))], 2),
        "s_until_all_were_in": round(behind, 2),
        "persons_differing_from_a_rebuild": differing,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=71)
    parser.add_argument("--random", type=int, default=6, help="Further expressions, at random.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {
            "AMIRAL_STATE_DIR": str(folder),
            "AMIRAL_DATABASE_URL": f"sqlite:///{folder}/segments.sqlite3",
            "DJANGO_SETTINGS_MODULE": "amiral.config.settings",
        }
        import django

        django.setup()
        told = measure(folder, options)
    print(json.dumps(told, indent=2))
    counted = [told["eight_criteria"], told["twenty_criteria"], *told["at_random"]]
    return 0 if all(one["equal"] for one in counted) else 1


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    from django.conf import settings

    from amiral.rooms.outreach.counting import KEEPER

    path = str(settings.DATABASES["default"]["NAME"])
    told: dict[str, Any] = {"persons": options.persons, "seed": options.seed}
    told["database"] = prepare(folder, persons=options.persons, seed=options.seed)
    say("building the index")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, worked = time.perf_counter(), time.process_time()
    KEEPER.rebuild(report=lambda _done, _total: None)
    told["index"] = {
        "build_processor_s": round(time.process_time() - worked, 1),
        "build_s": round(time.perf_counter() - began, 1),
        "megabytes": round(KEEPER.size_bytes() / 1e6, 1),
        "process_peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "process_peak_before_megabytes": round(before / 1e3),
    }
    say("eight criteria")
    told["eight_criteria"] = compare(eight())
    say("twenty criteria")
    told["twenty_criteria"] = compare(twenty())
    chance = random.Random(options.seed)
    told["at_random"] = []
    for number in range(options.random):
        say(f"at random {number + 1}")
        told["at_random"].append(compare(at_random(chance), rounds=20))
    say("a change by another process")
    told["a_change_is_counted_after"] = latency(path)
    say("a thousand changes a second")
    told["sustained"] = sustained(path, seconds=options.seconds)
    return told


if __name__ == "__main__":
    sys.exit(main())
