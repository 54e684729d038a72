"""Phones, a network and a server, small enough to be driven into every corner.

The parts are written so that one line of each can be broken on purpose: ``mutants.py`` does it, and the
model in ``test_model.py`` must notice every time. The rules themselves are those of
``amiral.cores.sync``; only storing, sending and crashing are played here.
"""

import copy
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from amiral.cores.sync import (
    KEPT,
    Answer,
    Body,
    Event,
    FromTheFuture,
    Known,
    Malformed,
    Objection,
    Phone,
    Sealed,
    Seen,
    State,
    Status,
    Why,
    answered,
    batch,
    digest,
    dump,
    envelope,
    exchanged,
    fold,
    is_sealed,
    judge,
    learned,
    outcome_of,
    parse,
    record,
    see,
    standing,
)

Json = dict[str, Any]


@dataclass(kw_only=True)
class Row:
    """One line of the server's table. ``said`` is None once its content was erased."""

    said: Json | None
    digest: str
    status: Status
    device: UUID
    seq: int
    lam: int = 0


@dataclass
class Store:
    """What is on the server's disk."""

    rows: list[Row] = field(default_factory=list)
    ids: dict[UUID, int] = field(default_factory=dict)
    seen: dict[UUID, Seen] = field(default_factory=dict)
    keys: dict[UUID, bytes] = field(default_factory=dict)
    revoked: set[UUID] = field(default_factory=set)
    leased: dict[UUID, set[UUID]] = field(default_factory=dict)
    given_back: dict[UUID, set[UUID]] = field(default_factory=dict)
    tally: Counter[tuple[UUID, str]] = field(default_factory=Counter)

    def stored(self) -> list[Event]:
        """The events that count."""
        return [parse(row.said) for row in self.rows if row.said and row.status is Status.STORED]

    def lam(self) -> int:
        """What is in quarantine does not raise it: a hostile counter would open the way for the next."""
        return max((row.lam for row in self.rows if row.status is Status.STORED), default=0)


class Server:
    """One transaction for each request. ``crash`` kills the process before or after the commit."""

    def __init__(self) -> None:
        self.disk = Store()

    def handle(self, request: Json, *, crash: str = "") -> Json | None:
        store = copy.deepcopy(self.disk)
        answers = {said.get("id", ""): self.take(store, said) for said in request["events"]}
        device = UUID(request["device"])
        store.seen[device] = see(store.seen.get(device, Seen()), head=request["head"])
        if crash == "before":
            return None
        self.disk = store
        return None if crash == "after" else self.answer(store, device, answers, request)

    def answer(self, store: Store, device: UUID, answers: dict[str, Answer], request: Json) -> Json:
        return {"answers": answers, "news": self.news(store, device), "lam": store.lam()}

    def news(self, store: Store, device: UUID) -> list[Json]:
        """What the others of the team did, at doors that the team holds now."""
        if device in store.revoked:
            return []
        mine = store.leased[device] - store.given_back.get(device, set())
        return [
            row.said
            for row in store.rows
            if row.said
            and row.status is Status.STORED
            and UUID(row.said.get("door") or row.said["turf"]) in mine
        ]

    def take(self, store: Store, said: Json) -> Answer:
        try:
            event = parse(said)
        except Malformed:
            return Answer(status=Status.REFUSED, why=Why.MALFORMED)
        except FromTheFuture:
            return self.future(store, said)
        if event.device not in store.keys:
            return Answer(status=Status.REFUSED, why=Why.NO_DEVICE)
        if not is_sealed(said, event, store.keys[event.device]):
            return Answer(status=Status.REFUSED, why=Why.SEAL)
        return self.decide(store, said, event)

    def future(self, store: Store, said: Json) -> Answer:
        id_, device, seq = envelope(said)
        answer = Answer(status=Status.QUARANTINED, why=Why.FUTURE)
        if id_ in store.ids:
            return Answer(status=Status.DUPLICATE)
        self.add(store, Row(said=said, digest="", status=answer.status, device=device, seq=seq), id_)
        return answer

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        answer = judge(event=event, digest=digest(event), known=self.known(store, event))
        if answer.status in (Status.STORED, Status.QUARANTINED):
            row = Row(
                said=said,
                digest=digest(event),
                status=answer.status,
                device=event.device,
                seq=event.seq,
                lam=event.lam,
            )
            self.add(store, row, event.id)
            if answer.status is Status.STORED:
                self.project(store, event)
        return answer

    def known(self, store: Store, event: Event) -> Known:
        row = store.rows[store.ids[event.id]] if event.id in store.ids else None
        place = event.body.turf if isinstance(event.body, Objection) else event.body.door
        return Known(
            same_id=row.digest if row else None,
            erased=row is not None and row.said is None,
            revoked=event.device in store.revoked,
            same_seq=event.seq in store.seen.get(event.device, Seen()),
            places=place in store.leased[event.device],
            lam=store.lam(),
        )

    def add(self, store: Store, row: Row, id_: UUID) -> None:
        store.ids[id_] = len(store.rows)
        store.rows.append(row)
        store.seen[row.device] = see(store.seen.get(row.device, Seen()), seqs=[row.seq])

    def project(self, store: Store, event: Event) -> None:
        """The projection is written in the transaction of the event: the figures of its door, counted
        anew."""
        door = event.door
        if door is None:
            return
        for key in [key for key in store.tally if key[0] == door]:
            del store.tally[key]
        state = fold(e for e in store.stored() if e.door == door).doors.get(door)
        if state:
            store.tally.update({(door, outcome.value): n for outcome, n in state.counts.items()})

    def lease(self, device: UUID, places: set[UUID]) -> None:
        """A turf is given to the team of the device."""
        self.disk.leased[device] = self.disk.leased.get(device, set()) | places
        self.disk.given_back[device] = self.disk.given_back.get(device, set()) - places

    def take_back(self, device: UUID, places: set[UUID]) -> None:
        """The turf goes to somebody else: what its first team still has on its phones counts all the
        same, but what others do there is not its business any more."""
        self.disk.given_back[device] = self.disk.given_back.get(device, set()) | places

    def erase(self, id_: UUID) -> None:
        """Blanks an event: its id, device and number stay, so that a repeat is known."""
        row = self.disk.rows[self.disk.ids[id_]]
        said, row.said = row.said, None
        if said and row.status is Status.STORED:
            self.project(self.disk, parse(said))

    @property
    def state(self) -> State:
        return fold(self.disk.stored())


