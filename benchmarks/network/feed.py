"""The personal feed at 10 and at 100,000 posts, and with a million members and 40 million memberships.

    .venv/bin/python -m benchmarks.network.feed pages --posts 100000 --groups 50
    .venv/bin/python -m benchmarks.network.feed scale --follows 40000000 --folder /tmp/feed-scale

Prints one JSON object; exit code 1 when a bound is missed. Both work on SQLite with the product's own tables
and every index of theirs, in a database of their own.

``pages``: the page ``/fil/`` of a member of 50 groups, through the whole of Django, at 10 posts and at
``--posts``, taken in turns in one run: the number of queries must be equal, the ratio of the p95 at most 1.5.
A page shows twenty entries; of 10 posts it shows ten, so that the ratio is also given for the places alone,
without drawing. Beside it, in the same run, the plain ``group_id IN (…) ORDER BY`` that the merge replaces.

``scale``: ``--members`` members in ``--follows`` memberships of groups of very unequal sizes, ``--posts``
posts; the places of the newest entries for members drawn by lot, each asked once (nothing of him is in the
cache), p99 under 20 ms. The database is made in ``--folder`` in steps that a second start goes on with; it is
used again when it is there. Nothing is stored per member but his memberships: all tables' sizes are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

P95_RATIO, P99_MS = 1.5, 20.0
START = datetime(2027, 1, 1, tzinfo=UTC)
HISTORY = timedelta(days=365)
BATCH = 200_000
INDEXES_LATER = "network_membership"


def say(text: str) -> None:
    print(f"{time.process_time():7.1f} s  {text}", file=sys.stderr, flush=True)


def made_id(kind: int, number: int) -> str:
    """The same at each start, in the order of the numbers, as SQLite keeps a UUID."""
    return f"{kind:08x}00007000800{number:013x}"


def at_of(number: int, posts: int) -> str:
    moment = START + HISTORY * (number / posts)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def set_up(folder: Path) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "amiral.config.settings"
    os.environ["AMIRAL_STATE_DIR"] = str(folder)
    os.environ.setdefault("AMIRAL_SECRET_KEY", "only for this measure, never for a campaign " * 2)
    os.environ["AMIRAL_DATABASE_URL"] = f"sqlite:///{folder / 'feed.sqlite3'}"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def raw(folder: Path) -> sqlite3.Connection:
    """A connection that fills fast; nothing but this measure writes there."""
    from django.db import connections

    connections.close_all()
    connection = sqlite3.connect(folder / "feed.sqlite3", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; PRAGMA temp_store=FILE;"
    )
    return connection


def at_rest(connection: sqlite3.Connection) -> None:
    """As the product opens it."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def in_batches(
    connection: sqlite3.Connection, sql: str, rows: Iterator[tuple[Any, ...]], total: int, name: str
) -> None:
    done, batch = 0, []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute("BEGIN")
            connection.executemany(sql, batch)
            connection.execute("COMMIT")
            done, batch = done + len(batch), []
            if done % (10 * BATCH) == 0:
                say(f"{name}: {done} of {total}")
    connection.execute("BEGIN")
    connection.executemany(sql, batch)
    connection.execute("COMMIT")


# Filling -------------------------------------------------------------------------------------------


def places_and_groups(number: int) -> list[str]:
    """One département and communes in it, a group in each; the ids of the groups."""
    from amiral.rooms.network.models import Group
    from amiral.rooms.territory.models import Territory

    if not Territory.objects.exists():
        Territory.objects.create(
            id="departement:71", kind="departement", code="71", name="Essai", departement_code="71"
        )
    known = Group.objects.count()
    Group.objects.bulk_create(
        Group(
            id=UUID(made_id(1, place)),
            kind="local",
            slug=f"groupe-{place}",
            name=f"Groupe {place}",
            territory_id="departement:71",
        )
        for place in range(known, number)
    )
    return [made_id(1, place) for place in range(number)]


