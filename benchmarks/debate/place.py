"""One's own place on the map after each vote, with a million people and with a thousand.

    .venv/bin/python -m benchmarks.debate.place
    .venv/bin/python -m benchmarks.debate.place --people 20000 --votes 100000 --gestures 50    # to try it

A synthetic map is published, of ``--statements`` statements and five groups; ``--people`` voices are in the
database with ``--votes`` votes. Voices drawn by lot vote once more: the time from the vote until it has been
committed *and* the own place is computed with it (``place``), and the page on which the voter reads it,
through the whole of Django (``page``: the vote sent, the redirect, the next page drawn). The same with
``--few`` people in the same run, on a database of its own. Prints one JSON object; exit code 1 when the p95
of ``place`` or of the page misses 50 ms at ``--people``, or the number of queries grows.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.debate.world import ROOT, World, build, milliseconds, set_up

BOUND_MS = 50.0
GROUPS = "ABCDE"
OWN_VOTES = 40
"""Of the voices that are measured, before they vote once more."""


def synthetic(world: World, people: int, chance: random.Random) -> dict[str, Any]:
    """A document of the form of ``amiral.cores.opinion``, with numbers of chance."""
    each = people // len(GROUPS)

    def statement(number: int) -> dict[str, Any]:
        agree, disagree = each // 3, each // 4
        return {
            "id": number, "meta": False, "votes": people, "agree": 5 * agree, "disagree": 5 * disagree,
            "pass": people - 5 * (agree + disagree), "mean": chance.uniform(-0.5, 0.5),
            "loadings": [chance.gauss(0, 0.02), chance.gauss(0, 0.02)], "extremity": chance.random(),
            "priority": 1.0, "group_informed_consensus": {"agree": 0.01, "disagree": 0.01}, "bridging": None,
            "agree_interval": [0.3, 0.4],
            "groups": {name: {"votes": each, "agree": agree, "disagree": disagree} for name in GROUPS},
        }  # fmt: skip

    numbers = range(1, world.statements + 1)
    return {
        "format": "synthetic", "withheld": {"under": 5, "statements": []},
        "input": {"votes": people * 40, "people": people, "statements": world.statements, "moderated": [],
                  "meta": [], "votes_sha256": ""},
        "people": {"all": people, "placed": people, "not_placed": 0, "not_placed_share": 0.0},
        "axes": [{"explained_variance": 0.1, "positive_end": [1], "negative_end": [2]}] * 2,
        "groups": {
            "distinct": True, "reason": None, "silhouette": 0.4, "stability": 0.9,
            "list": [
                {"name": name, "people": each, "share": 0.2, "representative": [],
                 "centre": [chance.uniform(-2, 2), chance.uniform(-2, 2)]}
                for name in GROUPS
            ],
        },
        "statements": [statement(number) for number in numbers],
        "consensus": None, "divisive": [], "majority": {"agree": [], "disagree": []}, "bridging": None,
    }  # fmt: skip


def publish(world: World, people: int, chance: random.Random) -> None:
    """The map, as a version."""
    from amiral.cores.opinion import canonical_json, fingerprint
    from amiral.rooms.debate.models import MapVersion

    content = canonical_json(synthetic(world, people, chance))
    MapVersion.objects.create(
        consultation_id=world.consultation_id, number=1, fingerprint=fingerprint(content),
        votes_sha256="0" * 64, votes_seen=0, code_version="0", document=content.decode(),
    )  # fmt: skip


def fill(world: World, votes: int, chance: random.Random) -> list[int]:
    """Votes of everybody, and those of the voices that are measured; answers their numbers."""
    from django.db import connection, transaction

    from amiral.rooms.debate.models import Statement, Vote, Voter

    voters = dict(Voter.objects.values_list("number", "pk"))
    ids = list(Statement.objects.order_by("number").values_list("pk", flat=True))
    stored = [Statement._meta.pk.get_db_prep_value(pk, connection) for pk in ids]
    measured = chance.sample(range(world.voters), min(200, world.voters))
    rows = [
        (voters[chance.randrange(world.voters)], chance.choice(stored), chance.randrange(-1, 2))
        for _ in range(votes)
    ]
    rows += [
        (voters[number], one, chance.randrange(-1, 2))
        for number in measured
        for one in chance.sample(stored, min(OWN_VOTES, len(stored)))
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {Vote._meta.db_table} (voter_id, statement_id, value) VALUES (%s, %s, %s)", rows
        )
    count()
    return measured


def count() -> None:
    """What the statements say of themselves: the latest answer of each voice, as the product counts it."""
    from django.db import connection

    from amiral.rooms.debate.models import Statement, Vote

    votes, latest = Vote._meta.db_table, Counter[tuple[Any, int]]()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT statement_id, value, count(*) FROM {votes} WHERE id IN"  # names of ours
            f" (SELECT max(id) FROM {votes} GROUP BY voter_id, statement_id) GROUP BY statement_id, value"
        )
        for statement, value, times in cursor.fetchall():
            latest[statement, value] = times
        cursor.executemany(
            f"UPDATE {Statement._meta.db_table} SET agreed = %s, passed = %s, disagreed = %s WHERE id = %s",
            [
                (latest[one, 1], latest[one, 0], latest[one, -1], one)
                for one in {one for one, _value in latest}
            ],
        )


def measure(options: argparse.Namespace, state: Path, people: int, votes: int) -> dict[str, Any]:
    """Everything at one size."""
    set_up(state)
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from amiral.rooms.debate.actions import ballots
    from amiral.rooms.debate.contracts import Choice
    from amiral.rooms.debate.queries import places, voices

    chance = random.Random(options.seed)
    world = build(voters=people, statements=options.statements)
    publish(world, people, chance)
    measured = fill(world, votes, chance)
    at = world.consultation_id

    def gesture(number: int) -> tuple[str, int, Choice]:
        choice = chance.choice((Choice.AGREE, Choice.DISAGREE))
        return world.key(number), chance.randrange(1, world.statements + 1), choice

    def placed(key: str, number: int, choice: Choice) -> None:
        ballots.cast(consultation_id=at, key=key, number=number, choice=choice)
        voter = voices.voter_of(consultation_id=at, key=key)
        assert voter is not None
        assert places.own_place(voter=voter) is not None

    browser = Client(headers={"host": "localhost"})

    def page(key: str, number: int, choice: Choice) -> None:
        browser.cookies[f"voix-{UUID(str(at)).hex}"] = key
        answer = browser.post(f"/debats/{at}/voter/", {"number": str(number), "choice": choice.value})
        assert answer.status_code == 302
        assert b"groupe" in browser.get(f"/debats/{at}/voter/").content

    found: dict[str, Any] = {"people": people, "votes": votes + OWN_VOTES * len(measured)}
    for name, act, times in (("place", placed, options.gestures), ("page", page, options.gestures // 4)):
        act(*gesture(measured[0]))
        with CaptureQueriesContext(connection) as queries:
            act(*gesture(measured[0]))
        asked = len(queries)  # the next request forgets them
        took, processor = list[float](), time.process_time()
        for turn in range(max(2, times)):
            cache.clear()  # of the rate limit: every vote comes from this one address
            words = gesture(measured[turn % len(measured)])
            began = time.perf_counter()
            act(*words)
            took.append(time.perf_counter() - began)
        cpu = 1000 * (time.process_time() - processor) / len(took)
        found[name] = {"queries": asked, "milliseconds": milliseconds(took), "cpu_ms": round(cpu, 2)}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--votes", type=int, default=3_000_000)
    parser.add_argument("--statements", type=int, default=2_000)
    parser.add_argument("--gestures", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--inside", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="place-", dir=options.folder) as folder:
        if options.inside:
            share = options.inside / options.people
            print(json.dumps(measure(options, Path(folder), options.inside, int(options.votes * share))))
            return 0
        sides = {}
        for name, people in (("few", options.few), ("many", options.people)):
            words = [f"--{key}={value}" for key, value in vars(options).items() if key != "inside"]
            command = [sys.executable, "-m", "benchmarks.debate.place", *words, f"--inside={people}"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
            sides[name] = json.loads(done.stdout)
    many, few = sides["many"], sides["few"]
    good = all(many[part]["milliseconds"]["p95"] <= BOUND_MS for part in ("place", "page"))
    good &= all(many[part]["queries"] == few[part]["queries"] for part in ("place", "page"))
    print(json.dumps(sides | {"good": good, "options": vars(options)}, indent=2))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
