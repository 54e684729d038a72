"""A storm of sign-ups over HTTP, in roles and with parties; what is written is checked by the core.

    .venv/bin/python benchmarks/signups/storm.py
    scripts/with-postgres .venv/bin/python benchmarks/signups/storm.py --processes 2
    .venv/bin/python benchmarks/signups/storm.py --people 120 --shifts 6 --at-once 40    # to try it

Three things happen one after the other, on gunicorn as ``amiral serve`` starts it:

1. ``people`` members sign up at once (``at-once`` connections are open at a time), each to one of ``shifts``
   shifts, in a role and with a party. There are fewer places than people who come.
2. Those who have a place give it back, those who are offered one take or decline it, all at once; a worker
   runs. *Promotion* is the time from sending a cancellation until its answer: by then the place is offered,
   in the same transaction, which is checked. Then offers are made to end in a few seconds; how long after
   its end each fell to the next is ``expiry_lag``.
3. The same storm with the guard taken out (``unguarded.py``: row, counter, audit line and letter are written,
   nothing is held, asked or checked) for the ratio of requests a second, in the same run.

Prints one JSON object and exits with 1 when an invariant of ``amiral.cores.seats`` is broken anywhere: a
counter that does not tell the truth, one person too many in all or in a role, an empty seat while somebody
waits who fits, an offer that is over. The database is SQLite in a temporary folder, or whatever
AMIRAL_DATABASE_URL names, which must be empty. ``--processes`` above 1 needs PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
CSRF = "c" * 32
"""Any value does: the cookie and the header must agree."""
ROLES = ("volunteer", "volunteer", "volunteer", "newcomer", "driver", "lead")
PER_ACTION = 50
SHORT_OFFER_S = 4
GRACE_S = 60.0
"""How long the worker may take to see that an offer is over before its seat counts as empty: what it took
is ``expiry_lag``; many offers of a minute end during the storm."""
ALIVE = b"GET /etat/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Member:
    person_id: UUID
    session: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One POST of a member, as a browser sends it."""

    path: str
    session: str
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: str
    seconds: float


# The world -----------------------------------------------------------------------------------------
def prepare(*, people: int, shifts: int) -> tuple[list[Member], list[UUID]]:
    """Members who are signed in, and shifts of five kinds of rules with places for two people in three."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from amiral.rooms.network.models import Group
    from amiral.rooms.people.models import Mandate, Person
    from amiral.rooms.territory.models import Territory, TerritoryClosure

    commune = Territory.objects.create(
        id="commune:71270", kind="commune", code="71270", name="Mâcon", search_name="macon"
    )
    TerritoryClosure.objects.create(ancestor=commune, descendant=commune, depth=0)
    group = Group.objects.create(kind="local", slug="macon", name="Mâcon", territory=commune)
    persons = Person.objects.bulk_create(
        (
            Person(email=f"membre{number}@example.org", given_name=f"Membre {number}", commune=commune)
            for number in range(people + 1)
        ),
        batch_size=1000,
    )
    Mandate.objects.create(person=persons[0], role="group-leader", scope_id=group.pk)
    places = max(2, people * 2 // (3 * shifts))
    return _signed_in(persons[1:]), _shifts(persons[0].pk, group.pk, count=shifts, capacity=places)


def _shifts(leader: UUID, group: UUID, *, count: int, capacity: int) -> list[UUID]:
    from amiral.kit.clock import now
    from amiral.rooms.mobilisation import api
    from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, Role, ShiftDraft, ShiftRules

    rules = (
        ShiftRules(),
        ShiftRules(least={Role.DRIVER: 1}),
        ShiftRules(newcomers_each=2),
        ShiftRules(most={Role.NEWCOMER: 2, Role.DRIVER: 2}),
        ShiftRules(least={Role.LEAD: 1}, newcomers_each=1, offer_minutes=1),
    )
    start = now() + timedelta(days=2)
    drafts = [
        ShiftDraft(
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            capacity=capacity,
            rules=rules[n % len(rules)],
        )
        for n in range(count)
    ]
    made: list[UUID] = []
    for first in range(0, count, PER_ACTION):
        action = api.create_action(
            by_id=leader,
            group_id=group,
            draft=ActionDraft(
                kind=Kind.LEAFLET_DROP, title="Boîtage", place="Mairie", commune_id="commune:71270"
            ),
            shifts=drafts[first : first + PER_ACTION],
        )
        made += [card.id for card in api.action(action_id=action).shifts]
    return made


def _signed_in(persons: Sequence[Any]) -> list[Member]:
    """Sessions as the sign-in page would leave them, written at once."""
    from datetime import datetime

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils.timezone import now

    end: datetime = now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    store, rows = SessionStore(), []
    for person in persons:
        words = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        key = f"{person.pk.hex}"
        rows.append(Session(session_key=key, session_data=store.encode(words), expire_date=end))
    Session.objects.bulk_create(rows, batch_size=1000)
    return [
        Member(person_id=person.pk, session=row.session_key)
        for person, row in zip(persons, rows, strict=True)
    ]


# The server and its clients ------------------------------------------------------------------------
@contextmanager
def server(*, application: str, threads: int, processes: int, worker: bool) -> Iterator[int]:
    """The product under gunicorn, as ``amiral serve`` starts it, with a worker beside it; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", str(processes), "--threads", str(threads),
        "--backlog", "4096", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    started = [subprocess.Popen(command, cwd=ROOT)]
    if worker:
        started.append(subprocess.Popen([str(Path(sys.executable).with_name("amiral")), "worker"]))
    try:
        asyncio.run(_wait_for(port))
        yield port
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=60)