PERSON = "INSERT OR IGNORE INTO people_person ({columns}) VALUES ({marks})"


def persons(connection: sqlite3.Connection, number: int) -> None:
    """Bare rows, filled from the columns that the table really has."""
    known = connection.execute("SELECT count(*) FROM people_person").fetchone()[0]
    if known >= number:
        return
    columns = {row[1]: row for row in connection.execute("PRAGMA table_info(people_person)")}
    texts = {
        name: "" for name, row in columns.items() if row[3] and row[2].lower().startswith(("varchar", "text"))
    }
    numbers = {name: 0 for name, row in columns.items() if row[3] and name not in texts}
    moments = {
        name: "2027-01-01 00:00:00"
        for name, row in columns.items()
        if row[3] and row[2].lower() == "datetime"
    }
    fixed = {
        **numbers,
        **texts,
        **moments,
        "given_name": "Membre",
        "family_name": "Essai",
        "language": "fr",
        "is_active": 1,
    }
    for name in ("id", "email", "calendar_token"):
        fixed.pop(name, None)
    unique = [name for name in ("calendar_token",) if name in columns]
    names = ["id", "email", *unique, *fixed]
    sql = PERSON.format(columns=", ".join(f'"{name}"' for name in names), marks=", ".join("?" * len(names)))
    values = tuple(fixed.values())
    rows = (
        (made_id(2, one), f"m{one}@essai.example", *(f"jeton-{one}" for _ in unique), *values)
        for one in range(known, number)
    )
    in_batches(connection, sql, rows, number - known, "members")


