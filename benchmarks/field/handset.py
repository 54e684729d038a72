"""The reference phone: ``amiral.cores.sync.phone`` over real HTTP. Anybody may write another one.

A phone keeps its log in a file, one sealed event a line, written before the event is sent; what was
acknowledged is written when the answer was read. So the harness itself may be stopped and taken up again,
and what the server promised can be compared with what it has.
"""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import (
    KEPT,
    Answer,
    Body,
    Objection,
    Phone,
    Sealed,
    Seen,
    Status,
    Visit,
    Void,
    Why,
    answered,
    batch,
    dump,
    learned,
    parse,
    record,
    see,
)

from .world import OBJECTED, PhoneCard

PATH = "/terrain/app/envoi/"
CLOCKS = ("2026-03-01T10:00:00Z", "2016-03-01T10:00:00.5Z", "2036-03-01T10:00:00+02:00")
OUTCOMES = tuple(Outcome)
POINT = OBJECTED

Post = Callable[[str, bytes], dict[str, Any]]


class NoAnswer(Exception):
    """The request failed, or its answer cannot be read: nothing is known. ``wait_s``: as the server asks."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class Line:
    """One connection to the server, opened again when it broke."""

    def __init__(self, port: int, *, timeout_s: float = 30.0) -> None:
        self.port, self.timeout_s = port, timeout_s
        self.connection: http.client.HTTPConnection | None = None

    def post(self, token: str, body: bytes) -> dict[str, Any]:
        """The answer to a batch. Raises ``NoAnswer``."""
        try:
            return self._post(token, body)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            self.close()
            raise NoAnswer(type(problem).__name__) from None

    def _post(self, token: str, body: bytes) -> dict[str, Any]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection.request("POST", PATH, body=body, headers=headers)
        response = self.connection.getresponse()
        said = response.read()
        if response.status != 200:
            raise NoAnswer(str(response.status), float(response.getheader("Retry-After") or 0))
        answer = json.loads(said)
        if not isinstance(answer, dict) or not isinstance(answer.get("answers"), dict):
            raise NoAnswer("garbage")
        return answer

    def close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None


class Handset:
    """A phone and its file. Not for two threads at once."""

    def __init__(self, card: PhoneCard, folder: Path, *, seed: int = 0) -> None:
        self.card = card
        self.path = folder / f"{card.device}.jsonl"
        self.chance = random.Random(f"{seed}/{card.device}")
        self.phone = Phone(device=UUID(card.device), key=bytes.fromhex(card.key))
        self.has: dict[UUID, Seen] = {}
        self.acknowledged: set[UUID] = set()
        self.answers: dict[str, int] = {}
        if self.path.exists():
            self._read()
        self.file = self.path.open("a", encoding="ascii")

    def _read(self) -> None:
        """What the phone kept; others' events are told again by the server."""
        events, kept = {}, set()
        for line in self.path.read_text(encoding="ascii").splitlines():
            said = json.loads(line)
            if "ack" in said:
                kept.update(map(UUID, said["ack"]))
            else:
                event = parse(said)
                events[event.id] = Sealed(event=event, seal=said["seal"])
        own = [sealed.event for sealed in events.values()]
        self.phone = replace(
            self.phone,
            seq=max((event.seq for event in own), default=0),
            lam=max((event.lam for event in own), default=0),
            log=MappingProxyType(events),
            unsent=frozenset(events.keys() - kept),
        )
        self.acknowledged = kept
        self.has = {self.phone.device: see(Seen(), seqs=[event.seq for event in own])} if own else {}
        self.chance.seed(f"{self.chance.random()}/{len(events)}")

    def make(self) -> Body:
        """Something that a canvasser does: mostly a visit, at times a correction, an undo, an objection."""
        dice, door = self.chance.random(), UUID(self.chance.choice(self.card.doors))
        own = [one.event for one in self.phone.log.values() if one.event.door] if dice < 0.13 else []
        if dice < 0.05 and own:
            target = self.chance.choice(own)
            return Void(door=target.door or door, target=target.id)
        if dice < 0.13 and own:
            target = self.chance.choice(own)
            return Visit(door=target.door or door, outcome=self._outcome(), replaces=target.id)
        if dice > 0.97:
            return Objection(turf=UUID(self.card.turf), point=POINT)
        units = (f"{self.chance.randrange(6)}.{self.chance.randrange(1, 5)}",) if dice > 0.5 else ()
        return Visit(door=door, outcome=self._outcome(), units=units, seconds=self.chance.randrange(1, 400))

    def _outcome(self) -> Outcome:
        return self.chance.choice(OUTCOMES)

    def record(self, body: Body, *, id: UUID | None = None, at: str = "") -> Sealed:
        """Keeps one event, then shows it."""
        id_ = id or UUID(int=self.chance.getrandbits(128), version=4)
        self.phone, event = record(self.phone, body, id=id_, at=at or self.chance.choice(CLOCKS))
        kept = self.phone.log[id_]
        self._write({**dump(event), "seal": kept.seal})
        self.has[event.device] = see(self.has.get(event.device, Seen()), seqs=[event.seq])
        return kept

    def _write(self, said: dict[str, Any]) -> None:
        self.file.write(json.dumps(said, separators=(",", ":")) + "\n")
        self.file.flush()

    def request(self) -> bytes:
        """The next batch, as it travels."""
        return body_of(self.phone, batch(self.phone), self.has)

    def absorb(self, answer: dict[str, Any]) -> None:
        """Reads the answers, one for each event."""
        named = {UUID(id_): _answer(said) for id_, said in answer["answers"].items()}
        kept = [id_ for id_, one in named.items() if one.status in KEPT and id_ in self.phone.unsent]
        for one in named.values():
            label = one.status.value if one.why is None else f"{one.status.value} {one.why.value}"
            self.answers[label] = self.answers.get(label, 0) + 1
        self.phone = answered(self.phone, named)
        news = [Sealed(event=parse(said), seal=said["seal"]) for said in answer.get("news", ())]
        self.phone = learned(self.phone, news, lam=int(answer.get("lam", 0)))
        for one_news in news:
            event = one_news.event
            self.has[event.device] = see(self.has.get(event.device, Seen()), seqs=[event.seq])
        if kept:
            self.acknowledged.update(kept)
            self._write({"ack": [str(id_) for id_ in kept]})

    def exchange(self, post: Post) -> None:
        """One conversation. Raises ``NoAnswer``; then nothing changed here."""
        self.absorb(post(self.card.token, self.request()))

    def close(self) -> None:
        self.file.close()


def body_of(phone: Phone, events: tuple[Sealed, ...], has: dict[UUID, Seen]) -> bytes:
    """The JSON of a request."""
    said = {
        "device": str(phone.device),
        "head": phone.seq,
        "events": [{**dump(one.event), "seal": one.seal} for one in events],
        "has": {str(device): [list(pair) for pair in seen.ranges] for device, seen in has.items()},
    }
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def _answer(said: dict[str, Any]) -> Answer:
    return Answer(status=Status(said["status"]), why=Why(said["why"]) if said.get("why") else None)
