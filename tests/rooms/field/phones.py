"""Phones of the field log for tests: the reference client of the core, talking to the real address."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.test import Client

from amiral.cores.sync import (
    Answer,
    Body,
    Event,
    Phone,
    Sealed,
    Status,
    Visit,
    Why,
    batch,
    dump,
    learned,
    parse,
    record,
)
from amiral.cores.sync import answered as after_answers
from amiral.kit.ids import new_id
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.talking_points.models import TalkingPoint, Theme
from tests.rooms.field.conftest import SATURDAY

ADDRESS = "/terrain/app/envoi/"
CLOCK = "2026-03-01T10:00:00.123Z"


@dataclass
class Handset:
    """A phone with its token. ``log`` has what it was answered last."""

    phone: Phone
    token: str
    web: Client = field(default_factory=Client)
    log: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.phone.device

    def record(self, body: Body, *, id: UUID | None = None, at: str = CLOCK) -> Event:
        self.phone, event = record(self.phone, body, id=id or new_id(), at=at)
        return event

    def visit(self, door: UUID, outcome: Outcome = Outcome.TALKED, **fields: Any) -> Event:
        return self.record(Visit(door=door, outcome=outcome, **fields))

    def has(self) -> dict[str, list[list[int]]]:
        """What it knows, number by number: not short, but right."""
        known: dict[str, list[list[int]]] = {}
        for sealed in self.phone.log.values():
            known.setdefault(str(sealed.event.device), []).append([sealed.event.seq] * 2)
        return known

    def request(self) -> dict[str, Any]:
        events = [{**dump(sealed.event), "seal": sealed.seal} for sealed in batch(self.phone)]
        return {"device": str(self.id), "head": self.phone.seq, "events": events, "has": self.has()}

    def post(self, request: object, **headers: str) -> Any:
        """Sends anything: text and bytes as they are, the rest as JSON."""
        body = request if isinstance(request, str | bytes) else json.dumps(request)
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.web.post(ADDRESS, data=body, content_type="application/json", headers=headers)

    def send(self) -> dict[str, Any]:
        """One exchange: sends what is next and takes in what is answered."""
        answer = self.post(self.request())
        assert answer.status_code == 200, answer.content
        return self.absorb(answer.json())

    def absorb(self, said: dict[str, Any]) -> dict[str, Any]:
        answers = {
            UUID(id_): Answer(status=Status(one["status"]), why=Why(one["why"]) if "why" in one else None)
            for id_, one in said["answers"].items()
        }
        news = [Sealed(event=parse(one), seal=one["seal"]) for one in said["news"]]
        self.phone = learned(after_answers(self.phone, answers), news, lam=said["lam"])
        self.log = said
        return said

    def statuses(self) -> list[str]:
        """Of the last answers, in order, ``why`` behind a dash."""
        return ["-".join(one.values()) for one in self.log["answers"].values()]


def talking_point(id_: UUID) -> UUID:
    """A card of that id, with nothing in it: objections count to what there is."""
    theme, _made = Theme.objects.get_or_create(
        slug="tests", defaults={"name_fr": "Essais", "name_en": "Tests"}
    )
    point, _made = TalkingPoint.objects.get_or_create(pk=id_, defaults={"theme": theme})
    return point.pk


def enrolled(shift: UUID, person: UUID | None = None, *, at: datetime = SATURDAY) -> Handset:
    """A new phone of the shift's team: of this person, or of whoever signed up first."""
    person = person or next(iter(mobilisation.team_of_shift(shift_id=shift)), None)
    made = syncing.enrol(shift_id=shift, person_id=person, at=at)
    return Handset(phone=Phone(device=made.device_id, key=made.key), token=made.token)
