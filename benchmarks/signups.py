"""A storm of sign-ups over HTTP: many people, few places, a real server in a process of its own.

    .venv/bin/python benchmarks/signups.py --people 50 --places 10
    scripts/with-postgres .venv/bin/python benchmarks/signups.py --people 50 --places 10

Prints one JSON object: how many were ``confirmed`` (302), ``told`` that the shift is full (409), every other
answer under ``errors``, the counter (``taken``) and the rows (``rows``) as the database has them afterwards,
requests per second and the quantiles of the answer times. Exits with 1 unless exactly the places were filled
and everybody else was told. The database is SQLite in a temporary folder, or whatever AMIRAL_DATABASE_URL
names, which must be empty.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

CSRF = "c" * 32
"""Any value does: the cookie and the header must agree."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """What the storm needs to know."""

    shift_id: str
    sessions: tuple[str, ...]


def prepare(*, people: int, places: int) -> Field:
    """An action with one shift, and so many members who are signed in."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from amiral.kit.clock import now
    from amiral.rooms.mobilisation import api
    from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
    from amiral.rooms.network.models import Group
    from amiral.rooms.people.models import Mandate, Person
    from amiral.rooms.territory.models import Territory, TerritoryClosure

    commune = Territory.objects.create(
        id="commune:71270", kind="commune", code="71270", name="Mâcon", search_name="macon"
    )
    TerritoryClosure.objects.create(ancestor=commune, descendant=commune, depth=0)
    group = Group.objects.create(kind="local", slug="macon", name="Mâcon", territory=commune)
    members = Person.objects.bulk_create(
        Person(email=f"membre{number}@example.org", given_name=f"Membre {number}", commune=commune)
        for number in range(people + 1)
    )
    Mandate.objects.create(person=members[0], role="group-leader", scope_id=group.pk)
    start = now() + timedelta(days=2)
    action_id = api.create_action(
        by_id=members[0].pk,
        group_id=group.pk,
        draft=ActionDraft(
            kind=Kind.LEAFLET_DROP, title="Boîtage", place="Mairie", commune_id="commune:71270"
        ),
        shifts=[ShiftDraft(starts_at=start, ends_at=start + timedelta(hours=2), capacity=places)],
    )
    return Field(
        shift_id=str(api.action(action_id=action_id).shifts[0].id),
        sessions=tuple(_session_of(person) for person in members[1:]),
    )


def _session_of(person: object) -> str:
    """A signed-in session, as the sign-in page would leave it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)  # type: ignore[attr-defined]  # Django is loaded after the imports
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()  # type: ignore[attr-defined]  # as above
    session.create()
    return str(session.session_key)


@contextmanager
def server(*, threads: int, processes: int) -> Iterator[int]:
    """The product under gunicorn, as ``amiral serve`` starts it; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "amiral.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", str(processes), "--threads", str(threads),
        "--backlog", "4096", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            if _ask(port, "GET", "/etat/", {})[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server does not answer.")


def _ask(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, float]:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.perf_counter() - began


def storm(*, port: int, field: Field) -> tuple[Counter[str], list[float], float]:
    """Everybody at once: answers by kind, answer times in seconds, and the whole time."""
    answers: Counter[str] = Counter()
    times: list[float] = []
    together = threading.Barrier(len(field.sessions) + 1)
    path = f"/actions/creneaux/{field.shift_id}/inscription/"

    def one(session: str) -> None:
        cookie = f"sessionid={session}; csrftoken={CSRF}"
        headers = {"Cookie": cookie, "X-CSRFToken": CSRF, "Content-Length": "0"}
        together.wait()
        try:
            status, seconds = _ask(port, "POST", path, headers)
            answers[{302: "confirmed", 409: "told"}.get(status, str(status))] += 1
            times.append(seconds)
        except OSError as error:
            answers[type(error).__name__] += 1

    workers = [threading.Thread(target=one, args=[session]) for session in field.sessions]
    for worker in workers:
        worker.start()
    together.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    return answers, times, time.perf_counter() - began


def report(
    *, options: argparse.Namespace, answers: Counter[str], times: list[float], seconds: float, field: Field
) -> dict[str, object]:
    """What is printed; reads the counter and the rows back."""
    from django.db import connection

    from amiral.rooms.mobilisation.models import Shift, SignUp

    cuts = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return {
        "database": connection.vendor,
        "people": options.people,
        "places": options.places,
        "confirmed": answers.pop("confirmed", 0),
        "told": answers.pop("told", 0),
        "errors": dict(answers),
        "taken": Shift.objects.get(pk=field.shift_id).taken,
        "rows": SignUp.objects.filter(shift=field.shift_id, state="confirmed").count(),
        "seconds": round(seconds, 3),
        "requests_per_s": round(options.people / seconds, 1),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "threads": options.threads,
        "processes": options.processes,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--places", type=int, default=10)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--processes", type=int, default=1, help="More than one needs PostgreSQL.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amiral-signups-") as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="amiral.config.settings",
            AMIRAL_STATE_DIR=folder,
            AMIRAL_EMAIL_URL="dummy://",
            AMIRAL_LOG_LEVEL="ERROR",
        )
        Path(folder, "static").mkdir()
        field = prepare(people=options.people, places=options.places)
        with server(threads=options.threads, processes=options.processes) as port:
            answers, times, seconds = storm(port=port, field=field)
        found = report(options=options, answers=answers, times=times, seconds=seconds, field=field)
    print(json.dumps(found, indent=2))
    filled = min(options.people, options.places)
    good = (found["confirmed"], found["taken"], found["rows"]) == (filled, filled, filled)
    return 0 if good and not found["errors"] and found["told"] == options.people - filled else 1


if __name__ == "__main__":
    sys.exit(main())
