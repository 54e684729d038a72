"""The product as it runs, behind a recorder that keeps what peers send, so that it can be sent again."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.federation.peers import call, wait_for_port


@dataclass
class Recorded:
    """A request as it came; ``headers`` in order."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes
    status: int


class _Quiet(ThreadingHTTPServer):
    """A peer that hangs up early is its own affair."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


@dataclass
class Recorder:
    """Listens on the public port and hands everything to the server behind it."""

    port: int
    behind: int
    kept: list[Recorded] = field(default_factory=list)

    def start(self) -> None:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.hand_over()

            def do_POST(self) -> None:
                self.hand_over()

            def hand_over(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, said = recorder.pass_on(
                    self.command, self.path, list(self.headers.items()), body
                )
                if self.command == "POST" and self.path.endswith("/boite/"):
                    kept = Recorded(
                        path=self.path, headers=list(self.headers.items()), body=body, status=status
                    )
                    recorder.kept.append(kept)
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in {
                        "transfer-encoding",
                        "connection",
                        "content-length",
                        "date",
                        "server",
                    }:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        server = _Quiet(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def pass_on(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:
            return 502, [], b""
        finally:
            connection.close()

    def again(self, one: Recorded, change: Callable[[bytes], bytes] | None = None) -> int:
        """The same request once more; ``change``: with another body."""
        body = change(one.body) if change else one.body
        headers = [
            (name, str(len(body)) if name.lower() == "content-length" else value)
            for name, value in one.headers
        ]
        return self.pass_on("POST", one.path, headers, body)[0]


class Ours:
    """One server and worker with a database of their own, and the verbs of a leader and an administrator."""

    def __init__(self, *, port: int, folder: Path) -> None:
        self.folder, self.recorder = folder, Recorder(port=port, behind=port + 1)
        self.root = "http://127.0.0.1" if port == 80 else f"http://127.0.0.1:{port}"
        os.environ.update(
            AMIRAL_STATE_DIR=str(folder / "state"),
            AMIRAL_PUBLIC_URL=self.root,
            AMIRAL_FEDERATION="true",
            AMIRAL_FEDERATION_REACH="any",
            AMIRAL_QUIET_HOURS="",
            DJANGO_SETTINGS_MODULE="amiral.config.settings",
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.group = self.leader = self.administrator = UUID(int=0)

    def start(self) -> None:
        import django
        from django.core.management import call_command

        django.setup()
        self._migrate(lambda: call_command("migrate", verbosity=0))
        self._people()
        command = [sys.executable, "-m", "amiral", "serve", "--port", str(self.recorder.behind)]
        log = (self.folder / "ours.log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for_port(self.recorder.behind, self.process)
        self.recorder.start()
        self._warm()

    def _warm(self) -> None:
        """Peers wait a few seconds for an answer; the first one on a busy machine takes longer."""
        over = time.monotonic() + 600
        while time.monotonic() < over:
            try:
                if self.get("/federation/acteurs/essai/")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(1)
        raise RuntimeError("The product does not answer.")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def _migrate(self, migrate: Callable[[], object]) -> None:
        """Once for all runs in a folder: the empty tables are kept and copied."""
        from django.conf import settings
        from django.db import connections

        names = sorted(str(path) for path in Path(settings.PACKAGE_DIR).rglob("migrations/*.py"))
        kept = self.folder.parent / f"empty-{hashlib.sha256(repr(names).encode()).hexdigest()[:12]}.sqlite3"
        database = self.folder / "state" / "amiral.sqlite3"
        if kept.exists():
            shutil.copy(kept, database)
        migrate()
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        shutil.copy(database, kept)

    def _people(self) -> None:
        from amiral.kit.clock import now
        from amiral.rooms.network.actions import federating
        from amiral.rooms.network.models import Group, Membership
        from amiral.rooms.people.models import Mandate, Person
        from amiral.rooms.territory.models import Territory, TerritoryClosure

        Territory.objects.create(id="pays:FR", kind="pays", code="FR", name="France", search_name="france")
        TerritoryClosure.objects.create(ancestor_id="pays:FR", descendant_id="pays:FR", depth=0)
        persons = [
            Person.objects.create(email=f"{name}@example.org", given_name=name.title(), family_name="Essai")
            for name in ("meneuse", "administratrice")
        ]
        group = Group.objects.create(
            kind="thematic", slug="essai", name="Groupe d’essai", territory_id="pays:FR"
        )
        self.group, self.leader, self.administrator = group.pk, persons[0].pk, persons[1].pk
        Membership.objects.create(group=group, person=persons[0], source="choice")
        since = datetime(2026, 1, 1, tzinfo=UTC)
        Mandate.objects.create(
            person=persons[0], role="group-leader", scope_id=group.pk, territory_id="pays:FR", starts_at=since
        )
        Mandate.objects.create(
            person=persons[1], role="administrator", territory_id="pays:FR", starts_at=since
        )
        federating.open_federation(by_id=self.administrator, at=now())
        federating.open_group(by_id=self.leader, group_id=self.group, at=now())

    # What people do ---------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        return f"{self.root}/federation/acteurs/essai/"

    @property
    def campaign(self) -> str:
        return f"{self.root}/federation/acteurs/campagne/"

    @property
    def handle(self) -> str:
        return f"@essai@{self.root.removeprefix('http://')}"

    def announce(self, text: str, other: str = "") -> str:
        from amiral.kit.clock import now
        from amiral.rooms.network.actions import federating

        told = federating.announce_to_all(
            by_id=self.leader, group_id=self.group, body=text, other_body=other, at=now()
        )
        return f"{self.root}/annonces/{told.note_id}/"

    def verb(self, name: str, **told: Any) -> Any:
        """A verb of the leader; ``by="administrator"`` of the administrator."""
        from amiral.kit.clock import now
        from amiral.rooms.network.actions import federating

        by_id = self.administrator if told.pop("by", "") else self.leader
        return getattr(federating, name)(by_id=by_id, at=now(), **told)

    def change_key(self) -> None:
        from amiral.rooms.network.models import LocalActor

        self.verb("rotate_key", by="administrator", actor_id=LocalActor.objects.get(handle="essai").pk)

    # What can be seen -------------------------------------------------------------------------

    def get(self, path: str) -> tuple[int, str]:
        status, body = call(
            self.recorder.port,
            "GET",
            path.removeprefix(self.root),
            headers={"Accept": "application/activity+json"},
        )
        return status, body.decode()

    def reply(self, url: str) -> Any:
        from amiral.rooms.network.models import RemoteReply

        return RemoteReply.objects.filter(url=url).first()

    def followers(self) -> int:
        from amiral.rooms.network.models import Follower

        return Follower.objects.count()

    def deliveries(self) -> list[tuple[str, str, str, str]]:
        """Kind, state, form and answer of everything that was sent."""
        from amiral.rooms.network.models import Delivery

        rows = Delivery.objects.order_by("activity__created_at", "pk")
        return list(rows.values_list("activity__kind", "state", "scheme", "answer"))
