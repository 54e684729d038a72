"""The model of phones and network on top of the real server: its address, its tables, its transactions.

Phones are those of ``tests.cores.sync.world``, the reference of the core. The server is the product, asked
through its own address; ``Office`` is what a test may do there and look up.
"""

import json
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch
from uuid import UUID

from benchmarks.field.world import World
from django.test import Client

from amiral.cores.sync import Answer, Seen, Status, Why, see
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.models import LogEntry, Visit
from amiral.rooms.field.queries import log
from amiral.rooms.field.queries.covering import states_of
from tests.cores.sync.world import Handset, Json

ADDRESS = "/terrain/app/envoi/"


class Crash(Exception):
    """The process dies before the transaction ends."""


class Pocket(Handset):
    """A phone with a token, that tells what it knows."""

    def __init__(self, device: UUID, key: bytes, token: str) -> None:
        super().__init__(device, key)
        self.token = token

    def request(self) -> Json:
        seen: dict[UUID, Seen] = {}
        for one in self.disk.log.values():
            seen[one.event.device] = see(seen.get(one.event.device, Seen()), seqs=[one.event.seq])
        has = {str(device): [list(pair) for pair in of.ranges] for device, of in seen.items()}
        return {**super().request(), "has": has}


class Office:
    """The real server. ``crash`` kills it before or after the commit."""

    def __init__(self, world: World) -> None:
        self.tokens = {phone.device: phone.token for phone in world.phones}
        self.web = Client()
        self.known: dict[UUID, LogEntry] | None = None

    def handle(self, request: Json, *, crash: str = "") -> Json | None:
        self.touched()
        with ExitStack() as stack:
            if crash == "before":
                stack.enter_context(patch.object(syncing, "_note_numbers", side_effect=Crash))
            try:
                response = self.post(request)
            except Crash:
                return None
        assert response.status_code == 200, f"I5: an honest request was answered {response.status_code}"
        return None if crash == "after" else self._read(response.json())

    def post(self, request: object, *, token: str = "") -> Any:
        device = request["device"] if isinstance(request, dict) else ""
        headers = {"Authorization": f"Bearer {token or self.tokens[device]}"}
        return self.web.post(ADDRESS, json.dumps(request), content_type="application/json", headers=headers)

    def _read(self, said: Json) -> Json:
        answers = {
            id_: Answer(status=Status(one["status"]), why=Why(one["why"]) if "why" in one else None)
            for id_, one in said["answers"].items()
        }
        return {**said, "answers": answers}

    # what is there

    def touched(self) -> None:
        """Something may have changed: look again."""
        self.known = None

    @property
    def is_known(self) -> bool:
        """Whether nothing changed since the last look."""
        return self.known is not None

    def rows(self) -> dict[UUID, LogEntry]:
        if self.known is None:
            self.known = {row.pk: row for row in LogEntry.objects.all()}
        return self.known

    def visits(self) -> set[tuple[UUID, UUID, str]]:
        return set(Visit.objects.values_list("pk", "door_id", "outcome"))

    def doors(self) -> dict[UUID, str]:
        return {door: state.outcome.value for door, state in states_of(Visit.objects.all()).items()}

    def objections(self, turfs: list[UUID]) -> dict[tuple[UUID, UUID], int]:
        return log.objections(turf_ids=turfs)