class Handset:
    """A phone whose process can die. ``disk`` survives; what is on the way is lost."""

    def __init__(self, device: UUID, key: bytes) -> None:
        self.disk = Phone(device=device, key=key)

    def record(self, body: Body, id_: UUID, at: str) -> Event:
        self.disk, event = record(self.disk, body, id=id_, at=at)
        return event

    def request(self) -> Json:
        sent = batch(self.disk)
        events = [{**dump(sealed.event), "seal": sealed.seal} for sealed in sent]
        return {"device": str(self.disk.device), "head": self.disk.seq, "events": events}

    def absorb(self, response: Json) -> None:
        answers = {UUID(id_): answer for id_, answer in response["answers"].items()}
        self.disk = answered(self.disk, answers)
        news = [Sealed(event=parse(said), seal=said["seal"]) for said in response["news"]]
        self.disk = learned(self.disk, news, lam=response["lam"])

    def meet(self, other: "Handset") -> None:
        """One shows its frames, the other reads them, and the other way round."""
        mine, theirs = list(self.disk.log.values()), list(other.disk.log.values())
        self.disk, other.disk = exchanged(self.disk, theirs), exchanged(other.disk, mine)

    def new_form(self) -> None:
        """The app was updated; what is in the outbox was recorded with the old form."""
        self.disk = replace(self.disk, form=self.disk.form + 1)

    def kill(self) -> None:
        """The battery is pulled: only ``disk`` is left."""


def oracle(events: list[Event]) -> Counter[tuple[UUID, str]]:
    """The figures by door, counted by somebody who has not seen ``fold``: visits that no other of the
    door undoes."""
    counted: Counter[tuple[UUID, str]] = Counter()
    for event in events:
        undone = any(other.undoes == event.id and other.door == event.door for other in events)
        if event.door and not undone and hasattr(event.body, "outcome"):
            counted[event.door, outcome_of(event).value] += 1
    return counted


__all__ = ["KEPT", "Handset", "Json", "Row", "Server", "Store", "oracle", "standing"]