def memberships(connection: sqlite3.Connection, *, members: int, follows: int, groups: int) -> None:
    """Each member in as many different groups as the others; a third of them are the largest groups.

    The indexes are laid after the rows, as a restored database would have them: ten times faster.
    """
    known = connection.execute("SELECT coalesce(max(rowid), 0) FROM network_membership").fetchone()[0]
    laid = [
        (name, sql)
        for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name = 'network_membership' AND sql IS NOT NULL"
        )
    ]
    kept = Path(connection.execute("PRAGMA database_list").fetchone()[2]).with_suffix(".indexes.json")
    if laid and not kept.exists():
        kept.write_text(json.dumps(laid))
    if known < follows:
        for name, _sql in laid:
            connection.execute(f'DROP INDEX "{name}"')
        each = max(1, follows // members)
        own = {"id", "group_id", "person_id", "source", "joined_at"}
        table = connection.execute("PRAGMA table_info(network_membership)")
        others = {row[1]: 0 if "bool" in row[2] else "" for row in table if row[3] and row[1] not in own}
        fixed = {"source": "choice", "joined_at": "2027-01-01 00:00:00"} | others
        values = ", ".join(repr(value) for value in fixed.values())
        sql = (
            f"INSERT INTO network_membership (id, group_id, person_id, {', '.join(fixed)}) "
            f"VALUES (?, ?, ?, {values})"
        )
        in_batches(connection, sql, _follows(known, follows, each, groups), follows - known, "memberships")
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for name, create in json.loads(kept.read_text()):
        if name not in present:
            say(f"index {name}")
            connection.execute(create)


def _follows(known: int, follows: int, each: int, groups: int) -> Iterator[tuple[str, str, str]]:
    chance = random.Random(3)
    largest = max(1, groups // 100)
    for person in range(known // each, follows // each):
        few = min(each // 3, largest)
        chosen = set(chance.sample(range(largest), few))
        while len(chosen) < min(each, groups):
            chosen.add(chance.randrange(groups))
        for place, group in enumerate(sorted(chosen)):
            yield made_id(3, person * each + place), made_id(1, group), made_id(2, person)


def posts(connection: sqlite3.Connection, *, number: int, groups: int, members: int) -> None:
    """Over a year; half of them in the largest groups, some groups almost silent."""
    known = connection.execute("SELECT count(*) FROM network_post").fetchone()[0]
    chance = random.Random(5 + known)
    largest = max(1, groups // 100)
    columns = {row[1]: row for row in connection.execute("PRAGMA table_info(network_post)")}
    own = {
        "id": "", "group_id": "", "author_id": "", "body": "Rendez-vous samedi à dix heures devant la gare.",
        "html": "<p>Rendez-vous samedi à dix heures devant la gare.</p>",
        "excerpt": "Rendez-vous samedi à dix heures devant la gare.", "created_at": "",
    }  # fmt: skip
    fixed = {
        name: 0 if "bool" in row[2] else "" for name, row in columns.items() if row[3] and name not in own
    }
    names = [*own, *fixed]
    sql = f"INSERT INTO network_post ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    tail = tuple(fixed.values())

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in range(known, number):
            group = chance.randrange(largest) if chance.random() < 0.5 else chance.randrange(groups)
            yield (
                made_id(4, one), made_id(1, group), made_id(2, chance.randrange(members)),
                own["body"], own["html"], own["excerpt"], at_of(one, number), *tail,
            )  # fmt: skip

    in_batches(connection, sql, rows(), number - known, "posts")


# Measuring -----------------------------------------------------------------------------------------


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def summed_up(times_ms: Sequence[float]) -> dict[str, float]:
    return {
        "p50_ms": round(median(times_ms), 3),
        "p95_ms": round(quantile(times_ms, 0.95), 3),
        "p99_ms": round(quantile(times_ms, 0.99), 3),
        "max_ms": round(max(times_ms), 3),
    }


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def places_of(person_id: UUID) -> list[Any]:
    """The feed without drawing it: its sources and the places of its newest entries."""
    from amiral.rooms.network.queries import feed

    return feed.keys_of(
        person_id=person_id,
        sources=feed.sources_of(person_id=person_id),
        part=feed.Part.ALL,
        after=None,
    )


def plain_places(person_id: UUID) -> list[UUID]:
    """The statement that the merge replaces."""
    from amiral.rooms.network.models import Membership, Post

    own = Membership.objects.filter(person_id=person_id, left_at=None).values("group_id")
    newest = Post.objects.filter(group_id__in=own, hidden_at=None).order_by("-created_at", "-id")
    return list(newest.values_list("pk", flat=True)[:21])


def pages(folder: Path, *, number: int, groups: int, rounds: int) -> tuple[dict[str, Any], bool]:
    """Two members with as many groups: 10 posts in all for the one, ``number`` for the other."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from amiral.rooms.network.models import Membership, Post
    from amiral.rooms.people.models import Person

    setup_test_environment()
    ids = places_and_groups(2 * groups)
    filling = raw(folder)
    persons(filling, 50)
    at_rest(filling)
    readers = [UUID(made_id(2, 0)), UUID(made_id(2, 1))]
    if not Membership.objects.exists():
        Membership.objects.bulk_create(
            Membership(group_id=UUID(ids[side * groups + place]), person_id=reader, source="choice")
            for side, reader in enumerate(readers)
            for place in range(groups)
        )
        for side, amount in enumerate((10, number)):
            Post.objects.bulk_create(
                (
                    Post(
                        id=UUID(made_id(10 + side, one)),
                        group_id=UUID(ids[side * groups + one % groups]),
                        author_id=UUID(made_id(2, 2 + one % 40)),
                        body="Rendez-vous samedi.",
                        html="<p>Rendez-vous samedi.</p>",
                        excerpt="Rendez-vous samedi.",
                        created_at=START + HISTORY * (one / amount),
                    )
                    for one in range(amount)
                ),
                batch_size=5_000,
            )
    browsers = []
    for reader in readers:
        browser = Client()
        browser.force_login(
            Person.objects.get(pk=reader), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        browsers.append(browser)
    queries, times = [], [[], []]
    draw: list[list[float]] = times  # type: ignore[assignment]  # two lists of milliseconds
    places: list[list[float]] = [[], []]
    plain: list[float] = []
    for browser in browsers:
        first = browser.get("/fil/")
        assert first.status_code == 200, first
        with CaptureQueriesContext(connection) as captured:
            browser.get("/fil/")
        queries.append(len(captured))
    for _round in range(rounds):
        for side, browser in enumerate(browsers):
            draw[side].append(timed(lambda browser=browser: browser.get("/fil/")))
            places[side].append(timed(lambda side=side: places_of(readers[side])))
        plain.append(timed(lambda: plain_places(readers[1])))
    same = [key.id for key in places_of(readers[1])] == plain_places(readers[1])
    ratio = quantile(draw[1], 0.95) / quantile(draw[0], 0.95)
    places_ratio = quantile(places[1], 0.95) / quantile(places[0], 0.95)
    result = {
        "groups": groups,
        "posts": [10, number],
        "rounds": rounds,
        "queries": queries,
        "page": [summed_up(one) for one in draw],
        "page_p95_ratio": round(ratio, 2),
        "places": [summed_up(one) for one in places],
        "places_p95_ratio": round(places_ratio, 2),
        "plain_statement": summed_up(plain),
        "same_as_plain": same,
    }
    return result, same and queries[0] == queries[1] and ratio <= P95_RATIO


def scale(
    folder: Path, *, members: int, follows: int, number: int, groups: int, readers: int
) -> tuple[dict[str, Any], bool]:
    began = time.perf_counter()
    places_and_groups(groups)
    filling = raw(folder)
    persons(filling, members)
    memberships(filling, members=members, follows=follows, groups=groups)
    posts(filling, number=number, groups=groups, members=members)
    say("statistics")
    filling.executescript("PRAGMA analysis_limit=1000; ANALYZE;")
    sizes = (
        dict(
            filling.execute("SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'network_%' GROUP BY name")
        )
        if _has_dbstat(filling)
        else {}
    )
    counted = {
        "members": filling.execute("SELECT count(*) FROM people_person").fetchone()[0],
        "follows": filling.execute("SELECT max(rowid) FROM network_membership").fetchone()[0],
        "posts": filling.execute("SELECT count(*) FROM network_post").fetchone()[0],
    }
    at_rest(filling)
    built_s = time.perf_counter() - began
    chance = random.Random(7)
    asked = [UUID(made_id(2, one)) for one in chance.sample(range(members), min(readers, members))]
    places_of(asked[0])
    times = [timed(lambda one=one: places_of(one)) for one in asked[1:]]
    same = all([key.id for key in places_of(one)] == plain_places(one) for one in asked[:20])
    result = {
        **counted,
        "groups": groups,
        "build_s": round(built_s, 1),
        "file_mib": round((folder / "feed.sqlite3").stat().st_size / 2**20),
        "tables_mib": {name: round(size / 2**20) for name, size in sorted(sizes.items()) if size > 2**20},
        "readers": len(times),
        "places": summed_up(times),
        "same_as_plain": same,
    }
    return result, same and result["places"]["p99_ms"] < P99_MS


def _has_dbstat(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1 FROM dbstat LIMIT 1")
    except sqlite3.OperationalError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["pages", "scale"])
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=0, help="50 for pages, 2,000 for scale")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--follows", type=int, default=40_000_000)
    parser.add_argument("--readers", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feed-") as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        set_up(folder)
        if asked.what == "pages":
            result, is_good = pages(
                folder, number=asked.posts, groups=asked.groups or 50, rounds=asked.rounds
            )
        else:
            result, is_good = scale(
                folder,
                members=asked.members,
                follows=asked.follows,
                number=asked.posts,
                groups=asked.groups or 2_000,
                readers=asked.readers,
            )
    print(json.dumps({"what": asked.what, **result, "good": is_good}, indent=2))
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