async def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            if (
                await _send(port, b"GET /etat/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            ) == "200":
                return
        except OSError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("The server does not answer.")


async def _send(port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        first = (await reader.readline()).split()
        await reader.read()
        return first[1].decode() if len(first) > 1 else "closed"
    finally:
        writer.close()


def _bytes(request: Request) -> bytes:
    head = (
        f"POST {request.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Cookie: sessionid={request.session}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(request.body)}\r\n\r\n{request.body}"
    )
    return head.encode()


async def _all(port: int, requests: Sequence[Request], at_once: int) -> list[Answer]:
    gate = asyncio.Semaphore(at_once)

    async def one(request: Request) -> Answer:
        async with gate:
            began = time.perf_counter()
            try:
                status = await asyncio.wait_for(_send(port, _bytes(request)), timeout=120)
            except (OSError, TimeoutError) as error:
                status = type(error).__name__
            return Answer(status=status, seconds=time.perf_counter() - began)

    return list(await asyncio.gather(*(one(request) for request in requests)))


def storm(*, port: int, requests: Sequence[Request], at_once: int) -> tuple[list[Answer], dict[str, Any]]:
    """Everybody at once: the answers in the order of the requests, and figures."""
    began = time.perf_counter()
    answers = asyncio.run(_all(port, requests, at_once))
    seconds = time.perf_counter() - began
    return answers, {
        "requests": len(requests),
        "answers": dict(Counter(answer.status for answer in answers)),
        "seconds": round(seconds, 3),
        "requests_per_s": round(len(requests) / seconds, 1),
        **_quantiles([answer.seconds for answer in answers]),
    }


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100) if len(seconds) > 1 else [*seconds, *[0.0] * 99]
    found = {"p50_ms": cuts[49], "p95_ms": cuts[94], "max_ms": max(seconds, default=0.0)}
    return {name: round(value * 1000, 1) for name, value in found.items()}


def warm(port: int, members: Sequence[Member]) -> None:
    """Has every process of the server load what it needs: a sign-up to a shift that does not exist."""
    nowhere = f"/actions/creneaux/{UUID(int=0)}/inscription/"
    asked = [Request(path=nowhere, session=member.session) for member in members[:64]]
    asyncio.run(_all(port, asked, 16))


# What is asked -------------------------------------------------------------------------------------
def sign_ups(members: Sequence[Member], shifts: Sequence[UUID], chance: random.Random) -> list[Request]:
    """Everybody to one shift; one in five comes with others."""
    found = []
    for number, member in enumerate(members):
        words = {"role": chance.choice(ROLES), "party": chance.choice((1, 1, 1, 1, 2))}
        path = f"/actions/creneaux/{shifts[number % len(shifts)]}/inscription/"
        found.append(Request(path=path, session=member.session, body=urlencode(words)))
    chance.shuffle(found)
    return found


def changes(members: Sequence[Member], chance: random.Random) -> list[Request]:
    """A third of those who have a place gives it back; who is offered one takes it, declines it or waits."""
    from amiral.rooms.mobilisation.models import SignUp

    sessions = {member.person_id: member.session for member in members}
    found = []
    for person, shift, state in SignUp.objects.values_list("person_id", "shift_id", "state"):
        there = f"/actions/creneaux/{shift}"
        if state == "confirmed" and chance.random() < 1 / 3:
            found.append(Request(path=f"{there}/desistement/", session=sessions[person]))
        elif state == "offered":
            gesture = chance.choice(("accepter", "accepter", "decliner", ""))
            if gesture:
                found.append(Request(path=f"{there}/place/{gesture}/", session=sessions[person]))
    chance.shuffle(found)
    return found


# What is true --------------------------------------------------------------------------------------
def broken() -> list[str]:
    """What contradicts the core, one sentence each.

    A shift and its rows are read in one transaction, with its rules of this moment: the server goes on
    meanwhile. What has been due for less than ``GRACE_S`` is looked at as it stood before it was due.
    """
    from django.db import transaction

    from amiral.rooms.mobilisation.models import Shift

    wrong = []
    for shift_id in list(Shift.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            wrong += [f"{shift_id}: {sentence}" for sentence in _contradictions(shift_id)]
    return wrong


def _contradictions(shift_id: UUID) -> Iterator[str]:
    from amiral.cores import seats
    from amiral.kit.clock import now
    from amiral.rooms.mobilisation.actions import seating
    from amiral.rooms.mobilisation.contracts import LIVE, Role
    from amiral.rooms.mobilisation.models import Shift, SignUp

    # On PostgreSQL each statement sees the latest commit: a share of the shift's row keeps gestures away.
    shift = Shift.objects.hold(shift_id=shift_id)
    assert shift is not None
    world = tuple(map(seating.as_core, SignUp.objects.filter(shift=shift_id, state__in=LIVE)))
    at = now()
    if shift.due_at is not None and timedelta() <= at - shift.due_at < timedelta(seconds=GRACE_S):
        at = shift.due_at - timedelta(milliseconds=1)
    rules = seating.rules_of(shift, at=at)
    if not seats.taken(world) == shift.taken <= shift.capacity:
        yield f"{seats.taken(world)} taken, {shift.taken} counted of {shift.capacity}"
    for role, most in rules.most.items():
        if sum(each.party for each in world if each.role is role and each.state in seats.HOLDS) > most:
            yield f"too many as {Role(role).value}"
    for change in seats.settle(rules, world, at=at.timestamp()):
        yield f"an empty seat, or an offer that is over: {change}; due {shift.due_at}, looked at as of {at}"


def promotions() -> dict[str, Any]:
    """How many were offered a place, and how long after its end each unanswered offer fell to the next."""
    from amiral.rooms.mobilisation.models import SignUp

    states = Counter(SignUp.objects.values_list("state", flat=True))
    return {"states": dict(states)}


def expiries(*, wait_s: float) -> dict[str, float]:
    """Lets every offer of some shifts end in a few seconds, as if made a while ago; who notes it how late."""
    from amiral.kit.clock import now
    from amiral.kit.tasks import defer
    from amiral.rooms.mobilisation.actions.seating import settle_later
    from amiral.rooms.mobilisation.models import Shift, SignUp

    end = now() + timedelta(seconds=SHORT_OFFER_S)
    ids = list(SignUp.objects.filter(state="offered").values_list("pk", flat=True)[:200])
    shifts = set(SignUp.objects.filter(pk__in=ids).values_list("shift_id", flat=True))
    SignUp.objects.filter(pk__in=ids).update(until=end)
    Shift.objects.filter(pk__in=shifts).update(due_at=end)
    for shift in shifts:
        defer(settle_later, key=f"{shift}:{end.isoformat()}", run_after=end, shift_id=str(shift))
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if not SignUp.objects.filter(pk__in=ids, state="offered").exists():
            break
        time.sleep(0.2)
    gone = SignUp.objects.filter(pk__in=ids, state="expired").values_list("changed_at", flat=True)
    lags = [(at - end).total_seconds() for at in gone]
    return {"offers": len(ids), "fell_to_the_next": len(lags), **_quantiles(lags)}


def run(options: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection, transaction

    members, shifts = prepare(people=options.people, shifts=options.shifts)
    chance = random.Random(options.seed)
    asked = sign_ups(members, shifts, chance)
    known: dict[str, Any] = {"database": connection.vendor, "wrong": []}
    serving = {"threads": options.threads, "processes": options.processes}
    with server(application="amiral.config.wsgi:application", worker=True, **serving) as port:
        warm(port, members)
        _, known["sign_ups"] = storm(port=port, requests=asked, at_once=options.at_once)
        known["wrong"] += broken()
        for round_ in ("cancellations", "answers"):
            sent = changes(members, chance)
            answers, known[round_] = storm(port=port, requests=sent, at_once=options.changes_at_once)
            freed = [
                answer.seconds
                for request, answer in zip(sent, answers, strict=True)
                if request.path.endswith("/desistement/")
            ]
            known[round_]["promotion"] = _quantiles(freed)
            known["wrong"] += broken()
        known["expiry_lag"] = expiries(wait_s=SHORT_OFFER_S + 60)
        known["wrong"] += broken()
    known |= promotions()
    _begin_again()
    with server(application="benchmarks.signups.unguarded:application", worker=False, **serving) as port:
        warm(port, members)
        _, known["unguarded"] = storm(port=port, requests=asked, at_once=options.at_once)
    guarded, bare = known["sign_ups"]["requests_per_s"], known["unguarded"]["requests_per_s"]
    known["guarded_over_unguarded"] = round(guarded / bare, 3) if bare else None
    known["options"] = vars(options)
    transaction.get_connection().close()
    return known


def _begin_again() -> None:
    """The same people and shifts, and nobody signed up."""
    from amiral.rooms.mobilisation.models import Shift, SignUp
    from amiral.rooms.outreach.models import Message

    SignUp.objects.all().delete()
    Message.objects.all().delete()
    Shift.objects.update(taken=0, offered=0, waiting=0, due_at=None)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--shifts", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=1000, help="Connections open at a time.")
    parser.add_argument(
        "--changes-at-once", type=int, default=16, help="The same while seats are freed: promotion is timed."
    )
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--processes", type=int, default=1, help="More than one needs PostgreSQL.")
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="amiral-storm-") as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="amiral.config.settings",
            AMIRAL_STATE_DIR=folder,
            AMIRAL_EMAIL_URL="dummy://",
            AMIRAL_LOG_LEVEL="ERROR",
            PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        )
        Path(folder, "static").mkdir()
        found = run(options)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    redirects = {"302"}
    answered = all(
        set(found[part]["answers"]) <= redirects for part in ("sign_ups", "cancellations", "answers")
    )
    return 0 if answered and not found["wrong"] else 1


if __name__ == "__main__":
    sys.exit(main())
